"""Effects of a zone on inequality that is known from shares of income by region only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import MethodError, Outcome, check_level
from pilotzone.evaluation.inclusion.effects import checked_sides, contributions_of, effects_of_cells
from pilotzone.evaluation.inclusion.grouped import grouped_inequality
from pilotzone.evaluation.inclusion.indexeffects import outcomes_of
from pilotzone.evaluation.inclusion.indices import index_of
from pilotzone.evaluation.inclusion.sample import micro_data

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from pilotzone.evaluation.inclusion.effects import IndexEffects
    from pilotzone.evaluation.inclusion.sample import MicroData

    Floats = NDArray[np.float64]

__all__ = ["RegionBounds", "region_bounds", "share_effects"]


@dataclass(frozen=True, eq=False)
class RegionBounds:
    """Bounds on K indices in each of n pairs of a region and a period.

    Attributes
    ----------
    regions, periods
        Region and period of each pair, shape (n,).
    first
        The first row of each pair in the table, shape (n,).
    counts
        How many parts each has, shape (n,).
    parts
        The indices as if everybody within a part had the same income, shape (n, K).
    low, high
        Bounds, shape (n, K); infinite where shares say nothing.
    """

    regions: NDArray[np.str_]
    periods: NDArray[np.int64]
    first: NDArray[np.intp]
    counts: NDArray[np.intp]
    parts: Floats
    low: Floats
    high: Floats


def region_bounds(
    income: ArrayLike,
    indices: Sequence[str] | str,
    *,
    regions: ArrayLike,
    periods: ArrayLike,
    people: ArrayLike | None = None,
    line: float | None = None,
) -> RegionBounds:
    """Return bounds on indices from shares of income, region by region and period by period.

    Parameters
    ----------
    income
        Share of its region's income that each part of the population has, the poorest first, shape (n,).
    indices
        Names from `INDICES`, apart from the means.
    regions, periods
        Region and period of each row, shape (n,).
    people
        Share of its region's population in each part, shape (n,); equal parts if left out.
    line
        Poverty line as a multiple of the region's mean income.

    Raises
    ------
    UsageError
        If an index is unknown, a mean, or has no line.
    MethodError
        As `grouped_inequality`, naming region and period; or if columns have other lengths, or miss values.
    """
    table = micro_data(income, weights="equal", clusters=regions, periods=periods)
    shares, dates = table.income, np.asarray(table.periods)
    sizes = None if people is None else np.asarray(people, dtype=np.float64)
    if sizes is not None and sizes.shape != shares.shape:
        raise MethodError(f"people have shape {sizes.shape}.", allowed=f"{len(shares)} shares, one per row")
    names, region = np.unique(np.asarray(regions).astype(np.str_), return_inverse=True)
    whens, when = np.unique(dates, return_inverse=True)
    pairs, first, pair = np.unique(region * len(whens) + when, return_index=True, return_inverse=True)
    parts, low, high = [], [], []
    counts = np.bincount(pair)
    blocks = np.split(np.argsort(pair, kind="stable"), np.cumsum(counts)[:-1])
    for code, rows in zip(pairs.tolist(), blocks, strict=True):
        own = None if sizes is None else sizes[rows]
        try:
            found = grouped_inequality(shares[rows], indices, people=own, line=line)
            means = found.income / found.people
            parts.append([index_of(record, means, found.people, line)[0] for record in found.indices])
        except MethodError as error:
            place, date = names[code // len(whens)], whens[code % len(whens)]
            raise MethodError(f"{place} in {date}: {error.what}", allowed=error.allowed, todo=error.todo) from None
        low.append(found.low)
        high.append(found.high)
    places, when = names[pairs // len(whens)], whens[pairs % len(whens)]
    return RegionBounds(places, when, first, counts, np.array(parts), np.array(low), np.array(high))


def share_effects(  # noqa: PLR0913 - what is to be said of a table, all by name
    income: ArrayLike,
    indices: Sequence[Outcome | str] | Outcome | str,
    *,
    regions: ArrayLike,
    periods: ArrayLike,
    zone: ArrayLike,
    start: int,
    comparison: ArrayLike | None = None,
    people: ArrayLike | None = None,
    line: float | None = None,
    level: float = 0.95,
) -> IndexEffects:
    """Return effects of a zone on indices of shares of income, by differences in differences.

    The index of a region is that of its parts, as if everybody within a part had the same income: what lies within
    parts is not seen. Each region counts the same. The effect is the mean change in the zone's regions, from the
    periods before the start to those since, less that in the comparison's.

    Parameters
    ----------
    income, regions, periods, people, line
        As for `region_bounds`.
    indices
        Names from `INDICES` apart from the means, or outcomes that have such a name.
    zone, comparison
        Whether a row's region lies in the zone or in the comparison, shape (n,), boolean. Without `comparison` all
        regions outside the zone are the comparison.
    start
        First period with the zone's programme.
    level
        Level of pointwise intervals.

    Returns
    -------
    IndexEffects
        With `bounds`: between which values the effects on the indices of all incomes lie, whatever these are.

    Raises
    ------
    UsageError
        If an index is unknown, a mean, or has no line.
    MethodError
        If shares are not what `grouped_inequality` admits, a region misses a period or comes in other parts, regions
        differ in their number of parts, or there is no period before or since the start.

    Notes
    -----
    Regions are drawn: standard errors come from how far they differ within the zone and within the comparison, and
    need five on each side. Bounds hold for the estimate and have no part of that: they say how much of the effect
    shares leave open.

    Examples
    --------
    >>> even, uneven = [0.4, 0.6], [0.3, 0.7]
    >>> rows = [(k, t, s) for k in range(10) for t in (0, 1) for s in (uneven if t and k < 5 else even)]
    >>> regions, periods, shares = zip(*rows)
    >>> zone = [k < 5 for k in regions]
    >>> found = share_effects(shares, "gini", regions=regions, periods=periods, zone=zone, start=1)
    >>> found.joint.estimate.round(3).tolist()
    [0.1]
    """
    outcomes, records = outcomes_of(indices, line)
    check_level(level, name="level", such=0.95)
    rows = micro_data(income, weights="equal", clusters=regions, zone=zone, comparison=comparison, periods=periods)
    inside, *_ = checked_sides(rows, start)
    known = region_bounds(
        rows.income,
        [item.name for item in records],
        regions=regions,
        periods=np.asarray(rows.periods),
        people=people,
        line=line,
    )
    data = micro_data(
        known.parts[:, 0],
        weights="equal",
        clusters=known.regions,
        zone=inside[known.first],
        comparison=np.asarray(rows.comparison)[known.first],
        periods=known.periods,
    )
    _check_whole(known)
    _check_alike(known, np.asarray(data.zone), np.asarray(data.comparison))

    def cell(rows: NDArray[np.bool_], k: int) -> tuple[float, Floats]:
        own = known.parts[rows, k]
        mean = float(own.mean())
        return mean, contributions_of(mean, own - mean, data.weights[rows], outcomes[k].scale)

    found = effects_of_cells(data, outcomes, cell, start, level)
    return replace(found, bounds=_bounds(known, data, outcomes, start))


def _check_whole(known: RegionBounds) -> None:
    """Refuse regions that miss a period, or come in other parts: either would look like an effect."""
    for name in np.unique(known.regions):
        own = known.regions == name
        other = known.counts[own] != known.counts[own][0]
        if other.any():
            at, before = known.periods[own][other][0], known.periods[own][0]
            raise MethodError(
                f"{name!s} has {known.counts[own][other][0]} parts in {at}, and {known.counts[own][0]} in {before}.",
                allowed="as many parts of a region in every period: inequality between other parts is another index",
                todo="join parts until they are the same ones",
            )
    names, counts = np.unique(known.regions, return_counts=True)
    dates = np.unique(known.periods)
    if (counts < len(dates)).any():
        name = names[int(np.argmax(counts < len(dates)))]
        lost = sorted(set(dates.tolist()) - set(known.periods[known.regions == name].tolist()))
        raise MethodError(
            f"{name!s} has no shares in {lost[0]}.",
            allowed="every region in every period",
            todo="leave the region or the period out, and say so in notes",
        )


def _check_alike(known: RegionBounds, zone: NDArray[np.bool_], comparison: NDArray[np.bool_]) -> None:
    """Refuse regions that differ in their number of parts: fifths hide more of inequality than tenths."""
    if len(np.unique(known.counts[zone | comparison])) == 1:
        return
    told = []
    for name, side in (("zone", zone), ("comparison", comparison)):
        counts, first = np.unique(known.counts[side], return_index=True)
        parts = [
            f"{n} (such as {known.regions[side][k]})" for n, k in zip(counts.tolist(), first.tolist(), strict=True)
        ]
        told.append(f"{' and '.join(parts)} in the {name}")
    raise MethodError(
        f"regions have different numbers of parts: {', '.join(told)}.",
        allowed="as many parts in every region that is compared: inequality between fifths is less than between tenths",
        todo="join parts until all regions have the same ones, such as tenths in pairs; or leave out start and zone: "
        "levels need no comparison",
    )


def _bounds(known: RegionBounds, data: MicroData, outcomes: Sequence[Outcome], start: int) -> Floats:
    """Return the least and the largest effect that agree with the shares, shape (K, 2)."""
    sides = (np.asarray(data.zone), np.asarray(data.comparison))
    dates = np.unique(known.periods)
    after = dates >= start
    found = np.empty((len(outcomes), 2))
    for k, outcome in enumerate(outcomes):
        ends = np.zeros(2)
        for sign, side in zip((1, -1), sides, strict=True):
            for date, late in zip(dates, after, strict=True):
                rows = side & (known.periods == date)
                least, most = known.low[rows, k].mean(), known.high[rows, k].mean()
                if outcome.scale == "log":
                    least, most = np.log(least), np.log(most)
                # What counts against the effect is taken at its other end.
                pair = (least, most) if sign * (1 if late else -1) > 0 else (-most, -least)
                ends += np.array(pair) / (after.sum() if late else (~after).sum())
        found[k] = ends
    return found
