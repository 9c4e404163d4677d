"""Dry years, and how they may meet hot ones."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm

from pilotzone.campus.droughts import Heatwave, annual_factors, joint_weights, monthly_inflow, sampled_cells
from pilotzone.core import DataError, MethodError, UsageError

FACTORS = [1.2, 0.6, 0.9, 1.3]
HEATS = (Heatwave("hot", 3.0, 0.2), Heatwave("usual", 0.0, 0.5), Heatwave("warm", 1.5, 0.3))


@pytest.mark.parametrize("rank", [-1.0, -0.6, 0.0, 0.3, 0.95, 1.0])
def test_margins_are_those_given_whatever_the_dependence(rank: float) -> None:
    found = joint_weights(FACTORS, HEATS, "declared", rank_correlation=rank, factor_weights=[0.1, 0.2, 0.3, 0.4])
    assert found.sum(axis=1) == pytest.approx([0.1, 0.2, 0.3, 0.4], abs=1e-14)
    assert found.sum(axis=0) == pytest.approx([0.2, 0.5, 0.3], abs=1e-14)
    assert found.min() >= 0


def test_independent_is_a_product_and_the_worst_puts_the_driest_into_the_hottest() -> None:
    independent = joint_weights(FACTORS, HEATS, "independent")
    assert independent == pytest.approx(np.outer([0.25] * 4, [0.2, 0.5, 0.3]), abs=1e-15)
    worst = joint_weights(FACTORS, HEATS, "worst")
    # The hottest fifth of years lies in the driest quarter; the wettest half is usual.
    assert worst == pytest.approx(
        np.array([[0.0, 0.25, 0.0], [0.2, 0.0, 0.05], [0.0, 0.0, 0.25], [0.0, 0.25, 0.0]]), abs=1e-15
    )
    least = joint_weights(FACTORS, HEATS, "declared", rank_correlation=0.0)
    most = joint_weights(FACTORS, HEATS, "declared", rank_correlation=1.0)
    assert least == pytest.approx(independent, abs=1e-15)
    assert most == pytest.approx(worst, abs=1e-15)


@pytest.mark.parametrize("rank", [-0.7, 0.2, 0.6, 0.9])
def test_the_declared_case_is_that_of_two_normal_variables(rank: float) -> None:
    found = joint_weights([0.5, 1.5], (Heatwave("hot", 2.0, 0.3), Heatwave("cool", 0.0, 0.7)), "declared",
                          rank_correlation=rank, factor_weights=[0.4, 0.6])  # fmt: skip
    r = 2 * math.sin(math.pi * rank / 6)
    both = multivariate_normal.cdf([norm.ppf(0.6), norm.ppf(0.7)], mean=[0, 0], cov=[[1, r], [r, 1]])
    # Neither dry nor hot.
    assert found[1, 1] == pytest.approx(both, abs=1e-7)


def test_the_rank_correlation_is_spearmans() -> None:
    rng = np.random.default_rng(3)
    count = 60
    heats = tuple(Heatwave(f"h{k}", k / 10, 1 / count) for k in range(count))
    weights = joint_weights(np.linspace(0.5, 1.5, count), heats, "declared", rank_correlation=0.5)
    assert weights.shape == (count, count)
    middle = (np.arange(count) + 0.5) / count
    dryness, heat = 1 - middle[:, None], middle[None, :]
    spearman = 12 * float((weights * dryness * heat).sum()) - 3
    assert spearman == pytest.approx(0.5, abs=2e-3)
    drawn = sampled_cells(weights, 40_000, rng)
    assert np.corrcoef(-drawn[:, 0], drawn[:, 1])[0, 1] == pytest.approx(0.5, abs=0.02)


def test_what_is_no_dependence() -> None:
    with pytest.raises(UsageError, match="seven years cannot estimate one"):
        joint_weights(FACTORS, HEATS, "declared")
    with pytest.raises(UsageError, match="given where none is declared"):
        joint_weights(FACTORS, HEATS, "worst", rank_correlation=0.5)
    with pytest.raises(UsageError, match=r"rank correlation is 1\.2"):
        joint_weights(FACTORS, HEATS, "declared", rank_correlation=1.2)
    with pytest.raises(UsageError, match="case is 'best'"):
        joint_weights(FACTORS, HEATS, "best")  # type: ignore[arg-type]
    with pytest.raises(DataError, match=r"weights of summers sum to 0\.5"):
        joint_weights(FACTORS, HEATS[1:2], "independent")
    with pytest.raises(UsageError, match=r"weight of 'hot' is -0\.2"):
        Heatwave("hot", 1.0, -0.2)


def test_months_of_a_dry_year() -> None:
    shape = np.array([2, 2, 3, 6, 12, 18, 20, 15, 10, 6, 4, 2]) / 100
    whole = monthly_inflow(1000.0, shape, factor=0.62)
    assert whole == pytest.approx(620 * shape)
    summer = np.isin(np.arange(12), [6, 7, 8]).astype(float) * shape
    dry = monthly_inflow(1000.0, shape, factor=0.62, dry_months=summer)
    assert dry.sum() == pytest.approx(620.0)
    assert dry[[0, 1, 2, 3, 4, 5, 9, 10, 11]] == pytest.approx(1000 * shape[[0, 1, 2, 3, 4, 5, 9, 10, 11]])
    assert dry[7] == pytest.approx(1000 * 0.15 * (1 - 0.38 / 0.45))
    with pytest.raises(MethodError, match=r"a factor of 0\.62 takes more water from month 8 than it has"):
        monthly_inflow(1000.0, shape, factor=0.62, dry_months=np.eye(12)[7])
    with pytest.raises(DataError, match=r"sums to 0\.5"):
        monthly_inflow(1000.0, shape / 2)
    with pytest.raises(DataError, match="has 11 values"):
        monthly_inflow(1000.0, shape[:11])
    with pytest.raises(DataError, match="monthly shape of inflow has 1 gaps"):
        monthly_inflow(1000.0, [math.nan, *shape[1:]])


def test_no_plant_with_all_years() -> None:
    with pytest.raises(DataError, match="no plant has two years or more"):
        annual_factors({"a": {2010: 1.0}, "b": {2011: 1.0}})
    with pytest.raises(DataError, match="generation is -1"):
        annual_factors({"a": {2010: -1.0, 2011: 2.0}})
    with pytest.raises(DataError, match="generation is zero"):
        annual_factors({"a": {2010: 0.0, 2011: 0.0}})
