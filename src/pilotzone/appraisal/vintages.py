"""Figures with the day on which they were issued, and what was known of them on a day.

A forecast that is tested on the past must not know what was published later: neither later years nor later revisions of
earlier ones. `Vintages.frozen` makes a set of figures that does not hold them, and is all that a forecast is given.
"""

from __future__ import annotations

import calendar
import datetime as dt
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from pilotzone.core import Brief, DataError, Result, Table, UsageError, check_choice, unknown

__all__ = ["FigureKind", "Frozen", "IssuedFigure", "Vintages", "issued_by"]

FigureKind = Literal["actual", "estimate", "forecast", "plan", "target", "stated"]
"""What a figure is: measured, estimated afterwards, or said beforehand."""

_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
_DECEMBER = 12
_PSEUDO = "pseudo-out-of-sample: some figures were revised later or have no day of issue"


def issued_by(text: str) -> dt.date:
    """Return the last day of a year, a month or a day: the day by which something was surely issued.

    Raises
    ------
    UsageError
        If it is not one of these.

    Examples
    --------
    >>> issued_by("2019-09").isoformat(), issued_by("2019").isoformat()
    ('2019-09-30', '2019-12-31')
    """
    found = _DATE.fullmatch(str(text).strip())
    year, month, day = (int(part or 0) for part in found.groups()) if found else (0, 0, 0)
    try:
        last = calendar.monthrange(year, month or _DECEMBER)[1]
        return dt.date(year, month or _DECEMBER, day or last)
    except ValueError as error:
        raise UsageError(f"{str(text)!r} is not a date.", allowed="2019, 2019-09 or 2019-09-30") from error


@dataclass(frozen=True)
class IssuedFigure(Brief):
    """A figure as it was published.

    Attributes
    ----------
    name
        Name of the quantity.
    period
        What it is about: a year.
    issued
        When it was published: a year, month or day; empty if nobody knows.
    low, high
        The figure, or the ends of what is known of it.
    unit, source
        Its unit, and who says so.
    kind
        What it is.

    Raises
    ------
    UsageError
        If ends are not in order, or the date is not one.
    """

    name: str
    period: int
    issued: str
    low: float
    high: float
    unit: str = "1"
    source: str = ""
    kind: FigureKind = "actual"

    def __post_init__(self) -> None:
        check_choice(self.kind, FigureKind, "kind of figure")
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low <= self.high):
            raise UsageError(
                f"{self.name!r} of {self.period} lies from {self.low:g} to {self.high:g}.",
                allowed="two finite numbers, the lower first",
            )
        if self.issued:
            issued_by(self.issued)

    @property
    def day(self) -> dt.date | None:
        """Day by which it was surely issued, or ``None``."""
        return issued_by(self.issued) if self.issued else None

    @property
    def middle(self) -> float:
        """The figure, or the middle of its ends."""
        return (self.low + self.high) / 2


@dataclass(frozen=True, eq=False)
class Frozen(Result):
    """What was known on a day, and nothing else.

    Attributes
    ----------
    day
        The day.
    facts
        Figures that had been issued by then.
    pseudo
        Whether figures without a day of issue are among them: then it is not a true test.
    """

    day: dt.date
    facts: tuple[IssuedFigure, ...]
    pseudo: bool = False

    def __post_init__(self) -> None:
        late = [fact for fact in self.facts if fact.day is not None and fact.day > self.day]
        if late:
            raise DataError(
                f"{late[0].name!r} of {late[0].period} was issued {late[0].issued}, after {self.day.isoformat()}.",
                allowed="figures issued by the day on which inputs are frozen",
            )
        if not self.pseudo and any(fact.day is None for fact in self.facts):
            raise DataError(
                "a figure has no day of issue, so nobody can say that it was known.", allowed="figures with a day"
            )

    @property
    def label(self) -> str:
        """What the test is."""
        return _PSEUDO if self.pseudo else f"inputs as issued by {self.day.isoformat()}"

    def latest(self, name: str, period: int) -> IssuedFigure:
        """Return the figure of a period that was issued last; of figures of one day the one that stands last.

        Raises
        ------
        DataError
            If there was none.
        """
        found = [fact for fact in self.facts if fact.name == name and fact.period == period]
        if not found:
            raise unknown(
                "figure",
                name,
                sorted({fact.name for fact in self.facts}),
                told=f"on {self.day.isoformat()} there was no figure of {name!r} for {period}",
                error=DataError,
                todo="freeze later, or forecast from what there was",
            )
        return max(found, key=lambda fact: fact.day or dt.date.min)

    def series(self, name: str) -> dict[int, IssuedFigure]:
        """Return the last issued figure of each period, in order; empty if there was none."""
        periods = sorted({fact.period for fact in self.facts if fact.name == name})
        return {period: self.latest(name, period) for period in periods}

    def to_table(self) -> Table:
        """Return a row for each figure."""
        return _table(self.facts, f"What was known on {self.day.isoformat()}")


@dataclass(frozen=True, eq=False)
class Vintages(Result):
    """Figures as they were published, revisions of one another among them.

    Attributes
    ----------
    facts
        All of them.

    Raises
    ------
    UsageError
        If there is none.
    """

    facts: tuple[IssuedFigure, ...]

    def __post_init__(self) -> None:
        if not self.facts:
            raise UsageError("there are no figures to freeze.", allowed="one figure or more")

    def frozen(self, at: str, *, pseudo: bool = False) -> Frozen:
        """Return what was known on a day.

        Parameters
        ----------
        at
            Day, or the end of a month or year.
        pseudo
            Whether figures that have no day of issue may enter, of periods that were over: a weaker test, so labelled.

        Raises
        ------
        DataError
            If nothing was known.
        """
        day = issued_by(at)
        known = [
            fact
            for fact in self.facts
            if (fact.day is not None and fact.day <= day)
            or (pseudo and fact.day is None and fact.period <= day.year - (day < dt.date(day.year, 12, 31)))
        ]
        if not known:
            first = min((fact.day for fact in self.facts if fact.day is not None), default=None)
            told = f"the first of {len(self.facts)} was issued by {first.isoformat()}" if first else "none has a day"
            raise DataError(
                f"no figure had been issued by {day.isoformat()}: {told}.",
                allowed="a day on which something was known",
            )
        return Frozen(day, tuple(known), pseudo=pseudo)

    def to_table(self) -> Table:
        """Return a row for each figure."""
        return _table(self.facts, "Figures as they were published")


def _table(facts: Iterable[IssuedFigure], title: str) -> Table:
    rows = [(f.name, f.period, f.issued, f.kind, f.low, f.high, f.unit, f.source) for f in facts]
    return Table.from_rows(["figure", "period", "issued", "kind", "low", "high", "unit", "source"], rows, title=title)
