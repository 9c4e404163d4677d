"""Five random systems of a leap year against PyPSA's optima: ``python -m tests.simulation.supply``.

The optima were made by ``tests/golden/pypsa_optima.py``. The argument that other simulations take is ignored: nothing
is drawn.
"""

from __future__ import annotations

import csv
from pathlib import Path

from pilotzone.campus import plan_supply
from tests.golden.supply_problems import supply_problem
from tests.golden.supply_systems import random_system

OPTIMA = Path(__file__).parents[1] / "golden" / "data" / "supply_optima.csv"
YEAR = 8784


def differences(hours: int = YEAR) -> list[tuple[int, float, float, float]]:
    """Return seed, relative difference to PyPSA's optimum, gap and largest residual of each system of a length."""
    with OPTIMA.open(encoding="utf-8", newline="") as file:
        rows = [(int(row["seed"]), float(row["optimum"])) for row in csv.DictReader(file) if int(row["hours"]) == hours]
    found = []
    for seed, optimum in rows:
        plan = plan_supply(supply_problem(random_system(seed, hours)))
        found.append((seed, abs(plan.objective - optimum) / abs(optimum), plan.gap, plan.missed.most))
    return found


def main() -> None:
    """Print the differences; fail where one is above 1e-6."""
    worst = 0.0
    for seed, difference, gap, residual in differences():
        told = f"seed {seed}: {difference:.1e} from PyPSA's optimum, gap {gap:.1e}, residuals {residual:.1e}"
        print(told, flush=True)  # noqa: T201 - a script that prints
        worst = max(worst, difference, gap, residual)
    if worst > 1e-6:
        raise SystemExit("above 1e-6")


if __name__ == "__main__":
    main()
