"""Campuses as columns of a table side by side: what each site needs, emits and costs, and what supplies it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pilotzone.core import DataError
from pilotzone.study.runs.models import Model, facts_of, figure_of, number_of
from pilotzone.study.runs.records import tables_of

__all__ = ["campus_models"]

_NOTE = (
    "Modelled: supply is sized at least cost over one year. An empty cell is a figure that is not known; the run's "
    "assumptions.csv lists the figures that are ASSUMED."
)


def campus_models(record: Mapping[str, Any]) -> Sequence[Model]:
    """Return a column for each site.

    Raises
    ------
    DataError
        If the record holds no campus.
    """
    if not isinstance(record.get("sites"), list):
        raise DataError("holds no campus.")
    return tuple(_of_site(record, site) for site in tables_of(record["sites"]))


def _of_site(record: Mapping[str, Any], site: Mapping[str, Any]) -> Model:
    currency = str(record.get("currency") or "")
    told = {
        f"Cost a year, {currency}": _figure(site.get("cost")),
        f"Cost per kWh of IT, {currency}": _figure(site.get("cost_per_kwh_it")),
        "CO2 a year, t": _figure(site.get("co2")),
        "Water consumed a year, m3": _figure(site.get("water_consumed")),
        "Hours lost, worst case": _figure(site.get("lost_hours")),
    }
    supply = {f"{row.get('supply')}, MW": _figure(row.get("capacity_mw")) for row in tables_of(site.get("supply"))}
    about = {
        "IT capacity, MW": _figure(record.get("it_mw")),
        "IT electricity, MWh": _figure(site.get("it_mwh")),
        "Facility electricity, MWh": _figure(site.get("facility_mwh")),
        "Year": str(record.get("year") or ""),
        "Proven": site.get("proven"),
    }
    groups = tuple(group for rows in (told, supply, about) if (group := facts_of(rows)))
    return Model(str(site.get("site")), facts=groups, notes={"": _NOTE})


def _figure(value: object) -> str:
    return figure_of(number_of(value))
