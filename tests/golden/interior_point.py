"""Quadratic programmes over the simplex by cvxpy and Clarabel: no code in common with the package."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["nearest_weights", "shortest_weights"]

cp: Any = import_module("cvxpy")  # its types know half of its names
TIGHT = {"tol_feas": 1e-12, "tol_gap_abs": 1e-13, "tol_gap_rel": 1e-13}


def nearest_weights(points: Floats, target: Floats, *, ridge: float = 0.0, intercept: bool = False) -> Floats:
    """Minimise ||target - w'points - shift||^2 + ridge ||w||^2 over the simplex; the shift only where wanted."""
    weights = cp.Variable(len(points), nonneg=True)
    shift = cp.Variable() if intercept else 0.0
    loss = cp.sum_squares(points.T @ weights + shift - target) + ridge * cp.sum_squares(weights)
    cp.Problem(cp.Minimize(loss), [cp.sum(weights) == 1]).solve(solver=cp.CLARABEL, **TIGHT)
    found: Floats = weights.value
    return found


def shortest_weights(points: Floats, path: Floats) -> Floats:
    """Weights of least norm among those that lead to a path."""
    weights = cp.Variable(len(points), nonneg=True)
    conditions = [cp.sum(weights) == 1, (points - path).T @ weights == 0]
    cp.Problem(cp.Minimize(cp.sum_squares(weights)), conditions).solve(solver=cp.CLARABEL, **TIGHT)
    found: Floats = weights.value
    return found
