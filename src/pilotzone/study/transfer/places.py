"""Zones and candidates, as a transfer gives them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["PlaceGiven"]


@dataclass(frozen=True)
class PlaceGiven:
    """A zone or candidate, as the study gives it.

    Attributes
    ----------
    name
        What it is called.
    region
        Code of a region of the evidence; empty where it is none.
    moderators
        Figures of the study's own, by moderator.
    """

    name: str
    region: str = ""
    moderators: Mapping[str, float] = field(default_factory=dict)
