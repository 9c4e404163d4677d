"""``pilotzone schema``: what editors need to check study files while they are written."""

from __future__ import annotations

from typing import Annotated

import typer

from pilotzone.cli.completion import complete_schema

__all__ = ["schema"]


def schema(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="zone, panel, siting, plan, campus, appraisal or transfer: of its study file. With -record behind it, "
            "as in zone-record: of the record of a run. audit: of audit.json.",
            autocompletion=complete_schema,
        ),
    ],
) -> None:
    """Print the JSON Schema of a study file or of what a run leaves.

    Editors that know the schema of a file complete its keys and mark mistakes while you write. Keep it beside the file,
    as in: pilotzone schema zone > zone-1.json.
    """
    from pilotzone.study.schemas import schema_text

    typer.echo(schema_text(name), nl=False)
