"""Opening a panel, wherever it lies."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Literal

from pilotzone.core import DataError, UsageError, check_choice, given_period, listing, shown_path
from pilotzone.store.arriving import Arriving, keep_batches, whole_table
from pilotzone.store.confined import Confined, confined, literal, said
from pilotzone.store.csvform import CsvForm
from pilotzone.store.csvpanel import csv_header, view_csv
from pilotzone.store.database import view_table
from pilotzone.store.files import ENDINGS, PanelFiles, panel_files
from pilotzone.store.footers import view_parquet
from pilotzone.store.form import check_names
from pilotzone.store.limits import check_master, check_spark
from pilotzone.store.wide import checked_wide, long_frame, view_long

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pyarrow as pa
    from pyspark.sql import DataFrame

    from pilotzone.store.kernel import Engine, PanelColumns

__all__ = ["EngineName", "arriving_columns", "open_panel", "read_table"]

EngineName = Literal["duckdb", "spark"]
"""What reads a panel and carries kernels to it."""


def open_panel(  # noqa: PLR0913 - one door for what each engine may be told
    data: Any,  # noqa: ANN401 - a path, or a frame of any library that speaks Arrow
    columns: PanelColumns,
    *,
    engine: EngineName = "duckdb",
    table: str | None = None,
    memory_limit: str | None = None,
    threads: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    master: str | None = None,
    spark: Mapping[str, str] | None = None,
    na: Sequence[str] = (),
    delimiter: str | None = None,
    decimal: str = ".",
    wide: bool = False,
) -> Engine:
    """Open a panel, so that kernels can be carried to it.

    Parameters
    ----------
    data
        A Parquet or CSV file or a folder of them, a DuckDB database, a frame in memory (pandas, polars, Arrow), or
        what else is `Arriving`.
        For Spark also a place elsewhere (``hdfs://...``), a table that it knows, or its own DataFrame; no database.
    columns
        Which columns make the panel.
    engine
        What reads it.
    table
        Which table of a database; no view, which is a program.
    memory_limit
        Memory that DuckDB may use before it goes to disk, such as ``4GB``; no more than the machine has is used.
    threads
        Threads that DuckDB may use, up to 256; no more than the machine has cores are used.
    progress
        Called with the rows read so far and all rows that are to be read; by Spark from a thread of its
        own, by the tasks that are done.
    master
        Where Spark runs: ``local[2]``, ``spark://host:7077``, ``yarn`` and so on. ``None``: where it runs already, or
        is configured to run, else on all cores of this machine.
    spark
        Further settings for a session of Spark that is started, such as ``spark.executor.memory``: those that say how
        much of something there is. All others belong in Spark's own configuration.
    na, delimiter, decimal
        For CSV files: words for a missing number besides an empty cell, what stands between cells (a comma, or a tab
        in files that end in ``.tsv``), and the decimal mark.
    wide
        Whether the table has a row for each unit, and columns named by outcome and period (see `wide_columns`); the
        column of periods is then one that the table does not have.

    Returns
    -------
    Engine

    Raises
    ------
    UsageError
        If there is no such file, table or column, or the kind of data cannot be read.
    DataError
        If columns are of the wrong type, or the file cannot be read.
    """
    check_choice(engine, EngineName, "engine")
    form = CsvForm(tuple(na), delimiter, decimal)
    if engine == "spark":
        _refuse_options(engine, memory_limit=memory_limit, threads=threads)
        return _open_on_spark(data, columns, table, progress, master, spark, form, wide=wide)
    _refuse_options(engine, master=master, spark=spark)
    return _open_on_duck(data, columns, table, memory_limit, threads, progress, form, wide=wide)


def _open_on_duck(
    data: Any,  # noqa: ANN401 - as above
    columns: PanelColumns,
    table: str | None,
    memory_limit: str | None,
    threads: int | None,
    progress: Callable[[int, int], None] | None,
    form: CsvForm,
    *,
    wide: bool,
) -> Engine:
    import duckdb

    from pilotzone.store.duck import DuckEngine

    found = _files(data, table, form) if isinstance(data, str | os.PathLike) else None
    frame = None
    if found is None and not isinstance(data, Arriving):
        _refuse_index(data, columns)
        frame = _arrow(data)
        frame = frame if wide else _of_panel(frame, columns)
    home = confined(() if found is None else found.admitted, memory_limit=memory_limit, threads=threads)
    try:
        if isinstance(data, Arriving):
            _view_kept(home, data, columns, wide=wide)
        elif found is not None:
            _view(home, found, None if wide else columns, table, form)
        if wide:
            _lengthen(home, frame, columns)
            frame = None
        return DuckEngine(home, columns, frame=frame, progress=progress)
    except duckdb.Error as error:
        home.close()
        raise DataError(f"the panel cannot be read: {said(error)}.") from error
    except BaseException:
        home.close()
        raise


def _view_kept(home: Confined, data: Arriving, columns: PanelColumns, *, wide: bool) -> None:
    """Make the view ``panel`` of a table that arrives, kept in the engine's own folder."""
    chosen = arriving_columns(data.names, columns, wide=wide)
    target = home.spill / "arrived.parquet"
    keep_batches(data, chosen, target)
    home.connection.execute(
        f"CREATE VIEW panel AS SELECT * FROM read_parquet({literal(str(target))}, hive_partitioning=false)"
    )


def arriving_columns(names: Sequence[str], columns: PanelColumns, *, wide: bool) -> list[str]:
    """Return which columns of a table a panel needs.

    Raises
    ------
    UsageError, DataError
        If one is not there.
    """
    if not wide:
        check_names(columns, list(names))
        return list(dict.fromkeys(columns.every))
    used = {name for periods in checked_wide(names, columns).values() for name in periods.values()}
    return [name for name in names if name in used or name in columns.every]


def _lengthen(home: Confined, frame: pa.Table | None, columns: PanelColumns) -> None:
    """Put a long panel in place of a wide one."""
    if frame is not None:
        home.connection.register("wide", frame)
    view_long(home, "panel" if frame is None else "wide", columns)


def _open_on_spark(
    data: Any,  # noqa: ANN401 - as above
    columns: PanelColumns,
    table: str | None,
    progress: Callable[[int, int], None] | None,
    master: str | None,
    settings: Mapping[str, str] | None,
    form: CsvForm,
    *,
    wide: bool,
) -> Engine:
    from pilotzone.store.frames import is_spark_frame, read_path, sent
    from pilotzone.store.session import session
    from pilotzone.store.spark import SparkEngine, explained

    def long(panel: DataFrame) -> DataFrame:
        return long_frame(panel, columns) if wide else panel

    if is_spark_frame(data):
        return SparkEngine(long(data), columns, progress=progress)
    if isinstance(data, Arriving):
        data = whole_table(data, arriving_columns(data.names, columns, wide=wide))
    _refuse_index(data, columns)
    frame = None if isinstance(data, str | os.PathLike) else _arrow(data)
    if frame is not None:
        frame = frame if wide else _of_panel(frame, columns)
        frame = frame.select(arriving_columns(frame.column_names, columns, wide=wide))
    master = None if master is None else check_master(master)
    settings = None if settings is None else check_spark(settings)
    with explained():
        found = session(master, settings)
        if frame is not None:
            return SparkEngine(long(sent(found, frame)), columns, progress=progress)
        panel, close = read_path(found, data, None if wide else columns, table, form)
        return SparkEngine(long(panel), columns, progress=progress, close=close)


def _refuse_options(engine: EngineName, **options: object) -> None:
    for name, value in options.items():
        if value is not None:
            other = "duckdb" if engine == "spark" else "spark"
            raise UsageError(
                f"the engine {engine!r} has no option {name!r}.",
                allowed=f"it is one of the engine {other!r}",
                todo="set spark.driver.memory and spark.executor.memory, or a master such as local[4]"
                if engine == "spark"
                else f"leave it out, or ask for the engine {other!r}",
            )


def _view(home: Confined, found: PanelFiles, columns: PanelColumns | None, table: str | None, form: CsvForm) -> None:
    """Make the view ``panel`` of files that were looked at."""
    if found.kind == "parquet":
        view_parquet(home, found, columns)
    elif found.kind == "csv":
        view_csv(home, csv_header(found, form), columns)
    else:
        view_table(home, found.root, table)


def _files(data: str | os.PathLike[str], table: str | None, form: CsvForm) -> PanelFiles:
    """Return the files of a panel, where what is said of them goes with their kind."""
    found = panel_files(data)
    name = str(found.root)
    if table is not None and found.kind != "database":
        raise UsageError(
            f"{name!r} is not a database: it has no table {table!r}.", allowed=listing(ENDINGS["database"])
        )
    if not form.plain and found.kind != "csv":
        raise UsageError(
            f"{name!r} is not a CSV file: words for missing values, a delimiter and a decimal mark cannot be given "
            "for it.",
            todo="leave out --na, --delimiter and --decimal (na, delimiter and decimal in [panel])",
        )
    return found


def read_table(data: Any, table: str | None = None, *, most: int | None = None) -> pa.Table:  # noqa: ANN401 - or a frame
    """Return a table whole: a Parquet file or folder, a CSV file, a table of a DuckDB database, or a frame.

    Parameters
    ----------
    data
        A path, or a frame.
    table
        Table of a database.
    most
        Cells that a file may have.

    Raises
    ------
    UsageError
        If there is no such file, or the kind of data cannot be read.
    DataError
        If it cannot be read.
    """
    import duckdb

    if not isinstance(data, str | os.PathLike):
        return _arrow(data)
    found = _files(data, table, CsvForm())
    home = confined(found.admitted)
    try:
        _view(home, found, None, table, CsvForm())
        if most is not None:
            (rows,) = home.connection.execute("SELECT count(*) FROM panel").fetchone() or (0,)
            if rows * len(home.connection.execute("DESCRIBE panel").fetchall()) > most:
                raise DataError(
                    f"{shown_path(data)} has {rows:,} rows.",
                    allowed=f"up to {most:,} cells; of units in any number: a study of a panel",
                )
        return home.connection.sql("SELECT * FROM panel").to_arrow_table()
    except duckdb.Error as error:
        raise DataError(f"{shown_path(data)} cannot be read: {said(error)}.") from error
    finally:
        home.close()


def _refuse_index(data: Any, columns: PanelColumns) -> None:  # noqa: ANN401 - a frame of any library
    """Refuse a frame of pandas that has a named column in its index, which is not read."""
    index = [name for name in getattr(getattr(data, "index", None), "names", ()) if name is not None]
    there = getattr(data, "columns", ())
    inside = [name for name in dict.fromkeys(columns.every) if name in index and name not in there]
    if inside:
        told = f"{listing([repr(name) for name in inside])} {'is' if len(inside) == 1 else 'are'}"
        raise UsageError(
            f"{told} in the index of the data frame.",
            allowed="columns",
            todo="give data.reset_index()",
        )


def _of_panel(frame: pa.Table, columns: PanelColumns) -> pa.Table:
    """Return a frame whose columns are those of the panel, and whose text is text."""
    import pyarrow as pa

    check_names(columns, frame.column_names)
    for name in (columns.time, columns.cohort):
        kind = frame[name].type
        if pa.types.is_date(kind) or (pa.types.is_timestamp(kind) and kind.tz is None):
            # As text: engines differ in what a date without a time zone is.
            frame = frame.set_column(frame.column_names.index(name), name, frame[name].cast(pa.string()))
    for name in dict.fromkeys(columns.every):
        if pa.types.is_string(frame[name].type) or pa.types.is_large_string(frame[name].type):
            try:
                frame[name].validate(full=True)
            except pa.ArrowInvalid as error:
                raise DataError(f"column {name!r} holds text that is not in UTF-8.", allowed="text in UTF-8") from error
    return frame


def _without_periods(frame: Any) -> Any:  # noqa: ANN401 - a frame of pandas
    """Return a frame of pandas whose periods are text."""
    spelled = {
        name: [
            None if cell is None else str(given_period(cell))
            for cell in frame[name].astype(object).where(frame[name].notna(), None)
        ]
        for name, kind in frame.dtypes.items()
        if str(kind).startswith("period[") or (str(kind) == "object" and _is_period(frame[name]))
    }
    return frame.assign(**spelled) if spelled else frame


def _is_period(column: Any) -> bool:  # noqa: ANN401 - of pandas
    """Whether a column of any objects holds pandas' periods, by the first that it holds."""
    given = column.dropna()
    return len(given) > 0 and type(given.iloc[0]).__name__ == "Period"


def _arrow(data: Any) -> pa.Table:  # noqa: ANN401 - a frame of any library
    """Return a frame in memory as an Arrow table."""
    import pyarrow as pa

    if isinstance(data, pa.Table):
        return data
    try:
        if type(data).__module__.partition(".")[0] == "pandas":
            return pa.Table.from_pandas(_without_periods(data), preserve_index=False)
        if hasattr(data, "__arrow_c_stream__"):
            return pa.table(data)
    except pa.ArrowException as error:
        why = "; ".join(map(str, error.args))
        raise DataError(f"the frame cannot be read: {why}.", allowed="columns of one kind each") from error
    spark = type(data).__module__.startswith("pyspark.")
    raise UsageError(
        f"a panel of type {type(data).__name__} cannot be read.",
        allowed="a path, or a frame of pandas, polars or Arrow",
        todo="ask for the engine 'spark', which reads its own DataFrames" if spark else None,
    )
