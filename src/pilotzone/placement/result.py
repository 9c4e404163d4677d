"""What a plan comes to: the placement, what rules cost, the frontier of cost and carbon, and its tables."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import Glance, Result, Table, check_choice, listing
from pilotzone.placement.plan import Plan
from pilotzone.placement.solving import Placement

if TYPE_CHECKING:
    import altair as alt

    from pilotzone.placement.drawing import PlanPlot

__all__ = ["FrontierPoint", "PlanResult", "RulePrice"]


@dataclass(frozen=True)
class RulePrice:
    """What a rule costs, or several together.

    Attributes
    ----------
    rule, citation
        Its id, and where it stands; of several, all ids.
    cost, carbon
        Cost and carbon of the plan with it, less those of the plan without what it denies.
    binds
        Whether it denies anything that the plan would use.
    """

    rule: str
    citation: str
    cost: float
    carbon: float
    binds: bool


@dataclass(frozen=True)
class FrontierPoint:
    """A plan on the frontier of cost and carbon.

    Attributes
    ----------
    cost, carbon
        Cost and carbon of a year.
    sites
        Sites that are open.
    gap
        Relative, of its own proof.
    placement
        What is where.
    """

    cost: float
    carbon: float
    sites: tuple[str, ...]
    gap: float
    placement: Placement = field(compare=False, repr=False)


@dataclass(frozen=True, eq=False)
class PlanResult(Result):
    """What a plan comes to.

    Attributes
    ----------
    plan
        What was asked for.
    placement
        The best one.
    rules
        What each rule that binds costs, by itself and with those of its article and of its book; the others with zero.
    change
        Carbon price, in currency a tonne, from which on another plan is the best; ``None`` where none is.
    frontier
        Plans between least cost and least carbon.
    """

    plan: Plan
    placement: Placement
    rules: tuple[RulePrice, ...]
    change: float | None
    frontier: tuple[FrontierPoint, ...]

    def to_table(self) -> Table:
        """Return `flows`."""
        return self.flows()

    def summary(self) -> Table:
        """Return `sites`."""
        return self.sites()

    def glance(self) -> Glance:
        """Return what the placement costs and emits, how it is proven, and the sites that are open."""
        best, currency = self.placement, self.plan.currency
        told = [f"A year costs {best.cost:,.0f} {currency} and emits {best.carbon:,.0f} t of CO2."]
        told.append(f"What was minimised is within {best.gap:.2%} of its lower bound.")
        if self.change is not None:
            told.append(f"Above {self.change:,.1f} {currency} per tonne of CO2, another plan is best.")
        binding = [rule.rule for rule in self.rules if rule.binds]
        told += [f"Rules that bind: {listing(binding, most=6)}."] if binding else []
        return Glance(self.plan.title, told, self.sites())

    def plot(self, kind: PlanPlot = "sites") -> alt.LayerChart | alt.FacetChart:
        """Return a chart of the plan.

        Parameters
        ----------
        kind
            ``sites``, the load of each open site beside its capacity; or ``frontier``, plans between least cost and
            least carbon.

        Returns
        -------
        altair.LayerChart or altair.FacetChart
            It shows itself in a notebook, and ``.save("chart.png")`` writes it.

        Raises
        ------
        UsageError
            If there is no such kind of chart, or the plan has no frontier.
        """
        from pilotzone.placement.drawing import PlanPlot, plot_plan

        check_choice(kind, PlanPlot, "kind")
        return plot_plan(self, kind)

    def flows(self) -> Table:
        """Return a row for each class, region, site and slot.

        `load_mw` is the mean over the day, `slot_mw` what runs while the slot lasts.
        """
        slots = len(self.plan.slots)
        rows = []
        share = self.placement.share
        for k, (w, r, t) in enumerate(self.plan.demands):
            work = self.plan.workloads[w]
            for j, slot in np.argwhere(share[k] > 0).tolist():
                load = float(share[k, j, slot] * self.placement.problem.load[k])
                ms = float(self.plan.latency[r, j])
                who = work.data.name, self.plan.regions[r].name, self.plan.sites[j].name
                rows.append((*who, load, load * slots, ms, t + 1, slot + 1))
        names = ("class", "region", "site", "load_mw", "slot_mw", "round_trip_ms", "due_slot", "slot")
        return Table.from_rows(names, rows, title=f"{self.plan.title}: what is where")

    def sites(self) -> Table:
        """Return a row for each open site.

        `load_mw` is the mean over the day, `peak_mw` the load in the fullest slot, `peak_slot`, and `full` its share of
        the capacity; a site without capacity is neither full nor empty.
        """
        flows = self.flows().records()
        names = ("site", "jurisdiction", "zone", "load_mw", "peak_mw", "peak_slot", "full", "classes")
        held = (self.placement.share * self.placement.problem.load[:, None, None]).sum(axis=0)
        rows = []
        for j, site in enumerate(self.plan.sites):
            if not self.placement.open[j]:
                continue
            peak, slot = float(held[j].max() * len(self.plan.slots)), int(held[j].argmax()) + 1
            full = peak / site.capacity_mw if site.capacity_mw > 0 else None
            classes = ", ".join(sorted({str(row["class"]) for row in flows if row["site"] == site.name}))
            row = (site.name, site.jurisdiction, site.zone, float(held[j].sum()), peak, slot, full, classes)
            rows.append(row)
        return Table.from_rows(names, rows, title=f"{self.plan.title}: sites that are open")
