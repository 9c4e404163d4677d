"""What stands beside the claim of a study on the bundled evidence: the study again, with something declared changed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import PilotZoneError
from pilotzone.judgement import holm, upper_tail
from pilotzone.study.panel.run import findings_beside
from pilotzone.study.panel.varied import Variant, VariantEffect, VariantFamily
from pilotzone.study.runs.outcome import DeclaredOutcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from pilotzone.core import JointEffects
    from pilotzone.evaluation.many import EffectRow, SmallCohorts
    from pilotzone.study.panel.declared import PanelAlternativeSpec, PanelSecondarySpec, PlaceboOutcomeSpec
    from pilotzone.study.panel.file import PanelStudy, PanelStudySpec
    from pilotzone.study.panel.findings import EvaluationFindings

__all__ = ["variants_of"]


@dataclass(frozen=True)
class _Plan:
    family: VariantFamily
    name: str
    label: str
    why: str
    spec: PanelStudySpec
    earlier: int = 0


def variants_of(
    study: PanelStudy, treated: Sequence[str], progress: Callable[[float], None] | None = None
) -> tuple[Variant, ...]:
    """Run everything that a study declares beside its claim.

    Parameters
    ----------
    study
        Study on the bundled evidence.
    treated
        Treated regions whose effects count in the main design: each is left out in turn, if the study asks for that.
    progress
        Called with the share that is done.
    """
    plans = list(_plans(study.spec, treated))
    found = []
    for done, plan in enumerate(plans):
        if progress is not None:
            progress(done / len(plans))
        found.append(_run(study, plan))
    return _with_holm(found)


def _plans(spec: PanelStudySpec, treated: Sequence[str]) -> Iterator[_Plan]:
    for second in spec.secondary:
        family: VariantFamily = "mechanism" if second.mechanism else "secondary"
        yield _Plan(family, second.name, second.label, second.why_margin, _on_outcome(spec, second))
    for item in spec.alternatives:
        yield _Plan("alternative", item.name, item.label or item.name, item.why, _changed(spec, item))
    if spec.without_each:
        for region in treated:
            changed = _without(spec, {region: "left out to see whether it matters"})
            yield _Plan("one out", region, f"without {region}", "", changed)
    for placebo in spec.placebo_outcomes:
        yield _Plan("placebo outcome", placebo.name, placebo.label, placebo.why, _on_outcome(spec, placebo))
    for date in spec.placebo_dates:
        label = f"dated {date.earlier} years earlier"
        yield _Plan(
            "placebo date", f"earlier_{date.earlier}", label, date.why, _earlier(spec, date.earlier), date.earlier
        )


def _on_outcome(spec: PanelStudySpec, other: PanelSecondarySpec | PlaceboOutcomeSpec) -> PanelStudySpec:
    """Return the study with one other outcome, without a role, in years and regions of its own."""
    outcome = DeclaredOutcome(
        name=other.name, good=other.good, margin=other.margin, label=other.label, why_margin=other.why_margin
    )
    own = {} if other.periods is None else {"periods": other.periods}
    changed = _without(spec, other.drop)
    panel = changed.panel.model_copy(update=own)
    return changed.model_copy(update={"panel": panel, "outcomes": (outcome,), "method": _alone(spec)})


def _alone(spec: PanelStudySpec) -> object:
    return spec.method.model_copy(update={"beside": False, "honest": False})


def _without(spec: PanelStudySpec, regions: dict[str, str]) -> PanelStudySpec:
    panel = spec.panel.model_copy(update={"drop": {**spec.panel.drop, **regions}})
    return spec.model_copy(update={"panel": panel})


def _changed(spec: PanelStudySpec, item: PanelAlternativeSpec) -> PanelStudySpec:
    """Return the study as an alternative has it."""
    kept = {region: why for region, why in spec.panel.drop.items() if region not in item.back}
    back = spec.model_copy(update={"panel": spec.panel.model_copy(update={"drop": kept})})
    less = _without(back, item.drop)
    rule = None if spec.treatment is None else spec.treatment.model_copy(update=item.rule)
    outcomes = tuple(one.model_copy(update={"name": item.swap.get(one.name, one.name)}) for one in spec.outcomes)
    parts = {
        "panel": less.panel.model_copy(update=item.panel),
        "treatment": rule,
        "method": _alone(spec.model_copy(update={"method": spec.method.model_copy(update=item.method)})),
        "outcomes": outcomes,
    }
    return less.model_copy(update=parts)


def _earlier(spec: PanelStudySpec, years: int) -> PanelStudySpec:
    """Return the study with its last cohort that counts so many years earlier."""
    last = spec.method.last_cohort
    method = spec.method.model_copy(update={"last_cohort": None if last is None else last - years})
    return spec.model_copy(update={"method": method})


def _run(study: PanelStudy, plan: _Plan) -> Variant:
    made = Variant(plan.family, plan.name, plan.label, plan.why)
    try:
        found = findings_beside(replace(study, spec=plan.spec), plan.earlier)
    except PilotZoneError as error:
        return replace(made, failure=" ".join(error.what.split()))
    effects = tuple(_effect(found, row) for row in found.effects.overall)
    told = "" if found.verdict is None else found.verdict.headline
    answer = None if found.verdict is None else found.verdict.label
    return replace(made, label=plan.label or effects[0].outcome.title, effects=effects, headline=told, answer=answer)


def _effect(found: EvaluationFindings, row: EffectRow) -> VariantEffect:
    """Return the effect on one outcome with the test that a verdict would rest on."""
    effects, outcome = found.effects, row.outcome
    cells = [
        cell for cell in effects.effects.cells
        if cell.outcome == outcome.name and effects.effects.comparison.counts(cell)
    ]  # fmt: skip
    label = effects.facts.label
    window = label(min(cell.period for cell in cells)), label(max(cell.period for cell in cells))
    small = next((item for item in effects.small if item.outcome.name == outcome.name), None)
    tested = _by_influence(found.effects.joint, row) if small is None else _by_small(small)
    return VariantEffect(outcome, row.estimate, *tested[:4], row.treated_units, row.control_units, window, tested[4])


_Tested = tuple["tuple[float, float] | None", "float | None", "float | None", "float | None", str]


def _by_influence(joint: JointEffects, row: EffectRow) -> _Tested:
    """Return tests by a standard error, one-sided ones as a verdict has them."""
    covariance, outcome = joint.covariance, row.outcome
    if row.p is None or row.se is None or covariance is None:
        return None, None, None, None, row.refused or "none"
    se = float(covariance.se[joint.outcomes.index(outcome)])

    def beyond(null: float) -> float:
        return upper_tail(outcome.sign * (row.estimate - null) / se, covariance.degrees)

    excluded = None if outcome.margin is None else beyond(outcome.harm_boundary)
    return row.interval, row.p, beyond(0.0), excluded, "influence"


def _by_small(small: SmallCohorts) -> _Tested:
    name, test = small.chosen
    return test.interval(small.level), test.p(), small.p_improved(test), small.p_harm_excluded(test), name


def _with_holm(found: Sequence[Variant]) -> tuple[Variant, ...]:
    """Return the variants, secondary outcomes with p-values adjusted for their number: of no effect, and of harm."""
    at = [k for k, item in enumerate(found) if item.family == "secondary" and item.effects]
    none = _adjusted({k: found[k].effects[0].p for k in at})
    harm = _adjusted({k: found[k].effects[0].p_harm_excluded for k in at})
    done = list(found)
    for k in at:
        effect = replace(found[k].effects[0], p_holm=none.get(k), p_harm_excluded_holm=harm.get(k))
        done[k] = replace(found[k], effects=(effect,))
    return tuple(done)


def _adjusted(values: Mapping[int, float | None]) -> dict[int, float]:
    """Return those p-values that there are, adjusted for their number after Holm."""
    there = {k: p for k, p in values.items() if p is not None}
    if not there:
        return {}
    return dict(zip(there, holm(np.array(list(there.values()))).tolist(), strict=True))
