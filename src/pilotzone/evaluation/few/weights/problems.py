"""Problems of one target and its donors as three arrays: the checks that all estimators on arrays share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import MethodError, listing

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["checked_periods", "checked_problems", "exponent", "fit_before", "own_order"]


def checked_problems(
    paths: ArrayLike, targets: ArrayLike, donors: ArrayLike
) -> tuple[Floats, NDArray[np.intp], NDArray[np.bool_]]:
    """Return the three arrays in their types, or say what is wrong with them.

    Parameters
    ----------
    paths
        Outcomes of n units over the T periods in use, shape (n, T).
    targets
        Row of the target of each of P problems, shape (P,).
    donors
        Who may carry weight in which problem, shape (P, n), boolean.

    Returns
    -------
    tuple of arrays
        Copies; rows of `paths` that no problem uses are zero, so that they cannot upset a scale.

    Raises
    ------
    MethodError
        If shapes do not fit, a path in use is not finite, or a problem has no donor or itself as one.
    """
    outcomes: Floats = np.array(paths, dtype=np.float64)
    rows = np.asarray(targets)
    masks = np.asarray(donors)
    match outcomes.shape:
        case (units, periods) if periods > 0:
            pass
        case shape:
            raise MethodError(f"paths have shape {shape}.", allowed="units x periods, at least one period")
    if rows.ndim != 1 or rows.dtype.kind not in "iu" or ((rows < 0) | (rows >= units)).any():
        raise MethodError("targets are not rows of the paths.", allowed=f"integers 0 to {units - 1}, one per problem")
    if masks.shape != (len(rows), units) or masks.dtype != np.bool_:
        raise MethodError(
            f"donors have shape {masks.shape} and type {masks.dtype}.",
            allowed=f"booleans of shape {(len(rows), units)}",
        )
    lonely = np.flatnonzero(~masks.any(axis=1))
    if len(lonely):
        raise MethodError(f"no donors in problem {listing(lonely.tolist())}.", allowed="at least one donor per problem")
    own = np.flatnonzero(masks[np.arange(len(rows)), rows])
    if len(own):
        raise MethodError(
            f"the target is its own donor in problem {listing(own.tolist())}.", allowed="other units as donors"
        )
    used = np.zeros(units, dtype=bool)
    used[rows] = True
    used |= masks.any(axis=0)
    broken = np.flatnonzero(used & ~np.isfinite(outcomes).all(axis=1))
    if len(broken):
        raise MethodError(
            f"paths of rows {listing(broken.tolist())} hold missing or infinite values.",
            allowed="finite values in every period used",
            todo="leave these units out or use fewer periods",
        )
    outcomes[~used] = 0.0
    return outcomes, rows.astype(np.intp), masks


def own_order(paths: Floats) -> NDArray[np.intp]:
    """Order units by their paths, so that the order they come in cannot matter, not even for rounding."""
    return np.lexsort(paths.T[::-1])


def exponent(values: Floats) -> int:
    """Return the exponent of the largest value: scaling by a power of two is exact."""
    return int(np.frexp(np.abs(values).max(initial=0.0))[1])


def fit_before(
    paths: Floats, rows: NDArray[np.intp], weights: Floats, *, intercept: bool
) -> tuple[Floats, Floats, Floats]:
    """Return the synthetic paths of P targets, their intercepts and the RMSPE: shapes (P, T), (P,) and (P,).

    Parameters
    ----------
    paths
        Outcomes over the fitted periods, shape (n, T).
    rows
        Row of each target, shape (P,).
    weights
        Shape (P, n).
    intercept
        Whether the synthetic path takes on the target's mean.
    """
    fitted = weights @ paths
    intercepts = np.zeros(len(rows))
    if intercept:
        means = paths.mean(axis=1)
        intercepts = means[rows] - weights @ means
        fitted = fitted + intercepts[:, None]
    residuals = paths[rows] - fitted
    power = exponent(residuals)  # squares of very small or large figures would be lost
    return fitted, intercepts, np.ldexp(np.sqrt(np.mean(np.ldexp(residuals, -power) ** 2, axis=1)), power)


def checked_periods(shape: tuple[int, ...], before: ArrayLike, after: ArrayLike) -> tuple[list[int], list[int]]:
    """Return the columns before and after, or say what is wrong with them."""
    first, then = np.asarray(before), np.asarray(after)
    for name, mask in (("before", first), ("after", then)):
        if mask.dtype != np.bool_ or mask.shape != shape[1:] or not mask.any():
            raise MethodError(
                f"{name} has shape {mask.shape} and type {mask.dtype}.",
                allowed=f"booleans of shape {shape[1:]}, at least one of them true",
            )
    if (first & then).any():
        raise MethodError("a period is both before and after.", allowed="each period on one side or on neither")
    return np.flatnonzero(first).tolist(), np.flatnonzero(then).tolist()
