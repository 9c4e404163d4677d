"""A panel seen in another way: other cohorts or clusters for its units, or some of its units left out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

import numpy as np

from pilotzone.core import DataError, MethodError
from pilotzone.store.survey import SurveyKernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pilotzone.store.kernel import Engine, Kernel, PanelColumns, PanelFacts, RowKernel, UnitBatch

__all__ = ["BatchChange", "PanelView", "kept_units"]

State = TypeVar("State")


class BatchChange(Protocol):
    """What is done to each batch before a kernel sees it; it can be pickled."""

    def __call__(self, batch: UnitBatch) -> UnitBatch:
        """Return the batch as it is to be seen; it may have fewer units."""


def kept_units(batch: UnitBatch, kept: NDArray[np.bool_]) -> UnitBatch:
    """Return some units of a batch.

    Parameters
    ----------
    batch
        n units.
    kept
        Which of them, shape (n,).
    """
    import pyarrow as pa

    if kept.all():
        return batch
    return replace(
        batch,
        cohorts=batch.cohorts[kept],
        values={name: values[kept] for name, values in batch.values.items()},
        clusters=None if batch.clusters is None else batch.clusters[kept],
        weights=None if batch.weights is None else batch.weights[kept],
        constants={name: values[kept] for name, values in batch.constants.items()},
        keys=None if batch.keys is None else batch.keys.filter(pa.array(kept)),
    )


@dataclass(frozen=True)
class _Through(Generic[State]):
    """A kernel that sees changed batches; the state is ``None`` while it has seen no unit."""

    kernel: Kernel[State]
    change: BatchChange

    def take(self, batch: UnitBatch) -> State | None:
        """Return the state of one batch."""
        seen = self.change(batch)
        return self.kernel.take(seen) if len(seen.cohorts) else None

    def merge(self, one: State | None, other: State | None) -> State | None:
        """Return the state of both."""
        if one is None or other is None:
            return other if one is None else one
        return self.kernel.merge(one, other)


class PanelView:
    """A panel as kernels see it through a change of its batches: an engine like any other.

    Parameters
    ----------
    engine
        What reads the panel.
    change
        What is done to each batch.
    columns
        As which columns the panel passes then; those of the engine if left out.
    cluster_names
        All clusters, rising, where the change makes clusters; those of the engine if left out.
    """

    def __init__(
        self,
        engine: Engine,
        change: BatchChange,
        columns: PanelColumns | None = None,
        cluster_names: NDArray[np.generic] | None = None,
    ) -> None:
        self.columns = columns or engine.columns
        self.name = engine.name
        self._engine = engine
        self._change = change
        self._cluster_names = cluster_names

    def facts(self) -> PanelFacts:
        """Return what is seen of the panel; rows are those with an outcome, as far as outcomes tell."""
        return self._facts

    @cached_property
    def _facts(self) -> PanelFacts:
        whole = self._engine.facts()
        survey = self.carry(SurveyKernel())
        names = whole.cluster_names if self._cluster_names is None else self._cluster_names
        rows = int(np.max(list(survey.observed.values()), axis=0).sum())
        found = replace(survey.facts(whole.periods, rows, names), frequency=whole.frequency, indicator=whole.indicator)
        return replace(found, rows=whole.rows) if found.units == whole.units else found

    def row_facts(self) -> PanelFacts:
        """Refuse: rows that are units of their own have no place."""
        raise self._no_rows()

    def carry(self, kernel: Kernel[State]) -> State:
        """Carry a kernel to all units that are seen."""
        state = self._engine.carry(_Through(kernel, self._change))
        if state is None:
            raise DataError("the panel has no units left.", allowed="one or more")
        return state

    def carry_rows(self, kernel: RowKernel[State]) -> State:  # noqa: ARG002 - an engine's
        """Refuse: rows that are units of their own have no place."""
        raise self._no_rows()

    @staticmethod
    def _no_rows() -> MethodError:
        return MethodError(
            "repeated cross-sections cannot be used with places.",
            allowed="a panel of units, each in one place",
            todo="leave out spillovers and Conley's errors, or take places as clusters",
        )
