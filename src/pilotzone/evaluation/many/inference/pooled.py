"""One variance for all cohorts, where they are taken to vary alike, and a check of it on the panel's own figures.

With two treated units nothing is known of how the treated vary; if they vary like the others, these say it. The
variance of an average is then known from all units about their cohorts' means, and compared with a t distribution by
degrees of freedom after Bell and McCaffrey (2002, "Bias reduction in standard errors for linear regression with
multi-stage samples", Survey Methodology 28, 169-181): those at which a t distribution has the first two moments of the
estimated variance, for noise that is independent and alike. Whether the test keeps its level is checked by dealing
dates out anew among the units: heavy tails, outliers and trends of single units show there. That the treated vary like
the others does not: it is assumed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import Brief, t_quantile, t_tail
from pilotzone.evaluation.many.cells.weights import Weights
from pilotzone.evaluation.many.estimators.aggregates import AggregateKind, aggregate_effects
from pilotzone.evaluation.many.estimators.register import estimate_moments
from pilotzone.evaluation.many.inference.assignments import all_assignments, assignment_count, drawn_assignments
from pilotzone.evaluation.many.inference.exposed import exposure_of_layout
from pilotzone.evaluation.many.moments.moments import moments_of, whole_cohorts
from pilotzone.evaluation.many.variation.known import CohortVariation, LoadVariation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import ArrayLike, NDArray

    from pilotzone.core import ManyEstimator
    from pilotzone.evaluation.many.cells.cells import Comparison
    from pilotzone.evaluation.many.cells.stacked import StackedColumns
    from pilotzone.evaluation.many.estimators.effects import GroupTimeEffects
    from pilotzone.evaluation.many.inference.shifts import ShiftSide

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["EQUAL_VARIANCES", "POOLED_DRAWS", "PooledTest", "batches", "contrasted", "pooled_test"]

POOLED_DRAWS = 5_000
"""Assignments by which the level is checked; all of them where there are no more."""

EQUAL_VARIANCES = "units of all cohorts vary alike about their cohort's mean (equal variances)"
"""What a pooled variance assumes."""

_SLACK = 1.4
"""Times the level up to which assignments may be rejected: 7 per cent at 5, as the guard for few units was set."""
_NUMBERS = 4_000_000
"""Units times assignments that are held at a time."""
_NOTHING = 1e-18
"""Variances below this share of squared outcomes are rounding."""


@dataclass(frozen=True)
class PooledTest:
    """An average with one variance for all cohorts, which is assumed (`EQUAL_VARIANCES`).

    Attributes
    ----------
    estimate, se
        The average and its standard error, in the outcome's own scale.
    degrees
        Degrees of freedom of the t distribution.
    alpha
        Level at which it was checked.
    rejected
        Shares of assignments, dates dealt out anew with the estimate taken off, in which an effect above zero, below
        zero (each one-sided) and other than zero (two-sided) is found at this level.
    draws, exact
        How many assignments, and whether all.
    """

    estimate: float
    se: float
    degrees: float
    alpha: float
    rejected: tuple[float, float, float]
    draws: int
    exact: bool

    @property
    def most(self) -> float:
        """The largest share rejected that still counts as the level: 7 per cent at a level of 5."""
        return _SLACK * self.alpha

    @property
    def keeps_level(self) -> bool:
        """Whether the test may be used: none of the three shares is above `most`."""
        return max(self.rejected) <= self.most

    def p(self, size: float = 0.0, side: ShiftSide = "two-sided") -> float:
        """Return p of an effect of a size, as `ShiftTest.p` does, from the t distribution."""
        t = (self.estimate - size) / self.se
        if side == "two-sided":
            return min(1.0, 2 * float(t_tail(abs(t), self.degrees)))
        return float(t_tail(t if side == "above" else -t, self.degrees))

    def lower(self, alpha: float = 0.05) -> float:
        """Return the one-sided lower bound."""
        return self.estimate - float(t_quantile(1 - alpha, self.degrees)) * self.se

    def upper(self, alpha: float = 0.05) -> float:
        """Return the one-sided upper bound."""
        return self.estimate + float(t_quantile(1 - alpha, self.degrees)) * self.se

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Return the two-sided interval."""
        return self.lower((1 - level) / 2), self.upper((1 - level) / 2)


def pooled_test(  # noqa: PLR0913 - what is compared with what, all by name
    stacked: ArrayLike,
    cohorts: ArrayLike,
    layout: StackedColumns,
    comparison: Comparison | None = None,
    *,
    estimator: ManyEstimator = "callaway_santanna",
    kind: AggregateKind = "group",
    alpha: float = 0.05,
    draws: int = POOLED_DRAWS,
    seed: int = 20160,
) -> PooledTest | None:
    """Estimate an average's standard error with one variance for all cohorts, and check that its test keeps the level.

    Parameters
    ----------
    stacked
        Stacked outcomes of one outcome, one unit a row, shape (n, R); units were drawn one by one.
    cohorts
        First period of treatment of each unit, shape (n,); `NEVER` or infinity if there is none.
    layout, comparison, estimator
        As in `randomise`; of one outcome.
    kind
        Which overall average.
    alpha
        Level of the check.
    draws, seed
        Number and seed of drawn assignments for the check, where there are more than these.

    Returns
    -------
    PooledTest or None
        ``None`` where no degree of freedom is left or nothing varies. Cohorts' sizes are taken as given.

    Raises
    ------
    MethodError
        If nothing can be estimated, or shapes do not fit.

    Notes
    -----
    An average is the sum over cohorts k and their units i of c_k' Y_i. With S the sum of squares and products about
    cohorts' means over N - K, its variance is tr(S W), for W the sum of n_k c_k c_k'; degrees of freedom are
    (N - K) tr(W)^2 / tr(W^2), and N - K where all c_k are multiples of one contrast, as with one date.
    """
    values, labels, contrasts, groups = contrasted(stacked, cohorts, layout, comparison, estimator, kind)
    pool = _Pool.of(contrasts, groups)
    if pool.left < 1:
        return None
    estimate, variance = (float(item[0]) for item in pool.estimated(values, groups[None]))
    if not variance > _NOTHING * max(float(np.square(values).max()), np.finfo(float).tiny):
        return None
    without = values - estimate * exposure_of_layout(labels, layout)
    exact = assignment_count(pool.sizes) <= draws
    dealt = all_assignments(groups) if exact else drawn_assignments(groups, draws, seed)
    t = np.concatenate([_t_values(pool, without, some) for some in batches(dealt, len(groups))])
    one, two = (float(t_quantile(1 - part, pool.degrees)) for part in (alpha, alpha / 2))
    shares = float((t >= one).mean()), float((t <= -one).mean()), float((np.abs(t) >= two).mean())
    return PooledTest(estimate, float(np.sqrt(variance)), pool.degrees, alpha, shares, len(t), exact)


def contrasted(
    stacked: ArrayLike,
    cohorts: ArrayLike,
    layout: StackedColumns,
    comparison: Comparison | None,
    estimator: ManyEstimator,
    kind: AggregateKind,
) -> tuple[Floats, Integers, Floats, Integers]:
    """Return outcomes and cohorts in an order of their own, what units of each group add, and the group of each unit.

    Draws go by position: in an order that the data have of themselves, they are the same for any order of rows.
    """
    values, labels = np.asarray(stacked, dtype=np.float64), whole_cohorts(np.asarray(cohorts))
    order = np.lexsort((*values.T, labels))
    values, labels = values[order], labels[order]
    moments = moments_of(values, labels)
    contrasts = _contrasts_of(estimate_moments(moments, layout, comparison, estimator), kind)
    groups = np.minimum(np.searchsorted(moments.cohorts, labels), len(contrasts) - 1)
    return values, labels, contrasts, groups


def _contrasts_of(effects: GroupTimeEffects, kind: AggregateKind) -> Floats:
    """Return what a unit of each group adds to the overall average by its stacked outcomes, shape (K, R)."""
    averages = aggregate_effects(effects, kind)
    ((_, variation),) = effects.variation.parts
    if not isinstance(variation, CohortVariation | LoadVariation):
        message = "effects are not from cohorts' moments"
        raise TypeError(message)
    found: Floats = variation.contrasts(Weights.of(averages.weights[:1]))[:, 0]
    return found


@dataclass(frozen=True, eq=False)
class _Pool(Brief):
    """One contrast per group, and how its variance is pooled.

    Attributes
    ----------
    contrasts, root
        Shape (K, R), and a root of W, shape (R, r).
    sizes
        Units of each group, shape (K,).
    left
        Units less groups.
    degrees
        Degrees of freedom.
    """

    contrasts: Floats
    root: Floats
    sizes: NDArray[np.intp]
    left: int
    degrees: float

    @classmethod
    def of(cls, contrasts: Floats, groups: Integers) -> _Pool:
        sizes = np.bincount(groups, minlength=len(contrasts))
        matrix = (contrasts.T * sizes) @ contrasts
        values, vectors = np.linalg.eigh(matrix)
        kept = values > 1e-12 * values[-1]
        left = int(sizes.sum()) - len(sizes)
        degrees = left * float(values[kept].sum() ** 2 / (values[kept] ** 2).sum())
        return cls(contrasts, vectors[:, kept] * np.sqrt(values[kept]), sizes, left, degrees)

    def estimated(self, values: Floats, groups: Integers) -> tuple[Floats, Floats]:
        """Return the average and its variance under A assignments of groups, shape (A, n)."""
        each, parts = values @ self.contrasts.T, values @ self.root
        parts = parts - parts.mean(axis=0)
        estimate = each[np.arange(len(each)), groups].sum(axis=1)
        squares = np.full(len(groups), (parts**2).sum())
        for k, size in enumerate(self.sizes.tolist()):
            means = ((groups == k) @ parts) / size
            squares -= size * (means**2).sum(axis=1)
        return estimate, np.maximum(squares, 0.0) / self.left


def _t_values(pool: _Pool, values: Floats, groups: Integers) -> Floats:
    """Return the average over its standard error under assignments; infinite where nothing varies."""
    estimate, variance = pool.estimated(values, groups)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.nan_to_num(estimate / np.sqrt(variance), nan=0.0, posinf=np.inf, neginf=-np.inf)


def batches(dealt: Iterator[Integers], units: int) -> Iterator[Integers]:
    """Yield assignments some at a time, shape (A, n)."""
    most = max(1, _NUMBERS // units)
    some: list[Integers] = []
    for assigned in dealt:
        some.append(assigned)
        if len(some) == most:
            yield np.array(some)
            some = []
    if some:
        yield np.array(some)
