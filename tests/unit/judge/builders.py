"""Placebo draws and joint effects written down by hand."""

from __future__ import annotations

from fractions import Fraction
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import Check, EarlierEffects, EffectCovariance, Identification, JointEffects, Outcome, PlaceboDraws

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike

    from pilotzone.core import CheckState, PoolRule, Statistic
    from pilotzone.judgement.intervals import Side

GDP = Outcome("gdp", role="development", good="up", margin=5.0, scale="log", label="GDP")
CO2 = Outcome("co2", role="environment", good="down", margin=5.0, scale="log", label="CO2")


def make_draws(
    mean_gap: ArrayLike,
    *,
    slope: ArrayLike | None = None,
    pre_rmspe: ArrayLike | None = None,
    drift: ArrayLike | None = None,
    treated: int = 0,
    pool_rule: PoolRule = "symmetric",
) -> PlaceboDraws:
    """Wrap statistics of shape (n,) or (n, K); no unit has the treated one as a donor unless `slope` says so.

    Placebo effects at earlier dates are none unless `drift` says how large: the lowest is that far down, the highest
    half as far up.
    """
    gaps = np.asarray(mean_gap, dtype=float)
    gaps = gaps[:, None] if gaps.ndim == 1 else gaps
    pulls = np.zeros_like(gaps) if slope is None else np.asarray(slope, dtype=float).reshape(gaps.shape).copy()
    pulls[treated] = -1.0
    fit = np.ones_like(gaps) if pre_rmspe is None else np.asarray(pre_rmspe, dtype=float).reshape(gaps.shape)
    size = np.zeros_like(gaps) if drift is None else np.asarray(drift, dtype=float).reshape(gaps.shape)
    before = EarlierEffects(-size, size / 2)
    units = tuple(f"U{k:02d}" for k in range(len(gaps)))
    return PlaceboDraws(units, treated, gaps, pulls, fit, pool_rule, earlier=lambda: before)


def exact_statistics(
    draws: PlaceboDraws, statistic: Statistic, sign: int, null: Fraction
) -> list[tuple[Fraction, Fraction] | None]:
    """Compute statistics on the first outcome in fractions: an infinite part and a finite one, compared in this order.

    Over a scale of zero what is left of the gap is infinitely far out on its side; where nothing is left it cannot be
    compared.
    """
    assert draws.earlier is not None
    gaps, slopes, fits, drifts = (
        [Fraction(value) for value in array[:, 0].tolist()]
        for array in (draws.mean_gap, draws.slope, draws.pre_rmspe, draws.earlier().largest)
    )
    basis = fits if median(fits) else drifts
    scales = {
        "mean_gap": [Fraction(1)] * len(gaps),
        "rmspe_ratio": fits,
        **{name: [value + 2 * median(basis) for value in basis] for name in ("net_gap", "excess_gap")},
    }[statistic]
    found: list[tuple[Fraction, Fraction] | None] = []
    towards = [Fraction(value) for value in draws.earlier().towards(sign)[:, 0].tolist()]
    off = {"net_gap": drifts, "excess_gap": towards}.get(statistic, [Fraction(0)] * len(gaps))
    for gap, slope, taken, scale in zip(gaps, slopes, off, scales, strict=True):
        left = sign * (gap + null * slope) - taken
        if scale:
            found.append((Fraction(0), left / scale))
        else:
            found.append((Fraction((left > 0) - (left < 0)), Fraction(0)) if left else None)
    return found


def exact_p(draws: PlaceboDraws, statistic: Statistic, side: Side, null: Fraction) -> Fraction:
    """Count ranks in fractions; ties count against the treated unit, and so does what cannot be compared."""
    up, down = (exact_statistics(draws, statistic, sign, null) for sign in (1, -1))
    values = {
        "lower bound": up,
        "upper bound": down,
        "two-sided": [None if a is None or b is None else max(a, b) for a, b in zip(up, down, strict=True)],
    }[side]
    own = values[draws.treated]
    return Fraction(sum(own is None or value is None or value >= own for value in values), len(values))


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
