"""Sun and Abraham's estimator, imputation and two-way fixed effects from moments, beside regressions on all units."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from tests.unit.many.ordinary import Long, imputed, long, ols
from tests.unit.many.plain import Data, draw

from pilotzone.core import MethodError, UsageError
from pilotzone.evaluation.many import (
    NEVER,
    Comparison,
    GroupTimeEffects,
    LeftOut,
    StackedColumns,
    aggregate_effects,
    estimate_moments,
    group_time_effects,
    imputation,
    moments_of,
    sun_abraham,
    two_way,
    two_way_events,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pilotzone.evaluation.many import CohortMoments

    Floats = NDArray[np.float64]

INF = np.inf
TWO = {"jobs": (2010, 2011, 2012, 2013, 2014, 2015), "co2": (2009, 2011, 2012, 2014, 2016)}
# Cohorts treated before, in, between and after the periods of either outcome; one has a single unit.
SIZES: dict[str, dict[float, int]] = {
    "staggered": {2008: 3, 2011: 5, 2012: 6, 2013: 1, 2014: 4, 2016: 4, 2017: 3, INF: 7},
    "all treated in the end": {2012: 6, 2013: 4, 2015: 5},
    "one cohort": {2013: 4, INF: 5},
}
DESIGNS = pytest.mark.parametrize("name", SIZES)
AHEAD = pytest.mark.parametrize("anticipation", [0, 1])


def prepared(name: str) -> tuple[Data, CohortMoments, StackedColumns]:
    data = draw(SIZES[name], TWO, seed=3)
    layout = StackedColumns(tuple(TWO), tuple(TWO.values()))
    return data, moments_of(layout.stack(data.values), data.cohorts), layout


def panels(data: Data) -> dict[str, Long]:
    return {name: long(values, data.periods[name], data.cohorts) for name, values in data.values.items()}


def assert_joint(ours: Floats, influence: Floats) -> None:
    """Hold a joint covariance to the cross products of units' influences, entry by entry."""
    expected = influence @ influence.T
    scale = np.sqrt(np.outer(np.diag(expected), np.diag(expected)))
    # An effect of single units on both sides has no variance but rounding, whose size is that of the outcomes.
    assert (np.abs(ours - expected) <= 1e-10 * scale + 1e-14 * expected.max()).all()


def assert_close(ours: Floats, expected: Floats, influence: Floats) -> None:
    """Hold coefficients to others by the size of both and of their standard errors."""
    scale = np.abs(expected) + np.sqrt((influence**2).sum(axis=1))
    assert (np.abs(ours - expected) <= 1e-10 * scale + 1e-12).all()


def labels(effects: GroupTimeEffects) -> list[tuple[str, int, int]]:
    return [(c.outcome, c.cohort, c.period) for c in effects.cells if not c.reference]


def dummies(data: Long, names: list[tuple[float, float]], by: Floats) -> Floats:
    return np.array([(data.cohort == cohort) & (by == at) for cohort, at in names], dtype=float).T


# ------------------------------------------------------------------------------------------ Sun and Abraham


def saturated(panel: Long, anticipation: int) -> tuple[list[tuple[float, float]], Floats, Floats]:
    """Return cohorts and periods with a dummy, their coefficients and units' influences.

    Those treated from the start are left out. Those not treated in the data are what others are compared with, or
    those treated last, with the periods until then.
    """
    first, last = panel.time.min(), panel.time.max()
    starts = panel.cohort - anticipation
    if not (starts > last).any():
        panel = panel.only(panel.time < starts.max())
        starts = panel.cohort - anticipation
        last = panel.time.max()
    panel = panel.only(starts > first)
    names = []
    for cohort in np.unique(panel.cohort):
        if cohort - anticipation > last:
            continue
        periods = np.unique(panel.time)
        reference = periods[periods < cohort - anticipation][-1]
        names += [(float(cohort), float(t)) for t in periods if t != reference]
    coefficients, influence = ols(panel, dummies(panel, names, panel.time))
    return names, coefficients, influence


@DESIGNS
@AHEAD
def test_sun_abraham_is_the_saturated_regression(name: str, anticipation: int) -> None:
    data, moments, layout = prepared(name)
    effects = sun_abraham(moments, layout, anticipation=anticipation)
    names: list[Any] = []
    coefficients, influences = [], []
    for outcome, panel in panels(data).items():
        # A cohort behind the last period that anticipates within has dummies in a regression, and no effects here.
        within = panel.only((panel.cohort <= panel.time.max()) | (panel.cohort - anticipation > panel.time.max()))
        some, estimate, influence = saturated(within, anticipation)
        names += [(outcome, cohort, t) for cohort, t in some]
        coefficients.append(estimate)
        influences.append(influence)
    assert labels(effects) == names
    kept = [c for c, cell in enumerate(effects.cells) if not cell.reference]
    assert_close(effects.estimate[kept], np.concatenate(coefficients), np.vstack(influences))
    assert_joint(effects.covariance[np.ix_(kept, kept)], np.vstack(influences))


@pytest.mark.parametrize("name", ["staggered", "one cohort"])
@AHEAD
def test_sun_abraham_is_callaway_santanna_without_covariates(name: str, anticipation: int) -> None:
    """With never-treated units and a universal base, in every figure."""
    _, moments, layout = prepared(name)
    one = sun_abraham(moments, layout, "never_treated", anticipation=anticipation)
    other = group_time_effects(moments, layout, Comparison("never_treated", "universal", anticipation))
    assert one.cells == other.cells
    assert one.left_out == other.left_out
    np.testing.assert_array_equal(one.estimate, other.estimate)
    np.testing.assert_array_equal(one.covariance, other.covariance)


def test_cohorts_treated_last_as_reference() -> None:
    """Asked for where others are never treated: these are not used, and what is left out is listed."""
    data, moments, layout = prepared("staggered")
    effects = sun_abraham(moments, layout, "last_treated")
    keep = np.isfinite(data.cohorts) & (data.cohorts < 2016)
    jobs = StackedColumns(("jobs",), (TWO["jobs"],))
    alone = sun_abraham(moments_of(jobs.stack({"jobs": data.values["jobs"][keep]}), data.cohorts[keep]), jobs)
    mine = [c for c, cell in enumerate(effects.cells) if cell.outcome == "jobs"]
    np.testing.assert_allclose(effects.estimate[mine], alone.estimate, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(effects.se[mine], alone.se, rtol=1e-12)
    assert {cell.period for cell in alone.cells} == {2010, 2011, 2012, 2013}
    last = "treated last: the others are compared with it"
    never = "never treated, and the others are compared with those treated last"
    start = "treated, or anticipating, from the first period on: nothing to compare with"
    assert [item for item in effects.left_out if item.outcome == "jobs"] == [
        LeftOut("jobs", 2008, None, start),
        *[
            LeftOut("jobs", cohort, period, "no unit is not yet treated")
            for cohort in (2011, 2012, 2013)
            for period in (2014, 2015)
        ],
        LeftOut("jobs", 2014, None, last),
        *[LeftOut("jobs", cohort, None, never) for cohort in (2016, 2017, NEVER)],
    ]


# ----------------------------------------------------------------------------------------------- imputation


def cell_weights(panel: Long, cells: list[tuple[float, float]]) -> list[Floats]:
    found = [((panel.cohort == cohort) & (panel.time == t)).astype(float) for cohort, t in cells]
    return [weight / weight.sum() for weight in found]


def by_cohort_and_period(panel: Long) -> NDArray[np.generic]:
    return panel.cohort * 1e4 + panel.time


def by_event_time(panel: Long) -> NDArray[np.generic]:
    return panel.since


def usable(panel: Long, anticipation: int) -> Long:
    """Return observations that are imputed or that help to impute: others have nothing to stand on."""
    panel = panel.only(panel.cohort - anticipation > panel.time.min())
    there = np.unique(panel.time[panel.since < -anticipation])
    last = panel.time.max()
    late = (panel.cohort > last) & (panel.since >= -anticipation)
    return panel.only(np.isin(panel.time, there) & ~late)


@DESIGNS
@AHEAD
def test_imputation_is_that_of_all_units(name: str, anticipation: int) -> None:
    data, moments, layout = prepared(name)
    effects = imputation(moments, layout, anticipation=anticipation)
    estimates, adds = [], []
    for outcome, whole in panels(data).items():
        panel = usable(whole, anticipation)
        cells = [(float(c), float(t)) for o, c, t in labels(effects) if o == outcome]
        treated = panel.since >= -anticipation
        assert set(cells) == set(zip(panel.cohort[treated].tolist(), panel.time[treated].tolist(), strict=True))
        sums, psi = imputed(panel, anticipation, cell_weights(panel, cells), by_cohort_and_period)
        estimates.append(sums)
        adds.append(psi)
    assert_close(effects.estimate, np.concatenate(estimates), np.vstack(adds))
    assert_joint(effects.covariance, np.vstack(adds))
    np.testing.assert_allclose(effects.influences.shares @ effects.sizes[0], 0, atol=1e-10)


@DESIGNS
def test_groupings_of_effects_are_shares_given_or_estimated(name: str) -> None:
    """Effects grouped by cohort and period: cohorts' shares are given. Grouped by event time: they are estimated."""
    data, moments, layout = prepared(name)
    effects = imputation(moments, layout)
    given = aggregate_effects(effects, "dynamic", shares="given")
    random = aggregate_effects(effects, "dynamic")
    fine, coarse, sums = [], [], []
    for outcome, whole in panels(data).items():
        panel = usable(whole, 0)
        events = [row.at for row in given.rows if row.outcome == outcome and row.at is not None]
        weights = [(panel.since == event) / (panel.since == event).sum() for event in events]
        some, psi = imputed(panel, 0, weights, by_cohort_and_period)
        fine.append(psi)
        sums.append(some)
        coarse.append(imputed(panel, 0, weights, by_event_time)[1])
    rows = [k for k, row in enumerate(given.rows) if row.at is not None]
    assert_close(given.estimate[rows], np.concatenate(sums), np.vstack(fine))
    assert_joint(given.covariance[np.ix_(rows, rows)], np.vstack(fine))
    assert_joint(random.covariance[np.ix_(rows, rows)], np.vstack(coarse))


def test_the_mean_over_all_treated_observations() -> None:
    data, moments, layout = prepared("staggered")
    simple = aggregate_effects(imputation(moments, layout), "simple", shares="given")
    adds, sums = [], []
    for whole in panels(data).values():
        panel = usable(whole, 0)
        some, psi = imputed(panel, 0, [(panel.since >= 0) / (panel.since >= 0).sum()], by_cohort_and_period)
        sums.append(some)
        adds.append(psi)
    np.testing.assert_allclose(simple.estimate, np.concatenate(sums), rtol=1e-10)
    assert_joint(simple.covariance, np.vstack(adds))


def test_influences_of_imputation_are_derivatives_by_units_weights() -> None:
    """Nobody's formula: weighted imputation with a weight on each unit, differentiated by complex steps."""
    data, moments, layout = prepared("staggered")
    effects = imputation(moments, layout)
    averages = aggregate_effects(effects, "simple", "dynamic")
    step, n = 1e-30, len(data.cohorts)
    influence = np.zeros((len(averages.rows), n))
    for o, whole in panels(data).items():
        rows = [k for k, row in enumerate(averages.rows) if row.outcome == o]
        for i in range(n):
            weight = np.ones(n, dtype=complex)
            weight[i] += 1j * step
            found = weighted_averages(usable(whole, 0), weight)
            influence[rows, i] = [found[averages.rows[k].at, averages.rows[k].kind].imag / step for k in rows]
    assert_joint(averages.covariance, influence)


def weighted_averages(panel: Long, weight: NDArray[np.complex128]) -> dict[tuple[int | None, str], complex]:
    treated, w = panel.since >= 0, weight[panel.unit]
    X = panel.effects()
    X0, w0 = X[~treated], w[~treated]
    found = np.linalg.solve(X0.T @ (w0[:, None] * X0), X0.T @ (w0 * panel.y[~treated]))
    tau, w1, since = panel.y[treated] - X[treated] @ found, w[treated], panel.since[treated]
    result: dict[tuple[int | None, str], complex] = {(None, "simple"): (w1 @ tau) / w1.sum()}
    events = sorted(set(since.astype(int).tolist()))
    for event in events:
        some = since == event
        result[event, "dynamic"] = (w1[some] @ tau[some]) / w1[some].sum()
    result[None, "dynamic"] = sum(result[event, "dynamic"] for event in events) / len(events)
    return result


# ------------------------------------------------------------------------------------ two-way fixed effects


@DESIGNS
def test_two_way_is_the_regression_on_all_units(name: str) -> None:
    data, moments, layout = prepared(name)
    found = two_way(moments, layout)
    pairs = [ols(panel, (panel.since >= 0)[:, None].astype(float)) for panel in panels(data).values()]
    np.testing.assert_allclose(found.coefficient, [b[0] for b, _ in pairs], rtol=1e-10)
    assert_joint(found.covariance, np.vstack([psi for _, psi in pairs]))


@DESIGNS
def test_comparisons_add_up_to_the_coefficient(name: str) -> None:
    """Goodman-Bacon's theorem, and each comparison as a regression on its own observations."""
    data, moments, layout = prepared(name)
    found = two_way(moments, layout)
    for o, (outcome, panel) in enumerate(panels(data).items()):
        pairs = [pair for pair in found.pairs if pair.outcome == outcome]
        assert sum(pair.weight for pair in pairs) == pytest.approx(1, abs=1e-14)
        assert all(pair.weight > 0 for pair in pairs)
        total = sum(pair.weight * pair.estimate for pair in pairs)
        assert total == pytest.approx(found.coefficient[o], rel=1e-11)
        for pair in pairs:
            one, other = (
                np.isin(panel.cohort, [INF if c == NEVER else c for c in side])
                for side in (pair.treated, pair.controls)
            )
            since = panel.since
            start = min(panel.time[one & (since >= 0)])
            early = min(panel.time[other & (since >= 0)], default=INF)
            some = one | other
            some &= panel.time < early if start < early else panel.time >= early
            if not pair.forbidden:
                assert (since[some & other] < 0).all()
            else:
                assert (since[some & other] >= 0).all()
            b, _ = ols(panel.only(some), (one & (panel.time >= start))[some][:, None].astype(float))
            assert pair.estimate == pytest.approx(b[0], rel=1e-9)


@DESIGNS
def test_weights_of_effects(name: str) -> None:
    """Outcomes that are effects by cohort and period alone: the coefficient is their weighted sum, for any effects."""
    data, _, layout = prepared(name)
    rng = np.random.default_rng(8)
    made = {o: np.zeros_like(values) for o, values in data.values.items()}
    truth = {}
    for o, values in made.items():
        for cohort in np.unique(data.cohorts):
            for j, t in enumerate(data.periods[o]):
                if t >= cohort:
                    truth[o, int(cohort), t] = rng.normal()
                    values[data.cohorts == cohort, j] = truth[o, int(cohort), t]
    found = two_way(moments_of(np.hstack([made[o] for o in layout.outcomes]), data.cohorts), layout)
    for o, value in zip(found.outcomes, found.coefficient.tolist(), strict=True):
        mine = [item for item in found.weights if item.outcome == o]
        assert sum(item.weight for item in mine) == pytest.approx(1, abs=1e-13)
        assert value == pytest.approx(sum(w.weight * truth[o, w.cohort, w.period] for w in mine), rel=1e-11)
        assert {(w.cohort, w.period) for w in mine} == {(c, t) for name_, c, t in truth if name_ == o}


def test_a_coefficient_can_have_the_wrong_sign_and_the_warning_says_so() -> None:
    """Effects that grow and are above zero everywhere, trends that are flat: two-way fixed effects fall below zero."""
    layout = StackedColumns(("jobs",), (tuple(range(1, 11)),))
    cohorts = np.repeat([2.0, 6.0], 5)
    effect = np.maximum(np.arange(1, 11) - cohorts[:, None] + 1, 0.0) ** 2
    found = two_way(moments_of(layout.stack({"jobs": effect}), cohorts), layout)
    assert found.coefficient[0] < 0
    (said,) = found.statements()
    assert "jobs: two-way fixed effects would have said -" in said
    share = found.forbidden_share("jobs")
    assert f"{100 * share:.1f}% of it compares with units that are treated already" in said
    count, total = found.negative("jobs")
    assert count > 0 > total
    assert f"{count} of {len(found.weights)} effects count with a negative weight" in said
    table = found.to_table()
    assert "warning" in table.title
    assert "not an estimate of an effect" in table.note
    assert table.rows()[-1] == ("jobs", "two-way fixed effects: all together", None, 1.0, found.coefficient[0])
    assert sum(w for w, last in zip(table.columns["weight"], table.columns["forbidden"], strict=True)
               if last and isinstance(w, float)) == pytest.approx(share, rel=1e-12)  # fmt: skip
    assert len(found.pairs_table()) == len(found.pairs) == 2


def test_one_cohort_and_never_treated_units_have_nothing_to_warn_of() -> None:
    _, moments, layout = prepared("one cohort")
    found = two_way(moments, layout)
    assert found.forbidden_share("jobs") == 0
    assert found.negative("jobs") == (0, 0)
    assert found.least_spread("jobs") == INF
    assert found.statements()[0].endswith("no weight is negative.")


@DESIGNS
@AHEAD
def test_two_way_events_are_the_regression_on_all_units(name: str, anticipation: int) -> None:
    data, moments, layout = prepared(name)
    found = two_way_events(moments, layout, anticipation=anticipation)
    estimates, adds = [], []
    for outcome, panel in panels(data).items():
        events = [event for o, event in zip(found.outcomes, found.events, strict=True) if o == outcome]
        treated = panel.cohort <= panel.time.max()
        since = set(panel.since[treated].astype(int).tolist())
        missing = since - set(events)
        reference = max(event for event in since if event < -anticipation)
        assert missing == {reference} | {event for o, event in found.dropped if o == outcome}
        flags = np.array([treated & (panel.since == event) for event in events], dtype=float).T
        b, psi = ols(panel, flags)
        estimates.append(b)
        adds.append(psi)
    assert_close(found.estimate, np.concatenate(estimates), np.vstack(adds))
    assert_joint(found.covariance, np.vstack(adds))
    if name == "all treated in the end":
        assert ("jobs", -5) in found.dropped


# --------------------------------------------------------------------------------------- all of them together


def test_all_estimators_agree_where_there_is_one_comparison() -> None:
    """One cohort, two periods."""
    data = draw({2016: 6, INF: 9}, {"jobs": (2015, 2016)})
    layout = StackedColumns(("jobs",), ((2015, 2016),))
    moments = moments_of(layout.stack(data.values), data.cohorts)
    plain = group_time_effects(moments, layout)
    for estimator in ("callaway_santanna", "sun_abraham", "imputation"):
        effects = estimate_moments(moments, layout, Comparison(), estimator)
        assert effects.estimate[-1] == pytest.approx(plain.estimate[0], rel=1e-13)
        assert effects.se[-1] == pytest.approx(plain.se[0], rel=1e-13)
    found = two_way(moments, layout)
    assert (found.coefficient[0], found.se[0]) == pytest.approx((plain.estimate[0], plain.se[0]), rel=1e-12)
    events = two_way_events(moments, layout)
    assert (events.estimate[0], events.se[0]) == pytest.approx((plain.estimate[0], plain.se[0]), rel=1e-12)


def test_the_choice_of_an_estimator() -> None:
    _, moments, layout = prepared("all treated in the end")
    for controls in ("never_treated", "not_yet_treated"):
        last = estimate_moments(moments, layout, Comparison(controls), "sun_abraham")
        np.testing.assert_array_equal(last.estimate, sun_abraham(moments, layout, "last_treated").estimate)
        assert last.comparison == Comparison("not_yet_treated", "universal")
        assert last.told[0] == (
            "On jobs, cohorts are compared with the one treated last, in periods up to 2014: no unit is never treated."
        )
    with pytest.raises(MethodError, match="no unit is never treated"):
        estimate_moments(moments, layout, Comparison(), "callaway_santanna")
    ahead = estimate_moments(moments, layout, Comparison(anticipation=1), "imputation")
    assert min(cell.event for cell in ahead.cells) == -1
    assert ahead.comparison == Comparison("not_yet_treated", "universal", 1)
    with pytest.raises(UsageError, match="shown as a warning"):
        estimate_moments(moments, layout, Comparison(), "twfe")
    with pytest.raises(UsageError, match="Did you mean 'imputation'"):
        estimate_moments(moments, layout, Comparison(), "imputations")  # type: ignore[arg-type]


def test_what_estimators_refuse() -> None:
    _, moments, layout = prepared("staggered")
    other = StackedColumns(("jobs",), ((2010, 2011),))
    for estimate in (sun_abraham, imputation, two_way, two_way_events):
        with pytest.raises(MethodError, match="moments have 11 columns"):
            estimate(moments, other)
    with pytest.raises(UsageError, match="Did you mean 'last_treated'"):
        sun_abraham(moments, layout, "last_treatd")  # type: ignore[arg-type]
    alone = moments_of(np.arange(12.0).reshape(2, 6), [2012, 2012])
    jobs = StackedColumns(("jobs",), (TWO["jobs"],))
    with pytest.raises(MethodError, match="being treated does not vary"):
        two_way(alone, jobs)
    with pytest.raises(MethodError, match="no time since treatment has a coefficient"):
        two_way_events(alone, jobs)
    with pytest.raises(MethodError, match="no effect can be estimated: no unit is not yet treated"):
        imputation(alone, jobs)
    with pytest.raises(MethodError, match="no effect can be estimated: treated last"):
        sun_abraham(alone, jobs)
    with pytest.raises(UsageError, match="shares is 'fixed'"):
        aggregate_effects(group_time_effects(moments, layout), "simple", shares="fixed")  # type: ignore[arg-type]


def test_shares_given_leave_their_part_of_the_variance_out() -> None:
    _, moments, layout = prepared("staggered")
    effects = group_time_effects(moments, layout, Comparison("not_yet_treated"))
    given, random = (aggregate_effects(effects, "simple", "dynamic", shares=s) for s in ("given", "estimated"))
    assert not given.shares.any()
    np.testing.assert_array_equal(given.estimate, random.estimate)
    expected = given.weights @ effects.covariance @ given.weights.T
    np.testing.assert_allclose(given.covariance, expected, rtol=1e-12, atol=1e-15)
    assert not np.allclose(given.covariance, random.covariance)


def test_levels_cost_no_digits() -> None:
    data, _, layout = prepared("staggered")
    small = {name: np.round(8 * values) for name, values in data.values.items()}
    near, far = (
        moments_of(np.hstack([small[o] + level for o in layout.outcomes]), data.cohorts) for level in (0.0, 2.0**40)
    )
    for estimate in (sun_abraham, imputation):
        one, other = estimate(near, layout), estimate(far, layout)
        np.testing.assert_allclose(other.estimate, one.estimate, rtol=0, atol=1e-10 * one.se.max())
    first, second = two_way(near, layout), two_way(far, layout)
    np.testing.assert_allclose(second.coefficient, first.coefficient, rtol=0, atol=1e-10 * first.se.max())


def any_design(seed: int) -> tuple[Data, CohortMoments, StackedColumns]:
    """Draw cohorts, numbers of units and periods with gaps at random; somebody can be compared with somebody."""
    rng = np.random.default_rng(seed)
    periods = {
        o: tuple(sorted(rng.choice(np.arange(2005, 2016), rng.integers(3, 8), replace=False).tolist())) for o in "ab"
    }
    first = max(item[0] for item in periods.values())
    pool = [float(c) for c in rng.choice(np.arange(2004, 2018), 5, replace=False)]
    sizes = {c: int(rng.integers(1, 6)) for c in sorted({*pool, first + 1.0})}
    sizes[INF if rng.random() < 0.7 else 2030.0] = int(rng.integers(1, 6))
    data = draw(sizes, periods, seed)
    layout = StackedColumns(tuple(periods), tuple(periods.values()))
    return data, moments_of(layout.stack(data.values), data.cohorts), layout


@pytest.mark.parametrize("seed", range(20))
def test_any_design(seed: int) -> None:
    """Imputation, its cells and leads, and both of two-way fixed effects, where cohorts and periods are drawn."""
    data, moments, layout = any_design(seed)
    effects, static, events = imputation(moments, layout), two_way(moments, layout), two_way_events(moments, layout)
    sums, adds, b, psi, e, chi = [], [], [], [], [], []
    for o, whole in panels(data).items():
        panel = usable(whole, 0)
        cells = [(float(c), float(t)) for name, c, t in labels(effects) if name == o]
        treated = panel.since >= 0
        assert set(cells) == set(zip(panel.cohort[treated].tolist(), panel.time[treated].tolist(), strict=True))
        if cells:
            some, add = imputed(panel, 0, cell_weights(panel, cells), by_cohort_and_period)
            sums.append(some)
            adds.append(add)
        one, both = ols(whole, (whole.since >= 0)[:, None].astype(float))
        b.append(one)
        psi.append(both)
        mine = [event for name, event in zip(events.outcomes, events.events, strict=True) if name == o]
        flags = np.array([(whole.cohort <= whole.time.max()) & (whole.since == event) for event in mine], dtype=float).T
        two, three = ols(whole, flags)
        e.append(two)
        chi.append(three)
    assert_close(effects.estimate, np.concatenate(sums), np.vstack(adds))
    assert_joint(effects.covariance, np.vstack(adds))
    assert_close(static.coefficient, np.concatenate(b), np.vstack(psi))
    assert_joint(static.covariance, np.vstack(psi))
    assert_close(events.estimate, np.concatenate(e), np.vstack(chi))
    assert_joint(events.covariance, np.vstack(chi))
    for o, value in zip(static.outcomes, static.coefficient, strict=True):
        pairs = [pair for pair in static.pairs if pair.outcome == o]
        assert sum(pair.weight * pair.estimate for pair in pairs) == pytest.approx(value, rel=1e-9, abs=1e-11)
