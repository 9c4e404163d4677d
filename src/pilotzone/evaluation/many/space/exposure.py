"""Which untreated units a policy reaches through their neighbours, and since when.

A control that is affected is not a control: effects are then measured against a part of themselves (Clarke 2017, Butts
2021). Exposed units leave the controls and become cohorts of their own, by where they are and since when they are
exposed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from pilotzone.core import NEVER, DataError, MethodError, UsageError, listing, unknown
from pilotzone.evaluation.many.space.coordinates import (
    Coordinates,
    CoordinatesKernel,
    UnitCoordinates,
    nearest,
    points,
    reach,
)
from pilotzone.store import kept_units, read_table

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from pilotzone.store import Engine, UnitBatch

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["Exposure", "Neighbours", "Rings", "exposure_of"]


@dataclass(frozen=True)
class Rings:
    """Exposure by distance from the nearest treated unit.

    Attributes
    ----------
    coordinates
        Where units are.
    edges
        Outer edges of the rings, km, in rising order: (50, 100) means rings of 0 to 50 and of 50 to 100 km. Units
        farther away are not exposed.

    Raises
    ------
    UsageError
        If edges are not positive and rising.
    """

    coordinates: Coordinates
    edges: tuple[float, ...]

    def __post_init__(self) -> None:
        edges = (0.0, *self.edges)
        if len(edges) < 2 or not all(a < b < np.inf for a, b in pairwise(edges)):  # noqa: PLR2004 - one ring
            raise UsageError(
                f"edges of rings are {listing(list(self.edges))}.",
                allowed="kilometres above zero that rise, such as 50, 100",
            )

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the rings."""
        return tuple(f"{a:g} to {b:g} km" for a, b in pairwise((0.0, *self.edges)))

    def find(self, places: UnitCoordinates, treated: NDArray[np.bool_]) -> tuple[Integers, Integers, Integers]:
        """Return first exposure, nearest ring and first ring: one search per cohort for the nearest treated unit."""
        return _by_rings(places, treated, self)


@dataclass(frozen=True)
class Neighbours:
    """Exposure by weights: the sum of the weights of a unit's treated neighbours.

    Attributes
    ----------
    table
        File or frame with one row for each unit and neighbour.
    threshold
        Smallest sum of weights at which a unit counts as exposed, above zero.
    unit, neighbour, weight
        Columns of the table: unit, neighbour and weight. Without a column of weights every neighbour has weight one.

    Raises
    ------
    UsageError
        If the threshold is not above zero.
    """

    table: Any
    threshold: float = 1.0
    unit: str = "unit"
    neighbour: str = "neighbour"
    weight: str | None = None

    def __post_init__(self) -> None:
        if not 0 < self.threshold < np.inf:
            raise UsageError(f"the threshold of exposure is {self.threshold}.", allowed="a number above zero")

    @property
    def labels(self) -> tuple[str, ...]:
        """Name of the only group of exposed units."""
        return ("neighbours",)

    def find(self, places: UnitCoordinates, treated: NDArray[np.bool_]) -> tuple[Integers, Integers, Integers]:
        """Return first exposure, nearest group and first group, from sums of weights over the table."""
        return _by_weights(places, treated, self)


@dataclass(frozen=True, eq=False)
class Exposure:
    """Which units are exposed without being treated.

    Attributes
    ----------
    keys
        Names of m exposed units, an Arrow array.
    groups, starts
        Ring of each, and first period in which it is exposed, shape (m,).
    labels
        What groups are called.
    treated, clean
        Units that are treated, and that are neither treated nor exposed.
    last
        Last period of the panel: whoever is treated behind it is as untreated as those never treated.
    moved
        Exposed units that came into a nearer ring later on: they count as of the nearest, since they were exposed at
        all.
    touched
        Treated units that were exposed to others' treatment before their own: what was before is not free of it.
    """

    keys: pa.Array
    groups: Integers
    starts: Integers
    labels: tuple[str, ...]
    treated: int
    clean: int
    last: int
    moved: int = 0
    touched: int = 0

    def seen(self, group: int | None) -> Seen:
        """Return what is seen of the panel: the treated and clean units, or one group, as cohorts, and clean ones."""
        return Seen(self.keys, self.groups, self.starts, self.last, group)

    def notes(self) -> list[str]:
        """Say who is exposed."""
        counts = np.bincount(self.groups, minlength=len(self.labels)).tolist()
        told = [f"{count:,} ({label})" for label, count in zip(self.labels, counts, strict=True)]
        found = [f"Exposed to treatment nearby, and therefore no controls: {listing(told)} untreated units."]
        found.append(f"{self.clean:,} clean controls are left. No verdict rests on effects on the exposed.")
        if self.moved:
            found.append(f"{self.moved:,} exposed units came into a nearer ring later on, and count as of the nearest.")
        if self.touched:
            found.append(
                f"{self.touched:,} treated units were exposed to others' treatment before their own: what they were "
                "before is not free of it."
            )
        return found


@dataclass(frozen=True, eq=False)
class Seen:
    """Turns exposure into cohorts, batch by batch.

    Attributes
    ----------
    keys, groups, starts, last
        As in `Exposure`.
    group
        Which group is seen beside clean units, in place of the treated; ``None`` for the treated.
    """

    keys: pa.Array
    groups: Integers
    starts: Integers
    last: int
    group: int | None

    def __call__(self, batch: UnitBatch) -> UnitBatch:
        """Return the units that are seen, with their cohorts."""
        import pyarrow.compute as pc

        at = pc.index_in(batch.keys, value_set=self.keys).fill_null(-1).to_numpy(zero_copy_only=False)
        exposed = at >= 0
        if self.group is None:
            return kept_units(batch, ~exposed)
        # A group that is looked at has units: there is always a last one for the position of -1, which does not count.
        own = exposed & (self.groups[at] == self.group)
        clean = (batch.cohorts > self.last) & ~exposed
        return kept_units(replace(batch, cohorts=np.where(own, self.starts[at], NEVER)), own | clean)


def exposure_of(panel: Engine, how: Rings | Neighbours, exposing: Engine | None = None) -> Exposure:
    """Return who is exposed, after one look at all units.

    Parameters
    ----------
    panel
        With the coordinates that rings need.
    how
        How exposure is measured: by distance or by weights.
    exposing
        The panel with units besides that take no part in estimation, and expose others as they did; `panel` if left
        out.

    Raises
    ------
    DataError
        If places are not on Earth, or the table of neighbours does not fit the panel.
    MethodError
        If nobody is treated or exposed, or no clean control is left.
    """
    import pyarrow as pa

    whole = panel if exposing is None else exposing
    names = how.coordinates.columns if isinstance(how, Rings) else ()
    places = whole.carry(CoordinatesKernel(names))
    here = _taking_part(panel, places) if whole is not panel else np.ones(len(places.cohorts), dtype=bool)
    last = panel.facts().periods[-1]
    treated = places.cohorts <= last
    if not treated.any():
        raise MethodError("no unit is treated: nobody can be exposed.", allowed="one treated unit or more")
    first, ring, at_first = how.find(places, treated)
    exposed = here & ~treated & (first != NEVER)
    found = Exposure(
        places.names.filter(pa.array(exposed)),
        ring[exposed],
        first[exposed],
        how.labels,
        int((here & treated).sum()),
        int((here & ~treated & ~exposed).sum()),
        last,
        int((exposed & (ring < at_first)).sum()),
        int((here & treated & (first < places.cohorts)).sum()),
    )
    if not found.clean:
        raise MethodError(
            f"all {len(found.keys):,} untreated units are exposed: no clean control is left.",
            allowed="units that no treated one is near",
            todo="take narrower rings, or a higher threshold",
        )
    return found


def _taking_part(panel: Engine, places: UnitCoordinates) -> NDArray[np.bool_]:
    """Return which of some units are in a panel."""
    import pyarrow.compute as pc

    names = panel.carry(CoordinatesKernel(())).names
    found: NDArray[np.bool_] = pc.is_in(places.names, value_set=names).to_numpy(zero_copy_only=False)
    return found


def _by_rings(places: UnitCoordinates, treated: NDArray[np.bool_], how: Rings) -> tuple[Integers, Integers, Integers]:
    """Return first exposure, the nearest ring, and the ring of first exposure of each unit, `NEVER` where none."""
    where = points(places.coordinates, how.coordinates.measure)
    edges = reach(np.array(how.edges), how.coordinates.measure)
    first = np.full(len(treated), NEVER, dtype=np.int64)
    ring = np.full(len(treated), len(edges), dtype=np.int64)
    at_first = ring.copy()
    for cohort in np.unique(places.cohorts[treated]).tolist():
        # A treated unit is not its own neighbour: those of its cohort are left out, as simultaneous.
        others = places.cohorts != cohort
        mine = np.searchsorted(edges, nearest(where[others], where[~others]), side="left")
        fresh = (mine < len(edges)) & (first[others] == NEVER)
        at_first[others] = np.where(fresh, mine, at_first[others])
        first[others] = np.where(fresh, cohort, first[others])
        ring[others] = np.minimum(ring[others], mine)
    return first, ring, at_first


def _by_weights(
    places: UnitCoordinates, treated: NDArray[np.bool_], how: Neighbours
) -> tuple[Integers, Integers, Integers]:
    """Return the same, of one ring."""
    unit, neighbour, weight = _pairs(places.names, how)
    counted = (unit != neighbour) & treated[neighbour]
    unit, since, weight = unit[counted], places.cohorts[neighbour[counted]], weight[counted]
    order = np.lexsort((since, unit))
    unit, since, weight = unit[order], since[order], weight[order]
    begins = np.flatnonzero(np.diff(unit, prepend=-1))
    sums = np.cumsum(weight)
    before = np.repeat(sums[begins] - weight[begins], np.diff(np.append(begins, len(unit))))
    # Sums of weights are compared with room for their rounding.
    reached = sums - before >= how.threshold * (1 - 1e-12)
    who, at = np.unique(unit[reached], return_index=True)
    first = np.full(len(treated), NEVER, dtype=np.int64)
    first[who] = since[reached][at]
    ring = np.zeros(len(treated), dtype=np.int64)
    return first, ring, ring


def _pairs(keys: pa.Array, how: Neighbours) -> tuple[Integers, Integers, Floats]:
    """Return positions of units and of their neighbours, and weights, from the table."""
    import pyarrow as pa
    import pyarrow.compute as pc

    table = read_table(how.table)
    wanted = [how.unit, how.neighbour, *([] if how.weight is None else [how.weight])]
    for name in wanted:
        if name not in table.column_names:
            raise unknown("column", name, table.column_names, of="the table of neighbours", error=UsageError)
    found = []
    for name in (how.unit, how.neighbour):
        try:
            column = table[name].cast(keys.type)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            raise DataError(
                f"column {name!r} of the table of neighbours is of type {table[name].type}.",
                allowed=f"units: {keys.type}",
            ) from error
        at = pc.index_in(column, value_set=keys)
        strange = column.filter(pc.is_null(at)).unique().to_pylist()
        if strange:
            many = f"{len(strange):,} units that are" if len(strange) > 1 else "a unit that is"
            raise DataError(
                f"the table of neighbours names {many} not in the panel, such as {strange[0]!r}.",
                allowed="units of the panel",
            )
        found.append(at.to_numpy().astype(np.int64))
    weight = np.ones(len(table))
    if how.weight is not None:
        weight = table[how.weight].cast(pa.float64()).to_numpy()
        wrong = int((~(np.isfinite(weight) & (weight >= 0))).sum())
        if wrong:
            raise DataError(
                f"column {how.weight!r} of the table of neighbours has {wrong:,} weights that are negative, infinite "
                "or missing.",
                allowed="finite numbers from zero",
            )
    return found[0], found[1], weight
