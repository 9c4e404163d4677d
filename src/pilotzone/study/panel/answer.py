"""What a study of many units says, how strong it is, why not more, and what would change it: terminal and report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilotzone.report import Answer, and_list, bare_title, effect_text, headline, p_text
from pilotzone.study.panel.dose_told import dose_words
from pilotzone.study.runs.answer import checks_text, overturning, remedies_text
from pilotzone.study.runs.claimed import strength_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pilotzone.evaluation.many import EffectRow
    from pilotzone.judgement import Verdict
    from pilotzone.study.panel.findings import EvaluationFindings

__all__ = ["panel_answer"]

_NO_CLAIM = "No outcome has a role and a margin, so that nothing is judged."
_CLAIM = "With a role and a margin for each outcome there is a verdict."


def panel_answer(findings: EvaluationFindings) -> Answer:
    """Return the answer of a study of many units, as every kind of study gives one.

    Every part is made from the verdict and the checks, or from the effects in one number each where outcomes make no
    claim; and from what the data cannot answer.
    """
    effects, verdict = findings.effects, findings.verdict
    dosed = () if findings.dose is None else dose_words(findings.dose)
    checks = checks_text(effects.outcomes, effects.joint.identification)
    why = (checks,) if checks else ()
    remedies = remedies_text(findings.limits)
    figures = (remedies,) if remedies else ()
    if verdict is None:
        return Answer(
            "effects, no verdict",
            (*_effects_said(effects.overall), *dosed),
            _effects_strength(effects.overall, f"{effects.design.level:.0%}"),
            (*why, _NO_CLAIM),
            (_CLAIM, *figures),
        )
    return Answer(
        headline(verdict.label, verdict.grade),
        (verdict.sentence, *dosed),
        strength_text(verdict),
        (*why, *_untested(verdict)),
        (*overturning(verdict, margins=True), *figures),
    )


def _effects_said(rows: Sequence[EffectRow]) -> tuple[str, ...]:
    """Return the effect on each outcome in one number."""
    told = [(bare_title(row.outcome), effect_text(row.outcome, row.estimate)) for row in rows]
    if len(told) == 1:
        return (f"The effect on {told[0][0]} is {told[0][1]}.",)
    return (f"Effects: {and_list([f'on {title} {effect}' for title, effect in told])}.",)


def _effects_strength(rows: Sequence[EffectRow], level: str) -> str:
    """Return the p of no effect on each outcome, and how wide intervals are; empty where nothing was tested."""
    found = [(row, p) for row in rows if (p := row.p if row.p is not None else row.p_by_lot) is not None]
    if not found:
        return ""
    tested = [f"{p_text(p)} on {bare_title(row.outcome)}" for row, p in found]
    ends = [
        f"{effect_text(row.outcome, pair[0])} to {effect_text(row.outcome, pair[1])}"
        for row, _ in found
        if (pair := row.interval or row.interval_by_lot) is not None
    ]
    shown = f"; {level} {'interval' if len(ends) == 1 else 'intervals'} {and_list(ends)}" if ends else ""
    return f"p of no effect {and_list(tested)}{shown}."


def _untested(verdict: Verdict) -> list[str]:
    """Return which outcomes have no test, and why."""
    return [f"{bare_title(test.outcome)}: no test. {test.why_none}" for test in verdict.tests if test.why_none]
