"""Levels that are arbitrary: an estimator may use them if no effect changes when each unit moves by a constant."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import numpy as np
import pytest

from pilotzone.core import Estimator, Outcome, Panel, SeriesInfo
from pilotzone.evaluation.few import ESTIMATORS, FewDesign, Predictor, compare_estimators, estimate_several

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

UNITS = tuple("ABCDEFGHIJKL")
PERIODS = tuple(range(2000, 2020))
SEEDS = (3, 4, 5)
DESIGN = FewDesign("A", 2014, (2014, 2019), anticipation=1)
OUTCOMES = [
    Outcome("gdp", "development", "up", 5.0, "log"),
    Outcome("co2", "environment", "down", 5.0, "log"),
]


def panel(seed: int, *, moved: bool) -> Panel:
    """Return two invented outcomes whose units grow by common factors, each unit moved by a constant or not."""
    rng, other = np.random.default_rng(seed), np.random.default_rng(99)

    def paths() -> Floats:
        factor = np.cumsum(rng.normal(0.05, 0.03, len(PERIODS)))
        load, level = rng.uniform(0.7, 1.3, (len(UNITS), 1)), rng.normal(10, 0.5, (len(UNITS), 1))
        noise = rng.normal(0, 0.02, (len(UNITS), len(PERIODS)))
        constant = other.normal(0, 3, (len(UNITS), 1)) if moved else 0.0
        found: Floats = level + load * factor + noise + constant
        return found

    values = {item.name: paths() for item in OUTCOMES}
    infos = {name: SeriesInfo(name, name, "log(index)", free_level=True) for name in values}
    return Panel(UNITS, PERIODS, values, infos)


def effects(name: Estimator, seed: int, *, moved: bool) -> Floats:
    """Return the zone's effects, its placebos' and fits before, one row per outcome."""
    needed = ESTIMATORS[name].needs_predictors
    predictors = (Predictor("gdp"), Predictor("co2")) if needed else ()
    rows = compare_estimators(panel(seed, moved=moved), OUTCOMES, DESIGN, [name], predictors=predictors)
    return np.array([[row.effect, row.pre_rmspe, *(gap for _, gap in row.placebos)] for row in rows])


@pytest.mark.parametrize("name", get_args(Estimator))
def test_effects_do_not_change_with_levels_where_the_register_says_so_and_do_elsewhere(name: Estimator) -> None:
    ignores = ESTIMATORS[name].ignores_levels
    pairs = [
        (effects(name, seed, moved=False), effects(name, seed, moved=True)) for seed in SEEDS[: 3 if ignores else 1]
    ]
    largest = max(float(np.abs(after - before).max()) for before, after in pairs)
    assert largest < 1e-12 if ignores else largest > 1e-4


def test_effects_of_several_zones_do_not_change_with_levels() -> None:
    others = FewDesign("B", 2012, (2012, 2017))
    found = [estimate_several(panel(3, moved=moved), OUTCOMES, [DESIGN, others]) for moved in (False, True)]
    np.testing.assert_allclose(found[1].joint.estimate, found[0].joint.estimate, rtol=0, atol=1e-12)
    np.testing.assert_allclose(found[1].joint.draws.mean_gap, found[0].joint.draws.mean_gap, rtol=0, atol=1e-12)


def test_whatever_stands_in_for_an_estimator_ignores_levels_too() -> None:
    for record in ESTIMATORS.values():
        if record.ignores_levels:
            assert record.refit.ignores_levels
            assert record.alone.ignores_levels
            assert record.hull_by is None or ESTIMATORS[record.hull_by].ignores_levels
