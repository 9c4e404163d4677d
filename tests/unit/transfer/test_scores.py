"""Scores in closed form against their integrals."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm, t

from pilotzone.core import UsageError
from pilotzone.transfer import crps_t


@pytest.mark.parametrize("degrees", [1.5, 2.0, 3.0, 7.0, 40.0, math.inf])
@pytest.mark.parametrize("outcome", [-3.0, 0.2, 1.0, 6.0])
def test_the_integral(degrees: float, outcome: float) -> None:
    forecast = norm(0.5, 1.3) if math.isinf(degrees) else t(degrees, 0.5, 1.3)
    # In u = F(x) the tails are finite: x runs to infinity at the ends.
    below = quad(lambda x: float(forecast.cdf(x)) ** 2, -np.inf, outcome, epsabs=1e-12, limit=500)[0]
    above = quad(lambda x: float(forecast.sf(x)) ** 2, outcome, np.inf, epsabs=1e-12, limit=500)[0]
    assert crps_t(0.5, 1.3, degrees, outcome) == pytest.approx(below + above, rel=1e-7)


def test_many_degrees_are_normal() -> None:
    assert crps_t(0, 1, 1e7, 0.4) == pytest.approx(crps_t(0, 1, math.inf, 0.4), rel=1e-6)


@pytest.mark.parametrize(("scale", "degrees"), [(0.0, 5), (-1.0, 5), (1.0, 1.0), (math.nan, 5), (math.inf, 5)])
def test_what_has_no_score_is_refused(scale: float, degrees: float) -> None:
    with pytest.raises(UsageError, match="more than one degree"):
        crps_t(0, scale, degrees, 1)
