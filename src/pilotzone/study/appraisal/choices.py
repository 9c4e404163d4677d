"""What of an appraisal can be set on a page: size and years, money, power, work, transfers, and what chance does."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pilotzone.appraisal import VENTURE_FIGURES
from pilotzone.study.runs.choices import Choice, Option
from pilotzone.study.runs.offering import Offer, offered, settable_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pilotzone.study.appraisal.file import AppraisalFile, AppraisalStudy
    from pilotzone.study.appraisal.findings import AppraisalFindings

__all__ = ["SETTABLE", "appraisal_choices"]

_ASSUMED = "The assumed range counts if left empty."
_MONEY = "money"
"""Stands for the currency in units."""
_BY_HAND = "Set by hand on a page of the lab."
_PARTIES = {"province": "the province", "rest": "the rest of the country"}
_YEARS = (
    Offer("real_rate", "Discount rate, real", "a year", _ASSUMED),
    Offer("build_years", "Years of building"),
    Offer("run_years", "Years of operation"),
)
_INVESTMENT = (
    Offer("it_mw", "IT capacity", "MW"),
    Offer("building_per_mw", "Building", f"{_MONEY} per MW", _ASSUMED),
    Offer("equipment_per_mw", "Equipment", f"{_MONEY} per MW", _ASSUMED),
    Offer("renewal_year", "Equipment is renewed in year"),
    Offer("scrap_share", "Scrap value", "of the investment", _ASSUMED),
)
_REVENUE = (
    Offer("price_per_kw_month", "Price", f"{_MONEY} per kW and month", _ASSUMED),
    Offer("ceiling", "Share let in the end", hint=_ASSUMED),
    Offer("midpoint", "Half of it is let after", "years", _ASSUMED),
    Offer("customers_in_province", "Customers in the province", "of revenue", _ASSUMED),
)
_POWER = (
    Offer("load", "Power of IT over power let", hint=_ASSUMED),
    Offer("paid_per_mwh", "Price of power paid", f"{_MONEY} per MWh", _ASSUMED),
    Offer("tariff_per_mwh", "Tariff of others", f"{_MONEY} per MWh", _ASSUMED),
    Offer("worth_per_mwh", "What power is worth", f"{_MONEY} per MWh", _ASSUMED),
    Offer("supplier", "Power is sold by", words=_PARTIES),
    Offer("favoured_by", "A favour in its price is paid by", words=_PARTIES),
)
_WORK = (
    Offer("jobs_per_mw", "Jobs", "per MW", _ASSUMED),
    Offer("residents", "Wages of residents", "of wages", _ASSUMED),
    Offer("shadow_wage", "Shadow wage", "of the wage", _ASSUMED),
)
_TRANSFERS = (
    Offer("tax_rate", "Tax", "of profit"),
    Offer("tax_forgiven", "Tax forgiven", "of the tax", _ASSUMED),
    Offer("local_tax_share", "Tax that stays in the province", "of the tax", _ASSUMED),
    Offer("land_paid_share", "Price of land paid", "of the market price", _ASSUMED),
    Offer("grant_per_mw", "Grant", f"{_MONEY} per MW", _ASSUMED),
)
_CHANCE = (
    Offer(
        "party",
        "Whose net present value",
        words={
            "operator": "the operator's",
            "province": "the province's",
            "rest": "that of the rest of the country",
            "country": "the country's",
        },
    ),
    Offer("draws", "Draws"),
    Offer("seed", "Seed"),
)
_EFFECTIVENESS = (Offer("level", "Level of the sets"),)
_OPTIONS = (
    Offer("wait_years", "Years it can wait"),
    Offer("volatility", "Volatility of value", "a year", "As drawn if left empty."),
)
_STRANDING = (Offer("filled", "Stranded below a use of"),)
_PARTS = (
    ("appraisal", "Years and discount rate", _YEARS),
    ("investment", "Investment", _INVESTMENT),
    ("revenue", "Revenue", _REVENUE),
    ("power", "Power", _POWER),
    ("work", "Work", _WORK),
    ("transfers", "Tax, land and grants", _TRANSFERS),
    ("chance", "Chance", _CHANCE),
    ("effectiveness", "Effect per unit of cost", _EFFECTIVENESS),
    ("options", "Waiting", _OPTIONS),
    ("stranding", "Stranded capacity", _STRANDING),
)
_OF_A_CAMPUS = ("revenue", "power", "work", "transfers", "chance")
"""Tables with a default: they say something where there is an investment."""
SETTABLE = (
    *("title", "burden.*.in_accounts", "driver.*.low", "driver.*.high", "driver.*.source"),
    *(key for way, _, offers in _PARTS for key in settable_of(way, offers)),
)
"""Keys that a page may set: none of them names a file."""


def appraisal_choices(study: AppraisalStudy, seen: AppraisalFindings) -> tuple[Choice, ...]:
    """Return what can be set of what the file appraises; figures that vary are set by their ranges."""
    spec = study.spec
    money = spec.appraisal.currency
    found: list[Choice] = []
    for way, group, offers in _PARTS:
        table = getattr(spec, way)
        if table is None or (spec.investment is None and way in _OF_A_CAMPUS):
            continue
        own = (replace(item, unit=item.unit.replace(_MONEY, money)) for item in offers if _applies(spec, item.name))
        found += offered(table, way, group, own)
    return (*_drivers(spec, seen), *found, *_burdens(spec), Choice("title", "Title", "Study", "text", spec.title))


def _drivers(spec: AppraisalFile, seen: AppraisalFindings) -> Iterator[Choice]:
    """Yield the ranges over which figures vary; those that the file leaves to the assumptions, as assumed."""
    known = {} if seen.money is None else seen.money.venture.figures
    labels = {item.name: item for _, _, offers in _PARTS for item in offers}
    for k, entry in enumerate(spec.driver):
        figure = known.get(entry.name)
        if entry.low is not None and entry.high is not None:
            ends = [entry.low, entry.high]
        elif figure is not None:
            ends = [figure.low, figure.high]
        else:
            continue
        _, least, most = VENTURE_FIGURES.get(entry.name, ("", None, None))
        words = seen.assumptions.title_of(entry.name)
        told = labels.get(entry.name) or Offer(entry.name, f"{words[:1].upper()}{words[1:]}")
        yield Choice(
            f"driver.{k}",
            told.label,
            "What varies",
            "range",
            ends,
            (Option("by hand", "", {} if entry.source else {f"driver.{k}.source": _BY_HAND}),),
            least=least,
            most=most,
            unit=told.unit.replace(_MONEY, spec.appraisal.currency),
            hint="Two ends that are the same fix a figure." if k == 0 else "",
        )


def _applies(spec: AppraisalFile, name: str) -> bool:
    """Whether a figure is the file's to say: one that varies has a range, and a design says what its power is worth."""
    if name in {entry.name for entry in spec.driver}:
        return False
    if name == "load" and (spec.power.site is not None or spec.power.mwh_per_year is not None):
        return False
    return not (name == "worth_per_mwh" and (spec.power.site is not None or spec.power.cost_per_mwh is not None))


def _burdens(spec: AppraisalFile) -> Iterator[Choice]:
    for k, entry in enumerate(spec.burden):
        if entry.kind in {"health", "climate", "other"}:
            told = (Offer("in_accounts", f"{entry.name} enters the account"),)
            yield from offered(entry, f"burden.{k}", "What others bear", told)
