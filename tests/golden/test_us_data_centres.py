"""The figures of us-data-centres and virginia, as they came out of the first run after their designs were frozen."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from tests.docs.pages import percent, signed, told_on

from pilotzone.gather import evidence_panel, load_shapes
from pilotzone.study import Run, load, run_study

if TYPE_CHECKING:
    from pilotzone.study.panel.varied import VariantEffect

DIGITS = 1e-8
# Effect in log points or own units, and p of randomisation inference, by family and name; two effects are GDP and CO2.
EXPECTED: dict[tuple[str, str], list[tuple[float, float | None]]] = {
    ("secondary", "log_jobs_per_head"): [(-0.0044214308, 0.3896)],
    ("secondary", "log_information_per_head"): [(-0.0167018473, 0.7144)],
    ("secondary", "log_data_processing_per_head"): [(-0.0274843789, 0.7828)],
    ("secondary", "log_commercial_power_per_head"): [(0.0059449593, 0.6506)],
    ("secondary", "log_residential_price"): [(0.0150294207, 0.6236)],
    ("secondary", "us_poverty_rate_percent"): [(-0.0394233303, 0.9444)],
    ("secondary", "us_pm25_popweighted_2010_ug_m3"): [(-0.1603134483, 0.4862)],
    ("mechanism", "log_power_co2_per_head"): [(-0.0214846489, 0.755)],
    ("mechanism", "log_power_so2_per_head"): [(-0.1306502292, 0.4002)],
    ("mechanism", "log_power_nox_per_head"): [(-0.1396170851, 0.255)],
    ("alternative", "all_years"): [(-0.0035197648, 0.737), (-0.0151423121, 0.3502)],
    ("alternative", "all_years_2024_edition"): [(-0.0034955836, 0.7412), (-0.0151423121, 0.3502)],
    ("alternative", "no_earlier"): [(-0.0061264003, 0.6728), (0.0027338524, 0.8976)],
    ("alternative", "any_programme"): [(0.0011897074, 0.9296), (-0.0152561432, 0.344)],
    ("alternative", "never_treated"): [(-0.0019470570, 0.8796), (0.0096648698, 0.6238)],
    ("alternative", "no_energy"): [(0.0075069376, 0.4684), (-0.0063591695, 0.752)],
    ("alternative", "no_neighbours"): [(0.0007921176, 0.9614), (0.0038456458, 0.8492)],
    ("alternative", "one_year_ahead"): [(0.0067687768, 0.6714), (-0.0108880068, 0.658)],
    ("alternative", "year_in_force"): [(0.0002792031, 0.984), (-0.0006298596, 0.968)],
    ("alternative", "from_2002"): [(-0.0024297400, 0.8388), (0.0021917117, 0.907)],
    ("alternative", "imputation"): [(0.0180939913, 0.3956), (0.0087394980, 0.8006)],
    ("alternative", "totals"): [(-0.0014587172, 0.93), (0.0031627345, 0.8826)],
    ("alternative", "weighted"): [(-0.0091662786, None), (-0.0113874278, None)],
    ("one out", "US-AL"): [(-0.0012515469, 0.9336), (0.0112298489, 0.5764)],
    ("one out", "US-MN"): [(-0.0052556000, 0.7028), (-0.0008112505, 0.9664)],
    ("one out", "US-MS"): [(-0.0011099908, 0.9328), (-0.0001830725, 0.9934)],
    ("one out", "US-NE"): [(-0.0097818903, 0.4502), (-0.0108016087, 0.5946)],
    ("one out", "US-OH"): [(-0.0068529379, 0.615), (0.0025606658, 0.898)],
    ("one out", "US-SC"): [(-0.0051991610, 0.711), (0.0156779820, 0.4306)],
    ("one out", "US-VA"): [(-0.0008926253, 0.9458), (0.0029643344, 0.8782)],
    ("one out", "US-WY"): [(0.0113793434, 0.318), (-0.0029914418, 0.874)],
    ("placebo outcome", "log_manufacturing_per_head"): [(0.0309508707, 0.4074)],
    ("placebo outcome", "log_mining_per_head"): [(-0.0359779967, 0.782)],
    ("placebo date", "earlier_5"): [(0.0163463945, 0.1886), (0.0055246849, 0.7748)],
    ("placebo date", "earlier_3"): [(0.0123116495, 0.2994), (-0.0113114451, 0.5476)],
}

NEIGHBOURS = {"US-MD", "US-NC"}


@pytest.fixture(scope="module")
def states() -> Run[Any]:
    return run_study(load("us-data-centres"))


def test_claim(states: Run[Any]) -> None:
    assert states.study.kind.found["us-data-centres"] == states.study.kind.brief(states.findings)
    gdp, co2 = states.effects.overall
    assert states.verdict.headline == "harm excluded, growth not shown (holds without allowance only)"
    assert (gdp.estimate, co2.estimate) == pytest.approx((-0.0024297400, 0.0021917117), abs=DIGITS)
    assert (gdp.treated_units, gdp.control_units) == (8, 18)
    assert gdp.interval_by_lot == pytest.approx((-0.0377395963, 0.0316796980), abs=DIGITS)
    assert co2.interval_by_lot == pytest.approx((-0.0465896991, 0.0517651184), abs=DIGITS)
    assert (gdp.p_improved_by_lot, gdp.p_harm_excluded_by_lot) == (0.574, 0.057)
    assert (co2.p_improved_by_lot, co2.p_harm_excluded_by_lot, co2.p_harm_shown_by_lot) == (0.538, 0.037, 0.964)
    assert states.findings.treatment.cohorts == {
        "US-MS": 2010, "US-NE": 2010, "US-VA": 2010, "US-WY": 2010, "US-AL": 2012, "US-MN": 2012, "US-SC": 2012,
        "US-OH": 2013, "US-AZ": 2014, "US-TX": 2014, "US-NV": 2015, "US-MO": 2016, "US-NC": 2016, "US-FL": 2017,
        "US-IL": 2019, "US-IN": 2019, "US-ID": 2020, "US-MD": 2020, "US-CT": 2021,
    }  # fmt: skip


def test_beside_the_claim(states: Run[Any]) -> None:
    found = {(item.family, item.name): item for item in states.findings.variants}
    assert {*found} == {*EXPECTED}
    for key, expected in EXPECTED.items():
        effects: tuple[VariantEffect, ...] = found[key].effects
        assert [each.estimate for each in effects] == pytest.approx([value for value, _ in expected], abs=DIGITS), key
        assert [each.p for each in effects] == [p for _, p in expected], key
    assert all(found[key].effects[0].p_holm == 1.0 for key in found if key[0] == "secondary")
    other = [item.name for item in found.values() if item.headline and item.family in {"alternative", "one out"}]
    assert len(other) == 21
    labels = {name: found["alternative", name].headline for name in ("imputation", "weighted")}
    assert labels == {"imputation": "too noisy for this margin", "weighted": "cannot be decided"}
    label = states.verdict.label
    same = [item for item in found.values() if item.headline.partition(" (")[0] == label]
    assert len([item for item in same if item.family in {"alternative", "one out"}]) == 19


def test_the_main_effect_from_means_of_figures(states: Run[Any]) -> None:
    """By hand, from the figures alone: changes from the last year before treatment, against states not yet treated."""
    cohorts = states.findings.treatment.cohorts
    panel = evidence_panel(["us_gdp_real_v2025_03_usd2017", "us_population", "us_co2_energy_t"])
    never = set(states.findings.treatment.never)
    for series, found in zip(("us_gdp_real_v2025_03_usd2017", "us_co2_energy_t"), states.effects.overall, strict=True):
        values = np.log(panel.matrix(series) / panel.matrix("us_population"))

        def change(unit: str, last: int, year: int, values: Any = values) -> float:  # noqa: ANN401
            row = panel.units.index(unit)
            return float(values[row, panel.periods.index(year)] - values[row, panel.periods.index(last)])

        each = []
        for unit, cohort in cohorts.items():
            if cohort > 2013:
                continue
            gaps = []
            for year in range(cohort, cohort + 6):
                controls = [*never, *(other for other, start in cohorts.items() if start > year)]
                gaps.append(
                    change(unit, cohort - 1, year)
                    - np.mean([change(other, cohort - 1, year) for other in controls if other != unit])
                )
            each.append(np.mean(gaps))
        assert len(each) == 8
        assert found.estimate == pytest.approx(np.mean(each), abs=1e-12)


def test_states_named_in_alternatives_are_those_of_their_reason() -> None:
    spec = load("us-data-centres").spec
    panel = evidence_panel(["us_gdp_real_v2024_05_usd2017", "us_gdp_mining_real_usd2017"])
    at = [panel.periods.index(year) for year in range(1998, 2022)]
    with np.errstate(invalid="ignore"):
        share = panel.matrix("us_gdp_mining_real_usd2017")[:, at] / panel.matrix("us_gdp_real_v2024_05_usd2017")[:, at]
    rich = {unit for unit, row in zip(panel.units, share, strict=True) if row.max() > 0.05}
    dropped = {item.name: {*item.drop} for item in spec.alternatives}
    part = {*run_regions()}
    assert dropped["no_energy"] == rich & part


def run_regions() -> list[str]:
    """Return the states that take part."""
    from pilotzone.study.panel.material import panel_material

    treatment = panel_material(load("us-data-centres").spec).treatment
    return [*treatment.cohorts, *treatment.never]


def test_the_page_tells_the_claim(states: Run[Any]) -> None:
    gdp, co2 = states.effects.overall
    low, high = (percent(end) for end in gdp.interval_by_lot)
    least, most = (percent(end) for end in co2.interval_by_lot)
    _, harm = states.verdict.tests
    (by_lot,) = (item.studentised for item in states.effects.small if item.outcome == co2.outcome)
    moves = harm.excluded.multiple
    assert moves is not None
    off = states.effects.joint.covariance.departures["log_co2_per_head"]
    told_on(
        "us-data-centres.md",
        f"| real GDP | {percent(gdp.estimate)} % | {low} to {high} % | of a gain: {gdp.p_improved_by_lot:.2f} |",
        f"| CO2 | {percent(co2.estimate)} % | {least} to {most} % | of a rise by 5 % or more, excluded: "
        f"{co2.p_harm_excluded_by_lot:.3f} |",
        f"Departures from parallel trends of {moves:.2f} times",
        f"The largest earlier departure of CO2 is {100 * np.expm1(off.largest):.2f} %, from one year to the next",
        f"would have fallen by {100 * np.expm1(off.allowed(moves)):.1f} % more without the laws",
        f"(the one-sided bound is {percent(by_lot.upper(0.05))} %",
        f"beyond {signed(states.verdict.tests[0].smallest_shown, up=True)} % of GDP per head",
    )


def gaps(states: Run[Any], series: str, first: int, last: int) -> list[float]:
    """Return by hand how far each of the eight moved away between two times since treatment, those seen at both.

    From the figures alone, against states that are treated later or never.
    """
    every = states.findings.treatment
    panel = evidence_panel([series, "us_population"])
    with np.errstate(invalid="ignore"):
        values = np.log(panel.matrix(series) / panel.matrix("us_population"))

    def change(unit: str, cohort: int) -> float:
        row = values[panel.units.index(unit)]
        return float(row[panel.periods.index(cohort + last)] - row[panel.periods.index(cohort + first)])

    found = []
    for unit, cohort in every.cohorts.items():
        if cohort <= 2013 and cohort + first >= 1998:
            others = [*every.never, *(other for other, start in every.cohorts.items() if start > cohort)]
            found.append(change(unit, cohort) - float(np.mean([change(other, cohort) for other in others])))
    return found


def test_the_page_tells_the_drift_before(states: Run[Any]) -> None:
    """Year by year, each against the states that are not yet treated then."""
    rows = [row for row in states.effects.of("dynamic") if row.outcome.name == "log_gdp_per_head"]
    before = [row for row in rows if row.at is not None and -6 < row.at < 0]
    assert [row.treated_units for row in before] == [8] * 5
    rise = sum(row.estimate for row in before)
    told_on("us-data-centres.md", f"rose by {100 * np.expm1(rise):.1f} % against controls from six years before")


@pytest.mark.parametrize(
    ("outcome", "series", "stated"),
    [
        ("log_gdp_per_head", "us_gdp_real_v2025_03_usd2017", 0.0157248047),
        ("log_co2_per_head", "us_co2_energy_t", 0.0261552781),
    ],
)
def test_earlier_moves_from_figures(states: Run[Any], outcome: str, series: str, stated: float) -> None:
    """From one year to the next within the states seen at both, from fifteen years before on."""
    item = states.effects.joint.covariance.departures[outcome]
    moves = [np.mean(gaps(states, series, event, event + 1)) for event in range(-15, -1)]
    assert item.moves == len(moves) == 14
    assert item.largest == pytest.approx(np.abs(moves).max(), abs=1e-12)
    assert item.largest == pytest.approx(stated, abs=DIGITS)


def test_the_page_tells_what_stands_beside(states: Run[Any]) -> None:
    found = {(item.family, item.name): item.effects for item in states.findings.variants}

    def one(family: str, name: str, k: int = 0) -> str:
        return percent(found[family, name][k].estimate)

    def both(name: str) -> tuple[str, str]:
        return one("alternative", name), one("alternative", name, 1)

    imputed = found["alternative", "imputation"][1]
    assert imputed.interval is not None
    price, poverty, dust = (
        found["secondary", name][0]
        for name in ("log_residential_price", "us_poverty_rate_percent", "us_pm25_popweighted_2010_ug_m3")
    )
    nulls = [found["placebo outcome", f"log_{name}_per_head"][0] for name in ("manufacturing", "mining")]
    (earlier, co2) = found["placebo date", "earlier_5"]
    ends = [[percent(end, places=0) for end in effect.interval or ()] for effect in nulls]
    processing = found["secondary", "log_data_processing_per_head"][0]
    wide = [percent(end, places=0) for end in processing.interval or ()]
    tests = {item.outcome.name: item for item in states.effects.small}["log_co2_per_head"]
    pooled = tests.pooled
    assert pooled is not None
    told_on(
        "us-data-centres.md",
        f"(CO2 {percent(imputed.estimate)} %, up to {percent(imputed.interval[1])} %)",
        "without a test ({} % and {} %)".format(*both("weighted")),
        f"Jobs per head {one('secondary', 'log_jobs_per_head')} %, GDP of Information "
        f"{one('secondary', 'log_information_per_head')} %, of NAICS 518-519 {percent(processing.estimate)} % "
        f"({wide[0]} to {wide[1]} %), commercial electricity {one('secondary', 'log_commercial_power_per_head')} %, "
        f"residential price {percent(price.estimate)} %, poverty {poverty.estimate:.2f} points, PM2.5 "
        f"{dust.estimate:.2f} ug/m3.".replace(" -", " \u2212"),
        f"after Holm are {poverty.p_harm_excluded_holm:.3f} for a rise of poverty by one point "
        f"({poverty.p_harm_excluded:.3f} before Holm), {dust.p_harm_excluded_holm:.2f} for PM2.5 by 0.2 ug/m3 "
        f"({dust.p_harm_excluded:.3f}), and {price.p_harm_excluded_holm:.2f} for the price by 5 %.",
        f"Manufacturing {percent(nulls[0].estimate)} % ({ends[0][0]} to {ends[0][1]} %, p = {nulls[0].p:.2f}), mining "
        f"{percent(nulls[1].estimate)} % ({ends[1][0]} to {ends[1][1]} %, p = {nulls[1].p:.2f}).",
        f"GDP {percent(earlier.estimate)} % (p = {earlier.p:.2f}), CO2 {percent(co2.estimate)} % (p = {co2.p:.2f}).",
        f"{one('placebo date', 'earlier_3')} % and {one('placebo date', 'earlier_3', 1)} %.",
        "the effects are {} % and {} %; mining as".format(*both("no_energy")),
        "Without neighbours as controls: {} % and {} %.".format(*both("no_neighbours")),
        "alternative (GDP {} %, CO2 {} %)".format(*both("any_programme")),
        "without them the effects are {} % and {} %.".format(*both("no_earlier")),
        f"(p = {tests.p_harm_excluded(tests.effect):.3f} and {tests.p_harm_excluded(pooled):.3f})",
        f"harm is excluded at p = {tests.p_harm_excluded(tests.effect):.3f}.",
    )


def neighbours() -> dict[str, set[str]]:
    """Return which states share a stretch of border, from the lines that the bundled shapes have in common."""
    lines: dict[int, set[str]] = {}

    def numbers(part: Any) -> list[int]:  # noqa: ANN401 - arcs, nested as deep as a shape needs
        return [part if part >= 0 else ~part] if isinstance(part, int) else [k for item in part for k in numbers(item)]

    topology = json.loads(load_shapes("us-state").file.read_bytes())
    for item in topology["objects"]["states"]["geometries"]:
        for number in numbers(item["arcs"]):
            lines.setdefault(number, set()).add(item["id"])
    found: dict[str, set[str]] = {}
    for sharing in lines.values():
        for state in sharing:
            found.setdefault(state, set()).update(sharing - {state})
    return found


def test_states_left_out_as_neighbours_border_a_treated_one(states: Run[Any]) -> None:
    """Known counts of neighbours: Missouri and Tennessee have eight, Maine has one, Hawaii none."""
    near = neighbours()
    counts = {state: len(near.get(state, ())) for state in ("US-MO", "US-TN", "US-ME", "US-HI", "US-AK")}
    assert counts == {"US-MO": 8, "US-TN": 8, "US-ME": 1, "US-HI": 0, "US-AK": 0}
    treatment = states.findings.treatment
    treated = {unit for unit, year in treatment.cohorts.items() if year <= 2013}
    part = {*treatment.cohorts, *treatment.never} - treated
    expected = {unit for unit in part if near.get(unit, set()) & treated}
    (dropped,) = (item.drop for item in load("us-data-centres").spec.alternatives if item.name == "no_neighbours")
    assert {*dropped} == expected


@pytest.fixture(scope="module")
def virginia() -> Run[Any]:
    return run_study(load("virginia"))


def test_virginia(virginia: Run[Any]) -> None:
    assert virginia.study.kind.found["virginia"] == virginia.study.kind.brief(virginia.findings)
    assert virginia.verdict.headline == "too noisy for this margin"
    assert virginia.effects.joint.estimate.tolist() == pytest.approx([-0.01318830, -0.01545930], abs=1e-6)
    record = virginia.record()
    intervals = [item["intervals"] for item in record["confidence_sets"] if item["statistic"] == "excess_gap"]
    ends = [(found["low"], found["high"]) for each in intervals for found in each]
    assert ends == [pytest.approx((-6.69515, 7.46924), abs=1e-4), pytest.approx((-11.21530, 16.21538), abs=1e-4)]
    assert record["confidence_sets"][0]["attained"] == pytest.approx(21 / 22)
    for outcome in ("log_gdp_per_head", "log_co2_per_head"):
        checks = virginia.effects.joint.identification_of(outcome)
        assert (checks.state, len(checks.checks), len(checks.not_passed())) == ("failed", 6, 1)


def test_virginia_at_other_dates_and_without_neighbours(virginia: Run[Any]) -> None:
    told = {
        design["name"]: (design["verdict"]["label"], *(test["effect"] for test in design["verdict"]["tests"][:2]))
        for design in virginia.record()["designs"]
    }
    label = "too noisy for this margin"
    assert told == {
        "dated_2009": (label, *(pytest.approx(value, abs=1e-4) for value in (0.13011, -6.48603))),
        "dated_2008": (label, *(pytest.approx(value, abs=1e-4) for value in (-0.31042, -7.83562))),
        "no_neighbours": (label, *(pytest.approx(value, abs=1e-4) for value in (-0.69071, -3.51826))),
    }
    without = virginia.findings.alternatives[2]
    assert {item.unit for item in without.donors if item.admitted} == {*virginia.study.spec.donors.only} - NEIGHBOURS
    others = virginia.findings.curve.specifications[1:]
    assert [item.label for item in others] == [label] * 65


def test_virginia_where_the_exemption_can_have_no_effect(virginia: Run[Any]) -> None:
    told = [
        (item["name"], item["outcome"], item["mean_gap"], round(22 * item["p_good"]), round(22 * item["p_bad"]))
        for item in virginia.record()["negative_controls"]
    ]
    gdp, co2 = "log_gdp_per_head", "log_co2_per_head"
    expected = [
        ("manufacturing", "log_manufacturing_per_head", 0.0903, 10, 19),
        ("mining", "log_mining_per_head", -0.3425, 19, 4),
        ("from_2003", gdp, -0.0179, 12, 13),
        ("from_2003", co2, 0.0174, 18, 6),
        ("from_2005", gdp, 0.0001, 5, 18),
        ("from_2005", co2, 0.0135, 15, 10),
    ]
    assert [(*row[:2], *row[3:]) for row in told] == [(*row[:2], *row[3:]) for row in expected]
    assert [row[2] for row in told] == pytest.approx([row[2] for row in expected], abs=6e-5)
    assert not any(item["found"] for item in virginia.record()["negative_controls"])
