"""``pilotzone place``: a plan of one's own, what the law says, rule books, and what cannot be."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.unit.cli.command import call

from pilotzone.study import KINDS

PLAN = """
title = "Two sites"
day = 2018-01-01
books = ["china"]
frontier = 3

[[site]]
name = "Home"
jurisdiction = "CN"
capacity_mw = 20.0
fixed_cost = 1000.0
cost_per_mwh = 80.0
pue = 1.2
carbon_kg_per_kwh = 0.6
zone = "a"
latitude = 26.6
longitude = 106.7

[[site]]
name = "Abroad"
jurisdiction = "US"
capacity_mw = 20.0
fixed_cost = 1000.0
cost_per_mwh = 40.0
pue = 1.1
carbon_kg_per_kwh = 0.1
zone = "b"
latitude = 45.6
longitude = -121.2

[[region]]
name = "Everybody"
latitude = 30.0
longitude = 110.0
users = 1.0

[[class]]
name = "people"
kind = "personal"
operator = "critical_infrastructure"
operations = ["store"]
load_mw = 2.0
"""


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    path = tmp_path / "two.toml"
    path.write_text(PLAN, encoding="utf-8")
    return path


@pytest.mark.parametrize("columns", [80, 120])
def test_a_plan_within_the_width(plan: Path, columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    said = call("place", plan)
    assert said.code == 0
    assert max(map(len, said.out.splitlines())) <= columns
    assert said.out.startswith("Two sites: CHEAPEST IN HOME\nA year costs ")
    assert "csl-37-store" in said.out
    assert "not legal advice" in said.out


def test_files_json_and_one_line(plan: Path, tmp_path: Path) -> None:
    said = call("place", plan, "--json", "--out", tmp_path / "out")
    record = json.loads(said.out)  # and nothing of the solver's own before it
    assert [row["site"] for row in record["open"]] == ["Home"]
    hours = 8760 * 2.0
    assert record["cost"] == pytest.approx(hours * 80 * 1.2 + 1000)
    assert record["rules"][0]["cost"] == pytest.approx(hours * (80 * 1.2 - 40 * 1.1))
    assert json.loads((tmp_path / "out" / "plan.json").read_text(encoding="utf-8")) == record
    assert sorted(item.name for item in (tmp_path / "out").iterdir()) == sorted(KINDS["plan"].artefacts)
    assert call("place", plan, "--quiet").out == "two: Home\n"


@pytest.mark.parametrize("columns", [80, 120])
def test_what_the_law_says(plan: Path, columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    said = call("place", "explain", "people", "Abroad", "--plan", plan)
    assert max(map(len, said.out.splitlines())) <= columns
    assert "denied by csl-37-store" in " ".join(said.out.split())
    before = call("place", "explain", "people", "Abroad", "--plan", plan, "--day", "2017-05-31")
    assert "denied" not in before.out.partition("A reading of two laws")[0]
    assert "csl-37-abroad" in call("place", "rules", "china").out


def test_conflicts_are_named(plan: Path) -> None:
    plan.write_text(PLAN.replace("load_mw = 2.0", "load_mw = 2.0\nlatency_ms = 1.0"), encoding="utf-8")
    said = call("place", plan)
    assert said.code == 3
    assert "latency of people" in said.err


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("capacity_mw = 20.0", "capacity_mw = -20.0", "capacity_mw is -20.0"),
        ("capacity_mw = 20.0", "capacity = 20.0", "Did you mean 'capacity_mw'"),
        ('books = ["china"]', 'books = ["chine"]', "Did you mean 'china'"),
        ("pue = 1.2", "pue = 0.9", "pue is 0.9"),
        ("load_mw = 2.0", "lod_mw = 2.0", "Did you mean 'load_mw'"),
        ("[[class]]", "[[clas]]", "Did you mean 'class'"),
        ("day = 2018-01-01", 'day = "soon"', "day"),
        ('operations = ["store"]', 'operations = ["stor"]', "'stor'"),
    ],
)
def test_what_is_wrong_with_a_plan_file(plan: Path, old: str, new: str, words: str) -> None:
    plan.write_text(PLAN.replace(old, new, 1), encoding="utf-8")
    said = call("place", plan)
    assert said.code == 2
    assert words in " ".join(said.err.split())


def test_words_that_are_too_many(plan: Path) -> None:
    assert call("place", plan, "people").code == 2
    assert call("place", "explain", "people").code == 2
    assert call("place", "explain", "peopel", "Home", "--plan", plan).code == 2
    assert call("place", plan, "--day", "2017-01-01").code == 2


# --------------------------------------------------------------------------------- what once went wrong in silence


def site(name: str, where: str, zone: str, *, cost: float = 60.0, fixed: float = 1000000.0, **others: object) -> str:
    more = {
        "capacity_mw": 50.0, "pue": 1.2, "carbon_kg_per_kwh": 0.5, "latitude": 50.0, "longitude": 8.0, **others,
    }  # fmt: skip
    told = "\n".join(f"{key} = {str(value).lower()}" for key, value in more.items())
    return (
        f'[[site]]\nname = "{name}"\njurisdiction = "{where}"\nzone = "{zone}"\ncost_per_mwh = {cost}\n'
        f"fixed_cost = {fixed}\n{told}\n"
    )


def held(name: str, load: float, **others: object) -> str:
    told = "\n".join(f"{key} = {value!r}" for key, value in others.items())
    return f'[[class]]\nname = "{name}"\nload_mw = {load}\n{told}\n'


def file_of(folder: Path, head: str, *parts: str) -> Path:
    region = '[[region]]\nname = "All"\nlatitude = 50.0\nlongitude = 8.0\nusers = 1.0\n'
    text = "\n".join(['title = "T"\nday = 2024-01-01\nfrontier = 0', head, *parts, region])
    path = folder / "case.toml"
    path.write_text(text, encoding="utf-8")
    return path


def opened(said: object) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = json.loads(said.out)["open"]  # type: ignore[attr-defined]
    return rows


EUROPE = site("Frankfurt", "DE", "a", cost=90.0)
CHINA = site("Guiyang", "CN", "b", cost=60.0)
GERMANS = {"kind": "personal", "collected_in": "DE", "persons": 5000}


def test_a_kind_that_no_rule_names_is_not_let_go_abroad(tmp_path: Path) -> None:
    wrong = held("accounts", 2.0, **(GERMANS | {"kind": "personnel"}))
    said = call("place", file_of(tmp_path, 'books = ["gdpr"]', EUROPE, CHINA, wrong))
    assert said.code == 2
    assert "plan 'case': kind of class 'accounts' is 'personnel'" in " ".join(said.err.split())
    assert "Did you mean 'personal'?" in " ".join(said.err.split())


def test_two_books_each_about_its_own_data(tmp_path: Path) -> None:
    chinese = held("chinese", 2.0, **(GERMANS | {"collected_in": "CN"}))
    path = file_of(tmp_path, 'books = ["china", "gdpr"]', EUROPE, CHINA, held("german", 2.0, **GERMANS), chinese)
    found = {row["site"]: row["classes"] for row in opened(call("place", path, "--json"))}
    assert found == {"Frankfurt": "german", "Guiyang": "chinese"}
    said = call("place", "explain", "german", "Guiyang", "--plan", path)
    assert "outside the scope of China" in " ".join(said.out.split())


def test_data_that_no_book_is_about_are_refused(tmp_path: Path) -> None:
    path = file_of(tmp_path, 'books = ["china"]', EUROPE, CHINA, held("german", 2.0, **GERMANS))
    said = call("place", path)
    assert said.code == 2
    assert "outside the scope of every rule book" in " ".join(said.err.split())


BOOK = """
title: Store anywhere, replicate at home
notice: No legal advice.
rules:
  - id: store-ok
    operations: [store, process]
    allow: any
    cite: {law: L, article: "1", in_force: 2018-05-25}
  - id: no-replica-abroad
    operations: [replicate]
    allow: [DE]
    deny: {others_than: [DE]}
    cite: {law: L, article: "2", in_force: 2018-05-25}
"""


def test_more_than_one_copy_asks_whether_it_may_be_replicated(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(BOOK, encoding="utf-8")
    abroad, berlin = site("Virginia", "US", "b"), site("Berlin", "DE", "c", cost=100.0)
    about = {"kind": "personal", "collected_in": "DE"}
    twice = file_of(tmp_path, 'books = ["own.yaml"]', EUROPE, abroad, berlin, held("r", 2.0, copies=2, **about))
    assert {row["site"] for row in opened(call("place", twice, "--json"))} == {"Frankfurt", "Berlin"}
    once = file_of(tmp_path, 'books = ["own.yaml"]', EUROPE, abroad, berlin, held("r", 2.0, **about))
    assert {row["site"] for row in opened(call("place", once, "--json"))} == {"Virginia"}


def test_the_cheapest_of_the_plans_of_least_carbon(tmp_path: Path) -> None:
    dear = site("Dear", "DE", "a", cost=200.0, fixed=9e6)
    path = file_of(tmp_path, 'objective = "carbon"', dear, site("Cheap", "DE", "b"), held("w", 10.0, kind="public"))
    path.write_text(path.read_text(encoding="utf-8").replace("frontier = 0", "frontier = 3"), encoding="utf-8")
    said = call("place", path, "--json")
    assert [row["site"] for row in opened(said)] == ["Cheap"]
    record = json.loads(said.out)
    assert record["tolerance"] == pytest.approx(1e-4 * record["carbon_t"])
    assert "Of the plans that emit at most" in " ".join(call("place", path).out.split())


SLOTS = "[[slot]]\nshare = 0.7\n[[slot]]\nshare = 0.3\n"


def test_the_fullest_slot_is_shown_and_not_the_mean(tmp_path: Path) -> None:
    """7 MW over the day, 70 % of them in the first half of it: 9.8 of 10 MW."""
    only = site("Only", "DE", "a", capacity_mw=10.0)
    path = file_of(tmp_path, "", only, held("peaky", 7.0, kind="public"), SLOTS)
    (row,) = opened(call("place", path, "--json"))
    assert row["full"] == pytest.approx(0.98)
    assert (row["peak_mw"], row["peak_slot"]) == (pytest.approx(9.8), 1)
    assert "98 %" in call("place", path).out
    said = call("place", file_of(tmp_path, "", only, held("peaky", 7.2, kind="public"), SLOTS))
    assert said.code == 3
    words = " ".join(said.err.split())
    assert "due time of peaky" in words
    assert "10.1 MW fall due in slot 1" in words


def test_a_site_without_capacity_that_must_be_open(tmp_path: Path) -> None:
    empty = site("Empty", "DE", "b", capacity_mw=0.0, must_open=True)
    path = file_of(tmp_path, "", EUROPE, empty, held("w", 1.0, kind="public"))
    said = call("place", path)
    assert said.code == 0
    assert "no capacity" in said.out
    assert call("place", path, "--out", tmp_path / "out").code == 0
    assert [row["full"] for row in opened(call("place", path, "--json"))] == [pytest.approx(0.02), None]


def test_conflicts_say_copies_rules_and_that_none_is_in_force(tmp_path: Path) -> None:
    near = held("ledger", 2.0, copies=4, latency_ms=9.0, kind="public")
    said = call(
        "place", file_of(tmp_path, "", EUROPE, site("Mainz", "DE", "a"), site("Far", "US", "c", longitude=-90.0), near)
    )
    assert said.code == 3
    assert "copies of ledger (4)" in " ".join(said.err.split())
    path = file_of(tmp_path, 'books = ["gdpr"]', CHINA, held("german", 2.0, **GERMANS))
    words = " ".join(call("place", path).err.split())
    assert "law of german (safeguards, Regulation (EU) 2016/679 (GDPR), arts. 44, 46 and 47" in words
    assert "denies store at Guiyang" in words
    path.write_text(path.read_text(encoding="utf-8").replace("2024-01-01", "2016-01-01"), encoding="utf-8")
    assert "no rule of GDPR, chapter V is in force on 2016-01-01" in " ".join(call("place", path).err.split())


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("day = 2018-01-01", "day = 0", "day is 0: a day is needed"),
        ("day = 2018-01-01", 'day = "2018-01-01"', "day is '2018-01-01': a day is needed"),
        ("day = 2018-01-01", "day = 2018-01-01T00:00:00", "a day is needed"),
        ("frontier = 3", 'frontier = 3\nobjective = "carbon"\ncarbon_price = 5.0', "carbon_price has no effect"),
        ("frontier = 3", "frontier = 3\nyears = 1e300", "years is 1e+300"),
        ('jurisdiction = "US"', 'jurisdiction = "USA"', "jurisdiction of site 'Abroad': 'USA' is not a country"),
        ('kind = "personal"', 'kind = "personal"\ncollected_in = "UK"', "Did you mean 'GB'"),
        ('kind = "personal"', 'kind = ["personal"]', "plan 'two': class[1].kind: text in quotes is needed"),
        ('kind = "personal"', 'kind = "personal"\npermits = ["certificatio"]', "Did you mean 'certification'"),
        ('operator = "critical_infrastructure"', 'operator = "critical_infra"', "Did you mean 'critical_"),
        ('operator = "critical_infrastructure"\n', "", "does not say how many persons"),
        ('books = ["china"]', 'books = ["china", "china"]', "two rule books are called 'china'"),
        ('zone = "b"', 'zone = "b"\nclosing_cost = 5.0', "closing_cost goes with exists = true"),
        ("users = 1.0", "users = 1.0\nuser = 2", "plan 'two': region[1].user is not a key"),
    ],
)  # fmt: skip
def test_what_a_plan_file_says_in_vain_or_by_mistake_is_refused(plan: Path, old: str, new: str, words: str) -> None:
    text = PLAN.replace("day = 2018-01-01", "day = 2024-01-01") if "persons" in words else PLAN
    assert old in text
    plan.write_text(text.replace(old, new, 1), encoding="utf-8")
    said = call("place", plan)
    assert said.code == 2
    assert words in " ".join(said.err.split())


@pytest.mark.parametrize(
    "text", ["? [a]\n: 1\n", "title: 2017-13-45\n", "[" * 5000, "title: {from: " + "9" * 5000 + "}\n"]
)
def test_rule_books_that_are_no_fault_of_ours(tmp_path: Path, text: str) -> None:
    path = tmp_path / "b.yaml"
    path.write_text(text, encoding="utf-8")
    said = call("place", "rules", path)
    assert said.code == 2
    assert "rule book 'b', line 1" in " ".join(said.err.split())


def test_costs_assumed_in_another_currency_are_said_to_be(plan: Path) -> None:
    text = PLAN.replace("frontier = 3", 'frontier = 0\ncurrency = "EUR"') + "traffic_mb_s = 1.0\n"
    plan.write_text(text, encoding="utf-8")
    assert "traffic_cost is assumed in USD and counted as EUR" in " ".join(call("place", plan).out.split())
