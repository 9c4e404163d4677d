"""Residuals under all constant nulls: against solving each anew, and in closed form for two donors."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
import pytest
from tests.unit.few.plain import plain_weights

from pilotzone.core import MethodError
from pilotzone.evaluation.few.inference import nulls
from pilotzone.evaluation.few.inference.nulls import Segment, shrunk, trace
from pilotzone.evaluation.few.weights.augmented import solve_augmented_batch
from pilotzone.evaluation.few.weights.simplex import solve_simplex_batch

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def residuals_at(segments: list[Segment], null: float) -> Floats:
    """Return the residuals of every segment that holds a null, which have to agree, as one row."""
    rows = [item.at(np.array([null]))[0] for item in segments if item.low <= null <= item.high]
    assert rows
    np.testing.assert_allclose(rows, np.broadcast_to(rows[0], (len(rows), len(rows[0]))), rtol=0, atol=1e-9)
    first: Floats = rows[0]
    return first


def some_paths(seed: int) -> tuple[Floats, NDArray[np.bool_]]:
    """Draw 3 to 30 units over 4 to 20 periods; of every third panel the figures are small integers, full of ties."""
    rng = np.random.default_rng(seed)
    units, periods = int(rng.integers(3, 30)), int(rng.integers(4, 20))
    paths = rng.normal(size=(units, 2)) @ rng.normal(size=(2, periods)).cumsum(axis=1)
    paths += 5 * (seed % 2) * rng.normal(size=(units, 1)) + 0.3 * rng.normal(size=(units, periods))
    if seed % 3 == 0:
        paths = np.round(paths)
    return paths, np.arange(periods) >= periods - int(rng.integers(1, periods // 2 + 1))


@pytest.mark.parametrize("intercept", [False, True])
@pytest.mark.parametrize("seed", range(15))
def test_residuals_are_those_of_solving_anew(seed: int, intercept: bool) -> None:
    paths, moved = some_paths(seed)
    segments = trace(paths, 0, moved, intercept=intercept, near=0.3)
    rng = np.random.default_rng(seed)
    others = np.arange(len(paths))[None] != 0
    ends = [item.high for item in segments[:-1]]
    for null in (*rng.normal(0, 2, 10), *rng.normal(0, 50, 5), *rng.choice(ends, 5), -1e5, 1e5):
        anew = paths.copy()
        anew[0] -= null * moved
        found = solve_simplex_batch(anew, [0], others, intercept=intercept)
        scale = max(float(np.abs(paths).max()), abs(null))
        np.testing.assert_allclose(
            residuals_at(segments, float(null)), anew[0] - found.fitted[0], rtol=0, atol=1e-12 * scale
        )


@pytest.mark.parametrize("intercept", [False, True])
def test_segments_cover_the_line_once(intercept: bool) -> None:
    for seed in range(15):
        paths, moved = some_paths(seed)
        segments = trace(paths, 0, moved, intercept=intercept, near=0.0)
        assert segments[0].low == -np.inf
        assert segments[-1].high == np.inf
        for left, right in itertools.pairwise(segments):
            assert left.low < left.high
            assert left.high == pytest.approx(right.low, rel=1e-11)


def test_two_donors_in_closed_form() -> None:
    """With donors a and b the weight of a is (y - t d - b)'(a - b) over ||a - b||^2, cut at 0 and 1."""
    a, b, y = np.array([1.0, 2, 4, 3]), np.array([0.0, 1, 1, 1]), np.array([0.5, 1.5, 3, 4])
    moved = np.array([False, False, True, True])
    size, moves = float((a - b) @ (a - b)), float((a - b)[moved].sum())
    segments = trace(np.array([y, a, b]), 0, moved, intercept=False, near=0.0)
    bends = sorted({round(item.low, 9) for item in segments[1:]} & {round(item.high, 9) for item in segments[:-1]})
    expected = sorted(((y - b) @ (a - b) - share * size) / moves for share in (0, 1))
    for bend in expected:
        assert min(abs(bend - found) for found in bends) < 1e-9
    for null in np.linspace(-5, 8, 40):
        share = np.clip(((y - null * moved - b) @ (a - b)) / size, 0, 1)
        by_hand = y - null * moved - share * a - (1 - share) * b
        np.testing.assert_allclose(residuals_at(segments, float(null)), by_hand, rtol=0, atol=1e-13)


def test_where_faces_carry_nowhere_bisection_finds_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """The proof that nothing bends between two points does not need to know how far a face carries."""
    paths, moved = some_paths(4)
    whole = trace(paths, 0, moved, intercept=True, near=0.0)
    reach = nulls._Line._reach

    def far_or_nowhere(*given: object) -> tuple[float, float]:
        down, up = reach(*given)  # type: ignore[arg-type]
        return (down if np.isinf(down) else 0.0), (up if np.isinf(up) else 0.0)

    monkeypatch.setattr(nulls._Line, "_reach", far_or_nowhere)
    halved = trace(paths, 0, moved, intercept=True, near=0.0)
    assert len(halved) > len(whole)
    for null in np.random.default_rng(1).normal(0, 5, 30):
        one, other = residuals_at(whole, float(null)), residuals_at(halved, float(null))
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-9)


def test_a_search_without_end_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nulls, "_MOST", 3)
    paths, moved = some_paths(4)
    with pytest.raises(MethodError, match="bend too often"):
        trace(paths, 0, moved, intercept=True, near=0.0)


@pytest.mark.parametrize("ridge", [0.0, 0.05, 3.0, np.inf])
def test_ridge_augmentation_of_residuals(ridge: float) -> None:
    paths, moved = some_paths(1)
    for segment in trace(paths, 0, moved, intercept=False, near=0.0):
        null = segment.anchor
        anew = paths.copy()
        anew[0] -= null * moved
        weights = plain_weights(anew[0], anew[1:])
        if np.isinf(ridge):
            expected = anew[0] - weights @ anew[1:]
        else:
            augmented = solve_augmented_batch(anew, [0], np.arange(len(paths))[None] != 0, ridge=ridge)
            expected = anew[0] - augmented.weights[0] @ anew
        found = shrunk(segment, paths[1:], ridge).at(np.array([null]))[0]
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9 * np.abs(anew).max())
