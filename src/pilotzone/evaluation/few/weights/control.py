"""Synthetic control on one outcome's own path, with and without a level shift."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilotzone.evaluation.few.weights.material import Solved
from pilotzone.evaluation.few.weights.simplex import solve_simplex_batch

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pilotzone.evaluation.few.weights.material import Material

    Mask = NDArray[np.bool_]
    Rows = NDArray[np.intp]

__all__ = ["fit_control", "fit_shifted"]


def fit_control(material: Material, targets: Rows, masks: Mask) -> Solved:
    """Fit targets by synthetic control (Abadie, Diamond and Hainmueller 2010)."""
    return _fitted(material, targets, masks, shifted=False)


def fit_shifted(material: Material, targets: Rows, masks: Mask) -> Solved:
    """Fit targets by synthetic control on paths relative to each unit's own mean (Doudchenko and Imbens 2016)."""
    return _fitted(material, targets, masks, shifted=True)


def _fitted(material: Material, targets: Rows, masks: Mask, *, shifted: bool) -> Solved:
    early = material.early
    found = solve_simplex_batch(early, targets, masks, intercept=shifted)
    return Solved(found.weights, found.intercepts, found.rmspe, found.gap, found.unique, early, shifted)
