"""Findings on many units as a terminal shows them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pilotzone.report import Block, Line, LineWriter, Words, answer_lines, bare_title, effect_text, plain, plain_unit
from pilotzone.study.panel.allowed import departure_line
from pilotzone.study.panel.answer import panel_answer
from pilotzone.study.panel.dose_told import dose_lines
from pilotzone.study.panel.effecttables import averages_grid, scale_note, small_note, times_grid
from pilotzone.study.panel.page import design_line, design_words
from pilotzone.study.panel.told import treatment_lines
from pilotzone.study.panel.varied_told import beside_text, variant_lines
from pilotzone.study.runs.breaks_told import remark_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pilotzone.core import Outcome
    from pilotzone.evaluation.many import EffectRow, ManyEffects
    from pilotzone.judgement import Verdict
    from pilotzone.study.panel.findings import EvaluationFindings

__all__ = ["brief_text", "evaluation_lines"]

_MOST_LIMITS = 5
"""Limits of the data that a first screen names."""


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


def evaluation_lines(findings: EvaluationFindings, width: int = 80) -> Sequence[Block]:
    """Return a first screen that ends in an empty line, then effects by time since treatment and how they are found.

    Parameters
    ----------
    findings
        What was found.
    width
        Columns; less than 40 is treated as 40.
    """
    effects = findings.effects
    level = f"{effects.design.level:.0%}"
    found = [*_first(findings, width, level), Words()]
    for outcome in effects.outcomes:
        found += _outcome(effects, outcome, level, findings.verdict)
    found += variant_lines(findings)
    if findings.dose is not None:
        found.append(Words("By dose", bold=True))
        found += [Words(plain(text), hanging=True) for text in dose_lines(findings.dose)]
        found.append(Words())
    for other in findings.others:
        found += [Line("detail", plain(line)) for line in replace(other, note="").to_text().splitlines()]
        if other.note:
            found.append(Words(plain(other.note)))
        found.append(Words())
    found += [Words(plain(f"{term}: {text}."), hanging=True) for term, text in design_words(effects)]
    found += [Words(plain(text), hanging=True) for text in effects.notes]
    if findings.treatment is not None:
        found += [Words(), *treatment_lines(findings.treatment)]
    label = str if findings.treatment is None else findings.treatment.policy.label
    found += [Words(line, hanging=True) for line in remark_lines(findings.breaks, label)]
    return found


def _first(findings: EvaluationFindings, width: int, level: str) -> Sequence[Block]:
    """Return the answer, the effects in one number each, the design, what stands beside the claim, and limits."""
    effects = findings.effects
    head, foot = (LineWriter(width) for _ in range(2))
    answer_lines(head, findings.title, panel_answer(findings))
    if note := scale_note(effects.overall):
        foot.add("detail", note)
    if note := small_note(effects.overall):
        foot.add("detail", note)
    foot.add("design", design_line(effects))
    if text := beside_text(findings):
        foot.add("design", text)
    # What some figures would take away stands where it is said which figures.
    known = [item.brief or item.text.rstrip(".") for item in findings.limits if not item.remedy]
    if known:
        more = f"; {len(known) - _MOST_LIMITS} more in the report" if len(known) > _MOST_LIMITS + 1 else ""
        shown = known[:_MOST_LIMITS] if more else known
        foot.add("limit", f"What these data cannot answer: {'; '.join(shown)}{more}.")
    return [*head.lines, averages_grid(effects.overall, level), *foot.lines]


def _outcome(effects: ManyEffects, outcome: Outcome, level: str, verdict: Verdict | None) -> Iterator[Block]:
    """Return the effects on one outcome, by time since treatment, how far trends may part, and diagnostics."""
    rows = [row for row in effects.of("dynamic") if row.outcome.name == outcome.name]
    unit = "" if outcome.scale == "log" else plain_unit(outcome.unit)
    yield Words(plain(f"{bare_title(outcome)}, by time since treatment{f', {unit}' if unit else ''}"), bold=True)
    yield times_grid(rows, level)
    if note := small_note(rows):
        yield Words(plain(note), hanging=True)
    if told := departure_line(effects.joint, outcome, verdict):
        yield Words(plain(told), hanging=True)
    state = next(item for item in effects.joint.identification if item.outcome == outcome.name)
    for check in state.checks:
        yield Words(plain(f"{check.label}: {check.state}. {check.statement}"), hanging=True)
    yield Words()
