"""Conformal inference: an independent implementation (pysyncon), with what differs in definition named.

What is compared is the library's `ConformalInference`: one period of the window at a time, fitted with the periods
before, p the share of residuals at least as large as that period's. That is `conformal_band`. Three things differ:

- Its `Synth.confidence_interval` takes predictors of the periods before for the weights, which the null does not
  move; only their importance is chosen anew. Here weights are fitted on the outcome in all periods, as in the paper;
  so is what is handed to the library below.
- Its ends come from a search that walks outwards from the estimate in steps and stops when a step is below a
  tolerance. It stops at the first hole that it meets; here sets have several intervals.
- It has no set for an effect that is constant over several periods, and no permutations of these. Both are held by
  enumeration (tests/unit/few/test_conformal.py).

Weights there come from a general optimiser that stops early; they are replaced by an interior-point solver's.
"""

from __future__ import annotations

import math
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from tests.golden.interior_point import nearest_weights
from tests.golden.prop99 import load_prop99
from tests.golden.test_augmented import by_pysyncon, chosen_there
from tests.unit.few.plain import level, panel_of

import pilotzone as pz
from pilotzone.evaluation.few import conformal_band, conformal_p

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pilotzone.core import Estimator
    from pilotzone.evaluation.few import FewEffects

    Floats = NDArray[np.float64]

pysyncon: Any = import_module("pysyncon")
base: Any = import_module("pysyncon.base")
inference: Any = import_module("pysyncon.inference")

YEARS = [1989, 1994, 2000]


class Exact(base.BaseSynth):  # type: ignore[misc]  # it has no types
    """Synthetic control on the outcome in all periods given, with or without a level, by an interior-point solver."""

    def __init__(self, *, intercept: bool) -> None:
        super().__init__()
        self.intercept, self.shift = intercept, 0.0

    def fit(self, Z0: pd.DataFrame, Z1: pd.Series[float]) -> None:
        own = np.asarray(Z1, dtype=np.float64)
        self.W = nearest_weights(Z0.to_numpy().T, own, intercept=self.intercept)
        self.shift = float((own - Z0.to_numpy() @ self.W).mean()) if self.intercept else 0.0

    def _synthetic(self, Z0: pd.DataFrame) -> pd.Series[float]:
        path: pd.Series[float] = super()._synthetic(Z0) + self.shift
        return path


@pytest.fixture(scope="module", params=["sc", "sc_intercept"])
def california(request: pytest.FixtureRequest) -> tuple[Estimator, FewEffects, pd.DataFrame]:
    prop99 = load_prop99()
    panel = panel_of({"y": prop99.packs}, units=prop99.states, first=prop99.years[0])
    effects = pz.synthetic_control(panel, treated="California", start=1989, outcomes=[level()], estimator=request.param)
    return request.param, effects, pd.DataFrame(prop99.packs.T, index=prop99.years, columns=prop99.states)


@pytest.mark.parametrize("alpha", [0.1, 0.3])
def test_ends_of_each_periods_interval(california: tuple[Estimator, FewEffects, pd.DataFrame], alpha: float) -> None:
    """Each of the library's ends lies in the set, and the set's own end within the step after which it stopped."""
    estimator, effects, packs = california
    scm, before = Exact(intercept=estimator == "sc_intercept"), list(range(1970, 1989))
    others, own = packs.drop(columns="California"), packs["California"]
    scm.fit(others.loc[before], own.loc[before])
    tolerance = 0.02
    expected = inference.ConformalInference().confidence_intervals(
        alpha=alpha,
        scm=scm,
        Z0=others,
        Z1=own,
        pre_periods=before,
        post_periods=YEARS,
        tol=tolerance,
        step_sz=4.0,
        max_iter=200,
        verbose=False,
    )
    sets = {item.window[0]: item for item in conformal_band(effects, "y", alpha=alpha).sets}
    for year in YEARS:
        found, row = sets[year], expected.loc[year]
        assert found.count == 20
        (interval,) = [item for item in found.intervals if row["value"] in item]
        for mine, theirs, outwards in ((interval.low, row["lower_ci"], -1), (interval.high, row["upper_ci"], 1)):
            assert theirs in found
            assert 0 <= outwards * (mine - theirs) <= tolerance / 0.75


def test_p_values_at_many_nulls(california: tuple[Estimator, FewEffects, pd.DataFrame]) -> None:
    """The library's p-value is inside its search; its line is repeated on the residuals of its own classes."""
    estimator, effects, packs = california
    scm = Exact(intercept=estimator == "sc_intercept")
    for year in YEARS:
        periods = [*range(1970, 1989), year]
        for null in np.linspace(-60, 40, 15):
            others, own = packs.loc[periods].drop(columns="California"), packs.loc[periods, "California"]
            own = own - np.where(own.index == year, null, 0.0)
            scm.fit(others, own)
            gaps = scm._gaps(others, own)
            expected = np.mean(abs(gaps) >= abs(gaps.loc[year]))
            assert conformal_p(effects, "y", float(null), period=year) == pytest.approx(expected, abs=1e-12)


def test_ridge_augmented_p_values() -> None:
    """With the penalty by the library's cross-validation on all periods used, on this package's grid."""
    prop99 = load_prop99()
    who = prop99.california
    panel = panel_of({"y": prop99.packs}, units=prop99.states, first=1970)
    effects = pz.synthetic_control(panel, treated="California", start=1989, outcomes=[level()], estimator="asc")
    seen = set()
    for null in (-30.0, -20.0, -10.0, 0.0):
        paths = prop99.packs[:, :20].copy()
        paths[who, 19] -= null
        padded = np.hstack([paths, np.zeros((len(paths), 1))])  # it wants a period after those fitted
        ridge = chosen_there(padded, 1, who, last_too=True)
        weights = by_pysyncon(padded, 1, who, ridge).W
        gaps = np.abs(paths[who] - weights @ np.delete(paths, who, axis=0))
        expected = float(np.mean(gaps >= gaps[19]))
        assert conformal_p(effects, "y", null, period=1989) == pytest.approx(expected, abs=1e-12)
        seen.add(expected)
    assert len(seen) > 1


def test_predictors_of_before_do_not_move_with_the_null() -> None:
    """The first difference named above can matter: else nobody would need to know."""
    prop99 = load_prop99()
    packs = pd.DataFrame(prop99.packs.T, index=prop99.years, columns=prop99.states)
    before = list(range(1970, 1989))
    others, own = packs.drop(columns="California"), packs["California"]
    scm, weights = pysyncon.Synth(), []
    for null in (0.0, -40.0):
        moved = own.loc[[*before, 2000]]
        moved = moved - np.where(moved.index == 2000, null, 0.0)
        given = {"X0": others.loc[before], "X1": own.loc[before], "custom_V": np.ones(len(before))}
        scm.fit(Z0=others.loc[[*before, 2000]], Z1=moved, **given)
        weights.append(scm.W)
    np.testing.assert_array_equal(*weights)
    panel = panel_of({"y": prop99.packs}, units=prop99.states, first=1970)
    effects = pz.synthetic_control(panel, treated="California", start=1989, outcomes=[level()])
    # Unmoved weights leave this period's own residual alone to follow the null, one for one.
    gaps = own.loc[[*before, 2000]] - others.loc[[*before, 2000]] @ weights[0]
    bound = float(np.sort(gaps.loc[before].abs())[-2])  # p exceeds 1/10 where two of nineteen are at least as large
    there = (float(gaps.loc[2000]) - bound, float(gaps.loc[2000]) + bound)
    here = next(item for item in conformal_band(effects, "y", alpha=0.1).sets if item.window == (2000,))
    assert all(math.isfinite(end) for item in here.intervals for end in (item.low, item.high))
    assert max(abs(here.intervals[0].low - there[0]), abs(here.intervals[-1].high - there[1])) > 1
