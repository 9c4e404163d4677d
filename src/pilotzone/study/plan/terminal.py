"""A placement as a terminal shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilotzone.report import Block, Grid, LineWriter, Words, answer_lines, plain
from pilotzone.study.plan.answer import plan_answer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pilotzone.placement import PlanResult
    from pilotzone.study.plan.findings import PlanFindings

__all__ = ["plan_lines"]


def plan_lines(found: PlanFindings, width: int = 80) -> Sequence[Block]:
    """Return the answer, what is where, what lies between least cost and least carbon, and what was left out.

    Parameters
    ----------
    found
        What was found.
    width
        Columns; less than 40 is treated as 40.
    """
    result = found.result
    writer = LineWriter(width)
    answer_lines(writer, result.plan.title, plan_answer(found))
    blocks: list[Block] = [*writer.lines, _sites(result)]
    if len(result.frontier) > 1:
        points = [(f"{p.cost / 1e6:,.1f}", f"{p.carbon / 1e3:,.0f}", ", ".join(p.sites)) for p in result.frontier]
        heads = (f"million {result.plan.currency}", "kt of CO2", "open, between least cost and least CO2")
        blocks.append(Grid(heads, points, right=heads[:2], whole=heads[:2]))
    return [
        *blocks,
        *(Words(plain(f"{name} is not a site: {why}."), hanging=True) for name, why in found.left_out.items()),
    ]


def _sites(result: PlanResult) -> Grid:
    several = len(result.plan.slots) > 1
    rows = [
        (
            row["site"],
            row["jurisdiction"],
            f"{row['peak_mw']:.1f}",
            *((row["peak_slot"],) if several else ()),
            "no capacity" if row["full"] is None else f"{100 * float(row['full']):.0f} %",
            row["classes"],
        )
        for row in result.sites().records()
    ]
    numbers = ("MW at peak", "slot", "full") if several else ("MW", "full")
    return Grid(("site", "law", *numbers, "holds"), rows, right=numbers, whole=numbers)
