"""What of a campus can be set on a page: its load, prices and caps, and what each site is supplied from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pilotzone.study.campus.technology import PROFILED, plants_of
from pilotzone.study.runs.choices import Choice, Option
from pilotzone.study.runs.offering import Offer, offered, settable_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import BaseModel

    from pilotzone.study.campus.file import CampusFile, CampusStudy
    from pilotzone.study.campus.site_tables import SiteEntry

__all__ = ["SETTABLE", "alone", "campus_choices"]

_CAMPUS = (
    Offer("it_mw", "IT capacity", "MW"),
    Offer("utilisation", "Utilisation", hint="Mean over rated power of racks in use, 0 to 1."),
    Offer("waits", "Load that can wait", hint="Share of the load, 0 to 1; it goes with the hours."),
    Offer("waits_h", "Hours it can wait", "h"),
    Offer("cooling", "Cooling", words={"airside": "air-side", "waterside": "water-side"}),
)
_PRICES = (Offer("carbon_price", "Price of CO2"), Offer("unserved_price", "Price of unserved load"))
_LIMIT = (Offer("amount", "At most"), Offer("price", "Price beyond", hint="Never exceeded if left empty."))
_GRID = (Offer("most_mw", "Grid at most", "MW", "No limit if left empty."),)
_PLANT = (
    Offer("least_mw", "At least", "MW"),
    Offer("most_mw", "At most", "MW", "No limit if left empty."),
)
_BATTERY = (Offer("most_mw", "Battery at most", "MW", "No limit if left empty."),)
_HYDRO = (
    Offer("capacity_mw", "Hydro capacity", "MW"),
    Offer("contract_price", "Contract price of hydro"),
)
_DIESEL = (Offer("rule", "Diesel sets", words={"N": "as many as needed", "N+1": "one more", "2N": "twice as many"}),)
SETTABLE = (
    "title",
    *settable_of("campus", _CAMPUS),
    *settable_of("", _PRICES),
    *settable_of("limit.*", _LIMIT),
    *settable_of("site.*.grid", _GRID),
    *("site.*.plant.*.technology", *settable_of("site.*.plant.*", _PLANT)),
    *("site.*.battery", "site.*.diesel"),
    *settable_of("site.*.battery", _BATTERY),
    *settable_of("site.*.hydro", _HYDRO),
    *settable_of("site.*.diesel", _DIESEL),
)
"""Keys that a page may set: none of them names a file."""
_AMOUNTS = {"co2": "t a year", "so2": "kg a year", "nox": "kg a year", "pm": "kg a year"}


def alone(spec: CampusFile) -> CampusFile:
    """Return the campus without frontiers: plans and what they cost do not rest on them."""
    return spec.model_copy(update={"frontier": ()})


def campus_choices(study: CampusStudy) -> tuple[Choice, ...]:
    """Return what can be set: load, prices, caps, and supplies site by site."""
    spec = study.spec
    return (
        *offered(spec.campus, "campus", "Campus", _CAMPUS),
        *_prices(spec),
        *(choice for k, site in enumerate(spec.site) for choice in _site(spec, site, k)),
        Choice("title", "Title", "Study", "text", spec.title),
    )


def _prices(spec: CampusFile) -> Iterator[Choice]:
    units = {"carbon_price": f"{spec.currency} per tonne", "unserved_price": f"{spec.currency} per MWh"}
    priced = (Offer(item.name, item.label, units[item.name], item.hint) for item in _PRICES)
    yield from offered(spec, "", "Prices and caps", priced)
    for k, limit in enumerate(spec.limit):
        unit = _AMOUNTS.get(limit.of, "m3 a year")
        where = f" at {', '.join(limit.sites)}" if limit.sites else ""
        named = f"{limit.of.replace('_', ' ')}{where}"
        offers = (
            Offer("amount", f"{named}: at most", unit),
            Offer("price", f"{named}: price beyond", spec.currency, _LIMIT[1].hint),
        )
        yield from offered(limit, f"limit.{k}", "Prices and caps", offers)


def _site(spec: CampusFile, site: SiteEntry, k: int) -> Iterator[Choice]:
    group, way = f"Site: {site.name}", f"site.{k}"
    if site.grid is not None:
        yield from offered(site.grid, f"{way}.grid", group, _GRID)
    technologies = {name: name.replace("_", " ") for name in plants_of(spec)}
    for j, plant in enumerate(site.plant):
        what = plant.name or plant.technology.replace("_", " ")
        # What follows a profile needs one: another technology does not take its place by name alone.
        if plant.profile is None and plant.pv is None and plant.wind is None:
            options = {name: words for name, words in technologies.items() if name not in PROFILED}
            yield from offered(
                plant, f"{way}.plant.{j}", group, (Offer("technology", f"Plant {j + 1}", words=options),)
            )
        named = (Offer(item.name, f"{what}: {item.label.lower()}", item.unit, item.hint) for item in _PLANT)
        yield from offered(plant, f"{way}.plant.{j}", group, named)
    if site.hydro is not None:
        yield from offered(site.hydro, f"{way}.hydro", group, _HYDRO)
    yield _there(site.battery, "Battery", f"{way}.battery", group, {})
    if site.battery is not None:
        yield from offered(site.battery, f"{way}.battery", group, _BATTERY)
    yield _there(site.diesel, "Diesel", f"{way}.diesel", group, {"rule": "N+1"})
    if site.diesel is not None:
        yield from offered(site.diesel, f"{way}.diesel", group, _DIESEL)


def _there(entry: BaseModel | None, label: str, key: str, group: str, new: dict[str, Any]) -> Choice:
    """Return whether a supply may be built, as a choice between its table and none."""
    table = new if entry is None else entry.model_dump(exclude_unset=True)
    ways = (Option("yes", "may be built", {key: table}), Option("no", "none", {key: None}))
    return Choice(f"{key}.there", label, group, "preset", "no" if entry is None else "yes", ways)
