"""Criteria that vary together: shares of each by itself, against closed forms and another estimator."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import ndtr

from pilotzone.sampling import shapley_effects
from pilotzone.site import Alternatives, Criterion, CriterionValue, WeightSpace, alternatives_of
from pilotzone.site.sensitivity import sobol_of_winner
from pilotzone.site.unknowns import Quantity

Floats = NDArray[np.float64]
Spots = list[tuple[str, dict[str, CriterionValue], dict[str, Quantity]]]
RHO = 0.8


def beside_a_certain_place(weights: tuple[float, ...], rho: float = RHO) -> tuple[Alternatives, WeightSpace]:
    """X has ranges from 0 to 1 on each criterion, of which a and b vary together; y is in their middle."""
    names = "abc"[: len(weights)]
    criteria = [Criterion(name, "up", scale=(0, 1)) for name in names]
    ends = {"x": (0.0, 1.0), "y": (0.5, 0.5)}
    spots: Spots = [
        (place, {name: CriterionValue(place, name, *ends[place], "1", "yours", "a test") for name in names}, {})
        for place in "xy"
    ]
    found = alternatives_of(spots, criteria, correlations={("a", "b"): rho} if rho else {})
    return found, WeightSpace({name: (w, w) for name, w in zip(names, weights, strict=True)})


def test_shares_by_swapped_columns_are_wrong_where_criteria_vary_together() -> None:
    """X is first where two normal scores sum to more than zero; so the share due to one alone is known.

    Shares of a swapped column see a correlation of sums of sqrt(1 + rho) / 2, and not of (1 + rho) / 2.
    """
    given, space = beside_a_certain_place((0.5, 0.5))
    right, wrong = 2 / np.pi * np.arcsin((1 + RHO) / 2), 2 / np.pi * np.arcsin(np.sqrt(1 + RHO) / 2)
    taken_apart = replace(given, unknowns=tuple(replace(item, group=item.apart) for item in given.unknowns))
    swapped = sobol_of_winner(taken_apart, 0, space=space, samples=6_000)
    assert swapped.groups == ("a", "b")
    np.testing.assert_allclose(swapped.first, wrong, atol=4 * swapped.first_error.max())
    assert abs(right - wrong) > 0.2
    # As it is they are one group, which decides alone, and each has half of it.
    found = sobol_of_winner(given, 0, space=space, samples=6_000)
    assert found.groups == ("a, b",)
    np.testing.assert_allclose([found.first[0], found.total[0]], 1.0, atol=0.05)
    assert found.apart is not None
    assert found.apart.groups == ("a", "b")
    np.testing.assert_allclose(found.apart.effects, 0.5, atol=4 * found.apart.errors.max())
    assert found.apart.effects.sum() == pytest.approx(1, abs=1e-14)


@pytest.mark.parametrize("rho", [0.5, -0.9])
def test_a_criterion_without_weight_has_what_it_tells_of_the_other(rho: float) -> None:
    """X is first where a is above its middle: b has half of what it tells, arcsin(rho^2) / pi."""
    given, space = beside_a_certain_place((1.0, 0.0), rho)
    apart = sobol_of_winner(given, 0, space=space, samples=6_000).apart
    assert apart is not None
    expected = np.arcsin(rho**2) / np.pi
    np.testing.assert_allclose(apart.effects, [1 - expected, expected], atol=4 * apart.errors.max())
    np.testing.assert_allclose(apart.effects, [1 - expected, expected], atol=0.02)


def test_shares_with_places_that_have_something_in_common() -> None:
    """By another estimator (all sets), which knows the covariance of all scores from draws of them."""
    names = ("a", "b", "c")
    criteria = [Criterion(name, "up", scale=(0, 1)) for name in names]
    spots: Spots = [
        (place, {name: CriterionValue(place, name, 0.0, 1.0, "1", "yours", "a test") for name in names}, {})
        for place in "xyz"
    ]
    given = alternatives_of(
        spots, criteria, common={"a": 0.7, "b": 0.2}, correlations={("a", "b"): 0.7, ("b", "c"): -0.5}
    )
    weights = np.array([0.5, 0.2, 0.3])
    space = WeightSpace({name: (w, w) for name, w in zip(names, weights, strict=True)})
    apart = sobol_of_winner(given, 0, space=space, samples=6_000).apart
    assert apart is not None
    assert apart.groups == names

    def first(scores: Floats) -> Floats:
        score = ndtr(scores.reshape(-1, 3, 3)) @ weights
        return np.asarray(score.argmax(axis=1) == 0, dtype=np.float64)

    drawn = given.scores(0, 400_000, 5).reshape(-1, 9)
    other = shapley_effects(
        first, {name: [k, k + 3, k + 6] for k, name in enumerate(names)}, correlation=np.corrcoef(drawn.T)
    )
    error = np.sqrt(apart.errors**2 + other.errors**2)
    assert (np.abs(apart.effects - other.effects) < 4.5 * error + 0.002).all()
    assert error.max() < 0.02


def test_with_weights_that_vary() -> None:
    given, _ = beside_a_certain_place((0.3, 0.3, 0.4))
    found = sobol_of_winner(given, 0)
    assert found.groups == ("weights", "a, b", "c")
    assert found.apart is not None
    assert found.apart.groups == ("weights", "a", "b", "c")
    assert found.apart.effects.sum() == pytest.approx(1, abs=1e-14)
    assert found.apart.mean == pytest.approx(found.share, abs=0.05)
    # Two that vary together have together no more than their group with its interactions, and no less than alone.
    both = found.apart.effects[1:3].sum()
    slack = 4 * found.total_error[1]
    assert found.first[1] - slack < both < found.total[1] + slack


def test_nothing_is_told_apart_where_nothing_varies_together_or_nothing_varies() -> None:
    given, space = beside_a_certain_place((0.5, 0.5), 0.0)
    assert sobol_of_winner(given, 0, space=space, samples=50).apart is None
    given, space = beside_a_certain_place((0.0, 0.0, 1.0))
    above = replace(given, low=np.where(given.low == 0.0, 0.9, given.low))
    assert sobol_of_winner(above, 0, space=space, samples=50).apart is None
