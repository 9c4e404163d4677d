"""Chinese cities: what was checked against published figures, held so that a slip of a digit fails."""

from __future__ import annotations

import math
from collections import Counter
from statistics import stdev

import pytest

from pilotzone.core import UsageError
from pilotzone.gather import evidence_panel, load_evidence, load_positions, load_shapes, regions_at
from pilotzone.gather.evidence import figures

GDP, INDEX, PEOPLE, CO2 = "city_gdp_nominal_cny", "city_gdp_volume_index", "city_population", "city_co2_t"
CITIES = load_evidence().regions_of("cn-city")
PARENT = {city.code: city.parent for city in CITIES}
LABEL = {city.code: city.name for city in CITIES}


def steps(series: str, period: int) -> dict[str, float]:
    """Return the change from the year before, percent, of every city with both figures."""
    found = figures(series)
    return {
        code: 100 * (found[code, period] / found[code, period - 1] - 1)
        for code in PARENT
        if (code, period) in found and (code, period - 1) in found
    }


def test_regions() -> None:
    assert len(CITIES) == 320
    assert Counter(city.kind for city in CITIES) == {
        "municipality": 4, "city": 294, "autonomous prefecture": 14, "prefecture": 6, "league": 2,
    }  # fmt: skip
    assert all(city.code == f"CN-{city.official}" for city in CITIES)
    assert all(not city.iso_name for city in CITIES)
    assert len({city.name for city in CITIES}) == 320
    provinces = {region.code: region for region in load_evidence().regions_of("cn-province")}
    # The first two digits of a city's code are those of its province.
    assert all(city.official[:2] == provinces[city.parent].official[:2] for city in CITIES)
    for city in CITIES:
        if city.kind == "municipality":
            assert (city.official, city.name_zh) == (provinces[city.parent].official, provinces[city.parent].name_zh)


@pytest.mark.parametrize(
    ("code", "name", "name_zh", "parent", "kind"),
    [
        ("CN-520100", "Guiyang", "贵阳市", "CN-GZ", "city"),
        ("CN-320500", "Suzhou (Jiangsu)", "苏州市", "CN-JS", "city"),
        ("CN-341300", "Suzhou (Anhui)", "宿州市", "CN-AH", "city"),
        ("CN-140400", "Changzhi", "长治市", "CN-SX", "city"),
        ("CN-220200", "Jilin City", "吉林市", "CN-JL", "city"),
        ("CN-522300", "Qianxinan", "黔西南布依族苗族自治州", "CN-GZ", "autonomous prefecture"),
        ("CN-653100", "Kashgar", "喀什地区", "CN-XJ", "prefecture"),
        ("CN-152900", "Alxa", "阿拉善盟", "CN-NM", "league"),
    ],
)
def test_names(code: str, name: str, name_zh: str, parent: str, kind: str) -> None:
    city = load_evidence().region(code)
    assert (city.name, city.name_zh, city.parent, city.kind) == (name, name_zh, parent, kind)


def test_cities_are_cities_of_their_own_geography() -> None:
    assert len(evidence_panel([INDEX]).units) == 320
    with pytest.raises(UsageError, match="cities"):
        evidence_panel([INDEX, "gdp_nominal_cny"])
    # A municipality is a province before it is a city.
    with pytest.raises(UsageError, match="Did you mean 'CN-BJ'"):
        load_evidence().region("Beijing")
    with pytest.raises(UsageError, match="Did you mean 'CN-520100'"):
        load_evidence().region("贵阳市")


SUMS = [
    (GDP, 296, 7052, 1_310_134_805_160_000), (INDEX, 296, 7084, 777_370.05), (PEOPLE, 297, 6399, 27_969_154_020),
    (CO2, 281, 3838, 137_139_600_200),
]  # fmt: skip
"""Cities, figures, and the sum of all figures as it was computed from the source in decimal arithmetic."""


@pytest.mark.parametrize(("series", "cities", "count", "total"), SUMS)
def test_counts(series: str, cities: int, count: int, total: float) -> None:
    found = figures(series)
    assert (len({code for code, _ in found}), len(found)) == (cities, count)
    assert math.fsum(found.values()) == pytest.approx(total, abs=1e-4, rel=0)


def test_where_there_is_no_index() -> None:
    with_index = {code for code, _ in figures(INDEX)}
    without = [city for city in CITIES if city.code not in with_index]
    assert {city.code for city in without if city.kind == "city"} == {"CN-341400", "CN-371200"}
    assert sum(city.parent == "CN-GZ" for city in without) == 3
    assert all(city.kind in {"city", "municipality"} for city in CITIES if city.code in with_index)
    assert sum((code, t) in figures(INDEX) for code in PARENT for t in range(2000, 2024)) == 295 * 24 + 4
    # One to six of Guizhou's nine have CO2, three or more from 2006 on.
    guizhou = Counter(t for code, t in figures(CO2) if PARENT[code] == "CN-GZ")
    assert (guizhou[2000], max(guizhou.values())) == (1, 6)
    assert min(guizhou[t] for t in range(2006, 2020)) == 3
    every = Counter(t for _, t in figures(CO2))
    assert (min(every.values()), max(every.values())) == (106, 255)


PUBLISHED = [
    ("CN-110000", 2016, 6.9), ("CN-110000", 2020, 1.1), ("CN-110000", 2022, 0.7),
    ("CN-500000", 2016, 10.7), ("CN-500000", 2017, 9.3), ("CN-500000", 2018, 6.0), ("CN-120000", 2017, 3.4),
]  # fmt: skip


@pytest.mark.parametrize(("code", "period", "growth"), PUBLISHED)
def test_municipalities_grow_as_national_accounts_say(code: str, period: int, growth: float) -> None:
    assert figures(INDEX)[code, period] - 100 == pytest.approx(growth, abs=1e-9)


@pytest.mark.parametrize(("province", "growth", "cities"), [("CN-LN", -2.827, 14), ("CN-GZ", 10.190, 6)])
def test_weighted_cities_come_near_their_province_in_2016(province: str, growth: float, cities: int) -> None:
    """Published: -2.5 percent for Liaoning, 10.5 for Guizhou."""
    index, gdp = figures(INDEX), figures(GDP)
    here = [code for code, parent in PARENT.items() if parent == province and (code, 2016) in index]
    assert len(here) == cities
    mean = sum(index[code, 2016] * gdp[code, 2015] for code in here) / sum(gdp[code, 2015] for code in here)
    assert mean - 100 == pytest.approx(growth, abs=5e-4)


def test_guiyang() -> None:
    assert figures(GDP)["CN-520100", 2016] == 282_762_000_000
    assert [figures(INDEX)["CN-520100", t] for t in (2014, 2015, 2016, 2022)] == [110.3, 110.4, 109.6, 102.05]
    assert figures(PEOPLE)["CN-520100", 2020] == 5_989_800
    assert figures(CO2)["CN-520100", 2016] == 36_108_600


def test_indices_that_cannot_be_growth_follow_nominal_gdp() -> None:
    for code, index, nominal in (("CN-410800", 78.99, 77.4), ("CN-611000", 88.70, 89.1), ("CN-610900", 90.80, 92.1)):
        assert figures(INDEX)[code, 2020] == index
        assert 100 + steps(GDP, 2020)[code] == pytest.approx(nominal, abs=0.05)
        (found,) = (item for item in load_evidence().breaks_in(INDEX, regions=code) if item.severity == "severe")
        assert found.name == "city-index-2020"


@pytest.mark.parametrize(
    ("period", "jumped", "both"), [(2001, 22, 179), (2005, 20, 191), (2010, 67, 266), (2011, 29, 288), (2020, 51, 285)]
)
def test_breaks_of_population_are_the_jumps(period: int, jumped: int, both: int) -> None:
    """More than 5 percent in a year of a count is severe for the cities that jump, and mild for the others."""
    found = steps(PEOPLE, period)
    assert len(found) == both
    breaks = {item.name: item for item in load_evidence().of(PEOPLE).info.breaks}
    severe = breaks[f"city-population-{period}-jumps"]
    assert set(severe.regions) == {code for code, change in found.items() if abs(change) > 5}
    assert len(severe.regions) == jumped
    assert f"{jumped} of {both} cities" in severe.text
    assert (severe.severity, breaks[f"city-population-{period}"].severity) == ("severe", "mild")
    assert breaks[f"city-population-{period}"].regions == ()


def test_growth_of_nominal_gdp_is_broken_up_to_2019_and_for_every_city() -> None:
    (found,) = (item for item in load_evidence().of(GDP).info.breaks if item.name == "city-gdp-vintages")
    assert (found.severity, found.regions) == ("severe", ())
    assert found.within(2000, 2001)
    assert found.within(2018, 2019)
    assert not found.within(2019, 2023)


BORDERS = [("CN-340100", 2011, 31.8), ("CN-340200", 2011, 57.6), ("CN-340500", 2011, 60.1), ("CN-340700", 2015, 93.2),
           ("CN-340800", 2015, -14.7), ("CN-370100", 2019, 19.4)]  # fmt: skip


@pytest.mark.parametrize(("code", "period", "change"), BORDERS)
def test_borders_show_in_population(code: str, period: int, change: float) -> None:
    assert steps(PEOPLE, period)[code] == pytest.approx(change, abs=0.05)
    assert any(
        item.name.startswith("city-borders") and item.first <= period <= item.last
        for item in load_evidence().breaks_in(PEOPLE, regions=code)
    )


def test_heilongjiang_goes_back_and_forth() -> None:
    (found,) = (b for b in load_evidence().of(PEOPLE).info.breaks if b.name == "city-population-heilongjiang")
    for code in found.regions:
        assert [math.copysign(1, steps(PEOPLE, t)[code]) for t in (2020, 2021, 2022)] == [-1, 1, -1]
        assert all(abs(steps(PEOPLE, t)[code]) > 13 for t in (2020, 2021, 2022))


def test_co2_jumps_are_counted_rightly() -> None:
    jumps = [c for t in range(2001, 2020) for c in steps(CO2, t).values() if c < -45 or c > 90]
    assert len(jumps) == 33
    assert steps(CO2, 2016)["CN-520200"] == pytest.approx(-57.1, abs=0.05)


def test_every_co2_jump_is_a_severe_break_of_its_city() -> None:
    """Found anew from the figures, by the rule of the page; the jump of Jinan is that of its borders."""
    severe = [item for item in load_evidence().of(CO2).info.breaks if item.severity == "severe"]
    jumps = [item for item in severe if item.name.startswith("city-co2-")]
    told = {(region, item.first) for item in jumps for region in item.regions}
    found = {(code, t) for t in range(2001, 2020) for code, c in steps(CO2, t).items() if c < -45 or c > 90}
    assert len(found) == 33
    assert all(item.first == item.last for item in jumps)
    assert found == told | {("CN-370100", 2019)}
    assert any(item.first == 2019 and item.regions == ("CN-370100",) for item in severe)
    # What the texts say of each is what the figures say.
    for item in jumps:
        for region in item.regions:
            change = steps(CO2, item.first)[region]
            assert f"{LABEL[region]} {change:+.0f}" in item.text or f"{abs(change):.0f} percent" in item.text


def test_digits_of_the_index() -> None:
    one = sum(math.isclose(10 * value, round(10 * value), abs_tol=1e-9) for value in figures(INDEX).values())
    assert one == 5971
    assert stdev(figures(INDEX).values()) == pytest.approx(4.433, abs=5e-4)


# --------------------------------------------------------------------------------------------- positions


def test_every_city_has_a_position_in_its_province() -> None:
    positions, shapes = load_positions("cn-city"), load_shapes()
    assert positions is not None
    assert set(positions.at) == set(PARENT)
    assert "GeoNames" in positions.credit
    assert "CC-BY-4.0" in positions.credit
    outside = {
        code
        for code, (lat, lon) in positions.at.items()
        if PARENT[code] not in regions_at(shapes, lat, lon, within_km=10)
    }
    # Jiagedaqi, the seat of Da Hinggan Ling, lies in Inner Mongolia; a caveat says so.
    assert outside == {"CN-232700"}


@pytest.mark.parametrize(
    ("code", "lat", "lon"),
    [("CN-520100", 26.58333, 106.71667), ("CN-522600", 26.58583, 107.97972), ("CN-232700", 50.41667, 124.11667),
     ("CN-653000", 39.70842, 76.17971)],
)  # fmt: skip
def test_positions(code: str, lat: float, lon: float) -> None:
    positions = load_positions("cn-city")
    assert positions is not None
    assert positions.at[code] == (lat, lon)


def test_no_two_cities_lie_at_one_place() -> None:
    positions = load_positions("cn-city")
    assert positions is not None
    assert len(set(positions.at.values())) == 320
