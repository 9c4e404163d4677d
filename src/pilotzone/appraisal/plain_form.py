"""An input-output table in a plain form: one square sheet, as statistical offices print it.

The first row names the columns, the first column the rows. Columns are the sectors, then kinds of final demand, then
``imports`` (if flows hold them) and ``output``. Rows are the sectors, then ``imports`` (of inputs, if flows are
domestic), parts of value added, ``output`` and ``jobs``. The caller
names the columns of final demand and the rows of value added.
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pilotzone.appraisal.table import FlowsHold, InputOutputTable
from pilotzone.core import MISSING_WORDS, DataError, listing, shown, shown_path
from pilotzone.store import OddCell, read_csv, read_workbook

__all__ = ["read_plain_table"]

_OWN = {"imports", "output", "jobs"}


def read_plain_table(  # noqa: PLR0913 - all but the first by name
    path: str | os.PathLike[str],
    *,
    price_year: int,
    unit: str,
    flows_hold: FlowsHold,
    final_demand: Sequence[str],
    value_added: Sequence[str],
    name: str = "",
    income_kind: str | None = None,
    household_kind: str | None = None,
    tolerance: float = 1e-6,
    sheet: str | None = None,
    encoding: str = "utf-8",
) -> InputOutputTable:
    """Read a table of one region from a CSV file or a workbook.

    Nothing is filled in: an empty cell among flows is an error, as zero is written 0.

    Parameters
    ----------
    path
        A CSV file (.csv, .txt, .tsv), or a workbook (.xlsx, .xlsm).
    price_year, unit
        Year of its prices and unit of its money.
    flows_hold
        ``domestic`` or ``all``; see `InputOutputTable`.
    final_demand
        Columns that are final demand.
    value_added
        Rows that are value added.
    name
        What the table is of; the file's name if left out.
    income_kind, household_kind, tolerance
        As in `InputOutputTable`.
    sheet
        Sheet of a workbook.
    encoding
        Encoding of a CSV file.

    Returns
    -------
    InputOutputTable

    Raises
    ------
    DataError
        If the file cannot be read, a row or column is missing or unknown, a cell is not a number, or it does not
        balance.
    """
    rows = _grid(Path(path), sheet, encoding)
    shown_name = shown_path(path)
    heads = [_word(cell) for cell in rows[0][1:]]
    known = {_word(row[0]): row[1:] for row in rows[1:]}
    _once(shown_name, "column", heads)
    _once(shown_name, "row", [_word(row[0]) for row in rows[1:]])
    others = {*_OWN, *final_demand, *value_added}
    sectors = tuple(head for head in heads if head not in others)
    _check_sides(shown_name, sectors, heads, known, final_demand, value_added)
    at = {head: k for k, head in enumerate(heads)}

    def cells(row: str, columns: Sequence[str]) -> list[float]:
        return [_figure(shown_name, row, column, known[row][at[column]]) for column in columns]

    def column(head: str) -> list[float]:
        return [cells(sector, [head])[0] for sector in sectors]

    output = cells("output", sectors) if "output" in known else column("output")
    imports = None
    if flows_hold == "domestic" and "imports" in known:
        imports = np.array(cells("imports", sectors))
    elif flows_hold == "all" and "imports" in at:
        imports = np.array(column("imports"))
    return InputOutputTable(
        name=name or Path(path).stem,
        price_year=price_year,
        unit=unit,
        sectors=sectors,
        flows=np.array([cells(sector, sectors) for sector in sectors]),
        final_demand=np.array([cells(sector, final_demand) for sector in sectors]),
        final_kinds=tuple(final_demand),
        value_added=np.array([cells(part, sectors) for part in value_added]),
        value_added_kinds=tuple(value_added),
        output=np.array(output),
        flows_hold=flows_hold,
        imports=imports,
        jobs=np.array(cells("jobs", sectors)) if "jobs" in known else None,
        income_kind=income_kind,
        household_kind=household_kind,
        tolerance=tolerance,
    )


def _grid(path: Path, sheet: str | None, encoding: str) -> list[tuple[object, ...]]:
    if path.suffix.lower() in {".xlsx", ".xlsm"}:
        return list(read_workbook(path, sheet=sheet).rows)
    found = read_csv(path, delimiter="\t" if path.suffix.lower() in {".tsv", ".tab"} else ",", encoding=encoding)
    return [found.header, *found.rows]


def _word(cell: object) -> str:
    return "" if cell is None else str(cell).strip()


def _once(name: str, what: str, labels: list[str]) -> None:
    twice = sorted({label for label in labels if labels.count(label) > 1})
    if twice:
        raise DataError(f"{name} has the {what} {shown(twice[0])} twice.", allowed=f"every {what} once, with a name")


def _check_sides(
    name: str,
    sectors: Sequence[str],
    heads: Sequence[str],
    known: dict[str, tuple[object, ...]],
    final_demand: Sequence[str],
    value_added: Sequence[str],
) -> None:
    for what, wanted, there in (
        ("column", final_demand, heads),
        ("row", value_added, known),
        ("row", sectors, known),
    ):
        left = [item for item in wanted if item not in there]
        if left:
            raise DataError(
                f"{name} has no {what} {listing([shown(item) for item in left])}.",
                allowed="a row and a column for every sector, columns of final demand, rows of value added",
                todo="name all columns of final demand and all rows of value added",
            )
    odd = [row for row in known if row not in {*sectors, *value_added, *_OWN}]
    if odd:
        raise DataError(f"{name} has a row {shown(odd[0])} that is not a sector.", todo="is it a part of value added?")
    if "output" not in known and "output" not in heads:
        raise DataError(f"{name} has neither a row nor a column 'output'.", allowed="one of the two")


def _figure(name: str, row: str, column: str, cell: object) -> float:
    where = f"{name}: row {shown(row)}, column {shown(column)}"
    if isinstance(cell, OddCell):
        raise DataError(f"{where} holds a cell that cannot be taken as it stands ({cell.kind}).", allowed="numbers")
    if isinstance(cell, bool) or cell is None:
        raise DataError(f"{where} is empty or not a number.", allowed="numbers; zero is written 0")
    try:
        found = float(str(cell).strip())
    except ValueError:
        found = math.nan
    if not math.isfinite(found):
        told = "a word for missing" if _word(cell).casefold() in MISSING_WORDS or not _word(cell) else "no number"
        raise DataError(f"{where} holds {shown(cell)}, {told}.", allowed="numbers with a point; zero is written 0")
    return found
