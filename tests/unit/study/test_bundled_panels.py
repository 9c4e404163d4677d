"""Panels of the bundled evidence with a programme as the treatment: the outcomes are invented, the rule is not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest
from tests.unit.cli.command import call
from tests.unit.study.invented_evidence import GAIN, YEARS, forget, put_in_place

import pilotzone as pz
from pilotzone.core import StudyError
from pilotzone.gather import TreatmentRule, load_evidence
from pilotzone.study import load, parse, verify
from pilotzone.study.panel.material import PanelMaterial, panel_material
from pilotzone.study.panel.treated import TreatmentSpec

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

STUDY = """\
format = 1
title = "Invented zones"

[panel]
source = "bundled"
series = ["invented_output_t", "invented_smoke_t", "invented_people"]
periods = [2006, 2019]
drop = { "CN-XZ" = "few figures" }

[derive]
log_output = "log(invented_output_t / invented_people)"
log_smoke = "log(invented_smoke_t / invented_people)"

[treatment]
programme = "china-big-data-zones"

[[outcomes]]
name = "log_output"
label = "invented output per head"
role = "development"
margin = "5%"

[[outcomes]]
name = "log_smoke"
role = "environment"
good = "down"
margin = "5%"

[[limits]]
text = "All of it is invented."
"""

LATER = ("CN-BJ", "CN-CQ", "CN-HA", "CN-HE", "CN-NM", "CN-SH", "CN-TJ")


@pytest.fixture(scope="module", autouse=True)
def _evidence(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        put_in_place(tmp_path_factory.mktemp("evidence") / "bundled", patch)
        yield
    forget()


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    (home / "zones.toml").write_text(STUDY, encoding="utf-8")
    pz.run(home / "zones.toml", out=home / "run")
    return home


def material(text: str = STUDY) -> PanelMaterial:
    return panel_material(parse(text, "zones").spec)


def changed(*pairs: tuple[str, str]) -> str:
    text = STUDY
    for old, new in pairs:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


# ------------------------------------------------------------------------------------------------------ material


def test_regions_that_take_part_are_those_treated_and_never() -> None:
    found = material()
    assert found.treatment.cohorts == {"CN-GZ": 2016} | dict.fromkeys(LATER, 2017)
    assert {*found.panel.units} == {*found.treatment.cohorts, *found.treatment.never}
    assert len(found.panel.units) == 31 - 3
    assert found.treatment.left_out["CN-XZ"] == "few figures"
    assert {"CN-GD", "CN-LN"} < {*found.treatment.left_out}
    assert found.panel.periods == tuple(range(2006, 2020))
    assert [(item.title, item.unit, item.scale) for item in found.outcomes] == [
        ("invented output per head", "log(t/person)", "log"), ("log_smoke", "log(t/person)", "log"),
    ]  # fmt: skip


def test_a_series_knows_its_caveats_and_is_there_before_estimation() -> None:
    """What a check of breaks needs: the panel with all that is known about its series."""
    found = material()
    info = found.panel.series["log_output"]
    assert {item.name for item in info.caveats} == {"invented-limit", "invented-mild"}
    assert info.sources[0].title == "Made up by a generator"
    assert found.limits[0].text == "Invented output was never weighed."
    # Of the table of zones: those about regions that take part.
    texts = " ".join(item.text for item in found.limits)
    assert "In Guizhou the build-up began before" in texts
    assert "The zone is only part of the region" not in texts
    late = material(changed(("periods = [2006, 2019]", "periods = [2006, 2021]")))
    assert "invented-late" in {item.name for item in late.panel.series["log_output"].caveats}
    with_parts = material(changed(('-zones"', '-zones"\nreach = "any"')))
    assert {
        "Guangdong has no scales.",
        "The zone is only part of the region, while the figures are for the whole region.",
    } <= {item.text for item in with_parts.limits}


def test_caveats_on_regions_that_are_left_out_for_a_break_limit_nothing() -> None:
    own = (
        '\n[[breaks]]\nname = "own"\nseries = ["invented_output_t"]\nregions = ["CN-GD"]\nat = 2010\nkind = "system"\n'
        'severity = "severe"\ntext = "Scales were bought."\n'
    )
    found = material(changed(('-zones"', '-zones"\nreach = "any"')) + own)
    assert found.treatment.left_out["CN-GD"] == "severe break in 2010: Scales were bought (own)"
    assert "Guangdong has no scales." not in {item.text for item in found.limits}


def test_breaks_of_all_treated_regions_are_told_to_be_the_reason() -> None:
    own = (
        f'\n[[breaks]]\nname = "own"\nseries = ["invented_output_t"]\nregions = {["CN-GZ", *LATER]}\nat = 2010\n'
        'kind = "system"\nseverity = "severe"\ntext = "Scales were bought."\n'
    )
    with pytest.raises(StudyError, match="every region that is treated between 2006 and 2019 has a severe break"):
        material(STUDY + own)


def test_the_frame_holds_each_figure_once_and_missing_stays_missing() -> None:
    found = material(changed(("[derive]", '[derive]\nhole = "log(invented_output_t)"')))
    frame = found.frame()
    assert frame.column_names == ["region", "year", "cohort", "log_output", "log_smoke"]
    assert frame.num_rows == 28 * 14
    rows = {(row["region"], row["year"]): row for row in frame.to_pylist()}
    assert len(rows) == frame.num_rows
    for (region, year), row in rows.items():
        assert row["cohort"] == found.treatment.cohorts.get(region)
        at = found.panel.units.index(region), found.panel.periods.index(year)
        assert row["log_output"] == found.panel.matrix("log_output")[at]
    values = {name: np.array(matrix) for name, matrix in found.panel.values.items()}
    values["log_output"][3, 5] = np.nan
    object.__setattr__(found, "panel", type(found.panel)(
        found.panel.units, found.panel.periods, values, found.panel.series, found.panel.labels
    ))  # fmt: skip
    assert found.frame()["log_output"].null_count == 1
    assert found.frame()["log_output"].type == pa.float64()


def test_a_derived_series_may_rest_on_a_year_outside_the_panel() -> None:
    early = material(changed(("periods = [2006, 2019]", "periods = [2007, 2018]")))
    assert np.array_equal(early.panel.matrix("log_smoke"), material().panel.matrix("log_smoke")[:, 1:-1])


def test_covariates_and_weights_are_series() -> None:
    text = changed(
        ("[derive]", '[derive]\nsize = "log(invented_people)"'),
        ("periods", 'covariates = ["size"]\nweight = "invented_people"\nperiods'),
    )
    found = material(text)
    assert found.frame().column_names[-2:] == ["size", "invented_people"]
    columns = found.columns("invented_people", ("size",))
    assert (columns.weight, columns.covariates, columns.cluster) == ("invented_people", ("size",), None)


# ----------------------------------------------------------------------------------------------------------- runs


def test_a_run_says_who_is_treated_when_and_who_takes_no_part(ran: Path) -> None:
    record = json.loads((ran / "run" / "verdict.json").read_text(encoding="utf-8"))
    assert record["treatment"]["programme"] == "china-big-data-zones"
    assert record["treatment"]["rule"]["Reach"] == "the whole region"
    states = {row["region"]: (row["state"], row["cohort"]) for row in record["treatment"]["regions"]}
    assert len(states) == 31
    assert states["CN-GZ"] == ("treated", 2016)
    assert states["CN-XZ"] == states["CN-GD"] == ("left out", None)
    assert [(row["cohort"], row["units"]) for row in record["cohorts"]] == [(2016, 1), (2017, 7), ("never treated", 20)]
    assert record["design"]["Units"] == "28: 8 treated in 2 cohorts, 20 never"
    assert [item["origin"] for item in record["limits"]][-1] == "study"
    assert record["limits"][0]["text"] == "Invented output was never weighed."
    assert record["source"] == "Bundled evidence: Made up by a generator"
    effect = next(row for row in record["overall"] if row["outcome"] == "log_output")
    assert effect["estimate"] == pytest.approx(GAIN, abs=0.01)
    page = (ran / "run" / "report.html").read_text(encoding="utf-8")
    for words in (
        "Who is treated, and from when",
        "Regions that take no part",
        "few figures",
        "nine cities of the Pearl",
        "Guizhou zone, batch 1, in force 2016-02",
    ):
        assert words in page


def test_the_audit_names_the_evidence_and_a_run_is_the_same(ran: Path) -> None:
    audit = json.loads((ran / "run" / "audit.json").read_text(encoding="utf-8"))
    assert "evidence/invented/figures.csv" in audit["inputs"]
    assert "evidence/provinces/zones.csv" in audit["inputs"]
    assert all(name.startswith(("evidence/", "shapes/")) for name in audit["inputs"])
    assert audit["study"]["settings"]["treatment"]["in_force_after_july"] == "next year"
    assert audit["study"]["settings"]["panel"]["file"] is None
    found = verify(ran / "run")
    assert (found.state, found.differences) == ("same", ())


def test_evidence_that_changed_since_is_named(ran: Path) -> None:
    table = load_evidence().collections["invented"].files[1]
    kept = table.read_bytes()
    try:
        table.write_bytes(kept.replace(b"CN-AH,2005", b"CN-AH,2004", 1))
        forget()
        found = verify(ran / "run")
    finally:
        table.write_bytes(kept)
        forget()
    assert found.state == "different"
    assert any("invented/figures.csv" in item.file for item in found.differences)


def test_the_terminal_lists_them(ran: Path, tmp_path: Path) -> None:
    for width in (80, 120):
        said = call("run", ran / "zones.toml", "--out", tmp_path / "run", COLUMNS=str(width))
        assert said.code == 0, said.err
        assert max(len(line) for line in said.out.splitlines() if not line.startswith("Report: ")) <= width
        text = " ".join(said.out.split())
        assert "Treated from 2016: Guizhou." in text
        assert "Never treated (20): Anhui" in text
        assert "Left out: Tibet: few figures." in text
        assert "Left out: Guangdong: no instrument counts: pearl-river-delta (limited: nine cities" in text
    assert call("verify", tmp_path / "run").code == 0
    record = json.loads(call("run", ran / "zones.toml", "--out", tmp_path / "run", "--json").out)
    assert record["treatment"]["programme"] == "china-big-data-zones"


def test_another_rule_is_compared(ran: Path, tmp_path: Path) -> None:
    other = changed(('-zones"', '-zones"\nin_force_after_july = "same year"'))
    (tmp_path / "other.toml").write_text(other, encoding="utf-8")
    pz.run(tmp_path / "other.toml", out=tmp_path / "other")
    found = pz.compare_runs(ran / "run", tmp_path / "other")
    rows = {row.key: (row.left, row.right) for row in found.part("setting")}
    assert rows == {"treatment.in_force_after_july": ("next year", "same year")}
    treated = {row.key: (row.left, row.right) for row in found.part("treatment") if not row.same}
    assert treated == dict.fromkeys(LATER, ("treated from 2017", "treated from 2016"))


WRONG: list[tuple[tuple[str, str], str]] = [
    (('series = ["invented_output_t", "invented_smoke_t", "invented_people"]\n', ""), "panel.series is missing"),
    (("periods = [2006, 2019]\n", ""), "panel.periods is missing"),
    (("periods = [2006, 2019]", "periods = [2019, 2006]"), "panel.periods is [2019, 2006]"),
    (("periods = [2006, 2019]", "periods = [1990, 2019]"), "figures from 2005 to 2021"),
    (("drop =", 'unit = "region"\ndrop ='), "panel.unit goes with panel.source = 'file'"),
    (("drop =", 'cohort = "start"\ndrop ='), "panel.cohort goes with panel.source = 'file'"),
    (("drop =", 'file = "x.csv"\ndrop ='), "panel.file goes with panel.source = 'file'"),
    (("drop =", 'cluster = "x"\ndrop ='), "panel.cluster goes with panel.source = 'file'"),
    (("drop =", "cross_sections = true\ndrop ="), "panel.cross_sections goes with panel.source = 'file'"),
    (('"CN-XZ" =', '"CN-TB" ='), "panel.drop names 'CN-TB'"),
    (('"invented_people"]', '"invented_peple"]'), "Did you mean 'invented_peo"),
    (('source = "bundled"', 'source = "bundle"'), "panel.source is 'bundle'"),
    (('[treatment]\nprogramme = "china-big-data-zones"\n', ""), "treatment is missing"),
    (("china-big-data-zones", "china-big-data-zone"), "Did you mean 'china-big-data-zones'?"),
    (('-zones"', '-zones"\nkinds = ["tax"]'), "no kind 'tax'"),
    (('-zones"', '-zones"\nconfidence = "hihg"'), "treatment.confidence is 'hihg'. Did you mean 'high'?"),
    (('-zones"', '-zones"\nearliest = 2019\nlatest = 2016'), "treatment: earliest is 2019, after latest"),
    (('-zones"', '-zones"\nearliest = 2018'), "no region is treated between 2006 and 2019"),
    (('name = "log_smoke"', 'name = "log_smok"'), "Did you mean 'log_smoke'?"),
    (('role = "development"\nmargin = "5%"', 'scale = "level"'), "has scale 'level', but is a logarithm"),
    (('role = "development"', 'role = "development"\nunit = "t"'), "outcomes[1].unit is given"),
    (("log_smoke =", "year ="), "'year' is the name of a column"),
    (
        ("[[limits]]", '[space]\ncoordinates = ["x", "y"]\nrings = [50]\n[[limits]]'),
        "space.coordinates are columns of a file",
    ),
    (("drop =", 'weight = "people"\ndrop ='), "panel names 'people'"),
]


@pytest.mark.parametrize(("change", "says"), WRONG)
def test_what_cannot_be_is_refused(change: tuple[str, str], says: str) -> None:
    with pytest.raises(StudyError) as caught:
        material(changed(change))
    assert says in str(caught.value)


FILE = 'format = 1\n[panel]\nfile = "x.csv"\nunit = "u"\ntime = "t"\ncohort = "c"\n[[outcomes]]\nname = "y"\n'


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (FILE.replace('unit = "u"\n', ""), "panel.unit is missing"),
        (FILE.replace('time = "t"\n', ""), "panel.time is missing"),
        (
            FILE.replace('cohort = "c"\n', 'series = ["a"]\ncohort = "c"\n'),
            "panel.series goes with panel.source = 'bundled'",
        ),
        (FILE.replace('cohort = "c"\n', 'drop = { a = "b" }\ncohort = "c"\n'), "panel.drop goes with panel.source"),
        (FILE + '[derive]\na = "log(y)"\n', "derive goes with panel.source = 'bundled'"),
        (FILE + '[treatment]\nprogramme = "china-big-data-zones"\n', "treatment goes with panel.source = 'bundled'"),
    ],
)
def test_keys_of_the_evidence_do_not_go_with_a_file(text: str, says: str) -> None:
    with pytest.raises(StudyError) as caught:
        parse(text, "mine")
    assert says in str(caught.value)


def test_loading_reads_nothing_of_the_figures(ran: Path) -> None:
    study: Any = load(ran / "zones.toml")
    assert study.spec.treatment.rule().reach == "whole"
    assert YEARS[0] == 2005


def test_a_rule_that_a_file_says_nothing_of_is_the_default_one() -> None:
    assert TreatmentSpec(programme="china-big-data-zones").rule() == TreatmentRule()
