"""Effects with covariates beside weighted estimators, differentiated by complex steps, and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

import numpy as np
import pytest
from tests.unit.many.plain import Data, Effect, average, draw, effects_of

from pilotzone.core import DataError, MethodError, UsageError
from pilotzone.evaluation.many import (
    Adjustment,
    Base,
    Comparison,
    Controls,
    StackedColumns,
    aggregate_effects,
    covariate_effects,
    group_time_effects,
    moments_of,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Complexes = NDArray[np.complex128]

INF = np.inf
TWO: dict[str, tuple[int, ...]] = {"jobs": (2010, 2011, 2012), "co2": (2008, 2010, 2012)}
SIZES: dict[float, int] = {2008: 2, 2011: 20, 2012: 21, INF: 24}


def prepared() -> tuple[Data, dict[str, Floats], StackedColumns]:
    """Return outcomes whose trends depend on two covariates, which differ between cohorts."""
    data = draw(SIZES, TWO, seed=5)
    rng = np.random.default_rng(6)
    late = np.isinf(data.cohorts)
    covariates = {"size": rng.normal(size=len(late)) + 0.4 * late, "share": 100 + 20 * rng.random(len(late))}
    trend = 0.3 * covariates["size"] + 0.01 * covariates["share"]
    for k, (name, periods) in enumerate(TWO.items()):
        data.values[name] += 10.0**k * trend[:, None] * (np.array(periods) - periods[0])
    return data, covariates, StackedColumns(tuple(TWO), tuple(TWO.values()))


def logit(X: Floats, treated: Floats, weight: Complexes) -> Complexes:
    """Return fitted probabilities of a weighted logistic regression by Newton's method."""
    beta = np.zeros(X.shape[1], dtype=complex)
    for _ in range(12):
        p = 1 / (1 + np.exp(-X @ beta))
        beta = beta + np.linalg.solve(X.T @ ((weight * p * (1 - p))[:, None] * X), X.T @ (weight * (treated - p)))
    return np.asarray(1 / (1 + np.exp(-X @ beta)), dtype=complex)


def adjusted(change: Floats, treated: Floats, X: Floats, weight: Complexes, adjustment: str) -> complex:
    """Return the effect of the paper, written as a function of a weight on each unit."""
    one, other = weight * treated, weight * (1 - treated)
    rest = change.astype(complex)
    if adjustment != "ipw":
        rest -= X @ np.linalg.solve(X.T @ (other[:, None] * X), X.T @ (other * change))
    if adjustment == "reg":
        return complex((one @ rest) / one.sum())
    p = logit(X, treated, weight)
    odds = other * p / (1 - p)
    # diff-diff divides by the treated in the doubly robust one, as the paper's moment does; DRDID by the odds' sum.
    total = one.sum() if adjustment == "dr" else odds.sum()
    return complex((one @ rest) / one.sum() - (odds @ rest) / total)


def weighted(data: Data, effects: list[Effect], X: Floats, weight: Complexes, adjustment: str) -> dict[Any, complex]:
    found: dict[Any, complex] = {}
    for effect in effects:
        some = effect.treated | effect.controls
        treated = effect.treated[some].astype(float)
        found[effect.name] = adjusted(data.change(effect)[some], treated, X[some], weight[some], adjustment)

    def pool(name: Any, parts: list[Any], cohorts: list[float]) -> None:  # noqa: ANN401
        mass = [weight[data.cohorts == cohort].sum() for cohort in cohorts]
        found[name] = sum(m * found[part] for m, part in zip(mass, parts, strict=True)) / sum(mass)

    def mean(name: Any, parts: list[Any]) -> None:  # noqa: ANN401
        found[name] = sum(found[part] for part in parts) / len(parts)

    for outcome in data.periods:
        average(outcome, effects, pool, mean)
    return found


@pytest.mark.parametrize(
    ("adjustment", "how"),
    [
        ("reg", Comparison("not_yet_treated", "universal", 1)),
        ("ipw", Comparison("never_treated", "varying")),
        ("dr", Comparison("not_yet_treated", "varying")),
    ],
)
def test_effects_and_joint_covariance_are_those_of_weighted_estimators(adjustment: Adjustment, how: Comparison) -> None:
    """Influences are derivatives by units' weights, those through the fitted models among them."""
    data, covariates, layout = prepared()
    effects = covariate_effects(data.values, data.cohorts, covariates, layout, how, adjustment)
    averages = aggregate_effects(effects, "simple", "dynamic")
    plain = [e for e in effects_of(data, how.controls, how.base, how.anticipation) if e.period != e.base]
    X = np.column_stack([np.ones(len(data.cohorts)), *covariates.values()])
    X[:, 2] = (X[:, 2] - 110) / 10
    names: list[Any] = [(c.outcome, float(c.cohort), c.period) for c in effects.cells if not c.reference]
    assert names == [item.name for item in plain]
    values = weighted(data, plain, X, np.ones(len(X), dtype=complex), adjustment)
    kept = [c for c, cell in enumerate(effects.cells) if not cell.reference]
    np.testing.assert_allclose(effects.estimate[kept], [values[name].real for name in names], rtol=1e-8)
    influence = {name: np.empty(len(X)) for name in values}
    for i in range(len(X)):
        weight = np.ones(len(X), dtype=complex)
        weight[i] += 1e-30j
        for name, value in weighted(data, plain, X, weight, adjustment).items():
            influence[name][i] = value.imag / 1e-30
    assert_joint(effects.covariance[np.ix_(kept, kept)], np.array([influence[name] for name in names]))
    rows = [k for k, row in enumerate(averages.rows) if (row.kind, row.outcome, row.at) in values]
    assert len(rows) >= 6
    labels: list[Any] = [(averages.rows[k].kind, averages.rows[k].outcome, averages.rows[k].at) for k in rows]
    np.testing.assert_allclose(averages.estimate[rows], [values[name].real for name in labels], rtol=1e-8)
    assert_joint(averages.covariance[np.ix_(rows, rows)], np.array([influence[name] for name in labels]))


def assert_joint(ours: Floats, influence: Floats) -> None:
    expected = influence @ influence.T
    scale = np.sqrt(np.outer(np.diag(expected), np.diag(expected)))
    assert (np.abs(ours - expected) <= 1e-7 * scale).all()


@pytest.mark.parametrize("controls", get_args(Controls))
@pytest.mark.parametrize("base", get_args(Base))
def test_covariates_that_say_nothing_change_nothing(controls: Controls, base: Base) -> None:
    """A covariate orthogonal to outcomes and treatment, in each cohort: pairs of equal units with opposite values."""
    data, _, layout = prepared()
    twice = Data(np.repeat(data.cohorts, 2), {o: np.repeat(v, 2, axis=0) for o, v in data.values.items()}, data.periods)
    sign = np.tile([-1.0, 1.0], len(data.cohorts))
    how = Comparison(controls, base)
    found = covariate_effects(twice.values, twice.cohorts, {"sign": sign}, layout, how, "reg")
    plain = group_time_effects(moments_of(layout.stack(twice.values), twice.cohorts), layout, how)
    assert found.cells == plain.cells
    np.testing.assert_allclose(found.estimate, plain.estimate, rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(found.se, plain.se, rtol=1e-9)
    for (at, here), (_, there) in zip(found.variation.parts, plain.variation.parts, strict=True):
        every = np.eye(len(at))
        np.testing.assert_allclose(here.parts(every), there.parts(every), rtol=1e-8, atol=1e-12)
        np.testing.assert_array_equal(here.resting(every).alike, there.resting(every).alike)
    np.testing.assert_allclose(
        aggregate_effects(found, "simple", "group").covariance,
        aggregate_effects(plain, "simple", "group").covariance,
        rtol=1e-8,
        atol=1e-12,
    )


def test_what_cannot_be_estimated_is_listed() -> None:
    """Fewer controls than covariates: the cohort that has others as controls keeps its effects."""
    data = draw({2012: 30, 2013: 25, INF: 2}, {"jobs": (2010, 2011, 2012, 2013)}, seed=2)
    rng = np.random.default_rng(3)
    covariates = {f"x{j}": rng.normal(size=len(data.cohorts)) for j in range(2)}
    layout = StackedColumns(("jobs",), (data.periods["jobs"],))
    how = Comparison("not_yet_treated")
    found = covariate_effects(data.values, data.cohorts, covariates, layout, how, "reg")
    lost = {(item.cohort, item.period) for item in found.left_out}
    assert lost == {(2012, 2013), (2013, 2012), (2013, 2013)}
    assert all(item.why.startswith("covariates cannot be used") for item in found.left_out), found.left_out
    assert {(c.cohort, c.period) for c in found.cells} == {(2012, 2011), (2012, 2012), (2013, 2011)}


def test_what_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    data, covariates, layout = prepared()
    n = len(data.cohorts)
    bad: list[tuple[dict[str, Any], type[Exception], str]] = [
        ({}, MethodError, "there is no covariate"),
        ({"size": np.ones(n)}, DataError, "'size' is the same for all units"),
        ({"size": np.ones(n - 1)}, DataError, r"'size' has shape \(66,\)"),
        ({"size": ["a"] * n}, DataError, "'size' is not a number"),
        ({"size": np.where(np.arange(n) == 7, np.nan, 1.0)}, DataError, "the first is unit 7"),
    ]
    for given, error, said in bad:
        with pytest.raises(error, match=said):
            covariate_effects(data.values, data.cohorts, given, layout)
    with pytest.raises(UsageError, match="adjustment is 'aipw'"):
        covariate_effects(data.values, data.cohorts, covariates, layout, None, "aipw")  # type: ignore[arg-type]
    monkeypatch.setattr("pilotzone.evaluation.many.estimators.covariates.MOST_INFLUENCES", 67 * 7)
    with pytest.raises(DataError, match=r"67 units have \d+ effects.*(?s:.*)draw a sample of the units"):
        covariate_effects(data.values, data.cohorts, covariates, layout)
