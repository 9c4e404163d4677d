"""Coverage on units in towns, in a reduced run."""

from __future__ import annotations

import numpy as np
import pytest

from tests.simulation.towns import simulate

pytestmark = pytest.mark.simulation

COUNT = 250
ROOM = 3 * np.sqrt(0.05 * 0.95 / COUNT)


@pytest.mark.parametrize("towns", [40, 400])
def test_what_is_printed_covers(towns: int) -> None:
    found = simulate(COUNT, towns)
    assert found.told > (0.5 if towns == 40 else 0.99)
    assert found.printed >= 0.93 - ROOM
    assert found.bands >= 0.93 - ROOM
    if towns == 400:
        assert abs(found.printed - 0.95) <= 0.01 + ROOM


def test_ten_towns_in_four_cohorts_are_too_few() -> None:
    found = simulate(50, 10)
    assert found.told < 0.05
    assert found.events < 0.85
