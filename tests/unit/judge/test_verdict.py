"""The verdict as data: what it carries, its table, its JSON, its notebook view; and the two ways to call `judge`."""

from __future__ import annotations

import json
import math
from dataclasses import FrozenInstanceError, dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from tests.unit.judge.builders import CO2, GDP, make_draws, make_effects

import pilotzone as pz
from pilotzone.core import JointEffects, Outcome
from pilotzone.judgement import judge
from pilotzone.judgement.judgement import judge as judge_function

if TYPE_CHECKING:
    from pilotzone.core import Statistic

INDEX = Outcome(
    "index", role="development", good="down", margin=2.0, scale="level", label="<b>Index</b>", unit="points"
)


def effects_of(*outcomes: Outcome, count: int = 20) -> JointEffects:
    rng = np.random.default_rng(51)
    shape = (count, len(outcomes))
    return make_effects(outcomes, make_draws(rng.normal(size=shape), pre_rmspe=rng.uniform(0.5, 2, shape)))


@dataclass(frozen=True)
class Carrier:
    joint: JointEffects


def test_judge_takes_joint_effects_and_results_that_carry_them() -> None:
    effects = effects_of(GDP, CO2)
    assert judge(Carrier(effects)) == judge(effects)
    assert pz.judge(effects, alpha=0.1) == judge_function(effects, alpha=0.1)


def test_verdict_keeps_what_was_fixed_and_said() -> None:
    effects = effects_of(GDP, CO2)
    verdict = judge(effects, alpha=0.1, statistic="rmspe_ratio", development="any", limits=["GDP is nominal."])
    fixed = (verdict.alpha, verdict.statistic, verdict.development_rule, verdict.limits)
    assert fixed == (0.1, "rmspe_ratio", "any", ("GDP is nominal.",))
    assert (verdict.smallest_p, verdict.unit_count, verdict.pool_rule) == (1 / 20, 20, "symmetric")
    with pytest.raises(FrozenInstanceError):
        verdict.label = "green growth"  # type: ignore[misc]


@pytest.mark.parametrize("statistic", ["mean_gap", "rmspe_ratio"])
def test_both_statistics_are_reported_and_the_fixed_one_decides(statistic: Statistic) -> None:
    other: Statistic = "rmspe_ratio" if statistic == "mean_gap" else "mean_gap"
    effects = effects_of(GDP, CO2)
    verdict, twin = judge(effects, statistic=statistic), judge(effects, statistic=other)
    assert {test.statistic for test in verdict.tests} == {statistic}
    assert {test.statistic for test in verdict.other_tests} == {other}
    assert verdict.tests == twin.other_tests
    assert (verdict.label, verdict.other_label) == (twin.other_label, twin.label)


def test_margin_and_smallest_margin_stand_beside_every_result() -> None:
    table = judge(effects_of(GDP, INDEX, CO2)).to_table()
    assert len(table) == 6
    for row in table.records():
        assert row["margin"] in {5.0, 2.0}
        assert isinstance(row["smallest_excluded_margin"], float)
        assert row["effect_unit"] == ("points" if row["outcome"] == "index" else "%")


def test_effects_read_in_percent_on_a_log_scale() -> None:
    verdict = judge(effects_of(GDP, INDEX, CO2))
    gdp, index, _ = verdict.tests
    assert gdp.effect == pytest.approx(100 * (math.exp(gdp.estimate) - 1), rel=1e-14)
    assert index.effect == index.estimate


def test_dictionary_is_json_and_holds_every_figure() -> None:
    verdict = judge(effects_of(GDP, CO2, count=19))
    plain = json.loads(json.dumps(verdict.to_dict(), allow_nan=False))
    assert plain["tests"][0]["smallest_excluded_margin"] is None
    for name in ("label", "other_label", "sentence", "p_claim", "p_development", "p_safeguards", "p_harm", "alpha"):
        assert plain[name] == getattr(verdict, name)
    for row, test in zip(plain["tests"], (*verdict.tests, *verdict.other_tests), strict=True):
        assert row["outcome"] == test.outcome.name
        for name in ("p_improved", "p_worsened", "p_harm_excluded", "p_harm_shown", "estimate"):
            assert row[name] == getattr(test, name)
        assert (row["grade"], row["diagnostics"]) == (test.main.grade, test.identification)


def test_frame_and_notebook_view() -> None:
    verdict = judge(effects_of(replace(GDP, name="<i>gdp</i>", label="<i>GDP</i>"), CO2))
    frame = verdict.to_frame()
    assert list(frame.columns) == list(verdict.to_table().columns)
    assert frame["p_improved"].tolist() == [test.p_improved for test in (*verdict.tests, *verdict.other_tests)]
    view = verdict._repr_html_()
    assert f"Verdict: {verdict.headline}" in view
    assert "<i>" not in view
    assert "&lt;i&gt;GDP" in view
    for table in (verdict.to_table().to_html(), verdict.to_table()._repr_html_()):
        assert "<i>" not in table
        assert "&lt;i&gt;gdp" in table


def test_rounding_of_a_level_decides_nothing() -> None:
    """Of ten units the best has p = 0.1, which a tenth written as 1 - 0.9 must not miss by 3e-17."""
    best_first = np.column_stack([np.arange(10.0, 0.0, -1.0), np.arange(-10.0, 0.0)])
    effects = make_effects((GDP, CO2), make_draws(best_first))
    exact, rounded = judge(effects, alpha=0.1), judge(effects, alpha=1 - 0.9)
    assert exact.tests[0].p_improved == 0.1
    assert (rounded.label, rounded.p_claim, rounded.alpha) == (exact.label, exact.p_claim, 0.1)
    assert exact.label == "green growth"
