"""Firms and corrections of a user's own in an appraisal: what is computed, shown, kept, and refused."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from tests.properties.test_study_damage import places
from tests.unit.cli.command import call
from tests.unit.study.test_appraisal_files import damage_is_told, num

from pilotzone.core import PilotZoneError, StudyError
from pilotzone.study import KINDS, parse, run
from pilotzone.study.appraisal import AppraisalFindings

HEAD = """
title = "Firms"
[appraisal]
region = "CN-GZ"
price_year = 2017
deflator = "given so"
first_year = 2018
"""
FIRMS = (
    HEAD
    + """
[firms]
file = "firms.csv"
source = "a survey"
shares_source = "a table"
capital_share = 0.0
capital_shares = { b = 0.5 }
industry_weights = { a = 0.75, b = 0.25 }
trim = 0.0
elasticity = 3.0
[firms.columns]
labour = "wage bill"
"""
)
ROWS = "industry,value_added,wage bill,capital\na,1,1,1\na,0.25,0.125,1\nb,3,1,2\nb,3,1,2\n"
RETURNS = HEAD + '[misallocation]\ncorrections = "more.csv"\ncorrections_source = "a yearbook"\n'
MORE = "region,year,reproducible_share,capital_price\nCN-GZ,2017,0.6,1.2\nCN-BJ,2017,,0.9\nCN-GZ,2010,0.5,1\n"


def written(folder: Path, text: str, rows: str = ROWS, name: str = "firms.csv") -> Path:
    (folder / name).write_text(rows, encoding="utf-8")
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


def refused(path: Path) -> str:
    with pytest.raises(PilotZoneError) as caught:
        run(path)
    return " ".join(str(caught.value).split())


def test_the_two_firms_in_a_study(tmp_path: Path) -> None:
    done = run(written(tmp_path, FIRMS))
    found: AppraisalFindings = done.findings
    assert found.firms is not None
    first, second = found.firms.industries.records()
    assert first["productivity over efficient"] == pytest.approx(0.8784104612, abs=1e-10)
    # Equal firms lose nothing; the weights are those of the study.
    assert second["productivity over efficient"] == pytest.approx(1)
    assert found.firms.allocation.ratio == pytest.approx(0.8784104612**0.75, abs=1e-9)
    record = done.record()["firms"]
    assert (record["firms_read"], record["firms_counted"], record["elasticity"]) == (4, 4, 3.0)
    assert [row["elasticity of substitution"] for row in record["elasticities"]] == [3.0, 5.0]
    assert "state, not an effect" in " ".join(record["cannot"])
    assert "an ASSUMED elasticity of 3" in " ".join(done.record()["words"])
    page = done.report()
    assert 'id="firms-section"' in page
    assert "Source of the firms: a survey" in page
    kind = KINDS["appraisal"]
    assert kind.brief(found).startswith("firms: ")
    assert kind.central(found) is found.firms.allocation
    assert kind.headline(done.record())["finding"]["firms: gain"] == pytest.approx(record["gain"])
    assert set(kind.files(done.study.spec)) == {"firms.csv"}
    assert kind.moved(done.study.spec, lambda file: f"x/{file}").firms.file == "x/firms.csv"


def test_corrections_in_a_study(tmp_path: Path) -> None:
    done = run(written(tmp_path, RETURNS, MORE, "more.csv"))
    found: AppraisalFindings = done.findings
    assert found.capital is not None
    assert found.capital.corrected is not None
    naive = {str(row["region"]): row["marginal product"] for row in found.capital.measures.records()}
    rows = {row["region"]: row for row in found.capital.corrected.to_table().records()}
    assert rows["Guizhou"]["naive"] == pytest.approx(naive["Guizhou"], rel=1e-12)
    assert rows["Guizhou"]["land taken out"] == pytest.approx(0.6 * num(naive, "Guizhou"), rel=1e-12)
    assert rows["Guizhou"]["naive in quantities"] == pytest.approx(1.2 * num(naive, "Guizhou"), rel=1e-12)
    assert (rows["Beijing"]["land taken out"], rows["Beijing"]["not given"]) == (None, "reproducible share")
    assert rows["Hebei"]["not given"] == "reproducible share, price of capital"
    assert done.record()["misallocation"]["corrected"]["source"] == "a yearbook"
    assert "with land and natural resources taken out" in " ".join(done.record()["words"])
    assert "Source of the corrections: a yearbook" in done.report()
    plain = run(written(tmp_path, HEAD + "[misallocation]\n"))
    assert "No corrections for land or prices are given" in plain.report()
    assert "corrected" not in plain.record()["misallocation"]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("a,1,1,1", "a,0,1,1", "firms.file: firms.csv, line 2: value_added is '0'. Allowed: a number above 0"),
        ("a,1,1,1", "a,1,x,1", "line 2: wage bill is 'x'"),
        ("a,1,1,1", ",1,1,1", "line 2: industry is empty"),
        ("wage bill", "wages", "has no column 'wage bill'"),
        ("value_added,wage bill", "capital,wage bill", "column 'capital' twice"),
        (ROWS[ROWS.index("\n") + 1 :], "", "has no rows"),
        ("b,3,1,2\nb,3,1,2\n", "", "has no industry 'b'"),
        ("b,3,1,2\nb,3,1,2\n", "b,3,1,2\nc,3,1,2\n", "no weight is given for 'c'"),
    ],
)
def test_a_file_of_firms_that_is_wrong(tmp_path: Path, old: str, new: str, told: str) -> None:
    assert old in ROWS
    said = refused(written(tmp_path, FIRMS, ROWS.replace(old, new, 1)))
    assert said.startswith("appraisal 'mine': firms")
    assert told in said


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("CN-GZ,2017", "CN-QQ,2017", "line 2: there is no region 'CN-QQ'"),
        ("CN-GZ,2010", "Guizhou,2017", "line 4: Guizhou stands twice in 2017"),
        ("0.6", "1.6", "reproducible_share is '1.6'. Allowed: a number above 0, up to 1; empty is not given"),
        ("reproducible_share,capital_price", "one,two", "has no column of a correction"),
        (",2017,", ",2016,", "stands twice|has no row of 2017"),
    ],
)
def test_a_file_of_corrections_that_is_wrong(tmp_path: Path, old: str, new: str, told: str) -> None:
    said = refused(written(tmp_path, RETURNS, MORE.replace(old, new), "more.csv"))
    assert said.startswith("appraisal 'mine': misallocation.corrections: more.csv")
    assert any(part in said for part in told.split("|"))


def test_exit_codes_tell_data_from_study(tmp_path: Path) -> None:
    path = written(tmp_path, FIRMS)
    (tmp_path / "firms.csv").unlink()
    gone = call("appraise", path)
    assert gone.code == 3
    assert "starts at its folder" in " ".join(gone.err.split())
    assert call("appraise", written(tmp_path, FIRMS, ROWS.replace("a,1,1,1", "a,x,1,1"))).code == 3
    assert call("appraise", written(tmp_path, FIRMS.replace("{ b = 0.5 }", "{ c = 0.5 }"))).code == 2


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("capital_share = 0.0\ncapital_shares = { b = 0.5 }\n", "", "give capital_share"),
        ("a = 0.75", "a = 0.7", "industry_weights sum to 0.95"),
        ('labour = "wage bill"', 'labour = "capital"', "the column 'capital' is named for two things"),
        ("elasticity = 3.0", "elasticity = 1.0", "above 1"),
    ],
)
def test_a_section_of_firms_that_is_wrong(old: str, new: str, told: str) -> None:
    assert old in FIRMS
    with pytest.raises(StudyError) as caught:
        parse(FIRMS.replace(old, new), "mine", kind="appraisal")
    said = str(caught.value)
    assert told in said
    assert said.startswith("appraisal 'mine': firms")


def test_corrections_need_a_source() -> None:
    with pytest.raises(StudyError, match="corrections has no corrections_source"):
        parse(RETURNS.replace('corrections_source = "a yearbook"\n', ""), "mine", kind="appraisal")


WHOLE = tomllib.loads(FIRMS)


@pytest.mark.parametrize("path", places(WHOLE), ids=lambda path: ".".join(map(str, path)))
def test_each_key_damaged_is_read_or_refused_in_words(path: tuple[str | int, ...]) -> None:
    damage_is_told(WHOLE, path)
