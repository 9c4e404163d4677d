"""Very many places ranked on numbers that are known: by the weighted sum, over weights that nobody knows.

Up to `MANY_PLACES` places are ranked as all others are, with every rank of each. Beyond that a table of places by ranks
would not fit into memory, and the method of `large_acceptability` takes its place: the best are exact, the ranks of
others are known to within a number that is told.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import Assumptions, Cell, Glance, Result, Table, UsageError, listing, one_thread
from pilotzone.site.assumed import default_assumptions
from pilotzone.site.catalogue import completed
from pilotzone.site.criteria import Criterion
from pilotzone.site.large import LargeAcceptability, large_acceptability
from pilotzone.site.weights import WeightSpace, draw_weights, fixed_weights

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["MANY_PLACES", "ManyPlaces", "ManySiting", "rank_many"]

MANY_PLACES = 2_000
"""Places beyond which not every rank of each is counted: for each of three methods that is a table of places by places,
32 MB at this size and four times as much at twice as many, and as much again for the ranking without each place."""
_BEST = 10
_SHOWN = 100
"""Places that are shown; all are in the table."""


@dataclass(frozen=True, eq=False)
class ManyPlaces:
    """What is to be ranked: very many places, whose values are numbers.

    Attributes
    ----------
    title
        Title of the ranking.
    names
        Names of the m places, each once.
    values
        On the n criteria in their units, shape (m, n).
    criteria
        What they are compared on.
    sources
        Criterion to where its values are from.
    space
        What is known of the weights.
    draws
        How many weights are drawn; one set is enough where it is the only one.
    best
        Among how many a place counts as one of the best.
    seed
        Seed of the draws.
    assumptions
        What values that were modelled rest on.
    notes
        Sentences on how values were made.

    Raises
    ------
    UsageError
        If two places share a name.
    """

    title: str
    names: tuple[str, ...]
    values: Floats
    criteria: tuple[Criterion, ...]
    sources: dict[str, str] = field(default_factory=dict)
    space: WeightSpace = field(default_factory=WeightSpace)
    draws: int = 10_000
    best: int = _BEST
    seed: int = 20160
    assumptions: Assumptions = field(default_factory=default_assumptions)
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len(set(self.names)) < len(self.names):
            twice = next(name for name, count in Counter(self.names).items() if count > 1)
            raise UsageError(f"there are two places {twice!r}.", allowed="each place once")

    @property
    def criterion_names(self) -> list[str]:
        """Names of the criteria."""
        return [criterion.name for criterion in self.criteria]


@dataclass(frozen=True, eq=False)
class ManySiting(Result):
    """A ranking of very many places.

    Attributes
    ----------
    spec
        What was asked for; criteria of the evidence with their units and scales.
    found
        How often each place is the first and among the best, and its mean rank.
    weights
        The only weights, shape (n,), where no others are admitted; else ``None``.
    """

    spec: ManyPlaces
    found: LargeAcceptability
    weights: Floats | None

    @cached_property
    def order(self) -> Integers:
        """Positions of the places, the one that is most often the first before the others; ties by the best few."""
        return np.lexsort((self.found.mean_rank, -self.found.within, -self.found.first))

    @property
    def leading(self) -> Integers:
        """Positions of the places that are shown."""
        return self.order[:_SHOWN]

    @property
    def winner(self) -> str:
        """The place that is the first most often."""
        return self.spec.names[int(self.order[0])]

    @property
    def clear(self) -> bool:
        """Whether one place is the first in two thirds of draws or more, and ahead by more than two standard errors."""
        ahead, error = self.lead
        share = float(self.found.first[self.order[0]])
        return share >= 2 / 3 and (ahead > 2 * error or ahead == 1.0)

    @property
    def lead(self) -> tuple[float, float]:
        """By how much the first place is ahead of the second, in shares of draws, and its standard error."""
        best, second = self.order[:2].tolist()
        return self.found.lead(best, second)

    @property
    def fixed_scales(self) -> bool:
        """Whether no place changes the score of another."""
        return all(criterion.scale is not None for criterion in self.spec.criteria)

    @property
    def method(self) -> dict[str, str]:
        """How it was ranked: what is exact, and how far what is not may be off."""
        found = self.found
        return {
            "scores": "weighted sum",
            "exact": f"how often each place is the first, and among the best {found.best}",
            "approximate": f"other ranks, each within {found.rank_error:,.0f} of {len(self.spec.names):,} places",
        }

    def to_table(self) -> Table:
        """Return a row for each place, the most acceptable first."""
        return self._table(self.order)

    def summary(self) -> Table:
        """Return the places that are shown."""
        return self._table(self.leading)

    def glance(self) -> Glance:
        """Return who ranks first and how often, and the summary."""
        share = float(self.found.first[self.order[0]])
        told = f"{self.winner} ranks first in {share:.0%} of {self.found.draws:,} draws."
        return Glance(f"{self.spec.title}: {len(self.spec.names):,} places", (told,), self.summary())

    def _table(self, positions: Integers) -> Table:
        found = self.found
        error: dict[int, float | None] = {k: None if np.isnan(value) else value for k, value in found.error.items()}
        never = None if len(found.sizes) == 1 else 0.0
        rows: list[tuple[Cell, ...]] = [
            (self.spec.names[k], first, error.get(k, never), within, mean)
            for k, first, within, mean in zip(
                positions.tolist(),
                found.first[positions].tolist(),
                found.within[positions].tolist(),
                found.mean_rank[positions].tolist(),
                strict=True,
            )
        ]
        heads = ("place", "first", "error", f"among the best {found.best}", "mean rank")
        return Table.from_rows(heads, rows, title=f"{self.spec.title}: how often each place is the first")

    def central_weights(self) -> Table:
        """Return the mean of the weights that make a place the first, for those that are shown and ever are."""
        central = self.found.central
        rows = [(self.spec.names[k], *central[k].tolist()) for k in self.leading.tolist() if k in central]
        heads = ("place", *(f"weight of {name}" for name in self.spec.criterion_names))
        return Table.from_rows(heads, rows, title="Mean of the weights that make each place the first")

    def figures(self) -> Table:
        """Return a row for each value of the places that are shown, with its source."""
        rows: list[tuple[Cell, ...]] = [
            (
                self.spec.names[k],
                item.name,
                float(self.spec.values[k, j]),
                item.unit,
                self.spec.sources.get(item.name, ""),
            )
            for k in self.leading.tolist()
            for j, item in enumerate(self.spec.criteria)
        ]
        heads = ("place", "criterion", "value", "unit", "source")
        return Table.from_rows(heads, rows, title="Values of the places that lead")


@one_thread()
def rank_many(spec: ManyPlaces) -> ManySiting:
    """Rank very many places by the weighted sum over weights that nobody knows.

    Parameters
    ----------
    spec
        What is to be ranked.

    Returns
    -------
    ManySiting
        First places and the best few are exact, the ranks of others are within a stated number.

    Raises
    ------
    UsageError, DataError
        If a value is missing, weights cannot be, or criteria share a name.

    Examples
    --------
    >>> from pilotzone.site import Criterion
    >>> spec = ManyPlaces(
    ...     "Three",
    ...     ("a", "b", "c"),
    ...     np.array([[1, 0], [0, 1], [0, 0]]),
    ...     (Criterion("x", "up"), Criterion("y", "up")),
    ...     best=2,
    ... )
    >>> rank_many(spec).found.first.round(1).tolist()
    [0.5, 0.5, 0.0]
    """
    if len(spec.names) != len(spec.values) or len(spec.names) < 2:  # noqa: PLR2004 - a ranking
        raise UsageError(
            f"{len(spec.names)} names stand for {len(spec.values)} places.", allowed="a name each, and 2 places or more"
        )
    spec = replace(spec, criteria=tuple(completed(criterion) for criterion in spec.criteria))
    names = spec.criterion_names
    if len(set(names)) < len(names):
        raise UsageError(f"criteria are {listing(names)}.", allowed="each once")
    fixed = fixed_weights(names, spec.space)
    weights = draw_weights(names, spec.draws, spec.space, seed=spec.seed) if fixed is None else fixed[None]
    best = min(spec.best, len(spec.names))
    return ManySiting(spec, large_acceptability(spec.values, spec.criteria, weights, best=best), fixed)
