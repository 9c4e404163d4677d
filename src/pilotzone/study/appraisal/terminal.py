"""An appraisal as a terminal shows it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pilotzone.report import Block, Grid, Words, answer_screen, number_text, plain
from pilotzone.study.appraisal.answer import appraisal_answer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pilotzone.appraisal import CostEffectiveness
    from pilotzone.study.appraisal.findings import AppraisalFindings, CapitalFound, FirmsFound, MoneyFound

__all__ = ["appraisal_lines"]

_MILLION = 1e6
_LARGEST = 3
"""Lines of the account that a terminal shows, the last line apart."""
_MOST = 15
"""Industries that a terminal lists."""


def appraisal_lines(found: AppraisalFindings, width: int = 80) -> Sequence[Block]:
    """Return the answer, who pays, and without a campus the measures of capital; then firms.

    Parameters
    ----------
    found
        What was found.
    width
        Columns; less than 40 is treated as 40.
    """
    blocks: list[Block] = [*answer_screen(found.title, appraisal_answer(found), width)]
    if found.money is not None:
        blocks += _account(found.money)
    elif found.capital is not None:
        blocks += _measures(found.capital)
    if found.effectiveness is not None:
        blocks += _effectiveness(found.effectiveness)
    if found.firms is not None:
        blocks += _firms(found.firms)
    return blocks


def _account(money: MoneyFound) -> list[Block]:
    """Return the largest lines of the account in their order, then net present values."""
    heads = ("operator", "province", "rest", "country")
    *lines, last = money.payers.to_table().records()
    sizes = sorted((max(abs(float(row[key] or 0)) for key in heads) for row in lines), reverse=True)
    least = sizes[min(_LARGEST, len(sizes)) - 1] if sizes else 0.0
    shown = [row for row in lines if max(abs(float(row[key] or 0)) for key in heads) >= least][:_LARGEST]
    rows = [
        (str(row["line"]), *(plain(f"{float(row[key] or 0) / _MILLION:,.0f}") for key in heads))
        for row in (*shown, last)
    ]
    first = f"million {money.flows.prices}"
    blocks: list[Block] = [Grid((first, *heads), rows, right=heads, whole=heads)]
    if len(lines) > len(shown):
        blocks.append(Words(f"{len(lines) - len(shown)} smaller lines in payers.csv and the report (--out FOLDER)."))
    return blocks


def _effectiveness(found: CostEffectiveness) -> list[Block]:
    """Return each effect per unit of each cost, with the ends of its set; an end that is missing is unbounded."""
    rows = []
    for item in found.items:
        head = (item.effect.outcome, f"{item.cost.unit} of {item.cost.name}")
        if item.found is None:
            rows.append((*head, "", f"no {item.cost.name}", ""))
            continue
        (own,) = item.found.intervals
        low, high = (plain(number_text(end)) if math.isfinite(end) else "unbounded" for end in (own.low, own.high))
        rows.append((*head, plain(number_text(item.found.estimate)), low, high))
    heads = ("effect on", "per", "estimate", "low", "high")
    title = f"Effect per unit of cost, {100 * found.level:g} % sets"
    return [Words(title, bold=True), Grid(heads, rows, right=heads[2:], whole=heads[2:])]


def _measures(found: CapitalFound) -> list[Block]:
    """Return what each measure reads, and what the figures cannot bear."""
    rows = [
        (row[0], plain(number_text(row[1])), "" if row[3] is None else f"{row[3]} of {row[4]}", row[5])
        for row in found.table.rows
    ]
    heads = ("measure", "value", "rank", "reads")
    return [
        Grid(heads, rows, right=("value",), whole=heads[1:]),
        *(Words(plain(text), hanging=True) for text in found.warnings[:2]),
    ]


def _firms(found: FirmsFound) -> list[Block]:
    """Return the industries that lose most by their weight, and what the index cannot say first."""
    rows = [
        (
            str(row["industry"]),
            f"{row['firms']:,}",
            f"{100 * float(row['weight'] or 0):.1f} %",
            number_text(float(row["productivity over efficient"] or 0)),
        )
        for row in sorted(found.industries.records(), key=lambda row: -float(row["weight"] or 0))[:_MOST]
    ]
    left = len(found.industries) - len(rows)
    heads = ("industry", "firms", "weight", "of efficient")
    blocks: list[Block] = [Words("Productivity over what equal returns would give", bold=True)]
    blocks.append(Grid(heads, rows, right=heads[1:], whole=heads[1:]))
    if left > 0:
        blocks.append(Words(f"{left} more industries: firms.csv."))
    return [*blocks, *(Words(plain(text), hanging=True) for text in found.cannot[:2])]
