"""What an engine and a kernel agree on: a kernel is carried to a panel, and what it returns is merged.

A panel is a long table of units and periods. Engines read, order and cut it into batches; a kernel turns each batch
into a state of fixed size and merges two states into one. A kernel is written once and knows no engine: DuckDB streams
batches to it in this process, Spark runs it on the executors and brings its states back.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypeVar

from pilotzone.core import Brief, Frequency, as_period

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["Engine", "Kernel", "PanelColumns", "PanelFacts", "RowBatch", "RowKernel", "UnitBatch"]

State = TypeVar("State")


@dataclass(frozen=True)
class PanelColumns:
    """Which columns of a table make a panel.

    Attributes
    ----------
    unit, time, cohort
        Whose and when a row is, and the first period of treatment of its unit. Empty, infinite, "never", or zero where
        all periods are above zero: never treated. Or 0 before treatment and 1 from its first period on (`Indicator`).
    outcomes
        Numbers, one column each.
    cluster
        Groups of units that were drawn or treated together; ``None``: units one by one.
    weight
        Sampling weight of a unit, the same in all its periods, above zero; ``None``: all alike.
    covariates
        Numbers, the same in all periods of a unit: what it was before any treatment.
    coordinates
        Two numbers, the same in all periods of a unit: where it is. Empty: that is not known.
    """

    unit: str
    time: str
    cohort: str
    outcomes: tuple[str, ...]
    cluster: str | None = None
    weight: str | None = None
    covariates: tuple[str, ...] = ()
    coordinates: tuple[str, ...] = ()

    @property
    def constants(self) -> tuple[str, ...]:
        """Numbers that are the same in all periods of a unit."""
        return tuple(dict.fromkeys((*self.covariates, *self.coordinates)))

    @property
    def every(self) -> tuple[str, ...]:
        """All columns that are read; one may have several parts, such as unit and cluster."""
        rest = [name for name in (self.cluster, self.weight) if name is not None]
        return (self.unit, self.time, self.cohort, *self.outcomes, *self.constants, *rest)


@dataclass(frozen=True, eq=False)
class PanelFacts(Brief):
    """What one look at a panel tells.

    Attributes
    ----------
    periods
        All periods, rising, T of them.
    cohorts, counts
        Cohorts, rising, `NEVER` last, and their units, shape (K,).
    observed
        Outcome to how many units have it in each period, shape (T,).
    rows, units
        How many there are.
    cluster_names
        All clusters, rising, shape (G,); batches name them by position. ``None`` without a cluster column.
    having
        Outcome to how many units of each cohort have it in any period, shape (K,).
    having_any
        How many units of each cohort have any outcome in any period, shape (K,).
    largest
        Outcome to its largest absolute value.
    frequency
        What the periods count: they are plain integers here, and `label` writes them.
    indicator
        The treatment column of zeros and ones that cohorts were read from; empty where a column holds cohorts.
    """

    periods: tuple[int, ...]
    cohorts: Integers
    counts: Integers
    observed: Mapping[str, Integers]
    rows: int
    units: int
    cluster_names: NDArray[np.generic] | None = None
    having: Mapping[str, Integers] = field(default_factory=dict)
    having_any: Integers | None = None
    largest: Mapping[str, float] = field(default_factory=dict)
    frequency: Frequency = "number"
    indicator: str = ""

    def label(self, period: int) -> int:
        """Return a period, or a cohort, as what it is and is written as."""
        return as_period(self.frequency, period)

    @property
    def balanced(self) -> bool:
        """Whether each outcome is there for all units in each period that has it at all."""
        return all(bool(((count == 0) | (count == self.units)).all()) for count in self.observed.values())


@dataclass(frozen=True, eq=False)
class UnitBatch:
    """n units with all that is known of them.

    Attributes
    ----------
    cohorts
        First period of treatment, shape (n,); `NEVER` if there is none.
    values
        Outcome to values, shape (n, T), over all periods of the panel; NaN where there is none.
    clusters
        Position among the panel's clusters, shape (n,).
    weights
        Shape (n,).
    constants
        Covariate or coordinate to values, shape (n,).
    keys
        Units' own names, an Arrow array of n.
    """

    cohorts: Integers
    values: Mapping[str, Floats] = field(repr=False)
    clusters: Integers | None = None
    weights: Floats | None = None
    constants: Mapping[str, Floats] = field(default_factory=dict, repr=False)
    keys: pa.Array | None = field(default=None, repr=False)


@dataclass(frozen=True, eq=False)
class RowBatch:
    """n rows, each of a unit of its own: repeated cross-sections.

    Attributes
    ----------
    periods
        Position among the panel's periods, shape (n,).
    cohorts, clusters, weights
        As in `UnitBatch`.
    values
        Outcome to values, shape (n,); NaN where there is none.
    """

    periods: Integers
    cohorts: Integers
    values: Mapping[str, Floats] = field(repr=False)
    clusters: Integers | None = None
    weights: Floats | None = None


class Kernel(Protocol[State]):
    """What is done to the units of a panel; it and its states can be pickled."""

    def take(self, batch: UnitBatch) -> State:
        """Return the state of one batch."""

    def merge(self, one: State, other: State) -> State:
        """Return the state of two sets of units together: associative up to rounding."""


class RowKernel(Protocol[State]):
    """What is done to the rows of repeated cross-sections; it and its states can be pickled."""

    def take(self, batch: RowBatch) -> State:
        """Return the state of one batch."""

    def merge(self, one: State, other: State) -> State:
        """Return the state of two sets of rows together: associative up to rounding."""


class Engine(Protocol):
    """Looks at one panel and carries kernels to it; made by `open_panel`.

    A panel whose form is wrong is refused with a `DataError` before any kernel sees it: rows of one unit and period
    that are there twice, units that change cohort, cluster or weight, columns that are missing or no numbers,
    infinite outcomes, periods or cohorts that are not whole numbers.
    """

    @property
    def name(self) -> str:
        """``duckdb`` or ``spark``."""

    @property
    def columns(self) -> PanelColumns:
        """Which columns make the panel."""

    def facts(self) -> PanelFacts:
        """Return what the panel holds; looked up once."""

    def row_facts(self) -> PanelFacts:
        """Return what the panel holds, each row taken for a unit of its own; looked up once."""

    def carry(self, kernel: Kernel[State]) -> State:
        """Carry a kernel to all units, each whole and in one batch only, and return the merged state."""

    def carry_rows(self, kernel: RowKernel[State]) -> State:
        """Carry a kernel to all rows as units of their own, and return the merged state."""
