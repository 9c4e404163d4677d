"""What a claim lost although its label does not say so: losses and harms that single tests show, in one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilotzone.core import GRADE_WORDS, SAFEGUARDS, p_words
from pilotzone.judgement.wording import and_joined, margin_word, zone_phrases

if TYPE_CHECKING:
    from pilotzone.core import JointEffects
    from pilotzone.judgement.claim import ClaimTests
    from pilotzone.judgement.tested import OutcomeTest

__all__ = ["losses_for"]

_NAMED = 3
"""Outcomes that the sentence names; of more the number is given."""


def losses_for(effects: JointEffects, claim: ClaimTests, alpha: float) -> str:
    """Return which outcomes the zone worsened, in one sentence; empty where the label says it, or nothing is shown.

    A label names a gain that is shown on its whole side and harm to a safeguard, and no loss of development (ADR 0007).
    One outcome may be lost while another leaves the label open. Told are losses of development, harm beyond the margin,
    and a worsening of a safeguard of which such harm is not excluded, each where its own test rejects at alpha.
    """
    lost = [test for test in claim.tests if _told(test, claim, alpha)]
    if not lost:
        return ""
    # What is beyond a margin comes first: of many outcomes only a few are named.
    lost.sort(key=lambda test: not test.p_harm_shown <= alpha)
    # A claim of several outcomes tests them together; what one shows by itself is not corrected for the others.
    alone = " by itself" if len(claim.tests) > 1 else ""
    named = [_words(test, alpha, alone) for test in lost[:_NAMED]]
    if len(lost) > _NAMED:
        named.append(f"{len(lost) - _NAMED} more")
    return f"{zone_phrases(effects)['Zone']} worsened {and_joined(named)}."


def _told(test: OutcomeTest, claim: ClaimTests, alpha: float) -> bool:
    """Whether a test shows a loss that the label does not name."""
    if test.outcome.role in SAFEGUARDS:
        alone = sum(other.outcome.role in SAFEGUARDS for other in claim.tests) == 1
        # Of one safeguard the label says the harm; of several it says that some of them was harmed, and not which.
        if alone and claim.label in _SAID:
            return False
        return test.p_harm_shown <= alpha or test.p_worsened <= alpha < test.p_harm_excluded
    return test.p_harm_shown <= alpha or test.p_worsened <= alpha


_SAID = ("harm", "harm without growth", "growth at a cost")


def _words(test: OutcomeTest, alpha: float, alone: str) -> str:
    """Return an outcome with what its own test shows of it."""
    title = test.outcome.title
    if test.p_harm_shown <= alpha:
        p, grade = p_words(test.p_harm_shown), GRADE_WORDS[test.harm.grade]
        return f"{title} beyond its margin of {margin_word(test.outcome)} ({p}{alone}, {grade})"
    open_ = "; whether beyond the margin stays open" if test.outcome.role in SAFEGUARDS else ""
    return f"{title} ({p_words(test.p_worsened)}{alone}{open_})"
