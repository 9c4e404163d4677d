"""Calling the command line: inside this process where that is enough, as a program where it is not."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from pilotzone.cli import main

PROGRAM = Path(sys.executable).with_name("pilotzone")


@dataclass(frozen=True)
class Said:
    """How a call ended and what it said."""

    code: int
    out: str
    err: str


def call(*arguments: str | Path, encoding: str = "utf-8", **variables: str) -> Said:
    """Call the command line in this process, its output no terminal."""
    out, err = io.BytesIO(), io.BytesIO()
    streams = [io.TextIOWrapper(raw, encoding=encoding) for raw in (out, err)]
    with (
        mock.patch.object(sys, "argv", ["pilotzone", *map(str, arguments)]),
        mock.patch.dict(os.environ, clean() | variables, clear=True),
        contextlib.redirect_stdout(streams[0]),
        contextlib.redirect_stderr(streams[1]),
    ):
        try:
            main()
        except SystemExit as stop:
            code = stop.code
        else:
            code = 0
        for stream in streams:
            stream.flush()
    assert isinstance(code, int)
    return Said(code, out.getvalue().decode(encoding), err.getvalue().decode(encoding))


def clean() -> dict[str, str]:
    """Return the environment without what would change widths, colours and errors."""
    own = ("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "TERM", "PILOTZONE_", "PYTHONIOENCODING", "LC_", "LANG")
    return {name: value for name, value in os.environ.items() if not name.startswith(own)}


def start(
    *arguments: str | Path, cwd: Path, env: dict[str, str] | None = None, code: str | None = None
) -> subprocess.Popen[bytes]:
    """Start the command as a program; `code` is run before it, in the same interpreter."""
    before = f"{code}\nimport sys\nfrom pilotzone.cli import main\nsys.argv[0] = 'pilotzone'\nmain()"
    command = [PROGRAM] if code is None else [sys.executable, "-c", before]
    return subprocess.Popen(
        [*command, *arguments],
        cwd=cwd,
        env=clean() | (env or {}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def ended(process: subprocess.Popen[bytes]) -> Said:
    """Wait for a program; return how it ended and what it said."""
    out, err = process.communicate(timeout=120)
    return Said(process.returncode, out.decode(), err.decode())
