"""The report of a ranking of places: one HTML file with a page for each place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pilotzone.core import Table
from pilotzone.gather import load_layer
from pilotzone.report.contents import audit_sheet
from pilotzone.report.formatting import and_list
from pilotzone.report.page import assembled
from pilotzone.report.shapes import drawable
from pilotzone.report.siting_section import figures_sheet, siting_section
from pilotzone.report.siting_summary import with_share
from pilotzone.report.tabular import plain_sheet

if TYPE_CHECKING:
    from pilotzone.gather import Shapes
    from pilotzone.site import PlaceProfile, Siting

__all__ = ["SitingFindings", "render_siting"]


@dataclass(frozen=True, eq=False)
class SitingFindings:
    """Everything that the report of a ranking shows.

    Attributes
    ----------
    name
        Of the siting file.
    siting
        What was found.
    shapes
        Shapes of regions for the map.
    audit
        Hashes, versions and settings, as plain data.
    """

    name: str
    siting: Siting
    shapes: Shapes
    audit: Mapping[str, Any] = field(default_factory=dict)


def render_siting(findings: SitingFindings) -> str:
    """Return the report as the text of one HTML file, to be written as UTF-8."""
    siting = findings.siting
    section = siting_section(siting, findings.shapes)
    features = findings.shapes.geojson()["features"]
    return assembled(
        "siting.html.jinja",
        findings.name,
        section.figures,
        shapes={str(item["id"]): drawable(item.get("geometry") or {}) for item in features},
        findings=findings,
        siting=siting,
        section=section,
        pages=[_page(profile, siting, k) for k, profile in enumerate(siting.profiles, start=1)],
        audit_sheet=audit_sheet(findings.audit) if findings.audit else None,
    )


def _page(profile: PlaceProfile, siting: Siting, k: int) -> dict[str, Any]:
    """Return what stands on a place's own page."""
    name = profile.place.name
    ranked = name not in siting.left_out
    lead = f"Not ranked: {siting.left_out[name]}." if not ranked else _lead(profile, siting)
    return {
        "id": f"place-{k}",
        "name": name,
        "lead": lead,
        "figure_sheet": figures_sheet(f"place-{k}-figures", f"{name}: every figure and its source", (profile,), siting),
        "cooling_sheets": [
            plain_sheet(f"place-{k}-{found.system}", _cooling_table(found.to_table(), name))
            for found in profile.cooling
        ],
    }


def _lead(profile: PlaceProfile, siting: Siting) -> str:
    """Return how often a place is first, and that a profile is one spot of it."""
    place = profile.place.belongs
    share = with_share(float(siting.acceptability.first[siting.places.index(place)]))
    if not profile.place.spot_of:
        return f"First in {share} of draws."
    told = f"A spot of {place}, which ranks first in {share} of draws."
    own = [item.best for item in siting.spots if item.spot == profile.place.name]
    return f"{told} It is the best spot there in {with_share(own[0])}." if own else told


def _cooling_table(table: Table, name: str) -> Table:
    bands = load_layer("cooling_bands")
    title = f"{name}: {table.title[0].lower()}{table.title[1:]} (modelled)"
    system = table.title.rpartition(", ")[2]
    low, high = bands.numbers["low"], bands.numbers["high"]
    told = [
        f"{bands.texts['quantity'][k].split('_')[0].upper()} {low[k]:g} to {high[k]:g} (zone "
        f"{bands.texts['climate_zone'][k]})"
        for k in bands.rows_where(system=system)
    ]
    note = (
        f"Published for large data centres of the USA, 5th to 95th percentile, for plausibility only: {and_list(told)}."
    )
    return Table(table.columns, title=title, units=table.units, note=note)
