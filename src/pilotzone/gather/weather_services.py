"""Files of services that model or reanalyse weather: NSRDB, PVGIS and NASA POWER.

Formats are those of the services' download pages; `pvlib.iotools` is what the tests hold the readers to.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from pilotzone.core import DataError, first_line
from pilotzone.gather.weather_hours import Hour, Records
from pilotzone.gather.weather_source import (
    WORDS,
    Numbered,
    Source,
    check_widths,
    columns,
    find_columns,
    measured,
    placed,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["read_nasa_power", "read_nsrdb", "read_pvgis"]

_CLOCK = {"year": "Year", "month": "Month", "day": "Day", "hour": "Hour", "minute": "Minute"}
_NSRDB = {"temp_c": "Temperature", "rel_humidity": "Relative Humidity", "pressure_pa": "Pressure"}
_PVGIS = {"temp_c": "T2m", "rel_humidity": "RH", "pressure_pa": "SP"}
_POWER = {"temp_c": "T2M", "rel_humidity": "RH2M", "pressure_pa": "PS"}
_POWER_CLOCK = {"year": "YEAR", "month": "MO", "day": "DY", "hour": "HR"}
_SCALES = {
    "temp_c": {"c": 1.0},
    "rel_humidity": {"%": 0.01},
    "pressure_pa": {"mbar": 100.0, "millibar": 100.0, "hpa": 100.0, "kpa": 1000.0, "pa": 1.0},
}
_PVGIS_SCALES = {"temp_c": 1.0, "rel_humidity": 0.01, "pressure_pa": 1.0}
_POWER_SCALES = {"temp_c": 1.0, "rel_humidity": 0.01, "pressure_pa": 1000.0}
_DEFAULTS = {"temp_c": "c", "rel_humidity": "%", "pressure_pa": "mbar"}
_LIMITS = {"year": (1, 9999), "month": (1, 12), "day": (1, 31), "hour": (0, 23), "minute": (0, 59)}
_NSRDB_MISSING, _POWER_MISSING = -9999.0, -999.0
_PVGIS_MISSING = -9999.0
_NOT_SAID = {"", "-", "None", "b'None'", "b''", "N/A"}
_STAMP = re.compile(r"(\d{4})(\d{2})(\d{2}):(\d{2})(\d{2})", re.ASCII)
_POWER_STAMP = re.compile(r"(\d{4})(\d{2})(\d{2})(\d{2})", re.ASCII)
_IN_UTC = "Hours are in UTC: days of the file are not days of the place."


def read_nsrdb(source: Source) -> Records:
    """Return what a file of the National Solar Radiation Database holds, physical solar model 3 or 4.

    Two lines tell of the place and of units, a third one names columns. Stamps lie in the hours that they are of.
    """
    names, values = (source.row(line) for line in (1, 2)) if len(source.lines) > 3 else ([], [])  # noqa: PLR2004
    head = {name.strip(): value.strip() for name, value in zip(names, values, strict=False)}
    if "Latitude" not in head:
        allowed = "a line of names from Source to Version, one of values, and one of columns"
        source.refuse(1, "the place and the units are not told", allowed, "download the file with its head")
    places = find_columns(source, 3, source.row(3), _CLOCK | _NSRDB)
    units = {name: head.get(f"{column} Units", _DEFAULTS[name]) for name, column in _NSRDB.items()}
    for name, unit in units.items():
        if unit.lower() not in _SCALES[name]:
            source.refuse(2, f"{WORDS[name]} is in {unit!r}", ", ".join(_SCALES[name]))
    rows = source.rows(4)
    check_widths(source, rows, max(places.values()) + 1)
    clock = _clock(source, [(line, [row[places[key]] for key in _CLOCK]) for line, row in rows], tuple(_CLOCK))
    scales = {name: _SCALES[name][unit.lower()] for name, unit in units.items()}
    zone, local = head.get("Time Zone", ""), head.get("Local Time Zone", "")
    city = "" if head.get("City", "") in _NOT_SAID else source.named(head["City"])
    return Records(
        *clock,
        [line for line, _ in rows],
        columns(source, rows, places, dict.fromkeys(scales, _NSRDB_MISSING), scales),
        units,
        place=city,
        source=f"NSRDB {head.get('Version', '')}, location {head.get('Location ID', '')}",
        height_m=placed(source, head.get("Elevation"), 2, "height", 11_000),
        latitude=placed(source, head.get("Latitude"), 2, "latitude", 90),
        longitude=placed(source, head.get("Longitude"), 2, "longitude", 180),
        notes=(_IN_UTC,) if zone != local and zone in {"0", "0.0"} else (),
    )


def _clock(source: Source, rows: Numbered, keys: Sequence[str]) -> tuple[list[Hour], list[int]]:
    """Return hour and minute of rows whose cells are whole numbers, in the order of the keys."""
    at = {
        key: source.wholes([row[k] for _, row in rows], rows, f"the {key}", *_LIMITS[key]) for k, key in enumerate(keys)
    }
    hours = []
    for (line, _), year, month, day, hour in zip(rows, at["year"], at["month"], at["day"], at["hour"], strict=True):
        source.check_day(year, month, day, line)
        hours.append(Hour(year, month, day, hour))
    return hours, at.get("minute", [0] * len(hours))


def read_pvgis(source: Source) -> Records:
    """Return what a typical year of PVGIS holds, as CSV or JSON; stamps are in UTC and tell when hours begin."""
    return _pvgis_json(source) if source.text.lstrip().startswith("{") else _pvgis_csv(source)


def _pvgis_csv(source: Source) -> Records:
    head: dict[str, tuple[int, str]] = {}
    at = 0
    for line, text in enumerate(source.lines, start=1):
        if text.startswith("time"):
            at = line
            break
        name, _, value = text.partition(":")
        head[name.strip()] = (line, value)
    if not at:
        raise DataError(
            f"{source.name} holds no hours.", allowed="a line that begins with time(UTC), and hours after it"
        )
    places = find_columns(source, at, source.row(at), {"time": "time(UTC)", **_PVGIS})
    # Below the hours, after an empty line, columns are explained.
    last = next((k for k, line in enumerate(source.lines, start=1) if k > at and not line.strip()), None)
    rows = source.rows(at + 1, last)
    check_widths(source, rows, max(places.values()) + 1)
    clock = _stamped(source, [(line, row[places["time"]]) for line, row in rows])
    values = columns(source, rows, places, dict.fromkeys(_PVGIS, _PVGIS_MISSING), _PVGIS_SCALES)

    def of_place(name: str, what: str, most: float) -> float:
        line, value = head.get(name, (0, ""))
        return placed(source, value, line, what, most)

    place = _Place(
        of_place("Elevation (m)", "height", 11_000),
        of_place("Latitude (decimal degrees)", "latitude", 90),
        of_place("Longitude (decimal degrees)", "longitude", 180),
    )
    return _pvgis(clock, [line for line, _ in rows], values, place)


class _Place(NamedTuple):
    height_m: float
    latitude: float
    longitude: float


def _pvgis(clock: tuple[list[Hour], list[int]], lines: list[int], values: dict[str, Floats], place: _Place) -> Records:
    return Records(
        *clock,
        lines,
        values,
        {"temp_c": "degC", "rel_humidity": "%", "pressure_pa": "Pa"},
        "",
        "PVGIS, typical year of ERA5 reanalysis",
        *place,
        notes=(_IN_UTC,),
    )


def _stamped(source: Source, stamps: Sequence[tuple[int, object]]) -> tuple[list[Hour], list[int]]:
    found = []
    for line, stamp in stamps:
        told = _STAMP.fullmatch(stamp.strip()) if isinstance(stamp, str) else None
        if told is None:
            source.refuse(line, f"{str(stamp)[:20]!r} is not a time", "times such as 20180131:2300")
        found.append((line, list(told.groups())))
    return _clock(source, found, tuple(_CLOCK))


def _pvgis_json(source: Source) -> Records:
    answer = _parsed(source, "pvgis")
    hours = _within(source, answer, "outputs", "tmy_hourly")
    place = _within(source, answer, "inputs", "location")
    if not isinstance(hours, list) or not isinstance(place, dict) or not all(isinstance(hour, dict) for hour in hours):
        raise DataError(f"{source.name}: outputs.tmy_hourly is not a list of hours.", allowed="a typical year of PVGIS")
    for name in ("time(UTC)", *_PVGIS.values()):
        if any(name not in hour for hour in hours):
            raise DataError(f"{source.name}: hours lack {name!r}.", allowed="time(UTC), T2m, RH and SP in every hour")
    # An entry of the list is told as a line: no other number leads to it.
    numbered = list(enumerate(hours, start=1))
    clock = _stamped(source, [(k, hour["time(UTC)"]) for k, hour in numbered])
    values = {
        name: measured(np.array([source.number(hour[key], k, WORDS[name]) for k, hour in numbered]), _PVGIS_MISSING)
        * _PVGIS_SCALES[name]
        for name, key in _PVGIS.items()
    }
    return _pvgis(
        clock, [], values, _place_of(source, *(place.get(key) for key in ("elevation", "latitude", "longitude")))
    )


def _place_of(source: Source, height: object, latitude: object, longitude: object) -> _Place:
    return _Place(
        placed(source, height, 0, "height", 11_000),
        placed(source, latitude, 0, "latitude", 90),
        placed(source, longitude, 0, "longitude", 180),
    )


def read_nasa_power(source: Source) -> Records:
    """Return what an hourly answer of NASA POWER holds, as CSV or JSON; hours go from 0 to 23."""
    return _power_json(source) if source.text.lstrip().startswith("{") else _power_csv(source)


def _power(
    clock: tuple[list[Hour], list[int]], lines: list[int], values: dict[str, Floats], place: _Place, *, utc: bool
) -> Records:
    return Records(
        *clock,
        lines,
        values,
        {"temp_c": "degC", "rel_humidity": "%", "pressure_pa": "kPa"},
        "",
        "NASA POWER, MERRA-2 reanalysis, about half a degree",
        *place,
        notes=(_IN_UTC,) if utc else (),
    )


def _power_json(source: Source) -> Records:
    answer = _parsed(source, "nasa_power")
    found = _within(source, answer, "properties", "parameter")
    head = answer.get("header")
    if not isinstance(head, dict):
        head = {}
    absent = [key for key in _POWER.values() if not isinstance(found, dict) or not isinstance(found.get(key), dict)]
    if absent:
        raise _lacking(source, absent)
    code = head.get("fill_value")
    missing = _POWER_MISSING if code is None else source.number(code, 0, "the fill value")
    stamps = sorted(set().union(*(found[key] for key in _POWER.values())))
    rows = []
    for stamp in stamps:
        told = _POWER_STAMP.fullmatch(stamp)
        if told is None:
            raise DataError(f"{source.name}: {stamp[:20]!r} is not an hour.", allowed="hours such as 2019013123")
        rows.append((0, list(told.groups())))
    values = {
        name: measured(
            np.array([source.number(found[key].get(at, missing), 0, f"{WORDS[name]} of {at}") for at in stamps]),
            missing,
        )
        * _POWER_SCALES[name]
        for name, key in _POWER.items()
    }
    geometry = answer.get("geometry")
    at = geometry.get("coordinates") if isinstance(geometry, dict) else None
    longitude, latitude, height, *_ = [*at, None, None, None] if isinstance(at, list) else [None] * 3
    clock = _clock(source, rows, tuple(_POWER_CLOCK))
    place = _place_of(source, height, latitude, longitude)
    return _power(clock, [], values, place, utc=head.get("time_standard") == "UTC")


def _power_csv(source: Source) -> Records:
    ends = [k for k, line in enumerate(source.lines, start=1) if line.strip() == "-END HEADER-"]
    top = ends[0] if ends else 0
    head = " ".join(source.lines[:top])
    names = next(iter(source.rows(top + 1)), (top + 1, [""]))
    cells = [name.strip() for name in names[1]]
    if absent := [key for key in _POWER.values() if key not in cells]:
        raise _lacking(source, absent)
    places = find_columns(source, names[0], cells, _POWER_CLOCK | _POWER)
    rows = source.rows(names[0] + 1)
    check_widths(source, rows, max(places.values()) + 1)
    clock = _clock(
        source, [(line, [row[places[key]] for key in _POWER_CLOCK]) for line, row in rows], tuple(_POWER_CLOCK)
    )
    values = columns(source, rows, places, dict.fromkeys(_POWER, _POWER_MISSING), _POWER_SCALES)
    place = _place_of(source, *(_after(head, word) for word in ("=", "latitude", "longitude")))
    return _power(clock, [line for line, _ in rows], values, place, utc=" in UTC" in head)


def _lacking(source: Source, absent: list[str]) -> DataError:
    return DataError(
        f"{source.name}: an answer of NASA POWER lacks {', '.join(absent)}.",
        allowed="the hourly parameters T2M, RH2M and PS",
        todo="ask for all three of them",
    )


def _after(head: str, word: str) -> str | None:
    """Return the first number after a word of a header, or nothing."""
    found = re.search(rf"{re.escape(word)}\s*(-?\d+\.?\d*)", head, flags=re.IGNORECASE)
    return found.group(1) if found else None


def _parsed(source: Source, kind: str) -> dict[str, Any]:
    """Return the object that a JSON file holds; keys that stand in it twice are refused."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            (twice, _), *_ = Counter(key for key, _ in pairs).most_common(1)
            raise ValueError(f"{twice[:40]!r} is there twice")
        return found

    try:
        answer = json.loads(source.text, object_pairs_hook=once)
    except (ValueError, RecursionError) as error:
        why = "it is nested too deep" if isinstance(error, RecursionError) else first_line(error)
        raise DataError(
            f"{source.name} cannot be read as {kind}: {why}.", allowed="the answer as its service gave it"
        ) from error
    if not isinstance(answer, dict):
        raise DataError(f"{source.name} holds a {type(answer).__name__}.", allowed="a JSON object")
    return answer


def _within(source: Source, answer: dict[str, Any], *keys: str) -> Any:  # noqa: ANN401 - whatever is there
    """Return what stands under keys, one in another."""
    found: Any = answer
    for key in keys:
        if not isinstance(found, dict) or key not in found:
            raise DataError(f"{source.name} has no {'.'.join(keys)}.", allowed="the answer as its service gave it")
        found = found[key]
    return found
