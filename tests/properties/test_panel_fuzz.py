"""Panels damaged at random, and panels that are out to read something else: nothing but an answer comes of them.

``PILOTZONE_FUZZ=2000`` damages so many files of each kind. ``PILOTZONE_REQUIRE_STRACE=1`` turns a missing strace into a
failure.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

COUNT = int(os.environ.get("PILOTZONE_FUZZ", "120"))
TABLE = (
    "SELECT i // 4 AS unit, 2000 + i % 4 AS year, CASE WHEN i < 20 THEN 2002 ELSE 0 END AS start, i * 0.5 AS y, 1 AS w"
    " FROM range(40) AS t(i)"
)


@pytest.mark.parametrize("kind", ["csv", "parquet", "duckdb"])
def test_damaged_panels_are_read_rightly_or_refused(kind: str, tmp_path: Path) -> None:
    """No fault of ours, no crash, nothing large or endless; CSV files that are read are read as by another reader."""
    command = [sys.executable, "-m", "tests.properties.panel_fuzzing", kind, "20160", str(COUNT), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60 + 2 * COUNT)
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout)
    assert set(told["found"]) <= {"read", "refused"}, told["found"]
    assert told["found"]["refused"] > COUNT / 4
    assert told["memory"] < 2**30


# ------------------------------------------------------------------------------------------- what is opened

OPENS = """
import sys
from pilotzone.core import PilotZoneError
from pilotzone.store import PanelColumns, open_panel
for path in sys.argv[1:]:
    name, _, table = path.partition("::")
    try:
        panel = open_panel(name, PanelColumns("unit", "year", "start", ("y",), None, "w"), table=table or None)
        print("read", panel.facts().units, path)
    except PilotZoneError as error:
        assert error.exit_code in {2, 3}
        print("refused", path, repr(str(error)))
"""


def need_strace() -> str:
    found = shutil.which("strace")
    if found is None:
        message = "no strace on this machine (Debian: apt-get install strace)"
        if os.environ.get("PILOTZONE_REQUIRE_STRACE") == "1":
            pytest.fail(f"PILOTZONE_REQUIRE_STRACE=1, but {message}")
        pytest.skip(message)
    return found


def hostile(work: Path, secret: Path) -> list[str]:
    """Write panels that lead elsewhere, and return those that are named, some with a table."""
    duckdb.sql(f"COPY ({TABLE}) TO '{work / 'plain.csv'}' (FORMAT csv)")
    duckdb.sql(f"COPY ({TABLE}) TO '{work / 'plain.parquet'}' (FORMAT parquet)")
    named = ["plain.csv", "plain.parquet"]
    for ending in ("csv", "parquet"):
        for name in ("p[1]", "w=3/p", "a*", "b?"):
            (work / name).parent.mkdir(exist_ok=True)
            shutil.copy(work / f"plain.{ending}", work / f"{name}.{ending}")
            named.append(f"{name}.{ending}")
        for other in ("p1", "aa", "bb"):
            shutil.copy(work / f"plain.{ending}", work / f"{other}.{ending}")
    folder = work / "folder"
    for name in ("year=2000/a.parquet", ".hidden.parquet", "_tmp/b.parquet", "notes.txt"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(work / "plain.parquet", folder / name)
    (folder / "notes.txt").write_text("about this folder")
    with duckdb.connect(str(work / "d.duckdb")) as connection:
        connection.execute(f"CREATE TABLE panel AS {TABLE}")
        for k, reads in enumerate(
            (f"read_text('{secret}')", f"read_csv('{secret}')", "read_csv('http://127.0.0.1:9/x')")
        ):
            try:
                connection.execute(f"CREATE VIEW v{k} AS SELECT p.* FROM panel AS p, {reads}")  # noqa: S608 - our own
            except duckdb.Error:  # without a network there is no extension to make that view with
                continue
    with sqlite3.connect(work / "s.db") as base:
        base.execute("CREATE TABLE panel (unit, year, start, y, w)")
    base.close()
    shutil.copy(work / "plain.csv", work / "csv.parquet")
    shutil.copy(work / "plain.parquet", work / "parquet.csv")
    named += ["folder", "d.duckdb::panel", "d.duckdb::v0", "d.duckdb::v1", "d.duckdb::v2", "s.db::panel", "csv.parquet"]
    return [str(work / name) for name in [*named, "parquet.csv", "*.parquet", "nothing.csv"]]


def test_nothing_is_opened_but_what_is_named(tmp_path: Path) -> None:
    strace = need_strace()
    work, secret, home, place = (tmp_path / name for name in ("work", "secret", "home", "tmp"))
    for folder in (work, home, place):
        folder.mkdir()
    secret.write_text("SECRET TEXT")
    named = hostile(work, secret)
    variables = {**os.environ, "HOME": str(home), "TMPDIR": str(place), "PYTHONDONTWRITEBYTECODE": "1"}
    calls = "trace=open,openat,openat2,creat,connect,sendto,bind,execve,rename,renameat,renameat2,unlink,mkdir,symlink"
    trace = tmp_path / "trace"
    command = [strace, "-f", "-qq", "-s", "4096", "-e", calls, "-o", str(trace), sys.executable, "-c", OPENS, *named]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=variables, cwd=work)
    assert done.returncode == 0, done.stderr[-3000:]
    lines = done.stdout.splitlines()
    assert [line.split()[1] for line in lines if line.startswith("read")] == ["10"] * 11
    assert len(lines) == len(named)
    assert "SECRET" not in done.stdout
    seen = trace.read_text(errors="replace")
    assert "plain.csv" in seen  # what is looked for can be seen
    assert not re.search(r"(connect|sendto|bind)\(.*AF_INET", seen)
    assert seen.count("execve(") == 1
    calls = "\n".join(line for line in seen.splitlines() if "execve(" not in line)
    opened = {Path(path) for path in re.findall(r'"((?:[^"\\]|\\.)*)"', calls) if path.startswith(str(tmp_path))}
    admitted = {Path(path.partition("::")[0]) for path in named}
    admitted |= {Path(f"{path}.wal") for path in admitted if path.suffix == ".duckdb"}
    folder = work / "folder"
    admitted |= {folder / "year=2000", folder / "year=2000" / "a.parquet", folder / "notes.txt"}
    strange = {path for path in opened - admitted if place not in path.parents and path not in {work, place, trace}}
    assert not strange
    assert not list(place.iterdir())
    assert not list(home.iterdir())
