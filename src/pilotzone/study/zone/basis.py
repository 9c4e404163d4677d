"""What p-values of a verdict rest on, in words: ranks among placebos, or cyclic shifts of the zone's own periods."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilotzone.evaluation.few import POOLS
from pilotzone.judgement import STATISTICS
from pilotzone.report import p_text
from pilotzone.study.zone.wording import tests_text

if TYPE_CHECKING:
    from pilotzone.core import Outcome, Statistic
    from pilotzone.judgement import Verdict
    from pilotzone.study.zone.findings import DesignFindings

__all__ = [
    "SHIFTS",
    "SHORT_STATISTICS",
    "basis_facts",
    "basis_text",
    "paper_basis",
    "ranked_text",
    "shift_count",
    "smallest_text",
]

SHORT_STATISTICS: dict[Statistic, str] = {
    "mean_gap": "mean gap",
    "rmspe_ratio": "gap over RMSPE",
    "net_gap": "net gap",
    "excess_gap": "excess gap",
}
"""Each statistic in a table of the report or of a paper, and in a line of the terminal."""

SHIFTS = "the signed mean residual of the window beside those of all cyclic shifts of the periods"
"""What conformal p-values compare."""


def shift_count(verdict: Verdict) -> int | None:
    """Return how many cyclic shifts conformal p-values compare, the fewest of all outcomes; ``None`` for placebo ranks.

    The actual periods are counted: the smallest p is one over it.
    """
    drawn = verdict.inference
    return drawn.treated + drawn.controls if drawn is not None and verdict.over_time else None


def _smallest(count: int) -> str:
    return f"1/{count} = {p_text(1 / count)}"


def smallest_text(verdict: Verdict) -> str:
    """Return the smallest p that can come out, as a fraction and as a number."""
    return _smallest(shift_count(verdict) or verdict.ranks.unit_count)


def basis_text(design: DesignFindings) -> str:
    """Return what p-values rest on, as part of the terminal's line on the design."""
    verdict, beside = design.verdict, design.ranked
    if (count := shift_count(verdict)) is not None:
        told = (
            f"p-values conformal, over {count} cyclic shifts of the periods; smallest attainable p {_smallest(count)}"
        )
        if beside is None:
            return told
        ranks = beside.ranks
        return f"{told}; beside, ranks among {ranks.unit_count} units by the {SHORT_STATISTICS[ranks.statistic]}"
    ranks = verdict.ranks
    return (
        f"pools {POOLS[ranks.pool_rule]}; ranked by the {SHORT_STATISTICS[ranks.statistic]}; smallest attainable p "
        f"{_smallest(ranks.unit_count)}"
    )


def basis_facts(verdict: Verdict) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Return the facts of a design on its p-values, those before and those after its level and allowance."""
    if (count := shift_count(verdict)) is not None:
        return [("p-values, fixed beforehand", f"conformal: {SHIFTS}")], [("Smallest attainable p", _smallest(count))]
    ranks = verdict.ranks
    named = [
        ("Placebo pools", POOLS[ranks.pool_rule]),
        ("Statistic, fixed beforehand", STATISTICS[ranks.statistic]),
    ]
    return named, [("Smallest attainable p", _smallest(ranks.unit_count))]


def paper_basis(verdict: Verdict) -> str:
    """Return what each test rests on, as the note of a paper's table has it."""
    if (count := shift_count(verdict)) is not None:
        return (
            f"Each test at level {verdict.alpha:g}, by conformal p-values: {SHIFTS}; smallest attainable p "
            f"{_smallest(count)}."
        )
    ranks = verdict.ranks
    return (
        f"Each test at level {verdict.alpha:g}, by the {STATISTICS[ranks.statistic]}; placebo pools "
        f"{POOLS[ranks.pool_rule]}, smallest attainable p {_smallest(ranks.unit_count)}."
    )


def ranked_text(design: DesignFindings, outcome: Outcome) -> str:
    """Return an outcome's placebo ranks where they stand beside conformal p-values; nothing where they decide."""
    tests = () if design.ranked is None else design.ranked.tests
    found = [test for test in tests if test.outcome.name == outcome.name]
    return f"Placebo ranks, no part of the verdict: {tests_text(found[0])}" if found else ""
