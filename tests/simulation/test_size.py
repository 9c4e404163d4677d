"""The joint test holds its level where that is hardest: one outcome at its boundary, the other far inside."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.simulation.panels import Process
from tests.simulation.size import (
    ALPHAS,
    PROCESS,
    SEED,
    SETTINGS,
    Setting,
    claim_ps,
    monte_carlo_error,
    needed_sizes,
    untreated_paths,
    verdict_on,
)

if TYPE_CHECKING:
    from pilotzone.core import Role

pytestmark = pytest.mark.simulation

DRAWS = 25
"""Per setting. Settings are pooled by the outcome at its boundary: four comparisons, of which few fail by chance."""

OWN = [item for item in SETTINGS if item.estimator != "sc_shared"]
"""Drawn at random are settings in which each outcome has weights of its own. That shared weights have the same size is
held panel by panel, without chance, and by the long run in docs/explanation/verdict.md."""


def name_of(setting: Setting) -> str:
    return f"{setting.boundary}, {setting.correlation:g}, {setting.estimator}"


@pytest.mark.parametrize("boundary", ["development", "environment"])
def test_size_at_the_boundary_with_the_treated_unit_drawn(boundary: Role) -> None:
    found = np.concatenate(
        [
            claim_ps(item, DRAWS, SEED + k)
            for k, item in enumerate(SETTINGS)
            if item in OWN and item.boundary == boundary
        ]
    )
    for alpha in ALPHAS:
        assert (found <= alpha).mean() <= alpha + 2 * monte_carlo_error(alpha, len(found))


@pytest.mark.parametrize("setting", SETTINGS, ids=name_of)
def test_size_is_attained_panel_by_panel(setting: Setting) -> None:
    """Every unit of one panel in turn has the zone: the claim's p takes each value k/20 once, neither more nor less."""
    paths = untreated_paths(PROCESS, setting.correlation, np.random.default_rng(7))
    verdicts = [verdict_on(setting, paths, unit) for unit in range(PROCESS.units)]
    every = [k / PROCESS.units for k in range(1, PROCESS.units + 1)]
    assert sorted(verdict.p_claim for verdict in verdicts) == every
    tested = [test for verdict in verdicts for test in verdict.other_tests if test.outcome.role == setting.boundary]
    development = setting.boundary == "development"
    assert sorted(test.p_improved if development else test.p_harm_excluded for test in tested) == every


def test_the_other_outcome_is_far_inside() -> None:
    """Else the size simulated would not be the largest one."""
    paths = untreated_paths(PROCESS, 0.0, np.random.default_rng(3))
    for unit in range(4):
        environment = verdict_on(Setting("environment", 0.0, "sc_intercept"), paths, unit)
        development = verdict_on(Setting("development", 0.0, "sc_intercept"), paths, unit)
        assert (environment.p_development, development.p_safeguards) == (1 / PROCESS.units, 1 / PROCESS.units)


def test_more_donors_need_no_larger_margin() -> None:
    """Not of size, but of what size costs: 19 donors allow no unit ahead of the treated one, 39 allow one."""
    few, many = (
        np.concatenate([needed_sizes(Process(units=n, factor=0.01), np.random.default_rng(k)) for k in range(4)])
        for n in (20, 40)
    )
    assert np.isfinite(few).all()
    assert np.quantile(many, 0.8) < np.quantile(few, 0.8)
    assert np.isinf(needed_sizes(Process(units=12), np.random.default_rng(0))).all()
