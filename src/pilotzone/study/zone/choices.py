"""What of a study of a zone can be set on a page, and the study with its main design alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from pilotzone.core import Combine, Period, PoolRule
from pilotzone.evaluation.few import ESTIMATORS
from pilotzone.study.runs.choices import Choice, Option
from pilotzone.study.runs.offering import margin_choice
from pilotzone.study.zone.basis import SHORT_STATISTICS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pilotzone.core import Panel
    from pilotzone.study.runs.choices import Scalar
    from pilotzone.study.zone.file import StudySpec, ZoneStudy
    from pilotzone.study.zone.findings import Findings

__all__ = ["SETTABLE", "main_alone", "zone_choices"]

SETTABLE = (
    "title",
    *("zone.unit", "zone.start", "zone.anticipation", "window.verdict", "outcomes.*.margin"),
    *("method.estimator", "method.pools", "donors.neighbours", "donors.policy_zones", "donors.exclude"),
    *("claim.statistic", "claim.allowance", "claim.alpha", "claim.development"),
)
"""Keys that a page may set: none of them names a file."""

_POOLS: dict[PoolRule, str] = {
    "symmetric": "everybody else, the zone included (exact ranks)",
    "exclude_treated": "everybody else but the zone (approximate ranks)",
}
_COMBINED: dict[Combine, str] = {"all": "all must rise", "any": "at least one must rise"}
_KEPT = (Option("keep", "keep"), Option("exclude", "leave out"))


def main_alone(spec: StudySpec) -> StudySpec:
    """Return the study without what its verdict does not rest on: other designs, outcomes, windows and estimators."""
    return spec.model_copy(
        update={
            "alternatives": (),
            "secondary": (),
            "negative_controls": (),
            "sensitivity": None,
            "window": spec.window.model_copy(update={"longer": ()}),
            "method": spec.method.model_copy(update={"compare": ()}),
        }
    )


def zone_choices(study: ZoneStudy, found: Findings) -> tuple[Choice, ...]:
    """Return what can be set: zone and dates, outcomes, comparison, claim."""
    spec, panel = study.spec, found.panel
    return (
        Choice("title", "Title", "Zone", "text", spec.title),
        *_zone(spec, panel),
        *_outcomes(spec, found),
        *_comparison(spec, panel),
        *_claim(spec, found),
    )


def _units(panel: Panel) -> tuple[Option, ...]:
    return tuple(Option(unit, panel.label(unit)) for unit in sorted(panel.units, key=panel.label))


def _period(value: int) -> Scalar:
    """Return a period as a study file has it: a year is a number, any other a text."""
    return str(value) if isinstance(value, Period) else int(value)


def _zone(spec: StudySpec, panel: Panel) -> Iterator[Choice]:
    periods = tuple(Option(_period(item), str(item)) for item in panel.periods)
    window = [_period(item) for item in spec.window.verdict]
    yield Choice("zone.unit", "Unit", "Zone", "one", spec.zone.unit, _units(panel))
    yield Choice("zone.start", "In force from", "Zone", "one", _period(spec.zone.start), periods)
    yield Choice(
        "zone.anticipation",
        "Anticipation",
        "Zone",
        "whole",
        spec.zone.anticipation,
        least=0,
        most=len(panel.periods) // 2,
        unit="periods",
        hint="Periods before the start that count neither as before nor as after.",
    )
    yield Choice("window.verdict", "Window", "Zone", "span", window, periods, hint="Periods that are judged.")


def _outcomes(spec: StudySpec, found: Findings) -> Iterator[Choice]:
    for k, (item, outcome) in enumerate(zip(spec.outcomes, found.main.joint.outcomes, strict=True)):
        if outcome.margin is not None:
            yield margin_choice(k, outcome, outcome.margin, item.why_margin)


def _comparison(spec: StudySpec, panel: Panel) -> Iterator[Choice]:
    estimators = tuple(
        Option(name, record.label)
        for name, record in ESTIMATORS.items()
        if record.fit is not None and (bool(spec.method.predictors) or not record.needs_predictors)
    )
    pools = tuple(Option(name, _POOLS[name]) for name in get_args(PoolRule))
    yield Choice("method.estimator", "Estimator", "Comparison", "one", spec.method.estimator, estimators)
    yield Choice("method.pools", "Donors of a placebo", "Comparison", "one", spec.method.pools, pools)
    yield Choice("donors.neighbours", "Neighbours", "Comparison", "one", spec.donors.neighbours, _KEPT)
    yield Choice("donors.policy_zones", "Other zones", "Comparison", "one", spec.donors.policy_zones, _KEPT)
    others = tuple(item for item in _units(panel) if item.value not in spec.zone.units)
    yield Choice(
        "donors.exclude",
        "Left out by choice",
        "Comparison",
        "units",
        dict(spec.donors.exclude),
        others,
        hint="A click on the map does the same.",
    )


def _claim(spec: StudySpec, found: Findings) -> Iterator[Choice]:
    claim, verdict = spec.claim, found.main.verdict
    statistics = tuple(Option(name, words) for name, words in SHORT_STATISTICS.items())
    if verdict.statistic is not None:  # conformal p-values rank nothing
        yield Choice("claim.statistic", "Ranked by", "Claim", "one", verdict.statistic, statistics)
    yield Choice(
        "claim.allowance",
        "Allowance",
        "Claim",
        "number",
        verdict.allowance,
        least=0,
        hint="Share of the earlier drift that a finding has to outlast.",
    )
    yield Choice("claim.alpha", "Level", "Claim", "number", claim.alpha, least=0.001, most=0.499)
    combined = tuple(Option(name, words) for name, words in _COMBINED.items())
    yield Choice("claim.development", "Several gains", "Claim", "one", claim.development, combined)
