"""Proposition 99 through the public API: published and independently computed values of the room's estimators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from tests.golden.interior_point import nearest_weights
from tests.golden.prop99 import Prop99, load_prop99

import pilotzone as pz
from pilotzone.evaluation.few import estimator_rows

if TYPE_CHECKING:
    from pilotzone.core import Estimator, PoolRule
    from pilotzone.evaluation.few import FewEffects

PACKS = pz.Outcome("packs", role=None, good="down", margin=None, scale="level", unit="pack/person")


@pytest.fixture(scope="module")
def prop99() -> Prop99:
    return load_prop99()


@pytest.fixture(scope="module")
def frame(prop99: Prop99) -> pd.DataFrame:
    wide = pd.DataFrame(prop99.packs, index=pd.Index(prop99.states, name="state"), columns=prop99.years)
    return wide.melt(ignore_index=False, var_name="year", value_name="packs").reset_index()


def estimate(frame: pd.DataFrame, estimator: Estimator, pools: PoolRule = "symmetric") -> FewEffects:
    return pz.synthetic_control(
        frame,
        treated="California",
        start=1989,
        outcomes=PACKS,
        estimator=estimator,
        pools=pools,
        unit="state",
        time="year",
    )


def test_synthetic_did(frame: pd.DataFrame) -> None:
    """Published: -15.604. The placebos' standard deviation by the library's estimator, unit by unit: 9.36889."""
    effects = estimate(frame, "sdid", "exclude_treated")
    draws = effects.joint.draws
    gaps = draws.mean_gap[:, 0]
    placebos = np.delete(gaps, draws.treated)
    assert round(float(effects.joint.estimate[0]), 3) == -15.604
    assert len(placebos) == 38
    assert placebos.std() == pytest.approx(9.36889, abs=1e-5)
    assert np.count_nonzero(gaps <= gaps[draws.treated]) == 2
    (row,) = estimator_rows(effects)
    assert row.placebo_sd == placebos.std()
    (errors,) = effects.standard_errors().records()
    assert errors["se"] == pytest.approx(9.36889, abs=1e-5)
    assert errors["se_unbiased"] == pytest.approx(9.49466, abs=1e-5)
    assert errors["placebos"] == 38
    assert row.p_good == pytest.approx(2 / 39, rel=1e-15)


@pytest.mark.parametrize("pools", ["symmetric", "exclude_treated"])
def test_synthetic_control_on_outcomes_alone(prop99: Prop99, frame: pd.DataFrame, pools: PoolRule) -> None:
    here = float(estimate(frame, "sc", pools).joint.estimate[0])
    assert -19.8 <= here <= -19.5
    assert here == pytest.approx(by_interior_point(prop99, intercept=False), abs=1e-6)


@pytest.mark.parametrize("pools", ["symmetric", "exclude_treated"])
def test_synthetic_control_with_intercept_shift(prop99: Prop99, frame: pd.DataFrame, pools: PoolRule) -> None:
    """Arkhangelsky and others (2021, table 1) print -11.1 for it, as DIFP."""
    here = float(estimate(frame, "sc_intercept", pools).joint.estimate[0])
    assert round(here, 1) == -11.1
    assert here == pytest.approx(by_interior_point(prop99, intercept=True), abs=1e-6)


def by_interior_point(prop99: Prop99, *, intercept: bool) -> float:
    who, before = prop99.california, prop99.before
    donors, target = np.delete(prop99.packs, who, axis=0), prop99.packs[who]
    weights = nearest_weights(donors[:, before], target[before], intercept=intercept)
    gap = target - weights @ donors
    return float(gap[~before].mean() - (gap[before].mean() if intercept else 0.0))


def measured(effects: FewEffects, measure: str) -> dict[Any, float]:
    """California's values of one measure, by period or donor."""
    columns = ("unit", "measure", "period", "donor", "value")
    rows = zip(*(effects.to_table().columns[name] for name in columns), strict=True)
    return {
        period or donor: float(value)
        for unit, name, period, donor, value in rows
        if (unit, name) == ("California", measure)
    }


@pytest.mark.parametrize(("estimator", "pools"), [("sc", "symmetric"), ("sdid", "exclude_treated")])
def test_the_tidy_table_gives_the_effect_again(frame: pd.DataFrame, estimator: Estimator, pools: PoolRule) -> None:
    effects = estimate(frame, estimator, pools)
    gaps, weights, times = (measured(effects, name) for name in ("gap", "weight", "time_weight"))
    effect = float(effects.joint.estimate[0])
    assert np.mean([gaps[year] for year in range(1989, 2001)]) == pytest.approx(effect, abs=1e-12)
    assert sum(weights.values()) == pytest.approx(1, abs=1e-12)
    if estimator == "sc":
        assert not times
        return
    assert list(times) == list(range(1970, 1989))
    assert sum(times.values()) == pytest.approx(1, abs=1e-12)
    # The level shift is the gap's mean by these weights, so that nothing is left of it.
    assert sum(gaps[year] * times[year] for year in times) == pytest.approx(0, abs=1e-12)
