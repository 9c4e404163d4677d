"""The table `[treatment]` of a study file: which instruments of a programme count as treatment."""

from __future__ import annotations

from typing import Self

from pydantic import model_validator

from pilotzone.core import StudyError, UsageError
from pilotzone.gather import Confidence, InForceAfterJuly, OtherInstruments, Reach, TreatmentRule, YearOnly
from pilotzone.study.runs.fields import StrictModel, Text, Truth, Whole

__all__ = ["TreatmentSpec"]


class TreatmentSpec(StrictModel):
    """A programme of the bundled evidence, and the rule by which its instruments count."""

    programme: Text
    kinds: tuple[Text, ...] = ()
    reach: Reach = "whole"
    confidence: Confidence = "medium"
    capped: Truth = False
    widening: Truth = False
    earliest: Whole | None = None
    latest: Whole | None = None
    in_force_after_july: InForceAfterJuly = "next year"
    year_only: YearOnly = "same year"
    unknown_date: OtherInstruments = "leave out"
    earlier: OtherInstruments = "leave out"

    def rule(self) -> TreatmentRule:
        """Return the rule."""
        return TreatmentRule(**self.model_dump(exclude={"programme"}))

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        try:
            self.rule()
        except UsageError as error:
            raise StudyError(f"treatment: {error.what}", allowed=error.allowed, todo=error.todo) from None
        return self
