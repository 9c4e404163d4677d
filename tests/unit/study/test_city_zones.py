"""Zones that are cities of the bundled evidence: whose zones, neighbours and caveats are theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest

from pilotzone.core import StudyError
from pilotzone.gather import load_evidence
from pilotzone.study import load, run_study
from pilotzone.study.zone.limits import limits_of
from pilotzone.study.zone.material import excluded_units, load_panel, programmes_of
from pilotzone.study.zone.places import map_material

if TYPE_CHECKING:
    from pathlib import Path

    from pilotzone.study.zone.file import ZoneStudy

TEXT = """\
format = 1
title = "A city"
question = "Which cities may be donors?"
[zone]
unit = "{unit}"
name = "Zone"
start = 2016
[data]
source = "bundled"
series = ["city_gdp_volume_index", "city_co2_t"]
[derive]
log_gdp = "chain(city_gdp_volume_index, 2000)"
log_co2 = "log(city_co2_t)"
[[outcomes]]
name = "log_gdp"
label = "GDP"
role = "development"
good = "up"
scale = "log"
margin = 5
why_margin = "For the test."
[[outcomes]]
name = "log_co2"
label = "CO2"
role = "environment"
good = "down"
scale = "log"
margin = 5
why_margin = "For the test."
[window]
verdict = [2016, 2018]
[donors]
{donors}
"""


def study_of(folder: Path, unit: str, donors: str) -> ZoneStudy:
    path = folder / "city.toml"
    path.write_text(TEXT.format(unit=unit, donors=donors), encoding="utf-8")
    return cast("ZoneStudy", load(path))


def test_cities_of_provinces_with_a_zone_are_left_out(tmp_path: Path) -> None:
    study = study_of(tmp_path, "CN-520100", 'policy_zones = "exclude"')
    out = excluded_units(study, load_panel(study))
    provinces = {zone.region for zone in load_evidence().zones}
    cities = load_evidence().regions_of("cn-city")
    assert set(out) == {city.code for city in cities if city.parent in provinces} - {"CN-520100"}
    assert out["CN-410100"] == "in a province with a zone of the same policy (Henan, 2016-10)"
    assert out["CN-210200"].endswith("(Shenyang, 2016-10, the city of Shenyang)")
    kept = study_of(tmp_path, "CN-520100", 'policy_zones = "keep"')
    assert excluded_units(kept, load_panel(kept)) == {}


def test_audit_lists_the_zones_and_programmes_of_the_province(tmp_path: Path) -> None:
    study = study_of(tmp_path, "CN-520100", 'policy_zones = "exclude"')
    listed = {item.name for item in study.kind.inputs(study)}
    assert {"provinces/zones.csv", "provinces/programmes.csv", "provinces/datapackage.json"} <= listed
    assert {"cities/economy.csv", "cities/positions.csv", "cities/datapackage.json"} <= listed
    assert not [name for name in listed if name.startswith(("states/", "mapped/"))]


def test_neighbours_of_cities_are_not_known(tmp_path: Path) -> None:
    study = study_of(tmp_path, "CN-520100", 'neighbours = "exclude"')
    with pytest.raises(StudyError, match="does not know which cities share a border"):
        excluded_units(study, load_panel(study))


@pytest.mark.parametrize(("unit", "guizhou"), [("CN-520100", True), ("CN-430100", False)])
def test_caveats_and_programmes_of_the_province_are_the_citys(tmp_path: Path, unit: str, guizhou: bool) -> None:
    study = study_of(tmp_path, unit, 'policy_zones = "keep"')
    texts = " ".join(limit.text for limit in limits_of(study, load_panel(study)))
    assert ("In Guizhou the build-up began before the zone had its name" in texts) == guizhou
    assert any("Gui'an New Area" in line for line in programmes_of(study)) == guizhou
    assert "CO2 of cities ends in 2019" in texts


def test_a_study_of_a_state_is_not_limited_by_tables_of_chinese_zones(tmp_path: Path) -> None:
    text = TEXT.replace("city_gdp_volume_index", "us_gdp_real_v2025_03_usd2017").replace(
        "city_co2_t", "us_co2_energy_t"
    )
    text = text.replace('"chain(us_gdp_real_v2025_03_usd2017, 2000)"', '"log(us_gdp_real_v2025_03_usd2017)"')
    path = tmp_path / "state.toml"
    path.write_text(text.format(unit="US-VA", donors='policy_zones = "keep"'), encoding="utf-8")
    state = cast("ZoneStudy", load(path))
    assert not [item for item in limits_of(state, load_panel(state)) if item.source.startswith("table of")]
    city = study_of(tmp_path, "CN-510100", 'policy_zones = "exclude"')
    assert [item.source for item in limits_of(city, load_panel(city)) if item.source.startswith("table of")]


def test_a_study_of_cities_has_a_map_of_points(tmp_path: Path) -> None:
    study = study_of(tmp_path, "CN-520100", 'policy_zones = "keep"')
    found = map_material(study, load_panel(study))
    assert found is not None
    assert "GeoNames" in found.credit


SECOND_HAND = "the months were not checked against the approvals themselves"


@pytest.mark.parametrize(
    ("unit", "donors", "told"),
    [
        ("CN-520100", 'policy_zones = "keep"', True),  # a city of Guizhou, which is in the table of zones
        ("CN-450100", 'policy_zones = "exclude"', True),  # a city of Guangxi, which is not; donors are
        ("CN-450100", 'policy_zones = "keep"', False),
        ("CN-450100", '[[alternatives]]\nname = "strict"\npolicy_zones = "exclude"', True),
    ],
)
def test_caveat_on_zones_is_told_where_the_table_is_used(tmp_path: Path, unit: str, donors: str, told: bool) -> None:
    study = study_of(tmp_path, unit, donors)
    texts = " ".join(limit.text for limit in limits_of(study, load_panel(study)))
    assert (SECOND_HAND in texts) == told


def state_study(folder: Path, donors: str) -> ZoneStudy:
    text = TEXT.format(unit="US-KS", donors=donors).replace("city_gdp_volume_index", "us_gdp_real_v2025_03_usd2017")
    text = text.replace("chain(us_gdp_real_v2025_03_usd2017, 2000)", "log(us_gdp_real_v2025_03_usd2017)")
    path = folder / "state.toml"
    path.write_text(text.replace("city_co2_t", "us_co2_energy_t"), encoding="utf-8")
    return cast("ZoneStudy", load(path))


@pytest.mark.parametrize(
    "donors", ['policy_zones = "exclude"', '[[alternatives]]\nname = "strict"\npolicy_zones = "exclude"']
)
def test_zones_are_not_known_of_states(tmp_path: Path, donors: str) -> None:
    study = state_study(tmp_path, donors)
    with pytest.raises(StudyError, match="knows no zones of a policy among states") as caught:
        run_study(study)
    assert caught.value.allowed == "zones that are cities or provinces"
    assert "[donors.exclude]" in str(caught.value.todo)
    assert "[treatment]" in str(caught.value.todo)
