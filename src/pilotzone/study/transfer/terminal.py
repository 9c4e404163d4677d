"""A transfer as a terminal shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilotzone.report import (
    Block,
    Grid,
    Words,
    answer_screen,
    effect_text,
    limits_screen,
    plain,
    whole_percent,
)
from pilotzone.study.transfer.answer import transfer_answer
from pilotzone.study.transfer.wording import SHORT_OF_TOLD, transfer_limits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pilotzone.study.transfer.findings import CandidateRow, OutcomeTransfer, TransferFindings

__all__ = ["transfer_lines"]

_MOST = 6
"""Candidates that a terminal lists."""


def transfer_lines(found: TransferFindings, width: int = 80) -> Sequence[Block]:
    """Return the answer, candidates or zones, and what the zones cannot say.

    Parameters
    ----------
    found
        What was found.
    width
        Columns; less than 40 is treated as 40.
    """
    item = found.main
    return [
        *answer_screen(found.title, transfer_answer(found), width),
        *(_candidates(item) if item.predictions is not None else _zones(item)),
        *limits_screen(transfer_limits(found), width),
    ]


def _candidates(item: OutcomeTransfer) -> list[Block]:
    """Return candidates in the order of their expected effects, those without a prediction last."""
    sign = 1 if item.outcome.good == "up" else -1
    told = sorted(item.told, key=lambda row: -sign * (row.effect or 0.0))
    shown = [*told, *item.refused][:_MOST]
    heads = ("candidate", "effect", "from", "to", "ranks first")
    rows = [_row(item, row) for row in shown]
    blocks: list[Block] = [Grid(heads, rows, right=heads[1:], whole=heads[1:])]
    left = len(item.candidates) - len(shown)
    if left:
        blocks.append(Words(f"{left} more in candidates.csv and the report (--out FOLDER)."))
    return blocks


def _row(item: OutcomeTransfer, row: CandidateRow) -> tuple[str, ...]:
    if row.effect is None or row.low is None or row.high is None:
        return (plain(row.place), SHORT_OF_TOLD, "", "", "")
    ends = (plain(effect_text(item.outcome, value)) for value in (row.effect, row.low, row.high))
    return (plain(row.place), *ends, "" if row.first is None else plain(whole_percent(row.first)))


def _zones(item: OutcomeTransfer) -> list[Block]:
    """Return zones with their effects and what each counts in the mean."""
    heads = ("zone", "effect", "standard error", "counts")
    effects = item.synthesis.effects.effects
    rows = [
        (
            plain(one.zone),
            plain(effect_text(item.outcome, one.estimate)),
            f"{one.se:.3g}",
            plain(whole_percent(weight)),
        )
        for one, weight in zip(effects, item.pooled.weights, strict=True)
    ][:_MOST]
    blocks: list[Block] = [Grid(heads, rows, right=heads[1:], whole=heads[1:])]
    if len(effects) > len(rows):
        blocks.append(Words(f"{len(effects) - len(rows)} more in effects.csv and the report (--out FOLDER)."))
    return blocks
