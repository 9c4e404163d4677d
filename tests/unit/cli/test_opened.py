"""What commands open, as the system sees it: what was named, what they are made of, and no network.

Python's own hooks do not see what libraries in C open; ``strace`` does.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.properties.fuzzing import SITE, TABLE
from tests.unit.cli.command import PROGRAM, clean
from tests.unit.study.invented import Figures, write_figures, write_study

ROOT = Path(__file__).resolve().parents[3]
SYSTEM = (
    *("/usr/", "/lib", "/proc/", "/sys/", "/dev/null", "/dev/urandom", "/var/cache/fontconfig"),
    *("/etc/ld.so.cache", "/etc/localtime", "/etc/locale.alias", "/etc/timezone", "/etc/passwd", "/etc/group"),
    *("/etc/nsswitch.conf", "/etc/mime.types", "/etc/ssl/openssl.cnf", "/etc/fonts", "/etc/os-release"),
)
OPENED = re.compile(r"\b(?:open|openat|openat2|creat)\(.*?\) = \d+<(?P<path>[^>]*)>")
CONNECTED = re.compile(r"\bconnect\(.*?AF_INET.*")
UNNAMED = "of somebody else"


@pytest.fixture(scope="module")
def strace() -> str:
    found = shutil.which("strace")
    works = (
        found and subprocess.run([found, "-o", os.devnull, "true"], capture_output=True, check=False).returncode == 0
    )
    if not works:
        assert os.environ.get("PILOTZONE_REQUIRE_STRACE") != "1", "strace is missing, or may not trace here"
        pytest.skip("strace is missing, or may not trace here")
    return str(found)


@dataclass(frozen=True)
class Traced:
    """What a command did."""

    code: int
    err: str
    opened: list[str]
    connected: list[str]


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """Give a folder with inputs of every kind, and files beside and at home that nobody names."""
    for folder in ("home/.config", "home/.duckdb", "tmp", "work"):
        (tmp_path / folder).mkdir(parents=True)
    for place in ("home/.netrc", "home/.duckdbrc", "home/.config/secret", "work/secret.csv", "work/panel1.csv"):
        (tmp_path / place).write_text(UNNAMED, encoding="utf-8")
    work = tmp_path / "work"
    write_study(work)
    write_figures(work, Figures(count=5))
    (work / "panel.csv").write_text(TABLE, encoding="utf-8")
    (work / "place.toml").write_text(
        'title = "T"\nday = 2017-07-01\n[[region]]\nname = "E"\nlatitude = 31.0\nlongitude = 121.0\nusers = 1.0\n'
        '[[class]]\nname = "a"\nkind = "public"\noperations = ["store"]\nload_mw = 6.0\n'
        + SITE.format(name="Guian", where="CN")
        + SITE.format(name="Oregon", where="US"),
        encoding="utf-8",
    )
    import duckdb

    with duckdb.connect(str(work / "data.duckdb")) as connection:
        connection.execute("create table panel as from read_csv(?)", [str(work / "panel.csv")])
        connection.execute(f"create view outside as from read_csv('{work / 'secret.csv'}')")
    return work


def traced(strace: str, work: Path, *arguments: str) -> Traced:
    record = work.parent / "trace.txt"
    watched = "trace=open,openat,openat2,creat,connect"
    home, temporary = work.parent / "home", work.parent / "tmp"
    done = subprocess.run(
        [strace, "-f", "-y", "-qq", "-s", "400", "-e", watched, "-o", record, PROGRAM, *arguments],
        cwd=work,
        env=clean() | {"HOME": str(home), "TMPDIR": str(temporary), "OMP_NUM_THREADS": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    lines = record.read_text(encoding="utf-8", errors="replace").splitlines()
    opened = [found["path"].removesuffix(" (deleted)") for line in lines if (found := OPENED.search(line))]
    return Traced(done.returncode, done.stderr, opened, [line for line in lines if CONNECTED.search(line)])


PANEL = ("--unit", "unit", "--time", "year", "--cohort", "start", "--outcome", "y")
COMMANDS = {
    "run": (("run", "invented.toml", "-o", "out"), {"invented.toml", "figures.csv"}),
    "evaluate a table": (("evaluate", "panel.csv", *PANEL, "-o", "out"), {"panel.csv"}),
    "evaluate a database": (("evaluate", "data.duckdb", "--table", "panel", *PANEL), {"data.duckdb"}),
    "place": (("place", "place.toml", "-o", "out"), {"place.toml"}),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_opens_what_is_named_and_no_network(strace: str, work: Path, command: str) -> None:
    arguments, named = COMMANDS[command]
    found = traced(strace, work, *arguments)
    assert found.code == 0, found.err
    assert found.connected == []
    own = (str(ROOT), sys.prefix, sys.base_prefix, os.path.realpath(sys.base_prefix), str(work.parent / "tmp"))
    rest = [path for path in found.opened if path.startswith("/") and not path.startswith((*own, *SYSTEM))]
    read = {os.path.relpath(path, work) for path in rest if not Path(path).is_dir()}
    outputs = {path for path in read if re.match(r"\.?out[/.]", path)}
    assert read - outputs == named
    assert len(found.opened) > 100, "the trace is empty"


def test_a_view_that_leads_outside_is_not_followed(strace: str, work: Path) -> None:
    found = traced(strace, work, "evaluate", "data.duckdb", "--table", "outside", *PANEL)
    assert found.code in {2, 3}
    assert UNNAMED not in found.err
    assert found.connected == []
    assert not [path for path in found.opened if path.endswith(("secret.csv", "secret", ".netrc", ".duckdbrc"))]
