"""From rows of a long table, in the order of units and periods, to batches of whole units. Knows no engine.

Rows come as Arrow batches whose columns have fixed names (`UNIT` and so on): an engine selects and casts, this module
checks what only rows side by side can show, and lays them out. A unit that is cut between two batches is carried over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pilotzone.core import NEVER, DataError, Frequency, period_label
from pilotzone.store.kernel import RowBatch, UnitBatch

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from pilotzone.store.kernel import PanelColumns

__all__ = ["OutOfOrderError", "RowForm", "numbers_of", "row_batches", "unit_batches"]

UNIT, TIME, COHORT, CLUSTER, WEIGHT = "u", "t", "g", "c", "w"
"""Names of the columns that an engine selects; outcomes are ``y0``, ``y1`` and so on, covariates and places ``x0``."""

_KINDS = {"int64": np.int64, "int32": np.int32, "uint8": np.uint8, "double": np.float64}
"""Arrow's types whose numbers lie as numpy's do."""


class OutOfOrderError(Exception):
    """Rows are not in the order of units and periods: they have to be sorted first."""


@dataclass(frozen=True, eq=False)
class RowForm:
    """What is known of the rows of a panel before they are read.

    Attributes
    ----------
    columns
        Which columns of the table make the panel, for messages.
    periods
        All periods, rising, shape (T,).
    cluster_names
        All clusters, rising; ``None`` without them.
    frequency
        What the periods count.
    """

    columns: PanelColumns
    periods: NDArray[np.int64]
    cluster_names: pa.Array | None = None
    frequency: Frequency = "number"

    def label(self, period: int) -> str:
        """Return a period, or a cohort, as it is written."""
        return period_label(self.frequency, period)


def unit_batches(batches: Iterable[pa.RecordBatch], form: RowForm) -> Iterator[UnitBatch]:
    """Yield batches of whole units.

    Parameters
    ----------
    batches
        Rows in the order of units and periods; keys of units rise.
    form
        What is known of them.

    Raises
    ------
    OutOfOrderError
        If they are in another order.
    DataError
        If a unit has a period twice, or changes cohort, cluster or weight.
    """
    import pyarrow as pa

    tail: pa.Table | None = None
    last: Any = None
    for batch in batches:
        rows = pa.Table.from_batches([batch])
        starts = _starts(rows[UNIT])
        if tail is not None and len(starts):
            # Only the unit that was cut is copied: with its other rows, up to where the next unit begins.
            own = starts[1] if len(starts) > 1 else len(rows)
            cut = own if rows[UNIT][0] == tail[UNIT][0] else 0
            tail = pa.concat_tables([tail, rows.slice(0, cut)])
            if cut == len(rows):
                continue
            tail = tail.combine_chunks()
            yield _laid_out(tail, np.zeros(1, np.intp), form, last)
            last, rows, starts = tail[UNIT][-1], rows.slice(cut), starts[bool(cut) :] - cut
        if len(starts) == 0:
            continue
        tail = rows.slice(starts[-1])
        if len(starts) > 1:
            yield _laid_out(rows.slice(0, starts[-1]), starts[:-1], form, last)
            last = rows[UNIT][starts[-1] - 1]
    if tail is not None and len(tail):
        yield _laid_out(tail.combine_chunks(), np.zeros(1, np.intp), form, last)


def row_batches(batches: Iterable[pa.RecordBatch], form: RowForm) -> Iterator[RowBatch]:
    """Yield batches of rows, each a unit of its own, in any order."""
    for batch in batches:
        yield RowBatch(
            periods=_positions(numbers_of(batch.column(TIME)), form),
            cohorts=numbers_of(batch.column(COHORT)),
            values={name: numbers_of(batch.column(f"y{k}")) for k, name in enumerate(form.columns.outcomes)},
            clusters=None if form.cluster_names is None else _clusters(batch.column(CLUSTER), form),
            weights=None if form.columns.weight is None else numbers_of(batch.column(WEIGHT)),
        )


def _starts(keys: pa.ChunkedArray) -> NDArray[np.intp]:
    """Return where each unit's rows begin."""
    import pyarrow.compute as pc

    if len(keys) == 0:
        return np.empty(0, np.intp)
    changes = pc.not_equal(keys.slice(1), keys.slice(0, len(keys) - 1)).cast("uint8")
    return np.concatenate([[0], np.flatnonzero(numbers_of(changes)) + 1])


def _laid_out(rows: pa.Table, starts: NDArray[np.intp], form: RowForm, last: Any) -> UnitBatch:  # noqa: ANN401
    """Return the batch of these rows, whole units all of them, which have to come behind the last key."""
    keys = _taken(rows[UNIT], starts)
    _check_order(keys, last)
    times, inside = numbers_of(rows[TIME]), np.ones(len(rows) - 1, dtype=bool)
    inside[starts[1:] - 1] = False
    steps = np.diff(times)
    if (inside & (steps <= 0)).any():
        at = int(np.flatnonzero(inside & (steps <= 0))[0])
        if steps[at] < 0:
            raise OutOfOrderError
        raise _twice(rows, at, form)
    cohorts = _constant(rows, COHORT, inside, form, form.columns.cohort)
    weights = None
    if form.columns.weight is not None:
        weights = _constant(rows, WEIGHT, inside, form, form.columns.weight)[starts]
    clusters = None
    if form.cluster_names is not None:
        clusters = _constant(rows, CLUSTER, inside, form, str(form.columns.cluster))[starts]
    constants = {
        name: _constant(rows, f"x{k}", inside, form, name)[starts] for k, name in enumerate(form.columns.constants)
    }
    return UnitBatch(cohorts[starts], _values(rows, starts, times, form), clusters, weights, constants, keys)


def _check_order(keys: pa.Array, last: Any) -> None:  # noqa: ANN401 - a scalar of any type
    import pyarrow.compute as pc

    rising = pc.all(pc.less(keys.slice(0, len(keys) - 1), keys.slice(1))).as_py()
    if rising is False or (last is not None and not pc.less(last, keys[0]).as_py()):
        raise OutOfOrderError


def _twice(rows: pa.Table, at: int, form: RowForm) -> DataError:
    unit, period = rows[UNIT][at].as_py(), rows[TIME][at].as_py()
    names = form.columns
    return DataError(
        f"unit {unit!r} has period {form.label(period)} twice.",
        allowed=f"one row for each '{names.unit}' and '{names.time}'",
        todo="add the rows up or drop the repeated ones; rows that are units of their own are cross-sections.",
    )


def _constant(rows: pa.Table, name: str, inside: NDArray[np.bool_], form: RowForm, column: str) -> NDArray[Any]:
    """Return a column that has to be the same in all rows of a unit."""
    found = _clusters(rows[name], form) if name == CLUSTER else numbers_of(rows[name])
    changes = inside & (found[1:] != found[:-1])
    if changes.any():
        at = int(np.flatnonzero(changes)[0])
        two = [rows[name][k].as_py() for k in (at, at + 1)]
        words = [repr(item) for item in two]
        if name == COHORT:
            words = ["never" if item == NEVER else form.label(item) for item in two]
        raise DataError(
            f"unit {rows[UNIT][at].as_py()!r} changes '{column}' from {words[0]} to {words[1]} in period"
            f" {form.label(rows[TIME][at + 1].as_py())}.",
            allowed=f"the same '{column}' in all periods of a unit",
            todo="take its value before treatment, the unit's first." if column in form.columns.constants else None,
        )
    return found


def _values(
    rows: pa.Table, starts: NDArray[np.intp], times: NDArray[np.int64], form: RowForm
) -> dict[str, NDArray[np.float64]]:
    """Return outcomes as units x periods, NaN where there is no row or no value."""
    T, n = len(form.periods), len(starts)
    columns = {name: numbers_of(rows[f"y{k}"]) for k, name in enumerate(form.columns.outcomes)}
    if len(rows) == n * T and (times.reshape(n, T) == form.periods).all():
        return {name: values.reshape(n, T) for name, values in columns.items()}
    unit = np.repeat(np.arange(n), np.diff(np.append(starts, len(rows))))
    at = _positions(times, form)
    found = {}
    for name, values in columns.items():
        found[name] = np.full((n, T), np.nan)
        found[name][unit, at] = values
    return found


def _positions(times: NDArray[np.int64], form: RowForm) -> NDArray[np.intp]:
    """Return the position of each row's period, or refuse one that was not there before."""
    at = np.searchsorted(form.periods, times)
    there = form.periods[np.minimum(at, len(form.periods) - 1)] == times
    if not there.all():
        raise DataError(
            f"the panel changes while it is read: period {form.label(int(times[~there][0]))} was not in it before.",
            allowed="the same rows in each pass",
            todo="copy a table that others write to; rows that are drawn or cut anew in each pass need a copy too.",
        )
    return at


def _clusters(column: Any, form: RowForm) -> NDArray[np.int64]:  # noqa: ANN401 - array or chunked array
    import pyarrow.compute as pc

    found: NDArray[np.int64] = numbers_of(pc.index_in(column, value_set=form.cluster_names)).astype(np.int64)
    return found


def numbers_of(column: Any) -> NDArray[Any]:  # noqa: ANN401 - array or chunked array
    """Return an Arrow column as an array; nulls of numbers become NaN.

    Numbers without nulls are seen where they lie. Arrow's own way to arrays, and from them, loads pandas, which takes
    as long as fifty thousand units do.
    """
    import pyarrow as pa

    chunked = column.combine_chunks() if hasattr(column, "combine_chunks") else column
    kind = _KINDS.get(str(chunked.type))
    if kind is None or chunked.null_count or not isinstance(chunked, pa.Array):
        found: NDArray[Any] = chunked.to_numpy(zero_copy_only=False)
        return found
    return np.frombuffer(chunked.buffers()[1], kind)[chunked.offset : chunked.offset + len(chunked)]


def _taken(column: Any, at: NDArray[np.intp]) -> pa.Array:  # noqa: ANN401 - array or chunked array
    """Return rows of an Arrow column."""
    import pyarrow as pa

    where = np.ascontiguousarray(at, dtype=np.int64)
    positions = pa.Array.from_buffers(pa.int64(), len(where), [None, pa.py_buffer(where)])
    found = column.take(positions)
    return found.combine_chunks() if hasattr(found, "combine_chunks") else found
