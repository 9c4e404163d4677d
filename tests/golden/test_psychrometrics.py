"""Moist air beside psychrolib (see data/psychrometrics.py): closed forms to 1e-9, and near to what it searches for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pilotzone.site import psychrometrics as air

FOUND: dict[str, Any] = json.loads((Path(__file__).parent / "data" / "psychrometrics.json").read_text(encoding="utf-8"))
THEIRS = {key: np.array([row[key] for row in FOUND["rows"]]) for key in FOUND["rows"][0]}
TEMP, SHARE, PRESSURE = THEIRS["temp"], THEIRS["share"], THEIRS["pressure"]


def test_what_is_in_closed_form() -> None:
    ratio = air.humidity_ratio(TEMP, SHARE, PRESSURE)
    np.testing.assert_allclose(air.saturation_pressure(TEMP), THEIRS["saturation"], rtol=1e-9)
    np.testing.assert_allclose(ratio, THEIRS["ratio"], rtol=1e-9)
    np.testing.assert_allclose(air.enthalpy(TEMP, ratio), THEIRS["enthalpy"], rtol=1e-9, atol=1e-6)
    np.testing.assert_allclose(air.air_density(TEMP, ratio, PRESSURE), THEIRS["density"], rtol=1e-6)
    heights = np.array(FOUND["heights"])
    np.testing.assert_allclose(air.pressure_at(heights[:, 0]), heights[:, 1], rtol=1e-12)


def test_what_it_searches_for() -> None:
    """Its own searches end within 0.001 K."""
    np.testing.assert_allclose(air.wet_bulb(TEMP, SHARE, PRESSURE), THEIRS["wet_bulb"], rtol=0, atol=0.002)
    np.testing.assert_allclose(air.dew_point(TEMP, SHARE), THEIRS["dew_point"], rtol=0, atol=0.002)


@pytest.mark.parametrize("name", ["wet_bulb", "dew_point"])
def test_the_issue_asks_for_a_hundredth_of_a_kelvin(name: str) -> None:
    here = air.wet_bulb(TEMP, SHARE, PRESSURE) if name == "wet_bulb" else air.dew_point(TEMP, SHARE)
    assert np.abs(here - THEIRS[name]).max() < 0.01
