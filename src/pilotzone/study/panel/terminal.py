"""Findings on many units as a terminal shows them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pilotzone.report import (
    Block,
    Line,
    Words,
    bare_title,
    effect_text,
    headline,
    plain,
    plain_unit,
)
from pilotzone.study.panel.allowed import departure_line
from pilotzone.study.panel.effecttables import averages_grid, scale_note, times_grid
from pilotzone.study.panel.page import design_words
from pilotzone.study.panel.told import answer_of, treatment_lines
from pilotzone.study.panel.varied_told import variant_lines
from pilotzone.study.runs.breaks_told import remark_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pilotzone.core import Outcome
    from pilotzone.evaluation.many import EffectRow, ManyEffects
    from pilotzone.judgement import Verdict
    from pilotzone.study.panel.findings import EvaluationFindings

__all__ = ["brief_text", "evaluation_lines"]


def brief_text(found: EvaluationFindings) -> str:
    """Return the label of the verdict with its grade, or each effect with its interval."""
    if found.verdict is not None:
        return found.verdict.headline
    told = [
        f"{row.outcome.name} {effect_text(row.outcome, row.estimate)} {_interval(row)}".rstrip()
        for row in found.effects.overall
    ]
    return plain("; ".join(told))


def _interval(row: EffectRow) -> str:
    if row.interval is None:
        return ""
    low, high = (effect_text(row.outcome, end) for end in row.interval)
    return f"[{low}, {high}]"


def evaluation_lines(findings: EvaluationFindings) -> Sequence[Block]:
    """Return effects by time since treatment, checks, what else was estimated, how, and breaks in the series."""
    effects, verdict = findings.effects, findings.verdict
    level = f"{effects.design.level:.0%}"
    found = list(_answer(findings))
    found += [Words(), averages_grid(effects.overall, level)]
    if note := scale_note(effects.outcomes):
        found.append(Words(note, hanging=True))
    found.append(Words())
    for outcome in effects.outcomes:
        found += _outcome(effects, outcome, level, verdict)
    found += variant_lines(findings)
    for other in findings.others:
        found += [Line("detail", plain(line)) for line in replace(other, note="").to_text().splitlines()]
        if other.note:
            found.append(Words(plain(other.note)))
        found.append(Words())
    found += [Words(plain(f"{term}: {text}."), hanging=True) for term, text in design_words(effects)]
    found += [Words(plain(text), hanging=True) for text in effects.notes]
    if findings.treatment is not None:
        found += [Words(), *treatment_lines(findings.treatment)]
    # Breaks that are accepted stand among the limits, and in no line of their own.
    told = findings.treatment is not None or any(item.follows == "accepted" for item in findings.breaks)
    known = [item.brief or item.text.rstrip(".") for item in findings.limits if not item.remedy] if told else []
    if known:
        found += [Words(), Words(plain(f"What these data cannot answer: {'; '.join(known)}."), hanging=True)]
    label = str if findings.treatment is None else findings.treatment.policy.label
    found += [Words(line, hanging=True) for line in remark_lines(findings.breaks, label)]
    if verdict is None:
        found.append(Words("No verdict: it needs an outcome with a role and a margin.", hanging=True))
    return found


def _answer(findings: EvaluationFindings) -> Iterator[Block]:
    """Return the verdict: what can be said, how strong it is, why not more, and what would change it."""
    verdict = findings.verdict
    if verdict is None:
        yield Words(findings.title, bold=True)
        return
    yield Words(f"{findings.title}: {headline(verdict.label, verdict.grade).upper()}", bold=True)
    yield Words(plain(verdict.sentence))
    told = answer_of(findings, verdict)
    yield Words(plain(told["claim"]), hanging=True)
    if told["why"]:
        yield Words(plain(f"Why not more: {told['why']}"), hanging=True)
    if told["changes"]:
        yield Words(plain(f"What would change this answer: {' '.join(told['changes'])}"), hanging=True)


def _outcome(effects: ManyEffects, outcome: Outcome, level: str, verdict: Verdict | None) -> Iterator[Block]:
    """Return the effects on one outcome, by time since treatment, how far trends may part, and diagnostics."""
    rows = [row for row in effects.of("dynamic") if row.outcome.name == outcome.name]
    unit = "" if outcome.scale == "log" else plain_unit(outcome.unit)
    yield Words(plain(f"{bare_title(outcome)}, by time since treatment{f', {unit}' if unit else ''}"), bold=True)
    yield times_grid(rows, level)
    if told := departure_line(effects.joint, outcome, verdict):
        yield Words(plain(told), hanging=True)
    state = next(item for item in effects.joint.identification if item.outcome == outcome.name)
    for check in state.checks:
        yield Words(plain(f"{check.label}: {check.state}. {check.statement}"), hanging=True)
    yield Words()
