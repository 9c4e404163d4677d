"""Ranks among capitals keep their level exactly, whatever sets capitals apart; ranks among all cities do not."""

from __future__ import annotations

import pytest

from tests.simulation.ranked import PROCESSES, Process, rejections


@pytest.mark.parametrize("process", PROCESSES, ids=lambda item: item.name)
def test_among_capitals_one_in_twenty_is_rejected(process: Process) -> None:
    among, everyone = rejections(process, 2)
    assert among == pytest.approx(1 / 20, abs=1e-12)
    if process.drift:
        assert everyone > 0.075
