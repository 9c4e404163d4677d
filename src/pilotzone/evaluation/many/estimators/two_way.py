"""What a regression with fixed effects of units and periods would have said, and of what it is made: a warning.

With staggered dates its coefficient is an average of comparisons some of which take units for controls that are treated
already (Goodman-Bacon 2021, "Difference-in-differences with variation in treatment timing", Journal of Econometrics
225, 254-277), and an average of effects some of which may count with a negative weight (de Chaisemartin and
D'Haultfoeuille 2020, "Two-way fixed effects estimators with heterogeneous treatment effects", American Economic Review
110, 2964-2996). docs/explanation/staggered.md derives both from cohort moments.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from pilotzone.core import NEVER, Brief, MethodError, Result, Table, significant
from pilotzone.evaluation.many.cells.stacked import StackedColumns
from pilotzone.evaluation.many.estimators.coefficients import EventCoefficients, coefficients_of, covariance_of
from pilotzone.evaluation.many.estimators.effects import check_columns
from pilotzone.evaluation.many.estimators.regression import Fit, fit_cohorts, period_dummies, relative_means
from pilotzone.evaluation.many.moments.moments import CohortMoments

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["CellWeight", "CohortPair", "CohortPairKind", "TwoWayWarning", "two_way", "two_way_events"]

_ALIKE = 1e-9
"""Weights that differ by less are alike: the rest is rounding."""

CohortPairKind = Literal["treated_never", "earlier_later", "later_earlier", "later_always"]
"""Treated against never treated; against those treated later; against those treated earlier; against those treated from
the first period on. Controls are treated already in the last two: they are forbidden comparisons."""


@dataclass(frozen=True)
class CohortPair(Brief):
    """One comparison of two sets of cohorts before and after.

    Attributes
    ----------
    outcome
        On what.
    kind
        Who the controls are.
    treated, controls
        Cohorts on either side. Those whose periods are treated alike are one.
    weight
        In the coefficient, from zero to one.
    estimate
        Difference in differences, in the outcome's unit.
    """

    outcome: str
    kind: CohortPairKind
    treated: tuple[int, ...]
    controls: tuple[int, ...]
    weight: float
    estimate: float

    @property
    def forbidden(self) -> bool:
        """Whether the controls are treated already."""
        return self.kind in {"later_earlier", "later_always"}


@dataclass(frozen=True)
class CellWeight(Brief):
    """Weight of the effect on a cohort of so many units in a period; they sum to one for each outcome."""

    outcome: str
    cohort: int
    period: int
    units: int
    weight: float


@dataclass(frozen=True, eq=False)
class TwoWayWarning(Result):
    """What two-way fixed effects would have said, and why not to trust it: **no estimate of an effect**.

    Attributes
    ----------
    outcomes
        O names.
    coefficient
        Coefficient of being treated, shape (O,), each in its outcome's unit.
    covariance
        Covariance of the coefficients, shape (O, O), errors clustered by unit, without a correction for small samples.
    pairs
        The comparisons whose weighted mean each coefficient is.
    weights
        Weights of effects by cohort and period, of which each coefficient is the sum where trends are parallel.
    """

    outcomes: tuple[str, ...]
    coefficient: Floats
    covariance: Floats
    pairs: tuple[CohortPair, ...]
    weights: tuple[CellWeight, ...]

    @property
    def se(self) -> Floats:
        """Standard errors, shape (O,)."""
        found: Floats = np.sqrt(np.diag(self.covariance))
        return found

    def forbidden_share(self, outcome: str) -> float:
        """Return the weight of comparisons with units that are treated already, from zero to one."""
        return sum(pair.weight for pair in self.pairs if pair.outcome == outcome and pair.forbidden)

    def negative(self, outcome: str) -> tuple[int, float]:
        """Return how many effects count with a negative weight, and the sum of these weights."""
        found = [item.weight for item in self.weights if item.outcome == outcome and item.weight < 0]
        return len(found), sum(found)

    def least_spread(self, outcome: str) -> float:
        """Return how little effects may vary for the coefficient to come from effects that are zero on average.

        A standard deviation over treated units and periods, in the outcome's unit: the coefficient over that of the
        weights (de Chaisemartin and D'Haultfoeuille 2020, corollary 1). Infinite where all units count alike.
        """
        some = [item for item in self.weights if item.outcome == outcome]
        weights, units = np.array([item.weight for item in some]), np.array([item.units for item in some], dtype=float)
        share = units / units.sum()
        spread = float(np.sqrt(share @ (weights / share - 1) ** 2))
        size = abs(float(self.coefficient[self.outcomes.index(outcome)]))
        return size / spread if spread > _ALIKE else np.inf

    def statements(self) -> tuple[str, ...]:
        """Return the warning in words, one sentence or two for each outcome."""
        found = []
        for outcome, value, error in zip(self.outcomes, self.coefficient.tolist(), self.se.tolist(), strict=True):
            share, (count, total) = self.forbidden_share(outcome), self.negative(outcome)
            said = f"{outcome}: two-way fixed effects would have said {significant(value)} ({significant(error)})."
            if share > 0:
                said += f" {100 * share:.1f}% of it compares with units that are treated already."
            if count:
                of = sum(item.outcome == outcome for item in self.weights)
                said += f" {count} of {of} effects count with a negative weight, {significant(total)} together."
            if share == 0 and not count:
                said += " All its comparisons are with units that are not treated, and no weight is negative."
            found.append(said)
        return tuple(found)

    def to_table(self) -> Table:
        """Return the comparisons by kind: weight, mean estimate, and the coefficient that they add up to."""
        rows: list[tuple[str, str, bool | None, float, float]] = []
        for outcome, value in zip(self.outcomes, self.coefficient.tolist(), strict=True):
            for kind, label in _LABELS.items():
                some = [pair for pair in self.pairs if (pair.outcome, pair.kind) == (outcome, kind)]
                weight = sum(pair.weight for pair in some)
                if weight > 0:
                    mean = sum(pair.weight * pair.estimate for pair in some) / weight
                    rows.append((outcome, label, some[0].forbidden, weight, mean))
            rows.append((outcome, "two-way fixed effects: all together", None, 1.0, value))
        table = Table.from_rows(("outcome", "comparison", "forbidden", "weight", "estimate"), rows)
        return Table(
            table.columns,
            title="A warning: what two-way fixed effects would have said, by comparison",
            note=" ".join(("This is not an estimate of an effect.", *self.statements())),
        )

    def pairs_table(self) -> Table:
        """Return every comparison of two sets of cohorts, one a row."""
        rows = [
            (p.outcome, _named(p.treated), _named(p.controls), _LABELS[p.kind], p.forbidden, p.weight, p.estimate)
            for p in self.pairs
        ]
        names = ("outcome", "treated", "controls", "comparison", "forbidden", "weight", "estimate")
        return Table.from_rows(names, rows, title="A warning: comparisons in two-way fixed effects")


_LABELS: dict[CohortPairKind, str] = {
    "treated_never": "treated with never treated",
    "earlier_later": "treated earlier with treated later, before these are",
    "later_earlier": "treated later with treated earlier, after these are",
    "later_always": "treated later with treated from the first period on",
}


def two_way(moments: CohortMoments, layout: StackedColumns) -> TwoWayWarning:
    """Regress on being treated and fixed effects of units and periods, and take the coefficient to pieces.

    Parameters
    ----------
    moments
        Moments of the stacked outcomes. Cohorts treated from the first period on are used, as such a regression uses
        them.
    layout
        What the columns of the moments are.

    Returns
    -------
    TwoWayWarning
        Coefficients, their joint covariance, the comparisons they are made of, and weights of effects.

    Raises
    ------
    MethodError
        If moments and layout do not fit, or being treated does not vary within units and periods.

    Examples
    --------
    >>> from pilotzone.evaluation.many import NEVER, moments_of
    >>> layout = StackedColumns(("jobs",), ((2015, 2016, 2017),))
    >>> jobs = layout.stack({"jobs": [[1, 4, 9], [3, 4, 5], [5, 5, 8]]})
    >>> found = two_way(moments_of(jobs, [2016, 2017, NEVER]), layout)
    >>> found.coefficient, round(found.forbidden_share("jobs"), 3)
    (array([0.5]), 0.167)
    """
    check_columns(moments, layout)
    fits: list[Fit] = []
    pairs: list[CohortPair] = []
    weights: list[CellWeight] = []
    for o, (name, periods) in enumerate(zip(layout.outcomes, layout.periods, strict=True)):
        treated = np.array(periods) >= moments.cohorts[:, None]
        means = relative_means(moments, layout.columns_of(o))
        dummies = period_dummies(*treated.shape)
        regressors = np.concatenate([dummies, treated[:, :, None]], axis=2)
        fit = fit_cohorts(means, moments.counts, regressors, np.ones_like(treated))
        if fit.kept[-1] != dummies.shape[2]:
            raise MethodError(
                f"two-way fixed effects have no coefficient for outcome '{name}': being treated does not vary between"
                " units within periods.",
                allowed="cohorts that are treated at different dates, or never, in the outcome's periods",
            )
        fits.append(fit)
        pairs += _pairs(name, moments, treated, means)
        by_cell = moments.counts[:, None] * fit.loads[:, -1]
        weights += [
            CellWeight(name, int(moments.cohorts[k]), periods[t], int(moments.counts[k]), float(by_cell[k, t]))
            for k, t in np.argwhere(treated).tolist()
        ]
    last = [np.array([len(fit.kept) - 1], dtype=np.intp) for fit in fits]
    coefficient = np.array([fit.coefficients[-1] for fit in fits])
    covariance = covariance_of(moments, layout, fits, last)
    for item in (coefficient, covariance):
        item.flags.writeable = False
    return TwoWayWarning(layout.outcomes, coefficient, covariance, tuple(pairs), tuple(weights))


def two_way_events(moments: CohortMoments, layout: StackedColumns, *, anticipation: int = 0) -> EventCoefficients:
    """Regress on all times since treatment and fixed effects of units and periods: no estimate of effects either.

    A coefficient mixes effects at other times since treatment where these differ between cohorts (Sun and Abraham
    2021).

    Parameters
    ----------
    moments
        Moments of the stacked outcomes.
    layout
        What the columns of the moments are.
    anticipation
        Periods before treatment in which an effect may begin: the period before these has no dummy.

    Returns
    -------
    EventCoefficients
        Relative to that period. Where nobody is never treated, the earliest time is left out as well, and listed.

    Raises
    ------
    MethodError
        If moments and layout do not fit, or nothing can be estimated.
    """
    check_columns(moments, layout)
    fits: list[Fit] = []
    events: list[list[int]] = []
    for o, periods in enumerate(layout.periods):
        since = [[t - g if g <= periods[-1] else None for t in periods] for g in moments.cohorts.tolist()]
        found = {event for row in since for event in row if event is not None}
        before = [event for event in found if event < -anticipation]
        # Where one has to go it is the last of them: first effects, then times before treatment from the nearest on.
        order = sorted(found - {max(before, default=None)}, key=lambda s: (s < 0, abs(s)))
        flags = np.array([[[s == event for event in order] for s in row] for row in since], dtype=np.float64)
        regressors = np.concatenate([period_dummies(len(since), len(periods)), flags], axis=2)
        used = np.ones((len(since), len(periods)), dtype=np.bool_)
        fits.append(fit_cohorts(relative_means(moments, layout.columns_of(o)), moments.counts, regressors, used))
        events.append(order)
    return coefficients_of(moments, layout, fits, events)


def _pairs(name: str, moments: CohortMoments, treated: NDArray[np.bool_], means: Floats) -> list[CohortPair]:
    """Return all comparisons of two sets of cohorts in which the first is treated before the second."""
    length = treated.sum(axis=1)
    groups = [np.flatnonzero(length == some) for some in sorted(set(length.tolist()), reverse=True)]
    counts = [float(moments.counts[group].sum()) for group in groups]
    lines = [moments.counts[group] @ means[group] / count for group, count in zip(groups, counts, strict=True)]
    found: list[tuple[CohortPairKind, int, int, float, float]] = []
    T = treated.shape[1]
    for a, early in enumerate(groups):
        for b, late in enumerate(groups[a + 1 :], start=a + 1):
            one, other = float(length[early[0]]) / T, float(length[late[0]]) / T
            size = counts[a] * counts[b]
            begin, end = T - int(length[early[0]]), T - int(length[late[0]])
            gap = lines[a] - lines[b]
            if begin > 0:
                weight = size * (one - other) * (1 - one)
                found.append(
                    (
                        "treated_never" if end == T else "earlier_later",
                        a,
                        b,
                        weight,
                        float(gap[begin:end].mean() - gap[:begin].mean()),
                    )
                )
            if end < T:
                weight = size * other * (one - other)
                kind: CohortPairKind = "later_always" if begin == 0 else "later_earlier"
                found.append((kind, b, a, weight, float(gap[begin:end].mean() - gap[end:].mean())))
    total = sum(weight for *_, weight, _ in found)
    return [
        CohortPair(
            name,
            kind,
            tuple(moments.cohorts[groups[i]].tolist()),
            tuple(moments.cohorts[groups[j]].tolist()),
            weight / total,
            value,
        )
        for kind, i, j, weight, value in found
    ]


def _named(cohorts: tuple[int, ...]) -> str:
    return ", ".join("never" if cohort == NEVER else str(cohort) for cohort in cohorts)
