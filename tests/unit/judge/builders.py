"""Placebo draws and joint effects written down by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import Check, EffectCovariance, Identification, JointEffects, Outcome, PlaceboDraws

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike

    from pilotzone.core import CheckState, PoolRule

GDP = Outcome("gdp", role="development", good="up", margin=5.0, scale="log", label="GDP")
CO2 = Outcome("co2", role="environment", good="down", margin=5.0, scale="log", label="CO2")


def make_draws(
    mean_gap: ArrayLike,
    *,
    slope: ArrayLike | None = None,
    pre_rmspe: ArrayLike | None = None,
    treated: int = 0,
    pool_rule: PoolRule = "symmetric",
) -> PlaceboDraws:
    """Wrap statistics of shape (n,) or (n, K); no unit has the treated one as a donor unless `slope` says so."""
    gaps = np.asarray(mean_gap, dtype=float)
    gaps = gaps[:, None] if gaps.ndim == 1 else gaps
    pulls = np.zeros_like(gaps) if slope is None else np.asarray(slope, dtype=float).reshape(gaps.shape).copy()
    pulls[treated] = -1.0
    fit = np.ones_like(gaps) if pre_rmspe is None else np.asarray(pre_rmspe, dtype=float).reshape(gaps.shape)
    return PlaceboDraws(tuple(f"U{k:02d}" for k in range(len(gaps))), treated, gaps, pulls, fit, pool_rule)


def make_effects(
    outcomes: Sequence[Outcome], draws: PlaceboDraws, *, states: Mapping[str, CheckState] | None = None
) -> JointEffects:
    """Wrap draws as joint effects; every outcome has passed one check unless `states` says otherwise."""
    return JointEffects(
        unit=draws.units[draws.treated],
        start=2016,
        window=(2016, 2017, 2018, 2019),
        estimator="sc",
        outcomes=tuple(outcomes),
        estimate=draws.mean_gap[draws.treated],
        placebos=draws,
        identification=checks_of(outcomes, states),
    )


def checks_of(
    outcomes: Sequence[Outcome], states: Mapping[str, CheckState] | None = None
) -> tuple[Identification, ...]:
    """Return one check per outcome, passed unless `states` says otherwise."""
    found = states or {}
    return tuple(
        Identification(item.name, (Check("fit", "fit", found.get(item.name, "passed"), 0.1, 0.5, "It is as it is."),))
        for item in outcomes
    )


def make_many(
    outcomes: Sequence[Outcome],
    estimate: ArrayLike,
    matrix: ArrayLike,
    *,
    states: Mapping[str, CheckState] | None = None,
    degrees: float | None = None,
    refused: Mapping[str, str] | None = None,
    method: str = "influence functions",
) -> JointEffects:
    """Wrap effects on many units and their covariance; every outcome has passed one check unless `states` says not."""
    spread = EffectCovariance(
        np.asarray(matrix, dtype=float), "counties", 240, 1900, degrees, method=method, refused=refused or {}
    )
    return JointEffects(
        unit="240 counties in 3 cohorts",
        start=2014,
        window=(2014, 2015, 2016),
        estimator="callaway_santanna",
        outcomes=tuple(outcomes),
        estimate=np.asarray(estimate, dtype=float),
        identification=checks_of(outcomes, states),
        covariance=spread,
    )
