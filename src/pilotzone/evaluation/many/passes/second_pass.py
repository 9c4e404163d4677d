"""What the second pass gathers: sums of units' influences on effects, in panels and in repeated cross-sections.

An effect is one slot of the first pass, or the difference of two, each a mean among the treated less a mean among
pooled controls.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import DataError
from pilotzone.evaluation.many.cells.cells import Comparison, GroupTime, LeftOut, check_something_left
from pilotzone.evaluation.many.moments.sums import added
from pilotzone.store import merged

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from pilotzone.evaluation.many.moments.sums import Sums
    from pilotzone.store import PanelFacts

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = [
    "InfluenceSums",
    "SlotTerms",
    "blocks_of",
    "check_room",
    "has_of",
    "influence_sums_by_chunks",
    "influence_sums_of",
    "merge_influence_sums",
    "settled",
]

CHUNK = 20_000
"""Units whose influences are held at a time."""
MOST = 50_000_000
"""Numbers that the second pass may hold: squares of the effects that each cohort's units have a part in and of all, or
clusters times effects."""


@dataclass(frozen=True, eq=False)
class SlotTerms:
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
        Weight of each cohort's mean in each effect, less the same in what is taken off, shape (2, C, K).
    """

    later: NDArray[np.intp]
    earlier: NDArray[np.intp]
    coefs: Floats
    centres: Floats
    sides: Floats

    @cached_property
    def part(self) -> NDArray[np.bool_]:
        """Whether units of a cohort have a part in an effect, shape (K, C)."""
        found: NDArray[np.bool_] = (self.coefs != 0).any(axis=0).T
        return found

    @cached_property
    def moving(self) -> list[NDArray[np.intp]]:
        """For each cohort the effects that its units have a part in."""
        return [np.flatnonzero(part) for part in self.part]

    @property
    def slots(self) -> NDArray[np.intp]:
        """The slots by which both columns of each effect are known, shape (2, C).

        In a panel the slot is a change, which is known in both periods by the same draws.
        """
        return np.stack([self.later, np.where(self.earlier < 0, self.later, self.earlier)])


def settled(
    cells: Sequence[GroupTime],
    left: Sequence[LeftOut],
    sums: Sums,
    slots: tuple[NDArray[np.intp], NDArray[np.intp]],
    cohorts: Integers,
    comparison: Comparison,
) -> tuple[list[GroupTime], list[LeftOut], Floats, SlotTerms]:
    """Return the effects that units are there for, what is left out, the estimates, and what units add to them.

    Parameters
    ----------
    cells, left
        Effects that periods and cohorts allow, and what they do not.
    sums
        Sums of the first pass.
    slots
        `later` and `earlier` of each effect, as in `SlotTerms`.
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
    coefs, centres, sides = (np.stack([row[j] for row in rows], axis=1) for j in (1, 2, 3))
    return kept, rest, estimate, SlotTerms(slots[0][at], slots[1][at], coefs, centres, sides)


def _row(sums: Sums, used: list[int], own: int, controls: list[int]) -> tuple[float, Floats, Floats, Floats]:
    """Return an estimate, and coefficients, centres and weights of cohorts' means, each of shape (2, K)."""
    K = sums.cohorts
    coefs, centres, sides = np.zeros((2, K)), np.zeros((2, K)), np.zeros((2, K))
    estimate = 0.0
    for j, (slot, sign) in enumerate(zip(used, (1.0, -1.0), strict=False)):
        pooled = sums.weights[slot, controls].sum()
        among = float(sums.weights[slot, controls] @ sums.means[slot, controls]) / pooled
        estimate += sign * (float(sums.means[slot, own]) - among)
        coefs[j, own], centres[j, own] = sign / sums.weights[slot, own], sums.means[slot, own]
        coefs[j, controls], centres[j, controls] = -sign / pooled, among
        sides[j, own], sides[j, controls] = sign, -sign * sums.weights[slot, controls] / pooled
    if len(used) == 1:
        sides[1] = -sides[0]
    return estimate, coefs, centres, sides


def _counted(cell: GroupTime, sums: Sums, used: list[int], own: int, controls: list[int]) -> GroupTime:
    """Return the effect with the units, and clusters, that it rests on."""
    return replace(
        cell,
        controls=tuple(controls),
        treated_units=sums.units_in(used, [own]),
        control_units=sums.units_in(used, controls),
        treated_clusters=sums.draws_in(used, [own]),
        control_clusters=sums.draws_in(used, controls),
    )


@dataclass(frozen=True, eq=False)
class InfluenceSums:
    """What the second pass gathers of units' influences on C effects, by cohort, or by cluster.

    Attributes
    ----------
    products
        Without clusters: of each cohort the sums of products of influences on those effects that its units have a part
        in, square arrays; empty with clusters.
    sums, mixed
        Without clusters: of each cohort the sums of influences, and of influences times weights of units that have a
        block of outcomes, shapes (K, C) and (B, K, C). Empty with clusters.
    squares
        Sum of squared weights of each cohort's units that have two blocks of outcomes, shape (K, B, B).
    clusters, rows
        Positions of clusters and the sums of their units' influences on effects and on sizes, shapes (G,) and
        (G, C + B K). Empty without clusters.
    used
        Units that any effect rests on.
    """

    products: tuple[Floats, ...]
    sums: Floats
    mixed: Floats
    squares: Floats
    clusters: Integers
    rows: Floats
    used: int


def influence_sums_of(
    influence: Floats,
    used: int,
    cohorts: Integers,
    moving: Sequence[NDArray[np.intp]],
    masses: Floats,
    clusters: Integers | None,
) -> InfluenceSums:
    """Return what one batch of influences, shape (n, C), comes to.

    Parameters
    ----------
    influence, used
        Influences of n units, and how many of them have any part in an effect.
    cohorts, moving
        Positions of their cohorts, and for each cohort the effects that its units have a part in.
    masses
        Weights of units in each block of outcomes, zero where they have none of it, shape (n, B).
    clusters
        Positions of their clusters.
    """
    C, B, count = influence.shape[1], masses.shape[1], len(moving)
    if clusters is not None:
        names, at = np.unique(clusters, return_inverse=True)
        rows = np.zeros((len(names), C + B * count))
        np.add.at(rows[:, :C], at, influence)
        for block in range(B):
            np.add.at(rows, (at, C + block * count + cohorts), masses[:, block])
        nothing = np.zeros((0, C))
        return InfluenceSums((), nothing, np.zeros((B, 0, C)), np.zeros((count, B, B)), names, rows, used)
    products, sums, mixed = [], np.zeros((count, C)), np.zeros((B, count, C))
    squares = np.zeros((count, B, B))
    for k in range(count):
        members = cohorts == k
        part, mass = influence[members], masses[members]
        small = part[:, moving[k]]
        products.append(small.T @ small)
        sums[k], mixed[:, k] = part.sum(axis=0), mass.T @ part
        squares[k] = mass.T @ mass
    return InfluenceSums(
        tuple(products), sums, mixed, squares, np.empty(0, np.int64), np.zeros((0, C + B * count)), used
    )


def influence_sums_by_chunks(
    influence_of: Callable[[slice], tuple[Floats, int]],
    cohorts: Integers,
    moving: Sequence[NDArray[np.intp]],
    masses: Floats,
    clusters: Integers | None,
) -> InfluenceSums:
    """Return what one batch comes to, some units at a time.

    Parameters
    ----------
    influence_of
        Returns the influences of a slice of units, and how many of them have any part in an effect.
    cohorts, moving, masses, clusters
        As in `influence_sums_of`.
    """
    parts = []
    for start in range(0, len(cohorts), CHUNK):
        rows = slice(start, start + CHUNK)
        influence, used = influence_of(rows)
        some = None if clusters is None else clusters[rows]
        parts.append(influence_sums_of(influence, used, cohorts[rows], moving, masses[rows], some))
    found = merged(parts, merge_influence_sums)
    if found is None:
        message = "a batch without units"
        raise ValueError(message)
    return found


def merge_influence_sums(one: InfluenceSums, other: InfluenceSums) -> InfluenceSums:
    """Return what both come to."""
    names, rows = added(one.clusters, one.rows, other.clusters, other.rows)
    return InfluenceSums(
        tuple(a + b for a, b in zip(one.products, other.products, strict=True)),
        one.sums + other.sums,
        one.mixed + other.mixed,
        one.squares + other.squares,
        names,
        rows,
        one.used + other.used,
    )


def check_room(cells: Sequence[GroupTime], cohorts: Integers, clusters: int | None) -> None:
    """Refuse what the second pass could not hold."""
    C, K = len(cells), len(cohorts)
    own = np.bincount(np.searchsorted(cohorts, [cell.cohort for cell in cells]), minlength=K)
    as_controls = np.bincount(np.array([j for cell in cells for j in cell.controls], dtype=np.intp), minlength=K)
    size = C**2 + int(((own + as_controls) ** 2).sum()) if clusters is None else clusters * (C + K)
    if size > MOST:
        what = f"{K} cohorts" if clusters is None else f"{clusters:,} clusters"
        how = "numbers for pairs of effects that units have a part in" if clusters is None else "clusters times effects"
        raise DataError(
            f"{what} have {C:,} effects, which are too many to be held unit by unit: {size:,} numbers.",
            allowed=f"{how}, up to {MOST:,}; a balanced panel without weights and clusters has no such limit",
            todo="take fewer outcomes or periods at a time, coarser cohorts, or coarser clusters.",
        )


def blocks_of(facts: PanelFacts) -> dict[str, int]:
    """Return a block for each outcome: one for all that every unit has in some period, and one each for the others."""
    found: dict[str, int] = {}
    whole: int | None = None
    for name in facts.observed:
        every = name not in facts.having or bool((facts.having[name] == facts.counts).all())
        if every and whole is not None:
            found[name] = whole
            continue
        found[name] = max(found.values(), default=-1) + 1
        whole = found[name] if every else whole
    return found


def has_of(values: Mapping[str, Floats], blocks: Mapping[str, int]) -> NDArray[np.bool_]:
    """Return whether units, or rows, have each block of outcomes in any period, shape (n, B)."""
    count = max(blocks.values()) + 1
    found = np.zeros((len(next(iter(values.values()))), count), dtype=bool)
    for name, block in blocks.items():
        there = ~np.isnan(values[name])
        found[:, block] |= there.any(axis=1) if there.ndim > 1 else there
    return found
