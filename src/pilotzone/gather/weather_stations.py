"""Files of stations and of typical years: EPW and TMY3.

Read here, since a line that is wrong has to be told by its number; `pvlib.iotools` is what the tests hold it to.
Formats: EnergyPlus, "Auxiliary Programs"; Wilcox and Marion 2008, "Users manual for TMY3 data sets",
NREL/TP-581-43156.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING

from pilotzone.gather.weather_hours import Hour, Records
from pilotzone.gather.weather_sky import TMY3_SKY, sky_column, sky_columns
from pilotzone.gather.weather_source import Numbered, Source, check_widths, columns, find_columns, placed

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["read_epw", "read_tmy3"]

_DAY, _HOUR = 24, 60
_LEAP, _COMMON = 2000, 2001
_EPW_CELLS = (
    *(("the year", 0, 9999), ("the month", 1, 12), ("the day", 1, 31)),
    *(("the hour", 0, _DAY), ("the minute", 0, _HOUR)),
)
_EPW_PLACES = {"temp_c": 6, "rel_humidity": 8, "pressure_pa": 9}
_EPW_MISSING = {"temp_c": 99.9, "rel_humidity": 999.0, "pressure_pa": 999_999.0}
_EPW_SCALES = {"temp_c": 1.0, "rel_humidity": 0.01, "pressure_pa": 1.0}
_EPW_SKY = {"ghi_w_m2": (13, 9999.0), "dni_w_m2": (14, 9999.0), "dhi_w_m2": (15, 9999.0), "wind_m_s": (21, 999.0)}
"""Radiation and wind speed of EPW: their columns, and the codes for what nobody measured."""
_EPW_WIND_M = 10.0
"""Height of a station's wind sensor, as EnergyPlus takes it where nobody says another."""
_TMY3 = {
    "date": "Date (MM/DD/YYYY)",
    "time": "Time (HH:MM)",
    "temp_c": "Dry-bulb (C)",
    "rel_humidity": "RHum (%)",
    "pressure_pa": "Pressure (mbar)",
}
_TMY3_SCALES = {"temp_c": 1.0, "rel_humidity": 0.01, "pressure_pa": 100.0}
_NOT_MEASURED = -9900.0
_DATE, _TIME = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII), re.compile(r"(\d{1,2}):(\d{2})", re.ASCII)


def read_epw(source: Source) -> Records:
    """Return what an EPW file holds: hours 1 to 24 of local standard time, or several records in each."""
    top = next((k for k, line in enumerate(source.lines, start=1) if line.strip()), 1)
    head = [cell.strip() for cell in source.row(top)] if source.lines else []
    if not head or head[0].upper() != "LOCATION":
        source.refuse(top, "there is no LOCATION", "the head of an EPW file, which begins with it")
    head += [""] * (10 - len(head))
    # Heads have eight lines in most files, and more or fewer comments in some.
    first = next(
        (k for k, line in enumerate(source.lines, start=1) if k > top and _begins_hours(line)), len(source.lines) + 1
    )
    rows = source.rows(first)
    check_widths(source, rows, 10)
    hours, minutes, notes = _epw_hours(source, rows)
    city, country, kind = (source.named(head[k], head[3]) for k in (1, 3, 4))
    return Records(
        hours,
        minutes,
        [line for line, _ in rows],
        columns(source, rows, _EPW_PLACES, _EPW_MISSING, _EPW_SCALES),
        {"temp_c": "degC", "rel_humidity": "%", "pressure_pa": "Pa"},
        place=city.strip("-"),
        source=f"EPW of {city or 'a place'}, {country}, WMO {head[5]}, {kind}",
        height_m=placed(source, head[9], top, "height", 11_000),
        latitude=placed(source, head[6], top, "latitude", 90),
        longitude=placed(source, head[7], top, "longitude", 180),
        notes=notes,
        sky=_epw_sky(rows),
        energy=True,
        utc_offset_h=placed(source, head[8], top, "time zone", 14),
        wind_height_m=_EPW_WIND_M,
    )


def _epw_sky(rows: Numbered) -> dict[str, Floats]:
    """Return radiation and wind speed as far as lines have them: a cell that is not a number was not measured."""
    width = len(rows[0][1]) if rows else 0
    # Columns of EPW have places, and no names.
    return {name: sky_column(rows, place, code) for name, (place, code) in _EPW_SKY.items() if place < width}


def _epw_hours(source: Source, rows: Numbered) -> tuple[list[Hour], list[int], tuple[str, ...]]:
    """Return hour and minute of each line, and a note where hours are not numbered as the format has it."""
    clock = [
        source.wholes([row[k] for _, row in rows], rows, what, low, high)
        for k, (what, low, high) in enumerate(_EPW_CELLS)
    ]
    base = min(clock[3])
    hours = []
    for (line, _), year, month, day, hour in zip(rows, *clock[:4], strict=True):
        if base == 0 and hour == _DAY:
            source.refuse(line, "hours go from 0 to 24", "hours 1 to 24, or 0 to 23")
        source.check_day(year, month, day, line)
        hours.append(Hour(year, month, day, hour - min(base, 1)))
    note = "Hours are numbered 0 to 23, where EPW has 1 to 24: 0 is taken as the first of a day."
    return hours, clock[4], () if base else (note,)


def _begins_hours(line: str) -> bool:
    """Return whether a line is one of hours: it begins with a year, and the head's lines with words."""
    return bool(re.match(r"\s*\"?\d+(\.0*)?\"?\s*[,;]", line))


def read_tmy3(source: Source) -> Records:
    """Return what a TMY3 file holds.

    Stamps tell the ends of hours: 01:00 to 24:00, or to 00:00 of the next day. Where the first one is 00:00 they tell
    the beginnings.
    """
    head = [cell.strip() for cell in source.row(1)]
    head += [""] * (7 - len(head))
    places = find_columns(source, 2, source.row(2), _TMY3)
    rows = source.rows(3)
    check_widths(source, rows, max(places.values()) + 1)
    stamps = []
    for line, row in rows:
        day, time = _DATE.fullmatch(row[places["date"]].strip()), _TIME.fullmatch(row[places["time"]].strip())
        if day is None or time is None:
            said = f"{row[places['date']]} {row[places['time']]}"[:30]
            source.refuse(line, f"{said!r} is not a time", "MM/DD/YYYY and HH:MM")
        month, at, year = (int(part) for part in day.groups())
        source.check_day(year, month, at, line)
        stamps.append((Hour(year, month, at, 0), _minute_of_day(source, line, *time.groups())))
    hours = _ended(stamps)
    name = source.named(head[1])
    return Records(
        hours,
        [minute % _HOUR for _, minute in stamps],
        [line for line, _ in rows],
        columns(source, rows, places, dict.fromkeys(_TMY3_SCALES, _NOT_MEASURED), _TMY3_SCALES),
        {"temp_c": "degC", "rel_humidity": "%", "pressure_pa": "mbar"},
        place=name.title(),
        source=f"TMY3 of {name or 'a place'}, {source.named(head[2])}, USAF {head[0]}",
        height_m=placed(source, head[6], 1, "height", 11_000),
        latitude=placed(source, head[4], 1, "latitude", 90),
        longitude=placed(source, head[5], 1, "longitude", 180),
        sky=sky_columns(rows, source.row(2), TMY3_SKY, _NOT_MEASURED),
        utc_offset_h=placed(source, head[3], 1, "time zone", 14),
    )


def _minute_of_day(source: Source, line: int, hour: str, minute: str) -> int:
    found = int(hour) * _HOUR + int(minute)
    if int(minute) >= _HOUR or found > _DAY * _HOUR:
        source.refuse(line, f"{hour}:{minute} is not a time of the day", "00:00 to 24:00")
    return found


def _ended(stamps: list[tuple[Hour, int]]) -> list[Hour]:
    """Return the hours that records lie in.

    Parameters
    ----------
    stamps
        Day and minute of the day of each record, in their order. If the first minute is 0 they tell when a record
        begins, else when it ends.
    """
    hours: list[Hour] = []
    begins = bool(stamps) and stamps[0][1] == 0
    for day, minute in stamps:
        if begins:
            hours.append(day._replace(hour=minute // _HOUR))
        elif minute:
            hours.append(day._replace(hour=(minute - 1) // _HOUR))
        else:
            hours.append(_before_midnight(day, hours[-1]))
    return hours


def _before_midnight(day: Hour, last: Hour) -> Hour:
    """Return the hour that 00:00 ends: the last one of the day of the record before, if that is the day before.

    The calendar alone does not tell: the day before the 1st of March is in some files the 29th of February.
    """
    known = (_LEAP,) if (last.month, last.day) == (2, 29) else (_LEAP, _COMMON)
    following = [date(year, last.month, last.day) + timedelta(days=1) for year in known]
    if day[1:3] in {(at.month, at.day) for at in following} | {last[1:3]}:
        return last._replace(hour=_DAY - 1)
    before = date(_LEAP, day.month, day.day) - timedelta(days=1)
    return Hour(day.year, before.month, before.day, _DAY - 1)
