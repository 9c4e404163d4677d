"""How far units drift from their synthetic paths where nothing happened: placebo effects at dates that are held out.

An in-time placebo (Abadie, Diamond and Hainmueller 2015) for every unit and not for the zone alone, computed for all of
them by the same rule, so that ranks of what is made of it are exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from pilotzone.core import MethodError, evenly_spaced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from pilotzone.evaluation.few.register import EstimatorRecord
    from pilotzone.evaluation.few.weights.material import Material

    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]
    Rows = NDArray[np.intp]

T = TypeVar("T")

__all__ = ["FEWEST_FITTED", "Drift", "at_earlier_dates", "held_out", "horizons"]

FEWEST_FITTED = 4
"""Periods that are left to fit on where dates are held out."""
_MOST_HORIZONS = 8
"""Horizons looked at where a window is long: the first, the last, and others evenly between."""


@dataclass(frozen=True, eq=False)
class Drift:
    """Placebo effects of n units at H dates before the start.

    Attributes
    ----------
    dates
        The first period held out at each, the latest date first.
    effects
        Mean gap over the periods held out, shape (n, H).
    """

    dates: tuple[int, ...]
    effects: Floats

    @property
    def low(self) -> Floats:
        """The lowest placebo effect of each unit, shape (n,); NaN where there is no date."""
        return self.effects.min(axis=1) if self.dates else np.full(len(self.effects), np.nan)

    @property
    def high(self) -> Floats:
        """The highest placebo effect of each unit, shape (n,); NaN where there is no date."""
        return self.effects.max(axis=1) if self.dates else np.full(len(self.effects), np.nan)


def horizons(before: int, window: int) -> list[int]:
    """Return for how many periods dates are held out.

    From one to the length of the window, but to no more than half of the fitted periods, and so that four are left to
    fit on. Of more than eight of them eight stand for all.

    Examples
    --------
    >>> horizons(10, 4), horizons(5, 4), horizons(4, 4), len(horizons(400, 100))
    ([1, 2, 3, 4], [1], [], 8)
    """
    most = min(window, before // 2, before - FEWEST_FITTED)
    if most <= 0:
        return []
    return [1 + k for k in evenly_spaced(most, _MOST_HORIZONS)] if most > _MOST_HORIZONS else list(range(1, most + 1))


def held_out(material: Material, estimator: EstimatorRecord, rows: Rows, masks: Mask) -> Drift:
    """Return the placebo effects of every ranked unit at dates before the start.

    Parameters
    ----------
    material
        Paths of m units, and where each period belongs.
    estimator
        Fits anew at each date, by its stand-in where it cannot be dated.
    rows
        Positions of the n units that are ranked, shape (n,).
    masks
        Who may be a donor for whom, shape (m, m).

    Returns
    -------
    Drift
        Drift that is measured on the dates by which the predictors are known, where weights are fitted on predictors.
    """

    def effects(earlier: Material) -> Floats:
        solved = estimator.refit.solve(earlier, rows, masks[rows])
        late = material.paths[:, earlier.window]
        mean: Floats = (late[rows] - solved.weights @ late - solved.intercept[:, None]).mean(axis=1)
        return mean

    found = dict(at_earlier_dates(material, estimator, effects))
    return Drift(tuple(found), np.column_stack([*found.values()]) if found else np.empty((len(rows), 0)))


def at_earlier_dates(
    material: Material, estimator: EstimatorRecord, effect: Callable[[Material], T]
) -> Iterator[tuple[int, T]]:
    """Yield what is found with the zone dated earlier, by the date, the latest first.

    It ends at the first date by which predictors are not known, where weights are fitted on predictors: at an earlier
    one they are not known either.
    """
    before, window = np.flatnonzero(material.before), int(material.window.sum())
    for held in horizons(len(before), window):
        date = material.periods[before[-held]]
        try:
            found = effect(material.dated(date))
        except MethodError:
            if not estimator.needs_predictors:
                raise
            return
        yield date, found
