"""``pilotzone run``: run a study and say what came out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, get_args

import typer

from pilotzone.cli.completion import complete_study
from pilotzone.core import TableFormat, check_choice

__all__ = ["run"]


def run(
    study: Annotated[
        str,
        typer.Argument(
            metavar="STUDY",
            help="A bundled study (see 'pilotzone studies') or the path of a study file.",
            autocompletion=complete_study,
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="FOLDER", help="Where to write. [default: runs/NAME]", show_default=False),
    ] = None,
    sensitivity: Annotated[
        bool,
        typer.Option(
            "--sensitivity",
            help="Judge the main design under many specifications as well: other donors, windows, dates.",
        ),
    ] = False,
    tables: Annotated[
        list[str] | None,
        typer.Option(
            "--tables",
            metavar="[latex|word]",
            autocompletion=lambda: list(get_args(TableFormat)),
            help="Write tables for a paper as well: latex (.tex) or word (.rtf). May be given twice.",
            show_default=False,
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON, and nothing else.")] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="No progress, and one line: the study and its finding.")
    ] = False,
) -> None:
    """Run a study of any kind and write its report.

    The findings are printed as well. A study is of one zone or a few ([zone]), of a panel with many units ([panel]), a
    ranking of places ([[place]]), a plan of what is placed where ([[class]]), a campus ([campus]), an appraisal
    ([appraisal]) or a transfer ([transfer]). The folder gets report.html, audit.json, the findings as JSON and tables.
    An earlier run in the folder is replaced in one step; a folder that holds anything else is left alone. --tables adds
    a table-NAME.tex or table-NAME.rtf for the verdict, effects, checks, estimators and specifications of a zone.
    """
    from pilotzone.cli.showing import run_and_show
    from pilotzone.study import check_tables, load, with_sensitivity

    # All of it before anything is computed.
    for item in tables or []:
        check_choice(item, TableFormat, "--tables")
    read = load(study)
    for option, given, can in (
        ("--sensitivity", sensitivity, read.kind.asked),
        ("--tables", tables, read.kind.papers),
    ):
        if given and not can:
            raise read.kind.without(option)
    forms = check_tables(read, tables or [])
    read = with_sensitivity(read) if sensitivity else read
    # A bundled study by its name as it is written, so that two of one name do not replace one another.
    folder = Path("runs", study if read.folder is None else read.name) if out is None else out
    run_and_show(read, folder, json=json, quiet=quiet, tables=forms)
