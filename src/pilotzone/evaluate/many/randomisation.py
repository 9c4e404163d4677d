"""Randomisation inference: how large would the effect be had others been treated, where units are too few for errors.

Cohorts are dealt out anew among the units, or among clusters of them, each cohort keeping its number. Were the policy
without any effect, and were units treated by lot, the effect estimated would be a draw from those that come out; p is
the share of assignments that give one at least as large (Fisher 1935, "The design of experiments"). This holds exactly
for any number of units and any noise, and for nothing less than no effect on anybody. Effects are divided by their
standard errors, right or wrong as these are: where the treated vary otherwise than the others, the test then still
holds for effects that are zero on average, as units become many (Chung and Romano 2013, "Exact and asymptotically
robust permutation tests", Annals of Statistics 41, 484-507; for clusters MacKinnon and Webb 2020, "Randomization
inference for difference-in-differences with few treated clusters", Journal of Econometrics 218, 435-450).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from pilotzone.core import NEVER, DataError, MethodError, Table, UsageError, check_choice
from pilotzone.evaluate.many.aggregates import AggregateKind, aggregate_effects
from pilotzone.evaluate.many.cells import Comparison
from pilotzone.evaluate.many.choice import estimate_moments
from pilotzone.evaluate.many.kernels import MomentsKernel, layout_of
from pilotzone.evaluate.many.moments import moments_of, whole_cohorts
from pilotzone.evaluate.many.prepared import prepared

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import ArrayLike, NDArray

    from pilotzone.core import ManyEstimator
    from pilotzone.evaluate.many.effects import GroupTimeEffects
    from pilotzone.evaluate.many.layout import Layout
    from pilotzone.store import Engine, UnitBatch

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = [
    "MOST_NUMBERS",
    "Randomisation",
    "RandomisedEffect",
    "RandomisedStatistic",
    "check_size",
    "randomise",
    "randomise_panel",
]

RandomisedStatistic = Literal["studentised", "effect"]
"""The effect over its standard error, or the effect itself."""

MOST_NUMBERS = 2_000_000
"""Units times columns of stacked outcomes up to which estimates are made anew for every assignment."""

ALL_ASSIGNMENTS = 5_000
"""Up to so many assignments, all are gone through; of more, some are drawn."""

_ROUNDING = 1e-9
"""Statistics that differ by less than this share are the same one."""

_KINDS: tuple[AggregateKind, ...] = get_args(AggregateKind)


@dataclass(frozen=True)
class RandomisedEffect:
    """One effect, and how often it comes out at least as large by lot.

    Attributes
    ----------
    outcome
        On what.
    kind
        ``cell`` for one cohort in one period, or which average.
    at
        Event time, cohort or period that an average is of; ``None`` for the overall one and for cells.
    cohort, period
        Of a cell; ``None`` for averages.
    estimate
        The effect.
    p
        Two-sided; ``None`` for references of a universal base.
    statistic
        By which assignments were compared: the effect itself where an assignment leaves no standard error.
    """

    outcome: str
    kind: str
    at: int | None
    cohort: int | None
    period: int | None
    estimate: float
    p: float | None
    statistic: RandomisedStatistic


@dataclass(frozen=True)
class Randomisation:
    """Effects with p-values by lot.

    Attributes
    ----------
    rows
        Effects by cohort and period, then averages.
    mechanism
        Who could have been treated instead, in words: what p rests on.
    assignments
        How many there are; each is as likely as any other.
    exact
        Whether all of them were gone through.
    draws
        How many were, beside the one that happened where they are drawn.
    seed
        Of the draws; it does nothing where all are gone through.
    """

    rows: tuple[RandomisedEffect, ...]
    mechanism: str
    assignments: int
    exact: bool
    draws: int
    seed: int

    @property
    def smallest_p(self) -> float:
        """What no p can be below."""
        return 1 / (self.draws if self.exact else 1 + self.draws)

    def to_table(self) -> Table:
        """Return the effects, one a row."""
        names = ("outcome", "kind", "at", "cohort", "period", "estimate", "p", "statistic")
        rows = [tuple(getattr(row, name) for name in names) for row in self.rows]
        table = Table.from_rows(names, rows, title="Effects, and how often they come out as large by lot")
        return Table(table.columns, title=table.title, note=self.mechanism)


def randomise(  # noqa: PLR0913 - what is compared with what, all by name
    stacked: ArrayLike,
    cohorts: ArrayLike,
    layout: Layout,
    comparison: Comparison | None = None,
    *,
    estimator: ManyEstimator = "callaway_santanna",
    clusters: ArrayLike | None = None,
    statistic: RandomisedStatistic = "studentised",
    draws: int = 999,
    seed: int = 20160,
) -> Randomisation:
    """Test effects by dealing cohorts out anew among units, or among clusters of them.

    Parameters
    ----------
    stacked
        Stacked outcomes, one unit a row, shape (n, R).
    cohorts
        First period of treatment of each unit, shape (n,); `NEVER` or infinity if there is none.
    layout
        What the columns are.
    comparison, estimator
        As in `estimate_moments`.
    clusters
        Which units are treated together, shape (n,), any labels; all units of a cluster have one cohort. Units one by
        one if left out.
    statistic
        ``studentised`` or ``effect``.
    draws, seed
        Of assignments, where they are too many to go through all (more than 5,000). The order of units does not matter.

    Returns
    -------
    Randomisation
        With p = (1 + b) / (1 + draws), b of the drawn assignments giving a statistic at least as large; or the share of
        all assignments, the one that happened among them.

    Raises
    ------
    UsageError
        If an option is unknown or out of range.
    DataError
        If a cluster has several cohorts, or shapes do not fit.
    MethodError
        If there is more data than estimates can be made from so often, or nothing can be estimated.

    Examples
    --------
    >>> from pilotzone.evaluate.many import NEVER, Layout
    >>> layout = Layout(("jobs",), ((2015, 2016),))
    >>> jobs = layout.stack({"jobs": [[1, 9], [3, 4], [5, 5], [7, 8]]})
    >>> found = randomise(jobs, [2016, NEVER, NEVER, NEVER], layout, statistic="effect")
    >>> found.rows[0].estimate, found.rows[0].p, found.assignments
    (7.333333333333333, 0.25, 4)
    """
    check_choice(statistic, RandomisedStatistic, "statistic")
    if type(draws) is not int or draws < 1 or type(seed) is not int or seed < 0:
        raise UsageError(f"draws are {draws!r}, the seed {seed!r}.", allowed="whole numbers, draws from 1, seed from 0")
    values = np.asarray(stacked, dtype=np.float64)
    check_size(len(values), layout)
    comparison = comparison or Comparison()
    # Draws go by position: in an order that the data have of themselves, they are the same for any order of rows.
    labels = whole_cohorts(np.asarray(cohorts))
    groups, given = _groups(values, labels, clusters)
    many = _assignments(np.unique(given, return_counts=True)[1])
    exact = many <= ALL_ASSIGNMENTS

    def estimated(assigned: Integers) -> GroupTimeEffects:
        return estimate_moments(moments_of(values, assigned[groups]), layout, comparison, estimator)

    others = [_numbers(estimated(assigned)) for assigned in (_all(given) if exact else _drawn(given, draws, seed))]
    effects = estimated(given)
    observed = _numbers(effects)
    p, used = _shares(observed, others, statistic, exact=exact)
    rows = tuple(
        RandomisedEffect(*name, float(value), None if np.isnan(share) else float(share), how)
        for name, value, share, how in zip(_names(effects), observed[0], p, used, strict=True)
    )
    return Randomisation(
        rows, _mechanism(given, "units" if clusters is None else "clusters"), many, exact, len(others), seed
    )


_Name = tuple[str, str, "int | None", "int | None", "int | None"]


def _names(effects: GroupTimeEffects) -> list[_Name]:
    """Return what the effects and their averages are of, as a `RandomisedEffect` begins."""
    named: list[_Name] = [(cell.outcome, "cell", None, cell.cohort, cell.period) for cell in effects.cells]
    averages = aggregate_effects(effects, *_KINDS)
    return named + [(row.outcome, row.kind, row.at, None, None) for row in averages.rows]


def _numbers(effects: GroupTimeEffects) -> tuple[Floats, Floats]:
    """Return effects and their averages, and their standard errors."""
    averages = aggregate_effects(effects, *_KINDS)
    return np.concatenate([effects.estimate, averages.estimate]), np.concatenate([effects.se, averages.se])


def randomise_panel(
    panel: Engine,
    comparison: Comparison | None = None,
    *,
    estimator: ManyEstimator = "callaway_santanna",
    statistic: RandomisedStatistic = "studentised",
    draws: int = 999,
    seed: int = 20160,
) -> Randomisation:
    """Do what `randomise` does for a panel, which is brought into memory; among its clusters if it has some.

    Parameters
    ----------
    panel
        What `open_panel` returns.
    comparison, estimator, statistic, draws, seed
        As in `randomise`.

    Returns
    -------
    Randomisation

    Raises
    ------
    MethodError
        If the panel is not balanced, is weighted, or is too large.
    """
    comparison = comparison or Comparison()
    panel = prepared(panel, comparison.anticipation)
    facts = panel.facts()
    if not facts.balanced or panel.columns.weight is not None:
        raise MethodError(
            f"the panel is {'weighted' if facts.balanced else 'not balanced'}.",
            allowed="each outcome for all units in each of its periods, and no weights",
            todo="leave out the units or periods that are not whole.",
        )
    kernel = _Gather(MomentsKernel(layout_of(facts), facts.periods))
    check_size(facts.units, kernel.moments.layout)
    stacked, cohorts, clusters = panel.carry(kernel)
    return randomise(
        stacked,
        cohorts,
        kernel.moments.layout,
        comparison,
        estimator=estimator,
        clusters=None if clusters is None or facts.cluster_names is None else facts.cluster_names[clusters],
        statistic=statistic,
        draws=draws,
        seed=seed,
    )


_Gathered = tuple["Floats", "Integers", "Integers | None"]


@dataclass(frozen=True)
class _Gather:
    """Brings all units into memory: stacked outcomes, cohorts and clusters."""

    moments: MomentsKernel

    def take(self, batch: UnitBatch) -> _Gathered:
        return self.moments.stacked(batch), batch.cohorts, batch.clusters

    def merge(self, one: _Gathered, other: _Gathered) -> _Gathered:
        both = None if one[2] is None or other[2] is None else np.concatenate([one[2], other[2]])
        return np.concatenate([one[0], other[0]]), np.concatenate([one[1], other[1]]), both


def check_size(units: int, layout: Layout) -> None:
    """Refuse more data than estimates can be made from anew for every assignment."""
    if units * layout.columns > MOST_NUMBERS:
        raise MethodError(
            f"{units:,} units have {units * layout.columns:,} outcomes; estimates from them would be made anew for "
            "every assignment.",
            allowed=f"up to {MOST_NUMBERS:,} outcomes",
            todo="leave out units that nothing is compared with, draw a sample of the units never treated, or use "
            "standard errors, which many units on either side allow.",
        )


def _groups(values: Floats, labels: Integers, clusters: ArrayLike | None) -> tuple[NDArray[np.intp], Integers]:
    """Return to what unit or cluster each unit belongs, and what cohort each of these has.

    Units and clusters stand in an order that the data have of themselves, whatever the rows' or the clusters' names.
    """
    order = np.lexsort((*values.T, labels))
    place = np.empty(len(order), np.intp)
    place[order] = np.arange(len(order))
    if clusters is None:
        return place, labels[order]
    names = np.asarray(clusters)
    if names.shape != labels.shape:
        raise DataError(f"{len(labels)} units have clusters of shape {names.shape}.", allowed="one cluster a unit")
    found, groups = np.unique(names, return_inverse=True)
    first = np.full(len(found), len(labels))
    np.minimum.at(first, groups, place)
    rank = np.argsort(np.argsort(first))
    groups = rank[groups]
    given = labels[order[np.sort(first)]]
    bad = np.flatnonzero(given[groups] != labels)
    if len(bad):
        raise DataError(
            f"cluster {str(names[bad[0]])!r} has units of several cohorts.",
            allowed="clusters that are treated as a whole",
            todo="leave the clusters out, to deal cohorts out among units.",
        )
    return groups, given


def _assignments(sizes: NDArray[np.intp]) -> int:
    """Return how many ways there are to deal cohorts of these sizes out."""
    found, left = 1, int(sizes.sum())
    for size in sizes.tolist():
        found *= comb(left, size)
        left -= size
    return found


def _all(given: Integers) -> Iterator[Integers]:
    """Yield every assignment once."""
    names, sizes = np.unique(given, return_counts=True)

    def dealt(left: tuple[int, ...], k: int) -> Iterator[Integers]:
        if k == len(names) - 1:
            found = np.full(len(given), names[k])
            yield found
            return
        for chosen in combinations(left, int(sizes[k])):
            rest = tuple(at for at in left if at not in set(chosen))
            for found in dealt(rest, k + 1):
                found[list(chosen)] = names[k]
                yield found

    yield from dealt(tuple(range(len(given))), 0)


def _drawn(given: Integers, draws: int, seed: int) -> Iterator[Integers]:
    rng = np.random.default_rng(seed)
    for _ in range(draws):
        yield rng.permutation(given)


def _shares(
    observed: tuple[Floats, Floats],
    compared: list[tuple[Floats, Floats]],
    statistic: RandomisedStatistic,
    *,
    exact: bool,
) -> tuple[Floats, list[RandomisedStatistic]]:
    """Return p of each effect, NaN for references, and by what it was compared."""
    effects = np.abs(np.array([observed[0], *(one for one, _ in compared)]))
    errors = np.array([observed[1], *(se for _, se in compared)])
    largest = np.maximum(effects.max(axis=0), np.finfo(float).tiny)
    reference = (errors == 0).all(axis=0) & (effects == 0).all(axis=0)
    # An assignment in which nothing varies, or next to nothing: all are then compared by the effect, whatever they say.
    studentised = (errors > _ROUNDING * largest).all(axis=0) & (statistic == "studentised")
    with np.errstate(divide="ignore", invalid="ignore"):
        values = np.where(studentised, effects / errors, effects)
    as_large = (values[1:] >= values[0] * (1 - _ROUNDING)).sum(axis=0)
    p = as_large / len(compared) if exact else (1 + as_large) / (1 + len(compared))
    used: list[RandomisedStatistic] = ["studentised" if by else "effect" for by in studentised.tolist()]
    return np.where(reference, np.nan, p), used


def _mechanism(given: Integers, what: str) -> str:
    """Say who could have been treated instead."""
    names, sizes = np.unique(given, return_counts=True)
    treated = [f"{size} from {int(name)}" for name, size in zip(names, sizes, strict=True) if name != NEVER]
    never = int(sizes[names == NEVER].sum())
    return (
        f"Assumed: of {len(given)} {what}, any {', '.join(treated)} on could have been treated instead, and any "
        f"{never} never, each assignment being as likely as any other. p is for no effect on anybody at any time."
    )
