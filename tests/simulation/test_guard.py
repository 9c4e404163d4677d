"""Size with few treated units, in a reduced run: too large where the guard refuses, under seven per cent elsewhere."""

from __future__ import annotations

import numpy as np
import pytest

from tests.simulation.guard import ALPHA, Case, Noise, Row, rejections, worst

pytestmark = pytest.mark.simulation


@pytest.mark.parametrize(("treated", "normal"), [((1,), 0.7), ((1, 1, 1), 0.2), ((2,), 0.25), ((3,), 0.15)])
def test_what_is_refused_would_be_wrong(treated: tuple[int, ...], normal: float) -> None:
    """By the rule of leading packages; 73 and 23 per cent with one unit and three cohorts of one are known of two."""
    found = rejections(Case(30, treated, "normal"), 300)
    assert (found[:, 3] < 5).all()
    assert found[:, 0].max() >= normal - 2.5 * np.sqrt(normal * (1 - normal) / 300)


@pytest.mark.parametrize("noise", ["normal", "treated noisier", "treated calmer", "heavy tails"])
@pytest.mark.parametrize(("units", "treated"), [(20, (5,)), (100, (5, 5, 5)), (50, (25,))])
def test_what_is_printed_has_its_size(units: int, treated: tuple[int, ...], noise: Noise) -> None:
    """In the full run every size lies under seven per cent by its upper bound, most of them near five."""
    count = 200
    found = rejections(Case(units, treated, noise), count)
    assert (found[:, 3] >= 5).all()
    assert (found[:, 1] <= 0.06 + 3 * np.sqrt(0.06 * 0.94 / count)).all()
    assert (found[:, 0] >= found[:, 1]).all()


def test_the_table_takes_the_worst_of_all() -> None:
    noises: tuple[Noise, ...] = ("normal", "treated noisier", "treated calmer", "heavy tails", "skewed")
    rows = [
        Row(Case(units, (5,), noise), 100, np.array([[0.1, share, 9.0, 5.0], [0.2, ALPHA, 9.0, 5.0]]))
        for noise in noises
        for units, share in ((20, 0.04), (30, 0.06))
    ]
    assert list(worst(rows)) == ["| 5 | yes |" + " 20.0 | 6.0 | 10.7 |" * 5]
