"""What of a plan can be set on a page: what is least, carbon's price and cap, rules, sites and classes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilotzone.placement import bundled_books, load_rules
from pilotzone.site import known_regions, place_of_region
from pilotzone.study.runs.choices import Choice, Option
from pilotzone.study.runs.offering import Offer, offered, settable_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pilotzone.study.plan.file import PlanFile, PlanStudy

__all__ = ["SETTABLE", "plan_choices"]

_MONEY = (
    Offer("carbon_price", "Price of CO2"),
    Offer("carbon_cap_t", "CO2 at most", "t a year", "No cap if left empty."),
    Offer("budget", "Cost at most", hint="No limit if left empty."),
)
_HOW = (
    Offer(
        "sourcing",
        "A copy of a region's work",
        words={"single": "lies at one site", "multi": "may be shared by sites"},
    ),
    Offer("years", "Grown for", "years"),
    Offer("frontier", "Points of the frontier of cost and CO2"),
)
_SITES = (
    Offer("capacity_mw", "Capacity", "MW"),
    Offer("cost_per_mwh", "Cost per MWh"),
    Offer("must_open", "Must open"),
)
_CLASSES = (
    Offer("load_mw", "Load", "MW"),
    Offer("copies", "Copies"),
    Offer("latency_ms", "Round trip at most", "ms", "No limit if left empty."),
)
SETTABLE = (
    *("title", "day", "objective", "books", "provinces.regions", "provinces.capacity_mw"),
    *settable_of("", (*_MONEY, *_HOW)),
    *settable_of("site.*", _SITES),
    *settable_of("class.*", _CLASSES),
)
"""Keys that a page may set. Of rule books only those that come with pilotzone, or that the file names, are taken."""


def plan_choices(study: PlanStudy) -> tuple[Choice, ...]:
    """Return what can be set: what is least and within which limits, rules, sites, classes."""
    spec = study.spec
    return (
        *_least(spec),
        *_rules(spec),
        *_provinces(spec),
        *_own(spec),
        *offered(spec, "", "Study", _HOW),
        Choice("title", "Title", "Study", "text", spec.title),
    )


def _least(spec: PlanFile) -> Iterator[Choice]:
    ways = (
        Option("cost", "cost", {"objective": "cost"}),
        Option("carbon", "CO2", {"objective": "carbon", "carbon_price": None}),
    )
    yield Choice("least", "Least", "What is least", "preset", spec.objective, ways)
    money = {"carbon_price": f"{spec.currency} per tonne", "budget": f"{spec.currency} a year"}
    offers = _MONEY if spec.objective == "cost" else _MONEY[1:]
    priced = (Offer(item.name, item.label, money.get(item.name, item.unit), item.hint) for item in offers)
    yield from offered(spec, "", "What is least", priced)


def _rules(spec: PlanFile) -> Iterator[Choice]:
    names = dict.fromkeys((*bundled_books(), *spec.books))
    books = tuple(Option(name, load_rules(name).title if name in bundled_books() else name) for name in names)
    hint = "The law is read as it stands on this day."
    yield Choice("day", "Day", "Rules", "day", spec.day.isoformat(), hint=hint)
    yield Choice("books", "Rule books in force", "Rules", "several", list(spec.books), books)


def _provinces(spec: PlanFile) -> Iterator[Choice]:
    if spec.provinces is None:
        return
    known = known_regions()
    chosen = list(known) if spec.provinces.regions == "all" else list(spec.provinces.regions)
    names = sorted((Option(code, place_of_region(code).name) for code in known), key=lambda item: item.label)
    yield from offered(spec.provinces, "provinces", "Provinces", (Offer("capacity_mw", "Capacity of each", "MW"),))
    yield Choice("provinces.regions", "Provinces that may be sites", "Provinces", "several", chosen, tuple(names))


def _own(spec: PlanFile) -> Iterator[Choice]:
    for k, site in enumerate(spec.site):
        yield from offered(site, f"site.{k}", f"Site: {site.name}", _SITES)
    for k, entry in enumerate(spec.class_):
        yield from offered(entry, f"class.{k}", f"Class: {entry.name}", _CLASSES)
