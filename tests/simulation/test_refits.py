"""What is not fitted anew is what a new fit would find."""

from __future__ import annotations

import numpy as np
import pytest

from tests.simulation.fake_processes import FakeProcess, drawn
from tests.simulation.fake_zones import SCENARIOS, FakePanel
from tests.simulation.placebos import placebos
from tests.simulation.refits import Refits

pytestmark = pytest.mark.simulation


@pytest.mark.parametrize("before", [6, 15])
def test_placebos_are_those_of_fitting_all_anew(before: int) -> None:
    """With six periods before most units are met exactly, and the shortest of many weights count."""
    process = FakeProcess(units=25, before=before, window=3)
    panel = FakePanel("drawn", drawn(process, np.random.default_rng(8)).paths, before)
    fits, plain = Refits(panel.paths, before), placebos(panel.paths, before)
    np.testing.assert_array_equal(fits.plain.weights, plain.weights)
    np.testing.assert_allclose(fits.plain.drift, plain.drift, rtol=0, atol=1e-12)
    for zone, name in enumerate(("late divergence", "old divergence", "level break", "dip before", "noisy zone")):
        paths = SCENARIOS[name](panel, plain, zone, 0.05)
        found, anew = fits.changed(paths, zone), placebos(paths, before)
        np.testing.assert_allclose(found.weights, anew.weights, rtol=0, atol=1e-9)
        np.testing.assert_allclose(found.gaps, anew.gaps, rtol=0, atol=1e-9)
        np.testing.assert_allclose(found.drift, anew.drift, rtol=0, atol=1e-9)
