"""The map of a panel of the bundled evidence: who is treated from which year, who is compared, who takes no part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pilotzone.gather import load_shapes, shapes_holding
from pilotzone.report import (
    Cell,
    Chart,
    Column,
    Figure,
    Sheet,
    called_out,
    callouts_layers,
    drawable,
    label_point,
    layered,
    projection,
    signs_layer,
    tips,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pilotzone.gather import RegionTreatment, Treatment
    from pilotzone.study.panel.findings import EvaluationFindings

__all__ = ["map_geometries", "treatment_map"]

_HEIGHT = 330
_COUNTED, _LATER, _NEVER = "treated, counts in the effect", "treated later", "never treated"
_ALWAYS, _OUT = "always exempt: takes no part", "left out"
_FILLS = {_COUNTED: "#1f5c99", _LATER: "#a9cbe8", _NEVER: "#fdf1d6", _ALWAYS: "#d9d3e6", _OUT: "#aeb2b8"}
_STATES = {"never": _NEVER, "always": _ALWAYS, "left out": _OUT}
_Shapes = dict[str, dict[str, Any]]


def map_geometries(findings: EvaluationFindings) -> _Shapes:
    """Return the shapes of the programme's regions by code; empty where there are none."""
    if findings.treatment is None:
        return {}
    shapes = shapes_holding([item.region for item in findings.treatment.regions])
    if shapes is None:
        return {}
    return {str(item["id"]): drawable(item.get("geometry") or {}) for item in shapes.geojson()["features"]}


def treatment_map(findings: EvaluationFindings, geometries: Mapping[str, Mapping[str, Any]]) -> list[Figure]:
    """Return the map of who is treated when; nothing without shapes."""
    treatment = findings.treatment
    if treatment is None or not geometries:
        return []
    last = findings.effects.effects.comparison.last_cohort
    rows = [
        (item, _part(item, last)) for item in treatment.regions if geometries.get(item.region, {}).get("coordinates")
    ]
    counted = sum(part == _COUNTED for _, part in rows)
    never = sum(part == _NEVER for _, part in rows)
    later = sum(part == _LATER for _, part in rows)
    told = f"{counted} regions are treated" + (f" up to {last}, {later} later" if later else "") + f", {never} never"
    shapes = load_shapes(treatment.policy.geography)
    return [
        Figure(
            id="treated-map",
            title=f"{told}",
            summary=f"Map of the regions of the programme: {told}; the others take no part.",
            source=treatment.policy.title,
            citation=treatment.policy.title,
            chart=_chart(rows, geometries, shapes.projection),
            sheet=_sheet(treatment, last),
            note="Numbers on regions are the last two digits of the first year of treatment.",
            credit=shapes.credit,
        )
    ]


def _part(item: RegionTreatment, last: int | None) -> str:
    if item.state == "treated":
        return _LATER if last is not None and (item.cohort or 0) > last else _COUNTED
    return _STATES[item.state]


def _sheet(treatment: Treatment, last: int | None) -> Sheet:
    columns = (Column("Region"), Column("Code"), Column("Part"), Column("Treated from"), Column("Why"))
    rows = tuple(
        (
            Cell(item.label),
            Cell(item.region),
            Cell(_part(item, last)),
            Cell("" if item.cohort is None else str(item.cohort)),
            Cell(item.why),
        )
        for item in treatment.regions
    )
    return Sheet("treated-map-data", "Regions on the map", columns, rows)


def _chart(
    rows: Sequence[tuple[RegionTreatment, str]], geometries: Mapping[str, Mapping[str, Any]], named: str
) -> Chart:
    import altair as alt

    kinds = [kind for kind in _FILLS if any(part == kind for _, part in rows)]
    shapes = (
        alt.Chart(alt.NamedData("shapes"))
        .mark_geoshape(stroke="#4d545c", strokeWidth=0.6)
        .encode(
            fill=alt.Fill(
                "kind:N",
                scale=alt.Scale(domain=kinds, range=[_FILLS[kind] for kind in kinds]),
                legend=alt.Legend(
                    title=None,
                    orient="bottom",
                    offset=8,
                    direction="vertical",
                    columns=2,
                    labelLimit=230,
                    symbolType="square",
                    symbolSize=160,
                    symbolStrokeColor="#4d545c",
                    symbolStrokeWidth=0.6,
                ),
            ),
            tooltip=tips(unit="region", kind="part", since="treated from", about="note"),
        )
    )
    written = called_out(_signs(rows, geometries), named)
    layers = [shapes, *(callouts_layers() if "callouts" in written else ()), signs_layer()]
    data = [
        {
            "code": item.region,
            "unit": item.label,
            "kind": part,
            "since": "" if item.cohort is None else str(item.cohort),
            "about": item.why,
        }
        for item, part in rows
    ]
    looks = projection([geometries[item.region] for item, _ in rows], named)
    return Chart(layered(*layers).project(**looks), {"shapes": data, **written}, _HEIGHT)


def _signs(
    rows: Sequence[tuple[RegionTreatment, str]], geometries: Mapping[str, Mapping[str, Any]]
) -> dict[str, dict[str, Any]]:
    """Return the years that are written on treated regions."""
    signs = {}
    for item, part in rows:
        point = label_point(geometries[item.region])
        if point is not None and item.cohort is not None:
            ink = "#ffffff" if part == _COUNTED else "#0b1a28"
            text = f"{item.cohort % 100:02d}"
            signs[item.region] = {"lon": round(point[0], 3), "lat": round(point[1], 3), "sign": text, "ink": ink}
    return signs
