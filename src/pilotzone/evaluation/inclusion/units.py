"""Changes of single units beside controls: what effects by group and along a covariate are averages of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import (
    NEVER,
    Brief,
    EffectCovariance,
    JointEffects,
    MethodError,
    Outcome,
    Panel,
    UsageError,
    unknown,
)
from pilotzone.evaluation.inclusion.calendar import Calendar

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from pilotzone.evaluation.inclusion.calendar import Early
    from pilotzone.evaluation.inclusion.course import Courses
    from pilotzone.evaluation.inclusion.spread import Spread

    Floats = NDArray[np.float64]

__all__ = ["UnitEffects", "unit_effects"]


@dataclass(frozen=True, eq=False)
class UnitEffects(Brief):
    """Mean changes of N units since treatment, made by `unit_effects`.

    Attributes
    ----------
    outcomes
        The K outcomes.
    units
        The N units.
    starts
        First treated period of each unit, shape (N,); `NEVER` for controls.
    change
        Mean change of each unit since the last period before each start, shape (C, N, K), one layer for each of the C
        cohorts: that of a treated unit counts in its own cohort's layer only, those of controls in all.
    cohorts
        The C starts.
    weights
        Weight of each unit, shape (N,).
    clusters
        Cluster of each unit, shape (N,); ``None`` where units were drawn one by one.
    window
        Periods over which effects are averaged.
    earlier
        The same change of the mean of all periods before the last one before the start, shape (C, N, K): what a
        treatment cannot have moved. ``None`` where a cohort has one period before its start.
    early
        Moves before the start one by one, for checks that a verdict takes; ``None`` where no outcome has a margin.
    """

    outcomes: tuple[Outcome, ...]
    units: tuple[str, ...]
    starts: NDArray[np.int64]
    change: Floats
    cohorts: tuple[int, ...]
    weights: Floats
    clusters: NDArray[np.intp] | None
    window: tuple[int, ...]
    earlier: Floats | None = None
    early: Early | None = None

    def before_start(self) -> UnitEffects | None:
        """Return the same units with changes from before their start, for tests of trends; ``None`` if there are none.

        `group_effects` and `effects_along` of them are placebos: where treated units and controls would have moved
        alike, they are zero but for chance.
        """
        return None if self.earlier is None else replace(self, change=self.earlier, earlier=None, early=None)

    @property
    def drawn(self) -> str:
        """What was drawn one by one, in the plural."""
        return "units" if self.clusters is None else "clusters"

    @property
    def sides(self) -> NDArray[np.intp]:
        """Treated or not, shape (N,): what is drawn apart; all together where clusters hold both."""
        return self.apart((self.starts != NEVER).astype(np.intp))

    def apart(self, codes: NDArray[np.intp]) -> NDArray[np.intp]:
        """Return codes of what is drawn apart, or zeros where a cluster holds units of several."""
        if self.clusters is None:
            return codes
        pairs = self.clusters * (int(codes.max()) + 1) + codes
        several = len(np.unique(pairs)) > len(np.unique(self.clusters))
        return np.zeros_like(codes) if several else codes

    def draws_in(self, rows: NDArray[np.bool_]) -> int:
        """Return how many draws some units are."""
        return int(rows.sum()) if self.clusters is None else len(np.unique(self.clusters[rows]))

    def averaged(self, treated: NDArray[np.bool_], controls: NDArray[np.bool_]) -> tuple[Floats, Floats]:
        """Return the mean effect on some treated units, and what each unit adds to its deviation.

        Parameters
        ----------
        treated, controls
            Which units, shape (N,).

        Returns
        -------
        array of shape (K,), array of shape (N, K)
        """
        inside, outside = np.flatnonzero(treated), np.flatnonzero(controls)
        share, beside = (self.weights[rows] / self.weights[rows].sum() for rows in (inside, outside))
        starts, count = self.starts[inside], self.change.shape[2]
        own, spread = np.empty((len(inside), count)), np.zeros((len(outside), count))
        for c, cohort in enumerate(self.cohorts):
            mine = starts == cohort
            if not mine.any():
                continue
            others = self.change[c, outside]
            without = beside @ others  # what a treated unit of this cohort would have done
            own[mine] = self.change[c, inside[mine]] - without
            spread += share[mine].sum() * (others - without)
        effect: Floats = share @ own
        contribution = np.zeros((len(self.starts), count))
        # Beside its own cohort's controls: a unit with more weight also makes its cohort count more.
        contribution[inside] = share[:, None] * (own - effect)
        contribution[outside] = -beside[:, None] * spread
        return effect, contribution

    @property
    def own(self) -> Floats:
        """Change of each treated unit in its own cohort's layer, shape (N, K); zero for controls."""
        found = np.zeros(self.change.shape[1:])
        for c, cohort in enumerate(self.cohorts):
            rows = self.starts == cohort
            found[rows] = self.change[c, rows]
        return found

    def joint(
        self,
        outcomes: Sequence[Outcome],
        effects: Floats,
        spread: Spread,
        refused: Mapping[str, str],
        method: str,
        courses: Courses | None = None,
    ) -> JointEffects:
        """Return effects as they pass to a verdict, with the checks of their courses before the start."""
        parts = () if courses is None else courses.parts
        treated = self.starts != NEVER
        count = int(treated.sum())
        return JointEffects(
            unit=f"{count:,} units in {len(self.cohorts)} {'cohort' if len(self.cohorts) == 1 else 'cohorts'}",
            start=self.cohorts[0],
            window=self.window,
            estimator="given",
            outcomes=tuple(outcomes),
            estimate=effects,
            identification=tuple(part.identification for part in parts),
            covariance=EffectCovariance(
                spread.matrix,
                drawn=self.drawn,
                treated=self.draws_in(treated),
                controls=self.draws_in(~treated),
                degrees=spread.degrees,
                method=method,
                refused=refused,
                breakdown=courses,
                departures={outcome.name: part.departures for outcome, part in zip(outcomes, parts, strict=False)},
            ),
        )


def unit_effects(
    panel: Panel,
    outcomes: Sequence[Outcome],
    starts: Mapping[str, int],
    *,
    weights: ArrayLike | None = None,
    clusters: Mapping[str, str] | None = None,
    anticipation: int = 0,
) -> UnitEffects:
    """Return the mean change of every unit since treatment, from which effects by group are made.

    Parameters
    ----------
    panel
        Outcomes of all units and periods without gaps.
    outcomes
        Series of the panel.
    starts
        First treated period of each treated unit; all others are controls, which are never treated.
    weights
        Weight of each unit, in the order of `panel.units`, shape (N,): people, for effects on the average person's
        region; without, units count the same.
    clusters
        Cluster of each unit, where units were treated or vary in clusters.
    anticipation
        Periods before the start in which units may already react.

    Returns
    -------
    UnitEffects

    Raises
    ------
    UsageError
        If an outcome or a unit is unknown.
    MethodError
        If nobody is treated, there are no controls, a start has no period before or since it, or an outcome has gaps.
    """
    for unit in starts:
        if unit not in panel.units:
            raise unknown("unit", unit, panel.units, of="the panel", error=UsageError)
    dates = np.array([starts.get(unit, NEVER) for unit in panel.units], dtype=np.int64)
    treated = dates != NEVER
    if not treated.any() or treated.all():
        raise MethodError(
            "no unit is treated." if not treated.any() else "all units are treated.",
            allowed="treated units and controls that are never treated",
        )
    values = np.stack([_complete(panel, outcome.name) for outcome in outcomes], axis=2)
    periods = np.array([int(period) for period in panel.periods])
    cohorts = tuple(np.unique(dates[treated]).tolist())
    for cohort in cohorts:
        before, since = (periods < cohort - anticipation).any(), (periods >= cohort).any()
        if not before or not since:
            raise MethodError(
                f"units treated from {cohort} have no period {'since' if before else 'before'} their start.",
                allowed="a period before and one since every start",
            )
    calendar = Calendar(tuple(periods.tolist()), cohorts, anticipation)
    window = tuple(period for period in panel.periods if period >= cohorts[0])
    return UnitEffects(
        tuple(outcomes),
        panel.units,
        dates,
        calendar.change(values),
        cohorts,
        _weights(weights, len(panel.units)),
        _clusters(clusters, panel.units),
        window,
        calendar.earlier(values) if calendar.steps else None,
        calendar.early(calendar.moves(values)) if any(item.margin is not None for item in outcomes) else None,
    )


def _complete(panel: Panel, name: str) -> Floats:
    matrix = panel.matrix(name)
    if not np.isfinite(matrix).all():
        i, t = (int(part[0]) for part in np.nonzero(~np.isfinite(matrix)))
        raise MethodError(
            f"outcome {name!r} of {panel.units[i]} is missing in {panel.periods[t]}.",
            allowed="values for every unit and period",
            todo="leave the unit or the period out",
        )
    return matrix


def _weights(weights: ArrayLike | None, count: int) -> Floats:
    found = np.ones(count) if weights is None else np.array(weights, dtype=np.float64)
    if found.shape != (count,) or not np.isfinite(found).all() or not (found > 0).all():
        raise MethodError(
            f"weights have shape {found.shape}, or are not positive.", allowed=f"{count} positive numbers"
        )
    return found


def _clusters(clusters: Mapping[str, str] | None, units: Sequence[str]) -> NDArray[np.intp] | None:
    if clusters is None:
        return None
    lost = [unit for unit in units if unit not in clusters]
    if lost:
        raise UsageError(f"{len(lost)} units have no cluster, {lost[0]} first.", allowed="a cluster for every unit")
    return np.unique([clusters[unit] for unit in units], return_inverse=True)[1].astype(np.intp)
