"""Why a verdict does not say more, and what would change it: words that every kind of study with a verdict shares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilotzone.judgement import margin_sentence
from pilotzone.report import and_list, bare_title

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pilotzone.core import Identification, Outcome
    from pilotzone.judgement import Verdict
    from pilotzone.report import Limit

__all__ = ["checks_text", "overturning", "remedies_text"]


def checks_text(outcomes: Sequence[Outcome], found: Iterable[Identification]) -> str:
    """Return how many checks each outcome does not pass, and which; empty where all pass."""
    counts: list[str] = []
    labels: dict[str, None] = {}
    titles = {outcome.name: bare_title(outcome) for outcome in outcomes}
    for item in found:
        lacking = item.not_passed()
        if lacking and item.outcome in titles:
            checks = "" if counts else " checks"
            counts.append(f"{len(lacking)} of {len(item.checks)}{checks} not passed on {titles[item.outcome]}")
            for check in lacking:
                labels[f"{check.label}{'' if check.state == 'failed' else f' ({check.state})'}"] = None
    return f"{and_list(counts)}: {'; '.join(labels)}." if counts else ""


def overturning(verdict: Verdict, *, margins: bool = False) -> list[str]:
    """Return what would overturn what is found, and what would decide the rest, a sentence or two each.

    Parameters
    ----------
    verdict
        The verdict.
    margins
        Whether to tell margins from which harm is ruled out too: they may stand with their outcomes.
    """
    bounds = set() if margins else {margin_sentence(test) for test in verdict.tests}
    return [text for text in verdict.overturn if text not in bounds]


def remedies_text(limits: Iterable[Limit]) -> str:
    """Return the figures that would take limits of the data away; empty where none are known of."""
    remedies = list(dict.fromkeys(limit.remedy for limit in limits if limit.remedy))
    return f"Figures that are not there: {'; '.join(remedies)}." if remedies else ""
