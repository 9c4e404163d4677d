"""How much of a variance clusters add, and how many of them it is known from, where they differ in size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.evaluate.many.variation import varying_alike

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["ClusterVariation", "effective_draws"]


def effective_draws(members: Floats | Integers) -> tuple[Floats, Floats]:
    """Return how many equal clusters those of each cohort are worth, and what squares are multiplied by.

    Parameters
    ----------
    members
        Units, or sums of their weights, of each cluster in each cohort, shape (G, K).

    Returns
    -------
    pair of arrays
        Both of shape (K,), with w a cluster's share of its cohort. The effective number 1 / sum w^2, which is the
        number of clusters if all have the same size, and zero for a cohort without units (Carter, Schnepel and
        Steigerwald 2017, "Asymptotic behavior of a t-test robust to cluster heterogeneity", Review of Economics and
        Statistics 99, 698-709). And what makes the sum of squares about the mean unbiased where clusters' means vary
        alike, sum w^2 / sum w^2 (1 - 2 w + sum w^2), which is n / (n - 1) then; infinite for a single cluster.

    Examples
    --------
    >>> draws, factors = effective_draws(np.array([[5, 16], [5, 1], [5, 1], [5, 1], [5, 1]]))
    >>> draws.round(2), factors.round(2)
    (array([5.  , 1.54]), array([ 1.25, 13.68]))
    """
    sizes = np.asarray(members, dtype=np.float64)
    whole = sizes.sum(axis=0)
    share = np.divide(sizes, whole, out=np.zeros_like(sizes), where=whole > 0)
    squares = (share**2).sum(axis=0)
    kept = (share**2 * (1 - 2 * share + squares)).sum(axis=0)
    draws: Floats = np.divide(1.0, squares, out=np.zeros_like(squares), where=squares > 0)
    several = (share > 0).sum(axis=0) > 1
    factors: Floats = np.divide(squares, kept, out=np.full_like(squares, np.inf), where=several)
    return draws, factors


@dataclass(frozen=True, eq=False)
class ClusterVariation:
    """What clusters add, from the sums of their units' influences.

    Attributes
    ----------
    sums
        Of influences on effects, shape (G, C).
    members
        Units of each cluster in each cohort, or sums of their weights, shape (G, K).
    sides
        Weight of each cohort's mean change in each effect, shape (C, K).
    later, earlier
        Columns of stacked outcomes whose difference is the change of each effect, shape (C,).
    """

    sums: Floats
    members: Floats | Integers
    sides: Floats
    later: NDArray[np.intp]
    earlier: NDArray[np.intp]

    @property
    def nested(self) -> bool:
        """Whether every cluster holds units of one cohort."""
        return bool(((np.asarray(self.members) > 0).sum(axis=1) == 1).all())

    @property
    def draws(self) -> Integers:
        """Clusters of each cohort; all of them together where they hold units of several."""
        inside = np.asarray(self.members) > 0
        return inside.sum(axis=0) if self.nested else np.array([len(inside)])

    def components(self, weights: Floats) -> tuple[Floats, Floats]:
        """Return what each cohort's clusters add to the variance of averages, and would add if all varied alike.

        Where clusters hold units of several cohorts, what all of them add together.
        """
        squares = (self.sums @ weights.T) ** 2
        if not self.nested:
            found = squares.sum(axis=0)[:, None]
            return found, np.ones_like(found)
        found = squares.T @ (np.asarray(self.members) > 0).astype(np.float64)
        return found, self.resting(weights)[0]

    def resting(self, weights: Floats) -> tuple[Floats, Floats, Floats]:
        """Return what rests on which cohort, and by how many clusters each is known."""
        draws, factors = effective_draws(self.members)
        return varying_alike(weights, self.sides, self.later, self.earlier, draws), draws, factors
