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
) -> None:
    """Write a commented study file to begin with.

    It runs as it is: it stands on the bundled evidence and asks about Henan's zone of the second batch. Every key is
    explained in it.
    """
    from pilotzone.cli.screen import print_line
    from pilotzone.study import write_template

    path = write_template(name, folder)
    print_line(f"Wrote {path}: a study of Henan's zone, to be changed into yours.")
    print_line(f"Run it: pilotzone run {path}")
