"""Problems of one target and its donors as three arrays: the checks that all estimators on arrays share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import MethodError, listing

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["checked_problems", "own_order"]


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
