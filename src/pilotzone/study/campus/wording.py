"""A campus in words: what each site needs, emits and costs, and when its supply fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilotzone.campus import LABELS, UNITS
from pilotzone.report import and_list, money_text, number_text

if TYPE_CHECKING:
    from pilotzone.campus import Frontier, SiteDesign, StressResult
    from pilotzone.study.campus.findings import CampusFindings

__all__ = [
    "breakdown_words",
    "brief_words",
    "campus_words",
    "frontier_words",
    "loss_words",
    "plan_proof",
    "supply_words",
    "water_of",
    "worst_hours",
]

_LEAST_HOURS = 0.05


def supply_words(design: SiteDesign, name: str) -> str:
    """Return the name of a supply, with a word where its output is modelled from weather."""
    modelled = {item.name for item in design.system.supplies if item.modelled}
    return f"{name} (modelled)" if name in modelled else name


def brief_words(found: CampusFindings) -> str:
    """Return the cost of each site, the cheapest first."""
    ranked = sorted(found.designs, key=lambda design: design.cost_per_kwh_it)
    return ", ".join(f"{d.system.name} {d.cost_per_kwh_it:.2f} {found.currency}/kWh" for d in ranked)


def campus_words(found: CampusFindings) -> list[str]:
    """Return what a campus comes to, in sentences."""
    told = [*_short(found), *_costs(found), *(_site(design, found) for design in found.designs)]
    told += [text for design in found.designs if (text := loss_words(design))]
    told += [text for design in found.designs if (text := breakdown_words(design))]
    for quantity, lines in found.frontiers.items():
        told += [frontier_words(name, quantity, line, found.currency) for name, line in lines.items()]
    return told


def _short(found: CampusFindings) -> list[str]:
    """Return which sites do not serve all load, and why."""
    told = []
    for design in found.designs:
        if design.system.name in found.short:
            share = f"{100 * design.unserved_share:.3g} %"
            why = " ".join(found.short[design.system.name])
            told.append(f"{design.system.name} leaves {share} of its load unserved, at its price. {why}")
    return told


def _costs(found: CampusFindings) -> list[str]:
    designs = sorted(found.designs, key=lambda design: design.cost_per_kwh_it)
    per = [f"{d.cost_per_kwh_it:.3f} {found.currency} in {d.system.name}" for d in designs]
    if len(designs) == 1:
        return [f"Power for a kWh of IT costs {per[0]}."]
    first = designs[0].system.name
    return [f"Power is cheapest in {first}. A kWh of IT costs {and_list(per)}, at what is assumed of costs."]


def _site(design: SiteDesign, found: CampusFindings) -> str:
    """Return what a site needs and emits in a year."""
    co2, _ = design.total("co2")
    water, _ = design.total("water_consumed")
    dry, _ = design.total("water_consumed_without_reservoirs")
    peak = float(design.system.facility_mw.max())
    needs = f"{design.system.name}: {design.facility_mwh / 1000:,.0f} GWh a year at up to {peak:.0f} MW"
    parts = [needs, money_text(design.plan.objective, found.currency)]
    parts.append("CO2 not known" if co2 is None else f"{co2 / 1000:,.0f} kt of CO2")
    parts.append(_water(design.site_water_m3, water, dry))
    return ", ".join(parts) + "."


def _water(site: float | None, plants: float | None, dry: float | None) -> str:
    """Return water consumed in a year: on the site and by power plants, these also without their reservoirs.

    What is not known is not taken for zero: without the site's water the figure is of the plants alone, and says so.
    """
    if plants is None:
        return "water consumed not known"
    used = site or 0.0
    whose = " by power plants" if site is None else ""
    without = "" if dry is None else f" ({(dry + used) / 1e6:,.2f} if reservoir evaporation is not counted)"
    rest = "; water used on the site is not known" if site is None else ""
    return f"{(plants + used) / 1e6:,.2f} million m3 of water consumed{whose}{without}{rest}"


def loss_words(design: SiteDesign) -> str:
    """Return when supply fails without foresight; empty where nothing was asked."""
    if design.stress is None:
        return ""
    stress = design.stress
    lost = stress.hours_by_case
    if len({round(hours, 6) for hours in lost.values()}) == 1 and max(lost.values()) >= _LEAST_HOURS:
        return (
            f"{design.system.name}: without foresight load is lost in {max(lost.values()):,.1f} hours a year, most of "
            f"it in {_worst_month(stress)}."
        )
    if max(lost.values()) < _LEAST_HOURS:
        return f"{design.system.name}: no load is lost in any of the dry years and hot summers."
    hours = and_list([f"{hours:,.1f} ({case})" for case, hours in lost.items()])
    return (
        f"{design.system.name}: without foresight load is lost in {hours} hours a year, "
        f"depending on how many dry years are hot; most of it in {_worst_month(stress)}."
    )


def breakdown_words(design: SiteDesign) -> str:
    """Return loss of load where units break down; empty where no outage rate was given."""
    if design.breakdowns is None:
        return ""
    hours = [design.breakdowns.expected(case)[0] for case in design.breakdowns.weights]
    low, high = min(hours), max(hours)
    told = number_text(low) if high - low < _LEAST_HOURS else f"{number_text(low)} to {number_text(high)}"
    return f"{design.system.name}: where units break down, {told} hours of lost load are expected a year."


def worst_hours(design: SiteDesign) -> float | None:
    """Return the expected hours of lost load in the worst of the cases; ``None`` where nothing was asked."""
    return None if design.stress is None else max(design.stress.hours_by_case.values())


def water_of(design: SiteDesign) -> float | None:
    """Return water consumed on the site and by power plants, m3 a year; ``None`` where either is not known."""
    total, used = design.total("water_consumed")[0], design.site_water_m3
    return None if total is None or used is None else total + used


def _worst_month(stress: StressResult) -> str:
    rows = stress.to_table().records()
    return str(next((row["worst_month"] for row in rows[::-1] if row["worst_month"]), "no month"))


def frontier_words(site: str, quantity: str, line: Frontier, currency: str) -> str:
    """Return how far a quantity can fall, and for how much."""
    first, last = line.points[0], line.points[-1]
    less = 1 - last.amount / first.amount if first.amount else 0.0
    dearer = (last.cost - first.cost) / first.cost if first.cost else 0.0
    if len(line.points) == 1:
        return f"{site}: no plan with less {LABELS[quantity]} was found in time."
    middle = line.points[len(line.points) // 2]
    return (
        f"{site}: {LABELS[quantity]} can fall by {100 * less:.3g} % at {100 * dearer:.3g} % more cost; half of that "
        f"costs {number_text(middle.price)} {currency} per {UNITS[quantity]} at the margin."
    )


def plan_proof(design: SiteDesign) -> str:
    """Return which solver made a plan, and how well it is proven to be least; why not better, where it is not."""
    name, plan = design.system.name, design.plan
    if plan.proven:
        return f"{name}: cheapest plan by {plan.solved.solver}, proven to within less than one part in a million."
    lower = 100 * min(max(plan.gap, 0.0), 1.0)
    return (
        f"{name}: the best plan that {plan.solved.solver} found, not proven: the least cost may be up to {lower:.3g} % "
        f"lower. {plan.solved.why[:1].upper()}{plan.solved.why[1:]}."
    )
