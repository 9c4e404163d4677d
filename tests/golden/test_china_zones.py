"""The figures of china-zones, as they came out of the first run after the design was frozen, and once more by hand."""

from __future__ import annotations

import csv
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from tests.docs.pages import percent, told_on

import pilotzone.gather
from pilotzone.evaluation.many import event_breaks
from pilotzone.study import Run, load, run_study

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pilotzone.evaluation.many import SmallCohorts

    Floats = NDArray[np.float64]

CITIES = Path(pilotzone.gather.__file__).parent / "bundled" / "cities"
DIGITS = 1e-8
# Effect in log points or index points, and two-sided p of randomisation inference, by name.
MAIN: dict[str, tuple[float, float]] = {
    "city_gdp_volume_index": (-0.4245289306, 0.4402),
    "log_co2": (-0.0216989083, 0.6004),
    "one_date": (0.013056, 0.5284),
    "anticipation": (0.021628, 0.5280),
    "all_years_as_base": (0.009080, 0.8412),
    "pearl_river_delta": (0.013981, 0.4092),
    "with_shenyang": (-0.002172, 0.9020),
    "with_inner_mongolia": (-0.000408, 0.9780),
    "without_jilin": (0.006731, 0.6322),
    "five_cities_or_more": (0.011885, 0.5294),
    "away_from_zones": (0.011201, 0.5156),
    "cities": (0.002495, 0.8630),
    "CN-GD": (0.020033, 0.3064),
    "CN-GZ": (-0.004574, 0.7920),
    "CN-HA": (0.012108, 0.5398),
    "CN-HE": (0.016776, 0.3900),
    "log_prices": (0.002107, 0.6246),
    "earlier_4": (0.008472, 0.6792),
}
GROWTH: dict[str, tuple[float, float]] = {
    "one_date": (0.403466, 0.6570),
    "longer_base": (0.489537, 0.5700),
    "without_jilin": (0.026125, 0.9752),
    "CN-GD": (0.467145, 0.6580),
    "CN-GZ": (0.444084, 0.6640),
    "CN-HA": (0.051353, 0.9694),
    "CN-HE": (-0.213941, 0.8362),
}


@pytest.fixture(scope="module")
def zones() -> Run[Any]:
    return run_study(load("china-zones"))


@pytest.fixture(scope="module")
def growth() -> Run[Any]:
    return run_study(load("china-zones-growth"))


def small(run: Run[Any]) -> SmallCohorts:
    (found,) = run.findings.effects.small
    return found  # type: ignore[no-any-return]


def test_the_main_design(zones: Run[Any]) -> None:
    found = small(zones)
    test = found.studentised
    assert (test.statistic, test.draws, test.exact) == ("studentised", 50_600, True)
    assert test.estimate == pytest.approx(0.0110857090, abs=DIGITS)
    assert test.p() == pytest.approx(0.5923517787, abs=DIGITS)
    assert found.p_improved(test) == pytest.approx(0.3434782609, abs=DIGITS)
    assert found.p_harm_excluded(test) == pytest.approx(0.0046047431, abs=DIGITS)
    assert test.interval(0.95) == pytest.approx((-0.0283163381, 0.0560864868), abs=DIGITS)
    assert found.chosen[0] == "studentised"
    verdict = zones.findings.verdict
    assert verdict.label == "growth not shown"
    assert zones.study.kind.brief(zones.findings) == load("china-zones").kind.found["china-zones"]
    assert verdict.overturn == ("real GDP of the mean city: a gain shows beyond +3.79 %.",)


def test_growth_against_each_province_before(growth: Run[Any]) -> None:
    test = small(growth).studentised
    assert (test.draws, test.exact) == (999, False)
    assert test.estimate == pytest.approx(0.1834683466, abs=DIGITS)
    assert test.interval(0.95) == pytest.approx((-1.2218956164, 1.8482353163), abs=DIGITS)
    assert growth.findings.verdict.label == "growth not shown"


@pytest.mark.parametrize(("name", "expected"), [("zones", MAIN), ("growth", GROWTH)])
def test_what_stands_beside(
    name: str, expected: dict[str, tuple[float, float]], request: pytest.FixtureRequest
) -> None:
    variants = {item.name: item for item in request.getfixturevalue(name).findings.variants}
    assert set(variants) == set(expected)
    for key, (estimate, p) in expected.items():
        (effect,) = variants[key].effects
        assert effect.estimate == pytest.approx(estimate, abs=1e-6), key
        assert effect.p == pytest.approx(p, abs=6e-5), key
        if variants[key].family in {"alternative", "one out"}:
            assert variants[key].headline == "growth not shown"


def test_the_page_tells_the_claim(zones: Run[Any], growth: Run[Any]) -> None:
    found, other = small(zones), small(growth)
    test, own = found.studentised, other.studentised
    low, high = (percent(end) for end in test.interval(0.95))
    least, most = test.interval(0.95)
    assert least < 0 < most
    first, last = own.interval(0.95)
    told_on(
        "china-zones.md",
        f"rose by {test.estimate * 100:.1f} % more",
        f"(95 %: {low} to {high} %; p of a gain {found.p_improved(test):.2f})",
        f"is ruled out** (p = {found.p_harm_excluded(test):.3f})",
        f"{own.estimate:+.1f} points a year (\u2212{-first:.1f} to {last:+.1f}; "
        f"p of a gain {other.p_improved(own):.2f})",
        f"is not ruled out (p = {other.p_harm_excluded(own):.2f})",
        f"A gain shows from {zones.findings.verdict.tests[0].smallest_shown:.1f} % on",
    )


def test_the_page_tells_what_stands_beside(zones: Run[Any]) -> None:
    variants = {item.name: item.effects[0] for item in zones.findings.variants}

    def at(name: str) -> str:
        return percent(variants[name].estimate)

    designs = [
        item.effects[0].estimate for item in zones.findings.variants if item.family in {"alternative", "one out"}
    ]
    lowest, highest = percent(min(designs)), percent(max(designs))
    ahead = next(
        row for row in zones.findings.effects.rows if row.kind == "cell" and (row.cohort, row.period) == (2016, 2019)
    )
    co2 = variants["log_co2"]
    low, high = (percent(end, places=0) for end in co2.interval or ())
    told_on(
        "china-zones.md",
        f"All {len(designs)} other designs give the same label, from {lowest} to {highest} %",
        f"Without Guizhou the effect is {at('CN-GZ')} %; without Guangdong {at('CN-GD')} %.",
        f"Guizhou alone is {100 * np.expm1(ahead.estimate):.1f} % ahead in 2019 (p = {ahead.p_by_lot:.2f})",
        f"All dated 2016 {at('one_date')} %; two years of anticipation {at('anticipation')} %; all years before as the "
        f"base {at('all_years_as_base')} %; nine Pearl River cities only {at('pearl_river_delta')} %; with Shenyang "
        f"{at('with_shenyang')} %; with Inner Mongolia {at('with_inner_mongolia')} %; without Jilin "
        f"{at('without_jilin')} %; without cities beside a zone {at('away_from_zones')} %; provinces "
        f"with five cities or more {at('five_cities_or_more')} %; city by city in clusters {at('cities')} %.",
        f"the year before {variants['city_gdp_volume_index'].estimate:.1f} points, CO2 of the province "
        f"{percent(co2.estimate)} % ({low} to {high} %)".replace(" -", " \u2212"),
        f"Retail prices {at('log_prices')} % (p = {variants['log_prices'].p:.2f}); dated four years earlier "
        f"{at('earlier_4')} % (p = {variants['earlier_4'].p:.2f})",
    )


def test_marks_of_a_break_stand_for_the_cohort_of_its_province(zones: Run[Any]) -> None:
    """Breaks in Guizhou's figures are drawn for 2016, its cohort; where no cohorts are known, for 2017 too."""
    effects = zones.findings.effects
    assert {effects.starts[code] for code in ("CN-GZ", "CN-HE")} == {2016, 2017}
    own = {"log_gdp": [item for item in effects.breaks["log_gdp"] if item.regions == ("CN-GZ",)]}
    assert [item.first for item in own["log_gdp"]] == [2014, 2015]
    marked = event_breaks(effects.facts, own, effects.starts)["log_gdp"]
    assert [rule.at for rule in marked] == [-2.5, -1.5]
    assert all("(treated from 2016)" in rule.text for rule in marked)
    assert [rule.at for rule in event_breaks(effects.facts, own)["log_gdp"]] == [-3.5, -2.5, -2.5, -1.5]


def _chained() -> dict[str, Floats]:
    """Return the mean log level of each province's cities, 2006 to 2019, from the files alone."""
    with (CITIES / "regions.csv").open(encoding="utf-8") as stream:
        parents = {row["region"]: row["parent"] for row in csv.DictReader(stream)}
    index: dict[str, dict[int, float]] = {}
    with (CITIES / "economy.csv").open(encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            if row["series"] == "city_gdp_volume_index" and row["value"]:
                index.setdefault(row["region"], {})[int(row["period"])] = float(row["value"])
    out = {"CN-BJ", "CN-SH", "CN-CQ", "CN-TJ", "CN-LN", "CN-NM"}
    provinces: dict[str, list[Floats]] = {}
    for city, figures in index.items():
        if parents[city] not in out and all(year in figures for year in range(2006, 2020)):
            rises = [np.log(figures[year] / 100) for year in range(2007, 2020)]
            provinces.setdefault(parents[city], []).append(np.concatenate([[0.0], np.cumsum(rises)]))
    return {name: np.mean(provinces[name], axis=0) for name in sorted(provinces)}


def test_effect_and_p_by_hand(zones: Run[Any]) -> None:
    """From the files: changes against the year before, and all choices of four in all four datings, written out."""
    levels = _chained()
    names = list(levels)
    y = np.array([levels[name] for name in names])
    early = y[:, 10:].mean(axis=1) - y[:, 9]
    late = y[:, 11:].mean(axis=1) - y[:, 10]
    early, late = early - early.mean(), late - late.mean()
    control = early / 4 + 3 * late / 4
    ratios, gaps, own = [], [], -1
    wanted = {names.index(code) for code in ("CN-GZ", "CN-HE", "CN-HA", "CN-GD")}
    for four in combinations(range(25), 4):
        rest = np.setdiff1d(np.arange(25), four, assume_unique=True)
        means = early[rest].mean(), late[rest].mean()
        spread = ((control[rest] - control[rest].mean()) ** 2).sum() / 21**2
        for first in four:
            each = np.array([early[k] - means[0] if k == first else late[k] - means[1] for k in four])
            gaps.append(each.mean())
            ratios.append(abs(each.mean()) / np.sqrt(((each - each.mean()) ** 2).sum() / 16 + spread))
            if set(four) == wanted and names[first] == "CN-GZ":
                own = len(gaps) - 1
    assert len(gaps) == 50_600
    test = small(zones).studentised
    assert gaps[own] == pytest.approx(test.estimate, abs=1e-12)
    assert test.p() == pytest.approx(np.mean(np.array(ratios) >= ratios[own] * (1 - 1e-9)), abs=1e-12)
