"""The design of a site: what a least-cost plan builds, emits and takes, and how it fared without foresight."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.campus.breakdowns import BreakdownLoss
from pilotzone.campus.conflicts import conflict_words
from pilotzone.campus.credit import CapacityCredit
from pilotzone.campus.curtailment import Curtailment, curtailments
from pilotzone.campus.operation import ForesightGap
from pilotzone.campus.plan import SupplyPlan
from pilotzone.campus.sources import Supply
from pilotzone.campus.stress import StressResult
from pilotzone.campus.system import SiteSystem
from pilotzone.campus.technologies import INTENSITIES
from pilotzone.core import Result, Table, check_choice, listing

if TYPE_CHECKING:
    import altair as alt
    from numpy.typing import NDArray

    from pilotzone.campus.drawing import SitePlot

    Floats = NDArray[np.float64]

__all__ = ["SiteDesign"]

_KWH_A_MWH = 1000.0
_BUILT_MW = 1e-5
_ROUNDING_MWH = 1e-6
_SERVED = 1e-3
"""Share of energy that a plan may leave unserved in its hardest hours before reasons are asked for."""


@dataclass(frozen=True, eq=False)
class SiteDesign(Result):
    """What a site needs, emits and costs, and when it fails.

    Attributes
    ----------
    system
        Load and supplies.
    plan
        Least-cost capacities and dispatch, with its certificate.
    foresight
        Cost and loss of the plan's capacities with foresight and without, in the year that was planned for.
    stress
        Dry years and hot summers without foresight; ``None`` where none were asked for.
    credits
        Capacity credits in the stress, without foresight.
    breakdowns
        Loss of load in the stress where units break down; ``None`` where no outage rate was given.
    """

    system: SiteSystem
    plan: SupplyPlan
    foresight: ForesightGap
    stress: StressResult | None = None
    credits: tuple[CapacityCredit, ...] = ()
    breakdowns: BreakdownLoss | None = None

    @property
    def it_mwh(self) -> float:
        """Energy of IT in a mean year, MWh."""
        return float(np.mean([load.it_mw.sum() for load in self.system.load]))

    @property
    def facility_mwh(self) -> float:
        """Energy of the facility in a mean year, MWh."""
        return float(self.system.facility_mw.sum(axis=1).mean())

    @property
    def unserved_share(self) -> float:
        """Share of the facility's energy that the plan does not serve."""
        return float(self.plan.unserved.sum() / self.system.facility_mw.sum())

    def why_unserved(self) -> tuple[str, ...]:
        """Return what keeps the plan from serving all load, and what would be needed, in sentences; none where it does.

        Notes
        -----
        Load that is not served has a price in a plan. Here it has none: all of it has to be served, and what then
        conflicts is told.
        """
        if self.unserved_share <= _SERVED:
            return ()
        return conflict_words(replace(self.system.problem(), unserved_price=None))

    @property
    def cost_per_kwh_it(self) -> float:
        """Cost of supply over energy of IT, currency per kWh."""
        return self.plan.objective / self.it_mwh / _KWH_A_MWH

    @property
    def site_water_m3(self) -> float | None:
        """Water used on the site in a mean year, m3; ``None`` where it is not known."""
        used = self._site_water()
        return None if used is None else float(used.sum(axis=1).mean())

    def supplied(self, name: str) -> Floats:
        """Return what a supply gives in the plan, MW, shape (years, hours)."""
        if name in self.plan.dispatch:
            return np.atleast_2d(self.plan.dispatch[name])
        return np.atleast_2d(self.plan.stores[name]["discharge"])

    @property
    def energy_mwh(self) -> dict[str, float]:
        """Supply to the energy that it gives in a mean year, MWh."""
        names = [*(item.name for item in self.system.supplies), *(item.name for item in self.system.reservoirs)]
        return {name: float(self.supplied(name).sum(axis=1).mean()) for name in names}

    def total(self, quantity: str) -> tuple[float | None, tuple[str, ...]]:
        """Return a year's total of one of `INTENSITIES` in the plan, t, kg or m3.

        Returns
        -------
        total
            ``None`` where a supply that runs lacks the figure: what is unknown is not taken for zero.
        unknown
            These supplies.
        """
        found = self.hourly_of(quantity)
        absent = tuple(plant.name for plant in self._makers if not _told(plant, quantity, self.supplied(plant.name)))
        return (None if found is None else float(found.sum(axis=1).mean())), absent

    def hourly_of(self, quantity: str) -> Floats | None:
        """Return one of `INTENSITIES` in each hour of the plan, t, kg or m3, shape (years, hours).

        ``None`` where a supply that runs lacks the figure: what is unknown is not taken for zero.
        """
        found = np.zeros(self.system.facility_mw.shape)
        for plant in self._makers:
            given = self.supplied(plant.name)
            if not _told(plant, quantity, given):
                return None
            found += given * np.asarray(plant.intensities.get(quantity, 0.0))
        return found

    @property
    def _makers(self) -> list[Supply]:
        """Supplies that make power: all but batteries, which only keep it."""
        plants = [*self.system.supplies, *(item.plant for item in self.system.reservoirs)]
        return [plant for plant in plants if plant.energy_cost is None]

    def _site_water(self) -> Floats | None:
        """Return water used on the site in each hour, m3, shape (years, hours); ``None`` where it is not known."""
        used = [load.water_m3 for load in self.system.load]
        known = [water for water in used if water is not None]
        return np.stack(known) if len(known) == len(used) else None

    def _brought(self, plant: Supply, quantity: str) -> float | None:
        """Return what a supply brings of a quantity in a year; ``None`` where it is unknown, or power is only kept."""
        if plant.energy_cost is not None or quantity not in plant.intensities:
            return None
        return float((self.supplied(plant.name) * np.asarray(plant.intensities[quantity])).sum(axis=1).mean())

    @property
    def curtailed(self) -> tuple[Curtailment, ...]:
        """What sun, wind and water could have given in the plan and did not, of each supply that they make."""
        return curtailments(self.system, self.plan)

    def summary(self) -> Table:
        """Return one row per quantity of a year."""
        currency = self.system.currency
        rows: list[tuple[str, float | None, str, str]] = [
            ("IT energy", self.it_mwh, "MWh", ""),
            ("facility energy", self.facility_mwh, "MWh", ""),
            ("highest load", float(self.system.facility_mw.max()), "MW", ""),
            ("cost of supply", self.plan.objective, currency, ""),
            ("cost per kWh of IT", self.cost_per_kwh_it, f"{currency}/kWh", ""),
            ("water on the site", self.site_water_m3, "m3", ""),
        ]
        for name, unit in INTENSITIES.items():
            total, absent = self.total(name)
            why = f"not known of {listing(absent)}" if absent else ""
            rows.append((name, total, unit.partition("/")[0], why))
        return Table.from_rows(("quantity", "value", "unit", "note"), rows, title=f"A year at {self.system.name}")

    def capacities(self) -> Table:
        """Return one row per supply: capacity, energy held, given and curtailed, load factor, CO2 and water of a year.

        Curtailment is that of sun, wind and water, in MWh and as a share of what was available; other supplies have
        none.
        """
        energy = self.energy_mwh
        unused = {item.name: (item.mwh, item.share) for item in self.curtailed}
        rows = []
        for plant in [*self.system.supplies, *(item.plant for item in self.system.reservoirs)]:
            size = self.plan.capacity(plant.name)
            held = self.plan.capacity(plant.name, "energy") if plant.name in self.plan.stores else None
            given = energy[plant.name]
            if size <= _BUILT_MW:
                # A solver's rounding is not a plant.
                size, given, held = 0.0, 0.0, None if held is None else 0.0
            share = given / (size * self.system.facility_mw.shape[1]) if size > 0 else None
            brings = [self._brought(plant, name) for name in ("co2", "water_consumed")]
            rows.append((plant.name, size, held, given, share, *unused.get(plant.name, (None, None)), *brings))
        known = ("supply", "capacity_mw", "holds_mwh", "gives_mwh", "load_factor", "curtailed_mwh", "curtailed_share")
        return Table.from_rows((*known, "co2_t", "water_consumed_m3"), rows, title=f"Supply of {self.system.name}")

    def to_table(self) -> Table:
        """Return the summary."""
        return self.summary()

    def plot(self, kind: SitePlot = "week") -> alt.LayerChart | alt.FacetChart:
        """Return a chart of the design.

        Parameters
        ----------
        kind
            ``week``, what each supply gives in the week of highest load; ``duration``, load in order of size; or
            ``stress``, hours of lost load in dry years and hot summers.

        Returns
        -------
        altair.LayerChart or altair.FacetChart
            It shows itself in a notebook, and ``.save("chart.png")`` writes it.

        Raises
        ------
        UsageError
            If there is no such kind of chart, or dry years were not asked for.
        """
        from pilotzone.campus.drawing import SitePlot, plot_site

        check_choice(kind, SitePlot, "kind")
        return plot_site(self, kind)

    def hourly(self) -> Table:
        """Return one row per hour and weather year: load, supply, curtailment, unserved load, emissions, water.

        Emissions and water are those where power is made, in t of CO2, kg of SO2, NOx and particulate matter and m3 of
        water; a column whose figure is not known of a supply that runs is missing throughout. `site_water_m3` is used
        on the site.
        """
        years, hours = self.system.facility_mw.shape
        columns: dict[str, Floats] = {
            "weather_year": np.repeat(np.arange(1.0, years + 1), hours),
            "hour": np.tile(np.arange(1.0, hours + 1), years),
            "it_mw": np.stack([load.it_mw for load in self.system.load]).ravel(),
            "facility_mw": self.system.facility_mw.ravel(),
        }
        columns |= {f"{name}_mw": values.ravel() for name, values in self.plan.dispatch.items()}
        for store, roles in self.plan.stores.items():
            for role, values in roles.items():
                columns[f"{store} {role}_{'mwh' if role == 'level' else 'mw'}"] = values.ravel()
        columns |= {f"{item.name} curtailed_mw": item.curtailed_mw.ravel() for item in self.curtailed}
        columns["unserved_mw"] = self.plan.unserved.ravel()
        columns["price_per_mwh"] = self.plan.price.ravel()
        found = {name: tuple(values.tolist()) for name, values in columns.items()}
        brought = {f"{name}_{unit.partition('/')[0]}": self.hourly_of(name) for name, unit in INTENSITIES.items()}
        brought["site_water_m3"] = self._site_water()
        nothing = (None,) * (years * hours)
        return Table(
            found | {name: nothing if x is None else tuple(x.ravel().tolist()) for name, x in brought.items()},
            title="Hour by hour",
        )


def _told(plant: Supply, quantity: str, given: Floats) -> bool:
    """Whether a quantity is known of a supply, or it hardly runs: MWh of a year that are a solver's rounding."""
    return quantity in plant.intensities or float(given.sum()) <= _ROUNDING_MWH
