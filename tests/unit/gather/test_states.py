"""The evidence on states of the USA: sums are the published national totals, and facts are those of the sources."""

from __future__ import annotations

from collections import Counter, defaultdict
from decimal import Decimal
from functools import lru_cache
from itertools import product

import pytest

from pilotzone.core import PilotZoneError, conversion_factor
from pilotzone.gather import derive, describe_series, evidence_panel, load_evidence
from pilotzone.gather.collection import rows_of

TABLES = ("economy", "industries", "co2", "power", "electricity", "inventories", "pm25", "poverty")
SHORT_TON = Decimal("0.90718474")


@lru_cache(maxsize=1)
def everything() -> dict[str, dict[tuple[str, int], Decimal]]:
    found: dict[str, dict[tuple[str, int], Decimal]] = defaultdict(dict)
    for collection, table in (*product(["states"], TABLES), ("mapped", "stock")):
        for row in rows_of(collection, table):
            found[row["series"]][row["region"], int(row["period"])] = Decimal(row["value"])
    return found


def of(series: str, period: int) -> dict[str, Decimal]:
    return {region: value for (region, t), value in everything()[series].items() if t == period}


def nation(series: str, period: int) -> Decimal:
    return sum(of(series, period).values(), Decimal())


def change(series: str, region: str, period: int) -> float:
    """Return the change from the year before in percent."""
    found = everything()[series]
    return float(100 * (found[region, period] / found[region, period - 1] - 1))


def test_regions_are_fifty_states_and_the_district() -> None:
    regions = load_evidence().regions_of("us-state")
    assert len(regions) == 51
    assert Counter(region.kind for region in regions) == {"state": 50, "federal district": 1}
    official = {region.code: region.official for region in regions}
    known = {"US-AL": "01", "US-CA": "06", "US-DC": "11", "US-HI": "15", "US-RI": "44", "US-VA": "51", "US-WY": "56"}
    assert known.items() <= official.items()
    # FIPS left out 03, 07, 14, 43 and 52 for territories.
    assert sorted(official.values()) == [f"{k:02}" for k in range(1, 57) if k not in {3, 7, 14, 43, 52}]
    by_name = [region.code for region in sorted(regions, key=lambda region: region.name)]
    assert by_name == [region.code for region in sorted(regions, key=lambda region: region.official)]


# ------------------------------------------------------------------------------------------ sums and totals

EXACT = [
    # Bureau of Economic Analysis, SAINC1 and SASUMMARY of 2025-03-28, line United States.
    ("us_population", 1990, 249_622_814), ("us_population", 2000, 282_162_411), ("us_population", 2023, 336_806_231),
    ("us_population", 2024, 340_110_988), ("us_jobs", 2010, 172_901_700), ("us_jobs", 1998, 158_481_200),
    # Energy Information Administration, form 861, line US total (MWh).
    ("us_sales_total_mwh", 1990, 2_712_554_665), ("us_sales_total_mwh", 2003, 3_493_734_486),
    ("us_sales_total_mwh", 2010, 3_754_841_368), ("us_sales_total_mwh", 2020, 3_717_674_481),
]  # fmt: skip


@pytest.mark.parametrize(("series", "period", "total"), EXACT)
def test_states_sum_to_the_nation_exactly(series: str, period: int, total: int) -> None:
    assert len(of(series, period)) == 51
    assert nation(series, period) == total


# Energy Information Administration, Electric Power Monthly of December 2008, table 5.1 (million kWh): residential,
# commercial, industrial, all sectors.
SALES = {
    1994: (1_008_482, 820_269, 1_007_981, 2_934_563), 1995: (1_042_501, 862_685, 1_012_693, 3_013_287),
    1996: (1_082_512, 887_445, 1_033_631, 3_101_127), 1997: (1_075_880, 928_633, 1_038_197, 3_145_610),
    1998: (1_130_109, 979_401, 1_051_203, 3_264_231), 1999: (1_144_923, 1_001_996, 1_058_217, 3_312_087),
    2000: (1_192_446, 1_055_232, 1_064_239, 3_421_414), 2001: (1_201_607, 1_083_069, 996_609, 3_394_458),
    2002: (1_265_180, 1_104_497, 990_238, 3_465_466), 2003: (1_275_824, 1_198_728, 1_012_373, 3_493_734),
    2004: (1_291_982, 1_230_425, 1_017_850, 3_547_479), 2005: (1_359_227, 1_275_079, 1_019_156, 3_660_969),
    2006: (1_351_520, 1_299_744, 1_011_298, 3_669_919),
}  # fmt: skip


@pytest.mark.parametrize("period", SALES)
def test_electricity_sums_to_the_published_table(period: int) -> None:
    sectors = ("residential", "commercial", "industrial", "total")
    found = [nation(f"us_sales_{sector}_mwh", period) for sector in sectors]
    assert [round(value / 1000) for value in found] == list(SALES[period])


NEAR = [
    # Bureau of Economic Analysis, GDP of the nation, billion USD: edition of 2024-05-23, then of 2025-03-28.
    ("us_gdp_nominal_v2024_05_usd", 2023, 27_360.9), ("us_gdp_nominal_v2024_05_usd", 2022, 25_744.1),
    ("us_gdp_real_v2024_05_usd2017", 2023, 22_376.9), ("us_gdp_nominal_v2025_03_usd", 2023, 27_720.7),
    ("us_gdp_nominal_v2025_03_usd", 2024, 29_184.9), ("us_gdp_real_v2025_03_usd2017", 2024, 23_305.0),
]  # fmt: skip


@pytest.mark.parametrize(("series", "period", "billions"), NEAR)
def test_gdp_of_states_is_a_little_below_that_of_the_nation(series: str, period: int, billions: float) -> None:
    below = 1 - float(nation(series, period)) / (billions * 1e9)
    assert 0.003 <= below <= 0.008


def test_compensation_is_in_the_right_unit() -> None:
    """Compensation of employees is about half of GDP: 13.4 of 25.6 thousand billion USD in 2022."""
    for period in range(1997, 2023):
        share = nation("us_compensation_usd", period) / nation("us_gdp_nominal_v2024_05_usd", period)
        assert 0.51 < share < 0.58
    assert nation("us_compensation_usd", 2022) == 13_417_364_001_000
    for one in ("information", "naics518_519"):
        assert nation(f"us_compensation_{one}_usd", 2022) < nation(f"us_gdp_{one}_nominal_usd", 2022)


def test_editions_of_gdp_are_equal_through_2018() -> None:
    old, new = everything()["us_gdp_real_v2024_05_usd2017"], everything()["us_gdp_real_v2025_03_usd2017"]
    apart = {key: abs(new[key] / old[key] - 1) for key in set(old) & set(new)}
    assert all(gap == 0 for (_, period), gap in apart.items() if period <= 2018)
    assert max(apart, key=lambda key: apart[key]) == ("US-DE", 2023)
    assert float(apart["US-DE", 2023]) == pytest.approx(0.0505, abs=0.00005)
    nominal = everything()["us_gdp_nominal_v2025_03_usd"]["US-DE", 2023]
    assert float(nominal / everything()["us_gdp_nominal_v2024_05_usd"]["US-DE", 2023] - 1) == pytest.approx(
        0.0478, abs=0.00005
    )


# Energy Information Administration, thousand metric tons: state CO2, table 1, total of states; Electric Power Annual,
# emissions of power plants.
TONNES = [
    ("us_co2_energy_t", 1970, 4_254_944), ("us_co2_energy_t", 1990, 5_024_335), ("us_co2_energy_t", 2005, 5_990_726),
    ("us_co2_energy_t", 2021, 4_911_228), ("us_power_co2_t", 2005, 2_543_838), ("us_power_co2_t", 2010, 2_388_596),
    ("us_power_so2_t", 2005, 10_340), ("us_power_so2_t", 2010, 5_400), ("us_power_nox_t", 2005, 3_961),
    ("us_power_nox_t", 2010, 2_491),
]  # fmt: skip


@pytest.mark.parametrize(("series", "period", "total"), TONNES)
def test_emissions_sum_to_published_totals(series: str, period: int, total: int) -> None:
    assert len(of(series, period)) == 51
    assert round(nation(series, period) / 1000) == total


@pytest.mark.parametrize(("period", "percent"), [(1990, 7), (2014, 16), (2017, 23)])
def test_epa_counts_less_so2_of_power_plants_than_eia(period: int, percent: int) -> None:
    epa = nation("us_epa_so2_utility_short_ton", period) * SHORT_TON
    assert round(100 * (1 - epa / nation("us_power_so2_t", period))) == percent
    assert float(SHORT_TON) == conversion_factor("short_ton", "t")


def test_inventories_have_seven_years_and_fires_from_2002() -> None:
    for pollutant in ("so2", "nox", "pm25"):
        every = everything()[f"us_epa_{pollutant}_all_short_ton"]
        without = everything()[f"us_epa_{pollutant}_no_fires_short_ton"]
        utility = everything()[f"us_epa_{pollutant}_utility_short_ton"]
        assert {t for _, t in every} == {1990, 2002, 2005, 2008, 2011, 2014, 2017}
        assert len(every) == len(without) == 7 * 51
        assert set(every) - set(utility) == {("US-ID", 1990), ("US-ID", 2008)}
        assert all(without[key] <= every[key] for key in every)
        assert all(utility[key] <= without[key] for key in utility)
        assert {region: every[region, 1990] for region in of(f"us_epa_{pollutant}_all_short_ton", 1990)} == of(
            f"us_epa_{pollutant}_no_fires_short_ton", 1990
        )


# Census Bureau, historical poverty tables, national rate in percent.
RATES = {1983: 15.2, 1993: 15.1, 2000: 11.3, 2006: 12.3, 2009: 14.3, 2010: 15.1, 2012: 15.0, 2013: 14.8, 2014: 14.8}


@pytest.mark.parametrize("period", RATES)
def test_poverty_of_states_makes_the_published_national_rate(period: int) -> None:
    rate = 100 * nation("us_poverty_poor", period) / nation("us_poverty_population", period)
    assert round(float(rate), 1) == RATES[period]


def test_poverty_of_2013_by_both_sets_of_questions() -> None:
    old = 100 * nation("us_poverty_poor_old2013", 2013) / nation("us_poverty_population_old2013", 2013)
    assert round(float(old), 1) == 14.5
    assert everything()["us_poverty_rate_percent"]["US-AL", 2013] == Decimal("18.527")
    assert everything()["us_poverty_rate_old2013_percent"]["US-AL", 2013] == Decimal("16.746")
    assert len(everything()["us_poverty_rate_percent"]) == 35 * 51
    assert len(everything()["us_poverty_rate_old2013_percent"]) == 51


@pytest.mark.parametrize(("tag", "end"), [("", "_percent"), ("_old2013", "_percent")])
def test_poverty_rates_are_those_of_the_persons(tag: str, end: str) -> None:
    """Each rate is that of its own row: whole thousands and one decimal allow for what they are rounded by."""
    rates = everything()[f"us_poverty_rate{tag}{end}"]
    for key, rate in rates.items():
        poor, persons = everything()[f"us_poverty_poor{tag}"][key], everything()[f"us_poverty_population{tag}"][key]
        slack = Decimal("0.05") + 100 * Decimal(1000) / persons
        assert abs(100 * poor / persons - rate) <= slack, key


def test_pm25_is_a_mean_of_all_counties() -> None:
    assert set(of("us_pm25_counties", 2010)) == {r.code for r in load_evidence().regions_of("us-state")} - {
        "US-AK",
        "US-HI",
    }
    # Counties and independent cities of the contiguous states; Texas has 254 of them, the District is one.
    assert of("us_pm25_counties", 2010)["US-TX"] == 254
    assert (
        everything()["us_pm25_popweighted_2010_ug_m3"]["US-DC", 2010]
        == (everything()["us_pm25_county_mean_ug_m3"]["US-DC", 2010])
    )
    assert change("us_pm25_popweighted_2010_ug_m3", "US-MT", 2017) == pytest.approx(101.9, abs=0.05)


def test_data_centres_on_the_map() -> None:
    buildings, area = of("us_data_center_buildings", 2025), of("us_data_center_footprint_ft2", 2025)
    assert sum(buildings.values()) == 1_040
    assert round(sum(area.values()), -6) == 155_000_000
    assert sum(area.values()) == 155_342_556
    assert max(buildings, key=lambda region: buildings[region]) == "US-VA"
    assert buildings["US-VA"] == 257
    assert all((buildings[region] > 0) == (area[region] > 0) for region in buildings)
    assert conversion_factor("ft2", "m2") == 0.09290304


def test_what_is_under_odbl_stands_apart_and_says_so() -> None:
    parts = load_evidence().collections
    assert set(parts["mapped"].licences) == {"ODbL-1.0"}
    assert "OpenStreetMap contributors" in parts["mapped"].notice
    assert "ODbL-1.0" not in parts["states"].licences
    assert not parts["states"].notice


# ------------------------------------------------------------------------------- steps that breaks tell of

STEPS = [
    ("us_sales_commercial_mwh", "US-VA", 2003, 37.3), ("us_sales_commercial_mwh", "US-NV", 2017, 12.0),
    ("us_sales_commercial_mwh", "US-NV", 2018, 9.0), ("us_sales_industrial_mwh", "US-NV", 2017, -6.8),
    ("us_sales_industrial_mwh", "US-NV", 2018, -3.1), ("us_sales_commercial_mwh", "US-MD", 2006, 65.8),
    ("us_sales_industrial_mwh", "US-MD", 2006, -71.8), ("us_sales_total_mwh", "US-MD", 2006, -7.6),
    ("us_sales_commercial_mwh", "US-MA", 2009, -33.1), ("us_sales_industrial_mwh", "US-MA", 2009, 79.5),
    ("us_sales_commercial_mwh", "US-MA", 2014, 47.2), ("us_sales_industrial_mwh", "US-MA", 2014, -51.6),
    ("us_sales_commercial_mwh", "US-TN", 2013, 19.3), ("us_sales_industrial_mwh", "US-TN", 2013, -21.1),
    ("us_sales_commercial_mwh", "US-TN", 1997, 346.0), ("us_gdp_naics518_519_nominal_usd", "US-WY", 2001, 325.0),
    ("us_gdp_naics518_519_nominal_usd", "US-MS", 2002, 282.8), ("us_co2_energy_t", "US-AK", 1982, 40.3),
    ("us_sales_industrial_mwh", "US-NY", 2006, -24.9), ("us_sales_industrial_mwh", "US-NY", 2007, 35.0),
    ("us_sales_industrial_mwh", "US-NY", 2008, -27.3), ("us_sales_industrial_mwh", "US-NY", 2013, 30.7),
    ("us_population", "US-LA", 2006, -6.0), ("us_price_industrial_usd_per_mwh", "US-DC", 2005, 198.1),
]  # fmt: skip


@pytest.mark.parametrize(("series", "region", "period", "percent"), STEPS)
def test_steps_that_breaks_and_caveats_tell_of(series: str, region: str, period: int, percent: float) -> None:
    assert change(series, region, period) == pytest.approx(percent, abs=0.05)


def test_power_plants_step_in_1995() -> None:
    for series, percent in (("us_power_so2_t", -14.9), ("us_power_nox_t", -18.5)):
        assert float(100 * (nation(series, 1995) / nation(series, 1994) - 1)) == pytest.approx(percent, abs=0.05)


def opposite_moves(tenths: str) -> set[tuple[str, int]]:
    """Return where both classes move in opposite directions since 2003, each by more than this share of itself."""
    commercial, industrial = (everything()[f"us_sales_{one}_mwh"] for one in ("commercial", "industrial"))
    moved = set()
    for region, period in commercial:
        if period <= 2003:
            continue
        one, other = (figures[region, period] / figures[region, period - 1] - 1 for figures in (commercial, industrial))
        if one * other < 0 and min(abs(one), abs(other)) > Decimal(tenths):
            moved.add((region, period))
    return moved


def test_large_moves_between_classes_since_2003_are_breaks() -> None:
    """Found anew from the figures, by the rule of the page: opposite moves of more than a tenth of both classes."""
    told = {
        (region, period)
        for item in load_evidence().breaks_in("us_sales_commercial_mwh")
        for region in item.regions
        for period in range(item.first, item.last + 1)
    }
    assert ("US-KY", 2013) in told
    assert told == opposite_moves("0.1") | {("US-NV", 2017), ("US-NV", 2018)}


def test_smaller_moves_are_those_that_the_caveat_names() -> None:
    (text,) = (
        item.text for item in load_evidence().caveats_on("us_sales_commercial_mwh") if item.name == "us-sales-moved"
    )
    label = {region.code: region.name for region in load_evidence().regions_of("us-state")}
    smaller = opposite_moves("0.08") - opposite_moves("0.1")
    named = ", ".join(f"{label[region]} {period}" for region, period in sorted(smaller, key=lambda item: item[1]))
    assert f"(by more than 8 percent of both: {named})" in text


SPANS = [
    ("us_sales_commercial_mwh", 2002, 2010, {"us-eia-sales-2003"}),
    ("us_sales_residential_mwh", 1995, 2015, set()),
    ("us_poverty_rate_percent", 2011, 2014, {"us-cps-questions-2013"}),
    ("us_epa_so2_all_short_ton", 2002, 2017, {"us-epa-methods-2005"}),
    ("us_epa_so2_all_short_ton", 2005, 2017, set()),
    ("us_gdp_real_v2025_03_usd2017", 1998, 2024, set()),
]


@pytest.mark.parametrize(("series", "first", "last", "names"), SPANS)
def test_breaks_between_years(series: str, first: int, last: int, names: set[str]) -> None:
    found = load_evidence().breaks_in(series, regions=["US-VA"])
    assert {item.name for item in found if item.within(first, last) and item.severity == "severe"} == names


def test_panel_of_states_carries_terms_and_breaks() -> None:
    panel = evidence_panel(["us_sales_commercial_mwh", "us_data_center_buildings"], regions=["US-NV", "US-VA"])
    assert panel.units == ("US-NV", "US-VA")
    assert "us-eia-moved-nevada-2017" in {item.name for item in panel.series["us_sales_commercial_mwh"].breaks}
    assert [item.name for item in panel.series["us_data_center_buildings"].licences] == ["ODbL-1.0"]


# ------------------------------------------------------------------------------------------------ incentives

INCENTIVES = {row["instrument"]: row for row in rows_of("states", "incentives")}


def test_incentives_are_sixty_rows_of_all_regions() -> None:
    rows = list(INCENTIVES.values())
    assert len(rows) == 60
    assert {row["region"] for row in rows} == {region.code for region in load_evidence().regions_of("us-state")}
    assert Counter(row["confidence"] for row in rows) == {"high": 38, "medium": 16, "low": 6}
    assert Counter(row["status"] for row in rows) == {"instrument": 45, "none-found": 10, "always-exempt": 5}


def test_states_without_a_sales_tax_are_always_exempt() -> None:
    exempt = {row["region"] for row in INCENTIVES.values() if row["status"] == "always-exempt"}
    assert exempt == {"US-AK", "US-DE", "US-MT", "US-NH", "US-OR"}
    for row in INCENTIVES.values():
        alone = row["status"] != "instrument"
        assert alone == (row["kind_text"] == "none coded")
        for name in ("kinds", "law", "reach"):
            assert bool(row[name]) != alone
        assert (row["status"] == "always-exempt") == row["note"].startswith("no state sales tax")
        if alone:
            assert sum(other["region"] == row["region"] for other in INCENTIVES.values()) == 1
            assert [row["first_year"], row["enacted"], row["effective"]] == ["", "", ""]


FACTS = [
    # Identifier, a piece of the law, enacted, in force, first year.
    ("us-va-2008", "SB 668", "2008", "2008", "2008"), ("us-va-2009", "SB 944", "2009", "2010-07-01", "2010"),
    ("us-ny-2000", "Chapter 63", "2000-05-15", "2000-09-01", "2000"),
    ("us-al-2012", "HB 154", "2012-04-19", "2012", "2012"), ("us-az-2013", "41-1519", "2013", "2013-08-31", "2013"),
    ("us-ga-2018", "HB 696", "2018-05-07", "2018-07-01", "2018"),
    ("us-mi-2015", "PA 251", "2015-12-23", "2016-01-01", "2016"),
    ("us-mo-2015", "SB 149", "2015-04-09", "2015-08-28", "2015"),
    ("us-mn-2011", "297A.68", "2011", "2012-07-01", "2012"),
    ("us-md-2020", "SB 397", "2020-05-08", "2020-07-01", "2020"),
    ("us-nc-2015", "55a", "2015", "2016-01-01", "2016"), ("us-pa-2016", "Act 84", "2016-07-13", "2017-07-01", "2017"),
    ("us-pa-2021", "Act 25", "2021-06-30", "2022-01-01", "2022"),
    ("us-sc-2012", "3720", "2012-06-07", "2012-06-07", "2012"),
    ("us-tx-2013", "HB 1223", "2013", "2013-09-01", "2013"), ("us-wa-2010", "6789", "2010-03", "2010-04-01", "2010"),
    ("us-oh-2013", "HB 59", "2013-06-30", "2013", "2013"), ("us-nv-2015", "360.754", "2015", "", "2015"),
    ("us-tn-undated", "67-6-102", "", "", ""), ("us-ok-undated", "54003", "", "", ""),
    ("us-ga-undated", "48-8-3(68)", "", "", ""),
]  # fmt: skip


@pytest.mark.parametrize(("name", "law", "enacted", "effective", "first"), FACTS)
def test_facts_of_laws(name: str, law: str, enacted: str, effective: str, first: str) -> None:
    row = INCENTIVES[name]
    assert law in row["law"]
    assert (row["enacted"], row["effective"], row["first_year"]) == (enacted, effective, first)


def test_coding_agrees_with_the_words() -> None:
    for row in INCENTIVES.values():
        kinds, words = row["kinds"].split(";") if row["kinds"] else [], f"{row['kind_text']} {row['note']}"
        assert len(kinds) == len(set(kinds))
        if row["kind_text"].startswith("property tax:"):
            assert kinds == ["property-tax"]
            continue
        assert ("sales-tax" in kinds) == (row["status"] == "instrument")
        for kind in ("property", "income", "franchise"):
            assert (f"{kind}-tax" in kinds) == (kind in row["kind_text"])
        assert ("grant" in kinds) == ("grant" in words)
        assert (row["capped"] == "true") == ("capped" in row["kind_text"])
        if row["reach"] == "limited":
            assert row["reach_text"] != "statewide"
        elif row["reach"] == "statewide":
            assert row["reach_text"].startswith("statewide")


def test_later_rows_of_a_state_widen_its_programme() -> None:
    seen: set[str] = set()
    later = set()
    for row in INCENTIVES.values():
        if row["widens"] == "true":
            later.add(row["instrument"])
            assert row["region"] in seen
        else:
            assert row["region"] not in seen
        seen.add(row["region"])
    assert {name[3:5] for name in later} == {"ga", "ky", "nc", "ne", "oh", "pa", "tn", "va", "wy"}
    limited = {name[3:5] for name, row in INCENTIVES.items() if row["reach"] == "limited"}
    assert limited == {"ia", "ky", "mi", "nc", "nd", "ny", "ok", "ut", "va", "wa", "wv"}


def test_no_row_of_a_state_is_older_than_the_one_before() -> None:
    years: dict[str, list[str]] = defaultdict(list)
    for row in INCENTIVES.values():
        years[row["region"]].append(row["first_year"])
    assert all(known == sorted(known) for known in years.values())


def test_results_of_checking_are_told() -> None:
    """What was measured when the figures were taken stands in a caveat."""
    texts = " ".join(item.caveat.text for item in load_evidence().caveats)
    for told in ("0.8 percent", "rank correlation 0.91", "1.6 to 2.0 ug/m3", "only widened it", "never count them"):
        assert told in texts


def test_description_of_what_is_on_the_map() -> None:
    """States have their names, a count has no unit, one year is one year, and the notice comes along."""
    told = {str(what): value for what, value in describe_series("us_data_center_buildings").summary.rows()}
    assert told["missing"] == "Alaska, Delaware, Hawaii, North Dakota, Rhode Island, Vermont: all years"
    assert told["last digit"] == "1"
    assert told["coverage"] == "2025, 45 regions, 45 figures"
    assert "OpenStreetMap contributors" in str(told["notice"])
    assert "notice" not in [what for what, _ in describe_series("us_jobs").summary.rows()]


def test_real_amounts_have_a_unit_of_their_own() -> None:
    """Dollars of 2017 and current dollars cannot be added, and real amounts cannot be deflated again."""
    for name, entry in load_evidence().series.items():
        if entry.geography == "us-state" and entry.info.unit.startswith("USD") and entry.info.unit != "USD/MWh":
            assert name.endswith(f"_{entry.info.unit.lower()}")
            assert ("chained" in entry.definition or "dollars of 2017" in entry.definition) == (
                entry.info.unit == "USD2017"
            )
    panel = evidence_panel(["us_gdp_real_v2024_05_usd2017", "us_gdp_nominal_v2024_05_usd"], regions=["US-VA"])
    with pytest.raises(PilotZoneError, match="USD2017"):
        derive(panel, {"mixed": "us_gdp_real_v2024_05_usd2017 + us_gdp_nominal_v2024_05_usd"})
