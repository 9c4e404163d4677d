"""Teen employment and minimum wages (see data/mpdta.md): published effects, and another library's with their errors."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
import pandas as pd
import pytest

from pilotzone.evaluation.many import (
    AggregateEffects,
    AggregateKind,
    Base,
    Comparison,
    Controls,
    GroupTimeEffects,
    StackedColumns,
    aggregate_effects,
    group_time_effects,
    moments_of,
)

if TYPE_CHECKING:
    from pilotzone.evaluation.many import CohortMoments

diff_diff: Any = import_module("diff_diff")

FILE = Path(__file__).parent / "data" / "mpdta.csv"
LAYOUT = StackedColumns(("employment",), ((2003, 2004, 2005, 2006, 2007),))
KINDS: tuple[AggregateKind, ...] = get_args(AggregateKind)


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return pd.read_csv(FILE)


@pytest.fixture(scope="module")
def moments(frame: pd.DataFrame) -> CohortMoments:
    wide = frame.pivot_table(index=["county", "first_treated"], columns="year", values="log_teen_employment")
    cohorts = wide.index.get_level_values("first_treated").to_numpy(dtype=float)
    stacked = LAYOUT.stack({"employment": wide.to_numpy()})  # noqa: PD013 - no data frame
    return moments_of(stacked, np.where(cohorts == 0, np.inf, cohorts))


def averages(moments: CohortMoments) -> dict[tuple[str, int | None], tuple[float, float]]:
    return named(aggregate_effects(group_time_effects(moments, LAYOUT), *KINDS))


def named(found: AggregateEffects) -> dict[tuple[str, int | None], tuple[float, float]]:
    pairs = zip(found.estimate.tolist(), found.se.tolist(), strict=True)
    return {(row.kind, row.at): pair for row, pair in zip(found.rows, pairs, strict=True)}


# As printed, to four places, by csdid (its README) and did (getting started), never-treated controls and no covariates.
# Their standard errors are drawn by bootstrap and differ from run to run; only those that are stated as analytic count.
PUBLISHED = {
    (2004, 2004): -0.0105,
    (2004, 2005): -0.0704,
    (2004, 2006): -0.1373,
    (2004, 2007): -0.1008,
    (2006, 2004): 0.0065,
    (2006, 2005): -0.0028,
    (2006, 2006): -0.0046,
    (2006, 2007): -0.0412,
    (2007, 2004): 0.0305,
    (2007, 2005): -0.0027,
    (2007, 2006): -0.0311,
    (2007, 2007): -0.0261,
}
PUBLISHED_AVERAGES = {
    ("simple", None): -0.0400,
    ("dynamic", None): -0.0772,
    ("calendar", None): -0.0417,
    ("calendar", 2004): -0.0105,
    ("calendar", 2005): -0.0704,
    ("calendar", 2006): -0.0488,
    ("calendar", 2007): -0.0371,
}


def test_published_effects(moments: CohortMoments) -> None:
    effects = group_time_effects(moments, LAYOUT)
    found = {(c.cohort, c.period): round(e, 4) for c, e in zip(effects.cells, effects.estimate.tolist(), strict=True)}
    assert found == PUBLISHED
    assert effects.left_out == ()


def test_published_averages(moments: CohortMoments) -> None:
    found = averages(moments)
    assert {name: round(found[name][0], 4) for name in PUBLISHED_AVERAGES} == PUBLISHED_AVERAGES
    assert round(found["simple", None][1], 4) == 0.0120


def fitted(frame: pd.DataFrame, how: Comparison) -> Any:  # noqa: ANN401 - the library has no types
    model = diff_diff.CallawaySantAnna(
        control_group=how.controls,
        base_period=how.base,
        anticipation=how.anticipation,
        estimation_method="reg",
    )
    return model.fit(frame, "log_teen_employment", "county", "year", "first_treated")


def theirs(result: Any) -> dict[tuple[int, int], tuple[float, float]]:  # noqa: ANN401
    """Return their effects and standard errors; what cannot be estimated is NaN there, and references have no error."""
    return {
        (int(cohort), int(period)): (cell["effect"], 0.0 if cell.get("is_reference") else cell["se"])
        for (cohort, period), cell in result.group_time_effects.items()
        if np.isfinite(cell["effect"])
    }


def ours(effects: GroupTimeEffects) -> dict[tuple[int, int], tuple[float, float]]:
    pairs = zip(effects.estimate.tolist(), effects.se.tolist(), strict=True)
    return {(cell.cohort, cell.period): pair for cell, pair in zip(effects.cells, pairs, strict=True)}


@pytest.mark.filterwarnings("ignore:.*could not be estimated:UserWarning")
@pytest.mark.parametrize("anticipation", [0, 1])
@pytest.mark.parametrize("base", get_args(Base))
@pytest.mark.parametrize("controls", get_args(Controls))
def test_diff_diff_has_the_same_effects_and_errors(
    frame: pd.DataFrame, moments: CohortMoments, controls: Controls, base: Base, anticipation: int
) -> None:
    how = Comparison(controls, base, anticipation)
    effects, result = group_time_effects(moments, LAYOUT, how), fitted(frame, how)
    here, there = ours(effects), theirs(result)
    assert here.keys() == there.keys()
    for name, pair in here.items():
        assert pair == pytest.approx(there[name], rel=1e-8, abs=1e-14)
    found, study = named(aggregate_effects(effects, "dynamic")), result.aggregate("event_study")
    events = {at for _, at in found if at is not None}
    assert events == set(study.event_time.tolist())
    for event, estimate, error in zip(study.event_time.tolist(), study.att, study.se, strict=True):
        assert found["dynamic", event] == pytest.approx((estimate, np.nan_to_num(error)), rel=1e-8, abs=1e-14)


@pytest.mark.parametrize("controls", get_args(Controls))
def test_diff_diff_has_the_same_averages(frame: pd.DataFrame, moments: CohortMoments, controls: Controls) -> None:
    """Shares estimated in both; without anticipation, of which their averages count the periods as treated."""
    how = Comparison(controls)
    found = named(aggregate_effects(group_time_effects(moments, LAYOUT, how), *KINDS))
    result = fitted(frame, how)
    assert found["simple", None] == pytest.approx((result.overall_att, result.overall_se), rel=1e-8)
    groups = result.aggregate("group")
    assert len(groups.label) == 3
    for cohort, estimate, error in zip(groups.label, groups.att, groups.se, strict=True):
        assert found["group", int(cohort)] == pytest.approx((estimate, error), rel=1e-8)


@pytest.mark.filterwarnings("ignore:.*could not be estimated:UserWarning")
def test_where_diff_diff_defines_otherwise(frame: pd.DataFrame, moments: CohortMoments) -> None:
    """With a varying base, it compares periods of anticipation with the period before, as did.

    Here, as in the paper, they are compared with the last period before all anticipation. Chained, theirs are ours.
    """
    how = Comparison(anticipation=2)
    here, there = ours(group_time_effects(moments, LAYOUT, how)), theirs(fitted(frame, how))
    assert here.keys() == there.keys()
    other = {name for name, pair in here.items() if pair != pytest.approx(there[name], rel=1e-8)}
    assert other == {(2006, 2005), (2007, 2006)}
    for cohort, period in other:
        chained = there[cohort, period][0] + there[cohort, period - 1][0]
        assert here[cohort, period][0] == pytest.approx(chained, rel=1e-10)
