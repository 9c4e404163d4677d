"""The figures of us-data-centres and virginia, as they came out of the first run after their designs were frozen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from pilotzone.gather import evidence_panel
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


def test_virginia() -> None:
    done = run_study(load("virginia"))
    assert done.study.kind.found["virginia"] == done.study.kind.brief(done.findings)
    verdict = done.verdict
    assert verdict.headline == "too noisy for this margin"
    assert done.effects.joint.estimate.tolist() == pytest.approx([-0.01318830, -0.01545930], abs=1e-6)
    record = done.record()
    labels = [design["verdict"]["label"] for design in record["designs"]]
    assert labels == ["too noisy for this margin"] * len(labels)
