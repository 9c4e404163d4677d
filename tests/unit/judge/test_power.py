"""Power of a whole verdict, what it can detect and which sample it needs: closed forms, and draws that are judged."""

from __future__ import annotations

import json
import math
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
import pytest
from scipy.stats import nct, norm, t
from tests.unit.judge.builders import make_draws, make_effects, make_many

from pilotzone.core import MethodError, Outcome, UsageError, VerdictLabel
from pilotzone.judgement import pilot_plan, sample_plan
from pilotzone.judgement.gaussian import assess_gaussian
from pilotzone.judgement.power import Statistics, claim_power

if TYPE_CHECKING:
    from pilotzone.core import Combine, Familywise
    from pilotzone.judgement import SamplePlan

JOBS = Outcome("jobs", role="development", good="up", margin=1.0, scale="level", label="Jobs")
WAGE = Outcome("wage", role="development", good="up", margin=1.0, scale="log", label="Wages", unit="log(CNY)")
DUST = Outcome("dust", role="environment", good="down", margin=2.0, scale="level", label="Dust")
TREES = Outcome("trees", role="environment", good="up", margin=4.0, scale="log", label="Trees")
ASIDE = Outcome("aside", role=None, good="up", margin=None, scale="level")
TWO, FOUR = (JOBS, DUST), (JOBS, WAGE, DUST, TREES)
SPREAD = np.array([[9.0, 3.0], [3.0, 16.0]])
SPREAD_OF_FOUR = np.diag([3.0, 0.05, 4.0, 0.08]) @ (0.5 * np.eye(4) + 0.5) @ np.diag([3.0, 0.05, 4.0, 0.08])


def two(**changes: Any) -> SamplePlan:
    return sample_plan(TWO, changes.pop("residual", SPREAD), before=4, after=4, **changes)


def test_independent_parts_multiply() -> None:
    plan = two(residual=np.diag([9.0, 16.0]))
    found = plan.power({"jobs": 1.5, "dust": 0.5}, treated=40, controls=80)
    jobs, dust = ((variance * (1 / 4 + 1 / 4) * (1 / 40 + 1 / 80)) ** 0.5 for variance in (9.0, 16.0))
    gain, excluded = norm.cdf(1.5 / jobs - 1.6448536269514729), norm.cdf(1.5 / dust - 1.6448536269514729)
    harmed = norm.cdf(-1.5 / dust - 1.6448536269514729)
    assert found.power == pytest.approx(gain * excluded, rel=1e-12)
    assert (found.development, found.safeguards) == pytest.approx((gain, excluded), rel=1e-12)
    assert found.alone == pytest.approx({"jobs": gain, "dust": excluded}, rel=1e-12)
    assert found.error == 0
    expected: dict[VerdictLabel, float] = {
        "green growth": gain * excluded,
        "growth at a cost": gain * harmed,
        "harm without growth": (1 - gain) * harmed,
        "growth, harm not excluded": gain * (1 - excluded - harmed),
        "harm excluded, growth not shown": (1 - gain) * excluded,
        "too noisy for this margin": (1 - gain) * (1 - excluded - harmed),
    }
    others = dict.fromkeys(set(get_args(VerdictLabel)) - set(expected), 0.0)
    assert found.labels == pytest.approx(expected | others, abs=1e-12)


def judged(
    plan: SamplePlan, effects: dict[str, float], treated: int, controls: int, draws: int
) -> dict[VerdictLabel, float]:
    """Draw effects, and with t distributions their estimated covariance, and count verdicts."""
    rng = np.random.default_rng(12)
    matrix = plan.unit * (1 / treated + 1 / controls)
    truth = [
        math.log1p(effects.get(o.name, 0) / 100) if o.scale == "log" else effects.get(o.name, 0.0)
        for o in plan.outcomes
    ]
    degrees = float(treated + controls - 2) if plan.student else None
    counted: Counter[VerdictLabel] = Counter()
    for estimate in rng.multivariate_normal(truth, matrix, draws):
        scale = 1.0 if degrees is None else rng.chisquare(degrees) / degrees
        many = make_many(plan.outcomes, estimate, matrix * scale, degrees=degrees)
        assert many.covariance is not None
        claim = assess_gaussian(
            many, many.covariance, alpha=plan.alpha, rule=plan.development, familywise=plan.familywise, allowance=0.0
        )
        counted[claim.label] += 1
    return {label: count / draws for label, count in counted.items()}


@pytest.mark.parametrize(
    ("rule", "familywise", "student"),
    [("all", "sup-t", False), ("any", "sup-t", True), ("any", "holm", False), ("all", "holm", True)],
)
def test_labels_are_those_of_draws_that_are_judged(rule: Combine, familywise: Familywise, student: bool) -> None:
    plan = sample_plan(
        FOUR, SPREAD_OF_FOUR, before=3, after=5, development=rule, familywise=familywise, student=student, alpha=0.1
    )
    effects = {"jobs": 1.5, "wage": 2.0, "dust": 2.0, "trees": -1.0}
    found = plan.power(effects, treated=7, controls=9)
    draws = 800
    counted = judged(plan, effects, 7, 9, draws)
    for label, share in found.labels.items():
        assert counted.get(label, 0.0) == pytest.approx(share, abs=4 * (share * (1 - share) / draws) ** 0.5 + 1e-3)
    assert sum(found.labels.values()) == pytest.approx(1, abs=1e-12)
    assert 0 < found.error < 1e-4
    assert found.power == found.labels["green growth"]


def test_one_outcome_of_each_role_with_t_distributions_by_draws() -> None:
    plan = two(student=True)
    effects = {"jobs": 3.0, "dust": -0.5}
    found = plan.power(effects, treated=6, controls=8)
    draws = 1500
    counted = judged(plan, effects, 6, 8, draws)
    assert found.error == 0
    assert counted["green growth"] == pytest.approx(found.power, abs=4 * 0.5 / draws**0.5)
    jobs = (9.0 / 2 * (1 / 6 + 1 / 8)) ** 0.5
    assert found.alone["jobs"] == pytest.approx(nct.sf(t.ppf(0.95, 12), 12, 3.0 / jobs), rel=1e-10)


def test_the_size_of_the_claim_is_alpha_where_only_one_part_is_at_its_boundary() -> None:
    for rho in (-0.9, 0.0, 0.9):
        turned = np.array([[1.0, rho], [rho, 1.0]])
        for gain, margin in ((0.0, 60.0), (60.0, 0.0)):
            law = Statistics(np.array([gain]), np.array([margin]), turned, None, 0.05, "all", "sup-t")
            assert claim_power(law).value == pytest.approx(0.05, abs=1e-14)
        both = claim_power(Statistics(np.zeros(1), np.zeros(1), turned, None, 0.05, "all", "sup-t")).value
        assert both <= 0.05


@pytest.mark.parametrize("before", [1, 3])
@pytest.mark.parametrize("after", [1, 2, 7])
@pytest.mark.parametrize("rho", [-0.4, 0.0, 0.6])
def test_variance_of_a_change_with_noise_that_is_carried_on(before: int, after: int, rho: float) -> None:
    """Sums over pairs of periods, written down."""

    def mean(count: int) -> float:
        return (count + 2 * sum((count - k) * rho**k for k in range(1, count))) / count**2

    between = sum(rho ** (before - i + j) for i in range(before) for j in range(after)) / (before * after)
    plan = sample_plan(TWO, SPREAD, before=before, after=after, autocorrelation=rho)
    np.testing.assert_allclose(plan.unit, SPREAD * (mean(before) + mean(after) - 2 * between), rtol=1e-12)
    if rho == 0:
        np.testing.assert_allclose(plan.unit, SPREAD * (1 / before + 1 / after), rtol=1e-12)


def test_clusters_by_their_design_effect() -> None:
    alone, grouped = two(), two(cluster_size=25, intraclass=0.2, drawn="provinces")
    np.testing.assert_allclose(grouped.unit, alone.unit * (1 + 24 * 0.2) / 25, rtol=1e-14)
    np.testing.assert_allclose(two(cluster_size=25, intraclass=1.0).unit, alone.unit, rtol=1e-14)


@pytest.mark.parametrize("student", [False, True])
def test_what_is_detected_has_the_power(student: bool) -> None:
    plan = two(student=student, autocorrelation=0.3)
    found = plan.detectable(treated=30, controls=50, effects={"jobs": 2.5, "dust": -0.5}, power=0.7)
    jobs, dust = found.of("jobs"), found.of("dust")
    assert [row.what for row in found.rows] == ["gain", "margin"]
    assert plan.power({"jobs": jobs.alone}, treated=30, controls=50).alone["jobs"] == pytest.approx(0.7, abs=1e-9)
    assert jobs.whole is not None
    assert dust.whole is not None
    whole = plan.power({"jobs": jobs.whole, "dust": -0.5}, treated=30, controls=50)
    assert whole.power == pytest.approx(0.7, abs=1e-9)
    for margin, what in ((dust.alone, "alone"), (dust.whole, "whole")):
        moved = replace(plan, outcomes=(JOBS, replace(DUST, margin=margin)))
        power = moved.power({"jobs": 2.5, "dust": -0.5}, treated=30, controls=50)
        assert (power.alone["dust"] if what == "alone" else power.power) == pytest.approx(0.7, abs=1e-9)
    assert jobs.limit == pytest.approx(plan.power({"dust": -0.5}, treated=30, controls=50).safeguards, abs=1e-9)
    assert jobs.whole > jobs.alone
    assert dust.whole > dust.alone


def test_detectable_alone_by_hand() -> None:
    """(1.6449 + 0.8416) standard errors, as percent where the scale is a logarithm."""
    plan = sample_plan(FOUR, SPREAD_OF_FOUR, before=1, after=1)
    found = plan.detectable(treated=50, controls=50, effects={"trees": 1.0})
    reach = (norm.ppf(0.95) + norm.ppf(0.8)) * (2 * (1 / 50 + 1 / 50)) ** 0.5
    assert found.of("jobs").alone == pytest.approx(3.0 * reach, rel=1e-9)
    assert found.of("wage").alone == pytest.approx(100 * math.expm1(0.05 * reach), rel=1e-9)
    assert found.of("dust").alone == pytest.approx(4.0 * reach, rel=1e-9)
    assert found.of("trees").alone == pytest.approx(-100 * math.expm1(math.log(1.01) - 0.08 * reach), rel=1e-9)
    # Wages without any gain are shown with a probability of 0.05: no gain in jobs makes up for that.
    assert found.of("jobs").whole is None
    assert found.of("jobs").limit < 0.05


@pytest.mark.parametrize("ratio", [0.5, 1.0, 3.0])
@pytest.mark.parametrize("student", [False, True])
def test_the_sample_is_the_smallest(ratio: float, student: bool) -> None:
    plan = two(student=student)
    effects = {"jobs": 1.0, "dust": 0.2}
    found = plan.sample(effects, power=0.9, controls_per_treated=ratio)
    assert found.controls == math.ceil(found.treated * ratio)
    assert found.expected == plan.power(effects, treated=found.treated, controls=found.controls)
    assert found.expected.power >= 0.9
    fewer = found.treated - 1
    assert plan.power(effects, treated=fewer, controls=math.ceil(fewer * ratio)).power < 0.9


def test_the_sample_for_one_part_by_its_formula() -> None:
    """With a margin that is excluded for certain: 2 (z + z)^2 times the variance of a change over the gain squared."""
    sure = replace(DUST, margin=1e6)
    for gain in (0.3, 1.0, 2.2):
        plan = sample_plan((JOBS, sure), SPREAD, before=2, after=6)
        change = 9.0 * (1 / 2 + 1 / 6)
        expected = math.ceil(2 * (norm.ppf(0.95) + norm.ppf(0.8)) ** 2 * change / gain**2)
        assert plan.sample({"jobs": gain}).treated == expected


def test_of_several_any_needs_fewer_than_all() -> None:
    effects = {"jobs": 1.5, "wage": 1.5}
    every = sample_plan(FOUR, SPREAD_OF_FOUR, before=3, after=3)
    plans = [replace(every, development="any"), replace(every, development="any", familywise="holm"), every]
    first, second, third = (plan.sample(effects).treated for plan in plans)
    assert first <= second < third
    one_gain = plans[0].sample({"jobs": 1.5, "wage": -1.0})
    assert one_gain.expected.power >= 0.8


def test_periods_are_the_fewest_that_are_enough() -> None:
    plan = two(autocorrelation=0.4)
    effects = {"jobs": 1.5}
    found = plan.periods_needed(effects, treated=50, controls=50, power=0.75)
    assert found > 1
    assert plan.over(found).power(effects, treated=50, controls=50).power >= 0.75
    assert plan.over(found - 1).power(effects, treated=50, controls=50).power < 0.75
    with pytest.raises(MethodError, match=r"with 1,000 periods after the start the power is 0\.\d+, and not 0\.99"):
        plan.periods_needed(effects, treated=50, controls=50, power=0.99)


def test_a_pilot_is_scaled_to_other_numbers() -> None:
    matrix = np.array([[0.04, 0.01, 0.0], [0.01, 0.09, 0.0], [0.0, 0.0, 1.0]])
    pilot = make_many([JOBS, DUST, ASIDE], [0.5, 0.1, 0.0], matrix)  # 240 treated, 1,900 controls
    plan = pilot_plan(pilot)
    assert (plan.drawn, [item.name for item in plan.outcomes]) == ("counties", ["jobs", "dust"])
    same = plan.power({"jobs": 0.6}, treated=240, controls=1900)
    assert same.alone["jobs"] == pytest.approx(norm.cdf(0.6 / 0.2 - norm.ppf(0.95)), rel=1e-12)
    half = plan.power({"jobs": 0.6}, treated=120, controls=950)
    assert half.alone["dust"] == pytest.approx(norm.cdf(2.0 / (0.3 * 2**0.5) - norm.ppf(0.95)), rel=1e-12)
    with pytest.raises(UsageError, match="the plan knows of no periods"):
        plan.over(5)


def test_plain_data_and_tables() -> None:
    plan = two()
    power = plan.power({"jobs": 1.0}, treated=30, controls=60)
    assert json.loads(json.dumps(power.to_dict(), allow_nan=False))["labels"]["green growth"] == power.power
    frame = power.to_frame()
    assert set(frame["verdict"]) == {
        "green growth", "growth at a cost", "harm without growth", "growth, harm not excluded",
        "harm excluded, growth not shown", "too noisy for this margin",
    }  # fmt: skip
    assert frame["probability"].sum() == pytest.approx(1)
    found = plan.detectable(treated=30, controls=60, effects={"jobs": 1.0})
    assert found.to_dict()["outcomes"][1]["what"] == "margin"
    assert found.to_frame()["limit"].tolist() == [row.limit for row in found.rows]
    assert plan.sample({"jobs": 1.0}).to_dict()["drawn"] == "units"
    for item in (power, found):
        assert "<table" in item._repr_html_()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"residual": [[9.0, 20.0], [20.0, 16.0]]}, "not a covariance"),
        ({"residual": [[9.0]]}, r"2 outcomes, \(2,\) effects and a covariance of shape \(1, 1\)"),
        ({"residual": [[9.0, 0.0], [0.0, 0.0]]}, "the variance of 'dust' is 0"),
        ({"autocorrelation": 1.0}, "autocorrelation is 1.0"),
        ({"cluster_size": 0}, "cluster_size is 0"),
        ({"intraclass": 1.5}, "intraclass is 1.5"),
        ({"alpha": 0.7}, "alpha is 0.7"),
        ({"development": "some"}, "development is 'some'"),
        ({"familywise": "none"}, "familywise is 'none'"),
    ],
)
def test_plans_that_make_no_sense_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        two(**changes)


def test_questions_that_make_no_sense_are_refused() -> None:
    plan = two()
    refusals: list[tuple[Any, str]] = [
        (lambda: sample_plan(TWO, SPREAD, before=0, after=4), "before is 0"),
        (lambda: sample_plan(TWO, SPREAD, before=2, after=1.5), r"after is 1\.5"),  # type: ignore[arg-type]
        (lambda: sample_plan((JOBS,), [[9.0]], before=2, after=2), "outcomes of one side only"),
        (lambda: plan.power({"jobs": 1.0}, treated=0, controls=5), "treated is 0"),
        (lambda: plan.power({"jobs": 1.0}, treated=5, controls=True), "controls is True"),
        (lambda: plan.power({"job": 1.0}, treated=5, controls=5), "there is no outcome 'job'. Did you mean 'jobs'"),
        (lambda: plan.power({"jobs": math.nan}, treated=5, controls=5), "the effect on 'jobs' is nan"),
        (lambda: plan.sample({"jobs": 1.0}, power=1.0), r"power is 1\.0"),
        (lambda: plan.sample({"jobs": 1.0}, controls_per_treated=0.0), "controls_per_treated is 0"),
        (lambda: plan.sample({"jobs": 0.0}), "no sample is large enough: .* no gain in 'jobs'"),
        (lambda: plan.sample({"jobs": 1.0, "dust": 2.0}), "harm to 'dust' at its margin or beyond"),
        (lambda: two(student=True).power({"jobs": 1.0}, treated=1, controls=1), "leave no degrees of freedom"),
        (lambda: pilot_plan(make_effects(TWO, make_draws(np.zeros((5, 2))))), "come with placebo draws"),
        (lambda: pilot_plan(make_many(TWO, [0, 0], SPREAD, refused={"dust": "Few."})), "outcome 'dust' has no test"),
    ]
    for question, message in refusals:
        with pytest.raises(UsageError, match=message):
            question()
    with pytest.raises(UsageError, match="the effect on 'wage' is -100"):
        sample_plan(FOUR, SPREAD_OF_FOUR, before=2, after=2).power({"wage": -100}, treated=5, controls=5)
    with pytest.raises(MethodError, match="more than 1,000,000,000 treated units would be needed"):
        plan.sample({"jobs": 1e-5})
