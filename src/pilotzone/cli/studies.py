"""``pilotzone studies``: which studies come with the package."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["studies"]


def studies(
    json: Annotated[bool, typer.Option("--json", help="Print them as JSON.")] = False,
) -> None:
    """List the studies that come with pilotzone, of every kind."""
    from pilotzone.cli.screen import print_json, print_text
    from pilotzone.study import bundled_studies, load

    found = {name: load(name) for name in bundled_studies()}
    if json:
        rows = [(name, s.kind.name, s.spec.title, s.spec.question) for name, s in found.items()]
        print_json([dict(zip(("name", "kind", "title", "question"), row, strict=True)) for row in rows])
        return
    for name, study in found.items():
        print_text(f"{name}: {study.kind.word}", style="bold")
        print_text(study.spec.title, indent="  ")
        if study.spec.question:
            print_text(study.spec.question, indent="  ")
    print_text()
    print_text("Run one: pilotzone run NAME. Your own: pilotzone init NAME.")
