"""Why a verdict does not say more, and what would change it: words that every kind of study with a verdict shares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilotzone.judgement import margin_sentence
from pilotzone.report import and_list, bare_title

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pilotzone.core import Check, Identification, Outcome
    from pilotzone.judgement import Verdict
    from pilotzone.report import Limit

__all__ = ["checks_text", "open_word", "overturning", "remedies_text"]


def checks_text(outcomes: Sequence[Outcome], found: Iterable[Identification]) -> str:
    """Return how many checks each outcome does not pass, and which; empty where all pass."""
    counts: list[str] = []
    labels: dict[str, None] = {}
    titles = {outcome.name: bare_title(outcome) for outcome in outcomes}
    for item in found:
        lacking = item.not_passed()
        if lacking and item.outcome in titles:
            failed = any(check.state == "failed" for check in lacking)
            how = "not passed" if failed else "open"
            counts.append(f"{_count(item, first=not counts)} {how} on {titles[item.outcome]}")
            for check in lacking:
                labels[f"{check.label}{'' if check.state == 'failed' else f' ({open_word(check)})'}"] = None
    return f"{and_list(counts)}: {'; '.join(labels)}." if counts else ""


def _count(item: Identification, *, first: bool) -> str:
    """Return how many checks of an outcome do not pass, before the word for what they do instead."""
    if len(item.checks) == 1:
        return "the only check is" if not first else "The only check is"
    return f"{len(item.not_passed())} of {len(item.checks)}{' checks' if first else ''}"


def open_word(check: Check) -> str:
    """Return why a check neither passed nor failed: the limit lies within what may be true, or nothing was measured.

    Examples
    --------
    >>> from pilotzone.core import Check
    >>> open_word(Check("pre_trends", "Moved alike", "cannot be assessed", 1.4, 1.0, "The margin lies between."))
    'the margin lies within the interval'
    """
    return check.state if check.value is None else "the margin lies within the interval"


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
