"""Two or three zones, against the same thing done assignment by assignment with SciPy's least squares."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from tests.unit.few.plain import level, noisy_paths, panel_of, plain_fit

from pilotzone import confidence_set, judge, synthetic_controls
from pilotzone.core import MethodError, Outcome, UsageError, rank_p
from pilotzone.evaluate.few import FewDesign, SeveralEffects, assignments, estimate_several
from pilotzone.evaluate.few.assignments import all_or_drawn, count_assignments
from pilotzone.judge.ranks import shifted_statistic

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from pilotzone.core import Estimator, PoolRule, Statistic
    from pilotzone.judge.intervals import Side

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
@pytest.mark.parametrize("statistic", ["mean_gap", "rmspe_ratio"])
def test_p_under_the_truth_is_uniform_over_the_assignments(
    effect: float, dates: tuple[int, int], statistic: Statistic
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
        found.append(rank_p(shifted_statistic(draws, 0, statistic, effect), draws.treated))
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


# ------------------------------------------------------------------------------------------------ judged, and sets


def claim_effects(treated: Mapping[str, int]) -> SeveralEffects:
    gain = Outcome("gain", role="development", good="up", margin=1.0, scale="level")
    harm = Outcome("harm", role="environment", good="down", margin=1.0, scale="level")
    panel = panel_of({"gain": noisy_paths(13, units=8), "harm": noisy_paths(14, units=8)})
    return synthetic_controls(panel, treated=treated, outcomes=[gain, harm], length=2, estimator="sc_intercept")


@pytest.mark.parametrize("treated", [SAME, APART])
@pytest.mark.parametrize("statistic", ["mean_gap", "rmspe_ratio"])
def test_smallest_margin_divides_what_is_rejected(treated: Mapping[str, int], statistic: Statistic) -> None:
    effects = claim_effects(treated)
    verdict = judge(effects, statistic=statistic, alpha=0.1)
    assert verdict.unit_count == len(effects.joint.draws.units)
    for column, test in enumerate(verdict.tests):
        sign = effects.joint.outcomes[column].sign
        bound = test.smallest_excluded_margin
        assert bound is not None

        def p(harm: float, column: int = column, sign: int = sign) -> float:
            values = sign * shifted_statistic(effects.joint.draws, column, statistic, -sign * harm)
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
        ({"treated": APART, "estimator": "sdid", "pools": "exclude_treated"}, UsageError, "'sc', 'sc_intercept'"),
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
