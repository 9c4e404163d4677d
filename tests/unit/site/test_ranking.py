"""Ranking places over unknown weights: by counting, by geometry, by brute force; and what is refused."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise, permutations
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from pilotzone.core import DataError, MethodError, UsageError
from pilotzone.site import (
    Acceptability,
    Criterion,
    RankingMethod,
    WeightSpace,
    dethrone,
    draw_weights,
    fixed_weights,
    pareto_front,
    rank_acceptability,
    ranks,
    scores,
)
from pilotzone.site.criteria import check_values
from pilotzone.site.scores import firsts, scorer

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

METHODS: tuple[RankingMethod, ...] = get_args(RankingMethod)
CRITERIA = [
    Criterion("pue", "down", "1", "v_shape", preference=0.1),
    Criterion("hazard", "down", "1", "linear", 0.05, 0.2),
    Criterion("need", "up"),
    Criterion("hydro", "up"),
]
NAMES = [item.name for item in CRITERIA]


def table(seed: int, places: int = 7) -> Floats:
    return np.random.default_rng(seed).uniform(0.1, 1.0, (places, 4))


@pytest.mark.parametrize("method", METHODS)
def test_scores_of_many_weights_are_those_of_each(method: RankingMethod) -> None:
    weights = draw_weights(NAMES, 20, seed=1)
    found = scores(table(1), CRITERIA, weights, method)
    for row, weight in zip(found, weights, strict=True):
        assert row.tolist() == pytest.approx(scores(table(1), CRITERIA, weight, method).tolist(), rel=1e-13)


def test_promethee_by_pairs() -> None:
    values, weight = table(2), np.array([0.4, 0.3, 0.2, 0.1])
    expected = []
    for a in range(7):
        flow = 0.0
        for b in range(7):
            for j, item in enumerate(CRITERIA):
                gap = (values[a, j] - values[b, j]) * (1 if item.good == "up" else -1)
                for sign in (1, -1):
                    own = sign * gap
                    if item.shape == "usual":
                        preferred = float(own > 0)
                    else:
                        low = item.indifference if item.shape == "linear" else 0.0
                        assert item.preference is not None
                        preferred = min(max((own - low) / (item.preference - low), 0.0), 1.0)
                    flow += sign * weight[j] * preferred / 6
        expected.append(flow)
    assert scores(values, CRITERIA, weight, "promethee_2").tolist() == pytest.approx(expected, abs=1e-13)


def test_ranks_share_the_better_of_ties() -> None:
    assert ranks(np.array([[1.0, 3, 3, 2], [0, 0, 0, 0]])).tolist() == [[4, 1, 1, 3], [1, 1, 1, 1]]
    rng = np.random.default_rng(3)
    values = rng.integers(0, 5, (50, 8)).astype(float)
    expected = [[1 + sum(other > own for other in row) for own in row] for row in values.tolist()]
    assert ranks(values).tolist() == expected


def test_acceptability_by_counting() -> None:
    weights = draw_weights(NAMES, 3000, seed=4)
    found = rank_acceptability(table(4), CRITERIA, weights, "topsis")
    place = ranks(scores(table(4), CRITERIA, weights, "topsis"))
    for k in range(7):
        for r in range(7):
            assert found.ranks[k, r] == pytest.approx((place[:, k] == r + 1).mean(), abs=1e-12)
        first = place[:, k] == 1
        if first.any():
            assert found.central[k] == pytest.approx(weights[first].mean(axis=0), abs=1e-12)
        else:
            assert np.isnan(found.central[k]).all()
    assert found.ranks.sum(axis=1) == pytest.approx(np.ones(7))


@pytest.mark.parametrize("method", METHODS)
def test_ties_share_ranks_as_orders_by_lot_do(method: RankingMethod) -> None:
    """Against all orders of the places: of a tie every order is as likely."""
    rng = np.random.default_rng(8)
    criteria = [Criterion("a", "up"), Criterion("b", "down")]
    values, weights = rng.integers(0, 2, (5, 2)).astype(float), np.array([[0.5, 0.5], [0.25, 0.75], [1.0, 0.0]])
    found = rank_acceptability(values, criteria, weights, method)
    expected, tied = np.zeros((5, 5)), 0
    for row in np.round(scores(values, criteria, weights, method), 9).tolist():
        orders = [o for o in permutations(range(5)) if all(row[a] >= row[b] for a, b in pairwise(o))]
        tied += row.count(max(row)) > 1
        for order in orders:
            expected[list(order), range(5)] += 1 / len(orders) / 3
    assert tied > 0
    assert found.ranks == pytest.approx(expected, abs=1e-12)
    assert found.tied == tied / 3
    assert found.first.sum() == pytest.approx(1, abs=1e-12)
    assert found.grouped.sum(axis=1) == pytest.approx(np.ones(len(found.sizes)), abs=1e-12)


def test_acceptability_by_geometry() -> None:
    """Three places on two criteria: which is first changes where lines of weights cross, at 1/3 and 2/3."""
    values = [[0.0, 1.0], [2 / 3, 2 / 3], [1.0, 0.0]]
    criteria = [Criterion("a", "up"), Criterion("b", "up")]
    weights = draw_weights(["a", "b"], 60_000, seed=5)
    found = rank_acceptability(values, criteria, weights)
    assert found.first == pytest.approx(np.array([1, 1, 1]) / 3, abs=4 * 0.0019)
    assert found.central[:, 0] == pytest.approx([1 / 6, 1 / 2, 5 / 6], abs=0.005)
    assert found.confidence.tolist() == [1.0, 1.0, 1.0]


def test_values_that_are_not_certain() -> None:
    """Two places apart by a tenth, each off by normal errors of a tenth: first with the probability of their gap."""
    criteria, values = [Criterion("a", "up")], np.array([[0.5], [0.6]])
    rng = np.random.default_rng(6)
    noise = rng.normal(0, 0.1, (4000, 2, 1))
    found = rank_acceptability(
        values, criteria, np.ones((4000, 1)), places=["A", "B"], drawn=lambda k: values + noise[k], batches=4000
    )
    assert found.first[1] == pytest.approx(stats.norm.cdf(1 / np.sqrt(2)), abs=4 * 0.007)
    assert found.confidence == pytest.approx(found.first)
    assert [row["place"] for row in found.to_table().records()] == ["B", "A"]


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000), method=st.sampled_from(METHODS))
def test_a_dominated_place_is_never_more_acceptable(seed: int, method: RankingMethod) -> None:
    rng = np.random.default_rng(seed)
    values = rng.uniform(0.1, 1, (5, 4))
    worse = np.array([1, 1, -1, -1]) * rng.uniform(0, 0.1, 4)
    values[1] = values[0] + worse
    found = rank_acceptability(values, CRITERIA, draw_weights(NAMES, 300, seed=seed), method)
    assert (np.cumsum(found.ranks[0]) >= np.cumsum(found.ranks[1]) - 1e-12).all()


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), method=st.sampled_from(METHODS), power=st.integers(-3, 3))
def test_units_and_orders_do_not_matter(seed: int, method: RankingMethod, power: int) -> None:
    rng = np.random.default_rng(seed)
    values, weight = rng.uniform(0.1, 1, (6, 4)), rng.dirichlet(np.ones(4))
    order, factor = rng.permutation(6), 2.0**power
    scaled = [
        Criterion(
            item.name, item.good, "1", item.shape, item.indifference * factor,
            None if item.preference is None else item.preference * factor,
        )
        for item in CRITERIA
    ]  # fmt: skip
    one = scores(values, CRITERIA, weight, method)
    other = scores(values[order] * factor, scaled, weight, method)
    assert other.tolist() == pytest.approx(one[order].tolist(), abs=1e-12)
    turned = rng.permutation(4)
    columns = scores(values[:, turned], [CRITERIA[j] for j in turned], weight[turned], method)
    assert columns.tolist() == pytest.approx(one.tolist(), abs=1e-12)


# ----------------------------------------------------------------------------------------------- weights


def test_weights_are_uniform_on_the_simplex() -> None:
    """The largest of three uniform weights is below x in a known share; normalised uniforms are not so."""
    weights = draw_weights(["a", "b", "c"], 40_000, seed=7)
    assert weights.mean(axis=0) == pytest.approx(np.ones(3) / 3, abs=0.005)
    # Each weight is beta(1, 2).
    assert stats.kstest(weights[:, 0], stats.beta(1, 2).cdf).pvalue > 0.001
    uniform = np.random.default_rng(7).uniform(size=(40_000, 3))
    assert stats.kstest((uniform / uniform.sum(axis=1, keepdims=True))[:, 0], stats.beta(1, 2).cdf).pvalue < 1e-6


def test_walks_are_uniform_on_what_is_left() -> None:
    """Against draws on the whole simplex of which those that are not admitted are dropped."""
    space = WeightSpace({"a": (0.1, 0.6), "c": (0.0, 0.3)}, [("a", "b"), ("b", "d")])
    names = ["a", "b", "c", "d"]
    walked = draw_weights(names, 3000, space, seed=8)
    whole = draw_weights(names, 400_000, seed=9)
    kept = whole[
        (whole[:, 0] >= 0.1) & (whole[:, 0] <= 0.6) & (whole[:, 2] <= 0.3)
        & (whole[:, 0] >= whole[:, 1]) & (whole[:, 1] >= whole[:, 3])
    ]  # fmt: skip
    assert len(kept) > 3000
    for j in range(4):
        assert stats.ks_2samp(walked[:, j], kept[:, j]).pvalue > 0.001
    assert (walked[:, 0] >= walked[:, 1] - 1e-12).all()
    assert walked[:, 2].max() <= 0.3 + 1e-12
    assert walked.sum(axis=1) == pytest.approx(np.ones(3000))


@pytest.mark.parametrize(
    ("space", "words"),
    [
        (WeightSpace({"pew": (0.1, 0.2)}), "no criterion 'pew'. Did you mean 'pue'"),
        (WeightSpace({"pue": (0.3, 0.2)}), "lies from 0.3 to 0.2"),
        (WeightSpace({"pue": (0.6, 1), "need": (0.6, 1)}), "least weights of pue, hazard, need, hydro sum to 1.2"),
        (WeightSpace(dict.fromkeys(NAMES, (0.2, 0.2))), "greatest weights of pue, hazard, need, hydro sum to 0.8"),
        (WeightSpace({"pue": (0.5, 0.6), "need": (0, 0.1)}, [("need", "pue")]), "no weights of"),
        (WeightSpace(order=[("pue", "pue")]), "compares 'pue' with itself"),
    ],
)
def test_bad_spaces(space: WeightSpace, words: str) -> None:
    with pytest.raises(UsageError) as error:
        draw_weights(NAMES, 3, space)
    assert words in error.value.what


@pytest.mark.timeout(60)
def test_a_pair_said_many_times_is_one_limit() -> None:
    """Each limit costs time and memory in every step of every walk: a file may repeat one 30,000 times."""
    once, often = WeightSpace(order=[("pue", "need")]), WeightSpace(order=[("pue", "need")] * 30_000)
    np.testing.assert_array_equal(draw_weights(NAMES, 500, often), draw_weights(NAMES, 500, once))


# -------------------------------------------------------------------------------------------- dethroning


@pytest.mark.parametrize("seed", range(4))
def test_the_least_change_is_the_least(seed: int) -> None:
    """No weights of a fine grid over the simplex are nearer and dethrone the winner; those found do."""
    rng = np.random.default_rng(seed)
    values, criteria = rng.uniform(0, 1, (5, 3)), [Criterion(name, "up") for name in "abc"]
    weight = rng.dirichlet(np.ones(3))
    found = dethrone(values, criteria, weight)
    own = scores(values, criteria, weight)
    assert own.argmax() == found.winner
    moved = scores(values, criteria, found.weights / found.weights.sum())
    assert moved[found.rival] == pytest.approx(moved[found.winner], abs=1e-9)
    assert np.abs(found.weights - weight).sum() == pytest.approx(found.change, abs=1e-9)
    steps = 60
    grid = np.array([(i, j, steps - i - j) for i in range(steps + 1) for j in range(steps + 1 - i)]) / steps
    beaten = scores(values, criteria, grid)
    lost = (beaten > beaten[:, [found.winner]] + 1e-9).any(axis=1)
    assert np.abs(grid[lost] - weight).sum(axis=1).min() >= found.change - 1e-9


def test_a_winner_throughout_is_not_dethroned() -> None:
    with pytest.raises(MethodError, match="no weights cost place 0 the first rank"):
        dethrone([[2, 2], [1, 1], [2, 1]], [Criterion("a", "up"), Criterion("b", "up")], [0.5, 0.5])


def test_pareto_front_by_pairs() -> None:
    rng = np.random.default_rng(10)
    values = rng.integers(0, 4, (40, 3)).astype(float)
    criteria = [Criterion("a", "up"), Criterion("b", "down"), Criterion("c", "up")]
    turned = values * np.array([1, -1, 1])
    expected = [not any((o >= own).all() and (o > own).any() for o in turned) for own in turned]
    assert pareto_front(values, criteria).tolist() == expected


# ---------------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("values", "weights", "error", "words"),
    [
        ([[1, 2, 3, np.nan]], [0.25] * 4, DataError, "never filled in"),
        ([[1, 2, 3]], [0.25] * 4, DataError, "values have shape"),
        ([[1, 2, 3, 4]], [0.5] * 4, UsageError, "sum to one"),
        ([[1, 2, 3, 4]], [-0.5, 0.5, 0.5, 0.5], UsageError, "from zero"),
        ([[1, 2, 3, 4]], [1.0], DataError, "weights have shape"),
    ],
)
def test_bad_numbers(values: Any, weights: Any, error: type[Exception], words: str) -> None:  # noqa: ANN401
    with pytest.raises(error, match=words):
        scores(values, CRITERIA, weights)


def test_bad_criteria() -> None:
    with pytest.raises(UsageError, match="good direction"):
        Criterion("a", "left")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="thresholds"):
        Criterion("a", "up", "1", "linear", 0.3, 0.2)
    with pytest.raises(UsageError, match="thresholds"):
        Criterion("a", "up", "1", "v_shape")
    with pytest.raises(UsageError, match="a name of its own"):
        scores([[1, 2]], [Criterion("a", "up"), Criterion("a", "up")], [0.5, 0.5])
    with pytest.raises(UsageError, match="method"):
        scores([[1]], [Criterion("a", "up")], [1], "electre")  # type: ignore[arg-type]


@pytest.mark.parametrize("method", METHODS)
def test_tables_at_once_are_those_one_by_one(method: RankingMethod) -> None:
    """Scores of several tables in one pass, and flows of PROMETHEE by sorted sums, against pairs of places."""
    rng = np.random.default_rng(12)
    values = rng.integers(0, 12, (6, 30, 4)) / 10
    weights = draw_weights(NAMES, 18, seed=12).reshape(6, 3, 4)
    found = scorer(np.array([check_values(one, CRITERIA) for one in values]), CRITERIA, method)(weights)
    for k in range(6):
        assert found[k].tolist() == pytest.approx(scores(values[k], CRITERIA, weights[k], method), abs=1e-13)
    assert ((firsts(found) > 0) == (ranks(found) == 1)).all()
    assert firsts(found).sum(axis=-1) == pytest.approx(np.ones((6, 3)), abs=1e-12)


def test_a_rival_on_the_front_is_enough() -> None:
    """Dominated rivals are not asked: with them the least change is the same."""
    rng = np.random.default_rng(13)
    values = rng.uniform(0, 1, (30, 3))
    criteria, weight = [Criterion(name, "up") for name in "abc"], np.full(3, 1 / 3)
    found = dethrone(values, criteria, weight)
    z = (values - values.min(axis=0)) / (values.max(axis=0) - values.min(axis=0))
    grid = np.array([(i, j, 80 - i - j) for i in range(81) for j in range(81 - i)]) / 80
    lost = (grid @ z.T > (grid @ z[found.winner])[:, None] + 1e-9).any(axis=1)
    assert np.abs(grid[lost] - weight).sum(axis=1).min() >= found.change - 1e-9


# ------------------------------------------------------------------------------------------------- fixed scales


def fixed(seed: int) -> list[Criterion]:
    """Return the criteria with a scale and a reference of their own."""
    rng = np.random.default_rng(seed)
    return [
        replace(item, scale=(0.1 * k, 1 - 0.05 * k), reference=tuple(rng.uniform(0, 1, 9).tolist()))
        for k, item in enumerate(CRITERIA)
    ]


def test_topsis_with_fixed_ideals_by_hand() -> None:
    """The worst and the best of the scales are at no distance from themselves, whatever lies beyond."""
    criteria = [Criterion("a", "up", scale=(0, 10)), Criterion("b", "down", scale=(0, 4))]
    found = scores([[10, 0], [0, 4], [5, 2], [12, 0], [-3, 5], [5, 0]], criteria, [0.6, 0.4], "topsis")
    away, near = np.hypot(0.3, 0), np.hypot(0.3, 0.4)
    assert found[:3].tolist() == pytest.approx([1, 0, 0.5])
    assert found[3] == pytest.approx(1)
    assert found[4] == pytest.approx(0)
    assert found[5] == pytest.approx(near / (near + away))


def test_weighted_sum_on_scales_by_hand() -> None:
    criteria = [Criterion("a", "up", scale=(0, 10)), Criterion("b", "down", scale=(1, 3))]
    found = scores([[10, 1], [0, 3], [15, 2]], criteria, [0.5, 0.5])
    assert found.tolist() == pytest.approx([1, 0, 1])


def test_promethee_against_a_reference_by_pairs() -> None:
    criteria = fixed(3)
    values, weight = table(3), np.array([0.4, 0.3, 0.2, 0.1])
    expected = []
    for row in values:
        flow = 0.0
        for j, item in enumerate(criteria):
            assert item.reference is not None
            for other in item.reference:
                gap = (row[j] - other) * (1 if item.good == "up" else -1)
                for sign in (1, -1):
                    if item.shape == "usual":
                        preferred = float(sign * gap > 0)
                    else:
                        low = item.indifference if item.shape == "linear" else 0.0
                        assert item.preference is not None
                        preferred = min(max((sign * gap - low) / (item.preference - low), 0.0), 1.0)
                    flow += sign * weight[j] * preferred / len(item.reference)
        expected.append(flow)
    assert scores(values, criteria, weight, "promethee_2").tolist() == pytest.approx(expected, abs=1e-13)


@pytest.mark.parametrize(
    ("given", "words"),
    [({"scale": (1, 1)}, "scale of criterion 'a' is 1 to 1"), ({"scale": (2, 1)}, "is 2 to 1"),
     ({"scale": (0, np.inf)}, "is 0 to inf"), ({"reference": ()}, "has gaps"), ({"reference": (np.nan,)}, "has gaps")],
)  # fmt: skip
def test_scales_that_cannot_be(given: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        Criterion("a", "up", **given)


# ------------------------------------------------------------------------------------------------- errors


@pytest.mark.parametrize("space", [None, WeightSpace({"a": (0.1, 0.6)}, [("a", "b")])])
def test_errors_are_what_repeated_simulations_differ_by(space: WeightSpace | None) -> None:
    """Draws that share values are alike: told as if they were not, errors come out at half of what they are."""
    criteria = [Criterion(name, "up", scale=(0, 1)) for name in "abc"]
    values = np.random.default_rng(1).uniform(0.2, 0.8, (4, 3))
    firsts_of, told, leads, lead_errors = [], [], [], []
    for seed in range(60):
        noise = np.random.default_rng([seed, 1]).uniform(-0.3, 0.3, (40, 4, 3))
        weights = draw_weights(["a", "b", "c"], 2_000, space, seed=seed)
        found = rank_acceptability(
            values, criteria, weights, drawn=lambda k, noise=noise: values + noise[k], batches=40  # type: ignore[misc]
        )  # fmt: skip
        firsts_of.append(found.first)
        told.append(found.error)
        best, second = np.argsort(-values.sum(axis=1))[:2]
        leads.append(found.first[best] - found.first[second])
        lead_errors.append(found.lead[1])
    spread, claimed = np.std(firsts_of, axis=0, ddof=1), np.sqrt(np.mean(np.square(told), axis=0))
    common = spread > 0.005
    assert common.sum() >= 2
    # A standard deviation of sixty is known to a tenth of itself.
    assert (np.abs(spread / claimed - 1)[common] < 0.35).all()
    naive = np.sqrt(np.mean(firsts_of, axis=0) * (1 - np.mean(firsts_of, axis=0)) / 2_000)
    assert (spread[common] > 1.5 * naive[common]).all()


def test_certain_values_have_the_errors_of_independent_draws() -> None:
    values, weights = table(9), draw_weights(NAMES, 20_000, seed=9)
    found = rank_acceptability(values, CRITERIA, weights)
    naive = np.sqrt(found.first * (1 - found.first) / 20_000)
    assert found.error == pytest.approx(naive, rel=0.25, abs=2e-4)


def test_clear_needs_two_thirds_and_a_lead_above_two_errors() -> None:
    def of(shares: list[float], spread: float) -> Acceptability:
        grouped = np.array(shares) + spread * np.array([1, -1])[:, None] * np.array([1, -1, 0])
        table = np.zeros((3, 3))
        table[:, 0] = shares
        nan = np.full((3, 1), np.nan)
        return Acceptability(
            ("A", "B", "C"), (Criterion("a", "up"),), "weighted_sum", table, nan, nan[:, 0], 200, grouped,
            np.array([100.0, 100.0]),
        )  # fmt: skip

    assert of([0.7, 0.2, 0.1], 0.01).clear
    assert not of([0.6, 0.3, 0.1], 0.01).clear
    assert not of([0.7, 0.2, 0.1], 0.3).clear
    assert of([0.7, 0.2, 0.1], 0.05).lead == pytest.approx((0.5, 0.1))


# ------------------------------------------------------------------------------------------------- fixed weights


def test_weights_that_leave_no_width_in_some_directions() -> None:
    """One is fixed: the others are uniform on what is left, as whole draws say that are near it."""
    space = WeightSpace({"b": (0.3, 0.3)}, [("a", "c")])
    walked = draw_weights(["a", "b", "c", "d"], 3_000, space, seed=11)
    assert walked[:, 1] == pytest.approx(np.full(3_000, 0.3), abs=1e-9)
    # On the triangle of a + c + d = 0.7, half of it: a is the larger of two of three uniform shares.
    whole = draw_weights(["a", "c", "d"], 40_000, seed=12) * 0.7
    kept = whole[whole[:, 0] >= whole[:, 1]]
    for own, other in ((0, 0), (2, 1), (3, 2)):
        assert stats.ks_2samp(walked[:, own], kept[:, other]).pvalue > 0.001


def test_weights_that_are_fixed() -> None:
    space = WeightSpace({"a": (0.1, 0.1), "b": (0.2, 0.2), "c": (0.7, 0.7)})
    assert fixed_weights(["a", "b", "c"], space) == pytest.approx([0.1, 0.2, 0.7])
    assert draw_weights(["a", "b", "c"], 3, space) == pytest.approx(np.tile([0.1, 0.2, 0.7], (3, 1)))
    assert fixed_weights(["a", "b", "c"], WeightSpace({}, [("a", "b"), ("b", "c"), ("c", "a")])) == pytest.approx(
        np.full(3, 1 / 3)
    )
    assert fixed_weights(["a", "b"], WeightSpace()) is None
    assert fixed_weights(["a", "b"], WeightSpace({"a": (0.2, 0.3)})) is None


def test_a_winner_with_several_spots_is_overtaken_at_all_of_them() -> None:
    """Against a fine grid of weights: the rival's best spot above the winner's best, whichever these are."""
    rng = np.random.default_rng(14)
    values, owner = rng.uniform(0, 1, (9, 3)), np.repeat([0, 1, 2], 3)
    criteria, weight = [Criterion(name, "up", scale=(0, 1)) for name in "abc"], np.array([0.5, 0.3, 0.2])
    found = dethrone(values, criteria, weight, places=owner)
    grid = np.array([(i, j, 80 - i - j) for i in range(81) for j in range(81 - i)]) / 80
    best = np.maximum.reduceat(grid @ values.T, [0, 3, 6], axis=1)
    assert found.winner == np.maximum.reduceat(weight @ values.T, [0, 3, 6]).argmax()
    lost = (best > best[:, [found.winner]] + 1e-9).any(axis=1)
    least = np.abs(grid[lost] - weight).sum(axis=1).min()
    assert least - 0.05 < found.change <= least + 1e-9
    at = np.maximum.reduceat(found.weights @ values.T, [0, 3, 6])
    assert at[found.rival] == pytest.approx(at[found.winner], abs=1e-9)


def test_one_draw_of_values_tells_no_error() -> None:
    values = np.array([[0.5, 0.2], [0.4, 0.3]])
    criteria, weights = [Criterion("a", "up"), Criterion("b", "up")], draw_weights(["a", "b"], 200, seed=15)
    found = rank_acceptability(values, criteria, weights, drawn=lambda _: values, batches=1)
    assert np.isnan(found.error).all()
    assert not found.clear
    assert np.isfinite(rank_acceptability(values, criteria, weights).error).all()
