"""A panel as estimators see it: units that have an outcome, and cohorts that the outcomes tell apart.

Units without any outcome are not part of an effect, nor of a cohort's size. Cohorts that are treated after the last
outcome, and do not anticipate within it, are never treated as far as outcomes can tell. Outcomes that are so large or
small that their squares leave the range of floating point are divided by a power of two, which changes no digit.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from math import frexp
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np

from pilotzone.core import NEVER, DataError, listing
from pilotzone.store import RowBatch, kept_units

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from pilotzone.store import Engine, Kernel, PanelFacts, RowKernel, UnitBatch

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["PreparedPanel", "of_outcome", "prepared", "units_of"]

State = TypeVar("State")

_BITS = 200
"""Outcomes within two to the power of plus and minus this are left as they are: fourth powers of them are numbers."""


def units_of(facts: PanelFacts) -> dict[str, float]:
    """Return by which power of two each outcome is divided: one unless its size is beyond all use."""
    powers = {name: frexp(size)[1] if size > 0 else 0 for name, size in facts.largest.items()}
    return {name: 2.0**power if abs(power) > _BITS else 1.0 for name, power in powers.items()}


def prepared(panel: Engine, anticipation: int = 0) -> Engine:
    """Return a panel as estimators see it; the panel itself where that is the same.

    Parameters
    ----------
    panel
        What `open_panel` returns, or a view of it.
    anticipation
        Periods before treatment in which an effect may begin.
    """
    return panel if isinstance(panel, PreparedPanel) else PreparedPanel(panel, anticipation)


def of_outcome(panel: Engine, outcome: str, anticipation: int = 0) -> Engine:
    """Return a panel as estimators see it of one of its outcomes: what it says depends on no other column."""
    return PreparedPanel(_OneOutcome(panel, outcome), anticipation)


@dataclass(frozen=True)
class _Only(Generic[State]):
    """A kernel that sees one outcome."""

    kernel: Any
    outcome: str

    def take(self, batch: Any) -> State:  # noqa: ANN401 - of units or of rows
        """Return the state of one batch."""
        found: State = self.kernel.take(replace(batch, values={self.outcome: batch.values[self.outcome]}))
        return found

    def merge(self, one: State, other: State) -> State:
        """Return the state of both."""
        found: State = self.kernel.merge(one, other)
        return found


class _OneOutcome:
    """A panel of which one outcome is seen."""

    def __init__(self, engine: Engine, outcome: str) -> None:
        self.name = engine.name
        self.columns = replace(engine.columns, outcomes=(outcome,))
        self._engine = engine
        self._outcome = outcome

    def facts(self) -> PanelFacts:
        """Return what is seen of the panel."""
        return self._seen(self._engine.facts())

    def row_facts(self) -> PanelFacts:
        """Return what is seen of the rows."""
        return self._seen(self._engine.row_facts())

    def carry(self, kernel: Kernel[State]) -> State:
        """Carry a kernel to all units."""
        return self._engine.carry(_Only(kernel, self._outcome))

    def carry_rows(self, kernel: RowKernel[State]) -> State:
        """Carry a kernel to all rows."""
        return self._engine.carry_rows(_Only(kernel, self._outcome))

    def _seen(self, facts: PanelFacts) -> PanelFacts:
        name = self._outcome
        return replace(
            facts,
            observed={name: facts.observed[name]},
            having={key: found for key, found in facts.having.items() if key == name},
            having_any=facts.having.get(name),
            largest={key: size for key, size in facts.largest.items() if key == name},
        )


@dataclass(frozen=True)
class _Change:
    """What is done to each batch.

    Attributes
    ----------
    after
        Cohorts from this one on are never treated; ``None`` leaves all as they are.
    drop
        Whether there are units without any outcome.
    units
        Outcome to what it is divided by; without those that are not.
    """

    after: int | None
    drop: bool
    units: Mapping[str, float]

    def of_units(self, batch: UnitBatch) -> UnitBatch:
        """Return a batch of units as it is seen."""
        if self.drop:
            has = np.logical_or.reduce([~np.isnan(values).all(axis=1) for values in batch.values.values()])
            batch = kept_units(batch, has)
        return replace(batch, cohorts=self._cohorts(batch.cohorts), values=self._values(batch.values))

    def of_rows(self, batch: RowBatch) -> RowBatch:
        """Return a batch of rows as it is seen."""
        values, cohorts = self._values(batch.values), self._cohorts(batch.cohorts)
        has = np.logical_or.reduce([~np.isnan(found) for found in values.values()])
        if has.all():
            return replace(batch, cohorts=cohorts, values=values)
        return RowBatch(
            batch.periods[has],
            cohorts[has],
            {name: found[has] for name, found in values.items()},
            None if batch.clusters is None else batch.clusters[has],
            None if batch.weights is None else batch.weights[has],
        )

    def _cohorts(self, cohorts: Integers) -> Integers:
        return cohorts if self.after is None else np.where(cohorts >= self.after, NEVER, cohorts)

    def _values(self, values: Mapping[str, Floats]) -> dict[str, Floats]:
        return {name: found / self.units[name] if name in self.units else found for name, found in values.items()}


@dataclass(frozen=True)
class _Units(Generic[State]):
    """A kernel that sees changed units; the state is ``None`` while it has seen none."""

    kernel: Kernel[State]
    change: _Change

    def take(self, batch: UnitBatch) -> State | None:
        """Return the state of one batch."""
        seen = self.change.of_units(batch)
        return self.kernel.take(seen) if len(seen.cohorts) else None

    def merge(self, one: State | None, other: State | None) -> State | None:
        """Return the state of both."""
        if one is None or other is None:
            return other if one is None else one
        return self.kernel.merge(one, other)


@dataclass(frozen=True)
class _Rows(Generic[State]):
    """A kernel that sees changed rows."""

    kernel: RowKernel[State]
    change: _Change

    def take(self, batch: RowBatch) -> State:
        """Return the state of one batch."""
        return self.kernel.take(self.change.of_rows(batch))

    def merge(self, one: State, other: State) -> State:
        """Return the state of both."""
        return self.kernel.merge(one, other)


class PreparedPanel:
    """An engine like any other, made by `prepared`.

    Parameters
    ----------
    engine
        What reads the panel.
    anticipation
        Periods before treatment in which an effect may begin.
    """

    def __init__(self, engine: Engine, anticipation: int) -> None:
        self.name = engine.name
        self.columns = engine.columns
        self._engine = engine
        self._anticipation = anticipation

    def facts(self) -> PanelFacts:
        """Return what is seen of the panel; rows are those of the whole."""
        return self._units[0]

    def row_facts(self) -> PanelFacts:
        """Return what is seen of the rows, each taken for a unit of its own."""
        return self._rows[0]

    def carry(self, kernel: Kernel[State]) -> State:
        """Carry a kernel to all units that are seen."""
        change = self._units[1]
        if change is None:
            return self._engine.carry(kernel)
        state = self._engine.carry(_Units(kernel, change))
        if state is None:
            raise self._nobody()
        return state

    def carry_rows(self, kernel: RowKernel[State]) -> State:
        """Carry a kernel to all rows."""
        change = self._rows[1]
        return self._engine.carry_rows(kernel if change is None else _Rows(kernel, change))

    @cached_property
    def _units(self) -> tuple[PanelFacts, _Change | None]:
        return self._seen(self._engine.facts())

    @cached_property
    def _rows(self) -> tuple[PanelFacts, _Change | None]:
        return self._seen(self._engine.row_facts())

    def _seen(self, facts: PanelFacts) -> tuple[PanelFacts, _Change | None]:
        """Return facts as they are seen, and what makes them so; ``None`` where nothing is done."""
        any_of = facts.counts if facts.having_any is None else facts.having_any
        if not any_of.any():
            raise self._nobody()
        have = np.logical_or.reduce([np.asarray(found) > 0 for found in facts.observed.values()])
        last = max(period for period, there in zip(facts.periods, have.tolist(), strict=True) if there)
        late = (facts.cohorts > last + self._anticipation) & (facts.cohorts != NEVER)
        after = last + self._anticipation + 1 if late.any() else None
        drop = bool((any_of < facts.counts).any())
        scales = {name: unit for name, unit in units_of(facts).items() if unit != 1}
        if after is None and not drop and not scales:
            return facts, None
        seen = np.where(facts.cohorts > last + self._anticipation, NEVER, facts.cohorts)
        cohorts, at = np.unique(seen, return_inverse=True)

        def together(counts: Integers) -> Integers:
            found = np.zeros(len(cohorts), dtype=np.int64)
            np.add.at(found, at, counts)
            return found

        counts = together(any_of)
        kept = counts > 0
        found = replace(
            facts,
            cohorts=cohorts[kept],
            counts=counts[kept],
            units=int(counts.sum()),
            having={name: together(item)[kept] for name, item in facts.having.items()},
            having_any=counts[kept],
        )
        return found, _Change(after, drop, scales)

    def _nobody(self) -> DataError:
        return DataError(
            f"no row has {listing(list(self.columns.outcomes))}.",
            allowed="numbers in the columns of outcomes, one unit with one or more",
        )
