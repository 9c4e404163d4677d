"""Which way a panel goes to its effects: one pass over moments, two over units, or all units in memory."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import MethodError
from pilotzone.evaluation.many.estimators.adjusted import adjusted_effects
from pilotzone.evaluation.many.estimators.beside import Beside, beside_of, estimators_beside
from pilotzone.evaluation.many.estimators.effects import GroupTimeEffects, group_time_effects
from pilotzone.evaluation.many.estimators.register import MANY_ESTIMATORS, estimate_moments
from pilotzone.evaluation.many.moments.kernels import MomentsKernel, stacked_columns_of
from pilotzone.evaluation.many.moments.prepared import prepared, units_of
from pilotzone.evaluation.many.passes.general import general_effects
from pilotzone.evaluation.many.passes.sections import section_effects
from pilotzone.evaluation.many.space.conley import Conley, conley_effects, gridded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pilotzone.core import ManyEstimator
    from pilotzone.evaluation.many.cells.cells import Comparison
    from pilotzone.evaluation.many.cells.stacked import StackedColumns
    from pilotzone.evaluation.many.design import ManyDesign
    from pilotzone.evaluation.many.moments.moments import CohortMoments
    from pilotzone.store import Engine, PanelFacts

__all__ = ["Estimated", "estimate_panel"]


@dataclass(frozen=True, eq=False)
class Estimated:
    """Effects on many units.

    Attributes
    ----------
    effects
        As the design has them.
    before
        The same with a universal base, by which what was before treatment is judged.
    beside
        Effects by all estimators, if asked.
    """

    effects: GroupTimeEffects
    before: GroupTimeEffects
    beside: Beside | None = None


def estimate_panel(panel: Engine, design: ManyDesign, *, beside: bool = False) -> Estimated:
    """Estimate the effects on each cohort in each period.

    One pass over cohorts' moments is enough for a balanced panel of units drawn one by one; else there are two; and
    with covariates all units are taken into memory.

    Raises
    ------
    DataError
        If there is more than can be held.
    MethodError
        If the design does not go with the panel, or nothing can be estimated.
    """
    seen = prepared(panel, design.comparison.anticipation)
    facts = seen.row_facts() if design.cross_sections else seen.facts()
    units = {name: unit for name, unit in units_of(facts).items() if unit != 1}
    if units and beside:
        name = next(iter(units))
        raise MethodError(
            f"outcome '{name}' is of size {facts.largest[name]:.3g}: estimators are not laid side by side there.",
            allowed="outcomes whose squares are within the range of numbers",
            todo="state the outcome in another unit.",
        )
    found = _estimated(seen, design, beside=beside)
    effects = _with_digits(found.effects, facts, units)
    before = effects if found.before is found.effects else _with_digits(found.before, facts, units)
    return Estimated(effects, before, found.beside)


def _with_digits(effects: GroupTimeEffects, facts: PanelFacts, units: Mapping[str, float]) -> GroupTimeEffects:
    """Return effects with what their outcomes are multiples of, and how far rounding of outcomes reaches."""
    step = _DIGITS * np.finfo(np.float64).eps
    sizes = {name: size / units.get(name, 1.0) for name, size in facts.largest.items()}
    noise = [
        step * sizes.get(cell.outcome, 0.0) * (1 / cell.treated_units + 1 / max(cell.control_units, 1)) ** 0.5
        for cell in effects.cells
    ]
    return replace(effects, variation=effects.variation.with_noise(np.array(noise)), units=units)


_DIGITS = 4
"""Rounding errors that a change of an outcome is taken to have at most, of the outcome's largest value."""


def _estimated(panel: Engine, design: ManyDesign, *, beside: bool) -> Estimated:
    """Return effects of a panel as estimators see it."""
    universal = replace(design.comparison, base="universal")
    if design.conley is not None:
        return _by_distance(panel, design, design.conley, beside=beside)
    if panel.columns.covariates:
        return _adjusted(panel, design, beside=beside)
    if not design.cross_sections and panel.columns.cluster is None and panel.columns.weight is None:
        facts = panel.facts()
        if facts.balanced:
            kernel = MomentsKernel(stacked_columns_of(facts), facts.periods)
            moments = panel.carry(kernel)
            effects = estimate_moments(moments, kernel.layout, design.comparison, design.estimator)
            others = beside_of(moments, kernel.layout, design.comparison) if beside else None
            return Estimated(effects, _before(moments, kernel.layout, universal, design.estimator), others)
    if not MANY_ESTIMATORS[design.estimator].beyond_moments:
        raise MethodError(
            f"the estimator '{design.estimator}' needs cohorts' moments.",
            allowed=f"a balanced panel without weights and clusters, or the estimator {_beyond_moments()}",
        )
    general = section_effects if design.cross_sections else general_effects
    effects = general(panel, design.comparison)
    before = effects if design.comparison.base == "universal" else general(panel, universal)
    return Estimated(effects, before, estimators_beside(panel, design.comparison) if beside else None)


def _beyond_moments() -> str:
    """Return the estimators that are there for panels that cohort moments are not enough for."""
    return " or ".join(repr(name) for name, record in MANY_ESTIMATORS.items() if record.beyond_moments)


def _before(
    moments: CohortMoments, layout: StackedColumns, universal: Comparison, estimator: ManyEstimator
) -> GroupTimeEffects:
    """Return differences with a universal base, by which what was before treatment is judged.

    The other estimators need nobody who is never treated: without such units, those not treated yet stand in for them.
    """
    last = int(moments.cohorts[-1])
    ending = any(last <= periods[-1] + universal.anticipation for periods in layout.periods)
    if ending and not MANY_ESTIMATORS[estimator].follows_comparison:
        universal = replace(universal, controls="not_yet_treated")
    return group_time_effects(moments, layout, universal)


def _by_distance(panel: Engine, design: ManyDesign, conley: Conley, *, beside: bool) -> Estimated:
    """Return effects with Conley's standard errors: those of a panel with cells of a grid as clusters, taken on."""
    if beside or design.cross_sections:
        what = "other estimators beside them" if beside else "repeated cross-sections"
        raise MethodError(f"there are Conley's standard errors and {what}.", allowed="one of the two")
    view, weights = gridded(panel, conley)
    found = _estimated(view, replace(design, conley=None), beside=False)
    effects = conley_effects(found.effects, weights, conley)
    before = effects if found.before is found.effects else conley_effects(found.before, weights, conley)
    return Estimated(effects, before)


def _adjusted(panel: Engine, design: ManyDesign, *, beside: bool) -> Estimated:
    """Return effects with covariates, which not everything goes with."""
    what = None
    if not MANY_ESTIMATORS[design.estimator].beyond_moments:
        what = f"the estimator '{design.estimator}'"
    elif design.cross_sections:
        what = "repeated cross-sections"
    elif beside:
        what = "other estimators beside them"
    if what is not None:
        raise MethodError(
            f"there are covariates and {what}.",
            allowed=f"covariates with the estimator {_beyond_moments()} by itself, on a panel",
        )
    comparisons = [design.comparison]
    if design.comparison.base != "universal":
        comparisons.append(replace(design.comparison, base="universal"))
    found = adjusted_effects(panel, comparisons, design.adjustment)
    return Estimated(found[0], found[-1])
