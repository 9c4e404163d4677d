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

from pilotzone.evaluation.few.outcome_fit import OutcomeFit, Pool
from pilotzone.evaluation.few.ranking import ALL_UNITS
from pilotzone.evaluation.few.register import ESTIMATORS
from pilotzone.evaluation.few.weights.material import Material
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
    """Fit every ranked unit by its donors on the periods of phase ``pre``.

    Parameters
    ----------
    outcome, design
        What is estimated and how.
    units, periods, phases
        m unit names, the treated one among them; T periods and where each belongs. The n that are ranked are all of
        them, unless the design says otherwise.
    paths
        Observed paths, shape (m, T); NaN allowed outside the fitted periods and the window.
    beside
        What the estimator fits on besides.

    Returns
    -------
    OutcomeFit
    """
    ranking, own = design.ranking, list(units).index(design.unit)
    rows, masks = ranking.rows(units, design.unit), ranking.masks(units, design.unit, design.pools)
    treated = int(np.flatnonzero(rows == own)[0])
    material = Material(paths, tuple(periods), tuple(phases), beside)
    solved = ESTIMATORS[design.estimator].solve(material, rows, masks[rows])
    synthetic = _weighted(solved.weights, paths) + solved.intercept[:, None]
    estimate = float((paths[own] - synthetic[treated])[material.window].mean())
    found = solved.on_predictors
    # How important predictors are may be open even where weights are unique given that.
    unique = bool(solved.unique[treated]) and found is None
    return OutcomeFit(
        outcome=outcome,
        periods=material.periods,
        phases=material.phases,
        units=tuple(units[k] for k in rows),
        treated=treated,
        actual=paths[rows],
        synthetic=synthetic,
        weights=solved.weights,
        intercept=solved.intercept,
        pre_rmspe=solved.rmspe,
        solver_gap=solved.gap,
        unique=solved.unique,
        effect_range=(estimate, estimate) if unique else effect_range(material, solved, treated, own, masks[own]),
        time_weights=solved.time_weights,
        ridge=solved.ridge,
        importance=None if found is None else found.importance,
        validation_rmspe=None if found is None else found.validation_rmspe,
        beside=beside,
        alone_rmspe=alone_rmspe(material, rows, masks[rows]),
        wider=None if ranking == ALL_UNITS else Pool(tuple(units), paths, rows, masks),
    )


def _weighted(weights: Floats, paths: Floats) -> Floats:
    """Weighted paths; NaN only where a donor with weight is missing."""
    missing = np.isnan(paths)
    mean: Floats = weights @ np.where(missing, 0.0, paths)
    mean[(weights != 0).astype(float) @ missing.astype(float) > 0] = np.nan
    return mean
