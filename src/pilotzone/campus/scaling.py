"""A form in numbers near one: powers by the mean load, prices by a price, limits by their amounts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.campus.form import Form

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Scaled", "scale_form"]

_PER_PRICE = 5.0
"""How many times a usual marginal cost the unit of prices is: dual values then begin well below one."""


@dataclass(frozen=True, eq=False)
class Scaled:
    """A form in scaled numbers, and what they are multiplied by to be those of the form it was made of.

    Attributes
    ----------
    form
        The scaled form.
    power, price
        Scales of flows and capacities, and of their costs.
    limit
        Limit of each row of the limits.
    """

    form: Form
    power: float
    price: float
    limit: Floats


def scale_form(form: Form) -> Scaled:
    """Return a form in numbers near one."""
    power = _power(form)
    price = _price(form)
    limit = np.abs(form.amount) / power
    largest = np.zeros(len(limit))
    for number, _, effect in form.effects:
        np.maximum.at(largest, form.limit_of[:, number], float(np.abs(effect).max(initial=0.0)))
    # A limit of nothing has no size of its own: it takes that of an hour's effect.
    limit = np.where(limit > 0, limit, np.where(largest > 0, largest, 1.0))
    per_year = form.hours // form.years
    effects = tuple(
        (number, row, effect / np.repeat(limit[form.limit_of[:, number]], per_year))
        for number, row, effect in form.effects
    )
    scaled = replace(
        form,
        load=form.load / power,
        inflow=form.inflow / power,
        cost=form.cost / price,
        room=form.room / power,
        least=form.least / power,
        most=form.most / power,
        capacity_cost=form.capacity_cost / price,
        constant=form.constant / (price * power),
        effects=effects,
        amount=form.amount / power / limit,
        price=form.price * limit / price,
    )
    return Scaled(scaled, power, price, limit)


def _power(form: Form) -> float:
    """Return the mean load; where there is none, the mean of what has a bound or flows in."""
    for values in (form.load, form.inflow, form.room):
        if values.size and values.max() > 0:
            return float(values[values > 0].mean())
    return 1.0


def _price(form: Form) -> float:
    """Return a few times the usual cost of a MWh, capacity included: dear slacks do not count."""
    per_hour = np.abs(form.cost).mean(axis=1)
    usual = [float(cost) for cost, row in zip(per_hour, form.rows, strict=True) if cost > 0 and row.role != "unserved"]
    hours = form.to_capacities(np.ones_like(form.room))
    usual += [float(c / h) for c, h in zip(form.capacity_cost, hours, strict=True) if c > 0 and h > 0]
    return _PER_PRICE * float(np.median(usual)) if usual else max(float(per_hour.max(initial=0.0)), 1.0)
