"""Weights that nobody knows for certain: uniform on the simplex, or on what intervals and orders leave of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import (
    Brief,
    UsageError,
    listing,
    unknown,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["WeightSpace", "draw_weights", "fixed_weights"]

_WALKS = 500
"""Walks side by side."""
_ROUNDING = 1e-9
"""Tolerance of the solver."""
_BURN, _THIN = 60, 20
"""Steps of a walk before its first draw and between two, for each criterion."""


@dataclass(frozen=True)
class WeightSpace(Brief):
    """Limits on the weights of criteria.

    Attributes
    ----------
    intervals
        Criterion to the lowest and the highest admissible weight, from 0 to 1.
    order
        Pairs of criteria. In each pair the first criterion weighs at least as much as the second.
    """

    intervals: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    order: Sequence[tuple[str, str]] = ()


def draw_weights(names: Sequence[str], count: int, space: WeightSpace | None = None, *, seed: int = 20160) -> Floats:
    """Draw weights uniformly from all that are admitted.

    Parameters
    ----------
    names
        Names of n criteria.
    count
        How many draws.
    space
        What is known; nothing if left out.
    seed
        Seed of the draws.

    Returns
    -------
    array
        Shape (count, n); rows are not negative and sum to one.

    Raises
    ------
    UsageError
        If a criterion is unknown, an interval is not within 0 and 1, or no weights are admitted.

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
    start, fixed = _inside(rows, most, names, space)
    # A basis of the directions in which weights can differ: they sum to one, and some limits leave no width.
    held = np.vstack([np.ones((1, n)), rows[fixed]])
    _, sizes, turned = np.linalg.svd(held)
    basis = turned[int((sizes > _ROUNDING).sum()) :]
    if not len(basis):
        return np.tile(start, (count, 1))
    rows, most = rows[~fixed], most[~fixed]
    walks = min(count, _WALKS)
    points, walked = np.tile(start, (walks, 1)), []
    for k in range(-(-count // walks)):
        for _ in range((_THIN if k else _BURN) * n):
            direction = rng.standard_normal((walks, len(basis))) @ basis
            slope, room = direction @ rows.T, most - points @ rows.T
            with np.errstate(divide="ignore", invalid="ignore"):
                ends = room / slope
            high = np.where(slope > 0, ends, np.inf).min(axis=1)
            low = np.where(slope < 0, ends, -np.inf).max(axis=1)
            points = points + rng.uniform(low, high)[:, None] * direction
        walked.append(points)
    # Draws of one walk, which are alike, stand together: errors are told by groups of neighbours.
    found = np.maximum(np.stack(walked, axis=1).reshape(-1, n)[:count], 0.0)
    drawn: Floats = found / found.sum(axis=1, keepdims=True)
    return drawn


def fixed_weights(names: Sequence[str], space: WeightSpace) -> Floats | None:
    """Return the only weights that are admitted, shape (n,), or ``None`` where there are others; errors as above.

    Examples
    --------
    >>> fixed_weights(["a", "b"], WeightSpace({"a": (0.7, 0.7)})).round(9).tolist()
    [0.7, 0.3]
    """
    if not space.intervals and not space.order:
        return np.ones(1) if len(names) == 1 else None
    two = draw_weights(names, 2, space)
    return two[0] if np.abs(two[0] - two[1]).max() <= _ROUNDING else None


def _halfspaces(names: list[str], space: WeightSpace) -> tuple[Floats, Floats]:
    """Return rows and limits of rows @ w <= limits."""
    n = len(names)
    rows, most = [-np.eye(n)[j] for j in range(n)], [0.0] * n
    for name in (*space.intervals, *(name for pair in space.order for name in pair)):
        if name not in names:
            raise unknown("criterion", name, names, error=UsageError)
    for more, less in space.order:
        if more == less:
            raise UsageError(
                f"the order of weights compares {more!r} with itself.",
                allowed="pairs of two criteria, the weightier first",
            )
    for name, (low, high) in space.intervals.items():
        if not 0 <= low <= high <= 1:
            raise UsageError(f"the weight of {name!r} lies from {low} to {high}.", allowed="0 <= least <= most <= 1")
        own = np.eye(n)[names.index(name)]
        rows += [own, -own]
        most += [high, -low]
    for more, less in dict.fromkeys(space.order):
        rows.append(np.eye(n)[names.index(less)] - np.eye(n)[names.index(more)])
        most.append(0.0)
    return np.array(rows), np.array(most)


def _inside(rows: Floats, most: Floats, names: Sequence[str], space: WeightSpace) -> tuple[Floats, NDArray[np.bool_]]:
    """Return weights that are far from all limits with some width, and which limits have none."""
    from scipy.optimize import linprog

    n = rows.shape[1]
    fixed = np.zeros(len(rows), dtype=bool)
    found = _deepest(rows, most, fixed)
    if found is None or found[-1] < -_ROUNDING:
        raise UsageError(_no_weights(names, space), allowed=_ALLOWED, todo="divide fixed weights by their sum.")
    if found[-1] <= _ROUNDING:
        for k, row in enumerate(rows):
            least = linprog(
                row, A_ub=rows, b_ub=most + _ROUNDING, A_eq=np.ones((1, n)), b_eq=[1.0], bounds=[(0, 1)] * n
            )
            fixed[k] = least.status == 0 and most[k] - float(least.fun or 0.0) < 10 * n * _ROUNDING
        found = _deepest(rows, most, fixed)
        if found is None:  # pragma: no cover - the same limits as before
            raise UsageError(_no_weights(names, space), allowed=_ALLOWED)
    return found[:n], fixed


def _deepest(rows: Floats, most: Floats, fixed: NDArray[np.bool_]) -> Floats | None:
    """Return weights that are farthest from the limits that are not fixed, and how far, or ``None``."""
    from scipy.optimize import linprog

    n = rows.shape[1]
    # The direction of a sum that changes is not one in which weights can move.
    reach = np.where(fixed, 0.0, np.linalg.norm(rows - rows.mean(axis=1, keepdims=True), axis=1))
    best = linprog(
        np.append(np.zeros(n), -1.0),
        A_ub=np.hstack([rows, reach[:, None]]),
        b_ub=most,
        A_eq=np.append(np.ones((1, n)), [[0.0]], axis=1),
        b_eq=[1.0],
        bounds=[(0, 1)] * n + [(None, 1)],
    )
    return None if best.status or best.x is None else np.asarray(best.x, dtype=np.float64)


_ALLOWED = "intervals and orders that leave weights which sum to one"


def _no_weights(names: Sequence[str], space: WeightSpace) -> str:
    """Return what is wrong with limits that leave no weights."""
    low, high = (sum(space.intervals.get(name, (0.0, 1.0))[end] for name in names) for end in (0, 1))
    if low > 1:
        return f"the least weights of {listing(list(names))} sum to {low:.12g}."
    if high < 1:
        return f"the greatest weights of {listing(list(names))} sum to {high:.12g}."
    return f"no weights of {listing(list(names))} are as they are said to be."
