"""Hourly answers of NASA POWER, as JSON or CSV; `pvlib` has the names of its parameters, which the tests hold to."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import DataError
from pilotzone.gather.weather_answers import IN_UTC, Place, clock_of, figure_of, parsed, place_of, within
from pilotzone.gather.weather_hours import Hour, Records
from pilotzone.gather.weather_sky import POWER_SKY, POWER_WIND, power_scale, sky_columns
from pilotzone.gather.weather_source import WORDS, Source, check_widths, columns, find_columns, measured

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["read_nasa_power"]

_POWER = {"temp_c": "T2M", "rel_humidity": "RH2M", "pressure_pa": "PS"}
_POWER_CLOCK = {"year": "YEAR", "month": "MO", "day": "DY", "hour": "HR"}
_POWER_SCALES = {"temp_c": 1.0, "rel_humidity": 0.01, "pressure_pa": 1000.0}
_POWER_MISSING = -999.0
_POWER_STAMP = re.compile(r"(\d{4})(\d{2})(\d{2})(\d{2})", re.ASCII)


def read_nasa_power(source: Source) -> Records:
    """Return what an hourly answer of NASA POWER holds, as CSV or JSON; hours go from 0 to 23."""
    return _power_json(source) if source.text.lstrip().startswith("{") else _power_csv(source)


def _power(
    clock: tuple[list[Hour], list[int]],
    lines: list[int],
    values: dict[str, Floats],
    place: Place,
    sky: dict[str, Floats],
    wind_height_m: float,
    *,
    utc: bool,
) -> Records:
    """Return records; how far local solar time is ahead of UTC is not told."""
    return Records(
        *clock,
        lines,
        values,
        {"temp_c": "degC", "rel_humidity": "%", "pressure_pa": "kPa"},
        "",
        "NASA POWER, MERRA-2 reanalysis, about half a degree",
        *place,
        notes=(IN_UTC,) if utc else (),
        sky=sky,
        utc_offset_h=0.0 if utc else float("nan"),
        wind_height_m=wind_height_m,
    )


def _power_json(source: Source) -> Records:
    answer = parsed(source, "nasa_power")
    found = within(source, answer, "properties", "parameter")
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
    clock = clock_of(source, rows, tuple(_POWER_CLOCK))
    place = place_of(source, height, latitude, longitude)
    told = answer.get("parameters")
    units = (
        {key: entry.get("units") for key, entry in told.items() if isinstance(entry, dict)}
        if isinstance(told, dict)
        else {}
    )
    given = {key: column for key, column in found.items() if isinstance(column, dict)}
    wanted, wind_m = _power_sky(list(given), units)
    sky = {
        ours: measured(np.array([figure_of(given[key].get(at)) for at in stamps]), missing) * scale
        for ours, (key, scale) in wanted.items()
    }
    return _power(clock, [], values, place, sky, wind_m, utc=head.get("time_standard") == "UTC")


def _power_sky(cells: Sequence[str], units: Mapping[str, object]) -> tuple[dict[str, tuple[str, float]], float]:
    """Return which parameters are radiation and wind, each with its unit in ours, and the height of the wind, m.

    Radiation whose unit is not told is not read: it differs by the community that asks.
    """
    found = {
        ours: (key, scale)
        for ours, key in POWER_SKY.items()
        if cells.count(key) == 1 and (scale := power_scale(units.get(key))) is not None
    }
    wind = next((key for key in POWER_WIND if cells.count(key) == 1), None)
    if wind is None:
        return found, float("nan")
    return {**found, "wind_m_s": (wind, 1.0)}, POWER_WIND[wind]


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
    clock = clock_of(
        source, [(line, [row[places[key]] for key in _POWER_CLOCK]) for line, row in rows], tuple(_POWER_CLOCK)
    )
    values = columns(source, rows, places, dict.fromkeys(_POWER, _POWER_MISSING), _POWER_SCALES)
    place = place_of(source, *(_after(head, word) for word in ("=", "latitude", "longitude")))
    # Lines of the head name a parameter first, and its unit last, in round brackets.
    units = {line.split()[0]: line.rpartition("(")[2].rstrip(") ") for line in source.lines[:top] if line.strip()}
    wanted, wind_m = _power_sky(cells, units)
    read = sky_columns(rows, cells, {ours: key for ours, (key, _) in wanted.items()}, _POWER_MISSING)
    sky = {ours: column * wanted[ours][1] for ours, column in read.items()}
    return _power(clock, [line for line, _ in rows], values, place, sky, wind_m, utc=" in UTC" in head)


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
