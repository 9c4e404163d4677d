"""Coverage at the true effect, in a reduced run, and exactly over all units of a panel."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pilotzone.evaluation.few import FewDesign, estimate_few
from pilotzone.judgement import confidence_set
from tests.simulation.coverage import KINDS, OUTCOME, PROCESS, simulate
from tests.simulation.panels import make_panel, simulate_paths


def test_coverage_is_nominal_or_more() -> None:
    count, nominal = 60, 0.9
    covered = simulate(count)[:, :, 0].mean(axis=0)
    error = np.sqrt(nominal * (1 - nominal) / count)
    assert (covered >= nominal - 2 * error).all()


@pytest.mark.parametrize(("alpha", "covered"), [(0.05, 19), (0.1, 18), (0.12, 18), (0.04, 20)])
def test_coverage_over_all_units_is_the_level_attained(alpha: float, covered: int) -> None:
    """With every unit of a panel treated in turn, nothing is left to chance: pools are symmetric."""
    panel = make_panel(PROCESS, {"gain": simulate_paths(PROCESS, np.random.default_rng(8))})
    window = (PROCESS.start, PROCESS.start + 3)
    design = FewDesign("U00", start=PROCESS.start, window=window, anticipation=1, estimator="sc_intercept")
    few = estimate_few(panel, [OUTCOME], design)
    for statistic, side in KINDS:
        sets = []
        for unit in range(PROCESS.units):
            slope = few.fits[0].weights[:, [unit]].copy()
            slope[unit] = -1.0
            joint = replace(few.joint, placebos=replace(few.joint.draws, treated=unit, slope=slope))
            sets.append(confidence_set(joint, "gain", alpha=alpha, statistic=statistic, side=side))
        assert sum(0.0 in item for item in sets) == covered
        assert covered / PROCESS.units == pytest.approx(sets[0].attained, abs=1e-15)
