"""Axes that a reader can read: units in words, round ticks, years as years."""

from __future__ import annotations

import math
import textwrap
from typing import TYPE_CHECKING

from pilotzone.core import Frequency, Period, frequency_of, period_label
from pilotzone.report.formatting import bare_title, plain_unit

if TYPE_CHECKING:
    from collections.abc import Sequence

    import altair as alt

    from pilotzone.core import Outcome

__all__ = [
    "edges",
    "gap_axis_title",
    "level_axis",
    "padded",
    "period_axis",
    "period_ticks",
    "row_axis",
    "side_axis",
    "tips",
    "unit_scale",
    "when",
    "when_tip",
    "wrapped",
]

NUMBER_FORMAT = ",.6~f"
_LINE = 46
_MOST_TICKS = 8
_STEPS: dict[Frequency, tuple[int, ...]] = {
    "quarter": (1, 2, 4, 8, 20, 40, 80),
    "month": (1, 3, 6, 12, 24, 60, 120, 240),
    "week": (1, 2, 4, 13, 26, 52),
    "day": (1, 7, 14, 28, 91, 182, 364),
}
"""Periods between ticks, by what they count."""
_FEWEST_TICKS = 4
_MULTIPLES = ((1.0,), (1.0, 3.0), (1.0, 2.0, 5.0), (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0))


def wrapped(text: str, letters: int = _LINE) -> list[str]:
    """Return a title in lines that fit a phone; fewer letters where the plot shares its width with labels."""
    return textwrap.wrap(text, letters, break_long_words=False) or [""]


def side_axis() -> alt.Axis:
    """Return a vertical axis without a title; the title stands level above the chart, where it is easier to read."""
    import altair as alt

    return alt.Axis(title=None, format=NUMBER_FORMAT, tickCount=6)


def period_axis(periods: Sequence[int]) -> alt.X:
    """Return the axis of periods: half a step of room on both sides, and distances as they are in time.

    Years and counts stand without a thousands separator; of other periods round ones are named, as they are written.
    """
    import altair as alt

    low, high = edges(periods, periods[0])[0], edges(periods, periods[-1])[1]
    axis = alt.Axis(title=None, format="d", tickMinStep=1, tickCount=8, grid=False)
    frequency = frequency_of(periods)
    if frequency not in {"year", "number"}:
        ticks = period_ticks(periods[0], periods[-1], frequency)
        names = ",".join(f"'{tick}':'{period_label(frequency, tick)}'" for tick in ticks)
        axis = alt.Axis(title=None, values=ticks, labelExpr=f"({{{names}}})[datum.value]", grid=False)
    return alt.X("period:Q", axis=axis, scale=alt.Scale(domain=[low, high], nice=False, zero=False))


def row_axis(rows: Sequence[str], title: str | None = None) -> alt.Y:
    """Return the axis of what has a row each, in their order, under the field ``row``."""
    import altair as alt

    axis = alt.Axis(title=title, labelLimit=170, ticks=False, domain=False, labelPadding=6)
    return alt.Y("row:N", scale=alt.Scale(domain=list(rows)), axis=axis)


def period_ticks(first: int, last: int, frequency: Frequency) -> list[int]:
    """Return round periods between two: quarters and months by the year, weeks and days evenly.

    Examples
    --------
    >>> from pilotzone.core import Period
    >>> [str(Period(tick, "month")) for tick in period_ticks(Period("2015-11"), Period("2017-05"), "month")]
    ['2016-01', '2016-04', '2016-07', '2016-10', '2017-01', '2017-04']
    """
    steps = _STEPS[frequency]
    step = next((step for step in steps if (last - first) // step < _MOST_TICKS), None)
    if step is None:
        step = steps[-1] * math.ceil((last - first) / steps[-1] / (_MOST_TICKS - 1))
    start = int(first) if frequency in {"week", "day"} else -(-int(first) // step) * step
    return list(range(start, int(last) + 1, step)) or [int(first)]


def when(period: int) -> dict[str, int | str]:
    """Return the fields of a point in time: the number for the axis, and for tooltips how it is written."""
    return {"period": int(period), "when": str(period)} if isinstance(period, Period) else {"period": period}


def when_tip(periods: Sequence[int]) -> dict[str, str]:
    """Return the entry for `tips` of what `when` gives."""
    return {"when" if isinstance(periods[0], Period) else "period": "period"}


def edges(periods: Sequence[int], period: int) -> tuple[float, float]:
    """Return where a period begins and ends: halfway to its neighbours."""
    k = periods.index(period)
    before = (period - periods[k - 1]) / 2 if k > 0 else None
    after = (periods[k + 1] - period) / 2 if k + 1 < len(periods) else None
    left = before if before is not None else after if after is not None else 0.5
    right = after if after is not None else left
    return period - left, period + right


def unit_scale(outcome: Outcome, values: Sequence[float], base: str = "") -> tuple[float, str]:
    """Return the factor that levels are divided by and the words for what is drawn.

    Parameters
    ----------
    outcome
        The outcome; a logged one is described by what it is the logarithm of.
    values
        Levels; those that are not finite are ignored.
    base
        Base of a chained index: the period in which its level is 1.
    """
    largest = max((abs(value) for value in values if math.isfinite(value)), default=0.0)
    factor, word = next(
        ((size, name) for size, name in ((1e9, "billion"), (1e6, "million")) if largest >= size), (1.0, "")
    )
    unit = " ".join(part for part in (word, plain_unit(outcome.unit)) if part)
    unit = f"{unit} ({base} = 1)" if base else unit
    return factor, f"{bare_title(outcome)}{f', {unit}' if unit else ''}"


def level_axis(values: Sequence[float], *, is_log: bool) -> tuple[alt.Scale, alt.Axis]:
    """Return scale and axis of levels; a logarithmic one gets round ticks of its own."""
    import altair as alt

    if not values or not is_log:
        return alt.Scale(zero=False, nice=True), side_axis()
    low, high = min(values), max(values)
    room = max((high / low) ** 0.06, 1.01)
    domain = [low / room, high * room]
    axis = alt.Axis(title=None, format=NUMBER_FORMAT, values=log_ticks(*domain))
    return alt.Scale(type="log", domain=domain, nice=False), axis


def log_ticks(low: float, high: float) -> list[float]:
    """Return round numbers between two positive bounds: one, two or five times a power of ten, finer if need be.

    Examples
    --------
    >>> log_ticks(9.0, 500.0), log_ticks(2.1, 2.4)
    ([10.0, 30.0, 100.0, 300.0], [2.1, 2.2, 2.3, 2.4])
    """
    powers = range(math.floor(math.log10(low)) - 1, math.ceil(math.log10(high)) + 1)
    for multiples in _MULTIPLES:
        found = [float(f"{multiple}e{power}") for power in powers for multiple in multiples]
        ticks = [value for value in found if low <= value <= high]
        if len(ticks) >= _FEWEST_TICKS:
            return ticks
    step = _round_step((high - low) / (_FEWEST_TICKS + 1))
    first = math.ceil(low / step - 1e-9)
    count = math.floor(high / step + 1e-9) - first + 1
    return [float(f"{(first + k) * step:.10g}") for k in range(count)]


def _round_step(rough: float) -> float:
    power = 10.0 ** math.floor(math.log10(rough))
    return next(multiple * power for multiple in (1.0, 2.0, 5.0, 10.0) if multiple * power >= rough)


def gap_axis_title(outcome: Outcome, what: str) -> str:
    """Return the title of an axis of gaps: percent on a log scale, else the outcome's unit."""
    unit = "%" if outcome.scale == "log" else plain_unit(outcome.unit)
    return f"{what}, {unit}" if unit else what


def padded(values: Sequence[float]) -> list[float]:
    """Return a domain that holds all values and zero, with some room on both sides."""
    low, high = min(0.0, *values), max(0.0, *values)
    room = (high - low) * 0.1 or 1.0
    return [low - room, high + room]


def tips(**fields: str) -> list[alt.Tooltip]:
    """Return tooltip entries: title by field; numbers are rounded for reading, periods are not grouped."""
    import altair as alt

    entries = []
    for name, title in fields.items():
        if name == "period":
            entries.append(alt.Tooltip(f"{name}:Q", title=title, format="d"))
        elif name in {"value", "gap", "across", "up"}:
            entries.append(alt.Tooltip(f"{name}:Q", title=title, format=",.3~r"))
        else:
            entries.append(alt.Tooltip(f"{name}:N", title=title))
    return entries
