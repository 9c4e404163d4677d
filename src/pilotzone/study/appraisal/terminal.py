"""An appraisal as a terminal shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilotzone.report import Block, Grid, Words, number_text, plain
from pilotzone.study.appraisal.wording import SENTENCE, appraisal_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pilotzone.study.appraisal.findings import AppraisalFindings, FirmsFound

__all__ = ["appraisal_lines"]

_MILLION = 1e6
_MOST = 15
"""Industries that a terminal lists."""


def appraisal_lines(found: AppraisalFindings) -> Sequence[Block]:
    """Return what an appraisal comes to, who pays, what decides, and the table for and against the sentence."""
    blocks: list[Block] = [Words(plain(found.title), bold=True)]
    blocks += [Words(plain(text)) for text in appraisal_words(found)]
    if found.money is not None:
        money = str(found.money.flows.prices)
        table = found.money.payers.to_table()
        heads = ("line", "operator", "province", "rest", "country")
        rows = [
            (str(row["line"]), *(plain(f"{float(row[key] or 0) / _MILLION:,.0f}") for key in heads[1:]))
            for row in table.records()
        ]
        blocks += [Words(), Words(plain(f"Who pays and who gains, million {money}"), bold=True)]
        blocks.append(Grid(heads, rows, right=heads[1:], whole=heads[1:]))
    if found.chance is not None:
        effects = found.chance.outcomes[found.chance.party].effects
        if effects is not None:
            shares = [
                (
                    str(row["input"]).replace("_", " "),
                    f"{100 * float(row['share'] or 0):.1f} %",
                    f"{100 * float(row['error'] or 0):.2f}",
                )
                for row in effects.to_table().records()
            ]
            blocks += [Words(), Words("What decides (Shapley effects)", bold=True)]
            blocks.append(Grid(("driver", "share", "error"), shares, right=("share", "error")))
    if found.capital is not None:
        measures = [
            (row[0], plain(number_text(row[1])), "" if row[3] is None else f"{row[3]} of {row[4]}", row[5])
            for row in found.capital.table.rows
        ]
        told = ("measure", "value", "rank", "reads")
        blocks += [Words(), Words(plain(f"Is it “{SENTENCE}”?"), bold=True)]
        blocks.append(Grid(told, measures, right=("value",), whole=told[1:]))
        blocks += [Words(plain(text), hanging=True) for text in found.capital.warnings[:2]]
    if found.firms is not None:
        blocks += _firms(found.firms)
    return blocks


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
    blocks: list[Block] = [Words(), Words("Productivity over what equal returns would give", bold=True)]
    blocks.append(Grid(heads, rows, right=heads[1:], whole=heads[1:]))
    if left > 0:
        blocks.append(Words(f"{left} more industries: firms.csv."))
    return [*blocks, *(Words(plain(text), hanging=True) for text in found.cannot[:2])]
