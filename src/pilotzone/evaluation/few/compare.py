"""Estimators side by side: the same effect by each, with what its placebos say."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import Estimator, check_choice, evenly_spaced, one_thread, rank_p
from pilotzone.evaluation.few.estimate import admit, estimate_few, material_of
from pilotzone.evaluation.few.register import ESTIMATORS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from pilotzone.core import Outcome, Panel, PoolRule
    from pilotzone.evaluation.few.design import FewDesign
    from pilotzone.evaluation.few.predictors.characteristics import Predictor
    from pilotzone.evaluation.few.register import EstimatorRecord
    from pilotzone.evaluation.few.result import FewEffects
    from pilotzone.evaluation.few.several.result import SeveralEffects

    Floats = NDArray[np.float64]

__all__ = ["EstimatorRow", "compare_estimators", "estimator_rows"]

_MOST_LISTED = 500
"""Placebos that a row names: several zones have up to a million assignments."""


@dataclass(frozen=True)
class EstimatorRow:
    """The effect on one outcome by one estimator, for a side-by-side table.

    Attributes
    ----------
    effect
        Mean gap over the window, in the outcome's scale.
    placebo_sd
        Standard deviation of the donors' placebo effects around their mean, divided by their number: the square root
        of the placebo variance of Arkhangelsky and others (2021, algorithm 4) with every donor drawn once.
    p_good
        One-sided rank p of an effect in the good direction.
    pre_rmspe
        Fit before the zone; for synthetic difference-in-differences around its own level. For matrix completion the
        zone's own outcomes before are part of the fit: it is not a prediction error, and smaller by nature.
    pools
        Pool rule of the placebos behind `placebo_sd` and `p_good`.
    placebos
        Each donor's placebo effect, in the outcome's scale: (unit, mean gap).
    fit_loss, placebo_fit_loss
        How many times the RMSPE of the outcome's own weights shared ones leave, for the treated unit and as the
        placebos' median; ``None`` where weights are not shared.
    """

    outcome: str
    estimator: Estimator
    effect: float
    placebo_sd: float
    p_good: float
    pre_rmspe: float
    pools: PoolRule
    placebos: tuple[tuple[str, float], ...] = ()
    fit_loss: float | None = None
    placebo_fit_loss: float | None = None

    @property
    def losses(self) -> tuple[float, float] | None:
        """`fit_loss` and `placebo_fit_loss`, if there are any."""
        if self.fit_loss is None or self.placebo_fit_loss is None:
            return None
        return self.fit_loss, self.placebo_fit_loss


@one_thread()
def compare_estimators(
    panel: Panel,
    outcomes: Sequence[Outcome],
    design: FewDesign,
    estimators: Sequence[Estimator],
    *,
    excluded: Mapping[str, str] | None = None,
    predictors: tuple[Predictor, ...] = (),
) -> tuple[EstimatorRow, ...]:
    """Estimate the same effects by several estimators.

    Parameters
    ----------
    panel, outcomes, design, excluded
        As in `estimate_few`; the design's estimator is replaced by each in turn.
    estimators
        Names of estimators. Synthetic difference-in-differences and matrix completion run with the treated unit out
        of the placebos' pools, whatever the design's rule (see `FewDesign`).
    predictors
        What ``sc_predictors`` is fitted on; the design's if left out.

    Returns
    -------
    tuple of EstimatorRow
        One per estimator and outcome.

    Raises
    ------
    UsageError
        If an estimator is unknown; also as in `estimate_few`.
    MethodError
        As in `estimate_few`.
    """
    rows: list[EstimatorRow] = []
    for estimator in dict.fromkeys(estimators):
        check_choice(estimator, Estimator, "estimator")
        record = ESTIMATORS[estimator]
        if record.complete is not None:
            rows += _completed_rows(panel, outcomes, design, record, excluded)
            continue
        named = (predictors or design.predictors) if record.needs_predictors else ()
        variant = replace(
            design,
            estimator=estimator,
            pools=record.pools or design.pools,
            predictors=named,
            importance=design.importance if named else "validation",
        )
        rows += estimator_rows(estimate_few(panel, outcomes, variant, name=estimator, excluded=excluded))
    return tuple(rows)


def estimator_rows(effects: FewEffects | SeveralEffects) -> list[EstimatorRow]:
    """Return one row per outcome of effects that were estimated."""
    draws, estimator = effects.joint.draws, effects.parts[0].design.estimator
    rows = []
    for k, (outcome, fit) in enumerate(zip(effects.joint.outcomes, effects.parts[0].fits, strict=True)):
        gaps, rmspe = draws.mean_gap[:, k], draws.pre_rmspe[:, k]
        loss, usual = fit.fit_loss_beside or (None, None)
        row = _row(outcome, estimator, gaps, rmspe, draws.units, draws.treated, draws.pool_rule)
        rows.append(replace(row, fit_loss=loss, placebo_fit_loss=usual))
    return rows


def _completed_rows(
    panel: Panel,
    outcomes: Sequence[Outcome],
    design: FewDesign,
    record: EstimatorRecord,
    excluded: Mapping[str, str] | None,
) -> list[EstimatorRow]:
    """Return a row per outcome by an estimator without donor weights, which has no `FewEffects`."""
    pools = record.pools or design.pools
    design = design.dated(panel.frequency)
    _, units, _ = admit(panel, outcomes, design, excluded)
    ranked, masks = design.ranking.rows(units, design.unit), design.ranking.masks(units, design.unit, pools)
    named = [units[k] for k in ranked]
    rows = []
    for outcome in outcomes:
        item = material_of(panel, outcome, design, units)
        found = record.completed(item, ranked, masks[ranked])
        rows.append(_row(outcome, record.name, found.effects, found.rmspe, named, named.index(design.unit), pools))
    return rows


def _row(
    outcome: Outcome,
    estimator: Estimator,
    effects: Floats,
    rmspe: Floats,
    units: Sequence[str],
    treated: int,
    pools: PoolRule,
) -> EstimatorRow:
    gaps = outcome.sign * effects
    return EstimatorRow(
        outcome=outcome.name,
        estimator=estimator,
        effect=float(effects[treated]),
        placebo_sd=float(np.std(np.delete(gaps, treated))),
        p_good=rank_p(gaps, treated),
        pre_rmspe=float(rmspe[treated]),
        pools=pools,
        placebos=_listed(units, effects, treated),
    )


def _listed(units: Sequence[str], effects: Floats, treated: int) -> tuple[tuple[str, float], ...]:
    """Return the placebos by name; of very many evenly spaced ones by size, the least and the largest too."""
    others = [i for i in range(len(units)) if i != treated]
    if len(others) > _MOST_LISTED:
        by_size = sorted(others, key=lambda i: (float(effects[i]), i))
        others = sorted(by_size[k] for k in evenly_spaced(len(others), _MOST_LISTED))
    return tuple((units[i], float(effects[i])) for i in others)
