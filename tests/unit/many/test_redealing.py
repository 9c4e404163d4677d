"""Very many assignments at once: the same as estimating each anew, and as the textbook's formula and scipy count."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
import pytest
from scipy import stats

from pilotzone.evaluation.many import NEVER, Comparison, StackedColumns, randomise
from pilotzone.evaluation.many.estimators.aggregates import AggregateKind, Averaging, aggregate_effects
from pilotzone.evaluation.many.estimators.register import estimate_moments
from pilotzone.evaluation.many.inference import randomisation, redealing
from pilotzone.evaluation.many.inference.redealing import Redealing
from pilotzone.evaluation.many.moments.moments import moments_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pilotzone.core import ManyEstimator
    from pilotzone.evaluation.many import Randomisation

    Floats = NDArray[np.float64]

TWO = StackedColumns(("y", "z"), ((1, 2, 3, 4), (1, 2, 4)))
DATED = [2, 3, 3, NEVER, NEVER, NEVER, NEVER]
ZONES, PROVINCES = 4, 25


def stacked(seed: int) -> Floats:
    rng = np.random.default_rng(seed)
    return TWO.stack({"y": rng.normal(size=(7, 4)).cumsum(axis=1), "z": rng.normal(size=(7, 3))})


def anew(monkeypatch: pytest.MonkeyPatch, *args: Any, **options: Any) -> Randomisation:
    """Return what comes out where every assignment is estimated anew."""
    with monkeypatch.context() as patch:
        patch.setattr(Redealing, "of", lambda *_: None)
        patch.setattr(randomisation, "_AVERAGED_NUMBERS", 0)
        return randomise(*args, **options)


@pytest.mark.parametrize(
    ("estimator", "comparison"),
    [
        ("callaway_santanna", Comparison()),
        ("callaway_santanna", Comparison(base="universal")),
        ("callaway_santanna", Comparison("not_yet_treated")),
        ("sun_abraham", Comparison()),
        ("imputation", Comparison()),
    ],
)
def test_all_are_as_if_estimated_anew(
    estimator: ManyEstimator, comparison: Comparison, monkeypatch: pytest.MonkeyPatch
) -> None:
    """105 assignments of two dates to three of seven units: p of every effect, and all bounds of a constant effect."""
    y = stacked(1)
    one = randomise(y, DATED, TWO, comparison, estimator=estimator)
    other = anew(monkeypatch, y, DATED, TWO, comparison, estimator=estimator)
    assert (one.assignments, one.exact, one.draws) == (other.assignments, other.exact, other.draws) == (105, True, 105)
    for mine, expected in zip(one.rows, other.rows, strict=True):
        assert (mine.outcome, mine.kind, mine.at, mine.statistic) == (
            expected.outcome, expected.kind, expected.at, expected.statistic,
        )  # fmt: skip
        assert mine.p == (None if expected.p is None else pytest.approx(expected.p, abs=1e-12))
        for test, known in zip(mine.shifts, expected.shifts, strict=True):
            assert test.interval(0.8) == pytest.approx(known.interval(0.8), rel=1e-9)
            assert test.lower(0.1) == pytest.approx(known.lower(0.1), rel=1e-9)
            assert test.p(0.3, "above") == pytest.approx(known.p(0.3, "above"), abs=1e-12)


def test_drawn_ones_are_as_if_estimated_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(randomisation, "ALL_ASSIGNMENTS", 0)
    monkeypatch.setattr(randomisation, "ALL_REDEALT", 0)
    y = stacked(2)
    one, other = (find(y, DATED, TWO, draws=30) for find in (randomise, lambda *a, **o: anew(monkeypatch, *a, **o)))
    assert not one.exact
    assert [row.p for row in one.rows] == [row.p for row in other.rows]


@pytest.mark.parametrize("comparison", [Comparison(), Comparison("not_yet_treated"), Comparison(base="universal")])
def test_averages_by_one_map_are_those_that_are_made_anew(comparison: Comparison) -> None:
    """Under ten other assignments: averages, their covariance and derivatives by sizes; and with other sizes anew."""
    y, dated = stacked(3), np.array(DATED)
    first = estimate_moments(moments_of(y, dated), TWO, comparison, "callaway_santanna")
    averaging = Averaging.of(first, *get_args(AggregateKind))
    rng = np.random.default_rng(4)
    fewer = np.array([2, 3, NEVER, NEVER, NEVER, NEVER, NEVER])
    for dates in [*(rng.permutation(dated) for _ in range(10)), fewer]:
        effects = estimate_moments(moments_of(y, dates), TWO, comparison, "callaway_santanna")
        one, other = averaging.averaged(effects), aggregate_effects(effects, *get_args(AggregateKind))
        assert one.rows == other.rows
        assert one.estimate == pytest.approx(other.estimate, rel=1e-14)
        assert one.shares == pytest.approx(other.shares, rel=1e-12, abs=1e-15)
        assert one.covariance == pytest.approx(other.covariance, rel=1e-12, abs=1e-15)


@pytest.mark.parametrize("spread", [1.0, 0.01, 0.0])
def test_sums_of_most_units_are_those_of_their_own(spread: float) -> None:
    """As what all have less what the others have; or by themselves where these have nearly all of the variance."""
    rng = np.random.default_rng(7)
    added = 5.0 + np.r_[rng.normal(size=(3, 4)), spread * rng.normal(size=(27, 4))]
    inside = np.array([[unit not in out for unit in range(30)] for out in ((0, 1, 2), (0, 9, 20), (3, 4, 5))])
    left, right = np.array([0, 1]), np.array([2, 3])
    total, squares, products = redealing._sums(added, inside, 27, left, right)
    for k, own in enumerate(added[row] for row in inside):
        apart = own - own.mean(axis=0)
        assert total[k] == pytest.approx(own.sum(axis=0), rel=1e-13)
        assert squares[k] == pytest.approx((apart**2).sum(axis=0), rel=1e-11)
        assert products[k] == pytest.approx((apart[:, left] * apart[:, right]).sum(axis=0), rel=1e-11, abs=1e-11)


def changes(seed: int) -> Floats:
    return np.random.default_rng(seed).standard_t(3, PROVINCES)


def randomised(change: Floats) -> Randomisation:
    layout = StackedColumns(("y",), ((2016, 2017),))
    start = [2017] * ZONES + [NEVER] * (PROVINCES - ZONES)
    return randomise(layout.stack({"y": np.column_stack([np.zeros(PROVINCES), change])}), start, layout)


def test_all_choices_of_four_of_twenty_five_by_counting() -> None:
    """All 12,650, studentised, one by one by the formula of two means with unequal variances."""
    change = changes(4)
    chosen = np.array(list(combinations(range(PROVINCES), ZONES)))
    own = np.zeros((len(chosen), PROVINCES), bool)
    own[np.arange(len(chosen))[:, None], chosen] = True
    mine, others = (np.where(who, change, np.nan) for who in (own, ~own))
    gap = np.nanmean(mine, axis=1) - np.nanmean(others, axis=1)
    variance = np.nanvar(mine, axis=1) / ZONES + np.nanvar(others, axis=1) / (PROVINCES - ZONES)
    t = np.abs(gap / np.sqrt(variance))
    found = randomised(change)
    assert (found.assignments, found.exact, found.smallest_p) == (12_650, True, 1 / 12_650)
    row = next(row for row in found.rows if row.kind == "group" and row.at is None)
    assert row.estimate == pytest.approx(gap[0])
    assert row.p == pytest.approx(np.mean(t >= t[0] * (1 - 1e-9)), abs=1e-12)


def distance(one: Any, other: Any, axis: int = -1) -> Any:  # noqa: ANN401 - arrays, or what scipy makes of them
    """Return how far two means are apart."""
    return np.abs(one.mean(axis=axis) - other.mean(axis=axis))


def test_all_choices_by_the_effect_are_those_of_scipy() -> None:
    change = changes(5)
    expected = stats.permutation_test(
        (change[:ZONES], change[ZONES:]),
        distance,
        vectorized=True,
        n_resamples=12_650,
        alternative="greater",
    ).pvalue
    row = next(row for row in randomised(change).rows if row.kind == "group" and row.at is None)
    assert row.shifts[1].p() == pytest.approx(expected, abs=1e-12)


def test_two_dates_have_every_choice_in_all_its_datings() -> None:
    """One from 2016 and three from 2017: each choice of four counts once for each of the four that may come first."""
    layout = StackedColumns(("y",), ((2014, 2015, 2016, 2017, 2018),))
    y = np.random.default_rng(6).normal(size=(9, 5)).cumsum(axis=1)
    found = randomise(layout.stack({"y": y}), [2016, 2017, 2017, 2017, *[NEVER] * 5], layout, statistic="effect")
    sizes = []
    for four in combinations(range(9), 4):
        others = [k for k in range(9) if k not in four]
        for first in four:
            gaps = []
            for k in four:
                base, after = (1, slice(2, 5)) if k == first else (2, slice(3, 5))
                rise = y[:, after].mean(axis=1) - y[:, base]
                gaps.append(rise[k] - rise[others].mean())
            sizes.append(abs(np.mean(gaps)))
    row = next(row for row in found.rows if row.kind == "group" and row.at is None)
    assert found.assignments == len(sizes) == 4 * 126
    assert abs(row.estimate) == pytest.approx(sizes[0])
    assert row.p == pytest.approx(np.mean(np.array(sizes) >= sizes[0] * (1 - 1e-9)), abs=1e-12)


def test_too_many_are_drawn() -> None:
    layout = StackedColumns(("y",), ((1, 2),))
    y = np.column_stack([np.zeros(40), np.random.default_rng(7).normal(size=40)])
    found = randomise(layout.stack({"y": y}), [2] * 4 + [NEVER] * 36, layout, draws=50)
    assert (found.assignments, found.exact, found.draws) == (91_390, False, 50)
