"""From influences to covariances: contributions of rows, added up by what was drawn one by one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import Brief, check_level, t_quantile

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Codes = NDArray[np.intp]

__all__ = ["FEWEST", "ROUNDING", "Spread", "intervals", "spread_of", "t_bound"]

FEWEST = 5
"""Draws that every stratum needs before a standard error is printed: docs/explanation/few-treated.md."""


ROUNDING = 1e-14
"""Share of the size of what is estimated up to which draws differ by rounding alone: equal regions do not vary."""


@dataclass(frozen=True, eq=False)
class Spread(Brief):
    """How far K estimates may be off.

    Attributes
    ----------
    matrix
        Covariance, shape (K, K).
    degrees
        Degrees of freedom by Satterthwaite, the fewest over estimates; infinite where nothing varies.
    fewest
        Draws in the smallest stratum.
    counts
        Draws in every stratum, in the order of their codes.
    """

    matrix: Floats
    degrees: float
    fewest: int
    counts: tuple[int, ...]

    @property
    def se(self) -> Floats:
        """Standard errors, shape (K,)."""
        found: Floats = np.sqrt(self.matrix.diagonal())
        return found

    def refusal(self, drawn: str) -> str:
        """Return why there are no standard errors, or nothing."""
        if self.fewest >= FEWEST:
            return ""
        one = drawn.removesuffix("s") if self.fewest == 1 else drawn
        return f"too few: {self.fewest} {one} on one side, {FEWEST} needed"


def spread_of(contributions: Floats, draws: Codes | None, strata: Codes, sizes: Floats | float = 0.0) -> Spread:
    """Return the covariance of sums of contributions over draws that are independent within and between strata.

    Parameters
    ----------
    contributions
        What each row adds to each estimate's deviation, shape (n, K).
    draws
        Code of the draw (cluster) of each row, shape (n,); ``None`` if each row is one.
    strata
        Code of the stratum of each row, shape (n,): draws are compared with others of their stratum. A draw lies in
        one stratum.
    sizes
        Size of what each estimate is made from, shape (K,) or one number: contributions that differ within a stratum by
        no more than `ROUNDING` of it do not vary. Zero where every difference counts.

    Returns
    -------
    Spread
        Squares are taken about the mean of the stratum and scaled by G / (G - 1), with G draws in it.
    """
    if draws is not None:
        _, first, codes = np.unique(draws, return_index=True, return_inverse=True)
        summed = np.zeros((len(first), contributions.shape[1]))
        np.add.at(summed, codes, contributions)
        contributions, strata = summed, strata[first]
    parts, counts = [], []
    for stratum in np.unique(strata):
        own = contributions[strata == stratum]
        counts.append(len(own))
        centred = own - own.mean(axis=0)
        centred[:, np.abs(centred).max(axis=0, initial=0.0) <= ROUNDING * np.asarray(sizes)] = 0.0
        parts.append(centred.T @ centred * (len(own) / max(1, len(own) - 1)))
    matrix: Floats = np.sum(parts, axis=0)
    shares = np.array([part.diagonal() for part in parts])
    freedom = np.maximum(np.array(counts)[:, None] - 1, 1)
    below = (shares**2 / freedom).sum(axis=0)
    varying = below > 0
    degrees = (shares.sum(axis=0)[varying] ** 2 / below[varying]).min(initial=np.inf)
    return Spread(matrix, float(degrees), min(counts), tuple(counts))


def t_bound(level: float, degrees: float) -> float:
    """Return how many standard errors an interval of a level reaches to either side."""
    return float(t_quantile((1 + check_level(level, name="level", such=0.95)) / 2, degrees))


def intervals(estimate: Floats, se: Floats, degrees: float, level: float) -> Floats:
    """Return pointwise intervals by t (normal) quantiles, shape (K, 2)."""
    reach = t_bound(level, degrees) * se
    found: Floats = np.stack([estimate - reach, estimate + reach], axis=1)
    return found
