"""Moments of cohorts on any data: those of exact arithmetic, however the units are split and in whatever order."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pilotzone.core import DataError, MethodError
from pilotzone.evaluation.many import NEVER, CohortMoments, merge, moments_of
from pilotzone.store.merging import merged

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

patient = settings(deadline=None)
NEAR = 1e-12
OFFSETS = (0.0, 1.0, -1e6, 1e9, 1e12)
"""Means so far from zero that plain sums of squares would keep no digit of the variance."""


@st.composite
def panels(draw: st.DrawFn) -> tuple[Floats, Integers]:
    """Draw whole numbers, which no offset rounds, and few cohorts, one of them never treated."""
    n, R = draw(st.integers(1, 40)), draw(st.integers(1, 4))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    offset = np.array(draw(st.lists(st.sampled_from(OFFSETS), min_size=R, max_size=R)))
    bound = draw(st.sampled_from([1, 1000]))
    values = rng.integers(-bound, bound + 1, (n, R)) + offset
    labels = np.array([2011, 2012, 2016, NEVER])[: draw(st.integers(1, 4))]
    return values, rng.choice(labels, n)


@st.composite
def splits(draw: st.DrawFn, n: int) -> list[Integers]:
    """Split the numbers to n into parts, some of them empty, each and all in any order; often one number a part."""
    order = np.array(draw(st.permutations(range(n))), dtype=np.int64)
    if draw(st.booleans()):
        return list(order[:, None])
    cuts = sorted(draw(st.lists(st.integers(0, n), max_size=6)))
    return np.split(order, cuts)


def exact(values: Floats, cohorts: Integers) -> tuple[Floats, Floats]:
    """Return means and sums of products by fractions, rounded once."""
    means, products = [], []
    for cohort in np.unique(cohorts):
        rows = [[Fraction(x) for x in row] for row in values[cohorts == cohort].tolist()]
        mean = [sum(column) / len(rows) for column in zip(*rows, strict=True)]
        gaps = [[x - m for x, m in zip(row, mean, strict=True)] for row in rows]
        R = range(len(mean))
        means.append([float(m) for m in mean])
        products.append([[float(sum(g[a] * g[b] for g in gaps)) for b in R] for a in R])
    return np.array(means), np.array(products)


def assert_near(found: CohortMoments, means: Floats, products: Floats) -> None:
    """Compare relative to the spread of the columns, the only scale of a covariance; means to their digits as well."""
    spread = np.sqrt(np.diagonal(products, axis1=1, axis2=2))
    assert (np.abs(found.products - products) <= NEAR * spread[:, :, None] * spread[:, None, :]).all()
    deviation = spread / np.sqrt(found.counts)[:, None]
    assert (np.abs(found.means - means) <= 4e-16 * np.abs(means) + NEAR * deviation).all()


def assert_same(one: CohortMoments, other: CohortMoments) -> None:
    np.testing.assert_array_equal(one.cohorts, other.cohorts)
    np.testing.assert_array_equal(one.counts, other.counts)
    assert_near(one, other.means, other.products)


def together(parts: Iterable[CohortMoments]) -> CohortMoments:
    """Return the moments of all parts, merged in pairs of like size, as engines merge what their batches leave."""
    whole = merged(parts, merge)
    assert whole is not None
    return whole


@patient
@given(st.data())
def test_any_split_in_any_order_gives_exact_arithmetic(data: st.DataObject) -> None:
    values, cohorts = data.draw(panels())
    parts = [moments_of(values[rows], cohorts[rows]) for rows in data.draw(splits(len(values)))]
    means, products = exact(values, cohorts)
    one_by_one = parts[0]
    for part in parts[1:]:
        one_by_one = merge(one_by_one, part)
    for found in (moments_of(values, cohorts), together(parts), together(parts[::-1]), one_by_one):
        np.testing.assert_array_equal(found.cohorts, np.unique(cohorts))
        np.testing.assert_array_equal(found.counts, [np.sum(cohorts == c) for c in np.unique(cohorts)])
        assert found.units == len(values)
        assert_near(found, means, products)
        np.testing.assert_array_equal(found.products, found.products.transpose(0, 2, 1))
        np.testing.assert_array_equal(found.covariances, found.products / found.counts[:, None, None])
        assert (found.products[found.counts == 1] == 0).all()


@patient
@given(st.data())
def test_merging_is_associative_and_commutative(data: st.DataObject) -> None:
    values, cohorts = data.draw(panels())
    cuts = sorted(data.draw(st.lists(st.integers(0, len(values)), min_size=2, max_size=2)))
    a, b, c = (moments_of(v, k) for v, k in zip(np.split(values, cuts), np.split(cohorts, cuts), strict=True))
    assert_same(merge(merge(a, b), c), merge(a, merge(b, c)))
    assert_same(merge(merge(a, b), c), merge(b, merge(c, a)))


@patient
@given(panels())
def test_empty_batches_and_absent_cohorts_change_nothing(panel: tuple[Floats, Integers]) -> None:
    values, cohorts = panel
    nobody = moments_of(np.empty((0, values.shape[1])), [])
    assert (nobody.units, len(nobody.cohorts)) == (0, 0)
    whole = moments_of(values, cohorts)
    # Every cohort in a batch of its own: no batch has them all.
    apart = [moments_of(values[cohorts == c], cohorts[cohorts == c]) for c in np.unique(cohorts)]
    for found in (merge(nobody, whole), merge(whole, nobody), together([nobody, *apart, nobody])):
        for name in ("cohorts", "counts", "means", "tails", "products"):
            np.testing.assert_array_equal(getattr(found, name), getattr(whole, name))


def test_many_parts_round_no_more_than_one() -> None:
    """Three thousand units, one a part, a million from zero: what a stream would bring."""
    rng = np.random.default_rng(5)
    values = np.round(rng.normal(0, 100, (3_000, 2))) + 1e6
    whole = moments_of(values, np.full(len(values), 2016))
    parts = together(moments_of(row[None], [2016]) for row in values)
    assert_same(parts, whole)
    total = int((values[:, 0] - 1e6).sum())
    squares = int(((values[:, 0] - 1e6) ** 2).sum())
    assert whole.products[0, 0, 0] == pytest.approx(float(squares - Fraction(total**2, len(values))), rel=1e-14)


def test_types_of_cohorts_are_one() -> None:
    rows = np.arange(6.0).reshape(3, 2)
    expected = moments_of(rows, np.array([2016, NEVER, NEVER]))
    labels: list[Any] = [
        [2016.0, np.inf, np.inf],
        [2016, NEVER, np.inf],
        np.array([2016, NEVER, NEVER], dtype=np.uint64),
        np.array([2016.0, np.inf, np.inf], dtype=np.float32),
    ]
    for item in labels:
        assert_same(moments_of(rows, item), expected)
    whole = moments_of(np.array([[1, 2**40]], dtype=np.int64), np.array([3], dtype=np.int8))
    assert (whole.cohorts[0], whole.means[0, 1]) == (3, 2.0**40)


def test_integers_do_not_overflow() -> None:
    """Products of whole numbers of 32 bits, which are not whole numbers of 32 bits, nor their sums of 64."""
    values = np.array([[2**31 - 1], [-(2**31)]] * 3, dtype=np.int32)
    assert moments_of(values, [1] * 6).products[0, 0, 0] == pytest.approx(6 * (2**31 - 0.5) ** 2, rel=1e-15)


ROWS = np.arange(6.0).reshape(3, 2)


@pytest.mark.parametrize(
    ("values", "cohorts", "said"),
    [
        ([[1.0, np.nan], [1.0, 2.0]], [1, 1], "1 of the stacked outcomes.*row 0, column 1: nan"),
        ([[1.0, 2.0], [np.inf, -np.inf]], [1, 1], "2 of the stacked outcomes.*row 1, column 0: inf"),
        ([["a", "b"]], [1], "outcomes are not numbers"),
        ([1.0, 2.0], [1, 1], r"shape \(2,\)"),
        (np.empty((2, 0)), [1, 1], r"shape \(2, 0\)"),
        (ROWS, [1, 1], r"3 units have cohorts of shape \(2,\)"),
        (ROWS, [1.0, np.nan, 2.0], "not whole numbers: nan.*infinity, not an empty cell"),
        (ROWS, [1.0, 1.5, 2.0], r"not whole numbers: 1\.5"),
        (ROWS, [1.0, -np.inf, 2.0], "not whole numbers: -inf"),
        (ROWS, ["2016", "2016", ""], "cohorts are of type <U4"),
        (ROWS, np.array([1, 2, 2**63], dtype=np.uint64), "beyond 64 bits"),
        ([[1e200], [-1e200]], [NEVER, NEVER], "too large.*cohort NEVER.*larger unit"),
        ([[1.7e308], [1.7e308]], [4, 4], "too large.*cohort 4"),
    ],
)
def test_bad_batches_are_refused_in_words(values: ArrayLike, cohorts: ArrayLike, said: str) -> None:
    with pytest.raises(DataError, match=f"(?s){said}"):
        moments_of(values, cohorts)


def test_bad_merges_are_refused_in_words() -> None:
    with pytest.raises(DataError, match="2 and of 1 columns"):
        merge(moments_of(ROWS, [1, 1, 1]), moments_of(ROWS[:, :1], [1, 1, 1]))
    with pytest.raises(DataError, match="too large"):
        merge(moments_of([[1e200]], [1]), moments_of([[-1e200]], [1]))


def test_moments_that_contradict_themselves_are_refused() -> None:
    good = moments_of(ROWS, [1, 1, 2])
    with pytest.raises(MethodError, match="shapes"):
        CohortMoments(good.cohorts[:1], good.counts, good.means, good.tails, good.products)
    with pytest.raises(MethodError, match="do not rise"):
        CohortMoments(good.cohorts[::-1].copy(), good.counts, good.means, good.tails, good.products)
    with pytest.raises(MethodError, match="has no unit"):
        CohortMoments(good.cohorts, good.counts - 1, good.means, good.tails, good.products)
    with pytest.raises(ValueError, match="read-only"):
        good.means[0] = 0.0
