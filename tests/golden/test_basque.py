"""The Basque country (see data/basque.md): importance of predictors in sample, and demeaned synthetic control.

Published: Abadie, Diamond and Hainmueller (2011), "Synth: An R Package for Synthetic Control Methods in Comparative
Case Studies", Journal of Statistical Software 42(13), prints weights of .851 on Cataluna and .149 on Madrid; the mean
squared error of their package's example is .00886. That is where Nelder and Mead's method ends from equal importance;
other importance has less than half of that error. With demeaned paths (Ferman and Pinto 2021) weights and effect are
those that the definition gives by another solver.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from tests.golden.interior_point import nearest_weights

import pilotzone as pz
from pilotzone.core import MethodError
from pilotzone.evaluation.few import Predictor
from pilotzone.evaluation.few.predictors.importance import improved, search
from pilotzone.evaluation.few.predictors.stage import Stage, normalised
from pilotzone.evaluation.few.predictors.synthetic import solve_predictor_batch

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pilotzone.evaluation.few import FewEffects

    Floats = NDArray[np.float64]

BASQUE, CATALUNA, MADRID = "Basque Country (Pais Vasco)", "Cataluna", "Madrid (Comunidad De)"
SCHOOL = ("school_none", "school_primary", "school_secondary", "school_high", "school_higher")
SECTORS = ("agriculture", "energy", "industry", "construction", "services_sold", "services_public")
LATE, ODD, LOSS = tuple(range(1964, 1970)), (1961, 1963, 1965, 1967, 1969), tuple(range(1960, 1970))
PREDICTORS = (
    *(Predictor(name, fitted=LATE) for name in (*SCHOOL, "investment")),
    Predictor("gdp_per_head", fitted=LOSS),
    *(Predictor(name, fitted=ODD) for name in SECTORS),
    Predictor("density", fitted=(1969,)),
)


@cache
def frame() -> pd.DataFrame:
    return pd.read_csv(Path(__file__).parent / "data" / "basque.csv")


@cache
def regions() -> tuple[str, ...]:
    return tuple(sorted(frame()["region"].unique()))


def mean(name: str, years: tuple[int, ...]) -> Floats:
    kept = frame()[frame()["year"].isin(years)]
    return kept.groupby("region")[name].mean().loc[list(regions())].to_numpy()


def path(first: int, last: int) -> Floats:
    return np.column_stack([mean("gdp_per_head", (year,)) for year in range(first, last + 1)])


def table() -> Floats:
    return np.column_stack([mean(item.name, item.fitted) for item in PREDICTORS])


def percent_table() -> Floats:
    """Return them as the paper has them: high and higher schooling as one, and schooling in percent of all people."""
    school = np.column_stack([mean(name, LATE) for name in SCHOOL])
    joined = np.column_stack([school[:, :3], school[:, 3:].sum(axis=1)])
    return np.hstack([100 * joined / joined.sum(axis=1, keepdims=True), table()[:, len(SCHOOL) :]])


def stage(predictors: Floats) -> Stage:
    """Return the problem of the Basque country, predictors over their standard deviation, written down plainly."""
    who = regions().index(BASQUE)
    scaled = predictors / predictors.std(axis=0, ddof=1)
    outcomes = path(1960, 1969)
    return Stage(np.delete(scaled - scaled[who], who, axis=0), np.delete(outcomes - outcomes[who], who, axis=0))


def named(weights: Floats) -> dict[str, float]:
    donors = [name for name in regions() if name != BASQUE]
    return {name: round(float(weight), 3) for name, weight in zip(donors, weights, strict=True) if weight > 5e-4}


@pytest.mark.parametrize("predictors", [table, percent_table])
def test_the_published_weights_are_a_local_optimum(predictors: object) -> None:
    assert callable(predictors)
    problem = stage(predictors())
    equal = np.zeros(problem.offsets.shape[1])
    error, point = improved(problem, equal, 1.0, step=1.0, most=5000)
    assert named(problem.weights(normalised(point))) == {CATALUNA: 0.851, MADRID: 0.149}
    assert round(error, 5) == 0.00886
    # No step from there is better, however small or large, in any of its directions.
    for size in (1e-3, 1e-1, 1.0):
        for turn in np.vstack([np.eye(len(point)), -np.eye(len(point))]):
            assert problem.error(normalised(point + size * turn)) >= error * (1 - 1e-7)


@pytest.mark.parametrize(("predictors", "least"), [(table, 0.00413), (percent_table, 0.00429)])
def test_the_search_finds_less_than_half_of_that_error(predictors: object, least: float) -> None:
    assert callable(predictors)
    rows = predictors()
    who, count = regions().index(BASQUE), len(regions())
    others = np.arange(count)[None] != who
    found = solve_predictor_batch(rows, rows, path(1960, 1969), [who], others)
    assert float(found.validation_rmspe[0]) ** 2 <= least
    np.testing.assert_array_equal(found.weights, found.validated)
    problem = stage(rows)
    ends = search(problem, np.ones(rows.shape[1]))
    assert problem.error(ends[0]) <= least
    # The published weights are not lost: the importance that gives them is still to be had.
    error, point = improved(problem, np.zeros(rows.shape[1]), 1.0, step=1.0, most=5000)
    given = solve_predictor_batch(rows, rows, path(1960, 1969), [who], others, importance=normalised(point))
    assert float(given.validation_rmspe[0]) ** 2 == pytest.approx(error, rel=1e-9)
    assert named(np.delete(given.weights[0], who)) == {CATALUNA: 0.851, MADRID: 0.149}


@cache
def in_sample() -> FewEffects:
    return pz.synthetic_control(
        frame(),
        treated=BASQUE,
        start=1970,
        pre_from=1960,
        outcomes="gdp_per_head",
        estimator="sc_predictors",
        predictors=PREDICTORS,
        importance="in_sample",
        unit="region",
        time="year",
    )


def test_by_the_front_door() -> None:
    """Predictors that are known from 1961, 1964 or 1969 on: there is one stage, and no earlier half to know them in."""
    (fit,) = in_sample().fits
    assert float(fit.pre_rmspe[fit.treated]) ** 2 <= 0.00429
    assert fit.validation_rmspe is not None
    np.testing.assert_allclose(fit.validation_rmspe, fit.pre_rmspe, rtol=1e-9)
    assert any("over the fitted periods themselves" in note for note in in_sample().notes)
    with pytest.raises(MethodError, match="in_sample"):
        pz.synthetic_control(
            frame(),
            treated=BASQUE,
            start=1970,
            pre_from=1960,
            outcomes="gdp_per_head",
            estimator="sc_predictors",
            predictors=PREDICTORS,
            unit="region",
            time="year",
        )


def test_demeaned() -> None:
    found = pz.synthetic_control(
        frame(),
        treated=BASQUE,
        start=1975,
        outcomes="gdp_per_head",
        estimator="sc_intercept",
        unit="region",
        time="year",
    )
    (fit,) = found.fits
    largest = {name: round(weight, 3) for name, weight in list(fit.donor_weights().items())[:5]}
    assert largest == {
        CATALUNA: 0.561,
        "Rioja (La)": 0.279,
        "Principado De Asturias": 0.106,
        MADRID: 0.054,
        "Andalucia": 0.0,
    }
    assert round(float(found.joint.estimate[0]), 3) == -0.797
    outcomes, who = path(1955, 1997), regions().index(BASQUE)
    others = np.delete(outcomes, who, axis=0)
    weights = nearest_weights(others[:, :20], outcomes[who, :20], intercept=True)
    gaps = outcomes[who] - weights @ others
    expected = float(gaps[20:].mean() - gaps[:20].mean())
    assert float(found.joint.estimate[0]) == pytest.approx(expected, abs=1e-8)
