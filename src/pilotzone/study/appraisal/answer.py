"""What an appraisal says, how strongly, why not more, and what would change it: for terminal and report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilotzone.report import Answer, and_list, number_text, share_text, whole_percent
from pilotzone.study.appraisal.wording import SENTENCE, amount_words, corrected_words, party_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from pilotzone.appraisal import Backtest, Swing
    from pilotzone.study.appraisal.findings import (
        AppraisalFindings,
        CapitalFound,
        ChanceFound,
        FirmsFound,
    )

__all__ = ["appraisal_answer"]

_MOST = 3
"""Drivers, and cautions, that are told."""
_SMALL = 0.05
"""A share of the variance below which a driver is not named as what decides."""
_POINTS = 100.0
_PARTIES = ("operator", "country")
"""Parties whose value is told; all stand in the account."""


def appraisal_answer(found: AppraisalFindings) -> Answer:
    """Return the answer of an appraisal.

    Every part is made from the findings: net present values, the chance of a loss with its error, Shapley effects and
    their errors, ends of drivers that turn the sign, break-even, readings of measures, and what backtests found.
    """
    said = [
        *_paid(found),
        *_effective(found),
        *_stranded(found),
        *_capital(found.capital),
        *_firms(found.firms),
        *_tested(found),
    ]
    return Answer(
        label=_label(found),
        said=tuple(said),
        strength=_strength(found),
        why=tuple(_why(found)),
        changes=tuple(_changes(found)),
    )


# ------------------------------------------------------------------------------------------------- what can be said


def _label(found: AppraisalFindings) -> str:
    """Return who gains and who loses; without a campus what the figures of capital or firms say, or what was tested."""
    if found.money is not None:
        return _gains(*(found.money.values[party] >= 0 for party in ("operator", "country")))
    if found.capital is not None:
        sides = [side for side in ("for", "against") if _count(found.capital, side)]
        return f"figures speak {and_list(sides)} capital misallocation" if sides else "figures decide nothing"
    if found.firms is not None:
        one = found.firms.allocation
        return f"firms reach {share_text(one.ratio)} of efficient productivity"
    scored = sum(len(item.scored) for item in found.backtests)
    return f"{scored} {'forecast' if scored == 1 else 'forecasts'} scored"


def _gains(operator: bool, country: bool) -> str:  # noqa: FBT001 - whether each gains
    if operator == country:
        return f"the operator and the country {'gain' if operator else 'lose'}"
    gains, loses = ("operator", "country") if operator else ("country", "operator")
    return f"the {gains} gains, the {loses} loses"


def _count(found: CapitalFound, side: str) -> int:
    return sum(row[5] == side for row in found.table.rows)


def _paid(found: AppraisalFindings) -> list[str]:
    money = found.money
    if money is None:
        return []
    unit = str(money.flows.prices)
    values = [f"{amount_words(money.values[party], unit)} for {party_words(party)}" for party in _PARTIES]
    told = [f"The net present value at {share_text(money.rate)} real is {and_list(values)}."]
    paid = money.discounted
    if paid is not None:
        when = "is never paid back" if paid.years is None else f"is paid back after {number_text(paid.years)} years"
        told.append(f"The operator {when}.")
    return told


def _effective(found: AppraisalFindings) -> list[str]:
    """Return the first effect per unit of public money, or of the investment where there is no public money."""
    if found.effectiveness is None:
        return []
    item = next(item for item in found.effectiveness.items if item.found is not None)
    assert item.found is not None  # noqa: S101 - as asked for
    estimate = f"{number_text(item.found.estimate)} {item.effect.unit} per {item.cost.unit} of {item.cost.name}"
    return [f"The effect on {item.effect.outcome} is {estimate}.", item.found.words]


def _stranded(found: AppraisalFindings) -> list[str]:
    one = found.stranding
    if one is None:
        return []
    told = f"In {whole_percent(one.probability)} of simulated ramps of demand the campus is let below break-even in"
    return [f"{told} {one.spec.years[-1]}."]


def _capital(found: CapitalFound | None) -> list[str]:
    if found is None:
        return []
    table = found.table
    counts = f"{table.count('for')} for it, {table.count('against')} against it and {table.count('neither')} neither"
    told = f"Is it “{SENTENCE}”? Measures of {table.region} in {table.year}: {counts}."
    return [told, *corrected_words(found)]


def _firms(found: FirmsFound | None) -> list[str]:
    if found is None:
        return []
    one = found.allocation
    told = f"Equal returns within {len(one.industries)} industries would raise the productivity of {sum(one.firms):,}"
    return [f"{told} firms by {share_text(one.gain)}, at an ASSUMED elasticity of {one.sigma:g}."]


def _tested(found: AppraisalFindings) -> list[str]:
    """Return how many point forecasts were above, within and below what came."""
    points = [s for item in found.backtests for s in item.scored if s.crps is None]
    if not points:
        return []
    above = sum(s.forecast.point > s.high for s in points)
    below = sum(s.forecast.point < s.low for s in points)
    verb = "was" if above == 1 else "were"
    told = f"Of {len(points)} point forecasts tested, {above} {verb} too high, {below} too low and"
    return [f"{told} {len(points) - above - below} within what came."]


# ------------------------------------------------------------------------------------------------------ how strong


def _strength(found: AppraisalFindings) -> str:
    told = [*_drawn(found.chance)]
    if found.stranding is not None:
        one = found.stranding
        told.append(f"{one.draws:,} ramps of demand, standard error {_POINTS * one.error:.2g} points.")
    covered = [text for item in found.backtests if (text := _covered(item))]
    if covered:
        told.append(f"Outcomes in 90\u00a0% intervals of forecasts: {and_list(covered)}.")
    if not told:
        return "these are sums of given figures: nothing is drawn and nothing is tested." if found.money else ""
    return f"{told[0][:1].lower()}{told[0][1:]} {' '.join(told[1:])}".rstrip()


def _drawn(chance: ChanceFound | None) -> list[str]:
    """Return how often the party loses over all draws, with the errors of the simulation."""
    if chance is None:
        return []
    own = chance.outcomes[chance.party]
    if own.note:
        return [own.note if own.note.endswith(".") else f"{own.note}."]
    told = (
        f"Over {own.draws:,} draws {party_words(chance.party)} loses in {whole_percent(own.loss)} (standard error "
        f"{_POINTS * own.loss_error:.2g} points)."
    )
    return [told]


def _covered(item: Backtest) -> str:
    """Return how many outcomes lay in the intervals that were forecast; empty where none were."""
    if item.coverage is None:
        return ""
    pseudo = ", pseudo-out-of-sample" if item.frozen.pseudo else ""
    return f"{item.coverage.told} (made on {item.frozen.day.isoformat()}{pseudo})"


# --------------------------------------------------------------------------------------------------- why not more


def _why(found: AppraisalFindings) -> list[str]:
    """Return what is assumed, what the account leaves out, and what figures cannot bear."""
    told = []
    if found.assumptions.entries and (found.money is not None or found.capital is not None):
        told.append("Figures that the study file does not give are ASSUMED.")
    beside = [] if found.impact is None else ["jobs and value added in the province"]
    if found.money is not None:
        beside += [line.name for line in found.money.burdens.lines if not line.in_accounts]
    if beside:
        shown = beside if len(beside) <= _MOST else [*beside[: _MOST - 1], f"{len(beside) - _MOST + 1} more"]
        told.append(f"Not in the net present value: {and_list(shown)}.")
    if found.capital is not None:
        told.append("No average of a province tells of one industry.")
    if found.firms is not None:
        told.append("Errors of measurement count as misallocation between firms.")
    return [*told, *map(_stopped, found.notes)]


def _stopped(text: str) -> str:
    return text if text.endswith((".", "!", "?", "。")) else f"{text}."


# ------------------------------------------------------------------------------------- what would change this answer


def _changes(found: AppraisalFindings) -> list[str]:
    told = (
        []
        if found.chance is None
        else [
            *_turning(found.chance, found.assumptions.title_of),
            *_deciding(found.chance, found.assumptions.title_of),
        ]
    )
    if found.money is not None:
        told.append(_stopped(found.money.even.statement))
    if found.options is not None:
        option = found.options
        told.append(
            f"A campus is worth building at once when its value is {option.perpetual.trigger:.2f} times its cost; here "
            f"it is {number_text(option.value / option.investment)} times."
        )
    if found.capital is not None and found.capital.corrected is None:
        told.append("Figures that are not there: corrections of returns for land and prices.")
    return told


def _turning(chance: ChanceFound, title_of: Callable[[str], str]) -> list[str]:
    """Return which drivers turn the sign of the value at an end of their range, the others at their medians."""
    tornado = chance.tornado
    if not tornado.swings or chance.outcomes[chance.party].note:
        return []
    turned = [text for swing in tornado.swings if (text := _turned(swing, tornado.middle, title_of))]
    range_words = f"{whole_percent(tornado.share)} range"
    of = f"the net present value of {party_words(chance.party)}"
    if not turned:
        return [f"No single driver turns the sign of {of} within its {range_words}."]
    more = f" {len(turned) - _MOST} more drivers do so too." if len(turned) > _MOST else ""
    return [f"The sign of {of} turns with {and_list(turned[:_MOST])}, each at an end of its {range_words}.{more}"]


def _turned(swing: Swing, middle: float, title_of: Callable[[str], str]) -> str:
    """Return a driver with the end of its range at which the outcome has another sign than in the middle."""
    unit = "" if swing.unit in ("", "1") else f" {swing.unit}"
    ends = [
        end for end, value in ((swing.low, swing.at_low), (swing.high, swing.at_high)) if (value < 0) != (middle < 0)
    ]
    if not ends:
        return ""
    return f"{title_of(swing.driver)} at {' or '.join(number_text(end) for end in ends)}{unit}"


def _deciding(chance: ChanceFound, title_of: Callable[[str], str]) -> list[str]:
    """Return the drivers that decide most of the variance, with the largest error of their shares."""
    effects = chance.outcomes[chance.party].effects
    if effects is None:
        return []
    rows = [row for row in effects.to_table().records() if float(row["share"] or 0) >= _SMALL][:_MOST]
    if not rows:
        return []
    parts = [f"{title_of(str(row['input']))} {whole_percent(float(row['share'] or 0))}" for row in rows]
    error = _POINTS * max(float(row["error"] or 0) for row in rows)
    return [f"Shares of the variance: {and_list(parts)} (Shapley effects, standard errors up to {error:.2g} points)."]
