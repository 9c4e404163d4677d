"""The median of a few numbers is NumPy's, to the last digit."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotzone.core import median_of

NUMBERS = st.floats(allow_nan=False, allow_infinity=False, min_value=-1e300, max_value=1e300)


@given(st.lists(NUMBERS, min_size=1, max_size=40))
def test_it_is_that_of_numpy(numbers: list[float]) -> None:
    values = np.array(numbers)
    kept = values.copy()
    assert median_of(values) == np.median(values)
    np.testing.assert_array_equal(values, kept)


@pytest.mark.parametrize("numbers", [[math.nan], [1.0, math.nan, 2.0], [math.inf, math.nan]])
def test_what_is_not_known_has_no_median(numbers: list[float]) -> None:
    assert math.isnan(median_of(np.array(numbers)))
