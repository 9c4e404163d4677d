"""Maps of zones and donors in a report: one for each outcome, of shapes or of points."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pilotzone.core import UsageError, listing
from pilotzone.report import Cell, Chart, Column, Figure, Sheet, bare_title, drawable, number, share_text, whole_percent
from pilotzone.study.zone.map import map_chart
from pilotzone.study.zone.mapped import map_units
from pilotzone.study.zone.pointmap import LABELLED, point_chart
from pilotzone.study.zone.wording import map_summary, map_title, short_source_line, source_line, weights_note

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pilotzone.study.zone.findings import Findings, MapMaterial
    from pilotzone.study.zone.mapped import MapUnit

__all__ = ["map_figures", "map_shapes"]


def map_shapes(findings: Findings) -> dict[str, dict[str, Any]]:
    """Return the shapes of the map, ready to be drawn, by code; none without a map."""
    if findings.map is None:
        return {}
    shapes = {}
    for feature in findings.map.geojson.get("features", ()):
        if "id" not in feature:
            raise UsageError("a shape of the map has no id.", allowed="features whose id is the unit's code")
        shapes[str(feature["id"])] = drawable(feature.get("geometry") or {})
    return shapes


def map_figures(findings: Findings, geometries: Mapping[str, Mapping[str, Any]]) -> list[Figure]:
    """Return a map of zones and donors for each outcome; none without shapes."""
    if findings.map is None or not geometries:
        return []
    panel = findings.panel
    figures = []
    for k, (effects, fit) in enumerate(findings.main.fits, start=1):
        shown = map_units(panel, effects, fit, findings.map)
        rows = tuple(
            (
                Cell(place.label),
                Cell(place.unit),
                Cell(place.part),
                number(share_text(place.weight), place.weight) if place.is_donor else Cell(""),
                Cell(place.about),
            )
            for place in shown
        )
        columns = (
            Column("Unit"),
            Column("Code"),
            Column("Part"),
            Column("Weight", "share", numeric=True),
            Column("Note"),
        )
        figures.append(
            Figure(
                id=f"map-{k}",
                title=map_title(panel, effects, fit),
                summary=map_summary(panel, effects, fit),
                source=short_source_line(panel, fit.outcome),
                citation=source_line(panel, fit.outcome),
                chart=_drawn(shown, geometries, findings.map),
                sheet=Sheet(f"map-{k}-data", f"{bare_title(fit.outcome)}: units on the map", columns, rows),
                note=" ".join(filter(None, (*_how_to_read(shown, findings.map), weights_note([fit])))),
                credit=findings.map.credit,
            )
        )
    return figures


def _drawn(shown: Sequence[MapUnit], geometries: Mapping[str, Mapping[str, Any]], material: MapMaterial) -> Chart:
    if material.points:
        return point_chart(shown, geometries, material)
    return map_chart(shown, geometries, material.projection)


def _how_to_read(shown: Sequence[MapUnit], material: MapMaterial) -> list[str]:
    if not material.points:
        return ["Numbers on donors are weights in percent."]
    missing = [item.label for item in shown if item.unit not in material.points]
    told = f"No position is known for {listing(missing, most=5)}: see the table." if missing else ""
    return [f"Numbers beside donors are weights in percent, from {whole_percent(LABELLED)}.", told]
