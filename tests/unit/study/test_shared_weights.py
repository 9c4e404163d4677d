"""A study whose outcomes share weights: what sharing costs in fit is said, and who shares with whom. Invented figures.

Smoke ends in 2016, within the study's longer window.
"""

from __future__ import annotations

import csv
import html
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from tests.unit.study.invented import write_study

from pilotzone.study import Run, load, run_study
from pilotzone.study.zone.terminal import verdict_lines

if TYPE_CHECKING:
    from pathlib import Path

MORE = """
[[secondary]]
name = "log_people"
label = "People"
good = "up"
scale = "log"

[method]
estimator = "{}"
compare = ["{}"]

[[alternatives]]
name = "later"
label = "Dated 2015"
start = 2015
"""


@dataclass(frozen=True)
class Seen:
    """A run, its report without marks, and its lines on a terminal as one."""

    run: Run[Any]
    page: str
    lines: str


def seen(folder: Path, estimator: str, other: str) -> Seen:
    path = write_study(folder)
    figures = folder / "figures.csv"
    with figures.open(encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file)
    for row in rows:
        row[4] = row[4] if int(row[1]) <= 2016 else ""
    with figures.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head, *rows])
    text = path.read_text(encoding="utf-8").replace('people)"\n\n', 'people)"\nlog_people = "log(people)"\n\n', 1)
    text = text.replace("verdict = [2014, 2019]", "verdict = [2015, 2016]\nlonger = [[2015, 2019]]")
    path.write_text(text + MORE.format(estimator, other), encoding="utf-8")
    done = run_study(load(path))
    words = html.unescape(re.sub(r"<[^>]+>", "\n", done.report())).replace("\u00a0", " ")
    lines = " ".join(line.text.strip() for line in verdict_lines(done.findings))
    return Seen(done, words, lines)


@pytest.fixture(scope="module")
def main(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    return seen(tmp_path_factory.mktemp("main"), "sc_shared", "sc_intercept")


@pytest.fixture(scope="module")
def beside(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    return seen(tmp_path_factory.mktemp("beside"), "sc_intercept", "sc_shared")


def test_the_loss_of_fit_is_said_in_report_and_terminal(main: Seen) -> None:
    for item in (main.run.findings.main, *main.run.findings.alternatives):
        for fit in item.effects.fits:
            assert fit.fit_loss_beside is not None
            loss, usual = fit.fit_loss_beside
            words = f"{fit.outcome.title} {loss:.2f} times as badly as its own would (placebos' median {usual:.2f})"
            assert words in main.lines
            note = f"{fit.outcome.title}: shared weights fit it {loss:.2f} times as badly as its own would"
            assert any(text.startswith(note) for text in item.effects.notes)
            assert (note if item.name == "main" else words) in main.page
    assert "Dated 2015: Before the zone, shared weights fit" in main.page
    assert "synthetic control with weights shared over outcomes" in main.page


def test_it_is_said_beside_another_main_estimator_too(main: Seen, beside: Seen) -> None:
    rows = [row for row in beside.run.findings.estimators if row.estimator == "sc_shared"]
    assert [row.losses for row in rows] == [fit.fit_loss_beside for fit in main.run.effects.fits]
    for row in rows:
        assert f"{row.fit_loss:.2f} times as badly as its own would" in beside.lines
        assert f"{row.fit_loss:.2f} times as badly as its own would" in beside.page
    assert beside.lines.count("shared weights fit") == 1


def test_longer_windows_keep_the_weights_of_the_claim(main: Seen, beside: Seen) -> None:
    """Also where an outcome ends before the window does, on which nothing can be estimated."""
    (longer,) = main.run.findings.longer
    assert longer.design.estimator == "sc_shared"
    (fit,) = longer.fits
    assert fit.outcome.name == "log_output"
    np.testing.assert_array_equal(fit.weights, main.run.effects.fit("log_output").weights)
    assert (fit.weights != beside.run.findings.longer[0].fits[0].weights).any()


def test_secondary_outcomes_have_weights_of_their_own(main: Seen, beside: Seen) -> None:
    (one,), (other,) = main.run.findings.secondary, beside.run.findings.secondary
    assert one.design.estimator == "sc_intercept"
    np.testing.assert_array_equal(one.joint.draws.mean_gap, other.joint.draws.mean_gap)
    words = "Secondary outcomes have weights of their own, with an intercept shift"
    assert words in main.page
    assert any(words in note for note in main.run.findings.notes)
    assert words not in beside.page
    assert "Smoke per head: no effect over 2015 to 2019." in beside.page
