"""One door for tables: whatever form a table of zones or a panel comes in, the same figures come out of it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import duckdb
import numpy as np
import openpyxl
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pyreadstat
import pytest

from pilotzone.core import DataError, PilotZoneError, UsageError, set_aside, with_password, without_passwords
from pilotzone.evaluation.many import evaluate
from pilotzone.gather import TableForm, read_panel
from pilotzone.store import open_postgres, postgres_digests, whole_table

PASSWORD = "s3cret/@ x"  # noqa: S105 - of a server that this test makes
WORDS = ("s3cret", quote(PASSWORD, safe=""))


def figures() -> pd.DataFrame:
    """Return a panel of 24 units over 8 years, some of them treated, with a gap."""
    draw = np.random.default_rng(3)
    unit = np.repeat(np.arange(1, 25), 8)
    year = np.tile(np.arange(2004, 2012), 24)
    cohort = np.repeat(np.where(np.arange(24) < 6, 2008.0, np.nan), 8)
    y = np.round(unit / 7 + 0.05 * (year - 2004) + 0.1 * (year >= cohort) + draw.normal(0, 0.05, len(unit)), 6)
    y[17] = np.nan
    return pd.DataFrame({"unit": unit, "year": year, "cohort": cohort, "y": y})


def to_excel(frame: pd.DataFrame, path: Path) -> None:
    frame.to_excel(path, index=False)


def to_database(frame: pd.DataFrame, path: Path) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.register("frame", frame)
        connection.execute("CREATE TABLE counties AS SELECT * FROM frame")


WRITERS: dict[str, Callable[[pd.DataFrame, Path], Any]] = {
    "panel.csv": lambda frame, path: frame.to_csv(path, index=False),
    "panel.parquet": lambda frame, path: frame.to_parquet(path),
    "panel.xlsx": to_excel,
    "panel.dta": lambda frame, path: frame.to_stata(path, write_index=False, version=118),
    "panel.sav": lambda frame, path: pyreadstat.write_sav(frame, str(path)),
    "panel.feather": lambda frame, path: frame.to_feather(path),
    "panel.jsonl": lambda frame, path: frame.to_json(path, orient="records", lines=True, double_precision=15),
    "panel.duckdb": to_database,
}


def written(name: str, folder: Path) -> Path:
    WRITERS[name](figures(), folder / name)
    return folder / name


def found(data: object, **options: Any) -> bytes:
    """Return what is found of a panel as bytes."""
    effects = evaluate(data, unit="unit", time=options.pop("time", "year"), cohort="cohort", outcomes="y", **options)
    table = effects.to_table()
    return repr([(name, list(cells)) for name, cells in table.columns.items()]).encode()


@pytest.fixture(scope="module")
def of_csv(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return found(written("panel.csv", tmp_path_factory.mktemp("csv")))


@pytest.mark.parametrize("name", [name for name in WRITERS if name != "panel.csv"])
def test_a_panel_in_every_form_gives_the_same_bytes(name: str, tmp_path: Path, of_csv: bytes) -> None:
    assert found(written(name, tmp_path)) == of_csv


@pytest.mark.parametrize(
    "make", [pl.from_pandas, pa.Table.from_pandas, lambda frame: frame], ids=["polars", "arrow", "pandas"]
)
def test_frames_give_the_same_bytes(make: Callable[[pd.DataFrame], object], of_csv: bytes) -> None:
    assert found(make(figures())) == of_csv


def test_a_parquet_file_with_nan_gives_the_same_bytes(tmp_path: Path, of_csv: bytes) -> None:
    """NaN in place of null, as Arrow and polars write it: the file's own statistics leave it out."""
    frame = figures()
    table = pa.table({name: pa.array(frame[name].to_numpy(), from_pandas=False) for name in frame})
    assert table["cohort"].null_count == 0
    pq.write_table(table, tmp_path / "panel.parquet")
    assert found(tmp_path / "panel.parquet") == of_csv


@pytest.mark.parametrize("name", ["panel.csv", "panel.xlsx", "panel.dta", "panel.parquet"])
def test_a_wide_panel_gives_the_same_bytes(name: str, tmp_path: Path, of_csv: bytes) -> None:
    wide = figures().set_index(["unit", "cohort", "year"])["y"].unstack("year")  # noqa: PD010 - a plain reshape
    wide.columns = [f"y{year}" for year in wide.columns]
    WRITERS[name](wide.reset_index(), tmp_path / name)
    assert found(tmp_path / name, time=None) == of_csv


@pytest.mark.parametrize("name", WRITERS)
def test_a_table_of_zones_in_every_form_is_one_panel(name: str, tmp_path: Path) -> None:
    panel = read_panel(written(name, tmp_path), unit="unit", period="year", units_of_measure={"y": "t"})
    whole = read_panel(figures(), unit="unit", period="year", units_of_measure={"y": "t"})
    assert (panel.units, panel.periods) == (whole.units, whole.periods)
    assert panel.matrix("y").tobytes() == whole.matrix("y").tobytes()


# ------------------------------------------------------------------------------------------------ damage

DAMAGED = [name for name in WRITERS if name != "panel.csv"]


def refusals(path: Path) -> list[str]:
    said = []
    for ask in (
        lambda: found(path),
        lambda: read_panel(path, unit="unit", period="year", units_of_measure={"y": "t"}),
    ):
        with pytest.raises(PilotZoneError) as caught:
            ask()
        assert caught.value.allowed or caught.value.todo
        said.append(str(caught.value))
    return said


@pytest.mark.parametrize("name", DAMAGED)
@pytest.mark.parametrize("share", [0.0, 0.5])
def test_files_that_are_cut_off_are_refused(name: str, share: float, tmp_path: Path) -> None:
    path = written(name, tmp_path)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    for message in refusals(path):
        assert path.name in message


WRONG = [
    ("panel.feather", ".parquet"),
    ("panel.parquet", ".feather"),
    ("panel.csv", ".xlsx"),
    ("panel.xlsx", ".dta"),
    ("panel.dta", ".sav"),
    ("panel.csv", ".duckdb"),
    ("panel.csv", ".jsonl"),
]


@pytest.mark.parametrize(("name", "ending"), WRONG)
def test_a_wrong_ending_is_refused(name: str, ending: str, tmp_path: Path) -> None:
    refusals(written(name, tmp_path).rename(tmp_path / f"panel{ending}"))


def test_a_workbook_with_a_password_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "panel.xlsx"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000))
    for message in refusals(path):
        assert "password" in message


LINES = {
    "cut": ('{"unit": 1, "year": 20', "line 1"),
    "list": ("[1, 2]", "not an object"),
    "twice": ('{"unit": 1, "unit": 2}', "stands there twice"),
    "nested": ('{"unit": 1, "y": [1]}', "key 'y'"),
    "mixed": ('{"y": 1}\n{"y": "n/a"}', "line 2"),
    "constant": ('{"y": NaN}', "NaN"),
    "text": ("unit,year\n1,2", "not JSON"),
}


@pytest.mark.parametrize("case", LINES)
def test_lines_that_are_not_objects_are_named(case: str, tmp_path: Path) -> None:
    content, says = LINES[case]
    (tmp_path / "panel.jsonl").write_text(content, encoding="utf-8")
    for message in refusals(tmp_path / "panel.jsonl"):
        assert says in message


# ------------------------------------------------------------------------------------------------ workbooks


def yearbook(path: Path) -> Path:
    """Write a workbook as statistical offices do: titles, names over two rows, text with commas, notes below."""
    book = openpyxl.Workbook()
    for k, title in enumerate(("GDP", "CO2")):
        sheet = book.active if k == 0 else book.create_sheet()
        sheet.title = title
        sheet["A1"], sheet["A4"], sheet["B4"] = "Table 3.2", "Region", "Year"
        sheet.merge_cells("A4:A5")
        sheet.merge_cells("B4:C4")
        body = {"B5": 2015, "C5": 2016, "A6": "Ay", "A7": "Bee", "B6": "1,234.5", "C6": "2,000", "B7": 3 + k}
        notes = {"A9": "Note: p is preliminary.", "A10": "Source: yearbook."}
        for address, value in {**body, **notes}.items():
            sheet[address] = value
    book.save(path)
    return path


def test_sheets_of_a_workbook_are_joined_and_notes_are_no_regions(tmp_path: Path) -> None:
    panel = read_panel(
        yearbook(tmp_path / "book.xlsx"),
        unit="Region",
        period=None,
        units_of_measure={"gdp": "EUR", "co2": "t"},
        form=TableForm(sheets={"gdp": "GDP", "co2": "CO2"}, thousands=","),
    )
    assert (panel.units, panel.periods) == (("Ay", "Bee"), (2015, 2016))
    assert panel.matrix("gdp")[:, 0].tolist() == [1234.5, 3.0]
    assert panel.matrix("co2")[:, 0].tolist() == [1234.5, 4.0]
    assert "'Note: p is preliminary.' (row 9)" in panel.told[0]
    assert len(panel.told) == 2


@pytest.mark.parametrize("form", [{"header": 5}, {"range": "A5:C7"}])
def test_header_and_range_may_be_named(form: dict[str, Any], tmp_path: Path) -> None:
    panel = read_panel(
        yearbook(tmp_path / "book.xlsx"),
        unit="Region",
        period=None,
        units_of_measure={"gdp": "EUR"},
        form=TableForm(sheet="GDP", thousands=",", **form),
    )
    assert panel.units == ("Ay", "Bee")
    assert bool(panel.told) == ("header" in form)


BOOKS: list[tuple[dict[str, Any], str]] = [
    ({"sheets": {"gdp": "GDP"}, "sheet": "GDP"}, "both sheet and sheets"),
    ({"sheets": {"co3": "GDP"}}, "co3"),
    ({"sheet": "GDP", "header": 3}, "row 3"),
    ({"sheet": "GDP", "range": "5:7"}, "range"),
    ({"sheet": "GDP", "range": "C7:A5"}, "ends before it starts"),
    ({"sheet": "GDP", "thousands": "x"}, "marks in numbers"),
    ({"sheet": "GDP", "decimal": ","}, "decimal mark"),
    ({"sheet": "GDP", "table": "t"}, "not a database"),
    ({"sheet": "GDP", "query": "select 1"}, "PostgreSQL"),
]


@pytest.mark.parametrize(("form", "says"), BOOKS)
def test_forms_that_do_not_fit_are_refused(form: dict[str, Any], says: str, tmp_path: Path) -> None:
    with pytest.raises(PilotZoneError) as caught:
        read_panel(
            yearbook(tmp_path / "book.xlsx"),
            unit="Region",
            period=None,
            units_of_measure={"gdp": "EUR"},
            form=TableForm(**form),
        )
    assert says in str(caught.value)


def test_two_wide_sheets_without_names_say_what_to_write(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"sheets = \{ gdp"):
        read_panel(
            yearbook(tmp_path / "book.xlsx"),
            unit="Region",
            period=None,
            units_of_measure={"gdp": "EUR", "co2": "t"},
            form=TableForm(sheet="GDP"),
        )


# ------------------------------------------------------------------------------------------------ labels and codes


def test_codes_for_missing_values_are_missing_and_told(tmp_path: Path) -> None:
    frame = figures().astype({"y": object})
    frame.loc[[3, 20], "y"] = "a"
    pyreadstat.write_dta(
        frame, str(tmp_path / "panel.dta"), missing_user_values={"y": ["a"]}, variable_value_labels={"unit": {1: "Ay"}}
    )
    effects = evaluate(tmp_path / "panel.dta", unit="unit", time="year", cohort="cohort", outcomes="y")
    told = " ".join(effects.notes)
    assert "2 of y" in told
    assert "unit: values are told apart by their codes" in told


def test_figures_some_of_which_have_labels_are_refused(tmp_path: Path) -> None:
    frame = figures()
    frame.loc[5, "y"] = -9.0
    pyreadstat.write_sav(frame, str(tmp_path / "panel.sav"), variable_value_labels={"y": {-9.0: "not known"}})
    with pytest.raises(DataError, match="-9 is 'not known'"):
        evaluate(tmp_path / "panel.sav", unit="unit", time="year", cohort="cohort", outcomes="y")


# ------------------------------------------------------------------------------------------------ PostgreSQL


def binaries() -> Path | None:
    """Return the folder with the programs of a PostgreSQL server."""
    there = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    named = shutil.which("initdb")
    return there[-1].parent if there else Path(named).parent if named else None


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """Run a server of one's own in a temporary folder, as an ordinary user, and give its address."""
    programs = binaries()
    if programs is None:
        if os.environ.get("PILOTZONE_REQUIRE_POSTGRES"):
            pytest.fail("there is no PostgreSQL server, and the tests of it are required")
        pytest.skip("there is no PostgreSQL server here (Debian: apt-get install postgresql)")
    folder = Path(subprocess.check_output(["mktemp", "-d", "/tmp/pzpg.XXXXXX"], text=True).strip())  # noqa: S108
    (folder / "word").write_text(PASSWORD, encoding="utf-8")
    as_user: list[str] = []
    if os.geteuid() == 0:  # the server refuses to run as root
        shutil.chown(folder, "postgres")
        shutil.chown(folder / "word", "postgres")
        as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    port = 40_000 + os.getpid() % 20_000

    def call(program: str, *arguments: str) -> None:
        with (folder / "said").open("ab") as said:
            subprocess.run([*as_user, str(programs / program), *arguments], check=True, stdout=said, stderr=said)

    data = str(folder / "data")
    call("initdb", "-D", data, "-U", "ana", "--auth=scram-sha-256", f"--pwfile={folder / 'word'}", "-N", "-E", "UTF8")
    settings = f"-F -p {port} -k {folder} -c listen_addresses=127.0.0.1"
    call("pg_ctl", "-D", data, "-w", "-l", str(folder / "data" / "log"), "-o", settings, "start")
    try:
        address = f"postgresql://ana:{quote(PASSWORD, safe='')}@127.0.0.1:{port}/postgres"
        fill(address)
        yield address
    finally:
        call("pg_ctl", "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def fill(address: str) -> None:
    from adbc_driver_postgresql import dbapi

    frame = figures()
    with dbapi.connect(address) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE counties (unit int, year smallint, cohort int, y numeric(12, 6))")
        for unit, year, cohort, y in frame.itertuples(index=False):
            cells = (unit, year, "NULL" if cohort != cohort else int(cohort), "NULL" if y != y else f"{y:.6f}")  # noqa: PLR0124
            cursor.execute(f"INSERT INTO counties VALUES ({', '.join(map(str, cells))})")  # noqa: S608 - own figures
        connection.commit()


def test_a_panel_in_postgres_gives_the_same_bytes(server: str, of_csv: bytes) -> None:
    assert found(server, table="counties") == of_csv
    query = "SELECT unit, year, cohort, y FROM public.counties ORDER BY random()"
    assert found(server, form=TableForm(query=query)) == of_csv


def test_a_table_of_zones_in_postgres_is_the_same_panel(server: str) -> None:
    panel = read_panel(
        server, unit="unit", period="year", units_of_measure={"y": "t"}, form=TableForm(table="public.counties")
    )
    whole = read_panel(figures(), unit="unit", period="year", units_of_measure={"y": "t"})
    assert panel.matrix("y").tobytes() == whole.matrix("y").tobytes()
    assert not any(word in str(panel.series) for word in WORDS)


ASKED: dict[str, dict[str, Any]] = {
    "no table": {},
    "both": {"table": "counties", "query": "select 1"},
    "unknown table": {"table": "countys"},
    "delete": {"query": "DELETE FROM counties RETURNING *"},
    "delete within": {"query": "WITH gone AS (DELETE FROM counties RETURNING *) SELECT * FROM gone"},
    "two statements": {"query": "SELECT 1 AS a; DROP TABLE counties"},
    "out of its bracket": {"query": "SELECT 1 AS a) AS panel, (SELECT pg_sleep(0)"},
    "writing again": {"query": "SELECT set_config('transaction_read_only', 'off', true) AS a"},
    "quoted": {"table": 'counties"; DROP TABLE counties; --'},
}


@pytest.mark.parametrize("case", ASKED)
def test_nothing_but_one_select_is_sent(server: str, case: str) -> None:
    if case != "out of its bracket":
        with pytest.raises(PilotZoneError) as caught:
            whole_table(open_postgres(server, **ASKED[case]))
        assert not any(word in str(caught.value) for word in WORDS)
    assert whole_table(open_postgres(server, "counties")).num_rows == len(figures())


CHANGES = [
    ("x@", "y@"),
    ("127.0.0.1:", "127.0.0.1:1"),
    ("@127", "/@127"),
    ("/postgres", "/none"),
    ("/postgres", "/postgres?sslkey=/etc/key"),
    ("/postgres", "/postgres?sslmode=no"),
]


@pytest.mark.parametrize("change", CHANGES)
def test_no_message_shows_a_password(server: str, change: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(PilotZoneError) as caught:
        open_postgres(server.replace(*change), "counties")
    shown = "".join(map(str, (caught.value, caught.value.__cause__, *capsys.readouterr())))
    assert not any(word in shown for word in WORDS)


def test_a_study_keeps_no_password(server: str, tmp_path: Path) -> None:
    from pilotzone.study import parse, run

    text = f"""
format = 1
title = "Counties"
[panel]
file = "{server}"
table = "counties"
unit = "unit"
time = "year"
cohort = "cohort"
[[outcomes]]
name = "y"
"""
    made = run(parse(text, "counties"), out=tmp_path / "out")
    kept = b"".join(file.read_bytes() for file in (tmp_path / "out").iterdir())
    assert b"postgresql://ana@127.0.0.1" in kept
    assert not any(word.encode() in kept for word in WORDS)
    assert not any(word in repr(made) for word in WORDS)


COUNTIES = """
format = 1
title = "Counties"
[panel]
file = "{server}"
table = "{table}"
unit = "unit"
time = "year"
cohort = "cohort"
[[outcomes]]
name = "y"
"""


def send(address: str, *statements: str) -> None:
    from adbc_driver_postgresql import dbapi

    with dbapi.connect(address) as connection, connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
        connection.commit()


def test_a_digest_is_of_rows_in_any_order_and_of_nothing_less(server: str) -> None:
    def digest(query: str) -> str:
        return postgres_digests(server, query=query)["query"]

    send(server, "SET TIME ZONE 'Asia/Tokyo'")
    whole = postgres_digests(server, "counties")["counties"]
    assert len(whole) == 64
    assert digest("SELECT * FROM counties ORDER BY random()") == whole
    assert postgres_digests(server, "public.counties") == {"public.counties": whole}
    others = (
        "SELECT * FROM counties LIMIT 191",
        "SELECT * FROM counties UNION ALL (SELECT * FROM counties LIMIT 1)",
        "SELECT unit, year, cohort, y + 0.000001 FROM counties",
        "SELECT unit, year, y FROM counties",
        "SELECT * FROM counties WHERE false",
    )
    assert len({whole, *map(digest, others)}) == 6
    # A column that is called like the table in the statement does not stand for the row.
    assert digest("SELECT 1 AS panel, 2 AS b") != digest("SELECT 1 AS panel, 3 AS b")
    assert digest("SELECT NULL::text AS a") != digest("SELECT '' AS a")


def test_verify_tells_when_a_table_on_a_server_changed(server: str, tmp_path: Path) -> None:
    from pilotzone.study import parse, run, verify

    send(server, "CREATE TABLE watched AS SELECT * FROM counties")
    made = run(parse(COUNTIES.format(server=server, table="watched"), "counties"), out=tmp_path / "out")
    digest = postgres_digests(server, "watched")["watched"]
    assert made.audit["inputs"] == {"data/watched": digest}
    before = verify(tmp_path / "out")
    assert (before.differences, before.obstacle) == ((), None)
    send(server, "UPDATE watched SET y = y + 1 WHERE unit = 1 AND year = 2011")
    found = verify(tmp_path / "out")
    (changed,) = (item for item in found.differences if item.kind == "input")
    assert (changed.file, changed.kept) == ("data/watched", digest)
    assert any(item.kind == "number" for item in found.differences)
    send(server, "DROP TABLE watched")
    gone = verify(tmp_path / "out").obstacle
    assert gone is not None
    assert "watched" in gone
    assert "--data" not in gone


COUNTY = """
format = 1
title = "County 1"
question = "Did it grow?"
[zone]
unit = "1"
start = 2008
[data]
source = "file"
file = "{server}"
query = "SELECT unit, year, y FROM counties WHERE unit = 1 OR cohort IS NULL AND unit <> 3"
unit = "unit"
period = "year"
units = {{ y = "t" }}
[window]
verdict = [2008, 2011]
[[outcomes]]
name = "y"
role = "development"
good = "up"
scale = "level"
margin = 5
"""


def test_a_zone_from_a_server_is_hashed_too(server: str) -> None:
    from pilotzone.study import parse, run

    made = run(parse(COUNTY.format(server=server), "county"))
    assert len(made.audit["inputs"]["data/query"]) == 64


ADDRESSES = [
    ("postgresql://a:b@c/d", "postgresql://a@c/d"),
    ("postgresql://a:b:@/c@d@h/d", "postgresql://a@h/d"),
    ("postgresql://a@h/d?password=b&sslmode=require", "postgresql://a@h/d?sslmode=require"),
    ("postgresql://a@h/d?sslmode=require&password=b", "postgresql://a@h/d?sslmode=require"),
    ("figures.csv", "figures.csv"),
]


@pytest.mark.parametrize(("given", "shown"), ADDRESSES)
def test_passwords_are_set_aside(given: str, shown: str) -> None:
    assert set_aside(given) == shown
    assert with_password(shown) == given
    assert "b&" not in without_passwords(given)
    assert str(UsageError(f"no answer from {given}.")).count(":b") == 0
