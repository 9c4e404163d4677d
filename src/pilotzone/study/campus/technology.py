"""Technologies of a campus file: costs, emissions and water of the evidence, and what is assumed."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.campus import Figure, Technology, cost_figures, technology_of
from pilotzone.core import UsageError, listing
from pilotzone.gather import data_centre_facts, evidence_panel, load_campus

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pilotzone.core import Assumptions
    from pilotzone.study.campus.file import CampusFile

__all__ = ["PROFILED", "battery_energy", "diesel_outage_rate", "plants_of", "technology"]

_SYSTEMS = {"CN": "China", "EU": "Europe"}
PROFILED = ("pv_utility", "pv_distributed", "wind_onshore")
"""Technologies whose output follows a profile."""
_FUELS = {"coal": "coal", "gas": "natural gas", "gas_combined_cycle": "natural gas", "gas_open_cycle": "natural gas"}
"""Technology to its fuel in the table of emission factors."""
_WATER = {
    "coal": ("coal", "tower"),
    "gas": ("gas combined cycle", "tower"),
    "gas_combined_cycle": ("gas combined cycle", "tower"),
    "hydro": ("hydro", "none"),
    "hydro_run_of_river": ("hydro", "none"),
    "hydro_reservoir": ("hydro", "none"),
    "pv_utility": ("pv utility", "none"),
    "pv_distributed": ("pv utility", "none"),
    "wind_onshore": ("wind", "none"),
}
"""Technology to its row of water consumption: a tower where it has cooling."""
_HYDRO = ("hydro", "hydro_run_of_river", "hydro_reservoir")
TECHNOLOGIES = (*dict.fromkeys([*_FUELS, *_WATER]), "diesel", "battery")
"""Those that a campus file may name; which of them have costs depends on the collection."""
_FLEET_YEAR = 2017
_AIR = {"so2": "SO2", "nox": "NOx", "pm": "PM"}
_KG_PER_MT = 1e9
_PERCENT = 100.0


def technology(name: str, file: CampusFile, assumptions: Assumptions) -> Technology:
    """Return a technology with costs of one collection, and intensities of the evidence.

    Parameters
    ----------
    name
        One of `TECHNOLOGIES`.
    file
        Names the collection, its year and the currency.
    assumptions
        Assumptions for what the collection lacks.

    Raises
    ------
    UsageError
        If the collection lacks a figure that is not assumed either, or is in another currency.
    """
    rows = _rows(_SYSTEMS[file.costs])
    known = any(row["technology"] == name and row["year"] == file.year_of_costs for row in rows)
    try:
        figures, price_year = cost_figures(rows, name, file.costs, file.year_of_costs) if known else ({}, "not stated")
        figures = {key: figure for key, figure in figures.items() if key in _OF_POWER}
        return technology_of(
            name,
            figures | _fuel(name),
            currency=file.currency,
            price_year=price_year,
            assumptions=assumptions,
            intensities=_intensities(name, assumptions),
        )
    except UsageError as error:
        years = sorted({str(row["year"]) for row in rows if row["technology"] == name})
        raise UsageError(
            f"technology {name!r} of {_SYSTEMS[file.costs]}, {file.year_of_costs}: {error.what}",
            allowed=error.allowed or (f"years {listing(years)}" if years else None),
            todo=error.todo or "assume a range with a reason in a file of assumptions",
        ) from error


def plants_of(file: CampusFile) -> tuple[str, ...]:
    """Return the technologies that a plant can have: what the collection has costs of, but for hydro."""
    known = {str(row["technology"]) for row in _rows(_SYSTEMS[file.costs])}
    return tuple(name for name in TECHNOLOGIES if name in known and name not in (*_HYDRO, "battery", "diesel"))


_OF_POWER = ("investment", "lifetime", "fixed_om", "variable_om", "efficiency")


def battery_energy(file: CampusFile, assumptions: Assumptions) -> Figure:
    """Return the investment of what a battery holds, currency per kWh."""
    rows = _rows(_SYSTEMS[file.costs])
    name, key = ("battery", "investment_per_kwh") if file.costs == "CN" else ("battery_energy", "investment_per_kwh")
    figures, _ = cost_figures(rows, name, file.costs, file.year_of_costs)
    entry = assumptions.get("investment_per_kwh", "battery")
    if key not in figures and entry is not None:
        return Figure(entry.middle, entry.unit, f"ASSUMED: {entry.source}", entry.low, entry.high)
    return figures[key]


def diesel_outage_rate() -> float:
    """Return the probability that a diesel set does not run when it is called, of the evidence: REopt's defaults."""
    facts = {fact.name: fact.value for fact in data_centre_facts()}
    ready, fails = (facts[name] for name in ("diesel-set-available-at-call-usa", "diesel-set-fails-to-start-usa"))
    assert ready is not None  # noqa: S101 - both are in the bundled table
    assert fails is not None  # noqa: S101
    return 1 - ready / _PERCENT * (1 - fails / _PERCENT)


@lru_cache(maxsize=2)
def _rows(system: str) -> tuple[Mapping[str, object], ...]:
    """Return rows of the table of costs as `cost_figures` reads them."""
    layer = load_campus("technology_costs")
    code = next(key for key, name in _SYSTEMS.items() if name == system)
    texts, numbers = layer.texts, layer.numbers
    return tuple(
        {
            "technology": texts["technology"][k],
            "region": code,
            "parameter": texts["parameter"][k],
            "year": int(numbers["period"][k]),
            "value": float(numbers["value"][k]),
            "unit": texts["unit"][k],
            "price_year": texts["price_year"][k],
            "source": texts["study"][k],
        }
        for k in layer.rows_where(system=system).tolist()
    )


def _fuel(name: str) -> dict[str, Figure]:
    """Return the carbon of a technology's fuel, t per MWh of fuel."""
    fuel = "diesel" if name == "diesel" else _FUELS.get(name)
    if fuel is None:
        return {}
    return {"fuel_carbon": _factor(fuel, "CO2", "per fuel energy (lower heating value)", unit="t/MWh", scale=1.0)}


def _intensities(name: str, assumptions: Assumptions) -> dict[str, Figure]:
    """Return what a MWh emits and consumes, as far as the evidence or an assumption tells."""
    found: dict[str, Figure] = {}
    if name in _WATER:
        technology, cooling = _WATER[name]
        # A litre a kWh is a cubic metre a MWh.
        water = _factor(technology, "water consumption", "median", cooling=cooling, unit="m3/MWh", scale=1.0)
        found["water_consumed"] = water
        found["water_consumed_without_reservoirs"] = (
            Figure(0.0, "m3/MWh", "evaporation of reservoirs is all that is known, and is not counted")
            if name in _HYDRO
            else water
        )
    if name not in _FUELS and name != "diesel":
        nothing = "nothing is burnt: life cycles are not counted"
        found |= {key: Figure(0.0, "t/MWh" if key == "co2" else "kg/MWh", nothing) for key in ("co2", *_AIR)}
    if name == "coal":
        found |= {key: _fleet_average(quantity) for key, quantity in _AIR.items()}
    if name == "diesel":
        row = "diesel generator"
        for key in ("so2", "nox"):
            found[key] = _factor(row, _AIR[key], "per kWh generated", unit="kg/MWh", scale=1.0)
        found["water_consumed"] = found["water_consumed_without_reservoirs"] = Figure(0.0, "m3/MWh", "cooled by air")
    return found | _assumed(name, assumptions)


def _assumed(name: str, assumptions: Assumptions) -> dict[str, Figure]:
    """Return intensities that the user assumes: named as the intensity, about the technology."""
    found = {}
    for key in ("co2", *_AIR, "water_withdrawn", "water_consumed", "water_consumed_without_reservoirs"):
        entry = assumptions.get(key, name)
        if entry is not None and entry.place == name:
            found[key] = Figure(entry.middle, entry.unit, f"ASSUMED: {entry.source}", entry.low, entry.high)
    return found


def _factor(technology: str, quantity: str, basis: str, *, unit: str, scale: float, cooling: str = "none") -> Figure:
    layer = load_campus("emission_factors")
    rows = layer.rows_where(technology=technology, quantity=quantity, basis=basis, cooling=cooling)
    (k,) = rows.tolist()
    low, high = (float(layer.numbers[end][k]) * scale for end in ("low", "high"))
    ends = (None, None) if np.isnan(low) else (low, high)
    source = f"{layer.texts['study'][k]} ({layer.texts['standing'][k]})"
    return Figure(float(layer.numbers["value"][k]) * scale, unit, source, *ends)


@lru_cache(maxsize=3)
def _fleet_average(quantity: str) -> Figure:
    """Return the mean emission of China's thermal power in a year: total emission over thermal generation."""
    layer = load_campus("emission_factors")
    name = f"thermal power plants, China {_FLEET_YEAR}"
    (k,) = layer.rows_where(technology=name, quantity=quantity).tolist()
    panel = evidence_panel(["generation_thermal_mwh"], periods=[_FLEET_YEAR])
    total = float(np.nansum(panel.matrix("generation_thermal_mwh")))
    value = float(layer.numbers["value"][k]) * _KG_PER_MT / total
    source = (
        f"{layer.texts['study'][k]} ({layer.texts['standing'][k]}), over thermal generation of {_FLEET_YEAR}: "
        "the mean of all thermal plants, not of one"
    )
    return Figure(value, "kg/MWh", source)
