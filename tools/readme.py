"""Run the README's commands, in their order, in a fresh clone of HEAD.

Every fenced block marked ``sh`` or ``python`` is run as it stands. One thing is taken away: the whole suite runs
once in ``make check`` and would run a second time here, so PYTEST_ADDOPTS narrows the clone's ``make test`` to one
test, collected by one worker that need not explain assertions. The suite is still collected whole, so that a file
which was never committed shows.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

NARROWED = {"PYTEST_ADDOPTS": "-k readme_smoke --assert=plain", "PYTEST_XDIST_AUTO_NUM_WORKERS": "1"}


def blocks(markdown: str) -> list[tuple[str, str]]:
    """Return (language, text) of each fenced block that a reader would run."""
    fenced = re.findall(r"^```(\w*)\n(.*?)^```$", markdown, flags=re.MULTILINE | re.DOTALL)
    return [(language, text) for language, text in fenced if language in {"sh", "python"}]


def environment() -> dict[str, str]:
    """Return a user's variables: without those of the make, Python and Git that started this script."""
    own = ("MAKE", "MFLAGS", "VIRTUAL_ENV", "PYTHONPATH", "PYTEST", "GIT_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(own)}
    return kept | NARROWED


def run(clone: Path, language: str, text: str) -> None:
    """Run one block in the clone."""
    print("\n".join(f"readme: {line}" for line in text.strip().splitlines()), flush=True)
    start = time.monotonic()
    command = ["bash", "-e", "-c", text] if language == "sh" else [str(clone / ".venv/bin/python"), "-c", text]
    done = subprocess.run(command, cwd=clone, env=environment(), stdin=subprocess.DEVNULL, check=False)
    if done.returncode:
        sys.exit(f"readme: the block above ended with {done.returncode} in a fresh clone of HEAD")
    print(f"readme: done in {time.monotonic() - start:.0f} s", flush=True)


def git(*arguments: str, at: Path = ROOT) -> str:
    """Return what git says."""
    return subprocess.run(["git", *arguments], cwd=at, capture_output=True, text=True, check=True).stdout


def main() -> None:
    """Clone, run, and look at what is left."""
    if git("status", "--porcelain"):
        print("readme: changes that are not committed are not part of this check")
    with tempfile.TemporaryDirectory() as name:
        clone = Path(name) / "pilotzone"
        git("clone", "--quiet", str(ROOT), str(clone))
        found = blocks((clone / "README.md").read_text(encoding="utf-8"))
        if not found:
            sys.exit("readme: there is no command in README.md")
        for language, text in found:
            run(clone, language, text)
        if left := git("status", "--porcelain", at=clone):
            sys.exit(f"readme: the commands left files that git does not ignore\n{left}")
    print(f"readme: {len(found)} blocks ran in a fresh clone")


if __name__ == "__main__":
    main()
