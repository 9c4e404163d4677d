"""Matrix completion against a plain soft-impute, a semidefinite programme, and diff-diff's own front door."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cvxpy
import numpy as np
import pandas as pd
import pytest
from tests.golden.soft_impute import levels_of, objective, soft_impute

from pilotzone.evaluation.few.weights import completion
from pilotzone.evaluation.few.weights.completion import solve_completion_batch

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

BEFORE, AFTER = 5, 3
LATE = np.arange(BEFORE + AFTER) >= BEFORE


def draw(seed: int, units: int = 8, size: float = 1.0) -> Floats:
    rng = np.random.default_rng(seed)
    factors = np.cumsum(rng.normal(0, 0.05, (2, BEFORE + AFTER)), axis=1)
    paths: Floats = rng.normal(0, 0.3, (units, 1)) + rng.normal(0.1, 0.05, BEFORE + AFTER).cumsum()
    return size * (paths + rng.normal(size=(units, 2)) @ factors + rng.normal(0, 0.01, paths.shape))


def seen(units: int) -> NDArray[np.bool_]:
    """Return what is observed where unit 0 is the target."""
    mask = np.ones((units, BEFORE + AFTER), dtype=bool)
    mask[0, BEFORE:] = False
    return mask


def solve(paths: Floats, penalty: float | None = None) -> completion.CompletionSolution:
    donors = np.arange(len(paths)) > 0
    return solve_completion_batch(paths, [0], [donors], before=~LATE, after=LATE, penalty=penalty)


@pytest.fixture
def fine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Go on until the gap is rounding, so that answers can be compared digit by digit."""
    monkeypatch.setattr(completion, "_FINE", 1e-14)


@pytest.mark.usefixtures("fine")
@pytest.mark.parametrize("size", [1.0, 3e4])
@pytest.mark.parametrize("penalty", [0.2, 0.04])
@pytest.mark.parametrize("seed", [1, 2])
def test_against_a_plain_soft_impute(seed: int, penalty: float, size: float) -> None:
    """Which is told the papers' penalty, beside the mean of squares instead of half of their sum."""
    paths, observed = draw(seed, size=size), seen(8)
    found = solve(paths, penalty * size)
    plain = soft_impute(paths, observed, 2 * penalty * size / observed.sum())
    assert found.completed[0] == pytest.approx(plain.fitted[0], abs=1e-9 * size)
    assert found.effects[0] == pytest.approx((paths - plain.fitted)[0, BEFORE:].mean(), abs=1e-9 * size)
    assert found.rmspe[0] == pytest.approx(np.sqrt(np.mean((paths - plain.fitted)[0, :BEFORE] ** 2)), abs=1e-9 * size)
    assert found.rank[0] == np.linalg.matrix_rank(plain.matrix, tol=1e-8 * size)
    assert 0 <= found.gap[0] < 1e-10


@pytest.mark.usefixtures("fine")
@pytest.mark.parametrize("penalty", [0.2, 0.03])
def test_against_a_semidefinite_programme(penalty: float) -> None:
    """Interior points (Clarabel) know nothing of singular values that are cut."""
    paths, observed = draw(5), seen(8)
    cp: Any = cvxpy  # its functions have no types
    unit, period, matrix = cp.Variable((8, 1)), cp.Variable((1, BEFORE + AFTER)), cp.Variable(paths.shape)
    fitted = unit @ np.ones((1, BEFORE + AFTER)) + np.ones((8, 1)) @ period + matrix
    squares = cp.sum_squares(cp.multiply(observed, paths - fitted))
    programme = cp.Problem(cp.Minimize(squares / 2 + penalty * cp.normNuc(matrix)))
    exact = dict.fromkeys(("tol_gap_abs", "tol_gap_rel", "tol_feas"), 1e-11)
    least = programme.solve(solver=cp.CLARABEL, **exact)
    found = solve(paths, penalty)
    assert found.completed[0] == pytest.approx(fitted.value[0], abs=1e-6)
    plain = soft_impute(paths, observed, 2 * penalty / observed.sum())
    assert objective(paths, observed, penalty, plain) == pytest.approx(least, rel=1e-7)


@pytest.mark.usefixtures("fine")
def test_against_the_library_by_its_front_door() -> None:
    """``TROP.fit`` with weights alike and one penalty, beside the whole sum of squares: twice ours."""
    from diff_diff import TROP

    paths, penalty = draw(4, units=5), 0.06
    frame = pd.DataFrame({"unit": np.repeat(np.arange(5), 8), "time": np.tile(np.arange(8), 5), "y": paths.ravel()})
    frame["treated"] = ((frame["unit"] == 0) & (frame["time"] >= BEFORE)).astype(int)
    grids = {"lambda_time_grid": [0.0], "lambda_unit_grid": [0.0], "lambda_nn_grid": [2 * penalty]}
    library = TROP(method="global", **grids, tol=1e-11, max_iter=20_000, n_bootstrap=2, seed=0)
    theirs = library.fit(frame, "y", "treated", "unit", "time")
    assert solve(paths, penalty).effects[0] == pytest.approx(theirs.att, abs=1e-10)


@pytest.mark.parametrize("seed", [6])
def test_the_penalty_is_the_one_with_the_least_error(seed: int) -> None:
    """Every penalty and every group by the plain implementation; units come in the order of their paths."""
    paths = draw(seed, units=7)
    found = solve(paths)
    early = paths[np.lexsort(paths.T[::-1]), :BEFORE]
    free = early - levels_of(early, np.ones(early.shape, dtype=bool))
    largest = np.linalg.svd(free, compute_uv=False)[0]
    assert found.tried[0] == np.inf
    assert found.tried[1:] == pytest.approx(largest * 0.5 ** (np.arange(len(found.tried) - 1) / 2), rel=1e-12)
    errors = []
    for penalty in found.tried:
        total = 0.0
        for group in range(5):
            observed = np.ones(early.shape, dtype=bool)
            observed[group::5, -2:] = False  # as many as after, at most half of five
            plain = soft_impute(early, observed, 2 * penalty / observed.sum())
            total += ((early - plain.fitted)[~observed] ** 2).sum()
        errors.append(total / (7 * 2))
    assert found.errors == pytest.approx(np.array(errors), rel=1e-3)  # rough fits are enough to compare by
    assert found.penalty == found.tried[np.argmin(errors)]


@pytest.mark.parametrize("enough", [1e-9, 1e-4, 1e-2])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_gap_is_no_less_than_what_is_missing_to_the_optimum(seed: int, enough: float) -> None:
    paths, observed, cut = draw(seed), seen(8), 0.03
    fit = completion._fitted(paths, observed, cut, enough)
    best = soft_impute(paths, observed, 2 * cut / observed.sum())
    here, least = (objective(paths, observed, cut, item) for item in (fit, best))
    assert here >= least * (1 - 1e-12)
    assert (here - least) / here <= fit.gap + 1e-12
    assert fit.gap <= enough
    # Half the squared distance from the optimum, on cells that are observed, is at most what is missing.
    assert ((fit.values - best.fitted)[observed] ** 2).sum() / 2 <= fit.gap * here + 1e-12
