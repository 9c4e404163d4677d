"""Several sheets of a workbook as one panel: joined by unit and period, where each has the same rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pilotzone.core import DataError, UsageError, listing, shown, unknown
from pilotzone.gather.columns import RawTable, code
from pilotzone.store import wide_columns

if TYPE_CHECKING:
    import pyarrow as pa

    from pilotzone.store import PanelColumns

__all__ = ["Joined", "check_sheets", "join_sheets"]

Key = tuple[str, ...]
"""Unit of a row, and in a long sheet its period, as text."""
Read = Callable[[RawTable, str, bool], "pa.Array"]
"""Returns a column of a sheet; the last says whether it holds figures."""


@dataclass(frozen=True, eq=False)
class Joined:
    """Columns of several sheets.

    Attributes
    ----------
    columns
        Name in the panel to cells, all of one length.
    told
        What a reader should know of how the sheets were read.
    """

    columns: Mapping[str, pa.Array]
    told: tuple[str, ...]


def check_sheets(sheets: Mapping[str, str], sheet: str | None, outcomes: Sequence[str]) -> None:
    """Refuse sheets that are not one for each outcome.

    Raises
    ------
    UsageError
        If an outcome has no sheet, something else has one, or a single sheet is named as well.
    """
    if sheet is not None:
        raise UsageError("both sheet and sheets are given.", todo="name a sheet for each outcome in sheets alone")
    strange = [name for name in sheets if name not in outcomes]
    if strange:
        raise unknown("outcome", strange[0], outcomes, told=f"sheets has {strange[0]!r}, which is not an outcome",
                      allowed=listing([repr(name) for name in outcomes], most=20), error=UsageError)  # fmt: skip
    absent = [name for name in outcomes if name not in sheets]
    if absent:
        raise UsageError(
            f"sheets names no sheet for {listing([repr(name) for name in absent])}.",
            allowed="a sheet for each outcome; several may stand in one",
        )


def join_sheets(
    tables: Mapping[str, RawTable], sheets: Mapping[str, str], columns: PanelColumns, read: Read, *, wide: bool
) -> Joined:
    """Join sheets by unit, and by period where each row has one.

    A row that one sheet lacks would have no cohort, or figures that are missing without a word; so all sheets have to
    have the same rows. Cohorts, clusters, weights and covariates are taken from the first sheet that has them.

    Parameters
    ----------
    tables
        Name of a sheet to its table.
    sheets
        Outcome to its sheet.
    columns
        Which columns make the panel.
    read
        Returns the cells of a column.
    wide
        Whether sheets have a row for each unit. Columns are then named by the period, or by outcome and period.

    Raises
    ------
    DataError
        If a sheet lacks a column or a row, or has a row twice.
    """
    names = [columns.unit] if wide else [columns.unit, columns.time]
    others = [
        name for name in dict.fromkeys(columns.every) if name not in {*columns.outcomes, columns.unit, columns.time}
    ]
    found: dict[str, pa.Array] = {}
    first: tuple[RawTable, dict[Key, int]] | None = None
    for sheet, table in tables.items():
        keys = _keys(table, names, read)
        if first is None:
            first = table, keys
            found |= {name: read(table, name, False) for name in names}  # noqa: FBT003 - a key is not a figure
        order = _order(*first, table, keys)
        wanted = _figures(table, [name for name, own in sheets.items() if own == sheet], columns, wide=wide)
        wanted |= {name: (name, name in columns.constants or name == columns.weight) for name in others
                   if name in table.names and name not in found}  # fmt: skip
        for name, (own, figure) in wanted.items():
            found[name] = read(table, own, figure).take(order)
    told = dict.fromkeys(sentence for table in tables.values() for sentence in table.told)
    return Joined(found, tuple(told))


def _figures(
    table: RawTable, outcomes: Sequence[str], columns: PanelColumns, *, wide: bool
) -> dict[str, tuple[str, bool]]:
    """Return the columns with the figures of some outcomes: name in the panel to name in the sheet."""
    if not wide:
        return {name: (name, True) for name in outcomes}
    free = [name for name in table.names if name not in columns.every]
    found = wide_columns(free, outcomes)
    return {f"{name}_{period}": (own, True) for name in outcomes for period, own in found[name].items()}


def _keys(table: RawTable, names: Sequence[str], read: Read) -> dict[Key, int]:
    """Return where each row of a sheet stands, by its unit and its period."""
    cells = [[_text(cell) for cell in read(table, name, False).to_pylist()] for name in names]  # noqa: FBT003 - as above
    found: dict[Key, int] = {}
    for k, key in enumerate(zip(*cells, strict=True)):
        if found.setdefault(key, k) != k:
            raise DataError(
                f"{table.source} has {_said(key)} twice: {table.places([found[key], k])}.",
                allowed=f"one row for each {' and '.join(map(repr, names))}",
            )
    return found


def _text(cell: object) -> str:
    return code(cell) if isinstance(cell, float) else str(cell)


def _said(key: Key) -> str:
    return " in ".join(shown(part) for part in key)


def _order(one: RawTable, keys: Mapping[Key, int], other: RawTable, own: Mapping[Key, int]) -> pa.Array:
    """Return where the rows of the first sheet stand in another."""
    import pyarrow as pa

    for has, lacks, there, missing in ((one, other, keys, own), (other, one, own, keys)):
        alone = sorted(key for key in there if key not in missing)
        if alone:
            more = f", and {len(alone) - 1:,} more" if alone[1:] else ""
            raise DataError(
                f"{lacks.source} has no row for {_said(alone[0])}{more}, which {has.source} has.",
                allowed="the same rows in each sheet, spelt alike; an empty cell where a figure is missing",
                todo="add the row, or take it out of the other sheets",
            )
    return pa.array([own[key] for key in keys], type=pa.int64())
