"""Weights shared over outcomes: independent programmes with the definition written down once more.

- cvxpy with Clarabel minimises the mean over outcomes of the mean squared gap, each over its squared spread, with a
  level of each outcome as a variable of its own.
- pysyncon's Synth takes every fitted period of every outcome as a predictor, demeaned in its own unit of measure, with
  a V of one over spread squared and number of periods; its general optimiser stops early.
- mlsynth's SCMO (`concatenated`) divides every column by its standard deviation over units and takes off no mean. On
  panels in which all of these standard deviations are the same and no unit has a level, both definitions are one.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from tests.golden.interior_point import TIGHT
from tests.golden.prop99 import load_prop99

from pilotzone.evaluation.few.weights.shared import SharedSolution, solve_shared_batch

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

cp: Any = import_module("cvxpy")
pysyncon: Any = import_module("pysyncon")


def spread(paths: Floats) -> float:
    """Return the spread of an outcome, as it is defined, entry by entry."""
    units, periods = paths.shape
    total = 0.0
    for i in range(units):
        for t in range(periods):
            total += (paths[i, t] - paths[i].mean() - paths[:, t].mean() + paths.mean()) ** 2
    return float(np.sqrt(total / (units * periods)))


def objective(outcomes: list[Floats], weights: Floats) -> float:
    """Return what weights on the donors leave: the mean over outcomes of mean squared gaps over squared spreads."""
    parts = []
    for paths in outcomes:
        gaps = paths[0] - weights @ paths[1:]
        parts.append(np.var(gaps) / spread(paths) ** 2)
    return float(np.mean(parts))


def by_interior_point(outcomes: list[Floats]) -> Floats:
    weights = cp.Variable(len(outcomes[0]) - 1, nonneg=True)
    loss = 0.0
    for paths in outcomes:
        gaps = (paths[0] - cp.Variable() - paths[1:].T @ weights) / spread(paths)
        loss += cp.sum_squares(gaps) / paths.shape[1] / len(outcomes)
    cp.Problem(cp.Minimize(loss), [cp.sum(weights) == 1]).solve(solver=cp.CLARABEL, **TIGHT)
    found: Floats = weights.value
    return found


def by_pysyncon(outcomes: list[Floats]) -> Floats:
    demeaned = [paths - paths.mean(axis=1, keepdims=True) for paths in outcomes]
    table = pd.DataFrame(np.hstack(demeaned).T)
    importance = np.concatenate([np.full(p.shape[1], 1 / spread(p) ** 2 / p.shape[1]) for p in outcomes])
    # It scales predictors itself, by their standard deviations over all units; V undoes that.
    deviations = table.std(axis=1, ddof=1).to_numpy()
    found = pysyncon.Synth()
    donors, own = table.iloc[:, 1:], table.iloc[:, 0]
    found.fit(X0=donors, X1=own, Z0=donors, Z1=own, custom_V=importance * deviations**2)
    weights: Floats = found.W
    return weights


def ours(outcomes: list[Floats]) -> SharedSolution:
    return solve_shared_batch(outcomes, [0], np.arange(len(outcomes[0]))[None] != 0)


def random_outcomes(seed: int) -> list[Floats]:
    """Draw two to four outcomes of the same units with common factors, other lengths and other units of measure."""
    rng = np.random.default_rng(seed)
    units = int(rng.integers(4, 20))
    loadings = rng.normal(size=(units, 2))
    found = []
    for _ in range(int(rng.integers(2, 5))):
        periods = int(rng.integers(4, 15))
        common = rng.normal(size=(2, periods)).cumsum(axis=1)
        paths = loadings @ common + 0.5 * rng.normal(size=(units, periods)) + rng.normal(0, 3, (units, 1))
        found.append(10.0 ** rng.integers(-3, 4) * (paths + np.arange(periods)))
    return found


@pytest.mark.parametrize("seed", range(20))
def test_an_interior_point_programme_gives_the_same_weights(seed: int) -> None:
    outcomes = random_outcomes(seed)
    found, expected = ours(outcomes), by_interior_point(outcomes)
    np.testing.assert_allclose(found.spreads, [spread(paths) for paths in outcomes], rtol=1e-12)
    assert objective(outcomes, found.weights[0, 1:]) <= objective(outcomes, expected) * (1 + 1e-12)
    assert found.unique[0]
    np.testing.assert_allclose(found.weights[0, 1:], expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_pysyncon_with_the_scaling_as_its_v_comes_as_near_as_it_gets(seed: int) -> None:
    outcomes = random_outcomes(seed)
    found, expected = ours(outcomes).weights[0, 1:], by_pysyncon(outcomes)
    best = objective(outcomes, found)
    # It can leave the simplex by a little, and by that gain a little.
    assert objective(outcomes, expected / expected.sum()) == pytest.approx(best, rel=1e-5)
    np.testing.assert_allclose(found, expected, rtol=0, atol=5e-3)


def test_packs_and_their_yearly_changes() -> None:
    """Real data, and outcomes of other lengths: packs sold per head before 1989, and by how much they changed."""
    prop99 = load_prop99()
    who = prop99.california
    order = [who, *(k for k in range(len(prop99.packs)) if k != who)]
    early = prop99.packs[order][:, prop99.before]
    outcomes = [early, np.diff(early, axis=1)]
    found, expected = ours(outcomes), by_interior_point(outcomes)
    np.testing.assert_allclose(found.weights[0, 1:], expected, rtol=0, atol=1e-6)
    assert objective(outcomes, found.weights[0, 1:]) <= objective(outcomes, expected) * (1 + 1e-12)


# --------------------------------------------------------------------------------------------------------- mlsynth


def balanced(seed: int, units: int = 8, periods: int = 9) -> Floats:
    """Draw an outcome without levels, whose standard deviation over units is one in every period."""
    rng = np.random.default_rng(seed)
    common = rng.normal(size=(2, periods)).cumsum(axis=1)
    paths: Floats = rng.normal(size=(units, 2)) @ common + 0.5 * rng.normal(size=(units, periods))
    for _ in range(2000):
        paths = paths - paths.mean(axis=1, keepdims=True)
        paths = paths - paths.mean(axis=0)
        paths = paths / paths.std(axis=0, ddof=1)
    return paths


MLSYNTH = (0.042324038, 0.191887269, 0.123093732, 0.306903993, 0.253186487, 0.0, 0.082604481)
"""Weights by mlsynth 1.0.0: SCMO(schemes=["concatenated"], demean=True) on balanced(1) and balanced(2), unit 0 treated
after nine periods; computed once, since its dependencies are not part of this project's."""


def test_mlsynth_gives_the_same_where_definitions_agree() -> None:
    outcomes = [balanced(1), balanced(2)]
    for paths in outcomes:
        np.testing.assert_allclose(paths.std(axis=0, ddof=1), 1.0, rtol=1e-12)
        np.testing.assert_allclose(paths.mean(axis=1), 0.0, rtol=0, atol=1e-12)
    np.testing.assert_allclose(ours(outcomes).weights[0, 1:], MLSYNTH, rtol=0, atol=1e-8)
    # Levels and units of measure make no difference here; there they do.
    levels = np.random.default_rng(0).normal(size=(8, 1))
    moved = [1000 * outcomes[0] + levels, outcomes[1]]
    np.testing.assert_allclose(ours(moved).weights[0, 1:], MLSYNTH, rtol=0, atol=1e-8)
