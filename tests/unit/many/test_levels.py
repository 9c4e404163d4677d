"""Levels that are arbitrary: effects on many units do not change when each unit has a constant of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import numpy as np
import pytest
from tests.unit.many.plain import Data, draw
from tests.unit.many.test_general import SIZES as CASE_SIZES
from tests.unit.many.test_general import TWO, Case, case

from pilotzone.core import PanelEstimator
from pilotzone.evaluation.many import (
    MANY_ESTIMATORS,
    Base,
    Comparison,
    StackedColumns,
    estimate_moments,
    moments_of,
    two_way,
)
from pilotzone.evaluation.many.passes.general import general_effects
from pilotzone.evaluation.many.passes.sections import section_effects
from pilotzone.store import open_panel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pilotzone.evaluation.many import CohortMoments

INF = np.inf
SIZES: dict[float, int] = {2011: 5, 2012: 6, 2014: 4, INF: 7}
LAYOUT = StackedColumns(tuple(TWO), tuple(TWO.values()))


def constants(count: int) -> NDArray[np.float64]:
    return np.random.default_rng(7).normal(0, 50, (count, 1))


def moments(*, shifted: bool) -> CohortMoments:
    data = draw(SIZES, TWO, 3)
    move = constants(len(data.cohorts)) if shifted else 0.0
    return moments_of(LAYOUT.stack({name: values + move for name, values in data.values.items()}), data.cohorts)


@pytest.mark.parametrize("base", get_args(Base))
@pytest.mark.parametrize("name", get_args(PanelEstimator))
def test_effects_from_moments_do_not_change_with_levels(name: PanelEstimator, base: Base) -> None:
    assert MANY_ESTIMATORS[name].ignores_levels
    before, after = (
        estimate_moments(moments(shifted=shifted), LAYOUT, Comparison(base=base), name) for shifted in (False, True)
    )
    assert before.estimate.size > 0
    np.testing.assert_allclose(after.estimate, before.estimate, rtol=0, atol=1e-10)
    np.testing.assert_allclose(after.covariance, before.covariance, rtol=0, atol=1e-9)


def test_two_way_fixed_effects_do_not_change_with_levels() -> None:
    assert MANY_ESTIMATORS["twfe"].ignores_levels
    before, after = (two_way(moments(shifted=shifted), LAYOUT) for shifted in (False, True))
    np.testing.assert_allclose(after.coefficient, before.coefficient, rtol=0, atol=1e-10)


def moved(given: Case) -> Case:
    """Return a panel with a constant added to each unit's outcomes."""
    data, move = given.data, constants(len(given.data.cohorts))
    values = {name: found + move for name, found in data.values.items()}
    return Case(Data(data.cohorts, values, data.periods), given.weights, given.clusters)


@pytest.mark.parametrize("weighted", [False, True])
def test_effects_do_not_change_with_levels_where_units_lack_outcomes(weighted: bool) -> None:
    one = case(CASE_SIZES, holes=True, weighted=weighted, clusters="nested")
    columns = one.columns(weighted=weighted)
    before, after = (
        general_effects(open_panel(item.frame(np.random.default_rng(1)), columns)) for item in (one, moved(one))
    )
    assert before.estimate.size > 0
    np.testing.assert_allclose(after.estimate, before.estimate, rtol=0, atol=1e-10)


def test_effects_of_repeated_cross_sections_do_change_with_levels() -> None:
    """Whoever is asked in one period is not there in the next: a constant of a unit is not part of both."""
    one = case(CASE_SIZES, holes=True, weighted=False, clusters="")
    columns = one.columns(weighted=False)
    before, after = (
        section_effects(open_panel(item.frame(np.random.default_rng(1)), columns)) for item in (one, moved(one))
    )
    assert float(np.nanmax(np.abs(after.estimate - before.estimate))) > 1
