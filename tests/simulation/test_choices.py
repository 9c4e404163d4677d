"""Size of all choices of 4 of 25, in a reduced run: the level by lot, and far above it where zones go to growth."""

from __future__ import annotations

import numpy as np
import pytest

from pilotzone.evaluation.many import NEVER, StackedColumns, randomise
from tests.simulation.choices import ALPHA, LAST_BEFORE, PROVINCES, YEARS, ZONES, chosen, levels, p_value, rejected

pytestmark = pytest.mark.simulation


def test_p_is_that_of_the_package() -> None:
    rng = np.random.default_rng(3)
    y = levels(rng)
    zones = chosen(y, "upper half", rng)
    layout = StackedColumns(("y",), (tuple(range(1, YEARS + 1)),))
    start = np.full(PROVINCES, NEVER)
    start[zones] = LAST_BEFORE + 1
    found = randomise(layout.stack({"y": y}), start, layout)
    row = next(row for row in found.rows if row.kind == "group" and row.at is None)
    assert (len(zones), found.draws) == (ZONES, 12_650)
    assert p_value(y, zones) == pytest.approx(row.p, abs=1e-12)


def test_size_is_the_level_by_lot() -> None:
    for how in ("by lot", "by lot, heavy tails"):
        assert abs(rejected(how, 250) - ALPHA) <= 3 * np.sqrt(ALPHA * (1 - ALPHA) / 250)


def test_p_only_describes_where_zones_go_to_growth() -> None:
    assert rejected("fastest", 150) > 0.1
