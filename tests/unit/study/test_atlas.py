"""The map of figures beside a study: what each region is in it, and what is known about its figures."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.unit.study.invented import write_study
from tests.unit.study.test_maps import STATES, study_of

from pilotzone.core import UsageError
from pilotzone.gather import MODELLED, load_evidence
from pilotzone.study import KINDS, load, run_study, with_shapes


@pytest.fixture(scope="module")
def guizhou() -> tuple[Any, Any]:
    """Return the bundled study with its main design alone, and what that finds."""
    study = load("zone/guizhou")
    narrow = replace(study, spec=study.kind.narrowed(study.spec), beside={})
    return narrow, run_study(narrow).findings


def regions(plain: dict[str, Any]) -> dict[str, Any]:
    return {item["code"]: item for item in plain["regions"]}


def test_every_region_has_its_part(guizhou: tuple[Any, Any]) -> None:
    study, found = guizhou
    atlas = study.kind.atlas(study, found, "")
    plain = atlas.plain("guizhou")
    assert plain["title"] == "GDP per head, CNY per person"
    assert plain["periods"][plain["begin"]] == "2016"
    parts = regions(plain)
    assert set(parts) == set(found.panel.units)
    assert parts["CN-GZ"]["role"] == "treated from 2016"
    assert parts["CN-GZ"]["mark"] == "★ 2016"
    assert parts["CN-HE"]["role"] == "left out by the study"
    assert "zone of the same policy" in parts["CN-HE"]["why"]
    assert parts["CN-XZ"]["role"] == "left out: not usable"
    assert {item["role"] for item in parts.values()} >= {"donor"}
    heaviest = max(found.main.fits[0][1].donor_weights().items(), key=lambda item: item[1])
    assert f"{100 * heaviest[1]:.1f}\u00a0%" in parts[heaviest[0]]["why"]
    assert any(head == "Zone" and "2016-02" in text for head, text, _ in parts["CN-GZ"]["facts"])
    json.dumps(plain, allow_nan=False)


def test_any_series_of_the_geography_and_no_other(guizhou: tuple[Any, Any]) -> None:
    study, found = guizhou
    offered = study.kind.atlas(study, found, "").options
    names = [option.value for group in offered.values() for option in group]
    assert len(names) == len(set(names))
    assert set(names) >= {name for name, item in load_evidence().series.items() if item.geography == "cn-province"}
    plain = study.kind.atlas(study, found, "generation_hydro_mwh").plain("guizhou")
    assert plain["title"] == "Electricity from hydropower, MWh"
    for wrong in ("us_jobs", "<script>", "co2"):
        with pytest.raises(UsageError, match="series"):
            study.kind.atlas(study, found, wrong)


def test_what_is_modelled_or_missing_is_said(guizhou: tuple[Any, Any]) -> None:
    study, found = guizhou
    plain = study.kind.atlas(study, found, "co2_per_capita_t").plain("guizhou")
    assert plain["remarks"][0] == "Computed by the study: co2_t / population."
    assert plain["remarks"][1].startswith("Modelled, not measured: CO2 is computed from energy balances")
    assert set(regions(plain)["CN-XZ"]["figures"]) == {"no figure"}
    assert "30 of 31 regions have a figure" in plain["summaries"][plain["begin"]]
    counted = study.kind.atlas(study, found, "population").plain("guizhou")
    assert not any("Modelled" in text or "Computed" in text for text in counted["remarks"])


def test_caveats_that_say_what_is_modelled_are_in_the_evidence() -> None:
    assert {item.caveat.name for item in load_evidence().caveats} >= MODELLED


def test_figures_are_those_of_the_panel(guizhou: tuple[Any, Any]) -> None:
    study, found = guizhou
    atlas = study.kind.atlas(study, found, "population")
    panel = found.panel
    for frame in atlas.frames:
        column = [str(period) for period in panel.periods].index(frame.period)
        for unit, value in frame.values.items():
            actual = panel.matrix("population")[panel.unit_index(unit), column]
            assert value == actual or (value != value and actual != actual)  # noqa: PLR0124 - NaN is unlike itself


def test_own_figures_of_states_and_of_places_without_shapes(tmp_path: Path) -> None:
    own = load(study_of(tmp_path, STATES, "US-RI"))
    plain = own.kind.atlas(own, run_study(own).findings, "").plain("own")
    assert [head for head, _ in plain["options"]] == ["Series of the study"]
    assert len(plain["material"]["shapes"]) == 51
    (tmp_path / "towns").mkdir()
    towns = load(write_study(tmp_path / "towns", title="</script>"))
    plain = towns.kind.atlas(towns, run_study(towns).findings, "").plain("towns")
    assert plain["material"]["figures"] == []
    assert plain["credit"] == ""
    assert regions(plain)["Place A"]["role"] == "treated from 2014"


def test_a_panel_of_states() -> None:
    study = load("panel/us-data-centres")
    narrow = replace(study, spec=study.kind.narrowed(study.spec), beside={})
    found = run_study(narrow).findings
    plain = study.kind.atlas(narrow, found, "").plain("states")
    parts = regions(plain)
    assert len(parts) == 51
    # CO2 by sector begins later than the study: a field that lacked the study's first year would show another one.
    (window,) = [choice for choice in study.kind.choices(narrow, found) if choice.key == "panel.periods"]
    assert window.value == [1998, 2021]
    assert set(window.value) <= {option.value for option in window.options}
    for item in found.treatment.regions:
        told = f"treated from {item.cohort}" if item.cohort is not None else ("never", "always", "left out")
        assert parts[item.region]["role"].startswith(told)
        assert parts[item.region]["mark"] == ("" if item.cohort is None else str(item.cohort))
    assert len(plain["material"]["shapes"]) == 51
    assert study.kind.atlas(narrow, found, "us_jobs").plain("states")["title"].startswith("Jobs")
    with pytest.raises(UsageError, match="series"):
        study.kind.atlas(narrow, found, "population")


def test_kinds_without_a_map_say_so() -> None:
    for kind in KINDS.values():
        if not kind.mapped:
            with pytest.raises(UsageError, match="maps no figures"):
                kind.atlas(None, None, "")  # type: ignore[arg-type]


def own_panel(folder: Path, units: list[str]) -> tuple[Any, Any]:
    """Return a panel of the user's own with its findings: half the units treated from 2014, in their order."""
    rows = ["place,year,first,output"]
    for k, unit in enumerate(units):
        first = 2014 if k % 2 else ""
        rows += [
            f"{unit},{year},{first},{'' if (k, year) == (0, 2010) else 10 * k + year % 7}" for year in range(2010, 2018)
        ]
    (folder / "own.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    (folder / "own.toml").write_text(
        'format = 1\ntitle = "Own"\n[panel]\nfile = "own.csv"\nunit = "place"\ntime = "year"\ncohort = "first"\n'
        'citation = "Invented"\n[[outcomes]]\nname = "output"\nlabel = "Output"\nunit = "MW"\n',
        encoding="utf-8",
    )
    study = load(folder / "own.toml")
    return study, run_study(study).findings


def test_a_panel_of_ones_own_lies_on_the_bundled_shapes(tmp_path: Path) -> None:
    units = [region.code for region in load_evidence().regions_of("us-state")][:14]
    study, found = own_panel(tmp_path, units)
    plain = study.kind.atlas(study, found, "").plain("own")
    assert plain["title"] == "Output, MW"
    assert plain["periods"] == [str(year) for year in range(2010, 2018)]
    assert plain["periods"][plain["begin"]] == "2014"
    assert plain["sources"] == ["Invented"]
    assert plain["credit"]
    parts = regions(plain)
    assert set(parts) == set(units)
    assert parts[units[1]]["role"] == "treated from 2014"
    assert parts[units[1]]["mark"] == "2014"
    assert parts[units[0]]["role"] == "never treated"
    assert parts[units[0]]["figures"][:2] == ["no figure", f"{2011 % 7}.00"]
    assert [float(text) for text in parts[units[3]]["figures"]] == [30 + year % 7 for year in range(2010, 2018)]
    assert len(json.dumps(plain["material"])) > 10_000
    with pytest.raises(UsageError, match="series"):
        study.kind.atlas(study, found, "place")


def test_units_without_shapes_have_a_table_until_shapes_are_chosen(tmp_path: Path) -> None:
    units = [f"town {k}" for k in range(14)]
    study, found = own_panel(tmp_path, units)
    atlas = study.kind.atlas(study, found, "output")
    plain = atlas.plain("own")
    assert plain["material"]["figures"] == []
    assert len(plain["regions"]) == 14
    shapes = {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"name": unit},
                "geometry": {
                    "type": "Polygon",
                    "coordinates": [[[k, 0], [k, 1], [k + 1, 1], [k + 1, 0], [k, 0]]],
                },
            }
            for k, unit in enumerate(units[:-1])
        ],
    }
    (tmp_path / "towns.geojson").write_text(json.dumps(shapes), encoding="utf-8")
    shown = with_shapes(atlas, tmp_path / "towns.geojson").plain("own")
    assert len(shown["material"]["figures"]) == 1
    assert "No shape of town 13" in shown["credit"]


def test_a_panel_too_large_for_a_page_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    study, found = own_panel(tmp_path, [f"town {k}" for k in range(14)])
    monkeypatch.setattr("pilotzone.study.panel.placed._MOST_UNITS", 13)
    with pytest.raises(UsageError, match=r"14 units and 112 figures: too many for a map"):
        study.kind.atlas(study, found, "")
