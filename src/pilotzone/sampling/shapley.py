"""Shares of the variance of an answer by groups of inputs that may vary together: Shapley effects.

Owen 2014, "Sobol' indices and Shapley value", SIAM/ASA Journal on Uncertainty Quantification 2, 245-251; Song, Nelson
and Staum 2016, "Shapley effects for global sensitivity analysis: theory and computation", same journal 4, 1060-1083.
The cost of a set of groups is the mean variance that is left when all others are known; a group's effect is what it
adds to this cost, over all orders in which groups can be added. Effects are not negative and add up to one, whether
inputs vary together or not; their estimates add up to one as well, since what is added adds up in every order.

Costs are half the mean squared difference of two answers that share what is known (Jansen 1999). With few groups every
set is computed; with many, orders are drawn, and each draw walks along its own (Goda 2021, "A simple algorithm for
global sensitivity analysis with Shapley effects", Reliability Engineering and System Safety 213, 107702; here with
draws of inputs given the others).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import comb
from typing import TYPE_CHECKING, Literal

import numpy as np

from pilotzone.core import Result, Table
from pilotzone.sampling.copula import check_correlation, given_the_others
from pilotzone.sampling.scrambles import block_ratio, even_size, scrambled_scores
from pilotzone.sampling.sobol import check_groups, varying

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]

__all__ = ["ShapleyEffects", "shapley_effects", "shapley_of_costs", "shapley_walk"]

_MOST_EXACT = 8
_BUDGET, _LARGEST, _WALKED = 2**19, 2**16, 2**14
"""Answers with all sets; draws at most; draws where orders are drawn."""
_ALIKE = 32
"""Draws that walk along one order, so that conditional distributions are found once for all of them."""


@dataclass(frozen=True, eq=False)
class ShapleyEffects(Result):
    """Shares of the variance of an answer by groups of inputs; they add up to one.

    Attributes
    ----------
    groups
        Their names.
    effects
        Share of each, shape (g,).
    errors
        Standard errors, shape (g,).
    blocks
        Independent blocks of draws that errors come from; they have one degree of freedom less.
    mean, variance
        Mean and variance of the answer.
    evaluations
        How many answers were computed.
    method
        ``sets`` where all sets of groups were computed, ``orders`` where orders were drawn.
    """

    groups: tuple[str, ...]
    effects: Floats
    errors: Floats
    blocks: int
    mean: float
    variance: float
    evaluations: int
    method: Literal["sets", "orders"]

    def interval(self, level: float = 0.95) -> tuple[Floats, Floats]:
        """Return ends of confidence intervals of the estimates by a t distribution, two arrays of shape (g,)."""
        from scipy.special import stdtrit

        half = float(stdtrit(self.blocks - 1, (1 + level) / 2)) * self.errors
        return self.effects - half, self.effects + half

    def to_table(self) -> Table:
        """Return a row for each group, the most decisive first."""
        order = np.argsort(-self.effects, kind="stable").tolist()
        rows = [(self.groups[k], float(self.effects[k]), float(self.errors[k])) for k in order]
        return Table.from_rows(["input", "share", "error"], rows, title="Share of the variance by input (Shapley)")


def shapley_effects(
    answer: Callable[[Floats], Floats],
    groups: Mapping[str, Sequence[int]],
    *,
    correlation: Floats | None = None,
    draws: int | None = None,
    most_exact: int = _MOST_EXACT,
    seed: int = 20171,
) -> ShapleyEffects:
    """Return Shapley effects of groups of inputs under a Gaussian copula.

    Parameters
    ----------
    answer
        Returns answers, shape (n,), for normal scores of the d inputs, shape (n, d).
    groups
        Name to the positions of its inputs; each input is in one group.
    correlation
        Correlation of the normal scores, shape (d, d); none if left out.
    draws
        Number of draws of all inputs, rounded up to scrambles of powers of two. Each takes ``2 ** g`` answers, or
        g + 1 where orders are drawn. Left out: about half a million answers, or 16,384 draws.
    most_exact
        Groups up to which all sets are computed.
    seed
        Seed of the scrambles and of orders.

    Raises
    ------
    UsageError
        If groups do not part the inputs, or correlations do not go together.
    MethodError
        If answers are not finite, or do not vary.

    Examples
    --------
    >>> found = shapley_effects(
    ...     lambda z: z[:, 0] + z[:, 1],
    ...     {"a": [0], "b": [1], "unused": [2]},
    ...     correlation=np.array([[1, 0, 0.8], [0, 1, 0], [0.8, 0, 1]]),
    ... )
    >>> found.effects.round(2).tolist()
    [0.34, 0.5, 0.16]
    """
    names, columns = check_groups(groups)
    count = sum(map(len, columns))
    matrix = np.eye(count)
    if correlation is not None:
        matrix = check_correlation(correlation, [f"input {k + 1}" for k in range(count)])
    root = np.linalg.cholesky(matrix)
    exact = len(names) <= most_exact
    asked = draws or (min(_LARGEST, _BUDGET >> len(names)) if exact else _WALKED)
    scrambles, size = even_size(asked)
    scores = scrambled_scores(scrambles, size, 2 * count, seed)
    one, other = scores[:, :count] @ root.T, scores[:, count:] @ root.T
    base = varying(answer(one))

    def changed(rows: slice | NDArray[np.intp], mask: Mask) -> Floats:
        again = [k for own, new in zip(columns, mask, strict=True) if new for k in own]
        return given_the_others(one[rows], other[rows], again, matrix)

    if exact:
        # Of the last set all inputs are drawn again.
        costs = np.zeros((scrambles, 2 ** len(names)))
        for k in range(1, 2 ** len(names)):
            mask = np.array([k >> j & 1 for j in range(len(names))], dtype=bool)
            found = np.asarray(answer(changed(slice(None), mask)))
            costs[:, k] = ((base - found) ** 2).reshape(scrambles, size).mean(axis=1) / 2
        parts = shapley_of_costs(costs)
    else:

        def answers(mask: Mask) -> Floats:
            drawn = np.empty_like(one)
            kinds, which = np.unique(mask, axis=0, return_inverse=True)
            for k, kind in enumerate(kinds):
                rows = np.flatnonzero(which.ravel() == k)
                drawn[rows] = changed(rows, kind)
            return np.asarray(answer(drawn))

        orders = _orders(len(one), len(names), np.random.default_rng(seed))
        parts = shapley_walk(answers, base, orders).reshape(scrambles, size, -1).mean(axis=1)
    effects, errors = block_ratio(parts, parts.sum(axis=1))
    taken = 2 ** len(names) if exact else len(names) + 1
    return ShapleyEffects(
        names,
        effects,
        errors,
        scrambles,
        float(base.mean()),
        float(base.var()),
        len(one) * taken,
        "sets" if exact else "orders",
    )


def shapley_of_costs(costs: Floats) -> Floats:
    """Return Shapley values of g players, shape (..., g), from the costs of all their sets.

    Parameters
    ----------
    costs
        Cost of each set, shape (..., 2 ** g); bit j of a position says whether player j is in the set.

    Examples
    --------
    >>> shapley_of_costs(np.array([0.0, 1.0, 2.0, 5.0])).tolist()
    [2.0, 3.0]
    """
    count = costs.shape[-1].bit_length() - 1
    sets = np.arange(2**count)
    sizes = np.array([int(k).bit_count() for k in sets])
    # The share of orders in which just this set comes before the player.
    weight = np.array([1 / (count * comb(count - 1, k)) for k in range(count)])
    found = np.empty((2**count, count))
    for j in range(count):
        within = (sets >> j & 1).astype(bool)
        found[within, j] = weight[sizes[within] - 1]
        found[~within, j] = -weight[sizes[~within]]
    return np.asarray(costs @ found)


def shapley_walk(answers: Callable[[Mask], Floats], base: Floats, orders: NDArray[np.int64]) -> Floats:
    """Return what each group adds to half the squared difference of two answers, along an order for each draw.

    Parameters
    ----------
    answers
        Returns answers, shape (n,), given which groups are drawn again, given the others, in each draw: shape (n, g).
    base
        Answers where none is, shape (n,).
    orders
        Order of the groups in each draw, shape (n, g).

    Returns
    -------
    array
        Shape (n, g). The mean over draws is the variance times the Shapley effects.
    """
    found = np.zeros(orders.shape)
    mask = np.zeros(orders.shape, dtype=bool)
    rows, before = np.arange(len(orders)), np.zeros(len(orders))
    for column in orders.T:
        mask[rows, column] = True
        cost = (base - answers(mask)) ** 2 / 2
        found[rows, column] = cost - before
        before = cost
    return found


def _orders(draws: int, groups: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return an order for each draw, alike for neighbours; every second is that before it turned round."""
    count = -(-draws // _ALIKE)
    drawn = rng.permuted(np.tile(np.arange(groups), (-(-count // 2), 1)), axis=1)
    both = np.stack([drawn, drawn[:, ::-1]], axis=1).reshape(-1, groups)
    return np.repeat(both, _ALIKE, axis=0)[:draws]
