"""Which standard errors may be printed: with few units they are wrong, and so are p-values and bands made from them.

With one treated unit nothing is known of how much the treated vary; with a handful, little. docs/explanation/
few-treated.md shows how often true nulls are then rejected, by leading packages' rule and by the one here, and how the
threshold was set. The wild bootstrap is not a way out: it fails in the same places (MacKinnon and Webb 2018, "The wild
bootstrap for few (treated) clusters", Econometrics Journal 21, 114-135).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pilotzone.evaluation.many.variation.known import Reliability

__all__ = ["FEWEST", "NO_SPREAD", "TAKES_OVER", "refusals"]

FEWEST = 5
"""Units, or clusters, that every group needs on which a variance rests."""

NO_SPREAD = "nothing varies: all units on either side change alike, which leaves no standard error"
"""Why an effect gets no standard error whatever the number of units."""

TAKES_OVER = (
    "Effects without standard errors have too few units behind them. Randomisation inference asks how large the effect "
    "would be had other units been treated; synthetic control (pz.synthetic_control) is made for one zone or a few."
)


def refusals(known: Reliability, drawn: str = "units") -> list[str]:
    """Return why each effect gets no standard error, empty where it gets one.

    Parameters
    ----------
    known
        How far standard errors can be relied upon.
    drawn
        What was drawn one by one, in the plural.
    """
    reasons = []
    for fewest, flat in zip(known.fewest.tolist(), known.flat.tolist(), strict=True):
        one = drawn.removesuffix("s") if fewest == 1 else drawn
        why = f"too few: {fewest} {one} in a group that matters, {FEWEST} needed"
        reasons.append(why if fewest < FEWEST else NO_SPREAD if flat else "")
    return reasons
