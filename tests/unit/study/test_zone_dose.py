"""A study of a zone with a dose: averages per unit of dose with their sets, told where they are unbounded."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

import pytest
from tests.unit.cli.command import call
from tests.unit.study.invented import write_study

import pilotzone as pz
import pilotzone.evaluation.dose as pzd
from pilotzone.core import StudyError, t_quantile
from pilotzone.study import KINDS

if TYPE_CHECKING:
    from pathlib import Path

    from pilotzone.study.zone.findings import Findings

DOSE = """
[dose]
amount = 1500
what = "money spent"
amount_unit = "USD m"
unit = "USD 1 bn"
scale = 1000
source = "made-up ledger"
"""


def write(folder: Path, more: str) -> Path:
    path = write_study(folder)
    path.write_text(path.read_text(encoding="utf-8") + more, encoding="utf-8")
    return path


def found(folder: Path, more: str) -> Findings:
    findings: Findings = pz.run(write(folder, more)).findings
    return findings


def test_a_known_dose_divides_effects_and_sets(tmp_path: Path) -> None:
    done = pz.run(write(tmp_path, DOSE), out=tmp_path / "run")
    findings = done.findings
    dose = findings.dose
    assert dose is not None
    scaled = pzd.zone_per_dose(findings.effects, 1.5, unit="USD 1 bn").joint
    assert [row.estimate for row in dose.rows] == pytest.approx(scaled.estimate.tolist(), rel=1e-12)
    for row, own in zip(dose.rows, findings.main.sets, strict=False):
        again = pz.confidence_set(scaled, row.outcome.name, alpha=0.05, statistic=own.statistic)
        assert row.level == own.attained == again.attained
        for ours, theirs in zip(row.intervals, again.intervals, strict=True):
            assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), rel=1e-9, abs=1e-12)
    record = json.loads((tmp_path / "run" / "verdict.json").read_text(encoding="utf-8"))
    assert [row["estimate"] for row in record["dose"]["effects"]] == [row.estimate for row in dose.rows]
    assert record["dose"]["effects"][0]["set"] == dose.rows[0].kind
    assert KINDS["zone"].headline(record)["dose"]["log_output per USD 1 bn"] == dose.rows[0].estimate
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    for words in ("Per unit of dose", "made-up ledger", "One zone says nothing of what more or less would have done"):
        assert words in page


def test_an_estimated_dose_has_fiellers_set(tmp_path: Path) -> None:
    findings = found(tmp_path, f"{DOSE}se = 150\n")
    dose, joint = findings.dose, findings.main.joint
    assert dose is not None
    assert joint.placebos is not None
    bound = float(t_quantile(0.975, len(joint.placebos.units) - 1))
    for k, row in enumerate(dose.rows):
        others = [gap for unit, gap in enumerate(joint.placebos.mean_gap[:, k]) if unit != joint.placebos.treated]
        variance = sum(gap**2 for gap in others) / len(others)
        assert (row.fieller, row.kind) == (True, "bounded")
        for end in (row.intervals[0].low, row.intervals[0].high):
            distance = (joint.estimate[k] - end * 1.5) ** 2
            assert distance == pytest.approx(bound**2 * (variance + end**2 * 0.15**2), rel=1e-9)


def test_a_dose_that_may_be_zero_gives_an_unbounded_set_that_is_told(tmp_path: Path) -> None:
    path = write(tmp_path, f"{DOSE}se = 1400\n")
    findings = pz.run(path, out=tmp_path / "run").findings
    assert findings.dose is not None
    kinds = {row.kind for row in findings.dose.rows}
    assert kinds <= {"all but an interval", "whole line"}
    assert all(math.isinf(row.intervals[0].low) for row in findings.dose.rows)
    record = json.loads((tmp_path / "run" / "verdict.json").read_text(encoding="utf-8"))
    assert record["dose"]["effects"][0]["intervals"][0]["low"] is None
    told = " ".join(call("run", path, "--out", tmp_path / "again", COLUMNS="80").out.split())
    assert "unbounded set" in told


@pytest.mark.parametrize(("columns", "most"), [("80", 31), ("120", 24)])
def test_the_first_screen_holds_the_average(columns: str, most: int, tmp_path: Path) -> None:
    lines = (
        call("run", write(tmp_path, DOSE), "--out", tmp_path / "run", COLUMNS=columns)
        .out.partition("\n\n")[0]
        .splitlines()
    )
    assert len(lines) <= most
    assert "On average per USD 1 bn of the zone's dose (1,500 USD m): Output per head +" in " ".join(
        " ".join(lines).split()
    )


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (DOSE.replace("1500", "0"), "dose.amount"),
        (DOSE.replace("1500", "-3"), "dose.amount"),
        (f"{DOSE}se = 0\n", "dose.se"),
        (
            f'{DOSE}\n[[zone.also]]\nunit = "Place B"\nstart = 2014\nwindow = [2014, 2019]\n',
            "dose cannot be used with several zones (zone.also)",
        ),
    ],
)
def test_a_dose_that_cannot_be_is_refused(more: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(StudyError) as caught:
        pz.run(write(tmp_path, more))
    assert says in caught.value.what
