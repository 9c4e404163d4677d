"""Tests of a constant effect: p of any size and bounds equal brute force over assignments, and what is refused."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pytest

from pilotzone.core import UsageError
from pilotzone.evaluation.many import (
    NEVER,
    Comparison,
    StackedColumns,
    aggregate_effects,
    estimate_moments,
    moments_of,
    randomise,
)
from pilotzone.evaluation.many.inference import randomisation
from pilotzone.evaluation.many.inference.shifts import Redealt, ShiftTest, shift_test
from pilotzone.evaluation.many.inference.spans import Spans, probes, real_roots

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pilotzone.evaluation.many import RandomisedStatistic

    Floats = NDArray[np.float64]

PERIODS = (1, 2, 3, 4)
LAYOUT = StackedColumns(("y",), (PERIODS,))
ONE_DATE = [3, 3, NEVER, NEVER, NEVER, NEVER, NEVER]
STAGGERED = [3, 4, 4, NEVER, NEVER, NEVER]
Kind = Literal["simple", "group", "dynamic", "calendar"]


def outcomes(units: int, seed: int, *, whole: bool = False) -> Floats:
    found = np.random.default_rng(seed).normal(size=(units, len(PERIODS)))
    return np.round(2 * found) if whole else found


def shifts_of(y: Floats, labels: list[int], kind: Kind = "group", **options: Any) -> tuple[ShiftTest, ...]:
    found = randomise(LAYOUT.stack({"y": y}), labels, LAYOUT, **options)
    (row,) = [row for row in found.rows if row.kind == kind and row.at is None]
    return row.shifts


def brute(
    y: Floats, labels: list[int], size: float, kind: Kind, how: RandomisedStatistic, **options: Any
) -> tuple[float, float, float]:
    """Return p of one size against larger, smaller and other ones: taken off, dealt out, estimated and counted."""
    given = np.array(labels)
    left = y - size * (np.array(PERIODS) >= given[:, None])

    def statistic(assigned: tuple[int, ...]) -> float:
        moments = moments_of(LAYOUT.stack({"y": left}), np.array(assigned))
        averages = aggregate_effects(estimate_moments(moments, LAYOUT, **options), kind)
        return float(averages.estimate[0] / (averages.se[0] if how == "studentised" else 1))

    own = statistic(tuple(labels))
    found = np.array([statistic(assigned) for assigned in sorted(set(permutations(labels)))])
    slack = 1e-9 * abs(found).max()
    shares = (found >= own - slack, found <= own + slack, abs(found) >= abs(own) - slack)
    return tuple(float(share.mean()) for share in shares)  # type: ignore[return-value]


CASES: list[tuple[list[int], Kind, dict[str, Any]]] = [
    (ONE_DATE, "group", {}),
    (ONE_DATE, "simple", {"estimator": "imputation"}),
    (STAGGERED, "group", {}),
    (STAGGERED, "dynamic", {"comparison": Comparison("not_yet_treated")}),
    (STAGGERED, "simple", {"estimator": "sun_abraham"}),
    (STAGGERED, "calendar", {"estimator": "imputation"}),
]


@pytest.mark.parametrize("how", ["studentised", "effect"])
@pytest.mark.parametrize(("labels", "kind", "options"), CASES)
def test_p_of_any_size_is_what_taking_it_off_and_counting_gives(
    labels: list[int], kind: Kind, options: dict[str, Any], how: RandomisedStatistic
) -> None:
    """Of one size p counts; of "at most" a size it is the largest of any smaller one, which the grid reaches too."""
    y = outcomes(len(labels), seed=7)
    first, second = shifts_of(y, labels, kind, **options)
    test = first if how == "studentised" else second
    assert test.statistic == how
    assert test.exact
    grid = np.linspace(test.estimate - 4, test.estimate + 4, 21)
    expected = np.array([brute(y, labels, size, kind, how, **options) for size in grid])
    counts = np.column_stack([span.counts(grid) for span in (test.above, test.below, test.two_sided)])
    assert counts / test.draws == pytest.approx(expected, abs=1e-12)
    above = np.array([test.p(size, "above") for size in grid])
    below = np.array([test.p(size, "below") for size in grid])
    assert (above >= np.maximum.accumulate(expected[:, 0]) - 1e-12).all()
    assert (below >= np.maximum.accumulate(expected[::-1, 1])[::-1] - 1e-12).all()
    assert (np.diff(above) >= 0).all()
    assert (np.diff(below) <= 0).all()
    if how == "effect" and options.get("estimator") != "imputation":
        # No assignment is exposed more than the one that happened: p of a size is that of all smaller ones.
        assert above == pytest.approx(expected[:, 0], abs=1e-12)
        assert below == pytest.approx(expected[:, 1], abs=1e-12)


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("alpha", [0.05, 0.1, 0.3])
def test_bounds_are_where_p_crosses_the_level(which: int, alpha: float) -> None:
    """Just outside p is at most alpha, and at the bound it is above; by brute force, and by the interval's own p."""
    y = outcomes(7, seed=3)
    test = shifts_of(y, ONE_DATE)[which]
    how: RandomisedStatistic = "studentised" if which == 0 else "effect"
    near = 1e-6
    ends = {
        "above": (test.lower(alpha), -near, 0),
        "below": (test.upper(alpha), near, 1),
        "low": (test.interval(1 - alpha)[0], -near, 2),
        "high": (test.interval(1 - alpha)[1], near, 2),
    }
    for name, (end, out, column) in ends.items():
        if alpha < 1 / 21:
            assert np.isinf(end), name
            continue
        assert np.isfinite(end), name
        assert brute(y, ONE_DATE, end, "group", how)[column] > alpha
        assert brute(y, ONE_DATE, end + out, "group", how)[column] <= alpha


def test_bounds_by_hand() -> None:
    """One of four treated: the size that makes its change equal to the largest other one is the lower bound.

    Two-sided: its gap to the others' mean, 7 less the size, beside theirs, a third of the size less 11, 7 and 3 thirds.
    """
    layout = StackedColumns(("y",), ((1, 2),))
    stacked = layout.stack({"y": [[0, 8], [0, 0], [0, 1], [0, 2]]})
    found = randomise(stacked, [2, NEVER, NEVER, NEVER], layout, statistic="effect")
    (test,) = next(row.shifts for row in found.rows if row.kind == "group" and row.at is None)
    assert (test.lower(0.25), test.upper(0.25)) == (6.0, 8.0)
    assert test.lower(0.24) == -np.inf
    assert (test.p(6.0, "above"), test.p(5.9, "above"), test.p(0.0)) == (0.5, 0.25, 0.25)
    assert test.interval(0.75) == pytest.approx((5.0, 9.0))
    assert test.smallest_p == 0.25


def test_p_of_no_effect_is_that_of_the_row() -> None:
    for labels, kind, options in CASES:
        y = outcomes(len(labels), seed=1)
        found = randomise(LAYOUT.stack({"y": y}), labels, LAYOUT, **options)
        row = next(row for row in found.rows if row.kind == kind and row.at is None)
        assert row.shifts[0].p() == row.p
        assert row.shifts[0].estimate == row.estimate
        assert {row.shifts for row in found.rows if row.kind == "cell" or row.at is not None} == {()}


def test_ties_count_whatever_rounding_says() -> None:
    """Whole numbers in steps of a tenth: sizes at which others tie are counted as ties."""
    for seed in range(6):
        y = 0.1 * outcomes(6, seed, whole=True)
        for test, how in zip(shifts_of(y, STAGGERED), ("studentised", "effect"), strict=True):
            if test.statistic != how:
                continue
            for size in (-0.3, -0.1, 0.0, 0.1, 0.2):
                expected = brute(y, STAGGERED, size, "group", how)
                assert test.p(size) == pytest.approx(expected[2], abs=1e-12)
                assert test.p(size, "above") >= expected[0] - 1e-12


def test_a_constant_effect_moves_bounds_and_nothing_else() -> None:
    y = outcomes(6, seed=2)
    more = y + 0.75 * (np.array(PERIODS) >= np.array(STAGGERED)[:, None])
    for one, other in zip(shifts_of(y, STAGGERED), shifts_of(more, STAGGERED), strict=True):
        assert other.estimate == pytest.approx(one.estimate + 0.75)
        for alpha in (0.05, 0.1):
            assert other.lower(alpha) == pytest.approx(one.lower(alpha) + 0.75, rel=1e-8)
            assert other.upper(alpha) == pytest.approx(one.upper(alpha) + 0.75, rel=1e-8)


def test_drawn_assignments_count_the_one_that_happened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(randomisation, "ALL_REDEALT", 0)
    labels = [3] * 4 + [NEVER] * 20
    y = outcomes(24, seed=9)
    test = shifts_of(y, labels, draws=99)[0]
    assert (test.exact, test.draws, test.smallest_p) == (False, 99, 0.01)
    assert test.p(-50.0, "above") == 0.01
    assert test.p(50.0, "above") == 1.0
    assert test.p(test.estimate) == 1.0
    assert test.interval(0.995) == (-np.inf, np.inf)
    low, high = test.interval(0.9)
    assert test.p(low) > 0.1 >= test.p(low - 1e-6)
    assert test.p(high) > 0.1 >= test.p(high + 1e-6)


def test_the_order_of_units_changes_no_digit() -> None:
    y, labels = outcomes(24, seed=5), np.array([3] * 3 + [4] * 4 + [NEVER] * 17)
    order = np.random.default_rng(3).permutation(24)
    pairs = zip(
        shifts_of(y, labels.tolist(), draws=50), shifts_of(y[order], labels[order].tolist(), draws=50), strict=True
    )
    for one, other in pairs:
        assert (one.estimate, one.interval(0.9), one.lower(0.1)) == (
            other.estimate,
            other.interval(0.9),
            other.lower(0.1),
        )


def test_clusters_are_dealt_out_whole() -> None:
    """Clusters of one to three units: exposure is that of the units that were treated."""
    towns = np.array(["d", "a", "a", "b", "b", "b", "c"])
    y, labels = outcomes(7, seed=2), [3 if town == "a" else NEVER for town in "daabbbc"]
    test = shifts_of(y, labels, clusters=towns, statistic="effect")[0]
    for size in np.linspace(-3, 3, 13):
        left = y - size * (np.array(PERIODS) >= np.array(labels)[:, None])
        change = left[:, 2:].mean(axis=1) - left[:, 1]
        gaps = {town: change[towns == town].mean() - change[towns != town].mean() for town in "abcd"}
        assert test.p(size) == np.mean([abs(gap) >= abs(gaps["a"]) - 1e-12 for gap in gaps.values()])


def test_several_outcomes_are_tested_each_by_itself() -> None:
    y, z = outcomes(6, seed=5), outcomes(6, seed=6)
    layout = StackedColumns(("y", "z"), (PERIODS, PERIODS))
    both = randomise(layout.stack({"y": y, "z": z}), STAGGERED, layout)
    rows = [row for row in both.rows if row.kind == "group" and row.at is None]
    for row, one in zip(rows, (y, z), strict=True):
        (own, plain) = shifts_of(one, STAGGERED)
        assert [test.interval(0.9) for test in row.shifts] == [own.interval(0.9), plain.interval(0.9)]


def test_what_is_not_a_size_or_a_level_is_refused() -> None:
    test = shifts_of(outcomes(6, seed=2), STAGGERED)[0]
    with pytest.raises(UsageError, match="not a number"):
        test.p(float("nan"))
    with pytest.raises(UsageError, match="side is 'up'"):
        test.p(0.0, "up")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="alpha is 0"):
        test.lower(0)
    dealt = Redealt(np.ones(1), np.ones(1), np.ones((1, 3)))
    with pytest.raises(UsageError, match="statistic is 't'"):
        shift_test((1.0, 1.0), dealt, exact=True, statistic="t")  # type: ignore[arg-type]
    assert test.p(-np.inf, "above") == pytest.approx(test.above.counts(np.array([-1e12]))[0] / test.draws)


def test_roots_are_those_of_numpy_and_ends_are_counted() -> None:
    rng = np.random.default_rng(4)
    coefficients = rng.normal(size=(200, 5))
    coefficients[:40, 0] = 0
    coefficients[:10, 1] = 0
    found = real_roots(coefficients)
    for row, own in zip(coefficients, found, strict=True):
        roots = np.roots(row)
        real = np.sort(roots[np.abs(roots.imag) < 1e-9].real)
        assert own[np.isfinite(own)] == pytest.approx(real, rel=1e-8)
    assert np.isinf(real_roots(np.zeros((1, 5)))).all()
    breaks = np.array([[0.0, 2.0], [1.0, np.inf], [np.inf, np.inf]])
    assert probes(breaks)[:2].tolist() == [[-1.0, 1.0, 5.0], [-1.0, 3.0, 3.0]]
    inside = np.array([[False, True, False], [True, False, False], [True, True, True]])
    spans = Spans.of(breaks, inside, 1.0)
    assert spans.counts(np.array([-5.0, 0.0, 1.0, 1.5, 2.0, 3.0])).tolist() == [2, 3, 3, 2, 2, 1]
    assert (spans.first_over(2), spans.last_over(2), spans.first_over(3)) == (0.0, 1.0, np.inf)
    assert (spans.most(-1.0, above=True), spans.most(9.0, above=True), spans.most(1.5, above=False)) == (2, 3, 2)
    assert spans.last_over(3) == -np.inf
