"""Effects by dose and by group beside effects without, by `evaluate`, on the same Parquet file, in turns.

``python -m bench.doses`` makes the file in a temporary folder and prints a table. Each run is a process of its own.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from bench.runner import machine, peak_mb, table, versions
from bench.staggered import write_panel

if TYPE_CHECKING:
    from collections.abc import Sequence

HEADER = ("what", "units", "wall s", "CPU s", "peak MB", "times evaluate's CPU")
WHAT = ("evaluate", "dose_effects", "group_effects", "group_effects, margins")


def write_doses(path: Path, source: Path) -> Path:
    """Write a panel once more with a dose for each treated unit, uniform from 1 to 4, and an income for each unit."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    found = pq.read_table(source)
    units, cohorts = found["unit"].to_numpy(), found["cohort"].to_numpy()
    rng = np.random.default_rng(20203)
    doses, incomes = 1 + 3 * rng.random(int(units.max()) + 1), rng.lognormal(size=int(units.max()) + 1)
    found = found.append_column("dose", pa.array(np.where(cohorts > 0, doses[units], 0.0)))
    pq.write_table(found.append_column("income", pa.array(incomes[units])), path)
    return path


def one(name: str, path: str) -> None:
    """Run one of them in this process and print what it took."""
    import resource

    started = time.perf_counter()
    if name == "evaluate":
        from pilotzone.evaluation.many import evaluate

        evaluate(path, ["y1", "y2"], unit="unit", time="time", cohort="cohort")
    elif name.startswith("group_effects"):
        from pilotzone.core import Outcome
        from pilotzone.evaluation.inclusion import group_effects, quantile_groups, unit_effects_of

        # With a margin the moves before the start are kept as well, for the checks of a verdict.
        outcomes: list[Outcome | str] = ["y1", "y2"]
        if name.endswith("margins"):
            outcomes = [Outcome(column, "development", "up", 0.1, "level") for column in ("y1", "y2")]
        units, known = unit_effects_of(path, outcomes, unit="unit", time="time", cohort="cohort", covariates="income")
        group_effects(units, quantile_groups(known["income"], 5))
    else:
        from pilotzone.evaluation.dose import DoseDesign, dose_effects

        design = DoseDesign("strong_parallel_trends")
        dose_effects(path, ["y1", "y2"], unit="unit", time="time", cohort="cohort", dose="dose", design=design)
    wall, used = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps({"wall": wall, "cpu": used.ru_utime + used.ru_stime, "peak": peak_mb()}))


def report(units: int, rounds: int, folder: Path) -> str:
    """Make the file, let them take turns and return the text."""
    path = write_doses(folder / "doses.parquet", write_panel(folder / "panel.parquet", units))
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in WHAT}
    for _ in range(rounds):
        for name in WHAT:
            command = [sys.executable, "-m", "bench.doses", "--run", name, "--path", str(path)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            runs[name].append(json.loads(done.stdout.splitlines()[-1]))
    medians = {name: {kind: median(run[kind] for run in done) for kind in done[0]} for name, done in runs.items()}
    rows = [
        [
            name,
            f"{units:,}",
            f"{found['wall']:.3g}",
            f"{found['cpu']:.3g}",
            f"{found['peak']:.0f}",
            f"{found['cpu'] / medians['evaluate']['cpu']:.2f}",
        ]
        for name, found in medians.items()
    ]
    return "\n".join([machine(), versions(["pilotzone", "numpy", "duckdb"]), "", table(HEADER, rows, names=1)])


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the options, run and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.doses", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one small panel, one round: shows that it runs")
    parser.add_argument("--units", type=int, default=1_000_000, help="units of the panel, with 20 periods")
    parser.add_argument("--rounds", type=int, default=3, help="how often they take turns")
    parser.add_argument("--run", choices=WHAT, help=argparse.SUPPRESS)
    parser.add_argument("--path", help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.run:
        one(given.run, given.path)
        return
    units, rounds = (2_000, 1) if given.quick else (given.units, given.rounds)
    with tempfile.TemporaryDirectory() as made:
        print(report(units, rounds, Path(made)))


if __name__ == "__main__":
    main()
