"""The panel that every program of the bench on many units is given: a Parquet file of staggered treatment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

__all__ = ["COHORTS", "OUTCOMES", "PERIODS", "write_panel", "write_shuffled", "write_wide"]

PERIODS = tuple(range(2001, 2021))
COHORTS = (2008, 2012, 2016, 0)
"""First treated periods, the last never; a quarter of the units each, by chance."""
OUTCOMES = ("y1", "y2")
SEED = 20164
_CHUNK = 50_000
"""Units of a row group."""


def write_panel(path: Path, units: int) -> Path:
    """Write a panel in the order of units and periods: unit, time, cohort and two outcomes; return the path.

    Levels differ by unit, trends are common, half of the noise is carried over to the next period and part of it is
    shared by both outcomes. The effect is a tenth for each period since treatment.
    """
    import pyarrow.parquet as pq

    rng = np.random.default_rng([SEED, units])
    writer = None
    for start in range(0, units, _CHUNK):
        table = _units(rng, start, min(_CHUNK, units - start))
        writer = writer or pq.ParquetWriter(path, table.schema)
        writer.write_table(table)
    if writer is not None:
        writer.close()
    return path


def write_wide(path: Path, *, cohorts: int, periods: int, units: int, outcomes: int = 1) -> Path:
    """Write a panel of many cohorts and periods, or outcomes, as `write_panel` does; return the path.

    Parameters
    ----------
    path
        Of the file.
    cohorts, periods
        Cohorts are first treated in as many periods, spread evenly from the fourth to the last.
    units
        Of each cohort; four times as many are never treated.
    outcomes
        How many there are.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    rng = np.random.default_rng([SEED, cohorts, periods, units])
    starts = np.unique(np.linspace(4, periods, cohorts).astype(int))
    start = np.concatenate([np.repeat(starts, units), np.zeros(4 * units, dtype=int)])
    n, T = len(start), periods
    time = np.arange(1, T + 1)
    columns = {"unit": np.repeat(np.arange(n), T), "time": np.tile(time, n), "cohort": np.repeat(start, T)}
    effect = np.where((start[:, None] > 0) & (time >= start[:, None]), 0.1, 0.0)
    for k in range(outcomes):
        noise = rng.normal(size=(n, T))
        noise[:, 1:] += 0.5 * noise[:, :-1]
        columns[f"y{k + 1}"] = (rng.normal(8, 2, (n, 1)) + noise + effect).ravel()
    pq.write_table(pa.table(columns), path)
    return path


def write_shuffled(path: Path, source: Path) -> Path:
    """Write the rows of a panel in an order that is not an order: by a hash of unit and time."""
    import duckdb

    with duckdb.connect(config={"memory_limit": "4GB", "temp_directory": str(path.parent / "spill")}) as connection:
        connection.execute(
            f"COPY (SELECT * FROM '{source}' ORDER BY hash(unit * 64 + time)) TO '{path}' (FORMAT parquet)"
        )
    return path


def _units(rng: np.random.Generator, start: int, count: int) -> pa.Table:
    import pyarrow as pa

    T = len(PERIODS)
    cohorts = rng.choice(COHORTS, count)
    since = np.array(PERIODS) - cohorts[:, None]
    effect = np.where((cohorts[:, None] > 0) & (since >= 0), 0.1 * (since + 1), 0.0)
    shared = rng.normal(size=(count, T))
    columns = {
        "unit": np.repeat(np.arange(start, start + count), T),
        "time": np.tile(np.array(PERIODS, dtype=np.int32), count),
        "cohort": np.repeat(cohorts.astype(np.int32), T),
    }
    for name in OUTCOMES:
        noise = shared + rng.normal(size=(count, T))
        noise[:, 1:] += 0.5 * noise[:, :-1]
        columns[name] = (rng.normal(8, 2, (count, 1)) + 0.02 * np.arange(T) + noise + effect).ravel()
    return pa.table(columns)
