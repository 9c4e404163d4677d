"""A criterion that an effect elsewhere predicts, with the errors that all places share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.site.unknowns import Modelled, Unknown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from pilotzone.site.unknowns import Units

    Floats = NDArray[np.float64]

__all__ = ["Predicted"]


@dataclass(frozen=True, eq=False)
class Predicted(Modelled):
    """What an effect elsewhere predicts for a place, jointly with all places that share the errors of one model.

    With one score, predictions are jointly t. With several, what is not known of the differences between zones is an
    unknown of its own: everything but the degrees of freedom depends on it, given at M of its normal scores and on
    lines between them; errors of the model are then t, and what it leaves is normal.

    Attributes
    ----------
    criterion
        The criterion; places that are predicted by one model have its unknowns in common.
    location
        Predicted effect at each score, in the model's own scale, shape (M,).
    loadings
        How far independent errors of the model move it, the same errors for all places, shape (M, k).
    own
        Standard deviation of what moves it by itself, shape (M,).
    degrees
        Degrees of freedom of the t distribution, the same for all places.
    scores
        Normal scores, rising, shape (M,).
    percent
        Whether it is a logarithm that is told in percent.
    """

    criterion: str
    location: Floats
    loadings: Floats
    own: Floats
    degrees: float
    scores: Floats
    percent: bool = False

    @property
    def unknowns(self) -> Sequence[Unknown]:
        """Errors of the model, their common size, differences between zones; what is left is of each place."""
        group = f"prediction of {self.criterion}"
        names = [*self._errors, self._size, *([] if self._jointly_t else [self._between])]
        return (*(Unknown(name, group, 1.0) for name in names), Unknown(self._left, group, 0.0))

    @property
    def _jointly_t(self) -> bool:
        return len(self.scores) == 1

    @property
    def _errors(self) -> list[str]:
        return [f"error {k} of the model of {self.criterion}" for k in range(1, self.loadings.shape[1] + 1)]

    @property
    def _size(self) -> str:
        return f"size of errors of {self.criterion}"

    @property
    def _between(self) -> str:
        return f"differences between the zones of {self.criterion}"

    @property
    def _left(self) -> str:
        return f"{self.criterion}: what the model leaves"

    def values(self, units: Units) -> Floats:
        """Return values, shape (K, 1); the predicted effect where every unknown is in the middle."""
        from scipy import special

        at = self.scores if self._jointly_t else special.ndtri(units[self._between])

        def along(values: Floats) -> Floats:
            return np.interp(at, self.scores, values)

        # Chi-squared over its degrees of freedom, by its quantiles.
        size = np.sqrt(2 * special.gammaincinv(self.degrees / 2, units[self._size]) / self.degrees)
        moved = along(self.own) * special.ndtri(units[self._left]) / (size if self._jointly_t else 1.0)
        for k, name in enumerate(self._errors):
            moved = moved + along(self.loadings[:, k]) * special.ndtri(units[name]) / size
        found = along(self.location) + moved
        return np.asarray(100 * np.expm1(found) if self.percent else found)[:, None]
