"""``pilotzone compare``: two runs side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from pilotzone.cli.completion import complete_run

if TYPE_CHECKING:
    from pilotzone.core import Cell
    from pilotzone.study import Contrast, RunComparison

__all__ = ["compare"]

_HEADS = {
    "verdict": "Verdict of the main design, and labels of the others",
    "outcome": "Outcomes by the main design",
    "setting": "Choices of the study that differ",
    "finding": "What was found",
    "place": "Places",
    "rule": "What rules cost",
    "donor": "Donors of the main design that differ",
    "treatment": "Regions whose treatment differs",
    "input": "Inputs that differ (SHA-256)",
    "version": "Versions that differ",
}
_DIGEST = 12
_LONGEST = 160


def compare(
    left: Annotated[
        str, typer.Argument(metavar="LEFT", help="Folder of a run, such as runs/NAME.", autocompletion=complete_run)
    ],
    right: Annotated[str, typer.Argument(metavar="RIGHT", help="Folder of another.", autocompletion=complete_run)],
    json: Annotated[bool, typer.Option("--json", help="Print it as JSON, texts and numbers in full.")] = False,
) -> None:
    """Lay two runs side by side.

    Verdicts and estimates as they stand in their folders, and what differs in the choices of the study, in donors,
    inputs and versions. Nothing is computed anew. Ends with 0 whether something differs or not.
    """
    from pilotzone.cli.screen import print_json
    from pilotzone.study import compare_runs

    found = compare_runs(left, right)
    if json:
        print_json(found.to_dict())
    else:
        _print(found)


def _print(found: RunComparison) -> None:
    from pilotzone.cli.screen import print_table, print_text

    print_text(f"Left: {found.left} ({found.studies[0]}). Right: {found.right} ({found.studies[1]}).", style="bold")
    for part in dict.fromkeys(row.part for row in found.rows):
        rows = [row for row in found.rows if row.part == part]
        print_text()
        print_text(_HEADS.get(part, part.capitalize()), style="bold")
        if rows:
            print_table(("", "left", "right"), [_shown(row) for row in rows])
    print_text()
    if found.same:
        print_text("Nothing differs.")
    for text in found.remarks:
        print_text(f"Remark: {text}", hanging="  ")


def _shown(row: Contrast) -> tuple[Cell, Cell, Cell]:
    mark = "" if row.same else " *"
    always = row.part not in {"setting", "donor", "treatment", "input", "version"}
    return f"{row.key}{mark if always else ''}", _cell(row, row.left), _cell(row, row.right)


def _cell(row: Contrast, value: Cell) -> str:
    if value is None or value == "":
        return "-"
    if isinstance(value, float) and row.part != "setting":
        return f"{value:.4g}"
    text = str(value)
    longest = _DIGEST if row.part == "input" else _LONGEST
    return text if len(text) <= longest else f"{text[:longest]}..."
