"""``pilotzone verify``: recompute a run and say what differs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pilotzone.cli.completion import complete_run

if TYPE_CHECKING:
    from pilotzone.study import Verification

__all__ = ["verify"]

_CODES = {"same": 0, "not recomputed": 3, "different": 4, "not all": 5}


def verify(
    run: Annotated[
        str,
        typer.Argument(metavar="RUN", help="Folder of a run, such as runs/NAME.", autocompletion=complete_run),
    ],
    data: Annotated[
        Path | None,
        typer.Option(
            "--data",
            metavar="FOLDER",
            help="Where the study's data file lies now, if not where the run found it.",
            show_default=False,
        ),
    ] = None,
    engine: Annotated[
        str, typer.Option("--engine", help="Engine that reads a panel, in place of that of the run: duckdb or spark.")
    ] = "duckdb",
    master: Annotated[
        str | None,
        typer.Option(
            "--master",
            metavar="URL",
            help="Where Spark runs, such as local[4] or spark://host:7077.",
            show_default=False,
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print everything that was found as JSON.")] = False,
) -> None:
    """Recompute a run and say what differs.

    The study is run anew as its audit.json tells, and every file in the folder is compared with what comes out, by its
    bytes; inputs with the hashes listed there, settings with the study file. Nothing is written. Ends with 0 if all is
    the same, 4 if something differs, 5 if something could not be compared and the rest is the same, 3 if the run cannot
    be recomputed.
    """
    from pilotzone.cli.progress import progress
    from pilotzone.cli.screen import print_json
    from pilotzone.study import verify as check

    engines: dict[str, Any] = {"engine": engine, "master": master}
    with progress(("recomputing",), silent=json) as announce:
        found = check(run, data=data, **engines, progress=announce)
    if json:
        print_json(found.to_dict())
    else:
        _print(found)
    raise typer.Exit(_CODES[found.state])


def _print(found: Verification) -> None:
    from pilotzone.cli.screen import print_text

    head, *others = found.lines()
    print_text(head, style="bold", hanging="  ")
    for line in others:
        print_text(line, hanging="  ")
    if found.differences:
        print_text("All of it, with values in full: --json", hanging="  ")
