"""The transfer file: effects of zones, moderators declared beforehand, and candidates, checked key by key."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, Strict, model_validator

from pilotzone.study.runs.fields import LARGEST, LimitSpec, Number, StrictModel, StudyFile, Text, Truth, Value, Whole
from pilotzone.study.runs.kind import Study
from pilotzone.study.runs.outcome import DeclaredOutcome
from pilotzone.transfer import Between, BetweenMethod, PredictionMethod

__all__ = [
    "CandidateEntry",
    "CohortEntry",
    "CovarianceEntry",
    "EffectEntry",
    "EstimateEntry",
    "ModeratorEntry",
    "PriorsEntry",
    "TransferEntry",
    "TransferFile",
    "TransferStudy",
]

Positive = Annotated[float, Strict(), Field(allow_inf_nan=False, ge=1e-30, le=LARGEST)]
_EFFECTS, _CANDIDATES, _MODERATORS, _OUTCOMES = 2000, 300, 20, 10


class TransferEntry(StrictModel):
    """What was done in the zones, over which time, and how effects are pooled and carried elsewhere."""

    treatment: Text
    horizon: Text
    source: Literal["given", "zone", "panel", "evidence"] = "given"
    effects: Text | None = None
    candidates: Text | None = None
    regions: tuple[Text, ...] = Field(default=(), max_length=_CANDIDATES)
    between: BetweenMethod = "REML"
    prediction: PredictionMethod = "HTS"
    structure: Between = "diagonal"
    alpha: Number = Field(default=0.05, ge=0.001, le=0.5)
    draws: Whole = Field(default=100_000, ge=1_000, le=1_000_000)
    seed: Whole = Field(default=20_430, ge=0, le=2**31)


class EstimateEntry(StrictModel):
    """Effects that are estimated here, from the bundled evidence: a synthetic control for each zone by itself."""

    series: tuple[Text, ...] = Field(min_length=1, max_length=20)
    derive: dict[str, Text] = Field(default_factory=dict, max_length=20)
    periods: tuple[Whole, Whole]
    zones: dict[str, Whole] = Field(min_length=2, max_length=50)
    drop: dict[str, Text] = Field(default_factory=dict, max_length=300)
    estimator: Literal["sc", "sc_intercept"] = "sc_intercept"
    anticipation: Whole = Field(default=0, ge=0, le=20)


class EffectEntry(StrictModel):
    """The effect of one zone on one outcome, in the outcome's own scale: log points where that is `log`."""

    zone: Text
    outcome: Text | None = None
    effect: Value
    se: Positive
    source: Text
    region: Text | None = None
    moderators: dict[str, Value] = Field(default_factory=dict)


class CovarianceEntry(StrictModel):
    """How far the estimated effects of two zones, or on two outcomes, err together, such as by donors of both."""

    between: tuple[Text, Text]
    outcome: Text | None = None
    outcomes: tuple[Text, Text] | None = None
    value: Value

    @model_validator(mode="after")
    def _one(self) -> Self:
        if self.outcomes is not None and self.outcome is not None:
            message = "outcome is for two zones, outcomes for effects on two outcomes: give one of the two"
            raise ValueError(message)
        if self.outcomes is not None and self.outcomes[0] == self.outcomes[1]:
            message = f"outcomes are {self.outcomes[0]!r} twice: for two zones on one outcome give outcome"
            raise ValueError(message)
        return self


class ModeratorEntry(StrictModel):
    """What effects may depend on: figures given with zones and candidates, or a series of the evidence in one year."""

    name: Text
    unit: Text = "1"
    declared: Text
    reason: str = ""
    series: Text | None = None
    over: Text | None = None
    year: Whole | None = None
    log: Truth = False

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.series is None) != (self.year is None):
            message = "series and year go together: a series of the evidence in one year"
            raise ValueError(message)
        if self.series is None and (self.over is not None or self.log):
            message = "over and log go with series: figures of your own are given as they count"
            raise ValueError(message)
        return self


class CandidateEntry(StrictModel):
    """A place without a zone: a region of the evidence, or any other with figures of the user's own."""

    name: Text | None = None
    region: Text | None = None
    moderators: dict[str, Value] = Field(default_factory=dict)
    source: str = ""

    @model_validator(mode="after")
    def _named(self) -> Self:
        if self.name is None and self.region is None:
            message = "a candidate has a name or a region"
            raise ValueError(message)
        return self


class CohortEntry(StrictModel):
    """A cohort of the panel beside: what it is called, where it is, and its moderators."""

    start: Whole
    name: Text | None = None
    region: Text | None = None
    moderators: dict[str, Value] = Field(default_factory=dict)


class PriorsEntry(StrictModel):
    """What is believed of an outcome's effects before zones are looked at, for the sensitivity analysis."""

    outcome: Text | None = None
    tau_scale: Positive
    mean: Value = 0.0
    mean_sd: Positive | None = None
    why: Text


class TransferFile(StudyFile):
    """A transfer file."""

    title: Text
    transfer: TransferEntry
    estimate: EstimateEntry | None = None
    outcomes: tuple[DeclaredOutcome, ...] = Field(min_length=1, max_length=_OUTCOMES)
    effect: tuple[EffectEntry, ...] = Field(default=(), max_length=_EFFECTS)
    covariance: tuple[CovarianceEntry, ...] = Field(default=(), max_length=_EFFECTS)
    moderator: tuple[ModeratorEntry, ...] = Field(default=(), max_length=_MODERATORS)
    candidate: tuple[CandidateEntry, ...] = Field(default=(), max_length=_CANDIDATES)
    cohort: tuple[CohortEntry, ...] = Field(default=(), max_length=_EFFECTS)
    priors: tuple[PriorsEntry, ...] = Field(default=(), max_length=_OUTCOMES)
    limits: tuple[LimitSpec, ...] = Field(default=(), max_length=20)

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        given, source = bool(self.effect) or self.transfer.effects is not None, self.transfer.source
        if (self.estimate is None) == (source == "evidence"):
            message = '[estimate] and transfer.source = "evidence" go together: effects estimated from the evidence'
            raise ValueError(message)
        if source == "given" and not given:
            message = "there are no effects: give [[effect]], a table in transfer.effects, or another transfer.source"
            raise ValueError(message)
        if source in {"zone", "panel"} and source not in self.beside:
            what = "study of zones" if source == "zone" else "panel"
            message = f'transfer.source is "{source}", and no {what} stands beside: name it as {source} in [beside]'
            raise ValueError(message)
        if self.cohort and source != "panel":
            message = '[[cohort]] describes cohorts of a panel: it goes with transfer.source = "panel"'
            raise ValueError(message)
        if source != "given" and (given or self.covariance):
            message = f'transfer.source is "{source}": leave [[effect]], [[covariance]] and transfer.effects out'
            raise ValueError(message)
        return self


TransferStudy = Study[TransferFile]
"""A transfer that is asked for."""
