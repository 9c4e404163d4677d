"""The gate of ADR 0008 as it stood until November 2026, on the fake zones of real panels: what the grades replaced.

A frozen copy, so that the comparison in docs/explanation/strength.md can be made again: the mean gap's rank rejects,
and six checks pass, each a magnitude over the larger of margin and estimate, with one margin of the panel as the
margin. The product has neither the yardstick nor the gate any more.

``python -m tests.simulation.gate N`` prints its row of the tables of `fake_zones`, N zones of a panel.
"""

from __future__ import annotations

import sys
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.evaluation.few.inference.drift import horizons
from pilotzone.evaluation.few.weights.material import donor_masks
from tests.simulation.fake_zones import EFFECTS, MARGIN, SCENARIOS, panels, rising, shape_of, zones_of
from tests.simulation.placebos import Placebos, most_ranks, with_effect
from tests.simulation.refits import gaps_of, weights_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tests.simulation.fake_zones import FakePanel

    Floats = NDArray[np.float64]

__all__ = ["fitted", "gate_shares", "passes"]

EARLIER_DATES, LAST_GAP, FIT_RANK, HULL, SINGLE_WEIGHT, LEAVE_ONE_OUT = 0.6, 0.5, 1.5, 0.35, 0.85, 0.75


def fitted(paths: Floats, before: int) -> Placebos:
    """Fit every unit by all others without dates held out, which the gate looks at for the zone alone."""
    everyone = np.arange(len(paths))
    weights = weights_of(paths, before, everyone, donor_masks(len(paths), 0, "symmetric"))
    return Placebos(gaps_of(paths, weights, everyone, before), weights, np.empty((len(paths), 0)), before)


def _earlier(paths: Floats, before: int, zone: int) -> float | None:
    """Return the zone's placebo effect over the longest stretch held out, None where none can be."""
    held = horizons(before, paths.shape[1] - before)
    if not held:
        return None
    start, alone = before - held[-1], np.array([zone])
    weights = weights_of(paths, start, alone, donor_masks(len(paths), 0, "symmetric"))
    return float(gaps_of(paths[:, :before], weights, alone, start)[0, start:].mean())


def _without_one(paths: Floats, found: Placebos, zone: int) -> list[float]:
    """Return the zone's effect without each donor that has weight."""
    effects, alone = [], np.array([zone])
    for donor in np.flatnonzero(found.weights[zone]):
        masks = donor_masks(len(paths), 0, "symmetric")
        masks[:, donor] = False
        weights = weights_of(paths, found.before, alone, masks)
        effects.append(float(gaps_of(paths, weights, alone, found.before)[0, found.before :].mean()))
    return effects


def passes(paths: Floats, found: Placebos, zone: int, margin: float) -> bool:
    """Whether all six checks of the zone pass; one that cannot be assessed does not."""
    estimate, fit = float(found.mean_gap[zone]), float(found.rmspe[zone])
    scale, others = max(margin, abs(estimate)), np.delete(found.rmspe, zone)
    earlier = _earlier(paths, found.before, zone)
    if earlier is None or abs(earlier) > EARLIER_DATES * scale:
        return False
    if abs(found.gaps[zone, found.before - 1]) > LAST_GAP * scale or fit > HULL * scale:
        return False
    if (others < fit).all() and fit > FIT_RANK * float(np.median(others)):
        return False
    if abs(found.weights[zone]).max() > SINGLE_WEIGHT:
        return False
    effects = [*_without_one(paths, found, zone), estimate]
    return max(effects) - min(effects) <= LEAVE_ONE_OUT * scale


def _finds(paths: Floats, found: Placebos, zone: int, sign: int, margin: float) -> bool:
    gaps = sign * found.mean_gap
    return int(np.sum(gaps >= gaps[zone])) <= most_ranks(len(gaps)) and passes(paths, found, zone, margin)


def gate_shares(panel: FakePanel, most: int = 60) -> dict[str, float]:
    """Return how often the gate lets a gain through in each scenario, as `fake_zones.shares` counts it."""
    plain = fitted(panel.paths, panel.before)
    margin = MARGIN * float(plain.mean_gap.std(ddof=1))
    hits: dict[str, list[bool]] = {}
    for name, change in SCENARIOS.items():
        for zone in zones_of(panel, most):
            for sign in (1, -1):
                paths = change(panel, plain, zone, sign * margin)
                found = (
                    with_effect(plain, zone, sign * EFFECTS[name] * margin)
                    if name in EFFECTS
                    else fitted(paths, panel.before)
                )
                hits.setdefault(name, []).append(_finds(paths, found, zone, sign, margin))
    for paths, found, zone, sign in rising(panel, fitted):
        hits.setdefault("chosen for rising", []).append(_finds(paths, found, zone, sign, margin))
    return {name: float(np.mean(values)) for name, values in hits.items()}


def main() -> None:
    """Print the row of each panel, and the mean over panels."""
    most = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    found = sorted(panels(), key=lambda panel: -len(panel.paths))
    with ProcessPoolExecutor() as pool:
        tables = list(pool.map(gate_shares, found, [most] * len(found)))
    for title, table in [
        *((f"{panel.name}: {shape_of(panel)}", table) for panel, table in zip(found, tables, strict=True)),
        ("mean over panels", {name: float(np.mean([table[name] for table in tables])) for name in tables[0]}),
        ("lowest over panels", {name: min(table[name] for table in tables) for name in tables[0]}),
        ("highest over panels", {name: max(table[name] for table in tables) for name in tables[0]}),
    ]:
        head = f"{'statistic':22} {'b*/D':>5} " + " ".join(f"{name:>15}" for name in table)
        row = f"{'G and the old gate':22} {0:5.2f} " + " ".join(f"{share:15.3f}" for share in table.values())
        print(f"\n{title}\n{head}\n{row}", flush=True)  # noqa: T201 - a script that prints


if __name__ == "__main__":
    main()
