"""A study of two zones with dates of their own: run, report, terminal, audit and what is refused.

The figures are invented: the zone's gain is given to a second place two years later. There are eight places, which
makes 56 assignments of the two dates; time grows with the square of that, and the limits up to which placebos are
listed and drawn are lowered below it.
"""

from __future__ import annotations

import csv
import html
import json
import math
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from tests.unit.cli.command import call
from tests.unit.study.invented import Figures, write_study

from pilotzone.core import StudyError
from pilotzone.study import Run, load, run_study, verify, with_sensitivity
from pilotzone.study.zone import charts
from pilotzone.study.zone.charts import shown_placebos
from pilotzone.study.zone.terminal import verdict_lines

COMPARE = import_module("pilotzone.evaluation.few.compare")
PLACES, LISTED = 8, 40
ASSIGNMENTS = PLACES * (PLACES - 1)

ALSO = '\n[[zone.also]]\nunit = "Place B"\nstart = 2016\nwindow = [2016, 2019]\n'
METHOD = '\n[method]\nestimator = "sc_intercept"\ncompare = ["sc"]\n'
OTHER = '\n[[alternatives]]\nname = "levels"\nlabel = "In levels"\nestimator = "sc"\nanticipation = 1\n'
SECONDARY = '\n[[secondary]]\nname = "log_people"\ngood = "up"\nscale = "log"\nlabel = "People"\n'


def two_zones(folder: Path, extra: str = METHOD + OTHER + SECONDARY, also: str = ALSO) -> Path:
    path = write_study(folder, figures=Figures(count=PLACES))
    figures = folder / "figures.csv"
    with figures.open(encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file)
    for row in rows:
        if row[0] == "Place B" and int(row[1]) >= 2016:
            row[2] = str(float(row[2]) * math.exp(0.3))
    with figures.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head, *rows])
    text = path.read_text(encoding="utf-8")
    text = text.replace("[derive]\n", '[derive]\nlog_people = "log(people)"\n')
    path.write_text(text.replace("\n[data]\n", f"{also}\n[data]\n", 1) + extra, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run[Any]]:
    with pytest.MonkeyPatch.context() as patched:
        # A run is read again by verifying it, so the limit stays as long as the run is there.
        patched.setattr(COMPARE, "_MOST_LISTED", LISTED)
        yield run_study(load(two_zones(tmp_path_factory.mktemp("zones"))))


def words(page: str) -> str:
    body = page[page.index("<body") :]
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", body))).replace("\u00a0", " ")


def test_verdict_is_about_the_mean(done: Run[Any]) -> None:
    assert done.zones is not None
    own = [float(part.joint.estimate[0]) for part in done.zones.parts]
    first = done.verdict.tests[0]
    assert first.estimate == pytest.approx(sum(own) / 2, rel=1e-12)
    assert first.estimate == pytest.approx(0.3, abs=0.03)
    assert done.verdict.unit_count == ASSIGNMENTS == 56
    assert [part.design.start for part in done.zones.parts] == [2014, 2016]
    assert first.p_improved == pytest.approx(1 / ASSIGNMENTS, rel=1e-12)


def test_alternative_and_other_estimator_take_all_zones(done: Run[Any]) -> None:
    other = done.findings.alternatives[0]
    assert other.zones is not None
    assert [design.estimator for design in other.zones.designs] == ["sc", "sc"]
    assert [design.anticipation for design in other.zones.designs] == [1, 1]
    rows = done.findings.estimators
    assert [(row.outcome, row.estimator) for row in rows][:1] == [("log_output", "sc_intercept")]
    assert {row.estimator for row in rows} == {"sc_intercept", "sc"}
    assert len(rows[0].placebos) == LISTED < ASSIGNMENTS - 1
    gaps = [gap for _, gap in rows[0].placebos]
    draws = done.zones.joint.draws if done.zones else None
    assert draws is not None
    others = [float(gap) for i, gap in enumerate(draws.mean_gap[:, 0]) if i != draws.treated]
    assert (min(gaps), max(gaps)) == (min(others), max(others))
    assert [item.design.unit for item in done.findings.secondary] == ["Place A", "Place B"]


def test_report_shows_each_zone_and_their_mean(done: Run[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    page = done.report()
    text = words(page)
    assert done.zones is not None
    own = [float(part.joint.estimate[0]) for part in done.zones.parts]
    gains = [f"{100 * math.expm1(effect):.1f}" for effect in own]
    for part in (
        "Treated units Place A and Place B",
        "Start 2014 and 2016",
        "2014\u20132019 and 2016\u20132019",
        "Assignments compared all 56",
        "Output per head: Place A ran",
        "Output per head: Place B ran",
        "Place B: placebo effects at earlier dates",
        "Weight: Output per head, for Place B",
        "each of the 56 assignments of dates to units",
        "Both",
        "55 placebos",
        "mean over 2 zones of their mean gaps to the synthetic paths",
        f"Each zone Place A +{gains[0]} % and Place B +{gains[1]} %, averaged as logarithms",
        "Both gaps together: the mean of Place A and Place B at",
        "a p-value is the share of assignments of the zones' dates to units",
        "Each short stroke is a placebo: an assignment of the zones' dates",
        "for an effect that is the same for every zone and constant over its window",
        "Synthetic control with intercept shift: weights on donors",
        "Synthetic control: weights on donors, none negative",
    ):
        assert part in text, part
    ids = re.findall(r'id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert {"paths-1", "paths-2", "paths-3", "paths-4", "gaps-4"} <= set(ids)
    monkeypatch.setattr(charts, "MOST_PLACEBOS", LISTED)
    shown = shown_placebos(done.findings.main)
    assert len(shown) in {LISTED, LISTED + 1}
    assert done.findings.main.joint.draws.treated in shown
    assert "of 55 placebos" in words(done.report())


@pytest.mark.parametrize("width", [80, 120])
def test_terminal_names_both(done: Run[Any], width: int) -> None:
    lines = [line.text for line in verdict_lines(done.findings, width)]
    assert max(map(len, lines)) <= width
    text = " ".join(" ".join(lines).split())
    assert "Design: Place A and Place B from 2014 and 2016" in text
    assert "6 donors" in text
    assert "The zones, on average, raised Output per head" in text
    assert "fitted on 2000-2013 and 2000-2015" in text
    assert "1/56" in text
    assert re.search(r"Output per head: the mean of Place A \+\d+\.\d % and Place B \+\d+\.\d %", text)
    assert "anticipation" not in text


def test_anticipation_is_told_zone_by_zone(tmp_path: Path) -> None:
    run = run_study(load(two_zones(tmp_path, extra="", also=ALSO + "anticipation = 1\n")))
    text = " ".join(" ".join(line.text for line in verdict_lines(run.findings, 100)).split())
    assert "anticipation none (Place A) and 2015 (Place B)" in text
    assert "Anticipation, left out none (Place A) and 2015 (Place B)" in words(run.report())


def test_run_is_kept_verified_and_printed(done: Run[Any], tmp_path: Path) -> None:
    folder = done.write(tmp_path / "run", tables=("latex",))
    record = json.loads((folder / "verdict.json").read_text(encoding="utf-8"))
    assert [record["zone"]["unit"], *(item["unit"] for item in record["also"])] == ["Place A", "Place B"]
    assert [item["unit"] for item in record["each_zone"]] == ["Place A", "Place B"]
    assert len(record["identification"][0]["checks"]) == 12
    assert verify(folder).state == "same"
    effects = (folder / "table-effects.tex").read_text(encoding="utf-8")
    assert "Effects on Place A and Place B, from 2014 and 2016" in effects
    assert "Output per head" in effects
    assert "Place B" in effects
    note = " ".join(effects.split())
    assert "single zones or no part of the claim" in note
    assert "where it is tested averaged over the zones (percentages as logarithms)" in note
    assert "for an effect the same for every zone and constant over its window" in note
    beside = " ".join((folder / "table-estimators.tex").read_text(encoding="utf-8").split())
    assert "averaged over the zones. Placebo s.d.: standard deviation of the other assignments' gaps" in beside
    shown = call("compare", str(folder), str(folder))
    assert shown.code == 0, shown.err


@pytest.mark.parametrize(
    ("also", "extra", "words_of_error"),
    [
        (ALSO.replace("Place B", "Place A"), "", "'Place A' is a zone already"),
        (ALSO.replace("[2016, 2019]", "[2015, 2019]"), "", "zone.also[1].window"),
        (ALSO.replace("Place B", "Place 9"), "", "zone.also names 'Place 9'"),
        (ALSO, '\n[donors]\nonly = ["Place B", "Place C"]\n', "which is a zone itself (zone.also)"),
        (ALSO.replace("2016", "2008"), OTHER + "pre_from = 2010\n", "alternatives[1] (levels), pre_from is 2010"),
        (ALSO, '\n[method]\nestimator = "asc"\n', "cannot be used with several zones"),
        (ALSO, '\n[method]\nestimator = "sc"\ncompare = ["sdid"]\n', "method.compare: estimator = 'sdid'"),
        (ALSO, "\n[sensitivity]\ndonors_out = 1\n", "sensitivity cannot be used with several zones"),
        ("".join(ALSO.replace("Place B", f"Place {letter}") for letter in "BCDEF"), "", "up to 5"),
    ],
)
def test_what_several_zones_do_not_have_is_said(tmp_path: Path, also: str, extra: str, words_of_error: str) -> None:
    with pytest.raises(StudyError) as caught:
        run_study(load(two_zones(tmp_path, extra, also)))
    assert words_of_error in str(caught.value)


def test_sensitivity_by_option_is_refused_as_well(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="sensitivity cannot be used"):
        with_sensitivity(load(two_zones(tmp_path, "")))


def test_longer_windows_are_refused(tmp_path: Path) -> None:
    path = two_zones(tmp_path, "")
    path.write_text(path.read_text(encoding="utf-8") + "longer = [[2014, 2018]]\n", encoding="utf-8")
    with pytest.raises(StudyError, match=r"window\.longer cannot be used"):
        load(path)
