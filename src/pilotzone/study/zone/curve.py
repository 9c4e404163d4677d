"""The main design varied: how often each verdict comes out, and how far effects move."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pilotzone.judgement import STATISTICS
from pilotzone.report import (
    LABEL_WORDS,
    NUMBER_FORMAT,
    PLACEBO,
    TREATED,
    Cell,
    Chart,
    Column,
    Figure,
    Sheet,
    bare_title,
    effect_text,
    gap_axis_title,
    headline,
    in_unit,
    layered,
    margin_text,
    number,
    p_text,
    padded,
    point_looks,
    reference_rules,
    share_text,
    side_axis,
    tips,
    wrapped,
)
from pilotzone.study.zone.basis import SHIFTS
from pilotzone.study.zone.wording import short_source_line, source_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pilotzone.core import Outcome, Panel
    from pilotzone.judgement import Specification, SpecificationCurve
    from pilotzone.study.zone.findings import Findings

__all__ = ["curve_figures", "label_sheet", "summary"]

_HEIGHT = 260
_LOOKS = {
    "main design": ("diamond", 260, TREATED, "#ffffff"),
    "varied, the same verdict": ("circle", 40, PLACEBO, PLACEBO),
    "varied, another verdict": ("triangle-down", 40, "#ffffff", PLACEBO),
}
"""Shape, size, filling and border by kind of specification."""


def summary(curve: SpecificationCurve) -> str:
    """Return what the specifications say together."""
    main, *others = curve.specifications
    if not others:
        return "No other specification could be estimated."
    words = LABEL_WORDS[main.label].lower()
    same = round(curve.same_as_main * len(others))
    by = "both statistics" if main.statistic else "conformal p-values"
    count = "All" if same == len(others) else f"{same} of"
    return (
        f"{count} {len(others)} other specifications give the same verdict, {words}: {_varied(others)}, each by {by}. "
        "They share most of their data, so how often a verdict comes out is not a probability."
    )


def _varied(others: Sequence[Specification]) -> str:
    """Return what was varied."""
    families = {item.family for item in others}
    donors = [word for word in ("one", "two") if f"{word} donor{'s' * (word == 'two')} out" in families]
    told = [f"donors left out {' and '.join(donors)} at a time"] if donors else []
    told += ["other windows and anticipations"] if "window and anticipation" in families else []
    return ", ".join(told)


def label_sheet(curve: SpecificationCurve) -> Sheet:
    """Return how often each verdict comes out, by what was changed and by statistic."""
    columns = (
        Column("What is changed"),
        Column("Statistic"),
        Column("Verdict"),
        Column("Specifications", numeric=True),
        Column("Share", "share", numeric=True),
    )
    rows = tuple(
        (
            Cell(str(family)),
            # A table's cells have no narrower type.
            Cell(STATISTICS[statistic] if statistic else f"conformal: {SHIFTS}"),  # type: ignore[index]
            Cell(LABEL_WORDS[label]),  # type: ignore[index]
            number(str(count), count),  # type: ignore[arg-type]
            number(share_text(share), share),  # type: ignore[arg-type]
        )
        for family, statistic, label, count, share in curve.label_table().rows()
    )
    return Sheet("curve-labels", "Verdicts over specifications", columns, rows)


def curve_figures(findings: Findings, curve: SpecificationCurve) -> list[Figure]:
    """Return the specification curve of each outcome: every specification's effect, in order."""
    panel = findings.panel
    return [
        Figure(
            id=f"curve-{k}",
            title=_title(outcome, k, _once(curve)),
            summary=_described(outcome, [item.effects[k] for item in _once(curve)]),
            source=short_source_line(panel, outcome),
            citation=source_line(panel, outcome),
            chart=_chart(panel, curve, outcome, k),
            sheet=_sheet(panel, curve, outcome, k),
            note="Each mark is the main design with something changed, by the size of its gap; the table says what.",
        )
        for k, outcome in enumerate(curve.outcomes)
    ]


def _once(curve: SpecificationCurve) -> list[Specification]:
    """Specifications by the statistic that was fixed: effects do not depend on it."""
    fixed = curve.specifications[0].statistic
    return [item for item in curve.specifications if item.statistic == fixed]


def _title(outcome: Outcome, k: int, shown: list[Specification]) -> str:
    effects = [item.effects[k] for item in shown]
    low, high = (effect_text(outcome, value) for value in (min(effects), max(effects)))
    other = sum(item.label != shown[0].label for item in shown)
    tail = f"; the verdict is another in {other} of them" if other else ""
    return f"{bare_title(outcome)}: over {len(shown)} specifications the gap runs from {low} to {high}{tail}"


def _described(outcome: Outcome, effects: list[float]) -> str:
    return (
        f"Dot plot of the mean gap in {bare_title(outcome)} under {len(effects)} specifications in rising order; the "
        f"main design's is {effect_text(outcome, effects[0])}. The margin is {margin_text(outcome)}."
    )


def _changed(panel: Panel, item: Specification) -> str:
    if item.family == "main":
        return "main design"
    if item.left_out:
        return f"without {' and '.join(panel.label(unit) for unit in item.left_out)}"
    return f"window {item.window[0]} to {item.window[1]}, anticipation {item.anticipation}"


def _kind(item: Specification, main: Specification) -> str:
    if item.family == "main":
        return "main design"
    return "varied, the same verdict" if item.label == main.label else "varied, another verdict"


def _ordered(curve: SpecificationCurve, k: int) -> list[Specification]:
    return sorted(_once(curve), key=lambda item: (item.effects[k], item.left_out, item.window, item.anticipation))


def _chart(panel: Panel, curve: SpecificationCurve, outcome: Outcome, k: int) -> Chart:
    import altair as alt

    rows: list[dict[str, Any]] = [
        {
            "rank": rank,
            "gap": outcome.display(item.effects[k]),
            "kind": _kind(item, curve.specifications[0]),
            "changed": _changed(panel, item),
            "verdict": headline(item.label, item.grade),
        }
        for rank, item in enumerate(_ordered(curve, k), start=1)
    ]
    rows.sort(key=lambda row: row["kind"] == "main design")  # the main design last, so that it is drawn on top
    lines: dict[str, list[dict[str, Any]]] = {"zero": [{"gap": 0}]}
    if outcome.margin is not None:
        lines["margin"] = [{"gap": outcome.display(outcome.harm_boundary)}]
    title = gap_axis_title(outcome, f"{bare_title(outcome)}: mean gap")
    head = wrapped(f"{title} (dotted: margin, {margin_text(outcome)})")
    shown = [*rows, *lines.get("margin", ())]
    domain = padded([row["gap"] for row in shown])
    axis = alt.Axis(title="specifications, in the order of the gap", format=NUMBER_FORMAT, tickMinStep=1, tickCount=6)
    x = alt.X("rank:Q", axis=axis, scale=alt.Scale(domain=[0, len(rows) + 1], nice=False))
    y = alt.Y("gap:Q", axis=side_axis(), scale=alt.Scale(domain=domain, nice=False))
    kinds = [kind for kind in _LOOKS if any(row["kind"] == kind for row in rows)]
    points = (
        alt.Chart(alt.NamedData("points"))
        .mark_point(opacity=1)
        .encode(
            x=x,
            y=y,
            **point_looks(head, kinds, _LOOKS),
            tooltip=tips(changed="changed", gap=title, verdict="verdict"),
        )
    )
    rules = reference_rules(with_margin="margin" in lines, y=y)
    return Chart(layered(*rules, points), {"points": rows, **lines}, _HEIGHT)


def _sheet(panel: Panel, curve: SpecificationCurve, outcome: Outcome, k: int) -> Sheet:
    unit = outcome.display_unit
    columns = (
        Column("What is changed"),
        Column("Mean gap", "" if unit == "1" else unit, numeric=True),
        Column("Diagnostics"),
        Column("Verdict"),
        Column("p of the claim", numeric=True),
    )
    rows = tuple(
        (
            Cell(_changed(panel, item)),
            number(in_unit(outcome, outcome.display(item.effects[k]), signed=True), outcome.display(item.effects[k])),
            Cell(item.states[k]),
            Cell(headline(item.label, item.grade)),
            number(p_text(item.p_claim), item.p_claim),
        )
        for item in _ordered(curve, k)
    )
    return Sheet(f"curve-{k}-data", f"{bare_title(outcome)}: specifications in the order of the gap", columns, rows)
