"""Files of services that model or reanalyse weather: NSRDB and PVGIS.

Formats are those of the services' download pages; `pvlib.iotools` is what the tests hold the readers to.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import DataError
from pilotzone.gather.weather_answers import IN_UTC, Place, clock_of, figure_of, parsed, place_of, within
from pilotzone.gather.weather_hours import Hour, Records
from pilotzone.gather.weather_sky import NSRDB_SKY, PVGIS_SKY, sky_columns
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

__all__ = ["read_nsrdb", "read_pvgis"]

_CLOCK = {"year": "Year", "month": "Month", "day": "Day", "hour": "Hour", "minute": "Minute"}
_NSRDB = {"temp_c": "Temperature", "rel_humidity": "Relative Humidity", "pressure_pa": "Pressure"}
_PVGIS = {"temp_c": "T2m", "rel_humidity": "RH", "pressure_pa": "SP"}
_SCALES = {
    "temp_c": {"c": 1.0},
    "rel_humidity": {"%": 0.01},
    "pressure_pa": {"mbar": 100.0, "millibar": 100.0, "hpa": 100.0, "kpa": 1000.0, "pa": 1.0},
}
_PVGIS_SCALES = {"temp_c": 1.0, "rel_humidity": 0.01, "pressure_pa": 1.0}
_DEFAULTS = {"temp_c": "c", "rel_humidity": "%", "pressure_pa": "mbar"}
_NSRDB_MISSING = -9999.0
_PVGIS_MISSING = -9999.0
_NOT_SAID = {"", "-", "None", "b'None'", "b''", "N/A"}
_STAMP = re.compile(r"(\d{4})(\d{2})(\d{2}):(\d{2})(\d{2})", re.ASCII)
_PVGIS_OFFSET = "Irradiance Time Offset (h)"
_PVGIS_WIND_M = 10.0
_MIDDLE_H = 0.5


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
    clock = clock_of(source, [(line, [row[places[key]] for key in _CLOCK]) for line, row in rows], tuple(_CLOCK))
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
        notes=(IN_UTC,) if zone != local and zone in {"0", "0.0"} else (),
        sky=_nsrdb_sky(source, head, rows, clock[1]),
        utc_offset_h=placed(source, zone, 2, "time zone", 14),
    )


def _nsrdb_sky(source: Source, head: dict[str, str], rows: Numbered, minutes: list[int]) -> dict[str, Floats]:
    """Return radiation and wind in the units that are usual, or none said; radiation is of the minute of its stamp."""
    usual = {
        name: column
        for name, column in NSRDB_SKY.items()
        if head.get(f"{column} Units", "").lower() in ({"", "m/s"} if name == "wind_m_s" else {"", "w/m2"})
    }
    if set(minutes) == {0}:
        # One record at the beginning of an hour has the sun of that minute, and not of the hour.
        usual = {name: column for name, column in usual.items() if name == "wind_m_s"}
    return sky_columns(rows, source.row(3), usual, _NSRDB_MISSING)


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
    sky = sky_columns(rows, source.row(at), PVGIS_SKY, _PVGIS_MISSING)

    def of_place(name: str, what: str, most: float) -> float:
        line, value = head.get(name, (0, ""))
        return placed(source, value, line, what, most)

    place = Place(
        of_place("Elevation (m)", "height", 11_000),
        of_place("Latitude (decimal degrees)", "latitude", 90),
        of_place("Longitude (decimal degrees)", "longitude", 180),
    )
    return _pvgis(
        clock, [line for line, _ in rows], values, place, sky, of_place(_PVGIS_OFFSET, "time of radiation", 1)
    )


def _pvgis(
    clock: tuple[list[Hour], list[int]],
    lines: list[int],
    values: dict[str, Floats],
    place: Place,
    sky: dict[str, Floats],
    offset_h: float,
) -> Records:
    """Return records; radiation is of an instant after the stamp, or of the middle of the hour where none is said."""
    return Records(
        *clock,
        lines,
        values,
        {"temp_c": "degC", "rel_humidity": "%", "pressure_pa": "Pa"},
        "",
        "PVGIS, typical year of ERA5 reanalysis",
        *place,
        notes=(IN_UTC,),
        sky=sky,
        utc_offset_h=0.0,
        wind_height_m=_PVGIS_WIND_M,
        sun_at_h=_MIDDLE_H if np.isnan(offset_h) else offset_h,
    )


def _stamped(source: Source, stamps: Sequence[tuple[int, object]]) -> tuple[list[Hour], list[int]]:
    found = []
    for line, stamp in stamps:
        told = _STAMP.fullmatch(stamp.strip()) if isinstance(stamp, str) else None
        if told is None:
            source.refuse(line, f"{str(stamp)[:20]!r} is not a time", "times such as 20180131:2300")
        found.append((line, list(told.groups())))
    return clock_of(source, found, tuple(_CLOCK))


def _pvgis_json(source: Source) -> Records:
    answer = parsed(source, "pvgis")
    hours = within(source, answer, "outputs", "tmy_hourly")
    place = within(source, answer, "inputs", "location")
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
    sky = {
        ours: measured(np.array([figure_of(hour.get(name)) for hour in hours]), _PVGIS_MISSING)
        for ours, name in PVGIS_SKY.items()
        if any(name in hour for hour in hours)
    }
    where = place_of(source, *(place.get(key) for key in ("elevation", "latitude", "longitude")))
    offset = placed(source, place.get("irradiance_time_offset"), 0, "time of radiation", 1)
    return _pvgis(clock, [], values, where, sky, offset)
