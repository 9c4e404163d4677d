"""The site of the documentation: what changes on the way from docs/, and that a link that leads nowhere stops it."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path

import pytest

import site_of_docs

PAPERS = {"CHANGELOG.md": "changelog.md"}


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a small checkout, which the tool takes for its own."""
    root = tmp_path / "checkout"
    for name, text in {
        "pyproject.toml": '[project]\nversion = "9.8"\n',
        "CHANGELOG.md": "# Changes\n\nSee [the page](docs/how-to/one.md#a-part).\n",
        "tool.py": "",
        "docs/README.md": "# Pages\n\n## Do\n\n- [One](how-to/one.md), in [a notebook](how-to/look.ipynb)\n"
        "\n## Understand\n\n- [Why](adr/README.md)\n",
        "docs/how-to/one.md": "# One\n\n[Why](../adr/README.md), [what changed](../../CHANGELOG.md), "
        "[a tool](../../tool.py), [here](#a-part)\n\n```text\n[no link](at/all.md)\n```\n\n## A part\n",
        "docs/how-to/look.ipynb": json.dumps(
            {"cells": [{"cell_type": "markdown", "source": ["# Look"]}, {"cell_type": "code", "source": ["1 + 1"]}]}
        ),
        "docs/adr/README.md": "# Decisions\n\n[0001](0001-one.md)\n",
        "docs/adr/0001-one.md": "# 0001 One\n",
    }.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    monkeypatch.setattr(site_of_docs, "ROOT", root)
    monkeypatch.setattr(site_of_docs, "DOCS", root / "docs")
    monkeypatch.setattr(site_of_docs, "PAPERS", PAPERS)
    return root


def staged(folder: Path) -> dict[str, str]:
    folder.mkdir()
    site_of_docs.stage(folder)
    return {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in folder.rglob("*.md")}


@pytest.mark.usefixtures("checkout")
def test_pages_and_links_of_the_site(tmp_path: Path) -> None:
    pages = staged(tmp_path / "staged")
    assert set(pages) == {
        "index.md", "how-to/one.md", "how-to/look.md", "adr/index.md", "adr/0001-one.md", "changelog.md",
    }  # fmt: skip
    # What is in the site is linked to, what is not keeps its name, and blocks are left alone.
    assert "[Why](../adr/index.md), [what changed](../changelog.md), a tool, [here](#a-part)" in pages["how-to/one.md"]
    assert "[no link](at/all.md)" in pages["how-to/one.md"]
    assert pages["changelog.md"].endswith("[the page](how-to/one.md#a-part).\n")
    assert pages["how-to/look.md"] == "# Look\n\n```python\n1 + 1\n```\n"


@pytest.mark.usefixtures("checkout")
def test_contents_are_the_headings_of_the_first_page(tmp_path: Path) -> None:
    pages = staged(tmp_path / "staged")
    listed = re.findall(r":caption: (.+)\n\n((?:.+\n)+?)```", pages["index.md"])
    assert listed == [
        ("Do", "how-to/one.md\nhow-to/look.md\n"),
        ("Understand", "adr/index.md\n"),
        ("Project", "changelog.md\n"),
    ]
    assert "0001-one.md\n```" in pages["adr/index.md"]


def test_a_file_that_is_not_there_stops_it(checkout: Path, tmp_path: Path) -> None:
    (checkout / "docs" / "adr" / "0001-one.md").write_text("# 0001 One\n\n[gone](../how-to/two.md)\n", encoding="utf-8")
    with pytest.raises(SystemExit, match=r"docs/adr/0001-one\.md links to \.\./how-to/two\.md, which is not there"):
        staged(tmp_path / "staged")


needs_sphinx = pytest.mark.skipif(
    importlib.util.find_spec("sphinx") is None, reason="Sphinx is not installed; make check-docs installs it"
)


@needs_sphinx
def test_an_anchor_that_is_not_there_stops_it(
    checkout: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "site"
    assert site_of_docs.build(target) == 6
    assert "9.8" in (target / "index.html").read_text(encoding="utf-8")
    # Its search loads nothing but scripts beside it.
    assert (target / "searchindex.js").is_file()
    assert "SHOW_SEARCH_SUMMARY: false" in (target / "_static" / "documentation_options.js").read_text(encoding="utf-8")
    page = checkout / "docs" / "how-to" / "one.md"
    page.write_text(page.read_text(encoding="utf-8").replace("(#a-part)", "(#no-part)"), encoding="utf-8")
    with pytest.raises(SystemExit, match="could not be built"):
        site_of_docs.build(target)
    assert "no-part" in capfd.readouterr().err
    # The site from before stays.
    assert (target / "index.html").is_file()


@needs_sphinx
def test_a_page_that_no_list_names_stops_it(checkout: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (checkout / "docs" / "how-to" / "lost.md").write_text("# Lost\n", encoding="utf-8")
    with pytest.raises(SystemExit, match="could not be built"):
        site_of_docs.build(tmp_path / "site")
    assert "lost.md" in capfd.readouterr().err
    assert not (tmp_path / "site").exists()


def test_usage() -> None:
    with pytest.raises(SystemExit, match="usage"):
        site_of_docs.main(["--no-such-option"])
