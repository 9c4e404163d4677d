"""CSV panels: every row and every cell is looked at, and what is wrong is told with its line; alike on both engines."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.engines.test_panel_files import Gather

from pilotzone.core import NEVER, DataError, PilotZoneError, UsageError
from pilotzone.store import PanelColumns, open_panel, read_table

if TYPE_CHECKING:
    from pilotzone.store import Engine, EngineName

ENGINES = ("duckdb", pytest.param("spark", marks=pytest.mark.spark))
COLUMNS = PanelColumns("unit", "year", "start", ("y",))
HEADER = "unit,year,start,y\n"
BODY = "".join(f"u{k // 3},{2000 + k % 3},{2001 if k < 6 else ''},{k}.5\n" for k in range(12))
PLAIN = (HEADER + BODY).encode()


def units(path: Path | str, **options: Any) -> dict[Any, list[float]]:
    return values(open_panel(path, COLUMNS, **options))


def values(panel: Engine) -> dict[Any, list[float]]:
    gathered: list[tuple[Any, list[float]]] = panel.carry(Gather())
    return dict(gathered)


def held(folder: Path, content: bytes, name: str = "panel.csv") -> Path:
    (folder / name).write_bytes(content)
    return folder / name


EXPECTED = {f"u{k}": [3 * k + 0.5, 3 * k + 1.5, 3 * k + 2.5] for k in range(4)}

HARMLESS: dict[str, bytes] = {
    "as it is": PLAIN,
    "without a last line end": PLAIN.rstrip(),
    "line ends of Windows": PLAIN.replace(b"\n", b"\r\n"),
    "line ends of old Macs": PLAIN.replace(b"\n", b"\r"),
    "a byte order mark": b"\xef\xbb\xbf" + PLAIN,
    "blank lines": PLAIN.replace(b"\n", b"\n\n", 3) + b"\n\n",
    "quotes around everything": "\n".join(
        ",".join(f'"{cell}"' for cell in line.split(",")) for line in PLAIN.decode().splitlines()
    ).encode(),
    "blanks around numbers": PLAIN.replace(b"2000", b" 2000 ").replace(b",0.5", b",\t0.5 "),
    "an index column without a name": "\n".join(
        f"{k or ''},{line}" for k, line in enumerate(PLAIN.decode().splitlines())
    ).encode(),
    "other columns that differ by capitals": PLAIN.replace(b"y\n", b"y,z,Z\n", 1).replace(b".5\n", b".5,1,2\n"),
    "exponents": PLAIN.replace(b",0.5", b",5e-1").replace(b"2000", b"2e3"),
}  # fmt: skip


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("kind", HARMLESS)
def test_ways_of_writing_that_change_nothing(engine: EngineName, kind: str, tmp_path: Path) -> None:
    assert units(held(tmp_path, HARMLESS[kind]), engine=engine) == EXPECTED


def test_text_with_delimiters_quotes_and_line_ends_in_other_columns(tmp_path: Path) -> None:
    lines = PLAIN.decode().splitlines()
    rows = [lines[0] + ",note", *(f'{line},"a ""b"", c\nand d, \u00e9"' for line in lines[1:])]
    assert units(held(tmp_path, "\n".join(rows).encode())) == EXPECTED


def test_compressed_and_with_tabs(tmp_path: Path) -> None:
    assert units(held(tmp_path, gzip.compress(PLAIN), "panel.csv.gz")) == EXPECTED
    assert units(held(tmp_path, gzip.compress(PLAIN), "PANEL.CSV.GZ")) == EXPECTED
    assert units(held(tmp_path, PLAIN.replace(b",", b"\t"), "panel.TSV")) == EXPECTED
    cut = held(tmp_path, gzip.compress(PLAIN)[:-20], "cut.csv.gz")
    with pytest.raises(DataError, match="cannot be decompressed"):
        units(cut)


def test_few_bytes_do_not_stand_for_text_without_end(tmp_path: Path) -> None:
    bomb = held(tmp_path, gzip.compress(PLAIN + b"\n" * 100_000_000), "bomb.csv.gz")
    with pytest.raises(DataError, match="more than 250 times as much as it has bytes"):
        units(bomb)


def test_long_and_odd_names_are_cut_in_messages(tmp_path: Path) -> None:
    content = PLAIN.replace(b"start", b"x" * 100_000, 1)
    with pytest.raises(UsageError) as caught:
        units(held(tmp_path, content))
    assert len(str(caught.value)) < 500
    with pytest.raises(DataError) as refused:
        units(held(tmp_path, PLAIN + b"v1,2000,," + b"9a" * 50_000 + b"\n"))
    assert len(str(refused.value)) < 1000


def row(text: str) -> Callable[[bytes], bytes]:
    return lambda plain: plain + text.encode() + b"\n"


# What is damaged, how, and what is said.
RUINED: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "a second header with more columns": (
        lambda p: p + b"\nunit,year,start,y,co2\n" + BODY.replace(".5\n", ".5,1\n").encode(),
        r"has 4 columns, but line 15 has 5, line 16 has 5",
    ),
    "the header again": (lambda p: p + HEADER.encode() + b"v1,2000,,1\n", r"column 'year' holds 'year' on line 14"),
    "a row cut": (row("v1,2000"), r"has 4 columns, but line 14 has 2"),
    "a short row, where another column follows": (row("v1,,1.5"), r"has 4 columns, but line 14 has 3"),
    "a row longer": (row("v1,2000,,1,2"), r"has 4 columns, but line 14 has 5"),
    "a row longer by nothing": (row("v1,2000,,1,"), r"has 4 columns, but line 14 has 5"),
    "all rows longer by nothing": (lambda p: HEADER.encode() + p[len(HEADER):].replace(b"\n", b",\n"), r"line 2 has 5"),
    "a comma within a number": (row("v1,2000,,1,234.5"), r"has 4 columns, but line 14 has 5"),
    "a null character": (row("v1,2000,,1\0"), r"null character on line 14"),
    "a null character in text": (row("v\0,2000,,1"), r"null character on line 14"),
    "a quote left open": (row('"v1,2000,,1'), r"is not a CSV file from line 14 on: unexpected end of data"),
    "a quote left open before much": (
        lambda p: p + b'"v1,2000,,1\n' + BODY.encode() * 1000, r"is not a CSV file from line 14 on: field larger"
    ),
    "text behind a quote": (row('"v1"x,2000,,1'), r"is not a CSV file from line 14 on: ',' expected after '\"'"),
    "line ends mixed": (lambda p: p.replace(b"\n", b"\r\n", 5), r"the lines of .* end in several ways"),
    "bytes that are not text": (lambda p: p + b"v\xff,2000,,1\n", r"not in UTF-8: byte 0xFF on line 14"),
    "bytes that are not text where nobody asks": (
        lambda p: p.replace(b"y\n", b"y,z\n", 1).replace(b".5\n", b".5,\xcele\n"), r"not in UTF-8: byte 0xCE on line 2"
    ),
    "older Chinese bytes": (
        lambda p: p + "\u8d35\u5dde,2000,,1\n".encode("gb18030"), r"not in UTF-8: .* line 14 .* could be in GB18030"
    ),
    "UTF-16": (lambda p: p.decode().encode("utf-16"), r"is in UTF-16"),
    "UTF-16 without a mark": (lambda p: p.decode().encode("utf-16-le"), r"looks like UTF-16"),
    "UTF-32": (lambda p: p.decode().encode("utf-32"), r"is in UTF-32"),
    "a character cut": (lambda p: p + "v1,2000,,1,\u8d35".encode()[:-1], r"ends in the middle of a character|has 5"),
    "1_0 for a number": (row("v1,2000,,1_0"), r"column 'y' holds '1_0' on line 14"),
    "0x10 for a number": (row("v1,2000,,0x10"), r"column 'y' holds '0x10' on line 14"),
    "1d for a number": (row("v1,2000,,1d"), r"column 'y' holds '1d' on line 14"),
    "full-width digits": (row("v1,2000,,\uff11"), r"column 'y' holds '\uff11' on line 14"),
    "a fraction as period": (row("v1,2000.5,,1"), r"column 'year' is not a whole number in 1 row"),
    "a word as cohort": (row("v1,2000,soon,1"), r"column 'start' holds 'soon' on line 14"),
    "a date as period": (row("v1,2000-01-01,,1"), r"column 'year' holds '2000-01-01' on line 14, among periods of"),
    "a time as period": (row("v1,2000-01-01 12:00,,1"), r"column 'year' holds '2000-01-01 12:00' on line 14"),
    "a day that is none": (row("v1,2000-02-30,,1"), r"column 'year' holds '2000-02-30' on line 14"),
    "a quarter as period": (row("v1,2000Q1,,1"), r"column 'year' holds '2000Q1' on line 14, among periods of another"),
    "two columns of one name": (
        lambda p: p.replace(b"y\n", b"y,y\n", 1).replace(b".5\n", b".5,1\n"), r"same name: 'y'"
    ),
    "two columns that differ by capitals": (
        lambda p: p.replace(b"y\n", b"y,Y\n", 1).replace(b".5\n", b".5,1\n"), r"differ by capitals alone: 'Y', 'y'"
    ),
    "a blank first line": (lambda p: b"\n" + p, r"the first line of .* is blank"),
    "a title above": (lambda p: b"Yearbook\n" + p, r"has a single column, 'Yearbook'"),
    "no header": (lambda p: p[len(HEADER):], r"has no column 'unit'"),
    "a header alone": (lambda _: HEADER.encode(), r"the panel has no row"),
    "semicolons": (lambda p: p.replace(b",", b";"), r"has a single column"),
    "nothing": (lambda _: b"", r"is empty"),
    "blanks": (lambda _: b" \n\n ", r"is empty"),
    "a web page": (lambda _: b"<!doctype html><html></html>", r"single column"),
    "too many columns": (lambda _: b",".join(b"c%d" % k for k in range(10_001)), r"has 10,001 columns"),
    "a cell without end": (lambda p: p + b"v" * 3_000_000 + b",2000,,1\n", r"line 14"),
}  # fmt: skip


@pytest.mark.parametrize("kind", RUINED)
def test_files_that_are_refused_with_the_line(kind: str, tmp_path: Path) -> None:
    damage, message = RUINED[kind]
    with pytest.raises(PilotZoneError, match=message) as caught:
        open_panel(held(tmp_path, damage(PLAIN)), COLUMNS).facts()
    assert caught.value.exit_code in {2, 3}
    assert caught.value.allowed or caught.value.todo


@pytest.mark.spark
@pytest.mark.parametrize(
    "kind",
    [
        "a second header with more columns",
        "a row longer by nothing",
        "1_0 for a number",
        "UTF-16",
        "older Chinese bytes",
    ],
)
def test_files_that_spark_refuses_with_the_same_words(kind: str, tmp_path: Path) -> None:
    damage, message = RUINED[kind]
    with pytest.raises(DataError, match=message):
        open_panel(held(tmp_path, damage(PLAIN)), COLUMNS, engine="spark").facts()


def test_types_hold_for_all_rows_and_not_for_the_first(tmp_path: Path) -> None:
    """DuckDB looks at the first 20,480 rows, and rounds 1.5 where it took a column for whole numbers."""
    many = "".join(f"{k},2000,,1\n" for k in range(30_000))
    late = held(tmp_path, (HEADER + many + "30000,2000,,1.5\n").encode())
    assert units(late)[30_000] == [1.5]
    assert open_panel(held(tmp_path, (HEADER + many + "x,2000,,1\n").encode()), COLUMNS).facts().units == 30_001
    with pytest.raises(DataError, match=r"column 'y' holds 'n/a' on line 30002.*where numbers belong") as caught:
        units(held(tmp_path, (HEADER + many + "x,2000,,n/a\n").encode()))
    assert "--na 'n/a'" in str(caught.value.todo)


@pytest.mark.parametrize("engine", ENGINES)
def test_names_of_units_stay_what_they_are(engine: EngineName, tmp_path: Path) -> None:
    """007 and 7 are two units; 7.0, as pandas writes 7 beside a missing value, is one with 7."""
    for names, expected in [
        (("7", "10", "-3"), [-3, 7, 10]),
        (("007", "7", "10"), ["007", "10", "7"]),
        (("7.0", "8.0"), [7, 8]),
        (("1_0", "10"), ["10", "1_0"]),
        (("9223372036854775808", "1"), ["1", "9223372036854775808"]),
        (("1e3", "1000"), ["1000", "1e3"]),
        (("7.5", "8"), ["7.5", "8"]),
    ]:
        rows = "".join(f"{name},{year},,1\n" for name in names for year in (2000, 2001))
        assert sorted(units(held(tmp_path, (HEADER + rows).encode()), engine=engine)) == expected


FORMS: dict[str, tuple[bytes, dict[str, Any]]] = {
    "words for missing": (PLAIN.replace(b",,", b",NA,") + b"v1,2000,NA,.\nv1,2001,NA,NA\n", {"na": ("NA", ".")}),
    "a number for missing": (PLAIN + b"v1,2000,,-999\nv1,2001,, -999 \n", {"na": ("-999",)}),
    "semicolons": (PLAIN.replace(b",", b";") + b"v1;2000;;\nv1;2001;;\n", {"delimiter": ";"}),
    "tabs": (PLAIN.replace(b",", b"\t") + b"v1\t2000\t\t\nv1\t2001\t\t\n", {"delimiter": r"\t"}),
    "bars": (PLAIN.replace(b",", b"|") + b"v1|2000||\nv1|2001||\n", {"delimiter": "|"}),
    "decimal commas": (
        PLAIN.replace(b",", b";").replace(b".", b",") + b"v1;2000;;\nv1;2001;;\n", {"delimiter": ";", "decimal": ","}
    ),
    "all of it": (
        PLAIN.replace(b",", b";").replace(b".", b",") + b"v1;2000;k.A.;.\nv1;2001;k.A.;k.A.\n",
        {"delimiter": ";", "decimal": ",", "na": ("k.A.", ".")},
    ),
}  # fmt: skip


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("kind", FORMS)
def test_forms_that_are_named(engine: EngineName, kind: str, tmp_path: Path) -> None:
    content, form = FORMS[kind]
    panel = open_panel(held(tmp_path, content), COLUMNS, engine=engine, **form)
    found = values(panel)
    assert {unit: found[unit] for unit in EXPECTED} == EXPECTED
    assert all(value != value for value in found["v1"])  # noqa: PLR0124 - NaN
    assert panel.facts().cohorts.tolist() == [2001, NEVER]


@pytest.mark.parametrize("kind", FORMS)
def test_forms_that_are_not_named_are_asked_about(kind: str, tmp_path: Path) -> None:
    content, form = FORMS[kind]
    if kind == "a number for missing":
        return
    with pytest.raises(DataError) as caught:
        open_panel(held(tmp_path, content), COLUMNS)
    option = "--delimiter" if "delimiter" in form else "--na"
    assert option in str(caught.value.todo)
    assert "in [panel]" in str(caught.value.todo)


def test_decimal_commas_are_asked_about_and_points_are_no_thousands(tmp_path: Path) -> None:
    content = PLAIN.replace(b",", b";").replace(b".", b",")
    with pytest.raises(DataError) as caught:
        units(held(tmp_path, content), delimiter=";")
    assert "--decimal ','" in str(caught.value.todo)
    with pytest.raises(DataError, match=r"column 'y' holds '1\.234,5' on line 14") as thousands:
        units(held(tmp_path, content + b"v1;2000;;1.234,5\n"), delimiter=";", decimal=",")
    assert "digits with a comma as decimal mark" in str(thousands.value.allowed)
    with pytest.raises(DataError) as both:
        units(held(tmp_path, content + b"v1;2000;;NA\n"), delimiter=";")
    assert "--decimal ','" in str(both.value.todo)
    assert "--na 'NA'" in str(both.value.todo)
    with pytest.raises(UsageError, match="would be both the decimal mark"):
        units(held(tmp_path, content), decimal=",")


@pytest.mark.parametrize(
    "form",
    [
        {"delimiter": ""}, {"delimiter": ";;"}, {"delimiter": "a"}, {"delimiter": '"'}, {"delimiter": "\n"},
        {"delimiter": "."}, {"delimiter": "\u3001"}, {"decimal": "'"}, {"decimal": ""}, {"na": ("",)},
        {"na": ("x" * 50,)}, {"na": tuple(map(str, range(30)))},
    ],
    ids=str,
)  # fmt: skip
def test_forms_that_are_none(form: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        units(held(tmp_path, PLAIN), **form)
    assert caught.value.allowed


def test_forms_are_of_csv_files(tmp_path: Path) -> None:
    import duckdb

    duckdb.sql("COPY (SELECT 1 AS unit) TO '%s' (FORMAT parquet)" % (tmp_path / "p.parquet"))
    for form in ({"na": ("NA",)}, {"delimiter": ";"}, {"decimal": ","}):
        with pytest.raises(UsageError, match="is not a CSV file"):
            units(tmp_path / "p.parquet", **form)


def test_words_with_quotes_are_words(tmp_path: Path) -> None:
    words = ("it's", "'; DROP", "a\\", "%", "--")
    rows = "".join(f"v{k},2000,,{word}\n" for k, word in enumerate(words))
    found = units(held(tmp_path, PLAIN + rows.encode()), na=words)
    assert len(found) == 9


def test_a_full_disk_costs_a_pass_and_no_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pilotzone.store.confined import literal

    tried: list[str] = []

    def nowhere(text: str) -> str:
        if text.endswith("panel.parquet"):
            tried.append(text)
            return "'/dev/full'"
        return literal(text)

    monkeypatch.setattr("pilotzone.store.csvpanel.literal", nowhere)
    monkeypatch.setattr("pilotzone.store.confined._confine", lambda *_: None)
    assert units(held(tmp_path, PLAIN)) == EXPECTED
    assert tried


def test_tables_of_neighbours_are_read_as_strictly(tmp_path: Path) -> None:
    content = b"unit,neighbour,weight\n1,2,0.5\n2,3,1\n"
    found = read_table(held(tmp_path, content))
    assert found.to_pylist() == [
        {"unit": 1, "neighbour": 2, "weight": 0.5},
        {"unit": 2, "neighbour": 3, "weight": 1.0},
    ]
    with pytest.raises(DataError, match="has 3 columns, but line 4 has 2"):
        read_table(held(tmp_path, content + b"3,1\n"))


# ------------------------------------------------------------------------------ files that only Spark can look at


@pytest.fixture
def clustered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the session for one of a cluster, whose workers read the files themselves."""
    monkeypatch.setattr("pilotzone.store.frames.is_local", lambda _: False)


@pytest.mark.spark
@pytest.mark.usefixtures("clustered")
def test_spark_parses_as_strictly(tmp_path: Path) -> None:
    for kind in ("as it is", "quotes around everything", "blanks around numbers", "an index column without a name"):
        assert units(held(tmp_path, HARMLESS[kind]), engine="spark") == EXPECTED, kind
    for content, form in FORMS.values():
        found = units(held(tmp_path, content), engine="spark", **form)
        assert {unit: found[unit] for unit in EXPECTED} == EXPECTED, form
    for kind in ("a row cut", "a row longer", "a second header with more columns"):
        with pytest.raises(DataError, match="Spark cannot parse the panel's CSV files"):
            open_panel(held(tmp_path, RUINED[kind][0](PLAIN)), COLUMNS, engine="spark").facts()
    for kind in ("the header again", "1_0 for a number", "0x10 for a number", "1d for a number", "a word as cohort"):
        with pytest.raises(DataError, match=r"column '(y|year|start)' holds"):
            open_panel(held(tmp_path, RUINED[kind][0](PLAIN)), COLUMNS, engine="spark").facts()


@pytest.mark.spark
def test_addresses_that_spark_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = held(tmp_path, PLAIN, "a [b].csv")
    assert units(Path(path), engine="spark") == EXPECTED
    assert values(open_panel(path.as_uri(), COLUMNS, engine="spark")) == EXPECTED
    plain = held(tmp_path, PLAIN)
    monkeypatch.setattr("pilotzone.store.frames.local_path", lambda _: None)
    assert values(open_panel(plain.as_uri(), COLUMNS, engine="spark")) == EXPECTED
    for address in ("http://127.0.0.1:9/p.csv", "https://127.0.0.1/p", "jar:file:///x!/p", "ftp://h/p", "data://x/p"):
        with pytest.raises(PilotZoneError) as caught:
            open_panel(address, COLUMNS, engine="spark")
        assert caught.value.exit_code in {2, 3}
    for pattern in ("hdfs://host/data/*.parquet", "s3a://bucket/{a,b}", "file:///data/p?.csv"):
        with pytest.raises(UsageError, match="is a pattern"):
            open_panel(pattern, COLUMNS, engine="spark")
