"""What a campus' plans say, how well they are proven, why not more, and what would change it: terminal and report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilotzone.campus import LABELS, UNITS
from pilotzone.report import Answer, and_list, number_text, share_text
from pilotzone.study.campus.wording import plan_proof, water_of, worst_hours

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pilotzone.campus import Frontier, SiteDesign
    from pilotzone.study.campus.findings import CampusFindings

__all__ = ["campus_answer"]

_LEAST_HOURS = 0.05
"""Fewer expected hours of lost load in a year are told as none."""
_SUMS = {"co2": ("emits", 1e3, "kt", "CO2"), "water_consumed": ("consumes", 1e6, "million m3", "water")}
"""Quantities that sites are compared by: verb, size, words of the unit and of what it is."""
_PAYING = 1e-6
"""Price of a limit, over the cost of a year, below which it does not bind."""


def campus_answer(found: CampusFindings) -> Answer:
    """Return the answer of a campus.

    Every part is made from the plans: costs, emissions and water, load lost in dry years and hot summers, proofs, what
    is assumed, modelled or not known, and prices at which another site would be the cheapest.
    """
    ranked = sorted(found.designs, key=lambda design: design.cost_per_kwh_it)
    return Answer(
        label=_label(ranked, found),
        said=tuple(text for text in (_costs(ranked, found), *_short(found), _least(ranked), _lost(ranked)) if text),
        strength=_strength(ranked),
        why=tuple(_why(ranked, found)),
        changes=tuple(_changes(ranked, found)),
    )


def _tied(ranked: Sequence[SiteDesign]) -> bool:
    """Whether the proofs leave open which of the two cheapest sites is the cheaper one."""
    if len(ranked) == 1:
        return False
    first, second = ranked[:2]
    return first.cost_per_kwh_it >= second.cost_per_kwh_it * (1 - max(second.plan.gap, 0.0))


def _label(ranked: Sequence[SiteDesign], found: CampusFindings) -> str:
    first = ranked[0].system.name
    if len(ranked) == 1:
        return "part of the load is not served" if found.short else "all load is served"
    if _tied(ranked):
        return f"no clear cheapest site: {first} or {ranked[1].system.name}"
    return f"power is cheapest in {first}{', which leaves load unserved' if first in found.short else ''}"


def _costs(ranked: Sequence[SiteDesign], found: CampusFindings) -> str:
    first, *rest = ranked
    each = [f"{first.cost_per_kwh_it:.3f} {found.currency} in {first.system.name}"]
    each += [f"{d.cost_per_kwh_it:.3f} in {d.system.name}" for d in rest]
    return f"Power for a kWh of IT costs {and_list(each)}."


def _short(found: CampusFindings) -> list[str]:
    """Return which sites do not serve all load, and why."""
    shares = {d.system.name: d.unserved_share for d in found.designs}
    return [
        f"{name} leaves {100 * shares[name]:.3g}\u00a0% of its load unserved, at its price. {' '.join(why)}"
        for name, why in found.short.items()
    ]


def _amount(design: SiteDesign, quantity: str) -> float | None:
    return water_of(design) if quantity == "water_consumed" else design.total(quantity)[0]


def _least(ranked: Sequence[SiteDesign]) -> str:
    """Return where a year emits the least CO2 and consumes the least water; of one site how much."""
    told = []
    for quantity, (verb, size, unit, what) in _SUMS.items():
        known = [(amount, d.system.name) for d in ranked if (amount := _amount(d, quantity)) is not None]
        if not known:
            continue
        amount, name = min(known)
        if len(ranked) == 1:
            told.append(f"{verb} {number_text(amount / size)} {unit} of {what}")
        elif len(known) == len(ranked):
            told.append(f"{name} {verb} the least {what} ({number_text(amount / size)} {unit})")
    if not told:
        return ""
    return f"A year {and_list(told)}." if len(ranked) == 1 else f"In a year {and_list(told)}."


def _lost(ranked: Sequence[SiteDesign]) -> str:
    """Return where load is lost without foresight in dry years and hot summers; empty where that was not asked for."""
    hours = {d.system.name: lost for d in ranked if (lost := worst_hours(d)) is not None}
    if not hours:
        return ""
    safe = [name for name, lost in hours.items() if lost < _LEAST_HOURS]
    rest = [f"{lost:,.0f} hours a year in {name}" for name, lost in hours.items() if name not in safe]
    parts = [f"no load is lost in {and_list(safe)}"] if safe else []
    parts += [f"up to {and_list(rest)}{' are lost' if not safe else ''}"] if rest else []
    return f"Run without foresight through dry years and hot summers, {'; '.join(parts)}."


def _strength(ranked: Sequence[SiteDesign]) -> str:
    """Return how well plans are proven, how far the cheapest site leads, and how many years loss of load is over."""
    proven = [d for d in ranked if d.plan.proven]
    whose = "the plan is" if len(ranked) == 1 else "all plans are" if len(proven) == len(ranked) else ""
    if not whose:
        names = and_list([d.system.name for d in proven])
        whose = f"{'plan' if len(proven) == 1 else 'plans'} of {names} {'is' if len(proven) == 1 else 'are'}"
    told = f"{whose} proven to within one part in a million of the least cost." if proven else "no plan is proven."
    if len(ranked) > 1:
        more = ranked[1].cost_per_kwh_it / ranked[0].cost_per_kwh_it - 1
        told += f" {ranked[1].system.name}, the next, costs {share_text(more)} more." if more > 0 else ""
    pairs = max((d.stress.operated.lost_hours.size for d in ranked if d.stress is not None), default=0)
    if not pairs:
        return told
    return f"{told} Loss of load is over {pairs} {'pair' if pairs == 1 else 'pairs'} of a year's water and a summer."


def _why(ranked: Sequence[SiteDesign], found: CampusFindings) -> list[str]:
    """Return what is assumed, modelled, not known or not proven, and what looks like a mistake."""
    told = [plan_proof(design) for design in ranked if not design.plan.proven]
    if found.assumptions.entries:
        told.append(
            "Figures that the study file does not give are ASSUMED; plans are made at the middles of their ranges."
        )
    modelled = [site.entry.name for site in found.sites if site.hours.modelled]
    if modelled:
        told.append(f"Hourly PUE is modelled for {and_list(modelled)}.")
    for quantity in _SUMS:
        absent = [d.system.name for d in ranked if _amount(d, quantity) is None]
        if absent:
            told.append(f"{LABELS[quantity][:1].upper()}{LABELS[quantity][1:]} is not known for {and_list(absent)}.")
    for design in ranked:
        hours = {} if design.stress is None else design.stress.hours_by_case
        if hours and max(hours.values()) - min(hours.values()) >= _LEAST_HOURS:
            told.append(
                f"{design.system.name} loses {min(hours.values()):,.0f} to {max(hours.values()):,.0f} hours: it is not "
                "known how often dry years are also hot."
            )
    told += [f"{site.entry.name}: {text}" for site in found.sites for text in site.cautions]
    return told


def _changes(ranked: Sequence[SiteDesign], found: CampusFindings) -> list[str]:
    """Return at which price of CO2 another site is the cheapest, what limits cost, and how far quantities can fall."""
    told = [*_overtaking(ranked, found.currency), *_limits(ranked, found.currency)]
    first = ranked[0].system.name
    falls = [
        text
        for quantity, lines in found.frontiers.items()
        if first in lines and (text := _fall(LABELS[quantity], lines[first]))
    ]
    return [*told, f"In {first}, {and_list(falls)}."] if falls else told


def _fall(what: str, line: Frontier) -> str:
    """Return how far a quantity can fall and for how much; empty where no other plan was found."""
    start, end = line.points[0], line.points[-1]
    if len(line.points) == 1 or not start.amount or not start.cost:
        return ""
    less, more = share_text(1 - end.amount / start.amount), share_text(end.cost / start.cost - 1)
    return f"{what} can fall by {less} for {more} more cost"


def _overtaking(ranked: Sequence[SiteDesign], currency: str) -> list[str]:
    """Return the least further price of CO2 at which another site is as cheap as the cheapest, plans as they are.

    With costs c and emissions e of a kWh of IT, site k overtakes the first from (c_k - c_1) / (e_1 - e_k) on.
    """
    first, *rest = ranked
    own = first.total("co2")[0]
    if own is None:
        return []
    prices = []
    for design in rest:
        amount = design.total("co2")[0]
        saved = 0.0 if amount is None else own / first.it_mwh - amount / design.it_mwh
        if saved > 0:
            more = (design.cost_per_kwh_it - first.cost_per_kwh_it) * 1000
            prices.append((more / saved, design.system.name))
    if not prices:
        return []
    price, name = min(prices)
    paid = " on top of what is paid now" if first.system.carbon_price > 0 else ""
    dearer = f"From {number_text(price)} {currency} per t of CO2{paid}, {name} is cheaper than {first.system.name}"
    return [f"{dearer}, both plans unchanged."]


def _limits(ranked: Sequence[SiteDesign], currency: str) -> list[str]:
    """Return what limits that bind cost at the margin."""
    told = []
    for design in ranked:
        for limit in design.plan.limits:
            if limit.price * max(abs(limit.amount), 1.0) > _PAYING * max(design.plan.objective, 1.0):
                name = LABELS.get(limit.name, limit.name)
                unit = UNITS.get(limit.name, limit.unit)
                told.append(
                    f"{design.system.name}: the limit on {name} costs {number_text(limit.price)} {currency} per {unit} "
                    "at the margin."
                )
    return told
