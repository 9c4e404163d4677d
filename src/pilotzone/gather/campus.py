"""Evidence for campuses and their appraisal: tables with sources and caveats, and hourly weather."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import Glance, Result, Table, UsageError, listing, unknown
from pilotzone.gather.collection import read_package
from pilotzone.gather.layers import Layer, layer_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["HourlyWeather", "campus_names", "hourly_weather", "load_campus"]

_STATIONS = {"Guangzhou": ("CN-GD", "weather_guangzhou"), "Beijing": ("CN-BJ", "weather_beijing")}


def campus_names() -> tuple[str, ...]:
    """Return the names of the tables that there are on campuses and their appraisal."""
    return tuple(item["name"] for item in read_package("campus")["resources"])


def load_campus(name: str) -> Layer:
    """Return a table of evidence on campuses and their appraisal.

    Parameters
    ----------
    name
        One of `campus_names`.

    Raises
    ------
    UsageError
        If there is no such table (with the closest name).

    Examples
    --------
    >>> costs = load_campus("technology_costs")
    >>> sorted(set(costs.texts["system"]))
    ['China', 'Europe']
    """
    return layer_of("campus", name)


@dataclass(frozen=True, eq=False)
class HourlyWeather(Result):
    """Measured weather of a city, hour by hour. NaN stands where nothing was observed.

    Attributes
    ----------
    region, city
        ISO 3166-2 code of the province, and name.
    time_local
        Start of each hour, local time, shape (T,); no hour is left out.
    temperature_c, dew_point_c
        Dry bulb and dew point, degC, shape (T,).
    relative_humidity_percent
        Shape (T,).
    pressure_sea_level_hpa
        Pressure reduced to sea level, hPa, shape (T,). It is not the pressure at the station.
    layer
        The table it is from, with sources, licences, caveats and file.
    """

    region: str
    city: str
    time_local: NDArray[np.datetime64]
    temperature_c: Floats
    dew_point_c: Floats
    relative_humidity_percent: Floats
    pressure_sea_level_hpa: Floats
    layer: Layer

    @property
    def hours(self) -> int:
        """Number of hours T."""
        return len(self.temperature_c)

    @property
    def years(self) -> tuple[int, ...]:
        """Years that the hours are of."""
        return tuple(np.unique(self._year()).tolist())

    @property
    def complete_years(self) -> tuple[int, ...]:
        """Years with every quantity in every hour."""
        known = np.all([np.isfinite(values) for values in self._quantities().values()], axis=0)
        when = self._year()
        return tuple(year for year in self.years if known[when == year].all())

    def of_year(self, year: int) -> HourlyWeather:
        """Return the hours of one year: 8,760, or 8,784 in a leap year.

        Raises
        ------
        UsageError
            If there are no hours of this year.
        """
        if year not in self.years:
            raise UsageError(
                f"there is no hourly weather of {self.city} in {year}.",
                allowed=f"years from {self.years[0]} to {self.years[-1]}",
            )
        rows = self._year() == year
        time = self.time_local[rows]
        time.flags.writeable = False
        return replace(
            self,
            time_local=time,
            temperature_c=_fixed(self.temperature_c[rows]),
            dew_point_c=_fixed(self.dew_point_c[rows]),
            relative_humidity_percent=_fixed(self.relative_humidity_percent[rows]),
            pressure_sea_level_hpa=_fixed(self.pressure_sea_level_hpa[rows]),
        )

    def to_table(self) -> Table:
        """Return one row per hour."""
        columns = {
            name: tuple(None if np.isnan(value) else value for value in values.tolist())
            for name, values in self._quantities().items()
        }
        time = tuple(np.datetime_as_string(self.time_local, unit="m").tolist())
        return Table({"time_local": time, **columns}, title=f"Weather of {self.city}, hour by hour")

    def summary(self) -> Table:
        """Return one row per quantity: least, mean and greatest over the hours observed, and hours without a figure."""
        rows = []
        for name, values in self._quantities().items():
            known = values[np.isfinite(values)]
            ends = (float(known.min()), float(known.mean()), float(known.max())) if len(known) else (None, None, None)
            rows.append((name, *ends, len(values) - len(known)))
        title = f"Weather of {self.city}, {self.hours:,} hours"
        return Table.from_rows(("quantity", "least", "mean", "greatest", "missing"), rows, title=title)

    def glance(self) -> Glance:
        """Return years that are complete, the first caveat, and the summary."""
        table = self.summary()
        whole = listing([str(year) for year in self.complete_years]) if self.complete_years else "none"
        return Glance(table.title, (f"Complete years: {whole}.", self.layer.caveats[0].text), table)

    def _year(self) -> NDArray[np.int64]:
        return self.time_local.astype("datetime64[Y]").astype(np.int64) + 1970

    def _quantities(self) -> dict[str, Floats]:
        return {
            "temperature_c": self.temperature_c,
            "dew_point_c": self.dew_point_c,
            "relative_humidity_percent": self.relative_humidity_percent,
            "pressure_sea_level_hpa": self.pressure_sea_level_hpa,
        }


def hourly_weather(city: str) -> HourlyWeather:
    """Return the measured weather of a city, 2010 to 2015.

    Parameters
    ----------
    city
        ``Guangzhou`` or ``Beijing``.

    Raises
    ------
    UsageError
        If there is no hourly weather of this city.

    Examples
    --------
    >>> hourly_weather("Guangzhou").complete_years
    (2010, 2011, 2012, 2014)
    """
    if city not in _STATIONS:
        raise unknown("city with hourly weather", city, _STATIONS, of="the evidence", error=UsageError)
    region, name = _STATIONS[city]
    layer = load_campus(name)
    time = np.array(layer.texts["time_local"], dtype="datetime64[h]")
    time.flags.writeable = False
    return HourlyWeather(
        region=region,
        city=city,
        time_local=time,
        temperature_c=layer.numbers["temperature_c"],
        dew_point_c=layer.numbers["dew_point_c"],
        relative_humidity_percent=layer.numbers["relative_humidity_percent"],
        pressure_sea_level_hpa=layer.numbers["pressure_sea_level_hpa"],
        layer=layer,
    )


def _fixed(values: Floats) -> Floats:
    values.flags.writeable = False
    return values
