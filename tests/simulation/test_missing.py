"""Size where outcomes are missing or weights differ, in a reduced run."""

from __future__ import annotations

import numpy as np
import pytest

from tests.simulation.missing import SETTINGS, simulate

pytestmark = pytest.mark.simulation

COUNT = 240


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.words)
def test_what_is_told_holds_the_level(setting: object) -> None:
    """Room is for three standard errors above 7 per cent, which full runs stay under."""
    (chosen,) = (item for item in SETTINGS if item == setting)
    row = simulate(chosen, COUNT)
    for told, rejected in ((row.told_last, row.last), (row.told_mean, row.mean)):
        if told:
            assert rejected <= 0.07 + 3 * np.sqrt(0.07 * 0.93 / (told * COUNT))


@pytest.mark.parametrize("kind", ["units", "towns"])
def test_two_of_thirty_are_two(kind: str) -> None:
    few = [setting for setting in SETTINGS if min(setting.has) == 2 and setting.kind == kind]
    assert few
    for setting in few:
        row = simulate(setting, 50)
        assert (row.told_last, row.told_mean) == (0.0, 0.0)


def test_most_are_told_where_half_have_the_outcome() -> None:
    for setting in SETTINGS:
        if setting.has == (15, 15):
            row = simulate(setting, 50)
            assert (row.told_last, row.told_mean) == (1.0, 1.0)
