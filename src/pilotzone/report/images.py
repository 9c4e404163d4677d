"""A report's charts as picture files, for those who have no browser at hand: the one part that needs a V8."""

from __future__ import annotations

import json
import re
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pilotzone.core import DataError, UsageError, check_extra
from pilotzone.report.spec import CONFIG, checked_spec

if TYPE_CHECKING:
    import os

__all__ = ["save_charts"]

VEGA_LITE = "6.4"
"""As vl-convert calls the version that stands in the page."""

_MATERIAL = re.compile(r'<script type="application/json" id="material">(.*?)</script>', re.DOTALL)
_ID = re.compile(r"[a-z0-9-]+")
_WIDTH, _SCALE = 720, 2
_TITLE, _FOOT = 88, 125
"""Letters in a line of the title and of what stands below it."""
_SPACE = 64 * 1024**3
"""Address space that a V8 takes before it does anything, in bytes; it does not use it."""


def save_charts(page: str, folder: str | os.PathLike[str], kind: Literal["svg", "png"] = "svg") -> tuple[Path, ...]:
    """Write every chart of a report to an SVG or PNG file, with title and source.

    The buttons below the charts give the same files; use this function in programs. It needs the extra ``images``:
    ``pip install 'pilotzone[images]'``.

    Parameters
    ----------
    page
        HTML text of a report, from ``report()`` or from the file ``report.html``.
    folder
        Folder for the files; it is made if it does not exist.
    kind
        ``"svg"``, or ``"png"`` at twice the size.

    Returns
    -------
    tuple of Path
        Paths of the files, which are named after their charts.

    Raises
    ------
    UsageError
        If the extra is not installed, the kind is unknown, or the process is limited to less than the 64 GB of address
        space that the JavaScript engine reserves.
    DataError
        If the text is not a report, or one of its charts contains something that pilotzone never writes.
    """
    if kind not in {"svg", "png"}:
        raise UsageError(f"the kind of picture is {kind!r}.", allowed="'svg' or 'png'")
    material = _material(page)
    _check_engine()
    specs = {figure["id"]: _whole(figure, material["shapes"]) for figure in material["figures"]}
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    return tuple(_write(spec, target / f"{name}.{kind}") for name, spec in specs.items())


def _material(page: str) -> dict[str, Any]:
    found = _MATERIAL.search(page)
    try:
        material: dict[str, Any] = json.loads(found[1]) if found else {}
        names = [figure["id"] for figure in material["figures"]]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise DataError(
            "the text is not a report of pilotzone: its charts are not found.",
            todo="give the whole text of report.html, or make it anew with this version",
        ) from error
    if not all(isinstance(name, str) and _ID.fullmatch(name) for name in names):
        raise DataError("the report names a chart as pilotzone never does.", allowed="small letters, digits, hyphens")
    return material


def _check_engine() -> None:
    check_extra("images", "pictures are asked for", "the buttons below the charts of a report, which need nothing more")
    try:
        import resource
    except ImportError:  # Windows, where no such limit is set
        return
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    if limit not in {resource.RLIM_INFINITY, -1} and limit < _SPACE:
        raise UsageError(
            f"pictures need 64 GB of address space, and this process may have {limit / 1e9:.0f} GB.",
            allowed="ulimit -v unlimited; memory itself is hardly used",
            todo="lift the limit, or use the buttons below the charts of the report",
        )


def _whole(figure: dict[str, Any], shapes: dict[str, Any]) -> dict[str, Any]:
    """Return a chart's specification with its data, its title and its source, as a file of its own has them."""
    try:
        spec = checked_spec(figure["spec"])
        data = {name: _records(name, found, shapes) for name, found in figure["data"].items()}
        lines = [line for text in figure["foot"] for line in textwrap.wrap(text, _FOOT)]
        title = textwrap.wrap(figure["title"], _TITLE)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(
            f"the chart {figure['id']!r} holds what pilotzone never writes.", todo="make the report anew"
        ) from error
    looks = {"anchor": "start", "frame": "bounds", "offset": 14, "subtitlePadding": 6}
    return spec | {
        "width": _WIDTH,
        "autosize": "pad",
        "padding": 12,
        "title": {"text": title, "subtitle": lines, **looks},
        "config": CONFIG,
        "datasets": data,
    }


def _records(name: str, found: dict[str, Any], shapes: dict[str, Any]) -> list[dict[str, Any]]:
    records = [dict(zip(found["columns"], row, strict=True)) for row in found["rows"]]
    if name != "shapes":
        return records
    return [row | {"type": "Feature", "geometry": shapes[row["code"]]} for row in records]


def _write(spec: dict[str, Any], path: Path) -> Path:
    import vl_convert

    if path.suffix == ".svg":
        path.write_text(vl_convert.vegalite_to_svg(spec, vl_version=VEGA_LITE, allowed_base_urls=[]), encoding="utf-8")
    else:
        path.write_bytes(vl_convert.vegalite_to_png(spec, vl_version=VEGA_LITE, scale=_SCALE, allowed_base_urls=[]))
    return path
