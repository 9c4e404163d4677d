"""Solvers of one process, whatever number of threads each of them asks for."""

from __future__ import annotations

import numpy as np
import pytest
from highspy import Highs, HighsLp, HighsModelStatus, MatrixFormat

from pilotzone.core import new_highs


def least_of_a_range(solver: Highs) -> float:
    """Return the least x with 1 <= x <= 2, as the solver finds it."""
    model = HighsLp()
    model.num_col_ = model.num_row_ = 1
    model.col_cost_, model.col_lower_, model.col_upper_ = np.ones(1), np.zeros(1), np.full(1, 5.0)
    model.row_lower_, model.row_upper_ = np.ones(1), np.full(1, 2.0)
    model.a_matrix_.format_ = MatrixFormat.kRowwise
    model.a_matrix_.start_ = np.array([0, 1])
    model.a_matrix_.index_, model.a_matrix_.value_ = np.zeros(1, dtype=np.int32), np.ones(1)
    solver.passModel(model)
    solver.run()
    assert solver.getModelStatus() == HighsModelStatus.kOptimal
    return float(solver.getInfo().objective_function_value)


def test_threads_of_a_former_solver_stop_nobody() -> None:
    """One that asks for one thread after another that took several ended as "not set"."""
    for threads in (0, 1, 2, 1, 0):
        assert least_of_a_range(new_highs(threads=threads)) == pytest.approx(1.0, abs=1e-9)


def test_threads_of_somebody_else_stop_nobody() -> None:
    """The user's own solver, in the same process, which came first: before 1.16 one that comes later stops itself."""
    Highs.resetGlobalScheduler(True)
    own = Highs()  # type: ignore[no-untyped-call]
    own.setOptionValue("output_flag", False)
    own.setOptionValue("threads", 2)
    assert least_of_a_range(own) == pytest.approx(1.0, abs=1e-9)
    assert least_of_a_range(new_highs(threads=1, seconds=60.0)) == pytest.approx(1.0, abs=1e-9)
