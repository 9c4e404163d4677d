"""Maps of a zone and its donors by what the units are: states, cities, or places that nobody has shapes of."""

from __future__ import annotations

import hashlib
import json
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pytest
from tests.unit.study.invented import STUDY, Figures, write_figures

import pilotzone as pz
from pilotzone.gather import Positions, load_positions, load_shapes, points_inside
from pilotzone.report import drawable, plain
from pilotzone.report.spec import chart_spec
from pilotzone.study import load, run
from pilotzone.study.zone.mapped import DONORS, LEFT_OUT, NEGATIVE, TREATED, ZONE, map_units
from pilotzone.study.zone.maps import map_figures
from pilotzone.study.zone.page import render_report
from pilotzone.study.zone.places import point_material

if TYPE_CHECKING:
    from pilotzone.study import Run
    from pilotzone.study.zone.findings import Findings

STATES = load_shapes("us-state").codes
CITIES = tuple(f"CN-{province}{k:02d}00" for province in (13, 14, 51, 52, 53) for k in range(1, 7))


def study_of(folder: Path, codes: tuple[str, ...], zone: str) -> Path:
    """Write the invented study with its places under these codes; which figures are whose does not matter."""
    figures = Figures(count=len(codes))
    names = dict(zip(figures.places, (zone, *(code for code in codes if code != zone)), strict=True))
    write_figures(folder, figures, names=names)
    path = folder / "invented.toml"
    path.write_text(STUDY.format(title="Invented figures", zone=zone, smoke_label="Smoke"), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("states")


@pytest.fixture(scope="module")
def states(folder: Path) -> Run[Any]:
    return run(study_of(folder, STATES, "US-RI"), out=folder / "out")


@pytest.fixture(scope="module")
def cities(tmp_path_factory: pytest.TempPathFactory) -> Findings:
    """Return findings on invented figures of cities at invented positions: one city has none."""
    found: Findings = run(study_of(tmp_path_factory.mktemp("cities"), CITIES, "CN-520100")).findings
    at: dict[str, tuple[float, float]] = {}
    for prefix, code in (("13", "CN-HE"), ("14", "CN-SX"), ("51", "CN-SC"), ("52", "CN-GZ"), ("53", "CN-YN")):
        own = [city for city in CITIES if city.startswith(f"CN-{prefix}")]
        spots = points_inside(load_shapes(), code, 10)[: len(own)].tolist()
        at |= {city: (spot[0], spot[1]) for city, spot in zip(own, spots, strict=True)}
    del at["CN-530600"]
    positions = Positions("cn-city", MappingProxyType(at), "Positions: invented.", Path("positions.csv"))
    return replace(found, map=point_material(found.panel, positions, {"CN-130100": "invented zone, 2016"}))


# ------------------------------------------------------------------------------------------------- states


def test_states_get_the_shapes_of_states(states: Run[Any]) -> None:
    found = states.findings.map
    assert found is not None
    assert {item["id"] for item in found.geojson["features"]} == set(STATES)
    assert found.credit == load_shapes("us-state").credit
    assert (found.projection, dict(found.points)) == ("albersUsa", {})


def test_the_audit_trail_names_the_shapes_that_were_drawn(states: Run[Any], folder: Path) -> None:
    assert states.findings.map is not None
    inputs = json.loads((folder / "out" / "audit.json").read_bytes())["inputs"]
    assert [name for name in inputs if name.startswith("shapes/")] == ["shapes/states.topo.json"]
    page = (folder / "out" / "report.html").read_text(encoding="utf-8")
    assert "US Census Bureau, cartographic boundaries 2017, via us-atlas 3.0.1 (ISC)" in page
    assert "Natural Earth" not in page


def test_small_states_are_written_beside_the_coast(states: Run[Any]) -> None:
    found = states.findings
    figure = map_figures(found, geometries(found))[0]
    beside = {row["sign"][:2]: row for row in figure.chart.data["callouts"]}
    assert beside["RI"]["sign"] == "RI ★"
    assert {"lon2", "lat2"} <= set(beside["RI"])
    # The line ends in the state: on the map at 41.6 degrees north, 71.5 west.
    assert (beside["RI"]["lat2"], beside["RI"]["lon2"]) == pytest.approx((41.7, -71.6), abs=0.2)
    inside = {(row["lon"], row["lat"]) for row in figure.chart.data["signs"]}
    assert (beside["RI"]["lon2"], beside["RI"]["lat2"]) not in inside
    assert "★" not in {row["sign"] for row in figure.chart.data["signs"]}
    assert chart_spec(figure.chart).vega_lite["projection"] == {"type": "albersUsa"}


def test_alaska_and_hawaii_are_drawn_within_the_frame(states: Run[Any], tmp_path: Path) -> None:
    """In the picture file, each in its inset: Alaska at 0.35 of its width, Hawaii at its own."""
    pz.save_charts(states.report(), tmp_path)
    svg = ET.fromstring((tmp_path / "map-1.svg").read_text(encoding="utf-8"))  # noqa: S314 - made here
    width, height = float(svg.attrib["width"]), float(svg.attrib["height"])
    (group,) = [item for item in svg.iter() if "mark-shape" in item.attrib.get("class", "")]
    drawn = dict(zip(STATES, [path_of(item.attrib["d"]) for item in group], strict=True))
    sizes = {code: area_of(rings) for code, rings in drawn.items()}
    for code, rings in drawn.items():
        xs, ys = ([point[k] for ring in rings for point in ring] for k in (0, 1))
        assert min(xs) >= -0.5, code
        assert max(xs) <= width, code
        assert min(ys) >= -0.5, code
        assert max(ys) <= height, code
    for code in ("US-AK", "US-HI"):
        assert sizes[code] > 200, f"{code}: {sizes[code]} square pixels"
    # Land and inland water in km2, Census Bureau 2010.
    texas, alaska, hawaii = 695_662 - 5_000, 1_527_950, 16_743
    assert sizes["US-AK"] / sizes["US-TX"] == pytest.approx(0.35**2 * alaska / texas, rel=0.03)
    assert sizes["US-HI"] / sizes["US-TX"] == pytest.approx(hawaii / texas, rel=0.05)


def path_of(text: str) -> list[list[tuple[float, float]]]:
    """Return the rings of an SVG path of moves and lines."""
    rings = [part.rstrip("Z") for part in text.split("M") if part]
    return [[(float(x), float(y)) for x, y in (pair.split(",") for pair in ring.split("L"))] for ring in rings]


def area_of(rings: list[list[tuple[float, float]]]) -> float:
    def twice(ring: list[tuple[float, float]]) -> float:
        return sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, [*ring[1:], ring[0]], strict=True))

    return abs(sum(map(twice, rings))) / 2


def geometries(found: Findings) -> dict[str, dict[str, Any]]:
    assert found.map is not None
    return {str(item["id"]): drawable(item["geometry"]) for item in found.map.geojson["features"]}


# ------------------------------------------------------------------------------------------------- cities


def test_cities_are_points_on_the_outlines_of_provinces(cities: Findings) -> None:
    figure = map_figures(cities, geometries(cities))[0]
    data = figure.chart.data
    assert {row["code"] for row in data["shapes"]} == set(load_shapes().codes)
    assert {row["unit"] for row in data["shapes"]} >= {"Guizhou", "Sichuan"}
    assert len(data["points"]) == len(CITIES) - 1
    assert data["points"][-1]["unit"] == "CN-520100"  # on top of all others
    assert data["points"][-1]["kind"] == "treated"
    assert data["points"][-1]["size"] == max(row["size"] for row in data["points"])
    assert "CN-520100" in {row["sign"] for row in data["signs"]}
    assert figure.credit == f"{load_shapes().credit} Positions: invented."


def test_donors_are_points_by_weight(cities: Findings) -> None:
    effects, fit = cities.main.fits[0]
    assert cities.map is not None
    shown = map_units(cities.panel, effects, fit, cities.map)
    weights = fit.donor_weights()
    assert [item.unit for item in shown] == list(cities.panel.units)
    data = map_figures(cities, geometries(cities))[0].chart.data
    by_unit = {row["unit"]: row for row in data["points"]}
    classes = {item.words: rank for rank, item in enumerate((DONORS[3], DONORS[2], DONORS[1], DONORS[0]))}
    donors = [item for item in shown if item.kind in DONORS and item.unit in by_unit]
    assert len({item.kind for item in donors}) > 1
    for one in donors:
        for other in donors:
            if classes[one.kind.words] > classes[other.kind.words]:
                assert weights[one.unit] > weights[other.unit]
                assert by_unit[one.unit]["size"] > by_unit[other.unit]["size"]
    places = {(row["lon"], row["lat"]): plain(row["sign"]) for row in data["signs"]}
    for item in donors:
        at = by_unit[item.unit]["lon"], by_unit[item.unit]["lat"]
        assert places.get(at) == (f"{100 * item.weight:.0f}" if item.weight >= 0.05 else None)


def test_a_city_without_a_position_is_told_and_in_the_table(cities: Findings) -> None:
    figure = map_figures(cities, geometries(cities))[0]
    assert "No position is known for CN-530600: see the table." in figure.note
    assert "from 5\u00a0%" in figure.note
    assert [row[1].text for row in figure.sheet.rows] == list(CITIES)


def test_forms_tell_apart_what_grey_print_makes_alike(cities: Findings) -> None:
    from pilotzone.study.zone.pointmap import _LOOKS

    forms = {kind.words: _LOOKS[kind.words] for kind in (TREATED, *DONORS, *NEGATIVE, ZONE, LEFT_OUT)}
    assert len({forms[kind.words].form for kind in (TREATED, DONORS[0], NEGATIVE[0], ZONE, LEFT_OUT)}) == 5
    assert len({forms[kind.words].size for kind in DONORS}) == 4
    assert cities.map is not None


def test_the_page_of_cities_is_described_in_words_and_its_charts_are_files(cities: Findings, tmp_path: Path) -> None:
    page = render_report(cities)
    assert "Map of the treated unit CN-520100" in page
    pz.save_charts(page, tmp_path)
    svg = ET.fromstring((tmp_path / "map-1.svg").read_text(encoding="utf-8"))  # noqa: S314 - made here
    words = " ".join(" ".join(svg.itertext()).split())
    for told in ("Positions: invented", "Natural Earth", "treated", "donor, less than 1 %"):
        assert told in plain(words).replace("\u00a0", " ")


def test_a_study_of_cities_finds_the_positions_of_the_evidence(tmp_path: Path) -> None:
    """Figures of one's own under codes of cities: the audit trail names the positions and the land below them."""
    done = run(study_of(tmp_path, CITIES, "CN-520100"), out=tmp_path / "out")
    positions = load_positions()
    assert positions is not None
    assert done.findings.map is not None
    assert dict(done.findings.map.points) == {code: positions.at[code] for code in CITIES if code in positions.at}
    assert done.findings.map.credit == f"{load_shapes().credit} {positions.credit}"
    inputs = json.loads((tmp_path / "out" / "audit.json").read_bytes())["inputs"]
    drawn = {f"shapes/{file.name}": file for file in (positions.file, load_shapes().file)}
    assert {name: digest for name, digest in inputs.items() if name.startswith("shapes/")} == {
        name: hashlib.sha256(file.read_bytes()).hexdigest() for name, file in drawn.items()
    }


# ------------------------------------------------------------------------------------------------- neither


def test_cities_without_positions_have_no_map(tmp_path: Path) -> None:
    nowhere = tuple(f"CN-99{k:02d}00" for k in range(1, 25))
    done = run(study_of(tmp_path, nowhere, "CN-990100"), out=tmp_path / "out")
    assert done.findings.map is None
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert 'id="map-1"' not in page
    assert 'id="donors"' in page


def test_units_of_two_geographies_have_no_map(tmp_path: Path) -> None:
    path = study_of(tmp_path, (*STATES[:20], "CN-GZ", "CN-SN"), "CN-GZ")
    assert run(load(path)).findings.map is None
