"""Departures from parallel trends: what an effect on many units is allowed to be off by."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["DEFAULT_BOUND", "Departures"]

DEFAULT_BOUND = 0.25
"""Bound M on departures from parallel trends that is allowed for unless a study declares another (ADR 0031).

From one period to the next trends may then part a quarter as far as they ever did before: nearly one such move on the
mean of six years. It is the largest of 0.25, 0.5, 0.75, 1, 1.5 and 2 at which clean panels still show an effect of
twice the detectable one in four of five cases. A straight divergence that was there before and reaches the detectable
effect is taken for a gain in 18 of 100 such panels, in place of 79 with parallel trends for granted.
"""


@dataclass(frozen=True)
class Departures:
    """What departures from parallel trends are measured by, for the effect on one outcome.

    From one period to the next the difference in trends may move at most M times as far after the reference period as
    it ever did before (relative magnitudes, Rambachan and Roth 2023). The effect may then be off by M times `largest`
    times `reach`.

    Attributes
    ----------
    largest
        The largest move of one period before the reference, as it was estimated, in the outcome's own scale; NaN where
        there is none.
    reach
        How many such moves the effect is off by with M = 1: (L + 2)/2 for the mean of periods 0 to L since treatment.
    moves
        How many earlier moves there are.
    why
        Why departures cannot be assessed; empty where they can.
    as_estimated
        Whether tests take earlier moves as they were estimated, since nothing is known of their error.
    """

    largest: float
    reach: float
    moves: int
    why: str = ""
    as_estimated: bool = False

    def allowed(self, bound: float) -> float:
        """Return how far the effect may be off at a bound M, as if moves were free of error, in the outcome's scale."""
        return bound * self.reach * self.largest
