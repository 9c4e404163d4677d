"""The Kansas tax cuts of 2012 (see data/kansas.md): effects by synthetic control and with ridge augmentation.

Published are three digits: Ben-Michael, Feller and Rothstein's vignette "Single Outcome AugSynth" of the R package
augsynth (singlesynth-vignette.md) prints the average effect and that of every quarter. The further digits are an
interior-point solver's and, with the penalty that is chosen here, pysyncon's.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from tests.golden.interior_point import nearest_weights
from tests.golden.test_augmented import by_pysyncon

import pilotzone as pz

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pilotzone.core import Estimator
    from pilotzone.evaluation.few import FewEffects

    Floats = NDArray[np.float64]

QUARTERS = 16
PUBLISHED: dict[Estimator, tuple[float, list[float]]] = {
    "sc": (
        -0.029,
        [
            *(-0.018, -0.041, -0.033, -0.019, -0.029, -0.046, -0.032, -0.045),
            *(-0.043, -0.029, -0.018, -0.029, -0.019, -0.022, -0.019, -0.028),
        ],
    ),
    "asc": (
        -0.040,
        [
            *(-0.022, -0.047, -0.043, -0.030, -0.041, -0.059, -0.045, -0.058),
            *(-0.055, -0.041, -0.029, -0.040, -0.030, -0.033, -0.029, -0.038),
        ],
    ),
}


@cache
def effects(estimator: Estimator) -> FewEffects:
    frame = pd.read_csv(Path(__file__).parent / "data" / "kansas.csv")
    return pz.synthetic_control(
        frame,
        treated="Kansas",
        start="2012Q2",
        outcomes="log_gdp_per_head",
        estimator=estimator,
        unit="state",
        time="quarter",
    )


def paths() -> tuple[Floats, int]:
    (fit,) = effects("sc").fits
    return fit.actual, fit.treated


@pytest.mark.parametrize("estimator", ["sc", "asc"])
def test_published_effects(estimator: Estimator) -> None:
    found = effects(estimator)
    (fit,) = found.fits
    average, quarters = PUBLISHED[estimator]
    assert fit.actual.shape == (50, 105)
    assert round(float(found.joint.estimate[0]), 3) == average
    assert fit.gaps[fit.treated, fit.columns("window")].round(3).tolist() == quarters


def test_synthetic_control_by_an_interior_point_solver() -> None:
    states, who = paths()
    others = np.delete(states, who, axis=0)
    weights = nearest_weights(others[:, :-QUARTERS], states[who, :-QUARTERS])
    expected = float((states[who] - weights @ others)[-QUARTERS:].mean())
    here = float(effects("sc").joint.estimate[0])
    assert here == pytest.approx(expected, abs=1e-8)
    assert round(here, 6) == -0.029435


def test_ridge_augmented_by_pysyncon() -> None:
    states, who = paths()
    found = effects("asc")
    ridge = found.fits[0].ridge
    assert ridge is not None
    weights = by_pysyncon(states, QUARTERS, who, float(ridge[who])).W
    expected = float((states[who] - weights @ np.delete(states, who, axis=0))[-QUARTERS:].mean())
    here = float(found.joint.estimate[0])
    assert here == pytest.approx(expected, abs=1e-8)
    assert round(here, 6) == -0.040063
