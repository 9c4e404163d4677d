"""The outcomes of a claim as an aligned table of a terminal, and what has to be said beneath it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pilotzone.report import (
    bare_title,
    bound_number,
    bound_text,
    effect_text,
    margin_text,
    p_text,
    set_text,
)
from pilotzone.study.zone.basis import ranked_text
from pilotzone.study.zone.zones import parts_text

if TYPE_CHECKING:
    from pilotzone.judgement import ConfidenceSet, OutcomeTest
    from pilotzone.report import LineWriter
    from pilotzone.study.zone.findings import Findings

__all__ = ["outcome_lines"]


def outcome_lines(writer: LineWriter, findings: Findings) -> None:
    """Write one row per outcome of the claim: effect, interval, p, margin, and from where on harm is ruled out.

    Parameters
    ----------
    writer
        It is written to.
    findings
        What the study found.
    """
    design = findings.main
    sets = {(item.outcome.name, item.statistic): item for item in design.sets}
    tests = [(test, sets.get((test.outcome.name, test.statistic))) for test in design.verdict.tests]
    level = _level([found for _, found in tests])
    heads = ("", "effect", f"{level}interval", "p of a\ngain", "margin", "p ruled\nout", "p\nshown", "ruled out\nfrom")
    rows = [_row(test, found, named=not level) for test, found in tests if not test.why_none]
    if rows:
        kept = [k for k in range(len(heads)) if any(row[k] for row in rows)]
        writer.table("detail", [heads[k] for k in kept], [[row[k] for k in kept] for row in rows])
    for test, found in tests:
        _notes(writer, findings, test, found)


def _level(sets: list[ConfidenceSet | None]) -> str:
    """Return the level of the intervals where all have one and the same; else each says its own."""
    levels = {f"{found.attained:.1%}".replace("%", " %") for found in sets if found is not None and not _all(found)}
    return f"{levels.pop()} " if len(levels) == 1 else ""


def _all(found: ConfidenceSet) -> bool:
    """Whether nothing is rejected: a share of confidence beside it would read as certainty."""
    ends = [end for item in found.intervals for end in (item.low, item.high)]
    return len(found.intervals) == 1 and all(map(math.isinf, ends))


def _row(test: OutcomeTest, found: ConfidenceSet | None, *, named: bool) -> list[str]:
    outcome = test.outcome
    return [
        f"{bare_title(outcome)} ({outcome.role}, {outcome.good} is good)",
        effect_text(outcome, test.estimate),
        _interval(found, named=named),
        p_text(test.p_improved),
        margin_text(outcome).removeprefix("a "),
        p_text(test.p_harm_excluded),
        p_text(test.p_harm_shown),
        _bound(test),
    ]


def _interval(found: ConfidenceSet | None, *, named: bool) -> str:
    if found is None:
        return ""
    if len(found.intervals) > 1:
        return "several ranges"
    if _all(found):
        return "none"
    return f"{set_text(found)} ({found.attained:.1%})" if named else set_text(found)


def _bound(test: OutcomeTest) -> str:
    margin = test.smallest_excluded_margin
    if margin is None:
        return "no margin"
    return bound_number(test.outcome, margin) if margin > 0 else "any margin"


def _notes(writer: LineWriter, findings: Findings, test: OutcomeTest, found: ConfidenceSet | None) -> None:
    """Write what has no place in the row of an outcome."""
    design, title = findings.main, bare_title(test.outcome)
    if design.zones:
        writer.add("detail", f"{title}: the mean of {parts_text(findings.panel, design, test.outcome)}.")
    if test.why_none:
        effect = effect_text(test.outcome, test.estimate)
        writer.add("warning", f"{title}: {effect}. No test. {test.why_none}")
        return
    if found is not None and _all(found):
        writer.add("detail", f"{title}: {_no_interval(found)}")
    margin = test.smallest_excluded_margin
    if margin is not None and margin < 0:
        writer.add("detail", f"{title}: harm {bound_text(test.outcome, margin)}.")
    if text := ranked_text(design, test.outcome):
        writer.add("detail", f"{title}: {text}")


def _no_interval(found: ConfidenceSet) -> str:
    compared = "regions to compare with" if found.statistic else "periods to compare"
    few = f"too few {compared}" if found.attained >= 1 else "none is rejected"
    return f"no confidence interval, any effect is possible ({few})."
