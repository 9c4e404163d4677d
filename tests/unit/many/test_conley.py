"""Conley's standard errors: sums over all pairs of units written plainly, how near cells come, and few areas."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest
from tests.unit.many.test_spillovers import kilometres

from pilotzone.core import DataError, MethodError, UsageError
from pilotzone.evaluation.many import (
    Conley,
    ConleyKernel,
    Coordinates,
    ManyDesign,
    ManyEffects,
    Measure,
    Rings,
    aggregate_effects,
    evaluate,
)
from pilotzone.evaluation.many.estimation import estimate_panel
from pilotzone.evaluation.many.passes.general import general_effects
from pilotzone.evaluation.many.space.conley import _semi_definite, cells_of
from pilotzone.store import PanelColumns, open_panel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

YEARS = (2014, 2015, 2016, 2017)
OUTCOMES = ("jobs", "co2")


def frame(seed: int, count: int, measure: Measure, *, extent: float = 1000.0) -> pl.DataFrame:
    """Return a balanced panel of two cohorts whose outcomes near places share."""
    rng = np.random.default_rng(seed)
    start = rng.choice([2016.0, 2017.0, math.inf], count, p=[0.25, 0.25, 0.5])
    if measure == "km":
        x, y = rng.uniform(0, extent, (2, count))
    else:
        x, y = rng.uniform(175, 185, count), rng.uniform(50, 58, count)
        x = np.where(x > 180, x - 360, x)
    centres = np.column_stack([x, y])[rng.choice(count, 12, replace=False)]
    near = np.exp(-np.linalg.norm(np.column_stack([x, y])[:, None] - centres, axis=2) / (extent / 6))
    values = {}
    for name in OUTCOMES:
        shared = near @ rng.normal(size=(12, len(YEARS)))
        values[name] = (shared + 0.5 * rng.normal(size=(count, len(YEARS)))).ravel()
    return pl.DataFrame(
        {
            "unit": np.repeat(np.arange(count), len(YEARS)),
            "year": np.tile(YEARS, count),
            "start": np.repeat(start, len(YEARS)),
            "x": np.repeat(x, len(YEARS)),
            "y": np.repeat(y, len(YEARS)),
            "share": np.repeat(rng.uniform(0.5, 2.0, count), len(YEARS)),
            **values,
        }
    )


def estimated(rows: pl.DataFrame, conley: Conley | None, **options: Any) -> ManyEffects:
    named: dict[str, Any] = {"unit": "unit", "time": "year", "cohort": "start", "outcomes": OUTCOMES}
    return evaluate(rows, conley=conley, **(named | options))


def pairwise(rows: pl.DataFrame, conley: Conley, weight: str | None = None) -> tuple[Floats, Floats]:
    """Return weighted sums of products of effects and sizes, and of effects: all pairs of units, one by one."""
    columns = PanelColumns("unit", "year", "start", OUTCOMES, "unit", weight)
    effects = general_effects(open_panel(rows, columns))
    units = rows.unique("unit", keep="first", maintain_order=True).sort("unit")
    where = list(zip(units["x"], units["y"], strict=True))
    n = len(where)
    near = np.zeros((n, n))
    for i in range(n):
        for j in range(n):
            away = kilometres(where[i], where[j], conley.coordinates.measure)
            if i == j:
                near[i, j] = 1.0
            elif away <= conley.cutoff:
                near[i, j] = 1.0 if conley.kernel == "uniform" else 1 - away / conley.cutoff
    sums = effects.cluster_sums
    assert sums is not None
    whole = sums.T @ near @ sums
    C = len(effects.cells)
    return whole, whole[:C, :C]


@pytest.mark.parametrize("kernel", ["bartlett", "uniform"])
@pytest.mark.parametrize("measure", ["km", "degrees"])
@pytest.mark.parametrize("weight", [None, "share"])
def test_small_cells_are_all_pairs_of_units(
    kernel: ConleyKernel, measure: Measure, weight: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = frame(3, 90, measure)
    conley = Conley(Coordinates(("x", "y"), measure), 120.0, kernel, cell=1e-3)
    repaired = estimated(rows, conley, weight=weight)
    monkeypatch.setattr("pilotzone.evaluation.many.space.conley._semi_definite", lambda matrix, _: (matrix, 0.0))
    panel = open_panel(rows, PanelColumns("unit", "year", "start", OUTCOMES, None, weight, (), ("x", "y")))
    found = estimate_panel(panel, ManyDesign(conley=conley)).effects
    whole, expected = pairwise(rows, conley, weight)
    sums, C = np.sqrt(np.abs(np.diag(expected))), len(found.cells)
    np.testing.assert_allclose(found.covariance, expected, rtol=0, atol=1e-10 * np.outer(sums, sums).max())
    np.testing.assert_allclose(found.influences.squares, whole[C:, C:], rtol=1e-10)
    np.testing.assert_allclose(found.influences.crossed, whole[:C, C:], rtol=1e-8, atol=1e-12)
    size = np.sqrt(np.diag(repaired.effects.covariance))
    assert np.linalg.eigvalsh(repaired.effects.covariance / np.outer(size, size)).min() > -1e-9
    alone = estimated(rows, None, weight=weight)
    np.testing.assert_allclose(found.estimate, alone.effects.estimate, rtol=1e-11, atol=1e-12)


def test_a_cutoff_that_reaches_nobody_leaves_units_alone() -> None:
    rows = frame(4, 120, "km")
    found = estimated(rows, Conley(Coordinates(("x", "y"), "km"), 1e-3))
    alone = estimated(rows, None)
    np.testing.assert_allclose(found.effects.covariance, alone.effects.covariance, rtol=1e-10, atol=1e-14)
    averages, others = (aggregate_effects(item.effects, "simple", "dynamic") for item in (found, alone))
    np.testing.assert_allclose(averages.covariance, others.covariance, rtol=1e-10, atol=1e-14)


def test_cells_come_near_all_pairs_as_they_shrink() -> None:
    """Errors of standard errors against all pairs, of 300 units: by cells of 1/2, 1/4, 1/8 and 1/32 of the cutoff."""
    rows = frame(5, 300, "km")
    place = Coordinates(("x", "y"), "km")
    _, expected = pairwise(rows, Conley(place, 160.0, "bartlett"))
    exact = np.sqrt(np.diag(expected))
    errors = []
    for parts in (2, 4, 8, 32):
        found = estimated(rows, Conley(place, 160.0, "bartlett", 160.0 / parts))
        errors.append(float(np.abs(found.effects.se / exact - 1).max()))
    assert errors[1] < 0.1
    assert errors[2] < 0.03
    assert errors[3] < 0.005


def test_rows_of_a_parallel_meet_across_the_date_line() -> None:
    """Places on both sides of 180 degrees east are near one another, and cells there are as wide as elsewhere."""
    conley = Conley(Coordinates(("x", "y")), 100.0, cell=10.0)
    lon = np.array([179.99, -179.99, 0.0, 0.05, 0.05])
    lat = np.array([60.0, 60.0, 60.0, 60.0, 60.2])
    codes = cells_of(np.column_stack([lon, lat]), conley)
    assert len(set(codes.tolist())) >= 4
    grid = np.column_stack([np.linspace(-180, 179.999, 400_000), np.full(400_000, 60.01)])
    _, counts = np.unique(cells_of(grid, conley), return_counts=True)
    width = 2 * math.pi * 6371.0088 * math.cos(math.radians(60.01)) / len(counts)
    assert 10.0 <= width < 10.02


def test_covariances_are_semi_definite_and_what_was_taken_is_told() -> None:
    """A uniform kernel on a line of three places, of which the outer ones are too far apart."""
    kernel = np.array([[1.0, 1, 0], [1, 1, 1], [0, 1, 1]])
    repaired, taken = _semi_definite(kernel, np.ones(3))
    assert np.linalg.eigvalsh(kernel).min() == pytest.approx(1 - math.sqrt(2))
    assert np.linalg.eigvalsh(repaired).min() > -1e-15
    assert taken == pytest.approx((math.sqrt(2) - 1) / (1 + 2 * math.sqrt(2)), rel=1e-12)
    scaled, same = _semi_definite(kernel * np.outer([1, 10, 100], [1, 10, 100]), np.array([1.0, 1e2, 1e4]))
    np.testing.assert_allclose(scaled, repaired * np.outer([1, 10, 100], [1, 10, 100]), rtol=1e-10, atol=1e-12)
    assert same == pytest.approx(taken, rel=1e-12)
    whole = np.array([[2.0, 1.0], [1.0, 2.0]])
    np.testing.assert_array_equal(_semi_definite(whole, np.ones(2))[0], whole)


def test_all_treated_in_one_place_are_one_draw() -> None:
    rows = frame(6, 200, "km").with_columns(
        x=pl.when(pl.col("start").is_finite()).then(500.0 + 0.01 * pl.col("unit")).otherwise(pl.col("x")),
        y=pl.when(pl.col("start").is_finite()).then(500.0).otherwise(pl.col("y")),
    )
    found = estimated(rows, Conley(Coordinates(("x", "y"), "km"), 100.0))
    assert all(row.se is None for row in found.rows)
    assert "1 cluster in a group" in found.rows[0].refused
    assert any("not tested by randomisation inference: that is without places" in note for note in found.notes)
    apart = estimated(frame(6, 200, "km"), Conley(Coordinates(("x", "y"), "km"), 100.0))
    assert all(row.se is not None for row in apart.rows)


def test_few_areas_are_counted_by_how_far_they_are_from_one_another() -> None:
    """Treated units in four places beyond the cutoff are four draws.

    In eight, of which two and two are half a cutoff apart and have a Bartlett weight of one half, they are 8 / 1.5.
    """
    base = frame(7, 240, "km")
    for places, number in ((4, 4.0), (8, 8 / 1.5)):
        east = [400.0 * k if places == 4 else 400.0 * (k // 2) + 50.0 * (k % 2) for k in range(places)]
        treated = base.filter(pl.col("start").is_finite())["unit"].unique().sort().to_numpy()
        treated = treated[: len(treated) // places * places]
        spot = dict(zip(treated.tolist(), np.tile(east, len(treated) // places).tolist(), strict=True))
        rows = base.filter(pl.col("start").is_infinite() | pl.col("unit").is_in(treated)).with_columns(
            start=pl.when(pl.col("start").is_finite()).then(2016.0).otherwise(math.inf),
            x=pl.col("unit").replace_strict(spot, default=pl.col("x")),
            y=pl.when(pl.col("start").is_finite()).then(3000.0).otherwise(pl.col("y")),
        )
        found = estimated(rows, Conley(Coordinates(("x", "y"), "km"), 100.0, "bartlett"))
        parts = found.effects.variation.parts
        numbers = np.concatenate([known.resting(np.eye(len(at))).numbers[:, 0] for at, known in parts])
        assert numbers == pytest.approx(np.full(len(numbers), number), rel=1e-12)
        assert (found.rows[0].se is None) == (number < 5)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Conley(Coordinates(("x", "y")), 0.0), "the cutoff is 0.0 km"),
        (lambda: Conley(Coordinates(("x", "y")), math.inf), "the cutoff"),
        (lambda: Conley(Coordinates(("x", "y")), 100.0, cell=60.0), "half as wide"),
        (lambda: Conley(Coordinates(("x", "y")), 100.0, cell=0.0), "cells are 0 km wide"),
        (lambda: Conley(Coordinates(("x", "y")), 100.0, "normal"), "kernel"),  # type: ignore[arg-type]
    ],
)
def test_bad_choices(make: Any, words: str) -> None:  # noqa: ANN401
    with pytest.raises(UsageError, match=words):
        make()


def test_what_does_not_go_together() -> None:
    rows = frame(8, 60, "km")
    conley = Conley(Coordinates(("x", "y"), "km"), 100.0)
    with pytest.raises(MethodError, match="in clusters"):
        estimated(rows.with_columns(town=pl.col("unit") // 3), conley, cluster="town")
    with pytest.raises(MethodError, match="other estimators beside"):
        estimated(rows, conley, beside=True)
    with pytest.raises(MethodError, match="cross-sections"):
        estimated(rows, conley, cross_sections=True)
    with pytest.raises(MethodError, match="needs cohorts' moments"):
        estimated(rows, conley, estimator="imputation")
    with pytest.raises(UsageError, match="other coordinates"):
        ManyDesign(spillovers=Rings(Coordinates(("lon", "lat")), (10.0,)), conley=conley)


def test_more_pairs_of_cells_than_can_be_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pilotzone.evaluation.many.space.conley.MOST_PAIRS", 100)
    with pytest.raises(DataError, match=r"(?s)pairs within 100 km.*up to 100 pairs.*wider cells"):
        estimated(frame(8, 200, "km"), Conley(Coordinates(("x", "y"), "km"), 100.0))


def test_covariates_and_missing_outcomes_go_with_it() -> None:
    rows = frame(9, 150, "km")
    conley = Conley(Coordinates(("x", "y"), "km"), 1e-3)
    adjusted, plain = estimated(rows, conley, covariates="share"), estimated(rows, None, covariates="share")
    np.testing.assert_allclose(adjusted.effects.covariance, plain.effects.covariance, rtol=1e-9, atol=1e-14)
    holes = rows.filter(pl.struct("unit", "year").hash(1) % 7 != 0)
    here, there = estimated(holes, conley), estimated(holes, None)
    np.testing.assert_allclose(here.effects.covariance, there.effects.covariance, rtol=1e-9, atol=1e-14)
