"""Chinese provinces: sums and growth that were published, breaks, and what is wrong with figures, held to the digit."""

from __future__ import annotations

import math
from collections.abc import Iterable
from statistics import median, stdev

import pytest

from pilotzone.gather import describe_series, evidence_panel, load_evidence, load_layer
from pilotzone.gather.evidence import figures

FORMED, VOLUME, WORN = "capital_formation_cny", "capital_formation_index", "depreciation_cny"
INVESTED, RETAIL, GROWTH = "investment_price_index", "retail_price_index", "investment_growth_percent"
SO2, SOOT, WATER, WAGE = "so2_t", "soot_dust_t", "waste_water_t", "average_wage_cny"
AIR = tuple(f"capital_city_{what}_ug_m3" for what in ("pm10", "so2", "no2"))


def total(series: str, period: int) -> float:
    return math.fsum(value for (_, t), value in figures(series).items() if t == period)


def logs(series: str, period: int) -> dict[str, float]:
    """Return the change from the year before, percent of logs, by region."""
    found = figures(series)
    return {
        code: 100 * math.log(value / found[code, t - 1])
        for (code, t), value in found.items()
        if t == period and found.get((code, t - 1), 0) > 0 and value > 0
    }


SUMS = [
    (FORMED, 31, 1386, 395_278_267_890_200), (WORN, 31, 858, 104_366_502_268_800), (INVESTED, 30, 874, 91_219.8236),
    (RETAIL, 31, 2017, 207_332.565366), (GROWTH, 31, 955, 18_219.0), (VOLUME, 28, 1165, 2_505_303.3),
    (SO2, 31, 434, 300_547_678.17), (SOOT, 31, 434, 218_846_678.06), (WATER, 31, 465, 921_742_269_100),
    (WAGE, 31, 589, 21_738_027), (AIR[0], 31, 279, 27_591), (AIR[1], 31, 279, 9_624), (AIR[2], 31, 279, 11_783),
]  # fmt: skip
"""Regions, figures, and the sum of all figures as it was computed from the source in decimal arithmetic."""


@pytest.mark.parametrize(("series", "regions", "count", "sum_of_all"), SUMS)
def test_counts(series: str, regions: int, count: int, sum_of_all: float) -> None:
    found = figures(series)
    assert (len({code for code, _ in found}), len(found)) == (regions, count)
    assert math.fsum(found.values()) == pytest.approx(sum_of_all, abs=1e-5, rel=0)


NATIONAL = [
    (SO2, 2005, 2549), (SO2, 2010, 2185), (SO2, 2015, 1859), (SO2, 2016, 1103), (SOOT, 2015, 1538),
    (WATER, 2015, 7_353_000), (FORMED, 2016, 4_151_640_000),
]  # fmt: skip


@pytest.mark.parametrize(("series", "period", "published"), NATIONAL)
def test_provinces_add_up_to_the_national_total(series: str, period: int, published: float) -> None:
    """Published in 1e4 t (waste water: 735.3e8 t), capital formation in 1e8 CNY, of which these are multiples."""
    scale = {SO2: 1, SOOT: 1, WATER: 1000, FORMED: 10_000}[series]
    assert total(series, period) / 1e4 == pytest.approx(published, abs=0.5 * scale)


@pytest.mark.parametrize(
    ("period", "percent"), [(2016, 21.1), (2017, 20.1), (2018, 15.8), (2019, 1.0), (2022, -5.1)]
)  # fmt: skip
def test_investment_of_guizhou_grows_as_the_communiques_say(period: int, percent: float) -> None:
    assert figures(GROWTH)["CN-GZ", period] == percent


def test_air_of_guiyang() -> None:
    assert [figures(AIR[1])["CN-GZ", t] for t in (2008, 2010, 2012, 2017)] == [64, 57, 31, 13]
    assert [figures(AIR[0])["CN-GZ", t] for t in (2008, 2016, 2017)] == [82, 64, 53]
    assert {t for _, t in figures(AIR[0])} == {*range(2008, 2011), *range(2012, 2018)}
    for name in AIR:
        assert "capital" in load_evidence().of(name).info.label


def test_indices_say_what_they_are_100_in() -> None:
    known = load_evidence().series
    assert {name: known[name].info.index for name in (VOLUME, INVESTED, RETAIL)} == {
        VOLUME: "fixed-base", INVESTED: "previous-year-100", RETAIL: "previous-year-100",
    }  # fmt: skip
    hundreds = sorted((t, code) for (code, t), value in figures(VOLUME).items() if value == 100)
    assert [item for item in hundreds if item[0] > 1952] == [(1978, "CN-GD"), (1990, "CN-HI")]
    assert len(hundreds) == 28


def breaks_of(series: str) -> dict[str, tuple[int, int, str]]:
    return {item.name: (item.first, item.last, item.severity) for item in load_evidence().of(series).info.breaks}


def test_pollution_breaks_in_the_year_of_the_zones() -> None:
    for name in (SO2, SOOT, WATER):
        assert breaks_of(name)["pollution-system-2016"] == (2016, 2016, "severe")
        assert breaks_of(name)["pollution-survey-2011"] == (2011, 2011, "severe")
    assert breaks_of(SOOT)["soot-dust-2014"] == (2014, 2014, "severe")
    assert 100 * (total(SO2, 2016) / total(SO2, 2015) - 1) == pytest.approx(-40.7, abs=0.05)
    assert 100 * (total(SOOT, 2016) / total(SOOT, 2015) - 1) == pytest.approx(-34.3, abs=0.05)
    assert 100 * (total(SOOT, 2014) / total(SOOT, 2013) - 1) == pytest.approx(36.2, abs=0.05)
    assert 100 * (figures(SO2)["CN-GZ", 2016] / figures(SO2)["CN-GZ", 2015] - 1) == pytest.approx(-24.1, abs=0.05)


def spread(series: str, period: int) -> float:
    return stdev(logs(series, period).values())


@pytest.mark.parametrize(
    ("series", "period", "broken", "others", "bounds"),
    [
        (SO2, 2011, 19, (*range(2006, 2010), *range(2012, 2016)), (2, 6.2)),
        (SOOT, 2011, 35, (*range(2004, 2011), 2012, 2013), (8, 25)),
        (WATER, 2011, 14, (*range(2005, 2011), *range(2012, 2016)), (3.5, 12.5)),
        (AIR[0], 2013, 23, (2009, 2010, 2014, 2015, 2016, 2017), (7.5, 13)),
        (AIR[1], 2013, 27, (2009, 2010, 2014, 2015, 2016, 2017), (10, 20.5)),
        (AIR[2], 2013, 17, (2009, 2010, 2014, 2015, 2016, 2017), (8.5, 14.5)),
    ],
)
def test_changes_spread_at_breaks_as_their_texts_say(
    series: str, period: int, broken: float, others: Iterable[int], bounds: tuple[float, float]
) -> None:
    assert spread(series, period) == pytest.approx(broken, abs=0.5)
    assert all(bounds[0] <= spread(series, t) <= bounds[1] for t in others)
    assert spread(series, period) > max(spread(series, t) for t in others)


def test_air_breaks_in_2013_and_not_for_all_alike() -> None:
    for name in AIR:
        assert breaks_of(name) == {
            "air-standard-2013": (2013, 2013, "severe"), "guian-new-area-2014": (2014, 2014, "mild"),
            "big-data-cluster-2015": (2015, 2015, "mild"), "big-data-zone-2016": (2016, 2016, "mild"),
        }  # fmt: skip
    assert figures(AIR[0])["CN-HE", 2012] == 98
    assert figures(AIR[0])["CN-HE", 2013] == 305
    assert median(logs(AIR[0], 2013).values()) == pytest.approx(24.6, abs=0.05)


def test_guizhous_zones_are_breaks_of_guizhou_alone() -> None:
    for name in ("gdp_nominal_cny", "population", "co2_t", SO2, WAGE, FORMED):
        found = {item.name: item for item in load_evidence().of(name).info.breaks if item.kind == "policy"}
        assert set(found) == {"guian-new-area-2014", "big-data-cluster-2015", "big-data-zone-2016"}
        assert all(item.regions == ("CN-GZ",) and item.severity == "mild" for item in found.values())
    hebei = evidence_panel(["co2_t"], regions=["CN-HE"]).series["co2_t"].breaks
    assert not any(item.kind == "policy" for item in hebei)


def test_no_break_of_the_bundled_study_is_severe() -> None:
    for name in ("gdp_nominal_cny", "population", "co2_t"):
        assert all(severity == "mild" for _, _, severity in breaks_of(name).values())
    assert breaks_of("population")["population-2010-2011"] == (2010, 2011, "mild")
    assert breaks_of("population")["population-2020"] == (2020, 2020, "mild")
    assert breaks_of("gdp_nominal_cny")["gdp-2024"] == (2024, 2024, "mild")
    for period, beyond in ((2009, 4), (2010, 10), (2020, 3)):
        assert sum(abs(change) > 2 for change in logs("population", period).values()) == beyond


FALLS = [("CN-LN", 2015, -29), ("CN-LN", 2016, -24), ("CN-NM", 2014, -12), ("CN-NM", 2016, -10), ("CN-NM", 2017, -17),
         ("CN-GS", 2017, -27), ("CN-GX", 2017, -25), ("CN-SX", 2017, -20)]  # fmt: skip


@pytest.mark.parametrize(("code", "period", "percent"), FALLS)
def test_capital_formation_falls_where_its_break_says(code: str, period: int, percent: int) -> None:
    found = figures(FORMED)
    assert 100 * (found[code, period] / found[code, period - 1] - 1) == pytest.approx(percent, abs=0.5)


def test_figures_that_cannot_be_are_kept_and_named() -> None:
    assert {key for key, value in figures(FORMED).items() if value <= 0} == {("CN-CQ", t) for t in (1993, 1994, 1995)}
    assert {key: value for key, value in figures(VOLUME).items() if value <= 0} == {
        ("CN-FJ", 1967): -13.1, ("CN-FJ", 1968): -130.0,
    }  # fmt: skip
    for series, code, period, name in (
        (FORMED, "CN-CQ", 1994, "capital-formation-chongqing"),
        (VOLUME, "CN-FJ", 1968, "capital-volume-negative"),
    ):
        found = load_evidence().caveats_on(series, regions=[code], periods=[period])
        assert any(item.name == name and item.limits_verdict for item in found)


def test_capital_formation_of_2018_is_three_cells() -> None:
    assert {code for code, t in figures(FORMED) if t == 2018} == {"CN-BJ", "CN-HN", "CN-JX"}
    assert {code for code, t in figures(WORN) if t == 2018} == {"CN-JX", "CN-QH"}
    assert {t for code, t in figures(INVESTED) if code == "CN-XZ"} == set()


def test_tibets_wage_leaps_as_its_caveat_says() -> None:
    for period, tibet, others in ((2007, 46.3, 27), (2015, 59.8, 17)):
        change = {code: 100 * (math.exp(value / 100) - 1) for code, value in logs(WAGE, period).items()}
        assert change.pop("CN-XZ") == pytest.approx(tibet, abs=0.05)
        assert max(change.values()) < others


TERMS = {"gdp_nominal_cny": {"nbs"}, "co2_t": {"ceads"}, "generation_hydro_mwh": {"not-stated"}, WAGE: {"nbs"},
         SO2: {"nbs", "not-stated"}, "city_co2_t": {"ceads"}, "city_gdp_volume_index": {"not-stated"}}  # fmt: skip


@pytest.mark.parametrize("series", TERMS)
def test_terms(series: str) -> None:
    found = describe_series(series).licences.records()
    assert {row["licence"] for row in found} == TERMS[series]
    for item in load_evidence().of(series).info.licences:
        assert item.stated == (item.name != "not-stated")


@pytest.mark.parametrize(
    ("layer", "terms"),
    [("earthquakes", ["us-public-domain"]), ("plants", ["CC-BY-4.0"]), ("capital_temperatures", ["nbs"]),
     ("stations", ["iwec", "not-stated"]), ("grid_factors", ["not-stated"]), ("power_sources", ["not-stated", "ipcc"])],
)  # fmt: skip
def test_terms_of_places(layer: str, terms: list[str]) -> None:
    assert [item.name for item in load_layer(layer).licences] == terms
