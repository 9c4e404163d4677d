"""Radiation and wind speed, hour by hour: from weather files that have them, and from tables of one's own."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from pilotzone.core import Brief, DataError, check_choice, listing, shown
from pilotzone.store import read_csv, read_parquet

if TYPE_CHECKING:
    import os

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["SKY_COLUMNS", "Sky", "Stamps", "first_of_year", "read_sky", "sky_values"]

Stamps = Literal["beginning", "middle", "end"]
"""What a time in a table tells of its hour."""
SKY_COLUMNS: Mapping[str, str] = {
    "ghi_w_m2": "global horizontal irradiance",
    "dni_w_m2": "direct normal irradiance",
    "dhi_w_m2": "diffuse horizontal irradiance",
    "wind_m_s": "wind speed",
    "temp_c": "temperature of the air",
}
"""Columns in words; units are in their names. Irradiance is the mean of the hour."""
_RANGES = {
    "ghi_w_m2": (0.0, 1600.0),
    "dni_w_m2": (0.0, 1500.0),
    "dhi_w_m2": (0.0, 1200.0),
    "wind_m_s": (0.0, 90.0),
    "temp_c": (-90.0, 60.0),
}
_NIGHT = -20.0
_BEFORE = {"beginning": 0, "middle": 30, "end": 60}
"""Minutes from the beginning of an hour to its stamp."""
_YEARS = (8760, 8784)
_PARQUET = (".parquet", ".pq")


@dataclass(frozen=True, eq=False)
class Sky(Brief):
    """Radiation and wind of a place in each hour of a year.

    Attributes
    ----------
    source
        The file, in words.
    first
        Beginning of the first hour, without a zone.
    values
        Some of `SKY_COLUMNS` to a number for each hour, shape (hours,).
    absent
        Others to the reason why they are not there.
    utc_offset_h
        Hours that the file's time is ahead of UTC; NaN where unknown.
    latitude, longitude
        Degrees, north and east positive; NaN where unknown.
    wind_height_m
        Height above ground that wind speed is of; NaN where unknown.
    """

    source: str
    first: dt.datetime
    values: Mapping[str, Floats]
    absent: Mapping[str, str] = field(default_factory=dict)
    utc_offset_h: float = math.nan
    latitude: float = math.nan
    longitude: float = math.nan
    wind_height_m: float = math.nan

    def of(self, name: str) -> Floats:
        """Return one of `SKY_COLUMNS`, shape (hours,).

        Raises
        ------
        DataError
            If the file does not have it, with the reason.
        """
        if name in self.values:
            return self.values[name]
        raise DataError(
            f"{self.source} has no {SKY_COLUMNS[name]}: {self.absent.get(name, f'there is no column {name}')}.",
            allowed=f"a file that has it; this one has {listing(list(self.values)) or 'none that is read'}",
        )


def sky_values(given: Mapping[str, Floats]) -> tuple[dict[str, Floats], dict[str, str]]:
    """Return quantities that are whole and can be, and why the others are not there.

    Parameters
    ----------
    given
        Names of `SKY_COLUMNS` to a number for each hour, NaN where nobody measured, shape (hours,). Instruments show a
        little less than nothing at night: down to -20 W/m2 counts as none.
    """
    found: dict[str, Floats] = {}
    absent: dict[str, str] = {}
    for name, column in given.items():
        low, high = _RANGES[name]
        values = np.where((column < 0) & (column >= _NIGHT), 0.0, column) if name.endswith("_w_m2") else column
        missing = np.flatnonzero(np.isnan(values))
        odd = np.flatnonzero((values < low) | (values > high))
        if len(missing):
            absent[name] = f"it was not measured in {len(missing):,} hours, the first is hour {missing[0] + 1:,}"
        elif len(odd):
            absent[name] = f"{values[odd[0]]:g} in hour {odd[0] + 1:,} cannot be ({low:g} to {high:g})"
        elif not values.any() and name != "temp_c":
            absent[name] = "it is zero in all hours"
        else:
            found[name] = values
    return found, absent


def first_of_year(years: Sequence[int], hours: int) -> dt.datetime:
    """Return the beginning of the year whose sun is taken: the file's own; of mixed years one of as many days."""
    leap = hours == _YEARS[1]
    own = years[0] if len(set(years)) == 1 and years[0] >= 1 else 0
    fits = own and (own % 4 == 0 and (own % 100 != 0 or own % 400 == 0)) == leap
    return dt.datetime(own if fits else (2000 if leap else 2001), 1, 1)  # noqa: DTZ001 - the zone stands beside it


def read_sky(path: str | os.PathLike[str], stamps: Stamps) -> Sky:
    """Read a table of radiation and wind: CSV or Parquet with `time` and some of `SKY_COLUMNS`.

    Parameters
    ----------
    path
        Path of the file: one row for each hour of a year, in order.
    stamps
        Whether a time tells the beginning, the middle or the end of its hour.

    Raises
    ------
    DataError
        If the file is not such a table, hours are missing, or a figure that is there is not a number or cannot be.
    UsageError
        If there are no such stamps.
    """
    check_choice(stamps, Stamps, "stamps")
    file = Path(path)
    columns = _parquet(file) if file.suffix.lower() in _PARQUET else _csv(file)
    if "time" not in columns:
        raise DataError(
            f"{file.name} has no column time.",
            allowed=f"time, and some of {listing([*SKY_COLUMNS])}",
            todo="name the column of times time; its cells are such as 2014-01-01T00:00+08:00",
        )
    first, offset = _hours(file.name, columns["time"], stamps)
    given = {name: _numbers(file.name, name, columns[name]) for name in SKY_COLUMNS if name in columns}
    found, absent = sky_values(given)
    for name, why in absent.items():
        raise DataError(
            f"{file.name}, column {name}: {why}.",
            allowed=f"{SKY_COLUMNS[name]} in every hour, {_RANGES[name][0]:g} to {_RANGES[name][1]:g}",
            todo="mend it, or leave the column out",
        )
    if not set(found) & {"ghi_w_m2", "wind_m_s"}:
        raise DataError(f"{file.name} has neither radiation nor wind.", allowed=f"some of {listing([*SKY_COLUMNS])}")
    return Sky(file.name, first, found, utc_offset_h=offset)


def _csv(file: Path) -> dict[str, Sequence[object]]:
    table = read_csv(file)
    names = [name.strip() for name in table.header]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise DataError(f"{file.name} has two columns {twice!r}.", allowed="columns of different names")
    return dict(zip(names, zip(*table.rows, strict=True) if table.rows else ((),) * len(names), strict=True))


def _parquet(file: Path) -> dict[str, Sequence[object]]:
    table = read_parquet(file)
    return {name: table.column(name).to_pylist() for name in table.column_names if name in {"time", *SKY_COLUMNS}}


def _numbers(file: str, name: str, cells: Sequence[object]) -> Floats:
    found = np.empty(len(cells))
    for k, cell in enumerate(cells):
        try:
            found[k] = float(cell) if isinstance(cell, str | int | float) else np.nan
        except ValueError:
            found[k] = np.nan
        if not np.isfinite(found[k]):
            said = "empty" if cell is None or cell == "" else shown(str(cell))
            raise DataError(f"{file}, row {k + 1:,}: {name} is {said}.", allowed="a number for each hour")
    return found


def _hours(file: str, cells: Sequence[object], stamps: Stamps) -> tuple[dt.datetime, float]:
    """Return the beginning of the first hour and the offset from UTC, h; times are those of one year's hours."""
    times = [_time(file, k, cell) for k, cell in enumerate(cells)]
    if len(times) not in _YEARS:
        raise DataError(f"{file} has {len(times):,} hours.", allowed="a whole year, 8,760 hours or 8,784")
    offsets = [time.utcoffset() for time in times]
    if len(set(offsets)) > 1:
        raise DataError(
            f"{file} has times of several offsets from UTC.",
            allowed="one offset throughout",
            todo="take local standard time: no summer time",
        )
    plain = [time.replace(tzinfo=None) - dt.timedelta(minutes=_BEFORE[stamps]) for time in times]
    first = plain[0]
    if (first.month, first.day, first.hour, first.minute) != (1, 1, 0, 0):
        raise DataError(
            f"{file} begins at {cells[0]}, which with stamps = {stamps!r} is the hour from {first:%Y-%m-%d %H:%M}.",
            allowed="the first hour of January in the first row",
            todo="say what times tell of their hours: stamps = 'beginning', 'middle' or 'end'",
        )
    for k, time in enumerate(plain):
        if time != first + dt.timedelta(hours=k):
            raise DataError(
                f"{file}, row {k + 1:,}: {cells[k]} is not an hour after the row before.", allowed="every hour"
            )
    offset = offsets[0]
    return first, math.nan if offset is None else offset.total_seconds() / 3600


def _time(file: str, k: int, cell: object) -> dt.datetime:
    if isinstance(cell, dt.datetime):
        return cell
    try:
        return dt.datetime.fromisoformat(str(cell).strip())
    except ValueError:
        raise DataError(
            f"{file}, row {k + 1:,}: {shown(str(cell))} is not a time.",
            allowed="times such as 2014-01-01T00:00+08:00, or without an offset",
        ) from None
