"""Matrix completion written down once more, plainly: soft-impute with levels, as in Athey and others (2021)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]

__all__ = ["Completed", "levels_of", "objective", "soft_impute"]


@dataclass(frozen=True, eq=False)
class Completed:
    """Unit and period levels, and the matrix beside them."""

    levels: Floats
    matrix: Floats

    @property
    def fitted(self) -> Floats:
        return self.levels + self.matrix


class HasParts(Protocol):
    @property
    def levels(self) -> Floats: ...

    @property
    def matrix(self) -> Floats: ...


def levels_of(values: Floats, observed: Mask) -> Floats:
    """Fit unit and period levels by least squares on observed cells."""
    units, periods = values.shape
    design = np.hstack([np.kron(np.eye(units), np.ones((periods, 1))), np.kron(np.ones((units, 1)), np.eye(periods))])
    flat = observed.ravel()
    found: Floats = (design @ np.linalg.pinv(design[flat]) @ values.ravel()[flat]).reshape(values.shape)
    return found


def soft_impute(values: Floats, observed: Mask, penalty: float, steps: int = 20_000) -> Completed:
    """Minimise the mean of squares over observed cells plus `penalty` times the sum of singular values.

    Missing cells are filled by the fit, singular values cut by penalty x cells / 2, again and again.
    """
    units, periods = values.shape
    design = np.hstack([np.kron(np.eye(units), np.ones((periods, 1))), np.kron(np.ones((units, 1)), np.eye(periods))])
    flat = observed.ravel()
    onto = design @ np.linalg.pinv(design[flat])
    matrix = np.zeros_like(values)
    levels = (onto @ values.ravel()[flat]).reshape(values.shape)
    for _ in range(steps if np.isfinite(penalty) else 0):
        filled = np.where(observed, values - levels, matrix)
        left, singular, right = np.linalg.svd(filled, full_matrices=False)
        new = (left * np.maximum(singular - penalty * observed.sum() / 2, 0.0)) @ right
        moved = np.abs(new - matrix).max()
        matrix = new
        levels = (onto @ (values - matrix).ravel()[flat]).reshape(values.shape)
        if moved <= 1e-14 * np.abs(values).max():
            break
    return Completed(levels, matrix)


def objective(values: Floats, observed: Mask, cut: float, fit: HasParts) -> float:
    """Return half of the sum of squares plus `cut` times the sum of singular values."""
    left = (values - fit.levels - fit.matrix)[observed]
    return float((left**2).sum() / 2 + cut * np.linalg.svd(fit.matrix, compute_uv=False).sum())
