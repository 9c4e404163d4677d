"""Panels as Spark's DataFrames, wherever they lie: files that Spark reaches, tables that it knows, frames in memory."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from pilotzone.core import DataError, UsageError, listing
from pilotzone.store.form import check_names
from pilotzone.store.place import readable
from pilotzone.store.session import is_local

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession

    from pilotzone.store.kernel import PanelColumns

__all__ = ["is_spark_frame", "read_path", "sent"]

_PARQUET, _CSV = (".parquet", ".pq"), (".csv", ".csv.gz", ".tsv")
_GLOB = re.compile(r"([\[\]{}*?\\])")


def is_spark_frame(data: object) -> bool:
    """Whether something is a DataFrame of Spark."""
    return any(kind.__module__.startswith("pyspark.sql") for kind in type(data).__mro__)


def read_path(spark: SparkSession, data: str | os.PathLike[str], table: str | None) -> DataFrame:
    """Return a Parquet or CSV file, a folder of them, or a table of Spark's catalogue.

    Parameters
    ----------
    spark
        The session.
    data
        A path or an address that Spark reads, such as ``hdfs://...``; or a table as ``schema.table``.
    table
        Not for Spark, whose tables are named as `data`.

    Raises
    ------
    UsageError
        If it is neither.
    """
    if table is not None:
        raise UsageError(f"Spark has no table {table!r} within {str(data)!r}.", todo="name the table as the panel")
    name = str(data)
    if "://" in name:
        return _read(spark, name, name, folder=False)
    found = Path(data)
    if not os.path.exists(found):  # noqa: PTH110 - Path's raises on odd names
        if isinstance(data, str) and _is_table(spark, data):
            return spark.table(data)
        if not is_local(spark):  # where the cluster looks for files that are named without a place
            return _read(spark, name, name, folder=False)
    found = readable(data, folders=True)
    place = "file://" + _GLOB.sub(r"\\\1", str(found.absolute()))
    return _read(spark, place, found.name, folder=found.is_dir(), below=found)


def sent(spark: SparkSession, table: pa.Table, columns: PanelColumns) -> DataFrame:
    """Return an Arrow table as a DataFrame: the columns of the panel, in types that Spark has."""
    import pyarrow as pa

    check_names(columns, table.column_names)
    chosen = table.select(list(dict.fromkeys(columns.every)))
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


def _read(spark: SparkSession, place: str, name: str, *, folder: bool, below: Path | None = None) -> DataFrame:
    kind = name.lower()
    if folder and below is not None:
        kind = _kind_of(below)
    if kind.endswith(_CSV):
        # As pandas and DuckDB write infinity and NaN; Spark knows its own spellings besides.
        words = {"nanValue": "nan", "positiveInf": "inf", "negativeInf": "-inf"}
        delimiter = "\t" if kind.endswith(".tsv") else ","
        return spark.read.options(header=True, inferSchema=True, sep=delimiter, **words).csv(place)
    if below is not None and not folder and not kind.endswith(_PARQUET):
        raise UsageError(
            f"{str(below)!r} is of a kind that is not known.",
            allowed="Parquet (.parquet, or a folder), CSV (.csv, or a folder), or a table that Spark knows",
        )
    return spark.read.parquet(place)


def _kind_of(folder: Path) -> str:
    """Return the suffix of the files in a folder: of Parquet if there is any."""
    names = [file.name.lower() for file in folder.rglob("*") if not file.name.startswith((".", "_"))]
    for kinds in (_PARQUET, _CSV):
        for kind in kinds:
            if any(name.endswith(kind) for name in names):
                return kind
    raise DataError(
        f"there is no file of a panel in the folder {str(folder)!r}.",
        allowed=f"files whose names end in {listing([*_PARQUET, *_CSV])}",
    )
