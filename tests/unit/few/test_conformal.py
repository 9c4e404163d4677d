"""Conformal p-values and sets: by hand, by plain enumeration written once more, and at every end of a set."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import combinations, product
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
import pytest
from tests.unit.few.plain import level, noisy_paths, panel_of, plain_fit

import pilotzone as pz
from pilotzone.core import Interval, MethodError, Outcome, UsageError
from pilotzone.evaluation.few import FewDesign, conformal_band, conformal_one_sided_p, conformal_p, estimate_few
from pilotzone.evaluation.few.inference.rearranged import MOST_SETS, Norm, Permutations, Side, rearrange
from pilotzone.evaluation.few.weights.augmented import solve_augmented_batch

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pilotzone.core import Estimator
    from pilotzone.evaluation.few import FewEffects

    Floats = NDArray[np.float64]

INF = math.inf
NORMS: tuple[Norm, ...] = get_args(Norm)
ORDERS: tuple[Permutations, ...] = get_args(Permutations)
START, WINDOW = 2010, (2011, 2013)  # periods 2001 to 2014; 2009 is anticipated, 2010 and 2014 are left out
USED = [*range(8), 10, 11, 12]


def effects_of(paths: Floats, estimator: Estimator = "sc", **changes: Any) -> FewEffects:
    options: dict[str, Any] = {
        "treated": "C",
        "start": START,
        "window": WINDOW,
        "anticipation": 1,
        "estimator": estimator,
    }
    return pz.synthetic_control(panel_of({"y": paths}), outcomes=[level()], **(options | changes))


def line_of(gaps: Floats, window: int, estimator: Estimator = "sc") -> FewEffects:
    """Return effects with two donors that are zero throughout: the residuals are the path itself."""
    paths, start = np.vstack([np.zeros((2, len(gaps))), gaps]), 2001 + len(gaps) - window
    return pz.synthetic_control(
        panel_of({"y": paths}), treated="C", start=start, outcomes=[level()], estimator=estimator
    )


def plain_residuals(paths: Floats, taken: Floats, estimator: Estimator) -> Floats:
    """Return the residuals of unit C over the periods used, fitted on all of these."""
    used = paths[:, USED].copy()
    used[2, 8:] -= taken
    donors = [j for j in range(len(paths)) if j != 2]
    if estimator == "asc":
        weights = solve_augmented_batch(used, [2], np.arange(len(used))[None] != 2).weights[0]
        gaps: Floats = used[2] - weights @ used
        return gaps
    return plain_fit(used, 2, donors, range(len(USED)), intercept=estimator == "sc_intercept").gaps


def plain_p(residuals: Floats, window: int, norm: Norm, permutations: Permutations) -> float:
    """Return p by going through all rearrangements; differences of a millionth are ties."""
    count, power = len(residuals), 1 if norm == "mean_absolute" else 2

    def size(periods: tuple[int, ...]) -> float:
        return sum(abs(float(residuals[t])) ** power for t in periods)

    if permutations == "iid":
        every = list(combinations(range(count), window))
    else:
        every = [tuple((t + shift) % count for t in range(count - window, count)) for shift in range(count)]
    own = size(tuple(range(count - window, count)))
    return sum(size(item) >= own * (1 - 1e-9) for item in every) / len(every)


# ------------------------------------------------------------------------------------------------------------ by hand


def test_one_donor_and_one_period_by_hand() -> None:
    """Residuals are 1, -2, 3 and 5 - t: p exceeds 1/4 where |5 - t| is at most 3, and 1/2 where at most 2."""
    effects = line_of(np.array([1.0, -2.0, 3.0, 5.0]), 1)
    assert [conformal_p(effects, "y", null) for null in (0.0, 2.0, 3.5, 7.0, 8.5)] == [0.25, 0.5, 0.75, 0.75, 0.25]
    found = pz.conformal_set(effects, "y", alpha=0.25)
    assert found.intervals == (Interval(2.0, 8.0, low_closed=True, high_closed=True),)
    assert pz.conformal_set(effects, "y", alpha=0.6).intervals == (Interval(3.0, 7.0, True, True),)
    assert found.attained == 0.75
    assert (found.count, found.fitted, found.window, found.resolution) == (4, 3, (2004,), 0.0)


def test_two_periods_and_cyclic_shifts_by_hand() -> None:
    """Residuals 1, 2, 3 and 6 - t twice: sums are 2|6-t|, |6-t|+1, 3, 5, 3+|6-t|; of a single one other it is less."""
    effects = line_of(np.array([1.0, 2.0, 3.0, 6.0, 6.0]), 2)
    # With a = |6 - t|: 2a <= a + 1 up to 1, <= 3 up to 1.5, <= 5 up to 2.5, <= 3 + a up to 3.
    for size, p in ((0.5, 1.0), (1.0, 1.0), (1.2, 0.8), (1.6, 0.6), (2.7, 0.4), (3.1, 0.2)):
        for null in (6 - size, 6 + size):
            assert conformal_p(effects, "y", null) == pytest.approx(p, abs=1e-15)
    assert pz.conformal_set(effects, "y", alpha=0.2).intervals == (Interval(3.0, 9.0, True, True),)
    assert pz.conformal_set(effects, "y", alpha=0.4).intervals == (Interval(3.5, 8.5, True, True),)
    # Among all choices of two, others come in between.
    assert conformal_p(effects, "y", 6 - 2.4, permutations="iid") == pytest.approx(
        plain_p(np.array([1.0, 2, 3, 2.4, 2.4]), 2, "mean_absolute", "iid"), abs=1e-15
    )


def test_an_intercept_alone_by_hand() -> None:
    """Residuals are the path less its mean, that of the window under the null counted."""
    effects = line_of(np.array([0.0, 1.0, -1.0, 6.0]), 1, "sc_intercept")
    # With d = 6 - t the mean is d / 4; |3d/4| is at most |1 + d/4| or |-1 - d/4| (one of the others) for |d| up to 2.
    found = pz.conformal_set(effects, "y", alpha=0.25)
    assert [end for item in found.intervals for end in (item.low, item.high)] == pytest.approx([4.0, 8.0], abs=1e-12)


def test_a_perfect_fit_under_the_null_has_p_one() -> None:
    effects = line_of(np.array([0.0, 0.0, 0.0, 5.0]), 1)
    assert conformal_p(effects, "y", 5.0) == 1.0
    assert conformal_p(effects, "y", 5.001) == 0.25
    assert pz.conformal_set(effects, "y", alpha=0.3).intervals == (Interval(5.0, 5.0, True, True),)


# ------------------------------------------------------------------------------------------------------- enumeration


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("permutations", ORDERS)
@pytest.mark.parametrize("estimator", ["sc", "sc_intercept", "asc"])
def test_p_is_the_share_of_rearrangements(norm: Norm, permutations: Permutations, estimator: Estimator) -> None:
    rng = np.random.default_rng(4)
    for seed in range(4):
        paths = noisy_paths(seed)
        effects = effects_of(paths, estimator)
        for null in (0.0, -0.7, 2.0, rng.normal(0, 1, 3)):
            taken = np.broadcast_to(null, (3,)).astype(float)
            expected = plain_p(plain_residuals(paths, taken, estimator), 3, norm, permutations)
            given = null if isinstance(null, float) else null.tolist()
            assert conformal_p(effects, "y", given, norm=norm, permutations=permutations) == pytest.approx(
                expected, abs=1e-12
            )


@pytest.mark.parametrize(
    ("estimator", "norm", "permutations"),
    [*product(("sc", "sc_intercept"), NORMS, ORDERS), ("asc", "mean_absolute", "moving_block")],
)
def test_the_set_is_where_p_exceeds_alpha(estimator: Estimator, norm: Norm, permutations: Permutations) -> None:
    """Everywhere on the line and just beside each end, for levels that leave short and long sets."""
    several = 0
    options: dict[str, Any] = {"norm": norm, "permutations": permutations}
    for seed in (0,) if estimator == "asc" else range(5):
        effects = effects_of(noisy_paths(seed, units=6), estimator)
        middle = float(effects.joint.estimate[0])
        for alpha in (0.1, 0.3, 0.62):
            found = pz.conformal_set(effects, "y", alpha=alpha, **options)
            assert found.attained <= 1 - alpha + 1 / found.count
            several += len(found.intervals) > 1
            ends = [end for item in found.intervals for end in (item.low, item.high) if math.isfinite(end)]
            away = 1e-7 + 2 * found.resolution
            beside = [end + step for end in ends for step in (-away, away)]
            for null in (*beside, *(middle + np.linspace(-9, 9, 15)), -1e4, 1e4):
                p = conformal_p(effects, "y", float(null), **options)
                assert (null in found) == (p > alpha), (seed, alpha, null, p, found.intervals)
    if estimator == "sc_intercept":
        assert several, "no set of several intervals was among them"


@pytest.mark.parametrize("estimator", ["sc", "sc_intercept"])
def test_a_constant_in_the_window_moves_the_set(estimator: Estimator) -> None:
    for seed in range(4):
        paths = noisy_paths(seed)
        moved = paths.copy()
        moved[2, 8:] += 1.75
        before, after = (pz.conformal_set(effects_of(item, estimator), "y", alpha=0.2) for item in (paths, moved))
        assert len(before.intervals) == len(after.intervals)
        for old, new in zip(before.intervals, after.intervals, strict=True):
            assert [new.low, new.high] == pytest.approx([old.low + 1.75, old.high + 1.75], abs=1e-9)


def test_only_the_periods_used_matter() -> None:
    paths = noisy_paths(1)
    other = paths.copy()
    other[:, [8, 9, 13]] += np.random.default_rng(0).normal(size=(7, 3))
    sets = [pz.conformal_set(effects_of(item), "y", alpha=0.2).intervals for item in (paths, other)]
    assert sets[0] == sets[1]


HALF = [
    [0.356, -0.179, 0.182, 1.486, 2.433, 1.73, 0.464, -0.159],
    [2.323, 2.195, 3.561, 2.896, 3.248, 4.151, 4.245, 3.502],
    [-0.223, -2.548, -2.767, -4.013, -4.745, -5.289, -5.605, -5.194],
]
WHOLE = [[4.0, 5, 5, 7, 7, 7], [1.0, 1, -1, 1, 1, 2], [-6.0, -5, -6, -6, -5, -4]]


@pytest.mark.parametrize(
    ("paths", "start", "norm", "alpha"), [(HALF, 2005, "root_mean_square", 0.75), (WHOLE, 2006, "mean_absolute", 0.2)]
)
def test_statistics_that_run_parallel_far_out(paths: list[list[float]], start: int, norm: Norm, alpha: float) -> None:
    """A window of half the periods; weights that hardly move: points far out are rounding, not meetings."""
    effects = pz.synthetic_control(
        panel_of({"y": paths}), treated="C", start=start, outcomes=[level()], estimator="sc_intercept"
    )
    found = pz.conformal_set(effects, "y", alpha=alpha, norm=norm)
    assert all(abs(end) < 100 for item in found.intervals for end in (item.low, item.high) if math.isfinite(end))
    for null in np.linspace(-15, 15, 61):
        assert (null in found) == (conformal_p(effects, "y", float(null), norm=norm) > alpha)


# -------------------------------------------------------------------------------------------------- rearrangements


def test_all_choices_up_to_a_count_and_a_sample_beyond() -> None:
    with pytest.raises(UsageError, match="seed is -1"):
        rearrange(40, 8, "iid", -1)
    every = rearrange(14, 4, "iid")
    assert len({tuple(sorted(row)) for row in every.sets.tolist()}) == len(every.sets) == math.comb(14, 4) <= MOST_SETS
    assert sorted(every.sets[0].tolist()) == [10, 11, 12, 13]
    assert not every.monte_carlo
    sample, same, other = (rearrange(40, 8, "iid", seed) for seed in (1, 1, 2))
    assert sample.monte_carlo
    assert sample.sets[0].tolist() == list(range(32, 40))
    assert all(len(set(row)) == 8 for row in sample.sets.tolist())
    np.testing.assert_array_equal(sample.sets, same.sets)
    assert (sample.sets != other.sets).any()
    # Each period is drawn alike often: a fifth of 1,999 draws, within four standard errors.
    often = np.bincount(sample.sets[1:].ravel(), minlength=40) / 1999
    assert np.abs(often - 0.2).max() < 4 * math.sqrt(0.2 * 0.8 / 1999)


def test_a_sample_is_near_the_count_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    effects = effects_of(noisy_paths(2))
    exact = conformal_p(effects, "y", 0.4, permutations="iid")
    monkeypatch.setattr("pilotzone.evaluation.few.inference.rearranged.MOST_SETS", 10)
    sampled = conformal_p(effects, "y", 0.4, permutations="iid", seed=3)
    assert sampled != exact
    assert abs(sampled - exact) < 4 * math.sqrt(exact * (1 - exact) / 1999)
    found = pz.conformal_set(effects, "y", alpha=0.2, permutations="iid", seed=3)
    assert (found.monte_carlo, found.count) == (True, 2000)


# ---------------------------------------------------------------------------------------------- levels, tables, refusal


@pytest.mark.parametrize(("alpha", "attained"), [(0.09, 1.0), (1 / 11, 10 / 11), (0.15, 10 / 11), (0.2, 9 / 11)])
def test_level_attained(alpha: float, attained: float) -> None:
    """Eleven periods are used; with fewer than 1/alpha nothing can be rejected."""
    found = pz.conformal_set(effects_of(noisy_paths(0)), "y", alpha=alpha)
    assert found.attained == pytest.approx(attained, abs=1e-15)
    assert (found.intervals == (Interval(-INF, INF),)) == (attained == 1)


def test_the_band_has_one_set_per_period_fitted_with_that_period_alone() -> None:
    effects = effects_of(noisy_paths(3))
    band = conformal_band(effects, "y", alpha=0.2)
    assert [item.window for item in band.sets] == [(2011,), (2012,), (2013,)]
    for item, year in zip(band.sets, (2011, 2012, 2013), strict=True):
        alone = effects_of(noisy_paths(3), window=(year, year))
        assert item.intervals == pz.conformal_set(alone, "y", alpha=0.2).intervals
        assert item.count == 9
    rows = band.to_table().records()
    assert {row["first_period"] for row in rows} == {2011, 2012, 2013}
    assert len(band.to_frame()) == len(rows) == sum(len(item.intervals) for item in band.sets)
    assert "2012" in band._repr_html_()


def test_the_table_is_in_readable_units() -> None:
    outcome = pz.Outcome("y", role=None, good="up", margin=None, scale="log")
    effects = pz.synthetic_control(panel_of({"y": 0.01 * noisy_paths(3)}), treated="C", start=2010, outcomes=[outcome])
    found = pz.conformal_set(effects, "y", alpha=0.2)
    rows = found.to_table().records()
    ends = [(100 * math.expm1(item.low), 100 * math.expm1(item.high)) for item in found.intervals]
    assert [(row["low"], row["high"]) for row in rows] == ends
    assert {row["unit"] for row in rows} == {"%"}
    assert "moving_block" in found._repr_html_()
    whole = pz.conformal_set(effects, "y", alpha=0.01).to_frame()
    assert whole[["low", "high"]].isna().all(axis=None)


def test_estimators_without_residuals_to_rearrange_are_refused() -> None:
    effects = effects_of(noisy_paths(0), "sdid", pools="exclude_treated")
    with pytest.raises(MethodError, match=r"no conformal inference for the estimator 'sdid'[^$]*weights over time"):
        pz.conformal_set(effects, "y")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"norm": "median"}, "norm"),
        ({"permutations": "block"}, "permutations"),
        ({"period": 2010}, r"2010 is not a period of the window[^$]*2011, 2012, 2013"),
        ({"null": [1.0, 2.0]}, r"null effect is \[1.0, 2.0\][^$]*or 3, one for each"),
        ({"null": math.nan}, "null effect is nan"),
    ],
)
def test_what_cannot_be_asked_is_said(options: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        conformal_p(effects_of(noisy_paths(0)), "y", **options)


@pytest.mark.parametrize("alpha", [0.0, 1.0, math.nan])
def test_no_level(alpha: float) -> None:
    with pytest.raises(UsageError, match="alpha is"):
        pz.conformal_set(effects_of(noisy_paths(0)), "y", alpha=alpha)


def test_no_such_outcome() -> None:
    with pytest.raises(UsageError, match="no outcome 'z'"):
        pz.conformal_set(effects_of(noisy_paths(0)), "z")


# ------------------------------------------------------------------------------------------------------- one side


@pytest.mark.parametrize("estimator", ["sc", "sc_intercept", "asc"])
@pytest.mark.parametrize("null", [0.0, 1.5, -2.0])
def test_one_side_by_going_through_all_shifts(estimator: Estimator, null: float) -> None:
    paths = noisy_paths(5)
    residuals = plain_residuals(paths, np.full(3, null), estimator)
    doubled = np.concatenate([residuals, residuals])
    count = len(residuals)
    sides: tuple[tuple[Side, int], ...] = (("good", 1), ("bad", -1))
    for side, sign in sides:
        means = [sign * float(doubled[k : k + 3].mean()) for k in range(count)]
        own = sign * float(residuals[-3:].mean())
        expected = sum(mean >= own - 1e-9 for mean in means) / count
        found = conformal_one_sided_p(effects_of(paths, estimator), "y", side=side, null=null, alpha=0.1)
        assert found == expected


def test_one_side_follows_the_good_direction_of_the_outcome() -> None:
    paths = noisy_paths(5)
    up = effects_of(paths)
    down = pz.synthetic_control(
        panel_of({"y": paths}),
        treated="C",
        start=START,
        window=WINDOW,
        anticipation=1,
        outcomes=[Outcome("y", None, "down", None, "level")],
    )
    both: tuple[Side, Side] = ("good", "bad")
    found = [[conformal_one_sided_p(item, "y", side=side, alpha=0.1) for side in both] for item in (up, down)]
    assert found[0] == found[1][::-1]


def test_no_gap_at_all_shows_nothing() -> None:
    # Not by the front door, which refuses a zone whose figures do not vary.
    design = FewDesign("C", start=2017, window=(2017, 2020), estimator="sc")
    effects = estimate_few(panel_of({"y": np.zeros((3, 20))}), [level()], design)
    assert conformal_one_sided_p(effects, "y", side="good") == 1.0


def test_one_side_is_refused_where_it_cannot_decide() -> None:
    effects = line_of(np.arange(19.0), 4)
    with pytest.raises(MethodError, match=r"19 periods.*1/19"):
        conformal_one_sided_p(effects, "y", side="good")
    assert conformal_one_sided_p(effects, "y", side="good", alpha=1 / 19) > 0
    with pytest.raises(UsageError, match="side"):
        conformal_one_sided_p(effects, "y", side="up", alpha=0.1)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="nan"):
        conformal_one_sided_p(effects, "y", side="good", null=math.nan, alpha=0.1)


@pytest.mark.parametrize("side", ["good", "bad"])
def test_one_side_takes_each_rank_once_where_errors_are_exchangeable(side: Side) -> None:
    """Donors that are zero leave the path itself: every cyclic shift of it as the panel gives another p."""
    gaps = np.random.default_rng(8).normal(size=20)
    found = [conformal_one_sided_p(line_of(np.roll(gaps, shift), 3), "y", side=side) for shift in range(20)]
    np.testing.assert_allclose(sorted(found), np.arange(1, 21) / 20, rtol=1e-12)


# ---------------------------------------------------------------------------------------------------- long panels


@pytest.mark.parametrize(("periods", "window"), [(300, 200), (1000, 60), (700, 699)])
def test_running_totals_are_sums_over_shifts(periods: int, window: int) -> None:
    rearranged = rearrange(periods, window, "moving_block")
    assert rearranged.running
    parts = np.random.default_rng(3).normal(size=(4, periods))
    np.testing.assert_allclose(rearranged.sums(parts), parts[:, rearranged.sets].sum(axis=2), rtol=0, atol=1e-10)
    plain = replace(rearranged, cyclic=False)
    for norm in NORMS:
        np.testing.assert_array_equal(rearranged.p_values(parts, norm), plain.p_values(parts, norm))
    assert rearranged.signed_p(parts[0]) == plain.signed_p(parts[0])


def test_short_panels_are_added_set_by_set() -> None:
    assert not rearrange(105, 15, "moving_block").running
    assert not rearrange(400, 150, "iid").running


@pytest.mark.parametrize("norm", NORMS)
def test_sets_of_long_panels_are_the_same_by_running_totals(norm: Norm, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(4)
    paths = rng.normal(size=(6, 2)) @ rng.normal(size=(2, 120)).cumsum(axis=1) + rng.normal(size=(6, 120))
    paths[2, 100:] += 2.0
    effects = pz.synthetic_control(
        panel_of({"y": paths}), treated="C", start=2101, outcomes=[level()], estimator="sc_intercept"
    )
    plain = pz.conformal_set(effects, "y", norm=norm)
    monkeypatch.setattr("pilotzone.evaluation.few.inference.rearranged._MANY", 0)
    long = pz.conformal_set(effects, "y", norm=norm)
    assert len(long.intervals) == len(plain.intervals)
    for one, other in zip(long.intervals, plain.intervals, strict=True):
        assert (one.low, one.high) == pytest.approx((other.low, other.high), abs=1e-9)
