"""The form of the records that runs leave: what other programs may rely on in ``verdict.json`` and the like.

Each class has the keys that every record of a kind has; a record may have more, such as the record of a study that
stands beside it. A number that cannot be told is ``null``.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from pilotzone.study.runs.fields import StrictModel

__all__ = ["RECORDS", "Trail"]

_Digest = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
_Count = Annotated[int, Field(ge=1)]
_Share = Annotated[float, Field(ge=0, le=1)]
_Row = dict[str, Any]
_Names = list[str]


# ------------------------------------------------------------------------------------------------ audit trail


class Identity(StrictModel):
    """A study of a run."""

    name: Annotated[str, Field(min_length=1)]
    sha256: Annotated[
        str, Field(pattern="^([0-9a-f]{64})?$", description="SHA-256 of the study file; empty without one.")
    ]
    protocol: dict[str, Any] = Field(default={}, description="Protocol of a bundled study that has one.")
    settings: Annotated[dict[str, Any], Field(description="Every setting in force, defaults included.")]


class Named(Identity):
    """The study that was run."""

    folder: Annotated[str | None, Field(description="Where the study file stood, as seen from the run.")]


class Beside(Identity):
    """A study that stands beside it, or that such a study rests on."""

    statistics: _Count
    beside: dict[str, Beside] = Field(
        default={}, description="Studies in its own [beside] that its findings rest on, by kind."
    )


class Trail(StrictModel):
    """What a run was made from, with which versions, and what it wrote."""

    format: Literal[2]
    kind: str
    statistics: Annotated[_Count, Field(description="Raised when what a number means changes.")]
    study: Named
    beside: dict[str, Beside] = Field(default={}, description="Studies named in [beside], by kind.")
    inputs: Annotated[dict[str, _Digest], Field(description="SHA-256 of every file that was read, by name.")]
    versions: Annotated[dict[str, str], Field(description="Of pilotzone, Python, the platform and libraries.")]
    seeds: Annotated[dict[str, int], Field(description="Of random draws, by name.")]
    tables: Annotated[list[Literal["latex", "word"]], Field(description="Formats of tables for papers.")]
    outputs: Annotated[dict[str, _Digest], Field(description="SHA-256 of every file that was written, by name.")]
    seconds: Annotated[dict[str, float], Field(description="Duration of each stage, s.")]


# ---------------------------------------------------------------------------------------------------- records


class Record(BaseModel):
    """A table of a record, which may have more keys."""

    model_config = ConfigDict(extra="allow", frozen=True)


class LimitRecord(Record):
    """Something the data cannot answer."""

    text: str
    origin: str
    source: str


class TestRecord(Record):
    """An outcome of a verdict, judged by one statistic; by the covariance of effects where none is named."""

    outcome: str
    role: Literal["development", "environment", "inclusion"]
    statistic: str | None = None
    estimate: float | None
    effect: float | None
    effect_unit: str
    p_improved: _Share | None
    p_worsened: _Share | None
    p_harm_excluded: _Share | None
    p_harm_shown: _Share | None


class VerdictRecord(Record):
    """One verdict on all outcomes."""

    label: str
    sentence: str
    reasons: _Names
    p_claim: _Share | None
    alpha: Annotated[float, Field(gt=0, lt=0.5)]
    statistic: str | None
    unit_count: int | None
    tests: Annotated[list[TestRecord], Field(min_length=1)]


class ZoneDesignRecord(Record):
    """The comparison of a zone."""

    unit: str
    start: int | str
    window: Annotated[list[int | str], Field(min_length=2, max_length=2)]
    estimator: str
    donors: _Names
    not_donors: Annotated[dict[str, str], Field(description="Unit to why it is left out.")]


class ZoneRecord(Record):
    """Findings on a zone, or on a few."""

    study: str
    title: str
    question: str
    zone: ZoneDesignRecord
    verdict: VerdictRecord
    confidence_sets: list[_Row]
    conformal_sets: list[_Row]
    identification: list[_Row]
    designs: list[_Row]
    secondary: list[_Row]
    negative_controls: list[_Row]
    longer_windows: list[_Row]
    estimators: list[_Row]
    sensitivity: _Row | None
    notes: _Names
    limits: list[LimitRecord]
    breaks: list[_Row]
    doubts: list[_Row]
    programmes: _Names
    terms: list[_Row]


class PanelRecord(Record):
    """Findings on many units."""

    name: str
    title: str
    question: str
    design: dict[str, Any]
    cohorts: list[_Row]
    periods: list[int | str]
    overall: list[_Row]
    effects: list[_Row]
    left_out: list[_Row]
    departures: list[_Row]
    diagnostics: list[_Row]
    verdict: VerdictRecord | None
    others: list[_Row]
    notes: _Names
    limits: list[LimitRecord]
    breaks: list[_Row]
    source: Any
    terms: list[_Row]


class LeadRecord(Record):
    """How far the first place leads."""

    points: float | None
    error: float | None


class PlaceRecord(Record):
    """A place, and in what share of the draws it ranks first."""

    place: str
    first: _Share
    error: float | None


class SitingRecord(Record):
    """A ranking of places."""

    name: str
    title: str
    summary: str
    winner: str
    clear: bool
    lead: LeadRecord
    method: str
    criteria: Annotated[list[_Row], Field(min_length=1)]
    fixed_weights: dict[str, float] | None
    places: Annotated[list[PlaceRecord], Field(min_length=1)]


class PlanRecord(Record):
    """What is placed where, and what it costs."""

    name: str
    title: str
    day: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    books: _Names
    no_legal_advice: Literal[True]
    notes: _Names
    cost: float
    currency: str
    carbon_t: float
    gap: Annotated[float | None, Field(description="Relative distance to the bound on the cost of any plan.")]
    open: list[_Row]
    rules: list[_Row]
    frontier: list[_Row]
    assumptions_varied: list[_Row]
    left_out: dict[str, str]


class SiteRecord(Record):
    """A campus at a site."""

    site: str
    cost: Annotated[float, Field(description="A year, in the currency of the record.")]
    cost_per_kwh_it: float
    bound: float
    gap: float
    proven: bool
    it_mwh: float
    facility_mwh: float
    supply: list[_Row]


class CampusRecord(Record):
    """What a campus needs, emits and costs at each site."""

    name: str
    title: str
    it_mw: Annotated[float, Field(gt=0)]
    year: int
    currency: str
    notes: _Names
    sites: Annotated[list[SiteRecord], Field(min_length=1)]
    frontiers: list[_Row]
    unserved: dict[str, _Names]


class AppraisalRecord(Record):
    """What a campus costs and brings; each part stands there if it was asked for."""

    name: str
    title: str
    region: str
    notes: _Names
    words: Any
    money: Any = None
    landed: list[_Row] = []
    impact: Any = None
    chance: Any = None
    options: Any = None
    stranding: Any = None
    misallocation: Any = None
    firms: Any = None
    backtests: list[_Row] = []


class InclusionRecord(Record):
    """Who gains; each part stands there if it was asked for."""

    name: str
    title: str
    of: Literal["people", "regions", "shares"]
    source: str
    rows: _Count
    answer: str
    said: _Names
    levels: list[_Row]
    decomposed: dict[str, list[_Row]] = {}
    effects: list[_Row] = []
    quantiles: list[_Row] = []
    groups: list[_Row] = []
    along: list[_Row] = []
    convergence: list[_Row] = []
    gap: list[_Row] = []
    checks: list[_Row] = []
    verdicts: dict[str, _Row] = {}
    cannot_say: _Names


class TransferRecord(Record):
    """What zones did, pooled, and what candidates could expect, outcome by outcome."""

    name: str
    title: str
    words: _Names
    treatment: str
    horizon: str
    zones: _Names
    outcomes: Annotated[list[_Row], Field(min_length=1)]
    cannot_say: _Names


RECORDS: dict[str, type[Record]] = {
    "zone": ZoneRecord,
    "panel": PanelRecord,
    "siting": SitingRecord,
    "plan": PlanRecord,
    "campus": CampusRecord,
    "appraisal": AppraisalRecord,
    "inclusion": InclusionRecord,
    "transfer": TransferRecord,
}
"""Kind of study to the form of its record."""
