"""A small verdict worked by hand, in plain Python that knows nothing of the package.

Ten towns in five pairs. Before the zone the towns of a pair have the same path, and the paths of the pairs are the
corners of a pentagon, none of which is a mixture of the others: a town's synthetic path is its twin's, with weight one.
The gap of a town is thus its own change less its twin's. All figures are invented.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from pilotzone.core import (
    Check,
    Identification,
    JointEffects,
    Outcome,
    Panel,
    PlaceboDraws,
    SeriesInfo,
)
from pilotzone.evaluation.few import FewDesign, estimate_few
from pilotzone.judgement import judge

JOBS = Outcome("jobs", role="development", good="up", margin=1.0, scale="level", label="Jobs")
DUST = Outcome("dust", role="environment", good="down", margin=10.0, scale="log", label="Dust")

# Change after the zone, town by town; a1 has the zone, a2 is its twin.
TOWNS = ("a1", "a2", "b1", "b2", "c1", "c2", "d1", "d2", "e1", "e2")
JOBS_CHANGE = (9.0, 1.0, 4.0, 2.0, 0.5, 3.5, 2.0, 1.0, 5.0, -1.0)
DUST_CHANGE = (0.02, 0.06, 0.01, 0.05, 0.00, 0.03, 0.02, 0.01, 0.08, 0.03)
# Own less twin's, by hand:
JOBS_GAP = (8.0, -8.0, 2.0, -2.0, -3.0, 3.0, 1.0, -1.0, 6.0, -6.0)
DUST_GAP = (-0.04, 0.04, -0.04, 0.04, -0.03, 0.03, 0.01, -0.01, 0.05, -0.05)

ALPHA = 0.1


def joint_by_hand() -> JointEffects:
    """Write down what estimation should find, all checks passed; the twin a2 has the zone as its one donor."""
    gaps = np.array([JOBS_GAP, DUST_GAP]).T
    slope = np.zeros_like(gaps)
    slope[:2] = [[-1.0, -1.0], [1.0, 1.0]]
    draws = PlaceboDraws(TOWNS, 0, gaps, slope, np.ones_like(gaps), "symmetric")
    passed = tuple(Identification(name, (Check("c", "c", "passed", 0.0, 1.0, "."),)) for name in ("jobs", "dust"))
    return JointEffects("a1", 2001, (2001,), "sc", (JOBS, DUST), gaps[0], draws, passed)


def test_verdict_by_hand() -> None:
    verdict = judge(joint_by_hand(), alpha=ALPHA)
    jobs, dust = verdict.tests
    # Jobs: 8 is the largest of ten.
    assert jobs.p_improved == 1 / 10
    assert jobs.p_worsened == 10 / 10
    # With a loss of 1 taken off, a1 has 8 + 1; a2, whose donor a1 is, -8 - 1: first and last all the same.
    assert (jobs.p_harm_excluded, jobs.p_harm_shown) == (1 / 10, 10 / 10)
    # A smaller margin, down to one where a1 and e1 meet: 8 + h = 6, h = -2; even a gain short of 2 is excluded.
    assert jobs.smallest_excluded_margin == -2.0
    # Dust: of falls, e2's 0.05 is larger and b1's 0.04 the same, which counts against a1: third.
    assert dust.p_improved == 3 / 10
    # Of rises: all but e2 are at least -0.04, a1 and b1 included.
    assert dust.p_worsened == 9 / 10
    # Take a rise of 10 percent off a1: log(1.1) = 0.0953, -0.04 - 0.0953 = -0.1353, the largest fall.
    # Its twin goes up by as much: 0.1353, the largest rise.
    assert (dust.p_harm_excluded, dust.p_harm_shown) == (1 / 10, 10 / 10)
    # Rank one needs -0.04 - h < -0.05, h > 0.01: a rise of 1.005 percent.
    assert dust.smallest_excluded_margin == pytest.approx(100 * (math.exp(0.01) - 1), rel=1e-12)
    assert (verdict.p_development, verdict.p_safeguards, verdict.p_harm) == (0.1, 0.1, 1.0)
    assert verdict.p_claim == 0.1
    assert verdict.label == "green growth"
    assert verdict.sentence == "The zone raised Jobs, and harm to Dust beyond the margin is excluded."


def plain_p(gaps: tuple[float, ...], sign: int, harm: float) -> float:
    """Rank town a1 with a harm taken off it, and put onto its twin, in plain Python."""
    moved = [gap + (harm if k == 0 else -harm if k == 1 else 0.0) for k, gap in enumerate(sign * g for g in gaps)]
    return sum(value >= moved[0] for value in moved) / len(moved)


@pytest.mark.parametrize("margin", [0.3, 0.5, 1.0, 1.01, 2.0, 5.0, 10.0, 50.0])
def test_any_margin_by_plain_counting(margin: float) -> None:
    effects = joint_by_hand()
    outcomes = (JOBS, Outcome("dust", role="environment", good="down", margin=margin, scale="log"))
    changed = JointEffects(
        effects.unit,
        effects.start,
        effects.window,
        effects.estimator,
        outcomes,
        effects.estimate,
        effects.draws,
        effects.identification,
    )
    verdict = judge(changed, alpha=ALPHA)
    p = plain_p(DUST_GAP, -1, math.log(1 + margin / 100))
    assert verdict.tests[1].p_harm_excluded == p
    assert verdict.label == ("green growth" if p <= ALPHA else "growth, harm not excluded")


def test_estimation_finds_the_gaps_of_the_twins() -> None:
    """From the panel, through weights, to the same p-values. No check is passed: without the twin all is different."""
    angle = 2 * np.pi * np.arange(5).repeat(2) / 5
    before = np.column_stack([10 + 5 * np.cos(angle), 10 + 5 * np.sin(angle)])
    values = {
        name: np.column_stack([before, before[:, 1] * 0 + 7 + np.array(change)])
        for name, change in (("jobs", JOBS_CHANGE), ("dust", DUST_CHANGE))
    }
    series = {name: SeriesInfo(name, name, "1") for name in values}
    panel = Panel(units=TOWNS, periods=(1999, 2000, 2001), values=values, series=series)
    few = estimate_few(panel, [JOBS, DUST], FewDesign("a1", start=2001, window=(2001, 2001), estimator="sc"))
    draws, by_hand = few.joint.draws, joint_by_hand()
    assert draws.mean_gap == pytest.approx(by_hand.draws.mean_gap, abs=1e-12)
    assert draws.slope == pytest.approx(by_hand.draws.slope, abs=1e-12)
    found = judge(few, alpha=ALPHA)
    assert found.label == "cannot be assessed"  # two fitted periods are not a past to compare with
    found, expected = (judge(item, alpha=ALPHA, statistic="mean_gap") for item in (few, by_hand))
    for test, hand in zip(found.tests, expected.tests, strict=True):
        for name in ("p_improved", "p_worsened", "p_harm_excluded", "p_harm_shown", "rank_improved"):
            assert getattr(test, name) == getattr(hand, name)
    assert (found.p_claim, found.p_harm) == (expected.p_claim, expected.p_harm)
