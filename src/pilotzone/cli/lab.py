"""``pilotzone lab``: open the lab, a local web application."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["lab"]


def lab(
    folder: Annotated[
        Path,
        typer.Argument(metavar="FOLDER", help="Folder of study files and runs.", show_default="the current one"),
    ] = Path(),
    port: Annotated[
        int,
        typer.Option(
            "--port", metavar="PORT", help="Port to listen on. [default: any that is free]", show_default=False
        ),
    ] = 0,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Print the address, and open no browser.")] = False,
) -> None:
    """Open the lab: choose with the mouse, see the verdict.

    Unit, dates, margins and donors of a zone are chosen on a page, which is served on this machine alone. The address
    that is printed is good for one browser, once. Whatever is on the screen can be saved as a study file, which
    'pilotzone run' runs to the same digits. The bundled studies are there as well. End it with Ctrl-C.
    """
    from pilotzone.app import serve

    def opened(address: str) -> None:
        typer.echo(f"The lab is open, for one browser: {address}")
        typer.echo("End it with Ctrl-C.")
        if not no_browser:
            import webbrowser

            webbrowser.open(address)

    serve(folder, port=port, opened=opened)
