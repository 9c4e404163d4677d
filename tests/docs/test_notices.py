"""The notices name everybody whose figures, shapes and scripts come along, and travel with the wheel."""

from __future__ import annotations

import json
import shutil
import tomllib
from pathlib import Path

import pytest

import notices

ROOT = Path(__file__).resolve().parents[2]
TEXT = notices.PAGE.read_text(encoding="utf-8")
PACKAGES = dict(notices.packages(notices.BUNDLED))


def part(name: str) -> str:
    """Return what stands of a folder."""
    return TEXT.partition(f"## Evidence in `{name}/`")[2].partition("\n## ")[0]


def test_notices_are_current() -> None:
    assert notices.page() == TEXT, "run: python tools/notices.py"


@pytest.mark.parametrize("name", PACKAGES)
def test_every_licence_table_and_source_stands_in_its_part(name: str) -> None:
    told, package = part(name), PACKAGES[name]
    assert package["title"] in told.splitlines()[0]
    assert package.get("notice", "") in told
    for licence in package["licenses"]:
        assert f"### {licence['title']}\n\n{licence['text']}\n" in told
        assert licence.get("path", "") in told
    for resource in package["resources"]:
        assert f"`{resource['path']}`" in told
    for source in package["sources"]:
        assert source["title"] in told
        assert source.get("path", "") in told


def test_everything_below_the_folder_has_a_part() -> None:
    folders = {path.name for path in notices.BUNDLED.iterdir() if path.is_dir()}
    assert folders == {*PACKAGES, "shapes"}
    for file in (notices.BUNDLED / "shapes").glob("*.json"):
        assert f"## Shapes in `shapes/{file.name}`" in TEXT


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("places", "World Resources Institute and others, Global Power Plant Database"),
        ("places", "https://creativecommons.org/licenses/by/4.0/"),
        ("cities", "GeoNames"),
        ("cities", "https://creativecommons.org/licenses/by/4.0/"),
        ("mapped", "OpenStreetMap contributors"),
        ("mapped", "https://opendatacommons.org/licenses/odbl/1-0/"),
    ],
)
def test_who_has_to_be_named_is_named(name: str, words: str) -> None:
    assert words in part(name)


@pytest.mark.parametrize(
    "words", ["Mark DiMarco", "Michael Bostock", "Natural Earth", "US Census Bureau", "vega-bundle"]
)
def test_makers_of_shapes_and_scripts_are_named(words: str) -> None:
    assert words in TEXT.partition("## Shapes in")[2]


def test_sources_stand_below_the_licence_they_come_under() -> None:
    """Attribution is asked for by a licence: whoever it asks to name stands under it, and not somewhere else."""
    for package in PACKAGES.values():
        for licence in package["licenses"]:
            entries = [*package["resources"], *package.get("series", ())]
            used = {key for item in entries if licence["name"] in item["licenses"] for key in item.get("sources", ())}
            below = notices.collection("x", package).partition(f"### {licence['title']}\n")[2]
            below = below.partition("\n### ")[0].partition("\nFurther sources:")[0]
            for source in package["sources"]:
                assert (f"- {source['title']}" in below) == (source["name"] in used), source["name"]


def test_another_licence_of_a_table_is_another_page(tmp_path: Path) -> None:
    folder = tmp_path / "bundled"
    shutil.copytree(notices.BUNDLED, folder)
    assert notices.page(folder) == TEXT
    file = folder / "mapped" / "datapackage.json"
    package = json.loads(file.read_text(encoding="utf-8"))
    package["licenses"][0]["text"] = "Other terms."
    file.write_text(json.dumps(package), encoding="utf-8")
    assert notices.page(folder) != TEXT
    assert "Other terms." in notices.page(folder)


def test_the_wheel_is_told_to_carry_every_licence_that_lies_in_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    carried = {path for pattern in project["license-files"] for path in ROOT.glob(pattern)}
    lying = {path for path in (ROOT / "src").rglob("*") if "LICENSE" in path.name or path.name == "NOTICES.md"}
    assert carried == {ROOT / "LICENSE", *lying}
