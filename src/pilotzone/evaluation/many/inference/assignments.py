"""Who could have been treated: cohorts dealt out among units or clusters, in all ways or in many at random."""

from __future__ import annotations

from itertools import combinations
from math import comb
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import NEVER, DataError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["all_assignments", "assignment_count", "drawn_assignments", "groups_of", "mechanism"]


def groups_of(values: Floats, labels: Integers, clusters: ArrayLike | None) -> tuple[NDArray[np.intp], Integers]:
    """Return to what unit or cluster each unit belongs, and what cohort each of these has.

    Units and clusters stand in an order that the data have of themselves, whatever the rows' or the clusters' names.
    """
    order = np.lexsort((*values.T, labels))
    place = np.empty(len(order), np.intp)
    place[order] = np.arange(len(order))
    if clusters is None:
        return place, labels[order]
    names = np.asarray(clusters)
    if names.shape != labels.shape:
        raise DataError(f"{len(labels)} units have clusters of shape {names.shape}.", allowed="one cluster a unit")
    found, groups = np.unique(names, return_inverse=True)
    first = np.full(len(found), len(labels))
    np.minimum.at(first, groups, place)
    rank = np.argsort(np.argsort(first))
    groups = rank[groups]
    given = labels[order[np.sort(first)]]
    bad = np.flatnonzero(given[groups] != labels)
    if len(bad):
        raise DataError(
            f"cluster {str(names[bad[0]])!r} has units of several cohorts.",
            allowed="clusters that are treated as a whole",
            todo="leave the clusters out, to deal cohorts out among units.",
        )
    return groups, given


def assignment_count(sizes: NDArray[np.intp]) -> int:
    """Return how many ways there are to deal cohorts of these sizes out."""
    found, left = 1, int(sizes.sum())
    for size in sizes.tolist():
        found *= comb(left, size)
        left -= size
    return found


def all_assignments(given: Integers) -> Iterator[Integers]:
    """Yield every assignment once."""
    names, sizes = np.unique(given, return_counts=True)

    def dealt(left: tuple[int, ...], k: int) -> Iterator[Integers]:
        if k == len(names) - 1:
            found = np.full(len(given), names[k])
            yield found
            return
        for chosen in combinations(left, int(sizes[k])):
            rest = tuple(at for at in left if at not in set(chosen))
            for found in dealt(rest, k + 1):
                found[list(chosen)] = names[k]
                yield found

    yield from dealt(tuple(range(len(given))), 0)


def drawn_assignments(given: Integers, draws: int, seed: int) -> Iterator[Integers]:
    """Yield assignments drawn at random, each as likely as any other."""
    rng = np.random.default_rng(seed)
    for _ in range(draws):
        yield rng.permutation(given)


def mechanism(given: Integers, what: str) -> str:
    """Say who could have been treated instead."""
    names, sizes = np.unique(given, return_counts=True)
    treated = [f"{size} from {int(name)}" for name, size in zip(names, sizes, strict=True) if name != NEVER]
    never = int(sizes[names == NEVER].sum())
    return (
        f"Assumed: of {len(given)} {what}, any {', '.join(treated)} on could have been treated instead, and any "
        f"{never} never, each assignment being as likely as any other. p is for no effect on anybody at any time."
    )
