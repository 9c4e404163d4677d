"""Build the source archive and from it the wheel, install that into a clean environment, and use it there.

What must hold: the wheel holds every file of the package and nothing else, is not too large, carries the notices of all
that comes along, both files' metadata are what a package index accepts, the requirements are met by the run lock, and
the installed command answers away from the checkout, also as ``python -m pilotzone``, and runs the bundled study.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile
from pathlib import Path

from pinned_uv import ROOT, find_uv

ARTEFACTS = ("verdict.json", "effects.parquet", "evidence.parquet", "audit.json", "report.html")

MOST_BYTES = 4_000_000
"""Largest size of the wheel: evidence grows, and everybody who installs pilotzone fetches all of it."""

WHERE = "import pathlib, sys, pilotzone; print(pathlib.Path(pilotzone.__file__).is_relative_to(sys.prefix))"


def build(folder: Path) -> Path:
    """Build the archive from the checkout and the wheel from the archive, both into a folder; return the wheel."""
    hatch = [sys.executable, "-m", "hatchling", "build"]
    subprocess.run([*hatch, "-t", "sdist", "-d", folder], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    (archive,) = folder.glob("pilotzone-*.tar.gz")
    with tempfile.TemporaryDirectory() as name:
        with tarfile.open(archive) as unpacked:
            unpacked.extractall(name, filter="data")
        source = Path(name) / archive.name.removesuffix(".tar.gz")
        subprocess.run([*hatch, "-t", "wheel", "-d", folder], cwd=source, check=True, stdout=subprocess.DEVNULL)
    (wheel,) = folder.glob("pilotzone-*.whl")
    return wheel


def check_contents(wheel: Path) -> None:
    """Compare the wheel's files with the package's."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "src/pilotzone"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    wanted = {name.removeprefix("src/") for name in names if name and (ROOT / name).exists()}
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    if held != wanted:
        sys.exit(f"wheel: missing {sorted(wanted - held)}, too many {sorted(held - wanted)}")
    size = wheel.stat().st_size
    if size > MOST_BYTES:
        sys.exit(f"wheel: {wheel.name} has {size / 1e6:.2f} MB, more than {MOST_BYTES / 1e6:.0f} MB")
    print(f"wheel: {wheel.name}, {size / 1e6:.2f} MB, holds the package's {len(held)} files")


def check_notices(wheel: Path) -> None:
    """Compare the licences and notices in the wheel with those that lie in the checkout."""
    metadata = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = {
        path.relative_to(ROOT).as_posix(): path.read_bytes()
        for pattern in metadata["license-files"]
        for path in ROOT.glob(pattern)
    }
    with zipfile.ZipFile(wheel) as archive:
        found = {
            name.partition(".dist-info/licenses/")[2]: archive.read(name)
            for name in archive.namelist()
            if ".dist-info/licenses/" in name
        }
    if found != wanted or not any(name.endswith("/NOTICES.md") for name in found):
        sys.exit(f"wheel: licences and notices are {sorted(found)}, not those of the checkout, {sorted(wanted)}")
    print("wheel: carries", ", ".join(Path(name).name for name in sorted(found)))


def check_metadata(folder: Path) -> None:
    """Let twine look at the metadata of the archive and the wheel in a folder, as before an upload."""
    files = sorted(path for path in folder.iterdir() if path.suffix in {".gz", ".whl"})
    check = [sys.executable, "-m", "twine", "check", "--strict", *map(str, files)]
    done = subprocess.run(check, capture_output=True, text=True, check=False)
    if done.returncode or len(files) != 2:  # noqa: PLR2004 - one of each
        sys.exit(f"wheel: twine check: {', '.join(path.name for path in files)}\n{done.stdout}{done.stderr}")
    print("wheel: twine accepts the metadata of", " and ".join(path.name for path in files))


def install(wheel: Path, folder: Path) -> Path:
    """Install the run lock and the wheel into a clean environment; return the folder of its commands."""
    uv, venv = find_uv(), folder / "venv"
    into = ["--quiet", "--python", str(venv)]
    lock = str(ROOT / "requirements" / "run.txt")
    for arguments in (
        ["venv", "--quiet", "--no-project", "--python", sys.executable, str(venv)],
        ["pip", "install", *into, "--require-hashes", "-r", lock],
        ["pip", "install", *into, "--no-deps", "--no-index", str(wheel)],
        ["pip", "check", *into],
    ):
        environment = os.environ | {"UV_PYTHON_DOWNLOADS": "never"}
        subprocess.run([uv, *arguments], cwd=folder, check=True, env=environment)
    return venv / "bin"


def use(commands: Path, folder: Path) -> None:
    """Run the installed command in an empty folder."""
    empty = folder / "elsewhere"
    empty.mkdir()

    def output(*arguments: str) -> str:
        # Isolated from the checkout: no variable of this process may help.
        clean = {name: os.environ[name] for name in ("HOME", "PATH", "LANG") if name in os.environ}
        done = subprocess.run(
            [commands / arguments[0], *arguments[1:]], cwd=empty, env=clean, capture_output=True, text=True, check=False
        )
        if done.returncode:
            sys.exit(f"wheel: {' '.join(arguments)} ended with {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout.strip()

    if output("python", "-c", WHERE) != "True":
        sys.exit("wheel: the package that answers is not the installed one")
    version = output("pilotzone", "--version")
    print("wheel:", version)
    if output("python", "-m", "pilotzone", "--version") != version:
        sys.exit("wheel: python -m pilotzone is not the command")
    output("pilotzone", "--help")
    if "guizhou" not in output("pilotzone", "studies"):
        sys.exit("wheel: pilotzone studies does not list guizhou")
    output("pilotzone", "run", "guizhou", "--quiet")
    missing = [name for name in ARTEFACTS if not (empty / "runs" / "guizhou" / name).is_file()]
    if missing:
        sys.exit(f"wheel: pilotzone run guizhou left no {', '.join(missing)}")
    print("wheel: pilotzone run guizhou wrote", ", ".join(ARTEFACTS))


def main() -> None:
    """Build, compare, install, use."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        wheel = build(folder)
        check_contents(wheel)
        check_notices(wheel)
        check_metadata(folder)
        use(install(wheel, folder), folder)


if __name__ == "__main__":
    main()
