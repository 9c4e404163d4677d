"""How often true nulls are rejected where units lack outcomes or differ in weight, and what the guard lets through.

``python -m tests.simulation.missing N`` prints the table of docs/explanation/few-treated.md with N samples a row.
Sixty units, half of them treated from the third of four periods on, in which nothing happens; noise half carried over
from period to period where units are the same. The outcomes of a panel are samples of their own.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import polars as pl
from scipy import stats

from pilotzone.core import MethodError
from pilotzone.evaluation.many import aggregate_effects, reliability
from pilotzone.evaluation.many.passes.general import general_effects
from pilotzone.evaluation.many.passes.sections import section_effects
from pilotzone.evaluation.many.variation.guard import refusals
from pilotzone.store import PanelColumns, open_panel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SEED = 20167
ALPHA = 0.05
UNITS, TREATED, PERIODS = 60, 30, 4
AT_ONCE = 50
"""Outcomes of a panel."""


@dataclass(frozen=True)
class Setting:
    """Which treated units have the outcome, or how weights are.

    Attributes
    ----------
    words
        What it is.
    has
        How many of the treated have the outcome in each of the two periods of treatment.
    kind
        ``units``, ``towns`` of three units that share most of their noise, or rows drawn anew (``rows``).
    weights
        Of treated units, all others having one; ones if empty.
    by_chance
        Share of all other outcomes of treated units that are missing as well, at random.
    """

    words: str
    has: tuple[int, int] = (TREATED, TREATED)
    kind: str = "units"
    weights: tuple[float, ...] = ()
    by_chance: float = 0.0


SETTINGS = (
    *(Setting(f"{n} of 30 units have it", (n, n)) for n in (2, 4, 5, 6, 8, 15)),
    *(Setting(f"30 of 30 in the first period, {n} in the second", (30, n)) for n in (2, 4, 5, 6, 8)),
    *(Setting(f"units of {n} of 30 towns have it", (n, n), "towns") for n in (2, 5, 6, 15)),
    *(Setting(f"rows of {n} of 30 have it, drawn anew", (n, n), "rows") for n in (2, 4, 5, 6, 15)),
    Setting("half of all rows missing by chance", by_chance=0.5),
    Setting("ten of 30 have it, half of rows missing", (10, 10), by_chance=0.5),
    Setting("weights of 20, 3 of 10, 26 of 1", weights=(20.0, *[10.0] * 3, *[1.0] * 26)),
    Setting("weights of 6 of 10, 24 of 1", weights=(*[10.0] * 6, *[1.0] * 24)),
    Setting("weights of 2 of 100, 28 of 1", weights=(*[100.0] * 2, *[1.0] * 28)),
)


class Rejected(NamedTuple):
    """Shares of samples: told at all and rejected among these, of the last effect and of the mean over all."""

    told_last: float
    last: float
    told_mean: float
    mean: float


def drawn(setting: Setting, rng: np.random.Generator) -> pl.DataFrame:
    """Return one panel."""
    size = 3 if setting.kind == "towns" else 1
    noise = rng.standard_normal((UNITS, PERIODS, AT_ONCE))
    # Rows that are drawn anew have nothing to carry over.
    for t in range(1, 1 if setting.kind == "rows" else PERIODS):
        noise[:, t] = 0.5 * noise[:, t - 1] + np.sqrt(0.75) * noise[:, t]
    y = np.repeat(noise, size, axis=0) + 0.3 * rng.standard_normal((UNITS * size, PERIODS, AT_ONCE))
    town = np.repeat(np.arange(UNITS), size)
    treated = town < TREATED
    for t, has in zip((2, 3), setting.has, strict=True):
        y[treated & (town >= has), t] = np.nan
    if setting.by_chance:
        # The same for all outcomes, so that a unit lacks a row.
        y[(rng.random((UNITS * size, PERIODS)) < setting.by_chance) & treated[:, None]] = np.nan
    weights = np.ones(UNITS * size)
    if setting.weights:
        weights[:TREATED] = setting.weights
    rows = y.reshape(-1, AT_ONCE)
    columns = {
        "unit": np.arange(len(rows)) if setting.kind == "rows" else np.repeat(np.arange(UNITS * size), PERIODS),
        "year": np.tile(np.arange(PERIODS), UNITS * size),
        "start": np.repeat(np.where(treated, 2.0, np.inf), PERIODS),
        "town": np.repeat(town, PERIODS),
        "weight": np.repeat(weights, PERIODS),
    }
    there = ~np.isnan(rows[:, 0])
    return pl.DataFrame({**columns, **{name(k): rows[:, k] for k in range(AT_ONCE)}}).filter(there)


def name(outcome: int) -> str:
    """Return the column of an outcome."""
    return f"y{outcome}"


def simulate(setting: Setting, count: int, seed: int = SEED) -> Rejected:
    """Return what is told and rejected in samples of one setting."""
    rng = np.random.default_rng(seed)
    found: list[tuple[Any, Any]] = []
    for _ in range(-(-count // AT_ONCE)):
        cluster = "town" if setting.kind == "towns" else None
        outcomes = tuple(name(k) for k in range(AT_ONCE))
        columns = PanelColumns("unit", "year", "start", outcomes, cluster, "weight" if setting.weights else None)
        panel = open_panel(drawn(setting, rng), columns)
        effects = (section_effects if setting.kind == "rows" else general_effects)(panel)
        try:
            averages = aggregate_effects(effects, "simple", "dynamic")
        except MethodError:  # by chance no treated unit is left
            continue
        known = reliability(effects.variation, averages.weights, averages.covariance.diagonal())
        told = np.array([not why for why in refusals(known)])
        with np.errstate(invalid="ignore", divide="ignore"):
            t = np.abs(averages.estimate) / (averages.se * known.inflation)
            p = np.asarray(2 * stats.t.sf(t, known.degrees))
        for at in (("dynamic", 1), ("simple", None)):
            which = np.array([(row.kind, row.at) == at for row in averages.rows])
            found.append((told[which], (p[which] <= ALPHA) & told[which]))
    last, mean = (np.concatenate([np.stack(item, axis=1) for item in found[j::2]]) for j in (0, 1))
    shares = [(part[:, 0].mean(), part[:, 1].sum() / max(1, part[:, 0].sum())) for part in (last, mean)]
    return Rejected(*[float(value) for pair in shares for value in pair])


def main(count: int) -> None:
    """Print the table."""
    print(f"{count} samples a row, seed {SEED}")  # noqa: T201 - a script that prints
    for setting in SETTINGS:
        row = simulate(setting, count)
        words = [
            f"{100 * row.last:.1f}" if row.told_last else "none",
            f"{100 * row.mean:.1f}" if row.told_mean else "none",
        ]
        print(f"| {setting.words} | {words[0]} | {words[1]} |", flush=True)  # noqa: T201 - a script that prints


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
