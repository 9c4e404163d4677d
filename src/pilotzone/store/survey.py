"""What one look at a panel's units tells: a kernel like any other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.store.kernel import PanelFacts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pilotzone.store.kernel import RowBatch, UnitBatch

__all__ = ["RowSurveyKernel", "Survey", "SurveyKernel"]


@dataclass(frozen=True)
class Survey:
    """Units by cohort, and by outcome the units that have it in each period."""

    counts: dict[int, int]
    observed: dict[str, NDArray[np.int64]]

    def facts(self, periods: tuple[int, ...], rows: int, clusters: NDArray[np.generic] | None) -> PanelFacts:
        """Return it as facts of the panel."""
        cohorts = sorted(self.counts)
        counts = np.array([self.counts[cohort] for cohort in cohorts], dtype=np.int64)
        return PanelFacts(
            periods, np.array(cohorts, dtype=np.int64), counts, self.observed, rows, int(counts.sum()), clusters
        )


@dataclass(frozen=True)
class SurveyKernel:
    """Counts units."""

    def take(self, batch: UnitBatch) -> Survey:
        """Return the counts of one batch."""
        cohorts, counts = np.unique(batch.cohorts, return_counts=True)
        observed = {name: np.count_nonzero(~np.isnan(values), axis=0) for name, values in batch.values.items()}
        return Survey(
            dict(zip(cohorts.tolist(), counts.tolist(), strict=True)),
            {name: found.astype(np.int64) for name, found in observed.items()},
        )

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
        cohorts, counts = np.unique(batch.cohorts, return_counts=True)
        observed = {
            name: np.bincount(batch.periods[~np.isnan(values)], minlength=self.periods).astype(np.int64)
            for name, values in batch.values.items()
        }
        return Survey(dict(zip(cohorts.tolist(), counts.tolist(), strict=True)), observed)

    def merge(self, one: Survey, other: Survey) -> Survey:
        """Return the counts of both."""
        return _both(one, other)


def _both(one: Survey, other: Survey) -> Survey:
    counts = dict(one.counts)
    for cohort, count in other.counts.items():
        counts[cohort] = counts.get(cohort, 0) + count
    return Survey(counts, {name: found + other.observed[name] for name, found in one.observed.items()})
