"""The door for a panel of many units: whatever form it comes in, an engine can carry kernels to it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pilotzone.core import DataError, UsageError, listing, open_regular
from pilotzone.gather.cells import numbers
from pilotzone.gather.columns import NumberColumn, RawTable, RefusedColumn, code
from pilotzone.gather.forms import TableForm
from pilotzone.gather.joining import check_sheets, join_sheets
from pilotzone.gather.programs import sheet_table, stata_periods
from pilotzone.gather.sources import check_form
from pilotzone.gather.trimming import plain_numbers
from pilotzone.store import (
    IPC,
    JSON_LINES,
    LABELLED,
    SHEETS,
    Arriving,
    KeptLabelled,
    arriving_columns,
    is_postgres,
    keep_labelled,
    open_ipc,
    open_json_lines,
    open_panel,
    open_postgres,
    own_folder,
    read_workbook,
    wide_columns,
)

if TYPE_CHECKING:
    import pyarrow as pa

    from pilotzone.store import Engine, PanelColumns

__all__ = ["open_any_panel", "panel_source"]


def open_any_panel(
    data: Any,  # noqa: ANN401 - a path, an address, or a frame of any library that speaks Arrow
    columns: PanelColumns,
    form: TableForm | None = None,
    *,
    wide: bool = False,
    na: Sequence[str] = (),
    **options: Any,
) -> tuple[Engine, tuple[str, ...]]:
    """Open a panel in any form, so that kernels can be carried to it.

    Parameters
    ----------
    data
        As in `open_panel`; also an Excel workbook, a Stata or SPSS file, a Feather or Arrow file, JSON lines, or the
        address of a PostgreSQL database.
    columns
        Which columns make the panel.
    form
        How it is written, where it is not as most are.
    wide, na, options
        As in `open_panel`.

    Returns
    -------
    Engine
    tuple of str
        What a reader of the findings should know of how it was read.

    Raises
    ------
    UsageError, DataError
        As in `open_panel`.
    """
    form = form or TableForm()
    found = panel_source(data, columns, form, wide=wide)
    told: tuple[str, ...] = ()
    if not isinstance(found, Arriving):
        options |= {"table": form.table, "na": na, "delimiter": form.delimiter, "decimal": form.decimal}
    else:
        told = found.told
        if na or form.delimiter is not None:
            raise UsageError(
                f"{found.source} is not a CSV file: words for missing values and a delimiter cannot be given for it.",
                todo="leave out na and delimiter",
            )
    return open_panel(found, columns, wide=wide, **options), told


def panel_source(  # noqa: PLR0911 - one return for each form
    data: Any,  # noqa: ANN401 - as above
    columns: PanelColumns,
    form: TableForm,
    *,
    wide: bool = False,
) -> Any:  # noqa: ANN401 - as above
    """Return a panel as an engine takes it: what it reads by itself as it is, all else as a table that arrives.

    Parameters
    ----------
    data
        Path, address of a database, or frame.
    columns
        Which columns make the panel.
    form
        How it is written.
    wide
        Whether it has a row for each unit, and columns named by outcome and period.

    Raises
    ------
    UsageError
        If the form says what does not go with the data.
    DataError
        If the data cannot be read.
    """
    named = form.sheet if form.sheet is not None else next(iter(form.sheets.values()), None)
    if is_postgres(data):
        check_form(data, None, form, named)
        return open_postgres(data, form.table, form.query)
    path = Path(os.fspath(data)) if isinstance(data, str | os.PathLike) else None
    suffix = "" if path is None else path.suffix.lower()
    if path is not None and ("://" in os.fspath(data) or os.path.isdir(path)):  # noqa: PTH112 - Path's raises on odd names
        return data
    check_form(data, path, replace(form, table=None), named)
    if path is None:
        return data
    if form.thousands is not None and suffix not in SHEETS:
        raise UsageError(
            f"a thousands mark is given, and {path.name!r} is not a workbook.",
            todo="write the numbers of a CSV panel without such marks, and leave thousands out",
        )
    if suffix in SHEETS:
        return (_of_sheets if form.sheets else _of_sheet)(path, columns, form, wide=wide)
    if suffix in LABELLED:
        return _of_labelled(path, columns, form, wide=wide)
    if suffix in IPC:
        return open_ipc(path)
    return open_json_lines(path) if suffix in JSON_LINES else data


def _of_sheet(path: Path, columns: PanelColumns, form: TableForm, *, wide: bool) -> Arriving:
    keys = [columns.unit, columns.cohort] if wide else [columns.unit, columns.time, columns.cohort]
    with open_regular(path, fault=DataError) as stream:
        if not stream.read(1):
            raise DataError(f"{path.name!r} is empty.", allowed="a workbook (.xlsx, .xlsm)")
    table = sheet_table(read_workbook(path, sheet=form.sheet, area=form.range), keys, form.header)
    table = plain_numbers(table, form.thousands, form.decimal, keys)
    names = table.names
    twice = [name for name in dict.fromkeys(names) if name and names.count(name) > 1]
    if twice:
        raise DataError(
            f"{table.source} has {names.count(twice[0])} columns called {twice[0]!r}.", allowed="one of each"
        )
    chosen = arriving_columns(names, columns, wide=wide)
    figures = {*columns.outcomes, *columns.constants, *filter(None, [columns.weight])}
    if wide:
        figures |= {name for found in wide_columns(names, columns.outcomes).values() for name in found.values()}
    arrays = {name: _array(table, name, figure=name in figures) for name in chosen}

    def batches(asked: Sequence[str]) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa

        yield pa.RecordBatch.from_arrays([arrays[name] for name in asked], names=list(asked))

    return Arriving(table.source, tuple(names), batches, table.told)


def _of_sheets(path: Path, columns: PanelColumns, form: TableForm, *, wide: bool) -> Arriving:
    """Return several sheets of a workbook as one table."""
    check_sheets(form.sheets, form.sheet, columns.outcomes)
    keys = [columns.unit] if wide else [columns.unit, columns.time]
    tables = {}
    for sheet in dict.fromkeys(form.sheets[name] for name in columns.outcomes):
        table = sheet_table(read_workbook(path, sheet=sheet, area=form.range), keys, form.header)
        tables[sheet] = plain_numbers(table, form.thousands, form.decimal, [*keys, columns.cohort])
    joined = join_sheets(
        tables, form.sheets, columns, lambda table, name, figure: _array(table, name, figure=figure), wide=wide
    )
    arriving_columns(tuple(joined.columns), columns, wide=wide)

    def batches(asked: Sequence[str]) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa

        yield pa.RecordBatch.from_arrays([joined.columns[name] for name in asked], names=list(asked))

    return Arriving(repr(path.name), tuple(joined.columns), batches, joined.told)


def _array(table: RawTable, name: str, *, figure: bool) -> pa.Array:
    """Return a column of a sheet: figures as numbers, all else as text or as numbers."""
    import numpy as np
    import pyarrow as pa

    column = table.column(name)
    if isinstance(column, RefusedColumn) and column.cells:
        return pa.array([cell or None for cell in column.cells], type=pa.string())
    if figure:
        values = numbers(table, name)
        return pa.array(values, mask=np.isnan(values))
    column = table.usable(name, what="units, periods or cohorts")
    if isinstance(column, NumberColumn):
        return pa.array(column.values, mask=np.isnan(column.values))
    return pa.array([cell.strip() or None for cell in column.cells], type=pa.string())


def _of_labelled(path: Path, columns: PanelColumns, form: TableForm, *, wide: bool) -> Arriving:
    """Return a Stata or SPSS file, some rows of which are held at a time."""
    import pyarrow.parquet as pq

    name = repr(path.name)
    names = keep_labelled(path, (), Path(os.devnull), encoding=form.encoding).names
    chosen = arriving_columns(names, columns, wide=wide)
    folder, remove = own_folder()
    try:
        kept = keep_labelled(path, chosen, folder / "kept.parquet", encoding=form.encoding)
    except BaseException:
        remove()
        raise
    figures = [each for each in chosen if each not in {columns.unit, columns.time, columns.cohort, columns.cluster}]
    changes = {each: change for each in chosen if (change := _change(name, each, kept, columns)) is not None}

    def batches(asked: Sequence[str]) -> Iterator[pa.RecordBatch]:
        try:
            with pq.ParquetFile(folder / "kept.parquet") as content:
                for batch in content.iter_batches(columns=list(asked)):
                    yield _changed(batch, changes, name, {each: kept.value_labels.get(each, {}) for each in figures})
        finally:
            remove()

    return Arriving(name, names, batches, _said(name, kept, chosen, columns))


def _said(name: str, kept: KeptLabelled, chosen: Sequence[str], columns: PanelColumns) -> tuple[str, ...]:
    """Return what is to be known of codes for missing values and of labels."""
    coded = [f"{count:,} of {each}" for each in chosen if (count := kept.codes.get(each, 0))]
    told = []
    if coded:
        told.append(
            f"{name}: cells with a code for a missing value (.a to .z, or as declared) are missing: {listing(coded)}."
        )
    keys = [columns.unit, *filter(None, [columns.cluster])]
    labelled = [each for each in dict.fromkeys(keys) if kept.value_labels.get(each)]
    if labelled:
        told.append(f"{name}: {listing(labelled)}: values are told apart by their codes, and not by their labels.")
    return tuple(told)


def _change(source: str, name: str, kept: KeptLabelled, columns: PanelColumns) -> Callable[[Any], Any] | None:
    """Return what is done to the cells of a column of dates, ``None`` for others; labels of periods are looked at."""
    periods = stata_periods(kept.formats.get(name, ""))
    if isinstance(periods, RefusedColumn):
        raise DataError(
            f"{source}: column {name!r} holds {periods.what}.",
            allowed="years, or dates that are periods",
            todo=periods.todo,
        )
    if periods is not None:
        return periods
    if name in {columns.time, columns.cohort}:
        differ = {
            code(float(value)): label
            for value, label in kept.value_labels.get(name, {}).items()
            if _hides(value, label)
        }
        if differ:
            shown = listing([f"{value} is {label!r}" for value, label in differ.items()], most=3)
            raise DataError(
                f"{source}: column {name!r} has codes with labels where periods belong: {shown}.",
                allowed="whole numbers, one per period, such as the year 2016",
                todo="make a variable of the labels (decode and destring in Stata), or drop the labels",
            )
    return None


def _hides(value: float | str, label: str) -> bool:
    """Whether the label of a period is another number: 1 is "2015"."""
    if isinstance(value, str):
        return False
    return any(sign.isdecimal() for sign in label) and code(value) not in label


def _changed(
    batch: pa.RecordBatch,
    changes: Mapping[str, Callable[[Any], Any]],
    source: str,
    labels: Mapping[str, Mapping[float | str, str]],
) -> pa.RecordBatch:
    import pyarrow as pa
    import pyarrow.compute as pc

    columns = []
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        given = {value: label for value, label in labels.get(name, {}).items() if not isinstance(value, str)}
        if given and pa.types.is_floating(column.type):
            special = pc.is_in(column, value_set=pa.array(list(given), type=pa.float64()))
            if pc.any(special).as_py() and pc.any(pc.and_(pc.invert(special), pc.is_valid(column))).as_py():
                value = pc.filter(column, special)[0].as_py()
                raise DataError(
                    f"{source}: column {name!r} has values with labels among figures without: {code(value)} is"
                    f" {given[value]!r}.",
                    allowed="figures, and missing values declared as such",
                    todo="declare the values missing (mvdecode in Stata, MISSING VALUES in SPSS), or drop the labels",
                )
        if name in changes:
            text = {cell: changes[name](cell) for cell in column.unique().to_pylist()}
            columns.append(pa.array([text[cell] for cell in column.to_pylist()], type=pa.string()))
        else:
            columns.append(column)
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)
