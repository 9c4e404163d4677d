"""What was found of a ranking of places, and what the data cannot say, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pilotzone.report import Limit, and_list, whole_percent
from pilotzone.site import KNOWN_CRITERIA, counted_twice

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from pilotzone.core import Assumptions
    from pilotzone.site import Acceptability, Criterion, LeftOut, Siting

__all__ = [
    "METHODS",
    "apart_words",
    "better_word",
    "counted_limits",
    "criterion_label",
    "fixed_by_choice",
    "head_words",
    "lacking_layers",
    "left_out_words",
    "lower_label",
    "lowered",
    "short_label",
    "siting_brief",
    "siting_limits",
    "siting_words",
    "spot_words",
    "spots_words",
    "turned_by",
    "turned_words",
    "unit_words",
    "unknown_label",
]

METHODS = {
    "weighted_sum": "weighted sum",
    "topsis": "TOPSIS",
    "promethee_2": "PROMETHEE II",
}
_SHORT = {"weighted_sum": "sum", "topsis": "TOPSIS", "promethee_2": "PROMETHEE"}
_EVEN = 0.5
_ERRORS = 2.0
_NAMED = 3
"""Places that are named where many would turn a ranking over, or have spots; and spots of each."""


def siting_words(siting: Siting) -> str:
    """Return what was found, in a few sentences."""
    best = siting.winner
    told = [_head(siting), *spots_words(siting)]
    for name, other in siting.instead.items():
        winner = other.places[int(other.first.argmax())]
        if winner != best:
            own = next(key for key, value in siting.spec.alternatives.items() if value == name)
            told.append(f"With {lower_label(name)} instead of {lower_label(own)}, {winner} ranks first most often.")
    differing = [name for name, other in siting.others.items() if other.places[int(other.first.argmax())] != best]
    if differing:
        told.append(f"By {and_list([METHODS[name] for name in differing])} another place ranks first most often.")
    told += _dependence(siting)
    told += _lacking(siting)
    told += left_out_words(siting)
    return " ".join(told)


def left_out_words(siting: Siting) -> list[str]:
    """Return which places are not ranked: those that are refused whatever gaps are, and those with a gap."""
    refused = [name for name in siting.left_out if name in siting.spec.refused]
    gaps = [name for name in siting.left_out if name not in siting.spec.refused]
    told = [f"Left out, since the effect cannot be transported there: {and_list(refused)}."] if refused else []
    return [*told, *([f"Left out for a gap: {and_list(gaps)}."] if gaps else [])]


def apart_words(siting: Siting) -> str:
    """Return what each of the unknowns that vary together decides; empty where none do."""
    found = siting.sensitivity.apart
    if found is None:
        return ""
    order = np.argsort(-found.effects, kind="stable").tolist()
    parts = [
        f"{unknown_label(found.groups[k], siting.spec.assumptions)} {whole_percent(float(found.effects[k]))}"
        for k in order
    ]
    return (
        "Values that vary together are one group. Shapley effects tell them apart, and add up to 100 %: "
        f"{and_list(parts)} (standard errors up to {100 * float(found.errors.max()):.1f} points)."
    )


def unknown_label(group: str, assumptions: Assumptions) -> str:
    """Return what an unknown, or a group of them, is for a reader."""
    if group.startswith("range of "):
        return f"Range of {lower_label(group.removeprefix('range of '))}"
    known = {entry.name: entry.title for entry in assumptions.entries}
    known |= {name: item.label for name, item in KNOWN_CRITERIA.items()}
    words = ", ".join(known.get(name, name) for name in group.split(", "))
    return words[:1].upper() + words[1:]


def siting_brief(siting: Siting) -> str:
    """Return the place that ranks first most often."""
    return siting.winner


def spot_words(siting: Siting, place: str) -> str:
    """Return which spot of a place is the best one and how often; empty where it has no several."""
    own = [item for item in siting.spots if item.place == place]
    if not own:
        return ""
    best, *others = own
    if best.best == 1:
        return f"{best.spot} is the best of the spots of {place} in all cases."
    parts = [f"{item.spot} in {whole_percent(item.best)}" for item in others[: _NAMED - 1]]
    if others[_NAMED - 1 :]:
        parts.append(f"others in {whole_percent(sum(item.best for item in others[_NAMED - 1 :]))}")
    return f"{best.spot} is the best of the spots of {place} in {whole_percent(best.best)} of cases, {and_list(parts)}."


def spots_words(siting: Siting) -> list[str]:
    """Return which spots are the best of the places that are first most often."""
    told = (spot_words(siting, siting.places[k]) for k in siting.acceptability.order.tolist())
    return [words for words in told if words][:_NAMED]


def _lacking(siting: Siting) -> list[str]:
    """Return which places lack figures, and which lack all."""
    places = list(dict.fromkeys(gap.place for gap in siting.gaps))
    bare = [place for place in places if sum(gap.place == place for gap in siting.gaps) == len(siting.spec.names)]
    some = [place for place in places if place not in bare]
    told = []
    if some:
        lack = "lack" if len(some) > 1 else "lacks"
        how = "ranked over" if siting.spec.uncertain_figures else "taken in the middle of"
        told.append(f"{and_list(some)} {lack} figures; {how} their possible range.")
    if bare:
        rank, about = ("they rank", "them") if len(bare) > 1 else ("it ranks", "it")
        told.append(f"Nothing is known of {and_list(bare)}: how often {rank} first says nothing about {about}.")
    return told


def fixed_by_choice(siting: Siting) -> bool:
    """Whether weights and figures are all given, so that nothing is drawn."""
    return siting.weights is not None and siting.alternatives.certain


def head_words(siting: Siting) -> str:
    """Return who is first and how often."""
    found = siting.acceptability
    best, second = (siting.places[k] for k in found.order[:2].tolist())
    share, next_share = (float(found.first[k]) for k in found.order[:2])
    if found.tied > _EVEN:
        return f"{best} and {second} are often the same, and nothing tells them apart"
    if fixed_by_choice(siting):
        what = "weights and figures that were given"
        if not siting.spec.uncertain_figures:
            what = "weights that were given and figures at the middle of their ranges"
        return f"{best} ranks first with the {what}, {second} second by its score"
    given = siting.weights is not None and len(siting.spec.names) > 1
    cases = "simulated cases, weights fixed as given" if given else "simulated cases"
    return f"{best} ranks first in {whole_percent(share)} of {cases}, {second} in {whole_percent(next_share)}"


def _head(siting: Siting) -> str:
    """Return who is first, how often, and whether that is clear."""
    found, head = siting.acceptability, head_words(siting)
    if found.tied > _EVEN or fixed_by_choice(siting):
        return f"{head}."
    if found.clear:
        return f"{head}: the ranking is clear."
    return f"{head}: no place is the clear winner{_why_not(found)}."


def _why_not(found: Acceptability) -> str:
    ahead, error = found.lead
    if np.isnan(error) or ahead > _ERRORS * error:
        return ""
    return f", and the lead of {100 * ahead:.1f} points is within two standard errors of the simulation"


def _dependence(siting: Siting) -> list[str]:
    """Return that scores depend on which places are compared, and who turns the ranking over by being left out."""
    told = []
    lacking = siting.set_dependent.get(siting.spec.method)
    if lacking:
        what = "reference" if siting.spec.method == "promethee_2" else "scale"
        told.append(
            f"Scores depend on which places are compared: {and_list([lower_label(name) for name in lacking])} "
            f"{'have' if len(lacking) > 1 else 'has'} no fixed {what}."
        )
    return [*told, *turned_words(siting)]


def turned_words(siting: Siting) -> list[str]:
    """Return who turns the ranking over by being left out, a sentence each."""
    told = []
    for item in turned_by(siting)[:_NAMED]:
        never = ", which never ranks first," if item.first == 0 else ""
        told.append(f"Without {item.place}{never} {item.winner} ranks first most often.")
    return told


def turned_by(siting: Siting) -> list[LeftOut]:
    """Return the places, other than the winner, without which another place ranks first by more than chance."""
    error = np.nan_to_num(siting.acceptability.lead[1])
    return [
        item
        for item in siting.without
        if siting.winner not in {item.place, item.winner} and item.ahead > _ERRORS * error
    ]


def siting_limits(siting: Siting) -> tuple[Limit, ...]:
    """Return what the data cannot say, each in a few words too, or with the figures that would take it away."""
    known = {figure.criterion for profile in siting.profiles for figure in profile.figures}
    found = list(lacking_layers(known))
    if any(profile.place.weather is None and profile.has_cooling for profile in siting.profiles):
        text = (
            "Humidity and single hours: years are modelled from monthly means of capitals, 2008 and 2009, no climate "
            "normal, and PUE and water are ranges over humidities that are assumed."
        )
        found.append(Limit(text, "evidence", remedy="hourly weather"))
    if not siting.spec.uncertain_figures:
        text = (
            "What uncertain figures could change: each is taken in the middle of its range (uncertain_figures = false)."
        )
        found.append(Limit(text, "evidence", brief="what uncertain figures could change"))
    found += [
        Limit(item.caveat, "evidence", brief=item.caveat_brief)
        for item in sorted((KNOWN_CRITERIA[name] for name in known if name in KNOWN_CRITERIA), key=lambda i: i.caveat)
        if item.caveat
    ]
    found += counted_limits(siting.spec.names)
    if any(profile.quantities for profile in siting.profiles) and siting.spec.spot == "chosen":
        text = (
            "What a spot offers in full: earthquakes and plants are scored spot by spot, while PUE is that of the "
            "capital and heat that of a station drawn from the region, because stations have no position here."
        )
        found.append(Limit(text, "evidence", brief="what one spot offers"))
    text = "What a place could be made to be: figures are of what stands there, not of what a zone would build."
    return (*found, Limit(text, "evidence", brief="what a zone would build"))


def lacking_layers(names: Collection[str]) -> tuple[Limit, ...]:
    """Return what no criterion tells and the evidence does not have, given the names of criteria."""
    found = []
    if not any("tariff" in name or "price" in name for name in names):
        text = "What power costs: no tariff is in the evidence, so cheap power is neither shown nor denied."
        found.append(Limit(text, "evidence", remedy="power tariffs"))
    text = "What land, building and lines cost, and how far users are: neither is in the evidence."
    found.append(Limit(text, "evidence", remedy="costs of land, building and lines; distance to users"))
    if not any("flood" in name or "stress" in name for name in names):
        text = "Floods and the scarcity of water: no layer of either is in the evidence."
        found.append(Limit(text, "evidence", remedy="floods and water stress"))
    return tuple(found)


def counted_limits(criteria: Sequence[str]) -> list[Limit]:
    """Return what is counted by more than one criterion, given their names."""
    return [
        Limit(
            f"How much {theme} matters by itself: {len(names)} criteria count it "
            f"({and_list([lower_label(name) for name in names])}), so its weight is the sum of theirs.",
            "evidence",
            brief=f"{theme} by itself",
        )
        for theme, names in counted_twice(criteria).items()
    ]


def short_label(name: str) -> str:
    """Return a method's or a criterion's name for the head of a column."""
    return KNOWN_CRITERIA[name].short if name in KNOWN_CRITERIA else _SHORT.get(name, name)


def criterion_label(name: str) -> str:
    """Return a criterion's name for a reader."""
    return KNOWN_CRITERIA[name].label if name in KNOWN_CRITERIA else name.replace("_", " ")


def lower_label(name: str) -> str:
    """Return a criterion's name as it stands inside a sentence."""
    return lowered(criterion_label(name))


def lowered(label: str) -> str:
    """Return a label as it stands inside a sentence: abbreviations keep their capitals."""
    return label if label[:2].isupper() else f"{label[:1].lower()}{label[1:]}"


def unit_words(criterion: Criterion) -> str:
    """Return the unit of a criterion's figures: where it has none, what kind of number they are.

    Examples
    --------
    >>> from pilotzone.site import Criterion, KNOWN_CRITERIA
    >>> unit_words(KNOWN_CRITERIA["pue"].criterion), unit_words(Criterion("tariff", "down", "CNY/kWh"))
    ('ratio', 'CNY/kWh')
    """
    if criterion.unit != "1":
        return criterion.unit.replace("degC", "\u00b0C")
    known = KNOWN_CRITERIA.get(criterion.name)
    return "number" if known is None else known.measure


def better_word(criterion: Criterion) -> str:
    """Return which figures of a criterion are better."""
    return "higher" if criterion.good == "up" else "lower"
