"""The design of the studies of China's zones, as it was fixed before their first estimate."""

from __future__ import annotations

import numpy as np
import pytest

from pilotzone.gather import evidence_panel, load_evidence, load_positions
from pilotzone.study import load
from pilotzone.study.panel.material import panel_material

MUNICIPALITIES = {"CN-BJ", "CN-SH", "CN-CQ", "CN-TJ"}
FALSIFIED = {"CN-LN", "CN-NM", "CN-TJ"}
STUDIES = ("china-zones", "china-zones-growth")


@pytest.mark.parametrize("name", STUDIES)
def test_four_of_twenty_five_provinces(name: str) -> None:
    spec = load(name).spec
    found = panel_material(spec)
    assert set(spec.panel.drop) == MUNICIPALITIES | FALSIFIED
    assert found.cohorts == {"CN-GZ": 2016, "CN-HE": 2017, "CN-GD": 2017, "CN-HA": 2017}
    assert len(found.panel.units) == 25
    assert found.panel.periods[-1] == 2019
    for outcome in found.outcomes:
        assert not np.isnan(found.panel.matrix(outcome.name)).any()
    assert (spec.method.controls, spec.method.anticipation, spec.claim.alpha) == ("never_treated", 0, 0.05)


def test_what_stands_beside_was_declared() -> None:
    spec = load("china-zones").spec
    assert [item.name for item in spec.alternatives] == [
        "one_date", "anticipation", "all_years_as_base", "pearl_river_delta", "with_shenyang", "with_inner_mongolia",
        "without_jilin", "five_cities_or_more", "away_from_zones", "cities",
    ]  # fmt: skip
    assert [item.name for item in spec.placebo_outcomes] == ["log_prices"]
    assert [item.earlier for item in spec.placebo_dates] == [4]
    assert spec.without_each
    delta = next(item for item in spec.alternatives if item.name == "pearl_river_delta").members
    assert delta is not None
    names = {load_evidence().region(code).name for code in delta.only["CN-GD"]}
    assert names == {
        "Guangzhou", "Shenzhen", "Zhuhai", "Foshan", "Jiangmen", "Zhaoqing", "Huizhou", "Dongguan", "Zhongshan",
    }  # fmt: skip


def test_cities_beside_a_zone_are_those_within_100_km() -> None:
    """Of provinces in the study, outside zones, with an index: seats within 100 km of the seat of any zone city."""
    spec = load("china-zones").spec
    alternatives = {item.name: item.members for item in spec.alternatives}
    away, delta = alternatives["away_from_zones"], alternatives["pearl_river_delta"]
    assert away is not None
    assert delta is not None
    evidence, at = load_evidence(), load_positions("cn-city")
    assert at is not None
    where = {code: np.radians(place) for code, place in at.at.items()}
    parents = {region.code: region.parent for region in evidence.regions if region.geography == "cn-city"}
    whole = {zone.region for zone in evidence.zones if zone.whole}
    zone = {code for code, parent in parents.items() if parent in whole} | {*delta.only["CN-GD"], "CN-210100"}
    index = evidence_panel(["city_gdp_volume_index"], periods=range(2001, 2020))
    known = [not np.isnan(row).any() for row in index.matrix("city_gdp_volume_index")]
    others = [
        code
        for code, there in zip(index.units, known, strict=True)
        if there and code not in zone and parents[code] not in {*spec.panel.drop, "CN-GD"}
    ]

    def kilometres(one: str, other: str) -> float:
        (a, b), (c, d) = where[one], where[other]
        half = np.sin((c - a) / 2) ** 2 + np.cos(a) * np.cos(c) * np.sin((d - b) / 2) ** 2
        return float(2 * 6371.0088 * np.arcsin(np.sqrt(half)))

    near = {code for code in others if min(kilometres(code, one) for one in zone) <= 100}
    assert near == set(away.drop)
