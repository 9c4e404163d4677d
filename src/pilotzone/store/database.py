"""Tables of DuckDB databases: what is stored in them, and nothing that would have to be run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pilotzone.core import DataError, UsageError, listing, shown_path, unknown
from pilotzone.store.confined import literal, said
from pilotzone.store.footers import check_rows
from pilotzone.store.form import quoted

if TYPE_CHECKING:
    from pathlib import Path

    from pilotzone.store.confined import Confined

__all__ = ["view_table"]

_QUOTED = re.compile(r"\"(?:[^\"]|\"\")*\"|'(?:[^']|'')*'")
_MAIN = "main"


def view_table(home: Confined, path: Path, table: str | None) -> None:
    """Make the view ``panel`` of a table in a database.

    A view of the user's is a program: it can read files, and need not end. So is a column that is generated.

    Parameters
    ----------
    home
        What reads it.
    path
        The database.
    table
        Which table, ``schema.table`` where it is not in the schema ``main``; the only one if left out.

    Raises
    ------
    UsageError
        If there is no such table, or several and none is named.
    DataError
        If the database cannot be read.
    """
    import duckdb

    connection = home.connection
    try:
        connection.execute(f"ATTACH {literal(str(path.absolute()))} AS given (TYPE duckdb, READ_ONLY)")
        rows = connection.execute(
            "SELECT schema_name, table_name, sql, estimated_size FROM duckdb_tables() WHERE database_name = 'given'"
        ).fetchall()
        views = connection.execute(
            "SELECT schema_name, view_name FROM duckdb_views() WHERE database_name = 'given' AND NOT internal"
        ).fetchall()
    except duckdb.Error as error:
        raise DataError(
            f"the database {shown_path(path)} cannot be read: {said(error)}.",
            todo="check that it is whole, and that its version of DuckDB is not newer than the one here",
        ) from error
    tables = {_shown(schema, name): (schema, name, sql, size) for schema, name, sql, size in rows}
    chosen = _chosen(path, table, sorted(tables), sorted(_shown(*row) for row in views))
    schema, name, sql, size = tables[chosen]
    if "GENERATED ALWAYS AS" in _QUOTED.sub("", str(sql)):
        raise _program(path, chosen, "has columns that are computed when it is read")
    check_rows(path, int(size))
    connection.execute(f"CREATE VIEW panel AS SELECT * FROM given.{quoted(schema)}.{quoted(name)}")


def _chosen(path: Path, table: str | None, tables: list[str], views: list[str]) -> str:
    if table in views:
        raise _program(path, str(table), "is a view")
    if table is None and len(tables) == 1:
        return tables[0]
    if table is None or table not in tables:
        of = f"the database {shown_path(path)}"
        allowed = listing(tables) or "a database with a table; views are not read"
        if table is not None:
            raise unknown("table", table, tables, of=of, allowed=allowed, error=UsageError)
        what = "several tables, and none is named" if tables else "no table"
        todo = "name the table: --table NAME (table in [panel])" if tables else None
        raise UsageError(f"{of} has {what}.", allowed=allowed, todo=todo)
    return table


def _program(path: Path, name: str, what: str) -> UsageError:
    return UsageError(
        f"{name!r} in the database {shown_path(path)} {what}: a program that would have to be run.",
        allowed="a table whose rows are stored",
        todo=f"store its rows, in DuckDB: CREATE TABLE panel_rows AS FROM {quoted(name)}",
    )


def _shown(schema: str, name: str) -> str:
    return name if schema == _MAIN else f"{schema}.{name}"
