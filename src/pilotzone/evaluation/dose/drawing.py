"""Charts of effects by dose: the curve with its band, effects by time since treatment, and placebo effects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pilotzone.evaluation.dose.design import ASSUMPTION_WORDS
from pilotzone.report import (
    INK,
    MARGIN,
    NUMBER_FORMAT,
    PLACEBO,
    TREATED,
    Cell,
    Chart,
    Column,
    Figure,
    LineEnd,
    Sheet,
    bare_title,
    effect_cell,
    effect_text,
    end_cells,
    end_labels,
    gap_axis_title,
    headed,
    layered,
    number,
    number_text,
    p_text,
    padded,
    plain_unit,
    reference_rules,
    side_axis,
    tips,
    wrapped,
)

if TYPE_CHECKING:
    from pilotzone.evaluation.dose.design import DoseDesign
    from pilotzone.evaluation.dose.rows import DoseEffect

__all__ = ["DoseScale", "dose_figure"]

_HEIGHT = 300
_PALE = "#cfdbe6"
_SIDE = 0.6
"""How far the axis of times goes on beyond the first and the last one."""


@dataclass(frozen=True)
class DoseScale:
    """How doses and effects per unit of dose are told.

    Attributes
    ----------
    what
        What the dose is, with the unit of the column, as the title of an axis.
    per
        Per how many units of the column slopes are told.
    unit
        What so many are called.
    """

    what: str = "dose"
    per: float = 1.0
    unit: str = "unit of dose"


def dose_figure(
    rows: Sequence[DoseEffect],
    design: DoseDesign,
    *,
    scale: DoseScale | None = None,
    name: str = "dose",
    source: str = "",
) -> Figure:
    """Return the chart of effects on one outcome, over doses or over time since treatment.

    Parameters
    ----------
    rows
        Effects of one quantity on one outcome, all with a dose or all with an event.
    design
        How they were estimated.
    scale
        How doses and effects per unit of dose are told; in the column's own units if left out.
    name
        Id of the figure.
    source
        Where the figures come from.
    """
    told = scale or DoseScale()
    sheet = _sheet(rows, design, told, f"{name}-data")
    return Figure(
        id=name,
        title=_title(rows, design, told),
        summary=_described(rows, design, told),
        source=source,
        citation=source,
        chart=_chart(rows, design, told),
        sheet=sheet,
        note=f"{_bars(rows, design)} {_sentence(rows[0])}",
    )


def _sentence(row: DoseEffect) -> str:
    """Return what effects rest on."""
    if row.placebo:
        return "They are zero at every dose if trends are parallel."
    beyond = f" They are beyond that of the lowest doses, up to {row.beyond:.4g}." if row.beyond else ""
    return f"Effects hold {ASSUMPTION_WORDS[row.assumption]}.{beyond}"


def _factor(row: DoseEffect, told: DoseScale) -> float:
    return 1.0 if row.quantity == "level" else told.per


def _what(row: DoseEffect, told: DoseScale) -> str:
    """Return what effects are, for a title."""
    if row.placebo:
        return "placebo effect before treatment"
    return "effect" if row.quantity == "level" else f"effect of a further {told.unit}"


def _by(row: DoseEffect) -> str:
    return "by dose" if row.event is None else "by time since treatment"


def _bars(rows: Sequence[DoseEffect], design: DoseDesign) -> str:
    alone = f"pointwise {design.level:.0%} intervals"
    if rows[0].band_low is None:
        return f"Thick bars or dashed lines are {alone}."
    held = "all doses" if rows[0].event is None else "all times"
    band = f"the band that holds {held} at once in {design.level:.0%} of samples"
    if rows[0].event is None and design.basis == "spline":
        return f"The shaded area is {band}; dashed lines are {alone}."
    return f"Thick bars are {alone}; thin ones span {band}."


def _title(rows: Sequence[DoseEffect], design: DoseDesign, told: DoseScale) -> str:
    outcome, by = rows[0].outcome, _factor(rows[0], told)
    after = [row for row in rows if row.event is None or row.event >= 0] or list(rows)
    ends = [effect_text(outcome, by * pick(row.estimate for row in after)) for pick in (min, max)]
    head = f"{bare_title(outcome)} {_by(rows[0])}: {_what(rows[0], told)} runs from {ends[0]} to {ends[1]}"
    bands = [(row.band_low, row.band_high) for row in after if row.band_low is not None and row.band_high is not None]
    if not bands:
        return head
    clear = sum(low > 0 or high < 0 for low, high in bands)
    held = f"the {design.level:.0%} band"
    if clear == 0:
        return f"{head}; {held} holds zero throughout"
    places = "doses" if rows[0].event is None else "times"
    return f"{head}; {held} leaves zero out at {'all' if clear == len(bands) else f'{clear} of'} {len(bands)} {places}"


def _place(row: DoseEffect) -> float | int:
    return row.dose if row.dose is not None else int(row.event or 0)


def _described(rows: Sequence[DoseEffect], design: DoseDesign, told: DoseScale) -> str:
    outcome, by = rows[0].outcome, _factor(rows[0], told)
    parts = []
    for row in rows:
        text = f"at {number_text(_place(row))} {effect_text(outcome, by * row.estimate)}"
        if row.band_low is not None and row.band_high is not None:
            low, high = (effect_text(outcome, by * end) for end in (row.band_low, row.band_high))
            text += f" (band {low} to {high})"
        parts.append(text)
    what = _what(rows[0], told)
    return f"{bare_title(outcome)} {_by(rows[0])}, {what}, with {design.level:.0%} bands: {'; '.join(parts)}."


def _points(rows: Sequence[DoseEffect], told: DoseScale) -> list[dict[str, Any]]:
    outcome, by = rows[0].outcome, _factor(rows[0], told)

    def shown(value: float | None) -> float | None:
        return None if value is None else outcome.display(by * value)

    return [
        {
            "at": _place(row),
            "gap": shown(row.estimate),
            "low": shown(row.low),
            "high": shown(row.high),
            "band_low": shown(row.band_low),
            "band_high": shown(row.band_high),
        }
        for row in rows
    ]


def _chart(rows: Sequence[DoseEffect], design: DoseDesign, told: DoseScale) -> Chart:
    import altair as alt

    first, outcome = rows[0], rows[0].outcome
    points = _points(rows, told)
    lines: dict[str, list[dict[str, Any]]] = {"zero": [{"gap": 0}]}
    # A margin is that of effects, not of effects per unit of dose.
    if outcome.margin is not None and first.quantity == "level":
        lines["margin"] = [{"gap": outcome.display(outcome.harm_boundary)}]
    seen = [row[key] for row in points for key in ("gap", "low", "high", "band_low", "band_high")]
    values = padded(
        [value for value in seen if value is not None] + [row["gap"] for part in lines.values() for row in part]
    )
    per = "" if first.quantity == "level" else f" per {told.unit}"
    title = gap_axis_title(outcome, f"{bare_title(outcome)}: {_what(first, told)}")
    x, axis = _across(rows, told)
    y = alt.Y("gap:Q", axis=headed(side_axis(), wrapped(title)), scale=alt.Scale(domain=values, nice=False))
    smooth = first.event is None and design.basis == "spline"
    marks = _smooth(points, x, y) if smooth else _marks(x, y, colour=PLACEBO if first.placebo else TREATED)
    dots = (
        alt.Chart(alt.NamedData("points"))
        .mark_point(filled=True, opacity=1, size=30 if smooth else 90, color=PLACEBO if first.placebo else TREATED)
        .encode(x=x, y=y, tooltip=tips(at=axis, gap=f"effect{per}"))
    )
    end = x.to_dict()["scale"]["domain"][1]
    ends = [
        LineEnd(f"margin {effect_text(outcome, outcome.harm_boundary)}", {"at": end}, row["gap"], MARGIN)
        for row in lines.get("margin", ())
    ]
    named, words = end_labels(ends, x, y, (values[0], values[1]), _HEIGHT)
    rules = reference_rules(with_margin="margin" in lines, y=y)
    data = {"points": points, **lines, **words}
    return Chart(layered(*rules, *marks, dots, *named), data, _HEIGHT)


def _across(rows: Sequence[DoseEffect], told: DoseScale) -> tuple[Any, str]:
    """Return the axis of doses or of times since treatment, and its title."""
    import altair as alt

    places = [_place(row) for row in rows]
    low, high = min(places), max(places)
    if rows[0].event is None:
        room = (high - low) * 0.04 or 1.0
        axis = alt.Axis(title=told.what, format=NUMBER_FORMAT, tickCount=8, grid=False)
        scale = alt.Scale(domain=[low - room, high + room], nice=False, zero=False)
        return alt.X("at:Q", axis=axis, scale=scale), told.what
    title = "periods since treatment"
    axis = alt.Axis(title=title, format="d", tickMinStep=1, tickCount=10, grid=False)
    scale = alt.Scale(domain=[low - _SIDE, high + _SIDE], nice=False, zero=False)
    return alt.X("at:Q", axis=axis, scale=scale), title


def _smooth(points: Sequence[dict[str, Any]], x: Any, y: Any) -> list[Any]:  # noqa: ANN401 - channels
    """Return the band as an area, intervals as dashed lines, and the curve."""
    import altair as alt

    data = alt.NamedData("points")
    found = []
    if points[0]["band_low"] is not None:
        upper = alt.Y2("band_high:Q")
        found.append(alt.Chart(data).mark_area(color=_PALE, opacity=1).encode(x=x, y=_field(y, "band_low"), y2=upper))
    found += [
        alt.Chart(data).mark_line(color=INK, strokeDash=[4, 3], strokeWidth=1).encode(x=x, y=_field(y, end))
        for end in ("low", "high")
    ]
    found.append(alt.Chart(data).mark_line(color=TREATED, strokeWidth=2.5).encode(x=x, y=y))
    return found


def _marks(x: Any, y: Any, *, colour: str) -> list[Any]:  # noqa: ANN401 - channels
    """Return bands as thin bars and intervals as thick ones."""
    import altair as alt

    data = alt.NamedData("points")
    return [
        alt.Chart(data)
        .mark_rule(color=colour, strokeWidth=width)
        .encode(x=x, y=_field(y, f"{name}low"), y2=alt.Y2(f"{name}high:Q"))
        for name, width in (("band_", 1.1), ("", 4))
    ]


def _field(y: Any, name: str) -> Any:  # noqa: ANN401 - a channel
    """Return the vertical channel of another field."""
    import altair as alt

    return alt.Y(**{**y.to_dict(), "field": name})


def _sheet(rows: Sequence[DoseEffect], design: DoseDesign, told: DoseScale, name: str) -> Sheet:
    first, outcome = rows[0], rows[0].outcome
    by, unit = _factor(first, told), "%" if outcome.scale == "log" else plain_unit(outcome.unit)
    level = f"{design.level:.0%}"
    head = told.what[:1].upper() + told.what[1:] if first.event is None else "Periods since treatment"
    columns = (
        Column(head, numeric=first.event is None),
        Column("Effect", unit, numeric=True),
        Column(f"{level} interval, from", unit, numeric=True),
        Column("to", unit, numeric=True),
        Column(f"{level} band, from", unit, numeric=True),
        Column("to ", unit, numeric=True),
        Column("p, no effect", numeric=True),
    )
    body = tuple(
        (
            number(number_text(_place(row)), _place(row)) if row.event is None else Cell(str(row.event), row.event),
            effect_cell(outcome, by * row.estimate),
            *end_cells(outcome, (by * row.low, by * row.high)),
            *end_cells(outcome, _band(row, by)),
            number(p_text(row.p), row.p),
        )
        for row in rows
    )
    title = f"{bare_title(outcome)}: {_what(first, told)} {_by(first)}"
    return Sheet(name, title, columns, body, note=_sentence(first))


def _band(row: DoseEffect, by: float) -> tuple[float, float] | None:
    return None if row.band_low is None or row.band_high is None else (by * row.band_low, by * row.band_high)
