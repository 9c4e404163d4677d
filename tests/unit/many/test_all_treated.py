"""Panels in which all are treated in the end, by estimators that need nobody who is never treated."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.unit.many.ordinary import imputed, long, ols
from tests.unit.many.plain import draw

import pilotzone as pz
from pilotzone.core import ManyEstimator, MethodError
from pilotzone.evaluation.many import ManyEffects

PERIODS = (2010, 2011, 2012, 2013, 2014, 2015)
SIZES: dict[float, int] = {2012: 9, 2013: 8, 2015: 10}
DATA = draw(SIZES, {"y": PERIODS}, seed=5)


def frame() -> pd.DataFrame:
    n, T = DATA.values["y"].shape
    return pd.DataFrame(
        {
            "id": np.repeat(np.arange(n), T),
            "t": np.tile(PERIODS, n),
            "g": np.repeat(DATA.cohorts.astype(int), T),
            "y": DATA.values["y"].ravel(),
        }
    )


def evaluated(estimator: ManyEstimator, **options: Any) -> ManyEffects:
    return pz.evaluate(frame(), unit="id", time="t", cohort="g", outcomes="y", estimator=estimator, **options)


def test_sun_abraham_is_the_saturated_regression_before_the_last_are_treated() -> None:
    """All observations before 2015, with dummies for each other cohort and time but the last before treatment."""
    data = long(DATA.values["y"], PERIODS, DATA.cohorts)
    data = data.only(data.time < 2015)
    names = [(g, t) for g in (2012, 2013) for t in PERIODS[:-1] if t != g - 1]
    dummies = np.column_stack([(data.cohort == g) & (data.time == t) for g, t in names]).astype(float)
    coefficients, influence = ols(data, dummies)
    found = evaluated("sun_abraham", base="universal").effects
    ours = {
        (cell.cohort, cell.period): (value, error)
        for cell, value, error in zip(found.cells, found.estimate.tolist(), found.se.tolist(), strict=True)
    }
    for name, value, error in zip(names, coefficients, np.sqrt((influence**2).sum(axis=1)), strict=True):
        assert ours[name] == pytest.approx((value, error), rel=1e-9)


def test_imputation_is_that_of_observations_not_yet_treated() -> None:
    data = long(DATA.values["y"], PERIODS, DATA.cohorts)
    data = data.only(data.time < 2015)
    names = [(g, t) for g in (2012, 2013) for t in PERIODS[:-1] if t >= g]
    cells = [(data.cohort == g) & (data.time == t) for g, t in names]
    sums, adds = imputed(data, 0, [cell / cell.sum() for cell in cells], lambda some: some.cohort * 10_000 + some.time)
    found = evaluated("imputation")
    ours = [(row.cohort, row.period) for row in found.of("cell")]
    assert ours == names
    np.testing.assert_allclose([row.estimate for row in found.of("cell")], sums, rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(found.effects.se, np.sqrt((adds**2).sum(axis=1)), rtol=1e-9)


def test_what_was_before_is_judged_by_those_not_treated_yet() -> None:
    both: tuple[ManyEstimator, ...] = ("sun_abraham", "imputation")
    for estimator in both:
        found = pz.evaluate(
            frame(),
            unit="id",
            time="t",
            cohort="g",
            outcomes="y,role=development,margin=50,scale=level",
            estimator=estimator,
        )
        (check, *_) = found.joint.identification[0].checks
        assert "differences before treatment" in check.statement
    assert any("compared with the one treated last" in note for note in evaluated("sun_abraham").notes)


def test_callaway_santanna_says_what_to_do() -> None:
    with pytest.raises(MethodError, match="compare with controls 'not_yet_treated'"):
        evaluated("callaway_santanna")
