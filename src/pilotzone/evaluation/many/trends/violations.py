"""Event studies whose trends were not parallel, and intervals that hold where their slopes bend by little.

Rambachan and Roth (2023), "A more credible approach to parallel trends", Review of Economic Studies 90, 2555-2591. Let
d be the difference in trends between the treated and the others, zero in the reference period. It is seen before
treatment and not after it. The effect asked for is a weighted sum of coefficients, less the same sum of d. Smoothness:
the slope of d changes by at most M from one period to the next; with M zero it is a straight line. The other bound on d
stands in `magnitudes`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Ends", "EventStudy", "smooth_interval", "smooth_set"]

Ends = tuple[float, float]

_ZERO, _SHIFT, _STEPS = 1e-7, 1e-5, 4
"""What counts as zero, and the shift that differences are taken over, of the largest; how many steps of Newton."""


@dataclass(frozen=True, eq=False)
class EventStudy:
    """Coefficients of consecutive periods around a reference, which itself is left out.

    Attributes
    ----------
    estimate, covariance
        First of the periods before the reference, then of those after it, shapes (P,) and (P, P).
    before
        How many there are before it.
    weights
        Weights of those after it in the effect that is asked for, shape (P - before,).
    """

    estimate: Floats
    covariance: Floats
    before: int
    weights: Floats

    @property
    def target(self) -> Floats:
        """Weights of all coefficients in the effect that is asked for, shape (P,)."""
        found: Floats = np.concatenate([np.zeros(self.before), self.weights])
        return found

    def se(self, weights: Floats) -> float:
        """Return the standard error of a weighted sum of coefficients."""
        return float(np.sqrt(max(float(weights @ self.covariance @ weights), 0.0)))

    @property
    def steps(self) -> Floats:
        """Weights that take out d's moves from one period to the next before the reference, shape (before, P)."""
        found = np.zeros((self.before, len(self.estimate)))
        at = np.arange(self.before)
        found[at, at] = -1.0
        found[at[:-1], at[:-1] + 1] = 1.0
        return found

    @property
    def reach(self) -> float:
        """How far the effect that is asked for can be off where d moves by at most one a period after the reference."""
        return float(np.abs(np.cumsum(self.weights[::-1])).sum())


def smooth_set(study: EventStudy, size: float) -> Ends | None:
    """Return the effects that the estimates allow, as if free of error; ``None`` if d bent further before already."""
    pinned = study.estimate[: study.before]
    if (np.abs(np.diff(np.append(pinned, 0.0), 2)) > size * (1 + 1e-9)).any():
        return None
    # d goes on from the reference as it came, but for a bend there and in each period after it.
    ahead = np.arange(1, len(study.weights) + 1, dtype=np.float64)
    centre = float(study.target @ study.estimate + (study.weights @ ahead) * pinned[-1])
    bends = study.weights @ np.maximum(ahead[:, None] - np.arange(len(ahead)), 0.0)
    off = size * float(np.abs(bends).sum())
    return centre - off, centre + off


def smooth_interval(study: EventStudy, size: float, alpha: float, degrees: float | None) -> Ends:
    """Return the shortest interval of fixed length that covers the effect under smoothness.

    Parameters
    ----------
    study
        With one period or more before the reference.
    size
        The largest bend M, from zero, in the outcome's own unit.
    alpha
        One less the level.
    degrees
        Degrees of freedom of a t distribution; normal if ``None``.

    Returns
    -------
    pair
        Lower and upper end.

    Notes
    -----
    Its centre is a weighted sum of all coefficients which a straight d leaves unbiased (Rambachan and Roth 2023,
    section 4.1). With v the weights before the reference and a the double sums of v from the first period on, d biases
    that sum by at most M (|a| + |c|), absolute values summed, c being the same sums from the last period back. Half the
    length is the quantile of a normal variable with that mean, folded at zero; it is convex in a, and a is split into
    what is above zero and below it to make it smooth.
    """
    from scipy import optimize

    P = study.before
    unit = study.se(study.target)
    double = np.linalg.inv(np.maximum(np.arange(1, P + 1)[:, None] - np.arange(P), 0.0))  # v = double @ a
    ahead = np.arange(1, len(study.weights) + 1, dtype=np.float64)
    fixed = float(np.abs(study.weights @ np.maximum(ahead[:, None] - ahead, 0.0)).sum())
    slope = np.arange(-P, 0.0) @ double  # straight lines: slope @ a + weights @ ahead = 0
    straight = -float(study.weights @ ahead)
    covariance = study.covariance / unit**2
    inner = double.T @ covariance[:P, :P] @ double
    outer = double.T @ covariance[:P, P:] @ study.weights

    def length(split: Floats) -> tuple[float, Floats]:
        a = split[:P] - split[P:]
        spread = float(np.sqrt(1 + 2 * (outer @ a) + a @ inner @ a))
        off = size / unit * (fixed + split.sum())
        critical, rise = _folded(off / spread, alpha, degrees)
        by_spread = (critical - off / spread * rise) / spread * (outer + inner @ a)
        both: Floats = np.concatenate([by_spread, -by_spread])
        return float(critical * spread), both + rise * size / unit

    start = _least_variance(inner, outer, slope, straight)
    a = start
    if size > 0 and P > 1:
        lines = optimize.LinearConstraint(np.concatenate([slope, -slope])[None, :], straight, straight)
        found = optimize.minimize(
            length, np.concatenate([np.maximum(start, 0), np.maximum(-start, 0)]), jac=True, method="SLSQP",
            bounds=[(0, None)] * (2 * P), constraints=lines, options={"ftol": 1e-13, "maxiter": 1000},
        )  # fmt: skip
        a = _polished(found.x[:P] - found.x[P:], length, slope, straight)
    split = np.concatenate([np.maximum(a, 0), np.maximum(-a, 0)])
    half = unit * length(split)[0]
    centre = float(study.target @ study.estimate + double @ a @ study.estimate[:P])
    return centre - half, centre + half


def _polished(a: Floats, length: Callable[[Floats], tuple[float, Floats]], slope: Floats, straight: float) -> Floats:
    """Return the a where the length is least, to the last digits, from one close to it.

    The length hardly changes close to its least, so that a search by lengths ends some way off, and elsewhere on
    another kind of processor; that moves the centre. Here the slope of the length is brought to zero by Newton's steps,
    in those parts of a that are not zero.
    """
    free = np.abs(a) > _ZERO * np.abs(a).max()
    count, signs = int(free.sum()), np.sign(a[free])

    def whole(part: Floats) -> Floats:
        found = np.zeros(len(a))
        found[free] = part
        return found

    def rise(part: Floats) -> tuple[float, Floats]:
        full = whole(part)
        reached, by_split = length(np.concatenate([np.maximum(full, 0), np.maximum(-full, 0)]))
        along, against = by_split[: len(a)][free], by_split[len(a) :][free]
        return reached, np.where(signs > 0, along, -against)

    part = a[free]
    shift = _SHIFT * np.abs(part).max()
    for _ in range(_STEPS):
        least, here = rise(part)
        around = [(rise(part + shift * unit)[1] - rise(part - shift * unit)[1]) / (2 * shift) for unit in np.eye(count)]
        system = np.block([[np.array(around), slope[free][:, None]], [slope[free][None, :], np.zeros((1, 1))]])
        aim = np.append(-here, straight - slope[free] @ part)
        moved = part + np.linalg.lstsq(system, aim, rcond=None)[0][:count]
        if not (np.sign(moved) == signs).all() or not rise(moved)[0] <= least * (1 + _ZERO):
            break
        part = moved
    return whole(part)


def _least_variance(inner: Floats, outer: Floats, slope: Floats, straight: float) -> Floats:
    """Return the a that leaves straight lines unbiased with the least variance."""
    P = len(slope)
    system = np.block([[inner, slope[:, None]], [slope[None, :], np.zeros((1, 1))]])
    found: Floats = np.linalg.lstsq(system, np.append(-outer, straight), rcond=None)[0][:P]
    return found


def _folded(bias: float, alpha: float, degrees: float | None) -> tuple[float, float]:
    """Return how far, in standard errors, an interval must reach around a centre with a bias, and the derivative.

    With a normal deviation, its quantile folded at zero. What this is beyond the bias lies between the one-sided and
    the two-sided point; with an estimated standard error it becomes the point of the t distribution of the same
    probability, which is exact without bias and with a large one.
    """
    from scipy import optimize, special, stats

    def short(c: float) -> float:
        return float(special.ndtr(c - bias) - special.ndtr(-c - bias)) - (1 - alpha)

    c = float(optimize.brentq(short, bias, bias + 40, xtol=1e-13, rtol=1e-14))
    # Densities at both ends, over the larger of them: neither underflows.
    far = float(np.exp(-2 * c * bias))
    rise = (1 - far) / (1 + far)
    if degrees is None or np.isinf(degrees):
        return c, rise
    beyond = c - bias
    wider = float(stats.t.isf(special.ndtr(-beyond), degrees))
    return bias + wider, 1 + (rise - 1) * float(stats.norm.pdf(beyond) / stats.t.pdf(wider, degrees))
