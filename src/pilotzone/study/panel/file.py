"""The study file of many units on a panel, checked key by key before anything is read."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from pilotzone.core import (
    DEFAULT_BOUND,
    Combine,
    Familywise,
    PanelEstimator,
    StudyError,
    UsageError,
)
from pilotzone.evaluation.many import (
    Adjustment,
    AggregateKind,
    Base,
    Controls,
)
from pilotzone.study.panel.declared import (
    BESIDE_THE_CLAIM,
    PanelAlternativeSpec,
    PanelSecondarySpec,
    PlaceboDateSpec,
    PlaceboOutcomeSpec,
)
from pilotzone.study.panel.dosing import DoseSpec, check_dose
from pilotzone.study.panel.engine import EngineSpec
from pilotzone.study.panel.source import PanelSpec
from pilotzone.study.panel.space import SpaceSpec
from pilotzone.study.panel.treated import TreatmentSpec
from pilotzone.study.runs.fields import (
    AcceptedSpec,
    AssumptionSpec,
    BreakSpec,
    LimitSpec,
    Name,
    Number,
    StrictModel,
    StudyFile,
    Text,
    Truth,
    Whole,
)
from pilotzone.study.runs.kind import Study
from pilotzone.study.runs.outcome import DeclaredOutcome
from pilotzone.study.runs.ownshapes import ShapesSpec

__all__ = [
    "EngineSpec",
    "PanelClaimSpec",
    "PanelMethodSpec",
    "PanelSpec",
    "PanelStudy",
    "PanelStudySpec",
]


class PanelMethodSpec(StrictModel):
    """How effects are estimated; fixed before they are."""

    estimator: PanelEstimator = "callaway_santanna"
    controls: Controls = "never_treated"
    base: Base = "varying"
    anticipation: Whole = Field(default=0, ge=0)
    adjustment: Adjustment = "dr"
    summary: AggregateKind = "group"
    last_cohort: Whole | None = None
    horizon: Whole | None = Field(default=None, ge=0)
    beside: Truth = False
    honest: Truth = False
    level: Number = Field(default=0.95, ge=0.5, le=0.999999)
    seed: Whole = Field(default=20160, ge=0)


class PanelClaimSpec(StrictModel):
    """How the verdict is reached; fixed before effects are known."""

    alpha: Number = Field(default=0.05, ge=1e-6, lt=0.5)
    allowance: Number = Field(default=DEFAULT_BOUND, ge=0)
    development: Combine = "all"
    familywise: Familywise = "sup-t"


def _refuse_twins(key: str, names: list[str]) -> None:
    """Refuse a name that stands twice in one list: what is found is told by names."""
    for name in names:
        if names.count(name) > 1:
            raise StudyError(f"{key}: {name!r} stands there twice.", todo="take one out or rename it")


class PanelStudySpec(StudyFile):
    """A whole study file of many units."""

    format: Literal[1]
    panel: PanelSpec
    derive: dict[Name, Text] = Field(default_factory=dict)
    treatment: TreatmentSpec | None = None
    outcomes: Annotated[tuple[DeclaredOutcome, ...], Field(min_length=1)]
    method: PanelMethodSpec = PanelMethodSpec()
    space: SpaceSpec = SpaceSpec()
    dose: DoseSpec | None = None
    claim: PanelClaimSpec = PanelClaimSpec()
    engine: EngineSpec = EngineSpec()
    breaks: tuple[BreakSpec, ...] = ()
    accepted: tuple[AcceptedSpec, ...] = ()
    limits: tuple[LimitSpec, ...] = ()
    assumptions: tuple[AssumptionSpec, ...] = ()
    shapes: ShapesSpec | None = None
    secondary: tuple[PanelSecondarySpec, ...] = ()
    alternatives: tuple[PanelAlternativeSpec, ...] = ()
    placebo_outcomes: tuple[PlaceboOutcomeSpec, ...] = ()
    placebo_dates: tuple[PlaceboDateSpec, ...] = ()
    without_each: Truth = False

    @model_validator(mode="after")
    def _parts_agree(self) -> Self:
        for key in ("outcomes", "secondary", "alternatives", "placebo_outcomes"):
            _refuse_twins(key, [item.name for item in getattr(self, key)])
        for place, item in enumerate(self.outcomes, 1):
            if self.panel.source == "bundled" and item.scale is None:
                continue  # which is that of the series
            try:
                item.outcome()
            except UsageError as error:
                where = f"outcomes[{place}]: {error.what}"
                raise StudyError(where, allowed=error.allowed, todo=error.todo) from None
        idle = {"duckdb": ("master", "spark"), "spark": ("memory", "threads")}[self.engine.name]
        for key in idle:
            if getattr(self.engine, key):
                other = "spark" if self.engine.name == "duckdb" else "duckdb"
                raise StudyError(f"engine.{key} goes with engine.name = {other!r}, and only with it.")
        if self.method.controls != "never_treated" and (self.space.rings or self.space.neighbours is not None):
            key = "rings" if self.space.rings else "neighbours"
            raise StudyError(
                f"method.controls is {self.method.controls!r}, and space.{key} defines exposed units.",
                allowed="'never_treated': units that are neither treated nor exposed",
            )
        if self.panel.table is not None and self.engine.name == "spark":
            raise StudyError("panel.table is a table of a DuckDB database, which Spark does not read.")
        if self.dose is not None:
            self._check_dose(self.dose)
        return self

    @model_validator(mode="after")
    def _units_on_the_map(self) -> Self:
        if self.shapes is not None and self.panel.cross_sections:
            raise StudyError(
                "shapes is given, and panel.cross_sections makes each row a unit of its own.",
                allowed="shapes of a panel that follows units",
                todo="leave [shapes] out",
            )
        return self

    def _check_dose(self, dose: DoseSpec) -> None:
        """Refuse doses beside what they do not go with, and margins that are none."""
        panel, method, space = self.panel, self.method, self.space
        others = {
            "panel.source = 'bundled'": panel.source == "bundled",
            "panel.weight": panel.weight is not None,
            "panel.covariates": bool(panel.covariates),
            "panel.cross_sections": panel.cross_sections,
            "space.rings": bool(space.rings),
            "space.neighbours": space.neighbours is not None,
            "space.conley": space.conley is not None,
            "method.last_cohort": method.last_cohort is not None,
            "method.horizon": method.horizon is not None,
        }
        taken = {panel.unit, panel.time, panel.cohort, *(item.name for item in self.outcomes)}
        check_dose(dose, others, taken, [item.name for item in self.outcomes if item.role is not None])
        for item in self.outcomes:
            if item.name in dose.margins:
                item.model_copy(update={"margin": dose.margins[item.name]}).outcome()

    @model_validator(mode="after")
    def _goes_with_its_source(self) -> Self:
        if self.panel.source == "file":
            for key in ("derive", "treatment", *BESIDE_THE_CLAIM):
                if getattr(self, key):
                    raise StudyError(f"{key} goes with panel.source = 'bundled', and only with it.")
            return self
        if self.treatment is None:
            raise StudyError(
                "treatment is missing: a panel of the bundled evidence needs a programme.",
                todo='add a table [treatment] with a line such as programme = "china-big-data-zones"',
            )
        if self.space.coordinates is not None:
            raise StudyError("space.coordinates are columns of a file, and this panel is of the bundled evidence.")
        given = next((place for place, item in enumerate(self.outcomes, 1) if item.unit is not None), None)
        if given is not None:
            raise StudyError(
                f"outcomes[{given}].unit is given, and the series has a unit of its own.", todo="leave it out"
            )
        return self


PanelStudy = Study[PanelStudySpec]
"""A study of many units on a panel."""
