"""Effects per unit of a drawn amount: Fieller's set, Student's t, closed forms, brute force, and what is refused."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import pytest
from scipy import special, stats

from pilotzone.core import UsageError, drawn_ratio, normal_distance, ratio

NORMAL = NormalDist()


def even(distribution: object, count: int = 200_001) -> np.ndarray:
    """Return the middles of equal parts of a distribution."""
    return np.asarray(distribution.ppf((np.arange(count) + 0.5) / count))  # type: ignore[attr-defined]


@pytest.mark.parametrize("degrees", [None, 6.0])
@pytest.mark.parametrize("effect", [3.0, 0.5, -2.0])
def test_a_normal_amount_gives_fiellers_set(effect: float, degrees: float | None) -> None:
    amounts = even(stats.norm(10.0, 1.2))
    found = drawn_ratio(effect, 1.0, amounts, degrees=degrees).intervals[0]
    if degrees is None:
        own = ratio(effect, 1.0, 10.0, amount_se=1.2).intervals[0]
        assert (found.low, found.high) == pytest.approx((own.low, own.high), rel=3e-5)
    else:  # with a t effect over a normal amount there is no closed form: an integral by another rule
        points, weights = np.polynomial.hermite_e.hermegauss(200)
        for end, share in ((found.low, 0.025), (found.high, 0.975)):
            at = stats.t.cdf(end * (10 + 1.2 * points) - effect, degrees) @ weights / weights.sum()
            assert at == pytest.approx(share, abs=2e-6)


def test_students_t_is_a_ratio() -> None:
    """A standard normal over the root of a mean of five squares: t with 5 degrees, 2.5706 in every table."""
    amounts = np.sqrt(even(stats.chi2(5)) / 5)
    found = drawn_ratio(0.0, 1.0, amounts)
    assert found.intervals[0].high == pytest.approx(2.5706, abs=1e-4)
    assert found.intervals[0].low == pytest.approx(-2.5706, abs=1e-4)
    assert drawn_ratio(0.0, 1.0, amounts, level=0.9).intervals[0].high == pytest.approx(2.0150, abs=1e-4)


def test_an_effect_that_is_all_but_known_has_the_quantiles_of_the_amount() -> None:
    found = drawn_ratio(4.0, 1e-6, np.exp(even(stats.norm(0.3, 0.5)))).intervals[0]
    z = NORMAL.inv_cdf(0.975)
    assert (found.low, found.high) == pytest.approx(
        (4 / math.exp(0.3 + 0.5 * z), 4 / math.exp(0.3 - 0.5 * z)), rel=1e-4
    )


def test_the_ends_are_where_the_effect_is_not_told_from_the_ratio_times_the_amount() -> None:
    """By the sum over three amounts, one of them zero."""
    amounts = [0.0, *[2.0] * 30, *[5.0] * 69]
    found = drawn_ratio(3.0, 1.5, amounts).intervals[0]
    for end, share in ((found.low, 0.025), (found.high, 0.975)):
        told = sum(NORMAL.cdf((end * amount - 3.0) / 1.5) for amount in amounts) / 100
        assert told == pytest.approx(share, abs=1e-12)


def test_draws_of_effect_over_amount_have_these_quantiles() -> None:
    generator = np.random.default_rng(5)
    amounts = generator.gamma(4.0, 0.5, 400_000)
    drawn = generator.normal(2.0, 0.7, 400_000) / amounts
    found = drawn_ratio(2.0, 0.7, amounts)
    assert (found.intervals[0].low, found.intervals[0].high) == pytest.approx(
        tuple(np.quantile(drawn, (0.025, 0.975))), rel=0.02
    )
    assert found.estimate == pytest.approx(2.0 / amounts.mean(), rel=1e-12)


@pytest.mark.parametrize(
    ("zeros", "effect", "kind", "words"),
    [
        (2, 3.0, "bounded", "interval"),
        (4, 30.0, "one side", "unbounded on the other side"),
        (4, -30.0, "one side", "unbounded on the other side"),
        (60, 0.1, "whole line", "the whole line"),
    ],
)
def test_unbounded_sets_are_told_as_such(zeros: int, effect: float, kind: str, words: str) -> None:
    found = drawn_ratio(effect, 1.0, [0.0] * zeros + [2.0, 3.0] * ((100 - zeros) // 2))
    assert found.kind == kind
    assert words in found.words
    (own,) = found.intervals
    if kind == "one side":  # no end where zero draws carry the effect's own sign
        assert math.isinf(own.high if effect > 0 else own.low)


def test_it_holds_the_ratio_as_often_as_it_says() -> None:
    """Over costs from the distribution that draws are from: 20,000 effects, small ones and large ones."""
    generator = np.random.default_rng(11)
    amounts = even(stats.lognorm(0.6), 1001)
    for true in (0.0, 1.0, 3.0, 12.0):
        costs = amounts[generator.integers(len(amounts), size=20_000)]
        estimates = generator.normal(true, 1.0, len(costs))
        below = np.concatenate(
            [
                special.ndtr(np.outer(true / cost, amounts) - estimate[:, None]).mean(axis=1)
                for cost, estimate in zip(np.split(costs, 20), np.split(estimates, 20), strict=True)
            ]
        )
        held = ((below >= 0.025) & (below <= 0.975)).mean()
        assert held == pytest.approx(0.95, abs=0.006)


def test_distance_from_the_normal() -> None:
    assert normal_distance(even(stats.norm(4.0, 2.0), 20_001)) < 1e-4
    uniform = even(stats.uniform(), 20_001)
    away = np.abs(stats.norm.cdf((uniform - 0.5) * math.sqrt(12)) - uniform).max()
    assert normal_distance(uniform) == pytest.approx(away, abs=1e-4)
    with pytest.raises(UsageError, match="do not vary"):
        normal_distance([2.0, 2.0])


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ((math.nan, 1.0, [1.0, 2.0]), "finite numbers, se above zero"),
        ((1.0, 0.0, [1.0, 2.0]), "se is 0.0"),
        ((1.0, 1.0, [1.0]), "two draws or more"),
        ((1.0, 1.0, [1.0, math.inf]), "not a list of finite numbers"),
        ((1.0, 1.0, [1.0, -2.0]), "1 of 2 draws of the amount are below zero"),
        ((1.0, 1.0, [0.0, 0.0]), "all draws of the amount are zero"),
    ],
)
def test_what_is_refused(given: tuple[float, float, list[float]], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        drawn_ratio(*given)
    with pytest.raises(UsageError, match="level"):
        drawn_ratio(1.0, 1.0, [1.0, 2.0], level=1.0)
    with pytest.raises(UsageError, match="degrees"):
        drawn_ratio(1.0, 1.0, [1.0, 2.0], degrees=0.0)
