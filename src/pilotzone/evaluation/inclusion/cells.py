"""The four cells of changes in changes: comparison and zone, before the start and since."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.evaluation.inclusion.steps import Steps

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pilotzone.evaluation.inclusion.sample import MicroData

    Floats = NDArray[np.float64]

__all__ = ["CELLS", "Cells", "mean_of", "point_effects", "rows_of"]

CELLS = ((0, 0), (0, 1), (1, 0), (1, 1))
"""In the zone or not, and since the start or before."""

Cells = Mapping[tuple[int, int], Steps]
"""Cell to its distribution of incomes."""


def rows_of(
    data: MicroData, zone: NDArray[np.bool_], late: NDArray[np.bool_]
) -> dict[tuple[int, int], NDArray[np.intp]]:
    """Return the rows of each cell (in the zone or not, since the start or before), by income."""
    found = {}
    for side, when in CELLS:
        rows = np.flatnonzero((zone if side else np.asarray(data.comparison)) & (late == bool(when)))
        found[side, when] = rows[np.argsort(data.income[rows], kind="stable")]
    return found


def point_effects(cells: Cells, shares: Floats, *, strictly: bool) -> Floats:
    """Return effects on quantiles and on the mean, shape (Q + 1,).

    `strictly` ranks by the share strictly below, which makes k least and effects largest: the two ends for discrete
    incomes are with it and without.
    """
    before, zone = cells[0, 0], cells[1, 0]
    moved = cells[0, 1].quantile(before.reaching(zone.values, strictly=strictly))
    without = cells[0, 1].quantile(before.reaching(zone.quantile(shares), strictly=strictly))
    actual = cells[1, 1]
    found: Floats = np.append(actual.quantile(shares) - without, mean_of(actual) - mean_of(zone, moved))
    return found


def mean_of(cell: Steps, values: Floats | None = None) -> float:
    """Return the mean of a cell, or that of `values` with the weights of its rows."""
    return float(np.diff(cell.below, prepend=0.0) @ (cell.values if values is None else values))
