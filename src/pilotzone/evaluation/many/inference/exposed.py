"""Outcomes beside "is treated": what a constant effect adds, estimated with the outcomes under each assignment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pilotzone.evaluation.many.cells.stacked import StackedColumns
from pilotzone.evaluation.many.inference.shifts import Redealt, ShiftTest, shift_test

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from pilotzone.evaluation.many.estimators.aggregates import AggregateEffects
    from pilotzone.evaluation.many.inference.shifts import RandomisedStatistic

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["exposure_of_layout", "overall_numbers", "overall_rows", "own_half", "shift_tests", "with_exposure"]


def exposure_of_layout(labels: Integers, layout: StackedColumns) -> Floats:
    """Return whether units are treated, relative to the first period as stacked outcomes are, shape (n, R).

    Parameters
    ----------
    labels
        First period of treatment of each unit, shape (n,).
    layout
        Outcomes and their periods.
    """
    parts = []
    for periods in layout.periods:
        treated = (np.array(periods) >= labels[:, None]).astype(np.float64)
        parts.append(treated - treated[:, :1])
    return np.hstack(parts)


def with_exposure(values: Floats, labels: Integers, layout: StackedColumns) -> tuple[Floats, StackedColumns]:
    """Return outcomes and then, for each, whether units are treated, and what the columns are."""
    both = np.hstack([values, exposure_of_layout(labels, layout)])
    names = tuple(f"\0{name}" for name in layout.outcomes)
    return both, StackedColumns((*layout.outcomes, *names), layout.periods * 2)


def own_half(items: Any) -> Any:  # noqa: ANN401 - an array or a tuple, of which the same comes back
    """Return what belongs to the outcomes themselves: the first half, since both halves have the same effects."""
    return items[: len(items) // 2]


def overall_numbers(averages: AggregateEffects) -> Floats:
    """Return what is needed of overall averages to test sizes of effects, shape (q, 5).

    Parameters
    ----------
    averages
        Averages of outcomes, and of "is treated" as `with_exposure` lays it beside them.

    Returns
    -------
    array
        Estimate, exposure, and variance of the first, covariance of both and variance of the second.
    """
    own = np.array(overall_rows(averages))
    other, matrix = own + len(averages.rows) // 2, averages.covariance
    found = (averages.estimate[own], averages.estimate[other], matrix[own, own], matrix[own, other])
    return np.column_stack([*found, matrix[other, other]])


def overall_rows(averages: AggregateEffects) -> list[int]:
    """Return the rows of outcomes' overall averages."""
    return [q for q, row in enumerate(own_half(averages.rows)) if row.at is None]


def shift_tests(
    averages: AggregateEffects, redealt: Sequence[Floats] | Floats, statistic: RandomisedStatistic, *, exact: bool
) -> dict[tuple[str, str, int | None], tuple[ShiftTest, ...]]:
    """Return tests of a constant effect by outcome and kind of overall average.

    Parameters
    ----------
    averages
        As estimated, of outcomes beside "is treated".
    redealt
        What `overall_numbers` returns under assignments.
    statistic
        Statistic by which assignments are compared; the effect itself comes second.
    exact
        Whether these are all assignments.
    """
    observed, others = overall_numbers(averages), np.array(redealt)
    statistics: list[RandomisedStatistic] = [statistic] if statistic == "effect" else [statistic, "effect"]
    found: dict[tuple[str, str, int | None], tuple[ShiftTest, ...]] = {}
    for k, q in enumerate(overall_rows(averages)):
        dealt = Redealt(others[:, k, 0], others[:, k, 1], others[:, k, 2:])
        own = float(observed[k, 0]), float(observed[k, 2])
        row = averages.rows[q]
        found[row.outcome, row.kind, row.at] = tuple(
            shift_test(own, dealt, exact=exact, statistic=how) for how in statistics
        )
    return found
