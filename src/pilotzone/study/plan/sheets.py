"""Tables of a plan as a reader sees them: columns by words with their units. Exported files keep the short names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilotzone.core import Table
from pilotzone.report import plain_sheet

if TYPE_CHECKING:
    from pilotzone.report import Sheet
    from pilotzone.study.plan.findings import PlanFindings

__all__ = ["flow_sheet", "site_sheet", "varied_sheet"]

_LOADS = {
    "load_mw": "Load, MW",
    "peak_mw": "Load in the fullest part of the day, MW",
    "slot_mw": "Load in its part, MW",
}
_SITES = {
    **_LOADS,
    "site": "Site",
    "jurisdiction": "Jurisdiction",
    "zone": "Zone",
    "peak_slot": "Fullest part of the day",
    "full": "Share of capacity at the fullest",
    "classes": "Classes",
}
_FLOWS = {
    **_LOADS,
    "class": "Class",
    "region": "Region of users",
    "site": "Site",
    "round_trip_ms": "Round trip, ms",
    "due_slot": "Due in part of the day",
    "slot": "Done in part of the day",
}


def site_sheet(found: PlanFindings) -> Sheet:
    """Return the sites that are open, with their loads."""
    return plain_sheet("sites", found.result.sites(), words=_SITES)


def flow_sheet(found: PlanFindings) -> Sheet:
    """Return what each site holds of each class for each region."""
    return plain_sheet("flows", found.result.flows(), words=_FLOWS)


def varied_sheet(found: PlanFindings) -> Sheet:
    """Return the plan with each assumption at either end of its range."""
    words = {
        "assumption": "Assumption",
        "end": "At its end",
        "cost": f"Cost a year, {found.result.plan.currency}",
        "carbon_t": "CO2 a year, t",
        "opens": "Opens",
        "closes": "Closes",
    }
    table, title_of = found.varied, found.result.plan.assumptions.title_of
    columns = {**table.columns, "assumption": tuple(title_of(str(name)) for name in table.columns["assumption"])}
    return plain_sheet("varied", Table(columns, title=table.title, units=table.units, note=table.note), words=words)
