"""What is reported beside effects of one zone and decides no label: each period's effect, totals, ratios, errors."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import Table, rank_p

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from pilotzone.core import Cell
    from pilotzone.evaluation.few.outcome_fit import OutcomeFit

    Floats = NDArray[np.float64]

__all__ = ["effects_by_period", "placebo_errors", "rmspe_ratios"]


def effects_by_period(fit: OutcomeFit) -> Table:
    """Return the effect in each period of the window, and what the effects add up to: see `FewEffects.by_period`."""
    window, who = fit.columns("window"), fit.treated
    gaps = fit.window_gaps
    totals = gaps.cumsum(axis=1)
    actual, synthetic = fit.actual[who, window], fit.synthetic[who, window]
    percent, percent_total = _percent(actual, synthetic, log=fit.outcome.scale == "log")
    sign = fit.outcome.sign
    rows: list[tuple[Cell, ...]] = [
        (
            fit.periods[column],
            float(actual[k]),
            float(synthetic[k]),
            float(gaps[who, k]),
            percent[k],
            rank_p(abs(gaps[:, k]), who),
            rank_p(sign * gaps[:, k], who),
            float(totals[who, k]),
            percent_total[k],
            rank_p(abs(totals[:, k]), who),
            rank_p(sign * totals[:, k], who),
            len(fit.units),
        )
        for k, column in enumerate(window)
    ]
    names = ("period", "actual", "synthetic", "effect", "percent", "p", "p_good")
    totalled = ("total", "total_percent", "total_p", "total_p_good", "n")
    title = f"{fit.outcome.title}: effect on {fit.units[who]} in each period, and in all periods up to it"
    note = (
        f"p: two-sided, by rank among {len(fit.units):,}; p_good: of an effect in the good direction. Each holds for "
        "its own row: together they have no joint level."
    )
    return replace(Table.from_rows((*names, *totalled), rows, title=title), note=note)


def _percent(actual: Floats, synthetic: Floats, *, log: bool) -> tuple[list[float | None], list[float | None]]:
    """Return effects in percent of the synthetic path, period by period and for sums up to each period.

    Of logarithms the levels are compared. There is no percentage of a path that is not positive.
    """
    if log:
        top = float(max(actual.max(), synthetic.max()))  # percentages do not depend on it, and exponentials stay finite
        actual, synthetic = np.exp(actual - top), np.exp(synthetic - top)
    found: list[list[float | None]] = []
    for own, other in ((actual, synthetic), (actual.cumsum(), synthetic.cumsum())):
        found.append([float(100 * (a / s - 1)) if s > 0 else None for a, s in zip(own, other, strict=True)])
    return found[0], found[1]


def rmspe_ratios(fits: Sequence[OutcomeFit]) -> Table:
    """Return the ratio of the RMSPE after to the one before, with its rank: see `FewEffects.rmspe_ratios`."""
    rows: list[tuple[Cell, ...]] = []
    for fit in fits:
        ratio, who = fit.rmspe_ratio, fit.treated
        p = rank_p(ratio, who)
        after, before = float(fit.post_rmspe[who]), float(fit.pre_rmspe[who])
        count = len(fit.units)
        rows.append((fit.outcome.title, after, before, float(ratio[who]), round(p * count), count, p))
    names = ("outcome", "post_rmspe", "pre_rmspe", "ratio", "rank", "n", "p")
    note = "rank: how many units have a ratio at least as large, the zone counted; p: that over n. It decides no label."
    return replace(Table.from_rows(names, rows, title="RMSPE in the window over RMSPE before the start"), note=note)


def placebo_errors(fits: Sequence[OutcomeFit]) -> Table:
    """Return standard errors by placebo variance: see `FewEffects.standard_errors`."""
    rows: list[tuple[Cell, ...]] = []
    for fit in fits:
        gaps = fit.mean_gap
        others = np.delete(gaps, fit.treated)
        estimate = float(gaps[fit.treated])
        rows.append(
            (fit.outcome.title, estimate, float(others.std()), float(others.std(ddof=1)), len(others), fit.outcome.unit)
        )
    names = ("outcome", "estimate", "se", "se_unbiased", "placebos", "unit_of_measure")
    note = (
        "se: standard deviation of the placebos' effects, divided by their number (Arkhangelsky and others 2021, "
        "algorithm 4); se_unbiased: by one less. Both take it that the zone's effect varies as the placebos' do."
    )
    return replace(Table.from_rows(names, rows, title="Standard errors by placebo variance"), note=note)
