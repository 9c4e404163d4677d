"""An input-output table: who sells how much to whom, checked for balance before anything is computed from it.

Two conventions for imports are in use, and a table says which it follows. In a *domestic* table flows hold only what
the region itself makes, and imported inputs are a row of their own. In an *all* table flows hold imported goods as well
("competitive imports"), and imports are subtracted from final demand. China's provincial tables are of the second kind.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from pilotzone.appraisal.checking import Floats, check_year, labels_of, matrix, number, text, vector
from pilotzone.core import DataError, Result, Table, check_choice, shown, significant, unknown

__all__ = ["FlowsHold", "InputOutputTable"]

FlowsHold = Literal["domestic", "all"]
"""Whether flows hold products of the region alone, or imported ones as well."""

_SMALL = 1e-6
"""A sector below this share of the mean output is checked against the mean: of zero output nothing is relative."""


@dataclass(frozen=True, eq=False, kw_only=True)
class InputOutputTable(Result):
    """Flows between n accounts, n being regions times sectors, region by region.

    Attributes
    ----------
    name
        What the table is of.
    price_year
        Year whose prices it is in.
    unit
        Unit of money, such as ``1e4 CNY``.
    sectors, regions
        Their names; one region if left out.
    flows
        Sales of row i to column j in a year, shape (n, n).
    final_demand, final_kinds
        Final demand by kind, shape (n, k), and the names of the kinds.
    value_added, value_added_kinds
        Parts of value added, shape (p, n), and their names.
    output
        Output of a year, shape (n,).
    flows_hold
        ``domestic`` or ``all``; see the module.
    imports
        In a domestic table imported inputs of each column, shape (n,), zero if left out. In an ``all`` table imports of
        each row's product; ``None`` if final demand is net of them.
    jobs
        Persons employed, shape (n,); ``None`` if not known.
    income_kind, household_kind
        Which part of value added is income of households from work, and which kind of final demand is theirs; needed
        for type II only.
    tolerance
        Largest difference between sums and output, as a share of a sector's output.

    Raises
    ------
    DataError
        If shapes differ, a value is not finite, output, imports or jobs are negative, or a sector does not balance.
    """

    name: str
    price_year: int
    unit: str
    sectors: tuple[str, ...]
    flows: Floats
    final_demand: Floats
    final_kinds: tuple[str, ...]
    value_added: Floats
    value_added_kinds: tuple[str, ...]
    output: Floats
    flows_hold: FlowsHold
    regions: tuple[str, ...] = ("",)
    imports: Floats | None = None
    jobs: Floats | None = None
    income_kind: str | None = None
    household_kind: str | None = None
    tolerance: float = 1e-6

    def __post_init__(self) -> None:
        text("the table's name", self.name)
        text("the table's unit", self.unit, todo="say what money is counted in, such as '1e4 CNY'")
        check_year("the table's price year", self.price_year)
        check_choice(self.flows_hold, FlowsHold, "flows_hold")
        number("the tolerance", self.tolerance, low=0)
        self._set("sectors", labels_of("the list of sectors", self.sectors))
        self._set("regions", self.regions if self.regions == ("",) else labels_of("the list of regions", self.regions))
        self._set("final_kinds", labels_of("the list of kinds of final demand", self.final_kinds))
        self._set("value_added_kinds", labels_of("the list of parts of value added", self.value_added_kinds))
        rows = self.accounts
        self._set("flows", matrix("the table of flows", self.flows, rows, rows))
        self._set("final_demand", matrix("final demand", self.final_demand, rows, self.final_kinds))
        self._set("value_added", matrix("value added", self.value_added, self.value_added_kinds, rows))
        self._set("output", vector("output", self.output, rows, low=0))
        for part in ("imports", "jobs"):
            if getattr(self, part) is not None:
                self._set(part, vector(part, getattr(self, part), rows, low=0))
        for kind, known in ((self.income_kind, self.value_added_kinds), (self.household_kind, self.final_kinds)):
            if kind is not None and kind not in known:
                raise unknown("kind", kind, known, error=DataError, of="the table")
        if not self.output.any():
            raise DataError(
                f"{shown(self.name)} has no output in any sector.", allowed="a sector with output above zero"
            )
        self._check_balance()

    def _set(self, field: str, value: object) -> None:
        object.__setattr__(self, field, value)

    @property
    def accounts(self) -> tuple[str, ...]:
        """Names of the n accounts: sectors, with their regions where there are several."""
        if len(self.regions) == 1:
            return self.sectors
        return tuple(f"{region}: {sector}" for region in self.regions for sector in self.sectors)

    @property
    def total_value_added(self) -> Floats:
        """Value added of each account, shape (n,)."""
        return np.asarray(self.value_added.sum(axis=0))

    @property
    def cautions(self) -> tuple[str, ...]:
        """What a reader must know of the table; empty if nothing."""
        found = []
        negative = np.argwhere(self.flows < 0)
        if negative.size:
            i, j = negative[0].tolist()
            found.append(
                f"{len(negative)} flows are negative, the first from {self.accounts[i]} to {self.accounts[j]} "
                f"({significant(float(self.flows[i, j]))} {self.unit}); they are kept as they stand."
            )
        below = np.flatnonzero(self.total_value_added < 0)
        if below.size:
            found.append(f"Value added is negative in {', '.join(self.accounts[k] for k in below[:6].tolist())}.")
        if self.flows_hold == "all":
            found.append(
                "Flows hold imported goods, so effects computed from them alone are upper bounds for the region."
            )
        return tuple(found)

    def differences(self) -> tuple[Floats, Floats]:
        """Return what rows and columns sum to less output, each of shape (n,)."""
        rows = self.flows.sum(axis=1) + self.final_demand.sum(axis=1)
        columns = self.flows.sum(axis=0) + self.total_value_added
        if self.imports is not None:
            if self.flows_hold == "all":
                rows = rows - self.imports
            else:
                columns = columns + self.imports
        return rows - self.output, columns - self.output

    def _check_balance(self) -> None:
        size = np.maximum(self.output, self.output.mean() * _SMALL)
        for side, found in zip(("row", "column"), self.differences(), strict=True):
            over = np.abs(found) / size
            worst = int(np.argmax(over))
            if over[worst] > self.tolerance:
                off = int((over > self.tolerance).sum())
                raise DataError(
                    f"{shown(self.name)} does not balance: the {side} of {shown(self.accounts[worst])} sums to "
                    f"{self.output[worst] + found[worst]:.10g} {self.unit}, its output is {self.output[worst]:.10g} "
                    f"(difference {found[worst]:.6g}, {over[worst]:.2g} of output; {side}s that are off: {off}).",
                    allowed=f"differences of up to {self.tolerance:g} of a sector's output",
                    todo="look for a missing row, a unit that differs, or imports told in the wrong way "
                    "(flows_hold is "
                    f"{self.flows_hold!r}); for rounded figures name a tolerance",
                )

    def to_table(self) -> Table:
        """Return a row for each account: output, what is bought and sold, value added, jobs."""
        regions = [region for region in self.regions for _ in self.sectors]
        columns = {
            "region": regions,
            "sector": list(self.sectors) * len(self.regions),
            "output": self.output.tolist(),
            "intermediate_inputs": self.flows.sum(axis=0).tolist(),
            "intermediate_sales": self.flows.sum(axis=1).tolist(),
            "final_demand": self.final_demand.sum(axis=1).tolist(),
            "value_added": self.total_value_added.tolist(),
            "imports": [None] * len(regions) if self.imports is None else self.imports.tolist(),
            "jobs": [None] * len(regions) if self.jobs is None else self.jobs.tolist(),
        }
        if len(self.regions) == 1:
            del columns["region"]
        money = {name: self.unit for name in columns if name not in {"region", "sector", "jobs"}}
        return Table(
            columns,
            title=f"{self.name}, prices of {self.price_year}",
            units={**money, "jobs": "persons"},
            note=" ".join(self.cautions),
        )
