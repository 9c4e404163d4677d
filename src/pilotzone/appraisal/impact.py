"""What the spending on a campus does in its region: building it, and running it, told apart.

Effects are sums over the accounts of an economy, type I (suppliers and theirs) and type II (with what their workers
spend). They say what is called for, not what is gained: workers and plant that would have been busy elsewhere count in
full. So value added from here never enters a net present value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np

from pilotzone.appraisal.checking import check_year, number, text
from pilotzone.appraisal.economy import Economy, Households
from pilotzone.appraisal.leontief import closed_inverse, inverse
from pilotzone.core import Glance, Result, Table, UsageError, check_choice, shown, significant

if TYPE_CHECKING:
    from pilotzone.appraisal.checking import Floats

__all__ = ["Bill", "Phase", "PhaseImpact", "ProjectImpact", "impact_of", "project_impact", "split_purchases"]

Phase = Literal["construction", "operation"]
"""Spending once while it is built, or each year while it runs."""


@dataclass(frozen=True, kw_only=True)
class Bill:
    """A bill of goods: what is bought where, in money of one year.

    Attributes
    ----------
    phase
        ``construction``: amounts in all. ``operation``: amounts a year.
    local
        Sector to spending on products of the region itself.
    imported
        What is bought outside the region to its amount, such as servers; it leaks at once.
    price_year
        Year whose prices the amounts are in.
    deflator
        Price level of that year over that of the table's year.
    deflator_source
        Where the deflator comes from, or that it is assumed.
    productivity
        Output for a job, at constant prices, in the price year over the table's year: jobs are divided by it.
    productivity_source
        As for the deflator.
    own_jobs
        Job-years (construction) or jobs (operation) on the site itself.
    own_wages
        Wages of residents on the site.
    own_value_added
        Value added on the site, wages included.

    Raises
    ------
    UsageError
        If an amount is negative or not finite, or a source is missing.
    """

    phase: Phase
    local: Mapping[str, float]
    price_year: int
    imported: Mapping[str, float] = field(default_factory=dict)
    deflator: float = 1.0
    deflator_source: str = ""
    productivity: float = 1.0
    productivity_source: str = ""
    own_jobs: float = 0.0
    own_wages: float = 0.0
    own_value_added: float = 0.0

    def __post_init__(self) -> None:
        check_choice(self.phase, Phase, "the phase")
        check_year("the bill's price year", self.price_year)
        for name, amount in (*self.local.items(), *self.imported.items()):
            number(f"the spending on {shown(name)}", amount, low=0)
        for part in ("own_jobs", "own_wages", "own_value_added"):
            number(part, getattr(self, part), low=0)
        for part in ("deflator", "productivity"):
            if number(part, getattr(self, part), above=0) != 1:
                text(f"the source of {part}", getattr(self, f"{part}_source"), todo="say where it comes from")
        if self.own_wages > self.own_value_added:
            raise UsageError(
                f"own_wages is {self.own_wages:g}, own_value_added {self.own_value_added:g}.",
                allowed="wages that are part of value added",
            )


@dataclass(frozen=True, eq=False, kw_only=True)
class PhaseImpact(Result):
    """Effects of one bill.

    Attributes
    ----------
    bill
        The bill.
    economy
        The economy it falls on.
    spent
        Local spending by account, in the bill's money, shape (n,).
    first, second
        Effect to values by account, types I and II, each of shape (n,), in the bill's money or jobs: ``output``,
        ``value added``, ``imports`` and, where known, ``jobs``. The second is empty without households.
    leaked
        Spending outside the region, the part of `local` for sectors that the region does not have included.
    households
        What type II rests on; empty without.
    """

    bill: Bill
    economy: Economy
    spent: Floats
    first: dict[str, Floats]
    second: dict[str, Floats]
    leaked: float
    households: str = ""

    def total(self, kind: str, *, induced: bool = False) -> float:
        """Return an effect in all, with what arises on the site itself.

        Parameters
        ----------
        kind
            ``output``, ``value added``, ``imports`` or ``jobs``.
        induced
            Whether induced effects count: type II.

        Raises
        ------
        UsageError
            If it is not known.
        """
        known = self.second if induced else self.first
        if kind not in known:
            raise UsageError(
                f"{kind} {'with induced effects ' if induced else ''}is not known of this impact.",
                allowed=", ".join(known) or "type I only: no households were given",
            )
        own = {"value added": self.bill.own_value_added, "jobs": self.bill.own_jobs}
        return float(known[kind].sum()) + own.get(kind, 0.0)

    @property
    def cautions(self) -> tuple[str, ...]:
        """What a reader must know."""
        found = [*self.economy.cautions]
        if self.economy.jobs is None:
            found.append("Jobs are unknown: the table has none.")
        if self.bill.price_year != self.economy.price_year and not self.bill.deflator_source:
            found.append(
                f"Prices of {self.bill.price_year} are taken for those of {self.economy.price_year}: "
                "no deflator was given."
            )
        if self.economy.jobs is not None and not self.bill.productivity_source:
            found.append(f"Jobs are those that a unit of output took in {self.economy.price_year}.")
        return tuple(found)

    def to_table(self) -> Table:
        """Return a row for each account, one for the site, and one in all."""
        money, jobs = self._units()
        columns: dict[str, list[str | float]] = {
            "sector": [*self.economy.accounts, "the site itself", "all"],
            "local_spending": [*self.spent.tolist(), 0.0, float(self.spent.sum())],
        }
        units = {"local_spending": money}
        for kinds, known, induced in (("type_1", self.first, False), ("type_2", self.second, True)):
            for kind, values in known.items():
                name = f"{kind.replace(' ', '_')}_{kinds}"
                whole = self.total(kind, induced=induced)
                columns[name] = [*values.tolist(), whole - float(values.sum()), whole]
                units[name] = jobs if kind == "jobs" else money
        return Table(columns, title=f"Effects of {self.bill.phase}", units=units, note=" ".join(self._notes()))

    def _units(self) -> tuple[str, str]:
        money = f"{self.economy.unit} of {self.bill.price_year}"
        return (money, "job-years") if self.bill.phase == "construction" else (f"{money} a year", "jobs")

    def _notes(self) -> list[str]:
        money, _ = self._units()
        found = [f"Basis: {self.economy.basis}. Leaked at once: {significant(self.leaked)} {money}."]
        if self.bill.deflator_source:
            found.append(f"Deflator {self.bill.deflator:.4g}: {self.bill.deflator_source}.")
        if self.bill.productivity_source:
            found.append(f"Output for a job {self.bill.productivity:.4g}: {self.bill.productivity_source}.")
        if self.households:
            found.append(f"Households: {self.households}.")
        return [*found, *self.cautions]

    def glance(self) -> Glance:
        """Return what is shown of it: its totals in a sentence, then the table."""
        money, jobs = self._units()
        told = [f"{kind} {significant(self.total(kind))} {jobs if kind == 'jobs' else money}" for kind in self.first]
        return Glance(f"Effects of {self.bill.phase}", (f"Type I: {', '.join(told)}.", *self.cautions), self.to_table())


def impact_of(bill: Bill, economy: Economy, households: Households | None = None) -> PhaseImpact:
    """Return what a bill of goods calls for in an economy.

    Parameters
    ----------
    bill
        What is bought where.
    economy
        Economy of the region.
    households
        For type II; without them type I alone.

    Raises
    ------
    UsageError
        If a sector is unknown.
    DataError
        If the economy is not productive.

    Notes
    -----
    Type I: ``x = (I - A)^-1 f`` with f at prices of the table. Type II: the same with households as one more account,
    whose own demand is the wages paid on the site. Value added and imported inputs of x sum to f exactly in type I.
    """
    n = len(economy.accounts)
    asked = np.zeros(n)
    for name, amount in bill.local.items():
        asked[economy.place(name)] += amount
    spent = np.where(economy.present > 0, asked, 0.0)
    leaked = float((asked - spent).sum()) + float(sum(bill.imported.values()))
    demand = spent / bill.deflator
    first = _effects(inverse(economy.inputs) @ demand, bill, economy)
    second: dict[str, Floats] = {}
    if households is not None:
        closed = closed_inverse(economy.inputs, households)
        second = _effects((closed @ np.append(demand, bill.own_wages / bill.deflator))[:n], bill, economy)
    return PhaseImpact(
        bill=bill,
        economy=economy,
        spent=spent,
        first=first,
        second=second,
        leaked=leaked,
        households="" if households is None else households.source,
    )


def _effects(output: Floats, bill: Bill, economy: Economy) -> dict[str, Floats]:
    found = {
        "output": output * bill.deflator,
        "value added": economy.value_added * output * bill.deflator,
        "imports": economy.imports * output * bill.deflator,
    }
    if economy.jobs is not None:
        found["jobs"] = economy.jobs * output / bill.productivity
    return found


def split_purchases(purchases: Mapping[str, float], economy: Economy) -> tuple[dict[str, float], dict[str, float]]:
    """Return purchases split into local and imported ones by the economy's own supply shares.

    Parameters
    ----------
    purchases
        Sector to spending, wherever it is made.
    economy
        Economy of the region; its `supply` comes from quotients.

    Raises
    ------
    UsageError
        If the economy has no supply shares.
    """
    if economy.supply is None:
        raise UsageError(
            f"{shown(economy.name)} says nothing of the share of purchases that its own makers supply.",
            allowed="an economy made by regionalised()",
            todo="say of each purchase what is local and what is imported",
        )
    local = {name: amount * float(economy.supply[economy.place(name)]) for name, amount in purchases.items()}
    return local, {name: amount - local[name] for name, amount in purchases.items()}


@dataclass(frozen=True, eq=False, kw_only=True)
class ProjectImpact(Result):
    """Construction and operation beside each other; job-years and jobs are never added up.

    Attributes
    ----------
    construction
        In all, while it is built.
    operation
        A year, while it runs.
    """

    construction: PhaseImpact
    operation: PhaseImpact

    def to_table(self) -> Table:
        """Return a row for each phase and effect, types I and II."""
        rows = []
        for phase in (self.construction, self.operation):
            money, jobs = phase._units()  # noqa: SLF001 - the same module's own
            for kind in phase.first:
                unit = jobs if kind == "jobs" else money
                second = phase.total(kind, induced=True) if phase.second else None
                rows.append((phase.bill.phase, kind, phase.total(kind), second, unit))
            rows.append(
                (phase.bill.phase, "leaked at once", phase.leaked, phase.leaked if phase.second else None, money)
            )
        names = ["phase", "effect", "type_1", "type_2", "unit"]
        return Table.from_rows(names, rows, title="What spending on the campus calls for in its region")


def project_impact(
    construction: Bill, operation: Bill, economy: Economy, households: Households | None = None
) -> ProjectImpact:
    """Return the effects of building and of running, apart.

    Parameters
    ----------
    construction, operation
        Bills of the two phases.
    economy, households
        As in `impact_of`.

    Raises
    ------
    UsageError
        If a bill is of the other phase.
    """
    for bill, phase in ((construction, "construction"), (operation, "operation")):
        if bill.phase != phase:
            raise UsageError(f"the bill of {phase} is one of {bill.phase}.", allowed=f"a bill whose phase is {phase!r}")
    return ProjectImpact(
        construction=impact_of(construction, economy, households), operation=impact_of(operation, economy, households)
    )
