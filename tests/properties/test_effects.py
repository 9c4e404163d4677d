"""What holds for effects on any data: order, names, units of measure and time do not matter; bad input is refused."""

from __future__ import annotations

import math
import string
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import pilotzone as pz
from pilotzone.core import Estimator, rank_p

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pilotzone.evaluation.few import FewEffects

    Floats = NDArray[np.float64]

START, FIRST = 2009, 2001
CLAIM = (
    pz.Outcome("gain", role="development", good="up", margin=0.2, scale="level"),
    pz.Outcome("harm", role="environment", good="down", margin=0.3, scale="level"),
)
MODERATE = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
NAMES = [name for name in get_args(Estimator) if name not in {"mc", "sc_predictors"}]
"""All that a design may have on outcomes alone: matrix completion stands beside others only."""
ESTIMATORS = st.sampled_from(NAMES)
SIMPLEX = [name for name in NAMES if name not in {"sdid", "asc"}]
"""Estimators whose weights solve one programme, without a search for penalties."""


@st.composite
def tables(draw: st.DrawFn) -> pd.DataFrame:
    """Draw a long table of 5 to 9 units, 8 years before and 3 after; figures have three decimals."""
    count = draw(st.integers(5, 9))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    rows = []
    paths = (
        rng.normal(size=(2, count, 1)) + rng.normal(size=(2, 1, 11)).cumsum(axis=2) + rng.normal(size=(2, count, 11))
    )
    for unit in range(count):
        rows += [
            (string.ascii_uppercase[unit], FIRST + t, round(paths[0, unit, t], 3), round(paths[1, unit, t], 3))
            for t in range(11)
        ]
    return pd.DataFrame(rows, columns=["unit", "period", "gain", "harm"])


def effects_of(table: pd.DataFrame, method: str, **changes: Any) -> FewEffects:
    pools = "exclude_treated" if method == "sdid" else "symmetric"
    options: dict[str, Any] = {"treated": "C", "start": START, "outcomes": CLAIM, "estimator": method, "pools": pools}
    return pz.synthetic_control(table, **(options | changes))


def gaps(effects: FewEffects) -> dict[str, Floats]:
    draws = effects.joint.draws
    return dict(zip(draws.units, draws.mean_gap, strict=True))


def ranks(effects: FewEffects) -> list[float]:
    draws = effects.joint.draws
    return [rank_p(sign * column, draws.treated) for column in draws.mean_gap.T for sign in (1, -1)]


def assert_same(one: FewEffects, other: FewEffects, *, factor: float = 1.0, error: float = 0.0) -> None:
    left, right = gaps(one), gaps(other)
    assert left.keys() == right.keys()
    size = max(1.0, *(float(np.abs(row).max()) for row in left.values())) * factor
    for unit, row in left.items():
        np.testing.assert_allclose(right[unit], factor * row, rtol=0, atol=error * size)
    assert ranks(one) == ranks(other)


@MODERATE
@given(table=tables(), estimator=ESTIMATORS, seed=st.integers(0, 1000))
def test_order_of_rows_and_columns_does_not_matter(table: pd.DataFrame, estimator: str, seed: int) -> None:
    shuffled = table.sample(frac=1, random_state=seed)[["harm", "period", "unit", "gain"]]
    assert_same(effects_of(table, estimator), effects_of(shuffled, estimator))


@MODERATE
@given(table=tables(), estimator=ESTIMATORS, order=st.permutations("ABCDEFGHI"))
def test_names_of_units_do_not_matter(table: pd.DataFrame, estimator: str, order: list[str]) -> None:
    """Nor does the order that names bring units into; the sums over donors differ in their last digits."""
    names = dict(zip("ABCDEFGHI", order, strict=True))
    renamed = effects_of(table.assign(unit=table["unit"].map(names)), estimator, treated=names["C"])
    one, other = effects_of(table, estimator), renamed
    for unit, row in gaps(one).items():
        np.testing.assert_allclose(gaps(other)[names[unit]], row, rtol=0, atol=1e-12)
    assert ranks(one) == ranks(other)


@MODERATE
@given(table=tables(), estimator=ESTIMATORS, power=st.integers(-30, 30))
def test_a_power_of_two_scales_effects_exactly(table: pd.DataFrame, estimator: str, power: int) -> None:
    scaled = table.assign(gain=table["gain"] * 2.0**power, harm=table["harm"] * 2.0**power)
    # One divides by a standard deviation first, the other makes its penalties by powers of ten.
    error = 1e-12 if estimator in {"sdid", "asc"} else 0.0
    assert_same(effects_of(table, estimator), effects_of(scaled, estimator), factor=2.0**power, error=error)


@MODERATE
@given(table=tables(), estimator=st.sampled_from(SIMPLEX), factor=st.floats(1e-6, 1e6))
def test_a_change_of_unit_scales_effects(table: pd.DataFrame, estimator: str, factor: float) -> None:
    scaled = table.assign(gain=table["gain"] * factor, harm=table["harm"] * factor)
    assert_same(effects_of(table, estimator), effects_of(scaled, estimator), factor=factor, error=1e-9)


@MODERATE
@given(table=tables(), estimator=st.sampled_from([*SIMPLEX, "asc"]), level=st.integers(-50, 50))
def test_a_common_level_and_common_shocks_drop_out(table: pd.DataFrame, estimator: str, level: int) -> None:
    """Weights sum to one, so that what all units share in a year cancels."""
    shock = table["period"].map(lambda year: level * ((year * 7) % 5))
    moved = table.assign(gain=table["gain"] + shock, harm=table["harm"] + level)
    assert_same(effects_of(table, estimator), effects_of(moved, estimator), error=1e-9)


@MODERATE
@given(table=tables(), estimator=st.sampled_from(["sc_intercept", "sc_shared"]), seed=st.integers(0, 1000))
def test_levels_of_units_drop_out_with_an_intercept_shift(table: pd.DataFrame, estimator: str, seed: int) -> None:
    levels = dict(zip("ABCDEFGHI", np.random.default_rng(seed).integers(-50, 50, 9), strict=True))
    moved = table.assign(gain=table["gain"] + table["unit"].map(levels))
    assert_same(effects_of(table, estimator), effects_of(moved, estimator), error=1e-9)


@MODERATE
@given(table=tables(), estimator=ESTIMATORS, years=st.integers(-1500, 1500))
def test_a_shift_of_all_periods_changes_nothing(table: pd.DataFrame, estimator: str, years: int) -> None:
    moved = table.assign(period=table["period"] + years)
    assert_same(effects_of(table, estimator), effects_of(moved, estimator, start=START + years))


@MODERATE
@given(table=tables(), estimator=st.sampled_from([name for name in NAMES if name != "sc_shared"]))
def test_estimating_outcomes_together_or_alone_is_the_same(table: pd.DataFrame, estimator: str) -> None:
    both = effects_of(table, estimator).joint
    for k, outcome in enumerate(CLAIM):
        alone = effects_of(table, estimator, outcomes=outcome).joint
        np.testing.assert_array_equal(alone.draws.mean_gap[:, 0], both.draws.mean_gap[:, k])


@MODERATE
@given(table=tables(), power=st.integers(-30, 30), swapped=st.booleans())
def test_shared_weights_know_no_units_of_measure_and_no_order_of_outcomes(
    table: pd.DataFrame, power: int, swapped: bool
) -> None:
    scaled = table.assign(harm=table["harm"] * 2.0**power)
    one, other = (
        effects_of(table, "sc_shared"),
        effects_of(scaled, "sc_shared", outcomes=CLAIM[:: -1 if swapped else 1]),
    )
    for outcome, factor in (("gain", 1.0), ("harm", 2.0**power)):
        left, right = one.fit(outcome), other.fit(outcome)
        np.testing.assert_allclose(right.mean_gap, factor * left.mean_gap, rtol=0, atol=1e-10 * swapped * factor)


@MODERATE
@given(table=tables(), estimator=st.sampled_from([name for name in NAMES if name != "sdid"]), null=st.floats(-5, 5))
def test_an_effect_taken_off_moves_every_unit_along_its_slope(table: pd.DataFrame, estimator: str, null: float) -> None:
    """By estimating anew on other data: weights see the years before alone."""
    treated = (table["unit"] == "C") & (table["period"] >= START)
    moved = table.assign(gain=table["gain"] - null * treated, harm=table["harm"] + null * treated)
    one, other = (effects_of(item, estimator).joint.draws for item in (table, moved))
    np.testing.assert_allclose(other.mean_gap, one.mean_gap + one.slope * [null, -null], rtol=0, atol=1e-11)
    np.testing.assert_array_equal(other.pre_rmspe, one.pre_rmspe)


@MODERATE
@given(table=tables(), effect=st.floats(-5, 5))
def test_a_constant_effect_on_the_treated_unit_is_found_in_full(table: pd.DataFrame, effect: float) -> None:
    treated = (table["unit"] == "C") & (table["period"] >= START)
    moved = table.assign(gain=table["gain"] + effect * treated)
    one, other = (effects_of(item, "sc_intercept").joint for item in (table, moved))
    np.testing.assert_allclose(other.estimate - one.estimate, [effect, 0.0], rtol=0, atol=1e-12)


ODD = st.one_of(
    st.none(),
    st.integers(-(10**6), 10**6),
    st.floats(),
    st.text(max_size=4),
    st.booleans(),
    st.tuples(st.integers(1990, 2020), st.integers(1990, 2020)),
    st.lists(st.sampled_from(["A", "B", "C", "gain", "x"]), max_size=3),
    st.sampled_from([np.datetime64("2009-01-01"), pd.Timestamp("2009-01-01"), np.int64(2009), b"C", object()]),
)
OPTIONS = ("treated", "start", "window", "anticipation", "pre_from", "estimator", "pools", "excluded", "outcomes")


def used_or_refused(table: pd.DataFrame, **changes: object) -> FewEffects | None:
    """Estimate, or be told why not; anything else than an error of the package's own gets through."""
    try:
        found = effects_of(table, "sc_intercept", **changes)
    except pz.PilotZoneError as error:
        told = str(error).strip()
    else:
        assert np.isfinite(found.joint.estimate).all()
        return found
    assert told
    return None


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(table=tables(), option=st.sampled_from((*OPTIONS, "unit", "time")), value=ODD)
def test_odd_options_are_used_rightly_or_refused(table: pd.DataFrame, option: str, value: object) -> None:
    used_or_refused(table, **{option: value})


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    table=tables(),
    column=st.sampled_from(["unit", "period", "gain"]),
    rows=st.lists(st.integers(0, 40), min_size=1, max_size=6),
    value=st.sampled_from([None, np.nan, np.inf, "", " ", "n/a", "A", 2003, 1e308, -1e-320, True]),
)
def test_odd_cells_are_used_rightly_or_refused(
    table: pd.DataFrame, column: str, rows: list[int], value: object
) -> None:
    cells = table[column].astype(object).tolist()
    for row in rows:
        cells[row] = value
    damaged = table.assign(**{column: pd.Series(cells, dtype=object)})
    before = damaged.copy(deep=True)
    found = used_or_refused(damaged)
    pd.testing.assert_frame_equal(damaged, before)
    if found is not None and column == "gain" and (value is None or (isinstance(value, float) and math.isnan(value))):
        # Whoever lacks a figure is left out, with the reason; a year that the zone lacks is fitted for nobody.
        units, years = damaged["unit"].tolist(), damaged["period"].tolist()
        reasons = {item.unit: item.reason for item in found.donors if not item.admitted}
        unfitted = {years[row] for row in rows if units[row] == "C"}
        assert all("missing" in reasons[units[row]] for row in rows if years[row] not in unfitted)


def test_figures_are_not_all_alike() -> None:
    """The properties above would hold of a function that returns zero."""
    rng = np.random.default_rng(8)
    units, years = np.repeat(list("ABCDEF"), 11), np.tile(np.arange(FIRST, FIRST + 11), 6)
    table = pd.DataFrame({"unit": units, "period": years, "gain": rng.normal(size=66), "harm": rng.normal(size=66)})
    found = effects_of(table, "sc")
    assert len({float(row[0]) for row in gaps(found).values()}) == len(gaps(found))
    assert ranks(found) != ranks(effects_of(table.assign(gain=-(table["gain"] ** 2)), "sc"))
