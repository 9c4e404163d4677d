"""Placebo effects of several zones at dates before the first of them starts, for every assignment.

All zones are dated alike, so many periods before the first start, and fitted on what is left before. Nothing that is
fitted on or held out is then touched by any zone, so that these placebo effects are the same whatever null effect is
tested, and one rule serves all assignments: ranks of what is made of them stay exact.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import EarlierEffects, evenly_spaced
from pilotzone.evaluation.few.inference.drift import horizons
from pilotzone.evaluation.few.outcome_fit import without_rounding
from pilotzone.evaluation.few.several.placebos import DatedPaths, placebo_effects

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from pilotzone.evaluation.few.several.placebos import Question

    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]

__all__ = ["earlier_effects", "moved_back"]

_MANY = 100_000
_FEW_DATES = 3
"""With more assignments than that, this many dates are looked at: the latest, the earliest and one between.

One rule for all assignments, so that ranks stay exact; fits at every date would take many minutes.
"""


def moved_back(
    paths: Floats, fitted: Mapping[int, Mask], windows: Mapping[int, int], most: int | None = None
) -> Iterator[dict[int, DatedPaths]]:
    """Yield what the zones of each kind see with all of them dated earlier, the latest date first.

    Parameters
    ----------
    paths
        Paths of n units over T periods, shape (n, T).
    fitted
        Which periods are fitted by kind of date, shape (T,).
    windows
        Number of periods in the window, by kind.
    most
        Number of dates at most, spread evenly over those that there are; all if ``None``.

    Yields
    ------
    dict of int to DatedPaths
        One for each number of periods held out (see `horizons`), counted back from the last period that the zones of
        every kind are fitted on. A zone's effect is taken over as many of them as its own window has, from the first.
    """
    common = np.flatnonzero(np.logical_and.reduce(list(fitted.values())))
    dates = horizons(len(common), max(windows.values()))
    if most is not None and len(dates) > most:
        dates = [dates[k] for k in evenly_spaced(len(dates), most)]
    for held in dates:
        late = common[-held:]
        seen: dict[int, DatedPaths] = {}
        arrays: dict[bytes, Floats] = {}
        for kind, periods in fitted.items():
            early, own = np.flatnonzero(periods), late[: windows[kind]]
            early = early[early < late[0]]
            # Kinds that are fitted on the same periods share the array, and so their fits.
            taken = arrays.setdefault(early.tobytes(), np.ascontiguousarray(paths[:, early]))
            untouched = np.zeros((len(paths), len(early)), dtype=bool), np.zeros((len(paths), len(own)), dtype=bool)
            seen[kind] = DatedPaths(taken, paths[:, own], *untouched)
        yield seen


def earlier_effects(
    paths: Sequence[Floats],
    fitted: Sequence[Mapping[int, Mask]],
    windows: Mapping[int, int],
    questions: Mapping[int, Question],
    donors: Mask,
    *,
    intercept: bool,
) -> EarlierEffects:
    """Return the range of every assignment's placebo effects before the first start, on K outcomes.

    Parameters
    ----------
    paths, fitted
        Paths and fitted periods of each outcome: see `moved_back`.
    windows
        Number of periods in the window, by kind of date.
    questions, donors, intercept
        As in `placebo_effects`: assignments, donors and the mean over zones are those of the effect itself.
    """
    count = next(iter(questions.values())).back.shape[1]
    low, high = np.full((2, count, len(paths)), np.nan)
    for column, (own, kinds) in enumerate(zip(paths, fitted, strict=True)):
        largest = float(np.nanmax(np.abs(own)))
        for seen in moved_back(own, kinds, windows, _FEW_DATES if count > _MANY else None):
            found = placebo_effects(seen, questions, donors, intercept=intercept)
            gap = without_rounding(found.mean_gap, largest)
            low[:, column], high[:, column] = np.fmin(low[:, column], gap), np.fmax(high[:, column], gap)
    return EarlierEffects(low, high)
