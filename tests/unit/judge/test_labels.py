"""The decision table in full: every combination of findings, and every label from draws."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, get_args

import numpy as np
import pytest
from tests.unit.judge.builders import CO2, GDP, make_draws, make_effects

from pilotzone.core import VerdictLabel
from pilotzone.judgement import judge
from pilotzone.judgement.labels import decide

if TYPE_CHECKING:
    from pilotzone.core import CheckState, Role

DECIDED: dict[tuple[bool, bool, bool], VerdictLabel] = {
    # gain, harm excluded, harm shown
    (True, True, False): "green growth",
    (True, False, True): "growth at a cost",
    (True, False, False): "growth, harm not excluded",
    (False, True, False): "harm excluded, growth not shown",
    (False, False, True): "harm without growth",
    (False, False, False): "too noisy for this margin",
}


def impossible(decidable: bool, gain: bool, harm_excluded: bool, harm_shown: bool) -> bool:
    """Harm cannot be excluded and shown at once; nothing is rejected where no p can be small enough."""
    return (harm_excluded and harm_shown) or (not decidable and (gain or harm_excluded or harm_shown))


@pytest.mark.parametrize("findings", list(itertools.product((True, False), repeat=5)))
def test_every_combination(findings: tuple[bool, ...]) -> None:
    assessable, decidable, *found = findings
    gain, excluded, shown = found
    label = decide(assessable=assessable, decidable=decidable, gain=gain, harm_excluded=excluded, harm_shown=shown)
    assert label in get_args(VerdictLabel)
    if not assessable:
        assert label == "cannot be assessed"
    elif not decidable:
        assert label == "cannot be decided"
    elif not impossible(decidable, *found):
        assert label == DECIDED[found[0], found[1], found[2]]


@pytest.mark.parametrize(
    ("gain", "excluded", "shown", "label"),
    [
        (True, None, None, "growth"),
        (False, None, None, "growth not shown"),
        (None, True, False, "harm excluded"),
        (None, False, True, "harm"),
        (None, False, False, "too noisy for this margin"),
    ],
)
def test_claims_of_one_side(gain: bool | None, excluded: bool | None, shown: bool | None, label: VerdictLabel) -> None:
    def told(assessable: bool, decidable: bool) -> VerdictLabel:
        return decide(assessable=assessable, decidable=decidable, gain=gain, harm_excluded=excluded, harm_shown=shown)

    assert told(True, True) == label
    assert told(True, False) == "cannot be decided"
    assert told(False, True) == told(False, False) == "cannot be assessed"


@pytest.mark.parametrize(
    ("roles", "label"),
    [
        (("development", "environment"), "green growth"),
        (("development", "inclusion"), "inclusive growth"),
        (("development", "environment", "inclusion"), "green and inclusive growth"),
    ],
)
def test_the_safeguards_name_a_success(roles: tuple[Role, ...], label: VerdictLabel) -> None:
    found = decide(assessable=True, decidable=True, gain=True, harm_excluded=True, harm_shown=False, roles=roles)
    assert found == label


def test_every_label_has_its_way() -> None:
    one_side = {"growth", "growth not shown", "harm excluded", "harm", "too noisy for this margin"}
    successes = {"green growth", "inclusive growth", "green and inclusive growth"}
    told = {*DECIDED.values(), *one_side, *successes, "cannot be decided", "cannot be assessed"}
    assert told == set(get_args(VerdictLabel))


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
        (NO_GAIN, SAME, "too noisy for this margin"),
        (-GAIN, SAME, "too noisy for this margin"),
    ],
)
def test_every_label_by_draws(gain: float, harm: float, expected: VerdictLabel) -> None:
    assert label_of(gain, harm) == expected
    assert label_of(gain, harm, count=18) == "cannot be decided"
    assert label_of(gain, harm, count=19) == expected  # 20 units: 1/20 does not exceed 0.05
    for state in ("failed", "cannot be assessed"):  # diagnostics decide nothing
        assert label_of(gain, harm, state=state) == expected


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
        shown = (verdict.p_development <= 0.1, verdict.p_safeguards <= 0.1, verdict.p_harm <= 0.1)
        assert verdict.label == DECIDED[shown]
        assert (verdict.label == "green growth") == (verdict.p_claim <= 0.1)
        seen.add(verdict.label)
    assert seen == set(DECIDED.values())
