"""The siting file: what a user writes to have places ranked, checked key by key before anything is computed."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from pilotzone.core import Direction
from pilotzone.site import KNOWN_CRITERIA, GapRule, Preference, RankingMethod, SpotRule
from pilotzone.study.runs.fields import Number, StrictModel, StudyFile, Text, Truth, Value, Whole
from pilotzone.study.runs.kind import Study

__all__ = ["CorrelationEntry", "CriterionEntry", "PlaceEntry", "SitingFile", "SitingStudy", "WeightEntry"]

Ends = tuple[Number, Number]


class CriterionEntry(StrictModel):
    """What places are compared on: one of the evidence by its name, or one of the user's own."""

    name: Text
    good: Direction | None = None
    unit: Text = "1"
    shape: Preference = "usual"
    indifference: Number = 0.0
    preference: Number | None = None
    common: Number = Field(default=0.0, ge=0, le=1)
    scale: Ends | None = None
    reference: tuple[Number, ...] | None = Field(default=None, max_length=1000)
    transfer: Text | None = None


class PlaceEntry(StrictModel):
    """A place: a region of the evidence, or any other with figures of the user's own."""

    name: Text | None = None
    region: Text | None = None
    latitude: Number | None = Field(default=None, ge=-90, le=90)
    longitude: Number | None = Field(default=None, ge=-180, le=180)
    weather: Text | None = None
    spot_of: Text | None = None
    figures: dict[str, Value | tuple[Value, Value]] = Field(default_factory=dict)
    source: Text = "given in the siting file"

    @model_validator(mode="after")
    def _named(self) -> Self:
        if self.name is None and self.region is None:
            message = "a place has a name or a region"
            raise ValueError(message)
        if (self.latitude is None) != (self.longitude is None):
            message = "latitude and longitude go together"
            raise ValueError(message)
        return self


class WeightEntry(StrictModel):
    """What is known of the weights of criteria."""

    fixed: dict[str, Number] = Field(default_factory=dict)
    intervals: dict[str, Ends] = Field(default_factory=dict)
    order: tuple[tuple[Text, Text], ...] = ()


class CorrelationEntry(StrictModel):
    """Two criteria whose values vary together."""

    between: tuple[Text, Text]
    value: Number = Field(ge=-1, le=1)


class SitingFile(StudyFile):
    """A siting file."""

    title: Text
    regions: Literal["all"] | tuple[Text, ...] = ()
    place: tuple[PlaceEntry, ...] = ()
    places: Text | None = None
    criterion: tuple[CriterionEntry, ...] = ()
    weights: WeightEntry = Field(default_factory=WeightEntry)
    correlation: tuple[CorrelationEntry, ...] = ()
    alternatives: dict[str, Text] | None = None
    method: RankingMethod = "weighted_sum"
    draws: Whole = Field(default=10_000, ge=100, le=1_000_000)
    batches: Whole = Field(default=500, ge=1, le=100_000)
    gaps: GapRule = "range"
    spot: SpotRule = "chosen"
    uncertain_figures: Truth = True
    systems: tuple[Literal["airside", "waterside"], ...] = ()
    year: Whole | None = None
    seed: Whole = Field(default=20_160, ge=0)
    assumptions: Text | None = None
    figures: Text | None = None

    @model_validator(mode="after")
    def _beside(self) -> Self:
        entry = next((item for item in self.criterion if item.transfer is not None), None)
        if entry is not None and "transfer" not in self.beside:
            message = (
                f"the criterion {entry.name!r} is predicted by a transfer, and none stands beside: name it as transfer "
                "in [beside]"
            )
            raise ValueError(message)
        shared = next((item.name for item in self.criterion if item.transfer and item.common), None)
        if shared is not None:
            message = f"the criterion {shared!r} has common, and predictions share the transfer's errors: leave it out"
            raise ValueError(message)
        known = next((item.name for item in self.criterion if item.transfer and item.name in KNOWN_CRITERIA), None)
        if known is not None:
            message = f"the criterion {known!r} has figures of the evidence: give what a transfer predicts another name"
            raise ValueError(message)
        return self


SitingStudy = Study[SitingFile]
"""A ranking of places that is asked for."""
