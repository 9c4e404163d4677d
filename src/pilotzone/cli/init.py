"""``pilotzone init``: write a study file to begin with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pilotzone.cli.completion import complete_kind

__all__ = ["init"]


def init(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the study: letters, digits, - and _.")],
    folder: Annotated[
        Path, typer.Option("--folder", "-d", metavar="FOLDER", help="Where to write NAME.toml.", show_default="here")
    ] = Path(),
    kind: Annotated[
        str,
        typer.Option(
            "--kind",
            help="Kind of study: zone, panel, siting, plan, campus, appraisal, transfer or inclusion.",
            autocompletion=complete_kind,
        ),
    ] = "zone",
    panel: Annotated[bool, typer.Option("--panel", help="The same as --kind panel.")] = False,
) -> None:
    """Write a commented study file to begin with.

    The study of a zone runs as it is: it uses the bundled evidence and asks about Henan's zone of the second batch. A
    siting (a ranking of places), a plan (what is placed where) and a campus (what it needs and costs) run as they are,
    too. A panel with many units runs once the file names your panel and its columns. The file explains every key.
    """
    from pilotzone.cli.screen import print_line
    from pilotzone.core import UsageError
    from pilotzone.study import KINDS, write_template

    if panel and kind not in {"zone", "panel"}:
        raise UsageError(f"--panel and --kind {kind} are both given.", allowed="one of the two")
    kind = "panel" if panel else kind
    path = write_template(name, folder, kind=kind)
    print_line(f"Wrote {path}: {KINDS[kind].word}.")
    if kind == "panel":
        print_line(f"Name your panel and its columns in it, then run it: pilotzone run {path}")
    else:
        print_line(f"It runs as it is, to be changed into yours: pilotzone run {path}")
