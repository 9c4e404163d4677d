"""Rank acceptability of a million sites, and hourly PUE and WUE of ten thousand, beside other programs.

``python -m bench.siting`` prints two tables; ``--quick`` takes a hundredth. Each run is a process of its own, so that
its peak memory is its own; programs take turns. What would take too long is run on a part, and said to be.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from bench.runner import machine, peak_mb, table, versions
from pilotzone.gather import load_layer
from pilotzone.site import Airside, Criterion, Waterside, Weather, airside, draw_weights, example_of, waterside
from pilotzone.site.large import large_acceptability
from pilotzone.site.many_sites import cooling_grid

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

HEADER = ("program", "places", "draws or hours", "share run", "wall s", "peak MB", "times pilotzone")
CRITERIA = 10


def _ranking(places: int, draws: int) -> tuple[Floats, list[Criterion], Floats]:
    values = np.random.default_rng(1).random((places, CRITERIA))
    criteria = [Criterion(f"c{k}", "up") for k in range(CRITERIA)]
    return values, criteria, draw_weights([item.name for item in criteria], draws)


def smaa(places: int, draws: int) -> float:
    """Return seconds of rank acceptability by pilotzone: first, best ten, mean rank."""
    values, criteria, weights = _ranking(places, draws)
    started = time.perf_counter()
    found = large_acceptability(values, criteria, weights)
    seconds = time.perf_counter() - started
    assert np.isclose(found.first.sum(), 1)  # noqa: S101 - a bench of a wrong result is none
    return seconds


def smaa_numpy(places: int, draws: int) -> float:
    """Return seconds of plain numpy: scores of each draw, and their ranks by sorting."""
    values, _, weights = _ranking(places, draws)
    started = time.perf_counter()
    scaled = (values - values.min(axis=0)) / np.ptp(values, axis=0)
    first, mean = np.zeros(places), np.zeros(places)
    for weight in weights:
        order = np.argsort(-(scaled @ weight))
        first[order[0]] += 1
        mean[order] += np.arange(1, places + 1)
    return time.perf_counter() - started


def smaa_pymcdm(places: int, draws: int) -> float:
    """Return seconds of pymcdm's weighted sum and ranks, draw by draw."""
    from pymcdm.helpers import rankdata
    from pymcdm.methods import WSM

    values, _, weights = _ranking(places, draws)
    started = time.perf_counter()
    method, first = WSM(), np.zeros(places)
    for weight in weights:
        first[rankdata(method(values, weight, np.ones(CRITERIA)), reverse=True) == 1] += 1
    return time.perf_counter() - started


def _weather(sites: int, hours: int) -> tuple[NDArray[np.float32], NDArray[np.float32], Floats]:
    rng = np.random.default_rng(2)
    at = np.arange(hours)
    temp = rng.uniform(5, 25, (sites, 1)) + rng.uniform(3, 15, (sites, 1)) * np.sin(at / 8760 * 2 * np.pi)
    temp += 4 * np.cos(at / 24 * 2 * np.pi)
    share = np.clip(rng.uniform(0.4, 0.8, (sites, 1)) - 0.2 * np.cos(at / 24 * 2 * np.pi), 0.03, 1)
    return temp.astype(np.float32), share.astype(np.float32), rng.uniform(65_000, 102_000, sites)


def _hall(system: str) -> Airside | Waterside:
    layer = load_layer("cooling_parameters")
    rows = layer.rows_where(system=system)
    published = {layer.texts["parameter"][k]: float(layer.numbers["value"][k]) for k in rows}
    found = example_of(system, published, cycles_of_concentration=4.0, drift_share=2e-4)  # type: ignore[arg-type]
    assert isinstance(found, Airside | Waterside)  # noqa: S101 - the two that need weather
    return found


def _grid(system: str, sites: int, hours: int) -> float:
    temp, share, pressure = _weather(sites, hours)
    started = time.perf_counter()
    cooling_grid(_hall(system)).of(temp, share, pressure)
    return time.perf_counter() - started


def pue_waterside(sites: int, hours: int) -> float:
    """Return seconds of hourly PUE and WUE of a water-side economiser on a grid."""
    return _grid("waterside", sites, hours)


def pue_airside(sites: int, hours: int) -> float:
    """Return seconds of the same of an air-side economiser."""
    return _grid("airside", sites, hours)


def pue_exact(sites: int, hours: int) -> float:
    """Return seconds of the exact water-side model, site by site."""
    temp, share, pressure = _weather(sites, hours)
    hall = _hall("waterside")
    assert isinstance(hall, Waterside)  # noqa: S101 - as asked for
    started = time.perf_counter()
    for k in range(sites):
        weather = Weather(temp[k].astype(float), share[k].astype(float), np.array(pressure[k]))
        found = waterside(hall, weather)
        found.pue.mean(), found.wue.mean()
    return time.perf_counter() - started


def pue_exact_airside(sites: int, hours: int) -> float:
    """Return seconds of the exact air-side model, site by site."""
    temp, share, pressure = _weather(sites, hours)
    hall = _hall("airside")
    assert isinstance(hall, Airside)  # noqa: S101 - as asked for
    started = time.perf_counter()
    for k in range(sites):
        found = airside(hall, Weather(temp[k].astype(float), share[k].astype(float), np.array(pressure[k])))
        found.pue.mean(), found.wue.mean()
    return time.perf_counter() - started


PROGRAMS: dict[str, Callable[[int, int], float]] = {
    function.__name__: function
    for function in (smaa, smaa_numpy, smaa_pymcdm, pue_waterside, pue_airside, pue_exact, pue_exact_airside)
}
"""Programs by name."""

TABLES: dict[str, tuple[tuple[int, int], tuple[tuple[str, int, int], ...]]] = {
    "Rank acceptability": ((1_000_000, 1_000), (("smaa", 1, 1), ("smaa_numpy", 1, 10), ("smaa_pymcdm", 1, 200))),
    "Hourly PUE and WUE": (
        (10_000, 8_760),
        (("pue_waterside", 1, 1), ("pue_airside", 1, 1), ("pue_exact", 100, 1), ("pue_exact_airside", 100, 1)),
    ),
}
"""Title to sizes, and each program with what part of places and of draws it runs."""


def measured(name: str, places: int, draws: int) -> tuple[float, float]:
    """Return seconds and peak MB of a program in a process of its own."""
    command = [sys.executable, "-m", "bench.siting", "--one", name, str(places), str(draws)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    seconds, peak = json.loads(done.stdout)
    return float(seconds), float(peak)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a hundredth of the sizes, one round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--one", nargs=3, metavar=("NAME", "PLACES", "DRAWS"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        name, places, draws = given.one
        seconds = PROGRAMS[name](int(places), int(draws))
        print(json.dumps([seconds, peak_mb()]))
        return
    print(machine(), versions(["numpy", "scipy", "pymcdm"]), sep="\n")
    for title, ((places, draws), programs) in TABLES.items():
        size = max(1, places // 100) if given.quick else places
        found: dict[str, list[tuple[float, float]]] = {name: [] for name, _, _ in programs}
        for _ in range(1 if given.quick else given.rounds):
            for name, less, fewer in programs:
                found[name].append(measured(name, max(1, size // less), max(1, draws // fewer)))
        base = median(seconds for seconds, _ in found[programs[0][0]])
        rows = []
        for name, less, fewer in programs:
            # What was run on a part is told for the whole.
            whole = median(seconds for seconds, _ in found[name]) * less * fewer
            peak = max(mb for _, mb in found[name])
            cells = (
                name,
                f"{size:,}",
                f"{draws:,}",
                f"1/{less * fewer}",
                f"{whole:.2f}",
                f"{peak:,.0f}",
                f"{whole / base:.1f}",
            )
            rows.append(cells)
        print(f"\n{title}", table(HEADER, rows), sep="\n")


if __name__ == "__main__":
    main()
