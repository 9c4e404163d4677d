"""``pilotzone appraise``: what a campus costs and brings, and to whom."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pilotzone.cli.completion import complete_appraisal

__all__ = ["appraise"]


def appraise(
    appraisal: Annotated[
        str,
        typer.Argument(
            metavar="APPRAISAL",
            help="A bundled appraisal (guizhou-campus), or the path of an appraisal file.",
            autocompletion=complete_appraisal,
        ),
    ] = "guizhou-campus",
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", metavar="FOLDER", help="Write the report and its tables here.", show_default="print only"
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the appraisal as JSON, and nothing else.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="One line: the net present values.")] = False,
) -> None:
    """Weigh what a campus costs and brings, and to whom.

    Cash flows of operator, province and the rest of the country, what spending calls for in the province, draws of what
    is not known, idle capacity, capital of the province beside all others, and forecasts scored against what came. What
    is assumed is marked ASSUMED, with a range and a source.
    """
    from pilotzone.cli.showing import run_and_show
    from pilotzone.study import load

    hint = "Report with charts and every figure: pilotzone appraise ... --out FOLDER"
    run_and_show(load(appraisal, kind="appraisal"), out, json=json, quiet=quiet, hint=hint)
