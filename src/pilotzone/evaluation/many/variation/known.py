"""How much of a variance each cohort adds, and how well that is known: degrees of freedom for few units.

A standard error from n units is itself an estimate. The variance of an effect is a sum over cohorts, each known from
its own n_k units with n_k - 1 degrees of freedom, as in a comparison of two means with unequal variances. The sum is
compared with a t distribution whose degrees of freedom match its first two moments (Satterthwaite 1946, "An approximate
distribution of estimates of variance components", Biometrics Bulletin 2, 110-114; Welch 1947).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import Brief
from pilotzone.evaluation.many.cells.weights import Weights
from pilotzone.evaluation.many.variation.by_outcome import EffectVariation
from pilotzone.evaluation.many.variation.families import narrow_root
from pilotzone.evaluation.many.variation.groups import Variation
from pilotzone.evaluation.many.variation.presence import contrast_of, counted_alike, resting_alike

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from pilotzone.evaluation.many.variation.presence import Presence, Resting

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = [
    "CohortVariation",
    "InfluenceVariation",
    "LoadVariation",
    "ProductVariation",
    "Reliability",
    "reliability",
]


@dataclass(frozen=True, eq=False)
class CohortVariation(Variation, Brief):
    """What cohorts add, from their moments.

    Attributes
    ----------
    draws
        Units of each cohort, shape (K,).
    products
        Centred sums of products of each cohort's stacked outcomes, shape (K, R, R).
    sides
        Weight of each cohort's mean change in each effect, shape (C, K).
    later, earlier
        Columns whose difference is the change of each effect, shape (C,).
    """

    draws: Integers
    products: Floats
    sides: Floats
    later: NDArray[np.intp]
    earlier: NDArray[np.intp]

    def parts(self, weights: Weights | Floats) -> Floats:
        """Return what each cohort adds to the variance of averages of effects."""
        weights = Weights.of(weights)
        if weights.single:
            return changes_spread(self.products, self.later, self.earlier) * (self.sides / self.draws) ** 2
        found = np.zeros((weights.shape[0], len(self.draws)))
        for k, products in enumerate(self.products):
            contrast = contrast_of(weights, self.sides[:, k], self.later, self.earlier, len(products))
            used = np.flatnonzero(contrast.any(axis=1))
            part, root = contrast[used], narrow_root(products, int(self.draws[k]))
            squares = (part @ products) * part if root is None else (part @ root) ** 2
            found[used, k] = squares.sum(axis=1) / self.draws[k] ** 2
        return found

    def resting(self, weights: Weights | Floats) -> Resting:
        """Return what rests on which cohort."""
        return resting_alike(weights, self.sides, self.later, self.earlier, self.draws)

    def contrasts(self, weights: Weights | Floats) -> Floats:
        """Return what one unit of each group adds to averages by its stacked outcomes, shape (K, Q, R)."""
        weights, columns = Weights.of(weights), self.products.shape[1]
        pairs = zip(self.sides.T, self.draws.tolist(), strict=True)
        return np.stack([contrast_of(weights, side, self.later, self.earlier, columns) / n for side, n in pairs])


@dataclass(frozen=True, eq=False)
class LoadVariation(Variation, Brief):
    """What cohorts add where a unit adds to effects by all its outcomes, and not by changes between two periods.

    Attributes
    ----------
    draws
        Units of each cohort, shape (K,).
    products
        Centred sums of products of each cohort's stacked outcomes, shape (K, R, R).
    loads
        For each cohort what one of its units adds to all effects by its stacked outcomes, each of shape (C, R).
    """

    draws: Integers
    products: Floats
    loads: tuple[Floats, ...]

    def parts(self, weights: Weights | Floats) -> Floats:
        """Return what each cohort adds to the variance of averages of effects."""
        weights = Weights.of(weights)
        contrasts = [weights @ loads for loads in self.loads]
        pairs = zip(contrasts, self.products, strict=True)
        return np.column_stack([((contrast @ products) * contrast).sum(axis=1) for contrast, products in pairs])

    def resting(self, weights: Weights | Floats) -> Resting:
        """Return what rests on which cohort."""
        weights = Weights.of(weights)
        squares = [((weights @ loads) ** 2).sum(axis=1) for loads in self.loads]
        return counted_alike(self.draws * np.column_stack(squares), self.draws)

    def contrasts(self, weights: Weights | Floats) -> Floats:
        """Return what one unit of each group adds to averages by its stacked outcomes, shape (K, Q, R)."""
        weights = Weights.of(weights)
        return np.stack([weights @ loads for loads in self.loads])


@dataclass(frozen=True, eq=False)
class InfluenceVariation(Variation, Brief):
    """What cohorts add where each unit's influence on each effect is known, as with unit-level covariates.

    Attributes
    ----------
    draws
        Units of each cohort, shape (K,).
    influences
        Influences of units on effects, shape (n, C).
    whose
        Position of each unit's cohort, shape (n,).
    plain
        The same comparisons without covariates: how much would rest on which cohort if all units varied alike.
    """

    draws: Integers
    influences: Floats
    whose: Integers
    plain: Variation

    def parts(self, weights: Weights | Floats) -> Floats:
        """Return what each cohort adds to the variance of averages of effects."""
        weights = Weights.of(weights)
        found = np.empty((weights.shape[0], len(self.draws)))
        for k, count in enumerate(self.draws.tolist()):
            own = weights @ self.influences[self.whose == k].T
            found[:, k] = ((own - own.sum(axis=1, keepdims=True) / count) ** 2).sum(axis=1)
        return found

    def resting(self, weights: Weights | Floats) -> Resting:
        """Return what rests on which cohort in the same comparisons without covariates."""
        return self.plain.resting(weights)


@dataclass(frozen=True, eq=False)
class ProductVariation(Variation, Brief):
    """What cohorts add, from sums of products of their units' influences.

    Attributes
    ----------
    products
        For each cohort, the effects that its units have a part in, and centred sums of products of influences on these.
    presence
        How many units effects are known by.
    """

    products: Sequence[tuple[NDArray[np.intp], Floats]]
    presence: Presence

    def parts(self, weights: Weights | Floats) -> Floats:
        """Return what each cohort adds to the variance of averages of effects."""
        weights = Weights.of(weights)
        found = np.zeros((len(weights), len(self.products)))
        for k, (used, products) in enumerate(self.products):
            if weights.single:
                found[used, k] = products.diagonal()
                continue
            own = weights.only(used)
            found[:, k] = own.squares(products)
        return found

    def resting(self, weights: Weights | Floats) -> Resting:
        """Return what rests on which cohort."""
        return self.presence.resting(weights)


@dataclass(frozen=True, eq=False)
class Reliability:
    """How far standard errors of Q effects can be relied upon; all arrays have shape (Q,).

    Attributes
    ----------
    inflation
        What a standard error is multiplied by, so that its square has no bias: divisors n - 1 in place of n.
    degrees
        Degrees of freedom of the t distribution that goes with it; zero where a variance cannot be estimated.
    fewest
        Units, or clusters, of the smallest group that matters.
    flat
        Whether nothing varies but by rounding, so that there is no standard error.
    """

    inflation: Floats
    degrees: Floats
    fewest: Integers
    flat: NDArray[np.bool_]


UNKNOWN = 0.02
"""Groups of one, about whose spread nothing is known, matter from this share of a variance on, all of them together,
were all units to vary alike."""

MATTERS = 0.1
"""A larger group matters from this share of a variance on, by itself. Below it, degrees of freedom make up for a group
of two even if its variance is four times as large."""


def reliability(variation: Variation | EffectVariation, weights: Weights | Floats, variance: Floats) -> Reliability:
    """Return how far the variances of averages of effects can be relied upon.

    Parameters
    ----------
    variation
        What groups of units add.
    weights
        Weights of effects in averages, shape (Q, C).
    variance
        Variances, shape (Q,), as they are estimated; what they hold beside the groups' parts is taken as known.

    Returns
    -------
    Reliability
        Where groups of one matter, or nothing varies, the variance cannot be estimated: degrees are zero and the
        inflation is infinite. Where groups of one do not matter, they are left as they are.
    """
    weights = Weights.of(weights)
    if not isinstance(variation, EffectVariation):
        return _reliability(variation, weights, variance, np.zeros(len(variance)))
    found = Reliability(
        np.zeros(len(variance)),
        np.zeros(len(variance)),
        np.zeros(len(variance), dtype=np.int64),
        np.zeros(len(variance), dtype=bool),
    )
    rounding = variation.rounding(weights)
    for rows, some, own in variation.split(weights):
        part = _reliability(own, some, variance[rows], rounding[rows])
        found.inflation[rows], found.degrees[rows] = part.inflation, part.degrees
        found.fewest[rows], found.flat[rows] = part.fewest, part.flat
    return found


def _reliability(variation: Variation, weights: Weights, variance: Floats, rounding: Floats) -> Reliability:
    """Return the same of one outcome; variances up to `rounding` are none."""
    parts, rests = variation.parts(weights), variation.resting(weights)
    flat = ~(variance > rounding)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.nan_to_num(rests.alike / rests.alike.sum(axis=1, keepdims=True))
    numbers = np.where(share > 0, rests.numbers, 0.0)
    factors = np.where(np.isfinite(rests.factors), rests.factors, 1.0)
    single = numbers < 2  # noqa: PLR2004 - a spread needs two
    unknown = np.where(single, share, 0.0).sum(axis=1) >= UNKNOWN
    counted = np.where((share >= MATTERS) & ~single, numbers, np.inf)
    every, largest = np.arange(len(variance)), numbers.argmax(axis=1)
    counted[every, largest] = np.minimum(counted[every, largest], numbers[every, largest])
    smallest = counted.argmin(axis=1)
    fewest = np.where(unknown, 1.0, counted[every, smallest])
    if parts.shape[1] != numbers.shape[1]:
        # Where clusters hold units of several cohorts their parts are one, known as well as the smallest group's would.
        numbers, factors = numbers[every, smallest][:, None], factors[every, smallest][:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        # As shares of the variance: squares of parts may be beyond the range of numbers.
        parts = parts / variance[:, None]
        whole = np.where(parts > 0, parts * factors, 0.0)
        total = 1 + (whole - parts).sum(axis=1)
        lost = unknown | flat
        inflation = np.where(lost, np.inf, np.sqrt(total))
        spread = np.where(numbers > 1, whole**2 / np.where(numbers > 1, numbers - 1, 1.0), 0.0).sum(axis=1)
        degrees = np.where(lost, 0.0, total**2 / spread)
    fewest = np.floor(np.maximum(fewest, 1.0) + 1e-9).astype(np.int64)
    return Reliability(inflation, np.nan_to_num(degrees, nan=0.0, posinf=np.inf), fewest, flat)


def changes_spread(products: Floats, later: NDArray[np.intp], earlier: NDArray[np.intp]) -> Floats:
    """Return sums of squared changes between two columns about their means, by cohort, shape (C, K)."""
    found = np.empty((len(later), len(products)))
    for k, own in enumerate(products):
        squares = own.diagonal()
        found[:, k] = (squares[later] - own[later, earlier]) + (squares[earlier] - own[later, earlier])
    return np.maximum(found, 0.0)
