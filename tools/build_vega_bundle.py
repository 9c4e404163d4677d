"""Fetch the published Vega scripts that draw a report's charts, and put them where the package finds them.

Run it after raising a version below: ``python tools/build_vega_bundle.py``. It needs npm, and nothing else does: the
result is committed. What comes out is the concatenation of the three files as published, so that anybody can compare
it with them.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ASSETS = Path(__file__).parents[1] / "src" / "pilotzone" / "report" / "assets"

# The file that is taken from each package, in the order in which they are loaded, and the package's sha256.
# vega-lite has to be the version whose schema Altair writes, and vega one that it compiles for
# (tests/unit/report/test_bundle.py holds them together).
SCRIPTS = {
    "vega@6.2.0": ("build/vega.min.js", "aa98ba8c2141f60123e98cdac229303450b1401e5c20f4434a18431e9a9a344d"),
    "vega-lite@6.4.1": (
        "build/vega-lite.min.js",
        "7226845c140626b2bf2dae3dd7372d6e2dbdf65380d857c70da8e487ca6cf15e",
    ),
    "vega-embed@7.0.2": ("build/vega-embed.min.js", "8322f1dbe349ff275436f9edcf8c5ee87525a088c95dc85ba555289dde7c7c79"),
}

# Published inside those files: their licences have to travel with them.
INSIDE = """
d3-array@3.2.5 d3-color@3.1.1 d3-delaunay@6.0.6 d3-dispatch@3.0.2 d3-dsv@3.0.2 d3-force@3.0.1
d3-format@3.1.3 d3-geo@3.1.2 d3-geo-projection@4.0.0 d3-hierarchy@3.1.3 d3-interpolate@3.0.2 d3-path@3.1.1
d3-quadtree@3.0.2 d3-scale@4.0.3 d3-scale-chromatic@3.1.1 d3-shape@3.2.1 d3-time@3.1.1 d3-time-format@4.1.1
d3-timer@3.0.2 delaunator@5.1.0 fast-json-patch@3.1.1 internmap@2.0.3 json-stringify-pretty-compact@4.0.0
robust-predicates@3.0.3 semver@7.8.6 topojson-client@3.1.0 tslib@2.9.1 vega-interpreter@2.3.2
vega-schema-url-parser@3.0.2 vega-themes@3.0.0 vega-tooltip@1.0.0
"""


def fetch(package: str, folder: Path) -> Path:
    """Return the archive of a package, fetched by npm."""
    command = ["npm", "pack", package, "--json", "--pack-destination", str(folder)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return folder / str(json.loads(done.stdout)[0]["filename"])


def member(archive: Path, pattern: str) -> str:
    """Return the text of the one file of an archive whose path below ``package/`` matches."""
    with tarfile.open(archive) as tar:
        found = [name for name in tar.getnames() if re.fullmatch(pattern, name.removeprefix("package/"))]
        if len(found) != 1:
            sys.exit(f"{archive.name}: {pattern} matches {found or 'nothing'}")
        file = tar.extractfile(found[0])
        if file is None:
            sys.exit(f"{archive.name}: {found[0]} is not a file")
        return file.read().decode("utf-8")


def script_text(package: str, archive: Path) -> str:
    """Return the pinned script of a package, without its pointer to a source map that is not shipped."""
    path, pinned = SCRIPTS[package]
    actual = hashlib.sha256(archive.read_bytes()).hexdigest()
    if actual != pinned:
        sys.exit(f"{package} has sha256 {actual}, not {pinned}")
    text = re.sub(r"\n//# sourceMappingURL=.*", "", member(archive, re.escape(path)))
    # Either would end or confuse the script element that the text is put into.
    for bad in ("</script", "<!--", "\r", "\0"):
        if bad in text.lower():
            sys.exit(f"{package} contains {bad!r}")
    return f"/* {package} {path} */\n{text.strip()}\n"


def main() -> None:
    """Write the bundle and the licences."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        scripts: list[str] = []
        notices: list[str] = []
        for package in [*SCRIPTS, *INSIDE.split()]:
            archive = fetch(package, folder)
            if package in SCRIPTS:
                scripts.append(script_text(package, archive))
            licence = member(archive, r"(?i)licen[sc]e(\.txt|\.md)?").strip().replace("\r\n", "\n")
            notices.append(f"{package}\n{'-' * len(package)}\n{licence}\n")
    ASSETS.mkdir(exist_ok=True)
    bundle = "".join(scripts)
    (ASSETS / "vega-bundle.min.js").write_text(bundle, encoding="utf-8", newline="\n")
    (ASSETS / "vega-bundle.LICENSES.txt").write_text("\n\n".join(notices), encoding="utf-8", newline="\n")
    print(f"{len(bundle.encode()):,} bytes, {len(notices)} licences")


if __name__ == "__main__":
    main()
