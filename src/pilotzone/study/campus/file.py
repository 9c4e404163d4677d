"""The campus file: what a user writes to have a campus planned, checked key by key before anything is computed."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from pilotzone.campus import Currency
from pilotzone.study.campus.amounts import Amount, Day, Months, Quantity, Share
from pilotzone.study.campus.site_tables import SiteEntry
from pilotzone.study.runs.fields import Number, StrictModel, StudyFile, Text, Whole
from pilotzone.study.runs.kind import Study

__all__ = ["CampusEntry", "CampusFile", "CampusStudy", "FrontierEntry", "LimitEntry", "StressEntry", "SummerEntry"]


class CampusEntry(StrictModel):
    """The campus: IT capacity, how it fills, and how its load varies.

    `in_use` is the share of the racks built that is in use, by year. `year` is the one that supply is planned for.
    """

    it_mw: Number = Field(gt=0, le=1e5)
    year: Whole = Field(ge=1980, le=2200)
    in_use: dict[str, Share] = Field(min_length=1, max_length=60)
    utilisation: Share = Field(gt=0)
    kw_per_rack: Amount = Field(default=2.5, gt=0)
    weekday: Day | None = None
    weekend: Day | None = None
    waits: Share = 0.0
    waits_h: Whole = Field(default=0, ge=0, le=168)
    cooling: Literal["airside", "waterside"] = "airside"

    @model_validator(mode="after")
    def _years(self) -> Self:
        wrong = [year for year in self.in_use if not (year.isdecimal() and len(year) == 4)]  # noqa: PLR2004
        if wrong:
            message = f"in_use has the key {wrong[0]!r}: its keys are years, such as 2026 = 0.4"
            raise ValueError(message)
        if str(self.year) not in self.in_use:
            message = f"in_use says nothing of {self.year}, which supply is planned for"
            raise ValueError(message)
        if (self.waits > 0) != (self.waits_h > 0):
            message = "waits and waits_h go together: a share of the load, and how many hours it may wait"
            raise ValueError(message)
        if self.weekend is not None and self.weekday is None:
            message = "weekend goes with weekday"
            raise ValueError(message)
        return self


class LimitEntry(StrictModel):
    """A limit on a year's emissions or water at each site, or at those that are named.

    With a `price` it may be exceeded: each unit beyond costs so much.
    """

    of: Quantity
    amount: Amount
    price: Amount | None = Field(default=None, gt=0)
    sites: tuple[Text, ...] = ()


class FrontierEntry(StrictModel):
    """Cost against a quantity, in so many points between the cheapest plan and the least of the quantity."""

    of: Quantity
    points: Whole = Field(default=6, ge=2, le=50)


class SummerEntry(StrictModel):
    """A kind of summer: by how much June to August are warmer than in the weather, K, and its probability in a year."""

    name: Text
    shift_k: Number = Field(ge=-20, le=20)
    weight: Share


class StressEntry(StrictModel):
    """Dry years and hot summers that the plan is run through, without foresight.

    `water` holds factors of a year's water; those of the province's dams if left out, but for those in `without_dams`.
    `dry_months` says on which months falls what a year differs from the mean.
    """

    summer: tuple[SummerEntry, ...] = ()
    water: tuple[Amount, ...] | None = Field(default=None, min_length=1, max_length=200)
    without_dams: tuple[Text, ...] = Field(default=(), max_length=50)
    rank_correlation: Number | None = Field(default=None, ge=-1, le=1)
    dry_months: Months | None = None
    sets_out: Whole = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _summers(self) -> Self:
        names = [summer.name for summer in self.summer]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            message = f"two summers are called {twice!r}"
            raise ValueError(message)
        if self.dry_months is not None and not sum(self.dry_months):
            message = "dry_months are all zero"
            raise ValueError(message)
        total = sum(summer.weight for summer in self.summer)
        if self.summer and abs(total - 1) > 1e-9:  # noqa: PLR2004 - rounding of decimals
            message = f"weights of summers sum to {total:g}; they sum to 1"
            raise ValueError(message)
        return self


class CampusFile(StudyFile):
    """A campus file."""

    title: Text
    currency: Currency = "CNY"
    costs: Literal["CN", "EU"] = "CN"
    cost_year: Whole | None = None
    seconds: Number = Field(default=120.0, gt=0, le=86_400)
    unserved_price: Amount | None = Field(default=None, gt=0)
    carbon_price: Amount = 0.0
    assumptions: Text | None = None
    notes: tuple[Text, ...] = ()
    campus: CampusEntry
    site: tuple[SiteEntry, ...] = Field(min_length=1, max_length=20)
    limit: tuple[LimitEntry, ...] = Field(default=(), max_length=20)
    frontier: tuple[FrontierEntry, ...] = Field(default=(), max_length=5)
    stress: StressEntry | None = None

    @property
    def year_of_costs(self) -> int:
        """Year of the technology costs: the collection's, unless another is asked for."""
        return (2020 if self.costs == "CN" else 2025) if self.cost_year is None else self.cost_year

    @model_validator(mode="after")
    def _named(self) -> Self:
        names = [site.name for site in self.site]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            message = f"two sites are called {twice!r}"
            raise ValueError(message)
        asked = [entry.of for entry in self.frontier]
        again = next((of for of in asked if asked.count(of) > 1), None)
        if again is not None:
            message = f"two frontiers are of {again}"
            raise ValueError(message)
        for name in names:
            kept = [limit.of for limit in self.limit if not limit.sites or name in limit.sites]
            again = next((of for of in kept if kept.count(of) > 1), None)
            if again is not None:
                message = f"two limits of {again} hold at site {name!r}"
                raise ValueError(message)
        for limit in self.limit:
            odd = next((name for name in limit.sites if name not in names), None)
            if odd is not None:
                message = f"the limit of {limit.of} names site {odd!r}, which is not one of the sites"
                raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _priced(self) -> Self:
        own = {"CN": "CNY", "EU": "EUR"}[self.costs]
        priced = any(site.plant or site.battery or site.diesel or site.hydro for site in self.site)
        if priced and self.currency != own:
            message = f"currency is {self.currency}, and technology costs with costs = {self.costs!r} are in {own}"
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _stressed(self) -> Self:
        rated = [site.name for site in self.site if site.has_outages]
        if rated and self.stress is None:
            message = f"site {rated[0]!r} has an outage_rate, and there is no [stress] in which it counts"
            raise ValueError(message)
        out = 0 if self.stress is None else self.stress.sets_out
        if out and not any(site.diesel is not None for site in self.site):
            message = f"stress.sets_out is {out}, and no site has diesel"
            raise ValueError(message)
        return self


CampusStudy = Study[CampusFile]
"""A campus that is to be planned."""
