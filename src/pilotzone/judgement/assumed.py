"""What a verdict rests on: what must hold, what was checked of it, and what no check can tell.

One row per assumption, and only those that the label at hand needs: drift matters where something is found, a fixed
effect where a margin is tested, and a verdict that cannot tell rests on nothing but that.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pilotzone.core import Table, p_text, significant
from pilotzone.judgement.strength import NO_DEPARTURE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pilotzone.judgement.tested import OutcomeTest
    from pilotzone.judgement.verdict import Inference, Ranks, Verdict

__all__ = ["assumptions_table"]

_NAMES = ("assumption", "rests_on_it", "what_must_hold", "checked", "cannot_be_checked")
_Row = tuple[str, str, str, str, str]


def assumptions_table(verdict: Verdict) -> Table:
    """Return what a verdict rests on, one row per assumption.

    Parameters
    ----------
    verdict
        Verdict, by placebo ranks or by a covariance.

    Returns
    -------
    Table
        `assumption` names it, `rests_on_it` says which part of the verdict needs it, `what_must_hold` and
        `cannot_be_checked` say it in words, and `checked` what was looked at and what came out.

    Notes
    -----
    For placebo ranks see Abadie, Diamond and Hainmueller (2010) and Firpo and Possebom (2018); for many units Rambachan
    and Roth (2023) on departures from parallel trends.
    """
    rows = list(_rows(verdict))
    return Table.from_rows(_NAMES, rows, title=f"What the verdict rests on: {verdict.headline}")


def _rows(verdict: Verdict) -> Iterator[_Row]:
    if verdict.label == "cannot be assessed":
        yield from _figures(verdict)
        return
    if verdict.label == "cannot be decided":
        yield _enough(verdict)
        return
    if verdict.inference is None:
        yield from _few(verdict, verdict.ranks)
    elif verdict.over_time:
        yield from _shifts(verdict, verdict.inference)
    else:
        yield from _many(verdict, verdict.inference)
    yield from _common(verdict)


# --------------------------------------------------------------------------------------------- verdicts of nothing


def _figures(verdict: Verdict) -> Iterator[_Row]:
    for test in verdict.tests:
        yield (
            f"Figures of {test.outcome.title}",
            "any test of it",
            "There are figures for the window and for enough periods before, and they vary.",
            _sentence(test.unassessed) or "They are there.",
            "What the missing figures would have been.",
        )


def _enough(verdict: Verdict) -> _Row:
    refused = [f"{test.outcome.title}: {_sentence(test.why_none)}" for test in verdict.tests if test.why_none]
    counted = ""
    if verdict.inference is None:
        ranks = verdict.ranks
        counted = f"{ranks.unit_count} units: the smallest p that can come out is {p_text(ranks.smallest_p)}."
    return (
        "Enough units",
        "any test",
        f"A test can reach the level of {verdict.alpha:g}.",
        " ".join(filter(None, (counted, *refused))),
        "What more units would have shown.",
    )


# ----------------------------------------------------------------------------------------------------- few units


def _few(verdict: Verdict, ranks: Ranks) -> Iterator[_Row]:
    pools = (
        f"Each of the {ranks.unit_count} units that are ranked is compared by one rule, with donors from one pool, so "
        "that ranks among them are exact if this holds."
        if ranks.pool_rule == "symmetric"
        else "Placebos are made without the zone, so that ranks are approximate even if this holds."
    )
    yield (
        "Units are exchangeable",
        "every p-value",
        (
            f"Without an effect of the zone, each of the {ranks.unit_count} units would be as likely as any other to "
            "have each rank."
        ),
        f"{pools} Diagnostics: {_states(verdict)}.",
        "Zones are chosen and not drawn: a zone may be chosen for what was to come."
        + (
            " The tilt says how unequal the chances would have to be."
            if any(test.main.shown for test in verdict.tests)
            else ""
        ),
    )
    yield from _drifts(verdict, " and the gaps of the other units as they did")


def _shifts(verdict: Verdict, drawn: Inference) -> Iterator[_Row]:
    yield (
        "Errors are stationary",
        "every p-value",
        "Without an effect of the zone, its errors in the window come from the same stationary process as before.",
        f"{drawn.treated + drawn.controls} cyclic shifts are compared. Diagnostics: {_states(verdict)}.",
        "A change of that process that begins together with the zone.",
    )
    yield from _drifts(verdict)


def _drifts(verdict: Verdict, others: str = "") -> Iterator[_Row]:
    if any(test.main.shown for test in verdict.tests):
        yield (
            "The zone does not drift by itself",
            f"how findings hold, with an allowance of {significant(verdict.allowance)} times the earlier drift",
            f"Without the zone, its gap would have drifted by less than what would overturn a finding{others}.",
            " ".join(map(_drift, verdict.tests)),
            "A drift that begins together with the zone: no earlier date can show it.",
        )


def _drift(test: OutcomeTest) -> str:
    """Return how far an outcome drifted before, and how far it may for its finding to hold."""
    outcome = test.outcome
    if test.earlier is None:
        before = "drifts at earlier dates are not known"
    else:
        before = f"the largest drift at earlier dates was {outcome.worded(test.earlier)}"
    if not test.main.shown:
        return f"{outcome.title}: {before}; nothing is found."
    if (drift := test.overturning_drift) is None:
        return f"{outcome.title}: {before}."
    return f"{outcome.title}: {before}; {outcome.worded(drift, signed=True)} would overturn the finding."


# ---------------------------------------------------------------------------------------------------- many units


def _many(verdict: Verdict, drawn: Inference) -> Iterator[_Row]:
    yield (
        "Parallel trends, up to a bound",
        (
            "every p-value without departures, and how findings hold with departures of "
            f"{significant(verdict.allowance)} times the largest earlier one"
            if verdict.allowance > 0
            else "every p-value without departures; no departure is allowed for"
        ),
        (
            "Without treatment, treated and control units would have moved alike on average; with the allowance, "
            "trends part from one period to the next by at most that multiple of what they ever did before."
        ),
        " ".join(map(_departure, verdict.tests)),
        "A departure that begins together with treatment.",
    )
    yield (
        f"{drawn.drawn[:1].upper()}{drawn.drawn[1:]} are independent",
        "standard errors and p-values",
        f"What happens to one of the {drawn.drawn} does not depend on what happens to another.",
        (
            f"{drawn.treated:,} treated and {drawn.controls:,} control {drawn.drawn} are enough for the tests that are "
            "given; whether they are independent was not checked."
        ),
        "Shocks that several of them share, such as weather, trade or a policy of the region above.",
    )
    law = "normal distributions" if drawn.degrees is None else "t distributions"
    yield (
        "Errors of estimates are known in size",
        "standard errors and p-values",
        f"Estimates over their standard errors follow {law}.",
        " ".join(f"{test.outcome.title}: p-values are {test.method}." for test in verdict.tests if test.method)
        or "Effects that rest on too few units have no p-value.",
        "Distributions with very heavy tails.",
    )
    yield (
        "No anticipation",
        "every effect",
        "Treatment changes nothing before the periods that the study declares.",
        f"Moves before treatment. Diagnostics: {_states(verdict)}.",
        "A change in anticipation that looks like an earlier trend.",
    )


def _departure(test: OutcomeTest) -> str:
    found = test.main
    if test.why_none or not found.shown:
        return f"{test.outcome.title}: nothing is found."
    if found.multiple is None:
        return f"{test.outcome.title}: earlier departures cannot be measured."
    if math.isinf(found.multiple):
        return f"{test.outcome.title}: no departure that was tried overturns the finding."
    if found.multiple == 0:
        return f"{test.outcome.title}: {NO_DEPARTURE[0].lower()}{NO_DEPARTURE[1:]}"
    return f"{test.outcome.title}: {significant(found.multiple)} times the largest earlier one would overturn it."


# ---------------------------------------------------------------------------------------------------------- both


def _common(verdict: Verdict) -> Iterator[_Row]:
    one = verdict.inference is None or verdict.over_time
    who, others = ("the zone", "other units") if one else ("treated units", "control units")
    chosen = "which p-values decide" if verdict.over_time else "statistic"
    yield (
        "No interference",
        "every effect",
        f"{who[:1].upper()}{who[1:]} changed nothing in {others}.",
        "Not by these figures; a study can leave out neighbours and zones of the same policy.",
        "Firms, people, goods or emissions that moved between units.",
    )
    yield (
        "No other event",
        "every effect",
        f"Nothing else set {who} apart from {others} at the same time.",
        "Programmes and breaks that the evidence or the study names stand in the report.",
        "An event that nobody named.",
    )
    yield (
        "Figures are measured alike",
        "every effect",
        "The same quantity is measured in the same way in all units and periods.",
        "Studies of a zone are searched for figures that are not measured, jumps, donors entered twice and declared "
        "breaks."
        if verdict.inference is None or verdict.over_time
        else "Breaks that the evidence declares. The figures of many units are not searched for errors.",
        "Errors that look like ordinary figures.",
    )
    if one and any(test.outcome.margin is not None for test in verdict.tests):
        yield (
            "Effects at a margin are fixed numbers",
            "harm excluded or shown, the smallest margin, and what is not rejected",
            (
                "A test at a margin takes the mean effect over the window to be that number whatever else differs; "
                "with several zones, the same for each."
            ),
            "The gaps of each period stand in the report.",
            "How the effect would have been in another zone or another window.",
        )
    yield (
        "The claim was fixed beforehand",
        "every p-value",
        f"Outcomes, margins, window, donors, {chosen}, level and allowance were chosen before effects were seen.",
        "A run keeps all of its settings in its audit trail.",
        "What was looked at before the study was written.",
    )


def _states(verdict: Verdict) -> str:
    """Return the state of the diagnostics by outcome."""
    return "; ".join(f"{test.outcome.title}, {test.identification}" for test in verdict.tests)


def _sentence(text: str) -> str:
    return text if not text or text.endswith(".") else f"{text}."
