"""Is a candidate inside what was seen: distance, hull, ranges, and the covariate that forbids a transfer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import Brief
from pilotzone.transfer.balancing import entropy_weights

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Support", "least_move", "support_of"]

_INSIDE = 1e-9
"""A move of so many standard deviations is rounding."""
_EDGE = 1e-6


@dataclass(frozen=True, eq=False)
class Support(Brief):
    """Where a candidate lies among zones.

    Attributes
    ----------
    inside
        Whether it is a weighted mean of zones on all covariates jointly: in their convex hull.
    forbids
        The covariate that would have to change most, in standard deviations, for it to lie inside; empty if it does.
    move
        By how much each covariate would have to change at least, shape (q,), in its own unit.
    distance
        Mahalanobis distance from the mean of zones.
    farthest
        Largest such distance of a zone.
    overlap
        For each covariate whether it lies in the range of zones, shape (q,).
    weights
        Entropy balancing weights of zones that have the candidate's values as their means, shape (k,); NaN outside.
        At the edge of the hull they have the values of a point a millionth of the way to the mean of zones.
    effective
        Effective number of zones under these weights, at most k; zero outside.
    """

    inside: bool
    forbids: str
    move: Floats
    distance: float
    farthest: float
    overlap: NDArray[np.bool_]
    weights: Floats
    effective: float


def support_of(candidate: Floats, zones: Floats, names: Sequence[str]) -> Support:
    """Return where a candidate lies among zones.

    Parameters
    ----------
    candidate
        Its values, shape (q,).
    zones
        Values of k zones, shape (k, q); none of the columns is constant.
    names
        Of the covariates.
    """
    middle, sd = zones.mean(axis=0), zones.std(axis=0, ddof=1)
    scaled, own = (zones - middle) / sd, (candidate - middle) / sd
    move = least_move(own, scaled)
    inside = bool(np.abs(move).sum() <= _INSIDE)
    inverse = np.linalg.pinv(np.atleast_2d(np.cov(scaled, rowvar=False)))
    reach = np.sqrt(np.einsum("ij,jk,ik->i", scaled, inverse, scaled))
    weights = _weights(scaled, own) if inside else None
    found = np.full(len(zones), np.nan) if weights is None else weights
    return Support(
        inside,
        "" if inside else names[int(np.abs(move).argmax())],
        np.zeros(len(names)) if inside else move * sd,
        float(np.sqrt(own @ inverse @ own)),
        float(reach.max()),
        (candidate >= zones.min(axis=0)) & (candidate <= zones.max(axis=0)),
        found,
        0.0 if weights is None else float(1 / (weights**2).sum()),
    )


def _weights(zones: Floats, candidate: Floats) -> Floats | None:
    """Return balancing weights; at the edge of the hull, where they are a limit, those a millionth inside."""
    found = entropy_weights(zones, candidate)
    return entropy_weights(zones, candidate * (1 - _EDGE)) if found is None else found


def least_move(candidate: Floats, zones: Floats) -> Floats:
    """Return the smallest change, by the sum of its absolute values, that puts a point into the hull of others.

    It is a linear programme: weights w of zones and changes d = up - down with ``sum w = 1`` and ``zones' w - d =
    candidate``. A sum of absolute values is least where few covariates change, which names the one that forbids.
    """
    from scipy.optimize import linprog

    count, size = zones.shape
    cost = np.concatenate([np.zeros(count), np.ones(2 * size)])
    left = np.block([[zones.T, -np.eye(size), np.eye(size)], [np.ones((1, count)), np.zeros((1, 2 * size))]])
    found = linprog(cost, A_eq=left, b_eq=np.append(candidate, 1.0), bounds=(0, None), method="highs")
    solution = np.asarray(found.x)
    return np.asarray(solution[count : count + size] - solution[count + size :])
