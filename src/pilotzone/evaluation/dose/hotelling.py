"""Tests that several estimates are all zero, by an estimated covariance: Hotelling's T-squared.

How well a covariance of several sums is known is told by one number, matched to the variances of all its entries, as
if it were a Wishart matrix (Pustejovsky and Tipton 2018, "Small-sample methods for cluster-robust variance estimation
and hypothesis testing in fixed effects models", Journal of Business & Economic Statistics 36, 672-683). The number
stands for all sums alike. Where one of them depends on a single unit, as the end of a curve does with one very large
dose, the test rejects too often, so that curves are tested at doses inside (docs/explanation/doses.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import Brief
from pilotzone.evaluation.dose.spread import MANY, entries_vary
from pilotzone.evaluation.many import hotelling_p

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pilotzone.evaluation.dose.fit import DoseFit
    from pilotzone.evaluation.dose.spread import Spread

    Floats = NDArray[np.float64]

__all__ = ["JointTest", "curve_degrees", "curve_test", "joint_test"]

_NOTHING = 1e-10


@dataclass(frozen=True)
class JointTest(Brief):
    """A test that several estimates are all zero.

    Attributes
    ----------
    wald, rank
        Wald statistic and how many estimates are free to vary.
    degrees
        Degrees of freedom of the covariance; infinity where it is known.
    p
        By Hotelling's T-squared; ``None`` where there are fewer degrees of freedom than estimates.
    """

    wald: float
    rank: int
    degrees: float
    p: float | None


def joint_test(estimate: Floats, covariance: Floats, degrees: float = np.inf) -> JointTest:
    """Test that estimates, shape (Q,), are all zero, by their covariance, shape (Q, Q), which may be singular.

    Examples
    --------
    >>> found = joint_test(np.array([1.0, 2.0]), np.eye(2))
    >>> found.wald, found.rank, round(found.p, 4)
    (5.0, 2, 0.0821)
    """
    se = np.sqrt(np.clip(covariance.diagonal(), 0, None))
    scale = np.where(se > 0, se, 1.0)
    roots, vectors = np.linalg.eigh(covariance / scale[:, None] / scale)
    kept = roots > _NOTHING * roots.max(initial=0.0)  # what follows from the others
    rank = int(kept.sum())
    wald = float(((vectors[:, kept].T @ (estimate / scale)) ** 2 / roots[kept]).sum())
    p = hotelling_p(wald, rank, degrees)
    return JointTest(wald, rank, degrees, None if np.isnan(p) else p)


def curve_test(fit: DoseFit, spread: Spread, where: tuple[int, int], rows: Floats) -> JointTest:
    """Test that sums of a curve's coefficients are all zero, such as the curve at some doses.

    Parameters
    ----------
    fit, spread
        Estimates and their covariance.
    where
        Outcome, and average that has a curve.
    rows
        Weights of the coefficients, shape (R, p).
    """
    curve = fit.layout.curve(*where)
    covariance = rows @ spread.covariance[curve, curve] @ rows.T
    return joint_test(rows @ fit.estimate[curve], covariance, curve_degrees(fit, spread, where, rows))


def curve_degrees(fit: DoseFit, spread: Spread, where: tuple[int, int], rows: Floats) -> float:
    """Return the degrees of freedom of the covariance of sums of a curve's coefficients; parameters as in `curve_test`.

    Notes
    -----
    The working model has one variance in each group. What regressions add is known as `entries_vary` says, and what
    controls add as the covariance of a sample.
    """
    if spread.degrees is not None:
        return spread.degrees
    curve, a = fit.layout.curve(*where), where[1]
    regressed = {g: _scaled_loads(fit, g, where) @ rows.T for g, item in fit.regressions.items() if item.share[a] > 0}
    parts = {
        g: regressed[g].T @ regressed[g] if g in regressed else rows @ part[curve, curve] @ rows.T
        for g, part in spread.parts.items()
    }
    roots, vectors = np.linalg.eigh(np.sum(list(parts.values()), axis=0))
    kept = roots > _NOTHING * roots.max(initial=0.0)
    whiten = vectors[:, kept] / np.sqrt(roots[kept])
    varies = 0.0
    for g, part in parts.items():
        size = len(fit.groups[g].units)
        if g in regressed and size <= MANY:
            varies += entries_vary(fit.regressions[g], regressed[g] @ whiten)
        else:
            scaled = whiten.T @ part @ whiten
            freedom = max(size - (fit.layout.terms if g in regressed else 1), 1)
            varies += float(np.trace(scaled) ** 2 + (scaled * scaled).sum()) / freedom
    count = int(kept.sum())
    return count * (count + 1) / varies if varies > 0 else float("inf")


def _scaled_loads(fit: DoseFit, g: int, where: tuple[int, int]) -> Floats:
    """Return what a residual of one standard deviation adds to each coefficient of an average's curve, shape (m, p)."""
    item = fit.regressions[g]
    changes = fit.changes(g, *where)
    rest = changes - item.orthonormal @ (item.orthonormal.T @ changes)
    variance = float(rest @ rest) / max(len(rest) - item.orthonormal.shape[1], 1)
    return np.asarray(np.sqrt(variance) * item.share[where[1]] * item.loads, dtype=np.float64)
