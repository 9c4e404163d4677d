"""Terminals of all kinds: narrow and wide, with colours and without, that know Chinese and that know ASCII only."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.unit.cli.command import PROGRAM, call
from tests.unit.cli.command import clean as clean_environment
from tests.unit.study.guizhou import run_again
from tests.unit.study.invented import write_study

from pilotzone.study import run_study

if TYPE_CHECKING:
    from collections.abc import Callable

    from pilotzone.study import Run, Study

TITLE = "贵州 «zone» ≥ 5 % naïve"
ANSI = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


@pytest.fixture(autouse=True)
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return write_study(tmp_path, title=TITLE)


# ---------------------------------------------------------------------------------------------- encodings

OLD = {
    "ASCII by name": {"LC_ALL": "C", "PYTHONIOENCODING": "ascii"},
    "the C locale, nothing coerced": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "Latin-1": {"PYTHONIOENCODING": "latin-1"},
    "Chinese": {"PYTHONIOENCODING": "gb2312"},
    "a strict handler": {"PYTHONIOENCODING": "ascii:strict"},
}


@pytest.mark.parametrize("variables", OLD.values(), ids=list(OLD))
@pytest.mark.parametrize("arguments", [["run", "invented.toml"], ["evidence", "co2_t"], ["studies"]])
def test_encodings_that_cannot_hold_it(tmp_path: Path, variables: dict[str, str], arguments: list[str]) -> None:
    done = subprocess.run(
        [PROGRAM, *arguments], cwd=tmp_path, env=clean_environment() | variables, capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")
    encoding = variables.get("PYTHONIOENCODING", "ascii").partition(":")[0]
    assert done.stdout.decode(encoding)


def test_signs_are_spelled_out(study: Path) -> None:
    first = call("run", study, encoding="ascii", COLUMNS="120").out.splitlines()[0]
    assert first == "\\u8d35\\u5dde \\xabzone\\xbb >= 5 % naive: GREEN GROWTH: HOLDS WITH ALLOWANCE"
    assert call("run", study, COLUMNS="120").out.splitlines()[0] == f"{TITLE}: GREEN GROWTH: HOLDS WITH ALLOWANCE"


def test_json_means_the_same_in_every_encoding(study: Path) -> None:
    plain = call("run", study, "--json", encoding="ascii").out
    assert plain.isascii()
    assert json.loads(plain) == json.loads(call("run", study, "--json").out)
    assert json.loads(plain)["title"] == TITLE


def test_errors_in_ascii(study: Path) -> None:
    said = call("run", study.with_name("贵州.toml"), encoding="ascii")
    assert said.code == 2
    assert "\\u8d35\\u5dde.toml" in said.err


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not take such names")
def test_file_name_that_is_no_text(study: Path, tmp_path: Path) -> None:
    odd = os.fsdecode(b"zone\xff.toml")
    study.rename(tmp_path / odd)
    done = subprocess.run(
        [PROGRAM, "run", odd], cwd=tmp_path, env=clean_environment(), capture_output=True, check=False
    )
    assert done.returncode == 0
    assert b"Report: runs/zone" in done.stdout


# ------------------------------------------------------------------------------------------------ terminals


def on_terminal(folder: Path, *arguments: str, width: int, **variables: str) -> tuple[str, str]:
    """Run the command on two pseudo-terminals; return what reached the output and the errors."""
    pty, termios, fcntl = (pytest.importorskip(name) for name in ("pty", "termios", "fcntl"))
    import struct
    import threading

    ends = [pty.openpty(), pty.openpty()]
    for _, slave in ends:
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
    process = subprocess.Popen(
        [PROGRAM, *arguments],
        cwd=folder,
        env=clean_environment() | {"TERM": "xterm-256color", "LC_ALL": "C.UTF-8"} | variables,
        stdin=subprocess.DEVNULL,
        stdout=ends[0][1],
        stderr=ends[1][1],
    )
    got = [b"", b""]

    def read(k: int) -> None:
        while True:
            try:
                more = os.read(ends[k][0], 65536)
            except OSError:  # the other end is closed
                return
            if not more:
                return
            got[k] += more

    for _, slave in ends:
        os.close(slave)
    readers = [threading.Thread(target=read, args=(k,)) for k in range(2)]
    for reader in readers:
        reader.start()
    assert process.wait(timeout=120) == 0
    for reader in readers:
        reader.join()
    for master, _ in ends:
        os.close(master)
    return got[0].decode(), got[1].decode()


@pytest.mark.parametrize(("width", "shown"), [(60, 80), (80, 80), (100, 100), (150, 120)])
def test_verdict_on_a_terminal(tmp_path: Path, width: int, shown: int) -> None:
    out, _ = on_terminal(tmp_path, "run", "invented.toml", width=width)
    lengths = [len(ANSI.sub("", line).rstrip("\r")) for line in out.split("\n")]
    assert shown - 12 < max(lengths) <= shown


@pytest.mark.parametrize(("width", "most"), [("120", 24), ("80", 31)])
def test_the_verdict_fits_on_a_screen(width: str, most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pilotzone.study.run_study", run_again)
    verdict, _, files = call("run", "guizhou", COLUMNS=width).out.partition("\n\n")
    assert len(verdict.splitlines()) <= most
    # A ranking and an appraisal beside it, the report, the other files; what goes on in a further line is indented.
    entries = [line.split(" (")[0].split(":")[0] for line in files.splitlines() if not line.startswith("  ")]
    beside = "Beside it, an appraisal of what a campus costs and brings"
    assert entries == ["Beside it, a ranking of places", beside, "Report", "Beside it"]


@pytest.mark.parametrize("study", ["three-provinces", "guizhou-campus"])
def test_the_answer_of_other_kinds_fits_on_a_screen(study: str, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[Run[Any]] = []  # a campus in three provinces takes half a minute: both widths show the same run

    def once(asked: Study[Any], *, found: Callable[[Run[Any]], None], **_: object) -> Run[Any]:
        if not done:
            done.append(run_study(asked))
        found(done[0])
        return done[0]

    monkeypatch.setattr("pilotzone.study.run_study", once)
    for width, most in (("120", 24), ("80", 31)):
        first = call("run", study, COLUMNS=width).out.partition("\n\n")[0]
        assert len(first.splitlines()) <= most
        assert "\nWhat would change this answer: " in first


def test_colours_say_nothing_of_their_own(tmp_path: Path) -> None:
    out, _ = on_terminal(tmp_path, "run", "invented.toml", width=80)
    assert "\x1b[1m" in out
    plain = call("run", "invented.toml", COLUMNS="80").out
    assert ANSI.sub("", out).replace("\r\n", "\n") == plain


@pytest.mark.parametrize("variables", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_no_colour_where_none_is_wanted(tmp_path: Path, variables: dict[str, str]) -> None:
    out, _ = on_terminal(tmp_path, "run", "invented.toml", width=80, **variables)
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]m", out)


def test_progress_on_a_terminal(tmp_path: Path) -> None:
    """Stages go to the standard error, and nothing of them is left."""
    _, err = on_terminal(tmp_path, "run", "invented.toml", width=80)
    assert "of 9" in err
    assert "report" in err
    assert ANSI.sub("", err).replace("\r", "\n").rstrip().splitlines()[-1].strip() != ""
    assert err.endswith(("\x1b[2K", "\x1b[?25h", "\x1b[1A\x1b[2K"))


@pytest.mark.parametrize("option", ["-q", "--json"])
def test_no_progress_where_none_is_wanted(tmp_path: Path, option: str) -> None:
    out, err = on_terminal(tmp_path, "run", "invented.toml", option, width=80)
    if option == "-q":
        assert err == ""
        assert ANSI.sub("", out).strip() == "invented: green growth (holds with allowance)"
    else:
        assert json.loads(out)["study"] == "invented"
