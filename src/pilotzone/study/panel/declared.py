"""What a study of a panel declares beside its claim: further outcomes, other designs, and what should show nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from pydantic import Field, model_validator

from pilotzone.core import Direction, PanelEstimator, StudyError
from pilotzone.evaluation.many import Controls
from pilotzone.gather import Confidence, InForceAfterJuly, OtherInstruments, Reach, YearOnly
from pilotzone.study.panel.members import MembersSpec
from pilotzone.study.runs.fields import Margin, Name, StrictModel, Text, Truth, Whole
from pilotzone.study.runs.outcome import check_why

if TYPE_CHECKING:
    from typing import Any

__all__ = [
    "BESIDE_THE_CLAIM",
    "PanelAlternativeSpec",
    "PanelSecondarySpec",
    "PlaceboDateSpec",
    "PlaceboOutcomeSpec",
]

BESIDE_THE_CLAIM = ("secondary", "alternatives", "placebo_outcomes", "placebo_dates", "without_each")
"""Keys of a study file that declare something beside the claim."""


class _OtherOutcome(StrictModel):
    """An outcome beside the claim, with years and regions of its own."""

    name: Text
    good: Direction = "up"
    margin: Margin | None = None
    label: str = ""
    why_margin: str = ""
    periods: tuple[Whole, Whole] | None = None
    drop: dict[str, Text] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.periods is not None and self.periods[0] >= self.periods[1]:
            raise StudyError(
                f"periods of {self.name!r} are {list(self.periods)}.", allowed="a first and a later last year"
            )
        return self


class PanelSecondarySpec(_OtherOutcome):
    """An outcome that is reported and tested beside the claim.

    One that shows how an effect comes about (`mechanism`) is tested as well, and is not counted where p-values are
    adjusted for their number.
    """

    mechanism: Truth = False

    @model_validator(mode="after")
    def _with_its_margin(self) -> Self:
        check_why(self.name, self.margin, self.why_margin)
        return self


class PlaceboOutcomeSpec(_OtherOutcome):
    """An outcome that the programme should leave as it is; no harm is looked for, so that a margin has no use."""

    why: Text

    @model_validator(mode="after")
    def _without_margin(self) -> Self:
        given = next((key for key in ("margin", "why_margin") if getattr(self, key)), None)
        if given is not None:
            raise StudyError(
                f"placebo_outcomes: {self.name!r} has {given}, which is not used: the test is against zero.",
                todo="leave it out, or declare the outcome under [[secondary]]",
            )
        return self


class PlaceboDateSpec(StrictModel):
    """A pretence that every instrument came so many years earlier, in the years before the first one came."""

    earlier: Whole = Field(gt=0)
    why: str = ""


class PanelAlternativeSpec(StrictModel):
    """The claim under other choices; what is not named stays as it is."""

    name: Name
    label: str = ""
    why: str = ""
    drop: dict[str, Text] = Field(default_factory=dict)
    back: tuple[Text, ...] = ()
    members: MembersSpec | None = None
    periods: tuple[Whole, Whole] | None = None
    weight: Text | None = None
    swap: dict[str, Text] = Field(default_factory=dict)
    estimator: PanelEstimator | None = None
    controls: Controls | None = None
    anticipation: Whole | None = Field(default=None, ge=0)
    all_cohorts: Truth = False
    all_years: Truth = False
    kinds: tuple[Text, ...] | None = None
    reach: Reach | None = None
    confidence: Confidence | None = None
    capped: Truth | None = None
    widening: Truth | None = None
    in_force_after_july: InForceAfterJuly | None = None
    year_only: YearOnly | None = None
    unknown_date: OtherInstruments | None = None
    earlier: OtherInstruments | None = None

    @property
    def rule(self) -> dict[str, Any]:
        """Changes of the rule of treatment."""
        return self._given(
            "kinds", "reach", "confidence", "capped", "widening", "in_force_after_july", "year_only", "unknown_date",
            "earlier",
        )  # fmt: skip

    @property
    def method(self) -> dict[str, Any]:
        """Changes of how effects are estimated."""
        every = {"last_cohort": None} if self.all_cohorts else {}
        every |= {"horizon": None} if self.all_years else {}
        return every | self._given("estimator", "controls", "anticipation")

    @property
    def panel(self) -> dict[str, Any]:
        """Changes of the panel, regions to drop apart."""
        return self._given("periods", "weight", "members")

    def _given(self, *keys: str) -> dict[str, Any]:
        return {key: getattr(self, key) for key in keys if getattr(self, key) is not None}

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if not (self.rule or self.method or self.panel or self.drop or self.back or self.swap):
            raise StudyError(
                f"alternatives: {self.name!r} does not change anything.",
                allowed="a choice of [treatment] or [method], or drop, back, members, periods, weight or swap",
            )
        return self
