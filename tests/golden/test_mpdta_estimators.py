"""Other estimators on teen employment and minimum wages, beside diff-diff and pyfixest (see data/pyfixest_mpdta.py).

What they define otherwise is held too: by the factor, or the option, that makes the difference. The table is in
docs/explanation/staggered.md.
"""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
import pandas as pd
import pytest

import pilotzone as pz
from pilotzone.core import ManyEstimator
from pilotzone.evaluation.many import (
    NEVER,
    Adjustment,
    Comparison,
    Controls,
    EventCoefficients,
    GroupTimeEffects,
    StackedColumns,
    aggregate_effects,
    covariate_effects,
    group_time_effects,
    imputation,
    moments_of,
    sun_abraham,
    two_way,
    two_way_events,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pilotzone.evaluation.many import CohortMoments, Shares

    Floats = NDArray[np.float64]

diff_diff: Any = import_module("diff_diff")

DATA = Path(__file__).parent / "data"
PYFIXEST: dict[str, Any] = json.loads((DATA / "pyfixest_mpdta.json").read_text(encoding="utf-8"))
LAYOUT = StackedColumns(("employment",), ((2003, 2004, 2005, 2006, 2007),))
COLUMNS = ("log_teen_employment", "county", "year", "first_treated")

COUNTIES, ROWS, UNTREATED = 500, 2500, 2209


def corrected(regressors: int, rows: int = ROWS) -> float:
    """Return the factor of standard errors for few clusters and many regressors, which is one here.

    G / (G - 1) times (N - 1) / (N - K): for K they count regressors and periods, no counties, which clusters nest.
    """
    return float(np.sqrt(COUNTIES / (COUNTIES - 1) * (rows - 1) / (rows - regressors - 5)))


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return pd.read_csv(DATA / "mpdta.csv")


@pytest.fixture(scope="module")
def moments(frame: pd.DataFrame) -> CohortMoments:
    wide = frame.pivot_table(index=["county", "first_treated"], columns="year", values="log_teen_employment")
    cohorts = wide.index.get_level_values("first_treated").to_numpy(dtype=float)
    stacked = LAYOUT.stack({"employment": wide.to_numpy()})  # noqa: PD013 - no data frame
    return moments_of(stacked, np.where(cohorts == 0, np.inf, cohorts))


def cells(effects: GroupTimeEffects) -> dict[tuple[int, int], tuple[float, float]]:
    pairs = zip(effects.estimate.tolist(), effects.se.tolist(), strict=True)
    return {(c.cohort, c.event): pair for c, pair in zip(effects.cells, pairs, strict=True) if not c.reference}


def averages(effects: GroupTimeEffects, shares: Shares) -> dict[tuple[str, int | None], tuple[float, float]]:
    found = aggregate_effects(effects, "simple", "dynamic", shares=shares)
    pairs = zip(found.estimate.tolist(), found.se.tolist(), strict=True)
    return {(row.kind, row.at): pair for row, pair in zip(found.rows, pairs, strict=True)}


def assert_coefficients(found: EventCoefficients, there: dict[str, Any], events: list[int], factor: float = 1) -> None:
    """Hold coefficients and their whole covariance to theirs."""
    order = [found.events.index(event) for event in events]
    np.testing.assert_allclose(found.estimate[order], there["estimate"], rtol=1e-8)
    np.testing.assert_allclose(factor**2 * found.covariance[np.ix_(order, order)], there["covariance"], rtol=1e-7)


# ------------------------------------------------------------------------------------------ Sun and Abraham


def test_sun_abraham_in_diff_diff(frame: pd.DataFrame, moments: CohortMoments) -> None:
    result = diff_diff.SunAbraham().fit(frame, *COLUMNS)
    here, there = cells(sun_abraham(moments, LAYOUT)), result.to_dataframe("cohort")
    assert set(here) == set(zip(there.cohort, there.relative_period, strict=True))
    for cohort, event, effect, error in there[["cohort", "relative_period", "effect", "se"]].itertuples(index=False):
        pair = here[cohort, event]
        assert (pair[0], pair[1] * corrected(len(here))) == pytest.approx((effect, error), rel=1e-8)
    found = averages(sun_abraham(moments, LAYOUT), "given")
    study = result.to_dataframe("event_study")
    assert len(study) == 7
    for event, effect, error in study[["relative_period", "effect", "se"]].itertuples(index=False):
        pair = found["dynamic", event]
        assert (pair[0], pair[1] * corrected(len(here))) == pytest.approx((effect, error), rel=1e-8)
    overall = found["simple", None]
    assert (overall[0], overall[1] * corrected(len(here))) == pytest.approx((result.att, result.se), rel=1e-8)


def test_sun_abraham_in_pyfixest(moments: CohortMoments) -> None:
    """The whole covariance of cohorts' effects, and averages with shares given."""
    there, effects = PYFIXEST["saturated"], sun_abraham(moments, LAYOUT)
    at = {(c.cohort, c.event): k for k, c in enumerate(effects.cells)}
    names = [[float(part.split("::")[1]) for part in name.split(":first")] for name in there["names"]]
    order = [at[int(cohort), int(event)] for event, cohort in names]
    assert len(order) == 12
    factor = corrected(12)
    np.testing.assert_allclose(effects.estimate[order], there["estimate"], rtol=1e-8)
    ours = factor**2 * effects.covariance[np.ix_(order, order)]
    np.testing.assert_allclose(ours, there["covariance"], rtol=1e-7, atol=1e-13)
    found = averages(effects, "given")
    for event, effect, error in zip(there["events"], there["averages"], there["errors"], strict=True):
        pair = found["dynamic", event]
        assert (pair[0], pair[1] * factor) == pytest.approx((effect, error), rel=1e-8)


def test_estimated_shares_are_callaway_santannas(moments: CohortMoments) -> None:
    one = averages(sun_abraham(moments, LAYOUT), "estimated")
    other = averages(group_time_effects(moments, LAYOUT, Comparison(base="universal")), "estimated")
    assert one == other
    given = averages(sun_abraham(moments, LAYOUT), "given")
    # By 2.4% of the standard error: treatment effects that differ between cohorts.
    assert one["simple", None][1] / given["simple", None][1] == pytest.approx(1.0245, abs=5e-5)


# ----------------------------------------------------------------------------------------------- imputation


@pytest.mark.parametrize(("partition", "shares"), [("cohort_horizon", "given"), ("horizon", "estimated")])
def test_imputation_in_diff_diff(frame: pd.DataFrame, moments: CohortMoments, partition: str, shares: Shares) -> None:
    """Effects grouped by cohort and period are shares given; grouped by event time, they are shares estimated."""
    result = diff_diff.ImputationDiD(aux_partition=partition).fit(frame, *COLUMNS)
    found, study = averages(imputation(moments, LAYOUT), shares), result.aggregate("event_study")
    events = [int(event) for event in study.event_time if event >= 0]
    assert events == [0, 1, 2, 3]
    for event, effect, error in zip(study.event_time.tolist(), study.att, study.se, strict=True):
        if event >= 0:
            assert found["dynamic", event] == pytest.approx((effect, error), rel=1e-8)
    assert found["simple", None][0] == pytest.approx(result.overall_att, rel=1e-8)
    if shares == "given":
        assert found["simple", None][1] == pytest.approx(result.overall_se, rel=1e-8)
    else:
        # Units have several event times each, and effects are averaged within these: no shares of cohorts.
        assert result.overall_se < found["simple", None][1]


def test_imputation_in_pyfixest(moments: CohortMoments) -> None:
    effects = imputation(moments, LAYOUT)
    here = {(c.cohort, c.period): e for c, e in zip(effects.cells, effects.estimate.tolist(), strict=True)}
    there = {(cohort, period): value for cohort, period, value in PYFIXEST["imputation"]}
    assert len(there) == 7
    assert here == pytest.approx(there, rel=1e-8)


# ------------------------------------------------------------------------------------ two-way fixed effects


def with_treatment(frame: pd.DataFrame) -> pd.DataFrame:
    ever = frame["first_treated"] > 0
    return frame.assign(treated=(ever & (frame["year"] >= frame["first_treated"])).astype(float))


def test_two_way_in_pyfixest(moments: CohortMoments) -> None:
    found, there = two_way(moments, LAYOUT), PYFIXEST["two_way"]
    assert found.coefficient[0] == pytest.approx(there["estimate"][0], rel=1e-8)
    assert found.covariance[0, 0] == pytest.approx(there["covariance"][0][0], rel=1e-8)
    theirs = np.sqrt(PYFIXEST["two_way_corrected"]["covariance"][0][0])
    assert found.se[0] * corrected(1) == pytest.approx(theirs, rel=1e-8)


def test_two_way_events_in_pyfixest(moments: CohortMoments) -> None:
    there = PYFIXEST["two_way_events"]
    events = [int(name.split("::")[1]) for name in there["names"]]
    found = two_way_events(moments, LAYOUT)
    assert sorted(events) == sorted(found.events)
    order = [found.events.index(event) for event in events]
    np.testing.assert_allclose(found.estimate[order], there["estimate"], rtol=1e-8)
    np.testing.assert_allclose(found.covariance[np.ix_(order, order)], there["covariance"], rtol=1e-7, atol=1e-12)


def test_comparisons_in_diff_diff(frame: pd.DataFrame, moments: CohortMoments) -> None:
    result = diff_diff.BaconDecomposition().fit(frame, *COLUMNS)
    there = {
        (int(c.treated_group), NEVER if c.control_group == "never_treated" else int(c.control_group)): (
            c.weight,
            c.estimate,
        )
        for c in result.comparisons
    }
    found = two_way(moments, LAYOUT)
    assert len(found.pairs) == len(there) == 9
    for pair in found.pairs:
        expected = there[pair.treated[0], pair.controls[0]]
        assert (pair.weight, pair.estimate) == pytest.approx(expected, rel=1e-8)
    assert found.forbidden_share("employment") == pytest.approx(0.0539, abs=5e-5)


def test_weights_of_effects_in_diff_diff(frame: pd.DataFrame, moments: CohortMoments) -> None:
    """De Chaisemartin and D'Haultfoeuille's, there of each county in each year."""
    result = diff_diff.twowayfeweights(
        with_treatment(frame), "log_teen_employment", unit="county", time="year", treatment="treated"
    )
    by_cell = result.weights.merge(with_treatment(frame), on=["county", "year"])
    sums = by_cell[by_cell["treated"] == 1].groupby(["first_treated", "year"])["weight"].sum()
    found = two_way(moments, LAYOUT)
    here = {(item.cohort, item.period): item.weight for item in found.weights}
    assert here == pytest.approx({(int(c), int(t)): float(w) for (c, t), w in sums.items()}, rel=1e-8)
    count, total = found.negative("employment")
    assert count == 1
    assert total == pytest.approx(-0.0109, abs=5e-5)
    assert found.least_spread("employment") == pytest.approx(result.sigma_fe, rel=1e-8)
    assert found.coefficient[0] == pytest.approx(result.beta_fe, rel=1e-8)


# ----------------------------------------------------------------------------------------------- covariates


@pytest.mark.parametrize("adjustment", get_args(Adjustment))
@pytest.mark.parametrize("controls", get_args(Controls))
def test_covariates_in_diff_diff(frame: pd.DataFrame, adjustment: Adjustment, controls: Controls) -> None:
    """Its own fit of the whole panel, which decides about periods and controls itself; the covariate is drawn."""
    counties = np.unique(frame["county"])
    drawn = np.random.default_rng(11).normal(size=len(counties))
    data = frame.assign(x=drawn[np.searchsorted(counties, frame["county"])])
    model = diff_diff.CallawaySantAnna(control_group=controls, estimation_method=adjustment)
    result = model.fit(data, *COLUMNS, covariates=["x"])
    wide = frame.pivot_table(index=["county", "first_treated"], columns="year", values="log_teen_employment")
    cohorts = wide.index.get_level_values("first_treated").to_numpy(dtype=float)
    found = covariate_effects(
        {"employment": wide.to_numpy()},
        np.where(cohorts == 0, np.inf, cohorts),
        {"x": drawn},
        LAYOUT,
        Comparison(controls),
        adjustment,
    )
    here = {
        (c.cohort, c.period): p for c, p in zip(found.cells, zip(found.estimate, found.se, strict=True), strict=True)
    }
    there = {(int(g), int(t)): (c["effect"], c["se"]) for (g, t), c in result.group_time_effects.items()}
    assert here.keys() == there.keys()
    for name, pair in here.items():
        assert pair == pytest.approx(there[name], rel=1e-8)
    assert averages(found, "estimated")["simple", None] == pytest.approx(
        (result.overall_att, result.overall_se), rel=1e-8
    )


@pytest.mark.filterwarnings("ignore:Rank-deficient design matrix:UserWarning")
def test_cohorts_after_the_end_beside_diff_diff() -> None:
    """What docs/explanation/staggered.md says of each program: with these recoded to never treated, all agree."""
    rng = np.random.default_rng(5)
    n, T = 150, 4
    start = rng.choice([0, 2003, 2006], n)
    frame = pd.DataFrame(
        {"id": np.repeat(np.arange(n), T), "t": np.tile(np.arange(2001, 2005), n), "g": np.repeat(start, T)}
    )
    frame["y"] = rng.normal(size=n * T) + 0.5 * ((frame.g > 0) & (frame.t >= frame.g))
    recoded = frame.assign(g=frame.g.where(frame.g <= 2004, 0))
    ours = pz.evaluate(frame, unit="id", time="t", cohort="g", outcomes="y").of("cell")

    def theirs(data: pd.DataFrame, controls: str) -> dict[tuple[int, int], tuple[float, float]]:
        program = diff_diff.CallawaySantAnna(control_group=controls)
        found = program.fit(data, outcome="y", unit="id", time="t", first_treat="g").group_time_effects
        return {(int(g), int(t)): (float(v["effect"]), float(v["se"])) for (g, t), v in found.items()}

    same = {(row.cohort, row.period): (row.estimate, row.se) for row in ours}
    assert set(same) == {(2003, 2002), (2003, 2003), (2003, 2004)}
    for key, one in theirs(recoded, "never_treated").items():
        assert same[key] == pytest.approx(one, rel=1e-9)
    yet = theirs(frame, "not_yet_treated")
    assert {key for key in yet if key[0] == 2006} == {(2006, 2002), (2006, 2003), (2006, 2004)}
    for name, pair in same.items():
        assert pair == pytest.approx(next(one for key, one in yet.items() if key == name), rel=1e-9)
    apart = theirs(frame, "never_treated")
    assert abs(apart[2003, 2003][0] - yet[2003, 2003][0]) > 0.05
    programs: dict[ManyEstimator, Any] = {
        "sun_abraham": diff_diff.SunAbraham,
        "imputation": diff_diff.ImputationDiD,
    }
    for estimator, program in programs.items():
        (row,) = pz.evaluate(
            frame, unit="id", time="t", cohort="g", outcomes="y", estimator=estimator, summary="simple"
        ).overall
        named = {"outcome": "y", "unit": "id", "time": "t", "first_treat": "g"}
        assert row.estimate == pytest.approx(program().fit(recoded, **named).overall_att, rel=1e-8)
        whole = program().fit(frame, **named).overall_att
        assert (row.estimate == pytest.approx(whole, rel=1e-8)) == (estimator == "imputation")
