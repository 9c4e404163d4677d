"""The bundled evidence: what the package declares is what its tables hold, and the figures are the published ones."""

from __future__ import annotations

import csv
import hashlib
import json
import re
from collections import Counter
from decimal import Decimal
from functools import lru_cache
from typing import Any, get_args

import numpy as np
import pytest

from pilotzone.core import BreakKind, Severity, UsageError, normalise_unit
from pilotzone.gather import describe_evidence, describe_series, evidence_panel, load_evidence, load_shapes
from pilotzone.gather.collection import BUNDLED as EVIDENCE
from pilotzone.gather.collection import COLLECTIONS

PACKAGES: dict[str, dict[str, Any]] = {
    name: json.loads((EVIDENCE / name / "datapackage.json").read_text(encoding="utf-8")) for name in COLLECTIONS
}
RESOURCES = {(name, item["name"]): item for name, package in PACKAGES.items() for item in package["resources"]}
SERIES = {item["name"]: item for package in PACKAGES.values() for item in package["series"]}
HOME = {item["name"]: name for name, package in PACKAGES.items() for item in package["series"]}
PROVINCIAL = [name for name, home in HOME.items() if home == "provinces"]
# ISO 3166-2:CN without Hong Kong, Macao and Taiwan, for which the evidence has no figures.
ISO = set("AH BJ CQ FJ GD GS GX GZ HA HB HE HI HL HN JL JS JX LN NM NX QH SC SD SH SN SX TJ XJ XZ YN ZJ".split())  # noqa: SIM905
CODES = {f"CN-{code}" for code in ISO}


@lru_cache
def rows(collection: str, resource: str) -> list[dict[str, str]]:
    path = EVIDENCE / collection / RESOURCES[collection, resource]["path"]
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def written(series: str) -> dict[tuple[str, int], str]:
    """Return the figures of a series as they are written."""
    table = rows(HOME[series], SERIES[series]["resource"])
    return {(row["region"], int(row["period"])): row["value"] for row in table if row["series"] == series}


def held(series: str) -> dict[tuple[str, int], float]:
    return {key: float(value) for key, value in written(series).items()}


def regions_of(series: str) -> set[str]:
    """Return the regions of the geography that a series is about."""
    geography = PACKAGES[HOME[series]]["geography"]["name"]
    return {
        row["region"]
        for name, package in PACKAGES.items()
        if package["geography"]["name"] == geography and (name, "regions") in RESOURCES
        for row in rows(name, "regions")
    }


@pytest.mark.parametrize("name", COLLECTIONS)
def test_package_is_a_frictionless_data_package(name: str) -> None:
    """What the tabular-data-package profile asks for."""
    package = PACKAGES[name]
    assert package["profile"] == "tabular-data-package"
    assert re.fullmatch(r"[a-z0-9._-]+", package["name"])
    for resource in package["resources"]:
        assert resource["profile"] == "tabular-data-resource"
        assert re.fullmatch(r"[a-z0-9._-]+", resource["name"])
        assert not resource["path"].startswith(("/", "."))
        assert (resource["format"], resource["encoding"]) == ("csv", "utf-8")
    assert all(source["title"] for source in package["sources"])
    for part in ("resources", "sources", "series", "caveats", "breaks", "licenses"):
        assert max(Counter(item["name"] for item in package[part]).values(), default=1) == 1
    assert {file.name for file in (EVIDENCE / name).glob("*.csv")} == {item["path"] for item in package["resources"]}


def test_names_are_those_of_one_thing_in_all_packages() -> None:
    for part in ("series", "caveats", "breaks"):
        names = [item["name"] for package in PACKAGES.values() for item in package[part]]
        assert len(names) == len(set(names))


@pytest.mark.parametrize(("collection", "name"), RESOURCES)
def test_bytes_are_those_that_the_package_declares(collection: str, name: str) -> None:
    resource = RESOURCES[collection, name]
    raw = (EVIDENCE / collection / resource["path"]).read_bytes()
    assert len(raw) == resource["bytes"]
    assert f"sha256:{hashlib.sha256(raw).hexdigest()}" == resource["hash"]


PATTERNS = {
    "string": r".+", "integer": r"-?\d+", "number": r"-?\d+(\.\d+)?", "year": r"\d{4}", "date": r"\d{4}-\d\d-\d\d",
    "yearmonth": r"\d{4}-(0[1-9]|1[0-2])", "boolean": "true|false",
}  # fmt: skip


@pytest.mark.parametrize(("collection", "name"), RESOURCES)
def test_tables_follow_their_schemas(collection: str, name: str) -> None:
    schema, table = RESOURCES[collection, name]["schema"], rows(collection, name)
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
        known = {row[key["reference"]["fields"]] for row in rows(collection, key["reference"]["resource"])}
        assert {row[key["fields"]] for row in table} <= known


def test_regions_are_those_of_iso() -> None:
    assert [row["region"] for row in rows("provinces", "regions")] == sorted(CODES)
    kinds = Counter(row["kind"] for row in rows("provinces", "regions"))
    assert kinds == {"province": 22, "municipality": 4, "autonomous region": 5}


@pytest.mark.parametrize("name", SERIES)
def test_series_says_what_it_is(name: str) -> None:
    series, package = SERIES[name], PACKAGES[HOME[name]]
    assert series["label"]
    assert series["definition"].endswith(".")
    assert normalise_unit(series["unit"]) == series["unit"]
    assert normalise_unit(series["published_unit"])
    assert series["vintage"]
    for key in ("sources", "licenses"):
        assert series[key]
        assert set(series[key]) <= {item["name"] for item in package[key]}
    assert any(name in caveat["series"] for caveat in package["caveats"])


def test_every_table_has_terms_and_every_term_a_text() -> None:
    others = [
        json.loads((EVIDENCE / name / "datapackage.json").read_text(encoding="utf-8")) for name in ("places", "campus")
    ]
    for package in (*PACKAGES.values(), *others):
        known = {item["name"] for item in package["licenses"]}
        for resource in package["resources"]:
            assert resource["licenses"]
            assert set(resource["licenses"]) <= known
        for item in package["licenses"]:
            assert item["title"]
            assert item["text"].endswith(".")
            assert item["stated"] in {True, False}
            assert item.get("path", "https://").startswith("https://")


def test_breaks_are_about_what_there_is() -> None:
    for package in PACKAGES.values():
        known = {item["name"] for item in package["sources"]}
        for item in package["breaks"]:
            assert item["kind"] in get_args(BreakKind)
            assert item["severity"] in get_args(Severity)
            assert item["first"] <= item["last"]
            assert item["text"].endswith(".")
            assert item["brief"]
            assert item["source"] in known
            assert item["series"]
            for name in item["series"]:
                first, last = SERIES[name]["coverage"]["first"], SERIES[name]["coverage"]["last"]
                assert set(item.get("regions", ())) <= regions_of(name)
                assert first < item["last"], "nothing before it to compare with"
                assert item["first"] <= last


@pytest.mark.parametrize("name", SERIES)
def test_coverage_is_what_the_table_holds(name: str) -> None:
    found, covered, codes = held(name), SERIES[name]["coverage"], regions_of(name)
    regions, periods = {region for region, _ in found}, {period for _, period in found}
    assert (covered["first"], covered["last"]) == (min(periods), max(periods))
    assert (covered["regions"], covered["figures"]) == (len(regions), len(found))
    assert regions <= codes
    span = range(covered["first"], covered["last"] + 1)
    absent = {(region, period) for region in codes for period in span} - set(found)
    if covered["gaps"] == "unbalanced":
        assert len(absent) > len(codes)
        return
    declared = {
        (region, period)
        for gap in covered["gaps"]
        for region in gap.get("regions", codes)
        for period in gap.get("periods", span)
    }
    assert declared == absent


@pytest.mark.parametrize("name", SERIES)
def test_figures_have_the_published_precision(name: str) -> None:
    last = Decimal(str(SERIES[name]["precision"]))
    exact = [Decimal(value) for value in written(name).values()]
    assert all(value % last == 0 for value in exact)
    assert any(value % (10 * last) for value in exact)


def test_generation_is_never_negative_but_once() -> None:
    negative = {(name, *key) for name in PROVINCIAL for key, value in held(name).items() if value < 0}
    assert {item for item in negative if item[0].startswith("generation")} == {("generation_other_mwh", "CN-HI", 2009)}


def test_caveats_are_about_what_there_is() -> None:
    for collection, package in PACKAGES.items():
        codes = {row["region"] for row in rows(collection, "regions")} if (collection, "regions") in RESOURCES else None
        for caveat in package["caveats"]:
            assert caveat["text"].endswith(".")
            assert caveat["series"] or caveat["about"]
            assert set(caveat["series"]) <= {item["name"] for item in package["series"]}
            assert set(caveat.get("about", ())) <= {item["name"] for item in package["resources"]}
            assert codes is None or set(caveat.get("regions", ())) <= codes


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
    total = sum(
        value for name in PROVINCIAL if "generation" in name for (_, t), value in held(name).items() if t == 2017
    )
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


def test_zones_of_a_city_are_those_of_its_province() -> None:
    evidence = load_evidence()
    assert evidence.zones_in("CN-520100") == evidence.zones_in("CN-GZ") != ()
    assert evidence.zones_in("CN-510100") == evidence.zones_in("US-VA") == ()


def test_neighbours_are_mutual() -> None:
    near = load_evidence().neighbours
    pairs = {(one, other) for one, others in near.items() for other in others}
    assert len(pairs) == len(rows("provinces", "neighbours"))
    assert pairs == {(other, one) for one, other in pairs}
    assert all(one != other for one, other in pairs)
    assert load_evidence().neighbours_of("CN-GZ") == ("CN-CQ", "CN-GX", "CN-HN", "CN-SC", "CN-YN")
    assert load_evidence().neighbours_of("CN-HI") == ()
    for region, many in (("US-VA", "states"), ("CN-520100", "cities")):
        with pytest.raises(UsageError, match=f"does not know which {many} share a border"):
            load_evidence().neighbours_of(region)
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
    assert len(told.licences) == len(SERIES[name]["licenses"])
    assert len(told.breaks) == sum(name in item["series"] for item in PACKAGES[HOME[name]]["breaks"])


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
    ({"series": ["co2_t"], "periods": [True]}, "True is not a year"),
    ({"series": ["co2_t"], "periods": 2010}, "periods is 2010"),
    ({"series": ["co2_t"], "periods": "2010"}, "periods is '2010'"),
    ({"series": 7}, "series is 7"),
    ({"series": ["co2_t"], "regions": 7}, "regions is 7"),
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
