"""Identifiers made from names: distinct, whatever the names are written in."""

from __future__ import annotations

import re

from pilotzone.report import html_id

NAMES = (
    "Guizhou", "guizhou", "GUIZHOU", "Gui Zhou", "gui-zhou", "\u8d35\u5b89", "\u8d35\u9633", "\u8d35\u5b89 2",
    "\u041c\u043e\u0441\u043a\u0432\u0430", "\u2014", "", " ", "<script>", "Inner Mongolia", "inner mongolia", "Site 1",
    "Site-1", "S\u00e3o Paulo", "So Paulo", "\ud800",
)  # fmt: skip


def test_no_two_names_share_one() -> None:
    assert len({html_id(name) for name in NAMES}) == len(NAMES)


def test_each_is_what_a_page_and_a_file_can_bear() -> None:
    # As `save_charts` asks of every chart, and as CSS selects without escapes.
    assert all(re.fullmatch(r"[a-z][a-z0-9-]*", html_id(name)) for name in NAMES)


def test_a_plain_name_is_its_own() -> None:
    assert html_id("Inner Mongolia") == "inner-mongolia"
    assert html_id("\u8d35\u5b89") == html_id("\u8d35\u5b89")
