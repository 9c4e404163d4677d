"""Null effects by algebra against brute force: the effect taken off the data and everything estimated anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from tests.simulation.panels import Process, make_panel, simulate_paths

from pilotzone.core import Outcome, rank_p
from pilotzone.evaluation.few import FewDesign, FewEffects, estimate_few
from pilotzone.judgement import judge
from pilotzone.judgement.ranks import shifted_statistic

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pilotzone.core import Estimator, PoolRule, Statistic

    Paths = dict[str, NDArray[np.float64]]

PROCESS = Process(units=9, before=8, anticipation=1, after=4, factor=0.02)
UP = Outcome("up", role="development", good="up", margin=4.0, scale="log")
DOWN = Outcome("down", role="environment", good="down", margin=6.0, scale="log")
OUTCOMES = (UP, DOWN)
TREATED = 4
ROUNDING = 1e-13
"""Paths are of size one: a mean of four differences is known to about 1e-15."""

CASES: list[tuple[Estimator, PoolRule]] = [
    ("sc", "symmetric"),
    ("sc", "exclude_treated"),
    ("sc_intercept", "symmetric"),
    ("sc_intercept", "exclude_treated"),
    ("sc_shared", "symmetric"),
    ("sc_shared", "exclude_treated"),
]


def estimate(paths: Paths, estimator: Estimator, pools: PoolRule) -> FewEffects:
    design = FewDesign(
        f"U{TREATED:02d}",
        start=PROCESS.start,
        window=(PROCESS.start, PROCESS.start + 2),  # the last year is after the window, and shifted as well
        anticipation=1,
        estimator=estimator,
        pools=pools,
    )
    return estimate_few(make_panel(PROCESS, paths), OUTCOMES, design)


def taken_off(paths: Paths, effects: dict[str, float]) -> Paths:
    """Return the data with effects taken off the treated unit's post-period."""
    moved = {name: path.copy() for name, path in paths.items()}
    for name, effect in effects.items():
        moved[name][TREATED, PROCESS.before + PROCESS.anticipation :] -= effect
    return moved


def untreated(seed: int) -> Paths:
    rng = np.random.default_rng(seed)
    return {outcome.name: simulate_paths(PROCESS, rng) for outcome in OUTCOMES}


@pytest.mark.parametrize(("estimator", "pools"), CASES)
@pytest.mark.parametrize("seed", range(3))
def test_statistics_and_ranks_at_any_null(seed: int, estimator: Estimator, pools: PoolRule) -> None:
    paths = untreated(seed)
    draws = estimate(paths, estimator, pools).joint.draws
    used = (draws.slope > 0).any(axis=0)
    assert used.all() if pools == "symmetric" else not used.any()
    statistics: tuple[Statistic, ...] = ("mean_gap", "rmspe_ratio")
    for null in (-0.3, -0.05, 0.02, 0.4):
        anew = estimate(taken_off(paths, {"up": null, "down": null}), estimator, pools).joint.draws
        assert anew.pre_rmspe.tolist() == draws.pre_rmspe.tolist()
        for k in range(len(OUTCOMES)):
            for statistic in statistics:
                scale = draws.pre_rmspe[:, k] if statistic == "rmspe_ratio" else np.ones(PROCESS.units)
                by_algebra = shifted_statistic(draws, k, statistic, null)
                by_force = shifted_statistic(anew, k, statistic)
                fitted = scale > 0
                error = np.abs(by_algebra - by_force)[fitted] * scale[fitted]
                assert error.max() < ROUNDING
                assert by_algebra[~fitted].tolist() == by_force[~fitted].tolist()
                for sign in (1, -1):
                    assert rank_p(sign * by_algebra, TREATED) == rank_p(sign * by_force, TREATED)


@pytest.mark.parametrize(("estimator", "pools"), CASES)
@pytest.mark.parametrize("effect", [-0.2, 0.0, 0.05])
def test_harm_at_the_margin_is_no_effect_once_the_margin_is_taken_off(
    estimator: Estimator, pools: PoolRule, effect: float
) -> None:
    """The p of "harm of at least the margin" is that of "no improvement" in data without the margin's harm."""
    paths = taken_off(untreated(7), {"up": -effect, "down": -effect})
    verdict = judge(estimate(paths, estimator, pools))
    margins = {"up": np.log(1 - 0.04), "down": np.log(1 + 0.06)}
    anew = judge(estimate(taken_off(paths, margins), estimator, pools))
    for tests, shifted in ((verdict.tests, anew.tests), (verdict.other_tests, anew.other_tests)):
        for test, other in zip(tests, shifted, strict=True):
            assert test.p_harm_excluded == other.p_improved
            assert test.p_harm_shown == other.p_worsened
            assert test.smallest_excluded_margin is None  # nine units exclude nothing at 0.05


@pytest.mark.parametrize("estimator", ["sc", "sc_intercept"])
def test_leaving_the_donor_unshifted_would_be_another_test(estimator: Estimator) -> None:
    """That the treated unit is shifted where it is a donor matters: with it the ranks of these data differ."""
    differ = 0
    for seed in range(10):
        draws = estimate(untreated(seed), estimator, "symmetric").joint.draws
        for k in range(2):
            for null in np.linspace(-0.2, 0.2, 21):
                only_own = draws.mean_gap[:, k] - null * (np.arange(PROCESS.units) == TREATED)
                whole = shifted_statistic(draws, k, "mean_gap", float(null))
                differ += rank_p(only_own, TREATED) != rank_p(whole, TREATED)
    assert differ > 0
