"""Where a problem begins that lies between two others which differ in the amount of one limit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.campus.certificate import Prices
from pilotzone.campus.points import Point, Shape
from pilotzone.campus.scaling import Scaled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Between", "Warm", "keep_point", "mean_plan", "mean_point", "relative"]

_KEPT = (1e-1, 3e-2, 1e-2, 3e-3)
"""Relative gaps of the points on the way that a problem between two others may begin from."""
_FITS = 1.5
"""How many times the gap of its ends a mean of two points may have: beyond, few pairs hold all of it."""
_WORTH = 0.5
"""Relative gap from which a mean of two points takes longer than none."""


@dataclass(frozen=True, eq=False)
class Warm:
    """A plan, and points on the way to it.

    Attributes
    ----------
    points
        Points ordered by their relative gap (of `_KEPT`), in the numbers of the scaled form.
    scaled
        The scaled form.
    y, x, prices
        As in `Certified`.
    """

    points: dict[float, Point]
    scaled: Scaled
    y: Floats | None
    x: Floats | None
    prices: Prices | None


@dataclass(frozen=True, eq=False)
class Between:
    """Where a problem may begin that lies between two others.

    Attributes
    ----------
    first, second
        Ways of the two.
    share
        Share of the second: the problem's limits are ``(1 - share)`` times those of the first and ``share`` times the
        other.
    """

    first: Warm
    second: Warm
    share: float


def relative(shape: Shape, point: Point, gap: float) -> float:
    """Return a sum of products beside the cost."""
    return gap / (1.0 + abs(float(np.vdot(shape.form.cost, point.pos[: shape.flows]))))


def keep_point(points: dict[float, Point], point: Point, near: float) -> None:
    """Keep a point where it is the first at one of the gaps; one that leaps over several stands for all of them."""
    passed = [level for level in _KEPT if near < level and level not in points]
    if passed:
        points.update(dict.fromkeys(passed, point.copy()))


def mean_plan(start: Between) -> tuple[Floats, Floats, tuple[Prices, ...]] | None:
    """Return the mean of two plans and the prices of each: where these are the same in both, nothing is cheaper."""
    one, other = start.first, start.second
    if one.y is None or one.x is None or other.y is None or other.x is None:
        return None
    y, x = (1 - start.share) * one.y + start.share * other.y, (1 - start.share) * one.x + start.share * other.x
    return y, x, tuple(prices for prices in (one.prices, other.prices) if prices is not None)


def mean_point(shape: Shape, scaled: Scaled, start: Between) -> Point | None:
    """Return a point between those of two problems; ``None`` where it is worse than a start from nothing.

    A mean of two points keeps every equation that both keep, those of duals too, and its limits are the mean of theirs.
    No product is less than half of what those of the two are in the mean, so it is well inside; where a flow is at a
    bound in one plan and not in the other, the product is large, and that is what is left to be done. Of points from
    early to late, the latest is taken whose gap is like that of its ends.
    """
    found = None
    for level in _KEPT:
        if level not in start.first.points or level not in start.second.points:
            continue
        ends = [_rescaled(shape, scaled, warm.scaled, warm.points[level]) for warm in (start.first, start.second)]
        pairs = zip(*(vars(end).values() for end in ends), strict=True)
        point = Point(*((1 - start.share) * one + start.share * other for one, other in pairs))
        near = relative(shape, point, shape.gap(point.pos, point.dual, point.small, point.small_dual))
        if near < _WORTH and (found is None or near <= _FITS * level):
            found = point
    return found


def _rescaled(shape: Shape, scaled: Scaled, former: Scaled, there: Point) -> Point:
    """Return a point of a problem in the numbers of another's scaled form."""
    power, price = former.power / scaled.power, former.price / scaled.price
    point = there.copy()
    point.pos[...] = np.where(shape.mask > 0, point.pos * power, 1.0)
    point.dual[...] = np.where(shape.mask > 0, point.dual * price, 1.0)
    point.power *= price
    point.water *= price
    turn = former.limit / scaled.limit
    parts = (shape.x, power), (shape.s, power), (shape.w, power * turn), (shape.u, power * turn[shape.priced])
    for part, factor in parts:
        point.small[part] *= factor
        point.small_dual[part] *= price * power / factor
    return point
