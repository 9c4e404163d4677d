"""A fleet through dry years and hot summers, and what it loses in them.

Each pair of a year's water and a summer is one scenario of the operation without foresight. How likely pairs are is
weighed afterwards, so that the cases of dependence differ in nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.campus.droughts import Heatwave, joint_weights
from pilotzone.campus.fleet import Fleet
from pilotzone.campus.given import numbers
from pilotzone.campus.operation import OperationResult, operate
from pilotzone.core import DataError, Result, Table, UsageError, unknown

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["StressResult", "stress_test", "stressed_fleet"]

_MONTH_NAMES = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


@dataclass(frozen=True, eq=False)
class StressResult(Result):
    """What a fleet loses in dry years and hot summers.

    Attributes
    ----------
    factors
        Factors of water, shape (factors,).
    heats
        Summers.
    operated
        Scenario ``i * len(heats) + j`` is factor i in summer j.
    weights
        Case to the probability of each pair, shape (factors, heats).
    """

    factors: Floats
    heats: tuple[Heatwave, ...]
    operated: OperationResult
    weights: Mapping[str, Floats]

    def of_pairs(self, values: Floats) -> Floats:
        """Return figures of scenarios as (factors, heats, ...)."""
        return values.reshape(len(self.factors), len(self.heats), *values.shape[1:])

    def expected(self, case: str, values: Floats) -> Floats:
        """Return the mean of figures of scenarios under a case."""
        if case not in self.weights:
            raise unknown("case", case, self.weights, error=UsageError)
        return np.asarray(np.tensordot(self.weights[case], self.of_pairs(values), axes=2))

    @property
    def hours_by_case(self) -> dict[str, float]:
        """Expected hours of lost load in a year by case."""
        return {case: float(self.expected(case, self.operated.lost_hours)) for case in self.weights}

    def to_table(self) -> Table:
        """Return a row for each case: expected loss, how likely a year with loss is, and the worst month."""
        rows = []
        for case in self.weights:
            by_month = self.expected(case, self.operated.unserved_mwh)
            worst = int(by_month.argmax())
            rows.append(
                (
                    case,
                    float(self.expected(case, self.operated.lost_hours)),
                    float(by_month.sum()),
                    float(self.expected(case, (self.operated.lost_hours > 0).astype(np.float64))),
                    _MONTH_NAMES[worst] if by_month[worst] > 0 else None,
                    float(by_month[worst]),
                    float(self.expected(case, self.operated.total_cost)),
                )
            )
        names = ("case", "lost_hours", "lost_mwh", "chance_of_loss", "worst_month", "lost_in_it_mwh", "cost")
        note = "The evidence does not say how often dry years are also hot: all cases are shown."
        return Table(
            Table.from_rows(names, rows).columns,
            title="Loss of load in a year, by how often dry years are also hot",
            note=note,
        )

    def pairs_table(self) -> Table:
        """Return a row for each pair of water and summer: loss of load, its worst month, and how likely the pair is."""
        months = self.of_pairs(self.operated.unserved_mwh)
        hours = self.of_pairs(self.operated.lost_hours)
        rows = []
        for i, factor in enumerate(self.factors.tolist()):
            for j, heat in enumerate(self.heats):
                worst = int(months[i, j].argmax())
                name = _MONTH_NAMES[worst] if months[i, j, worst] > 0 else None
                chances = [float(weight[i, j]) for weight in self.weights.values()]
                rows.append((factor, heat.name, float(hours[i, j]), float(months[i, j].sum()), name, *chances))
        likely = [f"probability_{case}" for case in self.weights]
        names = ["water", "summer", "lost_hours", "lost_mwh", "worst_month", *likely]
        return Table.from_rows(names, rows, title="Loss of load by year's water and summer")


def stress_test(  # noqa: PLR0913 - what dry and hot years change, each by name
    fleet: Fleet,
    *,
    factors: ArrayLike,
    heats: Sequence[Heatwave],
    loads: ArrayLike,
    water: Mapping[str, ArrayLike],
    heat: Mapping[str, ArrayLike] | None = None,
    rank_correlation: float | None = None,
    factor_weights: ArrayLike | None = None,
    months: ArrayLike | None = None,
    out: Mapping[str, int] | None = None,
    keep: bool = False,
) -> StressResult:
    """Run a fleet through every pair of a year's water and a summer.

    Parameters
    ----------
    fleet
        Capacities and rules.
    factors
        Factors of years' water, shape (factors,).
    heats
        Summers, with their weights.
    loads
        Facility load in each summer, MW, shape (heats, hours): PUE rises with heat.
    water
        Name of a reservoir to its inflow, or of a source to its availability, under each factor, shape
        (factors, hours).
    heat
        Name of a source to the share of its availability that is left in each summer, shape (heats, hours).
    rank_correlation
        Rank correlation of dryness and heat; a declared case is added to independent and worst where it is given.
    factor_weights
        Probability of each factor; equal if left out.
    months, out, keep
        As in `operate`.

    Raises
    ------
    UsageError
        If a name is not in the fleet.
    DataError
        If shapes do not fit.
    """
    wet = numbers(factors, "factors of years", low=0.0)
    load = numbers(loads, "loads of summers, MW", low=0.0)
    if load.ndim != 2 or len(load) != len(heats):  # noqa: PLR2004 - summers and hours
        raise DataError(f"loads of summers have shape {load.shape}.", allowed=f"({len(heats)}, hours)")
    row, column = (side.ravel() for side in np.meshgrid(np.arange(len(wet)), np.arange(len(heats)), indexing="ij"))
    changed = _with_water(fleet, water, row, load.shape[1])
    changed = _with_heat(changed, heat or {}, column, load.shape[1])
    operated = operate(changed, load[column], months=months, out=out, keep=keep)
    cases = {"independent": joint_weights(wet, heats, "independent", factor_weights=factor_weights)}
    if rank_correlation is not None:
        cases["declared"] = joint_weights(
            wet, heats, "declared", rank_correlation=rank_correlation, factor_weights=factor_weights
        )
    cases["worst"] = joint_weights(wet, heats, "worst", factor_weights=factor_weights)
    return StressResult(wet, tuple(heats), operated, cases)


def stressed_fleet(
    fleet: Fleet, water: Mapping[str, ArrayLike], heat: Mapping[str, ArrayLike], *, factor: int, summer: int
) -> Fleet:
    """Return a fleet in one year's water and one summer.

    Parameters
    ----------
    fleet, water, heat
        As in `stress_test`.
    factor, summer
        Positions of the year's water and of the summer.
    """
    dry = {name: numbers(values, f"water of {name!r}", low=0.0)[factor] for name, values in water.items()}
    left = {name: numbers(values, f"heat of {name!r}", low=0.0)[summer] for name, values in heat.items()}
    return replace(
        fleet,
        reservoirs=tuple(replace(item, inflow_mwh=dry.get(item.name, item.inflow_mwh)) for item in fleet.reservoirs),
        sources=tuple(
            replace(item, availability=np.asarray(dry.get(item.name, item.availability)) * left.get(item.name, 1.0))
            for item in fleet.sources
        ),
    )


def _with_water(fleet: Fleet, water: Mapping[str, ArrayLike], row: NDArray[np.int64], hours: int) -> Fleet:
    dams = {item.name for item in fleet.reservoirs}
    known = [*dams, *(source.name for source in fleet.sources)]
    series = {
        name: _series(values, f"water of {name!r}", int(row.max()) + 1, hours)[row] for name, values in water.items()
    }
    for name in series:
        if name not in known:
            raise unknown("supply", name, known, error=UsageError, of="the fleet")
    return replace(
        fleet,
        reservoirs=tuple(
            replace(item, inflow_mwh=series[item.name]) if item.name in series else item for item in fleet.reservoirs
        ),
        sources=tuple(
            replace(item, availability=series[item.name]) if item.name in series else item for item in fleet.sources
        ),
    )


def _with_heat(fleet: Fleet, heat: Mapping[str, ArrayLike], column: NDArray[np.int64], hours: int) -> Fleet:
    known = [source.name for source in fleet.sources]
    left = {
        name: _series(values, f"heat of {name!r}", int(column.max()) + 1, hours)[column]
        for name, values in heat.items()
    }
    for name in left:
        if name not in known:
            raise unknown("source", name, known, error=UsageError, of="the fleet")
    return replace(
        fleet,
        sources=tuple(
            replace(item, availability=np.asarray(item.availability) * left[item.name]) if item.name in left else item
            for item in fleet.sources
        ),
    )


def _series(values: ArrayLike, name: str, rows: int, hours: int) -> Floats:
    found = numbers(values, name, low=0.0)
    if found.shape != (rows, hours):
        raise DataError(f"{name} has shape {found.shape}.", allowed=f"({rows}, {hours})")
    return found
