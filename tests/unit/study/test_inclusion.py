"""Who gains through a study file: figures by hand and by the statistics called directly, and what is shown."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.unit.cli.command import call
from tests.unit.study.inclusive import (
    PEOPLE,
    REGIONS,
    SHARES,
    SHARES_OF_REGIONS,
    WIDE_SHARES,
    write_fifths,
    write_people,
    write_regions,
    write_shares,
    write_wide_fifths,
)
from tests.unit.study.test_transfer import height

from pilotzone.app.screen import check_settable, study_text
from pilotzone.core import Panel, PilotZoneError, p_words
from pilotzone.evaluation.inclusion import (
    Convergence,
    DistributionalControl,
    GroupEffects,
    QuantileEffects,
    changes_in_changes,
    convergence,
    gap_effect,
    index_effects,
    micro_data_of,
)
from pilotzone.report import Grid, Words
from pilotzone.report import plain as as_shown
from pilotzone.study import KINDS, Run, compare_runs, run, verify
from pilotzone.study.inclusion import InclusionFindings
from pilotzone.study.inclusion.answer import inclusion_answer
from pilotzone.study.inclusion.charts import inclusion_figures
from pilotzone.study.inclusion.gap import gap_path
from pilotzone.study.inclusion.sheets import inclusion_sheets
from pilotzone.study.inclusion.wording import signed

Done = Run[InclusionFindings]
WORDS = {"failed": "not passed", "cannot be assessed": "open"}


def made(folder: Path, text: str, name: str = "mine", out: bool = False) -> Done:
    path = folder / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    return run(path, out=folder / "out") if out else run(path)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("inclusion")
    write_people(folder)
    write_regions(folder)
    write_shares(folder)
    return folder


@pytest.fixture(scope="module")
def people(home: Path) -> Done:
    return made(home, PEOPLE, "people", out=True)


@pytest.fixture(scope="module")
def regions(home: Path) -> Done:
    return made(home, REGIONS, "regions")


@pytest.fixture(scope="module")
def shares(home: Path) -> Done:
    return made(home, SHARES, "shares")


@pytest.fixture(scope="module")
def bundled(home: Path) -> Done:
    return made(home, KINDS["inclusion"].template().format(name="mine"), "begun")


@pytest.fixture(scope="module")
def fifths(home: Path) -> Done:
    write_wide_fifths(home)
    return made(home, SHARES_OF_REGIONS, "fifths", out=True)


# ------------------------------------------------------------------------------------------------- figures

HAND = """\
title = "Four people"
[inclusion]
data = "four.csv"
source = "by hand"
income = "income"
weights = "weight"
[inequality]
line = 2.0
line_source = "by hand"
"""


def test_indices_by_hand(tmp_path: Path) -> None:
    """Incomes 1, 2, 3, 6 of as many people each: mean 3, and 24 pairs of differences add up to 2 (1+2+5+1+4+3)."""
    (tmp_path / "four.csv").write_text("income,weight\n1,2\n2,2\n3,2\n6,2\n", encoding="utf-8")
    names = ("gini", "theil_t", "theil_l", "palma", "headcount", "poverty_gap", "poverty_severity", "mean")
    text = HAND + "".join(f'[[inequality.index]]\nname = "{name}"\n' for name in names)
    found = {row.index: row.estimate for row in made(tmp_path, text).findings.levels}
    third, two = math.log(1 / 3), math.log(2 / 3)
    expected = {
        "gini": 32 / (2 * 16 * 3),
        "theil_t": (third / 3 + two * 2 / 3 + 0 + 2 * math.log(2)) / 4,
        "theil_l": -(third + two + 0 + math.log(2)) / 4,
        "headcount": 1 / 4,
        "poverty_gap": (1 / 2) / 4,
        "poverty_severity": (1 / 4) / 4,
        "mean": 3.0,
    }
    for name, value in expected.items():
        assert found[name] == pytest.approx(value, rel=1e-12), name
    # The richest tenth has 0.6 of 3; the poorest 40 % have 1 of 1/4 and 2 of 3/20.
    assert found["palma"] == pytest.approx(0.6 / (0.25 + 0.3), rel=1e-12)


def test_regions_count_with_their_mean(regions: Done, home: Path) -> None:
    table = pd.read_csv(home / "regions.csv")
    last = table[table["year"] == 2019]
    people, income = (last[name].to_numpy(dtype=float) for name in ("people", "income"))
    share = people / people.sum()
    ratio = income / (share @ income)
    row = regions.findings.levels[-1]
    assert (row.period, row.note, row.low) == (2019, "between regions only", None)
    assert row.estimate == pytest.approx(float(share @ (ratio * np.log(ratio))), rel=1e-12)


def test_shares_give_bounds(shares: Done) -> None:
    rows = {(row.index, row.period): row for row in shares.findings.levels}
    gini = rows["gini", 2010]
    # Equal within fifths: 1 - sum of 0.2 (2 L - share), with L the running share.
    shared = np.array([0.05, 0.10, 0.15, 0.22, 0.48])
    assert gini.estimate is None
    assert gini.low == pytest.approx(1 - float((0.2 * (2 * shared.cumsum() - shared)).sum()), rel=1e-12)
    assert gini.low is not None
    assert gini.high is not None
    assert gini.low < gini.high < 0.5
    assert rows["theil_t", 2018].high is None
    said = " ".join(inclusion_answer(shares.findings).said)
    assert "at least 0.300 in 2018" in said
    assert shares.record()["line"] == {"amount": 0.5, "unit": "of mean income", "source": "invented"}


def test_effects_between_regions_are_those_of_their_means(home: Path) -> None:
    text = REGIONS.replace('name = "theil_t"\n', 'name = "theil_t"\nrole = "inclusion"\nmargin = 0.01\n')
    found = made(home, text, "between").findings
    table = pd.read_csv(home / "regions.csv")
    columns = {"weights": "people", "clusters": "region", "zone": "zone", "periods": "year"}
    direct = index_effects(micro_data_of(table, "income", **columns), "theil_t", start=2016, errors="jackknife")
    assert found.effects is not None
    assert found.effects.joint.estimate == pytest.approx(direct.joint.estimate, abs=1e-15)
    assert found.effects.spread.matrix == pytest.approx(direct.spread.matrix, abs=1e-18)
    assert found.effects.joint.covariance is not None
    assert (found.effects.joint.covariance.treated, found.effects.joint.covariance.controls) == (24, 24)
    answer = inclusion_answer(found)
    assert answer.label.startswith("Theil T between regions: ")
    assert any(text.startswith("Effect of the zone on Theil T between regions: ") for text in answer.said)
    assert any("between the regions of the zone, and not between them and the rest" in text for text in answer.why)
    assert found.verdicts["inequality"].label


def test_means_lie_between_nothing_and_effects_without_a_claim_are_named(home: Path) -> None:
    text = REGIONS[: REGIONS.index("[groups]")].replace('name = "theil_t"', 'name = "mean"')
    answer = inclusion_answer(made(home, text, "means").findings)
    assert answer.label == "effects on indices, no claim made"
    assert answer.said[0].startswith("Mean income rises from ")
    assert answer.said[1].startswith("Effect of the zone on mean income: ")


def test_nothing_lies_between_the_regions_of_a_zone_of_one(home: Path) -> None:
    text = REGIONS.replace('zone = "zone"', 'places = ["r01"]')
    text = text[: text.index("[groups]")]
    alone = made(home, text, "alone").findings
    assert alone.effects is None
    answer = inclusion_answer(alone)
    assert answer.label == "inequality described, no effect can be told"
    assert any("nothing lies between its regions" in told for told in answer.why)
    mean = made(home, text.replace('name = "theil_t"', 'name = "mean"'), "mean").findings
    assert mean.effects is not None
    assert mean.effects.why == "too few: 1 cluster on one side, 5 needed"
    claimed = text + 'role = "inclusion"\nmargin = 0.01\n'
    with pytest.raises(PilotZoneError, match="the zone is one region: nothing lies between its regions"):
        made(home, claimed, "claimed")


def test_shares_by_region_give_effects_between_parts(fifths: Done, home: Path) -> None:
    found = fifths.findings
    table = pd.read_csv(home / "fifths.csv")
    shares = table["share"].to_numpy().reshape(14, 4, 5)
    gini = np.abs(shares[..., :, None] - shares[..., None, :]).mean(axis=(2, 3)) / (2 * shares.mean(axis=2))
    moved = gini[:, 2:].mean(axis=1) - gini[:, :2].mean(axis=1)
    assert found.effects is not None
    assert found.effects.joint.estimate[0] == pytest.approx(moved[:7].mean() - moved[7:].mean(), abs=1e-13)
    error = (moved[:7].var(ddof=1) / 7 + moved[7:].var(ddof=1) / 7) ** 0.5
    assert found.effects.spread.se[0] == pytest.approx(error, rel=1e-10)
    level = next(row for row in found.levels if (row.index, row.period) == ("gini", 2014))
    assert level.low == pytest.approx(gini[:, 0].mean(), abs=1e-13)
    assert level.note == "bounds from shares of income, mean of 14 regions"
    answer = inclusion_answer(found)
    assert answer.label == "Gini between parts: harm excluded (holds with allowance)"
    told = " ".join(answer.why)
    assert found.effects.bounds is not None
    assert f"Gini from {signed(float(found.effects.bounds[0, 0]))} to" in told
    assert "Theil T anywhere" in told
    assert verify(home / "out").state == "same"


def test_columns_of_shares_are_rows_of_parts(fifths: Done, home: Path) -> None:
    wide, long = made(home, WIDE_SHARES, "wide").findings, fifths.findings
    assert wide.levels == long.levels
    assert wide.effects is not None
    assert long.effects is not None
    assert wide.effects.to_table().records() == long.effects.to_table().records()
    late = WIDE_SHARES.replace("start = 2016", "start = 2016\nfirst = 2015")
    assert {row.period for row in made(home, late, "late").findings.levels} == {2015, 2016, 2017}


def test_tenths_beside_fifths_are_no_comparison(tmp_path: Path) -> None:
    """Fifths hide more inequality than tenths: as an effect refused, as levels of the same table told."""
    write_fifths(tmp_path)
    table = pd.read_csv(tmp_path / "fifths.csv")
    inside, rest = table[table["zone"] == 1], table[table["zone"] == 0]
    halves = rest.loc[rest.index.repeat(2)].assign(share=lambda t: t["share"] / 2, people=0.1)
    pd.concat([inside, halves]).to_csv(tmp_path / "fifths.csv", index=False)
    with pytest.raises(PilotZoneError) as error:
        made(tmp_path, SHARES_OF_REGIONS)
    assert "5 (such as r00) in the zone, 10 (such as r07) in the comparison." in str(error.value)
    assert "such as tenths in pairs" in str(error.value)
    levels = SHARES_OF_REGIONS.replace('zone = "zone"\nstart = 2016', "")
    levels = levels.replace('role = "inclusion"\nmargin = 0.02\n', "")
    assert len(made(tmp_path, levels).findings.levels) == 12
    pd.concat([inside, halves[halves["region"] != "r07"], rest[rest["region"] == "r07"]]).to_csv(
        tmp_path / "fifths.csv", index=False
    )
    with pytest.raises(PilotZoneError, match=r"5 \(such as r07\) and 10 \(such as r08\) in the comparison"):
        made(tmp_path, SHARES_OF_REGIONS)


def test_regions_that_are_equal_to_rounding_are_no_data(tmp_path: Path) -> None:
    """All regions of a side have the same shares: their variance is rounding, and no verdict rests on it."""
    write_fifths(tmp_path)
    table = pd.read_csv(tmp_path / "fifths.csv")
    for side in (0, 1):
        first = table[table["zone"] == side]["region"].iloc[0]
        shares = table[table["region"] == first]["share"].to_numpy()
        table.loc[table["zone"] == side, "share"] = np.tile(shares, 7)
    table.to_csv(tmp_path / "fifths.csv", index=False)
    found = made(tmp_path, SHARES_OF_REGIONS).findings
    assert found.effects is not None
    assert found.effects.spread.se.tolist() == [0.0] * 3
    assert inclusion_answer(found).label == "Gini between parts: cannot be assessed"
    assert "nothing varies that could be compared with the effect" in inclusion_answer(found).strength


def test_a_clear_loss_stands_before_a_label_that_is_open(tmp_path: Path) -> None:
    """Incomes of the zone halve, the Gini tells nothing: the label is the Gini's, the first sentence the loss."""
    write_people(tmp_path)
    table = pd.read_csv(tmp_path / "people.csv")
    table.loc[(table["zone"] == 1) & (table["year"] > 2015), "income"] *= 0.5
    table.to_csv(tmp_path / "people.csv", index=False)
    text = PEOPLE[: PEOPLE.index("[quantiles]")].replace("margin = 0.05", "margin = 0.0001")
    text = text.replace('name = "mean"', 'name = "mean"\nrole = "development"\nmargin = "2%"')
    done = made(tmp_path, text)
    answer = inclusion_answer(done.findings)
    assert answer.label == "Gini and mean income: too noisy for this margin"
    assert answer.said[0].startswith("The zones, on average, worsened mean income beyond its margin of 2 % (p < 0.001")
    assert "worsened" not in answer.strength
    assert answer.strength.startswith("No gain in mean income shows")
    assert done.record()["said"][0] == answer.said[0]
    lines = [str(block) for block in KINDS["inclusion"].lines(done.findings, 200)]
    assert any("worsened mean income" in line for line in lines)
    assert "worsened mean income" in KINDS["inclusion"].page(done.findings, {}, ())


def test_a_gini_that_is_to_be_developed_is_one_that_falls(home: Path) -> None:
    text = PEOPLE[: PEOPLE.index("[quantiles]")].replace('role = "inclusion"', 'role = "development"')
    answer = inclusion_answer(made(home, text, "fall").findings)
    assert answer.label == "Gini (a fall is the gain): growth not shown"
    assert answer.strength == "No fall in Gini shows."


def test_parts_are_what_the_statistics_say(people: Done, home: Path) -> None:
    table = pd.read_csv(home / "people.csv")
    table["zone"] = table["zone"] == 1
    data = micro_data_of(table, "income", weights="weight", clusters="county", zone="zone", periods="year")
    found = people.findings
    assert isinstance(found.quantiles, QuantileEffects)
    direct = changes_in_changes(data, start=2016, quantiles=(0.1, 0.25, 0.5, 0.75, 0.9), draws=60)
    np.testing.assert_array_equal(found.quantiles.effect, direct.effect)
    np.testing.assert_array_equal(found.quantiles.se, direct.se)
    indices = index_effects(data, ["gini", "mean"], start=2016)
    assert found.effects is not None
    assert found.effects.joint.estimate[0] == indices.joint.estimate[0]
    assert found.effects.joint.outcomes[1].scale == "log"
    gap = convergence(data, start=2016)
    assert isinstance(found.convergence, Convergence)
    assert found.convergence.joint.estimate[0] == gap.joint.estimate[0]
    now = table[table["year"] == 2017]
    own = now[now["zone"]]
    ratio = np.average(own["income"], weights=own["weight"]) / np.average(now["income"], weights=now["weight"])
    assert found.path[2017] == pytest.approx(ratio, rel=1e-12)


def test_theil_within_and_between_adds_up(people: Done) -> None:
    found = people.findings
    assert set(found.decomposed) == {"2014", "2015", "2016", "2017"}
    part = found.decomposed["2014"]
    assert part.estimate[0] == pytest.approx(part.estimate[1:].sum(), rel=1e-12)
    assert (part.estimate > 0).all()
    groups = {row.group for row in found.levels}
    assert groups == {"all", "rural", "urban"}


def test_tables_hold_what_their_names_say(people: Done) -> None:
    tables, record = KINDS["inclusion"].tables(people.findings), people.record()
    assert tables["effects.csv"].records() == record["effects"]
    assert {row["outcome"] for row in record["effects"]} == {"Gini", "mean income"}
    periods = tables["by_period.csv"].to_frame().query("index == 'gini'")
    apart = periods["zone"] - periods["comparison"]
    moved = apart[periods["period"] >= 2016].mean() - apart[periods["period"] < 2016].mean()
    assert record["effects"][0]["estimate"] == pytest.approx(moved, rel=1e-9)
    parts = tables["decomposed.csv"].to_frame().query("period == '2014'").set_index("part")["estimate"]
    assert parts["within"] + parts["between"] == pytest.approx(parts["total"], rel=1e-12)
    assert tables["groups.csv"].records() == [{"note": "not asked for"}]


@pytest.mark.parametrize("ending", ["xlsx", "dta", "feather", "parquet", "jsonl"])
def test_any_file_of_the_door_gives_the_same(ending: str, home: Path, people: Done) -> None:
    table = pd.read_csv(home / "people.csv")
    path = home / f"same.{ending}"
    if ending == "xlsx":
        table.to_excel(path, index=False)
    elif ending == "dta":
        table.to_stata(path, write_index=False)
    elif ending == "jsonl":
        table.to_json(path, orient="records", lines=True, double_precision=15)
    else:
        getattr(table, f"to_{ending}")(path)
    done = made(home, PEOPLE.replace("people.csv", path.name), f"same-{ending}")
    own, other = done.record(), people.record()
    for part in ("effects", "decomposed", "convergence", "levels"):
        np.testing.assert_equal(own[part], other[part])


def test_a_workbook_says_which_columns_it_has(home: Path) -> None:
    pd.read_csv(home / "people.csv").rename(columns={"income": "pay"}).to_excel(home / "pay.xlsx", index=False)
    with pytest.raises(PilotZoneError, match="'income'"):
        made(home, PEOPLE.replace("people.csv", "pay.xlsx"), "pay")


def test_many_indices_stand_in_the_table_with_their_effects(home: Path) -> None:
    """Sentences tell of the index of the claim alone, and what does not fit is counted."""
    more = "".join(
        f'[[inequality.index]]\nname = "{name}"\n'
        for name in ("theil_t", "theil_l", "headcount", "poverty_gap", "poverty_severity", "palma")
    )
    done = made(home, PEOPLE.replace("[quantiles]", f"{more}[quantiles]"), "many")
    said = inclusion_answer(done.findings).said
    assert [text for text in said if text.startswith("Effect of the zone")] == [
        text for text in said if "zone on Gini:" in text
    ]
    grid = next(block for block in done.lines(120) if isinstance(block, Grid))
    effect = next(row for row in done.record()["effects"] if row["outcome"] == "Theil T")
    row = next(row for row in grid.rows if row[0] == "Theil T")
    assert float(str(row[3])) == pytest.approx(effect["effect"], rel=5e-3)
    assert row[4] == as_shown(f"{signed(effect['low'])} to {signed(effect['high'])}")
    assert [block.text for block in done.lines(120) if isinstance(block, Words)][-1].startswith("2 more in levels.csv")


def test_groups_gain_where_there_is_an_effect(regions: Done, home: Path) -> None:
    found = regions.findings
    groups = found.groups
    assert isinstance(groups, GroupEffects)
    assert groups.groups == ("far", "near")
    assert groups.findings() == ["gain", "not shown"]
    table = pd.read_csv(home / "regions.csv")
    logs = table.assign(income=np.log(table["income"]))
    far = logs[logs["remote"] == "far"].set_index(["region", "year"])["income"]
    change = far[far.index.get_level_values("year") > 2015].groupby("region").mean() - far.xs(2015, level="year")
    zone = logs.groupby("region")["zone"].first()[change.index] == 1
    assert groups.joint.estimate[0] == pytest.approx(float(change[zone].mean() - change[~zone].mean()), rel=1e-9)
    assert (
        groups.population[0]
        == table[(table["year"] == 2015) & (table["remote"] == "far") & (table["zone"] == 1)]["people"].sum()
    )
    assert found.along is not None
    assert found.along.units == 24
    answer = inclusion_answer(found)
    assert answer.label == "income by group: harm excluded (holds without allowance only)"
    assert answer.strength == (
        "Harm to any of income per head (far) and income per head (near) beyond its margin is excluded."
    )


def test_parts_of_a_covariate(home: Path) -> None:
    text = REGIONS.replace('by = "remote"', 'by = "km"\nparts = 12').replace("role", "# role").replace("margin", "# m")
    done = made(home, text, "parts")
    groups = done.findings.groups
    assert groups is not None
    assert groups.groups[:3] == ("part 1 of 12 by km", "part 2 of 12 by km", "part 3 of 12 by km")
    assert set(groups.findings()) == {"too few"}
    answer = inclusion_answer(done.findings)
    assert "12 of 12 groups have too few regions for a test." in answer.said
    assert "too few: 2 regions on one side of the group, 5 needed" in answer.strength
    assert answer.label == "no group is shown to gain or lose"


def test_discrete_incomes_have_bounds(tmp_path: Path) -> None:
    write_people(tmp_path, discrete=True)
    done = made(tmp_path, PEOPLE.replace("draws = 60", "draws = 60\ndiscrete = true"))
    part = done.findings.quantiles
    assert isinstance(part, QuantileEffects)
    assert part.discrete
    assert (part.low_effect <= part.high_effect).all()
    assert (part.low_effect < part.high_effect).any()
    figures = {figure.id: figure for figure in inclusion_figures(done.findings)}
    assert figures["quantile-effects"].chart.data["line"] == []


def test_distributional_control_of_one_region(tmp_path: Path) -> None:
    write_people(tmp_path)
    text = PEOPLE.replace('cluster = "county"', 'region = "county"').replace('zone = "zone"', 'zone = "first"')
    text = text.replace("draws = 60", 'method = "distributional_control"\nat = [0.25, 0.5]')
    text = text[: text.index("[inequality]")] + text[text.index("[quantiles]") : text.index("[convergence]")]
    table = pd.read_csv(tmp_path / "people.csv")
    table["first"] = (table["county"] == "c0").astype(int)
    table.to_csv(tmp_path / "people.csv", index=False)
    done = made(tmp_path, text)
    said = " ".join(inclusion_answer(done.findings).said)
    assert "at 25\u00a0%" in said
    assert "at 50\u00a0%" in said
    assert [row["of"] for row in done.record()["quantiles"]][:2] == ["quantile 0.25", "quantile 0.5"]
    part = done.findings.quantiles
    assert isinstance(part, DistributionalControl)
    (figure,) = (figure for figure in inclusion_figures(done.findings) if figure.id == "quantile-effects")
    gap = (part.actual - part.without)[part.late].mean(axis=0)
    line = figure.chart.data["line"]
    assert [(row["across"], row["up"]) for row in line] == [*zip((100 * part.grid).tolist(), gap.tolist(), strict=True)]
    others = figure.chart.data["others"]
    assert len(others) == 2 * (len(part.units) - 1)
    assert {row["unit"] for row in others} == set(part.units) - {"c0"}
    assert p_words(part.p) in figure.title
    assert "gap, CNY" in json.dumps(part.plot().to_dict())


# ------------------------------------------------------------------------------------------------- the gap


def test_a_gap_that_closed_before_is_described(bundled: Done) -> None:
    found = bundled.findings
    answer = inclusion_answer(found)
    assert answer.label == "the gap closes, as before the start: no effect shown"
    assert not found.verdicts
    assert "does not show an effect of its programme" in " ".join(answer.said)
    assert "points per period before the start" in " ".join(answer.said)
    assert "nothing here tests that" not in " ".join(answer.why)
    assert "1 region on one side" in answer.strength
    (sheet,) = (item for item in inclusion_sheets(found) if item.id == "inclusion-convergence")
    assert sheet.note.endswith("so this describes the zone and does not show an effect of its programme.")


def test_how_a_gap_moved() -> None:
    way = gap_path({2010: 0.5, 2012: 0.52, 2013: 0.55, 2015: 0.65}, 2013)
    assert way.before == pytest.approx(1.0)
    assert way.since == pytest.approx(13 / 3)
    # A slow move before is not what since goes on with.
    assert (way.moved, way.moved_before, way.alike) == ("closes", "closed", False)
    assert gap_path({2010: 0.5, 2012: 0.54, 2013: 0.56}, 2013).alike
    richer = gap_path({2010: 1.2, 2012: 1.3, 2013: 1.25}, 2013)
    assert (richer.moved, richer.moved_before, richer.alike) == ("closes", "widened", False)
    one = gap_path({2012: 0.5, 2013: 0.6}, 2013)
    assert (one.before, one.moved_before, one.alike) == (None, "", False)


def test_a_richer_zone_has_a_lead_and_closes_no_gap(home: Path) -> None:
    richer = pd.read_csv(home / "people.csv")
    richer["income"] *= np.where(richer["zone"] == 1, 3.0 + 0.8 * (richer["year"] - 2014), 1.0)
    richer.to_csv(home / "richer.csv", index=False)
    done = made(home, PEOPLE.replace("people.csv", "richer.csv").replace("[quantiles]\ndraws = 60\n", ""), "richer")
    said = " ".join(inclusion_answer(done.findings).said)
    assert "The zone's lead grew before the programme already" in said
    assert "The gap" not in said
    rows = {row["quantity"]: row["value"] for row in done.record()["convergence"]}
    assert rows["share of the gap closed by the effect"] is None


def test_a_gap_without_a_course_before_may_be_an_effect(home: Path) -> None:
    text = (
        PEOPLE[: PEOPLE.index("[inequality]")].replace("start = 2016", "start = 2016\nfirst = 2015") + "[convergence]"
    )
    done = made(home, text, "short")
    answer = inclusion_answer(done.findings)
    assert "one period before the start cannot test that" in " ".join(answer.why)
    assert answer.label in {"the zone closes its gap to the nation", "not shown that the zone closes its gap"}
    assert "Against the comparison the effect on that ratio is" in answer.said[-1]


def test_a_judged_gap_has_its_course_before_the_start_checked(tmp_path: Path) -> None:
    """Through the file: the difference of 2014 by hand, both checks in record and answer, and verified."""
    write_people(tmp_path)
    text = PEOPLE[: PEOPLE.index("[inequality]")] + '[convergence]\nrole = "development"\nmargin = "2%"\n'
    done = made(tmp_path, text, out=True)
    part = done.findings.convergence
    assert part is not None
    table = pd.read_csv(tmp_path / "people.csv")
    amounts = table.assign(amount=table["income"] * table["weight"])
    sums = amounts.groupby(["year", "zone"])[["amount", "weight"]].sum().unstack()  # noqa: PD010 - of sums, not of rows
    mean = sums["amount"] / sums["weight"]
    apart = np.log(mean[1] / mean[0])
    whole = amounts.groupby("year")[["amount", "weight"]].sum()
    ratio = mean[1] / (whole["amount"] / whole["weight"])
    share = sums["weight"][1] / whole["weight"]
    expected = gap_effect(float(apart[2014] - apart[2015]), share=float(share[2014]), ratio=float(ratio[2014]))
    assert part.course.periods == (2014,)
    assert part.course.estimate[0] == pytest.approx(expected, abs=1e-12)
    assert part.course.found is not None
    rows = done.record()["checks"]
    assert [(row["outcome"], row["check"]) for row in rows] == [("log_gap", "pre_trends"), ("log_gap", "no_pre_trend")]
    assert rows[1]["value"] == pytest.approx(part.course.found.p)
    verdict = done.findings.verdicts["convergence"]
    (test,) = verdict.tests
    assert test.identification == part.joint.identification_of("log_gap").state
    assert verdict.tests[0].gain.multiple is not None
    assert f"{WORDS[test.identification]} on income relative to the nation" in " ".join(
        inclusion_answer(done.findings).why
    )
    assert "so this describes the zone" not in " ".join(inclusion_answer(done.findings).said)
    checked = verify(tmp_path / "out")
    assert not checked.differences
    assert checked.obstacle is None


# ------------------------------------------------------------------------------------------------ what is shown


@pytest.mark.parametrize(("width", "most"), [(80, 31), (120, 24)])
@pytest.mark.parametrize("name", ["people", "regions", "shares", "bundled"])
def test_the_first_screen_fits(name: str, width: int, most: int, request: pytest.FixtureRequest) -> None:
    assert height(request.getfixturevalue(name), width) <= most


def test_the_gap_before_the_start_takes_the_place_of_a_sentence(people: Done, regions: Done) -> None:
    why = " ".join(inclusion_answer(people.findings).why)
    assert "nothing here tests that" not in why
    assert "Before the start their difference in Gini moved by up to" in why
    groups, along = regions.findings.groups, regions.findings.along
    assert groups is not None
    assert along is not None
    (_, _, p) = groups.before["income"]
    assert p > 0.05
    why = " ".join(inclusion_answer(regions.findings).why)
    assert f"Before the start no group is shown to move away from its controls (joint test, p = {p:.3f})." in why
    assert "Before the start the band of the same curve holds zero everywhere." in why
    moved = replace(
        regions.findings,
        groups=replace(groups, before={"income": (30.0, 3, 1e-5)}),
        along=replace(along, excluded_before=4),
    )
    why = " ".join(inclusion_answer(moved).why)
    assert "so that effects may be old trends (joint test, p < 0.001)." in why
    assert "excludes zero at 4 of 25 points" in why
    bare = replace(along, excluded_before=None)
    short = replace(regions.findings, effects=None, groups=replace(groups, before={}), along=bare)
    assert "nothing here tests that" in " ".join(inclusion_answer(short).why)


def test_every_part_has_its_chart_and_sheet(people: Done, regions: Done, shares: Done) -> None:
    assert [figure.id for figure in inclusion_figures(people.findings)] == [
        "gap-to-nation", "quantile-effects", "index-1", "index-2",
    ]  # fmt: skip
    assert [figure.id for figure in inclusion_figures(regions.findings)] == [
        "group-effects", "effects-along", "gap-to-nation", "index-1",
    ]  # fmt: skip
    assert inclusion_figures(shares.findings) == []
    for done in (people, regions, shares):
        page = done.report()
        for figure in inclusion_figures(done.findings):
            assert f'id="{figure.id}"' in page
            assert figure.title[0].isupper()


def test_results_draw_themselves(people: Done, regions: Done) -> None:
    parts: list[Any] = [
        people.findings.quantiles, people.findings.effects, regions.findings.groups, regions.findings.along,
    ]  # fmt: skip
    for part in parts:
        spec = part.plot().to_dict(validate=True)
        assert spec["title"]["text"]
        assert any(spec["datasets"].values())


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Done:
    folder = tmp_path_factory.mktemp("odd")
    write_regions(folder, far="<script>alert(1)</script>\x1b[31m")
    text = REGIONS.replace('title = "Regions"', 'title = "<img src=x onerror=alert(2)>\\u001b[2J"')
    return made(folder, text.replace("Prices differ.", "</script><b>\\u202e"))


def test_names_that_try_something_are_inert(odd: Done) -> None:
    page = odd.report()
    for part in ("<script>alert(1)", "<img src=x", "</script><b>", "\x1b", "\u202e"):
        assert part not in page
    assert "&lt;img src=x" in page
    folder = odd.study.folder
    assert folder is not None
    shown = call("run", folder / "mine.toml", "--out", folder / "shown").out
    assert "alert(1)" in shown
    assert "\x1b" not in shown
    assert "\u202e" not in shown


# ---------------------------------------------------------------------------------------------- as other kinds


def test_a_run_verifies_and_compares(people: Done, home: Path) -> None:
    assert verify(home / "out").state == "same"
    record = json.loads((home / "out" / "inclusion.json").read_text(encoding="utf-8"))
    assert record["verdicts"]["inequality"]["label"] == "harm excluded"
    assert {row["index"] for row in record["levels"]} == {"gini", "mean"}
    assert compare_runs(home / "out", home / "out").same
    other = made(home, PEOPLE.replace("line = 800.0", "line = 900.0").replace("start = 2016", "start = 2015"), "other")
    assert other.record()["effects"] != people.record()["effects"]


CHOSEN = {
    "inclusion.start": 2015, "inclusion.first": 2015, "inclusion.last": 2016, "inclusion.level": 0.9,
    "quantiles.discrete": True, "quantiles.draws": 50, "quantiles.seed": 3,
    "groups.parts": 2, "groups.compare_with": "all", "groups.scale": "level",
}  # fmt: skip


def test_every_settable_key_is_offered(people: Done, regions: Done) -> None:
    kind = KINDS["inclusion"]
    assert set(kind.settable) == {"title", *CHOSEN}
    offered: dict[str, Any] = {}
    for done in (people, regions):
        offered |= {choice.key: choice.value for choice in kind.choices(done.study, done.findings)}
    assert set(offered) == set(CHOSEN)
    assert all(offered[key] != value for key, value in CHOSEN.items())


@pytest.fixture(scope="module")
def plain(home: Path) -> dict[str, tuple[str, dict[str, Any]]]:
    """Give studies without a role, and what they find: groups by a covariate, and quantiles."""
    groups = REGIONS.replace('by = "remote"', 'by = "km"').replace('role = "inclusion"\nmargin = "3%"\n', "parts = 3\n")
    people = PEOPLE[: PEOPLE.index("[inequality]")] + "[quantiles]\ndraws = 60\n"
    return {name: (text, made(home, text, name).record()) for name, text in (("groups", groups), ("quantiles", people))}


@pytest.mark.parametrize("key", CHOSEN)
def test_a_choice_changes_what_is_found(key: str, home: Path, plain: dict[str, tuple[str, dict[str, Any]]]) -> None:
    text, before = plain["groups" if key.startswith(("groups", "inclusion.first")) else "quantiles"]
    changes = {key: CHOSEN[key]}
    check_settable(KINDS["inclusion"], changes)
    after = made(home, study_text(text, changes), before["name"]).record()
    parts = ("levels", "quantiles", "groups", "along", "convergence")
    assert any(after[part] != before[part] for part in parts)


def test_a_description_offers_what_it_has(shares: Done) -> None:
    found = [choice.key for choice in KINDS["inclusion"].choices(shares.study, shares.findings)]
    assert found == ["inclusion.first", "inclusion.last", "inclusion.level"]


def test_the_bundled_series_are_the_evidence(bundled: Done) -> None:
    from pilotzone.gather import evidence_panel

    panel: Panel = evidence_panel(["gdp_nominal_cny", "population"])
    gdp, people = panel.matrix("gdp_nominal_cny"), panel.matrix("population")
    at, year = panel.units.index("CN-GZ"), [int(period) for period in panel.periods].index(2019)
    ratio = gdp[at, year] / people[at, year] / (gdp[:, year].sum() / people[:, year].sum())
    assert bundled.findings.path[2019] == pytest.approx(float(ratio), rel=1e-12)
    assert bundled.findings.rows == 310
