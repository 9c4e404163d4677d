"""A campus as a terminal shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilotzone.report import Block, Grid, Words, answer_screen, plain
from pilotzone.study.campus.answer import campus_answer
from pilotzone.study.campus.wording import supply_words, water_of, worst_hours

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pilotzone.study.campus.findings import CampusFindings

__all__ = ["campus_lines"]

_LEAST_MW = 0.005
"""Smaller supplies are not told: less than half the last digit of tables."""
_STANDBY = 0.01
"""A supply that gives a smaller share of a site's power stands by."""


def campus_lines(found: CampusFindings, width: int = 80) -> Sequence[Block]:
    """Return the answer, the sites side by side, what is built, and what to keep in mind.

    Parameters
    ----------
    found
        What was found.
    width
        Columns; less than 40 is treated as 40.
    """
    answer = answer_screen(found.title, campus_answer(found), width)
    notes = [Words(plain(note), hanging=True) for note in found.notes]
    return [*answer, _sites(found), Words(plain(_supply(found)), hanging=True), *notes]


def _text(value: float | None, size: float, digits: int) -> str:
    return "not known" if value is None else f"{value / size:,.{digits}f}"


def _sites(found: CampusFindings) -> Grid:
    rows = []
    for design in found.designs:
        hours = worst_hours(design)
        lost = "not asked" if hours is None else f"{hours:,.1f}"
        rows.append(
            (
                plain(design.system.name),
                f"{design.system.load[0].mean_pue:.3f}",
                f"{design.cost_per_kwh_it:.3f}",
                _text(design.total("co2")[0], 1e3, 0),
                _text(water_of(design), 1e6, 2),
                lost,
            )
        )
    numbers = ("PUE", f"{found.currency}/kWh IT", "kt CO2", "million m3 water", "hours lost, worst")
    return Grid(("site", *numbers), rows, right=numbers, whole=("site",))


def _supply(found: CampusFindings) -> str:
    """Return what is built at each site and what it gives in a year; what stands by is told by its size alone."""
    told = []
    for design in found.designs:
        rows = [row for row in design.capacities().records() if float(row["capacity_mw"] or 0.0) >= _LEAST_MW]
        total = sum(float(row["gives_mwh"] or 0.0) for row in rows)
        parts = []
        for row in sorted(rows, key=lambda row: -float(row["gives_mwh"] or 0.0)):
            gives = float(row["gives_mwh"] or 0.0)
            size = f"{supply_words(design, str(row['supply']))} {float(row['capacity_mw'] or 0.0):,.1f} MW"
            running = gives >= _STANDBY * total
            parts.append(f"{size} ({gives / 1000:,.0f} GWh a year)" if running else f"standby {size}")
        told.append(f"{design.system.name}: {', '.join(parts) or 'nothing is built'}")
    return f"Built: {'; '.join(told)} (supply.csv)."
