"""The verdict as lines of plain text, for a terminal that may or may not have colours."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pilotzone.core import one_line
from pilotzone.report import curve
from pilotzone.report.formatting import (
    ESTIMATORS,
    LABEL_WORDS,
    POOLS,
    STATISTICS,
    bare_title,
    bound_text,
    effect_text,
    margin_text,
    p_text,
    phase_periods,
    plain,
    set_text,
)
from pilotzone.report.wording import fit_loss_text
from pilotzone.report.zones import (
    anticipation_text,
    donor_count,
    fitted_text,
    parts_text,
    starts_text,
    windows_text,
    zones_text,
)

if TYPE_CHECKING:
    from pilotzone.core import Statistic
    from pilotzone.judge import ConfidenceSet, OutcomeTest, Verdict
    from pilotzone.report.findings import DesignFindings, Findings

__all__ = ["Line", "LineKind", "verdict_lines"]

LineKind = Literal["label", "sentence", "reason", "outcome", "detail", "warning", "design", "heading", "limit"]
"""What a line is, for whoever wants to colour it; the text says the same without colour."""

_END_OF_SENTENCE = re.compile(r"(?<=[.!?。])\s+(?=[A-Z])")
_NARROWEST = 40
_OTHER: dict[Statistic, str] = {"mean_gap": "the gap itself", "rmspe_ratio": "the gap over its RMSPE"}


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
    verdict = main.verdict
    writer.add("label", f"{findings.title}: {LABEL_WORDS[verdict.label].upper()}")
    writer.add("sentence", verdict.sentence)
    sets = {(item.outcome.name, item.statistic): item for item in main.sets}
    for test, twin in zip(verdict.tests, verdict.other_tests, strict=True):
        found = sets.get((test.outcome.name, test.statistic))
        _outcome_lines(writer, test, twin if _disagree(test, twin, verdict.alpha) else None, findings, found)
    writer.add(
        "detail",
        f"Claim: p = {p_text(verdict.p_claim)}, the larger of gain {p_text(verdict.p_development)} and harm excluded "
        f"{p_text(verdict.p_environment)}; it needs {verdict.alpha:g} or less.",
    )
    _design_lines(writer, findings, verdict)
    _estimator_lines(writer, findings)
    for other in findings.alternatives:
        _alternative_lines(writer, other)
    if findings.curve:
        writer.add("design", f"The main design varied: {_first_sentence(curve.summary(findings.curve))}.")
    limits = [limit.brief or _first_sentence(limit.text) for limit in findings.limits]
    limits = limits or [_first_sentence(text) for text in verdict.limits]
    if limits:
        writer.add("limit", f"What these data cannot answer: {'; '.join(limits)}.")
    return writer.lines


def _first_sentence(text: str) -> str:
    return _END_OF_SENTENCE.split(text.strip(), maxsplit=1)[0].rstrip(".")


class _Writer:
    def __init__(self, width: int) -> None:
        self.width = width
        self.lines: list[Line] = []

    def add(self, kind: LineKind, text: str, *, indent: str = "", hanging: str | None = None) -> None:
        # Only words: text from data may hold line breaks and control characters.
        words = " ".join(one_line(plain(text)).split())
        wrapped = textwrap.wrap(
            words,
            self.width,
            initial_indent=indent,
            subsequent_indent=indent + "  " if hanging is None else hanging,
            break_long_words=False,
            break_on_hyphens=False,
        )
        self.lines.extend(Line(kind, line) for line in wrapped)


def _disagree(test: OutcomeTest, twin: OutcomeTest, alpha: float) -> bool:
    """Whether the two statistics lead to different answers on an outcome."""
    pairs = zip(_claims(test), _claims(twin), strict=True)
    return any((p <= alpha) != (q <= alpha) for p, q in pairs)


def _claims(test: OutcomeTest) -> tuple[float, float, float]:
    return test.p_improved, test.p_harm_excluded, test.p_harm_shown


def _outcome_lines(
    writer: _Writer, test: OutcomeTest, twin: OutcomeTest | None, findings: Findings, found: ConfidenceSet | None
) -> None:
    """Write the lines of one outcome; `twin` is its test by the other statistic where the two disagree.

    Its confidence set is told only where the design identifies it: else there is no effect that it could hold.
    """
    outcome, design = test.outcome, findings.main
    against = "against its synthetic path"
    if design.zones:
        against = f"against the synthetic paths, the mean of {parts_text(findings.panel, design, outcome)}"
    writer.add(
        "outcome",
        f"{bare_title(outcome)} ({outcome.role}, {outcome.good} is good): {effect_text(outcome, test.estimate)}"
        f" {against}",
    )
    writer.add(
        "detail",
        f"p: improved {p_text(test.p_improved)}; harm beyond {margin_text(outcome)} excluded "
        f"{p_text(test.p_harm_excluded)}, shown {p_text(test.p_harm_shown)}",
        indent="  ",
    )
    if twin is not None and twin.statistic is not None:
        improved, excluded, shown = map(p_text, _claims(twin))
        writer.add(
            "warning",
            f"Not so by {_OTHER[twin.statistic]}: improved {improved}; excluded {excluded}, shown {shown}",
            indent="  ",
        )
    bound = f"harm {bound_text(outcome, test.smallest_excluded_margin)}."
    if test.identification == "passed":
        writer.add("detail", f"{bound[0].upper()}{bound[1:]}", indent="  ")
        writer.add("detail", f"Identified: all deciding checks passed.{_set_words(found)}", indent="  ")
        return
    writer.add("detail", f"By ranks alone, {bound}", indent="  ")
    checks = design.joint.identification_of(outcome.name).not_passed()
    unsure = " (cannot be assessed)"
    which = "; ".join(check.label + (unsure if check.state == "cannot be assessed" else "") for check in checks)
    writer.add("warning", f"Not identified: {which or 'no check was run'}.", indent="  ")


def _set_words(found: ConfidenceSet | None) -> str:
    return "" if found is None else f" {found.attained:.1%} confidence: {set_text(found)}."


def _design_lines(writer: _Writer, findings: Findings, verdict: Verdict) -> None:
    main, ranks = findings.main, verdict.ranks
    design = main.effects.design
    between = any(phase_periods(part.fits[0], "anticipation") for part in main.parts)
    left_out = f", anticipation {anticipation_text(findings.panel, main)}" if between else ""
    writer.add(
        "design",
        f"Design: {zones_text(findings.panel, main)} from {starts_text(main)}, {ESTIMATORS[design.estimator]}; fitted "
        f"on {fitted_text(main)}{left_out}, window {windows_text(main)}; "
        f"{donor_count(main)} donors, pools {POOLS[ranks.pool_rule]}; "
        f"{STATISTICS[ranks.statistic]}; smallest attainable p 1/{ranks.unit_count} = "
        f"{p_text(ranks.smallest_p)}.",
    )


def _estimator_lines(writer: _Writer, findings: Findings) -> None:
    """Say what other estimators give, outcome by outcome."""
    main = findings.main.effects.design.estimator
    parts = []
    for outcome in findings.main.joint.outcomes:
        rows = [row for row in findings.estimators if row.outcome == outcome.name and row.estimator != main]
        words = ", ".join(f"{effect_text(outcome, row.effect)} ({ESTIMATORS[row.estimator]})" for row in rows)
        parts += [f"{bare_title(outcome)} {words}"] if words else []
    if parts:
        writer.add("design", f"Other estimators: {'; '.join(parts)}.")
    known = {outcome.name: outcome for outcome in findings.main.effects.joint.outcomes}
    losses = [(known[row.outcome], row.losses) for row in findings.estimators if row.outcome in known]
    if text := fit_loss_text(losses):
        writer.add("design", text)


def _alternative_lines(writer: _Writer, other: DesignFindings) -> None:
    effects = ", ".join(
        f"{bare_title(test.outcome)} {effect_text(test.outcome, test.estimate)}" for test in other.verdict.tests
    )
    writer.add(
        "design",
        f"{other.label}: {LABEL_WORDS[other.verdict.label].upper()}, p = {p_text(other.verdict.p_claim)}; {effects}.",
    )
    if text := fit_loss_text((fit.outcome, fit.fit_loss_beside) for fit in other.effects.fits):
        writer.add("design", f"{other.label}: {text}")
