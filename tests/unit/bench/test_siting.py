"""The benches of siting and placement: programs are given the same and say the same. No time is asserted."""

from __future__ import annotations

import numpy as np
from bench.placement import make_problem, rows_of
from bench.siting import PROGRAMS, TABLES, measured

from pilotzone.placement import solve_placement


def test_every_program_runs_in_a_process_of_its_own() -> None:
    for name in ("smaa", "smaa_numpy", "pue_waterside", "pue_exact"):
        seconds, peak = measured(name, 20, 30)
        assert seconds > 0
        assert peak > 1
    assert {name for _, programs in TABLES.values() for name, _, _ in programs} == set(PROGRAMS)


def test_placements_are_proven_with_and_without_the_bound() -> None:
    rows = rows_of(8, 5, 1e-4, 20.0)
    assert [row[3] for row in rows] == ["pilotzone", "HiGHS alone"] * 2
    for own, plain in zip(rows[::2], rows[1::2], strict=True):
        assert (
            own[-1] == plain[-1] or abs(float(own[-1].replace(",", "")) / float(plain[-1].replace(",", "")) - 1) < 2e-4
        )


def test_problems_are_the_same_every_time() -> None:
    one, other = make_problem(6, 4), make_problem(6, 4)
    np.testing.assert_array_equal(one.cost, other.cost)
    assert solve_placement(one, gap=0.0).objective == solve_placement(other, gap=0.0).objective
