"""A study whose weights are fitted on predictors: from its file to the report and to a run that verifies."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from tests.unit.study.invented import write_study

from pilotzone.core import StudyError
from pilotzone.evaluation.few import Predictor
from pilotzone.study import Run, load, run_study, verify

if TYPE_CHECKING:
    from pathlib import Path

MORE = """
[donors]
only = ["Place B", "Place C", "Place D", "Place E"]

[method]
estimator = "{}"
compare = ["{}"]

[[method.predictors]]
name = "log_smoke"

[[method.predictors]]
name = "people"
fitted = [2010, 2013]
training = [2001]
"""


@dataclass(frozen=True)
class Seen:
    run: Run[Any]
    page: str


def seen(folder: Path, estimator: str, other: str) -> Seen:
    path = write_study(folder)
    path.write_text(path.read_text(encoding="utf-8") + MORE.format(estimator, other), encoding="utf-8")
    done = run_study(load(path))
    return Seen(done, html.unescape(re.sub(r"<[^>]+>", "\n", done.report())).replace("\u00a0", " "))


@pytest.fixture(scope="module")
def main(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    return seen(tmp_path_factory.mktemp("main"), "sc_predictors", "sc")


@pytest.fixture(scope="module")
def beside(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    return seen(tmp_path_factory.mktemp("beside"), "sc", "sc_predictors")


def test_the_design_has_what_the_file_says(main: Seen, beside: Seen) -> None:
    named = (Predictor("log_smoke"), Predictor("people", (2010, 2013), (2001,)))
    assert main.run.effects.design.predictors == named
    assert beside.run.effects.design.predictors == ()


def test_beside_another_estimator_it_is_the_same(main: Seen, beside: Seen) -> None:
    shown = {row.outcome: row.effect for row in beside.run.findings.estimators if row.estimator == "sc_predictors"}
    estimate = main.run.effects.joint.estimate
    np.testing.assert_array_equal([shown["log_output"], shown["log_smoke"]], estimate)


def test_the_report_shows_the_balance_of_predictors(main: Seen, beside: Seen) -> None:
    assert "synthetic control on predictors" in main.page
    for fit in main.run.effects.fits:
        people = fit.balance().records()[1]
        assert people["predictor"] == "people"
        figures = main.run.findings.panel.matrix("people")[[main.run.findings.panel.unit_index("Place A")]]
        periods = main.run.findings.panel.periods
        expected = figures[0, [periods.index(2010), periods.index(2013)]].mean()
        assert people["treated"] == pytest.approx(expected, rel=1e-14)
        caption = f"{fit.outcome.label}: predictors of Place A and of its synthetic control"
        assert caption in main.page
        assert caption not in beside.page
        assert sum(note.startswith(fit.outcome.title) and "importance" in note for note in main.run.effects.notes) >= 2


def test_the_run_verifies(main: Seen, tmp_path: Path) -> None:
    """Predictors survive the round trip through the run's own settings."""
    found = verify(main.run.write(tmp_path / "run"))
    assert (found.state, found.differences) == ("same", ())


def test_a_predictor_that_is_not_in_the_data_is_named(tmp_path: Path) -> None:
    path = write_study(tmp_path)
    text = path.read_text(encoding="utf-8") + MORE.format("sc_predictors", "sc").replace('"people"', '"peple"')
    path.write_text(text, encoding="utf-8")
    with pytest.raises(StudyError, match=r"method.predictors\[2\].*'peple'.*Did you mean 'people'"):
        run_study(load(path))
