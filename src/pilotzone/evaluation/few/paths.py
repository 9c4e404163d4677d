"""Rules on paths of figures, units in rows: what measurement hardly ever gives by itself.

A rule counts how often the event would come about in figures that were measured: by the size of the last digit beside
ordinary changes, and by how often the event is seen elsewhere in the same series. It speaks only where that chance,
to the power of the run's length, is at most `RARE`. Whole numbers and rounded rates, which repeat by nature, pass.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import median_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

__all__ = [
    "RARE",
    "Jump",
    "Run",
    "all_repeated",
    "interpolated",
    "jumps",
    "last_digit",
    "ordinary_change",
    "repeated",
    "same_paths",
]

RARE = 1e-4
"""A run is told where measured figures would give it in at most one case of this many."""
_FEWEST = 2
"""Repeats, or equal growth rates after the first one, that are a run."""
_FEWEST_UNITS = 3
_NEAR = 0.15
"""A jump by a factor of 10^k has a decimal logarithm this near to k."""
_ORDINARY = 0.5
"""Decimal logarithm that 99 of 100 changes of a series stay below: then a factor of 1,000 is not an ordinary change."""
_LEAST_POWER = 3
_AROUND = 3
"""Columns on either side of a run whose figures show how many digits are given there."""
_ROUNDING = 1e-12
_EXACT = 1e14
"""Multiples that a float still tells apart from fractions; it holds about 16 digits."""
_COPY, _HALF = 1e-3, 0.6
"""Paths that differ by less than this share of an ordinary change are one path; or by half of the last digit, a little
more for what is derived from it."""


@dataclass(frozen=True)
class Run:
    """A run in one row: columns `first` to `last`; the figure of `first` is the last one before it or its beginning."""

    row: int
    first: int
    last: int


@dataclass(frozen=True)
class Jump:
    """A jump in one row by a factor of ten to the power, from column `first` on, to `last`."""

    row: int
    first: int
    last: int
    power: int


def last_digit(values: Floats) -> float:
    """Return the size of the last digit that figures are given to: a power of ten, zero where none is found.

    Examples
    --------
    >>> last_digit(np.array([[1.25, 3.5]])), last_digit(np.array([[1200.0, 3500.0]]))
    (0.01, 100.0)
    """
    seen = values[np.isfinite(values) & (values != 0)]
    if not seen.size:
        return 0.0
    largest = float(np.abs(seen).max())
    for power in range(9, -13, -1):
        size = 10.0**power
        if not largest < _EXACT * size:
            break  # counted in this digit, or a smaller one, figures have more digits than floats
        steps = seen / size
        whole = np.round(steps)
        near = (whole != 0) & (np.abs(steps - whole) <= 1e-15 * np.abs(steps) + 1e-9)
        if near.all():
            return size
    return 0.0


def repeated(values: Floats, digit: float) -> list[Run]:
    """Return runs of two or more repeats of exactly the same figure, where these are rare.

    Parameters
    ----------
    values
        Shape (N, T); NaN is missing.
    digit
        Size of the last digit.
    """
    change = np.diff(values)
    # Zero is a floor, and no figure is carried forward to stay there.
    same = (change == 0) & (values[:, 1:] != 0)
    return _rare_runs(same, ~np.isnan(change), np.abs(change), values, digit, np.ones(len(values)))


def all_repeated(values: Floats) -> list[int]:
    """Return the columns in which every unit has the figure of the column before, where the units differ."""
    change = np.diff(values)
    known, same = ~np.isnan(change), change == 0
    counted = known.sum(axis=0)
    frozen = (counted >= _FEWEST_UNITS) & (same.sum(axis=0) == counted)
    elsewhere = known[:, ~frozen]
    share = (same[:, ~frozen].sum() + 1) / (elsewhere.sum() + 1)
    found = []
    for k in np.flatnonzero(frozen):
        # A figure that all units share, such as a national price, is one figure and not many.
        figures = values[known[:, k], k + 1]
        distinct = np.unique(figures).size
        if 2 * distinct > figures.size and share**distinct <= RARE:
            found.append(int(k) + 1)
    return found


def interpolated(values: Floats, periods: NDArray[np.int64], digit: float) -> list[Run]:
    """Return runs of equal growth, in levels or in logarithms, of figures that change; up to the last digit.

    Three equal changes or more are a run: straight lines are what interpolation leaves.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        positive = np.where(values > 0, values, np.nan)
        smallest = np.min(np.where(np.isnan(positive), np.inf, positive), axis=1)
        logs = np.log(positive)
        logs[(values <= 0).any(axis=1)] = np.nan
        plain = _straight(values, periods, values, digit, np.full(len(values), 2.0))
        growing = _straight(logs, periods, values, digit, 2.0 / smallest)
    told = {(run.row, k) for run in plain for k in range(run.first, run.last + 1)}
    return plain + [run for run in growing if not any((run.row, k) in told for k in range(run.first, run.last + 1))]


def _straight(paths: Floats, periods: NDArray[np.int64], values: Floats, digit: float, per_digit: Floats) -> list[Run]:
    largest = np.max(np.where(np.isnan(paths), 0.0, np.abs(paths)), axis=1)
    near = (per_digit * digit + _ROUNDING * np.maximum(largest, 1.0))[:, None]
    slope = np.diff(paths) / np.diff(periods)
    bend = np.abs(np.diff(slope))
    # What stands still is a repeat, and no growth.
    flat = np.abs(slope) <= near
    straight = (bend <= near) & ~flat[:, 1:] & ~flat[:, :-1]
    runs = _rare_runs(straight, ~np.isnan(bend), bend, values, digit, per_digit)
    return [Run(run.row, run.first, run.last + 1) for run in runs]


def _rare_runs(event: Flags, known: Flags, size: Floats, values: Floats, digit: float, per_digit: Floats) -> list[Run]:
    """Return runs of an event in rows that measured figures would hardly give.

    The chance of one event is the largest of three: the last digit (as `per_digit` turns it into sizes) beside the
    row's median size of what is not an event, the share of events in other columns of the whole series (one event
    added),
    and that in other columns of the row. The last digit is that of the series or of the figures around the run, the
    larger one: old years are often given to fewer digits.
    """
    events, seen = (np.concatenate([[0], np.cumsum(item.sum(axis=0))]) for item in (event, known))
    usual = size[known & ~event & (size > 0)]
    found = []
    for row, first, stop in _runs(event):
        length = stop - first
        if length < _FEWEST:
            continue
        within = events[stop] - events[first], seen[stop] - seen[first]
        pooled = float((events[-1] - within[0] + 1) / (seen[-1] - within[1] + 1))
        others = int(known[row].sum()) - length
        mine = (int(event[row].sum()) - length) / others if others else 1.0
        if max(pooled, mine) ** length > RARE:
            continue
        own = size[row][known[row] & ~event[row] & (size[row] > 0)]
        own = own if own.size >= _FEWEST_UNITS else usual
        ordinary = median_of(own) if own.size else 0.0
        step = float(per_digit[row]) * max(digit, _digit_around(values[row], first, stop + 1))
        if ordinary and min(1.0, step / ordinary) ** length <= RARE:
            found.append(Run(row, first, stop))
    return found


def _digit_around(path: Floats, first: int, stop: int) -> float:
    """Return the last digit of a run of figures with those before it, or after it: the larger one."""
    before = last_digit(path[max(0, first - _AROUND) : stop])
    return before if stop >= len(path) else max(before, last_digit(path[first : stop + _AROUND]))


def _runs(event: Flags) -> Iterator[tuple[int, int, int]]:
    """Yield row, first column and the column after the last one of every run of true values."""
    padded = np.pad(event, ((0, 0), (1, 1))).astype(np.int8)
    edges = np.diff(padded)
    rows, starts = np.nonzero(edges == 1)
    ends = np.nonzero(edges == -1)[1]
    yield from ((int(row), int(first), int(stop)) for row, first, stop in zip(rows, starts, ends, strict=True))


def jumps(values: Floats, *, logarithms: bool = False) -> list[Jump]:
    """Return jumps by a factor of 1,000 or a higher power of ten, up or down, for a while or for good.

    None is told in a series whose changes are often that large.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        size = values / np.log(10) if logarithms else np.log10(np.where(values > 0, values, np.nan))
    change = np.diff(size)
    seen = np.abs(change[~np.isnan(change)])
    if not seen.size:
        return []
    power = np.round(np.nan_to_num(change)).astype(int)
    large = (np.abs(power) >= _LEAST_POWER) & (np.abs(change - power) <= _NEAR)
    ordinary = np.abs(change[~np.isnan(change) & ~large])
    if not ordinary.size or np.quantile(ordinary, 0.99) > _ORDINARY:
        return []
    found = []
    for row in np.flatnonzero(large.any(axis=1)):
        at = [int(k) for k in np.flatnonzero(large[row])]
        while at:
            k = at.pop(0)
            back = next((j for j in at if power[row, j] == -power[row, k]), None)
            if back is not None:
                at.remove(back)
            last = values.shape[1] - 1 if back is None else back
            found.append(Jump(int(row), k + 1, last, int(power[row, k])))
    return found


def same_paths(paths: list[Floats], coarse: Floats, rounding: Floats) -> list[tuple[int, int]]:
    """Return pairs of rows whose paths are the same on all outcomes, the earlier one first.

    Parameters
    ----------
    paths
        For each outcome, shape (N, T).
    coarse, rounding
        The last digit beside the row's ordinary change, shape (N,): of the finest figures that outcomes are made from,
        and of the coarsest ones. Paths so coarse that they may meet by chance are not told; figures that differ by
        rounding are the same.
    """
    usual = [np.array([ordinary_change(row) for row in item]) for item in paths]
    share = np.maximum(_COPY, _HALF * np.minimum(1.0, np.maximum(rounding[:, None], rounding[None, :])))
    alike = np.ones(share.shape, dtype=bool)
    near = []
    for item, ordinary in zip(paths, usual, strict=True):
        middle = item.mean(axis=1)
        near.append(share * ordinary[:, None] + _ROUNDING * np.abs(item).max(axis=1)[:, None])
        alike &= np.abs(middle[:, None] - middle[None, :]) <= near[-1]
    found: list[tuple[int, int]] = []
    copies: set[int] = set()
    for i, j in zip(*np.nonzero(np.triu(alike, 1)), strict=True):
        if i in copies or j in copies:
            continue
        close = all(np.abs(item[i] - item[j]).max() <= bound[i, j] for item, bound in zip(paths, near, strict=True))
        moves = min(int((np.diff(item[i]) != 0).sum()) for item in paths)
        if close and moves >= _FEWEST_UNITS and min(1.0, float(coarse[i])) ** moves <= RARE**2:
            found.append((int(i), int(j)))
            copies.add(int(j))
    return found


def ordinary_change(path: Floats) -> float:
    """Return the median size of what changes a path has, zero without any."""
    sizes = np.abs(np.diff(path))
    seen = sizes[sizes > 0]
    return median_of(seen) if seen.size else 0.0
