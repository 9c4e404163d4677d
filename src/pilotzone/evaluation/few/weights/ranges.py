"""The least and largest effect over all weights that fit equally well."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pilotzone.evaluation.few.weights.simplex import functional_range

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pilotzone.evaluation.few.weights.material import Material, Solved

    Mask = NDArray[np.bool_]

__all__ = ["effect_range"]


def effect_range(material: Material, solved: Solved, place: int, target: int, donors: Mask) -> tuple[float, float]:
    """Return the least and largest effect on a target over all of its optimal weights.

    On predictors: over those with any importance that predicts the validation periods as well as the chosen one.

    Parameters
    ----------
    material, solved
        What was fitted, and how it came out.
    place
        Position of the target among the targets of `solved`.
    target
        Its row in `material`.
    donors
        Its donors, shape (n,).
    """
    early, late = material.early, material.paths[:, material.window].mean(axis=1)
    if solved.on_predictors is not None:
        low, high = solved.on_predictors.value_range(place, late)
        return float(late[target]) - high, float(late[target]) - low
    if solved.time_weights is not None:
        level = early @ solved.time_weights[place]
    else:
        level = early.mean(axis=1) if solved.shifted else np.zeros(len(early))
    rise = late - level
    low, high = functional_range(solved.matched, target, donors, rise, intercept=solved.shifted)
    own = float(rise[target])
    if solved.correction is not None:
        # All optimal simplex weights lead to the same path before, and so to the same correction.
        own -= float(solved.correction[place, donors] @ rise[donors])
    return own - high, own - low
