"""Errors of shares of variance and of simulated appraisals, in a reduced run."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from tests.simulation.effects import CASES, Estimates, repeat

pytestmark = pytest.mark.simulation


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case.__name__))
def test_intervals_hold_the_truth_as_often_as_they_say(case: Callable[[int], Estimates]) -> None:
    count = 200
    for what, covered, bias, spread, error in repeat(case, count):
        slack = 3.5 * np.sqrt(0.95 * 0.05 / count)
        assert covered >= 0.93 - slack, what
        assert covered <= 0.97 + slack, what
        assert abs(bias) <= 4 * spread / np.sqrt(count), what
        assert error == pytest.approx(spread, rel=0.25), what
