"""Synthetic control paths of the treated unit and of all its placebos, for one outcome.

Abadie, Diamond and Hainmueller (2010) for the weights; the intercept shift is that of Doudchenko and Imbens (2016)
and Ferman and Pinto (2021): every path is taken relative to its own pre-period mean.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pilotzone.evaluate.few.result import OutcomeFit
from pilotzone.evaluate.few.simplex import functional_range, solve_simplex_batch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from pilotzone.core import Outcome
    from pilotzone.evaluate.few.design import FewDesign, Phase

__all__ = ["donor_masks", "fit_synthetic_control"]


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


def fit_synthetic_control(
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
    shift = design.estimator == "sc_intercept"
    masks = donor_masks(len(units), treated, design.pools)
    pre = np.ascontiguousarray(paths[:, [k for k, phase in enumerate(phases) if phase == "pre"]])
    solution = solve_simplex_batch(pre, np.arange(len(units)), masks, intercept=shift)
    synthetic = _weighted(solution.weights, paths) + solution.intercepts[:, None]
    window = [k for k, phase in enumerate(phases) if phase == "window"]
    post_mean = paths[:, window].mean(axis=1)
    estimate = float(post_mean[treated] - synthetic[treated, window].mean())
    span = (estimate, estimate)
    if not solution.unique[treated]:
        # What the synthetic post-period mean can be over all optimal weights, own level shift included.
        own_shift = pre.mean(axis=1) if shift else np.zeros(len(units))
        low, high = functional_range(pre, treated, masks[treated], post_mean - own_shift, intercept=shift)
        base = float(post_mean[treated] - own_shift[treated])
        span = (base - high, base - low)
    return OutcomeFit(
        outcome=outcome,
        periods=tuple(periods),
        phases=tuple(phases),
        units=tuple(units),
        treated=treated,
        actual=paths,
        synthetic=synthetic,
        weights=solution.weights,
        intercept=solution.intercepts,
        pre_rmspe=solution.rmspe,
        solver_gap=solution.gap,
        unique=solution.unique,
        effect_range=span,
    )


def _weighted(weights: NDArray[np.float64], paths: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weighted paths; NaN only where a donor with positive weight is missing."""
    missing = np.isnan(paths)
    mean = weights @ np.where(missing, 0.0, paths)
    mean[(weights > 0).astype(float) @ missing.astype(float) > 0] = np.nan
    return mean
