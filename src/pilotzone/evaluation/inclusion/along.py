"""Effects along a covariate, with a band that holds the whole curve."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from pilotzone.core import NEVER, MethodError, Outcome, Result, Table, UsageError, check_choice, check_level
from pilotzone.evaluation.inclusion.spread import FEWEST, Spread, spread_of, t_bound
from pilotzone.evaluation.inclusion.units import UnitEffects
from pilotzone.evaluation.many import sup_t

if TYPE_CHECKING:
    import altair as alt
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["EffectsAlong", "Smoother", "effects_along"]

Smoother = Literal["series", "local linear"]
"""A polynomial over all units, or straight lines through those nearby."""

_HIGHEST = 5
_LEAST = 0.05
"""A residual is blown up at most twentyfold where a unit decides its own fit."""


@dataclass(frozen=True, eq=False)
class _Smooth:
    """A linear smoother.

    Attributes
    ----------
    weigh
        Weights of n treated units at the points, shape (P, n); each row adds up to one.
    fit
        Returns the fit at the units' own values.
    own
        Weight of each unit in its own fit, shape (n,).
    setting
        Degree or bandwidth.
    """

    weigh: Floats
    fit: Callable[[Floats], Floats]
    own: Floats
    setting: float


@dataclass(frozen=True, eq=False)
class EffectsAlong(Result):
    """The effect on one outcome as a function of a covariate.

    Attributes
    ----------
    outcome
        On what.
    points
        Values of the covariate, shape (P,).
    estimate, se
        The smoothed effect there and its standard error, shape (P,), in the outcome's scale.
    critical
        Standard errors that the band reaches to either side.
    spread
        Covariance of the P estimates.
    smoother, setting
        How unit-level effects were smoothed: the degree of the polynomial, or the bandwidth in the covariate's unit.
    units
        Treated units behind the curve.
    level
        Level of intervals and band.
    excluded_before
        At how many points the band of the same curve from before the start excludes zero: trends that go with the
        covariate. ``None`` where a cohort has one period before its start.
    """

    outcome: Outcome
    points: Floats
    estimate: Floats
    se: Floats
    critical: float
    spread: Spread
    smoother: Smoother
    setting: float
    units: int
    level: float
    excluded_before: int | None

    def plot(self) -> alt.LayerChart | alt.FacetChart:
        """Return a chart: the effect along the covariate with its band."""
        from pilotzone.evaluation.inclusion.drawing import along_figure, plotted

        return plotted(along_figure(self))

    def to_table(self) -> Table:
        """Return one row per point: the effect, its interval, and the band over all points."""
        show = self.outcome.display
        inner, outer = t_bound(self.level, self.spread.degrees), self.critical
        rows = [
            (x, show(y), *(show(y + k * se) for k in (-inner, inner, -outer, outer)), self.outcome.display_unit)
            for x, y, se in zip(self.points.tolist(), self.estimate.tolist(), self.se.tolist(), strict=True)
        ]
        names = ("at", "effect", "low", "high", "band_low", "band_high", "effect_unit")
        title = f"Effect on {self.outcome.title} along the covariate, {self.units} treated units"
        note = (
            f"The band holds the whole curve with {self.level:.0%}. It is around the curve as smoothed "
            f"({self.smoother}, {self.setting:.3g}); what smoothing takes away is not in it."
        )
        if self.excluded_before is not None:
            note += (
                f" Before the start the band of the same curve excludes zero at {self.excluded_before} of "
                f"{len(self.points)} points."
            )
        table = Table.from_rows(names, rows, title=title)
        return Table(table.columns, title=title, note=note)


def effects_along(
    units: UnitEffects,
    covariate: ArrayLike,
    outcome: str,
    *,
    smoother: Smoother = "series",
    degree: int = 1,
    bandwidth: float | None = None,
    points: ArrayLike | None = None,
    level: float = 0.95,
) -> EffectsAlong:
    """Return the effect on one outcome along a covariate, with a uniform band.

    Parameters
    ----------
    units
        Changes of units, from `unit_effects`.
    covariate
        One value per unit, shape (N,), known before the start; read for treated units only.
    outcome
        Name of the outcome.
    smoother
        ``series``: a polynomial of `degree`. ``local linear``: straight lines with Epanechnikov weights.
    degree
        From 1 to 5; chosen beforehand.
    bandwidth
        Half the width of the neighbourhood, in the covariate's unit; chosen beforehand, and needed.
    points
        Values of the covariate; 25 between the 5 % and 95 % of treated units if left out.
    level
        Level of intervals and band.

    Returns
    -------
    EffectsAlong

    Raises
    ------
    UsageError
        If the outcome is unknown or a setting is out of range.
    MethodError
        If the covariate misses values or does not vary, or treated units are too few, as a whole or near a point.

    Notes
    -----
    All controls are compared with: trends may not depend on the covariate. Variances are by influence functions,
    with residuals over one less the unit's own weight (HC3), and by clusters.
    """
    check_choice(smoother, Smoother, "smoother")
    check_level(level, name="level", such=0.95)
    names = [item.name for item in units.outcomes]
    if outcome not in names:
        raise UsageError(f"there is no outcome {outcome!r}.", allowed=", ".join(names))
    k = names.index(outcome)
    treated = units.starts != NEVER
    x = _checked_covariate(covariate, treated, units)
    at = (
        np.linspace(float(np.quantile(x, 0.05)), float(np.quantile(x, 0.95)), 25)
        if points is None
        else np.atleast_1d(np.asarray(points, float))
    )
    if smoother == "series":
        smooth = _series(x, at, units.weights[treated], degree)
    else:
        smooth = _local(x, at, units.weights[treated], bandwidth)
    estimate, spread, critical = _banded(units, treated, k, smooth, level)
    earlier, excluded = units.before_start(), None
    if earlier is not None:
        before, around, reach = _banded(earlier, treated, k, smooth, level)
        excluded = int((np.abs(before) > reach * around.se).sum())
    return EffectsAlong(
        units.outcomes[k],
        at,
        estimate,
        spread.se,
        critical,
        spread,
        smoother,
        smooth.setting,
        int(treated.sum()),
        level,
        excluded,
    )


def _banded(
    units: UnitEffects, treated: NDArray[np.bool_], k: int, smooth: _Smooth, level: float
) -> tuple[Floats, Spread, float]:
    """Return the curve, its covariance and how many standard errors its band reaches to either side."""
    estimate, contributions = _curve(units, treated, k, smooth)
    spread = spread_of(contributions, units.clusters, units.sides)
    fewest = min(units.draws_in(treated), units.draws_in(~treated))
    spread = Spread(spread.matrix, float(fewest - 1), fewest, spread.counts)
    return estimate, spread, sup_t(spread.matrix, level, degrees=spread.degrees)


def _checked_covariate(covariate: ArrayLike, treated: NDArray[np.bool_], units: UnitEffects) -> Floats:
    given = np.asarray(covariate, dtype=np.float64)
    if given.shape != treated.shape or not np.isfinite(given[treated]).all():
        raise MethodError(
            f"the covariate has shape {given.shape}, or misses values of treated units.",
            allowed=f"{len(treated)} numbers, one per unit",
        )
    x: Floats = given[treated]
    if np.ptp(x) == 0:
        raise MethodError(
            f"the covariate does not vary: all {len(x)} treated units have {x[0]:.4g}.",
            allowed="a covariate with variation among treated units",
        )
    fewest = min(units.draws_in(treated), units.draws_in(~treated))
    if fewest < FEWEST:
        raise MethodError(
            f"too few: {fewest} {units.drawn} on one side.", allowed=f"{FEWEST} or more treated and as many controls"
        )
    return x


def _series(x: Floats, at: Floats, weights: Floats, degree: int) -> _Smooth:
    if not 1 <= degree <= _HIGHEST:
        raise UsageError(f"degree is {degree!r}.", allowed=f"1 to {_HIGHEST}")
    if len(np.unique(x)) <= degree + 1:
        raise MethodError(
            f"the covariate has {len(np.unique(x))} values among treated units.",
            allowed=f"{degree + 2} or more for degree {degree}",
            todo="take groups (group_effects) or a lower degree",
        )
    middle, half = (x.max() + x.min()) / 2, np.ptp(x) / 2
    basis, wanted = (np.polynomial.legendre.legvander((part - middle) / half, degree) for part in (x, at))
    solved = np.linalg.solve(basis.T @ (weights[:, None] * basis), basis.T * weights)
    own = np.einsum("ij,ji->i", basis, solved)
    return _Smooth(wanted @ solved, lambda effect: basis @ (solved @ effect), own, float(degree))


def _local(x: Floats, at: Floats, weights: Floats, bandwidth: float | None) -> _Smooth:
    if bandwidth is None or not (bandwidth > 0 and np.isfinite(bandwidth)):
        raise UsageError(
            f"bandwidth is {bandwidth!r}.", allowed="a positive number in the covariate's unit, chosen beforehand"
        )

    def lines(points: Floats) -> Floats:
        found = np.empty((len(points), len(x)))
        for k, point in enumerate(points.tolist()):
            off = (x - point) / bandwidth
            near = weights * np.maximum(1 - off**2, 0.0)
            if len(np.unique(x[near > 0])) < FEWEST:
                raise MethodError(
                    f"{int((near > 0).sum())} treated units lie within {bandwidth:.4g} of {point:.4g}.",
                    allowed=f"{FEWEST} different values or more near every point",
                    todo="take a larger bandwidth, or points where units are",
                )
            zero, one, two = (float(near @ off**power) for power in (0, 1, 2))
            found[k] = near * (two - one * off) / (two * zero - one**2)
        return found

    inside = lines(x)
    return _Smooth(lines(at), lambda effect: inside @ effect, inside.diagonal(), float(bandwidth))


def _curve(units: UnitEffects, treated: NDArray[np.bool_], k: int, smooth: _Smooth) -> tuple[Floats, Floats]:
    """Return the smoothed effects, shape (P,), and what each unit adds to their deviations, shape (N, P)."""
    beside = np.where(treated, 0.0, units.weights)
    beside /= beside.sum()
    layers = units.change[:, :, k]
    counter = layers @ beside
    cohort = np.searchsorted(np.array(units.cohorts), units.starts[treated])
    effect = units.own[treated, k] - counter[cohort]
    residual = (effect - smooth.fit(effect)) / np.maximum(1 - smooth.own, _LEAST)
    contributions = np.zeros((len(units.units), len(smooth.weigh)))
    contributions[treated] = (smooth.weigh * residual).T
    for c in range(len(units.cohorts)):
        # Controls stand for what treated units of each cohort would have done.
        of_cohort = smooth.weigh[:, cohort == c].sum(axis=1)
        contributions[~treated] -= np.outer((beside * (layers[c] - counter[c]))[~treated], of_cohort)
    return smooth.weigh @ effect, contributions
