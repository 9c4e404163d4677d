"""Coefficients of times since treatment from regressions of their own, with their joint covariance over outcomes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import MethodError, Result, Table
from pilotzone.evaluation.many.cells.stacked import StackedColumns
from pilotzone.evaluation.many.estimators.regression import Fit, influences_of_loads
from pilotzone.evaluation.many.moments.moments import CohortMoments

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["EventCoefficients", "coefficients_of", "covariance_of"]


@dataclass(frozen=True, eq=False)
class EventCoefficients(Result):
    """Coefficients by outcome and time since treatment; all arrays are read-only.

    Attributes
    ----------
    outcomes, events
        What each of the Q coefficients is of.
    estimate
        Shape (Q,), each in its outcome's unit.
    covariance
        Shape (Q, Q), errors clustered by unit, without a correction for small samples.
    dropped
        Outcomes and times that had a dummy and have no coefficient, since it depends linearly on the others'.
    """

    outcomes: tuple[str, ...]
    events: tuple[int, ...]
    estimate: Floats
    covariance: Floats
    dropped: tuple[tuple[str, int], ...]

    @property
    def se(self) -> Floats:
        """Standard errors, shape (Q,)."""
        found: Floats = np.sqrt(np.diag(self.covariance))
        return found

    def to_table(self) -> Table:
        """Return the coefficients, one a row."""
        return Table(
            {
                "outcome": self.outcomes,
                "event_time": self.events,
                "estimate": tuple(self.estimate.tolist()),
                "standard_error": tuple(self.se.tolist()),
            },
            title="Coefficients by time since treatment",
        )


def coefficients_of(
    moments: CohortMoments, layout: StackedColumns, fits: Sequence[Fit], events: Sequence[Sequence[int]]
) -> EventCoefficients:
    """Return the coefficients of dummies for times since treatment, which follow those for periods in each fit.

    Parameters
    ----------
    moments, layout
        Moments of the stacked outcomes, and what their columns are.
    fits
        One for each outcome.
    events
        The times of each outcome's dummies.

    Raises
    ------
    MethodError
        If no dummy has a coefficient.
    """
    names: list[str] = []
    times: list[int] = []
    dropped: list[tuple[str, int]] = []
    chosen: list[NDArray[np.intp]] = []
    for name, periods, fit, some in zip(layout.outcomes, layout.periods, fits, events, strict=True):
        found = {int(j) - len(periods) + 1: at for at, j in enumerate(fit.kept.tolist()) if j >= len(periods) - 1}
        order = sorted(found, key=lambda j: some[j])
        names += [name] * len(order)
        times += [some[j] for j in order]
        dropped += [(name, event) for j, event in enumerate(some) if j not in found]
        chosen.append(np.array([found[j] for j in order], dtype=np.intp))
    if not names:
        raise MethodError(
            "no time since treatment has a coefficient of its own.",
            allowed="cohorts whose periods before treatment are not all among those with a dummy",
            todo="ask for fewer, or check which cohorts and periods there are.",
        )
    estimate = np.concatenate([fit.coefficients[rows] for fit, rows in zip(fits, chosen, strict=True)])
    covariance = covariance_of(moments, layout, fits, chosen)
    for item in (estimate, covariance):
        item.flags.writeable = False
    return EventCoefficients(tuple(names), tuple(times), estimate, covariance, tuple(sorted(dropped)))


def covariance_of(
    moments: CohortMoments, layout: StackedColumns, fits: Sequence[Fit], chosen: Sequence[NDArray[np.intp]]
) -> Floats:
    """Return the joint covariance of chosen coefficients of one regression for each outcome, clustered by unit."""
    drift = np.vstack([fit.drift[rows] for fit, rows in zip(fits, chosen, strict=True)])

    def loads() -> Iterator[Floats]:
        for k in range(len(moments.cohorts)):
            found = np.zeros((len(drift), layout.columns))
            start = 0
            for o, (fit, rows) in enumerate(zip(fits, chosen, strict=True)):
                found[start : start + len(rows), layout.columns_of(o)] = fit.loads[k, rows]
                start += len(rows)
            yield found

    return influences_of_loads(moments, loads(), drift).own
