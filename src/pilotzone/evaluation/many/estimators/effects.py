"""Effects by cohort and period on all outcomes, and their joint covariance, from cohort moments alone.

An effect is linear in the cohorts' means, and its controls are weighted by their numbers of units. Its covariance with
any other follows from the moments: what units add by differing from their cohort, and what cohorts add because their
numbers are random. docs/explanation/moments.md derives it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

import numpy as np

from pilotzone.core import Brief, MethodError
from pilotzone.evaluation.many.cells.cells import Comparison, GroupTime, LeftOut, group_times
from pilotzone.evaluation.many.cells.stacked import StackedColumns
from pilotzone.evaluation.many.moments.moments import CohortMoments
from pilotzone.evaluation.many.variation.by_outcome import EffectVariation, Own, by_outcome
from pilotzone.evaluation.many.variation.groups import Variation
from pilotzone.evaluation.many.variation.influences import Influences, MomentInfluences
from pilotzone.evaluation.many.variation.known import CohortVariation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = [
    "Estimand",
    "GroupTimeEffects",
    "check_columns",
    "columns_of_cells",
    "contrast_effects",
    "group_time_effects",
    "rounding_of",
    "sides_of",
    "treated_in",
]

Estimand = Literal["balanced", "pairwise balanced", "repeated cross-section"]
"""Mean changes over all units; over the units that have an outcome in both periods of a change; or differences of means
over other units in each period."""


@dataclass(frozen=True, eq=False)
class GroupTimeEffects(Brief):
    """Effects by outcome, cohort and period, with their joint covariance; all arrays are read-only.

    Attributes
    ----------
    cells
        What each of the C effects is.
    estimate
        Effects, shape (C,), each in its outcome's unit (see `units`).
    influences
        What each of the units, or clusters of them, adds to effects and to cohorts' sizes, as sums of products.
    cohorts, counts
        Cohorts and their units, shape (K,).
    sizes
        Sizes of cohorts by which averages weight them, shape (B, K): sums of weights, or numbers, of the units that
        have an outcome at all. Outcomes that the same units have share a row.
    comparison
        Whom was compared with whom.
    left_out
        Cohorts and periods without an effect, and why.
    variation
        What each cohort adds to variances: how many units each of them is known from.
    estimand
        What changes are means over.
    used
        How many units any effect rests on; ``None`` for all.
    clusters, cluster_sums
        How many clusters there are, and the sums of their units' influences on the C effects and on the sizes of the K
        cohorts, shape (G, C + K); ``None`` where units are drawn one by one.
    told
        What a reader should know of how effects were come by.
    blocks
        Outcome to its row of `sizes`; zero for those that are not named.
    treated_clusters
        Clusters that hold treated units of any cohort with an effect from treatment on; ``None`` without clusters.
    units
        Outcome to what its effects are multiples of, where that is not its own unit: a power of two, for outcomes whose
        squares are beyond the range of numbers. Covariances are in multiples of products of these.
    """

    cells: tuple[GroupTime, ...]
    estimate: Floats
    influences: Influences
    cohorts: Integers
    counts: Integers
    sizes: Floats
    comparison: Comparison
    left_out: tuple[LeftOut, ...]
    variation: EffectVariation
    estimand: Estimand = "balanced"
    used: int | None = None
    clusters: int | None = None
    cluster_sums: Floats | None = None
    told: tuple[str, ...] = ()
    blocks: Mapping[str, int] = field(default_factory=dict)
    treated_clusters: int | None = None
    units: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for item in (self.estimate, self.sizes):
            item.flags.writeable = False

    @property
    def covariance(self) -> Floats:
        """Covariance of all effects on all outcomes, shape (C, C)."""
        return self.influences.own

    @property
    def drawn(self) -> str:
        """What was drawn one by one, in the plural."""
        return "units" if self.clusters is None else "clusters"

    @property
    def se(self) -> Floats:
        """Standard errors, shape (C,), as effects are; zero for references of a universal base."""
        found: Floats = np.sqrt(np.maximum(self.variance, 0.0))
        return found

    @property
    def variance(self) -> Floats:
        """Variances, shape (C,), the diagonal of `covariance`, which is not needed for them."""
        return self.influences.variance

    def unit_of(self, outcome: str) -> float:
        """Return what effects on an outcome are multiples of: one, but for outcomes beyond the range of numbers."""
        return self.units.get(outcome, 1.0)

    def sizes_of(self, outcome: str) -> Floats:
        """Return the sizes of cohorts by which averages of one outcome weight them, shape (K,)."""
        found: Floats = self.sizes[self.blocks.get(outcome, 0)]
        return found


def group_time_effects(
    moments: CohortMoments, layout: StackedColumns, comparison: Comparison | None = None
) -> GroupTimeEffects:
    """Estimate the effect on each cohort in each period on each outcome (Callaway and Sant'Anna 2021).

    Without covariates, on a balanced panel.

    Parameters
    ----------
    moments
        Moments of the stacked outcomes.
    layout
        What the columns of the moments are.
    comparison
        Whom to compare with, and when; never-treated controls and a varying base if left out.

    Returns
    -------
    GroupTimeEffects
        Effects, joint covariance, and what could not be estimated.

    Raises
    ------
    MethodError
        If moments and layout do not fit, or nothing can be estimated.

    Examples
    --------
    >>> from pilotzone.evaluation.many import NEVER, moments_of
    >>> layout = StackedColumns(("jobs",), ((2015, 2016),))
    >>> jobs = layout.stack({"jobs": [[1, 4], [3, 4], [5, 5], [7, 8]]})
    >>> found = group_time_effects(moments_of(jobs, [2016, 2016, NEVER, NEVER]), layout)
    >>> found.estimate, found.covariance
    (array([1.5]), array([[0.625]]))
    """
    check_columns(moments, layout)
    plan = _planned(tuple(moments.cohorts.tolist()), tuple(moments.counts.tolist()), layout, comparison or Comparison())
    return _from_plan(moments, layout, plan)


def check_columns(moments: CohortMoments, layout: StackedColumns) -> None:
    """Refuse moments that were not summed by this layout."""
    if moments.columns != layout.columns:
        raise MethodError(
            f"moments have {moments.columns} columns, outcomes and periods {layout.columns}.",
            allowed="the layout by which the outcomes were stacked",
        )


def contrast_effects(
    moments: CohortMoments,
    layout: StackedColumns,
    comparison: Comparison,
    cells: list[GroupTime],
    left: list[LeftOut],
) -> GroupTimeEffects:
    """Return effects that are each a change between two periods, less the same change in pooled controls."""
    columns = columns_of_cells(cells, layout)
    weights = sides_of(cells, moments.cohorts, moments.counts)
    return _from_plan(moments, layout, _Plan(comparison, tuple(cells), tuple(left), columns, weights))


@dataclass(frozen=True, eq=False)
class _Plan:
    """What effects are made of, whatever the outcomes are.

    Attributes
    ----------
    comparison, cells, left
        Which effects there are, and which not.
    columns
        Columns of each effect's period and base.
    weights
        As `sides_of` returns them; read-only.
    """

    comparison: Comparison
    cells: tuple[GroupTime, ...]
    left: tuple[LeftOut, ...]
    columns: tuple[NDArray[np.intp], NDArray[np.intp]]
    weights: Floats


@lru_cache(maxsize=2)
def _planned(
    cohorts: tuple[int, ...], counts: tuple[int, ...], layout: StackedColumns, comparison: Comparison
) -> _Plan:
    """Return the plan for cohorts of these sizes: the same one for every assignment of dates to units."""
    sizes = np.array(counts, dtype=np.int64)
    cells, left = group_times(cohorts, sizes, layout, comparison)
    weights = sides_of(cells, np.array(cohorts, dtype=np.int64), sizes)
    weights.flags.writeable = False
    return _Plan(comparison, tuple(cells), tuple(left), columns_of_cells(cells, layout), weights)


def _from_plan(moments: CohortMoments, layout: StackedColumns, plan: _Plan) -> GroupTimeEffects:
    """Return the effects of a plan."""
    cells, columns, weights = plan.cells, plan.columns, plan.weights
    later, earlier = columns
    # Change of each cohort's mean between the two periods of each effect, shape (C, K).
    changes = (moments.means[:, later] - moments.means[:, earlier]).T
    changes += (moments.tails[:, later] - moments.tails[:, earlier]).T
    estimate = (weights * changes).sum(axis=1)
    shares = _shares(weights, changes, moments.counts)
    means = moments.means + moments.tails

    def variation(own: Own) -> Variation:
        """Return what cohorts add to the effects on one outcome."""
        start = own.columns.start
        return CohortVariation(
            own.pooled(moments.counts).astype(np.int64),
            own.products(moments.products, moments.counts, means),
            own.pooled(weights[own.cells]),
            later[own.cells] - start,
            earlier[own.cells] - start,
        )

    return GroupTimeEffects(
        cells,
        estimate,
        MomentInfluences(moments.products, moments.counts, weights, *columns, shares),
        moments.cohorts,
        moments.counts,
        moments.counts.astype(np.float64)[None],
        plan.comparison,
        plan.left,
        by_outcome(
            cells, layout, moments.cohorts, plan.comparison, variation, rounding_of(moments, weights, later, earlier)
        ),
    )


def rounding_of(moments: CohortMoments, sides: Floats, later: NDArray[np.intp], earlier: NDArray[np.intp]) -> Floats:
    """Return the standard deviation up to which effects vary by rounding in sums of products alone, shape (C,)."""
    squares = np.diagonal(moments.products, axis1=1, axis2=2)
    found: Floats = ((squares[:, later] + squares[:, earlier]).T * (sides / moments.counts) ** 2).sum(axis=1)
    return np.sqrt(_ROUNDING * np.finfo(np.float64).eps * found)


_ROUNDING = 16
"""Rounding errors that a sum of products is taken to have at most, of its largest terms."""


def treated_in(cells: Sequence[GroupTime], cohorts: Integers) -> NDArray[np.intp]:
    """Return the positions of cohorts that have an effect from treatment on."""
    named = sorted({cell.cohort for cell in cells if cell.event >= 0})
    return np.searchsorted(cohorts, named).astype(np.intp)


def columns_of_cells(cells: Sequence[GroupTime], layout: StackedColumns) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the columns of each effect's period and base."""
    at = {
        (name, period): layout.first_column(o) + j
        for o, (name, periods) in enumerate(zip(layout.outcomes, layout.periods, strict=True))
        for j, period in enumerate(periods)
    }
    later = np.array([at[cell.outcome, cell.period] for cell in cells], dtype=np.intp)
    earlier = np.array([at[cell.outcome, cell.base] for cell in cells], dtype=np.intp)
    return later, earlier


def sides_of(cells: Sequence[GroupTime], cohorts: Integers, counts: Integers) -> Floats:
    """Return the weight of each cohort's change in each effect, shape (C, K): one, and minus one among controls."""
    weights = np.zeros((len(cells), len(cohorts)))
    for row, cell in zip(weights, cells, strict=True):
        controls = list(cell.controls)
        row[controls] = -counts[controls] / cell.control_units
        row[np.searchsorted(cohorts, cell.cohort)] = 1.0
    return weights


def _shares(weights: Floats, changes: Floats, counts: Integers) -> Floats:
    """Return the derivative of each effect by each cohort's number of units, shape (C, K)."""
    control = weights < 0
    number = control @ counts.astype(np.float64)
    # Changes relative to one of them: digits that all controls share cost none.
    own = np.where(control, changes - changes[np.arange(len(changes)), control.argmax(axis=1)][:, None], 0.0)
    pooled = -(weights * own).sum(axis=1, where=control)
    several = control.sum(axis=1) > 1
    return np.where(control & several[:, None], (pooled[:, None] - own) / number[:, None], 0.0)
