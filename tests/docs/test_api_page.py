"""The page of public names is what their docstrings say."""

from __future__ import annotations

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
