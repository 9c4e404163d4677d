"""The record and the tables of a plan: everything that was found, as plain data, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.unit.study.plans import HEAD, REGION, found_of, held, read, record_of, site, tables_of, write

if TYPE_CHECKING:
    from pilotzone.study.plan import PlanFindings

HOURS = 8760.0


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> PlanFindings:
    """Place a Chinese operator's data, which have to stay, beside a cheaper and cleaner site abroad."""
    home = site("Home", jurisdiction="CN", cost_per_mwh=80.0, carbon_kg_per_kwh=0.6)
    green = site("Green", jurisdiction="CN", cost_per_mwh=100.0, carbon_kg_per_kwh=0.2)
    abroad = site("Abroad", jurisdiction="US", cost_per_mwh=40.0, carbon_kg_per_kwh=0.1)
    people = held("people", 2.0, kind="personal", operator="critical_infrastructure", operations=["store"])
    head = HEAD.replace("frontier = 0", 'frontier = 3\nbooks = ["china"]\nnotes = ["Invented."]')
    return found_of(read(write(tmp_path_factory.mktemp("plan"), head, home, green, abroad, REGION, people)))


def test_the_record_has_what_was_found_and_nothing_else(found: PlanFindings) -> None:
    record = record_of(found)
    assert set(record) == {
        "name", "title", "day", "books", "no_legal_advice", "notes", "cost", "currency", "carbon_t", "gap", "tolerance",
        "proof", "open", "rules", "carbon_price_of_change", "frontier", "assumptions_varied", "left_out",
    }  # fmt: skip
    assert (record["name"], record["title"], record["day"]) == ("mine", "Two sites", "2018-01-01")
    assert (record["books"], record["no_legal_advice"], record["notes"]) == (["china"], True, ["Invented."])
    assert (record["currency"], record["tolerance"], record["left_out"]) == ("USD", None, {})
    assert record["cost"] == pytest.approx(1000 + 2 * HOURS * 80 * 1.2)
    assert record["carbon_t"] == pytest.approx(2 * HOURS * 0.6 * 1.2)
    assert 0 <= record["gap"] <= 1e-4
    assert record["proof"] in {"HiGHS", "Lagrangian bound"}


def test_open_sites_with_what_they_hold(found: PlanFindings) -> None:
    (row,) = record_of(found)["open"]
    assert row == {
        "site": "Home", "jurisdiction": "CN", "zone": "Home",
        "load_mw": pytest.approx(2.0), "peak_mw": pytest.approx(2.0),
        "peak_slot": 1, "full": pytest.approx(0.04), "classes": "people",
    }  # fmt: skip


def test_what_the_law_costs(found: PlanFindings) -> None:
    rules = record_of(found)["rules"]
    (binding,) = [rule for rule in rules if rule["rule"] == "csl-37-store"]
    assert binding["binds"] is True
    assert binding["cost"] == pytest.approx(2 * HOURS * (80 - 40) * 1.2)
    assert binding["carbon_t"] == pytest.approx(2 * HOURS * (0.6 - 0.1) * 1.2)
    assert "art. 37" in binding["citation"]
    assert all(rule["cost"] == rule["carbon_t"] == 0 for rule in rules if not rule["binds"])


def test_the_price_of_carbon_that_changes_the_plan(found: PlanFindings) -> None:
    """Twenty USD a MWh more for 0.4 t less."""
    assert record_of(found)["carbon_price_of_change"] == pytest.approx(20 / 0.4, rel=1e-4)


def test_the_frontier_from_least_cost_to_least_carbon(found: PlanFindings) -> None:
    points = record_of(found)["frontier"]
    assert [point["sites"] for point in points] == [["Home"], ["Green"]]
    assert [set(point) for point in points] == [{"cost", "carbon_t", "sites"}] * 2
    assert points[1]["cost"] - points[0]["cost"] == pytest.approx(2 * HOURS * 20 * 1.2)


def test_assumptions_at_their_ends(found: PlanFindings) -> None:
    rows = record_of(found)["assumptions_varied"]
    assert {tuple(row) for row in rows} == {("assumption", "end", "cost", "carbon_t", "opens", "closes")}
    assert {row["end"] for row in rows} == {"low", "high"}
    assert {row["cost"] for row in rows} == {found.result.placement.cost}


def test_the_record_is_json_without_signs_of_its_own(found: PlanFindings) -> None:
    record = record_of(found)
    assert json.loads(json.dumps(record, allow_nan=False)) == record


def test_what_is_written_is_what_was_found(found: PlanFindings, tmp_path: Path) -> None:
    tables = tables_of(found, tmp_path / "out")
    record = record_of(found)
    assert json.loads((tmp_path / "out" / "plan.json").read_text(encoding="utf-8")) == record
    assert {name: tuple(rows[0]) for name, rows in tables.items()} == {
        "assumptions.csv": tuple(found.result.plan.assumptions.to_table().columns),
        "flows.csv": ("class", "region", "site", "load_mw", "slot_mw", "round_trip_ms", "due_slot", "slot"),
        "frontier.csv": ("cost", "carbon_t", "sites", "gap"),
        "rules.csv": ("rule", "citation", "cost", "carbon_t", "binds"),
        "sites.csv": ("site", "jurisdiction", "zone", "load_mw", "peak_mw", "peak_slot", "full", "classes"),
    }
    (flow,) = tables["flows.csv"]
    assert (flow["class"], flow["region"], flow["site"]) == ("people", "All", "Home")
    assert [float(flow[key]) for key in ("load_mw", "round_trip_ms")] == pytest.approx([2.0, 6.0])
    assert [row["site"] for row in tables["sites.csv"]] == ["Home"]
    assert [(row["rule"], float(row["cost"])) for row in tables["rules.csv"]] == [
        (rule["rule"], rule["cost"]) for rule in record["rules"]
    ]
    assert [(row["sites"], float(row["cost"])) for row in tables["frontier.csv"]] == [
        (", ".join(point["sites"]), point["cost"]) for point in record["frontier"]
    ]
    assert len(tables["assumptions.csv"]) == len(found.result.plan.assumptions.entries)


def test_several_copies_and_slots_have_a_row_each(tmp_path: Path) -> None:
    slots = "[[slot]]\nshare = 0.75\n[[slot]]\nshare = 0.25\n"
    parts = HEAD, site("A"), site("B"), REGION, held("twice", 4.0, copies=2), slots
    study = found_of(read(write(tmp_path, *parts)))
    rows = tables_of(study, tmp_path / "out")["flows.csv"]
    assert [(row["site"], row["due_slot"], row["slot"]) for row in rows] == [
        ("A", "1", "1"), ("B", "1", "1"), ("A", "2", "2"), ("B", "2", "2"),
    ]  # fmt: skip
    assert [float(row["load_mw"]) for row in rows] == pytest.approx([3, 3, 1, 1])
    assert [float(row["slot_mw"]) for row in rows] == pytest.approx([6, 6, 2, 2])
    record = record_of(study)
    assert [(row["site"], row["peak_slot"]) for row in record["open"]] == [("A", 1), ("B", 1)]
    assert [row["full"] for row in record["open"]] == pytest.approx([6 / 50, 6 / 50])


def test_least_carbon_says_its_tolerance(tmp_path: Path) -> None:
    record = record_of(
        found_of(read(write(tmp_path, HEAD, 'objective = "carbon"\n', site("A"), REGION, held("w", 1.0))))
    )
    assert record["tolerance"] == pytest.approx(1e-4 * record["carbon_t"])
    assert record["carbon_price_of_change"] is None
    assert record["frontier"] == []
