"""The page of public names is what their docstrings say."""

from __future__ import annotations

import re
from pathlib import Path

import api_reference
import pilotzone as pz


def test_page_is_current() -> None:
    assert api_reference.PAGE.read_text(encoding="utf-8") == api_reference.page(), "run: python tools/api_reference.py"


def test_every_public_name_has_its_part_with_what_it_takes() -> None:
    text = api_reference.page()
    for name in pz.__all__:
        part = text.split(f"\n## `pz.{name}`\n")[1].split("\n## `pz.")[0]
        assert f"{name}(" in part
        assert "``" not in part.replace("```", "")


def test_docstrings_come_through() -> None:
    part = api_reference.described("synthetic_control")
    assert "- **treated**: The treated unit." in part
    assert "- **MethodError**: If the data do not allow the design." in part
    assert "```pycon\n>>> import numpy as np" in part
    assert Path(api_reference.__file__).name in api_reference.HEAD


def test_headings_of_docstrings_stand_above_their_underlines() -> None:
    """One whose underline ran into its text is no heading any more, and comes out as an entry."""
    run_together = re.compile(r"^\s*(?:Notes|Returns|Raises|Parameters|Attributes|Examples|References|Yields) -{3,}")
    source = Path(pz.__file__).parent
    lines = ((path, line) for path in source.rglob("*.py") for line in path.read_text(encoding="utf-8").splitlines())
    assert [f"{path.relative_to(source)}: {line}" for path, line in lines if run_together.match(line)] == []
