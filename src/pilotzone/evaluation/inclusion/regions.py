"""Inequality between regions, from their means and populations: what is inside a region is not seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import MethodError, Result, Table
from pilotzone.evaluation.inclusion.indices import checked_indices, index_of
from pilotzone.evaluation.inclusion.sample import micro_data

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from pilotzone.evaluation.inclusion.indices import IndexRecord

    Floats = NDArray[np.float64]

__all__ = ["BetweenRegions", "between_regions"]


@dataclass(frozen=True, eq=False)
class BetweenRegions(Result):
    """Indices as if everybody had the mean income of the own region.

    Attributes
    ----------
    indices
        The K indices.
    estimate
        Their values, shape (K,). Inequality among people is at least as large (apart from the headcount, which may err
        either way).
    regions
        How many regions there are.
    population
        How many people live in them.
    """

    indices: tuple[IndexRecord, ...]
    estimate: Floats
    regions: int
    population: float

    def to_table(self) -> Table:
        """Return one row per index."""
        rows = [
            (record.name, "between regions only", value)
            for record, value in zip(self.indices, self.estimate.tolist(), strict=True)
        ]
        title = f"Inequality between {self.regions} regions, weighted by population"
        note = (
            "Everybody counts with the mean of the own region. Inequality inside regions is not in these figures. No "
            "standard errors: all regions are there, none was drawn."
        )
        table = Table.from_rows(("index", "part", "estimate"), rows, title=title)
        return Table(table.columns, title=title, note=note)


def between_regions(
    means: ArrayLike, population: ArrayLike, indices: Sequence[str] | str, *, line: float | None = None
) -> BetweenRegions:
    """Return indices of inequality between regions.

    Parameters
    ----------
    means
        Income per head of each region, shape (R,).
    population
        People in each region, shape (R,).
    indices
        Names from `INDICES`.
    line
        Poverty line, in the unit of the means.

    Returns
    -------
    BetweenRegions

    Raises
    ------
    MethodError
        If there is only one region, or values are missing or not what an index admits.

    Examples
    --------
    >>> between_regions([1.0, 3.0], [50, 50], "gini").estimate.tolist()
    [0.25]
    """
    records = checked_indices(indices, line)
    people = micro_data(means, weights=population)
    if len(people.income) < 2:  # noqa: PLR2004 - between regions
        raise MethodError("there is only one region: nothing is between regions.", allowed="two regions or more")
    estimate = np.array([index_of(record, people.income, people.weights, line)[0] for record in records])
    return BetweenRegions(records, estimate, len(people.income), people.population)
