"""What weights are fitted on, who may carry any, and what a fit leaves, whatever the estimator.

All units are fitted for their placebos, and the treated unit alone where a check dates the zone earlier or leaves a
donor out. What weights are fitted on besides the outcome's own path, if anything, goes along with the path as
`Material.beside`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, Protocol, Self

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]

__all__ = ["Beside", "Completed", "Material", "OnPredictors", "Phase", "Solved", "donor_masks"]

Phase = Literal["pre", "anticipation", "window", "outside"]
"""Where a period belongs: before, in between, in the window of the effect, or after the start but outside it."""


class Beside(Protocol):
    """What weights are fitted on besides the outcome's own path; its rows are the units of the path."""

    def dated(self, date: int) -> Self:
        """Return what of it was known before a date."""


@dataclass(frozen=True, eq=False)
class Material:
    """What one outcome's weights are fitted on.

    Attributes
    ----------
    paths
        Observed paths of n units over T periods, shape (n, T).
    periods, phases
        The periods and where each belongs.
    beside
        What the estimator fits on besides; ``None`` for those that need the outcome's path alone.
    """

    paths: Floats
    periods: tuple[int, ...]
    phases: tuple[Phase, ...]
    beside: Beside | None = None

    @property
    def before(self) -> Mask:
        """Which periods are fitted, shape (T,)."""
        return np.array([phase == "pre" for phase in self.phases])

    @property
    def window(self) -> Mask:
        """Which periods the effect is averaged over, shape (T,)."""
        return np.array([phase == "window" for phase in self.phases])

    @property
    def early(self) -> Floats:
        """The fitted part of the paths, shape (n, T0)."""
        return np.ascontiguousarray(self.paths[:, self.before])

    def dated(self, date: int) -> Material:
        """Return the same with the zone dated earlier: fitted periods from `date` on become the window."""

        def phase(period: int, own: Phase) -> Phase:
            return "outside" if own != "pre" else "pre" if period < date else "window"

        phases = tuple(phase(*pair) for pair in zip(self.periods, self.phases, strict=True))
        return replace(self, phases=phases, beside=None if self.beside is None else self.beside.dated(date))


class OnPredictors(Protocol):
    """What a fit on predictors leaves besides its weights."""

    @property
    def importance(self) -> Floats:
        """Importance of F predictors for P targets, shape (P, F)."""

    @property
    def validation_rmspe(self) -> Floats:
        """Error of each training fit over the validation periods, shape (P,)."""

    def value_range(self, place: int, values: ArrayLike) -> tuple[float, float]:
        """Return the least and largest weighted sum of values over all that fits equally well."""


@dataclass(frozen=True, eq=False)
class Solved:
    """What an estimator leaves for P targets.

    Attributes
    ----------
    weights, intercept, rmspe, gap, unique
        As in `OutcomeFit`, for the targets alone: shapes (P, n) and (P,).
    matched
        What the weights make the donors agree with the target on, shape (n, F).
    shifted
        Whether donors only have to agree up to a level of their own.
    time_weights
        Weights over the fitted periods that make up the level, shape (P, T0); ``None`` for the plain mean.
    correction
        The part of augmented weights that does not depend on the choice among optimal simplex weights, shape (P, n).
    ridge
        Penalty of that correction, shape (P,).
    on_predictors
        The whole solution where weights are fitted on predictors.
    """

    weights: Floats
    intercept: Floats
    rmspe: Floats
    gap: Floats
    unique: Mask
    matched: Floats
    shifted: bool = False
    time_weights: Floats | None = None
    correction: Floats | None = None
    ridge: Floats | None = None
    on_predictors: OnPredictors | None = None


class Completed(Protocol):
    """What an estimator without donor weights leaves for P targets."""

    @property
    def effects(self) -> Floats:
        """Mean effects over the window, shape (P,)."""

    @property
    def rmspe(self) -> Floats:
        """Root mean squared distance from the fitted path before, shape (P,)."""


def donor_masks(count: int, treated: int | Sequence[int], pools: str) -> NDArray[np.bool_]:
    """Return who may be a donor for whom, shape (n, n).

    Parameters
    ----------
    count
        n units, the treated one among them.
    treated
        Its index, or those of several zones.
    pools
        ``symmetric``: everybody but the unit itself. ``exclude_treated``: never a treated unit.
    """
    masks = ~np.eye(count, dtype=bool)
    if pools == "exclude_treated":
        masks[:, treated] = False
    return masks
