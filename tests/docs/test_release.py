"""A release is not made while its papers contradict one another, and the recipe's commands are the tools'."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

import release
import wheel

ROOT = Path(__file__).resolve().parents[2]
PAPERS = ("pyproject.toml", "CHANGELOG.md", "CITATION.cff")
VERSION = release.version_of(ROOT)


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    """Give a folder with this checkout's papers, as they are on the day of a release."""
    for name in PAPERS:
        shutil.copy(ROOT / name, tmp_path)
    change(tmp_path / "CHANGELOG.md", rf"^## {re.escape(VERSION)} \(.+\)$", f"## {VERSION} (2026-12-24)")
    cited = re.sub(r"^date-released: .*\n", "", (ROOT / "CITATION.cff").read_text(encoding="utf-8"), flags=re.MULTILINE)
    (tmp_path / "CITATION.cff").write_text(f"{cited}date-released: 2026-12-24\n", encoding="utf-8")
    return tmp_path


def change(path: Path, pattern: str, to: str) -> None:
    """Replace one place in a file."""
    text, count = re.subn(pattern, to, path.read_text(encoding="utf-8"), count=1, flags=re.MULTILINE)
    assert count == 1
    path.write_text(text, encoding="utf-8")


def git(folder: Path, *arguments: str) -> None:
    who = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false", "-c", "tag.gpgsign=false"]
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)


def test_this_checkout_agrees() -> None:
    assert release.disagreements(ROOT) == []


def test_papers_of_a_release_agree(papers: Path) -> None:
    assert release.disagreements(papers) == []


@pytest.mark.parametrize(
    ("name", "pattern", "to", "said"),
    [
        ("pyproject.toml", r'^version = ".+"', 'version = "99.0"', "pyproject.toml has version 99.0"),
        ("CITATION.cff", r"^version: .+", "version: 99.0", "CITATION.cff has version 99.0"),
        ("CITATION.cff", r"^version: .+\n", "", "CITATION.cff has version None"),
        ("CITATION.cff", r"^date-released: .+", "date-released: 2026-12-25", "2026-12-25 and CHANGELOG.md is 2026-12"),
        ("CITATION.cff", r"^date-released: .+\n", "", "CITATION.cff is unreleased and CHANGELOG.md is 2026-12-24"),
        ("CHANGELOG.md", r"^## \S+ \(.+\)", "## 99.0 (2026-12-24)", "CHANGELOG.md begins with 99.0"),
        ("CHANGELOG.md", r"^## (\S+) \(.+\)", r"## \1 (unreleased)", "CHANGELOG.md is unreleased"),
        ("CHANGELOG.md", r"^## (\S+) \(.+\)", r"## \1 (soon)", "neither 'unreleased' nor YEAR-MONTH-DAY"),
        ("CHANGELOG.md", r"^## (\S+) \(.+\)", r"## \1", "no heading '## VERSION (DATE)'"),
    ],
)
def test_each_contradiction_is_named(papers: Path, name: str, pattern: str, to: str, said: str) -> None:
    change(papers / name, pattern, to)
    assert said in "\n".join(release.disagreements(papers))


def test_each_obstacle_is_named_and_goes(papers: Path) -> None:
    git(papers, "init", "--quiet")
    git(papers, "add", ".")
    git(papers, "commit", "--quiet", "--message", "Release")
    assert [line.partition(":")[0] for line in release.obstacles(papers)] == [f"the commit has no tag v{VERSION}"]
    git(papers, "tag", "--annotate", f"v{VERSION}", "--message", "a")
    assert release.obstacles(papers) == []
    change(papers / "CHANGELOG.md", r"\(2026-12-24\)", "(unreleased)")
    assert [line.split()[0] for line in release.obstacles(papers)] == ["CHANGELOG.md", "there"]
    git(papers, "commit", "--all", "--quiet", "--message", "More")
    assert [line.split()[0] for line in release.obstacles(papers)] == ["CHANGELOG.md", "the"]


@pytest.fixture
def built(papers: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Let release.py work on the papers, and return the folders into which it would have built."""
    folders: list[Path] = []
    monkeypatch.setattr(release, "ROOT", papers)
    monkeypatch.setattr(release, "make_files", folders.append)
    return folders


def test_a_contradiction_stops_before_anything_is_built(papers: Path, built: list[Path]) -> None:
    change(papers / "CITATION.cff", r"^version: .+", "version: 99.0")
    with pytest.raises(SystemExit, match=r"release: CITATION.cff has version 99\.0"):
        release.main([])
    assert built == []


def test_a_rehearsal_leaves_nothing(papers: Path, built: list[Path]) -> None:
    change(papers / "CHANGELOG.md", r"\(2026-12-24\)", "(unreleased)")
    change(papers / "CITATION.cff", r"^date-released: .+\n", "")
    release.main([])
    assert len(built) == 1
    assert not (papers / "dist").exists()
    assert not built[0].exists()


def test_final_files_come_once_and_from_a_tagged_commit(papers: Path, built: list[Path]) -> None:
    git(papers, "init", "--quiet")
    git(papers, "add", ".")
    git(papers, "commit", "--quiet", "--message", "Release")
    with pytest.raises(SystemExit, match="has no tag"):
        release.main(["--final"])
    git(papers, "tag", f"v{VERSION}")
    release.main(["--final"])
    assert built == [papers / "dist" / VERSION]
    built[0].mkdir(parents=True)
    (papers / ".git" / "info" / "exclude").write_text("dist\n", encoding="utf-8")
    with pytest.raises(SystemExit, match="is there already"):
        release.main(["--final"])


def test_an_unknown_option_is_refused() -> None:
    with pytest.raises(SystemExit, match="usage"):
        release.main(["--finally"])


@pytest.mark.parametrize(
    ("files", "code", "accepted"),
    [
        (["a.whl", "a.tar.gz"], 0, True),
        (["a.whl", "a.tar.gz"], 1, False),
        (["a.whl"], 0, False),
    ],
)
def test_metadata_pass_where_twine_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: list[str], code: int, accepted: bool
) -> None:
    asked: list[list[str]] = []

    def twine(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        asked.append(command)
        return subprocess.CompletedProcess(command, code, "PASSED or FAILED", "")

    for name in files:
        (tmp_path / name).touch()
    monkeypatch.setattr(subprocess, "run", twine)
    if accepted:
        wheel.check_metadata(tmp_path)
    else:
        with pytest.raises(SystemExit, match="PASSED or FAILED"):
            wheel.check_metadata(tmp_path)
    assert asked[0][1:5] == ["-m", "twine", "check", "--strict"]
    assert asked[0][5:] == sorted(str(tmp_path / name) for name in files)


def test_the_recipe_names_the_commands() -> None:
    recipe = (ROOT / "docs" / "how-to" / "release.md").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))
    named = re.findall(r"^ *make ([a-z-]+)", recipe, flags=re.MULTILINE)
    assert {"check", "release-check"} <= set(named) <= targets
    assert {name for name in PAPERS if name not in recipe} == set()
