"""What messages of studies on the evidence offer: units by name, breaks of their series, ways that lead out."""

from __future__ import annotations

import pytest

from pilotzone.core import PilotZoneError
from pilotzone.study import parse
from pilotzone.study.front import run_study

ZONE = """\
format = 1
title = "An invented zone"
question = "Which way leads out?"
[zone]
unit = "{unit}"
start = 2010
[data]
source = "bundled"
series = ["us_population", "{series}"]
[derive]
log_pop = "log(us_population)"
log_other = "log({series} / us_population)"
[[outcomes]]
name = "log_pop"
role = "development"
good = "up"
scale = "log"
margin = 5
[[outcomes]]
name = "log_other"
role = "environment"
good = "down"
scale = "log"
margin = 10
[window]
verdict = [2010, 2014]
{more}
"""
PANEL = """\
format = 1
title = "A panel"
[panel]
source = "bundled"
series = ["so2_t", "population"]
periods = [2005, 2016]
{more}
[derive]
ls = "log(so2_t)"
[treatment]
programme = "china-big-data-zones"
[[outcomes]]
name = "ls"
"""
INVENTORY, SALES = "us_epa_so2_all_short_ton", "us_sales_commercial_mwh"


def refusal(text: str) -> PilotZoneError:
    with pytest.raises(PilotZoneError) as caught:
        run_study(parse(text, "x"))
    return caught.value


def zone(unit: str = "US-KS", series: str = INVENTORY, more: str = "") -> PilotZoneError:
    return refusal(ZONE.format(unit=unit, series=series, more=more))


@pytest.mark.parametrize(
    ("unit", "more", "meant"),
    [
        ("Kansas", "", "US-KS"),
        ("kansas", "", "US-KS"),
        ("US-KS", '[donors]\nexclude = { Virginia = "neighbour of many centres" }', "US-VA"),
        ("US-KS", '[donors]\nonly = ["Ohio", "US-VA"]', "US-OH"),
    ],
)
def test_a_state_by_its_name_is_known_by_its_code(unit: str, more: str, meant: str) -> None:
    error = zone(unit, more=more)
    assert error.what.endswith(f"Did you mean '{meant}'?")
    assert str(error.allowed).startswith("US-AK, US-AL")
    assert "CN-" not in str(error.allowed)


def test_a_dropped_region_by_its_name_is_known_by_its_code() -> None:
    error = refusal(PANEL.format(more='drop = { Guizhou = "for the test" }'))
    assert error.what.endswith("Did you mean 'CN-GZ'?")
    assert "US-" not in str(error.allowed)


@pytest.mark.parametrize("name", ["nonsense", "city-borders-2011", "us-eia-sales-2003"])
def test_breaks_that_may_be_accepted_are_those_of_the_studys_series(name: str) -> None:
    error = zone(more=f'[[accepted]]\nbreak = "{name}"\nwhy = "For the test."')
    assert f"accepted names '{name}', which is not a break of the data" in error.what
    assert error.allowed == "us-epa-methods-2005"
    panel = refusal(PANEL.format(more="") + f'[[accepted]]\nbreak = "{name}"\nwhy = "For the test."\n')
    assert "pollution-system-2016" in str(panel.allowed)
    assert not [word for word in ("us-", "city-", "air-") if word in str(panel.allowed)]


def test_a_later_fit_is_offered_only_where_enough_years_are_left() -> None:
    # From 2005 on there are two inventories before 2010, and from 2006 on four years of sales.
    for error in (zone(), zone("US-MD", SALES, "[method]\npre_from = 2003")):
        assert "pre_from" not in str(error.todo)
        assert str(error.todo).startswith("study another outcome; or accept it")
    assert "start the fit in 2003 or later (pre_from)" in str(zone("US-OH", SALES).todo)


@pytest.mark.parametrize(
    ("accepted", "offered"),
    [
        ((), "study another outcome; or accept them"),  # the panel ends in 2016, in which all are treated
        (("pollution-system-2016",), "take periods from 2011 on; or accept it"),
        (("pollution-survey-2011",), "study another outcome; or accept it"),
    ],
)
def test_periods_are_offered_only_where_somebody_is_treated_in_them(accepted: tuple[str, ...], offered: str) -> None:
    tables = "".join(f'[[accepted]]\nbreak = "{name}"\nwhy = "For the test."\n' for name in accepted)
    assert str(refusal(PANEL.format(more="") + tables).todo).startswith(offered)
