"""The report of a placement: what is where, what the law costs, flows on a map, and the frontier of cost and carbon."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pilotzone.core import Table
from pilotzone.placement import PLAN_SOURCE, frontier_figure
from pilotzone.report import (
    INK,
    TREATED,
    Cell,
    Chart,
    Column,
    Figure,
    Section,
    Sheet,
    and_list,
    answer_texts,
    assembled,
    audit_sheet,
    bounds,
    drawable,
    layered,
    number,
    number_text,
    plain_section,
    plain_sheet,
    projection,
    tips,
)
from pilotzone.study.plan.answer import plan_answer
from pilotzone.study.plan.sheets import flow_sheet, site_sheet, varied_sheet
from pilotzone.study.runs.assumed import assumed_table

if TYPE_CHECKING:
    from pilotzone.placement import PlanResult
    from pilotzone.study.plan.findings import PlanFindings

__all__ = ["law_sheets", "plan_beside", "plan_figures", "render_plan", "rule_sheet"]

_MAP_HEIGHT = 380


def render_plan(found: PlanFindings, audit: Mapping[str, Any] | None = None, sections: Sequence[Section] = ()) -> str:
    """Return the report as the text of one HTML file, to be written as UTF-8."""
    result = found.result
    shapes, figures = plan_figures(found)
    return assembled(
        __package__,
        "plan.html.jinja",
        found.name,
        figures,
        shapes=shapes,
        found=found,
        plan=result.plan,
        answer=plan_answer(found),
        charts=figures,
        site_sheet=site_sheet(found),
        flow_sheet=flow_sheet(found),
        rule_sheet=rule_sheet(result),
        varied_sheet=varied_sheet(found),
        law_sheets=law_sheets(result),
        assumption_sheet=plain_sheet("plan-assumptions", assumed_table(result.plan.assumptions)),
        audit_sheet=audit_sheet(audit) if audit else None,
        sections=sections,
    )


def plan_beside(found: PlanFindings) -> Section:
    """Return what stands of a placement in another study's report."""
    shapes, figures = plan_figures(found)
    sheets = [site_sheet(found), varied_sheet(found)]
    heading = f"What is where: {found.result.plan.title}"
    words = answer_texts(plan_answer(found))
    return plain_section("beside-plan", heading, words, sheets=sheets, figures=figures, shapes=shapes)


def plan_figures(found: PlanFindings) -> tuple[dict[str, Any], list[Figure]]:
    """Return the shapes of the map, and the charts."""
    features = found.shapes.geojson()["features"]
    shapes = {str(item["id"]): drawable(item.get("geometry") or {}) for item in features}
    figures = [_map_figure(found, shapes)]
    if len(found.result.frontier) > 1:
        figures.append(frontier_figure(found.result))
    return shapes, figures


def rule_sheet(result: PlanResult) -> Sheet:
    """Return what each rule, article and book costs."""
    currency = result.plan.currency
    columns = (
        Column("Rule"),
        Column("Citation"),
        Column("Cost a year", currency, numeric=True),
        Column("CO2 a year", "t", numeric=True),
        Column("Binds"),
    )
    rows = tuple(
        (
            Cell(rule.rule),
            Cell(rule.citation),
            number(number_text(rule.cost), rule.cost),
            number(number_text(rule.carbon), rule.carbon),
            Cell("yes" if rule.binds else "no"),
        )
        for rule in result.rules
    )
    note = (
        "The plan with the rules, less that in which their denials are lifted: each by itself, those of an article "
        "together, and all of a book. What denies nothing is left out."
    )
    return Sheet("rules", "What each rule costs", columns, rows, note)


def law_sheets(result: PlanResult) -> list[Sheet]:
    """Return what each rule book says of every class in every jurisdiction, with the reason."""
    return [_law_sheet(result, k) for k in range(len(result.plan.books))]


def _law_sheet(result: PlanResult, k: int) -> Sheet:
    residency = result.plan.residency[k]
    columns = (Column("Class"), *(Column(place) for place in sorted({h.jurisdiction for h in residency.hosts})))
    first = {host.jurisdiction: host.name for host in residency.hosts}
    rows = []
    for work in result.plan.workloads:
        cells = []
        for place in sorted(first):
            why = [residency.reason(work.data.name, first[place], operation) for operation in work.asked]
            cells.append(Cell("; ".join(dict.fromkeys(why))))
        rows.append((Cell(work.data.name), *cells))
    title = f"{residency.book.title}, {residency.day.isoformat()}: what is done where each class is placed"
    return Sheet(f"law-{k + 1}", title, columns, tuple(rows), residency.book.notice)


def _map_figure(found: PlanFindings, shapes: Mapping[str, Mapping[str, Any]]) -> Figure:
    import altair as alt

    result = found.result
    plan, flows = result.plan, result.flows().records()
    west, south, east, north = bounds(list(shapes.values()))
    where = {r.name: (r.longitude, r.latitude) for r in plan.regions}
    sites = {s.name: (s.longitude, s.latitude) for s in plan.sites}
    inside = {name for name, (lon, lat) in sites.items() if west <= lon <= east and south <= lat <= north}
    total: dict[tuple[str, str], float] = {}
    for row in flows:
        key = str(row["region"]), str(row["site"])
        total[key] = total.get(key, 0.0) + float(row["load_mw"] or 0)
    largest = max(total.values())
    lines = [
        {
            "lon": where[region][0], "lat": where[region][1], "lon2": sites[site][0], "lat2": sites[site][1],
            "unit": f"{region} to {site}", "width": 0.4 + 4.6 * load / largest, "load": f"{load:.2f} MW",
        }
        for (region, site), load in total.items()
        if site in inside and region != site
    ]  # fmt: skip
    held = {str(row["site"]): float(row["peak_mw"] or 0) for row in result.sites().records()}
    peak = " at its peak" if len(plan.slots) > 1 else ""
    points = [
        {"lon": sites[name][0], "lat": sites[name][1], "unit": name, "load": f"{load:.1f} MW{peak}"}
        for name, load in held.items()
        if name in inside
    ]
    land = (
        alt.Chart(alt.NamedData("shapes"))
        .mark_geoshape(stroke="#9aa1a8", strokeWidth=0.5, fill="#f4f5f6")
        .encode(tooltip=tips(unit="region"))
    )
    flow = (
        alt.Chart(alt.NamedData("lines"))
        .mark_rule(color="#5f97cb", opacity=0.7)
        .encode(
            longitude=alt.Longitude("lon:Q"), latitude=alt.Latitude("lat:Q"),
            longitude2=alt.Longitude2("lon2:Q"), latitude2=alt.Latitude2("lat2:Q"),
            strokeWidth=alt.StrokeWidth("width:Q", scale=None), tooltip=tips(unit="flow", load="IT load"),
        )
    )  # fmt: skip
    marks = (
        alt.Chart(alt.NamedData("points"))
        .mark_square(size=110, fill=TREATED, stroke="#ffffff", strokeWidth=1, opacity=1)
        .encode(longitude="lon:Q", latitude="lat:Q", tooltip=tips(unit="site", load="IT load"))
    )
    names = (
        alt.Chart(alt.NamedData("points"))
        .mark_text(fontSize=12, fontWeight="bold", dy=-13, color=INK)
        .encode(longitude="lon:Q", latitude="lat:Q", text="unit:N")
    )
    rows = [
        {"code": code, "unit": str(item["properties"].get("name", code))} for code, item in _features(found).items()
    ]
    outside = sorted(set(held) - inside)
    beyond = f" {and_list(outside)} {'lies' if len(outside) == 1 else 'lie'} beyond the map." if outside else ""
    looks = projection(list(shapes.values()), found.shapes.projection)
    chart = layered(land, flow, marks, names).project(**looks)
    table = Table.from_rows(
        ("from", "to", "load_mw"), [(*key, load) for key, load in sorted(total.items())], title="Flows"
    )
    return Figure(
        id="plan-map",
        title=f"{and_list(sorted(held))} hold{'s' if len(held) == 1 else ''} what users everywhere need",
        summary="Map of the open sites and of the regions that each serves: "
        + ", ".join(f"{name} {load:.1f} MW{peak}" for name, load in held.items()),
        source=PLAN_SOURCE,
        citation=PLAN_SOURCE,
        chart=Chart(chart, {"shapes": rows, "lines": lines, "points": points}, _MAP_HEIGHT),
        sheet=plain_sheet("plan-map-data", table, words={"from": "From", "to": "To", "load_mw": "Load, MW"}),
        note=f"Lines are as wide as the IT load that a site holds for a region.{beyond}",
        credit=found.shapes.credit,
    )


def _features(found: PlanFindings) -> dict[str, dict[str, Any]]:
    return {str(item["id"]): item for item in found.shapes.geojson()["features"]}
