"""Charts of who gains in a report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilotzone.core import Table
from pilotzone.evaluation.inclusion import (
    QuantileEffects,
    along_figure,
    control_figure,
    groups_figure,
    lines_figure,
    quantile_figure,
    trend_figure,
)
from pilotzone.report import Figure
from pilotzone.study.inclusion.answer import level_ends
from pilotzone.study.inclusion.levels import ALL
from pilotzone.study.inclusion.wording import capital, course_word, gap_word, index_word

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pilotzone.study.inclusion.findings import InclusionFindings

__all__ = ["inclusion_figures"]

_MOST_LINES = 4
"""Lines that can be told apart without colour."""


def inclusion_figures(found: InclusionFindings) -> list[Figure]:
    """Return charts by group, along the covariate, of the gap, by quantile, and of indices over time."""
    source = found.spec.inclusion.source
    figures: list[Figure] = []
    if found.groups is not None:
        figures.append(groups_figure(found.groups, source))
    if found.along is not None and found.spec.groups is not None:
        figures.append(along_figure(found.along, str(found.spec.groups.along), source))
    if found.path:
        figures.append(_gap(found))
    if isinstance(found.quantiles, QuantileEffects):
        figures.append(quantile_figure(found.quantiles, found.spec.inclusion.unit, source))
    elif found.quantiles is not None:
        figures.append(control_figure(found.quantiles, source))
    if found.effects is not None:
        figures += [trend_figure(found.effects, k, source) for k in range(len(found.effects.joint.outcomes))]
    else:
        figures += _trends(found)
    return figures


def _gap(found: InclusionFindings) -> Figure:
    (first, before), *_, (last, since) = found.path.items()
    title = f"The zone's mean is {gap_word(before)} of the nation's in {first}, {gap_word(since)} in {last}"
    percent = {period: 100 * ratio for period, ratio in found.path.items()}
    table = Table.from_rows(("period", "percent"), list(percent.items()), title="The zone's mean over the nation's")
    return lines_figure(
        {"zone": percent},
        id="gap-to-nation",
        title=title,
        measure="mean of the zone, % of the nation's",
        source=found.spec.inclusion.source,
        table=table,
        start=found.spec.inclusion.start,
    )


def _trends(found: InclusionFindings) -> Iterator[Figure]:
    """Yield a chart for each index that is known in several periods: everybody, and groups where they are few."""
    for k, (first, last) in enumerate(level_ends(found)):
        if first is last or first.estimate is None or last.estimate is None:
            continue
        rows = [row for row in found.levels if row.index == first.index]
        groups = list(dict.fromkeys(row.group for row in rows))
        kept = groups if len(groups) <= _MOST_LINES else [ALL]
        lines = {
            group: {
                int(row.period or 0): row.estimate for row in rows if row.group == group and row.estimate is not None
            }
            for group in kept
        }
        label = index_word(first.index)
        yield lines_figure(
            lines,
            id=f"level-{k + 1}",
            title=f"{capital(label)} {first.note.removesuffix(' only')} {course_word(first, last)}",
            measure=label,
            source=found.spec.inclusion.source,
            table=Table.from_rows(
                ("period", "group", "estimate", "low", "high"),
                [(row.period, row.group, row.estimate, row.low, row.high) for row in rows],
            ),
            start=found.spec.inclusion.start,
        )
