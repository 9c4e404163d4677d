"""Periods: years, quarters, months, ISO weeks, days, or bare counts, each a whole number that knows how it is written.

Methods count: the period after the next is two away. So a period is the whole number that counts it, and what it counts
stands beside the number. Years and bare counts are plain integers, as they ever were; others are `Period`, which is an
integer to all that computes and a date to all that writes.
"""

from __future__ import annotations

import datetime as dt
import re
from itertools import pairwise
from operator import index
from typing import TYPE_CHECKING, Literal, Self, SupportsIndex, get_args

from pilotzone.core.errors import DataError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

__all__ = [
    "FREQUENCIES",
    "PERIOD_PATTERN",
    "SPELLINGS",
    "Frequency",
    "Period",
    "as_period",
    "as_periods",
    "frequency_of",
    "frequency_of_days",
    "given_period",
    "in_frequency",
    "period_from_date",
    "period_label",
    "period_words",
    "read_period",
    "settled_periods",
    "span_text",
    "uneven_spacing",
]

Frequency = Literal["year", "quarter", "month", "week", "day", "number"]
"""What a period counts: "number" is a bare count that is not a date."""

FREQUENCIES: tuple[str, ...] = get_args(Frequency)

SPELLINGS: dict[Frequency, str] = {
    "year": "2016",
    "quarter": "2016Q1",
    "month": "2016-03",
    "week": "2016-W05",
    "day": "2016-03-01",
    "number": "7",
}
"""How a period of each frequency is written."""

ALLOWED = (
    "years (2016), quarters (2016Q1), months (2016-03), ISO weeks (2016-W05), days (2016-03-01), or whole numbers; "
    "all of one kind"
)

_QUARTERS, _MONTHS = 4, 12
_LONGER: tuple[tuple[Frequency, int], ...] = (("year", 12), ("quarter", 3), ("month", 1))
"""Periods longer than a week, and their months."""
_EARLIEST, _LATEST = 1000, 2999
_MOST_STEPS = 4
# Digits are named: \d takes those of all scripts.
_WHOLE = re.compile(r"[+-]?[0-9]{1,9}")
_FORMS: tuple[tuple[Frequency, re.Pattern[str]], ...] = (
    ("quarter", re.compile(r"([0-9]{4})[- ]?[Qq]([1-4])")),
    ("month", re.compile(r"([0-9]{4})(?:-|-?[Mm])(0?[1-9]|1[0-2])")),
    # A small w is Stata's, whose weeks begin on 1 January and are 52 in every year.
    ("week", re.compile(r"([0-9]{4})-?W([0-5][0-9])")),
    ("day", re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ]00:00(?::00(?:[.]0{1,9})?)?)?")),
)
PERIOD_PATTERN = "|".join(form.pattern for _, form in _FORMS)
"""Regular expression of what is a period and not a whole number, for engines: in the notation that all of them have."""
_STATA_WEEK = re.compile(r"[0-9]{4}-?w[0-9]{1,2}")


class Period(int):
    """A quarter, month, week or day: the whole number that counts it, written as what it is.

    It is an integer in all arithmetic: the difference of two is how many periods they are apart, and a number added
    gives a period. Printed, and in tables and files, it is its label.

    Parameters
    ----------
    value
        The number, or the label, such as ``2016-03``.
    frequency
        What it counts; with a label it may be left out.

    Raises
    ------
    DataError
        If a label cannot be read.

    Examples
    --------
    >>> start = Period("2016-03")
    >>> f"{start}, {start + 12}, {start - Period('2015-12')}"
    '2016-03, 2017-03, 3'
    """

    frequency: Frequency

    def __new__(cls, value: int | str, frequency: Frequency | None = None) -> Self:
        """Return the period of a number and a frequency, or of a label."""
        if isinstance(value, str):
            found, number = read_period(value)
            if frequency is not None and found != frequency:
                raise UsageError(f"{value!r} is not a {frequency}.", allowed=f"such as {SPELLINGS[frequency]}")
            frequency, value = found, number
        if frequency is None:
            raise UsageError(f"{value} has no frequency.", allowed=f"a label, or one of {', '.join(FREQUENCIES)}")
        period = super().__new__(cls, value)
        period.frequency = frequency
        return period

    def __reduce__(self) -> tuple[type[Period], tuple[int, Frequency]]:
        """Tell how it is copied and sent to other processes."""
        return Period, (int(self), self.frequency)

    def __str__(self) -> str:
        """Return the label."""
        return period_label(self.frequency, int(self))

    def __repr__(self) -> str:
        """Return the call that makes it."""
        return f"Period({str(self)!r})"

    def __format__(self, form: str) -> str:
        """Return the label; a format is that of a text."""
        return format(str(self), form)

    def __add__(self, other: object) -> Period:
        """Return the period so many later; what is not a whole number finds a number and no period."""
        return Period(int(self) + other, self.frequency) if isinstance(other, int) else NotImplemented

    def __radd__(self, other: object) -> Period:
        """Return the period so many later."""
        return self + other

    def __sub__(self, other: object) -> int:
        """Return how many periods lie between two, or the period so many earlier."""
        if isinstance(other, Period):
            return int(self) - int(other)
        return Period(int(self) - other, self.frequency) if isinstance(other, int) else NotImplemented


def read_period(text: str) -> tuple[Frequency, int]:
    """Return what a text counts, and the number: quarters from the year 0, days from that before 0001-01-01.

    Years and bare numbers are themselves; quarters are ``4 * year + quarter - 1``, months ``12 * year + month - 1``,
    weeks are ISO 8601's (52 or 53 in a year), counted through, and days are proleptic ordinals.

    Parameters
    ----------
    text
        Such as ``2016``, ``2016Q1``, ``2016-03``, ``2016m3``, ``2016-W05`` or ``2016-03-01``.

    Raises
    ------
    DataError
        If it is not one of these, or a date that does not exist.

    Examples
    --------
    >>> read_period("2016q1"), read_period("2016-W52"), read_period("7")
    (('quarter', 8064), ('week', 105190), ('number', 7))
    """
    plain = text.strip(" \t")
    if _WHOLE.fullmatch(plain):
        number = int(plain)
        return ("year" if _is_year(number) else "number"), number
    for frequency, form in _FORMS:
        found = form.fullmatch(plain)
        if found:
            number_of = _NUMBERS[frequency]
            try:
                return frequency, number_of(*(int(part) for part in found.groups()))
            except ValueError:
                break
    todo = None
    if _STATA_WEEK.fullmatch(plain):
        todo = (
            "Stata's weeks begin on 1 January and are 52 in every year: write ISO weeks with a capital W, or the date "
            "on which each week begins"
        )
    raise DataError(f"{text[:40]!r} is not a period.", allowed=ALLOWED, todo=todo)


def span_text(first: object, last: object, dash: str = "-") -> str:
    """Return the span from one period to another; with "to" between them where their labels contain hyphens.

    Parameters
    ----------
    first, last
        The first and the last period; alike for a span of one period.
    dash
        What stands between labels without hyphens.

    Examples
    --------
    >>> span_text(2012, 2015), span_text("2012Q1", "2015Q4"), span_text(2012, 2012)
    ('2012-2015', '2012Q1-2015Q4', '2012')
    >>> span_text(Period("2012-01"), Period("2015-12"))
    '2012-01 to 2015-12'
    """
    begins, ends = str(first), str(last)
    if begins == ends:
        return begins
    return f"{begins} to {ends}" if "-" in begins or "-" in ends else f"{begins}{dash}{ends}"


def period_label(frequency: Frequency, number: int) -> str:
    """Return a period as it is written.

    Examples
    --------
    >>> period_label("quarter", 8064), period_label("month", 24194), period_label("year", 2016)
    ('2016Q1', '2016-03', '2016')
    """
    try:
        if frequency == "quarter":
            return f"{number // _QUARTERS:04d}Q{number % _QUARTERS + 1}"
        if frequency == "month":
            return f"{number // _MONTHS:04d}-{number % _MONTHS + 1:02d}"
        if frequency == "week":
            year, week, _ = dt.date.fromordinal(7 * number - 6).isocalendar()
            return f"{year:04d}-W{week:02d}"
        if frequency == "day":
            return dt.date.fromordinal(number).isoformat()
    except (ValueError, OverflowError):
        return f"{frequency} {number}"
    return str(number)


def as_period(frequency: Frequency, number: SupportsIndex) -> int:
    """Return a number as the period that it counts: years and bare numbers stay plain integers."""
    plain = number.__index__()
    return plain if frequency in {"year", "number"} else Period(plain, frequency)


def as_periods(frequency: Frequency, numbers: Iterable[SupportsIndex]) -> tuple[int, ...]:
    """Return numbers as the periods that they count."""
    return tuple(as_period(frequency, number) for number in numbers)


def frequency_of(periods: Iterable[int]) -> Frequency:
    """Return what periods count: plain integers are years where all of them have four digits.

    Raises
    ------
    UsageError
        If some are of one frequency and some of another.

    Examples
    --------
    >>> frequency_of([2016, 2017]), frequency_of([1, 2, 3]), frequency_of([Period("2016-03")])
    ('year', 'number', 'month')
    """
    items = list(periods)
    kinds: list[Frequency] = sorted({item.frequency if isinstance(item, Period) else "number" for item in items})
    if len(kinds) > 1:
        raise UsageError(f"periods are of different kinds: {' and '.join(kinds)}.", allowed=ALLOWED)
    if kinds and kinds[0] != "number":
        return kinds[0]
    return "year" if items and all(map(_is_year, items)) else "number"


def in_frequency(period: int, frequency: Frequency, what: str) -> int:
    """Return a period as one of a frequency: a day stands for the longer period that holds it.

    Parameters
    ----------
    period
        Any.
    frequency
        What is wanted; "year" and "number" are both plain integers.
    what
        What the period is called in errors.

    Raises
    ------
    UsageError
        If it is of another frequency.

    Examples
    --------
    >>> str(in_frequency(Period("2016-03-15"), "quarter", "start"))
    '2016Q1'
    """
    own = period.frequency if isinstance(period, Period) else "number"
    if own == frequency or (own == "number" and frequency == "year"):
        return period
    if own == "day" and frequency != "number":
        return period_from_date(dt.date.fromordinal(int(period)), frequency)
    shown = "a whole number" if own == "number" else f"a {own}"
    raise UsageError(
        f"{what} is {period}, {shown}, and the periods of the data are {_plural(frequency)}.",
        allowed=f"a {frequency}, such as {SPELLINGS[frequency]}",
    )


def given_period(value: object) -> int | None:
    """Return a period as Python has it: a whole number, a `Period`, its label, a date, or a period of pandas.

    A number in quotes is none: it was meant as a number, or it is not a period.

    Examples
    --------
    >>> given_period(2016), given_period("2016q1"), given_period(dt.date(2016, 3, 1)), given_period("2016")
    (2016, Period('2016Q1'), Period('2016-03-01'), None)
    """
    if isinstance(value, Period):
        return value
    if isinstance(value, SupportsIndex) and not isinstance(value, bool):
        return index(value)
    if type(value).__name__ == "Period" and hasattr(value, "freqstr"):  # of pandas
        value = value.start_time.strftime("%G-W%V") if value.freqstr == "W-SUN" else str(value)  # type: ignore[attr-defined]
    elif isinstance(value, dt.date):
        value = str(value)
    elif not isinstance(value, str) or _WHOLE.fullmatch(value.strip()):
        return None
    try:
        return as_period(*read_period(str(value)))
    except DataError:
        return None


def period_from_date(date: dt.date, frequency: Frequency) -> int:
    """Return the period that holds a day."""
    if frequency == "year":
        return date.year
    number = {
        "quarter": lambda: _QUARTERS * date.year + (date.month - 1) // 3,
        "month": lambda: _MONTHS * date.year + date.month - 1,
        "week": lambda: (date.toordinal() + 6) // 7,
        "day": date.toordinal,
    }[frequency]()
    return Period(number, frequency)


def frequency_of_days(days: Iterable[int]) -> Frequency:
    """Return what dates stand for: the longest of years, quarters and months that all of them begin, or all end.

    Nothing is lost by it: of such dates, no two fall into one period.

    Examples
    --------
    >>> frequency_of_days(map(Period, ("2016-01-01", "2016-03-01"))), frequency_of_days([Period("2016-03-01")])
    ('month', 'day')
    """
    dates = {dt.date.fromordinal(int(day)) for day in days}
    if len(dates) > 1:  # one date says nothing of what lies between
        after = {_next_day(date) for date in dates}
        for frequency, months in _LONGER:
            if _all_begin(dates, months) or _all_begin(after, months):
                return frequency
    return "day"


def period_words(frequency: Frequency, count: int) -> str:
    """Return a number of periods in words.

    Examples
    --------
    >>> period_words("quarter", 3), period_words("month", 1), period_words("number", 2)
    ('3 quarters', '1 month', '2 periods')
    """
    word = "period" if frequency == "number" else frequency
    return f"{count} {word}" if abs(count) == 1 else f"{count} {word}s"


def settled_periods(periods: Sequence[int]) -> tuple[int, ...]:
    """Return periods, dates as what they stand for: see `frequency_of_days`.

    Raises
    ------
    UsageError
        If they are of several kinds.
    """
    if frequency_of(periods) != "day":
        return tuple(periods)
    frequency = frequency_of_days(set(periods))
    known = {day: in_frequency(day, frequency, "a date") for day in set(periods)}
    return tuple(known[day] for day in periods)


def uneven_spacing(periods: Sequence[int], frequency: Frequency | None = None) -> str:
    """Return how far periods are apart, in words, where that differs; an empty text where it is the same throughout.

    Parameters
    ----------
    periods
        Rising.
    frequency
        What they count; told from the periods if left out.

    Examples
    --------
    >>> uneven_spacing([2000, 2003, 2007]), uneven_spacing([2000, 2005, 2010])
    ('3 and 4 years apart', '')
    """
    steps = sorted({int(after) - int(before) for before, after in pairwise(periods)})
    if len(steps) < 2:  # noqa: PLR2004 - one step, or none
        return ""
    known = frequency_of(periods) if frequency is None or frequency == "number" else frequency
    last = period_words(known, steps[-1])
    shown = [str(step) for step in steps[:-1]] if len(steps) <= _MOST_STEPS else [f"from {steps[0]}"]
    return f"{', '.join(shown)} {'and' if len(steps) <= _MOST_STEPS else 'to'} {last} apart"


def _all_begin(dates: Iterable[dt.date], months: int) -> bool:
    return all(date.day == 1 and (date.month - 1) % months == 0 for date in dates)


def _next_day(date: dt.date) -> dt.date:
    return date if date == dt.date.max else date + dt.timedelta(days=1)


def _plural(frequency: Frequency) -> str:
    return "whole numbers" if frequency == "number" else f"{frequency}s"


def _is_year(number: int) -> bool:
    return _EARLIEST <= number <= _LATEST


def _quarter(year: int, quarter: int) -> int:
    return _QUARTERS * _year(year) + quarter - 1


def _month(year: int, month: int) -> int:
    return _MONTHS * _year(year) + month - 1


def _week(year: int, week: int) -> int:
    return (dt.date.fromisocalendar(year, week, 1).toordinal() + 6) // 7


def _day(year: int, month: int, day: int) -> int:
    return dt.date(year, month, day).toordinal()


def _year(year: int) -> int:
    return dt.date(year, 1, 1).year  # there is no year 0


_NUMBERS: dict[str, Callable[..., int]] = {"quarter": _quarter, "month": _month, "week": _week, "day": _day}
