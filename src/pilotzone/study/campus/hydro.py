"""The hydro plant of a site: its water in a mean year and in dry ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pilotzone.campus import ReservoirSupply, Supply, annual_factors, hydro_supply, inflow_of_months, monthly_inflow
from pilotzone.core import UsageError, listing
from pilotzone.gather import hydro_dams
from pilotzone.study.campus.technology import technology

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pilotzone.core import Assumptions
    from pilotzone.study.campus.file import CampusFile
    from pilotzone.study.campus.site_at import SiteAt
    from pilotzone.study.campus.supply_tables import HydroEntry

    Floats = NDArray[np.float64]

__all__ = ["factors_of", "hydro_inflow", "hydro_of"]


def hydro_of(at: SiteAt) -> list[Supply | ReservoirSupply]:
    """Return the hydro plant, with or without a reservoir; nothing where the site has none."""
    given = at.entry.hydro
    if given is None:
        return []
    made = technology("hydro", at.file, at.assumptions)
    inflow = hydro_inflow(given, at.file, at.assumptions, 1.0, at.hours)
    base = hydro_supply(
        made,
        inflow,
        given.capacity_mw,
        discount_rate=at.rate,
        export_price=given.export_price,
        contract_price=given.contract_price,
    ).bounded(given.name, given.capacity_mw, given.capacity_mw)
    if not given.reservoir_mwh:
        return [base]
    return [ReservoirSupply(base.always(), inflow, given.reservoir_mwh)]


def factors_of(at: SiteAt) -> tuple[float, ...] | None:
    """Return factors of years' water: the file's, or those of the province's dams."""
    stress = at.file.stress
    if at.entry.hydro is None or stress is None:
        return None
    if stress.water is not None:
        return tuple(stress.water)
    if at.entry.region is None:
        raise at.fault(
            "its hydropower in dry years is not known.",
            allowed="a region whose dams are in the evidence, or stress.water",
        )
    try:
        dams = {dam.name: dam.generation_mwh for dam in hydro_dams(at.entry.region)}
    except UsageError as error:
        raise at.fault("no dams of its region are in the evidence.", todo="give stress.water") from error
    odd = next((name for name in stress.without_dams if name not in dams), None)
    if odd is not None:
        raise at.fault(f"stress.without_dams names {odd!r}.", allowed=listing([*dams], most=20))
    found = annual_factors(dams, leave_out=stress.without_dams)
    at.notes.append(
        f"Dry years are {found.years[0]} to {found.years[-1]} at {listing(found.plants)}: generation over its mean."
    )
    at.notes.extend(found.notes)
    return tuple(found.factors.tolist())


def hydro_inflow(entry: HydroEntry, file: CampusFile, assumptions: Assumptions, factor: float, hours: int) -> Floats:
    """Return inflow in each hour of a year with so much of a mean year's water, MWh, shape (hours,)."""
    dry = None if file.stress is None else file.stress.dry_months
    if entry.inflow_mwh is not None:
        whole = float(sum(entry.inflow_mwh))
        shape = np.asarray(entry.inflow_mwh) / (whole or 1.0)
    else:
        whole = float(entry.mean_mwh or 0.0)
        given = entry.months or tuple(assumptions.of(f"hydro_month_{month:02d}").middle for month in range(1, 13))
        shape = np.asarray(given) / sum(given)
    return inflow_of_months(monthly_inflow(whole, shape, factor=factor, dry_months=dry), hours)
