"""What the report of a campus shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pilotzone.campus import Frontier, SiteDesign
    from pilotzone.core import Assumptions
    from pilotzone.study.campus.material import PlannedSite

__all__ = ["CampusFindings"]


@dataclass(frozen=True, eq=False)
class CampusFindings:
    """Everything that the report of a campus shows.

    Attributes
    ----------
    name, title, question
        Name, title and question of the campus file.
    it_mw, year, filled
        IT capacity, the year that supply is planned for, and the share of racks in use in it.
    sites
        As they were read.
    designs
        Plan and operation of each site.
    frontiers
        Quantity to the frontier of each site, where it was asked for and can be lowered.
    unmoved
        Sites and quantities for which there is no frontier, with the reason.
    short
        Site that does not serve all load to the reasons, in sentences.
    assumptions
        What was assumed.
    notes
        Notes of the file's writer.
    """

    name: str
    title: str
    question: str
    it_mw: float
    year: int
    filled: float
    sites: tuple[PlannedSite, ...]
    designs: tuple[SiteDesign, ...]
    frontiers: Mapping[str, Mapping[str, Frontier]]
    unmoved: Mapping[str, str]
    short: Mapping[str, tuple[str, ...]]
    assumptions: Assumptions
    notes: tuple[str, ...] = ()

    @property
    def currency(self) -> str:
        """Currency of all costs."""
        return self.designs[0].system.currency
