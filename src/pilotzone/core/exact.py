"""Tests of effects that have no standard error: a p of every size, and one-sided bounds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pilotzone.core.brief import Brief

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["CONFORMAL", "ExactTest"]

CONFORMAL = "conformal"
"""How words on tests over time begin."""


@dataclass(frozen=True, eq=False)
class ExactTest(Brief):
    """One-sided tests of an effect of any size on an outcome that has no standard error.

    Attributes
    ----------
    p
        Returns the p of "the effect is at most this size", for sign 1, or "at least this size", for sign -1: small
        values show a larger effect, or a smaller one. Its arguments are the size in the outcome's own scale and the
        sign.
    bound
        Returns the one-sided bound, from a sign and alpha: the effect is above it (sign 1), or below it (sign -1), as
        all sizes beyond are rejected at alpha. ``None`` where no size is rejected.
    method
        Words on what the test rests on.
    smallest_p
        What p can never be below; zero where it can be as small as it likes.
    earlier
        Largest size of the treated unit's placebo effect at dates held out before, in the outcome's own scale, where a
        drift of its own is what may be allowed for; ``None`` else.
    """

    p: Callable[[float, int], float]
    bound: Callable[[int, float], float | None]
    method: str
    smallest_p: float = 0.0
    earlier: float | None = None

    @property
    def over_time(self) -> bool:
        """Whether periods of one zone are compared (conformal p-values), and not units."""
        return self.method.startswith(CONFORMAL)
