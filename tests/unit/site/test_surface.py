"""PUE and water as a function of what is assumed, against exact years of every hour; and hours put together."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from pilotzone.core import Assumption, Assumptions
from pilotzone.gather import Climate, load_layer
from pilotzone.site import Airside, CoolingSystem, Weather, airside, default_assumptions, example_of, waterside
from pilotzone.site.annual import published_parameters
from pilotzone.site.climate import modelled_climate
from pilotzone.site.parameters import Waterside
from pilotzone.site.surface import CoolingSurface, cooling_surface

Floats = NDArray[np.float64]
WEATHER = {"rel_humidity", "height_m", "diurnal_range_k", "day_to_day_sd_k"}
REGIONS = ("CN-GZ", "CN-HL", "CN-HI", "CN-GD", "CN-YN")
PAGE = Path(__file__).parents[3] / "docs" / "explanation" / "siting.md"


def means_of(region: str) -> Floats:
    layer = load_layer("capital_temperatures")
    rows = layer.rows_where(region=region)
    months = layer.numbers["month"][rows]
    return np.array([layer.numbers["temperature_c"][rows][months == k].mean() for k in range(1, 13)])


def exact(system: CoolingSystem, values: dict[str, float], weather: Weather) -> tuple[float, float]:
    """Return PUE and WUE of every hour, by the model itself."""
    given = {name: np.array(value) for name, value in values.items() if name not in WEATHER}
    hall = example_of(system, published_parameters(system), **given)
    assert isinstance(hall, Airside | Waterside)
    found = airside(hall, weather) if isinstance(hall, Airside) else waterside(hall, weather)
    return float(found.pue.mean()), float(np.broadcast_to(found.wue, found.regime.shape).mean())


def misses(surface: CoolingSurface, means: Floats, seed: int, count: int = 12) -> Floats:
    """Return by how much PUE and WUE are off at draws outside the design, shape (count, 2)."""
    units = np.random.default_rng(seed).random((count, len(surface.entries)))
    found = np.column_stack(surface.at({e.name: units[:, k] for k, e in enumerate(surface.entries)}))
    wanted = []
    for row in units:
        values = {e.name: e.low + u * (e.high - e.low) for e, u in zip(surface.entries, row.tolist(), strict=True)}
        year = modelled_climate(
            "", means, height_m=values["height_m"], diurnal_range_k=values["diurnal_range_k"],
            day_to_day_sd_k=values["day_to_day_sd_k"], source="",
        )  # fmt: skip
        weather = Weather(year.temp_c, np.array(values["rel_humidity"]), year.pressure_pa)
        wanted.append(exact(surface.system, values, weather))
    return np.asarray(found - np.array(wanted))


@pytest.mark.parametrize("system", ["airside", "waterside"])
def test_years_outside_the_design_are_as_near_as_is_said(system: CoolingSystem) -> None:
    """Every hour of the year, which tests putting hours together as well; the page says how near."""
    worst = {"airside": (0.002, 0.02), "waterside": (0.0005, 0.001)}[system]
    off: list[Floats] = []
    for region in REGIONS:
        surface = cooling_surface(system, means_of(region), default_assumptions(), place=region)
        off.append(misses(surface, means_of(region), seed=len(off)))
        assert np.sqrt((off[-1] ** 2).mean(axis=0))[0] < 2 * surface.error[0] + 1e-4
    found = np.abs(np.concatenate(off)).max(axis=0)
    assert found[0] < worst[0]
    assert found[1] < worst[1]
    # Bounds that say more than they need are not information.
    assert found[0] > worst[0] / 4
    text = PAGE.read_text(encoding="utf-8")
    side = {"airside": "air-side", "waterside": "water-side"}[system]
    assert re.search(rf"{worst[0]:g} of PUE and {worst[1]:g} L/kWh {side}", text), "the page says something else"


def measured(seed: int) -> Climate:
    """Return a year of hours whose temperature, humidity and pressure all vary."""
    rng = np.random.default_rng(seed)
    hours = np.arange(8_760)
    daily, yearly = np.cos(2 * np.pi * (hours % 24 - 15) / 24), -np.cos(2 * np.pi * hours / 8_760)
    weather = np.repeat(np.cumsum(rng.normal(0, 1, 365)) * 0.1 + rng.normal(0, 3, 365), 24)
    temp = 14 + 11 * yearly + 5 * daily + weather
    humid = np.clip(0.65 - 0.15 * daily + np.repeat(rng.normal(0, 0.12, 365), 24), 0.05, 1.0)
    pressure = 95_000 + np.repeat(rng.normal(0, 500, 365), 24)
    return Climate("T", temp, humid, pressure, "a test", height_m=500)


@pytest.mark.parametrize("system", ["airside", "waterside"])
def test_measured_hours_put_together(system: CoolingSystem) -> None:
    climate = measured(3)
    assert climate.rel_humidity is not None
    surface = cooling_surface(system, climate, default_assumptions(), place="T")
    assert not {entry.name for entry in surface.entries} & WEATHER
    units = np.random.default_rng(4).random((8, len(surface.entries)))
    pue, wue = surface.at({e.name: units[:, k] for k, e in enumerate(surface.entries)})
    weather = Weather(climate.temp_c, climate.rel_humidity, climate.pressure_pa)
    for k, row in enumerate(units.tolist()):
        values = {e.name: e.low + u * (e.high - e.low) for e, u in zip(surface.entries, row, strict=True)}
        wanted = exact(system, values, weather)
        assert pue[k] == pytest.approx(wanted[0], abs=1e-3)
        assert wue[k] == pytest.approx(wanted[1], abs=0.015)


def test_certain_assumptions_are_the_exact_year() -> None:
    """Without a range there is nothing to fit: the surface is the exact model on the states."""
    point = {entry.name: Assumption(entry.name, entry.middle, entry.middle, entry.unit, "t")
             for entry in default_assumptions().entries if not entry.place}  # fmt: skip
    point["height_m"] = Assumption("height_m", 1_100, 1_100, "m", "t")
    surface = cooling_surface("airside", means_of("CN-GZ"), Assumptions(tuple(point.values())), place="CN-GZ")
    assert surface.error == pytest.approx((0, 0), abs=1e-12)
    assert np.ptp(surface.pue) == 0
    half = {entry.name: np.array([0.2]) for entry in surface.entries}
    assert surface.at(half)[0] == pytest.approx(surface.pue[0], abs=1e-12)
    assert surface.at(half)[1] == pytest.approx(surface.wue[0], abs=1e-12)


def test_a_tower_that_is_assumed_counts() -> None:
    """Parameters that the source names for tower and sea alike are assumed by the tower's own names."""
    assumed = default_assumptions()
    better = assumed.instead([Assumption("tower_fan_pressure", 1.0, 2.0, "Pa", "t")])
    one, other = (cooling_surface("waterside", means_of("CN-GZ"), each, place="CN-GZ") for each in (assumed, better))
    assert other.power["tower_fan"].max() < one.power["tower_fan"].min()
