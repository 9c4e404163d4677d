"""Effects of a policy on those whom it reaches through their neighbours: cohorts of their own beside the treated."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pilotzone.core import MethodError, Table, p_text
from pilotzone.evaluation.many.estimation import estimate_panel
from pilotzone.evaluation.many.estimators.aggregates import AggregateEffects, aggregate_effects
from pilotzone.evaluation.many.estimators.effects import GroupTimeEffects
from pilotzone.evaluation.many.inference.printing import printed_rows
from pilotzone.evaluation.many.inference.rows import EffectRow
from pilotzone.store import PanelView

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pilotzone.core import Cell, Outcome
    from pilotzone.evaluation.many.design import ManyDesign
    from pilotzone.evaluation.many.space.exposure import Exposure
    from pilotzone.store import Engine

__all__ = ["Spillover", "spillover_effects", "spillover_table"]


@dataclass(frozen=True, eq=False)
class Spillover:
    """Effects on one group of exposed units, against units that are neither treated nor exposed.

    Attributes
    ----------
    label
        Label of the group: a ring of distances, or neighbours. A cohort of it is "exposed since".
    units
        How many there are.
    effects, averages, rows
        As in `ManyEffects`, with first exposure in place of treatment.
    """

    label: str
    units: int
    effects: GroupTimeEffects
    averages: AggregateEffects
    rows: tuple[EffectRow, ...]


def spillover_effects(
    panel: Engine, exposure: Exposure, outcomes: Sequence[Outcome], design: ManyDesign
) -> tuple[tuple[Spillover, ...], tuple[str, ...]]:
    """Estimate effects on each group of exposed units, and say why some have none.

    Parameters
    ----------
    panel
        All units of it.
    exposure
        Who is exposed.
    outcomes, design
        As for the treated.
    """
    found, why = [], []
    for group, label in enumerate(exposure.labels):
        units = int((exposure.groups == group).sum())
        if not units:
            why.append(f"Nobody is exposed from {label}." if "km" in label else "Nobody is exposed.")
            continue
        view = PanelView(panel, exposure.seen(group))
        try:
            effects = estimate_panel(view, design).effects
            averages = aggregate_effects(effects, "group", "dynamic")
        except MethodError as error:
            why.append(f"No effects on the exposed, {label}: {error.what}")
            continue
        rows = printed_rows(effects, averages, outcomes, design.level, design.seed)
        found.append(Spillover(label, units, effects, averages, rows))
    return tuple(found), tuple(why)


def spillover_table(spillovers: Sequence[Spillover], level: float) -> Table:
    """Return effects on the exposed by time since their exposure, and in one number, as a table."""
    names = ["outcome", "exposed", "since", "effect", "unit", "lower", "upper", "p", "units", "remark"]
    rows: list[list[Cell]] = []
    for item in spillovers:
        for row in item.rows:
            overall = row.kind == "group" and row.at is None
            if not overall and (row.kind != "dynamic" or row.at is None):
                continue
            ends = (None, None) if row.interval is None else row.interval
            effect, lower, upper = (
                None if value is None else float(f"{row.outcome.display(value):.3g}") for value in (row.estimate, *ends)
            )
            p = None if row.p is None else p_text(row.p)
            since = "all" if overall else str(row.at)
            shown = [row.outcome.title, item.label, since, effect, row.outcome.display_unit, lower, upper, p]
            rows.append([*shown, row.treated_units, row.remark])
    if not any(row[-1] for row in rows):
        names, rows = names[:-1], [row[:-1] for row in rows]
    note = (
        f"By periods since exposure, with {level:.0%} intervals, against units that are neither treated nor exposed. "
        "No verdict rests on these."
    )
    return replace(Table.from_rows(names, rows, title="Effects on the exposed"), note=note)
