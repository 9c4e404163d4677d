"""What of a unit's outcomes is kept, cohort by cohort: its change since treatment, and how it moved before."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import Brief
from pilotzone.evaluation.inclusion.course import Dates

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Calendar", "Early"]


@dataclass(frozen=True, eq=False)
class Early(Brief):
    """How N units moved before treatment, in the Q steps that all of the C cohorts have, the oldest first.

    Attributes
    ----------
    moves
        Mean move per period of each unit in each step before each start, shape (C, N, K, Q).
    gaps
        How many periods each step took, shape (C, Q).
    reach
        By cohort, how far the mean change since treatment is off where the difference in trends moves on by one a
        period, shape (C,).
    """

    moves: Floats
    gaps: Floats
    reach: Floats

    def before(self, k: int) -> Floats:
        """Return how far units were from the base before each step, on outcome k, then the moves: (C, N, 2 Q)."""
        moves = self.moves[:, :, k]
        taken = moves * self.gaps[:, None]
        away = -np.flip(np.cumsum(np.flip(taken, axis=2), axis=2), axis=2)
        return np.concatenate([away, moves], axis=2)


@dataclass(frozen=True)
class Calendar(Brief):
    """Periods of a panel before and since the start of each cohort.

    Attributes
    ----------
    periods
        The T periods.
    cohorts
        The C starts, each with a period before the anticipation and one since.
    anticipation
        Periods before the start in which units may already react.
    """

    periods: tuple[int, ...]
    cohorts: tuple[int, ...]
    anticipation: int = 0

    @cached_property
    def dates(self) -> tuple[Dates, ...]:
        """Periods before and since, by cohort; the last one before is the base."""
        return tuple(
            Dates(
                tuple(period for period in self.periods if period < start - self.anticipation),
                tuple(period for period in self.periods if period >= start),
            )
            for start in self.cohorts
        )

    @property
    def steps(self) -> int:
        """Steps from one period before treatment to the next that all cohorts have."""
        return min(len(part.before) for part in self.dates) - 1

    def change(self, values: Floats) -> Floats:
        """Return the change of the mean since treatment against the base, shape (C, n, K), of outcomes (n, T, K)."""
        return np.stack(
            [values[:, self._at(part.since)].mean(axis=1) - self._base(values, part) for part in self.dates]
        )

    def earlier(self, values: Floats) -> Floats:
        """Return the same of all periods before the base, NaN for a cohort that has none."""
        found = np.full((len(self.cohorts), len(values), values.shape[2]), np.nan)
        for c, part in enumerate(self.dates):
            if len(part.before) > 1:
                found[c] = values[:, self._at(part.before[:-1])].mean(axis=1) - self._base(values, part)
        return found

    def moves(self, values: Floats) -> Floats:
        """Return moves in the steps before treatment, shape (C, n, K, Q)."""
        found = np.empty((len(self.cohorts), len(values), values.shape[2], self.steps))
        for c, part in enumerate(self.dates):
            some = values[:, self._at(part.before[-self.steps - 1 :])]
            found[c] = (np.diff(some, axis=1) / self._gaps(part)[:, None]).transpose(0, 2, 1)
        return found

    def early(self, moves: Floats) -> Early:
        """Return moves of all units with how long they took."""
        gaps = np.array([self._gaps(part) for part in self.dates]).reshape(len(self.cohorts), self.steps)
        return Early(moves, gaps, np.array([part.reach for part in self.dates]))

    def _gaps(self, part: Dates) -> Floats:
        return np.diff(np.array(part.before[-self.steps - 1 :], dtype=np.float64))

    def _at(self, some: tuple[int, ...]) -> NDArray[np.intp]:
        return np.searchsorted(self.periods, some)

    def _base(self, values: Floats, part: Dates) -> Floats:
        base: Floats = values[:, self.periods.index(part.before[-1])]
        return base
