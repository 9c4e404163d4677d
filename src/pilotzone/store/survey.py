"""What one look at a panel's units tells: a kernel like any other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.store.kernel import PanelFacts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from pilotzone.store.kernel import RowBatch, UnitBatch

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["RowSurveyKernel", "Survey", "SurveyKernel"]


@dataclass(frozen=True)
class Survey:
    """What is counted of units, or of rows as units of their own.

    Attributes
    ----------
    counts
        Cohort to its units.
    observed
        Outcome to the units that have it in each period, shape (T,).
    having, having_any
        Cohort to its units that have an outcome in any period, by outcome; and that have any outcome at all.
    largest
        Outcome to its largest absolute value.
    """

    counts: dict[int, int]
    observed: dict[str, NDArray[np.int64]]
    having: dict[str, dict[int, int]]
    having_any: dict[int, int]
    largest: dict[str, float]

    def facts(self, periods: tuple[int, ...], rows: int, clusters: NDArray[np.generic] | None) -> PanelFacts:
        """Return it as facts of the panel."""
        cohorts = sorted(self.counts)

        def by_cohort(found: Mapping[int, int]) -> Integers:
            return np.array([found.get(cohort, 0) for cohort in cohorts], dtype=np.int64)

        return PanelFacts(
            periods,
            np.array(cohorts, dtype=np.int64),
            by_cohort(self.counts),
            self.observed,
            rows,
            sum(self.counts.values()),
            clusters,
            {name: by_cohort(found) for name, found in self.having.items()},
            by_cohort(self.having_any),
            self.largest,
        )


@dataclass(frozen=True)
class SurveyKernel:
    """Counts units."""

    def take(self, batch: UnitBatch) -> Survey:
        """Return the counts of one batch."""
        there = {name: ~np.isnan(values) for name, values in batch.values.items()}
        observed = {name: np.count_nonzero(found, axis=0).astype(np.int64) for name, found in there.items()}
        has = {name: np.asarray(found.any(axis=1)) for name, found in there.items()}
        return _surveyed(batch.cohorts, observed, has, batch.values)

    def merge(self, one: Survey, other: Survey) -> Survey:
        """Return the counts of both."""
        return _both(one, other)


@dataclass(frozen=True)
class RowSurveyKernel:
    """Counts rows as units of their own.

    Attributes
    ----------
    periods
        How many periods there are.
    """

    periods: int

    def take(self, batch: RowBatch) -> Survey:
        """Return the counts of one batch."""
        has = {name: ~np.isnan(values) for name, values in batch.values.items()}
        observed = {
            name: np.bincount(batch.periods[found], minlength=self.periods).astype(np.int64)
            for name, found in has.items()
        }
        return _surveyed(batch.cohorts, observed, has, batch.values)

    def merge(self, one: Survey, other: Survey) -> Survey:
        """Return the counts of both."""
        return _both(one, other)


def _surveyed(
    cohorts: Integers, observed: dict[str, Integers], has: Mapping[str, NDArray[np.bool_]], values: Mapping[str, Floats]
) -> Survey:
    """Return the survey of one batch of units: who has which outcome is said unit by unit."""
    names, at = np.unique(cohorts, return_inverse=True)

    def counted(mask: NDArray[np.bool_]) -> dict[int, int]:
        counts = np.bincount(at if mask.all() else at[mask], minlength=len(names))
        return dict(zip(names.tolist(), counts.tolist(), strict=True))

    every = np.ones(len(cohorts), dtype=bool)
    having = {name: counted(found) for name, found in has.items()}
    some = np.logical_or.reduce(list(has.values())) if has else every
    return Survey(
        counted(every), observed, having, counted(some), {name: _largest(found) for name, found in values.items()}
    )


def _largest(values: Floats) -> float:
    """Return the largest absolute value, zero where there is none."""
    if values.size == 0:
        return 0.0
    high, low = np.fmax.reduce(values, axis=None), np.fmin.reduce(values, axis=None)
    return float(np.nan_to_num(max(high, -low)))


def _both(one: Survey, other: Survey) -> Survey:
    return Survey(
        _added(one.counts, other.counts),
        {name: found + other.observed[name] for name, found in one.observed.items()},
        {name: _added(found, other.having[name]) for name, found in one.having.items()},
        _added(one.having_any, other.having_any),
        {name: max(found, other.largest[name]) for name, found in one.largest.items()},
    )


def _added(one: Mapping[int, int], other: Mapping[int, int]) -> dict[int, int]:
    found = dict(one)
    for cohort, count in other.items():
        found[cohort] = found.get(cohort, 0) + count
    return found
