"""Studies whose development outcome is a chained index of growth: what they find, and what they refuse. Invented."""

from __future__ import annotations

import csv
import html
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from tests.unit.study.invented import PERIODS, STUDY, Figures

from pilotzone.core import PilotZoneError, StudyError
from pilotzone.study import Run, load, run_study
from pilotzone.study.zone.levels import level_notes
from pilotzone.study.zone.record import verdict_record

if TYPE_CHECKING:
    from pathlib import Path

CHAINED = (
    STUDY.format(title="Synthetic test data", zone="Place A", smoke_label="Smoke")
    .replace('output = "1e6 CNY"', 'output = "1e6 CNY"\ngrowth = "1"\nprices = "index"')
    .replace("[derive]\n", '[data.index]\ngrowth = "previous-year-100"\nprices = "fixed-base"\n\n[derive]\n')
    .replace('log_output = "log(output / people)"', 'log_output = "chain(growth, 2005)"')
)
"""Without a table of the method, which `sc_intercept` is the default of."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with figures of output per head, its index of growth, and prices of any base."""
    where = tmp_path_factory.mktemp("levels")
    rows = Figures().rows()
    before = {(place, period + 1): output / people for place, period, output, people, _ in rows}
    bases = dict(zip(Figures().places, np.random.default_rng(1).uniform(50, 150, 24).tolist(), strict=True))
    with (where / "figures.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("place", "year", "output", "people", "smoke", "growth", "prices"))
        for place, period, output, people, smoke in rows:
            last = before.get((place, period))
            growth = "" if period == PERIODS[0] or last is None else repr(100 * (output / people) / last)
            prices = repr(bases[place] * 1.02 ** (period - 2000))
            writer.writerow((place, period, output, people, smoke, growth, prices))
    return where


def done(folder: Path, text: str) -> Run[Any]:
    path = folder / "study.toml"
    path.write_text(text, encoding="utf-8")
    return run_study(load(path))


def refused(folder: Path, text: str) -> StudyError:
    with pytest.raises(StudyError) as caught:
        done(folder, text)
    return caught.value


@pytest.fixture(scope="module")
def chained(folder: Path) -> Run[Any]:
    return done(folder, CHAINED + '\n[method]\ncompare = ["sdid"]\n')


def test_growth_alone_finds_what_levels_find(folder: Path, chained: Run[Any]) -> None:
    """The index knows nothing of levels, and `sc_intercept` does not either: effects and ranks are the same."""
    levels = CHAINED.replace("chain(growth, 2005)", "log(output / people)") + '\n[method]\ncompare = ["sdid"]\n'
    other = done(folder, levels)
    ours, theirs = chained.findings.main.joint, other.findings.main.joint
    assert chained.verdict.label == other.verdict.label == "green growth"
    np.testing.assert_allclose(ours.estimate, theirs.estimate, rtol=0, atol=1e-11)
    np.testing.assert_allclose(ours.draws.mean_gap, theirs.draws.mean_gap, rtol=0, atol=1e-11)
    rows = zip(chained.findings.estimators, other.findings.estimators, strict=True)
    assert all(abs(one.effect - two.effect) < 1e-11 for one, two in rows)
    assert [test.p_improved for test in chained.verdict.tests] == [test.p_improved for test in other.verdict.tests]


def test_another_base_year_finds_the_same(folder: Path, chained: Run[Any]) -> None:
    other = done(folder, CHAINED.replace("2005", "2019") + '\n[method]\ncompare = ["sdid"]\n')
    ours, theirs = chained.findings.main.joint, other.findings.main.joint
    np.testing.assert_allclose(ours.estimate, theirs.estimate, rtol=0, atol=1e-11)


def test_the_report_says_that_levels_are_arbitrary(chained: Run[Any]) -> None:
    remark = (
        "Output per head: levels are arbitrary (derived as chain(growth, 2005)). Only changes are compared, in percent."
    )
    assert remark in verdict_record(chained.findings)["notes"]
    words = html.unescape(re.sub(r"<[^>]+>", "\n", chained.report())).replace("\u00a0", " ")
    assert remark in words
    assert words.count("levels are arbitrary") == 1


ALLOWED = "'sc_intercept' or 'sdid' or 'sc_shared': their effects do not depend on levels"
PREDICTORS = '\n[[method.predictors]]\nname = "log_smoke"\n'
REFUSED = [
    ('[method]\nestimator = "sc"\n', "method.estimator: 'sc' compares levels"),
    ('[method]\nestimator = "asc"\n', "method.estimator: 'asc' compares levels"),
    ('[method]\ncompare = ["sdid", "sc"]\n', "method.compare: 'sc' compares levels"),
    ('[method]\ncompare = ["mc"]\n', "method.compare: 'mc' compares levels"),
    ('[method]\nestimator = "sc_predictors"\n' + PREDICTORS, "method.estimator: 'sc_predictors' compares levels"),
    (
        '[[alternatives]]\nname = "plain"\nestimator = "sc"\n',
        "alternatives[1] (plain): 'sc' compares levels",
    ),
]


@pytest.mark.parametrize(("more", "says"), REFUSED, ids=[says for _, says in REFUSED])
def test_estimators_that_compare_levels_are_refused_by_name(folder: Path, more: str, says: str) -> None:
    error = refused(folder, f"{CHAINED}\n{more}")
    assert f"{says}, and that of outcome 'log_output' is arbitrary (derived as chain(growth, 2005))" in error.what
    assert error.allowed == ALLOWED


def test_they_are_allowed_where_levels_mean_something(folder: Path) -> None:
    text = CHAINED.replace("chain(growth, 2005)", "log(output / people)")
    found = done(folder, f'{text}\n[method]\nestimator = "sc"\n')
    assert found.findings.main.effects.design.estimator == "sc"
    assert level_notes(found.findings) == ()


def test_a_secondary_outcome_with_an_arbitrary_level_is_no_exception(folder: Path) -> None:
    text = CHAINED.replace('"chain(growth, 2005)"', '"log(output / people)"\nlevel = "chain(growth, 2005)"')
    more = '\n[[secondary]]\nname = "level"\ngood = "up"\nscale = "log"\n\n[method]\nestimator = "{}"\n'
    error = refused(folder, text + more.format("sc"))
    assert "method.estimator: 'sc' compares levels, and that of outcome 'level' is arbitrary" in error.what
    found = done(folder, text + more.format("sc_shared"))
    assert "level: levels are arbitrary (derived as chain(growth, 2005))" in " ".join(level_notes(found.findings))


@pytest.mark.parametrize("formula", ["exp(chain(growth, 2005))", "prices", "1 / prices"])
def test_effects_in_the_unit_of_an_arbitrary_level_are_refused(folder: Path, formula: str) -> None:
    head, _, tail = CHAINED.replace("chain(growth, 2005)", formula).partition('scale = "log"\nmargin = 5\n')
    error = refused(folder, f'{head}scale = "level"\nmargin = 5\n{tail}')
    assert f"'log_output' has scale 'level', but its level is arbitrary (derived as {formula})" in error.what
    assert error.todo == 'derive the logarithm, such as log_log_output = "log(log_output)"'


def test_predictors_of_arbitrary_levels_are_refused(folder: Path) -> None:
    text = CHAINED.replace('"chain(growth, 2005)"', '"log(output / people)"\nlevel = "chain(growth, 2005)"')
    more = '\n[method]\nestimator = "sc_predictors"\n' + PREDICTORS + PREDICTORS.replace("log_smoke", "level")
    error = refused(folder, text + more)
    assert "method.predictors[2] names 'level', whose level is arbitrary" in error.what


def test_an_index_that_is_not_declared_says_how(folder: Path) -> None:
    with pytest.raises(PilotZoneError) as caught:
        done(folder, CHAINED.replace('growth = "previous-year-100"\n', ""))
    assert (
        "'log_output', defined as 'chain(growth, 2005)': the series inside chain(...) is not declared"
        in caught.value.what
    )
    assert "[data.index] with a line such as NAME = 'previous-year-100'" in str(caught.value.todo)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('growth = "previous"', "data.index.growth"),
        ('growht = "previous-year-100"', "indices has 'growht', which is not an outcome. Did you mean 'growth'"),
    ],
)
def test_declarations_that_cannot_be(folder: Path, line: str, says: str) -> None:
    with pytest.raises(PilotZoneError) as caught:
        done(folder, CHAINED.replace('growth = "previous-year-100"', line))
    assert says in str(caught.value)


def test_deflated_output_is_in_money_of_the_year_named(folder: Path) -> None:
    text = CHAINED.replace("chain(growth, 2005)", "log(deflate(output, prices, 2005) / at(people, 2005))")
    found = done(folder, f'{text}\n[method]\nestimator = "sc"\n')
    info = found.findings.panel.series["log_output"]
    assert (info.unit, info.free_level) == ("log(1e6 CNY2005/person)", False)
    assert "million CNY at 2005 prices per person" in found.report().replace("&#160;", " ")


@pytest.mark.parametrize("expression", ["log(growth)", "log(growth / 100)"])
def test_growth_is_not_the_logarithm_of_a_level(folder: Path, expression: str) -> None:
    error = refused(folder, CHAINED.replace("chain(growth, 2005)", expression))
    assert f"'log_output' has scale 'log', but is growth on the period before (derived as {expression})" in error.what
    assert "did you mean chain(growth, YEAR)" in str(error.allowed)
    assert error.todo == 'derive it, such as log_output = "chain(growth, YEAR)"'


def test_growth_as_an_outcome_is_remarked(folder: Path) -> None:
    text = CHAINED.replace('name = "log_output"', 'name = "growth"').replace('scale = "log"', 'scale = "level"', 1)
    run = done(folder, text)
    note = "Output per head: growth on the period before (an index). An effect is one on growth, and not on a level."
    assert level_notes(run.findings) == (note,)
    assert note in html.unescape(run.report())


def test_a_chained_index_is_a_logarithm_already(folder: Path) -> None:
    error = refused(folder, CHAINED.replace('scale = "log"', 'scale = "level"', 1))
    assert "its level is arbitrary (derived as chain(growth, 2005))" in error.what
    assert error.todo == 'it is a logarithm already: set scale = "log" and a margin in percent, such as margin = "5%"'


def test_charts_of_a_chained_index_say_its_base(folder: Path) -> None:
    page = html.unescape(done(folder, CHAINED).report())
    assert "Output per head, index (2005 = 1; logarithmic axis)" in " ".join(re.sub(r'",\s*"', " ", page).split())
    assert "Output per head in index (2005 = 1), " in page
    assert "Output per head, index, 2005 = 1: Place A and its synthetic path" in page
    assert "Smoke per head, kt per person (logarithmic axis)" in re.sub(r'",\s*"', " ", page)
