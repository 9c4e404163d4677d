"""Runs made on another kind of processor, by other versions or by another engine: numbers within a tolerance, no more.

Libraries of linear algebra hold code for several kinds of processors, and an environment variable chooses among them:
so a run is made here as it would be on another machine.
"""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.unit.study.forged import cell, edit, rewrite, sealed, swap
from tests.unit.study.test_panels import STUDY, write_towns

from pilotzone.study import verify
from pilotzone.study.runs.alike import compared, texts_alike
from pilotzone.study.runs.audit import processor

if TYPE_CHECKING:
    from collections.abc import Callable

MAKE = """
import sys
from pilotzone.study import run
run(sys.argv[1], out=sys.argv[2])
"""


@pytest.fixture(scope="module")
def _original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a run as on a processor that knows less."""
    if platform.machine() not in {"x86_64", "AMD64"}:
        pytest.skip("needs a processor whose older kinds are known by name")
    home = tmp_path_factory.mktemp("elsewhere")
    write_towns(home / "towns.parquet")
    (home / "zones.toml").write_text(STUDY, encoding="utf-8")
    older = "Nehalem" if "Haswell" in processor() else "Haswell"
    environment = os.environ | {"OPENBLAS_CORETYPE": older}
    subprocess.run([sys.executable, "-c", MAKE, home / "zones.toml", home / "run"], env=environment, check=True)
    return home


@pytest.fixture
def folder(_original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(_original, tmp_path / "home")) / "run"


def test_the_same_to_so_many_digits(folder: Path) -> None:
    made = json.loads((folder / "audit.json").read_bytes())["versions"]["processor"]
    assert made != processor()
    found = verify(folder)
    assert (found.state, found.differences, found.unchecked) == ("same", (), ())
    assert found.remarks[0] == f"Another kind of machine: processor {made} then, {processor()} now."
    assert found.lines()[0] == "zones: THE SAME to 9 digits when recomputed"
    assert any(text.startswith("effects.parquet comes out the same, all ") for text in found.close)
    # That something differs in its bytes is what makes this a test.
    assert not any(text.startswith("effects.parquet") for text in found.checked)
    assert any(text.startswith("audit.json comes out the same") for text in found.checked)


def further(change: float) -> Callable[[Path], None]:
    return lambda folder: rewrite(folder / "effects.parquet", cell("estimate", 3, lambda value: value * (1 + change)))


def other_place(folder: Path) -> None:
    """Change the last place of a number that stands in the report with three digits."""
    page = (folder / "report.html").read_text(encoding="utf-8")
    shown = re.search(r"(?<![\w.])\d\.\d\d(?![\w.])", page)
    assert shown is not None
    figure = shown[0]
    changed = figure[:-1] + ("5" if figure[-1] == "4" else "4" if figure[-1] in "35" else str(abs(int(figure[-1]) - 1)))
    swap(folder / "report.html", figure, changed)


@pytest.mark.parametrize(
    ("tamper", "state", "says"),
    [
        (further(1e-10), "same", "effects.parquet"),
        (further(1e-8), "different", "effects.parquet: estimate of"),
        (
            lambda folder: swap(folder / "report.html", "<h1", "<p>GREEN GROWTH</p><h1"),
            "different",
            "report.html: line",
        ),
        (lambda folder: swap(folder / "report.html", "Content-Security-Policy", "x"), "different", "report.html: line"),
        (lambda folder: edit(folder / "verdict.json", lambda r: r.update(x=1)), "different", "x is 1"),
        (lambda folder: edit(folder / "audit.json", lambda r: r.update(x=1)), "different", "x is 1"),
        (lambda folder: (folder / "notes").touch(), "not all", "also holds notes"),
        (other_place, "not all", "report.html shows figures that are rounded otherwise now: "),
    ],
    ids=range(8),
)
def test_no_more_than_digits(folder: Path, tamper: Callable[[Path], None], state: str, says: str) -> None:
    tamper(folder)
    sealed(folder)
    found = verify(folder)
    assert (found.state, says in "\n".join(found.lines())) == (state, True), found.lines()


@pytest.mark.parametrize(
    ("kept", "now", "state"),
    [
        ("a 0.1 b", "a 0.1000000000001 b", "digits"),
        ("a 0.1 b", "a 0.1000000000001 c", "other"),
        ("a 0.1", "a 0.100001", "rounded"),
        ("a 0.1234567", "a 0.1234568", "rounded"),
        ("a 1.5e-17", "a -3.25e-18", "digits"),
        ("a 1.5e-11", "a 3.5e-11", "other"),
        ("p = 0.05", "p = 0.049", "rounded"),
        ("p = 0.05", "p = 0.03", "other"),
        ("20 donors", "21 donors", "other"),
        ("20 donors", "20.0 donors", "digits"),
        ("[1,2,0.5]", "[1,2,0.6]", "rounded"),
        ("[100,200.5]", "[100,201.7]", "other"),
        ("[100,200.5]", "[101,200.5]", "other"),
        ("\u22120.5 %", "0.5 %", "other"),
        ("\u22120.5 %", "-0.5000000000001 %", "digits"),
        ("v1.2", "v1.3", "other"),
        ("3e57ab", "3e58ab", "other"),
        ("1.2.3", "1.2.4", "other"),
        ("12px", "13px", "other"),
        ("", "0.5", "other"),
        ("0 \x00", "\x00 0", "other"),
    ],
)
def test_texts(kept: str, now: str, state: str) -> None:
    assert texts_alike(kept, now, share=1e-9).state == state


def test_seven_digits_of_charts() -> None:
    kept, now = b"<html>[0.1234567]</html>", b"<html>[0.1234568]</html>"
    assert compared("report.html", kept, now, tolerant=True).state == "digits"
    assert compared("report.html", kept, now, tolerant=False).state == "other"
    assert compared("verdict.json", b'{"a": 0.1234567}', b'{"a": 0.1234568}', tolerant=True).state == "other"


def test_another_writer_of_tables(tmp_path: Path) -> None:
    """Of the same table, by another version of pyarrow: compared by what it holds."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from pilotzone.store import parquet_bytes

    table = pa.table({"unit": ["a", "b"], "value": [1.0, 2.0]})
    pq.write_table(table, tmp_path / "x.parquet", compression="zstd", version="1.0")
    kept, now = (tmp_path / "x.parquet").read_bytes(), parquet_bytes(table)
    assert compared("x.parquet", kept, now, tolerant=True, same_writer=False).state == "digits"
    assert compared("x.parquet", kept, now, tolerant=True).state == "other"
    noted = parquet_bytes(table.replace_schema_metadata({"a": "b"}))
    assert compared("x.parquet", noted, now, tolerant=True, same_writer=False).state == "other"
