"""From a table to effects by dose, a verdict, one zone; and what is refused, with one clear error each."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from tests.unit.dose.simple import COLUMNS, drawn, frame_of

from pilotzone.core import NEVER, DataError, JointEffects, MethodError, Outcome, PlaceboDraws, UsageError, significant
from pilotzone.evaluation.dose import DoseDesign, dose_effects, zone_per_dose
from pilotzone.evaluation.dose.hotelling import joint_test
from pilotzone.evaluation.dose.stage import effects_of_units
from pilotzone.evaluation.many import sup_t
from pilotzone.judgement import judge

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from pilotzone.evaluation.dose.units import DoseUnits

STRONG = DoseDesign("strong_parallel_trends", degree=2)
Y1 = Outcome("y1", "development", "up", 0.5, "level", unit="job")
Y2 = Outcome("y2", "environment", "down", 0.5, "level")


def test_a_table_goes_through_to_a_verdict() -> None:
    units = drawn(150)
    found = dose_effects(frame_of(units), [Y1, Y2], **COLUMNS, design=STRONG)
    direct = effects_of_units(units, [Y1, Y2], STRONG)
    assert [row.estimate for row in found.rows] == pytest.approx([row.estimate for row in direct.rows], rel=1e-10)
    per = found.per(2.0, "2 MW")
    slopes = [found.select(name, "slope", "mean")[0] for name in ("y1", "y2")]
    assert per.estimate == pytest.approx([2 * row.estimate for row in slopes], rel=1e-12)
    assert per.covariance is not None
    assert per.covariance.se == pytest.approx([2 * row.se for row in slopes], rel=1e-10)
    assert per.covariance.degrees == pytest.approx(min(row.degrees for row in slopes), rel=1e-10)
    assert abs(per.covariance.correlation[0, 1]) > 0.1
    assert per.estimator == "continuous_dose"
    assert [item.title for item in per.outcomes] == ["y1 per 2 MW", "y2 per 2 MW"]
    assert "no selection on gains, untestable" in per.unit
    verdict = judge(per)
    assert {test.outcome.name for test in verdict.tests} == {"y1", "y2"}
    levels = [found.select(name, "level", "mean")[0].estimate for name in ("y1", "y2")]
    assert found.joint.estimate == pytest.approx(levels, rel=1e-12)
    assert len(judge(found).tests) == 2


def test_every_label_carries_the_assumption_and_slopes_need_the_strong_one() -> None:
    plain = effects_of_units(drawn(), [Y1, Y2], DoseDesign("parallel_trends", degree=2))
    strong = effects_of_units(drawn(), [Y1, Y2], STRONG)
    assert all("each dose for the units that got it" in row.label for row in plain.rows)
    assert all("no selection on gains, untestable" in row.label for row in strong.rows)
    assert {row.quantity for row in plain.rows} == {"level", "per_dose"}
    assert "|" in plain.select(of="curve")[0].symbol
    assert "|" not in strong.select(of="curve")[0].symbol
    assert plain.to_frame()["label"].str.contains("each dose").all()
    assert "is assumed" in " ".join(strong.notes)
    with pytest.raises(UsageError, match="'parallel_trends'"):
        plain.per()
    with pytest.raises(UsageError, match="slope"):
        plain.select(quantity="slope")
    assert plain.per(quantity="per_dose").estimate[0] == pytest.approx(
        plain.select("y1", "per_dose", "mean")[0].estimate
    )


def test_bands_hold_curves_together() -> None:
    found = effects_of_units(drawn(), [Y1, Y2], STRONG)
    curve = found.select("y2", "level", "curve")
    at = found.sums.where(outcome=1, quantity="level")["curve"]
    rows = found.sums.rows[at]
    least = min(row.degrees for row in curve)
    critical = sup_t(rows @ found.spread.covariance @ rows.T, degrees=least, draws=2_000)
    for row in curve:
        assert row.band_high is not None
        assert row.band_high - row.estimate == pytest.approx(critical * row.se, rel=1e-10)
        assert row.band_high > row.high
    assert all(row.band_low is None for row in found.select(of="mean"))


def test_the_joint_test_is_hotellings() -> None:
    rng = np.random.default_rng(3)
    sample = rng.normal(size=(12, 3))
    mean, matrix = sample.mean(axis=0), np.cov(sample.T) / 12
    found = joint_test(mean, matrix, 11.0)
    from scipy import stats

    square = float(mean @ np.linalg.solve(matrix, mean))
    assert found.wald == pytest.approx(square, rel=1e-10)
    assert found.p == pytest.approx(stats.f.sf(square * (12 - 3) / (3 * 11), 3, 9), rel=1e-9)
    twice = np.vstack([np.eye(3), [[1.0, 1.0, 0.0]]])
    assert joint_test(twice @ mean, twice @ matrix @ twice.T, 11.0).rank == 3
    assert joint_test(mean, matrix, 2.0).p is None


def test_placebo_periods_see_a_trend_by_dose_alone() -> None:
    """Units with large doses were on another path before, those with a mean dose were not."""
    units = drawn(300, outcomes=1)
    time = np.array(units.periods)
    tilt = 1.2 * np.where(units.doses > 0, units.doses - units.doses[units.doses > 0].mean(), 0.0)
    tilted = replace(units, values=units.values + tilt[:, None] * time)
    calm, moved = (effects_of_units(item, [Y1], STRONG).pre_trends[0] for item in (units, tilted))
    assert calm.events == (-3, -2)
    assert calm.by_event.p is not None
    assert calm.by_event.p > 0.05
    assert moved.by_event.p is not None
    assert moved.by_dose.p is not None
    assert max(moved.by_event.p, moved.by_dose.p) < 0.001
    level = [
        row for row in effects_of_units(tilted, [Y1], STRONG).select(quantity="level", of="events") if row.event == -2
    ]
    assert level[0].p > 0.01


def test_clusters_are_what_is_drawn() -> None:
    frame = frame_of(drawn(240))
    frame["province"] = frame["unit"] % 24
    found = dose_effects(frame, [Y1, Y2], **COLUMNS, cluster="province", design=STRONG)
    joint = found.per()
    assert joint.covariance is not None
    assert joint.covariance.drawn == "clusters by province"
    assert joint.covariance.degrees == 24 - 3
    frame["province"] = frame["unit"] % 12
    with pytest.raises(MethodError, match="12 clusters by province among the treated"):
        dose_effects(frame, [Y1, Y2], **COLUMNS, cluster="province", design=STRONG)


def test_lowest_doses_are_compared_with_where_nobody_is_untreated() -> None:
    units = drawn(120, 3, (2,), levels=(0.5, 1, 2, 4), outcomes=1)
    design = DoseDesign("strong_parallel_trends", "bins", controls="lowest_dose")
    found = effects_of_units(units, [Y1], design)
    assert "beyond that of the lowest doses, up to 0.5" in found.notes[-1]
    assert all("beyond the effect of the lowest doses, up to 0.5" in row.label for row in found.rows)
    change = units.values[:, 1:].mean(axis=1) - units.values[:, 0]
    low = change[units.doses == 0.5].mean()
    curve = found.select(quantity="level", of="curve")
    assert [row.estimate for row in curve] == pytest.approx([change[units.doses == d].mean() - low for d in (1, 2, 4)])
    first = found.select(quantity="slope", of="curve")[0]
    assert first.estimate == pytest.approx(curve[0].estimate / 0.5)
    with pytest.raises(MethodError, match="no unit is never treated"):
        effects_of_units(units, [Y1], DoseDesign())
    with pytest.raises(MethodError, match="are never treated, and controls='lowest_dose' is asked for"):
        effects_of_units(drawn(), [Y1, Y2], design)


def _with(change: Callable[[pd.DataFrame], None]) -> pd.DataFrame:
    frame = frame_of(drawn(60, 3, (2, NEVER), outcomes=1))
    change(frame)
    return frame


def _at(column: str, value: Any, rows: Callable[[pd.DataFrame], Any]) -> Callable[[pd.DataFrame], None]:  # noqa: ANN401
    def change(frame: pd.DataFrame) -> None:
        frame.loc[rows(frame), column] = value

    return change


def _one(frame: pd.DataFrame) -> Any:  # noqa: ANN401
    return frame.unit == frame.unit[frame.dose > 0].iloc[0]


@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        (_at("dose", 2.0, lambda f: f.dose > 0), MethodError, "all treated units have the same dose, 2"),
        (_at("dose", -1.0, _one), DataError, "'dose' is negative for 1 treated unit, the lowest -1"),
        (_at("dose", np.nan, _one), DataError, "'dose' is not a number in 3 rows"),
        (_at("dose", 9.0, lambda f: _one(f) & (f.time == 3)), DataError, "changes 'dose' from"),
        (_at("dose", 0.0, lambda f: f.dose > 0), MethodError, "no treated unit can be used"),
        (
            _at("dose", 1e200, _one),
            DataError,
            r"column 'dose' is 1e\+200 for unit \d+\.\n *Allowed: doses up to 1e\+30",
        ),
        (_at("dose", -1e200, _one), DataError, r"column 'dose' is -1e\+200 for unit \d+"),
        (_at("dose", 1e20, _one), MethodError, "too unevenly to tell 4 functions .* the largest is 1e\\+20"),
        (_at("cohort", 1, lambda f: f.dose > 0), MethodError, "are treated from the panel's first period 1"),
    ],
)
def test_bad_doses_are_refused_with_one_clear_error(
    change: Callable[[pd.DataFrame], None], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said) as told:
        dose_effects(_with(change), "y1", **COLUMNS)
    assert "covariate" not in str(told.value)


def test_too_few_units_or_doses_are_refused() -> None:
    with pytest.raises(MethodError, match="the treated units have 4 different doses"):
        effects_of_units(drawn(levels=(1, 2, 3, 4)), [Y1, Y2], DoseDesign())
    with pytest.raises(MethodError, match="bin 3 of 3 holds no treated unit"):
        effects_of_units(drawn(), [Y1, Y2], DoseDesign(basis="bins", bins=(1.0, 50.0)))
    with pytest.raises(MethodError, match="treated units for 4 coefficients, 12 needed") as told:
        effects_of_units(drawn(16, 3, (2, NEVER)), [Y1, Y2], DoseDesign())
    assert told.value.allowed is not None
    assert told.value.allowed.startswith("a cohort with 12 treated units or more for 4 coefficients")
    units = drawn(90)
    few = np.flatnonzero(units.cohorts == 3)[6:]
    keep = np.setdiff1d(np.arange(90), few)
    some = replace(units, cohorts=units.cohorts[keep], doses=units.doses[keep], values=units.values[keep])
    found = effects_of_units(some, [Y1, Y2], STRONG)
    assert found.notes[0] == "The cohort of 3 is left out: 6 treated units for 3 coefficients, 9 needed."
    assert found.cohorts == 1


def _first_treated(count: int, *, controls: int = 40) -> DoseUnits:
    """Return so many treated units, each with a dose of its own, and units to compare with."""
    units = drawn(200, 3, (2, NEVER), outcomes=1)
    treated, never = (np.flatnonzero((units.cohorts == NEVER) == out) for out in (False, True))
    keep = np.concatenate([treated[:count], never[:controls]])
    return replace(units, cohorts=units.cohorts[keep], doses=units.doses[keep], values=units.values[keep])


@pytest.mark.parametrize(
    ("units", "design", "todo"),
    [
        (_first_treated(3), STRONG, "evaluate without doses, or evaluate a single zone by synthetic control"),
        (_first_treated(7), STRONG, "lower the degree or leave out knots"),
        (_first_treated(7), DoseDesign(basis="bins"), "take fewer bins"),
        (
            _first_treated(4),
            DoseDesign(basis="bins"),
            "evaluate without doses, or evaluate a single zone by synthetic control",
        ),
        (
            _first_treated(30, controls=3),
            STRONG,
            "evaluate without doses, or evaluate a single zone by synthetic control",
        ),
        (
            drawn(120, 3, (2, NEVER), levels=(1, 2), outcomes=1),
            STRONG,
            "take basis='bins', with an effect for each dose",
        ),
    ],
)
def test_advice_names_only_what_can_help(units: DoseUnits, design: DoseDesign, todo: str) -> None:
    with pytest.raises(MethodError) as told:
        effects_of_units(units, [Y1], design)
    assert told.value.todo == todo
    if "lower the degree" in todo:
        effects_of_units(units, [Y1], replace(design, degree=1))
    elif "fewer bins" in todo:
        effects_of_units(units, [Y1], replace(design, bins=1))
    elif "bins" in todo:
        effects_of_units(units, [Y1], replace(design, basis="bins"))


def test_what_is_left_out_is_told() -> None:
    frame = frame_of(drawn(150, outcomes=1))
    never, treated = frame.unit[frame.dose == 0].iloc[0], frame.unit[frame.dose > 0].unique()
    frame.loc[frame.unit == never, "dose"] = 3.0
    frame.loc[frame.unit == treated[0], "dose"] = 0.0
    frame.loc[(frame.unit == treated[1]) & (frame.time == 2), "y1"] = np.nan
    found = dose_effects(frame, "y1", **COLUMNS, design=STRONG)
    assert found.notes[:3] == (
        "1 unit lacks an outcome in some period and is left out.",
        "1 unit is treated with a dose of zero and is left out.",
        "1 unit is never treated and has a dose, which is not used.",
    )


def test_a_unit_with_most_of_all_doses_is_named() -> None:
    frame = frame_of(drawn(150, outcomes=1))
    treated = frame.unit[frame.dose > 0].unique()
    calm = dose_effects(frame, "y1", **COLUMNS, design=STRONG)
    assert not any("depend on this one unit" in note for note in calm.notes)
    whole = float(frame.dose[~frame.duplicated("unit")].sum())
    frame.loc[frame.unit == treated[5], "dose"] = 3 * (whole - float(frame.dose[frame.unit == treated[5]].iloc[0]))
    frame.loc[frame.unit == treated[1], "y1"] = np.nan  # names are those of the units that are left
    found = dose_effects(frame, "y1", **COLUMNS, design=DoseDesign("strong_parallel_trends", degree=1))
    told = [note for note in found.notes if "depend on this one unit" in note]
    assert len(told) == 1
    assert told[0].startswith(f"Unit {treated[5]} has a dose of ")
    assert re.search(r"which is 7[5-7](\.\d)? % of the sum of all doses", told[0])


def test_placebo_effects_are_told_in_the_outcomes_display_unit() -> None:
    units = drawn(150)
    log = replace(Y1, scale="log", margin=20.0, unit="1")
    found = effects_of_units(units, [log, Y2], STRONG)
    tested = found.joint.identification
    level = [row for row in found.select("y1", "level", "events") if row.event in found.pre_trends[0].events]
    largest = max(abs(row.estimate) for row in level)
    assert f"The largest placebo effect is {significant(log.margin_of(-largest))} %;" in tested[0].checks[0].statement
    assert " %" not in tested[1].checks[0].statement
    job = effects_of_units(units, [Y1, Y2], STRONG).joint.identification[0].checks[0].statement
    assert job.count(" job") == 3
    assert job.endswith(" The margin, 0.500 job, lies between: the data cannot tell; more units would.")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"assumption": "pt"}, "assumption is 'pt'"),
        ({"degree": 0}, "degree is 0"),
        ({"bins": 3}, "basis is 'spline'"),
        ({"basis": "bins", "bins": (2.0, 1.0)}, "bins is"),
        ({"grid": (1.0, 1.0)}, "grid is"),
        ({"lowest": 1.0}, "lowest is 1.0"),
        ({"level": 0.2}, "level is 0.2"),
    ],
)
def test_designs_that_cannot_be_are_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        DoseDesign(**options)


def test_grids_beyond_the_doses_are_refused() -> None:
    with pytest.raises(UsageError, match="doses that all cohorts have") as told:
        effects_of_units(drawn(), [Y1, Y2], replace(STRONG, grid=(1.0, 40.0)))
    assert "40" in told.value.what


def zone(seed: int = 1) -> JointEffects:
    rng = np.random.default_rng(seed)
    gaps = rng.normal(size=(20, 1))
    gaps[0] = 4.0
    slope = np.full((20, 1), 0.05)
    slope[0] = -1.0
    draws = PlaceboDraws(tuple(f"u{k:02d}" for k in range(20)), 0, gaps, slope, np.ones((20, 1)), "symmetric")
    outcome = Outcome("jobs", "development", "up", 1.0, "level", unit="job")
    return JointEffects("u00", 2016, (2016, 2017), "sc", (outcome,), gaps[0], draws)


def test_one_zone_has_an_average_per_unit_of_dose_and_the_same_p() -> None:
    plain = zone()
    found = zone_per_dose(plain, 800.0, per=1000.0, unit="USD 1 bn")
    assert found.joint.estimate[0] == pytest.approx(4.0 * 1000 / 800)
    assert found.joint.rank_p(0) == plain.rank_p(0) == 1 / 20
    # A null effect of 5 per USD 1 bn is one of 4 on the zone: the same placebo gaps, on the other scale.
    scaled, draws = found.joint.draws, plain.draws
    assert scaled.mean_gap + 5.0 * scaled.slope == pytest.approx((draws.mean_gap + 4.0 * draws.slope) * 1.25)
    assert found.joint.outcomes[0].title == "jobs per USD 1 bn"
    assert "One zone says nothing of what more or less would have done" in repr(found).replace("\n", " ")
    same = replace(plain, outcomes=(replace(plain.outcomes[0], margin=0.8),))
    assert judge(found.joint).label == judge(same).label


@pytest.mark.parametrize("dose", [0.0, -1.0, float("nan"), True, "10"])
def test_doses_of_zones_that_cannot_be_are_refused(dose: Any) -> None:  # noqa: ANN401
    with pytest.raises(UsageError, match="the dose is"):
        zone_per_dose(zone(), dose)


def test_many_units_are_not_one_zone() -> None:
    with pytest.raises(UsageError, match="not those of one zone"):
        zone_per_dose(effects_of_units(drawn(), [Y1, Y2], STRONG), 2.0)
