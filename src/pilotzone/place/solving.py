"""Solving a placement: a bound, a good start from what the bound says, and HiGHS on what is not ruled out."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import MethodError, UsageError, one_thread
from pilotzone.place.highs import Solved, solve_programme
from pilotzone.place.lagrange import Lagrangian, lagrangian_bound, ruled_out
from pilotzone.place.problem import PlacementProblem
from pilotzone.place.programme import Programme, make_programme

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

__all__ = ["Placement", "solve_placement"]

_SMALL = 1_500
"""Columns up to which HiGHS needs no help."""
_NEAR = (4, 8, 16)
"""Cheapest places of each demand that a start is sought among, more if there is none."""
_ROUNDING = 1e-7


@dataclass(frozen=True, eq=False)
class Placement:
    """Where everything is put.

    Attributes
    ----------
    problem
        The problem.
    open
        Which sites are open, shape (J,).
    share
        Of a copy of each demand at each site in each slot, shape (I, J, T).
    cost, carbon
        Of the whole: cost without a price of carbon, and emissions.
    objective
        What was made least.
    bound
        What it cannot be less than.
    proof
        Who proved the bound.
    seconds
        How long it took.
    """

    problem: PlacementProblem
    open: Bools
    share: Floats
    cost: float
    carbon: float
    objective: float
    bound: float
    proof: str
    seconds: float

    @property
    def gap(self) -> float:
        """Relative distance of the objective from its bound."""
        return max(0.0, self.objective - self.bound) / max(abs(self.objective), 1e-12)


@one_thread()
def solve_placement(
    problem: PlacementProblem,
    *,
    carbon_price: float = 0.0,
    only_carbon: bool = False,
    limits: tuple[float, float] = (np.inf, np.inf),
    gap: float = 1e-6,
    seconds: float = 60.0,
    threads: int = 0,
) -> Placement:
    """Return the placement of least cost, or of least emissions.

    Parameters
    ----------
    problem
        The problem.
    carbon_price
        Added to cost for a unit of emissions.
    only_carbon
        Make emissions least, and cost nothing.
    limits
        Of emissions and of cost.
    gap
        Relative gap that is good enough.
    seconds
        Limit of time; what is known by then is returned with its gap.
    threads
        Of the solver; as it likes if zero.

    Raises
    ------
    UsageError
        If an option is none.
    MethodError
        If no placement keeps all demands, or none was found in time.
    """
    if not (carbon_price >= 0 and gap >= 0 and seconds > 0):
        raise UsageError(
            f"carbon price {carbon_price}, gap {gap}, {seconds} seconds.",
            allowed="a price and a gap from 0, and some time",
        )
    started = time.perf_counter()
    prices = problem.carbon if only_carbon else problem.priced(carbon_price)
    free = _without_fixed(problem) if only_carbon else problem
    run = _Run(problem, free, prices, limits, gap, started + seconds, threads)
    found, bound, proof = run.solve()
    if found is None:
        raise MethodError(
            "no placement keeps all demands." if proof == "infeasible" else f"none was found in {seconds:g} seconds.",
            todo="ask which demands conflict" if proof == "infeasible" else "give it more time",
        )
    return _placement(problem, free, prices, found, bound, proof, time.perf_counter() - started)


def _without_fixed(problem: PlacementProblem) -> PlacementProblem:
    from dataclasses import replace

    none = np.zeros_like(problem.fixed)
    return replace(problem, fixed=none, closing=none)


@dataclass(eq=False)
class _Run:
    """One solution under way; where only carbon counts, sites cost nothing in `relaxed`."""

    problem: PlacementProblem
    relaxed: PlacementProblem
    prices: Floats
    limits: tuple[float, float]
    gap: float
    until: float
    threads: int

    @property
    def left(self) -> float:
        return max(0.05, self.until - time.perf_counter())

    def solve(self) -> tuple[tuple[Programme, Floats] | None, float, str]:
        """Return a programme with its solution, the bound, and who proved it."""
        problem = self.problem
        if int(problem.allowed.sum()) <= _SMALL:
            return self._whole(None, None)
        relaxed = lagrangian_bound(self.relaxed, self.prices, seconds=0.15 * self.left)
        start = self._start(relaxed)
        if start is None:
            return self._whole(relaxed, None)
        relaxed = self._tighter(relaxed, start[1])
        if start[1] - relaxed.bound <= self.gap * abs(start[1]):
            return (start[2], start[0]), relaxed.bound, "Lagrangian bound"
        return self._whole(relaxed, start)

    def _tighter(self, relaxed: Lagrangian, upper: float) -> Lagrangian:
        again = lagrangian_bound(self.relaxed, self.prices, upper=upper, seconds=0.1 * self.left)
        return again if again.bound > relaxed.bound else relaxed

    def _start(self, relaxed: Lagrangian) -> tuple[Floats, float, Programme] | None:
        """Return a solution among each demand's cheapest places, at the sites that the bound would open."""
        problem = self.problem
        i, j, t = problem.shape
        column = relaxed.column.reshape(i, j * t) + np.repeat(np.maximum(relaxed.site, 0.0), t) / max(i / j, 1.0)
        for near in _NEAR:
            keep = np.zeros((i, j * t), dtype=bool)
            cheapest = np.argsort(column, axis=1)[:, : near + int(problem.copies.max()) - 1]
            np.put_along_axis(keep, cheapest, values=True, axis=1)
            programme = self._programme(keep.reshape(i, j, t))
            solved = self._run(programme, gap=max(self.gap, 2e-3), seconds=0.2 * self.left)
            if solved.values is not None:
                return solved.values, solved.objective, programme
        return None

    def _whole(
        self, relaxed: Lagrangian | None, start: tuple[Floats, float, Programme] | None
    ) -> tuple[tuple[Programme, Floats] | None, float, str]:
        """Solve what is not ruled out."""
        problem = self.problem
        columns, begin, bound = None, None, -np.inf
        if relaxed is not None:
            bound = relaxed.bound
        if relaxed is not None and start is not None:
            _, out = ruled_out(self.relaxed, relaxed, start[1])
            columns = ~out
            columns[start[2].demand, start[2].site, start[2].slot] |= start[0][len(problem.sites) :] > _ROUNDING
        programme = self._programme(columns)
        if start is not None:
            begin = _carried(start, programme, problem)
        solved = self._run(programme, gap=self.gap, seconds=self.left, start=begin)
        if solved.infeasible:
            return None, bound, "infeasible"
        if start is not None and (solved.values is None or solved.objective > start[1]):
            return (start[2], start[0]), max(bound, min(solved.bound, start[1])), "HiGHS and Lagrangian bound"
        if solved.values is None:
            return None, bound, "time"
        own = min(solved.bound, solved.objective)
        return (programme, solved.values), max(bound, own), "HiGHS" if own >= bound else "Lagrangian bound"

    def _programme(self, columns: Bools | None) -> Programme:
        free = self.relaxed is not self.problem
        return make_programme(
            self.problem, self.prices, strong=False, columns=columns, limits=self.limits, free_sites=free
        )

    def _run(self, programme: Programme, *, gap: float, seconds: float, start: Floats | None = None) -> Solved:
        whole = self.problem.sourcing == "single"
        return solve_programme(programme, whole=whole, gap=gap, seconds=seconds, start=start, threads=self.threads)


def _carried(start: tuple[Floats, float, Programme], programme: Programme, problem: PlacementProblem) -> Floats:
    """Return the values of a solution in the columns of another programme."""
    values, _, own = start
    j = len(problem.sites)
    share = np.zeros(problem.shape)
    share[own.demand, own.site, own.slot] = values[j:]
    return np.append(values[:j], share[programme.demand, programme.site, programme.slot])


def _placement(
    problem: PlacementProblem,
    free: PlacementProblem,
    prices: Floats,
    found: tuple[Programme, Floats],
    bound: float,
    proof: str,
    seconds: float,
) -> Placement:
    programme, values = found
    j = len(problem.sites)
    share = np.zeros(problem.shape)
    share[programme.demand, programme.site, programme.slot] = np.clip(values[j:], 0.0, 1.0)
    share[share < _ROUNDING] = 0.0
    if problem.sourcing == "single":
        share = np.round(share)
    used = share.any(axis=(0, 2))
    is_open = used | problem.must_open | (problem.fixed < problem.closing)
    fixed = float(problem.fixed[is_open].sum() + problem.closing[~is_open].sum())
    own = float(free.fixed[is_open].sum() + free.closing[~is_open].sum() + (share * prices).sum())
    return Placement(
        problem=problem,
        open=is_open,
        share=share,
        cost=fixed + float((share * problem.cost).sum()),
        carbon=float((share * problem.carbon).sum()),
        objective=own,
        bound=min(bound, own),
        proof=proof,
        seconds=seconds,
    )
