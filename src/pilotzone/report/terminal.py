"""The verdict as lines of plain text, for a terminal that may or may not have colours."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pilotzone.report.formatting import (
    ESTIMATORS,
    LABEL_WORDS,
    POOLS,
    STATISTICS,
    bare_title,
    effect_text,
    margin_text,
    p_text,
    period_text,
    phase_periods,
    plain,
    smallest_margin_text,
    window_text,
)

if TYPE_CHECKING:
    from pilotzone.evaluate.few.result import FewEffects
    from pilotzone.judge import OutcomeTest, Verdict
    from pilotzone.report.findings import DesignFindings, Findings

__all__ = ["Line", "LineKind", "verdict_lines"]

LineKind = Literal["label", "sentence", "reason", "outcome", "detail", "warning", "design", "heading", "limit"]
"""What a line is, for whoever wants to colour it; the text says the same without colour."""

_END_OF_SENTENCE = re.compile(r"(?<=[.!?。])\s+(?=[A-Z])")
_NARROWEST = 40


@dataclass(frozen=True)
class Line:
    """One line of at most the width asked for (a single longer word is not broken).

    Attributes
    ----------
    kind
        What the line is.
    text
        The line, indentation included; nothing but the line.
    """

    kind: LineKind
    text: str


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
    writer = _Writer(max(width, _NARROWEST))
    main = findings.main
    verdict, effects = main.verdict, main.effects
    writer.add("label", f"{findings.title}: {LABEL_WORDS[verdict.label].upper()}")
    writer.add("sentence", verdict.sentence)
    for test in verdict.tests:
        _outcome_lines(writer, test, effects)
    writer.add(
        "detail",
        f"Whole claim: p = {p_text(verdict.p_claim)}, the larger of development "
        f"{p_text(verdict.p_development)} and harm excluded {p_text(verdict.p_environment)}; needs "
        f"{verdict.alpha:g} or less.",
    )
    _design_lines(writer, findings, verdict)
    for other in findings.alternatives:
        _alternative_lines(writer, other)
    limits = [limit.text for limit in findings.limits] or list(verdict.limits)
    if limits:
        writer.add("heading", "These data cannot answer:")
        for text in limits:
            writer.add("limit", "- " + _END_OF_SENTENCE.split(text.strip(), maxsplit=1)[0], hanging="  ")
    return writer.lines


class _Writer:
    def __init__(self, width: int) -> None:
        self.width = width
        self.lines: list[Line] = []

    def add(self, kind: LineKind, text: str, *, indent: str = "", hanging: str | None = None) -> None:
        # Only words: text from data may hold line breaks and control characters.
        words = " ".join("".join(sign if sign.isprintable() else " " for sign in plain(text)).split())
        wrapped = textwrap.wrap(
            words,
            self.width,
            initial_indent=indent,
            subsequent_indent=indent + "  " if hanging is None else hanging,
            break_long_words=False,
            break_on_hyphens=False,
        )
        self.lines.extend(Line(kind, line) for line in wrapped)


def _outcome_lines(writer: _Writer, test: OutcomeTest, effects: FewEffects) -> None:
    outcome = test.outcome
    writer.add(
        "outcome",
        f"{bare_title(outcome)} ({outcome.role}, {outcome.good} is good): {effect_text(outcome, test.estimate)}"
        f" against its synthetic path; margin {margin_text(outcome)}",
    )
    writer.add(
        "detail",
        f"p: improved {p_text(test.p_improved)}, harm excluded {p_text(test.p_harm_excluded)}, harm shown "
        f"{p_text(test.p_harm_shown)}. Smallest margin excluded: "
        f"{smallest_margin_text(outcome, test.smallest_excluded_margin)}.",
        indent="  ",
    )
    identification = effects.joint.identification_of(outcome.name)
    if test.identification == "passed":
        writer.add("detail", "Identification: all deciding checks passed.", indent="  ")
        return
    checks = identification.not_passed()
    which = "; ".join(f"{check.label} ({check.state})" for check in checks) or "no check was run"
    state = "FAILED" if test.identification == "failed" else "CANNOT BE ASSESSED"
    writer.add("warning", f"Identification {state}: {which}.", indent="  ")


def _design_lines(writer: _Writer, findings: Findings, verdict: Verdict) -> None:
    effects = findings.main.effects
    design = effects.design
    fit = effects.fits[0]
    in_between = phase_periods(fit, "anticipation")
    before = period_text(phase_periods(fit, "pre"))
    writer.add(
        "design",
        f"Design: {findings.panel.label(design.unit)} from {design.start}; fitted on {before}; anticipation "
        f"{period_text(in_between)}; window {window_text(design)}; {verdict.unit_count - 1} donors; "
        f"{ESTIMATORS[design.estimator]}; pools {POOLS[verdict.pool_rule]}; statistic: "
        f"{STATISTICS[verdict.statistic]}; alpha {verdict.alpha:g}; smallest attainable p 1/{verdict.unit_count} = "
        f"{p_text(verdict.smallest_p)}.",
    )


def _alternative_lines(writer: _Writer, other: DesignFindings) -> None:
    effects = ", ".join(
        f"{bare_title(test.outcome)} {effect_text(test.outcome, test.estimate)} ({test.identification})"
        for test in other.verdict.tests
    )
    writer.add(
        "design",
        f"Second look, {other.label}: {LABEL_WORDS[other.verdict.label].upper()} (claim p = "
        f"{p_text(other.verdict.p_claim)}). {effects}.",
    )
