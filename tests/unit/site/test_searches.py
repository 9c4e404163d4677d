"""Searches for temperatures: equal to halving over the whole domain, and what makes Newton's method safe."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from pilotzone.core import DataError
from pilotzone.site import psychrometrics as air

Floats = NDArray[np.float64]

TEMPS = np.unique(np.concatenate([np.linspace(-60, 60, 61), np.linspace(-1, 6, 57), [-1e-9, 0.0, 0.005, 0.01, 0.011]]))
SHARES = np.unique(np.concatenate([np.linspace(0, 1, 21), [1e-12, 1e-6, 0.001, 0.999, 1 - 1e-12]]))
PRESSURES = np.linspace(50_000.0, 110_000.0, 7)


def whole_domain() -> tuple[Floats, Floats, Floats]:
    """Return a grid of all air there is, with what chance adds to it."""
    grid = [value.ravel() for value in np.meshgrid(TEMPS, SHARES, PRESSURES, indexing="ij")]
    rng = np.random.default_rng(11)
    n = 20_000
    near = (rng.uniform(-0.5, 5, n), rng.uniform(0.3, 1, n), rng.uniform(50_000, 110_000, n))
    wide = (rng.uniform(-60, 60, n), rng.uniform(0, 1, n), rng.uniform(50_000, 110_000, n))
    temp, share, pressure = (np.concatenate(parts) for parts in zip(grid, near, wide, strict=True))
    return temp, share, pressure


def balance(at: Floats, temp: Floats, ratio: Floats, pressure: Floats, *, water: bool) -> Floats:
    """Return ASHRAE's equations 33 and 35: what the wet bulb says of the humidity ratio, less what there is of it."""
    saturated = air.humidity_ratio(at, 1.0, pressure)
    if water:
        return ((2501 - 2.326 * at) * saturated - 1.006 * (temp - at)) / (2501 + 1.86 * temp - 4.186 * at) - ratio
    return ((2830 - 0.24 * at) * saturated - 1.006 * (temp - at)) / (2830 + 1.86 * temp - 2.1 * at) - ratio


def halved(temp: Floats, ratio: Floats, pressure: Floats) -> Floats:
    """Return the wet bulb by halving, with the equations as they stand: over water where it has a root, else ice."""
    water = (temp > 0) & (balance(np.zeros(temp.shape), temp, ratio, pressure, water=True) <= 0)
    low, high = np.where(water, 0.0, -100.0), np.where(water, temp, np.minimum(temp, 0.0))
    for _ in range(70):
        middle = (low + high) / 2
        below = np.where(
            water,
            balance(middle, temp, ratio, pressure, water=True),
            balance(middle, temp, ratio, pressure, water=False),
        )
        low, high = np.where(below < 0, middle, low), np.where(below < 0, high, middle)
    return (low + high) / 2


def test_the_wet_bulb_is_that_of_halving_over_the_whole_domain() -> None:
    temp, share, pressure = whole_domain()
    ratio = air.humidity_ratio(temp, share, pressure)
    found, expected = air.wet_bulb(temp, share, pressure), halved(temp, ratio, pressure)
    np.testing.assert_allclose(found, expected, rtol=0, atol=2e-12)
    assert (found <= temp).all()
    # Between 0 and what lies over ice there is a gap: nothing is found in it that is not a root or a bound.
    assert ((found < 0) == (expected < 0)).all()


def test_water_goes_first_where_ice_has_a_root_too() -> None:
    """Air of 3 degC whose balance over water is even at 0 degC: over ice it is even a little below."""
    temp, pressure = np.full(2, 3.0), np.full(2, 101_325.0)
    even = (2501 * float(air.humidity_ratio(0.0, 1.0)) - 1.006 * 3.0) / (2501 + 1.86 * 3.0)
    ratio = even * np.array([1 - 1e-7, 1 + 1e-7])
    found = air.wet_bulb(temp, air.relative_humidity(temp, ratio, pressure), pressure)
    # Below the jump there is the root over ice alone; above it there are both, and that over water is taken.
    assert (balance(np.zeros(2), temp, ratio, pressure, water=False) > 0).all()
    assert -0.3 < found[0] < -0.1
    assert 0 <= found[1] < 1e-3


@pytest.mark.parametrize("seed", range(3))
def test_other_searches_are_those_of_halving(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = 5_000
    temp, share, pressure = rng.uniform(-60, 60, n), rng.uniform(1e-3, 1, n), rng.uniform(50_000, 110_000, n)
    temp[:20], share[:20] = np.linspace(-0.001, 0.02, 20), 1.0
    heat = air.enthalpy(temp, air.humidity_ratio(temp, share, pressure))
    np.testing.assert_allclose(air.temperature_at(heat, share, pressure), temp, rtol=0, atol=2e-11)
    found = air.saturated_at(heat, pressure)
    np.testing.assert_allclose(
        air.enthalpy(found, air.humidity_ratio(found, 1.0, pressure)), heat, rtol=1e-12, atol=1e-7
    )
    vapour = share * air.saturation_pressure(temp)
    low, high = np.full(n, -100.0), np.full(n, 200.0)
    for _ in range(70):
        middle = (low + high) / 2
        below = air.saturation_pressure(middle) < vapour
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    np.testing.assert_allclose(air.saturation_temperature(vapour), (low + high) / 2, rtol=0, atol=2e-12)


@pytest.mark.parametrize("heats", [(2501.0, 2.326, 4.186), (2830.0, 0.24, 2.1)])
@pytest.mark.parametrize("surface", [air._WATER, air._ICE])
def test_what_newton_is_given_rises_and_is_convex(
    surface: tuple[float, ...], heats: tuple[float, float, float]
) -> None:
    """From anywhere its first step then goes beyond the root and all others come back to it: no bound is ever needed.

    Shown on a grid of all balances, with vapour of either surface, from the coldest to the hottest there can be.
    """
    vaporising, fall, evaporated = heats
    temp, share, pressure = (
        value.ravel()
        for value in np.meshgrid(np.linspace(-60, 60, 13), np.linspace(0, 1, 5), [50_000.0, 110_000.0], indexing="ij")
    )
    ratio = air.humidity_ratio(temp, share, pressure)
    slope = 1.006 + evaporated * ratio
    given = 1.006 * temp + ratio * (vaporising + 1.86 * temp)
    kinds = [
        air._Balance(slope, given, air.MOLAR_RATIO * vaporising + given, air.MOLAR_RATIO * fall + slope, pressure),
        air._Balance(
            np.full(temp.size, 1.006),
            given,
            air.MOLAR_RATIO * vaporising + given,
            np.full(temp.size, 1.006 - 1.86 * air.MOLAR_RATIO),
            pressure,
        ),
    ]
    at = np.linspace(-99, 99, 397)
    vapour = np.exp(air._log_over(surface, at)[0])
    for kind in kinds:
        values = np.array([kind.at(float(t), float(e)) for t, e in zip(at, vapour, strict=True)])
        first, second = np.diff(values, axis=0), np.diff(values, 2, axis=0)
        assert (first > 0).all()
        # Where there is hardly vapour the balance is a line, but for rounding.
        assert (second > -1e-9 * np.abs(values[1:-1])).all()


def test_a_few_steps_are_enough_from_anywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Halving stands ready, and is never called: nowhere does Newton's method need more than a dozen steps."""
    temp, share, pressure = whole_domain()
    monkeypatch.setattr(air, "_STEPS", 12)

    def never(*_: object) -> Floats:
        raise AssertionError("Newton's method did not settle")

    monkeypatch.setattr(air, "_halved", never)
    air.wet_bulb(temp, share, pressure)
    air.saturated_at(air.enthalpy(temp, air.humidity_ratio(temp, share, pressure)), pressure)
    air.saturation_temperature(np.geomspace(1e-3, 1.5e6, 5_000))


def test_halving_that_stands_ready_gives_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    temp, share, pressure = (value[::50] for value in whole_domain())
    heat = air.enthalpy(temp, air.humidity_ratio(temp, share, pressure))
    newton = air.wet_bulb(temp, share, pressure), air.saturated_at(heat, pressure)
    monkeypatch.setattr(air, "_STEPS", 0)
    for one, other in zip(newton, (air.wet_bulb(temp, share, pressure), air.saturated_at(heat, pressure)), strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=2e-12)


def test_air_without_any_vapour() -> None:
    found = air.wet_bulb([-60.0, 0.0, 20.0, 60.0], 0.0)
    assert (np.diff(found) > 0).all()
    assert (found < [-60.0 + 1e-6, 0.0, 20.0, 60.0]).all()
    np.testing.assert_allclose(found, halved(np.array([-60.0, 0.0, 20.0, 60.0]), np.zeros(4), np.full(4, 101_325.0)))


def test_air_that_would_boil_if_it_were_saturated_has_a_wet_bulb() -> None:
    """Hot and dry air on a mountain: water of its temperature boils, that of its wet bulb does not."""
    found = air.wet_bulb(95.0, 0.05, 60_000.0)
    ratio = air.humidity_ratio(95.0, 0.05, 60_000.0)
    assert 25 < float(found) < 50
    gap = balance(np.asarray(found), np.array(95.0), ratio, np.array(60_000.0), water=True)
    np.testing.assert_allclose(gap, 0, atol=1e-12)


@pytest.mark.parametrize("size", [0, 1, 16_384, 16_385])
def test_blocks_have_no_seams(size: int) -> None:
    temp = np.linspace(-20, 40, size)
    found = air.wet_bulb(temp, 0.5)
    assert found.shape == (size,)
    alone = [float(air.wet_bulb(t, 0.5)) for t in temp[::4_000]]
    np.testing.assert_allclose(found[::4_000], alone, rtol=0, atol=1e-12)


def test_enthalpies_that_are_none() -> None:
    with pytest.raises(DataError, match="1 of 2 values of enthalpy are out of range"):
        air.saturated_at([5e4, np.inf])
    with pytest.raises(DataError, match="relative humidity"):
        air.temperature_at(5e4, 1.5)
