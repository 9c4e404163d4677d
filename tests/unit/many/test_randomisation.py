"""Randomisation inference: p by counting, whoever the units are and in whatever order, and what is refused."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest

from pilotzone.core import DataError, MethodError, UsageError
from pilotzone.evaluation.many import (
    NEVER,
    Comparison,
    RandomisedStatistic,
    StackedColumns,
    group_time_effects,
    moments_of,
    randomise,
    randomise_panel,
)
from pilotzone.evaluation.many.inference import randomisation
from pilotzone.evaluation.many.inference.gathered import MOST_NUMBERS, check_size
from pilotzone.store import PanelColumns, open_panel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from pilotzone.evaluation.many import Randomisation

    Floats = NDArray[np.float64]

LAYOUT = StackedColumns(("y",), ((1, 2, 3),))
STAGGERED = [2, 3, 3, np.inf, np.inf, np.inf]


def panel(units: int, seed: int = 0) -> Floats:
    return np.random.default_rng(seed).normal(size=(units, 3))


def shares(found: Randomisation) -> dict[tuple[Any, ...], float | None]:
    return {(row.outcome, row.kind, row.at, row.cohort, row.period): row.p for row in found.rows}


def counted(y: Floats, cohorts: Sequence[float], cohort: int, period: int, *, studentised: bool) -> float:
    """Return the share of all orders of labels with a difference of mean changes as large, from textbook formulas."""
    base = min(cohort - 1, period - 1) - 1
    change = y[:, period - 1] - y[:, base]

    def size(labels: Sequence[float]) -> float:
        mine, others = change[np.array(labels) == cohort], change[np.isinf(labels)]
        gap = abs(mine.mean() - others.mean())
        error = np.sqrt(mine.var() / len(mine) + others.var() / len(others))
        return float(gap / error) if studentised else float(gap)

    own = size(cohorts)
    sizes = [size(labels) for labels in permutations(cohorts)]
    return float(np.mean(np.array(sizes) >= own * (1 - 1e-9)))


@pytest.mark.parametrize("how", ["studentised", "effect"])
@pytest.mark.parametrize(("cohort", "period"), [(2, 2), (2, 3), (3, 2), (3, 3)])
def test_p_of_cells_by_counting(cohort: int, period: int, how: RandomisedStatistic) -> None:
    y = panel(6)
    found = randomise(LAYOUT.stack({"y": y}), STAGGERED, LAYOUT, statistic=how)
    assert (found.assignments, found.exact, found.draws, found.smallest_p) == (60, True, 60, 1 / 60)
    expected = counted(y, STAGGERED, cohort, period, studentised=how == "studentised")
    assert shares(found)["y", "cell", None, cohort, period] == pytest.approx(expected, abs=1e-12)
    assert {row.statistic for row in found.rows} == {how}


def test_p_of_an_average_by_counting() -> None:
    """The mean by units over all effects after treatment: of three, two are on the cohort of two units."""
    y = panel(6, seed=4)

    def simple(labels: Sequence[float]) -> float:
        late = np.array(labels)
        never = np.isinf(late)
        effects = [
            (y[late == g, t - 1] - y[late == g, g - 2]).mean() - (y[never, t - 1] - y[never, g - 2]).mean()
            for g, t in ((2, 2), (2, 3), (3, 3))
        ]
        return float(abs(np.average(effects, weights=[1, 1, 2])))

    sizes = np.array([simple(labels) for labels in permutations(STAGGERED)])
    found = randomise(LAYOUT.stack({"y": y}), STAGGERED, LAYOUT, statistic="effect")
    row = next(row for row in found.rows if row.kind == "simple")
    assert abs(row.estimate) == pytest.approx(simple(STAGGERED))
    assert row.p == pytest.approx(np.mean(sizes >= simple(STAGGERED) * (1 - 1e-9)), abs=1e-12)


def test_clusters_are_dealt_out_whole() -> None:
    """Four clusters of one to three units, one of them treated: p counts clusters, and each assignment has its size."""
    clusters = np.array(["d", "a", "a", "b", "b", "b", "c"])
    y = panel(7, seed=2)
    cohorts = np.where(clusters == "a", 2.0, np.inf)
    found = randomise(LAYOUT.stack({"y": y}), cohorts, LAYOUT, clusters=clusters, statistic="effect")
    change = y[:, 1] - y[:, 0]
    sizes = {name: abs(change[clusters == name].mean() - change[clusters != name].mean()) for name in "abcd"}
    assert found.assignments == 4
    assert shares(found)["y", "cell", None, 2, 2] == np.mean([size >= sizes["a"] for size in sizes.values()])
    assert "of 4 clusters, any 1 from 2 on" in found.mechanism


def test_drawn_assignments_come_near_to_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(randomisation, "ALL_REDEALT", 0)
    rng = np.random.default_rng(8)
    twice = rng.normal(size=(24, 3))
    labels = [2, 3, 3, 3] + [NEVER] * 20
    drawn = randomise(LAYOUT.stack({"y": twice}), labels, LAYOUT, draws=400, statistic="effect")
    assert (drawn.exact, drawn.assignments, drawn.smallest_p) == (False, 24 * 23 * 22 * 21 // 6, 1 / 401)
    p = shares(drawn)["y", "cell", None, 2, 2]
    # One unit against the twenty never treated of each assignment.
    change = twice[:, 1] - twice[:, 0]
    exact = 0.0
    for one in range(24):
        others = np.delete(change, one)
        # The three of the other cohort are any three of the rest: how often the rest's mean is near enough.
        trios = np.random.default_rng(1).permuted(np.tile(others, (4000, 1)), axis=1)[:, 3:].mean(axis=1)
        own = abs(change[0] - change[4:].mean())
        exact += float(np.mean(np.abs(change[one] - trios) >= own)) / 24
    assert p == pytest.approx(exact, abs=3.5 * np.sqrt(exact * (1 - exact) / 400))


def test_the_order_of_units_and_the_estimates_are_the_same() -> None:
    y, labels = panel(24, seed=5), np.array([2.0] * 3 + [3.0] * 4 + [np.inf] * 17)
    order = np.random.default_rng(3).permutation(24)
    one = randomise(LAYOUT.stack({"y": y}), labels, LAYOUT, draws=20, seed=4)
    other = randomise(LAYOUT.stack({"y": y[order]}), labels[order], LAYOUT, draws=20, seed=4)
    assert shares(one) == shares(other)
    towns = np.repeat(np.arange(12), 2)
    labels = np.repeat([2.0, 3.0, 3.0, *[np.inf] * 9], 2)
    one = randomise(LAYOUT.stack({"y": y}), labels, LAYOUT, draws=20, clusters=towns)
    other = randomise(LAYOUT.stack({"y": y[order]}), labels[order], LAYOUT, draws=20, clusters=-towns[order])
    assert shares(one) == shares(other)


def test_another_seed_draws_others() -> None:
    y, labels = panel(24, seed=5), np.array([2.0] * 3 + [3.0] * 4 + [np.inf] * 17)
    one = randomise(LAYOUT.stack({"y": y}), labels, LAYOUT, draws=20, seed=4)
    assert shares(one) != shares(randomise(LAYOUT.stack({"y": y}), labels, LAYOUT, draws=20, seed=5))
    effects = group_time_effects(moments_of(LAYOUT.stack({"y": y}), labels), LAYOUT)
    found = [row.estimate for row in one.rows if row.kind == "cell"]
    assert found == pytest.approx(effects.estimate.tolist(), rel=1e-12)


def test_without_standard_errors_effects_are_compared() -> None:
    """One treated and one control leave no spread on either side; averages still have that of the cohorts' shares."""
    found = randomise(LAYOUT.stack({"y": panel(3)}), [2, 3, np.inf], LAYOUT)
    assert {row.statistic for row in found.rows if row.kind == "cell"} == {"effect"}


def test_references_have_no_p() -> None:
    found = randomise(LAYOUT.stack({"y": panel(6)}), STAGGERED, LAYOUT, Comparison(base="universal"))
    missing = {(row.cohort, row.period) for row in found.rows if row.kind == "cell" and row.p is None}
    assert missing == {(2, 1), (3, 2)}
    assert all(row.p is not None for row in found.rows if row.kind == "simple")
    table = found.to_table()
    assert len(table) == len(found.rows)
    assert table.note.startswith(found.mechanism)
    assert "adds the same number" in table.note


def test_size_is_nominal_where_standard_errors_fail() -> None:
    """One of twelve units treated: twelve assignments, so that p is uniform on twelfths."""
    rng = np.random.default_rng(11)
    layout = StackedColumns(("y",), ((1, 2),))
    cohorts = [2] + [NEVER] * 11
    p = []
    for _ in range(240):
        found = randomise(layout.stack({"y": rng.standard_t(3, (12, 2))}), cohorts, layout)
        p.append(found.rows[0].p)
    ranks = np.bincount(np.round(12 * np.array(p, dtype=float)).astype(int), minlength=13)[1:]
    assert ranks.sum() == 240
    chi_squared = float(((ranks - 20) ** 2 / 20).sum())
    assert chi_squared < 31.26  # the 99.9% point with eleven degrees of freedom


@pytest.mark.parametrize("cluster", [None, "town"])
def test_a_panel_gives_what_its_units_give(cluster: str | None) -> None:
    y, labels = panel(8, seed=6), [2.0, 2.0, 3.0, 3.0] + [np.inf] * 4
    towns = [f"t{k // 2}" for k in range(8)]
    frame = pl.DataFrame(
        {
            "unit": np.repeat(np.arange(8), 3),
            "year": np.tile([1, 2, 3], 8),
            "start": np.repeat(labels, 3),
            "town": np.repeat(towns, 3),
            "y": y.ravel(),
        }
    ).sample(fraction=1.0, shuffle=True, seed=1)
    opened = open_panel(frame, PanelColumns("unit", "year", "start", ("y",), cluster))
    found = randomise_panel(opened)
    clusters = None if cluster is None else towns
    expected = randomise(LAYOUT.stack({"y": y}), labels, LAYOUT, clusters=clusters)
    assert shares(found) == shares(expected)
    assert found.mechanism == expected.mechanism
    assert found.assignments == (12 if cluster else 420)


def test_what_cannot_be_dealt_out_is_refused() -> None:
    y = LAYOUT.stack({"y": panel(6)})
    with pytest.raises(DataError, match="several cohorts"):
        randomise(y, STAGGERED, LAYOUT, clusters=["a", "a", "b", "b", "c", "c"])
    with pytest.raises(DataError, match="clusters of shape"):
        randomise(y, STAGGERED, LAYOUT, clusters=["a"])
    with pytest.raises(UsageError, match="statistic is 't'"):
        randomise(y, STAGGERED, LAYOUT, statistic="t")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="draws are 0"):
        randomise(y, STAGGERED, LAYOUT, draws=0)
    check_size(MOST_NUMBERS // 3, LAYOUT)
    with pytest.raises(MethodError, match="made anew"):
        check_size(MOST_NUMBERS // 3 + 1, LAYOUT)
    frame = pl.DataFrame({"unit": [1, 1, 2], "year": [1, 2, 1], "start": [2.0, 2.0, None], "y": [1.0, 2.0, 3.0]})
    with pytest.raises(MethodError, match="not balanced"):
        randomise_panel(open_panel(frame, PanelColumns("unit", "year", "start", ("y",))))
