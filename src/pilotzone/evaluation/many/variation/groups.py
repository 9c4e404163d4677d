"""What every account of variation answers: what groups of units add to variances, and on how many draws that rests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pilotzone.evaluation.many.cells.weights import Weights
    from pilotzone.evaluation.many.variation.presence import Resting

    Floats = NDArray[np.float64]

__all__ = ["Variation"]


class Variation(Protocol):
    """What groups of units that were drawn one by one add to variances."""

    def parts(self, weights: Weights | Floats) -> Floats:
        """Return what each group adds to the variance of averages of effects, as estimated, shape (Q, P).

        Groups are the K cohorts, or all draws together, P = 1, where clusters hold units of several cohorts. Squares
        are taken about each group's mean, without allowing for its being estimated.

        Parameters
        ----------
        weights
            Weights of effects in averages, shape (Q, C).
        """

    def resting(self, weights: Weights | Floats) -> Resting:
        """Return what rests on which cohort whatever its estimate, and by how many draws each is known."""
