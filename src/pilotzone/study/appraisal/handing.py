"""What a design of the campus hands over to its appraisal: energy, cost and emissions of a year at full use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pilotzone.appraisal import HOURS, SourcedFigure
from pilotzone.core import StudyError, unknown

if TYPE_CHECKING:
    from pilotzone.campus import SiteDesign
    from pilotzone.study.appraisal.file import AppraisalFile

__all__ = ["HandedOver", "burdens_in_place", "handed_over", "put_in_place"]

_NO_RESOURCES = ("unserved load", "carbon price", "beyond limits")
"""Parts of the cost of a plan that use up nothing."""
_AIR = {"so2": "SO2", "nox": "NOx", "pm": "PM"}
"""Quantity of a plan, kg, to the name that a burden has of it."""
_KG_A_T = 1000.0


@dataclass(frozen=True)
class HandedOver:
    """Energy, cost and emissions of a campus in a year in which all of it is let.

    Attributes
    ----------
    mwh_per_year
        Electricity of the whole campus, MWh.
    cost_per_mwh
        Resources that a MWh uses up, in the appraisal's money.
    co2_t
        CO2, t a year; ``None`` if not known.
    source, status
        Where they come from, and whether they are ``given`` or ``modelled``.
    pue
        Energy of the campus over that of its IT; ``None`` where the file or an assumption says it.
    emitted
        Pollutant, as burdens name it, to t a year; those that are not known are not in it.
    """

    mwh_per_year: float | None
    cost_per_mwh: float | None
    co2_t: float | None
    source: str
    status: str
    pue: float | None = None
    emitted: Mapping[str, float] = field(default_factory=dict)


def handed_over(file: AppraisalFile, given: Mapping[str, Any]) -> HandedOver:
    """Return what a design of the campus says: that of a site of the campus beside, or what the file says itself.

    Parameters
    ----------
    file
        Its ``power.site`` names the site.
    given
        Findings of studies beside, by kind.

    Raises
    ------
    StudyError
        If no campus stands beside, it has no such site, or it counts in another currency.

    Notes
    -----
    A campus is designed for the share of its racks that is in use in a year; energy and CO2 are scaled to all of them.
    """
    power = file.power
    if power.site is None:
        told = "given in the study file, as of a year at full use"
        emitted = {} if power.co2_t is None else {"CO2": power.co2_t}
        return HandedOver(power.mwh_per_year, power.cost_per_mwh, power.co2_t, told, "given", emitted=emitted)
    campus, design = _design_beside(power.site, file.appraisal.currency, given)
    share = campus.filled
    co2, _ = design.total("co2")
    told = (
        f"least-cost supply of {design.system.name} in {campus.year}, study {campus.name!r}, scaled from "
        f"{100 * share:.3g} % of racks in use to all of them; what a MWh costs includes capacity"
    )
    # Penalties and a price of carbon are not resources; a transfer of carbon money is the appraisal's own affair.
    spent = sum(cost for name, cost in design.plan.costs.items() if name not in _NO_RESOURCES)
    cost = spent / (design.facility_mwh * (1 - design.unserved_share))
    pue = design.facility_mwh / design.it_mwh
    emitted = {name: kg / _KG_A_T / share for key, name in _AIR.items() if (kg := design.total(key)[0]) is not None}
    if co2 is not None:
        emitted["CO2"] = co2 / share
    return HandedOver(design.facility_mwh / share, cost, emitted.get("CO2"), told, "modelled", pue, emitted)


def burdens_in_place(file: AppraisalFile, handed: HandedOver) -> AppraisalFile:
    """Return an appraisal whose burdens have the tonnes that were handed over, where the file gives none.

    Raises
    ------
    StudyError
        If they are not known.
    """
    found = []
    for entry in file.burden:
        if entry.low is not None:
            found.append(entry)
            continue
        tonnes = handed.emitted.get(entry.emitted)
        if tonnes is None:
            raise StudyError(
                f"[[burden]] {entry.name!r} has no low and high, and {entry.emitted} of the supply is not known.",
                allowed="low and high, t a year at full use; or a campus beside that knows it of all that it runs",
                todo="give low and high, or name power.site and assume what its supplies emit in the campus file",
            )
        told = f"{entry.source}; tonnes: {handed.source}"
        found.append(entry.model_copy(update={"low": tonnes, "high": tonnes, "source": told}))
    return file.model_copy(update={"burden": tuple(found)})


def _design_beside(site: str, currency: str, given: Mapping[str, Any]) -> tuple[Any, SiteDesign]:
    """Return the findings of the campus beside, and the design of one of its sites."""
    campus = given.get("campus")
    if campus is None:
        raise StudyError(
            f"appraisal: power.site is {site!r}, but the study has no campus in [beside].",
            todo="name one in [beside], such as campus = 'three-provinces'",
        )
    designs: dict[str, SiteDesign] = {design.system.name: design for design in campus.designs}
    if site not in designs:
        raise unknown("site", site, designs, error=StudyError, of="the campus beside")
    design = designs[site]
    if design.system.currency != currency:
        raise StudyError(
            f"appraisal: the campus in [beside] counts in {design.system.currency}, and not in {currency}.",
            allowed="one currency: no exchange rate is applied",
        )
    return campus, design


def put_in_place(figures: dict[str, SourcedFigure], handed: HandedOver) -> None:
    """Put what a design of the campus says in the place of load and worth of power."""
    told = handed.source
    if handed.pue is not None:
        figures["pue"] = SourcedFigure(handed.pue, handed.pue, handed.pue, figures["pue"].unit, told, handed.status)
    if handed.mwh_per_year is not None:
        most = figures["it_mw"].value * HOURS * figures["pue"].value
        load = handed.mwh_per_year / most
        if load > 1:
            raise StudyError(
                f"appraisal: power.mwh_per_year is {handed.mwh_per_year:g}, more than the campus can draw.",
                allowed=f"up to {most:.6g}: it_mw x {HOURS} h x pue",
            )
        figures["load"] = SourcedFigure(load, load, load, figures["load"].unit, told, handed.status)
    if handed.cost_per_mwh is not None:
        cost = handed.cost_per_mwh
        figures["worth_per_mwh"] = SourcedFigure(cost, cost, cost, "money per MWh", told, handed.status)
