"""What a transfer found, and what it cannot say, in words."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pilotzone.core import t_quantile
from pilotzone.report import Limit, and_list, bare_title, effect_text, number_text, whole_percent

if TYPE_CHECKING:
    from pilotzone.core import Outcome
    from pilotzone.study.transfer.findings import OutcomeTransfer, TransferFindings

__all__ = [
    "SHORT_OF_TOLD",
    "brief_words",
    "candidate_words",
    "forecast_words",
    "interval_words",
    "mean_words",
    "posterior_words",
    "refused_by",
    "transfer_limits",
    "transfer_words",
]

SHORT_OF_TOLD = "cannot be transported"
_NOT_DRAWN = "Zones were chosen, not drawn at random: no interval holds what made them likely to succeed."
_UNMEASURED = "Moderators that were not declared or not measured may differ between zones and candidates."
_TAU_KNOWN = (
    "Prediction intervals by t take the estimated differences between zones as known. Where true effects differ about "
    'as much as estimates err, these intervals hold too rarely; prediction = "NNF" in the study file allows for that.'
)
_NO_MODERATOR = (
    "No moderator is declared: every candidate counts as a further zone of the same kind, whatever it is like."
)


def interval_words(outcome: Outcome, low: float, high: float) -> str:
    """Return an interval with its unit."""
    return f"{effect_text(outcome, low)} to {effect_text(outcome, high)}"


def mean_words(item: OutcomeTransfer) -> str:
    """Return the mean effect, its interval, and what a further zone may have."""
    pooled, outcome = item.pooled, item.outcome
    level = whole_percent(1 - item.synthesis.alpha)
    told = (
        f"The mean effect of {len(pooled.zones)} zones on {_lower(bare_title(outcome))} is "
        f"{effect_text(outcome, pooled.estimate)} ({level} interval {interval_words(outcome, *pooled.interval)})"
    )
    if pooled.prediction is None:
        return f"{told}. Two zones give no prediction for a further one."
    return f"{told}; a further zone may have {interval_words(outcome, *pooled.prediction)}."


def _lower(text: str) -> str:
    """Return a title within a sentence; one that begins with a name or an abbreviation stays."""
    return text if text[1:2].isupper() or not text[:1].isupper() else text[:1].lower() + text[1:]


def candidate_words(item: OutcomeTransfer) -> list[str]:
    """Return how many candidates have a prediction, and who is forbidden by what."""
    rows = item.candidates
    if not rows:
        return []
    told = item.told
    if item.predictions is None:
        if not told:
            return []
        who = "the candidate from a further zone" if len(rows) == 1 else f"the {len(rows)} candidates apart"
        return [f"Nothing tells {who}: {'it' if len(rows) == 1 else 'each'} has that prediction."]
    if len(rows) == 1:
        head = f"The candidate lies {'inside' if told else 'outside'} what was seen"
        if told:
            head += f", and it may have {interval_words(item.outcome, told[0].low or 0.0, told[0].high or 0.0)}"
    elif not told:
        head = f"None of the {len(rows)} candidates lies inside what was seen"
    else:
        head = f"{len(told)} of {len(rows)} candidates {'lies' if len(told) == 1 else 'lie'} inside what was seen"
        lows, highs = [row.low or 0.0 for row in told], [row.high or 0.0 for row in told]
        ends = interval_words(item.outcome, min(lows), max(highs))
        head += f", and their prediction intervals reach from {ends}" if len(told) > 1 else ", and it may have " + ends
    refused = refused_by(item)
    by = [f"{name} forbids {len(places)}" for name, places in refused.items()]
    return [f"{head}{f'; {and_list(by)}' if by else ''}."]


def refused_by(item: OutcomeTransfer) -> dict[str, list[str]]:
    """Return candidates without a prediction by the moderator that forbids it."""
    found: dict[str, list[str]] = {}
    for row in item.refused:
        if row.forbids:
            found.setdefault(row.forbids, []).append(row.place)
    return found


def forecast_words(item: OutcomeTransfer) -> str:
    """Return how well zones are forecast from one another, with units; or why that is not known."""
    found = item.forecasts
    if found is None:
        return f"Forecasts are not scored: {item.forecasts_note}".rstrip(".") + "."
    name = found.forecasters[-1]
    gain, error = found.gain(name)
    own = found.by(name)
    held = sum(row.covered for row in own)
    half = float(t_quantile(1 - found.alpha / 2, len(own) - 1)) * error
    way = "by moderators" if name == "moderators" else "by random effects"
    if gain - half > 0:
        told = f"Forecasting a zone {way} beats the plain mean of the others"
    elif gain + half < 0:
        told = f"Forecasting a zone {way} does worse than the plain mean of the others"
    else:
        told = f"Forecasting a zone {way} cannot be told from the plain mean of the others"
    return f"{told}; {held} of {len(own)} forecast intervals hold."


def posterior_words(item: OutcomeTransfer) -> str:
    """Return what a further zone may have under the stated priors; empty where none are stated."""
    found = item.posterior
    if found is None:
        return ""
    low, high = found.new.quantile(found.alpha / 2), found.new.quantile(1 - found.alpha / 2)
    return f"With the stated priors a further zone may have {interval_words(item.outcome, low, high)}."


def brief_words(found: TransferFindings) -> str:
    """Return the finding in a few words."""
    item = found.main
    told = f"mean of {len(item.pooled.zones)} zones {effect_text(item.outcome, item.pooled.estimate)}"
    if item.pooled.prediction is not None:
        told += f", a further zone {interval_words(item.outcome, *item.pooled.prediction)}"
    if item.candidates and item.predictions is not None:
        told += f"; {len(item.told)} of {len(item.candidates)} candidates inside what was seen"
    return told


def transfer_words(found: TransferFindings) -> tuple[str, ...]:
    """Return the findings sentence by sentence, outcome by outcome."""
    told = []
    for item in found.outcomes:
        told += [mean_words(item), *candidate_words(item), _spread_words(item)]
        told += [_rank_words(item), forecast_words(item), item.forecasts_note if item.forecasts else ""]
        told += [posterior_words(item), item.pooled.warning]
        told += [f"{place}: {forbids}." for place, forbids in ((row.place, row.refusal) for row in item.refused)]
    return tuple(dict.fromkeys(f"{text[:1].upper()}{text[1:]}" for text in told if text))


def _spread_words(item: OutcomeTransfer) -> str:
    """Return how much true effects differ, and how well that is known."""
    pooled = item.pooled
    low, high = pooled.tau2_interval
    unit = "log points" if item.outcome.scale == "log" else item.outcome.display_unit
    ends = " to ".join(number_text(math.sqrt(max(end, 0.0))) for end in (low, high))
    return (
        f"True effects differ by a standard deviation of {number_text(math.sqrt(pooled.tau2))} {unit} ({ends}); "
        f"{whole_percent(pooled.i2)} of the variance of estimates is due to it"
    ).strip() + "."


def _rank_words(item: OutcomeTransfer) -> str:
    ranks = item.ranks
    if ranks is None:
        return ""
    return (
        f"{ranks.places[0]} has the best expected effect of {len(ranks.places)} candidates, and ranks first in "
        f"{whole_percent(float(ranks.probability[0, 0]))} of draws."
    )


def transfer_limits(found: TransferFindings) -> tuple[Limit, ...]:
    """Return what the zones cannot say."""
    declared = found.zone_values is not None
    own = [
        Limit(_NOT_DRAWN, "study", brief="zones were chosen, not drawn at random"),
        Limit(_UNMEASURED, "study", brief="unmeasured moderators")
        if declared
        else Limit(_NO_MODERATOR, "study", brief="no moderator is declared"),
    ]
    if any(_tau_matters(item) for item in found.outcomes):
        own.append(Limit(_TAU_KNOWN, "study", brief="intervals take differences between zones as known"))
    return (*own, *found.limits)


def _tau_matters(item: OutcomeTransfer) -> bool:
    """Return whether prediction intervals by t may be too narrow: zones may differ by no more than they err."""
    pooled = item.pooled
    enough = pooled.prediction is not None and not pooled.warning
    return enough and item.synthesis.prediction == "HTS" and pooled.tau2_interval[0] <= pooled.fit.contrasts.typical
