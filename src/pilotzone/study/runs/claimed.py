"""The p of a whole claim, in words: the same line for every kind of study that has a verdict."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pilotzone.core import p_text, p_words

if TYPE_CHECKING:
    from pilotzone.judgement import Verdict

__all__ = ["claim_text", "strength_text"]


def claim_text(verdict: Verdict) -> str:
    """Return `strength_text` with its head."""
    return f"How strong: {strength_text(verdict)}"


def strength_text(verdict: Verdict) -> str:
    """Return the p of the whole claim and of its parts, those that the claim has.

    One sentence; nothing is said of a part that the claim lacks.
    """
    if math.isnan(verdict.p_claim):
        return f"no p-value, level {verdict.alpha:g}."
    parts = {"gain": verdict.p_development, "harm ruled out": verdict.p_safeguards}
    told = [f"{what} {p_text(p)}" for what, p in parts.items() if not math.isnan(p)]
    more = f" ({', '.join(told)})" if told[1:] else ""
    return f"{p_words(verdict.p_claim)}, level {verdict.alpha:g}{more}."
