"""What holds for verdicts by a covariance, whatever the effects: units, order, margins and levels."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.judge.builders import make_many

from pilotzone.core import EffectCovariance, JointEffects, Outcome
from pilotzone.judgement import judge

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from numpy.typing import NDArray

    from pilotzone.core import Combine, Direction, Familywise, Role
    from pilotzone.judgement import Verdict

MANY = settings(max_examples=60, deadline=None)
LEVELS = st.sampled_from([0.01, 0.05, 0.1, 0.3, 0.49])
RULES = st.sampled_from(["all", "any"])
TURNED: dict[Direction, Direction] = {"up": "down", "down": "up"}
FAMILYWISE = st.sampled_from(["sup-t", "holm"])


@st.composite
def effects(draw: st.DrawFn, *, most: int = 2) -> JointEffects:
    """Draw up to two outcomes of each role, their effects, and a covariance that may be singular."""
    gains, harms = draw(st.integers(1, most)), draw(st.integers(1, most))
    roles: list[Role] = ["development" if k < gains else "environment" for k in range(gains + harms)]
    outcomes = [
        Outcome(f"y{k}", role, draw(st.sampled_from(["up", "down"])), draw(st.sampled_from([0.5, 1.0, 3.0])), "level")
        for k, role in enumerate(roles)
    ]
    count = len(roles)
    whole = st.integers(-3, 3)
    root = np.array(draw(st.lists(whole, min_size=count * count, max_size=count * count)), dtype=float)
    matrix = root.reshape(count, count) @ root.reshape(count, count).T + 0.25 * np.eye(count)
    estimate = np.array(draw(st.lists(st.integers(-12, 12), min_size=count, max_size=count)), dtype=float)
    return make_many(outcomes, estimate, matrix, degrees=draw(st.sampled_from([None, 4.0])))


def moved(
    found: JointEffects, outcomes: Sequence[Outcome], turn: NDArray[np.float64], order: Sequence[int]
) -> JointEffects:
    """Return effects times `turn`, with other outcomes, in another order."""
    spread: EffectCovariance | None = found.covariance
    assert spread is not None
    at = list(order)
    matrix = (spread.matrix * np.outer(turn, turn))[np.ix_(at, at)]
    return replace(
        found,
        outcomes=tuple(outcomes[k] for k in at),
        estimate=(found.estimate * turn)[at],
        covariance=replace(spread, matrix=matrix),
    )


def numbers(verdict: Verdict) -> list[float]:
    """Return all p-values, outcomes by name; with two outcomes of a role they are exact."""
    found = [verdict.p_claim, verdict.p_development, verdict.p_safeguards, verdict.p_harm]
    for test in sorted(verdict.tests, key=lambda test: test.outcome.name):
        assert test.p_adjusted is not None
        found += [test.p_improved, test.p_worsened, test.p_harm_excluded, test.p_harm_shown, test.p_adjusted]
    return found


def shares(verdict: Verdict) -> list[float]:
    found = verdict.quadrants
    assert found is not None
    return [found.gain_within, found.gain_beyond, found.no_gain_within, found.no_gain_beyond]


def error(*verdicts: Verdict) -> float:
    """Return the standard error of the difference of their shares: zero with two outcomes."""
    return float(sum(item.quadrants.error**2 for item in verdicts if item.quadrants) ** 0.5)


@MANY
@given(effects(), RULES, FAMILYWISE, st.integers(-3, 3), st.randoms(use_true_random=False))
def test_units_directions_and_order_do_not_matter(
    found: JointEffects, rule: Combine, familywise: Familywise, power: int, random: Random
) -> None:
    """An outcome in another unit, or turned round with its direction, is the same outcome."""
    turn = np.array([random.choice([-1, 1]) * 10.0**power for _ in found.outcomes])
    outcomes = [
        replace(
            item,
            good=item.good if t > 0 else TURNED[item.good],
            margin=(item.margin or 0) * abs(t),
        )
        for item, t in zip(found.outcomes, turn, strict=True)
    ]
    order = list(range(len(outcomes)))
    random.shuffle(order)
    other = moved(found, outcomes, turn, order)
    one, two = (judge(item, development=rule, familywise=familywise) for item in (found, other))
    np.testing.assert_allclose(numbers(one), numbers(two), rtol=1e-7, atol=1e-12)
    np.testing.assert_allclose(shares(one), shares(two), rtol=0, atol=1e-14 + 8 * error(one, two))
    by_name = {test.outcome.name: (test, scale) for test, scale in zip(one.tests, np.abs(turn), strict=True)}
    for test in two.tests:
        before, scale = by_name[test.outcome.name]
        assert before.smallest_excluded_margin is not None
        assert test.smallest_excluded_margin is not None
        size = abs(before.smallest_excluded_margin) + abs(before.estimate)
        assert abs(test.smallest_excluded_margin / scale - before.smallest_excluded_margin) <= 1e-12 * size
    assert one.label == two.label


@MANY
@given(effects(), RULES, FAMILYWISE, LEVELS, LEVELS)
def test_a_wider_level_takes_nothing_back(
    found: JointEffects, rule: Combine, familywise: Familywise, one: float, other: float
) -> None:
    low, high = (judge(found, alpha=a, development=rule, familywise=familywise) for a in sorted((one, other)))
    assert (low.p_claim, low.p_harm) == (high.p_claim, high.p_harm)
    if low.label == "green growth":
        assert high.label == "green growth"
    if low.label in {"growth at a cost", "harm without growth"}:
        assert high.label in {"growth at a cost", "harm without growth"}
    for before, after in zip(low.tests, high.tests, strict=True):
        assert before.smallest_excluded_margin is not None
        assert after.smallest_excluded_margin is not None
        assert after.smallest_excluded_margin <= before.smallest_excluded_margin


@MANY
@given(effects(), RULES, st.sampled_from([1.0, 1.5, 10.0]))
def test_a_wider_margin_excludes_more_and_shows_less(found: JointEffects, rule: Combine, factor: float) -> None:
    wider = replace(found, outcomes=tuple(replace(item, margin=(item.margin or 0) * factor) for item in found.outcomes))
    one, other = (judge(item, development=rule) for item in (found, wider))
    assert other.p_safeguards <= one.p_safeguards
    assert other.p_harm >= one.p_harm * (1 - 1e-3)  # an estimate where three outcomes or more are tested at once
    assert other.p_development == one.p_development
    if one.label == "green growth":
        assert other.label == "green growth"


@MANY
@given(effects(), RULES, FAMILYWISE, LEVELS)
def test_p_values_order_as_they_must(found: JointEffects, rule: Combine, familywise: Familywise, alpha: float) -> None:
    verdict = judge(found, alpha=alpha, development=rule, familywise=familywise)
    gains = [test.p_improved for test in verdict.tests if test.outcome.role == "development"]
    shown = [test.p_harm_shown for test in verdict.tests if test.outcome.role == "environment"]
    assert verdict.p_claim == max(verdict.p_development, verdict.p_safeguards)
    assert min(shown) * (1 - 1e-12) <= verdict.p_harm <= min(1.0, len(shown) * min(shown)) * (1 + 1e-12)
    if rule == "any":
        assert min(gains) * (1 - 1e-12) <= verdict.p_development <= min(1.0, len(gains) * min(gains)) * (1 + 1e-12)
    else:
        assert verdict.p_development == max(gains)
    assert not (verdict.p_harm <= alpha and verdict.p_safeguards <= alpha)
    for test in verdict.tests:
        assert test.smallest_excluded_margin is not None
        assert test.outcome.margin is not None
        assert (test.smallest_excluded_margin <= test.outcome.margin) == (test.p_harm_excluded <= alpha) or (
            abs(test.p_harm_excluded - alpha) < 1e-12
        )
