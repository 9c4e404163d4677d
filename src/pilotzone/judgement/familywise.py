"""Several effects with a covariance tested together: for at least one, and for which."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pilotzone.judgement.normals import any_above, upper_tail

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pilotzone.core import Familywise

    Floats = NDArray[np.float64]

__all__ = ["adjusted_p", "holm"]


def adjusted_p(t_values: Floats, correlation: Floats, degrees: float | None, rule: Familywise) -> Floats:
    """Return one-sided p-values of K effects, adjusted for their being K; the smallest is that of "at least one".

    Parameters
    ----------
    t_values
        Estimates over their standard errors, large ones against the nulls, shape (K,).
    correlation
        Correlation of the estimates, shape (K, K); ``holm`` makes no use of it.
    degrees
        Degrees of freedom of t distributions; ``None`` for normal ones.
    rule
        ``holm``: the j-th smallest p times the number of effects that are not smaller (Holm 1979), valid whatever the
        correlations. ``sup-t``: in its place the probability that the largest of so many t values, with these
        correlations and no effects, is at least as large (step-down, Romano and Wolf 2005), which is never larger.

    Returns
    -------
    ndarray of shape (K,)
        Rejecting where they are at most alpha errs on any true null with a probability of at most alpha.

    Examples
    --------
    >>> adjusted_p(np.array([1.0, 2.0]), np.eye(2), None, "holm").round(4)
    array([0.1587, 0.0455])
    """
    order = np.argsort(-t_values, kind="stable")
    found = np.empty(len(t_values))
    so_far = 0.0
    for j, k in enumerate(order):
        left = order[j:]
        if rule == "holm":
            p = len(left) * upper_tail(float(t_values[k]), degrees)
        else:
            p = any_above(float(t_values[k]), correlation[np.ix_(left, left)], degrees).value
        so_far = max(so_far, min(p, 1.0))
        found[k] = so_far
    return found


def holm(p: Floats) -> Floats:
    """Return p-values adjusted for their number by Holm's rule (1979), valid whatever they depend on.

    Parameters
    ----------
    p
        One-sided p-values, shape (K,).

    Examples
    --------
    >>> holm(np.array([0.01, 0.04, 0.03]))
    array([0.03, 0.06, 0.06])
    """
    order = np.argsort(p, kind="stable")
    found = np.empty(len(p))
    found[order] = np.minimum(np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)), 1.0)
    return found
