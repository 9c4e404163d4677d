"""The verdict as lines for a terminal."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import Any

import pytest
from tests.unit.report.factory import GROWTH, SMOKE, make_findings

from pilotzone.core import Outcome
from pilotzone.judgement import ConfidenceSet, Interval, OutcomeTest
from pilotzone.report import Limit
from pilotzone.study.zone.findings import Findings
from pilotzone.study.zone.terminal import verdict_lines


def text_of(findings: Findings, width: int = 1000) -> list[str]:
    return [line.text for line in verdict_lines(findings, width)]


def with_bound(findings: Findings, position: int, margin: float | None) -> Findings:
    verdict = findings.main.verdict
    tests = list(verdict.tests)
    tests[position] = replace(tests[position], smallest_excluded_margin=margin)
    return replace(findings, main=replace(findings.main, verdict=replace(verdict, tests=tuple(tests))))


@pytest.mark.parametrize(
    ("position", "margin", "words"),
    [
        (0, 7.25, "  Harm would be excluded from a margin of 7.3 %."),
        (0, -3.0, "  Harm is excluded at any margin; so is a rise below 3.0 %."),
        (1, -3.0, "  Harm is excluded at any margin; so is a fall below 3.0 %."),
        (0, -0.004, "  Harm is excluded at any margin, however small."),
        (0, 0.004, "  Harm would be excluded at almost any margin."),
        (1, None, "  Harm would not be excluded at any margin, however large."),
    ],
)
def test_how_far_harm_is_excluded_is_said_in_words(position: int, margin: float | None, words: str) -> None:
    assert f"{words} Diagnostics passed: 3 of 3." in text_of(with_bound(make_findings(), position, margin))


def test_p_values_are_in_the_words_of_each_outcomes_harm() -> None:
    found = make_findings()
    lines = text_of(found)
    for test, harm in zip(found.main.verdict.tests, ("fall", "rise"), strict=True):
        excluded, shown = f"{test.p_harm_excluded:.3f}", f"{test.p_harm_shown:.3f}"
        told = f"  p: gain {test.p_improved:.3f}; {harm} of more than 5 % ruled out {excluded}, shown {shown}"
        assert told in lines


def with_p(test: OutcomeTest, *p: float) -> OutcomeTest:
    """Return a test with p of a gain, of harm excluded and of harm shown."""
    parts = zip((test.gain, test.excluded, test.harm), p, strict=True)
    gain, excluded, harm = (replace(found, p=value) for found, value in parts)
    return replace(test, gain=gain, excluded=excluded, harm=harm)


def test_the_other_statistic_is_shown_where_it_disagrees() -> None:
    found = make_findings()
    verdict = found.main.verdict
    agreeing = replace(verdict, other_tests=verdict.tests)
    twin = with_p(replace(verdict.tests[0], statistic="rmspe_ratio"), 0.5, 0.6, 0.7)
    test = with_p(verdict.tests[0], 0.01, 0.6, 0.7)
    differing = replace(verdict, tests=(test, verdict.tests[1]), other_tests=(twin, verdict.tests[1]))
    words = "The gap over its RMSPE disagrees: gain 0.500; ruled out 0.600, shown 0.700"
    for item, count in ((agreeing, 0), (differing, 1)):
        lines = text_of(replace(found, main=replace(found.main, verdict=item)))
        assert sum(words in line for line in lines) == count


@pytest.mark.parametrize(
    ("changes", "told"),
    [({}, ["3", "3"]), ({"failing": (GROWTH.name,)}, ["2", "3"]), ({"unassessed": (SMOKE.name,)}, ["3", "2"])],
)
def test_diagnostics_are_counted_beside_each_outcome_and_change_nothing_else(
    changes: dict[str, Any], told: list[str]
) -> None:
    count = re.compile(r" Diagnostics passed: (\d) of 3\.$")
    lines, others = text_of(make_findings(**changes)), text_of(make_findings())
    assert [found[1] for line in lines if (found := count.search(line))] == told
    assert [count.sub("", line) for line in lines] == [count.sub("", line) for line in others]


@pytest.mark.parametrize("outcomes", [(GROWTH,), (SMOKE,)])
def test_a_claim_of_one_role_has_one_p_and_prints_no_part_that_it_lacks(outcomes: tuple[Outcome, ...]) -> None:
    found = make_findings(outcomes=outcomes)
    (line,) = [text for text in text_of(found) if text.startswith("Claim")]
    assert line == f"Claim: p = {found.main.verdict.p_claim:.3f} (level 0.1)."
    assert not any("nan" in text or "not available" in text for text in text_of(found))


def test_what_would_decide_is_told_once() -> None:
    """The margin from which harm is excluded stands with its outcome, and is not said again."""
    found = make_findings()
    assert any("harm is excluded from a margin of" in text for text in found.main.verdict.overturn)
    lines = text_of(found)
    assert not any("harm is excluded from a margin of" in text for text in lines)
    assert any("a gain shows beyond" in text for text in lines)


def test_a_set_of_several_ranges_is_left_to_the_report() -> None:
    found = make_findings()
    test = found.main.verdict.tests[0]
    parts = (Interval(-math.inf, -0.5), Interval(-0.1, 0.2))
    sets = (ConfidenceSet(test.outcome, "excess_gap", "two-sided", 0.05, 0.95, parts),)
    lines = " ".join(text.strip() for text in text_of(replace(found, main=replace(found.main, sets=sets))))
    assert "95.0% confidence: several ranges (report)." in lines


def test_what_would_overturn_a_finding_stands_in_the_lines() -> None:
    found = make_findings()
    verdict = replace(found.main.verdict, grade="without allowance", overturn=("Gain: a drift of +1 % would.",))
    lines = text_of(replace(found, main=replace(found.main, verdict=verdict)))
    assert lines[0].endswith(": HOLDS WITHOUT ALLOWANCE ONLY")
    assert "Gain: a drift of +1 % would." in lines


def test_limits_are_few_words_where_there_are_any() -> None:
    limits = (
        Limit("Prices rose. Nobody knows how much.", "evidence", brief="nominal, no deflator"),
        Limit("Smoke says nothing about water. Nor about noise.", "study"),
    )
    last = text_of(replace(make_findings(), limits=limits))[-1]
    assert last == "What these data cannot answer: nominal, no deflator; Smoke says nothing about water."


def test_other_estimators_stand_beside_the_main_one() -> None:
    line = next(text for text in text_of(make_findings()) if text.startswith("Other estimators"))
    assert "+3.1 % (synthetic control), +3.1 % (synthetic difference-in-differences)" in line
    assert "intercept" not in line
    assert not any(text.startswith("Other est") for text in text_of(replace(make_findings(), estimators=())))


@pytest.mark.parametrize("width", [40, 80, 100, 120])
def test_lines_keep_to_the_width(width: int) -> None:
    lines = text_of(make_findings(), width)
    assert max(len(line) for line in lines) <= width
    assert " ".join(" ".join(lines).split()) == " ".join(" ".join(text_of(make_findings(), 1000)).split())


def test_anticipation_is_named_only_where_there_is_some() -> None:
    found = make_findings()
    assert any(", anticipation 2015, window" in text for text in text_of(found))
    earlier = replace(found, main=found.alternatives[0])
    assert not any("anticipation" in text for text in text_of(earlier))


@pytest.mark.parametrize(("low", "words"), [(-0.1, "-9.5 % to +22.1 %"), (-math.inf, "up to +22.1 %")])
def test_confidence_sets_stand_beside_the_bounds_of_harm_whatever_diagnostics_say(low: float, words: str) -> None:
    found = make_findings(failing=(SMOKE.name,))
    parts = (Interval(low, 0.2),)
    sets = tuple(
        ConfidenceSet(test.outcome, statistic, "two-sided", 0.05, 0.95, parts if statistic == test.statistic else ())
        for test in found.main.verdict.tests
        for statistic in ("excess_gap", "mean_gap")
    )
    lines = text_of(replace(found, main=replace(found.main, sets=sets)))
    shown = [line for line in lines if "confidence" in line]
    assert len(shown) == 2
    assert all(line.startswith("  Harm ") and f" 95.0% confidence: {words}. Diag" in line for line in shown)


@pytest.mark.parametrize(("attained", "why"), [(1.0, "too few regions to compare with"), (0.95, "none is rejected")])
def test_a_set_of_all_effects_is_no_interval(attained: float, why: str) -> None:
    found = make_findings(failing=(SMOKE.name,))
    parts = (Interval(-math.inf, math.inf),)
    sets = tuple(
        ConfidenceSet(test.outcome, test.statistic, "two-sided", 0.05, attained, parts)
        for test in found.main.verdict.tests
        if test.statistic is not None
    )
    lines = text_of(replace(found, main=replace(found.main, sets=sets)))
    told = " ".join(" ".join(lines).split())
    assert f". No confidence interval: any effect is possible ({why})." in told
    assert "% confidence" not in told
