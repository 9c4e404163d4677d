"""What of a transfer can be set on a page: how effects are pooled, levels and draws, margins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilotzone.report import bare_title
from pilotzone.study.runs.choices import Choice
from pilotzone.study.runs.offering import Offer, margin_choice, offered, settable_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pilotzone.study.transfer.file import TransferStudy
    from pilotzone.study.transfer.findings import TransferFindings

__all__ = ["SETTABLE", "transfer_choices"]

_METHODS = {
    "REML": "restricted maximum likelihood",
    "PM": "Paule and Mandel",
    "DL": "DerSimonian and Laird, for comparison with older work",
}
_PREDICTIONS = {
    "HTS": "t at the estimated variance between zones (Higgins, Thompson and Spiegelhalter)",
    "NNF": "that variance uncertain (Nagashima, Noma and Furukawa)",
}
_STRUCTURES = {
    "diagonal": "vary independently between zones",
    "unstructured": "may be correlated: five zones or more",
}
_POOLING = (
    Offer("between", "Variance between zones", words=_METHODS),
    Offer("prediction", "Prediction intervals", words=_PREDICTIONS),
    Offer("structure", "True effects on different outcomes", words=_STRUCTURES),
    Offer("alpha", "One minus the level of intervals", hint="0.05 gives intervals of 95 %."),
)
_DRAWS = (Offer("draws", "Draws of ranks"), Offer("seed", "Seed"))
_PRIORS = (
    Offer("tau_scale", "Half-normal prior of how much true effects differ", hint="In the outcome's own scale."),
    Offer("mean", "Prior mean of the mean effect", hint="In the outcome's own scale."),
    Offer("mean_sd", "Its standard deviation", hint="Flat if left empty."),
)
SETTABLE = (
    "title",
    *settable_of("transfer", _POOLING),
    *settable_of("transfer", _DRAWS),
    *settable_of("priors.*", _PRIORS),
    "outcomes.*.margin",
)
"""Keys that a page may set: none of them names a file."""


def transfer_choices(study: TransferStudy, found: TransferFindings) -> tuple[Choice, ...]:
    """Return what can be set: pooling, priors, margins, then draws."""
    spec = study.spec
    margins = [
        margin_choice(k, item.outcome, item.outcome.margin, spec.outcomes[k].why_margin)
        for k, item in enumerate(found.outcomes)
        if item.outcome.margin is not None
    ]
    titles = {item.outcome.name: bare_title(item.outcome) for item in found.outcomes}
    priors = [
        choice
        for k, entry in enumerate(spec.priors)
        for choice in offered(entry, f"priors.{k}", f"Priors{_of(entry.outcome, titles)}", _PRIORS)
    ]
    return (
        *offered(spec.transfer, "transfer", "Pooling", _POOLING),
        *priors,
        *margins,
        *offered(spec.transfer, "transfer", "Ranks", _DRAWS),
        Choice("title", "Title", "Study", "text", spec.title),
    )


def _of(outcome: str | None, titles: Mapping[str, str]) -> str:
    return "" if outcome is None else f", {titles.get(outcome, outcome)}"
