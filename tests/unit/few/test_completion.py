"""Matrix completion: what cannot change an effect, what does, what is refused, and the row beside other estimators."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from tests.unit.few.plain import level, panel_of

from pilotzone.core import MethodError, StudyError, UsageError
from pilotzone.evaluation.few import FewDesign, compare_estimators, synthetic_control
from pilotzone.evaluation.few.weights import completion
from pilotzone.evaluation.few.weights.completion import solve_completion_batch
from pilotzone.study import load
from pilotzone.study.kinds import KINDS
from pilotzone.study.zone.file import StudySpec

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

BEFORE, AFTER, UNITS = 6, 2, 6
LATE = np.arange(BEFORE + AFTER) >= BEFORE


def draw(seed: int = 1) -> Floats:
    rng = np.random.default_rng(seed)
    paths: Floats = rng.normal(0, 0.3, (UNITS, 1)) + rng.normal(0.1, 0.05, BEFORE + AFTER).cumsum()
    factors = np.cumsum(rng.normal(0, 0.03, (2, BEFORE + AFTER)), axis=1)
    return paths + rng.normal(size=(UNITS, 2)) @ factors + rng.normal(0, 0.01, paths.shape)


def solve(paths: Floats, penalty: float | None = None, target: int = 0) -> completion.CompletionSolution:
    donors = np.arange(len(paths)) != target
    return solve_completion_batch(paths, [target], [donors], before=~LATE, after=LATE, penalty=penalty)


def test_without_a_matrix_it_is_the_difference_in_differences() -> None:
    paths = draw()
    rise = paths[:, LATE].mean(axis=1) - paths[:, ~LATE].mean(axis=1)
    found = solve(paths, np.inf)
    assert found.effects[0] == pytest.approx(rise[0] - rise[1:].mean(), abs=1e-14)
    assert (found.penalty, found.rank[0]) == (np.inf, 0)
    own = paths[0, ~LATE] - paths[1:, ~LATE].mean(axis=0)
    # The period's level is fitted to all six units, the target among them.
    assert found.rmspe[0] == pytest.approx((UNITS - 1) / UNITS * own.std(), abs=1e-14)


def test_a_common_factor_is_found() -> None:
    """One factor and no noise: the lower the penalty, the nearer to the truth, which levels alone miss."""
    loadings = np.array([2.0, -1.0, 1.5, 0.5, -2.0, 3.0])
    paths = np.outer(loadings, [0.0, 1.0, -1.0, 2.0, 0.5, -0.5, 3.0, 4.0])
    paths[0, LATE] += 0.25
    errors = [abs(solve(paths, penalty).effects[0] - 0.25) for penalty in (np.inf, 1.0, 0.1)]
    assert errors == sorted(errors, reverse=True)
    assert errors[0] > 4
    assert errors[-1] < 0.15
    assert solve(paths).penalty == solve(paths).tried[-1]  # the lowest tried


def test_order_levels_and_unit_of_measure_do_not_matter() -> None:
    paths = draw()
    plain = solve(paths)
    assert 0 < plain.penalty < np.inf
    order = np.array([3, 0, 5, 1, 4, 2])
    moved = solve(paths[order], target=1)
    assert moved.effects[0] == plain.effects[0]
    assert moved.penalty == plain.penalty
    lifted = solve(paths + np.arange(UNITS)[:, None] - np.linspace(0, 7, BEFORE + AFTER))
    assert lifted.effects[0] == pytest.approx(plain.effects[0], abs=1e-7)  # as far as the search goes
    scaled = solve(1e6 * paths)
    assert scaled.effects[0] == pytest.approx(1e6 * plain.effects[0], rel=1e-9)
    assert scaled.penalty == pytest.approx(1e6 * plain.penalty, rel=1e-12)
    assert scaled.errors == pytest.approx(1e12 * plain.errors, rel=1e-9)


def test_what_comes_after_moves_neither_the_penalty_nor_what_is_filled_in() -> None:
    """The target's later outcomes are never read but for the effect, and the penalty is chosen on fitted periods."""
    paths = draw()
    changed = paths.copy()
    changed[0, LATE] += 5.0
    plain, other = solve(paths), solve(changed)
    assert other.penalty == plain.penalty
    assert np.array_equal(other.completed, plain.completed)
    assert other.effects[0] == pytest.approx(plain.effects[0] + 5.0, abs=1e-12)
    changed[1:, LATE] += np.arange(2.0)
    assert solve(changed).penalty == plain.penalty


def test_periods_on_neither_side_are_not_read() -> None:
    paths = draw()
    wide = np.insert(paths, BEFORE, np.nan, axis=1)
    place = np.arange(BEFORE + AFTER + 1)
    donors = np.arange(UNITS) > 0
    found = solve_completion_batch(wide, [0], [donors], before=place < BEFORE, after=place > BEFORE)
    plain = solve(paths)
    assert found.effects[0] == plain.effects[0]
    assert np.isnan(found.completed[0, BEFORE])
    assert np.array_equal(np.delete(found.completed, BEFORE, axis=1), plain.completed)


def test_problems_are_solved_as_if_alone() -> None:
    paths = draw()
    masks = ~np.eye(UNITS, dtype=bool)
    masks[:, 0] = False
    batch = solve_completion_batch(paths, np.arange(UNITS), masks, before=~LATE, after=LATE)
    for unit in range(UNITS):
        alone = solve_completion_batch(paths, [unit], masks[[unit]], before=~LATE, after=LATE, penalty=batch.penalty)
        assert alone.effects[0] == pytest.approx(batch.effects[unit], abs=1e-7)
    # The treated unit's later outcomes are nobody's donor.
    other = paths.copy()
    other[0, LATE] += 1.0
    again = solve_completion_batch(other, np.arange(UNITS), masks, before=~LATE, after=LATE)
    assert np.array_equal(again.effects[1:], batch.effects[1:])


@pytest.mark.parametrize(("before", "penalty"), [(1, np.inf), (BEFORE, np.inf)])
def test_nothing_to_choose_by(before: int, penalty: float) -> None:
    """One period before, of which none can be hidden; and parallel paths, which leave nothing for a matrix."""
    paths = draw() if before == 1 else np.arange(UNITS)[:, None] + np.linspace(0, 1, BEFORE + AFTER) ** 2
    late = np.arange(before + AFTER) >= before
    found = solve_completion_batch(paths[:, : before + AFTER], [0], [np.arange(UNITS) > 0], before=~late, after=late)
    assert (found.penalty, len(found.tried), len(found.errors)) == (penalty, 0, 0)
    rise = paths[:, before : before + AFTER].mean(axis=1) - paths[:, :before].mean(axis=1)
    assert found.effects[0] == pytest.approx(rise[0] - rise[1:].mean(), abs=1e-12)


@pytest.mark.parametrize("penalty", [0.0, -1.0, np.nan])
def test_penalties_are_positive(penalty: float) -> None:
    with pytest.raises(MethodError, match="the penalty is"):
        solve(draw(), penalty)


def test_a_fit_that_is_not_certified_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(completion, "_STEPS", 20)
    with pytest.raises(MethodError, match="no nearer to its optimum"):
        solve(draw(), 0.01)


DESIGN = FewDesign("A", start=2007, window=(2007, 2008))


def test_the_row_beside_other_estimators() -> None:
    """Each placebo by itself, with the treated unit left out and the penalty of all."""
    paths = draw(3)
    panel = panel_of({"y": paths})
    mc, sc = compare_estimators(panel, [level()], DESIGN, ["mc", "sc"])
    assert (mc.estimator, sc.estimator, mc.pools, sc.pools) == ("mc", "sc", "exclude_treated", "symmetric")
    treated = solve(paths)
    placebos = []
    for unit in range(1, UNITS):
        donors = np.arange(UNITS) > 0
        donors[unit] = False
        one = solve_completion_batch(paths, [unit], [donors], before=~LATE, after=LATE, penalty=treated.penalty)
        placebos.append(one.effects[0])
    assert mc.effect == pytest.approx(treated.effects[0], abs=1e-7)
    assert mc.placebo_sd == pytest.approx(np.std(placebos), abs=1e-7)
    assert mc.p_good == (1 + sum(gap >= mc.effect for gap in placebos)) / UNITS
    assert mc.pre_rmspe == pytest.approx(treated.rmspe[0], abs=1e-7)


def test_it_stands_beside_others_only() -> None:
    with pytest.raises(UsageError, match="no donor weights") as caught:
        synthetic_control(panel_of({"y": draw()}), treated="A", start=2007, outcomes="y", estimator="mc")
    assert "compare_estimators" in str(caught.value)
    spec = load("guizhou").spec.model_dump(exclude_none=True)
    assert StudySpec.model_validate(spec | {"method": spec["method"] | {"compare": ["mc"]}}).method.compare == ("mc",)
    KINDS["zone"].check(StudySpec.model_validate(spec | {"method": spec["method"] | {"compare": ["mc"]}}))
    for change, place in (
        ({"method": {"estimator": "mc"}}, "method"),
        ({"alternatives": [{"name": "completed", "estimator": "mc"}]}, r"alternatives\[1\] \(completed\)"),
    ):
        with pytest.raises(StudyError, match=f"{place}: estimator = 'mc' .* cannot carry a verdict"):
            KINDS["zone"].check(StudySpec.model_validate(spec | change))
