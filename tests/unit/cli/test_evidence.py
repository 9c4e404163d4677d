"""What ``pilotzone evidence`` and ``pilotzone studies`` show."""

from __future__ import annotations

import json

import pytest
from tests.unit.cli.command import call

from pilotzone.gather import describe_evidence, describe_series, describe_table, load_evidence, table_titles
from pilotzone.study import bundled_studies, load

SERIES = list(load_evidence().series)
PROGRAMMES = list(load_evidence().policies)
TABLES = list(table_titles())


def words(text: str) -> str:
    return " ".join(text.split())


def test_overview_names_every_series_zone_and_source() -> None:
    said = call("evidence", COLUMNS="120")
    text = words(said.out)
    assert (said.code, said.err) == (0, "")
    for entry in load_evidence().series.values():
        covered = entry.coverage
        assert entry.info.name in text
        span = f"{covered.first}-{covered.last}" if covered.last > covered.first else f"{covered.first}"
        assert f"{entry.info.unit} {span} {covered.regions}" in text
    for part in load_evidence().collections.values():
        assert words(part.notice) in text
    for zone in load_evidence().zones:
        assert zone.region in text
        assert words(zone.source.title) in text
    for row in describe_evidence().caveats.records():
        assert words(str(row["text"])) in text
    for row in describe_evidence().tables.records():
        assert words(f"{row['table']} {row['package']} {row['rows']} {row['caveats']} {row['title']}") in text


@pytest.mark.parametrize("name", SERIES)
def test_series_in_full(name: str) -> None:
    said = call("evidence", name, COLUMNS="120")
    text = words(said.out)
    assert (said.code, said.err) == (0, "")
    entry = load_evidence().series[name]
    for source in entry.info.sources:
        assert words(source.title) in text
        assert source.url in text
    for caveat in entry.info.caveats:
        assert words(caveat.text) in text
    for row in describe_series(name).summary.rows():
        assert words(str(row[1])) in text
    regions = load_evidence().regions_of(entry.geography)
    if len(regions) <= 60:
        assert all(region.name in text for region in regions)
    else:
        assert f"Every region by itself: pilotzone evidence {name} --json" in text


@pytest.mark.parametrize("name", TABLES)
def test_table_in_full(name: str) -> None:
    said = call("evidence", name, COLUMNS="120")
    text = words(said.out)
    assert (said.code, said.err) == (0, "")
    described = describe_table(name)
    for caveat in described.layer.caveats:
        assert words(caveat.text) in text
    for source in described.layer.sources:
        assert words(source.title) in text
    for licence in described.layer.licences:
        assert words(licence.text) in text
    for row in described.columns.records():
        assert words(f"{row['column']} {row['unit']} {row['filled']}") in text
        assert words(str(row["title"])) in text


def test_rows_of_a_table_as_json() -> None:
    said = json.loads(call("evidence", "coal_prices", "--json").out)
    assert said["table"] == "coal_prices"
    assert len(said["rows"]) == 31
    first = {"region": "CN-AH", "grid": "province", "cny_per_kwh": 0.3844, "copies": "one"}
    assert said["rows"][0] == first
    assert [row["unit"] for row in said["columns"]] == ["", "", "CNY/kWh", ""]
    missing = json.loads(call("evidence", "data_centre_facts", "--json").out)["rows"]
    assert sum(row["value"] is None for row in missing) == 4


@pytest.mark.parametrize("columns", [80, 120])
def test_a_series_of_320_cities_stays_readable(columns: int) -> None:
    lines = call("evidence", "city_population", COLUMNS=str(columns)).out.splitlines()
    text = words("\n".join(lines))
    assert len(lines) < 250
    assert "150 2000-2023 none Beijing, Tianjin, Shijiazhuang" in text
    assert "Cangzhou, Langfang and 138 more" in text
    assert "23 regions (Xilingol" not in text  # unbalanced: the summary counts, the table lists
    index = words(call("evidence", "city_gdp_volume_index", COLUMNS=str(columns)).out)
    assert "missing: 24 regions (Xilingol, Alxa, Yanbian, Da Hinggan Ling, Chaohu, Laiwu and 18 more)" in index
    assert "Turpan: 2000-2002, 2004-2020" in index


@pytest.mark.parametrize("columns", [80, 120])
@pytest.mark.parametrize("arguments", [[], *[[name] for name in (*SERIES, *PROGRAMMES, *TABLES)]])
def test_width(arguments: list[str], columns: int) -> None:
    lines = call("evidence", *arguments, COLUMNS=str(columns)).out.splitlines()
    # An address is not broken.
    assert max(len(line) for line in lines if "http" not in line) <= columns
    assert all(line == line.rstrip() for line in lines)


def test_json_of_all() -> None:
    record = json.loads(call("evidence", "--json").out)
    assert [item["series"] for item in record["series"]] == SERIES
    assert set(record) == {
        "tables",
        "title",
        "version",
        "series",
        "zones",
        "programmes",
        "events",
        "treatments",
        "caveats",
        "licences",
    }


@pytest.mark.parametrize("name", SERIES)
def test_json_of_one(name: str) -> None:
    record = json.loads(call("evidence", name, "--json").out)
    expected = describe_series(name)
    assert record["series"] == name
    assert record["regions"] == expected.regions.records()
    assert record["periods"] == expected.periods.records()
    assert record["summary"]["unit"] == load_evidence().series[name].info.unit


@pytest.mark.parametrize("name", PROGRAMMES)
def test_programme_in_full(name: str) -> None:
    policy = load_evidence().policies[name]
    said = call("evidence", name, COLUMNS="120")
    text = words(said.out)
    assert (said.code, said.err) == (0, "")
    assert words(policy.text) in text
    for item in policy.instruments:
        assert item.name in text
    for region in (*policy.without, *policy.exempt):
        assert policy.label(region) in text
    for caveat in load_evidence().caveats_about(policy.resource):
        assert words(caveat.text) in text
    record = json.loads(call("evidence", name, "--json").out)
    assert record["programme"] == name
    assert record["instruments"] == policy.to_table().records()
    assert (record["without"], record["exempt"]) == (dict(policy.without), dict(policy.exempt))


def test_a_name_that_is_not_there() -> None:
    said = call("evidence", "china-big-data-zone")
    assert said.code == 2
    assert "no series, table or programme 'china-big-data-zone'. Did you mean 'china-big-data-zones'?" in words(
        said.err
    )


def test_studies() -> None:
    said = call("studies")
    for name in bundled_studies():
        spec = load(name).spec
        for text in (name, spec.title, spec.question):
            assert text in words(said.out)
    listed = json.loads(call("studies", "--json").out)
    assert [item["name"] for item in listed] == list(bundled_studies())


def test_found_keeps_studies_with_an_answer_as_json_too() -> None:
    with_answers = [item for item in json.loads(call("studies", "--json").out) if item["found"]]
    assert 0 < len(with_answers) < len(bundled_studies())
    assert json.loads(call("studies", "--json", "--found").out) == with_answers
    said = words(call("studies", "--found").out)
    assert [item["name"] for item in with_answers if f"{item['name']}: {item['found']}" in said] == [
        item["name"] for item in with_answers
    ]
