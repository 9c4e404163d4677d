"""Solving a placement: a bound, a good start from what the bound says, and HiGHS on what is not ruled out."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import (
    Brief,
    InfeasibleError,
    MethodError,
    UsageError,
    one_thread,
)
from pilotzone.placement.highs import Solved, solve_programme
from pilotzone.placement.lagrange import Lagrangian, RuledOut, lagrangian_bound, ruled_out
from pilotzone.placement.problem import PlacementProblem
from pilotzone.placement.programme import SMALLEST_SHARE, Programme, make_programme

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

__all__ = ["Placement", "solve_placement"]

_SMALL = 1_500
"""Columns up to which HiGHS needs no help."""
_NEAR = (6, 12, 24)
"""Cheapest places of each demand that a start is sought among, more if there is none."""
_START_GAP = 5e-3
"""Relative gap at which a start is good enough: a better one would take longer than it saves."""
_ROUNDING = SMALLEST_SHARE
_TOLERANCE = 2e-6
"""By how much the solver may miss a demand, as a share of it; its own tolerance is half of that."""


@dataclass(frozen=True, eq=False)
class Placement(Brief):
    """Where everything is put.

    Attributes
    ----------
    problem
        The problem.
    open
        Which sites are open, shape (J,).
    share
        Share of a copy of each demand at each site in each slot, shape (I, J, T).
    cost, carbon
        Cost of the whole, without a price of carbon, and its emissions.
    objective
        What was minimised: the objective.
    bound
        What it cannot be less than.
    proof
        Who proved the bound.
    seconds
        How long it took.
    carbon_price, only_carbon
        What was minimised: cost with emissions at a price, or emissions alone.
    tolerance
        How much the objective may exceed the bound, in its own unit, so that the other count is less; ``None`` where
        that was not asked.
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
    carbon_price: float = 0.0
    only_carbon: bool = False
    tolerance: float | None = None

    @property
    def gap(self) -> float:
        """Relative distance of the objective from its bound."""
        return max(0.0, self.objective - self.bound) / max(abs(self.objective), 1e-12)

    def instead(self, other: Placement) -> Placement:
        """Return another placement of the same problem as an answer to what this one answers, under the same bound."""
        own = other.carbon if self.only_carbon else other.cost + self.carbon_price * other.carbon
        return replace(
            self, open=other.open, share=other.share, cost=other.cost, carbon=other.carbon, objective=own,
            bound=min(self.bound, own),
        )  # fmt: skip


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
    start: Placement | None = None,
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
        Limits of emissions and of cost.
    gap
        Relative gap that is good enough.
    seconds
        Limit of time; what is known by then is returned with its gap.
    threads
        Number of threads of the solver; as it likes if zero.
    start
        A placement that keeps all demands and limits, to begin from: then one is always found.

    Raises
    ------
    UsageError
        If an option is not one of the allowed values.
    InfeasibleError
        If no placement meets all demands.
    MethodError
        If none was found in time, or the solver failed.
    """
    if not (carbon_price >= 0 and gap >= 0 and seconds > 0):
        raise UsageError(
            f"carbon price {carbon_price}, gap {gap}, {seconds} seconds.",
            allowed="a price and a gap from 0, and some time",
        )
    started = time.perf_counter()
    prices = problem.carbon if only_carbon else problem.priced(carbon_price)
    free = _without_fixed(problem) if only_carbon else problem
    begin = None
    if start is not None:
        opened = start.open.astype(np.float64)
        own = float(np.where(start.open, free.fixed, free.closing).sum() + (start.share * prices).sum())
        begin = _Known(start.share, opened, own)
    run = _Run(problem, free, prices, limits, gap, started + seconds, threads, begin)
    found, bound, proof = run.solve()
    if found is None:
        raise _none(proof, seconds)
    placed = _placement(problem, free, prices, found, bound, proof, time.perf_counter() - started)
    return replace(placed, carbon_price=0.0 if only_carbon else carbon_price, only_carbon=only_carbon)


def _none(proof: str, seconds: float) -> MethodError:
    if proof == "infeasible":
        return InfeasibleError("no placement meets all demands.", todo="ask which demands conflict")
    if proof == "time":
        return MethodError(f"no placement was found in {seconds:g} seconds.", todo="give it more time: seconds")
    return MethodError(
        f"the solver stopped without an answer: {proof}.",
        allowed="figures that differ by less than about nine orders of magnitude",
        todo="look for a load, capacity or cost in the wrong unit",
    )


def _without_fixed(problem: PlacementProblem) -> PlacementProblem:
    none = np.zeros_like(problem.fixed)
    return replace(problem, fixed=none, closing=none)


@dataclass(frozen=True, eq=False)
class _Known:
    """A placement that keeps all demands: shares, which sites are open, and what it comes to."""

    share: Floats
    open: Floats
    objective: float


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
    begin: _Known | None = None

    @property
    def left(self) -> float:
        return max(0.05, self.until - time.perf_counter())

    def solve(self) -> tuple[_Known | None, float, str]:
        """Return a solution, the bound, and who proved it; or none, and why."""
        if int(self.problem.allowed.sum()) <= _SMALL:
            return self._whole(None, self.begin)
        relaxed = lagrangian_bound(self.relaxed, self.prices, seconds=0.15 * self.left)
        known = self._start(relaxed)
        if known is None:
            return self._whole(relaxed, None)
        if not self._close(known.objective, relaxed.bound):
            relaxed = self._tighter(relaxed, known.objective)
        if self._close(known.objective, relaxed.bound):
            return known, relaxed.bound, "Lagrangian bound"
        return self._whole(relaxed, known)

    def _close(self, objective: float, bound: float) -> bool:
        return objective - bound <= self.gap * abs(objective)

    def _tighter(self, relaxed: Lagrangian, upper: float) -> Lagrangian:
        again = lagrangian_bound(
            self.relaxed, self.prices, upper=upper, begin=relaxed.prices, steps=100, seconds=0.1 * self.left
        )
        return again if again.bound > relaxed.bound else relaxed

    def _start(self, relaxed: Lagrangian) -> _Known | None:
        """Return a solution among each demand's cheapest places, at the sites that the bound would open."""
        problem = self.problem
        i, j, t = problem.shape
        column = relaxed.column.reshape(i, j * t) + np.repeat(np.maximum(relaxed.site, 0.0), t) / max(i / j, 1.0)
        best = self.begin
        for near in _NEAR:
            keep = np.zeros((i, j * t), dtype=bool)
            cheapest = np.argsort(column, axis=1)[:, : near + int(problem.copies.max()) - 1]
            np.put_along_axis(keep, cheapest, values=True, axis=1)
            programme = self._programme(keep.reshape(i, j, t))
            solved = self._run(programme, gap=max(self.gap, _START_GAP), seconds=0.2 * self.left)
            if solved.values is not None:
                found = self._known(solved.values, programme, solved.objective)
                return found if best is None or found.objective <= best.objective else best
            if best is not None:
                break
        return best

    def _whole(self, relaxed: Lagrangian | None, known: _Known | None) -> tuple[_Known | None, float, str]:
        """Solve what is not ruled out."""
        columns, bound, sure = None, -np.inf, None
        if relaxed is not None:
            bound = relaxed.bound
        if relaxed is not None and known is not None:
            sure = ruled_out(self.relaxed, relaxed, known.objective)
            columns = (sure.most > _ROUNDING) | (known.share > _ROUNDING)
        programme = self._programme(columns, sure, known)
        begin = None
        if known is not None:
            begin = np.append(known.open, known.share[programme.demand, programme.site, programme.slot])
        solved = self._run(programme, gap=self.gap, seconds=self.left, begin=begin)
        if known is not None and (solved.values is None or solved.objective > known.objective):
            # What is better than it and was not ruled out does not exist, or was not found in time.
            own = known.objective if solved.infeasible else min(solved.bound, known.objective)
            return known, max(bound, own), _prover(own, bound)
        if solved.infeasible:
            return None, bound, "infeasible"
        if solved.values is None:
            return None, bound, solved.failed or "time"
        own = min(solved.bound, solved.objective)
        return self._known(solved.values, programme, solved.objective), max(bound, own), _prover(own, bound)

    def _programme(self, columns: Bools | None, sure: RuledOut | None = None, known: _Known | None = None) -> Programme:
        programme = make_programme(
            self.problem,
            self.prices,
            strong=False,
            columns=columns,
            limits=self.limits,
            free_sites=self.relaxed is not self.problem,
        )
        if sure is not None and known is not None:
            # The placement that is known stays one of the programme's, or there would be nothing to begin from.
            j = len(self.problem.sites)
            programme.lower[:j][sure.opened & (known.open > 0)] = 1.0
            programme.upper[:j][sure.closed & (known.open == 0)] = 0.0
            most = np.minimum(np.maximum(sure.most, known.share) + _ROUNDING, 1.0)
            programme.upper[j:] = most[programme.demand, programme.site, programme.slot]
        return programme

    def _run(self, programme: Programme, *, gap: float, seconds: float, begin: Floats | None = None) -> Solved:
        whole = self.problem.sourcing == "single"
        large = len(programme.site) > _SMALL // 2
        return solve_programme(
            programme, whole=whole, gap=gap, seconds=seconds, start=begin, threads=self.threads,
            searching=not (large and not whole),
        )  # fmt: skip

    def _known(self, values: Floats, programme: Programme, objective: float) -> _Known:
        j = len(self.problem.sites)
        share = np.zeros(self.problem.shape)
        share[programme.demand, programme.site, programme.slot] = values[j:]
        return _Known(share, np.round(values[:j]), objective)


def _prover(own: float, bound: float) -> str:
    return "HiGHS" if own >= bound else "Lagrangian bound"


def _placement(
    problem: PlacementProblem,
    free: PlacementProblem,
    prices: Floats,
    known: _Known,
    bound: float,
    proof: str,
    seconds: float,
) -> Placement:
    share = np.clip(known.share, 0.0, 1.0)
    share[share < _ROUNDING] = 0.0
    if problem.sourcing == "single":
        share = np.round(share)
    used = share.any(axis=(0, 2))
    is_open = used | problem.must_open | (problem.fixed < problem.closing)
    _check(problem, share)
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


def _check(problem: PlacementProblem, share: Floats) -> None:
    """Raise if a placement does not keep every demand, whatever the solver said of it."""
    missed = np.abs(share.sum(axis=(1, 2)) - problem.copies) > _TOLERANCE * problem.copies
    held = (share * problem.load[:, None, None]).sum(axis=0)
    over = held > problem.capacity * (1 + _TOLERANCE * max(1, len(problem.demands)))
    if missed.any() or over.any() or (share[~problem.allowed] > 0).any():
        raise _none("its answer does not keep all demands", 0.0)
