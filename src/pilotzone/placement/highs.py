"""HiGHS: a programme in, a solution with its proven bound out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import new_highs
from pilotzone.placement.programme import Programme

if TYPE_CHECKING:
    import highspy
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Solved", "solve_programme"]

_COSTLIEST = 1e6
"""Largest cost of a column as the solver sees it."""


@dataclass(frozen=True, eq=False)
class Solved:
    """What the solver found.

    Attributes
    ----------
    values
        Values of the columns; ``None`` where it found none.
    objective, bound
        Value of what it found, and what nothing can be less than.
    infeasible
        Whether it proved that there is no solution.
    failed
        What kept the solver from an answer, in its own words; empty where nothing did, and where time ran
        out.
    """

    values: Floats | None
    objective: float
    bound: float
    infeasible: bool
    failed: str = ""


def solve_programme(
    programme: Programme,
    *,
    whole: bool,
    gap: float = 0.0,
    seconds: float = np.inf,
    start: Floats | None = None,
    threads: int = 0,
    searching: bool = True,
    as_it_comes: bool = False,
) -> Solved:
    """Solve a programme.

    Parameters
    ----------
    programme
        The programme.
    whole
        Whether shares are whole; openings always are.
    gap
        Relative gap to stop at.
    seconds
        Limit of time.
    start
        Values of the columns to start from.
    threads
        Number of threads of the solver; as it likes if zero.
    searching
        Whether it may solve smaller programmes by the way, in search of better solutions. Half of its time goes there,
        and where openings alone are whole the tree finds them as soon.
    as_it_comes
        Whether it presolves, as it does unless told otherwise: for comparisons alone.
    """
    import highspy

    scale = _scale(programme.cost)
    model = _model(programme, whole=whole, scale=scale)
    solver = new_highs(threads=threads, seconds=seconds)
    solver.setOptionValue("mip_rel_gap", gap)
    solver.setOptionValue("mip_abs_gap", 0.0)
    if not as_it_comes:
        # Presolve of HiGHS cuts off optima and calls what is left proven: seen with 1.16, told of 1.7 to 1.14 (its
        # issues 1725, 3043, 3073, 3094). Without it these programmes take no longer.
        solver.setOptionValue("presolve", "off")
    if not searching:
        for search in ("rins", "rens", "feasibility_jump"):
            solver.setOptionValue(f"mip_heuristic_run_{search}", False)  # noqa: FBT003 - the solver's own call
    taken = solver.passModel(model)
    if taken == highspy.HighsStatus.kError:
        return Solved(None, np.inf, -np.inf, infeasible=False, failed="model error")
    if start is not None:
        solution = highspy.HighsSolution()
        solution.col_value = start.tolist()
        solver.setSolution(solution)
    solver.run()
    status = solver.getModelStatus()
    info = solver.getInfo()
    none = status in {highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible}
    found = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    ended = status in {highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kTimeLimit}
    bound = float(info.mip_dual_bound)
    return Solved(
        values=np.array(solver.getSolution().col_value) if found else None,
        objective=float(info.objective_function_value) * scale + programme.constant if found else np.inf,
        bound=bound * scale + programme.constant,
        infeasible=bool(none),
        failed="" if none or ended else str(solver.modelStatusToString(status)).lower(),
    )


def _scale(cost: Floats) -> float:
    """Return the power of two that costs are divided by, since the solver's tolerances are absolute."""
    most = float(np.abs(cost).max(initial=0.0))
    return float(2.0 ** np.floor(np.log2(most / _COSTLIEST))) if most > 0 else 1.0


def _model(programme: Programme, *, whole: bool, scale: float) -> highspy.HighsLp:
    import highspy

    matrix = programme.matrix
    rows, columns = matrix.shape
    sites = columns - len(programme.site)
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = columns, rows
    model.col_cost_ = programme.cost / scale
    model.col_lower_, model.col_upper_ = programme.lower, programme.upper
    model.row_lower_, model.row_upper_ = programme.low, programme.high
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = matrix.indptr
    model.a_matrix_.index_ = matrix.indices
    model.a_matrix_.value_ = matrix.data
    kinds = [highspy.HighsVarType.kInteger] * sites
    other = highspy.HighsVarType.kInteger if whole else highspy.HighsVarType.kContinuous
    model.integrality_ = kinds + [other] * (columns - sites)
    return model
