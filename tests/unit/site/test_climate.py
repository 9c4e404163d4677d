"""Modelled hours, and hours without a chiller by ASHRAE's classes."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from pilotzone.core import DataError, MethodError, UsageError
from pilotzone.site import psychrometrics as air
from pilotzone.site.ashrae import ASHRAE_CLASSES, AshraeClass, derated_maximum, free_hours
from pilotzone.site.climate import hours_of_many, modelled_climate

MEANS = [2.6, 1.1, 10.4, 15.8, 20.1, 22.5, 23.8, 23.2, 21.1, 16.7, 11.0, 6.0]
DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]


@pytest.mark.parametrize(("diurnal", "days"), [(0.0, 0.0), (8.0, 3.0), (15.0, 6.0)])
def test_monthly_means_are_kept(diurnal: float, days: float) -> None:
    found = modelled_climate("G", MEANS, height_m=1_074, diurnal_range_k=diurnal, day_to_day_sd_k=days, source="s")
    ends = np.cumsum([0, *DAYS]) * 24
    means = [found.temp_c[a:b].mean() for a, b in pairwise(ends)]
    np.testing.assert_allclose(means, MEANS, atol=1e-10)
    assert found.modelled
    assert found.rel_humidity is None
    assert "modelled" in found.notes[0]
    np.testing.assert_allclose(found.pressure_pa, air.pressure_at(1_074))


def test_hours_of_many_places_are_those_of_each() -> None:
    months = np.array([MEANS, [mean - 10 for mean in MEANS]])
    many = hours_of_many(months, diurnal_range_k=8.0, day_to_day_sd_k=3.0, stride=5)
    for own, hours in zip(months, many, strict=True):
        one = modelled_climate("G", own, height_m=0, diurnal_range_k=8.0, day_to_day_sd_k=3.0, source="s")
        np.testing.assert_allclose(hours, one.temp_c[::5], rtol=0, atol=1e-12)


def test_days_vary_as_much_as_they_are_told_to() -> None:
    flat = modelled_climate("G", [10.0] * 12, height_m=0, diurnal_range_k=8, day_to_day_sd_k=3, source="s")
    days = flat.temp_c.reshape(365, 24)
    np.testing.assert_allclose(days[:31].mean(axis=1).std(), 3.0)
    np.testing.assert_allclose(np.ptp(days, axis=1), 8.0)
    assert days[0].argmax() == 15
    # No months whose days go from cold to warm in their order.
    assert abs(np.corrcoef(np.arange(31), days[:31].mean(axis=1))[0, 1]) < 0.2


@pytest.mark.parametrize("bad", [[1.0] * 11, [1.0] * 11 + [np.nan]])
def test_means_that_cannot_be(bad: list[float]) -> None:
    with pytest.raises(DataError, match="monthly means"):
        modelled_climate("G", bad, height_m=0, diurnal_range_k=8, day_to_day_sd_k=3, source="s")


def test_a_range_that_cannot_be() -> None:
    with pytest.raises(UsageError, match="diurnal range is -1"):
        modelled_climate("G", MEANS, height_m=0, diurnal_range_k=-1, day_to_day_sd_k=3, source="s")


@pytest.mark.parametrize(
    ("name", "expected"),
    [("recommended", 27.0), ("A1", 32 - 200 / 300), ("A2", 35 - 200 / 300), ("A3", 40 - 200 / 175), ("A4", 45 - 1.6)],
)
def test_height_takes_from_the_greatest_dry_bulb(name: AshraeClass, expected: float) -> None:
    assert derated_maximum(name, 1_100) == pytest.approx(expected, abs=1e-12)
    assert derated_maximum(name, 900) == derated_maximum(name, 0) == ASHRAE_CLASSES[name].warm


def test_no_classes_on_the_highest_plateaus() -> None:
    with pytest.raises(MethodError, match="not defined at 3650 m"):
        derated_maximum("A1", 3_650)


def test_hours_by_class_against_a_grid_of_states() -> None:
    """Each class by brute force over a fine grid of supply air, and wider classes have more hours."""
    rng = np.random.default_rng(3)
    temp, share = rng.uniform(-15, 42, 150), rng.uniform(0.1, 1.0, 150)
    pressure = float(air.pressure_at(1_100))
    own = air.humidity_ratio(temp, share, pressure)
    heat = air.enthalpy(temp, own)
    shares = []
    for name, limits in ASHRAE_CLASSES.items():
        found = free_hours(temp, share, pressure, 1_100, name)  # type: ignore[arg-type]
        at = np.linspace(limits.cool, found.maximum_c, 400)[:, None]
        low, high = (float(air.humidity_ratio(dew, 1.0, pressure)) for dew in (limits.dew_low, limits.dew_high))
        ratios = np.linspace(low, high, 800)[None, :]
        relative = air.relative_humidity(at, np.broadcast_to(ratios, (400, 800)), pressure)
        inside = (relative >= limits.share_low) & (relative <= limits.share_high)
        enthalpies = air.enthalpy(at, ratios)
        free = sum(bool((inside & (ratios >= w) & (enthalpies >= h)).any()) for w, h in zip(own, heat, strict=True))
        assert abs(free - found.air - found.air_and_water) <= 2
        assert found.hours == 150
        shares.append(found.share)
    assert shares[0] < shares[2] < shares[3] <= shares[4]
    assert shares[0] > 0


def test_corrosive_gases_cost_no_hours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Air of the greatest dew point has 50 % of relative humidity below the greatest dry bulb; warmth is free."""
    rng = np.random.default_rng(5)
    temp, share = rng.uniform(5, 40, 400), rng.uniform(0.1, 1.0, 400)
    plain = free_hours(temp, share, 101_325.0, 0, "recommended")
    monkeypatch.setitem(ASHRAE_CLASSES, "recommended", replace(ASHRAE_CLASSES["recommended"], share_high=0.5))
    assert free_hours(temp, share, 101_325.0, 0, "recommended").share == plain.share
    assert 0.1 < plain.share < 0.9
