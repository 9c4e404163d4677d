"""Several zones, several outcomes, one joint mean: multivariate random effects with a known sampling covariance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from pilotzone.core import MethodError, Outcome, Result, Table, check_choice, check_level, one_thread, shown, t_quantile
from pilotzone.transfer.effects import ZoneEffects
from pilotzone.transfer.synthesis import FEW
from pilotzone.transfer.variances import Contrasts, contrasts, restricted_maximum

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Between", "JointSynthesis", "pool_jointly", "restricted_deviance"]

Between = Literal["diagonal", "unstructured"]
"""True effects on different outcomes vary independently between zones; or they may be correlated."""
_PAIR = 2


@dataclass(frozen=True, eq=False)
class JointSynthesis(Result):
    """Mean effects on several outcomes jointly.

    Attributes
    ----------
    effects
        What was pooled.
    outcomes
        K outcomes, in the order of all arrays.
    estimate
        Mean effects, shape (K,), each in its outcome's own scale.
    covariance
        Their covariance, shape (K, K), with the Hartung-Knapp factor.
    between
        Covariance of true effects between zones, shape (K, K).
    factor
        The Hartung-Knapp factor, at least one.
    degrees
        Degrees of freedom of the means: fewest zones of an outcome, minus one.
    structure
        Which covariances between zones were allowed.
    alpha
        One minus the level of intervals.
    """

    effects: ZoneEffects
    outcomes: tuple[Outcome, ...]
    estimate: Floats
    covariance: Floats
    between: Floats
    factor: float
    degrees: int
    structure: Between
    alpha: float

    @property
    def se(self) -> Floats:
        """Standard errors, shape (K,)."""
        return np.asarray(self.covariance.diagonal() ** 0.5)

    @property
    def predictions(self) -> tuple[tuple[float, float] | None, ...]:
        """Interval of a further zone's true effect on each outcome, in its own scale; ``None`` with two zones.

        By t with k - 2 degrees of freedom for the k zones that have the outcome, as `pool_effects` has it for one
        outcome alone: the variance is that of true effects and of the mean.
        """
        found: list[tuple[float, float] | None] = []
        for k, outcome in enumerate(self.outcomes):
            zones = len(self.effects.on(outcome.name).zones)
            if zones <= _PAIR:
                found.append(None)
                continue
            scale = float((self.between[k, k] + self.covariance[k, k]) ** 0.5)
            half, mean = float(t_quantile(1 - self.alpha / 2, zones - 2)) * scale, float(self.estimate[k])
            found.append((mean - half, mean + half))
        return tuple(found)

    @property
    def correlation(self) -> Floats:
        """Correlations of the mean effects, shape (K, K)."""
        return np.asarray(self.covariance / np.outer(self.se, self.se))

    def to_table(self) -> Table:
        """Return one row per outcome: mean, its interval, what a further zone may have, and the variance."""
        half = float(t_quantile(1 - self.alpha / 2, self.degrees)) * self.se
        told = ("outcome", "effect", "low", "high", "prediction_low", "prediction_high")
        names = (*told, "effect_unit", "estimate", "se", "tau2")
        rows = []
        for k, (outcome, predicted) in enumerate(zip(self.outcomes, self.predictions, strict=True)):
            mean = float(self.estimate[k])
            ends: tuple[float | None, ...] = tuple(outcome.display(mean + sign * float(half[k])) for sign in (-1, 1))
            ends += (None, None) if predicted is None else tuple(outcome.display(end) for end in predicted)
            row = (outcome.name, outcome.display(mean), *ends, outcome.display_unit, mean, float(self.se[k]))
            rows.append((*row, float(self.between[k, k])))
        title = f"Joint mean effects of {len(self.effects.zones)} zones, REML with Hartung-Knapp"
        return Table.from_rows(names, rows, title=title)


@one_thread()
def pool_jointly(effects: ZoneEffects, *, between: Between = "diagonal", alpha: float = 0.05) -> JointSynthesis:
    """Return mean effects on several outcomes with their joint covariance, by multivariate random effects.

    Parameters
    ----------
    effects
        With the sampling covariance over zones and outcomes. A zone may lack an outcome.
    between
        Whether true effects on different outcomes may be correlated between zones, which takes five zones or more
        that have both.
    alpha
        One minus the level of intervals.

    Raises
    ------
    MethodError
        If an outcome has one zone only, or a correlation is asked of fewer than five zones.
    UsageError
        If there is no such structure.

    Notes
    -----
    Restricted maximum likelihood with V known (van Houwelingen, Arends and Stijnen 2002; Jackson, Riley and White
    2011); the covariance between zones is L L' with L lower triangular, so that it is never negative. The factor of
    Hartung and Knapp is the generalised Q over n - K, at least one, common to all outcomes (Jackson and Riley 2014).
    """
    check_level(alpha)
    check_choice(between, Between, "the structure between zones")
    where = _positions(effects)
    _check_counts(effects, between)
    count = len(effects.outcomes)
    design = np.eye(count)[where]
    lower = _maximum(effects, where, between)
    sigma = lower @ lower.T
    total = effects.matrix + _spread(sigma, effects, where)
    solved = np.linalg.solve(total, design)
    plain = np.linalg.inv(design.T @ solved)
    estimate = plain @ solved.T @ effects.estimate
    left = effects.estimate - design @ estimate
    rest = len(where) - count
    factor = max(1.0, float(left @ np.linalg.solve(total, left)) / rest)
    degrees = min(int((where == k).sum()) for k in range(count)) - 1
    covariance = (plain + plain.T) / 2 * factor
    return JointSynthesis(effects, effects.outcomes, estimate, covariance, sigma, factor, degrees, between, alpha)


def restricted_deviance(effects: ZoneEffects, sigma: Floats) -> float:
    """Return -2 log restricted likelihood at a covariance between zones, shape (K, K), up to a constant."""
    where = _positions(effects)
    basis = _basis(np.eye(len(effects.outcomes))[where])
    total = basis.T @ (effects.matrix + _spread(sigma, effects, where)) @ basis
    value = basis.T @ effects.estimate
    return float(np.linalg.slogdet(total)[1] + value @ np.linalg.solve(total, value))


def _positions(effects: ZoneEffects) -> NDArray[np.int64]:
    names = [item.name for item in effects.outcomes]
    return np.array([names.index(item.outcome.name) for item in effects.effects])


def _basis(design: Floats) -> Floats:
    return np.linalg.qr(design, mode="complete")[0][:, design.shape[1] :]


def _same_zone(effects: ZoneEffects) -> Floats:
    zones = np.array([item.zone for item in effects.effects])
    return np.asarray(zones[:, None] == zones, dtype=np.float64)


def _spread(sigma: Floats, effects: ZoneEffects, where: NDArray[np.int64]) -> Floats:
    return np.asarray(sigma[np.ix_(where, where)] * _same_zone(effects))


def _check_counts(effects: ZoneEffects, between: Between) -> None:
    zones = [{item.zone for item in effects.on(o.name).effects} for o in effects.outcomes]
    for outcome, own in zip(effects.outcomes, zones, strict=True):
        if len(own) <= 1:
            raise MethodError(
                f"outcome {shown(outcome.name)} has an effect of one zone.", allowed="effects of two zones or more"
            )
    if between == "diagonal":
        return
    for k, outcome in enumerate(effects.outcomes):
        for j in range(k):
            both = len(zones[k] & zones[j])
            if both < FEW:
                raise MethodError(
                    f"{both} zones have effects on both {shown(effects.outcomes[j].name)} and {shown(outcome.name)}.",
                    allowed=f"{FEW} zones or more, for a correlation of true effects between zones",
                    todo="use between='diagonal'",
                )


def _maximum(effects: ZoneEffects, where: NDArray[np.int64], between: Between) -> Floats:
    """Return the lower triangular L whose L L' has the greatest restricted likelihood, from several starts."""
    from scipy.optimize import minimize

    count = len(effects.outcomes)
    # Outcomes may be in millions and in shares: each is measured by the spread of its own estimates.
    size = np.array([_size(effects.on(item.name)) for item in effects.outcomes])
    unit = 1 / size[where]
    value, within = effects.estimate * unit, effects.matrix * np.outer(unit, unit)
    basis = _basis(np.eye(count)[where])
    same, pick = _same_zone(effects), np.eye(count)[where]
    free = np.tril_indices(count) if between == "unstructured" else (np.arange(count), np.arange(count))
    contrast = basis.T @ value

    def deviance(parameters: np.ndarray[tuple[int], np.dtype[np.float64]]) -> tuple[float, Floats]:
        lower = np.zeros((count, count))
        lower[free] = parameters
        sigma = lower @ lower.T
        total = basis.T @ (within + sigma[np.ix_(where, where)] * same) @ basis
        inverse = np.linalg.inv(total)
        pulled = inverse @ contrast
        outer = basis @ (inverse - np.outer(pulled, pulled)) @ basis.T
        slope = 2 * (pick.T @ (outer * same) @ pick) @ lower
        return float(np.linalg.slogdet(total)[1] + contrast @ pulled), slope[free]

    first = np.zeros((count, count))
    found = []
    starts = [restricted_maximum(_alone(effects.on(item.name))) ** 0.5 for item in effects.outcomes]
    for scale, lift in ((1.0, 0.0), (1.0, 0.1), (0.3, 0.3), (0.0, 1.0)):
        for turn in (0.3, -0.3):
            first[np.tril_indices(count)] = turn
            np.fill_diagonal(first, scale * np.array(starts) / size + lift)
            begin = [float(cell) for cell in first[free]]
            found.append(minimize(deviance, begin, jac=True, method="BFGS", options={"gtol": 1e-10, "maxiter": 2_000}))
    best = min(found, key=lambda item: float(item.fun))
    lower = np.zeros((count, count))
    lower[free] = best.x
    return np.asarray(lower * size[:, None])


def _alone(effects: ZoneEffects) -> Contrasts:
    return contrasts(effects.estimate, np.ones((len(effects.effects), 1)), effects.matrix)


def _size(effects: ZoneEffects) -> float:
    return float(np.hypot(effects.estimate.std(), np.sqrt(effects.matrix.diagonal().mean())))
