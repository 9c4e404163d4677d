"""The verdict as lines for a terminal."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from tests.unit.report.factory import GROWTH, SMOKE, make_findings

from pilotzone.judge import ConfidenceSet, Interval
from pilotzone.report import Findings, Limit, verdict_lines


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
        (0, 7.25, "  Harm would be excluded from a margin of 7.2 %."),
        (0, -3.0, "  Harm is excluded at any margin, and a rise below 3.0 % too."),
        (1, -3.0, "  Harm is excluded at any margin, and a fall below 3.0 % too."),
        (1, None, "  Harm would not be excluded at any margin, however large."),
    ],
)
def test_how_far_harm_is_excluded_is_said_in_words(position: int, margin: float | None, words: str) -> None:
    assert words in text_of(with_bound(make_findings(), position, margin))


def test_bounds_of_what_is_not_identified_are_called_what_they_are() -> None:
    lines = text_of(with_bound(make_findings(failing=(GROWTH.name,)), 0, 7.25))
    assert "  By ranks alone, harm would be excluded from a margin of 7.2 %." in lines
    assert "  Not identified: Earlier dates." in lines
    assert "  Identified: all deciding checks passed." in lines  # of the other outcome


def test_the_other_statistic_is_shown_where_it_disagrees() -> None:
    found = make_findings()
    verdict = found.main.verdict
    agreeing = replace(verdict, other_tests=verdict.tests)
    twin = replace(verdict.tests[0], statistic="rmspe_ratio", p_improved=0.5, p_harm_excluded=0.6, p_harm_shown=0.7)
    test = replace(verdict.tests[0], p_improved=0.01, p_harm_excluded=0.6, p_harm_shown=0.7)
    differing = replace(verdict, tests=(test, verdict.tests[1]), other_tests=(twin, verdict.tests[1]))
    words = "Not so by the gap over its RMSPE: improved 0.500; excluded 0.600, shown 0.700"
    for item, count in ((agreeing, 0), (differing, 1)):
        lines = text_of(replace(found, main=replace(found.main, verdict=item)))
        assert sum(words in line for line in lines) == count


def test_checks_that_cannot_be_assessed_are_told_from_failures() -> None:
    lines = text_of(make_findings(unassessed=(SMOKE.name,)))
    assert "  Not identified: One donor left out (cannot be assessed)." in lines


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
def test_confidence_sets_stand_beside_what_is_identified_and_nowhere_else(low: float, words: str) -> None:
    found = make_findings(failing=(SMOKE.name,))
    parts = (Interval(low, 0.2),)
    sets = tuple(
        ConfidenceSet(test.outcome, statistic, "two-sided", 0.05, 0.95, parts if statistic == test.statistic else ())
        for test in found.main.verdict.tests
        for statistic in ("mean_gap", "rmspe_ratio")
    )
    lines = text_of(replace(found, main=replace(found.main, sets=sets)))
    assert [line for line in lines if "confidence" in line] == [
        f"  Identified: all deciding checks passed. 95.0% confidence: {words}."
    ]
