"""Running a campus file: plans of sites, operation without foresight, dry years and hot summers, frontiers."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.campus import LABELS, Breakdowns, SiteStress, design_site, frontier_of_site, month_of_hours
from pilotzone.core import InfeasibleError, MethodError
from pilotzone.study.campus.findings import CampusFindings
from pilotzone.study.campus.hydro import hydro_inflow
from pilotzone.study.campus.technology import diesel_outage_rate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from pilotzone.campus import Frontier, SiteDesign
    from pilotzone.study.campus.file import CampusFile, CampusStudy
    from pilotzone.study.campus.material import CampusMaterial, PlannedSite
    from pilotzone.study.runs.kind import Progress

    Floats = NDArray[np.float64]

__all__ = ["campus_findings"]

_SUMMER = (6, 7, 8)
_BURNS = ("coal", "gas", "gas_combined_cycle", "gas_open_cycle")
"""Technologies that lose capacity in heat."""


def campus_findings(study: CampusStudy, material: CampusMaterial, progress: Progress) -> CampusFindings:
    """Plan all sites; return all that a campus' report shows.

    Raises
    ------
    InfeasibleError
        If a site's load or limits cannot be kept, with what conflicts.
    MethodError
        If a site's plan was not found in time.
    """
    file = study.spec
    designs = []
    for k, site in enumerate(material.sites):
        progress("planning", k / len(material.sites))
        designs.append(_design(file, material, site))
    frontiers, unmoved = _frontiers(file, material, designs, progress)
    return CampusFindings(
        study.name,
        file.title,
        file.question,
        file.campus.it_mw,
        file.campus.year,
        file.campus.in_use[str(file.campus.year)],
        material.sites,
        tuple(designs),
        frontiers,
        unmoved,
        {design.system.name: why for design in designs if (why := design.why_unserved())},
        material.assumptions,
        file.notes,
    )


def _design(file: CampusFile, material: CampusMaterial, site: PlannedSite) -> SiteDesign:
    with _named(f"site {site.entry.name!r}"):
        return design_site(site.system, seconds=file.seconds, stress=_stress(file, material, site))


@contextmanager
def _named(what: str) -> Iterator[None]:
    """Say of what a fault is: what a solver says knows no site."""
    try:
        yield
    except InfeasibleError as error:
        raise InfeasibleError(
            f"{what}: {error.what}", conflict=error.conflict, allowed=error.allowed, todo=error.todo
        ) from error
    except MethodError as error:
        raise MethodError(f"{what}: {error.what}", allowed=error.allowed, todo=error.todo) from error


def _stress(file: CampusFile, material: CampusMaterial, site: PlannedSite) -> SiteStress | None:
    """Return dry years and hot summers of a site; ``None`` where none were asked for."""
    if file.stress is None:
        return None
    hours = site.system.load[0].facility_mw.size
    summer = np.isin(month_of_hours(hours), _SUMMER)
    it = site.system.load[0].it_mw
    place = site.entry.region or site.entry.name
    loads, left = [], []
    loss = material.assumptions.of("heat_loss_per_k").middle
    for heat in material.summers:
        shift = np.where(summer, heat.shift_k, 0.0)
        loads.append(it * site.hours.shifted(file.campus.cooling, material.assumptions, place, shift))
        left.append(1 - loss * np.maximum(shift, 0.0))
    factors = np.asarray(site.hydro_factors or (1.0,))
    plants = [plant.name or plant.technology for plant in site.entry.plant if plant.technology in _BURNS]
    return SiteStress(
        factors=factors,
        heats=material.summers,
        loads=np.array(loads),
        water=_water(file, material, site, factors, hours),
        heat={name: np.array(left) for name in plants},
        rank_correlation=file.stress.rank_correlation if len(factors) > 1 and len(material.summers) > 1 else None,
        out={"diesel": file.stress.sets_out} if file.stress.sets_out and site.entry.diesel is not None else None,
        breakdowns=_breakdowns(material, site, summer),
    )


def _breakdowns(material: CampusMaterial, site: PlannedSite, summer: NDArray[np.bool_]) -> Breakdowns | None:
    """Return how a site's supplies break down; ``None`` where no outage rate was given."""
    entry = site.entry
    if not entry.has_outages:
        return None
    units = {
        plant.name or plant.technology: (plant.unit_mw or np.inf, plant.outage_rate)
        for plant in entry.plant
        if plant.outage_rate is not None
    }
    if entry.grid is not None and entry.grid.outage_rate is not None:
        units["grid"] = (np.inf, entry.grid.outage_rate)
    if entry.diesel is not None:
        rate = entry.diesel.outage_rate
        units["diesel"] = (entry.diesel.set_mw, diesel_outage_rate() if rate is None else rate)
    slope, above = (material.assumptions.of(name).middle for name in ("outage_per_kelvin", "outage_above_c"))
    # Where PUE is one figure there is no weather: every hour is a mild one.
    base = site.hours.climates[0].temp_c if site.hours.climates else np.zeros(summer.size)
    temps = np.array([base + np.where(summer, heat.shift_k, 0.0) for heat in material.summers])
    return Breakdowns(units, temps, per_kelvin=slope, above_c=above)


def _water(
    file: CampusFile, material: CampusMaterial, site: PlannedSite, factors: Floats, hours: int
) -> dict[str, Floats]:
    """Return the hydro plant's inflow, MWh, or without a reservoir its availability, in each year, (factors, hours)."""
    hydro = site.entry.hydro
    if hydro is None:
        return {}
    inflow = np.array([hydro_inflow(hydro, file, material.assumptions, factor, hours) for factor in factors.tolist()])
    return {hydro.name: inflow if hydro.reservoir_mwh else np.minimum(inflow / hydro.capacity_mw, 1.0)}


def _frontiers(
    file: CampusFile, material: CampusMaterial, designs: list[SiteDesign], progress: Progress
) -> tuple[dict[str, dict[str, Frontier]], dict[str, str]]:
    found: dict[str, dict[str, Frontier]] = {}
    unmoved = {}
    done, count = 0, len(file.frontier) * len(designs)
    # Begun also where none is asked for: an audit trail has the seconds of every stage.
    progress("frontier", 0.0)
    for asked in file.frontier:
        for site, design in zip(material.sites, designs, strict=True):
            progress("frontier", done / count)
            done += 1
            with _named(f"site {site.entry.name!r}, frontier of {LABELS[asked.of]}"):
                line = frontier_of_site(design, asked.of, points=asked.points, seconds=file.seconds)
            if isinstance(line, str):
                unmoved[f"{site.entry.name}, {LABELS[asked.of]}"] = line
            else:
                found.setdefault(asked.of, {})[site.entry.name] = line
    return found, unmoved
