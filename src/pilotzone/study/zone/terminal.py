"""The verdict as lines of plain text, for a terminal that may or may not have colours."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from pilotzone.evaluation.few import ESTIMATORS
from pilotzone.judgement import margin_sentence
from pilotzone.report import (
    Line,
    LineWriter,
    bare_title,
    bound_text,
    effect_text,
    headline,
    p_text,
    set_text,
)
from pilotzone.study.runs.breaks_told import remark_lines
from pilotzone.study.zone import curve
from pilotzone.study.zone.basis import basis_text, ranked_text
from pilotzone.study.zone.controls import control_lines
from pilotzone.study.zone.doubts import doubt_lines
from pilotzone.study.zone.wording import claim_text, diagnostics_text, fit_loss_text, tests_text
from pilotzone.study.zone.zones import (
    anticipation_text,
    donor_count,
    fitted_text,
    parts_text,
    phase_periods,
    starts_text,
    windows_text,
    zones_text,
)

if TYPE_CHECKING:
    from pilotzone.core import Statistic
    from pilotzone.judgement import ConfidenceSet, OutcomeTest, Verdict
    from pilotzone.study.zone.findings import DesignFindings, Findings

__all__ = ["verdict_lines"]


_END_OF_SENTENCE = re.compile(r"(?<=[.!?。])\s+(?=[A-Z])")
_NARROWEST = 40
_OTHER: dict[Statistic, str] = {
    "mean_gap": "The gap itself",
    "rmspe_ratio": "The gap over its RMSPE",
    "net_gap": "The gap less earlier drift",
    "excess_gap": "The gap less drift before in its direction",
}


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
    writer = LineWriter(max(width, _NARROWEST))
    main = findings.main
    verdict = main.verdict
    writer.add("label", f"{findings.title}: {headline(verdict.label, verdict.grade).upper()}")
    writer.add("sentence", verdict.sentence)
    sets = {(item.outcome.name, item.statistic): item for item in main.sets}
    twins = {twin.outcome.name: twin for twin in verdict.other_tests}
    for test in verdict.tests:
        found = sets.get((test.outcome.name, test.statistic))
        twin = twins.get(test.outcome.name)
        shown = twin if twin is not None and _disagree(test, twin, verdict.alpha) else None
        _outcome_lines(writer, test, shown, findings, found)
    for text in _not_told(verdict):
        writer.add("detail", text)
    writer.add("detail", claim_text(verdict))
    _design_lines(writer, findings)
    _estimator_lines(writer, findings)
    for other in findings.alternatives:
        _alternative_lines(writer, other)
    if findings.curve:
        writer.add("design", f"The main design varied: {_first_sentence(curve.summary(findings.curve))}.")
    limits = [limit.brief or _first_sentence(limit.text) for limit in findings.limits]
    limits = limits or [_first_sentence(text) for text in verdict.limits]
    if limits:
        writer.add("limit", f"What these data cannot answer: {'; '.join(limits)}.")
    for line in remark_lines(findings.breaks, findings.panel.label):
        writer.add("limit", line)
    for line in control_lines(findings.controls):
        writer.add("design", line)
    for line in doubt_lines(findings.doubts, findings.panel.label):
        writer.add("warning", line)
    return writer.lines


def _not_told(verdict: Verdict) -> list[str]:
    """Return what would overturn or decide, without the margins that stand with their outcomes."""
    bounds = {margin_sentence(test) for test in verdict.tests}
    return [text for text in verdict.overturn if text not in bounds]


def _first_sentence(text: str) -> str:
    return _END_OF_SENTENCE.split(text.strip(), maxsplit=1)[0].rstrip(".")


def _disagree(test: OutcomeTest, twin: OutcomeTest, alpha: float) -> bool:
    """Whether the two statistics lead to different answers on an outcome."""
    pairs = zip(_claims(test), _claims(twin), strict=True)
    return any((p <= alpha) != (q <= alpha) for p, q in pairs)


def _claims(test: OutcomeTest) -> tuple[float, float, float]:
    return test.p_improved, test.p_harm_excluded, test.p_harm_shown


def _outcome_lines(
    writer: LineWriter, test: OutcomeTest, twin: OutcomeTest | None, findings: Findings, found: ConfidenceSet | None
) -> None:
    """Write the lines of one outcome; `twin` is its test by the other statistic where the two disagree."""
    outcome, design = test.outcome, findings.main
    against = "against its synthetic path"
    if design.zones:
        against = f"against the synthetic paths, the mean of {parts_text(findings.panel, design, outcome)}"
    writer.add(
        "outcome",
        f"{bare_title(outcome)} ({outcome.role}, {outcome.good} is good): {effect_text(outcome, test.estimate)}"
        f" {against}",
    )
    if test.why_none:
        writer.add("warning", f"No test. {test.why_none}", indent="  ")
        return
    writer.add("detail", f"p: {tests_text(test)}", indent="  ")
    if twin is not None and twin.statistic is not None:
        improved, excluded, shown = map(p_text, _claims(twin))
        writer.add(
            "warning",
            f"{_OTHER[twin.statistic]} disagrees: gain {improved}; ruled out {excluded}, shown {shown}",
            indent="  ",
        )
    if text := ranked_text(design, outcome):
        writer.add("detail", text, indent="  ")
    bound = f"Harm {bound_text(outcome, test.smallest_excluded_margin)}."
    writer.add("detail", f"{bound}{_set_words(found)} {diagnostics_text(design, outcome)}".rstrip(), indent="  ")


def _set_words(found: ConfidenceSet | None) -> str:
    if found is None:
        return ""
    if len(found.intervals) > 1:
        return f" {found.attained:.1%} confidence: several ranges (report)."
    if all(math.isinf(end) for item in found.intervals for end in (item.low, item.high)) and found.intervals:
        # Nothing is rejected: a share of confidence beside it would read as certainty.
        compared = "regions to compare with" if found.statistic else "periods to compare"
        few = f"too few {compared}" if found.attained >= 1 else "none is rejected"
        return f" No confidence interval: any effect is possible ({few})."
    return f" {found.attained:.1%} confidence: {set_text(found)}."


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


def _estimator_lines(writer: LineWriter, findings: Findings) -> None:
    """Say what other estimators give, outcome by outcome."""
    main = findings.main.effects.design.estimator
    parts = []
    for outcome in findings.main.joint.outcomes:
        rows = [row for row in findings.estimators if row.outcome == outcome.name and row.estimator != main]
        words = ", ".join(f"{effect_text(outcome, row.effect)} ({ESTIMATORS[row.estimator].label})" for row in rows)
        parts += [f"{bare_title(outcome)} {words}"] if words else []
    if parts:
        writer.add("design", f"Other estimators: {'; '.join(parts)}.")
    known = {outcome.name: outcome for outcome in findings.main.effects.joint.outcomes}
    losses = [(known[row.outcome], row.losses) for row in findings.estimators if row.outcome in known]
    if text := fit_loss_text(losses):
        writer.add("design", text)


def _alternative_lines(writer: LineWriter, other: DesignFindings) -> None:
    effects = ", ".join(
        f"{bare_title(test.outcome)} {effect_text(test.outcome, test.estimate)}" for test in other.verdict.tests
    )
    writer.add(
        "design",
        f"{other.label}: {headline(other.verdict.label, other.verdict.grade).upper()}, "
        f"p = {p_text(other.verdict.p_claim)}; {effects}.",
    )
    if text := fit_loss_text((fit.outcome, fit.fit_loss_beside) for fit in other.effects.fits):
        writer.add("design", f"{other.label}: {text}")
