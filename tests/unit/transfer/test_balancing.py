"""Balancing weights against solvers of the primal problem, and odds against a likelihood."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize

from pilotzone.core import MethodError
from pilotzone.transfer import effective_size, entropy_weights, odds_weights
from pilotzone.transfer.balancing import participation


# Before SciPy 1.16 that solver's steps may leave its bounds by rounding errors, which it clips with a warning.
@pytest.mark.filterwarnings("ignore:Values in x were outside bounds:RuntimeWarning")
@pytest.mark.parametrize("seed", range(4))
def test_the_primal_by_another_solver(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(14, 2))
    target = rng.dirichlet(np.ones(14)) @ values
    base = rng.uniform(0.5, 2, 14)
    found = entropy_weights(values, target, base)
    assert found is not None
    assert found.sum() == pytest.approx(1, abs=1e-12)
    assert found @ values == pytest.approx(target, abs=1e-10)
    q = base / base.sum()

    def distance(w: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
        return float((w * np.log(w / q)).sum())

    solve: Any = minimize  # its stubs know no constraints given as data
    primal = solve(
        distance,
        [float(cell) for cell in q],
        method="SLSQP",
        jac=lambda w: np.log(w / q) + 1,
        bounds=[(1e-12, 1.0)] * 14,
        constraints={"type": "eq", "fun": lambda w: np.append(w @ values - target, w.sum() - 1)},
        options={"ftol": 1e-15, "maxiter": 1000},
    )
    assert found == pytest.approx(primal.x, abs=1e-6)
    assert float((found * np.log(found / q)).sum()) <= primal.fun + 1e-10


def test_equal_weights_where_nothing_is_to_be_done() -> None:
    values = np.random.default_rng(0).normal(size=(9, 3))
    assert entropy_weights(values, values.mean(axis=0)) == pytest.approx(np.full(9, 1 / 9), abs=1e-12)


@pytest.mark.parametrize("target", [[3.0], [1.0 + 1e-9], [-0.5]])
def test_outside_there_are_none(target: list[float]) -> None:
    assert entropy_weights(np.array([[0.0], [0.4], [1.0]]), np.array(target)) is None


def test_two_values_have_a_closed_form() -> None:
    found = entropy_weights(np.array([[0.0], [0.0], [0.0], [1.0]]), np.array([0.7]))
    assert found == pytest.approx([0.1, 0.1, 0.1, 0.7], abs=1e-12)
    assert found is not None
    assert effective_size(found) == pytest.approx(1 / 0.52)


def test_participation_by_likelihood() -> None:
    rng = np.random.default_rng(2)
    sample, target = rng.normal(size=(40, 2)), rng.normal(0.4, 1, size=(30, 2))
    x = np.column_stack([np.ones(70), np.vstack([sample, target])])
    seen = np.repeat([1.0, 0.0], [40, 30])

    def loss(at: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
        return float(np.logaddexp(0, x @ at).sum() - seen @ (x @ at))

    best = minimize(loss, [0.0, 0.0, 0.0], method="BFGS", options={"gtol": 1e-9})
    coefficients, p = participation(sample, target)
    assert coefficients == pytest.approx(best.x, abs=1e-5)
    assert x.T @ (seen - p) == pytest.approx(np.zeros(3), abs=1e-9)
    odds = (1 - p[:40]) / p[:40]
    assert odds_weights(sample, target) == pytest.approx(odds / odds.sum(), rel=1e-12)


def test_groups_that_are_told_apart_are_refused() -> None:
    with pytest.raises(MethodError, match="without error"):
        odds_weights(np.arange(5.0)[:, None], np.arange(6.0, 11.0)[:, None])
