"""Location quotients: a national table made regional where the region has none of its own.

A region that has less of a supplying sector than the nation buys the rest outside. SLQ compares shares of sectors, CILQ
the supplier with the buyer, and FLQ also allows for the size of the region: Flegg and Webber 1997 and 2000,
``FLQ_ij = CILQ_ij (log2(1 + E_r/E_n))^delta``, with SLQ on the diagonal. Quotients above one count as one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from pilotzone.appraisal.checking import Floats, number, vector
from pilotzone.appraisal.economy import Economy
from pilotzone.core import DataError, UsageError, check_choice

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["Quotient", "cilq", "flq", "regionalised", "size_factor", "slq"]

Quotient = Literal["slq", "cilq", "flq"]
"""Simple, cross-industry, or Flegg's location quotient."""

MOST_DELTA = 1.0


def _sizes(region: ArrayLike, nation: ArrayLike) -> tuple[Floats, Floats]:
    small = vector("the region's sizes", region, low=0)
    large = vector("the nation's sizes", nation, len(small), low=0)
    if small.sum() == 0 or large.sum() == 0:
        raise DataError("the region or the nation has no sector above zero.", allowed="sizes above zero")
    odd = np.flatnonzero(small > large * (1 + 1e-9))
    if odd.size:
        k = int(odd[0])
        raise DataError(
            f"the region is larger than the nation in sector {k + 1}: {small[k]:g} of {large[k]:g}.",
            allowed="a region that is part of the nation, both in the same unit and year",
        )
    return small, large


def slq(region: ArrayLike, nation: ArrayLike) -> Floats:
    """Return simple location quotients, shape (n,): the region's share of each sector over its share of all.

    Parameters
    ----------
    region, nation
        Sizes of the n sectors: jobs, output or value added, of the same kind in both.

    Raises
    ------
    DataError
        If sizes are negative, all zero, or larger in the region than in the nation.

    Examples
    --------
    >>> slq([10, 10], [100, 300]).round(4).tolist()
    [2.0, 0.6667]
    """
    small, large = _sizes(region, nation)
    own = np.divide(small, large, out=np.zeros(len(small)), where=large > 0)
    return np.asarray(own / (small.sum() / large.sum()))


def cilq(region: ArrayLike, nation: ArrayLike) -> Floats:
    """Return cross-industry quotients, shape (n, n): SLQ of the supplier (row) over SLQ of the buyer (column).

    On the diagonal stands SLQ itself, since a sector beside itself would always be one. A buyer that the region does
    not have buys nothing; its column is zero.

    Parameters
    ----------
    region, nation
        As in `slq`.
    """
    own = slq(region, nation)
    found = np.divide(own[:, None], own[None, :], out=np.zeros((len(own), len(own))), where=own[None, :] > 0)
    np.fill_diagonal(found, own)
    return found


def size_factor(share: float, delta: float) -> float:
    """Return Flegg's lambda, ``(log2(1 + share))^delta``: how much less a small region supplies itself.

    Parameters
    ----------
    share
        Region over nation, of jobs, output or value added.
    delta
        From 0 (size does not matter) to 1. Its value is an assumption: it varies between studies.

    Raises
    ------
    UsageError
        If either is out of range.

    Examples
    --------
    >>> round(size_factor(0.02, 0.3), 10)
    0.3441669838
    """
    number("the region's share", share, above=0)
    if share > 1:
        raise UsageError(f"the region's share is {share:g}.", allowed="0 to 1")
    if not 0 <= number("delta", delta) <= MOST_DELTA:
        raise UsageError(f"delta is {delta:g}.", allowed="0 to 1")
    return float(np.log2(1 + share) ** delta)


def flq(region: ArrayLike, nation: ArrayLike, *, delta: float) -> Floats:
    """Return Flegg's location quotients, shape (n, n), not yet cut at one.

    Parameters
    ----------
    region, nation
        As in `slq`.
    delta
        As in `size_factor`.
    """
    small, large = _sizes(region, nation)
    return cilq(small, large) * size_factor(float(small.sum() / large.sum()), delta)


def regionalised(
    economy: Economy,
    region: ArrayLike,
    nation: ArrayLike,
    *,
    name: str,
    method: Quotient = "flq",
    delta: float | None = None,
) -> Economy:
    """Return the economy of a region: coefficients cut by quotients, the rest of each input imported.

    Parameters
    ----------
    economy
        National coefficients, or the region's own ones where their flows hold imports that nothing tells apart.
    region, nation
        Sizes of the n sectors: jobs, output or value added.
    name
        Name of the region.
    method
        Which quotient.
    delta
        For FLQ: from 0 to 1, an assumption that has no default.

    Raises
    ------
    UsageError
        If the method is unknown, or FLQ has no delta.
    DataError
        If sizes do not fit.
    """
    check_choice(method, Quotient, "the quotient")
    small, large = _sizes(vector("the region's sizes", region, economy.accounts, low=0), nation)
    if (method == "flq") != (delta is not None):
        todo = "name it and label it as assumed" if method == "flq" else "leave it out"
        raise UsageError(
            f"delta is {delta} with {method.upper()}.",
            allowed="a number with flq; nothing with the other methods",
            todo=todo,
        )
    size = size_factor(float(small.sum() / large.sum()), delta) if delta is not None else 1.0
    own = slq(small, large)
    cut = np.minimum(1.0, np.repeat(own[:, None], len(own), axis=1) if method == "slq" else cilq(small, large) * size)
    inputs = economy.inputs * cut
    have = small > 0
    told = f"{method.upper()}{'' if delta is None else f' with delta {delta:g} (ASSUMED)'}"
    return Economy(
        name=name,
        unit=economy.unit,
        price_year=economy.price_year,
        accounts=economy.accounts,
        inputs=inputs * have,
        imports=(economy.imports + (economy.inputs - inputs).sum(axis=0)) * have,
        value_added=economy.value_added * have,
        jobs=None if economy.jobs is None else economy.jobs * have,
        present=economy.present * have,
        supply=np.minimum(1.0, own * size),
        basis=f"coefficients of {economy.name} cut by {told}",
        cautions=tuple(line for line in economy.cautions if "upper bounds" not in line),
    )
