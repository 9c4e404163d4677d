"""The answer of a plan: made from what was solved, in words that follow the figures, within a terminal's width."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.unit.study.plans import HEAD, REGION, found_of, held, read, site, write

from pilotzone.report import Line
from pilotzone.study.plan import PlanFindings
from pilotzone.study.plan.answer import plan_answer
from pilotzone.study.plan.terminal import plan_lines

HOURS = 8760.0
DIRTY = site("Dirty", cost_per_mwh=40.0, carbon_kg_per_kwh=0.9)
CLEAN = site("Clean", carbon_kg_per_kwh=0.1)


def run(folder: Path, *parts: str) -> PlanFindings:
    return found_of(read(write(folder, *parts)))


def test_what_less_carbon_costs_is_told_by_price_and_frontier(tmp_path: Path) -> None:
    """Dirty costs 841,960 USD and emits 18,922 t; Clean costs 1,262,440 and emits 2,102."""
    found = run(tmp_path, HEAD.replace("frontier = 0", "frontier = 3"), DIRTY, CLEAN, REGION, held("w", 2.0))
    answer = plan_answer(found)
    assert answer.label == "cheapest in Dirty"
    assert answer.said == ("A year costs 841,960 USD and emits 18,922 t of CO2.",)
    assert answer.strength.startswith("proven by ")
    assert "to be within 0.01\u00a0% of the least cost possible. Plans on the frontier are within" in answer.strength
    assert answer.changes == (
        "Above 25.0 USD per tonne of CO2, another plan is best.",
        "88.9\u00a0% less CO2 costs 49.9\u00a0% more.",
    )
    # Nothing that is assumed moves this plan, and no law holds it.
    assert answer.why == ()


def test_what_was_minimised_is_named(tmp_path: Path) -> None:
    least = plan_answer(run(tmp_path, HEAD, 'objective = "carbon"\n', DIRTY, CLEAN, REGION, held("w", 2.0)))
    assert least.label == "least CO2 in Clean"
    assert "of the least emissions possible." in least.strength
    priced = plan_answer(run(tmp_path, HEAD, "carbon_price = 26.0\n", DIRTY, CLEAN, REGION, held("w", 2.0)))
    assert "the least cost possible with CO2 at 26 USD per tonne." in priced.strength


def test_the_law_is_told_by_what_it_costs(tmp_path: Path) -> None:
    """At home a MWh of IT costs 72 USD, abroad 48: 2 MW for a year cost 420,480 USD less."""
    told = {"kind": "personal", "operator": "critical_infrastructure", "operations": ["store"]}
    sites = site("Home", jurisdiction="CN"), site("Abroad", jurisdiction="US", cost_per_mwh=40.0)
    answer = plan_answer(run(tmp_path, HEAD, 'books = ["china"]\n', *sites, REGION, held("people", 2.0, **told)))
    assert answer.label == "cheapest in Home"
    law = "Without csl-37-store (Cybersecurity Law of the PRC, art. 37 (in force 2017-06-01)) a year would cost"
    assert [text for text in answer.changes if "csl-37-store" in text] == [f"{law} 420,480 USD less."]
    assert answer.why == ("The law is read as data: this is not legal advice.",)
    free = plan_answer(run(tmp_path, HEAD, 'books = ["china"]\n', sites[0], REGION, held("people", 2.0, **told)))
    assert "The law costs nothing here: without its prohibitions the plan is the same." in free.changes


def test_assumptions_are_told_by_what_they_move(tmp_path: Path) -> None:
    """Traffic costs 500 to 3,000 USD: near the far end of the range the near site is the cheaper one."""
    region = REGION.replace("longitude = 8.0", "longitude = 0.0")
    sites = site("Near", cost_per_mwh=62.0, longitude=0.0), site("Far", longitude=10.0)
    found = run(tmp_path, HEAD, *sites, region, held("w", 2.0, traffic_mb_s=13.0))
    answer = plan_answer(found)
    costs = [float(str(row["cost"])) for row in found.varied.records()]
    head = "ASSUMED, not measured: cost of data traffic. Over their ranges, one at a time, a year costs"
    least, most = (f"{end / 1e6:,.1f} million USD" for end in (min(costs), max(costs)))
    assert answer.why == (f"{head} {least} to {most}.",)
    assert answer.changes == ("At high cost of data traffic, Near opens; Far closes.",)


def test_an_end_without_a_plan_is_named(tmp_path: Path) -> None:
    region = REGION.replace("longitude = 8.0", "longitude = 0.0")
    found = run(tmp_path, HEAD, site("Away", longitude=10.0), region, held("w", 2.0, latency_ms=17.0))
    assert "No plan was found at low distance per millisecond of round trip" in " ".join(plan_answer(found).why)


def test_a_plan_that_is_not_proven_says_so_first(tmp_path: Path) -> None:
    found = run(tmp_path, HEAD, DIRTY, REGION, held("w", 2.0))
    best = found.result.placement
    loose = replace(best, bound=0.9 * best.objective)
    answer = plan_answer(replace(found, result=replace(found.result, placement=loose)))
    assert answer.label == "best plan found, not proven: Dirty"
    assert "to be within 10.00\u00a0% of" in answer.strength


@pytest.mark.parametrize("width", [40, 80, 120])
def test_the_answer_heads_the_terminal_within_its_width(tmp_path: Path, width: int) -> None:
    blocks = plan_lines(run(tmp_path, HEAD, DIRTY, CLEAN, REGION, held("w", 2.0)), width)
    lines = [block for block in blocks if isinstance(block, Line)]
    assert lines[0] == Line("label", "Two sites: CHEAPEST IN DIRTY")
    assert max(len(line.text) for line in lines) <= width
