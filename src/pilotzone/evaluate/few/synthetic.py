"""Synthetic paths of the treated unit and of all its placebos, for one outcome, by the design's estimator.

Abadie, Diamond and Hainmueller (2010) for the weights; the intercept shift is that of Doudchenko and Imbens (2016)
and Ferman and Pinto (2021): every path is taken relative to its own pre-period mean. Synthetic
difference-in-differences (Arkhangelsky and others 2021) shifts by a weighted mean over time instead, and
ridge-augmented synthetic control (Ben-Michael, Feller and Rothstein 2021) corrects weights for the gaps they leave.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.evaluate.few.augmented import solve_augmented_batch
from pilotzone.evaluate.few.result import OutcomeFit
from pilotzone.evaluate.few.sdid import solve_sdid_batch
from pilotzone.evaluate.few.simplex import functional_range, solve_simplex_batch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from pilotzone.core import Outcome
    from pilotzone.evaluate.few.design import FewDesign, Phase

    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]

__all__ = ["donor_masks", "fit_paths"]


def donor_masks(count: int, treated: int, pools: str) -> NDArray[np.bool_]:
    """Return who may be a donor for whom, shape (n, n).

    Parameters
    ----------
    count
        n units, the treated one among them.
    treated
        Its index.
    pools
        ``symmetric``: everybody but the unit itself. ``exclude_treated``: never the treated unit.
    """
    masks = ~np.eye(count, dtype=bool)
    if pools == "exclude_treated":
        masks[:, treated] = False
    return masks


def fit_paths(
    outcome: Outcome,
    design: FewDesign,
    units: Sequence[str],
    periods: Sequence[int],
    phases: Sequence[Phase],
    paths: NDArray[np.float64],
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

    Returns
    -------
    OutcomeFit
    """
    treated = list(units).index(design.unit)
    masks = donor_masks(len(units), treated, design.pools)
    pre, window = (np.array([phase == name for phase in phases]) for name in ("pre", "window"))
    solved = _solved(design, paths, masks, pre, window)
    synthetic = _weighted(solved.weights, paths) + solved.intercept[:, None]
    estimate = float((paths[treated, window] - synthetic[treated, window]).mean())
    return OutcomeFit(
        outcome=outcome,
        periods=tuple(periods),
        phases=tuple(phases),
        units=tuple(units),
        treated=treated,
        actual=paths,
        synthetic=synthetic,
        weights=solved.weights,
        intercept=solved.intercept,
        pre_rmspe=solved.rmspe,
        solver_gap=solved.gap,
        unique=solved.unique,
        effect_range=_effect_range(solved, design, paths, masks[treated], treated, pre, window, estimate),
        time_weights=solved.time_weights,
        ridge=solved.ridge,
    )


@dataclass(frozen=True, eq=False)
class _Solved:
    """What the estimators leave for all n units.

    Without weights over time, each path is shifted by its mean or not. `correction` is the part of augmented weights
    that does not depend on the choice among optimal simplex weights.
    """

    weights: Floats
    intercept: Floats
    rmspe: Floats
    gap: Floats
    unique: NDArray[np.bool_]
    time_weights: Floats | None = None
    correction: Floats | None = None
    ridge: Floats | None = None


def _solved(design: FewDesign, paths: Floats, masks: Mask, pre: Mask, window: Mask) -> _Solved:
    match design.estimator:
        case "sdid":
            return _by_sdid(paths, masks, pre, window)
        case "asc":
            return _by_augmented(paths, masks, pre)
        case _:
            return _by_control(design, paths, masks, pre)


def _by_augmented(paths: Floats, masks: Mask, pre: Mask) -> _Solved:
    early = np.ascontiguousarray(paths[:, pre])
    found = solve_augmented_batch(early, np.arange(len(paths)), masks)
    return _Solved(
        found.weights,
        np.zeros(len(paths)),
        found.rmspe,
        found.simplex.gap,
        found.simplex.unique,
        correction=found.correction,
        ridge=found.ridge,
    )


def _by_control(design: FewDesign, paths: Floats, masks: Mask, pre: Mask) -> _Solved:
    early = np.ascontiguousarray(paths[:, pre])
    found = solve_simplex_batch(early, np.arange(len(paths)), masks, intercept=design.estimator == "sc_intercept")
    return _Solved(found.weights, found.intercepts, found.rmspe, found.gap, found.unique)


def _by_sdid(paths: Floats, masks: Mask, pre: Mask, window: Mask) -> _Solved:
    found = solve_sdid_batch(paths, np.arange(len(paths)), masks, before=pre, after=window)
    return _Solved(found.weights, found.shifts, found.rmspe, found.gap, found.unique, found.time_weights)


def _effect_range(
    solved: _Solved,
    design: FewDesign,
    paths: Floats,
    donors: Mask,
    treated: int,
    pre: Mask,
    window: Mask,
    estimate: float,
) -> tuple[float, float]:
    """Return the least and largest effect on the treated unit over all optimal weights."""
    if solved.unique[treated]:
        return estimate, estimate
    early, late = np.ascontiguousarray(paths[:, pre]), paths[:, window].mean(axis=1)
    if solved.time_weights is not None:
        level = early @ solved.time_weights[treated]
    else:
        level = early.mean(axis=1) if design.estimator == "sc_intercept" else np.zeros(len(paths))
    rise = late - level
    low, high = functional_range(early, treated, donors, rise, intercept=design.estimator in {"sc_intercept", "sdid"})
    own = float(rise[treated])
    if solved.correction is not None:
        # All optimal simplex weights lead to the same path before, and so to the same correction.
        own -= float(solved.correction[treated, donors] @ rise[donors])
    return own - high, own - low


def _weighted(weights: Floats, paths: Floats) -> Floats:
    """Weighted paths; NaN only where a donor with weight is missing."""
    missing = np.isnan(paths)
    mean: Floats = weights @ np.where(missing, 0.0, paths)
    mean[(weights != 0).astype(float) @ missing.astype(float) > 0] = np.nan
    return mean
