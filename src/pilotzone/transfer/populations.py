"""Effects of many units carried to the units of a candidate region: outcome model, weights, and both together.

Variances are infinitesimal jackknives: the derivative of an estimate in how often each unit counts, squared and summed
over units of both regions (or over clusters). They hold whichever of the two models is right, and include that the
candidate's own covariates are a sample.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pilotzone.core import Brief, MethodError, Outcome, Result, Table, UsageError, check_level, one_thread, shown
from pilotzone.transfer.balancing import effective_size, entropy_weights, participation
from pilotzone.transfer.fitting import Predictive
from pilotzone.transfer.support import least_move

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["METHODS", "Transported", "TransportedEffect", "UnitEffects", "estimates_of", "transport_effects"]

METHODS = ("outcome model", "entropy balancing", "inverse odds", "doubly robust")
_FEWEST = 20
_OVERLAP = 0.95
"""Share of the candidate's units that have to lie in the range of units on each covariate."""


@dataclass(frozen=True, eq=False)
class UnitEffects(Brief):
    """Effects of many treated units, one by one.

    Attributes
    ----------
    outcome
        On what.
    treatment, horizon
        As in `ZoneEffect`.
    effect
        Shape (n,), in the outcome's scale: differences in differences of each unit, say, or the average effect plus
        each unit's influence on it. Their mean is the average effect; they hold the units' noise.
    covariates
        Names of q covariates, declared before effects were looked at.
    values
        Shape (n, q).
    cluster
        Cluster of each unit, shape (n,); ``None`` where units are independent.

    Raises
    ------
    UsageError
        If shapes do not fit or a number is missing.
    MethodError
        If there are too few units, or a covariate does not vary.
    """

    outcome: Outcome
    treatment: str
    horizon: str
    effect: Floats
    covariates: tuple[str, ...]
    values: Floats
    cluster: Sequence[object] | None = None

    def __post_init__(self) -> None:
        effect, values = np.asarray(self.effect, dtype=np.float64), np.asarray(self.values, dtype=np.float64)
        if effect.ndim != 1 or values.shape != (len(effect), len(self.covariates)) or not self.covariates:
            raise UsageError(
                f"effects have shape {effect.shape}, values {values.shape}, for {len(self.covariates)} covariates.",
                allowed="(n,) and (n, q), with q covariates, one or more",
            )
        if self.cluster is not None and len(self.cluster) != len(effect):
            raise UsageError(
                f"{len(self.cluster)} units have a cluster, {len(effect)} an effect.", allowed="one for each unit"
            )
        if not (np.isfinite(effect).all() and np.isfinite(values).all()):
            raise UsageError("an effect or a covariate is not finite.", allowed="finite numbers for every unit")
        least = max(_FEWEST, 10 * len(self.covariates))
        if len(effect) < least:
            raise MethodError(
                f"there are {len(effect)} units for {len(self.covariates)} covariates.",
                allowed=f"{least} units or more",
                todo="take them together as zones, with predict_candidates",
            )
        for name, spread in zip(self.covariates, np.ptp(values, axis=0), strict=True):
            if spread == 0:
                raise MethodError(
                    f"covariate {shown(name)} does not vary between units.", allowed="covariates that differ"
                )
        object.__setattr__(self, "effect", effect)
        object.__setattr__(self, "values", values)


@dataclass(frozen=True)
class TransportedEffect(Brief):
    """The candidate's mean effect by one method.

    Attributes
    ----------
    method
        One of `METHODS`.
    estimate, se
        In the outcome's scale.
    predictive
        Of the mean effect over the candidate's units: the error of the estimate, and how units differ that covariates
        do not tell apart.
    """

    method: str
    estimate: float
    se: float
    predictive: Predictive


@dataclass(frozen=True, eq=False)
class Transported(Result):
    """What the treatment would do in a candidate region, from effects of many units, or why nobody can tell.

    Attributes
    ----------
    units
        What it rests on.
    candidate
        Name of the region.
    count
        Its units.
    effects
        One for each method; empty where it cannot be transported.
    effective
        Effective number of units under entropy balancing and inverse odds.
    refusal
        Why it cannot be transported, and which covariate forbids it; empty where it can.
    forbids
        That covariate.
    alpha
        One minus the level of intervals.
    """

    units: UnitEffects
    candidate: str
    count: int
    effects: tuple[TransportedEffect, ...]
    effective: tuple[float, float]
    refusal: str
    forbids: str
    alpha: float

    def by(self, method: str) -> TransportedEffect:
        """Return the effect by a method.

        Raises
        ------
        MethodError
            If the effect cannot be transported.
        """
        if self.refusal:
            raise MethodError(f"{self.candidate}: {self.refusal}.", allowed="a candidate inside what was seen")
        return self.effects[METHODS.index(method)]

    def to_table(self) -> Table:
        """Return one row per method with its prediction interval, or one row that says why there is none."""
        show, unit = self.units.outcome.display, self.units.outcome.display_unit
        names = ("candidate", "method", "effect", "low", "high", "effect_unit", "estimate", "se", "refusal")
        rows = []
        for item in self.effects:
            low, high = item.predictive.interval(self.alpha)
            cells = (show(item.estimate), show(low), show(high), unit, item.estimate, item.se, "")
            rows.append((self.candidate, item.method, *cells))
        title = f"Effect on {self.units.outcome.title} carried to {self.candidate}"
        if self.refusal:
            return Table.from_rows(("candidate", "refusal"), [(self.candidate, self.refusal)], title=title)
        table = Table.from_rows(names, rows, title=title)
        note = (
            f"Effective units: {self.effective[0]:.0f} by entropy balancing, {self.effective[1]:.0f} by inverse odds,"
            f" of {len(self.units.effect)}. Intervals are of the mean over {self.count} units. They do not hold what"
            " all units of a region have in common."
        )
        return Table(table.columns, table.title, note=note)


@one_thread()
def transport_effects(units: UnitEffects, values: ArrayLike, *, candidate: str, alpha: float = 0.05) -> Transported:
    """Carry the effects of many units to a candidate region by its units' covariates.

    Parameters
    ----------
    units
        Effects of n units with their covariates.
    values
        The same covariates of the candidate's m units, shape (m, q).
    candidate
        Its name.
    alpha
        One minus the level of intervals.

    Raises
    ------
    UsageError
        If values have another shape, are not finite, or alpha is not a level.

    Notes
    -----
    Dahabreh, Robertson, Steingrimsson, Stuart and Hernán 2020, "Extending inferences from a randomized trial to a new
    target population", Statistics in Medicine 39: a linear outcome model, inverse odds of participation scaled to sum
    to one, and the doubly robust estimator of both; Hainmueller 2012 for entropy balancing, which is doubly robust
    by itself for a linear outcome model (Zhao and Percival 2017). It is refused where the candidate's means lie outside
    the hull of units, where fewer than 95 % of its units lie in the units' range on a covariate, and where covariates
    tell the two apart without error.
    """
    check_level(alpha)
    target = np.asarray(values, dtype=np.float64)
    if target.ndim != 2 or target.shape[1] != len(units.covariates) or not len(target):  # noqa: PLR2004 - rows, columns
        raise UsageError(
            f"values have shape {target.shape}, for {len(units.covariates)} covariates.", allowed="(m, q), m from one"
        )
    if not np.isfinite(target).all():
        raise UsageError("a value of the candidate is not finite.", allowed="finite numbers for every unit")
    forbids, refusal = _forbidden(units, target)
    none = Transported(units, candidate, len(target), (), (0.0, 0.0), refusal, forbids, alpha)
    if refusal:
        return none
    try:
        found = estimates_of(units.effect, units.values, target)
    except MethodError as error:
        told = f"cannot be transported: {error.what.rstrip('.')}"
        return Transported(units, candidate, len(target), (), (0.0, 0.0), told, _farthest(units, target), alpha)
    clusters = None if units.cluster is None else np.unique(np.array(units.cluster, dtype=object), return_inverse=True)
    index = None if clusters is None else np.asarray(clusters[1]).ravel()
    free = (len(units.effect) if index is None else int(index.max()) + 1) - len(units.covariates) - 1
    effects = []
    for k, method in enumerate(METHODS):
        se = _error(found.jackknife[:, k], index)
        scale = (se**2 + found.residual / len(target)) ** 0.5
        estimate = float(found.estimate[k])
        effects.append(TransportedEffect(method, estimate, se, Predictive(estimate, scale, max(free, 1))))
    return Transported(units, candidate, len(target), tuple(effects), found.effective, "", "", alpha)


class Estimates(NamedTuple):
    """Estimates by all methods.

    Attributes
    ----------
    estimate
        Shape (4,), in the order of `METHODS`.
    jackknife
        Derivative of each in how often each unit counts, units of the sample first, shape (n + m, 4).
    residual
        Variance of unit effects that covariates leave, under the weights of entropy balancing.
    effective
        Effective number of units by entropy balancing and inverse odds.
    """

    estimate: Floats
    jackknife: Floats
    residual: float
    effective: tuple[float, float]


def estimates_of(effect: Floats, values: Floats, target: Floats, cases: Floats | None = None) -> Estimates:
    """Return the candidate's mean effect by all methods.

    Parameters
    ----------
    effect
        Of n units, shape (n,).
    values, target
        Covariates of both regions, shapes (n, q) and (m, q).
    cases
        How often each unit counts, shape (n + m,); once by default.

    Raises
    ------
    MethodError
        If no weights balance the covariates, or covariates tell the two regions apart without error.
    """
    n = len(effect)
    cases = np.ones(n + len(target)) if cases is None else cases
    own, other = cases[:n], cases[n:]
    z, x = (np.column_stack([np.ones(len(part)), part]) for part in (values, target))
    mean = other @ x / other.sum()
    # The target's mean moves with each of its units; nothing of the sample moves it.
    of_mean = np.vstack([np.zeros_like(z), (x - mean) / other.sum()])

    # Outcome model.
    gram = np.linalg.inv((z.T * own) @ z)
    beta = gram @ (z.T @ (own * effect))
    left = effect - z @ beta
    of_beta = np.vstack([(z * left[:, None]) @ gram, np.zeros_like(x)])
    by_model = float(mean @ beta)
    of_model = of_mean @ beta + of_beta @ mean

    # Entropy balancing, to the target's mean.
    balanced = entropy_weights(values, mean[1:], own)
    if balanced is None:
        raise MethodError("no weights above zero give units the candidate's means.", allowed="means that overlap")
    by_balance = float(balanced @ effect)
    off = values - mean[1:]
    spread = np.linalg.pinv((off.T * balanced) @ off)
    pull = off.T @ (balanced * (effect - by_balance))
    each = balanced / own
    moved = np.vstack([each[:, None] * off, np.zeros_like(target)]) - of_mean[:, 1:]
    direct = np.concatenate([each * (effect - by_balance), np.zeros(len(target))])
    of_balance = direct - moved @ (spread @ pull)

    # Inverse odds of participation, and both models together.
    chance = participation(values, target, cases)[1]
    whole = np.vstack([z, x])
    seen = np.repeat([1.0, 0.0], [n, len(target)])
    hessian = np.linalg.inv((whole.T * (cases * chance * (1 - chance))) @ whole)
    of_gamma = (whole * (seen - chance)[:, None]) @ hessian
    odds = (1 - chance[:n]) / chance[:n]
    share = own * odds / (own @ odds)

    def weighted(value: Floats) -> tuple[float, Floats]:
        middle = float(share @ value)
        direct = np.concatenate([share / own * (value - middle), np.zeros(len(target))])
        return middle, direct - of_gamma @ (z.T @ (share * (value - middle)))

    by_odds, of_odds = weighted(effect)
    rest, of_rest = weighted(left)
    of_both = of_model + of_rest - of_beta @ (z.T @ share)
    estimate = np.array([by_model, by_balance, by_odds, by_model + rest])
    jackknife = np.column_stack([of_model, of_balance, of_odds, of_both])
    residual = float(balanced @ left**2)
    return Estimates(estimate, jackknife, residual, (effective_size(balanced), effective_size(share)))


def _error(jackknife: Floats, cluster: NDArray[np.int64] | None) -> float:
    """Return a standard error; the candidate's units, which stand last, count one by one."""
    if cluster is None:
        return float((jackknife**2).sum() ** 0.5)
    own = np.bincount(cluster, weights=jackknife[: len(cluster)])
    return float(((own**2).sum() + (jackknife[len(cluster) :] ** 2).sum()) ** 0.5)


def _forbidden(units: UnitEffects, target: Floats) -> tuple[str, str]:
    """Return the covariate that forbids a transfer, and why; both are empty where none does."""
    low, high = units.values.min(axis=0), units.values.max(axis=0)
    share = ((target >= low) & (target <= high)).mean(axis=0)
    worst = int(share.argmin())
    if share[worst] < _OVERLAP:
        name = units.covariates[worst]
        told = (
            f"{share[worst]:.0%} of its units lie in the range of treated units on {name}, and {_OVERLAP:.0%} have to"
        )
        return name, f"cannot be transported: {told}"
    if entropy_weights(units.values, target.mean(axis=0)) is not None:
        return "", ""  # weights above zero exist: no need of a linear programme over all units
    sd = units.values.std(axis=0)
    middle = units.values.mean(axis=0)
    move = least_move((target.mean(axis=0) - middle) / sd, (units.values - middle) / sd)
    if np.abs(move).sum() > 1e-9:  # noqa: PLR2004 - rounding
        name = units.covariates[int(np.abs(move).argmax())]
        return name, f"cannot be transported: its mean of {name}, jointly with the others, is unlike any treated units"
    return "", ""


def _farthest(units: UnitEffects, target: Floats) -> str:
    off = np.abs(target.mean(axis=0) - units.values.mean(axis=0)) / units.values.std(axis=0)
    return units.covariates[int(off.argmax())]
