"""Optima of PyPSA on random systems, and the year of the bench, are reached and proven."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from tests.golden.supply_problems import supply_problem
from tests.golden.supply_systems import bench_system, random_system

from pilotzone.campus import plan_supply

OPTIMA = Path(__file__).parent / "data" / "supply_optima.csv"
BENCH = 45_614_391.0
"""Optimum of the year of the bench by HiGHS' HiPO and by another interior point method (bound 45,614,390.9)."""
TOLERANCE = 1e-6


def optima(*, most: int) -> list[tuple[int, int, float]]:
    """Return seed, hours and PyPSA's optimum of systems of at most so many hours."""
    with OPTIMA.open(encoding="utf-8", newline="") as file:
        rows = [(int(row["seed"]), int(row["hours"]), float(row["optimum"])) for row in csv.DictReader(file)]
    return [row for row in rows if row[1] <= most]


def test_there_are_twenty_short_systems_and_five_years() -> None:
    assert len(optima(most=720)) == 20
    assert len(optima(most=8784)) == 25


@pytest.mark.parametrize(("seed", "hours", "optimum"), optima(most=720))
def test_pypsas_optimum(seed: int, hours: int, optimum: float) -> None:
    plan = plan_supply(supply_problem(random_system(seed, hours)))
    assert plan.solved.solver == "interior point"
    assert plan.proven
    assert plan.objective == pytest.approx(optimum, rel=TOLERANCE)
    assert plan.bound <= optimum * (1 + TOLERANCE)
    assert plan.missed.most <= TOLERANCE


def test_year_of_the_bench() -> None:
    plan = plan_supply(supply_problem(bench_system()))
    assert plan.proven
    assert plan.objective == pytest.approx(BENCH, rel=1e-8)
    built = [plan.capacity(name) for name in ("solar", "wind", "hydro", "coal", "battery")]
    assert built == pytest.approx([61.575, 143.396, 98.309, 14.116, 4.946], abs=2e-3)
    assert plan.limits[0].price == pytest.approx(6.663, abs=2e-3)
