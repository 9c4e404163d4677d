"""Supplies: their costs, carbon and water, and what must not be mixed."""

from __future__ import annotations

import datetime as dt
import math

import numpy as np
import pytest

from pilotzone.campus.profiles import PvArray, pv_profile, wind_profile
from pilotzone.campus.sources import (
    GridCarbon,
    battery_supply,
    diesel_sets,
    diesel_supply,
    grid_supply,
    hydro_supply,
    inflow_of_months,
    profile_supply,
    thermal_supply,
)
from pilotzone.campus.technologies import (
    Currency,
    Figure,
    Technology,
    annuity_factor,
    check_one_currency,
    cost_figures,
    technology_of,
)
from pilotzone.core import Assumption, Assumptions, DataError, MethodError, UsageError

COLUMNS = ("technology", "region", "parameter", "year", "unit", "price_year", "value", "source")
ROWS = [
    dict(zip(COLUMNS, ("pv", "CN", "investment", 2020, "CNY/kW", "", value, source), strict=True))
    for value, source in ((2200.0, "A"), (2400.0, "B"), (2800.0, "C"))
]


def figure(value: float, unit: str = "1") -> Figure:
    return Figure(value, unit, "a source")


def plant(name: str = "coal", currency: Currency = "CNY", efficiency: float = 0.4) -> Technology:
    return Technology(
        name,
        currency,
        "2020",
        investment=figure(3500.0),
        lifetime=figure(25.0),
        fixed=figure(70.0),
        variable=figure(20.0),
        efficiency=figure(efficiency),
        fuel_price=figure(100.0),
        fuel_carbon=figure(0.3361),
        intensities={"so2": figure(0.2), "water_consumed": figure(2.6)},
    )


def test_the_annuity_factor_is_the_published_one_and_holds_at_small_rates() -> None:
    assert abs(annuity_factor(0.06, 25) - 0.0782267182) < 5e-11
    assert annuity_factor(0.0, 20) == 0.05
    assert math.isclose(annuity_factor(1e-12, 20), 0.05, rel_tol=1e-10)
    paid = sum(annuity_factor(0.08, 30) / 1.08**year for year in range(1, 31))
    assert math.isclose(paid, 1.0, rel_tol=1e-13)


def test_costs_and_carbon_of_a_plant() -> None:
    found = thermal_supply(plant(), 24, discount_rate=0.06, availability=0.9)
    assert found.capacity_cost == pytest.approx(1000 * (0.0782267182 * 3500 + 70), rel=1e-9)
    assert found.marginal_cost.tolist() == [20 + 100 / 0.4] * 24
    assert found.intensity("co2")[0] == pytest.approx(0.3361 / 0.4)
    assert found.availability.tolist() == [0.9] * 24
    with pytest.raises(DataError, match="nox of supply 'coal': not known"):
        found.intensity("nox")


def test_chinese_and_european_costs_are_never_mixed() -> None:
    chinese, european = plant(), plant("gas", "EUR")
    assert check_one_currency([chinese, plant("wind")]) == "CNY"
    with pytest.raises(MethodError, match="costs are in 2 currencies \\(CNY: coal; EUR: gas\\)"):
        check_one_currency([chinese, european])
    with pytest.raises(MethodError, match="nothing is priced"):
        check_one_currency([])


def test_the_average_carbon_factor_has_imports_in_it_and_contracted_hydro_out_of_it() -> None:
    carbon = GridCarbon("average", 0.5, imported_share=0.2, imported=0.8, contracted_hydro=0.3)
    # Of 100 MWh, 80 own and 20 imported: 56 t, all of them on the 70 MWh that are not hydro under contract.
    assert carbon.factor == pytest.approx(56 / 70, rel=1e-14)
    assert carbon.note.startswith("Carbon of the grid is the average factor, 0.8 t/MWh, imports (20 %) included, ")
    assert carbon.note.endswith("contracted hydro (30 %) taken out.")
    with pytest.raises(UsageError, match="taken out of a marginal factor"):
        GridCarbon("marginal", 0.5, contracted_hydro=0.3)
    with pytest.raises(UsageError, match="carbon of imports is not given"):
        GridCarbon("average", 0.5, imported_share=0.2)
    with pytest.raises(UsageError, match="kind of carbon factor is 'mean'"):
        GridCarbon("mean", 0.5)  # type: ignore[arg-type]


def test_power_from_the_grid_may_have_negative_prices() -> None:
    prices = np.array([300.0, -50.0, 400.0])
    found = grid_supply(
        prices, carbon=GridCarbon("marginal", 0.8), capacity_charge=4e5, currency="CNY", price_year="2024"
    )
    assert found.marginal_cost.tolist() == prices.tolist()
    assert found.intensity("co2").tolist() == [0.8] * 3
    assert "marginal factor" in found.notes[0]
    with pytest.raises(DataError, match="tariff has 1 gaps"):
        grid_supply([math.nan], carbon=GridCarbon("average", 0.8), capacity_charge=0, currency="CNY", price_year="2024")


def test_hydro_is_priced_at_what_it_would_bring_elsewhere() -> None:
    technology = plant("hydro", efficiency=1.0)
    free = hydro_supply(technology, [5.0, 20.0], 10.0, discount_rate=0.06)
    assert free.availability.tolist() == [0.5, 1.0]
    assert free.notes == ("Water worth 10 MWh exceeds the turbines and is spilled.",)
    assert free.least_mw == free.most_mw == 10.0
    found = hydro_supply(
        technology, [5.0, 5.0], 10.0, discount_rate=0.06, export_price=[300.0, 50.0], contract_price=200.0
    )
    assert found.marginal_cost.tolist() == [300.0, 200.0]
    assert found.capacity_cost == 0.0
    assert found.notes == ("The contract is 50 CNY/MWh below what the power would bring elsewhere.",)
    with pytest.raises(DataError, match="inflow of 'hydro', MWh has 1 gaps"):
        hydro_supply(technology, [math.nan, 1.0], 10.0, discount_rate=0.06)


def test_inflow_of_months_keeps_each_month() -> None:
    monthly = np.arange(1.0, 13.0)
    for hours in (8760, 8784):
        found = inflow_of_months(monthly, hours)
        assert found.shape == (hours,)
        assert found.sum() == pytest.approx(78.0, rel=1e-12)
        assert found[: 31 * 24].sum() == pytest.approx(1.0, rel=1e-12)
    with pytest.raises(DataError, match="has 11 values"):
        inflow_of_months(monthly[:11], 8760)


def test_diesel_sets_by_rule_of_redundancy() -> None:
    assert [diesel_sets(100.0, 2.5, rule).installed for rule in ("N", "N+1", "2N")] == [40, 41, 80]
    assert diesel_sets(100.1, 2.5, "N").needed == 41
    assert diesel_sets(0.3, 0.1, "N").needed == 3
    sets = diesel_sets(10.0, 1.0, "N+1")
    assert sets.available(0.95) == pytest.approx(0.8981054089, abs=5e-11)
    supply = diesel_supply(plant("diesel"), 24, sets, discount_rate=0.06)
    assert supply.backup
    assert supply.least_mw == supply.most_mw == 11.0
    with pytest.raises(UsageError, match="rule of redundancy is 'N\\+2'"):
        diesel_sets(10.0, 1.0, "N+2")  # type: ignore[arg-type]


def test_a_battery_has_costs_of_power_and_of_energy() -> None:
    found = battery_supply(plant("battery", efficiency=0.81), 24, energy_per_kwh=650.0, discount_rate=0.06)
    assert found.charging == found.discharging == pytest.approx(0.9)
    assert found.energy_cost == pytest.approx(650_000 * 0.0782267182, rel=1e-9)


def test_figures_of_several_studies_are_their_median_with_their_range() -> None:
    found, price_year = cost_figures(ROWS, "pv", "CN", 2020)
    assert found["investment"] == Figure(2400.0, "CNY/kW", "A; B; C", 2200.0, 2800.0)
    assert price_year == "not stated"
    with pytest.raises(UsageError, match="no row of costs 'pv \\(EU, 2020\\)'"):
        cost_figures(ROWS, "pv", "EU", 2020)


def test_what_no_source_tells_has_to_be_assumed() -> None:
    figures, year = cost_figures(ROWS, "pv", "CN", 2020)
    with pytest.raises(UsageError, match="lifetime, fixed_om, variable_om, efficiency of 'pv': not known"):
        technology_of("pv", figures, currency="CNY", price_year=year, assumptions=Assumptions())
    ranges = (
        ("lifetime", 20, 30, "years"),
        ("fixed_om", 1, 3, "% of investment a year"),
        ("variable_om", 0, 0, "CNY/MWh"),
        ("efficiency", 1, 1, "per unit"),
    )
    assumed = Assumptions(tuple(Assumption(n, low, high, unit, "to be checked", "pv") for n, low, high, unit in ranges))
    found = technology_of("pv", figures, currency="CNY", price_year=year, assumptions=assumed)
    assert found.lifetime.value == 25
    assert found.fixed == Figure(48.0, "CNY/kW and year", "ASSUMED: to be checked", 24.0, 72.0)
    assert found.assumed == ("lifetime", "fixed", "variable", "efficiency")
    assert "ASSUMED of pv" in profile_supply(found, np.ones(24) / 2, discount_rate=0.06).notes[-1]
    with pytest.raises(UsageError, match="investment of 'pv' is in 'CNY/kW'"):
        technology_of("pv", figures, currency="EUR", price_year=year, assumptions=assumed)


def test_a_figure_has_a_source_and_an_assumed_one_a_range() -> None:
    with pytest.raises(UsageError, match="has no source"):
        Figure(1.0, "years", " ")
    with pytest.raises(UsageError, match="assumed figure 1 years has no range"):
        Figure(1.0, "years", "ASSUMED: general knowledge")
    with pytest.raises(UsageError, match="outside its range"):
        Figure(4.0, "years", "A", 1.0, 3.0)


def test_pv_follows_the_sun_and_the_heat() -> None:
    array = PvArray(26.6, 106.7, tilt=25.0)
    noon = dt.datetime(2015, 6, 21, 0, 0, tzinfo=dt.timezone(dt.timedelta(hours=8)))
    hours = np.arange(24)
    ghi = np.maximum(0.0, 900 * np.sin(np.pi * (hours - 5.5) / 14)) * ((hours >= 6) & (hours <= 19))
    cool, hot = (pv_profile(array, noon, ghi=ghi, temp_c=np.full(24, temp)) for temp in (10.0, 40.0))
    assert (cool[:5] == 0).all()
    assert 0.5 < cool.max() < 0.86
    assert hot.max() < cool.max()
    # 30 K warmer cells give 12 percentage points of rated power per unit of light less.
    where = int(cool.argmax())
    assert (cool[where] - hot[where]) / cool[where] == pytest.approx(0.12, abs=0.015)
    assert pv_profile(array, noon, ghi=np.zeros(24), temp_c=np.zeros(24)).tolist() == [0.0] * 24


def test_pv_on_a_level_array_without_losses_is_irradiance_over_1000() -> None:
    array = PvArray(26.6, 106.7, tilt=0.0, temperature_coefficient=0.0, losses=0.0)
    start = dt.datetime(2015, 6, 21, 4, 0, tzinfo=dt.UTC)
    found = pv_profile(array, start, ghi=[600.0], dni=[0.0], dhi=[600.0], temp_c=[25.0])
    assert found[0] == pytest.approx(0.6, rel=1e-9)


def test_what_is_no_sun_and_no_wind() -> None:
    array, start = PvArray(26.6, 106.7, tilt=25.0), dt.datetime(2015, 6, 21, tzinfo=dt.UTC)
    with pytest.raises(DataError, match="global irradiance, W/m2 has 1 gaps"):
        pv_profile(array, start, ghi=[math.nan], temp_c=[20.0])
    with pytest.raises(DataError, match="temperature of the air, degC has 2 values"):
        pv_profile(array, start, ghi=[100.0], temp_c=[20.0, 20.0])
    with pytest.raises(UsageError, match="no time zone"):
        pv_profile(array, start.replace(tzinfo=None), ghi=[100.0], temp_c=[20.0])
    with pytest.raises(UsageError, match="one of direct and diffuse"):
        pv_profile(array, start, ghi=[100.0], temp_c=[20.0], dni=[1.0])
    with pytest.raises(UsageError, match="latitude of a PV array is 91"):
        PvArray(91.0, 0.0, tilt=0.0)
    with pytest.raises(DataError, match="power curve cannot be used"):
        wind_profile([5.0], [(3, 0), (3, 1)])
    assert wind_profile([12.0], [(3, 0), (12, 1), (25, 1)], losses=0.1).tolist() == [0.9]
