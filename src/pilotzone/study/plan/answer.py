"""What a placement says, how well it is proven, why not more, and what would change it: for terminal and report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilotzone.report import Answer, and_list, assumption_names, money_text, share_text

if TYPE_CHECKING:
    from pilotzone.core import Cell
    from pilotzone.placement import FrontierPoint, PlanResult, RulePrice
    from pilotzone.study.plan.findings import PlanFindings

__all__ = ["plan_answer"]

_EXACT = 1e-4
"""Gaps are told as no less: a smaller one is rounding of the solver."""
_UNPROVEN = 0.01
"""From this gap on a plan is the best that was found, not the best there is."""
_NAMED = 4
"""Sites that a label names; of more it gives the number."""
_MOST = 2
"""Ends of assumptions that are told with what they open and close."""
_SAME = 1e-6
"""Relative difference of costs below which they are one."""


def plan_answer(found: PlanFindings) -> Answer:
    """Return the answer of a placement.

    Every part is made from the result: cost, emissions and proof, what rules cost, the carbon price at which another
    plan is best, the frontier, and the plan with each assumption at either end of its range.
    """
    result = found.result
    best, currency = result.placement, result.plan.currency
    said = f"A year costs {money_text(best.cost, currency)} and emits {best.carbon:,.0f} t of CO2."
    return Answer(
        label=_label(result),
        said=(said,),
        strength=_strength(result),
        why=tuple(_why(found)),
        changes=(*_rules(result), *_carbon(result), *_assumed(found)),
    )


def _label(result: PlanResult) -> str:
    """Return what is best and where, or that it is only the best that was found."""
    best = result.placement
    names = [site.name for site, on in zip(result.plan.sites, best.open.tolist(), strict=True) if on]
    where = and_list(names) if len(names) <= _NAMED else f"{len(names)} sites"
    if best.gap >= _UNPROVEN:
        return f"best plan found, not proven: {where}"
    return f"{'least CO2' if best.only_carbon else 'cheapest'} in {where}"


def _strength(result: PlanResult) -> str:
    """Return how well the plan is proven to be the best, and how well those of the frontier are."""
    best = result.placement
    what = "the least emissions possible" if best.only_carbon else "the least cost possible"
    if best.carbon_price > 0:
        what = f"{what} with CO2 at {best.carbon_price:,.4g} {result.plan.currency} per tonne"
    told = f"proven by {best.proof} to be within {_gap_text(best.gap)} of {what}."
    if best.tolerance:
        told += f" Of the plans that emit at most {best.tolerance:,.3g} t more, it is the cheapest."
    if len(result.frontier) > 1:
        told += f" Plans on the frontier are within {_gap_text(max(point.gap for point in result.frontier))}."
    return told


def _gap_text(gap: float) -> str:
    return f"{100 * max(gap, _EXACT):.2f}\u00a0%"


def _why(found: PlanFindings) -> list[str]:
    """Return what is assumed and how far that moves cost, which sites could not be weighed, and what was noted."""
    plan, best = found.result.plan, found.result.placement
    title_of = plan.assumptions.title_of
    rows = found.varied.records()
    moving = [row for row in rows if _moves(row["cost"], best.cost)]
    told = []
    if moving:
        costs = [best.cost, *(float(row["cost"] or 0) for row in moving)]
        least, most = (money_text(end, plan.currency) for end in (min(costs), max(costs)))
        names = assumption_names(title_of(str(row["assumption"])) for row in moving)
        told.append(
            f"ASSUMED, not measured: {names}. Over their ranges, one at a time, a year costs {least} to {most}."
        )
    failed = [f"{row['end']} {title_of(str(row['assumption']))}" for row in rows if row["cost"] is None]
    if failed:
        told.append(f"No plan was found at {and_list(failed)}.")
    if found.left_out:
        told.append(f"Not weighed as sites: {and_list(list(found.left_out))}.")
    told += [text if text.endswith((".", "!", "?", "。")) else f"{text}." for text in plan.notes]
    if plan.books:
        told.append("The law is read as data: this is not legal advice.")
    return told


def _moves(cost: Cell, own: float) -> bool:
    return cost is not None and abs(float(cost) - own) > _SAME * max(abs(own), 1.0)


def _rules(result: PlanResult) -> list[str]:
    """Return what the plan would cost or emit without each rule that binds; the whole of a book only where alone."""
    binding = [rule for rule in result.rules if rule.binds]
    # An article says more than its book, and a rule more than its article: what holds the same rules is told once.
    shown = [
        rule
        for k, rule in enumerate(binding)
        if not any(other.cost == rule.cost and other.carbon == rule.carbon for other in binding[:k])
    ]
    told = [_without(rule, result) for rule in shown]
    if result.plan.books and not binding:
        told.append("The law costs nothing here: without its prohibitions the plan is the same.")
    return told


def _without(rule: RulePrice, result: PlanResult) -> str:
    currency = result.plan.currency
    money = f"cost {money_text(abs(rule.cost), currency)} {'less' if rule.cost >= 0 else 'more'}"
    carbon = f"emit {abs(rule.carbon):,.0f} t of CO2 {'less' if rule.carbon >= 0 else 'more'}"
    names = and_list(rule.rule.split(", "))
    what = names if rule.citation in names else f"{names} ({rule.citation})"
    return f"Without {what} a year would {carbon if result.placement.only_carbon else money}."


def _carbon(result: PlanResult) -> list[str]:
    """Return from which carbon price on another plan is best, and what less CO2 costs on the frontier."""
    told = []
    if result.change is not None:
        told.append(f"Above {result.change:,.1f} {result.plan.currency} per tonne of CO2, another plan is best.")
    best = result.placement
    rest = [p for p in result.frontier if p.carbon < best.carbon * (1 - _SAME) and p.cost > best.cost * (1 + _SAME)]
    if rest and best.cost > 0:
        first, last = max(rest, key=lambda p: p.carbon), min(rest, key=lambda p: p.carbon)
        parts = [_less(point, result) for point in dict.fromkeys((first, last))]
        told.append(f"{and_list(parts)}.")
    return told


def _less(point: FrontierPoint, result: PlanResult) -> str:
    best = result.placement
    less, more = 1 - point.carbon / best.carbon, point.cost / best.cost - 1
    return f"{share_text(less)} less CO2 costs {share_text(more)} more"


def _assumed(found: PlanFindings) -> list[str]:
    """Return which assumptions open or close sites at which end of their range."""
    moved = [row for row in found.varied.records() if row["cost"] is not None and (row["opens"] or row["closes"])]
    title_of = found.result.plan.assumptions.title_of
    told = []
    for row in moved[:_MOST]:
        parts = [f"{_sites(row['opens'])} {_verb(row['opens'], 'opens')}"] if row["opens"] else []
        parts += [f"{_sites(row['closes'])} {_verb(row['closes'], 'closes')}"] if row["closes"] else []
        where = f"{row['end']} {title_of(str(row['assumption']))}"
        told.append(f"At {where}, {'; '.join(parts)}.")
    rest = [title_of(name) for name in dict.fromkeys(str(row["assumption"]) for row in moved[_MOST:])]
    if rest:
        told.append(f"Other ends of {assumption_names(rest)} change the sites too.")
    return told


def _sites(names: Cell) -> str:
    return and_list(str(names).split(", "))


def _verb(names: Cell, verb: str) -> str:
    return verb.removesuffix("s") if ", " in str(names) else verb
