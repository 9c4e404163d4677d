"""The plan file: what a user writes to have data and work placed, checked key by key before anything is computed."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal, Self

from pydantic import Field, Strict, model_validator

from pilotzone.placement import Operation, Sourcing
from pilotzone.study.runs.fields import Number, StrictModel, StudyFile, Text, Whole
from pilotzone.study.runs.kind import Study

__all__ = ["ClassEntry", "PlanFile", "PlanStudy", "ProvinceEntry", "RegionEntry", "SiteEntry", "SlotEntry"]

# Strict: zero, text and moments are not days, and 1 and "yes" are not true.
Day = Annotated[dt.date, Strict()]
Truth = Annotated[bool, Strict()]
Amount = Annotated[Number, Field(ge=0, le=1e15)]
"""A cost, a load, a factor: what is more would only break sums."""


class SiteEntry(StrictModel):
    """A site of the user's own, or one that exists abroad."""

    name: Text
    jurisdiction: Text
    capacity_mw: Amount
    fixed_cost: Amount
    cost_per_mwh: Amount
    pue: Number = Field(ge=1, lt=10)
    carbon_kg_per_kwh: Number = Field(ge=0, le=10)
    zone: Text
    latitude: Number = Field(ge=-90, le=90)
    longitude: Number = Field(ge=-180, le=180)
    exists: Truth = False
    closing_cost: Amount = 0.0
    must_open: Truth = False

    @model_validator(mode="after")
    def _closing(self) -> Self:
        if self.closing_cost > 0 and not self.exists:
            message = "closing_cost goes with exists = true: a site that is not there yet is not closed"
            raise ValueError(message)
        return self


class ProvinceEntry(StrictModel):
    """China's provinces as sites: position, grid and PUE from the evidence, the rest from the assumptions."""

    regions: Literal["all"] | tuple[Text, ...] = "all"
    capacity_mw: Number = Field(default=100.0, gt=0)


class RegionEntry(StrictModel):
    """Where users are."""

    name: Text
    latitude: Number = Field(ge=-90, le=90)
    longitude: Number = Field(ge=-180, le=180)
    users: Amount = Field(gt=0)


class ClassEntry(StrictModel):
    """A class of data or work."""

    name: Text
    kind: Text
    load_mw: Amount = Field(gt=0)
    collected_in: Text = "CN"
    operator: Text = "other"
    persons: Whole | None = Field(default=None, ge=0, le=10**12)
    permits: tuple[Text, ...] = ()
    operations: tuple[Operation, ...] = ()
    copies: Whole = Field(default=1, ge=1, le=5)
    latency_ms: Number | None = Field(default=None, gt=0)
    traffic_mb_s: Amount = 0.0
    waits: Truth = False
    growth: Number = Field(default=0.0, gt=-1, le=10)


class SlotEntry(StrictModel):
    """A part of the day: the share of a day's work that falls due in it, and how power differs in it."""

    share: Number = Field(gt=0, le=1)
    cost: Number = Field(default=1.0, ge=0, le=1000)
    carbon: Number = Field(default=1.0, ge=0, le=1000)


class PlanFile(StudyFile):
    """A plan file."""

    title: Text
    day: Day
    books: tuple[Text, ...] = Field(default=(), max_length=20)
    currency: Text = "USD"
    objective: Literal["cost", "carbon"] = "cost"
    carbon_price: Amount = 0.0
    carbon_cap_t: Amount | None = Field(default=None, gt=0)
    budget: Amount | None = Field(default=None, gt=0)
    sourcing: Sourcing = "single"
    years: Number = Field(default=0.0, ge=0, le=50)
    gap: Number = Field(default=0.0001, ge=0, lt=1)
    seconds: Number = Field(default=60.0, gt=0, le=86_400)
    notes: tuple[Text, ...] = ()
    frontier: Whole = Field(default=5, ge=0, le=50)
    assumptions: Text | None = None
    provinces: ProvinceEntry | None = None
    users: Literal["population"] | None = None
    site: tuple[SiteEntry, ...] = Field(default=(), max_length=1000)
    region: tuple[RegionEntry, ...] = Field(default=(), max_length=1000)
    class_: tuple[ClassEntry, ...] = Field(alias="class", min_length=1, max_length=200)
    slot: tuple[SlotEntry, ...] = Field(default=(), max_length=96)

    @model_validator(mode="after")
    def _somewhere(self) -> Self:
        if self.provinces is None and not self.site:
            message = "there are no sites: give [[site]] or [provinces]"
            raise ValueError(message)
        if self.users is None and not self.region:
            message = "there are no users: give [[region]], or users = 'population'"
            raise ValueError(message)
        if self.objective == "carbon" and self.carbon_price > 0:
            message = "carbon_price has no effect where objective is 'carbon': leave it out, or set objective = 'cost'"
            raise ValueError(message)
        return self


PlanStudy = Study[PlanFile]
"""A placement that is asked for."""
