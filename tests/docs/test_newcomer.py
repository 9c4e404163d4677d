"""Five tasks of someone new, each from the pages alone: the pages' own blocks are followed to an answer, and counted.

What the figures hold is known, since the pages make them: each answer has to cover it.
"""

from __future__ import annotations

import ast
import json
import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.docs.walkthrough import ROOT, Block, agrees, blocks, outputs
from tests.unit.study.guizhou import guizhou

from pilotzone.study.zone.terminal import verdict_lines

INDEX = ROOT / "docs" / "README.md"


@dataclass(frozen=True)
class Followed:
    """Blocks of a page that were followed, and what the ones that were run printed."""

    steps: tuple[Block, ...]
    printed: tuple[str, ...]


def sections(page: str) -> dict[str, str]:
    """Return the parts of a page by their headings; what stands above the first is the part without one."""
    parts = re.split(r"^## (.+)\n", page, flags=re.MULTILINE)
    return {"": parts[0]} | dict(zip(parts[1::2], parts[2::2], strict=True))


def follow(name: str, headings: list[str], folder: Path, *, marks: set[str] | None = None) -> Followed:
    """Follow some sections of a page in a folder; what they show has to be what is printed."""
    parts = sections((ROOT / "docs" / name).read_text(encoding="utf-8"))
    kept = "\n".join(parts[heading] for heading in headings)
    if marks is not None:
        kept = _only(kept, marks)
    found = list(outputs(kept, folder))
    wrong = [printed for block, printed in found if block.shown is not None and not agrees(block.shown, printed)]
    assert wrong == []
    return Followed(tuple(blocks(kept)), tuple(printed for _, printed in found))


def _only(page: str, marks: set[str]) -> str:
    """Return a page whose first block and those of some languages are left, with the outputs of these."""
    fences = list(re.finditer(r"^```(\w+).*?\n.*?^```$", page, flags=re.MULTILINE | re.DOTALL))
    kept, last = [], ""
    for k, fence in enumerate(fences):
        if k == 0 or fence[1] in marks or (fence[1] == "text" and last in marks):
            kept.append(fence[0])
        last = fence[1]
    return "\n\n".join(kept) + "\n"


def steps_told(task: str) -> int:
    """Return how many steps the index of pages says that a task takes."""
    table = sections(INDEX.read_text(encoding="utf-8"))["Five first tasks"]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines() if line[:1] == "|"]
    return next(int(row[2]) for row in rows if row[0].startswith(task))


def effects_of(folder: Path, run: str) -> dict[str, tuple[float, float]]:
    """Return the interval of each outcome in a run's record, in percent."""
    record: Any = json.loads((folder / "runs" / run / "verdict.json").read_text(encoding="utf-8"))
    found = {item["outcome"]: item["intervals"] for item in record["confidence_sets"]}
    assert all(parts[0]["unit"] == "%" for parts in found.values())
    return {name: (parts[0]["low"], parts[0]["high"]) for name, parts in found.items()}


def test_readme_to_verdict() -> None:
    """One command, which ends in the bundled study's run; what the README shows is how that begins."""
    parts = sections((ROOT / "README.md").read_text(encoding="utf-8"))
    run = re.findall(r"^```(\w+)\n(.*?)^```$", parts["Start"], re.MULTILINE | re.DOTALL)
    begins = [mark for mark, _ in run].index("sh")
    until = next(k for k, (mark, _) in enumerate(run) if k > begins and mark == "text")
    steps = [text.strip() for mark, text in run[:until] if mark == "sh"]
    assert steps == ["make guizhou"]
    assert len(steps) == steps_told("From the README")
    recipe = re.search(r"^guizhou:[^\n]*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert recipe is not None
    assert "run guizhou" in recipe[1]
    printed = "".join(f"{line.text}\n" for line in verdict_lines(guizhou().findings, 100))
    assert agrees(run[until][1], printed)


def test_workbook_with_notes_and_two_sheets(tmp_path: Path) -> None:
    names = ["1. The workbook", "2. The study file", "3. The verdict"]
    found = follow("how-to/from-excel.md", names, tmp_path)
    assert len(found.steps) == steps_told("An Excel workbook")
    assert "Left out: Region 06 (GDP missing in 2009)." in found.printed[-1]
    for note in ("preliminary", "Statistical office"):
        assert note not in found.printed[-1]
    report = (tmp_path / "runs" / "aldova" / "report.html").read_text(encoding="utf-8")
    assert "2 rows below the table are left out as notes" in report
    intervals = effects_of(tmp_path, "aldova")
    low, high = intervals["log_gdp"]
    assert low < 25 < high
    low, high = intervals["log_co2"]
    assert low < 0 < high


def test_stata_panel_with_a_column_of_zeros_and_ones(tmp_path: Path) -> None:
    found = follow("how-to/from-stata.md", ["", "csdid"], tmp_path, marks={"sh"})
    assert len(found.steps) == steps_told("A Stata panel")
    (command,) = (block.text for block in found.steps if block.mark == "sh")
    assert ".dta" in command
    assert "--cohort treat" in command
    interval = re.search(r"\[\+([\d.]+), \+([\d.]+)\] +(\d+)", found.printed[-1])
    assert interval is not None
    assert float(interval[1]) < 100 * math.expm1(0.07) < float(interval[2])
    assert interval[3] == "80"


def test_notebook_with_a_frame_and_one_outcome() -> None:
    cells = json.loads((ROOT / "docs" / "how-to" / "notebook.ipynb").read_text(encoding="utf-8"))["cells"]
    texts = ["".join(cell["source"]) for cell in cells]
    until = next(k for k, text in enumerate(texts) if text.startswith("## A verdict"))
    session: dict[str, Any] = {}
    steps = [text for cell, text in zip(cells[:until], texts, strict=False) if cell["cell_type"] == "code"]
    shown = {text: _value(text, session) for text in steps}
    assert len(steps) == steps_told("A notebook")
    assert "Outcome(" not in "".join(steps)
    effects = session["effects"]
    assert abs(float(effects.joint.estimate[0]) - 0.18) < 0.02
    (interval,) = shown["pz.confidence_set(effects)"].intervals
    assert interval.low < 0.18 < interval.high
    assert shown["effects.plot()"].to_dict()["$schema"].startswith("https://vega.github.io/schema/vega-lite/")


def _value(text: str, session: dict[str, Any]) -> Any:  # noqa: ANN401 - whatever a cell shows
    """Run a cell as a notebook does, and return what it shows."""
    *body, last = ast.parse(text).body
    if not isinstance(last, ast.Expr):
        body, last = [*body, last], ast.Expr(ast.Constant(None))
    exec(compile(ast.Module(body, []), "<cell>", "exec"), session)  # noqa: S102 - the page's own example
    return eval(compile(ast.Expression(last.value), "<cell>", "eval"), session)  # noqa: S307 - the same


def test_monthly_series(tmp_path: Path) -> None:
    names = ["Months of one zone", "Months across the top of a sheet"]
    found = follow("how-to/periods.md", names, tmp_path)
    assert len(found.steps) == steps_told("A monthly series")
    assert "2016-03" in found.printed[-1]
    low, high = effects_of(tmp_path, "output")["log_output"]
    assert low < 100 * math.expm1(0.2) < high


# --------------------------------------------------------------------------------- the checker checks


@pytest.mark.parametrize(("marks", "count"), [({"sh"}, 2), ({"python", "sh"}, 3), (set(), 1)])
def test_only_some_blocks(marks: set[str], count: int) -> None:
    page = "```python\nx = 1\n```\n\n```python\nprint(x)\n```\n\n```text\n1\n```\n\n```sh\ntrue\n```\n"
    kept = _only(page, marks)
    assert len(blocks(kept)) == count
    assert ("```text" in kept) is ("python" in marks)


def test_page_that_shows_something_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "page.md").write_text("# T\n\n## A\n\n```sh\necho 1\n```\n\n```text\n2\n```\n", "utf-8")
    monkeypatch.setattr("tests.docs.test_newcomer.ROOT", tmp_path)
    with pytest.raises(AssertionError):
        follow("page.md", ["A"], tmp_path)
