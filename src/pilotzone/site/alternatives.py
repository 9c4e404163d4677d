"""All that could be built on: spots of places, with their values on each criterion under each draw of the unknowns."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from pilotzone.core import Brief, UsageError, listing
from pilotzone.site.criteria import Criterion
from pilotzone.site.unknowns import Quantity, Units, Unknown

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pilotzone.site.criterion_values import CriterionValue

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["Alternatives", "SpotRule", "alternatives_of", "linked_blocks", "range_of"]

SpotRule = Literal["chosen", "unknown"]
"""The spot in a place is chosen, so that its best single one counts under each draw; or it is fixed and not known."""

_BLOCK = 64
"""Draws that are made together: a draw is the same however many are asked for at a time."""
_ROUNDING = 1e-10
_SPOT = "spot"


def range_of(criterion: str) -> str:
    """Return the name of the unknown that figures of a criterion given as ranges share."""
    return f"range of {criterion}"


@dataclass(frozen=True, eq=False)
class Alternatives(Brief):
    """The S spots of m places on n criteria.

    Attributes
    ----------
    places
        Names of the places.
    criteria
        What they are compared on.
    names
        Names of the S spots; spots of an area that has a name share it, and that of a place without spots is its own.
    starts
        Position of each place's first spot, shape (m,).
    low, high
        Values that are certain or known as ranges, shape (S, n); NaN where a quantity stands instead.
    quantities
        Place, criterion, positions of its spots, and the quantity that gives their values.
    unknowns
        All U of them.
    shared
        Share of the variance of each that is drawn once, by place, shape (m, U).
    correlation
        Correlation of their normal scores, shape (U, U).
    rule
        Whether the spot is chosen or unknown.
    drawn_with
        Positions of the places among those that draws are made for, so that leaving one out leaves the draws of others
        as they were; as they stand if empty.
    """

    places: tuple[str, ...]
    criteria: tuple[Criterion, ...]
    names: tuple[str, ...]
    starts: Integers
    low: Floats
    high: Floats
    quantities: tuple[tuple[int, int, Integers, Quantity], ...]
    unknowns: tuple[Unknown, ...]
    shared: Floats
    correlation: Floats
    rule: SpotRule = "chosen"
    drawn_with: tuple[int, ...] = ()

    @property
    def columns(self) -> tuple[int, ...]:
        """Positions of the places among those that draws are made for."""
        return self.drawn_with or tuple(range(len(self.places)))

    @property
    def owner(self) -> Integers:
        """Place of each spot, shape (S,)."""
        return np.repeat(np.arange(len(self.places)), np.diff(np.append(self.starts, len(self.low))))

    @property
    def certain(self) -> bool:
        """Whether every value is known."""
        return not self.unknowns

    @property
    def spots(self) -> Integers:
        """Position of each place's first value in what `values` returns, shape (m,)."""
        return np.arange(len(self.places)) if self.rule == "unknown" else self.starts

    def scores(self, first: int, last: int, seed: int) -> Floats:
        """Return normal scores of draws from the first to before the last, shape (last - first, m, U)."""
        columns, count = list(self.columns), len(self.unknowns)
        if not count:
            return np.empty((last - first, len(columns), 0))
        values, vectors = np.linalg.eigh(self.correlation)
        root = vectors * np.sqrt(np.maximum(values, 0.0))
        found = []
        for block in range(first // _BLOCK, -(-last // _BLOCK)):
            rng = np.random.default_rng([seed, block])
            everywhere = rng.standard_normal((_BLOCK, 1, count)) @ root.T
            own = rng.standard_normal((_BLOCK, max(columns) + 1, count))[:, columns] @ root.T
            found.append(np.sqrt(self.shared) * everywhere + np.sqrt(1 - self.shared) * own)
        begin = first // _BLOCK * _BLOCK
        return np.asarray(np.concatenate(found)[first - begin : last - begin])

    def draws(self, first: int, last: int, seed: int) -> Floats:
        """Return values of draws, shape (last - first, spots, n)."""
        return self.values(self.scores(first, last, seed))

    @property
    def middle(self) -> Floats:
        """Values where every unknown is in the middle of its range, shape (spots, n)."""
        return np.asarray(self.values(np.zeros((1, len(self.places), len(self.unknowns))))[0])

    def settled(self) -> Alternatives:
        """Return the same with every value in the middle of what it could be; a spot that is unknown stays so."""
        middle = self.every(np.zeros((1, len(self.places), len(self.unknowns))))[0]
        kept = [k for k, unknown in enumerate(self.unknowns) if unknown.name == _SPOT]
        return replace(
            self,
            low=middle,
            high=middle,
            quantities=(),
            unknowns=tuple(self.unknowns[k] for k in kept),
            shared=self.shared[:, kept],
            correlation=self.correlation[np.ix_(kept, kept)],
        )

    def values(self, scores: Floats) -> Floats:
        """Return values of normal scores, shape (K, m, U): shape (K, spots, n)."""
        found = self.every(scores)
        return found if self.rule == "chosen" else self.at_random(found, scores)

    def resting_on(self, changed: Collection[int]) -> list[int]:
        """Return the positions of the criteria whose values rest on some unknowns, given by their positions."""
        names = {self.unknowns[k].name for k in changed}
        found = {j for j, criterion in enumerate(self.criteria) if range_of(criterion.name) in names}
        found |= {j for _, j, _, quantity in self.quantities if not names.isdisjoint(u.name for u in quantity.unknowns)}
        return sorted(found)

    def every(
        self,
        scores: Floats,
        base: Floats | None = None,
        changed: Collection[int] = (),
        units_of: dict[int, Units] | None = None,
    ) -> Floats:
        """Return values of every spot, shape (K, S, n).

        Parameters
        ----------
        scores
            Normal scores, shape (K, m, U).
        base
            Values under other scores, which differ in some unknowns only: what does not rest on these is taken over.
        changed
            Positions of these unknowns.
        units_of
            Place to its unknowns under the other scores, with what was computed of them; filled where it has none.
        """
        units = _Columns(scores, [unknown.name for unknown in self.unknowns])
        again = set(units.at) if base is None else {self.unknowns[k].name for k in changed}
        found = np.repeat(self.low[None], len(scores), axis=0) if base is None else base.copy()
        owner = self.owner
        for j, criterion in enumerate(self.criteria):
            name = range_of(criterion.name)
            if name in again:
                drawn = self.low[:, j] + units[name][:, owner] * (self.high[:, j] - self.low[:, j])
                # What is modelled has no range, and stands beside ranges of other places.
                found[:, :, j] = np.where(np.isnan(self.low[:, j]), found[:, :, j], drawn)
        by_place: dict[int, Units] = {}
        before = {} if base is None or units_of is None else units_of
        for place, j, rows, quantity in self.quantities:
            if base is not None and again.isdisjoint(unknown.name for unknown in quantity.unknowns):
                continue
            if place not in by_place:
                by_place[place] = Units(_OfPlace(units, place, len(scores)), before.get(place), again)
            found[:, rows, j] = quantity.values(by_place[place])
        if base is None and units_of is not None:
            units_of |= by_place
        return found

    def at_random(self, values: Floats, scores: Floats) -> Floats:
        """Return one spot of each place, shape (K, m, n), where it is fixed and not known."""
        units = _Columns(scores, [unknown.name for unknown in self.unknowns])[_SPOT]
        sizes = np.diff(np.append(self.starts, len(self.low)))
        which = self.starts + np.minimum((units * sizes).astype(np.int64), sizes - 1)
        return np.asarray(np.take_along_axis(values, which[..., None], axis=1))


class _Columns:
    """Where unknowns lie in their ranges, by name, shape (K, m): computed when somebody asks."""

    def __init__(self, scores: Floats, names: Sequence[str]) -> None:
        self._scores = scores
        self.at = {name: k for k, name in enumerate(names)}
        self._known: dict[str, Floats] = {}

    def __getitem__(self, name: str) -> Floats:
        from scipy.special import ndtr

        if name not in self._known:
            self._known[name] = np.asarray(ndtr(self._scores[..., self.at[name]]))
        return self._known[name]


class _OfPlace(Mapping[str, "Floats"]):
    """Unknowns of one place by name, shape (K,); the middle of what is certain, which is not an unknown."""

    def __init__(self, units: _Columns, place: int, count: int) -> None:
        self._units, self._place, self._half = units, place, np.full(count, 0.5)

    def __getitem__(self, name: str) -> Floats:
        return self._units[name][:, self._place] if name in self._units.at else self._half

    def __iter__(self) -> Iterator[str]:
        return iter(self._units.at)

    def __len__(self) -> int:
        return len(self._units.at)


def alternatives_of(
    spots: Sequence[tuple[str, Mapping[str, CriterionValue], Mapping[str, Quantity]]],
    criteria: Sequence[Criterion],
    *,
    names: Sequence[str] | None = None,
    rule: SpotRule = "chosen",
    common: Mapping[str, float] | None = None,
    correlations: Mapping[tuple[str, str], float] | None = None,
) -> Alternatives:
    """Return the alternatives of places.

    Parameters
    ----------
    spots
        Name of the place, its figures by criterion, and the quantities that stand instead of some; those of one place
        follow one another.
    criteria
        What they are compared on.
    names
        Names of the spots; those of their places if left out.
    rule
        Whether the spot is chosen or unknown.
    common
        Criterion to the share of the variance within its ranges that all places have in common.
    correlations
        Pairs of criteria to the correlation of the normal scores of their ranges.

    Raises
    ------
    UsageError
        If correlations do not go together.
    """
    places = list(dict.fromkeys(name for name, _, _ in spots))
    low: list[list[float]] = []
    high: list[list[float]] = []
    quantities: list[tuple[int, int, Integers, Quantity]] = []
    starts: list[int] = []
    called: list[str] = []
    found: dict[str, dict[int, Unknown]] = {}
    # Where others are modelled, what is a range is not all of the criterion.
    modelled = {name for _, _, known in spots for name in known}
    groups = {c.name: range_of(c.name) if c.name in modelled else c.name for c in criteria}
    for k, (name, figures, known) in enumerate(spots):
        place = places.index(name)
        if len(starts) == place:
            starts.append(len(low))
        kept = _kept(criteria, known, rule)
        here = np.arange(len(low), len(low) + len(kept))
        called += [name if names is None else names[k]] * len(kept)
        certain = [None if item.name in known else figures[item.name] for item in criteria]
        low += [[np.nan if figure is None else figure.low for figure in certain]] * len(kept)
        high += [[np.nan if figure is None else figure.high for figure in certain]] * len(kept)
        quantities += [
            (place, j, here, known[item.name].only(kept)) for j, item in enumerate(criteria) if item.name in known
        ]
        for unknown in _unknowns(figures, known, criteria, common or {}, groups):
            found.setdefault(unknown.name, {})[place] = unknown
        if rule == "unknown":
            found.setdefault(_SPOT, {})[place] = Unknown(_SPOT, "where in its region", 0.0)
    if len(low) == len(places):
        # Nothing is to be chosen, and nothing to be drawn.
        rule = "chosen"
        found.pop(_SPOT, None)
    shared = np.zeros((len(places), len(found)))
    for k, by_place in enumerate(found.values()):
        for place, unknown in by_place.items():
            shared[place, k] = unknown.shared
    correlation, unknowns = _correlated([next(iter(of.values())) for of in found.values()], correlations or {})
    return Alternatives(
        places=tuple(places),
        criteria=tuple(criteria),
        names=tuple(called),
        starts=np.array(starts),
        low=np.array(low, dtype=np.float64),
        high=np.array(high, dtype=np.float64),
        quantities=tuple(quantities),
        unknowns=tuple(unknowns),
        shared=shared,
        correlation=correlation,
        rule=rule,
    )


def _unknowns(
    figures: Mapping[str, CriterionValue],
    known: Mapping[str, Quantity],
    criteria: Sequence[Criterion],
    common: Mapping[str, float],
    groups: Mapping[str, str],
) -> Iterator[Unknown]:
    """Yield what is not known of a spot."""
    for item in criteria:
        if item.name in known:
            yield from known[item.name].unknowns
        elif figures[item.name].low < figures[item.name].high:
            yield Unknown(range_of(item.name), groups[item.name], float(common.get(item.name, 0.0)))


def _kept(criteria: Sequence[Criterion], known: Mapping[str, Quantity], rule: SpotRule) -> Integers:
    """Return the spots that can be the best of their place, under some weights and some draw."""
    apart = [
        (quantity.spots if item.good == "up" else -quantity.spots)
        for item in criteria
        if item.name in known and (quantity := known[item.name]).spots is not None
    ]
    if not apart:
        return np.zeros(1, dtype=np.int64)
    table = np.hstack(apart)
    # Where the evidence of a criterion does not reach, a spot cannot be scored beside others.
    there = np.flatnonzero(np.isfinite(table).all(axis=1))
    if rule == "unknown":
        return there
    kept: list[int] = []
    for k in there[np.argsort(-table[there].sum(axis=1), kind="stable")].tolist():
        # A dominated spot comes after its dominator, whose sum is larger.
        if not (table[kept] >= table[k]).all(axis=1).any():
            kept.append(k)
    return np.array(kept, dtype=np.int64)


def _correlated(unknowns: list[Unknown], correlations: Mapping[tuple[str, str], float]) -> tuple[Floats, list[Unknown]]:
    """Return the correlations of unknowns, and these with those that vary together in one group."""
    names = [unknown.name for unknown in unknowns]
    found = np.eye(len(names))
    for (one, other), value in correlations.items():
        absent = [name for name in (one, other) if range_of(name) not in names]
        if absent:
            raise UsageError(
                f"a correlation is of {absent[0]!r}, of which no place has a range.",
                allowed="criteria whose figures are given as ranges; modelled figures vary together "
                "through their assumptions",
            )
        if one == other:
            # On the diagonal it would narrow the range in silence.
            raise UsageError(f"a correlation is of {one!r} and itself.", allowed="two criteria")
        i, j = names.index(range_of(one)), names.index(range_of(other))
        found[i, j] = found[j, i] = value
    if np.linalg.eigvalsh(found).min(initial=1) < -_ROUNDING:
        raise UsageError(
            "the correlations of criteria contradict one another.",
            allowed="a symmetric matrix with ones on its diagonal that is positive semidefinite",
            todo="weaken them: three things cannot all vary against one another",
        )
    for block in linked_blocks(found):
        if len(block) > 1:
            together = listing([unknowns[k].group for k in block], most=9)
            for k in block:
                unknowns[k] = replace(unknowns[k], group=together, apart=unknowns[k].group)
    return found, unknowns


def linked_blocks(correlation: Floats) -> list[list[int]]:
    """Return unknowns in blocks: those of different blocks vary independently of one another.

    Examples
    --------
    >>> linked_blocks(np.array([[1, 0, 0.5], [0, 1, 0], [0.5, 0, 1]]))
    [[0, 2], [1]]
    """
    from scipy.sparse.csgraph import connected_components

    if not len(correlation):
        return []
    _, labels = connected_components(np.abs(correlation) > _ROUNDING, directed=False)
    return [np.flatnonzero(labels == label).tolist() for label in dict.fromkeys(labels.tolist())]
