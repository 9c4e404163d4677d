"""Each place left out in turn: what becomes of the ranking of the others, which a place that never wins may change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.site.acceptability import Acceptability
from pilotzone.site.alternatives import Alternatives

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["MOST_LEFT_OUT", "LeftOut", "left_out_in_turn", "without_place"]

MOST_LEFT_OUT = 40
"""Places beyond which they are not ranked again without each, where scores depend on which places are compared."""
_FEWEST = 3


@dataclass(frozen=True)
class LeftOut:
    """The ranking without one place.

    Attributes
    ----------
    place
        Which one is left out.
    first
        How often it is the first where it is there.
    winner
        Who is the first most often without it.
    share
        How often.
    ahead
        How much the winner without it is ahead of the winner with it, in shares of draws; zero if it is the same.
    """

    place: str
    first: float
    winner: str
    share: float
    ahead: float


def left_out_in_turn(
    found: Acceptability, alternatives: Alternatives, again: Callable[[Alternatives], Acceptability]
) -> tuple[LeftOut, ...]:
    """Return the ranking without each place; of many whose scores depend on one another, none.

    Parameters
    ----------
    found
        The ranking of all.
    alternatives
        What was ranked.
    again
        Ranks others in the same way.
    """
    m = len(found.places)
    if m < _FEWEST or (found.without is None and m > MOST_LEFT_OUT):
        return ()
    best = int(found.first.argmax())
    told = []
    for k, place in enumerate(found.places):
        others = [i for i in range(m) if i != k]
        kept = found.without
        shares = again(without_place(alternatives, k)).first if kept is None else kept[k, others]
        winner = int(shares.argmax())
        ahead = 0.0 if best == k else float(shares[winner] - shares[others.index(best)])
        told.append(LeftOut(place, float(found.first[k]), found.places[others[winner]], float(shares[winner]), ahead))
    return tuple(told)


def without_place(alternatives: Alternatives, left: int) -> Alternatives:
    """Return all but one place; draws of the others are the same."""
    owner = alternatives.owner
    kept = owner != left
    at = np.cumsum(kept) - 1
    places = [k for k in range(len(alternatives.places)) if k != left]
    starts = at[np.array([np.flatnonzero(owner == k)[0] for k in places])]
    return replace(
        alternatives,
        places=tuple(alternatives.places[k] for k in places),
        names=tuple(name for name, keep in zip(alternatives.names, kept.tolist(), strict=True) if keep),
        starts=starts,
        low=alternatives.low[kept],
        high=alternatives.high[kept],
        quantities=tuple(
            (places.index(place), j, at[rows], quantity)
            for place, j, rows, quantity in alternatives.quantities
            if place != left
        ),
        shared=alternatives.shared[places],
        drawn_with=tuple(k for k in alternatives.columns if k != alternatives.columns[left]),
    )
