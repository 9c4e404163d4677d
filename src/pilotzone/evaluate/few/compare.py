"""Estimators side by side: the same effect by each, with what its placebos say."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import rank_p
from pilotzone.evaluate.few.estimate import estimate_few
from pilotzone.evaluate.few.result import EstimatorRow

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pilotzone.core import Estimator, Outcome, Panel
    from pilotzone.evaluate.few.design import FewDesign
    from pilotzone.evaluate.few.result import FewEffects

__all__ = ["compare_estimators", "estimator_rows"]


def compare_estimators(
    panel: Panel,
    outcomes: Sequence[Outcome],
    design: FewDesign,
    estimators: Sequence[Estimator],
    *,
    excluded: Mapping[str, str] | None = None,
) -> tuple[EstimatorRow, ...]:
    """Estimate the same effects by several estimators.

    Parameters
    ----------
    panel, outcomes, design, excluded
        As in `estimate_few`; the design's estimator is replaced by each in turn.
    estimators
        Names of estimators. Synthetic difference-in-differences runs with the treated unit out of the placebos'
        pools, whatever the design's rule (see `FewDesign`).

    Returns
    -------
    tuple of EstimatorRow
        One per estimator and outcome.
    """
    rows: list[EstimatorRow] = []
    for estimator in dict.fromkeys(estimators):
        pools = "exclude_treated" if estimator == "sdid" else design.pools
        variant = replace(design, estimator=estimator, pools=pools)
        rows += estimator_rows(estimate_few(panel, outcomes, variant, name=estimator, excluded=excluded))
    return tuple(rows)


def estimator_rows(effects: FewEffects) -> list[EstimatorRow]:
    """Return one row per outcome of effects that were estimated."""
    draws = effects.joint.draws
    rows = []
    for k, outcome in enumerate(effects.joint.outcomes):
        gaps = outcome.sign * draws.mean_gap[:, k]
        placebos = np.delete(gaps, draws.treated)
        loss, usual = effects.fits[k].fit_loss_beside or (None, None)
        rows.append(
            EstimatorRow(
                outcome=outcome.name,
                estimator=effects.design.estimator,
                effect=float(effects.joint.estimate[k]),
                placebo_sd=float(np.std(placebos)),
                p_good=rank_p(gaps, draws.treated),
                pre_rmspe=float(draws.pre_rmspe[draws.treated, k]),
                pools=draws.pool_rule,
                placebos=tuple(
                    (unit, float(gap))
                    for i, (unit, gap) in enumerate(zip(draws.units, draws.mean_gap[:, k], strict=True))
                    if i != draws.treated
                ),
                fit_loss=loss,
                placebo_fit_loss=usual,
            )
        )
    return rows
