"""The first screen of a report: the answer beside its main chart, tables folded, lines named at their ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

Open = Callable[..., "Page"]
HEIGHT = 900


@pytest.mark.parametrize("name", ["plan", "campus", "appraisal"])
def test_the_answer_and_its_main_chart_are_in_the_first_screen(name: str, look_at: Open) -> None:
    page = look_at(name)
    chart = page.locator(".opening .chart").bounding_box()
    verdict = page.locator(".opening #verdict").bounding_box()
    assert chart is not None
    assert verdict is not None
    assert chart["y"] + chart["height"] <= HEIGHT
    assert chart["x"] >= verdict["x"] + verdict["width"]
    told = page.inner_text("#verdict")
    assert "How strong:" in told
    assert "What would change this answer" in told
    assert page.locator("#verdict h2").inner_text() != ""


@pytest.mark.parametrize("name", ["plan", "campus", "appraisal"])
def test_on_a_phone_the_chart_follows_the_answer(name: str, look_at: Open) -> None:
    page = look_at(name, width=390)
    chart = page.locator(".opening .chart").bounding_box()
    verdict = page.locator(".opening #verdict").bounding_box()
    assert chart is not None
    assert verdict is not None
    assert chart["y"] >= verdict["y"] + verdict["height"]


@pytest.mark.parametrize(
    ("name", "folded"),
    [("plan", "flows-section"), ("campus", "findings"), ("campus", "audit-section"), ("appraisal", "assumed")],
)
def test_what_is_looked_up_is_folded(name: str, folded: str, look_at: Open) -> None:
    assert look_at(name).get_attribute(f"#{folded} > details.part", "open") is None


@pytest.mark.parametrize("width", [1280, 390])
def test_lines_are_named_at_their_ends_within_the_chart(width: int, look_at: Open) -> None:
    page = look_at("guizhou", width=width)
    assert page.locator("#paths .chart svg .role-legend").count() == 0
    for chart in page.locator("#paths .chart").all():
        words = chart.locator("svg text").evaluate_all("all => all.map(text => text.textContent)")
        assert {"Guizhou", "synthetic", "starts 2016"} <= set(words)
        edge = chart.bounding_box()
        assert edge is not None
        for word in ("Guizhou", "synthetic"):
            place = chart.locator("svg text", has_text=word).last.bounding_box()
            assert place is not None
            assert place["x"] + place["width"] <= edge["x"] + edge["width"] + 1
