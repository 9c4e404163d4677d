"""What stands where standard errors are refused: p by lot, the mechanism in words, or why there is none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from pilotzone.core import Outcome, UsageError, p_text
from pilotzone.evaluation.many import (
    Comparison,
    ManyDesign,
    ManyEffects,
    StackedColumns,
    evaluate_panel,
    pooled_test,
    randomise,
    randomise_panel,
    small_cohorts_tables,
)
from pilotzone.evaluation.many.inference import takeover
from pilotzone.evaluation.many.inference.small import exact_test
from pilotzone.store import PanelColumns, open_panel

OUTCOME = Outcome("y", role="development", good="up", margin=1.0, scale="level")


def frame(treated: int, never: int = 8) -> pl.DataFrame:
    starts = [3.0] * treated + [np.inf] * never
    units = len(starts)
    values = np.random.default_rng(3).normal(size=4 * units)
    return pl.DataFrame(
        {
            "unit": np.repeat(np.arange(units), 4),
            "year": np.tile([1, 2, 3, 4], units),
            "start": np.repeat(starts, 4),
            "town": np.repeat(np.arange(units) // 3, 4),
            "y": values,
        }
    )


def found(treated: int) -> ManyEffects:
    panel = open_panel(frame(treated), PanelColumns("unit", "year", "start", ("y",)))
    return evaluate_panel(panel, [OUTCOME])


def test_refused_rows_have_p_by_lot() -> None:
    effects = found(2)
    by_lot = randomise_panel(open_panel(frame(2), PanelColumns("unit", "year", "start", ("y",))))
    expected = {(row.kind, row.at, row.period): row.p for row in by_lot.rows}
    for row in effects.rows:
        assert (row.se, row.p) == (None, None)
        assert row.p_by_lot == expected[row.kind, row.at, row.period]
        assert row.remark.endswith(f"by randomisation inference p = {row.p_by_lot:.3f}")
    assert effects.to_table().columns["p_by_lot"] == tuple(row.p_by_lot for row in effects.rows)
    told = " ".join(effects.notes)
    assert "all 45 assignments" in told
    assert "of 10 units, any 2 from 3 on could have been treated instead" in told


def test_the_effect_in_one_number_has_tests_of_any_size() -> None:
    """Rows carry those by lot with standard errors; the result carries all three, equal to what makes them."""
    effects = found(2)
    (small,) = effects.small
    values = frame(2)["y"].to_numpy().reshape(-1, 4)
    layout = StackedColumns(("y",), ((1, 2, 3, 4),))
    starts = [3.0] * 2 + [np.inf] * 8
    rows = randomise(layout.stack({"y": values}), starts, layout).rows
    first, plain = next(row.shifts for row in rows if row.kind == "group" and row.at is None)
    pooled = pooled_test(layout.stack({"y": values}), starts, layout, alpha=1 - 0.95)
    assert (small.outcome, small.kind, small.pooled) == (OUTCOME, "group", pooled)
    for one, other in ((small.studentised, first), (small.effect, plain)):
        assert one.interval() == pytest.approx(other.interval(), rel=1e-9)
    (row,) = effects.overall
    assert row.interval_by_lot == small.studentised.interval(0.95)
    ps = [row.p_improved_by_lot, row.p_harm_excluded_by_lot, row.p_harm_shown_by_lot]
    assert ps == [first.p(0.0, "above"), first.p(-1.0, "above"), first.p(-1.0, "below")]
    columns = effects.to_table().columns
    at = next(k for k, item in enumerate(effects.rows) if item == row)
    names = ("lower_by_lot", "upper_by_lot", "p_improved_by_lot", "p_harm_excluded_by_lot", "p_harm_shown_by_lot")
    assert [columns[name][at] for name in names] == [*row.interval_by_lot, *ps]
    others = [item for item in effects.rows if item.kind != "group" or item.at is not None]
    assert {item.interval_by_lot for item in others} == {None}


def test_the_table_has_what_may_be_used() -> None:
    (small,) = found(2).small
    assert small.pooled is not None
    kept = replace(small, pooled=replace(small.pooled, rejected=(0.05, 0.06, 0.07)))
    assert list(kept.usable) == ["studentised", "effect", "pooled"]
    assert (
        "finds a rise in 5%, a fall in 6% and either in 7% at a level of 5%. Up to 7% is allowed: it may be used"
        in kept.assumed
    )
    table = kept.to_table()
    assert table.columns["test"] == ("studentised", "effect", "pooled")
    assert table.columns["se"] == (None, None, small.pooled.se)
    assert table.columns["bound"] == tuple(test.lower(1 - kept.level) for test in kept.usable.values())
    lost = replace(small, pooled=replace(small.pooled, rejected=(0.05, 0.06, 0.0701)))
    assert list(lost.usable) == ["studentised", "effect"]
    assert lost.to_table().columns["p"][2] is None
    assert lost.to_table().columns["remark"] == (None, None, "does not keep the level")
    assert "it is not used" in lost.assumed
    alike = replace(small, studentised=small.effect)
    assert list(alike.usable) == ["effect", "pooled"]
    (shown,) = small_cohorts_tables([kept])
    assert shown.columns["p gain"] == tuple(p_text(kept.p_improved(test)) for test in kept.usable.values())
    one, last = small_cohorts_tables([kept, lost])
    assert "adds the same number" in last.note
    assert "adds the same number" not in one.note


def test_a_fall_that_is_good_is_tested_downwards() -> None:
    down = Outcome("y", role="environment", good="down", margin=1.0, scale="level")
    panel = open_panel(frame(2), PanelColumns("unit", "year", "start", ("y",)))
    (small,) = evaluate_panel(panel, [down]).small
    test = small.effect
    assert small.p_improved(test) == test.p(0.0, "below")
    assert small.p_harm_excluded(test) == test.p(1.0, "below")
    assert small.p_harm_shown(test) == test.p(1.0, "above")
    assert small.bound(test) == test.upper(1 - small.level)
    (plain,) = evaluate_panel(panel, [Outcome.written("y", None, "up", None, "level")]).small
    assert (plain.p_harm_excluded(test), plain.p_harm_shown(test)) == (None, None)


def test_clusters_have_no_pooled_variance() -> None:
    columns = PanelColumns("unit", "year", "start", ("y",), cluster="town")
    whole = frame(3, 9).with_columns(town=pl.col("unit") // 3)
    (small,) = evaluate_panel(open_panel(whole, columns), [OUTCOME]).small
    assert small.pooled is None
    assert small.why_not_pooled == "units are drawn in clusters"
    assert "There is no test 'pooled' of y: units are drawn in clusters." in small.assumed
    assert small.effect.draws == 4


def test_sizes_are_not_tested_where_squares_are_beyond_numbers() -> None:
    panel = open_panel(frame(2).with_columns(y=pl.col("y") * 1e150), PanelColumns("unit", "year", "start", ("y",)))
    effects = evaluate_panel(panel, [OUTCOME])
    assert effects.small == ()
    assert {row.p_by_lot is None for row in effects.overall} == {False}


def test_others_have_none() -> None:
    effects = found(6)
    assert effects.small == ()
    assert {row.p_by_lot for row in effects.rows} == {None}
    assert {row.remark for row in effects.rows} == {""}
    assert not any("lot" in note for note in effects.notes)


def test_large_panels_are_left_to_be_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(takeover, "AT_ONCE", 39)
    effects = found(2)
    assert {row.p_by_lot for row in effects.rows} == {None}
    assert "40 outcomes are more than 39" in effects.notes[-1]


def test_many_cells_are_left_to_be_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(takeover, "CELLS_AT_ONCE", 7)
    effects = found(2)
    assert {row.p_by_lot for row in effects.rows} == {None}
    assert "8 pairs of a cohort and a period are more than 7" in effects.notes[-1]


def test_clusters_of_several_cohorts_cannot_be_dealt_out() -> None:
    columns = PanelColumns("unit", "year", "start", ("y",), cluster="town")
    rows = found(2).rows
    same = takeover.take_over(open_panel(frame(2), columns), ManyDesign(), rows)
    assert (same.rows, same.small) == (rows, ())
    assert "several cohorts" in same.notes[-1]
    same = takeover.take_over(open_panel(frame(2), columns), ManyDesign(cross_sections=True), rows)
    assert (same.rows, same.small) == (rows, ())
    assert "units of their own" in same.notes[-1]


def test_a_p_by_lot_too_small_for_three_decimals_is_not_said_to_be_zero() -> None:
    row = next(row for row in found(2).rows if row.p_by_lot is not None)
    assert replace(row, refused="Few.", p_by_lot=0.0004).remark == "Few.; by randomisation inference p < 0.001"
    assert replace(row, refused="Few.", p_by_lot=0.0476).remark == "Few.; by randomisation inference p = 0.048"


def test_outcomes_without_standard_errors_carry_tests_of_any_size() -> None:
    """What a verdict takes: by lot where assignments are enough, its p and bounds those of the table."""
    effects = found(2)
    covariance = effects.joint.covariance
    assert covariance is not None
    assert list(covariance.exact) == list(covariance.refused) == ["y"]
    name, test = effects.small[0].chosen
    assert (name, test.smallest_p) == ("studentised", 1 / 45)  # type: ignore[union-attr]
    exact = covariance.exact["y"]
    assert exact.smallest_p == 1 / 45
    for size in (-2.0, 0.0, 0.7):
        assert exact.p(size, 1) == test.p(size, "above")
        assert exact.p(size, -1) == test.p(size, "below")
    assert exact.bound(1, 0.1) == test.lower(0.1)
    assert exact.bound(-1, 0.1) == test.upper(0.1)
    assert exact.bound(1, 0.01) is None
    assert "all 45 assignments" in exact.method
    assert "adds the same number" in exact.method


def test_one_variance_is_chosen_where_assignments_are_too_few() -> None:
    """One treated unit of fifteen: no p by lot is below a fifteenth, whatever the figures say."""
    panel = open_panel(frame(1, never=14), PanelColumns("unit", "year", "start", ("y",)))
    effects = evaluate_panel(panel, [OUTCOME])
    small, covariance = effects.small[0], effects.joint.covariance
    assert covariance is not None
    assert small.pooled is not None
    assert small.pooled.keeps_level
    assert small.studentised.smallest_p == pytest.approx(1 / 15)
    assert small.chosen == ("pooled", small.pooled)
    exact = covariance.exact["y"]
    assert (exact.p(0.3, 1), exact.smallest_p) == (small.pooled.p(0.3, "above"), 0.0)
    assert exact.bound(-1, 0.01) == small.pooled.upper(0.01)
    assert "one variance pooled over all cohorts" in exact.method
    # Where a fifteenth is enough it is by lot, and so it is where the pooled variance does not keep the level.
    wider, loose = replace(small, level=0.8), replace(small.pooled, rejected=(0.2, 0.0, 0.2))
    for other in (wider, replace(small, pooled=loose), replace(small, pooled=None)):
        assert other.chosen == ("studentised", small.studentised)
        assert exact_test(other).smallest_p == pytest.approx(1 / 15)
    plain = replace(small, pooled=None, studentised=replace(small.studentised, statistic="effect"))
    assert plain.chosen == ("effect", small.effect)


def test_outcomes_with_standard_errors_need_none() -> None:
    covariance = found(8).joint.covariance
    assert covariance is not None
    assert (dict(covariance.exact), dict(covariance.refused)) == ({}, {})


def test_the_effect_alone_says_why_it_is_not_tested(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside a claim effects in one number are tested alone; where they are not, why not and what to do is said."""
    monkeypatch.setattr(takeover, "AT_ONCE", 39)
    opened = open_panel(frame(2), PanelColumns("unit", "year", "start", ("y",)))
    (note,) = [text for text in evaluate_panel(opened, [OUTCOME], overall=True).notes if "not tested" in text]
    assert note.startswith("Effects are not tested by randomisation inference: 40 outcomes are more than 39.")
    assert note.endswith("randomise_panel does so.")


def test_a_last_cohort_is_checked_against_the_cohorts_that_there_are() -> None:
    def of(data: pl.DataFrame, last: int) -> ManyEffects:
        opened = open_panel(data, PanelColumns("unit", "year", "start", ("y",)))
        return evaluate_panel(opened, [OUTCOME], ManyDesign(Comparison(last_cohort=last)))

    assert of(frame(2), 3).overall[0].treated_units == 2
    with pytest.raises(UsageError, match="last_cohort is 2, and the first cohort is treated from 3"):
        of(frame(2), 2)
    months = [f"2016-{month:02d}" for month in range(1, 5)]
    dated = frame(2).with_columns(
        pl.col("year").map_elements(lambda year: months[year - 1], return_dtype=pl.String),
        pl.when(pl.col("start").is_finite()).then(pl.lit(months[2])).otherwise(None).alias("start"),
    )
    with pytest.raises(UsageError, match="last_cohort is 2016, a number, and the panel's periods are months"):
        of(dated, 2016)
