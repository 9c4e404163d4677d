"""Weights that nobody knows for certain: uniform on the simplex, or on what intervals and orders leave of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import UsageError, did_you_mean, listing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["WeightSpace", "draw_weights"]

_WALKS = 500
"""Walks side by side."""
_BURN, _THIN = 60, 20
"""Steps of a walk before its first draw and between two, for each criterion."""


@dataclass(frozen=True)
class WeightSpace:
    """What is known of weights.

    Attributes
    ----------
    intervals
        Criterion to the least and the most that its weight may be.
    order
        Pairs of criteria of which the first weighs at least as much as the second.
    """

    intervals: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    order: Sequence[tuple[str, str]] = ()


def draw_weights(names: Sequence[str], count: int, space: WeightSpace | None = None, *, seed: int = 20160) -> Floats:
    """Draw weights uniformly from all that are admitted.

    Parameters
    ----------
    names
        Of n criteria.
    count
        How many draws.
    space
        What is known; nothing if left out.
    seed
        Of the draws.

    Returns
    -------
    array
        Shape (count, n); rows are not negative and sum to one.

    Raises
    ------
    UsageError
        If a criterion is unknown, an interval is none, or no weights are admitted.

    Notes
    -----
    Without knowledge weights are Dirichlet with all parameters one, which is uniform on the simplex; normalised uniform
    numbers are not. Else they come from a walk that goes from a point in a random direction to a uniform point of the
    segment inside (hit and run: Smith 1984, "Efficient Monte Carlo procedures for generating points uniformly
    distributed over bounded regions", Operations Research 32, 1296-1308; Tervonen and others 2013, "Hit-and-run enables
    efficient weight generation for simulation-based multiple criteria decision analysis", European Journal of
    Operational Research 224, 552-559).
    """
    rng = np.random.default_rng(seed)
    n = len(names)
    if space is None or (not space.intervals and not space.order) or n == 1:
        return rng.dirichlet(np.ones(n), count)
    rows, most = _halfspaces(list(names), space)
    start = _inside(rows, most, names)
    # A basis of the plane in which weights sum to one.
    basis = np.linalg.svd(np.ones((1, n)))[2][1:]
    walks = min(count, _WALKS)
    points, walked = np.tile(start, (walks, 1)), []
    for k in range(-(-count // walks)):
        for _ in range((_THIN if k else _BURN) * n):
            direction = rng.standard_normal((walks, n - 1)) @ basis
            slope, room = direction @ rows.T, most - points @ rows.T
            with np.errstate(divide="ignore", invalid="ignore"):
                ends = room / slope
            high = np.where(slope > 0, ends, np.inf).min(axis=1)
            low = np.where(slope < 0, ends, -np.inf).max(axis=1)
            points = points + rng.uniform(low, high)[:, None] * direction
        walked.append(points)
    found = np.maximum(np.concatenate(walked)[:count], 0.0)
    drawn: Floats = found / found.sum(axis=1, keepdims=True)
    return drawn


def _halfspaces(names: list[str], space: WeightSpace) -> tuple[Floats, Floats]:
    """Return rows and limits of rows @ w <= limits."""
    n = len(names)
    rows, most = [-np.eye(n)[j] for j in range(n)], [0.0] * n
    for name in (*space.intervals, *(name for pair in space.order for name in pair)):
        if name not in names:
            raise UsageError(f"there is no criterion {name!r}.{did_you_mean(name, names)}", allowed=listing(names))
    for name, (low, high) in space.intervals.items():
        if not 0 <= low <= high <= 1:
            raise UsageError(f"the weight of {name!r} lies from {low} to {high}.", allowed="0 <= least <= most <= 1")
        own = np.eye(n)[names.index(name)]
        rows += [own, -own]
        most += [high, -low]
    for more, less in space.order:
        rows.append(np.eye(n)[names.index(less)] - np.eye(n)[names.index(more)])
        most.append(0.0)
    return np.array(rows), np.array(most)


def _inside(rows: Floats, most: Floats, names: Sequence[str]) -> Floats:
    """Return the weights that are farthest from all limits."""
    from scipy.optimize import linprog

    n = rows.shape[1]
    inside = np.hstack([rows, np.linalg.norm(rows, axis=1, keepdims=True)])
    whole = np.append(np.ones(n), 0.0)[None]
    goal = np.append(np.zeros(n), -1.0)
    best = linprog(goal, A_ub=inside, b_ub=most, A_eq=whole, b_eq=[1.0], bounds=[(0, 1)] * n + [(None, 1)])
    found = None if best.status or best.x is None else np.asarray(best.x, dtype=np.float64)
    if found is None or found[-1] < 0:
        raise UsageError(
            f"no weights of {listing(list(names))} are as they are said to be.",
            allowed="intervals and orders that leave weights which sum to one",
        )
    if found[-1] < 1e-9:  # noqa: PLR2004 - rounding of the solver
        raise UsageError(
            "what is known leaves no room for weights to differ in all directions.",
            allowed="intervals with some width",
            todo="leave intervals of weights that are fixed a little room",
        )
    inner: Floats = found[:n]
    return inner
