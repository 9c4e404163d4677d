"""Rehearse a release, or make its files: ``release.py [--final]``.

Version, changelog and citation have to agree, the package index has to accept the files' metadata (``twine check``),
and the wheel has to hold the package. ``--final`` asks for more, since a released version is never changed: the
changelog and the citation are dated, everything is committed, and the commit has the version's tag. It leaves both
files in ``dist/``; nothing is uploaded. The steps before and after: docs/how-to/release.md.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

from pinned_uv import ROOT
from wheel import build, check_contents, check_metadata

HEADING = re.compile(r"^## (\S+) \((.+)\)$", flags=re.MULTILINE)
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def version_of(root: Path) -> str:
    """Return the version that pyproject.toml gives."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return str(project["version"])


def citation_of(root: Path) -> dict[str, str]:
    """Return the top-level fields of CITATION.cff that stand on one line."""
    text = (root / "CITATION.cff").read_text(encoding="utf-8")
    return {name: value.strip("\"'") for name, value in re.findall(r"^([a-z-]+): (\S.*)$", text, flags=re.MULTILINE)}


def disagreements(root: Path) -> list[str]:
    """Return where version, changelog and citation contradict one another."""
    version, cited = version_of(root), citation_of(root)
    found = [] if cited.get("version") == version else [f"CITATION.cff has version {cited.get('version')}"]
    heading = HEADING.search((root / "CHANGELOG.md").read_text(encoding="utf-8"))
    if heading is None:
        return [f"pyproject.toml has version {version}", *found, "CHANGELOG.md has no heading '## VERSION (DATE)'"]
    named, when = heading.groups()
    if named != version:
        found.append(f"CHANGELOG.md begins with {named}")
    if when != "unreleased" and not DATE.fullmatch(when):
        found.append(f"CHANGELOG.md dates {named} {when!r}, which is neither 'unreleased' nor YEAR-MONTH-DAY")
    if (dated := cited.get("date-released", "unreleased")) != when:
        found.append(f"CITATION.cff is {dated} and CHANGELOG.md is {when}")
    return [f"pyproject.toml has version {version}", *found] if found else []


def obstacles(root: Path) -> list[str]:
    """Return what has to be done before the files of a release are made."""
    version, found = version_of(root), []
    if f"## {version} (unreleased)" in (root / "CHANGELOG.md").read_text(encoding="utf-8"):
        found.append(f"CHANGELOG.md says that {version} is unreleased: put the date there, and into CITATION.cff")
    if git(root, "status", "--porcelain"):
        found.append("there are changes that are not committed")
    if f"v{version}" not in git(root, "tag", "--points-at", "HEAD").split():
        found.append(f"the commit has no tag v{version}: git tag --annotate v{version} --message 'pilotzone {version}'")
    return found


def git(root: Path, *arguments: str) -> str:
    """Return what git says."""
    return subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=True).stdout


def make_files(folder: Path) -> None:
    """Build both files into a folder and check them."""
    wheel = build(folder)
    check_contents(wheel)
    check_metadata(folder)


def main(arguments: list[str]) -> None:
    """Check what is written, then build."""
    final = arguments == ["--final"]
    if arguments and not final:
        sys.exit("usage: release.py [--final]")
    if found := disagreements(ROOT) + (obstacles(ROOT) if final else []):
        sys.exit("\n".join(f"release: {line}" for line in found))
    version = version_of(ROOT)
    if not final:
        with tempfile.TemporaryDirectory() as name:
            make_files(Path(name))
        print(f"release: {version} could be released; how it goes on: docs/how-to/release.md")
        return
    folder = ROOT / "dist" / version
    if folder.exists():
        sys.exit(f"release: {folder.relative_to(ROOT)} is there already; remove it to build it anew")
    make_files(folder)
    print(f"release: {version} is in {folder.relative_to(ROOT)}/")


if __name__ == "__main__":
    main(sys.argv[1:])
