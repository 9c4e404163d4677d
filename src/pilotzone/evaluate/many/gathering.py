"""What both passes over units gather, and the effects made of it: shared by panels and repeated cross-sections.

A slot is what a mean is taken of: in a panel a change between two periods, in cross-sections one period. An effect is
one slot, or the difference of two, each a mean among the treated less a mean among pooled controls.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from pilotzone.core import DataError
from pilotzone.evaluate.many.cells import Comparison, GroupTime, LeftOut, check_something_left
from pilotzone.evaluate.many.clusters import ClusterVariation
from pilotzone.evaluate.many.effects import Estimand, GroupTimeEffects, Influences
from pilotzone.evaluate.many.variation import ProductVariation, Variation
from pilotzone.store import merged

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from pilotzone.store import PanelFacts, RowBatch, UnitBatch

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = [
    "Gathered",
    "Plan",
    "Sums",
    "check_room",
    "finished",
    "gathered_by_chunks",
    "gathered_of",
    "members_of",
    "merge_gathered",
    "merge_sums",
    "settled",
    "sums_of",
    "weights_of",
]

CHUNK = 20_000
"""Units whose influences are held at a time."""
MOST = 50_000_000
"""Numbers that the second pass may hold: cohorts times effects squared, or clusters times effects."""


@dataclass(frozen=True, eq=False)
class Sums:
    """What the first pass gathers, over S slots and K cohorts.

    Attributes
    ----------
    counts, weights, means
        Units that have a slot, the sum of their weights, and their weighted mean, each of shape (S, K).
    sizes
        Sum of all units' weights, shape (K,).
    clusters, members
        Positions of clusters, rising, shape (G,), and their units in each cohort, shape (G, K); empty without clusters.
    """

    counts: Integers
    weights: Floats
    means: Floats
    sizes: Floats
    clusters: Integers
    members: Integers


def sums_of(slots: Floats, cohorts: Integers, count: int, weights: Floats, clusters: Integers | None) -> Sums:
    """Return the sums of one batch.

    Parameters
    ----------
    slots
        Values of n units, shape (n, S); NaN where there is none.
    cohorts
        Positions among the cohorts, shape (n,).
    count
        K, how many cohorts there are.
    weights, clusters
        Shape (n,).
    """
    S = slots.shape[1]
    counts, sums, means = np.zeros((S, count), np.int64), np.zeros((S, count)), np.zeros((S, count))
    for k in range(count):
        rows = cohorts == k
        values, weight = slots[rows], weights[rows][:, None]
        there = ~np.isnan(values)
        counts[:, k] = there.sum(axis=0)
        sums[:, k] = (there * weight).sum(axis=0)
        whole = np.where(sums[:, k] > 0, sums[:, k], 1.0)
        filled = np.where(there, values, 0.0)
        mean = (filled * weight).sum(axis=0) / whole
        # Once more about the mean: digits that all units share cost none.
        means[:, k] = mean + (np.where(there, values - mean, 0.0) * weight).sum(axis=0) / whole
    sizes = np.asarray(np.bincount(cohorts, weights, minlength=count), dtype=np.float64)
    return Sums(counts, sums, means, sizes, *members_of(cohorts, count, clusters))


def members_of(cohorts: Integers, count: int, clusters: Integers | None) -> tuple[Integers, Integers]:
    """Return the clusters of a batch, rising, and their units in each cohort, as in `Sums`; none without clusters."""
    if clusters is None:
        return np.empty(0, np.int64), np.empty((0, count), np.int64)
    names, at = np.unique(clusters, return_inverse=True)
    found = np.bincount(at * count + cohorts, minlength=len(names) * count).reshape(-1, count)
    return names, found.astype(np.int64)


def merge_sums(one: Sums, other: Sums) -> Sums:
    """Return the sums of both."""
    weights = one.weights + other.weights
    share = other.weights / np.where(weights > 0, weights, 1.0)
    means = one.means + (other.means - one.means) * share
    names, members = _added(one.clusters, one.members, other.clusters, other.members)
    return Sums(one.counts + other.counts, weights, means, one.sizes + other.sizes, names, members)


def _added(names: Integers, rows: NDArray[Any], others: Integers, more: NDArray[Any]) -> tuple[Integers, NDArray[Any]]:
    """Return rows by name, those of a name in both added up."""
    every = np.union1d(names, others)
    found = np.zeros((len(every), rows.shape[1]), dtype=rows.dtype)
    found[np.searchsorted(every, names)] += rows
    found[np.searchsorted(every, others)] += more
    return every, found


@dataclass(frozen=True, eq=False)
class Plan:
    """What a unit's value in a slot adds to C effects: coef * weight * (value - centre), by its cohort.

    Attributes
    ----------
    later, earlier
        Slot of each effect, and the one that is taken off, shape (C,); ``-1`` in `earlier` where there is none.
    coefs
        For `later` and `earlier`, shape (2, C, K): one over the weights of the treated or less one over those of
        controls; zero for cohorts that are neither.
    centres
        The means that are taken off, shape (2, C, K).
    sides
        Weight of each cohort's mean in each effect, shape (C, K).
    """

    later: NDArray[np.intp]
    earlier: NDArray[np.intp]
    coefs: Floats
    centres: Floats
    sides: Floats


def settled(
    cells: Sequence[GroupTime],
    left: Sequence[LeftOut],
    sums: Sums,
    slots: tuple[NDArray[np.intp], NDArray[np.intp]],
    cohorts: Integers,
    comparison: Comparison,
) -> tuple[list[GroupTime], list[LeftOut], Floats, Plan]:
    """Return the effects that units are there for, what is left out, the estimates, and what units add to them.

    Parameters
    ----------
    cells, left
        Effects that periods and cohorts allow, and what they do not.
    sums
        Of the first pass.
    slots
        `later` and `earlier` of each effect, as in `Plan`.
    cohorts
        Shape (K,).
    comparison
        For errors.
    """
    kept: list[GroupTime] = []
    rest = list(left)
    rows: list[tuple[float, Floats, Floats, Floats]] = []
    at: list[int] = []
    for c, cell in enumerate(cells):
        own = int(np.searchsorted(cohorts, cell.cohort))
        used = [int(slots[0][c])] + ([int(slots[1][c])] if slots[1][c] >= 0 else [])
        controls = [j for j in cell.controls if all(sums.weights[s, j] > 0 for s in used)]
        if not all(sums.weights[s, own] > 0 for s in used) or not controls:
            who = "of the cohort" if controls else "to compare with"
            rest.append(LeftOut(cell.outcome, cell.cohort, cell.period, f"no unit {who} has the outcome when needed"))
            continue
        rows.append(_row(sums, used, own, controls))
        kept.append(_counted(cell, sums, used, own, controls))
        at.append(c)
    check_something_left(kept, rest, comparison)
    estimate = np.array([row[0] for row in rows])
    coefs, centres = (np.stack([row[j] for row in rows], axis=1) for j in (1, 2))
    sides = np.array([row[3] for row in rows])
    return kept, rest, estimate, Plan(slots[0][at], slots[1][at], coefs, centres, sides)


def _row(sums: Sums, used: list[int], own: int, controls: list[int]) -> tuple[float, Floats, Floats, Floats]:
    """Return an estimate, coefficients and centres of shape (2, K), and the weight of each cohort's mean."""
    K = len(sums.sizes)
    coefs, centres, sides = np.zeros((2, K)), np.zeros((2, K)), np.zeros(K)
    estimate = 0.0
    for j, (slot, sign) in enumerate(zip(used, (1.0, -1.0), strict=False)):
        pooled = sums.weights[slot, controls].sum()
        among = float(sums.weights[slot, controls] @ sums.means[slot, controls]) / pooled
        estimate += sign * (float(sums.means[slot, own]) - among)
        coefs[j, own], centres[j, own] = sign / sums.weights[slot, own], sums.means[slot, own]
        coefs[j, controls], centres[j, controls] = -sign / pooled, among
        if j == 0:
            sides[own], sides[controls] = 1.0, -sums.weights[slot, controls] / pooled
    return estimate, coefs, centres, sides


def _counted(cell: GroupTime, sums: Sums, used: list[int], own: int, controls: list[int]) -> GroupTime:
    """Return the effect with the units, and clusters, that it rests on."""
    units = [int(sums.counts[used][:, who].sum(axis=-1).min()) for who in ([own], controls)]
    clusters = units
    if len(sums.clusters):
        clusters = [int((sums.members[:, who] > 0).any(axis=1).sum()) for who in ([own], controls)]
    return replace(
        cell,
        controls=tuple(controls),
        treated_units=units[0],
        control_units=units[1],
        treated_clusters=clusters[0],
        control_clusters=clusters[1],
    )


@dataclass(frozen=True, eq=False)
class Gathered:
    """What the second pass gathers of units' influences on C effects, by cohort, or by cluster.

    Attributes
    ----------
    products, sums, mixed
        Without clusters: of each cohort the sums of influences' products, of influences, and of influences times
        weights, shapes (K, C, C), (K, C) and (K, C). Empty with clusters.
    squares
        Sum of squared weights of each cohort, shape (K,).
    clusters, rows
        Positions of clusters and the sums of their units' influences on effects and on sizes, shapes (G,) and
        (G, C + K). Empty without clusters.
    used
        Units that any effect rests on.
    """

    products: Floats
    sums: Floats
    mixed: Floats
    squares: Floats
    clusters: Integers
    rows: Floats
    used: int


def gathered_of(
    influence: Floats, used: int, cohorts: Integers, count: int, weights: Floats, clusters: Integers | None
) -> Gathered:
    """Return what one batch of influences, shape (n, C), comes to."""
    C = influence.shape[1]
    if clusters is not None:
        names, at = np.unique(clusters, return_inverse=True)
        rows = np.zeros((len(names), C + count))
        np.add.at(rows[:, :C], at, influence)
        np.add.at(rows, (at, C + cohorts), weights)
        nothing = np.zeros((0, C))
        return Gathered(np.zeros((0, C, C)), nothing, nothing, np.zeros(count), names, rows, used)
    products, sums, mixed = np.zeros((count, C, C)), np.zeros((count, C)), np.zeros((count, C))
    for k in range(count):
        members = cohorts == k
        part = influence[members]
        moving = np.flatnonzero(part.any(axis=0))
        small = part[:, moving]
        products[k][np.ix_(moving, moving)] = small.T @ small
        sums[k], mixed[k] = part.sum(axis=0), weights[members] @ part
    squares = np.asarray(np.bincount(cohorts, weights**2, minlength=count), dtype=np.float64)
    return Gathered(products, sums, mixed, squares, np.empty(0, np.int64), np.zeros((0, C + count)), used)


def gathered_by_chunks(
    influence_of: Callable[[slice], tuple[Floats, int]],
    cohorts: Integers,
    count: int,
    weights: Floats,
    clusters: Integers | None,
) -> Gathered:
    """Return what one batch comes to, some units at a time.

    Parameters
    ----------
    influence_of
        Returns the influences of a slice of units, and how many of them have any part in an effect.
    cohorts, count, weights, clusters
        As in `gathered_of`.
    """
    parts = []
    for start in range(0, len(cohorts), CHUNK):
        rows = slice(start, start + CHUNK)
        influence, used = influence_of(rows)
        some = None if clusters is None else clusters[rows]
        parts.append(gathered_of(influence, used, cohorts[rows], count, weights[rows], some))
    found = merged(parts, merge_gathered)
    if found is None:
        message = "a batch without units"
        raise ValueError(message)
    return found


def weights_of(batch: UnitBatch | RowBatch) -> Floats:
    """Return the weights of a batch, ones where there are none."""
    return np.ones(len(batch.cohorts)) if batch.weights is None else batch.weights


def merge_gathered(one: Gathered, other: Gathered) -> Gathered:
    """Return what both come to."""
    names, rows = _added(one.clusters, one.rows, other.clusters, other.rows)
    return Gathered(
        one.products + other.products,
        one.sums + other.sums,
        one.mixed + other.mixed,
        one.squares + other.squares,
        names,
        rows,
        one.used + other.used,
    )


def check_room(effects: int, cohorts: int, clusters: int | None) -> None:
    """Refuse what the second pass could not hold."""
    size = cohorts * effects**2 if clusters is None else clusters * (effects + cohorts)
    if size > MOST:
        what = f"{cohorts} cohorts" if clusters is None else f"{clusters:,} clusters"
        raise DataError(
            f"{what} have {effects:,} effects, which are too many to be held unit by unit.",
            allowed=f"{'cohorts times squared' if clusters is None else 'clusters times'} effects up to {MOST:,}",
            todo="take fewer outcomes or periods at a time, coarser cohorts, or coarser clusters.",
        )


def finished(
    effects: tuple[list[GroupTime], list[LeftOut], Floats],
    plan: Plan,
    columns: tuple[NDArray[np.intp], NDArray[np.intp]],
    found: Gathered,
    sums: Sums,
    facts: PanelFacts,
    comparison: Comparison,
    estimand: Estimand,
) -> GroupTimeEffects:
    """Put effects together with their joint covariance.

    Parameters
    ----------
    effects
        Effects, what is left out, and estimates.
    plan
        What units add.
    columns
        Columns of the layout of each effect's period and base.
    found, sums
        Of both passes.
    facts
        Of the panel.
    comparison, estimand
        What was compared, and over what means are.
    """
    cells, left, estimate = effects
    C, K = len(cells), len(facts.cohorts)
    clustered = facts.cluster_names is not None
    if clustered:
        E, Z = found.rows[:, :C], found.rows[:, C:]
        influences = Influences(E.T @ E, np.zeros((C, K)), E.T @ Z, Z.T @ Z)
        variation: Variation = ClusterVariation(E, sums.members, plan.sides, *columns)
    else:
        influences = Influences(
            found.products.sum(axis=0), np.zeros((C, K)), found.mixed.T.copy(), np.diag(found.squares)
        )
        counts = facts.counts.tolist()
        products = np.array([_centred(*item) for item in zip(found.products, found.sums, counts, strict=True)])
        variation = ProductVariation(facts.counts, products, plan.sides, *columns)
    return GroupTimeEffects(
        tuple(cells),
        estimate,
        influences,
        facts.cohorts,
        facts.counts,
        sums.sizes,
        comparison,
        tuple(left),
        variation,
        estimand,
        found.used,
        len(found.clusters) if clustered else None,
        found.rows if clustered else None,
    )


def _centred(products: Floats, sums: Floats, count: int) -> Floats:
    """Return sums of products about the mean."""
    return products - np.outer(sums, sums) / max(1, count)
