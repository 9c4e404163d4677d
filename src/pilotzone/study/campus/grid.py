"""The grid of a site: tariff, charge on contracted capacity, carbon and water of its power."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pilotzone.campus import GridCarbon, Supply, grid_supply
from pilotzone.core import listing
from pilotzone.gather import load_campus, load_layer
from pilotzone.site import grid_water, place_of_region

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pilotzone.study.campus.site_at import SiteAt

    Floats = NDArray[np.float64]

__all__ = ["grid_of"]

_PER_KWH = 1000.0
_HOURS_OF_DAY = 24


def grid_of(at: SiteAt) -> list[Supply]:
    """Return power from the grid; nothing where the site has none."""
    given = at.entry.grid
    if given is None:
        return []
    carbon = GridCarbon(
        given.carbon,
        _grid_factor(at),
        given.imported_share,
        given.imported_t_per_mwh,
        given.contracted_hydro,
    )
    found = grid_supply(
        _tariff(at),
        carbon=carbon,
        capacity_charge=_capacity_charge(at),
        currency=at.file.currency,
        price_year="not stated",
        intensities=_grid_water(at),
        most_mw=float("inf") if given.most_mw is None else given.most_mw,
    )
    return [found]


def _grid_factor(at: SiteAt) -> float:
    """Return carbon of the grid, t/MWh: the user's, or the province's average of the evidence."""
    given = at.entry.grid
    assert given is not None  # noqa: S101 - its caller has one
    if given.carbon_t_per_mwh is not None:
        return given.carbon_t_per_mwh
    layer = load_layer("grid_factors")
    rows = layer.rows_where(region=at.entry.region) if at.entry.region else np.empty(0, np.int64)
    if at.entry.region and not len(rows):
        # Of a region that is not known, the nearest names are told first.
        place_of_region(at.entry.region)
    if not len(rows):
        raise at.fault(
            "the evidence has no carbon factor for its grid.",
            todo="give carbon_t_per_mwh, with its source in notes",
        )
    years = {int(layer.numbers["period"][k]): float(layer.numbers["kg_co2_per_kwh"][k]) for k in rows.tolist()}
    year = given.carbon_year or max(years)
    if year not in years:
        raise at.fault(f"no carbon factor of {year} is in the evidence.", allowed=listing(sorted(years)))
    at.notes.append(f"Carbon of the grid is the province's average of {year}, second-hand and not checked.")
    # A kilogram a kWh is a tonne a MWh.
    return years[year]


def _grid_water(at: SiteAt) -> dict[str, float]:
    """Return water of the province's mix of power, m3/MWh: the middle of its range."""
    found = {}
    place = place_of_region(at.entry.region) if at.entry.region else None
    for key, reservoirs in (("water_consumed", True), ("water_consumed_without_reservoirs", False)):
        ends = None if place is None else grid_water(place, at.assumptions, reservoirs=reservoirs)
        if ends is not None:
            found[key] = sum(ends) / 2
    if found:
        at.notes.append(
            "Water of grid power follows from the province's mix of power and consumption of plants in the USA: "
            "the middle of a range."
        )
    return found


def _tariff(at: SiteAt) -> Floats:
    given = at.entry.grid
    assert given is not None  # noqa: S101 - its caller has one
    if given.prices is not None:
        return at.series(given.prices, "prices")
    if isinstance(given.tariff, tuple):
        return np.tile(np.asarray(given.tariff, dtype=np.float64), at.hours // _HOURS_OF_DAY)
    if given.tariff == "benchmark":
        return np.full(at.hours, _benchmark(at))
    return np.full(at.hours, float(given.tariff or 0.0))


def _benchmark(at: SiteAt) -> float:
    """Return the wholesale benchmark of coal power and an assumed network charge, CNY/MWh."""
    layer = load_campus("coal_prices")
    rows = layer.rows_where(region=at.entry.region or "")
    if not len(rows) or at.file.currency != "CNY":
        raise at.fault(
            "tariff = 'benchmark' has no wholesale price here.",
            allowed="provinces of the evidence but Tibet, in CNY",
            todo="give a tariff in currency per MWh",
        )
    wholesale = float(layer.numbers["cny_per_kwh"][rows[0]]) * _PER_KWH
    charge = at.assumptions.of("network_charge", at.entry.region or "")
    at.notes.append(
        f"ASSUMED: power costs the wholesale benchmark of coal power, {wholesale:,.0f} CNY/MWh, and a network "
        f"charge of {charge.low:,.0f} to {charge.high:,.0f} CNY/MWh, {charge.middle:,.0f} here."
    )
    return wholesale + charge.middle


def _capacity_charge(at: SiteAt) -> float:
    given = at.entry.grid
    assert given is not None  # noqa: S101 - its caller has one
    if given.capacity_charge is not None:
        return given.capacity_charge
    entry = at.assumptions.of("capacity_charge", at.entry.region or "")
    if not entry.unit.startswith(at.file.currency):
        raise at.fault(
            f"the charge on contracted capacity is assumed in {entry.unit}.",
            todo=f"give capacity_charge in {at.file.currency} per MW and year",
        )
    at.notes.append(f"ASSUMED: contracted capacity costs {entry.middle:,.0f} {entry.unit}.")
    return entry.middle
