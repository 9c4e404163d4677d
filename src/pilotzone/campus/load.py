"""Load of a campus, hour by hour: racks that are filled over years, times what cooling adds, and water on the site."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.campus.given import HOURS_OF_DAY, HOURS_OF_YEARS, as_whole, number, numbers, probability
from pilotzone.core import Brief, DataError, Result, Table, UsageError, listing

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["CampusLoad", "DailyShape", "RackRamp", "Waiting", "campus_load"]

_KW_A_MW = 1000.0
_WEEKDAYS, _WEEK = 5, 7


@dataclass(frozen=True, eq=False)
class RackRamp(Brief):
    """Racks over years.

    Attributes
    ----------
    in_use
        Year to the number of racks in use. Years follow one another without a gap. A fall is allowed, since racks are
        taken out too; `notes` names it.
    kw_per_rack
        Rated power of one rack, kW of IT.
    utilisation
        Mean power over rated power of racks in use: one share, or year to share.
    built
        Year to the number of racks built; those in use if left out.

    Raises
    ------
    UsageError
        If there is no year or a gap between years, a number is negative, or more racks are in use than are built.

    Examples
    --------
    >>> ramp = RackRamp({2026: 1000, 2027: 3000}, kw_per_rack=8.0, utilisation=0.6, built={2026: 4000, 2027: 4000})
    >>> ramp.it_mw(2027), ramp.filled[2027], ramp.notes
    (14.4, 0.75, ('The ramp never fills: at most 75 % of the racks built are in use (2027).',))
    """

    in_use: Mapping[int, float]
    kw_per_rack: float
    utilisation: float | Mapping[int, float] = 1.0
    built: Mapping[int, float] | None = None

    def __post_init__(self) -> None:
        years = sorted(self.in_use)
        if not years or years != list(range(years[0], years[-1] + 1)):
            raise UsageError(
                f"racks in use have the years {listing(years)}.", allowed="years without a gap, at least one"
            )
        number(self.kw_per_rack, "rated power of a rack, kW", above=True)
        for year in years:
            number(self.in_use[year], f"racks in use in {year}")
            probability(self.share_used(year), f"utilisation in {year}")
            if self.in_use[year] > number(self.racks_built(year), f"racks built in {year}"):
                raise UsageError(
                    f"{self.in_use[year]:g} racks are in use in {year} and {self.racks_built(year):g} are built.",
                    allowed="no more racks in use than built",
                )

    def share_used(self, year: int) -> float:
        """Return mean over rated power of racks in use."""
        if isinstance(self.utilisation, Mapping):
            return float(_of_year(self.utilisation, year, "utilisation"))
        return float(self.utilisation)

    def racks_built(self, year: int) -> float:
        """Return racks built."""
        return float(_of_year(self.in_use if self.built is None else self.built, year, "racks built"))

    def it_mw(self, year: int) -> float:
        """Return the mean IT load of a year, MW."""
        return float(_of_year(self.in_use, year, "racks in use")) * self.kw_per_rack * self.share_used(year) / _KW_A_MW

    def rated_mw(self, year: int) -> float:
        """Return rated power of racks in use, MW of IT."""
        return float(_of_year(self.in_use, year, "racks in use")) * self.kw_per_rack / _KW_A_MW

    @property
    def filled(self) -> dict[int, float]:
        """Year to racks in use over racks built; zero where none is built."""
        built = {year: self.racks_built(year) for year in sorted(self.in_use)}
        return {year: self.in_use[year] / count if count else 0.0 for year, count in built.items()}

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader has to know: years that fall, and a ramp that never fills."""
        years = sorted(self.in_use)
        falls = [after for before, after in pairwise(years) if self.in_use[after] < self.in_use[before]]
        found = [f"Racks in use fall in {listing(falls)}."] if falls else []
        fullest = max(years, key=lambda year: self.filled[year])
        if self.filled[fullest] < 1:
            share = f"{100 * self.filled[fullest]:.3g} %"
            found.append(f"The ramp never fills: at most {share} of the racks built are in use ({fullest}).")
        return tuple(found)


@dataclass(frozen=True)
class DailyShape(Brief):
    """How IT load varies over a day.

    Attributes
    ----------
    weekday, weekend
        Load of each hour of the day relative to the others, 24 values each, on one scale. Both are divided by the mean
        of a week of five weekdays and two days of weekend, so that utilisation stays the mean.

    Raises
    ------
    UsageError
        If there are not 24 values, one is negative, or all are zero.
    """

    weekday: tuple[float, ...] = (1.0,) * HOURS_OF_DAY
    weekend: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        for name, values in (("weekday", self.weekday), ("weekend", self._at_weekend)):
            if len(values) != HOURS_OF_DAY:
                raise UsageError(f"the shape of a {name} has {len(values)} values.", allowed="24, one for each hour")
            for hour, value in enumerate(values):
                number(value, f"the shape of a {name} at hour {hour}")
        if self._mean <= 0:
            raise UsageError("the shape of a day is zero in every hour.", todo="give at least one hour above zero")

    @property
    def _at_weekend(self) -> tuple[float, ...]:
        return self.weekday if self.weekend is None else self.weekend

    @property
    def _mean(self) -> float:
        return (_WEEKDAYS * sum(self.weekday) + (_WEEK - _WEEKDAYS) * sum(self._at_weekend)) / (_WEEK * HOURS_OF_DAY)

    def hours(self, days: int, first_weekday: int) -> Floats:
        """Return the shape over so many days, mean one over a week, shape (24 x days,).

        Parameters
        ----------
        days
            How many.
        first_weekday
            Weekday of the first day: 0 is Monday.
        """
        kinds = np.array([self.weekday, self._at_weekend]) / self._mean
        weekend = (np.arange(days) + first_weekday) % _WEEK >= _WEEKDAYS
        return np.asarray(kinds[weekend.astype(np.int64)].ravel())


@dataclass(frozen=True)
class Waiting(Brief):
    """Load that may wait.

    Attributes
    ----------
    share
        Share of the load of every hour.
    hours
        How many hours after its own it is served at the latest.
    """

    share: float = 0.0
    hours: int = 0

    def __post_init__(self) -> None:
        probability(self.share, "share of load that can wait")
        as_whole(self.hours, "hours that load can wait")


NOTHING_WAITS = Waiting()


@dataclass(frozen=True, eq=False)
class CampusLoad(Result):
    """Load of a campus over the hours of a year.

    Attributes
    ----------
    year
        Year of the ramp.
    facility_mw, it_mw
        Load with and without what cooling and power supply add, MW, shape (hours,).
    pue
        Ratio of the two, shape (hours,).
    water_m3
        Water used on the site in each hour, m3, shape (hours,); ``None`` where no WUE was given.
    waiting
        Load that may wait.
    notes
        What a reader has to know.
    """

    year: int
    facility_mw: Floats
    it_mw: Floats
    pue: Floats
    water_m3: Floats | None = None
    waiting: Waiting = NOTHING_WAITS
    notes: tuple[str, ...] = ()

    @property
    def peak_mw(self) -> float:
        """Highest facility load of an hour, MW: the least capacity that a contract has to cover."""
        return float(self.facility_mw.max())

    @property
    def design_peak_mw(self) -> float:
        """Highest IT load times the highest PUE, MW: capacity to contract where both may meet."""
        return float(self.it_mw.max() * self.pue.max())

    @property
    def energy_mwh(self) -> float:
        """Energy of the facility, MWh."""
        return float(self.facility_mw.sum())

    @property
    def mean_pue(self) -> float:
        """Energy of the facility over that of IT; NaN where IT uses none."""
        it = float(self.it_mw.sum())
        return self.energy_mwh / it if it else float("nan")

    def duration_curve(self) -> Floats:
        """Return facility load from the highest hour down, MW, shape (hours,)."""
        return np.asarray(np.sort(self.facility_mw)[::-1])

    def to_table(self) -> Table:
        """Return one row per hour."""
        columns = {
            "hour": tuple(range(1, len(self.it_mw) + 1)),
            "it_mw": tuple(self.it_mw.tolist()),
            "pue": tuple(self.pue.tolist()),
            "facility_mw": tuple(self.facility_mw.tolist()),
        }
        water = {} if self.water_m3 is None else {"water_m3": tuple(self.water_m3.tolist())}
        return Table({**columns, **water}, title=f"Load in {self.year}, hour by hour")

    def summary(self) -> Table:
        """Return one row per quantity of the year."""
        rows: list[tuple[str, float | None, str]] = [
            ("IT energy", float(self.it_mw.sum()), "MWh"),
            ("facility energy", self.energy_mwh, "MWh"),
            ("mean PUE, by energy", self.mean_pue, "1"),
            ("highest facility load", self.peak_mw, "MW"),
            ("highest IT load times highest PUE", self.design_peak_mw, "MW"),
            ("water on the site", None if self.water_m3 is None else float(self.water_m3.sum()), "m3"),
        ]
        table = Table.from_rows(("quantity", "value", "unit"), rows, title=f"Load in {self.year}")
        return Table(table.columns, title=table.title, note=" ".join(self.notes))


def campus_load(
    ramp: RackRamp,
    year: int,
    *,
    pue: ArrayLike,
    wue: ArrayLike | None = None,
    shape: DailyShape | None = None,
    waiting: Waiting | None = None,
    hours: int | None = None,
    first_weekday: int | None = None,
) -> CampusLoad:
    """Return the load of a campus in a year of its ramp.

    Parameters
    ----------
    ramp
        Racks over years.
    year
        One of its years.
    pue
        PUE of each hour, shape (hours,), or one figure.
    wue
        Water on the site, litres a kWh of IT, shape (hours,), or one figure.
    shape
        Shape of a day; flat if left out.
    waiting
        Load that may wait; none if left out.
    hours
        How many, in whole days; those of the PUE, or where it is one figure those of the year, if left out.
    first_weekday
        Weekday of the first hour, 0 is Monday; that of 1 January of `year` if left out.

    Raises
    ------
    DataError
        If a series has a gap, another length, or a PUE below one.
    UsageError
        If IT load would exceed rated power in an hour, or the hours are not whole days.
    """
    given = numbers(pue, "PUE", low=1.0)
    count = hours if hours is not None else len(given) if given.ndim else _hours_of(year)
    if as_whole(count, "hours", low=HOURS_OF_DAY) % HOURS_OF_DAY:
        raise UsageError(f"the load has {count:,} hours.", allowed="whole days of 24 hours")
    ratio = _every_hour(given, count, "PUE")
    weekday = dt.date(year, 1, 1).weekday() if first_weekday is None else first_weekday
    factors = (shape or DailyShape()).hours(count // HOURS_OF_DAY, weekday)
    used = ramp.share_used(year) * factors
    if used.max() > 1 + 1e-12:
        raise UsageError(
            f"IT load in {year} reaches {100 * float(used.max()):.4g} % of rated power at its highest hour.",
            allowed="100 % at most",
            todo="lower the utilisation or flatten the shape of the day",
        )
    it = ramp.rated_mw(year) * used
    # A litre a kWh is a cubic metre a MWh.
    water = None if wue is None else it * _every_hour(numbers(wue, "WUE, l/kWh", low=0.0), count, "WUE, l/kWh")
    notes = list(ramp.notes)
    if not given.ndim:
        notes.append("PUE is one figure for all hours: heat does not raise the load.")
    return CampusLoad(year, it * ratio, it, ratio, water, waiting or NOTHING_WAITS, tuple(notes))


def _every_hour(values: Floats, count: int, name: str) -> Floats:
    """Return one figure, or one for each hour, as an array of hours."""
    if values.ndim > 1:
        raise DataError(f"{name} has shape {values.shape}.", allowed="one figure, or one for each hour")
    if values.ndim:
        numbers(values, name, size=count)
    return np.asarray(np.broadcast_to(values, (count,)).copy())


def _hours_of(year: int) -> int:
    return HOURS_OF_YEARS[(dt.date(year + 1, 1, 1) - dt.date(year, 1, 1)).days - 365]


def _of_year(values: Mapping[int, float], year: int, what: str) -> float:
    if year not in values:
        years: Sequence[int] = sorted(values)
        raise UsageError(f"{what} in {year}: not given.", allowed=listing(years, most=40))
    return values[year]
