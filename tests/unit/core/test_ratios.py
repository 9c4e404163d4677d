"""Effects per unit of an amount: known amounts, and Fieller's three kinds of sets by brute force."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from pilotzone.core import UsageError, ratio

Z = stats.norm.ppf(0.975)


def rejected(value: float, effect: float, se: float, amount: float, amount_se: float, covariance: float) -> bool:
    variance = se**2 - 2 * value * covariance + value**2 * amount_se**2
    return (effect - value * amount) ** 2 > Z**2 * variance


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ((4.0, 1.0, 10.0, 1.0, 0.3), "bounded"),
        ((-4.0, 1.0, 10.0, 2.0, -1.0), "bounded"),
        ((0.0, 1.0, 10.0, 2.0, 0.0), "bounded"),
        ((4.0, 1.0, -10.0, 2.0, 0.0), "bounded"),
        ((4.0, 1.0, 1.0, 1.0, 0.0), "all but an interval"),
        ((-4.0, 1.0, 1.0, 1.0, 0.5), "all but an interval"),
        ((4.0, 1.0, 0.0, 1.0, 0.0), "all but an interval"),
        ((1.0, 1.0, 1.0, 1.0, 0.0), "whole line"),
        ((4e100, 1e100, 1e-100, 1e-101, 0.0), "bounded"),
    ],
)
def test_the_set_holds_what_is_not_rejected(given: tuple[float, ...], kind: str) -> None:
    effect, se, amount, amount_se, covariance = given
    found = ratio(effect, se, amount, amount_se=amount_se, covariance=covariance)
    assert (found.kind, found.fieller) == (kind, True)
    ends = [end for item in found.intervals for end in (item.low, item.high) if math.isfinite(end)]
    assert len(ends) == {"bounded": 2, "all but an interval": 2, "whole line": 0}[kind]
    if abs(effect) < 1e50:
        for end in ends:
            variance = se**2 - 2 * end * covariance + end**2 * amount_se**2
            assert (effect - end * amount) ** 2 == pytest.approx(Z**2 * variance, rel=1e-9)
        for value in np.linspace(-30, 30, 2001).tolist():
            if all(abs(value - end) > 1e-9 for end in ends):
                assert (value in found) != rejected(value, effect, se, amount, amount_se, covariance)


def test_on_the_border_the_set_has_one_end() -> None:
    high, low = ratio(4.0, 1.0, Z, amount_se=1.0), ratio(-4.0, 1.0, Z, amount_se=1.0)
    assert (high.kind, low.kind) == ("one side", "one side")
    end = (16 - Z**2) / (8 * Z)
    assert high.intervals[0].low == pytest.approx(end, rel=1e-9)
    assert low.intervals[0].high == pytest.approx(-end, rel=1e-9)
    assert "unbounded on the other side" in high.words


def test_a_known_amount_divides_the_interval() -> None:
    found = ratio(3.0, 0.5, -2.0, level=0.9, degrees=7, unit="job per MW")
    reach = stats.t.ppf(0.95, 7) * 0.5
    assert (found.intervals[0].low, found.intervals[0].high) == pytest.approx(
        (-(3 + reach) / 2, -(3 - reach) / 2), rel=1e-12
    )
    assert (found.estimate, found.kind, found.fieller) == (-1.5, "bounded", False)
    assert found.words.startswith("90 % interval: -1.97")
    nearly = ratio(3.0, 0.5, -2.0, amount_se=1e-9, level=0.9, degrees=7)
    assert nearly.intervals[0].low == pytest.approx(found.intervals[0].low, rel=1e-7)


def test_unbounded_sets_are_told_as_such() -> None:
    assert "the whole line" in ratio(1.0, 1.0, 1.0, amount_se=1.0).words
    assert "unbounded on both sides" in ratio(4.0, 1.0, 1.0, amount_se=1.0).words
    table = ratio(4.0, 1.0, 1.0, amount_se=1.0).to_table()
    assert table.rows()[0][1] is None
    assert len(table) == 2


def test_the_set_holds_the_truth_as_often_as_it_says() -> None:
    """Fieller's set is exact for normal estimates, here with an amount that is hardly told from zero."""
    rng = np.random.default_rng(5)
    effects, amounts = rng.normal(1.0, 1.0, 5_000), rng.normal(0.5, 1.0, 5_000)
    held = np.mean(
        [2.0 in ratio(e, 1.0, a, amount_se=1.0) for e, a in zip(effects.tolist(), amounts.tolist(), strict=True)]
    )
    assert abs(held - 0.95) < 3 * math.sqrt(0.95 * 0.05 / 5_000)


@pytest.mark.parametrize(
    ("given", "options", "said"),
    [
        ((math.nan, 1.0, 1.0), {}, "effect is nan"),
        ((1.0, -1.0, 1.0), {}, "se is -1.0"),
        ((1.0, 1.0, 0.0), {}, "the amount is zero"),
        ((1.0, 1.0, 1.0), {"amount_se": 1.0, "covariance": 1.1}, "the covariance is 1.1"),
        ((1.0, 1.0, 1.0), {"level": 1.0}, "level is 1.0"),
        ((1.0, 1.0, 1.0), {"degrees": 0.0}, "degrees is 0.0"),
    ],
)
def test_what_cannot_be_is_refused(given: tuple[float, ...], options: dict[str, float], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        ratio(*given, **options)  # type: ignore[arg-type]
