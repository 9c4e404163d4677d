"""The study file: what a user writes, checked key by key before anything is computed."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from pilotzone.core import Combine, Direction, Estimator, IndexKind, PoolRule, PValues, Role, Scale, Statistic
from pilotzone.gather import TableLayout
from pilotzone.study.runs.fields import (
    AcceptedSpec,
    AssumptionSpec,
    BreakSpec,
    FileOrAddress,
    LimitSpec,
    Margin,
    Name,
    Number,
    PeriodOf,
    Query,
    Row,
    Span,
    StrictModel,
    StudyFile,
    Text,
    Whole,
)
from pilotzone.study.runs.kind import Study
from pilotzone.study.runs.ownshapes import ShapesSpec
from pilotzone.study.zone.dosing import ZoneDoseSpec

__all__ = [
    "AcceptedFiguresSpec",
    "AlsoSpec",
    "AlternativeSpec",
    "ClaimSpec",
    "DataSpec",
    "DonorSpec",
    "GroupSpec",
    "MethodSpec",
    "NegativeControlSpec",
    "OutcomeSpec",
    "PredictorSpec",
    "SecondarySpec",
    "SensitivitySpec",
    "StudySpec",
    "ThresholdSpec",
    "WindowSpec",
    "ZoneSpec",
    "ZoneStudy",
]


class DataSpec(StrictModel):
    """Where the figures come from: the bundled evidence, or a file of the user's own.

    `file` is relative to the study file, or the address of a PostgreSQL database. `unit` and `period` name its key
    columns; one of them is left out where a table has a column per unit or per period. `units` gives the unit of
    measure of each series; `index` what those that are indices are 100 in. `sheets` names the sheet of each series.
    """

    source: Literal["bundled", "file"] = "bundled"
    file: FileOrAddress | None = None
    table: Text | None = None
    query: Query | None = None
    sheet: Text | None = None
    sheets: dict[str, Text] = Field(default_factory=dict)
    header: Row | None = None
    range: Text | None = None
    layout: TableLayout = "auto"
    unit: Text | None = None
    period: Text | None = None
    names: Text | None = None
    delimiter: Text | None = None
    thousands: Text | None = None
    decimal: Literal[".", ","] = "."
    encoding: Text = "utf-8"
    series: tuple[Text, ...] = ()
    units: dict[str, Text] = Field(default_factory=dict)
    index: dict[str, IndexKind] = Field(default_factory=dict)
    labels: dict[str, Text] = Field(default_factory=dict)
    citation: str = ""

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.source == "file") != (self.file is not None):
            message = "data.file goes with data.source = 'file', and only with it"
            raise ValueError(message)
        for key in ("sheet", "sheets", "header", "range", "table", "query", "thousands"):
            if getattr(self, key) and self.file is None:
                message = f"data.{key} goes with data.file, and only with it"
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
    start: PeriodOf
    window: Span
    anticipation: Whole | None = Field(default=None, ge=0)
    name: str = ""


class ZoneSpec(StrictModel):
    """The treated unit and its dates; where there are several zones, the one named first, and the others."""

    unit: Text
    start: PeriodOf
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


class GroupSpec(StrictModel):
    """Groups of units, such as the provinces of cities.

    `of` gives each unit's group; left out, it is the region that a unit of the bundled evidence lies in.
    """

    of: dict[str, Text] = Field(default_factory=dict)
    donors: Literal["exclude", "keep"] = "keep"
    units: Literal["members", "means"] = "members"
    fewest: Whole = Field(default=1, ge=1)
    others: dict[Name, Text] = Field(default_factory=dict)


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
    """An outcome that is reported but is not part of the claim."""

    name: Name
    good: Direction
    scale: Scale
    label: str = ""
    pre_from: PeriodOf | None = None


class PredictorSpec(StrictModel):
    """A series that weights are fitted on, and the periods of its mean in the final and in the training fit."""

    name: Name
    fitted: tuple[PeriodOf, ...] = ()
    training: tuple[PeriodOf, ...] = ()


class MethodSpec(StrictModel):
    """How effects are estimated; fixed before they are."""

    estimator: Estimator = "sc_intercept"
    pools: PoolRule = "symmetric"
    ranked_among: tuple[Text, ...] = ()
    pre_from: PeriodOf | None = None
    compare: tuple[Estimator, ...] = ()
    predictors: tuple[PredictorSpec, ...] = ()


class ClaimSpec(StrictModel):
    """How the verdict is reached; fixed before effects are known.

    `p_values` says what decides: placebo ranks, or conformal p-values over time, beside which the ranks are shown.
    """

    alpha: Number = Field(default=0.05, gt=0, lt=0.5)
    p_values: PValues = "placebo"
    statistic: Statistic | None = None
    allowance: Number | None = Field(default=None, ge=0)
    development: Combine = "all"


class AlternativeSpec(StrictModel):
    """A second design: the same analysis with some of its choices changed, and `exclude` left out of the donors too."""

    name: Name
    label: str = ""
    why: str = ""
    start: PeriodOf | None = None
    anticipation: Whole | None = Field(default=None, ge=0)
    window: Span | None = None
    estimator: Estimator | None = None
    pools: PoolRule | None = None
    pre_from: PeriodOf | None = None
    neighbours: Literal["exclude", "keep"] | None = None
    policy_zones: Literal["exclude", "keep"] | None = None
    exclude: dict[str, Text] = Field(default_factory=dict)
    ranked_among: tuple[Text, ...] | None = None


class NegativeControlSpec(StrictModel):
    """A look at where the zone can have no effect: an earlier date, or an outcome that it does not reach."""

    name: Name
    label: str = ""
    why: Text
    start: PeriodOf | None = None
    window: Span | None = None
    anticipation: Whole | None = Field(default=None, ge=0)
    outcome: Text | None = None
    good: Direction = "up"
    scale: Scale = "log"


class SensitivitySpec(StrictModel):
    """Which variations of the main design are judged as well; with the table left out, none are."""

    donors_out: Literal[0, 1, 2] = 2
    anticipation: tuple[Annotated[Whole, Field(ge=0)], ...] | None = None
    last: tuple[PeriodOf, ...] | None = None


class ThresholdSpec(StrictModel):
    """Own thresholds of the diagnostics; what is not given keeps its default."""

    earlier_dates: Number | None = Field(default=None, gt=0)
    last_gap: Number | None = Field(default=None, gt=0)
    fit_rank: Number | None = Field(default=None, gt=0)
    hull: Number | None = Field(default=None, gt=0)
    single_weight: Number | None = Field(default=None, gt=0)
    leave_one_out: Number | None = Field(default=None, gt=0)


class AcceptedFiguresSpec(StrictModel):
    """Figures known to be right although they look as if they were not measured, and how that is known."""

    series: Text
    kind: Literal["not measured", "carried forward", "interpolated", "jump", "same figures"]
    why: Text
    units: tuple[Text, ...] = ()


class StudySpec(StudyFile):
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
    dose: ZoneDoseSpec | None = None
    donors: DonorSpec = DonorSpec()
    groups: GroupSpec | None = None
    method: MethodSpec = MethodSpec()
    claim: ClaimSpec = ClaimSpec()
    alternatives: tuple[AlternativeSpec, ...] = ()
    negative_controls: tuple[NegativeControlSpec, ...] = ()
    breaks: tuple[BreakSpec, ...] = ()
    accepted: tuple[AcceptedSpec, ...] = ()
    accepted_figures: tuple[AcceptedFiguresSpec, ...] = ()
    limits: tuple[LimitSpec, ...] = ()
    assumptions: tuple[AssumptionSpec, ...] = ()
    thresholds: ThresholdSpec = ThresholdSpec()
    sensitivity: SensitivitySpec | None = None
    shapes: ShapesSpec | None = None


ZoneStudy = Study[StudySpec]
"""A study of a zone, or of a few."""
