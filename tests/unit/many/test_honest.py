"""Intervals for trends that part: what they must cover, where findings fall, and what is refused."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
import pytest
from scipy import integrate, optimize, stats

from pilotzone.core import MethodError, UsageError
from pilotzone.evaluation.many import (
    NEVER,
    Comparison,
    GroupTimeEffects,
    Restriction,
    StackedColumns,
    group_time_effects,
    honest_effect,
    moments_of,
)
from pilotzone.evaluation.many.trends.magnitudes import (
    _both_under,
    _larger_of_two,
    within_magnitudes,
    within_magnitudes_set,
)
from pilotzone.evaluation.many.trends.violations import EventStudy, smooth_interval, smooth_set

if TYPE_CHECKING:
    from numpy.typing import NDArray

LAYOUT = StackedColumns(("gain", "harm"), (tuple(range(2010, 2018)), tuple(range(2012, 2017))))


def drawn(cohorts: list[int], base: str = "universal", shift: float = 3.0) -> GroupTimeEffects:
    rng = np.random.default_rng(7)
    labels = np.array(cohorts)
    values: dict[str, NDArray[np.float64]] = {}
    for name, periods in zip(LAYOUT.outcomes, LAYOUT.periods, strict=True):
        values[name] = rng.normal(size=(len(labels), len(periods))) + shift * (labels[:, None] <= periods)
    how = Comparison(base=base)  # type: ignore[arg-type]
    return group_time_effects(moments_of(LAYOUT.stack(values), labels), LAYOUT, how)


MANY = [2014] * 20 + [2015] * 25 + [NEVER] * 40


def random_study(before: int, after: int, seed: int = 3) -> EventStudy:
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(before + after, before + after))
    return EventStudy(rng.normal(size=before + after), root @ root.T / 10, before, rng.dirichlet(np.ones(after)))


def most(study: EventStudy, limits: Any, bounds: Any) -> tuple[float, float]:  # noqa: ANN401 - scipy's types
    """Return the effects for which d fits the periods before, by linear programmes in d after the reference."""
    found = []
    for sign in (1.0, -1.0):
        result = optimize.linprog(sign * study.weights, A_ub=limits, b_ub=bounds, bounds=(None, None))
        if not result.success:
            return np.nan, np.nan
        found.append(sign * float(result.fun or 0.0))
    centre = float(study.weights @ study.estimate[study.before :])
    return centre - found[1], centre - found[0]


@pytest.mark.parametrize(("before", "after"), [(1, 1), (3, 1), (2, 4)])
def test_sets_are_those_of_linear_programmes(before: int, after: int) -> None:
    study, size = random_study(before, after), 5.0
    path = np.append(study.estimate[:before], 0.0)
    move = np.eye(after) - np.eye(after, k=-1)
    limit = size * np.abs(np.diff(path)).max()
    expected = most(study, np.vstack([move, -move]), np.full(2 * after, limit))
    assert within_magnitudes_set(study, size) == pytest.approx(expected)
    # d after the reference enters second differences together with the last period before it.
    bend = (np.eye(after) - 2 * np.eye(after, k=-1) + np.eye(after, k=-2))[: after + 1]
    known = np.zeros(after)
    known[0] = path[-2]
    expected = most(study, np.vstack([bend, -bend]), np.concatenate([size - known, size + known]))
    assert smooth_set(study, size) == pytest.approx(expected)


def test_a_bend_before_treatment_leaves_no_set() -> None:
    study = EventStudy(np.array([4.0, 0.0, 1.0]), np.eye(3), 2, np.ones(1))
    assert smooth_set(study, 3.9) is None
    assert smooth_set(study, 4.0) is not None


@pytest.mark.parametrize("degrees", [None, 6.0])
def test_without_violations_the_interval_is_the_usual_one(degrees: float | None) -> None:
    study = random_study(3, 2)
    point = stats.norm.ppf(0.95) if degrees is None else stats.t.ppf(0.95, degrees)
    centre = study.target @ study.estimate
    half = point * np.sqrt(study.target @ study.covariance @ study.target)
    assert within_magnitudes(study, 0.0, 0.1, degrees) == pytest.approx((centre - half, centre + half), rel=1e-9)


def test_with_one_period_before_the_straight_line_goes_through_it() -> None:
    """The centre is then the effect less that line's rise, and the bias one bend: known in closed form."""
    study = EventStudy(np.array([0.5, 2.0]), np.array([[0.04, 0.01], [0.01, 0.09]]), 1, np.ones(1))
    low, high = smooth_interval(study, 0.3, 0.05, None)
    spread = np.sqrt(0.04 + 0.09 + 0.02)
    quantile = np.sqrt(stats.ncx2.ppf(0.95, 1, (0.3 / spread) ** 2))
    assert ((low + high) / 2, (high - low) / 2) == pytest.approx((2.5, quantile * spread), rel=1e-9)


@pytest.mark.parametrize("degrees", [None, 9.0])
def test_with_a_large_bias_the_end_is_one_sided(degrees: float | None) -> None:
    study = EventStudy(np.array([0.0, 0.0]), np.diag([0.5, 0.5]), 1, np.ones(1))
    point = stats.norm.ppf(0.95) if degrees is None else stats.t.ppf(0.95, degrees)
    assert smooth_interval(study, 40.0, 0.05, degrees)[1] == pytest.approx(40.0 + point, rel=1e-9)


@pytest.mark.parametrize("restriction", get_args(Restriction))
def test_units_do_not_matter(restriction: Restriction) -> None:
    study = random_study(3, 2)
    larger = EventStudy(1e6 * study.estimate, 1e12 * study.covariance, 3, study.weights)
    if restriction == "smoothness":
        pair, other = smooth_interval(study, 0.7, 0.05, None), smooth_interval(larger, 0.7e6, 0.05, None)
    else:
        pair, other = within_magnitudes(study, 0.7, 0.05, None), within_magnitudes(larger, 0.7, 0.05, None)
    assert np.array(other) == pytest.approx(1e6 * np.array(pair), rel=1e-5)


@pytest.mark.parametrize("correlation", [-1.0, -0.99999, -0.6, 0.0, 0.3, 0.95, 1.0])
@pytest.mark.parametrize("bounds", [(0.01, 3.0), (1.7, 1.7), (2.5, 1.1), (1.9, 40.0)])
def test_chance_that_two_deviations_stay_under_their_bounds(correlation: float, bounds: tuple[float, float]) -> None:
    """By numerical integration over the first of them."""
    across = np.sqrt(1 - correlation**2)

    def inner(x: float) -> float:
        if across == 0:
            return float(stats.norm.pdf(x) * (correlation * x <= bounds[1]))
        return float(stats.norm.pdf(x) * stats.norm.cdf((bounds[1] - correlation * x) / across))

    split = sorted({-9.0, *(p for p in (-bounds[1], bounds[1]) if -9 < p < bounds[0]), bounds[0]})
    expected = sum(integrate.quad(inner, a, b, epsabs=1e-13, limit=200)[0] for a, b in itertools.pairwise(split))
    found = _both_under(np.array([bounds[0]]), np.array([bounds[1]]), correlation)
    assert float(found[0]) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("correlation", [-0.95, -0.5, 0.0, 0.5, 0.9])
@pytest.mark.parametrize("room", [0.0, 0.5, 1.5, 3.0, 40.0])
def test_no_effect_between_the_ends_is_missed_more_often(correlation: float, room: float) -> None:
    """An effect at a share s of the way from L to U has s of the room on one side and the rest on the other."""
    alpha = 0.045
    point = _larger_of_two(correlation, room, alpha, np.ones(1))
    shares = np.linspace(0, 1, 101)
    missed = 1 - _both_under(point + shares * room, point + (1 - shares) * room, correlation)
    assert missed.max() == pytest.approx(alpha, abs=1e-9)
    assert missed.argmax() in {0, 100}
    if room == 40.0:
        assert point == pytest.approx(stats.norm.isf(alpha), abs=1e-8)


@pytest.mark.parametrize("degrees", [None, 8.0])
@pytest.mark.parametrize("size", [0.3, 1.0, 2.5])
def test_intervals_are_those_of_testing_effects_one_by_one(size: float, degrees: float | None) -> None:
    """On a grid: each effect against each move with each sign, by the definition."""
    study = random_study(3, 2, 11)
    low, high = within_magnitudes(study, size, 0.1, degrees)
    divisor = (
        np.ones(1) if degrees is None else np.sqrt(stats.chi2.ppf((np.arange(500) + 0.5) / 500, degrees) / degrees)
    )
    kept = []
    grid = np.linspace(low - 1, high + 1, 161)
    for effect in grid:
        for move, sign in itertools.product(study.steps, (1, -1)):
            off = sign * size * study.reach * move
            ends = study.target - off, study.target + off
            se = [study.se(end) for end in ends]
            r = -float(ends[0] @ study.covariance @ ends[1]) / (se[0] * se[1])
            below = (ends[0] @ study.estimate - effect) / se[0]
            above = (effect - ends[1] @ study.estimate) / se[1]
            known = _larger_of_two(r, 0.0, 0.01, divisor)
            rooms = max(-below - known, 0.0), max(-above - known, 0.0)
            stat = max(below, above, 1e-9)
            inside = _both_under((stat + rooms[0]) * divisor, (stat + rooms[1]) * divisor, r).mean()
            if inside <= 1 - 0.09:
                kept.append(effect)
                break
    step = grid[1] - grid[0]
    assert min(kept) == pytest.approx(low, abs=step)
    assert max(kept) == pytest.approx(high, abs=step)
    assert low <= min(kept) <= max(kept) <= high


def test_intervals_only_grow_with_the_size_of_violations() -> None:
    for seed in range(5):
        study = random_study(3, 2, seed)
        pairs = [within_magnitudes(study, size, 0.05, None) for size in np.linspace(0.001, 4, 200)]
        for one, other in itertools.pairwise(pairs):
            assert other[0] <= one[0] + 1e-9
            assert other[1] >= one[1] - 1e-9


@pytest.mark.parametrize("before", [1, 3])
def test_relative_magnitudes_cover_at_the_edge(before: int) -> None:
    """D moves by one before and by all that is allowed, 2, after: the true effect is an end of the set.

    Standard errors added to the ends of the estimated set would cover 80 to 89 per cent.
    """
    rng = np.random.default_rng(5)
    mean = np.zeros(before + 1)
    mean[0], mean[-1] = 1.0, 2.0
    count, inside, naive = 400, 0, 0
    covariance = 0.05 + 0.05 * np.eye(before + 1)
    for estimate in rng.multivariate_normal(mean, covariance, count):
        study = EventStudy(estimate, covariance, before, np.ones(1))
        low, high = within_magnitudes(study, 2.0, 0.05, None)
        inside += low <= 0 <= high
        ends = within_magnitudes_set(study, 2.0)
        reach = 1.96 * np.sqrt(0.1)
        naive += ends[0] - reach <= 0 <= ends[1] + reach
    assert inside / count >= 0.95 - 2.5 * np.sqrt(0.95 * 0.05 / count)
    assert naive / count < 0.92


def test_the_interval_holds_its_worst_trend() -> None:
    """Against the largest bias that any d with such bends can do to the centre, by a linear programme."""
    study, size = random_study(4, 3), 0.4
    low, high = smooth_interval(study, size, 0.05, None)
    # The centre is linear in the estimates: its weights are what it moves by.
    weights = []
    for k in range(7):
        moved = EventStudy(study.estimate + np.eye(7)[k], study.covariance, 4, study.weights)
        weights.append(sum(smooth_interval(moved, size, 0.05, None)) / 2 - (low + high) / 2)
    v = np.array(weights)
    assert v[4:] == pytest.approx(study.weights, abs=1e-9)
    bend = np.diff(np.eye(8), 2, axis=0)
    limits = np.delete(np.vstack([bend, -bend]), 4, axis=1)
    worst = -float(optimize.linprog(-v, A_ub=limits, b_ub=np.full(12, size), bounds=(None, None)).fun or 0.0)
    assert worst > 0
    spread = np.sqrt(v @ study.covariance @ v)
    half = (high - low) / 2
    assert stats.norm.cdf((half - worst) / spread) - stats.norm.cdf((-half - worst) / spread) == pytest.approx(
        0.95, abs=1e-6
    )


@pytest.mark.parametrize("restriction", get_args(Restriction))
def test_at_the_breakdown_value_the_interval_reaches(restriction: Restriction) -> None:
    effects = drawn(MANY)
    whole = honest_effect(effects, "gain", restriction, events=[0], against=1.0)
    assert whole.breakdown is not None
    assert whole.breakdown > 0
    sizes = [whole.breakdown * 0.999, whole.breakdown * 1.001]
    before, after = honest_effect(effects, "gain", restriction, events=[0], against=1.0, sizes=sizes).intervals
    assert before.interval[0] > 1.0 > after.interval[0]
    assert after.interval[1] > 1.0


def test_a_finding_that_never_was_breaks_down_at_once() -> None:
    assert honest_effect(drawn(MANY, shift=0.0), "gain").breakdown == 0.0


def test_a_finding_can_outlast_all_that_is_searched() -> None:
    found = honest_effect(drawn(MANY, shift=1e4), "harm", events=[0])
    assert (found.breakdown, found.searched) == (None, 64.0)


def test_what_is_shown() -> None:
    found = honest_effect(drawn(MANY), "harm", "smoothness", sizes=[0.0, 9.0], level=0.9)
    assert found.events == (0, 1, 2)
    table = found.to_table()
    assert table.note == found.sentence()
    assert list(table.columns) == ["size", "allowed_lower", "allowed_upper", "lower", "upper"]
    assert table.columns["size"] == (0.0, 9.0)
    assert table.columns["allowed_lower"][0] is None
    assert found.intervals[1].allowed == pytest.approx(table.rows()[1][1:3])
    for low, high in (item.interval for item in found.intervals):
        assert low < high


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"restriction": "smooth"}, UsageError, "restriction is 'smooth'"),
        ({"outcome": "jobs"}, UsageError, "outcome is 'jobs'"),
        ({"level": 5}, UsageError, "level is 5"),
        ({"sizes": [-1.0]}, UsageError, "sizes are -1"),
        ({"sizes": []}, UsageError, "sizes are"),
        ({"events": [-2]}, UsageError, "events are -2"),
        ({"events": []}, UsageError, "events are"),
        ({"effects": drawn(MANY, "varying")}, MethodError, "a varying base"),
        ({"effects": drawn([2014] * 3 + [NEVER] * 30)}, MethodError, "too few: 3 units"),
        ({"effects": drawn([2011] * 20 + [NEVER] * 30)}, MethodError, "with the reference at -1"),
    ],
)
def test_refused(change: dict[str, Any], error: type[Exception], words: str) -> None:
    given: dict[str, Any] = {"effects": drawn(MANY), "outcome": "gain", **change}
    with pytest.raises(error, match=words):
        honest_effect(given.pop("effects"), given.pop("outcome"), **given)


def test_the_breakdown_value_is_said_in_words() -> None:
    strong = honest_effect(drawn(MANY), "gain")
    assert strong.breakdown is not None
    assert f"from a size of {strong.breakdown:.3g} on the 95% interval holds an effect of 0." in strong.sentence()
    assert "with parallel trends already" in honest_effect(drawn(MANY, shift=0.0), "gain").sentence()
    smooth = honest_effect(drawn(MANY), "gain", "smoothness").sentence()
    assert smooth.startswith("Sizes are in the outcome's scale, the largest change of slope")
