"""Breakdowns and grades: by scanning, by the level that they keep, and in the words of a verdict."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from tests.unit.judge.builders import CO2, GDP, make_draws, make_effects

from pilotzone.core import Outcome
from pilotzone.judgement import judge
from pilotzone.judgement.claim import assess_claim
from pilotzone.judgement.findings import Question, grade_of, ranked_finding
from pilotzone.judgement.ranks import min_p, oriented_statistic, parts_of
from pilotzone.judgement.strength import units_needed

if TYPE_CHECKING:
    from pilotzone.core import Combine, Direction, PlaceboDraws, Role, Scale, Statistic

ALPHA = 0.1
JOBS = Outcome("jobs", role="development", good="up", margin=5.0, scale="log", label="Jobs")


def random_draws(seed: int, outcomes: int, gain: float = 0.2) -> PlaceboDraws:
    """Return draws of twenty units with placebo effects at earlier dates; the zone's gaps are raised."""
    rng = np.random.default_rng(seed)
    gaps = rng.normal(0, 0.05, (20, outcomes))
    gaps[0] += gain
    fit, drift = rng.uniform(0.01, 0.04, gaps.shape), rng.uniform(0.01, 0.06, gaps.shape)
    return make_draws(gaps, slope=rng.uniform(0, 0.3, gaps.shape), pre_rmspe=fit, drift=drift)


def p_with(draws: PlaceboDraws, statistic: Statistic, rule: Combine, multiple: float) -> float:
    """Take a multiple of its own earlier placebo effect off the zone, on every outcome, and rank by hand."""
    assert draws.earlier is not None
    own = draws.earlier().largest[0]
    columns = []
    for k in range(draws.mean_gap.shape[1]):
        values = oriented_statistic(draws, k, statistic, 1, 0.0).copy()
        values[0] -= multiple * own[k] / parts_of(draws, k, statistic, 1).scale[0]
        columns.append(values)
    found = np.column_stack(columns)
    if rule == "any":
        return min_p(found, 0)
    return max(float(np.mean(column >= column[0])) for column in columns)


@pytest.mark.parametrize("rule", ["all", "any"])
@pytest.mark.parametrize("statistic", ["mean_gap", "rmspe_ratio", "net_gap", "excess_gap"])
@pytest.mark.parametrize("seed", range(6))
def test_breakdown_is_where_p_passes_the_level(seed: int, statistic: Statistic, rule: Combine) -> None:
    draws = random_draws(seed, 1 if seed % 2 else 3)
    asked = [Question(k, 1, 0.0) for k in range(draws.mean_gap.shape[1])]
    found = ranked_finding(draws, asked, "gain", statistic=statistic, alpha=ALPHA, allowance=1.0, rule=rule)
    assert found.p == p_with(draws, statistic, rule, 0.0)
    assert found.multiple is not None
    if found.p > ALPHA:
        assert (found.multiple, found.grade) == (0.0, "not shown")
        return
    assert math.isfinite(found.multiple)
    assert found.grade == ("with allowance" if found.multiple > 1 else "without allowance")
    for share in (0.0, 0.3, 0.9, 1 - 1e-7):
        assert p_with(draws, statistic, rule, share * found.multiple) <= ALPHA
    for share in (1 + 1e-7, 1.5, 4.0):
        assert p_with(draws, statistic, rule, share * found.multiple) > ALPHA


def test_breakdown_of_one_outcome_is_its_drift_over_the_earlier_one() -> None:
    for seed in range(8):
        draws = random_draws(seed, 2)
        effects = make_effects([GDP, JOBS], draws)
        tests = assess_claim(effects, statistic="net_gap", alpha=ALPHA, rule="all", allowance=1.0).tests
        for test in tests:
            if test.gain.shown:
                assert test.gain.drift is not None
                assert test.earlier is not None
                assert test.gain.multiple == pytest.approx(test.gain.drift / test.earlier, rel=1e-9)


@pytest.mark.parametrize("drift", [0.5, 1.0, 2.0])
def test_level_holds_where_the_zone_drifts_by_what_is_allowed_for(drift: float) -> None:
    """Every unit in turn drifts by so many times what it did before: it is found, with that allowance, once in ten."""
    rng = np.random.default_rng(5)
    gaps, before, fit = rng.normal(0, 1, (20, 1)), rng.uniform(0.2, 1, (20, 1)), rng.uniform(0.2, 1, (20, 1))
    found = []
    for zone in range(20):
        moved = gaps.copy()
        moved[zone] += drift * before[zone]
        draws = make_draws(moved, pre_rmspe=fit, drift=before, treated=zone)
        told = ranked_finding(
            draws, [Question(0, 1, 0.0)], "gain", statistic="net_gap", alpha=ALPHA, allowance=drift * (1 - 1e-9)
        )
        found.append(told.grade == "with allowance")
    assert sum(found) == 2  # of twenty units at a level of a tenth


@pytest.mark.parametrize(
    ("p", "multiple", "allowance", "grade"),
    [
        (0.06, 9.0, 1.0, "not shown"),
        (math.nan, None, 1.0, "not shown"),
        (0.05, None, 1.0, "without allowance"),
        (0.05, 1.0, 1.0, "without allowance"),
        (0.05, 1.01, 1.0, "with allowance"),
        (0.05, math.inf, 1.0, "with allowance"),
        (0.05, None, 0.0, "without allowance"),
        (0.05, math.inf, 0.0, "without allowance"),
    ],
)
def test_grades(p: float, multiple: float | None, allowance: float, grade: str) -> None:
    assert grade_of(p, 0.05, multiple, allowance) == grade


def test_the_weakest_finding_grades_the_label_and_what_holds_is_told() -> None:
    """Twenty donors within 0.1: the gain of 0.3 outlasts a drift of 0.1, harm excluded at -0.08 does not."""
    placebos = np.linspace(-0.1, 0.1, 20)
    gaps = np.column_stack([np.r_[0.3, placebos], np.r_[-0.08, placebos[::-1]]])
    draws = make_draws(gaps, drift=np.full_like(gaps, 0.1))
    verdict = judge(make_effects([GDP, CO2], draws), statistic="mean_gap")
    assert (verdict.label, verdict.grade) == ("green growth", "without allowance")
    assert verdict.allowed == "growth, harm not excluded"
    assert [item.grade for item in verdict.findings] == ["with allowance", "without allowance", "not shown"]
    assert verdict.headline == "green growth (holds without allowance only)"
    gain, harm, kept = verdict.overturn
    assert gain == (
        "Gain in GDP: holds with allowance. A drift of +22.14 % without the zone would overturn it, 2.00 times the "
        "largest at earlier dates (10.52 %)."
    )
    assert harm == (
        "Harm to CO2 excluded: holds without allowance only. A drift of -2.84 % without the zone would overturn it, "
        "0.288 times the largest at earlier dates (10.52 %)."
    )
    assert (
        kept == "With the declared allowance of 0.5 times the earlier drift what holds is 'growth, harm not excluded'."
    )


def test_without_a_declared_allowance_nothing_holds_with_one() -> None:
    draws = random_draws(1, 2)
    own = judge(make_effects([GDP, CO2], draws), alpha=ALPHA, allowance=0.0)
    assert own.grade in {None, "without allowance"}
    assert all(item.grade != "with allowance" for item in own.findings)
    assert own.allowed == own.label
    assert not any("With the declared allowance" in text for text in own.overturn)


def test_what_would_decide_does() -> None:
    """Neither the gain nor harm is shown; the effect, the margin and the number of donors that are told decide."""
    placebos = np.linspace(-0.1, 0.1, 20)
    gaps = np.column_stack([np.r_[0.095, placebos], np.r_[0.0, placebos[::-1]]])
    effects = make_effects([GDP, CO2], make_draws(gaps))
    verdict = judge(effects)
    assert verdict.label == "too noisy for this margin"
    gdp, co2 = verdict.tests
    assert gdp.smallest_shown is not None
    assert co2.smallest_excluded_margin is not None
    for step, label in ((1e-6, "growth, harm not excluded"), (-1e-6, "too noisy for this margin")):
        raised = gaps.copy()
        raised[0, 0] = np.log1p(gdp.smallest_shown / 100) + step
        assert judge(make_effects([GDP, CO2], make_draws(raised))).label == label
    for factor, label in ((1.001, "harm excluded, growth not shown"), (0.999, "too noisy for this margin")):
        wider = Outcome("co2", "environment", "down", co2.smallest_excluded_margin * factor, "log", label="CO2")
        assert judge(make_effects([GDP, wider], make_draws(gaps))).label == label


@pytest.mark.parametrize("scale", ["log", "level"])
@pytest.mark.parametrize(("good", "sign"), [("up", 1.0), ("down", -1.0)])
def test_the_smallest_effect_shown_is_where_a_gain_shows(good: Direction, sign: float, scale: Scale) -> None:
    """By steps over effects, whichever direction is good and on both scales; outcomes of every role have it."""
    rng = np.random.default_rng(4)
    roles: tuple[Role, ...] = ("development", "environment")
    for role in roles:
        outcome = Outcome("y", role, good, 0.3, scale)
        gaps = rng.normal(0, 0.1, (21, 1))
        test = judge(make_effects([outcome], make_draws(gaps))).tests[0]
        assert test.smallest_shown is not None
        for step, shown in ((1e-9, True), (-1e-9, False)):
            moved = gaps.copy()
            least = np.log1p(test.smallest_shown / 100) if scale == "log" else test.smallest_shown
            moved[0, 0] = least + sign * step
            assert judge(make_effects([outcome], make_draws(moved))).tests[0].gain.shown is shown


def test_donors_that_would_do_do() -> None:
    needed = units_needed(2 / 21, 21, 0.05 + 0.01)
    assert needed is not None
    placebos = np.linspace(-1, 1, 20)
    own = 0.95  # one of the twenty is above it
    assert np.mean(np.r_[own, placebos] >= own) == 2 / 21
    more = np.quantile(placebos, (np.arange(needed - 1) + 0.5) / (needed - 1))
    assert np.mean(np.r_[own, more] >= own) <= 0.06
    assert units_needed(3 / 21, 21, 0.05) is None


# ------------------------------------------------------------------------------------ three ways not to tell


def test_too_few_units_cannot_decide_and_as_many_as_told_do() -> None:
    placebos = np.linspace(-0.1, 0.1, 18)
    gaps = np.column_stack([np.r_[0.3, placebos], np.r_[-0.3, placebos]])
    verdict = judge(make_effects([GDP, CO2], make_draws(gaps)))
    assert (verdict.label, verdict.grade) == ("cannot be decided", None)
    assert verdict.overturn == ("At a level of 0.05, 20 units would do, the zone counted.",)
    gaps = np.vstack([gaps, [[0.0, 0.0]]])
    assert judge(make_effects([GDP, CO2], make_draws(gaps))).label == "green growth"


@pytest.mark.parametrize("what", ["window", "past", "variation"])
def test_what_cannot_be_assessed_says_why_and_can_be_once_it_is_there(what: str) -> None:
    rng = np.random.default_rng(1)
    whole = rng.normal(0, 0.05, (20, 2))
    whole[0] = 0.5, -0.5
    fit, drift = rng.uniform(0.01, 0.02, (20, 2)), np.full((20, 2), 0.01)
    gaps, fits, drifts = whole.copy(), fit.copy(), drift.copy()
    if what == "window":
        gaps[0, 1] = math.nan
    elif what == "past":
        drifts[:, 1] = math.nan
    else:
        gaps[:, 1] = fits[:, 1] = 0.0
    verdict = judge(make_effects([GDP, CO2], make_draws(gaps, pre_rmspe=fits, drift=drifts)))
    assert (verdict.label, verdict.grade) == ("cannot be assessed", None)
    assert verdict.sentence.startswith("These data cannot tell what the zone did to CO2. ")
    assert what in verdict.sentence or {"variation": "varies"}[what] in verdict.sentence
    assert math.isnan(verdict.p_claim)
    assert math.isnan(verdict.tests[1].p_improved)
    assert judge(make_effects([GDP, CO2], make_draws(whole, pre_rmspe=fit, drift=drift))).label == "green growth"


def test_one_side_alone_is_a_claim() -> None:
    placebos = np.linspace(-0.1, 0.1, 20)
    draws = make_draws(np.r_[0.3, placebos])
    growth = judge(make_effects([GDP], draws))
    assert (growth.label, growth.p_claim, growth.sentence) == ("growth", 1 / 21, "The zone raised GDP.")
    assert math.isnan(growth.p_safeguards)
    harm = judge(make_effects([CO2], draws))
    assert (harm.label, harm.sentence) == ("harm", "The zone harmed CO2 beyond the margin.")
    assert math.isnan(harm.p_development)


def test_three_roles_make_one_claim() -> None:
    gap = Outcome("gap", role="inclusion", good="down", margin=1.0, scale="level", label="Income gap")
    placebos = np.linspace(-0.1, 0.1, 20)
    gaps = np.column_stack([np.r_[0.3, placebos], np.r_[-0.3, placebos], np.r_[0.0, placebos]])
    verdict = judge(make_effects([GDP, CO2, gap], make_draws(gaps)))
    assert verdict.label == "green and inclusive growth"
    gaps[0, 2] = 5.0
    verdict = judge(make_effects([GDP, CO2, gap], make_draws(gaps)))
    assert verdict.p_harm <= 0.05 or verdict.label == "growth, harm not excluded"
