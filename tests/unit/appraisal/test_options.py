"""Real options: published values, closed forms, and all paths and policies by enumeration."""

from __future__ import annotations

import math
from itertools import product
from typing import TypedDict

import numpy as np
import pytest
from scipy import optimize, stats

from pilotzone.appraisal import Stage, build_in_stages, lattice_option, perpetual_option, value_of_waiting
from pilotzone.core import UsageError


class Terms(TypedDict):
    value: float
    investment: float
    rate: float
    payout: float
    volatility: float


DIXIT_PINDYCK: Terms = {"value": 1.0, "investment": 1.0, "rate": 0.04, "payout": 0.04, "volatility": 0.2}


def test_the_widget_plant() -> None:
    """Dixit and Pindyck 1994, chapter 2."""
    found = value_of_waiting(investment=1600, income_now=200, income_up=300, income_down=100, chance_up=0.5, rate=0.1)
    assert (found.now, found.later, found.value) == pytest.approx((600, 772.7272727, 172.7272727), abs=5e-8)
    assert found.waits
    # Summing the incomes of 600 years, one by one.
    brute = -1600 + sum(200 / 1.1**k for k in range(600))
    assert found.now == pytest.approx(brute, abs=1e-9)
    never = value_of_waiting(investment=9000, income_now=200, income_up=300, income_down=100, chance_up=0.5, rate=0.1)
    assert (never.later, never.value, never.waits) == (0, 0, False)
    sure = value_of_waiting(investment=1600, income_now=200, income_up=200, income_down=200, chance_up=1, rate=0.1)
    assert not sure.waits


def test_the_option_that_never_ends() -> None:
    """Dixit and Pindyck 1994, chapter 5: value matching and smooth pasting, and the differential equation."""
    found = perpetual_option(**DIXIT_PINDYCK)
    assert (found.beta, found.trigger, found.value, found.invest) == pytest.approx((2, 2, 0.25, False), abs=1e-14)
    terms = {"investment": 3.0, "rate": 0.05, "payout": 0.03, "volatility": 0.35}
    at = perpetual_option(value=2.0, **terms)
    above, below = (perpetual_option(value=at.trigger * 3 * factor, **terms).value for factor in (1 + 1e-7, 1 - 1e-7))
    assert above == pytest.approx(below, rel=1e-6)
    step = 1e-3
    values = [perpetual_option(value=2 + k * step, **terms).value for k in (-1, 0, 1)]
    slope, bend = (values[2] - values[0]) / (2 * step), (values[2] - 2 * values[1] + values[0]) / step**2
    assert 0.5 * 0.35**2 * 4 * bend + (0.05 - 0.03) * 2 * slope - 0.05 * values[1] == pytest.approx(0, abs=1e-6)
    now = perpetual_option(value=100, **terms)
    assert now.invest
    assert now.value == 97


def test_a_lattice_comes_to_the_option_that_never_ends() -> None:
    """After 150 years it is worth 1e-5 less; nodes miss the trigger by less than a step, here and there."""
    for step in (0.2, 0.1, 0.05, 0.025):
        missing = 0.25 - lattice_option(**DIXIT_PINDYCK, years=150, steps=round(150 / step))
        assert 0 < missing < 0.005 * step


@pytest.mark.parametrize("value", [0.7, 1.0, 1.6])
def test_a_lattice_comes_to_black_scholes_and_merton(value: float) -> None:
    rate, payout, volatility, years = 0.05, 0.02, 0.3, 4.0
    width = volatility * math.sqrt(years)
    first = (math.log(value) + (rate - payout + volatility**2 / 2) * years) / width
    closed = value * math.exp(-payout * years) * stats.norm.cdf(first) - math.exp(-rate * years) * stats.norm.cdf(
        first - width
    )
    terms: Terms = {"value": value, "investment": 1.0, "rate": rate, "payout": payout, "volatility": volatility}
    # Neighbouring numbers of steps err to both sides.
    found = [lattice_option(**terms, years=years, steps=steps, exercise="european") for steps in (2_000, 2_001)]
    assert np.mean(found) == pytest.approx(closed, abs=2e-5)
    # Who may invest at any time has no less, and without a payout no more.
    assert lattice_option(**terms, years=years, steps=300) >= lattice_option(
        **terms, years=years, steps=300, exercise="european"
    )
    free: Terms = {**terms, "payout": 0.0}
    assert lattice_option(**free, years=years, steps=300) == pytest.approx(
        lattice_option(**free, years=years, steps=300, exercise="european"), rel=1e-12
    )


def by_policies(terms: Terms, years: float, steps: int) -> float:
    """Return the value of the best of all rules that say at each node whether to invest, by all paths."""
    step = years / steps
    up = math.exp(terms["volatility"] * math.sqrt(step))
    chance = (math.exp((terms["rate"] - terms["payout"]) * step) - 1 / up) / (up - 1 / up)
    nodes = [(t, k) for t in range(steps + 1) for k in range(t + 1)]
    best = -math.inf
    for rule in product((False, True), repeat=len(nodes)):
        chosen, total = dict(zip(nodes, rule, strict=True)), 0.0
        for path in product((0, 1), repeat=steps):
            weight = math.prod(chance if move else 1 - chance for move in path)
            for t in range(steps + 1):
                k = sum(path[:t])
                if chosen[t, k]:
                    gain = terms["value"] * up ** (2 * k - t) - terms["investment"]
                    total += weight * math.exp(-terms["rate"] * t * step) * gain
                    break
        best = max(best, total)
    return best


def test_a_lattice_finds_the_best_of_all_rules() -> None:
    terms: Terms = {"value": 1.1, "investment": 1.0, "rate": 0.05, "payout": 0.08, "volatility": 0.4}
    brute = by_policies(terms, years=3.0, steps=3)
    assert lattice_option(**terms, years=3.0, steps=3) == pytest.approx(brute, abs=1e-14)


def test_stages_by_all_paths() -> None:
    """The tree that does not recombine, and at each stage both choices."""
    value, rate, payout, volatility, steps = 10.0, 0.06, 0.03, 0.5, 8
    stages = (Stage(0, 1.0, 0.1), Stage(2, 4.0, 0.4), Stage(4, 6.0, 0.5))
    step = 4 / steps
    up = math.exp(volatility * math.sqrt(step))
    chance = (math.exp((rate - payout) * step) - 1 / up) / (up - 1 / up)
    decided = {round(stage.year / step): stage for stage in stages}

    def worth(now: int, at: float) -> tuple[float, list[float]]:
        after, chances = 0.0, [0.0, 0.0, 0.0]
        if now < steps:
            (high, ups), (low, downs) = worth(now + 1, at * up), worth(now + 1, at / up)
            after = math.exp(-rate * step) * (chance * high + (1 - chance) * low)
            chances = [chance * one + (1 - chance) * other for one, other in zip(ups, downs, strict=True)]
        if now in decided:
            gain = decided[now].share * at - decided[now].cost + after
            if gain <= 0:
                return 0.0, [0.0, 0.0, 0.0]
            chances[list(decided).index(now)] = 1.0
            return gain, chances
        return after, chances

    brute, chances = worth(0, value)
    found = build_in_stages(stages, value=value, rate=rate, payout=payout, volatility=volatility, steps=steps)
    assert found.staged == pytest.approx(brute, abs=1e-13)
    assert found.chances == pytest.approx(chances, abs=1e-14)
    committed = sum(s.share * value * math.exp(-payout * s.year) - s.cost * math.exp(-rate * s.year) for s in stages)
    assert found.committed == pytest.approx(committed, abs=1e-14)
    assert found.value == pytest.approx(brute - max(committed, 0))
    assert found.to_table().columns["stage"] == (1, 2, 3)


def test_two_stages_come_to_geske() -> None:
    """Geske 1979: a call on a call, in closed form."""
    value, rate, payout, volatility = 10.0, 0.05, 0.03, 0.3
    first, last, entry, cost = 1.0, 3.0, 1.2, 9.0

    def call(at: float) -> float:
        width = volatility * math.sqrt(last - first)
        d = (math.log(at / cost) + (rate - payout + volatility**2 / 2) * (last - first)) / width
        return float(
            at * math.exp(-payout * (last - first)) * stats.norm.cdf(d)
            - cost * math.exp(-rate * (last - first)) * stats.norm.cdf(d - width)
        )

    trigger = optimize.brentq(lambda at: call(at) - entry, 1, 100, xtol=1e-13)
    widths = volatility * math.sqrt(first), volatility * math.sqrt(last)
    d1 = (math.log(value / trigger) + (rate - payout + volatility**2 / 2) * first) / widths[0]
    d2 = (math.log(value / cost) + (rate - payout + volatility**2 / 2) * last) / widths[1]
    law = stats.multivariate_normal([0, 0], [[1, math.sqrt(first / last)], [math.sqrt(first / last), 1]])
    closed = (
        value * math.exp(-payout * last) * law.cdf([d1, d2])
        - cost * math.exp(-rate * last) * law.cdf([d1 - widths[0], d2 - widths[1]])
        - entry * math.exp(-rate * first) * stats.norm.cdf(d1 - widths[0])
    )
    stages = (Stage(first, entry, 0.0), Stage(last, cost, 1.0))
    found = [
        build_in_stages(stages, value=value, rate=rate, payout=payout, volatility=volatility, steps=steps)
        for steps in (3_000, 3_003)
    ]
    assert np.mean([item.staged for item in found]) == pytest.approx(closed, abs=1e-3)
    assert found[0].chances[0] == pytest.approx(stats.norm.cdf(d1 - widths[0]), abs=0.01)


def test_without_doubt_stages_are_worth_nothing() -> None:
    found = build_in_stages([Stage(0, 3, 0.5), Stage(1, 3, 0.5)], value=10, rate=0.03, payout=0.03, volatility=0.01)
    assert found.value == pytest.approx(0, abs=1e-12)
    assert found.staged == pytest.approx(found.committed)
    one = build_in_stages([Stage(0, 3, 1)], value=2, rate=0.03, payout=0.03, volatility=0.2)
    assert (one.staged, one.committed, one.value, one.chances) == (0, -1, 0, (0.0,))


@pytest.mark.parametrize("name", ["value", "investment", "rate", "payout", "volatility"])
def test_parameters_that_are_none(name: str) -> None:
    terms: dict[str, float] = {key: 0.0 if key == name else float(DIXIT_PINDYCK[key]) for key in Terms.__annotations__}  # type: ignore[literal-required]
    with pytest.raises(UsageError, match=f"the {name} of an option"):
        perpetual_option(**terms)


def test_what_is_refused() -> None:
    with pytest.raises(UsageError, match="take more steps"):
        lattice_option(value=1, investment=1, rate=0.3, payout=0, volatility=0.05, years=10, steps=5)
    with pytest.raises(UsageError, match="chance of the higher income"):
        value_of_waiting(investment=1, income_now=1, income_up=1, income_down=1, chance_up=1.2, rate=0.1)
    for stages, words in (
        ([], "no stage is given"),
        ([Stage(1, 1, 0.5), Stage(1, 1, 0.5)], "later than"),
        ([Stage(-1, 1, 1)], "before now"),
        ([Stage(0, -1, 1)], "zero or more"),
        ([Stage(0, 1, 0.5)], "sum to 0.5"),
    ):
        with pytest.raises(UsageError, match=words):
            build_in_stages(stages, value=1, rate=0.03, payout=0, volatility=0.2)
    with pytest.raises(UsageError, match="fall on one"):
        build_in_stages(
            [Stage(0, 1, 0.2), Stage(0.01, 1, 0.2), Stage(9, 1, 0.6)],
            value=1,
            rate=0.03,
            payout=0,
            volatility=0.2,
            steps=10,
        )
