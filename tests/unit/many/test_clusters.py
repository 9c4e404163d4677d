"""Standard errors from clusters: their means as another library tests them, unequal ones, those that mix cohorts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest
from scipy import stats

from pilotzone.core import Outcome
from pilotzone.evaluation.many import ClusterVariation, ManyEffects, effective_draws, evaluate_panel, reliability
from pilotzone.evaluation.many.variation.guard import FEWEST, refusals
from pilotzone.evaluation.many.variation.presence import Presence
from pilotzone.store import PanelColumns, open_panel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def variation(
    treated: NDArray[np.bool_], clusters: NDArray[np.int64], seed: int = 0
) -> tuple[Any, Floats, Floats, float]:
    """Return what clusters add to one effect, a difference of mean changes, with its variance, changes and size."""
    rng = np.random.default_rng(seed)
    count = clusters.max() + 1
    changes = rng.normal(size=count)[clusters] + rng.normal(size=len(clusters))
    influence = np.where(treated, 1 / treated.sum(), -1 / (~treated).sum())
    influence = influence * (changes - np.where(treated, changes[treated].mean(), changes[~treated].mean()))
    sums = np.bincount(clusters, influence, minlength=count).astype(np.float64)[:, None]
    members = np.column_stack(
        [np.bincount(clusters[side], minlength=count).astype(float) for side in (treated, ~treated)]
    )
    draws, factors = (np.tile(item, (2, 1, 1)) for item in effective_draws(members))
    sides = np.array([[[1.0, -1.0]], [[-1.0, 1.0]]])
    found = ClusterVariation(sums, members > 0, Presence(np.array([[1], [0]]), sides, draws, factors))
    return found, (sums**2).sum(axis=0), changes, float(changes[treated].mean() - changes[~treated].mean())


def test_equal_clusters_are_welchs_test_of_their_means() -> None:
    clusters = np.repeat(np.arange(15), 4)
    treated = clusters < 6
    found, variance, changes, gap = variation(treated, clusters)
    known = reliability(found, np.eye(1), variance)
    means = changes.reshape(15, 4).mean(axis=1)
    welch = stats.ttest_ind(means[:6], means[6:], equal_var=False)
    assert found.nested
    assert found.resting(np.eye(1)).numbers == pytest.approx(np.array([[6.0, 9.0]]), rel=1e-14)
    assert known.degrees[0] == pytest.approx(welch.df, rel=1e-10)
    assert gap / np.sqrt(variance[0]) / known.inflation[0] == pytest.approx(welch.statistic, rel=1e-10)
    assert known.fewest[0] == 6


def test_unequal_clusters_count_by_their_effective_number() -> None:
    sizes = np.array([20, 10, 10, 5, 5, 5, 2, 2, 1, 1])
    clusters = np.concatenate([np.repeat(np.arange(10), sizes), 10 + np.arange(50)])
    treated = clusters < 10
    found, variance, _, _ = variation(treated, clusters)
    known = reliability(found, np.eye(1), variance)
    share = sizes / sizes.sum()
    number = 1 / (share**2).sum()
    factor = (share**2).sum() / (share**2 * (1 - 2 * share + (share**2).sum())).sum()
    parts = np.array([(found.sums[:10] ** 2).sum() * factor, (found.sums[10:] ** 2).sum() * 50 / 49])
    degrees = parts.sum() ** 2 / (parts**2 / np.array([number - 1, 49])).sum()
    assert known.degrees[0] == pytest.approx(degrees, rel=1e-10)
    assert variance[0] * known.inflation[0] ** 2 == pytest.approx(parts.sum(), rel=1e-10)
    assert known.fewest[0] == int(number) == 5


def test_factors_make_squares_unbiased() -> None:
    """Clusters' means vary alike: the expected sum of squares, by the trace of its quadratic form."""
    share = np.array([0.5, 0.3, 0.1, 0.1])
    about = np.eye(4) - share
    expected = np.trace(about.T @ np.diag(share**2) @ about)
    _, factors = effective_draws(share[:, None])
    assert factors[0] * expected == pytest.approx((share**2).sum(), rel=1e-12)


@pytest.mark.parametrize(("held", "fewest"), [(1, 1), (3, 3), (8, 8)])
def test_treated_units_in_few_of_many_clusters_are_refused(held: int, fewest: int) -> None:
    """Forty clusters, of which each holds units never treated, and some treated ones as well."""
    clusters = np.repeat(np.arange(40), 10)
    treated = (clusters < held) & (np.arange(400) % 10 < 5)
    found, variance, _, _ = variation(treated, clusters)
    known = reliability(found, np.eye(1), variance)
    assert not found.nested
    assert known.fewest[0] == fewest
    assert (known.degrees[0] == 0) == (held == 1)
    assert bool(refusals(known, "clusters")[0]) == (fewest < FEWEST)


def test_one_large_cluster_leaves_nothing_to_know() -> None:
    clusters = np.concatenate([np.repeat(np.arange(5), [16, 1, 1, 1, 1]), 5 + np.arange(30)])
    found, variance, _, _ = variation(clusters < 5, clusters)
    known = reliability(found, np.eye(1), variance)
    assert (known.fewest[0], known.degrees[0]) == (1, 0.0)


def panel(treated: NDArray[np.bool_], towns: NDArray[np.int64]) -> ManyEffects:
    """Return the evaluation of a panel of two periods with clusters."""
    rng = np.random.default_rng(1)
    changes = rng.normal(size=towns.max() + 1)[towns] + rng.normal(size=len(towns))
    units = len(towns)
    frame = pl.DataFrame(
        {
            "unit": np.repeat(np.arange(units), 2),
            "year": np.tile([1, 2], units),
            "start": np.repeat(np.where(treated, 2.0, np.inf), 2),
            "town": np.repeat(towns, 2),
            "y": np.column_stack([np.zeros(units), changes]).ravel(),
        }
    )
    outcome = Outcome("y", role="development", good="up", margin=1.0, scale="level")
    return evaluate_panel(open_panel(frame, PanelColumns("unit", "year", "start", ("y",), "town")), [outcome])


def test_a_panel_of_equal_clusters_has_welchs_p_of_their_means() -> None:
    towns = np.repeat(np.arange(15), 4)
    (row,) = panel(towns < 6, towns).of("cell")
    rng = np.random.default_rng(1)
    means = (rng.normal(size=15)[towns] + rng.normal(size=60)).reshape(15, 4).mean(axis=1)
    welch = stats.ttest_ind(means[:6], means[6:], equal_var=False)
    assert row.p == pytest.approx(welch.pvalue, rel=1e-9)
    ends = welch.confidence_interval(0.95)
    assert row.interval == pytest.approx((ends.low, ends.high), rel=1e-9)


def test_a_panel_whose_treated_share_a_few_of_many_clusters_has_none() -> None:
    towns = np.repeat(np.arange(40), 10)
    effects = panel((towns < 3) & (np.arange(400) % 10 < 5), towns)
    for row in effects.rows:
        assert (row.se, row.p, row.interval, row.band, row.p_by_lot) == (None, None, None, None, None)
        assert "3" in row.refused
    assert "several cohorts" in effects.notes[-1]


def test_few_whole_clusters_are_dealt_out() -> None:
    towns = np.repeat(np.arange(12), 5)
    effects = panel(towns < 2, towns)
    (row,) = effects.of("cell")
    assert row.se is None
    assert row.p_by_lot is not None
    assert round(66 * row.p_by_lot) == pytest.approx(66 * row.p_by_lot)
    assert "of 12 clusters, any 2 from 2 on" in effects.notes[-1]
