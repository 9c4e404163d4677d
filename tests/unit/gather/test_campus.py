"""Evidence for campuses: what its package declares is what its tables hold, and the figures are the published ones."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from pilotzone.core import UsageError
from pilotzone.gather import (
    campus_names,
    capital_formation,
    data_centre_facts,
    describe_table,
    electricity_forecasts,
    hourly_weather,
    hydro_dams,
    layer_names,
    load_campus,
    load_evidence,
    load_layer,
    table_titles,
)
from pilotzone.gather.collection import BUNDLED
from pilotzone.gather.evidence import figures

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

FOLDER = BUNDLED / "campus"
PACKAGE: dict[str, Any] = json.loads((FOLDER / "datapackage.json").read_text(encoding="utf-8"))
RESOURCES = {item["name"]: item for item in PACKAGE["resources"]}
TABLES = [name for name, item in RESOURCES.items() if item["format"] == "csv"]
CITIES = {"Guangzhou": "CN-GD", "Beijing": "CN-BJ"}
PATTERNS = {"string": r".+", "integer": r"-?\d+", "number": r"-?\d+(\.\d+)?", "year": r"\d{4}"}


@lru_cache
def rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / RESOURCES[name]["path"]).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# ------------------------------------------------------------------------------------------------- the package


def test_the_folder_holds_what_the_package_declares_and_nothing_else() -> None:
    declared = {item["path"] for item in RESOURCES.values()}
    assert {path.name for path in FOLDER.iterdir()} == {*declared, "datapackage.json"}
    assert campus_names() == tuple(RESOURCES)
    for part in ("resources", "sources", "caveats", "licenses"):
        assert max(Counter(item["name"] for item in PACKAGE[part]).values()) == 1
    named = {key for item in RESOURCES.values() for key in item["sources"]}
    assert named == {item["name"] for item in PACKAGE["sources"]}
    assert {key for item in RESOURCES.values() for key in item["licenses"]} == {i["name"] for i in PACKAGE["licenses"]}


@pytest.mark.parametrize("name", RESOURCES)
def test_bytes_rows_sources_terms_and_caveats(name: str) -> None:
    resource, layer = RESOURCES[name], load_campus(name)
    raw = (FOLDER / resource["path"]).read_bytes()
    assert (len(raw), f"sha256:{hashlib.sha256(raw).hexdigest()}") == (resource["bytes"], resource["hash"])
    assert len(layer) == resource["rows"]
    assert layer.sources
    assert layer.licences
    assert layer.caveats
    assert resource["vintage"]
    fields = [field["name"] for field in resource["schema"]["fields"]]
    assert set(fields) == set(layer.texts) | set(layer.numbers)
    if "region" in fields:
        assert set(layer.texts["region"]) - {""} <= {region.code for region in load_evidence().regions}


@pytest.mark.parametrize("name", RESOURCES)
def test_every_column_of_numbers_has_a_unit(name: str) -> None:
    for field in RESOURCES[name]["schema"]["fields"]:
        assert field["title"]
        assert ("unit" in field) == (field["type"] in {"number", "integer"}), field["name"]
        if field.get("unit") == "in the column unit":
            assert all(row["unit"] for row in rows(name))


@pytest.mark.parametrize("name", TABLES)
def test_tables_follow_their_schemas(name: str) -> None:
    schema, table = RESOURCES[name]["schema"], rows(name)
    assert list(table[0]) == [field["name"] for field in schema["fields"]]
    for field in schema["fields"]:
        cells, limits = [row[field["name"]] for row in table], field.get("constraints", {})
        filled = [cell for cell in cells if cell]
        assert all(re.fullmatch(PATTERNS[field["type"]], cell) for cell in filled), field["name"]
        assert len(filled) == len(cells) or not limits.get("required"), field["name"]
        if "pattern" in limits:
            assert all(re.fullmatch(limits["pattern"], cell) for cell in filled), field["name"]
        if "enum" in limits:
            assert set(filled) == set(limits["enum"]), field["name"]
    keys = [tuple(row[part] for part in schema["primaryKey"]) for row in table]
    assert len(keys) == len(set(keys))


def test_names_of_tables_are_those_of_one_thing() -> None:
    known = load_evidence()
    assert not set(table_titles()) & {*known.series, *known.policies}
    assert len(table_titles()) == len(layer_names()) + len(campus_names())


def test_a_table_in_full_shows_what_is_missing_as_missing() -> None:
    described = describe_table("data_centre_facts")
    filled = {row["column"]: row["filled"] for row in described.columns.records()}
    assert (filled["value"], filled["low"], filled["high"]) == (61, 4, 4)
    assert sum(row["value"] is None for row in described.rows().records()) == 4
    years = {row["period"] for row in describe_table("dams").rows().records()}
    assert years == set(range(2009, 2016))


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda: load_campus("dam"), "Did you mean 'dams'"),
        (lambda: describe_table("coal_price"), "Did you mean 'coal_prices'"),
        (lambda: hourly_weather("Guangzou"), "Did you mean 'Guangzhou'"),
        (lambda: hourly_weather("Guangzhou").of_year(2016), "from 2010 to 2015"),
        (lambda: hydro_dams("CN-GD"), "CN-GD"),
        (lambda: capital_formation("CN-HK"), "CN-HK"),
    ],
)
def test_unknown_names(ask: Callable[[], object], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        ask()


# ------------------------------------------------------------------------------------------------- weather


def vapour(celsius: Floats) -> Floats:
    """Return saturation pressure over its constant factor, by Magnus with Alduchov and Eskridge's coefficients."""
    pressure: Floats = np.exp(17.625 * celsius / (243.04 + celsius))
    return pressure


@pytest.mark.parametrize("city", CITIES)
def test_hours_are_those_of_six_whole_years(city: str) -> None:
    weather = hourly_weather(city)
    assert weather.region == CITIES[city]
    assert weather.time_local[0] == np.datetime64("2010-01-01T00")
    assert weather.time_local[-1] == np.datetime64("2015-12-31T23")
    assert set(np.diff(weather.time_local).astype(int)) == {1}
    assert [weather.of_year(year).hours for year in weather.years] == [8760, 8760, 8784, 8760, 8760, 8760]
    with pytest.raises(ValueError, match="read-only"):
        weather.temperature_c[0] = 0


def missing(city: str, year: int) -> list[int]:
    return [int(str(row["missing"])) for row in hourly_weather(city).of_year(year).summary().records()]


def test_hours_without_an_observation_stay_empty() -> None:
    assert hourly_weather("Guangzhou").complete_years == (2010, 2011, 2012, 2014)
    assert hourly_weather("Beijing").complete_years == (2010, 2011, 2012, 2013, 2014)
    assert missing("Guangzhou", 2013) == [0, 4, 4, 0]
    assert missing("Guangzhou", 2015) == [1, 1, 1, 1]
    assert missing("Beijing", 2015) == [5, 5, 339, 339]
    gap = [row for row in hourly_weather("Guangzhou").of_year(2015).to_table().records() if row["dew_point_c"] is None]
    assert len(gap) == 1
    assert list(gap[0].values())[1:] == [None] * 4


def test_dew_point_is_never_above_the_dry_bulb_but_where_the_caveat_says() -> None:
    weather = {city: hourly_weather(city) for city in CITIES}
    above = {city: np.flatnonzero(here.dew_point_c > here.temperature_c) for city, here in weather.items()}
    assert above["Guangzhou"].size == 0
    (hour,) = above["Beijing"]
    assert weather["Beijing"].time_local[hour] == np.datetime64("2010-10-08T07")
    assert "2010-10-08" in next(item.text for item in load_campus("weather_beijing").caveats if "odd" in item.name)


def test_humidity_is_what_dry_bulb_and_dew_point_give() -> None:
    """Within 0.6 points on average; in Guangzhou in every hour within what rounding to a tenth and to 1 % can do."""
    gaps = {}
    for city in CITIES:
        weather = hourly_weather(city)
        given = 100 * vapour(weather.dew_point_c) / vapour(weather.temperature_c)
        gaps[city] = np.abs(given - weather.relative_humidity_percent)
        assert np.nanmean(gaps[city]) < 0.6
    assert np.nanmean(gaps["Guangzhou"]) == pytest.approx(0.164, abs=0.001)
    assert np.nanmax(gaps["Guangzhou"]) < 0.65
    odd = gaps["Beijing"] > 2
    assert int(odd.sum()) == 234
    months = hourly_weather("Beijing").time_local.astype("datetime64[M]")
    assert int(odd[months == np.datetime64("2010-11")].sum()) == 123
    assert np.nanmax(gaps["Beijing"]) == pytest.approx(32.4, abs=0.1)


def test_pressure_is_named_as_reduced_to_sea_level_everywhere() -> None:
    for city in CITIES:
        layer = load_campus(f"weather_{city.lower()}")
        assert [name for name in layer.numbers if "pressure" in name] == ["pressure_sea_level_hpa"]
        assert "Never use it as the pressure at the station" in layer.caveats[0].text


@pytest.mark.parametrize("city", CITIES)
def test_monthly_means_are_those_of_the_hours(city: str) -> None:
    weather, months = hourly_weather(city), load_campus("weather_months")
    at = months.rows_where(city=city)
    assert len(at) == 72
    when = weather.time_local.astype("datetime64[M]")
    for k in at:
        year, month = int(months.numbers["period"][k]), int(months.numbers["month"][k])
        here = when == np.datetime64(f"{year}-{month:02}")
        for name in ("temperature_c", "relative_humidity_percent", "dew_point_c"):
            mean = np.nanmean(getattr(weather, name)[here])
            assert months.numbers[name][k] == pytest.approx(mean, abs=0.0051)
        assert months.numbers["hours"][k] == np.isfinite(weather.temperature_c[here]).sum()


def test_hours_are_decimals_in_the_file_and_no_digit_is_added_in_reading() -> None:
    content = (FOLDER / "weather_guangzhou.parquet").read_bytes()
    table = pq.read_table(io.BytesIO(content))
    for name in ("temperature_c", "pressure_sea_level_hpa"):
        written = [np.nan if cell is None else float(cell) for cell in table[name].to_pylist()]
        assert np.array_equal(load_campus("weather_guangzhou").numbers[name], written, equal_nan=True)


def test_months_say_how_many_hours_they_rest_on() -> None:
    months = load_campus("weather_months")
    hours = {(city, int(year)): 0 for city, year in zip(months.texts["city"], months.numbers["period"], strict=True)}
    for city, year, count in zip(months.texts["city"], months.numbers["period"], months.numbers["hours"], strict=True):
        hours[city, int(year)] += int(count)
    assert len(hours) == 30
    assert 8760 - hours["Chengdu", 2013] == 474
    assert 8760 - hours["Shenyang", 2010] == 575
    assert hours["Guangzhou", 2012] == 8784


# ------------------------------------------------------------------------------------------------- hydropower


def test_dry_years_of_guizhou() -> None:
    """The five plants with all years: 2011 and 2013 are dry; 2009 is low because two of them had just begun."""
    full = {dam.name: dam for dam in hydro_dams("CN-GZ") if len(dam.generation_mwh) == 7}
    assert set(full) == {"Goupitan", "Silin", "Wujiangdu", "Guangzhao", "Dongfeng"}

    def factors(names: Iterable[str]) -> list[float]:
        kept = list(names)
        sums = np.array([sum(full[name].generation_mwh[year] for name in kept) for year in range(2009, 2016)])
        return [round(float(value), 2) for value in sums / sums.mean()]

    assert factors(full) == [0.67, 0.84, 0.71, 1.26, 0.83, 1.27, 1.42]
    assert factors(["Wujiangdu", "Guangzhao", "Dongfeng"])[0] == 1.12
    used = {name: 100 * full[name].generation_mwh[2009] / (8760 * full[name].capacity_mw) for name in full}
    assert (round(used["Goupitan"]), round(used["Silin"])) == (6, 14)


def test_dams_as_published() -> None:
    dams = {dam.name: dam for dam in hydro_dams()}
    assert len(dams) == 41
    assert sum(len(dam.generation_mwh) for dam in dams.values()) == 215
    gorges = dams["Sanxia"].generation_mwh
    assert [round(gorges[year] / 1e5, 2) for year in (2009, 2012, 2014, 2015)] == [798.53, 981.07, 988.19, 870.07]
    assert 2013 not in dams["Nuozhadu"].generation_mwh
    loads = {year: value / (8760 * 770) for year, value in dams["Gongzui"].generation_mwh.items()}
    assert {year for year, load in loads.items() if load > 0.9} == {2009, 2010, 2012}
    assert (round(min(loads[2009], loads[2010]), 2), round(loads[2012], 2)) == (0.9, 1.12)
    others = [
        v / (8784 * d.capacity_mw) for d in dams.values() if d.name != "Gongzui" for v in d.generation_mwh.values()
    ]
    assert max(others) < 0.9


def test_droughts_are_second_hand() -> None:
    table = rows("droughts")
    assert Counter(row["standing"] for row in table) == {"second-hand": 16, "inferred month": 3}
    wu = [float(row["value"]) for row in table if row["place"] == "Wu river"]
    assert wu == [-12, -53]


# ------------------------------------------------------------------------------------------------- capital


def stock(region: str, first: float, start: int, end: int) -> float:
    """Return a capital stock by perpetual inventory at prices of its last year, 1e8 CNY, the first value as given."""
    record = capital_formation(region)
    index = dict(zip(record.periods.tolist(), record.price_index.tolist(), strict=True))
    formed = dict(zip(record.periods.tolist(), record.formation_cny.tolist(), strict=True))
    held = first
    for year in range(start + 1, end + 1):
        held = held * (1 - 0.096) + formed[year] / 1e8 * index[end] / index[year]
    return held


def test_perpetual_inventory_gives_the_figures_of_the_package() -> None:
    """Three decimals are published; the index has six digits. The first stock stays at its own prices there."""
    beijing = capital_formation("CN-BJ")
    first = 10 * beijing.formation_cny[0] / 1e8
    assert first == pytest.approx(7.9)
    assert stock("CN-BJ", first, 1952, 2000) == pytest.approx(7066.979, abs=5e-4)
    assert stock("CN-CQ", 1090 * 313 / 850, 1996, 2000) == pytest.approx(2143.611, abs=5e-4)
    at_2000 = beijing.price_index[2000 - 1952]
    assert stock("CN-BJ", first * at_2000, 1952, 2000) == pytest.approx(7067.006, abs=5e-4)


def test_capital_formation_is_the_series_from_1996_on_and_says_where_it_is_not() -> None:
    raw = figures("capital_formation_cny")
    found: Counter[str] = Counter()
    regions = [region.code for region in load_evidence().regions_of("cn-province")]
    for region in regions:
        record = capital_formation(region)
        assert list(record.periods) == list(range(1996 if region == "CN-CQ" else 1952, 2018))
        for year, value, origin in zip(record.periods.tolist(), record.formation_cny, record.origins, strict=True):
            found[origin] += 1
            held = raw.get((region, year))
            assert (held is None) == (origin == "compiled")
            if held is not None:
                assert (abs(value - held) <= 5001) == (origin == "published")  # four digits of 1e8 CNY
            assert year < 1996 or origin == "published"
    assert found == {"published": 1285, "compiled": 622, "reworked": 95}


def test_capital_formation_that_is_hard_to_believe() -> None:
    gdp = figures("gdp_nominal_cny")

    def share(region: str, year: int) -> float:
        record = capital_formation(region)
        return float(record.formation_cny[list(record.periods).index(year)]) / gdp[region, year]

    assert share("CN-GZ", 2005) == pytest.approx(0.51, abs=0.005)
    assert share("CN-GZ", 2017) == pytest.approx(0.67, abs=0.005)
    assert share("CN-NM", 2010) == pytest.approx(1.09, abs=0.005)
    assert share("CN-NM", 2015) > 1
    below = {
        (row["region"], row["period"]) for row in rows("capital_formation") if float(row["formation_cny"]) <= 0
    }  # fmt: skip
    assert below == {("CN-FJ", "1967"), ("CN-FJ", "1968")}
    flat = {
        region: sum(a == b for a, b in pairwise(capital_formation(region).price_index.tolist()))
        for region in ("CN-XZ", "CN-HI")
    }
    assert flat == {"CN-XZ": 37, "CN-HI": 26}


# ------------------------------------------------------------------------------------------------- costs and factors


def test_costs_of_china_and_europe_are_kept_apart() -> None:
    table = rows("technology_costs")
    assert Counter(row["system"] for row in table) == {"China": 44, "Europe": 44}
    for row in table:
        money = {"China": "CNY", "Europe": "EUR"}[row["system"]]
        other = {"China": "EUR", "Europe": "CNY"}[row["system"]]
        assert other not in row["unit"]
        assert money in row["unit"] or row["parameter"] in {"efficiency", "lifetime", "fixed_om"}
        assert row["system"] == "Europe" or row["price_year"] == ""
    wind = [float(row["value"]) for row in table if (row["technology"], row["system"]) == ("wind_onshore", "China")]
    assert sorted(set(wind)) == [4200, 4300, 5100, 5400, 5600, 5800]
    assert not [row for row in table if row["technology"] in {"coal", "nuclear"} and "Lazard" in row["study"]
                and row["parameter"] == "investment"]  # fmt: skip


def test_coal_prices() -> None:
    table = rows("coal_prices")
    prices = {(row["region"], row["grid"]): float(row["cny_per_kwh"]) for row in table}
    assert len({region for region, _ in prices}) == 30
    assert ("CN-XZ", "province") not in prices
    several = {(row["region"], row["grid"]) for row in table if row["copies"] == "several"}
    assert {key: prices[key] for key in several} == {
        ("CN-GD", "province"): 0.453, ("CN-HE", "southern grid"): 0.3644, ("CN-NM", "eastern grid"): 0.3035,
    }  # fmt: skip
    assert (prices["CN-GZ", "province"], prices["CN-NM", "western grid"]) == (0.3515, 0.2829)


def test_factors_keep_the_mark_of_how_good_they_are() -> None:
    table = rows("emission_factors")
    assert Counter(row["standing"] for row in table) == {
        "published": 11, "compiled": 4, "default": 3, "second-hand": 7, "general knowledge": 6,
    }  # fmt: skip
    for row in table:
        assert ("GB 13223" in row["study"]) == (row["standing"] == "general knowledge")
        assert ("Tang" in row["study"] or "Electricity Council" in row["study"]) == (row["standing"] == "second-hand")


def test_water_of_power_is_that_of_the_other_table() -> None:
    """Both are from Macknick and others (2012), there in gallons."""
    layer = load_layer("power_sources")
    gallons = dict(zip(layer.texts["fuel"], layer.numbers["water_gal_per_mwh"].tolist(), strict=True))
    litres = {
        (row["technology"], row["cooling"]): float(row["value"])
        for row in rows("emission_factors")
        if row["quantity"] == "water consumption"
    }
    assert litres["coal", "tower"] == pytest.approx(gallons["coal"] * 3.785411784 / 1000, abs=5e-4)
    assert litres["hydro", "none"] == pytest.approx(gallons["hydro"] * 3.785411784 / 1000, abs=5e-2)


# ------------------------------------------------------------------------------------------------- facts and forecasts


def test_facts_have_a_figure_or_a_range() -> None:
    facts = {fact.name: fact for fact in data_centre_facts()}
    assert len(facts) == 65
    for fact in facts.values():
        assert (fact.value is None) == (fact.low is not None and fact.high is not None)
    assert facts["rack-utilisation-2017"].value == 52.8
    assert facts["rack-utilisation-hubs-2024"].value == 62.72
    virginia = [facts[f"{name}-virginia-2024"].value for name in ("jobs", "gdp", "gdp-operation")]
    assert virginia == [74_000, 9.1, 2.7]
    parts = [facts[f"jobs-{name}-virginia-2024"].value or 0 for name in ("construction", "operation")]
    assert sum(parts) == 74_000
    kinds = Counter(fact.kind for fact in facts.values())
    assert kinds["plan"] == 3
    assert facts["racks-zhongwei-2025"].kind == "plan"


def test_no_fact_is_known_before_the_last_day_that_its_dates_may_mean() -> None:
    facts = {fact.name: fact for fact in data_centre_facts()}
    assert facts["rack-utilisation-2017"].known_from == date(2020, 6, 3)
    assert facts["racks-in-use-2021-10"].known_from == date(2022, 4, 30)
    assert facts["rack-utilisation-zhongwei-2021"].known_from == date(2022, 12, 31)
    assert facts["availability-tier-i"].known_from is None
    for fact in facts.values():
        for text in (fact.issued, fact.reported):
            if fact.known_from and text:
                assert str(fact.known_from) >= text


def test_forecasts_and_their_dates() -> None:
    known = electricity_forecasts()
    assert Counter(item.kind for item in known) == {"forecast": 7, "estimate": 7}
    first = next(item for item in known if item.kind == "forecast" and item.period == 2023)
    assert (first.electricity_twh, first.known_from) == (267.0, date(2019, 9, 30))
    outcome = next(item for item in known if item.kind == "estimate" and item.period == 2023)
    assert outcome.known_from == date(2025, 12, 31)
    assert round(first.electricity_twh / outcome.electricity_twh, 2) == 1.78
