"""Synthetic paths of the treated unit and of all its placebos, for one outcome, by the design's estimator.

Abadie, Diamond and Hainmueller (2010) for the weights; the intercept shift is that of Doudchenko and Imbens (2016)
and Ferman and Pinto (2021): every path is taken relative to its own pre-period mean. Synthetic
difference-in-differences (Arkhangelsky and others 2021) shifts by a weighted mean over time instead, and
ridge-augmented synthetic control (Ben-Michael, Feller and Rothstein 2021) corrects weights for the gaps they leave.
Weights may be shared over outcomes (Sun, Ben-Michael and Feller 2025).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pilotzone.evaluation.few.register import ESTIMATORS
from pilotzone.evaluation.few.result import OutcomeFit
from pilotzone.evaluation.few.weights.material import Material, donor_masks
from pilotzone.evaluation.few.weights.ranges import effect_range
from pilotzone.evaluation.few.weights.shared import alone_rmspe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from pilotzone.core import Outcome
    from pilotzone.evaluation.few.design import FewDesign, Phase
    from pilotzone.evaluation.few.weights.material import Beside

    Floats = NDArray[np.float64]

__all__ = ["fit_paths"]


def fit_paths(
    outcome: Outcome,
    design: FewDesign,
    units: Sequence[str],
    periods: Sequence[int],
    phases: Sequence[Phase],
    paths: NDArray[np.float64],
    beside: Beside | None = None,
) -> OutcomeFit:
    """Fit every unit by the others on the periods of phase ``pre``.

    Parameters
    ----------
    outcome, design
        What is estimated and how.
    units, periods, phases
        n unit names, the treated one among them; T periods and where each belongs.
    paths
        Observed paths, shape (n, T); NaN allowed outside the fitted periods and the window.
    beside
        What the estimator fits on besides.

    Returns
    -------
    OutcomeFit
    """
    treated = list(units).index(design.unit)
    masks = donor_masks(len(units), treated, design.pools)
    material = Material(paths, tuple(periods), tuple(phases), beside)
    solved = ESTIMATORS[design.estimator].solve(material, np.arange(len(units)), masks)
    synthetic = _weighted(solved.weights, paths) + solved.intercept[:, None]
    estimate = float((paths[treated] - synthetic[treated])[material.window].mean())
    found = solved.on_predictors
    # How important predictors are may be open even where weights are unique given that.
    unique = bool(solved.unique[treated]) and found is None
    return OutcomeFit(
        outcome=outcome,
        periods=material.periods,
        phases=material.phases,
        units=tuple(units),
        treated=treated,
        actual=paths,
        synthetic=synthetic,
        weights=solved.weights,
        intercept=solved.intercept,
        pre_rmspe=solved.rmspe,
        solver_gap=solved.gap,
        unique=solved.unique,
        effect_range=(estimate, estimate)
        if unique
        else effect_range(material, solved, treated, treated, masks[treated]),
        time_weights=solved.time_weights,
        ridge=solved.ridge,
        importance=None if found is None else found.importance,
        validation_rmspe=None if found is None else found.validation_rmspe,
        beside=beside,
        alone_rmspe=alone_rmspe(material, masks),
    )


def _weighted(weights: Floats, paths: Floats) -> Floats:
    """Weighted paths; NaN only where a donor with weight is missing."""
    missing = np.isnan(paths)
    mean: Floats = weights @ np.where(missing, 0.0, paths)
    mean[(weights != 0).astype(float) @ missing.astype(float) > 0] = np.nan
    return mean
