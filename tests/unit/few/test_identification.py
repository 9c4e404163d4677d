"""Six checks, each against the same thing computed plainly; and whether their sentences say what was measured."""

from __future__ import annotations

import math
import re
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from tests.unit.few.plain import level, noisy_paths, panel_of, plain_fit

from pilotzone.core import Check, Identification, Outcome, UsageError
from pilotzone.evaluation.few import DEFAULT_THRESHOLDS, FewDesign, OutcomeFit, Thresholds, estimate_few
from pilotzone.evaluation.few.identification.checks import (
    earlier_date_effects,
    identify,
    leave_one_out_effects,
    yardstick,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pilotzone.core import Direction, Estimator, PoolRule, Scale

    Floats = NDArray[np.float64]

NAMES = ("earlier_dates", "last_gap", "fit_rank", "hull", "single_weight", "leave_one_out")
PRE, WINDOW = range(10), range(11, 14)  # 2001-2010 fitted, 2011 anticipated, 2012-2014 the window
OPEN = Thresholds(**dict.fromkeys(NAMES, 1e9))


def design_of(**changes: Any) -> FewDesign:
    plain: dict[str, Any] = {"unit": "A", "start": 2012, "window": (2012, 2014), "anticipation": 1}
    return FewDesign(**(plain | changes))


def fit_of(paths: Floats, outcome: Outcome | None = None, **changes: Any) -> tuple[OutcomeFit, FewDesign]:
    design = design_of(**changes)
    outcome = outcome or level()
    effects = estimate_few(panel_of({outcome.name: paths}), [outcome], design)
    return effects.fits[0], design


def checks_of(fit: OutcomeFit, design: FewDesign, **thresholds: float) -> dict[str, Check]:
    found = identify(fit, design, replace(OPEN, **thresholds))
    return {check.name: check for check in found.checks}


def made_fit(**changes: Any) -> OutcomeFit:
    """Return a fit whose figures are set by hand: five units, five fitted periods and one after."""
    count, length = 5, 6
    plain: dict[str, Any] = {
        "outcome": level(),
        "periods": tuple(range(2001, 2001 + length)),
        "phases": ("pre",) * 5 + ("window",),
        "units": tuple("ABCDE"),
        "treated": 0,
        "actual": np.zeros((count, length)),
        "synthetic": np.zeros((count, length)),
        "weights": (np.ones((count, count)) - np.eye(count)) / 4,
        "intercept": np.zeros(count),
        "pre_rmspe": np.ones(count),
        "solver_gap": np.zeros(count),
        "unique": np.ones(count, dtype=bool),
        "effect_range": (0.0, 0.0),
    }
    return OutcomeFit(**(plain | changes))


def gap_fit(gap: float, *, last: float = 0.0, outcome: Outcome | None = None, **changes: Any) -> OutcomeFit:
    actual = np.zeros((5, 6))
    actual[0, 5], actual[0, 4] = gap, last
    return made_fit(actual=actual, outcome=outcome or level(), **changes)


# ------------------------------------------------------------------------------------------------------ yardstick


@pytest.mark.parametrize(
    ("margin", "estimate", "scale", "good", "expected"),
    [
        (3.0, -2.0, "level", "up", 3.0),
        (1.0, -2.0, "level", "up", 1.0),
        (2.0, 2.0, "level", "down", 2.0),
        (5.0, 0.01, "log", "down", math.log(1.05)),
        (5.0, 0.01, "log", "up", -math.log(0.95)),
        (5.0, -0.2, "log", "down", math.log(1.05)),
        (None, 7.0, "level", "up", 2.5),  # root of the mean of 9, 1, 9 and 6: the zone's own gap is not part of it
        (None, -7.0, "level", "up", 2.5),
    ],
)
def test_yardstick_is_the_margin_or_what_placebos_show(
    margin: float | None, estimate: float, scale: Scale, good: Direction, expected: float
) -> None:
    outcome = Outcome("y", None if margin is None else "environment", good, margin, scale)
    actual = np.zeros((5, 6))
    actual[:, 5] = estimate, 3.0, -1.0, 3.0, -(6.0**0.5)
    assert yardstick(made_fit(actual=actual, outcome=outcome)) == pytest.approx(expected, rel=1e-14)


def test_nothing_is_small_where_placebos_have_no_gap() -> None:
    """Without a margin and without gaps of others any bias is large; no bias at all is still none."""
    design = design_of(start=2006, window=(2006, 2006), anticipation=0)
    found = checks_of(gap_fit(0.0, last=0.5), design)["last_gap"]
    assert found.value == np.inf
    assert found.state == "failed"
    assert found.statement == "In 2005 the mean gap is +0.500, where the placebos have no gap."
    assert checks_of(gap_fit(0.0), design)["last_gap"].value == 0.0


# ------------------------------------------------------------------------------ values, by loops written down anew


@pytest.mark.parametrize("estimator", ["sc", "sc_intercept"])
@pytest.mark.parametrize("margin", [None, 0.05, 4.0])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_values_against_a_plain_computation(estimator: Estimator, margin: float | None, seed: int) -> None:
    paths = noisy_paths(seed)
    fit, design = fit_of(paths, level(margin=margin), estimator=estimator)
    found = checks_of(fit, design)
    shift, donors = estimator == "sc_intercept", list(range(1, 7))

    def effect(kept: range, shown: range, pool: list[int]) -> float:
        return float(plain_fit(paths, 0, pool, kept, intercept=shift).gaps[list(shown)].mean())

    own = plain_fit(paths, 0, donors, PRE, intercept=shift)
    estimate = effect(PRE, WINDOW, donors)
    others = [plain_fit(paths, i, [j for j in range(7) if j != i], PRE, intercept=shift) for i in range(1, 7)]
    yard = margin or float(np.sqrt(np.mean([fit.gaps[list(WINDOW)].mean() ** 2 for fit in others])))
    means = [own.gaps[k : k + 3].mean() for k in range(8)]
    earlier = {2001 + 10 - h: effect(range(10 - h), range(10 - h, 10), donors) for h in (1, 2, 3)}
    without = {j: effect(PRE, WINDOW, [k for k in donors if k != j]) for j in donors if own.weights[j] > 0}
    rmspe = [plain_fit(paths, i, [j for j in range(7) if j != i], PRE, intercept=shift).rmspe for i in range(7)]
    span = max(*without.values(), estimate) - min(*without.values(), estimate)
    expected = {
        "earlier_dates": abs(earlier[2008]) / yard,
        "last_gap": abs(means[-1]) / yard,
        "fit_rank": rmspe[0] / np.median(rmspe[1:]),
        "hull": np.abs(means).max() / yard,
        "single_weight": own.weights.max(),
        "leave_one_out": span / yard,
    }
    assert {name: check.value for name, check in found.items()} == pytest.approx(expected, rel=1e-9)
    assert earlier_date_effects(fit, design) == pytest.approx(earlier, rel=1e-9, abs=1e-11)
    assert leave_one_out_effects(fit, design) == pytest.approx(
        {"ABCDEFG"[j]: value for j, value in without.items()}, rel=1e-9, abs=1e-11
    )


@pytest.mark.parametrize("pools", ["symmetric", "exclude_treated"])
def test_own_refits_do_not_depend_on_the_pools_of_placebos(pools: PoolRule) -> None:
    paths = noisy_paths(4)
    fit, design = fit_of(paths, pools=pools)
    plain = plain_fit(paths, 0, range(1, 7), range(7), intercept=True).gaps[7:10].mean()
    assert earlier_date_effects(fit, design)[2008] == pytest.approx(plain, rel=1e-9)


@pytest.mark.parametrize(
    ("fitted", "window", "dates"),
    [
        (3, 3, []),
        (4, 3, []),
        (5, 3, [2005]),
        (6, 3, [2006, 2005]),
        (7, 3, [2007, 2006, 2005]),
        (7, 2, [2007, 2006]),
        (12, 4, [2012, 2011, 2010, 2009]),
        (12, 1, [2012]),
    ],
)
def test_earlier_dates_leave_four_periods_and_hold_out_no_more_than_the_window(
    fitted: int, window: int, dates: list[int]
) -> None:
    start = 2001 + fitted
    paths = noisy_paths(5, periods=fitted + window)
    fit, design = fit_of(paths, start=start, window=(start, start + window - 1), anticipation=0)
    assert list(earlier_date_effects(fit, design)) == dates


def test_of_many_earlier_dates_eight_stand_for_all_and_the_longest_decides() -> None:
    paths = noisy_paths(5, periods=100)
    fit, design = fit_of(paths, start=2061, window=(2061, 2100), anticipation=0, estimator="sc")
    effects = earlier_date_effects(fit, design)
    held = [2061 - date for date in effects]
    assert held == [1, 5, 9, 13, 18, 22, 26, 30]  # half of sixty fitted periods is the most
    for count, date in zip(held, effects, strict=True):
        plain = plain_fit(paths[:, :60], 0, range(1, len(paths)), range(60 - count), intercept=False)
        assert effects[date] == pytest.approx(float(plain.gaps[60 - count : 60].mean()), rel=1e-6, abs=1e-9)
    value = checks_of(fit, design)["earlier_dates"].value
    assert value == pytest.approx(abs(effects[2031]) / yardstick(fit), rel=1e-12)


def test_the_longest_horizon_decides_although_a_shorter_one_is_worse() -> None:
    paths = np.outer([1.0, 0.0, 2.0, 4.0, 3.0, 5.0], np.ones(14))
    paths[0, 7:10] += [-4.0, 0.0, 4.0]  # nothing on the mean of three, much in the last year
    fit, design = fit_of(paths, level(margin=4.0), estimator="sc")
    effects = earlier_date_effects(fit, design)
    assert effects[2010] > 3.9
    assert abs(effects[2008]) < 1e-12
    assert checks_of(fit, design, earlier_dates=0.1)["earlier_dates"].state == "passed"


# -------------------------------------------------------------------------------------- thresholds and the states


@pytest.mark.parametrize("name", NAMES)
def test_a_value_at_the_threshold_passes_and_one_above_fails(name: str) -> None:
    paths = noisy_paths(6)
    paths[0, :10] += np.where(np.arange(10) % 2, 9.0, -9.0)  # the worst fit of all, so that its rank can fail
    fit, design = fit_of(paths)
    value = checks_of(fit, design)[name].value
    assert value is not None
    assert value > 0
    at, below = (checks_of(fit, design, **{name: limit})[name] for limit in (value, np.nextafter(value, 0)))
    assert (at.state, at.value, at.threshold) == ("passed", value, value)
    assert (below.state, below.value, below.threshold) == ("failed", value, np.nextafter(value, 0))


def test_only_the_worst_fit_of_all_fails_by_its_rank() -> None:
    design = design_of(start=2006, window=(2006, 2006), anticipation=0)

    def check(*rmspe: float) -> Check:
        return checks_of(gap_fit(1.0, pre_rmspe=np.array(rmspe)), design, fit_rank=1.5)["fit_rank"]

    assert check(4.0, 1.0, 2.0, 2.0, 3.9).state == "failed"
    assert check(3.0, 1.0, 2.0, 2.0, 2.9).state == "passed"  # the worst, at the threshold
    assert check(4.0, 1.0, 2.0, 2.0, 4.0).state == "passed"  # shares the last rank
    second = check(4.0, 1.0, 2.0, 2.0, 5.0)
    assert (second.state, second.value) == ("passed", 2.0)
    assert second.statement == (
        "Its RMSPE of 4.00 has rank 4 of 5 (1 is best), 2.00 times the placebos' median; "
        "only the worst fit of all can fail."
    )
    assert check(1.0, 0.0, 0.0, 0.0, 0.0).value == np.inf
    assert "the placebos' median is zero" in check(1.0, 0.0, 0.0, 0.0, 0.0).statement
    assert check(0.0, 0.0, 0.0, 0.0, 0.0).value == 0.0


def test_four_units_have_no_rank() -> None:
    four = fit_of(noisy_paths(7, units=4))
    check = checks_of(*four)["fit_rank"]
    assert (check.state, check.value, check.threshold) == ("cannot be assessed", None, 1e9)
    assert check.statement == "There are only 4 units: at least 5 are needed."
    assert checks_of(*fit_of(noisy_paths(7, units=5)))["fit_rank"].state == "passed"


@pytest.mark.parametrize(("fitted", "words"), [(1, "1 fitted period:"), (4, "4 fitted periods:")])
def test_too_few_periods_cannot_be_assessed(fitted: int, words: str) -> None:
    fit, design = fit_of(noisy_paths(8), pre_from=2011 - fitted)
    check = checks_of(fit, design)["earlier_dates"]
    assert (check.state, check.value) == ("cannot be assessed", None)
    assert check.statement == f"There are only {words} at least 5 are needed."
    assert identify(fit, design, OPEN).state == "cannot be assessed"


def test_leaving_out_the_only_donor_cannot_be_assessed() -> None:
    fit = made_fit(
        units=("A", "B"),
        actual=np.zeros((2, 6)),
        synthetic=np.zeros((2, 6)),
        weights=np.array([[0.0, 1.0], [1.0, 0.0]]),
        pre_rmspe=np.ones(2),
    )
    check = checks_of(fit, design_of(start=2006, window=(2006, 2006), anticipation=0))["leave_one_out"]
    assert (check.state, check.value, check.statement) == ("cannot be assessed", None, "No other donor would be left.")


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        (["passed"] * 6, "passed"),
        (["passed"] * 5 + ["failed"], "failed"),
        (["passed"] * 5 + ["cannot be assessed"], "cannot be assessed"),
        (["passed"] * 4 + ["cannot be assessed", "failed"], "failed"),
        ([], "cannot be assessed"),
    ],
)
def test_state_of_the_outcome(states: list[Any], expected: str) -> None:
    checks = tuple(Check(str(k), "", state, None, None, "") for k, state in enumerate(states))
    found = Identification("y", checks)
    assert found.state == expected
    assert [check.state for check in found.not_passed()] == [state for state in states if state != "passed"]


# ---------------------------------------------------------------------------------------- panels with known faults


def clean_paths() -> Floats:
    """Return a unit between its donors, with noise far smaller than the effect of three."""
    rng = np.random.default_rng(11)
    clock = np.arange(14)
    levels, slopes = np.array([5.0, 3.0, 4.0, 6.0, 7.0, 5.5, 2.0]), np.array([0.2, 0.1, 0.4, 0.3, 0.0, 0.3, 0.2])
    paths: Floats = levels[:, None] + slopes[:, None] * clock + rng.normal(0, 0.05, (7, 14))
    paths[0, 11:] += 3.0
    return paths


def failed(paths: Floats, estimator: Estimator = "sc_intercept") -> set[str]:
    fit, design = fit_of(paths, level(margin=1.0), estimator=estimator)
    found = identify(fit, design)
    assert {check.state for check in found.checks} <= {"passed", "failed"}
    return {check.name for check in found.checks if check.state == "failed"}


@pytest.mark.parametrize("estimator", ["sc", "sc_intercept"])
def test_a_clean_panel_passes_all(estimator: Estimator) -> None:
    fit, design = fit_of(clean_paths(), level(margin=1.0), estimator=estimator)
    found = identify(fit, design)
    assert [check.name for check in found.checks] == list(NAMES)
    assert {check.state for check in found.checks} == {"passed"}
    assert all(check.meaning for check in found.checks)
    assert found.state == "passed"
    assert found.not_passed() == ()


def test_a_divergence_before_the_zone_fails_the_earlier_dates() -> None:
    paths = clean_paths()
    paths[0, 7:] += [2.0, 2.2, 2.4, 2.5, 0, 0, 0]
    assert "earlier_dates" in failed(paths)


def test_a_jump_in_the_last_years_fails_the_last_gap_and_one_in_a_year_that_passes_does_not() -> None:
    paths = clean_paths()
    paths[0, 7:10] += 4.0
    assert "last_gap" in failed(paths)
    paths = clean_paths()
    paths[0, 9] += 1.2  # on the mean of three years, as many as the window has, it is a third of that
    assert "last_gap" not in failed(paths)


def test_a_unit_above_all_donors_fails_the_hull_without_a_level_shift_only() -> None:
    paths = clean_paths()
    paths[0] += 6.0
    assert "hull" in failed(paths, "sc")
    assert "hull" not in failed(paths, "sc_intercept")


def test_a_twin_among_the_donors_fails_the_single_weight() -> None:
    paths = clean_paths()
    paths[3, :11] = paths[0, :11] + 1e-3
    assert "single_weight" in failed(paths, "sc")


def test_an_effect_that_hangs_on_one_donor_fails_leave_one_out() -> None:
    # Without its near twin the unit, at the edge of the others, has a far worse match.
    paths = clean_paths()
    paths[0, :11] += 3.5
    paths[3] = paths[0] + 0.1 * np.resize([1.0, -1.0], 14)
    assert "leave_one_out" in failed(paths, "sc")


# ------------------------------------------------------------------------------------------------------ sentences


def figures(text: str) -> list[float]:
    return [float(found.replace(",", "")) for found in re.findall(r"[+-]?\d[\d,]*(?:\.\d+)?", text)]


def close(shown: float, value: float) -> bool:
    """Whether a figure is a value rounded to two decimals or three digits, as sentences show it."""
    return abs(shown - value) <= max(0.005, 0.005 * abs(value)) * (1 + 1e-9)


@pytest.mark.parametrize("scale", ["log", "level"])
@pytest.mark.parametrize("margin", [None, 90.0])
def test_figures_in_sentences_are_those_measured(scale: Scale, margin: float | None) -> None:
    paths = noisy_paths(9) / (20 if scale == "log" else 1)
    outcome = Outcome("y", "development" if margin else None, "up", margin, scale, unit="t")
    fit, design = fit_of(paths, outcome)
    found = checks_of(fit, design)
    unit = "%" if scale == "log" else "t"
    typical = float(np.sqrt(np.mean(fit.mean_gap[1:] ** 2)))
    against = margin or outcome.display(typical)
    means = [float(fit.gaps[0, k : k + 3].mean()) for k in range(8)]
    earlier = {year: outcome.display(value) for year, value in earlier_date_effects(fit, design).items()}
    spread = [*leave_one_out_effects(fit, design).values(), float(fit.mean_gap[0])]
    rank = 1 + sum(value < fit.pre_rmspe[0] for value in fit.pre_rmspe)
    rmspe = outcome.display(float(fit.pre_rmspe[0]))
    donor, weight = next(iter(fit.donor_weights().items()))
    value = {name: check.value or 0.0 for name, check in found.items()}
    expected: dict[str, list[float]] = {
        "earlier_dates": [
            2008,
            earlier[2008],
            value["earlier_dates"],
            against,
            earlier[2009],
            2009,
            earlier[2010],
            2010,
        ],
        "last_gap": [2008, 2010, outcome.display(means[-1]), value["last_gap"], against],
        "fit_rank": [rmspe, rank, 7, 1, value["fit_rank"]],
        "hull": [outcome.display(max(map(abs, means))), value["hull"], against],
        "single_weight": [weight],
        "leave_one_out": [
            outcome.display(min(spread)),
            outcome.display(max(spread)),
            value["leave_one_out"],
            against,
        ],
    }
    for name, numbers in expected.items():
        statement = found[name].statement
        shown = figures(statement)
        assert len(shown) == len(numbers), statement
        assert all(map(close, shown, numbers)), (statement, numbers)
        assert statement.endswith(".")
        if name != "single_weight":
            assert f" {unit}" in statement
        if name in {"earlier_dates", "last_gap", "hull", "leave_one_out"}:
            assert ("the margin of" if margin else "the placebos' typical gap of") in statement
            assert ("(ratio of logs)" in statement) == (scale == "log")
    assert found["single_weight"].statement.endswith(f"on {donor}.")


def test_sentences_call_units_by_their_words() -> None:
    paths = clean_paths()
    fit, design = fit_of(paths, estimator="sc")
    donor = next(iter(fit.donor_weights()))
    words = {"A": "Testland <1>", donor: "Inventia"}
    panel = panel_of({"y": paths}, labels=words)
    found = estimate_few(panel, [level()], design).joint.identification_of("y")
    by_name = {check.name: check.statement for check in found.checks}
    assert by_name["hull"].startswith("Testland <1> lies outside the donors' hull")
    assert by_name["single_weight"].endswith("on Inventia.")


def test_a_unit_inside_the_hull_is_said_to_be_there() -> None:
    paths = clean_paths()
    paths[0, :10] = (paths[1, :10] + paths[2, :10]) / 2
    fit, design = fit_of(paths, estimator="sc")
    check = checks_of(fit, design)["hull"]
    assert (check.value, check.state) == (0.0, "passed")
    assert check.statement == "A lies inside the donors' hull: they match its path before the zone."


def test_a_small_distance_on_a_high_level_is_still_outside() -> None:
    paths = clean_paths()
    paths[0] += 6.0
    lifted = (paths * 64).round() + 2.0**40  # whole numbers, so that the level costs nothing
    fit, design = fit_of(lifted, estimator="sc")
    assert "outside" in checks_of(fit, design)["hull"].statement


@pytest.mark.parametrize(
    ("gap", "unit", "words"),
    [
        (0.5, "1", "+0.500, "),
        (-0.00012345, "t/CNY", "-0.000123 t/CNY, "),
        (123456789.0, "CNY", "+123,000,000 CNY, "),
        (-1e-9, "t", "-1.00e-09 t, "),
        (0.0, "t", "+0 t, "),
        (12.0, "1e8 CNY", "+12.0 1e8 CNY, "),
    ],
)
def test_levels_of_any_size_can_be_read(gap: float, unit: str, words: str) -> None:
    fit = gap_fit(1.0, last=gap, outcome=level(unit=unit))
    fit.actual[1:, 5] = 4 * gap  # what the placebos show is four times as large
    check = checks_of(fit, design_of(start=2006, window=(2006, 2006), anticipation=0))["last_gap"]
    assert check.statement.startswith(f"In 2005 the mean gap is {words}")
    assert check.value == (0.25 if gap else 0.0)


# ----------------------------------------------------------------------------------------------------- thresholds


def test_defaults_are_those_of_the_decision() -> None:
    assert [item.name for item in fields(Thresholds)] == list(NAMES)
    assert Thresholds(0.60, 0.50, 1.50, 0.35, 0.85, 0.75) == DEFAULT_THRESHOLDS


@pytest.mark.parametrize("value", [0.0, -1.0, math.nan, math.inf])
@pytest.mark.parametrize("name", NAMES)
def test_thresholds_are_positive_numbers(name: str, value: float) -> None:
    with pytest.raises(UsageError, match=f"threshold {name} is {value}") as caught:
        replace(DEFAULT_THRESHOLDS, **{name: value})
    assert caught.value.allowed


def test_thresholds_of_the_user_are_those_compared_with() -> None:
    limits = Thresholds(*np.linspace(0.01, 0.06, 6).tolist())
    effects = estimate_few(panel_of({"y": noisy_paths(1)}), [level()], design_of(), thresholds=limits)
    found = effects.joint.identification_of("y").checks
    assert [check.threshold for check in found] == [getattr(limits, name) for name in NAMES]
