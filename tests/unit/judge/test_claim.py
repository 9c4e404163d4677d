"""The claim's parts: largest p, smallest p over the same placebos, shifts by the margin, and what is refused."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from tests.unit.judge.builders import CO2, GDP, make_draws, make_effects

from pilotzone.core import JointEffects, Outcome, UsageError
from pilotzone.judgement import confidence_set, judge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pilotzone.core import Combine, Statistic
    from pilotzone.judgement import OutcomeTest, Verdict

JOBS = Outcome("jobs", role="development", good="up", margin=2.0, scale="level", label="Jobs")
SOOT = Outcome("soot", role="environment", good="down", margin=0.1, scale="level", label="Soot")
TREES = Outcome("trees", role="environment", good="up", margin=3.0, scale="log", label="Trees")
ASIDE = Outcome("aside", role=None, good="up", margin=None, scale="level")
FOUR = (GDP, JOBS, CO2, TREES)


def random_effects(seed: int, count: int = 12, outcomes: Sequence[Outcome] = FOUR, treated: int = 3) -> JointEffects:
    rng = np.random.default_rng(seed)
    shape = (count, len(outcomes))
    gaps = rng.normal(0, 0.06, shape)
    gaps[treated] += rng.choice([-0.15, 0.0, 0.15], shape[1])
    draws = make_draws(gaps, slope=rng.dirichlet(np.ones(count), shape[1]).T, pre_rmspe=rng.uniform(0.5, 2, shape))
    draws = replace(draws, treated=treated, slope=_own(draws.slope, treated))
    return make_effects(outcomes, draws)


def _own(slope: Any, treated: int) -> Any:  # noqa: ANN401 - an array in and out
    moved = np.abs(slope)
    moved[0] = 0.1
    moved[treated] = -1.0
    return moved


def by_name(verdict: Verdict) -> dict[str, OutcomeTest]:
    return {test.outcome.name: test for test in verdict.tests}


def plain_statistics(effects: JointEffects, column: int, statistic: Statistic, null: float) -> list[float]:
    """Oriented statistics after a null effect, in plain Python."""
    draws, sign = effects.draws, effects.outcomes[column].sign
    gaps = [float(g) + null * float(s) for g, s in zip(draws.mean_gap[:, column], draws.slope[:, column], strict=True)]
    fits = [float(r) if statistic == "rmspe_ratio" else 1.0 for r in draws.pre_rmspe[:, column]]
    return [sign * g / r for g, r in zip(gaps, fits, strict=True)]


def plain_p(values: Sequence[float], unit: int) -> Fraction:
    return Fraction(sum(value >= values[unit] for value in values), len(values))


def plain_min_p(columns: Sequence[Sequence[float]], treated: int) -> Fraction:
    best = [min(plain_p(column, unit) for column in columns) for unit in range(len(columns[0]))]
    return Fraction(sum(item <= best[treated] for item in best), len(best))


MARGINS = {
    "gdp": math.log(1 - 0.05),
    "jobs": -2.0,
    "co2": math.log(1 + 0.05),
    "trees": math.log(1 - 0.03),
}
"""Where harm equals the margin: log(1 + m) for a rise that is bad, log(1 - m) for a loss."""


@pytest.mark.parametrize("rule", ["all", "any"])
@pytest.mark.parametrize("statistic", ["mean_gap", "rmspe_ratio"])
@pytest.mark.parametrize("seed", range(12))
def test_every_p_by_counting(seed: int, statistic: Statistic, rule: Combine) -> None:
    effects = random_effects(seed)
    treated = effects.draws.treated
    verdict = judge(effects, statistic=statistic, development=rule, alpha=0.1)
    at_zero = [plain_statistics(effects, k, statistic, 0.0) for k in range(4)]
    at_margin = [plain_statistics(effects, k, statistic, MARGINS[item.name]) for k, item in enumerate(FOUR)]
    against = [[-value for value in column] for column in at_margin]
    for k, test in enumerate(verdict.tests):
        assert test.outcome == FOUR[k]
        assert test.p_improved == float(plain_p(at_zero[k], treated))
        assert test.p_worsened == float(plain_p([-value for value in at_zero[k]], treated))
        assert test.p_harm_excluded == float(plain_p(at_margin[k], treated))
        assert test.p_harm_shown == float(plain_p(against[k], treated))
        assert test.rank_improved == plain_p(at_zero[k], treated) * 12
    gain = max(plain_p(column, treated) for column in at_zero[:2])
    if rule == "any":
        gain = plain_min_p(at_zero[:2], treated)
    excluded = max(plain_p(column, treated) for column in at_margin[2:])
    assert verdict.p_development == float(gain)
    assert verdict.p_safeguards == float(excluded)
    assert verdict.p_claim == float(max(gain, excluded))
    assert verdict.p_harm == float(plain_min_p(against[2:], treated))


def test_claim_is_the_largest_marginal_p_and_no_joint_rank() -> None:
    """Moving placebos between outcomes changes every joint rank, no marginal one, and not the claim."""
    effects = random_effects(5, outcomes=(GDP, CO2))
    verdict = judge(effects)
    names = by_name(verdict)
    assert verdict.p_claim == max(names["gdp"].p_improved, names["co2"].p_harm_excluded)
    others = [k for k in range(12) if k != effects.draws.treated]
    for shift in range(1, 11):
        order = np.arange(12)
        order[others] = np.roll(others, shift)
        gaps, slope = effects.draws.mean_gap.copy(), effects.draws.slope.copy()
        gaps[:, 1], slope[:, 1] = gaps[order, 1], slope[order, 1]
        moved = judge(replace(effects, placebos=replace(effects.draws, mean_gap=gaps, slope=slope)))
        assert moved.p_claim == verdict.p_claim


def test_all_needs_every_gain_and_any_only_one() -> None:
    others = np.linspace(-0.1, 0.1, 39)
    gaps = np.column_stack([np.r_[0.3, others], np.r_[0.0, others], np.r_[-0.3, others]])
    effects = make_effects([GDP, JOBS, CO2], make_draws(gaps))
    every, any_one = judge(effects), judge(effects, development="any")
    assert every.p_development == 21 / 40  # the second outcome's: twenty placebos at or above zero
    assert any_one.p_development == 2 / 40  # the placebo that is best on the second outcome has as small a p
    assert (every.label, any_one.label) == ("harm excluded, growth not shown", "green growth")
    assert every.sentence == (
        "Harm to CO2 beyond the margin is excluded, but a gain in all of GDP and Jobs does not show."
    )
    assert any_one.sentence.startswith("The zone raised at least one of GDP and Jobs, and ")


@pytest.mark.parametrize("rule", ["all", "any"])
def test_any_and_all_agree_on_one_outcome(rule: Combine) -> None:
    for seed in range(10):
        effects = random_effects(seed, outcomes=(GDP, CO2))
        assert judge(effects, development=rule).p_development == judge(effects).tests[0].p_improved


def test_min_p_is_exact_over_every_treated_unit() -> None:
    """Whoever is treated, at most a share alpha of units rejects, for any alpha and any dependence."""
    rng = np.random.default_rng(41)
    for mix in (0.0, 0.7, -0.7):
        left = rng.normal(size=20)
        gaps = np.column_stack([left, mix * left + rng.normal(size=20), rng.normal(size=20)])
        ps = []
        for unit in range(20):
            draws = make_draws(gaps, treated=unit)
            ps.append(judge(make_effects([GDP, JOBS, CO2], draws), development="any").p_development)
        for k in range(1, 21):
            assert sum(p <= k / 20 for p in ps) <= k


def test_outcomes_without_a_role_are_no_part_of_the_claim() -> None:
    effects = random_effects(8, outcomes=(ASIDE, GDP, CO2))
    gaps = effects.draws.mean_gap.copy()
    gaps[:, 0] = np.nan
    without = replace(
        effects, placebos=replace(effects.draws, mean_gap=gaps), identification=effects.identification[1:]
    )
    assert [test.outcome.name for test in judge(effects).tests] == ["gdp", "co2"]
    assert judge(without) == judge(effects)


def test_order_of_outcomes_changes_nothing_but_the_order() -> None:
    effects = random_effects(9)
    verdict = judge(effects, development="any")
    for order in itertools.permutations(range(4)):
        index = list(order)
        draws = effects.draws
        moved = replace(
            effects,
            outcomes=tuple(effects.outcomes[k] for k in order),
            estimate=effects.estimate[index],
            placebos=replace(
                draws,
                mean_gap=draws.mean_gap[:, index],
                slope=draws.slope[:, index],
                pre_rmspe=draws.pre_rmspe[:, index],
            ),
        )
        again = judge(moved, development="any")
        assert by_name(again) == by_name(verdict)
        assert (again.label, again.p_claim, again.p_harm) == (verdict.label, verdict.p_claim, verdict.p_harm)


# ------------------------------------------------------------------------------- the smallest margin


@pytest.mark.parametrize("statistic", ["mean_gap", "rmspe_ratio"])
@pytest.mark.parametrize("alpha", [0.05, 0.1, 0.2])
def test_smallest_excluded_margin_by_judging_other_margins(statistic: Statistic, alpha: float) -> None:
    """Judged anew with a margin just above it, harm is excluded; just below, or at it, it is not."""
    checked = 0
    for seed in range(8):
        effects = random_effects(seed, count=20)
        for k, test in enumerate(judge(effects, statistic=statistic, alpha=alpha).tests):
            least = test.smallest_excluded_margin
            assert least is not None
            for margin in (least * (1 - 1e-6), least * (1 + 1e-6), least / 2, least * 2, 1e-3, 90.0):
                if not 0 < margin < 100 or margin == least:
                    continue
                outcomes = [replace(item, margin=margin) if j == k else item for j, item in enumerate(FOUR)]
                again = judge(replace(effects, outcomes=tuple(outcomes)), statistic=statistic, alpha=alpha).tests[k]
                assert (again.p_harm_excluded <= alpha) == (margin > least)
                assert again.smallest_excluded_margin == pytest.approx(least, rel=1e-12)
                checked += 1
    assert checked > 100


def test_no_margin_is_excluded_by_too_few_units() -> None:
    verdict = judge(random_effects(1, count=19))
    assert [test.smallest_excluded_margin for test in verdict.tests] == [None] * 4
    assert verdict.smallest_p == 1 / 19
    assert verdict.label == "cannot be decided"
    assert "19 units the smallest p-value that can come out is 0.053, above 0.05" in verdict.sentence


def test_ties_count_against_the_zone() -> None:
    others = np.r_[0.3, np.linspace(-0.1, 0.1, 38)]
    gaps = np.column_stack([np.r_[0.3, others], np.r_[-0.3, -others]])
    verdict = judge(make_effects([GDP, CO2], make_draws(gaps)))
    assert verdict.tests[0].p_improved == 2 / 40
    # With the margin taken off, the zone alone moves: no tie is left.
    assert verdict.tests[1].p_harm_excluded == 1 / 40


@pytest.mark.parametrize(("alpha", "same", "count"), [(1 - 0.9, 0.1, 10), (0.15 - 0.1, 0.05, 20), (1 - 0.8, 0.2, 5)])
def test_rounding_of_a_level_counts_for_nothing(alpha: float, same: float, count: int) -> None:
    # The zone is first on both outcomes: its p is one over the number of units, the level itself.
    gain, harm = np.r_[0.3, np.linspace(-0.1, 0.1, count - 1)], np.r_[-0.3, np.linspace(-0.1, 0.1, count - 1)]
    effects = make_effects([GDP, CO2], make_draws(np.column_stack([gain, harm])))
    rounded, verdict = judge(effects, alpha=alpha), judge(effects, alpha=same)
    assert alpha < same == verdict.p_claim
    assert rounded == verdict
    assert verdict.label == "green growth"
    assert 0.0 not in confidence_set(effects, GDP.name, alpha=alpha)


# ---------------------------------------------------------------------------------------- what is refused


def test_missing_roles_are_refused() -> None:
    with pytest.raises(UsageError, match="no outcome has a role") as caught:
        judge(make_effects([ASIDE], make_draws(np.zeros((20, 1)))))
    assert "at least one outcome with a role: development, environment, inclusion" in str(caught.value)


@pytest.mark.parametrize("alpha", [0, -0.1, 0.5, 1, math.nan, math.inf, "0.05", None, True, 1j])
def test_levels_that_are_none_are_refused(alpha: Any) -> None:  # noqa: ANN401 - whatever a user may give
    with pytest.raises(UsageError, match=r"alpha is .*\n  Allowed: a level above 0 and below 0.5"):
        judge(random_effects(1), alpha=alpha)


@pytest.mark.parametrize("alpha", [0.05, np.float32(0.1), np.float64(0.2), Fraction(1, 10)])
def test_levels_of_any_kind_of_number(alpha: Any) -> None:  # noqa: ANN401
    assert judge(random_effects(1), alpha=alpha).alpha == float(alpha)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"statistic": "mean-gap"}, "statistic is 'mean-gap'. Did you mean 'mean_gap'"),
        ({"statistic": ""}, "statistic is ''"),
        ({"familywise": "holm"}, "familywise is 'holm'.\n.*placebo draws are compared by their smallest p"),
        ({"development": "every"}, "development is 'every'"),
        ({"limits": "GDP is nominal."}, "limits is one text"),
    ],
)
def test_unknown_options_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        judge(random_effects(1), **options)


@pytest.mark.parametrize("effects", ["effects", None, 3.0, {"joint": 1}])
def test_what_is_no_effects_is_refused(effects: Any) -> None:  # noqa: ANN401
    with pytest.raises(UsageError, match=f"effects is of type {type(effects).__name__}"):
        judge(effects)
