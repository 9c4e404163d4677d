"""``pilotzone studies``: which studies come with the package."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["studies"]


def studies(
    json: Annotated[bool, typer.Option("--json", help="Print them as JSON.")] = False,
) -> None:
    """List the studies that come with pilotzone."""
    from pilotzone.cli.screen import print_json, print_text
    from pilotzone.study import bundled_studies, load_study

    found = [load_study(name) for name in bundled_studies()]
    if json:
        print_json([{"name": s.name, "title": s.spec.title, "question": s.spec.question} for s in found])
        return
    for study in found:
        print_text(study.name, style="bold")
        print_text(study.spec.title, indent="  ")
        print_text(study.spec.question, indent="  ")
    print_text()
    print_text("Run one: pilotzone run NAME. Your own zone: pilotzone init NAME.")
