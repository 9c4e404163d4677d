"""The specification curve of a panel study: the effect under every design that was declared beforehand, in order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pilotzone.report import (
    NUMBER_FORMAT,
    PLACEBO,
    TREATED,
    Chart,
    Figure,
    bare_title,
    effect_text,
    gap_axis_title,
    layered,
    margin_text,
    padded,
    point_looks,
    reference_rules,
    side_axis,
    tips,
    wrapped,
)
from pilotzone.study.panel.varied_sheets import variant_sheets
from pilotzone.study.panel.varied_told import of_families

if TYPE_CHECKING:
    from pilotzone.core import Outcome
    from pilotzone.study.panel.findings import EvaluationFindings

__all__ = ["curve_figures"]

_HEIGHT = 280
_LOOKS = {
    "main design": ("diamond", 260, TREATED, "#ffffff"),
    "another design, the same label": ("circle", 50, PLACEBO, PLACEBO),
    "another design, another label": ("triangle-down", 50, "#ffffff", PLACEBO),
}
"""Shape, size, filling and border by kind of design."""


def curve_figures(findings: EvaluationFindings) -> list[Figure]:
    """Return one figure for each outcome of the claim; none where no design was declared beside the main one."""
    if findings.verdict is None or not of_families(findings, "alternative", "one out"):
        return []
    sheets = variant_sheets(findings)["alternatives"]
    figures = []
    for k, row in enumerate(findings.effects.overall):
        rows = _rows(findings, k)
        low, high = (effect_text(row.outcome, value) for value in (rows[0]["raw"], rows[-1]["raw"]))
        title = f"{bare_title(row.outcome)}: over {len(rows)} designs the effect runs from {low} to {high}"
        main = effect_text(row.outcome, row.estimate)
        figures.append(
            Figure(
                id=f"curve-{k + 1}",
                title=title,
                summary=f"Dot plot of the effect on {bare_title(row.outcome)} under {len(rows)} designs in rising "
                f"order, with intervals; that of the main design is {main}.",
                source=findings.source,
                citation=findings.source,
                chart=_chart(row.outcome, rows, findings.effects.design.level),
                sheet=sheets[k],
                note="Each mark is the study with one choice changed, never two; lines are intervals.",
            )
        )
    return figures


def _rows(findings: EvaluationFindings, k: int) -> list[dict[str, Any]]:
    main = findings.effects.overall[k]
    label = None if findings.verdict is None else findings.verdict.label
    outcome = main.outcome
    found = [_row(outcome, main.estimate, main.interval or main.interval_by_lot, "main design", "main design")]
    for item in of_families(findings, "alternative", "one out"):
        if item.effects:
            same = item.answer == label
            kind = f"another design, {'the same' if same else 'another'} label"
            effect = item.effects[k]
            found.append(_row(outcome, effect.estimate, effect.interval, item.label, kind))
    found.sort(key=lambda row: (row["raw"], row["changed"]))
    for rank, row in enumerate(found, start=1):
        row["rank"] = rank
    return found


def _row(
    outcome: Outcome, estimate: float, interval: tuple[float, float] | None, changed: str, kind: str
) -> dict[str, Any]:
    low, high = interval or (np.nan, np.nan)
    ends = [outcome.display(end) if np.isfinite(end) else None for end in (low, high)]
    shown = outcome.display(estimate)
    return {"raw": estimate, "effect": shown, "low": ends[0], "high": ends[1], "changed": changed, "kind": kind}


def _chart(outcome: Outcome, rows: list[dict[str, Any]], level: float) -> Chart:
    import altair as alt

    points = [{key: value for key, value in row.items() if key != "raw"} for row in rows]
    points.sort(key=lambda row: row["kind"] == "main design")  # last, so that it is drawn on top
    whiskers = [row for row in points if row["low"] is not None and row["high"] is not None]
    lines: dict[str, list[dict[str, Any]]] = {"zero": [{"effect": 0}]}
    if outcome.margin is not None:
        lines["margin"] = [{"effect": outcome.display(outcome.harm_boundary)}]
    title = gap_axis_title(outcome, f"{bare_title(outcome)}: effect")
    margin = "" if outcome.margin is None else f"; dotted: margin, {margin_text(outcome)}"
    head = wrapped(f"{title} ({level:.0%} intervals{margin})")
    seen = [row[key] for row in points for key in ("effect", "low", "high") if row[key] is not None]
    seen += [item["effect"] for item in lines.get("margin", [])]
    axis = alt.Axis(title="designs, in the order of the effect", format=NUMBER_FORMAT, tickMinStep=1, tickCount=6)
    x = alt.X("rank:Q", axis=axis, scale=alt.Scale(domain=[0, len(rows) + 1], nice=False))
    y = alt.Y("effect:Q", axis=side_axis(), scale=alt.Scale(domain=padded([*seen, 0.0]), nice=False))
    kinds = [kind for kind in _LOOKS if any(row["kind"] == kind for row in points)]
    rules = reference_rules(with_margin="margin" in lines, y=y)
    spans = alt.Chart(alt.NamedData("whiskers")).mark_rule(color=PLACEBO).encode(x=x, y=alt.Y("low:Q"), y2="high:Q")
    marks = (
        alt.Chart(alt.NamedData("points"))
        .mark_point(opacity=1)
        .encode(x=x, y=y, **point_looks(head, kinds, _LOOKS), tooltip=tips(changed="changed", effect=title))
    )
    return Chart(layered(*rules, spans, marks), {"points": points, "whiskers": whiskers, **lines}, _HEIGHT)
