"""The account of a campus: parties, rates, payback, costs of a unit, and what others bear."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilotzone.appraisal import (
    PARTIES,
    Burden,
    Burdens,
    Quantity,
    annuity,
    exemption_cost,
    health_damage,
    other_uses_of_power,
    payback,
    reversal_cost,
    shadow_wages,
    unit_costs,
    who_pays,
)
from pilotzone.core import DataError
from pilotzone.study.appraisal.findings import MoneyFound

if TYPE_CHECKING:
    from pilotzone.appraisal import CashFlows, Payback, Venture
    from pilotzone.study.appraisal.file import AppraisalFile
    from pilotzone.study.appraisal.given import BurdenEntry

__all__ = ["money_of"]


def money_of(file: AppraisalFile, venture: Venture, co2_t: float | None) -> MoneyFound:
    """Return who pays and who gains.

    Parameters
    ----------
    file
        What is asked for.
    venture
        The campus.
    co2_t
        Its CO2 in a year at full use, t; ``None`` where it is not known.
    """
    assert file.investment is not None  # noqa: S101 - asked for where there is one
    flows, rate = venture.flows(), venture.value("real_rate")
    burdens = _burdens(file, venture)
    return MoneyFound(
        venture=venture,
        flows=flows,
        rate=rate,
        values={**{party: flows.npv(party, rate) for party in PARTIES}, "country": flows.npv(None, rate)},
        rates={**{party: flows.internal_rates(party) for party in PARTIES}, "country": flows.internal_rates(None)},
        simple=_payback(flows, 0.0),
        discounted=_payback(flows, rate),
        payers=who_pays(flows, rate, burdens),
        burdens=burdens,
        units=unit_costs(flows, venture.delivery(file.investment.racks_per_mw), rate),
        even=venture.break_even(annuity(rate, venture.run_years)),
        full_mwh=venture.full_mwh,
        co2_t=co2_t,
    )


def _payback(flows: CashFlows, rate: float) -> Payback | None:
    try:
        return payback(flows.of("operator"), rate)
    except DataError:
        return None  # its first flow is not a cost, so there is nothing to pay back


def _burdens(file: AppraisalFile, venture: Venture) -> Burdens:
    """Return what others bear: lost tax of the year in which most is lost, then the study's own lines."""
    money = str(venture.prices)
    found: list[Burden] = []
    tax, forgiven = venture.tax(), venture.figures["tax_forgiven"]
    rate = venture.value("tax_rate")
    if forgiven.high > 0 and tax.max() > 0:
        base = Quantity.known(float(tax.max() / rate), "profit of the best year", "modelled")
        for share, bearer in ((venture.value("local_tax_share"), "province"), (None, "rest")):
            part = 1 - venture.value("local_tax_share") if share is None else share
            name = f"profit tax, {'central' if share is None else 'local'} share, best year"
            kept = rate * part * (1 - forgiven.value)
            found.append(exemption_cost(base, rate * part, kept, bearer=bearer, money=money, name=name))  # type: ignore[arg-type]
    for entry in file.burden:
        found += _burden(entry, venture, money)
    return Burdens(tuple(found))


def _burden(entry: BurdenEntry, venture: Venture, money: str) -> list[Burden]:
    amount, per = _quantity(*entry.ends, entry.source), _quantity(entry.per_low, entry.per_high, entry.source)
    bearer = entry.bearer
    if entry.kind == "health":
        lines = health_damage({entry.name: amount}, {entry.name: per}, bearer=bearer, money=money)
        return [_entered(line, entry) for line in lines]
    if entry.kind == "power":
        mwh = Quantity.known(venture.full_mwh, "electricity at full use", "modelled")
        return [other_uses_of_power(mwh, amount, venture.value("paid_per_mwh"), bearer=bearer, money=money)]
    if entry.kind == "wages":
        size = venture.value("it_mw") * venture.value("jobs_per_mw") * venture.value("wage")
        wages = Quantity.known(size, "wages of a year of operation", "modelled")
        return [shadow_wages(wages, amount, bearer=bearer, money=money)]
    if entry.kind == "reversal":
        return list(reversal_cost({entry.name: amount}, bearer=bearer, money=money))
    return [_entered(Burden(entry.name, bearer, amount.times(per), f"{money} a year"), entry)]


def _entered(line: Burden, entry: BurdenEntry) -> Burden:
    return Burden(line.name, line.bearer, line.amount, line.unit, entry.in_accounts)


def _quantity(low: float, high: float, source: str) -> Quantity:
    if low == high:
        return Quantity.known(low, source, "modelled")
    return Quantity((low + high) / 2, low, high, "ASSUMED", source)
