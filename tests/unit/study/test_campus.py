"""Campus files: every key and what it becomes, and how what is wrong is said."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from tests.unit.gather import weather_makers as make
from tests.unit.study.campuses import GRID, campus, hourly, material_of, study_of

from pilotzone.campus import ReservoirSupply, Supply, annual_factors, month_of_hours
from pilotzone.core import DataError, PilotZoneError, StudyError
from pilotzone.gather import hydro_dams, load_campus, load_layer
from pilotzone.site import default_assumptions, grid_water, place_of_region
from pilotzone.study import run_study

HOURS = 8760
HYDRO = "[site.hydro]\ncapacity_mw = 2.0\nmean_mwh = 6000.0\n"
HOT = '[[stress.summer]]\nname = "hot"\nshift_k = 3.0\nweight = 0.5\n'
DAY = [1.0] * 12 + [2.0] * 12


def refused(folder: Path, text: str, *, named: bool = True) -> str:
    """Return what is said of a campus file that cannot be planned, on one line."""
    with pytest.raises((StudyError, DataError)) as found:
        material_of(folder, text)
    assert ("'mine'" in found.value.what) or not named
    return " ".join(str(found.value).split())


def supply(folder: Path, *parts: str, name: str = "grid", **given: str) -> Supply:
    system = material_of(folder, campus(*parts, **given)).sites[0].system
    return next(item for item in system.supplies if item.name == name)


# ---------------------------------------------------------------------------------------------------------- load


def test_load_is_racks_times_utilisation_times_pue(tmp_path: Path) -> None:
    text = campus(
        in_use="{ 2026 = 0.25, 2027 = 0.5 }", load=f"weekday = {DAY}\nwaits = 0.2\nwaits_h = 4\nkw_per_rack = 5.0"
    )
    (site,) = material_of(tmp_path, text).sites
    (load,) = site.system.load
    assert load.it_mw.mean() == pytest.approx(10 * 0.5 * 0.5, rel=1e-12)
    np.testing.assert_allclose(load.facility_mw, 1.3 * load.it_mw)
    np.testing.assert_allclose(load.it_mw[:24], 2.5 * np.array(DAY) / 1.5)
    assert (load.waiting.share, load.waiting.hours, load.water_m3) == (0.2, 4, None)
    assert "The ramp never fills: at most 50 % of the racks built are in use (2027)." in site.system.notes
    full = material_of(tmp_path, campus()).sites[0]
    assert not [note for note in full.system.notes if "never fills" in note]


def test_a_weekend_is_on_the_scale_of_weekdays(tmp_path: Path) -> None:
    (site,) = material_of(tmp_path, campus(load=f"weekday = {[1.0] * 24}\nweekend = {[0.3] * 24}")).sites
    it = site.system.load[0].it_mw.reshape(-1, 24).mean(axis=1)
    # 2027 begins on a Friday.
    np.testing.assert_allclose(it[1] / it[0], 0.3)
    np.testing.assert_allclose(it[:364].mean(), 5.0)


def test_water_on_the_site(tmp_path: Path) -> None:
    (site,) = material_of(tmp_path, campus(place='pue = 1.3\nwue = 0.8\nregion = "CN-GZ"')).sites
    water = site.system.load[0].water_m3
    assert water is not None
    assert water.sum() == pytest.approx(0.8 * 5.0 * HOURS)


def test_a_leap_year_has_its_hours(tmp_path: Path) -> None:
    text = campus(in_use="{ 2028 = 1.0 }").replace("year = 2027", "year = 2028")
    assert material_of(tmp_path, text).sites[0].system.facility_mw.shape == (1, 8784)


# ------------------------------------------------------------------------------------------------------- weather


def test_modelled_and_measured_weather(tmp_path: Path) -> None:
    modelled = material_of(tmp_path, campus(place='region = "CN-GZ"\nweather = "modelled"')).sites[0]
    measured = material_of(
        tmp_path, campus(place='region = "CN-GD"\nweather = "Guangzhou"\nweather_years = [2010, 2014]')
    ).sites[0]
    assert (modelled.hours.modelled, measured.hours.modelled) == (True, False)
    assert modelled.system.facility_mw.shape == (1, HOURS)
    assert measured.system.facility_mw.shape == (2, HOURS)
    assert measured.hours.names == ("Guangzhou 2010, measured", "Guangzhou 2014, measured")
    assert "Hours of Here are modelled from monthly means, and not measured." in modelled.system.notes
    assert not [note for note in measured.system.notes if "not measured" in note]
    # Guangzhou is warmer.
    assert measured.system.load[0].mean_pue > modelled.system.load[0].mean_pue > 1
    latest = material_of(tmp_path, campus(place='region = "CN-GD"\nweather = "Guangzhou"')).sites[0]
    assert latest.hours.names == ("Guangzhou 2014, measured",)


def test_a_weather_file_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "own.epw").write_text(make.epw(), encoding="utf-8")
    study = study_of(tmp_path, campus(place='region = "CN-GZ"\nweather = "own.epw"'))
    assert study.kind.files(study.spec) == ["own.epw"]
    (site,) = study.kind.material(study).sites
    assert site.hours.names == ("own.epw",)
    assert site.system.load[0].mean_pue > 1


@pytest.mark.parametrize(
    ("place", "says"),
    [
        ('weather = "modelled"', "weather = 'modelled' needs a region. Allowed: a region of the evidence"),
        (
            'region = "CN-GD"\nweather = "Guangzhou"\nweather_years = [2013]',
            "in 2013 is not complete in the evidence. Allowed: 2010, 2011, 2012, 2014",
        ),
        (
            'region = "CN-GD"\nweather = "Guangzhou"\nweather_years = [2011, 2012]',
            "have 8,760, 8,784 hours. Allowed: whole years of one length",
        ),
        (
            'region = "CN-GD"\nweather = "Guangzhou"\nweather_years = [2011, 2011]',
            "site 'Here': a year stands twice in weather_years",
        ),
        ('region = "CN-GZ"', "site 'Here' needs either weather or pue"),
        ('region = "CN-GZ"\nweather = "modelled"\npue = 1.3', "site 'Here' needs either weather or pue"),
        ('region = "CN-GZ"\nweather = "modelled"\nweather_years = [2010]', "weather_years go with measured weather"),
        ('region = "CN-GZ"\npue = 0.9', "pue is 0.9"),
    ],
)
def test_weather_that_cannot_be(tmp_path: Path, place: str, says: str) -> None:
    assert says in refused(tmp_path, campus(place=place))


def test_a_region_or_a_weather_file_that_is_not_there(tmp_path: Path) -> None:
    said = refused(tmp_path, campus(place='region = "CN-QQ"\nweather = "modelled"'))
    assert "the evidence has no region 'CN-QQ'" in said
    said = refused(tmp_path, campus(place='region = "Shanghai"\npue = 1.3'))
    assert "study 'mine', site 'Here': the evidence has no region 'Shanghai'. Did you mean 'CN-SH'?" in said
    said = refused(tmp_path, campus(place="pue = 1.3"))
    assert "study 'mine', site 'Here': the evidence has no carbon factor for its grid" in said
    assert "give carbon_t_per_mwh" in said
    with pytest.raises(PilotZoneError, match=r"none\.epw"):
        material_of(tmp_path, campus(place='region = "CN-GZ"\nweather = "none.epw"'))


@pytest.mark.parametrize(
    ("name", "meant"),
    [("Shanghai", None), ("Bejing", "'Beijing'"), ("guangzhou", "'Guangzhou'"), ("model", "'modelled'")],
)
def test_weather_of_a_place_that_is_not_known_says_which_are(tmp_path: Path, name: str, meant: str | None) -> None:
    text = campus(place=f'region = "CN-GZ"\nweather = "{name}"')
    said = refused(tmp_path, text)
    told = f"study 'mine', site 'Here': weather is '{name}', and the evidence has no hours of it."
    assert said.startswith(told if meant is None else f"{told} Did you mean {meant}?")
    assert ("Did you mean" in said) == (meant is not None)
    assert (
        "Allowed: 'modelled' (from monthly means of the region), 'Beijing', 'Guangzhou' (measured), or the path" in said
    )
    with pytest.raises(StudyError) as found:
        run_study(study_of(tmp_path, text))
    assert " ".join(str(found.value).split()) == said


def test_a_weather_file_without_an_ending_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "Shanghai").write_text(make.epw(), encoding="utf-8")
    place = 'region = "CN-SH"\nweather = "Shanghai"'
    assert material_of(tmp_path, campus(place=place)).sites[0].hours.names == ("Shanghai",)


@pytest.mark.parametrize(
    ("parts", "place", "named"),
    [
        ((), 'weather = "none.epw"\nregion = "CN-GZ"', "there is no weather file"),
        (('[site.grid]\nprices = "none.csv"\n',), 'pue = 1.3\nregion = "CN-GZ"', "there is no file of hourly prices"),
        (
            (GRID, '[[site.plant]]\ntechnology = "wind_onshore"\nprofile = "none.csv"\n'),
            'pue = 1.3\nregion = "CN-GZ"',
            "there is no hourly profile",
        ),
        (
            ('[site.sky]\nfile = "none.csv"\nstamps = "end"\n', GRID),
            'pue = 1.3\nregion = "CN-GZ"',
            "there is no table of radiation and wind",
        ),
    ],
)
def test_a_missing_file_says_in_which_folder(tmp_path: Path, parts: tuple[str, ...], place: str, named: str) -> None:
    with pytest.raises(DataError) as found:
        run_study(study_of(tmp_path, campus(*parts, place=place)))
    assert found.value.what.startswith(f"{named} ")
    assert str(found.value.todo).endswith(f"a path that is not absolute starts at its folder, {str(tmp_path)!r}")


# ---------------------------------------------------------------------------------------------------------- grid


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ('"benchmrk"', "tariff is 'benchmrk'. Did you mean 'benchmark'?"),
        ('"prices.csv"', "tariff is 'prices.csv'."),
        ("true", "tariff is True."),
        ("2e6", "tariff is 2000000.0."),
        ("nan", "tariff is nan."),
        ("{ peak = 1.0 }", "tariff is not a single value."),
    ],
)
def test_a_tariff_of_no_kind_names_all_kinds(tmp_path: Path, given: str, says: str) -> None:
    said = refused(tmp_path, campus(f"[site.grid]\ntariff = {given}\n"))
    assert f"site[1].grid.{says}" in said
    assert said.endswith(
        "Allowed: 'benchmark', one price per MWh from -1,000,000 to 1,000,000, or a list of 24 such prices, one for "
        "each hour of a day; or prices = 'FILE.csv'"
    )


def test_a_tariff_of_too_few_hours_and_of_text(tmp_path: Path) -> None:
    said = refused(tmp_path, campus("[site.grid]\ntariff = [1.0, 2.0]\n"))
    assert "site[1].grid.tariff: the list has 2 items. A tariff is 'benchmark', one price per MWh" in said
    said = refused(tmp_path, campus(f"[site.grid]\ntariff = {['x', *DAY[1:]]}\n"))
    assert "site[1].grid.tariff[1] is 'x': a number is needed, without quotes" in said


def test_tariffs_of_every_form(tmp_path: Path) -> None:
    flat = supply(tmp_path, "[site.grid]\ntariff = -20.5\ncapacity_charge = 1000.0\nmost_mw = 7.0\n")
    assert (set(flat.marginal_cost.tolist()), flat.capacity_cost, flat.most_mw) == ({-20.5}, 1000.0, 7.0)
    day = supply(tmp_path, f"[site.grid]\ntariff = {[float(k) for k in range(24)]}\n")
    np.testing.assert_array_equal(day.marginal_cost, np.arange(HOURS) % 24)
    assert day.most_mw == math.inf
    prices = np.arange(HOURS) / 10 - 5
    hourly(tmp_path, "prices.csv", prices)
    np.testing.assert_array_equal(supply(tmp_path, '[site.grid]\nprices = "prices.csv"\n').marginal_cost, prices)


def test_the_benchmark_is_the_wholesale_price_and_an_assumed_charge(tmp_path: Path) -> None:
    (site,) = material_of(tmp_path, campus('[site.grid]\ntariff = "benchmark"\n')).sites
    layer = load_campus("coal_prices")
    wholesale = 1000 * float(layer.numbers["cny_per_kwh"][layer.rows_where(region="CN-GZ")[0]])
    assert wholesale == pytest.approx(351.5)
    grid = site.system.supplies[0]
    np.testing.assert_allclose(grid.marginal_cost, wholesale + (100 + 250) / 2)
    (told,) = (note for note in site.system.notes if "wholesale" in note)
    assert told.startswith("ASSUMED: ")
    assert "100 to 250 CNY/MWh, 175 here" in told
    for place, top in (
        ('pue = 1.3\nregion = "CN-XZ"', ""),
        ('pue = 1.3\nregion = "CN-GZ"', 'currency = "EUR"\nunserved_price = 1.0'),
    ):
        text = campus('[site.grid]\ntariff = "benchmark"\ncarbon_t_per_mwh = 0.5\n', place=place, top=top)
        said = refused(tmp_path, text)
        assert "tariff = 'benchmark' has no wholesale price here" in said
        assert "give a tariff in currency per MWh" in said


def test_carbon_and_water_of_the_grid(tmp_path: Path) -> None:
    (site,) = material_of(tmp_path, campus()).sites
    grid = site.system.supplies[0]
    layer = load_layer("grid_factors")
    known = {
        int(layer.numbers["period"][k]): layer.numbers["kg_co2_per_kwh"][k] for k in layer.rows_where(region="CN-GZ")
    }
    assert grid.intensities["co2"] == known[2022]
    assert supply(tmp_path, f"{GRID}carbon_year = 2021\n").intensities["co2"] == known[2021]
    assert "Carbon of the grid is the province's average of 2022, second-hand and not checked." in site.system.notes
    for key, reservoirs in (("water_consumed", True), ("water_consumed_without_reservoirs", False)):
        ends = grid_water(place_of_region("CN-GZ"), default_assumptions(), reservoirs=reservoirs)
        assert ends is not None
        assert grid.intensities[key] == pytest.approx(sum(ends) / 2)
    assert "so2" not in grid.intensities
    imported = (
        f"{GRID}carbon_t_per_mwh = 0.6\nimported_share = 0.25\nimported_t_per_mwh = 0.2\ncontracted_hydro = 0.2\n"
    )
    assert supply(tmp_path, imported).intensities["co2"] == pytest.approx((0.75 * 0.6 + 0.25 * 0.2) / 0.8)
    marginal = f'{GRID}carbon = "marginal"\ncarbon_t_per_mwh = 0.9\n'
    assert "marginal factor, 0.9 t/MWh" in " ".join(supply(tmp_path, marginal).notes)


@pytest.mark.parametrize(
    ("grid", "says"),
    [
        ("", "a grid has either tariff (one price, or 24 of a day) or prices (a file of hourly ones)"),
        ('tariff = 5.0\nprices = "p.csv"', "a grid has either tariff"),
        ('tariff = 5.0\ncarbon = "marginal"', "give carbon_t_per_mwh for a marginal one"),
        (
            "tariff = 5.0\nimported_share = 0.1",
            "imported_share needs imported_t_per_mwh, the carbon of what is imported",
        ),
        ("tariff = 5.0\ncontracted_hydro = 1.0", "contracted_hydro is 1.0"),
        (
            'tariff = 5.0\ncarbon = "marginal"\ncarbon_t_per_mwh = 0.5\ncontracted_hydro = 0.1',
            "contracted_hydro is taken out of an average factor: a marginal one has no shares",
        ),
        ("tariff = [1.0, 2.0]", "tariff"),
        ('tariff = "wholesale"', "tariff"),
        ("tariff = 5.0\ncarbon_year = 2010", "no carbon factor of 2010 is in the evidence. Allowed: 2021, 2022"),
    ],
)
def test_a_grid_that_cannot_be(tmp_path: Path, grid: str, says: str) -> None:
    assert says in refused(tmp_path, campus(f"[site.grid]\n{grid}\n"))


def test_a_charge_on_capacity_in_another_currency(tmp_path: Path) -> None:
    said = refused(tmp_path, campus(top='currency = "EUR"'))
    assert "the charge on contracted capacity is assumed in CNY/MW and year" in said
    assert "give capacity_charge in EUR per MW and year" in said
    grid = supply(tmp_path, f"{GRID}capacity_charge = 9.0\n", top='currency = "EUR"')
    assert (grid.currency, grid.capacity_cost) == ("EUR", 9.0)


# -------------------------------------------------------------------------------------------------- hourly files


@pytest.mark.parametrize(
    ("column", "says"),
    [
        (
            ["1"] * 100,
            "site 'Here': p.csv has 100 prices. Allowed: 8,760, one for each hour of the weather",
        ),
        (["1"] * (HOURS + 24), "p.csv has 8,784 prices"),
        (
            ["1", "x"] + ["1"] * (HOURS - 2),
            "p.csv, line 3: 'x' is not a finite number. Allowed: a number on each line",
        ),
        (["inf"] + ["1"] * (HOURS - 1), "p.csv, line 2: 'inf' is not a finite number"),
        (["1,2"] * HOURS, "p.csv"),
    ],
    ids=["short", "leap", "word", "infinite", "columns"],
)
def test_prices_that_are_none(tmp_path: Path, column: list[str], says: str) -> None:
    hourly(tmp_path, "p.csv", column)
    assert says in refused(tmp_path, campus('[site.grid]\nprices = "p.csv"\n'))


def test_a_file_of_two_columns(tmp_path: Path) -> None:
    hourly(tmp_path, "p.csv", ["1,2"] * HOURS, heading="a,b")
    said = refused(tmp_path, campus('[site.grid]\nprices = "p.csv"\n'))
    assert "p.csv has 2 columns. Allowed: one, with a heading and a number for each hour" in said


# -------------------------------------------------------------------------------------------------------- plants


def test_plants_with_bounds_costs_and_profile(tmp_path: Path) -> None:
    share = np.linspace(0, 1, HOURS)
    hourly(tmp_path, "wind.csv", share)
    bounds = 'name = "west"\nleast_mw = 1.0\nmost_mw = 3.0\nprofile = "wind.csv"\n'
    wind = f'[[site.plant]]\ntechnology = "wind_onshore"\n{bounds}'
    found = supply(tmp_path, GRID, wind, name="west")
    np.testing.assert_allclose(found.availability, share)
    assert (found.least_mw, found.most_mw, found.intensities["co2"]) == (1.0, 3.0, 0.0)
    assert "Profile from wind.csv." in found.notes
    coal = supply(tmp_path, GRID, '[[site.plant]]\ntechnology = "coal"\n', name="coal")
    assert (coal.most_mw, set(coal.availability.tolist())) == (math.inf, {1.0})
    # Hard coal: 0.34 t of CO2 per MWh of fuel, at the middle efficiency that is assumed.
    assert 0.7 < float(np.mean(coal.intensities["co2"])) < 1.0
    assert any(note.startswith("ASSUMED of coal: ") for note in coal.notes)


@pytest.mark.parametrize(
    ("plant", "says"),
    [
        (
            'technology = "wind_onshore"',
            "plant 'wind_onshore' needs a profile, or a model. Allowed: profile = 'FILE.csv' for pv_utility",
        ),
        (
            'technology = "pv_utility"',
            "no wind or radiation is in the evidence: give hourly shares of capacity",
        ),
        ('technology = "coal"\nprofile = "p.csv"', "plant 'coal' has a profile, which it cannot follow"),
        (
            'technology = "fusion"',
            "with costs = 'CN'. Allowed: 'coal', 'gas', 'pv_utility', 'pv_distributed', 'wind_onshore'",
        ),
        (
            'technology = "coal"\nleast_mw = 5.0\nmost_mw = 1.0',
            "most_mw is 1 and least_mw 5: the most is no less than the least",
        ),
        ('technology = "coal"\nname = "grid"', "site 'Here': 'grid' is the name of another supply or of a column"),
        ('technology = "coal"\nname = "it"', "'it' is the name of another supply or of a column: give another name"),
        ('technology = "coal"\nname = "load that waits"', "'load that waits' is the name of another supply"),
        ('technology = "hydro_reservoir"', "'hydro_reservoir' is not a technology that a plant can have"),
        ('technology = "diesel"', "batteries, diesel and hydro have tables of their own"),
        (
            'technology = "gas_combined_cycle"',
            "'gas_combined_cycle' is not a technology that a plant can have with costs = 'CN'",
        ),
    ],
)
def test_a_plant_that_cannot_be(tmp_path: Path, plant: str, says: str) -> None:
    assert says in refused(tmp_path, campus(GRID, f"[[site.plant]]\n{plant}\n"))


def test_a_profile_that_is_no_share(tmp_path: Path) -> None:
    hourly(tmp_path, "p.csv", [1.5] * HOURS)
    text = campus(GRID, '[[site.plant]]\ntechnology = "wind_onshore"\nprofile = "p.csv"\n')
    with pytest.raises(PilotZoneError, match=r"is 1\.5 at position 1"):
        material_of(tmp_path, text)
    hourly(tmp_path, "p.csv", [0.5] * 24)
    assert "p.csv has 24 profile" in refused(tmp_path, text)


def test_costs_of_one_collection_are_not_mixed_with_assumptions_of_another(tmp_path: Path) -> None:
    europe = 'currency = "EUR"\ncosts = "EU"\ncost_year = 2025'
    said = refused(tmp_path, campus(f"{GRID}capacity_charge = 1.0\n[site.diesel]\n", top=europe), named=False)
    assert "technology 'diesel' of Europe, 2025: fuel_price of 'diesel' is in 'CNY/MWh'. Allowed: 'EUR/MWh'" in said
    coal = f'{GRID}capacity_charge = 1.0\n[[site.plant]]\ntechnology = "coal"\n'
    said = refused(tmp_path, campus(coal, top='currency = "EUR"'), named=False)
    assert "currency is EUR, and technology costs with costs = 'CN' are in CNY" in said
    said = refused(tmp_path, campus(coal, top="cost_year = 2025"), named=False)
    assert "technology 'coal' of China, 2025" in said
    assert "2020 and 2030" in said or "2020, 2030" in said


def test_ones_own_assumptions_take_the_place_of_the_packages(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(
        '[[assumption]]\nname = "capacity_charge"\nstatus = "ASSUMED"\nlow = 10.0\nhigh = 30.0\n'
        'unit = "CNY/MW and year"\nsource = "a contract"\n',
        encoding="utf-8",
    )
    study = study_of(tmp_path, campus(top='assumptions = "own.toml"'))
    assert list(study.kind.files(study.spec)) == ["own.toml"]
    assert study.kind.material(study).sites[0].system.supplies[0].capacity_cost == 20.0


# -------------------------------------------------------------------------------------- batteries, diesel, hydro


def test_batteries_and_diesel(tmp_path: Path) -> None:
    parts = (
        GRID,
        "[site.battery]\nmost_mw = 4.0\nmost_mwh = 9.0\n",
        '[site.diesel]\nrule = "2N"\nset_mw = 2.0\nfuel_h = 10.0\n',
    )
    system = material_of(tmp_path, campus(*parts)).sites[0].system
    found = {item.name: item for item in system.supplies}
    assert (found["battery"].most_mw, found["battery"].most_mwh) == (4.0, 9.0)
    # A round trip of 0.87, in equal parts each way.
    assert found["battery"].charging * found["battery"].discharging == pytest.approx(0.87)
    # 6.5 MW need four sets of 2 MW; twice as many are there, and fuel is for those that are needed.
    assert system.sets == {"diesel": 8}
    assert (found["diesel"].least_mw, found["diesel"].most_mw, found["diesel"].backup) == (16.0, 16.0, True)
    assert system.fuel_mwh == {"diesel": 10.0 * 4 * 2.0}
    endless = material_of(tmp_path, campus("[site.diesel]\n")).sites[0].system
    assert "Diesel sets may run all year: no bound on their fuel is given." in endless.notes


def test_hydro_runs_with_the_river_or_from_a_reservoir(tmp_path: Path) -> None:
    months = [float(k) for k in range(1, 13)]
    river = supply(tmp_path, GRID, f'{HYDRO}months = {months}\nname = "river"\n', name="river")
    month = month_of_hours(HOURS)
    inflow = np.array([6000 * k / 78 / (month == k).sum() for k in month])
    np.testing.assert_allclose(river.availability, np.minimum(inflow / 2.0, 1.0))
    assert (river.least_mw, river.most_mw) == (2.0, 2.0)
    monthly = f"[site.hydro]\ncapacity_mw = 2.0\ninflow_mwh = {[6000 * k / 78 for k in months]}\nreservoir_mwh = 50.0\n"
    (dam,) = material_of(tmp_path, campus(GRID, monthly)).sites[0].system.reservoirs
    assert isinstance(dam, ReservoirSupply)
    np.testing.assert_allclose(dam.inflow_mwh, inflow)
    assert (dam.energy_mwh, set(dam.plant.availability.tolist())) == (50.0, {1.0})


def test_hydro_costs_what_it_would_bring_elsewhere(tmp_path: Path) -> None:
    terms = "contract_price = 260.0\nexport_price = 300.0\n"
    river = supply(tmp_path, GRID, HYDRO + terms, name="hydro")
    assert (set(river.marginal_cost.tolist()), river.capacity_cost) == ({300.0}, 0.0)
    assert "The contract is 40 CNY/MWh below what the power would bring elsewhere." in river.notes


@pytest.mark.parametrize(
    ("hydro", "says"),
    [
        ("", "hydro has either mean_mwh (energy of a mean year) or inflow_mwh (that of each month)"),
        (f"mean_mwh = 1.0\ninflow_mwh = {[1.0] * 12}", "hydro has either mean_mwh"),
        (f"inflow_mwh = {[1.0] * 12}\nmonths = {[1.0] * 12}", "months goes with mean_mwh"),
        (f"mean_mwh = 5.0\nmonths = {[0.0] * 12}", "months are all zero"),
        (f"inflow_mwh = {[0.0] * 12}", "inflow_mwh are all zero"),
    ],
)
def test_hydro_without_inflow(tmp_path: Path, hydro: str, says: str) -> None:
    assert says in refused(tmp_path, campus(f"[site.hydro]\ncapacity_mw = 2.0\n{hydro}\n"))


# -------------------------------------------------------------------------------------------------------- stress


def test_dry_years_are_those_of_the_dams(tmp_path: Path) -> None:
    stress = '[stress]\nwithout_dams = ["Goupitan", "Silin"]\n'
    material = material_of(tmp_path, campus(GRID, HYDRO, stress))
    dams = {dam.name: dam.generation_mwh for dam in hydro_dams("CN-GZ")}
    expected = annual_factors(dams, leave_out=("Goupitan", "Silin"))
    assert material.sites[0].hydro_factors == tuple(expected.factors.tolist())
    assert [(heat.name, heat.shift_k, heat.weight) for heat in material.summers] == [("as in the weather", 0.0, 1.0)]
    given = material_of(tmp_path, campus(GRID, HYDRO, "[stress]\nwater = [0.5, 1.5]\n"))
    assert given.sites[0].hydro_factors == (0.5, 1.5)
    assert material_of(tmp_path, campus(GRID, "[stress]\n")).sites[0].hydro_factors is None
    assert material_of(tmp_path, campus(GRID, HYDRO)).sites[0].hydro_factors is None


@pytest.mark.parametrize(
    ("place", "stress", "says"),
    [
        ("CN-GZ", 'without_dams = ["Hoover"]', "stress.without_dams names 'Hoover'. Allowed: Goupitan"),
        ("CN-NM", "", "no dams of its region are in the evidence. To do: give stress.water"),
        (
            "CN-GZ",
            '[[stress.summer]]\nname = "a"\nshift_k = 0.0\nweight = 0.5\n',
            "weights of summers sum to 0.5; they sum to 1",
        ),
        ("CN-GZ", "water = []", "water"),
        ("CN-GZ", "rank_correlation = 1.5", "rank_correlation is 1.5"),
        ("CN-GZ", f"dry_months = {[0.0] * 12}", "dry_months are all zero"),
        ("CN-GZ", "sets_out = 1", "stress.sets_out is 1, and no site has diesel"),
        ("CN-GZ", f"{HOT}{HOT}", "two summers are called 'hot'"),
    ],
)
def test_stress_that_cannot_be(tmp_path: Path, place: str, stress: str, says: str) -> None:
    text = campus(GRID, HYDRO, f"[stress]\n{stress}\n", place=f'pue = 1.3\nregion = "{place}"')
    assert says in refused(tmp_path, text)


# ------------------------------------------------------------------------------------------------- the whole file


def test_limits_prices_and_notes_reach_the_system(tmp_path: Path) -> None:
    water = '[[limit]]\nof = "water_consumed"\namount = 7.0\nsites = ["There"]\n'
    limits = f'[[limit]]\nof = "co2"\namount = 100.0\nprice = 9.0\n{water}'
    other = '[[site]]\nname = "There"\npue = 1.2\nregion = "CN-GZ"\n[site.grid]\ntariff = 400.0\n'
    here, there = material_of(
        tmp_path, campus(GRID, other, limits, top="carbon_price = 3.0\nunserved_price = 8.0")
    ).sites
    assert [(limit.quantity, limit.amount, limit.price) for limit in here.system.limits] == [("co2", 100.0, 9.0)]
    assert [limit.quantity for limit in there.system.limits] == ["co2", "water_consumed"]
    assert (here.system.carbon_price, here.system.unserved_price) == (3.0, 8.0)
    assumed = material_of(tmp_path, campus()).sites[0].system
    assert assumed.unserved_price == 60_000.0
    assert "ASSUMED: a MWh that is not served costs 60,000 CNY." in assumed.notes


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            "in_use = { 2027 = 1.0 }",
            "in_use = { 2026 = 1.0 }",
            "in_use says nothing of 2027, which supply is planned for",
        ),
        (
            "in_use = { 2027 = 1.0 }",
            "in_use = { 2027 = 1.0, soon = 1.0 }",
            "in_use has the key 'soon': its keys are years",
        ),
        ("in_use = { 2027 = 1.0 }", "in_use = { 2027 = 1.1 }", "in_use"),
        ("utilisation = 0.5", "utilisation = 0.0", "utilisation is 0.0"),
        ("utilisation = 0.5", "utilisation = 0.5\nwaits = 0.1", "waits and waits_h go together"),
        ("utilisation = 0.5", "utilisation = 0.5\nwaits_h = 1", "waits and waits_h go together"),
        ("utilisation = 0.5", f"utilisation = 0.5\nweekend = {[1.0] * 24}", "weekend goes with weekday"),
        ("utilisation = 0.5", "utilisation = 0.5\nweekday = [1.0]", "weekday"),
        ("utilisation = 0.5", 'utilisation = 0.5\ncooling = "seawater"', "cooling is 'seawater'"),
        ("[site.grid]\ntariff = 500.0", "", "site 'Here' has no supply: give a grid, a plant, hydro or diesel"),
        ("it_mw = 10.0", "it_mw = 0.0", "it_mw is 0.0"),
        ("it_mw = 10.0", "it_wm = 10.0", "Did you mean 'it_mw'"),
        ('title = "Small"', 'title = "Small"\ncosts = "US"', "costs is 'US'"),
        ('title = "Small"', 'title = "Small"\nseconds = 0.0', "seconds is 0.0"),
        ('title = "Small"', 'title = "Small"\nunserved_price = 0.0', "unserved_price is 0.0"),
    ],
)
def test_what_a_campus_file_says_by_mistake(tmp_path: Path, old: str, new: str, says: str) -> None:
    text = campus()
    assert old in text
    assert says in refused(tmp_path, text.replace(old, new, 1))


@pytest.mark.parametrize(
    ("tail", "says"),
    [
        ('[[site]]\nname = "Here"\npue = 1.2\n[site.diesel]\n', "two sites are called 'Here'"),
        (
            '[[limit]]\nof = "co2"\namount = 1.0\nsites = ["There"]\n',
            "the limit of co2 names site 'There', which is not one of the sites",
        ),
        ('[[limit]]\nof = "co2"\namount = -1.0\n', "amount is -1.0"),
        ('[[limit]]\nof = "smoke"\namount = 1.0\n', "of is 'smoke'"),
        ('[[frontier]]\nof = "co2"\npoints = 1\n', "points is 1"),
    ],
)
def test_sites_limits_and_frontiers_that_cannot_be(tmp_path: Path, tail: str, says: str) -> None:
    assert says in refused(tmp_path, campus(GRID, tail))


def test_limits_and_frontiers_of_one_quantity(tmp_path: Path) -> None:
    limit = '[[limit]]\nof = "co2"\namount = 1.0\n'
    assert "two limits of co2 hold at site 'Here'" in refused(tmp_path, campus(GRID, limit, limit))
    other = '[[site]]\nname = "There"\npue = 1.2\nregion = "CN-GZ"\n[site.grid]\ntariff = 400.0\n'
    apart = campus(GRID, other, f'{limit}sites = ["Here"]\n', f'{limit}sites = ["There"]\n')
    assert [len(site.system.limits) for site in material_of(tmp_path, apart).sites] == [1, 1]
    assert "two frontiers are of co2" in refused(tmp_path, campus(GRID, '[[frontier]]\nof = "co2"\n' * 2))


def test_hydro_of_no_region_has_no_dams(tmp_path: Path) -> None:
    grid = f"{GRID}carbon_t_per_mwh = 0.5\n"
    said = refused(tmp_path, campus(grid, HYDRO, "[stress]\n", place="pue = 1.3"))
    assert (
        "site 'Here': its hydropower in dry years is not known. Allowed: a region whose dams are in the evidence"
        in said
    )
    given = material_of(tmp_path, campus(grid, HYDRO, "[stress]\nwater = [0.8]\n", place="pue = 1.3"))
    assert given.sites[0].hydro_factors == (0.8,)


def test_more_sets_out_than_there_are(tmp_path: Path) -> None:
    text = campus(GRID, "[site.diesel]\n[stress]\nsets_out = 5\n")
    # 6.5 MW need three sets of 2.5 MW, and one more is there.
    assert "stress.sets_out is 5, and 4 sets are installed" in refused(tmp_path, text)


def test_what_rooms_refuse_is_said_of_study_and_site(tmp_path: Path) -> None:
    peaks = refused(tmp_path, campus(load=f"weekday = {[9.0] + [1.0] * 23}"))
    assert "study 'mine', site 'Here': IT load in 2027 reaches 337.5 % of rated power" in peaks
    gap = refused(tmp_path, campus(in_use="{ 2025 = 0.1, 2027 = 0.5 }"))
    assert "site 'Here': racks in use have the years 2025, 2027. Allowed: years without a gap" in gap
    dollars = refused(tmp_path, campus(f"{GRID}capacity_charge = 1.0\n", top='currency = "USD"'))
    assert "the cost of an unserved MWh in USD is not assumed. To do: give unserved_price" in dollars
    europe = 'currency = "EUR"\ncosts = "EU"\ncost_year = 2025'
    free = f'{GRID}capacity_charge = 1.0\n[[site.plant]]\ntechnology = "gas_combined_cycle"\n'
    assert "fuel is not burnt for nothing" in refused(tmp_path, campus(free, top=europe), named=False)


def test_one_pue_is_said_not_to_feel_heat(tmp_path: Path) -> None:
    (site,) = material_of(tmp_path, campus()).sites
    assert "PUE is one figure for all hours: heat does not raise the load." in site.system.notes


def test_files_move_with_the_study(tmp_path: Path) -> None:
    parts = (
        '[site.grid]\nprices = "p.csv"\n',
        '[[site.plant]]\ntechnology = "wind_onshore"\nprofile = "w.csv"\n[[site.plant]]\ntechnology = "coal"\n',
    )
    text = campus(*parts, top='assumptions = "own.toml"', place='region = "CN-GZ"\nweather = "own.epw"')
    study = study_of(tmp_path, text)
    assert list(study.kind.files(study.spec)) == ["own.epw", "p.csv", "w.csv", "own.toml"]
    moved = study.kind.moved(study.spec, lambda file: f"there/{file}")
    assert list(study.kind.files(moved)) == ["there/own.epw", "there/p.csv", "there/w.csv", "there/own.toml"]
    assert study.kind.moved(moved, lambda file: file.removeprefix("there/")) == study.spec
    inputs = {item.what for item in study.kind.inputs(study)}
    assert {"weather file", "file of hourly prices", "hourly profile", "file of assumptions"} <= inputs
    here = study_of(tmp_path, campus(place='region = "CN-GZ"\nweather = "modelled"'))
    assert here.kind.moved(here.spec, lambda _: "never") == here.spec
