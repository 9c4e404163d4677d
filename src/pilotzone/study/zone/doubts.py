"""Figures that cannot be taken as measured: where a study of a zone looks for them, and how it tells them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pilotzone.evaluation.few import Doubt, doubts_of
from pilotzone.report import Cell, Column, Limit, Sheet
from pilotzone.study.zone.breaks import donors_hit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from pilotzone.evaluation.few import AcceptedFigures
    from pilotzone.study.zone.context import StudyContext

__all__ = ["doubt_limits", "doubt_lines", "doubts_in", "doubts_sheet", "idle_figures"]

_MOST_LINES = 6
_MOST_UNITS = 60
"""Units named in a cell of the report."""


def doubts_in(context: StudyContext) -> tuple[Doubt, ...]:
    """Return what cannot be believed in the figures that a study uses, each once, the main design's first.

    What would be refused by itself in another design or outcome is remarked: the claim does not rest on it.
    """
    found: dict[Doubt, None] = {}
    accepted = context.study.spec.accepted
    for k, (name, outcomes, design, change) in enumerate(context.planned()):
        designs = context.with_others(design, change)
        excluded = donors_hit(context.panel, outcomes, designs, context.excluded(change), accepted)
        for item in doubts_of(context.panel, outcomes, designs, excluded, context.accepted_figures()):
            if k == 0:
                found[item] = None
            elif item not in found:
                other = replace(item, design=name, follows="remarked" if item.follows == "refused" else item.follows)
                found[other] = None
    return tuple(found)


def doubt_lines(found: Sequence[Doubt], label: Callable[[str], str] = str) -> list[str]:
    """Return one line of a terminal for each, at most six of them and one that says how many more there are.

    What is accepted stands among the limits of the data.
    """
    lines = [f"Doubtful figures: {item.told(label)}" for item in found if item.follows != "accepted"]
    more = len(lines) - _MOST_LINES
    return [*lines[:_MOST_LINES], f"{more} more doubts stand in the report."] if more > 0 else lines


def doubt_limits(found: Iterable[Doubt], label: Callable[[str], str] = str) -> tuple[Limit, ...]:
    """Return what is accepted as limits of the data, each with its reason."""
    return tuple(
        Limit(
            f"Doubtful figures: {item.told(label)} Accepted because: {item.why}",
            "study",
            item.series,
            f"doubtful figures of {item.series} accepted, {item.kind} {_when(item)}",
        )
        for item in found
        if item.follows == "accepted"
    )


def _when(item: Doubt) -> str:
    return str(item.first) if item.first == item.last else f"{item.first} to {item.last}"


def idle_figures(accepted: Iterable[AcceptedFigures], found: Sequence[Doubt]) -> tuple[str, ...]:
    """Return a remark on each acceptance that no doubt has met."""
    met = [item for item in found if item.follows == "accepted"]
    return tuple(
        f"Accepted figures of {figures.series} ({figures.kind}) raise no doubt: leave the table out."
        for figures in accepted
        if not any(
            (item.kind, item.series) == (figures.kind, figures.series)
            and (not figures.units or not set(figures.units).isdisjoint(item.units))
            for item in met
        )
    )


def doubts_sheet(found: Sequence[Doubt], label: Callable[[str], str] = str) -> Sheet | None:
    """Return all of them as a table of a report, or ``None`` where there is none."""
    if not found:
        return None
    columns = tuple(Column(head) for head in ("Series", "What is found", "Kind", "What follows"))
    rows = tuple(
        (
            Cell(item.series),
            Cell(item.told(label, _MOST_UNITS)),
            Cell(item.kind),
            Cell(f"accepted: {item.why}" if item.follows == "accepted" else item.follows),
        )
        for item in found
    )
    note = (
        "Figures that measurement hardly ever gives by itself. A figure carried forward is not a measurement: a "
        "donor with one in the window, or in the last fitted period, is left out, as one without figures would be."
    )
    return Sheet("doubts-table", "Figures that cannot be taken as measured", columns, rows, note)
