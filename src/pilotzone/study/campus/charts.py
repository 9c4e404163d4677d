"""Charts of a campus: its sites on a map, their weeks of highest load, load duration, frontiers, dry years."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilotzone.campus import CAMPUS_SOURCE, duration_figure, frontier_figure, stress_figure, week_figure
from pilotzone.report import and_list
from pilotzone.study.campus.map import sites_map

if TYPE_CHECKING:
    from pilotzone.campus import SiteDesign
    from pilotzone.report import Figure
    from pilotzone.study.campus.findings import CampusFindings

__all__ = ["campus_figures"]


def campus_figures(found: CampusFindings) -> list[Figure]:
    """Return the charts of a campus."""
    placed = sites_map(found)
    figures = [] if placed is None else [placed]
    figures += [week_figure(design, _source(design, found)) for design in found.designs]
    figures.append(duration_figure(found.designs))
    figures += [frontier_figure(quantity, lines, found.currency) for quantity, lines in found.frontiers.items()]
    figures += [stress_figure(design) for design in found.designs if _loses(design)]
    return figures


def _loses(design: SiteDesign) -> bool:
    return design.stress is not None and bool(design.stress.operated.lost_hours.any())


def _source(design: SiteDesign, found: CampusFindings) -> str:
    site = next(site for site in found.sites if site.entry.name == design.system.name)
    told = f"{CAMPUS_SOURCE} Hours of {design.system.name} are {'modelled' if site.hours.modelled else 'measured'}."
    made = [item.name for item in design.system.supplies if item.modelled]
    return f"{told} Output of {and_list(made)} is modelled from weather." if made else told
