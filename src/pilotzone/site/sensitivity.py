"""Which unknowns decide: shares of the variance of an answer that are due to weights and to each criterion's values.

Sobol' shares, by the estimators of `pilotzone.sampling.sobol_shares`, for groups that vary independently: criteria with
a correlation are one group, since shares of each by itself would come from values that cannot be together. What each of
these contributes is told by Shapley effects (`pilotzone.site.apart`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import Result, Table
from pilotzone.sampling import ShapleyEffects, sobol_shares
from pilotzone.site.acceptability import best_spots
from pilotzone.site.alternatives import Alternatives
from pilotzone.site.apart import AT_ONCE, shapley_of_winner, weights_vary
from pilotzone.site.criteria import check_values
from pilotzone.site.scores import RankingMethod, firsts, score_parts, scorer, set_dependent, weighed
from pilotzone.site.unknowns import Units
from pilotzone.site.weights import WeightSpace, draw_weights

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Sensitivity", "sobol_of_winner"]


_WALKED = 4
"""Times as many draws for Shapley effects, which vary more between draws than shares of groups."""


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
    apart
        Shapley effects of all unknowns, those that vary together each by itself; ``None`` where all groups are
        independent, the answer does not vary, or too much varies together.
    """

    place: str
    groups: tuple[str, ...]
    first: Floats
    total: Floats
    first_error: Floats
    total_error: Floats
    share: float
    samples: int
    apart: ShapleyEffects | None = None

    def to_table(self) -> Table:
        """Return a row for each group, the most decisive first."""
        order = np.argsort(-self.total, kind="stable")
        columns = (self.first, self.first_error, self.total, self.total_error)
        rows = [(self.groups[k], *(float(column[k]) for column in columns)) for k in order]
        names = ["unknown", "alone", "error", "with interactions", "its error"]
        return Table.from_rows(names, rows, title=f"What decides whether {self.place} is the first")


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
        Seed of the samples.

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
    for part in np.array_split(np.arange(samples), max(1, -(-samples * size // AT_ONCE))):
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
        apart=shapley_of_winner(
            alternatives, place, space=space, method=method, samples=_WALKED * samples, seeds=seeds
        ),
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
    """Return names of groups with the unknowns in each; where weights vary they go first."""
    found: dict[str, list[int]] = {}
    for k, unknown in enumerate(alternatives.unknowns):
        found.setdefault(unknown.group, []).append(k)
    own: list[tuple[str, list[int] | None]] = list(found.items())
    return [("weights", None), *own] if weights_vary(weights) else own
