"""Units as an evaluation by dose sees them, all of them in memory: cohort, dose, outcomes and cluster."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from pilotzone.core import NEVER, Brief, DataError, MethodError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from pilotzone.store import Engine, UnitBatch

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]
    _Part = tuple[Integers, Floats, Floats, Integers | None, Any]

__all__ = ["LARGEST_DOSE", "MOST_VALUES", "DoseUnits", "units_of"]

MOST_VALUES = 100_000_000
"""Units times periods times outcomes that are taken in memory, 800 MB: 2.5 million units, 20 periods, 2 outcomes."""


LARGEST_DOSE = 1e30
"""Largest dose that is admitted, in absolute value: its powers in a spline are numbers still."""

_CHANGES = "give each treated unit the dose that it got; doses that change over time cannot be evaluated yet"
_MISSING = (
    "enter the unit's dose in each of its rows, zero if it is never treated; where the dose is not known, leave the"
    " unit out of the table"
)


@dataclass(frozen=True, eq=False)
class DoseUnits(Brief):
    """n units over T periods with K outcomes.

    Attributes
    ----------
    periods, outcomes
        Periods, rising, and outcomes by name.
    cohorts
        First period of treatment, shape (n,); `NEVER` where there is none within the panel.
    doses
        Doses, shape (n,), zero where never treated.
    values
        Outcomes, shape (n, K * T), the periods of an outcome beside one another.
    clusters
        Position of each unit's cluster, shape (n,); ``None``: units one by one.
    drawn
        What was drawn independently, in the plural.
    notes
        What was left out, a sentence each.
    names
        Units' own names, an Arrow array of n; ``None`` where they are not known.
    """

    periods: tuple[int, ...]
    outcomes: tuple[str, ...]
    cohorts: Integers
    doses: Floats
    values: Floats = field(repr=False)
    clusters: Integers | None = None
    drawn: str = "units"
    notes: tuple[str, ...] = ()
    names: Any = field(default=None, repr=False)

    def name(self, position: int) -> str:
        """Return what a unit is called, as messages name it."""
        return "a unit" if self.names is None else f"unit {self.names[position].as_py()!r}"


@dataclass(frozen=True)
class _Gathering:
    """A kernel that keeps what it is shown."""

    outcomes: tuple[str, ...]
    dose: str

    def take(self, batch: UnitBatch) -> list[_Part]:
        """Return one batch as arrays."""
        stacked = np.hstack([batch.values[name] for name in self.outcomes])
        return [(batch.cohorts, batch.constants[self.dose], stacked, batch.clusters, batch.keys)]

    def merge(
        self,
        one: list[_Part],
        other: list[_Part],
    ) -> list[_Part]:
        """Return both."""
        return one + other


def units_of(panel: Engine, dose: str, outcomes: Sequence[str], anticipation: int = 0) -> DoseUnits:
    """Return a panel's units; those that cannot be used are left out, and notes say so.

    Raises
    ------
    DataError
        If the panel or a dose is not of the form that is admitted, or there is more than fits in memory.
    MethodError
        If nobody is left.
    """
    try:
        facts = panel.facts()
    except DataError as error:
        if f"'{dose}'" not in error.what:
            raise
        # The panel's reader calls it a covariate.
        raise DataError(
            error.what,
            allowed="one dose for each unit, a number, the same in all its periods; zero if never treated",
            todo=_CHANGES if " changes " in error.what else _MISSING,
        ) from None
    size = facts.units * len(facts.periods) * len(outcomes)
    if size > MOST_VALUES:
        raise DataError(
            f"there are {facts.units:,} units with {len(facts.periods)} periods and {len(outcomes)} outcomes.",
            allowed=f"up to {MOST_VALUES:,} values: with doses, all of them are held in memory",
            todo="draw a sample of the units, or evaluate outcomes one by one",
        )
    parts = panel.carry(_Gathering(tuple(outcomes), dose))
    cohorts, doses, values = (np.concatenate([part[k] for part in parts]) for k in range(3))
    clusters = None if parts[0][3] is None else np.concatenate([part[3] for part in parts if part[3] is not None])
    found = DoseUnits(
        facts.periods,
        tuple(outcomes),
        np.asarray(cohorts, dtype=np.int64),
        np.asarray(doses, dtype=np.float64),
        values,
        clusters,
        "units" if clusters is None else f"clusters by {panel.columns.cluster}",
        names=_joined([part[4] for part in parts]),
    )
    _check_size(found, dose)
    return _admitted(found, dose, anticipation)


def _joined(keys: list[Any]) -> Any:  # noqa: ANN401 - Arrow arrays
    import pyarrow as pa

    return pa.chunked_array(keys)


def _check_size(units: DoseUnits, dose: str) -> None:
    largest = int(np.argmax(np.abs(units.doses)))
    if abs(units.doses[largest]) > LARGEST_DOSE:
        raise DataError(
            f"column '{dose}' is {units.doses[largest]:.6g} for {units.name(largest)}.",
            allowed=f"doses up to {LARGEST_DOSE:g}",
            todo="check the figure; else take a larger unit for the whole column",
        )


def _admitted(units: DoseUnits, dose: str, anticipation: int) -> DoseUnits:
    """Return the units that can be used."""
    first, last = units.periods[0], units.periods[-1]
    late = (units.cohorts > last) & (units.cohorts != NEVER)
    cohorts = np.where(units.cohorts > last + anticipation, NEVER, units.cohorts)
    treated = cohorts != NEVER
    negative = treated & (units.doses < 0)
    if negative.any():
        raise DataError(
            f"column '{dose}' is negative for {_counted(negative, 'treated unit')}, the lowest"
            f" {units.doses[negative].min():.6g}.",
            allowed="doses above zero for treated units",
            todo="a policy that takes away is another treatment: leave these units out, or evaluate them apart",
        )
    gone = {
        ("lacks", "lack", "an outcome in some period"): np.isnan(units.values).any(axis=1),
        ("is", "are", f"treated from the panel's first period {first} or before"): treated
        & (cohorts - anticipation <= first),
        ("is", "are", "treated with a dose of zero"): treated & (units.doses == 0),
    }
    notes = []
    for (does, do, what), mask in gone.items():
        if mask.any():
            told = (does, "is") if mask.sum() == 1 else (do, "are")
            notes.append(f"{_counted(mask, 'unit')} {told[0]} {what} and {told[1]} left out.")
    dosed = ~treated & ~late & (units.doses != 0)
    if dosed.any():
        have = "is never treated and has" if dosed.sum() == 1 else "are never treated and have"
        notes.append(f"{_counted(dosed, 'unit')} {have} a dose, which is not used.")
    keep = ~np.logical_or.reduce(list(gone.values()))
    if not (keep & treated).any():
        raise MethodError(
            "no treated unit can be used." + "".join(f" {note}" for note in notes),
            allowed="units treated after the panel's first period, with a dose above zero and all outcomes",
        )
    cohorts, doses = cohorts[keep], np.where(treated, units.doses, 0.0)[keep]
    values = units.values if keep.all() else units.values[keep]
    clusters = None if units.clusters is None else units.clusters[keep]
    names = units.names if units.names is None or keep.all() else units.names.filter(keep)
    every = (*units.notes, *notes)
    return DoseUnits(units.periods, units.outcomes, cohorts, doses, values, clusters, units.drawn, every, names)


def _counted(mask: NDArray[np.bool_], what: str) -> str:
    count = int(mask.sum())
    return f"{count:,} {what}{'' if count == 1 else 's'}"
