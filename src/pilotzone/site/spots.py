"""Which spot of a place is its best one, and how often: where in a place a zone should stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.site.acceptability import Tables, batched, best_spots
from pilotzone.site.alternatives import Alternatives
from pilotzone.site.scores import RankingMethod, firsts, scorer

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["SpotShare", "spot_shares"]


@dataclass(frozen=True)
class SpotShare:
    """How often a spot is the best one of its place.

    Attributes
    ----------
    place
        Name of the place.
    spot
        Name of the spot.
    best
        Share of draws in which it is the best spot of its place; spots that tie share. One in sum over a place.
    first
        Share of draws in which it is that, and its place is the first. As often as the place is, in sum over it.
    """

    place: str
    spot: str
    best: float
    first: float


def spot_shares(
    alternatives: Alternatives, tables: Tables, weights: Floats, method: RankingMethod
) -> tuple[SpotShare, ...]:
    """Return the spots of places that have several with a name each, place by place, the best before others.

    Parameters
    ----------
    alternatives
        What was ranked; none is told where the spot is unknown, because it is not chosen then.
    tables, weights, method
        As in `acceptability_of`.
    """
    names = np.array(alternatives.names)
    # A spot with a name may be an area of many.
    begins = np.flatnonzero(np.concatenate([[True], names[1:] != names[:-1]]))
    starts = np.searchsorted(begins, alternatives.starts)
    ends = np.append(starts[1:], len(begins))
    several = np.flatnonzero(ends - starts > 1).tolist()
    if alternatives.rule == "unknown" or not several:
        return ()
    best, first = np.zeros(len(begins)), np.zeros(len(begins))
    for _, own, part in batched(tables, weights):
        named = best_spots(scorer(own, alternatives.criteria, method)(part), begins)
        won = firsts(best_spots(named, starts))
        for place in several:
            here = slice(starts[place], ends[place])
            chosen = firsts(named[..., here])
            best[here] += chosen.sum(axis=(0, 1))
            first[here] += (chosen * won[..., [place]]).sum(axis=(0, 1))
    best, first = best / len(weights), first / len(weights)
    return tuple(
        SpotShare(alternatives.places[place], str(names[begins[k]]), float(best[k]), float(first[k]))
        for place in several
        for k in sorted(range(starts[place], ends[place]), key=lambda k: -best[k])
    )
