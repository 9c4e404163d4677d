"""Supply of a year by the hour by this package, by HiGHS' HiPO called directly and by PyPSA: time of whole processes.

``python -m bench.campus`` prints two tables; ``--quick`` takes 672 hours. The year has five technologies, a battery and
limits of CO2 and water (`tests/golden/supply_systems.py`). Each run is a process of its own, started in turn, with one
thread: its processor time holds start, imports, building and solving. HiPO is given the finished programme. PyPSA and
HiPO run in an environment of their own (`tools/design_peers.py`); without it they are left out.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from bench.runner import machine, peak_mb, table, versions

ROOT = Path(__file__).resolve().parents[1]
PEERS = ROOT / ".venv-design" / "bin" / "python"
HEADER = ("program", "CPU seconds", "beside pilotzone", "peak MB", "objective")
OWN_HEADER = ("pilotzone", "CPU seconds", "beside one plan", "peak MB", "largest gap")
POINTS, YEARS = 20, 3


def own(hours: int) -> str:
    """Solve the year."""
    from tests.golden.supply_problems import supply_problem
    from tests.golden.supply_systems import bench_system

    from pilotzone.campus import plan_supply

    plan = plan_supply(supply_problem(bench_system(hours)))
    return f"{plan.objective:.2f}" if plan.proven else f"not proven ({plan.gap:.1e})"


def years(hours: int) -> str:
    """Solve several weather years with one set of capacities."""
    from dataclasses import replace

    import numpy as np
    from tests.golden.supply_problems import supply_problem
    from tests.golden.supply_systems import bench_system

    from pilotzone.campus import plan_supply

    parts = [supply_problem(bench_system(hours, seed)) for seed in range(YEARS)]
    flows = [
        replace(
            flow,
            availability=np.array([part.by_hour(part.flows[k].availability) for part in parts]),
            marginal_cost=np.array([part.by_hour(part.flows[k].marginal_cost) for part in parts]),
        )
        for k, flow in enumerate(parts[0].flows)
    ]
    load = np.array([part.load for part in parts])
    return f"{plan_supply(replace(parts[0], load=load, flows=tuple(flows))).gap:.1e}"


def frontier(hours: int) -> str:
    """Solve plans under limits of CO2 from a third to one and a half of the year's."""
    import numpy as np
    from tests.golden.supply_problems import supply_problem
    from tests.golden.supply_systems import bench_system

    from pilotzone.campus import supply_frontier

    system = bench_system(hours)
    plans = supply_frontier(supply_problem(system), "co2", (system.co2 * np.linspace(0.3, 1.5, POINTS)).tolist())
    return f"{max(plan.gap for plan in plans):.1e}"


def export(hours: int, path: str) -> str:
    """Write the programme that HiPO is given."""
    import numpy as np
    from tests.golden.supply_problems import supply_problem
    from tests.golden.supply_systems import bench_system

    from pilotzone.campus.highs import make_programme
    from pilotzone.campus.making import make_form

    made = make_programme(make_form(supply_problem(bench_system(hours))))
    matrix = made.matrix
    np.savez(
        path, cost=made.cost, upper=made.upper, low=made.low, high=made.high, start=matrix.indptr, index=matrix.indices,
        value=matrix.data,
    )  # fmt: skip
    return ""


def hipo(path: str) -> str:
    """Solve the programme by HiPO."""
    import highspy
    import numpy as np

    made = np.load(path)
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = len(made["cost"]), len(made["low"])
    model.col_cost_, model.col_lower_, model.col_upper_ = made["cost"], np.zeros(len(made["cost"])), made["upper"]
    model.row_lower_, model.row_upper_ = made["low"], made["high"]
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_, model.a_matrix_.index_, model.a_matrix_.value_ = (
        made[name] for name in ("start", "index", "value")
    )
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    for name, value in (("output_flag", False), ("solver", "hipo"), ("run_crossover", "off"), ("threads", 1)):
        solver.setOptionValue(name, value)
    solver.passModel(model)
    solver.run()
    objective = float(solver.getInfo().objective_function_value)
    return f"{objective:.2f}, {solver.modelStatusToString(solver.getModelStatus()).lower()}"


def pypsa(hours: int) -> str:
    """Solve the year by PyPSA with HiGHS as it comes."""
    return _pypsa(hours, solver="choose")


def pypsa_ipm(hours: int) -> str:
    """Solve the year by PyPSA, with the method of HiGHS that is its fastest here."""
    return _pypsa(hours, solver="ipm", run_crossover="off")


def _pypsa(hours: int, **options: str) -> str:
    import logging
    import warnings

    from tests.golden.pypsa_optima import optimum
    from tests.golden.supply_systems import bench_system

    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    objective, status = optimum(bench_system(hours), **options)
    return f"{objective:.2f}, {status}"


def child(name: str, hours: int, path: str) -> None:
    """Run one task and print what it says and its peak memory."""
    tasks = {"own": own, "years": years, "frontier": frontier, "pypsa": pypsa, "pypsa_ipm": pypsa_ipm}
    said = tasks[name](hours) if name in tasks else hipo(path) if name == "hipo" else export(hours, path)
    print(f"\nresult|{said}|{peak_mb():.0f}", flush=True)


def run(name: str, hours: int, path: str) -> tuple[float, float, str]:
    """Run a task as a process; return processor seconds, peak MB and what it said."""
    python = str(PEERS) if name in {"hipo", "pypsa", "pypsa_ipm"} else sys.executable
    command = [python, "-m", "bench.campus", "--child", name, "--hours", str(hours), "--path", path]
    settings = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    before = os.times()
    done = subprocess.run(command, cwd=ROOT, env=settings, stdout=subprocess.PIPE, text=True, check=True)
    after = os.times()
    line = next(line for line in reversed(done.stdout.splitlines()) if line.startswith("result|"))
    _, said, peak = line.split("|")
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return cpu, float(peak), said


def rows_of(names: dict[str, str], hours: int, path: str, rounds: int) -> list[tuple[str, ...]]:
    """Return a row for each task, run in turn."""
    found: dict[str, list[tuple[float, float, str]]] = {name: [] for name in names}
    for _ in range(rounds):
        for name in names:
            found[name].append(run(name, hours, path))
    base = found["own"]
    rows: list[tuple[str, ...]] = []
    for name, title in names.items():
        times = found[name]
        ratio = median(one[0] / other[0] for one, other in zip(times, base, strict=True))
        peak = max(one[1] for one in times)
        rows.append((title, f"{median(one[0] for one in times):.2f}", f"{ratio:.1f}", f"{peak:.0f}", times[-1][2]))
    return rows


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="672 hours, one round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--hours", type=int, default=8760)
    parser.add_argument("--path", default="", help=argparse.SUPPRESS)
    given = parser.parse_args()
    hours, rounds = (672, 1) if given.quick else (given.hours, given.rounds)
    if given.child:
        child(given.child, hours, given.path)
        return
    print(machine(), versions(["highspy", "numpy", "scipy"]), sep="\n")
    peers = {
        "hipo": "HiPO called directly",
        "pypsa_ipm": "PyPSA, interior point without crossover",
        "pypsa": "PyPSA, HiGHS as it comes",
    }
    peers = peers if PEERS.exists() else {}
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "programme.npz")
        run("export", hours, path)
        print(table(HEADER, rows_of({"own": "pilotzone"} | peers, hours, path, rounds)))
        tasks = {"own": "one plan", "years": f"{YEARS} weather years", "frontier": f"frontier of {POINTS} plans"}
        print(table(OWN_HEADER, rows_of(tasks, hours, path, 1)))


if __name__ == "__main__":
    main()
