"""What the report of a placement shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pilotzone.core import Table
    from pilotzone.gather import Shapes
    from pilotzone.placement import PlanResult

__all__ = ["PlanFindings"]


@dataclass(frozen=True, eq=False)
class PlanFindings:
    """Everything that the report of a plan shows.

    Attributes
    ----------
    name
        Name of the plan file.
    result
        What the plan comes to.
    varied
        The plan with each assumption at either end of its range.
    left_out
        Regions that could not be sites, each with the reason.
    shapes
        Shapes of regions for the map.
    """

    name: str
    result: PlanResult
    varied: Table
    left_out: Mapping[str, str]
    shapes: Shapes
