"""What one rack, one kilowatt-hour of IT and one job cost, at the prices of a year.

Costs per rack and kilowatt-hour are levelised: present value of costs over present value of what is delivered, which
is the constant price that pays for the project. Job-years are counted as they are and not discounted; those of
construction stand apart.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pilotzone.appraisal.cashflow import CashFlows, MoneyKind
from pilotzone.appraisal.checking import Floats, number, vector
from pilotzone.appraisal.rates import npv
from pilotzone.core import DataError, Result, Table, UsageError

__all__ = ["Delivery", "UnitCosts", "levelised", "unit_costs"]

_COSTS: frozenset[MoneyKind] = frozenset(
    {
        "investment",
        "equipment",
        "land",
        "power",
        "water",
        "wages",
        "maintenance",
        "tax",
        "scrap value",
        "reversal",
        "other",
    }
)
_SUPPORT: frozenset[MoneyKind] = frozenset({"tariff subsidy", "tax break", "subsidy"})


def levelised(costs: Floats, delivered: Floats, rate: float) -> float:
    """Return the constant price of a unit delivered that pays for all costs, both discounted.

    Parameters
    ----------
    costs
        Costs by year, real, shape (T,).
    delivered
        Units by year, zero or more, shape (T,).
    rate
        Real, a year.

    Raises
    ------
    DataError
        If nothing is delivered.

    Examples
    --------
    >>> levelised(np.array([100.0, 0.0]), np.array([0.0, 50.0]), 0.0)
    2.0
    """
    units = vector("what is delivered", delivered, low=0)
    below = npv(rate, units)
    if below <= 0:
        raise DataError("nothing is delivered in any year.", allowed="an amount above zero in one year or more")
    return npv(rate, vector("the costs", costs, len(units))) / below


@dataclass(frozen=True, eq=False, kw_only=True)
class Delivery:
    """What a campus delivers, by year, each of shape (T,).

    Attributes
    ----------
    racks
        Racks in use.
    it_mwh
        Electricity of IT, MWh a year.
    jobs
        Persons employed in operation.
    construction_jobs
        Persons employed in construction.
    """

    racks: Floats
    it_mwh: Floats
    jobs: Floats
    construction_jobs: Floats

    def __post_init__(self) -> None:
        size = len(np.atleast_1d(self.racks))
        for name in ("racks", "it_mwh", "jobs", "construction_jobs"):
            object.__setattr__(self, name, vector(name, getattr(self, name), size, low=0))


@dataclass(frozen=True, eq=False)
class UnitCosts(Result):
    """Costs of a unit; ``None`` where there are no units.

    Attributes
    ----------
    entries
        Quantity, value or ``None``, unit.
    rate
        Real, a year.
    prices
        Currency and price year, as words.
    """

    entries: tuple[tuple[str, float | None, str], ...]
    rate: float
    prices: str

    def value(self, quantity: str) -> float | None:
        """Return the value of a quantity.

        Raises
        ------
        UsageError
            If there is no such quantity.
        """
        for name, value, _ in self.entries:
            if name == quantity:
                return value
        raise UsageError(f"there is no {quantity!r}.", allowed=", ".join(name for name, _, _ in self.entries))

    def to_table(self) -> Table:
        """Return a row for each quantity."""
        note = f"Levelised at {self.rate:.2%} real, {self.prices}. Job-years are not discounted."
        found = Table.from_rows(["quantity", "value", "unit"], self.entries)
        return Table(found.columns, title="Costs of a unit", note=note)


def unit_costs(flows: CashFlows, delivery: Delivery, rate: float) -> UnitCosts:
    """Return costs per rack, kilowatt-hour and job, and public support per job.

    Costs are those of the operator: what it pays and uses up, support left out; support is tax breaks, tariff subsidies
    and subsidies, whoever pays them.

    Parameters
    ----------
    flows
        The project's account.
    delivery
        What it delivers, in the same years.
    rate
        Real, a year.

    Raises
    ------
    DataError
        If years differ or nothing is delivered.
    """
    number("the rate", rate)
    if len(delivery.racks) != len(flows.years):
        raise DataError(f"deliveries have {len(delivery.racks)} years, flows {len(flows.years)}.", allowed="the same")
    zero = np.zeros(len(flows.years))
    costs = sum(
        (-line.sign("operator") * flows.amounts(line) for line in flows.lines if line.kind in _COSTS), start=zero
    )
    support = sum(
        (line.sign("operator") * flows.amounts(line) for line in flows.lines if line.kind in _SUPPORT), start=zero
    )
    money = str(flows.prices)
    spent, given = npv(rate, costs), npv(rate, support)
    jobs, built = float(delivery.jobs.sum()), float(delivery.construction_jobs.sum())

    def each(amount: float, count: float) -> float | None:
        return amount / count if count > 0 else None

    entries = (
        ("cost of a rack in use", levelised(costs, delivery.racks, rate), f"{money} a year"),
        ("cost of IT electricity", levelised(costs, delivery.it_mwh * 1000, rate), f"{money} per kWh of IT"),
        ("cost of a job-year in operation", each(spent, jobs), f"{money} per job-year"),
        ("support of a job-year in operation", each(given, jobs), f"{money} per job-year"),
        (
            "support of a lasting job",
            each(given, float(delivery.jobs.max())),
            f"{money} per job at the most staffed year",
        ),
        ("job-years in operation", jobs, "job-years"),
        ("job-years in construction", built, "job-years"),
    )
    return UnitCosts(entries, float(rate), money)
