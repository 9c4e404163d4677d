"""A campus as a venture: from figures by name to its account, one case at a time or many draws at once.

Capacity is built in equal parts over the years of construction. From the year it opens, the share of it that is let
follows a logistic ramp; revenue, power and water follow what is let, all else follows what is built. Profit tax is that
of each year's profit, losses carried forward without limit. All money is real, at prices of one year.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.appraisal.cashflow import PARTIES, CashFlows, Party, Prices
from pilotzone.appraisal.checking import number
from pilotzone.appraisal.per_unit import Delivery
from pilotzone.appraisal.project import Given, Land, Power, Project, Tax, Work, project_flows
from pilotzone.appraisal.stranding import HOURS, BreakEven, break_even, logistic_ramp
from pilotzone.core import UsageError, check_choice, listing, unknown

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["VENTURE_FIGURES", "SourcedFigure", "Venture"]

VENTURE_FIGURES: Mapping[str, tuple[str, float, float]] = {
    "it_mw": ("MW of IT", 0.0, 1e5),
    "building_per_mw": ("money per MW of IT", 0.0, 1e12),
    "equipment_per_mw": ("money per MW of IT", 0.0, 1e12),
    "renewal_share": ("share of the equipment, once", 0.0, 1.0),
    "scrap_share": ("share of the investment", 0.0, 1.0),
    "maintenance_share": ("share of the investment a year", 0.0, 1.0),
    "price_per_kw_month": ("money per kW of IT let and month", 0.0, 1e9),
    "ceiling": ("share of capacity let in the end", 0.0, 1.0),
    "midpoint": ("years from opening", 0.0, 50.0),
    "speed": ("1 a year", 0.01, 20.0),
    "customers_in_province": ("share of revenue", 0.0, 1.0),
    "abroad": ("share of revenue", 0.0, 1.0),
    "service_worth": ("worth over price", 0.0, 10.0),
    "load": ("power of IT over power let", 0.0, 1.0),
    "pue": ("1", 1.0, 10.0),
    "tariff_per_mwh": ("money per MWh", 0.0, 1e6),
    "paid_per_mwh": ("money per MWh", 0.0, 1e6),
    "worth_per_mwh": ("money per MWh", -1e6, 1e6),
    "water_m3_per_mwh": ("m3 per MWh of IT", 0.0, 100.0),
    "water_price_per_m3": ("money per m3", 0.0, 1e6),
    "jobs_per_mw": ("jobs per MW of IT", 0.0, 1000.0),
    "construction_jobs_per_mw": ("job-years per MW of IT", 0.0, 10_000.0),
    "wage": ("money a job and year", 0.0, 1e12),
    "residents": ("share of wages", 0.0, 1.0),
    "shadow_wage": ("share of the wage", 0.0, 1.0),
    "tax_rate": ("share of profit", 0.0, 1.0),
    "tax_forgiven": ("share of the tax", 0.0, 1.0),
    "local_tax_share": ("share of the tax", 0.0, 1.0),
    "land_market_per_mw": ("money per MW of IT", 0.0, 1e12),
    "land_paid_share": ("share of the market price", 0.0, 1.0),
    "land_worth_share": ("share of the market price", 0.0, 1.0),
    "grant_per_mw": ("money per MW of IT", 0.0, 1e12),
    "real_rate": ("1 a year, real", -0.5, 1.0),
}
"""Figures of a venture by name: unit, and the ends of what is admitted."""


@dataclass(frozen=True)
class SourcedFigure:
    """A figure with where it comes from.

    Attributes
    ----------
    value, low, high
        The figure and its range; of what is given the same three times.
    unit, source
        Its unit, and where it comes from.
    status
        ``given``, ``data``, ``modelled`` or ``ASSUMED``.
    """

    value: float
    low: float
    high: float
    unit: str
    source: str
    status: str


@dataclass(frozen=True, eq=False, kw_only=True)
class Venture:
    """A campus as an investment.

    Attributes
    ----------
    prices
        Currency, price year and deflator.
    first_year
        First year of construction.
    build_years, run_years
        Years of construction, and of operation after them.
    renewal_year
        Year of operation, from 1, at whose beginning equipment is renewed; none if it is beyond the last one.
    figures
        All of `VENTURE_FIGURES`, by name.
    supplier, favoured_by
        Who sells the power, and who pays for the favour in its price.
    external
        Who bears it, to harm a year at full use of the campus; scaled by what is let.
    external_source
        Where these come from.

    Raises
    ------
    UsageError
        If a figure is missing, unknown or out of range.
    """

    prices: Prices
    first_year: int
    build_years: int
    run_years: int
    renewal_year: int
    figures: Mapping[str, SourcedFigure]
    supplier: Party = "province"
    favoured_by: Party = "province"
    external: Mapping[Party, float] = field(default_factory=dict)
    external_source: str = ""

    def __post_init__(self) -> None:
        for name in self.figures:
            if name not in VENTURE_FIGURES:
                raise unknown("figure", name, VENTURE_FIGURES, error=UsageError, of="a venture")
        left = [name for name in VENTURE_FIGURES if name not in self.figures]
        if left:
            raise UsageError(f"a venture lacks {listing(left)}.", allowed="all figures, given or assumed")
        for name, (unit, low, high) in VENTURE_FIGURES.items():
            value = number(name, self.figures[name].value)
            if not low <= value <= high:
                raise UsageError(f"{name} is {value:g} ({unit}).", allowed=f"{low:g} to {high:g}")
        for party in (self.supplier, self.favoured_by, *self.external):
            check_choice(party, Party, "a party")
        if self.figures["it_mw"].value <= 0:
            raise UsageError("it_mw is 0: there is no campus.", allowed="above zero")

    @property
    def years(self) -> tuple[int, ...]:
        """Calendar years of construction and operation."""
        return tuple(range(self.first_year, self.first_year + self.build_years + self.run_years))

    @property
    def opens(self) -> int:
        """First year of operation."""
        return self.first_year + self.build_years

    def value(self, name: str) -> float:
        """Return a figure."""
        return self.figures[name].value

    def source(self, *names: str) -> str:
        """Return where figures come from, each source once, what is assumed marked."""
        told = [
            f"{'ASSUMED: ' if self.figures[name].status == 'ASSUMED' else ''}{self.figures[name].source}"
            for name in names
        ]
        return "; ".join(dict.fromkeys(told))

    def let(self) -> Floats:
        """Return the share of capacity that is let by year, shape (T,)."""
        ramp = logistic_ramp([self.value("ceiling")], [self.value("midpoint")], [self.value("speed")], self.run_years)[
            0
        ]
        return np.concatenate([np.zeros(self.build_years), ramp])

    def it_mwh(self) -> Floats:
        """Return electricity of IT by year, MWh, shape (T,)."""
        return np.asarray(self.let() * self.value("it_mw") * self.value("load") * HOURS)

    @property
    def full_mwh(self) -> float:
        """Electricity of the campus in a year in which all of it is let, MWh."""
        return self.value("it_mw") * self.value("load") * HOURS * self.value("pue")

    def spending(self) -> tuple[Floats, Floats]:
        """Return what is spent on buildings and on equipment by year, each of shape (T,)."""
        size, total = self.value("it_mw"), len(self.years)
        building, equipment = np.zeros(total), np.zeros(total)
        building[: self.build_years] = size * self.value("building_per_mw") / self.build_years
        equipment[: self.build_years] = size * self.value("equipment_per_mw") / self.build_years
        if self.renewal_year <= self.run_years:
            at = self.build_years + self.renewal_year - 1
            equipment[at] += size * self.value("equipment_per_mw") * self.value("renewal_share")
        return building, equipment

    def _fixed(self) -> dict[str, Floats]:
        return {name: np.asarray(entry.value, dtype=np.float64) for name, entry in self.figures.items()}

    def profit(self) -> Floats:
        """Return what is taxed before losses are carried forward, by year, shape (T,)."""
        margin, fixed = _margin_and_fixed(self, self._fixed())
        runs = np.arange(len(self.years)) >= self.build_years
        return np.asarray(np.where(runs, margin * self.let() - fixed, 0.0))

    def tax(self) -> Floats:
        """Return tax on profit as the law has it, by year, shape (T,)."""
        found, losses = [], 0.0
        for profit in self.profit().tolist():
            found.append(max(profit - losses, 0.0))
            losses = max(losses - profit, 0.0)
        return np.asarray(found) * self.value("tax_rate")

    def project(self) -> Project:
        """Return what the campus builds, buys, pays and sells."""
        v, let, years = self.value, self.let(), len(self.years)
        size, runs = v("it_mw"), np.arange(years) >= self.build_years
        building, equipment = self.spending()
        mwh = self.it_mwh()
        once = np.eye(1, years)[0]
        last = np.eye(1, years, years - 1)[0]
        invested = size * (v("building_per_mw") + v("equipment_per_mw"))
        market = once * size * v("land_market_per_mw")
        taxes = tuple(
            Tax(
                name=f"profit tax, {name}",
                full=self.tax() * part,
                forgiven=v("tax_forgiven"),
                budget=budget,
                source=self.source("tax_rate", "tax_forgiven", "local_tax_share"),
            )
            for name, part, budget in _budgets(v("local_tax_share"))
        )
        return Project(
            years=self.years,
            prices=self.prices,
            building=Given(building, self.source("building_per_mw")),
            equipment=Given(equipment, self.source("equipment_per_mw", "renewal_share")),
            revenue=Given(
                let * size * 12_000 * v("price_per_kw_month"),
                self.source("price_per_kw_month", "ceiling", "midpoint", "speed"),
            ),
            customers=v("customers_in_province"),
            abroad=v("abroad"),
            service_worth=v("service_worth"),
            power=Power(
                mwh=mwh * v("pue"),
                tariff=v("tariff_per_mwh"),
                paid=v("paid_per_mwh"),
                worth=v("worth_per_mwh"),
                supplier=self.supplier,
                favoured_by=self.favoured_by,
                source=self.source("load", "pue", "tariff_per_mwh", "paid_per_mwh", "worth_per_mwh"),
            ),
            work=Work(
                wages=np.where(runs, size * v("jobs_per_mw") * v("wage"), 0.0),
                residents=v("residents"),
                shadow=v("shadow_wage"),
                source=self.source("jobs_per_mw", "wage", "residents", "shadow_wage"),
            ),
            land=Land(
                market=market,
                paid=market * v("land_paid_share"),
                worth=market * v("land_worth_share"),
                source=self.source("land_market_per_mw", "land_paid_share", "land_worth_share"),
            ),
            taxes=taxes,
            maintenance=Given(np.where(runs, invested * v("maintenance_share"), 0.0), self.source("maintenance_share")),
            water=Given(
                mwh * v("water_m3_per_mwh") * v("water_price_per_m3"),
                self.source("water_m3_per_mwh", "water_price_per_m3"),
            ),
            subsidies=(("province", Given(once * size * v("grant_per_mw"), self.source("grant_per_mw"))),),
            external=tuple((party, Given(let * harm, self.external_source)) for party, harm in self.external.items()),
            scrap=Given(last * invested * v("scrap_share"), self.source("scrap_share")),
        )

    def flows(self) -> CashFlows:
        """Return the account, line by line."""
        return project_flows(self.project())

    def delivery(self, racks_per_mw: float) -> Delivery:
        """Return what the campus delivers.

        Parameters
        ----------
        racks_per_mw
            Racks to a MW of IT.
        """
        size, years = self.value("it_mw"), len(self.years)
        runs = np.arange(years) >= self.build_years
        return Delivery(
            racks=self.let() * size * racks_per_mw,
            it_mwh=self.it_mwh(),
            jobs=np.where(runs, size * self.value("jobs_per_mw"), 0.0),
            construction_jobs=np.where(runs, 0.0, size * self.value("construction_jobs_per_mw") / self.build_years),
        )

    def break_even(self, annual_share: float) -> BreakEven:
        """Return the utilisation from which a year pays for itself.

        Parameters
        ----------
        annual_share
            Yearly payment for a unit invested; see `annuity`.

        Notes
        -----
        Of one MW that is let at all hours: utilisation counts capacity let, so the margin of a MWh of IT is what a MW
        let brings in a year over the hours of a year.
        """
        v, size = self.value, self.value("it_mw")
        invested = v("building_per_mw") + v("equipment_per_mw") + v("land_market_per_mw") * v("land_paid_share")
        fixed = invested * annual_share + (
            (v("building_per_mw") + v("equipment_per_mw")) * v("maintenance_share") + v("jobs_per_mw") * v("wage")
        )
        margin, _ = _margin_and_fixed(self, self._fixed())
        return break_even(fixed, float(margin) / size / HOURS)

    def net_values(self, drawn: Mapping[str, Floats], party: Party | None = "operator") -> Floats:
        """Return net present values for many draws of some figures, shape (n,).

        Parameters
        ----------
        drawn
            Figures that vary, name to shape (n,); the others stay as they are. What is paid for power is cut at the
            tariff, as an account has it.
        party
            Whose; ``None`` for the country.

        Raises
        ------
        UsageError
            If a figure is unknown.
        """
        found, count = self._cases(drawn)
        total = np.zeros(count)
        for one in PARTIES if party is None else (party,):
            total = total + found.of(one)
        return np.asarray(total)

    def outlays(self, drawn: Mapping[str, Floats]) -> tuple[Floats, Floats]:
        """Return what is invested and what public budgets and their utilities give up, each of shape (n,).

        Both are present values in the first year, zero or more. Invested is building, equipment and its renewal, scrap
        value not taken off; public money is tax breaks, cheap power and land, and grants, as in `unit_costs`.

        Parameters
        ----------
        drawn
            As in `net_values`.

        Raises
        ------
        UsageError
            If a figure is unknown.
        """
        found, count = self._cases(drawn)
        nothing = np.zeros(count)
        return nothing + found.invested(), nothing + found.support()

    def _cases(self, drawn: Mapping[str, Floats]) -> tuple[_Discounted, int]:
        """Return present values for many draws of some figures, and how many draws there are."""
        for name in drawn:
            if name not in VENTURE_FIGURES:
                raise unknown("figure", name, VENTURE_FIGURES, error=UsageError, of="a venture")
        x = self._fixed()
        x.update(drawn)
        x["paid_per_mwh"] = np.minimum(x["paid_per_mwh"], x["tariff_per_mwh"])
        return _Discounted(self, x), len(next(iter(drawn.values()))) if drawn else 1


def _budgets(local: float) -> tuple[tuple[str, float, Party], ...]:
    return (("local share", local, "province"), ("central share", 1 - local, "rest"))


def _margin_and_fixed(venture: Venture, x: Mapping[str, Floats]) -> tuple[Floats, Floats]:
    """Return taxable margin of a year at full use, and cost of a year that does not follow what is let."""
    size = x["it_mw"]
    mwh = size * x["load"] * HOURS
    invested = size * (x["building_per_mw"] + x["equipment_per_mw"])
    margin = size * 12_000 * x["price_per_kw_month"] - mwh * (
        x["pue"] * x["paid_per_mwh"] + x["water_m3_per_mwh"] * x["water_price_per_m3"]
    )
    # Equipment that is renewed is written off with the rest: in equal parts over the years of operation.
    renewed = size * x["equipment_per_mw"] * x["renewal_share"] * (venture.renewal_year <= venture.run_years)
    fixed = (
        invested * x["maintenance_share"]
        + size * x["jobs_per_mw"] * x["wage"]
        + (invested + renewed - invested * x["scrap_share"]) / venture.run_years
    )
    return margin, fixed


class _Discounted:
    """Present values of the parts of a venture's account, for many draws at once."""

    def __init__(self, venture: Venture, x: Mapping[str, Floats]) -> None:
        self.venture, self.x = venture, x
        build, run = venture.build_years, venture.run_years
        step = 1 / (1 + x["real_rate"])
        first = step**build
        self.margin, self.fixed = _margin_and_fixed(venture, x)
        # Per year: e^(-speed (k - midpoint)) by one product, and the discount likewise.
        fall, power = np.exp(-x["speed"]), np.exp(np.minimum(x["speed"] * x["midpoint"], 700.0))
        nothing = np.zeros(())
        discount, self.let, self.taxed, losses = first, nothing, nothing, nothing
        for _ in range(run):
            let = x["ceiling"] / (1 + power)
            profit = self.margin * let - self.fixed
            self.let = self.let + discount * let
            left = profit - losses
            self.taxed = self.taxed + discount * np.maximum(left, 0.0)
            losses = np.maximum(-left, 0.0)
            power, discount = power * fall, discount * step
        self.run = np.asarray(sum((step**k for k in range(build, build + run)), nothing))
        self.build = np.asarray(sum((step**k for k in range(build)), nothing)) / build
        self.last = step ** (build + run - 1)
        self.renewal = step ** (build + venture.renewal_year - 1) if venture.renewal_year <= run else nothing

    def invested(self) -> Floats:
        """Return what building, equipment and its renewal take."""
        x, size = self.x, self.x["it_mw"]
        first = size * (x["building_per_mw"] + x["equipment_per_mw"])
        return first * self.build + self.renewal * size * x["equipment_per_mw"] * x["renewal_share"]

    def support(self) -> Floats:
        """Return tax breaks, cheap power and land, and grants, whoever pays them."""
        x, size = self.x, self.x["it_mw"]
        power = self.let * size * x["load"] * HOURS * x["pue"]
        cheap = power * (x["tariff_per_mwh"] - x["paid_per_mwh"])
        land = size * x["land_market_per_mw"] * (1 - x["land_paid_share"])
        forgiven = self.taxed * x["tax_rate"] * x["tax_forgiven"]
        return cheap + land + forgiven + size * x["grant_per_mw"]

    def of(self, party: Party) -> Floats:
        """Return a party's net present value."""
        x, venture = self.x, self.venture
        size = x["it_mw"]
        revenue = self.let * size * 12_000 * x["price_per_kw_month"]
        mwh = self.let * size * x["load"] * HOURS
        power = mwh * x["pue"]
        wages = self.run * size * x["jobs_per_mw"] * x["wage"]
        land = size * x["land_market_per_mw"]
        grant = size * x["grant_per_mw"]
        favour = power * (x["tariff_per_mwh"] - x["paid_per_mwh"])
        tax = self.taxed * x["tax_rate"] * (1 - x["tax_forgiven"])
        sold = {"province": x["customers_in_province"], "rest": 1 - x["customers_in_province"] - x["abroad"]}
        if party == "operator":
            invested = size * (x["building_per_mw"] + x["equipment_per_mw"])
            renewed = self.renewal * size * x["equipment_per_mw"] * x["renewal_share"]
            spent = (
                invested * (self.build + self.run * x["maintenance_share"] - self.last * x["scrap_share"])
                + renewed
                + mwh * x["water_m3_per_mwh"] * x["water_price_per_m3"]
            )
            paid = power * x["tariff_per_mwh"] - favour + wages + land * x["land_paid_share"] + tax
            return revenue + grant - spent - paid
        gain = revenue * sold[party] * (x["service_worth"] - 1)
        part = x["residents"] if party == "province" else 1 - x["residents"]
        gain = gain + wages * part * (1 - x["shadow_wage"])
        share = x["local_tax_share"] if party == "province" else 1 - x["local_tax_share"]
        gain = gain + tax * share
        if party == "province":
            gain = gain + land * (x["land_paid_share"] - x["land_worth_share"]) - grant
        if party == venture.supplier:
            gain = gain + power * (x["tariff_per_mwh"] - x["worth_per_mwh"])
        if party == venture.favoured_by:
            gain = gain - favour
        return gain - self.let * venture.external.get(party, 0.0)
