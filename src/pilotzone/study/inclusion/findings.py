"""What a study of who gains found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pilotzone.core import Result, Table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pilotzone.core import JointEffects
    from pilotzone.evaluation.inclusion import (
        Convergence,
        Decomposition,
        DistributionalControl,
        EffectsAlong,
        GroupEffects,
        IndexEffects,
        QuantileEffects,
    )
    from pilotzone.judgement import Verdict
    from pilotzone.study.inclusion.file import InclusionFile

__all__ = ["Described", "InclusionFindings", "Level"]


@dataclass(frozen=True)
class Level:
    """An index of one population in one period.

    Attributes
    ----------
    period
        Period; ``None`` where the data have none.
    group
        Group, or ``all``.
    index
        Name of the index.
    estimate
        Value; ``None`` where only bounds are known.
    low, high
        Ends of the interval, or of the bounds; ``None`` where there are none.
    note
        What the value is.
    """

    period: int | None
    group: str
    index: str
    estimate: float | None
    low: float | None
    high: float | None
    note: str


@dataclass(frozen=True, eq=False)
class Described(Result):
    """Indices by period and group.

    Attributes
    ----------
    levels
        The indices.
    """

    levels: tuple[Level, ...]

    def to_table(self) -> Table:
        """Return one row per period, group and index."""
        names = ("period", "group", "index", "estimate", "low", "high", "of")
        rows = [(row.period, row.group, row.index, row.estimate, row.low, row.high, row.note) for row in self.levels]
        return Table.from_rows(names, rows, title="Inequality and poverty by period and group")


@dataclass(frozen=True, eq=False)
class InclusionFindings:
    """Everything that the report of who gains shows.

    Attributes
    ----------
    name
        Name of the study.
    spec
        What was asked.
    rows
        Rows of the table that were read.
    levels
        Indices by period and group.
    decomposed
        Period to Theil's index within and between groups.
    effects
        Effects on indices.
    quantiles
        Effects on quantiles.
    groups, along
        Effects by group, and along a covariate.
    convergence
        Effect on the gap to the nation.
    path
        Period to the zone's mean over the nation's.
    verdicts
        Part of the file to the verdict on its outcomes with a role.
    """

    name: str
    spec: InclusionFile
    rows: int
    levels: tuple[Level, ...]
    decomposed: Mapping[str, Decomposition]
    effects: IndexEffects | None
    quantiles: QuantileEffects | DistributionalControl | None
    groups: GroupEffects | None
    along: EffectsAlong | None
    convergence: Convergence | None
    path: Mapping[int, float]
    verdicts: Mapping[str, Verdict]

    @property
    def described(self) -> Described:
        """Indices as a result."""
        return Described(self.levels)

    @property
    def joints(self) -> dict[str, JointEffects]:
        """Effects as they pass to a verdict, by the part of the file; of those parts that have any."""
        parts = {"inequality": self.effects, "groups": self.groups, "convergence": self.convergence}
        return {name: part.joint for name, part in parts.items() if part is not None}

    def within_between(self) -> Table | None:
        """Return Theil's index in total, within groups and between them by period; ``None`` if not asked for."""
        if not self.decomposed:
            return None
        parts = {period: part.summary() for period, part in self.decomposed.items()}
        rows = [(period, *row) for period, table in parts.items() for row in table.rows()]
        first = next(iter(parts.values()))
        table = Table.from_rows(("period", *first.columns), rows, title=first.title)
        return Table(table.columns, title=first.title, note=first.note)

    def results(self) -> dict[str, Table]:
        """Return the tables of effects and of the decomposition by the name of their part."""
        parts = {
            "by_period": self.effects,
            "quantiles": self.quantiles,
            "groups": self.groups,
            "along": self.along,
            "convergence": self.convergence,
        }
        tables = {name: part.to_table() for name, part in parts.items() if part is not None}
        if self.effects is not None:
            tables["effects"] = self.effects.summary()
        within = self.within_between()
        return tables if within is None else {"decomposed": within, **tables}
