"""How much of a variance clusters add, and how many of them it is known from, where they differ in size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.evaluation.many.cells.weights import Weights
from pilotzone.evaluation.many.variation.groups import Variation

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pilotzone.evaluation.many.variation.presence import Presence, Resting

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["ClusterVariation", "effective_draws", "unbiased_by"]


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
    draws: Floats = np.divide(1.0, squares, out=np.zeros_like(squares), where=squares > 0)
    return draws, unbiased_by(squares, (share**3).sum(axis=0), (share > 0).sum(axis=0))


def unbiased_by(squares: Floats, cubes: Floats, counts: Floats | Integers) -> Floats:
    """Return what makes sums of squares about means unbiased, infinite for fewer than two draws.

    Parameters
    ----------
    squares, cubes
        Sums of draws' shares in a mean, squared and cubed.
    counts
        How many there are.
    """
    kept = squares - 2 * cubes + squares**2
    found: Floats = np.divide(squares, kept, out=np.full_like(squares, np.inf), where=counts > 1)
    return found


@dataclass(frozen=True, eq=False)
class ClusterVariation(Variation):
    """What clusters add, from the sums of their units' influences.

    Attributes
    ----------
    sums
        Sums of influences on effects, shape (G, C).
    members
        Whether each cluster holds units of each cohort, shape (G, K).
    presence
        How many clusters effects are known by.
    """

    sums: Floats
    members: NDArray[np.bool_]
    presence: Presence

    @property
    def nested(self) -> bool:
        """Whether every cluster holds units of one cohort."""
        return bool((self.members.sum(axis=1) == 1).all())

    def parts(self, weights: Weights | Floats) -> Floats:
        """Return what each cohort's clusters add to the variance of averages of effects.

        Where clusters hold units of several cohorts, what all of them add together.
        """
        squares: Floats = (Weights.of(weights) @ np.ascontiguousarray(self.sums.T)) ** 2
        cohorts = self.members if self.nested else np.ones((len(self.sums), 1))
        found: Floats = squares @ cohorts.astype(np.float64)
        return found

    def resting(self, weights: Weights | Floats) -> Resting:
        """Return what rests on which cohort, and by how many clusters each is known."""
        return self.presence.resting(weights)
