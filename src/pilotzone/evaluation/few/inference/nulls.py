"""Residuals of the treated unit under every constant null effect at once.

Taking a null effect t off some periods moves the target along a line; its synthetic path is the projection of that
line on the donors' hull, which is continuous and piecewise linear in t. So the residuals of all nulls are known from
those at finitely many: the path is followed from piece to piece, each solved anew by the certified solver, and two
neighbouring points are joined only where optimality at both proves that nothing bends in between.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import MethodError
from pilotzone.evaluation.few.weights.simplex import solve_simplex_batch

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Segment", "shrunk", "trace"]

_FINE = 1e-12
"""Nulls closer than this, relative to the size of the paths, are not told apart."""

_JOINED = 1e-10
"""Points are joined where optimality fails by no more than this, relative to the size of the paths."""

_NOISE = 1e-13
"""What the solver's rounding can make of residuals, relative to the size of the paths.

Bends closer together than its square root allows are joined over. That concerns only those between which no face of
weights carries anywhere; the others' places are solved for.
"""

_FAR = 1e8
"""Beyond this many times the size of the paths no bend is looked for: the last slopes go on."""

_MOST = 20_000
"""Nulls solved before the search gives up."""


@dataclass(frozen=True, eq=False)
class Segment:
    """Nulls from `low` to `high` over which residuals are linear.

    Attributes
    ----------
    low, high
        Ends; infinite for the outer segments.
    anchor
        A finite null of the segment.
    residuals, slope
        Residuals at the anchor and their change per unit of null effect, shape (T,).
    """

    low: float
    high: float
    anchor: float
    residuals: Floats
    slope: Floats

    def at(self, nulls: Floats) -> Floats:
        """Return residuals, shape (K, T)."""
        found: Floats = self.residuals + (np.asarray(nulls)[:, None] - self.anchor) * self.slope
        return found


def trace(paths: Floats, treated: int, moved: NDArray[np.bool_], *, intercept: bool, near: float) -> list[Segment]:
    """Return the residuals of synthetic control under all nulls, as segments from left to right.

    Parameters
    ----------
    paths
        Outcomes of n units over the T periods fitted under the null, shape (n, T).
    treated
        Row of the treated unit; all others are its donors.
    moved
        Periods that the null effect is taken off, shape (T,).
    intercept
        Whether paths are fitted up to a level.
    near
        A null in whose neighbourhood the search begins, such as the estimate.

    Raises
    ------
    MethodError
        As `solve_simplex_batch`, or if the path bends more often than can be followed.

    Notes
    -----
    Let x(t) be the synthetic path and u(t) the residuals. If (x(b) - x(a))'u(a) = (x(b) - x(a))'u(b) = 0, then for
    every z in the hull (z - x)'u <= 0 holds at both ends with either end's x, and so at any mixture of the ends: the
    mixture is the projection throughout.
    """
    line = _Line.of(paths, treated, moved, intercept=intercept)
    start = line.piece(near)
    pieces = [start]
    for side in (1, -1):
        pieces += _followed(line, start, side)
    return _segments(sorted(pieces, key=lambda item: (item.low, item.high)))


def shrunk(segment: Segment, donors: Floats, ridge: float) -> Segment:
    """Return a segment's residuals after ridge augmentation by a given penalty: ridge (B'B + ridge I)^-1 u.

    B are the donors' paths, shape (J, T), less their mean in each period (see `solve_augmented_batch`).
    """
    if math.isinf(ridge):
        return segment
    _, sizes, right = np.linalg.svd(donors - donors.mean(axis=0), full_matrices=False)
    share = sizes**2 / (sizes**2 + ridge) if ridge > 0 else (sizes > 0).astype(float)

    def left(values: Floats) -> Floats:
        kept: Floats = values - right.T @ (share * (right @ values))
        return kept

    return replace(segment, residuals=left(segment.residuals), slope=left(segment.slope))


@dataclass(frozen=True, eq=False)
class _Piece:
    """What one solved null tells of its neighbourhood."""

    low: float
    high: float
    null: float
    residuals: Floats
    slope: Floats

    def at(self, null: float) -> Floats:
        found: Floats = self.residuals + (null - self.null) * self.slope
        return found


@dataclass(eq=False)
class _Line:
    """The line of targets and the hull that it is projected on, both relative to levels where there is an intercept."""

    raw: Floats
    treated: int
    moved: Floats
    donors: Floats
    target: Floats
    direction: Floats
    intercept: bool
    size: float
    solved: int = 0

    @classmethod
    def of(cls, paths: Floats, treated: int, moved: NDArray[np.bool_], *, intercept: bool) -> _Line:
        step = moved.astype(float)
        plain = np.vstack([np.delete(paths, treated, axis=0), paths[treated], step])
        if intercept:
            plain = plain - plain.mean(axis=1, keepdims=True)
        size = float(np.abs(plain[:-1]).max()) or 1.0
        return cls(paths, treated, step, plain[:-2], plain[-2], plain[-1], intercept, size)

    def piece(self, null: float) -> _Piece:
        """Solve one null, and say how far its weights' face carries."""
        self.solved += 1
        if self.solved > _MOST:
            raise MethodError(
                "residuals under constant effects bend too often to be followed.",
                allowed=f"at most {_MOST} of them solved",
                todo="report the data as a defect of the search",
            )
        paths = self.raw.copy()
        paths[self.treated] -= null * self.moved
        masks = np.arange(len(paths))[None] != self.treated
        found = solve_simplex_batch(paths, [self.treated], masks, intercept=self.intercept)
        weights = np.delete(found.weights[0], self.treated)
        used = np.flatnonzero(weights)
        used = used[np.argsort(-weights[used], kind="stable")]
        residuals = self.target - null * self.direction - weights[used] @ self.donors[used]
        if found.inside[0]:
            residuals = np.zeros_like(residuals)
        edges = self.donors[used[1:]] - self.donors[used[0]]
        change = np.linalg.lstsq(edges.T, -self.direction, rcond=1e-10)[0]
        slope = -self.direction - change @ edges
        if np.linalg.norm(slope) <= _JOINED * np.linalg.norm(self.direction):
            slope = np.zeros_like(slope)
        below, above = self._reach(weights[used], np.concatenate([[-change.sum()], change]), used, residuals, slope)
        # A rate that is rounding alone would carry a face to the end of all numbers.
        far = _FAR * self.size
        low, high = null - below, null + above
        return _Piece(low if low >= -far else -math.inf, high if high <= far else math.inf, null, residuals, slope)

    def _reach(
        self, weights: Floats, change: Floats, used: NDArray[np.intp], residuals: Floats, slope: Floats
    ) -> tuple[float, float]:
        """Return how far down and up weights stay positive and no other donor would help."""
        others = np.ones(len(self.donors), dtype=bool)
        others[used] = False
        away = self.donors[others] - self.donors[used[0]]
        spare, turn = np.minimum(away @ residuals, 0.0), away @ slope
        turn[np.abs(turn) <= _FINE * np.linalg.norm(away, axis=1) * np.linalg.norm(self.direction)] = 0.0
        left, rate = np.concatenate([weights, -spare]), np.concatenate([change, -turn])
        with np.errstate(over="ignore"):
            up = min((left[rate < 0] / -rate[rate < 0]).tolist(), default=math.inf)
            down = min((left[rate > 0] / rate[rate > 0]).tolist(), default=math.inf)
        return down, up

    def joins(self, left: float, before: Floats, right: float, after: Floats) -> bool:
        """Whether residuals are linear between two nulls, by the variational inequality at both."""
        if right - left <= _FINE * max(self.size, abs(left), abs(right)):
            return True
        move = before - after - (right - left) * self.direction
        length = float(np.linalg.norm(move))
        slack = self.size * (_JOINED * length + _NOISE * float(np.linalg.norm(before)))
        return abs(float(move @ before)) <= slack and abs(float(move @ after)) <= slack


def _followed(line: _Line, start: _Piece, side: int) -> list[_Piece]:
    """Return the pieces on one side of a first one, out to where no further bend comes."""
    found: list[_Piece] = []
    current, step = start, line.size * 1e-3
    while True:
        end = current.high if side == 1 else current.low
        if math.isinf(end):
            return found
        after = line.piece(end + side * step)
        left, right = (current, after) if side == 1 else (after, current)
        found += [*_between(line, left, right), after]
        current, step = after, 2 * step


def _between(line: _Line, left: _Piece, right: _Piece) -> list[_Piece]:
    """Return the pieces that close the gap between two."""
    pending, found = [(left, right)], []
    while pending:
        one, other = pending.pop()
        low, high = min(one.high, other.null), max(other.low, one.null)
        if low >= high or line.joins(low, one.at(low), high, other.at(high)):
            continue
        middle = line.piece((low + high) / 2)
        found.append(middle)
        pending += [(one, middle), (middle, other)]
    return found


def _segments(pieces: list[_Piece]) -> list[Segment]:
    """Return segments between the ends of neighbouring pieces; where these leave a gap, what joins them."""
    points: list[tuple[float, Floats]] = []
    for piece in pieces:
        ends = [end for end in (piece.low, piece.null, piece.high) if math.isfinite(end)]
        points += [(end, piece.at(end)) for end in ends]
    points.sort(key=lambda item: item[0])
    (lowest, first), (highest, last) = points[0], points[-1]
    found = [Segment(-math.inf, lowest, lowest, first, pieces[0].slope)]
    for (low, before), (high, after) in pairwise(points):
        if high - low > _FINE * max(abs(low), abs(high)):
            anchor, residuals = (low, before) if abs(low) <= abs(high) else (high, after)
            found.append(Segment(low, high, anchor, residuals, (after - before) / (high - low)))
    found.append(Segment(highest, math.inf, highest, last, pieces[-1].slope))
    return found
