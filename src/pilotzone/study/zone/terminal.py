"""The verdict as lines of plain text, for a terminal that may or may not have colours."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pilotzone.evaluation.few import ESTIMATORS
from pilotzone.report import (
    Line,
    LineWriter,
    and_list,
    answer_lines,
    effect_text,
    headline,
    p_text,
)
from pilotzone.study.runs.breaks_told import remark_lines
from pilotzone.study.zone import curve
from pilotzone.study.zone.answer import left_out_text, zone_answer
from pilotzone.study.zone.basis import basis_text
from pilotzone.study.zone.controls import control_lines
from pilotzone.study.zone.doubts import doubt_lines
from pilotzone.study.zone.outcomelines import outcome_lines
from pilotzone.study.zone.wording import fit_loss_text
from pilotzone.study.zone.zones import (
    anticipation_text,
    donor_count,
    fitted_text,
    phase_periods,
    starts_text,
    windows_text,
    zones_text,
)

if TYPE_CHECKING:
    from pilotzone.study.zone.findings import DesignFindings, Findings

__all__ = ["verdict_lines"]


_END_OF_SENTENCE = re.compile(r"(?<=[.!?。])\s+(?=[A-Z])")


def verdict_lines(findings: Findings, width: int = 80) -> list[Line]:
    """Return the verdict of a study's main design in about twenty lines.

    Parameters
    ----------
    findings
        What the study found.
    width
        Columns; less than 40 is treated as 40.

    Returns
    -------
    list of Line
        The label first, then what it means, outcome by outcome, the design, other designs' verdicts, and what the
        data cannot answer.
    """
    writer = LineWriter(width)
    main = findings.main
    verdict = main.verdict
    answer_lines(writer, findings.title, zone_answer(findings))
    outcome_lines(writer, findings)
    _design_lines(writer, findings)
    _estimator_lines(writer, findings)
    for other in findings.alternatives:
        _alternative_lines(writer, other)
    if findings.curve:
        writer.add("design", f"The main design varied: {_first_sentence(curve.summary(findings.curve))}.")
    for line in control_lines(findings.controls):
        writer.add("design", line)
    # What some figures would take away stands where it is said which figures.
    limits = [limit.brief or _first_sentence(limit.text) for limit in findings.limits if not limit.remedy]
    limits = limits or [_first_sentence(text) for text in verdict.limits]
    if limits:
        writer.add("limit", f"What these data cannot answer: {'; '.join(limits)}.")
    for line in remark_lines(findings.breaks, findings.panel.label):
        writer.add("limit", line)
    for line in doubt_lines(findings.doubts, findings.panel.label):
        writer.add("warning", line)
    return writer.lines


def _first_sentence(text: str) -> str:
    return _END_OF_SENTENCE.split(text.strip(), maxsplit=1)[0].rstrip(".")


def _design_lines(writer: LineWriter, findings: Findings) -> None:
    main = findings.main
    design = main.effects.design
    between = any(phase_periods(part.fits[0], "anticipation") for part in main.parts)
    left_out = f", anticipation {anticipation_text(findings.panel, main)}" if between else ""
    writer.add(
        "design",
        f"Design: {zones_text(findings.panel, main)} from {starts_text(main)}, {ESTIMATORS[design.estimator].label}; "
        f"fitted on {fitted_text(main)}{left_out}, window {windows_text(main)}; "
        f"{donor_count(main)} donors{', ' if main.ranked is None else '; '}{basis_text(main)}.",
    )
    if text := left_out_text(main.donors):
        writer.add("design", text)
    for note in main.notes:
        writer.add("design", note)


def _estimator_lines(writer: LineWriter, findings: Findings) -> None:
    """Say what each of the other estimators gives, outcome by outcome in the order of the claim."""
    main = findings.main.effects.design.estimator
    effects: dict[str, list[str]] = {}
    for outcome in findings.main.joint.outcomes:
        for row in findings.estimators:
            if row.outcome == outcome.name and row.estimator != main:
                effects.setdefault(ESTIMATORS[row.estimator].label, []).append(effect_text(outcome, row.effect))
    if effects:
        told = [f"{label} {and_list(each)}" for label, each in effects.items()]
        writer.add("design", f"Other estimators: {'; '.join(told)}.")
    known = {outcome.name: outcome for outcome in findings.main.effects.joint.outcomes}
    losses = [(known[row.outcome], row.losses) for row in findings.estimators if row.outcome in known]
    if text := fit_loss_text(losses):
        writer.add("design", text)


def _alternative_lines(writer: LineWriter, other: DesignFindings) -> None:
    effects = and_list([effect_text(test.outcome, test.estimate) for test in other.verdict.tests])
    label = headline(other.verdict.label, other.verdict.grade).upper()
    writer.add("design", f"{other.label}: {label}, p = {p_text(other.verdict.p_claim)}; {effects}.")
    if text := fit_loss_text((fit.outcome, fit.fit_loss_beside) for fit in other.effects.fits):
        writer.add("design", f"{other.label}: {text}")
