"""Opening a panel, wherever it lies."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pilotzone.core import DataError, UsageError, check_choice, did_you_mean, first_line, listing
from pilotzone.store.place import readable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pyarrow as pa

    from pilotzone.store.kernel import Engine, PanelColumns

__all__ = ["EngineName", "open_panel", "read_table"]

EngineName = Literal["duckdb", "spark"]
"""What reads a panel and carries kernels to it."""

_PARQUET, _CSV, _DATABASE = (".parquet", ".pq"), (".csv", ".csv.gz", ".tsv"), (".duckdb", ".db", ".ddb")


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
) -> Engine:
    """Open a panel, so that kernels can be carried to it.

    Parameters
    ----------
    data
        A Parquet file or a folder of them, a CSV file, a DuckDB database, or a frame in memory (pandas, polars, Arrow).
        For Spark also a folder of CSV files, a place elsewhere (``hdfs://...``), a table that it knows, or its own
        DataFrame; no database.
    columns
        Which columns make the panel.
    engine
        What reads it.
    table
        Which table of a database.
    memory_limit
        Memory that DuckDB may use before it goes to disk, such as ``4GB``.
    threads
        Threads that DuckDB may use.
    progress
        Called with the rows read so far and all rows that are to be read; by Spark from a thread of its
        own, by the tasks that are done.
    master
        Where Spark runs: ``local[2]``, ``spark://host:7077``, ``yarn`` and so on. ``None``: where it runs already, or
        is configured to run, else on all cores of this machine.
    spark
        Further settings for a session of Spark that is started, such as ``spark.executor.memory``.

    Returns
    -------
    Engine

    Raises
    ------
    UsageError
        If there is no such file, table or column, or the kind of data is none that can be read.
    DataError
        If columns are of the wrong type, or the file cannot be read.
    """
    check_choice(engine, EngineName, "engine")
    if engine == "spark":
        _refuse_options(engine, memory_limit=memory_limit, threads=threads)
        return _open_on_spark(data, columns, table, progress, master, spark)
    _refuse_options(engine, master=master, spark=spark)
    import duckdb

    from pilotzone.store.duck import DuckEngine, connected

    try:
        connection, spill, close = connected(memory_limit, threads)
    except duckdb.Error as error:
        raise UsageError(f"DuckDB cannot start: {first_line(error)}.", allowed="a memory limit such as 4GB") from error
    try:
        frame = None
        if isinstance(data, str | os.PathLike):
            _view_file(connection, data, table)
        else:
            frame = _arrow(data)
        return DuckEngine(connection, spill, close, columns, frame=frame, progress=progress)
    except duckdb.Error as error:
        close()
        raise DataError(f"the panel cannot be read: {first_line(error)}.") from error
    except BaseException:
        close()
        raise


def _open_on_spark(
    data: Any,  # noqa: ANN401 - as above
    columns: PanelColumns,
    table: str | None,
    progress: Callable[[int, int], None] | None,
    master: str | None,
    settings: Mapping[str, str] | None,
) -> Engine:
    from pilotzone.store.frames import is_spark_frame, read_path, sent
    from pilotzone.store.session import session
    from pilotzone.store.spark import SparkEngine, explained

    if is_spark_frame(data):
        return SparkEngine(data, columns, progress=progress)
    frame = None if isinstance(data, str | os.PathLike) else _arrow(data)
    found = session(master, settings)
    with explained():
        panel = read_path(found, data, table) if frame is None else sent(found, frame, columns)
        return SparkEngine(panel, columns, progress=progress)


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


def _view_file(connection: Any, data: str | os.PathLike[str], table: str | None) -> None:  # noqa: ANN401 - DuckDB's
    path = readable(data, folders=True)
    kind = path.name.lower()
    if table is not None and not kind.endswith(_DATABASE):
        raise UsageError(f"{str(path)!r} is no database: it has no table {table!r}.", allowed=listing(_DATABASE))
    if path.is_dir():
        connection.read_parquet(str(path / "**" / "*.parquet"), hive_partitioning=True).create_view("panel")
    elif kind.endswith(_PARQUET):
        connection.read_parquet(str(path)).create_view("panel")
    elif kind.endswith(_CSV):
        connection.read_csv(str(path)).create_view("panel")
    elif kind.endswith(_DATABASE):
        _view_table(connection, path, table)
    else:
        raise UsageError(
            f"{str(path)!r} is of a kind that is not known.",
            allowed="Parquet (.parquet, or a folder), CSV (.csv), or a DuckDB database (.duckdb)",
        )


def _view_table(connection: Any, path: Path, table: str | None) -> None:  # noqa: ANN401 - DuckDB's
    place = str(path).replace("'", "''")
    connection.execute(f"ATTACH '{place}' AS given (READ_ONLY)")
    rows = connection.execute("SELECT table_name FROM duckdb_tables() WHERE database_name = 'given'").fetchall()
    views = connection.execute("SELECT view_name FROM duckdb_views() WHERE database_name = 'given' AND NOT internal")
    names = sorted(row[0] for row in [*rows, *views.fetchall()])
    chosen = names[0] if table is None and len(names) == 1 else table
    if chosen not in names:
        what = "several tables" if table is None else f"no table {table!r}"
        raise UsageError(
            f"the database {str(path)!r} has {what}.{'' if table is None else did_you_mean(table, names)}",
            allowed=listing(names) or "a database with a table",
        )
    name = str(chosen).replace('"', '""')
    connection.execute(f'CREATE VIEW panel AS SELECT * FROM given."{name}"')


def read_table(data: Any) -> pa.Table:  # noqa: ANN401 - a path, or a frame of any library that speaks Arrow
    """Return a table whole: a Parquet file or folder, a CSV file, or a frame.

    Raises
    ------
    UsageError
        If there is no such file, or the kind of data is none that can be read.
    DataError
        If it cannot be read.
    """
    import duckdb

    if not isinstance(data, str | os.PathLike):
        return _arrow(data)
    try:
        with duckdb.connect() as connection:
            _view_file(connection, data, None)
            return connection.sql("SELECT * FROM panel").to_arrow_table()
    except duckdb.Error as error:
        raise DataError(f"{str(data)!r} cannot be read: {first_line(error)}.") from error


def _arrow(data: Any) -> pa.Table:  # noqa: ANN401 - a frame of any library
    """Return a frame in memory as an Arrow table."""
    import pyarrow as pa

    if isinstance(data, pa.Table):
        return data
    try:
        if type(data).__module__.partition(".")[0] == "pandas":
            return pa.Table.from_pandas(data, preserve_index=False)
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
