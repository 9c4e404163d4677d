"""Weather files of an invented place, in every format that is read; all hold the numbers of `values`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import numpy as np

__all__ = ["bright", "epw", "hours", "nsrdb", "power", "power_csv", "pvgis_csv", "pvgis_json", "tmy3", "values"]

Lines = list[str]
Change = Callable[[Lines], Lines]


def same(lines: Lines) -> Lines:
    return lines


@lru_cache
def hours(year: int) -> list[datetime]:
    first = datetime(year, 1, 1)  # noqa: DTZ001 - a calendar without a zone
    count = (datetime(year + 1, 1, 1) - first).days * 24  # noqa: DTZ001
    return [first + timedelta(hours=k) for k in range(count)]


@lru_cache(maxsize=1 << 17)
def values(at: datetime, minute: int = 0) -> tuple[float, int, float]:
    """Return invented dry bulb, degC, relative humidity, %, and pressure, hPa, of an hour and of a minute in it."""
    day = at.timetuple().tm_yday
    temp = 12 + 10 * np.sin(2 * np.pi * day / 365) + at.hour / 10 + minute / 100
    return round(float(temp), 2), 40 + (day + at.hour) % 50, 893.0 + (day + at.hour) % 7


@lru_cache(maxsize=1 << 17)
def bright(at: datetime) -> tuple[float, float, float, float]:
    """Return invented global, direct normal and diffuse irradiance, W/m2, and wind speed, m/s, of an hour."""
    ghi = round(800 * max(float(np.sin(np.pi * (at.hour - 6) / 12)), 0.0), 1)
    return ghi, round(ghi * 0.9, 1), round(ghi * 0.3, 1), round(4 + at.hour / 10, 1)


def epw(
    year: int = 2009,
    *,
    each: int = 1,
    location: str = "Guiyang,Guizhou,CHN,CSWD,578160,26.58,106.73,8.0,1074.0",
    change: Change = same,
    base: int = 1,
    head: Sequence[str] = ("X",) * 6,
) -> str:
    """Return an EPW file with so many records an hour, whose minutes tell when they end."""
    rows = change(list(_epw_rows(year, each, base)))
    return "\n".join([f"LOCATION,{location}", *head, f"DATA PERIODS,1,{each}", *rows]) + "\n"


@lru_cache
def _epw_rows(year: int, each: int, base: int) -> Lines:
    rows = []
    for at in hours(year):
        for k in range(1, each + 1):
            minute = 60 // each * k
            temp, share, pressure = values(at, minute % 60)
            cells = (at.year, at.month, at.day, at.hour + base, minute, "?9", temp, 5.0, share, pressure * 100)
            rows.append(",".join(str(cell) for cell in (*cells, *["0"] * 25)))
    return rows


def tmy3(midnight: str = "24:00", *, years: Sequence[int] = (2009,), sky: bool = False, change: Change = same) -> str:
    """Return a TMY3 file, months from the years in turn; midnight is 24:00, or 00:00 of the next or of the same day."""
    rows = []
    for at in hours(2009):
        year = years[(at.month - 1) % len(years)]
        temp, share, pressure = values(at)
        day, time = at.replace(year=2009), f"{at.hour + 1:02d}:00"
        if at.hour == 23 and midnight != "24:00":
            day, time = at + timedelta(days=1 if midnight == "next" else 0), "00:00"
        more = "".join(f",{value}" for value in bright(at)) if sky else ""
        rows.append(f"{day:%m/%d}/{year},{time},0,{temp},{share},{pressure}{more}")
    head = ['578160,"GUIYANG, EAST",GZ,8.0,26.580,106.730,1074']
    head.append("Date (MM/DD/YYYY),Time (HH:MM),ETR (W/m^2),Dry-bulb (C),RHum (%),Pressure (mbar)")
    head[1] += ",GHI (W/m^2),DNI (W/m^2),DHI (W/m^2),Wspd (m/s)" if sky else ""
    return "\n".join([*head, *change(rows)]) + "\n"


def nsrdb(
    year: int = 2019,
    *,
    minutes: Sequence[int] = (30,),
    units: tuple[str, str, str] = ("c", "mbar", "%"),
    zone: int = 8,
    scale: float = 1.0,
    leap: bool = True,
    sky: bool = False,
    change: Change = same,
) -> str:
    """Return a file of NSRDB with its head of two lines; minutes are those of the records of an hour."""
    names = "Source,Location ID,City,State,Country,Latitude,Longitude,Time Zone,Elevation,Local Time Zone,"
    names += "Temperature Units,Pressure Units,Relative Humidity Units,Version"
    told = f"NSRDB,1234,-,b'None',b'None',26.58,106.73,{zone},1074,8,{','.join(units)},v3.2.2"
    columns = "Year,Month,Day,Hour,Minute,GHI,Temperature,Relative Humidity,Pressure,,"
    if sky:
        columns = columns.replace(",,", ",DNI,DHI,Wind Speed")
        names, told = f"{names},GHI Units,DNI Units,DHI Units,Wind Speed Units", f"{told},w/m2,w/m2,w/m2,m/s"
    rows = []
    for at in hours(year):
        if (at.month, at.day) == (2, 29) and not leap:
            continue
        for minute in minutes:
            temp, share, pressure = values(at, minute % 60)
            when = f"{at.year},{at.month},{at.day},{at.hour},{minute}"
            ghi, *others = bright(at) if sky else (0, "", "")
            rows.append(f"{when},{ghi},{temp},{share},{round(pressure * scale, 4)},{','.join(map(str, others))}")
    return "\n".join([names, told, columns, *change(rows)]) + "\n"


def pvgis_csv(*, sky: bool = False, offset: bool = True, change: Change = same) -> str:
    rows = []
    for at in hours(2009):
        temp, share, pressure = values(at)
        ghi, *others = bright(at) if sky else (0.0,)
        rows.append(",".join(map(str, (f"{at:%Y%m%d:%H%M}", temp, share, ghi, pressure * 100, *others))))
    place = ["Latitude (decimal degrees): 26.580", "Longitude (decimal degrees): 106.730", "Elevation (m): 1074.0"]
    months = ["Irradiance Time Offset (h): 0.1761"] if offset else []
    months += ["month,year", *(f"{k},2009" for k in range(1, 13))]
    tail = ["", "T2m: 2-m air temperature (degree Celsius)", "", "PVGIS (c) European Union, 2001-2026"]
    return (
        "\r\n".join(
            [*place, *months, f"time(UTC),T2m,RH,G(h),SP{',Gb(n),Gd(h),WS10m' if sky else ''}", *change(rows), *tail]
        )
        + "\r\n"
    )


def pvgis_json(*, sky: bool = False) -> dict[str, Any]:
    rows = []
    for at in hours(2009):
        temp, share, pressure = values(at)
        row = {"time(UTC)": f"{at:%Y%m%d:%H%M}", "T2m": temp, "RH": share, "SP": pressure * 100}
        rows.append(row | (dict(zip(("G(h)", "Gb(n)", "Gd(h)", "WS10m"), bright(at), strict=True)) if sky else {}))
    place = {"latitude": 26.58, "longitude": 106.73, "elevation": 1074.0}
    place |= {"irradiance_time_offset": 0.1761} if sky else {}
    return {
        "inputs": {"location": place},
        "outputs": {"months_selected": [], "tmy_hourly": rows},
        "meta": {"inputs": {}},
    }


POWER = ("ALLSKY_SFC_SW_DWN", "ALLSKY_SFC_SW_DNI", "ALLSKY_SFC_SW_DIFF", "WS10M")


def power(
    year: int = 2019, *, standard: str = "LST", fill: float | None = -999.0, unit: str = "", scale: float = 1.0
) -> dict[str, Any]:
    """Return an answer of NASA POWER; with a unit also radiation, W/m2 over the scale."""
    found: dict[str, dict[str, float]] = {
        "T2M": {},
        "RH2M": {},
        "PS": {},
        **({name: {} for name in POWER} if unit else {}),
    }
    for at in hours(year):
        temp, share, pressure = values(at)
        for name, value in (("T2M", temp), ("RH2M", float(share)), ("PS", pressure / 10)):
            found[name][f"{at:%Y%m%d%H}"] = value
        for name, value in zip(POWER, bright(at), strict=True) if unit else ():
            found[name][f"{at:%Y%m%d%H}"] = value if name == "WS10M" else value / scale
    return {
        "geometry": {"coordinates": [106.73, 26.58, 1074.0]},
        "properties": {"parameter": found},
        "header": {"fill_value": fill, "time_standard": standard},
        "parameters": {name: {"units": "m/s" if name == "WS10M" else unit} for name in POWER},
    }


def power_csv(*, head: bool = True, standard: str = "LST", sky: bool = False, change: Change = same) -> str:
    rows = []
    for at in hours(2019):
        temp, share, pressure = values(at)
        rows.append(f"{at.year},{at.month},{at.day},{at.hour},{temp},{share},{pressure / 10:.3f}")
        rows[-1] += "".join(f",{value}" for value in bright(at)) if sky else ""
    top = ["-BEGIN HEADER-", f"Dates (month/day/year): 01/01/2019 through 12/31/2019 in {standard}"]
    top.append("Location: latitude  26.58   longitude 106.73 ")
    top.append("elevation from MERRA-2: Average for 0.5 x 0.625 degree lat/lon region = 1074.0 meters")
    top += [f"{name}     CERES SYN1deg All Sky Surface Irradiance (Wh/m^2) " for name in POWER[:3] if sky]
    lines = [
        *(top if head else []),
        *(["-END HEADER-"] if head else []),
        ",".join(("YEAR,MO,DY,HR,T2M,RH2M,PS", *(POWER if sky else ()))),
        *change(rows),
    ]
    return "\n".join(lines) + "\n"
