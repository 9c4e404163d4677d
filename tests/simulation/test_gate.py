"""The frozen gate is that of the product while both are there, and its fits are those of the placebos."""

from __future__ import annotations

import numpy as np
import pytest

from tests.simulation.fake_processes import FakeProcess, drawn
from tests.simulation.gate import fitted, passes
from tests.simulation.placebos import placebos

pytestmark = pytest.mark.simulation

PROCESS = FakeProcess(before=10, window=4)


def test_fits_are_those_of_the_placebos() -> None:
    paths = drawn(PROCESS, np.random.default_rng(2)).paths
    lean, whole = fitted(paths, PROCESS.before), placebos(paths, PROCESS.before)
    np.testing.assert_allclose(lean.gaps, whole.gaps, rtol=0, atol=1e-9)
    np.testing.assert_array_equal(lean.weights, whole.weights)


def test_what_fails_a_check_does_not_pass() -> None:
    """A wide margin lets nearly all through, a narrow one nobody; a gap in the last period and a lone donor fail."""
    paths = drawn(PROCESS, np.random.default_rng(2)).paths
    found = fitted(paths, PROCESS.before)
    wide = [passes(paths, found, zone, 10.0) for zone in range(len(paths))]
    assert np.mean(wide) > 0.9
    narrow = paths - np.outer(np.arange(len(paths)) == 3, np.where(np.arange(14) >= 10, found.gaps[3], 0.0))
    assert not passes(narrow, fitted(narrow, PROCESS.before), 3, 1e-6)
    twin = np.vstack([paths, paths[3]])
    assert not passes(twin, fitted(twin, PROCESS.before), 3, 10.0)
    assert not passes(paths[:, 6:], fitted(paths[:, 6:], 4), 3, 10.0)
