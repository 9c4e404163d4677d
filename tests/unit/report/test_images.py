"""Charts as picture files: whole, with titles and sources, and made from nothing but a report of our own."""

from __future__ import annotations

import json
import re
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.unit.report.factory import GROWTH, SMOKE, make_findings

import pilotzone as pz
from pilotzone.core import DataError, UsageError
from pilotzone.study.zone.page import render_report

TITLE = 'Output\n\\" + (window.hit = 1) + \\" per <head>'


@pytest.fixture(scope="module")
def page() -> str:
    from dataclasses import replace

    return render_report(make_findings(outcomes=(replace(GROWTH, label=TITLE), SMOKE)))


def changed(page: str, change: Callable[[dict[str, Any]], object]) -> str:
    """Return the page with its material changed."""
    found = re.search(r'(id="material">)(.*?)(</script>)', page, re.DOTALL)
    assert found
    material = json.loads(found[2])
    change(material)
    return page[: found.start(2)] + json.dumps(material) + page[found.end(2) :]


def test_every_chart_becomes_a_file_with_its_title_and_source(page: str, tmp_path: Path) -> None:
    files = pz.save_charts(page, tmp_path / "charts")
    assert [file.stem for file in files] == re.findall(r'<figure id="([a-z0-9-]+)"', page)
    assert sorted(files) == sorted((tmp_path / "charts").iterdir())
    for file in files:
        svg = ET.fromstring(file.read_text(encoding="utf-8"))  # noqa: S314 - made here
        words = " ".join("".join(svg.itertext()).split())
        assert len(list(svg.iter())) > 20
        assert re.search("[Ii]nvented", words), file.stem  # the source, which every chart takes along
        assert not [item for item in svg.iter() if item.tag.endswith(("script", "foreignObject", "image"))]
    svg = ET.fromstring((tmp_path / "charts" / "paths-1.svg").read_text(encoding="utf-8"))  # noqa: S314 - made here
    paths = " ".join("".join(svg.itertext()).split())
    assert '\\" + (window.hit = 1) + \\" per <head>' in paths


def test_png_is_twice_the_size(page: str, tmp_path: Path) -> None:
    first, *_ = pz.save_charts(
        changed(page, lambda found: found["figures"].__delitem__(slice(1, None))), tmp_path, "png"
    )
    data = first.read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    assert int.from_bytes(data[16:20], "big") >= 1440


def with_url(found: dict[str, Any]) -> None:
    found["figures"][0]["spec"]["data"] = {"url": "file:///etc/passwd"}


def with_expression(found: dict[str, Any]) -> None:
    found["figures"][0]["spec"]["title"] = {"text": {"expr": "1 + 1"}}


def with_path(found: dict[str, Any]) -> None:
    found["figures"][0]["id"] = "../../elsewhere"


def without_shapes(found: dict[str, Any]) -> None:
    found["shapes"] = {}


@pytest.mark.parametrize("change", [with_url, with_expression, with_path, without_shapes])
def test_a_page_that_is_not_of_our_making_makes_no_file(
    change: Callable[[dict[str, Any]], object], page: str, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match=r"the chart|names a chart"):
        pz.save_charts(changed(page, change), tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("text", ["", "<html></html>", '<script type="application/json" id="material">[1]</script>'])
def test_other_texts_are_told_from_reports(text: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="not a report of pilotzone"):
        pz.save_charts(text, tmp_path)


def test_what_is_missing_is_said(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="'gif'"):
        pz.save_charts(page, tmp_path, "gif")  # type: ignore[arg-type]
    resource = pytest.importorskip("resource")
    with monkeypatch.context() as patched:
        patched.setattr(resource, "getrlimit", lambda _: (16 * 1024**3, -1))
        with pytest.raises(UsageError, match="64 GB of address space, and this process may have 17 GB"):
            pz.save_charts(page, tmp_path)
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    with pytest.raises(UsageError, match="vl-convert is not installed"):
        pz.save_charts(page, tmp_path)
