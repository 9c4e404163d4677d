"""``pilotzone inclusion``: who gains, and does a zone close its gap to the nation."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pilotzone.cli.completion import complete_inclusion

__all__ = ["inclusion"]


def inclusion(
    file: Annotated[
        str,
        typer.Argument(
            metavar="INCLUSION",
            help="A bundled study of who gains (guizhou-gap), or the path of an inclusion file.",
            autocompletion=complete_inclusion,
        ),
    ] = "guizhou-gap",
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", metavar="FOLDER", help="Write the report and its tables here.", show_default="print only"
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON, and nothing else.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="One line: the study and its finding.")] = False,
) -> None:
    """Say who gains, by index, quantile and group.

    Inequality and poverty by period and group, effects on them, effects on quantiles, effects by group and along a
    covariate with the people behind each, and whether a zone closes its gap to the nation.
    """
    from pilotzone.cli.showing import run_and_show
    from pilotzone.study import load

    hint = "Report with charts and every figure: pilotzone inclusion ... --out FOLDER"
    run_and_show(load(file, kind="inclusion"), out, json=json, quiet=quiet, hint=hint)
