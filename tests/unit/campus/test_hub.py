"""Wind speed at the hub, and bounds of modelled output for whatever weather."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pilotzone.campus import PvArray, hub_speed, pv_profile, wind_profile
from pilotzone.core import UsageError

CURVE = [(3.0, 0.0), (12.0, 1.0), (25.0, 1.0)]
DAY = dt.datetime(2014, 6, 21, tzinfo=dt.timezone(dt.timedelta(hours=8)))


def test_no_shear_and_no_height_change_nothing() -> None:
    assert hub_speed([5.0], measured_m=10.0, hub_m=100.0, shear=0.0).tolist() == [5.0]
    assert hub_speed([5.0], measured_m=80.0, hub_m=80.0, shear=0.3).tolist() == [5.0]
    # Two steps up are one: the power law is a group.
    twice = hub_speed(hub_speed([4.0], measured_m=10.0, hub_m=50.0, shear=0.2), measured_m=50.0, hub_m=120.0, shear=0.2)
    np.testing.assert_allclose(twice, hub_speed([4.0], measured_m=10.0, hub_m=120.0, shear=0.2))
    with pytest.raises(UsageError, match="height of measured wind"):
        hub_speed([4.0], measured_m=0.0, hub_m=50.0, shear=0.2)


@given(st.lists(st.floats(0, 60), min_size=1, max_size=50), st.floats(0, 0.5), st.floats(0, 1))
@settings(max_examples=50, deadline=None)
def test_wind_is_a_share_and_losses_scale_it(speeds: list[float], shear: float, losses: float) -> None:
    at_hub = hub_speed(speeds, measured_m=10.0, hub_m=100.0, shear=shear)
    share = wind_profile(at_hub, CURVE, losses=losses)
    assert ((share >= 0) & (share <= 1)).all()
    np.testing.assert_allclose(share, (1 - losses) * wind_profile(at_hub, CURVE))


@given(
    st.floats(-65, 65), st.floats(0, 90), st.floats(0, 360), st.floats(0, 1), st.sampled_from(["fixed", "single axis"])
)
@settings(max_examples=25, deadline=None)
def test_pv_is_a_share_that_is_none_in_the_dark(lat: float, tilt: float, az: float, clear: float, how: str) -> None:
    array = PvArray(lat, 120.0, tilt, az, mounting=how)  # type: ignore[arg-type]
    hours = np.arange(24)
    ghi = clear * 1000 * np.maximum(np.sin(np.pi * (hours - 5.5) / 13), 0) * ((hours > 5) & (hours < 19))
    share = pv_profile(array, DAY, ghi=ghi, temp_c=np.full(24, 20.0))
    assert ((share >= 0) & (share <= 1)).all()
    assert (share[ghi == 0] == 0).all()
