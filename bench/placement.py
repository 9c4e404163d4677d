"""Placements of three sizes, with the Lagrangian bound and by HiGHS alone.

``python -m bench.placement`` prints two tables; ``--quick`` takes a small size alone. Regions and sites lie at random
in a square; capacity is three times the load, a fifth of all pairs is forbidden. The second table is time of the
processor, added up over five problems, since one problem says little. HiGHS alone is as it comes, with its presolve.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from bench.runner import machine, table, versions
from pilotzone.placement import PlacementProblem, Sourcing, solve_placement
from pilotzone.placement.highs import solve_programme
from pilotzone.placement.programme import make_programme

if TYPE_CHECKING:
    from collections.abc import Sequence

CPU_HEADER = (
    "regions x sites x classes",
    "sourcing",
    "asked gap",
    "program",
    "CPU seconds, five problems",
    "largest gap",
)
HEADER = ("regions x sites x classes", "sourcing", "asked gap", "program", "seconds", "gap", "objective")
SIZES = ((50, 31, 1e-4, 60.0), (200, 100, 5e-3, 60.0), (365, 200, 5e-2, 300.0))
"""Regions, sites, gap and limit of seconds."""
CLASSES = 5
_ALLOWED = 0.8


def make_problem(regions: int, sites: int, *, seed: int = 1, room: float = 3.0) -> PlacementProblem:
    """Return a problem.

    Parameters
    ----------
    regions, sites
        How many.
    seed
        Of positions, loads and costs.
    room
        Capacity of all sites beside the load.
    """
    rng = np.random.default_rng(seed)
    users, places = rng.uniform(0, 100, (regions, 2)), rng.uniform(0, 100, (sites, 2))
    load = (rng.lognormal(0, 0.8, regions)[:, None] * rng.uniform(0.5, 1.5, (regions, CLASSES))).ravel()
    far = np.sqrt(((users[:, None] - places[None]) ** 2).sum(-1))
    unit = rng.uniform(60, 100, sites) + far[:, None, :] * rng.uniform(0.3, 1.5, CLASSES)[None, :, None]
    capacity = rng.uniform(0.5, 1.5, sites)
    capacity *= load.sum() * room / capacity.sum()
    demands = regions * CLASSES
    return PlacementProblem(
        demands=tuple(f"demand {k}" for k in range(demands)),
        sites=tuple(f"site {k}" for k in range(sites)),
        load=load,
        copies=np.ones(demands, dtype=np.int64),
        capacity=capacity[:, None],
        fixed=capacity * rng.uniform(15, 35, sites) + load.sum() / sites * 5,
        closing=np.zeros(sites),
        cost=(load[:, None] * unit.reshape(demands, sites))[:, :, None],
        carbon=(load[:, None] * rng.uniform(0.1, 0.7, sites)[None])[:, :, None],
        allowed=rng.random((demands, sites, 1)) < _ALLOWED,
        zone=np.arange(sites) % 7,
    )


def rows_of(regions: int, sites: int, gap: float, seconds: float) -> list[Sequence[str]]:
    """Return the rows of a size: both ways of sourcing, with the bound and without."""
    found: list[Sequence[str]] = []
    kinds: tuple[Sourcing, ...] = ("multi", "single")
    for sourcing in kinds:
        problem = replace(make_problem(regions, sites), sourcing=sourcing)
        name = f"{regions} x {sites} x {CLASSES}"
        own = solve_placement(problem, gap=gap, seconds=seconds)
        found.append(
            (name, sourcing, f"{gap:.2%}", "pilotzone", f"{own.seconds:.1f}", f"{own.gap:.3%}", f"{own.objective:,.0f}")
        )
        started = time.perf_counter()
        programme = make_programme(problem, problem.cost, strong=False)
        plain = solve_programme(programme, whole=sourcing == "single", gap=gap, seconds=seconds, as_it_comes=True)
        took = time.perf_counter() - started
        apart = (plain.objective - plain.bound) / abs(plain.objective)
        found.append(
            (name, sourcing, f"{gap:.2%}", "HiGHS alone", f"{took:.1f}", f"{apart:.3%}", f"{plain.objective:,.0f}")
        )
    return found


def cpu_rows(regions: int, sites: int, gap: float, seconds: float) -> list[Sequence[str]]:
    """Return time of the processor for five problems of a size, multi sourcing."""
    own, plain, gaps = 0.0, 0.0, [0.0, 0.0]
    for seed in range(1, 6):
        problem = replace(make_problem(regions, sites, seed=seed), sourcing="multi")
        started = time.process_time()
        found = solve_placement(problem, gap=gap, seconds=seconds)
        own += time.process_time() - started
        started = time.process_time()
        programme = make_programme(problem, problem.cost, strong=False)
        alone = solve_programme(programme, whole=False, gap=gap, seconds=seconds, as_it_comes=True)
        plain += time.process_time() - started
        gaps = [max(gaps[0], found.gap), max(gaps[1], (alone.objective - alone.bound) / abs(alone.objective))]
    name = f"{regions} x {sites} x {CLASSES}"
    return [
        (name, "multi", f"{gap:.2%}", program, f"{took:.1f}", f"{reached:.3%}")
        for program, took, reached in (("pilotzone", own, gaps[0]), ("HiGHS alone", plain, gaps[1]))
    ]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="the smallest size alone, ten seconds at most")
    given = parser.parse_args()
    print(machine(), versions(["highspy", "numpy"]), sep="\n")
    sizes = ((20, 12, 1e-3, 10.0),) if given.quick else SIZES
    print(table(HEADER, [row for size in sizes for row in rows_of(*size)], names=2))
    print(table(CPU_HEADER, cpu_rows(*sizes[0]), names=2))


if __name__ == "__main__":
    main()
