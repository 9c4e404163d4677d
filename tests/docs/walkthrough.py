"""Runs the commands of a page in order, as a reader would, and compares what they print with what the page shows.

A block marked ``sh`` or ``python`` is run, in one folder and, for Python, in one session. A block marked ``text`` right
after it shows its output. A block whose mark names a file (```` ```toml my-zone.toml ````) is written into that file.

A line ``...`` in shown output stands for lines left out. ``python -m tests.docs.walkthrough --write PAGE`` runs a page
and writes what came out into it; where there was ``...``, as many lines as before are shown above and below it.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]

_FENCED = re.compile(r"^```(?P<mark>\w+)(?: (?P<file>\S+))?\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_LEFT_OUT = "..."
_COLUMNS = "100"


@dataclass(frozen=True)
class Block:
    """A fenced block of a page.

    Attributes
    ----------
    mark, file
        Language, and the file it is to be written into; empty if it is to be run.
    text
        What stands between the fences.
    shown
        The output that follows, or ``None`` if none is shown.
    span
        Where the shown output stands in the page.
    """

    mark: str
    file: str
    text: str
    shown: str | None = None
    span: tuple[int, int] = (0, 0)


def blocks(page: str) -> list[Block]:
    """Return the blocks that a reader would run or save."""
    found: list[Block] = []
    follows = False
    end = 0
    for match in _FENCED.finditer(page):
        if match["mark"] == "text":
            if follows and not page[end : match.start()].strip():
                found[-1] = replace(found[-1], shown=match["text"], span=match.span("text"))
        elif match["mark"] in {"sh", "python"} or match["file"]:
            found.append(Block(match["mark"], match["file"] or "", match["text"]))
        follows = match["mark"] in {"sh", "python"}
        end = match.end()
    return found


def outputs(page: str, folder: Path) -> Iterator[tuple[Block, str]]:
    """Run the blocks of a page one after the other; yield each with what it printed."""
    session: dict[str, Any] = {"__name__": "__main__"}
    for block in blocks(page):
        if block.file:
            (folder / block.file).write_text(block.text, encoding="utf-8")
        elif block.mark == "sh":
            yield block, _shell(block.text, folder)
        else:
            yield block, _python(block.text, folder, session)


def _shell(text: str, folder: Path) -> str:
    own = ("COLUMNS", "NO_COLOR", "FORCE_COLOR", "PILOTZONE_", "LC_", "LANG")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(own)}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", text],
        cwd=folder,
        env=kept | {"PATH": path, "COLUMNS": _COLUMNS, "LC_ALL": "C.UTF-8"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        message = f"{text}ended with {done.returncode}:\n{done.stdout}{done.stderr}"
        raise AssertionError(message)
    return done.stdout


def _python(text: str, folder: Path, session: dict[str, Any]) -> str:
    printed = io.StringIO()
    with contextlib.chdir(folder), contextlib.redirect_stdout(printed):
        exec(compile(text, "<page>", "exec"), session)  # noqa: S102 - the page's own example
    return printed.getvalue()


def agrees(shown: str, printed: str) -> bool:
    """Whether a page shows what was printed, but for what it leaves out."""
    pattern = "".join(
        r"(?:.*\n)*?" if line.strip() == _LEFT_OUT else re.escape(line.rstrip()) + r"[ ]*\n"
        for line in shown.splitlines()
    )
    return re.fullmatch(pattern, printed) is not None


def shortened(shown: str, printed: str) -> str:
    """Return what was printed, with lines left out where they were in what is shown."""
    new = [line.rstrip() for line in printed.splitlines()]
    old = shown.splitlines()
    if _LEFT_OUT in old and old != [_LEFT_OUT]:
        above = old.index(_LEFT_OUT)
        below = len(old) - above - 1
        if len(new) > above + below:
            new = [*new[:above], _LEFT_OUT, *(new[-below:] if below else [])]
    return "".join(f"{line}\n" for line in new)


def rewritten(page: str) -> str:
    """Return a page with the outputs that its blocks have now."""
    with tempfile.TemporaryDirectory() as folder:
        changes = [
            (block.span, shortened(block.shown, printed))
            for block, printed in outputs(page, Path(folder))
            if block.shown is not None
        ]
    for (start, end), text in reversed(changes):
        page = page[:start] + text + page[end:]
    return page


def main() -> None:
    """Run pages and write what came out into them."""
    for name in [argument for argument in sys.argv[1:] if argument != "--write"]:
        path = ROOT / name
        page = path.read_text(encoding="utf-8")
        new = rewritten(page)
        print(f"{name}: {'unchanged' if new == page else 'changed'}")  # noqa: T201 - a command
        if "--write" in sys.argv:
            path.write_text(new, encoding="utf-8")


if __name__ == "__main__":
    main()
