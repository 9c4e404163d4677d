"""The placement programme for HiGHS: columns, rows and what each row demands.

Columns are `open[j]` and `x[k]`, the share of a copy of a demand at a site in a slot, for what is allowed. Rows are:

- every demand has its copies;
- what is at a site in a slot is no more than its capacity, and nothing is at a site that is closed;
- `x <= open`, one by one: weaker in what they add to capacity for one demand, and far stronger for the bound;
- copies of a demand lie in hazard zones of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.placement.problem import PlacementProblem

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy import sparse

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["SMALLEST_SHARE", "Programme", "make_programme"]

SMALLEST_SHARE = 1e-7
"""What is less is rounding and not a share."""


@dataclass(frozen=True, eq=False)
class Programme:
    """A programme: least `cost @ columns` with rows between bounds.

    Attributes
    ----------
    demand, site, slot
        Demand, site and slot of each column x, shape (K,).
    cost, upper
        Cost and upper bound of all columns, first those of sites, shape (J + K,).
    matrix
        Rows by columns.
    low, high
        Bounds of the rows.
    constant
        Added to the objective.
    kind
        What each row demands: copies, capacity, opening or zone, and which, for conflicts.
    """

    demand: Integers
    site: Integers
    slot: Integers
    cost: Floats
    upper: Floats
    lower: Floats
    matrix: sparse.csr_matrix
    low: Floats
    high: Floats
    constant: float
    kind: tuple[tuple[str, int], ...]


def make_programme(
    problem: PlacementProblem,
    prices: Floats,
    *,
    strong: bool = True,
    columns: NDArray[np.bool_] | None = None,
    limits: tuple[float, float] = (np.inf, np.inf),
    free_sites: bool = False,
) -> Programme:
    """Return the programme of a problem.

    Parameters
    ----------
    problem
        The problem.
    prices
        Prices of each demand at each site in each slot, shape (I, J, T).
    strong
        Whether `x <= open` stands for each column.
    columns
        Which columns there are; all that are allowed if left out.
    limits
        Limits of emissions and of cost.
    free_sites
        Whether opening costs nothing in what is minimised; a limit of cost counts it all the same.
    """
    from scipy import sparse

    i, j, t = problem.shape
    fits = _fits(problem)
    demand, site, slot = np.nonzero(fits if columns is None else columns & fits)
    k = len(demand)
    x = j + np.arange(k)
    parts: list[tuple[Integers, Integers, Floats]] = []
    low, high, kind = [], [], []
    rows = 0

    def add(
        row: Integers, column: Integers, value: Floats, lows: Floats, highs: Floats, kinds: list[tuple[str, int]]
    ) -> None:
        nonlocal rows
        parts.append((row + rows, column, value))
        low.append(lows)
        high.append(highs)
        kind.extend(kinds)
        rows += len(lows)

    copies = problem.copies.astype(np.float64)
    add(demand, x, np.ones(k), copies, copies, [("copies", n) for n in range(i)])
    cell = site * t + slot
    # As shares of what is there: the solver's tolerance is absolute, and loads may be tiny.
    room = problem.capacity.ravel()
    size = np.where(room > 0, room, 1.0)
    add(
        np.append(cell, np.arange(j * t)),
        np.append(x, np.repeat(np.arange(j), t)),
        np.append(problem.load[demand] / size[cell], -(room / size)),
        np.full(j * t, -np.inf),
        np.zeros(j * t),
        [("capacity", n // t) for n in range(j * t)],
    )
    if strong:
        own = np.arange(k)
        add(
            np.append(own, own), np.append(x, site), np.append(np.ones(k), -np.ones(k)),
            np.full(k, -np.inf), np.zeros(k), [("opening", int(n)) for n in site],
        )  # fmt: skip
    none = np.zeros(j)
    for name, limit, whole, each in (
        ("carbon cap", limits[0], none, problem.carbon),
        ("budget", limits[1] - problem.closing.sum(), problem.fixed - problem.closing, problem.cost),
    ):
        if np.isfinite(limit):
            value = np.append(whole, each[demand, site, slot])
            largest = max(float(np.abs(value).max()), 1e-300)
            add(
                np.zeros(j + k, dtype=np.int64), np.arange(j + k), value / largest, np.array([-np.inf]),
                np.array([limit / largest]), [(name, 0)],
            )  # fmt: skip
    several = np.flatnonzero((problem.copies[demand] > 1) | (t > 1))
    if len(several):
        key = demand[several] * problem.zones + problem.zone[site[several]]
        known, row = np.unique(key, return_inverse=True)
        add(
            row, x[several], np.ones(len(several)), np.full(len(known), -np.inf), np.ones(len(known)),
            [("zone", int(n) // problem.zones) for n in known],
        )  # fmt: skip
    row, column, value = (np.concatenate([part[n] for part in parts]) for n in range(3))
    return Programme(
        demand, site, slot,
        cost=np.append(none if free_sites else problem.fixed - problem.closing, prices[demand, site, slot]),
        upper=np.ones(j + k),
        lower=np.append(problem.must_open.astype(np.float64), np.zeros(k)),
        matrix=sparse.csr_matrix((value, (row, column)), shape=(rows, j + k)),
        low=np.concatenate(low),
        high=np.concatenate(high),
        constant=0.0 if free_sites else float(problem.closing.sum()),
        kind=tuple(kind),
    )  # fmt: skip


def _fits(problem: PlacementProblem) -> NDArray[np.bool_]:
    """Return what is allowed and has room: for the whole, or for a share that is more than rounding."""
    least = 1.0 if problem.sourcing == "single" else SMALLEST_SHARE
    return problem.allowed & (least * problem.load[:, None, None] <= problem.capacity[None] * (1 + 1e-12))
