"""Shares of gain or none, with harm beyond the margin or within it, as a flat prior makes them of a covariance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pilotzone.core import SAFEGUARDS
from pilotzone.judgement.normals import Probability, all_above

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pilotzone.core import Combine, JointEffects

__all__ = ["QUADRANTS_LABEL", "QuadrantShares", "quadrant_shares"]

QUADRANTS_LABEL = "Gaussian approximation, flat prior"
"""What these shares are, to stand wherever they are shown."""


@dataclass(frozen=True)
class QuadrantShares:
    """How a normal distribution around the effects, with their covariance, falls on gain and harm; sums to one.

    It is what a flat prior on all effects makes of the data where estimates are normal with a known covariance. It
    decides nothing: no level is kept by it, and no prior is flat in every unit. Degrees of freedom play no part.

    Attributes
    ----------
    gain_within
        Gain, and no harm beyond the margin on any safeguard.
    gain_beyond
        Gain, and harm beyond the margin on some.
    no_gain_within, no_gain_beyond
        The same without gain. Gain is one on all development outcomes, or on at least one, by the rule of the verdict.
    error
        Standard error of each; zero with up to two outcomes, where they are exact.
    """

    gain_within: float
    gain_beyond: float
    no_gain_within: float
    no_gain_beyond: float
    error: float

    def to_dict(self) -> dict[str, Any]:
        """Return the shares as plain data for JSON, with what they are."""
        return {
            "label": QUADRANTS_LABEL,
            "gain_within": self.gain_within,
            "gain_beyond": self.gain_beyond,
            "no_gain_within": self.no_gain_within,
            "no_gain_beyond": self.no_gain_beyond,
            "error": self.error,
        }


def quadrant_shares(effects: JointEffects, rule: Combine) -> QuadrantShares:
    """Return the shares for the outcomes of the claim, none of which is refused.

    Parameters
    ----------
    effects
        With a covariance.
    rule
        What counts as gain with several development outcomes.
    """
    covariance = effects.covariance
    if covariance is None:
        message = "effects without a covariance"
        raise ValueError(message)
    roles = np.array([item.role or "" for item in effects.outcomes])
    claimed = np.flatnonzero(roles != "")
    signs = np.array([item.sign for item in effects.outcomes], dtype=float)
    bars = np.array([item.harm_boundary if item.role in SAFEGUARDS else 0.0 for item in effects.outcomes])
    heights = signs * (effects.estimate - bars) / covariance.se
    spread = covariance.correlation * np.outer(signs, signs)
    gains, harms = claimed[roles[claimed] == "development"], claimed[np.isin(roles[claimed], SAFEGUARDS)]

    def inside(chosen: NDArray[np.intp], side: NDArray[np.float64]) -> Probability:
        part = spread[np.ix_(chosen, chosen)] * np.outer(side, side)
        return all_above(np.zeros(len(chosen)), side * heights[chosen], part)

    ones, flip = np.ones(len(harms)), -1.0 if rule == "any" else 1.0
    side = np.full(len(gains), flip)
    within = inside(harms, ones)
    alone = inside(gains, side)  # all gain, or with `any` none does
    both = inside(np.r_[gains, harms], np.r_[side, ones])
    first = np.clip([both.value, alone.value - both.value, within.value - both.value, 0.0], 0.0, 1.0)
    first[3] = max(1.0 - first.sum(), 0.0)
    first /= first.sum()
    if rule == "any":
        first = first[[2, 3, 0, 1]]
    error = (within.error**2 + alone.error**2 + both.error**2) ** 0.5
    one, two, three, four = first.tolist()
    return QuadrantShares(one, two, three, four, error)
