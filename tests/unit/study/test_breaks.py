"""Breaks in the series of a study: refused by name, accepted with a reason, remarked, drawn; donors left out."""

from __future__ import annotations

import html
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest
from tests.unit.cli.command import call
from tests.unit.study.guizhou import guizhou
from tests.unit.study.invented import Figures, write_study

from pilotzone.core import StudyError
from pilotzone.gather import load_evidence
from pilotzone.report import break_rules
from pilotzone.study import load, parse, run, verify
from pilotzone.study.front import run_study
from pilotzone.study.zone.context import StudyContext
from pilotzone.study.zone.material import load_panel, outcome_of
from pilotzone.study.zone.terminal import verdict_lines

if TYPE_CHECKING:
    from pilotzone.study.zone.file import ZoneStudy

KINDS = ("definition", "vintage", "system", "census", "policy")
FIGURES = Figures(count=24)


def a_break(name: str = "registry", **changed: str) -> str:
    """Return a table [[breaks]]; what is changed to an empty text is left out."""
    keys = {
        "name": f'"{name}"',
        "series": '["smoke"]',
        "at": "2010",
        "kind": '"system"',
        "severity": '"severe"',
        "text": '"Firms report smoke from then on."',
        "brief": '"firms report"',
        "source": '"Handbook of invented statistics"',
    } | changed
    return "\n[[breaks]]\n" + "".join(f"{key} = {value}\n" for key, value in keys.items() if value)


def accepting(name: str = "registry", why: str = "The same meters were read.") -> str:
    return f'\n[[accepted]]\nbreak = "{name}"\nwhy = "{why}"\n'


def study(folder: Path, *tables: str, figures: Figures = FIGURES) -> Path:
    path = write_study(folder, figures=figures)
    path.write_text(path.read_text(encoding="utf-8") + "".join(tables), encoding="utf-8")
    return path


def refused(path: Path) -> StudyError:
    with pytest.raises(StudyError) as caught:
        run_study(load(path))
    return caught.value


def words(page: str) -> str:
    body = page[page.index("<body") :]
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", body))).replace("\u00a0", " ")


def numbers(record: object) -> list[float]:
    """Return all numbers of a record but those of its breaks, in order."""
    if isinstance(record, dict):
        return [n for key, item in record.items() if key != "breaks" for n in numbers(item)]
    if isinstance(record, list):
        return [n for item in record for n in numbers(item)]
    return [record] if isinstance(record, int | float) and not isinstance(record, bool) else []


# ------------------------------------------------------------------------------------------------------ refused


@pytest.mark.parametrize("kind", KINDS)
def test_severe_break_of_each_kind_is_refused_by_name(tmp_path: Path, kind: str) -> None:
    error = refused(study(tmp_path, a_break(kind=f'"{kind}"')))
    assert error.what.endswith(
        "outcome 'log_smoke' compares 2000 to 2019 across the severe break 'registry' in 2010 "
        "(firms report; series smoke)."
    )
    assert error.todo is not None
    # From 2010 to the zone in 2014 there are four periods, and the checks need five.
    assert "pre_from" not in error.todo
    assert "windows" not in error.todo
    assert '[[accepted]] with break = "registry" and why = "..."' in error.todo


def test_way_out_is_one_that_the_dates_allow(tmp_path: Path) -> None:
    assert "start the fit in 2009 or later (pre_from)" in str(refused(study(tmp_path, a_break(at="2009"))).todo)
    assert "end every window before 2017" in str(refused(study(tmp_path, a_break(at="2017"))).todo)
    at_the_start = str(refused(study(tmp_path, a_break(at="2014"))).todo)
    assert "pre_from" not in at_the_start
    assert "window" not in at_the_start
    assert "study another outcome" in at_the_start


def test_ways_out_that_are_told_lead_out(tmp_path: Path) -> None:
    path = study(tmp_path, a_break(), "\n[method]\npre_from = 2010\n")
    done = run_study(load(path))
    assert done.findings.breaks == ()
    assert done.verdict.label == "cannot be assessed"  # four periods are left to fit on: no past to compare with
    assert "at least five fitted periods" in done.verdict.sentence
    assert "nan" not in done.report().lower().split("<script")[0]
    path = study(tmp_path, a_break(at="2017"))
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("verdict = [2014, 2019]", "verdict = [2014, 2016]"), encoding="utf-8")
    assert run_study(load(path)).findings.breaks == ()


def test_all_severe_breaks_stand_in_one_error(tmp_path: Path) -> None:
    both = a_break("first", at="2004"), a_break("second", series='["people"]', at="2017")
    error = refused(study(tmp_path, *both))
    assert "2 severe breaks" in error.what
    assert "(1) outcome 'log_smoke' compares 2000 to 2019 across the severe break 'first' in 2004" in error.what
    # What is in both outcomes is told once.
    assert "(2) outcome 'log_output' and outcome 'log_smoke' compare" in error.what
    assert error.what.count("second") == 1
    assert 'break = "first"' in str(error.todo)
    assert 'break = "second"' in str(error.todo)


def test_nothing_is_estimated_before_it_is_refused(tmp_path: Path) -> None:
    stages: list[str] = []
    with pytest.raises(StudyError):
        run_study(load(study(tmp_path, a_break())), progress=lambda name, _: stages.append(name))
    assert stages == ["inputs", "evidence"]


def test_windows_of_alternatives_and_longer_ones_count(tmp_path: Path) -> None:
    short = "\n[window]\nverdict = [2014, 2016]\n"
    alternative = '\n[[alternatives]]\nname = "late"\nwindow = [2014, 2018]\n'
    for table, design in (
        (short + alternative, "(late)"),
        (short + "longer = [[2014, 2018]]\n", "(window 2014 to 2018)"),
    ):
        path = study(tmp_path, a_break(at="2018"), table)
        text = path.read_text(encoding="utf-8").replace("\n[window]\nverdict = [2014, 2019]\n", "")
        path.write_text(text, encoding="utf-8")
        assert f"outcome 'log_smoke' {design} compares 2000 to 2018" in refused(path).what


def test_fit_of_a_secondary_outcome_counts(tmp_path: Path) -> None:
    secondary = '\n[[secondary]]\nname = "log_people"\ngood = "up"\nscale = "log"\npre_from = 2002\n'
    path = study(tmp_path, a_break(series='["people"]', at="2004"), "\n[method]\npre_from = 2006\n", secondary)
    text = path.read_text(encoding="utf-8").replace("[derive]\n", '[derive]\nlog_people = "log(people)"\n')
    path.write_text(text, encoding="utf-8")
    assert "outcome 'log_people' compares 2002 to 2019" in refused(path).what


def test_other_zones_dates_count(tmp_path: Path) -> None:
    also = '\n[[zone.also]]\nunit = "Place B"\nstart = 2016\nwindow = [2016, 2019]\n'
    few = Figures(count=8)
    path = study(tmp_path, a_break(at="2019"), figures=few)
    text = path.read_text(encoding="utf-8").replace("verdict = [2014, 2019]", "verdict = [2014, 2017]")
    path.write_text(text, encoding="utf-8")
    assert run_study(load(path)).findings.breaks == ()
    path.write_text(text.replace("\n[data]\n", f"{also}\n[data]\n", 1), encoding="utf-8")
    assert "compares 2000 to 2019 across the severe break 'registry' in 2019" in refused(path).what


def test_span_begins_with_the_first_figures_of_the_zone(tmp_path: Path) -> None:
    path = study(tmp_path, a_break(at="2003"))
    figures = tmp_path / "figures.csv"
    lines = figures.read_text(encoding="utf-8").splitlines()
    kept = [",".join([*line.split(",")[:4], ""]) if re.match(r"Place A,200[0-2],", line) else line for line in lines]
    figures.write_text("\n".join(kept) + "\n", encoding="utf-8")
    assert run_study(load(path)).findings.breaks == ()


def test_break_of_several_periods_is_spanned_from_its_last_change_on(tmp_path: Path) -> None:
    long = {"at": "", "first": "2005", "last": "2007"}
    path = study(tmp_path, a_break(**long), "\n[method]\npre_from = 2006\n")
    assert "in 2005-2007" in refused(path).what
    path = study(tmp_path, a_break(**long), "\n[method]\npre_from = 2007\n")
    assert run_study(load(path)).findings.breaks == ()


# ----------------------------------------------------------------------------------------- accepted and remarked


def test_accepted_break_changes_no_number_and_is_shown(tmp_path: Path) -> None:
    plain = run(study(tmp_path), out=tmp_path / "plain")
    done = run(study(tmp_path, a_break(), accepting()), out=tmp_path / "out")
    before, record = (
        json.loads((tmp_path / name / "verdict.json").read_text(encoding="utf-8")) for name in ("plain", "out")
    )
    assert before["breaks"] == []
    assert numbers(before) == numbers(record)
    assert done.verdict.label == plain.verdict.label
    (told,) = record["breaks"]
    assert told == {
        "name": "registry",
        "kind": "system",
        "severity": "severe",
        "first": 2010,
        "last": 2010,
        "regions": [],
        "text": "Firms report smoke from then on.",
        "source": "Handbook of invented statistics",
        "series": ["smoke"],
        "outcomes": ["outcome 'log_smoke'"],
        "follows": "accepted",
        "left_out": [],
        "concerned": [],
        "accepted_because": "The same meters were read.",
    }
    (limit,) = record["limits"]
    assert limit["text"].startswith("The outcome 'log_smoke': figures are compared across a severe break in 2010")
    assert limit["text"].endswith("Accepted because: The same meters were read.")
    assert limit["text"] in record["verdict"]["limits"]
    page = words((tmp_path / "out" / "report.html").read_text(encoding="utf-8"))
    begin = page.rindex("What these data cannot answer")  # the contents name it first
    limits = page[begin : page.index("Breaks in the series", begin)]
    assert "Accepted because: The same meters were read." in limits
    assert "accepted: The same meters were read." in page
    assert "severe break 2010 accepted, firms report" in "\n".join(
        line.text for line in verdict_lines(done.findings, 200)
    )


def test_run_with_an_acceptance_verifies_and_compares(tmp_path: Path) -> None:
    run(study(tmp_path, a_break(), accepting()), out=tmp_path / "one")
    assert verify(tmp_path / "one").state == "same"
    run(study(tmp_path, a_break(), accepting(why="Another reason.")), out=tmp_path / "two")
    said = call("compare", tmp_path / "one", tmp_path / "two")
    assert "Another reason." in said.out + said.err
    assert "accepted" in said.out


@pytest.mark.parametrize("kind", KINDS)
def test_mild_break_is_remarked_in_full_at_any_width(tmp_path: Path, kind: str) -> None:
    long = "x" + " and so on" * 9
    done = run(study(tmp_path, a_break(kind=f'"{kind}"', severity='"mild"', brief=f'"{long}"')), out=tmp_path / "out")
    (told,) = json.loads((tmp_path / "out" / "verdict.json").read_text(encoding="utf-8"))["breaks"]
    assert (told["follows"], told["kind"]) == ("remarked", kind)
    for width in (40, 80, 120):
        lines = [line.text for line in verdict_lines(done.findings, width) if line.kind == "limit"]
        assert max(map(len, lines)) <= width
        assert f"Mild break 2010: {long} (registry)." in " ".join(" ".join(lines).split())
    assert "mild, " + kind in words((tmp_path / "out" / "report.html").read_text(encoding="utf-8"))


def test_a_mild_break_of_donors_is_told_with_their_names_and_not_drawn(tmp_path: Path) -> None:
    """On the zone's chart it would look like the zone's own."""
    units = run_study(load(study(tmp_path))).findings.panel.units
    zone, donors = units[0], units[5:8]
    regions = json.dumps(list(donors))
    out = f'\n[donors]\nexclude = {{ "{donors[0]}" = "for the test" }}\n'
    found = run_study(load(study(tmp_path, a_break(severity='"mild"', regions=regions), out))).findings
    assert zone not in donors
    assert found.effects.fit("log_smoke").breaks == ()
    (item,) = found.breaks
    # Who takes no part is not named.
    assert item.concerned == donors[1:]
    printed = " ".join(" ".join(line.text for line in verdict_lines(found, 80)).split())
    named = ", ".join(found.panel.label(unit) for unit in donors[1:])
    assert f"Mild break 2010 ({named}): firms report (registry)." in printed
    done = run(study(tmp_path, a_break(severity='"mild"', regions=regions), out), out=tmp_path / "out")
    assert done.findings.breaks[0].record()["concerned"] == list(donors[1:])
    page = words((tmp_path / "out" / "report.html").read_text(encoding="utf-8"))
    assert "Dash-dotted rules" not in page
    assert f"Concerns: {found.panel.label(donors[1])} and {found.panel.label(donors[2])}." in page


def test_a_mild_break_of_units_that_take_no_part_is_not_told(tmp_path: Path) -> None:
    units = run_study(load(study(tmp_path))).findings.panel.units
    out = f'\n[donors]\nexclude = {{ "{units[5]}" = "for the test" }}\n'
    table = a_break(severity='"mild"', regions=json.dumps([units[5]]))
    found = run_study(load(study(tmp_path, table, out))).findings
    assert found.breaks == ()
    assert not [line for line in verdict_lines(found, 80) if "registry" in line.text]


def test_mild_break_in_two_outcomes_is_told_once(tmp_path: Path) -> None:
    done = run_study(load(study(tmp_path, a_break(series='["people"]', severity='"mild"'))))
    (item,) = done.findings.breaks
    assert item.outcomes == ("outcome 'log_output'", "outcome 'log_smoke'")
    assert item.series == ("people",)
    assert sum("registry" in line.text for line in verdict_lines(done.findings, 80)) == 1


def test_break_outside_the_span_changes_nothing(tmp_path: Path) -> None:
    run(study(tmp_path), out=tmp_path / "plain")
    done = run(study(tmp_path, a_break(at="2000")), out=tmp_path / "out")
    one, other = ((tmp_path / name / "verdict.json").read_bytes() for name in ("plain", "out"))
    assert one == other
    assert "break" not in " ".join(line.text for line in verdict_lines(done.findings, 80)).lower()
    assert "Dash-dotted" not in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


def test_acceptance_of_what_is_not_spanned_is_idle(tmp_path: Path) -> None:
    done = run_study(load(study(tmp_path, a_break(at="2000"), accepting())))
    assert [item.follows for item in done.findings.breaks] == ["nothing"]
    lines = [line.text for line in verdict_lines(done.findings, 80)]
    assert "Accepted break registry (2000) is spanned by nothing: leave it out." in lines
    assert done.findings.limits == ()


def test_unknown_acceptance_is_asked_about(tmp_path: Path) -> None:
    error = refused(study(tmp_path, a_break(), accepting("registrar")))
    assert "accepted names 'registrar', which is not a break of the data. Did you mean 'registry'?" in error.what
    assert error.allowed == "registry"
    assert (
        "accepted: 'registry' stands there twice" in refused(study(tmp_path, a_break(), accepting(), accepting())).what
    )


# ------------------------------------------------------------------------------------------------------- donors


def test_donors_that_alone_have_a_break_are_left_out(tmp_path: Path) -> None:
    table = a_break(regions='["Place C", "Place D"]')
    done = run(study(tmp_path, table), out=tmp_path / "out")
    out = {item.unit: item.reason for item in done.findings.main.donors if not item.admitted}
    assert out == dict.fromkeys(("Place C", "Place D"), "severe break in 2010: firms report (registry)")
    record = json.loads((tmp_path / "out" / "verdict.json").read_text(encoding="utf-8"))
    assert record["zone"]["not_donors"] == out
    assert record["breaks"][0]["left_out"] == ["Place C", "Place D"]
    # The same numbers as when the study leaves them out itself.
    listed = study(tmp_path, '\n[donors.exclude]\n"Place C" = "x"\n"Place D" = "x"\n')
    assert numbers(run_study(load(listed)).record()) == numbers(record)
    assert "severe break in 2010: firms report (registry)" in words(
        (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    )


@pytest.mark.parametrize("severity", ["severe", "mild"])
def test_policy_that_begins_in_the_zone_is_a_break_of_donors_that_have_it_too(tmp_path: Path, severity: str) -> None:
    table = {"kind": '"policy"', "at": "2014", "severity": f'"{severity}"'}
    alone = run_study(load(study(tmp_path, a_break(regions='["Place A"]', **table)))).findings
    assert alone.breaks == ()
    both = run_study(load(study(tmp_path, a_break(regions='["Place A", "Place C"]', **table)))).findings
    severe = severity == "severe"
    assert [item.follows for item in both.breaks] == ["units left out" if severe else "remarked"]
    assert [item.unit for item in both.main.donors if not item.admitted] == (["Place C"] if severe else [])


def test_donors_stay_where_the_break_is_accepted_or_mild(tmp_path: Path) -> None:
    for tables in ((a_break(regions='["Place C"]'), accepting()), (a_break(regions='["Place C"]', severity='"mild"'),)):
        done = run_study(load(study(tmp_path, *tables)))
        assert all(item.admitted for item in done.findings.main.donors)
        assert [item.follows for item in done.findings.breaks] == ["accepted" if len(tables) == 2 else "remarked"]


def test_reason_of_the_study_comes_first_for_a_donor(tmp_path: Path) -> None:
    own = '\n[donors.exclude]\n"Place C" = "a mine opened"\n'
    done = run_study(load(study(tmp_path, a_break(regions='["Place C"]'), own)))
    assert [item.reason for item in done.findings.main.donors if not item.admitted] == ["a mine opened"]
    assert done.findings.breaks == ()


def test_break_in_the_zone_and_a_donor_is_refused(tmp_path: Path) -> None:
    error = refused(study(tmp_path, a_break(regions='["Place A", "Place C"]')))
    assert "in Place A, Place C" in error.what


def test_other_comparisons_keep_the_donors(tmp_path: Path) -> None:
    """A break after the verdict's window takes donors from the longer window alone."""
    path = study(tmp_path, a_break(at="2018", regions='["Place C"]'))
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("verdict = [2014, 2019]", "verdict = [2014, 2016]\nlonger = [[2014, 2019]]"), "utf-8")
    found = run_study(load(path)).findings
    assert all(item.admitted for item in found.main.donors)
    kept = {effects.fits[0].outcome.name: effects for effects in found.longer}
    assert [item.unit for item in kept["log_smoke"].donors if not item.admitted] == ["Place C"]
    assert all(item.admitted for item in kept["log_output"].donors)


def test_shared_weights_of_longer_windows_are_fitted_without_donors_that_have_a_break(tmp_path: Path) -> None:
    """Smoke is broken in the fit: weights for output in the longer window, shared with it, have no such donor."""
    method = '\n[method]\nestimator = "{}"\n'
    for estimator, out in (("sc_shared", ["Place C"]), ("sc_intercept", [])):
        path = study(tmp_path, a_break(regions='["Place C"]'), method.format(estimator))
        text = path.read_text(encoding="utf-8")
        longer = "verdict = [2014, 2016]\nlonger = [[2014, 2019]]"
        path.write_text(text.replace("verdict = [2014, 2019]", longer), encoding="utf-8")
        found = run_study(load(path)).findings
        kept = {effects.fits[0].outcome.name: effects for effects in found.longer}
        assert [item.unit for item in found.main.donors if not item.admitted] == ["Place C"]
        assert [item.unit for item in kept["log_output"].donors if not item.admitted] == out


def test_variations_across_a_severe_break_are_skipped(tmp_path: Path) -> None:
    path = study(tmp_path, a_break(at="2018"), "\n[sensitivity]\ndonors_out = 0\n", figures=Figures(count=8))
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("verdict = [2014, 2019]", "verdict = [2014, 2016]"), encoding="utf-8")
    curve = run_study(load(path)).findings.curve
    assert curve is not None
    assert {item.window[1] for item in curve.specifications} == {2014, 2015, 2016, 2017}
    assert {what.partition(",")[0] for what, _ in curve.skipped} == {"window 2014 to 2018", "window 2014 to 2019"}
    assert all("severe break in 2018: firms report (registry)" in why for _, why in curve.skipped)


def test_predictor_across_a_severe_break_is_refused(tmp_path: Path) -> None:
    table = (
        '\n[method]\npre_from = 2006\nestimator = "sc_predictors"\n'
        '[[method.predictors]]\nname = "output"\nfitted = [2004, 2005]\ntraining = [2004]\n'
        '[[method.predictors]]\nname = "smoke"\n'
    )
    assert (
        "predictor 'output' compares 2004 to 2005"
        in refused(study(tmp_path, a_break(series='["output"]', at="2005"), table)).what
    )


PREDICTORS = (
    '\n[method]\npre_from = 2006\nestimator = "sc"\ncompare = ["sc_predictors"]\n'
    '[[method.predictors]]\nname = "output"\nfitted = [2004, 2005]\ntraining = [2000]\n'
)


def test_predictor_of_a_compared_estimator_counts(tmp_path: Path) -> None:
    error = refused(study(tmp_path, a_break(series='["output"]', at="2005"), PREDICTORS))
    assert "predictor 'output' (estimator sc_predictors) compares 2000 to 2005" in error.what


def test_donor_with_a_break_in_a_predictor_is_none_where_weights_are_fitted_on_it(tmp_path: Path) -> None:
    done = run_study(load(study(tmp_path, a_break(series='["output"]', at="2005", regions='["Place C"]'), PREDICTORS)))
    assert all(item.admitted for item in done.findings.main.donors)
    assert [item.units for item in done.findings.breaks] == [("Place C",)]
    rows = {(row.estimator, row.outcome): row for row in done.findings.estimators}
    listed = study(tmp_path, '\n[donors.exclude]\n"Place C" = "x"\n', PREDICTORS)
    without = {(row.estimator, row.outcome): row for row in run_study(load(listed)).findings.estimators}
    for outcome in ("log_output", "log_smoke"):
        assert rows["sc_predictors", outcome] == without["sc_predictors", outcome]
        assert "Place C" in dict(rows["sc", outcome].placebos)


def test_half_of_a_predictor_that_is_not_named_is_one_of_the_fitted_periods(tmp_path: Path) -> None:
    named = '\n[[method.predictors]]\nname = "output"\ntraining = [2004]\n'
    table = f'\n[method]\npre_from = 2006\nestimator = "sc_predictors"\n{named}'
    error = refused(study(tmp_path, a_break(series='["output"]', at="2005"), table))
    assert "predictor 'output' compares 2004 to 2013" in error.what


def test_fitted_periods_of_a_predictor_end_before_anticipation(tmp_path: Path) -> None:
    path = study(tmp_path, '\n[method]\nestimator = "sc_predictors"\n[[method.predictors]]\nname = "output"\n')
    text = path.read_text(encoding="utf-8").replace("start = 2014\n", "start = 2014\nanticipation = 2\n")
    path.write_text(text, encoding="utf-8")
    loaded = cast("ZoneStudy", load(path))
    panel = load_panel(loaded)
    context = StudyContext(loaded, panel, tuple(outcome_of(panel, item) for item in loaded.spec.outcomes), ())
    assert {use.last for use in context.uses() if use.what == "predictor 'output'"} == {2011}


# ----------------------------------------------------------------------------------------------------- own breaks


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"series": '["smok"]'}, "'smok', which is not a series of the data. Did you mean 'smoke'?"),
        ({"series": '["log_smoke"]'}, "names 'log_smoke', which is not a series of the data"),
        ({"series": "[]"}, "breaks[1].series"),
        ({"regions": '["Place Q1"]'}, "regions of 'registry' names 'Place Q1', which is not a unit of the data"),
        ({"at": ""}, "breaks: 'registry' needs one period, or a first and a last one"),
        ({"first": "2004"}, "needs one period"),
        ({"at": "", "first": "2006", "last": "2004"}, "breaks: 'registry' runs from 2006 to 2004"),
        ({"at": "1990"}, "breaks: 'registry' is dated 1990, but its series have figures from 2000 to 2019"),
        ({"at": "2020"}, "breaks: 'registry' is dated 2020, but its series have figures from 2000 to 2019"),
        ({"at": "", "first": "1911", "last": "1999"}, "'registry' is dated 1911 to 1999, but its series have figures"),
        ({"at": '"2010Q1"'}, "breaks (registry) holds 2010Q1, and zone.start is 2014"),
        ({"at": '"soon"'}, "breaks[1].at"),
        ({"kind": '"systen"'}, "breaks[1].kind is 'systen'. Did you mean 'system'?"),
        ({"severity": '"hard"'}, "breaks[1].severity is 'hard'"),
        ({"text": ""}, "breaks[1].text is missing"),
        ({"name": "a b"}, "breaks[1].name is 'a b': a name has letters, digits, _ and - only"),
        ({"region": '["Place C"]'}, "breaks[1].region is not a key that is known here. Did you mean 'regions'?"),
    ],
)  # fmt: skip
def test_own_breaks_are_checked_key_by_key(tmp_path: Path, changed: dict[str, str], told: str) -> None:
    path = study(tmp_path, a_break(**changed))
    with pytest.raises(StudyError) as caught:
        run_study(load(path))
    assert told in caught.value.what


def test_names_of_breaks_differ(tmp_path: Path) -> None:
    assert "breaks: there are two called 'registry'" in refused(study(tmp_path, a_break(), a_break(at="2004"))).what


@pytest.mark.parametrize("key", ["break", "why"])
def test_acceptances_need_both_keys(tmp_path: Path, key: str) -> None:
    path = study(tmp_path, a_break(), accepting())
    text = re.sub(rf"^{key} = .*\n", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    with pytest.raises(StudyError, match=rf"accepted\[1\]\.{key} is missing"):
        parse(text, "x")


def test_periods_of_breaks_are_spelled_as_those_of_the_data(tmp_path: Path) -> None:
    path = study(tmp_path, a_break(at="2010-03-01"))
    text = path.read_text(encoding="utf-8").replace("start = 2014", "start = 2014-01-01")
    path.write_text(text.replace("[2014, 2019]", "[2014-01-01, 2019-01-01]"), encoding="utf-8")
    # A day stands for the year that holds it.
    assert "the severe break 'registry' in 2010" in refused(path).what


def test_bundled_series_may_have_breaks_of_the_users_own() -> None:
    text = load("guizhou").kind.bundled_file("guizhou").decode()
    own = a_break(series='["co2_t"]', at="2012", severity='"mild"')
    done = run_study(replace(load("guizhou"), spec=parse(text + own, "x").spec))
    assert "registry" in {item.found.name for item in done.findings.breaks}


STATES = """\
format = 1
title = "A state, to see what its series can be compared across"
question = "Which breaks do sales of electricity have?"

[zone]
unit = "US-VA"
start = 2010

[data]
source = "bundled"
series = ["us_sales_commercial_mwh", "us_sales_industrial_mwh"]

[derive]
log_commercial = "log(us_sales_commercial_mwh)"
log_industrial = "log(us_sales_industrial_mwh)"

[[outcomes]]
name = "log_commercial"
role = "development"
good = "up"
scale = "log"
margin = 5

[[outcomes]]
name = "log_industrial"
role = "environment"
good = "down"
scale = "log"
margin = 5

[window]
verdict = [2010, 2019]
"""


def test_sales_of_electricity_are_refused_across_2003() -> None:
    with pytest.raises(StudyError) as caught:
        run_study(parse(STATES, "x"))
    assert caught.value.what == (
        "outcome 'log_commercial' and outcome 'log_industrial' compare 1990 to 2019 across the severe break "
        "'us-eia-sales-2003' in 2003 (the class other was folded into commercial and industrial sales; series "
        "us_sales_commercial_mwh, us_sales_industrial_mwh)."
    )
    assert "start the fit in 2003 or later (pre_from)" in str(caught.value.todo)


def test_states_whose_sales_moved_are_no_donors_from_2003_on() -> None:
    """What is compared, and by whom, without estimating anything."""
    study = parse(STATES + "\n[method]\npre_from = 2003\n", "x")
    panel = load_panel(study)
    outcomes = tuple(outcome_of(panel, item) for item in study.spec.outcomes)
    context = StudyContext(study, panel, outcomes, ())
    found = context.breaks()
    moved = {"us-eia-moved-maryland-2006", "us-eia-moved-massachusetts-2009", "us-eia-moved-massachusetts-2014"}
    moved |= {"us-eia-moved-kentucky-2013", "us-eia-moved-tennessee-2013", "us-eia-moved-nevada-2017"}
    assert {item.found.name for item in found if item.follows == "units left out"} == moved
    assert not [item for item in found if item.follows == "refused"]
    out = context.ruled_out(outcomes, [context.design()])
    assert set(out) == {"US-KY", "US-MD", "US-MA", "US-TN", "US-NV"}
    assert out["US-NV"] == (
        "severe break in 2017-2018: Nevada: sales moved from industrial to commercial (us-eia-moved-nevada-2017)"
    )
    # A window that ends before Nevada's figures moved keeps Nevada.
    early = context.ruled_out(outcomes, [replace(context.design(), window=(2010, 2016))])
    assert set(early) == {"US-KY", "US-MD", "US-MA", "US-TN"}


def test_guizhou_is_remarked_and_not_refused() -> None:
    """What the bundled study compares across; the zone's own beginning is what it is about, and no break."""
    found = guizhou().findings
    assert [(item.found.name, item.follows) for item in found.breaks] == [
        ("population-2010-2011", "remarked"),
        ("guian-new-area-2014", "remarked"),
        ("big-data-cluster-2015", "remarked"),
        ("population-2020", "remarked"),
    ]
    # The census of 2020 lies in the longer window of GDP alone: CO2 ends in 2019.
    assert found.breaks[-1].outcomes == ("outcome 'log_gdp_per_capita'",)
    # Where there are many the screen has their periods, and the report what changed.
    lines = [line.text for line in verdict_lines(found, 120) if line.text.startswith("Mild break")]
    assert lines == ["Mild breaks in 2010-2011, 2014, 2015 and 2020: the report says what changed."]
    drawn = {item.name for item in found.effects.fit("log_co2_per_capita").breaks}
    assert "big-data-zone-2016" not in drawn
    assert {"guian-new-area-2014", "population-2010-2011"} <= drawn


def test_sulphur_dioxide_is_refused_across_the_year_of_treatment() -> None:
    text = load("guizhou").kind.bundled_file("guizhou").decode()
    text = (
        text.replace('"co2_t"]', '"co2_t", "so2_t"]')
        .replace("[2016, 2019] ", "[2016, 2016] ")
        .replace("[derive]\n", '[derive]\nlog_so2 = "log(so2_t)"\n')
    )
    table = '\n[[secondary]]\nname = "log_so2"\ngood = "down"\nscale = "log"\n'
    with pytest.raises(StudyError) as caught:
        run_study(parse(text + table, "x"))
    assert "the severe break 'pollution-survey-2011' in 2011" in caught.value.what
    assert "the severe break 'pollution-system-2016' in 2016" in caught.value.what
    assert caught.value.what.count("outcome 'log_so2'") == 2
    # The second one lies in the year of treatment, where the series ends: no date gets out of it.
    assert "pre_from" not in str(caught.value.todo)
    accepted = accepting("pollution-survey-2011") + accepting("pollution-system-2016")
    found = run_study(parse(text + table + accepted, "x")).findings.breaks
    assert {item.found.name for item in found if item.follows == "accepted"} == {
        "pollution-survey-2011",
        "pollution-system-2016",
    }


def test_air_of_capitals_is_refused_across_the_new_standard() -> None:
    text = load("guizhou").kind.bundled_file("guizhou").decode()
    # Its last figures are those of 2017.
    text = text.replace('"co2_t"]', '"co2_t", "capital_city_so2_ug_m3"]').replace("[2016, 2019] ", "[2016, 2017] ")
    table = '\n[[secondary]]\nname = "capital_city_so2_ug_m3"\ngood = "down"\nscale = "level"\n'
    with pytest.raises(StudyError, match="the severe break 'air-standard-2013' in 2013") as caught:
        run_study(parse(text + table, "x"))
    # Two fitted years would be left, and the checks need five; whoever takes them all the same may.
    assert "pre_from" not in str(caught.value.todo)
    found = run_study(parse(text + table + "pre_from = 2013\n", "x")).findings.breaks
    assert "air-standard-2013" not in {item.found.name for item in found}


def test_break_of_many_periods_has_a_rule_at_both_ends() -> None:
    """Nominal GDP of cities mixes editions from 2001 to 2019."""
    (mixed,) = [item.found for item in load_evidence().breaks if item.found.name == "city-gdp-vintages"]
    rules = break_rules([mixed], range(2000, 2024))
    assert [(rule.at, bool(rule.text)) for rule in rules] == [(2000.5, True), (2018.5, False)]


def test_acceptance_of_a_break_that_is_not_spanned_is_idle() -> None:
    text = load("guizhou").kind.bundled_file("guizhou").decode() + accepting("gdp-2024")
    found = run_study(parse(text, "x")).findings.breaks
    assert ("gdp-2024", "nothing") in {(item.found.name, item.follows) for item in found}


# --------------------------------------------------------------------------------------------------------- charts


def test_charts_have_the_rule_and_say_so(tmp_path: Path) -> None:
    tables = a_break(), a_break("meters", severity='"mild"', brief='"new meters"'), accepting()
    done = run(study(tmp_path, *tables), out=tmp_path / "out")
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    for figure in ("paths-2", "gaps-2"):
        described = html.unescape(re.search(rf'id="{figure}-chart" role="img" aria-label="([^"]*)"', page).group(1))  # type: ignore[union-attr]
        assert described.endswith(
            "Breaks in the series are marked by dash-dotted rules: between 2009 and 2010, new meters (mild break) and "
            "firms report (severe break)."
        )
    assert page.count("(severe). Source of breaks: Handbook of invented statistics.") == 2
    smoke = done.findings.effects.fit("log_smoke")
    for kind in ("path", "gaps"):
        chart = done.findings.effects.plot("log_smoke", kind=kind).to_dict(validate=False)
        (rule,) = [name for name in chart["datasets"] if name.startswith("break_")]
        # Two breaks at one period share a rule, between the last period before and the first one after.
        assert chart["datasets"][rule] == [
            {
                "period": 2009.5,
                "line_0": "2010: new meters; 2010:",
                "line_1": "firms report",
            }
        ]
        assert any("Handbook of invented statistics" in line for line in chart["title"]["subtitle"])
    assert [item.name for item in smoke.breaks] == ["meters", "registry"]
    for kind in ("path", "gaps"):
        other = done.findings.effects.plot("log_output", kind=kind).to_dict(validate=False)
        assert not [name for name in other["datasets"] if name.startswith("break_")]


def test_rule_stands_beside_that_of_the_start(tmp_path: Path) -> None:
    done = run_study(load(study(tmp_path, a_break(at="2014"), accepting())))
    data = done.findings.effects.plot("log_smoke").to_dict(validate=False)["datasets"]
    assert data["start"] == [{"period": 2013.5, "words": "starts 2014"}]
    # About four pixels of a phone, and never to the right of it.
    assert 0.2 < 2013.5 - data["break_1"][0]["period"] < 0.3


def test_chart_of_several_zones_has_rules_by_time_since_each_start(tmp_path: Path) -> None:
    also = '\n[[zone.also]]\nunit = "Place B"\nstart = 2016\nwindow = [2016, 2019]\n'
    path = study(tmp_path, a_break(), accepting(), figures=Figures(count=6))
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("\n[data]\n", f"{also}\n[data]\n", 1), encoding="utf-8")
    zones = run_study(load(path)).findings.zones
    assert zones is not None
    data = zones.plot("log_smoke").to_dict(validate=False)["datasets"]
    # 2010 is the fourth period before 2014, and the sixth before 2016.
    assert sorted(rows[0]["event"] for name, rows in data.items() if name.startswith("break_")) == [-6.5, -4.5]
    texts = {" ".join(str(v) for k, v in rows[0].items() if k != "event") for n, rows in data.items() if "break" in n}
    assert texts == {"2010: firms report (Place A)", "2010: firms report (Place B)"}
