"""Assumptions of studies: those that come with a kind, and a user's own in their place, entry by entry."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pilotzone.core import Table
from pilotzone.gather import parse_assumptions, read_assumptions
from pilotzone.site import default_assumptions_file
from pilotzone.study.runs.kind import Input

if TYPE_CHECKING:
    from collections.abc import Container

    from pilotzone.core import Assumptions
    from pilotzone.study.runs.kind import Study

__all__ = ["assumed_table", "own_assumptions", "packaged_assumptions", "packaged_inputs"]


def packaged_assumptions(kind: str, file: str) -> Assumptions:
    """Return the assumptions that come with a kind of study.

    Parameters
    ----------
    kind
        Its package.
    file
        Name of the file in its folder ``assumptions``.
    """
    return parse_assumptions(_file(kind, file).read_text(encoding="utf-8"), file)


def _file(kind: str, file: str) -> Path:
    return Path(str(resources.files(kind))) / "assumptions" / file


def packaged_inputs(kind: str = "", file: str = "", *, places: bool = True) -> list[Input]:
    """Return the files of packaged assumptions that a run is made from, so that its trail has their hashes.

    Parameters
    ----------
    kind, file
        As for `packaged_assumptions`; empty where a kind has none of its own.
    places
        Whether those about places and halls are used as well.
    """
    found = [default_assumptions_file()] if places else []
    if kind:
        found.append(_file(kind, file))
    return [Input("assumptions", path, path.name, "packaged assumptions", own=False) for path in found]


def own_assumptions(study: Study[Any], file: str | None, found: Assumptions) -> Assumptions:
    """Return assumptions with those of a file that a study names in their place, entry by entry; errors as in reading.

    Parameters
    ----------
    study
        The study.
    file
        As the study names it; ``None`` where it names none.
    found
        What is assumed without it.
    """
    return found if file is None else found.instead(read_assumptions(study.path(file)).entries)


def assumed_table(assumptions: Assumptions, places: Container[str] | None = None) -> Table:
    """Return assumptions as a reader looks them up: by their names in words.

    Parameters
    ----------
    assumptions
        What is assumed.
    places
        Places to show, those about all places included in any case; all of them if left out.
    """
    table = assumptions.to_table()
    kept = [not entry.place or places is None or entry.place in places for entry in assumptions.entries]
    columns = {
        {"in_words": "what is assumed"}.get(name, name): tuple(
            cell for cell, one in zip(cells, kept, strict=True) if one
        )
        for name, cells in table.columns.items()
        if name != "quantity"
    }
    return Table(columns, title=table.title)
