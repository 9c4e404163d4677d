"""The bench: that programs are given the same problem, and that times are put together rightly. No time is asserted."""

from __future__ import annotations

import math
from collections.abc import Callable
from importlib.util import find_spec

import pytest
from bench.panel import simulate
from bench.programs import ESTIMATORS, IN_PART, PROGRAMS
from bench.runner import Seconds, alternate, growth, median_ratio, table, timed
from bench.synthetic_control import Setting, affordable, main

DATA = simulate(8, before=9, after=3)


def one_second(function: Callable[..., object], *args: object) -> tuple[object, Seconds]:
    """Stand in for the clock."""
    return function(*args), Seconds(1.0, 1.0)


def test_times_add_up_and_scale() -> None:
    assert Seconds(1.0, 2.0) + Seconds(3.0, 5.0) * 2 == Seconds(7.0, 12.0)


def test_a_call_is_timed_and_its_result_kept() -> None:
    found, seconds = timed(sum, range(100_000), start=1)
    assert found == 4_999_950_001
    assert seconds.cpu >= 0
    assert seconds.wall > 0


def test_contestants_take_turns() -> None:
    order: list[str] = []

    def contestant(name: str) -> Seconds:
        order.append(name)
        return Seconds(float(len(order)), 0.0)

    found = alternate({name: lambda name=name: contestant(name) for name in "AB"}, rounds=2)  # type: ignore[misc]
    assert order == ["A", "B", "A", "B"]
    assert [item.cpu for item in found["A"]] == [1.0, 3.0]
    assert median_ratio(found["B"], found["A"]) == (2 / 1 + 4 / 3) / 2


def test_growth_is_the_power() -> None:
    assert growth([10, 20, 40], [5.0, 20.0, 20.0]) == pytest.approx([2.0, 0.0])


def test_a_table_is_aligned() -> None:
    expected = "| who | seconds |\n| --- | ------: |\n| a   |      12 |"
    assert table(("who", "seconds"), [["a", "12"]]) == expected


# What the other programs' own dependencies call deprecated is not a matter of this package.
@pytest.mark.filterwarnings("ignore:Pre-treatment fit is poor", "ignore::DeprecationWarning")
@pytest.mark.parametrize(("name", "tolerance"), [("diff-diff", 1e-12), ("mlsynth", 1e-6), ("pysyncon", 0.02)])
def test_programs_solve_the_same_problem(name: str, tolerance: float) -> None:
    """The optimiser of pysyncon stops where the objective falls by less than 1e-6."""
    if find_spec(name.replace("-", "_")) is None:
        pytest.skip(f"{name} is installed for benches only")
    own, other = PROGRAMS["pilotzone"](DATA, 8), PROGRAMS[name](DATA, 8)
    assert own.placebos == other.placebos == 8
    assert len(own.effects) == len(other.effects) == 2
    assert other.effects == pytest.approx(own.effects, abs=tolerance)


@pytest.mark.filterwarnings("ignore:Pre-treatment fit is poor", "ignore:Frank-Wolfe")
def test_the_other_program_solves_the_same_synthetic_difference_in_differences() -> None:
    own, other = (ESTIMATORS[name](DATA, 8) for name in ("pilotzone, sdid", "diff-diff, SyntheticDiD"))
    assert own.placebos == other.placebos == 8
    assert other.effects == pytest.approx(own.effects, abs=1e-12)
    assert len({ESTIMATORS[name](DATA, 8).effects for name in ESTIMATORS if name.startswith("pilotzone")}) == 4


def test_placebos_run_in_part_are_scaled(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a clock that counts every call as one second: one fit and, for each of 8 donors, one placebo."""
    monkeypatch.setattr("bench.programs.timed", one_second)
    for most in (2, 8):
        run = PROGRAMS["pysyncon"](DATA, most)
        assert run.placebos == most
        assert run.seconds.cpu == pytest.approx(2 * (1 + 8))


def test_only_programs_that_can_are_cut_short(monkeypatch: pytest.MonkeyPatch) -> None:
    assert affordable("diff-diff", DATA, budget=0.0) == 8
    assert "diff-diff" not in IN_PART
    monkeypatch.setattr("bench.programs.timed", one_second)
    assert affordable("pysyncon", DATA, budget=5.0) == math.floor(5.0 / (9 / 8))


def test_the_table_names_who_ran(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--quick", "--donors", "6", "9", "--programs", "diff-diff"])
    said = capsys.readouterr().out
    said, beside = said.split("Other estimators, at the smallest number of donors")
    other = [[cell.strip() for cell in line.strip("|").split("|")] for line in beside.splitlines() if line[:1] == "|"]
    assert [row[0] for row in other[2:]] == list(ESTIMATORS)
    assert {row[1] for row in other[2:]} == {"6"}
    assert other[2][5] == "1.0"
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in said.splitlines() if line.startswith("|")]
    assert [row[:3] for row in rows[2:]] == [
        [name, str(donors), "all"] for donors in (6, 9) for name in ("pilotzone", "diff-diff")
    ]
    assert {row[5] for row in rows[2::2]} == {"1.0"}
    assert all(float(row[6]) <= 1e-12 for row in rows[2:])
    assert "in_space_placebo" in said
    assert "from 6 to 9" in said


def test_defaults_are_what_is_published() -> None:
    setting = Setting()
    assert setting.donors == (50, 200, 500)
    assert setting.before + setting.after == 40
