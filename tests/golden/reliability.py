"""The test systems IEEE RTS-79 and RBTS (see data/reliability.md): units, and the load of 8,736 hours."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["ReliabilitySystem", "load_shares", "reliability_system"]

DATA = Path(__file__).parent / "data"


class ReliabilitySystem(NamedTuple):
    """Every unit by itself: capacity (MW) and forced outage rate, shape (units,); peak load (MW)."""

    capacity_mw: NDArray[np.float64]
    outage_rate: NDArray[np.float64]
    peak_load_mw: float


def reliability_system(name: str) -> ReliabilitySystem:
    """Return ``IEEE RTS-79`` or ``RBTS``."""
    with (DATA / "reliability_units.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["system"] == name]
    counts = [int(row["count"]) for row in rows]
    return ReliabilitySystem(
        np.repeat([float(row["capacity_mw"]) for row in rows], counts),
        np.repeat([float(row["forced_outage_rate"]) for row in rows], counts),
        float(rows[0]["peak_load_mw"]),
    )


def load_shares() -> NDArray[np.float64]:
    """Return the load of 8,736 hours as shares of the peak, from Monday of the first week on."""
    with (DATA / "reliability_load.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    parts: dict[tuple[str, str], list[float]] = {}
    for row in rows:
        key = (row["part"], row["season"] if "hour" in row["part"] else "")
        parts.setdefault(key, []).append(float(row["percent"]) / 100)
    seasons = [row["season"] for row in rows if row["part"] == "week"]
    weeks = [
        [
            np.array(parts["weekend hour" if day > 4 else "weekday hour", season]) * peak_of_day * peak_of_week
            for day, peak_of_day in enumerate(parts["day", ""])
        ]
        for season, peak_of_week in zip(seasons, parts["week", ""], strict=True)
    ]
    return np.array(weeks).ravel()
