"""What an appraisal comes to, in sentences."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pilotzone.report import number_text, share_text, whole_percent

if TYPE_CHECKING:
    from pilotzone.appraisal import Backtest, Stranding
    from pilotzone.study.appraisal.findings import AppraisalFindings, CapitalFound, FirmsFound, MoneyFound

__all__ = [
    "SENTENCE",
    "amount_words",
    "appraisal_brief",
    "appraisal_words",
    "corrected_words",
    "effectiveness_words",
    "option_words",
    "party_words",
]

SENTENCE = "another example of substantial capital misallocation"
"""The sentence that the figures of a region are held against."""
_SCALES = ((1e9, "billion "), (1e6, "million "))


def amount_words(value: float, money: str) -> str:
    """Return an amount with three digits, in millions or billions where it is large."""
    size, word = next(((s, w) for s, w in _SCALES if abs(value) >= s), (1.0, ""))
    return f"{number_text(value / size)} {word}{money}"


def party_words(party: str) -> str:
    """Return what a party is called in a sentence."""
    return {"rest": "the rest of the country", "country": "the country as a whole"}.get(party, f"the {party}")


def appraisal_brief(found: AppraisalFindings) -> str:
    """Return the finding in a few words."""
    if found.money is not None:
        money = str(found.money.flows.prices)
        told = [f"{party} {amount_words(found.money.values[party], money)}" for party in ("operator", "country")]
        return f"net present value: {', '.join(told)}"
    if found.capital is not None:
        table = found.capital.table
        return f"misallocation: for {table.count('for')}, against {table.count('against')}"
    if found.firms is not None:
        return f"firms: {share_text(found.firms.allocation.ratio)} of efficient productivity"
    scored = sum(len(item.scored) for item in found.backtests)
    return f"{scored} forecasts scored"


def appraisal_words(found: AppraisalFindings) -> list[str]:
    """Return what an appraisal comes to, the account first."""
    told: list[str] = []
    if found.money is not None:
        told += _money(found.money)
    if found.chance is not None:
        own = found.chance.outcomes[found.chance.party]
        told.append(
            f"Over {own.draws:,} draws of the drivers, {party_words(found.chance.party)} loses in "
            f"{whole_percent(own.loss)}{_decides(found)}."
        )
    told += effectiveness_words(found)
    if found.stranding is not None:
        told.append(_stranded(found.stranding))
    if found.options is not None:
        told.append(option_words(found)[0])
    if found.impact is not None:
        told.append(_impact(found))
    if found.capital is not None:
        table = found.capital.table
        told.append(
            f"Of “{SENTENCE}” {table.count('for')} measures of {table.region} in {table.year} speak for it, "
            f"{table.count('against')} against it, {table.count('neither')} neither. No average of a province tells "
            "of one industry."
        )
        told += corrected_words(found.capital)
    if found.firms is not None:
        told.append(_firms(found.firms))
    for item in found.backtests:
        told.append(_backtest(item))
    return [*told, *found.notes]


def effectiveness_words(found: AppraisalFindings) -> list[str]:
    """Return each effect per unit of each cost with its set, unbounded ones named so; none where not asked for."""
    if found.effectiveness is None:
        return []
    told = []
    for item in found.effectiveness.items:
        what = f"{item.effect.outcome} per {item.cost.unit} of {item.cost.name}"
        if item.found is None:
            told.append(f"{what}: not defined. The account has no {item.cost.name}.")
            continue
        told.append(f"{what}: {number_text(item.found.estimate)} {item.effect.unit}. {item.found.words}")
    return told


def option_words(found: AppraisalFindings) -> list[str]:
    """Return what waiting and stages are worth, in sentences; none where they were not asked for."""
    option = found.options
    if option is None or found.money is None:
        return []
    money = str(found.money.flows.prices)
    choice = "invest at once" if option.perpetual.invest else "wait"
    worth = number_text(option.value / option.investment)
    told = []
    told.append(
        f"To the operator it is best to {choice}: a campus is worth building once its value is "
        f"{option.perpetual.trigger:.2f} times its cost, and this one's is {worth} times."
    )
    told.append(
        f"Operation brings {amount_words(option.value, money)}, building takes "
        f"{amount_words(option.investment, money)}, at present value."
    )
    told.append(
        f"To be able to build at any time is worth {amount_words(option.perpetual.value, money)} without end (closed "
        f"form), {amount_words(option.american, money)} within {option.years:g} years (lattice), and "
        f"{amount_words(option.european, money)} after just these years."
    )
    if option.staging is not None:
        told.append(
            f"Built in stages whatever comes it is worth {amount_words(option.staging.committed, money)}; each stage "
            f"only where it pays, {amount_words(option.staging.staged, money)}."
        )
    return told


def corrected_words(found: CapitalFound) -> list[str]:
    """Return what corrections of the user's file make of the marginal product of the region; none without a file."""
    one = found.corrected
    if one is None:
        return []
    at = one.regions.index(found.table.region)
    naive = share_text(float(one.in_values[at]))
    head = f"Capital of {found.table.region} returns {naive} in {one.year}, naive"
    if math.isnan(one.reproducible_in_values[at]):
        return [f"{head}; a share of reproducible capital is not given for it, so land stays within."]
    return [
        f"{head}, and {share_text(float(one.reproducible_in_values[at]))} with land and natural resources taken out."
    ]


def _firms(found: FirmsFound) -> str:
    one = found.allocation
    return (
        f"Productivity of {sum(one.firms):,} firms in {len(one.industries)} industries is {share_text(one.ratio)} of "
        "what it would be if inputs returned the same within each industry. Equal returns would raise it by "
        f"{share_text(one.gain)}, at an ASSUMED elasticity of {one.sigma:g}. "
        "Errors of measurement count as misallocation."
    )


def _stranded(one: Stranding) -> str:
    never = number_text(float(one.never_used_mw.mean()))
    last, cost = one.spec.years[-1], amount_words(float(one.idle_cost.mean()), one.spec.money)
    return (
        f"In {whole_percent(one.probability)} of {one.draws:,} ramps of demand the campus is let below break-even in "
        f"{last}. Idle capacity costs {cost} on average at present value, and {never} MW are never used."
    )


def _money(money: MoneyFound) -> list[str]:
    unit = str(money.flows.prices)
    values = ", ".join(f"{party_words(party)} {amount_words(value, unit)}" for party, value in money.values.items())
    found = [f"Net present values at {share_text(money.rate)} real: {values}."]
    stated = money.rates["operator"].statement
    found.append(f"For the operator, {stated[:1].lower()}{stated[1:]}")
    paid = money.discounted
    if paid is None:
        found.append("There is nothing to pay back: the first flow of the operator is not a cost.")
    elif paid.years is None:
        when = (
            ""
            if money.simple is None or money.simple.years is None
            else (f" Undiscounted it takes {number_text(money.simple.years)} years.")
        )
        found.append(f"At this rate it never pays back.{when}")
    else:
        found.append(f"It pays back after {number_text(paid.years)} years, discounted.")
    found.append(money.even.statement)
    each = money.units.value("support of a lasting job")
    if each is not None:
        found.append(f"Tax breaks, cheap power and grants come to {amount_words(each, unit)} for each lasting job.")
    return found


def _decides(found: AppraisalFindings) -> str:
    assert found.chance is not None  # noqa: S101 - asked by the caller
    effects = found.chance.outcomes[found.chance.party].effects
    if effects is None:
        return ""
    first = effects.to_table().records()[0]
    return (
        f"; {str(first['input']).replace('_', ' ')} decides {whole_percent(float(first['share'] or 0))} of the variance"
    )


def _impact(found: AppraisalFindings) -> str:
    assert found.impact is not None  # noqa: S101 - asked by the caller
    rows = {(row["phase"], row["effect"]): row for row in found.impact.effects.records()}
    built, run = rows["construction", "value added"], rows["operation", "value added"]
    unit = str(built["unit"])
    return (
        f"Building calls for {amount_words(float(built['type I'] or 0), unit)} of value added in the province in all, "
        f"running for {amount_words(float(run['type I'] or 0), str(run['unit']))} (type I, modelled on the table of "
        f"{found.impact.impact.construction.economy.price_year}); neither is in a net present value."
    )


def _backtest(item: Backtest) -> str:
    """Return the point forecasts of a test beside what came."""
    points = [s for s in item.scored if s.crps is None] or list(item.scored[:1])
    told = []
    for s in points:
        came = number_text(s.low) if s.low == s.high else f"{number_text(s.low)} to {number_text(s.high)}"
        unit = "" if s.forecast.unit == "1" else f" {s.forecast.unit}"
        by = s.forecast.by if s.forecast.by.startswith("rule") else "published"
        expected = f"{number_text(s.forecast.point)}{unit} was expected ({by})"
        told.append(f"{s.forecast.name}, {s.forecast.period}: {expected}, {came} came")
    label = " (pseudo-out-of-sample)" if item.frozen.pseudo else ""
    return f"With what was known on {item.frozen.day.isoformat()}{label}: {'; '.join(told)}."
