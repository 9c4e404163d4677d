"""On what terms the figures of a study may be used: each licence once, for its record and its report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pilotzone.gather import load_evidence
from pilotzone.report import Cell, Column, Sheet

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pilotzone.core import Licence, SeriesInfo

__all__ = ["Terms", "terms_of", "terms_record", "terms_sheet"]


@dataclass(frozen=True)
class Terms:
    """A licence with what is under it.

    Attributes
    ----------
    licence
        Title, text and address; terms that nobody states are one too.
    series
        Series of the data that are under it, or the table of a programme.
    notice
        What has to be said wherever these figures are passed on; empty where nothing has to.
    """

    licence: Licence
    series: tuple[str, ...]
    notice: str = ""


def terms_of(infos: Iterable[SeriesInfo], tables: Iterable[tuple[str, Licence]] = ()) -> tuple[Terms, ...]:
    """Return the licences of series that are not derived, each once, in their order.

    Parameters
    ----------
    infos
        Series of the data; derived ones are under the terms of what they are made from.
    tables
        Further tables that the study rests on, each with a licence.
    """
    evidence = load_evidence()
    found: dict[Licence, tuple[list[str], str]] = {}
    for info in infos:
        entry = evidence.series.get(info.name)
        notice = "" if entry is None else evidence.collections[entry.collection].notice
        for licence in () if info.formula else info.licences:
            names, told = found.get(licence, ([], ""))
            found[licence] = ([*names, info.name], told or notice)
    for name, licence in tables:
        names, told = found.get(licence, ([], ""))
        found[licence] = ([*names, name], told)
    return tuple(Terms(licence, tuple(names), notice) for licence, (names, notice) in found.items())


def terms_record(terms: Iterable[Terms]) -> list[dict[str, object]]:
    """Return them as plain data."""
    return [
        {
            "name": item.licence.name,
            "title": item.licence.title,
            "stated": item.licence.stated,
            "text": item.licence.text,
            "address": item.licence.url or None,
            "series": list(item.series),
            "notice": item.notice or None,
        }
        for item in terms
    ]


def terms_sheet(terms: tuple[Terms, ...]) -> Sheet | None:
    """Return them as a table of a report, or ``None`` where nothing is known of any."""
    if not terms:
        return None
    rows = tuple(
        (
            Cell(item.licence.title),
            Cell(item.licence.text if item.licence.stated else f"No terms stated. {item.licence.text}"),
            Cell(item.licence.url),
            Cell(", ".join(item.series)),
        )
        for item in terms
    )
    notices = dict.fromkeys(item.notice for item in terms if item.notice)
    columns = tuple(Column(head) for head in ("Licence or terms", "What they say", "Address", "Figures"))
    return Sheet("terms", "Terms of the figures", columns, rows, " ".join(f"Notice: {text}" for text in notices))
