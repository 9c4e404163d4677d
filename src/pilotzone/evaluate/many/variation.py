"""How much of a variance each cohort adds, and how well that is known: degrees of freedom for few units.

A standard error from n units is itself an estimate. The variance of an effect is a sum over cohorts, each known from
its own n_k units with n_k - 1 degrees of freedom, as in a comparison of two means with unequal variances. The sum is
compared with a t distribution whose degrees of freedom match its first two moments (Satterthwaite 1946, "An approximate
distribution of estimates of variance components", Biometrics Bulletin 2, 110-114; Welch 1947).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = [
    "Clustered",
    "CohortVariation",
    "InfluenceVariation",
    "LoadVariation",
    "ProductVariation",
    "Reliability",
    "Variation",
    "reliability",
    "varying_alike",
]


class Variation(Protocol):
    """What groups of units that were drawn one by one add to variances."""

    @property
    def draws(self) -> Integers:
        """How many units, or clusters of them, each of the P groups has, shape (P,)."""

    def components(self, weights: Floats) -> tuple[Floats, Floats]:
        """Return what each group adds to the variance of averages of effects, both of shape (Q, P).

        Parameters
        ----------
        weights
            Of effects in averages, shape (Q, C).

        Returns
        -------
        tuple of arrays
            As estimated, the divisor within a group being its number of draws; and as it would be, up to a factor, if
            all units varied alike, which says how much rests on a group whatever its estimate.
        """


@runtime_checkable
class Clustered(Variation, Protocol):
    """The same of clusters, of which one may hold many units of a cohort and another few."""

    def resting(self, weights: Floats) -> tuple[Floats, Floats, Floats]:
        """Return what rests on which cohort, and by how many clusters each is known.

        Parameters
        ----------
        weights
            Of effects in averages, shape (Q, C).

        Returns
        -------
        tuple of arrays
            What each cohort would add to the variance of averages of effects if all clusters varied alike, up to a
            factor, shape (Q, K); and cohorts' effective numbers of clusters and what squares are multiplied by, both of
            shape (K,), as in `effective_draws` of clusters.
        """


@dataclass(frozen=True, eq=False)
class CohortVariation:
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

    def components(self, weights: Floats) -> tuple[Floats, Floats]:
        """Return what each cohort adds to the variance of averages of effects, and would add if all varied alike."""
        found = np.empty((len(weights), len(self.draws)))
        alike = np.empty_like(found)
        columns = self.products.shape[1]
        for k, products in enumerate(self.products):
            contrast = _contrast(weights * self.sides[:, k], self.later, self.earlier, columns)
            found[:, k] = ((products @ contrast) * contrast).sum(axis=0) / self.draws[k] ** 2
            alike[:, k] = (contrast**2).sum(axis=0) / self.draws[k]
        return found, alike


def varying_alike(
    weights: Floats,
    sides: Floats,
    later: NDArray[np.intp],
    earlier: NDArray[np.intp],
    draws: Floats | Integers,
) -> Floats:
    """Return what each cohort would add to the variance of averages if all its draws varied alike, shape (Q, K).

    Parameters
    ----------
    weights
        Of effects in averages, shape (Q, C).
    sides, later, earlier
        As in `CohortVariation`.
    draws
        Units or clusters of each cohort, shape (K,).
    """
    found = np.empty((len(weights), sides.shape[1]))
    columns = int(max(later.max(), earlier.max())) + 1
    for k, number in enumerate(draws.tolist()):
        contrast = _contrast(weights * sides[:, k], later, earlier, columns)
        found[:, k] = (contrast**2).sum(axis=0) / max(number, 1.0)
    return found


def _contrast(part: Floats, later: NDArray[np.intp], earlier: NDArray[np.intp], columns: int) -> Floats:
    """Return the weight of each column in averages of changes between two columns, shape (R, Q)."""
    found = np.zeros((columns, len(part)))
    np.add.at(found, later, part.T)
    np.subtract.at(found, earlier, part.T)
    return found


@dataclass(frozen=True, eq=False)
class LoadVariation:
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

    def components(self, weights: Floats) -> tuple[Floats, Floats]:
        """Return what each cohort adds to the variance of averages of effects, and would add if all varied alike."""
        found = np.empty((len(weights), len(self.draws)))
        alike = np.empty_like(found)
        for k, (products, loads) in enumerate(zip(self.products, self.loads, strict=True)):
            contrast = weights @ loads
            found[:, k] = ((contrast @ products) * contrast).sum(axis=1)
            alike[:, k] = self.draws[k] * (contrast**2).sum(axis=1)
        return found, alike


@dataclass(frozen=True, eq=False)
class InfluenceVariation:
    """What cohorts add where each unit's influence on each effect is known, as with unit-level covariates.

    Attributes
    ----------
    draws
        Units of each cohort, shape (K,).
    influences
        Of units on effects, shape (n, C).
    whose
        Position of each unit's cohort, shape (n,).
    plain
        The same comparisons without covariates: how much would rest on which cohort if all units varied alike.
    """

    draws: Integers
    influences: Floats
    whose: Integers
    plain: Variation

    def components(self, weights: Floats) -> tuple[Floats, Floats]:
        """Return what each cohort adds to the variance of averages of effects, and would add if all varied alike."""
        found = np.empty((len(weights), len(self.draws)))
        for k, count in enumerate(self.draws.tolist()):
            own = self.influences[self.whose == k] @ weights.T
            found[:, k] = ((own - own.sum(axis=0) / count) ** 2).sum(axis=0)
        return found, self.plain.components(weights)[1]


@dataclass(frozen=True, eq=False)
class ProductVariation:
    """What cohorts add, from sums of products of their units' influences.

    Attributes
    ----------
    draws
        Units of each cohort, shape (K,).
    products
        Centred sums of products of each cohort's influences, shape (K, C, C).
    sides, later, earlier
        As in `CohortVariation`: what rests on a cohort if all units vary alike.
    """

    draws: Integers
    products: Floats
    sides: Floats
    later: NDArray[np.intp]
    earlier: NDArray[np.intp]

    def components(self, weights: Floats) -> tuple[Floats, Floats]:
        """Return what each cohort adds to the variance of averages of effects, and would add if all varied alike."""
        found = np.column_stack([((weights @ products) * weights).sum(axis=1) for products in self.products])
        return found, varying_alike(weights, self.sides, self.later, self.earlier, self.draws)


@dataclass(frozen=True, eq=False)
class Reliability:
    """How far standard errors of Q effects can be relied upon; all arrays have shape (Q,).

    Attributes
    ----------
    inflation
        What a standard error is multiplied by, so that its square has no bias: divisors n - 1 in place of n.
    degrees
        Of freedom of the t distribution that goes with it; zero where a variance cannot be estimated.
    fewest
        Units, or clusters, of the smallest group that matters.
    """

    inflation: Floats
    degrees: Floats
    fewest: Integers


UNKNOWN = 0.02
"""Groups of one, about whose spread nothing is known, matter from this share of a variance on, all of them together,
were all units to vary alike."""

MATTERS = 0.1
"""A larger group matters from this share of a variance on, by itself. Below it, degrees of freedom make up for a group
of two even if its variance is four times as large."""


def reliability(variation: Variation, weights: Floats, variance: Floats) -> Reliability:
    """Return how far the variances of averages of effects can be relied upon.

    Parameters
    ----------
    variation
        What groups of units add.
    weights
        Of effects in averages, shape (Q, C).
    variance
        Variances, shape (Q,), as they are estimated; what they hold beside the groups' parts is taken as known.

    Returns
    -------
    Reliability
        Where groups of one matter, the variance cannot be estimated: degrees are zero and the inflation is infinite.
        Where they do not, they are left as they are.
    """
    parts, alike = variation.components(weights)
    numbers = variation.draws.astype(np.float64)
    factors = np.divide(numbers, numbers - 1, out=np.ones_like(numbers), where=numbers > 1)
    if isinstance(variation, Clustered):
        alike, numbers, factors = variation.resting(weights)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = alike / alike.sum(axis=1, keepdims=True)
    single = numbers < 2  # noqa: PLR2004 - a spread needs two
    unknown = share[:, single].sum(axis=1) >= UNKNOWN
    counted = np.where((share >= MATTERS) & ~single, numbers, np.inf)
    counted[:, numbers.argmax()] = np.minimum(counted[:, numbers.argmax()], numbers.max())
    smallest = counted.argmin(axis=1)
    fewest = np.where(unknown, np.minimum(1.0, numbers.min()), counted.min(axis=1))
    # Where clusters hold units of several cohorts their parts are one, known as well as the smallest group's would be.
    whole_by = parts.shape[1] == len(numbers)
    n = np.broadcast_to(numbers if whole_by else numbers[smallest][:, None], parts.shape)
    factor = np.broadcast_to(factors if whole_by else factors[smallest][:, None], parts.shape)
    with np.errstate(divide="ignore", invalid="ignore"):
        whole = np.where(parts > 0, parts * np.where(np.isfinite(factor), factor, 1.0), 0.0)
        total = variance + (whole - parts).sum(axis=1)
        lost = unknown | ~(variance > 0)
        inflation = np.where(lost, np.inf, np.sqrt(total / variance))
        spread = np.where(n > 1, whole**2 / np.where(n > 1, n - 1, 1.0), 0.0).sum(axis=1)
        degrees = np.where(lost, 0.0, total**2 / spread)
    fewest = np.floor(np.maximum(fewest, 1.0) + 1e-9).astype(np.int64)
    return Reliability(inflation, np.nan_to_num(degrees, nan=0.0, posinf=np.inf), fewest)
