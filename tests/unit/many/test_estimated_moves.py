"""Breakdowns of findings on small cohorts: earlier moves as estimated, by hand, and by moving the figures."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pandas as pd
import pytest
from tests.simulation.estimated_moves import PASTS, Setting, found_gains

import pilotzone as pz
from pilotzone.core import DEFAULT_BOUND, Departures, Outcome
from pilotzone.evaluation.many import ManyEffects

GAIN = Outcome("y", role="development", good="up", margin=0.5, scale="level", unit="t")
UNITS, TREATED, PERIODS = 15, 3, 9


@cache
def values() -> np.ndarray:
    found = np.random.default_rng(20261).normal(size=(UNITS, PERIODS))
    found[:TREATED, 6:] += 5.0
    found.setflags(write=False)
    return found


def effects_of(paths: np.ndarray, start: int = 7, outcome: Outcome = GAIN) -> ManyEffects:
    """Evaluate a panel whose first units are treated from a period on, counted from one."""
    units, periods = np.indices(paths.shape)
    frame = pd.DataFrame(
        {
            "unit": units.ravel(),
            "time": periods.ravel() + 1,
            "cohort": np.where(units.ravel() < TREATED, start, 0),
            "y": paths.ravel(),
        }
    )
    return pz.evaluate(frame, unit="unit", time="time", cohort="cohort", outcomes=[outcome])


@cache
def effects() -> ManyEffects:
    return effects_of(values())


def measured(found: ManyEffects) -> Departures:
    assert found.joint.covariance is not None
    return found.joint.covariance.departures["y"]


def test_moves_by_hand() -> None:
    path = values()[:TREATED].mean(axis=0) - values()[TREATED:].mean(axis=0)
    item = measured(effects())
    assert item.largest == pytest.approx(np.abs(np.diff(path[:6])).max(), rel=1e-12)
    assert item.reach == pytest.approx(2.0)
    assert (item.moves, item.why, item.as_estimated) == (5, "", True)


def test_the_breakdown_by_moving_the_figures() -> None:
    """A departure just short of what would overturn the gain, taken off the treated, leaves it; one beyond does not."""
    verdict = pz.judge(effects())
    (test,) = verdict.tests
    assert verdict.allowance == DEFAULT_BOUND
    multiple = test.gain.multiple
    assert multiple is not None
    assert 0 < multiple < math.inf
    for share, label in ((0.5, "growth"), (1 - 1e-6, "growth"), (1 + 1e-6, "growth not shown")):
        moved = values().copy()
        moved[:TREATED, 6:] -= share * measured(effects()).allowed(multiple)
        assert pz.judge(effects_of(moved)).label == label
    for allowance, grade in ((0.999 * multiple, "with allowance"), (1.001 * multiple, "without allowance")):
        assert pz.judge(effects(), allowance=allowance).grade == grade


def test_the_sentence_has_the_size_in_the_outcomes_unit() -> None:
    verdict = pz.judge(effects())
    multiple = verdict.tests[0].gain.multiple
    assert multiple is not None
    off = GAIN.worded(measured(effects()).allowed(multiple))
    assert verdict.overturn[0].endswith(
        f"times the largest earlier one would overturn it: they let the effect be off by {off}."
    )
    assert off.endswith(" t")


def test_the_bound_and_the_departure_are_one_number() -> None:
    """What the effect may be off by is where the one-sided bound lies beyond the null."""
    covariance = effects().joint.covariance
    assert covariance is not None
    bound = covariance.exact["y"].bound(1, 0.05)
    assert bound is not None
    (test,) = pz.judge(effects()).tests
    assert test.gain.multiple is not None
    assert test.excluded.multiple is not None
    assert measured(effects()).allowed(test.gain.multiple) == pytest.approx(bound, rel=1e-12)
    assert measured(effects()).allowed(test.excluded.multiple) == pytest.approx(bound + 0.5, rel=1e-12)


def test_few_moves_measure_nothing() -> None:
    found = effects_of(np.delete(values(), [0, 1], axis=1), start=5)
    assert measured(found).why.endswith("3 earlier moves without one are too few; 4 are needed")
    verdict = pz.judge(found)
    assert (verdict.label, verdict.grade) == ("growth", "without allowance")
    assert verdict.overturn[0].endswith("How far trends departed before cannot be measured.")
    assert measured(effects_of(np.delete(values(), 0, axis=1), start=6)).moves == 4


def test_trends_that_never_moved_let_nothing_be_off() -> None:
    still = np.zeros((UNITS, PERIODS))
    still[:TREATED, 6:] = 1.0
    still[:, 6:] += values()[:, 6:] / 10
    verdict = pz.judge(effects_of(still))
    assert verdict.tests[0].gain.multiple == math.inf
    assert verdict.grade == "with allowance"


@pytest.mark.parametrize("past", PASTS)
def test_how_often_a_departure_as_large_as_allowed_is_taken_for_a_gain(past: str) -> None:
    """Never more often than without an allowance; by chance alone at most the level. One move errs more: the page."""
    without, allowed = found_gains(Setting(past, 4, 0.25), 400)
    error = 3 * math.sqrt(0.05 * 0.95 / 400)
    assert allowed <= {"none": 0.05, "line": 0.05, "one move": 0.08}[past] + error
    assert allowed <= without / 4 or past == "none"
