"""Places of a user's table with a figure for each criterion, whatever file it is in."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from pilotzone.core import DataError
from pilotzone.gather.cells import numbers, units
from pilotzone.gather.forms import TableForm
from pilotzone.gather.sources import read_source

__all__ = ["place_rows"]


def place_rows(
    path: Path, form: TableForm, place: str, criteria: Sequence[str], *, most: int = 300
) -> list[tuple[str, list[float | None]]]:
    """Return places with their figures, ``None`` where a cell is empty.

    Parameters
    ----------
    path
        Any file that `read_panel` takes.
    form
        How it is written.
    place
        Column with the name of each place.
    criteria
        Columns with figures.
    most
        Rows that are admitted.

    Raises
    ------
    DataError
        If it cannot be read, has more rows, or lacks a column.
    """
    table = read_source(path, form)
    if table.rows and len(table.rows) > most:
        raise DataError(
            f"{table.source} has {len(table.rows):,} places.",
            allowed=f"at most {most} from a page; a siting file can name a table of very many",
            todo='write a siting file with places = "your table" (docs/reference/siting-file.md)',
        )
    names = units(table, place)
    columns = [numbers(table, name).tolist() for name in criteria]
    return [
        (name, [None if math.isnan(column[k]) else column[k] for column in columns]) for k, name in enumerate(names)
    ]
