"""``pilotzone transfer``: what zones did elsewhere, pooled, and what a region without one could expect."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pilotzone.cli.completion import complete_transfer

__all__ = ["transfer"]


def transfer(
    file: Annotated[
        str,
        typer.Argument(
            metavar="TRANSFER",
            help="A bundled transfer (inland-provinces), or the path of a transfer file.",
            autocompletion=complete_transfer,
        ),
    ] = "inland-provinces",
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", metavar="FOLDER", help="Write the report and its tables here.", show_default="print only"
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the transfer as JSON, and nothing else.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="One line: mean effect and prediction.")] = False,
) -> None:
    """Pool what zones did; predict regions without one.

    Mean effect, how much true effects differ, what a further zone may have, predictions for candidates or why there are
    none, ranks with their probabilities, forecasts of each zone from the others, and what would overturn it.
    """
    from pilotzone.cli.showing import run_and_show
    from pilotzone.study import load

    hint = "Report with charts and every figure: pilotzone transfer ... --out FOLDER"
    run_and_show(load(file, kind="transfer"), out, json=json, quiet=quiet, hint=hint)
