"""``pilotzone design``: what a campus needs, emits and costs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pilotzone.cli.completion import complete_campus

__all__ = ["design"]


def design(
    campus: Annotated[
        str,
        typer.Argument(
            metavar="CAMPUS",
            help="A bundled campus (three-provinces) or the path of a campus file.",
            autocompletion=complete_campus,
        ),
    ] = "three-provinces",
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", metavar="FOLDER", help="Write the report and its tables here.", show_default="print only"
        ),
    ] = None,
    seconds: Annotated[
        float | None,
        typer.Option(
            "--seconds", metavar="S", help="Time limit for each plan, seconds.", show_default="that of the file"
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON, and nothing else.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="One line: what power costs at each site.")] = False,
) -> None:
    """Design a campus: its cheapest supply, and when it fails.

    Capacities and hourly dispatch by a linear programme with its proof; then the same capacities hour by hour without
    foresight, in dry years and hot summers. Costs that the evidence lacks are ASSUMED and shown as such.
    """
    from dataclasses import replace

    from pilotzone.cli.showing import run_and_show
    from pilotzone.core import UsageError
    from pilotzone.study import load

    study = load(campus, kind="campus")
    if seconds is not None:
        if not 0 < seconds <= _MOST_SECONDS:
            raise UsageError(f"--seconds is {seconds:g}.", allowed=f"above 0 and up to {_MOST_SECONDS:,}")
        study = replace(study, spec=study.spec.model_copy(update={"seconds": seconds}))
    hint = "Report with charts and every hour: pilotzone design ... --out FOLDER"
    run_and_show(study, out, json=json, quiet=quiet, hint=hint)


_MOST_SECONDS = 86_400
