"""The README and its neighbours tell the truth; `make check-readme` runs the README's commands."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

import pilotzone

ROOT = Path(__file__).resolve().parents[2]
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]


def test_readme_smoke() -> None:
    """The one test that runs in the README's fresh clone: the command is the clone's own, and it answers."""
    assert Path(pilotzone.__file__).is_relative_to(ROOT / "src")
    command = Path(sys.executable).with_name("pilotzone")
    said = subprocess.run([command, "--version"], capture_output=True, text=True, check=True).stdout
    assert VERSION in said


def test_commands_are_two() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shell = re.findall(r"^```sh\n(.*?)^```$", readme, flags=re.MULTILINE | re.DOTALL)
    assert "".join(shell).split("\n")[:-1] == ["make guizhou", "make test"]


@pytest.mark.parametrize(
    "page", [str(path.relative_to(ROOT)) for path in [*ROOT.glob("*.md"), *sorted(ROOT.glob("docs/**/*.md"))]]
)
def test_relative_links_lead_somewhere(page: str) -> None:
    text = re.sub(r"^```.*?^```$", "", (ROOT / page).read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    targets = re.findall(r"\]\(([^)\s#]+)(?:#[^)]*)?\)", text)
    local = [target for target in targets if not re.match(r"[a-z]+:", target)]
    assert [target for target in local if not (ROOT / page).parent.joinpath(target).exists()] == []


def test_one_version_everywhere() -> None:
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.findall(r"^version: (.+)$", citation, flags=re.MULTILINE) == [VERSION]
    assert re.findall(r"^## (\S+)", changelog, flags=re.MULTILINE)[0] == VERSION
    assert pilotzone.__version__ == VERSION


def test_citation_has_what_the_format_asks_for_and_agrees_with_the_package() -> None:
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    # Citation File Format 1.2.0: what is required, and the keys of software that are used here.
    assert {"cff-version", "message", "title", "authors"} <= set(cited)
    assert set(cited) <= {
        "cff-version", "message", "title", "authors", "type", "abstract", "version", "license", "keywords",
        "date-released", "doi", "url", "repository-code", "preferred-citation",
    }  # fmt: skip
    assert (cited["cff-version"], cited["type"]) == ("1.2.0", "software")
    assert all({"name"} <= set(author) or {"family-names"} <= set(author) for author in cited["authors"])
    assert (cited["title"], cited["license"], cited["keywords"]) == (
        project["name"],
        project["license"],
        project["keywords"],
    )


def test_readme_begins_with_installing_the_package() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    first, second = re.findall(r"^```\w*\n(.*?)^```$", readme, flags=re.MULTILINE | re.DOTALL)[:2]
    assert first.splitlines() == ["pip install pilotzone", "pilotzone run guizhou"]
    assert second == "make guizhou\n"


def test_index_of_decisions_is_complete() -> None:
    index = (ROOT / "docs" / "adr" / "README.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| \[(\d{4})\]\((\1-[a-z0-9-]+\.md)\) \| (.+) \|$", index, flags=re.MULTILINE)
    files = sorted((ROOT / "docs" / "adr").glob("0*.md"))
    titles = [path.read_text(encoding="utf-8").split("\n", 1)[0] for path in files]
    assert [(name, f"# {number} {title}") for number, name, title in listed] == [
        (path.name, title) for path, title in zip(files, titles, strict=True)
    ]
