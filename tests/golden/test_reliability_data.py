"""The test systems of reliability: what is published of them, computed from their parts."""

from __future__ import annotations

import numpy as np
import pytest
from tests.golden.reliability import load_shares, reliability_system


def losses(name: str) -> tuple[float, float]:
    """Return hours a year with load above capacity and energy not served, MWh, by adding unit after unit.

    109 hours of RTS-79 lie on ties: capacity that is equal to the load to 1e-6 MW serves it.
    """
    units, load = reliability_system(name), load_shares()
    state = {0.0: 1.0}
    for capacity, rate in zip(units.capacity_mw.tolist(), units.outage_rate.tolist(), strict=True):
        found: dict[float, float] = {}
        for there, chance in state.items():
            found[there + capacity] = found.get(there + capacity, 0.0) + chance * (1 - rate)
            found[there] = found.get(there, 0.0) + chance * rate
        state = found
    held, weight = (np.array(column) for column in zip(*sorted(state.items()), strict=True))
    loads = units.peak_load_mw * load
    # Of states in order of capacity: how many fall short of each load, their chance, and their mean capacity.
    below = np.searchsorted(held, loads - 1e-6)
    chance_below = np.concatenate([[0.0], np.cumsum(weight)])[below]
    capacity_below = np.concatenate([[0.0], np.cumsum(weight * held)])[below]
    return float(chance_below.sum()), float((loads * chance_below - capacity_below).sum())


def test_units_and_load_as_published() -> None:
    rts, rbts = reliability_system("IEEE RTS-79"), reliability_system("RBTS")
    assert (len(rts.capacity_mw), rts.capacity_mw.sum(), rts.peak_load_mw) == (32, 3405, 2850)
    assert (len(rbts.capacity_mw), rbts.capacity_mw.sum(), rbts.peak_load_mw) == (11, 240, 185)
    load = load_shares()
    assert load.shape == (8736,)
    assert load.max() == pytest.approx(1, abs=1e-12)
    assert (round(float(load[0]), 7), round(float(load.min()), 7)) == (0.5371122, 0.3388125)


@pytest.mark.parametrize(
    ("name", "hours", "energy"), [("IEEE RTS-79", 9.394175, 1176.298), ("RBTS", 1.09156, 9.861351)]
)
def test_loss_of_load_as_published(name: str, hours: float, energy: float) -> None:
    found = losses(name)
    assert found[0] == pytest.approx(hours, abs=1e-6)
    assert found[1] == pytest.approx(energy, abs=1e-3)
