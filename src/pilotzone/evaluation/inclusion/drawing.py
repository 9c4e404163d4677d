"""Charts of who gains: effects by quantile with their band, by group, along a covariate, and indices over time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pilotzone.core import p_words, significant
from pilotzone.report import (
    INK,
    NUMBER_FORMAT,
    PLACEBO,
    SYNTHETIC,
    TREATED,
    Chart,
    Figure,
    drawn,
    headed,
    kind_ends,
    layered,
    number_text,
    plain_lines,
    plain_sheet,
    row_axis,
    side_axis,
    tips,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import altair as alt

    from pilotzone.core import Table
    from pilotzone.evaluation.inclusion.along import EffectsAlong
    from pilotzone.evaluation.inclusion.changes import QuantileEffects
    from pilotzone.evaluation.inclusion.distributional import DistributionalControl
    from pilotzone.evaluation.inclusion.effects import IndexEffects
    from pilotzone.evaluation.inclusion.groups import GroupEffects

__all__ = [
    "along_figure",
    "control_figure",
    "groups_figure",
    "lines_figure",
    "plotted",
    "quantile_figure",
    "trend_figure",
]

INCLUSION_SOURCE = "Estimates by pilotzone from the study's table."
_HEIGHT, _ROW = 260, 26
_MOST_POINTS = 20
"""A line of more has no points."""
_LOOKS: tuple[tuple[str, list[int], float], ...] = (
    (TREATED, [], 2.4),
    (SYNTHETIC, [6, 3], 2.4),
    (PLACEBO, [2, 2], 2.4),
    (INK, [8, 3, 2, 3], 2.0),
)
_WASH = "#d5dade"
_SHARE = "share of people below, %"


def plotted(figure: Figure) -> alt.LayerChart | alt.FacetChart:
    """Return a figure as a chart that needs no report."""
    return drawn(figure.chart, figure.title, (figure.note, figure.source))


def quantile_figure(found: QuantileEffects, unit: str = "1", source: str = INCLUSION_SOURCE) -> Figure:
    """Return effects by quantile with their band, or bounds where income takes few values."""
    table = found.to_table()
    rows = []
    for row, share in zip(table.records(), found.quantiles, strict=False):
        if not row["identified"]:
            continue
        ends = [row["band_low"], row["band_high"]]
        # Bounds without errors are drawn as such.
        if any(end is None for end in ends):
            ends = [row["effect_low"], row["effect_high"]] if found.discrete else [None, None]
        middle = None if found.discrete else row["effect_low"]
        rows.append({"across": 100 * share, "up": middle, "low": ends[0], "high": ends[1]})
    measure = "effect" if unit == "1" else f"effect, {unit}"
    title = _sense([row["up"] for row in rows], [(row["low"], row["high"]) for row in rows], "quantile", "quantiles")
    return _band(
        rows,
        id="quantile-effects",
        title=f"Effects on quantiles of income: {title}",
        across=_SHARE,
        measure=measure,
        source=source,
        note=f"{_band_note(found.level, rows)} Effects on quantiles are not effects on people.",
        table=table,
    )


def control_figure(found: DistributionalControl, source: str = INCLUSION_SOURCE) -> Figure:
    """Return the zone's mean gap to its control since the start by quantile, beside those of all other regions."""
    import altair as alt

    late, outcomes = found.late, found.joint.outcomes
    gap = (found.actual - found.without)[late].mean(axis=0)
    line = [{"across": 100 * share, "up": up} for share, up in zip(found.grid.tolist(), gap.tolist(), strict=True)]
    draws = found.joint.placebos
    assert draws is not None  # noqa: S101 - this estimator has no other inference
    others = [
        {"across": 100 * float(outcome.name.removeprefix("quantile ")), "up": float(draws.mean_gap[i, k]), "unit": name}
        for k, outcome in enumerate(outcomes[:-1])
        for i, name in enumerate(draws.units)
        if i != draws.treated
    ]
    zone, unit = found.units[found.treated], outcomes[0].unit
    measure = "gap" if unit in {"", "1"} else f"gap, {unit}"
    x = alt.X("across:Q", axis=alt.Axis(title=_SHARE, tickCount=6, grid=False), scale=alt.Scale(domain=[0, 100]))
    y = alt.Y("up:Q", axis=headed(side_axis(), [measure]))
    zero = alt.Chart(alt.NamedData("zero")).mark_rule(color=INK, strokeDash=[5, 3]).encode(y=y)
    marks = (
        alt.Chart(alt.NamedData("others"))
        .mark_tick(color=PLACEBO, thickness=1.5, size=14, orient="horizontal")
        .encode(x=x, y=y, tooltip=tips(unit="region", across=_SHARE, up=measure))
    )
    own = (
        alt.Chart(alt.NamedData("line"))
        .mark_line(color=TREATED, strokeWidth=2.4)
        .encode(x=x, y=y, tooltip=tips(across=_SHARE, up=measure))
    )
    title = (
        f"Effects on quantiles of income: from {number_text(float(gap.min()))} to {number_text(float(gap.max()))}; "
        f"the whole distribution has {p_words(found.p)} by rank"
    )
    return Figure(
        id="quantile-effects",
        title=title,
        summary=title,
        source=source,
        citation=source,
        chart=Chart(layered(zero, marks, own), {"zero": [{"up": 0.0}], "others": others, "line": line}, _HEIGHT),
        sheet=plain_sheet("quantile-effects-data", found.summary()),
        note=(
            f"The line is {zone} less its control, the mean of all periods since the start; each short mark is another "
            "region taken for the zone. Effects on quantiles are not effects on people."
        ),
    )


def along_figure(found: EffectsAlong, covariate: str = "the covariate", source: str = INCLUSION_SOURCE) -> Figure:
    """Return the effect along a covariate with its uniform band."""
    table = found.to_table()
    rows = [
        {"across": row["at"], "up": row["effect"], "low": row["band_low"], "high": row["band_high"]}
        for row in table.records()
    ]
    told = _sense([row["up"] for row in rows], [(row["low"], row["high"]) for row in rows], "point", "points")
    return _band(
        rows,
        id="effects-along",
        title=f"Effect along {covariate}: {told}",
        across=covariate,
        measure=f"effect on {found.outcome.title}, {found.outcome.display_unit}".removesuffix(", 1"),
        source=source,
        note=_band_note(found.level, rows),
        table=table,
    )


def _band_note(level: float, rows: Sequence[Mapping[str, Any]]) -> str:
    if all(row["low"] is None for row in rows):
        return "No band: too few draws for standard errors."
    return f"The line is the estimate; the area is the {level:.0%} band, which holds all points at once."


def _sense(values: Sequence[Any], ends: Sequence[tuple[Any, Any]], one: str, many: str) -> str:
    """Return how many effects are clear of zero."""
    known = [(low, high) for low, high in ends if low is not None and high is not None]
    if not known:
        numbers = [float(value) for value in values if value is not None]
        return f"from {number_text(min(numbers))} to {number_text(max(numbers))}" if numbers else "none is identified"
    clear = sum(low > 0 or high < 0 for low, high in known)
    if not clear:
        return f"the band holds zero at every {one}"
    return f"the band leaves zero out at {clear} of {len(known)} {many}"


def _band(
    rows: list[dict[str, Any]],
    *,
    id: str,  # noqa: A002 - what HTML calls it
    title: str,
    across: str,
    measure: str,
    source: str,
    note: str,
    table: Table,
) -> Figure:
    import altair as alt

    x = alt.X("across:Q", axis=alt.Axis(title=across, tickCount=6, grid=False), scale=alt.Scale(zero=False))
    scale = headed(side_axis(), [measure])
    y = alt.Y("up:Q", axis=scale)
    whole = [row for row in rows if row["low"] is not None and row["high"] is not None]
    middle = [row for row in rows if row["up"] is not None]
    area = (
        alt.Chart(alt.NamedData("band"))
        .mark_area(color=_WASH, stroke=INK, strokeWidth=0.6)
        .encode(x=x, y=alt.Y("low:Q", axis=scale), y2=alt.Y2("high:Q"))
    )
    zero = alt.Chart(alt.NamedData("zero")).mark_rule(color=INK, strokeDash=[5, 3]).encode(y=y)
    dots = len(middle) < _MOST_POINTS and {"filled": True, "color": TREATED, "size": 40}
    line = (
        alt.Chart(alt.NamedData("line"))
        .mark_line(color=TREATED, strokeWidth=2.4, point=dots)
        .encode(x=x, y=y, tooltip=tips(across=across, up=measure))
    )
    return Figure(
        id=id,
        title=title,
        summary=title,
        source=source,
        citation=source,
        chart=Chart(layered(area, zero, line), {"band": whole, "zero": [{"up": 0.0}], "line": middle}, _HEIGHT),
        sheet=plain_sheet(f"{id}-data", table),
        note=note,
    )


def groups_figure(found: GroupEffects, source: str = INCLUSION_SOURCE) -> Figure:
    """Return effects by group with simultaneous intervals and the people behind each."""
    import altair as alt

    table = found.to_table()
    several = len(found.outcomes) > 1
    rows: list[dict[str, Any]] = [
        {
            "row": f"{row['group']}{', ' + str(row['outcome']) if several else ''}",
            "up": row["effect"],
            "low": row["low"],
            "high": row["high"],
            "people": f"{float(str(row['people'])):,.0f}",
            "finding": row["finding"],
        }
        for row in table.records()
    ]
    unit = found.outcomes[0].display_unit
    scale = alt.Axis(title=f"effect on {found.outcomes[0].title}, {unit}", format=NUMBER_FORMAT, tickCount=6)
    x = alt.X("up:Q", axis=scale)
    y = row_axis([str(row["row"]) for row in rows])
    zero = alt.Chart(alt.NamedData("zero")).mark_rule(color=INK, strokeDash=[5, 3]).encode(x=x)
    bars = (
        alt.Chart(alt.NamedData("bars"))
        .mark_rule(color=INK, strokeWidth=2)
        .encode(x=alt.X("low:Q", axis=scale), x2=alt.X2("high:Q"), y=y)
    )
    points = (
        alt.Chart(alt.NamedData("points"))
        .mark_point(filled=True, color=TREATED, size=90, opacity=1)
        .encode(x=x, y=y, tooltip=tips(row="group", up="effect", people="people", finding="finding"))
    )
    shown = found.findings()
    won, lost = (shown.count(word) or "none" for word in ("gain", "loss"))
    title = f"Gains are shown in {won} of {len(shown)} groups, losses in {lost}"
    data: dict[str, list[dict[str, Any]]] = {
        "zero": [{"up": 0.0}],
        "bars": [row for row in rows if row["low"] is not None],
        "points": rows,
    }
    return Figure(
        id="group-effects",
        title=title,
        summary=title,
        source=source,
        citation=source,
        chart=Chart(layered(zero, bars, points), data, max(120, _ROW * len(rows))),
        sheet=plain_sheet("group-effects-data", table),
        note=f"Bars are {found.level:.0%} intervals that hold for all groups together; groups without one are too few.",
    )


def trend_figure(found: IndexEffects, k: int = 0, source: str = INCLUSION_SOURCE) -> Figure:
    """Return one index in the zone and in the comparison over time."""
    outcome = found.joint.outcomes[k]
    lines = {
        name: dict(zip(found.periods, found.levels[s, :, k].tolist(), strict=True))
        for s, name in enumerate(("zone", "comparison"))
    }
    told = []
    for side, first, last in zip(lines, *found.levels[:, [0, -1], k].T.tolist(), strict=True):
        before, since = significant(first), significant(last)
        moved = f"{'rises' if last > first else 'falls'} from {before} to {since}"
        told.append(f"{f'stays at {since}' if before == since else moved} in the {side}")
    name = outcome.title[:1].upper() + outcome.title[1:]
    title = f"{name} {told[0]} and {told[1]}, {found.periods[0]} to {found.periods[-1]}"
    table = found.to_table()
    return lines_figure(
        lines,
        id=f"index-{k + 1}",
        title=title,
        measure=outcome.title,
        source=source,
        table=table,
        start=found.joint.start,
    )


def lines_figure(
    lines: Mapping[str, Mapping[int, float]],
    *,
    id: str,  # noqa: A002 - what HTML calls it
    title: str,
    measure: str,
    source: str,
    table: Table,
    start: int | None = None,
) -> Figure:
    """Return lines over periods, told apart by colour and dash together.

    Parameters
    ----------
    lines
        Name to period to value; at most four.
    id, title, source
        As in `Figure`.
    measure
        What the vertical axis is, with its unit.
    table
        What is drawn, as a table.
    start
        First period with the programme, marked by a dashed rule.
    """
    import altair as alt

    rows = [
        {"period": period, "up": value, "kind": name}
        for name, line in lines.items()
        for period, value in line.items()
        if np.isfinite(value)
    ]
    names = list(lines)
    x = alt.X(
        "period:Q",
        axis=alt.Axis(title=None, format="d", tickMinStep=1, tickCount=8, grid=False),
        scale=alt.Scale(zero=False, nice=False),
    )
    y = alt.Y("up:Q", axis=headed(side_axis(), [measure]), scale=alt.Scale(zero=False))
    looks = [_LOOKS[k % len(_LOOKS)] for k in range(len(names))]
    marks = (
        alt.Chart(alt.NamedData("lines"))
        .mark_line(point=len(rows) < _MOST_POINTS * len(names))
        .encode(x=x, y=y, tooltip=tips(kind="line", period="period", up=measure), **plain_lines("kind", names, looks))
    )
    words, ends = kind_ends(rows, names, looks, x, y, _HEIGHT) if len(names) > 1 else ([], {})
    begins = alt.Chart(alt.NamedData("start")).mark_rule(color=INK, strokeDash=[5, 3], strokeWidth=1.2).encode(x=x)
    begun = [] if start is None else [{"period": start}]
    data: dict[str, list[dict[str, Any]]] = {"start": begun, "lines": rows, **ends}
    note = "" if start is None else f"The dashed line is {start}, the first period with the programme."
    return Figure(
        id=id,
        title=title,
        summary=title,
        source=source,
        citation=source,
        chart=Chart(layered(begins, marks, *words), data, _HEIGHT),
        sheet=plain_sheet(f"{id}-data", table),
        note=note,
    )
