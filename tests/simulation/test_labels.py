"""Verdicts on panels whose truth is known: wrong claims are as rare as the level says, right ones are found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.simulation.labels import LABELS, STRESSES, TRUTHS, labels, shares
from tests.simulation.size import monte_carlo_error

if TYPE_CHECKING:
    from pilotzone.core import VerdictLabel

pytestmark = pytest.mark.simulation

DRAWS = 100
MOST = 0.05 + 2 * monte_carlo_error(0.05, DRAWS)
BY_NAME = {scenario.name: scenario for scenario in (*TRUTHS, *STRESSES)}
GROWTH: set[VerdictLabel] = {"green growth", "growth at a cost", "growth, harm not excluded"}
HARM: set[VerdictLabel] = {"growth at a cost", "harm without growth"}
EXCLUDED: set[VerdictLabel] = {"green growth", "harm excluded, growth not shown"}


@pytest.fixture(scope="module")
def found() -> dict[str, list[tuple[VerdictLabel, VerdictLabel]]]:
    names = ("nothing", "gain 0.2, harm at the margin", "gain 0.2, harm 0.3", "nothing, gain diverges by 2 margins")
    return {name: labels(BY_NAME[name], DRAWS) for name in names}


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("nothing", GROWTH),
        ("nothing", HARM),
        ("gain 0.2, harm at the margin", EXCLUDED),
        ("gain 0.2, harm at the margin", HARM),
    ],
)
def test_wrong_claims_are_rare(
    found: dict[str, list[tuple[VerdictLabel, VerdictLabel]]], name: str, wrong: set[VerdictLabel]
) -> None:
    by_ranks = shares(found[name])["by ranks"]
    assert sum(by_ranks[label] for label in wrong) <= MOST


def test_large_effects_are_found(found: dict[str, list[tuple[VerdictLabel, VerdictLabel]]]) -> None:
    rows = shares(found["gain 0.2, harm 0.3"])
    assert rows["by ranks"]["growth at a cost"] >= 0.95
    assert rows["verdict"]["growth at a cost"] >= 0.7


def test_divergence_is_stopped_by_the_checks_not_by_the_ranks(
    found: dict[str, list[tuple[VerdictLabel, VerdictLabel]]],
) -> None:
    rows = shares(found["nothing, gain diverges by 2 margins"])
    assert sum(rows["by ranks"][label] for label in GROWTH) >= 0.5
    assert rows["verdict"]["not identified"] >= 0.6


def test_rows_add_up(found: dict[str, list[tuple[VerdictLabel, VerdictLabel]]]) -> None:
    for pairs in found.values():
        for verdict, ranks in pairs:
            assert verdict in {ranks, "not identified"}
            assert ranks != "not identified"
        rows = shares(pairs)
        assert [sum(row.values()) for row in rows.values()] == pytest.approx([1.0] * 3)
        kept = 1 - rows["verdict"]["not identified"]
        for label in LABELS[:-1]:
            assert rows["if identified"][label] * kept == pytest.approx(rows["verdict"][label])
