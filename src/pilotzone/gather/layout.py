"""How a table is laid out: one row per unit and period, one more per series, or one column per unit or period."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pilotzone.core import DataError, UsageError, listing, settled_periods, unknown
from pilotzone.gather.cells import (
    check_no_dates,
    check_variants,
    looks_like_date,
    numbers,
    period_of,
    periods,
    units,
)
from pilotzone.gather.columns import RawTable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Cells", "TableLayout", "read_layout"]

TableLayout = Literal["auto", "long", "tidy", "wide"]
"""One column per series (long), one row per figure (tidy), one column per unit or per period (wide)."""


@dataclass(frozen=True, eq=False)
class Cells:
    """Figures of one series with the unit and the period of each, three sequences of equal length."""

    units: Sequence[str]
    periods: Sequence[int]
    values: NDArray[np.float64]


@dataclass(frozen=True)
class Keys:
    """Where units, periods and figures stand.

    Attributes
    ----------
    unit, period
        Names of columns; ``None`` where the units or the periods are columns themselves.
    series, value
        Names of the two columns of a tidy table.
    layout
        How the table is laid out.
    """

    unit: str | None
    period: str | None
    series: str
    value: str
    layout: TableLayout


def read_layout(table: RawTable, keys: Keys, outcomes: Sequence[str]) -> dict[str, Cells]:
    """Return the figures of every outcome.

    Raises
    ------
    UsageError
        If `keys` describe no layout.
    DataError
        If the table has no rows, lacks a column, has a key twice, or holds what it must not.
    """
    if not table.rows:
        raise DataError(f"{table.source} has no rows.", allowed="at least one row of figures")
    if keys.unit is not None and keys.unit == keys.period:
        raise UsageError(f"unit and period are both {keys.unit!r}.", allowed="two different columns")
    layout = _layout(table, keys, outcomes)
    if keys.unit is not None and keys.period is not None:
        if layout == "tidy":
            return _tidy(table, keys.unit, keys.period, keys, outcomes)
        return _long(table, keys.unit, keys.period, outcomes)
    if len(outcomes) != 1:
        raise UsageError(
            f"a wide table holds one series, but {len(outcomes)} are asked for: {listing(outcomes)}.",
            allowed="one outcome",
            todo=f'if each has its own sheet, name the sheets: sheets = {{ {outcomes[0]} = "SHEET", ... }} in [data],'
            " form=TableForm(sheets={...}) in Python; else bring them into one table with a column for each",
        )
    if keys.period is not None:
        return {outcomes[0]: _wide_by_unit(table, keys.period)}
    return {outcomes[0]: _wide_by_period(table, str(keys.unit))}


def _layout(table: RawTable, keys: Keys, outcomes: Sequence[str]) -> TableLayout:
    both = keys.unit is not None and keys.period is not None
    if keys.unit is None and keys.period is None:
        raise UsageError(
            "unit and period are both None.",
            allowed="a column for each; None for one of them, if it is in the column names",
        )
    if keys.layout == "auto":
        if not both:
            return "wide"
        tidy = {keys.series, keys.value} <= set(table.names) and not set(outcomes) <= set(table.names)
        return "tidy" if tidy else "long"
    if (keys.layout == "wide") == both:
        raise UsageError(
            f"the layout is {keys.layout!r}, but " + ("unit and period are both" if both else "only one of the two is")
            + " a column.",
            allowed="a column for both in a long or tidy table; in a wide one None for the unit or for the period",
            todo="give unit=None if there is one column per unit, period=None if there is one per period",
        )  # fmt: skip
    return keys.layout


def _long(table: RawTable, unit: str, period: str, outcomes: Sequence[str]) -> dict[str, Cells]:
    table.column(unit, todo="name the column of units; if there is one column per unit, give None for the unit")
    table.column(period, todo="name the column of periods; if there is one column per period, give None for the period")
    for name in outcomes:
        table.column(name)
    rows, times = units(table, unit), periods(table, period)
    _check_unique(table, list(zip(rows, times, strict=True)), f"{unit} and {period}")
    return {name: Cells(rows, times, numbers(table, name)) for name in outcomes}


def _tidy(table: RawTable, unit: str, period: str, keys: Keys, outcomes: Sequence[str]) -> dict[str, Cells]:
    for name in (unit, period, keys.series, keys.value):
        table.column(name)
    labels = units(table, keys.series)
    absent = [name for name in outcomes if name not in labels]
    if absent:
        known = sorted(set(labels))
        strange = listing([repr(name) for name in absent])
        raise unknown(
            "series",
            absent[0],
            known,
            told=f"{table.source} has no series {strange} in its column {keys.series!r}",
            allowed=f"its series are {listing([repr(name) for name in known], most=20)}",
            error=DataError,
        )
    kept = table.take([k for k, label in enumerate(labels) if label in outcomes])
    names = [label for label in labels if label in outcomes]
    rows, times, values = units(kept, unit), periods(kept, period), numbers(kept, keys.value)
    _check_unique(kept, list(zip(names, rows, times, strict=True)), f"{keys.series}, {unit} and {period}")
    found: dict[str, Cells] = {}
    for name in outcomes:
        at = [k for k, label in enumerate(names) if label == name]
        found[name] = Cells([rows[k] for k in at], [times[k] for k in at], values[at])
    return found


def _wide_by_unit(table: RawTable, period: str) -> Cells:
    import numpy as np

    times = periods(table, period)
    _check_unique(table, times, period)
    names = [name for name in table.names if name != period]
    _check_named(table)
    if not names:
        raise DataError(f"{table.source} has no column besides {period!r}.", allowed="one column per unit")
    places = [k + 1 for k, name in enumerate(table.names) if name != period]
    check_variants(RawTable(table.source, (), (), places, "column"), "the header", names)
    values = np.concatenate([numbers(table, name) for name in names])
    return Cells([name for name in names for _ in times], times * len(names), values)


def _wide_by_period(table: RawTable, unit: str) -> Cells:
    import numpy as np

    rows = units(table, unit)
    _check_unique(table, rows, unit)
    dates = [name for name in table.names if period_of(name) is None and looks_like_date(name)]
    if dates:
        raise DataError(
            f"{table.source} has columns that are named by dates in a way that is not read: "
            f"{listing([repr(name) for name in dates])}.",
            allowed="columns named by periods, such as 2016, 2016Q1 or 2016-03; other columns are left aside",
        )
    by_period: dict[int, list[str]] = {}
    for name in table.names:
        found = period_of(name)
        if found is not None and name != unit:
            by_period.setdefault(found, []).append(name)
    if not by_period:
        raise DataError(
            f"{table.source} has no column that is named by a period.",
            allowed="columns named by periods, such as 2016, 2016Q1 or 2016-03",
            todo="if there is a column with the period of each row, name it",
        )
    twice = [" and ".join(map(repr, names)) for names in by_period.values() if len(names) > 1]
    if twice:
        raise DataError(f"{table.source} has a period twice: columns {listing(twice)}.", allowed="every period once")
    try:
        times = settled_periods(list(by_period))
    except UsageError as error:
        raise DataError(f"{table.source}: the columns' names: {error.what}", allowed=error.allowed) from error
    check_no_dates(f"{table.source}: the columns", times)
    values = np.concatenate([numbers(table, names[0]) for names in by_period.values()])
    return Cells(rows * len(by_period), [time for time in times for _ in rows], values)


def _check_named(table: RawTable) -> None:
    empty = [k + 1 for k, name in enumerate(table.names) if not name.strip()]
    if empty:
        raise DataError(
            f"{table.source} has no name for column {listing(empty)}.",
            allowed="a name for every column",
            todo="name it, or take it out; data frames written with their index have such a column",
        )


def _check_unique(table: RawTable, keys: Sequence[Hashable], what: str) -> None:
    at: dict[Hashable, list[int]] = {}
    for k, key in enumerate(keys):
        at.setdefault(key, []).append(k)
    twice = [(key, positions) for key, positions in at.items() if len(positions) > 1]
    if not twice:
        return
    shown = listing([f"{_key(key)} ({table.places(positions)})" for key, positions in twice], most=5)
    raise DataError(
        f"{table.source} has the same {what} more than once ({len(twice)} case{'s' * (len(twice) > 1)}): {shown}.",
        allowed="one row per key; nothing is added up or averaged by guess",
        todo="take out the rows that do not belong, or add them up before",
    )


def _key(key: Hashable) -> str:
    return " ".join(map(repr, key)) if isinstance(key, tuple) else repr(key)
