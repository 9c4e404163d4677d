"""Distributional synthetic control: the whole distribution of one zone beside a mixture of other regions' quantiles.

Gunsilius (2023), "Distributional synthetic controls", Econometrica 91, 1105-1117. The weights are zero or more and add
up to one. They bring the weighted quantile functions of other regions as near as possible to those of the zone before
its start, in the 2-Wasserstein distance: the root of the mean squared distance of two quantile functions. The search is
that of ordinary synthetic control, with quantiles in the place of periods.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from pilotzone.core import (
    JointEffects,
    MethodError,
    Outcome,
    PlaceboDraws,
    Result,
    Table,
    UsageError,
    check_choice,
    rank_p,
    unknown,
)
from pilotzone.evaluation.few import solve_simplex_batch
from pilotzone.evaluation.inclusion.changes import NOT_PEOPLE
from pilotzone.evaluation.inclusion.sample import possible_starts
from pilotzone.evaluation.inclusion.steps import Steps

if TYPE_CHECKING:
    import altair as alt
    from numpy.typing import ArrayLike, NDArray

    from pilotzone.evaluation.inclusion.sample import MicroData

    Floats = NDArray[np.float64]

__all__ = ["Combination", "DistributionalControl", "distributional_control", "region_quantiles"]

Combination = Literal["joint", "mean"]
"""One search over all periods before, or the mean of the weights of one search in each."""

_GRID = 100
_FEWEST_DONORS = 2


@dataclass(frozen=True, eq=False)
class DistributionalControl(Result):
    """A zone's quantile functions beside those that it would have had.

    Attributes
    ----------
    units
        The N regions, the zone among them.
    treated
        Position of the zone.
    periods
        The T periods.
    start
        First period with the zone's programme.
    grid
        The M shares at which quantiles are taken, evenly spaced.
    weights
        Weights of every region's control, shape (N, N): a row for each region as if it were the zone.
    actual, without
        The zone's quantile functions and those of its control, shape (T, M).
    distance
        2-Wasserstein distance of each region to its control by period, shape (N, T), in the unit of income.
    unique
        Whether no other weights fit the zone as well.
    combination
        How periods before were combined.
    joint
        Mean effects on quantiles since the start with all placebos, as a verdict takes them.
    """

    units: tuple[str, ...]
    treated: int
    periods: tuple[int, ...]
    start: int
    grid: Floats
    weights: Floats
    actual: Floats
    without: Floats
    distance: Floats
    unique: bool
    combination: Combination
    joint: JointEffects

    @property
    def late(self) -> NDArray[np.bool_]:
        """Which periods are since the start, shape (T,)."""
        return np.array(self.periods) >= self.start

    @property
    def ratio(self) -> Floats:
        """Root mean squared distance since the start over that before, of every region, shape (N,).

        Infinite where a region was met exactly before, and is not since.
        """
        before, since = (np.sqrt((self.distance[:, part] ** 2).mean(axis=1)) for part in (~self.late, self.late))
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(since > 0, since / before, 0.0)

    @property
    def p(self) -> float:
        """How often a region as good as any has a ratio at least as large as the zone's: its rank among all."""
        return rank_p(self.ratio, self.treated)

    def donor_weights(self) -> dict[str, float]:
        """Return the zone's donors with weight, the largest first."""
        own = self.weights[self.treated]
        return {self.units[k]: float(own[k]) for k in np.argsort(-own, kind="stable") if own[k] > 0}

    def plot(self) -> alt.LayerChart | alt.FacetChart:
        """Return a chart: the gap by quantile since the start, beside those of all other regions."""
        from pilotzone.evaluation.inclusion.drawing import control_figure, plotted

        return plotted(control_figure(self))

    def to_table(self) -> Table:
        """Return one row per period and share: the zone's quantile, its control's, and the difference."""
        rows = [
            (period, float(share), *(float(part[t, m]) for part in (self.actual, self.without)), gap)
            for t, period in enumerate(self.periods)
            for m, share in enumerate(self.grid)
            for gap in [float(self.actual[t, m] - self.without[t, m])]
        ]
        names = ("period", "share", "actual", "without", "gap")
        table = Table.from_rows(names, rows, title=f"Quantiles of {self.units[self.treated]} and of its control")
        return Table(table.columns, title=table.title, note=NOT_PEOPLE)

    def summary(self) -> Table:
        """Return one row per outcome of `joint`: the mean effect since the start, and p by rank among placebos."""
        rows = [
            (outcome.name, float(self.joint.estimate[k]), self.joint.rank_p(k), len(self.units))
            for k, outcome in enumerate(self.joint.outcomes)
        ]
        rows.append(
            ("whole distribution (ratio of distances)", float(self.ratio[self.treated]), self.p, len(self.units))
        )
        title = f"Effects on quantiles of {self.units[self.treated]}, by distributional synthetic control"
        table = Table.from_rows(("of", "effect", "p", "n"), rows, title=title)
        return Table(table.columns, title=title, note=NOT_PEOPLE)


def region_quantiles(data: MicroData, *, count: int = _GRID) -> tuple[tuple[str, ...], tuple[int, ...], Floats]:
    """Return quantile functions by region and period from micro data whose groups are regions.

    Parameters
    ----------
    data
        Rows with `groups` and `periods`.
    count
        Number M of shares, at the middle of M equal parts.

    Returns
    -------
    units, periods, quantiles
        Names, periods, and quantiles of shape (N, T, M).

    Raises
    ------
    UsageError
        If the data have no groups or no periods, or there are fewer than two shares.
    MethodError
        If a region misses a period.
    """
    if data.groups is None or data.periods is None:
        raise UsageError("the micro data say no groups or no periods.", allowed="groups=... (regions) and periods=...")
    grid = _grid(count)
    units, at = np.unique(data.groups, return_inverse=True)
    periods, when = np.unique(data.periods, return_inverse=True)
    found = np.empty((len(units), len(periods), count))
    for i, unit in enumerate(units):
        for t, period in enumerate(periods):
            rows = (at == i) & (when == t)
            if not rows.any():
                raise MethodError(
                    f"{unit!s} has no rows in {int(period)}.",
                    allowed="rows of every region in every period",
                    todo="leave the region or the period out",
                )
            found[i, t] = Steps.of(data.income[rows], data.weights[rows]).quantile(grid)
    return tuple(map(str, units)), tuple(periods.tolist()), found


def distributional_control(
    quantiles: ArrayLike,
    *,
    units: Sequence[str],
    periods: Sequence[int],
    treated: str,
    start: int,
    at: Sequence[float] = (0.1, 0.25, 0.5, 0.75, 0.9),
    combination: Combination = "joint",
    unit: str = "1",
) -> DistributionalControl:
    """Return the zone's distribution beside what it would have been, with placebos for every region.

    Parameters
    ----------
    quantiles
        Quantile functions, shape (N, T, M), at the middle of M equal parts; from `region_quantiles`, or published.
    units, periods
        Names of the N regions and the T periods, ascending.
    treated
        The zone.
    start
        First period with the zone's programme.
    at
        Shares whose effects are tested, with the mean.
    combination
        ``joint``: one search over all periods before, whose weights are certified. ``mean``: the paper's mean of the
        weights of each period.
    unit
        Unit of income, as text.

    Returns
    -------
    DistributionalControl

    Raises
    ------
    UsageError
        If the zone is unknown or a share is out of range.
    MethodError
        If shapes do not fit, a quantile is missing or falls, or there are fewer than two donors or no period before.

    Notes
    -----
    Every region is taken for the zone in turn, with all others as donors, the zone among them: ranks are exact if the
    zone could have been any region. p = 1/N is the smallest there is.
    """
    check_choice(combination, Combination, "combination")
    values, names, dates = _checked(quantiles, units, periods)
    if treated not in names:
        raise unknown("unit", treated, names, of="the data", error=UsageError)
    if not all(0 < share < 1 for share in at):
        raise UsageError(f"shares are {list(at)}.", allowed="shares above 0 and below 1")
    late = np.array(dates) >= start
    if late.all() or not late.any():
        raise MethodError(
            f"the start {start} has no period {'before' if late.all() else 'since'} it.",
            allowed=possible_starts(dates),
        )
    row = names.index(treated)
    weights, unique = _weights(values[:, ~late], combination)
    control = np.tensordot(weights, values, axes=1)
    gaps = values - control
    grid = _grid(values.shape[2])
    joint = _joint(gaps, weights, grid, names, row, dates, late, at=at, unit=unit)
    distance = np.sqrt((gaps**2).mean(axis=2))
    return DistributionalControl(
        names,
        row,
        dates,
        start,
        grid,
        weights,
        values[row],
        control[row],
        distance,
        bool(unique[row]),
        combination,
        joint,
    )


def _grid(count: int) -> Floats:
    if count < 2:  # noqa: PLR2004 - a function
        raise UsageError(f"{count} shares do not make a quantile function.", allowed="2 or more")
    found: Floats = (np.arange(count) + 0.5) / count
    return found


def _checked(
    quantiles: ArrayLike, units: Sequence[str], periods: Sequence[int]
) -> tuple[Floats, tuple[str, ...], tuple[int, ...]]:
    values = np.array(quantiles, dtype=np.float64)
    names, dates = tuple(units), tuple(periods)
    if values.ndim != 3 or values.shape[:2] != (len(names), len(dates)):  # noqa: PLR2004 - units, periods, shares
        raise MethodError(
            f"quantiles have shape {values.shape}.", allowed=f"({len(names)}, {len(dates)}, M): units, periods, shares"
        )
    if len(set(names)) < len(names) or list(dates) != sorted(set(dates)):
        raise MethodError("units or periods are there twice or not in order.", allowed="each once, periods ascending")
    if len(names) <= _FEWEST_DONORS:
        raise MethodError(f"there are {len(names)} regions.", allowed="the zone and two donors or more")
    for what, bad in (
        ("misses quantiles", ~np.isfinite(values).all(axis=2)),
        ("has quantiles that fall", (np.diff(values, axis=2) < 0).any(axis=2)),
    ):
        if bad.any():
            i, t = (int(part[0]) for part in np.nonzero(bad))
            raise MethodError(f"{names[i]} {what} in {dates[t]}.", allowed="finite quantiles that rise with the share")
    return values, names, dates


def _weights(before: Floats, combination: Combination) -> tuple[Floats, NDArray[np.bool_]]:
    """Return the weights of every region's control, shape (N, N), and whether they are the only ones."""
    count = len(before)
    others = ~np.eye(count, dtype=np.bool_)
    rows = np.arange(count)
    if combination == "joint":
        solved = solve_simplex_batch(before.reshape(count, -1), rows, others)
        return solved.weights, solved.unique
    each = [solve_simplex_batch(before[:, t], rows, others) for t in range(before.shape[1])]
    weights = np.mean([one.weights for one in each], axis=0)
    return weights, np.all([one.unique for one in each], axis=0)


def _joint(  # noqa: PLR0913 - parts of joint effects
    gaps: Floats,
    weights: Floats,
    grid: Floats,
    units: tuple[str, ...],
    row: int,
    periods: tuple[int, ...],
    late: NDArray[np.bool_],
    *,
    at: Sequence[float],
    unit: str,
) -> JointEffects:
    """Return mean gaps since the start at some shares and of the mean, with those of every region."""
    some = _interpolated(gaps, grid, at)
    gap = some[:, late].mean(axis=1)
    # A constant effect taken off the zone moves its own gap, and those of regions that it is a donor of.
    slope = weights[:, row].copy()
    slope[row] = -1.0
    names = [*(f"quantile {share:g}" for share in at), "mean"]
    placebos = PlaceboDraws(
        units=units,
        treated=row,
        mean_gap=gap,
        slope=np.repeat(slope[:, None], len(names), axis=1),
        pre_rmspe=np.sqrt((some[:, ~late] ** 2).mean(axis=1)),
        pool_rule="symmetric",
    )
    window = tuple(period for period, since in zip(periods, late.tolist(), strict=True) if since)
    return JointEffects(
        unit=units[row],
        start=window[0],
        window=window,
        estimator="sc",
        outcomes=tuple(Outcome(name, None, "up", None, "level", unit=unit) for name in names),
        estimate=gap[row],
        placebos=placebos,
    )


def _interpolated(values: Floats, grid: Floats, at: Sequence[float]) -> Floats:
    """Return values at some shares, between two of the grid by a straight line, and their mean, shape (N, T, K + 1)."""
    found = []
    for share in at:
        k = int(np.clip(np.searchsorted(grid, share) - 1, 0, len(grid) - 2))
        part = float(np.clip((share - grid[k]) / (grid[k + 1] - grid[k]), 0.0, 1.0))
        found.append((1 - part) * values[..., k] + part * values[..., k + 1])
    return np.stack([*found, values.mean(axis=2)], axis=2)
