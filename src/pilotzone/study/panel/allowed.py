"""How far trends may depart: what departures are measured by, and the bound at which each finding falls."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from pilotzone.report import Cell, Column, Sheet, bare_title, number, number_text
from pilotzone.study.runs.plain import finite

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pilotzone.core import Departures, JointEffects, Outcome
    from pilotzone.judgement import Finding, OutcomeTest, Verdict

__all__ = ["departure_line", "departures_record", "departures_sheet"]


def _measured(joint: JointEffects) -> Mapping[str, Departures]:
    return {} if joint.covariance is None else joint.covariance.departures


def _told(joint: JointEffects) -> Iterator[tuple[Outcome, Departures]]:
    found = _measured(joint)
    for outcome in joint.outcomes:
        if outcome.name in found:
            yield outcome, found[outcome.name]


def departures_record(joint: JointEffects, verdict: Verdict | None) -> list[dict[str, Any]]:
    """Return what departures are measured by, outcome by outcome, and how far the declared bound lets an effect be off.

    Sizes are in outcomes' own scales.
    """
    bound = None if verdict is None else verdict.allowance
    return [
        finite(
            {
                "outcome": outcome.name,
                "largest_move": item.largest,
                "moves": item.moves,
                "reach": item.reach,
                "bound": bound,
                "allowed": None if bound is None else item.allowed(bound),
                "why_not": item.why,
            }
        )
        for outcome, item in _told(joint)
    ]


def departure_line(joint: JointEffects, outcome: Outcome, verdict: Verdict | None) -> str:
    """Return in one sentence what departures of one outcome are measured by; nothing where they are not."""
    item = _measured(joint).get(outcome.name)
    if item is None:
        return ""
    if item.why:
        return f"Departures from parallel trends cannot be assessed: {item.why}."
    which = "the only earlier move is" if item.moves == 1 else f"the largest of {item.moves} earlier moves is"
    told = f"{which} {outcome.worded(item.largest)}{', taken as estimated' if item.as_estimated else ''}"
    if verdict is not None:
        bound = verdict.allowance
        told += f"; M = {bound:g} lets the effect be off by {outcome.worded(item.allowed(bound))}"
    return f"Departures from parallel trends: {told}."


def departures_sheet(joint: JointEffects, verdict: Verdict | None) -> Sheet | None:
    """Return what departures are measured by, and the bound up to which each finding holds; ``None`` for nothing."""
    told = list(_told(joint))
    if not told:
        return None
    columns = [
        Column("Outcome"),
        Column("Earlier moves", numeric=True),
        Column("Largest move"),
        Column("Moves on the effect at M = 1", numeric=True),
    ]
    if verdict is not None:
        columns.append(Column(f"Allowed at M = {verdict.allowance:g}"))
        columns += [Column(f"{what} holds below M", numeric=True) for what in ("Gain", "Harm excluded", "Harm shown")]
    columns.append(Column("Remark"))
    tests = {} if verdict is None else {test.outcome.name: test for test in verdict.tests}
    rows = tuple(_row(outcome, item, verdict, tests.get(outcome.name)) for outcome, item in told)
    return Sheet("departures", "Departures from parallel trends", tuple(columns), rows, note=_NOTE)


_NOTE = (
    "From one period to the next trends may part at most M times as far after the reference period as they ever did "
    "before (relative magnitudes, Rambachan and Roth 2023). Allowed: how far the effect may then be off, as if earlier "
    "moves were known without error; tests by standard errors allow for their error, exact tests of outcomes that have "
    "none do not. A finding holds below the M beside it, at the level of the test."
)


def _row(outcome: Outcome, item: Departures, verdict: Verdict | None, test: OutcomeTest | None) -> tuple[Cell, ...]:
    known = not item.why
    cells = [
        Cell(bare_title(outcome)),
        number(f"{item.moves:,}", item.moves) if known else Cell(""),
        Cell(outcome.worded(item.largest)) if known else Cell(""),
        number(number_text(item.reach), item.reach) if known else Cell(""),
    ]
    if verdict is not None:
        cells.append(Cell(outcome.worded(item.allowed(verdict.allowance))) if known else Cell(""))
        found = (None, None, None) if test is None or not known else (test.gain, test.excluded, test.harm)
        cells += [_bound(finding) for finding in found]
    remark = f"Cannot be assessed: {item.why}" if item.why else ""
    return (*cells, Cell("Moves are taken as estimated: there is no standard error" if item.as_estimated else remark))


def _bound(found: Finding | None) -> Cell:
    """Return the bound at which a finding falls."""
    if found is None:
        return Cell("")
    if not found.shown or found.multiple is None:
        return Cell("not shown" if not found.shown else "not known")
    return Cell("any") if math.isinf(found.multiple) else number(number_text(found.multiple), found.multiple)
