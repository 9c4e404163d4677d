"""The table `[panel.members]`: what units are where series are of regions that lie in those of the programme."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from pilotzone.study.runs.fields import StrictModel, Text, Whole

__all__ = ["MembersSpec"]


class MembersSpec(StrictModel):
    """What the units are where series are of regions that lie in those of the programme.

    ``means``: units are the programme's regions, and each series is the plain mean over a region's members.
    ``members``: units are the members, each treated as its region is, and drawn with the region as a whole.
    """

    units: Literal["means", "members"] = "means"
    fewest: Whole = Field(default=1, ge=1)
    only: dict[str, tuple[Text, ...]] = Field(default_factory=dict)
    drop: dict[str, Text] = Field(default_factory=dict)
