"""What a plan costs, and what no plan can cost less than: a bound that holds whatever the prices are.

Balances, stores and limits are priced instead of demanded (a Lagrangian relaxation). What is left is solved exactly: a
flow runs at its bound where it then earns money, and a capacity is built as far as it can be where its hours earn more
than it costs. The bound therefore needs no trust in the method that the prices come from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.campus.form import Form

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Prices", "lower_bound", "relative_gap"]


@dataclass(frozen=True, eq=False)
class Prices:
    """Dual values of a form.

    Attributes
    ----------
    power
        Power of a MW over each period, (N,), weighted by year.
    water
        Value of what flows into each store, (S, N); zero or less for a store that may spill.
    limit
        Limit of each row of the limits, zero or more, (R,).
    """

    power: Floats
    water: Floats
    limit: Floats


def lower_bound(form: Form, prices: Prices, known: float) -> tuple[float, Prices]:
    """Return a bound on the cost of every plan, and the prices that prove it.

    Parameters
    ----------
    form
        The problem.
    prices
        Any; they are moved to where the bound is finite.
    known
        Cost of a plan that is known, infinite for none: what costs more need not be bounded.
    """
    prices = _moved(form, prices)
    reduced = _reduced(form, prices)
    earns = np.maximum(-reduced[: form.bounded], 0.0)
    left = form.capacity_cost - form.to_capacities(earns)
    bound = (
        float(prices.power @ form.load)
        + float(np.vdot(prices.water, form.inflow))
        - float(prices.limit @ form.amount)
        - float(np.vdot(earns, form.room))
        + form.constant
    )
    short = left < 0
    if short.any():
        most = _most_useful(form, known - form.constant)
        bound += float(left[short] @ most[short])
    return bound, prices


def relative_gap(objective: float, bound: float) -> float:
    """Return how far a plan is from the bound, beside its cost; never less than nothing."""
    if not np.isfinite(objective) or not np.isfinite(bound):
        return np.inf
    return max(objective - bound, 0.0) / max(abs(objective), 1e-9)


def _reduced(form: Form, prices: Prices) -> Floats:
    """Return what each flow costs beside what it is paid, (J, N)."""
    found = form.cost - form.prices_of(prices.power, prices.water)
    form.add_limits(found, prices.limit)
    return found


def _moved(form: Form, prices: Prices) -> Prices:
    """Return prices at which no flow without a bound earns money."""
    limit = np.clip(prices.limit, 0.0, form.price)
    power, water = prices.power.copy(), prices.water.copy()
    none = np.zeros((len(form.level), form.hours))
    for j in range(form.bounded, len(form.rows)):
        if form.rows[j].role == "spill":
            store = int(np.flatnonzero(form.into[:, j])[0])
            np.minimum(water[store], 0.0, out=water[store])
    if form.bounded < len(form.rows):
        alone = _reduced(form, Prices(np.zeros(form.hours), none, limit))
        for j in range(form.bounded, len(form.rows)):
            if form.sign[j] > 0:
                np.minimum(power, alone[j], out=power)
        for j in range(form.bounded, len(form.rows)):
            if form.sign[j] < 0:
                np.maximum(power, -alone[j], out=power)
    if form.asleep.any():
        _price_nothing(form, Prices(power, water, limit))
    return Prices(power, water, limit)


def _price_nothing(form: Form, prices: Prices) -> None:
    """Give water that never comes the price at which nobody would turbine it: it costs the bound nothing."""
    prices.water[form.asleep] = 0.0
    reduced = _reduced(form, prices)
    for store in np.flatnonzero(form.asleep.any(axis=1)).tolist():
        rows = np.flatnonzero(form.into[store]).tolist()
        worth = np.min([reduced[j] / -form.into[store, j] for j in rows], axis=0)
        least = np.minimum(worth.reshape(form.years, -1).min(axis=1), 0.0)
        price = np.repeat(least, form.hours // form.years)
        prices.water[store] = np.where(form.asleep[store], price, prices.water[store])


def _most_useful(form: Form, known: float) -> Floats:
    """Return how large each capacity can be in a plan that costs no more than a known one.

    A MW of it costs its price less what its hours can earn at negative prices; all of that, over all capacities, is no
    more than the known cost and what given flows can earn.
    """
    earned = np.maximum(-form.cost[: form.bounded], 0.0)
    net = form.capacity_cost - form.to_capacities(earned)
    spare = known + float(np.vdot(earned, form.room))
    loss = net < 0
    if loss.any():
        spare += float(np.sum(-net[loss] * form.most[loss]))
    safe = np.where(net > 0, net, 1.0)
    useful = np.where(net > 0, max(spare, 0.0) / safe, np.inf)
    return np.asarray(np.minimum(form.most, useful))
