"""Findings on small cohorts with earlier moves taken as estimated, where trends part by just as much as is allowed for.

``python -m tests.simulation.estimated_moves 4000`` prints the table of docs/explanation/by-lot.md: shares of panels in
which a gain is found by randomisation inference although there is none, without allowance and with it.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["PASTS", "Setting", "found_gains"]

UNITS, TREATED, AFTER, STEP, ALPHA = 20, 2, 3, 4.0, 0.05
PASTS = ("none", "line", "one move")
"""True moves before: none; the same one each period; a single one, in the middle."""


@dataclass(frozen=True)
class Setting:
    """One row of the table: the past, how many earlier moves, the bound M, and whether errors are a random walk."""

    past: str
    moves: int
    bound: float
    walk: bool = False


@cache
def assignments() -> Floats:
    """Return the weights of all differences of two units' mean and the others', the actual assignment first."""
    weights = np.full((len(list(combinations(range(UNITS), TREATED))), UNITS), -1 / (UNITS - TREATED))
    for row, treated in enumerate(combinations(range(UNITS), TREATED)):
        weights[row, list(treated)] = 1 / TREATED
    return weights


def rejects(change: Floats) -> bool:
    """Whether the difference of the treated is among the largest of all assignments."""
    found = assignments() @ change
    return bool((found >= found[0] - 1e-12).mean() <= ALPHA)


def found_gains(setting: Setting, panels: int, seed: int = 20260) -> tuple[float, float]:
    """Return the shares of panels in which a gain is found, without allowance and with it; there is none in any."""
    rng, size = np.random.default_rng(seed), 0.0 if setting.past == "none" else STEP
    true = np.zeros(setting.moves)
    true[slice(None) if setting.past == "line" else setting.moves // 2] = size
    added = np.concatenate([[0.0], np.cumsum(true), true.sum() + setting.bound * size * np.arange(1, AFTER + 1)])
    counts = np.zeros(2)
    for _ in range(panels):
        values = rng.normal(size=(UNITS, len(added)))
        if setting.walk:
            values = np.cumsum(values, axis=1)
        values[:TREATED] += added
        path = values[:TREATED].mean(axis=0) - values[TREATED:].mean(axis=0)
        largest = np.abs(np.diff(path[: setting.moves + 1])).max()
        change = values[:, -AFTER:].mean(axis=1) - values[:, setting.moves]
        counts[0] += rejects(change)
        change[:TREATED] -= setting.bound * (AFTER + 1) / 2 * largest
        counts[1] += rejects(change)
    without, allowed = (counts / panels).tolist()
    return without, allowed


def table(panels: int) -> str:
    """Return the table."""
    lines = ["| errors | true moves before | earlier moves | M | without allowance | with it |"]
    lines.append("| --- | --- | ---: | ---: | ---: | ---: |")
    for walk in (False, True):
        for past in PASTS:
            for moves, bound in ((1, 0.25), (4, 0.25), (4, 1.0), (8, 0.25)):
                if moves == 1 and past == "line":
                    continue  # the same as one move
                shares = found_gains(Setting(past, moves, bound, walk), panels)
                errors, (without, allowed) = "random walk" if walk else "independent", (100 * share for share in shares)
                lines.append(f"| {errors} | {past} | {moves} | {bound:g} | {without:.1f} | {allowed:.1f} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(table(int(sys.argv[1])) + "\n")
