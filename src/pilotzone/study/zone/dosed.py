"""One zone's effects over its dose: averages per unit of dose, with the sets that go with them.

Where the dose is known, the set of effects that the verdict's test does not reject is divided by it, at the same level.
Where the dose is estimated, the set is Fieller's, with the spread of placebo effects as the standard error of effects
(Arkhangelsky, Athey, Hirshberg, Imbens and Wager 2021, "Synthetic difference-in-differences", American Economic Review
111, 4088-4118, algorithm 4): it takes units to vary alike.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pilotzone.core import EffectSet, Interval, StudyError, ratio

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pilotzone.core import JointEffects, Outcome
    from pilotzone.judgement import ConfidenceSet
    from pilotzone.study.zone.dosing import ZoneDoseSpec

__all__ = ["PerDose", "ZoneDose", "zone_dose"]

_FEWEST = 5
"""Placebos that a standard error needs."""


@dataclass(frozen=True)
class PerDose(EffectSet):
    """The average effect on one outcome per unit of dose.

    Attributes
    ----------
    outcome
        On what.
    estimate
        In the outcome's scale.
    intervals
        What is not rejected, from left to right; an infinite end is open.
    level
        Level of the set.
    kind
        ``bounded``, ``all but an interval``, ``one side`` or ``whole line``.
    fieller
        Whether the dose is an estimate, so that the set is Fieller's.
    """

    outcome: Outcome
    estimate: float
    intervals: tuple[Interval, ...]
    level: float
    kind: str
    fieller: bool


@dataclass(frozen=True, eq=False)
class ZoneDose:
    """The zone's dose, and averages per unit of it.

    Attributes
    ----------
    amount, se
        The dose and its standard error; ``None`` where it is known.
    what, amount_unit, unit, scale, source
        As in the study file.
    rows
        One for each outcome.
    """

    amount: float
    se: float | None
    what: str
    amount_unit: str
    unit: str
    scale: float
    source: str
    rows: tuple[PerDose, ...]


def zone_dose(
    spec: ZoneDoseSpec | None, joint: JointEffects, sets: Sequence[ConfidenceSet], alpha: float
) -> ZoneDose | None:
    """Return averages per unit of dose; ``None`` where the study has no dose.

    Parameters
    ----------
    spec
        The dose.
    joint, sets
        Effects of the main design, and the sets of its tests, first those of the statistic that was fixed.
    alpha
        Level of Fieller's sets.

    Raises
    ------
    StudyError
        If the dose is estimated and there are too few placebos for a standard error of the effect.
    """
    if spec is None:
        return None
    if spec.se is None:
        rows = _divided(joint, sets, spec.amount / spec.scale)
    else:
        rows = _fieller(joint, (spec.amount / spec.scale, spec.se / spec.scale), alpha)
    told = (spec.what, spec.amount_unit, spec.unit, spec.scale, spec.source)
    return ZoneDose(spec.amount, spec.se, *told, rows)


def _divided(joint: JointEffects, sets: Sequence[ConfidenceSet], amount: float) -> tuple[PerDose, ...]:
    first = {found.outcome.name: found for found in reversed(sets)}
    rows = []
    for k, outcome in enumerate(joint.outcomes):
        found = first[outcome.name]
        intervals = tuple(
            Interval(item.low / amount, item.high / amount, item.low_closed, item.high_closed)
            for item in found.intervals
        )
        estimate = float(joint.estimate[k]) / amount
        rows.append(PerDose(outcome, estimate, intervals, found.attained, _kind(intervals), fieller=False))
    return tuple(rows)


def _kind(intervals: tuple[Interval, ...]) -> str:
    ends = [math.isinf(intervals[0].low), math.isinf(intervals[-1].high)] if intervals else [False, False]
    if all(ends):
        return "whole line" if len(intervals) == 1 else "all but an interval"
    return "one side" if any(ends) else "bounded"


def _fieller(joint: JointEffects, dose: tuple[float, float], alpha: float) -> tuple[PerDose, ...]:
    import numpy as np

    placebos = joint.placebos
    count = 0 if placebos is None else len(placebos.units) - 1
    if placebos is None or count < _FEWEST:
        raise StudyError(
            f"dose.se is given, and there are {count} placebos.",
            allowed=f"{_FEWEST} placebos or more: their spread is the standard error of the effect",
            todo="leave dose.se out, so that the dose is taken as known",
        )
    others = np.delete(placebos.mean_gap, placebos.treated, axis=0)
    rows = []
    for k, outcome in enumerate(joint.outcomes):
        se = float(np.sqrt(np.mean(others[:, k] ** 2)))  # about zero, which is what placebo effects are
        found = ratio(float(joint.estimate[k]), se, dose[0], amount_se=dose[1], level=1 - alpha, degrees=float(count))
        rows.append(PerDose(outcome, found.estimate, found.intervals, found.level, found.kind, fieller=True))
    return tuple(rows)
