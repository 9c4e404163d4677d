"""Cooling hour by hour: its means are those of the annual model, and hot summers raise it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np
import pytest

from pilotzone.core import Assumption, Assumptions, MethodError, UsageError
from pilotzone.site import (
    Candidate,
    annual_cooling,
    climate_draws,
    default_assumptions,
    grid_water,
    hourly_cooling,
    known_regions,
    middle_climate,
    place_of_region,
    profile_of,
)
from pilotzone.site.annual import STRIDE
from pilotzone.site.unknowns import Water

if TYPE_CHECKING:
    from pilotzone.gather import Climate

MONTHLY = 14 - 10 * np.cos(2 * np.pi * (np.arange(12) - 0.5) / 12)
ASSUMED = default_assumptions()
NARROWED = Assumptions(tuple(replace(entry, low=entry.middle, high=entry.middle) for entry in ASSUMED.entries))
"""Both ends in the middle: every draw of the annual model is the same."""
DAY = np.arange(8760) // 24
SUMMER = (DAY >= 151) & (DAY < 243)
System = Literal["airside", "waterside"]


def modelled(monthly: object = MONTHLY) -> Climate:
    return middle_climate("CN-GZ", np.asarray(monthly), ASSUMED, source="a test")


@pytest.mark.parametrize("system", ["airside", "waterside"])
def test_means_are_those_of_the_annual_model_at_the_same_parameters(system: System) -> None:
    hourly = hourly_cooling(system, modelled(), ASSUMED, place="CN-GZ")
    draws = climate_draws("CN-GZ", MONTHLY, NARROWED, source="a test", draws=2)
    annual = annual_cooling(system, draws, NARROWED, place="CN-GZ", draws=2, classes=False)
    shape = (8760,)
    for ours, theirs in ((hourly.pue, annual.pue), (hourly.wue, annual.wue)):
        mean = float(np.broadcast_to(ours, shape)[::STRIDE].mean())
        np.testing.assert_allclose(theirs, mean, rtol=1e-12)
    parts = {name: float(np.broadcast_to(power, shape)[::STRIDE].mean()) for name, power in hourly.power.items()}
    assert annual.parts == pytest.approx({name: parts[name] for name in annual.parts}, rel=1e-12)
    wide = annual_cooling(
        system, climate_draws("CN-GZ", MONTHLY, ASSUMED, source="a test"), ASSUMED, place="CN-GZ", classes=False
    )
    assert wide.pue[0] < hourly.pue.mean() < wide.pue[2]


def test_modelled_hours_stand_at_the_middles() -> None:
    climate = modelled()
    assert climate.modelled
    assert climate.rel_humidity is None
    assert climate.height_m == ASSUMED.of("height_m", "CN-GZ").middle
    days = climate.temp_c.reshape(365, 24)
    assert np.ptp(days, axis=1).mean() == pytest.approx(ASSUMED.of("diurnal_range_k", "CN-GZ").middle, rel=0.05)
    others = Assumptions(tuple(entry for entry in ASSUMED.entries if entry.name != "diurnal_range_k"))
    with pytest.raises(UsageError, match="nothing is assumed about 'diurnal_range_k'"):
        middle_climate("CN-GZ", MONTHLY, others, source="a test")


@pytest.mark.parametrize("system", ["airside", "waterside"])
def test_a_warmer_summer_raises_pue_in_summer_and_nowhere_else(system: System) -> None:
    climate = modelled()
    as_it_is, hot = (
        np.broadcast_to(hourly_cooling(system, climate, ASSUMED, place="CN-GZ", shift_k=shift).pue, (8760,))
        for shift in (0.0, np.where(SUMMER, 4.0, 0.0))
    )
    np.testing.assert_array_equal(hot[~SUMMER], as_it_is[~SUMMER])
    assert (hot[SUMMER] >= as_it_is[SUMMER] - 1e-12).all()
    assert hot[SUMMER].mean() > as_it_is[SUMMER].mean() + 0.005
    # The shift is the same as a warmer climate.
    warmer = replace(climate, temp_c=climate.temp_c + 4.0)
    np.testing.assert_array_equal(
        hourly_cooling(system, warmer, ASSUMED, place="CN-GZ").pue,
        hourly_cooling(system, climate, ASSUMED, place="CN-GZ", shift_k=4.0).pue,
    )


def test_humidity_is_assumed_where_nobody_measured_it() -> None:
    climate = modelled()
    middle = ASSUMED.of("rel_humidity", "CN-GZ").middle
    same = replace(climate, rel_humidity=np.full(8760, middle))
    dry = replace(climate, rel_humidity=np.full(8760, middle / 2))
    unmeasured, measured, drier = (
        hourly_cooling("waterside", item, ASSUMED, place="CN-GZ").pue for item in (climate, same, dry)
    )
    np.testing.assert_array_equal(unmeasured, measured)
    assert drier.mean() < measured.mean()
    without = Assumptions(tuple(entry for entry in ASSUMED.entries if entry.name != "rel_humidity"))
    with pytest.raises(UsageError, match="nothing is assumed about 'rel_humidity'"):
        hourly_cooling("waterside", climate, without, place="CN-GZ")
    np.testing.assert_array_equal(hourly_cooling("waterside", same, without, place="CN-GZ").pue, measured)


def test_what_is_assumed_of_a_hall_takes_the_place_of_the_example() -> None:
    own = Assumption("supply_air_max", 30.0, 34.0, "degC", "a test", place="CN-GZ")
    warm = ASSUMED.instead((own,))
    hot = modelled(MONTHLY + 8)
    there = hourly_cooling("airside", hot, warm, place="CN-GZ").pue.mean()
    elsewhere = hourly_cooling("airside", hot, warm, place="CN-SC").pue.mean()
    assert there < elsewhere == hourly_cooling("airside", hot, ASSUMED, place="CN-SC").pue.mean()


def test_what_hourly_cooling_refuses() -> None:
    with pytest.raises(MethodError, match="the temperature of the sea is in no weather file"):
        hourly_cooling("seawater", modelled(), ASSUMED)
    with pytest.raises(UsageError, match=r"temperatures reach from .* to .* degC\. *") as found:
        hourly_cooling("airside", modelled(), ASSUMED, place="CN-GZ", shift_k=80.0)
    assert found.value.allowed == "-90 to 60 degC"
    with pytest.raises(UsageError, match="temperatures reach from nan"):
        hourly_cooling("airside", modelled(), ASSUMED, place="CN-GZ", shift_k=float("nan"))


# ----------------------------------------------------------------------------------------------- water of the grid


@pytest.mark.parametrize(
    ("reservoirs", "name"), [(True, "water_l_per_kwh"), (False, "water_without_reservoirs_l_per_kwh")]
)
@pytest.mark.parametrize("region", ["CN-GZ", "CN-NM", "CN-SC"])
def test_water_of_the_grid_is_what_figures_of_a_place_say_of_it(region: str, reservoirs: bool, name: str) -> None:
    place = place_of_region(region)
    ends = grid_water(place, ASSUMED, reservoirs=reservoirs)
    assert ends is not None
    profile = profile_of(place, [name], ASSUMED)
    (figure,) = profile.figures
    assert figure.note.endswith(f"power {ends[0]:.2f} to {ends[1]:.2f} a kWh")
    water = profile.quantities[name]
    assert isinstance(water, Water)
    sums = [sum(share * (span.first, span.last)[end] for share, span in water.parts) for end in (0, 1)]
    assert sorted(sums) == pytest.approx(list(ends), rel=1e-12)


def test_water_of_the_grid_by_hand() -> None:
    """Gallons a MWh of the table, in shares of Sichuan's mix of 2017."""
    place = place_of_region("CN-SC")
    shares = {f.criterion: f.low for f in profile_of(place, ["water_l_per_kwh"], ASSUMED, year=2017).context}
    dams = shares["hydro power"] * 4491 * 3.785411784 / 1000
    with_them, without = (grid_water(place, ASSUMED, reservoirs=way, year=2017) for way in (True, False))
    assert with_them is not None
    assert without is not None
    np.testing.assert_allclose(np.subtract(with_them, without), dams, rtol=1e-12)
    assert 0 < without[0] < without[1] < dams
    assert grid_water(place, ASSUMED, year=2010) != grid_water(place, ASSUMED)


def test_water_of_the_grid_is_unknown_outside_the_evidence() -> None:
    assert grid_water(Candidate("Own", latitude=50.0, longitude=8.0), ASSUMED) is None
    known = [region for region in known_regions() if grid_water(place_of_region(region), ASSUMED) is not None]
    assert len(known) >= 30
