"""Run the quick tests in environments of their own: other Pythons, and the lowest versions that pyproject.toml admits.

``versions.py [3.12] [3.13] [lowest] [-- ARGUMENTS]``; all three if none is named, arguments go to pytest. Environments
lie in ``.cache/versions`` and are brought up to date, so that a second run is short. Pythons have the locked versions
of libraries; ``lowest`` has the oldest direct requirements, of the package and its extras, on the oldest Python. How
long a test takes decides nothing here: that is what ``make quick`` is for.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

from pinned_uv import ROOT, find_uv

FOLDER = ROOT / ".cache" / "versions"
PYTHONS = ("3.12", "3.13")
LOWEST = "lowest"
OLDEST = "3.11"
SETTINGS = os.environ | {
    "UV_PYTHON_DOWNLOADS": "never",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
}
LOCKS = ("run", "build", "test")

# Whole programs that no lock of these environments holds: their tests say so, and are skipped.
WITHOUT = {"spark"}

TOLD = """
import platform
from importlib.metadata import version
names = ("numpy", "scipy", "pandas", "pyarrow", "duckdb", "pydantic", "altair", "highspy")
print("Python", platform.python_version(), *(f"{name} {version(name)}" for name in names))
"""


def uv(*arguments: str | Path) -> None:
    """Run uv quietly in the checkout, or end."""
    done = subprocess.run([find_uv(), *map(str, arguments), "--quiet"], cwd=ROOT, env=SETTINGS, check=False)
    if done.returncode:
        sys.exit(f"versions: uv {arguments[0]} {arguments[1]} failed; what it said stands above.")


def lowest_locks(folder: Path) -> Path:
    """Compile the lowest direct versions of the package and its extras, and what tests need beside these."""
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    chosen = [f"--extra={name}" for name in extras if name not in WITHOUT]
    low, whole = folder / "lowest.txt", folder / "whole.txt"
    common: list[str | Path] = ["pip", "compile", "--no-config", f"--python-version={OLDEST}"]
    uv(*common, "--resolution=lowest-direct", *chosen, "pyproject.toml", "--output-file", low)
    beside: list[str | Path] = ["--group=test", "--group=build", "--constraints", low]
    uv(*common, *beside, "pyproject.toml", *chosen, "--output-file", whole)
    return whole


def python_of(version: str) -> str:
    """Return what uv finds a Python by: one of pyenv, which PATH may hide behind a shim, or the version."""
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    there = sorted(root.glob(f"versions/{version}.*/bin/python3"))
    return str(there[-1]) if there else version


def made(name: str) -> Path:
    """Make an environment or bring it up to date; return its Python."""
    folder = FOLDER / name
    folder.mkdir(parents=True, exist_ok=True)
    venv = folder / "venv"
    if not (venv / "bin" / "python").exists():
        uv("venv", "--no-project", "--python", python_of(OLDEST if name == LOWEST else name), venv)
    into: list[str | Path] = ["--python", venv]
    # Tests start hundreds of programs, which write no bytecode: without this each compiles its libraries anew.
    synced: list[str | Path] = ["pip", "sync", "--compile-bytecode", *into]
    if name == LOWEST:
        uv(*synced, lowest_locks(folder))
    else:
        locks = [f"requirements/{lock}.txt" for lock in LOCKS]
        uv(*synced, "--require-hashes", "--only-binary", ":all:", *locks)
    uv("pip", "install", *into, "--no-deps", "--no-build-isolation", "--editable", ".")
    return venv / "bin" / "python"


def main(arguments: list[str]) -> int:
    """Make the environments that are named, test in each, and say what ran; return how many failed."""
    names, _, more = " ".join(arguments).partition("--")
    chosen = names.split() or [*PYTHONS, LOWEST]
    if unknown := set(chosen) - {*PYTHONS, LOWEST}:
        sys.exit(f"versions: {', '.join(sorted(unknown))} is not one of {', '.join((*PYTHONS, LOWEST))}")
    told = []
    for name in chosen:
        python = made(name)
        print(f"versions: {name}", flush=True)
        tests = ["-p", "tests.quick", "--quick-limit=inf", "-p", "no:cacheprovider", "--quiet"]
        tests += more.split() or ["--numprocesses=auto"]
        done = subprocess.run([python, "-m", "pytest", *tests], cwd=ROOT, env=SETTINGS, check=False)
        versions = subprocess.run([python, "-c", TOLD], capture_output=True, text=True, check=True).stdout.strip()
        told.append((name, done.returncode, versions))
    for name, code, versions in told:
        print(f"versions: {name}: {'passed' if code == 0 else 'FAILED'} with {versions}")
    return sum(code != 0 for _, code, _ in told)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
