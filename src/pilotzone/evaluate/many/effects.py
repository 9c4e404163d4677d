"""Effects by cohort and period on all outcomes, and their joint covariance, from cohort moments alone.

An effect is linear in the cohorts' means, and its controls are weighted by their numbers of units. Its covariance with
any other follows from the moments: what units add by differing from their cohort, and what cohorts add because their
numbers are random. docs/explanation/moments.md derives it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np

from pilotzone.core import MethodError
from pilotzone.evaluate.many.cells import Comparison, GroupTime, LeftOut, group_times
from pilotzone.evaluate.many.layout import Layout
from pilotzone.evaluate.many.moments import CohortMoments
from pilotzone.evaluate.many.variation import CohortVariation, Variation

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = [
    "Estimand",
    "GroupTimeEffects",
    "Influences",
    "check_columns",
    "columns_of_cells",
    "contrast_effects",
    "group_time_effects",
    "sides_of",
]

Estimand = Literal["balanced", "pairwise balanced", "repeated cross-section"]
"""Mean changes over all units; over the units that have an outcome in both periods of a change; or differences of means
over other units in each period."""


@dataclass(frozen=True, eq=False)
class Influences:
    """What units, or clusters of them, add to C effects and to the sizes of K cohorts; all arrays are read-only.

    What one of them adds to the effects is e + shares @ z, for e shape (C,) and z, what it adds to cohorts' sizes,
    shape (K,). Kept are the sums of products of e and z over all of them. Where units have no weights and are drawn
    one by one, e is a deviation from its cohort's mean and sums to zero in every cohort, so that `crossed` is zero.

    Attributes
    ----------
    within
        Sum of e e', shape (C, C).
    shares
        Derivative of effects by cohorts' sizes, shape (C, K), as far as it is not in e: how pooled controls move with
        the numbers of units in their cohorts.
    crossed
        Sum of e z', shape (C, K).
    squares
        Sum of z z', shape (K, K).
    """

    within: Floats
    shares: Floats
    crossed: Floats
    squares: Floats

    def __post_init__(self) -> None:
        for item in (self.within, self.shares, self.crossed, self.squares):
            item.flags.writeable = False

    @cached_property
    def own(self) -> Floats:
        """Covariance of the effects themselves, shape (C, C)."""
        mixed = self.crossed @ self.shares.T
        found: Floats = self.within + mixed + mixed.T + self.shares @ self.squares @ self.shares.T
        found = (found + found.T) / 2
        found.flags.writeable = False
        return found

    def covariance(self, weights: Floats, sizes: Floats) -> Floats:
        """Return the covariance of averages of effects.

        Parameters
        ----------
        weights
            Of each effect in each average, shape (Q, C).
        sizes
            Derivative of each average by each cohort's size through these weights, shape (Q, K).

        Returns
        -------
        array
            Shape (Q, Q), symmetric. What cohorts' sizes do to controls and to weights is added up before it is
            squared, so that both may also cancel.
        """
        moved = weights @ self.shares + sizes
        mixed = weights @ self.crossed @ moved.T
        found: Floats = weights @ self.within @ weights.T + mixed + mixed.T + moved @ self.squares @ moved.T
        return (found + found.T) / 2


@dataclass(frozen=True, eq=False)
class GroupTimeEffects:
    """Effects by outcome, cohort and period, with their joint covariance; all arrays are read-only.

    Attributes
    ----------
    cells
        What each of the C effects is.
    estimate
        Effects, shape (C,), each in its outcome's unit.
    influences
        What each of the units, or clusters of them, adds to effects and to cohorts' sizes, as sums of products.
    cohorts, counts, sizes
        Cohorts, their units, and their sizes by which averages weight them, shape (K,): sums of weights, or the
        number of units where these have none.
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
    """

    cells: tuple[GroupTime, ...]
    estimate: Floats
    influences: Influences
    cohorts: Integers
    counts: Integers
    sizes: Floats
    comparison: Comparison
    left_out: tuple[LeftOut, ...]
    variation: Variation
    estimand: Estimand = "balanced"
    used: int | None = None
    clusters: int | None = None
    cluster_sums: Floats | None = None
    told: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for item in (self.estimate, self.sizes):
            item.flags.writeable = False

    @property
    def covariance(self) -> Floats:
        """Of all effects on all outcomes, shape (C, C)."""
        return self.influences.own

    @property
    def drawn(self) -> str:
        """What was drawn one by one, in the plural."""
        return "units" if self.clusters is None else "clusters"

    @property
    def se(self) -> Floats:
        """Standard errors, shape (C,); zero for references of a universal base."""
        found: Floats = np.sqrt(np.diag(self.covariance))
        return found


def group_time_effects(
    moments: CohortMoments, layout: Layout, comparison: Comparison | None = None
) -> GroupTimeEffects:
    """Estimate the effect on each cohort in each period on each outcome (Callaway and Sant'Anna 2021).

    Without covariates, on a balanced panel.

    Parameters
    ----------
    moments
        Of the stacked outcomes.
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
    >>> from pilotzone.evaluate.many import NEVER, moments_of
    >>> layout = Layout(("jobs",), ((2015, 2016),))
    >>> jobs = layout.stack({"jobs": [[1, 4], [3, 4], [5, 5], [7, 8]]})
    >>> found = group_time_effects(moments_of(jobs, [2016, 2016, NEVER, NEVER]), layout)
    >>> found.estimate, found.covariance
    (array([1.5]), array([[0.625]]))
    """
    check_columns(moments, layout)
    comparison = comparison or Comparison()
    cells, left = group_times(moments.cohorts.tolist(), moments.counts, layout, comparison)
    return contrast_effects(moments, layout, comparison, cells, left)


def check_columns(moments: CohortMoments, layout: Layout) -> None:
    """Refuse moments that were not summed by this layout."""
    if moments.columns != layout.columns:
        raise MethodError(
            f"moments have {moments.columns} columns, outcomes and periods {layout.columns}.",
            allowed="the layout by which the outcomes were stacked",
        )


def contrast_effects(
    moments: CohortMoments,
    layout: Layout,
    comparison: Comparison,
    cells: list[GroupTime],
    left: list[LeftOut],
) -> GroupTimeEffects:
    """Return effects that are each a change between two periods, less the same change in pooled controls."""
    later, earlier = columns_of_cells(cells, layout)
    weights = sides_of(cells, moments.cohorts, moments.counts)
    # Change of each cohort's mean between the two periods of each effect, shape (C, K).
    changes = (moments.means[:, later] - moments.means[:, earlier]).T
    changes += (moments.tails[:, later] - moments.tails[:, earlier]).T
    estimate = (weights * changes).sum(axis=1)
    shares = _shares(cells, weights, changes, moments)
    sizes = moments.counts.astype(np.float64)
    influences = Influences(_within(weights, later, earlier, moments), shares, np.zeros_like(shares), np.diag(sizes))
    return GroupTimeEffects(
        tuple(cells),
        estimate,
        influences,
        moments.cohorts,
        moments.counts,
        sizes,
        comparison,
        tuple(left),
        CohortVariation(moments.counts, moments.products, weights, later, earlier),
    )


def columns_of_cells(cells: list[GroupTime], layout: Layout) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the columns of each effect's period and base."""
    at = {
        (name, period): layout.first_column(o) + j
        for o, (name, periods) in enumerate(zip(layout.outcomes, layout.periods, strict=True))
        for j, period in enumerate(periods)
    }
    later = np.array([at[cell.outcome, cell.period] for cell in cells], dtype=np.intp)
    earlier = np.array([at[cell.outcome, cell.base] for cell in cells], dtype=np.intp)
    return later, earlier


def sides_of(cells: list[GroupTime], cohorts: Integers, counts: Integers) -> Floats:
    """Return the weight of each cohort's change in each effect, shape (C, K): one, and minus one among controls."""
    weights = np.zeros((len(cells), len(cohorts)))
    for row, cell in zip(weights, cells, strict=True):
        controls = list(cell.controls)
        row[controls] = -counts[controls] / cell.control_units
        row[np.searchsorted(cohorts, cell.cohort)] = 1.0
    return weights


def _shares(cells: list[GroupTime], weights: Floats, changes: Floats, moments: CohortMoments) -> Floats:
    """Return the derivative of each effect by each cohort's number of units, shape (C, K)."""
    found = np.zeros_like(weights)
    for c, cell in enumerate(cells):
        controls = list(cell.controls)
        if len(controls) > 1:
            own = changes[c, controls]
            pooled = moments.counts[controls] @ (own - own[0]) / cell.control_units + own[0]
            found[c, controls] = (pooled - own) / cell.control_units
    return found


def _within(weights: Floats, later: NDArray[np.intp], earlier: NDArray[np.intp], moments: CohortMoments) -> Floats:
    """Return the sum over cohorts of A S A', for A each effect's weight on a unit of the cohort and S its products."""
    found = np.zeros((len(weights), len(weights)))
    for k, products in enumerate(moments.products):
        used = np.flatnonzero(weights[:, k])
        if len(used) == 0:
            continue
        half = products[later[used]] - products[earlier[used]]
        both = half[:, later[used]] - half[:, earlier[used]]
        unit = weights[used, k] / moments.counts[k]
        found[np.ix_(used, used)] += unit[:, None] * both * unit
    return found
