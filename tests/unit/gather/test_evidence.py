"""The bundled evidence: what the package declares is what its tables hold, and the figures are the published ones."""

from __future__ import annotations

import csv
import hashlib
import json
import re
from collections import Counter
from typing import Any

import numpy as np
import pytest

from pilotzone.core import UsageError, normalise_unit
from pilotzone.gather import describe_evidence, describe_series, evidence_panel, load_evidence, load_shapes
from pilotzone.gather.evidence import BUNDLED

PACKAGE: dict[str, Any] = json.loads((BUNDLED / "datapackage.json").read_text(encoding="utf-8"))
RESOURCES: dict[str, dict[str, Any]] = {item["name"]: item for item in PACKAGE["resources"]}
SERIES: dict[str, dict[str, Any]] = {item["name"]: item for item in PACKAGE["series"]}
# ISO 3166-2:CN without Hong Kong, Macao and Taiwan, for which the evidence has no figures.
ISO = set("AH BJ CQ FJ GD GS GX GZ HA HB HE HI HL HN JL JS JX LN NM NX QH SC SD SH SN SX TJ XJ XZ YN ZJ".split())  # noqa: SIM905
CODES = {f"CN-{code}" for code in ISO}


def rows(resource: str) -> list[dict[str, str]]:
    with (BUNDLED / RESOURCES[resource]["path"]).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def held(series: str) -> dict[tuple[str, int], int]:
    table = rows(SERIES[series]["resource"])
    return {(row["region"], int(row["period"])): int(row["value"]) for row in table if row["series"] == series}


def test_package_is_a_frictionless_data_package() -> None:
    """What the tabular-data-package profile asks for."""
    assert PACKAGE["profile"] == "tabular-data-package"
    assert re.fullmatch(r"[a-z0-9._-]+", PACKAGE["name"])
    for resource in PACKAGE["resources"]:
        assert resource["profile"] == "tabular-data-resource"
        assert re.fullmatch(r"[a-z0-9._-]+", resource["name"])
        assert not resource["path"].startswith(("/", "."))
        assert (resource["format"], resource["encoding"]) == ("csv", "utf-8")
    assert all(source["title"] for source in PACKAGE["sources"])
    for items in (PACKAGE["resources"], PACKAGE["sources"], PACKAGE["series"], PACKAGE["caveats"]):
        assert max(Counter(item["name"] for item in items).values()) == 1
    assert {file.name for file in BUNDLED.glob("*.csv")} == {item["path"] for item in PACKAGE["resources"]}


@pytest.mark.parametrize("name", RESOURCES)
def test_bytes_are_those_that_the_package_declares(name: str) -> None:
    raw = (BUNDLED / RESOURCES[name]["path"]).read_bytes()
    assert len(raw) == RESOURCES[name]["bytes"]
    assert f"sha256:{hashlib.sha256(raw).hexdigest()}" == RESOURCES[name]["hash"]


PATTERNS = {"string": r".+", "integer": r"-?\d+", "year": r"\d{4}", "yearmonth": r"\d{4}-(0[1-9]|1[0-2])"}


@pytest.mark.parametrize("name", RESOURCES)
def test_tables_follow_their_schemas(name: str) -> None:
    schema, table = RESOURCES[name]["schema"], rows(name)
    assert list(table[0]) == [field["name"] for field in schema["fields"]]
    for field in schema["fields"]:
        cells, limits = [row[field["name"]] for row in table], field.get("constraints", {})
        filled = [cell for cell in cells if cell]
        assert all(re.fullmatch(PATTERNS[field["type"]], cell) for cell in filled), field["name"]
        if limits.get("required"):
            assert len(filled) == len(cells), field["name"]
        if "pattern" in limits:
            assert all(re.fullmatch(limits["pattern"], cell) for cell in filled), field["name"]
        if "enum" in limits:
            assert set(filled) <= set(limits["enum"]), field["name"]
    keys = [tuple(row[part] for part in schema["primaryKey"]) for row in table]
    assert len(keys) == len(set(keys))
    for key in schema.get("foreignKeys", ()):
        known = {row[key["reference"]["fields"]] for row in rows(key["reference"]["resource"])}
        assert {row[key["fields"]] for row in table} <= known


def test_regions_are_those_of_iso() -> None:
    assert [row["region"] for row in rows("regions")] == sorted(CODES)
    kinds = Counter(row["kind"] for row in rows("regions"))
    assert kinds == {"province": 22, "municipality": 4, "autonomous region": 5}


@pytest.mark.parametrize("name", SERIES)
def test_series_says_what_it_is(name: str) -> None:
    series = SERIES[name]
    assert series["label"]
    assert series["definition"].endswith(".")
    assert normalise_unit(series["unit"]) == series["unit"]
    assert normalise_unit(series["published_unit"])
    assert series["sources"]
    assert set(series["sources"]) <= {source["name"] for source in PACKAGE["sources"]}
    assert any(name in caveat["series"] for caveat in PACKAGE["caveats"])


@pytest.mark.parametrize("name", SERIES)
def test_coverage_is_what_the_table_holds(name: str) -> None:
    found, covered = held(name), SERIES[name]["coverage"]
    regions, periods = {region for region, _ in found}, {period for _, period in found}
    assert (covered["first"], covered["last"]) == (min(periods), max(periods))
    assert (covered["regions"], covered["figures"]) == (len(regions), len(found))
    span = range(covered["first"], covered["last"] + 1)
    absent = {(region, period) for region in CODES for period in span} - set(found)
    declared = {
        (region, period)
        for gap in covered["gaps"]
        for region in gap.get("regions", CODES)
        for period in gap.get("periods", span)
    }
    assert declared == absent


@pytest.mark.parametrize("name", SERIES)
def test_figures_have_the_published_precision(name: str) -> None:
    precision = SERIES[name]["precision"]
    assert all(value % precision == 0 for value in held(name).values())
    assert any(value % (10 * precision) for value in held(name).values())
    negative = {key for key, value in held(name).items() if value < 0}
    assert negative == ({("CN-HI", 2009)} if name == "generation_other_mwh" else set())


def test_caveats_are_about_what_there_is() -> None:
    for caveat in PACKAGE["caveats"]:
        assert caveat["text"].endswith(".")
        assert caveat["series"] or caveat["about"]
        assert set(caveat["series"]) <= set(SERIES)
        assert set(caveat.get("about", ())) <= set(RESOURCES)
        assert set(caveat.get("regions", ())) <= CODES


# ------------------------------------------------------------------------------------------- the figures

FIGURES = [
    ("population", "CN-GZ", 2010, 34_790_000),
    ("population", "CN-GZ", 2011, 35_300_000),
    ("gdp_nominal_cny", "CN-AH", 2005, 567_590_000_000),
    ("co2_t", "CN-AH", 1997, 109_500_000),
    ("generation_thermal_mwh", "CN-AH", 2005, 62_920_000),
    ("generation_thermal_mwh", "CN-BJ", 2017, 37_700_000),
    ("generation_nuclear_mwh", "CN-HL", 2010, 3_300_000),
    ("generation_wind_mwh", "CN-HL", 2010, 0),
]


@pytest.mark.parametrize(("name", "region", "period", "value"), FIGURES)
def test_published_figures(name: str, region: str, period: int, value: int) -> None:
    assert held(name)[region, period] == value
    assert evidence_panel([name], regions=[region], periods=[period]).matrix(name).tolist() == [[value]]


@pytest.mark.parametrize("name", SERIES)
def test_panel_has_every_figure_and_no_other(name: str) -> None:
    panel = evidence_panel([name])
    found = {
        (unit, period): panel.matrix(name)[i, t]
        for i, unit in enumerate(panel.units)
        for t, period in enumerate(panel.periods)
        if not np.isnan(panel.matrix(name)[i, t])
    }
    assert found == held(name)


def test_generation_of_2017_adds_up_to_the_national_total() -> None:
    """6,417.1 TWh, as the China Electricity Council gives it."""
    total = sum(value for name in SERIES if "generation" in name for (_, t), value in held(name).items() if t == 2017)
    assert total == pytest.approx(6_417.1e6, abs=0.05e6)


STEPS = [
    ("gdp_nominal_cny", "CN-XZ", 2024, 15.6), ("gdp_nominal_cny", "CN-SH", 2024, 14.2),
    ("gdp_nominal_cny", "CN-BJ", 2024, 13.9), ("population", "CN-GX", 2010, -5.1), ("population", "CN-AH", 2010, -2.8),
    ("population", "CN-SX", 2010, 4.3), ("population", "CN-TJ", 2010, 5.8), ("population", "CN-BJ", 2010, 5.5),
    ("population", "CN-HB", 2020, -3.1), ("population", "CN-HB", 2021, 1.5), ("co2_t", "CN-YN", 2004, -34),
    ("co2_t", "CN-YN", 2005, 127), ("co2_t", "CN-NX", 2011, 43), ("co2_t", "CN-NX", 2017, 28),
    ("generation_thermal_mwh", "CN-NX", 2011, 69), ("generation_thermal_mwh", "CN-NX", 2017, 17),
    ("generation_thermal_mwh", "CN-SD", 2015, 24),
]  # fmt: skip


@pytest.mark.parametrize(("name", "region", "period", "percent"), STEPS)
def test_steps_that_caveats_tell_of(name: str, region: str, period: int, percent: float) -> None:
    found = held(name)
    change = 100 * (found[region, period] / found[region, period - 1] - 1)
    assert change == pytest.approx(percent, abs=0.5 if isinstance(percent, int) else 0.05)


def test_rough_years_of_co2_are_counted_rightly() -> None:
    found = held("co2_t")
    rough = [t for (i, t), value in found.items() if t > 1997 and abs(value / found[i, t - 1] - 1) > 0.2]
    assert (sum(t < 2006 for t in rough), sum(t >= 2006 for t in rough)) == (37, 17)


# ------------------------------------------------------------------------- zones, neighbours, shapes, words


def test_zones_are_as_the_literature_lists_them() -> None:
    zones = {zone.region: zone for zone in load_evidence().zones}
    assert set(zones) == {f"CN-{code}" for code in ("GZ", "BJ", "TJ", "HE", "GD", "SH", "HA", "CQ", "LN", "NM")}
    assert {code for code, zone in zones.items() if (zone.date, zone.batch) == ("2016-02", 1)} == {"CN-GZ"}
    assert {(zone.date, zone.batch) for code, zone in zones.items() if code != "CN-GZ"} == {("2016-10", 2)}
    assert {code for code, zone in zones.items() if not zone.whole} == {"CN-GD", "CN-LN"}
    assert all(bool(zone.part) != zone.whole for zone in zones.values())


def test_events_and_programmes_come_in_order() -> None:
    evidence = load_evidence()
    assert [event.first for event in evidence.events] == sorted(event.first for event in evidence.events)
    assert all(event.first <= event.last < "2016-02" for event in evidence.events)
    assert all(item.end is None or item.start <= item.end for item in evidence.programmes)
    assert {event.region for event in evidence.events} == {item.region for item in evidence.programmes} == {"CN-GZ"}


def test_neighbours_are_mutual() -> None:
    near = load_evidence().neighbours
    pairs = {(one, other) for one, others in near.items() for other in others}
    assert len(pairs) == len(rows("neighbours"))
    assert pairs == {(other, one) for one, other in pairs}
    assert all(one != other for one, other in pairs)
    assert load_evidence().neighbours_of("CN-GZ") == ("CN-CQ", "CN-GX", "CN-HN", "CN-SC", "CN-YN")
    assert load_evidence().neighbours_of("CN-HI") == ()
    assert set(near) == CODES - {"CN-HI"}


def test_shapes_are_closed_rings_of_known_regions() -> None:
    shapes = load_shapes()
    assert set(shapes.codes) >= CODES
    assert "Natural Earth" in shapes.credit
    assert "imply no" in shapes.credit or "no view" in shapes.credit
    for feature in shapes.geojson()["features"]:
        parts = feature["geometry"]["coordinates"]
        rings = parts if feature["geometry"]["type"] == "Polygon" else [ring for part in parts for ring in part]
        for ring in rings:
            assert len(ring) >= 4
            assert ring[0] == ring[-1]
            assert all(73 <= x <= 136 and 3 <= y <= 54 for x, y in ring)


@pytest.mark.parametrize("name", SERIES)
def test_description_counts_what_the_table_holds(name: str) -> None:
    found, told = held(name), describe_series(name)
    for row in told.regions.records():
        assert row["figures"] == sum(region == row["region"] for region, _ in found)
    for row in told.periods.records():
        assert row["regions"] == sum(period == row["period"] for _, period in found)
    assert len(told.sources) == len(SERIES[name]["sources"])


def test_overview_has_every_series() -> None:
    assert [row["series"] for row in describe_evidence().series.records()] == list(SERIES)


ASKED: list[tuple[dict[str, Any], str]] = [
    ({"series": ["co2"]}, "no series 'co2'"),
    ({"series": "co2_t"}, "series is the text"),
    ({"series": []}, "no series asked for"),
    ({"series": ["co2_t"], "regions": ["Guizhou"]}, "Did you mean 'CN-GZ'"),
    ({"series": ["co2_t"], "regions": ["cn-gz"]}, "Did you mean 'CN-GZ'"),
    ({"series": ["co2_t"], "regions": ["贵州省"]}, "Did you mean 'CN-GZ'"),
    ({"series": ["co2_t"], "periods": [2020]}, "years from 1997 to 2019"),
    ({"series": ["co2_t"], "periods": [True]}, "True is no year"),
    ({"series": ["co2_t"], "periods": []}, "no periods asked for"),
]


@pytest.mark.parametrize(("asked", "says"), ASKED)
def test_what_is_not_there_is_refused(asked: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError) as caught:
        evidence_panel(**asked)
    assert says in str(caught.value)


def test_caveats_follow_regions_and_periods() -> None:
    def names(regions: list[str], periods: list[int]) -> set[str]:
        panel = evidence_panel(["population"], regions=regions, periods=periods)
        return {caveat.name for caveat in panel.series["population"].caveats}

    assert names(["CN-GZ"], [2015]) == set()
    assert names(["CN-GZ"], [2010]) == {"population-rebase-2011"}
    assert names(["CN-HB"], [2020]) == {"population-hubei-2020"}
