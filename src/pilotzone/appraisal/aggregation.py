"""Sectors put together by a map that says what goes where and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from pilotzone.appraisal.checking import Floats, text
from pilotzone.appraisal.table import InputOutputTable
from pilotzone.core import DataError, Result, Table, UsageError, listing, shown

__all__ = ["SectorGroup", "SectorMap", "aggregate"]


@dataclass(frozen=True)
class SectorGroup:
    """Sectors that become one.

    Attributes
    ----------
    name
        Name of the new sector.
    members
        Names of the sectors that it is made of.
    reason
        Why these belong together.
    """

    name: str
    members: tuple[str, ...]
    reason: str

    def __post_init__(self) -> None:
        text("the name of a group of sectors", self.name)
        text(f"the reason for {shown(self.name)}", self.reason, todo="say why these sectors belong together")
        if not self.members:
            raise UsageError(f"the group {shown(self.name)} has no sectors.", allowed="one sector or more")


@dataclass(frozen=True)
class SectorMap(Result):
    """Groups that hold every sector once.

    Attributes
    ----------
    name
        Name of the map.
    groups
        The new sectors, in order.

    Raises
    ------
    UsageError
        If a sector or a group is there twice.
    """

    name: str
    groups: tuple[SectorGroup, ...]

    def __post_init__(self) -> None:
        for what, items in (
            ("sector", [member for group in self.groups for member in group.members]),
            ("group", [group.name for group in self.groups]),
        ):
            twice = sorted({item for item in items if items.count(item) > 1})
            if twice:
                raise UsageError(f"the map {shown(self.name)} has the {what} {shown(twice[0])} twice.", allowed="once")

    @classmethod
    def from_rows(cls, name: str, rows: Iterable[tuple[str, str, str]]) -> SectorMap:
        """Return the map of rows that each name a sector, its group and the reason; groups come in order of mention.

        Parameters
        ----------
        name
            Name of the map.
        rows
            Sector, group, reason.

        Examples
        --------
        >>> SectorMap.from_rows("two", [("coal", "mining", "fuel"), ("ore", "mining", "metal")]).groups[0].members
        ('coal', 'ore')
        """
        members: dict[str, list[str]] = {}
        reasons: dict[str, dict[str, None]] = {}
        for sector, group, reason in rows:
            members.setdefault(group, []).append(sector)
            reasons.setdefault(group, {})[reason] = None
        return cls(
            name, tuple(SectorGroup(group, tuple(held), " ".join(reasons[group])) for group, held in members.items())
        )

    def matrix(self, sectors: Sequence[str]) -> Floats:
        """Return ones where a group (row) holds a sector (column), shape (groups, sectors).

        Raises
        ------
        DataError
            If a sector has no group, or a member is not a sector.
        """
        known = {member: k for k, group in enumerate(self.groups) for member in group.members}
        left, odd = (
            [name for name in sectors if name not in known],
            [name for name in known if name not in set(sectors)],
        )
        if left or odd:
            told = (
                f"has no group for {listing(left)}" if left else f"names {listing(odd)}, which the table does not have"
            )
            raise DataError(
                f"the map {shown(self.name)} {told}.", allowed="every sector of the table, each in one group"
            )
        found = np.zeros((len(self.groups), len(sectors)))
        found[[known[name] for name in sectors], range(len(sectors))] = 1.0
        return found

    def to_table(self) -> Table:
        """Return a row for each group: its sectors and the reason."""
        rows = [(group.name, len(group.members), "; ".join(group.members), group.reason) for group in self.groups]
        return Table.from_rows(["group", "sectors", "members", "reason"], rows, title=f"Sector map {self.name}")


def aggregate(table: InputOutputTable, sectors: SectorMap) -> InputOutputTable:
    """Return a table with fewer sectors; sums are kept, so what balanced balances still.

    Parameters
    ----------
    table
        The table.
    sectors
        Which sectors become which.

    Raises
    ------
    DataError
        If the map does not fit the table.
    """
    once = sectors.matrix(table.sectors)
    sum_up = np.kron(np.eye(len(table.regions)), once)
    return replace(
        table,
        name=f"{table.name}, {len(sectors.groups)} sectors",
        sectors=tuple(group.name for group in sectors.groups),
        flows=sum_up @ table.flows @ sum_up.T,
        final_demand=sum_up @ table.final_demand,
        value_added=table.value_added @ sum_up.T,
        output=sum_up @ table.output,
        imports=None if table.imports is None else sum_up @ table.imports,
        jobs=None if table.jobs is None else sum_up @ table.jobs,
    )
