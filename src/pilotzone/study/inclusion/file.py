"""The inclusion file: what a user writes to ask who gains, checked key by key before anything is computed."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from pilotzone.evaluation.inclusion import Index
from pilotzone.study.runs.fields import Margin, Number, StrictModel, StudyFile, Text, Truth, Whole
from pilotzone.study.runs.kind import Study

__all__ = [
    "MOST_PARTS",
    "ConvergenceEntry",
    "DataEntry",
    "GroupsEntry",
    "InclusionFile",
    "InclusionStudy",
    "IndexEntry",
    "InequalityEntry",
    "QuantilesEntry",
]

MOST_PARTS = 100
"""Columns of shares: percentiles."""
Part = Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False)]
ClaimRole = Literal["development", "inclusion"]
"""What an outcome is in the claim: development is to be raised, inclusion is a safeguard that must not be harmed."""


class _Claimed(StrictModel):
    """An outcome that may have a role in the claim."""

    role: ClaimRole | None = None
    margin: Margin | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.role is None) != (self.margin is None):
            message = "role and margin go together: the margin is the harm that would still count as none"
            raise ValueError(message)
        return self


class DataEntry(StrictModel):
    """The table, and what its columns are: people of a survey, regions with their means, or shares of income."""

    data: Text
    table: Text | None = None
    source: Text
    of: Literal["people", "regions", "shares"] = "people"
    income: Text | None = None
    total: Text | None = None
    shares: tuple[Text, ...] = Field(default=(), max_length=MOST_PARTS)
    unit: Text = "1"
    weights: Text | None = None
    population: Text | None = None
    period: Text | None = None
    region: Text | None = None
    group: Text | None = None
    cluster: Text | None = None
    zone: Text | None = None
    comparison: Text | None = None
    places: tuple[Text, ...] = ()
    start: Whole | None = None
    first: Whole | None = None
    last: Whole | None = None
    level: Part = 0.95

    @model_validator(mode="after")
    def _columns(self) -> Self:
        message = self._wrong()
        if message:
            raise ValueError(message)
        return self

    @property
    def sided(self) -> bool:
        """Whether a zone is named."""
        return self.zone is not None or bool(self.places)

    def _wrong(self) -> str:
        if self.shares:
            message = self._wrong_shares()
            if message:
                return message
        elif (self.income is None) == (self.total is None):
            return "either income (an amount per person) or total (the sum of a region) is needed"
        if self.of == "people" and self.weights is None:
            return (
                'micro data have no weights: name the column of survey weights, or write weights = "equal" only if '
                "every row stands for as many people"
            )
        if self.of != "regions" and (self.total is not None or self.places):
            name = "places" if self.places else "total"
            more = "; of people name the column zone, with 1 in the zone" if self.places else ""
            return f'{name} goes with of = "regions"{more}'
        if self.first is not None and self.last is not None and self.first > self.last:
            return "first is after last"
        return self._strange()

    def _wrong_shares(self) -> str:
        """Return what is wrong with columns that each hold the share of one part of the people."""
        twice = next((name for name in self.shares if self.shares.count(name) > 1), None)
        beside = next((key for key in ("income", "total", "population") if getattr(self, key) is not None), None)
        keys = ("period", "region", "group", "zone", "comparison")
        both = next((key for key in keys if getattr(self, key) in self.shares), None)
        wrong = {
            'shares names columns of shares of income: it goes with of = "shares"': self.of != "shares",
            f"{beside} and shares are both given: shares has a column for each of equal parts of the people, and "
            f"{beside} goes with a row for each part": beside is not None,
            "shares names one column: name two or more, the poorest part first; one column with a row for each part "
            "is income": len(self.shares) == 1,
            f"shares names column {twice!r} twice": twice is not None,
            f"one column is both in shares and {both}": both is not None,
        }
        return next((message for message, holds in wrong.items() if holds), "")

    def _strange(self) -> str:
        """Return which column does not go with what a row is, or is said twice."""
        if self.of != "people" and (self.weights is not None or self.cluster is not None):
            name = "weights" if self.weights is not None else "cluster"
            return f'{name} goes with of = "people"; regions count by their population, and are what was drawn'
        if self.zone is not None and self.places:
            return "zone and places both say what is in the zone: name the column, or the regions"
        if self.of == "regions" and (self.population is None or self.region is None):
            return "means of regions need the columns region and population"
        return ""


class IndexEntry(_Claimed):
    """An index of inequality or poverty."""

    name: Index
    scale: Literal["level", "log"] = "level"


class InequalityEntry(StrictModel):
    """Inequality and poverty, by period and by group."""

    index: tuple[IndexEntry, ...] = Field(min_length=1)
    line: Number | None = Field(default=None, gt=0)
    line_source: Text | None = None
    by_group: Truth = False
    decompose: Literal["theil_t", "theil_l"] | None = None

    @model_validator(mode="after")
    def _lines(self) -> Self:
        if (self.line is None) != (self.line_source is None):
            message = "line and line_source go together: the poverty line, and where it is from"
            raise ValueError(message)
        return self


class QuantilesEntry(StrictModel):
    """Effects on the distribution of income."""

    method: Literal["changes_in_changes", "distributional_control"] = "changes_in_changes"
    at: tuple[Part, ...] = Field(default=(0.1, 0.25, 0.5, 0.75, 0.9), min_length=1, max_length=99)
    discrete: Truth = False
    errors: Literal["bootstrap", "analytic"] = "bootstrap"
    draws: Whole = Field(default=999, ge=50, le=100_000)
    seed: Whole = Field(default=20_200, ge=0)


class GroupsEntry(_Claimed):
    """Effects by group of regions, and along a covariate."""

    by: Text | None = None
    parts: Whole | None = Field(default=None, ge=2, le=20)
    along: Text | None = None
    compare_with: Literal["same group", "all"] = "same group"
    scale: Literal["level", "log"] = "log"

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.by is None and self.along is None:
            message = "groups need by (a column of groups or of a covariate) or along (a column of a covariate)"
            raise ValueError(message)
        if self.by is None and self.role is not None:
            message = "a role goes with by: it is one of the effects of each group"
            raise ValueError(message)
        return self


class ConvergenceEntry(_Claimed):
    """Whether the zone closes its gap to the national mean."""


class InclusionFile(StudyFile):
    """An inclusion file."""

    title: Text
    notes: tuple[Text, ...] = ()
    inclusion: DataEntry
    inequality: InequalityEntry | None = None
    quantiles: QuantilesEntry | None = None
    groups: GroupsEntry | None = None
    convergence: ConvergenceEntry | None = None


InclusionStudy = Study[InclusionFile]
"""A question of who gains."""
