"""Effects that were estimated elsewhere, per unit of what the campus costs: money of the account, and its size."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pilotzone.appraisal import (
    CostEffectiveness,
    DrawnCost,
    EstimatedEffect,
    cost_effectiveness,
    even_draws,
)
from pilotzone.core import StudyError, UsageError, t_quantile, unknown
from pilotzone.study.appraisal.chance import drivers_of
from pilotzone.study.runs.handed import called, outcome_beside
from pilotzone.transfer import effects_of_zones

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from pilotzone.appraisal import Venture
    from pilotzone.core import JointEffects
    from pilotzone.study.appraisal.asked import EffectivenessEntry, EstimatedEntry
    from pilotzone.study.appraisal.file import AppraisalFile

    Floats = NDArray[np.float64]

__all__ = ["effectiveness_of"]

_BILLION = 1e9
_MW = 100.0
_FEWEST = 5
"""Placebos that a standard error needs."""


def effectiveness_of(
    file: AppraisalFile, asked: EffectivenessEntry, venture: Venture, given: Mapping[str, Any]
) -> CostEffectiveness:
    """Return effects per billion of public money, per billion invested, and per 100 MW.

    Raises
    ------
    StudyError
        If the study beside has no such outcome or zone, or has too few placebos for an error.
    """
    effects = [_handed(entry, file, given) if entry.handed else _given(entry) for entry in asked.effect]
    try:
        return cost_effectiveness(
            effects, _costs(file, asked, venture), level=asked.level, basis=_basis(asked, venture)
        )
    except UsageError as error:
        raise StudyError(f"[effectiveness]: {error.what}", allowed=error.allowed, todo=error.todo) from error


def _costs(file: AppraisalFile, asked: EffectivenessEntry, venture: Venture) -> list[DrawnCost]:
    """Return what the campus takes, over the draws of its drivers; as the account has it where nothing varies."""
    scrambles, drawn = _drawn(file, venture)
    invested, public = venture.outlays(drawn)
    rate = 1.0 if asked.per_usd is None else asked.per_usd
    money = f"bn {venture.prices.currency if asked.per_usd is None else 'USD'}"
    return [
        DrawnCost("public money", money, public / rate / _BILLION, scrambles),
        DrawnCost("investment", money, invested / rate / _BILLION, scrambles),
        DrawnCost("IT capacity", f"{_MW:g} MW", np.array([venture.value("it_mw") / _MW])),
    ]


def _drawn(file: AppraisalFile, venture: Venture) -> tuple[int, Mapping[str, Floats]]:
    """Return what drivers are in all draws, and how many scrambles these are of; a single one where nothing varies."""
    if not file.driver:
        return 1, {}
    drivers = drivers_of(file, venture)
    if not drivers.varying:
        return 1, drivers.of_scores(np.zeros((1, 0)))
    taken = even_draws(drivers, file.chance.draws, file.chance.seed)
    return taken.scrambles, drivers.of_scores(taken.scores)


def _basis(asked: EffectivenessEntry, venture: Venture) -> str:
    """Return what money is counted in."""
    rate = (
        ""
        if asked.per_usd is None
        else f", {asked.per_usd:g} {venture.prices.currency} per USD ({asked.per_usd_source.rstrip('.')})"
    )
    return f"Money is at present values in {venture.first_year}, prices of {venture.prices.year}{rate}."


def _given(entry: EstimatedEntry) -> EstimatedEffect:
    """Return an effect of the file; of an interval its middle, and the error that makes it."""
    effect, se = entry.effect, entry.se
    if entry.low is not None and entry.high is not None:
        reach = float(t_quantile((1 + entry.level) / 2, entry.degrees))
        se = (entry.high - entry.low) / (2 * reach)
        effect = (entry.low + entry.high) / 2 if effect is None else effect
    assert effect is not None  # noqa: S101 - the file is refused without one
    assert se is not None  # noqa: S101 - as above
    assert entry.unit is not None  # noqa: S101 - as above
    return EstimatedEffect(entry.outcome, entry.unit, effect, se, entry.source, entry.degrees)


def _handed(entry: EstimatedEntry, file: AppraisalFile, given: Mapping[str, Any]) -> EstimatedEffect:
    """Return the effect of a zone of the study beside, or of its only one, or the mean of all.

    The standard error is the root mean square of placebo effects, as `effects_of_zones` takes it, with as many degrees
    of freedom as there are placebos of a zone.
    """
    main = given["zone"].main
    parts = {part.label or part.design.unit: part for part in main.parts}
    if entry.zone is None:
        label = next(iter(parts)) if len(parts) == 1 else f"mean of {len(parts)} zones"
        joint: JointEffects = main.joint
    else:
        codes = {part.design.unit: part for part in main.parts}
        part = parts.get(entry.zone) or codes.get(entry.zone)
        if part is None:
            raise unknown("zone", entry.zone, list(parts), error=StudyError, of="the study beside")
        label, joint = part.label or part.design.unit, part.joint
    outcome = outcome_beside(joint, entry.outcome)
    count = min(len(part.joint.draws.units) - 1 for part in main.parts)
    if count < _FEWEST:
        raise StudyError(
            f"the effect on {entry.outcome!r} of the study beside has {count} placebos.",
            allowed=f"{_FEWEST} or more: their spread is its standard error",
            todo="give effect and se",
        )
    own = effects_of_zones({label: joint}, treatment=label, horizon="as in the study beside").on(outcome.name)
    (found,) = own.effects
    source = f"{label}, {called(joint.estimator)}, study {file.beside['zone']} beside"
    unit = entry.unit or ("log points" if outcome.scale == "log" else outcome.unit or "1")
    return EstimatedEffect(outcome.name, unit, found.estimate, found.se, source, float(count))
