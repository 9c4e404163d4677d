"""The map of a panel: who is treated from when, who is compared, who takes no part.

Panels of the bundled evidence have it on the bundled shapes of the programme's regions; those in a file of the user's
own have it where the study names shapes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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
    from collections.abc import Sequence

    from pilotzone.gather import RegionTreatment
    from pilotzone.study.panel.findings import EvaluationFindings
    from pilotzone.study.panel.placed import PlacedUnit

__all__ = ["map_credit", "map_geometries", "treatment_map"]

_HEIGHT = 330
_COUNTED, _LATER, _NEVER = "treated, counts in the effect", "treated later", "never treated"
_ALWAYS, _OUT, _NONE = "exempt: takes no part", "left out", "treated, no effect estimated"
_ELSE = "not in the panel"
_FILLS = {
    _COUNTED: "#1f5c99", _LATER: "#a9cbe8", _NEVER: "#fdf1d6", _ALWAYS: "#d9d3e6", _NONE: "#d9d3e6", _OUT: "#aeb2b8",
    _ELSE: "#f7f7f7",
}  # fmt: skip
_STATES = {"never": _NEVER, "always": _ALWAYS, "left out": _OUT}
_YEARS = range(1000, 10_000)
_Shapes = dict[str, Mapping[str, Any]]


@dataclass(frozen=True)
class _Row:
    """A shape on the map: code and name of its unit, its part, first period of treatment as written, and why."""

    code: str
    label: str
    part: str
    since: str = ""
    why: str = ""


def map_geometries(findings: EvaluationFindings) -> _Shapes:
    """Return the shapes of the map by code, the user's own first; empty where there are none."""
    if findings.placed is not None:
        return dict(findings.placed.shapes.land.geometries)
    if findings.treatment is None:
        return {}
    shapes = shapes_holding([item.region for item in findings.treatment.regions])
    if shapes is None:
        return {}
    return {str(item["id"]): drawable(item.get("geometry") or {}) for item in shapes.geojson()["features"]}


def map_credit(findings: EvaluationFindings) -> str:
    """Return the line that has to stand on the map; empty without a map."""
    if findings.placed is not None:
        return findings.placed.shapes.credit
    if findings.treatment is None or not map_geometries(findings):
        return ""
    return load_shapes(findings.treatment.policy.geography).credit


def treatment_map(findings: EvaluationFindings, geometries: Mapping[str, Mapping[str, Any]]) -> list[Figure]:
    """Return the map of who is treated when; nothing without shapes."""
    if not geometries:
        return []
    treatment, last = findings.treatment, findings.effects.effects.comparison.last_cohort
    units = _units(findings)
    rows = [row for row in units if geometries.get(row.code, {}).get("coordinates")]
    what, source = ("units", findings.source) if treatment is None else ("regions", treatment.policy.title)
    of = "of the panel" if treatment is None else "of the programme"
    told = _told(rows, what, last)
    years = all(row.since.isdigit() and int(row.since) in _YEARS for row in units if row.since)
    return [
        Figure(
            id="treated-map",
            title=f"{told}",
            summary=f"Map of the {what} {of}: {told}; the others take no part.",
            source=source,
            citation=source,
            chart=_chart([*rows, *_elsewhere(findings, units)], geometries, _named(findings), years=years),
            sheet=_sheet(units, what),
            note=f"Numbers on {what} are the last two digits of the first year of treatment."
            if years
            else f"Dates on {what} are the first of treatment.",
            credit=map_credit(findings),
        )
    ]


def _told(rows: Sequence[_Row], what: str, last: int | None) -> str:
    counted, later, never = (sum(row.part == part for row in rows) for part in (_COUNTED, _LATER, _NEVER))
    return f"{counted} {what} are treated" + (f" up to {last}, {later} later" if later else "") + f", {never} never"


def _named(findings: EvaluationFindings) -> str:
    """Return the projection that the shapes ask for; empty where an ordinary one will do."""
    if findings.placed is not None or findings.treatment is None:
        return ""
    return load_shapes(findings.treatment.policy.geography).projection


def _units(findings: EvaluationFindings) -> list[_Row]:
    """Return what is told of regions of the programme, or of units of a panel in a file."""
    effects = findings.effects.effects
    last = effects.comparison.last_cohort
    if findings.treatment is not None:
        return [
            _Row(item.region, item.label, _part(item, last), "" if item.cohort is None else str(item.cohort), item.why)
            for item in findings.treatment.regions
        ]
    known = {cell.cohort for cell in effects.cells}
    units = () if findings.placed is None else findings.placed.units
    return [_Row(item.unit, item.unit, _own_part(item, known, last), item.since) for item in units]


def _own_part(item: PlacedUnit, known: set[int], last: int | None) -> str:
    if item.cohort is None:
        return _NEVER
    if last is not None and item.cohort > last:
        return _LATER
    return _COUNTED if item.cohort in known else _NONE


def _elsewhere(findings: EvaluationFindings, units: Sequence[_Row]) -> list[_Row]:
    """Return shapes of the user's own that belong to no unit."""
    if findings.placed is None:
        return []
    own = {row.code for row in units}
    return [_Row(code, name, _ELSE) for code, name in findings.placed.shapes.land.names.items() if code not in own]


def _part(item: RegionTreatment, last: int | None) -> str:
    if item.state == "treated":
        return _LATER if last is not None and (item.cohort or 0) > last else _COUNTED
    return _STATES[item.state]


def _sheet(units: Sequence[_Row], what: str) -> Sheet:
    if what == "units":  # whose codes are their names, and of which nothing is told but the date
        short = (Column("Unit"), Column("Part"), Column("Treated from"))
        cells = tuple((Cell(row.label), Cell(row.part), Cell(row.since)) for row in units)
        return Sheet("treated-map-data", "Units on the map", short, cells)
    columns = (Column("Region"), Column("Code"), Column("Part"), Column("Treated from"), Column("Why"))
    rows = tuple((Cell(row.label), Cell(row.code), Cell(row.part), Cell(row.since), Cell(row.why)) for row in units)
    return Sheet("treated-map-data", "Regions on the map", columns, rows)


def _chart(rows: Sequence[_Row], geometries: Mapping[str, Mapping[str, Any]], named: str, *, years: bool) -> Chart:
    import altair as alt

    kinds = [kind for kind in _FILLS if any(row.part == kind for row in rows)]
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
    written = called_out(_signs(rows, geometries, years=years), named)
    layers = [shapes, *(callouts_layers() if "callouts" in written else ()), signs_layer()]
    data = [
        {"code": row.code, "unit": row.label, "kind": row.part, "since": row.since, "about": row.why} for row in rows
    ]
    looks = projection([geometries[row.code] for row in rows], named)
    return Chart(layered(*layers).project(**looks), {"shapes": data, **written}, _HEIGHT)


def _signs(
    rows: Sequence[_Row], geometries: Mapping[str, Mapping[str, Any]], *, years: bool
) -> dict[str, dict[str, Any]]:
    """Return the dates that are written on treated units: of years the last two digits."""
    signs = {}
    for row in rows:
        point = label_point(geometries[row.code])
        if point is not None and row.since:
            ink = "#ffffff" if row.part == _COUNTED else "#0b1a28"
            text = row.since[-2:] if years else row.since
            signs[row.code] = {"lon": round(point[0], 3), "lat": round(point[1], 3), "sign": text, "ink": ink}
    return signs
