"""Descent from one V to a better one, by the slope of the error where it has one.

Broyden, Fletcher, Goldfarb and Shanno's method with a line search that asks for enough descent and for a slope that has
become less steep, which is all that can be asked of an error with bends (Lewis and Overton 2013). In plain arrays: the
problems are so small that a general optimiser takes longer than what it optimises.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pilotzone.evaluation.few.predictors.stage import FLOOR

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pilotzone.evaluation.few.predictors.stage import Stage

    Floats = NDArray[np.float64]

__all__ = ["descended"]

_FIRST = 2.0  # length of the first step, in logarithms
_LONGEST = 6.0  # change of a predictor's logarithm in one step
_TRIED = 12  # points on a line
_ENOUGH = 1e-4  # of the descent that the slope promises
_FLATTER = 0.5  # of the slope at which a line begins
_LEVEL = 1e-13  # a slope
_SMALL = 1e-9  # an improvement, relative to the error
_CURVED = 1e-14  # curvature along a step


def descended(stage: Stage, start: Floats, scale: float, most: int) -> tuple[float, Floats]:
    """Return a V that is no worse than a first one, in logarithms with the largest zero, after its error.

    Parameters
    ----------
    stage
        The problem.
    start
        Logarithms of V, shape (F,).
    scale
        Unit of the error.
    most
        Evaluations, about.
    """
    point = start
    error, slope = _at(stage, point, scale)
    spent, inverse = 1, None
    while spent < most:
        length = float(np.sqrt(slope @ slope))
        if length < _LEVEL:
            break
        step = slope * (-_FIRST / length) if inverse is None else -(inverse @ slope)
        found, tried = _line(stage, (point, error, slope), _shortened(step), scale)
        spent += tried
        if found is None:
            if inverse is None:
                break
            inverse = None  # what was learnt belongs to another side of a bend
            continue
        better, after, then = found
        inverse = _learnt(inverse, better - point, then - slope)
        gain, point, error, slope = error - after, better, after, then
        if gain <= _SMALL * abs(error):
            break
    return error, np.maximum(point - point.max(), FLOOR)


def _at(stage: Stage, point: Floats, scale: float) -> tuple[float, Floats]:
    error, slope = stage.slope(point)
    return error / scale, slope / scale


def _shortened(step: Floats) -> Floats:
    largest = float(np.abs(step).max())
    return step * (_LONGEST / largest) if largest > _LONGEST else step


def _line(
    stage: Stage, begin: tuple[Floats, float, Floats], step: Floats, scale: float
) -> tuple[tuple[Floats, float, Floats] | None, int]:
    """Return a lower point along a step with its error and slope, or none, and how many were tried."""
    point, error, slope = begin
    steep = float(slope @ step)
    if steep >= 0:
        return None, 0
    low, high, share, best = 0.0, np.inf, 1.0, None
    tried = 0
    while tried < _TRIED:
        tried += 1
        there = point + share * step
        after, then = _at(stage, there, scale)
        if after > error + _ENOUGH * share * steep:
            high = share
        else:
            best = (there, after, then)
            if float(then @ step) >= _FLATTER * steep:
                break
            low = share
        share = (low + high) / 2 if np.isfinite(high) else 2 * low
    return best if best is not None and best[1] < error else None, tried


def _learnt(inverse: Floats | None, step: Floats, turn: Floats) -> Floats | None:
    """Return the inverse curvature after a step and the slope's change along it."""
    curved = float(step @ turn)
    if curved <= _CURVED:
        return inverse
    if inverse is None:
        inverse = np.eye(len(step)) * (curved / float(turn @ turn))
    turned = inverse @ turn
    cross = np.outer(step, turned)
    learnt: Floats = inverse + (1 + float(turn @ turned) / curved) / curved * np.outer(step, step)
    return learnt - (cross + cross.T) / curved
