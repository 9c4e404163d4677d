"""DuckDB opens what is named and nothing else, whatever a user's database or file says."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from pilotzone.core import DataError, PilotZoneError, UsageError
from pilotzone.store import PanelColumns, open_panel
from pilotzone.store.confined import confined, spelled

COLUMNS = PanelColumns("unit", "year", "start", ("y",))
ROWS = "SELECT i // 4 AS unit, 2000 + i % 4 AS year, CASE WHEN i < 20 THEN 2002 ELSE 0 END AS start, i * 0.5 AS y"
TABLE = f"{ROWS} FROM range(40) AS t(i)"


def database(path: Path, *statements: str) -> Path:
    with duckdb.connect(str(path)) as connection:
        for statement in statements:
            connection.execute(statement)
    return path


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM read_text('{secret}')",
        "SELECT * FROM read_blob('{secret}')",
        "SELECT * FROM read_csv('{secret}')",
        "SELECT * FROM '{secret}'",
        "SELECT * FROM glob('{folder}/*')",
        "SELECT * FROM read_text('{spill}/../{name}')",
        "COPY (SELECT 1) TO '{folder}/made.csv'",
        "ATTACH '{folder}/other.duckdb'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SELECT * FROM read_csv('http://127.0.0.1:9/x.csv')",
        "SET enable_external_access = true",
        "SET allowed_paths = ['/']",
        "SET lock_configuration = false",
        "SET autoinstall_known_extensions = true",
        "SET temp_directory = '/tmp'",
        "EXPORT DATABASE '{folder}/exported'",
        "CREATE PERSISTENT SECRET s (TYPE s3)",
        "SELECT * FROM table_of_python",
    ],
)
def test_what_a_connection_may_not(statement: str, tmp_path: Path) -> None:
    table_of_python = pa.table({"a": [1]})
    assert table_of_python.num_rows == 1
    (tmp_path / "secret.csv").write_text("SECRET TEXT\n")
    (tmp_path / "named.csv").write_text("a\n1\n")
    before = sorted(tmp_path.rglob("*"))
    home = confined([tmp_path / "named.csv"])
    words = {"secret": tmp_path / "secret.csv", "folder": tmp_path, "spill": home.spill, "name": "secret.csv"}
    try:
        named = f"SELECT * FROM read_csv('{spelled(tmp_path / 'named.csv')}')"  # noqa: S608 - our own file
        assert home.connection.execute(named).fetchall() == [(1,)]
        with pytest.raises(duckdb.Error) as caught:
            home.connection.execute(statement.format(**words)).fetchall()
    finally:
        home.close()
    assert "SECRET TEXT" not in str(caught.value)
    assert sorted(tmp_path.rglob("*")) == before


READS = "(SELECT content FROM read_text('{secret}'))"
SLOW = "levenshtein(repeat('a', 9000000), repeat('b', 9000000))"
VIEWS = {
    "reads a file": f"SELECT unit, year, start, CAST({READS} AS DOUBLE) AS y FROM ({TABLE})",  # noqa: S608 - our own
    "names units by a file": f"SELECT {READS} AS unit, year, start, y FROM ({TABLE})",  # noqa: S608 - our own
    "has no end": f"{ROWS} FROM range(1000000000000000) AS t(i)",
    "calls itself": "WITH RECURSIVE r AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM r) "
    "SELECT i AS unit, i AS year, 0 AS start, 1.0 AS y FROM r",
    "is slow in one cell": f"SELECT * REPLACE ({SLOW} AS y) FROM ({TABLE})",  # noqa: S608 - our own
    "is harmless": TABLE,
}


@pytest.mark.parametrize("kind", VIEWS)
@pytest.mark.parametrize("named", [True, False])
def test_views_are_programs_and_are_not_run(kind: str, named: bool, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("SECRET TEXT")
    view = VIEWS[kind].format(secret=tmp_path / "secret")
    path = database(tmp_path / "d.duckdb", f"CREATE VIEW panel AS {view}")
    with pytest.raises(UsageError) as caught:
        open_panel(path, COLUMNS, table="panel" if named else None).facts()
    assert "SECRET" not in str(caught.value)
    assert ("is a view" in caught.value.what) == named
    assert "CREATE TABLE panel_rows AS FROM" in str(caught.value.todo) or not named


def test_what_is_said_of_a_view_helps(tmp_path: Path) -> None:
    path = database(tmp_path / "d.duckdb", f"CREATE VIEW panel AS {TABLE}")
    with pytest.raises(UsageError) as caught:
        open_panel(path, COLUMNS, table="panel")
    database(path, str(caught.value.todo).partition(": ")[2])
    assert open_panel(path, COLUMNS).facts().units == 10


def test_columns_that_are_computed_are_programs_too(tmp_path: Path) -> None:
    made = "CREATE TABLE panel (unit INT, year INT, start INT, a DOUBLE, y DOUBLE GENERATED ALWAYS AS (a * 2))"
    with pytest.raises(UsageError, match="columns that are computed"):
        open_panel(database(tmp_path / "d.duckdb", made), COLUMNS)
    named = f'CREATE TABLE panel AS SELECT *, 1 AS "GENERATED ALWAYS AS (x)" FROM ({TABLE})'  # noqa: S608 - our own
    assert open_panel(database(tmp_path / "e.duckdb", named), COLUMNS).facts().units == 10


def test_tables_in_other_schemas_have_longer_names(tmp_path: Path) -> None:
    path = database(
        tmp_path / "d.duckdb",
        "CREATE SCHEMA s",
        f"CREATE TABLE s.panel AS {TABLE}",
        f"CREATE TABLE panel AS {TABLE} LIMIT 8",
    )
    assert open_panel(path, COLUMNS, table="s.panel").facts().units == 10
    assert open_panel(path, COLUMNS, table="panel").facts().units == 2
    with pytest.raises(UsageError, match="several tables, and none is named") as caught:
        open_panel(path, COLUMNS)
    assert caught.value.allowed == "panel, s.panel"


def test_a_database_that_was_not_closed_is_read_with_its_log(tmp_path: Path) -> None:
    from pilotzone.store import panel_digests

    path = database(tmp_path / "d.duckdb", f"CREATE TABLE panel AS {TABLE}")
    with duckdb.connect(str(path), config={"checkpoint_threshold": "1GB"}) as connection:
        connection.execute("PRAGMA disable_checkpoint_on_shutdown")
        connection.execute("INSERT INTO panel VALUES (99, 2000, 0, 1.0)")
    assert (tmp_path / "d.duckdb.wal").exists()
    assert open_panel(path, COLUMNS).facts().units == 11
    assert list(panel_digests(path)) == ["d.duckdb", "d.duckdb.wal"]
    (tmp_path / "d.duckdb.wal").rename(tmp_path / "elsewhere")
    (tmp_path / "d.duckdb.wal").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(DataError, match="is not a file"):
        open_panel(path, COLUMNS)


def content(kind: str, folder: Path) -> bytes:
    path = folder / "made"
    if kind == "SQLite":
        with sqlite3.connect(path) as connection:
            connection.execute("CREATE TABLE panel (unit, year, start, y)")
        connection.close()
    elif kind == "DuckDB":
        database(path, f"CREATE TABLE panel AS {TABLE}")
    elif kind == "Parquet":
        duckdb.sql(f"COPY ({TABLE}) TO '{path}' (FORMAT parquet)")
    elif kind == "gzip":
        duckdb.sql(f"COPY ({TABLE}) TO '{path}' (FORMAT csv, COMPRESSION gzip)")
    elif kind == "CSV":
        duckdb.sql(f"COPY ({TABLE}) TO '{path}' (FORMAT csv)")
    else:
        path.write_bytes({"ZIP": b"PK\x03\x04" + bytes(99), "nothing": b"", "zeros": bytes(5000)}[kind])
    return path.read_bytes()


@pytest.mark.parametrize("kind", ["SQLite", "DuckDB", "Parquet", "gzip", "CSV", "ZIP", "nothing", "zeros"])
@pytest.mark.parametrize("ending", ["db", "duckdb", "parquet", "csv", "csv.gz", "DB"])
def test_a_file_is_what_its_name_says_or_is_refused(kind: str, ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"panel.{ending}"
    path.write_bytes(content(kind, tmp_path))
    right = {"DuckDB": ("db", "duckdb", "DB"), "Parquet": ("parquet",), "CSV": ("csv",), "gzip": ("csv.gz",)}
    if ending in right.get(kind, ()):
        assert open_panel(path, COLUMNS).facts().units == 10
        return
    with pytest.raises(PilotZoneError) as caught:
        open_panel(path, COLUMNS)
    assert caught.value.exit_code in {2, 3}
    assert f"panel.{ending}" in caught.value.what
    if kind == "SQLite":
        assert "it is an SQLite database" in caught.value.what or ending == "csv.gz"


@pytest.mark.parametrize(
    "name", ["p[1]", "p*", "p?", "[p]", "a'b", "a b", "a%20b", "{p,q}", "\u8d35\u5dde", "a;b", "p[[]1]"]
)
@pytest.mark.parametrize("ending", ["csv", "parquet", "duckdb"])
def test_names_are_names(name: str, ending: str, tmp_path: Path) -> None:
    """Beside each file lies one that it would be as a pattern."""
    for other in ("p1", "p", "pq", "q", "a"):
        _write(tmp_path / f"{other}.{ending}", 3)
    _write(tmp_path / f"{name}.{ending}", 7)
    if (name, ending) == ("p?", "duckdb"):
        with pytest.raises(DataError, match="question mark"):
            open_panel(tmp_path / f"{name}.{ending}", COLUMNS)
        return
    assert open_panel(tmp_path / f"{name}.{ending}", COLUMNS).facts().units == 7


def _write(path: Path, units: int) -> None:
    plain = path.with_name("being written")
    rows = f"SELECT * FROM ({TABLE}) WHERE unit < {units}"  # noqa: S608 - our own
    if path.suffix == ".duckdb":
        database(plain, f"CREATE TABLE panel AS {rows}")
    else:
        duckdb.sql(f"COPY ({rows}) TO '{plain}' (FORMAT {path.suffix[1:]})")
    plain.rename(path)


def test_a_memory_limit_and_threads_out_of_bounds_leave_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    wrong: list[dict[str, Any]] = [{"memory_limit": "much"}, {"threads": 10**6}, {"memory_limit": "9TB"}]
    for options in wrong:
        with pytest.raises(UsageError):
            open_panel(pa.table({"a": [1]}), PanelColumns("a", "a", "a", ("a",)), **options)
    assert not list(tmp_path.iterdir())
