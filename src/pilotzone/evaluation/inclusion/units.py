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

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

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

    def before_start(self) -> UnitEffects | None:
        """Return the same units with changes from before their start, for tests of trends; ``None`` if there are none.

        `group_effects` and `effects_along` of them are placebos: where treated units and controls would have moved
        alike, they are zero but for chance.
        """
        return None if self.earlier is None else replace(self, change=self.earlier, earlier=None)

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
        several = len(np.unique(np.stack([self.clusters, codes]), axis=1)[0]) > len(np.unique(self.clusters))
        return np.zeros_like(codes) if several else codes

    def draws_in(self, rows: NDArray[np.bool_]) -> int:
        """Return how many draws some units are."""
        return int(rows.sum()) if self.clusters is None else len(np.unique(self.clusters[rows]))

    def averaged(
        self, treated: NDArray[np.bool_], controls: NDArray[np.bool_], within: Floats | None = None
    ) -> tuple[Floats, Floats]:
        """Return the mean effect on some treated units, and what each unit adds to its deviation.

        Parameters
        ----------
        treated, controls
            Which units, shape (N,).
        within
            Weights of the treated units in the mean, shape (N,), in place of their own; they add up to one.

        Returns
        -------
        array of shape (K,), array of shape (N, K)
        """
        share = np.where(treated, self.weights, 0.0)
        share = share / share.sum() if within is None else within
        beside = np.where(controls, self.weights, 0.0)
        beside /= beside.sum()
        own = self.own
        counter = np.zeros_like(own)
        for c, cohort in enumerate(self.cohorts):
            counter += share[treated & (self.starts == cohort)].sum() * self.change[c]
        mean, other = share @ own, beside @ counter
        effect: Floats = mean - other
        # Controls stand for what treated units of each cohort would have done.
        residual = np.where(treated[:, None], own - mean, 0.0)
        contribution: Floats = share[:, None] * residual - beside[:, None] * (counter - other)
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
    ) -> JointEffects:
        """Return effects as they pass to a verdict."""
        treated = self.starts != NEVER
        count = int(treated.sum())
        return JointEffects(
            unit=f"{count:,} units in {len(self.cohorts)} {'cohort' if len(self.cohorts) == 1 else 'cohorts'}",
            start=self.cohorts[0],
            window=self.window,
            estimator="given",
            outcomes=tuple(outcomes),
            estimate=effects,
            covariance=EffectCovariance(
                spread.matrix,
                drawn=self.drawn,
                treated=self.draws_in(treated),
                controls=self.draws_in(~treated),
                degrees=spread.degrees,
                method=method,
                refused=refused,
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
    layers, earlier = [], []
    for cohort in cohorts:
        before, since = np.flatnonzero(periods < cohort - anticipation), periods >= cohort
        if not len(before) or not since.any():
            raise MethodError(
                f"units treated from {cohort} have no period {'since' if len(before) else 'before'} their start.",
                allowed="a period before and one since every start",
            )
        layers.append(values[:, since].mean(axis=1) - values[:, before[-1]])
        if len(before) > 1:
            earlier.append(values[:, before[:-1]].mean(axis=1) - values[:, before[-1]])
    window = tuple(period for period in panel.periods if period >= cohorts[0])
    return UnitEffects(
        tuple(outcomes),
        panel.units,
        dates,
        np.stack(layers),
        cohorts,
        _weights(weights, len(panel.units)),
        _clusters(clusters, panel.units),
        window,
        np.stack(earlier) if len(earlier) == len(cohorts) else None,
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
