"""Charts of an appraisal: waterfall of money, distribution, tornado, utilisation; each readable without colour."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilotzone.core import Table
from pilotzone.report import (
    INK,
    NUMBER_FORMAT,
    TREATED,
    Chart,
    Figure,
    drawn,
    layered,
    number_text,
    plain_sheet,
    row_axis,
    share_text,
    tips,
    whole_percent,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import altair as alt

    from pilotzone.appraisal.montecarlo import MonteCarlo
    from pilotzone.appraisal.payers import Payers
    from pilotzone.appraisal.stranding import Stranding
    from pilotzone.appraisal.tornado import Tornado
    from pilotzone.core import Cell

__all__ = [
    "APPRAISAL_SOURCE",
    "capital_figure",
    "distribution_figure",
    "plot_figure",
    "tornado_figure",
    "utilisation_figure",
    "waterfall_figure",
]

APPRAISAL_SOURCE = "Computed by pilotzone from figures given and ASSUMED; each stands in the table of figures."
_GAIN, _COST, _BAND = "#0b3d66", "#a9cbe8", "#c9def0"
_EDGE = "#4d545c"
_ROW, _HEAD = 26, 40
_SCALES = ((1e9, "billion "), (1e6, "million "), (1.0, ""))


def plot_figure(figure: Figure) -> alt.LayerChart | alt.FacetChart:
    """Return a figure's chart by itself."""
    return drawn(figure.chart, figure.title, (figure.note, figure.source))


def _scale(values: list[float], money: str) -> tuple[float, str]:
    """Return what amounts are divided by, and their unit in words."""
    largest = max((abs(value) for value in values), default=0.0)
    size, word = next(item for item in _SCALES if largest >= item[0] or item[0] == 1.0)
    return size, f"{word}{money}"


def _of(row: Mapping[str, Cell], key: str) -> float:
    """Return a number of a row."""
    value = row[key]
    return float(value) if isinstance(value, int | float) else 0.0


def _words(name: str) -> str:
    """Return a name as words."""
    return name.replace("_", " ")


def waterfall_figure(found: Payers) -> Figure:
    """Return the steps from nothing to the operator's net present value."""
    import altair as alt

    table = found.waterfall()
    money = str(found.flows.prices)
    rows = table.records()
    size, unit = _scale([_of(row, "to") for row in rows], money)
    names = [str(row["line"]) for row in rows]
    bars, labels = [], []
    for row in rows:
        value, start, end = (_of(row, key) / size for key in ("value", "from", "to"))
        kind = "in all" if row["line"] == names[-1] else "gain" if value > 0 else "cost"
        told = number_text(value, signed=kind != "in all")
        bars.append({"row": row["line"], "from": start, "across": end, "kind": kind, "told": f"{told} {unit}"})
        labels.append({"row": row["line"], "across": max(start, end), "text": told})
    kinds = ["gain", "cost", "in all"]
    y = row_axis(names)
    top = max(max(_of(row, key) for key in ("from", "to")) for row in rows) / size
    x = alt.X(
        "from:Q",
        axis=alt.Axis(title=unit, format=NUMBER_FORMAT, tickCount=5),
        scale=alt.Scale(domainMax=top * 1.3, nice=False) if top > 0 else alt.Scale(),
    )
    fill = alt.Fill(
        "kind:N",
        scale=alt.Scale(domain=kinds, range=[_GAIN, _COST, "#ffffff"]),
        legend=alt.Legend(title=None, orient="bottom", columns=3, symbolType="square", symbolStrokeColor=_EDGE),
    )
    drawn_bars = (
        alt.Chart(alt.NamedData("bars"))
        .mark_bar(stroke=_EDGE, strokeWidth=1, height={"band": 0.7})
        .encode(x=x, x2=alt.X2("across:Q"), y=y, fill=fill, tooltip=tips(row="line", told="present value"))
    )
    texts = (
        alt.Chart(alt.NamedData("labels"))
        .mark_text(align="left", dx=4, fontSize=11, color=INK)
        .encode(x="across:Q", y=y, text="text:N")
    )
    final = _of(rows[-1], "value")
    word = "loses" if final < 0 else "gains"
    amount = f"{number_text(abs(final) / size)} {unit}"
    return Figure(
        id="appraisal-waterfall",
        title=f"The operator {word} {amount} at {share_text(found.rate)} real",
        summary="Steps from nothing to the operator's net present value: "
        + "; ".join(f"{item['row']} {item['told']}" for item in bars),
        source=APPRAISAL_SOURCE,
        citation=APPRAISAL_SOURCE,
        chart=Chart(layered(drawn_bars, texts), {"bars": bars, "labels": labels}, _HEAD + _ROW * len(rows)),
        sheet=plain_sheet("appraisal-waterfall-data", table),
        note="Present values of each line, gains first; the last bar is what is left. Numbers have signs, so that the "
        "chart needs no colour.",
    )


def distribution_figure(found: MonteCarlo) -> Figure:
    """Return the distribution of an outcome, losses told apart."""
    import altair as alt

    table = found.bins()
    rows = table.records()
    size, unit = _scale([_of(row, "to") for row in rows], found.unit)
    low, high = f"below {found.loss_below:g}", f"{found.loss_below:g} or more"
    bars = [
        {
            "from": _of(row, "from") / size,
            "across": _of(row, "to") / size,
            "up": _of(row, "share"),
            "base": 0.0,
            "kind": low if (_of(row, "from") + _of(row, "to")) / 2 < found.loss_below else high,
            "share": f"{_of(row, 'share'):.1%}",
        }
        for row in rows
    ]
    x = alt.X("from:Q", axis=alt.Axis(title=unit, format=NUMBER_FORMAT, tickCount=6), scale=alt.Scale(nice=False))
    chart = (
        alt.Chart(alt.NamedData("bars"))
        .mark_bar(stroke=_EDGE, strokeWidth=0.6)
        .encode(
            x=x,
            x2=alt.X2("across:Q"),
            y=alt.Y("base:Q", axis=alt.Axis(title="share of draws", format=".0%", tickCount=4)),
            y2=alt.Y2("up:Q"),
            fill=alt.Fill(
                "kind:N",
                scale=alt.Scale(domain=[low, high], range=[_COST, _GAIN]),
                legend=alt.Legend(title=None, orient="bottom", symbolType="square", symbolStrokeColor=_EDGE),
            ),
            tooltip=tips(share="share of draws", kind="value"),
        )
    )
    middle = [{"across": found.mean / size}]
    rule = (
        alt.Chart(alt.NamedData("middle")).mark_rule(strokeDash=[5, 3], strokeWidth=2, color=INK).encode(x="across:Q")
    )
    name = f"{found.name[:1].upper()}{found.name[1:]}"
    five, half, ninety_five = (float(found.quantiles[found.probabilities.index(p)]) / size for p in (0.05, 0.5, 0.95))
    return Figure(
        id="appraisal-distribution",
        title=f"{name} is {low} in {whole_percent(found.loss)} of draws",
        summary=f"Distribution of {found.name} over {found.draws:,} draws: 5 % below {number_text(five)}, half below "
        f"{number_text(half)}, 95 % below {number_text(ninety_five)} {unit}",
        source=APPRAISAL_SOURCE,
        citation=APPRAISAL_SOURCE,
        chart=Chart(layered(chart, rule), {"bars": bars, "middle": middle}, 260),
        sheet=plain_sheet("appraisal-distribution-data", table),
        note=f"{found.draws:,} draws; the dashed line is the mean, {number_text(found.mean / size)} {unit}, with a "
        f"standard error of {number_text(found.mean_error / size, digits=2)}. One draw in 200 on each side is in the "
        "outermost bars.",
    )


def tornado_figure(found: Tornado, title_of: Callable[[str], str] = _words) -> Figure:
    """Return how far each driver moves an outcome; `title_of` gives drivers' names in words."""
    import altair as alt

    table = found.to_table()
    values = [value for s in found.swings for value in (s.at_low, s.at_high)]
    size, unit = _scale(values, found.unit)
    bars = []
    for s in found.swings:
        for kind, end, at in (("driver low", s.low, s.at_low), ("driver high", s.high, s.at_high)):
            bars.append(
                {
                    "row": title_of(s.driver),
                    "from": found.middle / size,
                    "across": at / size,
                    "kind": kind,
                    "told": f"{number_text(end)} {s.unit}",
                    "value": at / size,
                }
            )
    names = [title_of(s.driver) for s in found.swings]
    x = alt.X(
        "from:Q",
        axis=alt.Axis(title=f"{found.name}, {unit}", format=NUMBER_FORMAT, tickCount=5),
        scale=alt.Scale(zero=False),
    )
    chart = (
        alt.Chart(alt.NamedData("bars"))
        .mark_bar(stroke=_EDGE, strokeWidth=1, height={"band": 0.65})
        .encode(
            x=x,
            x2=alt.X2("across:Q"),
            y=row_axis(names),
            fill=alt.Fill(
                "kind:N",
                scale=alt.Scale(domain=["driver low", "driver high"], range=[_COST, _GAIN]),
                legend=alt.Legend(title=None, orient="bottom", symbolType="square", symbolStrokeColor=_EDGE),
            ),
            tooltip=tips(row="driver", told="at", value=unit),
        )
    )
    rule = alt.Chart(alt.NamedData("middle")).mark_rule(color=INK).encode(x="across:Q")
    first = found.swings[0]
    name = title_of(first.driver)
    return Figure(
        id="appraisal-tornado",
        title=f"{name[:1].upper()}{name[1:]} moves the value most: by {number_text(first.width / size)} {unit}",
        summary="; ".join(
            f"{title_of(s.driver)}: {number_text(s.at_low / size)} to {number_text(s.at_high / size)}"
            for s in found.swings
        )
        + f" {unit}",
        source=APPRAISAL_SOURCE,
        citation=APPRAISAL_SOURCE,
        chart=Chart(
            layered(chart, rule),
            {"bars": bars, "middle": [{"across": found.middle / size}]},
            _HEAD + _ROW * len(names),
        ),
        sheet=plain_sheet("appraisal-tornado-data", table),
        note=f"One driver at a time at the ends of its central {whole_percent(found.share)}, the others at medians. "
        "It sees neither interactions nor correlations: the table of shares does.",
    )


def utilisation_figure(found: Stranding) -> Figure:
    """Return utilisation by year, with the break-even."""
    import altair as alt

    spec = found.spec
    rows = [
        {"period": year, "up": middle, "low": low, "high": high, "told": f"{middle:.0%} ({low:.0%} to {high:.0%})"}
        for year, middle, low, high in zip(
            spec.years, found.middle.tolist(), found.low.tolist(), found.high.tolist(), strict=True
        )
    ]
    x = alt.X(
        "period:Q",
        axis=alt.Axis(title=None, format="d", tickCount=6),
        scale=alt.Scale(domain=[spec.years[0], spec.years[-1]], nice=False),
    )
    scale = alt.Scale(domain=[0, 1], nice=False)
    axis = alt.Axis(title="share of capacity let", format=".0%", tickCount=5)
    y = alt.Y("up:Q", axis=axis, scale=scale)
    band = (
        alt.Chart(alt.NamedData("ramp"))
        .mark_area(fill=_BAND, opacity=1)
        .encode(x=x, y=alt.Y("low:Q", axis=axis, scale=scale), y2=alt.Y2("high:Q"))
    )
    line = alt.Chart(alt.NamedData("ramp")).mark_line(color=TREATED, strokeWidth=2.5).encode(x=x, y=y)
    points = (
        alt.Chart(alt.NamedData("ramp"))
        .mark_point(size=70, opacity=0, fill=TREATED)
        .encode(x=x, y=y, tooltip=tips(period="year", told="share let"))
    )
    even = alt.Chart(alt.NamedData("even")).mark_rule(strokeDash=[5, 3], strokeWidth=2, color=INK).encode(y=y)
    words = (
        alt.Chart(alt.NamedData("even"))
        .mark_text(align="left", dx=6, dy=-8, fontSize=11, color=INK)
        .encode(x=x, y=y, text="text:N")
    )
    level = [{"up": spec.break_even, "period": spec.years[0], "text": f"break-even {spec.break_even:.0%}"}]
    last = spec.years[-1]
    return Figure(
        id="appraisal-utilisation",
        title=f"In {whole_percent(found.probability)} of draws the campus is let below break-even in {last}",
        summary=f"Share of capacity let by year; in {last} half of the draws lie below {found.middle[-1]:.0%}, 90 % "
        f"between {found.low[-1]:.0%} and {found.high[-1]:.0%}; break-even at {spec.break_even:.0%}",
        source=APPRAISAL_SOURCE,
        citation=APPRAISAL_SOURCE,
        chart=Chart(layered(band, line, points, even, words), {"ramp": rows, "even": level}, 260),
        sheet=plain_sheet("appraisal-utilisation-data", found.to_table()),
        note=f"Median of {found.draws:,} ramps, and the band that holds nine in ten of them.",
    )


def capital_figure(measures: Table, region: str, title: str, note: str, source: str) -> Figure:
    """Return a bar for each region's marginal product of capital, one of them marked."""
    import altair as alt

    rows = measures.records()
    names = [str(row["region"]) for row in rows]
    bars = [
        {
            "row": row["region"],
            "across": _of(row, "marginal product"),
            "kind": region if row["region"] == region else "other provinces",
            "told": f"{_of(row, 'marginal product'):.1%}",
        }
        for row in rows
    ]
    x = alt.X("across:Q", axis=alt.Axis(title="naive marginal product of capital", format=".0%", tickCount=5))
    y = row_axis(names)
    chart = (
        alt.Chart(alt.NamedData("bars"))
        .mark_bar(stroke=_EDGE, strokeWidth=0.6, height={"band": 0.7})
        .encode(
            x=x,
            y=y,
            fill=alt.Fill(
                "kind:N",
                scale=alt.Scale(domain=[region, "other provinces"], range=[_GAIN, "#ffffff"]),
                legend=alt.Legend(title=None, orient="bottom", symbolType="square", symbolStrokeColor=_EDGE),
            ),
            tooltip=tips(row="province", told="marginal product"),
        )
    )
    return Figure(
        id="appraisal-capital",
        title=title,
        summary="; ".join(f"{item['row']} {item['told']}" for item in bars),
        source=source,
        citation=source,
        chart=Chart(layered(chart), {"bars": bars}, _HEAD + 16 * len(names)),
        sheet=plain_sheet("appraisal-capital-data", measures),
        note=note,
    )
