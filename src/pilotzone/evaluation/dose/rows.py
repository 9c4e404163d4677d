"""Effects that may be printed: curves over doses, averages and events, with intervals and bands."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from pilotzone.core import Brief, Outcome, t_quantile, t_tail
from pilotzone.evaluation.dose.design import ASSUMPTION_WORDS
from pilotzone.evaluation.dose.spread import degrees_of
from pilotzone.evaluation.many import sup_t

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from pilotzone.evaluation.dose.design import DoseAssumption, DoseDesign
    from pilotzone.evaluation.dose.fit import DoseFit
    from pilotzone.evaluation.dose.spread import Spread, Weighing

    Floats = NDArray[np.float64]

__all__ = ["DoseEffect", "Quantity", "Sums", "curves_before", "effects_of", "sums_of"]

_DRAWS = 100_000
"""Draws behind a band."""

Quantity = Literal["level", "per_dose", "slope"]
"""The effect; the mean effect over the mean dose; or the rise of the effect with the dose."""


@dataclass(frozen=True)
class DoseEffect(Brief):
    """One effect.

    Attributes
    ----------
    outcome
        On what.
    quantity
        ``level``, ``per_dose`` or ``slope``; the latter two are per unit of dose.
    dose
        At which dose; ``None`` for means over the treated units.
    event
        Time since treatment; ``None`` for the mean over all periods of treatment.
    assumption
        Under which it is causal.
    beyond
        Lowest doses that it is beyond the effect of; zero where the untreated are compared with.
    estimate, se
        In the outcome's scale.
    degrees
        Degrees of freedom; infinity for normal quantiles.
    p
        Two-sided, of no effect.
    low, high
        Ends of the interval, in the outcome's scale.
    band_low, band_high
        Ends of the band that holds all doses of the curve, or all events, together; ``None`` where there is no band.
    placebo
        Whether it is of placebo periods, before treatment, where there is no effect if trends are parallel.
    """

    outcome: Outcome
    quantity: Quantity
    dose: float | None
    event: int | None
    assumption: DoseAssumption
    beyond: float
    estimate: float
    se: float
    degrees: float
    p: float
    low: float
    high: float
    band_low: float | None = None
    band_high: float | None = None
    placebo: bool = False

    @property
    def symbol(self) -> str:
        """Its symbol in Callaway, Goodman-Bacon and Sant'Anna (2024)."""
        if self.placebo:
            return f"placebo effect at {self.dose:.4g}"
        strong = self.assumption != "parallel_trends"
        if self.dose is None:
            of = "o" if self.event is None else f"o, event {self.event}"
            return {"level": f"ATT({of})", "per_dose": f"ATT({of}) / mean dose", "slope": f"ACRT({of})"}[self.quantity]
        at = f"{self.dose:.4g}"
        return f"ACRT({at})" if self.quantity == "slope" else f"ATT({at})" if strong else f"ATT({at}|{at})"

    @property
    def label(self) -> str:
        """What it is, with what it rests on."""
        beyond = f", beyond the effect of the lowest doses, up to {self.beyond:.4g}" if self.beyond else ""
        return f"{self.symbol}{beyond}, {ASSUMPTION_WORDS[self.assumption]}"


@dataclass(frozen=True, eq=False)
class Sums(Brief):
    """Sums of estimates that effects are.

    Attributes
    ----------
    names
        Outcome's position, quantity, dose and event of each.
    estimate
        Shape (R,).
    rows
        Weights of the estimates, or derivatives in them, shape (R, Q).
    kinds
        How each weighs coefficients.
    """

    names: tuple[tuple[int, Quantity, float | None, int | None], ...]
    estimate: Floats
    rows: Floats
    kinds: tuple[Weighing, ...]

    def where(self, *, outcome: int, quantity: Quantity) -> dict[str, list[int]]:
        """Return positions of an outcome's curve, means and events of one quantity."""
        found: dict[str, list[int]] = {"curve": [], "mean": [], "events": []}
        for r, (k, what, dose, event) in enumerate(self.names):
            if (k, what) == (outcome, quantity):
                found["curve" if dose is not None else "mean" if event is None else "events"].append(r)
        return found


def sums_of(fit: DoseFit, grid: Floats) -> Sums:
    """Return all effects as sums of estimates: overall means, curves at the doses of a grid, shape (D,), and events."""
    names: list[tuple[int, Quantity, float | None, int | None]] = []
    rows: list[Floats] = []
    kinds: list[Weighing] = []
    values, slopes = fit.basis.values(grid), fit.basis.slopes(grid)
    for k in range(fit.layout.outcomes):
        for a, average in enumerate(fit.averages):
            if average.kind != "before":
                names += [(k, "level", None, average.event), (k, "per_dose", None, average.event)]
                names.append((k, "slope", None, average.event))
                rows += _means(fit, k, a)
                kinds += ["mean", "mean", "slope"]
        curves: tuple[tuple[Quantity, Floats], ...] = (("level", values), ("slope", slopes))
        for quantity, weights in curves:
            for dose, weight in zip(grid.tolist(), weights, strict=True):
                row = np.zeros(fit.layout.size)
                row[fit.layout.curve(k, 0)] = weight
                names.append((k, quantity, dose, None))
                rows.append(row)
                kinds.append(weight)
    stacked = np.array(rows)
    estimate = stacked @ fit.estimate
    for r, (k, quantity, _, event) in enumerate(names):
        if quantity == "per_dose":
            a = next(i for i, item in enumerate(fit.averages) if item.event == event and item.kind != "before")
            estimate[r] = fit.estimate[fit.layout.mean(k, a)] / fit.estimate[fit.layout.dose(a)]
    return Sums(tuple(names), estimate, stacked, tuple(kinds))


def _means(fit: DoseFit, k: int, a: int) -> list[Floats]:
    """Return the weights of an average's effect, its derivative per unit of mean dose, and its slope."""
    at, dose = fit.layout.mean(k, a), fit.layout.dose(a)
    level, ratio, slope = (np.zeros(fit.layout.size) for _ in range(3))
    level[at], slope[at + 1] = 1.0, 1.0
    mean = fit.estimate[dose]
    ratio[at], ratio[dose] = 1 / mean, -fit.estimate[at] / mean**2
    return [level, ratio, slope]


def effects_of(
    fit: DoseFit, spread: Spread, sums: Sums, outcomes: Sequence[Outcome], design: DoseDesign, beyond: float
) -> tuple[DoseEffect, ...]:
    """Return what may be printed; slopes are left out where doses may not be compared."""
    covariance = sums.rows @ spread.covariance @ sums.rows.T
    se = np.sqrt(np.clip(covariance.diagonal(), 0, None))
    degrees = degrees_of(fit, spread, sums.rows, sums.kinds)
    reach = t_quantile((1 + design.level) / 2, degrees) * se
    with np.errstate(divide="ignore", invalid="ignore"):
        p = 2 * t_tail(np.abs(sums.estimate) / se, degrees)
    bands: dict[int, float] = {}
    quantities: tuple[Quantity, ...] = ("level", "per_dose", "slope") if design.strong else ("level", "per_dose")
    for k in range(len(outcomes)):
        for quantity in quantities:
            found = sums.where(outcome=k, quantity=quantity)
            for at in (found["curve"], found["events"]):
                if len(at) > 1 and (se[at] > 0).any():
                    least = float(degrees[at].min())
                    critical = sup_t(
                        covariance[np.ix_(at, at)], design.level, degrees=least, seed=design.seed, draws=_DRAWS
                    )
                    bands |= {r: critical * float(se[r]) for r in at}
    found_rows = []
    for r, (k, quantity, dose, event) in enumerate(sums.names):
        if quantity not in quantities:
            continue
        value, wide = float(sums.estimate[r]), bands.get(r)
        found_rows.append(
            DoseEffect(
                outcomes[k],
                quantity,
                dose,
                event,
                design.assumption,
                beyond,
                value,
                float(se[r]),
                float(degrees[r]),
                float(p[r]),
                value - float(reach[r]),
                value + float(reach[r]),
                None if wide is None else value - wide,
                None if wide is None else value + wide,
            )
        )
    return tuple(found_rows)


def curves_before(
    fit: DoseFit, spread: Spread, grid: Floats, outcomes: Sequence[Outcome], design: DoseDesign
) -> tuple[DoseEffect, ...]:
    """Return the mean placebo effect at the doses of a grid, shape (D,); none with only one period before treatment."""
    at = next((a for a, item in enumerate(fit.averages) if item.kind == "before"), None)
    if at is None:
        return ()
    values, found = fit.basis.values(grid), []
    for k, outcome in enumerate(outcomes):
        rows = np.zeros((len(grid), fit.layout.size))
        rows[:, fit.layout.curve(k, at)] = values
        estimate, covariance = rows @ fit.estimate, rows @ spread.covariance @ rows.T
        se = np.sqrt(np.clip(covariance.diagonal(), 0, None))
        degrees = degrees_of(fit, spread, rows, list(values))
        reach = t_quantile((1 + design.level) / 2, degrees) * se
        with np.errstate(divide="ignore", invalid="ignore"):
            p = 2 * t_tail(np.abs(estimate) / se, degrees)
        wide = np.full(len(grid), np.nan)
        if len(grid) > 1 and (se > 0).any():
            least = float(degrees.min())
            wide = se * sup_t(covariance, design.level, degrees=least, seed=design.seed, draws=_DRAWS)
        columns = np.column_stack([grid, estimate, se, degrees, p, estimate - reach, estimate + reach, wide])
        for dose, value, error, free, tail, low, high, band in columns.tolist():
            ends: tuple[float | None, float | None] = (value - band, value + band)
            if math.isnan(band):
                ends = (None, None)
            found.append(
                DoseEffect(
                    outcome,
                    "level",
                    dose,
                    None,
                    "parallel_trends",
                    0.0,
                    value,
                    error,
                    free,
                    tail,
                    low,
                    high,
                    ends[0],
                    ends[1],
                    placebo=True,
                )
            )
    return tuple(found)
