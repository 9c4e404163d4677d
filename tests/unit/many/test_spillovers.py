"""Exposure to treatment nearby: as pairs of units say one by one, and effects as of panels labelled by hand."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pyarrow as pa
import pytest

from pilotzone.core import NEVER, DataError, MethodError, UsageError
from pilotzone.evaluation.many import (
    Coordinates,
    ManyEffects,
    Measure,
    Neighbours,
    Rings,
    evaluate,
    spillover_table,
)
from pilotzone.evaluation.many.space.exposure import Exposure, exposure_of
from pilotzone.store import PanelColumns, open_panel

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

YEARS = tuple(range(2010, 2018))
OUTCOMES = ("jobs,role=development,good=up,margin=1,scale=level", "co2,role=environment,good=down,margin=1,scale=level")


def units(seed: int = 0, count: int = 300, measure: Measure = "degrees") -> pl.DataFrame:
    """Return units with places and dates: two cohorts, one treated behind the panel, and units never treated."""
    rng = np.random.default_rng(seed)
    start = rng.choice([2013.0, 2015.0, 2030.0, math.inf], count, p=[0.04, 0.04, 0.02, 0.9])
    x, y = (
        (rng.uniform(170, 190, count), rng.uniform(-3, 60, count))
        if measure == "degrees"
        else rng.uniform(0, 900, (2, count))
    )
    x = np.where(x > 180, x - 360, x) if measure == "degrees" else x
    return pl.DataFrame({"unit": [f"u{k:03d}" for k in range(count)], "start": start, "x": x, "y": y})


def panel_of(frame: pl.DataFrame, seed: int = 1, spill: float = 0.0) -> pl.DataFrame:
    """Return rows of these units, in which effects of one reach the treated and of `spill` those who are exposed."""
    rng = np.random.default_rng(seed)
    rows = frame.join(pl.DataFrame({"year": YEARS}), how="cross")
    on = (rows["year"] >= rows["start"]).cast(pl.Float64).to_numpy()
    reached = np.zeros(len(rows))
    if "since" in rows.columns:
        reached = (rows["year"] >= rows["since"]).cast(pl.Float64).to_numpy() * spill
    noise = rng.normal(size=(2, len(rows)))
    return rows.with_columns(jobs=on + reached + noise[0], co2=on + reached + noise[1])


def kilometres(a: tuple[float, float], b: tuple[float, float], measure: Measure) -> float:
    """Return the distance of two places; by the haversine formula on the sphere."""
    if measure == "km":
        return math.dist(a, b)
    (lon, lat), (east, north) = (tuple(math.radians(v) for v in item) for item in (a, b))
    h = math.sin((north - lat) / 2) ** 2 + math.cos(lat) * math.cos(north) * math.sin((east - lon) / 2) ** 2
    return 2 * 6371.0088 * math.asin(math.sqrt(h))


def one_by_one(frame: pl.DataFrame, measure: Measure, edges: tuple[float, ...]) -> dict[str, tuple[int, int, bool]]:
    """Return ring, first exposure, and whether a nearer ring came later, of each exposed unit: all pairs one by one."""
    rows = list(frame.iter_rows())
    found = {}
    for name, start, x, y in rows:
        near: list[tuple[float, float]] = []
        for other, since, u, v in rows:
            away = kilometres((x, y), (u, v), measure)
            if other != name and since <= YEARS[-1] and away <= edges[-1]:
                near.append((since, away))
        if start > YEARS[-1] and near:
            first = min(near)[0]
            rings = [next(k for k, edge in enumerate(edges) if away <= edge) for _, away in near]
            at_first = min(ring for ring, (since, _) in zip(rings, near, strict=True) if since == first)
            found[name] = min(rings), int(first), min(rings) < at_first
    return found


def touched(frame: pl.DataFrame, measure: Measure, edge: float) -> int:
    """Return how many treated units lie near one that was treated earlier."""
    rows = [row for row in frame.iter_rows() if row[1] <= YEARS[-1]]
    return sum(
        any(other[1] < row[1] and kilometres(row[2:], other[2:], measure) <= edge for other in rows) for row in rows
    )


def found_of(frame: pl.DataFrame, how: Rings | Neighbours) -> Exposure:
    names = how.coordinates.columns if isinstance(how, Rings) else ()
    columns = PanelColumns("unit", "year", "start", ("jobs",), coordinates=names)
    return exposure_of(open_panel(panel_of(frame), columns), how)


def told(exposure: Exposure) -> dict[str, tuple[int, int]]:
    pairs = zip(exposure.groups.tolist(), exposure.starts.tolist(), strict=True)
    return dict(zip(exposure.keys.to_pylist(), pairs, strict=True))


@pytest.mark.parametrize(("measure", "edges"), [("km", (40.0, 90.0)), ("degrees", (150.0, 400.0))])
@pytest.mark.parametrize("seed", range(3))
def test_exposure_is_what_pairs_say(seed: int, measure: Measure, edges: tuple[float, ...]) -> None:
    frame = units(seed, measure=measure)
    expected = one_by_one(frame, measure, edges)
    exposure = found_of(frame, Rings(Coordinates(("x", "y"), measure), edges))
    assert len(expected) > 20
    assert {ring for ring, _, _ in expected.values()} == {0, 1}
    assert told(exposure) == {name: (ring, since) for name, (ring, since, _) in expected.items()}
    assert exposure.moved == sum(moved for _, _, moved in expected.values())
    assert exposure.touched == touched(frame, measure, edges[-1])
    treated = int((frame["start"] <= YEARS[-1]).sum())
    assert (exposure.treated, exposure.clean) == (treated, len(frame) - treated - len(expected))


@pytest.mark.parametrize("threshold", [0.3, 0.5, 1.0])
def test_exposure_by_weights_is_what_the_table_says(threshold: float, tmp_path: Path) -> None:
    frame, rng = units(4), np.random.default_rng(9)
    names, start = frame["unit"].to_list(), dict(zip(frame["unit"], frame["start"], strict=True))
    pairs = [(a, b, w) for a in names for b in rng.choice(names, 12).tolist() for w in [round(float(rng.random()), 2)]]
    table = pl.DataFrame(pairs, schema=["from", "to", "much"], orient="row")
    table.write_csv(tmp_path / "neighbours.csv")
    expected = {}
    for name in names:
        sums = {year: _sum(pairs, start, name, year) for year in YEARS}
        reached = [year for year in YEARS if sums[year] >= threshold - 1e-9]
        if start[name] > YEARS[-1] and reached:
            expected[name] = (0, reached[0])
    for given in (table, tmp_path / "neighbours.csv", table.to_pandas()):
        exposure = found_of(frame, Neighbours(given, threshold, "from", "to", "much"))
        assert told(exposure) == expected
    assert 20 < len(expected) < 280


def _sum(pairs: list[tuple[str, str, float]], start: dict[str, float], name: str, year: int) -> float:
    return sum(w for a, b, w in pairs if a == name and b != name and start[b] <= year)


def evaluated(rows: pl.DataFrame, **options: Any) -> ManyEffects:
    named: dict[str, Any] = {"unit": "unit", "time": "year", "cohort": "start", "outcomes": OUTCOMES}
    return evaluate(rows, **(named | options))


RINGS = Rings(Coordinates(("x", "y"), "km"), (40.0, 90.0))


@pytest.mark.parametrize("kind", ["plain", "weighted", "holes"])
def test_effects_are_those_of_panels_labelled_by_hand(kind: str) -> None:
    frame = units(1, 600, "km")
    exposed = one_by_one(frame, "km", RINGS.edges)
    rows = panel_of(frame)
    options: dict[str, Any] = {}
    if kind == "weighted":
        rows = rows.with_columns(weight=1 + (pl.col("unit").hash(3) % 5).cast(pl.Float64))
        options["weight"] = "weight"
    elif kind == "holes":
        rows = rows.filter(pl.struct("unit", "year").hash(5) % 9 != 0)
    found = evaluated(rows, spillovers=RINGS, **options)
    direct = evaluated(rows.filter(~pl.col("unit").is_in(list(exposed))), **options)
    np.testing.assert_allclose(found.effects.estimate, direct.effects.estimate, rtol=1e-12)
    np.testing.assert_allclose(found.effects.covariance, direct.effects.covariance, rtol=1e-10, atol=1e-15)
    assert [row.p for row in found.rows] == pytest.approx([row.p for row in direct.rows], rel=1e-9)
    assert found.facts.units == direct.facts.units
    assert [item.label for item in found.spillovers] == ["0 to 40 km", "40 to 90 km"]
    for ring, item in enumerate(found.spillovers):
        own = {name: float(since) for name, (group, since, _) in exposed.items() if group == ring}
        clean = (pl.col("start") > YEARS[-1]) & ~pl.col("unit").is_in(list(exposed))
        by_hand = rows.filter(clean | pl.col("unit").is_in(list(own))).with_columns(
            start=pl.col("unit").replace_strict(own, default=math.inf)
        )
        expected = evaluated(by_hand, **options)
        np.testing.assert_allclose(item.effects.estimate, expected.effects.estimate, rtol=1e-12)
        np.testing.assert_allclose(item.effects.covariance, expected.effects.covariance, rtol=1e-10, atol=1e-15)
        assert item.units == len(own)


def test_notes_and_table_tell_who_is_exposed() -> None:
    frame = units(1, 600, "km")
    found = evaluated(panel_of(frame), spillovers=RINGS)
    exposed = one_by_one(frame, "km", RINGS.edges)
    counts = [sum(ring == k for ring, _, _ in exposed.values()) for k in range(2)]
    note = next(text for text in found.notes if text.startswith("Exposed"))
    assert f"{counts[0]} (0 to 40 km), {counts[1]} (40 to 90 km) untreated units" in note
    table = found.spillovers and spillover_table(found.spillovers, 0.95)
    assert table
    assert set(table.columns["exposed"]) == {"0 to 40 km", "40 to 90 km"}
    overall = [row for row in table.records() if row["since"] == "all"]
    assert len(overall) == 4
    assert all(isinstance(row["p"], str) for row in overall)
    # The verdict rests on the treated alone.
    assert found.joint.unit.startswith(f"{int((frame['start'] <= YEARS[-1]).sum())} units")


def test_controls_that_are_reached_bias_effects_and_clean_ones_do_not() -> None:
    """A third of the effect reaches whoever lies within 60 km: 40 panels of 400 units."""
    rings = Rings(Coordinates(("x", "y"), "km"), (60.0,))
    naive, direct, ring, inside = [], [], [], 0
    for seed in range(40):
        frame = units(seed, 400, "km").with_columns(
            start=pl.when(pl.col("start").is_finite()).then(pl.lit(2013.0)).otherwise(pl.col("start"))
        )
        exposed = one_by_one_fast(frame, 60.0)
        since = pl.when(pl.col("unit").is_in(exposed)).then(2013.0).otherwise(math.inf)
        rows = panel_of(frame.with_columns(since=since), seed=seed + 1000, spill=0.6)
        naive.append(evaluated(rows, outcomes=OUTCOMES[:1]).overall[0].estimate)
        found = evaluated(rows, spillovers=rings, outcomes=OUTCOMES[:1])
        direct.append(found.overall[0].estimate)
        (row,) = (row for row in found.spillovers[0].rows if row.kind == "group" and row.at is None)
        ring.append(row.estimate)
        assert row.interval is not None
        inside += row.interval[0] <= 0.6 <= row.interval[1]
    error = np.std(direct, ddof=1) / math.sqrt(40)
    assert abs(np.mean(direct) - 1) < 3 * error
    assert np.mean(naive) < 1 - 5 * error
    assert abs(np.mean(ring) - 0.6) < 3 * np.std(ring, ddof=1) / math.sqrt(40)
    assert inside >= 34


def one_by_one_fast(frame: pl.DataFrame, edge: float) -> list[str]:
    """Return untreated units within an edge of a treated one, by a table of all distances."""
    where, treated = frame.select("x", "y").to_numpy(), frame["start"].is_finite().to_numpy()
    away = np.linalg.norm(where[:, None] - where[None, treated], axis=2).min(axis=1)
    return frame["unit"].filter(pl.Series((away <= edge) & ~treated)).to_list()


def test_whom_nobody_reaches_and_whom_all_do() -> None:
    frame = units(1, 200, "km")
    far = evaluated(panel_of(frame), spillovers=Rings(RINGS.coordinates, (1e-6, 60.0)))
    assert [item.label for item in far.spillovers] == ["1e-06 to 60 km"]
    assert any("Nobody is exposed from 0 to 1e-06 km." in note for note in far.notes)
    with pytest.raises(MethodError, match="no clean control is left"):
        evaluated(panel_of(frame), spillovers=Rings(RINGS.coordinates, (5000.0,)))


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: Rings(RINGS.coordinates, ()), UsageError, "edges of rings"),
        (lambda: Rings(RINGS.coordinates, (50.0, 50.0)), UsageError, "that rise"),
        (lambda: Rings(RINGS.coordinates, (-1.0,)), UsageError, "above zero"),
        (lambda: Coordinates(("x", "x")), UsageError, "two columns"),
        (lambda: Coordinates(("x", "y"), "miles"), UsageError, "measure"),  # type: ignore[arg-type]
        (lambda: Neighbours([], threshold=0), UsageError, "threshold"),
    ],
)
def test_bad_choices(make: Any, error: type[Exception], words: str) -> None:  # noqa: ANN401
    with pytest.raises(error, match=words):
        make()


def neighbours(**columns: Any) -> pl.DataFrame:
    return pl.DataFrame({"unit": ["u001", "u002"], "neighbour": ["u003", "u004"], "weight": [1.0, 2.0]} | columns)


@pytest.mark.parametrize(
    ("table", "error", "words"),
    [
        (neighbours().drop("weight"), UsageError, "no column 'weight'"),
        (neighbours(neighbour=["u003", "v9"]), DataError, "names a unit that is not in the panel, such as 'v9'"),
        (neighbours(weight=[1.0, -1.0]), DataError, "1 weights that are negative, infinite or missing"),
        (neighbours(weight=[1.0, math.nan]), DataError, "1 weights that are negative, infinite or missing"),
        (neighbours(weight=[1.0, math.inf]), DataError, "1 weights that are negative, infinite or missing"),
    ],
)
def test_bad_tables_of_neighbours(table: pl.DataFrame, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        evaluated(panel_of(units()), spillovers=Neighbours(table, weight="weight"))


def test_keys_of_another_kind() -> None:
    rows = panel_of(units()).with_columns(unit=pl.col("unit").str.slice(1).cast(pl.Int64))
    with pytest.raises(DataError, match="column 'unit' of the table of neighbours is of type"):
        evaluated(rows, spillovers=Neighbours(neighbours()))


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"y": pl.lit(95.0)}, DataError, "not on Earth"),
        ({"y": pl.when(pl.col("unit") != "u003").then(pl.col("y"))}, DataError, "'y' is not a number in 8 rows"),
        ({"y": pl.col("y") + pl.col("year") / 1000}, DataError, "changes 'y'"),
        ({"y": pl.lit("north")}, DataError, "a coordinate, is of type"),
    ],
)
def test_bad_places(change: dict[str, pl.Expr], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        evaluated(panel_of(units()).with_columns(**change), spillovers=Rings(Coordinates(("x", "y")), (50.0,)))


def test_what_does_not_go_together() -> None:
    rows = panel_of(units(1, 200, "km"))
    with pytest.raises(UsageError, match="controls are 'not_yet_treated'"):
        evaluated(rows, spillovers=RINGS, controls="not_yet_treated")
    with pytest.raises(MethodError, match="cannot be used with places"):
        evaluated(rows, spillovers=RINGS, cross_sections=True)
    with pytest.raises(UsageError, match="no column 'lon'"):
        evaluated(rows, spillovers=Rings(Coordinates(("lon", "lat")), (50.0,)))


def test_units_of_a_group_are_seen_with_their_first_exposure() -> None:
    exposure = Exposure(pa.array(["b", "c"]), np.array([0, 1]), np.array([2012, 2014]), ("near", "far"), 1, 1, 2016)
    from pilotzone.store import UnitBatch

    batch = UnitBatch(np.array([2012, NEVER, NEVER, 2030, NEVER]), {}, keys=pa.array(["a", "b", "c", "d", "e"]))
    seen = [exposure.seen(group)(batch) for group in (None, 0, 1)]
    assert [(item.keys.to_pylist(), item.cohorts.tolist()) for item in seen if item.keys is not None] == [
        (["a", "d", "e"], [2012, 2030, NEVER]),
        (["b", "d", "e"], [2012, NEVER, NEVER]),
        (["c", "d", "e"], [2014, NEVER, NEVER]),
    ]
