"""What an appraisal file gives: the campus, its money, its work, and what others bear."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from pilotzone.appraisal import Party
from pilotzone.study.runs.fields import Number, StrictModel, Text, Whole

__all__ = [
    "Amount",
    "AppraisalEntry",
    "BurdenEntry",
    "InvestmentEntry",
    "Money",
    "PowerEntry",
    "Rate",
    "RevenueEntry",
    "Share",
    "TransfersEntry",
    "WorkEntry",
    "Year",
]

Year = Annotated[Whole, Field(ge=1900, le=2200)]
Share = Annotated[Number, Field(ge=0, le=1)]
Money = Annotated[Number, Field(ge=0, le=1e12)]
Amount = Annotated[Number, Field(ge=0, le=1e15)]
Rate = Annotated[Number, Field(gt=-0.5, lt=1)]


class AppraisalEntry(StrictModel):
    """What is appraised, in which money and over which years."""

    region: Text
    price_year: Year
    deflator: Text
    first_year: Year
    currency: Text = "CNY"
    build_years: Whole = Field(default=2, ge=1, le=20)
    run_years: Whole = Field(default=18, ge=1, le=60)
    real_rate: Rate | None = None
    assumptions: Text | None = None
    notes: tuple[Text, ...] = ()


class InvestmentEntry(StrictModel):
    """What is built; what is left out is taken from the assumptions."""

    it_mw: Number = Field(gt=0, le=1e5)
    racks_per_mw: Number = Field(default=400.0, gt=0, le=1e5)
    building_per_mw: Money | None = None
    equipment_per_mw: Money | None = None
    renewal_year: Whole = Field(default=10, ge=1, le=1000)
    renewal_share: Share | None = None
    scrap_share: Share | None = None
    maintenance_share: Share | None = None


class RevenueEntry(StrictModel):
    """What the campus sells, and how fast it fills."""

    price_per_kw_month: Number | None = Field(default=None, ge=0, le=1e9)
    ceiling: Share | None = None
    midpoint: Number | None = Field(default=None, ge=0, le=50)
    speed: Number | None = Field(default=None, ge=0.01, le=20)
    customers_in_province: Share | None = None
    abroad: Share | None = None
    service_worth: Number | None = Field(default=None, ge=0, le=10)


class PowerEntry(StrictModel):
    """The campus' energy and its price: rates, or totals of a year at full use as a design of the campus gives them."""

    load: Share | None = None
    pue: Number | None = Field(default=None, ge=1, lt=10)
    tariff_per_mwh: Number | None = Field(default=None, ge=0, le=1e6)
    paid_per_mwh: Number | None = Field(default=None, ge=0, le=1e6)
    worth_per_mwh: Number | None = Field(default=None, ge=-1e6, le=1e6)
    water_m3_per_mwh: Number | None = Field(default=None, ge=0, le=100)
    water_price_per_m3: Number | None = Field(default=None, ge=0, le=1e6)
    supplier: Literal["province", "rest"] = "province"
    favoured_by: Literal["province", "rest"] = "province"
    mwh_per_year: Number | None = Field(default=None, gt=0, le=1e12)
    cost_per_mwh: Number | None = Field(default=None, ge=-1e6, le=1e6)
    co2_t: Amount | None = None
    site: Text | None = None

    @model_validator(mode="after")
    def _once(self) -> Self:
        handed = ("mwh_per_year", "cost_per_mwh", "co2_t", "load", "worth_per_mwh", "pue")
        twice = [name for name in handed if getattr(self, name) is not None]
        if self.site is not None and twice:
            message = f"site hands over a design's figures, and {twice[0]} says one of them too: give one of the two"
            raise ValueError(message)
        if self.cost_per_mwh is not None and self.worth_per_mwh is not None:
            message = "cost_per_mwh and worth_per_mwh both say what a MWh uses up: give one of the two"
            raise ValueError(message)
        if self.mwh_per_year is not None and self.load is not None:
            message = "mwh_per_year and load both say how much is drawn: give one of the two"
            raise ValueError(message)
        return self


class WorkEntry(StrictModel):
    """Jobs and wages."""

    jobs_per_mw: Number | None = Field(default=None, ge=0, le=1000)
    construction_jobs_per_mw: Number | None = Field(default=None, ge=0, le=10_000)
    wage: Money | None = None
    residents: Share | None = None
    shadow_wage: Share | None = None


class TransfersEntry(StrictModel):
    """Tax, its breaks, land and grants."""

    tax_rate: Share = 0.25
    tax_forgiven: Share | None = None
    local_tax_share: Share | None = None
    land_market_per_mw: Money | None = None
    land_paid_share: Share | None = None
    land_worth_share: Share | None = None
    grant_per_mw: Money | None = None


EMITTED = ("SO2", "NOx", "PM")
"""Names of harm to health whose tonnes a design of the campus tells."""


class BurdenEntry(StrictModel):
    """A line of what others bear, a year at full use, or once: a range, and whether it enters the account.

    Without `low` and `high` it is of the tonnes that the campus beside emits.
    """

    kind: Literal["health", "climate", "power", "wages", "reversal", "other"]
    name: Text
    bearer: Party
    low: Number | None = Field(default=None, ge=-1e15, le=1e15)
    high: Number | None = Field(default=None, ge=-1e15, le=1e15)
    per_low: Number = Field(default=1.0, ge=0, le=1e12)
    per_high: Number = Field(default=1.0, ge=0, le=1e12)
    source: Text
    in_accounts: Annotated[bool, Field(strict=True)] = False

    @property
    def emitted(self) -> str:
        """What it is the harm of, as a design of the campus calls it; empty where a design tells nothing of it."""
        return "CO2" if self.kind == "climate" else self.name if self.kind == "health" and self.name in EMITTED else ""

    @property
    def ends(self) -> tuple[float, float]:
        """Lower and upper end, once a design's tonnes are put in where the file gives none."""
        assert self.low is not None  # noqa: S101 - put in before anything is computed
        assert self.high is not None  # noqa: S101
        return self.low, self.high

    @model_validator(mode="after")
    def _amounts(self) -> Self:
        if (self.low is None) != (self.high is None):
            message = f"low and high of {self.name!r} go together"
            raise ValueError(message)
        if self.low is None and not self.emitted:
            message = (
                f"low and high of {self.name!r} are missing: only a campus beside tells tonnes, of kind = 'climate', "
                f"and of kind = 'health' with the name {', '.join(EMITTED[:-1])} or {EMITTED[-1]}"
            )
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if (self.low or 0.0) > (self.high or 0.0) or self.per_low > self.per_high:
            message = f"the range of {self.name!r} does not begin with its lower end"
            raise ValueError(message)
        if self.in_accounts and self.kind not in {"health", "climate", "other"}:
            message = f"a burden of the kind {self.kind!r} never enters the account: its cost is there, or comes once"
            raise ValueError(message)
        return self
