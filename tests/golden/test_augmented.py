"""Ridge-augmented synthetic control: an independent implementation (pysyncon), with what differs in definition named.

Two things differ from pysyncon's AugSynth, and each is held by a test:

- Its cross-validation leaves out every period but the last, as does the authors' package; here the last is left out
  too. Its own method does so as well when told of one period more than there is.
- Its grid begins one step above the largest squared singular value; here it begins there, as the authors' does.

Its simplex weights come from a general optimiser that stops early; they are replaced by an interior-point solver's.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from tests.golden.interior_point import nearest_weights
from tests.golden.prop99 import Prop99, load_prop99

from pilotzone.evaluation.few.weights.augmented import AugmentedSolution, penalties, solve_augmented_batch

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

pysyncon: Any = import_module("pysyncon")


class Exact(pysyncon.AugSynth):  # type: ignore[misc]  # it has no types
    """The same with simplex weights by an interior-point solver."""

    @staticmethod
    def w_optimize(V_mat: Floats, X0: Floats, X1: Floats, **_options: object) -> tuple[Floats, float]:
        assert (V_mat == np.eye(len(X0))).all()
        return nearest_weights(X0.T, X1), 0.0


@pytest.fixture(scope="module")
def prop99() -> Prop99:
    return load_prop99()


def dataprep(paths: Floats, after: int, target: int) -> Any:  # noqa: ANN401 - it has no types
    """Return the library's own description of a panel: every path, the last `after` periods treated."""
    units, periods = paths.shape
    rows = [(f"{i:02d}", t, paths[i, t]) for i in range(units) for t in range(periods)]
    return pysyncon.Dataprep(
        foo=pd.DataFrame(rows, columns=["unit", "time", "y"]),
        predictors=[],
        predictors_op="mean",
        dependent="y",
        unit_variable="unit",
        time_variable="time",
        treatment_identifier=f"{target:02d}",
        controls_identifier=[f"{i:02d}" for i in range(units) if i != target],
        time_predictors_prior=range(periods - after),
        time_optimize_ssr=range(periods - after),
    )


def by_pysyncon(paths: Floats, after: int, target: int, ridge: float | None) -> Any:  # noqa: ANN401
    found = Exact()
    found.fit(dataprep(paths, after, target), lambda_=ridge, use_covariates=False)
    return found


def ours(paths: Floats, after: int, target: int, ridge: float | None = None) -> AugmentedSolution:
    donors = np.arange(len(paths))[None] != target
    return solve_augmented_batch(paths[:, :-after], [target], donors, ridge=ridge)


def centred(paths: Floats, after: int, target: int) -> tuple[pd.DataFrame, pd.Series[float]]:
    """Return donors and target before, less the donors' means, periods in rows as there."""
    early = paths[:, :-after]
    others = np.delete(early, target, axis=0)
    mean = others.mean(axis=0)
    return pd.DataFrame((others - mean).T), pd.Series(early[target] - mean)


def random_panel(seed: int) -> tuple[Floats, int]:
    rng = np.random.default_rng(seed)
    units, periods = int(rng.integers(4, 30)), int(rng.integers(6, 25))
    common = rng.normal(size=(2, periods)).cumsum(axis=1)
    paths = rng.normal(size=(units, 2)) @ common + rng.normal(size=(units, 1)) + 0.5 * rng.normal(size=(units, periods))
    return paths, int(rng.integers(1, periods - 3))


# ------------------------------------------------------------------------------------------------ a given penalty


@pytest.mark.parametrize("ridge", [1e-2, 1.0, 50.0, 1e4])
def test_prop99_for_a_given_penalty(prop99: Prop99, ridge: float) -> None:
    who = prop99.california
    expected, found = by_pysyncon(prop99.packs, 12, who, ridge), ours(prop99.packs, 12, who, ridge)
    np.testing.assert_allclose(np.delete(found.weights[0], who), expected.W, rtol=0, atol=1e-8)
    assert found.weights[0].min() < 0
    assert found.rmspe[0] == pytest.approx(expected.l2_imbalance / np.sqrt(19), abs=1e-8)
    # The bias that the ridge regression of later years predicts is what the correction takes off.
    late = np.delete(prop99.packs, who, axis=0)[:, -12:]
    taken = np.delete(found.correction[0], who) @ late
    np.testing.assert_allclose(taken, expected.bias_est, rtol=0, atol=1e-6)


@pytest.mark.parametrize("seed", range(20))
def test_random_panels_for_a_given_penalty(seed: int) -> None:
    paths, after = random_panel(seed)
    ridge = 10.0 ** np.random.default_rng(seed).uniform(-2, 2)
    expected, found = by_pysyncon(paths, after, 0, ridge), ours(paths, after, 0, ridge)
    before = paths[1:, :-after]
    np.testing.assert_allclose(found.weights[0, 1:] @ before, expected.W @ before, rtol=0, atol=1e-8)
    np.testing.assert_allclose(found.correction[0, 1:], expected.W - expected.synw, rtol=0, atol=1e-8)
    # A target in the hull has many optimal weights, of which this package takes the shortest; two of these panels do.
    assert found.simplex.unique[0] == (seed not in {7, 11})
    if found.simplex.unique[0]:
        np.testing.assert_allclose(found.weights[0, 1:], expected.W, rtol=0, atol=1e-8)


# ----------------------------------------------------------------------------------------------- its own penalty


def chosen_there(paths: Floats, after: int, target: int, *, last_too: bool) -> float:
    """Return the penalty by the library's cross-validation on this package's grid."""
    others, own = centred(paths, after, target)
    grid = penalties(np.linalg.svd(others, compute_uv=False))
    return float(Exact().cross_validate(others, own, grid, len(own) + last_too).best_lambda())


def test_prop99_chooses_the_same_penalty(prop99: Prop99) -> None:
    who = prop99.california
    found = ours(prop99.packs, 12, who)
    ridge = chosen_there(prop99.packs, 12, who, last_too=True)
    assert found.ridge[0] == pytest.approx(ridge, rel=1e-12)
    expected = by_pysyncon(prop99.packs, 12, who, ridge)
    np.testing.assert_allclose(np.delete(found.weights[0], who), expected.W, rtol=0, atol=1e-8)


@pytest.mark.parametrize("seed", range(5))
def test_random_panels_choose_the_same_penalty(seed: int) -> None:
    paths, after = random_panel(seed)
    assert ours(paths, after, 0).ridge[0] == pytest.approx(chosen_there(paths, after, 0, last_too=True), rel=1e-12)


def test_leaving_out_the_last_period_is_a_difference() -> None:
    """It can matter: else nobody would need to know."""
    paths, after = random_panel(4)
    with_it, without = (chosen_there(paths, after, 0, last_too=last) for last in (True, False))
    assert with_it != without


def test_the_grid_is_the_librarys_moved_by_a_step(prop99: Prop99) -> None:
    others, _ = centred(prop99.packs, 12, prop99.california)
    sizes = np.linalg.svd(others, compute_uv=False)
    there = Exact().generate_lambdas(others)
    np.testing.assert_allclose(penalties(sizes)[:-1], there[1:], rtol=1e-12)
    assert penalties(sizes)[0] == pytest.approx(sizes[0] ** 2, rel=1e-14)
    assert penalties(sizes)[-1] == pytest.approx(1e-8 * sizes[0] ** 2, rel=1e-12)
