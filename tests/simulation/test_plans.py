"""Plans from the noise of single periods foretell the covariance that estimators find in panels with that noise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

import pilotzone as pz

if TYPE_CHECKING:
    from pilotzone.core import ManyEstimator

pytestmark = pytest.mark.simulation

BEFORE, AFTER, TREATED, CONTROLS = 5, 3, 600, 1200
NOISE = np.array([[1.0, 0.6], [0.6, 2.0]])
OUTCOMES = (
    pz.Outcome("jobs", "development", "up", margin=1, scale="level"),
    pz.Outcome("dust", "environment", "down", margin=1, scale="level"),
)


def drawn_panel(rho: float) -> pd.DataFrame:
    """Return towns with levels of their own and noise that is carried on by a share, a third of them treated."""
    rng = np.random.default_rng(20166)
    units, periods = TREATED + CONTROLS, BEFORE + AFTER
    shocks = rng.multivariate_normal(np.zeros(2), NOISE, (units, periods))
    noise = np.empty_like(shocks)
    noise[:, 0] = shocks[:, 0]
    for t in range(1, periods):
        noise[:, t] = rho * noise[:, t - 1] + (1 - rho**2) ** 0.5 * shocks[:, t]
    values = noise + rng.normal(0, 5, (units, 1, 2)) + np.arange(periods)[None, :, None]
    return pd.DataFrame(
        {
            "town": np.repeat(np.arange(units), periods),
            "year": np.tile(np.arange(2010, 2010 + periods), units),
            "start": np.repeat(np.where(np.arange(units) < TREATED, 2010.0 + BEFORE, np.nan), periods),
            "jobs": values[..., 0].ravel(),
            "dust": values[..., 1].ravel(),
        }
    )


@pytest.mark.parametrize(
    ("estimator", "rho", "base"),
    [
        ("callaway_santanna", 0.0, 1),  # compares with the last period before treatment alone
        ("callaway_santanna", 0.5, 1),
        ("sun_abraham", 0.0, 1),
        ("imputation", 0.0, BEFORE),  # compares with the mean of all periods before
        ("imputation", 0.5, BEFORE),
    ],
)
def test_the_covariance_is_the_one_foretold(estimator: ManyEstimator, rho: float, base: int) -> None:
    found = pz.evaluate(
        drawn_panel(rho), unit="town", time="year", cohort="start", outcomes=OUTCOMES, estimator=estimator
    )
    plan = pz.sample_plan(OUTCOMES, NOISE, before=base, after=AFTER, autocorrelation=rho)
    assert found.joint.covariance is not None
    matrix, foretold = found.joint.covariance.matrix, plan.unit * (1 / TREATED + 1 / CONTROLS)
    scale = np.sqrt(np.outer(np.diag(foretold), np.diag(foretold)))
    # A variance of 600 and 1,200 units, of which the former weigh two thirds, has a relative error of about 0.05.
    np.testing.assert_allclose(matrix / scale, foretold / scale, atol=0.15)
    pilot = pz.pilot_plan(found).power({"jobs": 0.1}, treated=300, controls=900)
    planned = plan.power({"jobs": 0.1}, treated=300, controls=900)
    assert pilot.power == pytest.approx(planned.power, abs=0.05)
