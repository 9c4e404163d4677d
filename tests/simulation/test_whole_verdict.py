"""Whole verdicts on fake zones: what the page says of size, selection and interference shows on a few panels."""

from __future__ import annotations

import numpy as np
import pytest

from tests.simulation.fake_zones import SCENARIOS
from tests.simulation.pairs import fitted, joint_of
from tests.simulation.placebos import placebos, with_effect
from tests.simulation.whole_panels import pairs
from tests.simulation.whole_verdict import (
    CASES,
    PROCEDURES,
    Case,
    called_green,
    counted,
    mirrored,
    process_counts,
    usual,
)

pytestmark = pytest.mark.simulation

RNG = np.random.default_rng(11)
PATHS = RNG.normal(0, 0.02, (2, 21, 14)).cumsum(axis=2)
PAIR = fitted(PATHS[0], PATHS[1], 10, (0.2, 0.2))


@pytest.fixture(scope="module")
def shares() -> dict[str, dict[str, float]]:
    found = process_counts("20 units, 15 before", 12)
    return {
        name: dict(zip(PROCEDURES, np.mean(np.array(rows, dtype=float), axis=0), strict=True))
        for name, rows in found.items()
    }


def test_effects_on_donors_are_those_of_a_new_fit() -> None:
    effects = RNG.normal(0, 0.1, (2, 21))
    quick = joint_of(PAIR, 3, list(effects))
    changed = [path + np.concatenate([np.zeros((21, 10)), np.repeat(one[:, None], 4, axis=1)], axis=1)
               for path, one in zip(PATHS, effects, strict=True)]  # fmt: skip
    anew = joint_of(fitted(changed[0], changed[1], 10, (0.2, 0.2)), 3)
    np.testing.assert_allclose(quick.draws.mean_gap, anew.draws.mean_gap, rtol=0, atol=1e-12)
    np.testing.assert_allclose(quick.draws.pre_rmspe, anew.draws.pre_rmspe, rtol=0, atol=1e-12)


def test_the_usual_test_is_the_rank_of_sizes() -> None:
    found = PAIR.development
    every = np.zeros(21)
    every[5] = 0.3
    moved = with_effect(found, 5, 0.3)
    by_gap = int(np.sum(abs(moved.mean_gap) >= abs(moved.mean_gap[5])))
    ratio = moved.late_rmspe / moved.rmspe
    significant, size = usual(found, 5, every, ratio=False)
    assert significant == (by_gap <= 1)
    assert size == pytest.approx(moved.mean_gap[5], abs=1e-12)
    assert usual(found, 5, every, ratio=True)[0] == (int(np.sum(ratio >= ratio[5])) <= 1)


def test_a_mirrored_pair_is_that_of_mirrored_paths() -> None:
    turned = mirrored(PAIR)
    anew = placebos(-PATHS[0], 10)
    np.testing.assert_allclose(turned.development.mean_gap, anew.mean_gap, rtol=0, atol=1e-12)
    np.testing.assert_allclose(turned.development.drift, anew.drift, rtol=0, atol=1e-12)


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_an_allowance_never_makes_a_zone_green(case: Case) -> None:
    _, _, label, half, one = called_green(PAIR, 2, case)
    assert label >= half >= one


def test_what_the_page_says_shows(shares: dict[str, dict[str, float]]) -> None:
    right = shares["gain 2, no harm"]
    # Harm of one margin is hidden by the usual reading, and seldom by the label.
    hidden = shares["gain 2, harm 1"]
    assert hidden["usual, RMSPE ratio"] >= 2 * hidden["label"]
    # What is as large in all donors is seen by nobody.
    unseen = shares["gain 2, harm 1; all the harm in all donors"]
    assert unseen["label"] == pytest.approx(right["label"], abs=0.15)


def test_real_panels_are_counted() -> None:
    panel = pairs()[3]
    found = counted(panel, most=2, refitted=2, subsets=1)
    assert {name: len(rows) for name, rows in found.items()} == {
        case.name: 4 if case.choice in {"any", *SCENARIOS} else 2 for case in CASES
    }


def test_no_unit_keeps_its_own_path_where_paths_are_dealt_anew() -> None:
    for panel in pairs():
        assert panel.development.shape == panel.environment.shape
        assert not np.isnan(panel.development).any()
        if "dealt anew" in panel.name:
            assert not (panel.development == panel.environment).all(axis=1).any()
            assert len(panel.development) >= 20
