"""Unequal chances of having been the zone: the closed form against every corner of what chances may be."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from pilotzone.core import UsageError
from pilotzone.judgement.tilting import tilt, tilted_p


@pytest.mark.parametrize("times", [1.0, 1.7, 4.0])
@pytest.mark.parametrize(("count", "rank"), [(1, 1), (6, 1), (7, 3), (8, 8)])
def test_the_worst_case_over_all_chances(count: int, rank: int, times: float) -> None:
    """The chance of the extreme units over that of all is largest at a corner, and nowhere larger inside."""
    extreme = np.arange(count) < rank
    corners = np.array(list(product((1.0, times), repeat=count)))
    inside = np.random.default_rng(3).uniform(1.0, times, (2000, count))
    by_corner, by_inside = (item[:, extreme].sum(axis=1) / item.sum(axis=1) for item in (corners, inside))
    found = tilted_p(rank / count, times)
    assert found == pytest.approx(by_corner.max(), rel=1e-14)
    assert found == pytest.approx(times * rank / (times * rank + count - rank), rel=1e-14)
    assert by_inside.max() <= found * (1 + 1e-14)


@pytest.mark.parametrize("alpha", [0.05, 0.1])
@pytest.mark.parametrize(("count", "rank"), [(40, 1), (40, 2), (39, 1), (100, 3)])
def test_the_tilt_is_where_the_worst_case_is_the_level(count: int, rank: int, alpha: float) -> None:
    found = tilt(rank / count, alpha)
    assert found == pytest.approx(alpha / (1 - alpha) * (count - rank) / rank, rel=1e-14)
    assert tilted_p(rank / count, max(1.0, found)) == pytest.approx(max(alpha, rank / count), rel=1e-14)
    assert tilted_p(rank / count, max(1.0, found) * 1.001) > alpha


def test_without_a_rejection_it_is_below_one() -> None:
    assert tilt(0.2, 0.05) == pytest.approx(4 / 19, rel=1e-14)
    assert tilt(1.0, 0.05) == 0.0


@pytest.mark.parametrize("p", [0.0, -0.1, 1.1, float("nan")])
def test_what_is_no_p_value_is_refused(p: float) -> None:
    with pytest.raises(UsageError, match="p is"):
        tilt(p, 0.05)
    with pytest.raises(UsageError, match="p is"):
        tilted_p(p, 2.0)


@pytest.mark.parametrize("times", [0.9, float("inf"), float("nan")])
def test_what_is_no_multiple_is_refused(times: float) -> None:
    with pytest.raises(UsageError, match="times is"):
        tilted_p(0.1, times)
