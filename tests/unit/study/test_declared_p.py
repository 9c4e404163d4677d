"""Studies of a zone in which declared conformal p-values decide: GeoLift's cities (tests/golden/data/geolift.md)."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from tests.golden.interior_point import nearest_weights
from tests.golden.test_geolift import BEFORE, DAYS, sales, share_of_shifts

from pilotzone.core import MethodError, StudyError, UsageError
from pilotzone.evaluation.few import FewDesign, conformal_effects
from pilotzone.judgement import confidence_set, judge
from pilotzone.study import compare_runs, load, run, run_study, verify
from pilotzone.study.zone.paper import paper_tables
from pilotzone.study.zone.terminal import verdict_lines
from pilotzone.study.zone.variations import Variations, specification_curve

if TYPE_CHECKING:
    from pilotzone.study.zone.findings import Findings

STUDY = """\
format = 1
title = "A campaign"
question = "Did the campaign raise sales?"

[zone]
unit = "zone"
start = 91

[data]
source = "file"
file = "sales.csv"
unit = "city"
period = "day"
units = { sales = "1" }

[derive]
waste = "sales + sales"

[[outcomes]]
name = "sales"
label = "Sales"
role = "development"
good = "up"
scale = "level"
margin = 50

[window]
verdict = [91, 105]

[claim]
alpha = 0.1
p_values = "conformal"
"""
SAFEGUARD = """
[[outcomes]]
name = "waste"
label = "Waste"
role = "environment"
good = "down"
scale = "level"
margin = 400
"""
OTHERS = """
[[alternatives]]
name = "gap"
label = "Two days left out"
anticipation = 2

[sensitivity]
donors_out = 0
last = [100, 105]
anticipation = [0]
"""


def written(folder: Path, text: str = STUDY, name: str = "campaign") -> Path:
    names, paths = sales()
    rows = [
        f"{unit},{day + 1},{value}" for unit, path in zip(names, paths, strict=True) for day, value in enumerate(path)
    ]
    (folder / "sales.csv").write_text("\n".join(["city,day,sales", *rows]) + "\n", encoding="utf-8")
    (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    return folder / f"{name}.toml"


def found_by(folder: Path, text: str = STUDY) -> Findings:
    found: Findings = run_study(load(written(folder, text))).findings
    return found


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Findings:
    return found_by(tmp_path_factory.mktemp("both"), STUDY + SAFEGUARD + OTHERS)


@cache
def share(null: float, sign: int, last: int = BEFORE + DAYS, skipped: int = 0) -> float:
    """Return the conformal p by brute force: weights of another solver, fitted with the null taken off."""
    _, paths = sales()
    kept = np.r_[0 : BEFORE - skipped, BEFORE:last]
    used = paths[:, kept].copy()
    window = last - BEFORE
    used[-1, -window:] -= null
    gaps = used[-1] - nearest_weights(used[:-1], used[-1], intercept=True) @ used[:-1]
    gaps = sign * (gaps - gaps.mean())
    means = [float(np.roll(gaps, shift)[-window:].mean()) for shift in range(len(gaps))]
    return sum(mean >= means[0] - 1e-6 for mean in means) / len(means)


def record(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "verdict.json").read_text(encoding="utf-8"))
    return found


def test_the_published_effect_is_judged_by_the_conformal_p(tmp_path: Path) -> None:
    verdict = found_by(tmp_path).verdict
    (test,) = verdict.tests
    assert round(test.estimate, 3) == 155.556
    assert (verdict.label, verdict.grade, verdict.statistic) == ("growth", "without allowance", None)
    assert verdict.p_claim == test.p_improved == share(0.0, 1) == 8 / 105
    assert test.p_worsened == share(0.0, -1)
    assert test.p_harm_excluded == share(-50.0, 1)
    assert test.p_harm_shown == share(-50.0, -1)
    assert verdict.sentence == "The zone raised Sales."


def test_five_percent_are_not_reached(tmp_path: Path) -> None:
    verdict = found_by(tmp_path, STUDY.replace("alpha = 0.1", "alpha = 0.05")).verdict
    assert (verdict.label, verdict.grade, verdict.p_claim) == ("growth not shown", None, 8 / 105)


def test_an_outcome_of_each_role(both: Findings) -> None:
    """Waste is twice the sales: its p-values are those of sales at half the effect, against the other direction."""
    verdict = both.verdict
    gain, waste = verdict.tests
    assert verdict.p_claim == max(gain.p_improved, waste.p_harm_excluded)
    assert waste.p_harm_excluded == share(200.0, -1)
    assert waste.p_harm_shown == share(200.0, 1)
    lost, told = verdict.sentence.split(" The zone raised Sales; ")
    assert lost.startswith("The zone worsened Waste (p = 0.0")
    assert told == "whether it harmed Waste beyond the margin stays open."
    assert both.main.ranked is not None
    plain = judge(both.effects.joint, alpha=0.1)
    assert both.main.ranked.to_dict()["tests"] == plain.to_dict()["tests"]


def test_alternatives_and_variations_are_judged_alike(both: Findings) -> None:
    (other,) = both.alternatives
    assert other.verdict.tests[0].p_improved == share(0.0, 1, skipped=2)
    assert other.ranked is not None
    assert both.curve is not None
    main, shorter = both.curve.specifications
    assert (main.statistic, main.p_claim, main.label) == (None, both.verdict.p_claim, both.verdict.label)
    assert shorter.window == (91, 100)
    assert shorter.p_development == share(0.0, 1, last=100)


def test_sets_hold_what_neither_side_rejects(both: Findings) -> None:
    (interval,) = both.main.sets[0].intervals
    for end, sign, inwards in ((interval.low, 1, 1e-3), (interval.high, -1, -1e-3)):
        assert share(end - inwards, sign) <= 0.05 < share(end + inwards, sign)
    assert both.main.sets[0].attained == 0.9
    joint = conformal_effects(both.effects, alpha=0.1)
    lower = confidence_set(joint, "sales", alpha=0.1, side="lower bound").intervals[0]
    assert share(lower.low - 1e-3, 1) <= 0.1 < share(lower.low + 1e-3, 1)
    assert lower.high == np.inf
    everything = confidence_set(joint, "sales", alpha=0.015)
    assert (everything.attained, everything.intervals[0].low) == (1.0, -np.inf)


def test_intervals_that_the_documentation_names(both: Findings) -> None:
    (own,) = both.main.sets[0].intervals
    assert [round(own.low, 1), round(own.high)] == [-33.2, 351]
    by_size = next(item for item in both.main.conformal if item.permutations == "moving_block")
    ends = [end for item in by_size.intervals for end in (item.low, item.high)]
    assert ends == pytest.approx([-170, -80.2, 461, 567], abs=0.5)


def test_record_verifies_and_compares(tmp_path: Path) -> None:
    run(written(tmp_path, STUDY), out=tmp_path / "declared")
    assert verify(tmp_path / "declared").state == "same"
    run(written(tmp_path, STUDY.replace('p_values = "conformal"\n', "")), out=tmp_path / "ranks")
    declared, ranks = record(tmp_path / "declared"), record(tmp_path / "ranks")
    assert declared["verdict"]["inference"]["drawn"] == "cyclic shifts of the periods"
    beside = declared["placebo_ranks"]
    assert beside["tests"] == ranks["verdict"]["tests"]
    assert beside["confidence_sets"] == ranks["confidence_sets"]
    assert {key: beside[key] for key in ("statistic", "unit_count", "pool_rule")} == {
        "statistic": "excess_gap",
        "unit_count": 39,
        "pool_rule": "symmetric",
    }
    assert "label" not in beside
    assert "placebo_ranks" not in ranks
    rows = {row.key: row for row in compare_runs(tmp_path / "ranks", tmp_path / "declared").rows}
    assert (rows["claim.p_values"].left, rows["claim.p_values"].right) == ("placebo", "conformal")
    assert (rows["label"].left, rows["label"].right) == ("growth not shown", "growth")


@pytest.mark.parametrize("width", [80, 120])
def test_terminal(both: Findings, width: int) -> None:
    lines = [line.text for line in verdict_lines(both, width)]
    assert max(map(len, lines)) <= width
    told = re.sub(r"\s+", " ", " ".join(lines))
    assert re.search(r" 0\.076 fall of 50\.0 0\.0\d\d 0\.9\d\d ", told)
    assert told.count("Placebo ranks, no part of the verdict: gain ") == 2
    assert "38 donors; p-values conformal, over 105 cyclic shifts of the periods; smallest attainable p 1/105" in told
    assert "beside, ranks among 39 units by the excess gap" in told
    assert "ranked by" not in told
    assert "each by conformal p-values" in told


def test_report_says_what_decides(tmp_path: Path) -> None:
    run(written(tmp_path, STUDY + SAFEGUARD + OTHERS), out=tmp_path / "out")
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    told = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
    assert "All one-sided tests, by conformal p-values" in told
    assert "Placebo ranks beside, no part of the verdict" in told
    assert "conformal: the signed mean residual of the window beside those of all cyclic shifts" in told
    assert "Errors are stationary" in told
    assert "Units are exchangeable" not in told
    assert "by the statistic fixed beforehand and by the other" not in told
    assert "tests each outcome by its own periods" in told
    assert "None" not in told.split("In this report")[0]


def test_tables_for_papers_say_what_decides(both: Findings) -> None:
    tables = paper_tables(both)
    notes = {name: table.note for name, table in tables.items()}
    assert "by conformal p-values" in notes["verdict"]
    assert "conformal tests of either side" in notes["effects"]
    assert set(tables["sensitivity"].columns["Statistic"]) == {"conformal"}


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("alpha = 0.1", "alpha = 0.009", "Sales has 105 periods in the main design, 90 to fit on and 15 in the window"),
        ("alpha = 0.1", 'alpha = 0.1\nstatistic = "mean_gap"', "claim.statistic = 'mean_gap' has no effect with"),
        ("[claim]", '[method]\nestimator = "asc"\n[claim]', "method: estimator = 'asc' has no exact conformal p"),
        (
            "[window]",
            '[[alternatives]]\nname = "o"\nestimator = "sdid"\npools = "exclude_treated"\n[window]',
            "'sdid' has no exact",
        ),
        ('"conformal"', '"ranks"', "claim.p_values is 'ranks'"),
        (
            "start = 91",
            'start = 91\n[[zone.also]]\nunit = "boston"\nstart = 95\nwindow = [95, 105]',
            "cannot be used with several zones",
        ),
    ],
)
def test_what_cannot_go_together(tmp_path: Path, old: str, new: str, says: str) -> None:
    with pytest.raises(StudyError, match=re.escape(says)):
        found_by(tmp_path, STUDY.replace(old, new, 1))


def test_too_few_periods_are_refused_before_anything_is_estimated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def estimate(*_: object, **__: object) -> None:
        message = "estimated"
        raise AssertionError(message)

    monkeypatch.setattr("pilotzone.study.zone.designs.estimate_few", estimate)
    alternative = '[[alternatives]]\nname = "short"\npre_from = 85\n'
    with pytest.raises(StudyError, match=r"21 periods in the alternative 'short', 6 to fit on and 15") as refused:
        found_by(tmp_path, STUDY.replace("alpha = 0.1", "alpha = 0.04") + alternative)
    assert "at least 25 periods" in str(refused.value)


def test_variations_in_python(both: Findings) -> None:
    given: dict[str, Any] = {"alpha": 0.04, "p_values": "conformal"}
    design = FewDesign("zone", start=91, window=(91, 105), pre_from=80)
    only = Variations(donors_out=0, anticipation=(0,), last=(103, 105))
    found = specification_curve(both.panel, both.effects.joint.outcomes, design, variations=only, **given)
    assert len(found.specifications) == 1
    assert found.skipped[0][1].startswith("with 24 periods no conformal p can be at most 0.04")
    with pytest.raises(MethodError, match="no conformal p"):
        specification_curve(
            both.panel, both.effects.joint.outcomes, design, variations=only, alpha=0.01, p_values="conformal"
        )
    with pytest.raises(UsageError, match="conformal p-values do not rank units"):
        specification_curve(both.panel, both.effects.joint.outcomes, design, statistic="mean_gap", **given)
    with pytest.raises(UsageError, match="p_values"):
        specification_curve(both.panel, both.effects.joint.outcomes, design, p_values="ranks")  # type: ignore[arg-type]


def test_brute_force_is_that_of_the_golden_value() -> None:
    _, paths = sales()
    gaps = paths[-1] - nearest_weights(paths[:-1], paths[-1], intercept=True) @ paths[:-1]
    assert share(0.0, 1) == share_of_shifts(gaps - gaps.mean())
