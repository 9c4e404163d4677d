"""A campus as a terminal shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilotzone.report import Block, Grid, LineWriter, Words, answer_lines, plain
from pilotzone.study.campus.answer import campus_answer
from pilotzone.study.campus.wording import supply_words, water_of, worst_hours

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pilotzone.study.campus.findings import CampusFindings

__all__ = ["campus_lines"]

_NARROWEST = 40


def campus_lines(found: CampusFindings, width: int = 80) -> Sequence[Block]:
    """Return the answer, the sites side by side, what is built, and what to keep in mind.

    Parameters
    ----------
    found
        What was found.
    width
        Columns; less than 40 is treated as 40.
    """
    writer = LineWriter(max(width, _NARROWEST))
    answer_lines(writer, found.title, campus_answer(found))
    blocks: list[Block] = [*writer.lines, _sites(found), _supply(found)]
    blocks += [Words(plain(note), hanging=True) for note in found.notes]
    return blocks


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


def _curtailed(row: Mapping[str, object]) -> str:
    """Return curtailed energy as a share of what was available; empty where nothing can be curtailed."""
    share = row["curtailed_share"]
    return "" if share is None else f"{100 * float(str(share)):.0f} %"


def _supply(found: CampusFindings) -> Grid:
    """Return one row per supply that is built; curtailment only where sun, wind or water makes power."""
    variable = any(design.curtailed for design in found.designs)
    rows = []
    for design in found.designs:
        for row in design.capacities().records():
            size = float(row["capacity_mw"] or 0.0)
            if size < 0.005:  # noqa: PLR2004 - less than the last digit shown
                continue
            factor = row["load_factor"]
            rows.append(
                (
                    plain(design.system.name),
                    plain(supply_words(design, str(row["supply"]))),
                    f"{size:,.2f}",
                    f"{float(row['gives_mwh'] or 0.0) / 1000:,.1f}",
                    "" if factor is None else f"{100 * float(factor):.0f} %",
                    *((_curtailed(row),) if variable else ()),
                )
            )
    numbers = ("MW", "GWh a year", "load factor", *(("curtailed",) if variable else ()))
    return Grid(("site", "supply", *numbers), rows, right=numbers, whole=("site", "supply"))
