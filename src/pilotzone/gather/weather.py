"""Hourly weather from the files that people have: EPW, TMY3 and NASA POWER.

EPW and TMY3 are parsed by `pvlib.iotools`; NASA POWER's names are those of the same library, which reads that source
only over the network. Every hour must be there: what was not measured is an error that names the hour, and nothing is
filled in.
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from pilotzone.core import MOST_OF_A_TABLE, DataError, UsageError, first_line, read_regular

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Climate", "WeatherFormat", "read_weather"]

WeatherFormat = Literal["epw", "tmy3", "nasa_power"]

_MBAR, _KPA, _PERCENT = 100.0, 1000.0, 0.01
_LEAST = {"temp_c": -90.0, "rel_humidity": 0.0, "pressure_pa": 30_000.0}
_MOST = {"temp_c": 60.0, "rel_humidity": 1.1, "pressure_pa": 110_000.0}
"""A relative humidity of 110 % is EPW's own limit: air above a wet sensor. More than one is read as one."""
_WORDS = {"temp_c": "dry bulb", "rel_humidity": "relative humidity", "pressure_pa": "pressure"}
_UNITS = {"temp_c": "degC", "rel_humidity": "a share", "pressure_pa": "Pa"}
_FIRST = datetime(2001, 1, 1)  # noqa: DTZ001 - a calendar without a zone
_LEAP = datetime(2000, 1, 1)  # noqa: DTZ001


@dataclass(frozen=True, eq=False)
class Climate:
    """Weather of a place, hour by hour, for one or more whole years.

    Attributes
    ----------
    place
        Its name.
    temp_c
        Dry bulb, degC, shape (T,).
    rel_humidity
        Relative humidity, shares, shape (T,); ``None`` where nobody measured it, and results are then ranges.
    pressure_pa
        Pressure, Pa, shape (T,).
    source
        Where the figures are from.
    modelled
        Whether hours are modelled rather than measured or reanalysed.
    height_m, latitude, longitude
        Of the place; NaN where unknown.
    notes
        What a reader of results has to know.
    """

    place: str
    temp_c: Floats
    rel_humidity: Floats | None
    pressure_pa: Floats
    source: str
    modelled: bool = False
    height_m: float = float("nan")
    latitude: float = float("nan")
    longitude: float = float("nan")
    notes: tuple[str, ...] = ()

    @property
    def hours(self) -> int:
        """Number of hours T."""
        return len(self.temp_c)


def read_weather(
    path: str | os.PathLike[str], kind: WeatherFormat | None = None, *, place: str | None = None
) -> Climate:
    """Read a weather file.

    Parameters
    ----------
    path
        Of an EPW file, a TMY3 file (CSV), or an hourly answer of NASA POWER (JSON or CSV) with T2M, RH2M and PS.
    kind
        What it is; told from its name and first line if left out.
    place
        Name of the place; the file's own if left out.

    Returns
    -------
    Climate
        Whole years of hours; a leap year has 8,784.

    Raises
    ------
    DataError
        If the file is missing or is not of its kind, an hour is missing or there twice, or a value is a code for
        "not measured" or cannot be.
    UsageError
        If the kind is unknown or cannot be told.
    """
    file = Path(path)
    text = _text(file)
    known = kind or _told(file, text)
    if known not in _READERS:
        raise UsageError(f"a weather file cannot be of kind {known!r}.", allowed=", ".join(_READERS))
    try:
        hours = _READERS[known](text)
    except DataError:
        raise
    except Exception as error:
        raise DataError(
            f"{file.name} cannot be read as {known}: {first_line(error)}.",
            allowed="an EPW, a TMY3 or an hourly file of NASA POWER with T2M, RH2M and PS",
        ) from error
    _check_calendar(file.name, hours.stamps)
    values = {name: _checked(file.name, name, value, hours.stamps) for name, value in hours.values.items()}
    return Climate(
        place=place or hours.place or file.stem,
        temp_c=values["temp_c"],
        rel_humidity=np.minimum(values["rel_humidity"], 1.0),
        pressure_pa=values["pressure_pa"],
        source=f"{hours.source} ({file.name})",
        height_m=hours.height_m,
        latitude=hours.latitude,
        longitude=hours.longitude,
    )


@dataclass(frozen=True, eq=False)
class _Hours:
    """What a file holds: its hours as (year, month, day, hour from 0), and values in our units."""

    stamps: list[tuple[int, int, int, int]]
    values: dict[str, Floats]
    place: str
    source: str
    height_m: float
    latitude: float
    longitude: float


def _text(file: Path) -> str:
    content = read_regular(file, "weather file", most=MOST_OF_A_TABLE, fault=DataError)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        # Names of places in EPW files are often in the encoding of their country; all else is ASCII.
        return content.decode("latin-1")


def _told(file: Path, text: str) -> str:
    first = text.lstrip()[:200]
    if file.suffix.lower() == ".epw" or first.startswith("LOCATION,"):
        return "epw"
    if first.startswith(("{", "-BEGIN HEADER-")):
        return "nasa_power"
    if "Date (MM/DD/YYYY)" in text[:2_000]:
        return "tmy3"
    raise UsageError(
        f"what kind of weather file {file.name} is cannot be told.",
        allowed=", ".join(_READERS),
        todo="say which of these it is",
    )


def _epw(text: str) -> _Hours:
    from pvlib.iotools import read_epw

    data, meta = read_epw(io.StringIO(text))
    stamps = _stamps(data["year"], data["month"], data["day"], data["hour"] - 1)
    return _Hours(
        stamps,
        {
            "temp_c": _measured(data["temp_air"], 99.9),
            "rel_humidity": _measured(data["relative_humidity"], 999) * _PERCENT,
            "pressure_pa": _measured(data["atmospheric_pressure"], 999_999),
        },
        place=str(meta["city"]),
        source=f"EPW of {meta['city']}, {meta['country']}, WMO {meta['WMO_code']}, {meta['data_type']}",
        height_m=float(meta["altitude"]),
        latitude=float(meta["latitude"]),
        longitude=float(meta["longitude"]),
    )


def _tmy3(text: str) -> _Hours:
    from pvlib.iotools import read_tmy3

    data, meta = read_tmy3(io.StringIO(text))
    # The source's own columns count hours from 1 to 24 of the same day.
    dates = [tuple(int(part) for part in day.split("/")) for day in data["Date (MM/DD/YYYY)"]]
    hours = [int(at.split(":")[0]) - 1 for at in data["Time (HH:MM)"]]
    return _Hours(
        [(year, month, day, hour) for (month, day, year), hour in zip(dates, hours, strict=True)],
        {
            "temp_c": _measured(data["temp_air"], -9900),
            "rel_humidity": _measured(data["relative_humidity"], -9900) * _PERCENT,
            "pressure_pa": _measured(data["pressure"], -9900) * _MBAR,
        },
        place=str(meta["Name"]).strip('"').title(),
        source=f"TMY3 of {meta['Name']}, {meta['State']}, USAF {meta['USAF']}",
        height_m=float(meta["altitude"]),
        latitude=float(meta["latitude"]),
        longitude=float(meta["longitude"]),
    )


def _nasa_power(text: str) -> _Hours:
    return _power_json(json.loads(text)) if text.lstrip().startswith("{") else _power_csv(text)


def _power_json(answer: dict[str, Any]) -> _Hours:
    from pvlib.iotools.nasa_power import VARIABLE_MAP

    found = answer["properties"]["parameter"]
    missing = float(answer["header"]["fill_value"])
    names = {VARIABLE_MAP.get(key, key): key for key in found}
    _has(names)
    stamps = sorted(found[names["temp_air"]])
    columns = {
        ours: np.array([float(found[names[theirs]].get(stamp, missing)) for stamp in stamps])
        for ours, theirs in _POWER.items()
    }
    longitude, latitude, height = answer["geometry"]["coordinates"]
    return _Hours(
        [(int(at[:4]), int(at[4:6]), int(at[6:8]), int(at[8:10])) for at in stamps],
        _power_units(columns, missing),
        place="",
        source="NASA POWER, MERRA-2 reanalysis, about half a degree",
        height_m=float(height),
        latitude=float(latitude),
        longitude=float(longitude),
    )


def _power_csv(text: str) -> _Hours:
    import pandas as pd
    from pvlib.iotools.nasa_power import VARIABLE_MAP

    head, _, body = text.partition("-END HEADER-")
    data = pd.read_csv(io.StringIO(body.lstrip("\r\n")))
    names = {VARIABLE_MAP.get(str(key), str(key)): str(key) for key in data.columns}
    _has(names)
    columns = {ours: data[names[theirs]].to_numpy(np.float64) for ours, theirs in _POWER.items()}
    return _Hours(
        _stamps(data["YEAR"], data["MO"], data["DY"], data["HR"]),
        _power_units(columns, -999.0),
        place="",
        source="NASA POWER, MERRA-2 reanalysis, about half a degree",
        height_m=_after(head, "="),
        latitude=_after(head, "latitude"),
        longitude=_after(head, "longitude"),
    )


_POWER = {"temp_c": "temp_air", "rel_humidity": "relative_humidity", "pressure_pa": "pressure"}


def _has(names: dict[str, str]) -> None:
    wanted = {"T2M": "temp_air", "RH2M": "relative_humidity", "PS": "pressure"}
    absent = [key for key, ours in wanted.items() if ours not in names]
    if absent:
        raise DataError(
            f"an answer of NASA POWER lacks {', '.join(absent)}.",
            allowed="the hourly parameters T2M, RH2M and PS",
            todo="ask for all three of them",
        )


def _power_units(columns: dict[str, Floats], missing: float) -> dict[str, Floats]:
    scale = {"temp_c": 1.0, "rel_humidity": _PERCENT, "pressure_pa": _KPA}
    return {name: _measured(column, missing) * scale[name] for name, column in columns.items()}


def _after(head: str, word: str) -> float:
    """Return the first number after a word of a header, or NaN: positions are for the reader, and decide nothing."""
    for part in head.lower().partition(word)[2].replace("=", " ").split():
        try:
            return float(part)
        except ValueError:
            continue
    return float("nan")


def _stamps(*columns: pd.Series[Any]) -> list[tuple[int, int, int, int]]:
    year, month, day, hour = (column.to_numpy(np.int64).tolist() for column in columns)
    return list(zip(year, month, day, hour, strict=True))


def _measured(column: pd.Series[Any] | Floats, missing: float) -> Floats:
    """Return numbers, NaN where the file says that nobody measured."""
    found = np.array(column, dtype=np.float64)
    found[np.isclose(found, missing, rtol=0, atol=1e-6)] = np.nan
    return found


def _check_calendar(name: str, stamps: Sequence[tuple[int, int, int, int]]) -> None:
    """Raise if hours are not those of whole years in their order; typical years take months from several years."""
    if not stamps:
        raise DataError(f"{name} holds no hours.", allowed="8,760 hours, or 8,784 in a leap year")
    at = 0
    while at < len(stamps):
        year = stamps[at : at + 8_784]
        leap = any(month == 2 and day == 29 for _, month, day, _ in year[:1_440])  # noqa: PLR2004 - February
        first, count = (_LEAP, 8_784) if leap else (_FIRST, 8_760)
        for k in range(count):
            due = first + timedelta(hours=k)
            if at + k >= len(stamps) or stamps[at + k][1:] != (due.month, due.day, due.hour):
                found = "the file ends" if at + k >= len(stamps) else f"there is {_said(stamps[at + k])}"
                raise DataError(
                    f"{name}: hour {due.day:02d} {due:%B} {due.hour:02d}:00 is missing: row {at + k + 1:,} is due to "
                    f"hold it, and {found}.",
                    allowed="every hour of whole years, once and in their order",
                    todo="take another file, or fill the gap by a method that you can state",
                )
        at += count


def _said(stamp: tuple[int, int, int, int]) -> str:
    year, month, day, hour = stamp
    return f"{year}-{month:02d}-{day:02d} {hour:02d}:00"


def _checked(name: str, what: str, values: Floats, stamps: Sequence[tuple[int, int, int, int]]) -> Floats:
    absent = np.flatnonzero(np.isnan(values))
    if len(absent):
        raise DataError(
            f"{name}: {_WORDS[what]} was not measured in {len(absent):,} hours, the first is "
            f"{_said(stamps[absent[0]])}.",
            allowed="a value for every hour; files mark what was not measured by codes such as 99.9, 999 or -9900",
            todo="take another file, or fill the gap by a method that you can state",
        )
    odd = np.flatnonzero((values < _LEAST[what]) | (values > _MOST[what]))
    if len(odd):
        raise DataError(
            f"{name}: {_WORDS[what]} of {len(odd):,} hours cannot be, the first is {values[odd[0]]:g} in "
            f"{_said(stamps[odd[0]])}.",
            allowed=f"from {_LEAST[what]:g} to {_MOST[what]:g} ({_UNITS[what]})",
        )
    return values


_READERS = {"epw": _epw, "tmy3": _tmy3, "nasa_power": _nasa_power}
