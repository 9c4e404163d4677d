"""Wide panels: a row for each unit, and a column for each outcome and period, as ``reshape wide`` of Stata gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilotzone.core import DataError, UsageError, listing, read_period
from pilotzone.store.confined import literal
from pilotzone.store.form import check_names, quoted, sort_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyspark.sql import DataFrame

    from pilotzone.store.confined import Confined
    from pilotzone.store.form import Mark
    from pilotzone.store.kernel import PanelColumns

__all__ = ["WIDE_TIME", "checked_wide", "long_frame", "view_long", "wide_columns"]

WIDE_TIME = "period"
"""What the column of periods is called that a wide panel does not have."""
_BETWEEN = ("", "_", ".", " ", "-")


def wide_columns(names: Sequence[str], outcomes: Sequence[str]) -> dict[str, dict[str, str]]:
    """Return the columns of each outcome: period, as it is written, to the name of the column.

    A column is named by its outcome and then the period, with nothing, ``_``, ``.``, ``-`` or a blank between:
    ``ln_gdp2004``, ``ln_gdp_2004``. Where there is one outcome, it may be named by the period alone.

    Raises
    ------
    DataError
        If an outcome has no column, or a period twice.

    Examples
    --------
    >>> wide_columns(["county", "y2004", "y2005", "x_2004"], ["y", "x"])
    {'y': {'2004': 'y2004', '2005': 'y2005'}, 'x': {'2004': 'x_2004'}}
    """
    found: dict[str, dict[str, str]] = {outcome: {} for outcome in outcomes}
    for name in names:
        for outcome in outcomes:
            starts = [f"{outcome}{mark}" for mark in _BETWEEN] + ([""] if len(outcomes) == 1 else [])
            ends = [name[len(start) :] for start in starts if name.startswith(start)]
            rest = next((end for end in ends if _is_period(end)), None)
            if rest is None:
                continue
            if any(name in columns.values() for columns in found.values()):
                raise DataError(
                    f"the wide panel's column {name!r} could belong to several outcomes.",
                    allowed="a name that begins with one outcome's and ends in a period",
                    todo="rename it, with '_' between the outcome and the period",
                )
            if rest in found[outcome]:
                twice = listing([repr(found[outcome][rest]), repr(name)])
                raise DataError(
                    f"the wide panel has {outcome!r} in {rest} twice: columns {twice}.", allowed="every period once"
                )
            found[outcome][rest] = name
    for outcome, columns in found.items():
        if not columns:
            raise DataError(
                f"no column of the wide panel is named by {outcome!r} and a period.",
                allowed=f"columns such as {outcome}2004 or {outcome}_2004; its columns are"
                f" {listing([repr(name) for name in names], most=20)}",
                todo="if there is a row for each unit and period, name the column with the period",
            )
    return found


def checked_wide(names: Sequence[str], columns: PanelColumns) -> dict[str, dict[str, str]]:
    """Return the columns of each outcome by period, as `wide_columns` does, if all others are there too.

    Raises
    ------
    UsageError, DataError
        If one is not there, or one is called as the new column of periods will be.
    """
    wide = wide_columns(names, columns.outcomes)
    used = {name for found in wide.values() for name in found.values()}
    if columns.time in names:
        raise UsageError(
            f"the wide panel has a column {columns.time!r}.",
            allowed="no column of that name: the column of periods is called so once there is one",
            todo="rename it",
        )
    check_names(columns, [*(name for name in names if name not in used), columns.time, *columns.outcomes])
    return wide


def view_long(home: Confined, source: str, columns: PanelColumns) -> None:
    """Make the view ``panel`` of a wide table: a row for each unit and period.

    Parameters
    ----------
    home
        What reads it.
    source
        What it calls the table.
    columns
        Which columns make the panel; that of periods is new.

    Raises
    ------
    UsageError, DataError
        If columns are not there, or figures are not numbers.
    """
    types = {row[0]: row[1] for row in home.connection.execute(f"DESCRIBE {source}").fetchall()}
    keys, periods, wide = _reshaping(types, columns)
    chosen = [quoted(name) for name in keys]
    chosen.append(f"unnest([{', '.join(map(literal, periods))}]) AS {quoted(columns.time)}")
    for outcome, found in wide.items():
        cells = ", ".join(_cell(found.get(period)) for period in periods)
        chosen.append(f"unnest([{cells}]) AS {quoted(outcome)}")
    target = literal(str(home.spill / "long.parquet"))
    home.connection.execute(
        f"COPY (SELECT {', '.join(chosen)} FROM {source}) TO {target} (FORMAT parquet, COMPRESSION lz4)"
    )
    home.connection.execute(
        f"CREATE OR REPLACE VIEW panel AS SELECT * FROM read_parquet({target}, hive_partitioning=false)"
    )


def long_frame(frame: DataFrame, columns: PanelColumns) -> DataFrame:
    """Return a wide table of Spark as a long one, which Spark makes anew in each pass; errors as in `view_long`.

    Parameters
    ----------
    frame
        A row for each unit, in any number of partitions.
    columns
        Which columns make the panel; that of periods is new.
    """
    types = dict(frame.dtypes)
    keys, periods, wide = _reshaping(types, columns, "`")
    rows = [
        f"{literal(period)}, {', '.join(_cell(found.get(period), '`') for found in wide.values())}"
        for period in periods
    ]
    heads = ", ".join(quoted(name, "`") for name in (columns.time, *wide))
    return frame.selectExpr(
        *(quoted(name, "`") for name in keys), f"stack({len(periods)}, {', '.join(rows)}) AS ({heads})"
    )


def _cell(name: str | None, mark: Mark = '"') -> str:
    """Return a figure as SQL has it; of a period that an outcome has no column for, none."""
    return f"CAST({'NULL' if name is None else quoted(name, mark)} AS DOUBLE)"


def _reshaping(
    types: Mapping[str, str], columns: PanelColumns, mark: Mark = '"'
) -> tuple[list[str], list[str], dict[str, dict[str, str]]]:
    """Return which columns stay, all periods, and the columns of each outcome by period, for a table of such types."""
    names = list(types)
    wide = checked_wide(names, columns)
    used = {name for found in wide.values() for name in found.values()}
    for name in names:
        if name in used and sort_of(types[name], mark) != "number":
            raise DataError(
                f"column {name!r} of the wide panel is of type {types[name]}.",
                allowed="numbers; an empty cell where a figure is missing",
                todo="look for text among its numbers, such as 'n/a'",
            )
    keys = [name for name in dict.fromkeys(columns.every) if name != columns.time and name not in wide]
    periods = list(dict.fromkeys(period for found in wide.values() for period in found))
    return keys, periods, wide


def _is_period(text: str) -> bool:
    try:
        read_period(text)
    except DataError:
        return False
    return True
