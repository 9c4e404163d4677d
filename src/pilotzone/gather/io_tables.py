"""Input-output tables of provinces, 2007, with 42 sectors added up to 12."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import Glance, Result, Table, UsageError, unknown
from pilotzone.gather.campus import load_campus

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["IoTable", "io_regions", "io_table"]


@dataclass(frozen=True, eq=False)
class IoTable(Result):
    """The input-output table of a province, 2007. S is the number of sectors.

    Attributes
    ----------
    region
        ISO 3166-2 code.
    sectors, labels
        Names of the sectors, and what they are, each of length S.
    flows_cny
        Flows from the sector of the row to that of the column, CNY, shape (S, S). They contain what comes from other
        provinces and abroad: the source has no column of imports.
    value_added_cny, output_cny
        Value added and output, CNY, shape (S,).
    """

    region: str
    sectors: tuple[str, ...]
    labels: tuple[str, ...]
    flows_cny: Floats
    value_added_cny: Floats
    output_cny: Floats

    @property
    def net_final_use_cny(self) -> Floats:
        """Output less sales to sectors, CNY, shape (S,): final use less imports and inflow.

        Derived, not in the source. Negative where more comes from elsewhere than final users take.
        """
        net: Floats = self.output_cny - self.flows_cny.sum(axis=1)
        return net

    @property
    def column_gap_cny(self) -> Floats:
        """Inputs and value added less output, CNY, shape (S,): what the columns fail to balance by."""
        gap: Floats = self.flows_cny.sum(axis=0) + self.value_added_cny - self.output_cny
        return gap

    def to_table(self) -> Table:
        """Return one row per pair of sectors."""
        rows = [
            (supplier, user, float(self.flows_cny[i, j]))
            for i, supplier in enumerate(self.sectors)
            for j, user in enumerate(self.sectors)
        ]
        return Table.from_rows(("supplier", "user", "flow_cny"), rows, title=f"Flows of {self.region}, 2007")

    def summary(self) -> Table:
        """Return one row per sector: value added, output, net final use and what its column fails to balance by."""
        parts = (self.value_added_cny, self.output_cny, self.net_final_use_cny, self.column_gap_cny)
        names = ("value_added_cny", "output_cny", "net_final_use_cny", "column_gap_cny")
        columns = {"sector": self.sectors, **{n: tuple(part.tolist()) for n, part in zip(names, parts, strict=True)}}
        return Table(columns, title=f"Input-output table of {self.region}, 2007")

    def glance(self) -> Glance:
        """Return what limits the table, and the summary."""
        table = self.summary()
        told = [item.text for item in load_campus("io_flows").caveats if item.name == "io-imports-inside"]
        return Glance(table.title, told, table)


def io_regions() -> tuple[str, ...]:
    """Return the provinces with an input-output table, sorted by code; Tibet has none."""
    return tuple(sorted(set(load_campus("io_totals").texts["region"])))


@lru_cache(maxsize=64)
def io_table(region: str) -> IoTable:
    """Return the input-output table of a province, 2007.

    Parameters
    ----------
    region
        ISO 3166-2 code, one of `io_regions`.

    Raises
    ------
    UsageError
        If there is no table of this province.

    Examples
    --------
    >>> table = io_table("CN-GZ")
    >>> table.flows_cny.shape, float(abs(table.column_gap_cny).max())
    ((12, 12), 0.0)
    """
    if region not in io_regions():
        raise unknown("region with an input-output table", region, io_regions(), of="the evidence", error=UsageError)
    names = load_campus("io_sectors").texts
    labels = dict(zip(names["sector"], names["label"], strict=True))
    totals, flows = load_campus("io_totals"), load_campus("io_flows")
    at = totals.rows_where(region=region)
    sectors = tuple(totals.texts["sector"][k] for k in at)
    place = {name: k for k, name in enumerate(sectors)}
    table = np.full((len(sectors), len(sectors)), np.nan)
    for k in flows.rows_where(region=region).tolist():
        table[place[flows.texts["supplier"][k]], place[flows.texts["user"][k]]] = flows.numbers["flow_cny"][k]
    parts = (table, totals.numbers["value_added_cny"][at], totals.numbers["output_cny"][at])
    for part in parts:
        part.flags.writeable = False
    return IoTable(region, sectors, tuple(labels[name] for name in sectors), *parts)
