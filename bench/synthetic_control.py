"""Synthetic control with all placebos, two outcomes, beside other programs on the same data in the same run.

``python -m bench.synthetic_control`` takes some ten minutes; ``--quick`` a few seconds.
"""

from __future__ import annotations

import argparse
import warnings
from dataclasses import dataclass, replace
from functools import partial
from importlib.util import find_spec
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from bench.panel import simulate
from bench.programs import ESTIMATORS, IN_PART, PROGRAMS
from bench.runner import alternate, growth, machine, median_ratio, table, versions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.panel import Simulated
    from bench.programs import Run
    from bench.runner import Seconds

BASE = "pilotzone"
PEERS = tuple(name for name in PROGRAMS if name != BASE)
HEADER = ("program", "donors", "placebos run", "CPU s", "wall s", "times pilotzone's CPU", "effects differ by")
OTHERS = ("estimator", "donors", "placebos run", "CPU s", "wall s", "times sdid's CPU", "effects differ by")
OTHER_NOTES = """\
pilotzone  compare_estimators, both outcomes, with the refits of the identification checks (by sc_intercept for sdid; mc
           has no checks). sdid and mc leave the treated unit out of the placebos' pools
diff-diff  SyntheticDiD(variance_method="placebo", n_bootstrap=number of donors).fit, for each outcome; its draws repeat
           some donors, where pilotzone runs each of them once
effects differ by: for the same estimator only."""
NOTES = """\
CPU s: user and system time of one process with one thread of linear algebra, for two outcomes with all placebos
(median over rounds). It is the better measure where other jobs run. times: median over rounds of the ratio of CPU
times in the same round; programs take turns. placebos run: for each outcome; where they are not all, the time per
placebo is scaled to all ("scaled"). effects differ by: largest absolute difference from pilotzone's mean effect.

What is timed (every period before the treatment has the same weight, there are no other predictors):
  pilotzone  estimate_few, estimator "sc": fits of all units by all others, both outcomes; duality gaps held to 1e-11,
             weights checked for uniqueness, six identification checks with their refits
  diff-diff  SyntheticControl(v_method="custom", custom_v=ones, standardize="none").fit and in_space_placebo, for each
             outcome: the same fits, by SciPy's nnls; no search for V, which its default "nested" would add. Not its
             SyntheticDiD, another estimator
  mlsynth    VanillaSC, outcomes only, inference="placebo", for each outcome: placebos without the treated unit among
             their donors. Where scaled: fit without inference, and the call BilevelSCM.fit that it makes per placebo
  pysyncon   Synth.fit on matrices for the treated unit and each placebo, custom_V that undoes its scaling of rows,
             for each outcome: the fits of its PlaceboTest, which leaves the treated unit out of the pools, less its
             worker processes and its Dataprep"""


@dataclass(frozen=True)
class Setting:
    """How much to run.

    Attributes
    ----------
    donors
        Numbers of donors.
    before, after
        Periods.
    rounds
        How often all programs take turns.
    budget
        CPU seconds per run and outcome beyond which a program's placebos are run in part.
    programs
        Who takes part, besides pilotzone.
    """

    donors: tuple[int, ...] = (50, 200, 500)
    before: int = 30
    after: int = 10
    rounds: int = 3
    budget: float = 10.0
    programs: tuple[str, ...] = PEERS


QUICK = Setting(donors=(10, 20), before=12, after=4, rounds=1, budget=1.0)


def affordable(name: str, data: Simulated, budget: float) -> int:
    """Return how many placebos of a program fit into the budget, judged by one of them."""
    donors = len(data.units) - 1
    if name not in IN_PART:
        return donors
    each = PROGRAMS[name](data, 1).seconds.cpu / len(data.paths) / donors
    return max(1, min(donors, int(budget / each)))


def race(data: Simulated, names: Sequence[str], setting: Setting) -> list[list[str]]:
    """Let the programs take turns on one panel; return one row of the table per program."""
    most = {name: affordable(name, data, setting.budget) for name in names}
    runs: dict[str, Run] = {}

    def contestant(name: str) -> Seconds:
        runs[name] = PROGRAMS[name](data, most[name])
        return runs[name].seconds

    times = alternate({name: partial(contestant, name) for name in names}, setting.rounds)
    donors = len(data.units) - 1
    rows = []
    for name in names:
        cpu, wall = (median(getattr(item, kind) for item in times[name]) for kind in ("cpu", "wall"))
        part = "all" if runs[name].placebos == donors else f"{runs[name].placebos}, scaled"
        ratio = f"{median_ratio(times[name], times[BASE]):.1f}"
        apart = max(abs(a - b) for a, b in zip(runs[name].effects, runs[BASE].effects, strict=True))
        rows.append([name, str(donors), part, f"{cpu:.3g}", f"{wall:.3g}", ratio, f"{apart:.0e}"])
    return rows


def others(data: Simulated, rounds: int) -> list[list[str]]:
    """Let pilotzone's other estimators, and diff-diff's, take turns on one panel; return one row each."""
    runs: dict[str, Run] = {}

    def contestant(name: str) -> Seconds:
        runs[name] = ESTIMATORS[name](data, len(data.units) - 1)
        return runs[name].seconds

    times = alternate({name: partial(contestant, name) for name in ESTIMATORS}, rounds)
    base, same, *_ = ESTIMATORS
    rows = []
    for name, found in times.items():
        cpu, wall = (median(getattr(item, kind) for item in found) for kind in ("cpu", "wall"))
        apart = max(abs(a - b) for a, b in zip(runs[name].effects, runs[base].effects, strict=True))
        ratio, told = f"{median_ratio(found, times[base]):.1f}", f"{apart:.0e}" if name in {base, same} else ""
        rows.append([name, str(len(data.units) - 1), "all", f"{cpu:.3g}", f"{wall:.3g}", ratio, told])
    return rows


def taking_part(wanted: Sequence[str]) -> list[str]:
    """Return the programs that are wanted and there, pilotzone first."""
    return [BASE, *(name for name in wanted if find_spec(name.replace("-", "_")) is not None)]


def growths(rows: Sequence[Sequence[str]], name: str) -> str:
    """Return how a program's CPU time grows from size to size."""
    own = [(int(row[1]), float(row[3])) for row in rows if row[0] == name]
    powers = growth([size for size, _ in own], [seconds for _, seconds in own])
    steps = [
        f"N^{power:.1f} from {size} to {larger}"
        for power, ((size, _), (larger, _)) in zip(powers, pairwise(own), strict=True)
    ]
    return f"{name}: {', '.join(steps)}"


def report(setting: Setting) -> str:
    """Run everything and return the text."""
    names = taking_part(setting.programs)
    for name in names:
        PROGRAMS[name](simulate(5, before=6, after=2), 1)  # imports and first calls are not timed
    for program in ESTIMATORS.values():
        program(simulate(5, before=6, after=2), 5)
    rows: list[list[str]] = []
    for donors in setting.donors:
        rows += race(simulate(donors, before=setting.before, after=setting.after), names, setting)
    smallest = simulate(min(setting.donors), before=setting.before, after=setting.after)
    periods = f"{setting.before} periods fitted of {setting.before + setting.after}"
    lines = [
        f"Synthetic control with all placebos, two outcomes, {periods}; rounds: {setting.rounds}",
        machine(),
        versions(["pilotzone", "numpy", "scipy", *PEERS]),
        "",
        table(HEADER, rows),
        "",
        "Growth of CPU time with the number N of donors",
        *(f"  {growths(rows, name)}" for name in names),
        "",
        NOTES,
        "",
        "Other estimators, at the smallest number of donors",
        "",
        table(OTHERS, others(smallest, setting.rounds)),
        "",
        OTHER_NOTES,
    ]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the options, run and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.synthetic_control", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small panels, one round: shows that it runs")
    parser.add_argument("--donors", type=int, nargs="+", help="numbers of donors")
    parser.add_argument("--rounds", type=int, help="how often the programs take turns")
    parser.add_argument("--budget", type=float, help="CPU seconds per run and outcome before placebos are run in part")
    parser.add_argument("--programs", nargs="*", choices=PEERS, help="who takes part, besides pilotzone")
    given = vars(parser.parse_args(arguments))
    base = QUICK if given.pop("quick") else Setting()
    setting = replace(base, **{key: value for key, value in given.items() if value is not None})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what other programs say of the fit is not the matter here
        print(report(setting))


if __name__ == "__main__":
    main()
