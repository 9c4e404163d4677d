"""Panels with doses, and all estimates once more: by weighted least squares, unit by unit, without the package."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.interpolate import BSpline

from pilotzone.core import NEVER
from pilotzone.evaluation.dose.basis import Bins, Spline
from pilotzone.evaluation.dose.units import DoseUnits

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pilotzone.evaluation.dose.fit import DoseFit

    Floats = NDArray[np.float64]
    Numbers = NDArray[Any]

COLUMNS: dict[str, Any] = {"unit": "unit", "time": "time", "cohort": "cohort", "dose": "dose"}


def drawn(
    count: int = 90,
    periods: int = 5,
    cohorts: tuple[int, ...] = (3, 4, NEVER),
    *,
    outcomes: int = 2,
    seed: int = 7,
    levels: tuple[float, ...] = (),
) -> DoseUnits:
    """Draw units: a curved effect of the dose, outcomes that go with one another, and levels of their own."""
    rng = np.random.default_rng(seed)
    whose = rng.choice(np.array(cohorts), count)
    doses = rng.choice(np.array(levels), count) if levels else rng.uniform(0.5, 4, count)
    doses = np.where(whose == NEVER, 0.0, doses)
    time = np.arange(1, periods + 1)
    shared = rng.normal(size=(count, periods))
    effect = np.where(time >= whose[:, None], (0.5 * doses - 0.05 * doses**2)[:, None], 0.0)
    values = [
        rng.normal(10, 3, (count, 1)) + 0.2 * time + shared + rng.normal(size=(count, periods)) + (k + 1) * effect
        for k in range(outcomes)
    ]
    names = tuple(f"y{k + 1}" for k in range(outcomes))
    return DoseUnits(tuple(time.tolist()), names, whose, doses, np.hstack(values))


def frame_of(units: DoseUnits) -> pd.DataFrame:
    """Return units as a long table; the never treated have the cohort 0."""
    n, T = len(units.doses), len(units.periods)
    found = pd.DataFrame({"unit": np.repeat(np.arange(n), T), "time": np.tile(units.periods, n)})
    found["cohort"] = np.repeat(np.where(units.cohorts == NEVER, 0, units.cohorts), T)
    found["dose"] = np.repeat(units.doses, T)
    for k, name in enumerate(units.outcomes):
        found[name] = units.values[:, k * T : (k + 1) * T].ravel()
    return found


def basis_and_slopes(fit: DoseFit, doses: Floats) -> tuple[Floats, Floats]:
    """Return B-splines, one by one, and their derivatives; or bins and their backward differences."""
    if isinstance(fit.basis, Spline):
        splines = [BSpline(fit.basis.knots, row, fit.basis.degree) for row in np.eye(fit.basis.size)]
        return (
            np.column_stack([spline(doses) for spline in splines]),
            np.column_stack([spline.derivative()(doses) for spline in splines]),
        )
    assert isinstance(fit.basis, Bins)
    means, edges = fit.basis.means, fit.basis.edges
    whose = np.array([int((edges <= dose).sum()) for dose in doses])
    values, slopes = np.zeros((len(doses), len(means))), np.zeros((len(doses), len(means)))
    for i, j in enumerate(whose):
        below = means[j - 1] if j else fit.basis.start
        values[i, j] = 1
        slopes[i, j] = 1 / (means[j] - below)
        if j:
            slopes[i, j - 1] = -1 / (means[j] - below)
    return values, slopes


def estimates(fit: DoseFit, weights: Numbers) -> Numbers:
    """Return all estimates where each unit counts as often as its weight says, which may be complex."""
    units, layout, T = fit.units, fit.layout, len(fit.units.periods)
    found = np.zeros(layout.size, dtype=weights.dtype)
    for a, average in enumerate(fit.averages):
        whole = sum(weights[fit.groups[g].units].sum() for g in average.cells)
        for g, chosen in average.cells.items():
            own = fit.groups[g].units
            w = weights[own]
            share = w.sum() / whole
            B, D = basis_and_slopes(fit, units.doses[own])
            found[layout.dose(a)] += share * (w @ fit.regressions[g].doses) / w.sum()
            for k in range(layout.outcomes):
                change = np.zeros(len(own), dtype=weights.dtype)
                for c in chosen:
                    cell = fit.cells[c]
                    moved = units.values[:, k * T + cell.period] - units.values[:, k * T + cell.base]
                    others = np.concatenate([fit.groups[i].units for i in cell.controls])
                    mean = weights[others] @ moved[others] / weights[others].sum()
                    change += (moved[own] - mean) / len(chosen)
                beta = np.linalg.solve((B * w[:, None]).T @ B, (B * w[:, None]).T @ change)
                at = layout.mean(k, a)
                found[at] += share * (w @ change) / w.sum()
                found[at + 1] += share * (w @ (D @ beta)) / w.sum()
                if a < layout.curves:
                    found[layout.curve(k, a)] += share * beta
    return found
