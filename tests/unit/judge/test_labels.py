"""The decision table in full: every combination of findings, and every label from draws."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, get_args

import numpy as np
import pytest
from tests.unit.judge.builders import CO2, GDP, make_draws, make_effects

from pilotzone.core import VerdictLabel
from pilotzone.judge import judge
from pilotzone.judge.labels import decide

if TYPE_CHECKING:
    from pilotzone.core import CheckState

FINDINGS = ("identified", "decidable", "development_shown", "harm_excluded", "harm_shown")

DECIDED: dict[tuple[bool, bool, bool], VerdictLabel] = {
    # development shown, harm excluded, harm shown
    (True, True, False): "green growth",
    (True, False, True): "growth at a cost",
    (True, False, False): "growth, harm not excluded",
    (False, True, False): "harm excluded, growth not shown",
    (False, False, True): "harm without growth",
    (False, False, False): "nothing detectable",
}


def impossible(decidable: bool, development_shown: bool, harm_excluded: bool, harm_shown: bool) -> bool:
    """Harm cannot be excluded and shown at once; nothing is rejected where no p can be small enough."""
    return (harm_excluded and harm_shown) or (not decidable and (development_shown or harm_excluded or harm_shown))


@pytest.mark.parametrize("findings", list(itertools.product((True, False), repeat=5)))
def test_every_combination(findings: tuple[bool, ...]) -> None:
    identified, decidable, *found = findings
    label = decide(**dict(zip(FINDINGS, findings, strict=True)))
    assert label in get_args(VerdictLabel)
    if not identified:
        assert label == "not identified"
    elif not decidable:
        assert label == "cannot be decided"
    elif not impossible(decidable, *found):
        assert label == DECIDED[found[0], found[1], found[2]]


def test_counts_of_the_table() -> None:
    possible = [row for row in itertools.product((True, False), repeat=4) if not impossible(*row)]
    assert len(possible) == len(DECIDED) + 1
    assert {*DECIDED.values(), "cannot be decided", "not identified"} == set(get_args(VerdictLabel))


# ------------------------------------------------------------------------------------ from draws

PLACEBOS = np.linspace(-0.1, 0.1, 20)
GAIN, NO_GAIN = 0.3, 0.01
LESS, MORE, SAME = -0.3, 0.3, 0.01


def label_of(gain: float, harm: float, *, count: int = 20, state: CheckState = "passed") -> VerdictLabel:
    """Judge a zone with these gaps beside `count` donors whose gaps lie evenly within 0.1 of zero."""
    placebos = np.linspace(-0.1, 0.1, count)
    gaps = np.column_stack([np.r_[gain, placebos], np.r_[harm, placebos[::-1]]])
    return judge(make_effects([GDP, CO2], make_draws(gaps), states={"co2": state})).label


@pytest.mark.parametrize(
    ("gain", "harm", "expected"),
    [
        (GAIN, LESS, "green growth"),
        (GAIN, MORE, "growth at a cost"),
        (NO_GAIN, MORE, "harm without growth"),
        (GAIN, SAME, "growth, harm not excluded"),
        (NO_GAIN, LESS, "harm excluded, growth not shown"),
        (NO_GAIN, SAME, "nothing detectable"),
        (-GAIN, SAME, "nothing detectable"),
    ],
)
def test_every_label_by_draws(gain: float, harm: float, expected: VerdictLabel) -> None:
    assert label_of(gain, harm) == expected
    assert label_of(gain, harm, count=18) == "cannot be decided"
    assert label_of(gain, harm, count=19) == expected  # 20 units: 1/20 does not exceed 0.05
    for state in ("failed", "cannot be assessed"):
        assert label_of(gain, harm, state=state) == "not identified"
        assert label_of(gain, harm, count=18, state=state) == "not identified"


def test_a_failed_test_of_no_harm_is_no_evidence_of_harm() -> None:
    """A rise beyond the margin that other units have as well is neither excluded nor shown."""
    assert label_of(GAIN, 0.09) == "growth, harm not excluded"


def test_labels_of_random_draws_follow_from_their_p_values() -> None:
    """No label without the rejections it claims, and none of the combinations called impossible."""
    rng = np.random.default_rng(31)
    seen = set()
    for _ in range(400):
        gaps = rng.normal(0, 0.05, (10, 2))
        gaps[0] += rng.choice([-0.2, 0.0, 0.2], 2)
        draws = make_draws(gaps, slope=rng.uniform(0, 0.4, (10, 2)))
        verdict = judge(make_effects([GDP, CO2], draws), alpha=0.1)
        shown = (verdict.p_development <= 0.1, verdict.p_environment <= 0.1, verdict.p_harm <= 0.1)
        assert verdict.label == DECIDED[shown]
        assert (verdict.label == "green growth") == (verdict.p_claim <= 0.1)
        seen.add(verdict.label)
    assert seen == set(DECIDED.values())
