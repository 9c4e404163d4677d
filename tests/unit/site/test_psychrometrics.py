"""Moist air: what comes back from where it went, what bounds what, and numbers that are none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pilotzone.core import DataError
from pilotzone.site import psychrometrics as air

RNG = np.random.default_rng(1)
TEMP, SHARE, PRESSURE = RNG.uniform(-25, 42, 2000), RNG.uniform(0.02, 1, 2000), RNG.uniform(65_000, 103_000, 2000)


def test_there_and_back() -> None:
    ratio = air.humidity_ratio(TEMP, SHARE, PRESSURE)
    np.testing.assert_allclose(air.relative_humidity(TEMP, ratio, PRESSURE), SHARE, rtol=1e-12)
    dew = air.dew_point(TEMP, SHARE)
    np.testing.assert_allclose(air.saturation_pressure(dew), SHARE * air.saturation_pressure(TEMP), rtol=1e-10)


def test_wet_bulb_lies_between_dew_point_and_air() -> None:
    wet, dew = air.wet_bulb(TEMP, SHARE, PRESSURE), air.dew_point(TEMP, SHARE)
    assert (wet <= TEMP + 1e-9).all()
    assert (wet >= dew - 1e-9).all()
    np.testing.assert_allclose(air.wet_bulb(TEMP[TEMP > 1], 1.0, 101_325.0), TEMP[TEMP > 1], atol=1e-9)


def test_wet_bulb_balances_heat() -> None:
    """Adiabatic saturation: enthalpy gained is that of the water that evaporated, at the wet bulb; above freezing."""
    warm = (TEMP > 5) & (SHARE > 0.3)
    temp, share, pressure = TEMP[warm], SHARE[warm], PRESSURE[warm]
    wet = air.wet_bulb(temp, share, pressure)
    ratio = air.humidity_ratio(temp, share, pressure)
    saturated = air.humidity_ratio(wet, 1.0, pressure)
    gained = air.enthalpy(wet, saturated) - air.enthalpy(temp, ratio)
    above = wet > 0
    np.testing.assert_allclose(gained[above], (1000 * 4.186 * wet * (saturated - ratio))[above], atol=2.0)


def test_shapes_are_broadcast() -> None:
    assert air.wet_bulb(np.array([[20.0], [30.0]]), np.array([0.2, 0.4, 0.6])).shape == (2, 3)
    assert air.humidity_ratio(20.0, 0.5).shape == ()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: air.wet_bulb([20.0, 99.9e2], [0.5, 0.5]), "1 of 2 values of temperature are out of range.* 9990"),
        (lambda: air.wet_bulb([20.0], [50.0]), "relative humidity.*the first is 50"),
        (lambda: air.humidity_ratio([20.0, np.nan], 0.5), "the first is nan"),
        (lambda: air.humidity_ratio(20.0, 0.5, 1013.25 / 2), "pressure"),
        (lambda: air.dew_point(20.0, 0.0), "no dew point"),
        (lambda: air.humidity_ratio(150.0, 1.0), "more than the whole pressure"),
        (lambda: air.pressure_at(99_999), "height"),
    ],
)
def test_numbers_that_are_none(call: Any, words: str) -> None:  # noqa: ANN401
    with pytest.raises(DataError, match=words):
        call()
