"""Size with few treated units, in a reduced run: too large where the guard refuses, under seven per cent elsewhere."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
from scipy import stats

from tests.simulation.guard import Case, Noise, Row, draw, given, package, row_of, textbook, worst

pytestmark = pytest.mark.simulation


@pytest.mark.parametrize("treated", [(1,), (2,), (7,), (3, 3, 3), (5, 5, 5, 5)])
def test_what_is_simulated_is_what_the_package_has(treated: tuple[int, ...]) -> None:
    case = Case(30, treated, "skewed")
    panels = draw(case, 3, np.random.default_rng(0))
    normal, t = textbook(case, panels)
    for k, panel in enumerate(panels):
        estimate, variance, known = package(case, panel)
        ratio = np.abs(estimate) / np.sqrt(variance)
        assert normal[:, k] == pytest.approx(2 * stats.norm.sf(ratio), rel=1e-9)
        if min(treated) == 1:
            assert np.isnan(t[:, k]).all()
            assert (known.degrees == 0).all()
        else:
            assert t[:, k] == pytest.approx(2 * stats.t.sf(ratio / known.inflation, known.degrees), rel=1e-8)


@pytest.mark.parametrize(
    ("treated", "normal"), [((1,), 0.73), ((1, 1, 1), 0.23), ((2,), 0.32), ((3,), 0.21), ((4,), 0.16)]
)
def test_what_is_refused_would_be_wrong(treated: tuple[int, ...], normal: float) -> None:
    """By leading packages' rule: 73 and 23 per cent with one unit and three cohorts of one are known of two of them."""
    row = row_of(Case(30, treated, "normal"), 4000)
    assert not any(row.given)
    error = np.sqrt(normal * (1 - normal) / 4000)
    assert np.abs(row.normal - normal).min() <= 3 * error


@pytest.mark.parametrize("noise", get_args(Noise))
@pytest.mark.parametrize(("units", "treated"), [(20, (5,)), (30, (15,)), (50, (8,)), (100, (5, 5, 5)), (50, (6,) * 4)])
def test_what_is_printed_has_its_size(units: int, treated: tuple[int, ...], noise: Noise) -> None:
    row = row_of(Case(units, treated, noise), 4000)
    assert all(row.given)
    assert (row.t <= 0.06 + 3 * np.sqrt(0.06 * 0.94 / 4000) + 0.01 * (noise == "skewed")).all()
    assert (row.normal > row.t).all()


def test_four_units_matter_where_they_carry_much() -> None:
    assert given(30, (4,)) == (False, False, False)
    assert given(30, (26,)) == (False, False, False)
    assert given(200, (5,)) == (True, True, True)


def test_the_table_takes_the_worst_of_all() -> None:
    rows = [
        Row(Case(units, (5,), noise), 100, np.array([0.1, 0.2, 0.1]), np.array([0.01, share, 0.9]), (True, True, False))
        for noise in get_args(Noise)
        for units, share in ((20, 0.04), (30, 0.06))
    ]
    assert list(worst(rows)) == [
        "| 5 | no |" + " |".join([" 10.0 | 90.0 | 95.9"] * 5) + " |",
        "| 5 | yes |" + " |".join([" 20.0 | 6.0 | 10.7"] * 5) + " |",
    ]
