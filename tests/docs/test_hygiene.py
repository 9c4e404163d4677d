"""What must not be in the repository: registry hosts, machine paths, unexplained weight."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# In pieces, so that this file does not hold what it forbids.
FORBIDDEN = {
    "a registry's host": [
        "py" + "pi.org",
        "python" + "hosted.org",
        "registry." + "npmjs",
        "npmjs" + ".com",
        "registry." + "yarnpkg",
        "deb.debian" + ".org",
        "anaconda" + ".org",
        "crates" + ".io",
    ],
    "a path of one machine": ["/wo" + "rk/", ".." + "/shared", "/ro" + "ot/", "/ho" + "me/"],
}

# Files over 1 MB, each with its reason.
HEAVY: dict[str, str] = {}


def tracked() -> list[Path]:
    try:
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout: there is no list of committed files")
    # A file that was deleted but not yet committed is listed and not there.
    return [path for name in listed.stdout.decode().split("\0") if name and (path := ROOT / name).is_file()]


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_committed_file_names(what: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}: {word}"
        for path in tracked()
        for content in [path.read_bytes()]
        for word in FORBIDDEN[what]
        if word.encode() in content
    ]
    assert found == []


def test_no_lock_that_names_hosts() -> None:
    names = {path.name for path in tracked()}
    assert not names & {"uv.lock", "package-lock.json", "yarn.lock", "poetry.lock", "Pipfile.lock"}


def test_locks_pin_and_hash_everything() -> None:
    for path in (ROOT / "requirements").glob("*.txt"):
        lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.lstrip().startswith("#")]
        heads = [line for line in lines if not line.startswith(" ")]
        assert heads
        assert all("==" in head and head.endswith("\\") for head in heads), path.name
        assert all(line.startswith("    --hash=sha256:") for line in lines if line.startswith(" ")), path.name


def test_heavy_files_are_explained() -> None:
    heavy = {str(path.relative_to(ROOT)) for path in tracked() if path.stat().st_size > 1_000_000}
    assert heavy == set(HEAVY)
