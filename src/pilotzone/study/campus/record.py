"""A campus as plain data and tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pilotzone.campus import INTENSITIES
from pilotzone.core import Table
from pilotzone.study.campus.wording import worst_hours

if TYPE_CHECKING:
    from pilotzone.campus import SiteDesign
    from pilotzone.study.campus.findings import CampusFindings

__all__ = ["campus_record", "campus_tables"]


def campus_record(found: CampusFindings) -> dict[str, Any]:
    """Return a campus as plain data: what ``campus.json`` holds and ``--json`` prints."""
    return {
        "name": found.name,
        "title": found.title,
        "it_mw": found.it_mw,
        "year": found.year,
        "currency": found.currency,
        "notes": list(found.notes),
        "sites": [_site(design) for design in found.designs],
        "frontiers": [
            {"quantity": quantity, "site": site, "points": line.to_table().records()}
            for quantity, lines in found.frontiers.items()
            for site, line in lines.items()
        ],
        "no_frontier": dict(found.unmoved),
        "unserved": {site: list(why) for site, why in found.short.items()},
    }


def _site(design: SiteDesign) -> dict[str, Any]:
    plan, stress = design.plan, design.stress
    return {
        "site": design.system.name,
        "cost": plan.objective,
        "cost_per_kwh_it": design.cost_per_kwh_it,
        "bound": plan.bound,
        "gap": plan.gap,
        "solver": plan.solved.solver,
        "why_solver": plan.solved.why,
        "iterations": plan.solved.iterations,
        "proven": plan.proven,
        "it_mwh": design.it_mwh,
        "facility_mwh": design.facility_mwh,
        "unserved_share": design.unserved_share,
        "site_water_m3": design.site_water_m3,
        **{name: design.total(name)[0] for name in INTENSITIES},
        "unknown": {name: list(absent) for name in INTENSITIES if (absent := design.total(name)[1])},
        "supply": design.capacities().records(),
        "modelled": [item.name for item in design.system.supplies if item.modelled],
        "limits": plan.kept().records(),
        "costs": dict(plan.costs),
        "foresight": design.foresight.to_table().records(),
        "lost_hours": worst_hours(design),
        "stress": None if stress is None else stress.to_table().records(),
        "breakdowns": None if design.breakdowns is None else design.breakdowns.to_table().records(),
        "credits": [
            {
                "supply": c.name,
                "capacity_mw": c.capacity_mw,
                "firm_mw": c.firm_mw,
                "share": c.share,
                "share_where_lost": c.worst_hours_share,
            }
            for c in design.credits
        ],
        "notes": list(design.system.notes),
    }


def campus_tables(found: CampusFindings) -> dict[str, Table]:
    """Return sites, supply, frontiers, stress, credits, assumptions and hours, by the name of their file."""
    frontier = [
        (quantity, site, *(row[key] for key in ("amount", "cost", "price")))
        for quantity, lines in found.frontiers.items()
        for site, line in lines.items()
        for row in line.to_table().records()
    ]
    credit = [
        (d.system.name, c.name, c.capacity_mw, c.firm_mw, c.share, c.worst_hours_share)
        for d in found.designs
        for c in d.credits
    ]
    stressed = {d.system.name: d.stress for d in found.designs if d.stress is not None}
    names = ("site", "supply", "capacity_mw", "firm_mw", "share", "share_where_lost")
    return {
        "sites.csv": _stacked({d.system.name: d.summary() for d in found.designs}, "quantity", "value", "unit", "note"),
        "supply.csv": _stacked(
            {d.system.name: d.capacities() for d in found.designs},
            *("supply", "capacity_mw", "holds_mwh", "gives_mwh", "load_factor", "curtailed_mwh", "curtailed_share"),
            *("co2_t", "water_consumed_m3"),
        ),
        "frontier.csv": Table.from_rows(("quantity", "site", "amount", "cost", "price"), frontier),
        "stress.csv": _stacked(
            {name: stress.to_table() for name, stress in stressed.items()},
            *("case", "lost_hours", "lost_mwh", "chance_of_loss", "worst_month", "lost_in_it_mwh", "cost"),
        ),
        "pairs.csv": _stacked(
            {name: stress.pairs_table() for name, stress in stressed.items()},
            *("water", "summer", "lost_hours", "lost_mwh", "worst_month"),
            *("probability_independent", "probability_declared", "probability_worst"),
        ),
        "credits.csv": Table.from_rows(names, credit),
        "assumptions.csv": found.assumptions.to_table(),
        "hours.parquet": _hours(found),
    }


def _stacked(tables: dict[str, Table], *names: str) -> Table:
    """Return tables of sites below one another, the site in the first column."""
    rows = [(site, *(row.get(name) for name in names)) for site, table in tables.items() for row in table.records()]
    return Table.from_rows(("site", *names), rows)


def _hours(found: CampusFindings) -> Table:
    """Return every hour of every site; what a site has not is missing there."""
    tables = {design.system.name: design.hourly() for design in found.designs}
    names = list(dict.fromkeys(name for table in tables.values() for name in table.columns))
    columns: dict[str, list[Any]] = {name: [] for name in ("site", *names)}
    for site, table in tables.items():
        size = len(table)
        columns["site"] += [site] * size
        for name in names:
            columns[name] += list(table.columns.get(name, (None,) * size))
    return Table({name: tuple(values) for name, values in columns.items()}, title="Every hour")
