"""``pilotzone site``: rank places, allowing for what is uncertain."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pilotzone.cli.completion import complete_siting

__all__ = ["site"]


def site(
    siting: Annotated[
        str,
        typer.Argument(
            metavar="SITING",
            help="guizhou (six provinces), provinces (all of China's), or the path of a siting file.",
            autocompletion=complete_siting,
        ),
    ] = "guizhou",
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", metavar="FOLDER", help="Write the report and its tables here.", show_default="print only"
        ),
    ] = None,
    place: Annotated[
        str | None,
        typer.Option(
            "--place",
            metavar="NAME",
            help="Print every figure of one place, or of all its spots, with its source, instead.",
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the ranking as JSON, and nothing else.")] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="One line: the place that ranks first most often.")
    ] = False,
) -> None:
    """Rank places for a zone, allowing for what is uncertain.

    By climate, hazard, power, water and need, or by criteria and figures of your own.

    Weights are drawn from all that are admitted, figures from their ranges. Assumptions are marked ASSUMED. A place
    that lacks a figure is ranked over its possible range. --out writes report.html, with a page for each place,
    siting.json, ranking.csv, ranks.csv, figures.csv, assumptions.csv and audit.json.
    """
    from pilotzone.cli.screen import print_blocks
    from pilotzone.cli.showing import run_and_show
    from pilotzone.study import load, run
    from pilotzone.study.siting import place_lines

    read = load(siting, kind="siting")
    if place is not None and not (json or quiet):
        print_blocks(place_lines(run(read, out=out).findings, place))
        return
    hint = "Report with a page for each place: pilotzone site ... --out FOLDER"
    run_and_show(read, out, json=json, quiet=quiet, hint=hint)
