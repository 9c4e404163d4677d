"""``pilotzone studies``: which studies come with the package."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["studies"]


def studies(
    json: Annotated[bool, typer.Option("--json", help="Print them as JSON.")] = False,
    found: Annotated[
        bool, typer.Option("--found", help="Print the findings of studies that take long, a line each.")
    ] = False,
) -> None:
    """List the studies that come with pilotzone, of every kind."""
    from pilotzone.cli.screen import print_json, print_text
    from pilotzone.study import bundled_studies, load

    known = {name: load(name) for name in bundled_studies()}
    answers = {name: study.kind.found.get(study.name, "") for name, study in known.items()}
    if found:
        known = {name: study for name, study in known.items() if answers[name]}
    if json:
        rows = [(name, s.kind.name, s.spec.title, s.spec.question, answers[name] or None) for name, s in known.items()]
        names = ("name", "kind", "title", "question", "found")
        print_json([dict(zip(names, row, strict=True)) for row in rows])
        return
    if found:
        for name in known:
            print_text(f"{name}: {answers[name]}. Run it: pilotzone run {name}", hanging="  ")
        return
    for name, study in known.items():
        print_text(f"{name}: {study.kind.word}", style="bold")
        print_text(study.spec.title, indent="  ")
        if study.spec.question:
            print_text(study.spec.question, indent="  ")
        if answers[name]:
            print_text(f"Found: {answers[name]}.", indent="  ")
    print_text()
    print_text("Run one: pilotzone run NAME. Your own: pilotzone init NAME.")
