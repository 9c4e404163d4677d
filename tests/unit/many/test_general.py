"""Unbalanced panels, weights, clusters and repeated cross-sections beside estimators written plainly, unit by unit.

Two oracles share nothing with the package: units' influences written down, and estimators as functions of a factor on
each unit, or each cluster of them, differentiated by complex steps. Nobody has to know an influence function for that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
import pandas as pd
import pytest
from tests.unit.many.plain import Data, average, draw, effects_of

from pilotzone.core import DataError, MethodError
from pilotzone.evaluation.many import AggregateKind, Comparison, GroupTimeEffects, aggregate_effects, evaluate
from pilotzone.evaluation.many.cells.weights import Weights
from pilotzone.evaluation.many.estimators.effects import group_time_effects
from pilotzone.evaluation.many.moments.kernels import MomentsKernel, stacked_columns_of
from pilotzone.evaluation.many.passes.general import general_effects
from pilotzone.evaluation.many.passes.sections import section_effects
from pilotzone.store import PanelColumns, open_panel

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from tests.unit.many.plain import Effect, Name

    Floats = NDArray[np.float64]
    Complexes = NDArray[np.complex128]

INF = np.inf
STEP = 1e-30
KINDS: tuple[AggregateKind, ...] = get_args(AggregateKind)
PERIODS: tuple[int, ...] = (2010, 2011, 2012, 2014, 2015)
TWO = {"jobs": PERIODS, "co2": PERIODS}
SIZES: dict[float, int] = {2009: 4, 2012: 14, 2014: 11, 2015: 2, 2019: 5, INF: 16}
ENDING: dict[float, int] = {2012: 9, 2014: 8, 2015: 7}


@dataclass(frozen=True, eq=False)
class Case:
    """A panel with what its units have besides outcomes."""

    data: Data
    weights: Floats
    clusters: NDArray[np.int64] | None

    def frame(self, rng: np.random.Generator) -> pd.DataFrame:
        """Return its rows in any order; rows without an outcome are there or not."""
        n, T = len(self.data.cohorts), len(PERIODS)
        found = pd.DataFrame(
            {
                "unit": np.repeat(np.arange(n), T),
                "year": np.tile(PERIODS, n),
                "start": np.repeat(self.data.cohorts, T),
                "weight": np.repeat(self.weights, T),
                "cluster": np.repeat(np.arange(n) if self.clusters is None else self.clusters, T),
                **{name: values.ravel() for name, values in self.data.values.items()},
            }
        )
        empty = found["jobs"].isna() & found["co2"].isna()
        return found[~empty | (rng.random(len(found)) < 0.5)].sample(frac=1, random_state=1)

    def columns(self, *, weighted: bool) -> PanelColumns:
        cluster = None if self.clusters is None else "cluster"
        return PanelColumns("unit", "year", "start", ("jobs", "co2"), cluster, "weight" if weighted else None)


def case(sizes: dict[float, int], *, holes: bool, weighted: bool, clusters: str, seed: int = 3) -> Case:
    data = draw(sizes, TWO, seed)
    rng = np.random.default_rng(seed)
    n = len(data.cohorts)
    values = {name: found.copy() for name, found in data.values.items()}
    if holes:
        for found in values.values():
            found[rng.random(found.shape) < 0.15] = np.nan
            found[rng.random(n) < 0.1] = np.nan  # some lack an outcome in all periods, and others another one
    weights = rng.uniform(0.3, 3, n) if weighted else np.ones(n)
    groups = None
    if clusters == "nested":
        groups = np.searchsorted(np.unique(data.cohorts), data.cohorts) * 10 + rng.integers(0, 6, n)
    if clusters == "across":
        groups = rng.integers(0, 12, n)
    return Case(Data(data.cohorts, values, data.periods), weights, groups)


def panel_values(data: Data, effects: list[Effect], factor: Complexes) -> dict[Name, complex]:
    """Return all effects as functions of what each unit counts for."""
    found: dict[Name, complex] = {}
    for effect in effects:
        d = data.change(effect)
        there = ~np.isnan(d)
        one, other = there & effect.treated, there & effect.controls
        found[effect.name] = factor[one] @ d[one] / factor[one].sum() - factor[other] @ d[other] / factor[other].sum()
    return found


def section_values(data: Data, effects: list[Effect], factor: Complexes) -> dict[Name, complex]:
    """Return the same where each row counts for itself: factor has shape (units, periods)."""
    found: dict[Name, complex] = {}
    for effect in effects:
        values, total = data.values[effect.outcome], 0j
        # A reference is zero by definition; taking a mean off itself would leave rounding.
        for period, sign in ((effect.period, 1), (effect.base, -1)) if effect.period != effect.base else ():
            t = PERIODS.index(period)
            there = ~np.isnan(values[:, t])
            for side, turn in ((effect.treated, 1), (effect.controls, -1)):
                rows = there & side
                total += sign * turn * (factor[rows, t] @ values[rows, t]) / factor[rows, t].sum()
        found[effect.name] = total
    return found


def with_averages(
    data: Data, effects: list[Effect], values: dict[Name, complex], sizes: dict[tuple[str, float], complex]
) -> dict[Name, complex]:
    found = dict(values)

    def pool(name: Name, parts: list[Name], cohorts: list[float]) -> None:
        mass = [sizes[name[1], cohort] for cohort in cohorts]
        found[name] = sum(m * found[part] for m, part in zip(mass, parts, strict=True)) / sum(mass)

    def mean(name: Name, parts: list[Name]) -> None:
        found[name] = sum(found[part] for part in parts) / len(parts)

    for outcome in data.periods:
        average(outcome, effects, pool, mean)
    return found


def by_steps(one: Case, effects: list[Effect], *, sections: bool) -> tuple[dict[Name, float], dict[Name, Floats]]:
    """Return estimates and the influence of each unit, row or cluster, by complex steps."""
    data, n = one.data, len(one.data.cohorts)
    cohorts = np.unique(data.cohorts)
    rows = np.ones((n, len(PERIODS)), dtype=bool)
    if sections:
        draws = np.arange(n * len(PERIODS)).reshape(n, -1)
        if one.clusters is not None:
            draws = np.repeat(one.clusters[:, None], len(PERIODS), axis=1)
    else:
        draws = np.repeat((np.arange(n) if one.clusters is None else one.clusters)[:, None], len(PERIODS), axis=1)
    weights = np.repeat(one.weights[:, None], len(PERIODS), axis=1)

    def whole(factor: Complexes) -> dict[Name, complex]:
        # Cohorts count by those who have the outcome: units in any period, or rows.
        there = {name: ~np.isnan(found) for name, found in data.values.items()}
        if sections:
            sizes = {
                (name, float(c)): (factor * rows * has)[data.cohorts == c].sum()
                for name, has in there.items()
                for c in cohorts
            }
            return with_averages(data, effects, section_values(data, effects, factor), sizes)
        sizes = {
            (name, float(c)): factor[(data.cohorts == c) & has.any(axis=1), 0].sum()
            for name, has in there.items()
            for c in cohorts
        }
        return with_averages(data, effects, panel_values(data, effects, factor[:, 0]), sizes)

    plain = whole(weights.astype(complex))
    influence: dict[Name, list[float]] = {name: [] for name in plain}
    for item in np.unique(draws):
        for name, value in whole(weights * (1 + 1j * STEP * (draws == item))).items():
            influence[name].append(value.imag / STEP)
    return {name: value.real for name, value in plain.items()}, {k: np.array(v) for k, v in influence.items()}


def assert_same(
    found: GroupTimeEffects, effects: list[Effect], values: dict[Name, float], influence: dict[Name, Floats]
) -> None:
    names: list[Any] = [(c.outcome, float(c.cohort), c.period) for c in found.cells]
    assert names == [item.name for item in effects]
    averages = aggregate_effects(found, *KINDS)
    labels: list[Any] = [(row.kind, row.outcome, row.at) for row in averages.rows]
    for ours, covariance, keys in (
        (found.estimate, found.covariance, names),
        (averages.estimate, averages.covariance, labels),
    ):
        np.testing.assert_allclose(ours, [values[name] for name in keys], rtol=1e-10, atol=1e-12)
        expected = np.array([influence[name] for name in keys])
        expected = expected @ expected.T
        scale = np.sqrt(np.outer(expected.diagonal(), expected.diagonal()))
        assert (np.abs(covariance - expected) <= 1e-10 * scale + 1e-20).all()


HOWS = [
    (SIZES, Comparison("never_treated", "varying", 0)),
    (SIZES, Comparison("not_yet_treated", "varying", 1)),
    (SIZES, Comparison("not_yet_treated", "universal", 0)),
    (ENDING, Comparison("not_yet_treated", "varying", 0)),
]


@pytest.mark.parametrize(("sizes", "how"), HOWS)
@pytest.mark.parametrize("clusters", ["none", "nested", "across"])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("holes", [False, True])
def test_panels(sizes: dict[float, int], how: Comparison, clusters: str, weighted: bool, holes: bool) -> None:
    one = case(sizes, holes=holes, weighted=weighted, clusters=clusters)
    panel = open_panel(one.frame(np.random.default_rng(1)), one.columns(weighted=weighted))
    effects = [
        effect
        for effect in effects_of(one.data, how.controls, how.base, how.anticipation)
        if all((side & ~np.isnan(one.data.change(effect))).any() for side in (effect.treated, effect.controls))
    ]
    found = general_effects(panel, how)
    assert_same(found, effects, *by_steps(one, effects, sections=False))
    for cell, effect in zip(found.cells, effects, strict=True):
        there = ~np.isnan(one.data.change(effect))
        assert (cell.treated_units, cell.control_units) == (
            (there & effect.treated).sum(),
            (there & effect.controls).sum(),
        )
        groups = np.arange(len(there)) if one.clusters is None else one.clusters
        if one.clusters is not None:
            assert cell.treated_clusters == len(set(groups[there & effect.treated]))
            assert cell.control_clusters == len(set(groups[there & effect.controls]))
    assert found.estimand == "pairwise balanced"
    assert found.clusters == (None if one.clusters is None else len(set(one.clusters)))
    if found.cluster_sums is not None:
        np.testing.assert_allclose(
            found.cluster_sums[:, : len(found.cells)].T @ found.cluster_sums[:, : len(found.cells)],
            found.covariance,
            rtol=1e-9,
            atol=1e-20,
        )


@pytest.mark.parametrize(("sizes", "how"), HOWS[:3])
@pytest.mark.parametrize("clusters", ["none", "across"])
@pytest.mark.parametrize("weighted", [False, True])
def test_repeated_cross_sections(sizes: dict[float, int], how: Comparison, clusters: str, weighted: bool) -> None:
    one = case(sizes, holes=False, weighted=weighted, clusters=clusters)
    panel = open_panel(one.frame(np.random.default_rng(1)), one.columns(weighted=weighted))
    effects = effects_of(one.data, how.controls, how.base, how.anticipation)
    found = section_effects(panel, how)
    assert_same(found, effects, *by_steps(one, effects, sections=True))
    assert found.estimand == "repeated cross-section"


@pytest.mark.parametrize(("sizes", "how"), HOWS)
def test_general_and_fast_path_agree(sizes: dict[float, int], how: Comparison) -> None:
    one = case(sizes, holes=False, weighted=False, clusters="none")
    panel = open_panel(one.frame(np.random.default_rng(1)), one.columns(weighted=False))
    general = general_effects(panel, how)
    kernel = MomentsKernel(stacked_columns_of(panel.facts()), panel.facts().periods)
    fast = group_time_effects(panel.carry(kernel), kernel.layout, how)
    assert general.cells == fast.cells
    np.testing.assert_allclose(general.estimate, fast.estimate, rtol=1e-10, atol=1e-12)
    ours, theirs = aggregate_effects(general, *KINDS), aggregate_effects(fast, *KINDS)
    for a, b in ((general.covariance, fast.covariance), (ours.covariance, theirs.covariance)):
        scale = np.sqrt(np.outer(b.diagonal(), b.diagonal()))
        assert (np.abs(a - b) <= 1e-10 * scale + 1e-20).all()
    weights = ours.weights
    split = [item.variation.split(Weights.of(weights)) for item in (general, fast)]
    for (_, some, by_unit), (_, also, by_moments) in zip(*split, strict=True):
        one_by_one, summed = by_unit.parts(some), by_moments.parts(also)
        np.testing.assert_allclose(one_by_one, summed, rtol=1e-8, atol=1e-10 * summed.max())
        here, there = by_unit.resting(some), by_moments.resting(also)
        np.testing.assert_allclose(here.alike, there.alike, rtol=1e-12, atol=1e-14)
        rest = there.alike > 1e-14
        np.testing.assert_allclose(here.numbers[rest], there.numbers[rest], rtol=1e-12)
        np.testing.assert_allclose(here.factors[rest], there.factors[rest], rtol=1e-12)


@pytest.mark.parametrize("rows", [1, 7, 50])
def test_batches_do_not_matter(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    one = case(SIZES, holes=True, weighted=True, clusters="across")
    frame, columns = one.frame(np.random.default_rng(1)), one.columns(weighted=True)
    whole = [general_effects(open_panel(frame, columns)), section_effects(open_panel(frame, columns))]
    monkeypatch.setattr("pilotzone.store.duck._BATCH", rows)
    monkeypatch.setattr("pilotzone.evaluation.many.passes.second_pass.CHUNK", 3)
    parts = [general_effects(open_panel(frame, columns)), section_effects(open_panel(frame, columns))]
    for a, b in zip(whole, parts, strict=True):
        np.testing.assert_allclose(a.estimate, b.estimate, rtol=1e-11, atol=1e-12)
        np.testing.assert_allclose(a.covariance, b.covariance, rtol=1e-9, atol=1e-11)
        assert a.used == b.used


def test_what_units_are_not_there_for_is_left_out_and_said() -> None:
    one = case(SIZES, holes=False, weighted=False, clusters="none")
    frame = one.frame(np.random.default_rng(1))
    frame.loc[(frame["start"] == 2012) & (frame["year"] == 2015), ["jobs"]] = np.nan
    found = general_effects(open_panel(frame, one.columns(weighted=False)))
    missing = [(item.outcome, item.period, item.why) for item in found.left_out if item.cohort == 2012]
    assert missing == [("jobs", 2015, "no unit of the cohort has the outcome when needed")]
    frame.loc[frame["start"] == INF, "jobs"] = np.nan
    frame.loc[frame["start"] == 2019, "jobs"] = np.nan
    found = general_effects(open_panel(frame, one.columns(weighted=False)))
    assert {item.why for item in found.left_out if item.outcome == "jobs" and item.period} >= {
        "no unit to compare with has the outcome when needed"
    }


def test_more_clusters_and_effects_than_can_be_held_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pilotzone.evaluation.many.passes.second_pass.MOST", 100)
    one = case(SIZES, holes=True, weighted=False, clusters="across")
    frame = one.frame(np.random.default_rng(1))
    with pytest.raises(DataError, match="12 clusters have 24 effects, which are too many"):
        general_effects(open_panel(frame, one.columns(weighted=False)))
    with pytest.raises(MethodError, match="needs cohorts' moments"):
        evaluate(frame, unit="unit", time="year", cohort="start", outcomes="jobs", estimator="imputation")


def test_evaluation_of_each_kind_of_panel() -> None:
    """The one door takes all of them, and a row drawn anew needs no unit of its own."""
    one = case(SIZES, holes=True, weighted=True, clusters="nested")
    frame = one.frame(np.random.default_rng(1))
    named: dict[str, Any] = {"unit": "unit", "time": "year", "cohort": "start", "outcomes": ["jobs", "co2"]}
    cases: tuple[dict[str, Any], ...] = ({}, {"weight": "weight"}, {"cluster": "cluster"}, {"cross_sections": True})
    for options in cases:
        found = evaluate(frame, **named, **options)
        (row, _) = found.overall
        panel = open_panel(
            frame,
            PanelColumns("unit", "year", "start", ("jobs", "co2"), options.get("cluster"), options.get("weight")),
        )
        plain = (section_effects if options.get("cross_sections") else general_effects)(panel)
        averages = aggregate_effects(plain, "group")
        assert row.estimate == pytest.approx(averages.estimate[0], rel=1e-12)
        assert found.effects.estimand == plain.estimand
    repeated = frame.assign(unit=1)
    same = evaluate(repeated, **named, cross_sections=True)
    assert same.overall[0].estimate == pytest.approx(evaluate(frame, **named, cross_sections=True).overall[0].estimate)


def test_differences_before_that_rest_on_too_few_units_are_told_and_not_tested() -> None:
    """A small cohort treated late has the only early differences; a large one the others."""
    data = draw({2012: 30, 2015: 3, INF: 40}, {"jobs": PERIODS}, 5)
    frame = pd.DataFrame(
        {
            "unit": np.repeat(np.arange(73), 5),
            "year": np.tile(PERIODS, 73),
            "start": np.repeat(data.cohorts, 5),
            "jobs": data.values["jobs"].ravel(),
            "town": np.repeat(np.arange(73), 5),
        }
    )
    outcome = "jobs,role=development,scale=level,margin=5"
    found = evaluate(frame, unit="unit", time="year", cohort="start", outcomes=outcome)
    (check, _) = found.joint.identification[0].checks
    assert check.state == "passed"
    assert "The one difference before treatment is" in check.statement
    assert "3 more rest on too few units to be tested." in check.statement
    assert found.joint.covariance is not None
    assert found.joint.covariance.drawn == "units"
    clustered = evaluate(frame, unit="unit", time="year", cohort="start", outcomes=outcome, cluster="town")
    assert clustered.joint.covariance is not None
    assert clustered.joint.covariance.drawn == "clusters"
    refused = {row.refused for row in clustered.rows if row.refused}
    assert refused == {"too few: 3 clusters in a group that matters, 5 needed"}
