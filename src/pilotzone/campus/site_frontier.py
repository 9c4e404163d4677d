"""A site's cost against one of its emissions or its water: the cheapest plan under a limit that is tightened."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.campus.conflicts import least_total
from pilotzone.campus.frontier import plans_by_limit
from pilotzone.campus.parts import Limit
from pilotzone.core import MethodError, Result, Table, listing

if TYPE_CHECKING:
    from collections.abc import Callable

    import altair as alt

    from pilotzone.campus.problem import SupplyProblem
    from pilotzone.campus.site_design import SiteDesign

__all__ = ["Frontier", "FrontierPoint", "frontier_of_site"]

_ROOM = 0.02
"""Share of the way from the least that the tightest limit keeps: at the least itself no plan has room to move."""
_STILL = 1e-3
"""Share by which a quantity has to fall: less is not a choice that anybody makes."""
_SERVED_MW = 1e-4


@dataclass(frozen=True)
class FrontierPoint:
    """The cheapest plan under a limit.

    Attributes
    ----------
    amount
        The limit, in the unit of the quantity.
    cost
        Cost of a year, currency.
    price
        What a unit less would cost, currency per unit; zero where the limit does not bind.
    gap
        Gap of the plan, relative.
    """

    amount: float
    cost: float
    price: float
    gap: float


@dataclass(frozen=True, eq=False)
class Frontier(Result):
    """Cost against a quantity.

    Attributes
    ----------
    site, quantity, currency
        What it is of, and of costs.
    points
        From the cheapest plan to the one with the least of the quantity.
    missing
        Limits for which no plan was found in time.
    """

    site: str
    quantity: str
    currency: str
    points: tuple[FrontierPoint, ...]
    missing: tuple[float, ...] = ()

    def to_table(self) -> Table:
        """Return a row for each point."""
        rows = [(point.amount, point.cost, point.price, point.gap) for point in self.points]
        title = f"{self.site}: cost against {self.quantity}"
        return Table.from_rows(("amount", "cost", "price", "gap"), rows, title=title)

    def plot(self) -> alt.LayerChart | alt.FacetChart:
        """Return a chart of cost against the quantity, which shows itself in a notebook."""
        from pilotzone.campus.drawing import plot_frontier

        return plot_frontier(self)


def frontier_of_site(
    design: SiteDesign,
    quantity: str,
    *,
    points: int = 6,
    seconds: float = 120.0,
    progress: Callable[[str, float], None] | None = None,
) -> Frontier | str:
    """Return cost against a quantity, from the cheapest plan to the least that can be reached.

    Parameters
    ----------
    design
        With its cheapest plan.
    quantity
        One of `INTENSITIES`.
    points
        How many, 2 or more, both ends among them.
    seconds
        Limit of time for each plan.
    progress
        As for `plan_supply`.

    Returns
    -------
    Frontier or str
        Or why there is none: the quantity is not known of a supply, or nothing can lower it.
    """
    absent = [
        plant.name
        for plant in (*design.system.supplies, *(item.plant for item in design.system.reservoirs))
        if plant.energy_cost is None and quantity not in plant.intensities
    ]
    if absent:
        return f"there is no frontier, since it is not known of {listing(absent)}."
    most, _ = design.total(quantity)
    assert most is not None  # noqa: S101 - it is known of all
    problem = _limited(design, quantity, most)
    least = least_total(problem, quantity)
    if most - least <= _STILL * abs(most):
        return "no other supply lowers it by a thousandth or more."
    amounts = np.linspace(most, least + _ROOM * (most - least), points)[1:]
    # The cheapest plan is there already, and its limit costs nothing.
    found = [FrontierPoint(most, design.plan.objective, 0.0, design.plan.gap)]
    missing = []
    for k, plan in plans_by_limit(problem, quantity, amounts.tolist(), seconds=seconds, progress=progress):
        if isinstance(plan, MethodError):
            missing.append(float(amounts[k]))
            continue
        price = next(limit.price for limit in plan.limits if limit.name == quantity)
        found.append(FrontierPoint(float(amounts[k]), plan.objective, price, plan.gap))
    found.sort(key=lambda point: -point.amount)
    return Frontier(design.system.name, quantity, design.system.currency, tuple(found), tuple(sorted(missing)))


def _limited(design: SiteDesign, quantity: str, most: float) -> SupplyProblem:
    """Return a site's programme with one limit on a quantity, in place of its own."""
    base = design.system.problem()
    others = tuple(limit for limit in base.limits if limit.name != quantity)
    # Load is served all along, as in the cheapest plan: who serves less emits less, and that is not a way to supply.
    price = base.unserved_price if design.plan.unserved.max() > _SERVED_MW else None
    limits = (*others, Limit(quantity, most, unit="", each_year=False))
    return replace(base, limits=limits, unserved_price=price)
