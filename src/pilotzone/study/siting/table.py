"""A table of places: a row for each, a column for each criterion. What `places` of a siting file names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pilotzone.core import DataError, listing, shown, unknown
from pilotzone.site import (
    GRID_ERROR,
    Candidate,
    CriterionValue,
    TableClimates,
    TablePue,
    check_bounds,
    pue_of_table,
)
from pilotzone.store import read_table
from pilotzone.study.runs.fields import LARGEST

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pyarrow as pa
    from numpy.typing import NDArray

    from pilotzone.core import Assumptions
    from pilotzone.site import CoolingSystem, Criterion

    Floats = NDArray[np.float64]

__all__ = ["MONTHS", "PlaceTable", "read_places"]

PLACE = "place"
MONTHS = tuple(f"temperature_{month:02d}" for month in range(1, 13))
"""Columns of monthly means, from which PUE is modelled where there is no column of it."""
_HEIGHT, _HUMIDITY = "height_m", "rel_humidity"


@dataclass(frozen=True, eq=False)
class PlaceTable:
    """Places of a table.

    Attributes
    ----------
    file
        Name of the file.
    names
        Names of the m places.
    values
        On the n criteria, shape (m, n).
    criteria
        The n criteria.
    pue
        How PUE was modelled; ``None`` where it was given or is not a criterion.
    system
        Cooling system of that.
    """

    file: str
    names: tuple[str, ...]
    values: Floats
    criteria: tuple[Criterion, ...]
    pue: TablePue | None = None
    system: str = ""

    @property
    def sources(self) -> dict[str, str]:
        """Criterion to where its values are from."""
        given = {item.name: f"given in {self.file}" for item in self.criteria}
        if self.pue is not None:
            given["pue"] = f"modelled after Lei and Masanet 2020 and 2022 from monthly means in {self.file}"
        return given

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences on how values were made."""
        if self.pue is None:
            return ()
        told = [
            (
                f"PUE ({self.system} economiser) is modelled from monthly means, with what is ASSUMED at the middle of "
                "its range and not drawn (assumptions.csv)."
            )
        ]
        if self.pue.looked_up:
            told.append(
                f"PUE of {self.pue.looked_up:,} places was looked up on a grid of the exact model, which is within "
                f"{GRID_ERROR:g} of it."
            )
        return tuple(told)

    def candidates(self) -> tuple[Candidate, ...]:
        """Return the places one by one."""
        sources, modelled = self.sources, self.pue is not None
        note = " ".join(self.notes)
        return tuple(
            Candidate(
                name,
                figures={
                    item.name: CriterionValue(
                        name,
                        item.name,
                        value,
                        value,
                        item.unit,
                        "modelled" if modelled and item.name == "pue" else "yours",
                        sources[item.name],
                        note if item.name == "pue" else "",
                    )
                    for item, value in zip(self.criteria, row, strict=True)
                },
            )
            for name, row in zip(self.names, self.values.tolist(), strict=True)
        )


def read_places(
    path: Path, criteria: Sequence[Criterion], assumptions: Assumptions, system: CoolingSystem
) -> PlaceTable:
    """Read a table of places: CSV, or Parquet.

    Parameters
    ----------
    path
        The file. It has a column ``place`` and one for each criterion. Other columns are not read.
    criteria
        What places are compared on.
    assumptions
        What PUE rests on where it is modelled from monthly means.
    system
        Cooling system of that.

    Raises
    ------
    DataError
        If a column or a value is missing, a value is not a number or cannot be, or a place stands twice.
    UsageError
        If the file cannot be read.
    """
    table = read_table(path)
    names = _names(table, path.name)
    modelled = any(item.name == "pue" for item in criteria) and "pue" not in table.column_names
    modelled = modelled and any(name in table.column_names for name in (*MONTHS, _HEIGHT))
    needed = [item.name for item in criteria if not (modelled and item.name == "pue")]
    _check_columns(table, path.name, [*needed, *((*MONTHS, _HEIGHT) if modelled else ())], criteria)
    found = None
    if modelled:
        humid = _numbers(table, _HUMIDITY, names, path.name) if _HUMIDITY in table.column_names else None
        monthly = np.column_stack([_numbers(table, name, names, path.name) for name in MONTHS])
        climates = TableClimates(names, monthly, _numbers(table, _HEIGHT, names, path.name), humid)
        found = pue_of_table(climates, assumptions, system)
    columns = [
        found.pue
        if found is not None and modelled and item.name == "pue"
        else _numbers(table, item.name, names, path.name)
        for item in criteria
    ]
    for item, column in zip(criteria, columns, strict=True):
        for k in {int(column.argmin()), int(column.argmax())}:
            check_bounds(names[k], item.name, float(column[k]), float(column[k]))
    return PlaceTable(path.name, names, np.column_stack(columns), tuple(criteria), found, system if modelled else "")


def _names(table: pa.Table, file: str) -> tuple[str, ...]:
    if PLACE not in table.column_names:
        allowed = "a column with the name of each place"
        raise unknown("column", PLACE, table.column_names, of=file, allowed=allowed, error=DataError)
    names = [None if name is None else str(name).strip() for name in table.column(PLACE).to_pylist()]
    if len(names) == 0:
        raise DataError(f"{file} has no rows.", allowed="a row for each place")
    found: dict[str, int] = {}
    for k, name in enumerate(names, start=1):
        if not name:
            raise DataError(f"{file}, place {k:,}: it has no name.", allowed="a name in every row")
        if found.setdefault(name, k) != k:
            raise DataError(f"{file}, place {k:,}: {shown(name)} stands twice.", allowed="each place once")
    return tuple(found)


def _check_columns(table: pa.Table, file: str, needed: Sequence[str], criteria: Sequence[Criterion]) -> None:
    absent = [name for name in needed if name not in table.column_names]
    if not absent:
        return
    todo = "write a [[criterion]] for each column that places are compared on"
    if any(item.name == "pue" for item in criteria) and {"pue", *MONTHS, _HEIGHT} & set(absent):
        todo = f"give pue, or {MONTHS[0]} to {MONTHS[-1]} (degC) and {_HEIGHT}, from which it is modelled"
    raise unknown(
        "column",
        absent[0],
        table.column_names,
        told=f"{file} has no column {listing([repr(name) for name in absent], most=4)}",
        error=DataError,
        allowed=f"{PLACE}, and a column for each criterion: {listing([item.name for item in criteria], most=20)}",
        todo=todo,
    )


def _numbers(table: pa.Table, column: str, names: tuple[str, ...], file: str) -> Floats:
    """Return a column of finite numbers, or say of which place it is none."""
    import pyarrow as pa

    cells = table.column(column)
    kind = cells.type
    if not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)):
        first = next((k for k, cell in enumerate(cells.to_pylist()) if cell is not None and not _is_number(cell)), 0)
        raise DataError(
            f"{file}: {column} of {shown(names[first])} is {shown(str(cells[first].as_py()))}.",
            allowed="a number in every row of a criterion",
        )
    values: Floats = cells.cast(pa.float64()).to_numpy(zero_copy_only=False)
    wrong = np.flatnonzero(~(np.abs(values) <= LARGEST))
    if len(wrong):
        value = values[wrong[0]]
        raise DataError(
            f"{file}: {column} of {shown(names[wrong[0]])} {'is missing' if np.isnan(value) else f'is {value:g}'}.",
            allowed=f"a number from -{LARGEST:g} to {LARGEST:g} in every row: what is missing is never filled in",
            todo="leave the place or the criterion out",
        )
    return values


def _is_number(cell: Any) -> bool:  # noqa: ANN401 - a cell of any kind of column
    try:
        float(cell)
    except (TypeError, ValueError):
        return False
    return True
