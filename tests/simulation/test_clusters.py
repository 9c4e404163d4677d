"""Size with treated clusters that differ in size, in a reduced run."""

from __future__ import annotations

import numpy as np
import pytest

from tests.simulation.clusters import SHARED, SIZES, rejected, words

pytestmark = pytest.mark.simulation


@pytest.mark.parametrize("shared", SHARED)
@pytest.mark.parametrize("sizes", SIZES)
def test_the_effective_number_holds_the_level(sizes: tuple[int, ...], shared: float) -> None:
    count = 2000
    effective, counted, here = rejected(sizes, shared, count)
    if effective >= 5:
        assert here <= 0.063 + 3 * np.sqrt(0.063 * 0.937 / count)
    assert here <= counted


def test_one_large_cluster_among_five_is_no_five() -> None:
    effective, counted, _ = rejected((16, 1, 1, 1, 1), 1.0, 2000)
    assert effective == pytest.approx(400 / 260)
    assert counted > 0.4


def test_words() -> None:
    assert words((50, 5, 5, 5)) == "50, 3 of 5"
