"""The Proposition 99 table (see data/prop99.md) as a matrix of states by years."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Prop99", "load_prop99"]


class Prop99(NamedTuple):
    states: list[str]
    years: list[int]
    packs: NDArray[np.float64]

    @property
    def california(self) -> int:
        return self.states.index("California")

    @property
    def before(self) -> NDArray[np.bool_]:
        return np.array(self.years) < 1989

    @property
    def others(self) -> NDArray[np.bool_]:
        """Who may be a donor for whom: everybody but the unit itself, shape (39, 39)."""
        return ~np.eye(len(self.states), dtype=bool)


def load_prop99() -> Prop99:
    path = Path(__file__).parent / "data" / "prop99.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = [
            (row["state"], int(row["year"]), float(row["cigarette_packs_per_head"])) for row in csv.DictReader(file)
        ]
    states, years = sorted({row[0] for row in rows}), sorted({row[1] for row in rows})
    packs = np.full((len(states), len(years)), np.nan)
    for state, year, value in rows:
        packs[states.index(state), years.index(year)] = value
    return Prop99(states, years, packs)
