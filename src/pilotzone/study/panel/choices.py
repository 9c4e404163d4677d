"""What of a study of many units can be set on a page: design, window, margins, claim and who takes no part."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pilotzone.evaluation.many import MANY_ESTIMATORS
from pilotzone.gather import load_evidence
from pilotzone.study.panel.names import is_bundled, policy_of
from pilotzone.study.runs.choices import Choice, Option
from pilotzone.study.runs.offering import Offer, margin_choice, offered, settable_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pilotzone.study.panel.file import PanelStudySpec
    from pilotzone.study.panel.findings import EvaluationFindings

__all__ = ["SETTABLE", "claim_alone", "panel_choices"]

_DESIGN = (
    Offer("estimator", "Estimator", words={}),
    Offer(
        "controls",
        "Compared with",
        words={
            "never_treated": "units that are never treated",
            "not_yet_treated": "units that are not yet treated",
        },
    ),
    Offer(
        "anticipation", "Anticipation", "periods", "Periods before the start that count neither as before nor after."
    ),
    Offer(
        "base",
        "Base period before treatment",
        words={"varying": "the period before each", "universal": "the last one, throughout"},
    ),
    Offer(
        "adjustment",
        "Covariates are adjusted for by",
        words={"dr": "both (doubly robust)", "reg": "outcome regression", "ipw": "inverse probability weighting"},
    ),
)
_WINDOW = (
    Offer(
        "summary",
        "In one number",
        words={
            "group": "each treated unit once",
            "simple": "each cohort and period",
            "dynamic": "each time since treatment",
            "calendar": "each period",
        },
    ),
    Offer("horizon", "Times since treatment that count, up to", "periods", "All of them if left empty."),
    Offer("last_cohort", "Cohorts that count, up to", hint="All of them if left empty."),
    Offer("level", "Level of intervals"),
)
_CLAIM = (
    Offer("alpha", "Level"),
    Offer("allowance", "Allowance", hint="Largest departure from parallel trends, as a multiple of earlier ones."),
    Offer("development", "Several gains", words={"all": "all must rise", "any": "at least one must rise"}),
)
_DOSE = (
    Offer(
        "assumption",
        "Assumed of doses",
        words={"parallel": "parallel trends: no comparison of doses", "strong": "strong: doses may be compared"},
        hint="No trend before treatment tells whether doses may be compared.",
    ),
    Offer("basis", "Effects over doses", words={"spline": "a smooth curve", "bins": "a mean in each bin"}),
    Offer("degree", "Degree of the curve"),
    Offer("bins", "Number of bins", hint="A bin for each dose if left empty."),
    Offer(
        "comparison",
        "Doses are compared with",
        words={
            "none": "units without a dose",
            "rising": "those, and units whose dose is still to come",
            "low": "the lowest doses, where nobody is untreated",
        },
    ),
)
SETTABLE = (
    *("title", "panel.periods", "panel.drop", "outcomes.*.margin"),
    *settable_of("method", (*_DESIGN, *_WINDOW)),
    *settable_of("dose", _DOSE),
    *settable_of("claim", _CLAIM),
)
"""Keys that a page may set: none of them names a file."""


def claim_alone(spec: PanelStudySpec) -> PanelStudySpec:
    """Return the study without what it declares beside its claim, on which the verdict does not rest."""
    return spec.model_copy(
        update={
            "secondary": (),
            "alternatives": (),
            "placebo_outcomes": (),
            "placebo_dates": (),
            "without_each": False,
            "method": spec.method.model_copy(update={"beside": False}),
        }
    )


def panel_choices(spec: PanelStudySpec, found: EvaluationFindings) -> tuple[Choice, ...]:
    """Return what can be set."""
    return (
        *_design(spec),
        *_window(spec),
        *(() if spec.dose is None else offered(spec.dose, "dose", "Dose", _DOSE)),
        *_margins(spec, found),
        *(offered(spec.claim, "claim", "Claim", _CLAIM) if found.verdict is not None else ()),
        *_left_out(spec),
        Choice("title", "Title", "Study", "text", spec.title),
    )


def _design(spec: PanelStudySpec) -> Iterator[Choice]:
    estimators = {str(name): item.title for name, item in MANY_ESTIMATORS.items() if item.from_moments is not None}
    follows = MANY_ESTIMATORS[spec.method.estimator].follows_comparison
    first, controls, anticipation, base, adjustment = _DESIGN
    offers = [replace(first, words=estimators), *([controls] if follows else []), anticipation]
    offers += [base] if follows else []
    offers += [adjustment] if spec.panel.covariates else []
    yield from offered(spec.method, "method", "Design", offers)


def _window(spec: PanelStudySpec) -> Iterator[Choice]:
    if is_bundled(spec) and spec.panel.periods is not None:
        known = load_evidence().series
        covered = [known[name].coverage for name in spec.panel.series]
        first, last = spec.panel.periods
        # A series may begin later or end earlier than the years of the study: its figures are missing there.
        years = range(min(first, *(item.first for item in covered)), max(last, *(item.last for item in covered)) + 1)
        options = tuple(Option(year, str(year)) for year in years)
        yield Choice("panel.periods", "Years", "Window", "span", list(spec.panel.periods), options)
    yield from offered(spec.method, "method", "Window", _WINDOW)


def _margins(spec: PanelStudySpec, found: EvaluationFindings) -> Iterator[Choice]:
    named = {outcome.name: outcome for outcome in found.effects.outcomes}
    for k, item in enumerate(spec.outcomes):
        outcome = named.get(item.name)
        if outcome is not None and outcome.margin is not None:
            yield margin_choice(k, outcome, outcome.margin, item.why_margin)


def _left_out(spec: PanelStudySpec) -> Iterator[Choice]:
    if not is_bundled(spec):
        return
    policy = policy_of(spec)
    regions = sorted((Option(code, policy.label(code)) for code in policy.regions), key=lambda item: item.label)
    yield Choice(
        "panel.drop",
        "Left out by choice",
        "Who takes part",
        "units",
        dict(spec.panel.drop),
        tuple(regions),
        hint="A click on the map does the same.",
    )
