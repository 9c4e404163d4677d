"""What the columns of a user's table are probably for: guesses from names and contents, for a person to accept."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from pilotzone.gather.cells import cell_fault, period_of
from pilotzone.gather.columns import Column, NumberColumn, RawTable, RefusedColumn, code
from pilotzone.gather.incomes import INCOME_FIGURES, words_of
from pilotzone.gather.incomeshares import share_columns

__all__ = ["FIGURE_ROLES", "ColumnLook", "ColumnRole", "Purpose", "guessed", "texts_of"]

ColumnRole = Literal[
    "unit", "period", "outcome", "figures", "cohort", "place", "criterion", "income", "total", "people", "region",
    "group", "cluster", "zone", "comparison", "share", "",
]  # fmt: skip
"""What a column is for; ``figures`` of the period that it is named by, ``cohort``: when or whether a unit is treated,
``people``: how many a row of incomes stands for, ``cluster``: what rows were drawn in, ``share``: which share of income
a part of the people has, empty where it is left out."""
Purpose = Literal["zone", "panel", "siting", "inclusion"]
"""What a table is to become: a study of a zone, one of many units, places to be ranked, or a study of who gains."""
FIGURE_ROLES = frozenset({"outcome", "figures", "cohort", "criterion", *INCOME_FIGURES})
"""Roles of columns that hold figures."""

_FEWEST = 3
"""Columns named by periods that make a table a wide one."""
_UNIT_WORDS = re.compile(
    r"unit|region|province|state|county|country|city|town|district|place|area|firm|code|地区|省|市|县|单位",
    re.IGNORECASE,
)
_PERIOD_WORDS = re.compile(r"year|period|date|time|quarter|month|week|年|月|季|期", re.IGNORECASE)
_COHORT_WORDS = re.compile(r"cohort|treat|first|start|since|adopt|policy|^from$|试点|批准|处理", re.IGNORECASE)


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


def guessed(table: RawTable, purpose: Purpose) -> tuple[ColumnLook, ...]:
    """Return the columns of a table, each with what it is probably for."""
    looks = [_look(name, column) for name, column in zip(table.names, table.columns, strict=True)]
    if purpose == "siting":
        return _places(table, looks)
    if purpose == "inclusion":
        return _incomes(table, looks)
    periods = [k for k, column in enumerate(table.columns) if _may_be_periods(column)]
    period = _best(table, periods, _PERIOD_WORDS)
    if period is None or not _PERIOD_WORDS.search(table.names[period]):
        wide = [k for k, item in enumerate(looks) if period_of(item.name) is not None and item.holds == "numbers"]
        if len(wide) >= _FEWEST and purpose == "zone":
            return _wide(table, looks, wide)
    units = [k for k, item in enumerate(looks) if k != period and _may_be_units(table.columns[k], item)]
    unit = _best(table, units, _UNIT_WORDS)
    cohorts = [
        k
        for k, item in enumerate(looks)
        if purpose == "panel"
        and k not in {period, unit}
        and item.holds == "numbers"
        and _COHORT_WORDS.search(item.name)
    ]
    found = []
    for k, item in enumerate(looks):
        role: ColumnRole = "outcome" if item.holds == "numbers" and item.name else ""
        role = "cohort" if k in cohorts[:1] else role
        found.append(replace(item, guess="period" if k == period else "unit" if k == unit else role))
    return tuple(found)


def _wide(table: RawTable, looks: Sequence[ColumnLook], wide: Sequence[int]) -> tuple[ColumnLook, ...]:
    """Return the guess for a table with a row for each unit and a column for each period."""
    rest = [k for k in range(len(looks)) if k not in wide and _all_differ(table.columns[k])]
    unit = _best(table, rest, _UNIT_WORDS)
    return tuple(
        replace(item, guess="figures" if k in wide else "unit" if k == unit else "") for k, item in enumerate(looks)
    )


def _places(table: RawTable, looks: Sequence[ColumnLook]) -> tuple[ColumnLook, ...]:
    """Return the guess for a table with a row for each place and a column for each criterion."""
    named = [k for k, item in enumerate(looks) if item.holds == "text"]
    place = _best(table, [k for k in named if _all_differ(table.columns[k])] or named, _UNIT_WORDS)
    return tuple(
        replace(item, guess="place" if k == place else "criterion" if item.holds == "numbers" and item.name else "")
        for k, item in enumerate(looks)
    )


def _incomes(table: RawTable, looks: Sequence[ColumnLook]) -> tuple[ColumnLook, ...]:
    """Return the guess for a table of incomes: of people, or of regions with one row for each region and period."""
    roles: dict[int, ColumnRole] = {}
    period = _best(table, [k for k, column in enumerate(table.columns) if _may_be_periods(column)], _PERIOD_WORDS)
    if period is not None and _PERIOD_WORDS.search(table.names[period]):
        roles[period] = "period"
    numbers = [k for k, item in enumerate(looks) if item.holds == "numbers" and k not in roles]
    shares = share_columns({k: (table.names[k], texts_of(table.columns[k])) for k in numbers})
    roles |= dict.fromkeys(shares, "share")
    # Shares are of income, and columns of shares stand for equal parts of the people.
    others = {"income", *(["people"] if len(shares) > 1 else [])} if shares else set()
    for k, item in enumerate(looks):
        role = words_of(item.name) if item.holds == "numbers" and k not in roles else ""
        if role and role not in roles.values() and role not in others:
            roles[k] = role
    alone = {k for k, item in enumerate(looks) if shares and item.holds == "text"}  # each region in one row
    free = [(k, item) for k, item in enumerate(looks) if k not in roles]
    named = [k for k, item in free if k in alone or _may_be_units(table.columns[k], item)]
    where = _best(table, [k for k in named if _UNIT_WORDS.search(table.names[k])], _UNIT_WORDS)
    if where is not None:
        once = _rows_differ(table, [where, *([period] if period in roles else [])])
        roles[where] = "region" if once or shares else "cluster"
    group = next((k for k in named if k not in roles and looks[k].holds == "text"), None)
    if group is not None and not shares:
        roles[group] = "group"
    return tuple(replace(item, guess=roles.get(k, "")) for k, item in enumerate(looks))


def _rows_differ(table: RawTable, keys: Sequence[int | None]) -> bool:
    rows = [*zip(*(texts_of(table.columns[k]) for k in keys if k is not None), strict=True)]
    return len({*rows}) == len(rows)


def _all_differ(column: Column) -> bool:
    if isinstance(column, RefusedColumn):
        return False
    cells = texts_of(column)
    return len({*cells}) == len(cells)


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
    cells = texts_of(column)
    filled = [cell for cell in cells if cell]
    plain = [period_of(cell) for cell in dict.fromkeys(filled[:2000])]
    return bool(filled) and None not in plain and len({*plain}) < len(filled)


def _may_be_units(column: Column, look: ColumnLook) -> bool:
    if isinstance(column, RefusedColumn):
        return False
    cells = texts_of(column)
    repeated = len({*cells}) < len(cells)
    return repeated and (look.holds == "text" or _UNIT_WORDS.search(look.name) is not None)


def _best(table: RawTable, places: Sequence[int], words: re.Pattern[str]) -> int | None:
    """Return the column whose name says so, else the first."""
    named = [k for k in places if words.search(table.names[k])]
    return next(iter([*named, *places]), None)


def texts_of(column: Column) -> Sequence[str]:
    """Return the cells of a column as text, empty where there are none."""
    if isinstance(column, NumberColumn):
        return ["" if math.isnan(value) else code(value) for value in column.values.tolist()]
    return [cell or "" for cell in column.cells]
