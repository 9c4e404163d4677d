"""What the report of a ranking of places shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pilotzone.gather import Shapes
    from pilotzone.site import ManySiting, Siting

__all__ = ["ManyFindings", "SitingFindings"]


@dataclass(frozen=True, eq=False)
class SitingFindings:
    """Everything that the report of a ranking shows.

    Attributes
    ----------
    name
        Name of the siting file.
    siting
        What was found.
    shapes
        Shapes of regions for the map.
    """

    name: str
    siting: Siting
    shapes: Shapes


@dataclass(frozen=True, eq=False)
class ManyFindings:
    """Everything that the report of a ranking of very many places shows.

    Attributes
    ----------
    name
        Name of the siting file.
    siting
        What was found.
    """

    name: str
    siting: ManySiting
