"""Leontief inverses and the multipliers that follow from them, types I and II.

Miller and Blair 2009, *Input-Output Analysis*, 2nd edition, chapters 2 and 6. With A the inputs per unit of output,
``L = (I - A)^-1``. Type I multipliers are sums over columns of L; type II are the same with households as one more
sector. A *truncated* type II output multiplier sums over industries only, a *total* one adds the households' row.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pilotzone.appraisal.checking import Floats
from pilotzone.appraisal.economy import Economy, Households
from pilotzone.core import DataError, MethodError, Result, Table, one_thread

__all__ = ["Multipliers", "closed_inverse", "inverse", "multipliers"]


@one_thread()
def inverse(inputs: Floats) -> Floats:
    """Return the Leontief inverse, shape (n, n).

    Parameters
    ----------
    inputs
        Inputs per unit of output, shape (n, n).

    Raises
    ------
    DataError
        If the economy is not productive: it would use up more than it makes.

    Examples
    --------
    >>> inverse(np.array([[0.15, 0.25], [0.2, 0.05]])).round(4).tolist()
    [[1.2541, 0.33], [0.264, 1.1221]]
    """
    _check_productive(inputs)
    return np.asarray(np.linalg.inv(np.eye(len(inputs)) - inputs), dtype=np.float64)


def _check_productive(inputs: Floats) -> None:
    """Refuse inputs whose power series does not converge; column sums below one settle most cases at no cost."""
    if np.abs(inputs).sum(axis=0).max() < 1:
        return
    radius = float(np.abs(np.linalg.eigvals(inputs)).max())
    if radius >= 1:
        raise DataError(
            f"the economy is not productive: the largest eigenvalue of its input coefficients is {radius:.4g}.",
            allowed="less than 1",
            todo="look for a sector that buys more than it makes",
        )


def closed_inverse(inputs: Floats, households: Households) -> Floats:
    """Return the inverse with households as the last account, shape (n + 1, n + 1).

    Parameters
    ----------
    inputs
        Inputs per unit of output, shape (n, n).
    households
        Income per unit of output, and spending per unit of income.

    Raises
    ------
    DataError
        If shapes differ or the closed economy is not productive.
    """
    n = len(inputs)
    if len(households.income) != n:
        raise DataError(
            f"households have {len(households.income)} accounts, the economy {n}.", allowed="the same number"
        )
    whole = np.zeros((n + 1, n + 1))
    whole[:n, :n], whole[:n, n], whole[n, :n] = inputs, households.spending, households.income
    whole[n, n] = households.within
    return inverse(whole)


@dataclass(frozen=True, eq=False, kw_only=True)
class Multipliers(Result):
    """Effects of one more unit of final demand for each account.

    Attributes
    ----------
    accounts, unit
        Names of the n accounts, and the unit of money.
    output
        Type I output multipliers, shape (n,).
    output_truncated, output_total
        Type II output multipliers without and with the households' row; ``None`` without households.
    direct
        Direct effect by kind (value added, imports, income, jobs): coefficient per unit of output, shape (n,).
    simple
        Direct and indirect effect of a unit of final demand, by kind.
    total
        The same with induced effects, by kind; empty without households.
    basis
        What the coefficients rest on.
    """

    accounts: tuple[str, ...]
    unit: str
    output: Floats
    output_truncated: Floats | None
    output_total: Floats | None
    direct: dict[str, Floats]
    simple: dict[str, Floats]
    total: dict[str, Floats]
    basis: str

    def ratio(self, kind: str, *, induced: bool = False) -> Floats:
        """Return type I (or II) multipliers in Miller and Blair's sense: the effect over the direct coefficient.

        Parameters
        ----------
        kind
            ``value added``, ``imports``, ``income`` or ``jobs``.
        induced
            Whether induced effects count: type II.

        Raises
        ------
        MethodError
            If this kind is not known of the economy, or there are no households.
        """
        known = self.total if induced else self.simple
        if kind not in known:
            raise MethodError(
                f"there is no multiplier of {kind}{' with induced effects' if induced else ''}.",
                allowed=", ".join(known),
                todo="give households for induced effects" if induced and not known else None,
            )
        below = self.direct[kind]
        return np.asarray(np.divide(known[kind], below, out=np.full(len(below), np.nan), where=below != 0))

    def to_table(self) -> Table:
        """Return a row for each account, a column for each multiplier."""
        columns: dict[str, list[float] | tuple[str, ...]] = {
            "sector": self.accounts,
            "output_type_1": self.output.tolist(),
        }
        if self.output_truncated is not None and self.output_total is not None:
            columns["output_type_2_truncated"] = self.output_truncated.tolist()
            columns["output_type_2_total"] = self.output_total.tolist()
        for kind, values in self.direct.items():
            name = kind.replace(" ", "_")
            columns[f"{name}_direct"] = values.tolist()
            columns[f"{name}_type_1"] = self.simple[kind].tolist()
            if kind in self.total:
                columns[f"{name}_type_2"] = self.total[kind].tolist()
        return Table(columns, title=f"Effects of a unit of final demand ({self.unit})", note=f"{self.basis}.")


def multipliers(economy: Economy, households: Households | None = None) -> Multipliers:
    """Return multipliers of output, value added, imports, income and jobs.

    Parameters
    ----------
    economy
        The coefficients.
    households
        For type II and for income; type I alone if left out.

    Raises
    ------
    DataError
        If the economy is not productive.
    """
    open_ = inverse(economy.inputs)
    direct = {"value added": economy.value_added, "imports": economy.imports}
    if households is not None:
        direct["income"] = households.income
    if economy.jobs is not None:
        direct["jobs"] = economy.jobs
    truncated = total = None
    induced: dict[str, Floats] = {}
    if households is not None:
        n = len(economy.accounts)
        closed = closed_inverse(economy.inputs, households)
        truncated, total = closed[:n, :n].sum(axis=0), closed[:, :n].sum(axis=0)
        induced = {kind: values @ closed[:n, :n] for kind, values in direct.items()}
        # What households pay one another is income as well, so theirs is the row of the closed inverse.
        induced["income"] = closed[n, :n]
    return Multipliers(
        accounts=economy.accounts,
        unit=economy.unit,
        output=open_.sum(axis=0),
        output_truncated=truncated,
        output_total=total,
        direct=direct,
        simple={kind: values @ open_ for kind, values in direct.items()},
        total=induced,
        basis=economy.basis,
    )
