"""Searches for where a test stops rejecting, on tests whose answer is known; and ranks of all units at once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotzone.core import rank_counts, rank_p
from pilotzone.judgement.ranks import min_p
from pilotzone.judgement.search import changes_between, changes_by_index, outermost_kept

numbers = st.floats(-1e6, 1e6) | st.sampled_from([0.0, 1.0, -1.0, 1.0 + 1e-13, np.inf, -np.inf, np.nan])


@given(st.lists(numbers, min_size=1, max_size=12))
def test_ranks_of_all_units_are_those_of_each(values: list[float]) -> None:
    """Ties, rounding, infinities and what cannot be compared included."""
    array = np.array(values)
    each = [rank_p(array, unit) * len(values) for unit in range(len(values))]
    assert rank_counts(array).tolist() == np.rint(each).tolist()


@given(st.lists(st.tuples(numbers, numbers), min_size=1, max_size=10), st.data())
def test_min_p_by_its_definition(rows: list[tuple[float, float]], data: st.DataObject) -> None:
    columns = np.array(rows)
    treated = data.draw(st.integers(0, len(rows) - 1))
    smallest = [min(rank_p(column, unit) for column in columns.T) for unit in range(len(rows))]
    ranks = np.rint(np.array(smallest) * len(rows))
    counted = (ranks <= ranks[treated]) | np.isnan(columns).any(axis=1)
    assert min_p(columns, treated) == counted.mean()


@pytest.mark.parametrize("start", [-3.0, 0.0, 0.99, 1.0, 2.0, 5.0])
@pytest.mark.parametrize("step", [0.25, -0.25])
def test_outermost_point(start: float, step: float) -> None:
    """Seen from either side of the end, on the side that is rejected, and to a step over 2^10."""
    sign = np.sign(step)
    found = outermost_kept(lambda effect: bool(sign * effect <= 1), sign * start, step)
    assert found is not None
    assert 0 < sign * found - 1 <= abs(step) / 2**10


def test_hole_within_eight_steps_is_no_end() -> None:
    assert outermost_kept(lambda effect: effect < 0.5 or 1.5 < effect < 2, 0.0, 0.25) == pytest.approx(2, abs=1e-3)


@pytest.mark.parametrize(("answer", "start"), [(True, None), (False, 0.3)])
def test_nothing_changes(answer: bool, start: float | None) -> None:
    """Without an end there is none; where nothing is kept, all beyond the start is rejected."""
    assert outermost_kept(lambda _: answer, 0.3, 0.1) == start


@given(st.sets(st.integers(1, 98), max_size=6))
def test_changes_between_nodes_at_every_place(places: set[int]) -> None:
    """With a node at every whole number, every change at a half is found, on the side that is rejected."""
    ends = sorted(place + 0.5 for place in places)

    def kept(effect: float) -> bool:
        return sum(effect > end for end in ends) % 2 == 1

    points, cells = changes_between(kept, [float(k) for k in range(100)])
    assert points == pytest.approx(ends, abs=2.0**-9)
    assert cells == [k % 2 == 1 for k in range(len(ends) + 1)]
    assert not any(kept(point) for point in points)
    assert changes_by_index(lambda k: kept(float(k)), 100, 100) == [int(end + 0.5) for end in ends]
