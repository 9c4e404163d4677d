"""Findings on many units as a terminal shows them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pilotzone.report import (
    Block,
    Grid,
    Line,
    Words,
    bare_title,
    effect_text,
    headline,
    number_text,
    plain,
    plain_unit,
)
from pilotzone.study.panel.allowed import departure_line
from pilotzone.study.panel.page import design_words
from pilotzone.study.panel.told import treatment_lines
from pilotzone.study.panel.varied_told import variant_lines
from pilotzone.study.runs.breaks_told import remark_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pilotzone.core import Outcome
    from pilotzone.evaluation.many import EffectRow, ManyEffects
    from pilotzone.judgement import Verdict
    from pilotzone.study.panel.findings import EvaluationFindings

__all__ = ["brief_text", "evaluation_lines"]

_REMARK = ""
"""Head of the column of remarks."""


def brief_text(found: EvaluationFindings) -> str:
    """Return the label of the verdict with its grade, or each effect with its interval."""
    told = [f"{row.outcome.name} {_effect(row)} {_interval(row)}".rstrip() for row in found.effects.overall]
    return plain("; ".join(told)) if found.verdict is None else found.verdict.headline


def evaluation_lines(findings: EvaluationFindings) -> Sequence[Block]:
    """Return effects by time since treatment, checks, what else was estimated, how, and breaks in the series."""
    effects, verdict = findings.effects, findings.verdict
    level = f"{effects.design.level:.0%}"
    found: list[Block] = []
    if verdict is None:
        found.append(Words(findings.title, bold=True))
    else:
        found.append(Words(f"{findings.title}: {headline(verdict.label, verdict.grade).upper()}", bold=True))
        found.append(Words(plain(verdict.sentence)))
        found += [Words(plain(text), hanging=True) for text in verdict.overturn]
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
    known = [item.brief or item.text.rstrip(".") for item in findings.limits] if told else []
    if known:
        found += [Words(), Words(plain(f"What these data cannot answer: {'; '.join(known)}."), hanging=True)]
    label = str if findings.treatment is None else findings.treatment.policy.label
    found += [Words(line, hanging=True) for line in remark_lines(findings.breaks, label)]
    if verdict is None:
        found.append(Words("No verdict: it needs an outcome with a role and a margin.", hanging=True))
    return found


def _outcome(effects: ManyEffects, outcome: Outcome, level: str, verdict: Verdict | None) -> Iterator[Block]:
    """Return the effects on one outcome, by time since treatment, how far trends may part, and diagnostics."""
    overall = next(row for row in effects.overall if row.outcome.name == outcome.name)
    rows = [row for row in effects.of("dynamic") if row.outcome.name == outcome.name]
    yield Words(plain(f"{bare_title(outcome)}: {_effect(overall)} {_interval(overall)}"), bold=True)
    if unit := _unit(outcome):
        yield Words(plain(f"Figures of the table in {unit}."))
    heads, cells = _effect_table(rows, level)
    figures = [head for head in heads if head != _REMARK]
    yield Grid(heads, cells, right=figures, whole=figures, remark=_REMARK)
    if told := departure_line(effects.joint, outcome, verdict):
        yield Words(plain(told), hanging=True)
    state = next(item for item in effects.joint.identification if item.outcome == outcome.name)
    for check in state.checks:
        yield Words(plain(f"{check.label}: {check.state}. {check.statement}"), hanging=True)
    yield Words()


def _effect_table(rows: list[EffectRow], level: str) -> tuple[list[str], list[list[str]]]:
    """Return heads and cells; where nothing has a standard error, without empty columns for intervals and bands."""
    columns = {
        "since treatment": [str(row.at) for row in rows],
        "effect": [_figure(row, row.estimate) for row in rows],
        f"{level} interval": [_pair(row, row.interval) for row in rows],
        f"{level} band": [_pair(row, row.band) for row in rows],
        "units": [f"{row.treated_units:,}" for row in rows],
        _REMARK: [_remark(row) for row in rows],
    }
    kept = {head: cells for head, cells in columns.items() if any(cells)}
    return list(kept), [[plain(cell) for cell in row] for row in zip(*kept.values(), strict=True)]


def _effect(row: EffectRow) -> str:
    return effect_text(row.outcome, row.estimate)


def _interval(row: EffectRow) -> str:
    """Return the interval; its unit stands at the effect before it."""
    return _pair(row, row.interval)


def _pair(row: EffectRow, pair: tuple[float, float] | None) -> str:
    return "" if pair is None else f"[{_figure(row, pair[0])}, {_figure(row, pair[1])}]"


def _unit(outcome: Outcome) -> str:
    """Return the unit that the figures of a table are without: that of levels; percent stays at its figures."""
    return "" if outcome.scale == "log" else plain_unit(outcome.unit)


def _figure(row: EffectRow, value: float) -> str:
    if not _unit(row.outcome):
        return effect_text(row.outcome, value)
    return number_text(row.outcome.display(value), signed=True)


def _remark(row: EffectRow) -> str:
    return "reference" if row.reference else row.remark
