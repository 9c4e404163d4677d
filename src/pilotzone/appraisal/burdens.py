"""What a project costs others, a line each: lost tax, health, the power's other uses, workers, and turning back.

Each line has a value, a range, a unit and either a source or the mark ASSUMED. Nothing has a default: what is not in
the evidence is the user's figure or a labelled assumption.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pilotzone.appraisal.cashflow import Party
from pilotzone.appraisal.checking import number, share, text
from pilotzone.core import Assumption, Result, Table, UsageError, check_choice, shown

__all__ = [
    "Burden",
    "Burdens",
    "Quantity",
    "exemption_cost",
    "health_damage",
    "other_uses_of_power",
    "reversal_cost",
    "shadow_wages",
]

Standing = Literal["measured", "modelled", "ASSUMED"]


@dataclass(frozen=True)
class Quantity:
    """A figure with its range: measured, modelled, or assumed.

    Attributes
    ----------
    value, low, high
        The figure and its range; a figure that is known has itself as its range.
    standing
        ``measured``, ``modelled`` or ``ASSUMED``.
    source
        Where it comes from, or why it is assumed.

    Raises
    ------
    UsageError
        If the value is outside its range, there is no source, or an assumption has no range.
    """

    value: float
    low: float
    high: float
    standing: Standing
    source: str

    def __post_init__(self) -> None:
        check_choice(self.standing, Standing, "the standing")
        text("the source", self.source, todo="say where the figure comes from, or why it is assumed")
        for name in ("value", "low", "high"):
            number(name, getattr(self, name))
        if not self.low <= self.value <= self.high:
            raise UsageError(
                f"the value {self.value:g} is outside {self.low:g} to {self.high:g}.", allowed="a range with it"
            )
        if self.standing == "ASSUMED" and self.low == self.high:
            raise UsageError(f"{self.value:g} is assumed without a range.", allowed="a range, low below high")

    @classmethod
    def known(cls, value: float, source: str, standing: Standing = "measured") -> Quantity:
        """Return a figure that is taken as it stands."""
        return cls(value, value, value, standing, source)

    @classmethod
    def assumed(cls, entry: Assumption) -> Quantity:
        """Return the middle of an assumption, with its range."""
        return cls(entry.middle, entry.low, entry.high, "ASSUMED", entry.source)

    def times(self, other: Quantity) -> Quantity:
        """Return the product; the range is that of the ends, both being zero or more."""
        for item in (self, other):
            if item.low < 0:
                raise UsageError(f"the range {item.low:g} to {item.high:g} reaches below zero.", allowed="zero or more")
        standing: Standing = "ASSUMED" if "ASSUMED" in {self.standing, other.standing} else "modelled"
        told = "; ".join(dict.fromkeys((self.source, other.source)))
        return Quantity(self.value * other.value, self.low * other.low, self.high * other.high, standing, told)


@dataclass(frozen=True)
class Burden:
    """A line of what others bear.

    Attributes
    ----------
    name
        What it is.
    bearer
        Who bears it.
    amount
        The figure with its range; costs are above zero.
    unit
        With currency and price year.
    in_accounts
        Whether the project's cash flows hold it already: then it is shown, and not added to them.
    """

    name: str
    bearer: Party
    amount: Quantity
    unit: str
    in_accounts: bool = False

    def __post_init__(self) -> None:
        text("the name of a burden", self.name)
        text(f"the unit of {shown(self.name)}", self.unit)
        check_choice(self.bearer, Party, f"who bears {shown(self.name)}")


@dataclass(frozen=True)
class Burdens(Result):
    """Lines of what others bear.

    Attributes
    ----------
    lines
        The lines.
    """

    lines: tuple[Burden, ...]

    def to_table(self) -> Table:
        """Return a row for each line."""
        rows = [
            (
                line.name,
                line.bearer,
                line.amount.value,
                line.amount.low,
                line.amount.high,
                line.unit,
                line.amount.standing,
                "yes" if line.in_accounts else "no",
                line.amount.source,
            )
            for line in self.lines
        ]
        names = ["burden", "bearer", "value", "low", "high", "unit", "standing", "in_cash_flows", "source"]
        return Table.from_rows(names, rows, title="What the project costs others")


def exemption_cost(base: Quantity, full: float, paid: float, *, bearer: Party, money: str, name: str = "tax") -> Burden:
    """Return what an exemption costs a budget each year: the base times the rate that is not paid.

    Parameters
    ----------
    base
        What is taxed in a year.
    full, paid
        Rates, shares from 0 to 1, the first without and the second with the exemption.
    bearer
        Whose budget.
    money
        Currency and price year.
    name
        Name of the tax.

    Raises
    ------
    UsageError
        If a rate is out of range or the rate paid is above the full one.
    """
    if share("the rate paid", paid) > share("the full rate", full):
        raise UsageError(
            f"the rate paid is {paid:g}, the full one {full:g}.", allowed="a rate paid of up to the full one"
        )
    gap = Quantity.known(full - paid, f"rates of {full:g} and {paid:g}")
    return Burden(f"exemption from {name}", bearer, base.times(gap), f"{money} a year", in_accounts=True)


def health_damage(
    emissions_t: Mapping[str, Quantity], damage_per_t: Mapping[str, Quantity], *, bearer: Party, money: str
) -> tuple[Burden, ...]:
    """Return damage to health of each pollutant in a year: tonnes times damage a tonne.

    Parameters
    ----------
    emissions_t
        Pollutant, such as SO2, NOx or PM, to tonnes a year.
    damage_per_t
        Pollutant to damage a tonne.
    bearer
        Where the people live.
    money
        Currency and price year.

    Raises
    ------
    UsageError
        If a pollutant has no damage a tonne.
    """
    left = sorted(set(emissions_t) - set(damage_per_t))
    if left:
        raise UsageError(
            f"no damage a tonne is given for {', '.join(left)}.",
            allowed="a figure or an assumption for each pollutant",
            todo="zero damage is a claim: write it down if it is meant",
        )
    return tuple(
        Burden(f"health damage of {name}", bearer, tonnes.times(damage_per_t[name]), f"{money} a year")
        for name, tonnes in emissions_t.items()
    )


def other_uses_of_power(mwh: Quantity, worth: Quantity, paid: float, *, bearer: Party, money: str) -> Burden:
    """Return what the same power would be worth elsewhere in a year, less what the campus pays for it.

    Parameters
    ----------
    mwh
        Electricity, MWh a year.
    worth
        What a MWh would bring elsewhere: an export price, or another industry's.
    paid
        What the campus pays for a MWh; below zero where it is paid to take power.
    bearer
        Who forgoes it.
    money
        Currency and price year.

    Notes
    -----
    Below zero, the campus pays more than the best other use. Where the power would be spilled, `worth` is zero.
    """
    number("the price paid", paid)
    ends = [q * (w - paid) for q in (mwh.low, mwh.high) for w in (worth.low, worth.high)]
    standing: Standing = "ASSUMED" if "ASSUMED" in {mwh.standing, worth.standing} else "modelled"
    told = "; ".join(dict.fromkeys((mwh.source, worth.source)))
    amount = Quantity(mwh.value * (worth.value - paid), min(ends), max(ends), standing, told)
    return Burden("other uses of the same power", bearer, amount, f"{money} a year")


def shadow_wages(wages: Quantity, factor: Quantity, *, bearer: Party, money: str) -> Burden:
    """Return what the workers would have made elsewhere in a year: wages times the shadow factor.

    Parameters
    ----------
    wages
        Paid in a year.
    factor
        From 0 (they would have no work) to 1 (they leave work as well paid).
    bearer
        Where they would have worked.
    money
        Currency and price year.

    Raises
    ------
    UsageError
        If the factor is not from 0 to 1.
    """
    share("the lowest shadow factor", factor.low)
    share("the highest shadow factor", factor.high)
    return Burden("what workers would have made elsewhere", bearer, wages.times(factor), f"{money} a year")


def reversal_cost(lines: Mapping[str, Quantity], *, bearer: Party, money: str) -> tuple[Burden, ...]:
    """Return what turning back would cost once, a line each: contracts, demolition, staff, debt of public firms.

    Parameters
    ----------
    lines
        What to its cost.
    bearer
        Who pays it.
    money
        Currency and price year.
    """
    return tuple(Burden(f"reversal: {name}", bearer, amount, f"{money}, once") for name, amount in lines.items())
