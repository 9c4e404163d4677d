"""Longer windows scatter as the page says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.simulation.fake_zones import FakePanel, panels
from tests.simulation.windows import spreads

pytestmark = pytest.mark.simulation

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "strength.md"


def test_the_page_has_each_panel() -> None:
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    begin = next(k for k, line in enumerate(lines) if line.startswith("| panel | two periods |")) + 2
    shown = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[begin : begin + 13]]
    assert shown == [[panel.name, *(f"{value:.2f}" for value in spreads(panel))] for panel in panels()]


def test_noise_that_comes_anew_averages_out_and_a_random_walk_does_not() -> None:
    """Gaps of white noise shrink with the root of the length; means of a walk from zero grow with it."""
    noise = np.random.default_rng(1).normal(size=(60, 30))
    anew = spreads(FakePanel("white noise", noise, 25))
    assert anew == pytest.approx([2**-0.5, 3**-0.5, 5**-0.5], rel=0.25)
    # The mean of L steps of a walk has variance (L + 1)(2 L + 1) / (6 L).
    walk = spreads(FakePanel("walk", np.hstack([np.zeros((60, 25)), noise[:, :5].cumsum(axis=1)]), 25))
    assert walk == pytest.approx([1.25**0.5, (28 / 18) ** 0.5, 2.2**0.5], rel=0.25)
