"""Tables for papers: their figures are those found, and the files hold nothing but text."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import get_args

import pytest
from tests.unit.core.test_table_formats import body, cells, note_of, printed
from tests.unit.report.factory import GROWTH, SMOKE, make_findings

from pilotzone.core import GRADE_WORDS, Cell, Outcome, Table, TableFormat, UsageError
from pilotzone.judgement import SpecificationCurve, confidence_set
from pilotzone.judgement.curve import Specification
from pilotzone.report.formatting import plain
from pilotzone.study.zone.findings import Findings
from pilotzone.study.zone.paper import paper_files, paper_names, paper_tables

SIGNS = "50 % & more_#1 {x} ~ \\ 贵州"


def with_sets(found: Findings) -> Findings:
    main = found.main
    sets = tuple(
        confidence_set(main.effects.joint, test.outcome.name, alpha=0.1, statistic=test.statistic)
        for test in (*main.verdict.tests, *main.verdict.other_tests)
    )
    return replace(found, main=replace(main, sets=sets))


def with_curve(found: Findings) -> Findings:
    first = Specification(
        "main",
        (),
        (2016, 2019),
        1,
        "mean_gap",
        "green growth",
        "with allowance",
        0.1,
        0.1,
        0.1,
        (0.1, 0.1),
        ("passed", "passed"),
    )
    second = replace(first, family="one donor out", left_out=("B",), label="too noisy for this margin", grade=None)
    third = replace(second, left_out=("C",), label="green growth", grade="with allowance")
    fourth = replace(second, left_out=("D",))
    return replace(found, curve=SpecificationCurve((GROWTH, SMOKE), (first, second, third, fourth)))


FOUND = with_curve(with_sets(make_findings()))
TABLES = paper_tables(FOUND)


def column(table: Table, name: str) -> list[Cell]:
    return list(table.columns[name])


def test_effects_are_the_verdicts_rounded_as_a_paper_prints_them() -> None:
    table, tests = TABLES["effects"], FOUND.main.verdict.tests
    others = [*FOUND.secondary, *FOUND.longer]
    assert len(table) == len(tests) + sum(len(item.fits) for item in others)
    for k, test in enumerate(tests):
        assert column(table, "Gap")[k] == round(100 * math.expm1(test.estimate), 1)
        assert column(table, "Margin")[k] == test.outcome.margin
        for head, p in (("p gain", test.p_improved), ("p excl.", test.p_harm_excluded), ("p harm", test.p_harm_shown)):
            assert column(table, head)[k] == pytest.approx(p, abs=0.0005000001)
    assert column(table, "Outcome")[: len(tests)] == ["Output per head (invented), %", "Smoke per head (invented), %"]
    assert column(table, "p gain")[len(tests) :] == [None] * (len(table) - len(tests))
    assert column(table, "Outcome")[len(tests)] == "Jobs (invented), thousand job"
    jobs = FOUND.secondary[0].fits[0]
    assert column(table, "Gap")[len(tests)] == float(f"{jobs.mean_gap[0]:.3g}")


def test_intervals_are_the_confidence_sets() -> None:
    for k, found in enumerate(FOUND.main.sets[:2]):
        (shown,) = found.displayed
        text = plain(str(column(TABLES["effects"], "Not rejected")[k]))
        assert text[0] + text[-1] == "[]"
        assert [float(end) for end in text[1:-1].split(", ")] == pytest.approx([shown.low, shown.high], abs=0.0500001)
    assert "91.7% confidence" in TABLES["effects"].note or "90.0% confidence" in TABLES["effects"].note


def test_checks_are_all_there() -> None:
    checks = [check for item in FOUND.main.effects.joint.identification for check in item.checks]
    assert column(TABLES["checks"], "Check") == [check.label for check in checks]
    assert column(TABLES["checks"], "State") == [check.state for check in checks]
    assert column(TABLES["checks"], "Measured") == [check.value for check in checks]
    assert column(TABLES["checks"], "If it fails") == [check.meaning for check in checks]
    assert "decides no verdict" in TABLES["checks"].note


@pytest.mark.parametrize(
    ("outcomes", "words"),
    [
        (
            (GROWTH, SMOKE),
            "is the larger of its two parts, a gain in development and harm to every safeguard excluded.",
        ),
        ((GROWTH,), "is that of a gain in development."),
        ((SMOKE,), "is that of harm to every safeguard excluded."),
    ],
)
def test_the_note_says_of_which_parts_the_claim_is_made(outcomes: tuple[Outcome, ...], words: str) -> None:
    table = paper_tables(make_findings(outcomes=outcomes))["verdict"]
    assert words in table.note
    assert not any("nan" in str(cell) or cell == "not available" for row in table.rows() for cell in row)


def test_findings_stand_with_their_grade() -> None:
    tests = FOUND.main.verdict.tests
    assert column(TABLES["effects"], "Finding")[: len(tests)] == [GRADE_WORDS[test.main.grade] for test in tests]


def test_estimators_stand_outcome_by_outcome() -> None:
    table = TABLES["estimators"]
    assert column(table, "Outcome") == [*3 * ["Output per head (invented), %"], *3 * ["Smoke per head (invented), %"]]
    assert column(table, "Gap") == 6 * [round(100 * math.expm1(0.031), 1)]
    assert set(column(table, "Ranks")) == {"approximate"}


def test_shares_of_verdicts_are_those_of_the_curve() -> None:
    shown = {tuple(row[:3]): row[3:] for row in TABLES["sensitivity"].rows()}
    assert shown[("one donor out", "mean gap", "Too noisy for this margin")] == (2, 66.7)
    assert shown[("one donor out", "mean gap", "Green growth")] == (1, 33.3)
    assert TABLES["sensitivity"].units == {"Share": "%"}


def test_designs_stand_beside_one_another_without_signs_that_fonts_lack() -> None:
    table = TABLES["verdict"]
    assert list(table.columns) == ["What", "zone dated 2016", "zone dated 2014"]
    texts = [str(cell) for row in table.rows() for cell in row]
    assert not {"✓", "✗", "★"} & set("".join(texts))
    assert "passed" in texts


def test_designs_that_bear_one_name_are_told_apart() -> None:
    twin = replace(FOUND, alternatives=(replace(FOUND.alternatives[0], label=FOUND.main.label),))
    assert list(paper_tables(twin)["verdict"].columns) == ["What", "zone dated 2016 (1)", "zone dated 2016 (2)"]


@pytest.mark.parametrize("name", TABLES)
def test_every_table_has_caption_note_and_source(name: str) -> None:
    table = TABLES[name]
    assert table.title
    assert table.note.count("Source: Invented statistical office, yearbook of nothing; own estimates.") == 1
    assert len(table.note) > 120


def test_there_is_no_table_of_what_was_not_done() -> None:
    bare = make_findings(with_extras=False)
    assert list(paper_tables(bare)) == ["verdict", "effects", "checks"]
    assert set(column(paper_tables(bare)["effects"], "Not rejected")) == {""}


def test_files_bear_the_names_that_are_known() -> None:
    for form in get_args(TableFormat):
        assert list(paper_files(FOUND, [form])) == paper_names(form)
    assert list(paper_files(FOUND, ["word", "latex"])) == list(paper_files(FOUND, ["latex", "word"]))
    assert paper_files(FOUND, []) == {}
    with pytest.raises(UsageError, match="Did you mean 'word'"):
        paper_files(FOUND, ["wort"])  # type: ignore[list-item]


@pytest.mark.parametrize("name", ["贵州", "zone-2 & co", "plain"])
def test_labels_are_those_that_latex_takes(name: str) -> None:
    text = paper_files(replace(FOUND, name=name), ["latex"])["table-effects.tex"]
    want = {"贵州": "tab:effects", "zone-2 & co": "tab:zone-2-co-effects", "plain": "tab:plain-effects"}[name]
    assert f"\\label{{{want}}}" in text


@pytest.mark.parametrize("name", TABLES)
def test_files_hold_text_and_balanced_braces_whatever_units_and_titles_are_called(name: str) -> None:
    labels = {"A": SIGNS, "B": "\\input{x}"}
    found = with_curve(with_sets(make_findings(labels=labels, title=SIGNS)))
    found = replace(found, main=replace(found.main, label=SIGNS))
    files = paper_files(found, ["latex", "word"])
    latex, table = files[f"table-{name}.tex"], paper_tables(found)[name]
    for part in ("table", "tabular", "minipage"):
        assert latex.count(f"\\begin{{{part}}}") == latex.count(f"\\end{{{part}}}") == 1
    assert printed(note_of(latex).replace("$-$", "-")) == table.note.strip().replace("\N{MINUS SIGN}", "-")
    texts = [k for k, cells_ in enumerate(table.columns.values()) if all(isinstance(cell, str) for cell in cells_)]
    assert texts[0] == 0
    assert [printed(row[0]) for row in body(latex)[1:]] == [str(row[0]).replace("\u00a0", " ") for row in table.rows()]
    read = cells(files[f"table-{name}.rtf"])
    assert read[0] == table.heads()
    assert [row[0] for row in read[1:]] == [row[0] for row in table.rows()]
