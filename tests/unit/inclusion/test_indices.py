"""Indices of inequality and poverty: brute force, closed forms, influence functions by complex steps, bounds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import norm

from pilotzone.core import MethodError, UsageError
from pilotzone.evaluation.inclusion import (
    INDICES,
    between_regions,
    decompose,
    grouped_inequality,
    inequality,
    micro_data,
    micro_data_of,
)
from pilotzone.evaluation.inclusion.indices import generalised_lorenz, index_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

LINE = 0.8
ALL = list(INDICES)


def people(count: int = 60, seed: int = 1) -> tuple[Floats, Floats]:
    rng = np.random.default_rng(seed)
    return np.exp(rng.normal(0, 0.7, count)), rng.uniform(0.5, 3, count)


def test_gini_by_all_pairs() -> None:
    x, w = people()
    x[:10] = x[0]  # ties
    p = w / w.sum()
    pairs = float(np.sum(np.outer(p, p) * abs(x[:, None] - x)))
    found = inequality(micro_data(x, weights=w), "gini").estimate[0]
    assert found == pytest.approx(pairs / (2 * p @ x), rel=1e-13)


def test_theil_and_poverty_by_their_definitions() -> None:
    x, w = people()
    p = w / w.sum()
    y = x / (p @ x)
    poor = x < LINE
    expected = {
        "theil_t": p @ (y * np.log(y)),
        "theil_l": -(p @ np.log(y)),
        "headcount": p[poor].sum(),
        "poverty_gap": p[poor] @ (1 - x[poor] / LINE),
        "poverty_severity": p[poor] @ (1 - x[poor] / LINE) ** 2,
    }
    found = inequality(micro_data(x, weights=w), list(expected), line=LINE).estimate
    assert found == pytest.approx(list(expected.values()), rel=1e-13)


def test_palma_of_ten_people_is_the_richest_over_the_poorest_four() -> None:
    x = np.array([1.0, 2, 3, 4, 5, 6, 7, 8, 9, 30])
    assert inequality(micro_data(x, weights="equal"), "palma").estimate[0] == pytest.approx(3.0, rel=1e-12)


def test_lognormal_closed_forms() -> None:
    """On a grid of quantiles of a lognormal, which stands for a sample without chance."""
    sigma, count = 0.6, 1_000_000
    x = np.exp(sigma * norm.ppf((np.arange(count) + 0.5) / count))
    found = inequality(micro_data(x, weights="equal"), ALL, line=LINE).estimate
    z = np.log(LINE) / sigma
    poor = norm.cdf(z)
    first = np.exp(sigma**2 / 2) * norm.cdf(z - sigma) / LINE
    second = np.exp(2 * sigma**2) * norm.cdf(z - 2 * sigma) / LINE**2
    lorenz = [float(norm.cdf(norm.ppf(share) - sigma)) for share in (0.4, 0.9)]
    expected = {
        "mean": np.exp(sigma**2 / 2),
        "log_mean": sigma**2 / 2,
        "gini": 2 * norm.cdf(sigma / np.sqrt(2)) - 1,
        "theil_t": sigma**2 / 2,
        "theil_l": sigma**2 / 2,
        "palma": (1 - lorenz[1]) / lorenz[0],
        "headcount": poor,
        "poverty_gap": poor - first,
        "poverty_severity": poor - 2 * first + second,
    }
    assert found == pytest.approx([expected[name] for name in ALL], rel=2e-5)


@pytest.mark.parametrize("name", ALL)
def test_influence_functions_by_complex_steps(name: str) -> None:
    """The derivative towards a population of one row, to 1e-8 and by far more."""
    x, w = people(25, seed=4)
    p = w / w.sum()
    record = INDICES[name]
    _, influence = index_of(record, x, w, LINE)
    step = 1e-30
    for i in range(len(x)):
        towards: Any = p + 1j * step * ((np.arange(len(x)) == i) - p)
        assert np.imag(record.compute(x, towards, LINE)[0]) / step == pytest.approx(influence[i], abs=1e-11)
    assert p @ influence == pytest.approx(0, abs=1e-12)


def test_indices_do_not_depend_on_unit_of_income_order_or_splitting_of_rows() -> None:
    x, w = people()
    base = inequality(micro_data(x, weights=w), ALL[2:], line=LINE)
    again = inequality(micro_data(7 * x[::-1], weights=3 * w[::-1]), ALL[2:], line=7 * LINE)
    assert again.estimate == pytest.approx(base.estimate, rel=1e-12)
    assert again.spread.se == pytest.approx(base.spread.se, rel=1e-10)
    halves = micro_data(np.r_[x, x], weights=np.r_[w / 2, w / 2], clusters=np.r_[np.arange(60), np.arange(60)])
    split = inequality(halves, ALL[2:], line=LINE)
    assert split.estimate == pytest.approx(base.estimate, rel=1e-12)
    assert split.spread.matrix == pytest.approx(base.spread.matrix, rel=1e-10, abs=1e-18)


def test_standard_error_of_the_mean_is_the_usual_one() -> None:
    x, _ = people()
    found = inequality(micro_data(x, weights="equal"), "mean")
    assert found.spread.se[0] == pytest.approx(x.std(ddof=1) / np.sqrt(len(x)), rel=1e-13)
    assert found.spread.degrees == pytest.approx(len(x) - 1)


@pytest.mark.parametrize("index", ["theil_t", "theil_l"])
def test_decomposition_adds_up_and_its_parts_are_right(index: Literal["theil_t", "theil_l"]) -> None:
    x, w = people()
    groups = np.array(["a", "b", "c"])[np.arange(60) % 3]
    found = decompose(micro_data(x, weights=w, groups=groups), index)
    total, within, between = found.estimate
    assert within + between == pytest.approx(total, rel=1e-14)
    assert total == pytest.approx(inequality(micro_data(x, weights=w), index).estimate[0], rel=1e-13)
    means = {g: float(np.average(x[groups == g], weights=w[groups == g])) for g in found.groups}
    smooth = np.array([means[g] for g in groups])
    assert between == pytest.approx(inequality(micro_data(smooth, weights=w), index).estimate[0], rel=1e-12)
    sizes = [float(w[groups == g].sum()) for g in found.groups]
    assert between == pytest.approx(between_regions(list(means.values()), sizes, index).estimate[0], rel=1e-12)
    assert found.weights @ found.own == pytest.approx(within, rel=1e-13)
    # Covariance as well: total varies as the sum of the parts does.
    assert found.spread.matrix[0, 0] == pytest.approx(found.spread.matrix[1:, 1:].sum(), rel=1e-12)


@pytest.mark.parametrize("index", ["theil_t", "theil_l"])
def test_covariance_within_and_between_is_that_of_derivatives_in_weights(index: Literal["theil_t", "theil_l"]) -> None:
    x, w = people(40, seed=3)
    groups = np.array(["a", "b", "c"])[np.arange(40) % 3]

    def estimate(weights: Floats) -> Floats:
        return decompose(micro_data(x, weights=weights, groups=groups), index).estimate

    step = 1e-5
    moves = (
        [w * (1 + step * (np.arange(40) == k)) for k in range(40)],
        [w * (1 - step * (np.arange(40) == k)) for k in range(40)],
    )
    parts = np.array([estimate(up) - estimate(down) for up, down in zip(*moves, strict=True)]) / (2 * step)
    found = decompose(micro_data(x, weights=w, groups=groups), index).spread.matrix
    assert found == pytest.approx(np.cov(parts.T) * 40, rel=1e-6, abs=1e-12)


# ------------------------------------------------------------------------------------------ bounds from shares

DECILES = np.array([0.02, 0.04, 0.05, 0.06, 0.07, 0.09, 0.1, 0.13, 0.16, 0.28])


def test_gini_bounds_by_an_independent_optimiser() -> None:
    shares, parts = np.array([0.1, 0.2, 0.7]), np.array([0.4, 0.3, 0.3])
    means = shares / parts

    def lost(slopes: Floats) -> float:
        (a, b) = slopes
        one = parts[0] ** 2 * means[0] * (a - means[0]) / a
        two = parts[1] ** 2 * (means[1] - a) * (b - means[1]) / (b - a) if b > a else 0.0
        return -float(one + two + parts[2] ** 2 * (means[2] - b))

    grid = [
        (lost(np.array([a, b])), a, b)
        for a in np.linspace(means[0], means[1], 61)
        for b in np.linspace(means[1], means[2], 61)
    ]
    _, a, b = min(grid)
    best = minimize(lost, [a, b], bounds=[means[:2], means[1:]], method="L-BFGS-B", options={"ftol": 1e-15})
    found = grouped_inequality(shares, "gini", people=parts)
    assert found.low[0] == pytest.approx(0.45)
    assert found.high[0] == pytest.approx(0.45 - best.fun, abs=1e-9)


def test_bounds_hold_for_every_population_with_these_shares_and_are_reached() -> None:
    """Thousands of random convex Lorenz curves through the same points."""
    rng = np.random.default_rng(5)
    names = ["gini", "palma", "headcount", "poverty_gap", "poverty_severity", "theil_t", "theil_l"]
    line = 0.62
    found = grouped_inequality(DECILES, names, line=line)
    means = DECILES * 10
    highest = np.r_[means[1:], 40.0]
    lowest = np.r_[0.01, means[:-1]]
    seen = []
    for _ in range(500):
        # Borders between parts; inside, two incomes with the right mean.
        borders = np.r_[0.005, means[:-1] + rng.beta(0.3, 0.3, 9) * np.diff(means), 40.0]
        low = np.maximum(lowest, borders[:-1]) + 0.0
        low = means - (means - low) * rng.beta(2, 0.3, 10)
        high = means + (np.minimum(highest, borders[1:]) - means) * rng.beta(2, 0.3, 10)
        share = np.where(high > low, (means - low) / np.maximum(high - low, 1e-300), 0.0)
        x, w = np.r_[low, high], np.r_[1 - share, share]
        keep = w > 1e-12
        seen.append(inequality(micro_data(x[keep], weights=w[keep]), names, line=line).estimate)
    least, most = np.min(seen, axis=0), np.max(seen, axis=0)
    assert (least >= found.low - 1e-12).all()
    assert (most <= found.high + 1e-12).all()
    # Random populations come near the sharp ends.
    for k, name in enumerate(names[:4]):
        width = found.high[k] - found.low[k]
        if name != "palma":  # known exactly: shares at 40 % and 90 % are given
            assert most[k] > found.low[k] + 0.6 * width, name
    assert found.low[1] == found.high[1] == pytest.approx(0.28 / 0.17)
    assert np.isinf(found.high[5])
    assert np.isinf(found.high[6])


@pytest.mark.parametrize("line", [0.1, 0.15, 10.0])
def test_headcount_bounds_at_the_ends(line: float) -> None:
    """Two parts: half have 0.2 of the mean, half 1.8."""
    found = grouped_inequality([0.1, 0.9], "headcount", line=line)
    if line < 0.2:
        assert found.low[0] == pytest.approx(0.0)
        assert found.high[0] == pytest.approx(0.5 * (1.8 - 0.2) / (1.8 - line))
    else:
        # Of the upper half as many as possible are at the line, the others at the mean of the lower half.
        assert found.low[0] == pytest.approx(1 - 0.5 * (1.8 - 0.2) / (line - 0.2))
        assert found.high[0] == pytest.approx(1.0)


def test_lorenz_curve_between_two_people() -> None:
    x, p = np.array([3.0, 1.0]), np.array([0.5, 0.5])
    assert [generalised_lorenz(x, p, at)[0] for at in (0.25, 0.5, 0.75, 1.0)] == pytest.approx([0.25, 0.5, 1.25, 2.0])


# ------------------------------------------------------------------------------------------ regions, errors


def test_regions_say_that_they_are_between_only() -> None:
    table = between_regions([1.0, 3.0], [100, 100], ["gini", "theil_t"]).to_frame()
    assert set(table["part"]) == {"between regions only"}
    assert "Inequality inside regions is not" in between_regions([1.0, 3.0], [1, 1], "gini").to_table().note


def test_few_clusters_leave_no_standard_error() -> None:
    x, w = people()
    found = inequality(micro_data(x, weights=w, clusters=np.arange(60) % 4), "gini")
    table = found.to_table()
    assert table.columns["se"] == (None,)
    assert "too few: 4 clusters" in table.note


X = [1.0, 2.0, 4.0]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: micro_data(X), UsageError, "micro data have no weights"),
        (lambda: micro_data(X, weights="same"), UsageError, "weights are 'same'"),
        (
            lambda: micro_data(X, weights=[1, 0, 1]),
            MethodError,
            "zero or negative in 1 of 3 rows, the first in row 1, from zero",
        ),
        (lambda: micro_data([1.0, np.nan], weights="equal"), MethodError, "income misses 1 of 2 values"),
        (lambda: micro_data(X, weights=[1, 2]), MethodError, "weights has shape"),
        (lambda: micro_data(X, weights="equal", zone=[1, 0, 2]), MethodError, "other values than true and false"),
        (
            lambda: micro_data(X, weights="equal", zone=[1, 0, 0], comparison=[1, 1, 0]),
            UsageError,
            "1 rows are in the zone and in the comparison",
        ),
        (
            lambda: inequality(micro_data([-1.0, 3.0], weights="equal"), "theil_t"),
            MethodError,
            "1 of 2 incomes is neg",
        ),
        (lambda: inequality(micro_data([0.0, 3.0], weights="equal"), "theil_l"), MethodError, "zero or negative"),
        (lambda: inequality(micro_data([-1.0, 1.0], weights="equal"), "gini"), MethodError, "mean income is 0"),
        (lambda: inequality(micro_data([0.0, 0, 0, 1], weights="equal"), "palma"), MethodError, "poorest 40%"),
        (lambda: inequality(micro_data(X, weights="equal"), "headcount"), UsageError, "no poverty line"),
        (lambda: inequality(micro_data(X, weights="equal"), "headcount", line=-1), UsageError, "poverty line is -1"),
        (lambda: inequality(micro_data(X, weights="equal"), "ginny"), UsageError, "Did you mean 'gini'"),
        (lambda: inequality(micro_data(X, weights="equal"), []), UsageError, "no index"),
        (lambda: inequality(micro_data(X, weights="equal"), "gini", level=95), UsageError, "level is 95"),
        (lambda: decompose(micro_data(X, weights="equal")), UsageError, "have no groups"),
        (lambda: decompose(micro_data(X, weights="equal", groups=list("aaa"))), MethodError, "only one group, a"),
        (lambda: between_regions([1.0], [1.0], "gini"), MethodError, "only one region"),
        (lambda: grouped_inequality([0.5, 0.6], "gini"), MethodError, "add up to 1.1"),
        (lambda: grouped_inequality([0.6, 0.4], "gini"), MethodError, "part 2 has a lower mean income than part 1"),
        (lambda: grouped_inequality([0.4, 0.6], "mean"), UsageError, "does not follow from shares"),
        (lambda: grouped_inequality([1.0], "gini"), MethodError, "two parts or more"),
    ],
)
def test_errors_are_one_clear_statement(call: Callable[[], object], error: type[Exception], message: str) -> None:
    with pytest.raises(error) as caught:
        call()
    assert message in str(caught.value)


def test_columns_of_a_frame() -> None:
    import pandas as pd

    frame = pd.DataFrame({"pay": X, "size": [1, 2, 3], "where": ["a", "b", "b"]})
    data = micro_data_of(frame, "pay", weights="size", groups="where", unit="USD")
    assert data.population == 6
    assert data.unit == "USD"
    with pytest.raises(UsageError, match=r"no column 'siz'\. Did you mean 'size'"):
        micro_data_of(frame, "pay", weights="siz")
    with pytest.raises(UsageError, match="no weights"):
        micro_data_of(frame, "pay")
