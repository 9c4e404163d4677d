"""Hours of a year from what a weather file holds: records in their order, one an hour or several."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property, lru_cache
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pilotzone.core import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Hour", "Records", "hours_of"]

_FIRST = datetime(2001, 1, 1)  # noqa: DTZ001 - a calendar without a zone
_LEAP = datetime(2000, 1, 1)  # noqa: DTZ001
_YEAR, _LEAP_YEAR = 8_760, 8_784
_HOUR = 60
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_WORDS = {2: "half-hourly", 4: "quarter-hourly"}
_SPRING, _AUTUMN = (3, 4, 9, 10), (3, 4, 10, 11)
"""Months in which clocks of the north or of the south are put forward, and back."""


class Hour(NamedTuple):
    """An hour of local time; typical years take months from several years."""

    year: int
    month: int
    day: int
    hour: int

    def __str__(self) -> str:
        return f"{self.year}-{self.month:02d}-{self.day:02d} {self.hour:02d}:00"


Run = tuple[Hour, int]
"""An hour, and how many records in a row lie in it."""


@dataclass(frozen=True, eq=False)
class Records:
    """What a file holds, in its order.

    Attributes
    ----------
    hours
        The hour that each record lies in.
    minutes
        What the record says of the minute.
    lines
        Where it stands in the file, from 1; empty where a file has no lines.
    values
        Quantity to values in our units, NaN where nobody measured.
    units
        Quantity to the file's own unit, in words.
    place, source, height_m, latitude, longitude
        As in `Climate`.
    notes
        What a reader of results has to know.
    sky
        Radiation, W/m2, and wind speed, m/s, of each record, by their names in a `Sky`; empty where there are none.
    utc_offset_h, wind_height_m
        As in `Sky`.
    energy
        Whether radiation is the energy of a record, Wh/m2, and not its power.
    sun_at_h
        Hours after an hour begins at which its radiation has the sun: the middle, but for instants at another minute.
    """

    hours: Sequence[Hour]
    minutes: Sequence[int]
    lines: Sequence[int]
    values: dict[str, Floats]
    units: dict[str, str]
    place: str
    source: str
    height_m: float
    latitude: float
    longitude: float
    notes: tuple[str, ...] = field(default=())
    sky: dict[str, Floats] = field(default_factory=dict)
    utc_offset_h: float = float("nan")
    wind_height_m: float = float("nan")
    energy: bool = False
    sun_at_h: float = 0.5

    @cached_property
    def hourly(self) -> bool:
        """Whether no hour has more than one record."""
        return len(set(self.hours)) == len(self.hours)

    def at(self, k: int) -> str:
        """Return where a record stands, in words."""
        when = str(self.hours[k])
        if self.minutes[k] % _HOUR:
            when = f"{when[:-2]}{self.minutes[k]:02d}"
        return f"{when} (line {self.lines[k]:,})" if self.lines else when


def hours_of(name: str, records: Records) -> tuple[dict[str, Floats], tuple[str, ...]]:
    """Return values of whole years of hours, and what a reader has to know.

    Several records an hour are averaged: an hour is the mean of the records that lie in it.

    Raises
    ------
    DataError
        If hours are not those of whole years in their order, or have different numbers of records.
    """
    if not records.hours:
        raise DataError(f"{name} holds no hours.", allowed="8,760 hours, or 8,784 in a leap year")
    runs = [(hour, len(list(group))) for hour, group in groupby(records.hours)]
    each = Counter(count for _, count in runs).most_common(1)[0][0]
    if each == 1:
        _check_calendar(name, records, [(hour, 1) for hour in records.hours], each)
        return records.values, ()
    _check_calendar(name, records, runs, each)
    _check_steps(name, records, runs, each)
    means = {key: value.reshape(-1, each).mean(axis=1) for key, value in records.values.items()}
    what = _WORDS.get(each, f"{_HOUR // each}-minute")
    return means, (f"{what[0].upper()}{what[1:]} records are averaged to hours.",)


def _check_steps(name: str, records: Records, runs: list[Run], each: int) -> None:
    """Raise if some hours have more records than others, or records are not evenly spaced."""
    first = 0
    for hour, count in runs:
        if count != each:
            raise DataError(
                f"{name}: {count} record{'s' * (count > 1)} of the hour {hour}, most hours have {each}: see "
                f"{records.at(first)}.",
                allowed="the same number of records in every hour; those of an hour are averaged",
                todo="take another file, or fill the gap by a method that you can state",
            )
        first += count
    minutes = np.reshape(records.minutes, (-1, each))
    steps = np.diff(minutes, axis=1)
    # In files whose stamps tell the ends of records the last of an hour has minute 60, or 0 of the next.
    steps = np.where(steps < 0, steps + _HOUR, steps)
    odd = np.flatnonzero((steps != _HOUR / each).any(axis=1) | (minutes != minutes[0]).any(axis=1))
    if len(odd):
        told = ", ".join(str(minute) for minute in minutes[odd[0]].tolist())
        raise DataError(
            f"{name}: {each} records an hour are not evenly spaced, as minutes {told} of the hour "
            f"{records.at(int(odd[0]) * each)}.",
            allowed="records 60, 30, 20, 15, 12, 10, 6, 5 minutes or less apart, the same in every hour",
        )


def _check_calendar(name: str, records: Records, runs: list[Run], each: int) -> None:
    """Raise if hours are not those of whole years in their order."""
    at = 0
    while at < len(runs):
        leap = any((hour.month, hour.day) == (2, 29) for hour, _ in runs[at : at + 1_440])
        for k, due in enumerate(_calendar(leap=leap), start=at):
            if k >= len(runs) or runs[k][0][1:] != due:
                raise _out_of_order(name, records, runs, k, due, each)
        at += _LEAP_YEAR if leap else _YEAR


@lru_cache(maxsize=2)
def _calendar(*, leap: bool) -> Sequence[tuple[int, int, int]]:
    """Return month, day and hour of all hours of a year."""
    first, count = (_LEAP, _LEAP_YEAR) if leap else (_FIRST, _YEAR)
    due = (first + timedelta(hours=k) for k in range(count))
    return [(at.month, at.day, at.hour) for at in due]


def _out_of_order(
    name: str, records: Records, runs: list[Run], k: int, due: tuple[int, int, int], each: int
) -> DataError:
    month, day, hour = due
    first = sum(count for _, count in runs[:k])
    found = f"there is {records.at(first)}" if k < len(runs) else "the file ends"
    apart = _hours_apart(runs)
    todo = "take another file, or fill the gap by a method that you can state"
    if _in_clock_time(runs, each):
        todo = (
            "take local standard time: clocks are put forward and back here, an hour is missing and one is there twice"
        )
    elif k == 0:
        todo = "let the file begin with the first hour of January"
    elif apart > 1:
        todo = f"take a file of hours: records are {apart} hours apart"
    elif k < len(runs) and runs[k][0] in {hour for hour, _ in runs[:k]}:
        todo = "take out what is there twice"
    return DataError(
        f"{name}: hour {day:02d} {_MONTHS[month - 1]} {hour:02d}:00 is missing: row {k + 1:,} is due to hold it, and "
        f"{found}.",
        allowed="every hour of whole years, once and in their order",
        todo=todo,
    )


def _in_clock_time(runs: list[Run], each: int) -> bool:
    """Return whether all that is wrong is an hour too few in spring and one too many in autumn."""
    found: Counter[tuple[int, int, int]] = Counter()
    for hour, count in runs:
        found[hour[1:]] += count // each
    missing = [due for due in _calendar(leap=(2, 29, 0) in found) if due not in found]
    twice = [at for at, often in found.items() if often > 1]
    return (
        len(missing) == len(twice) == 1
        and found.total() in (_YEAR, _LEAP_YEAR)
        and missing[0][0] in _SPRING
        and twice[0][0] in _AUTUMN
    )


def _hours_apart(runs: list[Run]) -> int:
    """Return how many hours lie between the first two."""
    if len(runs) < 2:  # noqa: PLR2004 - two have a step
        return 1
    (one, _), (other, _) = runs[:2]
    return (other.day - one.day) * 24 + other.hour - one.hour
