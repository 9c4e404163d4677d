"""Campus files for tests: one site on the grid with diesel, PUE given; parts are put in where a test says."""

from __future__ import annotations

from pathlib import Path

from pilotzone.study import load
from pilotzone.study.campus import CampusMaterial, CampusStudy, campus_material

HEAD = 'title = "Small"\n{top}\n[campus]\nit_mw = 10.0\nyear = 2027\nutilisation = 0.5\nin_use = {in_use}\n{campus}\n'
SITE = '[[site]]\nname = "{name}"\n{place}\n'
GRID = "[site.grid]\ntariff = 500.0\n"


def campus(
    *parts: str,
    top: str = "",
    load: str = "",
    in_use: str = "{ 2027 = 1.0 }",
    place: str = 'pue = 1.3\nregion = "CN-GZ"',
) -> str:
    """Return a campus file of one site that is called Here: supply, and whatever follows it, in parts."""
    head = HEAD.format(top=top, campus=load, in_use=in_use)
    return "\n".join((head, SITE.format(name="Here", place=place), *(parts or (GRID,))))


def written(folder: Path, text: str, name: str = "mine") -> Path:
    """Write a campus file; return its path."""
    path = folder / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    return path


def study_of(folder: Path, text: str) -> CampusStudy:
    """Read a campus file."""
    return load(written(folder, text), kind="campus")


def material_of(folder: Path, text: str) -> CampusMaterial:
    """Read a campus file and what it names."""
    return campus_material(study_of(folder, text))


def hourly(folder: Path, name: str, values: object, *, heading: str = "value") -> Path:
    """Write a file of one column."""
    path = folder / name
    path.write_text("\n".join([heading, *map(str, values)]) + "\n", encoding="utf-8")  # type: ignore[call-overload]
    return path
