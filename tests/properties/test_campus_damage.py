"""Whatever is done to a campus file, it is read, or refused in words: never a traceback."""

from __future__ import annotations

import copy
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.docs.test_reference_pages import keys, tables
from tests.properties.test_study_damage import OTHER_KINDS, Path_, document, junk, parent, places, words
from tests.unit.study.campuses import hourly
from tests.unit.study.test_campus_sky import table as sky_table

from pilotzone.core import PilotZoneError, StudyError
from pilotzone.study import parse
from pilotzone.study.campus import campus_material
from pilotzone.study.campus.file import CampusFile

MONTHS = [0.5, 0.5, 0.5, 0.6, 1.0, 1.4, 1.5, 1.2, 1.0, 0.8, 0.5, 0.5]
DAY = [0.9] * 12 + [1.1] * 12
WHOLE: dict[str, Any] = tomllib.loads(
    f"""
format = 1
title = "Everything"
question = "What?"
currency = "CNY"
costs = "CN"
cost_year = 2020
seconds = 60.0
unserved_price = 50000.0
carbon_price = 20.0
assumptions = "own.toml"
notes = ["Invented."]
[campus]
it_mw = 10.0
year = 2027
utilisation = 0.5
kw_per_rack = 5.0
waits = 0.1
waits_h = 3
cooling = "waterside"
weekday = {DAY}
weekend = {DAY}
[campus.in_use]
2026 = 0.4
2027 = 0.8
[[site]]
name = "Here"
region = "CN-GD"
weather = "Guangzhou"
weather_years = [2014]
wue = 0.5
[site.sky]
file = "sky.csv"
stamps = "beginning"
latitude = 23.1
longitude = 113.3
utc_offset_h = 8.0
wind_height_m = 10.0
[site.grid]
tariff = {DAY}
capacity_charge = 1000.0
most_mw = 5.0
carbon = "average"
carbon_t_per_mwh = 0.5
carbon_year = 2022
imported_share = 0.1
imported_t_per_mwh = 0.2
contracted_hydro = 0.1
outage_rate = 0.001
[[site.plant]]
technology = "wind_onshore"
name = "wind"
least_mw = 0.5
most_mw = 4.0
profile = "hours.csv"
unit_mw = 2.0
outage_rate = 0.05
[[site.plant]]
technology = "pv_utility"
name = "sun"
[site.plant.pv]
tilt = 25.0
azimuth = 180.0
mounting = "fixed"
[[site.plant]]
technology = "wind_onshore"
name = "mill"
[site.plant.wind]
hub_m = 100.0
curve = [[3.0, 0.0], [12.0, 1.0], [25.0, 1.0]]
[site.hydro]
name = "river"
capacity_mw = 2.0
mean_mwh = 6000.0
months = {MONTHS}
reservoir_mwh = 100.0
contract_price = 200.0
export_price = 250.0
[site.battery]
most_mw = 2.0
most_mwh = 4.0
[site.diesel]
set_mw = 2.0
rule = "2N"
fuel_h = 20.0
outage_rate = 0.02
[[site]]
name = "There"
region = "CN-GZ"
pue = 1.3
[site.grid]
prices = "hours.csv"
[site.hydro]
capacity_mw = 1.0
inflow_mwh = {[100 * share for share in MONTHS]}
[[limit]]
of = "co2"
amount = 90000.0
price = 100.0
sites = ["Here"]
[[frontier]]
of = "water_consumed"
points = 3
[stress]
water = [0.7, 1.3]
without_dams = ["Silin"]
rank_correlation = 0.5
dry_months = {MONTHS}
sets_out = 1
[[stress.summer]]
name = "mild"
shift_k = 0.0
weight = 0.8
[[stress.summer]]
name = "hot"
shift_k = 3.0
weight = 0.2
"""
)
OWN = """
[[assumption]]
name = "discount_rate"
status = "ASSUMED"
low = 0.04
high = 0.06
unit = "1"
source = "a test"
"""
ALL_PLACES = places(WHOLE)
SHORT = [path for path in ALL_PLACES if not (isinstance(path[-1], int) and path[-1] > 1)]
"""Without the later items of long lists, which are alike."""
KNOWN_KEYS = [path for path in SHORT if isinstance(path[-1], str) and path[:2] != ("campus", "in_use")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("campus")
    hourly(made, "hours.csv", [k % 24 / 24 for k in range(8760)])
    sky_table(made)
    (made / "own.toml").write_text(OWN, encoding="utf-8")
    return made


def named(path: Path_) -> str:
    return ".".join(map(str, path))


def read(text: str) -> CampusFile | None:
    """Read a campus, or make sure that it is refused as it should be."""
    try:
        spec: CampusFile = parse(text, "damaged", kind="campus").spec
    except StudyError as error:
        said = str(error)
    else:
        return spec
    assert said.startswith("campus 'damaged'")
    assert "validation error" not in said, said
    assert "Traceback" not in said, said
    return None


def test_undamaged(folder: Path) -> None:
    assert tomllib.loads(document(WHOLE)) == WHOLE
    assert len(campus_material(parse(document(WHOLE), "x", folder=folder)).sites) == 2


def test_campus_keys_are_the_models() -> None:
    """What these tests damage is all that there is, but for what another kind's file says beside."""
    assert {path[0] for path in ALL_PLACES} | {"beside"} == set(CampusFile.model_fields)


def test_every_key_of_every_table_is_there_to_be_damaged() -> None:
    there = {tuple(step for step in path if isinstance(step, str)) for path in ALL_PLACES}
    absent = [
        f"{table}: {key}"
        for table, model in tables(CampusFile).items()
        for key in keys(model)
        if (*(() if table == "The top" else table.split(".")), key) not in there
    ]
    assert absent == ["The top: beside"]


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(ALL_PLACES), junk)
def test_value_replaced(path: Path_, value: object) -> None:
    content = copy.deepcopy(WHOLE)
    parent(content, path)[path[-1]] = value
    read(document(content))


@settings(deadline=None)
@given(st.sampled_from([path for path in ALL_PLACES if isinstance(path[-1], str)]), words)
def test_key_renamed(path: Path_, name: str) -> None:
    content = copy.deepcopy(WHOLE)
    table = parent(content, path)
    value = table.pop(path[-1])
    table[name] = value
    read(document(content))


@pytest.mark.parametrize("path", SHORT, ids=named)
def test_each_key_taken_away(path: Path_) -> None:
    content = copy.deepcopy(WHOLE)
    del parent(content, path)[path[-1]]
    read(document(content))


@pytest.mark.parametrize("path", SHORT, ids=named)
def test_each_value_of_another_kind(path: Path_) -> None:
    """Most are refused; a text that is another text may be as good a title."""
    for value in OTHER_KINDS:
        content = copy.deepcopy(WHOLE)
        parent(content, path)[path[-1]] = value
        found = read(document(content))
        if found is not None:
            kept: Any = found.model_dump(mode="json", by_alias=True)
            for step in path:
                kept = kept[step]
            assert kept == value or value in ([], {}), (path, value)


@pytest.mark.parametrize("path", KNOWN_KEYS, ids=named)
def test_each_key_misspelt_is_named(path: Path_) -> None:
    content = copy.deepcopy(WHOLE)
    table = parent(content, path)
    table[f"{path[-1]}x"] = table.pop(path[-1])
    with pytest.raises(StudyError) as caught:
        parse(document(content), "damaged", kind="campus")
    assert f"{path[-1]}x is not a key" in caught.value.what
    assert repr(path[-1]) in caught.value.what.partition("Did you mean")[2]


LEAVES = [path for path in SHORT if isinstance(parent(WHOLE, path)[path[-1]], float | int | str)]
LIKELY: dict[type, st.SearchStrategy[Any]] = {
    int: st.sampled_from([0, 1, 2, 3, 2010, 2012, 2014, 2020, 2027, 2030, 168, 10**15]),
    float: st.one_of(st.floats(0, 2), st.sampled_from([0.0, 1.0, 1e-9, 24.0, 1e3, 1e5, 1e12, 1e15])),
    str: st.sampled_from(
        [
            "Here", "There", "CN-GZ", "CN-XZ", "CN-NM", "US-VA", "coal", "gas", "wind_onshore", "pv_utility", "grid",
            "river", "EUR", "USD", "EU", "N", "marginal", "modelled", "Beijing", "Guangzhou", "benchmark", "hours.csv",
            "sky.csv", "single axis", "middle", "end", "own.toml", "none.csv", ".", "/dev/null", "so2",
            "water_withdrawn", "airside", "<b>", "it",
        ]
    ),
}  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_plausible_changes_are_planned_or_refused(folder: Path, data: st.DataObject) -> None:
    """Values of the right type that may not fit one another, or the files: up to the programme that would be solved."""
    content = copy.deepcopy(WHOLE)
    for _ in range(data.draw(st.integers(1, 2))):
        path = data.draw(st.sampled_from(LEAVES))
        table = parent(content, path)
        table[path[-1]] = data.draw(LIKELY[type(table[path[-1]])])
    assert told(content, folder)


def told(content: dict[str, Any], folder: Path) -> bool:
    """Return whether a campus is planned up to its programme, or refused in words that name the study or a file."""
    try:
        problems = [
            site.system.problem() for site in campus_material(parse(document(content), "damaged", folder=folder)).sites
        ]
    except PilotZoneError as error:
        said = str(error)
        files = ("file of assumptions", ".csv", "own.toml")
        return error.exit_code in {2, 3} and any(name in said for name in ("'damaged'", *files))
    return all(float(problem.load.min()) >= 0 for problem in problems)
