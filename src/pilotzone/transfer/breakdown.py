"""How strong an unmeasured moderator would have to be to overturn a prediction."""

from __future__ import annotations

import math
from dataclasses import dataclass

from pilotzone.core import Brief, Cell, Outcome, Result, Table, UsageError
from pilotzone.transfer.predicting import Predictions
from pilotzone.transfer.synthesis import PooledEffect

__all__ = ["Breakdown", "BreakdownRow", "break_down"]

_SHARES = (1.0, 0.5, 0.25)
"""Shares of the variance of true effects that an unmeasured moderator explains."""


@dataclass(frozen=True)
class BreakdownRow(Brief):
    """What would overturn one prediction.

    Attributes
    ----------
    place
        The candidate, or ``a further zone``.
    mean, end
        Predicted effect, and the end of its interval on the side of the null effect, in the outcome's scale.
    shift, end_shift
        By how much an unmeasured moderator would have to lower (or raise) the effect for the mean, and for that end,
        to reach the null effect; zero where the end is beyond it already.
    """

    place: str
    mean: float
    end: float
    shift: float
    end_shift: float


@dataclass(frozen=True, eq=False)
class Breakdown(Result):
    """How far a candidate would have to lie from zones on an unmeasured moderator to overturn its prediction.

    Attributes
    ----------
    outcome
        On what.
    null
        The effect at which a prediction is overturned, in the outcome's scale.
    tau
        Standard deviation of true effects that no moderator explains, in the outcome's scale.
    rows
        One for each candidate.
    """

    outcome: Outcome
    null: float
    tau: float
    rows: tuple[BreakdownRow, ...]

    def distance(self, row: BreakdownRow, share: float = 1.0) -> float:
        """Return how many standard deviations of zones the candidate would have to lie from their mean.

        Parameters
        ----------
        row
            Of the table.
        share
            Of the unexplained variance of true effects that the moderator explains, above 0 and up to 1.

        Raises
        ------
        UsageError
            If the share is not of that kind.

        Notes
        -----
        A moderator with standard deviation one between zones that explains the share has a coefficient of tau times
        the root of the share: data bound it. Infinite where zones do not differ: only a moderator on which all zones
        are alike could overturn the prediction then, and of such a one they say nothing.
        """
        if not 0 < share <= 1:
            raise UsageError(f"share is {share!r}.", allowed="above 0 and up to 1")
        slope = self.tau * math.sqrt(share)
        if row.shift == 0:
            return 0.0
        return row.shift / slope if slope > 0 else math.inf

    def to_table(self) -> Table:
        """Return one row per candidate; shifts in the outcome's scale, distances in standard deviations of zones."""
        names = ("place", "estimate", "end", "shift", "end_shift", *(f"distance_{share:.0%}" for share in _SHARES))
        rows: list[tuple[Cell, ...]] = []
        for row in self.rows:
            far = (self.distance(row, share) for share in _SHARES)
            cells = (None if math.isinf(item) else item for item in far)
            rows.append((row.place, row.mean, row.end, row.shift, row.end_shift, *cells))
        title = f"What would overturn predicted effects on {self.outcome.title}: tau is {self.tau:.3g}"
        note = (
            "A distance is how far the candidate would have to lie from the mean of zones on an unmeasured moderator"
            " that explains that share of what is unexplained between them. Missing: zones do not differ."
        )
        table = Table.from_rows(names, rows, title=title)
        return Table(table.columns, table.title, note=note)


def break_down(found: Predictions | PooledEffect, *, null: float = 0.0, alpha: float = 0.05) -> Breakdown:
    """Return how strong an unmeasured moderator would have to be to overturn predictions.

    Parameters
    ----------
    found
        Predictions for candidates, or a pooled effect, which predicts a further zone.
    null
        The effect at which a prediction is overturned, in the outcome's scale.
    alpha
        One minus the level of the interval whose end is looked at.

    Raises
    ------
    UsageError
        If null is not finite, or a pooled effect has no prediction interval.
    """
    if not math.isfinite(null):
        raise UsageError(f"null is {null}.", allowed="a finite effect in the outcome's scale")
    if isinstance(found, PooledEffect):
        if found.predictive is None:
            raise UsageError("two zones have no prediction interval.", allowed="a pooled effect of three zones or more")
        parts = [("a further zone", found.estimate, found.predictive.interval(alpha))]
    else:
        parts = [
            (item.place, item.predictive.mean, item.within.interval(alpha))
            for item in found.transported
            if item.predictive is not None and item.within is not None
        ]
    rows = []
    for place, mean, (low, high) in parts:
        above = mean >= null
        end = low if above else high
        beyond = max(0.0, end - null) if above else max(0.0, null - end)
        rows.append(BreakdownRow(place, mean, end, abs(mean - null), beyond))
    return Breakdown(found.outcome, null, math.sqrt(found.fit.tau2), tuple(rows))
