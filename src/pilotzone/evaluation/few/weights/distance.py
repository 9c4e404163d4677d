"""Least distance programming (Lawson and Hanson 1974): the shortest vector that meets linear inequalities."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["least_distance"]


def least_distance(system: Floats, bound: Floats) -> Floats | None:
    """Return the shortest y with ``system @ y >= bound``, or ``None`` if none was found.

    It is the residual of a problem of non-negative least squares.

    Parameters
    ----------
    system, bound
        Shapes (m, n) and (m,).

    Examples
    --------
    >>> least_distance(np.array([[1.0, 1.0], [1.0, 0.0]]), np.array([2.0, -5.0])).round(9).tolist()
    [1.0, 1.0]
    """
    from scipy.optimize import nnls

    stacked = np.vstack([system.T, bound])
    aim = np.zeros(len(stacked))
    aim[-1] = 1.0
    try:
        multipliers, _ = nnls(stacked, aim)
    except RuntimeError:  # it ran out of steps
        return None
    rest = stacked @ multipliers - aim
    if rest[-1] == 0:
        return None
    found: Floats = -rest[:-1] / rest[-1]
    return found
