"""The same numbers from both engines, and from Spark however its tasks fare."""

from __future__ import annotations

import pickle
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from tests.engines import panels
from tests.engines.java import need_java
from tests.engines.panels import STAGGERED, Failing, Told, staggered

from pilotzone.evaluation.many import (
    CohortMoments,
    Comparison,
    GroupTimeEffects,
    MomentsKernel,
    aggregate_effects,
    group_time_effects,
    stacked_columns_of,
)
from pilotzone.store import PanelColumns, PanelFacts, open_panel
from pilotzone.study.panel.record import evaluation_record

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pilotzone.store import Engine


@pytest.fixture(scope="module")
def expected() -> tuple[PanelFacts, CohortMoments]:
    return taken(open_panel(staggered(), STAGGERED))


@pytest.fixture(scope="module", autouse=True)
def _by_value() -> Iterator[None]:
    cloudpickle = pytest.importorskip("pyspark.cloudpickle")
    cloudpickle.register_pickle_by_value(panels)
    yield
    cloudpickle.unregister_pickle_by_value(panels)


@pytest.fixture
def many_tasks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut the panel into five tasks, whose states are merged to three before they come back."""
    monkeypatch.setattr("pilotzone.store.spark._MOST", 840)
    monkeypatch.setattr("pilotzone.store.spark._FAN", 2)


def taken(panel: Engine) -> tuple[PanelFacts, CohortMoments]:
    facts = panel.facts()
    return facts, panel.carry(kernel_of(facts))


def kernel_of(facts: PanelFacts) -> MomentsKernel:
    return MomentsKernel(stacked_columns_of(facts), facts.periods)


def effects(facts: PanelFacts, moments: CohortMoments) -> GroupTimeEffects:
    return group_time_effects(moments, stacked_columns_of(facts), Comparison("not_yet_treated"))


def assert_same(found: tuple[PanelFacts, CohortMoments], expected: tuple[PanelFacts, CohortMoments]) -> None:
    """Facts are the same; moments, effects, averages and their covariances to 1e-10 of their size."""
    (facts, moments), (facts_there, moments_there) = found, expected
    assert facts.periods == facts_there.periods
    assert (facts.rows, facts.units) == (facts_there.rows, facts_there.units)
    for name in ("cohorts", "counts"):
        np.testing.assert_array_equal(getattr(facts, name), getattr(facts_there, name))
        np.testing.assert_array_equal(getattr(moments, name), getattr(moments_there, name))
    for name, counts in facts_there.observed.items():
        np.testing.assert_array_equal(facts.observed[name], counts)
    assert_near(moments.means, moments_there.means)
    assert_near(moments.products, moments_there.products)
    here, there = effects(*found), effects(*expected)
    assert here.cells == there.cells
    assert_near(here.estimate, there.estimate)
    assert_near(here.covariance, there.covariance)
    averages, averages_there = (aggregate_effects(item, "simple", "dynamic") for item in (here, there))
    assert_near(averages.estimate, averages_there.estimate)
    assert_near(averages.covariance, averages_there.covariance)


def assert_near(found: Any, expected: Any) -> None:  # noqa: ANN401 - arrays
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-10 * np.abs(expected).max())


@pytest.mark.spark
@pytest.mark.usefixtures("many_tasks")
def test_spark_gives_the_numbers_of_duckdb(expected: tuple[PanelFacts, CohortMoments]) -> None:
    assert_same(taken(open_panel(staggered(), STAGGERED, engine="spark")), expected)


@pytest.mark.spark
@pytest.mark.usefixtures("many_tasks")
def test_not_a_digit_depends_on_where_rows_lie(
    spark: Any,  # noqa: ANN401 - a session
    expected: tuple[PanelFacts, CohortMoments],
) -> None:
    data = spark.createDataFrame(staggered())
    one, other = (
        open_panel(panel, STAGGERED, engine="spark").carry(kernel_of(expected[0]))
        for panel in (data.repartition(1), data.repartition(3, "year"))
    )
    for name in ("means", "tails", "products"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


@pytest.mark.spark
def test_a_task_that_fails_twice_and_then_succeeds_counts_once(
    expected: tuple[PanelFacts, CohortMoments], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pilotzone.store.spark._MOST", 1500)  # three tasks
    panel = open_panel(staggered(), STAGGERED, engine="spark")
    told: Told = panel.carry(Failing(kernel_of(expected[0]), attempts=2))
    assert set(told.attempts) == {0, 2}
    assert_same((panel.facts(), told.state), expected)


@pytest.mark.spark
def test_a_task_that_fails_thrice_fails_the_pass_with_the_kernels_own_error() -> None:
    from pyspark.errors import PythonException

    kernel = kernel_of(open_panel(staggered(20), STAGGERED).facts())
    with pytest.raises(PythonException, match="OSError: attempt 2 fails"):
        open_panel(staggered(20), STAGGERED, engine="spark").carry(Failing(kernel, attempts=3))


@pytest.mark.spark
def test_a_worker_that_is_killed_changes_nothing(
    expected: tuple[PanelFacts, CohortMoments], tmp_path: Path, alone: None
) -> None:
    assert alone is None
    target = tmp_path / "state.pickle"
    (tmp_path / "kernel.pickle").write_bytes(pickle.dumps(kernel_of(expected[0])))
    done = subprocess.run(
        [sys.executable, "-m", "tests.engines.cluster", str(target)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    told = pickle.loads(target.read_bytes())  # noqa: S301 - written by our own script
    assert_same((expected[0], told.state), expected)
    # The workers had no package but the archive that was sent to them.
    assert told.modules
    assert all(".zip/" in name for name in told.modules)


@pytest.fixture
def alone() -> None:
    """Say that a test starts a session of its own, in a process of its own."""
    need_java()


def near(found: Any, expected: Any, where: str = "") -> None:  # noqa: ANN401 - plain data
    """Plain data are the same; numbers to 1e-10."""
    if isinstance(expected, dict):
        assert list(found) == list(expected), where
        for key, value in expected.items():
            near(found[key], value, f"{where}.{key}")
    elif isinstance(expected, list | tuple):
        assert len(found) == len(expected), where
        for k, value in enumerate(expected):
            near(found[k], value, f"{where}[{k}]")
    elif isinstance(expected, float):
        assert found == pytest.approx(expected, rel=1e-10, abs=1e-10), where
    else:
        assert found == expected, where


@pytest.mark.spark
def test_a_whole_evaluation_is_the_same(tmp_path: Path) -> None:
    from pilotzone.evaluation.many import evaluate
    from pilotzone.study.panel.run import evaluation_findings

    outcomes = ["jobs,role=development,scale=level,margin=1", "co2,role=environment,good=down,scale=level,margin=1"]
    staggered().to_parquet(tmp_path / "panel.parquet", index=False)
    records = []
    for engine in ("duckdb", "spark"):
        found = evaluate(
            tmp_path / "panel.parquet", unit="firm", time="year", cohort="start", outcomes=outcomes, engine=engine
        )
        findings = evaluation_findings("firms", found, data=tmp_path / "panel.parquet")
        records.append(evaluation_record(findings))
    assert records[0]["verdict"] is not None
    near(records[1], records[0])


@pytest.mark.spark
@pytest.mark.usefixtures("many_tasks")
@pytest.mark.parametrize("kind", ["holes", "weights and clusters", "cross-sections"])
def test_two_passes_are_the_same(kind: str) -> None:
    """Unbalanced panels, weights, clusters across tasks, and rows as units of their own."""
    from pilotzone.evaluation.many.passes.general import general_effects
    from pilotzone.evaluation.many.passes.sections import section_effects

    data = staggered()
    rng = np.random.default_rng(5)
    data.loc[rng.random(len(data)) < 0.1, "jobs"] = np.nan
    data["town"] = data["firm"] % 37
    data["weight"] = 1.0 + data["firm"] % 5 / 4
    both = kind == "weights and clusters"
    columns = PanelColumns(
        "firm", "year", "start", ("jobs", "co2"), "town" if both else None, "weight" if both else None
    )
    estimate = section_effects if kind == "cross-sections" else general_effects
    here, there = (estimate(open_panel(data, columns, engine=engine)) for engine in ("duckdb", "spark"))
    assert here.cells == there.cells
    assert (here.used, here.clusters) == (there.used, there.clusters)
    assert_near(there.estimate, here.estimate)
    assert_near(there.covariance, here.covariance)
    averages, averages_there = (aggregate_effects(item, "group", "dynamic") for item in (here, there))
    assert_near(averages_there.covariance, averages.covariance)


@pytest.mark.spark
@pytest.mark.parametrize("kind", ["rings and distance", "covariates"])
def test_places_and_covariates_are_the_same(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Views of a panel go with kernels to executors, and units come back in any order, from three tasks."""
    monkeypatch.setattr("pilotzone.store.spark._MOST", 1500)
    monkeypatch.setattr("pilotzone.store.spark._FAN", 2)
    from pilotzone.evaluation.many import Conley, Coordinates, Rings, evaluate

    data, rng = staggered(), np.random.default_rng(6)
    for name in ("east", "north", "size"):
        data[name] = data["firm"].map(dict(enumerate(rng.uniform(0, 900, 600).tolist())))
    data.to_parquet(tmp_path / "panel.parquet", index=False)
    place = Coordinates(("east", "north"), "km")
    options: dict[str, Any] = {"covariates": "size"}
    if kind != "covariates":
        options = {"spillovers": Rings(place, (15.0, 30.0)), "conley": Conley(place, 40.0)}
    found = [
        evaluate(
            tmp_path / "panel.parquet",
            unit="firm",
            time="year",
            cohort="start",
            outcomes=["jobs", "co2"],
            engine=engine,
            **options,
        )
        for engine in ("duckdb", "spark")
    ]
    one, other = found
    near(other.effects.estimate.tolist(), one.effects.estimate.tolist())
    scale = np.sqrt(np.outer(one.effects.covariance.diagonal(), one.effects.covariance.diagonal()))
    assert (np.abs(other.effects.covariance - one.effects.covariance) <= 1e-10 * scale + 1e-20).all()
    assert len(one.spillovers) == (0 if kind == "covariates" else 2)
    for a, b in zip(one.spillovers, other.spillovers, strict=True):
        assert a.units == b.units
        near(b.effects.estimate.tolist(), a.effects.estimate.tolist())
    assert other.notes == one.notes


@pytest.mark.spark
@pytest.mark.usefixtures("many_tasks")
def test_units_that_are_held_in_memory_are_the_same() -> None:
    """Effects by dose and by group: units come back from five tasks, in any order."""
    from pilotzone.evaluation.dose import DoseDesign, dose_effects
    from pilotzone.evaluation.inclusion import group_effects, quantile_groups, unit_effects_of

    data, rng = staggered(), np.random.default_rng(7)
    data["income"] = data["firm"].map(dict(enumerate(rng.uniform(1, 9, 600).tolist())))
    data["dose"] = np.where(np.isinf(data["start"]), 0.0, data["income"])
    doses, groups = [], []
    for engine in ("duckdb", "spark"):
        columns: dict[str, Any] = {"unit": "firm", "time": "year", "cohort": "start", "engine": engine}
        doses.append(
            dose_effects(data, ["jobs", "co2"], dose="dose", design=DoseDesign("strong_parallel_trends"), **columns)
        )
        units, known = unit_effects_of(data, ["jobs", "co2"], covariates="income", **columns)
        groups.append(group_effects(units, quantile_groups(known["income"], 3)))
        assert len(units.units) == 600
    here, there = (found.rows for found in doses)
    assert len(there) == len(here) > 100
    for of in ("estimate", "se"):
        one, other = (np.array([getattr(row, of) for row in rows]) for rows in (here, there))
        assert_near(other, one)
    assert_near(groups[1].joint.estimate, groups[0].joint.estimate)
    assert_near(groups[1].spread.se, groups[0].spread.se)
    assert groups[1].before.keys() == groups[0].before.keys()
