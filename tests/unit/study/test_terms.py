"""Terms of the figures stand in the record and the report: each licence once, with what is under it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.unit.cli.command import call
from tests.unit.study.guizhou import guizhou

import pilotzone as pz
from pilotzone.gather import evidence_panel, load_evidence, policy_licences
from pilotzone.study.runs.terms import terms_of, terms_record, terms_sheet

if TYPE_CHECKING:
    from pathlib import Path

PANEL = """\
format = 1
title = "A panel of provinces"
[panel]
source = "bundled"
series = ["gdp_nominal_cny", "population"]
periods = [2005, 2019]
[derive]
ls = "log(gdp_nominal_cny)"
[treatment]
programme = "china-big-data-zones"
[[outcomes]]
name = "ls"
"""


def test_each_licence_stands_once_with_its_series() -> None:
    panel = evidence_panel(["us_population", "us_jobs", "us_sales_total_mwh", "us_pm25_counties"])
    found = terms_of(panel.series.values())
    names = [item.licence.name for item in found]
    assert len(set(names)) == len(names)
    for name, info in panel.series.items():
        assert [item.licence for item in found if name in item.series] == list(info.licences)
    silent = [row for row in terms_record(found) if not row["stated"]]
    assert [row["name"] for row in silent] == ["acag-not-stated"]
    sheet = terms_sheet(found)
    assert sheet is not None
    assert [row[1].text.startswith("No terms stated.") for row in sheet.rows] == [
        not item.licence.stated for item in found
    ]
    assert sheet.note == ""


def test_open_database_terms_bring_their_notice() -> None:
    found = terms_of(evidence_panel(["us_population", "us_data_center_buildings"]).series.values())
    notice = load_evidence().collections["mapped"].notice
    assert "OpenStreetMap" in notice
    assert [item.notice for item in found if item.licence.name == "ODbL-1.0"] == [notice]
    assert [item.notice for item in found if item.licence.name != "ODbL-1.0"] == [""] * (len(found) - 1)
    sheet = terms_sheet(found)
    assert sheet is not None
    assert sheet.note == f"Notice: {notice}"


def test_a_run_on_the_evidence_has_them_in_record_and_report(tmp_path: Path) -> None:
    path = tmp_path / "panel.toml"
    path.write_text(PANEL, encoding="utf-8")
    guizhou().write(tmp_path / "zone")
    pz.run(path, out=tmp_path / "many")
    terms: list[dict[str, Any]] = []
    page = ""
    for kind in ("zone", "many"):
        terms = json.loads((tmp_path / kind / "verdict.json").read_text(encoding="utf-8"))["terms"]
        page = (tmp_path / kind / "report.html").read_text(encoding="utf-8")
        assert len({item["name"] for item in terms}) == len(terms) > 0
        assert {"gdp_nominal_cny", "population"} <= {name for item in terms for name in item["series"]}
        assert "Terms of the figures" in page
        assert all(item["title"] in page for item in terms)
    silent = [item for item in terms if not item["stated"]]
    assert "china-big-data-zones" in silent[0]["series"]
    assert "No terms stated." in page


@pytest.mark.parametrize("name", ["us-data-center-incentives", "china-big-data-zones"])
def test_a_programme_has_regions_sources_and_licences(name: str) -> None:
    policy = load_evidence().policy(name)
    said = call("evidence", name).out
    record = json.loads(call("evidence", name, "--json").out)
    words = " ".join(said.split())
    assert [item["name"] for item in record["licences"]] == [item.name for item in policy_licences(policy)] != []
    assert all(f"{item.title}. {item.text}" in words for item in policy_licences(policy))
    assert set(record["sources"]) == {item.source for item in policy.instruments}
    assert all(" ".join(item.source.split()) in words for item in policy.instruments)
    head = said[said.index("Instruments") : said.index("Regions without")]
    assert all(policy.label(item.region).split()[0] in head for item in policy.instruments)


def test_caveats_of_a_programme_name_their_regions() -> None:
    words = " ".join(call("evidence", "china-big-data-zones").out.split())
    record = json.loads(call("evidence", "china-big-data-zones", "--json").out)
    caveat = next(item for item in record["caveats"] if item["text"].startswith("The zone is only part of the region"))
    assert caveat["regions"] == ["CN-GD", "CN-LN"]
    assert "whole region. [Guangdong, Liaoning] Limits a verdict." in words
