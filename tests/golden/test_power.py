"""Power of one outcome against diff-diff's, which knows one outcome; the other one's margin is excluded for certain."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from diff_diff import PowerAnalysis

from pilotzone.core import Outcome
from pilotzone.judgement import sample_plan

JOBS = Outcome("jobs", role="development", good="up", margin=1.0, scale="level")
SURE = Outcome("dust", role="environment", good="down", margin=1e6, scale="level")


@pytest.mark.parametrize(("before", "after"), [(1, 1), (4, 1), (3, 8)])
@pytest.mark.parametrize(("treated", "controls"), [(20, 20), (15, 90)])
@pytest.mark.parametrize("rho", [0.0, 0.6])
def test_power_and_detectable_effect(before: int, after: int, treated: int, controls: int, rho: float) -> None:
    """Theirs has noise equally correlated over periods, of which differencing leaves one less that correlation."""
    sigma, gain = 3.0, 1.2
    theirs = PowerAnalysis(alpha=0.05, power=0.8, alternative="greater").power(
        gain, treated, controls, sigma, n_pre=before, n_post=after, rho=rho
    )
    plan = sample_plan([JOBS, SURE], np.diag([sigma**2 * (1 - rho), 1.0]), before=before, after=after)
    found = plan.power({"jobs": gain}, treated=treated, controls=controls)
    assert found.alone["jobs"] == pytest.approx(theirs.power, rel=1e-12)
    assert found.power == pytest.approx(theirs.power, rel=1e-12)
    detectable = plan.detectable(treated=treated, controls=controls).of("jobs")
    assert (detectable.alone, detectable.whole) == pytest.approx((theirs.mde, theirs.mde), rel=1e-9)


@pytest.mark.parametrize(("gain", "before", "after"), [(0.4, 1, 1), (1.0, 4, 2), (2.5, 3, 8)])
def test_sample(gain: float, before: int, after: int) -> None:
    """Theirs is a total, split in two; ours the smallest equal number on both sides."""
    theirs = PowerAnalysis(alpha=0.1, power=0.9, alternative="greater").sample_size(
        gain, 3.0, n_pre=before, n_post=after
    )
    plan = sample_plan([JOBS, SURE], np.diag([9.0, 1.0]), before=before, after=after, alpha=0.1)
    assert plan.sample({"jobs": gain}, power=0.9).treated == theirs.n_treated
    sure = replace(plan, outcomes=(JOBS, replace(SURE, margin=1e5)))
    assert sure.sample({"jobs": gain}, power=0.9).treated == theirs.n_treated
