"""The study file: what a user writes, checked key by key before anything is computed."""

from __future__ import annotations

import math
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, Strict, model_validator
from pydantic_core import PydanticCustomError, PydanticKnownError

from pilotzone.core import Combine, Direction, Estimator, PoolRule, Role, Scale, Statistic
from pilotzone.gather import Layout
from pilotzone.study.agreement import check_agreement

__all__ = [
    "AlsoSpec",
    "AlternativeSpec",
    "AssumptionSpec",
    "ClaimSpec",
    "DataSpec",
    "DonorSpec",
    "LimitSpec",
    "Margin",
    "MethodSpec",
    "Number",
    "OutcomeSpec",
    "PredictorSpec",
    "SecondarySpec",
    "SensitivitySpec",
    "SitingSection",
    "StrictModel",
    "StudySpec",
    "Text",
    "ThresholdSpec",
    "Whole",
    "WindowSpec",
    "ZoneSpec",
]

_LONGEST_MARGIN = 200

Name = Annotated[str, Field(pattern=r"^[^\W\d]\w*$", max_length=80)]
Text = Annotated[str, Field(min_length=1, max_length=2000)]
# Strict: neither "2016" nor true is a period, and what is quoted by mistake is said to be.
Whole = Annotated[int, Strict()]
Number = Annotated[float, Strict(), Field(allow_inf_nan=False)]


def _written_margin(value: object) -> float | str:
    """Return a bare number, or text with a unit such as "5%": `core.read_margin` says what is a margin of what."""
    if isinstance(value, str) and 0 < len(value) <= _LONGEST_MARGIN:
        return value
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise PydanticCustomError("margin_type", 'a number is needed, or text with its unit such as "5%" or "0.5 t"')
    if not math.isfinite(value):
        raise PydanticKnownError("finite_number")
    if value <= 0:
        raise PydanticKnownError("greater_than", {"gt": 0.0})
    return float(value)


Margin = Annotated[float | str, PlainValidator(_written_margin)]
Span = tuple[Whole, Whole]


class StrictModel(BaseModel):
    """A table of a study file: a key that is not known is an error."""

    # A key that means nothing would be a wish ignored in silence.
    model_config = ConfigDict(extra="forbid", frozen=True)


class DataSpec(StrictModel):
    """Where the figures come from: the bundled evidence, or a file of the user's own.

    `file` is relative to the study file. `unit` and `period` name its key columns; one of them is left out where a
    table has a column per unit or per period. `units` gives the unit of measure of each series.
    """

    source: Literal["bundled", "file"] = "bundled"
    file: Text | None = None
    sheet: Text | None = None
    layout: Layout = "auto"
    unit: Text | None = None
    period: Text | None = None
    names: Text | None = None
    delimiter: Text | None = None
    encoding: Text = "utf-8"
    series: tuple[Text, ...] = ()
    units: dict[str, Text] = Field(default_factory=dict)
    labels: dict[str, Text] = Field(default_factory=dict)
    citation: str = ""

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.source == "file") != (self.file is not None):
            message = "data.file goes with data.source = 'file', and only with it"
            raise ValueError(message)
        if self.sheet is not None and self.file is None:
            message = "data.sheet goes with data.file, and only with it"
            raise ValueError(message)
        if self.file is not None and not self.units:
            message = "data.units is missing: each series of a file needs its unit of measure, such as { co2 = 'Mt' }"
            raise ValueError(message)
        if self.file is not None and self.unit is None and self.period is None:
            message = "data.unit and data.period are missing: name the columns with the units and the periods"
            raise ValueError(message)
        return self


class AlsoSpec(StrictModel):
    """A further zone of the same policy, with dates of its own."""

    unit: Text
    start: Whole
    window: Span
    anticipation: Whole | None = Field(default=None, ge=0)
    name: str = ""


class ZoneSpec(StrictModel):
    """The treated unit and its dates; where there are several zones, the one named first, and the others."""

    unit: Text
    start: Whole
    anticipation: Whole = Field(default=0, ge=0)
    name: str = ""
    also: tuple[AlsoSpec, ...] = ()

    @property
    def units(self) -> tuple[str, ...]:
        """All zones."""
        return self.unit, *(item.unit for item in self.also)


class WindowSpec(StrictModel):
    """Periods over which effects are averaged: the verdict's, and longer ones as secondary results."""

    verdict: Span
    longer: tuple[Span, ...] = ()


class DonorSpec(StrictModel):
    """Which units may be donors. `policy_zones` and `neighbours` need the bundled evidence."""

    policy_zones: Literal["exclude", "keep"] = "keep"
    neighbours: Literal["exclude", "keep"] = "keep"
    exclude: dict[str, Text] = Field(default_factory=dict)
    only: tuple[Text, ...] = ()


class OutcomeSpec(StrictModel):
    """An outcome of the claim."""

    name: Name
    role: Role
    good: Direction
    margin: Margin
    scale: Scale
    label: str = ""
    why_margin: str = ""


class SecondarySpec(StrictModel):
    """An outcome that is reported but is no part of the claim."""

    name: Name
    good: Direction
    scale: Scale
    label: str = ""
    pre_from: Whole | None = None


class PredictorSpec(StrictModel):
    """A series that weights are fitted on, and the periods of its mean in the final and in the training fit."""

    name: Name
    fitted: tuple[Whole, ...] = ()
    training: tuple[Whole, ...] = ()


class MethodSpec(StrictModel):
    """How effects are estimated; fixed before they are."""

    estimator: Estimator = "sc_intercept"
    pools: PoolRule = "symmetric"
    pre_from: Whole | None = None
    compare: tuple[Estimator, ...] = ()
    predictors: tuple[PredictorSpec, ...] = ()


class ClaimSpec(StrictModel):
    """How the verdict is reached; fixed before effects are known."""

    alpha: Number = Field(default=0.05, gt=0, lt=0.5)
    statistic: Statistic = "mean_gap"
    development: Combine = "all"


class AlternativeSpec(StrictModel):
    """A second design: the same analysis with some of its choices changed."""

    name: Name
    label: str = ""
    why: str = ""
    start: Whole | None = None
    anticipation: Whole | None = Field(default=None, ge=0)
    window: Span | None = None
    estimator: Estimator | None = None
    pools: PoolRule | None = None
    pre_from: Whole | None = None
    neighbours: Literal["exclude", "keep"] | None = None
    policy_zones: Literal["exclude", "keep"] | None = None


class LimitSpec(StrictModel):
    """Something the data cannot answer, in full and in a few words for the terminal, with where that is known from."""

    text: Text
    brief: str = Field(default="", max_length=100)
    source: str = ""


class AssumptionSpec(StrictModel):
    """A choice that is neither in the evidence nor in the user's data."""

    what: Text
    value: Text
    reason: Text


class SensitivitySpec(StrictModel):
    """Which variations of the main design are judged as well; with the table left out, none are."""

    donors_out: Literal[0, 1, 2] = 2
    anticipation: tuple[Annotated[Whole, Field(ge=0)], ...] | None = None
    last: tuple[Whole, ...] | None = None


class SitingSection(StrictModel):
    """A ranking of places that the report shows beside the verdict: bundled by name, or a siting file of one's own."""

    ranking: Text


class ThresholdSpec(StrictModel):
    """Own thresholds of the identification checks; what is not given keeps its default."""

    earlier_dates: Number | None = Field(default=None, gt=0)
    last_gap: Number | None = Field(default=None, gt=0)
    fit_rank: Number | None = Field(default=None, gt=0)
    hull: Number | None = Field(default=None, gt=0)
    single_weight: Number | None = Field(default=None, gt=0)
    leave_one_out: Number | None = Field(default=None, gt=0)


class StudySpec(StrictModel):
    """A whole study file."""

    format: Literal[1]
    title: Text
    question: Text
    zone: ZoneSpec
    data: DataSpec = DataSpec()
    derive: dict[Name, Text] = Field(default_factory=dict)
    outcomes: Annotated[tuple[OutcomeSpec, ...], Field(min_length=1)]
    secondary: tuple[SecondarySpec, ...] = ()
    window: WindowSpec
    donors: DonorSpec = DonorSpec()
    method: MethodSpec = MethodSpec()
    claim: ClaimSpec = ClaimSpec()
    alternatives: tuple[AlternativeSpec, ...] = ()
    limits: tuple[LimitSpec, ...] = ()
    assumptions: tuple[AssumptionSpec, ...] = ()
    thresholds: ThresholdSpec = ThresholdSpec()
    sensitivity: SensitivitySpec | None = None
    siting: SitingSection | None = None

    @model_validator(mode="after")
    def _parts_agree(self) -> Self:
        check_agreement(self)
        return self
