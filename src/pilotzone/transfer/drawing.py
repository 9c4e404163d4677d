"""Charts of transfer: a forest plot with the prediction interval, and where candidates lie among zones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pilotzone.core import t_quantile
from pilotzone.report import (
    INK,
    MARGIN,
    NUMBER_FORMAT,
    PLACEBO,
    SYNTHETIC,
    TREATED,
    Cell,
    Chart,
    Column,
    Figure,
    Sheet,
    and_list,
    bare_title,
    drawn,
    effect_text,
    gap_axis_title,
    layered,
    number_text,
    padded,
    point_looks,
    reference_rules,
    row_axis,
    tips,
)
from pilotzone.transfer.further import PREDICTION_WORDS

if TYPE_CHECKING:
    import altair as alt

    from pilotzone.transfer.effects import ZoneEffects
    from pilotzone.transfer.predicting import CandidateEffect, Predictions
    from pilotzone.transfer.synthesis import PooledEffect, Synthesis

__all__ = ["forest_figure", "plot_forest", "plot_support", "support_figure"]

_MEAN, _NEW = "mean effect", "a further zone"
_FOREST = {
    "zone": ("square", 90, INK, INK),
    "mean of zones": ("diamond", 190, TREATED, TREATED),
    "a further zone": ("circle", 90, "#ffffff", SYNTHETIC),
}
_SUPPORT = {
    "zone": ("circle", 90, INK, INK),
    "candidate": ("diamond", 130, "#ffffff", TREATED),
    "cannot be transported": ("cross", 110, MARGIN, MARGIN),
}
"""Shape, size, filling and border: told apart in grey by shape and filling."""
_ROW, _HEIGHT = 30, 300
_SOURCES = 3
"""Sources that a chart names."""


def plot_forest(found: Synthesis, pooled: PooledEffect) -> alt.LayerChart | alt.FacetChart:
    """Return a forest plot: each zone with its interval, the mean, and what a further zone may have."""
    return drawn(_forest_chart(found, pooled), _forest_title(pooled), _forest_foot(found, pooled))


def forest_figure(found: Synthesis, id: str, outcome: str | None = None) -> Figure:  # noqa: A002 - what HTML calls it
    """Return the forest plot of an outcome as a figure of a report.

    Parameters
    ----------
    found
        What was pooled.
    id
        Of the figure in its page.
    outcome
        Its name; not needed where there is one.
    """
    name = found.effects.on(outcome).outcomes[0].name
    pooled = next(item for item in found.pooled if item.outcome.name == name)
    chart = _forest_chart(found, pooled)
    rows = chart.data["points"]
    columns = (Column("Zone"), Column("Effect"), Column("Interval"))
    body = tuple((Cell(row["row"]), Cell(row["told"]), Cell(row["from_to"])) for row in rows)
    return Figure(
        id=id,
        title=_forest_title(pooled),
        summary="Forest plot: " + "; ".join(f"{row['row']} {row['told']} ({row['from_to']})" for row in rows),
        source=_source(found.effects),
        citation=_source(found.effects),
        chart=chart,
        sheet=Sheet(f"{id}-data", "Effects of zones, their mean, and a further zone", columns, body),
        note=" ".join(_forest_foot(found, pooled)),
    )


def support_figure(found: Predictions, id: str) -> Figure:  # noqa: A002 - what HTML calls it
    """Return where candidates lie among zones as a figure of a report; `id` names it in its page."""
    chart, foot = _support_chart(found)
    columns = (Column("Place"), Column("Part"), *(Column(item.name, item.unit_told) for item in found.zones.moderators))
    zones = zip(found.effects.zones, found.zones.of(found.effects.zones), strict=True)
    rows = [(name, "zone", values) for name, values in zones]
    rows += [
        (item.place, _kind(item), values) for item, values in zip(found.items, found.candidates.values, strict=True)
    ]
    body = tuple(
        (Cell(name), Cell(kind), *(Cell(number_text(float(value))) for value in values)) for name, kind, values in rows
    )
    return Figure(
        id=id,
        title=_support_title(found),
        summary=f"{_support_title(found)}. Zones and candidates by moderators.",
        source=_source(found.effects),
        citation=_source(found.effects),
        chart=chart,
        sheet=Sheet(f"{id}-data", "Zones and candidates by moderators", columns, body),
        note=" ".join(foot),
    )


def _source(effects: ZoneEffects) -> str:
    """Return where effects come from, as they say it: a few of them by name."""
    told = list(dict.fromkeys(item.source for item in effects.effects if item.source))
    shown = [text.rstrip(".") for text in told[:_SOURCES]]
    more = f" and {len(told) - _SOURCES} more" if len(told) > _SOURCES else ""
    return f"Effects: {'; '.join(shown) or 'as given'}{more}. Pooled by pilotzone."


def _forest_chart(found: Synthesis, pooled: PooledEffect) -> Chart:
    import altair as alt

    outcome = pooled.outcome
    own = found.effects.on(outcome.name)
    wide = float(t_quantile(1 - found.alpha / 2, np.inf))
    rows = [
        _bar(pooled, item.zone, "zone", item.estimate, (item.estimate - wide * item.se, item.estimate + wide * item.se))
        for item in own.effects
    ]
    rows.append(_bar(pooled, _MEAN, "mean of zones", pooled.estimate, pooled.interval))
    if pooled.prediction is not None:
        rows.append(_bar(pooled, _NEW, _NEW, pooled.estimate, pooled.prediction))
    kinds = [kind for kind in _FOREST if any(row["kind"] == kind for row in rows)]
    ends = [value for row in rows for value in (row["low"], row["high"])]
    axis = alt.Axis(title=gap_axis_title(outcome, "effect"), format=NUMBER_FORMAT, tickCount=6)
    scale = alt.Scale(domain=padded(ends), nice=False)
    x, y = alt.X("across:Q", axis=axis, scale=scale), row_axis([str(row["row"]) for row in rows])
    bars = [
        alt.Chart(alt.NamedData(name))
        .mark_rule(color=colour, strokeDash=dash, strokeWidth=width)
        .encode(x=alt.X("low:Q", axis=axis, scale=scale), x2=alt.X2("high:Q"), y=y)
        for name, colour, dash, width in (
            ("zones", INK, [1, 0], 1.5),
            ("mean", TREATED, [1, 0], 3.0),
            ("new", SYNTHETIC, [6, 3], 2.5),
        )
    ]
    points = (
        alt.Chart(alt.NamedData("points"))
        .mark_point(opacity=1, strokeWidth=1.8)
        .encode(
            x=x,
            y=y,
            **point_looks(None, kinds, _FOREST),
            tooltip=tips(row="zone", told="effect", from_to="interval"),
        )
    )
    data: dict[str, list[dict[str, Any]]] = {
        "zero": [{"across": 0.0}],
        "zones": [row for row in rows if row["kind"] == "zone"],
        "mean": [row for row in rows if row["kind"] == "mean of zones"],
        "new": [row for row in rows if row["kind"] == _NEW],
        "points": rows,
    }
    layers = [*reference_rules(with_margin=False, x=x), *bars, points]
    return Chart(layered(*layers), data, _ROW * len(rows))


def _bar(pooled: PooledEffect, row: str, kind: str, at: float, ends: tuple[float, float]) -> dict[str, Any]:
    show = pooled.outcome.display
    low, high = (effect_text(pooled.outcome, end) for end in ends)
    return {
        "row": row,
        "kind": kind,
        "across": show(at),
        "low": show(ends[0]),
        "high": show(ends[1]),
        "told": effect_text(pooled.outcome, at),
        "from_to": f"{low} to {high}",
    }


def _forest_title(pooled: PooledEffect) -> str:
    mean = f"{bare_title(pooled.outcome)}: mean effect of {len(pooled.zones)} zones is"
    mean = f"{mean} {effect_text(pooled.outcome, pooled.estimate)}"
    if pooled.prediction is None:
        return f"{mean}; two zones give no prediction interval"
    low, high = (effect_text(pooled.outcome, end) for end in pooled.prediction)
    return f"{mean}; a further zone may have {low} to {high}"


def _forest_foot(found: Synthesis, pooled: PooledEffect) -> list[str]:
    level = f"{1 - found.alpha:.0%}"
    lines = (
        f"Thin lines: {level} intervals of zones by the normal distribution. Thick: mean, {found.method} with"
        f" Hartung-Knapp. Dashed: {level} prediction interval of a further zone's true effect,"
        f" {PREDICTION_WORDS[found.prediction]}."
    )
    foot = [lines, f"Of the variance of estimates {pooled.i2:.0%} is due to true effects."]
    if pooled.warning:
        foot.append(f"{pooled.warning[:1].upper()}{pooled.warning[1:]}")
    return foot


def plot_support(found: Predictions) -> alt.LayerChart | alt.FacetChart:
    """Return where candidates lie among zones: by two moderators, or by the only one and the effect."""
    chart, foot = _support_chart(found)
    return drawn(chart, _support_title(found), foot)


def _support_chart(found: Predictions) -> tuple[Chart, list[str]]:
    return _by_effect(found) if len(found.zones.moderators) == 1 else _by_two(found)


def _kind(item: CandidateEffect) -> str:
    return "cannot be transported" if item.predictive is None else "candidate"


def _by_effect(found: Predictions) -> tuple[Chart, list[str]]:
    """Return effects over the only moderator; refused candidates are lines without an effect."""
    import altair as alt

    show, moderator = found.outcome.display, found.zones.moderators[0]
    values = found.zones.of(found.effects.zones)[:, 0]
    wide = float(t_quantile(1 - found.alpha / 2, np.inf))
    points = [
        _point(
            found,
            item.zone,
            "zone",
            float(at),
            item.estimate,
            (item.estimate - wide * item.se, item.estimate + wide * item.se),
        )
        for item, at in zip(found.effects.effects, values, strict=True)
    ]
    refused = []
    for item, at in zip(found.items, found.candidates.values[:, 0].tolist(), strict=True):
        ends = item.interval(found.alpha)
        if item.predictive is None or ends is None:
            refused.append({"across": at, "row": item.place, "told": item.refusal})
        else:
            points.append(_point(found, item.place, "candidate", at, item.predictive.mean, ends))
    kinds = [kind for kind in _SUPPORT if any(row["kind"] == kind for row in points)]
    ends_shown = padded([value for row in points for value in (row["low"], row["high"])])
    x = alt.X("across:Q", axis=_axis(moderator.title), scale=alt.Scale(zero=False))
    scale = alt.Scale(domain=ends_shown, nice=False)
    axis = _axis(gap_axis_title(found.outcome, "effect"))
    y = alt.Y("up:Q", axis=axis, scale=scale)
    grid = np.linspace(values.min(), values.max(), 41)
    middle = float(values.mean())
    lines = [{"across": float(at), "up": show(float(found.fit.coefficients @ [1.0, at - middle]))} for at in grid]
    layers = [
        alt.Chart(alt.NamedData("refused"))
        .mark_rule(color=MARGIN, strokeDash=[2, 3], strokeWidth=1.6)
        .encode(x=x, tooltip=tips(row="candidate", told="why")),
        *reference_rules(with_margin=False, y=y),
        alt.Chart(alt.NamedData("line")).mark_line(color=TREATED, strokeWidth=2).encode(x=x, y=y),
        alt.Chart(alt.NamedData("points"))
        .mark_rule(color=PLACEBO, strokeWidth=1.4)
        .encode(x=x, y=alt.Y("low:Q", axis=axis, scale=scale), y2=alt.Y2("high:Q")),
        _marks(x, y, kinds, tips(row="place", told="effect", from_to="interval")),
    ]
    data: dict[str, list[dict[str, Any]]] = {"refused": refused, "zero": [{"up": 0.0}], "line": lines, "points": points}
    told = (
        f"Line: effect by {moderator.name} within the range of zones. Vertical lines: {1 - found.alpha:.0%} intervals;"
        f" those of candidates are prediction intervals, {PREDICTION_WORDS[found.prediction]}."
    )
    foot = [told, *(["Dotted: candidates outside what was seen, without a prediction."] if refused else [])]
    return Chart(layered(*layers), data, _HEIGHT), foot


def _point(
    found: Predictions, place: str, kind: str, across: float, at: float, ends: tuple[float, float]
) -> dict[str, Any]:
    show = found.outcome.display
    low, high = (effect_text(found.outcome, end) for end in ends)
    return {
        "row": place,
        "kind": kind,
        "across": across,
        "up": show(at),
        "low": show(ends[0]),
        "high": show(ends[1]),
        "told": effect_text(found.outcome, at),
        "from_to": f"{low} to {high}",
    }


def _by_two(found: Predictions) -> tuple[Chart, list[str]]:
    """Return zones, their hull and candidates on the first two moderators."""
    import altair as alt

    first, second = found.zones.moderators[:2]
    values = found.zones.of(found.effects.zones)[:, :2]
    points = [
        {"row": zone, "kind": "zone", "across": at[0], "up": at[1], "told": effect_text(found.outcome, item.estimate)}
        for zone, at, item in zip(found.effects.zones, values.tolist(), found.effects.effects, strict=True)
    ]
    for candidate, at in zip(found.items, found.candidates.values[:, :2].tolist(), strict=True):
        told = candidate.refusal
        if candidate.predictive is not None:
            told = effect_text(found.outcome, candidate.predictive.mean)
        points.append({"row": candidate.place, "kind": _kind(candidate), "across": at[0], "up": at[1], "told": told})
    kinds = [kind for kind in _SUPPORT if any(row["kind"] == kind for row in points)]
    x = alt.X("across:Q", axis=_axis(first.title), scale=alt.Scale(zero=False))
    y = alt.Y("up:Q", axis=_axis(second.title), scale=alt.Scale(zero=False))
    hull = [{"across": a, "up": b, "order": k} for k, (a, b) in enumerate(_outline(values))]
    outline = (
        alt.Chart(alt.NamedData("hull"))
        .mark_line(color=PLACEBO, strokeDash=[6, 3], strokeWidth=1.6)
        .encode(x=x, y=y, order=alt.Order("order:Q"))
    )
    layers = [outline, _marks(x, y, kinds, tips(row="place", told="effect"))]
    foot = ["Dashed: hull of zones on these two moderators. A candidate outside it has no prediction."]
    if len(found.zones.moderators) > 2:  # noqa: PLR2004 - both axes
        foot.append("Other moderators are not shown; a candidate inside the outline may lie outside by them.")
    return Chart(layered(*layers), {"hull": hull, "points": points}, _HEIGHT), foot


def _marks(x: alt.X, y: alt.Y, kinds: list[str], tooltip: list[alt.Tooltip]) -> alt.Chart:
    import altair as alt

    marks = alt.Chart(alt.NamedData("points")).mark_point(opacity=1, strokeWidth=1.8)
    found: alt.Chart = marks.encode(x=x, y=y, **point_looks(None, kinds, _SUPPORT), tooltip=tooltip)
    return found


def _axis(title: str) -> alt.Axis:
    import altair as alt

    return alt.Axis(title=title, format=NUMBER_FORMAT, tickCount=6)


def _outline(values: np.ndarray[Any, np.dtype[np.float64]]) -> list[tuple[float, float]]:
    """Return the corners of the hull of points in the plane, closed, by Andrew's chains."""
    order = sorted(map(tuple, values.tolist()))

    def chain(points: list[tuple[float, ...]]) -> list[tuple[float, ...]]:
        kept: list[tuple[float, ...]] = []
        for point in points:
            while len(kept) > 1 and _turn(kept[-2], kept[-1], point) <= 0:
                kept.pop()
            kept.append(point)
        return kept

    around = chain(order)[:-1] + chain(order[::-1])[:-1]
    return [(point[0], point[1]) for point in (*around, around[0])]


def _turn(a: tuple[float, ...], b: tuple[float, ...], c: tuple[float, ...]) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _support_title(found: Predictions) -> str:
    refused = [item for item in found.items if item.predictive is None]
    told = f"{len(found.items) - len(refused)} of {len(found.items)} candidates lie inside what was seen"
    if not refused:
        return f"{bare_title(found.outcome)}: {told}"
    names = list(dict.fromkeys(item.support.forbids for item in refused))
    return f"{bare_title(found.outcome)}: {told}; {and_list(names)} forbid{'s' if len(names) == 1 else ''} the others"
