"""Ranking places: from what is to be ranked, allowing for uncertain figures and weights, to what is found."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, get_args

import numpy as np

from pilotzone.core import DataError, MethodError, listing, one_thread
from pilotzone.site.acceptability import Acceptability, Tables, acceptability_of, best_spots
from pilotzone.site.alternatives import Alternatives, alternatives_of
from pilotzone.site.catalogue import KNOWN_CRITERIA, completed, with_scale
from pilotzone.site.criteria import Criterion, check_values
from pilotzone.site.criterion_values import CriterionValue
from pilotzone.site.dethrone import Dethroned, dethrone, pareto_front
from pilotzone.site.filled import filled_gaps
from pilotzone.site.left_out import left_out_in_turn
from pilotzone.site.profiles import PlaceProfile, profile_of
from pilotzone.site.scores import RankingMethod, scorer, set_dependent
from pilotzone.site.sensitivity import sobol_of_winner
from pilotzone.site.siting import FEWEST, Siting, SitingSpec
from pilotzone.site.spots import spot_shares
from pilotzone.site.weights import draw_weights, fixed_weights

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["rank_places"]

_KEPT = 8_000_000
"""Values of all draws that are kept; more are drawn again by every method that asks."""


@one_thread()
def rank_places(spec: SitingSpec) -> Siting:
    """Rank places, allowing for uncertain figures and weights.

    Parameters
    ----------
    spec
        What is to be ranked.

    Returns
    -------
    Siting

    Raises
    ------
    UsageError
        If something that is needed is neither known nor assumed.
    DataError
        If a criterion has no figure of any place.
    MethodError
        If fewer than two places are left.

    Examples
    --------
    >>> from pilotzone.site import Criterion, place_of_region
    >>> spec = SitingSpec(
    ...     "Poor and cool",
    ...     tuple(place_of_region(code) for code in ("CN-GZ", "CN-GD")),
    ...     (Criterion("heat_c", "down"), Criterion("gdp_gap", "down")),
    ...     draws=1_000,
    ...     batches=50,
    ... )
    >>> found = rank_places(spec)
    >>> found.winner
    'Guizhou'
    """
    instead = {own: other for own, other in spec.alternatives.items() if own in spec.names and other not in spec.names}
    profiles = tuple(
        profile_of(place, [*spec.names, *instead.values()], spec.assumptions, systems=spec.systems, year=spec.year)
        for place in spec.places
    )
    spec = replace(spec, criteria=tuple(completed(criterion) for criterion in spec.criteria))
    ranked, left_out = _ranked(spec, profiles)
    alternatives, gaps = _alternatives(spec, ranked, spec.criteria)
    weights = draw_weights(spec.names, spec.draws, spec.space, seed=spec.seed)
    fixed = fixed_weights(spec.names, spec.space)
    # With one set of weights there is no reason to draw values less often.
    batches = spec.draws if fixed is not None else spec.batches

    def accept(given: Alternatives, method: RankingMethod, tables: Tables | None = None) -> Acceptability:
        return acceptability_of(
            tables or _tables(given, batches, spec.seed + 1),
            given.criteria,
            weights,
            method,
            given.places,
            leave_out=not set_dependent(given.criteria, method),
        )

    tables = _tables(alternatives, batches, spec.seed + 1)
    found = accept(alternatives, spec.method, tables)
    start = weights.mean(axis=0)
    middle = alternatives.middle
    owner = alternatives.owner if alternatives.rule == "chosen" else np.arange(len(alternatives.places))
    return Siting(
        spec=spec,
        profiles=profiles,
        left_out=left_out,
        gaps=gaps,
        alternatives=alternatives,
        acceptability=found,
        others={name: accept(alternatives, name, tables) for name in get_args(RankingMethod) if name != spec.method},
        instead={
            other: accept(_alternatives(spec, ranked, _swapped(spec.criteria, own, other))[0], spec.method)
            for own, other in instead.items()
        },
        weights=fixed,
        start=start,
        scores=_scores(alternatives, middle, start, spec.method),
        front=np.array([front.any() for front in _by_place(pareto_front(middle, spec.criteria), owner)]),
        dethroned=_dethroned(middle, spec.criteria, start, owner),
        spots=spot_shares(alternatives, tables, weights, spec.method),
        without=left_out_in_turn(found, alternatives, lambda given: accept(given, spec.method)),
        sensitivity=sobol_of_winner(
            alternatives, int(found.first.argmax()), space=spec.space, method=spec.method, seed=spec.seed + 2
        ),
        filled=filled_gaps(alternatives, gaps, start, spec.method),
    )


def _swapped(criteria: tuple[Criterion, ...], own: str, other: str) -> tuple[Criterion, ...]:
    """Return criteria with another in the place of one."""
    known = KNOWN_CRITERIA.get(other)
    if known is not None:
        return tuple(completed(known.criterion) if item.name == own else item for item in criteria)
    return tuple(
        replace(item, name=other, scale=None, reference=None) if item.name == own else item for item in criteria
    )


def _tables(alternatives: Alternatives, batches: int, seed: int) -> Tables:
    """Return values as they could be, once where they are certain."""
    signs = check_values(np.ones((1, len(alternatives.criteria))), alternatives.criteria)
    spots = len(alternatives.low) if alternatives.rule == "chosen" else len(alternatives.places)
    count = 1 if alternatives.certain else batches

    def at(first: int, last: int) -> Floats:
        return alternatives.draws(first, last, seed) * signs

    if count * spots * len(alternatives.criteria) > _KEPT:
        return Tables(count, at, alternatives.spots, spots, alternatives.certain)
    whole = at(0, count)
    return Tables(count, lambda first, last: whole[first:last], alternatives.spots, spots, alternatives.certain)


def _scores(alternatives: Alternatives, middle: Floats, weights: Floats, method: RankingMethod) -> Floats:
    criteria = alternatives.criteria
    given = scorer(check_values(middle, criteria), criteria, method)(weights[None])
    return np.asarray(best_spots(given, alternatives.spots)[0])


def _by_place(values: NDArray[np.bool_], owner: NDArray[np.int64]) -> list[NDArray[np.bool_]]:
    return [values[owner == place] for place in range(int(owner.max()) + 1)]


def _ranked(spec: SitingSpec, profiles: tuple[PlaceProfile, ...]) -> tuple[list[PlaceProfile], dict[str, str]]:
    """Return the profiles that are ranked, and why others are not."""
    if spec.gaps == "range" and not spec.refused:
        return list(profiles), {}
    left_out = dict(spec.refused)
    for profile in profiles if spec.gaps == "leave_out" else ():
        gaps = [figure for figure in profile.figures if figure.kind == "missing" and figure.criterion in spec.names]
        if gaps and profile.place.name not in left_out:
            left_out[profile.place.name] = "; ".join(f"{figure.criterion}: {figure.note}" for figure in gaps)
    ranked = [profile for profile in profiles if profile.place.name not in left_out]
    count = len({profile.place.belongs for profile in ranked})
    if count < FEWEST:
        if spec.refused and spec.gaps == "range":
            told = listing([f"{name} ({why})" for name, why in spec.refused.items()], most=3)
            raise MethodError(
                f"only {count} of {len(profiles)} places can be ranked. Refused: {told}.",
                allowed=f"{FEWEST} or more",
                todo="leave out the criterion that refuses places, or rank others",
            )
        raise MethodError(
            f"{count} places have a figure on every criterion.",
            allowed=f"{FEWEST} or more",
            todo="leave out a criterion, give figures, or rank places over what gaps could be (gaps = 'range')",
        )
    return ranked, left_out


def _alternatives(
    spec: SitingSpec, ranked: list[PlaceProfile], criteria: tuple[Criterion, ...]
) -> tuple[Alternatives, tuple[CriterionValue, ...]]:
    """Return the alternatives, gaps as wide as what there is, and which these are."""
    figures = [{figure.criterion: figure for figure in profile.figures} for profile in ranked]
    gaps = []
    for criterion in criteria:
        known = [own[criterion.name] for own in figures if own[criterion.name].kind != "missing"]
        for profile, own in zip(ranked, figures, strict=True):
            if own[criterion.name].kind == "missing":
                gap = _gap(spec, profile, criterion, known, own[criterion.name].note)
                own[criterion.name] = gap
                gaps.append(gap)
    # Spots of one place follow one another.
    order = list(dict.fromkeys(profile.place.belongs for profile in ranked))
    rows = sorted(range(len(ranked)), key=lambda k: order.index(ranked[k].place.belongs))
    names = {criterion.name for criterion in criteria}
    found = alternatives_of(
        [
            (ranked[k].place.belongs, figures[k], {n: q for n, q in ranked[k].quantities.items() if n in names})
            for k in rows
        ],
        criteria,
        names=[ranked[k].place.name for k in rows],
        rule=spec.spot,
        common=spec.common,
        correlations={pair: value for pair, value in spec.correlations.items() if set(pair) <= names},
    )
    return found if spec.uncertain_figures else found.settled(), tuple(gaps)


def _gap(
    spec: SitingSpec, profile: PlaceProfile, criterion: Criterion, known: list[CriterionValue], why_missing: str
) -> CriterionValue:
    """Return the range over which a place without a figure is ranked."""
    place, name = profile.place, criterion.name
    assumed = spec.assumptions.get(name, place.region or place.name)
    if assumed is not None:
        ends, why = (assumed.low, assumed.high), f"ASSUMED ({assumed.source})"
    elif name in KNOWN_CRITERIA and with_scale(Criterion(name, "up")).scale == criterion.scale and criterion.scale:
        ends, why = criterion.scale, "ranked over all that is known of China's provinces"
    elif criterion.scale is not None:
        ends, why = criterion.scale, "ranked over the whole scale of the criterion"
    elif known:
        ends = min(figure.low for figure in known), max(figure.high for figure in known)
        why = "ranked over all that is known of the other places"
    else:
        raise DataError(
            f"no place has a figure on {name!r}.", todo="give figures or an assumption, or leave the criterion out"
        )
    return CriterionValue(place.name, name, *ends, criterion.unit, "assumed", why, why_missing)


def _dethroned(
    middle: Floats, criteria: tuple[Criterion, ...], start: Floats, owner: NDArray[np.int64]
) -> Dethroned | None:
    try:
        return dethrone(middle, criteria, start, places=owner)
    except MethodError:
        return None
