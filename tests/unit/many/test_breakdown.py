"""Breakdowns of one-sided findings: brute force over bounds, the level at the worst case, the panel's own study."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy import stats
from tests.simulation.departures import CONTROLS, SETTINGS, TREATED, noise_of, study_of, true_se

from pilotzone.core import NEVER, Outcome
from pilotzone.evaluation.many import (
    Comparison,
    ManyDesign,
    ManyEffects,
    StackedColumns,
    evaluate,
    evaluate_panel,
    group_time_effects,
    honest_effect,
    moments_of,
)
from pilotzone.evaluation.many.estimators.aggregates import aggregate_effects
from pilotzone.evaluation.many.inference import takeover
from pilotzone.evaluation.many.trends.breakdown import ParallelStudy, parallel_study
from pilotzone.store import PanelColumns, open_panel

LAYOUT = StackedColumns(("y",), (tuple(range(2010, 2019)),))
OUTCOME = Outcome("y", role="development", good="up", margin=0.05, scale="level")


def random_study(moves: int, seed: int, degrees: float | None = None) -> ParallelStudy:
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(1 + moves, 1 + moves)) / 3
    estimate = np.append(2 + rng.exponential(), rng.normal(size=moves) / 2)
    return ParallelStudy(estimate, root @ root.T, 2.5, degrees)


def rejected(study: ParallelStudy, size: float, sign: int, null: float, alpha: float) -> bool:
    """Whether each sum of coefficients, written as weights on estimates, lies beyond the null by its own error."""
    moves = len(study.estimate) - 1
    point = stats.norm.isf(alpha) if study.degrees is None else stats.t.isf(alpha, study.degrees)
    for k in range(moves):
        for turn in (1.0, -1.0):
            weights = np.zeros(1 + moves)
            weights[0], weights[1 + k] = sign, -turn * size * study.reach
            if not weights @ study.estimate - sign * null > point * np.sqrt(weights @ study.covariance @ weights):
                return False
    return True


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize(("moves", "sign", "degrees"), [(1, 1, None), (4, 1, 7.0), (4, -1, None), (8, -1, 30.0)])
def test_breakdown_is_where_the_test_stops_rejecting(moves: int, sign: int, degrees: float | None, seed: int) -> None:
    study = random_study(moves, seed, degrees)
    null = -sign * 1.0 if sign > 0 else 6.0
    found = study.breakdown(sign, null, 0.05)
    if found == 0:
        assert not rejected(study, 0.0, sign, null, 0.05)
        return
    assert np.isfinite(found)
    for share in (0.0, 0.3, 0.9, 1 - 1e-9):
        assert rejected(study, share * found, sign, null, 0.05)
        assert sign * study.limit(sign, share * found, 0.05) > sign * null
    for share in (1 + 1e-9, 1.1, 2.0, 50.0):
        assert not rejected(study, share * found, sign, null, 0.05)
    assert study.limit(sign, found, 0.05) == pytest.approx(null, abs=1e-9)


def test_moves_without_error_give_a_ratio() -> None:
    """Known moves: the estimate less its error over reach times the largest of them; none that move: no bound."""
    covariance = np.zeros((3, 3))
    covariance[0, 0] = 0.04
    study = ParallelStudy(np.array([1.0, 0.1, -0.3]), covariance, 2.0)
    assert study.breakdown(1, 0.2, 0.05) == pytest.approx((0.8 - 0.2 * stats.norm.isf(0.05)) / 0.6, rel=1e-12)
    assert study.breakdown(-1, 0.2, 0.05) == 0.0
    still = ParallelStudy(np.array([1.0, 0.0]), np.diag([0.04, 0.0]), 2.0)
    assert still.breakdown(1, 0.2, 0.05) == np.inf


@pytest.mark.parametrize("size", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("step", [0.0, 1.0, 4.0])
def test_the_level_holds_where_departures_are_as_large_as_allowed(size: float, step: float) -> None:
    """After the reference the difference moves by all that is allowed; the effect is zero. Large moves use it up."""
    rng = np.random.default_rng(5)
    moves, after, draws = 3, 4, 4_000
    earlier = -np.cumsum([0.2 * step, -step, 0.5 * step][::-1])[::-1]
    mean = np.concatenate([earlier, size * step * np.arange(1, after + 1)])
    covariance = np.full((moves + after, moves + after), 0.5) + 0.5 * np.eye(moves + after)
    turn = np.zeros((1 + moves, moves + after))
    turn[0, moves:] = 1 / after
    turn[1 : 1 + moves, :moves] = np.eye(moves, k=1) - np.eye(moves)
    matrix = turn @ covariance @ turn.T
    found = 0
    for estimate in rng.multivariate_normal(turn @ mean, matrix, draws):
        found += ParallelStudy(estimate, matrix, 2.5).limit(1, size, 0.05) > 0
    assert found / draws <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / draws)
    if step == 4.0:
        assert found / draws >= 0.03  # the test is not merely cautious


def drawn(cohorts: list[int], seed: int = 7) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    labels = np.array(cohorts)
    periods = np.array(LAYOUT.periods[0])
    return rng.normal(size=(len(labels), len(periods))) + 3.0 * (labels[:, None] <= periods), labels


def test_one_cohort_is_its_event_study_by_hand() -> None:
    values, labels = drawn([2014] * 20 + [NEVER] * 30)
    effects = group_time_effects(moments_of(values, labels), LAYOUT, Comparison(base="universal"))
    study = parallel_study(effects, aggregate_effects(effects, "dynamic", "group"), "y", "group")
    assert isinstance(study, ParallelStudy)
    means = values[:20].mean(axis=0) - values[20:].mean(axis=0)
    assert study.estimate == pytest.approx([means[4:].mean() - means[3], *np.diff(means[:4])], rel=1e-12)
    turn = np.array([[0, 0, 0, -5, 1, 1, 1, 1, 1], *[np.eye(9)[k + 1] - np.eye(9)[k] for k in range(3)]])
    turn[0] /= 5
    expected = sum(turn @ np.cov(part, rowvar=False) @ turn.T / len(part) for part in (values[:20], values[20:]))
    # Coefficients' variances are without bias; covariances are multiplied by the roots of what makes them so.
    assert study.covariance[0, 0] == pytest.approx(expected[0, 0], rel=1e-12)
    assert study.covariance == pytest.approx(expected, rel=0.02, abs=0.003)
    assert study.reach == pytest.approx(3.0)  # (L + 2) / 2 for years 0 to 4


@pytest.mark.parametrize("kind", ["group", "simple", "dynamic", "calendar"])
def test_the_reach_is_how_far_the_average_is_off_by_a_straight_line(kind: str) -> None:
    """A line of slope one in the time since treatment, laid on the treated, is the average's bias and each move's."""
    values, labels = drawn([2013] * 20 + [2015] * 30 + [NEVER] * 40)
    how = Comparison(base="universal")
    added = np.where(labels[:, None] == NEVER, 0.0, np.array(LAYOUT.periods[0]) - labels[:, None])
    plain, lined = (
        parallel_study(found, aggregate_effects(found, *dict.fromkeys(("dynamic", kind))), "y", kind)  # type: ignore[arg-type]
        for found in (group_time_effects(moments_of(shown, labels), LAYOUT, how) for shown in (values, values + added))
    )
    assert isinstance(plain, ParallelStudy)
    assert isinstance(lined, ParallelStudy)
    assert lined.estimate - plain.estimate == pytest.approx([plain.reach, *[1.0] * 4], abs=1e-10)


def test_departures_do_not_depend_on_the_unit_of_time() -> None:
    """Periods of one, and the same in nanoseconds of a day: moves are as much smaller as the reach is larger."""
    data = panel(0.07, treated=30, controls=60)
    day = 86_400 * 10**9
    start = pl.when(pl.col("start").is_finite()).then(pl.col("start")).otherwise(0).cast(pl.Int64)
    long = data.with_columns(pl.col("year") * day, start * day)
    (one, other) = (found(item).joint.covariance for item in (data, long))
    assert one is not None
    assert other is not None
    assert one.breakdown is not None
    assert other.breakdown is not None
    assert other.departures["y"].reach == pytest.approx(one.departures["y"].reach * day, rel=1e-12)
    assert other.departures["y"].allowed(0.5) == pytest.approx(one.departures["y"].allowed(0.5), rel=1e-12)
    assert other.breakdown(0, 1, 0.0, 0.05) == pytest.approx(one.breakdown(0, 1, 0.0, 0.05), rel=1e-9)


def test_the_reach_counts_periods_between_times() -> None:
    """Every second year: brute force over years, the weights of all times from there on."""
    values, labels = drawn([2014] * 20 + [2016] * 20 + [NEVER] * 30)
    layout = StackedColumns(("y",), (tuple(range(2002, 2020, 2)),))
    effects = group_time_effects(moments_of(values, labels), layout, Comparison(base="universal"))
    averages = aggregate_effects(effects, "dynamic", "group")
    study = parallel_study(effects, averages, "y", "group")
    assert isinstance(study, ParallelStudy)
    row = next(q for q, item in enumerate(averages.rows) if item.kind == "group" and item.at is None)
    weights = averages.weights[row]
    events = np.array([cell.event for cell in effects.cells])
    reference = {cell.event for cell in effects.cells if cell.reference}
    expected = sum(abs(weights[events >= j].sum()) for j in range(max(reference) + 1, events.max() + 1))
    assert study.reach == pytest.approx(expected, rel=1e-12)


def test_it_goes_with_honest_intervals() -> None:
    """A two-sided interval at one minus alpha watches the same sums, with a critical value that is never smaller.

    Not one at twice alpha: where trends may part the effect lies at one end of what is allowed, and only errors at that
    end can do harm, so that the two-sided interval has nearly all of its alpha there. Without departures it is.
    """
    values, labels = drawn([2014] * 40 + [NEVER] * 50)
    effects = group_time_effects(moments_of(values, labels), LAYOUT, Comparison(base="universal"))
    study = parallel_study(effects, aggregate_effects(effects, "dynamic", "group"), "y", "group")
    assert isinstance(study, ParallelStudy)
    parallel = honest_effect(effects, "y", sizes=[0.0], level=0.9).intervals[0]
    assert study.limit(1, 0.0, 0.05) == pytest.approx(parallel.interval[0], abs=2e-3)
    for item in honest_effect(effects, "y", sizes=[0.5, 2.0]).intervals:
        assert item.allowed is not None
        assert item.interval[0] < study.limit(1, item.size, 0.05) < item.allowed[0]
        assert item.allowed[1] < study.limit(-1, item.size, 0.05) < item.interval[1]


def panel(effect: float, treated: int = 100, controls: int = 200, before: int = 6, seed: int = 3) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    units, years = treated + controls, np.arange(2012 - before, 2018)
    values = 0.06 * rng.normal(size=(units, len(years))) + 0.01 * (years - 2006) + rng.normal(size=(units, 1))
    values[:treated] += effect * (years >= 2012)
    return pl.DataFrame(
        {
            "unit": np.repeat(np.arange(units), len(years)),
            "year": np.tile(years, units),
            "start": np.repeat([2012.0] * treated + [np.inf] * controls, len(years)),
            "y": values.ravel(),
        }
    )


def found(data: pl.DataFrame, **options: object) -> ManyEffects:
    return evaluate(data, unit="unit", time="year", cohort="start", outcomes=OUTCOME, **options)  # type: ignore[arg-type]


def test_effects_carry_their_breakdowns() -> None:
    covariance = found(panel(0.07)).joint.covariance
    assert covariance is not None
    assert covariance.breakdown is not None
    departures = covariance.departures["y"]
    assert (departures.moves, departures.why) == (5, "")
    assert departures.reach == pytest.approx(3.5)
    gain, harm = covariance.breakdown(0, 1, 0.0, 0.05), covariance.breakdown(0, 1, -0.05, 0.05)
    assert 0 < gain < harm
    assert covariance.breakdown(0, -1, -0.05, 0.05) == 0.0
    assert covariance.breakdown(0, 1, 0.0, 0.4) > gain > covariance.breakdown(0, 1, 0.0, 0.01)
    # As if moves were free of error it would hold longer.
    assert departures.allowed(gain) < 0.07


@pytest.mark.parametrize("estimator", ["callaway_santanna", "sun_abraham", "imputation"])
def test_every_estimator_has_them(estimator: str) -> None:
    covariance = found(panel(0.07), estimator=estimator).joint.covariance
    assert covariance is not None
    assert covariance.breakdown is not None
    assert covariance.breakdown(0, 1, 0.0, 0.05) > 0


def test_it_is_told_why_departures_cannot_be_assessed(monkeypatch: pytest.MonkeyPatch) -> None:
    one = found(panel(0.07, before=1)).joint.covariance
    short = found(panel(0.07, treated=2, controls=8, before=4)).joint.covariance
    monkeypatch.setattr(takeover, "AT_ONCE", 39)  # no exact tests take over
    few = found(panel(0.07, treated=2, controls=8)).joint.covariance
    told = (
        (one, "only one period before treatment"),
        (short, "3 earlier moves without one"),
        (few, "too few: 2 units"),
    )
    for covariance, why in told:
        assert covariance is not None
        assert covariance.breakdown is not None
        assert np.isnan(covariance.breakdown(0, 1, 0.0, 0.05))
        assert why in covariance.departures["y"].why


def test_outcomes_of_any_size_have_the_same_breakdown() -> None:
    data = panel(0.07)
    huge = data.with_columns(pl.col("y") * 1e200)
    plain, large = (found(shown).joint.covariance for shown in (data, huge))
    assert plain is not None
    assert large is not None
    assert plain.breakdown is not None
    assert large.breakdown is not None
    assert large.breakdown(0, 1, 0.01e200, 0.05) == pytest.approx(plain.breakdown(0, 1, 0.01, 0.05), rel=1e-6)
    assert large.departures["y"].largest == pytest.approx(1e200 * plain.departures["y"].largest, rel=1e-6)


def test_what_is_simulated_is_the_packages_own() -> None:
    setting = SETTINGS[5]
    values = noise_of(setting, TREATED + CONTROLS, np.random.default_rng(9))
    values[:TREATED, setting.moves + 1 :] += 3 * true_se(setting)
    periods = np.arange(values.shape[1])
    data = pl.DataFrame(
        {
            "unit": np.repeat(np.arange(len(values)), len(periods)),
            "year": np.tile(periods, len(values)),
            "start": np.repeat([setting.moves + 1.0] * TREATED + [np.inf] * CONTROLS, len(periods)),
            "y": values.ravel(),
        }
    )
    covariance = found(data).joint.covariance
    assert covariance is not None
    assert covariance.breakdown is not None
    expected = study_of(setting, values).parallel.breakdown(1, 0.0, 0.05)
    assert expected > 0
    assert covariance.breakdown(0, 1, 0.0, 0.05) == pytest.approx(expected, rel=5e-3)


def test_designs_may_have_anticipation() -> None:
    opened = open_panel(panel(0.07), PanelColumns("unit", "year", "start", ("y",)))
    design = ManyDesign(Comparison(anticipation=1))
    covariance = evaluate_panel(opened, [OUTCOME], design).joint.covariance
    assert covariance is not None
    # One period more between the reference and the window.
    assert covariance.departures["y"].reach == pytest.approx(4.5)
    assert covariance.departures["y"].moves == 4
