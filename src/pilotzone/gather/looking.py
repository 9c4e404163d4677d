"""A look at a user's table before it is understood: its columns, what they could be, and which cells cannot be read."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pilotzone.core import DataError, PilotZoneError
from pilotzone.gather.cells import cell_fault, period_of
from pilotzone.gather.columns import Column, NumberColumn, RawTable, RefusedColumn, TextColumn, code
from pilotzone.gather.door import read_panel
from pilotzone.gather.forms import TableForm
from pilotzone.gather.guessing import FIGURE_ROLES, ColumnLook, ColumnRole, Purpose, guessed, texts_of
from pilotzone.gather.incomes import (
    INCOME_FIGURES,
    check_income_file,
    income_fault,
    income_periods,
    lacking_incomes,
)
from pilotzone.gather.incomeshares import SharesRead, read_shares
from pilotzone.gather.sources import read_source

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pilotzone.core import Panel

__all__ = ["WIDE", "CellFinding", "TableLook", "look_at"]

WIDE = "figures"
"""Name of the outcome of a table with a column for each period."""
_SHOWN_ROWS = 60
_SHOWN_SIGNS = 80
_MOST_FINDINGS = 200


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
        The figures, where the door lets them through; of a wide table under the name `WIDE`.
    places
        Names of places to be ranked, where the table can be read as such.
    dates
        Periods of a table of incomes, where it can be read as such and has some.
    shares
        Shares of income, where the table holds such and can be read.
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
    places: tuple[str, ...] = ()
    dates: tuple[int, ...] = ()
    shares: SharesRead | None = None
    refused: PilotZoneError | None = None


def look_at(
    path: Path, form: TableForm, roles: Sequence[ColumnRole] | None = None, purpose: Purpose = "zone"
) -> TableLook:
    """Look at a table with a row for each unit and period, place or person, or a column for each period.

    Parameters
    ----------
    path
        Any file that `read_panel` takes.
    form
        How it is written.
    roles
        What each column is for, in the order of the file; guessed if left out.
    purpose
        What the table is to become: a study of a zone, a panel of many units, places to be ranked, or a study of who
        gains.

    Raises
    ------
    DataError
        If the file cannot be read at all.
    """
    table = read_source(path, form)
    if not table.rows:
        raise DataError(f"{table.source} has no rows.", allowed="at least one row of figures")
    columns = guessed(table, purpose)
    chosen: tuple[ColumnRole, ...] = tuple(item.guess for item in columns) if roles is None else tuple(roles)
    if len(chosen) != len(columns):
        raise DataError(f"{table.source} has {len(columns)} columns, and {len(chosen)} are said to be something.")
    found = tuple(finding for _, finding in zip(range(_MOST_FINDINGS), _findings(table, chosen), strict=False))
    shown = sorted({*range(min(len(table.rows), _SHOWN_ROWS)), *(item.row for item in found if item.row >= 0)})
    rows = tuple((table.place(k), *(_cut(_cell(column, k)) for column in table.columns)) for k in shown)
    look = TableLook(columns, chosen, rows, tuple(shown), len(table.rows), table.told, found)
    if purpose == "inclusion":
        return _as_incomes(look, table, path, form)
    return _as_places(look, table) if purpose == "siting" else _through_the_door(look, path, form)


def _through_the_door(look: TableLook, path: Path, form: TableForm) -> TableLook:
    """Return the look with the panel, or why there is none."""
    by_role = _by_role(look)
    wide = bool(by_role.get("figures")) and not by_role.get("period")
    wanted = [("unit", "units"), *([] if wide else [("period", "periods")])]
    lacking = [f"one column of {words}" for role, words in wanted if len(by_role.get(role, ())) != 1]
    if by_role.get("figures") and (by_role.get("period") or by_role.get("outcome")):
        lacking.append("either outcomes with a column of periods, or a column for each period,")
    elif not wide and not by_role.get("outcome"):
        lacking.append("a column with an outcome")
    if len(by_role.get("cohort", ())) > 1:
        lacking.append("one column of treatment")
    if lacking:
        return _unchosen(look, lacking)
    outcomes = [WIDE] if wide else [*by_role["outcome"], *by_role.get("cohort", ())]
    try:
        panel = read_panel(
            path,
            unit=by_role["unit"][0],
            period=None if wide else by_role["period"][0],
            # What they are measured in is said later; the form of the figures does not depend on it.
            units_of_measure=dict.fromkeys(outcomes, "1"),
            layout="wide" if wide else "long",
            form=form,
        )
    except PilotZoneError as error:
        return replace(look, refused=error)
    left = [item.name for item in look.columns if wide and period_of(item.name) is not None]
    if len(left) > len(by_role.get("figures", ())):
        return _unchosen(look, ["every column that is named by a period"])
    return replace(look, panel=panel, told=tuple(dict.fromkeys([*look.told, *panel.told])))


def _as_places(look: TableLook, table: RawTable) -> TableLook:
    """Return the look with the names of places, or why there are none."""
    by_role = _by_role(look)
    lacking = [] if len(by_role.get("place", ())) == 1 else ["one column of places"]
    lacking += [] if by_role.get("criterion") else ["a column with a criterion"]
    if lacking:
        return _unchosen(look, lacking)
    if look.findings:
        return replace(look, refused=_first(look))
    names = [cell.strip() for cell in texts_of(table.columns[look.roles.index("place")])]
    return replace(look, places=tuple(names))


def _as_incomes(look: TableLook, table: RawTable, path: Path, form: TableForm) -> TableLook:
    """Return the look with the periods of a table of incomes, or why it cannot be one."""
    check_income_file(path, form)
    lacking = lacking_incomes(_by_role(look))
    if lacking:
        return _unchosen(look, lacking)
    if look.findings:
        return replace(look, refused=_first(look))
    places = [table.place(k) for k in range(look.count)]
    try:
        if "period" in look.roles:
            cells = texts_of(table.columns[look.roles.index("period")])
            look = replace(look, dates=income_periods(cells, places))
        return _with_shares(look, table, places) if "share" in look.roles else look
    except DataError as error:
        return replace(look, refused=error)


def _with_shares(look: TableLook, table: RawTable, places: Sequence[str]) -> TableLook:
    """Return the look with the shares of each population."""
    cells = [texts_of(column) for column in table.columns]
    single = {role: cells[look.roles.index(role)] for role in ("region", "period", "people") if role in look.roles}
    columns = zip(table.names, look.roles, cells, strict=True)
    shares = read_shares({name: own for name, role, own in columns if role == "share"}, places, **single)
    told = look.told
    if len(shares.parts) > 1:
        each = f"{100 / len(shares.parts):.3g} %"
        told += (f"Columns of shares are of equal parts of the people, {each} each, the poorest first.",)
    return replace(look, shares=shares, told=told)


def _first(look: TableLook) -> DataError:
    """Return the first finding as an error."""
    first = look.findings[0]
    return DataError(f"{first.place}: {first.text[:1].lower()}{first.text[1:].rstrip('.')}.")


def _by_role(look: TableLook) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for item, role in zip(look.columns, look.roles, strict=True):
        found.setdefault(role, []).append(item.name)
    return found


def _unchosen(look: TableLook, lacking: Sequence[str]) -> TableLook:
    what = " and ".join(lacking)
    return replace(look, refused=DataError(f"{what} has to be chosen.", todo="choose it at the head of the column"))


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
    for row, cell in enumerate(texts_of(column)):
        if role in INCOME_FIGURES:
            fault = income_fault(role, cell)
        elif role in FIGURE_ROLES:
            fault = cell_fault(cell)
        elif not cell.strip():
            fault = f"the {role} is empty: fill it in, or take out the row"
        else:
            fault = "this is not a period" if role == "period" and period_of(cell) is None else ""
        if fault:
            yield CellFinding(k, row, table.place(row, table.names[k]), f"{fault[:1].upper()}{fault[1:]}.")


def _twice(table: RawTable, roles: Sequence[ColumnRole]) -> Iterator[CellFinding]:
    """Yield rows whose unit and period, or whose place, stand in a row before."""
    keys = [k for role in ("unit", "region", "period", "place") for k, item in enumerate(roles) if item == role]
    chosen = [roles[k] for k in keys]
    wide = chosen == ["unit"] and "figures" in roles
    parts = roles.count("share")
    if parts == 1:
        return  # a row is one of several parts
    if chosen == ["period"] and parts:
        wide = True
    if chosen not in (["unit", "period"], ["region", "period"], ["region"], ["place"]) and not wide:
        return
    what = " and ".join(chosen)
    first: dict[tuple[str, ...], int] = {}
    for row, key in enumerate(zip(*(texts_of(table.columns[k]) for k in keys), strict=True)):
        if first.setdefault(key, row) != row:
            where = table.place(first[key])
            yield CellFinding(
                keys[0],
                row,
                table.place(row),
                f"This {what} {'stand' if len(chosen) > 1 else 'stands'} on {where} as well: keep one.",
            )


def _cell(column: Column, row: int) -> str:
    if isinstance(column, NumberColumn):
        value = float(column.values[row])
        return "" if math.isnan(value) else code(value)
    if isinstance(column, TextColumn) or column.cells:
        return column.cells[row]
    return "?"


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN_SIGNS else f"{text[:_SHOWN_SIGNS]}..."
