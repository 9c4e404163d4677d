"""Tables of incomes before they are understood: what each column is for, and which cells cannot be read.

Each row is a person or household of a survey, or a region with its mean where a column says which region.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal, TypeAlias

from pilotzone.core import DataError
from pilotzone.gather.cells import cell_fault
from pilotzone.gather.tablecolumns import PLAIN_FILES

if TYPE_CHECKING:
    from pathlib import Path

    from pilotzone.gather.forms import TableForm

__all__ = ["INCOME_FIGURES", "check_income_file", "income_fault", "income_periods", "lacking_incomes", "words_of"]

INCOME_FIGURES = frozenset({"income", "total", "people", "zone", "comparison", "share"})
"""Roles of columns that hold a figure in every row."""
_SIDES = frozenset({"zone", "comparison"})
_ONCE = {
    "income": "income", "total": "sums", "people": "people", "period": "periods", "region": "regions",
    "group": "groups", "cluster": "clusters", "zone": "the zone", "comparison": "the comparison",
}  # fmt: skip
_ENDINGS = (".csv", ".tsv", ".parquet", ".pq", *PLAIN_FILES)
_WHOLE = re.compile(r"[+-]?[0-9]{1,9}(?:\.0*)?")
_Figure: TypeAlias = Literal["people", "zone", "comparison", "income"]
_WORDS: Mapping[_Figure, re.Pattern[str]] = {
    "people": re.compile(r"weight|popul|people|persons|权重|人口", re.IGNORECASE),
    "zone": re.compile(r"zone|treat|试点|处理", re.IGNORECASE),
    "comparison": re.compile(r"comparison|control|对照", re.IGNORECASE),
    "income": re.compile(r"income|earn|wage|consum|expend|spend|收入|消费", re.IGNORECASE),
}


def words_of(name: str) -> _Figure | Literal[""]:
    """Return which figure of incomes a column is by its name; empty where the name does not say."""
    return next((role for role, words in _WORDS.items() if words.search(name)), "")


def income_fault(role: str, cell: str) -> str:
    """Return what to do about a cell of a column of incomes; empty where it can be read.

    Examples
    --------
    >>> income_fault("zone", "2"), income_fault("income", "12.5")
    ('this is neither 0 nor 1: write 1 inside, 0 elsewhere', '')
    """
    fault = cell_fault(cell)
    if fault:
        return fault
    if not cell.strip():
        return "the cell is empty: fill it in, or take out the row and say so in notes"
    if role in _SIDES and float(cell) not in {0.0, 1.0}:
        return "this is neither 0 nor 1: write 1 inside, 0 elsewhere"
    if role == "people" and float(cell) <= 0:
        return "nobody stands behind this row: write how many people it stands for"
    if role == "share" and float(cell) < 0:
        return "this is below zero: a share of income is from 0"
    return ""


def lacking_incomes(by_role: Mapping[str, Sequence[str]]) -> list[str]:
    """Return what has to be chosen before a table of incomes can be used."""
    found = [f"at most one column of {words}" for role, words in _ONCE.items() if len(by_role.get(role, ())) > 1]
    shares = by_role.get("share", ())
    if shares:
        return [*found, *_beside_shares(by_role)]
    if not (by_role.get("income") or by_role.get("total")):
        found.append("a column of income, or of shares of income,")
    if by_role.get("income") and by_role.get("total"):
        found.append("either income or sums")
    if by_role.get("total") and not by_role.get("region"):
        found.append("the column of regions that sums are of")
    if by_role.get("region") and not by_role.get("people"):
        found.append("a column of people in each region")
    if by_role.get("comparison") and not by_role.get("zone"):
        found.append("the column of the zone")
    return found


def _beside_shares(by_role: Mapping[str, Sequence[str]]) -> list[str]:
    """Return what has to be chosen otherwise beside columns of shares."""
    found = []
    if by_role.get("income") or by_role.get("total"):
        found.append("either amounts of income or shares of income")
    if by_role.get("people") and len(by_role["share"]) > 1:
        found.append("no column of people beside several columns of shares, which are of equal parts,")
    if by_role.get("group") or by_role.get("cluster"):
        found.append("no column of groups or clusters beside shares of income")
    if by_role.get("comparison") and not by_role.get("zone"):
        found.append("the column of the zone")
    return found


def check_income_file(path: Path, form: TableForm) -> None:
    """Refuse files that a study of who gains does not read.

    Raises
    ------
    DataError
        Saying which it reads.
    """
    todo = "save the table as CSV in UTF-8 with commas, and choose that file"
    if path.suffix.lower() not in _ENDINGS:
        raise DataError(
            f"a study of who gains does not read {path.name!r}.",
            allowed=f"files that end in {', '.join(_ENDINGS)}",
            todo=todo,
        )
    if path.suffix.lower() in PLAIN_FILES and (form.sheet or form.header or form.range or form.thousands):
        raise DataError(
            "a study of who gains reads a workbook with one table, which begins with the names of its columns.",
            todo="take out other sheets and what stands around the table, or save the table as CSV",
        )
    if form.delimiter not in {None, ","} or form.encoding.lower().replace("_", "-") not in {"utf-8", "utf8"}:
        raise DataError(
            "a study of who gains reads text in UTF-8 with commas, or tabs in a file that ends in .tsv.", todo=todo
        )


def income_periods(cells: Sequence[str], places: Sequence[str]) -> tuple[int, ...]:
    """Return the periods of a table of incomes, each once.

    Raises
    ------
    DataError
        If one is not a whole number.
    """
    for cell, place in zip(cells, places, strict=True):
        if not _WHOLE.fullmatch(cell.strip()):
            raise DataError(
                f"{place}: the period {cell!r} is not a whole number.", allowed="whole numbers, such as years"
            )
    return tuple(sorted({int(float(cell)) for cell in cells}))
