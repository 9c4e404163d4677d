"""Charts of a placement: the load of each site beside its capacity, and the frontier of cost and carbon."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pilotzone.core import Table, UsageError
from pilotzone.report import INK, NUMBER_FORMAT, TREATED, Chart, Figure, drawn, layered, money_text, plain_sheet, tips

if TYPE_CHECKING:
    import altair as alt

    from pilotzone.placement.result import PlanResult

__all__ = ["PLAN_SOURCE", "PlanPlot", "frontier_figure", "plot_plan"]

PlanPlot = Literal["sites", "frontier"]
"""Loads of the sites that are open, beside what each can hold; or plans between least cost and least carbon."""

PLAN_SOURCE = "Placement by pilotzone; grid factors and positions from the evidence, costs assumed."
_MILLION = 1e6
_ROW, _LEAST_HEIGHT = 30, 110


def plot_plan(result: PlanResult, kind: PlanPlot) -> alt.LayerChart | alt.FacetChart:
    """Return a chart of a plan.

    Raises
    ------
    UsageError
        If the frontier is asked for and no plan is on it.
    """
    if kind == "sites":
        return _sites(result)
    if not result.frontier:
        raise UsageError("the plan has no frontier.", allowed="a plan whose frontier was asked for, or kind='sites'")
    figure = frontier_figure(result)
    return drawn(figure.chart, figure.title, (figure.note, figure.source))


def _sites(result: PlanResult) -> alt.LayerChart | alt.FacetChart:
    import altair as alt

    capacity = {site.name: site.capacity_mw for site in result.plan.sites}
    rows: list[dict[str, Any]] = [
        {"row": str(row["site"]), "across": row["peak_mw"], "to": capacity[str(row["site"])], "text": row["classes"]}
        for row in result.sites().records()
    ]
    names = [row["row"] for row in rows]
    y = alt.Y(
        "row:N", scale=alt.Scale(domain=names), axis=alt.Axis(title=None, labelLimit=200, ticks=False, domain=False)
    )
    axis = alt.Axis(
        title="IT load in the fullest slot (bar) and capacity (tick), MW", format=NUMBER_FORMAT, tickCount=6
    )
    x = alt.X("across:Q", axis=axis, scale=alt.Scale(zero=True, nice=True))
    bars = (
        alt.Chart(alt.NamedData("bars"))
        .mark_bar(fill=TREATED, height=14)
        .encode(x=x, y=y, tooltip=tips(row="site", across="load, MW", text="classes"))
    )
    ticks = (
        alt.Chart(alt.NamedData("bars"))
        .mark_tick(color=INK, thickness=2.5, size=22)
        .encode(x=alt.X("to:Q", axis=axis, scale=alt.Scale(zero=True, nice=True)), y=y)
    )
    best, currency = result.placement, result.plan.currency
    count = f"{len(rows)} {'site is' if len(rows) == 1 else 'sites are'} open"
    title = f"{count}: a year costs {money_text(best.cost, currency)} and emits {best.carbon / 1000:,.1f} kt of CO2"
    chart = Chart(layered(bars, ticks), {"bars": rows}, max(_LEAST_HEIGHT, _ROW * len(rows)))
    return drawn(chart, title, (result.plan.title, PLAN_SOURCE))


def _frontier_title(result: PlanResult) -> str:
    first, last = result.frontier[0], result.frontier[-1]
    less = f"{1 - last.carbon / first.carbon:.0%}" if first.carbon > 0 else "nothing"
    dearer = last.cost - first.cost
    more = (
        f"{dearer / first.cost:.0%} more cost"
        if first.cost > 0
        else f"{money_text(dearer, result.plan.currency)} a year"
    )
    return f"Carbon can fall by {less} for {more}"


def frontier_figure(result: PlanResult) -> Figure:
    """Return the frontier of cost and carbon; there has to be a plan on it."""
    import altair as alt

    currency = result.plan.currency
    rows = [{"across": p.cost / _MILLION, "up": p.carbon / 1000, "sites": ", ".join(p.sites)} for p in result.frontier]
    x = alt.X(
        "across:Q",
        axis=alt.Axis(title=f"cost of a year, million {currency}", format=NUMBER_FORMAT, tickCount=6),
        scale=alt.Scale(zero=False, nice=True, padding=12),
    )
    y = alt.Y(
        "up:Q",
        axis=alt.Axis(title="CO2 of a year, kt", format=NUMBER_FORMAT, tickCount=5),
        scale=alt.Scale(zero=True, nice=True),
    )
    line = alt.Chart(alt.NamedData("points")).mark_line(color="#767d85", strokeDash=[4, 3]).encode(x=x, y=y)
    marks = (
        alt.Chart(alt.NamedData("points"))
        .mark_point(size=90, filled=True, fill=TREATED, stroke="#ffffff", opacity=1)
        .encode(x=x, y=y, tooltip=tips(across=f"million {currency}", up="kt of CO2", sites="open"))
    )
    table = Table.from_rows(
        ("cost", "carbon_t", "sites", "gap"),
        [(p.cost, p.carbon, ", ".join(p.sites), p.gap) for p in result.frontier],
        title="Plans between least cost and least carbon",
    )
    return Figure(
        id="plan-frontier",
        title=_frontier_title(result),
        summary=", ".join(f"{row['across']:.1f} million {currency}: {row['up']:.0f} kt" for row in rows),
        source=PLAN_SOURCE,
        citation=PLAN_SOURCE,
        chart=Chart(layered(line, marks), {"points": rows}, 280),
        sheet=plain_sheet("plan-frontier-data", table),
        note="Each point is the cheapest plan under a limit of emissions; the line only leads the eye.",
    )
