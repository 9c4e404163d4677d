"""``pilotzone run``: run a study and say what came out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, get_args

import typer

from pilotzone.cli.completion import complete_study
from pilotzone.core import TableFormat, UsageError, check_choice

if TYPE_CHECKING:
    from pilotzone.study import PanelStudy, StudyRun

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
    json: Annotated[
        bool, typer.Option("--json", help="Print the verdict as JSON, what verdict.json holds, and nothing else.")
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="No progress, and one line: the study and its verdict.")
    ] = False,
) -> None:
    """Run a study: print its verdict and write its report.

    A study is of one zone or a few ([zone]), or of many units on a panel ([panel]). The folder gets verdict.json,
    effects.parquet, evidence.parquet (of a zone), report.html and audit.json. An earlier run in it is replaced in one
    step; a folder that holds anything else is left alone. --tables adds a table-NAME.tex or table-NAME.rtf for the
    verdict, effects, checks, estimators and specifications of a zone.
    """
    from pilotzone.cli.progress import progress
    from pilotzone.cli.screen import print_json
    from pilotzone.study import PanelStudy, read_study, run_study, verdict_record, with_sensitivity, write_run

    forms = _forms(tables or [])
    read = read_study(study)
    folder = Path("runs", read.name) if out is None else out
    if isinstance(read, PanelStudy):
        _refuse("--sensitivity" if sensitivity else "--tables" if forms else None)
        _run_panel(read, folder, json=json, quiet=quiet)
        return
    if sensitivity:
        read = with_sensitivity(read)
    with progress(silent=quiet) as announce:
        done = run_study(read, progress=announce)
        announce("report")
        write_run(done, folder, tables=forms)
    if json:
        print_json(verdict_record(done))
    elif quiet:
        _print_label(done)
    else:
        _print_verdict(done, folder, forms)


def _refuse(option: str | None) -> None:
    if option is not None:
        raise UsageError(
            f"{option} is there for studies of a zone; this one is of a panel with many units.",
            todo="leave it out; method.honest varies what trends may do, and effects.parquet holds every effect",
        )


def _run_panel(study: PanelStudy, folder: Path, *, json: bool, quiet: bool) -> None:
    from pilotzone.cli.evaluate import print_evaluation
    from pilotzone.cli.progress import reading
    from pilotzone.study import run_panel_study

    with reading(silent=quiet or json) as progress:
        done = run_panel_study(study, progress=progress)
    done.write(folder)
    print_evaluation(done.findings, folder, json=json, quiet=quiet)


def _forms(tables: list[str]) -> list[TableFormat]:
    """Return the formats that were asked for, checked before anything is computed."""
    for item in tables:
        check_choice(item, TableFormat, "--tables")
    return [form for form in get_args(TableFormat) if form in tables]


def _print_label(done: StudyRun) -> None:
    from pilotzone.cli.screen import print_line

    print_line(f"{done.study.name}: {done.verdict.label}")


def _print_verdict(done: StudyRun, folder: Path, tables: list[TableFormat]) -> None:
    from pilotzone.cli.screen import columns, print_line, print_lines, print_text
    from pilotzone.report import paper_files, verdict_lines
    from pilotzone.study import ARTEFACTS

    print_lines(verdict_lines(done.findings, columns()))
    print_line("")
    print_line(f"Report: {folder / 'report.html'}")
    others = ", ".join(name for name in ARTEFACTS if name != "report.html")
    print_line(f"Beside it: {others}")
    if tables:
        print_text(f"Tables: {', '.join(paper_files(done.findings, tables))}", hanging="  ")
