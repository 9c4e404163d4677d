"""The answer of a campus: who is cheapest by how much, at which price of CO2 another is, and what is not known."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from tests.unit.study.campuses import HEAD, SITE, campus, study_of, written

from pilotzone.report import Line
from pilotzone.study import load, run_study
from pilotzone.study.campus import CampusFindings
from pilotzone.study.campus.answer import campus_answer
from pilotzone.study.campus.terminal import campus_lines

HOURS = 8760.0
PLACE = 'pue = 1.3\nwue = 1.0\nregion = "CN-GZ"'


def text(*sites: tuple[str, float, float]) -> str:
    """Return a campus of sites on the grid: name, tariff, t of CO2 per MWh."""
    grid = "[site.grid]\ntariff = {}\ncapacity_charge = 0.0\ncarbon_t_per_mwh = {}\n"
    parts = [SITE.format(name=name, place=PLACE) + grid.format(tariff, carbon) for name, tariff, carbon in sites]
    return "\n".join((HEAD.format(top="", campus="", in_use="{ 2027 = 1.0 }"), *parts))


@lru_cache(maxsize=4)
def found_of(content: str) -> CampusFindings:
    with TemporaryDirectory() as folder:
        found: CampusFindings = run_study(load(written(Path(folder), content), kind="campus")).findings
        return found


def test_the_cheapest_site_with_its_lead_and_the_price_at_which_another_is_cheaper() -> None:
    """Grid power at 500 and 550 CNY: 65 CNY per MWh of IT apart, and 0.52 t less: 125 CNY per t."""
    answer = campus_answer(found_of(text(("Here", 500.0, 0.9), ("There", 550.0, 0.5))))
    assert answer.label == "power is cheapest in Here"
    assert answer.said[0] == "Power for a kWh of IT costs 0.650 CNY in Here and 0.715 in There."
    assert answer.said[1].startswith("In a year There emits the least CO2 (28.5 kt)")
    assert "all plans are proven to within one part in a million of the least cost." in answer.strength
    assert "There, the next, costs 10.0\u00a0% more." in answer.strength
    assert answer.changes == ("From 125 CNY per t of CO2, There is cheaper than Here, both plans unchanged.",)


def test_sites_of_one_cost_are_a_draw() -> None:
    answer = campus_answer(found_of(text(("Here", 500.0, 0.5), ("There", 500.0, 0.5))))
    assert answer.label == "no clear cheapest site: Here or There"


def test_one_site_and_what_is_not_known_of_it(tmp_path: Path) -> None:
    grid = "[site.grid]\ntariff = 500.0\ncapacity_charge = 0.0\ncarbon_t_per_mwh = 0.5\n"
    found: CampusFindings = run_study(study_of(tmp_path, campus(grid, place="pue = 1.3"))).findings
    answer = campus_answer(found)
    assert answer.label == "all load is served"
    assert answer.said == ("Power for a kWh of IT costs 0.650 CNY in Here.", "A year emits 28.5 kt of CO2.")
    told = " ".join(answer.why)
    assert "CO2" not in told
    assert "Water consumed is not known for Here." in told
    assert "are ASSUMED; plans are made at the middles" in told
    assert answer.changes == ()


def test_load_that_is_not_served_is_the_label(tmp_path: Path) -> None:
    """6.5 MW are needed and the grid gives 5."""
    found: CampusFindings = run_study(
        study_of(tmp_path, campus("[site.grid]\ntariff = 500.0\nmost_mw = 5.0\n"))
    ).findings
    answer = campus_answer(found)
    assert answer.label == "part of the load is not served"
    assert answer.said[1].startswith("Here leaves 23.1\u00a0% of its load unserved, at its price.")


def test_a_plan_that_is_not_proven_is_told() -> None:
    found = found_of(text(("Here", 500.0, 0.9), ("There", 550.0, 0.5)))
    first, second = found.designs
    loose = replace(first, plan=replace(first.plan, gap=0.02))
    answer = campus_answer(replace(found, designs=(loose, second)))
    assert answer.strength.startswith("plan of There is proven to within one part in a million")
    assert answer.why[0].startswith("Here: the best plan that ")


@pytest.mark.parametrize("width", [40, 80, 120])
def test_the_answer_heads_the_terminal_within_its_width(width: int) -> None:
    blocks = campus_lines(found_of(text(("Here", 500.0, 0.9), ("There", 550.0, 0.5))), width)
    lines = [block for block in blocks if isinstance(block, Line)]
    assert lines[0].text.startswith("Small: POWER IS CHEAPEST IN HERE")
    assert max(len(line.text) for line in lines) <= width
