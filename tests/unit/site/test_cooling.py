"""What three cooling systems need: balances, brute force over what air and water can reach, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from pilotzone.core import UsageError
from pilotzone.gather import load_layer
from pilotzone.site import psychrometrics as air
from pilotzone.site.airside import Bounds, airside, reached
from pilotzone.site.airside import reachable as reachable_without_chiller
from pilotzone.site.cooling import REGIMES, Cooling, Weather, chiller_cop, heat_of, seawater, tower_work, waterside
from pilotzone.site.parameters import Airside, CoolingSystem, Seawater, Waterside, example_of

Floats = NDArray[np.float64]
TOWER = {"cycles_of_concentration": 4.0, "drift_share": 0.0002}


def published(system: CoolingSystem) -> dict[str, float]:
    layer = load_layer("cooling_parameters")
    return {layer.texts["parameter"][k]: float(layer.numbers["value"][k]) for k in layer.rows_where(system=system)}


@pytest.fixture(scope="module")
def outdoors() -> Airside:
    hall = example_of("airside", published("airside"), **TOWER)
    assert isinstance(hall, Airside)
    # Bounds as of ASHRAE's recommended range, narrower than the example's, so that every regime comes up.
    bounds = {
        "supply_air_min": 18.0,
        "supply_air_max": 27.0,
        "supply_dew_point_min": -9.0,
        "supply_dew_point_max": 15.0,
    }
    return replace(hall, **bounds, supply_rh_min=0.08, supply_rh_max=0.7)


@pytest.fixture(scope="module")
def towers() -> Waterside:
    hall = example_of("waterside", published("waterside"), **TOWER)
    assert isinstance(hall, Waterside)
    return hall


@pytest.fixture(scope="module")
def many() -> Weather:
    rng = np.random.default_rng(7)
    return Weather(rng.uniform(-25, 44, 300), rng.uniform(0.03, 1.0, 300), rng.uniform(75_000, 102_000, 300))


def reachable(hall: Airside, temp: float, share: float, pressure: float) -> tuple[bool, float]:
    """Return whether any state of a fine grid within bounds is reached, and the least humidity of those that are."""
    at = np.linspace(float(hall.supply_air_min), float(hall.supply_air_max), 181)[:, None]
    dry, damp = (float(air.humidity_ratio(point, 1.0, pressure)) for point in (-9.0, 15.0))
    own = float(air.humidity_ratio(temp, share, pressure))
    ratios = np.unique(np.append(np.linspace(dry, damp, 600), own))[None, :]
    relative = air.relative_humidity(at, np.broadcast_to(ratios, (len(at), ratios.size)), pressure)
    inside = (relative >= 0.08) & (relative <= 0.7) & (ratios >= dry) & (ratios <= damp)
    enough = (ratios >= own) & (air.enthalpy(at, ratios) >= float(air.enthalpy(temp, own)))
    found = np.broadcast_to(ratios, inside.shape)[inside & enough]
    return bool(found.size), float(found.min(initial=np.inf))


def test_free_cooling_is_what_a_grid_of_all_states_says(outdoors: Airside, many: Weather) -> None:
    found = airside(outdoors, many)
    step = (air.humidity_ratio(15.0, 1.0, 75_000) - air.humidity_ratio(-9.0, 1.0, 102_000)) / 599
    seen, corners = set(), 0
    for k in range(200):
        temp, share, pressure = (float(value[k]) for value in (many.temp_c, many.rel_humidity, many.pressure_pa))
        there, least = reachable(outdoors, temp, share, pressure)
        free = REGIMES[found.regime[k]] in {"free", "free_with_water"}
        own = float(air.humidity_ratio(temp, share, pressure))
        if free != there:
            # A corner of what can be reached, smaller than a cell of the grid.
            assert free
            corners += 1
            continue
        seen.add(REGIMES[found.regime[k]])
        if there:
            wet = found.regime[k] == REGIMES.index("free_with_water")
            assert wet == (found.water["humidifier"][k] > 0)
            assert wet or least <= own + 2 * float(step)
            assert not wet or least > own
    assert seen == set(REGIMES)
    assert corners <= 2


def test_water_that_is_added_closes_both_balances(outdoors: Airside) -> None:
    """Dry and warm air of 35 degC: supply at the upper bound, on the line of outdoor enthalpy."""
    found = airside(outdoors, Weather(np.array([35.0]), np.array([0.1]), np.array([101_325.0])))
    own = air.humidity_ratio(35.0, 0.1)
    _, heat = heat_of(outdoors)
    flow = heat / (1.01 * np.asarray(outdoors.delta_t_air))
    supplied = own + found.water["humidifier"][0] / 3600 / flow
    assert found.regime[0] == REGIMES.index("free_with_water")
    np.testing.assert_allclose(air.enthalpy(27.0, supplied), air.enthalpy(35.0, own), rtol=1e-9)


def test_cold_and_dry_air_is_mixed_and_given_water(outdoors: Airside) -> None:
    """Share of outdoor air and water from the two balances, for the least humidity at the lower bound."""
    pressure = np.array([101_325.0])
    found = airside(outdoors, Weather(np.array([-15.0]), np.array([0.3]), pressure))
    own = air.humidity_ratio(-15.0, 0.3)
    need = max(float(air.humidity_ratio(-9.0, 1.0)), float(air.humidity_ratio(18.0, 0.08)))
    back = air.enthalpy(18.0 + float(outdoors.delta_t_air), need)
    share = (back - air.enthalpy(18.0, need)) / (back - air.enthalpy(-15.0, own))
    _, heat = heat_of(outdoors)
    expected = share * (need - own) * heat / (1.01 * np.asarray(outdoors.delta_t_air)) * 3600
    np.testing.assert_allclose(found.water["humidifier"][0], expected, rtol=1e-8)


def test_the_chiller_never_takes_more_than_the_hall_gives(outdoors: Airside, many: Weather) -> None:
    found = airside(outdoors, many)
    _, heat = heat_of(outdoors)
    at = air.wet_bulb(many.temp_c, many.rel_humidity, many.pressure_pa) + outdoors.tower_approach
    load = found.power["chiller"] * chiller_cop(at, outdoors.chiller_load, outdoors.cop_deviation)
    assert load.max() <= float(heat) * (1 + 1e-12)
    np.testing.assert_allclose(load[found.regime == REGIMES.index("chiller")], heat)
    assert (load[found.regime <= 1] == 0).all()


def test_a_tower_gives_the_air_all_heat(towers: Waterside, many: Weather) -> None:
    """The air that leaves, saturated with what evaporates, has the heat of the water."""
    heat = np.full(300, 1.3)
    found = tower_work(towers, many, heat)
    flow = heat / (4.2 * float(towers.delta_t_tower)) / float(towers.liquid_to_gas)
    own = air.humidity_ratio(many.temp_c, many.rel_humidity, many.pressure_pa)
    out = own + found.water["evaporation"] / 3600 / flow
    leaving = air.saturation_temperature(many.pressure_pa * out / (air.MOLAR_RATIO + out))
    gained = flow * (air.enthalpy(leaving, out) - air.enthalpy(many.temp_c, own)) / 1000
    np.testing.assert_allclose(gained, heat, rtol=1e-9)
    np.testing.assert_allclose(found.water["blow_down"], found.water["evaporation"] / 3)


def test_a_water_economiser_between_all_and_nothing(towers: Waterside) -> None:
    temp = np.linspace(0, 40, 400)
    weather = Weather(temp, np.full(400, 0.5), np.full(400, 101_325.0))
    found = waterside(towers, weather)
    at = air.wet_bulb(temp, 0.5) + towers.tower_approach
    supply = towers.supply_air + towers.delta_t_air * (1 - 1 / np.asarray(towers.heat_transfer_effectiveness))
    full = at + towers.exchanger_approach <= supply
    none = at + towers.exchanger_approach >= supply + towers.delta_t_water
    assert (found.regime[full] == 0).all()
    assert (found.regime[none] == 3).all()
    assert (found.regime[~full & ~none] == 2).all()
    assert full.any()
    assert none.any()
    load = found.power["chiller"] * chiller_cop(at, towers.chiller_load, towers.cop_deviation)
    between = load[~full & ~none]
    share = 1 - between / load[none][0]
    np.testing.assert_allclose(
        share, ((supply + towers.delta_t_water - at - towers.exchanger_approach) / towers.delta_t_water)[~full & ~none]
    )
    # A pump fewer runs where the exchanger does nothing; else warmer is dearer.
    for hours in (~full & ~none, none):
        assert (np.diff(found.pue[hours]) > 0).all()


def test_a_warm_sea_needs_the_chiller() -> None:
    hall = example_of("seawater", published("seawater"))
    assert isinstance(hall, Seawater)
    found = seawater(hall, [5.0, 20.0, 32.0, 40.0])
    assert [REGIMES[k] for k in found.regime] == ["free", "free", "free_and_chiller", "chiller"]
    assert (found.wue == found.wue[0]).all() if found.wue.ndim else True
    assert found.pue[0] == found.pue[1] < found.pue[2] < found.pue[3]


@pytest.mark.parametrize("system", ["airside", "waterside"])
def test_draws_of_parameters_are_as_one_by_one(system: CoolingSystem, many: Weather) -> None:
    hall = example_of(system, published(system), **TOWER)
    run = airside if isinstance(hall, Airside) else waterside
    ups, rise = np.array([0.9, 0.95, 0.99])[:, None], np.array([10.0, 12.0, 15.0])[:, None]
    together = run(replace(hall, ups_efficiency=ups, delta_t_air=rise), many)  # type: ignore[arg-type]
    for k in range(3):
        one = run(replace(hall, ups_efficiency=float(ups[k, 0]), delta_t_air=float(rise[k, 0])), many)  # type: ignore[arg-type]
        np.testing.assert_allclose(together.pue[k], one.pue, rtol=1e-13)
        np.testing.assert_allclose(together.wue[k], one.wue, rtol=1e-12, atol=1e-15)
        assert (together.regime[k] == one.regime).all()


def test_a_table_of_means_adds_up(towers: Waterside, many: Weather) -> None:
    found = waterside(towers, many)
    rows = found.to_table().records()
    power = sum(float(row["mean"] or 0) for row in rows if row["what"] == "power")
    assert abs(power - found.pue.mean()) < 1e-12
    assert sum(found.hours().values()) == 300


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"ups_efficiency": 1.2}, "ups_efficiency is 1.2"),
        ({"delta_t_air": 0.0}, "delta_t_air is 0.0"),
        ({"cycles_of_concentration": 1.0}, "cycles_of_concentration"),
        ({"crac_fan_pressure": float("nan")}, "crac_fan_pressure is nan"),
        ({"supply_air_min": 40.0}, "supply_air_min is not below"),
        ({"ups_eficiency": 0.9}, "no parameter ups_eficiency"),
        ({"supply_rh_max": 67.0}, "supply_rh_max is 67.0"),
    ],
)
def test_parameters_that_cannot_be(change: dict[str, float], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        example_of("airside", published("airside"), **(TOWER | change))


def test_what_the_source_does_not_give_has_no_default() -> None:
    with pytest.raises(UsageError, match="lacks cycles_of_concentration, drift_share"):
        example_of("waterside", published("waterside"))


@pytest.mark.parametrize("narrow", [True, False])
def test_the_least_water_is_that_of_halving(*, narrow: bool) -> None:
    """Half of the hours are too dry or too warm: water up to the first humidity that bounds admit, and no more."""
    rng = np.random.default_rng(5)
    n = 4_000
    temp, share, pressure = rng.uniform(-20, 45, n), rng.uniform(0.0, 0.6, n), rng.uniform(60_000, 105_000, n)
    low_share = 0.3 if narrow else 0.0
    bounds = Bounds(
        cool=np.array(18.0),
        warm=np.array(27.0),
        dry=air.humidity_ratio(-9.0, 1.0, pressure),
        damp=air.humidity_ratio(15.0, 1.0, pressure),
        low_share=np.array(low_share),
        high_share=np.array(0.7),
        pressure=pressure,
    )
    ratio = air.humidity_ratio(temp, share, pressure)
    outdoor = air.enthalpy(temp, ratio)
    _, wet = reachable_without_chiller(bounds, temp, ratio)
    there, low, heat = bounds.where(wet), ratio[wet], outdoor[wet]
    high = there.most(there.warm)
    for _ in range(60):
        middle = (low + high) / 2
        enough = there.admits(middle, there.coolest(middle, heat))
        high, low = np.where(enough, middle, high), np.where(enough, low, middle)
    assert wet.sum() > 500
    np.testing.assert_allclose(reached(bounds, temp, ratio).ratio[wet], high, rtol=1e-12)


@pytest.mark.parametrize("system", ["airside", "waterside"])
def test_hours_one_by_one_are_as_all_together(system: CoolingSystem, many: Weather) -> None:
    """What is worked out only where it is needed is the same whatever the other hours need."""
    hall = example_of(system, published(system), **TOWER)

    def run(weather: Weather) -> Cooling:
        return airside(hall, weather) if isinstance(hall, Airside) else waterside(hall, weather)  # type: ignore[arg-type]

    whole = run(many)
    for k in range(0, 300, 7):
        one = run(Weather(many.temp_c[[k]], many.rel_humidity[[k]], many.pressure_pa[[k]]))
        np.testing.assert_allclose([one.pue[0], one.wue[0]], [whole.pue[k], whole.wue[k]], rtol=1e-12)
        assert one.regime[0] == whole.regime[k]


def test_a_table_has_the_shape_of_all_parts(outdoors: Airside, many: Weather) -> None:
    """Drift alone differs between draws: it is a part of the water, and no part of the power."""
    drift = np.array([1e-4, 3e-4])[:, None]
    found = airside(replace(outdoors, drift_share=drift), many)
    assert found.shape == (2, 300)
    rows = {row["part"]: row["mean"] for row in found.to_table().records()}
    one = airside(replace(outdoors, drift_share=2e-4), many)
    np.testing.assert_allclose(float(rows["drift"] or 0), one.water["drift"].mean())
    assert sum(found.hours().values()) == 600
