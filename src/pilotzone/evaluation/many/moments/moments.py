"""Per cohort: how many units, their mean outcomes, and how these vary together. One pass over the data yields them.

Batches are taken in any order, and parts that were summed apart are merged (Chan, Golub and LeVeque 1983, "Algorithms
for computing the sample variance", The American Statistician 37, 242-247), so that the data never have to be in one
place. Products are summed about means, never about zero: digits that all units share cost none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import NEVER, Brief, DataError, MethodError, listing

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["CohortMoments", "merge", "moments_of", "whole_cohorts"]


@dataclass(frozen=True, eq=False)
class CohortMoments(Brief):
    """Counts, means and centred sums of products of K cohorts and R stacked outcomes; all arrays are read-only.

    Attributes
    ----------
    cohorts
        First period of treatment of each cohort, rising, shape (K,); `NEVER` where there is none.
    counts
        Units of each cohort, at least one, shape (K,).
    means, tails
        Mean stacked outcomes and what rounding took off them, both of shape (K, R), in the outcomes' own units: the
        means are known to twice the digits of a number, so that those of two parts can be compared when they are
        merged, however far from zero they lie.
    products
        Sums over a cohort's units of (Y - mean)(Y - mean)', shape (K, R, R). They are sums, divided by nothing: a
        cohort of one unit has zeros.
    """

    cohorts: Integers
    counts: Integers
    means: Floats
    tails: Floats
    products: Floats

    def __post_init__(self) -> None:
        K, R = self.means.shape
        shapes = [item.shape for item in (self.cohorts, self.counts, self.tails, self.products)]
        if shapes != [(K,), (K,), (K, R), (K, R, R)]:
            raise MethodError(
                f"moments of {K} cohorts and {R} columns have cohorts, counts, tails and products of shapes {shapes}.",
                allowed="(K,), (K,), (K, R) and (K, R, R)",
            )
        if (np.diff(self.cohorts.astype(object)) <= 0).any() or (self.counts < 1).any():
            raise MethodError(
                "cohorts do not rise, or one has no unit.", allowed="each cohort once, rising, with one unit or more"
            )
        for item in (self.cohorts, self.counts, self.means, self.tails, self.products):
            item.flags.writeable = False

    @property
    def units(self) -> int:
        """All units of all cohorts."""
        return int(self.counts.sum())

    @property
    def columns(self) -> int:
        """Length R of the stacked outcomes."""
        return int(self.means.shape[1])

    @property
    def covariances(self) -> Floats:
        """Centred second moments within each cohort, divisor its number of units, shape (K, R, R)."""
        found: Floats = self.products / self.counts[:, None, None]
        return found


def moments_of(stacked: ArrayLike, cohorts: ArrayLike) -> CohortMoments:
    """Return the moments of one batch of units.

    Parameters
    ----------
    stacked
        Stacked outcomes, one unit a row, shape (n, R); n may be zero.
    cohorts
        First period of treatment of each unit, shape (n,), whole numbers; `NEVER` or infinity if there is none.

    Returns
    -------
    CohortMoments
        Moments of the cohorts that the batch holds.

    Raises
    ------
    DataError
        If shapes do not fit, an outcome is not a finite number, a cohort is not a whole number, or products overflow.

    Examples
    --------
    >>> found = moments_of([[1.0, 2.0], [3.0, 2.0], [5.0, 5.0]], [2016, 2016, NEVER])
    >>> found.counts, found.means[0], found.products[0, 0, 0]
    (array([2, 1]), array([2., 2.]), np.float64(2.0))
    """
    values, labels = _checked(stacked, cohorts)
    order = np.argsort(labels, kind="stable")
    found, starts, counts = np.unique(labels[order], return_index=True, return_counts=True)
    R = values.shape[1]
    means, tails = np.empty((len(found), R)), np.empty((len(found), R))
    products = np.empty((len(found), R, R))
    with np.errstate(over="ignore", invalid="ignore"):
        for k, (start, count) in enumerate(zip(starts, counts, strict=True)):
            means[k], tails[k], products[k] = _centred(values[order[start : start + count]])
    _check_overflow(found, means, products)
    return CohortMoments(found, counts.astype(np.int64), means, tails, products)


def merge(one: CohortMoments, other: CohortMoments) -> CohortMoments:
    """Return the moments of two sets of units together: associative and commutative up to rounding.

    Parameters
    ----------
    one, other
        Moments of units that are not in both, with the same columns.

    Returns
    -------
    CohortMoments
        Moments of the cohorts that either holds.

    Raises
    ------
    DataError
        If the numbers of columns differ, or products overflow.
    """
    if one.columns != other.columns:
        raise DataError(
            f"moments of {one.columns} and of {other.columns} columns cannot be merged.",
            allowed="the same outcomes and periods in every batch",
        )
    found = np.union1d(one.cohorts, other.cohorts)
    K, R = len(found), one.columns
    counts, means, tails, products = np.zeros(K, np.int64), np.zeros((K, R)), np.zeros((K, R)), np.zeros((K, R, R))
    at = np.searchsorted(found, one.cohorts)
    counts[at], means[at], tails[at], products[at] = one.counts, one.means, one.tails, one.products
    at = np.searchsorted(found, other.cohorts)
    shared = counts[at] > 0
    new, old = at[~shared], at[shared]
    counts[new], means[new] = other.counts[~shared], other.means[~shared]
    tails[new], products[new] = other.tails[~shared], other.products[~shared]
    share = other.counts[shared] / (counts[old] + other.counts[shared])
    with np.errstate(over="ignore", invalid="ignore"):
        gap = (other.means[shared] - means[old]) + (other.tails[shared] - tails[old])
        between = (counts[old] * share)[:, None, None] * (gap[:, :, None] * gap[:, None, :])
        products[old] += other.products[shared] + between
        means[old], tails[old] = _two_sum(means[old], tails[old] + share[:, None] * gap)
    counts[old] += other.counts[shared]
    _check_overflow(found, means, products)
    return CohortMoments(found, counts, means, tails, products)


def _checked(stacked: ArrayLike, cohorts: ArrayLike) -> tuple[Floats, Integers]:
    """Return outcomes and cohorts in their types, or say what is wrong with them."""
    try:
        values: Floats = np.asarray(stacked, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(f"outcomes are not numbers: {error}.", allowed="numbers, units x columns") from error
    labels = np.asarray(cohorts)
    match values.shape:
        case (n, R) if R > 0:
            pass
        case shape:
            raise DataError(f"stacked outcomes have shape {shape}.", allowed="units x columns, at least one column")
    if labels.shape != (n,):
        raise DataError(f"{n} units have cohorts of shape {labels.shape}.", allowed=f"one cohort a unit, shape {(n,)}")
    bad = np.argwhere(~np.isfinite(values))
    if len(bad):
        row, column = bad[0].tolist()
        raise DataError(
            f"{len(bad)} of the stacked outcomes are not finite numbers, the first in row {row}, column {column}:"
            f" {values[row, column]}.",
            allowed="finite numbers: the panel is balanced",
            todo="leave the unit or the period out, or find out why the figure is missing.",
        )
    return values, whole_cohorts(labels)


def whole_cohorts(labels: NDArray[np.generic]) -> Integers:
    """Return cohorts as integers, infinity as `NEVER`."""
    if len(labels) == 0:
        return np.empty(0, np.int64)
    if labels.dtype.kind not in "iuf":
        raise DataError(f"cohorts are of type {labels.dtype}.", allowed="whole numbers; NEVER or infinity for never")
    if labels.dtype.kind in "iu":
        if labels.dtype.kind == "u" and int(labels.astype(np.uint64).max()) > NEVER:
            raise DataError("cohorts go beyond 64 bits.", allowed="whole numbers; NEVER or infinity for never")
        return labels.astype(np.int64)
    values = labels.astype(np.float64)
    never = values >= float(NEVER)  # NEVER beside infinity or fractions becomes a float
    whole = never | (np.isfinite(values) & (values == np.floor(values)) & (np.abs(values) < 2.0**53))
    if not whole.all():
        raise DataError(
            f"cohorts are not whole numbers: {listing(np.unique(values[~whole]).tolist())}.",
            allowed="the first period of treatment; NEVER or infinity for units never treated",
            todo="write infinity, not an empty cell, for units that are never treated.",
        )
    return np.where(never, NEVER, np.where(never, 0, values).astype(np.int64))


def _centred(rows: Floats) -> tuple[Floats, Floats, Floats]:
    """Return mean, tail and centred sums of products of one cohort's rows."""
    mean = rows.mean(axis=0)
    gaps = rows - mean
    rest = gaps.mean(axis=0)
    products = gaps.T @ gaps - len(rows) * np.outer(rest, rest)
    return *_two_sum(mean, rest), products


def _two_sum(a: Floats, b: Floats) -> tuple[Floats, Floats]:
    """Return the rounded sum and what rounding took off (Knuth, The Art of Computer Programming 2, 4.2.2)."""
    total = a + b
    part = total - a
    return total, (a - (total - part)) + (b - part)


def _check_overflow(cohorts: Integers, means: Floats, products: Floats) -> None:
    good = np.isfinite(means).all(axis=1) & np.isfinite(products).all(axis=(1, 2))
    if not good.all():
        names = ["NEVER" if cohort == NEVER else cohort for cohort in cohorts[~good].tolist()]
        raise DataError(
            f"outcomes are too large for their products, in cohort {listing(names)}.",
            allowed="numbers whose squares, summed over units, stay under 1e308",
            todo="state the outcome in a larger unit.",
        )
