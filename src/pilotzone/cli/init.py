"""``pilotzone init``: write a study file to begin with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["init"]


def init(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the study: letters, digits, - and _.")],
    folder: Annotated[
        Path, typer.Option("--folder", "-d", metavar="FOLDER", help="Where to write NAME.toml.", show_default="here")
    ] = Path(),
    panel: Annotated[
        bool, typer.Option("--panel", help="A study of many units on a panel of your own, not of a zone.")
    ] = False,
) -> None:
    """Write a commented study file to begin with.

    That of a zone runs as it is: it stands on the bundled evidence and asks about Henan's zone of the second batch.
    With --panel it is of many units, and runs once it names your panel and its columns. Every key is explained in it.
    """
    from pilotzone.cli.screen import print_line
    from pilotzone.study import write_template

    path = write_template(name, folder, panel=panel)
    if panel:
        print_line(f"Wrote {path}: a study of many units. Name your panel and its columns in it.")
        print_line(f"Then run it: pilotzone run {path}")
        return
    print_line(f"Wrote {path}: a study of Henan's zone, to be changed into yours.")
    print_line(f"Run it: pilotzone run {path}")
