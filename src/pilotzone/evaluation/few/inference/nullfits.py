"""The treated unit fitted under null effects, on the fitted periods and those of the window alike."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import Estimator, MethodError, Outcome, UsageError, check_choice
from pilotzone.evaluation.few.inference.nulls import Segment, shrunk, trace
from pilotzone.evaluation.few.inference.rearranged import Norm, Permutations, Rearranged, rearrange
from pilotzone.evaluation.few.register import ESTIMATORS
from pilotzone.evaluation.few.weights.material import Material

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from pilotzone.evaluation.few.result import FewEffects
    from pilotzone.evaluation.few.weights.material import Phase

    Floats = NDArray[np.float64]

__all__ = ["NullFits", "along"]

_ROUNDING = 1e-12
"""Residuals smaller than this, relative to the largest value of the paths, are zero."""

_GRID = 65
"""Nulls over which simplex weights change, at which the ridge penalty is chosen before changes are looked for."""

_DOUBLED = 12
"""How often the distance is doubled at which it is chosen beyond these, on either side."""

_RESOLUTION = 1e-5
"""How closely its changes are found, relative to the span of nulls over which simplex weights change."""


@dataclass(frozen=True, eq=False)
class NullFits:
    """One outcome's paths over the periods used, those of the window last.

    Attributes
    ----------
    outcome, estimator, norm, permutations
        What is tested and how.
    paths, treated
        Observed paths of n units over T periods, shape (n, T), and the row of the treated unit; all others are donors.
    periods, window
        The T periods, and those of the window among them.
    estimate
        The effect on the window by the fit before it, near which nulls are looked at first.
    rearranged
        What may stand for the window.
    """

    outcome: Outcome
    estimator: Estimator
    norm: Norm
    permutations: Permutations
    paths: Floats
    treated: int
    periods: tuple[int, ...]
    window: tuple[int, ...]
    estimate: float
    rearranged: Rearranged
    donors: Floats = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "donors", np.delete(self.paths, self.treated, axis=0))

    @classmethod
    def of(
        cls,
        effects: FewEffects,
        outcome: str | None,
        norm: Norm,
        permutations: Permutations,
        period: int | None,
        seed: int,
    ) -> NullFits:
        """Take from effects what nulls on an outcome are fitted on; arguments as for `conformal_p`."""
        check_choice(norm, Norm, "norm")
        check_choice(permutations, Permutations, "permutations")
        fit, estimator = effects.fit(outcome), effects.design.estimator
        if ESTIMATORS[estimator].conformal == "none":
            supported = ", ".join(name for name, record in ESTIMATORS.items() if record.conformal != "none")
            raise MethodError(
                f"there is no conformal inference for the estimator {estimator!r}.",
                allowed=f"{supported}: they fit one outcome's path alike in all periods, as rearranging "
                "residuals over time needs; weights over time, several outcomes or predictors do not",
                todo="use one of these, or the placebo ranks",
            )
        late = fit.columns("window")
        if period is not None:
            late = [k for k in late if fit.periods[k] == period]
            if not late:
                allowed = ", ".join(str(fit.periods[k]) for k in fit.columns("window"))
                raise UsageError(f"{period!r} is not a period of the window.", allowed=allowed)
        columns = [*fit.columns("pre"), *late]
        compared = sorted([fit.place, *fit.own_donors()])
        return cls(
            fit.outcome,
            estimator,
            norm,
            permutations,
            np.ascontiguousarray(fit.material.paths[np.ix_(compared, columns)]),
            compared.index(fit.place),
            tuple(fit.periods[k] for k in columns),
            tuple(fit.periods[k] for k in late),
            float(fit.gaps[fit.treated, late].mean()),
            rearrange(len(columns), len(late), permutations, seed),
        )

    @property
    def moved(self) -> NDArray[np.bool_]:
        """Which periods belong to the window, shape (T,)."""
        return np.arange(len(self.periods)) >= len(self.periods) - len(self.window)

    def _solved(self, taken: Floats) -> tuple[Floats, float]:
        """Return the treated unit's residuals with a path of effects taken off, and the ridge penalty."""
        paths = self.paths.copy()
        paths[self.treated] -= taken
        masks = np.arange(len(paths))[None] != self.treated
        fitted: Phase = "pre"
        material = Material(paths, self.periods, (fitted,) * len(self.periods))
        found = ESTIMATORS[self.estimator].solve(material, np.array([self.treated]), masks)
        gaps = paths[self.treated] - found.weights[0] @ paths - found.intercept[0]
        if found.rmspe[0] == 0:
            gaps = np.zeros_like(gaps)
        return gaps, 0.0 if found.ridge is None else float(found.ridge[0])

    def residuals(self, taken: Floats) -> Floats:
        """Return the treated unit's residuals, shape (T,), with a path of effects, shape (T,), taken off it."""
        return self._solved(taken)[0]

    def p_values(self, residuals: Floats) -> Floats:
        """Return p under K nulls, whose residuals have shape (K, T)."""
        return self.rearranged.p_values(self.settled(residuals), self.norm)

    def settled(self, residuals: Floats) -> Floats:
        """Return residuals, zero where they are no more than rounding."""
        return np.where(np.abs(residuals) <= _ROUNDING * np.abs(self.paths).max(), 0.0, residuals)

    def segments(self) -> tuple[list[Segment], float]:
        """Return residuals as linear pieces, and how closely their ends are known."""
        record = ESTIMATORS[self.estimator]
        plain = trace(self.paths, self.treated, self.moved, intercept=record.shifted, near=self.estimate)
        if record.conformal == "exact":
            return plain, 0.0
        low, high = plain[0].high, plain[-1].low
        span = (high - low) or 2 * float(np.abs(self.paths).max()) or 1.0
        fine = _RESOLUTION * span
        farther = span * 2.0 ** np.arange(_DOUBLED)
        grid = np.concatenate([low - farther[::-1], np.linspace(low, high, _GRID), high + farther])
        return _cut(plain, self._penalties(grid, fine), self.donors), fine

    def _penalties(self, grid: Floats, fine: float) -> list[tuple[float, float]]:
        """Return up to which null which penalty is chosen, from left to right."""
        known = [(null, self._ridge(null)) for null in grid.tolist()]
        changes = []
        for (left, ridge), (right, after) in pairwise(known):
            begin, end, here = left, right, ridge
            while here != after:
                begin, change = _bracket(self._ridge, begin, end, here, fine)
                changes.append(((begin + change) / 2, here))
                begin, here = change, self._ridge(change)
        return [*changes, (np.inf, known[-1][1])]

    def _ridge(self, null: float) -> float:
        return self._solved(np.where(self.moved, null, 0.0))[1]


def _bracket(ridge: Callable[[float], float], low: float, high: float, here: float, fine: float) -> tuple[float, float]:
    """Return two nulls, `fine` apart, at the first of which the penalty is still what it was and then no longer."""
    while high - low > fine:
        middle = (low + high) / 2
        low, high = (middle, high) if ridge(middle) == here else (low, middle)
    return low, high


def _cut(plain: Sequence[Segment], penalties: Sequence[tuple[float, float]], donors: Floats) -> list[Segment]:
    """Return segments of simplex weights after ridge augmentation, cut where the penalty changes."""
    found = []
    for segment in plain:
        low = segment.low
        for until, ridge in penalties:
            high = min(until, segment.high)
            if high > low:
                anchor = min(max(low, segment.anchor), high)
                part = Segment(low, high, anchor, segment.at(np.array([anchor]))[0], segment.slope)
                found.append(shrunk(part, donors, ridge))
                low = high
    return found


def along(segments: Sequence[Segment], nulls: Floats) -> Floats:
    """Return residuals under ascending nulls, shape (K, T)."""
    place = np.searchsorted([segment.high for segment in segments], nulls)
    parts = [segments[k].at(nulls[place == k]) for k in np.unique(place)]
    return np.concatenate(parts)
