"""What a ranking of places says, how strongly, why not more, and what would change it: for terminal and report."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pilotzone.report import Answer, and_list, whole_percent
from pilotzone.study.runs.answer import remedies_text
from pilotzone.study.siting.wording import (
    METHODS,
    fixed_by_choice,
    head_words,
    left_out_words,
    lower_label,
    lowered,
    siting_limits,
    spots_words,
    turned_words,
    unknown_label,
)

if TYPE_CHECKING:
    from pilotzone.site import Acceptability, Siting

__all__ = ["label_words", "least_change", "siting_answer"]

_MOST = 2
"""Unknowns that are named as what decides, and weights as what overturns."""
_DIGITS = 6
"""Digits after the point of a weight; changes that agree in these are of the same size."""
_ERRORS = 2.0
_SMALL = 0.05
"""A share of the variance below which an unknown is not named as what decides."""


def siting_answer(siting: Siting) -> Answer:
    """Return the answer of a ranking.

    Every part is made from the ranking: how often places are first, the simulation's own error, shares of the
    variance, the least change of weights, other methods and criteria, places left out, and figures that are missing.
    """
    return Answer(
        label=label_words(siting),
        said=(f"{head_words(siting)}.", *spots_words(siting)),
        strength=_strength(siting),
        why=tuple(_why(siting)),
        changes=tuple(_changes(siting)),
    )


def label_words(siting: Siting) -> str:
    """Return the answer in a few words: who ranks first, or that nobody does clearly."""
    return f"{siting.winner} ranks first" if _clear(siting) else "no clear winner"


def _clear(siting: Siting) -> bool:
    return siting.acceptability.clear or (fixed_by_choice(siting) and siting.acceptability.tied == 0)


def _strength(siting: Siting) -> str:
    found = siting.acceptability
    if fixed_by_choice(siting):
        if _settled(siting):
            return "weights are fixed as given and figures at the middle of their ranges, so nothing is simulated."
        return "weights and figures are fixed as given, so nothing is simulated."
    ahead, error = found.lead
    head = f"the lead of {100 * ahead:.1f} points"
    if np.isnan(error):
        return f"{head} is of one draw of values, which has no error of the simulation."
    where = "is within" if ahead <= _ERRORS * error else "is more than"
    return (
        f"{head} {where} two standard errors ({100 * error:.1f} each). A clear winner ranks first in "
        f"{whole_percent(found.clear_from)} of cases or more."
    )


def _settled(siting: Siting) -> bool:
    """Whether figures that could be others are taken in the middle of what they could be."""
    return not siting.spec.uncertain_figures


def _why(siting: Siting) -> list[str]:
    """Return what is not known that decides most, and which places lack which figures."""
    found, told = siting.sensitivity, []
    order = np.argsort(-np.nan_to_num(found.total), kind="stable").tolist()
    parts = [
        (lowered(unknown_label(found.groups[k], siting.spec.assumptions)), whole_percent(float(found.total[k])))
        for k in order[:_MOST]
        if found.total[k] >= _SMALL
    ]
    if _settled(siting):
        varies = "" if siting.weights is not None else ", so only weights vary"
        told.append(f"figures are taken at the middle of their ranges{varies}.")
    elif parts:
        (first, share), *rest = parts
        more = "".join(f", {name} in {part}" for name, part in rest)
        take = "take" if first == "weights" else "takes"
        told.append(f"{first} {take} part in {share} of the variance of who ranks first{more}.")
    gaps: dict[tuple[str, ...], list[str]] = {}
    for place in dict.fromkeys(gap.place for gap in siting.gaps):
        gaps.setdefault(tuple(gap.criterion for gap in siting.gaps if gap.place == place), []).append(place)
    for names, places in gaps.items():
        lack = "lack" if len(places) > 1 else "lacks"
        what = "all figures" if len(names) == len(siting.spec.names) else and_list([lower_label(n) for n in names])
        how = "ranked over" if siting.spec.uncertain_figures else "taken at the middle of"
        told.append(f"{and_list(places)} {lack} {what}: {how} possible values.")
    told += left_out_words(siting)
    return told


def _changes(siting: Siting) -> list[str]:
    told = [text for text in (least_change(siting), *_other_rankings(siting), *turned_words(siting)) if text]
    told += _filled(siting)
    if remedies := remedies_text(siting_limits(siting)):
        told.append(remedies)
    return told


def least_change(siting: Siting) -> str:
    """Return the smallest change of weights after which another place is first; empty where none does it."""
    found = siting.dethroned
    if found is None:
        return ""
    start, names = siting.start, siting.spec.names
    moved = found.weights - start
    # Weights sum to one: where two change, they change by the same amount, and rounding must not order them.
    size = np.round(np.abs(moved), _DIGITS)
    order = [k for k in np.argsort(-size, kind="stable").tolist() if size[k] > 0]
    parts = [
        f"{lower_label(names[k])} from {100 * start[k]:.3g}\u00a0% to {100 * found.weights[k]:.3g}\u00a0%"
        for k in order[:_MOST]
    ]
    if order[_MOST:]:
        parts.append(f"{len(order) - _MOST} more")
    base = "the weights given" if siting.weights is not None else "mean weights"
    own, rival = siting.places[found.winner], siting.places[found.rival]
    return f"With {base} and middle figures {own} is first; {rival} overtakes with {and_list(parts)}."


def _other_rankings(siting: Siting) -> list[str]:
    """Return by which methods, and with which criterion in another's place, another place is first or one is clear."""
    told = []
    for name, other in siting.instead.items():
        own = next(key for key, value in siting.spec.alternatives.items() if value == name)
        if text := _otherwise(siting, other):
            told.append(f"With {lower_label(name)} instead of {lower_label(own)}, {text}.")
    for method, other in siting.others.items():
        if text := _otherwise(siting, other):
            told.append(f"By {METHODS[method]}, {text}.")
    return told


def _otherwise(siting: Siting, other: Acceptability) -> str:
    """Return what another ranking says where it names another place, or is clear where this is not, or the reverse."""
    best = int(other.first.argmax())
    if other.places[best] == siting.winner and other.clear == siting.acceptability.clear:
        return ""
    clear = " (clear)" if other.clear else ""
    return f"{other.places[best]} ranks first in {whole_percent(float(other.first[best]))}{clear}"


def _filled(siting: Siting) -> list[str]:
    """Return whether the missing figures could decide who is first."""
    told, idle = [], [item for item in siting.filled if not item.decides]
    for item in siting.filled:
        if item.decides:
            what = and_list([lower_label(name) for name in item.criteria])
            told.append(f"{item.place} ranks first at the best possible {what}, not at the worst, and none is known.")
    for names in dict.fromkeys(item.criteria for item in idle):
        what = and_list([lower_label(name) for name in names])
        for first in (False, True):
            places = [item.place for item in idle if item.criteria == names and item.at_best == first]
            if places:
                own = "rank" if len(places) > 1 else "ranks"
                never = own if first else f"{'do' if len(places) > 1 else 'does'} not rank"
                told.append(f"{and_list(places)} {never} first at any possible {what}.")
    return told
