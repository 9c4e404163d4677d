"""Who gains as a terminal shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilotzone.report import Block, Grid, Words, answer_screen, limits_screen, plain
from pilotzone.study.inclusion.answer import inclusion_answer, inclusion_limits, level_ends
from pilotzone.study.inclusion.wording import (
    ends_of,
    index_word,
    level_word,
    number_word,
    range_word,
    shown_effect,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pilotzone.study.inclusion.findings import InclusionFindings

__all__ = ["inclusion_lines"]

_MOST = 6
"""Groups that a terminal shows; of more the rest is in the report."""


def inclusion_lines(found: InclusionFindings, width: int = 80) -> Sequence[Block]:
    """Return the answer, winners and losers, and what the data cannot answer.

    Parameters
    ----------
    found
        What was found.
    width
        Columns; less than 40 is treated as 40.
    """
    blocks: list[Block] = [*answer_screen(found.spec.title, inclusion_answer(found), width)]
    if found.groups is not None:
        blocks.append(_winners(found))
    elif any(first is not last for first, last in level_ends(found)):
        blocks += _levels(found)
    return [*blocks, *limits_screen(inclusion_limits(found), width)]


def _winners(found: InclusionFindings) -> Grid:
    assert found.groups is not None  # noqa: S101 - asked for
    rows = [
        (
            plain(str(row["group"])),
            *(number_word(float(str(row[key]))) if row[key] is not None else "" for key in ("people", "effect")),
            str(row["effect_unit"]),
            str(row["finding"]),
        )
        for row in found.groups.to_table().records()
    ]
    heads = ("group", "people", "effect", "unit", "finding")
    return Grid(heads, rows[:_MOST], right=("people", "effect"), whole=("people", "effect"))


def _levels(found: InclusionFindings) -> list[Block]:
    """Return the first and the last level of each index and, where there is one, the effect on it."""
    pairs = list(level_ends(found))
    heads = ["index", str(pairs[0][0].period), str(pairs[0][1].period)]
    told = _effects(found)
    if told:
        heads += ["effect of the zone", f"{100 * found.spec.inclusion.level:g}% interval"]
    rows = [
        (
            index_word(first.index),
            *(level_word(row) for row in (first, last)),
            *told.get(first.index, ("", "") if told else ()),
        )
        for first, last in pairs[:_MOST]
    ]
    blocks: list[Block] = [Grid(tuple(heads), rows, right=tuple(heads[1:]))]
    if len(pairs) > _MOST:
        blocks.append(Words(f"{len(pairs) - _MOST} more in levels.csv and the report (--out FOLDER)."))
    return blocks


def _effects(found: InclusionFindings) -> dict[str, tuple[str, str]]:
    """Return the effect on each index and its interval, which is empty where there is no standard error."""
    part = found.effects
    if part is None:
        return {}
    rows = {}
    for k, outcome in enumerate(part.joint.outcomes):
        effect = shown_effect(outcome, float(part.joint.estimate[k]))
        known = not part.joint.refusal(outcome.name)
        ends = range_word(outcome, ends_of(part.joint, k, found.spec.inclusion.level)) if known else ""
        rows[outcome.name] = (plain(effect), plain(ends))
    return rows
