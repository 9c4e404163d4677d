"""Where a zone should stand: places ranked, allowing for uncertain figures and weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from pilotzone.core import (
    Assumptions,
    Brief,
    Glance,
    Result,
    Table,
    UsageError,
    check_choice,
    listing,
    unknown,
)
from pilotzone.site.acceptability import Acceptability
from pilotzone.site.alternatives import Alternatives, SpotRule
from pilotzone.site.assumed import default_assumptions
from pilotzone.site.catalogue import ALTERNATIVES, check_bounds
from pilotzone.site.criteria import Criterion
from pilotzone.site.criterion_values import CriterionValue, values_table
from pilotzone.site.dethrone import Dethroned
from pilotzone.site.filled import FilledGaps
from pilotzone.site.left_out import LeftOut
from pilotzone.site.parameters import CoolingSystem
from pilotzone.site.places import Candidate
from pilotzone.site.profiles import PlaceProfile
from pilotzone.site.scores import RankingMethod, set_dependent
from pilotzone.site.sensitivity import Sensitivity
from pilotzone.site.spots import SpotShare
from pilotzone.site.weights import WeightSpace

if TYPE_CHECKING:
    import altair as alt
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["FEWEST", "GapRule", "Siting", "SitingSpec"]

GapRule = Literal["range", "leave_out"]
"""A place with a gap is ranked over what the gap could be, or left out with the reason."""

FEWEST = 2
"""Places that a ranking needs."""


@dataclass(frozen=True, eq=False)
class SitingSpec(Brief):
    """Specification of a ranking of places.

    Attributes
    ----------
    title
        Title of the ranking.
    places
        The places.
    criteria
        Criteria that the places are compared on.
    space
        Limits on the weights of the criteria.
    method
        Method that combines criteria into a ranking.
    draws, batches
        Number of draws of weights, and number of draws of uncertain figures.
    gaps
        Treatment of a place with a missing figure: ``range`` draws the figure from its possible range, ``leave_out``
        leaves the place out.
    spot
        Location of the zone within a place. ``chosen``: the best spot counts in each draw. ``unknown``: the zone may be
        at any spot.
    uncertain_figures
        Whether figures are drawn from their ranges. If not, each figure is the middle of its range, and only weights
        are uncertain.
    common
        Criterion to the share of variance within its ranges that all places share, from 0 to 1. Default: zero. Modelled
        criteria share the assumptions that hold for all places.
    correlations
        Pair of criteria to the correlation between the normal scores of their figures.
    alternatives
        Criterion to the criterion that replaces it in a second ranking.
    assumptions
        Assumed values for what the evidence does not contain.
    systems
        Cooling systems. PUE and water use are computed for the first one.
    year
        Year of GDP and of the power mix. Default: the latest known year.
    seed
        Seed of all draws.
    refused
        Name of a place to why it cannot be ranked, whatever `gaps` says.

    Raises
    ------
    UsageError
        If there are too few places or criteria, two of them share a name, or an option is not allowed.
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
    uncertain_figures: bool = True
    common: Mapping[str, float] = field(default_factory=dict)
    correlations: Mapping[tuple[str, str], float] = field(default_factory=dict)
    alternatives: Mapping[str, str] = field(default_factory=lambda: dict(ALTERNATIVES))
    assumptions: Assumptions = field(default_factory=default_assumptions)
    systems: tuple[CoolingSystem, ...] = ("airside", "waterside")
    year: int | None = None
    seed: int = 20160
    refused: Mapping[str, str] = field(default_factory=dict)

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
            if twice or len(names) < (FEWEST if what == "places" else 1):
                raise UsageError(
                    f"{what} are {listing(names) or 'none'}.", allowed=f"each once, and {FEWEST} places or more"
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
    """A ranking of places that allows for what is uncertain.

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
        Scores of each place with these weights and the middles of what is not known, shape (m,), by the method asked
        for.
    front
        Whether each place is on the Pareto front of the middles of its ranges.
    dethroned
        The least change of those weights after which the winner of the middles is not the winner any more; ``None``
        where no change does it.
    spots
        For places with several spots: which one is the best, and how often; none where the spot is unknown.
    without
        What becomes of the ranking where each place is left out.
    sensitivity
        What decides whether the most acceptable place is the first.
    filled
        For places with gaps: whether the missing figures could decide if they rank first.
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
    filled: tuple[FilledGaps, ...] = ()

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
