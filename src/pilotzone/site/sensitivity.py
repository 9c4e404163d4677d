"""Which unknowns decide: shares of the variance of an answer that are due to weights and to each criterion's values.

Sobol' 1993, "Sensitivity estimates for nonlinear mathematical models", Mathematical Modeling and Computational
Experiment 1, 407-414, for groups of inputs. Shares with interactions by the estimator of Jansen 1999, "Analysis of
variance designs for model output", Computer Physics Communications 117, 35-43; shares alone by that of Saltelli and
others 2010, "Variance based sensitivity analysis of model output", Computer Physics Communications 181, 259-270, whose
error is small where a share is. Shares alone add up to one at most; shares with interactions may add up to more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import Result, Table
from pilotzone.site.acceptability import best_spots
from pilotzone.site.alternatives import Alternatives
from pilotzone.site.criteria import check_values
from pilotzone.site.scores import RankingMethod, firsts, score_parts, scorer, set_dependent, weighed
from pilotzone.site.unknowns import Units
from pilotzone.site.weights import WeightSpace, draw_weights

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Sensitivity", "sobol_of_winner", "sobol_shares"]

_AT_ONCE = 2_000_000
"""Numbers of values that are held at a time."""
_FIXED = 1e-9
"""Weights that differ by less are the same."""


@dataclass(frozen=True, eq=False)
class Sensitivity(Result):
    """Shares of the variance of whether a place is the first.

    Attributes
    ----------
    place
        Its name.
    groups
        Inputs: the weights, and values on criteria, together where they vary together.
    first
        Share due to each group alone, shape (g,); these add up to one at most.
    total
        Share due to each group with its interactions with others, shape (g,); these may add up to more than one.
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
        names = ["unknown", "alone", "error", "with interactions", "its error"]
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


def sobol_of_winner(
    alternatives: Alternatives,
    place: int,
    *,
    space: WeightSpace | None = None,
    method: RankingMethod = "weighted_sum",
    samples: int = 2_000,
    seed: int = 20160,
) -> Sensitivity:
    """Return what decides whether a place is the first.

    Parameters
    ----------
    alternatives
        The places with what is not known of them.
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

    Raises
    ------
    UsageError, DataError
        As in `scores`.
    """
    criteria = alternatives.criteria
    names = [criterion.name for criterion in criteria]
    signs = check_values(np.ones((1, len(names))), criteria)
    seeds = np.random.default_rng(seed).integers(2**31, size=4).tolist()
    weights = [draw_weights(names, samples, space, seed=own) for own in seeds[:2]]
    groups = _groups(alternatives, weights)
    asked: list[tuple[int, ...]] = [(), tuple(range(len(groups))), *((k,) for k in range(len(groups)))]
    answers = {second: np.empty(samples) for second in asked}
    # Then what changes in one criterion changes nothing of the others, and most need not be made again.
    column_wise = alternatives.rule != "unknown" and not set_dependent(criteria, method)
    size = len(alternatives.low) * len(names) + len(alternatives.places) * len(alternatives.unknowns)
    for part in np.array_split(np.arange(samples), max(1, -(-samples * size // _AT_ONCE))):
        first, last = int(part[0]), int(part[-1]) + 1
        normal = [alternatives.scores(first, last, own) for own in seeds[2:]]
        units_of: dict[int, Units] = {}
        base = alternatives.every(normal[0], units_of=units_of)
        parts = score_parts(base * signs, criteria, method) if column_wise else ()
        for second, answer in answers.items():
            drawn, given = normal[0], weights[0][part]
            changed: list[int] = []
            for k in second:
                unknowns = groups[k][1]
                if unknowns is None:
                    given = weights[1][part]
                else:
                    changed += unknowns
            if changed:
                drawn = normal[0].copy()
                drawn[..., changed] = normal[1][..., changed]
            values = alternatives.every(drawn, base, changed, units_of) if changed else base
            if alternatives.rule == "unknown":
                values = alternatives.at_random(values, drawn)
            if column_wise:
                own = alternatives.resting_on(changed)
                fresh = score_parts(values[..., own] * signs[:, own], [criteria[j] for j in own], method) if own else ()
                score = weighed(_replaced(parts, own, fresh), method)(given[:, None])
            else:
                score = scorer(values * signs, criteria, method)(given[:, None])
            answer[part] = firsts(best_spots(score, alternatives.spots))[:, 0, place]
    first_share, total, first_error, total_error = sobol_shares(lambda second: answers[tuple(second)], len(groups))
    return Sensitivity(
        place=alternatives.places[place],
        groups=tuple(name for name, _ in groups),
        # What is estimated lies from zero to one; its estimate need not.
        first=np.clip(first_share, 0.0, 1.0),
        total=total,
        first_error=first_error,
        total_error=total_error,
        share=float(answers[()].mean()),
        samples=samples,
    )


def _replaced(parts: tuple[Floats, ...], own: list[int], fresh: tuple[Floats, ...]) -> tuple[Floats, ...]:
    """Return parts of scores with other columns in the place of some."""
    if not own:
        return parts
    found = tuple(part.copy() for part in parts)
    for part, new in zip(found, fresh, strict=True):
        part[..., own] = new
    return found


def _groups(alternatives: Alternatives, weights: list[Floats]) -> list[tuple[str, list[int] | None]]:
    """Return names of groups with the unknowns in each; the weights, which are none of these, go first if they vary."""
    found: dict[str, list[int]] = {}
    for k, unknown in enumerate(alternatives.unknowns):
        found.setdefault(unknown.group, []).append(k)
    varying = bool(np.ptp(np.concatenate(weights), axis=0).max() > _FIXED)
    own: list[tuple[str, list[int] | None]] = list(found.items())
    return [("weights", None), *own] if varying else own
