"""Turns of phrase that have to be read twice, and that no text of the package or of its pages has any more."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from tests.docs.walkthrough import ROOT

COMPARED = (
    "longer|more|less|lower|higher|worse|better|other|later|earlier|further|smaller|larger|nearer|wider|fewer|sooner|"
    "faster|slower|older|newer|one|such|warmer|colder|sharper|stronger|weaker|deeper|cheaper|greater|likelier"
)
BANNED = {
    "is no X, for is not a X": rf"(?<!here )(?<!here\n)\b(?:is|are|was|were) no (?!(?:{COMPARED})\b)[\w'`]+",
    "by lot, for randomisation": r"\bby lot\b",
    "one of both": r"\bone of both\b",
    "Of IT, for IT capacity": r"\bOf IT[.,]",
    "hangs on, for depends on": r"\bhangs on\b",
    "of which there are few": r"\bof which there are\b",
    "all that is not known": r"\ball that is not known\b",
    "To be kept in mind": r"\bTo be kept in mind\b",
    "Not so by": r"\bNot so by\b",
    "what was made least": r"\bmade least\b",
}
PAGES = sorted(
    path for path in (ROOT / "docs").rglob("*.md") if not {"adr", "protocols.md"} & {path.parent.name, path.name}
)  # decisions and protocols stay as they were written
SOURCES = sorted((ROOT / "src" / "pilotzone").rglob("*.py"))


def found(text: str) -> list[str]:
    """Return the turns that a text has, where ranges over line breaks count as one line."""
    flat = " ".join(text.split())
    return [f"{name}: ...{match[0]}" for name, turn in BANNED.items() for match in re.finditer(turn, flat)]


@pytest.mark.parametrize("page", [ROOT / "README.md", *PAGES], ids=lambda path: str(path.relative_to(ROOT)))
def test_pages(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert found(text) == []


def test_texts_of_the_package() -> None:
    """Docstrings, errors and what is printed: every text that stands in the code."""
    told = []
    for file in SOURCES:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                told += [f"{file.relative_to(ROOT)}:{node.lineno}: {turn}" for turn in found(node.value)]
    assert told == []


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("this is no table", 1),
        ("there is no table", 0),
        ("it is no longer", 0),
        ("p by lot", 1),
        ("which there\nare no", 0),
    ],
)
def test_the_turns_are_found(text: str, count: int) -> None:
    assert len(found(text)) == count
