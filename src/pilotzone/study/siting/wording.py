"""What was found of a ranking of places, and what the data cannot say, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pilotzone.report import Limit, and_list, whole_percent
from pilotzone.site import KNOWN_CRITERIA, counted_twice

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from pilotzone.site import Acceptability, LeftOut, Siting

__all__ = [
    "METHODS",
    "counted_words",
    "criterion_label",
    "lacking_layers",
    "lower_label",
    "short_label",
    "siting_brief",
    "siting_limits",
    "siting_words",
    "spot_words",
    "turned_by",
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
    told = [_head(siting), *_spots(siting)]
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
    if siting.left_out:
        told.append(f"Left out for a gap: {and_list(list(siting.left_out))}.")
    return " ".join(told)


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
        return f"Of the spots of {place}, {best.spot} is the best in all cases."
    parts = [f"{item.spot} in {whole_percent(item.best)}" for item in others[: _NAMED - 1]]
    if others[_NAMED - 1 :]:
        parts.append(f"others in {whole_percent(sum(item.best for item in others[_NAMED - 1 :]))}")
    return (
        f"Of the spots of {place}, {best.spot} is the best in {whole_percent(best.best)} of cases, {and_list(parts)}."
    )


def _spots(siting: Siting) -> list[str]:
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
        told.append(f"{and_list(some)} {lack} figures; ranked over their possible range.")
    if bare:
        rank, about = ("they rank", "them") if len(bare) > 1 else ("it ranks", "it")
        told.append(f"Nothing is known of {and_list(bare)}: how often {rank} first says nothing about {about}.")
    return told


def _head(siting: Siting) -> str:
    """Return who is first, how often, and whether that is clear."""
    found = siting.acceptability
    best, second = (siting.places[k] for k in found.order[:2].tolist())
    share, next_share = (float(found.first[k]) for k in found.order[:2])
    if found.tied > _EVEN:
        return f"{best} and {second} are often the same, and nothing tells them apart."
    if siting.weights is not None and siting.alternatives.certain:
        return f"{best} ranks first with the weights and figures that were given, {second} second by its score."
    given = siting.weights is not None and len(siting.spec.names) > 1
    cases = "simulated cases, weights fixed as given" if given else "simulated cases"
    head = f"{best} ranks first in {whole_percent(share)} of {cases}, {second} in {whole_percent(next_share)}"
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
    """Return what the data cannot say."""
    known = {figure.criterion for profile in siting.profiles for figure in profile.figures}
    texts = lacking_layers(known)
    modelled = [
        profile.place.name for profile in siting.profiles if profile.place.weather is None and profile.has_cooling
    ]
    if modelled:
        texts.append(
            "Humidity and single hours: years are modelled from monthly means of capitals, 2008 and 2009, no climate "
            "normal, and PUE and water are ranges over humidities that are assumed."
        )
    texts += sorted(
        KNOWN_CRITERIA[name].caveat for name in known if name in KNOWN_CRITERIA and KNOWN_CRITERIA[name].caveat
    )
    texts += counted_words(siting.spec.names)
    if any(profile.quantities for profile in siting.profiles) and siting.spec.spot == "chosen":
        texts.append(
            "What a spot offers in full: earthquakes and plants are scored spot by spot, while PUE is that of the "
            "capital and heat that of a station drawn from the region, because stations have no position here."
        )
    texts.append("What a place could be made to be: figures are of what stands there, not of what a zone would build.")
    return tuple(Limit(text, "evidence") for text in texts)


def lacking_layers(names: Collection[str]) -> list[str]:
    """Return what no criterion tells and the evidence does not have, given the names of criteria."""
    texts = []
    if not any("tariff" in name or "price" in name for name in names):
        texts.append("What power costs: no tariff is in the evidence, so cheap power is neither shown nor denied.")
    texts.append("What land, building and lines cost, and how far users are: neither is in the evidence.")
    if not any("flood" in name or "stress" in name for name in names):
        texts.append("Floods and the scarcity of water: no layer of either is in the evidence.")
    return texts


def counted_words(criteria: Sequence[str]) -> list[str]:
    """Return what is counted by more than one criterion, given their names."""
    return [
        f"How much {theme} matters by itself: {len(names)} criteria count it "
        f"({and_list([lower_label(name) for name in names])}), so its weight is the sum of theirs."
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
    label = criterion_label(name)
    return label if label[:2].isupper() else f"{label[:1].lower()}{label[1:]}"
