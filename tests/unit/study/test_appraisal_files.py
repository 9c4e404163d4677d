"""Appraisal files: what a file says, what it leaves out and is assumed, and how what is wrong is said."""

from __future__ import annotations

import copy
import datetime as dt
import json
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.properties.test_study_damage import document, parent, places

from pilotzone.appraisal import PARTIES, MonteCarlo, Vintages, internal_rates, npv
from pilotzone.core import Cell, DataError, PilotZoneError, StudyError, Table
from pilotzone.gather import io_table, parse_assumptions
from pilotzone.study import KINDS, load, parse, run
from pilotzone.study.appraisal import AppraisalFindings, appraisal_material
from pilotzone.study.appraisal.backtesting import ELECTRICITY, backtests_of, figures_issued
from pilotzone.study.appraisal.handing import handed_over
from pilotzone.study.appraisal.tables import nation_output, table_of

HEAD = """
title = "A campus"
[appraisal]
region = "CN-GZ"
price_year = 2017
deflator = "given so"
first_year = 2020
"""
SMALL = HEAD + "[investment]\nit_mw = 10.0\n"


def written(folder: Path, text: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


def found(folder: Path, text: str) -> AppraisalFindings:
    findings: AppraisalFindings = run(written(folder, text)).findings
    return findings


def num(row: Mapping[str, Cell], key: str) -> float:
    value = row[key]
    assert isinstance(value, int | float)
    return float(value)


def error(folder: Path, text: str) -> str:
    with pytest.raises(PilotZoneError) as caught:
        run(written(folder, text))
    return " ".join(str(caught.value).split())


# ------------------------------------------------------------------------------------------------------ figures


def test_what_is_left_out_is_assumed_at_the_middle_and_marked(tmp_path: Path) -> None:
    text = SMALL + "maintenance_share = 0.01\n[revenue]\nceiling = 0.5\n[sources]\nceiling = 'a contract'\n"
    result = found(tmp_path, text)
    assert result.figures is not None
    rows = {row["figure"]: row for row in result.figures.records()}
    assert (rows["ceiling"]["status"], rows["ceiling"]["value"], rows["ceiling"]["source"]) == (
        "given",
        0.5,
        "a contract",
    )
    assert (rows["maintenance_share"]["status"], rows["maintenance_share"]["value"]) == ("given", 0.01)
    assumed = parse_assumptions((Path(str(KINDS["appraisal"]._folder)) / "assumptions/appraisal.toml").read_text(), "x")
    entry = assumed.of("price_per_kw_month")
    row = rows["price_per_kw_month"]
    assert (row["status"], row["value"], row["low"], row["high"]) == ("ASSUMED", entry.middle, entry.low, entry.high)
    assert rows["tax_rate"]["status"] == "given"
    assert "article 4" in str(rows["tax_rate"]["source"])


def test_every_assumption_has_a_range_a_unit_and_a_source() -> None:
    text = (Path(str(KINDS["appraisal"]._folder)) / "assumptions/appraisal.toml").read_text(encoding="utf-8")
    entries = parse_assumptions(text, "appraisal.toml").entries
    assert len(entries) >= 38
    assert text.count('status = "ASSUMED"') == len(entries)
    for entry in entries:
        assert entry.low < entry.high, entry.name
        assert entry.unit.strip()
        assert len(entry.source) > 20


def test_own_assumptions_take_their_place(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(
        '[[assumption]]\nname = "wage"\nstatus = "ASSUMED"\nlow = 1.0\nhigh = 3.0\nunit = "CNY of 2017/year"\n'
        'source = "mine"\n',
        encoding="utf-8",
    )
    text = SMALL.replace("first_year = 2020", 'first_year = 2020\nassumptions = "own.toml"')
    result = found(tmp_path, text)
    assert result.money is not None
    assert result.money.venture.value("wage") == 2.0


def test_a_design_of_the_campus_is_handed_over(tmp_path: Path) -> None:
    text = SMALL + "[power]\npue = 1.25\nmwh_per_year = 54750.0\ncost_per_mwh = 333.0\nco2_t = 20000.0\n"
    study = load(written(tmp_path, text))
    handed = handed_over(study.spec, {})
    assert (handed.mwh_per_year, handed.cost_per_mwh, handed.co2_t) == (54_750, 333, 20_000)
    money = found(tmp_path, text).money
    assert money is not None
    assert money.venture.value("load") == pytest.approx(54_750 / (10 * 8760 * 1.25))
    assert money.full_mwh == pytest.approx(54_750)
    assert money.venture.value("worth_per_mwh") == 333
    assert money.co2_t == 20_000
    assert "more than the campus can draw" in error(tmp_path, text.replace("54750.0", "154750.0"))


CAMPUS = """
title = "Small"
[campus]
it_mw = 10.0
year = 2027
utilisation = 0.6
in_use = { 2026 = 0.3, 2027 = 0.5 }
[[site]]
name = "Here"
region = "CN-GZ"
pue = 1.3
[site.grid]
tariff = 500.0
"""
BESIDE = SMALL + '[power]\nsite = "Here"\n[beside]\ncampus = "small.toml"\n'


def test_a_campus_beside_hands_over_its_supply(tmp_path: Path) -> None:
    (tmp_path / "small.toml").write_text(CAMPUS, encoding="utf-8")
    money = found(tmp_path, BESIDE).money
    assert money is not None
    design = run(tmp_path / "small.toml").findings.designs[0]
    # Half of the racks are in use in 2027: an appraisal asks for all of them.
    assert money.full_mwh == pytest.approx(design.facility_mwh / 0.5, rel=1e-12)
    worth = money.venture.figures["worth_per_mwh"]
    assert worth.value == pytest.approx(design.plan.objective / design.facility_mwh, rel=1e-12)
    assert worth.status == "modelled"
    assert money.co2_t == pytest.approx(design.total("co2")[0] / 0.5, rel=1e-12)


COAL = """
[[site.plant]]
technology = "coal"
"""
AIR = {"so2": 0.2, "nox": 0.3, "pm": 0.04}
"""Kg a MWh of coal, invented."""


def harm(name: str, per: tuple[float, float], *, kind: str = "health", more: str = "") -> str:
    return (
        f'[[burden]]\nkind = "{kind}"\nname = "{name}"\nbearer = "province"\nper_low = {per[0]}\nper_high = {per[1]}\n'
        f'source = "invented"\n{more}'
    )


def coal_beside(folder: Path) -> None:
    """Write a campus that coal alone supplies: 10 MW of IT x 0.6 x 0.5 of racks x 1.3 = 3.9 MW all year."""
    own = "".join(
        f'[[assumption]]\nname = "{key}"\nplace = "coal"\nstatus = "ASSUMED"\nlow = {value / 2}\nhigh = {1.5 * value}\n'
        f'unit = "kg/MWh"\nsource = "invented"\n'
        for key, value in AIR.items()
    )
    (folder / "air.toml").write_text(own, encoding="utf-8")
    text = CAMPUS.partition("[site.grid]")[0] + COAL
    (folder / "small.toml").write_text(
        text.replace("[campus]", 'assumptions = "air.toml"\n[campus]', 1), encoding="utf-8"
    )


def test_harm_to_health_of_what_a_campus_beside_emits_by_hand(tmp_path: Path) -> None:
    """34,164 MWh in the year of the plan, twice as many with all racks: 13.6656 t of SO2 at 10,000 to 30,000 CNY."""
    coal_beside(tmp_path)
    text = (
        BESIDE + harm("SO2", (1e4, 3e4)) + harm("NOx", (5e3, 5e3)) + harm("PM", (2e4, 4e4), more="in_accounts = true\n")
    )
    text += harm("warming", (100.0, 300.0), kind="climate")
    result = found(tmp_path, text)
    assert result.money is not None
    lines = {line.name: line.amount for line in result.money.burdens.lines}
    due = {
        "SO2": (136_656.0, 273_312.0, 409_968.0),
        "NOx": (102_492.0, 102_492.0, 102_492.0),
        "PM": (54_662.4, 81_993.6, 109_324.8),
    }
    named = {next(name for name in lines if key in name): ends for key, ends in due.items()}
    for name, ends in named.items():
        assert (lines[name].low, lines[name].value, lines[name].high) == pytest.approx(ends, rel=1e-5)
        assert "tonnes: least-cost supply of Here in 2027" in lines[name].source
    assert result.money.co2_t is not None
    assert lines["warming"].high == pytest.approx(300 * result.money.co2_t)
    # What enters the account is the middle, in each year as far as racks are let.
    without = found(tmp_path, text.replace("in_accounts = true\n", "")).money
    assert without is not None
    borne = npv(result.money.rate, result.money.venture.let() * 81_993.6)
    assert without.values["province"] - result.money.values["province"] == pytest.approx(borne, rel=1e-5)
    assert result.landed is not None
    landed = {row["what"]: row["value"] for row in result.landed.to_table().records()}
    for name, tonnes in (("SO2", 13.6656), ("NOx", 20.4984), ("PM", 2.73312)):
        assert landed[name] == pytest.approx(tonnes, rel=1e-5)


def test_harm_of_what_a_campus_beside_does_not_know(tmp_path: Path) -> None:
    """SO2 of the grid is in no evidence: the study gives its tonnes, or is refused."""
    (tmp_path / "small.toml").write_text(CAMPUS, encoding="utf-8")
    said = error(tmp_path, BESIDE + harm("SO2", (1.0, 2.0)))
    assert "[[burden]] 'SO2' has no low and high, and SO2 of the supply is not known. Allowed: low and high" in said
    result = found(tmp_path, BESIDE + harm("SO2", (1.0, 2.0), more="low = 4.0\nhigh = 6.0\n"))
    assert result.landed is not None
    (row,) = [row for row in result.landed.to_table().records() if row["what"] == "SO2"]
    assert (row["value"], row["low"], row["high"]) == (5.0, 4.0, 6.0)
    assert "low and high of 'dust' are missing: only a campus beside tells" in error(
        tmp_path, BESIDE + harm("dust", (1.0, 2.0))
    )
    assert "low and high of 'SO2' go together" in error(tmp_path, BESIDE + harm("SO2", (1.0, 2.0), more="low = 1.0\n"))


def test_penalties_and_a_price_of_carbon_are_no_resources(tmp_path: Path) -> None:
    def worth(price: str) -> float:
        (tmp_path / "small.toml").write_text(CAMPUS.replace("[campus]", f"{price}[campus]", 1), encoding="utf-8")
        money = found(tmp_path, BESIDE).money
        assert money is not None
        return float(money.venture.value("worth_per_mwh"))

    assert worth("carbon_price = 300.0\n") == pytest.approx(worth(""), rel=1e-9)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('[beside]\ncampus = "small.toml"\n', "", "the study has no campus in [beside]"),
        ('"Here"', '"There"', "There"),
        ("[power]\n", "[power]\nco2_t = 5.0\n", "co2_t says one of them too"),
    ],
)
def test_a_site_that_cannot_hand_over(tmp_path: Path, old: str, new: str, told: str) -> None:
    (tmp_path / "small.toml").write_text(CAMPUS, encoding="utf-8")
    assert told in error(tmp_path, BESIDE.replace(old, new))


def test_parties_sum_to_the_country_and_rates_are_those_of_the_flows(tmp_path: Path) -> None:
    money = found(tmp_path, SMALL).money
    assert money is not None
    parts = np.sum([money.flows.of(party) for party in PARTIES], axis=0)
    assert np.array_equal(parts, money.flows.resource)
    for party in PARTIES:
        flows = money.flows.of(party)
        assert money.values[party] == npv(money.rate, flows)
        assert money.rates[party].roots == internal_rates(flows).roots
    table = money.payers.to_table().records()
    assert sum(num(row, "operator") for row in table[:-1]) == pytest.approx(num(table[-1], "operator"), rel=1e-9)
    steps = money.payers.waterfall("operator", most=5).records()
    assert steps[-2]["to"] == pytest.approx(steps[-1]["value"], rel=1e-9)
    assert all(a["to"] == b["from"] for a, b in pairwise(steps[:-1]))


def test_harm_that_enters_the_account_is_borne_by_whom_it_names(tmp_path: Path) -> None:
    burden = '[[burden]]\nkind = "climate"\nname = "CO2"\nbearer = "rest"\nlow = 100.0\nhigh = 300.0\nper_low = 10.0\n'
    burden += 'per_high = 30.0\nsource = "a test"\n'
    beside, within = found(tmp_path, SMALL + burden), found(tmp_path, SMALL + burden + "in_accounts = true\n")
    assert beside.money is not None
    assert within.money is not None
    (line,) = [row for row in beside.money.burdens.lines if row.name == "CO2"]
    assert (line.amount.low, line.amount.value, line.amount.high) == (1000, 4000, 9000)
    let = within.money.venture.let()
    harm = npv(within.money.rate, let * 4000)
    assert beside.money.values["rest"] - within.money.values["rest"] == pytest.approx(harm, rel=1e-6)
    assert beside.money.values["province"] == pytest.approx(within.money.values["province"], rel=1e-9)


# ------------------------------------------------------------------------------------------------------ impact


IMPACT = SMALL + "[impact]\nconstruction = { construction = 0.3 }\noperation = { utilities = 0.5 }\n"


def test_impact_of_the_bundled_table(tmp_path: Path) -> None:
    result = found(tmp_path, IMPACT)
    assert result.impact is not None
    assert result.money is not None
    economy = result.impact.impact.construction.economy
    table = io_table("CN-GZ")
    share = table.output_cny.sum() / nation_output().sum()
    factor = np.log2(1 + share) ** 0.25
    slq = (table.output_cny / table.output_cny.sum()) / (nation_output() / nation_output().sum())
    a = table.flows_cny / table.output_cny
    cross = slq[:, None] / slq[None, :]
    np.fill_diagonal(cross, slq)  # as Flegg and Webber have it: of itself a sector's own size counts
    cut = np.minimum(1, cross * factor) * a
    assert economy.inputs == pytest.approx(cut, rel=1e-9)
    v = result.money.venture.value
    invested = 10 * (v("building_per_mw") + v("equipment_per_mw"))
    local = 0.3 * invested * min(1, slq[economy.accounts.index("construction")] * factor)
    demand = np.zeros(12)
    demand[economy.accounts.index("construction")] = local
    output = np.linalg.solve(np.eye(12) - cut, demand)
    rows = {(row["phase"], row["effect"]): row for row in result.impact.effects.records()}
    assert rows["construction", "output"]["type I"] == pytest.approx(output.sum(), rel=1e-9)
    # What is bought in the province is value added there or imported by its suppliers; all else leaks at once.
    held = sum(num(rows["construction", kind], "type I") for kind in ("value added", "imports", "leaked at once"))
    assert held == pytest.approx(invested, rel=1e-6)
    for row in rows.values():
        assert num(row, "I low") <= num(row, "type I") <= num(row, "I high")
        assert num(row, "II low") <= num(row, "type II") <= num(row, "II high")
        assert num(row, "type II") >= num(row, "type I") - 1e-6
    values = {row["figure"]: row["value"] for row in result.impact.elsewhere.records()}
    assert 74_000 in values.values()
    assert {9.1, 2.7} <= set(values.values())


def test_a_table_of_ones_own_in_another_unit(tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text(
        "sector,a,b,households,output\na,10,20,70,100\nb,30,40,130,200\nimports,10,40,,\nwages,50,100,,\njobs,5,8,,\n",
        encoding="utf-8",
    )
    table = '[impact.table]\nfile = "table.csv"\nprice_year = 2017\nunit = "1e4 CNY"\nunit_size = 10000.0\n'
    table += (
        'final_demand = ["households"]\nvalue_added = ["wages"]\nincome_kind = "wages"\nhousehold_kind = "households"\n'
    )
    text = SMALL + "[impact]\nconstruction = { a = 0.5 }\noperation = { b = 0.5 }\n" + table
    result = found(tmp_path, text)
    assert result.impact is not None
    assert result.money is not None
    v = result.money.venture.value
    local = 0.5 * 10 * (v("building_per_mw") + v("equipment_per_mw"))
    output = np.linalg.solve(np.eye(2) - np.array([[0.1, 0.1], [0.3, 0.2]]), [local, 0])
    rows = {(row["phase"], row["effect"]): row for row in result.impact.effects.records()}
    assert rows["construction", "output"]["type I"] == pytest.approx(output.sum(), rel=1e-12)
    jobs = (np.array([0.05, 0.04]) * output / 1e4).sum() + 10 * v("construction_jobs_per_mw")
    assert rows["construction", "jobs"]["type I"] == pytest.approx(jobs, rel=1e-12)
    odd = error(tmp_path, text.replace("a = 0.5", "c = 0.5"))
    assert "c" in odd
    assert "a, b" in odd


def test_the_bundled_table_balances_in_the_form_of_the_room() -> None:
    rows, columns = table_of("CN-GZ").differences()
    assert np.abs(rows).max() < 1
    assert np.abs(columns).max() <= 1200


# ------------------------------------------------------------------------------------------------------ chance


CHANCE = (
    SMALL
    + '[[driver]]\nname = "ceiling"\n[[driver]]\nname = "price_per_kw_month"\ndistribution = "normal"\nlow = 900.0\n'
    'high = 1300.0\nsource = "a test"\n[[correlation]]\nof = ["ceiling", "price_per_kw_month"]\nrank = 0.5\n'
    'source = "a test"\n[chance]\ndraws = 2000\n[options]\nsteps = 50\n[[options.stage]]\nyear = 0.0\n'
    "cost_share = 0.5\nvalue_share = 0.5\n[[options.stage]]\nyear = 2.0\ncost_share = 0.5\nvalue_share = 0.5\n"
    "[stranding]\ndraws = 1024\n"
)


def test_draws_options_and_stranding(tmp_path: Path) -> None:
    result = found(tmp_path, CHANCE)
    assert result.chance is not None
    assert result.stranding is not None
    assert result.options is not None
    own: MonteCarlo = result.chance.outcomes["operator"]
    assert own.draws >= 2000
    assert own.effects is not None
    assert own.effects.effects.sum() == pytest.approx(1)
    parts = np.sum([result.chance.outcomes[party].values for party in PARTIES], axis=0)
    assert parts == pytest.approx(result.chance.outcomes["country"].values, rel=1e-9, abs=1e-3)
    assert sum(num(row, "share") for row in own.bins().records()) == pytest.approx(1)
    # Break-even is that of the account, and the ramp's ceilings are those of the driver.
    assert result.money is not None
    assert result.stranding.spec.break_even == result.money.even.utilisation
    assert 0.35 < result.stranding.middle[-1] < 0.95
    assert result.options.perpetual.value >= result.options.american >= result.options.european >= 0
    assert result.options.staging is not None
    for item in (own, result.chance.tornado, result.stranding, result.money.payers):
        assert json.loads(item.plot().to_json())["title"]


def test_ranges_that_cannot_be(tmp_path: Path) -> None:
    for old, new, told in (
        ("high = 1300.0", "high = 800.0", "low is above high"),
        ('name = "ceiling"', 'name = "it_mw"', "it_mw"),
        ('name = "ceiling"', 'name = "tax_rate"', "no range of its own"),
        ('of = ["ceiling"', 'of = ["pue"', "pue"),
        ("low = 900.0\nhigh = 1300.0", "low = -50.0\nhigh = 1300.0", "reaches from"),
        ("cost_share = 0.5\nvalue_share = 0.5\n[[", "cost_share = 0.6\nvalue_share = 0.5\n[[", "does not sum to 1"),
        ('source = "a test"\n[[correlation]]', "[[correlation]]", "no source"),
    ):
        assert old in CHANCE
        said = error(tmp_path, CHANCE.replace(old, new, 1))
        assert told in said, said


# ------------------------------------------------------------------------------------------- capital and backtest


def test_capital_of_the_region_beside_all_others(tmp_path: Path) -> None:
    result = found(tmp_path, HEAD + "[misallocation]\n").capital
    assert result is not None
    share = {row["region"]: num(row, "formation over GDP") for row in result.measures.records()}
    assert round(share["Guizhou"], 2) == 0.67
    assert len(share) == 31
    at = result.panel.at("Inner Mongolia", 2010)
    assert round(float(result.panel.formation_share[at]), 2) == 1.09
    warned = " ".join(result.warnings)
    assert "109 percent of Inner Mongolia" in warned
    assert "Provinces sum to more than the nation" in warned
    readings = {row[5] for row in result.table.rows}
    assert readings <= {"for", "against", "neither"}
    (row,) = [row for row in result.measures.records() if row["region"] == "Guizhou"]
    assert row["marginal product"] == pytest.approx(0.45 / num(row, "capital over GDP"), rel=1e-12)


def test_figures_of_the_nation(tmp_path: Path) -> None:
    rows = "\n".join(f"{year},1e13,5e12" for year in range(2005, 2018))
    (tmp_path / "nation.csv").write_text(f"year,gdp,formation\n{rows}\n", encoding="utf-8")
    result = found(tmp_path, HEAD + '[misallocation]\nnation = "nation.csv"\n').capital
    assert result is not None
    assert any("of the provinces sums to" in line for line in result.warnings)
    (tmp_path / "nation.csv").write_text("year,gdp\n2005,1\n", encoding="utf-8")
    assert "year, gdp, formation" in error(tmp_path, HEAD + '[misallocation]\nnation = "nation.csv"\n')


def test_forecasts_beside_what_came(tmp_path: Path) -> None:
    result = found(tmp_path, HEAD + '[backtest]\nat = ["2019-12", "2021-12"]\npseudo = ["2016-12"]\n').backtests
    first, second, loose = result
    (said,) = [s for s in first.scored if s.forecast.point == 267]
    assert (round(said.low), said.high) == (107, 150)
    assert (round(said.error.low), round(said.error.high)) == (117, 160)
    racks = [s for s in second.scored if s.forecast.unit == "%"]
    assert [(s.forecast.point, s.low, s.high) for s in racks] == [(52.8, 62.72, 62.72)]
    drawn = [s for s in first.scored if s.crps is not None]
    assert drawn
    assert all(s.crps is not None and 0 <= s.crps.low <= s.crps.high for s in drawn)
    assert loose.label.startswith("pseudo-out-of-sample")
    assert not first.label.startswith("pseudo")
    assert not any(fact.day and fact.day > dt.date(2019, 12, 31) for fact in first.frozen.facts)


def test_later_vintages_change_no_forecast(tmp_path: Path) -> None:
    study = load(written(tmp_path, HEAD + '[backtest]\nat = ["2019-12"]\n'))
    material = appraisal_material(study)
    known = figures_issued()
    day = dt.date(2019, 12, 31)
    moved = tuple(
        replace(fact, low=fact.low * 3, high=fact.high * 3) if fact.day is None or fact.day > day else fact
        for fact in known
    )
    assert moved != known
    before, after = (backtests_of(study.spec.backtest, material, figures)[0] for figures in (known, moved))
    points = [[(s.forecast.name, s.forecast.period, s.forecast.point) for s in item.scored] for item in (before, after)]
    assert points[0] == points[1]
    assert [s.low for s in before.scored] != [s.low for s in after.scored]
    with pytest.raises(DataError):
        Vintages(known).frozen("2010")
    assert {fact.period for fact in known if fact.name == ELECTRICITY} >= {2020, 2023}


# ------------------------------------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (HEAD, "nothing is asked for"),
        (HEAD + "[stranding]\n", "[stranding] needs [investment]"),
        (HEAD + '[[driver]]\nname = "pue"\n', "[[driver]] needs [investment]"),
        (SMALL.replace("10.0", "0.0"), "above 0"),
        (SMALL + "[power]\nload = 0.5\nmwh_per_year = 5.0\n", "give one of the two"),
        (SMALL + "[power]\nworth_per_mwh = 5.0\ncost_per_mwh = 5.0\n", "give one of the two"),
        (SMALL.replace("2017\n", '2017\ncurrency = "USD"\n', 1), "the study counts in USD"),
        (SMALL + "[impact]\nconstruction = { construction = 0.8, business = 0.4 }\noperation = {}\n", "more than 1"),
        (SMALL.replace("CN-GZ", "CN-XZ") + "[impact]\nconstruction = {}\noperation = {}\n", "CN-XZ"),
        (HEAD.replace("CN-GZ", "GZ") + "[misallocation]\n", "GZ"),
        (HEAD + "[misallocation]\nyear = 2030\n", "2005 to 2017"),
        (HEAD + "[misallocation]\nyear = 2010\nsince = 2012\n", "since before year"),
        (HEAD + '[backtest]\nat = ["last year"]\n', "is not a date"),
        (HEAD + '[backtest]\nat = ["2005"]\n', "no figure had been issued"),
        (SMALL + "[revenue]\nceiling = 1.5\n", "1 or less"),
        (SMALL + "[sources]\nceilling = 'x'\n", "ceilling"),
        (SMALL + "[power]\npaid_per_mwh = 900.0\n", "a price of up to the tariff"),
    ],
)
def test_what_is_wrong_is_said(text: str, told: str, tmp_path: Path) -> None:
    assert told in error(tmp_path, text)


def test_money_of_another_year_is_said(tmp_path: Path) -> None:
    result = found(tmp_path, SMALL.replace("price_year = 2017", "price_year = 2020"))
    assert any("one to one" in note for note in result.notes)
    assert not any("one to one" in note for note in found(tmp_path, SMALL).notes)


def test_a_price_level_that_is_not_known(tmp_path: Path) -> None:
    text = IMPACT.replace("price_year = 2017", "price_year = 2021")
    assert "give deflator" in error(tmp_path, text)
    told = found(tmp_path, text.replace("[impact]\n", '[impact]\ndeflator = 1.3\ndeflator_source = "a yearbook"\n'))
    assert told.impact is not None
    assert told.impact.impact.construction.bill.deflator == 1.3
    with pytest.raises(StudyError, match="deflator_source"):
        load(written(tmp_path, text.replace("[impact]\n", "[impact]\ndeflator = 1.3\n")))


def test_names_from_the_file_stay_text(tmp_path: Path) -> None:
    bad = "<script>window.hit=9</script>"
    burden = f"[[burden]]\nkind = 'other'\nname = '{bad}'\nbearer = 'rest'\nlow = 1.0\nhigh = 2.0\nsource = '{bad}'\n"
    done = run(written(tmp_path, SMALL.replace("A campus", bad) + burden))
    page = done.report()
    assert bad not in page
    assert "&lt;script&gt;" in page


def test_central_results(tmp_path: Path) -> None:
    kind = KINDS["appraisal"]
    for text in (HEAD + "[misallocation]\n", HEAD + '[backtest]\nat = ["2019-12"]\n'):
        done = run(written(tmp_path, text))
        assert isinstance(done.to_table(), Table)
        assert kind.brief(done.findings)
        assert done.report().startswith("<!doctype html>")
    with pytest.raises(DataError, match="holds no appraisal"):
        kind.headline({"region": 3})


# ------------------------------------------------------------------------------------------------------- damage


def damage_is_told(whole: dict[str, Any], path: tuple[str | int, ...]) -> None:
    """Put odd values in the place of a key, or take it out: the file is read, or refused in words."""
    odd: tuple[object, ...] = ("", True, -1, [], None)
    for value in odd:
        content = copy.deepcopy(whole)
        table = parent(content, path)
        if value is None:
            del table[path[-1]]
        else:
            table[path[-1]] = value
        try:
            parse(document(content), "damaged", kind="appraisal")
        except StudyError as refused:
            said = str(refused)
            assert "validation error" not in said
            assert said.startswith("appraisal 'damaged'")


WHOLE = tomllib.loads(KINDS["appraisal"].bundled_file("guizhou-campus").decode())
PATHS = places(WHOLE)


@pytest.mark.parametrize("path", PATHS, ids=lambda path: ".".join(map(str, path)))
def test_each_key_damaged_is_read_or_refused_in_words(path: tuple[str | int, ...]) -> None:
    damage_is_told(WHOLE, path)


@pytest.mark.parametrize(
    "path", [path for path in PATHS if isinstance(path[-1], str)], ids=lambda path: ".".join(map(str, path))
)
def test_each_key_misspelt_is_named(path: tuple[str | int, ...]) -> None:
    content = copy.deepcopy(WHOLE)
    table = parent(content, path)
    table[f"{path[-1]}x"] = table.pop(path[-1])
    if path[:-1] in {("impact", "construction"), ("impact", "operation")}:
        return  # names of sectors: told when the table is there, see above
    with pytest.raises(StudyError) as caught:
        parse(document(content), "damaged", kind="appraisal")
    assert f"{path[-1]}x" in str(caught.value)


def test_beside_a_study_of_another_kind(tmp_path: Path) -> None:
    written(tmp_path, SMALL + "[misallocation]\n")
    siting = tmp_path / "places.toml"
    siting.write_text(
        'title = "Two places"\ndraws = 200\nbatches = 5\n[beside]\nappraisal = "mine.toml"\n'
        '[[place]]\nname = "Here"\nfigures = { tariff = 0.4 }\n[[place]]\nname = "There"\nfigures = { tariff = 0.5 }\n'
        '[[criterion]]\nname = "tariff"\ngood = "down"\n',
        encoding="utf-8",
    )
    done = run(siting)
    assert done.record()["appraisal"]["money"]["npv"]["operator"]
    assert 'id="beside-appraisal"' in done.report()
    assert "What it would take and bring" in done.report()
