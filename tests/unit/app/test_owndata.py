"""A table of one's own over HTTP: kept as it is, looked at apart, never outside the folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.unit.app.test_lab import HOSTILE, client, lab
from tests.unit.study.forged import write_towns
from tests.unit.study.inclusive import write_people, write_regions, write_wide_fifths
from tests.unit.study.invented import write_figures, write_wide
from tests.unit.study.test_begin import CRITERIA, GIVEN, INCOMES, PANEL, REGION_INCOMES, SHARE_INCOMES

from pilotzone.app import owndata
from pilotzone.app.apart import Limits, _apart
from pilotzone.core import DataError
from pilotzone.study import load, run_study

if TYPE_CHECKING:
    from starlette.testclient import TestClient

__all__ = ["client", "lab"]


def kept(client: TestClient, content: bytes, name: str = "figures.csv") -> str:
    answer = client.post(f"/data/keep?name={name}", content=content)
    assert answer.status_code == 200, answer.text
    found: str = answer.json()["file"]
    return found


def figures(folder: Path) -> bytes:
    (folder / "made").mkdir()
    return write_figures(folder / "made").read_bytes()


def test_from_a_table_to_a_study(client: TestClient, tmp_path: Path) -> None:
    content = figures(tmp_path)
    name = kept(client, content)
    assert (tmp_path / "tables" / name).read_bytes() == content
    look = client.post("/data/look", json={"file": name}).json()
    assert look["roles"] == ["unit", "period", "outcome", "outcome", "outcome"]
    assert look["refused"] is None
    assert look["units"][0] == "Place A"
    assert look["periods"][-1] == "2019"
    made = client.post("/data/make", json={"name": "mine", "study": {**GIVEN, "file": name}})
    assert made.json() == {"file": "mine.toml", "command": "pilotzone run mine.toml"}
    assert run_study(load(tmp_path / "mine.toml")).verdict is not None
    assert "/study?study=mine.toml" in client.get("/").text
    assert f"<option>{name}</option>" in client.get("/data").text


def test_findings_stand_at_row_and_column(client: TestClient) -> None:
    name = kept(client, b"region,year,gdp\nA,2001,n/a\nA,2002,2\nB,2001,3\nB,2002,4\n")
    look = client.post("/data/look", json={"file": name}).json()
    assert [item[:3] for item in look["findings"]] == [[2, 0, "line 2"]]
    assert look["refused"]["what"]
    chosen = client.post("/data/look", json={"file": name, "roles": ["unit", "period", ""]}).json()
    assert chosen["findings"] == []


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("../../../etc/cron.d/x.csv", "x.csv"),
        ("..\\..\\x.csv", "x.csv"),
        ("%2e%2e%2fx.csv", "x.csv"),
        (f"{HOSTILE}.csv", "img-src-x-onerror-alert-1.csv"),
        ("....csv", "table.csv"),
        ("CON.CSV", "CON.csv"),
        ("x" * 200 + ".csv", "x" * 60 + ".csv"),
        ("a\nb.csv", "a-b.csv"),
    ],
)
def test_names_lead_nowhere(client: TestClient, tmp_path: Path, given: str, name: str) -> None:
    found = client.post("/data/keep", params={"name": given}, content=b"a,b\n1,2\n").json()["file"]
    assert found == name or (given.startswith("%2e") and found.endswith("x.csv"))
    assert [path.name for path in tmp_path.iterdir()] == ["tables"]
    assert [path.name for path in (tmp_path / "tables").iterdir()] == [found]


@pytest.mark.parametrize("name", ["x.exe", "x", "", ".csv", "x.toml", "x.csv.html"])
def test_other_files_are_refused(client: TestClient, tmp_path: Path, name: str) -> None:
    answer = client.post("/data/keep", params={"name": name}, content=b"a,b\n1,2\n")
    assert answer.status_code == 422
    assert list(tmp_path.iterdir()) == []


def test_size_and_count_are_limited(client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owndata, "_LARGEST", 1000)
    answer = client.post("/data/keep?name=x.csv", content=b"x" * 1001)
    assert answer.status_code == 422
    assert "larger than" in answer.json()["what"]
    assert client.post("/data/keep?name=x.csv", content=b"").status_code == 422
    monkeypatch.setattr(owndata, "_MOST_FILES", 2)
    assert kept(client, b"a\n1\n", "x.csv") == "x.csv"
    assert kept(client, b"a\n1\n", "x.csv") == "x.csv"
    assert kept(client, b"a\n2\n", "x.csv") == "x-2.csv"
    assert client.post("/data/keep?name=y.csv", content=b"a\n").status_code == 422
    assert len(list((tmp_path / "tables").iterdir())) == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"file": "../figures.csv"},
        {"file": "/etc/passwd"},
        {"file": 5},
        {"roles": "unit"},
        {"roles": [["unit"]]},
        {"roles": ["unit", "zone"]},
        {"roles": ["unit"] * 2001},
        {"encoding": 8},
        {"sheet": "Sheet1"},
    ],
)
def test_bad_looks_are_refused_in_words(client: TestClient, wrong: dict[str, Any]) -> None:
    name = kept(client, b"a,b\n1,2\n")
    answer = client.post("/data/look", json={"file": name, **wrong})
    assert answer.status_code == 422
    assert set(answer.json()) == {"what", "allowed", "todo"}


def test_bad_studies_leave_no_file(client: TestClient, tmp_path: Path) -> None:
    name = kept(client, figures(tmp_path))
    good = {**GIVEN, "file": name}
    for sent in (
        {"name": "../x", "study": good},
        {"name": "mine", "study": {**good, "file": "../../etc/passwd"}},
        {"name": "mine", "study": {**good, "zone": "Nowhere"}},
        {"name": "mine", "study": {**good, "unit": "no column"}},
        {"name": "mine", "study": {**good, "outcomes": []}},
        {"name": "mine", "study": [1]},
        {"name": "mine"},
    ):
        assert client.post("/data/make", json=sent).status_code == 422
    assert list(tmp_path.glob("*.toml")) == []
    assert not (tmp_path.parent / "x.toml").exists()


def test_links_are_not_followed(client: TestClient, tmp_path: Path) -> None:
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "x.csv").symlink_to("/etc/hostname")
    assert client.post("/data/look", json={"file": "x.csv"}).status_code == 422
    assert kept(client, b"a\n1\n", "x.csv") == "x-2.csv"
    (tmp_path / "tables" / "x-2.csv").unlink()
    (tmp_path / "tables" / "x.csv").unlink()
    (tmp_path / "tables").rmdir()
    (tmp_path / "tables").symlink_to(tmp_path.parent)
    assert client.post("/data/keep?name=x.csv", content=b"a\n1\n").status_code == 422


def test_what_stands_in_a_table_is_sent_as_data(client: TestClient) -> None:
    rows = "".join(f"{HOSTILE},{year},{HOSTILE}\n" for year in (2001, 2002))
    name = kept(client, f"<b>,year,x\n{rows}".encode())
    answer = client.post("/data/look", json={"file": name, "roles": ["unit", "period", "outcome"]})
    assert answer.headers["content-type"] == "application/json"
    assert json.loads(answer.content)["rows"][0][1] == HOSTILE
    assert client.get("/data/look").status_code == client.get("/data/keep").status_code == 405


def hungry(count: int) -> int:
    return len(bytearray(count))


def endless() -> None:
    while True:
        pass


def test_memory_and_time_are_limited() -> None:
    limits = Limits(seconds=60, memory=2**30)
    assert _apart(hungry, limits, 2**20) == 2**20
    with pytest.raises(DataError, match="limits"):
        _apart(hungry, limits, 2**31)
    with pytest.raises(DataError, match=r"was not read within 1 seconds|limits"):
        _apart(endless, Limits(seconds=1))


@pytest.mark.parametrize(
    ("name", "content"),
    [("x.xlsx", b"PK\x03\x04 nothing"), ("x.parquet", b"PAR1"), ("x.dta", b"\x00" * 100), ("x.csv", b"\xff\xfe\x00")],
)
def test_broken_files_are_told(client: TestClient, name: str, content: bytes) -> None:
    found = kept(client, content, name)
    answer = client.post("/data/look", json={"file": found})
    assert answer.status_code == 422
    assert answer.json()["what"]


def test_a_wide_table_is_shown_as_it_will_be_read(client: TestClient, tmp_path: Path) -> None:
    (tmp_path / "made").mkdir()
    name = kept(client, write_wide(tmp_path / "made").read_bytes(), "wide.csv")
    look = client.post("/data/look", json={"file": name}).json()
    assert look["roles"][:2] == ["unit", "figures"]
    assert len(look["long"]) == 40
    assert look["long"][1][:2] == ["Place A", "2001"]
    outcome = {**GIVEN["outcomes"][0], "column": "figures"}
    study = {**GIVEN, "file": name, "period": None, "outcomes": [outcome]}
    made = client.post("/data/make", json={"name": "wide", "kind": "zone", "study": study})
    assert made.status_code == 200, made.text
    assert run_study(load(tmp_path / "wide.toml")).verdict is not None


def test_panels_and_rankings_are_begun_from_a_table(client: TestClient, tmp_path: Path) -> None:
    (tmp_path / "made").mkdir()
    write_towns(tmp_path / "made")
    towns = kept(client, (tmp_path / "made" / "towns.csv").read_bytes(), "towns.csv")
    look = client.post("/data/look", json={"file": towns, "kind": "panel"}).json()
    assert look["roles"][:3] == ["unit", "period", "cohort"]
    made = client.post("/data/make", json={"name": "towns", "kind": "panel", "study": {**PANEL, "file": towns}})
    assert made.status_code == 200, made.text
    assert load(tmp_path / "towns.toml").kind.name == "panel"
    cities = kept(client, b"city,rent,grid\nA,1,2\n=B,2,\nC,3,1\n", "cities.csv")
    look = client.post("/data/look", json={"file": cities, "kind": "siting"}).json()
    assert (look["roles"], look["units"]) == (["place", "criterion", "criterion"], ["A", "=B", "C"])
    criteria = [{**item, "column": name} for item, name in zip(CRITERIA, ("rent", "grid"), strict=True)]
    study: dict[str, Any] = {"title": "Cities", "file": cities, "place": "city", "criteria": criteria}
    made = client.post("/data/make", json={"name": "cities", "kind": "siting", "study": study})
    assert made.status_code == 200, made.text
    (gap,) = run_study(load(tmp_path / "cities.toml")).findings.siting.gaps
    assert (gap.place, gap.criterion, gap.low, gap.high) == ("=B", "grid", 1.0, 2.0)
    study["criteria"] = [{**criteria[0], "weight": 100}]
    assert client.post("/data/make", json={"name": "rents", "kind": "siting", "study": study}).status_code == 200
    assert run_study(load(tmp_path / "rents.toml")).findings.siting.winner == "A"


def incomes(client: TestClient, folder: Path) -> str:
    """Hand over the table of invented people."""
    (folder / "made").mkdir()
    write_people(folder / "made")
    return kept(client, (folder / "made" / "people.csv").read_bytes(), "people.csv")


def test_who_gains_is_begun_from_a_table(client: TestClient, tmp_path: Path) -> None:
    name = incomes(client, tmp_path)
    look = client.post("/data/look", json={"file": name, "kind": "inclusion"}).json()
    assert look["roles"] == ["cluster", "period", "group", "income", "people", "zone", ""]
    assert look["refused"] is None
    assert look["periods"] == ["2014", "2015", "2016", "2017"]
    assert look["summary"] == "1,280 rows, each a person or household, 4 periods (2014 to 2017)"
    sent = {"name": "gains", "kind": "inclusion", "study": {**INCOMES, "file": name}}
    made = client.post("/data/make", json=sent)
    assert made.json() == {"file": "gains.toml", "command": "pilotzone run gains.toml"}
    found = run_study(load(tmp_path / "gains.toml")).findings
    assert found.rows == 1280
    assert found.verdicts["inequality"] is not None
    write_regions(tmp_path / "made")
    name = kept(client, (tmp_path / "made" / "regions.csv").read_bytes(), "regions.csv")
    look = client.post("/data/look", json={"file": name, "kind": "inclusion"}).json()
    assert look["roles"] == ["region", "period", "group", "", "income", "people", "zone"]
    assert look["summary"] == "384 rows, each a region, 8 periods (2012 to 2019)"
    sent = {"name": "regions", "kind": "inclusion", "study": {**REGION_INCOMES, "file": name}}
    assert client.post("/data/make", json=sent).status_code == 200
    assert run_study(load(tmp_path / "regions.toml")).findings.groups is not None


def test_shares_of_income_become_a_study(client: TestClient, tmp_path: Path) -> None:
    made = tmp_path / "made"
    made.mkdir()
    write_wide_fifths(made)
    wide = kept(client, (made / "wide.csv").read_bytes(), "wide.csv")
    look = client.post("/data/look", json={"file": wide, "kind": "inclusion"}).json()
    assert look["roles"] == ["region", "period", "zone", *["share"] * 5]
    assert look["summary"] == "14 regions, 4 periods (2014 to 2017), 5 shares of income each"
    assert look["parts"] == ["q1", "q2", "q3", "q4", "q5"]
    assert look["heads"] == ["Region", "Period", *look["parts"]]
    first = (made / "wide.csv").read_text(encoding="utf-8").splitlines()[1].split(",")
    assert look["long"][0][:2] == ["r00", "2014"]
    assert [float(cell) for cell in look["long"][0][2:]] == pytest.approx(
        [float(cell) for cell in first[3:]], rel=1e-14
    )
    long = kept(client, (made / "fifths.csv").read_bytes(), "fifths.csv")
    look = client.post("/data/look", json={"file": long, "kind": "inclusion"}).json()
    assert look["roles"] == ["region", "period", "share", "people", "zone"]
    assert look["heads"] == ["Region", "Period", *(f"part {k}" for k in range(1, 6))]
    assert look["parts"] == ["share"]
    rows = {"shares": [], "share": "share", "people": "people"}
    for file, said in ((wide, {}), (long, rows)):
        study = {**SHARE_INCOMES, **said, "file": file}
        answer = client.post("/data/make", json={"name": file[:-4], "kind": "inclusion", "study": study})
        assert answer.status_code == 200, answer.text


def test_shares_that_could_not_run_are_refused_before_the_file_is_written(client: TestClient, tmp_path: Path) -> None:
    write_wide_fifths(tmp_path)
    *most, last = (tmp_path / "wide.csv").read_text(encoding="utf-8").splitlines()
    cells = last.split(",")
    turned = "\n".join([*most, ",".join([*cells[:2], "1", *cells[3:]])])
    file = kept(client, turned.encode(), "turned.csv")
    sent = {"name": "turned", "kind": "inclusion", "study": {**SHARE_INCOMES, "file": file}}
    answer = client.post("/data/make", json=sent)
    assert answer.status_code == 422
    assert "r13 lies in the zone (or the comparison) in some rows" in answer.text
    assert not list(tmp_path.rglob("turned.toml"))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"income": "incom"}, "Did you mean 'income'"),
        ({"income": "county"}, "column 'county' holds 'c0', the first in row 1"),
        ({"period": "income"}, "whole numbers, such as years"),
        ({"zone": "odd"}, "zone"),
        ({"start": 2014}, "start 2014"),
        ({"start": 2030}, "start 2030"),
        ({"people": None}, "how many people a row stands for"),
        ({"measure": ""}, "measure"),
        ({"file": "../../etc/passwd"}, "is not a table of this folder"),
    ],
)
def test_incomes_that_cannot_be_leave_no_file(
    client: TestClient, tmp_path: Path, wrong: dict[str, Any], words: str
) -> None:
    study = {**INCOMES, "file": incomes(client, tmp_path), **wrong}
    answer = client.post("/data/make", json={"name": "gains", "kind": "inclusion", "study": study})
    assert answer.status_code == 422
    assert words in answer.json()["what"] + (answer.json()["allowed"] or "")
    assert list(tmp_path.glob("*.toml")) == []


@pytest.mark.parametrize(
    ("text", "roles", "where", "words"),
    [
        ("income,weight\n1,\n", ["income", "people"], [1, 0], "the cell is empty"),
        ("income,weight\nmuch,1\n", ["income", "people"], [0, 0], "not a number"),
        ("income,weight\n1,0\n", ["income", "people"], [1, 0], "nobody stands behind"),
        ("income,zone\n1,2\n", ["income", "zone"], [1, 0], "neither 0 nor 1"),
        ("income,year\n1,2014Q1\n", ["income", "period"], None, "not a whole number"),
        ("income,weight\n1,2\n", ["", "people"], None, "a column of income, or of shares of income, has to be chosen"),
        ("income,town\n1,A\n", ["income", "region"], None, "a column of people in each region"),
        ("income,town,n\n1,A,2\n2,A,2\n", ["income", "region", "people"], [1, 1], "This region stands on line 2"),
        ("a,b\n1,2\n", ["income", "income"], None, "at most one column of income"),
        ("a,b\n1,1\n", ["income", "comparison"], None, "the column of the zone"),
    ],
)
def test_faults_of_incomes_stand_at_their_cells(
    client: TestClient, text: str, roles: list[str], where: list[int] | None, words: str
) -> None:
    name = kept(client, text.encode())
    look = client.post("/data/look", json={"file": name, "kind": "inclusion", "roles": roles}).json()
    assert look["refused"] is not None
    assert [item[:2] for item in look["findings"]] == ([] if where is None else [where])
    told = [item[3] for item in look["findings"]] or [look["refused"]["what"]]
    assert words.lower() in told[0].lower()


def test_files_that_no_study_of_incomes_reads(client: TestClient) -> None:
    name = kept(client, b"income;weight\n1;2\n", "people.csv")
    look = client.post("/data/look", json={"file": name, "kind": "inclusion", "delimiter": ";"})
    assert look.status_code == 422
    assert "commas" in look.json()["what"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "plan"},
        {"kind": 5},
        {"study": {"criteria": "x", "place": "city"}},
        {"study": {"criteria": [{"column": 5}], "place": "city"}},
        {"study": {"criteria": [{"column": "nothing"}], "place": "city"}},
        {"study": {"criteria": [{"column": "rent"}]}},
    ],
)
def test_what_a_page_would_not_send_is_refused(client: TestClient, tmp_path: Path, wrong: dict[str, Any]) -> None:
    name = kept(client, b"city,rent\nA,1\nB,2\n", "cities.csv")
    sent = {"name": "x", "kind": "siting", **wrong}
    sent["study"] = {"title": "x", "file": name, **wrong.get("study", {})}
    answer = client.post("/data/make", json=sent)
    assert answer.status_code == 422
    assert set(answer.json()) == {"what", "allowed", "todo"}
    assert not (tmp_path / "x.toml").exists()
    assert client.post("/data/look", json={"file": name, "kind": "zone", "roles": ["place", ""]}).status_code == 422


@pytest.mark.parametrize("kind", ["zone", "siting", "plan", "campus", "appraisal", "transfer", "inclusion"])
def test_a_file_to_begin_with_is_put_into_the_folder(client: TestClient, tmp_path: Path, kind: str) -> None:
    assert f'<option value="{kind}">' in client.get("/").text
    assert client.post("/begin", json={"kind": kind, "name": "new"}).json()["file"] == "new.toml"
    study = load(tmp_path / "new.toml")
    assert study.kind.name == kind
    study.kind.read(study)
    (tmp_path / "new.toml").write_text("mine", encoding="utf-8")
    for wrong in ({"kind": kind, "name": "new"}, {"kind": kind, "name": "../x"}, {"kind": "panel", "name": "y"}):
        assert client.post("/begin", json=wrong).status_code == 422
    assert (tmp_path / "new.toml").read_text(encoding="utf-8") == "mine"
