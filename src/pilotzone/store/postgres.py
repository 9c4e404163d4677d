"""PostgreSQL: one table or one query, read and never written, in a transaction that can do nothing else.

The address of a server may stand in a study file from a stranger. So its parameters are a list, the transaction is
read-only, statements end after a time, and nothing but one SELECT is sent. No message shows a password.
"""

from __future__ import annotations

import re
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from pilotzone.core import (
    DataError,
    UsageError,
    check_extra,
    did_you_mean,
    first_line,
    listing,
    set_aside,
    with_password,
    without_passwords,
)
from pilotzone.store.arriving import Arriving

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow as pa

__all__ = ["POSTGRES", "is_postgres", "open_postgres", "postgres_digests"]

POSTGRES = ("postgresql://", "postgres://")
SECONDS = 600
"""Seconds after which a statement is ended by the server."""
_CONNECT_SECONDS = 15
_PARAMETERS = ("host", "port", "dbname", "user", "password", "sslmode", "connect_timeout")
"""What an address may set: where the server is, who asks, and whether the line is encrypted."""
_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
_AS_TEXT = (
    "extra_float_digits = 1",
    "datestyle = 'ISO, YMD'",
    "intervalstyle = 'postgres'",
    "timezone = 'UTC'",
    "bytea_output = 'hex'",
)
_DIGEST = """
SELECT encode(sha256(convert_to(coalesce(string_agg(digest, '' ORDER BY digest COLLATE "C"), ''), 'UTF8')), 'hex')
FROM (SELECT encode(sha256(convert_to(ROW(panel.*)::text, 'UTF8')), 'hex') AS digest
      FROM {asked} AS panel) AS told
"""
_SELECT = re.compile(r"\s*(?:--[^\n]*\n\s*)*(?:select|with|values|table)\b", re.IGNORECASE)
_ALLOWED = "postgresql://USER@HOST:PORT/DATABASE, with sslmode, connect_timeout or port behind a '?'"


def is_postgres(data: object) -> bool:
    """Whether something is the address of a PostgreSQL database."""
    return isinstance(data, str) and data.lower().startswith(POSTGRES)


def open_postgres(address: str, table: str | None = None, query: str | None = None) -> Arriving:
    """Open a table of a PostgreSQL database, or what a query returns.

    Numbers of any precision become the nearest ones of 64 bits. The password may stand in the address; better, it
    stands in the file ``~/.pgpass`` or the variable ``PGPASSWORD``, which the driver reads by itself.

    Parameters
    ----------
    address
        ``postgresql://USER@HOST:PORT/DATABASE``.
    table
        A table or view, ``SCHEMA.NAME`` where it is not on the search path.
    query
        A SELECT, in place of a table.

    Raises
    ------
    UsageError
        If the driver is not installed, the address is not one, or not exactly one of table and query is named.
    DataError
        If the server cannot be reached, refuses, or has no such table.
    """
    full = _address(with_password(address))
    shown = without_passwords(set_aside(address))
    source = f"{table if table is not None else 'the query'} of {shown}"
    asked = _asked(table, query, shown)
    with _cursor(full, shown) as cursor:
        schema = _described(cursor, asked, shown)
    kinds = dict(zip(schema.names, schema.types, strict=True))
    if len(kinds) < len(schema.names):
        raise DataError(f"{source} has two columns of one name.", allowed="every column once")

    def batches(chosen: Sequence[str]) -> Iterator[pa.RecordBatch]:
        columns = ", ".join(_cast(name, kinds[name]) for name in chosen)
        with _cursor(full, shown) as cursor:
            cursor.execute(f"SELECT {columns} FROM {asked} AS panel")
            yield from cursor.fetch_record_batch()

    return Arriving(source, tuple(schema.names), batches)


def postgres_digests(address: str, table: str | None = None, query: str | None = None) -> dict[str, str]:
    """Return the SHA-256 of what a table of a PostgreSQL database holds, or of what a query returns.

    The server writes every row as text and hashes it; the hash is that of these hashes in their order, one after the
    other. So the order of rows, which a table does not have, does not matter; everything else does: a cell, a row, a
    row that is there twice, a column.

    Parameters
    ----------
    address, table, query
        As in `open_postgres`.

    Returns
    -------
    dict
        Name of the table, or ``query``, to hash.

    Raises
    ------
    UsageError, DataError
        As in `open_postgres`; also if the server is older than PostgreSQL 11, which has no SHA-256.
    """
    full = _address(with_password(address))
    shown = without_passwords(set_aside(address))
    asked = _asked(table, query, shown)
    with _cursor(full, shown) as cursor:
        # Of the same data every server writes the same text.
        for setting in _AS_TEXT:
            cursor.execute(f"SET LOCAL {setting}")
        cursor.execute(_DIGEST.format(asked=asked))
        ((digest,),) = cursor.fetchall()
    return {"query" if table is None else table: str(digest)}


def _asked(table: str | None, query: str | None, shown: str) -> str:
    """Return what stands behind FROM."""
    if (table is None) == (query is None):
        raise UsageError(
            f"{shown} is a database, and {'no table is' if table is None else 'both a table and a query are'} named.",
            allowed="table = a name such as 'public.counties', or query = 'SELECT ...'",
            todo="name the table: table = in the study file, --table NAME on the command line",
        )
    if table is not None:
        parts = table.split(".")
        if len(parts) > 2 or not all(part and "\0" not in part for part in parts):  # noqa: PLR2004 - schema and name
            raise UsageError(f"the table is {table!r}.", allowed="NAME or SCHEMA.NAME")
        return ".".join(_quoted(part) for part in parts)
    text = str(query).strip().rstrip(";").strip()
    if not _SELECT.match(text) or ";" in re.sub(r"'(?:[^']|'')*'", "", text) or "\0" in text:
        raise UsageError(
            f"the query is {text!r:.120}.", allowed="one SELECT, which may begin with WITH; no semicolon in it"
        )
    return f"(\n{text}\n)"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _address(given: str) -> str:
    """Return the address in the one spelling that the driver gets, every part of it looked at."""
    try:
        parts = urlsplit(given)
        settings = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))
        port = parts.port
    except ValueError:
        raise UsageError(
            f"{without_passwords(given)} is not an address that can be read.",
            allowed=_ALLOWED,
            todo="write signs such as / ? # @ : in a name as %2F %3F %23 %40 %3A, and leave the password to ~/.pgpass",
        ) from None
    strange = [name for name in settings if name not in _PARAMETERS]
    if strange or parts.fragment:
        what = f"the parameter {strange[0]!r}" if strange else "something behind a '#'"
        raise UsageError(
            f"the address {without_passwords(given)} has {what}."
            + did_you_mean(strange[0] if strange else "", _PARAMETERS),
            allowed=listing(_PARAMETERS),
        )
    if settings.get("sslmode", "prefer") not in _MODES:
        raise UsageError(f"sslmode is {settings['sslmode']!r:.80}.", allowed=listing(_MODES))
    found = {
        "user": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "host": unquote(parts.hostname or ""),
        "port": str(port or ""),
        "dbname": unquote(parts.path.lstrip("/")),
    } | settings
    found.setdefault("connect_timeout", str(_CONNECT_SECONDS))
    found["application_name"] = "pilotzone"
    said = "&".join(f"{name}={quote(value, safe='')}" for name, value in found.items() if value)
    return f"postgresql://?{said}"


@contextmanager
def _cursor(full: str, shown: str) -> Iterator[Any]:
    """Give a cursor in a transaction that reads alone, and end it; every error is one without a password."""
    check_extra("postgres", "a table of PostgreSQL is asked for")
    import adbc_driver_manager
    import pyarrow as pa
    from adbc_driver_postgresql import dbapi

    try:
        with closing(dbapi.connect(full)) as connection, closing(connection.cursor()) as cursor:
            cursor.execute("SET TRANSACTION READ ONLY")
            for name in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"):
                cursor.execute(f"SET LOCAL {name} = '{SECONDS}s'")
            yield cursor
            connection.rollback()
    except (adbc_driver_manager.Error, pa.ArrowException, OSError) as error:
        raise _refused(error, full, shown) from None


def _refused(error: Exception, full: str, shown: str) -> DataError:
    text = " ".join(str(error).split()).partition(" LINE ")[0]
    for secret in [value for name, value in parse_qsl(full.partition("?")[2]) if name == "password"]:
        text = text.replace(secret, "...").replace(quote(secret, safe=""), "...")
    text = re.sub(r"^(?:[A-Z_ ]+: )?(?:\[libpq\] )?|Failed to prepare query: ", "", text)
    todo = "check the address, that the server runs, and that its user may read the table"
    if "statement timeout" in text:
        todo = f"ask for fewer rows or columns: a statement may take {SECONDS} seconds"
    elif "password" in text.casefold():
        todo = "put the password into ~/.pgpass (HOST:PORT:DATABASE:USER:PASSWORD, mode 600) or into PGPASSWORD"
    return DataError(f"{shown} cannot be read: {first_line(text)[:300].rstrip('.')}.", todo=todo)


def _described(cursor: Any, asked: str, shown: str) -> pa.Schema:  # noqa: ANN401 - the driver has no types
    schema = cursor.adbc_execute_schema(f"SELECT * FROM {asked} AS panel")
    if not schema.names:
        raise DataError(f"{shown} has no column there.", allowed="a table with columns")
    return schema


def _cast(name: str, kind: pa.DataType) -> str:
    """Return a column for SELECT: what Arrow has no type for as a number or as text."""
    import pyarrow as pa

    column = _quoted(name)
    plain = any(
        check(kind)
        for check in (
            pa.types.is_integer,
            pa.types.is_floating,
            pa.types.is_boolean,
            pa.types.is_date,
            pa.types.is_timestamp,
        )
    )
    if plain:
        return column
    numeric = isinstance(kind, pa.OpaqueType) and kind.type_name == "numeric"
    return f"CAST({column} AS {'double precision' if numeric else 'text'}) AS {column}"
