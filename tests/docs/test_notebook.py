"""The notebook runs from top to bottom in a kernel, shows what a person can take in at a glance, and stays small."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.docs.walkthrough import ROOT

NOTEBOOK = ROOT / "docs" / "how-to" / "notebook.ipynb"
MOST_BYTES = 300_000
MOST_LINES = 25
# In a process of its own: the kernel's client opens sockets and loops that are not this suite's to close.
EXECUTE = """
import sys
import nbformat
from nbclient import NotebookClient
notebook = nbformat.read(sys.argv[1], as_version=4)
NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
nbformat.write(notebook, sys.argv[2])
"""


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("notebook")
    path = folder / "executed.ipynb"
    own = {name: str(folder / name) for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR")}
    done = subprocess.run(
        [sys.executable, "-c", EXECUTE, str(NOTEBOOK), str(path)],
        cwd=folder,
        env={**os.environ, **own},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return path


def cells(path: Path) -> list[dict[str, Any]]:
    notebook: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def test_is_kept_without_outputs() -> None:
    assert all(not cell["outputs"] and cell["execution_count"] is None for cell in cells(NOTEBOOK))


def test_runs_from_top_to_bottom_and_stays_small(executed: Path) -> None:
    found = cells(executed)
    assert [cell["execution_count"] for cell in found] == [*range(1, len(found) + 1)]
    outputs = [item for cell in found for item in cell["outputs"]]
    assert {item["output_type"] for item in outputs} == {"execute_result"}
    assert len(outputs) >= len(found) - 1
    assert executed.stat().st_size < MOST_BYTES


def test_no_cell_floods_the_screen(executed: Path) -> None:
    for cell in cells(executed):
        for item in cell["outputs"]:
            plain = "".join(item["data"]["text/plain"]).splitlines()
            assert len(plain) <= MOST_LINES, "".join(cell["source"])


def test_charts_are_drawn(executed: Path) -> None:
    drawn = [
        "".join(cell["source"])
        for cell in cells(executed)
        for item in cell["outputs"]
        if any("vegalite" in kind for kind in item["data"]) or "vegaEmbed" in str(item["data"].get("text/html", ""))
    ]
    assert drawn == [text for text in ("".join(cell["source"]) for cell in cells(executed)) if ".plot(" in text]
