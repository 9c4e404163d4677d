"""Running a transfer: effects pooled, candidates predicted, forecasts scored, and what would overturn it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from pilotzone.core import MethodError, StudyError
from pilotzone.report import Limit
from pilotzone.study.transfer.estimating import estimated_effects
from pilotzone.study.transfer.findings import CandidateRow, OutcomeTransfer, TransferFindings
from pilotzone.study.transfer.handing import cohort_effects, handed_effects
from pilotzone.study.transfer.material import moderator_values
from pilotzone.transfer import (
    Described,
    Priors,
    break_down,
    hierarchical,
    hold_out,
    pool_effects,
    pool_jointly,
    predict_candidates,
    rank_candidates,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pilotzone.core import Outcome
    from pilotzone.study.runs.kind import Progress
    from pilotzone.study.transfer.file import TransferFile, TransferStudy
    from pilotzone.study.transfer.material import TransferMaterial
    from pilotzone.study.transfer.places import PlaceGiven
    from pilotzone.transfer import (
        Breakdown,
        CandidateRanks,
        Forecasts,
        Hierarchical,
        JointSynthesis,
        Predictions,
        Synthesis,
        ZoneEffects,
    )

__all__ = ["STAGES", "transfer_findings"]

STAGES = ("pooling", "candidates", "forecasts")
_FEWEST_RANKED = 2


def transfer_findings(
    study: TransferStudy, material: TransferMaterial, given: Mapping[str, Any], progress: Progress
) -> TransferFindings:
    """Carry effects of zones elsewhere; return all that the report shows.

    Raises
    ------
    StudyError
        If parts of the study do not go together.
    MethodError
        If there are too few zones, or moderators that they cannot bear.
    """
    file = study.spec
    progress("pooling", None)
    effects, zones, jointly = material.effects, material.zones, material.jointly
    if file.estimate is not None:
        effects, zones, jointly = estimated_effects(file, material.outcomes)
    elif file.transfer.source == "panel":
        effects, zones, jointly = cohort_effects(file, material.outcomes, given)
    elif effects is None:
        effects, zones, jointly = handed_effects(file, material.outcomes, given)
    seen = _described(file, material, zones)
    asked = _described(file, material, material.candidates)
    made = []
    for outcome in material.outcomes:
        own = effects[outcome.name]
        head = file.transfer
        synthesis = pool_effects(own, method=head.between, alpha=head.alpha, prediction=head.prediction)
        made.append(_outcome(file, material, own, synthesis, seen, asked, progress))
    return TransferFindings(
        study.name,
        file.title,
        file.question,
        file.transfer.treatment,
        file.transfer.horizon,
        tuple(made),
        zones,
        material.candidates,
        seen,
        asked,
        material.effects is None,
        tuple(Limit(item.text, "study", item.source, item.brief, item.remedy) for item in file.limits),
        _pooled_jointly(file, jointly),
    )


def _pooled_jointly(file: TransferFile, effects: ZoneEffects | None) -> JointSynthesis | None:
    """Return mean effects on all outcomes jointly; ``None`` where it is not known how they err together.

    Raises
    ------
    StudyError
        If correlated true effects are asked for there.
    """
    structure = file.transfer.structure
    if effects is not None:
        return pool_jointly(effects, between=structure, alpha=file.transfer.alpha)
    if structure == "diagonal":
        return None
    raise StudyError(
        f"transfer.structure is {structure!r}, and effects on different outcomes are not pooled jointly.",
        allowed="two outcomes or more with the covariances of their estimates: [[covariance]] with outcomes, or effects"
        " of another study or of [estimate]",
    )


def _described(file: TransferFile, material: TransferMaterial, places: Sequence[PlaceGiven]) -> Described | None:
    if not material.moderators or not places:
        return None
    return Described(
        tuple(place.name for place in places), material.moderators, moderator_values(file.moderator, places)
    )


def _outcome(
    file: TransferFile,
    material: TransferMaterial,
    effects: ZoneEffects,
    synthesis: Synthesis,
    seen: Described | None,
    asked: Described | None,
    progress: Progress,
) -> OutcomeTransfer:
    head, outcome = file.transfer, synthesis.pooled[0].outcome
    progress("candidates", None)
    predictions = None
    if seen is not None and asked is not None:
        predictions = predict_candidates(
            effects, seen, asked, method=head.between, alpha=head.alpha, prediction=head.prediction
        )
    ranks = _ranks(file, predictions)
    progress("forecasts", None)
    forecasts, note = _forecasts(file, effects, seen)
    return OutcomeTransfer(
        outcome,
        synthesis,
        _rows(material, synthesis, predictions, ranks),
        predictions,
        ranks,
        forecasts,
        note,
        _breakdown(file, synthesis, predictions),
        _posterior(file, effects, outcome),
    )


def _ranks(file: TransferFile, predictions: Predictions | None) -> CandidateRanks | None:
    if predictions is None or len(predictions.transported) < _FEWEST_RANKED:
        return None
    return rank_candidates(predictions, draws=file.transfer.draws, seed=file.transfer.seed)


def _rows(
    material: TransferMaterial,
    synthesis: Synthesis,
    predictions: Predictions | None,
    ranks: CandidateRanks | None,
) -> tuple[CandidateRow, ...]:
    """Return a row for each candidate; without moderators each is a further zone like any other."""
    if predictions is None:
        pooled = synthesis.pooled[0]
        low, high = pooled.prediction or (None, None)
        why = "" if low is not None else "two zones give no prediction interval"
        effect = pooled.estimate if low is not None else None
        return tuple(
            CandidateRow(place.name, place.region, effect, low, high, "", why) for place in material.candidates
        )
    first = {} if ranks is None else dict(zip(ranks.places, ranks.probability[:, 0].tolist(), strict=True))
    regions = {place.name: place.region for place in material.candidates}
    rows = []
    for item in predictions.items:
        region = regions[item.place]
        ends = item.interval(synthesis.alpha)
        if item.predictive is None or ends is None:
            rows.append(CandidateRow(item.place, region, None, None, None, item.support.forbids, item.refusal))
            continue
        low, high = ends
        rows.append(CandidateRow(item.place, region, item.predictive.mean, low, high, first=first.get(item.place)))
    return tuple(rows)


def _forecasts(file: TransferFile, effects: ZoneEffects, seen: Described | None) -> tuple[Forecasts | None, str]:
    """Return forecasts with moderators; without them, or none, where zones are too few, and why."""
    head = file.transfer
    try:
        return hold_out(effects, seen, method=head.between, alpha=head.alpha, prediction=head.prediction), ""
    except MethodError as error:
        why = error.what
    if seen is None:
        return None, why
    try:
        found = hold_out(effects, None, method=head.between, alpha=head.alpha, prediction=head.prediction)
    except MethodError as error:
        return None, error.what
    return found, f"Moderators cannot be scored: {why[:1].lower()}{why[1:]}"


def _breakdown(file: TransferFile, synthesis: Synthesis, predictions: Predictions | None) -> Breakdown | None:
    if predictions is not None and predictions.transported:
        return break_down(predictions, alpha=file.transfer.alpha)
    pooled = synthesis.pooled[0]
    return None if pooled.prediction is None else break_down(pooled, alpha=file.transfer.alpha)


def _posterior(file: TransferFile, effects: ZoneEffects, outcome: Outcome) -> Hierarchical | None:
    entry = next((item for item in file.priors if item.outcome in {None, outcome.name}), None)
    if entry is None:
        return None
    spread = math.inf if entry.mean_sd is None else entry.mean_sd
    return hierarchical(effects, Priors(entry.tau_scale, entry.mean, spread), alpha=file.transfer.alpha)
