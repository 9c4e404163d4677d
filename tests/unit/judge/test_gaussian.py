"""Verdicts on effects with a covariance: every p by formula, the labels, refusals, words, and what is carried."""

from __future__ import annotations

import itertools
import json
import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm, t
from tests.unit.judge.builders import CO2, GDP, make_draws, make_effects, make_many

from pilotzone.core import Departures, ExactTest, MethodError, Outcome, UsageError
from pilotzone.judgement import QUADRANTS_LABEL, confidence_set, judge
from pilotzone.judgement.familywise import holm

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pilotzone.core import CheckState, Combine, Familywise, JointEffects, VerdictLabel
    from pilotzone.judgement import Verdict

JOBS = Outcome("jobs", role="development", good="up", margin=2.0, scale="level", label="Jobs")
SOOT = Outcome("soot", role="environment", good="down", margin=0.1, scale="level", label="Soot")
TREES = Outcome("trees", role="environment", good="up", margin=3.0, scale="log", label="Trees")
IDLE = Outcome("idle", role="development", good="down", margin=1.0, scale="level", label="Idle")
ASIDE = Outcome("aside", role=None, good="up", margin=None, scale="level")
FIVE = (GDP, IDLE, CO2, SOOT, TREES)
BARS = {"gdp": math.log(0.95), "idle": 1.0, "co2": math.log(1.05), "soot": 0.1, "trees": math.log(0.97)}
"""Where harm equals the margin."""


def spread_of(se: Sequence[float], rho: float = 0.0) -> Any:  # noqa: ANN401 - an array
    size = np.asarray(se, dtype=float)
    return np.outer(size, size) * (rho + (1 - rho) * np.eye(len(size)))


def some_effects(seed: int, outcomes: Sequence[Outcome] = FIVE, degrees: float | None = None) -> JointEffects:
    rng = np.random.default_rng(seed)
    root = rng.normal(0, 0.05, (len(outcomes), len(outcomes)))
    return make_many(outcomes, rng.normal(0, 0.12, len(outcomes)), root @ root.T, degrees=degrees)


def tail(value: float, degrees: float | None) -> float:
    return float(norm.sf(value) if degrees is None else t.sf(value, degrees))


@pytest.mark.parametrize("rule", ["all", "any"])
@pytest.mark.parametrize("degrees", [None, 11.0])
@pytest.mark.parametrize("seed", range(5))
def test_every_p_by_formula(seed: int, degrees: float | None, rule: Combine) -> None:
    effects = some_effects(seed, degrees=degrees)
    assert effects.covariance is not None
    verdict = judge(effects, development=rule, familywise="holm", alpha=0.1)
    se = np.sqrt(np.diag(effects.covariance.matrix))
    improved, excluded, shown = {}, {}, {}
    for k, test in enumerate(verdict.tests):
        name, sign = FIVE[k].name, 1 if FIVE[k].good == "up" else -1
        at_zero = sign * effects.estimate[k] / se[k]
        at_margin = sign * (effects.estimate[k] - BARS[name]) / se[k]
        improved[name], shown[name] = tail(at_zero, degrees), tail(-at_margin, degrees)
        excluded[name] = tail(at_margin, degrees)
        assert (test.outcome, test.estimate, test.se) == (FIVE[k], effects.estimate[k], se[k])
        assert test.p_improved == pytest.approx(improved[name], rel=1e-12)
        assert test.p_worsened == pytest.approx(tail(-at_zero, degrees), rel=1e-12)
        assert test.p_harm_excluded == pytest.approx(excluded[name], rel=1e-12)
        assert test.p_harm_shown == pytest.approx(shown[name], rel=1e-12)
    gains, harms = ("gdp", "idle"), ("co2", "soot", "trees")
    gain = max(improved[n] for n in gains) if rule == "all" else min(1.0, 2 * min(improved[n] for n in gains))
    assert verdict.p_development == pytest.approx(gain, rel=1e-12)
    assert verdict.p_safeguards == pytest.approx(max(excluded[n] for n in harms), rel=1e-12)
    assert verdict.p_harm == pytest.approx(min(1.0, 3 * min(shown[n] for n in harms)), rel=1e-12)
    assert verdict.p_claim == max(verdict.p_development, verdict.p_safeguards)


@pytest.mark.parametrize("degrees", [None, 11.0])
def test_smallest_margin_is_where_harm_is_just_excluded(degrees: float | None) -> None:
    for seed in range(5):
        effects = some_effects(seed, degrees=degrees)
        for test in judge(effects, alpha=0.07).tests:
            assert test.smallest_excluded_margin is not None
            bar = test.outcome.boundary_at(test.smallest_excluded_margin)
            assert test.se is not None
            assert tail(test.outcome.sign * (test.estimate - bar) / test.se, degrees) == pytest.approx(0.07, rel=1e-9)


def test_smallest_margin_by_hand() -> None:
    """CO2 by 2 log points with a standard error of 1: up to 2 + 1.6449 log points, 3.7123 %, is not excluded."""
    verdict = judge(make_many([GDP, CO2], [0.1, 0.02], spread_of([0.01, 0.01])))
    assert verdict.tests[1].smallest_excluded_margin == pytest.approx(100 * math.expm1(0.0364485363), abs=1e-7)


def test_sup_t_of_two_by_the_bivariate_normal_distribution() -> None:
    effects = make_many([GDP, IDLE, CO2], [0.03, -0.01, 0.0], spread_of([0.02, 0.01, 0.01], rho=0.4))
    verdict = judge(effects, development="any")
    # Idle falls, so that its good direction turns the correlation to -0.4.
    least = multivariate_normal.cdf([1.5, 1.5], cov=[[1, -0.4], [-0.4, 1]])
    assert verdict.p_development == pytest.approx(1 - least, abs=1e-7)
    assert [test.p_adjusted for test in verdict.tests[:2]] == pytest.approx([1 - least, norm.sf(1.0)], abs=1e-7)
    assert judge(effects, development="any", familywise="holm").p_development == pytest.approx(2 * norm.sf(1.5))


def test_no_joint_p_feeds_the_claim() -> None:
    """Correlations change no part of it with one outcome of each role."""
    found = {judge(make_many([GDP, CO2], [0.03, 0.0], spread_of([0.02, 0.02], rho))).p_claim for rho in (-0.9, 0, 0.9)}
    assert len(found) == 1


@pytest.mark.parametrize(
    ("gain", "harm", "states", "label"),
    [
        (0.2, 0.0, {}, "green growth"),
        (0.2, 0.2, {}, "growth at a cost"),
        (0.0, 0.2, {}, "harm without growth"),
        (0.2, 0.05, {}, "growth, harm not excluded"),
        (0.0, 0.0, {}, "harm excluded, growth not shown"),
        (0.0, 0.05, {}, "too noisy for this margin"),
        (-0.2, 0.05, {}, "too noisy for this margin"),
        (0.2, 0.0, {"co2": "failed"}, "green growth"),  # diagnostics decide nothing
        (0.2, 0.0, {"gdp": "cannot be assessed"}, "green growth"),
    ],
)
def test_labels(gain: float, harm: float, states: dict[str, CheckState], label: VerdictLabel) -> None:
    verdict = judge(make_many([GDP, CO2], [gain, harm], spread_of([0.01, 0.01]), states=states))
    assert verdict.label == label
    assert verdict.quadrants is not None
    assert verdict.grade == (None if label == "too noisy for this margin" else "without allowance")  # none is known


def refused_verdict(**options: Any) -> Verdict:
    effects = make_many(
        [GDP, JOBS, CO2, TREES],
        [0.2, 9.0, 0.2, 0.0],
        spread_of([0.01, 1.0, 0.01, 0.01]),
        refused={"trees": "One county of the cohort of 2016 is treated."},
    )
    return judge(effects, **options)


def test_a_refused_outcome_leaves_the_question_undecided() -> None:
    verdict = refused_verdict()
    assert verdict.label == "cannot be decided"
    assert verdict.sentence == (
        f"{verdict.lost} The question cannot be decided: no test of the effect on Trees would be right with these data."
    )
    assert verdict.reasons == (
        "Trees: no test. One county of the cohort of 2016 is treated.",
        "Gain in development (all): shown (p < 0.001, level 0.05).",
    )
    assert "CO2: harm beyond its margin of 5 % shows (p < 0.001), but not over all outcomes" in verdict.remarks[0]
    trees = verdict.tests[3]
    assert trees.refused == "One county of the cohort of 2016 is treated."
    assert math.isnan(trees.p_improved)
    assert trees.smallest_excluded_margin is None
    assert [math.isnan(p) for p in (verdict.p_development, verdict.p_safeguards, verdict.p_harm, verdict.p_claim)] == [
        False,
        True,
        True,
        True,
    ]
    plain = json.loads(json.dumps(verdict.to_dict(), allow_nan=False))
    assert (plain["p_claim"], plain["tests"][3]["p_improved"], plain["quadrants"]) == (None, None, None)
    assert plain["tests"][3]["no_test"] == trees.refused


def breaking(bounds: dict[tuple[int, int], float]) -> Callable[[int, int, float, float], float]:
    """Return breakdowns by outcome and sign, whatever the null effect, a tenth of it at smaller levels."""

    def found(column: int, sign: int, null: float, alpha: float) -> float:
        assert math.isfinite(null)
        return bounds[column, sign] * (1.0 if alpha == 0.05 else 0.1)

    return found


def test_breakdowns_grade_the_findings() -> None:
    """GDP's gain outlasts the allowance, excluded harm to CO2 does not; of two gains the weaker one counts."""
    effects = make_many([GDP, CO2], [0.2, 0.0], spread_of([0.01, 0.01]))
    assert effects.covariance is not None
    known = replace(effects.covariance, breakdown=breaking({(0, 1): 0.8, (0, -1): 0.0, (1, 1): 0.0, (1, -1): 0.4}))
    verdict = judge(replace(effects, covariance=known), allowance=0.5)
    assert (verdict.label, verdict.grade, verdict.allowed) == (
        "green growth", "without allowance", "growth, harm not excluded",
    )  # fmt: skip
    assert [item.multiple for item in verdict.findings] == [0.8, 0.4, 0.0]
    assert verdict.overturn[0] == (
        "Gain in GDP: holds with allowance. Departures from parallel trends of 0.800 times the largest earlier one "
        "would overturn it."
    )
    assert judge(replace(effects, covariance=known), allowance=0.3).grade == "with allowance"


def test_a_breakdown_of_zero_says_what_it_means() -> None:
    """The effect is shown, and against the last period before the start it is not, even with parallel trends."""
    effects = make_many([GDP], [0.2], spread_of([0.01]))
    assert effects.covariance is not None
    known = replace(effects.covariance, breakdown=breaking({(0, sign): 0.0 for sign in (1, -1)}))
    verdict = judge(replace(effects, covariance=known))
    meant = "only if the course before the start had gone on: no departure from parallel trends is tolerated."
    assert verdict.overturn[0] == f"Gain in GDP: holds without allowance only. It holds {meant}"
    assert any(str(row["checked"]).endswith(meant) for row in verdict.assumptions().records())
    assert " 0 times" not in str(verdict.to_dict())


def test_an_outcome_without_a_test_hides_no_loss_of_another() -> None:
    effects = make_many([GDP, SOOT], [-0.3, 0.0], spread_of([0.01, 0.01]), refused={"soot": "few counties"})
    verdict = judge(effects)
    assert verdict.label == "cannot be decided"
    assert verdict.sentence.startswith(
        "The zones, on average, worsened GDP beyond its margin of 5 % (p < 0.001 by itself, "
    )


def test_a_breakdown_is_told_in_the_outcomes_unit() -> None:
    """M times reach times the largest move: percent on a log scale, the outcome's unit on a level one."""
    jobs = replace(JOBS, unit="person")
    effects = make_many([GDP, jobs], [0.2, 9.0], spread_of([0.01, 1.0]))
    assert effects.covariance is not None
    known = replace(
        effects.covariance,
        breakdown=breaking({(k, sign): 0.8 for k in range(2) for sign in (1, -1)}),
        departures={"gdp": Departures(0.02, 2.5, 4), jobs.name: Departures(1.5, 2.0, 4, as_estimated=True)},
    )
    gdp, people = judge(replace(effects, covariance=known)).overturn[:2]
    percent = 100 * (math.exp(0.8 * 2.5 * 0.02) - 1)
    assert gdp.endswith(f"they let the effect be off by {percent:.2f} %, and the error of earlier moves adds to that.")
    assert people.endswith("would overturn it: they let the effect be off by 2.40 person.")
    still = {name: replace(item, largest=0.0) for name, item in known.departures.items()}
    assert judge(replace(effects, covariance=replace(known, departures=still))).overturn[0].endswith("overturn it.")


def test_exact_tests_have_their_breakdown_from_departures() -> None:
    effects = make_many([GDP, SOOT], [0.2, 0.0], spread_of([0.01, 0.01]), refused={"soot": "few counties"})
    assert effects.covariance is not None
    test = ExactTest(p=lambda null, _: 0.02 if null else 0.5, bound=lambda sign, _: -sign * 0.01, method="ranks")
    measured = Departures(0.005, 2.0, 4, as_estimated=True)
    known = replace(effects.covariance, exact={"soot": test}, departures={"soot": measured})
    soot = judge(replace(effects, covariance=known)).tests[1]
    assert soot.excluded.multiple == pytest.approx((SOOT.harm_boundary - 0.01) / (2.0 * 0.005), rel=1e-12)
    for changed, multiple in (({"why": "no moves"}, None), ({"largest": 0.0}, math.inf)):
        other = replace(known, departures={"soot": replace(measured, **changed)})
        assert judge(replace(effects, covariance=other)).tests[1].excluded.multiple == multiple


def test_breakdowns_of_at_least_one_are_at_a_share_of_the_level() -> None:
    effects = make_many([GDP, JOBS, CO2], [0.2, 9.0, 0.0], spread_of([0.01, 1.0, 0.01]))
    assert effects.covariance is not None
    bounds = {(k, sign): 2.0 + k for k in range(3) for sign in (1, -1)}
    known = replace(effects.covariance, breakdown=breaking(bounds))
    told = replace(effects, covariance=known)
    assert judge(told, development="all").findings[0].multiple == 2.0
    assert judge(told, development="any").findings[0].multiple == pytest.approx(0.3)


def test_departures_that_cannot_be_measured_leave_no_allowance() -> None:
    effects = make_many([GDP, CO2], [0.2, 0.0], spread_of([0.01, 0.01]))
    assert effects.covariance is not None
    known = replace(effects.covariance, breakdown=lambda *_: math.nan)
    verdict = judge(replace(effects, covariance=known))
    assert (verdict.label, verdict.grade, verdict.allowed) == (
        "green growth", "without allowance", "too noisy for this margin",
    )  # fmt: skip
    assert verdict.overturn[0].endswith("How far trends departed before cannot be measured.")


def test_exact_tests_take_the_place_of_a_standard_error() -> None:
    """An outcome that is refused one is decided by its exact p, and the others by Holm's rule beside it."""
    effects = make_many(
        [GDP, CO2, SOOT], [0.2, 0.0, 0.0], spread_of([0.01, 0.01, 0.01]), refused={"soot": "few counties"}
    )
    assert effects.covariance is not None
    assert judge(effects).label == "cannot be decided"

    def p(null: float, sign: int) -> float:
        assert null in {0.0, SOOT.harm_boundary}
        return 0.6 if sign > 0 else 0.02

    test = ExactTest(p=p, bound=lambda sign, alpha: -sign * alpha, method="ranks of 1,000 re-dealt dates")
    verdict = judge(replace(effects, covariance=replace(effects.covariance, exact={"soot": test})))
    soot = verdict.tests[2]
    assert (soot.p_harm_excluded, soot.p_harm_shown) == (0.02, 0.6)
    assert soot.smallest_excluded_margin == pytest.approx(0.05)
    assert verdict.label == "green growth"
    assert verdict.grade == "without allowance"
    assert verdict.quadrants is None
    assert "Soot: its p-values are ranks of 1,000 re-dealt dates." in verdict.remarks
    coarse = replace(test, smallest_p=0.06)
    none = judge(replace(effects, covariance=replace(effects.covariance, exact={"soot": coarse})))
    assert none.label == "cannot be decided"  # no date dealt again could have reached the level
    harms = [verdict.tests[1].p_harm_shown, 0.6]
    assert [item.p_adjusted for item in verdict.tests[1:]] == pytest.approx(holm(np.array(harms)).tolist())


def test_where_nothing_is_tested_nothing_is_said_of_p_values() -> None:
    why = {"gdp": "few counties", "co2": "few counties", "soot": "few counties"}
    verdict = judge(make_many([GDP, CO2, SOOT], [0.2, 0.0, 0.0], spread_of([0.01, 0.01, 0.01]), refused=why))
    assert verdict.label == "cannot be decided"
    assert verdict.reasons == tuple(f"{name}: no test. Few counties." for name in ("GDP", "CO2", "Soot"))
    assert verdict.remarks == ("No p-value is given; effects are averages over 240 counties in 3 cohorts.",)


def test_an_effect_that_does_not_vary_has_no_test() -> None:
    verdict = judge(make_many([GDP, CO2], [0.2, 0.0], [[0.0, 0.0], [0.0, 1e-4]]))
    assert verdict.label == "cannot be assessed"
    assert verdict.reasons[0].startswith("GDP: no test. Its standard error is zero")


def test_a_refused_outcome_outside_the_claim_matters_to_nobody() -> None:
    matrix = np.full((3, 3), np.nan)
    matrix[:2, :2] = spread_of([0.01, 0.01])
    verdict = judge(make_many([GDP, CO2, ASIDE], [0.2, 0.0, np.nan], matrix, refused={"aside": "Why."}))
    assert verdict.label == "green growth"
    assert len(verdict.tests) == 2


def test_words_speak_of_no_ranks() -> None:
    texts = []
    for estimate, degrees in itertools.product(((0.2, 0.0, 0.2), (0.0, 0.0, 0.0), (0.2, 0.05, 0.0)), (None, 7.0, 7.25)):
        effects = make_many([GDP, CO2, SOOT], estimate, spread_of([0.01, 0.02, 0.03]), degrees=degrees)
        for verdict in (judge(effects), judge(effects, familywise="holm")):
            texts += [verdict.sentence, *verdict.reasons, *verdict.remarks]
    texts += [refused_verdict().sentence, *refused_verdict().reasons, *refused_verdict().remarks]
    for word in ("rank", "placebo", "RMSPE", "donor", "nan"):
        assert not [text for text in texts if word in text.lower()], word


def test_remarks_say_what_p_values_rest_on_and_which_outcomes_are_meant() -> None:
    effects = make_many([GDP, JOBS, CO2, SOOT], [0.2, 0.1, 0.0, 0.3], spread_of([0.01, 1.0, 0.01, 0.05]), degrees=12.0)
    verdict = judge(effects, development="any")
    assert verdict.label == "growth at a cost"
    assert verdict.lost == (
        "The zones, on average, worsened Soot beyond its margin of 0.1 (p = 0.001 by itself, holds without allowance "
        "only)."
    )
    assert verdict.sentence == (
        f"{verdict.lost} The zones, on average, raised at least one of GDP and Jobs, and harmed at least one of CO2 "
        "and Soot beyond its margin."
    )
    assert verdict.remarks == (
        "Risen, of several development outcomes: GDP (p < 0.001), adjusted for all of them.",
        "Harmed, of several safeguards: Soot (p = 0.002), adjusted for all of them.",
        (
            "At least one of several outcomes is tested by their largest t statistic, whose distribution follows from "
            "the correlations of the effects (sup-t)."
        ),
        (
            "Gaussian approximation, flat prior: gain without harm beyond the margin 0.0 %, gain with such harm "
            "100.0 %, neither 0.0 %, such harm without gain 0.0 %. These shares decide nothing."
        ),
        (
            "p-values are from t distributions with 12 degrees of freedom and standard errors (influence functions) "
            "that rest on 240 treated and 1,900 control counties, taken as independent draws; effects are averages "
            "over 240 counties in 3 cohorts."
        ),
    )


def test_what_ranks_need_is_empty() -> None:
    verdict = judge(some_effects(1), limits=["Nominal."])
    fixed = (verdict.statistic, verdict.smallest_p, verdict.unit_count, verdict.pool_rule, verdict.other_label)
    assert fixed == (None,) * 5
    assert (verdict.other_tests, verdict.limits) == ((), ("Nominal.",))
    with pytest.raises(UsageError, match="rests on a covariance, and not on placebo ranks"):
        verdict.ranks  # noqa: B018 - what is refused
    ranked = judge(make_effects([GDP, CO2], make_draws(np.random.default_rng(1).normal(size=(20, 2)))))
    assert (ranked.ranks.unit_count, ranked.ranks.statistic) == (20, "excess_gap")
    assert (ranked.inference, ranked.quadrants) == (None, None)
    assert not {"inference", "quadrants"} & set(ranked.to_dict())


def test_the_verdict_as_table_and_plain_data() -> None:
    verdict = judge(some_effects(2, degrees=30.0), familywise="holm")
    frame = verdict.to_frame()
    assert frame["outcome"].tolist() == [item.name for item in FIVE]
    assert frame["se"].tolist() == [test.se for test in verdict.tests]
    assert frame["p_adjusted"].tolist() == [test.p_adjusted for test in verdict.tests]
    assert "statistic" not in frame
    plain = json.loads(json.dumps(verdict.to_dict(), allow_nan=False))
    assert plain["inference"] == {
        "degrees": 30.0,
        "drawn": "counties",
        "treated": 240,
        "controls": 1900,
        "method": "influence functions",
        "familywise": "holm",
    }
    assert plain["quadrants"]["label"] == QUADRANTS_LABEL == "Gaussian approximation, flat prior"
    assert verdict.to_table().to_latex()
    assert "<table" in verdict._repr_html_()


@pytest.mark.parametrize("rho", [-0.8, 0.0, 0.5])
def test_quadrants_of_two_outcomes(rho: float) -> None:
    """Gain and CO2 below its margin, by the bivariate normal distribution around the estimates."""
    effects = make_many([GDP, CO2], [0.03, 0.06], spread_of([0.04, 0.03], rho))
    shares = judge(effects).quadrants
    assert shares is not None
    bar = math.log(1.05)
    # gain: -x < 0 with mean -0.03; within: y < bar.
    cov = np.diag([-1.0, 1.0]) @ spread_of([0.04, 0.03], rho) @ np.diag([-1.0, 1.0])
    both = multivariate_normal.cdf([0.0, bar], mean=[-0.03, 0.06], cov=cov)
    assert shares.gain_within == pytest.approx(both, abs=1e-7)
    assert shares.gain_within + shares.gain_beyond == pytest.approx(norm.cdf(0.75), abs=1e-12)
    assert shares.gain_within + shares.no_gain_within == pytest.approx(norm.cdf((bar - 0.06) / 0.03), abs=1e-12)
    total = shares.gain_within + shares.gain_beyond + shares.no_gain_within + shares.no_gain_beyond
    assert total == pytest.approx(1, abs=1e-15)
    assert shares.error == 0


@pytest.mark.parametrize("rule", ["all", "any"])
def test_quadrants_of_several_outcomes_by_draws(rule: Combine) -> None:
    effects = some_effects(4)
    assert effects.covariance is not None
    shares = judge(effects, development=rule).quadrants
    assert shares is not None
    drawn = np.random.default_rng(1).multivariate_normal(effects.estimate, effects.covariance.matrix, 400_000)
    up, fall = drawn[:, 0] > 0, drawn[:, 1] < 0
    gain = up & fall if rule == "all" else up | fall
    within = (drawn[:, 2] < BARS["co2"]) & (drawn[:, 3] < BARS["soot"]) & (drawn[:, 4] > BARS["trees"])
    found = (shares.gain_within, shares.gain_beyond, shares.no_gain_within, shares.no_gain_beyond)
    expected = [(gain & within).mean(), (gain & ~within).mean(), (~gain & within).mean(), (~gain & ~within).mean()]
    assert found == pytest.approx(expected, abs=4 * 0.5 / 400_000**0.5)
    assert 0 <= shares.error < 1e-4


@pytest.mark.parametrize("degrees", [None, 5.0])
def test_confidence_sets_hold_what_is_not_rejected(degrees: float | None) -> None:
    effects = make_many([GDP, CO2], [0.03, 0.01], spread_of([0.02, 0.04]), degrees=degrees)
    both = confidence_set(effects, "gdp", alpha=0.1)
    low, high = confidence_set(effects, "gdp", side="lower bound"), confidence_set(effects, "gdp", side="upper bound")
    ((inner,), (left,), (right,)) = both.intervals, low.intervals, high.intervals
    quantile = norm.ppf(0.95) if degrees is None else t.ppf(0.95, degrees)
    assert (inner.low, inner.high) == pytest.approx((0.03 - quantile * 0.02, 0.03 + quantile * 0.02), rel=1e-12)
    assert (left.low, left.high) == pytest.approx((inner.low, math.inf))
    assert (right.low, right.high) == pytest.approx((-math.inf, inner.high))
    assert (both.attained, both.statistic, inner.low_closed, left.high_closed) == (0.9, None, True, False)
    assert both.to_table().rows()[0][4:6] == pytest.approx((100 * math.expm1(inner.low), 100 * math.expm1(inner.high)))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"statistic": "rmspe_ratio"}, "statistic is 'rmspe_ratio'.\n.*effects with a covariance have no ranks"),
        ({"familywise": "bonferroni"}, "familywise is 'bonferroni'.*\n.*'sup-t', 'holm'"),
        ({"familywise": ""}, "familywise is ''"),
        ({"alpha": 0.5}, "alpha is 0.5"),
        ({"development": "most"}, "development is 'most'"),
    ],
)
def test_options_out_of_place_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        judge(some_effects(1), **options)


def test_sets_out_of_place_are_refused() -> None:
    effects = make_many([GDP, CO2], [0.03, 0.01], spread_of([0.02, 0.04]), refused={"co2": "Few counties."})
    with pytest.raises(MethodError, match=r"no confidence set of 'co2'\. Few counties\."):
        confidence_set(effects, "co2")
    with pytest.raises(UsageError, match="statistic is 'mean_gap'"):
        confidence_set(effects, "gdp", statistic="mean_gap")
    with pytest.raises(UsageError, match="alpha is 1"):
        confidence_set(effects, "gdp", alpha=1)
    with pytest.raises(UsageError, match="no outcome has a role"):
        judge(make_many([ASIDE], [0.03], spread_of([0.02])))


@pytest.mark.parametrize("familywise", ["sup-t", "holm"])
@pytest.mark.parametrize("rule", ["all", "any"])
def test_many_placebos_from_a_normal_distribution_say_the_same(rule: Combine, familywise: Familywise) -> None:
    """Ranks among n normal draws tend to the normal distribution's p, whose error is at most half over root n."""
    count, matrix = 40_000, spread_of([0.02, 0.03, 0.02, 0.025], 0.5)
    outcomes = (GDP, IDLE, CO2, TREES)
    rng = np.random.default_rng(8)
    for estimate in ([0.04, -0.05, 0.01, 0.0], [0.02, 0.01, 0.07, -0.05]):
        gaps = rng.multivariate_normal(np.zeros(4), matrix, count)
        gaps[0] = estimate
        ranked = judge(make_effects(outcomes, make_draws(gaps)), development=rule)
        found = judge(make_many(outcomes, estimate, matrix), development=rule, familywise=familywise)
        error = 4 * 0.5 / count**0.5
        for one, other in zip(ranked.tests, found.tests, strict=True):
            for what in ("p_improved", "p_worsened", "p_harm_excluded", "p_harm_shown"):
                assert getattr(one, what) == pytest.approx(getattr(other, what), abs=error)
            assert one.smallest_excluded_margin == pytest.approx(other.smallest_excluded_margin, abs=0.15)
        assert ranked.p_safeguards == pytest.approx(found.p_safeguards, abs=error)
        if familywise == "sup-t":  # what min-p over joint draws estimates
            assert ranked.p_development == pytest.approx(found.p_development, abs=error)
            assert ranked.p_harm == pytest.approx(found.p_harm, abs=error)
            assert ranked.label == found.label
