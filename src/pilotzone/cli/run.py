"""``pilotzone run``: run a study and say what came out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pilotzone.cli.completion import complete_study

if TYPE_CHECKING:
    from pilotzone.study import StudyRun

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
    json: Annotated[
        bool, typer.Option("--json", help="Print the verdict as JSON, what verdict.json holds, and nothing else.")
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="No progress, and one line: the study and its verdict.")
    ] = False,
) -> None:
    """Run a study: print its verdict and write its report.

    The folder gets verdict.json, effects.parquet, evidence.parquet, report.html and audit.json. An earlier run in it
    is replaced in one step; a folder that holds anything else is left alone.
    """
    from pilotzone.cli.progress import progress
    from pilotzone.cli.screen import print_json
    from pilotzone.study import load_study, run_study, verdict_record, with_sensitivity, write_run

    read = with_sensitivity(load_study(study)) if sensitivity else load_study(study)
    folder = Path("runs", read.name) if out is None else out
    with progress(silent=quiet) as announce:
        done = run_study(read, progress=announce)
        announce("report")
        write_run(done, folder)
    if json:
        print_json(verdict_record(done))
    elif quiet:
        _print_label(done)
    else:
        _print_verdict(done, folder)


def _print_label(done: StudyRun) -> None:
    from pilotzone.cli.screen import print_line

    print_line(f"{done.study.name}: {done.verdict.label}")


def _print_verdict(done: StudyRun, folder: Path) -> None:
    from pilotzone.cli.screen import columns, print_line, print_lines
    from pilotzone.report import verdict_lines
    from pilotzone.study import ARTEFACTS

    print_lines(verdict_lines(done.findings, columns()))
    print_line("")
    print_line(f"Report: {folder / 'report.html'}")
    others = ", ".join(name for name in ARTEFACTS if name != "report.html")
    print_line(f"Beside it: {others}")
