"""What figures must show before an effect is estimated from them: findings by unit and period, and what follows."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, get_args

import numpy as np

from pilotzone.core import MethodError, kept_by_content
from pilotzone.evaluation.few.doubt import Doubt, DoubtFollows, accepting
from pilotzone.evaluation.few.paths import (
    all_repeated,
    interpolated,
    jumps,
    last_digit,
    ordinary_change,
    repeated,
    same_paths,
)
from pilotzone.evaluation.few.pool import needed_periods

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from pilotzone.core import Outcome, Panel
    from pilotzone.evaluation.few.design import FewDesign
    from pilotzone.evaluation.few.doubt import AcceptedFigures

    Floats = NDArray[np.float64]

__all__ = ["doubts_of"]

_FEWEST_PERIODS = 3
_MOST_EMPTY = 0.1
"""Share of the figures needed that a donor may lack for the loss to be told: one without figures is not a loss."""


@dataclass(frozen=True, eq=False)
class _Scene:
    """A panel as designs see it: zones and possible donors, and the columns of each zone."""

    panel: Panel
    outcomes: tuple[Outcome, ...]
    zones: tuple[str, ...]
    units: tuple[str, ...]
    needed: tuple[dict[Outcome, list[int]], ...]
    starts: tuple[int, ...]

    @property
    def rows(self) -> list[int]:
        return [self.panel.unit_index(unit) for unit in self.units]

    def matrix(self, name: str) -> Floats:
        return self.panel.matrix(name)[self.rows]

    def columns(self, zone: str | None = None) -> set[int]:
        """Return the columns that one zone, or any, needs."""
        return {
            k
            for unit, needed in zip(self.zones, self.needed, strict=True)
            if zone is None or unit == zone
            for columns in needed.values()
            for k in columns
        }

    def window(self, zone: str | None = None) -> set[int]:
        """Return the columns of one zone's window, or any's."""
        starts = dict(zip(self.zones, self.starts, strict=True))
        wanted = self.zones if zone is None else (zone,)
        return {k for unit in wanted for k in self.columns(unit) if self.panel.periods[k] >= starts[unit]}

    def deciding(self, unit: str) -> set[int]:
        """Return the columns whose figures a unit must have: the window and the last fitted period."""
        wanted = (unit,) if unit in self.zones else self.zones
        last = {max(self.columns(zone) - self.window(zone), default=-1) for zone in wanted}
        return set.union(last, *(self.window(zone) for zone in wanted))

    def periods(self, first: int, last: int) -> tuple[int, int]:
        return self.panel.periods[first], self.panel.periods[last]


def doubts_of(
    panel: Panel,
    outcomes: Sequence[Outcome],
    designs: Sequence[FewDesign],
    excluded: Iterable[str] = (),
    accepted: Sequence[AcceptedFigures] = (),
) -> tuple[Doubt, ...]:
    """Return what cannot be believed in the figures that designs use, and what follows.

    Parameters
    ----------
    panel, outcomes
        What effects are to be estimated on. For a derived outcome, its series of the data are looked at.
    designs
        One for each zone.
    excluded
        Units that are not donors anyway: nothing is said of them.
    accepted
        Figures that are known to be right: nothing follows from doubts of them.

    Returns
    -------
    tuple of Doubt
        Each zone's and each series' doubts, those of units alike as one.

        Nothing is told of designs that the data cannot carry: estimating says so.

    Notes
    -----
    The rules and how often they speak by chance stand in `pilotzone.evaluation.few.paths`. A donor whose figures are
    carried forward into the window, or into the last fitted period, is left out, as one without figures would be. A
    zone's are refused.
    """
    without = set(excluded)
    # Margins and roles are not in the key: nothing here reads them.
    shown = [(item.name, item.scale) for item in outcomes]
    parts = (panel, shown, tuple(designs), sorted(without), tuple(accepted))
    return kept_by_content("doubts", parts, lambda: _doubts(panel, outcomes, designs, without, accepted))


def _doubts(
    panel: Panel,
    outcomes: Sequence[Outcome],
    designs: Sequence[FewDesign],
    excluded: set[str],
    accepted: Sequence[AcceptedFigures],
) -> tuple[Doubt, ...]:
    try:
        scene = _scene(panel, outcomes, designs, excluded)
    except MethodError:
        return ()
    found = [*_constant(scene)]
    if not any(item.follows == "refused" for item in found):
        # Differences of figures near the largest number overflow; what is infinite then is not a doubt of any kind.
        with np.errstate(over="ignore", invalid="ignore"):
            found += _searched(scene, accepted)
    return _merged(found)


def _searched(scene: _Scene, accepted: Sequence[AcceptedFigures]) -> Iterator[Doubt]:
    """Yield what is wrong with series, units that stand there twice, and donors that empty cells take away."""
    found: list[Doubt] = []
    seen: set[str] = set()
    for outcome in scene.outcomes:
        for name in _parts(scene.panel, outcome.name):
            if name not in seen:
                seen.add(name)
                found += accepting(_of_series(scene, name, outcome), accepted)
    gone = {unit for item in found if item.follows == "left out" for unit in item.units}
    found += accepting(_same(scene, gone), accepted)
    gone |= {unit for item in found if item.follows == "counted once" for unit in item.units}
    yield from found
    yield from _empty(scene, gone)


def _scene(panel: Panel, outcomes: Sequence[Outcome], designs: Sequence[FewDesign], excluded: set[str]) -> _Scene:
    dated = [design.dated(panel.frequency) for design in designs]
    zones = tuple(design.unit for design in dated)
    units = (*zones, *(unit for unit in panel.units if unit not in excluded and unit not in zones))
    needed = tuple({outcome: needed_periods(panel, outcome, design)[0] for outcome in outcomes} for design in dated)
    return _Scene(panel, tuple(outcomes), zones, units, needed, tuple(design.window[0] for design in dated))


def _parts(panel: Panel, name: str) -> list[str]:
    """Return the series of the data that an outcome is made from, figures of a single declared period apart."""
    formula = re.sub(r"\bat\([^()]*\)", "", panel.series[name].formula)
    inside = [item for item in panel.values if item != name and re.search(rf"(?<!\w){re.escape(item)}(?!\w)", formula)]
    return [part for item in inside for part in _parts(panel, item)] or [name]


def _constant(scene: _Scene) -> Iterator[Doubt]:
    for zone, needed in zip(scene.zones, scene.needed, strict=True):
        for outcome, columns in needed.items():
            if len(columns) < _FEWEST_PERIODS:
                continue
            own = scene.panel.matrix(outcome.name)[scene.panel.unit_index(zone), columns]
            span = scene.periods(min(columns), max(columns))
            if (own == own[0]).all():
                yield Doubt("does not vary", "refused", outcome.name, (zone,), *span)
            elif still := _still_donors(scene, outcome, columns):
                # Ranks over time may do with such donors; whoever reads ranks among units has to know.
                yield Doubt("does not vary", "remarked", outcome.name, still, *span)


def _still_donors(scene: _Scene, outcome: Outcome, columns: Collection[int]) -> tuple[str, ...]:
    """Return the donors with figures, if none of them varies: a placebo of theirs has no gap, whatever the zone did."""
    donors = [unit for unit in scene.units if unit not in scene.zones]
    rows = scene.panel.matrix(outcome.name)[[scene.panel.unit_index(unit) for unit in donors]][:, sorted(columns)]
    known = np.flatnonzero(np.isfinite(rows).all(axis=1))
    if not known.size or (rows[known] != rows[known, :1]).any():
        return ()
    return tuple(donors[k] for k in known.tolist())


def _of_series(scene: _Scene, name: str, outcome: Outcome) -> Iterator[Doubt]:
    """Yield what is wrong with one series of the data."""
    values = scene.matrix(name)
    digit = scene.panel.series[name].precision or last_digit(values)
    alone = _parts(scene.panel, outcome.name) == [name]
    yield from _repeats(scene, name, values, digit)
    used = scene.columns()
    for run in interpolated(values, np.array(scene.panel.periods, dtype=np.int64), digit):
        unit = scene.units[run.row]
        if used.isdisjoint(range(run.first, run.last + 1)):
            continue
        window = scene.window(unit) if unit in scene.zones else set()
        covered = bool(window) and window <= set(range(run.first, run.last + 1))
        # A straight population beside a measured quantity leaves a quantity per head that was measured.
        follows: DoubtFollows = "refused" if covered and alone else "remarked"
        yield Doubt("interpolated", follows, name, (unit,), *scene.periods(run.first, run.last))
    logarithms = alone and outcome.scale == "log" and name == outcome.name
    for jump in jumps(values, logarithms=logarithms):
        unit = scene.units[jump.row]
        if used.isdisjoint({jump.first - 1, *range(jump.first, jump.last + 1)}):
            continue
        factor = f"{'times' if jump.power > 0 else 'divided by'} {10 ** abs(jump.power):,}"
        follows = "refused" if unit in scene.zones else "remarked"
        yield Doubt("jump", follows, name, (unit,), *scene.periods(jump.first, jump.last), factor)


def _repeats(scene: _Scene, name: str, values: Floats, digit: float) -> Iterator[Doubt]:
    used = scene.columns()
    frozen = [k for k in all_repeated(values) if k in used]
    for first, last in _stretches(frozen):
        decides = any(not scene.deciding(zone).isdisjoint(range(first, last + 1)) for zone in scene.zones)
        yield Doubt("not measured", "refused" if decides else "remarked", name, (), *scene.periods(first, last))
    for run in repeated(values, digit):
        unit, columns = scene.units[run.row], set(range(run.first + 1, run.last + 1))
        if columns.isdisjoint(used) or not columns.isdisjoint(frozen):
            continue
        follows: DoubtFollows = "remarked"
        if not columns.isdisjoint(scene.deciding(unit)):
            follows = "refused" if unit in scene.zones else "left out"
        yield Doubt("carried forward", follows, name, (unit,), *scene.periods(run.first, run.last))


def _stretches(columns: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the first and the last of columns that stand side by side."""
    for k in columns:
        if k - 1 not in columns:
            yield k, next(end for end in columns if end >= k and end + 1 not in columns)


def _same(scene: _Scene, gone: set[str]) -> Iterator[Doubt]:
    """Yield units whose figures are another's, on all outcomes and in all periods needed."""
    paths = {outcome: scene.matrix(outcome.name) for outcome in scene.outcomes}
    columns = {outcome: sorted({k for needed in scene.needed for k in needed[outcome]}) for outcome in scene.outcomes}
    whole = [
        k
        for k, unit in enumerate(scene.units)
        if unit not in gone and all(np.isfinite(paths[item][k, columns[item]]).all() for item in scene.outcomes)
    ]
    coarse, rounding = np.ones(len(whole)), np.zeros(len(whole))
    for name in dict.fromkeys(part for item in scene.outcomes for part in _parts(scene.panel, item.name)):
        values = scene.matrix(name)[whole]
        least = scene.panel.series[name].precision
        digits = np.array([max(least, last_digit(row)) for row in values])
        usual = np.array([ordinary_change(row) for row in values])
        step = np.divide(digits, usual, out=np.ones(len(usual)), where=usual > 0)
        coarse, rounding = np.minimum(coarse, step), np.maximum(rounding, step)
    taken = [paths[item][whole][:, columns[item]] for item in scene.outcomes]
    for i, j in same_paths(taken, coarse, rounding):
        unit, copy = scene.units[whole[i]], scene.units[whole[j]]
        span = scene.periods(min(scene.columns()), max(scene.columns()))
        follows: DoubtFollows = "refused" if copy in scene.zones else "counted once"
        yield Doubt("same figures", follows, scene.outcomes[0].name, (copy,), *span, twins=(unit,))


def _empty(scene: _Scene, gone: set[str]) -> Iterator[Doubt]:
    """Yield donors that a few empty cells take away, with what these cost."""
    lacking: dict[str, dict[str, list[int]]] = {}
    needed_count = sum(len({k for needed in scene.needed for k in needed[outcome]}) for outcome in scene.outcomes)
    candidates = [unit for unit in scene.units if unit not in scene.zones and unit not in gone]
    complete = 0
    for unit in candidates:
        row, holes = scene.panel.unit_index(unit), {}
        for outcome in scene.outcomes:
            columns = sorted({k for needed in scene.needed for k in needed[outcome]})
            absent = [k for k in columns if np.isnan(scene.panel.matrix(outcome.name)[row, k])]
            if absent:
                holes[outcome.name] = absent
        complete += not holes
        if holes and sum(map(len, holes.values())) <= max(1, _MOST_EMPTY * needed_count):
            lacking[unit] = holes
    cost = f"no donor; of {complete + len(lacking)} donors {complete} are left"
    for unit, holes in lacking.items():
        for name, absent in holes.items():
            for first, last in _stretches(absent):
                yield Doubt("empty cell", "left out", name, (unit,), *scene.periods(first, last), cost)


def _merged(found: Sequence[Doubt]) -> tuple[Doubt, ...]:
    """Return doubts that are alike in all but the unit as one, those refused first."""
    groups: dict[Doubt, list[Doubt]] = {}
    for item in found:
        groups.setdefault(replace(item, units=(), twins=()), []).append(item)
    order = get_args(DoubtFollows)
    merged = [
        replace(
            key,
            units=tuple(unit for item in items for unit in item.units),
            twins=tuple(unit for item in items for unit in item.twins),
        )
        for key, items in groups.items()
    ]
    return tuple(sorted(merged, key=lambda item: order.index(item.follows)))
