"""Compile the hashed lock files from pyproject.toml, or check that they are what it asks for.

``lock.py`` keeps the locked versions wherever pyproject.toml still allows them; ``lock.py --upgrade`` takes the
newest ones; ``lock.py --check`` compiles into a temporary folder and compares, so that a newer release on the
index is not a finding, but a changed pyproject.toml is.
"""

from __future__ import annotations

import difflib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from pinned_uv import ROOT, find_uv

# In this order: uv's own version first, since it compiles the rest; then each file's versions bind those after
# it, so that all of them install side by side.
GROUPS = ("uv", "run", "build", "test", "spark", "lint", "docs", "release", "bench")

OPTIONS = [
    "--quiet",
    "--no-config",
    "--universal",
    "--generate-hashes",
    # One version of a package for all Pythons, rather than one per Python.
    "--fork-strategy=fewest",
    "--python-version=3.11",
    # A lock says what, not from where.
    "--no-emit-index-url",
    "--no-emit-find-links",
    "--custom-compile-command=make lock",
]


def compile_locks(folder: Path, extra: list[str]) -> None:
    """Compile every lock file below a folder that holds pyproject.toml and requirements/."""
    bound: list[str] = []
    for group in GROUPS:
        target = f"requirements/{group}.txt"
        source = ["pyproject.toml"] if group == "run" else ["--group", group]
        done = subprocess.run(
            [find_uv(), "pip", "compile", *OPTIONS, *extra, *source, *bound, "--output-file", target],
            cwd=folder,
            env=os.environ | {"UV_PYTHON_DOWNLOADS": "never"},
            check=False,
        )
        if done.returncode:
            sys.exit(f"lock: {target} could not be compiled; what uv said stands above.")
        if group != "uv":
            bound += ["--constraints", target]


def check() -> int:
    """Compare the committed files with freshly compiled ones; return the number that differ."""
    differ = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copy(ROOT / "pyproject.toml", folder)
        shutil.copytree(ROOT / "requirements", folder / "requirements")
        compile_locks(folder, [])
        for fresh in sorted((folder / "requirements").glob("*.txt")):
            kept = ROOT / "requirements" / fresh.name
            if kept.read_text(encoding="utf-8") != fresh.read_text(encoding="utf-8"):
                differ += 1
                old, new = (path.read_text(encoding="utf-8").splitlines() for path in (kept, fresh))
                print(*difflib.unified_diff(old, new, kept.name, "compiled now", lineterm=""), sep="\n")
    print("lock: out of date; run make lock and commit requirements/" if differ else "lock: current")
    return differ


if __name__ == "__main__":
    if sys.argv[1:] == ["--check"]:
        sys.exit(bool(check()))
    if sys.argv[1:] not in ([], ["--upgrade"]):
        sys.exit("usage: lock.py [--check | --upgrade]")
    compile_locks(ROOT, sys.argv[1:])
