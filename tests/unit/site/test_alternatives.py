"""Spots of places under draws of what is not known: what is shared, what is chosen, and what decides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from pilotzone.core import DataError, UsageError
from pilotzone.sampling import sobol_shares
from pilotzone.site import Alternatives, Criterion, CriterionValue, SpotRule, WeightSpace, alternatives_of, draw_weights
from pilotzone.site.acceptability import best_spots
from pilotzone.site.alternatives import linked_blocks
from pilotzone.site.left_out import without_place
from pilotzone.site.scores import scores
from pilotzone.site.sensitivity import sobol_of_winner
from pilotzone.site.unknowns import Cells, Quantity, Span, Unknown

Floats = NDArray[np.float64]
Spots = list[tuple[str, dict[str, CriterionValue], dict[str, Quantity]]]
AB = (Criterion("a", "up"), Criterion("b", "down"))


def figure(place: str, criterion: str, low: float, high: float) -> CriterionValue:
    return CriterionValue(place, criterion, low, high, "1", "yours", "a test")


def ranged(common: float = 0.0, rho: float = 0.0) -> Alternatives:
    spots: Spots = []
    for k, name in enumerate("xyz"):
        own = {"a": figure(name, "a", k, k + 1.0), "b": figure(name, "b", 10.0 * k, 10.0 * k + 5)}
        spots.append((name, own, {}))
    return alternatives_of(spots, AB, common={"a": common, "b": common}, correlations={("a", "b"): rho} if rho else {})


def test_marginals_are_uniform_on_the_ranges() -> None:
    drawn = ranged(0.4, -0.6).draws(0, 4_000, 1)
    for i in range(3):
        for j, (low, width) in enumerate(((i, 1.0), (10.0 * i, 5.0))):
            assert stats.kstest(drawn[:, i, j], "uniform", (low, width)).pvalue > 1e-3


@pytest.mark.parametrize(("common", "rho"), [(0.0, 0.0), (0.5, 0.0), (0.0, 0.7), (0.3, -0.5), (1.0, 0.9)])
def test_what_places_and_criteria_have_in_common(common: float, rho: float) -> None:
    """Correlations of uniform marginals under a Gaussian copula are 6 / pi arcsin(r / 2)."""
    drawn = ranged(common, rho).draws(0, 40_000, 5)

    def expected(r: float) -> float:
        return float(6 / np.pi * np.arcsin(r / 2))

    def found(a: Floats, b: Floats) -> float:
        return float(np.corrcoef(a, b)[0, 1])

    assert found(drawn[:, 0, 0], drawn[:, 0, 1]) == pytest.approx(expected(rho), abs=0.02)
    assert found(drawn[:, 0, 0], drawn[:, 1, 0]) == pytest.approx(expected(common), abs=0.02)
    assert found(drawn[:, 0, 0], drawn[:, 1, 1]) == pytest.approx(expected(common * rho), abs=0.02)


def test_a_draw_is_the_same_however_many_are_asked_for() -> None:
    whole = ranged(0.3).draws(0, 300, 2)
    parts = [ranged(0.3).draws(first, last, 2) for first, last in ((0, 1), (1, 70), (70, 128), (128, 300))]
    np.testing.assert_array_equal(whole, np.concatenate(parts))


def test_correlations_that_cannot_be() -> None:
    names = "abc"
    criteria = [Criterion(name, "up") for name in names]
    spots: Spots = [(place, {n: figure(place, n, 0, 1) for n in names}, {}) for place in "xy"]
    pairs = {("a", "b"): -0.9, ("a", "c"): -0.9, ("b", "c"): -0.9}
    with pytest.raises(UsageError, match="contradict one another"):
        alternatives_of(spots, criteria, correlations=pairs)
    certain: Spots = [(place, {n: figure(place, n, 1, 1) for n in names}, {}) for place in "xy"]
    with pytest.raises(UsageError, match="of which no place has a range"):
        alternatives_of(certain, criteria, correlations={("a", "b"): 0.5})
    with pytest.raises(UsageError, match="a correlation is of 'a' and itself"):
        alternatives_of(spots, criteria, correlations={("a", "a"): 0.5})
    with pytest.raises(DataError, match="ranges from 1 to 0"):
        figure("x", "a", 1, 0)


def test_blocks_of_unknowns() -> None:
    rho = np.eye(4)
    rho[0, 3] = rho[3, 0] = 0.2
    rho[3, 1] = rho[1, 3] = 0.2
    assert linked_blocks(rho) == [[0, 1, 3], [2]]


# ------------------------------------------------------------------------------------------- what is shared


def two(shared: float) -> Alternatives:
    """Return two places that differ by 0.1 and rest on one assumption of width 1."""
    spots: Spots = []
    for name, start in (("x", 0.1), ("y", 0.0)):
        spots.append((name, {}, {"a": Span(start, start + 1, Unknown("assumed", "assumed", shared))}))
    return alternatives_of(spots, [Criterion("a", "up")])


def test_an_assumption_that_is_wrong_everywhere_moves_all_places_alike() -> None:
    """Shared in full, the better place is first in every draw; drawn apart, first as often as normal scores say."""
    together, apart = two(1.0).draws(0, 20_000, 3), two(0.0).draws(0, 20_000, 3)
    assert (together[:, 0] > together[:, 1]).all()
    # Of two uniform numbers the one is above the other less 0.1 in 1 - 0.9 ** 2 / 2.
    assert (apart[:, 0] > apart[:, 1]).mean() == pytest.approx(1 - 0.9**2 / 2, abs=0.012)
    half = two(0.5).draws(0, 20_000, 3)
    scores_of = stats.norm.ppf(half[:, :, 0] - np.array([0.1, 0.0]))
    assert np.corrcoef(scores_of.T)[0, 1] == pytest.approx(0.5, abs=0.02)


def test_one_assumption_under_two_criteria_moves_both() -> None:
    unknown = Unknown("assumed", "assumed", 0.0)
    spots: Spots = [(name, {}, {"a": Span(0, 1, unknown), "b": Span(5, 3, unknown)}) for name in "xy"]
    drawn = alternatives_of(spots, AB).draws(0, 500, 4)
    assert drawn[..., 1] == pytest.approx(5 - 2 * drawn[..., 0])


# ------------------------------------------------------------------------------------------- spots


@dataclass(frozen=True)
class Case:
    cells: dict[str, tuple[Floats, Floats]]

    def alternatives(self, rule: SpotRule = "chosen") -> Alternatives:
        spots: Spots = [
            (name, {"c": figure(name, "c", 0, 1)}, {"a": Cells(a), "b": Cells(b)})
            for name, (a, b) in self.cells.items()
        ]
        criteria = [
            Criterion("a", "up", scale=(0, 1)),
            Criterion("b", "down", scale=(0, 1)),
            Criterion("c", "up", scale=(0, 1)),
        ]
        return alternatives_of(spots, criteria, rule=rule)


def cells(seed: int) -> Case:
    rng = np.random.default_rng(seed)
    return Case({name: (rng.uniform(0, 1, n), rng.uniform(0, 1, n)) for name, n in (("x", 40), ("y", 25), ("z", 1))})


@pytest.mark.parametrize("seed", range(5))
def test_the_best_single_spot_counts_and_not_the_best_of_each_criterion(seed: int) -> None:
    """Against all spots: those that are dominated are left away, and no place's score changes."""
    case = cells(seed)
    found = case.alternatives()
    drawn = found.draws(0, 50, seed)
    weights = draw_weights(["a", "b", "c"], 50, seed=seed)
    assert len(found.low) < 66
    for k in range(50):
        own = best_spots(scores(drawn[k], found.criteria, weights[k]), found.starts)
        for place, (a, b) in enumerate(case.cells.values()):
            c = drawn[k, found.starts[place], 2]
            every = weights[k] @ np.array([a, 1 - b, np.full(len(a), c)])
            apart = weights[k] @ np.array([a.max(), 1 - b.min(), c])
            assert own[place] == pytest.approx(every.max(), abs=1e-12)
            assert own[place] < apart or len(a) == 1


def test_a_spot_that_is_fixed_and_not_known_is_any_of_them() -> None:
    case = cells(7)
    found = case.alternatives("unknown")
    drawn = found.draws(0, 6_000, 7)
    assert drawn.shape == (6_000, 3, 3)
    a, b = case.cells["x"]
    assert drawn[:, 0, 0].mean() == pytest.approx(a.mean(), abs=0.02)
    # Both values of a draw are those of one spot.
    pairs = {(round(u, 12), round(v, 12)) for u, v in zip(a.tolist(), b.tolist(), strict=True)}
    assert {(round(u, 12), round(v, 12)) for u, v in drawn[:200, 0, :2].tolist()} <= pairs


def test_spots_beyond_the_evidence_are_not_scored() -> None:
    a, b = np.array([0.9, 0.5]), np.array([np.nan, 0.1])
    found = Case({"x": (a, b), "y": (b[1:], b[1:])}).alternatives()
    assert len(found.low) == 2
    assert found.middle[0].tolist() == pytest.approx([0.5, 0.1, 0.5])


def test_without_a_place_the_others_are_drawn_as_before() -> None:
    found = cells(8).alternatives()
    left = without_place(found, 0)
    kept = found.owner != 0
    np.testing.assert_array_equal(left.draws(0, 90, 8), found.draws(0, 90, 8)[:, kept])
    again = without_place(left, 0)
    np.testing.assert_array_equal(again.draws(0, 9, 8), found.draws(0, 9, 8)[:, found.owner == 2])
    assert again.places == ("z",)


# ------------------------------------------------------------------------------------------- what decides


def ishigami(x: Floats) -> Floats:
    return np.asarray(np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0]))


def test_shares_of_a_function_whose_shares_are_known() -> None:
    """Ishigami and Homma 1990: closed forms, and scipy's estimators, which are other ones."""
    rng = np.random.default_rng(11)
    samples = rng.uniform(-np.pi, np.pi, (2, 40_000, 3))

    def answer(second: Sequence[int]) -> Floats:
        x = samples[0].copy()
        x[:, list(second)] = samples[1][:, list(second)]
        return ishigami(x)

    first, total, first_error, total_error = sobol_shares(answer, 3)
    a, b = 7.0, 0.1
    v1, v2 = 0.5 * (1 + b * np.pi**4 / 5) ** 2, a**2 / 8
    v13 = b**2 * np.pi**8 * (1 / 18 - 1 / 50)
    whole = v1 + v2 + v13
    for found, error, expected in (
        (first, first_error, np.array([v1, v2, 0]) / whole),
        (total, total_error, np.array([v1 + v13, v2, v13]) / whole),
    ):
        assert (np.abs(found - expected) < 4 * error + 1e-3).all()
    uniform = stats.uniform(-np.pi, 2 * np.pi)
    theirs = stats.sobol_indices(
        func=lambda x: ishigami(x.T),
        n=16_384,
        dists=[uniform] * 3,  # type: ignore[list-item]
        rng=np.random.default_rng(1),
    )
    np.testing.assert_allclose(first, theirs.first_order, atol=0.03)
    np.testing.assert_allclose(total, theirs.total_order, atol=0.03)


def certain(rows: Sequence[Sequence[float]], width: float = 0.0) -> Alternatives:
    criteria = [Criterion(name, "up") for name in "abc"[: len(rows[0])]]
    spots: Spots = [
        (
            str(k),
            {
                item.name: figure(str(k), item.name, value - width * (j == 0), value + width * (j == 0))
                for j, (item, value) in enumerate(zip(criteria, row, strict=True))
            },
            {},
        )
        for k, row in enumerate(rows)
    ]
    return alternatives_of(spots, criteria)


def test_what_decides_between_two_places() -> None:
    """With certain values only weights decide; a criterion on which all are the same decides nothing."""
    rows = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
    found = sobol_of_winner(certain(rows), 0, samples=400)
    assert found.groups == ("weights",)
    np.testing.assert_allclose(found.total, 1.0, atol=0.15)
    assert found.share == pytest.approx(0.5, abs=0.1)
    both = sobol_of_winner(certain(rows, 2.0), 0, samples=2_000)
    assert both.groups == ("weights", "a")
    assert both.total.min() > 0.1
    assert (both.first < both.total + 3 * both.total_error).all()
    assert both.to_table().title.startswith("What decides whether")


def test_an_answer_that_never_varies() -> None:
    found = sobol_of_winner(certain([[1.0], [0.0]]), 0, samples=50)
    assert np.isnan(found.first).all()
    assert found.share == 1.0
    fixed = sobol_of_winner(certain([[1.0, 0], [0.0, 1]]), 0, space=WeightSpace({"a": (0.6, 0.6)}), samples=50)
    assert fixed.groups == ()


def test_shares_alone_add_up_to_one_at_most_and_those_with_interactions_may_not() -> None:
    """X first where u > v: by symmetry each has the same share alone, and half of the variance is their interaction."""
    spots: Spots = [
        ("x", {}, {"a": Span(0, 1, Unknown("u", "u", 1.0))}),
        ("y", {}, {"a": Span(0, 1, Unknown("v", "v", 1.0))}),
    ]
    found = sobol_of_winner(alternatives_of(spots, [Criterion("a", "up", scale=(0, 1))]), 0, samples=20_000)
    # The variance is 1/4; of its mean given u, which is u, 1/12: a third alone, two thirds with interactions.
    np.testing.assert_allclose(found.first, 1 / 3, atol=4 * found.first_error.max())
    np.testing.assert_allclose(found.total, 2 / 3, atol=4 * found.total_error.max())
    assert found.first.sum() <= 1
    assert found.total.sum() > 1
