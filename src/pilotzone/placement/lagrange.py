"""A bound on what any placement costs, and what can be ruled out by it.

"Every demand has its copies" is priced instead of demanded (Geoffrion 1974, "Lagrangean relaxation for integer
programming", Mathematical Programming Study 2, 82-114). What is left falls apart into a continuous knapsack for each
site and slot, solved by sorting for all of them at once. Prices are moved by subgradients with Polyak's steps. The
bound holds whatever the prices are, and drops that copies lie in zones of their own, so it holds with it too.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.placement.problem import PlacementProblem

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

__all__ = ["Lagrangian", "RuledOut", "lagrangian_bound", "ruled_out"]

_FAR = 1e30
_PATIENCE = 12
_SMALLEST = 0.002


@dataclass(frozen=True, eq=False)
class Lagrangian:
    """The best bound that was found, and what it says of each site and column.

    Attributes
    ----------
    bound
        No placement costs less.
    prices
        Prices of a copy of each demand, shape (I,).
    site
        What opening each site adds to the bound, shape (J,); negative where the relaxation opens it.
    column
        What a whole copy of a demand at a site in a slot adds beyond that, shape (I, J, T); `_FAR` where not allowed.
    """

    bound: float
    prices: Floats
    site: Floats
    column: Floats


def lagrangian_bound(
    problem: PlacementProblem,
    cost: Floats,
    *,
    upper: float = np.inf,
    begin: Floats | None = None,
    steps: int = 300,
    seconds: float = np.inf,
) -> Lagrangian:
    """Return a bound by subgradients.

    Parameters
    ----------
    problem
        The problem.
    cost
        Cost of each demand at each site in each slot, shape (I, J, T).
    upper
        Cost of a placement that is known, for the length of steps.
    begin
        Prices to begin from, shape (I,).
    steps, seconds
        Limits.
    """
    masked = np.where(problem.allowed, cost, _FAR)
    i, j, t = cost.shape
    flat = masked.reshape(i, j * t)
    copies = problem.copies.astype(np.float64)
    prices = _first_prices(flat) if begin is None else begin
    best, rate, stalled = None, 1.0, 0
    goal = upper
    started = time.perf_counter()
    for _ in range(steps):
        found, chosen = _relaxed(problem, flat, prices, copies)
        if best is None or found.bound > best.bound + 1e-9 * abs(found.bound):
            best, stalled = found, 0
        else:
            stalled += 1
            if stalled >= _PATIENCE:
                rate, stalled, prices = rate / 2, 0, best.prices
                if rate < _SMALLEST:
                    break
        slack = copies - chosen
        length = float(slack @ slack)
        if length < 1e-12:  # noqa: PLR2004 - every demand has its copies
            break
        if not np.isfinite(goal):
            goal = 1.05 * abs(best.bound) + 1e-9
        aim = max(goal - found.bound, 0.01 * abs(found.bound))
        prices = prices + rate * aim / length * slack
        if time.perf_counter() - started > seconds:
            break
    assert best is not None  # noqa: S101 - there is one step or more
    return best


def _first_prices(flat: Floats) -> Floats:
    """Return prices between the cheapest places of each demand, which leaves room for fixed costs."""
    return np.asarray(np.nanquantile(np.where(flat < _FAR, flat, np.nan), 0.3, axis=1))


def _relaxed(problem: PlacementProblem, flat: Floats, prices: Floats, copies: Floats) -> tuple[Lagrangian, Floats]:
    """Return the bound for some prices, and how much of each demand the relaxation places."""
    i, j, t = problem.shape
    gain = np.where(flat < _FAR, flat - prices[:, None], _FAR)
    load = problem.load[:, None]
    ratio = np.where(gain < 0, gain / np.maximum(load, 1e-300), np.inf)
    order = np.argsort(ratio, axis=0)
    sorted_ratio = np.take_along_axis(ratio, order, axis=0)
    weight = np.where(sorted_ratio < 0, np.take_along_axis(np.broadcast_to(load, flat.shape), order, axis=0), 0.0)
    room = problem.capacity.ravel() - (np.cumsum(weight, axis=0) - weight)
    with np.errstate(invalid="ignore", divide="ignore"):
        taken = np.clip(
            np.where(weight > 0, room / np.where(weight > 0, weight, 1.0), np.where(sorted_ratio < 0, 1.0, 0.0)),
            0.0,
            1.0,
        )
    value = np.where(sorted_ratio < 0, taken * np.take_along_axis(gain, order, axis=0), 0.0).sum(axis=0)
    # The ratio at which capacity runs out: zero where it does not.
    full = (taken < 1) & (sorted_ratio < 0)
    first = full.argmax(axis=0)
    critical = np.where(full.any(axis=0), sorted_ratio[first, np.arange(j * t)], 0.0)
    site = problem.fixed - problem.closing + value.reshape(j, t).sum(axis=1)
    is_open = (site < 0) | problem.must_open
    bound = float(copies @ prices + site[is_open].sum() + problem.closing.sum())
    shares = np.zeros_like(flat)
    np.put_along_axis(shares, order, taken, axis=0)
    chosen = (shares * np.repeat(is_open, t)).sum(axis=1)
    column = np.where(flat < _FAR, gain - critical * load, _FAR)
    return Lagrangian(bound, prices, site, column.reshape(i, j, t)), chosen


@dataclass(frozen=True, eq=False)
class RuledOut:
    """What holds of every placement that costs less than a known one.

    Attributes
    ----------
    closed, opened
        Sites that are closed, and sites that are open, shape (J,).
    most
        The largest share of a copy of each demand at a site in a slot, shape (I, J, T): zero at sites that are closed;
        zero or one where shares are whole.
    """

    closed: Bools
    opened: Bools
    most: Floats


def ruled_out(problem: PlacementProblem, found: Lagrangian, upper: float) -> RuledOut:
    """Return what holds of every placement that costs less than a known one.

    Notes
    -----
    A site that the relaxation leaves closed costs what it would add to the bound; one that it opens is missed by what
    it takes from the bound; a share costs its part of what a whole copy would add.
    """
    left = upper + 1e-9 * abs(upper) - found.bound
    adds = np.where(problem.must_open, 0.0, np.maximum(found.site, 0.0))  # what has to be open is in the bound already
    closed = adds > left
    opened = -found.site > left
    spare = np.maximum(left - adds, 0.0)[None, :, None]
    whole = np.maximum(found.column, 0.0)
    most = np.where(whole > spare, spare / np.maximum(whole, 1e-300), 1.0)
    if problem.sourcing == "single":
        most = np.where(most < 1, 0.0, 1.0)
    return RuledOut(closed, opened, np.where(closed[None, :, None], 0.0, most))
