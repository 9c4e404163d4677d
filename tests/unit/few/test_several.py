"""Two or three zones, against the same thing done assignment by assignment with SciPy's least squares."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from tests.unit.few.plain import level, noisy_paths, panel_of, plain_fit

from pilotzone import confidence_set, judge, synthetic_controls
from pilotzone.core import MethodError, Outcome, UsageError, rank_p
from pilotzone.evaluation.few import FewDesign, SeveralEffects, estimate_several
from pilotzone.evaluation.few.several import assignments, earlier
from pilotzone.evaluation.few.several.assignments import all_or_drawn, count_assignments
from pilotzone.judgement.ranks import oriented_statistic, shifted_statistic

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from pilotzone.core import Estimator, PlaceboDraws, PoolRule, Statistic
    from pilotzone.judgement.intervals import Side

    Floats = NDArray[np.float64]

FIRST = 2001
SAME = {"B": 2011, "E": 2011}
APART = {"B": 2009, "E": 2012}
THREE = {"B": 2009, "E": 2012, "F": 2012}


def several(paths: Floats, treated: Mapping[str, int], **options: Any) -> SeveralEffects:
    return synthetic_controls(panel_of({"y": paths}), treated=treated, outcomes=[level()], length=2, **options)


def plainly(
    paths: Floats, treated: Mapping[str, int], estimator: Estimator, pools: PoolRule, effect: float
) -> dict[tuple[int, ...], tuple[float, float]]:
    """Return mean gap and RMSPE of every assignment, each unit fitted by itself."""
    zones = ["ABCDEFGH".index(zone) for zone in treated]
    starts = [start - FIRST for start in treated.values()]
    nothing = paths.copy()
    for zone, start in zip(zones, starts, strict=True):
        nothing[zone, start:] -= effect
    found = {}
    for units in permutations(range(len(paths)), len(zones)):
        gaps, squares = [], []
        for unit, start in zip(units, starts, strict=True):
            out = {*units, *(zones if pools == "exclude_treated" else ())}
            donors = [k for k in range(len(paths)) if k not in out]
            fit = plain_fit(nothing, unit, donors, range(start), intercept=estimator == "sc_intercept")
            gaps.append(fit.gaps[start : start + 2].mean())
            squares.append(fit.rmspe**2)
        found[units] = float(np.mean(gaps)), float(np.sqrt(np.mean(squares)))
    return found


@pytest.mark.parametrize("effect", [0.0, 1.5, -0.7])
@pytest.mark.parametrize(
    ("treated", "estimator", "pools"),
    [
        (SAME, "sc", "symmetric"),
        (SAME, "sc_intercept", "exclude_treated"),
        (APART, "sc", "exclude_treated"),
        (APART, "sc_intercept", "symmetric"),
        (THREE, "sc_intercept", "symmetric"),
    ],
)
def test_every_assignment_is_what_fitting_it_gives(
    treated: Mapping[str, int], estimator: Estimator, pools: PoolRule, effect: float
) -> None:
    paths = noisy_paths(5, units=8)
    draws = several(paths, treated, estimator=estimator, pools=pools).joint.draws
    assert isinstance(draws.units, assignments.Assignments)
    expected = plainly(paths, treated, estimator, pools, effect)
    gaps, ratios = (shifted_statistic(draws, 0, statistic, effect) for statistic in ("mean_gap", "rmspe_ratio"))
    for k, units in enumerate(draws.units.rows.tolist()):
        gap, rmspe = expected[tuple(units)]
        assert gaps[k] == pytest.approx(gap, rel=1e-9, abs=1e-9)
        assert ratios[k] == pytest.approx(gap / rmspe, rel=1e-8, abs=1e-8)


@pytest.mark.parametrize(("treated", "exact"), [(SAME, True), (APART, False), ({"B": 2011, "E": 2012}, False)])
def test_linear_shift_is_claimed_only_where_no_post_period_is_fitted_on(
    treated: Mapping[str, int], exact: bool
) -> None:
    draws = several(noisy_paths(6), treated).joint.draws
    assert (draws.restate is None) is exact
    if draws.restate is not None:
        linear = draws.mean_gap[:, 0] + 3.0 * draws.slope[:, 0]
        assert np.abs(linear - draws.restate(0, 3.0)[0]).max() > 0.01


@pytest.mark.parametrize("effect", [0.0, 2.0])
@pytest.mark.parametrize("dates", [(2011, 2011), (2009, 2012)])
@pytest.mark.parametrize(("statistic", "sign"), [("mean_gap", 1), ("rmspe_ratio", 1), ("net_gap", -1)])
def test_p_under_the_truth_is_uniform_over_the_assignments(
    effect: float, dates: tuple[int, int], statistic: Statistic, sign: int
) -> None:
    """Exactness, not on average but by counting: each assignment has the effect in turn, and each p comes once."""
    nothing = noisy_paths(8, units=6)
    found = []
    for one, other in permutations(range(6), 2):
        if dates[0] == dates[1] and one > other:
            continue
        paths = nothing.copy()
        for unit, date in ((one, dates[0]), (other, dates[1])):
            paths[unit, date - FIRST :] += effect
        draws = several(
            paths, {"ABCDEF"[one]: dates[0], "ABCDEF"[other]: dates[1]}, estimator="sc_intercept"
        ).joint.draws
        found.append(rank_p(oriented_statistic(draws, 0, statistic, sign, effect), draws.treated))
    count = len(found)
    assert np.rint(np.sort(found) * count).tolist() == list(range(1, count + 1))


def test_mean_and_parts() -> None:
    """The joint estimate is the mean of the zones' own; each zone is fitted without the others."""
    paths = noisy_paths(9, units=8)
    effects = several(paths, THREE, estimator="sc_intercept")
    own = [float(part.joint.estimate[0]) for part in effects.parts]
    assert float(effects.joint.estimate[0]) == pytest.approx(np.mean(own), rel=1e-12)
    assert [part.design.unit for part in effects.parts] == ["B", "E", "F"]
    for part in effects.parts:
        fit = part.fits[0]
        assert set(fit.units) & set(THREE) == {part.design.unit}
        start = THREE[part.design.unit] - FIRST
        donors = ["ABCDEFGH".index(unit) for unit in fit.units if unit not in THREE]
        plain = plain_fit(paths, "ABCDEFGH".index(part.design.unit), donors, range(start), intercept=True)
        assert float(part.joint.estimate[0]) == pytest.approx(plain.gaps[start : start + 2].mean(), rel=1e-9)
    assert effects.joint.zones == 3
    assert [decision.unit for decision in effects.donors] == ["A", "C", "D", "G", "H"]
    rows = effects.summary().records()
    assert [row["zone"] for row in rows] == ["B", "E", "F", "mean"]
    assert [row["estimate"] for row in rows] == [*own, float(effects.joint.estimate[0])]
    assert [row["n"] for row in rows] == [6, 6, 6, len(effects.joint.draws.units)]
    assert rows[-1]["p"] == effects.joint.rank_p(0)
    assert (rows[-1]["low"], rows[-1]["high"]) == confidence_set(effects.joint, effects.joint.outcomes[0].name).span
    frame = effects.to_frame()
    mean = frame[(frame["unit"] == "B, E, F") & (frame["measure"] == "mean_gap")]["value"]
    assert mean.tolist() == [float(effects.joint.estimate[0])]
    assert set(frame[frame["treated"]]["unit"]) == {"B, E, F", "B", "E", "F"}


def test_identified_only_where_every_zone_is() -> None:
    paths = noisy_paths(10, units=8)
    paths[4] *= 30
    effects = several(paths, APART)
    labels = [check.label for check in effects.joint.identification[0].not_passed()]
    assert labels
    assert any(label.startswith("E: ") for label in labels)
    assert len(effects.joint.identification[0].checks) == 12


def test_order_of_zones_does_not_matter() -> None:
    paths = noisy_paths(11)
    one, other = several(paths, APART), several(paths, dict(reversed(APART.items())))
    assert one.joint.unit == other.joint.unit
    assert one.joint.draws.mean_gap.tobytes() == other.joint.draws.mean_gap.tobytes()


# ---------------------------------------------------------------------------------------------------- assignments


@pytest.mark.parametrize("kinds", [(0, 0), (0, 1), (0, 0, 1), (0, 1, 1), (0, 0, 0), (0, 1, 2)])
def test_all_assignments_are_there_once(kinds: tuple[int, ...]) -> None:
    names = tuple("ABCDE")
    found = all_or_drawn(names, kinds, [2001 + kind for kind in kinds], range(len(kinds)), draws=9, seed=1)
    wanted = {
        tuple(frozenset(units[k] for k, own in enumerate(kinds) if own == kind) for kind in sorted(set(kinds)))
        for units in permutations(range(5), len(kinds))
    }
    seen = [
        tuple(frozenset(row[k] for k, own in enumerate(kinds) if own == kind) for kind in sorted(set(kinds)))
        for row in found.rows.tolist()
    ]
    assert len(seen) == len(set(seen)) == len(wanted) == count_assignments(5, kinds)
    assert set(seen) == wanted
    assert found.rows[found.actual].tolist() == list(range(len(kinds)))
    assert found[found.actual] == ", ".join(f"{names[k]} {2001 + kind}" for k, kind in enumerate(kinds))
    assert found[1:3] == [found[1], found[2]]


def test_draws_are_uniform_and_p_is_one_plus_b_over_one_plus_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    paths = noisy_paths(12, units=7)
    every = several(paths, APART, estimator="sc_intercept").joint.draws
    monkeypatch.setattr(assignments, "ENUMERATED", 10)
    effects = several(paths, APART, estimator="sc_intercept", draws=4_200, seed=3)
    drawn = effects.joint.draws
    assert drawn.drawn
    assert len(drawn.units) == 4_201
    assert any("Monte Carlo" in note and "seed 3" in note for note in effects.notes)
    assert isinstance(drawn.units, assignments.Assignments)
    counts = np.unique(drawn.units.rows[1:], axis=0, return_counts=True)[1]
    assert len(counts) == 42
    # Chi-squared with 41 degrees of freedom: beyond 85 in one of 20,000 seeds.
    assert float(((counts - 100) ** 2 / 100).sum()) < 85
    exact = rank_p(every.mean_gap[:, 0], every.treated)
    more = np.sum(drawn.mean_gap[1:, 0] >= drawn.mean_gap[0, 0] - 1e-12)
    assert rank_p(drawn.mean_gap[:, 0], drawn.treated) == (1 + more) / 4_201
    assert abs((1 + more) / 4_201 - exact) < 4 * np.sqrt(exact * (1 - exact) / 4_200)


# ------------------------------------------------------------------------------------- placebo effects before


def earlier_of(draws: PlaceboDraws) -> tuple[list[list[int]], Floats, Floats]:
    """Return assignments, and the lowest and the highest of their placebo effects."""
    assert isinstance(draws.units, assignments.Assignments)
    assert draws.earlier is not None
    found = draws.earlier()
    return draws.units.rows.tolist(), found.low[:, 0], found.high[:, 0]


def earlier_plainly(
    paths: Floats, treated: Mapping[str, int], windows: Sequence[int], held: int, pools: PoolRule, *, intercept: bool
) -> dict[tuple[int, ...], float]:
    """Return every assignment's placebo effect with all zones dated so many periods before the first start."""
    first = min(treated.values()) - FIRST
    zones = ["ABCDEFGH".index(zone) for zone in treated]
    found = {}
    for units in permutations(range(len(paths)), len(treated)):
        gaps = []
        for unit, window in zip(units, windows, strict=True):
            out = {*units, *(zones if pools == "exclude_treated" else ())}
            donors = [k for k in range(len(paths)) if k not in out]
            fit = plain_fit(paths[:, :first], unit, donors, range(first - held), intercept=intercept)
            gaps.append(fit.gaps[first - held :][:window].mean())
        found[units] = float(np.mean(gaps))
    return found


@pytest.mark.parametrize(
    ("treated", "windows", "estimator", "pools"),
    [
        (SAME, (2, 2), "sc", "symmetric"),
        (SAME, (3, 3), "sc_intercept", "exclude_treated"),
        (APART, (2, 2), "sc_intercept", "symmetric"),
        (APART, (4, 2), "sc_intercept", "symmetric"),
        (THREE, (3, 1, 1), "sc", "symmetric"),
    ],
)
def test_placebo_effects_before_are_those_of_zones_dated_earlier_by_hand(
    treated: Mapping[str, int], windows: tuple[int, ...], estimator: Estimator, pools: PoolRule
) -> None:
    """Eight or ten periods before the first start; as many dates as the longest window has periods, four at most."""
    longest = max(windows)
    paths = noisy_paths(5, units=8 if longest < 4 else 6)  # donors few enough for weights to be unique
    designs = [
        FewDesign(zone, start, (start, start + window - 1), estimator=estimator, pools=pools)
        for (zone, start), window in zip(treated.items(), windows, strict=True)
    ]
    draws = estimate_several(panel_of({"y": paths}), [level()], designs).joint.draws
    by_date = [
        earlier_plainly(paths, treated, windows, held, pools, intercept=estimator == "sc_intercept")
        for held in range(1, longest + 1)
    ]
    for units, low, high in zip(*earlier_of(draws), strict=True):
        effects = [found[tuple(units)] for found in by_date]
        assert low == pytest.approx(min(effects), rel=1e-8, abs=1e-9)
        assert high == pytest.approx(max(effects), rel=1e-8, abs=1e-9)


def test_placebo_effects_before_are_those_of_a_study_of_the_time_before() -> None:
    """As if the data ended where the first zone starts, and both zones had begun one or two periods before."""
    paths = noisy_paths(20, units=8)
    rows, low, high = earlier_of(several(paths, APART, estimator="sc_intercept").joint.draws)
    before = []
    for held in (1, 2):
        date = 2009 - held
        designs = [FewDesign(zone, date, (date, 2008), estimator="sc_intercept") for zone in APART]
        draws = estimate_several(panel_of({"y": paths[:, :8]}), [level()], designs).joint.draws
        assert isinstance(draws.units, assignments.Assignments)
        before.append(dict(zip(map(frozenset, draws.units.rows.tolist()), draws.mean_gap[:, 0].tolist(), strict=True)))
    effects = np.array([[found[frozenset(units)] for found in before] for units in rows])
    np.testing.assert_allclose(low, effects.min(axis=1), rtol=1e-8, atol=1e-9)
    np.testing.assert_allclose(high, effects.max(axis=1), rtol=1e-8, atol=1e-9)


def test_placebo_effects_before_follow_the_units_and_no_effect_touches_them() -> None:
    paths = noisy_paths(21, units=8)
    order = np.array([3, 6, 0, 7, 5, 1, 4, 2])
    rows, low, high = earlier_of(several(paths, APART, estimator="sc_intercept").joint.draws)
    changed = paths[order]
    changed[1, 2009 - FIRST :] += 5.0  # B, and E: whichever units now stand there
    changed[4, 2012 - FIRST :] -= 9.0
    again, lower, higher = earlier_of(several(changed, APART, estimator="sc_intercept").joint.draws)
    places = {tuple(order[units].tolist()): k for k, units in enumerate(np.array(again))}
    moved = [places[tuple(units)] for units in rows]
    np.testing.assert_allclose(lower[moved], low, rtol=1e-9, atol=1e-10)
    np.testing.assert_allclose(higher[moved], high, rtol=1e-9, atol=1e-10)


def test_placebo_effects_before_of_random_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    paths = noisy_paths(22, units=7)
    rows, low, high = earlier_of(several(paths, APART).joint.draws)
    known = {tuple(units): pair for units, *pair in zip(rows, low, high, strict=True)}
    monkeypatch.setattr(assignments, "ENUMERATED", 10)
    drawn = several(paths, APART, draws=200, seed=3).joint.draws
    assert drawn.drawn
    for units, *pair in zip(*earlier_of(drawn), strict=True):
        assert pair == pytest.approx(known[tuple(units)], rel=1e-9, abs=1e-10)


def test_of_very_many_assignments_three_dates_stand_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """The latest, the earliest and the one between of five."""
    paths = noisy_paths(24, units=6, periods=20)
    treated = {"B": 2012, "E": 2015}
    designs = [FewDesign(zone, start, (start, start + 4), estimator="sc_intercept") for zone, start in treated.items()]
    monkeypatch.setattr(earlier, "_MANY", 20)
    draws = estimate_several(panel_of({"y": paths}), [level()], designs).joint.draws
    by_date = [earlier_plainly(paths, treated, (5, 5), held, "symmetric", intercept=True) for held in (1, 3, 5)]
    for units, *pair in zip(*earlier_of(draws), strict=True):
        effects = [found[tuple(units)] for found in by_date]
        assert pair == pytest.approx([min(effects), max(effects)], rel=1e-8, abs=1e-9)


def test_placebo_effects_before_need_five_periods_that_all_are_fitted_on() -> None:
    paths = noisy_paths(23, units=8)
    designs = [FewDesign(zone, start, (start, start + 1)) for zone, start in (("B", 2006), ("E", 2010))]
    _, low, high = earlier_of(estimate_several(panel_of({"y": paths}), [level()], designs).joint.draws)
    assert np.isfinite(low).all()
    assert np.array_equal(low, high)  # one period of five can be held out
    later = [designs[0], FewDesign("E", 2010, (2010, 2011), pre_from=2002)]
    short = estimate_several(panel_of({"y": paths}), [level()], later).joint
    assert np.isnan(earlier_of(short.draws)[1]).all()
    with pytest.raises(UsageError, match="five fitted periods before the first start"):
        oriented_statistic(short.draws, 0, "net_gap", 1)


# ------------------------------------------------------------------------------------------------ judged, and sets


def claim_effects(treated: Mapping[str, int]) -> SeveralEffects:
    gain = Outcome("gain", role="development", good="up", margin=1.0, scale="level")
    harm = Outcome("harm", role="environment", good="down", margin=1.0, scale="level")
    panel = panel_of({"gain": noisy_paths(13, units=8), "harm": noisy_paths(14, units=8)})
    return synthetic_controls(panel, treated=treated, outcomes=[gain, harm], length=2, estimator="sc_intercept")


@pytest.mark.parametrize("treated", [SAME, APART])
@pytest.mark.parametrize("statistic", ["mean_gap", "rmspe_ratio", "net_gap", "excess_gap"])
def test_smallest_margin_divides_what_is_rejected(treated: Mapping[str, int], statistic: Statistic) -> None:
    effects = claim_effects(treated)
    verdict = judge(effects, statistic=statistic, alpha=0.1)
    assert verdict.unit_count == len(effects.joint.draws.units)
    for column, test in enumerate(verdict.tests):
        sign = effects.joint.outcomes[column].sign
        bound = test.smallest_excluded_margin
        assert bound is not None

        def p(harm: float, column: int = column, sign: int = sign) -> float:
            values = oriented_statistic(effects.joint.draws, column, statistic, sign, -sign * harm)
            return rank_p(values, effects.joint.draws.treated)

        beyond = [p(bound + step) for step in (1e-9, 0.01, 0.1, 0.3, 1.0, 3.0)]
        assert max(beyond) <= 0.1
        assert p(bound - 0.02) > 0.1


@pytest.mark.parametrize("treated", [SAME, APART])
@pytest.mark.parametrize("side", ["two-sided", "lower bound", "upper bound"])
def test_confidence_set_holds_what_is_not_rejected(treated: Mapping[str, int], side: Side) -> None:
    joint = claim_effects(treated).joint
    inside = confidence_set(joint, "gain", alpha=0.1, side=side)
    ends = [end for item in inside.intervals for end in (item.low, item.high) if np.isfinite(end)]
    assert len(ends) >= 1
    for null in np.linspace(min(ends) - 2, max(ends) + 2, 60):
        values = shifted_statistic(joint.draws, 0, "mean_gap", float(null))
        values = {"two-sided": np.abs(values), "lower bound": values, "upper bound": -values}[side]
        if min(abs(null - end) for end in ends) > 0.02:
            assert (float(null) in inside) == (rank_p(values, joint.draws.treated) > 0.1), null


def test_words_speak_of_assignments() -> None:
    verdict = judge(claim_effects(APART))
    assert any("each of the 56 assignments of dates to units" in remark for remark in verdict.remarks)


# ----------------------------------------------------------------------------------------------- what is not there


def test_periods_that_one_zone_lacks_are_left_out_for_all() -> None:
    paths = noisy_paths(15, units=8)
    paths[1, 0] = np.nan  # B
    effects = several(paths, APART)
    assert any("2001 left out for every zone, missing for B" in note for note in effects.notes)
    without = synthetic_controls(panel_of({"y": paths[:, 1:]}, first=2002), treated=APART, outcomes=[level()], length=2)
    assert effects.joint.draws.mean_gap == pytest.approx(without.joint.draws.mean_gap, rel=1e-12)


def test_one_pool_serves_all_zones() -> None:
    paths = noisy_paths(16, units=8)
    paths[7, -2] = np.nan  # H, in 2013: only the later zone's window needs it
    effects = several(paths, APART)
    assert "H" not in {unit for part in effects.parts for unit in part.fits[0].units}
    reason = {decision.unit: decision.reason for decision in effects.donors}["H"]
    assert "2013" in reason


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"treated": {"B": 2009}}, UsageError, "there are 1 zones"),
        ({"treated": dict.fromkeys("ABCDEF", 2009)}, UsageError, "two to 5"),
        ({"treated": ["B", "E"]}, UsageError, "a mapping from zone"),
        ({"treated": {"B": 2009, "X": 2010}}, UsageError, "'X'"),
        ({"treated": {"B": 2009, "E": "2010"}}, UsageError, "the start of 'E'"),
        ({"treated": {"B": 2009, "E": 2014}}, MethodError, "1 of 2 periods from the start of 'E'"),
        ({"treated": APART, "length": 0}, UsageError, "length is 0"),
        ({"treated": APART, "estimator": "sdid", "pools": "exclude_treated"}, UsageError, "'sc' or 'sc_intercept'"),
        ({"treated": APART, "draws": 0}, UsageError, "draws is 0"),
        ({"treated": APART, "draws": "many"}, UsageError, "draws is 'many'"),
        ({"treated": APART, "seed": -1}, UsageError, "seed is -1"),
        ({"treated": APART, "excluded": ["E"]}, UsageError, "'E'"),
        ({"treated": dict.fromkeys("BCD", 2009), "pools": "exclude_treated"}, MethodError, "without a donor"),
    ],
)
def test_what_cannot_be_done_is_said(options: dict[str, Any], error: type[Exception], words: str) -> None:
    count = 6 if "without" in words else 8
    with pytest.raises(error, match=words.replace("(", r"\(")):
        synthetic_controls(
            panel_of({"y": noisy_paths(17, units=count)}), outcomes=[level()], **({"length": 2} | options)
        )


@pytest.mark.parametrize(
    ("lost", "words"),
    [
        ({"E": range(2001, 2015)}, "'E' is missing in 2009, 2010"),
        ({"E": [2010]}, "'E' is missing in 2010"),
        ({"B": [2013]}, "'B' is missing in 2013"),
        ({"B": range(2001, 2005), "E": range(2005, 2009)}, "no period from 2001 to 2008 that all zones are observed"),
    ],
)
def test_the_zone_that_lacks_figures_is_named(lost: Mapping[str, Sequence[int]], words: str) -> None:
    paths = noisy_paths(17, units=8)
    for zone, periods in lost.items():
        paths["ABCDEFGH".index(zone), [period - FIRST for period in periods]] = np.nan
    with pytest.raises(MethodError, match=words):
        several(paths, APART)


@pytest.mark.parametrize(
    ("changed", "words"), [({"estimator": "sc_intercept"}, "estimator differ"), ({"unit": "B"}, "appear twice")]
)
def test_designs_that_contradict_are_refused(changed: dict[str, Any], words: str) -> None:
    plain: dict[str, Any] = {"start": 2010, "window": (2010, 2011), "estimator": "sc"}
    designs: Sequence[FewDesign] = [FewDesign("B", **plain), FewDesign(**({"unit": "E"} | plain | changed))]
    with pytest.raises(UsageError, match=words):
        estimate_several(panel_of({"y": noisy_paths(18)}), [level()], designs)
