"""Changes of single units from a panel of any size: a pass over the file in place of a matrix of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pilotzone.core import NEVER, DataError, MethodError, Outcome, one_thread
from pilotzone.evaluation.inclusion.calendar import Calendar, Early
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

_MOST_VALUES = 200_000_000
"""Numbers that are held in memory, 1.6 GB: by unit, cohort and outcome the changes since the start and before it, and
with a margin each move before it."""


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
    >>> group_effects(units, quantile_groups(known["remoteness"], 2)).joint.estimate.round(12).tolist()
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
    if not cohorts:
        raise _unusable(treated=False)
    calendar = Calendar(facts.periods, cohorts, anticipation)
    moves = any(item.margin is not None for item in outcomes)
    held = facts.units * len(cohorts) * len(outcomes) * (2 + moves * calendar.steps)
    if held > _MOST_VALUES:
        steps = f", with {calendar.steps} moves before each start" if moves else ""
        raise DataError(
            f"there are {facts.units:,} units, {len(cohorts)} starts and {len(outcomes)} outcomes{steps}.",
            allowed=f"up to {_MOST_VALUES:,} numbers, and these are {held:,}: all of them are held in memory",
            todo=f"draw a sample of the units, or take outcomes one by one{', or without margins' * moves}",
        )
    kernel = _Changes(calendar, tuple(item.name for item in outcomes), covariates, moves)
    found = _joined(panel.carry(kernel))
    treated = found.starts != NEVER
    if not treated.any() or treated.all():
        raise _unusable(treated=bool(treated.any()))
    present = [k for k, start in enumerate(cohorts) if (found.starts == start).any()]
    early = all(len(calendar.dates[k].before) > 1 for k in present)
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
        None if found.moves is None else _early(calendar, found.moves, present),
    )
    return units, {name: found.constants[name] for name in covariates}


def _unusable(*, treated: bool) -> MethodError:
    return MethodError(
        "all units are treated." if treated else "no unit that can be used is treated.",
        allowed="treated units and controls that are never treated, with all outcomes in all periods",
    )


def _early(calendar: Calendar, moves: Floats, present: list[int]) -> Early:
    """Return moves before the start of the cohorts that have units which can be used."""
    whole = calendar.early(moves)
    return Early(moves[present], whole.gaps[present], whole.reach[present])


@dataclass(frozen=True, eq=False)
class _Changed:
    """Units of a batch, or of several, as `UnitEffects` holds them."""

    names: tuple[str, ...]
    starts: Integers
    change: Floats
    earlier: Floats
    moves: Floats | None
    weights: Floats | None
    clusters: Integers | None
    constants: dict[str, Floats]


@dataclass(frozen=True)
class _Changes:
    """A kernel that keeps changes in place of values: of C cohorts and K outcomes, whatever the number of periods."""

    calendar: Calendar
    outcomes: tuple[str, ...]
    covariates: tuple[str, ...]
    moves: bool

    def take(self, batch: UnitBatch) -> list[_Changed]:
        """Return the changes of the units that can be used."""
        # Treated after the panel's end, and not about to be: nothing here tells them from those never treated.
        calendar = self.calendar
        beyond = batch.cohorts > calendar.periods[-1] + calendar.anticipation
        starts = np.where(beyond, NEVER, batch.cohorts)
        kept = np.isin(starts, (*calendar.cohorts, NEVER))
        for name in self.outcomes:
            kept &= np.isfinite(batch.values[name]).all(axis=1)
        for name in self.covariates:
            kept &= np.isfinite(batch.constants[name])
        rows = np.flatnonzero(kept)
        values = np.stack([batch.values[name][rows] for name in self.outcomes], axis=2)
        keys = [str(k) for k in rows] if batch.keys is None else batch.keys.take(rows).to_pylist()
        return [
            _Changed(
                tuple(map(str, keys)),
                starts[rows].astype(np.int64),
                calendar.change(values),
                calendar.earlier(values),
                calendar.moves(values) if self.moves else None,
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
        None if parts[0].moves is None else np.concatenate([np.asarray(part.moves) for part in parts], axis=1),
        None if parts[0].weights is None else np.concatenate([np.asarray(part.weights) for part in parts]),
        None if parts[0].clusters is None else np.concatenate([np.asarray(part.clusters) for part in parts]),
        {name: np.concatenate([part.constants[name] for part in parts]) for name in parts[0].constants},
    )
