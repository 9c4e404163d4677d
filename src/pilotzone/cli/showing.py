"""Running a study of any kind from the command line and saying what came out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pilotzone.core import TableFormat
    from pilotzone.study import Run, Study

__all__ = ["run_and_show"]


def run_and_show(
    study: Study[Any],
    folder: Path | None,
    *,
    json: bool,
    quiet: bool,
    tables: Sequence[TableFormat] = (),
    hint: str = "",
) -> Run[Any]:
    """Run a study, print its findings as soon as they are known, then what stands beside it, and write its folder.

    Parameters
    ----------
    study
        The study.
    folder
        Where to write; nothing is written if ``None``.
    json, quiet
        Print the record as JSON and nothing else; or one line.
    tables
        Formats of tables for papers.
    hint
        What to say in place of where the report is, if nothing is written.
    """
    from pilotzone.cli.progress import progress
    from pilotzone.cli.screen import columns, print_blocks, print_json, print_line
    from pilotzone.report import plain
    from pilotzone.study import check_target, run_study, stages_of

    if folder is not None:
        check_target(folder)

    def show(run: Run[Any]) -> None:
        if not (json or quiet):
            print_blocks(run.lines(columns()))

    stages = (*stages_of(study), "report")
    with progress(stages, silent=quiet or json) as announce:
        done = run_study(study, progress=announce, found=show)
        if folder is not None:
            announce("report", None)
            done.write(folder, tables=tables)
    if json:
        print_json(done.record())
    elif quiet:
        print_line(plain(f"{study.name}: {study.kind.brief(done.findings)}"))
    else:
        _tell_the_rest(done, folder, tables, hint)
    return done


def _tell_the_rest(done: Run[Any], folder: Path | None, tables: Sequence[TableFormat], hint: str) -> None:
    """Say what stands beside the findings, and where the files are."""
    from pilotzone.cli.screen import print_line, print_text
    from pilotzone.report import plain

    print_line("")
    for run in done.beside.values():
        kind = run.study.kind
        print_text(plain(f"Beside it, {kind.word} ({run.study.name}): {kind.brief(run.findings)}."), hanging="  ")
    if folder is None:
        print_line(hint)
        return
    print_line(f"Report: {folder / 'report.html'}")
    others = [name for name in done.study.kind.artefacts if name != "report.html"]
    print_text(f"Beside it: {', '.join(others)}", hanging="  ")
    if tables:
        papers = done.study.kind.extras(done.findings, tables)
        print_text(f"Tables: {', '.join(papers)}", hanging="  ")
