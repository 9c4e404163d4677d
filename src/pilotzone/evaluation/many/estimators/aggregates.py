"""Averages of effects over cohorts and periods, with cohort shares that are estimated as well.

The four averages are those of Callaway and Sant'Anna (2021, section 3). Cohorts count by their sizes: their numbers of
units that have the outcome at all, or the sums of these' weights. Sizes are as random as the outcomes: an average moves
with them, and so do the pooled controls of its effects. Both movements are added up before they are squared, so that
they may also cancel.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np

from pilotzone.core import Brief, MethodError, check_choice
from pilotzone.evaluation.many.cells.weights import Weights
from pilotzone.evaluation.many.estimators.effects import GroupTimeEffects

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from pilotzone.evaluation.many.cells.cells import GroupTime

    Floats = NDArray[np.float64]

__all__ = [
    "Aggregate",
    "AggregateEffects",
    "AggregateKind",
    "Averaging",
    "Shares",
    "aggregate_effects",
    "share_of_sizes",
]

AggregateKind = Literal["simple", "dynamic", "group", "calendar"]
"""All effects after treatment; by time since treatment; by cohort; by period."""

Shares = Literal["estimated", "given"]
"""Whether cohorts' sizes are as random as outcomes are where they weight effects, or given numbers."""


@dataclass(frozen=True)
class Aggregate:
    """One average: its kind, its outcome, and the event time, cohort or period it is of; None for the overall one."""

    kind: AggregateKind
    outcome: str
    at: int | None


@dataclass(frozen=True, eq=False)
class AggregateEffects(Brief):
    """Averages of all kinds asked for on all outcomes, with their joint covariance; all arrays are read-only.

    Attributes
    ----------
    rows
        What each of the Q averages is.
    estimate
        Averages, shape (Q,), each in its outcome's unit.
    covariance
        Covariance of all averages, shape (Q, Q).
    weighting
        Weighting of each effect in each average, of shape (Q, C), at the cohort shares as they are.
    shares
        Derivative of each average by the size of each cohort through these weights, shape (Q, L), for the L sizes of
        cohorts by blocks of outcomes; zero where shares are given.
    """

    rows: tuple[Aggregate, ...]
    estimate: Floats
    covariance: Floats
    weighting: Weights
    shares: Floats

    @cached_property
    def weights(self) -> Floats:
        """The weights as an array, shape (Q, C)."""
        found = self.weighting.dense()
        found.flags.writeable = False
        return found

    @property
    def se(self) -> Floats:
        """Standard errors, shape (Q,); zero for event times that are references of all their cohorts."""
        found: Floats = np.sqrt(np.maximum(np.diag(self.covariance), 0.0))
        return found


def aggregate_effects(
    effects: GroupTimeEffects, *kinds: AggregateKind, shares: Shares = "estimated"
) -> AggregateEffects:
    """Average effects over cohorts and periods.

    Parameters
    ----------
    effects
        Effects by cohort and period.
    kinds
        Which averages. Effects before treatment count in `dynamic` alone, and in its overall average not at all. A
        reference of a universal base counts only where an event time has nothing else.
    shares
        Cohorts' shares are estimated, and add to the variance, or they are given. Pooled controls of an effect move
        with their numbers in either case.

    Returns
    -------
    AggregateEffects
        Averages by outcome and kind: the overall one first, then its parts.

    Raises
    ------
    UsageError
        If a kind is unknown or none is given, or `shares` is unknown.
    MethodError
        If an outcome has no effect after treatment.
    """
    for kind in kinds or ("",):
        check_choice(kind, AggregateKind, "kind")
    check_choice(shares, Shares, "shares")
    rows, parts = _averages(effects, kinds)
    weights = Weights.stacked([part.weights for part in parts], len(effects.cells))
    moved = np.array([part.shares for part in parts]) * (shares == "estimated")
    return _aggregated(effects, tuple(rows), weights, moved)


def _aggregated(
    effects: GroupTimeEffects, rows: tuple[Aggregate, ...], weights: Weights, moved: Floats
) -> AggregateEffects:
    estimate = weights @ effects.estimate
    covariance = effects.influences.covariance(weights, moved)
    for item in (estimate, covariance, moved):
        item.flags.writeable = False
    return AggregateEffects(rows, estimate, covariance, weights, moved)


@dataclass(frozen=True, eq=False)
class Averaging(Brief):
    """How effects are averaged whatever their estimates, for one estimation after another with cohorts of one size.

    Attributes
    ----------
    kinds
        Which averages.
    cells, sizes
        The C effects and the sizes of cohorts that the weights are of.
    rows, weighting
        As in `AggregateEffects`.
    by_sizes
        `AggregateEffects.shares` as a linear map of estimates, shape (Q, L, C).
    """

    kinds: tuple[AggregateKind, ...]
    cells: tuple[GroupTime, ...]
    sizes: Floats
    rows: tuple[Aggregate, ...]
    weighting: Weights
    by_sizes: Floats

    @classmethod
    def of(cls, effects: GroupTimeEffects, *kinds: AggregateKind) -> Averaging:
        """Return how averages of some kinds are made of effects of this form."""
        count = len(effects.cells)
        rows, parts = _averages(replace(effects, estimate=np.eye(count)), kinds)
        weights = Weights.stacked([part.weights for part in parts], count)
        by_sizes = np.array([part.shares for part in parts])
        return cls(kinds, effects.cells, effects.sizes, tuple(rows), weights, by_sizes)

    def averaged(self, effects: GroupTimeEffects) -> AggregateEffects:
        """Return what `aggregate_effects` does: by the map if cells and sizes are the same ones, else anew."""
        if effects.cells != self.cells or not np.array_equal(effects.sizes, self.sizes):
            return aggregate_effects(effects, *self.kinds)
        return _aggregated(effects, self.rows, self.weighting, self.by_sizes @ effects.estimate)


_Some = tuple["NDArray[np.intp]", "Floats"]
"""Positions of effects, and their weights."""


@dataclass(frozen=True, eq=False)
class _Average:
    """A weighted mean of effects: their weights, and its derivative by each cohort's size through these."""

    weights: _Some
    shares: Floats


def _averages(effects: GroupTimeEffects, kinds: tuple[AggregateKind, ...]) -> tuple[list[Aggregate], list[_Average]]:
    """Return what averages there are, outcome by outcome and kind by kind, and how each is made."""
    rows: list[Aggregate] = []
    parts: list[_Average] = []
    for outcome in dict.fromkeys(cell.outcome for cell in effects.cells):
        chosen = _chosen(effects, outcome)
        for kind in kinds:
            labels, averages = _kind(effects, kind, outcome, *chosen)
            rows += [Aggregate(kind, outcome, at) for at in labels]
            parts += averages
    return rows, parts


def _chosen(effects: GroupTimeEffects, outcome: str) -> tuple[list[int], list[int]]:
    """Return the positions of effects on one outcome whose cohorts count in averages, and of those after treatment."""
    cells, how = effects.cells, effects.comparison
    chosen = [c for c, cell in enumerate(cells) if cell.outcome == outcome and how.averages(cell)]
    after = [c for c in chosen if how.counts(cells[c])]
    if not after:
        raise MethodError(
            f"outcome '{outcome}' has no effect after treatment to average.",
            allowed="a cohort with a period from its treatment on, and units to compare it with then",
            todo="look at the periods of the outcome, and at the last cohort that counts, if one was named",
        )
    return chosen, after


def _kind(
    effects: GroupTimeEffects, kind: AggregateKind, outcome: str, chosen: list[int], after: list[int]
) -> tuple[list[int | None], list[_Average]]:
    """Return the overall average of one kind and outcome, and its parts, with what they are of."""
    cells = effects.cells
    if kind == "simple":
        return [None], [_by_units(effects, after)]
    if kind == "group":
        groups = _sorted_by((cells[c].cohort, c) for c in after)
        nothing = np.zeros((effects.sizes.size, *effects.estimate.shape[1:]))
        parts = [_Average((np.array(group), np.full(len(group), 1 / len(group))), nothing) for group in groups.values()]
        return [None, *groups], [_weighted(effects, list(groups), [part.weights for part in parts], outcome), *parts]
    if kind == "calendar":
        groups = _sorted_by((cells[c].period, c) for c in after)
        parts = [_by_units(effects, group) for group in groups.values()]
        return [None, *groups], [_mean(parts), *parts]
    groups = _sorted_by((cells[c].event, c) for c in chosen)
    parts = [_by_units(effects, _without_references(effects, group)) for group in groups.values()]
    counted = {cells[c].event for c in after}
    overall = _mean([part for event, part in zip(groups, parts, strict=True) if event in counted])
    return [None, *groups], [overall, *parts]


def _sorted_by(pairs: Iterable[tuple[int, int]]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for key, c in sorted(pairs):
        found.setdefault(key, []).append(c)
    return found


def _without_references(effects: GroupTimeEffects, group: list[int]) -> list[int]:
    return [c for c in group if not effects.cells[c].reference] or group


def _mean(parts: list[_Average]) -> _Average:
    """Return the plain mean of averages of different effects."""
    share = np.full(len(parts), 1 / len(parts))
    return _Average(_joined([part.weights for part in parts], share), np.mean([part.shares for part in parts], axis=0))


def _joined(parts: list[_Some], share: Floats) -> _Some:
    """Return the weights of an average of averages that have no effect in common."""
    return (
        np.concatenate([at for at, _ in parts]),
        np.concatenate([value * own for (_, value), own in zip(parts, share.tolist(), strict=True)]),
    )


def _by_units(effects: GroupTimeEffects, group: list[int]) -> _Average:
    """Return the mean of effects in which each counts by its cohort's size."""
    at = np.array(group)
    cohorts = [effects.cells[c].cohort for c in group]
    share, shares = share_of_sizes(effects, cohorts, effects.estimate[at], effects.cells[group[0]].outcome)
    return _Average((at, share), shares)


def _weighted(effects: GroupTimeEffects, cohorts: list[int], parts: list[_Some], outcome: str) -> _Average:
    """Return the mean of averages in which each counts by the size of a cohort; their own weights are given numbers."""
    values = np.array([value @ effects.estimate[some] for some, value in parts])
    share, shares = share_of_sizes(effects, cohorts, values, outcome)
    return _Average(_joined(parts, share), shares)


def share_of_sizes(
    effects: GroupTimeEffects, cohorts: list[int], values: Floats, outcome: str
) -> tuple[Floats, Floats]:
    """Return how much each of some values counts in a mean by sizes of cohorts, and the mean's derivative by sizes.

    With sizes n and values a, the mean is sum(n a) / sum(n), and its derivative by one of the sizes is that value less
    the mean, over sum(n). Where each value is a vector, so are the mean and its derivatives.
    """
    at = np.searchsorted(effects.cohorts, cohorts)
    units = effects.sizes_of(outcome)[at]
    total = units.sum()
    share = units / total
    shares = np.zeros((*effects.sizes.shape, *values.shape[1:]))
    np.add.at(shares[effects.blocks.get(outcome, 0)], at, (values - share @ values) / total)
    return share, shares.reshape(-1, *values.shape[1:])
