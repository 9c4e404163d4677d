"""Panels of states with tax incentives as the treatment, up to what estimation would begin with. None is estimated."""

from __future__ import annotations

import re

import pytest
from tests.docs.walkthrough import ROOT

from pilotzone.core import StudyError
from pilotzone.study import parse
from pilotzone.study.panel.material import PanelMaterial, panel_material


def shown() -> str:
    """Return the study file that the how-to shows."""
    page = (ROOT / "docs" / "how-to" / "laws-as-treatments.md").read_text(encoding="utf-8")
    found = re.search(r"^```toml\n(.*?)^```$", page, flags=re.MULTILINE | re.DOTALL)
    assert found is not None
    return "format = 1\n" + found[1] + '[[outcomes]]\nname = "log_sales"\n'


def material(text: str) -> PanelMaterial:
    return panel_material(parse(text, "states").spec)


def test_the_study_of_the_how_to_is_what_the_rule_says() -> None:
    found = material(shown())
    # By hand, as in tests/unit/gather/test_incentive_treatment.py: sixteen by 2019, three of them from the next year.
    # Nevada is one of them, and its sales moved between classes.
    assert len(found.treatment.cohorts) == 15
    assert found.treatment.left_out["US-NV"].startswith("severe break in 2017-2018: Nevada: sales moved")
    assert {found.treatment.cohorts[region] for region in ("US-AZ", "US-TX")} == {2014}
    assert found.treatment.left_out["US-DC"] == "a city rather than a state"
    assert len(found.treatment.always) == 5
    assert {*found.panel.units} == {*found.treatment.cohorts, *found.treatment.never}
    assert found.frame().num_rows == len(found.panel.units) * 17
    assert found.frame()["log_sales"].null_count == 0
    assert found.outcomes[0].unit == "log(MWh)"


def test_caveats_on_laws_that_limit_a_verdict_are_among_the_limits() -> None:
    texts = [item.text for item in material(shown()).limits if item.source == "table of incentives"]
    assert any(text.startswith("None found means that searches found none") for text in texts)
    assert any(text.startswith("The first year was not found for Tennessee") for text in texts)


def test_breaks_come_with_the_series() -> None:
    text = shown().replace("[2003, 2019]", "[1995, 2019]")
    with pytest.raises(StudyError) as caught:
        material(text)
    assert "outcome 'log_sales' compares 1995 to 2019 across the severe break 'us-eia-sales-2003'" in caught.value.what
    # Not those before 2003 alone: nobody would be treated in them.
    assert str(caught.value.todo).startswith("take periods from 2003 on; or accept it")
    accepted = '\n[[accepted]]\nbreak = "us-eia-sales-2003"\nwhy = "To see what comes."\n'
    early = material(text + accepted)
    assert {item.found.name for item in early.breaks if item.follows == "accepted"} == {"us-eia-sales-2003"}
    assert "us-eia-sales-2003" in {item.name for item in early.broken["log_sales"]}


def test_states_whose_sales_moved_take_no_part() -> None:
    """Treated or not: they are listed beside the others that take no part, with the break as the reason."""
    found = material(shown())
    hit = {unit for item in found.breaks for unit in item.units}
    # Massachusetts and Tennessee, whose sales moved as well, take no part by the rule already.
    assert hit == {"US-MD", "US-NV"}
    assert not hit & {*found.panel.units}
    assert not hit & {*found.treatment.cohorts, *found.treatment.never}
    assert found.treatment.left_out["US-MD"] == (
        "severe break in 2006: Maryland: sales moved from industrial to commercial (us-eia-moved-maryland-2006)"
    )
    # A reason of the study's own is told instead.
    text = shown().replace("drop = {", 'drop = { "US-MD" = "for a reason",')
    assert material(text).treatment.left_out["US-MD"] == "for a reason"
    accepted = '\n[[accepted]]\nbreak = "us-eia-moved-maryland-2006"\nwhy = "Small beside all sales."\n'
    assert "US-MD" in material(shown() + accepted).panel.units


def test_breaks_of_the_users_own_stand_beside_them() -> None:
    own = (
        '\n[[breaks]]\nname = "own"\nseries = ["us_sales_commercial_mwh"]\nat = 2015\nkind = "policy"\n'
        'severity = "mild"\ntext = "x"\n'
    )
    found = material(shown() + own)
    assert ("own", "remarked") in {(item.found.name, item.follows) for item in found.breaks}
