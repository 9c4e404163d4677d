"""What a verdict rests on: the rows that its label needs, with what was found."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from tests.unit.judge.builders import CO2, GDP, make_draws, make_effects, make_many

from pilotzone.core import JointEffects, Outcome
from pilotzone.judgement import Verdict, judge

COUNT = 40
BOTH = ("No interference", "No other event", "Figures are measured alike")


def verdict(
    gap: float, outcomes: tuple[Outcome, ...] = (GDP, CO2), *, drift: float = 0.01, count: int = COUNT
) -> Verdict:
    """Return the verdict on a zone whose gaps are so many times the largest of evenly spaced placebos'."""
    spread = np.linspace(-0.01, 0.01, count - 1)
    column = np.concatenate([[0.01 * gap], spread])
    gaps = np.column_stack([outcome.sign * column for outcome in outcomes])
    return judge(make_effects(outcomes, make_draws(gaps, drift=np.full_like(gaps, drift))))


def names(found: Verdict) -> list[str]:
    return [str(name) for name in found.assumptions().columns["assumption"]]


def cell(found: Verdict, assumption: str, column: str) -> str:
    (row,) = [row for row in found.assumptions().records() if row["assumption"] == assumption]
    return str(row[column])


def test_drift_matters_where_something_is_found_and_nowhere_else() -> None:
    shown, open_one = verdict(9.0), verdict(-0.9, (GDP,))
    assert (shown.label, open_one.label) == ("green growth", "growth not shown")
    assert names(shown)[:2] == ["Units are exchangeable", "The zone does not drift by itself"]
    assert "The zone does not drift by itself" not in names(open_one)
    for found in (shown, open_one):
        assert set(BOTH) | {"The claim was fixed beforehand"} <= set(names(found))


def test_what_was_checked_are_the_figures_of_the_verdict() -> None:
    found = verdict(9.0)
    told = cell(found, "The zone does not drift by itself", "checked")
    for test in found.tests:
        drift = test.overturning_drift
        assert test.earlier is not None
        assert drift is not None
        assert f"earlier dates was {test.outcome.worded(test.earlier)}; " in told
        assert f"{test.outcome.worded(drift, signed=True)} would overturn" in told
    assert cell(found, "Units are exchangeable", "checked").endswith("Diagnostics: GDP, passed; CO2, passed.")
    approximate = replace(found, pool_rule="exclude_treated")
    assert "ranks are approximate" in cell(approximate, "Units are exchangeable", "checked")


def test_the_drift_that_overturns_is_adverse_to_the_finding() -> None:
    """A gain and harm excluded fall to a drift for the better; harm shown falls to one for the worse."""
    for found in verdict(9.0).tests:
        assert found.overturning_drift is not None
        assert found.overturning_drift * found.outcome.sign > 0
    (harmed,) = verdict(-9.0, (CO2,)).tests
    assert harmed.main.kind == "harm shown"
    assert harmed.overturning_drift is not None
    assert harmed.overturning_drift * harmed.outcome.sign < 0


def test_a_verdict_that_cannot_tell_rests_on_what_is_missing_alone() -> None:
    few = verdict(9.0, count=8)
    assert few.label == "cannot be decided"
    assert names(few) == ["Enough units"]
    assert cell(few, "Enough units", "checked") == "8 units: the smallest p that can come out is 0.125."
    nothing = verdict(9.0, drift=np.nan)
    assert nothing.label == "cannot be assessed"
    assert names(nothing) == ["Figures of GDP", "Figures of CO2"]
    assert "too little past" in cell(nothing, "Figures of GDP", "checked")


def test_many_units_rest_on_trends_and_independence() -> None:
    effects: JointEffects = make_many((GDP, CO2), [0.2, -0.2], np.diag([1e-4, 1e-4]))
    found = judge(effects)
    assert names(found)[0] == "Parallel trends, up to a bound"
    assert "No anticipation" in names(found)
    assert not {"Units are exchangeable", "Effects at a margin are fixed numbers"} & set(names(found))


@pytest.mark.parametrize("gap", [9.0, 0.5, -9.0])
def test_every_cell_says_something_and_stands_in_the_record(gap: float) -> None:
    found = verdict(gap)
    records = found.assumptions().records()
    assert all(isinstance(text, str) and text.strip() for row in records for text in row.values())
    assert json.loads(json.dumps(found.to_dict()))["assumptions"] == records
