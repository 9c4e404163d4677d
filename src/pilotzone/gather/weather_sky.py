"""Radiation and wind speed of weather files: their columns in each format, and hours of a year from their records.

Formats are those of EnergyPlus, of TMY3, and of the download pages of NSRDB, PVGIS and NASA POWER; `pvlib.iotools` is
what the tests hold the readers to. Nothing here is needed of a weather file: a column that is not there, is there twice
or holds what is not a number is not read, and whoever asks for it is told why.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.gather.sky import Sky, first_of_year, sky_values
from pilotzone.gather.weather_source import measured

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from pilotzone.gather.weather_hours import Records
    from pilotzone.gather.weather_source import Numbered

    Floats = NDArray[np.float64]

__all__ = [
    "NSRDB_SKY",
    "POWER_SKY",
    "POWER_WIND",
    "PVGIS_SKY",
    "TMY3_SKY",
    "power_scale",
    "sky_column",
    "sky_columns",
    "sky_of",
]

TMY3_SKY = {
    "ghi_w_m2": "GHI (W/m^2)",
    "dni_w_m2": "DNI (W/m^2)",
    "dhi_w_m2": "DHI (W/m^2)",
    "wind_m_s": "Wspd (m/s)",
}
NSRDB_SKY = {"ghi_w_m2": "GHI", "dni_w_m2": "DNI", "dhi_w_m2": "DHI", "wind_m_s": "Wind Speed"}
PVGIS_SKY = {"ghi_w_m2": "G(h)", "dni_w_m2": "Gb(n)", "dhi_w_m2": "Gd(h)", "wind_m_s": "WS10m"}
POWER_SKY = {
    "ghi_w_m2": "ALLSKY_SFC_SW_DWN",
    "dni_w_m2": "ALLSKY_SFC_SW_DNI",
    "dhi_w_m2": "ALLSKY_SFC_SW_DIFF",
}
POWER_WIND = {"WS50M": 50.0, "WS10M": 10.0, "WS2M": 2.0}
"""Wind speeds of NASA POWER to their heights, m; the first that is there is taken, as the nearest to a hub."""
_POWER_SCALES = {"wh/m^2": 1.0, "w/m^2": 1.0, "mj/hr": 1e6 / 3600, "mj/m^2/hr": 1e6 / 3600, "kw-hr/m^2/hr": 1000.0}
"""Units of an hour's radiation in W/m2: those of the communities of renewable energy, buildings and agriculture."""
_LEAP_YEAR = 8_784
_MIDDLE_H = 0.5


def sky_columns(rows: Numbered, cells: Sequence[str], names: Mapping[str, str], code: float) -> dict[str, Floats]:
    """Return the columns of radiation and wind that a file has, NaN where nobody measured.

    Parameters
    ----------
    rows
        Cells of its lines.
    cells
        Names of its columns.
    names
        Names of a `Sky` to the file's own.
    code
        What marks a value that nobody measured.
    """
    there = [cell.strip() for cell in cells]
    return {ours: sky_column(rows, there.index(name), code) for ours, name in names.items() if there.count(name) == 1}


def sky_column(rows: Numbered, place: int, code: float) -> Floats:
    """Return the column at a place, NaN where nobody measured: `code`, or what is not a number."""
    return measured(np.array([_or_none(row[place]) for _, row in rows]), code)


def _or_none(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return float("nan")


def power_scale(unit: object) -> float | None:
    """Return a unit of NASA POWER in W/m2; ``None`` where it is not known."""
    return _POWER_SCALES.get(str(unit).strip().lower())


def sky_of(name: str, records: Records, hours: int) -> Sky | None:
    """Return radiation and wind of a file of one year, hour by hour; ``None`` where there are none.

    Parameters
    ----------
    name
        Name of the file.
    records
        What it holds.
    hours
        Number of hours: several records of an hour make one.
    """
    if not records.sky or hours > _LEAP_YEAR:
        return None
    each = len(records.hours) // hours
    by_hour = {key: column.reshape(hours, each) for key, column in records.sky.items()}
    # Of energies an hour has the sum, which is its mean power; powers have a mean.
    merged = {
        key: x.sum(axis=1) if records.energy and key.endswith("_w_m2") else x.mean(axis=1) for key, x in by_hour.items()
    }
    found, absent = sky_values(merged)
    # The sun is taken half an hour after an hour begins: of instants at another minute hours begin so much earlier.
    first = first_of_year([hour.year for hour in records.hours], hours) + timedelta(hours=records.sun_at_h - _MIDDLE_H)
    return Sky(
        name,
        first,
        found,
        absent,
        records.utc_offset_h,
        records.latitude,
        records.longitude,
        records.wind_height_m,
    )
