"""Write the optima of PyPSA on random systems: ``tests/golden/data/supply_optima.csv``.

PyPSA is not a dependency of this project; it runs in an environment of its own, made by ``python
tools/design_peers.py``::

    .venv-design/bin/python -m tests.golden.pypsa_optima          (20 systems of 168 to 720 h)
    .venv-design/bin/python -m tests.golden.pypsa_optima --years  (five of 8,784 h as well, an hour or more)
"""

from __future__ import annotations

import argparse
import csv
import logging
import sys
import warnings
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tests.golden.supply_systems import UNSERVED, System, random_system

DATA = Path(__file__).parent / "data" / "supply_optima.csv"
HOURS = (168, 336, 720)
SHORT = range(20)
LONG = range(20, 25)
YEAR = 8784
OPTIONS = {"output_flag": False, "threads": 1, "solver": "ipm", "run_crossover": "on"}
INTENSITY = {"coal": {"co2": 0.9, "water": 1.9}, "hydro": {"water": 17.0}, "grid": {"co2": 0.4989, "water": 4.0}}


def network_of(system: System) -> Any:  # noqa: ANN401 - PyPSA has no types
    """Return a system as a PyPSA network, without its limit of water."""
    import pandas as pd
    import pypsa

    network = pypsa.Network()
    network.set_snapshots(pd.date_range("2023-01-01", periods=system.hours, freq="h"))
    for name in ("solar", "wind", "hydro", "coal", "grid", "battery", "reservoir", "unserved", "AC"):
        network.add("Carrier", name, co2_emissions=INTENSITY.get(name, {}).get("co2", 0.0))
    network.add("Bus", "site", carrier="AC")
    network.add("Load", "load", bus="site", p_set=system.load)
    marginal = {"hydro": system.marginal[0], "coal": system.marginal[1]}
    shares = dict(zip(("solar", "wind", "hydro"), system.availability, strict=True))
    for name, cost in zip(("solar", "wind", "hydro", "coal"), system.capacity_cost, strict=False):
        network.add(
            "Generator", name, bus="site", carrier=name, p_nom_extendable=True, capital_cost=cost,
            marginal_cost=marginal.get(name, 0.0), p_max_pu=shares.get(name, 1.0),
        )  # fmt: skip
    if system.grid_mw > 0:
        network.add(
            "Generator", "grid", bus="site", carrier="grid", p_nom=system.grid_mw, marginal_cost=system.grid_price
        )
    network.add(
        "Generator", "unserved", bus="site", carrier="unserved", p_nom=1.0, p_max_pu=system.load, marginal_cost=UNSERVED
    )
    network.add(
        "StorageUnit", "battery", bus="site", carrier="battery", p_nom_extendable=True,
        capital_cost=system.capacity_cost[4], max_hours=system.duration_h, efficiency_store=0.95,
        efficiency_dispatch=0.95, cyclic_state_of_charge=True,
    )  # fmt: skip
    turbine, energy = system.reservoir
    if turbine > 0:
        network.add(
            "StorageUnit", "reservoir", bus="site", carrier="reservoir", p_nom=turbine, max_hours=energy / turbine,
            p_min_pu=0.0, inflow=system.inflow, efficiency_dispatch=0.9, cyclic_state_of_charge=True,
        )  # fmt: skip
    network.add(
        "GlobalConstraint", "co2", type="primary_energy", carrier_attribute="co2_emissions", sense="<=",
        constant=system.co2,
    )  # fmt: skip
    return network


def optimum(system: System, **options: Any) -> tuple[float, str]:
    """Return PyPSA's objective and what it says of it."""
    network = network_of(system)

    def water(net: Any, _: object) -> None:  # noqa: ANN401 - PyPSA has no types
        power = net.model["Generator-p"]
        dimension = next(name for name in power.dims if name != "snapshot")
        total = sum(
            values["water"] * power.sel({dimension: name}).sum()
            for name, values in INTENSITY.items()
            if "water" in values and name in net.c.generators.static.index
        )
        net.model.add_constraints(total <= system.water, name="water")

    status = network.optimize(
        solver_name="highs", solver_options=OPTIONS | options, extra_functionality=water, io_api="direct",
        log_to_console=False, include_objective_constant=False,
    )  # fmt: skip
    return float(network.objective), " ".join(map(str, status))


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--years", action="store_true", help="also five systems of a leap year")
    given = parser.parse_args()
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    tasks = [(seed, HOURS[seed % 3]) for seed in SHORT] + ([(seed, YEAR) for seed in LONG] if given.years else [])
    made = f"PyPSA {version('pypsa')}, highspy {version('highspy')}"
    kept = []
    if DATA.exists():
        with DATA.open(encoding="utf-8", newline="") as file:
            kept = list(csv.reader(file))[1:]
    known = {(int(row[0]), int(row[1])): row for row in kept}
    for seed, hours in tasks:
        objective, status = optimum(random_system(seed, hours))
        sys.stdout.write(f"{seed} {hours} {objective:.10e} {status}\n")
        if status != "ok optimal":
            sys.exit("no optimum; nothing was written.")
        known[seed, hours] = [str(seed), str(hours), f"{objective:.10e}", made]
        with DATA.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["seed", "hours", "optimum", "made_by"])
            writer.writerows(known[key] for key in sorted(known))


if __name__ == "__main__":
    main()
