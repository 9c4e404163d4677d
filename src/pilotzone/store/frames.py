"""Panels as Spark's DataFrames, wherever they lie: files that Spark reaches, tables that it knows, frames in memory."""

from __future__ import annotations

import os
import re
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING

from pilotzone.core import DataError, UsageError, shown_path
from pilotzone.store.confined import confined, literal
from pilotzone.store.csvcells import Cells, cells_error
from pilotzone.store.csvpanel import csv_header, header_of, parts_of, view_csv, widened
from pilotzone.store.files import ENDINGS, panel_files, values_of_keys
from pilotzone.store.footers import check_files
from pilotzone.store.form import check_names, quoted
from pilotzone.store.paths import local_path
from pilotzone.store.session import is_local

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession

    from pilotzone.store.csvform import CsvForm
    from pilotzone.store.files import PanelFiles
    from pilotzone.store.kernel import PanelColumns

__all__ = ["is_spark_frame", "read_path", "sent"]

_GLOB = re.compile(r"([\[\]{}*?\\])")
_PATTERN = re.compile(r"[*?\[\]{}]")
_STORES = (
    "abfs", "abfss", "cosn", "dbfs", "file", "gs", "hdfs", "o3fs", "obs", "ofs", "oss", "s3", "s3a", "swebhdfs",
    "viewfs", "wasb", "wasbs", "webhdfs",
)  # fmt: skip
"""What addresses begin with: stores of files, which send nothing that a program on the web made up."""


def is_spark_frame(data: object) -> bool:
    """Whether something is a DataFrame of Spark."""
    return any(kind.__module__.startswith("pyspark.sql") for kind in type(data).__mro__)


def read_path(
    spark: SparkSession, data: str | os.PathLike[str], columns: PanelColumns | None, table: str | None, form: CsvForm
) -> tuple[DataFrame, Callable[[], None] | None]:
    """Return a Parquet or CSV file, a folder of them, or a table of Spark's catalogue.

    Files on this machine are looked at as DuckDB's are, and the same ones are read. What lies elsewhere only Spark can
    look at.

    Parameters
    ----------
    spark
        The session.
    data
        A path or an address that Spark reads, such as ``hdfs://...``; or a table as ``schema.table``.
    columns
        Which columns make the panel; ``None``: all are read.
    table
        Not for Spark, whose tables are named as `data`.
    form
        How CSV files are written.

    Returns
    -------
    DataFrame
    Callable or None
        What removes a copy that was made of it.

    Raises
    ------
    UsageError
        If it is neither.
    DataError
        If files are not what they have to be.
    """
    if table is not None:
        raise UsageError(f"Spark has no table {table!r} within {shown_path(data)}.", todo="name the table as the panel")
    name = os.fspath(data)
    below = local_path(data)
    if below is None:
        if "://" not in name and isinstance(data, str) and _is_table(spark, data):
            return spark.table(data), None
        if "://" in name or not is_local(spark):  # where the cluster looks for files that are named without a place
            return _elsewhere(spark, name, columns, form), None
    found = panel_files(data if below is None else below)
    if found.kind == "database":
        raise UsageError(
            f"{shown_path(found.root)} is of a kind that is not known to Spark.",
            allowed="Parquet (.parquet, or a folder), CSV (.csv, or a folder), or a table that Spark knows",
            todo="ask for the engine 'duckdb', which reads its own databases",
        )
    if not form.plain and found.kind != "csv":
        raise UsageError(f"{shown_path(found.root)} is not a CSV file: leave out na, delimiter and decimal.")
    if found.kind == "parquet":
        return _parquet(spark, found, columns), None
    if is_local(spark):
        return _copied(spark, found, columns, form)
    panel = csv_header(found, form)
    if columns is not None:
        check_names(columns, list(panel.header))
    places = [_place(file) for file in found.files]
    return _csv(spark, places, panel.header, columns, form, form.mark(found.files[0])), None


def _place(file: Path) -> str:
    return "file://" + _GLOB.sub(r"\\\1", os.path.abspath(file))  # noqa: PTH100 - links stay links


def _parquet(spark: SparkSession, found: PanelFiles, columns: PanelColumns | None) -> DataFrame:
    home = confined(found.files)
    try:
        check_files(home, found, columns, alike=True)
    finally:
        home.close()
    keys = values_of_keys(found)
    places = [_place(file) for file in found.files]
    if not keys:
        return spark.read.parquet(*places)
    name = "spark.sql.sources.partitionColumnTypeInference.enabled"
    before = spark.conf.get(name)
    spark.conf.set(name, "false")  # dates and fractions in names of folders stay text, as with DuckDB
    try:
        frame = spark.read.option("basePath", _place(found.root)).parquet(*places)
    finally:
        spark.conf.set(name, str(before))
    whole = {key for key, values in keys.items() if not any(isinstance(value, str) for value in values)}
    names = {column: quoted(column, "`") for column in frame.columns}
    return frame.selectExpr(
        *(f"CAST({name} AS BIGINT) AS {name}" if column in whole else name for column, name in names.items())
    )


def _copied(
    spark: SparkSession, found: PanelFiles, columns: PanelColumns | None, form: CsvForm
) -> tuple[DataFrame, Callable[[], None]]:
    """Return CSV files by way of a Parquet file that DuckDB, which looks at every cell, made of them."""
    import duckdb

    home = confined(found.files)
    try:
        view_csv(home, csv_header(found, form), columns)
        target = home.spill / "spark.parquet"
        home.connection.execute(f"COPY panel TO {literal(str(target))} (FORMAT parquet, COMPRESSION snappy)")
        return spark.read.parquet(_place(target)), home.close
    except duckdb.Error as error:
        home.close()
        raise DataError(
            f"there is no room for a copy of {shown_path(found.root)} in {shown_path(home.spill.parent)}."
        ) from error
    except BaseException:
        home.close()
        raise


def _elsewhere(spark: SparkSession, name: str, columns: PanelColumns | None, form: CsvForm) -> DataFrame:
    """Return what lies where only Spark can look."""
    scheme, there, _ = name.partition("://")
    if there and scheme.lower() not in _STORES:
        raise UsageError(
            f"{name!r:.200} is not an address that is read.", allowed=", ".join(f"{s}://" for s in _STORES)
        )
    if _PATTERN.search(name):
        raise UsageError(
            f"{name!r:.200} is a pattern.",
            allowed="one file, or a folder of Parquet or CSV files",
            todo="name the folder: all files in it are one panel",
        )
    if not name.lower().rstrip("/").endswith(ENDINGS["csv"]):
        if not form.plain:
            raise UsageError(f"{name!r:.200} is not a CSV file: leave out na, delimiter and decimal.")
        return spark.read.parquet(name)
    mark = form.mark(Path(name))
    first = spark.read.option("wholetext", value=False).text(name).first()
    header = header_of(name, str(first[0]) if first is not None else "", mark)
    if columns is not None:
        check_names(columns, list(header))
    return _csv(spark, [name], header, columns, form, mark)


def _csv(
    spark: SparkSession,
    places: list[str],
    header: tuple[str, ...],
    columns: PanelColumns | None,
    form: CsvForm,
    mark: str,
) -> DataFrame:
    """Return CSV files that Spark itself parses: all cells as text first, then as what all of them are."""
    from pyspark.sql.types import StringType, StructField, StructType

    names = [name or f"unnamed {k}" for k, name in enumerate(header)]
    schema = StructType([StructField(name, StringType()) for name in names])
    # Rows that are shorter or longer fail, whatever columns are asked for, and so do headers that differ.
    strict: dict[str, bool | str] = {
        "mode": "FAILFAST",
        "columnPruning": False,
        "enforceSchema": "" in header,
        "header": True,
    }
    text = spark.read.schema(schema).options(sep=mark, quote='"', escape='"', **strict).csv(places)
    cells = text.toDF(*(f"c{k}" for k in range(len(header))))
    first = [Cells(k, header[k], part, form, engine="spark") for k, part in parts_of(header, columns).items()]

    view = f"pilotzone_{token_hex(8)}"
    cells.createOrReplaceTempView(view)
    try:
        found = widened(lambda query: tuple(spark.sql(query).first() or ()), first, view)
        for item in found:
            count = spark.sql(f"SELECT count_if({item.odd}) FROM {view}").first()
            if count is not None and count[0]:
                query = f"SELECT DISTINCT c{item.at} FROM {view} WHERE {item.odd} LIMIT 20"
                shown = [str(row[0]) for row in spark.sql(query).collect()]
                raise cells_error(places[0], None, item, shown[0], int(count[0]), shown)
    finally:
        spark.catalog.dropTempView(view)
    types = {item.at: {"VARCHAR": "STRING"}.get(item.type, item.type) for item in found}
    return cells.selectExpr(*(f"CAST({item.value} AS {types[item.at]}) AS {quoted(item.name, '`')}" for item in found))


def sent(spark: SparkSession, chosen: pa.Table) -> DataFrame:
    """Return an Arrow table as a DataFrame, in types that Spark has."""
    import pyarrow as pa

    for k, field in enumerate(chosen.schema):
        kind = field.type
        if pa.types.is_dictionary(kind):
            kind = kind.value_type
        elif pa.types.is_unsigned_integer(kind):
            kind = pa.int64()
        elif pa.types.is_float16(kind):
            kind = pa.float32()
        if kind != field.type:
            try:
                chosen = chosen.set_column(k, field.name, chosen[k].cast(kind))
            except pa.ArrowInvalid as error:
                raise DataError(f"column {field.name!r} does not fit: {error}.", allowed="64-bit integers") from error
    return spark.createDataFrame(chosen)


def _is_table(spark: SparkSession, name: str) -> bool:
    return re.fullmatch(r"\w+(\.\w+)*", name) is not None and spark.catalog.tableExists(name)
