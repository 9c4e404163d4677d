"""Confidence sets against ranking anew at every null, by hand, by estimating again, and by their symmetries."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, get_args

import numpy as np
import pytest
from tests.unit.judge.builders import CO2, GDP, exact_p, exact_statistics, make_draws, make_effects
from tests.unit.judge.test_shift import OUTCOMES, TREATED, estimate, taken_off, untreated

from pilotzone.core import Interval, PlaceboDraws, Statistic, UsageError, rank_p
from pilotzone.judgement import confidence_set
from pilotzone.judgement.intervals import Side, invert
from pilotzone.judgement.ranks import shifted_statistic, smallest_excluded_harm

if TYPE_CHECKING:
    from numpy.typing import NDArray

INF = math.inf
SIDES: tuple[Side, ...] = get_args(Side)
STATISTICS: tuple[Statistic, ...] = get_args(Statistic)


def some_draws(seed: int, count: int = 12) -> PlaceboDraws:
    rng = np.random.default_rng(seed)
    slope = rng.uniform(0, 1, count) * (rng.uniform(size=count) < 0.6)
    return make_draws(
        rng.normal(0, 1, count),
        slope=slope,
        pre_rmspe=rng.uniform(0.1, 2, count),
        drift=rng.uniform(0, 1, count),
        treated=int(rng.integers(count)),
    )


def within(intervals: tuple[Interval, ...], null: float) -> bool:
    return any(null in interval for interval in intervals)


def meetings(draws: PlaceboDraws, statistic: Statistic) -> list[float]:
    """Solve for the nulls at which the treated unit's statistic, in either direction, is another's in either."""
    lines = {
        (k, sign): tuple(
            float(part[1])
            for null in (0, 1)
            for part in [exact_statistics(draws, statistic, sign, Fraction(null))[k] or (0, 0)]
        )
        for k in range(len(draws.units))
        for sign in (1, -1)
    }
    own = draws.treated
    return [
        -(lines[own, mine][0] - start) / (lines[own, mine][1] - lines[own, mine][0] - end + start)
        for (k, _), (start, end) in lines.items()
        for mine in (1, -1)
        if k != own
    ]


@pytest.mark.parametrize("statistic", STATISTICS)
@pytest.mark.parametrize("side", SIDES)
def test_membership_is_not_being_rejected(statistic: Statistic, side: Side) -> None:
    """On a fine grid, and just left and right of wherever the treated unit meets another."""
    for seed in range(6):
        draws = some_draws(seed)
        meets = meetings(draws, statistic)
        grid = (*np.linspace(-6, 6, 25), *(m - 1e-7 for m in meets), *(m + 1e-7 for m in meets), -1e4, 1e4)
        exact = {null: exact_p(draws, statistic, side, Fraction(null)) for null in map(float, grid)}
        for alpha in (0.1, 0.25, 0.5):
            found = invert(draws, 0, statistic, side=side, alpha=alpha)
            assert {null for null in exact if within(found, null)} == {n for n, p in exact.items() if p > alpha}
            ends = [
                end
                for interval in found
                for end, closed in ((interval.low, interval.low_closed), (interval.high, interval.high_closed))
                if math.isfinite(end) and (closed or pytest.fail(f"{interval} is open"))
            ]
            assert all(min(abs(m - end) for m in meets) < 1e-12 * (1 + abs(end)) for end in ends)


@pytest.mark.parametrize("side", SIDES)
def test_perfect_fits(side: Side) -> None:
    nulls = (-9.0, -3.0, -1.7, -1.0, -0.6, -0.3, 0.0, 0.3, 0.6, 1.0, 1.7, 2.0, 3.0, 9.0)
    for fits in itertools.product((0.0, 1.0), repeat=4):
        for gaps in itertools.product((-1.0, 0.0, 2.0), repeat=4):
            draws = make_draws(gaps, slope=(0, 0.5, 0, 0.25), pre_rmspe=fits)
            found = invert(draws, 0, "rmspe_ratio", side=side, alpha=0.5)
            for null in nulls:
                values = shifted_statistic(draws, 0, "rmspe_ratio", null)
                values = {"two-sided": np.abs(values), "lower bound": values, "upper bound": -values}[side]
                assert within(found, null) == (rank_p(values, 0) > 0.5), (fits, gaps, null)


@pytest.mark.parametrize(
    ("side", "expected"),
    [
        # Treated gap 4, others 3, -1, 0; the second has weight 1/2 on the treated unit. Level 1/4: first of four.
        # 4 - t meets 3 at 1, -1 + t/2 at 10/3, 0 at 4; its negative meets them at 7, 6 and 4.
        ("lower bound", (Interval(1.0, INF, low_closed=True),)),
        ("upper bound", (Interval(-INF, 4.0, high_closed=True),)),
        ("two-sided", (Interval(1.0, 7.0, low_closed=True, high_closed=True),)),
    ],
)
def test_by_hand(side: Side, expected: tuple[Interval, ...]) -> None:
    draws = make_draws([4.0, 3.0, -1.0, 0.0], slope=[0, 0, 0.5, 0])
    assert invert(draws, 0, "mean_gap", side=side, alpha=0.25) == expected


def test_sets_with_holes_unbounded_or_of_one_point_are_shown_as_they_are() -> None:
    # |1 - t| against 2 |t - 1/2|: the other is ahead far out on both sides.
    ahead = make_draws([1.0, -0.5], slope=[0, 1.0], pre_rmspe=[1.0, 0.5])
    found = invert(ahead, 0, "rmspe_ratio", side="two-sided", alpha=0.5)
    # |1 - t| > 2 |t - 1/2| only between 0 and 2/3, where 1 - t = 1 - 2t and 1 - t = 2t - 1 bound it.
    assert [(i.low, i.high, i.low_closed, i.high_closed) for i in found] == [
        (-INF, 0.0, False, True),
        (pytest.approx(2 / 3, abs=1e-15), INF, True, False),
    ]
    alone = make_draws([1.0, 0.0, 0.0])
    assert invert(alone, 0, "mean_gap", side="two-sided", alpha=0.2) == (Interval(-INF, INF),)
    # The ratio of a treated unit that is fitted perfectly is infinite at every null but its own gap.
    best = make_draws([1.0, 0.2, 0.1], pre_rmspe=[0.0, 1.0, 1.0])
    assert invert(best, 0, "rmspe_ratio", side="two-sided", alpha=0.4) == (
        Interval(1.0, 1.0, low_closed=True, high_closed=True),
    )


@pytest.mark.parametrize("statistic", STATISTICS)
@pytest.mark.parametrize("sign", [1, -1])
def test_one_sided_end_is_the_smallest_margin_excluded(statistic: Statistic, sign: int) -> None:
    for seed in range(20):
        draws = some_draws(seed)
        bound = smallest_excluded_harm(draws, 0, statistic, sign=sign, alpha=0.2)
        side: Side = "lower bound" if sign == 1 else "upper bound"
        (interval,) = invert(draws, 0, statistic, side=side, alpha=0.2)
        assert (interval.low if sign == 1 else interval.high) == pytest.approx(bound, rel=1e-12)


@pytest.mark.parametrize("statistic", STATISTICS)
@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize(("effect", "factor"), [(0.7, 1.0), (-3.0, 2.5), (0.0, 1e-3)])
def test_moves_with_the_effect_and_with_the_unit(
    statistic: Statistic, side: Side, effect: float, factor: float
) -> None:
    for seed in range(8):
        draws = some_draws(seed)
        assert draws.earlier is not None
        moved = make_draws(
            factor * (draws.mean_gap - effect * draws.slope),
            slope=draws.slope,
            pre_rmspe=factor * draws.pre_rmspe,
            drift=factor * draws.earlier().largest,
            treated=draws.treated,
        )
        before = invert(draws, 0, statistic, side=side, alpha=0.2)
        after = invert(moved, 0, statistic, side=side, alpha=0.2)
        assert len(before) == len(after)
        for old, new in zip(before, after, strict=True):
            assert new.low == pytest.approx(factor * (old.low + effect), rel=1e-11, abs=1e-12)
            assert new.high == pytest.approx(factor * (old.high + effect), rel=1e-11, abs=1e-12)


@pytest.mark.parametrize("pools", ["symmetric", "exclude_treated"])
def test_by_estimating_again(pools: str) -> None:
    paths = untreated(3)
    joint = estimate(paths, "sc_intercept", pools).joint  # type: ignore[arg-type]
    sets = [confidence_set(joint, item.name, alpha=0.25) for item in OUTCOMES]
    for null in (-0.2, -0.05, -0.01, 0.0, 0.03, 0.1):
        anew = estimate(taken_off(paths, {"up": null, "down": null}), "sc_intercept", pools).joint  # type: ignore[arg-type]
        for k, found in enumerate(sets):
            assert (null in found) == (rank_p(np.abs(anew.draws.mean_gap[:, k]), TREATED) > 0.25)


@pytest.mark.parametrize(("alpha", "attained"), [(0.05, 0.95), (0.09, 0.95), (0.1, 0.9), (0.04, 1.0)])
def test_level_attained_and_units(alpha: float, attained: float) -> None:
    rng = np.random.default_rng(5)
    effects = make_effects([GDP, CO2], make_draws(rng.normal(0, 0.1, (20, 2))))
    found = confidence_set(effects, "gdp", alpha=alpha)
    assert found.attained == pytest.approx(attained, abs=1e-15)
    table = found.to_table().records()
    if attained == 1:
        assert found.intervals == (Interval(-INF, INF),)
        assert [(row["low"], row["high"]) for row in table] == [(None, None)]
    else:
        ends = [(100 * math.expm1(i.low), 100 * math.expm1(i.high)) for i in found.intervals]
        assert [(row["low"], row["high"]) for row in table] == ends
    assert "GDP" in found._repr_html_()


@pytest.mark.parametrize("statistic", ["mean_gap", "rmspe_ratio"])
def test_a_two_sided_set_holds_the_estimate(statistic: Statistic) -> None:
    for seed in range(20):
        draws = some_draws(seed)
        estimated = float(draws.mean_gap[draws.treated, 0])
        assert within(invert(draws, 0, statistic, side="two-sided", alpha=0.9), estimated)


def test_a_two_sided_set_found_by_trying_holds_the_estimate_however_narrow() -> None:
    """Half of the units hardly differ, the others by a thousand times as much: nodes over all of them are too far."""
    near, far = np.linspace(-0.01, 0.01, 12), np.linspace(-30.0, 30.0, 8)
    # Slopes put the places where units meet unevenly around the estimate.
    draws = make_draws(np.r_[0.137, near, far], slope=np.r_[-1.0, np.zeros(12), np.linspace(0.1, 0.6, 8)])

    def restated(_: int, effect: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        return draws.mean_gap[:, 0] + effect * draws.slope[:, 0], draws.pre_rmspe[:, 0]

    exact = invert(draws, 0, "mean_gap", side="two-sided", alpha=0.7)
    (only,), (wanted,) = invert(replace(draws, restate=restated), 0, "mean_gap", side="two-sided", alpha=0.7), exact
    assert 0.137 in only
    assert (only.low, only.high) == pytest.approx((wanted.low, wanted.high), abs=0.01)  # 2^-10 of a step


@pytest.mark.parametrize("scale", [1.0, 1e12, 1e-12])
def test_a_single_meeting_at_zero_at_any_scale(scale: float) -> None:
    """Units that differ at all nulls but zero: at a fixed distance they would tie if figures are large."""
    draws = make_draws([scale, 0.0, scale], slope=[0, 0, 0], pre_rmspe=[scale, 0.0, scale])
    assert invert(draws, 0, "rmspe_ratio", side="lower bound", alpha=0.7) == (Interval(0.0, INF, low_closed=True),)


@pytest.mark.parametrize(("alpha", "same"), [(1 - 0.9, 0.1), (0.1 + 0.2, 0.3), (0.7 - 0.4, 0.3)])
def test_rounding_of_a_level_counts_for_nothing(alpha: float, same: float) -> None:
    """The set and the confidence said to be attained belong together."""
    effects = make_effects([GDP], make_draws(np.random.default_rng(1).normal(size=20)))
    one, other = (confidence_set(effects, "gdp", alpha=item) for item in (alpha, same))
    assert one.intervals == other.intervals
    assert one.attained == other.attained == pytest.approx(1 - same, abs=1e-15)


@pytest.mark.parametrize("alpha", [0.0, 1.0, float("nan")])
def test_no_level(alpha: float) -> None:
    effects = make_effects([GDP], make_draws([1.0, 0.0]))
    with pytest.raises(UsageError, match="alpha is"):
        confidence_set(effects, "gdp", alpha=alpha)
