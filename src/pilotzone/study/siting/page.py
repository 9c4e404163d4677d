"""The report of a ranking of places: one HTML file with a page for each place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pilotzone.core import Table
from pilotzone.gather import load_layer
from pilotzone.report import Section, and_list, assembled, audit_sheet, drawable, fragment, plain_sheet, whole_percent
from pilotzone.site import ManySiting
from pilotzone.study.siting.findings import ManyFindings, SitingFindings
from pilotzone.study.siting.many import many_section
from pilotzone.study.siting.section import RankingSection, figures_sheet, siting_section

if TYPE_CHECKING:
    from pilotzone.site import PlaceProfile, Siting

__all__ = ["render_siting", "siting_beside"]

_LINKS = (
    ("siting", "Where a zone should stand"),
    ("site-ranking-section", "Places: how often each is the best"),
    ("site-criteria-section", "Places: what they are compared on"),
    ("site-limits", "Places: what the data cannot say"),
    ("site-figures-section", "Places: what is known of each"),
)


def render_siting(
    findings: SitingFindings | ManyFindings, audit: Mapping[str, Any] | None = None, sections: Sequence[Section] = ()
) -> str:
    """Return the report as the text of one HTML file, to be written as UTF-8."""
    siting = findings.siting
    section = _section(findings)
    return assembled(
        __package__,
        "siting.html.jinja",
        findings.name,
        section.figures,
        shapes=_shapes(findings),
        credit="" if isinstance(findings, ManyFindings) else findings.shapes.credit,
        siting=siting,
        section=section,
        pages=[] if isinstance(siting, ManySiting) else _pages(siting),
        audit_sheet=audit_sheet(audit) if audit else None,
        sections=sections,
    )


def siting_beside(findings: SitingFindings | ManyFindings) -> Section:
    """Return what stands of a ranking in another study's report."""
    section = _section(findings)
    body = fragment(__package__, "siting_section.html.jinja", section=section, title=findings.siting.spec.title)
    return Section("siting", "Where a zone should stand", body, section.figures, _shapes(findings), _LINKS)


def _section(findings: SitingFindings | ManyFindings) -> RankingSection:
    if isinstance(findings, ManyFindings):
        return many_section(findings.siting)
    return siting_section(findings.siting, findings.shapes)


def _shapes(findings: SitingFindings | ManyFindings) -> dict[str, Any]:
    """Return the shapes of the map; none where there is no map."""
    if isinstance(findings, ManyFindings):
        return {}
    return {str(item["id"]): drawable(item.get("geometry") or {}) for item in findings.shapes.geojson()["features"]}


def _pages(siting: Siting) -> list[dict[str, Any]]:
    return [_page(profile, siting, k) for k, profile in enumerate(siting.profiles, start=1)]


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
    share = whole_percent(float(siting.acceptability.first[siting.places.index(place)]))
    if not profile.place.spot_of:
        return f"Ranks first in {share} of simulated cases."
    told = f"A spot of {place}, which ranks first in {share} of simulated cases."
    own = [item.best for item in siting.spots if item.spot == profile.place.name]
    return f"{told} It is the best spot there in {whole_percent(own[0])}." if own else told


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
