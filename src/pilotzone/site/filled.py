"""Whether missing figures could decide: a place with gaps where these take their best and their worst value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pilotzone.site.acceptability import best_spots
from pilotzone.site.criteria import check_values
from pilotzone.site.scores import scorer

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from pilotzone.site.alternatives import Alternatives
    from pilotzone.site.criterion_values import CriterionValue
    from pilotzone.site.scores import RankingMethod

    Floats = NDArray[np.float64]

__all__ = ["FilledGaps", "filled_gaps"]


@dataclass(frozen=True)
class FilledGaps:
    """What the missing figures of a place could do to it: all else in the middle of its range, weights at their mean.

    Attributes
    ----------
    place
        Which place.
    criteria
        Those it has no figure on.
    at_best, at_worst
        Whether it ranks first where they take the best, and the worst, value of the range they are ranked over.
    """

    place: str
    criteria: tuple[str, ...]
    at_best: bool
    at_worst: bool

    @property
    def decides(self) -> bool:
        """Whether the figures could change if the place ranks first."""
        return self.at_best != self.at_worst


def filled_gaps(
    alternatives: Alternatives, gaps: Sequence[CriterionValue], weights: Floats, method: RankingMethod
) -> tuple[FilledGaps, ...]:
    """Return what missing figures could do, place by place.

    Parameters
    ----------
    alternatives
        The places with what is not known of them.
    gaps
        Figures that nobody knows, with the ranges that stand for them.
    weights
        Weights of the n criteria, shape (n,).
    method
        How scores are made.

    Returns
    -------
    tuple of FilledGaps
        One for each place, or spot of a place, with gaps. A place whose spot is fixed and unknown is left out: its
        middle is of no spot in particular.
    """
    names = [item.name for item in alternatives.criteria]
    middle, owner = alternatives.middle, alternatives.owner
    found = []
    for spot in dict.fromkeys(gap.place for gap in gaps):
        rows = [k for k, name in enumerate(alternatives.names) if name == spot]
        if not rows or (alternatives.rule == "unknown" and len(alternatives.names) > len(alternatives.places)):
            continue
        place = int(owner[rows[0]])
        own = [gap for gap in gaps if gap.place == spot]
        first = []
        for best in (True, False):
            values = middle.copy()
            for gap in own:
                k = names.index(gap.criterion)
                up = (alternatives.criteria[k].good == "up") == best
                values[rows, k] = gap.high if up else gap.low
            scores = scorer(check_values(values, alternatives.criteria), alternatives.criteria, method)(weights[None])
            first.append(int(best_spots(scores, alternatives.spots)[0].argmax()) == place)
        found.append(FilledGaps(spot, tuple(gap.criterion for gap in own), *first))
    return tuple(found)
