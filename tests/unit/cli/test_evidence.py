"""What ``pilotzone evidence`` and ``pilotzone studies`` show."""

from __future__ import annotations

import json

import pytest
from tests.unit.cli.command import call

from pilotzone.gather import describe_evidence, describe_series, load_evidence
from pilotzone.study import bundled_studies, load_study

SERIES = list(load_evidence().series)


def words(text: str) -> str:
    return " ".join(text.split())


def test_overview_names_every_series_zone_and_source() -> None:
    said = call("evidence", COLUMNS="120")
    text = words(said.out)
    assert (said.code, said.err) == (0, "")
    for entry in load_evidence().series.values():
        covered = entry.coverage
        assert entry.info.name in text
        assert f"{entry.info.unit} {covered.first}-{covered.last} {covered.regions}" in text
    for zone in load_evidence().zones:
        assert zone.region in text
        assert words(zone.source.title) in text
    for row in describe_evidence().caveats.records():
        assert words(str(row["text"])) in text


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
    for region in load_evidence().regions:
        assert region.name in text


@pytest.mark.parametrize("columns", [80, 120])
@pytest.mark.parametrize("arguments", [[], *[[name] for name in SERIES]])
def test_width(arguments: list[str], columns: int) -> None:
    lines = call("evidence", *arguments, COLUMNS=str(columns)).out.splitlines()
    # An address is not broken.
    assert max(len(line) for line in lines if "http" not in line) <= columns
    assert all(line == line.rstrip() for line in lines)


def test_json_of_all() -> None:
    record = json.loads(call("evidence", "--json").out)
    assert [item["series"] for item in record["series"]] == SERIES
    assert set(record) == {"title", "version", "series", "zones", "programmes", "events", "caveats"}


@pytest.mark.parametrize("name", SERIES)
def test_json_of_one(name: str) -> None:
    record = json.loads(call("evidence", name, "--json").out)
    expected = describe_series(name)
    assert record["series"] == name
    assert record["regions"] == expected.regions.records()
    assert record["periods"] == expected.periods.records()
    assert record["summary"]["unit"] == load_evidence().series[name].info.unit


def test_studies() -> None:
    said = call("studies")
    for name in bundled_studies():
        spec = load_study(name).spec
        for text in (name, spec.title, spec.question):
            assert text in said.out
    listed = json.loads(call("studies", "--json").out)
    assert [item["name"] for item in listed] == list(bundled_studies())
