"""A study by an estimator whose weights may be negative: verdict, report and terminal say so, and no share is claimed.

The figures are invented: the zone grows faster than any donor, so that only weights below zero can meet its path.
"""

from __future__ import annotations

import csv
import html
import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.unit.cli.command import call
from tests.unit.study.invented import write_study

from pilotzone.study import Run, load, run_study, verify
from pilotzone.study.zone.terminal import verdict_lines

OTHER = '\n[[alternatives]]\nname = "other"\nlabel = "Another estimator"\nestimator = "{}"\n'
NOTE = "Weights sum to one, and some are negative"


def steep(folder: Path, estimator: str, other: str) -> Path:
    """Write the invented study with a zone that grows three percent a year faster, and another estimator beside."""
    path = write_study(folder)
    figures = folder / "figures.csv"
    with figures.open(encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file)
    for row in rows:
        if row[0] == "Place A":
            row[2] = str(float(row[2]) * math.exp(0.03 * (int(row[1]) - 2000)))
    with figures.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head, *rows])
    method = f'\n[method]\nestimator = "{estimator}"\ncompare = ["{other}"]\n'
    path.write_text(path.read_text(encoding="utf-8") + method + OTHER.format(other), encoding="utf-8")
    return path


@dataclass(frozen=True)
class Seen:
    """A run and its report without marks, blanks that do not break replaced."""

    run: Run[Any]
    page: str

    def section(self, name: str) -> str:
        found = re.search(rf'<section [^>]*id="{name}">(.*?)</section>', self.page, re.DOTALL)
        assert found, name
        return html.unescape(re.sub(r"<[^>]+>", "\n", found[1])).replace("\u00a0", " ")


def seen(folder: Path, estimator: str, other: str) -> Seen:
    done = run_study(load(steep(folder, estimator, other)))
    return Seen(done, done.report())


@pytest.fixture(scope="module")
def main_asc(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    return seen(tmp_path_factory.mktemp("main"), "asc", "sc")


@pytest.fixture(scope="module")
def beside_asc(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    return seen(tmp_path_factory.mktemp("beside"), "sc", "asc")


def test_weights_are_clearly_negative_and_sum_to_one(main_asc: Seen) -> None:
    weights = main_asc.run.effects.fits[0].donor_weights()
    assert min(weights.values()) < -0.05
    assert math.isclose(sum(weights.values()), 1, abs_tol=1e-9)


def test_every_donor_is_listed_with_its_sign(main_asc: Seen) -> None:
    lines = [line.strip() for line in main_asc.section("donors-section").splitlines() if line.strip()]
    shown = [
        lines[lines.index(unit) + 2].replace("\N{MINUS SIGN}", "-") for unit in main_asc.run.effects.fits[0].units[1:]
    ]
    for text, weight in zip(shown, list_of(main_asc), strict=True):
        if abs(weight) >= 0.0005:
            assert text == f"{100 * weight:.1f} %"
        else:
            assert text in {"< 0.1 %", "> -0.1 %"}
            assert text.startswith(">") == (weight < 0)
    assert any(text.startswith("-") for text in shown)
    assert any(line.startswith(NOTE) for line in lines)


def list_of(found: Seen) -> list[float]:
    fit = found.run.effects.fits[0]
    return [fit.donor_weights()[unit] for unit in fit.units[1:]]


def test_the_design_says_so_of_the_main_one_alone(main_asc: Seen, beside_asc: Seen) -> None:
    assert NOTE in main_asc.section("design")
    assert "ridge-augmented synthetic control" in main_asc.section("design")
    assert NOTE not in beside_asc.section("design")
    assert NOTE not in beside_asc.section("donors-section")


def test_the_table_of_designs_says_which_one(main_asc: Seen, beside_asc: Seen) -> None:
    assert f"Main design: {NOTE}" in main_asc.section("others")
    assert f"Another estimator: {NOTE}" in beside_asc.section("others")
    assert f"Main design: {NOTE}" not in beside_asc.section("others")


def test_both_estimators_agree_with_one_another_in_either_place(main_asc: Seen, beside_asc: Seen) -> None:
    """Main design and alternative are the same calculation, whichever of them a study calls the main one."""
    one, other = main_asc.run.findings, beside_asc.run.findings
    assert one.main.verdict == other.alternatives[0].verdict
    assert one.alternatives[0].verdict == other.main.verdict
    assert one.main.effects.design.estimator == "asc"


def test_the_terminal_names_the_estimator(main_asc: Seen) -> None:
    words = " ".join(line.text for line in verdict_lines(main_asc.run.findings, 80))
    assert "ridge-augmented synthetic control" in " ".join(words.split())


def test_from_the_command_line_and_verified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert call("run", steep(tmp_path, "asc", "sc")).code == 0
    assert verify("runs/invented").state == "same"
