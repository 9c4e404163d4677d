"""A panel in memory: the same units over the same periods, one matrix per series."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pilotzone.core.errors import UsageError, unknown
from pilotzone.core.periods import Frequency, frequency_of
from pilotzone.core.result import Result
from pilotzone.core.series import SeriesInfo
from pilotzone.core.table import Table

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Panel"]


@dataclass(frozen=True, eq=False)
class Panel(Result):
    """Series of units over periods.

    Attributes
    ----------
    units
        N unit names (region codes), sorted and unique.
    periods
        T periods, ascending and unique, with or without gaps. Years and counts are plain integers; quarters, months,
        weeks and days are `Period`.
    values
        Series name to its values, a read-only float matrix of shape (N, T). NaN is a missing value.
    series
        Series name to its description: label, unit, sources, caveats.
    labels
        Unit name to its label for readers. A unit without a label is shown by its name.
    told
        Remarks on how the figures were read, one sentence each.

    Raises
    ------
    ValueError
        If shapes and names do not match, or units or periods are not sorted. `read_panel` always returns a valid panel.
    """

    units: tuple[str, ...]
    periods: tuple[int, ...]
    values: Mapping[str, NDArray[np.float64]]
    series: Mapping[str, SeriesInfo]
    labels: Mapping[str, str] = field(default_factory=dict)
    told: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if list(self.units) != sorted(set(self.units)) or list(self.periods) != sorted(set(self.periods)):
            message = "units and periods must be sorted and unique"
            raise ValueError(message)
        if set(self.values) != set(self.series):
            message = f"values and series differ: {sorted(set(self.values) ^ set(self.series))}"
            raise ValueError(message)
        for name, matrix in self.values.items():
            if matrix.shape != (len(self.units), len(self.periods)):
                message = f"series {name!r} has shape {matrix.shape}, not {(len(self.units), len(self.periods))}"
                raise ValueError(message)
            matrix.setflags(write=False)

    @property
    def frequency(self) -> Frequency:
        """Length of one period: year, quarter, month, week, day or a plain count.

        Raises
        ------
        UsageError
            If they are of several kinds.
        """
        return frequency_of(self.periods)

    def matrix(self, name: str) -> NDArray[np.float64]:
        """Return the (N, T) matrix of a series.

        Raises
        ------
        UsageError
            If the panel has no such series.
        """
        if name not in self.values:
            raise unknown("series", name, sorted(self.values), of="the panel", error=UsageError)
        return self.values[name]

    def unit_index(self, unit: str) -> int:
        """Return the row of a unit.

        Raises
        ------
        UsageError
            If the panel has no such unit.
        """
        if unit not in self.units:
            raise unknown("unit", unit, self.units, of="the panel", error=UsageError)
        return self.units.index(unit)

    def label(self, unit: str) -> str:
        """Return the label of a unit."""
        return self.labels.get(unit, unit)

    def select(
        self,
        *,
        units: Iterable[str] | None = None,
        periods: Iterable[int] | None = None,
        series: Iterable[str] | None = None,
    ) -> Panel:
        """Return a panel with only some of the units, periods or series.

        Periods that the panel does not have are left out; unknown units and series are errors.
        """
        rows = sorted(self.unit_index(unit) for unit in (self.units if units is None else set(units)))
        wanted = set(self.periods if periods is None else periods)
        cols = [k for k, period in enumerate(self.periods) if period in wanted]
        names = list(self.values if series is None else series)
        return Panel(
            units=tuple(self.units[k] for k in rows),
            periods=tuple(self.periods[k] for k in cols),
            values={name: self.matrix(name)[rows][:, cols] for name in names},
            series={name: self.series[name] for name in names},
            labels=self.labels,
            told=self.told,
        )

    def to_table(self) -> Table:
        """Return the tidy table (unit, period, series, value) without missing values."""
        rows = [
            (unit, period, name, float(matrix[i, t]))
            for name, matrix in self.values.items()
            for i, unit in enumerate(self.units)
            for t, period in enumerate(self.periods)
            if matrix[i, t] == matrix[i, t]  # NaN is the only value unlike itself
        ]
        return Table.from_rows(("unit", "period", "series", "value"), rows)

    def summary(self) -> Table:
        """Return one row per series: name, label, unit of measure and number of values."""
        rows = [
            (info.name, info.label, info.unit, int((matrix == matrix).sum()))  # noqa: PLR0124 - NaN is unlike itself
            for info, matrix in ((self.series[name], self.values[name]) for name in self.values)
        ]
        title = f"{len(self.units)} units, {len(self.periods)} periods ({self._span()})"
        return Table.from_rows(("series", "what", "unit", "values"), rows, title=title)

    def _span(self) -> str:
        return f"{self.periods[0]} to {self.periods[-1]}" if self.periods else "no periods"
