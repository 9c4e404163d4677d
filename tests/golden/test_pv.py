"""Modelled PV against pvlib's own ModelChain: PVWatts, cells as in PVsyst, isotropic sky."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from pvlib.clearsky import haurwitz
from pvlib.location import Location
from pvlib.modelchain import ModelChain
from pvlib.pvsystem import Array, FixedMount, PVSystem, SingleAxisTrackerMount
from pvlib.temperature import TEMPERATURE_MODEL_PARAMETERS

from pilotzone.campus import Mounting, PvArray, pv_profile

PLACE = Location(26.58, 106.73, tz="Etc/GMT-8", altitude=0)
FIRST = dt.datetime(2014, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=8)))
TIMES = pd.date_range(FIRST, periods=8760, freq="h") + pd.Timedelta(minutes=30)
SUN = PLACE.get_solarposition(TIMES)
CLEAR = haurwitz(SUN["apparent_zenith"])["ghi"].to_numpy()
RNG = np.random.default_rng(17)
CLOUDS = RNG.uniform(0.2, 1.0, 365).repeat(24)
AIR = 15 + 10 * np.sin(2 * np.pi * (np.arange(8760) / 8760 - 0.3))
WIND = RNG.uniform(0.5, 8.0, 8760)


def chain(mounting: Mounting, weather: pd.DataFrame) -> np.ndarray:
    """Return DC power of 1 W by pvlib's chain."""
    tracks = SingleAxisTrackerMount(0.0, 180.0, 60.0, backtrack=True, gcr=2 / 7)
    mount = FixedMount(25.0, 170.0) if mounting == "fixed" else tracks
    array = Array(
        mount,
        albedo=0.25,
        module_parameters={"pdc0": 1.0, "gamma_pdc": -0.004},
        temperature_model_parameters=TEMPERATURE_MODEL_PARAMETERS["pvsyst"]["freestanding"],
    )
    system = PVSystem([array], inverter_parameters={"pdc0": 1.0})
    model = ModelChain(
        system, PLACE, dc_model="pvwatts", ac_model="pvwatts", aoi_model="no_loss", spectral_model="no_loss",
        temperature_model="pvsyst", losses_model="no_loss", transposition_model="isotropic",
    )  # fmt: skip
    model.run_model(weather)
    found: np.ndarray = model.results.dc.to_numpy()
    return found


@pytest.mark.filterwarnings("ignore:DatetimeIndex.dayofyear is deprecated")
@pytest.mark.parametrize("mounting", ["fixed", "single axis"])
def test_a_year_is_that_of_pvlibs_model_chain(mounting: Mounting) -> None:
    ghi = CLEAR * CLOUDS
    dhi = 0.4 * ghi
    cosine = np.cos(np.radians(SUN["zenith"].to_numpy()))
    dni = np.where(cosine > 0.05, (ghi - dhi) / np.maximum(cosine, 0.05), 0.0)
    given = pd.DataFrame({"ghi": ghi, "dni": dni, "dhi": dhi, "temp_air": AIR, "wind_speed": WIND}, index=TIMES)
    due = np.clip(np.nan_to_num(chain(mounting, given)) * (1 - 0.14), 0.0, 1.0)
    tilt, azimuth = (25.0, 170.0) if mounting == "fixed" else (0.0, 180.0)
    array = PvArray(PLACE.latitude, PLACE.longitude, tilt, azimuth, mounting=mounting)
    found = pv_profile(array, FIRST, ghi=ghi, dni=dni, dhi=dhi, temp_c=AIR, wind_speed=WIND)
    np.testing.assert_allclose(found, due, atol=1e-8)
    assert due.sum() > 800


def test_a_clear_year_is_plausible_and_tracking_gains() -> None:
    """Clear sky at 26.6 degrees north: some 2,000 full hours after losses; nights have nothing, noon the most."""
    fixed, turning = (
        pv_profile(PvArray(26.58, 106.73, 25.0, mounting=mounting), FIRST, ghi=CLEAR, temp_c=AIR)
        for mounting in ("fixed", "single axis")
    )
    height = SUN["apparent_elevation"].to_numpy()
    assert (fixed[height < -1] == 0).all()
    assert (turning[height < -1] == 0).all()
    assert 1_700 < fixed.sum() < 2_300
    assert 1.05 < turning.sum() / fixed.sum() < 1.4
    by_hour = fixed.reshape(365, 24).mean(axis=0)
    # Noon by the sun is at 12:53 by the clock: hour 12, from 12:00 to 13:00.
    assert int(by_hour.argmax()) in (12, 13)


def test_an_hour_off_is_seen() -> None:
    """The sun of another hour than the radiation's gives another morning: what tells ends of hours from beginnings."""
    array = PvArray(26.58, 106.73, 40.0, 90.0)
    right = pv_profile(array, FIRST, ghi=CLEAR, temp_c=AIR)
    off = pv_profile(array, FIRST + dt.timedelta(hours=1), ghi=CLEAR, temp_c=AIR)
    assert abs(off.sum() / right.sum() - 1) > 0.03
