"""The table `[space]` of a study file: where units are, whom treatment reaches from nearby, who varies together."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from pilotzone.core import StudyError, UsageError, expanded
from pilotzone.evaluation.many import Conley, ConleyKernel, Coordinates, Measure, Neighbours, Rings
from pilotzone.study.runs.fields import Number, StrictModel, Text

__all__ = ["ConleySpec", "NeighboursSpec", "SpaceSpec"]


class NeighboursSpec(StrictModel):
    """A table of units and neighbours; `file` is relative to the study file."""

    file: Text
    threshold: Number = Field(default=1.0, gt=0)
    unit: Text = "unit"
    neighbour: Text = "neighbour"
    weight: Text | None = None


class ConleySpec(StrictModel):
    """How far units vary together, km."""

    cutoff: Number = Field(gt=0)
    kernel: ConleyKernel = "uniform"
    cell: Number | None = Field(default=None, gt=0)


class SpaceSpec(StrictModel):
    """Where units are, whom treatment reaches from nearby, and how far units vary together."""

    coordinates: tuple[Text, Text] | None = None
    measure: Measure = "degrees"
    rings: tuple[Number, ...] = ()
    neighbours: NeighboursSpec | None = None
    conley: ConleySpec | None = None

    @property
    def place(self) -> Coordinates | None:
        """Where units are."""
        return None if self.coordinates is None else Coordinates(self.coordinates, self.measure)

    def spillovers(self, folder: Path | None) -> Rings | Neighbours | None:
        """Return exposure, the table of neighbours where it is as seen from here."""
        if self.rings and self.place is not None:
            return Rings(self.place, self.rings)
        if self.neighbours is None:
            return None
        own = self.neighbours
        path = expanded(own.file, fault=StudyError)
        where = path if path.is_absolute() or folder is None else folder / path
        return Neighbours(str(where), own.threshold, own.unit, own.neighbour, own.weight)

    def errors(self) -> Conley | None:
        """Return how far units vary together."""
        if self.conley is None or self.place is None:
            return None
        return Conley(self.place, self.conley.cutoff, self.conley.kernel, self.conley.cell)

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.rings and self.neighbours is not None:
            raise StudyError("space.rings and space.neighbours are both given.", allowed="one of the two")
        for key, given in (("rings", bool(self.rings)), ("conley", self.conley is not None)):
            if given and self.coordinates is None:
                raise StudyError(f"space.{key} needs space.coordinates.", allowed="two columns, such as lon and lat")
        exposure = "neighbours" if self.neighbours is not None else "rings"
        parts = (
            ("coordinates", lambda: self.place),
            (exposure, lambda: self.spillovers(None)),
            ("conley", self.errors),
        )
        for key, part in parts:
            try:
                part()
            except UsageError as error:
                raise StudyError(f"space.{key}: {error.what}", allowed=error.allowed, todo=error.todo) from None
        return self
