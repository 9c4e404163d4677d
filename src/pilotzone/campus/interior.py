"""A primal-dual interior point method for supply problems.

Mehrotra's predictor with Gondzio's corrections of centrality (1996, "Multiple centrality corrections in a primal-dual
method for linear programming", Computational Optimization and Applications 6, 137-156). Each step solves one linear
system a few times over (`newton`). What is special to supply:

- pairs of stores are aimed at a tenth of the product of the others. With equal products the barrier builds batteries
  far beyond their use, since three pairs an hour stand against a small cost, and the path bends back late;
- residuals are removed as far as products are reduced, so that centring is not spoilt by them;
- once gaps are small, each iterate is repaired and its prices give a bound. The cheapest dispatch and the highest
  bound are kept, whichever iterates they come from, so that what is lost in late steps does no harm.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.campus.between import Between, Warm, keep_point, mean_plan, mean_point, relative
from pilotzone.campus.certificate import Prices, lower_bound, relative_gap
from pilotzone.campus.form import Form
from pilotzone.campus.newton import Newton
from pilotzone.campus.points import Point, Residuals, Shape
from pilotzone.campus.repair import missed, repaired
from pilotzone.campus.scaling import Scaled, scale_form
from pilotzone.campus.starting import first_point

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Certified", "interior_point"]

Progress = Callable[[str, float], None]

_STORES = 0.1
"""Product that pairs of stores are aimed at, beside that of the others."""
_CORRECTIONS = 3
_GAIN = 0.01
"""Sum of step lengths that a correction has to add."""
_WITHIN = 0.1
"""Products within a tenth and ten times of the aim are left alone."""
_LOOK = 2e-5
"""Relative gap from which iterates are repaired and bounds computed."""
_MISSED = 2e-9
"""Largest residual of a dispatch that is kept, relative."""
_BEYOND = 1e-7
"""How far beyond a limit a dispatch may be where none keeps it to `_MISSED`: a limit near its least is a small part of
what is added up to it."""
_PATIENCE = 6
_FAR = 1e8
"""Relative gap that only problems without a solution come to."""


@dataclass(eq=False)
class Certified:
    """The best dispatch and the best bound so far.

    Attributes
    ----------
    y, x
        Flows, (J, N), and capacities beside what is given, (K,); ``None`` until there are any.
    prices
        Those of the bound.
    objective, bound
        Cost of the dispatch, and what no plan costs less than.
    strict
        Whether the dispatch keeps its limits as it keeps balances; one that does replaces one that does not.
    iterations
        Steps that were taken.
    warm
        Where problems between this and another may begin.
    """

    y: Floats | None = None
    x: Floats | None = None
    prices: Prices | None = None
    objective: float = np.inf
    bound: float = -np.inf
    strict: bool = False
    iterations: int = 0
    warm: Warm | None = field(default=None, repr=False)

    @property
    def gap(self) -> float:
        """Relative gap."""
        return relative_gap(self.objective, self.bound)

    def offer(self, form: Form, y: Floats, x: Floats, prices: Prices) -> bool:
        """Keep a dispatch or prices where they are better; say whether either was."""
        y, x = repaired(form, y, x)
        better = False
        miss = missed(form, y, x)
        strict = miss.most <= _MISSED
        within = max(miss.balance, miss.store, miss.bound) <= _MISSED and miss.limit <= _BEYOND
        if strict or (within and not self.strict):
            value = form.value(y, x)
            if not strict:
                # What is beyond a limit is paid for at its price, so that it cannot make a dispatch look cheap.
                beyond = np.maximum(form.totals(y) - form.amount, 0.0) * ~np.isfinite(form.price)
                value += float(prices.limit @ beyond)
            if value < self.objective or (strict and not self.strict):
                self.y, self.x, self.objective, self.strict, better = y, x, value, strict, True
        bound, prices = lower_bound(form, prices, self.objective)
        if bound > self.bound:
            self.prices, self.bound, better = prices, bound, True
        return better


def interior_point(
    form: Form,
    *,
    gap: float = 1e-7,
    iterations: int = 150,
    seconds: float = np.inf,
    start: Between | None = None,
    keep_way: bool = False,
    progress: Progress | None = None,
) -> Certified:
    """Solve a form as far as it goes.

    Parameters
    ----------
    form
        The problem.
    gap
        Relative gap between dispatch and bound to stop at.
    iterations, seconds
        Limits.
    start
        Two ways to plans of problems of the same shape, between which this one lies.
    keep_way
        Whether points on the way are kept, for problems between this one and another.
    progress
        Called with a word and the relative gap after each step.
    """
    scaled = scale_form(form)
    shape = Shape(scaled.form)
    best, point = _beginning(form, shape, scaled, start, gap)
    point = first_point(shape) if point is None else point
    points: dict[float, Point] = {}
    aim = _aims(shape)
    began, first, stalled = time.perf_counter(), None, 0
    for count in range(iterations if best.gap > gap else 0):
        missing = Residuals.at(shape, point)
        mean = shape.gap(point.pos, point.dual, point.small, point.small_dual) / shape.count
        first = mean if first is None else first
        near = relative(shape, point, mean * shape.count)
        if not np.isfinite(near) or near > _FAR:
            break
        best.iterations = count
        if keep_way:
            keep_point(points, point, near)
        if near < _LOOK:
            better = best.offer(form, *_unscaled(shape, scaled, point))
            stalled = 0 if better else stalled + 1
            if (best.gap <= gap and best.strict) or stalled > _PATIENCE:
                break
        if progress is not None:
            progress("interior point", min(near, best.gap))
        if time.perf_counter() - began > seconds:
            # What there is may be a plan, if a dear one; its bound holds in any case.
            best.offer(form, *_unscaled(shape, scaled, point))
            break
        try:
            # What has no solution runs off to infinity: that is seen above, and is not a reason for warnings.
            with np.errstate(all="ignore"):
                _advance(shape, point, missing, mean, aim)
        except (FloatingPointError, np.linalg.LinAlgError):
            break
    if keep_way:
        best.warm = Warm(points, scaled, best.y, best.x, best.prices)
    return best


def _beginning(
    form: Form, shape: Shape, scaled: Scaled, start: Between | None, gap: float
) -> tuple[Certified, Point | None]:
    """Return what is known before the first step, and the point to begin from, if two known plans give one."""
    best, point = Certified(), None
    if start is not None:
        mean = mean_plan(start)
        if mean is not None:
            y, x, both = mean
            for prices in both:
                best.offer(form, y, x, prices)
        if best.gap > gap:
            point = mean_point(shape, scaled, start)
    return best, point


def _aims(shape: Shape) -> Floats:
    """Return the product that each pair is aimed at, beside the mean, (J + B, 1)."""
    stores = {shape.form.rows[int(row)].part for row in shape.form.level}
    own = np.array([_STORES if row.part in stores else 1.0 for row in shape.form.rows])
    return np.concatenate([own, own[: shape.bounded]])[:, None]


def _advance(shape: Shape, point: Point, missing: Residuals, mean: float, aim: Floats) -> None:
    """Take one step: predict, aim, correct."""
    newton = Newton(shape, point)
    product, small = point.pos * point.dual, point.small * point.small_dual
    step = newton.step(-product, -small, missing, 1.0)
    primal, dual = newton.lengths(step)
    ahead = shape.gap(
        point.pos + primal * step.pos,
        point.dual + dual * step.dual,
        point.small + primal * step.small,
        point.small_dual + dual * step.small_dual,
    )
    share = min(1.0, max(ahead, 0.0) / (mean * shape.count)) ** 3
    target = share * mean
    wanted = target * aim - product - step.pos * step.dual
    wanted_small = target - small - step.small * step.small_dual
    step = newton.step(wanted, wanted_small, missing, 1.0 - share)
    primal, dual = newton.lengths(step)
    for _ in range(_CORRECTIONS):
        far_primal, far_dual = min(1.0, 1.08 * primal + 0.08), min(1.0, 1.08 * dual + 0.08)
        found = (point.pos + far_primal * step.pos) * (point.dual + far_dual * step.dual)
        again = wanted + _outside(found, target * aim)
        found_small = (point.small + far_primal * step.small) * (point.small_dual + far_dual * step.small_dual)
        again_small = wanted_small + _outside(found_small, np.asarray(target))
        other = newton.step(again, again_small, missing, 1.0 - share)
        longer = newton.lengths(other)
        if sum(longer) < primal + dual + _GAIN:
            break
        step, (primal, dual), wanted, wanted_small = other, longer, again, again_small
    part = min(max(0.9, 1 - 10 * mean), 0.9995)
    point.move(step, min(1.0, part * primal), min(1.0, part * dual))


def _outside(found: Floats, target: Floats) -> Floats:
    """Return how far products are from the range around their aim; what is too large counts with ten aims at most."""
    low, high = _WITHIN * target, target / _WITHIN
    return np.asarray(np.maximum(np.clip(found, low, high) - found, -high))


def _unscaled(shape: Shape, scaled: Scaled, point: Point) -> tuple[Floats, Floats, Prices]:
    """Return flows, capacities and prices in the units of the problem."""
    y = point.pos[: shape.flows] * shape.live * scaled.power
    x = point.small[shape.x] * scaled.power
    limit = point.small_dual[shape.w] * scaled.price / scaled.limit
    return y, x, Prices(point.power * scaled.price, point.water * scaled.price, limit)
