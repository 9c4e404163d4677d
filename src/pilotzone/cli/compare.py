"""``pilotzone compare``: two runs and what differs, or any number as the columns of a table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from pilotzone.cli.completion import complete_run
from pilotzone.core import UsageError, check_choice, shown

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
Beneath = Literal["se", "p", "interval"]
_TWO = 2
_DIGEST = 12
_LONGEST = 160


def compare(
    runs: Annotated[
        list[str],
        typer.Argument(metavar="RUN", help="Folders of runs, such as runs/NAME.", autocompletion=complete_run),
    ],
    etable: Annotated[
        bool,
        typer.Option("--etable", help="A column for each run: effects with standard errors beneath, facts below."),
    ] = False,
    out: Annotated[
        list[Path] | None,
        typer.Option(
            "--out",
            "-o",
            metavar="FILE",
            help="Write that table: .tex (LaTeX), .rtf (Word), .html, .md or .txt. May be repeated.",
            show_default=False,
        ),
    ] = None,
    beneath: Annotated[
        str | None,
        typer.Option("--beneath", help="What stands beneath effects: se, p or interval.", show_default="se"),
    ] = None,
    stars: Annotated[
        str | None,
        typer.Option(
            "--stars", metavar="LEVELS", help="Stars at levels of p, such as 0.1,0.05,0.01.", show_default=False
        ),
    ] = None,
    events: Annotated[
        bool, typer.Option("--events", help="Effects by time since treatment below the averages, for panels.")
    ] = False,
    names: Annotated[
        str | None,
        typer.Option("--names", metavar="NAME[,NAME]", help="Heads of the columns.", show_default=False),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print it as JSON, texts and numbers in full.")] = False,
) -> None:
    """Lay runs side by side.

    Two runs: their verdicts and estimates, and what differs in the choices of the study, in donors, inputs and
    versions. With --etable any number of runs of one kind become the columns of a table for a
    paper; a single run has a column for each of its estimators or places. Nothing is computed anew. Ends with 0 whether
    something differs or not.
    """
    if etable:
        _table(runs, out or [], beneath or "se", stars, names, events=events, json=json)
        return
    for option, given in (
        ("--out", out),
        ("--beneath", beneath),
        ("--stars", stars),
        ("--events", events),
        ("--names", names),
    ):
        if given:
            raise UsageError(f"{option} goes with --etable, and only with it.")
    _contrast(runs, json=json)


def _contrast(runs: list[str], *, json: bool) -> None:
    """Print two runs and what differs between them."""
    from pilotzone.cli.screen import print_json
    from pilotzone.study import compare_runs

    if len(runs) != _TWO:
        raise UsageError(
            f"{len(runs)} {'run is' if len(runs) == 1 else 'runs are'} given.",
            allowed="two runs, or any number with --etable",
        )
    found = compare_runs(*runs)
    if json:
        print_json(found.to_dict())
    else:
        _print(found)


def _table(
    runs: list[str],
    out: list[Path],
    beneath: str,
    stars: str | None,
    names: str | None,
    *,
    events: bool,
    json: bool,
) -> None:
    """Print runs as the columns of a table, or write it to files."""
    from pilotzone.cli.screen import print_json, print_line
    from pilotzone.report import plain
    from pilotzone.study import check_table_file, etable, write_table

    check_choice(beneath, Beneath, "--beneath")
    files = [check_table_file(file) for file in out]
    table = etable(
        *runs,
        names=None if names is None else [name.strip() for name in names.split(",")],
        beneath=beneath,  # type: ignore[arg-type]
        stars=() if stars is None else _levels(stars),
        events=events,
    )
    for file in files:
        write_table(table, file)
    if json:
        print_json({"title": table.title, "columns": list(table.columns), "rows": table.rows(), "note": table.note})
    elif files:
        print_line(f"Table: {', '.join(map(str, files))}")
    else:
        for line in plain(table.to_text()).splitlines():
            print_line(line)


def _levels(stars: str) -> list[float]:
    try:
        return [float(level) for level in stars.split(",")]
    except ValueError:
        raise UsageError(f"--stars is {shown(stars)}.", allowed="levels, such as 0.1,0.05,0.01") from None


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
