"""The main design varied: every specification is what a study of its own would have found."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pytest
from tests.simulation.panels import Process, make_panel, simulate_paths

import pilotzone as pz
from pilotzone.core import MethodError, Panel, StudyError
from pilotzone.evaluation.few import FewDesign, estimate_few
from pilotzone.study import load, parse, run_study, with_sensitivity
from pilotzone.study.zone import variations
from pilotzone.study.zone.terminal import verdict_lines
from pilotzone.study.zone.variations import Variations, specification_curve

if TYPE_CHECKING:
    from pilotzone.judgement import SpecificationCurve

PROCESS = Process(units=8)
CLAIM = (
    pz.Outcome("gain", role="development", good="up", margin=0.1, scale="level"),
    pz.Outcome("harm", role="environment", good="down", margin=0.1, scale="level"),
)
DESIGN = FewDesign("U03", start=PROCESS.start, window=(PROCESS.start, PROCESS.start + 2), anticipation=1)


def panel(*, gain: float = 0.0) -> Panel:
    rng = np.random.default_rng(20160225)
    paths = {name: simulate_paths(PROCESS, rng) for name in ("gain", "harm")}
    paths["gain"][3, PROCESS.before + 1 :] += gain
    return make_panel(PROCESS, paths)


@pytest.fixture(scope="module")
def curve() -> SpecificationCurve:
    return specification_curve(panel(gain=0.08), CLAIM, DESIGN, alpha=0.2)


def test_every_specification_stands_there_once_per_statistic(curve: SpecificationCurve) -> None:
    donors = [f"U{k:02d}" for k in range(8) if k != 3]
    sets = [(), *((unit,) for unit in donors), *combinations(donors, 2)]
    expected = {(item, DESIGN.window, 1, name) for item in sets for name in ("excess_gap", "mean_gap")}
    expected |= {
        ((), (2012, last), count, name)
        for last in (2012, 2013, 2014, 2015)
        for count in (0, 1, 2)
        for name in ("excess_gap", "mean_gap")
    }
    found = [(item.left_out, item.window, item.anticipation, item.statistic) for item in curve.specifications]
    assert set(found) == expected
    assert len(found) == len(expected)
    assert curve.skipped == ()
    first = curve.specifications[0]
    assert (first.family, first.statistic) == ("main", "excess_gap")


def test_each_is_what_a_study_of_its_own_finds(curve: SpecificationCurve) -> None:
    data = panel(gain=0.08)
    for item in curve.specifications[::5]:
        design = replace(DESIGN, window=item.window, anticipation=item.anticipation)
        effects = estimate_few(data, CLAIM, design, excluded=dict.fromkeys(item.left_out, "left out"))
        verdict = pz.judge(effects, alpha=0.2, statistic=item.statistic)
        assert (item.label, item.p_claim) == (verdict.label, verdict.p_claim)
        assert item.effects == tuple(effects.joint.estimate)
        assert item.states == tuple(state.state for state in effects.joint.identification)


def test_labels_are_counted(curve: SpecificationCurve) -> None:
    counts = curve.counts()
    assert sum(counts.values()) == len(curve.specifications)
    assert len(counts) > 1
    rows = curve.label_table().records()
    for label, count in counts.items():
        assert sum(int(str(row["count"])) for row in rows if row["label"] == label) == count
    for family in ("one donor out", "window and anticipation"):
        shares = [
            float(str(row["share"])) for row in rows if row["family"] == family and row["statistic"] == "mean_gap"
        ]
        assert sum(shares) == pytest.approx(1)
    main, *others = curve.specifications
    assert curve.same_as_main == sum(item.label == main.label for item in others) / len(others)


def test_variations_can_be_chosen() -> None:
    none = specification_curve(
        panel(), CLAIM, DESIGN, variations=Variations(donors_out=0, anticipation=(1,), last=(2014,))
    )
    assert [item.family for item in none.specifications] == ["main", "main"]
    assert none.same_as_main in {0.0, 1.0}
    some = specification_curve(
        panel(), CLAIM, DESIGN, variations=Variations(donors_out=1, anticipation=(0, 3), last=())
    )
    assert {item.family for item in some.specifications} == {"main", "one donor out"}


def test_what_cannot_be_estimated_is_listed_with_the_reason() -> None:
    found = specification_curve(
        panel(), CLAIM, DESIGN, variations=Variations(donors_out=0, anticipation=(1, 40), last=(2014, 2031))
    )
    assert len(found.specifications) == 2
    told = dict(found.skipped)
    assert "the data end in 2015" in told["window 2012 to 2031, anticipation 1"]
    assert "no period is left" in told["window 2012 to 2014, anticipation 40"]


def test_a_main_design_that_cannot_be_estimated_is_an_error() -> None:
    with pytest.raises(MethodError, match="no period is left"):
        specification_curve(panel(), CLAIM, replace(DESIGN, anticipation=40))


def test_too_many_pairs_are_cut_to_those_that_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(variations, "MOST_PAIRS", 10)
    found = specification_curve(panel(), CLAIM, DESIGN, variations=Variations(anticipation=(), last=()))
    main = estimate_few(panel(), CLAIM, DESIGN)
    carrying = {unit for fit in main.fits for unit, weight in fit.donor_weights().items() if weight > 0}
    pairs = {item.left_out for item in found.specifications if item.family == "two donors out"}
    assert pairs == set(combinations(sorted(carrying), 2))
    assert found.notes[0].startswith(f"Of 21 pairs of donors the {len(pairs)} were left out")


def test_progress_counts_up() -> None:
    seen: list[tuple[int, int]] = []
    specification_curve(
        panel(),
        CLAIM,
        DESIGN,
        variations=Variations(donors_out=1, anticipation=(), last=()),
        progress=lambda done, of: seen.append((done, of)),
    )
    assert seen == [(k, 8) for k in range(8)]


# -------------------------------------------------------------------------------------------- in a study


def test_a_study_is_varied_only_where_it_asks_for_it() -> None:
    study = load("guizhou")
    assert study.spec.sensitivity is None
    asked = with_sensitivity(study)
    assert asked.spec.sensitivity is not None
    assert with_sensitivity(asked).spec is asked.spec
    assert asked.sha256 == study.sha256


GUIZHOU = """
format = 1
title = "Guizhou, varied"
question = "?"
[zone]
unit = "CN-GZ"
start = 2016
[data]
series = ["gdp_nominal_cny", "population", "co2_t"]
[derive]
output = "log(gdp_nominal_cny / population)"
co2 = "log(co2_t / population)"
[[outcomes]]
name = "output"
role = "development"
good = "up"
scale = "log"
margin = 5
[[outcomes]]
name = "co2"
role = "environment"
good = "down"
scale = "log"
margin = 5
[window]
verdict = [2016, 2019]
[sensitivity]
donors_out = 1
last = [2018]
anticipation = [0]
"""


def test_a_varied_study_shows_and_keeps_its_curve() -> None:
    done = run_study(parse(GUIZHOU, "varied"))
    assert done.findings.curve is not None
    record = json.loads(json.dumps(done.findings.curve.to_dict(), allow_nan=False))
    assert sum(record["labels"].values()) == len(record["specifications"]) == 2 * (1 + 29 + 1)
    report = done.report()
    assert 'id="curve"' in report
    assert "without Shaanxi" in report
    main, *others = done.findings.curve.specifications
    same = sum(item.label == main.label for item in others)
    count = "All" if same == 61 else f"{same} of"
    words = f"{count} 61 other specifications give the same verdict, {main.label}"
    assert words in report
    told = " ".join(" ".join(line.text for line in verdict_lines(done.findings)).split())
    assert f"The main design varied: {words}" in told
    # The title counts by the statistic that was fixed alone.
    moved = sum(item.label != main.label for item in others if item.statistic == main.statistic)
    assert (f"the verdict is another in {moved} of them" in report) == (moved > 0)
    assert ("the verdict is another in" in report) == (moved > 0)
    assert 'id="curve"' not in run_study(parse(GUIZHOU.partition("[sensitivity]")[0], "plain")).report()


def test_a_window_cannot_end_before_it_begins() -> None:
    with pytest.raises(StudyError, match=r"sensitivity\.last holds 2015"):
        parse(GUIZHOU.replace("[2018]", "[2015]"), "varied")
