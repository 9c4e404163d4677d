"""Tables of a campus' report, in a reader's words and with three significant figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilotzone.campus import LABELS, UNITS
from pilotzone.report import Cell, Column, Sheet, number, number_text
from pilotzone.study.campus.map import unmapped_words
from pilotzone.study.campus.wording import plan_proof, supply_words, water_of, worst_hours

if TYPE_CHECKING:
    from pilotzone.study.campus.findings import CampusFindings

__all__ = ["campus_sheets"]

_LEAST_MW = 0.005
_PERCENT = 100.0
_BY_PLANTS = {
    "co2": "CO2 of power plants",
    "so2": "SO2 of power plants",
    "nox": "NOx of power plants",
    "pm": "Particulate matter of power plants",
    "water_withdrawn": "Water withdrawn by power plants",
    "water_consumed": "Water consumed by power plants",
    "water_consumed_without_reservoirs": "Water consumed by power plants, if reservoir evaporation is not counted",
}
"""Quantity to its row."""
_MEET = {"independent": "independently", "declared": "as declared", "worst": "driest with hottest"}


def campus_sheets(found: CampusFindings) -> list[Sheet]:
    """Return sites side by side, supply, loss of load, capacity credits, frontiers, and what to keep in mind."""
    sheets = [_sites(found), _supply(found)]
    if any(design.stress is not None for design in found.designs):
        sheets.append(_stress(found))
        sheets += [_breakdowns(found)] if any(design.breakdowns is not None for design in found.designs) else []
        sheets.append(_credits(found))
    if found.frontiers:
        sheets.append(_frontiers(found))
    return [*sheets, _notes(found)]


def _number(value: float | None, *, percent: bool = False) -> Cell:
    if value is None:
        return Cell("not known")
    shown = float(value) * (_PERCENT if percent else 1)
    return number(number_text(shown), shown)


def _or_empty(value: object, *, percent: bool = False, per: float = 1.0) -> Cell:
    """Return a number, or an empty cell where the quantity does not apply."""
    return Cell("") if value is None else _number(float(str(value)) / per, percent=percent)


def _sites(found: CampusFindings) -> Sheet:
    """Return one row per quantity, a column for each site."""
    currency = found.currency
    rows: list[tuple[str, str, list[float | None]]] = [
        ("Energy of IT", "GWh", [d.it_mwh / 1e3 for d in found.designs]),
        ("Energy of IT and cooling", "GWh", [d.facility_mwh / 1e3 for d in found.designs]),
        ("Highest load", "MW", [float(d.system.facility_mw.max()) for d in found.designs]),
        ("Cost of supply", f"million {currency}", [d.plan.objective / 1e6 for d in found.designs]),
        ("Cost per kWh of IT", currency, [d.cost_per_kwh_it for d in found.designs]),
        ("Cost without foresight", f"million {currency}", [d.foresight.cost_without / 1e6 for d in found.designs]),
        ("Hours of lost load, worst case", "h", [worst_hours(d) for d in found.designs]),
        ("Water consumed in all: on the site and by power plants", "m3", [water_of(d) for d in found.designs]),
        ("Water used on the site", "m3", [d.site_water_m3 for d in found.designs]),
        *((_BY_PLANTS[name], UNITS[name], [d.total(name)[0] for d in found.designs]) for name in LABELS),
    ]
    columns = (Column("A year"), Column("Unit"), *(Column(d.system.name, numeric=True) for d in found.designs))
    body = tuple((Cell(what), Cell(unit), *map(_number, values)) for what, unit, values in rows)
    unknown = sorted({who for d in found.designs for name in LABELS for who in d.total(name)[1]})
    note = (
        "Emissions and water of power plants are those of the power that the site uses. Cost without foresight is that "
        "of the same capacities; it may be a little lower than the plan's, since load waits to its own deadline and "
        "reservoirs need not end as they began."
    )
    if unknown:
        note += f" Not known: a figure is lacking for {', '.join(unknown)}, and nothing is taken for zero."
    told = unmapped_words(found)
    return Sheet("sites", "The sites side by side", columns, body, f"{note} {told}".rstrip())


def _supply(found: CampusFindings) -> Sheet:
    """Return one row per supply that is built; curtailment only where sun, wind or water makes power."""
    variable = any(design.curtailed for design in found.designs)
    columns = (
        Column("Site"),
        Column("Supply"),
        Column("Capacity, MW", numeric=True),
        Column("Holds, MWh", numeric=True),
        Column("Gives in a year, GWh", numeric=True),
        Column("Load factor, %", numeric=True),
        *((Column("Curtailed, GWh", numeric=True), Column("Curtailed, %", numeric=True)) if variable else ()),
    )
    rows, none = [], []
    for design in found.designs:
        for row in design.capacities().records():
            size, held = (row[key] for key in ("capacity_mw", "holds_mwh"))
            if float(size or 0.0) < _LEAST_MW:
                none.append(f"{row['supply']} in {design.system.name}")
                continue
            rows.append(
                (
                    Cell(design.system.name),
                    Cell(supply_words(design, str(row["supply"]))),
                    _number(float(size or 0.0)),
                    _or_empty(held),
                    _number(float(row["gives_mwh"] or 0.0) / 1e3),
                    _or_empty(row["load_factor"], percent=True),
                    *((_or_empty(row["curtailed_mwh"], per=1e3),) if variable else ()),
                    *((_or_empty(row["curtailed_share"], percent=True),) if variable else ()),
                )
            )
    note = "Capacities are those of the cheapest plan." + (f" Not built: {', '.join(sorted(none))}." if none else "")
    if variable:
        note += " Curtailed is what sun, wind and water could have given and did not, also over all that they could."
    return Sheet("supply", "What is built, and what it gives", columns, tuple(rows), note)


def _stress(found: CampusFindings) -> Sheet:
    columns = (
        Column("Site"),
        Column("Dry and hot years meet"),
        Column("Lost load, h a year", numeric=True),
        Column("Energy not served, MWh a year", numeric=True),
        Column("Years with loss, %", numeric=True),
        Column("Worst month"),
    )
    rows = [
        (
            Cell(design.system.name),
            Cell(_MEET.get(str(row["case"]), str(row["case"]))),
            _number(float(row["lost_hours"] or 0.0)),
            _number(float(row["lost_mwh"] or 0.0)),
            _number(float(row["chance_of_loss"] or 0.0), percent=True),
            Cell(str(row["worst_month"] or "none")),
        )
        for design in found.designs
        if design.stress is not None
        for row in design.stress.to_table().records()
    ]
    note = (
        "Capacities are the plan's, run hour by hour by rules that know nothing of what comes. Plants do not break "
        "down here. The evidence does not say how often dry years are also hot: all cases are shown."
    )
    return Sheet("stress", "Loss of load in dry years and hot summers", columns, tuple(rows), note)


def _breakdowns(found: CampusFindings) -> Sheet:
    columns = (
        Column("Site"),
        Column("Dry and hot years meet"),
        Column("Lost load, h a year", numeric=True),
        Column("Energy not served, MWh a year", numeric=True),
    )
    rows = [
        (Cell(design.system.name), Cell(_MEET.get(case, case)), *map(_number, design.breakdowns.expected(case)))
        for design in found.designs
        if design.breakdowns is not None
        for case in design.breakdowns.weights
    ]
    note = (
        "Expected over breakdowns of plants, of the connection to the grid and of diesel sets, more frequent in heat "
        "(ASSUMED). What breakdowns take from fuel on top of the operation is left out."
    )
    return Sheet("breakdowns", "Loss of load where units break down", columns, tuple(rows), note)


def _credits(found: CampusFindings) -> Sheet:
    columns = (
        Column("Site"),
        Column("Supply"),
        Column("Capacity, MW", numeric=True),
        Column("Firm capacity worth as much, MW", numeric=True),
        Column("Share, %", numeric=True),
    )
    rows = [
        (
            Cell(design.system.name),
            Cell(credit.name),
            _number(credit.capacity_mw),
            Cell("nothing is lost without it") if credit.firm_mw is None else _number(credit.firm_mw),
            Cell("") if credit.share is None else _number(credit.share, percent=True),
        )
        for design in found.designs
        for credit in design.credits
    ]
    note = "In the year and summer in which most is lost, without backup: capacity that never fails in its place."
    return Sheet("credits", "What each supply is worth when it matters", columns, tuple(rows), note)


def _frontiers(found: CampusFindings) -> Sheet:
    columns = (
        Column("Quantity"),
        Column("Site"),
        Column("Limit", numeric=True),
        Column("Unit"),
        Column(f"Cost of a year, million {found.currency}", numeric=True),
        Column(f"Price of one unit less, {found.currency}", numeric=True),
    )
    rows = [
        (
            Cell(LABELS[quantity]),
            Cell(site),
            _number(point.amount),
            Cell(UNITS[quantity]),
            _number(point.cost / 1e6),
            _number(point.price),
        )
        for quantity, lines in found.frontiers.items()
        for site, line in lines.items()
        for point in line.points
    ]
    return Sheet("frontier", "Cost against emissions and water", columns, tuple(rows))


def _notes(found: CampusFindings) -> Sheet:
    rows = [(Cell("all"), Cell(note)) for note in found.notes]
    rows += [(Cell(design.system.name), Cell(plan_proof(design))) for design in found.designs]
    rows += [(Cell(name), Cell(f"No frontier: {why}")) for name, why in found.unmoved.items()]
    rows += [(Cell(design.system.name), Cell(note)) for design in found.designs for note in design.system.notes]
    return Sheet("notes", "Keep in mind", (Column("Site"), Column("Note")), tuple(rows))
