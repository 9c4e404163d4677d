"""Estimators side by side: the gap by each, among what the same estimator gives for placebos."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

from pilotzone.evaluation.few import ESTIMATORS
from pilotzone.report import (
    LINES,
    NUMBER_FORMAT,
    PLACEBO,
    TREATED,
    Cell,
    Chart,
    Column,
    Figure,
    Sheet,
    bare_title,
    effect_cell,
    effect_text,
    gap_axis_title,
    layered,
    margin_text,
    padded,
    plain_unit,
    reference_rules,
    scaled_channel,
    tips,
    wrapped,
)
from pilotzone.study.zone.meanings import placebo_meaning
from pilotzone.study.zone.wording import short_source_line, source_line
from pilotzone.study.zone.zones import zones_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pilotzone.core import Outcome, Panel
    from pilotzone.evaluation.few import EstimatorRow
    from pilotzone.study.zone.findings import DesignFindings, Findings

__all__ = ["estimator_figures"]

_ROW_HEIGHT = 58
_LABEL, _TITLE = 22, 34
"""Letters of an estimator's name, and of the axis title, on one line: on a phone they share 360 pixels."""
_LOOKS = {"main estimator": ("diamond", 260, TREATED), "another estimator": ("circle", 130, TREATED)}
"""Shape, size and filling by kind of estimator."""


def estimator_figures(findings: Findings) -> list[Figure]:
    """Return one figure per outcome that more than one estimator was used on."""
    panel, main = findings.panel, findings.main
    figures = []
    for k, outcome in enumerate(main.joint.outcomes, start=1):
        rows = [row for row in findings.estimators if row.outcome == outcome.name]
        if len(rows) < 2:  # noqa: PLR2004 - nothing to compare
            continue
        figures.append(
            Figure(
                id=f"estimators-{k}",
                title=_title(outcome, rows),
                summary=_described(outcome, rows),
                source=short_source_line(panel, outcome),
                citation=source_line(panel, outcome),
                chart=estimator_chart(panel, main, outcome, rows),
                sheet=_sheet(panel, main, outcome, rows, f"estimators-{k}-data"),
                note=f"Each short stroke is a placebo: {placebo_meaning(main)}. The band runs from the least of them "
                "to the largest. It shows what the estimator gives where there was no zone, and is not a confidence "
                "interval of the effect.",
            )
        )
    return figures


def _title(outcome: Outcome, rows: Sequence[EstimatorRow]) -> str:
    low, high = (pick(rows, key=lambda row: row.effect) for pick in (min, max))
    ends = [f"{effect_text(outcome, row.effect)} ({ESTIMATORS[row.estimator].label})" for row in (low, high)]
    return f"{bare_title(outcome)}: by {len(rows)} estimators the gap runs from {ends[0]} to {ends[1]}"


def _described(outcome: Outcome, rows: Sequence[EstimatorRow]) -> str:
    """Return the chart in words: every estimator's gap, and the ends of its placebos'."""
    parts = []
    for row in rows:
        gaps = [gap for _, gap in row.placebos]
        ends = [effect_text(outcome, gap) for gap in (min(gaps), max(gaps))] if gaps else []
        among = f", {len(gaps)} placebos from {ends[0]} to {ends[1]}" if gaps else ""
        parts.append(f"{ESTIMATORS[row.estimator].label} {effect_text(outcome, row.effect)}{among}")
    return (
        f"Dot plot of the mean gap in {bare_title(outcome)} by estimator: {'; '.join(parts)}. The margin is "
        f"{margin_text(outcome)}."
    )


def _name(row: EstimatorRow) -> str:
    """Return the estimator's name with line breaks where its axis breaks it."""
    return "\n".join(textwrap.wrap(ESTIMATORS[row.estimator].label, _LABEL, break_long_words=False))


def estimator_chart(panel: Panel, design: DesignFindings, outcome: Outcome, rows: Sequence[EstimatorRow]) -> Chart:
    """Return the gap by each estimator, one below the other, each among its placebos.

    Parameters
    ----------
    panel, design
        Labels of units, and the main design.
    outcome
        The outcome.
    rows
        Its rows, in the order in which they are drawn.
    """
    import altair as alt

    data = _data(panel, design, outcome, rows)
    shown = [row["gap"] for name in ("points", "placebos", "margin") for row in data.get(name, ())]
    title = gap_axis_title(outcome, f"{bare_title(outcome)}: mean gap")
    dotted = f" (dotted: margin, {margin_text(outcome)})" if "margin" in data else ""
    x = alt.X(
        "gap:Q",
        scale=alt.Scale(domain=padded(shown), nice=False),
        axis=alt.Axis(title=wrapped(f"{title}{dotted}", _TITLE), format=NUMBER_FORMAT, tickCount=6, grid=True),
    )
    y = alt.Y(
        "estimator:N",
        scale=alt.Scale(domain=[_name(row) for row in rows]),
        axis=alt.Axis(title=None, labelExpr=LINES, labelLimit=180, ticks=False, domain=False),
    )
    band = alt.Chart(alt.NamedData("bands")).mark_bar(height=20, color="#e3e6ea")
    strokes = alt.Chart(alt.NamedData("placebos")).mark_tick(color=PLACEBO, size=20, thickness=1.2)
    kinds = [kind for kind in _LOOKS if any(row["kind"] == kind for row in data["points"])]
    shapes, sizes, fills = zip(*(_LOOKS[kind] for kind in kinds), strict=True)
    points = (
        alt.Chart(alt.NamedData("points"))
        .mark_point(opacity=1, stroke="#ffffff", strokeWidth=1.5)
        .encode(
            x=x,
            y=y,
            shape=scaled_channel(alt.Shape, None, "kind", kinds, shapes),
            size=scaled_channel(alt.Size, None, "kind", kinds, sizes),
            fill=scaled_channel(alt.Fill, None, "kind", kinds, fills),
            tooltip=tips(name="estimator", gap=title),
        )
    )
    layers = [
        band.encode(x=x, x2=alt.X2("to:Q"), y=y),
        *reference_rules(with_margin="margin" in data, x=x),
        strokes.encode(x=x, y=y, tooltip=tips(unit="placebo", gap=title)),
        points,
    ]
    return Chart(layered(*layers), data, _ROW_HEIGHT * len(rows) + 20)


def _data(
    panel: Panel, design: DesignFindings, outcome: Outcome, rows: Sequence[EstimatorRow]
) -> dict[str, list[dict[str, Any]]]:
    main = design.joint.estimator
    data: dict[str, list[dict[str, Any]]] = {"points": [], "placebos": [], "bands": [], "zero": [{"gap": 0}]}
    for row in rows:
        head = {"estimator": _name(row)}
        gaps = [(panel.label(unit), outcome.display(gap)) for unit, gap in row.placebos]
        kind = "main estimator" if row.estimator == main else "another estimator"
        name, gap = ESTIMATORS[row.estimator].label, outcome.display(row.effect)
        data["points"].append({**head, "name": name, "kind": kind, "gap": gap})
        data["placebos"] += [{**head, "unit": unit, "gap": gap} for unit, gap in gaps]
        values = [gap for _, gap in gaps]
        data["bands"] += [{**head, "gap": min(values), "to": max(values)}] if values else []
    if outcome.margin is not None:
        data["margin"] = [{"gap": outcome.display(outcome.harm_boundary)}]
    return data


def _sheet(
    panel: Panel, design: DesignFindings, outcome: Outcome, rows: Sequence[EstimatorRow], sheet_id: str
) -> Sheet:
    """Return the gap of every unit by each estimator, the treated one first."""
    unit = "%" if outcome.scale == "log" else plain_unit(outcome.unit)
    columns = (Column("Unit"), *(Column(ESTIMATORS[row.estimator].label, unit, numeric=True) for row in rows))
    placebos = [dict(row.placebos) for row in rows]
    units = dict.fromkeys(name for found in placebos for name in found)
    treated = zones_text(panel, design)
    own = (Cell(treated, None, "strong"), *(effect_cell(outcome, row.effect) for row in rows))
    others = (
        (
            Cell(panel.label(name)),
            *(effect_cell(outcome, found[name]) if name in found else Cell("") for found in placebos),
        )
        for name in units
    )
    return Sheet(sheet_id, f"{bare_title(outcome)}: mean gap of {treated} and of its placebos", columns, (own, *others))
