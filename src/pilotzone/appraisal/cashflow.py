"""A project's money by year, for whoever pays and gains: operator, province, rest of the country.

Every line is either a *transfer* from one party to another, or a *resource*: what one party uses up, or gains, with
nobody in the country on the other side. Transfers cancel, so the parties' sums are the resource flow, year by year.

Amounts are kept on a binary grid of about one part in 10^13 of the largest. Sums of such numbers have no rounding
error, so that operator, province and rest of the country add up to the resource flow exactly, and not nearly.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import numpy as np

from pilotzone.appraisal.checking import Floats, check_year, labels_of, text, vector
from pilotzone.appraisal.rates import InternalRates, internal_rates, npv, real_rate
from pilotzone.core import DataError, Result, Table, UsageError, check_choice, listing, shown

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["PARTIES", "CashFlows", "MoneyKind", "MoneyLine", "Party", "Prices", "resource", "transfer"]

Party = Literal["operator", "province", "rest"]
"""Who runs the campus; the province, its budget and residents; the rest of the country."""

PARTIES: tuple[Party, ...] = ("operator", "province", "rest")

MoneyKind = Literal[
    "investment",
    "equipment",
    "land",
    "power",
    "tariff subsidy",
    "water",
    "wages",
    "maintenance",
    "revenue",
    "tax",
    "tax break",
    "subsidy",
    "external cost",
    "scrap value",
    "reversal",
    "other",
]
"""What money is for. Value added of an input-output table is not among them: it is nobody's gain."""

_BITS = 44
"""Binary digits of the largest amount; 53 less these leave room to add up `MOST_LINES` lines without rounding."""
MOST_LINES = 2 ** (53 - _BITS) // 4


@dataclass(frozen=True)
class Prices:
    """What money is counted in.

    Attributes
    ----------
    currency
        Such as ``CNY``.
    year
        Year whose prices flows are in.
    deflator
        How flows were brought to those prices, or that they were given so.
    """

    currency: str
    year: int
    deflator: str

    def __post_init__(self) -> None:
        text("the currency", self.currency)
        text("the deflator", self.deflator, todo="say how flows were brought to prices of one year")
        check_year("the price year", self.year)

    def __str__(self) -> str:
        return f"{self.currency} of {self.year}"


@dataclass(frozen=True, eq=False, kw_only=True)
class MoneyLine:
    """One line of a project's account.

    Attributes
    ----------
    name, kind
        What it is.
    amounts
        Amounts by year, shape (T,), at prices of one year. For a transfer, what is paid; for a resource, what is
        gained, costs being negative.
    payer, payee
        Who pays a transfer, and who receives it.
    owner
        Who gains a resource or bears its cost.
    source
        Where it comes from, or that it is assumed.

    Raises
    ------
    UsageError
        If parties do not fit, or there is no source.
    """

    name: str
    kind: MoneyKind
    amounts: Floats
    payer: Party | None = None
    payee: Party | None = None
    owner: Party | None = None
    source: str

    def __post_init__(self) -> None:
        text("the name of a line", self.name)
        text(f"the source of {shown(self.name)}", self.source, todo="say where the figure comes from")
        check_choice(self.kind, MoneyKind, f"the kind of {shown(self.name)}")
        for party in (self.payer, self.payee, self.owner):
            if party is not None:
                check_choice(party, Party, f"the party of {shown(self.name)}")
        sides = [party is not None for party in (self.payer, self.payee, self.owner)]
        if sides not in ([True, True, False], [False, False, True]) or (
            self.payer is not None and self.payer == self.payee
        ):
            raise UsageError(
                f"the line {shown(self.name)} has payer {self.payer}, payee {self.payee}, owner {self.owner}.",
                allowed="a payer and another payee (a transfer), or an owner alone (a resource)",
            )
        object.__setattr__(self, "amounts", vector(f"the line {shown(self.name)}", self.amounts))

    @property
    def transfer(self) -> bool:
        """Whether money only changes hands."""
        return self.owner is None

    def sign(self, party: Party) -> int:
        """Return 1 if the party gains the amount, -1 if it pays it, 0 if it is not concerned."""
        return int(party in {self.payee, self.owner}) - int(party == self.payer)


def transfer(
    name: str, kind: MoneyKind, payer: Party, payee: Party, amounts: Sequence[float] | Floats, *, source: str
) -> MoneyLine:
    """Return a line of money that changes hands; the amounts are what is paid."""
    return MoneyLine(name=name, kind=kind, payer=payer, payee=payee, amounts=np.asarray(amounts), source=source)


def resource(name: str, kind: MoneyKind, owner: Party, amounts: Sequence[float] | Floats, *, source: str) -> MoneyLine:
    """Return a line of what is used up (below zero) or gained (above zero) by one party."""
    return MoneyLine(name=name, kind=kind, owner=owner, amounts=np.asarray(amounts), source=source)


@dataclass(frozen=True, eq=False)
class CashFlows(Result):
    """A project's account in real terms.

    Attributes
    ----------
    years
        Calendar years, one after the other, shape (T,).
    lines
        The lines, each with T amounts.
    prices
        Currency, price year and deflator.
    grid
        Step to which amounts are rounded, so that sums are exact; set by the program.

    Raises
    ------
    UsageError
        If something else than a line is given, such as effects of an input-output table.
    DataError
        If years have gaps, a line has another number of years, or two lines have one name.
    """

    years: tuple[int, ...]
    lines: tuple[MoneyLine, ...]
    prices: Prices
    grid: float = field(init=False, default=0.0)

    def __post_init__(self) -> None:
        years = tuple(check_year("a year", year) for year in self.years)
        if not years or any(b - a != 1 for a, b in pairwise(years)):
            raise DataError(f"the years are {listing(years)}.", allowed="calendar years without gaps, ascending")
        for line in self.lines:
            if not isinstance(line, MoneyLine):
                raise UsageError(
                    f"a {type(line).__name__} is not a line of money.",
                    allowed="transfers and resources",
                    todo="value added of an input-output table never enters a net present value",
                )
            if len(line.amounts) != len(years):
                raise DataError(f"the line {shown(line.name)} has {len(line.amounts)} years.", allowed=f"{len(years)}")
        if len(self.lines) > MOST_LINES:
            raise DataError(
                f"there are {len(self.lines)} lines.", allowed=f"up to {MOST_LINES}, so that sums stay exact"
            )
        labels_of("the list of lines", [line.name for line in self.lines])
        largest = max((float(np.abs(line.amounts).max()) for line in self.lines), default=0.0)
        step = 2.0 ** (math.frexp(largest)[1] - _BITS) if largest else 0.0
        object.__setattr__(self, "grid", step)
        object.__setattr__(self, "years", years)

    def amounts(self, line: MoneyLine) -> Floats:
        """Return a line's amounts on the grid, shape (T,)."""
        return np.asarray(np.round(line.amounts / self.grid) * self.grid) if self.grid else line.amounts

    def of(self, party: Party) -> Floats:
        """Return what a party gains each year, less what it pays, shape (T,).

        Raises
        ------
        UsageError
            If there is no such party.
        """
        check_choice(party, Party, "the party")
        total = np.zeros(len(self.years))
        for line in self.lines:
            total += line.sign(party) * self.amounts(line)
        return total

    @property
    def resource(self) -> Floats:
        """What the country uses up and gains each year, shape (T,): the sum of all parties."""
        total = np.zeros(len(self.years))
        for line in self.lines:
            if not line.transfer:
                total += self.amounts(line)
        return total

    def npv(self, party: Party | None, rate: float, *, inflation: float | None = None) -> float:
        """Return a party's net present value in the first year, or that of the country (``None``).

        Flows are real, so the rate must be. With a nominal rate, name the inflation that is in it.

        Parameters
        ----------
        party
            Whose; ``None`` for the resource flow.
        rate
            A year: real, or nominal where inflation is given.
        inflation
            A year, that the nominal rate has in it.
        """
        real = rate if inflation is None else real_rate(rate, inflation)
        return npv(real, self.resource if party is None else self.of(party))

    def signs(self) -> Floats:
        """Return 1 where a line is a gain of a party, -1 where the party pays it, shape (lines, 3), as `PARTIES`."""
        return np.array([[line.sign(party) for party in PARTIES] for line in self.lines], dtype=np.float64)

    def discounted(self, rates: ArrayLike) -> Floats:
        """Return present values of every line for many real rates, shape (D, lines): for draws by the thousand.

        With a scale s for each draw and line, ``(s * flows.discounted(rates)) @ flows.signs()`` are the parties' net
        present values, shape (D, 3).

        Parameters
        ----------
        rates
            A year, more than -1, shape (D,).

        Raises
        ------
        DataError
            If a rate is -1 or less, or not finite.
        """
        real = vector("the rates", rates)
        if (real <= -1).any():
            raise DataError(f"a rate is {real.min():g}.", allowed="more than -1 (-100 %)")
        money = np.array([self.amounts(line) for line in self.lines]).T
        return np.asarray((1 + real)[:, None] ** -np.arange(len(self.years), dtype=np.float64) @ money)

    def internal_rates(self, party: Party | None) -> InternalRates:
        """Return a party's internal rates of return, real; ``None`` for the country."""
        return internal_rates(self.resource if party is None else self.of(party))

    def to_table(self) -> Table:
        """Return a row for each line, party and year that it concerns: what the party gains."""
        rows = [
            (line.name, line.kind, "transfer" if line.transfer else "resource", party, year, value, line.source)
            for line in self.lines
            for party in PARTIES
            if line.sign(party)
            for year, value in zip(self.years, (line.sign(party) * self.amounts(line)).tolist(), strict=True)
        ]
        names = ["line", "kind", "nature", "party", "year", "amount", "source"]
        found = Table.from_rows(names, rows)
        return Table(
            found.columns,
            title="Cash flows, real",
            units={"amount": str(self.prices)},
            note=f"Prices of {self.prices.year}: {self.prices.deflator}. Parties add up to the resource flow exactly.",
        )

    def summary(self) -> Table:
        """Return a row for each year: the parties and their sum."""
        columns: dict[str, list[float]] = {"year": list(self.years)}
        for party in PARTIES:
            columns[party] = self.of(party).tolist()
        return Table(
            {**columns, "resource_flow": self.resource.tolist()},
            title="Cash flows by party, real",
            units=dict.fromkeys((*PARTIES, "resource_flow"), str(self.prices)),
        )
