"""Tables of a campus file that say what a site can be supplied from: grid, plants, hydro, battery and diesel."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from pilotzone.campus import CarbonKind, Mounting, Redundancy
from pilotzone.study.campus.amounts import Amount, Months, Price, Share
from pilotzone.study.runs.fields import Number, StrictModel, Text, Whole

__all__ = ["BatteryEntry", "DieselEntry", "GridEntry", "HydroEntry", "PlantEntry", "PvEntry", "WindEntry"]

_DAY_HOURS = 24
_MOST = 1e6
_TARIFFS = (
    "'benchmark', one price per MWh from -1,000,000 to 1,000,000, or a list of 24 such prices, one for each hour of a "
    "day"
)


class GridEntry(StrictModel):
    """Power from the grid: prices in currency per MWh, the charge on contracted capacity per MW and year.

    `tariff` may be ``benchmark``: the province's wholesale price of coal power and a network charge that is assumed.
    `carbon_t_per_mwh` takes the place of the province's average of the evidence. `outage_rate` is the probability that
    the connection is out in an hour.
    """

    tariff: Literal["benchmark"] | Price | Annotated[tuple[Price, ...], Field(min_length=24, max_length=24)] | None = (
        None
    )
    prices: Text | None = None
    capacity_charge: Amount | None = None
    most_mw: Amount | None = None
    carbon: CarbonKind = "average"
    carbon_t_per_mwh: Number | None = Field(default=None, ge=0, le=10)
    carbon_year: Whole | None = None
    imported_share: Share = 0.0
    imported_t_per_mwh: Number | None = Field(default=None, ge=0, le=10)
    contracted_hydro: Number = Field(default=0.0, ge=0, lt=1)
    outage_rate: Share | None = None

    @field_validator("tariff", mode="before")
    @classmethod
    def _a_tariff(cls, given: object) -> object:
        """Refuse what is of none of the kinds: told of one of them alone, a reader would miss the others."""
        if isinstance(given, list | tuple):
            if len(given) != _DAY_HOURS:
                message = f"the list has {len(given)} items. A tariff is {_TARIFFS}"
                raise ValueError(message)
            return given
        number = isinstance(given, int | float) and not isinstance(given, bool) and -_MOST <= given <= _MOST
        if given is None or given == "benchmark" or number:
            return given
        raise PydanticCustomError("literal_error", "a tariff", {"expected": f"{_TARIFFS}; or prices = 'FILE.csv'"})

    @model_validator(mode="after")
    def _priced(self) -> Self:
        if (self.tariff is None) == (self.prices is None):
            message = "a grid has either tariff (one price, or 24 of a day) or prices (a file of hourly ones)"
            raise ValueError(message)
        if self.carbon == "marginal" and self.carbon_t_per_mwh is None:
            message = "the evidence has average factors only: give carbon_t_per_mwh for a marginal one"
            raise ValueError(message)
        if self.carbon == "marginal" and self.contracted_hydro > 0:
            message = "contracted_hydro is taken out of an average factor: a marginal one has no shares"
            raise ValueError(message)
        if self.imported_share > 0 and self.imported_t_per_mwh is None:
            message = "imported_share needs imported_t_per_mwh, the carbon of what is imported"
            raise ValueError(message)
        return self


class PvEntry(StrictModel):
    """A PV array whose output is modelled from radiation: degrees from level, and clockwise from north."""

    tilt: Number = Field(default=0.0, ge=0, le=90)
    azimuth: Number = Field(default=180.0, ge=0, le=360)
    mounting: Mounting = "fixed"

    @model_validator(mode="after")
    def _placed(self) -> Self:
        if self.mounting == "fixed" and "tilt" not in self.model_fields_set:
            message = "a fixed PV array needs its tilt, degrees from level"
            raise ValueError(message)
        if self.mounting != "fixed" and "tilt" in self.model_fields_set:
            message = "tilt goes with mounting = 'fixed': a tracking array turns about a level axis"
            raise ValueError(message)
        return self


class WindEntry(StrictModel):
    """A turbine whose output is modelled from wind speed: height of its hub, m, and pairs of m/s and share of power."""

    hub_m: Number = Field(ge=1, le=400)
    curve: tuple[tuple[Amount, Share], ...] = Field(min_length=2, max_length=500)

    @model_validator(mode="after")
    def _ascending(self) -> Self:
        speeds = [speed for speed, _ in self.curve]
        if any(later <= sooner for sooner, later in pairwise(speeds)):
            message = (
                "curve has speeds that do not ascend: each pair is a wind speed, m/s, and a share of power, 0 to 1"
            )
            raise ValueError(message)
        return self


class PlantEntry(StrictModel):
    """A plant that may be built: a technology of the table of costs, within bounds, MW.

    `profile` is a file with the share of capacity in each hour; wind and PV need one, or are modelled from the site's
    weather by `wind` and `pv`. `outage_rate` is the probability
    that a unit of at most `unit_mw` is out in an hour; the whole plant is one unit if left out.
    """

    technology: Text
    name: Text | None = None
    least_mw: Amount = 0.0
    most_mw: Amount | None = None
    profile: Text | None = None
    pv: PvEntry | None = None
    wind: WindEntry | None = None
    unit_mw: Amount | None = Field(default=None, gt=0)
    outage_rate: Share | None = None

    @model_validator(mode="after")
    def _bounds(self) -> Self:
        if self.most_mw is not None and self.most_mw < self.least_mw:
            message = f"most_mw is {self.most_mw:g} and least_mw {self.least_mw:g}: the most is no less than the least"
            raise ValueError(message)
        if sum(item is not None for item in (self.profile, self.pv, self.wind)) > 1:
            message = "a plant has one of profile (a file), pv and wind (modelled from the weather)"
            raise ValueError(message)
        if self.unit_mw is not None and self.outage_rate is None:
            message = "unit_mw goes with outage_rate"
            raise ValueError(message)
        return self


class HydroEntry(StrictModel):
    """A hydro plant, in part or whole, with or without a reservoir.

    `mean_mwh` is the energy of a mean year, or `inflow_mwh` that of each month; `months` the share of each month.
    """

    name: Text = "hydro"
    capacity_mw: Amount = Field(gt=0)
    mean_mwh: Amount | None = None
    months: Months | None = None
    inflow_mwh: Months | None = None
    reservoir_mwh: Amount = 0.0
    contract_price: Amount | None = None
    export_price: Price | None = None

    @model_validator(mode="after")
    def _inflow(self) -> Self:
        if (self.mean_mwh is None) == (self.inflow_mwh is None):
            message = "hydro has either mean_mwh (energy of a mean year) or inflow_mwh (that of each month)"
            raise ValueError(message)
        if self.months is not None and self.mean_mwh is None:
            message = "months goes with mean_mwh"
            raise ValueError(message)
        for name in ("months", "inflow_mwh"):
            given = getattr(self, name)
            if given is not None and not sum(given):
                message = f"{name} are all zero"
                raise ValueError(message)
        return self


class BatteryEntry(StrictModel):
    """A battery that may be built."""

    most_mw: Amount | None = None
    most_mwh: Amount | None = None


class DieselEntry(StrictModel):
    """Diesel sets that carry the whole load where all else fails.

    `fuel_h` is how many hours of a year they may run at full power, by fuel or permit; without a bound if left out.
    `outage_rate` is the probability that a set does not run when it is called; that of the evidence if left out.
    """

    set_mw: Amount = Field(default=2.5, gt=0)
    rule: Redundancy = "N+1"
    fuel_h: Amount | None = None
    outage_rate: Share | None = None
