"""What holds for confidence sets on any draws and any panel: they are what the test does not reject.

Draws are small fractions of integers, so that ties, perfect fits and units that move in step are common; null effects
are drawn among fractions on which they meet. Ranks are counted in exact fractions.
"""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise, product
from statistics import median
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from tests.unit.few.plain import level, panel_of
from tests.unit.judge.builders import exact_p

import pilotzone as pz
from pilotzone.core import EarlierEffects, Interval, PlaceboDraws, Statistic
from pilotzone.evaluation.few import conformal_p
from pilotzone.evaluation.few.inference.rearranged import Norm, Permutations
from pilotzone.evaluation.few.result import FewEffects
from pilotzone.judgement.intervals import Side, invert

if TYPE_CHECKING:
    from collections.abc import Iterator

STATISTICS = st.sampled_from(get_args(Statistic))
SIDES = st.sampled_from(get_args(Side))
LEVELS = st.sampled_from([0.01, 1 - 0.9, 0.125, 0.2, 0.25, 1 / 3, 0.5, 0.75, 0.9])
MANY = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
SOME = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def draws(draw: st.DrawFn, *, perfect: bool = True) -> PlaceboDraws:
    """Draw 2 to 9 units with gaps in halves, weights in quarters and fits in halves, zero ones among them."""
    count = draw(st.integers(2, 9))
    treated = draw(st.integers(0, count - 1))

    def column(low: int, high: int, unit: float) -> np.ndarray[Any, np.dtype[np.float64]]:
        return unit * np.array(draw(st.lists(st.integers(low, high), min_size=count, max_size=count)), dtype=float)

    slope = column(0, 4, 0.25)
    slope[treated] = -1.0
    low, spread = column(-4, 4, 0.5)[:, None], column(0, 4, 0.5)[:, None]
    before = EarlierEffects(low, low + spread)
    return PlaceboDraws(
        units=tuple(f"U{k}" for k in range(count)),
        treated=treated,
        mean_gap=column(-6, 6, 0.5)[:, None],
        slope=slope[:, None],
        pre_rmspe=column(0 if perfect else 1, 4, 0.5)[:, None],
        pool_rule="symmetric",
        earlier=lambda: before,
    )


NULLS = st.builds(Fraction, st.integers(-60, 60), st.sampled_from([1, 2, 3, 4, 5, 7, 12]))


def meetings(found: PlaceboDraws, statistic: Statistic) -> Iterator[Fraction]:
    """Yield where the treated unit's statistic meets another's, in any directions, and where a scale of zero turns."""
    assert found.earlier is not None
    gaps, slopes, fits, drifts = (
        [Fraction(value) for value in part[:, 0].tolist()]
        for part in (found.mean_gap, found.slope, found.pre_rmspe, found.earlier().largest)
    )
    basis = fits if median(fits) else drifts
    none = [Fraction(0)] * len(gaps)
    off = dict.fromkeys((1, -1), drifts if statistic == "net_gap" else none)
    if statistic == "excess_gap":
        off = {sign: [Fraction(x) for x in found.earlier().towards(sign)[:, 0].tolist()] for sign in (1, -1)}
    scales = {
        "mean_gap": [Fraction(1)] * len(gaps),
        "rmspe_ratio": fits,
        **{name: [value + 2 * median(basis) for value in basis] for name in ("net_gap", "excess_gap")},
    }[statistic]
    own = found.treated
    for k, (gap, slope, scale) in enumerate(zip(gaps, slopes, scales, strict=True)):
        for mine, other in product((1, -1), repeat=2):
            # A line each: where (mine (g + t w) - a) r of the two is the same.
            less = off[other][k]
            start = (mine * gaps[own] - off[mine][own]) * scale - (other * gap - less) * scales[own]
            rise = mine * slopes[own] * scale - other * slope * scales[own]
            if rise and k != own:
                yield -start / rise
            if slope:
                yield (other * less - gap) / slope


def within(intervals: tuple[Interval, ...], null: float) -> bool:
    return any(null in item for item in intervals)


def ends(intervals: tuple[Interval, ...]) -> list[float]:
    return [end for item in intervals for end in (item.low, item.high)]


@MANY
@given(found=draws(), statistic=STATISTICS, side=SIDES, alpha=LEVELS, nulls=st.lists(NULLS, max_size=8))
def test_the_set_is_what_is_not_rejected(
    found: PlaceboDraws, statistic: Statistic, side: Side, alpha: float, nulls: list[Fraction]
) -> None:
    """At any null, beside each meeting, and at each end: whatever belongs to the set, up to the end of the line."""
    intervals = invert(found, 0, statistic, side=side, alpha=alpha)
    level = Fraction(alpha).limit_denominator(10**6)
    meets = sorted(set(meetings(found, statistic)))
    beside = [meet + step for meet in meets for step in (Fraction(-1, 10**6), Fraction(1, 10**6))]
    for null in (*nulls, *beside, Fraction(-(10**5)), Fraction(10**5)):
        if all(abs(null - meet) > Fraction(1, 10**7) for meet in meets):
            assert within(intervals, float(null)) == (exact_p(found, statistic, side, null) > level), null
    for item in intervals:
        for end, closed in ((item.low, item.low_closed), (item.high, item.high_closed)):
            if math.isfinite(end):
                meet = min(meets, key=lambda point: abs(float(point) - end))
                assert abs(float(meet) - end) <= 1e-12 * max(1.0, abs(end))
                assert closed == (exact_p(found, statistic, side, meet) > level)


@MANY
@given(found=draws(), statistic=STATISTICS, side=SIDES, alpha=LEVELS, effect=st.integers(-20, 20))
def test_a_constant_effect_moves_the_set(
    found: PlaceboDraws, statistic: Statistic, side: Side, alpha: float, effect: int
) -> None:
    """An effect on the treated unit lowers each placebo by its weight on it."""
    moved = changed(found, mean_gap=found.mean_gap - effect * found.slope)
    before, after = (invert(item, 0, statistic, side=side, alpha=alpha) for item in (found, moved))
    assert [(i.low_closed, i.high_closed) for i in before] == [(i.low_closed, i.high_closed) for i in after]
    np.testing.assert_allclose(ends(after), np.array(ends(before)) + effect, rtol=1e-12, atol=1e-11)


@MANY
@given(found=draws(), statistic=STATISTICS, side=SIDES, alpha=LEVELS, power=st.integers(-60, 60))
def test_a_power_of_two_scales_the_set_exactly(
    found: PlaceboDraws, statistic: Statistic, side: Side, alpha: float, power: int
) -> None:
    factor = 2.0**power
    assert found.earlier is not None
    earlier = found.earlier()
    larger = EarlierEffects(factor * earlier.low, factor * earlier.high)
    parts = {"mean_gap": factor * found.mean_gap, "pre_rmspe": factor * found.pre_rmspe}
    scaled = changed(found, **parts, earlier=lambda: larger)
    before, after = (invert(item, 0, statistic, side=side, alpha=alpha) for item in (found, scaled))
    assert after == tuple(Interval(factor * i.low, factor * i.high, i.low_closed, i.high_closed) for i in before)


@MANY
@given(found=draws(), statistic=STATISTICS, side=SIDES, levels=st.lists(LEVELS, min_size=2, max_size=2, unique=True))
def test_a_higher_level_of_the_test_gives_a_smaller_set(
    found: PlaceboDraws, statistic: Statistic, side: Side, levels: list[float]
) -> None:
    wide, narrow = (invert(found, 0, statistic, side=side, alpha=alpha) for alpha in sorted(levels))
    for item in narrow:
        assert any(
            outer.low <= item.low
            and item.high <= outer.high
            and (outer.low < item.low or outer.low_closed >= item.low_closed)
            and (item.high < outer.high or outer.high_closed >= item.high_closed)
            for outer in wide
        )


@MANY
@given(found=draws(), statistic=st.sampled_from(["mean_gap", "rmspe_ratio"]), alpha=LEVELS)
def test_a_two_sided_set_holds_the_estimate(found: PlaceboDraws, statistic: Statistic, alpha: float) -> None:
    estimate = float(found.mean_gap[found.treated, 0])
    assert within(invert(found, 0, statistic, side="two-sided", alpha=alpha), estimate)


@MANY
@given(found=draws(), statistic=STATISTICS, side=SIDES)
def test_intervals_are_apart_and_in_order(found: PlaceboDraws, statistic: Statistic, side: Side) -> None:
    for alpha in (0.2, 0.5, 0.8):
        intervals = invert(found, 0, statistic, side=side, alpha=alpha)
        for item in intervals:
            assert item.low < item.high or (item.low == item.high and item.low_closed and item.high_closed)
        for left, right in pairwise(intervals):
            assert left.high < right.low or (left.high == right.low and not (left.high_closed or right.low_closed))


def changed(found: PlaceboDraws, **fields: Any) -> PlaceboDraws:
    options: dict[str, Any] = {
        name: getattr(found, name)
        for name in ("units", "treated", "mean_gap", "slope", "pre_rmspe", "pool_rule", "earlier")
    }
    return PlaceboDraws(**(options | fields))


# ------------------------------------------------------------------------------------------------- conformal sets


@st.composite
def studies(draw: st.DrawFn) -> dict[str, Any]:
    """Draw 3 to 8 units over 6 to 12 periods: figures in thousandths, or small integers, which tie and fit."""
    units, periods = draw(st.integers(3, 8)), draw(st.integers(6, 12))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    paths = rng.normal(size=(units, 1)) * 2 + rng.normal(size=(units, periods)).cumsum(axis=1)
    paths = np.round(paths) if draw(st.booleans()) else np.round(paths, 3)
    return {
        "paths": paths,
        "start": 2001 + periods - draw(st.integers(1, periods // 2)),
        "estimator": draw(st.sampled_from(["sc", "sc_intercept"])),
    }


def estimated(study: dict[str, Any], factor: float = 1.0, effect: float = 0.0) -> FewEffects:
    paths = study["paths"].copy()
    paths[1, study["start"] - 2001 :] += effect
    return pz.synthetic_control(
        panel_of({"y": factor * paths}),
        treated="B",
        start=study["start"],
        outcomes=[level()],
        estimator=study["estimator"],
    )


@SOME
@given(
    study=studies(),
    norm=st.sampled_from(get_args(Norm)),
    permutations=st.sampled_from(get_args(Permutations)),
    alpha=LEVELS,
    nulls=st.lists(NULLS, max_size=6),
)
def test_a_conformal_set_is_what_is_not_rejected(
    study: dict[str, Any], norm: Norm, permutations: Permutations, alpha: float, nulls: list[Fraction]
) -> None:
    """Refitted at any null and on either side of each end."""
    effects = estimated(study)
    options: dict[str, Any] = {"norm": norm, "permutations": permutations}
    found = pz.conformal_set(effects, "y", alpha=alpha, **options)
    finite = [end for end in ends(found.intervals) if math.isfinite(end)]
    beside = [end + step for end in finite for step in (-1e-6, 1e-6)]
    for null in (*map(float, nulls), *beside):
        if all(abs(null - end) > 1e-7 for end in finite):
            p = conformal_p(effects, "y", null, **options)
            assert (null in found) == (p > 1 - found.attained + 1e-12), (null, p, found)


@SOME
@given(study=studies(), alpha=LEVELS, effect=st.integers(-9, 9), power=st.integers(-20, 20))
def test_a_conformal_set_moves_and_scales(study: dict[str, Any], alpha: float, effect: int, power: int) -> None:
    """At two levels, of which the higher has the smaller set."""
    factor = 2.0**power
    before = pz.conformal_set(estimated(study), "y", alpha=alpha)
    after = pz.conformal_set(estimated(study, factor, effect), "y", alpha=alpha)
    assume(all(item.high - item.low > 1e-6 for item in before.intervals))
    assert len(before.intervals) == len(after.intervals)
    np.testing.assert_allclose(
        np.array(ends(after.intervals)) / factor, np.array(ends(before.intervals)) + effect, rtol=1e-8, atol=1e-8
    )
    wider = pz.conformal_set(estimated(study), "y", alpha=alpha / 2)
    assert all(any(o.low <= i.low and i.high <= o.high for o in wider.intervals) for i in before.intervals)
