"""What a verdict says in words: no more than its tests do, and what a careful reader should be told besides."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from tests.unit.judge.builders import CO2, GDP, make_draws, make_effects

from pilotzone.core import Outcome
from pilotzone.judgement import judge

if TYPE_CHECKING:
    from pilotzone.core import CheckState, Combine, PoolRule, Statistic
    from pilotzone.judgement import Verdict

JOBS = Outcome("jobs", role="development", good="up", margin=5.0, scale="log", label="Jobs")
SOOT = Outcome("soot", role="environment", good="down", margin=5.0, scale="log", label="Soot")
OTHERS = np.linspace(-0.1, 0.1, 39)
BEYOND = "beyond its margin of 5 % (p = 0.025 by itself, holds with allowance)"
BOTH = f"The zone worsened CO2 {BEYOND} and Soot {BEYOND}."
NEITHER = "is neither shown nor excluded: figures vary too much."


def verdict_of(
    gaps: dict[Outcome, float],
    *,
    rule: Combine = "all",
    states: dict[str, CheckState] | None = None,
    fit: dict[str, float] | None = None,
    pool_rule: PoolRule = "symmetric",
    statistic: Statistic | None = None,
) -> Verdict:
    """Judge a zone with these gaps beside 39 donors whose gaps lie evenly within 0.1 of zero.

    `fit` gives the zone's own RMSPE by outcome; everybody else's is one.
    """
    columns = np.column_stack([np.r_[gap, np.roll(OTHERS, 7 * k)] for k, gap in enumerate(gaps.values())])
    rmspe = np.ones_like(columns)
    rmspe[0] = [(fit or {}).get(outcome.name, 1.0) for outcome in gaps]
    draws = make_draws(columns, pre_rmspe=rmspe, pool_rule=pool_rule)
    return judge(make_effects(list(gaps), draws, states=states), development=rule, statistic=statistic)


@pytest.mark.parametrize(
    ("gain", "harm", "sentence"),
    [
        (0.3, -0.3, "The zone raised GDP, and harm to CO2 beyond the margin is excluded."),
        (0.3, 0.3, "The zone raised GDP, and harmed CO2 beyond the margin."),
        (0.0, 0.3, "The zone harmed CO2 beyond the margin, and no gain in GDP shows."),
        (0.3, 0.0, "The zone raised GDP; whether it harmed CO2 beyond the margin stays open."),
        (0.0, -0.3, "Harm to CO2 beyond the margin is excluded, but no gain in GDP shows."),
        (0.0, 0.0, f"No gain in GDP shows, and harm to CO2 beyond the margin {NEITHER}"),
    ],
)
def test_sentences(gain: float, harm: float, sentence: str) -> None:
    assert verdict_of({GDP: gain, CO2: harm}).sentence == sentence


@pytest.mark.parametrize(
    ("gains", "harms", "rule", "sentence"),
    [
        (
            (0.3, 0.3),
            (-0.3, -0.3),
            "all",
            "The zone raised GDP and Jobs, and harm to any of CO2 and Soot beyond its margin is excluded.",
        ),
        (
            (0.3, 0.3),
            (0.3, 0.3),
            "any",
            (
                f"{BOTH} The zone raised at least one of GDP and Jobs, and harmed at least one of CO2 and Soot beyond "
                "its margin."
            ),
        ),
        (
            (0.0, 0.0),
            (0.3, 0.3),
            "any",
            (
                f"{BOTH} The zone harmed at least one of CO2 and Soot beyond its margin, and no gain in any of GDP and "
                "Jobs shows."
            ),
        ),
        (
            (0.3, 0.3),
            (-0.3, 0.0),
            "all",
            "The zone raised GDP and Jobs; whether it harmed any of CO2 and Soot beyond its margin stays open.",
        ),
        (
            (0.3, 0.0),
            (0.0, 0.0),
            "all",
            (
                "A gain in all of GDP and Jobs does not show, and harm to any of CO2 and Soot beyond its margin "
                f"{NEITHER}"
            ),
        ),
    ],
)
def test_sentences_on_several_outcomes(
    gains: tuple[float, float], harms: tuple[float, float], rule: Combine, sentence: str
) -> None:
    gaps = dict(zip((GDP, JOBS, CO2, SOOT), (*gains, *harms), strict=True))
    assert verdict_of(gaps, rule=rule).sentence == sentence


@pytest.mark.parametrize(
    ("gaps", "lost"),
    [
        ({GDP: -0.3}, f"The zone worsened GDP {BEYOND.replace(' by itself', '')}."),
        ({GDP: -0.3, CO2: -0.3}, f"The zone worsened GDP {BEYOND}."),
        ({GDP: 0.3, JOBS: -0.3}, f"The zone worsened Jobs {BEYOND}."),
        ({GDP: -0.11}, "The zone worsened GDP (p = 0.025)."),
        ({GDP: -0.11, JOBS: -0.3}, f"The zone worsened Jobs {BEYOND} and GDP (p = 0.025 by itself)."),
        ({CO2: 0.12}, "The zone worsened CO2 (p = 0.025; whether beyond the margin stays open)."),
        ({CO2: 0.3}, ""),
        ({GDP: 0.3, CO2: 0.3}, ""),
        ({GDP: 0.0, CO2: 0.0}, ""),
        ({GDP: 0.3, CO2: -0.3}, ""),
    ],
)
def test_what_is_lost_comes_first_where_the_label_does_not_say_it(gaps: dict[Outcome, float], lost: str) -> None:
    verdict = verdict_of(gaps)
    assert verdict.lost == lost
    assert verdict.sentence.startswith(lost)
    assert len(verdict.sentence) > len(lost) + 10
    assert verdict.to_dict()["sentence"] == verdict.sentence


def test_one_harm_of_several_is_said_though_all_together_stay_open() -> None:
    """With three safeguards the smallest p is no rejection, and the label says that it is too noisy."""
    smell = replace(SOOT, name="smell", label="Smell")
    verdict = verdict_of({GDP: 0.0, CO2: 0.3, SOOT: 0.0, smell: 0.0})
    assert verdict.label == "too noisy for this margin"
    assert verdict.sentence.startswith(f"The zone worsened CO2 {BEYOND}. No gain in GDP")


def test_a_few_of_many_losses_are_named() -> None:
    many = {replace(JOBS, name=f"y{k}", label=f"Y{k}"): -0.3 for k in range(5)}
    lost = verdict_of(many).lost
    assert lost.startswith("The zone worsened Y0 beyond")
    assert lost.endswith("and 2 more.")
    assert "Y3" not in lost


IDLE = Outcome("idle", role="development", good="down", margin=5.0, scale="log", label="Unemployment")


@pytest.mark.parametrize(
    ("gaps", "rule", "sentence"),
    [
        ({IDLE: -0.3}, "all", "The zone lowered Unemployment."),
        ({IDLE: 0.0}, "all", "No fall in Unemployment shows."),
        ({GDP: 0.3, IDLE: -0.3}, "all", "The zone raised GDP and lowered Unemployment."),
        ({GDP: 0.3, IDLE: 0.0}, "all", "An improvement in all of GDP and Unemployment does not show."),
        ({GDP: 0.3, IDLE: -0.3}, "any", "The zone improved at least one of GDP and Unemployment."),
    ],
)
def test_a_gain_in_what_is_better_lower_is_a_fall(gaps: dict[Outcome, float], rule: Combine, sentence: str) -> None:
    verdict = verdict_of(gaps, rule=rule)
    assert verdict.sentence == sentence
    told = " ".join((*verdict.overturn, *verdict.remarks))
    assert "gain in Unemployment" not in told.replace("Gain", "gain")


def test_reasons_name_each_part_with_its_p() -> None:
    assert verdict_of({GDP: 0.3, CO2: 0.0}).reasons == (
        "Gain in development (all): shown (p = 0.025, level 0.05).",
        "Harm beyond the margin: not excluded (p = 0.275, level 0.05).",
        "No harm beyond the margin: not rejected (p = 0.750, level 0.05).",
    )


def test_diagnostics_change_nothing_of_what_is_said() -> None:
    gaps = {GDP: -0.3, CO2: 0.0}
    shown = verdict_of(gaps)
    assert "GDP: a loss beyond its margin of 5 % is shown (p = 0.025)." in shown.remarks
    failed = verdict_of(gaps, states={"gdp": "failed", "co2": "cannot be assessed"})
    assert (failed.label, failed.sentence, failed.reasons) == (shown.label, shown.sentence, shown.reasons)
    assert (failed.remarks, failed.overturn) == (shown.remarks, shown.overturn)


def test_remark_where_the_statistics_disagree() -> None:
    """A fit ten times as bad as the placebos' divides the gap by ten."""
    verdict = verdict_of({GDP: 0.3, CO2: -0.3}, fit={"gdp": 10.0}, statistic="mean_gap")
    assert (verdict.label, verdict.other_label) == ("green growth", "harm excluded, growth not shown")
    assert verdict.remarks[0] == (
        "The two statistics disagree: by the mean gap over the pre-period RMSPE the verdict would be "
        "'harm excluded, growth not shown'."
    )
    twin = verdict.other_tests[0].p_improved
    assert twin == (1 + int((OTHERS >= 0.03).sum())) / 40
    assert verdict.remarks[1] == (
        f"GDP: the statistics disagree on a gain (p = 0.025 by the mean gap, {twin:.3f} by the mean gap over the "
        "pre-period RMSPE)."
    )


def test_no_such_remark_where_they_agree() -> None:
    verdict = verdict_of({GDP: 0.3, CO2: -0.3})
    assert verdict.label == verdict.other_label
    assert not any("disagree" in remark for remark in verdict.remarks)


def test_remark_on_a_worsening_within_the_margin() -> None:
    verdict = verdict_of({GDP: 0.0, CO2: 0.12})
    assert "CO2: a worsening is detectable (p = 0.025), but not one beyond the margin of 5 %." in verdict.remarks


def test_remarks_on_what_one_outcome_shows_and_all_together_do_not() -> None:
    """With two further outcomes at stake three placebos have as small a p as the zone: 3/40 is above 0.05."""
    roads = replace(JOBS, name="roads", label="Roads")
    verdict = verdict_of({GDP: 0.3, JOBS: 0.0, roads: 0.0, CO2: 0.0}, rule="any")
    assert verdict.p_development == 3 / 40
    together = "but not over all outcomes of its role together (p = 0.075)."
    assert f"GDP: a gain shows (p = 0.025), {together}" in verdict.remarks
    smell = replace(SOOT, name="smell", label="Smell")
    verdict = verdict_of({GDP: 0.0, CO2: 0.3, SOOT: 0.0, smell: 0.0})
    assert verdict.p_harm == 3 / 40
    assert verdict.label == "too noisy for this margin"
    assert f"CO2: harm beyond its margin of 5 % shows (p = 0.025), {together}" in verdict.remarks


@pytest.mark.parametrize(
    ("pool_rule", "words"), [("symmetric", "are exact under"), ("exclude_treated", "are approximate (the pools")]
)
def test_last_remark_says_what_exact_means(pool_rule: PoolRule, words: str) -> None:
    remark = verdict_of({GDP: 0.0, CO2: 0.0}, pool_rule=pool_rule).remarks[-1]
    assert words in remark
    assert "each of the 40 units had been equally likely to be chosen; zones are chosen, not drawn." in remark
