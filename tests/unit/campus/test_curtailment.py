"""Curtailment and hourly emissions of a site's plan, by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pytest
from tests.unit.campus.test_system import BATTERY, DAM, GRID, HOURS, system_of

from pilotzone.campus import INTENSITIES, ForesightGap, SiteDesign, SiteSystem, Supply, plan_supply

if TYPE_CHECKING:
    from pilotzone.campus import OperationResult

SUN = Supply(
    "sun", np.tile([1.0, 0.25], HOURS // 2), np.zeros(HOURS), 0.0, {"co2": 0.0}, "CNY", "2024", 20.0, 20.0,
    variable=True,
)  # fmt: skip


def design_of(system: SiteSystem) -> SiteDesign:
    """Return a site's plan; what it is without foresight is told of whole years only, and not asked here."""
    operated = cast("OperationResult", None)
    return SiteDesign(system, plan_supply(system.problem()), ForesightGap(0.0, 0.0, operated))


def test_sun_beyond_the_load_is_curtailed() -> None:
    """20 MW of sun for a load of 10 MW: 10 MW are left in every second hour, and the grid gives 5 MW in the others."""
    design = design_of(system_of(GRID, SUN))
    (sun,) = design.curtailed
    assert sun.available_mwh == pytest.approx(HOURS / 2 * (20.0 + 5.0))
    np.testing.assert_allclose(sun.curtailed_mw, np.tile([10.0, 0.0], HOURS // 2)[None, :], atol=1e-4)
    assert sun.share == pytest.approx(10.0 / 25.0, rel=1e-5)
    rows: dict[str, dict[str, Any]] = {str(row["supply"]): row for row in design.capacities().records()}
    assert rows["sun"]["curtailed_mwh"] == pytest.approx(HOURS / 2 * 10.0, rel=1e-5)
    assert rows["sun"]["curtailed_mwh"] + rows["sun"]["gives_mwh"] == pytest.approx(sun.available_mwh, rel=1e-6)
    # Grid power that is not bought is not lost.
    assert (rows["grid"]["curtailed_mwh"], rows["grid"]["curtailed_share"]) == (None, None)


def test_a_reservoir_curtails_what_it_spills() -> None:
    """3 MWh an hour flow in, the turbines take 2 MW: a third is spilled."""
    dam = replace(DAM, plant=DAM.plant.bounded("dam", 2.0, 2.0), inflow_mwh=np.full(HOURS, 3.0))
    design = design_of(system_of(GRID, BATTERY, reservoirs=(dam,)))
    (water,) = design.curtailed
    assert (water.name, water.available_mwh) == ("dam", 3.0 * HOURS)
    assert water.share == pytest.approx(1 / 3, rel=1e-4)


def test_nothing_available_has_no_share() -> None:
    (sun,) = design_of(system_of(GRID, replace(SUN, availability=np.zeros(HOURS)))).curtailed
    assert (sun.mwh, sun.share) == (0.0, None)


def test_hours_hold_emissions_that_sum_to_those_of_the_year() -> None:
    """CO2 of the grid is 0.5 t/MWh; its SO2 is not known, and is not taken for zero."""
    design = design_of(system_of(GRID, SUN))
    table = design.hourly()
    co2 = np.array(table.columns["co2_t"], dtype=float)
    np.testing.assert_allclose(co2, 0.5 * np.array(table.columns["grid_mw"], dtype=float))
    assert co2.sum() == pytest.approx(design.total("co2")[0], rel=1e-12)
    assert co2.sum() == pytest.approx(0.5 * HOURS / 2 * 5.0, rel=1e-4)
    assert set(table.columns["so2_kg"]) == {None}
    assert design.total("so2") == (None, ("grid", "sun"))
    assert {f"{name}_{unit.partition('/')[0]}" for name, unit in INTENSITIES.items()} <= set(table.columns)
    assert set(table.columns["site_water_m3"]) == {None}


def test_hourly_intensities_follow_their_hours() -> None:
    """With a factor that changes by the hour each hour has its own emissions."""
    factor = np.tile([0.2, 0.9], HOURS // 2)
    dirty = replace(GRID, intensities={"co2": factor, "nox": 2.0})
    design = design_of(system_of(dirty))
    co2, nox = design.hourly_of("co2"), design.hourly_of("nox")
    assert co2 is not None
    assert nox is not None
    np.testing.assert_allclose(co2, 10.0 * factor[None, :], rtol=1e-5)
    np.testing.assert_allclose(nox, np.full((1, HOURS), 20.0), rtol=1e-5)
    assert design.hourly_of("pm") is None
