"""What rules cost, and from which carbon price on another plan is the best."""

from __future__ import annotations

from pilotzone.placement.plan import Plan
from pilotzone.placement.result import RulePrice
from pilotzone.placement.solving import Placement, solve_placement

__all__ = ["price_changes", "prices_of_rules"]

_SAME = 1e-6
"""Relative difference of emissions below which two plans are one."""


def prices_of_rules(
    plan: Plan,
    placement: Placement,
    *,
    carbon_price: float = 0.0,
    only_carbon: bool = False,
    seconds: float = 30.0,
    gap: float = 1e-4,
) -> tuple[RulePrice, ...]:
    """Return what rules cost: the plan with them beside the plan in which their denials are lifted.

    Each rule by itself; those of one article together, since what one lifts another may still deny; and all of a book.

    Parameters
    ----------
    plan, placement
        The plan, and its best placement.
    carbon_price, only_carbon
        What was minimised, as in `solve_placement`.
    seconds, gap
        Seconds and gap of each solution.

    Notes
    -----
    What denies nothing of the plan's classes at its sites by itself is not solved for, and the same set of sites is
    solved for once. Rules bind if lifting them changes what is minimised by more than the gaps of both proofs.
    """
    found = []
    known: dict[bytes, Placement] = {plan.lawful().tobytes(): placement}
    for rules, citation in _lifted_together(plan):
        lawful = plan.lawful(lifted=rules).tobytes()
        if lawful in known and (len(rules) > 1 or known[lawful] is placement):
            continue
        if lawful not in known:
            known[lawful] = solve_placement(
                plan.problem(lifted=rules),
                carbon_price=carbon_price,
                only_carbon=only_carbon,
                limits=plan.limits(),
                seconds=seconds,
                gap=gap,
                start=placement,
            )
        other = known[lawful]
        binds = placement.objective - other.objective > (placement.gap + other.gap + gap) * abs(placement.objective)
        cost, carbon = (placement.cost - other.cost, placement.carbon - other.carbon) if binds else (0.0, 0.0)
        names = ", ".join(rule for _, rule in sorted(rules, key=lambda pair: _position(plan, pair)))
        found.append(RulePrice(names, citation, cost, carbon, binds))
    return tuple(found)


def _lifted_together(plan: Plan) -> list[tuple[frozenset[tuple[str, str]], str]]:
    """Return the sets of rules that are priced, each with where it stands: rules, articles, books."""
    single, articles, books = [], [], []
    for residency in plan.residency:
        book = residency.book
        deciding = [book.rules[k] for k in sorted(set(residency.rule[residency.state == 0].tolist()) - {-1})]
        single += [(frozenset({(book.name, rule.id)}), str(rule.citation)) for rule in deciding]
        for citation in dict.fromkeys(str(rule.citation) for rule in deciding):
            together = frozenset((book.name, rule.id) for rule in deciding if str(rule.citation) == citation)
            articles.append((together, citation))
        books.append((frozenset((book.name, rule.id) for rule in deciding), book.title))
    return [*single, *(part for part in (*articles, *books) if len(part[0]) > 1)]


def _position(plan: Plan, pair: tuple[str, str]) -> tuple[int, int]:
    names = [book.name for book in plan.books]
    book = plan.books[names.index(pair[0])]
    return names.index(pair[0]), [rule.id for rule in book.rules].index(pair[1])


def price_changes(plan: Plan, cheap: Placement, *, seconds: float = 30.0, gap: float = 1e-5) -> float | None:
    """Return the carbon price from which on another plan is the best, in currency a tonne; ``None`` if none is.

    Notes
    -----
    Plans that are best at some price are corners of the lower hull of cost and carbon. From the plan of least cost and
    that of least carbon, the price at which both cost the same is tried: a better plan there takes the latter's place,
    until there is none.
    """
    problem = plan.problem()
    far = solve_placement(problem, only_carbon=True, limits=plan.limits(), seconds=seconds, gap=gap, start=cheap)
    for _ in range(50):
        if cheap.carbon - far.carbon <= _SAME * max(abs(cheap.carbon), 1e-9):
            return None
        price = max(0.0, (far.cost - cheap.cost) / (cheap.carbon - far.carbon))
        between = solve_placement(
            problem, carbon_price=price, limits=plan.limits(), seconds=seconds, gap=gap, start=far
        )
        if between.objective >= (cheap.cost + price * cheap.carbon) * (1 - 2 * gap):
            return price
        far = between
    return None
