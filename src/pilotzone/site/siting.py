"""Where a zone should stand: places ranked over all that is not known about them and about what matters how much."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from pilotzone.core import (
    Assumptions,
    Brief,
    DataError,
    Glance,
    MethodError,
    Result,
    Table,
    UsageError,
    check_choice,
    listing,
    one_thread,
    unknown,
)
from pilotzone.site.acceptability import Acceptability, Tables, acceptability_of, best_spots
from pilotzone.site.alternatives import Alternatives, SpotRule, alternatives_of
from pilotzone.site.assumed import default_assumptions
from pilotzone.site.catalogue import ALTERNATIVES, KNOWN_CRITERIA, check_bounds, completed, with_scale
from pilotzone.site.criteria import Criterion, check_values
from pilotzone.site.criterion_values import CriterionValue, values_table
from pilotzone.site.dethrone import Dethroned, dethrone, pareto_front
from pilotzone.site.left_out import LeftOut, left_out_in_turn
from pilotzone.site.parameters import CoolingSystem
from pilotzone.site.places import Candidate
from pilotzone.site.profiles import PlaceProfile, profile_of
from pilotzone.site.scores import RankingMethod, scorer, set_dependent
from pilotzone.site.sensitivity import Sensitivity, sobol_of_winner
from pilotzone.site.spots import SpotShare, spot_shares
from pilotzone.site.weights import WeightSpace, draw_weights, fixed_weights

if TYPE_CHECKING:
    import altair as alt
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["GapRule", "Siting", "SitingSpec", "rank_places"]

GapRule = Literal["range", "leave_out"]
"""A place with a gap is ranked over what the gap could be, or left out with the reason."""

_FEWEST = 2
_KEPT = 8_000_000
"""Values of all draws that are kept; more are drawn again by every method that asks."""


@dataclass(frozen=True, eq=False)
class SitingSpec(Brief):
    """What is to be ranked.

    Attributes
    ----------
    title
        Of the ranking.
    places
        The places.
    criteria
        What they are compared on.
    space
        What is known of the weights.
    method
        How scores are made.
    draws, batches
        How many weights are drawn, and how many values.
    gaps
        What becomes of a place with a gap.
    spot
        Where in a place the zone would be: chosen, so that its best single spot counts under each draw; or unknown,
        so that any spot may be it.
    common
        Criterion to the share of the variance within its ranges that all places have in common; zero where it is not
        named. What is modelled has in common what is assumed for all places.
    correlations
        Pairs of criteria to the correlation of the normal scores of their ranges.
    alternatives
        Criterion to another that is put in its place in a second ranking.
    assumptions
        What is not in the evidence.
    systems
        Cooling systems; PUE and water are the first one's.
    year
        Of GDP and the mix of power; the latest that is known if left out.
    seed
        Of all draws.

    Raises
    ------
    UsageError
        If places or criteria are too few, share a name, or an option is none.
    """

    title: str
    places: tuple[Candidate, ...]
    criteria: tuple[Criterion, ...]
    space: WeightSpace = field(default_factory=WeightSpace)
    method: RankingMethod = "weighted_sum"
    draws: int = 10_000
    batches: int = 500
    gaps: GapRule = "range"
    spot: SpotRule = "chosen"
    common: Mapping[str, float] = field(default_factory=dict)
    correlations: Mapping[tuple[str, str], float] = field(default_factory=dict)
    alternatives: Mapping[str, str] = field(default_factory=lambda: dict(ALTERNATIVES))
    assumptions: Assumptions = field(default_factory=default_assumptions)
    systems: tuple[CoolingSystem, ...] = ("airside", "waterside")
    year: int | None = None
    seed: int = 20160

    def __post_init__(self) -> None:
        check_choice(self.method, RankingMethod, "method")
        check_choice(self.gaps, GapRule, "rule for gaps")
        check_choice(self.spot, SpotRule, "spot")
        for what, names in (
            ("places", [place.name for place in self.places]),
            ("places", list(dict.fromkeys(place.belongs for place in self.places))),
            ("criteria", [criterion.name for criterion in self.criteria]),
        ):
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice or len(names) < (_FEWEST if what == "places" else 1):
                raise UsageError(
                    f"{what} are {listing(names) or 'none'}.", allowed=f"each once, and {_FEWEST} places or more"
                )
        whose = {place.name: place.belongs for place in self.places}
        for place in self.places:
            # A figure would be shown under the name of a place that it is not of.
            if whose.get(place.belongs, place.belongs) != place.belongs:
                raise UsageError(
                    f"{place.name} is a spot of {place.belongs}, which is itself a spot of {whose[place.belongs]}.",
                    allowed="spots of places that are not spots",
                )
        if not 1 <= self.batches <= self.draws:
            raise UsageError(
                f"{self.draws} weights and {self.batches} values are drawn.", allowed="1 <= batches <= draws"
            )
        known = [criterion.name for criterion in self.criteria]
        for entry in self.assumptions.entries:
            check_bounds(entry.place or "all places", entry.name, entry.low, entry.high)
        for name in (*self.common, *(name for pair in self.correlations for name in pair)):
            if name not in known:
                raise unknown("criterion", name, known, error=UsageError)

    @property
    def names(self) -> list[str]:
        """Names of the criteria."""
        return [criterion.name for criterion in self.criteria]


@dataclass(frozen=True, eq=False)
class Siting(Result):
    """A ranking of places over all that is not known.

    Attributes
    ----------
    spec
        What was asked for; criteria of the evidence with their units, scales and references.
    profiles
        What is known of each place, or spot, those that are left out among them.
    left_out
        Places that are not ranked, each with the reason.
    gaps
        Figures that nobody knows, with the range over which the place was ranked instead.
    alternatives
        The spots of the places that are ranked, with what is not known of them.
    acceptability
        How often each has each rank, by the method asked for.
    others
        Other methods to how acceptable each place is as the first.
    instead
        Criterion that was put in another's place to how acceptable each place is then.
    weights
        The only weights, shape (n,), where no others are admitted; else ``None``.
    start
        Mean of the weights that were drawn, shape (n,), from which the least change is told.
    scores
        Of each place with these weights and the middles of what is not known, shape (m,), by the method asked for.
    front
        Whether each place is on the Pareto front of the middles of its ranges.
    dethroned
        The least change of those weights after which the winner of the middles is not the winner any more; ``None``
        where no change does it.
    spots
        Of places with several spots: which one is the best, and how often; none where the spot is unknown.
    without
        What becomes of the ranking where each place is left out.
    sensitivity
        What decides whether the most acceptable place is the first.
    """

    spec: SitingSpec
    profiles: tuple[PlaceProfile, ...]
    left_out: Mapping[str, str]
    gaps: tuple[CriterionValue, ...]
    alternatives: Alternatives
    acceptability: Acceptability
    others: Mapping[RankingMethod, Acceptability]
    instead: Mapping[str, Acceptability]
    weights: Floats | None
    start: Floats
    scores: Floats
    front: NDArray[np.bool_]
    dethroned: Dethroned | None
    spots: tuple[SpotShare, ...]
    without: tuple[LeftOut, ...]
    sensitivity: Sensitivity

    @property
    def places(self) -> tuple[str, ...]:
        """Places that are ranked."""
        return self.acceptability.places

    @property
    def winner(self) -> str:
        """The place that is the first most often."""
        return self.places[int(self.acceptability.first.argmax())]

    @property
    def set_dependent(self) -> dict[RankingMethod, tuple[str, ...]]:
        """Methods whose scores depend on which places are compared, with the criteria that make them do so."""
        found = {name: set_dependent(self.spec.criteria, name) for name in get_args(RankingMethod)}
        return {name: lacking for name, lacking in found.items() if lacking}

    def to_table(self) -> Table:
        """Return a row for each place, the most acceptable first; those left out last."""
        first, error = self.acceptability.first, self.acceptability.error
        mean_rank = self.acceptability.ranks @ np.arange(1, len(self.places) + 1)
        rows: list[tuple[str | float | None, ...]] = [
            (
                self.places[k],
                float(first[k]),
                None if np.isnan(error[k]) else float(error[k]),
                float(mean_rank[k]),
                float(self.scores[k]),
                *(float(other.first[k]) for other in self.others.values()),
                *(float(other.first[k]) for other in self.instead.values()),
                *self._best_spot(self.places[k]),
                "yes" if self.front[k] else "no",
                "",
            )
            for k in self.acceptability.order.tolist()
        ]
        empty = (None,) * (4 + len(self.others) + len(self.instead))
        rows += [(place, *empty, *self._best_spot(place), "", why) for place, why in self.left_out.items()]
        names = [
            "place",
            "first",
            "error",
            "mean rank",
            "score",
            *(f"first by {name}" for name in self.others),
            *(f"first with {name}" for name in self.instead),
            *(("best spot", "best spot in") if self.spots else ()),
            "on the front",
            "left out",
        ]
        return Table.from_rows(names, rows, title=f"{self.spec.title}: how often each place is the first")

    def _best_spot(self, place: str) -> tuple[str | float | None, ...]:
        """Return the spot that is most often the best of a place and how often; nothing where no place has several."""
        own = next((item for item in self.spots if item.place == place), None)
        found = ("", None) if own is None else (own.spot, own.best)
        return found if self.spots else ()

    def summary(self) -> Table:
        """Return a row for each place that is ranked, the most acceptable first.

        `first` is the share of draws in which it is the first, `error` the Monte Carlo standard error of that, `low`
        and `high` two of them below and above, and `draws` how many weights were drawn.
        """
        found = self.acceptability
        mean_rank = found.ranks @ np.arange(1, len(self.places) + 1)
        names = ("place", "first", "error", "low", "high", "mean_rank", "score", "front", "draws")
        rows = []
        for k in found.order.tolist():
            first, error = float(found.first[k]), float(found.error[k])
            known = not np.isnan(error)
            ends = (max(0.0, first - 2 * error), min(1.0, first + 2 * error)) if known else (None, None)
            own = (float(mean_rank[k]), float(self.scores[k]), bool(self.front[k]), found.draws)
            rows.append((self.places[k], first, error if known else None, *ends, *own))
        return Table.from_rows(names, rows, title=f"{self.spec.title}: how often each place is the first")

    def glance(self) -> Glance:
        """Return who ranks first and how often, and the summary."""
        share = float(self.acceptability.first.max())
        told = f"{self.winner} ranks first in {share:.0%} of {self.acceptability.draws:,} simulated cases."
        left = f" {len(self.left_out)} places are left out: {listing(list(self.left_out), most=4)}."
        return Glance(self.spec.title, (told + left * bool(self.left_out),), self.summary())

    def plot(self) -> alt.LayerChart | alt.FacetChart:
        """Return a chart of how often each place has each rank.

        Returns
        -------
        altair.LayerChart or altair.FacetChart
            It shows itself in a notebook, and ``.save("chart.png")`` writes it.
        """
        from pilotzone.site.drawing import plot_ranks

        return plot_ranks(self.acceptability)

    def figures(self) -> Table:
        """Return a row for each figure of each place, with its source and how much of it anybody measured."""
        return values_table([f for p in self.profiles for f in (*p.figures, *p.context)], "What is known of each place")


@one_thread()
def rank_places(spec: SitingSpec) -> Siting:
    """Rank places over all that is not known about them and about weights.

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
    if spec.gaps == "range":
        return list(profiles), {}
    left_out: dict[str, str] = {}
    for profile in profiles:
        gaps = [figure for figure in profile.figures if figure.kind == "missing" and figure.criterion in spec.names]
        if gaps:
            left_out[profile.place.name] = "; ".join(f"{figure.criterion}: {figure.note}" for figure in gaps)
    ranked = [profile for profile in profiles if profile.place.name not in left_out]
    count = len({profile.place.belongs for profile in ranked})
    if count < _FEWEST:
        raise MethodError(
            f"{count} places have a figure on every criterion.",
            allowed=f"{_FEWEST} or more",
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
    return found, tuple(gaps)


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
