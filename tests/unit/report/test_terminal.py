"""The verdict as lines for a terminal."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest
from tests.unit.report.factory import GROWTH, SMOKE, make_findings

from pilotzone.core import Outcome
from pilotzone.evaluation.few import SeveralEffects
from pilotzone.evaluation.few.pool import DonorDecision
from pilotzone.judgement import ConfidenceSet, Interval, OutcomeTest
from pilotzone.report import Limit, bare_title, effect_text, plain
from pilotzone.study.zone.answer import change_texts
from pilotzone.study.zone.findings import Findings
from pilotzone.study.zone.terminal import verdict_lines

TITLES = tuple(bare_title(outcome) for outcome in (GROWTH, SMOKE))


def text_of(findings: Findings, width: int = 1000) -> list[str]:
    return [line.text for line in verdict_lines(findings, width)]


def with_bound(findings: Findings, position: int, margin: float | None) -> Findings:
    verdict = findings.main.verdict
    tests = list(verdict.tests)
    tests[position] = replace(tests[position], smallest_excluded_margin=margin)
    return replace(findings, main=replace(findings.main, verdict=replace(verdict, tests=tuple(tests))))


def row_of(findings: Findings, title: str) -> dict[str, str]:
    """Return the row of an outcome, by the heads of its columns."""
    lines = text_of(findings)
    at = next(k for k, line in enumerate(lines) if line.startswith(f"{title} ") and "is good" in line)
    first = next(k for k, line in enumerate(lines) if line.endswith("ruled out"))
    ends = [match.end() for match in re.finditer(r"\S+(?: \S+)*", lines[at])][1:]
    tops = [""] * len(ends)
    for line in lines[first : first + 2]:
        for match in re.finditer(r"\S+(?: \S+)*", line):
            at_end = min(range(len(ends)), key=lambda k: abs(ends[k] - match.end()))
            tops[at_end] = f"{tops[at_end]} {match[0]}".strip()
    return dict(zip(tops, re.split(r"\s{2,}", lines[at])[1:], strict=True))


@pytest.mark.parametrize(
    ("position", "margin", "cell", "note"),
    [
        (0, 7.25, "7.3 %", ""),
        (0, -3.0, "any margin", f"{TITLES[0]}: harm is excluded at any margin; so is a rise below 3.0 %."),
        (1, -3.0, "any margin", f"{TITLES[1]}: harm is excluded at any margin; so is a fall below 3.0 %."),
        (0, -0.004, "any margin", f"{TITLES[0]}: harm is excluded at any margin, however small."),
        (0, 0.004, "0.1 %", ""),
        (1, None, "no margin", ""),
    ],
)
def test_how_far_harm_is_excluded(position: int, margin: float | None, cell: str, note: str) -> None:
    found = with_bound(make_findings(), position, margin)
    title = TITLES[position]
    assert row_of(found, title)["ruled out from"] == cell
    told = [line for line in text_of(found) if line.startswith(f"{title}: harm ")]
    assert told == ([note] if note else [])


def test_each_outcome_has_a_row() -> None:
    found = make_findings()
    for test, title, harm in zip(found.main.verdict.tests, TITLES, ("fall", "rise"), strict=True):
        row = row_of(found, title)
        assert row["effect"] == plain(effect_text(test.outcome, test.estimate))
        assert row["p of a gain"] == f"{test.p_improved:.3f}"
        assert row["margin"] == f"{harm} of 5 %"
        assert row["p ruled out"] == f"{test.p_harm_excluded:.3f}"
        assert row["p shown"] == f"{test.p_harm_shown:.3f}"


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
    words = f"By the gap over RMSPE no gain in {TITLES[0]} shows (p = 0.500, not 0.010)."
    for item, count in ((agreeing, 0), (differing, 1)):
        lines = text_of(replace(found, main=replace(found.main, verdict=item)))
        assert sum(words in line for line in lines) == count


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, ""),
        ({"failing": (GROWTH.name,)}, "Why not more: 1 of 3 checks not passed on Output per head (invented): "),
        ({"unassessed": (SMOKE.name,)}, "Why not more: 1 of 3 checks open on Smoke per head (invented): "),
    ],
)
def test_checks_that_do_not_pass_say_why_not_more_is_told(changes: dict[str, Any], told: str) -> None:
    lines, others = text_of(make_findings(**changes)), text_of(make_findings())
    why = [line for line in lines if line.startswith("Why")]
    assert [line.startswith(told) for line in why] == ([True] if told else [])
    assert [line for line in lines if line not in why] == others
    assert all(("cannot be assessed" in line) == ("unassessed" in changes) for line in why)


def test_what_would_change_the_answer_names_figures_that_are_not_there() -> None:
    limits = (
        Limit("GDP is nominal.", "evidence", brief="nominal", remedy="a deflator"),
        Limit("CO2 ends.", "evidence", brief="CO2 ends", remedy="CO2 after 2019"),
        Limit("It was chosen.", "study", brief="one unit"),
    )
    lines = text_of(replace(make_findings(), limits=limits))
    (line,) = [line for line in lines if line.startswith("What would change this answer: ")]
    assert line.endswith("Figures that are not there: a deflator; CO2 after 2019.")
    assert lines[-1] == "What these data cannot answer: one unit."


def test_units_left_out_for_missing_figures_are_named_and_may_be_enough() -> None:
    found = make_findings()
    lost = DonorDecision("K", "Kolvik", admitted=False, reason="GDP missing in 2009")
    chosen = [DonorDecision(name, name, admitted=False, reason="your own list") for name in "PQRS"]
    verdict = replace(found.main.verdict, label="cannot be decided", grade=None, overturn=(), smallest_p=1 / 19)
    for alpha, words in ((0.05, "be enough"), (0.01, "not be enough alone")):
        donors = [item for item in found.main.effects.donors if item.admitted]
        effects = replace(found.main.effects, donors=(*donors, *chosen, lost))
        main = replace(found.main, verdict=replace(verdict, alpha=alpha), effects=effects)
        lines = text_of(replace(found, main=main))
        assert "Left out: Kolvik (GDP missing in 2009); 4 units (your own list)." in lines
        assert f"What would change this answer: Complete figures of Kolvik would {words}." in lines


@pytest.mark.parametrize(
    ("units", "same_dates", "words"), [(6, True, ""), (5, True, " not"), (4, False, ""), (3, False, " not")]
)
def test_of_several_zones_assignments_count_for_what_would_be_enough(units: int, same_dates: bool, words: str) -> None:
    """One more unit makes 21 pairs of 15, or 20 ordered ones of 12: enough, though 1/16 and 1/13 would not be."""

    def smallest(count: int) -> float:
        pairs = {tuple(sorted(pair)) if same_dates else pair for pair in permutations(range(count), 2)}
        return 1 / len(pairs)

    found = make_findings()
    lost = DonorDecision("K", "Kolvik", admitted=False, reason="GDP missing in 2009")
    chosen = [DonorDecision(name, name, admitted=True, reason="") for name in "CDEFGH"[: units - 2]]
    effects = replace(found.main.effects, donors=(*chosen, lost))
    design = found.main.effects.design
    zones = SeveralEffects("main", (design, replace(design, unit="B")), effects.joint, (effects,))
    verdict = replace(
        found.main.verdict,
        label="cannot be decided",
        grade=None,
        overturn=(),
        smallest_p=smallest(units),
        alpha=0.05,
    )
    assert smallest(units) > 0.05
    assert (smallest(units + 1) <= 0.05) is (not words)
    main = replace(found.main, verdict=verdict, effects=effects, zones=zones)
    told = f"Complete figures of Kolvik would{words} be enough{' alone' if words else ''}."
    assert change_texts(main, ()) == [told]
    assert change_texts(replace(main, ranked=verdict), ()) == []


@pytest.mark.parametrize("outcomes", [(GROWTH,), (SMOKE,)])
def test_a_claim_of_one_role_has_one_p_and_prints_no_part_that_it_lacks(outcomes: tuple[Outcome, ...]) -> None:
    found = make_findings(outcomes=outcomes)
    (line,) = [text for text in text_of(found) if text.startswith("How strong")]
    assert line == f"How strong: p = {found.main.verdict.p_claim:.3f}, level 0.1."
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
    assert row_of(replace(found, main=replace(found.main, sets=sets)), TITLES[0])["95.0 % interval"] == "several ranges"


def test_what_would_overturn_a_finding_stands_in_the_lines() -> None:
    found = make_findings()
    verdict = replace(found.main.verdict, grade="without allowance", overturn=("Gain: a drift of +1 % would.",))
    lines = text_of(replace(found, main=replace(found.main, verdict=verdict)))
    assert lines[0].endswith(": HOLDS WITHOUT ALLOWANCE ONLY")
    assert "What would change this answer: Gain: a drift of +1 % would." in lines


def test_limits_are_few_words_where_there_are_any() -> None:
    limits = (
        Limit("Prices rose. Nobody knows how much.", "evidence", brief="nominal, no deflator"),
        Limit("Smoke says nothing about water. Nor about noise.", "study"),
    )
    last = text_of(replace(make_findings(), limits=limits))[-1]
    assert last == "What these data cannot answer: nominal, no deflator; Smoke says nothing about water."


def test_other_estimators_stand_beside_the_main_one() -> None:
    line = next(text for text in text_of(make_findings()) if text.startswith("Other estimators"))
    assert "synthetic control +3.1 % and +3.1 %; synthetic difference-in-differences +3.1 % and +3.1 %." in line
    assert "intercept" not in line
    assert not any(text.startswith("Other est") for text in text_of(replace(make_findings(), estimators=())))


@pytest.mark.parametrize("width", [40, 80, 100, 120])
def test_lines_keep_to_the_width(width: int) -> None:
    lines = text_of(make_findings(), width)
    assert max(len(line) for line in lines) <= width
    if width > 40:  # there each figure stands beside its head
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
    shown = replace(found, main=replace(found.main, sets=sets))
    assert [row_of(shown, title)["95.0 % interval"] for title in TITLES] == [words, words]


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
    assert f"{TITLES[0]}: no confidence interval, any effect is possible ({why})." in told
    assert "% interval" not in told
