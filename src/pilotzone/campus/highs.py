"""The same problem as a linear programme for HiGHS, where the method of this house does not get to the end."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pilotzone.campus.certificate import Prices
from pilotzone.campus.form import Form
from pilotzone.campus.interior import Certified
from pilotzone.core import new_highs

if TYPE_CHECKING:
    import highspy
    from scipy.sparse import csr_array

    Floats = NDArray[np.float64]

__all__ = ["Programme", "make_programme", "solve_by_highs"]

Progress = Callable[[str, float], None]

_COSTLIEST = 1e4
"""Largest cost of a column as the solver sees it: its tolerances are absolute."""
_BEAT = 0.25
"""Seconds between two reports of progress."""


@dataclass(frozen=True, eq=False)
class Programme:
    """Least ``cost @ columns``, ``low <= matrix @ columns <= high``, ``0 <= columns <= upper``.

    Columns are capacities, flows row by row, and what goes beyond priced limits; rows are balances, stores, bounds of
    flows with a capacity that is sought, and limits.
    """

    cost: Floats
    upper: Floats
    matrix: csr_array
    low: Floats
    high: Floats
    bounds: int


def make_programme(form: Form) -> Programme:
    """Return a form as a sparse programme."""
    from scipy import sparse

    flows, hours = form.cost.shape
    priced = np.flatnonzero(np.isfinite(form.price))
    entries = [*_equations(form), *_bounds(form), *_limits(form, priced)]
    bounds = np.flatnonzero(form.cap >= 0).tolist()
    upper = np.full((flows, hours), np.inf)
    alone = np.flatnonzero(form.cap < 0)
    upper[alone] = form.room[alone]
    equal = np.concatenate([form.load, form.inflow.ravel()])
    rest = np.concatenate([*(form.room[j] for j in bounds), form.amount])
    cost = np.concatenate([form.capacity_cost, form.cost.ravel(), form.price[priced]])
    rows, columns, values = (np.concatenate([entry[k] for entry in entries]) for k in range(3))
    matrix = sparse.csr_array((values, (rows, columns)), shape=(len(equal) + len(rest), len(cost)))
    return Programme(
        cost=cost,
        upper=np.concatenate([form.most, upper.ravel(), np.full(len(priced), np.inf)]),
        matrix=matrix,
        low=np.concatenate([equal, np.full(len(rest), -np.inf)]),
        high=np.concatenate([equal, rest]),
        bounds=len(bounds),
    )


Entry = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]
"""Rows, columns and values of some entries of the matrix."""


def _column(form: Form, j: int) -> NDArray[np.int64]:
    """Return the columns of a row of flows."""
    return len(form.most) + j * form.hours + np.arange(form.hours)


def _equations(form: Form) -> list[Entry]:
    """Return balances and stores."""
    hours = np.arange(form.hours)
    one = np.ones(form.hours)
    found = [(hours, _column(form, j), form.sign[j] * one) for j in np.flatnonzero(form.sign).tolist()]
    before = form.before(hours.astype(np.float64)).astype(np.int64)
    for store, level in enumerate(form.level.tolist()):
        rows = (store + 1) * form.hours + hours
        held = _column(form, level)
        found += [(rows, held, one), (rows, held[before], -form.keep[store] * one)]
        into = np.flatnonzero(form.into[store]).tolist()
        found += [(rows, _column(form, j), -form.into[store, j] * one) for j in into]
    return found


def _bounds(form: Form) -> list[Entry]:
    """Return bounds of flows by capacities that are sought."""
    hours, found = np.arange(form.hours), []
    begin = (1 + len(form.level)) * form.hours
    for number, j in enumerate(np.flatnonzero(form.cap >= 0).tolist()):
        rows = begin + number * form.hours + hours
        found.append((rows, _column(form, j), np.ones(form.hours)))
        found.append((rows, np.full(form.hours, form.cap[j]), -form.avail[j]))
    return found


def _limits(form: Form, priced: NDArray[np.int64]) -> list[Entry]:
    """Return limits, and what goes beyond them."""
    begin = (1 + len(form.level) + int((form.cap >= 0).sum())) * form.hours
    per_year = form.hours // form.years
    found = [
        (begin + np.repeat(form.limit_of[:, number], per_year), _column(form, row), effect)
        for number, row, effect in form.effects
    ]
    last = len(form.most) + form.cost.size
    return [*found, (begin + priced, last + np.arange(len(priced)), -np.ones(len(priced)))]


def solve_by_highs(
    form: Form, best: Certified, *, gap: float, seconds: float = np.inf, progress: Progress | None = None
) -> str:
    """Solve a form by HiGHS and offer what it finds to the best that is known.

    Parameters
    ----------
    form
        The problem.
    best
        The best dispatch and bound so far; it is changed.
    gap
        Relative gap to stop at.
    seconds
        Limit of time.
    progress
        Called with a word and the relative gap.

    Returns
    -------
    str
        What HiGHS said last: ``optimal``, ``infeasible``, ``time limit reached`` or others of its words.
    """
    programme = make_programme(form)
    scale = _scale(programme.cost)
    began, said = time.perf_counter(), ""
    # Its interior point method is the faster one here; where its answer does not prove itself, a basis does.
    for options in ({"solver": "ipm", "run_crossover": "off"}, {"solver": "ipm", "run_crossover": "on"}):
        left = seconds - (time.perf_counter() - began)
        if left <= 0:
            return said or "time limit reached"
        solver = _solver(options, left, best, progress)
        solver.passModel(_model(programme, scale))
        solver.run()
        said = str(solver.modelStatusToString(solver.getModelStatus())).lower()
        if "infeasible" in said or "unbounded" in said:
            return said
        solution = solver.getSolution()
        if solution.value_valid and solution.dual_valid:
            _offer(form, best, programme, np.array(solution.col_value), np.array(solution.row_dual) * scale)
        if best.gap <= gap:
            return said
    return said


def _offer(form: Form, best: Certified, programme: Programme, columns: Floats, duals: Floats) -> None:
    sought, (flows, hours), stores = len(form.most), form.cost.shape, len(form.level)
    y = columns[sought : sought + flows * hours].reshape(flows, hours)
    water = duals[hours : hours * (1 + stores)].reshape(stores, hours)
    limit = -duals[hours * (1 + stores + programme.bounds) :]
    best.offer(form, y, columns[:sought], Prices(duals[:hours], water, limit))


def _scale(cost: Floats) -> float:
    most = float(np.abs(cost[np.isfinite(cost)]).max(initial=0.0))
    return float(2.0 ** np.floor(np.log2(most / _COSTLIEST))) if most > _COSTLIEST else 1.0


def _solver(options: dict[str, str], seconds: float, best: Certified, progress: Progress | None) -> highspy.Highs:
    solver = new_highs(threads=1, seconds=seconds)
    for name, value in options.items():
        solver.setOptionValue(name, value)
    if progress is not None:
        beat = _Beat(progress, best)
        solver.cbIpmInterrupt.subscribe(beat)
        solver.cbSimplexInterrupt.subscribe(beat)
        beat(None)
    return solver


@dataclass(eq=False)
class _Beat:
    """Tells that HiGHS is at work, a few times a second: it asks far more often, and does not say how far it is."""

    progress: Progress
    best: Certified
    last: float = -np.inf

    def __call__(self, _: object) -> None:
        now = time.monotonic()
        if now - self.last >= _BEAT:
            self.last = now
            self.progress("HiGHS", self.best.gap)


def _model(programme: Programme, scale: float) -> highspy.HighsLp:
    import highspy

    rows, columns = programme.matrix.shape
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = columns, rows
    model.col_cost_ = programme.cost / scale
    model.col_lower_, model.col_upper_ = np.zeros(columns), programme.upper
    model.row_lower_, model.row_upper_ = programme.low, programme.high
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = programme.matrix.indptr
    model.a_matrix_.index_ = programme.matrix.indices
    model.a_matrix_.value_ = programme.matrix.data
    return model
