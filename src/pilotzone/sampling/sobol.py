"""Shares of the variance of an answer by groups of inputs that vary independently of one another.

Sobol' 1993, "Sensitivity estimates for nonlinear mathematical models", Mathematical Modeling and Computational
Experiment 1, 407-414, for groups of inputs. Shares with interactions by the estimator of Jansen 1999, "Analysis of
variance designs for model output", Computer Physics Communications 117, 35-43; shares alone by that of Saltelli and
others 2010, "Variance based sensitivity analysis of model output", Computer Physics Communications 181, 259-270, whose
error is small where a share is. Shares alone add up to one at most; shares with interactions may add up to more.

The estimators put columns of one sample into another. Of groups that vary together this makes inputs that cannot be,
and no share means anything: `pilotzone.sampling.shapley` is for these.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import MethodError, Result, Table, UsageError, listing
from pilotzone.sampling.copula import check_correlation
from pilotzone.sampling.scrambles import block_ratio, even_size, scrambled_scores

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["SobolIndices", "check_groups", "sobol_indices", "sobol_shares", "varying"]

_ROUNDING = 1e-10
_SAME = 1e-12
"""Answers that differ by less, relative to the largest, differ by rounding."""


@dataclass(frozen=True, eq=False)
class SobolIndices(Result):
    """Shares of the variance of an answer by independent groups of inputs.

    Attributes
    ----------
    groups
        Their names.
    first
        Share due to each group alone, shape (g,); these add up to one at most.
    total
        Share due to each group with its interactions, shape (g,); these may add up to more than one.
    first_error, total_error
        Standard errors over independent scrambles, shape (g,).
    mean, variance
        Mean and variance of the answer.
    evaluations
        How many answers were computed.
    """

    groups: tuple[str, ...]
    first: Floats
    total: Floats
    first_error: Floats
    total_error: Floats
    mean: float
    variance: float
    evaluations: int

    def to_table(self) -> Table:
        """Return a row for each group, the most decisive first."""
        order = np.argsort(-self.total, kind="stable").tolist()
        columns = (self.first, self.first_error, self.total, self.total_error)
        rows = [(self.groups[k], *(float(column[k]) for column in columns)) for k in order]
        names = ["input", "alone", "error", "with interactions", "its error"]
        return Table.from_rows(names, rows, title="Share of the variance by input")


def sobol_shares(answer: Callable[[Sequence[int]], Floats], groups: int) -> tuple[Floats, Floats, Floats, Floats]:
    """Return shares of variance by group, alone and in all, each with its standard error: four arrays of shape (g,).

    Parameters
    ----------
    answer
        Returns answers, shape (N,), given which groups come from the second of two independent samples; the others
        come from the first. Groups have to be independent of one another.
    groups
        How many groups g.

    Notes
    -----
    NaN where the answer does not vary.
    """
    one, other = answer([]), answer(list(range(groups)))
    both = np.concatenate([one, other])
    mean, variance = float(both.mean()), float(both.var())
    first, total, first_error, total_error = (np.full(groups, np.nan) for _ in range(4))
    if variance > 0:
        root = np.sqrt(len(one))
        for k in range(groups):
            mixed = answer([k])
            # Of these, `other` shares only the group with `mixed`, and `one` all else.
            alone = (other - mean) * (mixed - one) / variance
            alike = (one - mixed) ** 2 / (2 * variance)
            first[k], total[k] = alone.mean(), alike.mean()
            first_error[k], total_error[k] = alone.std() / root, alike.std() / root
    return first, total, first_error, total_error


def sobol_indices(
    answer: Callable[[Floats], Floats],
    groups: Mapping[str, Sequence[int]],
    *,
    correlation: Floats | None = None,
    draws: int = 65_536,
    seed: int = 20170,
) -> SobolIndices:
    """Return shares of the variance of an answer by independent groups of inputs.

    Parameters
    ----------
    answer
        Returns answers, shape (n,), for normal scores of the d inputs, shape (n, d).
    groups
        Name to the positions of its inputs; each input is in one group.
    correlation
        Correlation of the normal scores, shape (d, d); none if left out. Inputs may be correlated within a group only.
    draws
        Size of each of the two samples, rounded up to scrambles of powers of two; as many answers again for each group.
    seed
        Seed of the scrambles.

    Raises
    ------
    UsageError
        If groups do not part the inputs, or are correlated with one another.
    MethodError
        If answers are not finite, or do not vary.

    Examples
    --------
    >>> found = sobol_indices(lambda z: 2 * z[:, 0] + z[:, 1], {"a": [0], "b": [1]})
    >>> found.first.round(3).tolist(), found.total.round(3).tolist()
    ([0.8, 0.2], [0.8, 0.2])
    """
    names, columns = check_groups(groups)
    count = sum(map(len, columns))
    root: Floats = np.eye(count)
    if correlation is not None:
        matrix = check_correlation(correlation, [f"input {k + 1}" for k in range(count)])
        _check_independent(matrix, names, columns)
        root = np.asarray(np.linalg.cholesky(matrix), dtype=np.float64)
    scrambles, size = even_size(draws)
    scores = scrambled_scores(scrambles, size, 2 * count, seed)
    samples = scores[:, :count] @ root.T, scores[:, count:] @ root.T

    def blocks(values: Floats) -> Floats:
        return values.reshape(scrambles, size)

    one, other = (blocks(varying(answer(sample))) for sample in samples)
    both = np.concatenate([one, other], axis=1)
    mean = both.mean()
    variances = ((both - mean) ** 2).mean(axis=1)
    alone, alike = np.empty((scrambles, len(names))), np.empty((scrambles, len(names)))
    for k, own in enumerate(columns):
        drawn = samples[0].copy()
        drawn[:, own] = samples[1][:, own]
        mixed = blocks(_finite(answer(drawn)))
        alone[:, k] = ((other - mean) * (mixed - one)).mean(axis=1)
        alike[:, k] = ((one - mixed) ** 2).mean(axis=1) / 2
    first, first_error = block_ratio(alone, variances)
    total, total_error = block_ratio(alike, variances)
    return SobolIndices(
        names, first, total, first_error, total_error, float(mean), float(variances.mean()), one.size * (2 + len(names))
    )


def check_groups(groups: Mapping[str, Sequence[int]]) -> tuple[tuple[str, ...], list[list[int]]]:
    """Return names of groups and the positions of their inputs.

    Raises
    ------
    UsageError
        If not each input from the first to the last is in one group.
    """
    columns = [list(own) for own in groups.values()]
    found = sorted(k for own in columns for k in own)
    if not found or found != list(range(len(found))) or not all(columns):
        raise UsageError(
            f"groups {listing(list(groups)) or 'none'} have the inputs {listing(found) or 'none'}.",
            allowed="groups with one input or more, each input from 0 on in one of them",
        )
    return tuple(groups), columns


def varying(values: Floats) -> Floats:
    """Return answers that are finite and vary.

    Raises
    ------
    MethodError
        If they are not, or do not.
    """
    found = _finite(values)
    if np.ptp(found) <= _SAME * np.abs(found).max():
        raise MethodError(
            f"the answer is {float(found[0]):.6g} whatever the inputs are.",
            allowed="an answer that varies: shares of a variance of zero mean nothing",
            todo="leave the shares out, or see whether the inputs have ranges",
        )
    return found


def _finite(values: Floats) -> Floats:
    found = np.asarray(values, dtype=np.float64)
    wrong = int((~np.isfinite(found)).sum())
    if wrong:
        raise MethodError(
            f"{wrong:,} of {found.size:,} answers are not finite.",
            allowed="a number for every draw of the inputs",
            todo="narrow the ranges of inputs to what the model can take",
        )
    return found


def _check_independent(matrix: Floats, names: Sequence[str], columns: Sequence[Sequence[int]]) -> None:
    for k, own in enumerate(columns):
        for j in range(k):
            if np.abs(matrix[np.ix_(own, columns[j])]).max() > _ROUNDING:
                raise UsageError(
                    f"groups {names[j]!r} and {names[k]!r} are correlated with each other.",
                    allowed="groups that are independent of one another",
                    todo="put them into one group, or use Shapley effects (shapley_effects)",
                )
