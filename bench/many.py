"""Effects on many units, all outcomes jointly, from a Parquet file, beside diff-diff and DuckDB's own pivot.

``python -m bench.many`` makes the files in a temporary folder (``--folder`` keeps them) and prints a table.
Each run is a process of its own, so that its peak memory is its own; programs take turns.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import subprocess
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from bench.runner import growth, machine, peak_mb, table, versions
from bench.staggered import COHORTS, OUTCOMES, PERIODS, write_panel, write_shuffled, write_wide

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

HEADER = ("program", "units", "rows in", "wall s", "CPU s", "peak MB", "times pilotzone's wall")
MEMORY = "2GB"
"""What DuckDB may use, in pilotzone and for its own pivot, before it goes to disk."""
BOOTSTRAP = 999
NOTES = f"""\
Medians; a run starts with imports and ends with effects. pilotzone: evaluate() on the file, effects by cohort and
period, all averages, the joint covariance of both outcomes, simultaneous bands, guard, and pre-trend tests. diff-diff:
the columns by pandas, CallawaySantAnna(control_group="never_treated").fit(aggregate="all") for each outcome, analytic,
or with {BOOTSTRAP} bootstrap draws, which its bands need. csdid and moderndid: the columns by pandas, effects by cohort
and period and the simple average alone, analytic, for each outcome. pivot: DuckDB's PIVOT of the same file to one row a
unit, as a temporary table, and nothing else. DuckDB may use {MEMORY} before it goes to disk, in pilotzone too."""


def pilotzone(path: str) -> list[float]:
    """Return overall effects."""
    from pilotzone.evaluation.many import evaluate

    names = outcomes_of(path)
    found = evaluate(
        path, unit="unit", time="time", cohort="cohort", outcomes=names, memory_limit=MEMORY, summary="simple"
    )
    return [float(value) for value in found.joint.estimate]


def outcomes_of(path: str) -> list[str]:
    """Return the outcomes of a file: y1, y2 and so on."""
    import pyarrow.parquet as pq

    return [name for name in pq.read_schema(path).names if name.startswith("y")]


def diff_diff(path: str) -> list[float]:
    """Return overall effects, with analytic standard errors."""
    return _diff_diff(path, 0)


def diff_diff_bootstrap(path: str) -> list[float]:
    """Return overall effects, with the bootstrap."""
    return _diff_diff(path, BOOTSTRAP)


def _diff_diff(path: str, draws: int) -> list[float]:
    import pandas as pd
    from diff_diff import CallawaySantAnna

    frame: pd.DataFrame = pd.read_parquet(path)
    found = []
    for name in outcomes_of(path):
        program = CallawaySantAnna(control_group="never_treated", n_bootstrap=draws, seed=0)
        fitted = program.fit(frame, name, "unit", "time", "cohort", aggregate="all")
        found.append(float(fitted.overall_att))
    return found


def csdid(path: str) -> list[float]:
    """Return overall effects by csdid, with analytic standard errors."""
    import pandas as pd

    # It refuses names that it uses itself, y1 among them.
    frame: pd.DataFrame = pd.read_parquet(path).rename(columns=str.upper)
    estimator = import_module("csdid.att_gt").ATTgt
    found = []
    for name in map(str.upper, OUTCOMES):
        model = estimator(
            data=frame, yname=name, tname="TIME", idname="UNIT", gname="COHORT", control_group="nevertreated"
        )
        with contextlib.redirect_stdout(io.StringIO()):
            model.fit(est_method="reg", bstrap=False)
            model.aggte(typec="simple", bstrap=False, cband=False)
        found.append(float(model.atte["overall_att"]))
    return found


def moderndid(path: str) -> list[float]:
    """Return overall effects by moderndid, with analytic standard errors."""
    import pandas as pd

    frame: pd.DataFrame = pd.read_parquet(path)
    library = import_module("moderndid")
    found = []
    for name in OUTCOMES:
        effects = library.att_gt(frame, name, "time", "unit", "cohort", est_method="reg", boot=False, cband=False)
        found.append(float(library.aggte(effects, type="simple", boot=False, cband=False).overall_att))
    return found


def pivot(path: str) -> list[float]:
    """Pivot to one row a unit, and return nothing."""
    import duckdb

    with (
        tempfile.TemporaryDirectory() as spill,
        duckdb.connect(config={"memory_limit": MEMORY, "temp_directory": spill}) as connection,
    ):
        values = ", ".join(f"first({name}) AS {name}" for name in OUTCOMES)
        connection.execute(
            f"CREATE TEMP TABLE wide AS PIVOT '{path}' ON time IN {PERIODS} USING {values} GROUP BY unit, cohort"
        )
    return []


PROGRAMS: dict[str, Callable[[str], list[float]]] = {
    "pilotzone": pilotzone,
    "diff-diff": diff_diff,
    "diff-diff, bootstrap": diff_diff_bootstrap,
    "csdid": csdid,
    "moderndid": moderndid,
    "DuckDB's pivot": pivot,
}

PEERS = ["diff-diff", "diff-diff, bootstrap", "csdid", "moderndid"]


def one(name: str, path: str) -> None:
    """Run a program in this process and print what it took."""
    import resource
    import warnings

    started = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        effects = PROGRAMS[name](path)
    wall, used = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps({"wall": wall, "cpu": used.ru_utime + used.ru_stime, "peak": peak_mb(), "effects": effects}))


def fresh(name: str, path: Path, limit: float) -> dict[str, float]:
    """Run a program in a process of its own; it has failed where it says nothing in time."""
    command = [sys.executable, "-m", "bench.many", "--run", name, "--path", str(path)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=limit)
    except subprocess.TimeoutExpired:
        return {}
    except subprocess.CalledProcessError as error:
        lines = error.stderr.strip().splitlines()
        print(f"{name} failed: {lines[-1] if lines else error.returncode}", file=sys.stderr)
        return {}
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def race(path: Path, names: Sequence[str], rounds: int, limit: float) -> dict[str, dict[str, float]]:
    """Let programs take turns on one file; return medians, nothing for one that failed in every round."""
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in names}
    for _ in range(rounds):
        for name in names:
            found = fresh(name, path, limit)
            if found:
                runs[name].append(found)
    medians = {
        name: {kind: median(run[kind] for run in done) for kind in ("wall", "cpu", "peak")} if done else {}
        for name, done in runs.items()
    }
    base = medians["pilotzone"].get("wall")
    for found in medians.values():
        if found and base:
            found["ratio"] = found["wall"] / base
    return medians


WIDE = (
    ("48 cohorts, 72 months", {"cohorts": 48, "periods": 72, "units": 20}, ["pilotzone", "diff-diff"]),
    ("the same, ten times the units", {"cohorts": 48, "periods": 72, "units": 200}, ["pilotzone", "diff-diff"]),
    ("50 cohorts, 500 weeks", {"cohorts": 50, "periods": 500, "units": 20}, ["pilotzone", "diff-diff"]),
    (
        "3 cohorts, 20 periods, 10 outcomes",
        {"cohorts": 3, "periods": 20, "units": 14_285, "outcomes": 10},
        ["pilotzone", "diff-diff"],
    ),
)
"""Panels of many cells or outcomes, and who is given them."""

QUICK: tuple[tuple[str, dict[str, int], list[str]], ...] = (
    ("6 cohorts, 12 months", {"cohorts": 6, "periods": 12, "units": 8, "outcomes": 2}, ["pilotzone", "diff-diff"]),
)


def wide(cases: Sequence[tuple[str, dict[str, int], list[str]]], rounds: int, folder: Path, limit: float) -> str:
    """Make the files of many cells, let programs take turns, and return the text."""
    rows = []
    for k, (label, size, names) in enumerate(cases):
        path = write_wide(folder / f"wide-{k}.parquet", **size)
        found = race(path, names, rounds, limit)
        rows += [[name, label, *_cells(item)] for name, item in found.items()]
    head = ("program", "panel", "wall s", "CPU s", "peak MB", "times pilotzone's wall")
    return "\n".join([table(head, rows, names=2), "", WIDE_NOTES])


WIDE_NOTES = """\
Many cells: one outcome unless said otherwise. pilotzone with simultaneous bands over all cells of an outcome, over
event times, cohorts and periods; diff-diff with analytic standard errors, and no bands."""


def report(sizes: Sequence[int], rounds: int, folder: Path, most: int, limit: float) -> str:
    """Make the files, run everything and return the text."""
    rows, walls = [], []
    for units in sizes:
        ordered = folder / f"ordered-{units}.parquet"
        shuffled = folder / f"shuffled-{units}.parquet"
        if not ordered.exists():
            write_panel(ordered, units)
        if not shuffled.exists():
            write_shuffled(shuffled, ordered)
        peers = PEERS if units <= most else []
        for order, path, names in (
            ("unit order", ordered, ["pilotzone", *peers]),
            ("no order", shuffled, ["pilotzone", "DuckDB's pivot"]),
        ):
            found = race(path, names, rounds, limit)
            if order == "unit order" and found["pilotzone"]:
                walls.append(found["pilotzone"]["wall"])
            rows += [[name, f"{units:,}", order, *_cells(item)] for name, item in found.items()]
    powers = ", ".join(f"{power:.2f}" for power in growth(sizes, walls)) if len(walls) == len(sizes) else "not known"
    return "\n".join(
        [
            f"{len(OUTCOMES)} outcomes, {len(PERIODS)} periods, {len(COHORTS)} cohorts; rounds: {rounds}",
            machine(),
            versions(["pilotzone", "numpy", "duckdb", "pyarrow", "diff-diff", "csdid", "moderndid"]),
            "",
            table(HEADER, rows, names=1),
            "",
            f"Wall time in unit order grows, from size to size, with the power: {powers}",
            "",
            NOTES,
        ]
    )


def _cells(found: dict[str, float]) -> list[str]:
    if not found:
        return ["failed", "", "", ""]
    ratio = f"{found['ratio']:.1f}" if "ratio" in found else ""
    return [f"{found['wall']:.3g}", f"{found['cpu']:.3g}", f"{found['peak']:.0f}", ratio]


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the options, run and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.many", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one small panel, one round: shows that it runs")
    parser.add_argument(
        "--units", type=int, nargs="+", default=[100_000, 1_000_000], help="sizes; 10000000 is the most"
    )
    parser.add_argument("--rounds", type=int, default=5, help="how often the programs take turns")
    parser.add_argument("--peers-up-to", type=int, default=1_000_000, help="most units that diff-diff is given")
    parser.add_argument("--limit", type=float, default=900.0, help="seconds after which a run is given up")
    parser.add_argument("--folder", type=Path, help="where the files are kept")
    parser.add_argument("--cells", action="store_true", help="the panels of many cells and outcomes alone")
    parser.add_argument("--run", choices=PROGRAMS, help=argparse.SUPPRESS)
    parser.add_argument("--path", help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.run:
        one(given.run, given.path)
        return
    sizes, rounds = ([2_000], 1) if given.quick else (sorted(given.units), given.rounds)
    with tempfile.TemporaryDirectory() as made:
        folder = given.folder or Path(made)
        if not given.cells:
            print(report(sizes, rounds, folder, given.peers_up_to, given.limit))
            print()
        print(wide(QUICK if given.quick else WIDE, rounds, folder, given.limit))


if __name__ == "__main__":
    main()
