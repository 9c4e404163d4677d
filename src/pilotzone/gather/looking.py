"""A look at a user's table before it is understood: its columns, what they could be, and which cells cannot be read."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from pilotzone.core import DataError, PilotZoneError
from pilotzone.gather.cells import cell_fault, period_of
from pilotzone.gather.columns import Column, NumberColumn, RawTable, RefusedColumn, TextColumn, code
from pilotzone.gather.door import read_panel
from pilotzone.gather.forms import TableForm
from pilotzone.gather.sources import read_source

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pilotzone.core import Panel

__all__ = ["CellFinding", "ColumnLook", "ColumnRole", "TableLook", "look_at"]

ColumnRole = Literal["unit", "period", "outcome", ""]
"""What a column is for; empty where it is left out."""

_SHOWN_ROWS = 60
_SHOWN_SIGNS = 80
_MOST_FINDINGS = 200
_UNIT_WORDS = re.compile(
    r"unit|region|province|state|county|country|city|district|place|area|code|地区|省|市|县|单位", re.IGNORECASE
)
_PERIOD_WORDS = re.compile(r"year|period|date|time|quarter|month|week|年|月|季|期", re.IGNORECASE)


@dataclass(frozen=True)
class ColumnLook:
    """A column.

    Attributes
    ----------
    name
        As the file has it.
    holds
        ``numbers``, ``text``, or what else it holds.
    missing
        Number of empty cells.
    guess
        What it is probably for.
    """

    name: str
    holds: str
    missing: int
    guess: ColumnRole


@dataclass(frozen=True)
class CellFinding:
    """Something that cannot be read as it stands.

    Attributes
    ----------
    column
        Position of the column; -1 for the table as a whole.
    row
        Position of the row; -1 for the head of the column.
    place
        Where it is in the file, such as ``line 5`` or ``C7``.
    text
        What is wrong, and what to do.
    """

    column: int
    row: int
    place: str
    text: str


@dataclass(frozen=True, eq=False)
class TableLook:
    """A table as it came in, and what the door says of it.

    Attributes
    ----------
    columns
        In the order of the file.
    roles
        What each is for: as it was chosen, or guessed.
    rows
        Place and cells, as text, of the first rows and of those with findings.
    positions
        Position of each of these rows in the table.
    count
        Number of rows.
    told
        How the table was read: rows that were left out, codes that stand for missing values.
    findings
        Cells and columns that cannot be read, at most 200.
    panel
        The figures, where the door lets them through.
    refused
        Why not, where it does not.
    """

    columns: tuple[ColumnLook, ...]
    roles: tuple[ColumnRole, ...]
    rows: tuple[tuple[str, ...], ...]
    positions: tuple[int, ...]
    count: int
    told: tuple[str, ...]
    findings: tuple[CellFinding, ...]
    panel: Panel | None = None
    refused: PilotZoneError | None = None


def look_at(path: Path, form: TableForm, roles: Sequence[ColumnRole] | None = None) -> TableLook:
    """Look at a table with one row for each unit and period.

    Parameters
    ----------
    path
        Any file that `read_panel` takes.
    form
        How it is written.
    roles
        What each column is for, in the order of the file; guessed if left out.

    Raises
    ------
    DataError
        If the file cannot be read at all.
    """
    table = read_source(path, form)
    if not table.rows:
        raise DataError(f"{table.source} has no rows.", allowed="at least one row of figures")
    columns = _columns(table)
    chosen: tuple[ColumnRole, ...] = tuple(item.guess for item in columns) if roles is None else tuple(roles)
    if len(chosen) != len(columns):
        raise DataError(f"{table.source} has {len(columns)} columns, and {len(chosen)} are said to be something.")
    found = tuple(finding for _, finding in zip(range(_MOST_FINDINGS), _findings(table, chosen), strict=False))
    shown = sorted({*range(min(len(table.rows), _SHOWN_ROWS)), *(item.row for item in found if item.row >= 0)})
    rows = tuple((table.place(k), *(_cut(_cell(column, k)) for column in table.columns)) for k in shown)
    look = TableLook(columns, chosen, rows, tuple(shown), len(table.rows), table.told, found)
    return _through_the_door(look, path, form)


def _through_the_door(look: TableLook, path: Path, form: TableForm) -> TableLook:
    """Return the look with the panel, or why there is none."""
    by_role: dict[str, list[str]] = {}
    for item, role in zip(look.columns, look.roles, strict=True):
        by_role.setdefault(role, []).append(item.name)
    wanted = [("unit", "units"), ("period", "periods")]
    lacking = [words for role, words in wanted if len(by_role.get(role, ())) != 1]
    if lacking or not by_role.get("outcome"):
        what = " and ".join([*(f"one column of {words}" for words in lacking), *_outcome_word(by_role)])
        return replace(look, refused=DataError(f"{what} has to be chosen.", todo="choose it at the head of the column"))
    try:
        panel = read_panel(
            path,
            unit=by_role["unit"][0],
            period=by_role["period"][0],
            # What they are measured in is said later; the form of the figures does not depend on it.
            units_of_measure=dict.fromkeys(by_role["outcome"], "1"),
            layout="long",
            form=form,
        )
    except PilotZoneError as error:
        return replace(look, refused=error)
    return replace(look, panel=panel, told=tuple(dict.fromkeys([*look.told, *panel.told])))


def _outcome_word(by_role: dict[str, list[str]]) -> list[str]:
    return [] if by_role.get("outcome") else ["a column with an outcome"]


def _columns(table: RawTable) -> tuple[ColumnLook, ...]:
    looks = [_look(name, column) for name, column in zip(table.names, table.columns, strict=True)]
    periods = [k for k, column in enumerate(table.columns) if _may_be_periods(column)]
    period = _best(table, periods, _PERIOD_WORDS)
    units = [k for k, item in enumerate(looks) if k != period and _may_be_units(table.columns[k], item)]
    unit = _best(table, units, _UNIT_WORDS)
    guessed = []
    for k, item in enumerate(looks):
        role: ColumnRole = "outcome" if item.holds == "numbers" and item.name else ""
        guessed.append(replace(item, guess="period" if k == period else "unit" if k == unit else role))
    return tuple(guessed)


def _look(name: str, column: Column) -> ColumnLook:
    if isinstance(column, NumberColumn):
        return ColumnLook(name, "numbers", sum(math.isnan(value) for value in column.values.tolist()), "")
    if isinstance(column, RefusedColumn):
        return ColumnLook(name, column.what, sum(not cell for cell in column.cells), "")
    filled = [cell for cell in column.cells if cell.strip()]
    wrong = sum(bool(cell_fault(cell)) for cell in filled)
    # A few cells that are no numbers are faults of a column of numbers, and are shown as such.
    numbers = bool(filled) and wrong * 2 < len(filled)
    return ColumnLook(name, "numbers" if numbers else "text", len(column.cells) - len(filled), "")


def _may_be_periods(column: Column) -> bool:
    if isinstance(column, RefusedColumn):
        return bool(column.cells)
    cells = _texts(column)
    filled = [cell for cell in cells if cell]
    plain = [period_of(cell) for cell in dict.fromkeys(filled[:2000])]
    return bool(filled) and None not in plain and len({*plain}) < len(filled)


def _may_be_units(column: Column, look: ColumnLook) -> bool:
    if isinstance(column, RefusedColumn):
        return False
    cells = _texts(column)
    repeated = len({*cells}) < len(cells)
    return repeated and (look.holds == "text" or _UNIT_WORDS.search(look.name) is not None)


def _best(table: RawTable, places: Sequence[int], words: re.Pattern[str]) -> int | None:
    """Return the column whose name says so, else the first."""
    named = [k for k in places if words.search(table.names[k])]
    return next(iter([*named, *places]), None)


def _findings(table: RawTable, roles: Sequence[ColumnRole]) -> Iterator[CellFinding]:
    count = Counter(table.names)
    for k, (name, column, role) in enumerate(zip(table.names, table.columns, roles, strict=True)):
        if not role:
            continue
        if not name.strip() or count[name] > 1:
            words = "has no name" if not name.strip() else f"has the name of {count[name]} columns"
            yield CellFinding(k, -1, "head", f"The column {words}: give each column one name.")
        elif isinstance(column, RefusedColumn) and not (role == "period" and column.cells):
            yield CellFinding(k, -1, "head", f"The column holds {column.what}: {column.todo}.")
        else:
            yield from _cells(table, k, column, role)
    yield from _twice(table, roles)


def _cells(table: RawTable, k: int, column: Column, role: ColumnRole) -> Iterator[CellFinding]:
    for row, cell in enumerate(_texts(column)):
        if role == "outcome":
            fault = cell_fault(cell)
        elif not cell.strip():
            fault = f"the {role} is empty: fill it in, or take out the row"
        else:
            fault = "this is not a period" if role == "period" and period_of(cell) is None else ""
        if fault:
            yield CellFinding(k, row, table.place(row, table.names[k]), f"{fault[:1].upper()}{fault[1:]}.")


def _twice(table: RawTable, roles: Sequence[ColumnRole]) -> Iterator[CellFinding]:
    """Yield rows whose unit and period stand in a row before."""
    keys = [k for role in ("unit", "period") for k, item in enumerate(roles) if item == role]
    if [roles[k] for k in keys] != ["unit", "period"]:
        return
    first: dict[tuple[str, ...], int] = {}
    for row, key in enumerate(zip(*(_texts(table.columns[k]) for k in keys), strict=True)):
        if first.setdefault(key, row) != row:
            where = table.place(first[key])
            yield CellFinding(
                keys[0], row, table.place(row), f"This unit and period stand on {where} as well: keep one."
            )


def _texts(column: Column) -> Sequence[str]:
    if isinstance(column, NumberColumn):
        return ["" if math.isnan(value) else code(value) for value in column.values.tolist()]
    return [cell or "" for cell in column.cells]


def _cell(column: Column, row: int) -> str:
    if isinstance(column, NumberColumn):
        value = float(column.values[row])
        return "" if math.isnan(value) else code(value)
    if isinstance(column, TextColumn) or column.cells:
        return column.cells[row]
    return "?"


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN_SIGNS else f"{text[:_SHOWN_SIGNS]}..."
