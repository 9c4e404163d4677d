"""Coefficients of a region's economy: what a unit of output takes from the region, takes from outside, and leaves."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pilotzone.appraisal.checking import Floats, check_year, labels_of, matrix, number, share, vector
from pilotzone.appraisal.table import InputOutputTable
from pilotzone.core import DataError, MethodError, Result, Table, UsageError, shown, unknown

__all__ = ["Economy", "Households", "domestic_table", "economy_of", "households_of"]

_CLOSE = 1e-9


@dataclass(frozen=True, eq=False, kw_only=True)
class Economy(Result):
    """An economy as coefficients per unit of output, n accounts.

    Attributes
    ----------
    name, unit, price_year
        What it is of, the unit of money, and the year of its prices.
    accounts
        Names of the n accounts.
    inputs
        Inputs that the region itself makes, shape (n, n): row i for a unit of output of column j.
    imports
        Inputs from outside the region, shape (n,).
    value_added
        Value added, shape (n,). With inputs and imports it sums to one where there is output.
    jobs
        Persons for a unit of output, shape (n,); ``None`` if not known.
    present
        Whether the region has the account at all, shape (n,).
    supply
        Share of final purchases that the region's own makers supply, shape (n,); ``None`` where the source says
        nothing of it.
    basis
        How the coefficients were come by.
    cautions
        What a reader must know.
    """

    name: str
    unit: str
    price_year: int
    accounts: tuple[str, ...]
    inputs: Floats
    imports: Floats
    value_added: Floats
    jobs: Floats | None
    present: Floats
    basis: str
    supply: Floats | None = None
    cautions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        labels_of("the list of accounts", self.accounts)
        check_year("the price year", self.price_year)
        object.__setattr__(self, "inputs", matrix("inputs", self.inputs, self.accounts, self.accounts))
        for part in ("imports", "value_added", "present", "jobs", "supply"):
            if getattr(self, part) is not None:
                object.__setattr__(self, part, vector(part, getattr(self, part), self.accounts))
        sums = (self.inputs.sum(axis=0) + self.imports + self.value_added)[self.present > 0]
        if sums.size and np.abs(sums - 1).max() > 1e-3:  # noqa: PLR2004 - tables are rounded; their own check is finer
            raise DataError(f"the coefficients of {shown(self.name)} do not sum to one.", allowed="shares of output")

    def place(self, account: str) -> int:
        """Return the position of an account.

        Raises
        ------
        UsageError
            If there is no such account.
        """
        if account not in self.accounts:
            raise unknown("sector", account, self.accounts, error=UsageError, of=shown(self.name))
        return self.accounts.index(account)

    def to_table(self) -> Table:
        """Return a row for each account: shares of a unit of output."""
        return Table(
            {
                "sector": self.accounts,
                "present": [bool(found) for found in self.present],
                "own_inputs": self.inputs.sum(axis=0).tolist(),
                "imported_inputs": self.imports.tolist(),
                "value_added": self.value_added.tolist(),
                "jobs": [None] * len(self.accounts) if self.jobs is None else self.jobs.tolist(),
            },
            title=f"{self.name}: a unit of output",
            units={"jobs": f"persons per {self.unit}"},
            note=" ".join((f"{self.basis}.", *self.cautions)),
        )


@dataclass(frozen=True, eq=False, kw_only=True)
class Households:
    """What closes the model for type II: income from work, and what it is spent on.

    Attributes
    ----------
    income
        Income of resident households from work for a unit of output, shape (n,).
    spending
        Spending on products of the region for a unit of that income, shape (n,); what is missing to one is saved, taxed
        or spent outside.
    source
        Where the two come from, or that they are assumed.
    within
        What households pay one another for work, for a unit of income.

    Raises
    ------
    DataError
        If a value is negative, or more than the income is spent.
    """

    income: Floats
    spending: Floats
    source: str
    within: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "income", vector("income", self.income, low=0))
        object.__setattr__(self, "spending", vector("spending", self.spending, len(self.income), low=0))
        spent = self.spending.sum() + number("what households pay one another", self.within, low=0)
        if spent > 1 + _CLOSE:
            raise DataError(
                f"households spend {spent:.4g} of each unit that they earn from work.",
                allowed="one unit at most",
                todo="other income pays for a part of their consumption: name the share that is spent from wages",
            )


def economy_of(table: InputOutputTable) -> Economy:
    """Return a table's own coefficients.

    With a table whose flows hold imports, everything bought counts as made in the region: its effects are upper bounds,
    and the economy says so. `domestic_table` or `regionalised` take imports out.

    Parameters
    ----------
    table
        The table.
    """
    have = table.output > 0
    size = np.where(have, table.output, 1.0)
    row = table.imports if table.flows_hold == "domestic" and table.imports is not None else np.zeros(len(size))
    return Economy(
        name=table.name,
        unit=table.unit,
        price_year=table.price_year,
        accounts=table.accounts,
        inputs=table.flows / size * have,
        imports=row / size * have,
        value_added=table.total_value_added / size * have,
        jobs=None if table.jobs is None else table.jobs / size * have,
        present=have.astype(float),
        basis="the table's own coefficients" + (", imports within" if table.flows_hold == "all" else ""),
        cautions=table.cautions,
    )


def domestic_table(table: InputOutputTable, *, exports: str) -> InputOutputTable:
    """Return a table without imports in its flows, each use of a product having the same share of imports.

    Parameters
    ----------
    table
        One whose flows hold imports and that names them by product.
    exports
        Kind of final demand that is exports; none of them are taken to be imported goods.

    Raises
    ------
    MethodError
        If flows are domestic already, or imports are not told apart from final demand.
    DataError
        If more of a product is imported than is used in the region.
    """
    if table.flows_hold == "domestic" or table.imports is None:
        why = "are domestic already" if table.flows_hold == "domestic" else "hold imports that no column tells apart"
        raise MethodError(
            f"the flows of {shown(table.name)} {why}.",
            allowed="a table whose flows hold imports, with imports by product",
            todo="use location quotients (regionalised) where imports are not told apart",
        )
    if exports not in table.final_kinds:
        raise unknown("kind of final demand", exports, table.final_kinds, error=UsageError, of=shown(table.name))
    at = table.final_kinds.index(exports)
    used = table.output - table.final_demand[:, at] + table.imports
    kept = np.where(used > 0, 1 - table.imports / np.where(used > 0, used, 1.0), 1.0)
    if (kept < -_CLOSE).any() or (kept > 1 + _CLOSE).any():
        odd = int(np.argmax(np.abs(kept - 0.5)))
        raise DataError(
            f"{shown(table.accounts[odd])} exports more than it makes in {shown(table.name)}.",
            allowed="imports of up to what the region uses",
            todo="goods that pass through are exports of imports: take them out of both columns",
        )
    kept = np.clip(kept, 0.0, 1.0)
    final = table.final_demand * kept[:, None]
    final[:, at] = table.final_demand[:, at]
    return replace(
        table,
        name=f"{table.name}, imports taken out in proportion",
        flows=table.flows * kept[:, None],
        final_demand=final,
        imports=((1 - kept) @ table.flows),
        flows_hold="domestic",
    )


def households_of(table: InputOutputTable, *, spent: float | None = None, local: float = 1.0) -> Households:
    """Return the households of a table that tells their income from work and their consumption.

    Parameters
    ----------
    table
        The table, with `income_kind` and `household_kind`.
    spent
        Share of income from work that is spent; consumption over income from work if left out.
    local
        Share of the spending that falls on the region's own products, where consumption holds imported goods.

    Raises
    ------
    MethodError
        If the table does not tell the two apart.
    DataError
        If more is spent than is earned from work.
    """
    if table.income_kind is None or table.household_kind is None:
        raise MethodError(
            f"{shown(table.name)} does not tell income from work or consumption of households apart.",
            allowed="a table with income_kind and household_kind",
            todo="give Households with shares of your own, labelled as assumed, or leave type II out",
        )
    income = table.value_added[table.value_added_kinds.index(table.income_kind)]
    bought = table.final_demand[:, table.final_kinds.index(table.household_kind)]
    if income.sum() <= 0 or bought.sum() <= 0:
        raise DataError(
            f"income from work or consumption is not above zero in {shown(table.name)}.", allowed="sums above 0"
        )
    rate = bought.sum() / income.sum() if spent is None else share("the share spent", spent)
    told = "consumption over income from work" if spent is None else f"{spent:g} of income from work"
    return Households(
        income=income / np.where(table.output > 0, table.output, 1.0),
        spending=bought / bought.sum() * rate * share("the local share", local),
        source=f"{table.name}: {told}, {local:g} of it on local products",
    )
