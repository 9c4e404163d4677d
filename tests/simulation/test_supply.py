"""The comparison of whole years with PyPSA, on one short length."""

from __future__ import annotations

import pytest

from tests.simulation.supply import differences


@pytest.mark.simulation
def test_short_systems() -> None:
    found = differences(168)
    assert len(found) == 7
    assert max(max(row[1:]) for row in found) <= 1e-6
