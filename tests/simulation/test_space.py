"""Size where near units vary together, in a reduced run, and how near cells come to all pairs of units."""

from __future__ import annotations

import numpy as np
import pytest

from tests.simulation.space import SETTINGS, Setting, off, simulate

pytestmark = pytest.mark.simulation

COUNT = 300


@pytest.mark.parametrize(
    "setting",
    [item for item in SETTINGS if item.units == 600 and (item.kernel, item.cutoff) == ("uniform", 100.0)],
    ids=str,
)
def test_a_cutoff_as_wide_as_units_vary_together_holds_the_level(setting: Setting) -> None:
    """Samples of a panel share its places: room for three errors of a tenth of them."""
    row = simulate(setting, COUNT)
    if setting.treated == "corner":
        assert row.told == 0
    else:
        assert row.told == 1
        assert row.conley <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / COUNT)
    if setting.treated != "scattered":
        assert row.one_by_one > 0.15


def test_half_that_cutoff_is_too_narrow() -> None:
    wide, narrow = (simulate(Setting(600, "half", cutoff), COUNT) for cutoff in (100.0, 50.0))
    assert narrow.conley > wide.conley


def test_cells_an_eighth_of_the_cutoff_are_near() -> None:
    """By Bartlett's kernel, since with the uniform one a repair that has nothing to do with cells is larger."""
    mean, most = off("bartlett", 8, panels=2)
    assert mean < 0.002
    assert most < 0.01
    assert off("bartlett", 2, panels=2)[0] > mean
