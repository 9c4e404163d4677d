"""From what a campus builds, buys and pays to the lines of its account: which are transfers, which use up resources.

Goods and services that the operator buys use up resources worth their price. Taxes, subsidies and rents change hands.
Power, work and land are both: what is paid changes hands, and what they would have been worth elsewhere is used up.
"""

from __future__ import annotations

from dataclasses import dataclass

from pilotzone.appraisal.cashflow import CashFlows, MoneyLine, Party, Prices, resource, transfer
from pilotzone.appraisal.checking import Floats, number, share, text, vector
from pilotzone.core import UsageError, check_choice, shown

__all__ = ["Given", "Land", "Power", "Project", "Tax", "Work", "project_flows"]


@dataclass(frozen=True, eq=False)
class Given:
    """Money by year, zero or more, and where it comes from.

    Attributes
    ----------
    amounts
        At prices of one year, shape (T,).
    source
        Where they come from, or that they are assumed.
    """

    amounts: Floats
    source: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "amounts", vector("amounts", self.amounts, low=0))
        text("the source", self.source, todo="say where the figures come from, or that they are assumed")


@dataclass(frozen=True, eq=False, kw_only=True)
class Power:
    """Electricity from somebody else.

    Attributes
    ----------
    mwh
        MWh by year, shape (T,).
    tariff, paid
        Money for a MWh without the favour, and what the campus pays; paid may be below zero, never above the tariff.
    worth
        Resources that a MWh uses up: the cost of making it, or what it would bring elsewhere.
    supplier
        Who sells it and bears that cost.
    favoured_by
        Who pays the difference of tariff and price.
    source
        Source of these figures.

    Raises
    ------
    UsageError
        If the price paid is above the tariff.
    """

    mwh: Floats
    tariff: float
    paid: float
    worth: float
    supplier: Party
    favoured_by: Party
    source: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "mwh", vector("MWh", self.mwh, low=0))
        for name in ("tariff", "paid", "worth"):
            number(f"the power's {name}", getattr(self, name))
        if self.paid > self.tariff:
            raise UsageError(
                f"{self.paid:g} is paid for a MWh of {self.tariff:g}.", allowed="a price of up to the tariff"
            )
        for party in (self.supplier, self.favoured_by):
            check_choice(party, Party, "a party of the power")


@dataclass(frozen=True, eq=False, kw_only=True)
class Work:
    """Wages, and what the workers would have made elsewhere.

    Attributes
    ----------
    wages
        Wages by year, shape (T,).
    residents
        Share that goes to residents of the province.
    shadow
        What they would have made elsewhere over their wage, from 0 to 1.
    source
        Source of these figures.
    """

    wages: Floats
    residents: float
    shadow: float
    source: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "wages", vector("wages", self.wages, low=0))
        share("the share of residents", self.residents)
        share("the shadow wage", self.shadow)


@dataclass(frozen=True, eq=False, kw_only=True)
class Tax:
    """A tax of one budget, and what of it is forgiven.

    Attributes
    ----------
    name
        Name of the tax.
    full
        Full tax by year as the law has it, shape (T,).
    forgiven
        Share that is not paid.
    budget
        Whose: ``province`` or ``rest`` (the centre).
    source
        Source of these figures.
    """

    name: str
    full: Floats
    forgiven: float
    budget: Party
    source: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "full", vector(f"the tax {shown(self.name)}", self.full, low=0))
        share("the share forgiven", self.forgiven)
        if self.budget == "operator":
            raise UsageError(f"the tax {shown(self.name)} goes to the operator.", allowed="'province' or 'rest'")


@dataclass(frozen=True, eq=False, kw_only=True)
class Land:
    """Land of the province.

    Attributes
    ----------
    market, paid
        Price without the favour and price paid, by year, shape (T,); paid is never above the market's.
    worth
        What its best other use is worth, by year, shape (T,).
    source
        Source of these figures.
    """

    market: Floats
    paid: Floats
    worth: Floats
    source: str

    def __post_init__(self) -> None:
        for name in ("market", "paid", "worth"):
            object.__setattr__(self, name, vector(f"the land's {name}", getattr(self, name), low=0))
        if (self.paid > self.market).any():
            raise UsageError("more is paid for land than its market price.", allowed="a price of up to the market's")


@dataclass(frozen=True, eq=False, kw_only=True)
class Project:
    """What a campus builds, buys, pays and sells, by year, at prices of one year.

    Attributes
    ----------
    years, prices
        Calendar years without gaps, shape (T,); currency and price year.
    building, equipment
        Investment.
    revenue
        Sales of services.
    customers
        Share of revenue from the province; the rest is from the rest of the country, less `abroad`.
    abroad
        Share of revenue from outside the country.
    service_worth
        Worth of the services to customers in the country over what they pay; 1 leaves them no gain.
    power, work, land, taxes
        See the classes.
    maintenance, water
        Running costs beside power and wages.
    subsidies
        Who pays to money by year.
    external
        Who bears it to harm by year, such as health damage.
    scrap
        What is left at the end.
    reversal
        What the province pays to turn back.
    """

    years: tuple[int, ...]
    prices: Prices
    building: Given
    equipment: Given
    revenue: Given
    customers: float
    abroad: float
    service_worth: float
    power: Power
    work: Work
    land: Land | None = None
    taxes: tuple[Tax, ...] = ()
    maintenance: Given | None = None
    water: Given | None = None
    subsidies: tuple[tuple[Party, Given], ...] = ()
    external: tuple[tuple[Party, Given], ...] = ()
    scrap: Given | None = None
    reversal: Given | None = None

    def __post_init__(self) -> None:
        number("the worth of services", self.service_worth, low=0)
        if share("the share of customers in the province", self.customers) + share("the share abroad", self.abroad) > 1:
            raise UsageError(
                f"customers are {self.customers:g} in the province and {self.abroad:g} abroad.", allowed="1 in all"
            )


def project_flows(project: Project) -> CashFlows:
    """Return the account of a project: every transfer and every use of resources, line by line.

    Parameters
    ----------
    project
        What it builds, buys, pays and sells.

    Raises
    ------
    DataError
        If a series has another number of years.
    UsageError
        If a subsidy comes from the operator.
    """
    lines = [
        resource("building", "investment", "operator", -project.building.amounts, source=project.building.source),
        resource("equipment", "equipment", "operator", -project.equipment.amounts, source=project.equipment.source),
        *_sales(project),
        *_power(project.power),
        *_work(project.work),
        *(_land(project.land) if project.land is not None else ()),
        *(line for tax in project.taxes for line in _tax(tax)),
    ]
    if project.maintenance is not None:
        upkeep = project.maintenance
        lines.append(resource("maintenance", "maintenance", "operator", -upkeep.amounts, source=upkeep.source))
    if project.water is not None:
        lines.append(resource("water", "water", "operator", -project.water.amounts, source=project.water.source))
    for party, given in project.subsidies:
        lines.append(transfer(f"subsidy of {party}", "subsidy", party, "operator", given.amounts, source=given.source))
    for party, given in project.external:
        lines.append(resource(f"harm to {party}", "external cost", party, -given.amounts, source=given.source))
    if project.scrap is not None:
        lines.append(
            resource("scrap value", "scrap value", "operator", project.scrap.amounts, source=project.scrap.source)
        )
    if project.reversal is not None:
        lines.append(
            resource("turning back", "reversal", "province", -project.reversal.amounts, source=project.reversal.source)
        )
    return CashFlows(project.years, tuple(lines), project.prices)


def _sales(project: Project) -> list[MoneyLine]:
    sold, source = project.revenue.amounts, project.revenue.source
    lines = []
    buyers: tuple[tuple[Party, float], ...] = (
        ("province", project.customers),
        ("rest", 1 - project.customers - project.abroad),
    )
    for party, part in buyers:
        if part > 0:
            told = f"{source}; worth {project.service_worth:g} of what is paid"
            lines += [
                transfer(f"services to {party}", "revenue", party, "operator", sold * part, source=source),
                resource(
                    f"worth of services to {party}", "revenue", party, sold * part * project.service_worth, source=told
                ),
            ]
    if project.abroad > 0:
        lines.append(resource("services abroad", "revenue", "operator", sold * project.abroad, source=source))
    return lines


def _power(power: Power) -> list[MoneyLine]:
    found = [
        transfer(
            "power at full tariff", "power", "operator", power.supplier, power.mwh * power.tariff, source=power.source
        ),
        resource("power used up", "power", power.supplier, -power.mwh * power.worth, source=power.source),
    ]
    favour = power.mwh * (power.tariff - power.paid)
    if favour.any():
        giver = power.favoured_by
        if giver == "operator":
            raise UsageError("the operator favours itself.", allowed="'province' or 'rest'")
        found.append(transfer("tariff subsidy", "tariff subsidy", giver, "operator", favour, source=power.source))
    return found


def _work(work: Work) -> list[MoneyLine]:
    homes: tuple[tuple[Party, float], ...] = (("province", work.residents), ("rest", 1 - work.residents))
    found = []
    for party, part in homes:
        if part > 0:
            wages = work.wages * part
            found += [
                transfer(f"wages to {party}", "wages", "operator", party, wages, source=work.source),
                resource(f"work forgone in {party}", "wages", party, -wages * work.shadow, source=work.source),
            ]
    return found


def _land(land: Land) -> list[MoneyLine]:
    found = [
        transfer("land at market price", "land", "operator", "province", land.market, source=land.source),
        resource("other uses of land", "land", "province", -land.worth, source=land.source),
    ]
    if (land.market > land.paid).any():
        found.append(
            transfer("cheap land", "subsidy", "province", "operator", land.market - land.paid, source=land.source)
        )
    return found


def _tax(tax: Tax) -> list[MoneyLine]:
    found = [transfer(tax.name, "tax", "operator", tax.budget, tax.full, source=tax.source)]
    if tax.forgiven > 0:
        name = f"break of {tax.name}"
        found.append(transfer(name, "tax break", tax.budget, "operator", tax.full * tax.forgiven, source=tax.source))
    return found
