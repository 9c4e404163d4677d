"""The figures of docs/explanation/guiyang.md: what the frozen studies find, and what was known before they were run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

import numpy as np
import pytest

from pilotzone.gather import evidence_panel, load_evidence
from pilotzone.judgement import one_sided_p
from pilotzone.study import load, run_study
from pilotzone.study.zone.context import StudyContext
from pilotzone.study.zone.dates import dated
from pilotzone.study.zone.material import load_panel, outcome_of

if TYPE_CHECKING:
    from pilotzone.study.zone.file import ZoneStudy
    from pilotzone.study.zone.findings import Findings

HIDDEN, OTHER = "CN-520100", "CN-430100"


def context_of(study: ZoneStudy) -> StudyContext:
    panel = load_panel(study)
    study = dated(study, panel)
    return StudyContext(study, panel, tuple(outcome_of(panel, item) for item in study.spec.outcomes), ())


@pytest.fixture(scope="module")
def guiyang() -> StudyContext:
    return context_of(cast("ZoneStudy", load("guiyang")))


@pytest.fixture(scope="module")
def cities() -> StudyContext:
    return context_of(cast("ZoneStudy", load("guizhou-cities")))


@pytest.fixture(scope="module")
def whole() -> dict[str, Findings]:
    """Return what the two studies find, everything included."""
    return {name: cast("Findings", run_study(load(name)).findings) for name in ("guiyang", "guizhou-cities")}


def percent(log_points: float) -> float:
    return round(100 * float(np.expm1(log_points)), 1)


def test_other_estimators_windows_and_outcomes(whole: dict[str, Findings]) -> None:
    guiyang = whole["guiyang"]
    told = {(name, row.estimator): percent(row.effect) for name, found in whole.items() for row in found.estimators}
    assert told["guiyang", "sdid"] == 5.6
    assert told["guizhou-cities", "sdid"] == 8.0
    assert percent(guiyang.longer[0].fits[0].mean_gap[guiyang.longer[0].fits[0].treated]) == 14.3
    (co2,) = guiyang.secondary
    assert percent(co2.joint.estimate[0]) == 26.4
    assert sum(item.admitted for item in co2.donors) == 21


def test_strength(whole: dict[str, Findings]) -> None:
    guiyang, cities = whole["guiyang"], whole["guizhou-cities"]
    checks = guiyang.main.joint.identification_of("log_gdp").checks
    assert (len(checks), len(guiyang.main.joint.identification_of("log_gdp").not_passed())) == (6, 1)
    assert not cities.main.joint.identification_of("log_gdp").not_passed()
    drift = cities.verdict.tests[0].earlier
    assert drift is not None
    assert round(100 * drift) == 6
    weights = guiyang.effects.fits[0].donor_weights()
    heaviest = max(weights, key=lambda unit: weights[unit])
    assert (guiyang.panel.label(heaviest), load_evidence().region(heaviest).parent) == ("Dingxi", "CN-GS")
    assert round(weights[heaviest], 2) == 0.28


def test_the_main_designs_varied(whole: dict[str, Findings]) -> None:
    curves = [found.curve for found in whole.values()]
    assert all(curves)
    guiyang, cities = (curve.specifications for curve in curves if curve is not None)
    without_one = [percent(item.effects[0]) for item in guiyang if item.family == "one donor out"]
    assert (min(without_one), max(without_one)) == (6.1, 10.1)
    assert [item.label for item in guiyang] == ["growth not shown"] * 48
    others = [item for item in cities[1:] if item.label == "growth"]
    assert (len(cities) - 1, len(others)) == (63, 26)
    assert sum(item.statistic == "mean_gap" for item in others) == 23
    assert sum(item.statistic == "excess_gap" for item in cities) == 32


@pytest.mark.parametrize(
    ("which", "change", "effect", "p", "p_gap", "count"),
    [
        ("guiyang", None, 9.17818, 4, 2, 22),
        ("guiyang", "dated_2016", 12.93209, 3, 2, 22),
        ("guiyang", "among_all", 9.17818, 9, 14, 218),
        ("cities", None, 14.07677, 3, 1, 21),
        ("cities", "dated_2016", 18.33090, 2, 1, 21),
    ],
)
def test_effects_and_ranks(
    which: str, change: str | None, effect: float, p: int, p_gap: int, count: int, request: pytest.FixtureRequest
) -> None:
    context = cast("StudyContext", request.getfixturevalue(which))
    item = next((item for item in context.study.spec.alternatives if item.name == change), None)
    found = context.estimate(context.design(item), "x", change=item)
    verdict = context.judge(found.joint)
    test, twin = verdict.tests[0], verdict.other_tests[0]
    assert test.effect == pytest.approx(effect, abs=1e-4)
    assert len(found.joint.draws.units) == count
    assert round(test.p_improved * count) == p
    assert round(twin.p_improved * count) == p_gap
    assert change is not None or verdict.headline == context.study.kind.found[context.study.name]
    assert verdict.label == ("growth" if change == "among_all" else "growth not shown")
    if change is None:
        assert test.p_harm_excluded == pytest.approx(1 / count)
        shown = {"guiyang": 11.20223, "cities": 15.69935}[which]
        assert test.smallest_shown is not None
        assert test.smallest_shown == pytest.approx(shown, abs=1e-4)


def test_negative_controls(guiyang: StudyContext, cities: StudyContext) -> None:
    found = [(item, *item.tests()[0][1:]) for context in (guiyang, cities) for item in context.controls()]
    told = [
        (item.name, round(100 * np.expm1(gap), 2), round(good * len(item.effects.joint.draws.units)))
        for item, gap, good, _ in found
    ]
    assert told == [("earlier", -5.25, 20), ("others", 6.83, 8), ("earlier", -2.41, 17)]
    assert not any(item.found(good, bad) for item, _, good, bad in found)


def hidden() -> StudyContext:
    """Return the design with Changsha as the zone and Guiyang hidden."""
    study = cast("ZoneStudy", load("guiyang"))
    spec = study.spec
    among = tuple(unit for unit in spec.method.ranked_among if unit != OTHER)
    changed = {
        "zone": spec.zone.model_copy(update={"unit": OTHER}),
        "donors": spec.donors.model_copy(update={"exclude": {HIDDEN: "hidden"}}),
        "method": spec.method.model_copy(update={"ranked_among": among}),
    }
    return context_of(replace(study, spec=spec.model_copy(update=changed)))


def test_what_other_capitals_can_see() -> None:
    """An added gain is found where the capital is then the first of 21; others' gaps stay as they are."""
    context = hidden()
    draws = context.estimate(context.design(), "x").joint.draws
    assert draws.earlier is not None
    gap, fit, off = draws.mean_gap[:, 0], draws.pre_rmspe[:, 0], np.maximum(draws.earlier().high[:, 0], 0)
    scale = fit + 2 * np.median(fit)
    values = (gap - off) / scale
    needed = [np.delete(values, k).max() * scale[k] + off[k] - gap[k] for k in range(len(gap))]
    shares = [float(np.mean(needed < np.log1p(gain))) for gain in (0.05, 0.10, 0.15)]
    assert [round(100 * share) for share in shares] == [19, 62, 81]


def test_a_rank_among_all_cities_finds_gains_in_too_many_capitals() -> None:
    context = hidden()
    change = context.study.spec.alternatives[1]
    draws = context.estimate(context.design(change), "x", change=change).joint.draws
    capitals = [draws.units.index(unit) for unit in (OTHER, *context.study.spec.method.ranked_among)]
    found = [one_sided_p(replace(draws, treated=k), 0, "excess_gap", 1) <= 0.05 for k in capitals]
    assert (sum(found), len(found)) == (3, 21)


def test_a_third_of_growth_shocks_is_common_to_a_province() -> None:
    panel = evidence_panel(["city_gdp_volume_index"])
    evidence = load_evidence()
    zones = {zone.region for zone in evidence.zones}
    years = [k for k, year in enumerate(panel.periods) if year <= 2019]
    growth = np.log(panel.matrix("city_gdp_volume_index")[:, years])
    parents = np.array([evidence.region(unit).parent for unit in panel.units])
    kept = ~np.isnan(growth).any(axis=1) & ~np.isin(parents, list(zones))
    growth, parents = growth[kept], parents[kept]
    shocks = growth - growth.mean(axis=0) - growth.mean(axis=1, keepdims=True) + growth.mean()
    pairs = total = 0.0
    for parent in np.unique(parents):
        own = shocks[parents == parent]
        total += float((own.sum(axis=0) ** 2 - (own**2).sum(axis=0)).mean())
        pairs += len(own) * (len(own) - 1)
    assert total / pairs / float((shocks**2).mean()) == pytest.approx(0.3197, abs=1e-3)


def test_air_of_capitals() -> None:
    names = [f"capital_city_{gas}_ug_m3" for gas in ("pm10", "so2", "no2")]
    panel = evidence_panel(names)
    zones = {zone.region for zone in load_evidence().zones}
    others = [k for k, unit in enumerate(panel.units) if unit not in zones]
    own, first, last = panel.unit_index("CN-GZ"), panel.periods.index(2013), panel.periods.index(2017)
    told = []
    for name in names:
        figures = panel.matrix(name)[:, [first, last]]
        change = 100 * (figures[:, 1] / figures[:, 0] - 1)
        told.append(
            (*figures[own], round(change[own]), *np.median(figures[others], axis=0), round(np.median(change[others])))
        )
    assert len(others) == 21
    assert told == [(85, 53, -38, 119, 80, -30), (31, 13, -58, 33, 15, -46), (33, 27, -18, 43, 44, -13)]
