"""How a table is written, where it is not as most are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["TableForm"]


@dataclass(frozen=True)
class TableForm:
    """How a table is written, where it is not as most are.

    Attributes
    ----------
    series, value
        In a tidy table, the columns with the name of the series and with the figure.
    delimiter
        Between the cells of a CSV file; ``None`` is a comma, and a tab in files called ``.tsv`` or ``.tab``.
    encoding
        Encoding of a CSV file, such as ``gb18030``; also of older Stata and SPSS files, which do not say theirs.
    sheet
        Sheet of an Excel workbook; ``None`` is the only one that is neither hidden nor empty.
    sheets
        Outcome to the sheet that it stands in, where a workbook has a sheet for each; they are joined by unit and
        period.
    header
        Row of a sheet with the names of the columns, counted from 1; ``None``: the first with those of the keys.
    range
        Cells of a sheet that hold the table, with its header, such as ``A5:P25``; ``None``: all.
    thousands, decimal
        Marks in numbers that a CSV file or a sheet holds as text; without `thousands` there is none between them.
    table
        Table of a database: DuckDB's, or ``SCHEMA.NAME`` of PostgreSQL.
    query
        A SELECT for PostgreSQL, in place of a table.
    """

    series: str = "series"
    value: str = "value"
    delimiter: str | None = None
    encoding: str = "utf-8"
    sheet: str | None = None
    sheets: Mapping[str, str] = field(default_factory=dict)
    header: int | None = None
    range: str | None = None
    thousands: str | None = None
    decimal: str = "."
    table: str | None = None
    query: str | None = None
