"""Breaks that a study compares across, as its terminal and its report tell them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilotzone.core import listing
from pilotzone.report import Cell, Column, Limit, Sheet, and_list, break_periods, plain
from pilotzone.study.runs.breaks import Follows, Spanned, reason

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["accepted_limits", "breaks_sheet", "remark_lines"]

_MOST_NAMED = 8
"""So many units are named in a line; the report names all."""
_MOST_MILD = 2
"""So many mild breaks have a line each; of more a screen has the periods."""
_FOLLOWS: dict[Follows, str] = {
    "refused": "the study is refused",
    "accepted": "accepted",
    "units left out": "units left out",
    "remarked": "remarked",
    "nothing": "spanned by nothing: the acceptance may go",
}


def remark_lines(found: Sequence[Spanned], label: Callable[[str], str] = str) -> list[str]:
    """Return a paragraph for each break that a reader of a terminal has to know of, to be wrapped to its width.

    What is accepted stands among the limits of the data. Regions are named where a break concerns some of them, and
    each line ends with the name by which a study file accepts the break. More than two mild ones share a line.

    Parameters
    ----------
    found
        The breaks.
    label
        From a unit to the words for it.
    """
    told = [item for item in found if item.follows not in {"accepted", "refused"}]
    mild = [item for item in told if item.follows == "remarked" and not item.why]
    if len(mild) <= _MOST_MILD:
        return [plain(_line(item, label)) for item in told]
    when = and_list(list(dict.fromkeys(break_periods(item.found) for item in mild)))
    lines = [plain(_line(item, label)) for item in told if item not in mild]
    return [*lines, f"Mild breaks in {when}: the report says what changed."]


def _line(item: Spanned, label: Callable[[str], str]) -> str:
    found, when = item.found, break_periods(item.found)
    if item.follows == "nothing":
        return f"Accepted break {found.name} ({when}) is spanned by nothing: leave it out."
    words = f"{(found.brief or found.text).rstrip('.')} ({found.name})"
    if item.follows == "units left out":
        return f"Severe break {when}, {_named(item.units, label)} left out: {words}."
    where = f" ({_named(item.concerned, label)})" if item.concerned else ""
    needless = " It needs no acceptance." if item.why else ""
    return f"Mild break {when}{where}: {words}.{needless}"


def _named(units: Sequence[str], label: Callable[[str], str]) -> str:
    return listing([label(unit) for unit in units], most=_MOST_NAMED)


def breaks_sheet(found: Sequence[Spanned], label: Callable[[str], str] = str) -> Sheet | None:
    """Return all of them as a table of a report, or ``None`` where there is none.

    Parameters
    ----------
    found
        The breaks.
    label
        From a unit to the words for it.
    """
    if not found:
        return None
    columns = tuple(
        Column(head)
        for head in ("Break", "Periods", "Severity", "What changed", "Series", "Compared across it", "What follows")
    )
    rows = tuple(
        (
            Cell(item.found.name),
            Cell(break_periods(item.found)),
            Cell(f"{item.found.severity}, {item.found.kind}"),
            Cell(_changed(item, label)),
            Cell(", ".join(item.series)),
            Cell("; ".join(_compared(item))),
            Cell(_following(item, label)),
        )
        for item in found
    )
    note = "Across a break figures are not measured alike. A break of kind policy is the date of another programme."
    return Sheet("breaks-table", "Breaks in the series that this study compares over time", columns, rows, note)


def _changed(item: Spanned, label: Callable[[str], str]) -> str:
    found = item.found
    concerned = item.concerned or found.regions
    where = f" Concerns: {and_list([label(unit) for unit in concerned])}." if concerned else ""
    source = "" if found.source is None else f" Source: {found.source.title.rstrip('.')}."
    return f"{found.text.rstrip('.')}.{where}{source}"


def _compared(item: Spanned) -> list[str]:
    spans: dict[str, tuple[int, int]] = {}
    for use in item.uses:
        first, last = spans.get(use.what, (use.first, use.last))
        spans[use.what] = (min(first, use.first), max(last, use.last))
    return [f"{what}, {first} to {last}" for what, (first, last) in spans.items()]


def _following(item: Spanned, label: Callable[[str], str]) -> str:
    told = _FOLLOWS[item.follows]
    if item.follows == "accepted":
        return f"{told}: {item.why}"
    if item.follows == "units left out":
        return f"left out: {and_list([label(unit) for unit in item.units])}"
    return told


def accepted_limits(found: Sequence[Spanned]) -> tuple[Limit, ...]:
    """Return what is accepted as limits of the data, each with its reason."""
    return tuple(
        Limit(
            f"The {and_list(list(item.outcomes))}: figures are compared across a {reason(item.found)}. "
            f"{item.found.text.rstrip('.')}. Accepted because: {item.why}",
            "study",
            "" if item.found.source is None else item.found.source.title,
            plain(f"severe break {break_periods(item.found)} accepted, {item.found.brief or item.found.name}"),
        )
        for item in found
        if item.follows == "accepted"
    )
