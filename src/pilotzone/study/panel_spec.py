"""The study file of many units on a panel, checked key by key before anything is read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, Strict, model_validator

from pilotzone.core import (
    Combine,
    Direction,
    Familywise,
    Outcome,
    PanelEstimator,
    Role,
    Scale,
    StudyError,
    UsageError,
    expanded,
)
from pilotzone.evaluate.many import (
    Adjustment,
    AggregateKind,
    Base,
    Conley,
    ConleyKernel,
    Controls,
    Measure,
    Neighbours,
    Place,
    Rings,
)
from pilotzone.store import CsvForm, EngineName, check_master, check_memory, check_spark, check_threads
from pilotzone.study.spec import AssumptionSpec, LimitSpec, Margin, Number, StrictModel, Text, Whole

__all__ = [
    "ConleySpec",
    "EngineSpec",
    "NeighboursSpec",
    "PanelClaimSpec",
    "PanelMethodSpec",
    "PanelOutcomeSpec",
    "PanelSpec",
    "PanelStudySpec",
    "SpaceSpec",
]

Truth = Annotated[bool, Strict()]


class PanelSpec(StrictModel):
    """Where the panel is, and what its columns are; `file` is relative to the study file."""

    file: Text
    table: Text | None = None
    unit: Text
    time: Text
    cohort: Text
    cluster: Text | None = None
    weight: Text | None = None
    covariates: tuple[Text, ...] = ()
    cross_sections: Truth = False
    na: tuple[Text, ...] = ()
    delimiter: Text | None = None
    decimal: Literal[".", ","] = "."
    citation: str = ""

    @model_validator(mode="after")
    def _form(self) -> Self:
        try:
            CsvForm(self.na, self.delimiter, self.decimal)
        except UsageError as error:
            raise StudyError(f"panel: {error.what}", allowed=error.allowed, todo=error.todo) from None
        return self


class PanelOutcomeSpec(StrictModel):
    """What is affected: a column of the panel, with role and margin where it is part of the claim."""

    name: Text
    role: Role | None = None
    good: Direction = "up"
    margin: Margin | None = None
    scale: Scale | None = None
    label: str = ""
    unit: Text | None = None
    why_margin: str = ""

    def outcome(self) -> Outcome:
        """Return it as an outcome."""
        return Outcome.written(self.name, self.role, self.good, self.margin, self.scale, self.label, self.unit)


class PanelMethodSpec(StrictModel):
    """How effects are estimated; fixed before they are."""

    estimator: PanelEstimator = "callaway_santanna"
    controls: Controls = "never_treated"
    base: Base = "varying"
    anticipation: Whole = Field(default=0, ge=0)
    adjustment: Adjustment = "dr"
    summary: AggregateKind = "group"
    beside: Truth = False
    honest: Truth = False
    level: Number = Field(default=0.95, ge=0.5, le=0.999999)
    seed: Whole = Field(default=20160, ge=0)


class PanelClaimSpec(StrictModel):
    """How the verdict is reached; fixed before effects are known."""

    alpha: Number = Field(default=0.05, ge=1e-6, lt=0.5)
    development: Combine = "all"
    familywise: Familywise = "sup-t"


class NeighboursSpec(StrictModel):
    """A table of units and neighbours; `file` is relative to the study file."""

    file: Text
    threshold: Number = Field(default=1.0, gt=0)
    unit: Text = "unit"
    neighbour: Text = "neighbour"
    weight: Text | None = None


class ConleySpec(StrictModel):
    """How far units vary together, km."""

    cutoff: Number = Field(gt=0)
    kernel: ConleyKernel = "uniform"
    cell: Number | None = Field(default=None, gt=0)


class SpaceSpec(StrictModel):
    """Where units are, whom treatment reaches from nearby, and how far units vary together."""

    coordinates: tuple[Text, Text] | None = None
    measure: Measure = "degrees"
    rings: tuple[Number, ...] = ()
    neighbours: NeighboursSpec | None = None
    conley: ConleySpec | None = None

    @property
    def place(self) -> Place | None:
        """Where units are."""
        return None if self.coordinates is None else Place(self.coordinates, self.measure)

    def spillovers(self, folder: Path | None) -> Rings | Neighbours | None:
        """Return exposure, the table of neighbours where it is as seen from here."""
        if self.rings and self.place is not None:
            return Rings(self.place, self.rings)
        if self.neighbours is None:
            return None
        own = self.neighbours
        path = expanded(own.file, fault=StudyError)
        where = path if path.is_absolute() or folder is None else folder / path
        return Neighbours(str(where), own.threshold, own.unit, own.neighbour, own.weight)

    def errors(self) -> Conley | None:
        """Return how far units vary together."""
        if self.conley is None or self.place is None:
            return None
        return Conley(self.place, self.conley.cutoff, self.conley.kernel, self.conley.cell)

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.rings and self.neighbours is not None:
            raise StudyError("space.rings and space.neighbours are both given.", allowed="one of both")
        for key, given in (("rings", bool(self.rings)), ("conley", self.conley is not None)):
            if given and self.coordinates is None:
                raise StudyError(f"space.{key} needs space.coordinates.", allowed='two columns, such as ["lon", "lat"]')
        try:
            self.spillovers(None)
            self.errors()
        except UsageError as error:
            raise StudyError(f"space: {error.what}", allowed=error.allowed, todo=error.todo) from None
        return self


class EngineSpec(StrictModel):
    """What reads the panel; it changes no result."""

    name: EngineName = "duckdb"
    memory: Text | None = None
    threads: Whole | None = None
    master: Text | None = None
    spark: dict[str, Text] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        try:
            if self.memory is not None:
                check_memory(self.memory, "engine.memory")
            if self.threads is not None:
                check_threads(self.threads, "engine.threads")
            if self.master is not None:
                check_master(self.master, "engine.master")
            check_spark(self.spark, "engine.spark")
        except UsageError as error:
            raise StudyError(error.what, allowed=error.allowed, todo=error.todo) from None
        return self


class PanelStudySpec(StrictModel):
    """A whole study file of many units."""

    format: Literal[1]
    title: str = ""
    question: str = ""
    panel: PanelSpec
    outcomes: Annotated[tuple[PanelOutcomeSpec, ...], Field(min_length=1)]
    method: PanelMethodSpec = PanelMethodSpec()
    space: SpaceSpec = SpaceSpec()
    claim: PanelClaimSpec = PanelClaimSpec()
    engine: EngineSpec = EngineSpec()
    limits: tuple[LimitSpec, ...] = ()
    assumptions: tuple[AssumptionSpec, ...] = ()

    @model_validator(mode="after")
    def _parts_agree(self) -> Self:
        names = [item.name for item in self.outcomes]
        for place, item in enumerate(self.outcomes, 1):
            if names.count(item.name) > 1:
                raise StudyError(f"outcomes: {item.name!r} stands there twice.", todo="take one out or rename it")
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
            raise StudyError(
                f"method.controls is {self.method.controls!r}, and space names who is exposed.",
                allowed="'never_treated': units that are neither treated nor exposed",
            )
        if self.panel.table is not None and self.engine.name == "spark":
            raise StudyError("panel.table is a table of a DuckDB database, which Spark does not read.")
        return self
