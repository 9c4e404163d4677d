"""Covariates on the way from a panel to a verdict: what arrays say, in clusters, in any order; and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest
from tests.unit.cli.command import call

from pilotzone.core import DataError, MethodError, UsageError
from pilotzone.evaluation.many import Adjustment, Comparison, ManyEffects, StackedColumns, covariate_effects, evaluate
from pilotzone.study.panel.page import design_words

if TYPE_CHECKING:
    from pathlib import Path

OUTCOMES = (
    "jobs,role=development,good=up,margin=0.3,scale=level",
    "co2,role=environment,good=down,margin=1,scale=level",
)
UNITS, PERIODS = 90, (2014, 2015, 2016, 2017)


def frame(seed: int = 0) -> pl.DataFrame:
    """Return a panel in which larger units grow faster and are treated more often: nothing else happens."""
    rng = np.random.default_rng(seed)
    size = rng.normal(size=UNITS)
    share = rng.random(UNITS)
    chance = size + rng.normal(size=UNITS)
    start = np.where(chance > 0.7, 2016.0, np.where(chance > 0.3, 2017.0, np.inf))
    years = np.arange(len(PERIODS))
    jobs = size[:, None] * years + rng.normal(size=(UNITS, 4))
    return pl.DataFrame(
        {
            "unit": np.repeat([f"u{k:02d}" for k in range(UNITS)], 4),
            "year": np.tile(PERIODS, UNITS),
            "start": np.repeat(start, 4),
            "town": np.repeat(np.arange(UNITS) // 2, 4),
            "size": np.repeat(size, 4),
            "share": np.repeat(share, 4),
            "jobs": jobs.ravel(),
            "co2": (share[:, None] * years + rng.normal(size=(UNITS, 4))).ravel(),
        }
    )


def estimated(data: pl.DataFrame, **options: Any) -> ManyEffects:
    named: dict[str, Any] = {
        "unit": "unit", "time": "year", "cohort": "start", "outcomes": OUTCOMES, "covariates": ("size", "share"),
    }  # fmt: skip
    return evaluate(data, **(named | options))


@pytest.mark.parametrize("adjustment", ["dr", "reg", "ipw"])
@pytest.mark.parametrize("order", ["by unit", "none"])
def test_a_panel_has_the_effects_of_its_arrays(adjustment: Adjustment, order: str) -> None:
    data = frame()
    found = estimated(
        data if order == "by unit" else data.sample(fraction=1.0, shuffle=True, seed=2), adjustment=adjustment
    )
    units = data.group_by("unit", maintain_order=True).agg(pl.all())
    values = {name: np.array(units[name].to_list()) for name in ("jobs", "co2")}
    first = {name: np.array(units[name].to_list())[:, 0] for name in ("start", "size", "share")}
    layout = StackedColumns(("jobs", "co2"), (PERIODS, PERIODS))
    expected = covariate_effects(
        values, first["start"], {name: first[name] for name in ("size", "share")}, layout, adjustment=adjustment
    )
    assert found.effects.cells == expected.cells
    np.testing.assert_allclose(found.effects.estimate, expected.estimate, rtol=1e-10)
    np.testing.assert_allclose(found.effects.covariance, expected.covariance, rtol=1e-9, atol=1e-14)
    assert dict(design_words(found))["Covariates"].startswith("size and share, ")


def test_an_outcome_that_is_there_in_fewer_periods() -> None:
    data = frame().with_columns(co2=pl.when(pl.col("year") > 2014).then(pl.col("co2")))
    found = estimated(data)
    assert {row.period for row in found.of("cell") if row.outcome.name == "co2"} == {2016, 2017}
    whole = [row.estimate for row in found.of("cell") if row.outcome.name == "jobs"]
    alone = estimated(frame(), outcomes=[OUTCOMES[0]])
    assert whole == pytest.approx([row.estimate for row in alone.of("cell")], rel=1e-10)


def test_clusters_add_up_influences() -> None:
    """Brute force: each unit's influence on each effect, added up by town."""
    data = frame()
    apart, together = estimated(data), estimated(data, cluster="town")
    np.testing.assert_allclose(together.effects.estimate, apart.effects.estimate, rtol=1e-12)
    parts: list[Any] = [part for _, part in apart.effects.variation.parts]
    influences = np.hstack([part.influences for part in parts])
    town = data["town"].to_numpy()[::4]
    sums = np.array([influences[town == g].sum(axis=0) for g in range(UNITS // 2)])
    np.testing.assert_allclose(together.effects.covariance, sums.T @ sums, rtol=1e-10, atol=1e-16)
    assert together.effects.clusters == UNITS // 2
    start = data["start"].to_numpy()[::4]
    for cell in together.effects.cells:
        assert cell.treated_clusters == len(set(town[start == cell.cohort]))
        assert cell.control_clusters == len(set(town[np.isinf(start)]))
    assert together.joint.covariance is not None
    assert together.joint.covariance.drawn == "clusters"


def test_units_that_are_their_own_clusters_are_units() -> None:
    data = frame()
    one, other = estimated(data), estimated(data, cluster="unit")
    np.testing.assert_allclose(other.effects.covariance, one.effects.covariance, rtol=1e-10, atol=1e-16)
    for a, b in zip(one.rows, other.rows, strict=True):
        assert (a.se is None) == (b.se is None)
        assert b.se == (None if a.se is None else pytest.approx(a.se, rel=1e-10))


def test_adjusting_takes_the_bias_away() -> None:
    """Larger units grow faster, and nothing happens: without covariates effects are found, with them they are not."""
    plain, adjusted = (
        [row.estimate for row in estimated(frame(seed), covariates=names, outcomes=OUTCOMES[:1]).overall]
        for names in ((), ("size",))
        for seed in (1,)
    )
    assert plain[0] > 1.0
    many = [estimated(frame(seed), covariates=("size",), outcomes=OUTCOMES[:1]).overall[0] for seed in range(20)]
    values = np.array([row.estimate for row in many])
    assert abs(values.mean()) < 3 * values.std(ddof=1) / np.sqrt(len(values))
    inside = sum(row.interval is not None and row.interval[0] <= 0 <= row.interval[1] for row in many)
    assert inside >= 17
    assert abs(adjusted[0]) < plain[0]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"weight": "share"}, "covariates and weights"),
        ({"estimator": "imputation"}, "estimator 'imputation'"),
        ({"cross_sections": True}, "repeated cross-sections"),
        ({"beside": True}, "other estimators beside"),
    ],
)
def test_what_does_not_go_with_covariates(options: dict[str, Any], words: str) -> None:
    data = frame().with_columns(share=pl.col("share") + 1) if "weight" in options else frame()
    with pytest.raises(MethodError, match=words):
        estimated(data, **({"covariates": ("size",)} | options))


def test_a_unit_that_lacks_an_outcome_is_refused() -> None:
    data = frame().with_columns(jobs=pl.when((pl.col("unit") != "u03") | (pl.col("year") != 2015)).then(pl.col("jobs")))
    with pytest.raises(MethodError, match="without some of the outcomes"):
        estimated(data)


def test_more_than_memory_is_refused_before_units_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pilotzone.evaluation.many.estimators.covariates.MOST_INFLUENCES", 100)
    monkeypatch.setattr("pilotzone.evaluation.many.estimators.adjusted._UnitsKernel", None)
    with pytest.raises(DataError, match="90 units have 12 effects"):
        estimated(frame())


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"size": pl.col("size") + pl.col("year")}, DataError, "changes 'size' from .* value before treatment"),
        (
            {"size": pl.when(pl.col("unit") != "u07").then(pl.col("size"))},
            DataError,
            "'size' is not a number in 4 rows, such as unit 'u07'",
        ),
        (
            {"size": pl.when(pl.col("unit") != "u07").then(pl.col("size")).otherwise(float("inf"))},
            DataError,
            "'size' is not a number in 4 rows",
        ),
        ({"size": pl.lit("large")}, DataError, "a covariate, is of type .* zeros and ones"),
        ({"size": pl.lit(1.0)}, DataError, "'size' is the same for all units"),
    ],
)
def test_bad_covariates(change: dict[str, pl.Expr], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=f"(?s){words}"):
        estimated(frame().with_columns(**change))


def test_covariates_that_are_not_there() -> None:
    with pytest.raises(UsageError, match="no column 'sise'"):
        estimated(frame(), covariates=["sise"])
    with pytest.raises(UsageError, match="named twice"):
        estimated(frame(), covariates=["jobs"])
    with pytest.raises(UsageError, match="adjustment"):
        estimated(frame(), adjustment="drr")


def test_the_command_takes_covariates(tmp_path: Path) -> None:
    path = tmp_path / "panel.parquet"
    frame().write_parquet(path)
    given = ["evaluate", str(path), "--unit", "unit", "--time", "year", "--cohort", "start"]
    given += [part for item in OUTCOMES for part in ("--outcome", item)]
    done = call(*given, "--covariate", "size", "--covariate", "share", "--adjustment", "reg")
    assert done.code == 0
    words = " ".join(done.out.split())
    assert "Covariates: size and share, by outcome regression among controls." in words
    assert call(*given, "--covariate", "size", "--out", str(tmp_path / "out"), "--quiet").code == 0
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "doubly robust" in page


def test_pre_trends_and_honest_intervals_are_adjusted_too() -> None:
    found = estimated(frame(), honest=True)
    assert {item.outcome for item in found.honest} == {"jobs", "co2"}
    before = next(item for item in found.joint.identification if item.outcome == "jobs")
    plain = next(item for item in estimated(frame(), covariates=()).joint.identification if item.outcome == "jobs")
    assert before.checks != plain.checks


def test_the_comparison_is_the_designs() -> None:
    found = estimated(frame(), controls="not_yet_treated", base="universal")
    assert found.effects.comparison == Comparison("not_yet_treated", "universal")
