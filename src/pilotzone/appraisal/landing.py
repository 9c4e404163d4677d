"""What lands where: a line for each thing that a campus brings or takes, with its place, or that none is known.

Nothing is handed out over regions by a rule: a line names the region of the campus, all that is outside it, or nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pilotzone.appraisal.checking import text
from pilotzone.core import Result, Table, UsageError, check_choice, shown

if TYPE_CHECKING:
    import altair as alt

__all__ = ["Landed", "Landing", "Where"]

Where = Literal["region", "rest", "outside", "plants", "open"]
"""In the region of the campus; in the rest of the country; outside the region, in the country or abroad; where power
for the campus is made; not known."""


@dataclass(frozen=True, kw_only=True)
class Landing:
    """One thing that a campus brings or takes.

    Attributes
    ----------
    what
        What it is.
    when
        Over all years, while it is built, or a year of operation.
    where
        Where it lands.
    value
        The figure; ``None`` where it is not known.
    low, high
        Its range; the figure itself where none is known.
    unit
        Unit of all three.
    standing
        ``given``, ``modelled`` or ``ASSUMED``; ``not known`` without a figure.
    note
        What the range is, and where the figure is from.

    Raises
    ------
    UsageError
        If the place is not one of these, a number is not finite, or a range does not begin with its lower end.
    """

    what: str
    when: str
    where: Where
    value: float | None
    low: float | None
    high: float | None
    unit: str
    standing: str
    note: str = ""

    def __post_init__(self) -> None:
        text("what lands", self.what)
        check_choice(self.where, Where, f"where {shown(self.what)} lands")
        known = [number for number in (self.low, self.value, self.high) if number is not None]
        if not all(map(math.isfinite, known)):
            raise UsageError(f"{shown(self.what)} is not a finite number.", allowed="a number, or None")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise UsageError(
                f"the range of {shown(self.what)} begins at {self.low:g} and ends at {self.high:g}.",
                allowed="the lower end first",
            )


@dataclass(frozen=True, eq=False)
class Landed(Result):
    """What a campus brings and takes, by place.

    Attributes
    ----------
    code
        ISO 3166-2 code of its region, by which shapes are found; or a name of the user's own.
    region
        Name of the region.
    values
        Net present value of ``operator``, ``province`` and ``rest``.
    money
        Currency and price year of these.
    lines
        All lines.
    """

    code: str
    region: str
    values: dict[str, float]
    money: str
    lines: tuple[Landing, ...]

    def place(self, where: Where) -> str:
        """Return a place in words."""
        return {
            "region": self.region,
            "rest": f"outside {self.region}, in the country: not told apart",
            "outside": f"outside {self.region}, in the country or abroad: not told apart",
            "plants": "where power for the campus is made: place not known",
            "open": "place not known",
        }[where]

    def to_table(self) -> Table:
        """Return a row for each line."""
        rows = [
            (one.what, one.when, self.place(one.where), one.value, one.low, one.high, one.unit, one.standing, one.note)
            for one in self.lines
        ]
        names = ["what", "when", "where", "value", "low", "high", "unit", "standing", "note"]
        note = "Nothing is handed out over regions by a rule: what is outside the region is one place here."
        found = Table.from_rows(names, rows)
        return Table(found.columns, title="What lands where", units=found.units, note=note)

    def plot(self) -> alt.LayerChart | alt.FacetChart:
        """Return the map of net present values; ``.save("chart.png")`` writes it.

        Raises
        ------
        UsageError
            If no shapes of the region are in the evidence: `to_table` has all that the map would show.
        """
        from pilotzone.appraisal.mapping import plot_landed

        return plot_landed(self)
