"""Conformal coverage at the true effect, in a reduced run, and exactly over all cyclic shifts of a panel."""

from __future__ import annotations

import numpy as np
import pytest

from pilotzone.evaluation.few import FewDesign, conformal_p, conformal_set, estimate_few
from tests.simulation.conformal import ALPHA, CALM, KINDS, OUTCOME, simulate
from tests.simulation.panels import make_panel, simulate_paths


def test_coverage_is_nominal_or_more_with_exchangeable_errors() -> None:
    count = 100
    found = simulate(count, measured=20)
    error = np.sqrt(ALPHA * (1 - ALPHA) / count)
    assert (found[:, :, 0].mean(axis=0) >= 1 - ALPHA - 2 * error).all()
    assert not np.isnan(found[:20, [0, 2, 3], 1]).any()
    assert found.shape == (count, len(KINDS), 2)


@pytest.mark.parametrize(("alpha", "covered"), [(0.05, 14), (0.1, 13), (0.2, 12), (0.5, 7)])
def test_coverage_over_all_cyclic_shifts_is_the_level_attained(alpha: float, covered: int) -> None:
    """With every cyclic shift of the periods in turn nothing is left to chance, whatever the errors are."""
    paths = simulate_paths(CALM, np.random.default_rng(8))
    window = (CALM.start, CALM.start + CALM.after - 1)
    design = FewDesign("U03", start=CALM.start, window=window, estimator="sc_intercept")
    shifted = [
        estimate_few(make_panel(CALM, {"gain": np.roll(paths, shift, axis=1)}), [OUTCOME], design)
        for shift in range(CALM.periods)
    ]
    sets = [conformal_set(effects, "gain", alpha=alpha) for effects in shifted]
    assert sum(0.0 in item for item in sets) == covered
    assert covered / CALM.periods == pytest.approx(sets[0].attained, abs=1e-15)
    ranks = sorted(conformal_p(effects, "gain") for effects in shifted)
    np.testing.assert_allclose(ranks, np.arange(1, CALM.periods + 1) / CALM.periods, rtol=0, atol=1e-12)
