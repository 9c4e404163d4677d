"""How often placebo statistics reject where nothing happened, and where the zone drifts by as much as is allowed for.

``python -m tests.simulation.placebo_size N`` prints the table of docs/explanation/strength.md, N panels a row (5,000
there). In each panel one unit drawn at random is the zone.

With b the allowance, (b) takes b off the zone's gap alone and leaves the others as they are. Its size is looked at
where the zone drifts in the window by exactly b: b its own largest placebo effect D before, twice that, and one margin.
Beside it stands what it does instead to raise the constant M of (G - M D) / (R + 2m) for all units, which allows no
more to the zone than to others.
"""

from __future__ import annotations

import sys
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from tests.simulation.fake_processes import PROCESSES, SEED, drawn
from tests.simulation.fake_zones import MARGIN
from tests.simulation.placebos import answer, most_ranks, placebos, with_effect

if TYPE_CHECKING:
    from tests.simulation.fake_processes import FakeProcess
    from tests.simulation.placebos import Placebos

__all__ = ["LOOKED_AT", "ROWS", "raised_constant", "rejections"]

LOOKED_AT = ("G", "(G - D) / (R + 2m)", "(G - U) / (R + 2m)")
ROWS = ("20 units, 15 before", "noise of 0.9", "t3 noise", "8 periods before", "50 units")
DRIFTS = ("D", "2 D", "one margin")


def raised_constant(found: Placebos, zone: int, constant: float) -> bool:
    """Whether (G - M D) / (R + 2m) rejects "no gain" for the zone, every unit's D taken off M times."""
    largest = abs(found.drift).max(axis=1)
    values = (found.mean_gap - constant * largest) / (found.rmspe + 2 * np.median(found.rmspe))
    return int(np.sum(values >= values[zone])) <= most_ranks(len(values))


def rejections(process: FakeProcess, draws: int, seed: int = SEED, *, every: bool = False) -> dict[str, float]:
    """Return how often "no gain" is rejected, by what is asked.

    Parameters
    ----------
    process
        What is drawn.
    draws, seed
        Panels, and the seed of their draws.
    every
        Take every unit of a panel as the zone in turn, and not one drawn at random.

    Returns
    -------
    dict
        ``STATISTIC, nothing``: no drift and no allowance. ``STATISTIC, DRIFT``: the zone drifts by it, and no allowance
        is made. ``STATISTIC, DRIFT allowed``: (b) with b just that. ``M = K, drift K D``: the raised constant.
    """
    rng = np.random.default_rng(seed)
    hits: dict[str, list[bool]] = {}
    for _ in range(draws):
        plain = placebos(drawn(process, rng).paths, process.before)
        for zone in range(process.units) if every else [int(rng.integers(process.units))]:
            for name, rejected in _asked(plain, zone).items():
                hits.setdefault(name, []).append(rejected)
    return {key: float(np.mean(values)) for key, values in hits.items()}


def _asked(plain: Placebos, zone: int) -> dict[str, bool]:
    """Return all answers on one zone of a panel in which nothing happened."""
    own = float(abs(plain.drift[zone]).max())
    sizes = dict(zip(DRIFTS, (own, 2 * own, MARGIN * float(plain.mean_gap.std(ddof=1))), strict=True))
    found = {f"{statistic}, nothing": answer(plain, zone, 1, statistic).rejected for statistic in LOOKED_AT}
    for name, size in sizes.items():
        drifted = with_effect(plain, zone, size)
        for statistic in LOOKED_AT:
            told = answer(drifted, zone, 1, statistic)
            found[f"{statistic}, {name}"] = told.rejected
            found[f"{statistic}, {name} allowed"] = told.breakdown * own > size
    for times, name in ((1.0, "D"), (2.0, "2 D")):
        found[f"M = {times:g}, drift {name}"] = raised_constant(with_effect(plain, zone, sizes[name]), zone, times)
    return found


def _told(name: str, draws: int) -> dict[str, float]:
    return rejections(PROCESSES[name], draws)


def main() -> None:
    """Print the table."""
    draws = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    print(f"{draws} panels a row, seed {SEED}", flush=True)  # noqa: T201 - a script that prints
    with ProcessPoolExecutor() as pool:
        for name, table in zip(ROWS, pool.map(_told, ROWS, [draws] * len(ROWS)), strict=True):
            level = most_ranks(PROCESSES[name].units) / PROCESSES[name].units
            lines = [f"| {name} | {level:.3f} | {key} | {share:.4f} |" for key, share in table.items()]
            print("\n".join(lines), flush=True)  # noqa: T201 - as above


if __name__ == "__main__":
    main()
