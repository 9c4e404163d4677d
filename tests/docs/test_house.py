"""The page about the house says what is: its tree is the tree, and the files of its recipes exist."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "pilotzone"
PAGE = ROOT / "docs" / "explanation" / "house.md"


def part(heading: str) -> str:
    """Return what stands below a heading."""
    return PAGE.read_text(encoding="utf-8").partition(f"## {heading}\n")[2].partition("\n## ")[0]


def rooms() -> dict[str, str]:
    """Return every folder that is a package, and the first line of what its door says."""
    found = {}
    for door in SOURCE.rglob("__init__.py"):
        path = door.parent.relative_to(SOURCE).as_posix()
        if path != ".":
            found[path] = door.read_text(encoding="utf-8").splitlines()[0].strip('"')
    return found


def test_the_tree_has_every_room_with_the_sentence_of_its_door() -> None:
    told = dict(re.findall(r"^- `([\w/]+)/`: (.+)$", part("The rooms"), re.MULTILINE))
    assert told == rooms()


def test_twelve_recipes_name_files_that_are_there() -> None:
    recipes = re.findall(r"^(\d+)\. ", part("Twelve changes"), re.MULTILINE)
    assert recipes == [str(k) for k in range(1, 13)]
    named = re.findall(r"`([\w./]+(?:/|\.py|\.toml|\.md|\.json))`", part("Twelve changes"))
    assert len(named) > 40
    inside_a_kind = {
        "kind.py",
        "file.py",
        "run.py",
        "record.py",
        "template.toml",
        "wording.py",
        "terminal.py",
        "sheets.py",
    }
    for name in named:
        bases = (
            [SOURCE / "study" / "zone"]
            if name in inside_a_kind
            else [SOURCE, ROOT, SOURCE / "gather" / "bundled" / "provinces"]
        )
        assert any((base / name).exists() for base in bases), name


def test_a_kind_costs_one_line_outside_its_folder() -> None:
    kinds = (SOURCE / "study" / "kinds.py").read_text(encoding="utf-8")
    for kind in ("zone", "panel", "siting", "plan", "campus"):
        assert len(re.findall(rf'^    "{kind}": ', kinds, re.MULTILINE)) == 1
        # No other module of study outside the kind's own folder knows it, the ways into it apart.
        others = [
            path
            for path in (SOURCE / "study").rglob("*.py")
            if kind not in path.relative_to(SOURCE / "study").parts
            and f"pilotzone.study.{kind}" in path.read_text("utf-8")
        ]
        assert {path.name for path in others} <= {"kinds.py", "shortcuts.py", "former.py"}


def test_contributing_points_there() -> None:
    assert "docs/explanation/house.md" in (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
