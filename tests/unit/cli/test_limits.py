"""What a report needs of a machine: within the address space that clusters allow, and without a JavaScript engine."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from tests.unit.cli.command import ended, start
from tests.unit.cli.test_evaluate import CLAIM, COLUMNS, towns
from tests.unit.cli.test_place import PLAN
from tests.unit.study.invented import write_figures, write_study

SITING = """
title = "Two provinces"
draws = 200
batches = 20
regions = ["CN-GZ", "CN-NM"]

[[criterion]]
name = "pue"
"""

# As `ulimit -v 16000000` sets it; V8 alone asks for 64 GB. The extra is made to be missing besides.
LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (16_000_000 * 1024,) * 2)
sys.modules["vl_convert"] = None
"""


def arguments(command: str, folder: Path) -> list[str | Path]:
    """Write what the command is called with."""
    if command == "evaluate":
        return [towns(12, folder), *COLUMNS, *CLAIM]
    if command == "run":
        write_figures(folder)
        return [write_study(folder)]
    path = folder / f"{command}.toml"
    path.write_text(PLAN if command == "place" else SITING, encoding="utf-8")
    return [path]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems limit address space otherwise, or not at all")
@pytest.mark.parametrize("command", ["run", "evaluate", "site", "place"])
def test_reports_are_written_within_a_limit_of_address_space(command: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    called = [command, *arguments(command, tmp_path), "--out", out, "--quiet"]
    said = ended(start(*called, cwd=tmp_path, code=LIMITED))
    assert (said.code, said.err) == (0, "")
    assert 'id="material"' in (out / "report.html").read_text(encoding="utf-8")
