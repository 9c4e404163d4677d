"""What an appraisal file asks for: impact, draws, options, idle capacity, capital, firms and backtests."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from pilotzone.appraisal import FlowsHold, issued_by
from pilotzone.core import UsageError
from pilotzone.study.appraisal.given import Share, Year
from pilotzone.study.runs.fields import LARGEST, Number, StrictModel, Text, Whole

__all__ = [
    "BacktestEntry",
    "ChanceEntry",
    "CorrelationEntry",
    "DriverEntry",
    "EffectivenessEntry",
    "EstimatedEntry",
    "FirmColumns",
    "FirmsEntry",
    "ImpactEntry",
    "MisallocationEntry",
    "OptionsEntry",
    "StageEntry",
    "StrandingEntry",
    "TableEntry",
]


_ROUNDING = 1e-6
"""Rounding of shares that are written with few digits."""
_OFF = 0.02
"""How far an effect may be off the middle of its interval, as a share of its width: rounding of what is printed."""


class TableEntry(StrictModel):
    """An input-output table of the user's own: a square sheet, or a system of pymrio (a folder or .zip)."""

    file: Text
    price_year: Year
    unit: Text
    unit_size: Number = Field(default=1.0, gt=0, le=1e12)
    form: Literal["plain", "pymrio"] = "plain"
    flows_hold: FlowsHold = "domestic"
    final_demand: tuple[Text, ...] = ()
    value_added: tuple[Text, ...] = ()
    income_kind: Text | None = None
    household_kind: Text | None = None
    exports: Text | None = None


class ImpactEntry(StrictModel):
    """What spending calls for in the province: shares of the investment, and of a full year's purchases, by sector."""

    construction: dict[str, Share]
    operation: dict[str, Share]
    table: TableEntry | None = None
    flq_delta: Share | None = None
    wage_share: Share | None = None
    spent_locally: Share | None = None
    deflator: Number | None = Field(default=None, gt=0, le=1e6)
    deflator_source: str = ""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        for phase in ("construction", "operation"):
            total = sum(getattr(self, phase).values())
            if total > 1 + 1e-9:
                message = f"shares of {phase} sum to {total:g}, which is more than 1"
                raise ValueError(message)
        if self.deflator is not None and not self.deflator_source.strip():
            message = "deflator has no deflator_source: say where it comes from"
            raise ValueError(message)
        return self


class DriverEntry(StrictModel):
    """A figure that varies; without low and high it varies over the range that is assumed."""

    name: Text
    distribution: Literal["uniform", "triangular", "pert", "normal", "lognormal"] = "uniform"
    low: Number | None = None
    mode: Number | None = None
    high: Number | None = None
    source: str = ""

    @model_validator(mode="after")
    def _range(self) -> Self:
        if (self.low is None) != (self.high is None):
            message = f"the driver {self.name!r} has one end of a range: give low and high, or neither"
            raise ValueError(message)
        if self.low is not None and self.high is not None and self.low > self.high:
            message = f"the driver {self.name!r} reaches from {self.low:g} to {self.high:g}: low is above high"
            raise ValueError(message)
        if self.low is not None and not self.source.strip():
            message = f"the driver {self.name!r} has a range and no source"
            raise ValueError(message)
        if self.mode is not None and self.distribution not in {"triangular", "pert"}:
            message = f"mode goes with triangular and pert, not with {self.distribution}"
            raise ValueError(message)
        return self


class CorrelationEntry(StrictModel):
    """How two drivers vary together: a rank correlation of Spearman."""

    of: tuple[Text, Text]
    rank: Number = Field(gt=-1, lt=1)
    source: Text


class ChanceEntry(StrictModel):
    """How draws are made."""

    draws: Whole = Field(default=100_000, ge=64, le=10_000_000)
    seed: Whole = Field(default=20172, ge=0, le=2**31)
    party: Literal["operator", "province", "rest", "country"] = "operator"


class StageEntry(StrictModel):
    """A stage of building: when it is decided, and its shares of cost and of value."""

    year: Number = Field(ge=0, le=60)
    cost_share: Share
    value_share: Share


class EstimatedEntry(StrictModel):
    """An effect that was estimated elsewhere: with its error or interval, or as the study of zones beside found it."""

    outcome: Text
    unit: Text | None = None
    effect: Number | None = Field(default=None, ge=-LARGEST, le=LARGEST)
    se: Number | None = Field(default=None, gt=0, le=LARGEST)
    low: Number | None = Field(default=None, ge=-LARGEST, le=LARGEST)
    high: Number | None = Field(default=None, ge=-LARGEST, le=LARGEST)
    level: Number = Field(default=0.95, ge=0.5, lt=1)
    degrees: Number | None = Field(default=None, gt=0, le=1e6)
    source: str = ""
    zone: Text | None = None

    @property
    def handed(self) -> bool:
        """Whether the study of zones beside hands it over."""
        return self.effect is None and self.low is None and self.high is None

    @model_validator(mode="after")
    def _told(self) -> Self:
        of = f"the effect on {self.outcome!r}"
        if self.handed:
            if self.se is not None or self.degrees is not None:
                message = f"{of} has an error and no effect: give effect too, or neither for that of the zone beside"
                raise ValueError(message)
            return self
        if self.zone is not None:
            message = f"{of} names a zone and has figures of its own: give one of the two"
            raise ValueError(message)
        if self.unit is None or not self.source.strip():
            message = f"{of} has no {'unit' if self.unit is None else 'source'}"
            raise ValueError(message)
        interval = self.low is not None and self.high is not None
        if (self.low is None) != (self.high is None) or interval == (self.se is not None):
            message = f"{of}: give se, or both low and high of its interval"
            raise ValueError(message)
        if self.effect is None and not interval:
            message = f"{of} has no effect"
            raise ValueError(message)
        self._check_interval(of)
        return self

    def _check_interval(self, of: str) -> None:
        if self.low is None or self.high is None:
            return
        if self.low >= self.high:
            message = f"{of} has an interval from {self.low:g} to {self.high:g}: low is below high"
            raise ValueError(message)
        if self.effect is not None and abs(self.effect - (self.low + self.high) / 2) > _OFF * (self.high - self.low):
            message = f"{of} is not in the middle of its interval, which gives no standard error: give se"
            raise ValueError(message)


class EffectivenessEntry(StrictModel):
    """Effects per unit of what the campus costs."""

    effect: tuple[EstimatedEntry, ...] = Field(min_length=1, max_length=20)
    level: Number = Field(default=0.95, ge=0.5, le=0.999)
    per_usd: Number | None = Field(default=None, gt=0, le=1e9)
    per_usd_source: str = ""

    @model_validator(mode="after")
    def _sourced(self) -> Self:
        if self.per_usd is not None and not self.per_usd_source.strip():
            message = "per_usd has no per_usd_source: say where the exchange rate comes from"
            raise ValueError(message)
        return self


class OptionsEntry(StrictModel):
    """What waiting and building in stages are worth."""

    volatility: Number | None = Field(default=None, gt=0, le=5)
    riskless_rate: Number | None = Field(default=None, gt=0, lt=1)
    wait_years: Number = Field(default=5.0, gt=0, le=100)
    steps: Whole = Field(default=500, ge=1, le=5000)
    stage: tuple[StageEntry, ...] = Field(default=(), max_length=20)


class StrandingEntry(StrictModel):
    """Capacity that nobody uses; demand is drawn from the ranges of ceiling, midpoint and speed."""

    draws: Whole = Field(default=16_384, ge=64, le=1_000_000)
    filled: Share = 0.65
    salvage_share: Share | None = None


class MisallocationEntry(StrictModel):
    """The region beside all others, from the bundled panel."""

    year: Year = 2017
    since: Year = 2010
    depreciation: Share | None = None
    capital_share: Share | None = None
    nation: Text | None = None
    corrections: Text | None = None
    corrections_source: str = ""

    @model_validator(mode="after")
    def _sourced(self) -> Self:
        if self.corrections is not None and not self.corrections_source.strip():
            message = "corrections has no corrections_source: say where its figures come from"
            raise ValueError(message)
        return self


class FirmColumns(StrictModel):
    """Which columns of the file of firms hold what."""

    industry: Text = "industry"
    value_added: Text = "value_added"
    labour: Text = "labour"
    capital: Text = "capital"

    @model_validator(mode="after")
    def _apart(self) -> Self:
        told = list(self.model_dump().values())
        twice = next((name for name in told if told.count(name) > 1), None)
        if twice is not None:
            message = f"the column {twice!r} is named for two things: give each its own"
            raise ValueError(message)
        return self


class FirmsEntry(StrictModel):
    """Firms of the user's own, for the index of Hsieh and Klenow."""

    file: Text
    source: Text
    shares_source: Text
    capital_share: Share | None = None
    capital_shares: dict[str, Share] = Field(default_factory=dict, max_length=1000)
    industry_weights: dict[str, Annotated[Number, Field(gt=0, le=1)]] = Field(default_factory=dict, max_length=1000)
    elasticity: Number = Field(default=3.0, gt=1, le=100)
    trim: Number = Field(default=0.0, ge=0, lt=0.5)
    columns: FirmColumns = FirmColumns()

    @model_validator(mode="after")
    def _shared(self) -> Self:
        if self.capital_share is None and not self.capital_shares:
            message = "give capital_share, one for all industries, or capital_shares, one for each"
            raise ValueError(message)
        total = sum(self.industry_weights.values())
        if self.industry_weights and abs(total - 1) > _ROUNDING:
            message = f"industry_weights sum to {total:g}, and have to sum to 1"
            raise ValueError(message)
        return self


class BacktestEntry(StrictModel):
    """Days on which inputs are frozen."""

    at: tuple[Text, ...] = Field(min_length=1, max_length=20)
    pseudo: tuple[Text, ...] = Field(default=(), max_length=20)
    growth_low: Number | None = Field(default=None, ge=-0.9, le=10)
    growth_high: Number | None = Field(default=None, ge=-0.9, le=10)
    members: Whole = Field(default=1000, ge=2, le=100_000)

    @model_validator(mode="after")
    def _days(self) -> Self:
        for day in (*self.at, *self.pseudo):
            try:
                issued_by(day)
            except UsageError as error:
                raise ValueError(error.what + " Allowed: 2019, 2019-09 or 2019-09-30") from error
        if (self.growth_low is None) != (self.growth_high is None):
            message = "growth_low and growth_high go together"
            raise ValueError(message)
        if self.growth_low is not None and self.growth_high is not None and self.growth_low > self.growth_high:
            message = "growth_low is above growth_high"
            raise ValueError(message)
        return self
