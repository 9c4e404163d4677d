"""Placebo ranks against counting by hand, and what rounding and perfect fits must not do to them."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, get_args

import numpy as np
import pytest
from tests.unit.judge.builders import make_draws

from pilotzone.core import EarlierEffects, Statistic, UsageError, rank_p
from pilotzone.judgement.ranks import (
    breakdown_drift,
    min_p,
    oriented_statistic,
    shifted_statistic,
    smallest_excluded_harm,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pilotzone.core import PlaceboDraws

INF, NAN = math.inf, math.nan


# ---------------------------------------------------------------------------------------------- rank_p


def counted_p(values: tuple[float, ...], treated: int) -> Fraction:
    """Count by the definition: the treated unit counts in numerator and denominator, ties against it."""
    return Fraction(sum(value >= values[treated] for value in values), len(values))


def test_rank_p_is_a_count_for_every_small_table() -> None:
    for values in itertools.product((-1.0, 0.0, 2.0), repeat=4):
        for treated in range(4):
            assert rank_p(np.array(values), treated) == float(counted_p(values, treated))


@pytest.mark.parametrize("count", [20, 21, 40, 60, 100, 200])
def test_ranks_meet_levels_exactly(count: int) -> None:
    # p = k/n and alpha = k/n as people write it are the same number: 1/20 is 0.05, 3/60 is 0.05.
    values = -np.arange(float(count))
    for rank in range(1, count + 1):
        assert rank_p(values, rank - 1) == rank / count


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((NAN, 1.0, 0.0, -1.0), 4),  # a treated unit that cannot be compared beats nobody
        ((2.0, NAN, 0.0, -1.0), 2),  # a placebo that cannot be compared counts against it
        ((2.0, NAN, NAN, NAN), 4),
        ((INF, 1.0, 0.0, -1.0), 1),
        ((INF, INF, 0.0, -INF), 2),
        ((2.0, INF, -INF, 0.0), 2),
        ((-INF, 1.0, -INF, 0.0), 4),
        ((INF, NAN, 0.0, 0.0), 2),
        ((NAN, NAN, NAN, NAN), 4),
    ],
)
def test_what_cannot_be_compared_counts_against_the_treated_unit(values: tuple[float, ...], expected: int) -> None:
    assert rank_p(np.array(values), 0) == expected / 4


def test_rounding_does_not_break_ties() -> None:
    third = 1.0 / 3.0
    assert rank_p(np.array([third, third - 1e-15, 0.1, -0.2]), 0) == 0.5
    assert rank_p(np.array([1e-17, 0.0, -1e-17, 5.0, -4.0, 3.0]), 0) == 5 / 6
    assert rank_p(np.array([third, third - 1e-8, 0.1, -0.2]), 0) == 0.25


def test_one_huge_statistic_ties_nobody_else() -> None:
    # A placebo with a nearly perfect fit has a huge ratio; the others still differ by what they differ.
    values = np.array([5.0, 1e13, 4.0, 3.0, 2.0, 1.0, 0.0, -1.0])
    assert rank_p(values, 0) == 2 / 8
    assert rank_p(-values, 0) == 7 / 8


# ---------------------------------------------------------------------------------------------- min_p


def enumerated_min_p(columns: tuple[tuple[float, ...], ...], treated: int) -> Fraction:
    """Rank every unit in every column, take each unit's best, count who is at least as good: in exact fractions."""
    count = len(columns[0])
    best = [min(counted_p(column, unit) for column in columns) for unit in range(count)]
    return Fraction(sum(item <= best[treated] for item in best), count)


def test_min_p_by_enumeration_of_small_tables() -> None:
    for left in itertools.product((0.0, 1.0, 2.0), repeat=4):
        for right in itertools.permutations((0.0, 1.0, 1.0, 3.0)):
            for treated in range(4):
                found = min_p(np.array([left, right]).T, treated)
                assert found == float(enumerated_min_p((left, right), treated))


def test_min_p_of_three_outcomes() -> None:
    rng = np.random.default_rng(11)
    for _ in range(50):
        columns = rng.integers(0, 6, (3, 9)).astype(float)
        exact = tuple(tuple(column) for column in columns.tolist())
        for treated in range(9):
            assert min_p(columns.T, treated) == float(enumerated_min_p(exact, treated))


@pytest.mark.parametrize("special", [NAN, INF, -INF, 0.0])
def test_min_p_of_one_outcome_is_its_rank(special: float) -> None:
    rng = np.random.default_rng(12)
    for _ in range(50):
        values = rng.integers(-3, 4, 8).astype(float)
        values[rng.integers(0, 8, 2)] = special
        for treated in range(8):
            assert min_p(values[:, None], treated) == rank_p(values, treated)


def test_min_p_is_never_below_the_smallest_marginal_p() -> None:
    rng = np.random.default_rng(13)
    for _ in range(100):
        columns = rng.integers(0, 7, (10, 3)).astype(float)
        assert min_p(columns, 0) >= min(rank_p(column, 0) for column in columns.T)


# -------------------------------------------------------------------------------------- shifted statistics


def test_shift_follows_the_slope() -> None:
    draws = make_draws([1.0, 2.0, -1.0], slope=[0, 0.25, 0.5], pre_rmspe=[0.5, 2.0, 4.0])
    assert shifted_statistic(draws, 0, "mean_gap", 0.4).tolist() == pytest.approx([0.6, 2.1, -0.8], abs=1e-15)
    assert shifted_statistic(draws, 0, "rmspe_ratio", 0.4).tolist() == pytest.approx([1.2, 1.05, -0.2], abs=1e-15)


@pytest.mark.parametrize("other", [0.0, -1.0, -1e-6])
def test_an_effect_at_the_boundary_is_a_tie_with_no_effect(other: float) -> None:
    # 0.1 + 0.2 - 0.3 is not 0 in binary: the remainder must not decide a rank.
    draws = make_draws([0.1 + 0.2, 0.0, 0.0, 0.0, other])
    values = shifted_statistic(draws, 0, "mean_gap", 0.3)
    assert rank_p(values, 0) == (1.0 if other == 0 else 0.8)
    assert rank_p(-values, 0) == 1.0


def test_perfect_fits_have_infinite_ratios_of_their_gaps_sign() -> None:
    draws = make_draws([1.0, 2.0, -2.0, 0.0], pre_rmspe=[1.0, 0.0, 0.0, 0.0])
    assert shifted_statistic(draws, 0, "rmspe_ratio")[:3].tolist() == [1.0, INF, -INF]
    assert math.isnan(shifted_statistic(draws, 0, "rmspe_ratio")[3])


# ------------------------------------------------------------------------------ the smallest margin excluded


def excluded(draws: PlaceboDraws, statistic: Statistic, sign: int, harm: float, alpha: float) -> bool:
    """Whether the null of a harm is rejected, by ranking anew at that null."""
    return rank_p(oriented_statistic(draws, 0, statistic, sign, -sign * harm), draws.treated) <= alpha


def random_draws(rng: np.random.Generator, count: int, treated: int) -> PlaceboDraws:
    gaps = rng.normal(0, 1, count) + 2 * rng.normal() * (np.arange(count) == treated)
    pulls = rng.uniform(0, 1, count) * (rng.uniform(size=count) < 0.5)
    fits, drift = rng.uniform(0.2, 2, count), rng.uniform(0, 1, count)
    return make_draws(gaps, slope=pulls, pre_rmspe=fits, drift=drift, treated=treated)


def crossings(draws: PlaceboDraws, statistic: Statistic, sign: int) -> NDArray[np.float64]:
    """Solve for the harms at which the treated unit and another have the same statistic, two points a line each."""

    def line(harm: float) -> NDArray[np.float64]:
        return oriented_statistic(draws, 0, statistic, sign, -sign * harm)

    at_zero, at_one = line(0.0), line(1.0)
    rise = at_one - at_zero
    others = np.delete(np.arange(len(at_zero)), draws.treated)
    lead = at_zero[others] - at_zero[draws.treated]
    found: NDArray[np.float64] = lead / (rise[draws.treated] - rise[others])
    return found


@pytest.mark.parametrize("statistic", get_args(Statistic))
@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("alpha", [0.05, 0.1, 0.3])
def test_smallest_excluded_harm_by_scanning(statistic: Statistic, sign: int, alpha: float) -> None:
    rng = np.random.default_rng(21)
    for count in (20, 21, 33):
        for _ in range(5):
            draws = random_draws(rng, count, treated=int(rng.integers(count)))
            bound = smallest_excluded_harm(draws, 0, statistic, sign=sign, alpha=alpha)
            assert bound is not None
            least = -sign * bound
            # Between two crossings nothing changes, and the harms below lie on both sides of each.
            for harm in np.linspace(least - 3, least + 3, 61):
                assert excluded(draws, statistic, sign, harm, alpha) == (harm > least + 1e-9)
            points = crossings(draws, statistic, sign)
            assert np.min(np.abs(points - least)) < 1e-12
            for harm in (*(points - 1e-7), *(points + 1e-7)):
                assert excluded(draws, statistic, sign, harm, alpha) == (harm > least)
            # Exactly there, the treated unit ties with the one it overtakes: not yet excluded.
            assert not excluded(draws, statistic, sign, least, alpha)


@pytest.mark.parametrize("statistic", get_args(Statistic))
@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("size", [0.3, 2.0])
def test_what_is_said_to_be_excluded_is_with_negative_weights_too(statistic: Statistic, sign: int, size: float) -> None:
    rng = np.random.default_rng(23)
    finite = 0
    for _ in range(200):
        draws = random_draws(rng, 12, treated=4)
        pulls = rng.uniform(-size, size, 12)
        fits = np.where(rng.uniform(size=12) < 0.1, 0.0, draws.pre_rmspe[:, 0])
        draws = make_draws(draws.mean_gap[:, 0], slope=pulls, pre_rmspe=fits, treated=4)
        bound = smallest_excluded_harm(draws, 0, statistic, sign=sign, alpha=0.2)
        if bound is None:
            continue
        finite += 1
        least = -sign * bound
        # Nearer than this statistics far from zero are ties.
        for harm in least + max(1.0, abs(least)) * np.geomspace(1e-6, 1e6, 25):
            assert excluded(draws, statistic, sign, harm, 0.2)
    assert finite > 20


@pytest.mark.parametrize("statistic", get_args(Statistic))
def test_no_margin_is_excluded_with_too_few_units(statistic: Statistic) -> None:
    rng = np.random.default_rng(22)
    assert smallest_excluded_harm(random_draws(rng, 19, 3), 0, statistic, sign=1, alpha=0.05) is None
    assert smallest_excluded_harm(random_draws(rng, 20, 3), 0, statistic, sign=1, alpha=0.05) is not None


@pytest.mark.parametrize("sign", [1, -1])
def test_smallest_excluded_harm_with_perfect_fits(sign: int) -> None:
    """Every pattern of perfect fits and gaps without one: the bound is where ranking anew changes its mind."""
    # One harm between any two at which something can change.
    between = np.array([0.3, 0.7, 0.9, 1.1, 1.5, 1.8, 2.2, 2.7, 3.5, 6.0, 9.0])
    harms = np.concatenate([-between, between, [1e6]])
    for fits in itertools.product((0.0, 1.0), repeat=4):
        for gaps in itertools.product((-1.0, 0.0, 2.0), repeat=4):
            for pulls in ((0, 0, 0, 0), (0, 0.5, 0, 0.25)):
                draws = make_draws(sign * np.array(gaps), slope=pulls, pre_rmspe=fits)
                bound = smallest_excluded_harm(draws, 0, "rmspe_ratio", sign=sign, alpha=0.25)
                least = INF if bound is None else -sign * bound
                for harm in harms:
                    assert excluded(draws, "rmspe_ratio", sign, harm, 0.25) == (harm > least), (fits, gaps, pulls, harm)


# ------------------------------------------------------------------------------------------ the breakdown drift


@pytest.mark.parametrize("statistic", get_args(Statistic))
@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("null", [0.0, 0.4])
def test_breakdown_drift_by_scanning(statistic: Statistic, sign: int, null: float) -> None:
    """Taken off the treated unit's gap alone, and ranked anew among the others as they are."""
    rng = np.random.default_rng(24)
    for count in (20, 33, 41):
        draws = random_draws(rng, count, treated=int(rng.integers(count)))
        own, pulls = draws.treated, draws.slope[:, 0].copy()
        found = breakdown_drift(draws, 0, statistic, sign, alpha=0.1, null_effect=null)
        assert found is not None
        for drift in (*np.linspace(found - 2, found + 2, 80), found - 1e-9, found + 1e-9):
            gaps = draws.mean_gap[:, 0] + null * pulls
            gaps[own] -= sign * drift
            assert draws.earlier is not None
            less = make_draws(gaps, pre_rmspe=draws.pre_rmspe, drift=draws.earlier().largest, treated=own)
            rejected = rank_p(oriented_statistic(less, 0, statistic, sign), own) <= 0.1
            assert rejected == (drift < found), drift - found


def test_breakdown_drift_where_there_is_none() -> None:
    draws = make_draws(np.arange(19.0))
    assert breakdown_drift(draws, 0, "mean_gap", 1, alpha=0.05) is None
    lone = make_draws([5.0, *[math.nan] * 19], treated=0)
    assert breakdown_drift(lone, 0, "mean_gap", 1, alpha=0.05) is None


def test_a_net_gap_by_hand() -> None:
    """Gaps 4 and -1 with placebo effects of 1 and 3 over fits of 1 and 3, whose median is 2: scales of 5 and 7."""
    draws = make_draws([4.0, -1.0], pre_rmspe=[1.0, 3.0], drift=[1.0, 3.0])
    assert oriented_statistic(draws, 0, "net_gap", 1).tolist() == pytest.approx([3 / 5, -4 / 7])
    assert oriented_statistic(draws, 0, "net_gap", -1).tolist() == pytest.approx([-1.0, -2 / 7])
    # 0.5 of the zone's effect taken off, and off its donor as much as it weighs there.
    draws = make_draws([4.0, -1.0], slope=[0, 0.5], pre_rmspe=[1.0, 3.0], drift=[1.0, 3.0])
    assert oriented_statistic(draws, 0, "net_gap", 1, 0.5).tolist() == pytest.approx([2.5 / 5, -3.75 / 7])


def test_a_net_gap_over_perfect_fits_is_scaled_by_placebo_effects() -> None:
    draws = make_draws([4.0, -1.0], pre_rmspe=[0.0, 0.0], drift=[1.0, 3.0])
    assert oriented_statistic(draws, 0, "net_gap", 1).tolist() == pytest.approx([3 / 5, -4 / 7])


def test_an_excess_gap_takes_off_what_went_its_way() -> None:
    """The drift of the builders is that far down and half as far up."""
    draws = make_draws([4.0, -1.0], pre_rmspe=[1.0, 3.0], drift=[1.0, 3.0])
    assert oriented_statistic(draws, 0, "excess_gap", 1).tolist() == pytest.approx([3.5 / 5, -2.5 / 7])
    assert oriented_statistic(draws, 0, "excess_gap", -1).tolist() == pytest.approx([-5 / 5, -2 / 7])


def test_a_net_gap_needs_placebo_effects() -> None:
    draws, none = make_draws([4.0, -1.0]), np.full((2, 1), np.nan)
    nowhere = EarlierEffects(none, none)
    with pytest.raises(UsageError, match="earlier dates, which are not known"):
        oriented_statistic(replace(draws, earlier=None), 0, "net_gap", 1)
    with pytest.raises(UsageError, match="at least five fitted periods"):
        oriented_statistic(replace(draws, earlier=lambda: nowhere), 0, "net_gap", 1)
