"""Where a zone should stand: places ranked over all that is not known about them and about what matters how much."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from pilotzone.core import (
    Assumptions,
    DataError,
    MethodError,
    Table,
    UsageError,
    check_choice,
    did_you_mean,
    listing,
    one_thread,
)
from pilotzone.site.acceptability import Acceptability, rank_acceptability
from pilotzone.site.assumed import default_assumptions
from pilotzone.site.catalogue import ALTERNATIVES, KNOWN_CRITERIA
from pilotzone.site.criteria import Criterion
from pilotzone.site.dethrone import Dethroned, dethrone, pareto_front
from pilotzone.site.figures import Figure, figures_table
from pilotzone.site.parameters import CoolingSystem
from pilotzone.site.places import Candidate, PlaceProfile, profile_of
from pilotzone.site.scores import RankingMethod
from pilotzone.site.sensitivity import Sensitivity, sobol_of_winner
from pilotzone.site.uncertainty import Ranges, draw_values
from pilotzone.site.weights import WeightSpace, draw_weights

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["GapRule", "Siting", "SitingSpec", "rank_places"]

GapRule = Literal["range", "leave_out"]
"""A place with a gap is ranked over what the gap could be, or left out with the reason."""

_FEWEST = 2


@dataclass(frozen=True, eq=False)
class SitingSpec:
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
    common
        Criterion to the share of its variance that all places have in common; zero where it is not named.
    correlations
        Pairs of criteria to the correlation of their normal scores.
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
        for what, names in (
            ("places", [place.name for place in self.places]),
            ("criteria", [criterion.name for criterion in self.criteria]),
        ):
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice or len(names) < (_FEWEST if what == "places" else 1):
                raise UsageError(
                    f"{what} are {listing(names) or 'none'}.", allowed=f"each once, and {_FEWEST} places or more"
                )
        if not 1 <= self.batches <= self.draws:
            raise UsageError(
                f"{self.draws} weights and {self.batches} values are drawn.", allowed="1 <= batches <= draws"
            )
        known = [criterion.name for criterion in self.criteria]
        for name in (*self.common, *(name for pair in self.correlations for name in pair)):
            if name not in known:
                raise UsageError(f"there is no criterion {name!r}.{did_you_mean(name, known)}", allowed=listing(known))

    @property
    def names(self) -> list[str]:
        """Names of the criteria."""
        return [criterion.name for criterion in self.criteria]


@dataclass(frozen=True, eq=False)
class Siting:
    """A ranking of places over all that is not known.

    Attributes
    ----------
    spec
        What was asked for.
    profiles
        What is known of each place, those that are left out among them.
    left_out
        Places that are not ranked, each with the reason.
    gaps
        Figures that nobody knows, with the range over which the place was ranked instead.
    ranges
        Of the places that are ranked, on the criteria.
    acceptability
        How often each has each rank, by the method asked for.
    others
        Other methods to how acceptable each place is as the first.
    alternatives
        Criterion that was put in another's place to how acceptable each place is then.
    front
        Whether each place is on the Pareto front of the middles of its ranges.
    dethroned
        The least change of equal weights after which the winner of the middles is not the winner any more; ``None``
        where no change does it.
    sensitivity
        What decides whether the most acceptable place is the first.
    """

    spec: SitingSpec
    profiles: tuple[PlaceProfile, ...]
    left_out: Mapping[str, str]
    gaps: tuple[Figure, ...]
    ranges: Ranges
    acceptability: Acceptability
    others: Mapping[RankingMethod, Acceptability]
    alternatives: Mapping[str, Acceptability]
    front: NDArray[np.bool_]
    dethroned: Dethroned | None
    sensitivity: Sensitivity

    @property
    def places(self) -> tuple[str, ...]:
        """Places that are ranked."""
        return self.acceptability.places

    @property
    def winner(self) -> str:
        """The place that is the first most often."""
        return self.places[int(self.acceptability.first.argmax())]

    def to_table(self) -> Table:
        """Return a row for each place, the most acceptable first; those left out last."""
        first, error = self.acceptability.first, self.acceptability.error
        mean_rank = self.acceptability.ranks @ np.arange(1, len(self.places) + 1)
        order = np.argsort(-first, kind="stable")
        rows: list[tuple[str | float | None, ...]] = [
            (
                self.places[k],
                float(first[k]),
                float(error[k]),
                float(mean_rank[k]),
                *(float(other.first[k]) for other in self.others.values()),
                *(float(other.first[k]) for other in self.alternatives.values()),
                "yes" if self.front[k] else "no",
                "",
            )
            for k in order.tolist()
        ]
        empty = (None,) * (3 + len(self.others) + len(self.alternatives))
        rows += [(place, *empty, "", why) for place, why in self.left_out.items()]
        names = [
            "place",
            "first",
            "error",
            "mean rank",
            *(f"first by {name}" for name in self.others),
            *(f"first with {name}" for name in self.alternatives),
            "on the front",
            "left out",
        ]
        return Table.from_rows(names, rows, title=f"{self.spec.title}: how often each place is the first")

    def figures(self) -> Table:
        """Return a row for each figure of each place, with its source and how much of it anybody measured."""
        return figures_table(
            [f for p in self.profiles for f in (*p.figures, *p.context)], "What is known of each place"
        )


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
    others = [other for name, other in spec.alternatives.items() if name in spec.names and other not in spec.names]
    profiles = tuple(
        profile_of(place, [*spec.names, *others], spec.assumptions, systems=spec.systems, year=spec.year)
        for place in spec.places
    )
    criteria = tuple(_with_unit(criterion) for criterion in spec.criteria)
    ranked, left_out = _ranked(spec, profiles)
    ranges, gaps = _ranges(spec, ranked, spec.names)
    weights = draw_weights(spec.names, spec.draws, spec.space, seed=spec.seed)
    places = [profile.place.name for profile in ranked]

    def accept(given: Ranges, method: RankingMethod) -> Acceptability:
        values = draw_values(given, spec.batches, seed=spec.seed + 1)
        drawn = None if given.certain else (lambda k: values[k])
        return rank_acceptability(
            given.middle, criteria, weights, method, places=places, drawn=drawn, batches=spec.batches
        )

    found = accept(ranges, spec.method)
    winner = int(found.first.argmax())
    instead = {
        other: accept(_ranges(spec, ranked, [other if name == own else name for name in spec.names])[0], spec.method)
        for own, other in spec.alternatives.items()
        if other in others
    }
    return Siting(
        spec=replace(spec, criteria=criteria),
        profiles=profiles,
        left_out=left_out,
        gaps=gaps,
        ranges=ranges,
        acceptability=found,
        others={name: accept(ranges, name) for name in get_args(RankingMethod) if name != spec.method},
        alternatives=instead,
        front=pareto_front(ranges.middle, criteria),
        dethroned=_dethroned(ranges.middle, criteria),
        sensitivity=sobol_of_winner(
            ranges, criteria, winner, space=spec.space, method=spec.method, seed=spec.seed + 2, name=places[winner]
        ),
    )


def _with_unit(criterion: Criterion) -> Criterion:
    known = KNOWN_CRITERIA.get(criterion.name)
    return criterion if known is None or criterion.unit != "1" else replace(criterion, unit=known.criterion.unit)


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
    if len(ranked) < _FEWEST:
        raise MethodError(
            f"{len(ranked)} places have a figure on every criterion.",
            allowed=f"{_FEWEST} or more",
            todo="leave out a criterion, give figures, or rank places over what gaps could be (gaps = 'range')",
        )
    return ranked, left_out


def _ranges(spec: SitingSpec, ranked: list[PlaceProfile], names: list[str]) -> tuple[Ranges, tuple[Figure, ...]]:
    """Return ranges of places on criteria, gaps as wide as what is known of other places, and which these are."""
    by_name = [{figure.criterion: figure for figure in profile.figures} for profile in ranked]
    low, high = (
        np.array([[getattr(figures[name], end) for name in names] for figures in by_name]) for end in ("low", "high")
    )
    gaps = []
    for i, j in np.argwhere(np.isnan(low)).tolist():
        place, name = ranked[i].place, names[j]
        assumed = spec.assumptions.get(name, place.region or place.name)
        if assumed is not None:
            ends = assumed.low, assumed.high
            why = f"ASSUMED ({assumed.source})"
        elif np.isnan(low[:, j]).all():
            raise DataError(
                f"no place has a figure on {name!r}.", todo="give figures or an assumption, or leave the criterion out"
            )
        else:
            ends = float(np.nanmin(low[:, j])), float(np.nanmax(high[:, j]))
            why = "ranked over all that is known of the other places"
        unit = by_name[i][name].unit
        gaps.append(Figure(place.name, name, *ends, unit, "assumed", why, by_name[i][name].note))
    for gap in gaps:
        i, j = [profile.place.name for profile in ranked].index(gap.place), names.index(gap.criterion)
        low[i, j], high[i, j] = gap.low, gap.high
    n = len(names)
    correlation = np.eye(n)
    for (one, other), value in spec.correlations.items():
        i, j = spec.names.index(one), spec.names.index(other)
        correlation[i, j] = correlation[j, i] = value
    common = np.array([float(spec.common.get(name, 0.0)) for name in spec.names])
    return Ranges(low, high, common, correlation), tuple(gaps)


def _dethroned(middle: Floats, criteria: tuple[Criterion, ...]) -> Dethroned | None:
    n = len(criteria)
    try:
        return dethrone(middle, criteria, np.full(n, 1 / n))
    except MethodError:
        return None
