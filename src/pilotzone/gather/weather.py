"""Hourly weather from the files that people have: EPW, TMY3, NSRDB, PVGIS and NASA POWER.

Every hour must be there: what was not measured is an error that names the hour, and nothing is filled in. What no
weather can be is refused, and what is only odd is noted.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from pilotzone.core import DataError, Glance, Result, Table, UsageError, one_line, read_regular, shortened, significant
from pilotzone.gather.weather_hours import Records, hours_of
from pilotzone.gather.weather_power import read_nasa_power
from pilotzone.gather.weather_services import read_nsrdb, read_pvgis
from pilotzone.gather.weather_sky import sky_of
from pilotzone.gather.weather_source import WORDS, Source
from pilotzone.gather.weather_stations import read_epw, read_tmy3

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    from numpy.typing import NDArray

    from pilotzone.gather.sky import Sky

    Floats = NDArray[np.float64]

__all__ = ["Climate", "WeatherFormat", "read_weather"]

WeatherFormat = Literal["epw", "tmy3", "nsrdb", "pvgis", "nasa_power"]

_READERS: dict[str, Callable[[Source], Records]] = {
    "epw": read_epw,
    "tmy3": read_tmy3,
    "nsrdb": read_nsrdb,
    "pvgis": read_pvgis,
    "nasa_power": read_nasa_power,
}
_MOST_BYTES = 32_000_000
"""Most bytes of a file: a year of EPW with a record every five minutes has some 21 million."""
_KINDS = "an EPW, a TMY3, an NSRDB or a PVGIS file, or an hourly one of NASA POWER with T2M, RH2M and PS"
_LEAST = {"temp_c": -90.0, "rel_humidity": 0.0, "pressure_pa": 30_000.0}
_MOST = {"temp_c": 60.0, "rel_humidity": 1.1, "pressure_pa": 110_000.0}
"""A relative humidity of 110 % is EPW's own limit: air above a wet sensor. More than one is read as one."""
_UNITS = {"temp_c": "degC", "rel_humidity": "a share", "pressure_pa": "Pa"}
_IN_PA = {"pa": 1.0, "hpa": 100.0, "mbar": 100.0, "millibar": 100.0, "kpa": 1000.0}
_SEA_LEVEL = 101_325.0
_NOTED, _REFUSED = (0.03, 0.01), (0.10, 0.02)
"""By how much the year's mean pressure may differ from the standard atmosphere's, and how much more a kilometre."""
_NEAR_SEA_LEVEL = 0.02
_JUMP = 25.0
"""K from one hour to the next; fewer than ten such are known."""


@dataclass(frozen=True, eq=False)
class Climate(Result):
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
        Height, m, latitude and longitude of the place, degrees; NaN where unknown.
    notes
        What a reader of results has to know.
    sky
        Radiation and wind, where a file of one year has them.
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
    sky: Sky | None = None

    @property
    def hours(self) -> int:
        """Number of hours T."""
        return len(self.temp_c)

    def to_table(self) -> Table:
        """Return one row per hour: temperature, relative humidity where it is known, and pressure."""
        columns: dict[str, tuple[float, ...]] = {"temp_c": tuple(self.temp_c.tolist())}
        if self.rel_humidity is not None:
            columns["rel_humidity"] = tuple(self.rel_humidity.tolist())
        columns["pressure_pa"] = tuple(self.pressure_pa.tolist())
        hours = {"hour": tuple(range(1, self.hours + 1))}
        return Table({**hours, **columns}, title=f"Weather of {self.place}, hour by hour", note=self.source)

    def summary(self) -> Table:
        """Return one row per quantity: least, mean and greatest over the hours."""
        known = {"temp_c": self.temp_c, "rel_humidity": self.rel_humidity, "pressure_pa": self.pressure_pa}
        rows = [
            (name, float(values.min()), float(values.mean()), float(values.max()), len(values))
            for name, values in known.items()
            if values is not None and len(values)
        ]
        title = f"Weather of {self.place}, {self.hours:,} hours"
        return Table.from_rows(("quantity", "least", "mean", "greatest", "hours"), rows, title=title)

    def glance(self) -> Glance:
        """Return source and notes, and the summary."""
        table = self.summary()
        return Glance(table.title, (self.source, *self.notes), table)


def read_weather(
    path: str | os.PathLike[str], kind: WeatherFormat | None = None, *, place: str | None = None
) -> Climate:
    """Read a weather file.

    Parameters
    ----------
    path
        Path of an EPW file, a TMY3 file (CSV), an NSRDB file with its header (CSV), a typical year from PVGIS (CSV or
        JSON), or hourly data from NASA POWER (JSON or CSV) with T2M, RH2M and PS.
    kind
        Format of the file. Default: recognised by name and first lines.
    place
        Name of the place. Default: the name in the file.

    Returns
    -------
    Climate
        Hourly weather of whole years; a leap year has 8,784 hours. Several records in one hour are averaged.

    Raises
    ------
    DataError
        If the file is missing or has another format, an hour is missing or appears twice, or a value is a code for "not
        measured" or impossible.
    UsageError
        If the format is unknown or cannot be recognised.
    """
    file = Path(path)
    if kind is not None and kind not in _READERS:
        raise UsageError(f"a weather file cannot be of kind {kind!r}.", allowed=", ".join(_READERS))
    content = read_regular(file, "weather file", most=_MOST_BYTES, fault=DataError)
    source = Source(file.name, content, called=place is not None)
    records = _READERS[kind or _told(file, source)](source)
    for name in WORDS:
        _check_values(file.name, name, records)
    values, notes = hours_of(file.name, records)
    values["rel_humidity"] = np.minimum(values["rel_humidity"], 1.0)
    return Climate(
        place=place or shortened(one_line(records.place), most=100) or file.stem,
        temp_c=values["temp_c"],
        rel_humidity=values["rel_humidity"],
        pressure_pa=values["pressure_pa"],
        source=one_line(f"{shortened(records.source, most=200)} ({file.name})"),
        height_m=records.height_m,
        latitude=records.latitude,
        longitude=records.longitude,
        notes=(*records.notes, *notes, *_pressure_note(file.name, records, values), *_odd(values)),
        sky=sky_of(file.name, records, len(values["temp_c"])),
    )


def _told(file: Path, source: Source) -> str:
    top = [line.strip().lower() for line in source.lines[:10]]
    first = next((line for line in top if line), "")
    if file.suffix.lower() == ".epw" or first.startswith("location,"):
        return "epw"
    if first.startswith("{"):
        return "pvgis" if '"inputs"' in source.text[:2_000] else "nasa_power"
    if first.startswith(("-begin header-", "year,mo,dy,hr")):
        return "nasa_power"
    if first.startswith(("source,location id", "year,month,day,hour,minute")):
        return "nsrdb"
    if first.startswith(("latitude (decimal degrees)", "time(utc)")):
        return "pvgis"
    if any("date (mm/dd/yyyy)" in line for line in top[:3]):
        return "tmy3"
    raise UsageError(
        f"what kind of weather file {file.name} is cannot be told.",
        allowed=f"{', '.join(_READERS)}: {_KINDS}",
        todo="say which of these it is",
    )


def _check_values(name: str, what: str, records: Records) -> None:
    """Raise if values are missing or cannot be; hints say what a whole column could be instead."""
    values, word, unit = records.values[what], WORDS[what], records.units[what]
    each = "hours" if records.hourly else "records"
    absent = np.flatnonzero(np.isnan(values))
    if len(absent):
        raise DataError(
            f"{name}: {word} was not measured in {len(absent):,} {each}, the first is {records.at(int(absent[0]))}.",
            allowed="a value for every hour; files mark what was not measured by codes such as 99.9, 999 or -9900",
            todo=_instead(what, records, len(absent)),
        )
    if what == "rel_humidity" and len(values) and values.max() <= 0.01:  # noqa: PLR2004 - one per cent
        most = f"{values.max() * 100:g}"
        raise DataError(
            f"{name}: {word} is {most} % at most: it looks like a share."
            if values.any()
            else f"{name}: {word} is 0 in all hours.",
            allowed=f"relative humidity in {unit}, as the format has it",
            todo="multiply it by 100, or take another file",
        )
    odd = np.flatnonzero((values < _LEAST[what]) | (values > _MOST[what]))
    if len(odd):
        raise DataError(
            f"{name}: {word} of {len(odd):,} {each} cannot be, the first is {values[odd[0]]:g} in "
            f"{records.at(int(odd[0]))}.",
            allowed=f"from {_LEAST[what]:g} to {_MOST[what]:g} ({_UNITS[what]}); the file's own unit is {unit}",
            todo=_looks_like(what, values, unit),
        )


def _instead(what: str, records: Records, absent: int) -> str:
    """Return what to do about values that nobody measured; pressure hardly varies, so its column can be made."""
    if what == "pressure_pa" and absent == len(records.hours) and np.isfinite(records.height_m):
        scale = _IN_PA[records.units[what].lower()]
        usual = f"{significant(_standard(records.height_m) / scale, 4)} {records.units[what]}"
        return f"put the pressure of the station in: the standard atmosphere has {usual} at {records.height_m:g} m"
    return "take another file, or fill the gap by a method that you can state"


def _standard(height: float) -> float:
    """Return the pressure of the standard atmosphere at a height, Pa."""
    return float(_SEA_LEVEL * (1 - 2.25577e-5 * height) ** 5.2559)


def _looks_like(what: str, values: Floats, unit: str) -> str | None:
    """Return what unit a column could be in, if all of it is off."""
    middle = float(np.median(values))
    kelvin = 200.0
    if what == "temp_c" and kelvin < middle < kelvin + 150:
        return "take 273.15 off: it looks like kelvin"
    if what == "temp_c" and middle > 35:  # noqa: PLR2004 - no place has half of its hours so hot
        return "turn it into degC: it looks like degrees Fahrenheit"
    if what == "pressure_pa":
        own = middle / _IN_PA[unit.lower()]
        for other, scale in (("Pa", 1.0), ("hPa", 100.0), ("kPa", 1000.0)):
            if _LEAST[what] <= own * scale <= _MOST[what]:
                return f"turn it into {unit}: it looks like {other}"
    return None


def _pressure_note(name: str, records: Records, values: dict[str, Floats]) -> tuple[str, ...]:
    """Return a note where pressure hardly fits the height, and raise where it does not: above all that of the sea."""
    height = records.height_m
    if not np.isfinite(height):
        return ()
    mean = float(values["pressure_pa"].mean())
    standard = _standard(height)
    off = abs(np.log(mean / standard))
    noted, refused = (base + more * max(height, 0.0) / 1000 for base, more in (_NOTED, _REFUSED))
    if off <= noted:
        return ()
    told = f"pressure is {mean / 100:.0f} hPa in the mean, where {standard / 100:.0f} hPa is usual at {height:g} m"
    at_sea_level = abs(mean / _SEA_LEVEL - 1) < _NEAR_SEA_LEVEL
    if off > refused or at_sea_level:
        raise DataError(
            f"{name}: {told}" + (": it looks like pressure reduced to the level of the sea." if at_sea_level else "."),
            allowed=f"pressure at the station, within {noted if at_sea_level else refused:.0%} of the usual",
            todo="take the pressure of the station, or mend the height in the file's head",
        )
    return (f"{told[0].upper()}{told[1:]}.",)


def _odd(values: dict[str, Floats]) -> tuple[str, ...]:
    """Return notes on what weather hardly ever does."""
    notes = [
        f"{WORDS[name].capitalize()} is the same in all hours: it was hardly measured."
        for name, value in values.items()
        if len(value) and np.ptp(value) == 0
    ]
    jumps = np.flatnonzero(np.abs(np.diff(values["temp_c"])) > _JUMP)
    if len(jumps):
        most = float(np.abs(np.diff(values["temp_c"])).max())
        notes.append(
            f"Dry bulb changes by up to {most:.0f} K from one hour to the next, {len(jumps):,} times by more than 25 K."
        )
    return tuple(notes)
