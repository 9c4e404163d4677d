"""Which candidate gains most, and how sure that is: the probability of each rank from the joint predictive."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import Cell, Direction, Glance, Result, Table, UsageError, check_choice, shown
from pilotzone.transfer.predicting import Predictions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["CandidateRanks", "rank_candidates", "rank_draws"]

_DRAWS = 100_000
_FEWEST, _MOST = 1_000, 10_000_000


@dataclass(frozen=True, eq=False)
class CandidateRanks(Result):
    """Candidates in the order of their expected effects, and the probability of each rank.

    Attributes
    ----------
    places
        m candidates, the best first.
    expected
        Expected effect of each, shape (m,), in the outcome's scale.
    position
        Rank by the expected effect, shape (m,), from one; candidates with the same one share the better rank.
    probability
        Of each rank for each candidate, shape (m, m): rows are candidates, columns are ranks from one.
    draws
        Draws behind probabilities.
    refused
        Candidates that cannot be ranked, and why.
    """

    places: tuple[str, ...]
    expected: Floats
    position: NDArray[np.int64]
    probability: Floats
    draws: int
    refused: tuple[tuple[str, str], ...] = ()

    @property
    def expected_rank(self) -> Floats:
        """Mean rank over draws, shape (m,)."""
        return self.probability @ np.arange(1, len(self.places) + 1)

    def to_table(self) -> Table:
        """Return one row per candidate: rank, expected effect, and the probability of each rank; refused ones last."""
        count = len(self.places)
        names = ("place", "rank", "expected", "expected_rank", *(f"rank_{k}" for k in range(1, count + 1)), "refusal")
        rows: list[tuple[Cell, ...]] = [
            (
                place,
                int(self.position[k]),
                float(self.expected[k]),
                float(self.expected_rank[k]),
                *self.probability[k].tolist(),
                "",
            )
            for k, place in enumerate(self.places)
        ]
        rows += [(place, None, None, None, *(None,) * count, why) for place, why in self.refused]
        return Table.from_rows(names, rows, title="Candidates by their expected effect, and how sure ranks are")

    def glance(self) -> Glance:
        """Return the table, and how sure the first rank is."""
        table = self.to_table()
        lines = [f"{self.places[0]} ranks first in {self.probability[0, 0]:.0%} of draws."] if self.places else []
        return Glance(table.title, lines, table)


def rank_candidates(found: Predictions, *, draws: int = _DRAWS, seed: int = 0) -> CandidateRanks:
    """Rank candidates by their expected effect, and return the probability of each rank.

    Parameters
    ----------
    found
        Predictions; candidates that cannot be transported are not ranked.
    draws
        Draws from the joint predictive distribution, from 1,000 on.
    seed
        Of the draws.

    Raises
    ------
    UsageError
        If the number of draws is not of that kind, or no candidate can be transported.

    Notes
    -----
    True effects are jointly t, or have an uncertain tau as their predictions do: candidates share the error of the
    regression and differ by what moderators leave. The order is by the exact mean of the predictive distribution, and
    not by draws: where one of these first-order dominates another, its mean is not below the other's, so that it never
    ranks below. With tau uncertain that mean is one over all tau, and not the effect at the estimated tau.
    """
    if isinstance(draws, bool) or not _FEWEST <= draws <= _MOST:
        raise UsageError(f"draws is {shown(draws)}.", allowed=f"a whole number from {_FEWEST:,} to {_MOST:,}")
    places = [item.place for item in found.transported]
    refused = tuple((item.place, item.refusal) for item in found.items if item.predictive is None)
    if not places:
        raise UsageError(
            "no candidate can be ranked: all lie outside what was seen.", allowed="one candidate inside the support"
        )
    mean = np.array([item.within.expected for item in found.transported if item.within is not None])
    drawn = found.drawn(draws, np.random.default_rng(seed))
    return _ranked(places, mean, drawn, found.outcome.good, refused)


def rank_draws(places: Sequence[str], draws: ArrayLike, *, good: Direction = "up") -> CandidateRanks:
    """Rank candidates by draws of their effects from any joint distribution.

    Parameters
    ----------
    places
        m candidates.
    draws
        Shape (n, m).
    good
        Which way is better.

    Raises
    ------
    UsageError
        If shapes do not fit, a draw is not finite, or the direction is unknown.

    Notes
    -----
    The order is by the mean, summed without rounding: where each quantile of one is at least as good as the other's,
    it never ranks below.
    """
    check_choice(good, Direction, "the good direction")
    found = np.asarray(draws, dtype=np.float64)
    if found.ndim != 2 or not len(found) or found.shape[1] != len(places) or not np.isfinite(found).all():  # noqa: PLR2004
        raise UsageError(
            f"draws have shape {found.shape} for {len(places)} places, or are not finite.",
            allowed="finite numbers, a row for each draw, a column for each place",
        )
    mean = np.array([math.fsum(column) / len(found) for column in found.T.tolist()])
    return _ranked(list(places), mean, found, good, ())


def _ranked(
    places: Sequence[str], mean: Floats, drawn: Floats, good: Direction, refused: tuple[tuple[str, str], ...]
) -> CandidateRanks:
    sign = 1.0 if good == "up" else -1.0
    order = np.argsort(-sign * mean, kind="stable")
    own = sign * mean[order]
    position = np.array([1 + int((own > value).sum()) for value in own])
    count = len(places)
    # Draws that tie share their ranks evenly.
    values = sign * drawn[:, order]
    probability = np.zeros((count, count))
    for k in range(count):
        better = (values > values[:, [k]]).sum(axis=1)
        ties = (values == values[:, [k]]).sum(axis=1)
        for width in np.unique(ties):
            first = better[ties == width]
            for step in range(width):
                probability[k] += np.bincount(first + step, minlength=count) / width
    return CandidateRanks(
        tuple(places[k] for k in order), mean[order], position, probability / len(drawn), len(drawn), refused
    )
