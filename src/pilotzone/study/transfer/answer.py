"""What a transfer says, how strongly, why not more, and what would change it: for terminal and report."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pilotzone.report import Answer, and_list, bare_title, effect_text, number_text
from pilotzone.study.transfer.wording import (
    candidate_words,
    forecast_words,
    mean_words,
    posterior_words,
    refused_by,
)

if TYPE_CHECKING:
    from pilotzone.study.transfer.findings import OutcomeTransfer, TransferFindings

__all__ = ["transfer_answer"]

_FEW = 5
_NAMED = 3


def transfer_answer(found: TransferFindings) -> Answer:
    """Return the answer of a transfer.

    Every part is made from the findings: prediction intervals and their signs, degrees of freedom, scores of
    forecasts, moderators that forbid a transfer, breakdowns and posteriors.
    """
    main = found.main
    said = [mean_words(main), *candidate_words(main), *(_other(item) for item in found.outcomes[1:])]
    return Answer(
        label=_label(main),
        said=tuple(said),
        strength=_strength(main),
        why=tuple(_why(found)),
        changes=tuple(_changes(main)),
    )


def _label(item: OutcomeTransfer) -> str:
    """Return whether any candidate, or else a further zone, has an interval on one side of no effect."""
    sign = 1 if item.outcome.good == "up" else -1
    rows = [(row.low, row.high) for row in item.told]
    of_zone = not item.candidates
    if of_zone and item.pooled.prediction is not None:
        rows = [item.pooled.prediction]
    if not rows:
        return "no candidate can be told" if item.candidates else "two zones tell nothing of a further one"
    ends = [(min(sign * (a or 0.0), sign * (b or 0.0)), max(sign * (a or 0.0), sign * (b or 0.0))) for a, b in rows]
    better, worse = sum(low > 0 for low, _ in ends), sum(high < 0 for _, high in ends)
    where = "in a further zone" if of_zone else "in the candidate"
    if len(item.candidates) > 1:
        where = f"in {{}} of {len(item.candidates)} candidates"
    parts = [f"{word} {where.format(count)}" for word, count in (("better", better), ("worse", worse)) if count]
    return and_list(parts) if parts else "even the direction elsewhere cannot be told"


def _other(item: OutcomeTransfer) -> str:
    """Return the mean effect on a further outcome, in short."""
    told = f"{bare_title(item.outcome)}: mean {effect_text(item.outcome, item.pooled.estimate)}"
    if item.pooled.prediction is None:
        return f"{told}."
    low, high = (effect_text(item.outcome, end) for end in item.pooled.prediction)
    return f"{told}, a further zone {low} to {high}."


def _strength(item: OutcomeTransfer) -> str:
    fit = item.pooled.fit if item.predictions is None else item.predictions.fit
    rest = fit.degrees - 1
    free = f"prediction intervals rest on {rest} degree{'s' if rest != 1 else ''} of freedom" if rest > 0 else ""
    if rest > 0 and item.synthesis.prediction == "NNF":
        free = "prediction intervals allow for what is not known of the differences between zones"
    words = forecast_words(item)
    return f"{free}. {words}" if free else words


def _why(found: TransferFindings) -> list[str]:
    item, told = found.main, []
    for name, places in refused_by(item).items():
        more = len(places) - _NAMED
        listed = and_list(places) if more <= 0 else f"{', '.join(places[:_NAMED])} and {more} more"
        told.append(f"{listed} {'is' if len(places) == 1 else 'are'} unlike the zones by {name}.")
    if len(item.pooled.zones) < _FEW:
        told.append(f"{len(item.pooled.zones)} zones hardly tell how much true effects differ.")
    told.append("zones were chosen, not drawn at random.")
    return [f"{text[:1].upper()}{text[1:]}" for text in told]


def _changes(item: OutcomeTransfer) -> list[str]:
    told = []
    found = item.breakdown
    if found is not None and found.rows:
        row = (
            max(found.rows, key=lambda one: one.end_shift)
            if any(one.end_shift for one in found.rows)
            else found.rows[0]
        )
        far = found.distance(row)
        what = f"on which {row.place} is {number_text(far)} standard deviations from the zones"
        if math.isinf(far):
            told.append(
                "No difference between zones is found beyond their errors: only something in which all are alike could "
                "overturn it."
            )
        elif row.shift:
            told.append(f"An unmeasured moderator {what}, and which explains all differences, takes its effect away.")
    told += [text for text in (posterior_words(item),) if text]
    count = len(item.pooled.zones)
    if count < _FEW:
        told.append(
            f"{_FEW - count} more zone{'s' if _FEW - count > 1 else ''}: from {_FEW} on, one moderator is allowed."
        )
    return told
