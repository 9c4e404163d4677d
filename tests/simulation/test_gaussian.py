"""Verdicts by a covariance keep their level at every boundary, in a reduced run; the page shows the full one."""

from __future__ import annotations

from pathlib import Path

import pytest
from scipy.stats import norm, t

from tests.simulation.gaussian import (
    FAR,
    MARGIN,
    Law,
    Setting,
    accepted,
    boundaries,
    exact_shares,
    families,
    label_shares,
    truths,
    wrong,
)
from tests.simulation.labels import LABELS
from tests.simulation.size import monte_carlo_error

pytestmark = pytest.mark.simulation

PAGE = Path(__file__).resolve().parents[2] / "docs" / "explanation" / "simulations.md"
DRAWS = 500


@pytest.mark.parametrize("case", range(len(boundaries())))
def test_the_claim_is_accepted_at_most_at_its_level(case: int) -> None:
    words, setting = boundaries()[case]
    shares = accepted(setting, DRAWS)
    for share, level in zip(shares, (0.05, 0.1), strict=True):
        error = monte_carlo_error(level, DRAWS)
        if setting.law != "normal, though estimated":  # which is shown because it errs more often
            assert share <= level + 3 * error
        if words not in {"both", "two of two, any may rise, Holm"}:  # one part at its boundary: no less either
            assert share >= level - 3 * error


@pytest.mark.parametrize("law", ["t", "normal, though estimated"])
def test_an_estimated_covariance_that_is_taken_as_known_errs_more_often(law: Law) -> None:
    """With 3 degrees of freedom a t variable is above the normal distribution's 1.645 in 9.9 % of cases."""
    expected = 0.05 if law == "t" else float(t.sf(norm.isf(0.05), 3))
    (share, _) = accepted(Setting((0.0,), (-3 * FAR,), law=law, degrees=3), 1000)
    assert abs(share - expected) <= 3 * monte_carlo_error(expected, 1000)


@pytest.mark.parametrize("case", [k for k, (_, setting) in enumerate(families()) if setting.law == "normal"])
def test_outcomes_without_gain_are_seldom_among_those_said_to_have_risen(case: int) -> None:
    _, setting = families()[case]
    draws = 40
    assert wrong(setting, draws) <= 0.05 + 3 * monte_carlo_error(0.05, draws)


def test_of_two_outcomes_both_without_gain_errors_are_as_frequent_as_the_level() -> None:
    share = wrong(Setting((0.0, 0.0), (-FAR,), 0.5, rule="any"), 600)
    assert abs(share - 0.05) <= 3 * monte_carlo_error(0.05, 600)


@pytest.mark.parametrize("case", range(len(truths())))
def test_labels_are_as_frequent_as_computed(case: int) -> None:
    _, setting = truths()[case]
    counted, computed = label_shares(setting, DRAWS), exact_shares(setting)
    for label in LABELS:
        share = computed[label]
        assert abs(counted[label] - share) <= 4 * monte_carlo_error(share, DRAWS) + 2 / DRAWS


def rows(head: str) -> list[list[str]]:
    """Return the rows of one table of the page."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    begin = next(k for k, line in enumerate(lines) if line.startswith(head)) + 2
    end = next(k for k in range(begin, len(lines)) if not lines[k].startswith("|"))
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[begin:end]]


def test_the_page_shows_what_is_computed_and_counts_that_fit() -> None:
    found = rows("| truth, in standard errors |")
    assert [row[:2] for row in found] == [[words, w] for words, _ in truths() for w in ("counted", "computed")]
    for (_, setting), counted, computed in zip(truths(), found[::2], found[1::2], strict=True):
        shares = exact_shares(setting)
        for label, one, other in zip(LABELS, counted[2:], computed[2:], strict=True):
            assert abs(float(other) - 100 * shares[label]) <= 0.051
            assert abs(float(one) - 100 * shares[label]) <= 400 * monte_carlo_error(shares[label], 5000) + 0.06


def test_the_page_shows_sizes_that_fit_their_level() -> None:
    found = rows("| at its boundary, by a covariance |")
    assert [row[:3] for row in found] == [[words, f"{item.correlation:g}", item.law] for words, item in boundaries()]
    for (words, setting), row in zip(boundaries(), found, strict=True):
        for share, level in zip(map(float, row[3:]), (0.05, 0.1), strict=True):
            error = 3 * monte_carlo_error(level, 5000)
            assert setting.law == "normal, though estimated" or share <= level + error
            assert words in {"both", "two of two, any may rise, Holm"} or share >= level - error


def test_the_page_shows_errors_among_several_outcomes() -> None:
    found = rows("| gains | rule |")
    expected = [[words, item.familywise, f"{item.correlation:g}", item.law] for words, item in families()]
    assert [row[:4] for row in found] == expected
    assert all(float(row[4]) <= 0.05 + 3 * monte_carlo_error(0.05, 2000) for row in found)


def test_margins_are_far_enough_apart_from_no_harm() -> None:
    """The settings say that harm is excluded with a probability of 0.91 where there is none."""
    shares = exact_shares(Setting((FAR,), (0.0,)))
    assert shares["green growth"] == pytest.approx(0.912, abs=0.001)
    assert MARGIN == 3.0
