"""Changes of single units from a panel of any size: a pass over the file in place of a matrix of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pilotzone.core import NEVER, DataError, MethodError, Outcome, one_thread
from pilotzone.evaluation.inclusion.units import UnitEffects
from pilotzone.gather import TableForm, open_any_panel
from pilotzone.store import PanelColumns

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from pilotzone.store import Engine, EngineName, UnitBatch

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["unit_effects_of"]

_MOST_VALUES = 100_000_000
"""Units times cohorts times outcomes of which changes are held in memory, 1.6 GB with those from before the start."""


def unit_effects_of(  # noqa: PLR0913 - what is to be said of a panel, all by name
    data: Any,  # noqa: ANN401 - a path, or a frame of any library that speaks Arrow
    outcomes: Outcome | str | Sequence[Outcome | str],
    *,
    unit: str,
    time: str,
    cohort: str,
    covariates: str | Sequence[str] = (),
    weight: str | None = None,
    cluster: str | None = None,
    anticipation: int = 0,
    engine: EngineName = "duckdb",
    memory_limit: str | None = None,
    threads: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    form: TableForm | None = None,
) -> tuple[UnitEffects, dict[str, NDArray[np.float64]]]:
    """Return the mean change of every unit since treatment, and covariates by which groups can be formed.

    Parameters
    ----------
    data
        A panel with a row for each unit and period: a file or a frame, as for `pilotzone.evaluate`.
    outcomes
        Columns that are affected, as for `pilotzone.evaluate`.
    unit, time, cohort
        Columns: whose and when a row is, and the first period of its unit's treatment.
    covariates
        Columns: numbers that are the same in all periods of a unit, known before the start.
    weight
        Column: weight of a unit, such as its people.
    cluster
        Column: which units were drawn or treated together.
    anticipation
        Periods before the start in which units may already react.
    engine, memory_limit, threads, progress, form
        As for `pilotzone.evaluate`.

    Returns
    -------
    UnitEffects
        As `unit_effects` returns it, of units with all outcomes in all periods that were not treated from the start.
    dict of str to array of shape (N,)
        Covariate to its values.

    Raises
    ------
    UsageError
        If a column is not there, or an option is unknown.
    DataError
        If the panel is not of the form that is admitted, or too large.
    MethodError
        If nobody is treated, or there are no controls.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = [
    ...     (k, year, 2012 * (k < 30), k % 10, (k * 7) % 11 + (year >= 2012 and k < 30) * (k % 10))
    ...     for k in range(60)
    ...     for year in (2010, 2011, 2012)
    ... ]
    >>> towns = pd.DataFrame(rows, columns=["town", "year", "since", "remoteness", "jobs"])
    >>> columns = {"unit": "town", "time": "year", "cohort": "since"}
    >>> units, known = unit_effects_of(towns, "jobs", covariates="remoteness", **columns)
    >>> from pilotzone.evaluation.inclusion import group_effects, quantile_groups
    >>> group_effects(units, quantile_groups(known["remoteness"], 2)).joint.estimate.tolist()
    [2.0, 7.0]
    """
    given = [outcomes] if isinstance(outcomes, Outcome | str) else list(outcomes)
    named = tuple(Outcome.parse(item) if isinstance(item, str) else item for item in given)
    known = (covariates,) if isinstance(covariates, str) else tuple(covariates)
    columns = PanelColumns(unit, time, cohort, tuple(item.name for item in named), cluster, weight, known)
    panel, _ = open_any_panel(
        data,
        columns,
        form or TableForm(),
        engine=engine,
        memory_limit=memory_limit,
        threads=threads,
        progress=progress,
    )
    return _effects(panel, named, known, anticipation)


@one_thread()
def _effects(
    panel: Engine, outcomes: tuple[Outcome, ...], covariates: tuple[str, ...], anticipation: int
) -> tuple[UnitEffects, dict[str, Floats]]:
    facts = panel.facts()
    first, last = facts.periods[0], facts.periods[-1]
    cohorts = tuple(c for c in facts.cohorts.tolist() if first < c - anticipation and c <= last)
    if facts.units * len(cohorts) * len(outcomes) > _MOST_VALUES:
        raise DataError(
            f"there are {facts.units:,} units, {len(cohorts)} starts and {len(outcomes)} outcomes.",
            allowed=f"up to {_MOST_VALUES:,} changes: all of them are held in memory",
            todo="draw a sample of the units, or take outcomes one by one",
        )
    kernel = _Changes(facts.periods, cohorts, tuple(item.name for item in outcomes), covariates, anticipation)
    found = _joined(panel.carry(kernel))
    treated = found.starts != NEVER
    if not treated.any() or treated.all():
        raise MethodError(
            "no unit that can be used is treated." if not treated.any() else "all units are treated.",
            allowed="treated units and controls that are never treated, with all outcomes in all periods",
        )
    present = [k for k, start in enumerate(cohorts) if (found.starts == start).any()]
    early = all(sum(period < cohorts[k] - anticipation for period in facts.periods) > 1 for k in present)
    units = UnitEffects(
        outcomes,
        found.names,
        found.starts,
        found.change[present],
        tuple(cohorts[k] for k in present),
        np.ones(len(found.starts)) if found.weights is None else found.weights,
        None if found.clusters is None else np.unique(found.clusters, return_inverse=True)[1].astype(np.intp),
        tuple(period for period in facts.periods if period >= cohorts[present[0]]),
        found.earlier[present] if early else None,
    )
    return units, {name: found.constants[name] for name in covariates}


@dataclass(frozen=True, eq=False)
class _Changed:
    """Units of a batch, or of several, as `UnitEffects` holds them."""

    names: tuple[str, ...]
    starts: Integers
    change: Floats
    earlier: Floats
    weights: Floats | None
    clusters: Integers | None
    constants: dict[str, Floats]


@dataclass(frozen=True)
class _Changes:
    """A kernel that keeps changes in place of values: of C cohorts and K outcomes, whatever the number of periods."""

    periods: tuple[int, ...]
    cohorts: tuple[int, ...]
    outcomes: tuple[str, ...]
    covariates: tuple[str, ...]
    anticipation: int

    def take(self, batch: UnitBatch) -> list[_Changed]:
        """Return the changes of the units that can be used."""
        # Treated after the panel's end, and not about to be: nothing here tells them from those never treated.
        beyond = batch.cohorts > self.periods[-1] + self.anticipation
        starts = np.where(beyond, NEVER, batch.cohorts)
        kept = np.isin(starts, (*self.cohorts, NEVER))
        for name in self.outcomes:
            kept &= np.isfinite(batch.values[name]).all(axis=1)
        for name in self.covariates:
            kept &= np.isfinite(batch.constants[name])
        rows = np.flatnonzero(kept)
        values = np.stack([batch.values[name][rows] for name in self.outcomes], axis=2)
        periods = np.array(self.periods)
        change = np.empty((len(self.cohorts), len(rows), len(self.outcomes)))
        earlier = np.full_like(change, np.nan)
        for c, cohort in enumerate(self.cohorts):
            before = np.flatnonzero(periods < cohort - self.anticipation)
            base = values[:, before[-1]]
            change[c] = values[:, periods >= cohort].mean(axis=1) - base
            if len(before) > 1:
                earlier[c] = values[:, before[:-1]].mean(axis=1) - base
        keys = [str(k) for k in rows] if batch.keys is None else batch.keys.take(rows).to_pylist()
        return [
            _Changed(
                tuple(map(str, keys)),
                starts[rows].astype(np.int64),
                change,
                earlier,
                None if batch.weights is None else batch.weights[rows],
                None if batch.clusters is None else batch.clusters[rows],
                {name: batch.constants[name][rows] for name in self.covariates},
            )
        ]

    def merge(self, one: list[_Changed], other: list[_Changed]) -> list[_Changed]:
        """Return both."""
        return one + other


def _joined(parts: list[_Changed]) -> _Changed:
    return _Changed(
        tuple(name for part in parts for name in part.names),
        np.concatenate([part.starts for part in parts]),
        np.concatenate([part.change for part in parts], axis=1),
        np.concatenate([part.earlier for part in parts], axis=1),
        None if parts[0].weights is None else np.concatenate([np.asarray(part.weights) for part in parts]),
        None if parts[0].clusters is None else np.concatenate([np.asarray(part.clusters) for part in parts]),
        {name: np.concatenate([part.constants[name] for part in parts]) for name in parts[0].constants},
    )
