"""The Frank-Wolfe searches that synthetic difference-in-differences takes its weights from, as in synthdid.

Steps, stopping rule and the second pass from weights without the small ones are those of the R package synthdid by the
method's authors (Arkhangelsky and others 2021, "Synthetic difference-in-differences", American Economic Review 111,
4088-4118), which the library diff-diff has too; tests hold the weights to that library's. The path of the search
matters, since it ends near the optimum and not at it: another way to the same optimum would give other figures.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["time_weights", "unit_weights"]

_FIRST, _MOST = 100, 10_000
"""Steps before small weights are set to zero and at most after that, as in synthdid."""
_SMALL = 0.25
"""Share of the largest weight up to which a weight is set to zero between the passes."""
_LEAST_SCALE = 1e-100
_FRESH = 16
"""Steps after which what a step carries on is computed anew: its rounding adds up."""


def unit_weights(before: Floats, target: Floats, zeta: float, stop: float) -> Floats:
    """Return donors' weights: `before` is T0 periods by n donors, `target` has T0 periods.

    Parameters
    ----------
    before, target
        Outcomes before the treatment, shapes (T0, n) and (T0,).
    zeta
        Root of the ridge on squared weights.
    stop
        Root of the decrease of the mean squared distance below which the search ends.

    Returns
    -------
    Weights on the simplex, shape (n,).
    """
    return _two_passes(before, target, zeta, stop)


def time_weights(before: Floats, after: Floats, zeta: float, stop: float) -> Floats:
    """Return weights of the periods before, shape (T0,): `before` is T0 by n, `after` T1 by n; the rest as above."""
    return _two_passes(before.T, after.mean(axis=0), zeta, stop)


def _two_passes(columns: Floats, aim: Floats, zeta: float, stop: float) -> Floats:
    """Search from equal weights, set small ones to zero, and search on from there."""
    rows, count = columns.shape
    if count == 1:
        return np.ones(1)
    # At any level: the intercept is taken out of both sides.
    A = columns - columns.mean(axis=0)
    b = aim - aim.mean()
    H = A.T @ A + rows * zeta**2 * np.eye(count)
    c = A.T @ b
    enough = rows * stop**2
    weights = _search(H, c, np.full(count, 1 / count), enough, _FIRST)
    weights[weights <= _SMALL * weights.max()] = 0.0
    return _search(H, c, weights / weights.sum(), enough, _MOST)


def _search(H: Floats, c: Floats, start: Floats, enough: float, most: int) -> Floats:
    """Minimise x'Hx - 2c'x over the simplex, until a step gains less than `enough` after the first or `most` are done.

    Each step goes towards the corner i where the gradient is least, as far as the function falls. What is held are
    half the gradient, Hx - c, and x, both over a common scale that carries the shrinking of each step, so that a step
    touches one row of H - c and one weight.
    """

    def anew(x: Floats) -> tuple[Floats, float, float]:
        gradient = H @ x - c
        return gradient, float(x @ gradient), float(c @ x)

    rows, corner, level = list(H - c), H.diagonal().tolist(), c.tolist()
    gradient, along, linear = anew(start)
    weights, scale = start.tolist(), 1.0
    change = np.empty_like(c)
    for step in range(most):
        if step and step % _FRESH == 0:
            here = scale * np.array(weights)
            weights, scale = here.tolist(), 1.0
            gradient, along, linear = anew(here)
        i = int(gradient.argmin())
        least = scale * float(gradient[i])
        slope = along - least
        bend = corner[i] - 2 * (least + level[i]) + along + linear
        length = min(slope / bend, 1.0) if slope > 0 and bend > 0 else 0.0
        left = 1.0 - length
        along = left * left * along + length * (
            left * (2 * least + level[i] - linear) + length * (corner[i] - level[i])
        )
        linear = left * linear + length * level[i]
        if scale * left < _LEAST_SCALE:
            gradient *= scale * left
            weights = [scale * left * weight for weight in weights]
            scale = 1.0
        else:
            scale *= left
        np.multiply(rows[i], length / scale, out=change)
        gradient += change
        weights[i] += length / scale
        if step > 0 and length * (2 * slope - length * bend) < enough:
            break
    return scale * np.array(weights)
