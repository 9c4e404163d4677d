"""Inequality and poverty of one population from micro data, with joint standard errors, within and between groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from pilotzone.core import MethodError, Result, Table, UsageError, check_choice, check_level, listing
from pilotzone.evaluation.inclusion.indices import INDICES, checked_indices, index_of
from pilotzone.evaluation.inclusion.spread import Spread, intervals, spread_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pilotzone.evaluation.inclusion.indices import IndexRecord
    from pilotzone.evaluation.inclusion.sample import MicroData

    Floats = NDArray[np.float64]

__all__ = ["Decomposition", "Inequality", "decompose", "inequality"]

Theil = Literal["theil_t", "theil_l"]
"""Indices that are exactly a part within groups and a part between them."""


@dataclass(frozen=True, eq=False)
class Inequality(Result):
    """Indices of one population.

    Attributes
    ----------
    indices
        The K indices.
    estimate
        Their values, shape (K,).
    spread
        Their joint covariance.
    influence
        Influence of each row on each index, shape (n, K), with mean zero under the weights.
    line
        Poverty line, in the unit of income.
    level
        Level of the intervals.
    drawn, draws
        What was drawn one by one, and how many.
    population
        How many people the rows stand for.
    """

    indices: tuple[IndexRecord, ...]
    estimate: Floats
    spread: Spread
    influence: Floats
    line: float | None
    level: float
    drawn: str
    draws: int
    population: float

    def to_table(self) -> Table:
        """Return one row per index: estimate, standard error and interval."""
        return _estimates(
            [(record.name,) for record in self.indices],
            ("index",),
            self.estimate,
            self.spread,
            self.level,
            self.drawn,
            title=f"Inequality among {self.population:,.0f} people, {self.draws:,} {self.drawn}",
        )


@dataclass(frozen=True, eq=False)
class Decomposition(Result):
    """Theil's index of a population, within groups and between them.

    Attributes
    ----------
    index
        ``theil_t``, which weights groups by income, or ``theil_l``, which weights them by people.
    estimate
        Total, within and between, shape (3,). The last two add up to the first.
    spread
        Their joint covariance.
    groups
        The G groups.
    population, income
        Each group's share of people and of income, shape (G,).
    own
        The index inside each group, shape (G,).
    level, drawn
        As in `Inequality`.
    """

    index: str
    estimate: Floats
    spread: Spread
    groups: tuple[str, ...]
    population: Floats
    income: Floats
    own: Floats
    level: float
    drawn: str

    @property
    def weights(self) -> Floats:
        """How much each group's own index counts within, shape (G,)."""
        return self.income if self.index == "theil_t" else self.population

    def summary(self) -> Table:
        """Return total, within and between with standard errors and intervals."""
        names = [("total",), ("within",), ("between",)]
        title = f"{INDICES[self.index].label} within and between {len(self.groups)} groups"
        return _estimates(names, ("part",), self.estimate, self.spread, self.level, self.drawn, title=title)

    def to_table(self) -> Table:
        """Return one row per group: shares of people and income, the own index, and what it adds within."""
        rows = zip(
            self.groups,
            self.population.tolist(),
            self.income.tolist(),
            self.own.tolist(),
            (self.weights * self.own).tolist(),
            strict=True,
        )
        names = ("group", "population_share", "income_share", self.index, "adds_within")
        return Table.from_rows(names, list(rows), title=f"{INDICES[self.index].label} by group")


def inequality(
    data: MicroData, indices: Sequence[str] | str, *, line: float | None = None, level: float = 0.95
) -> Inequality:
    """Return indices of inequality and poverty with their joint covariance.

    Parameters
    ----------
    data
        People and their incomes.
    indices
        Names from `INDICES`.
    line
        Poverty line, in the unit of income; whoever is below it is poor. Needed for indices of poverty.
    level
        Level of pointwise intervals.

    Returns
    -------
    Inequality

    Raises
    ------
    UsageError
        If an index is unknown or its line is missing.
    MethodError
        If incomes are not what an index admits.

    Notes
    -----
    Gini is half the mean distance of two people over the mean. Theil T and L are the entropy indices with parameters 1
    and 0 (Theil 1967). The Palma ratio is the income of the richest tenth over that of the poorest 40 % (Palma 2011).
    The poverty indices are those of Foster, Greer and Thorbecke (1984) with powers 0, 1 and 2.

    Examples
    --------
    >>> from pilotzone.evaluation.inclusion import micro_data
    >>> found = inequality(micro_data([1.0, 1.0, 4.0], weights=[1, 1, 2]), ["gini", "headcount"], line=2.0)
    >>> found.estimate.round(3).tolist()
    [0.3, 0.5]
    """
    records = checked_indices(indices, line)
    check_level(level, name="level", such=0.95)
    found = [index_of(record, data.income, data.weights, line) for record in records]
    influence = np.stack([part for _, part in found], axis=1)
    spread = _spread(data, influence)
    estimate = np.array([value for value, _ in found])
    return Inequality(
        records, estimate, spread, influence, line, level, data.drawn, sum(spread.counts), data.population
    )


def decompose(data: MicroData, index: Theil = "theil_t", *, level: float = 0.95) -> Decomposition:
    """Return Theil's index within and between the groups of the data.

    Parameters
    ----------
    data
        People, their incomes and their groups.
    index
        ``theil_t`` or ``theil_l``; no other index here is exactly a sum of the two parts (Shorrocks 1980).
    level
        Level of pointwise intervals.

    Raises
    ------
    UsageError
        If the data have no groups.
    MethodError
        If there is only one group, or one without income.
    """
    check_choice(index, Theil, "the index")
    check_level(level, name="level", such=0.95)
    names, codes = _groups(data)
    x, p = data.income, data.weights / data.weights.sum()
    (record,) = checked_indices(index, None)
    total, influence = index_of(record, x, data.weights)
    people, income = (np.bincount(codes, part).astype(np.float64) for part in (p, p * x))
    if (income <= 0).any():
        poor = [str(name) for name in names[income <= 0]]
        raise MethodError(
            f"groups without income: {listing(poor)}.", allowed="groups with a positive mean", todo="join groups"
        )
    mean, own_mean = income.sum(), income / people
    if index == "theil_t":
        mixed = income @ np.log(own_mean) / mean
        between = mixed - np.log(mean)
        by_income, by_people = (np.log(own_mean) - mixed) / mean, -own_mean / mean
    else:
        between = np.log(mean) - people @ np.log(own_mean)
        by_income, by_people = 1 / mean - 1 / own_mean, 1 - np.log(own_mean)
    of_between = x * by_income[codes] + by_people[codes]
    of_between = of_between - p @ of_between
    own = np.array([index_of(record, x[codes == k], data.weights[codes == k])[0] for k in range(len(names))])
    shares = income / mean
    within = float((shares if index == "theil_t" else people) @ own)
    spread = _spread(data, np.stack([influence, influence - of_between, of_between], axis=1))
    parts = np.array([total, within, between])
    return Decomposition(index, parts, spread, tuple(map(str, names)), people, shares, own, level, data.drawn)


def _groups(data: MicroData) -> tuple[NDArray[np.str_], NDArray[np.intp]]:
    if data.groups is None:
        raise UsageError("the micro data have no groups.", allowed="groups=..., one name per row")
    names, codes = np.unique(data.groups, return_inverse=True)
    if len(names) < 2:  # noqa: PLR2004 - within and between
        raise MethodError(
            f"there is only one group, {names[0]!s}: everything is within it.", allowed="two groups or more"
        )
    return names, codes


def _spread(data: MicroData, influence: Floats) -> Spread:
    shares = data.weights / data.weights.sum()
    return spread_of(shares[:, None] * influence, data.clusters, np.zeros(len(shares), dtype=np.intp))


def _estimates(
    heads: Sequence[tuple[str, ...]],
    names: tuple[str, ...],
    estimate: Floats,
    spread: Spread,
    level: float,
    drawn: str,
    *,
    title: str,
) -> Table:
    """Return estimates with standard errors and intervals, or without them and why."""
    why = spread.refusal(drawn)
    bounds = intervals(estimate, spread.se, spread.degrees, level)
    rows = []
    for k, head in enumerate(heads):
        se = None if why else float(spread.se[k])
        low, high = (None, None) if why else bounds[k].tolist()
        rows.append((*head, float(estimate[k]), se, low, high))
    note = f"No standard errors: {why}." if why else f"low, high: pointwise {level:.0%} interval."
    table = Table.from_rows((*names, "estimate", "se", "low", "high"), rows, title=title)
    return Table(table.columns, title=title, note=note)
