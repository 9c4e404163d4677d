"""Make or refresh ``.venv`` from the hashed locks: ``environment.py {run,test,check,bench}``.

The levels contain one another: what the package needs to run, what its tests need, what its checks need, and the
peers that the benches measure against.
An environment that has what is asked for is left alone, which takes a few hundredths of a second. Run by the
Python that the environment is to be made of; only the standard library may be used here.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tomllib

from pinned_uv import ROOT, find_uv

VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "pilotzone.json"
GUARD = ROOT / ".venv.lock"

# Every level installs the files of those before it. `build` serves the editable install.
LEVELS = {"run": ["run", "build"], "test": ["test", "spark"], "check": ["lint", "docs", "release"], "bench": ["bench"]}

# What of it is published as source alone, and built by what the other locks have put into the environment.
SOURCES = "requirements/spark.txt"

# Folders that are not compiled: as a pattern for compileall.
LIBRARY_TESTS = r"site-packages[/\\].*[/\\]tests[/\\]"


def locks_of(level: str) -> list[str]:
    """Return the lock files of a level, relative to the checkout."""
    names = list(LEVELS)
    return [f"requirements/{lock}.txt" for name in names[: names.index(level) + 1] for lock in LEVELS[name]]


def fingerprint(level: str) -> str:
    """Return a hash of all that the installed environment depends on, besides its Python."""
    digest = hashlib.sha256()
    for lock in locks_of(level):
        digest.update((ROOT / lock).read_bytes())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    # The editable install carries the version and the entry points; the checks' settings do not matter to it.
    carried = [project["project"], project["build-system"], project["tool"]["hatch"], str(ROOT)]
    digest.update(json.dumps(carried, sort_keys=True).encode())
    return digest.hexdigest()


def read_stamp() -> dict[str, str]:
    """Return what is known of the environment: its level and fingerprint, or that it was left half-made."""
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def write_stamp(**stamp: str) -> None:
    """Write the stamp in one step."""
    partial = STAMP.with_suffix(".partial")
    partial.write_text(json.dumps(stamp), encoding="utf-8")
    partial.replace(STAMP)


def venv_version() -> str | None:
    """Return the full version of the environment's Python, or None where it does not run."""
    try:
        said = subprocess.run(
            [PYTHON, "-c", "import sys; print(sys.version)"], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return said.stdout.strip()


def usable() -> bool:
    """Whether the environment that is there can be kept and brought up to date in place."""
    version = venv_version()
    if version is None or read_stamp().get("state") == "unfinished":
        return False
    if os.environ.get("PYTHON"):
        return version == sys.version.strip()
    return (3, 11) <= tuple(int(part) for part in version.split()[0].split(".")[:2]) <= (3, 14)


def discard() -> None:
    """Take the environment away, at once: half-deleted, it could still look whole."""
    if VENV.is_symlink():
        VENV.unlink()
    elif VENV.exists():
        VENV.rename(VENV.with_name(f".venv.{os.getpid()}.old"))
    for old in VENV.parent.glob(".venv.*.old"):
        shutil.rmtree(old, ignore_errors=True)


def build(level: str) -> None:
    """Bring the environment to a level; interrupted at any point, the next run starts it anew."""
    uv = find_uv()
    settings = os.environ | {"UV_PYTHON_DOWNLOADS": "never"}
    loud = [] if sys.stderr.isatty() else ["--quiet"]

    def run(*arguments: str) -> None:
        done = subprocess.run([uv, *arguments, *loud], cwd=ROOT, env=settings, check=False)
        if done.returncode:
            sys.exit(f"environment: uv {arguments[0]} failed; what it said stands above.")

    if not usable():
        print(f"environment: making .venv with Python {sys.version.split()[0]}", flush=True)
        discard()
        run("venv", "--no-project", "--python", sys.executable, str(VENV))
    write_stamp(state="unfinished")
    print(f"environment: installing {', '.join(locks_of(level))}", flush=True)
    into = ["--python", str(PYTHON)]
    locks = locks_of(level)
    wheels = [lock for lock in locks if lock != SOURCES]
    # Building from source in isolation would fetch what no lock names.
    run("pip", "sync", *into, "--require-hashes", "--only-binary", ":all:", *wheels)
    if SOURCES in locks:
        alone = ["--require-hashes", "--no-deps", "--no-build-isolation"]
        run("pip", "install", *into, *alone, "--requirements", SOURCES)
    run("pip", "install", *into, "--no-deps", "--no-build-isolation", "--editable", ".")
    # The first start should not pay for it. uv would compile the tests of the libraries as well: a twelfth of the
    # environment, which nothing imports. What does not compile is for our tests to say.
    compiled = ["-m", "compileall", "-qq", "-j", "0", "-x", LIBRARY_TESTS, str(VENV / "lib"), "src"]
    subprocess.run([PYTHON, *compiled], cwd=ROOT, check=False)
    write_stamp(state="finished", level=level, fingerprint=fingerprint(level))


def main(wanted: str) -> None:
    """Make what is asked for, unless it is there."""
    with GUARD.open("w") as guard:
        # Two runs of make at once: the second waits and then finds the work done.
        fcntl.flock(guard, fcntl.LOCK_EX)
        stamp = read_stamp()
        had = stamp.get("level", wanted)
        # What was installed for the checks is not taken away by a plain run.
        level = max(wanted, had if had in LEVELS else wanted, key=list(LEVELS).index)
        if not usable() or stamp.get("fingerprint") != fingerprint(level):
            build(level)


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in LEVELS:  # noqa: PLR2004 - the script and its one argument
        sys.exit(f"usage: environment.py {{{','.join(LEVELS)}}}")
    main(sys.argv[1])
