"""The tables behind charts: the figures that are drawn, unrounded."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pilotzone.evaluation.few import path_levels
from pilotzone.report import MINUS, Cell, Column, Sheet, bare_title, effect_cell, number, number_text, plain_unit
from pilotzone.study.zone.charts import shown_placebos
from pilotzone.study.zone.zones import windows_text

if TYPE_CHECKING:
    from pilotzone.core import Outcome, Panel
    from pilotzone.evaluation.few import OutcomeFit
    from pilotzone.judgement import OutcomeTest
    from pilotzone.study.zone.findings import DesignFindings

__all__ = ["gap_sheet", "joint_sheet", "path_sheet"]


def path_sheet(panel: Panel, fit: OutcomeFit, sheet_id: str) -> Sheet:
    """Return the treated unit's paths and gap by period."""
    label = panel.label(fit.units[fit.treated])
    unit = _unit(fit)
    gap_unit = "%" if fit.outcome.scale == "log" else unit
    columns = (
        Column("Period"),
        Column("Phase"),
        Column(label, unit, numeric=True),
        Column(f"Synthetic {label}", unit, numeric=True),
        Column("Gap", gap_unit, numeric=True),
    )
    actual, synthetic = path_levels(fit)
    gaps = fit.gaps[fit.treated]
    rows = tuple(
        (
            Cell(str(period), period),
            Cell(phase),
            number(number_text(actual[k], digits=4), actual[k]),
            number(number_text(synthetic[k], digits=4), synthetic[k]),
            _gap_cell(fit.outcome, float(gaps[k])),
        )
        for k, (period, phase) in enumerate(zip(fit.periods, fit.phases, strict=True))
    )
    caption = f"{bare_title(fit.outcome)}{f', {unit}' if unit else ''}: {label} and its synthetic path"
    return Sheet(id=sheet_id, caption=caption, columns=columns, rows=rows)


def _unit(fit: OutcomeFit) -> str:
    """Return the unit of a path; of a chained index also when it is 1."""
    unit = plain_unit(fit.outcome.unit)
    return f"{unit}, {fit.base} = 1" if fit.base else unit


def _gap_cell(outcome: Outcome, gap: float) -> Cell:
    return effect_cell(outcome, gap) if math.isfinite(gap) else Cell("not available")


def gap_sheet(panel: Panel, fit: OutcomeFit, sheet_id: str) -> Sheet:
    """Return the gaps of all units by period, the treated one first."""
    order = [fit.treated, *(i for i in range(len(fit.units)) if i != fit.treated)]
    unit = "%" if fit.outcome.scale == "log" else plain_unit(fit.outcome.unit)
    columns = (
        Column("Unit"),
        Column("Mean over the window", unit, numeric=True),
        *(Column(str(period), unit, numeric=True) for period in fit.periods),
    )
    gaps, means = fit.gaps, fit.mean_gap
    rows = tuple(
        (
            Cell(panel.label(fit.units[i]), None, "strong" if i == fit.treated else ""),
            _short_gap(fit.outcome, float(means[i])),
            *(_short_gap(fit.outcome, float(gaps[i, k])) for k in range(len(fit.periods))),
        )
        for i in order
    )
    caption = f"{bare_title(fit.outcome)}: gaps to the synthetic path{f', {unit}' if unit else ''}"
    return Sheet(id=sheet_id, caption=caption, columns=columns, rows=rows)


def _short_gap(outcome: Outcome, gap: float) -> Cell:
    """Return a gap without its unit, which the caption of a wide table gives once."""
    if not math.isfinite(gap):
        return Cell("")
    shown = outcome.display(gap)
    text = f"{shown:+,.1f}".replace("-", MINUS) if outcome.scale == "log" else number_text(shown, signed=True)
    return number(text, shown)


def joint_sheet(panel: Panel, design: DesignFindings, pair: tuple[OutcomeTest, OutcomeTest], sheet_id: str) -> Sheet:
    """Return mean gaps of the units shown on two outcomes, the treated unit first."""
    draws = design.joint.draws
    outcomes = [test.outcome for test in pair]
    columns = (
        Column("Unit"),
        *(
            Column(f"{bare_title(item)}: mean gap", "%" if item.scale == "log" else plain_unit(item.unit), numeric=True)
            for item in outcomes
        ),
    )
    order = [draws.treated, *(i for i in shown_placebos(design) if i != draws.treated)]
    where = [design.joint.index(item.name) for item in outcomes]
    rows = tuple(
        (
            Cell(panel.label(draws.units[i]), None, "strong" if i == draws.treated else ""),
            *(effect_cell(item, float(draws.mean_gap[i, k])) for item, k in zip(outcomes, where, strict=True)),
        )
        for i in order
    )
    which = "all units" if design.zones is None else f"{len(order):,} of {len(draws.units):,} assignments"
    return Sheet(sheet_id, f"Mean gaps over {windows_text(design)}, {which}", columns, rows)
