"""Plan files run: arrays by hand, the options of the solver, conflicts by type, assumptions at their ends."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from tests.unit.study.plans import HEAD, REGION, found_of, held, plan_of, read, site, varied, write

from pilotzone.core import InfeasibleError, MethodError, UsageError, distance_km
from pilotzone.placement import best_placement, solve_placement
from pilotzone.study.plan import run as running

if TYPE_CHECKING:
    from pilotzone.placement import Placement, PlacementProblem
    from pilotzone.study.plan import PlanFindings

HOURS = 8760.0
TWO = """
title = "Arrays"
day = 2018-01-01
frontier = 0
years = 2.0

[[slot]]
share = 0.75
cost = 1.5
carbon = 0.5

[[slot]]
share = 0.25

[[region]]
name = "West"
latitude = 50.0
longitude = 0.0
users = 3.0

[[region]]
name = "East"
latitude = 50.0
longitude = 10.0
users = 1.0
"""
NEAR = site("Near", zone="a", capacity_mw=30.0, cost_per_mwh=80.0, pue=1.25, carbon_kg_per_kwh=0.4, longitude=0.0)
FAR = site(
    "Far", zone="b", jurisdiction="FR", capacity_mw=20.0, fixed_cost=500.0, cost_per_mwh=40.0, pue=1.5, longitude=10.0,
    carbon_kg_per_kwh=0.1, exists=True, closing_cost=70.0, must_open=True,
)  # fmt: skip
MAIL = held("mail", 4.0, growth=0.5, copies=2, latency_ms=7.5, traffic_mb_s=10.0)
ARCHIVE = held("archive", 8.0, waits=True)


def run(folder: Path, *parts: str) -> PlanFindings:
    return found_of(read(write(folder, *parts)))


def opened(found: PlanFindings) -> list[str]:
    return [str(row["site"]) for row in found.result.sites().records()]


# ------------------------------------------------------------------------------------------------------- by hand


def test_arrays_by_hand(tmp_path: Path) -> None:
    """Demands are classes by regions by slots: mail and archive, West and East, 0.75 and 0.25 of the day."""
    plan = plan_of(read(write(tmp_path, TWO, NEAR, FAR, MAIL, ARCHIVE)))
    problem = plan.problem()
    assert problem.demands == (
        "mail of West, slot 1", "mail of West, slot 2", "mail of East, slot 1", "mail of East, slot 2",
        "archive of West, slot 1", "archive of West, slot 2", "archive of East, slot 1", "archive of East, slot 2",
    )  # fmt: skip
    assert problem.sites == ("Near", "Far")
    shares = np.array([0.75 * 0.75, 0.75 * 0.25, 0.25 * 0.75, 0.25 * 0.25])
    grown = 4 * 1.5**2
    load = np.concatenate([grown * shares, 8 * shares])
    np.testing.assert_allclose(problem.load, load, rtol=1e-15)
    assert problem.copies.tolist() == [2, 2, 2, 2, 1, 1, 1, 1]
    assert problem.capacity.tolist() == [[15, 15], [10, 10]]
    assert problem.fixed.tolist() == [1000, 500]
    assert problem.closing.tolist() == [0, 70]
    assert problem.zone.tolist() == [0, 1]
    assert problem.must_open.tolist() == [False, True]
    assert problem.sourcing == "single"
    # Power: hours, price, PUE, the slot's factor. Network: MB/s a MW, thousands of km, the middle of 500 to 3000 USD.
    across = float(np.asarray(distance_km(50.0, 0.0, 50.0, 10.0)).item())
    far = np.array([[0, across], [0, across], [across, 0], [across, 0]])
    power = HOURS * load[:, None, None] * np.array([80 * 1.25, 40 * 1.5])[:, None] * np.array([1.5, 1.0])
    network = np.zeros((8, 2, 1))
    network[:4, :, 0] = load[:4, None] * 10 * far / 1000 * 1750
    np.testing.assert_allclose(problem.cost, power + network, rtol=1e-12)
    carbon = HOURS * load[:, None, None] * np.array([0.4 * 1.25, 0.1 * 1.5])[:, None] * np.array([0.5, 1.0])
    np.testing.assert_allclose(problem.carbon, carbon, rtol=1e-12)
    # Some 711 km are 9.5 ms there and back, and 6 ms more at no distance: beyond 7.5 ms. What waits may take any slot.
    assert 6 + across / 75 > 7.5
    west, east = [[True, False], [False, False]], [[False, False], [True, False]]
    later_west, later_east = [[False, True], [False, False]], [[False, False], [False, True]]
    anywhere = [[True, True], [True, True]]
    assert problem.allowed.tolist() == [west, later_west, east, later_east, *([anywhere] * 4)]


def test_the_law_takes_sites_away(tmp_path: Path) -> None:
    abroad = site("Abroad", jurisdiction="US")
    home = site("Home", jurisdiction="CN")
    told = {"kind": "personal", "operator": "critical_infrastructure", "operations": ["store"]}
    plan = plan_of(
        read(write(tmp_path, HEAD, 'books = ["china"]\n', home, abroad, REGION, held("people", 1.0, **told)))
    )
    assert plan.problem().allowed[:, :, 0].tolist() == [[True, False]]
    before = HEAD.replace("2018-01-01", "2017-05-31")
    plan = plan_of(
        read(write(tmp_path, before, 'books = ["china"]\n', home, abroad, REGION, held("people", 1.0, **told)))
    )
    assert plan.problem().allowed[:, :, 0].tolist() == [[True, True]]


def test_a_placement_by_hand(tmp_path: Path) -> None:
    """Two cheap sites cost less to run and more to open than one."""
    found = run(
        tmp_path, HEAD, site("Dear", cost_per_mwh=90.0), site("Cheap", cost_per_mwh=40.0), REGION, held("w", 2.0)
    )
    best = found.result.placement
    assert opened(found) == ["Cheap"]
    assert best.cost == pytest.approx(1000 + 2 * HOURS * 40 * 1.2)
    assert best.carbon == pytest.approx(2 * HOURS * 0.5 * 1.2)
    assert found.name == "mine"


def test_least_carbon_is_another_placement_than_least_cost(tmp_path: Path) -> None:
    sites = site("Dirty", cost_per_mwh=40.0, carbon_kg_per_kwh=0.9), site("Clean", carbon_kg_per_kwh=0.1)
    assert opened(run(tmp_path, HEAD, *sites, REGION, held("w", 2.0))) == ["Dirty"]
    clean = run(tmp_path, HEAD, 'objective = "carbon"\n', *sites, REGION, held("w", 2.0))
    assert opened(clean) == ["Clean"]
    assert clean.result.change is None
    # Twenty USD a MWh of IT more, 0.8 t less: 25 USD a tonne.
    priced = run(tmp_path, HEAD, "carbon_price = 26.0\n", *sites, REGION, held("w", 2.0))
    assert (opened(priced), priced.result.change) == (["Clean"], None)
    assert opened(run(tmp_path, HEAD, "carbon_price = 24.0\n", *sites, REGION, held("w", 2.0))) == ["Dirty"]
    assert run(tmp_path, HEAD, *sites, REGION, held("w", 2.0)).result.change == pytest.approx(25.0, rel=1e-4)


def test_limits_bind(tmp_path: Path) -> None:
    sites = site("Dirty", cost_per_mwh=40.0, carbon_kg_per_kwh=0.9), site("Clean", carbon_kg_per_kwh=0.1)
    capped = run(tmp_path, HEAD, "carbon_cap_t = 5000.0\n", *sites, REGION, held("w", 2.0))
    assert opened(capped) == ["Clean"]
    # Clean costs 1,000 and 2 MW for a year at 60 USD and a PUE of 1.2.
    budget = 1000 + 2 * HOURS * 60 * 1.2
    least = 'objective = "carbon"\n'
    assert opened(run(tmp_path, HEAD, least, f"budget = {budget + 100}\n", *sites, REGION, held("w", 2.0))) == ["Clean"]
    assert opened(run(tmp_path, HEAD, least, f"budget = {budget - 100}\n", *sites, REGION, held("w", 2.0))) == ["Dirty"]


def test_a_class_of_a_region_may_be_shared_between_sites(tmp_path: Path) -> None:
    sites = site("A", capacity_mw=3.0), site("B", capacity_mw=3.0)
    with pytest.raises(InfeasibleError) as found:
        run(tmp_path, HEAD, *sites, REGION, held("w", 5.0))
    assert found.value.conflict == ("capacity", "single sourcing")
    shared = run(tmp_path, HEAD, 'sourcing = "multi"\n', *sites, REGION, held("w", 5.0))
    assert opened(shared) == ["A", "B"]
    assert shared.result.placement.share.sum() == pytest.approx(1)


def test_sites_that_exist_cost_to_close_and_some_have_to_be_open(tmp_path: Path) -> None:
    old = {"exists": True, "closing_cost": 5e6, "fixed_cost": 4e6, "cost_per_mwh": 200.0}
    found = run(tmp_path, HEAD, site("Old", **old), site("New"), REGION, held("w", 1.0))
    assert opened(found) == ["Old", "New"]
    assert found.result.placement.cost == pytest.approx(4e6 + 1000 + HOURS * 60 * 1.2)
    found = run(tmp_path, HEAD, site("Old", **(old | {"closing_cost": 3e6})), site("New"), REGION, held("w", 1.0))
    assert opened(found) == ["New"]
    assert found.result.placement.cost == pytest.approx(3e6 + 1000 + HOURS * 60 * 1.2)
    kept = site("Kept", must_open=True, cost_per_mwh=300.0)
    assert opened(run(tmp_path, HEAD, kept, site("New"), REGION, held("w", 1.0))) == ["Kept", "New"]


def test_a_frontier_is_drawn_where_it_is_asked_for(tmp_path: Path) -> None:
    sites = site("Dirty", cost_per_mwh=40.0, carbon_kg_per_kwh=0.9), site("Clean", carbon_kg_per_kwh=0.1)
    assert run(tmp_path, HEAD, *sites, REGION, held("w", 2.0)).result.frontier == ()
    head = HEAD.replace("frontier = 0", "frontier = 3")
    frontier = run(tmp_path, head, *sites, REGION, held("w", 2.0)).result.frontier
    assert [point.sites for point in frontier] == [("Dirty",), ("Clean",)]
    assert [point.cost for point in frontier] == sorted(point.cost for point in frontier)


# ------------------------------------------------------------------------------------------- what the solver is asked


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("", {"carbon_price": 0, "only_carbon": False, "gap": 1e-4, "seconds": 60, "limits": (math.inf, math.inf)}),
        ("gap = 0.01\nseconds = 5.0\n", {"gap": 0.01, "seconds": 5}),
        ("carbon_price = 7.0\n", {"carbon_price": 7, "only_carbon": False}),
        ('objective = "carbon"\n', {"carbon_price": 0, "only_carbon": True}),
        ("carbon_cap_t = 9e9\nbudget = 8e9\n", {"limits": (9e9, 8e9)}),
    ],
)
def test_options_of_the_file_reach_the_solver(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, head: str, expected: dict[str, Any]
) -> None:
    asked: list[dict[str, Any]] = []

    def listening(problem: PlacementProblem, **options: Any) -> Placement:
        asked.append(options)
        return best_placement(problem, **options)

    monkeypatch.setattr(running, "best_placement", listening)
    run(tmp_path, HEAD, head, site("Here"), REGION, held("w", 1.0))
    assert {key: asked[0][key] for key in expected} == expected


# ------------------------------------------------------------------------------------------------------- conflicts

CONFLICTS: list[tuple[str, tuple[str, ...], tuple[str, ...], str]] = [
    (
        "",
        (site("Far", longitude=100.0), held("w", 1.0, latency_ms=10.0)),
        ("latency of w",),
        "10 ms from All reach no site",
    ),
    ("", (site("Small", capacity_mw=1.0), held("w", 2.0)), ("capacity",), "2 MW are asked for"),
    (
        "",
        (site("A", zone="z"), site("B", zone="z"), held("w", 1.0, copies=2)),
        ("copies of w", "separate zones"),
        "copies of w (2); separate zones (1 hazard zone)",
    ),
    (
        "",
        (site("One"), held("w", 1.0, copies=2)),
        ("copies of w",),
        "copies of w (2)",
    ),
    ("carbon_cap_t = 1.0\n", (site("Here"), held("w", 1.0)), ("carbon cap",), "carbon cap (1 t of CO2)"),
    ("budget = 1.0\n", (site("Here"), held("w", 1.0)), ("budget",), "budget (1 USD)"),
    (
        'books = ["china"]\n',
        (site("Abroad"), held("w", 1.0, kind="personal", operator="critical_infrastructure", operations=["store"])),
        ("law of w",),
        "csl-37-store",
    ),
    (
        "",
        (site("Here", capacity_mw=10.0), held("w", 7.2), "[[slot]]\nshare = 0.7\n[[slot]]\nshare = 0.3\n"),
        ("due time of w", "capacity"),
        "it cannot wait for another slot",
    ),
]


@pytest.mark.parametrize(("head", "parts", "conflict", "words"), CONFLICTS)
def test_a_plan_that_cannot_be_kept_is_told_by_type_with_its_conflict(
    tmp_path: Path, head: str, parts: tuple[str, ...], conflict: tuple[str, ...], words: str
) -> None:
    with pytest.raises(InfeasibleError) as found:
        run(tmp_path, HEAD, head, REGION, *parts)
    error = found.value
    assert error.conflict == conflict
    assert error.what.startswith("plan 'mine' has no solution. These demands conflict; dropping any one helps: ")
    assert words in error.what
    assert error.exit_code == 3


def test_time_that_ran_out_is_not_a_conflict(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def late(*_: object, **__: object) -> None:
        raise MethodError("no placement was found in 1 seconds.")

    monkeypatch.setattr(running, "best_placement", late)
    with pytest.raises(MethodError, match="in 1 seconds") as found:
        run(tmp_path, HEAD, site("Here"), REGION, held("w", 1.0))
    assert not isinstance(found.value, InfeasibleError)


# ------------------------------------------------------------------------------------------------ assumptions varied


def test_assumptions_at_either_end_by_hand(tmp_path: Path) -> None:
    """10 MB/s a MW over 711 km at 500 and at 3,000 USD; what changes no number gives the plan as it is."""
    away = site("Away", longitude=10.0)
    region = REGION.replace("longitude = 8.0", "longitude = 0.0")
    found = run(tmp_path, HEAD, away, region, held("w", 2.0, traffic_mb_s=10.0))
    km = float(np.asarray(distance_km(50.0, 0.0, 50.0, 10.0)).item())
    power = 1000 + 2 * HOURS * 60 * 1.2
    rows = {(row["assumption"], row["end"]): row for row in found.varied.records()}
    for end, price in (("low", 500), ("high", 3000)):
        assert rows["traffic_cost", end]["cost"] == pytest.approx(power + 2 * 10 * km / 1000 * price)
    middle = power + 2 * 10 * km / 1000 * 1750
    assert found.result.placement.cost == pytest.approx(middle)
    assert {row["cost"] for key, row in rows.items() if key[0] != "traffic_cost"} == {found.result.placement.cost}
    names = {entry.name for entry in found.result.plan.assumptions.entries}
    assert set(rows) == {(name, end) for name in names for end in ("low", "high")}


def test_what_changes_no_number_is_not_solved_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    solved: list[object] = []

    def counting(problem: PlacementProblem, **options: Any) -> Placement:
        solved.append(problem)
        return solve_placement(problem, **options)

    monkeypatch.setattr(running, "solve_placement", counting)
    run(tmp_path, HEAD, site("Here"), REGION, held("w", 2.0))
    assert not solved
    run(tmp_path, HEAD, site("Away", longitude=10.0), REGION, held("w", 2.0, traffic_mb_s=1.0))
    assert len(solved) == 2  # the two ends of what traffic costs


def test_an_end_at_which_sites_change_says_which(tmp_path: Path) -> None:
    """Traffic is cheap enough for the far site up to some 2,300 USD."""
    sites = site("Near", cost_per_mwh=62.0, longitude=0.0), site("Far", longitude=10.0)
    region = REGION.replace("longitude = 8.0", "longitude = 0.0")
    found = run(tmp_path, HEAD, *sites, region, held("w", 2.0, traffic_mb_s=13.0))
    assert opened(found) == ["Far"]
    rows = {(row["assumption"], row["end"]): row for row in found.varied.records()}
    assert (rows["traffic_cost", "high"]["opens"], rows["traffic_cost", "high"]["closes"]) == ("Near", "Far")
    assert (rows["traffic_cost", "low"]["opens"], rows["traffic_cost", "low"]["closes"]) == ("", "")


def test_an_end_at_which_the_plan_cannot_be_kept_says_why_and_has_no_cost(tmp_path: Path) -> None:
    """711 km are 9.5 + 6 ms at the middles and 14.2 + 6 ms where a millisecond buys 50 km."""
    region = REGION.replace("longitude = 8.0", "longitude = 0.0")
    found = run(tmp_path, HEAD, site("Away", longitude=10.0), region, held("w", 2.0, latency_ms=17.0))
    rows = {(row["assumption"], row["end"]): row for row in found.varied.records()}
    slow = rows["km_per_ms", "low"]
    assert (slow["cost"], slow["carbon_t"], slow["closes"]) == (None, None, "")
    assert slow["opens"] == "'w of All' may be at no site."
    assert rows["km_per_ms", "high"]["cost"] == found.result.placement.cost


def test_assumptions_of_provinces_reach_the_sites(tmp_path: Path) -> None:
    head = '[provinces]\nregions = ["CN-GZ", "CN-XZ"]\n'
    study = read(write(tmp_path, HEAD, head, REGION, held("w", 1.0)))
    low = varied(study, lambda entry: entry.low)
    high = varied(study, lambda entry: entry.high)
    assert [[s.cost_per_mwh for s in plan.sites] for plan in (low, high)] == [[45, 60], [80, 110]]
    assert [[s.fixed_cost for s in plan.sites] for plan in (low, high)] == [[4e6, 4e6], [12e6, 12e6]]
    assert [plan.sites[1].carbon_kg_per_kwh for plan in (low, high)] == [0, 0.3]
    assert low.sites[0].carbon_kg_per_kwh == high.sites[0].carbon_kg_per_kwh
    assert (low.base_ms, high.base_ms, low.km_per_ms, high.km_per_ms) == (2, 10, 50, 100)


def test_an_end_that_no_site_can_have_is_an_error_of_the_plan(tmp_path: Path) -> None:
    study = read(write(tmp_path, HEAD, '[provinces]\nregions = ["CN-XZ"]\n', REGION, held("w", 1.0)))
    with pytest.raises(UsageError, match="plan 'mine': fixed_cost of site 'Tibet' is -1"):
        varied(study, lambda entry: -1.0 if entry.name == "fixed_cost" else entry.middle)
