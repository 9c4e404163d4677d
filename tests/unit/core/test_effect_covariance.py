"""Joint effects rest on placebo draws or on a covariance, and refuse what is neither."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.unit.judge.builders import CO2, GDP, make_draws

from pilotzone.core import EffectCovariance, JointEffects, UsageError

MATRIX = np.array([[4.0, 1.0], [1.0, 9.0]])


def covariance(matrix: Any = MATRIX, **changes: Any) -> EffectCovariance:  # noqa: ANN401 - whatever numpy takes
    given: dict[str, Any] = {"drawn": "counties", "treated": 240, "controls": 900} | changes
    return EffectCovariance(np.asarray(matrix, dtype=float), **given)


def joint(**changes: Any) -> JointEffects:
    given: dict[str, Any] = {
        "unit": "240 counties in 3 cohorts",
        "start": 2014,
        "window": (2014, 2015, 2016),
        "estimator": "callaway_santanna",
        "outcomes": (GDP, CO2),
        "estimate": np.array([0.1, -0.2]),
    }
    return JointEffects(**(given | changes))


def test_a_covariance_takes_the_place_of_draws() -> None:
    effects = joint(covariance=covariance())
    assert effects.placebos is None
    assert effects.covariance is not None
    assert effects.covariance.se.tolist() == [2.0, 3.0]
    assert [effects.refusal(item.name) for item in effects.outcomes] == ["", ""]
    with pytest.raises(UsageError, match="come with a covariance, and not with placebo draws"):
        effects.draws  # noqa: B018 - what is refused
    assert joint(placebos=make_draws([[1.0, 2.0], [0.0, 0.0]])).refusal("gdp") == ""


def test_an_outcome_is_refused_by_what_is_said_or_because_nothing_varies() -> None:
    told = joint(covariance=covariance(refused={"co2": "One county is treated."}))
    assert (told.refusal("gdp"), told.refusal("co2")) == ("", "One county is treated.")
    still = joint(covariance=covariance([[0.0, 0.0], [0.0, 9.0]]))
    assert still.refusal("gdp").startswith("Its standard error is zero")
    assert still.refusal("co2") == ""
    unknown = [[np.nan, np.nan], [np.nan, 9.0]]
    assert joint(covariance=covariance(unknown, refused={"gdp": "Why."}), estimate=np.array([np.nan, 0])).refusal("gdp")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({}, "have no placebo draws and no covariance"),
        (
            {"covariance": covariance(), "placebos": make_draws([[1.0, 2.0], [0.0, 0.0]])},
            "both placebo draws and a covariance",
        ),
        ({"covariance": covariance([[1.0]])}, r"2 outcomes, \(2,\) effects and a covariance of shape \(1, 1\)"),
        ({"covariance": covariance(), "estimate": np.zeros(3)}, r"2 outcomes, \(3,\) effects"),
        ({"covariance": covariance(), "estimate": np.array([0.1, np.nan])}, "the effect on 'co2' is nan"),
        ({"covariance": covariance(refused={"dust": "Why."})}, "refuses 'dust', which is not an outcome"),
        ({"covariance": covariance([[4.0, 1.0], [0.5, 9.0]])}, "not a covariance"),  # not symmetric
        ({"covariance": covariance([[4.0, 6.1], [6.1, 9.0]])}, "not a covariance"),  # a correlation of 1.017
        ({"covariance": covariance([[-4.0, 0.0], [0.0, 9.0]])}, "not a covariance"),
        ({"covariance": covariance([[0.0, 1e-3], [1e-3, 9.0]])}, "not a covariance"),
        ({"covariance": covariance([[np.inf, 0.0], [0.0, 9.0]])}, "not a covariance"),
    ],
)
def test_what_is_neither_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        joint(**changes)


def test_infinitely_many_degrees_of_freedom_are_normal_distributions() -> None:
    assert covariance(degrees=float("inf")).degrees is None
    assert covariance(degrees=7.5).degrees == 7.5


def test_a_singular_covariance_is_one() -> None:
    """Two effects that always move together: correlations of one, rounding included."""
    for scale in (1.0, 1e-9, 1e9):
        root = np.array([[0.1], [0.3]]) * scale
        assert joint(covariance=covariance(root @ root.T)).refusal("co2") == ""


@pytest.mark.parametrize(
    ("matrix", "changes", "message"),
    [
        (np.zeros((2, 3)), {}, r"shape \(2, 3\)"),
        (np.zeros(2), {}, r"shape \(2,\)"),
        (MATRIX, {"treated": 0}, "treated is 0"),
        (MATRIX, {"controls": -1}, "controls is -1"),
        (MATRIX, {"degrees": 0.0}, "degrees is 0.0"),
        (MATRIX, {"degrees": float("nan")}, "degrees is nan"),
    ],
)
def test_what_no_covariance_rests_on_is_refused(matrix: Any, changes: dict[str, Any], message: str) -> None:  # noqa: ANN401
    with pytest.raises(UsageError, match=message):
        covariance(matrix, **changes)
