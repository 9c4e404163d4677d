"""The front door for one zone with a table, a column and a name each: what a person brings from another program."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pandas as pd
import pytest

import pilotzone as pz
from pilotzone.core import Outcome, UsageError
from pilotzone.evaluation.few import FewEffects, SeveralEffects


def table() -> pd.DataFrame:
    random = np.random.default_rng(3)
    common = np.cumsum(random.normal(0.04, 0.015, 18))
    rows = []
    for k in range(24):
        load = 1.0 if k == 0 else random.uniform(0.6, 1.4)
        for t in range(18):
            noise = random.normal(0, 0.012, 2)
            output = 5 + load * common[t] + noise[0] + (0.18 if k == 0 and t >= 12 else 0.0)
            rows.append((f"region {k:02}", 2002 + t, output, 3 + load * common[t] + noise[1]))
    return pd.DataFrame(rows, columns=["region", "year", "log_gdp", "co2"])


@pytest.fixture(scope="module")
def found() -> FewEffects:
    return pz.synthetic_control(table(), "log_gdp", unit="region", time="year", treated="region 00", start=2014)


def test_one_outcome_by_its_name_gives_effect_p_and_interval(found: FewEffects) -> None:
    (row,) = found.summary().records()
    fit = found.fit()
    assert row["effect"] == pytest.approx(float(fit.mean_gap[fit.treated]))
    gaps = np.abs(fit.mean_gap)
    assert row["p"] == pytest.approx(float((gaps >= gaps[fit.treated]).mean()))
    assert (row["low"], row["high"]) == pz.confidence_set(found.joint, "log_gdp").span
    assert found.plot().to_dict()["layer"]


def test_what_follows_takes_the_result_as_it_is(found: FewEffects) -> None:
    assert pz.confidence_set(found) == pz.confidence_set(found.joint, "log_gdp")
    assert pz.misspecification_set(found) == pz.misspecification_set(found.joint, "log_gdp")
    assert pz.conformal_set(found) == pz.conformal_set(found, "log_gdp")
    with pytest.raises(UsageError, match="no outcome has a role") as caught:
        pz.judge(found)
    assert "role=development,margin=5%" in str(caught.value.todo)
    with pytest.raises(UsageError, match="effects is of type DataFrame"):
        pz.confidence_set(table())  # type: ignore[arg-type]


def test_a_text_says_more_of_an_outcome(found: FewEffects) -> None:
    text = "log_gdp,scale=log,role=development,margin=5%"
    told = pz.synthetic_control(table(), text, unit="region", time="year", treated="region 00", start=2014)
    outcome = Outcome("log_gdp", "development", "up", 5.0, "log")
    assert told.joint.outcomes == (outcome,)
    assert told.summary().records()[0]["effect"] == pytest.approx(100 * np.expm1(found.joint.estimate[0]))
    given = pz.synthetic_control(table(), [outcome], unit="region", time="year", treated="region 00", start=2014)
    # From Python 3.13 on two results with a NaN are not equal by ==.
    np.testing.assert_equal(asdict(pz.judge(told)), asdict(pz.judge(given)))


def test_a_name_with_a_comma_is_a_name() -> None:
    named = table().rename(columns={"log_gdp": "GDP, log"})
    found = pz.synthetic_control(named, "GDP, log", unit="region", time="year", treated="region 00", start=2014)
    assert found.fit().outcome.name == "GDP, log"


def test_of_several_outcomes_one_is_to_be_named() -> None:
    both = pz.synthetic_control(
        table(), ["log_gdp", "co2"], unit="region", time="year", treated="region 00", start=2014
    )
    for ask in (pz.confidence_set, pz.misspecification_set, pz.conformal_set):
        with pytest.raises(UsageError, match="several outcomes, and none is named") as caught:
            ask(both)
        assert caught.value.allowed == "'log_gdp', 'co2'"


def test_the_former_word_for_time_still_works(found: FewEffects) -> None:
    with pytest.warns(DeprecationWarning, match="period is now called time"):
        same = pz.synthetic_control(
            table(), outcomes="log_gdp", unit="region", period="year", treated="region 00", start=2014
        )
    assert same.to_table().records() == found.to_table().records()
    starts = {"region 00": 2014, "region 01": 2015}
    several = pz.synthetic_controls(table(), "log_gdp", unit="region", time="year", treated=starts)
    assert isinstance(several, SeveralEffects)
    assert pz.confidence_set(several) == pz.confidence_set(several.joint, "log_gdp")


def test_representations_are_short(found: FewEffects) -> None:
    for shown in (
        found,
        found.fit(),
        pz.confidence_set(found),
        pz.conformal_set(found),
        pz.misspecification_set(found),
    ):
        lines = repr(shown).splitlines()
        assert len(lines) <= 25
        assert max(map(len, lines)) <= 120
