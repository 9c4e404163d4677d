"""The answer of an appraisal: who gains, the chance of a loss, what turns the sign, and what figures of capital say."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from pilotzone.report import Line
from pilotzone.study import run
from pilotzone.study.appraisal import AppraisalFindings
from pilotzone.study.appraisal.answer import appraisal_answer
from pilotzone.study.appraisal.terminal import appraisal_lines

HEAD = """
title = "A campus"
[appraisal]
region = "CN-GZ"
price_year = 2017
deflator = "given so"
first_year = 2020
"""
CAMPUS = f"{HEAD}[investment]\nit_mw = 10.0\n"
DRAWN = f'{CAMPUS}[[driver]]\nname = "ceiling"\n[chance]\ndraws = 500\n'


@lru_cache(maxsize=8)
def found_of(text: str) -> AppraisalFindings:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "mine.toml"
        path.write_text(text, encoding="utf-8")
        found: AppraisalFindings = run(path).findings
        return found


@pytest.mark.parametrize(
    ("operator", "country", "label"),
    [
        (1.0, 1.0, "the operator and the country gain"),
        (-1.0, -1.0, "the operator and the country lose"),
        (1.0, -1.0, "the operator gains, the country loses"),
        (-1.0, 1.0, "the country gains, the operator loses"),
    ],
)
def test_the_label_says_who_gains(operator: float, country: float, label: str) -> None:
    found = found_of(CAMPUS)
    assert found.money is not None
    values = {**found.money.values, "operator": operator, "country": country}
    told = replace(found, money=replace(found.money, values=values))
    assert appraisal_answer(told).label == label


def test_figures_without_draws_say_that_nothing_is_drawn() -> None:
    answer = appraisal_answer(found_of(CAMPUS))
    assert answer.strength == "these are sums of given figures: nothing is drawn and nothing is tested."
    assert answer.said[0].startswith("The net present value at 6.0\u00a0% real is ")
    assert any(text.endswith("does not give are ASSUMED.") for text in answer.why)


def test_chance_is_told_with_its_error_and_what_decides() -> None:
    found = found_of(DRAWN)
    assert found.chance is not None
    own = found.chance.outcomes["operator"]
    answer = appraisal_answer(found)
    assert answer.strength == (
        f"over {own.draws:,} draws the operator loses in {100 * own.loss:.0f}\u00a0% (standard error "
        f"{100 * own.loss_error:.2g} points)."
    )
    assert any(text.startswith("Shares of the variance: final occupancy 100\u00a0%") for text in answer.changes)


def test_a_driver_that_turns_the_sign_is_told_with_the_end_at_which_it_does() -> None:
    found = found_of(DRAWN)
    assert found.chance is not None
    tornado = found.chance.tornado
    (swing,) = tornado.swings
    turning = replace(tornado, middle=-1.0, swings=(replace(swing, low=0.5, at_low=-2.0, high=0.75, at_high=3.0),))
    told = appraisal_answer(replace(found, chance=replace(found.chance, tornado=turning))).changes[0]
    assert told == (
        "The sign of the net present value of the operator turns with final occupancy at 0.750, each at an end "
        f"of its {100 * tornado.share:.0f}\u00a0% range."
    )
    still = replace(turning, swings=(replace(turning.swings[0], at_high=-0.5),))
    told = appraisal_answer(replace(found, chance=replace(found.chance, tornado=still))).changes[0]
    assert told.startswith("No single driver turns the sign of the net present value of the operator")


def test_figures_of_capital_alone_have_a_label_of_their_own() -> None:
    found = found_of(f"{HEAD}[misallocation]\n")
    assert found.capital is not None
    answer = appraisal_answer(found)
    sides = [side for side in ("for", "against") if any(row[5] == side for row in found.capital.table.rows)]
    assert answer.label == f"figures speak {' and '.join(sides)} capital misallocation"
    assert "No average of a province tells of one industry." in answer.why
    assert "Figures that are not there: corrections of returns for land and prices." in answer.changes


def test_forecasts_are_counted_against_what_came() -> None:
    found = found_of(f'{HEAD}[backtest]\nat = ["2019-12"]\n')
    points = [s for item in found.backtests for s in item.scored if s.crps is None]
    above = sum(s.forecast.point > s.high for s in points)
    answer = appraisal_answer(found)
    assert answer.label.endswith("scored")
    assert answer.said[0].startswith(f"Of {len(points)} point forecasts tested, {above} ")


@pytest.mark.parametrize("width", [40, 80, 120])
@pytest.mark.parametrize("text", [DRAWN, f"{HEAD}[misallocation]\n"])
def test_the_answer_heads_the_terminal_within_its_width(text: str, width: int) -> None:
    lines = [block for block in appraisal_lines(found_of(text), width) if isinstance(block, Line)]
    assert lines[0].text.startswith("A campus: ")
    assert max(len(line.text) for line in lines) <= width
