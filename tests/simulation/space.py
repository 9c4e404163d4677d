"""How often true nulls are rejected where near units vary together, with Conley's standard errors and without.

``python -m tests.simulation.space N`` prints the tables of docs/explanation/space.md with N samples a row. Units lie by
chance in a square of 1,000 by 1,000 km; noise of a period is Gaussian with the spherical covariance, which falls to
zero at 100 km. Two periods; nothing happens. The outcomes of a panel are samples of their own.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, get_args

import numpy as np
import polars as pl
from scipy import stats

from pilotzone.evaluation.many import Comparison, Conley, ConleyKernel, Coordinates, ManyDesign, reliability
from pilotzone.evaluation.many.estimation import estimate_panel
from pilotzone.evaluation.many.variation.guard import refusals
from pilotzone.store import PanelColumns, open_panel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pilotzone.evaluation.many import GroupTimeEffects

    Floats = NDArray[np.float64]

SEED = 20168
ALPHA = 0.05
EXTENT, RANGE = 1000.0, 100.0
AT_ONCE = 50
PLACE = Coordinates(("x", "y"), "km")


@dataclass(frozen=True)
class Setting:
    """Who is treated, and how far units are said to vary together.

    Attributes
    ----------
    units
        How many.
    treated
        ``scattered``: half of all by chance; ``areas``: all within 60 km of twelve places by chance; ``half``: all in
        the west; ``corner``: all in a square of 220 km.
    cutoff
        Km.
    kernel
        Of Conley's errors.
    """

    units: int
    treated: str
    cutoff: float
    kernel: ConleyKernel = "uniform"


WHO = ("scattered", "areas", "half", "corner")
SETTINGS = (
    *(Setting(units, treated, 100.0) for units in (200, 600) for treated in WHO),
    *(Setting(600, treated, 200.0) for treated in WHO),
    *(Setting(600, treated, 50.0) for treated in WHO),
    *(Setting(600, treated, cutoff, "bartlett") for cutoff in (100.0, 200.0) for treated in WHO),
)


class Rejected(NamedTuple):
    """Shares of samples: rejected with units one by one; told at all with Conley's errors, and rejected of these."""

    one_by_one: float
    told: float
    conley: float


def drawn(setting: Setting, rng: np.random.Generator) -> pl.DataFrame:
    """Return one panel."""
    n = setting.units
    where = rng.uniform(0, EXTENT, (n, 2))
    away = np.linalg.norm(where[:, None] - where[None], axis=2) / RANGE
    covariance = np.where(away < 1, 1 - 1.5 * away + 0.5 * away**3, 0.0)
    factor = np.linalg.cholesky(covariance + 1e-9 * np.eye(n))
    y = np.stack([factor @ rng.standard_normal((n, AT_ONCE)) for _ in range(2)], axis=1)
    if setting.treated == "scattered":
        treated: NDArray[np.bool_] = rng.permutation(n) < n // 2
    elif setting.treated == "areas":
        treated = np.linalg.norm(where[:, None] - rng.uniform(0, EXTENT, (12, 2)), axis=2).min(axis=1) < 60
    else:
        edges = np.array([EXTENT / 2, EXTENT] if setting.treated == "half" else [220.0, 220.0])
        treated = np.logical_and(where[:, 0] < edges[0], where[:, 1] < edges[1])
    rows = y.reshape(2 * n, AT_ONCE)
    return pl.DataFrame(
        {
            "unit": np.repeat(np.arange(n), 2),
            "year": np.tile([0, 1], n),
            "start": np.repeat(np.where(treated, 1.0, np.inf), 2),
            "x": np.repeat(where[:, 0], 2),
            "y": np.repeat(where[:, 1], 2),
            **{f"v{k}": rows[:, k] for k in range(AT_ONCE)},
        }
    )


def tested(effects: GroupTimeEffects) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which effects are told, and which of them are rejected."""
    known = reliability(effects.variation, np.eye(len(effects.cells)), effects.covariance.diagonal())
    told = np.array([not why for why in refusals(known)])
    with np.errstate(invalid="ignore", divide="ignore"):
        t = np.abs(effects.estimate) / (effects.se * known.inflation)
    return told, (np.asarray(2 * stats.t.sf(t, known.degrees)) <= ALPHA) & told


def simulate(setting: Setting, count: int, seed: int = SEED) -> Rejected:
    """Return what is told and rejected in samples of one setting."""
    rng = np.random.default_rng(seed)
    columns = PanelColumns("unit", "year", "start", tuple(f"v{k}" for k in range(AT_ONCE)), coordinates=("x", "y"))
    apart, near = [], []
    for _ in range(-(-count // AT_ONCE)):
        panel = open_panel(drawn(setting, rng), columns)
        apart.append(tested(estimate_panel(panel, ManyDesign(Comparison())).effects)[1])
        conley = Conley(PLACE, setting.cutoff, setting.kernel)
        near.append(np.stack(tested(estimate_panel(panel, ManyDesign(Comparison(), conley=conley)).effects)))
    told, rejected = np.concatenate(near, axis=1)
    return Rejected(float(np.concatenate(apart).mean()), float(told.mean()), float(rejected.sum() / max(1, told.sum())))


def off(kernel: ConleyKernel, parts: float, panels: int = 20, seed: int = SEED) -> tuple[float, float]:
    """Return how far standard errors by cells are from those by all pairs of units: root mean square, and largest.

    Parameters
    ----------
    kernel
        Of Conley's errors, with a cutoff of 100 km.
    parts
        Cells that the cutoff spans.
    panels, seed
        Of 600 units of which half are treated, with 50 outcomes each.
    """
    rng = np.random.default_rng(seed)
    columns = PanelColumns("unit", "year", "start", tuple(f"v{k}" for k in range(AT_ONCE)), coordinates=("x", "y"))
    found = []
    for _ in range(panels):
        frame = drawn(Setting(600, "half", RANGE), rng)
        panel = open_panel(frame, columns)
        conley = Conley(PLACE, RANGE, kernel, RANGE / parts)
        errors = estimate_panel(panel, ManyDesign(Comparison(), conley=conley)).effects.se
        units = frame.filter(pl.col("year") == 0)
        where, treated = units.select("x", "y").to_numpy(), units["start"].is_finite().to_numpy()
        values = frame.select(columns.outcomes).to_numpy().reshape(600, 2, AT_ONCE)
        change = values[:, 1] - values[:, 0]
        influence = np.empty_like(change)
        for sign, side in ((1, treated), (-1, ~treated)):
            influence[side] = sign * (change[side] - change[side].mean(axis=0)) / side.sum()
        away = np.linalg.norm(where[:, None] - where[None], axis=2) / RANGE
        near = (away <= 1).astype(float) if kernel == "uniform" else np.maximum(0.0, 1 - away)
        exact = (influence * (near @ influence)).sum(axis=0)
        kept = exact > 0
        found.append(errors[kept] / np.sqrt(exact[kept]) - 1)
    gaps = np.concatenate(found)
    return float(np.sqrt((gaps**2).mean())), float(np.abs(gaps).max())


def main(count: int) -> None:
    """Print the tables."""
    for parts in (2, 4, 8, 16, 64):
        pairs = [off(kernel, parts) for kernel in get_args(ConleyKernel)]
        cells = " | ".join(f"{100 * mean:.1f} | {100 * most:.1f}" for mean, most in pairs)
        print(f"| 1/{parts} | {cells} |", flush=True)  # noqa: T201 - a script that prints
    print(f"{count} samples a row, seed {SEED}")  # noqa: T201 - a script that prints
    for setting in SETTINGS:
        row = simulate(setting, count)
        conley = f"{100 * row.conley:.1f}" if row.told else "none"
        cells = f"{100 * row.one_by_one:.1f} | {100 * row.told:.0f} | {conley}"
        words = f"{setting.units} | {setting.treated} | {setting.cutoff:g} | {setting.kernel}"
        print(f"| {words} | {cells} |", flush=True)  # noqa: T201 - a script that prints


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5000)
