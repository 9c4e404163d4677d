"""Plan files: every key and what it becomes, provinces as sites, and how what is wrong is said."""

from __future__ import annotations

import datetime as dt
import math
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.unit.study.plans import HEAD, REGION, held, left_out, plan_of, read, site, spec_of, write

from pilotzone.core import MOST_OF_A_STUDY, PilotZoneError, StudyError, UsageError
from pilotzone.gather import evidence_panel, load_evidence, parse_assumptions
from pilotzone.site import default_assumptions, place_of_region, profile_of
from pilotzone.study.plan.file import ClassEntry, PlanFile, ProvinceEntry, RegionEntry, SiteEntry, SlotEntry
from pilotzone.study.runs import assumed

if TYPE_CHECKING:
    from pydantic import BaseModel

FULL = """
title = "Everything"
day = 2024-05-01
books = ["gdpr"]
currency = "EUR"
objective = "cost"
carbon_price = 12.5
carbon_cap_t = 90000.0
budget = 8e9
sourcing = "multi"
years = 2.0
gap = 0.001
seconds = 30.0
notes = ["Invented."]
frontier = 3
assumptions = "own.toml"
users = "population"

[provinces]
regions = ["CN-GZ"]
capacity_mw = 25.0

[[site]]
name = "Frankfurt"
jurisdiction = "DE"
capacity_mw = 40.0
fixed_cost = 3000.0
cost_per_mwh = 90.0
pue = 1.25
carbon_kg_per_kwh = 0.4
zone = "rhine"
latitude = 50.1
longitude = 8.7
exists = true
closing_cost = 700.0
must_open = true

[[region]]
name = "Berlin"
latitude = 52.5
longitude = 13.4
users = 3000000.0

[[class]]
name = "accounts"
kind = "personal"
load_mw = 2.0
collected_in = "DE"
operator = "other"
persons = 5000
permits = ["certification"]
operations = ["store", "access"]
copies = 2
latency_ms = 80.0
traffic_mb_s = 1.5
waits = true
growth = 0.1

[[slot]]
share = 0.75
cost = 1.5
carbon = 0.5

[[slot]]
share = 0.25
"""
OWN = """
[[assumption]]
name = "base_ms"
status = "ASSUMED"
low = 1.0
high = 3.0
unit = "ms"
source = "my own measurement"
"""
TABLES: dict[str, tuple[type[BaseModel], str]] = {
    "": (PlanFile, ""),
    "[provinces]": (ProvinceEntry, "provinces."),
    "[[site]]": (SiteEntry, "site[1]."),
    "[[region]]": (RegionEntry, "region[1]."),
    "[[class]]": (ClassEntry, "class[1]."),
    "[[slot]]": (SlotEntry, "slot[1]."),
}
"""Head of a table to what it is read as, and to how errors call it."""


def full(folder: Path, text: str = FULL) -> Path:
    (folder / "own.toml").write_text(OWN, encoding="utf-8")
    return write(folder, text)


def error_of(folder: Path, *parts: str) -> PilotZoneError:
    with pytest.raises(PilotZoneError) as found:
        read(write(folder, *parts))
    return found.value


def small(folder: Path, old: str = "", new: str = "") -> Path:
    """Write the smallest plan, with a change."""
    text = "\n".join((HEAD, site("Here"), REGION, held("w", 1.0)))
    assert old in text
    return write(folder, text.replace(old, new, 1))


# ---------------------------------------------------------------------------------------------------- every key


def test_every_key_reaches_the_plan(tmp_path: Path) -> None:
    plan = plan_of(read(full(tmp_path)))
    frankfurt, guizhou = plan.sites
    assert (plan.title, plan.day, plan.currency) == ("Everything", dt.date(2024, 5, 1), "EUR")
    assert [book.name for book in plan.books] == ["gdpr"]
    assert (plan.carbon_cap_t, plan.budget, plan.sourcing, plan.years) == (90_000, 8e9, "multi", 2)
    assert plan.slots == ((0.75, 1.5, 0.5), (0.25, 1.0, 1.0))
    assert plan.notes[0] == "Invented."
    assert (plan.base_ms, plan.km_per_ms, plan.traffic_cost) == (2, 75, 1750)
    assert (frankfurt.name, frankfurt.jurisdiction, frankfurt.zone) == ("Frankfurt", "DE", "rhine")
    assert (frankfurt.capacity_mw, frankfurt.fixed_cost, frankfurt.cost_per_mwh) == (40, 3000, 90)
    assert (frankfurt.pue, frankfurt.carbon_kg_per_kwh) == (1.25, 0.4)
    assert (frankfurt.latitude, frankfurt.longitude) == (50.1, 8.7)
    assert (frankfurt.exists, frankfurt.closing_cost, frankfurt.must_open) == (True, 700, True)
    assert (guizhou.name, guizhou.capacity_mw) == ("Guizhou", 25)
    (work,) = plan.workloads
    data = work.data
    assert (data.name, data.kind, data.collected_in, data.operator) == ("accounts", "personal", "DE", "other")
    assert (data.persons, sorted(data.permits)) == (5000, ["certification"])
    assert (work.operations, work.load_mw, work.copies, work.latency_ms) == (("store", "access"), 2, 2, 80)
    assert (work.traffic_mb_s, work.waits, work.growth) == (1.5, True, 0.1)
    assert {"Berlin", "Guizhou"} < {region.name for region in plan.regions}


def test_what_the_solver_is_asked_stays_in_the_file(tmp_path: Path) -> None:
    file = spec_of(read(full(tmp_path)))
    assert (file.objective, file.carbon_price, file.gap, file.seconds, file.frontier) == ("cost", 12.5, 0.001, 30, 3)


@pytest.mark.parametrize("head", TABLES)
def test_the_file_above_has_every_key_that_there_is(head: str) -> None:
    """A key that is new has to be given and read above."""
    model, _ = TABLES[head]
    part = re.split(r"\n\[", FULL.partition(f"{head}\n")[2])[0]
    given = set(re.findall(r"^(\w+) =", part, re.MULTILINE))
    tables = {"provinces", "site", "region", "class", "slot"} if not head else set()
    common = {"format", "question", "beside"}  # of every kind of study file, tested with those
    assert given | tables == {field.alias or name for name, field in model.model_fields.items()} - common


def test_what_is_left_out_has_its_default(tmp_path: Path) -> None:
    study = read(small(tmp_path, "frontier = 0\n"))
    file, plan = spec_of(study), plan_of(study)
    assert (file.objective, file.carbon_price, file.gap, file.seconds, file.frontier) == ("cost", 0, 0.0001, 60, 5)
    assert (plan.currency, plan.sourcing, plan.years) == ("USD", "single", 0)
    assert (len(plan.books), len(plan.notes)) == (0, 0)
    assert (plan.carbon_cap_t, plan.budget) == (math.inf, math.inf)
    assert list(plan.slots) == [(1, 1, 1)]
    (here,), (work,) = plan.sites, plan.workloads
    assert (here.exists, here.closing_cost, here.must_open) == (False, 0, False)
    assert (work.operations, work.copies, work.latency_ms) == (("store", "process"), 1, math.inf)
    assert (work.traffic_mb_s, work.waits, work.growth) == (0, False, 0)
    assert (work.data.collected_in, work.data.operator, work.data.persons, work.data.permits) == (
        "CN", "other", None, frozenset(),
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------------ key by key

KEYS = [
    (head, key)
    for head, (model, _) in TABLES.items()
    for key in (field.alias or name for name, field in model.model_fields.items())
    if re.search(rf"^{key} =", FULL, re.MULTILINE)
]


@pytest.mark.parametrize(("head", "key"), KEYS)
def test_a_misspelt_key_is_named_with_what_was_meant(tmp_path: Path, head: str, key: str) -> None:
    before, mark, after = FULL.partition(f"{head}\n")
    text = before + mark + re.sub(rf"^{key} =", f"{key}x =", after, count=1, flags=re.MULTILINE)
    error = error_of(tmp_path, text)
    assert error.what.startswith(f"plan 'mine': {TABLES[head][1]}{key}x is not a key that is known here.")
    assert repr(key) in error.what.partition("Did you mean")[2]
    assert key in str(error.allowed).split(", ")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[[site]]", "[[sites]]", "sites is not a key that is known here. Did you mean 'site'"),
        ('title = "Two sites"\n', "", "title is missing."),
        ("day = 2018-01-01\n", "", "day is missing."),
        ("capacity_mw = 50.0\n", "", "site[1].capacity_mw is missing."),
        ("users = 1.0\n", "", "region[1].users is missing."),
        ("load_mw = 1.0\n", "", "class[1].load_mw is missing."),
        ('kind = "public"', "kind = 3", "class[1].kind is 3: text in quotes is needed."),
        ("capacity_mw = 50.0", 'capacity_mw = "50"', "site[1].capacity_mw is '50': a number is needed"),
        ("capacity_mw = 50.0", "capacity_mw = nan", "site[1].capacity_mw is nan: "),
        ("capacity_mw = 50.0", "capacity_mw = -1.0", "site[1].capacity_mw is -1.0: it has to be 0 or more."),
        ("fixed_cost = 1000.0", "fixed_cost = 1e16", "site[1].fixed_cost is 1e+16: "),
        ("pue = 1.2", "pue = 0.99", "site[1].pue is 0.99: it has to be 1 or more."),
        ("pue = 1.2", "pue = 10", "site[1].pue is 10: it has to be below 10."),
        ("carbon_kg_per_kwh = 0.5", "carbon_kg_per_kwh = 11", "site[1].carbon_kg_per_kwh is 11: it has to be 10"),
        ("latitude = 50.0", "latitude = 91.0", "site[1].latitude is 91.0: it has to be 90 or less."),
        ("longitude = 8.0", "longitude = -181.0", "site[1].longitude is -181.0: it has to be -180 or more."),
        ("users = 1.0", "users = 0.0", "region[1].users is 0.0: it has to be above 0."),
        ("load_mw = 1.0", "load_mw = 0.0", "class[1].load_mw is 0.0: it has to be above 0."),
        ("load_mw = 1.0", "load_mw = 1.0\ncopies = 6", "class[1].copies is 6: it has to be 5 or less."),
        ("load_mw = 1.0", "load_mw = 1.0\ncopies = 1.5", "class[1].copies is 1.5: a whole number is needed."),
        ("load_mw = 1.0", "load_mw = 1.0\nwaits = 1", "class[1].waits is 1: true or false is needed."),
        ("pue = 1.2", 'pue = 1.2\nexists = "yes"', "site[1].exists is 'yes': true or false is needed."),
        ("pue = 1.2", "pue = 1.2\nmust_open = 1", "site[1].must_open is 1: true or false is needed."),
        ("load_mw = 1.0", "load_mw = 1.0\nlatency_ms = 0.0", "class[1].latency_ms is 0.0: it has to be above 0."),
        ("load_mw = 1.0", "load_mw = 1.0\ngrowth = -1.0", "class[1].growth is -1.0: it has to be above -1."),
        ("load_mw = 1.0", 'load_mw = 1.0\noperations = ["stor"]', "class[1].operations[1] is 'stor'. Did you"),
        ("frontier = 0", "frontier = 51", "frontier is 51: it has to be 50 or less."),
        ("frontier = 0", "gap = 1.0", "gap is 1.0: it has to be below 1."),
        ("frontier = 0", "seconds = 0.0", "seconds is 0.0: it has to be above 0."),
        ("frontier = 0", "budget = 0.0", "budget is 0.0: it has to be above 0."),
        ("frontier = 0", 'objective = "costs"', "objective is 'costs'. Did you mean 'cost'"),
        ("frontier = 0", 'sourcing = "both"', "sourcing is 'both'."),
        ("frontier = 0", 'users = "populatoin"', "users is 'populatoin'. Did you mean 'population'"),
        ("frontier = 0", 'books = "china"', "books is 'china': a list in brackets is needed."),
        ("[[region]]", "[[slot]]\nshare = 1.5\n[[region]]", "slot[1].share is 1.5: it has to be 1 or less."),
        ("[[region]]", '[provinces]\nregions = "al"\n[[region]]', "provinces.regions is 'al'. Did you mean 'all'"),
        ("[[region]]", "[provinces]\ncapacity_mw = 0.0\n[[region]]", "provinces.capacity_mw is 0.0: it has to be"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_key(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(StudyError) as found:
        read(small(tmp_path, old, new))
    assert found.value.what.startswith(f"plan 'mine': {said}")


def test_where_the_keys_are_told_is_said_to_whoever_left_one_out(tmp_path: Path) -> None:
    assert "docs/reference/plan-file.md" in str(error_of(tmp_path, HEAD, site("Here"), REGION, "[[class]]\n").todo)


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ((HEAD, REGION, held("w", 1.0)), "there are no sites: give [[site]] or [provinces]."),
        ((HEAD, site("Here"), held("w", 1.0)), "there are no users: give [[region]], or users = 'population'."),
        ((HEAD, site("Here"), REGION), "class is missing."),
        (
            (HEAD, 'objective = "carbon"\ncarbon_price = 5.0\n', site("Here"), REGION, held("w", 1.0)),
            "carbon_price has no effect where objective is 'carbon': leave it out, or set objective = 'cost'.",
        ),
        (
            (HEAD, site("Here", closing_cost=5.0), REGION, held("w", 1.0)),
            "site[1]: closing_cost goes with exists = true: a site that is not there yet is not closed.",
        ),
        ((HEAD, site("Here"), site("Here"), REGION, held("w", 1.0)), "two sites are called 'Here'."),
        ((HEAD, site("Here"), REGION, REGION, held("w", 1.0)), "two regions are called 'All'."),
        ((HEAD, site("Here"), REGION, held("w", 1.0), held("w", 2.0)), "two classes are called 'w'."),
        (
            (HEAD, site("Here"), REGION, held("w", 1.0), "[[slot]]\nshare = 0.5\n"),
            "shares of slots do not add up to one.",
        ),
        (
            (HEAD, site("Here", jurisdiction="UK"), REGION, held("w", 1.0)),
            "jurisdiction of site 'Here': 'UK' is not a country. Did you mean 'GB'?",
        ),
    ],
)
def test_parts_that_do_not_go_together(tmp_path: Path, parts: tuple[str, ...], said: str) -> None:
    error = error_of(tmp_path, *parts)
    assert isinstance(error, StudyError)
    assert error.what == f"plan 'mine': {said}"


# --------------------------------------------------------------------------------------------------- the file itself


def test_bundled_plans_are_known_by_name() -> None:
    study = read("homecoming")
    assert (study.name, plan_of(study).currency, len(plan_of(study).sites)) == ("homecoming", "USD", 32)
    with pytest.raises(UsageError, match="Did you mean 'homecoming'"):
        read("homecomming")


def test_what_is_no_plan_file(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"there is no .* 'mine.toml'|mine\.toml"):
        read(tmp_path / "mine.toml")
    (tmp_path / "folder.toml").mkdir()
    with pytest.raises(StudyError, match="folder"):
        read(tmp_path / "folder.toml")
    path = tmp_path / "mine.toml"
    for content, said in (
        (b"title = 'T'\nday = \n", "line 2"),
        (b"title = '\xe9'", "UTF-8"),
        (b"#" * (MOST_OF_A_STUDY + 1), "bytes"),
        (b"[[site]]\n[site]\n", "not valid TOML"),
    ):
        path.write_bytes(content)
        with pytest.raises(StudyError, match=said):
            read(path)


# ------------------------------------------------------------------------------------------ evidence and assumptions

PROVINCES = '[provinces]\nregions = ["CN-GZ", "CN-BJ", "CN-XZ"]\ncapacity_mw = 30.0\n'


def provinces(folder: Path, head: str = "", own: str = "") -> Path:
    (folder / "own.toml").write_text(own, encoding="utf-8")
    return write(folder, HEAD, 'assumptions = "own.toml"\n' if own else "", head, PROVINCES, REGION, held("w", 1.0))


def test_provinces_are_sites_with_figures_of_the_evidence(tmp_path: Path) -> None:
    plan = plan_of(read(provinces(tmp_path)))
    guizhou, beijing, tibet = plan.sites
    assert [s.name for s in plan.sites] == [load_evidence().region(s.zone).name for s in plan.sites]
    assert [s.zone for s in plan.sites] == ["CN-GZ", "CN-BJ", "CN-XZ"]
    assert {(s.jurisdiction, s.capacity_mw, s.exists) for s in plan.sites} == {("CN", 30.0, False)}
    # Middles of what is assumed: 45 to 80 USD/MWh for Guizhou, 60 to 110 for others.
    assert [s.cost_per_mwh for s in plan.sites] == [62.5, 85, 85]
    assert {s.fixed_cost for s in plan.sites} == {8e6}
    (grid,) = profile_of(place_of_region("CN-BJ"), ["grid_kg_per_kwh"], default_assumptions()).figures
    assert beijing.carbon_kg_per_kwh == grid.middle
    assert tibet.carbon_kg_per_kwh == pytest.approx(0.15)
    assert 1.0 < guizhou.pue < beijing.pue < 1.6
    assert (round(guizhou.latitude), round(guizhou.longitude)) == (27, 107)
    assert left_out(read(provinces(tmp_path))) == {}


def test_a_province_without_a_factor_and_without_an_assumption_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def without(text: str | bytes, name: str) -> object:
        found = parse_assumptions(text, name)
        return type(found)(tuple(entry for entry in found.entries if entry.name != "grid_kg_per_kwh"))

    monkeypatch.setattr(assumed, "parse_assumptions", without)
    study = read(provinces(tmp_path))
    assert [s.zone for s in plan_of(study).sites] == ["CN-GZ", "CN-BJ"]
    assert list(left_out(study)) == ["Tibet"]
    assert left_out(study)["Tibet"]


def test_a_region_that_the_evidence_does_not_have(tmp_path: Path) -> None:
    error = error_of(tmp_path, HEAD, PROVINCES.replace("CN-BJ", "cn-bj"), REGION, held("w", 1.0))
    assert "no region 'cn-bj'. Did you mean 'CN-BJ'?" in error.what


def test_users_by_population_beside_those_of_ones_own(tmp_path: Path) -> None:
    panel = evidence_panel(["population"])
    people = dict(zip(panel.units, panel.matrix("population")[:, panel.periods.index(2018)].tolist(), strict=True))
    path = write(tmp_path, HEAD, 'users = "population"\n', site("Here"), REGION.replace("1.0", "1e8"), held("w", 1.0))
    plan = plan_of(read(path))
    assert len(plan.regions) == 32
    assert sum(region.share for region in plan.regions) == pytest.approx(1)
    share = {region.name: region.share for region in plan.regions}
    total = 1e8 + sum(people.values())
    assert share["All"] == pytest.approx(1e8 / total)
    assert share["Guizhou"] == pytest.approx(people["CN-GZ"] / total)


@pytest.mark.parametrize(("day", "year"), [("1900-01-01", 0), ("2999-01-01", -1)])
def test_a_day_before_or_after_all_counts_takes_the_nearest_one(tmp_path: Path, day: str, year: int) -> None:
    panel = evidence_panel(["population"])
    path = write(tmp_path, HEAD.replace("2018-01-01", day), 'users = "population"\n', site("Here"), held("w", 1.0))
    counts = panel.matrix("population")[:, year]
    shares = [region.share for region in plan_of(read(path)).regions]
    assert shares == pytest.approx((counts / counts.sum()).tolist())


def test_assumptions_of_ones_own_take_the_place_of_those_that_come_along(tmp_path: Path) -> None:
    tariff = OWN.replace('"base_ms"', '"cost_per_mwh"\nplace = "CN-BJ"').replace('"ms"', '"USD/MWh"')
    plan = plan_of(read(provinces(tmp_path, own=OWN + tariff)))
    assert plan.base_ms == 2
    assert [s.cost_per_mwh for s in plan.sites] == [62.5, 2, 85]
    assert plan.km_per_ms == 75
    assert plan.assumptions.of("base_ms").source == "my own measurement"


@pytest.mark.parametrize(
    ("own", "said"),
    [
        ("[[assumption]]\nname = 'base_ms'\n", "own.toml: assumption 1 (base_ms): status is missing."),
        (OWN.replace("low", "lowest"), "own.toml: assumption 1 (base_ms): lowest is not a key that is known here."),
        ("x = \n", "line 1"),
    ],
)
def test_what_is_wrong_with_assumptions_names_their_file(tmp_path: Path, own: str, said: str) -> None:
    with pytest.raises(StudyError) as found:
        read(provinces(tmp_path, own=own))
    assert said in found.value.what
    assert "own.toml" in found.value.what


def test_costs_assumed_in_another_currency_are_noted_where_they_are_used(tmp_path: Path) -> None:
    plain = plan_of(read(provinces(tmp_path)))
    assert plain.notes == ()
    euro = plan_of(read(provinces(tmp_path, 'currency = "EUR"\n')))
    assert [note.partition(" is ")[0] for note in euro.notes] == ["fixed_cost", "cost_per_mwh"]
    assert "assumed in USD and counted as EUR one to one" in euro.notes[0]
    own_sites = plan_of(read(write(tmp_path, HEAD, 'currency = "EUR"\n', site("Here"), REGION, held("w", 1.0))))
    assert own_sites.notes == ()


# --------------------------------------------------------------------------------------------------------- rule books

BOOK = """title: Own
notice: No legal advice.
rules:
  - id: home
    operations: [store, process]
    allow: [DE]
    deny: {others_than: [DE]}
    cite: {law: L, article: "1", in_force: 2010-01-01}
"""


def booked(folder: Path, book: str) -> Path:
    (folder / "law").mkdir(exist_ok=True)
    (folder / "law" / "own.yaml").write_text(book, encoding="utf-8")
    return write(folder, HEAD, 'books = ["law/own.yaml"]\n', site("Here"), REGION, held("w", 1.0, collected_in="DE"))


def test_a_rule_book_of_ones_own_lies_where_the_plan_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = booked(tmp_path, BOOK)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    (book,) = plan_of(read(path)).books
    assert (book.name, book.title) == ("own", "Own")


def test_what_is_wrong_with_a_rule_book_names_its_line(tmp_path: Path) -> None:
    with pytest.raises(StudyError) as found:
        read(booked(tmp_path, BOOK.replace("deny:", "denny:")))
    assert found.value.what == (
        "rule book 'own', line 4: rule home has 'denny', which is not a key that is known here. Did you mean 'deny'?"
    )


def test_rule_books_that_are_not_there(tmp_path: Path) -> None:
    for name, said in (("chine", "Did you mean 'china'"), ("law/none.yaml", r"none\.yaml")):
        path = write(tmp_path, HEAD, f'books = ["{name}"]\n', site("Here"), REGION, held("w", 1.0))
        with pytest.raises(UsageError, match=said):
            read(path)
