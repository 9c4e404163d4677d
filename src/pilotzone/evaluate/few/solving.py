"""Weights and levels of synthetic paths by each estimator: the one place where estimators are told apart.

Whatever is fitted goes through `solve`: all units for their placebos, and the treated unit alone where a check dates
the zone earlier or leaves a donor out. What weights are fitted on besides the outcome's own path, if anything, goes
along with the path as `Material.beside`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol, Self, cast

import numpy as np

from pilotzone.core import MethodError, listing
from pilotzone.evaluate.few.augmented import solve_augmented_batch
from pilotzone.evaluate.few.characteristics import Characteristics, halves
from pilotzone.evaluate.few.predictors import solve_predictor_batch
from pilotzone.evaluate.few.problems import fit_before
from pilotzone.evaluate.few.sdid import solve_sdid_batch
from pilotzone.evaluate.few.shared import SharedPaths
from pilotzone.evaluate.few.simplex import functional_range, solve_simplex_batch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from pilotzone.core import Estimator
    from pilotzone.evaluate.few.design import Phase
    from pilotzone.evaluate.few.predictors import PredictorSolution

    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]
    Rows = NDArray[np.intp]

__all__ = ["Beside", "Material", "Solved", "alone_rmspe", "donor_masks", "effect_range", "shared_views", "solve"]


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
    on_predictors: PredictorSolution | None = None


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


def solve(estimator: Estimator, material: Material, targets: Rows, masks: Mask) -> Solved:
    """Fit targets by their donors.

    Parameters
    ----------
    estimator
        Which.
    material
        What is fitted.
    targets
        Rows of P targets.
    masks
        Who may carry weight for each, shape (P, n).
    """
    return _SOLVERS[estimator](material, targets, masks)


def _control(material: Material, targets: Rows, masks: Mask, *, shifted: bool) -> Solved:
    early = material.early
    found = solve_simplex_batch(early, targets, masks, intercept=shifted)
    return Solved(found.weights, found.intercepts, found.rmspe, found.gap, found.unique, early, shifted)


def _plain(material: Material, targets: Rows, masks: Mask) -> Solved:
    return _control(material, targets, masks, shifted=False)


def _with_intercept(material: Material, targets: Rows, masks: Mask) -> Solved:
    return _control(material, targets, masks, shifted=True)


def _sdid(material: Material, targets: Rows, masks: Mask) -> Solved:
    found = solve_sdid_batch(material.paths, targets, masks, before=material.before, after=material.window)
    return Solved(
        found.weights,
        found.shifts,
        found.rmspe,
        found.gap,
        found.unique,
        material.early,
        shifted=True,
        time_weights=found.time_weights,
    )


def _augmented(material: Material, targets: Rows, masks: Mask) -> Solved:
    early = material.early
    found = solve_augmented_batch(early, targets, masks)
    return Solved(
        found.weights,
        np.zeros(len(targets)),
        found.rmspe,
        found.simplex.gap,
        found.simplex.unique,
        early,
        correction=found.correction,
        ridge=found.ridge,
    )


def _shared(material: Material, targets: Rows, masks: Mask) -> Solved:
    beside = cast("SharedPaths | None", material.beside)
    if beside is None:
        return _with_intercept(material, targets, masks)
    found = beside.solve(targets, masks)
    k = beside.place
    return Solved(
        found.weights, found.intercepts[:, k], found.rmspe[:, k], found.gap, found.unique, found.matched, shifted=True
    )


def _on_predictors(material: Material, targets: Rows, masks: Mask) -> Solved:
    beside, early = material.beside, material.early
    if not isinstance(beside, Characteristics):
        raise MethodError("there are no predictors to fit on.", allowed="predictors with the estimator 'sc_predictors'")
    fitted = [period for period, kept in zip(material.periods, material.before, strict=True) if kept]
    training, final = beside.means(fitted)
    used: Mask = np.zeros(len(early), dtype=np.bool_)
    used[targets] = True
    used |= masks.any(axis=0)
    missing = np.isnan(np.hstack([training, final])).any(axis=1) & used
    if missing.any():
        reasons = {beside.lacking(int(row), fitted) for row in np.flatnonzero(missing)}
        raise MethodError(f"{listing(sorted(reasons), most=2)}, up to {fitted[-1]}.")
    start, _ = halves(fitted)
    found = solve_predictor_batch(training, final, early[:, len(start) :], targets, masks)
    _, _, rmspe = fit_before(early, targets, found.weights, intercept=False)
    zero = np.zeros(len(targets))
    return Solved(found.weights, zero, rmspe, found.gap, found.unique, early, on_predictors=found)


_SOLVERS: Mapping[Estimator, Callable[[Material, Rows, Mask], Solved]] = {
    "sc": _plain,
    "sc_intercept": _with_intercept,
    "sdid": _sdid,
    "asc": _augmented,
    "sc_shared": _shared,
    "sc_predictors": _on_predictors,
}


def shared_views(estimator: Estimator, materials: Sequence[Material]) -> tuple[SharedPaths | None, ...]:
    """Return, for each outcome of a design, what its weights are shared with; ``None`` where they are its own.

    Parameters
    ----------
    estimator
        Which.
    materials
        What each of the outcomes is fitted on; the same units in all of them.
    """
    if estimator != "sc_shared" or len(materials) == 1:
        return (None,) * len(materials)
    fitted = [tuple(np.array(item.periods)[item.before].tolist()) for item in materials]
    return SharedPaths(tuple(item.early for item in materials), tuple(fitted), 0).all_views()


def alone_rmspe(material: Material, masks: Mask) -> Floats | None:
    """Return the RMSPE that an outcome's own weights leave, shape (n,); ``None`` where weights are not shared."""
    if not isinstance(material.beside, SharedPaths):
        return None
    return _with_intercept(material, np.arange(len(masks)), masks).rmspe


def effect_range(material: Material, solved: Solved, place: int, target: int, donors: Mask) -> tuple[float, float]:
    """Return the least and largest effect on a target over all of its optimal weights.

    On predictors: over those with any importance that predicts the validation periods as well as the chosen one.

    Parameters
    ----------
    material, solved
        What was fitted, and how it came out.
    place
        Position of the target among the targets of `solved`.
    target
        Its row in `material`.
    donors
        Its donors, shape (n,).
    """
    early, late = material.early, material.paths[:, material.window].mean(axis=1)
    if solved.on_predictors is not None:
        low, high = solved.on_predictors.value_range(place, late)
        return float(late[target]) - high, float(late[target]) - low
    if solved.time_weights is not None:
        level = early @ solved.time_weights[place]
    else:
        level = early.mean(axis=1) if solved.shifted else np.zeros(len(early))
    rise = late - level
    low, high = functional_range(solved.matched, target, donors, rise, intercept=solved.shifted)
    own = float(rise[target])
    if solved.correction is not None:
        # All optimal simplex weights lead to the same path before, and so to the same correction.
        own -= float(solved.correction[place, donors] @ rise[donors])
    return own - high, own - low
