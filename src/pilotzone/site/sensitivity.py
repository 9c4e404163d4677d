"""Which unknowns decide: shares of the variance of an answer that are due to weights and to each criterion's values.

Sobol' 1993, "Sensitivity estimates for nonlinear mathematical models", Mathematical Modeling and Computational
Experiment 1, 407-414, for groups of inputs; estimators of Jansen 1999, "Analysis of variance designs for model output",
Computer Physics Communications 117, 35-43.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import Table, listing
from pilotzone.site.criteria import Criterion, check_values
from pilotzone.site.scores import RankingMethod, firsts, scorer
from pilotzone.site.uncertainty import Ranges, as_values, draw_scores, linked_blocks
from pilotzone.site.weights import WeightSpace, draw_weights

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Sensitivity", "sobol_of_winner", "sobol_shares"]

_AT_ONCE = 2_000_000
"""Numbers of values that are held at a time."""


@dataclass(frozen=True, eq=False)
class Sensitivity:
    """Shares of the variance of whether a place is the first.

    Attributes
    ----------
    place
        Its name.
    groups
        Inputs: the weights, and values on criteria, together where they vary together.
    first
        Share due to each group alone, shape (g,).
    total
        Share due to each group and all its interplay with others, shape (g,).
    first_error, total_error
        Standard errors over the samples, shape (g,).
    share
        How often the place is the first.
    samples
        Size of the base sample.
    """

    place: str
    groups: tuple[str, ...]
    first: Floats
    total: Floats
    first_error: Floats
    total_error: Floats
    share: float
    samples: int

    def to_table(self) -> Table:
        """Return a row for each group, the most decisive first."""
        order = np.argsort(-self.total, kind="stable")
        columns = (self.first, self.first_error, self.total, self.total_error)
        rows = [(self.groups[k], *(float(column[k]) for column in columns)) for k in order]
        names = ["unknown", "alone", "error", "in all", "error of all"]
        return Table.from_rows(names, rows, title=f"What decides whether {self.place} is the first")


def sobol_shares(answer: Callable[[Sequence[int]], Floats], groups: int) -> tuple[Floats, Floats, Floats, Floats]:
    """Return shares of variance by group, alone and in all, each with its standard error: four arrays of shape (g,).

    Parameters
    ----------
    answer
        Returns answers, shape (N,), given which groups come from the second of two independent samples; the others
        come from the first.
    groups
        How many groups g.

    Notes
    -----
    NaN where the answer does not vary.
    """
    one, other = answer([]), answer(list(range(groups)))
    variance = float(np.var(np.concatenate([one, other])))
    first, total, first_error, total_error = (np.full(groups, np.nan) for _ in range(4))
    if variance > 0:
        root = np.sqrt(len(one))
        for k in range(groups):
            mixed = answer([k])
            # Of these, `other` shares only the group with `mixed`, and `one` all else.
            apart, alike = (other - mixed) ** 2 / (2 * variance), (one - mixed) ** 2 / (2 * variance)
            first[k], total[k] = 1 - apart.mean(), alike.mean()
            first_error[k], total_error[k] = apart.std() / root, alike.std() / root
    return first, total, first_error, total_error


def sobol_of_winner(
    ranges: Ranges,
    criteria: Sequence[Criterion],
    place: int,
    *,
    space: WeightSpace | None = None,
    method: RankingMethod = "weighted_sum",
    samples: int = 2_000,
    seed: int = 20160,
    name: str | None = None,
) -> Sensitivity:
    """Return what decides whether a place is the first.

    Parameters
    ----------
    ranges
        What is known of the values, shape (m, n).
    criteria
        The n criteria.
    place
        Position of the place.
    space
        What is known of the weights.
    method
        How scores are made.
    samples
        Size of each of the two samples; as many rankings again for each group.
    seed
        Of the samples.
    name
        Of the place; its number if left out.

    Raises
    ------
    UsageError, DataError
        As in `scores`.
    """
    rng = np.random.default_rng(seed)
    names = [criterion.name for criterion in criteria]
    signs = check_values(np.ones((1, len(names))), criteria)
    weights = [draw_weights(names, samples, space, seed=int(rng.integers(2**31))) for _ in range(2)]
    normal = [draw_scores(ranges, samples, rng) for _ in range(2)]
    uncertain = np.asarray((ranges.low < ranges.high).any(axis=0))
    blocks = [part for part in linked_blocks(ranges.correlation) if uncertain[part].any()]

    def answer(second: Sequence[int]) -> Floats:
        given = weights[int(0 in second)]
        drawn = normal[0].copy()
        for k, block in enumerate(blocks, start=1):
            if k in second:
                drawn[..., block] = normal[1][..., block]
        found = np.empty(samples)
        for part in np.array_split(np.arange(samples), max(1, -(-drawn.size // _AT_ONCE))):
            values = as_values(ranges, drawn[part]) * signs
            score = scorer(values, criteria, method)(given[part, None])
            found[part] = firsts(score)[:, 0, place]
        return found

    first, total, first_error, total_error = sobol_shares(answer, 1 + len(blocks))
    return Sensitivity(
        place=name if name is not None else str(place),
        groups=("weights", *(listing([names[k] for k in block], most=9) for block in blocks)),
        first=first,
        total=total,
        first_error=first_error,
        total_error=total_error,
        share=float(answer([]).mean()),
        samples=samples,
    )
