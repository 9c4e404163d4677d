"""Verdicts on panels whose truth is known: wrong claims are as rare as the level says, right ones are found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from pilotzone.core import Outcome
from pilotzone.evaluation.few import FewDesign, estimate_few
from pilotzone.judgement import judge
from tests.simulation.labels import MARGIN, PROCESS, STRESSES, TRUTHS, ZONES, labels, shares
from tests.simulation.pairs import fitted, joint_of, verdicts
from tests.simulation.panels import make_panel, simulate_paths
from tests.simulation.size import monte_carlo_error

if TYPE_CHECKING:
    from pilotzone.core import VerdictLabel
    from tests.simulation.labels import Labels

pytestmark = pytest.mark.simulation

DRAWS = 30
MOST = 0.05 + 2 * monte_carlo_error(0.05, DRAWS * ZONES)
"""Three standard errors: four comparisons on few panels, whose long run stands in docs/explanation/simulations.md."""
GROWTH: set[VerdictLabel] = {"green growth", "growth at a cost", "growth, harm not excluded"}
HARM: set[VerdictLabel] = {"growth at a cost", "harm without growth"}
EXCLUDED: set[VerdictLabel] = {"green growth", "harm excluded, growth not shown"}


@pytest.fixture(scope="module")
def found() -> dict[str, list[Labels]]:
    truths = dict(zip([item.name for item in TRUTHS], labels(TRUTHS, DRAWS), strict=True))
    diverging = STRESSES[-1]
    return truths | {diverging.name: labels([diverging], DRAWS)[0]}


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("nothing", GROWTH),
        ("nothing", HARM),
        ("gain 0.2, harm at the margin", EXCLUDED),
        ("gain 0.2, harm at the margin", HARM),
    ],
)
def test_wrong_claims_are_rare(found: dict[str, list[Labels]], name: str, wrong: set[VerdictLabel]) -> None:
    by_ranks = shares(found[name])["by ranks"]
    assert sum(by_ranks[label] for label in wrong) <= MOST


def test_large_effects_are_found(found: dict[str, list[Labels]]) -> None:
    rows = shares(found["gain 0.2, harm 0.3"])
    assert rows["by ranks"]["growth at a cost"] >= 0.9
    assert rows["allowance 1"]["growth at a cost"] >= 0.6


def test_divergence_is_stopped_by_the_allowance_not_by_the_ranks(found: dict[str, list[Labels]]) -> None:
    rows = shares(found["nothing, gain diverges by 2 margins"])
    by_ranks, allowed = (sum(rows[which][label] for label in GROWTH) for which in ("by ranks", "allowance 1"))
    assert allowed <= by_ranks / 2


def test_rows_add_up(found: dict[str, list[Labels]]) -> None:
    for labelled in found.values():
        assert [sum(row.values()) for row in shares(labelled).values()] == pytest.approx([1.0] * 3)


@pytest.mark.parametrize("effects", [(0.0, 0.0), (0.15, 0.02), (0.2, 0.3)])
def test_effects_put_in_afterwards_are_judged_like_those_in_the_data(effects: tuple[float, float]) -> None:
    """No new fit, and the tests of the claim alone: the same verdicts as by `estimate_few` and `judge`."""
    rng, zone = np.random.default_rng(8), 4
    paths = {name: simulate_paths(PROCESS, rng) for name in ("gain", "harm")}
    seen = np.r_[: PROCESS.before, PROCESS.before + PROCESS.anticipation : PROCESS.periods]
    pair = fitted(paths["gain"][:, seen], paths["harm"][:, seen], PROCESS.before, (MARGIN, MARGIN))
    for path, effect in zip(paths.values(), effects, strict=True):
        path[zone, PROCESS.before + PROCESS.anticipation :] += effect
    window = (PROCESS.start, PROCESS.start + PROCESS.after - 1)
    outcomes = [
        Outcome("gain", role="development", good="up", margin=MARGIN, scale="level"),
        Outcome("harm", role="environment", good="down", margin=MARGIN, scale="level"),
    ]
    design = FewDesign(f"U{zone:02d}", start=PROCESS.start, window=window, anticipation=PROCESS.anticipation)
    whole = estimate_few(make_panel(PROCESS, paths), outcomes, design).joint
    quick = joint_of(pair, zone, effects)
    np.testing.assert_allclose(quick.draws.mean_gap, whole.draws.mean_gap, rtol=0, atol=1e-12)
    np.testing.assert_allclose(quick.draws.slope, whole.draws.slope, rtol=0, atol=1e-12)
    np.testing.assert_allclose(quick.draws.earlier().largest, whole.draws.earlier().largest, rtol=0, atol=1e-12)  # type: ignore[misc]
    for allowance in (0.5, 1.0):
        told = judge(whole, allowance=allowance)
        assert verdicts(quick, (0.0, allowance)) == (told.label, told.allowed)
