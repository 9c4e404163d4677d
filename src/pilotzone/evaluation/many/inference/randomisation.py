"""Randomisation inference: how large would the effect be had others been treated, where units are too few for errors.

Cohorts are dealt out anew among the units, or among clusters of them, each cohort keeping its number. Were the policy
without any effect, and were units treated at random, the effect estimated would be a draw from those that come out; p
is
the share of assignments that give one at least as large (Fisher 1935, "The design of experiments"). This holds exactly
for any number of units and any noise, and for nothing less than no effect on anybody. Effects are divided by their
standard errors, right or wrong as these are: where the treated vary otherwise than the others, the test then still
holds for effects that are zero on average, as units become many (Chung and Romano 2013, "Exact and asymptotically
robust permutation tests", Annals of Statistics 41, 484-507; for clusters MacKinnon and Webb 2020, "Randomization
inference for difference-in-differences with few treated clusters", Journal of Econometrics 218, 435-450).

Sizes other than zero are tested as well, where treatment is taken to add the same number to all treated units
(`shifts`): what it adds is taken off, and cohorts are dealt out anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

import numpy as np

from pilotzone.core import Result, Table, UsageError, check_choice
from pilotzone.evaluation.many.cells.cells import Comparison
from pilotzone.evaluation.many.estimators.aggregates import (
    AggregateEffects,
    AggregateKind,
    Averaging,
    aggregate_effects,
)
from pilotzone.evaluation.many.estimators.register import estimate_moments
from pilotzone.evaluation.many.inference.assignments import (
    all_assignments,
    assignment_count,
    drawn_assignments,
    groups_of,
    mechanism,
)
from pilotzone.evaluation.many.inference.exposed import overall_numbers, own_half, shift_tests, with_exposure
from pilotzone.evaluation.many.inference.gathered import check_size, gathered
from pilotzone.evaluation.many.inference.redealing import Redealing, RedealtNumbers
from pilotzone.evaluation.many.inference.shifts import CONSTANT, RandomisedStatistic, ShiftTest
from pilotzone.evaluation.many.moments.moments import moments_of, whole_cohorts

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    from pilotzone.core import ManyEstimator
    from pilotzone.evaluation.many.cells.stacked import StackedColumns
    from pilotzone.evaluation.many.estimators.effects import GroupTimeEffects
    from pilotzone.store import Engine

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = [
    "Randomisation",
    "RandomisedEffect",
    "RandomisedStatistic",
    "randomise",
    "randomise_panel",
]

ALL_ASSIGNMENTS = 5_000
"""Up to so many assignments, all are gone through; of more, some are drawn."""

ALL_REDEALT = 60_000
"""Up to so many they are where nothing is estimated anew (`redealing`)."""

_REDEALT_NUMBERS = 250_000_000
"""Assignments times the numbers that each takes up to which all are, so that it takes some seconds."""

_AVERAGED_NUMBERS = 20_000_000
"""Numbers of the map from effects to derivatives of averages by sizes that are held, 160 MB."""

_ROUNDING = 1e-9
"""Statistics that differ by less than this share are the same one."""

_KINDS: tuple[AggregateKind, ...] = get_args(AggregateKind)


@dataclass(frozen=True)
class RandomisedEffect:
    """One effect, and how often it comes out at least as large under random assignment.

    Attributes
    ----------
    outcome
        On what.
    kind
        ``cell`` for one cohort in one period, or which average.
    at
        Event time, cohort or period that an average is of; ``None`` for the overall one and for cells.
    cohort, period
        Cohort and period of a cell; ``None`` for averages.
    estimate
        The effect.
    p
        Two-sided; ``None`` for references of a universal base.
    statistic
        Statistic by which assignments were compared: the effect itself where an assignment leaves no standard error.
    shifts
        Tests of a constant effect of any size, with bounds, for overall averages: by the effect over its standard error
        and by the effect itself. Empty for cells and parts of averages.
    """

    outcome: str
    kind: str
    at: int | None
    cohort: int | None
    period: int | None
    estimate: float
    p: float | None
    statistic: RandomisedStatistic
    shifts: tuple[ShiftTest, ...] = ()


@dataclass(frozen=True)
class Randomisation(Result):
    """Effects with p-values by randomisation inference.

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
        Seed of the draws; it does nothing where all are gone through.
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
        """Return the effects, one a row; overall averages with the 95% interval of a constant effect."""
        names = ("outcome", "kind", "at", "cohort", "period", "estimate", "p", "statistic")
        rows = [(*(getattr(row, name) for name in names), *_ends(row)) for row in self.rows]
        title = "Effects, and how often they come out as large under random assignment"
        table = Table.from_rows((*names, "lower", "upper"), rows, title=title)
        return Table(table.columns, title=table.title, note=f"{self.mechanism} Intervals assume that {CONSTANT}.")


def _ends(row: RandomisedEffect) -> tuple[float | None, float | None]:
    """Return the interval of a constant effect by the statistic of a row; nothing where it has no end."""
    if not row.shifts:
        return None, None
    low, high = (end if np.isfinite(end) else None for end in row.shifts[0].interval())
    return low, high


def randomise(  # noqa: PLR0913 - what is compared with what, all by name
    stacked: ArrayLike,
    cohorts: ArrayLike,
    layout: StackedColumns,
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
        Number and seed of drawn assignments, where they are too many to go through all (more than 5,000; than 60,000
        where units are dealt out one by one and controls are never treated). The order of units does not matter.

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
    >>> from pilotzone.evaluation.many import NEVER, StackedColumns
    >>> layout = StackedColumns(("jobs",), ((2015, 2016),))
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
    # Draws go by position, and sums by order: in an order that the data have of themselves, all is the same for any
    # order of rows.
    labels = whole_cohorts(np.asarray(cohorts))
    groups, given = groups_of(values, labels, clusters)
    order = np.lexsort((*values.T, labels))
    values, labels, groups = values[order], labels[order], groups[order]
    many = assignment_count(np.unique(given, return_counts=True)[1])

    both, doubled = with_exposure(values, labels, layout)

    def effects_under(assigned: Integers) -> GroupTimeEffects:
        return estimate_moments(moments_of(both, assigned[groups]), doubled, comparison, estimator)

    effects = effects_under(given)
    averages = aggregate_effects(effects, *_KINDS)
    # Clusters of unequal size give cohorts other sizes under other assignments.
    dealer = Redealing.of(both, effects, averages, _KINDS) if clusters is None else None
    exact = many <= ALL_ASSIGNMENTS or (
        dealer is not None and many <= ALL_REDEALT and many * dealer.numbers_each <= _REDEALT_NUMBERS
    )
    assignments = all_assignments(given) if exact else drawn_assignments(given, draws, seed)
    if dealer is not None:
        others = dealer.numbers((assigned[groups] for assigned in assignments), np.unique(labels))
    else:
        averaged = _averaging(effects, averages, fixed=clusters is None)
        found = ((again, averaged(again)) for again in map(effects_under, assignments))
        pairs = [(_numbers(*pair), overall_numbers(pair[1])) for pair in found]
        estimates, errors = (np.array([pair[0][k] for pair in pairs]) for k in (0, 1))
        others = RedealtNumbers(estimates, errors, np.array([pair[1] for pair in pairs]))
    observed = _numbers(effects, averages)
    p, used = _shares(observed, others, statistic, exact=exact)
    shifts = shift_tests(averages, others.overall, statistic, exact=exact)
    rows = tuple(
        RandomisedEffect(*name, float(value), None if np.isnan(share) else float(share), how, shifts.get(name[:3], ()))
        for name, value, share, how in zip(_names(effects, averages), observed[0], p, used, strict=True)
    )
    return Randomisation(
        rows, mechanism(given, "units" if clusters is None else "clusters"), many, exact, len(others.estimates), seed
    )


def _averaging(
    effects: GroupTimeEffects, averages: AggregateEffects, *, fixed: bool
) -> Callable[[GroupTimeEffects], AggregateEffects]:
    """Return what averages effects under one assignment after another; by one map where sizes of cohorts are fixed."""
    if fixed and len(averages.rows) * effects.sizes.size * len(effects.cells) <= _AVERAGED_NUMBERS:
        return Averaging.of(effects, *_KINDS).averaged
    return lambda again: aggregate_effects(again, *_KINDS)


_Name = tuple[str, str, "int | None", "int | None", "int | None"]


def _names(effects: GroupTimeEffects, averages: AggregateEffects) -> list[_Name]:
    """Return what the effects and their averages are of, as a `RandomisedEffect` begins."""
    cells, rows = own_half(effects.cells), own_half(averages.rows)
    named: list[_Name] = [(cell.outcome, "cell", None, cell.cohort, cell.period) for cell in cells]
    return named + [(row.outcome, row.kind, row.at, None, None) for row in rows]


def _numbers(effects: GroupTimeEffects, averages: AggregateEffects) -> tuple[Floats, Floats]:
    """Return effects on outcomes and their averages, and their standard errors."""
    estimates = own_half(effects.estimate), own_half(averages.estimate)
    return np.concatenate(estimates), np.concatenate([own_half(effects.se), own_half(averages.se)])


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
    units = gathered(panel, comparison.anticipation)
    return randomise(
        units.stacked,
        units.cohorts,
        units.layout,
        comparison,
        estimator=estimator,
        clusters=units.clusters,
        statistic=statistic,
        draws=draws,
        seed=seed,
    )


def _shares(
    observed: tuple[Floats, Floats],
    compared: RedealtNumbers,
    statistic: RandomisedStatistic,
    *,
    exact: bool,
) -> tuple[Floats, list[RandomisedStatistic]]:
    """Return p of each effect, NaN for references, and by what it was compared."""
    effects = np.abs(np.vstack([observed[0], compared.estimates]))
    errors = np.vstack([observed[1], compared.errors])
    largest = np.maximum(effects.max(axis=0), np.finfo(float).tiny)
    reference = (errors == 0).all(axis=0) & (effects == 0).all(axis=0)
    # An assignment in which nothing varies, or next to nothing: all are then compared by the effect, whatever they say.
    studentised = (errors > _ROUNDING * largest).all(axis=0) & (statistic == "studentised")
    with np.errstate(divide="ignore", invalid="ignore"):
        values = np.where(studentised, effects / errors, effects)
    as_large = (values[1:] >= values[0] * (1 - _ROUNDING)).sum(axis=0)
    count = len(compared.estimates)
    p = as_large / count if exact else (1 + as_large) / (1 + count)
    used: list[RandomisedStatistic] = ["studentised" if by else "effect" for by in studentised.tolist()]
    return np.where(reference, np.nan, p), used
