"""One small result of every class of who gains, with hostile names."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from tests.unit.few.plain import panel_of

from pilotzone.core import Outcome
from pilotzone.evaluation.inclusion import (
    BetweenRegions,
    Convergence,
    Decomposition,
    DistributionalControl,
    EffectsAlong,
    GroupedInequality,
    GroupEffects,
    IndexEffects,
    Inequality,
    MicroData,
    QuantileEffects,
    UnitEffects,
    between_regions,
    changes_in_changes,
    convergence,
    decompose,
    distributional_control,
    effects_along,
    group_effects,
    grouped_inequality,
    index_effects,
    inequality,
    micro_data,
    unit_effects,
)

__all__ = ["GAINS"]

_HOSTILE = "<script>alert('&')</script>\x1b[31m\u202e\n" + "long " * 30
_REGIONS = [f"r{k:02d} {_HOSTILE}" for k in range(24)]


@cache
def _people() -> MicroData:
    rng = np.random.default_rng(5)
    cluster = np.repeat(np.arange(12), 20)
    period = np.tile(np.repeat([2014, 2015, 2016, 2017], 5), 12)
    zone = cluster < 6
    income = np.exp(rng.normal(0, 0.5, 240) + 0.1 * (zone & (period > 2015)))
    groups = [f"{k % 3} {_HOSTILE}" for k in range(240)]
    return micro_data(
        income, weights="equal", clusters=cluster, groups=groups, zone=zone, periods=period, unit=_HOSTILE
    )


@cache
def _units() -> UnitEffects:
    values = np.random.default_rng(6).normal(0, 1, (24, 6)).cumsum(axis=1)
    outcome = Outcome("gain", None, "up", None, "level", f"Gain {_HOSTILE}", _HOSTILE)
    panel = panel_of({"gain": values}, units=_REGIONS)
    return unit_effects(panel, [outcome], dict.fromkeys(_REGIONS[::2], 2004))


def _groups() -> GroupEffects:
    return group_effects(_units(), [f"{k // 12} {_HOSTILE}" for k in range(24)])


def _along() -> EffectsAlong:
    return effects_along(_units(), np.linspace(0, 1, 24), "gain")


def _quantiles() -> QuantileEffects:
    return changes_in_changes(_people(), start=2016, quantiles=[0.25, 0.5, 0.75], draws=50)


def _indices() -> IndexEffects:
    return index_effects(_people(), ["gini", "mean"], start=2016)


def _gap() -> Convergence:
    return convergence(_people(), start=2016)


def _inequality() -> Inequality:
    return inequality(_people(), ["gini", "theil_t"])


def _within() -> Decomposition:
    return decompose(_people(), "theil_t")


def _between() -> BetweenRegions:
    return between_regions([1.0, 2.0, 4.0], [10.0, 20.0, 5.0], ["gini", "theil_l"])


def _bounds() -> GroupedInequality:
    return grouped_inequality([0.1, 0.2, 0.7], ["gini", "theil_t"], people=[0.4, 0.3, 0.3])


def _control() -> DistributionalControl:
    base = np.sort(np.random.default_rng(8).normal(0, 1, (8, 4, 50)), axis=2)
    return distributional_control(
        base, units=_REGIONS[:8], periods=[2001, 2002, 2003, 2004], treated=_REGIONS[0], start=2003, at=[0.25, 0.5]
    )


GAINS: dict[str, Callable[[], Any]] = {
    "BetweenRegions": _between,
    "Convergence": _gap,
    "Decomposition": _within,
    "DistributionalControl": _control,
    "EffectsAlong": _along,
    "GroupEffects": _groups,
    "GroupedInequality": _bounds,
    "IndexEffects": _indices,
    "Inequality": _inequality,
    "QuantileEffects": _quantiles,
}
"""What is shown, by the name of its class."""
