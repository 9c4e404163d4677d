"""Charts of a site's design: a week of dispatch, load duration, frontiers, and loss in dry years and hot summers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from pilotzone.campus.technologies import LABELS, UNITS
from pilotzone.core import Table, UsageError
from pilotzone.report import (
    INK,
    NUMBER_FORMAT,
    PLACEBO,
    SYNTHETIC,
    TREATED,
    Chart,
    Figure,
    and_list,
    drawn,
    headed,
    html_id,
    kind_ends,
    layered,
    plain_lines,
    plain_sheet,
    row_axis,
    scaled_channel,
    side_axis,
    tips,
    wrapped,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import altair as alt

    from pilotzone.campus.site_design import SiteDesign
    from pilotzone.campus.site_frontier import Frontier

__all__ = [
    "CAMPUS_SOURCE",
    "SitePlot",
    "duration_figure",
    "frontier_figure",
    "plot_frontier",
    "plot_site",
    "stress_figure",
    "week_figure",
]

SitePlot = Literal["week", "duration", "stress"]
"""The week of highest load; load in order of size; hours of lost load in dry years and hot summers."""

CAMPUS_SOURCE = "Plan by pilotzone; PUE modelled, costs of the evidence and ASSUMED."
_WEEK = 168
_HEIGHT = 260
_ROW = 22
_LOOKS: tuple[tuple[str, list[int], float], ...] = (
    (TREATED, [], 2.4),
    (SYNTHETIC, [6, 3], 2.4),
    (PLACEBO, [2, 2], 2.4),
    ("#2f6b3a", [8, 3, 2, 3], 2.4),
    ("#7a1f4b", [4, 2], 2.0),
    (INK, [1, 3], 2.0),
)
_FILLS = ("#0b3d66", "#8fb9de", "#b3470b", "#e6b18a", "#2f6b3a", "#a8cfae", "#4d545c", "#c2c5c9")


def plot_site(design: SiteDesign, kind: SitePlot) -> alt.LayerChart | alt.FacetChart:
    """Return a chart of a design.

    Raises
    ------
    UsageError
        If dry years and hot summers were not asked for.
    """
    if kind == "stress" and design.stress is None:
        raise UsageError("the design has no dry years and hot summers.", allowed="kind='week', or kind='duration'")
    figure = {"week": week_figure, "stress": stress_figure}[kind](design) if kind != "duration" else None
    if figure is None:
        figure = duration_figure([design])
    return drawn(figure.chart, figure.title, (figure.note, figure.source))


def plot_frontier(frontier: Frontier) -> alt.LayerChart | alt.FacetChart:
    """Return a chart of cost against a quantity."""
    figure = frontier_figure(frontier.quantity, {frontier.site: frontier}, frontier.currency)
    return drawn(figure.chart, figure.title, (figure.note, figure.source))


def _hardest(design: SiteDesign) -> int:
    """Return the first hour of the week with the highest load of the first weather year."""
    load = design.system.facility_mw[0]
    sums = np.convolve(load, np.ones(_WEEK), "valid")[::24]
    return 24 * int(sums.argmax())


def week_figure(design: SiteDesign, source: str = CAMPUS_SOURCE) -> Figure:
    """Return what each supply gives in the week of highest load."""
    import altair as alt

    start = _hardest(design)
    window = slice(start, start + _WEEK)
    given = {name: design.supplied(name)[0, window] for name in design.energy_mwh}
    given["not served"] = np.atleast_2d(design.plan.unserved)[0, window]
    given = {name: values for name, values in given.items() if values.max() > 0.005}  # noqa: PLR2004 - what can be seen
    rows = [
        {"across": hour, "up": round(float(values[hour]), 4), "kind": name, "rank": rank}
        for rank, (name, values) in enumerate(given.items())
        for hour in range(_WEEK)
    ]
    load = design.system.facility_mw[0, window]
    line = [{"across": hour, "up": round(float(load[hour]), 4)} for hour in range(_WEEK)]
    names = list(given)
    x = alt.X(
        "across:Q",
        axis=alt.Axis(title=f"hour of the week from hour {start + 1:,} of the year", values=list(range(0, 169, 24))),
        scale=alt.Scale(domain=[0, 168], nice=False),
    )
    fill = scaled_channel(alt.Fill, ["power, MW"], "kind", names, _FILLS[: len(names)])
    areas = (
        alt.Chart(alt.NamedData("areas"))
        .mark_area(stroke="#ffffff", strokeWidth=0.4)
        .encode(
            x=x,
            y=alt.Y("up:Q", stack="zero", axis=alt.Axis(title=None, format=NUMBER_FORMAT, tickCount=5)),
            fill=fill,
            order=alt.Order("rank:Q"),
            tooltip=tips(kind="supply", across="hour", up="MW"),
        )
    )
    over = alt.Chart(alt.NamedData("load")).mark_line(color=INK, strokeWidth=1.4).encode(x=x, y="up:Q")
    share = {name: float(values.sum()) for name, values in given.items()}
    most = max(share, key=lambda name: share[name]) if share else "nothing"
    table = Table(
        {"hour": tuple(range(start + 1, start + _WEEK + 1)), "load_mw": tuple(load.tolist())}
        | {f"{name}_mw": tuple(values.tolist()) for name, values in given.items()}
    )
    return Figure(
        id=f"week-{html_id(design.system.name)}",
        title=f"In the week of highest load {design.system.name} is supplied mostly by {most}",
        summary=f"Power of each supply in {_WEEK} hours: "
        + and_list([f"{name} {value / 1000:,.2f} GWh" for name, value in share.items()]),
        source=source,
        citation=CAMPUS_SOURCE,
        chart=Chart(layered(areas, over), {"areas": rows, "load": line}, _HEIGHT),
        sheet=plain_sheet(f"week-{html_id(design.system.name)}-data", table),
        note="Areas are what supplies give, the line is the load before any of it waits.",
    )


def duration_figure(designs: Sequence[SiteDesign]) -> Figure:
    """Return load in order of size, a line for each site."""
    import altair as alt

    rows: list[dict[str, Any]] = []
    columns: dict[str, tuple[float, ...]] = {}
    for design in designs:
        curve = design.system.load[0].duration_curve()
        at = np.unique(np.linspace(0, len(curve) - 1, 200).astype(int))
        rows += [
            {"across": 100 * k / (len(curve) - 1), "up": round(float(curve[k]), 4), "kind": design.system.name}
            for k in at.tolist()
        ]
        columns[f"{design.system.name} (MW)"] = tuple(curve[at].tolist())
    x = alt.X("across:Q", axis=alt.Axis(title="share of the year's hours, %", tickCount=5))
    y = alt.Y("up:Q", axis=headed(side_axis(), ["load, MW"]), scale=alt.Scale(zero=False))
    lines, ends = _named_lines(rows, x, y)
    peak = max(designs, key=lambda design: float(design.system.facility_mw.max()))
    return Figure(
        id="load-duration",
        title=f"Load is highest in {peak.system.name}: {float(peak.system.facility_mw.max()):.1f} MW, IT and cooling",
        summary="Load in order of size: "
        + and_list(
            [
                f"{d.system.name} from {load.max():.1f} to {load.min():.1f} MW"
                for d in designs
                for load in [d.system.facility_mw]
            ]
        ),
        source=CAMPUS_SOURCE,
        citation=CAMPUS_SOURCE,
        chart=Chart(layered(*lines), {"lines": rows, **ends}, _HEIGHT),
        sheet=plain_sheet("load-duration-data", Table(_same_length(columns))),
        note="Hours are in order of their load, the highest first.",
    )


def _named_lines(
    rows: Sequence[Mapping[str, Any]], x: alt.X, y: alt.Y, *, point: bool = False
) -> tuple[list[alt.Chart], dict[str, list[dict[str, Any]]]]:
    """Return a line for each ``kind`` of rows, named at its right end, and the data of the names."""
    import altair as alt

    names = list(dict.fromkeys(str(row["kind"]) for row in rows))
    looks = [_LOOKS[k % len(_LOOKS)] for k in range(len(names))]
    words, told = kind_ends(rows, names, looks, x, y, _HEIGHT)
    lines = (
        alt.Chart(alt.NamedData("lines")).mark_line(point=point).encode(x=x, y=y, **plain_lines("kind", names, looks))
    )
    return [lines, *words], told


def _same_length(columns: dict[str, tuple[float, ...]]) -> dict[str, tuple[float | None, ...]]:
    longest = max(map(len, columns.values()))
    return {name: (*values, *(None,) * (longest - len(values))) for name, values in columns.items()}


def frontier_figure(quantity: str, lines: Mapping[str, Frontier], currency: str) -> Figure:
    """Return cost against a quantity, a line for each site."""
    import altair as alt

    size, unit = (
        (1e3, "kt") if quantity == "co2" else (1e6, "million m3") if "water" in quantity else (1.0, UNITS[quantity])
    )
    rows = [
        {"across": p.amount / size, "up": p.cost / 1e6, "kind": site}
        for site, line in lines.items()
        for p in line.points
    ]
    x = alt.X(
        "across:Q",
        axis=alt.Axis(title=f"{LABELS[quantity]} of a year, {unit}", format=NUMBER_FORMAT, tickCount=5),
        scale=alt.Scale(zero=False, nice=True),
    )
    head = wrapped(f"cost of a year, million {currency}")
    y = alt.Y("up:Q", axis=headed(side_axis(), head), scale=alt.Scale(zero=False, padding=10))
    marks, ends = _named_lines(rows, x, y, point=True)
    table = Table.from_rows(
        ("site", "amount", "cost", "price"),
        [(site, p.amount, p.cost, p.price) for site, line in lines.items() for p in line.points],
    )
    parts = []
    for site, line in lines.items():
        first, last = line.points[0], line.points[-1]
        parts.append(f"{site} by {1 - last.amount / first.amount:.0%} for {last.cost / first.cost - 1:.0%} more cost")
    return Figure(
        id=f"frontier-{quantity.replace('_', '-')}",
        title=f"{LABELS[quantity][0].upper()}{LABELS[quantity][1:]} can fall: {and_list(parts)}".replace("%", " %"),
        summary=", ".join(f"{row['kind']}: {row['across']:.1f} {unit} at {row['up']:.1f} million" for row in rows),
        source=CAMPUS_SOURCE,
        citation=CAMPUS_SOURCE,
        chart=Chart(layered(*marks), {"lines": rows, **ends}, _HEIGHT),
        sheet=plain_sheet(f"frontier-{quantity.replace('_', '-')}-data", table),
        note="Each point is the cheapest plan under a limit; the line only leads the eye.",
    )


def stress_figure(design: SiteDesign) -> Figure:
    """Return the hours of lost load in each year's water and summer; the design has to have a stress test."""
    import altair as alt

    stress = design.stress
    assert stress is not None  # noqa: S101 - its caller has looked
    rows: list[dict[str, Any]] = [
        {
            "row": f"water {row['water']:.2f}, {row['summer']}",
            "across": row["lost_hours"],
            "text": row["worst_month"] or "none",
        }
        for row in stress.pairs_table().records()
    ]
    x = alt.X("across:Q", axis=alt.Axis(title="hours of lost load", tickCount=4))
    bars = (
        alt.Chart(alt.NamedData("bars"))
        .mark_bar(fill=SYNTHETIC, height=12)
        .encode(
            x=x, y=row_axis([row["row"] for row in rows]), tooltip=tips(row="year", across="hours", text="worst month")
        )
    )
    worst = max(rows, key=lambda row: row["across"])
    return Figure(
        id=f"stress-{html_id(design.system.name)}",
        title=f"{design.system.name} loses load in {worst['across']:,.0f} hours of its worst year, most in "
        f"{worst['text']}",
        summary=", ".join(f"{row['row']}: {row['across']:,.0f} h" for row in rows),
        source=f"{CAMPUS_SOURCE} Years of water: of dams or of the study file; summers: declared.",
        citation=CAMPUS_SOURCE,
        chart=Chart(layered(bars), {"bars": rows}, max(120, _ROW * len(rows))),
        sheet=plain_sheet(f"stress-{html_id(design.system.name)}-data", stress.pairs_table()),
        note="Without foresight. Water is a year's inflow over the mean. The table tells how often such years come.",
    )
