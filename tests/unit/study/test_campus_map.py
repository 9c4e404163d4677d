"""The map of a campus' sites, identifiers of sites whose names are in another script, and a campus beside a zone."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.unit.study.campuses import GRID, HEAD, SITE, written
from tests.unit.study.invented import write_study

from pilotzone.study import load, run_study
from pilotzone.study.campus.map import map_shapes, sites_map, unmapped_words
from pilotzone.study.campus.wording import campus_words, water_of

NEW, OLD = "\u8d35\u5b89", "\u8d35\u9633"


def text(*places: tuple[str, str]) -> str:
    sites = []
    for k, (name, place) in enumerate(places):
        # Elsewhere than in China the evidence has no carbon factor of a grid.
        carbon = "" if "CN-" in place else "carbon_t_per_mwh = 0.4\n"
        sites.append("\n".join((SITE.format(name=name, place=place), GRID.replace("500", f"{500 + 10 * k}") + carbon)))
    return "\n".join((HEAD.format(top="", campus="", in_use="{ 2027 = 1.0 }"), *sites))


@lru_cache(maxsize=4)
def run_of(*places: tuple[str, str]) -> Any:  # noqa: ANN401 - a run of a campus
    with TemporaryDirectory() as folder:
        return run_study(load(written(Path(folder), text(*places)), kind="campus"))


def in_region(*named: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple((name, f'pue = 1.3\nregion = "{code}"') for name, code in named)


SITES = in_region((NEW, "CN-GZ"), ("Hohhot", "CN-NM"), (OLD, "CN-GZ"))


def test_sites_are_numbered_by_cost_with_cost_co2_and_water_of_each() -> None:
    found = run_of(*SITES).findings
    figure = sites_map(found)
    assert figure is not None
    assert figure.chart.data["signs"][0]["sign"] in {"1, 3", "2"}
    assert sorted(row["sign"] for row in figure.chart.data["signs"]) == ["1, 3", "2"]
    rows = [[cell.value if cell.value is not None else cell.text for cell in row] for row in figure.sheet.rows]
    for design, row in zip(sorted(found.designs, key=lambda d: d.cost_per_kwh_it), rows, strict=True):
        known = (design.cost_per_kwh_it, design.total("co2")[0], water_of(design))
        assert row[0] == design.system.name
        for shown, value in zip(row[2:], known, strict=True):
            assert shown == "" if value is None else abs(float(shown) / value - 1) < 1e-9
    assert set(map_shapes(found)) == {row["code"] for row in figure.chart.data["shapes"]}


def test_water_of_a_site_that_is_not_known_is_not_taken_for_zero() -> None:
    found = run_of(*SITES).findings
    assert all(design.site_water_m3 is None and water_of(design) is None for design in found.designs)
    told = [text for text in campus_words(found) if "water consumed" in text]
    assert told
    assert all("by power plants (" in text and "; water used on the site is not known." in text for text in told)


def test_every_identifier_of_a_page_is_its_own_whatever_sites_are_called() -> None:
    page = run_of(*SITES).report()
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert sorted(set(ids)) == sorted(ids)
    weeks = [name for name in ids if name.startswith("week-") and name.endswith("-chart")]
    assert len(weeks) == 3


def test_why_there_is_no_map_is_said() -> None:
    without = run_of(*((name, "pue = 1.3") for name in ("Here", "There")))
    assert sites_map(without.findings) is None
    assert "no site names its region" in without.report()
    found = run_of(*SITES).findings
    far = [replace(site, entry=site.entry.model_copy(update={"region": "XX-1"})) for site in found.sites]
    elsewhere = replace(found, sites=(*far,))
    assert sites_map(elsewhere) is None
    assert map_shapes(elsewhere) == {}
    assert "no shapes of all these regions together" in unmapped_words(elsewhere)
    one = run_of(*in_region(("Here", "CN-GZ"))).findings
    assert sites_map(one) is None
    assert unmapped_words(one) == ""


def test_a_campus_stands_beside_a_zone(tmp_path: Path) -> None:
    zone = write_study(tmp_path)
    written(tmp_path, text(*SITES))
    zone.write_text(f'{zone.read_text(encoding="utf-8")}\n[beside]\ncampus = "mine.toml"\n', encoding="utf-8")
    page = run_study(load(zone)).report()
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert sorted(set(ids)) == sorted(ids)
    assert {"beside-campus", "beside-campus-sites-map", "beside-campus-load-duration"} <= set(ids)
