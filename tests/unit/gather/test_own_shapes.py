"""Shapes of a user's own: found by code or name, kept as they are, and refused in one clear error."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.unit.gather.own_shapes import feature, features, square, topology, written

from pilotzone.core import DataError, PilotZoneError, UsageError
from pilotzone.gather import match_shapes
from pilotzone.gather.own_shapes import read_own_shapes

UNITS = {"A1": "Aland", "B2": "Belle Île", "C3": "Cé"}


def found(path: Path, key: str | None = None) -> dict[str, Any]:
    return {item["id"]: item for item in match_shapes(path, UNITS, key).geojson["features"]}


def test_regions_are_found_by_code_or_name_whatever_the_case(tmp_path: Path) -> None:
    named = written(tmp_path, features("ALAND ", "belle île", "Cé"))
    coded = written(tmp_path, features("a1", "B2", "c3", key="code"), "b.json")
    for path, key in ((named, "NAME"), (coded, "code")):
        shapes = match_shapes(path, UNITS)
        assert shapes.key == key
        assert shapes.missing == ()
        assert {item["id"] for item in shapes.geojson["features"]} == set(UNITS)
    assert found(named)["B2"]["geometry"]["coordinates"] == [square(1.0)]
    assert found(named)["B2"]["properties"]["name"] == "Belle Île"


def test_the_key_that_finds_most_is_taken_and_one_that_is_given_counts(tmp_path: Path) -> None:
    rows = [feature(0, id="A1", name="Cé"), feature(1, id="x", name="Belle Île"), feature(2, id="y", name="Aland")]
    path = written(tmp_path, {"type": "FeatureCollection", "features": rows})
    assert match_shapes(path, UNITS).key == "name"
    assert found(path)["C3"]["geometry"]["coordinates"] == [square(0.0)]
    by_id = match_shapes(path, UNITS, "id")
    assert by_id.missing == ("B2", "C3")
    assert found(path, "id")["A1"]["geometry"]["coordinates"] == [square(0.0)]
    with pytest.raises(DataError, match=r"'nme'.*Did you mean 'name'"):
        match_shapes(path, UNITS, "nme")


def test_parts_of_a_region_are_one_shape_and_others_are_drawn_where_they_are_few(tmp_path: Path) -> None:
    names = ("Aland", "Belle Île", "Aland", "Elsewhere", "Far")
    shapes = found(written(tmp_path, features(*names)))
    assert shapes["A1"]["geometry"]["coordinates"] == [square(0.0), square(2.0)]
    assert [item["properties"]["name"] for key, item in shapes.items() if key not in UNITS] == ["Elsewhere", "Far"]
    many = found(written(tmp_path, features(*names, "Farther")))
    assert set(many) == {"A1", "B2"}
    taken = {**UNITS, "shape 1": "a unit that is called so"}
    other = match_shapes(written(tmp_path, features("Aland", "Elsewhere")), taken)
    assert [item["id"] for item in other.geojson["features"]] == ["A1", "shape 2"]


@pytest.mark.parametrize("quantised", [True, False])
def test_a_topology_gives_its_arcs_and_the_object_that_holds_the_regions(tmp_path: Path, *, quantised: bool) -> None:
    shapes = found(written(tmp_path, topology("A1", "B2", quantised=quantised)))
    assert set(shapes) == {"A1", "B2"}  # the object around them is another one
    step, x0, y0 = (0.5, 10, 20) if quantised else (1, 0, 0)
    for code, west in (("A1", 0), ("B2", 1)):
        ring = shapes[code]["geometry"]["coordinates"][0][0]
        assert ring[0] == ring[-1]
        corners = {(x0 + step * (west + x), y0 + step * y) for x in (0, 1) for y in (0, 1)}
        assert {tuple(point) for point in ring} == corners
        assert len(ring) == 5


def test_heights_points_and_collections(tmp_path: Path) -> None:
    high = [[[*point, 100.0] for point in ring] for ring in square(3.0)]
    parts = [{"type": "Point", "coordinates": [0, 0]}, {"type": "Polygon", "coordinates": high}]
    rows = [
        {
            "type": "Feature",
            "id": 7,
            "properties": None,
            "geometry": {"type": "GeometryCollection", "geometries": parts},
        },
        {"type": "Feature", "id": "A1", "properties": {}, "geometry": {"type": "Point", "coordinates": [0, 0]}},
        {"type": "Feature", "id": "B2", "properties": {}, "geometry": None},
    ]
    (shape,) = read_own_shapes(written(tmp_path, {"type": "FeatureCollection", "features": rows}))
    assert shape.polygons == [square(3.0)]
    assert shape.said == {"id": "7"}


WRONG = {
    "text": "no json",
    "a list": "[]",
    "nan": '{"type": "FeatureCollection", "features": NaN}',
    "deep": '{"type": "FeatureCollection", "features": ' + "[" * 100_000,
    "style": {"type": "Style"},
    "no features": {"type": "FeatureCollection"},
    "features as text": {"type": "FeatureCollection", "features": "abc"},
    "none": {"type": "FeatureCollection", "features": []},
    "half a position": {
        "type": "Feature",
        "geometry": {"type": "Polygon", "coordinates": [[[0], [1, 0], [1, 1], [0, 0]]]},
    },
    "text for a number": {
        "type": "Feature",
        "geometry": {"type": "Polygon", "coordinates": [[["x", 0], [1, 0], [1, 1]]]},
    },
    "a line": {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [[[0, 0], [1, 0]]]}},
    "an arc that is not there": {
        "type": "Topology",
        "objects": {"a": {"type": "Polygon", "arcs": [[9]]}},
        "arcs": [[[0, 0], [1, 1], [0, 1]]],
    },
    "metres": {
        "type": "Feature",
        "geometry": {"type": "Polygon", "coordinates": square(500_000.0, 4_000_000.0, 1000.0)},
    },
    "beyond all numbers": (
        '{"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [[[1e999, 0], [1, 0], [1, 1], [0, 0]]]}}'
    ),
}


@pytest.mark.parametrize("content", WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_said_once(tmp_path: Path, content: object) -> None:
    with pytest.raises(DataError) as caught:
        match_shapes(written(tmp_path, content), UNITS)
    assert "own.geojson" in caught.value.what
    assert caught.value.allowed
    assert caught.value.todo


def test_metres_are_told_as_such(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"has the position 500000, 4e\+06.*\n.*\n.*EPSG:4326"):
        match_shapes(written(tmp_path, WRONG["metres"]), UNITS)


def test_no_region_among_the_shapes(tmp_path: Path) -> None:
    path = written(tmp_path, features("North", "South"))
    with pytest.raises(DataError) as caught:
        match_shapes(path, UNITS)
    assert "no shape whose code or name is a unit" in caught.value.what
    assert "'A1'" in (caught.value.allowed or "")
    assert "'NAME' such as 'North'" in (caught.value.todo or "")


def test_limits_on_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, features("Aland", "Belle Île"))
    for limit in ("_MOST_SHAPES", "_MOST_POSITIONS"):
        with monkeypatch.context() as patch:
            patch.setattr(f"pilotzone.gather.own_shapes.{limit}", 1)
            with pytest.raises(DataError, match="at most"):
                match_shapes(path, UNITS)
    monkeypatch.setattr("pilotzone.gather.own_shapes._LARGEST", 10)
    with pytest.raises(UsageError, match="too many for a file of shapes"):
        match_shapes(path, UNITS)


def test_an_arc_named_over_and_over_is_not_stitched_for_ever(tmp_path: Path) -> None:
    arc = [[k % 90, k % 80] for k in range(1000)]
    shapes = {"type": "Topology", "objects": {"a": {"type": "Polygon", "arcs": [[0] * 10_000]}}, "arcs": [arc]}
    with pytest.raises(PilotZoneError, match="cannot be read"):
        match_shapes(written(tmp_path, shapes), UNITS)


def test_names_stay_as_they_are_and_long_ones_do_not_count(tmp_path: Path) -> None:
    hostile = "<script>alert(1)</script>"
    rows = [feature(0, name="Aland"), feature(1, name=hostile), feature(2, name="x" * 5000)]
    shapes = match_shapes(written(tmp_path, {"type": "FeatureCollection", "features": rows[:2]}), UNITS)
    assert shapes.geojson["features"][1]["properties"]["name"] == hostile
    (_, long) = read_own_shapes(written(tmp_path, {"type": "FeatureCollection", "features": rows[::2]}))
    assert long.said == {}
    assert json.dumps(shapes.geojson)
