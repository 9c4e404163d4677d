"""Users' files from spreadsheets and statistics programs: what counts, what is kept, what is refused and where."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import struct
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyreadstat
import pytest
from tests.unit.study.invented import write_study

import pilotzone as pz
from pilotzone.core import DataError, Panel, PilotZoneError, StudyError, UsageError
from pilotzone.gather import TableForm, Words, read_panel
from pilotzone.study import parse, run

Cells = Mapping[str, object]
PLAIN: Cells = {"A1": "u", "B1": "t", "C1": "x", "A2": "a", "B2": 2015, "C2": 1.5, "A3": "b", "B3": 2015, "C3": 2}


def workbook(
    folder: Path, cells: Cells, *, merged: tuple[str, ...] = (), formats: Mapping[str, str] | None = None
) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Data"
    for address, value in cells.items():
        sheet[address] = value
    for address, form in (formats or {}).items():
        sheet[address].number_format = form
    for area in merged:
        sheet.merge_cells(area)
    book.save(folder / "book.xlsx")
    return folder / "book.xlsx"


def read(source: object, **options: Any) -> Panel:
    chosen: dict[str, Any] = {"unit": "u", "period": "t", "units_of_measure": {"x": "1"}} | options
    return read_panel(source, **chosen)


def refusal(source: object, **options: Any) -> str:
    with pytest.raises(PilotZoneError) as caught:
        read(source, **options)
    assert caught.value.allowed or caught.value.todo
    return str(caught.value)


def rewritten(path: Path, part: str, change: Callable[[str], str]) -> Path:
    """Change one part of a workbook as another program might have written it."""
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    text = parts[part].decode()
    assert change(text) != text
    parts[part] = change(text).encode()
    with zipfile.ZipFile(path, "w") as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return path


SHEET = "xl/worksheets/sheet1.xml"

# ------------------------------------------------------------------------------------------------ workbooks

READ: dict[str, tuple[Cells, tuple[str, ...]]] = {
    "plain": ({}, ()),
    "numbers stored as text": ({"C2": "1.5", "B3": "2015"}, ()),
    "titles above, notes beside": ({"G1": "Table 3", "I3": "note"}, ()),
    "empty rows and columns": ({"C2": 1.5, "C900": None, "Z1": ""}, ()),
    "another column is anything": ({"D1": "d", "D2": "#N/A", "D3": "=1/0", "E1": "e", "E2": dt.date(2016, 1, 1)}, ()),
    "merged cells that are empty": ({}, ("D5:F9",)),
    "merged title": ({"E1": "A title"}, ("E1:G1",)),
}


@pytest.mark.parametrize("case", [name for name in READ if name != "merged title"])
def test_sheets_that_are_read(tmp_path: Path, case: str) -> None:
    more, merged = READ[case]
    panel = read(workbook(tmp_path, {**PLAIN, **more}, merged=merged))
    assert (panel.units, panel.periods, panel.matrix("x").tolist()) == (("a", "b"), (2015,), [[1.5], [2.0]])


@pytest.mark.parametrize("merged", [(), ("A1:F1",), ("A1:F2",)])
def test_titles_may_stand_above_the_header(tmp_path: Path, merged: tuple[str, ...]) -> None:
    cells = {f"{address[0]}{int(address[1:]) + 4}": value for address, value in PLAIN.items()}
    panel = read(workbook(tmp_path, {"A1": "Table 3: t by u", **cells}, merged=merged))
    assert panel.matrix("x").tolist() == [[1.5], [2.0]]


def test_a_column_of_codes_is_names(tmp_path: Path) -> None:
    assert read(workbook(tmp_path, {**PLAIN, "A2": 52, "A3": 11.0})).units == ("11", "52")


def test_a_table_with_a_column_per_year(tmp_path: Path) -> None:
    cells = {"A1": "u", "B1": 2015, "C1": 2016.0, "D1": "2017", "A2": "a", "B2": 1, "C2": 2, "D2": 3}
    panel = read(workbook(tmp_path, cells), period=None)
    assert (panel.periods, panel.matrix("x").tolist()) == ((2015, 2016, 2017), [[1.0, 2.0, 3.0]])


BAD: dict[str, tuple[Cells, tuple[str, ...], Mapping[str, str], tuple[str, ...]]] = {
    "error": ({"C3": "#N/A"}, (), {}, ("'book.xlsx', sheet 'Data'", "'x'", "such as #N/A (C3)", "empty the cell")),
    "division": ({"C2": "#DIV/0!", "C3": "#N/A"}, (), {}, ("such as #DIV/0! (C2, C3)",)),
    "formula": ({"C3": "=C2+1"}, (), {}, ("formulas whose results are not in the file (C3)", "save it")),
    "merged units": ({"A3": None}, ("A2:A3",), {}, ("column 'u'", "merged cells, such as A2:A3 (A2, A3)")),
    "merged figures": ({"C3": None}, ("C2:C3",), {}, ("column 'x'", "merged cells, such as C2:C3 (C2, C3)")),
    "merged header": ({}, ("C1:D1",), {}, ("the header holds merged cells (C1",)),
    "error in header": ({"D1": "#REF!", "D2": 1}, (), {}, ("the header holds errors of formulas (D1)",)),
    "formula in header": ({"D1": "=C1", "D2": 1}, (), {}, ("the header holds formulas", "(D1)")),
    "percent": ({"C2": 0.05}, (), {"C2": "0.0%"}, ("column 'x'", "in percent or thousands", "(C2)")),
    "thousands": ({"C2": 5e6}, (), {"C2": '#,##0.0,,"M"'}, ("in percent or thousands", "(C2)")),
    "times as periods": ({"B2": dt.datetime(2016, 1, 1, 12), "B3": dt.date(2017, 1, 1)}, (), {},  # noqa: DTZ001 - as there
                         ("column 't' has dates", "'2016-01-01 12:00:00' (B2)", "2016-03-01")),
    "one date": ({"B3": dt.datetime(2017, 1, 1)}, (), {}, ("column 't'", "(B3)")),  # noqa: DTZ001 - as sheets have them
    "date as figure": ({"C3": dt.date(2017, 1, 1)}, (), {}, ("column 'x'", "date", "(C3)")),
    "text": ({"C3": "n/a"}, (), {}, ("column 'x' has text where numbers belong: 'n/a' (C3)", "empty")),
    "marks": ({"C3": "1,234"}, (), {}, ("'1,234' (C3)", "marks between thousands")),
    "truth": ({"C3": True}, (), {}, ("column 'x'", "truth values", "(C3)")),
    "infinite": ({"C3": "inf"}, (), {}, ("column 'x' is infinite in C3",)),
    "no unit": ({"A3": None}, (), {}, ("column 'u' is empty in A3",)),
    "no period": ({"B3": None}, (), {}, ("column 't' is empty in B3",)),
    "spelling": ({"A3": "A"}, (), {}, ("'a' (A2) and 'A' (A3)",)),
    "blank": ({"A3": "b "}, (), {}, ("'b ' (A3)",)),
    "twice": ({"A3": "a"}, (), {}, ("the same u and t more than once", "(rows 2, 3)")),
    "column twice": ({"D1": "x", "D2": 3}, (), {}, ("has 2 columns called 'x'",)),
    "misspelt": ({"A1": "U"}, (), {}, ("has no column 'u'", "Did you mean 'U'")),
    "two rows of names": ({"A1": "u", "B1": "t", "A2": None, "B2": None, "C2": "a", "C3": 1}, (), {}, ("in A2",)),
    "half a period": ({"B3": 2015.5}, (), {}, ("not periods: '2015.5' (B3)",)),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_sheets_that_are_refused(tmp_path: Path, case: str) -> None:
    more, merged, formats, says = BAD[case]
    message = refusal(workbook(tmp_path, {**PLAIN, **more}, merged=merged, formats=formats))
    for words in says:
        assert words in message


@pytest.mark.parametrize("form", ["0.00", "#,##0", '0.0 "%"', r"0\%", "[Red]0.0", "0.0E+00", "#,##0.0_,"])
def test_other_formats_of_numbers_change_nothing(tmp_path: Path, form: str) -> None:
    assert read(workbook(tmp_path, PLAIN, formats={"C2": form})).matrix("x")[0, 0] == 1.5


def computed(path: Path, value: str) -> Path:
    """Give the formula in C3 a result, in a workbook whose writer vouches for it."""
    rewritten(path, "xl/workbook.xml", lambda text: text.replace(' fullCalcOnLoad="1"', ""))
    return rewritten(
        path, SHEET, lambda text: text.replace("<v />", f"<v>{value}</v>").replace("<v/>", f"<v>{value}</v>")
    )


def test_results_of_formulas_are_read(tmp_path: Path) -> None:
    path = computed(workbook(tmp_path, {**PLAIN, "C3": "=C2+1"}), "2.5")
    assert read(path).matrix("x").tolist() == [[1.5], [2.5]]


def test_results_that_the_writer_did_not_compute_are_none(tmp_path: Path) -> None:
    """Some libraries write 0 for every formula, and a mark that it is still to be computed."""
    path = workbook(tmp_path, {**PLAIN, "C3": "=C2+1"})
    rewritten(path, SHEET, lambda text: text.replace("<v />", "<v>0</v>").replace("<v/>", "<v>0</v>"))
    assert "formulas whose results are not in the file (C3)" in refusal(path)


def test_an_empty_text_is_a_result(tmp_path: Path) -> None:
    path = computed(workbook(tmp_path, {**PLAIN, "C3": '=IF(C2>1,"",C2)'}), "")
    rewritten(path, SHEET, lambda text: text.replace('<c r="C3"', '<c r="C3" t="str"'))
    assert np.isnan(read(path).matrix("x")[1, 0])


@pytest.mark.parametrize("other", [1.5, "1.5"], ids=["among numbers", "among text"])
def test_whole_numbers_that_would_be_rounded_are_refused(tmp_path: Path, other: object) -> None:
    path = workbook(tmp_path, {**PLAIN, "C2": other, "C3": 77})
    rewritten(path, SHEET, lambda text: text.replace("<v>77</v>", f"<v>{2**53 + 1}</v>"))
    message = refusal(path)
    assert "beyond 2^53" in message
    assert "(C3)" in message


def test_a_size_that_is_stated_wrongly_does_not_matter(tmp_path: Path) -> None:
    path = rewritten(workbook(tmp_path, PLAIN), SHEET, lambda text: text.replace('ref="A1:C3"', 'ref="A1"'))
    assert read(path).matrix("x").tolist() == [[1.5], [2.0]]


def sheets(folder: Path, *names: str, hidden: tuple[str, ...] = (), empty: tuple[str, ...] = ()) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for k, name in enumerate(names):
        sheet = book.create_sheet(name)
        sheet.sheet_state = "hidden" if name in hidden else "visible"
        for address, value in {} if name in empty else {**PLAIN, "C2": k}.items():
            sheet[address] = value
    book.create_chartsheet("Chart")
    book.save(folder / "sheets.xlsx")
    return folder / "sheets.xlsx"


def test_the_sheet_that_is_named_is_read(tmp_path: Path) -> None:
    path = sheets(tmp_path, "甲", "乙", "丙", hidden=("丙",))
    for k, name in enumerate(("甲", "乙", "丙")):
        assert read(path, form=TableForm(sheet=name)).matrix("x")[0, 0] == k


def test_hidden_and_empty_sheets_do_not_count(tmp_path: Path) -> None:
    path = sheets(tmp_path, "Lists", "Data", "Sheet2", hidden=("Lists",), empty=("Sheet2",))
    assert read(path).matrix("x")[0, 0] == 1


@pytest.mark.parametrize(
    ("sheet", "says"),
    [
        (None, ("has 2 sheets, and none is named", "'One', 'Two', 'Three' (hidden)", "TableForm(sheet='NAME')")),
        ("one", ("has no sheet 'one'. Did you mean 'One'", "'One', 'Two', 'Three'")),
        ("Chart", ("has no sheet 'Chart'",)),
    ],
)
def test_sheets_that_cannot_be_chosen(tmp_path: Path, sheet: str | None, says: tuple[str, ...]) -> None:
    message = refusal(sheets(tmp_path, "One", "Two", "Three", hidden=("Three",)), form=TableForm(sheet=sheet))
    for words in says:
        assert words in message


def test_only_workbooks_have_sheets(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text("u,t,x\na,1,1\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"'data\.csv' has no sheets"):
        read(tmp_path / "data.csv", form=TableForm(sheet="Data"))
    with pytest.raises(UsageError, match=r"a DataFrame has no sheets"):
        read(pd.DataFrame({"u": ["a"]}), form=TableForm(sheet="Data"))


HOSTILE: dict[str, Callable[[str], str]] = {
    "far row": lambda text: text.replace('<row r="3"', '<row r="99999999999"'),
    "rows out of order": lambda text: text.replace('<row r="3"', '<row r="1"'),
    "cell twice": lambda text: text.replace('r="B3"', 'r="A3"'),
    "cell of another row": lambda text: text.replace('r="B3"', 'r="B2"'),
    "no number": lambda text: text.replace("<v>1.5</v>", "<v>NaN</v>"),
    "cut": lambda text: text[:-200],
    "document type": lambda text: '<!DOCTYPE a [<!ENTITY b "c">]>' + text,
    "entities": lambda text: '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>' + text.replace("1.5", "&b;"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_sheets_that_are_damaged(tmp_path: Path, case: str) -> None:
    assert "not an Excel workbook that can be read" in refusal(
        rewritten(workbook(tmp_path, PLAIN), SHEET, HOSTILE[case])
    )


def test_a_workbook_that_unpacks_to_any_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = workbook(tmp_path, PLAIN)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/large.xml", bytes(2**21))
    assert read(path).units == ("a", "b")
    monkeypatch.setattr("pilotzone.store.workbook.MOST_OF_A_TABLE", 2**21)
    assert "unpacks to 2 MB" in refusal(path)


# ------------------------------------------------------------------------------------------ Stata and SPSS

FRAME = pd.DataFrame(
    {"u": [52.0, 11.0, 52.0, 11.0], "t": [2015.0, 2015.0, 2016.0, 2016.0], "x": [1.5, 2.0, np.nan, 0.1]}
)


def stata(folder: Path, frame: pd.DataFrame = FRAME, **options: Any) -> Path:
    pyreadstat.write_dta(frame, folder / "data.dta", **options)
    return folder / "data.dta"


def spss(folder: Path, frame: pd.DataFrame = FRAME, **options: Any) -> Path:
    pyreadstat.write_sav(frame, folder / "data.sav", **options)
    return folder / "data.sav"


Writer = Callable[..., Path]
BOTH = pytest.mark.parametrize("write", [stata, spss])


@BOTH
def test_labels_are_kept_where_the_user_gives_none(tmp_path: Path, write: Writer) -> None:
    path = write(tmp_path, column_labels={"x": "地区  产出 <b>"})
    assert read(path).series["x"].label == "地区 产出 <b>"
    assert read(path, words=Words(labels={"x": "Mine"})).series["x"].label == "Mine"
    assert read(write(tmp_path)).series["x"].label == "x"


@BOTH
@pytest.mark.parametrize(
    ("labels", "units"),
    [
        ({}, ("11", "52")),
        ({11: "北京", 52: "贵州"}, ("北京", "贵州")),
        ({52: "Guizhou"}, ("11", "Guizhou")),
        ({11: "Place", 52: "Place"}, ("Place (11)", "Place (52)")),
        ({11: "Place", 52: "place"}, ("Place (11)", "place (52)")),
        ({11: "52"}, ("52", "52 (11)")),
        ({11: "x", 52: "x", 7: "never used"}, ("x (11)", "x (52)")),
    ],
)
def test_units_are_called_by_their_labels(
    tmp_path: Path, write: Writer, labels: dict[int, str], units: tuple[str, ...]
) -> None:
    options = {"variable_value_labels": {"u": labels}} if labels else {}
    panel = read(write(tmp_path, **options))
    assert panel.units == units
    assert sorted(panel.matrix("x")[:, 0].tolist()) == [1.5, 2.0]


def test_text_with_labels_is_called_by_them(tmp_path: Path) -> None:
    frame = FRAME.assign(u=["GZ", "BJ", "GZ", "BJ"])
    assert read(spss(tmp_path, frame, variable_value_labels={"u": {"GZ": "Guizhou"}})).units == ("BJ", "Guizhou")


@BOTH
def test_codes_among_figures_are_no_figures(tmp_path: Path, write: Writer) -> None:
    frame = FRAME.assign(x=[1.5, -9.0, np.nan, 0.5])
    message = refusal(write(tmp_path, frame, variable_value_labels={"x": {-9: "not known"}}))
    assert "-9 is 'not known' (row 2)" in message
    named = {-9: "low", 1: "high"}
    full = FRAME.assign(x=[1.0, -9.0, np.nan, 1.0])
    assert read(write(tmp_path, full, variable_value_labels={"x": named})).matrix("x")[0, 0] == -9.0


@BOTH
def test_periods_that_are_codes_are_refused(tmp_path: Path, write: Writer) -> None:
    frame = FRAME.assign(t=[1.0, 1.0, 2.0, 2.0])
    message = refusal(write(tmp_path, frame, variable_value_labels={"t": {1: "2015", 2: "2016"}}))
    assert "1 is '2015', 2 is '2016'" in message
    assert read(write(tmp_path, variable_value_labels={"t": {2015: "2015"}})).periods == (2015, 2016)


def test_values_that_users_declare_missing_are_missing(tmp_path: Path) -> None:
    frame = FRAME.assign(x=[1.5, -9.0, 98.0, 0.5])
    ranges: dict[str, Any] = {"x": [-9, {"lo": 97, "hi": 99}]}
    expected = [[np.nan, 0.5], [1.5, np.nan]]
    np.testing.assert_array_equal(read(spss(tmp_path, frame, missing_ranges=ranges)).matrix("x"), expected)
    marked = pd.DataFrame({**FRAME, "x": pd.Series([1.5, "a", "z", 0.5], dtype=object)})
    found = read(stata(tmp_path, marked, missing_user_values={"x": ["a", "z"]}))
    np.testing.assert_array_equal(found.matrix("x"), expected)


def test_years_of_stata_are_periods(tmp_path: Path) -> None:
    assert read(stata(tmp_path, variable_format={"t": "%ty"})).periods == (2015, 2016)


@pytest.mark.parametrize(
    ("form", "says"),
    [("%tc", "times"), ("%tw", "52 in every year"), ("%th", "half-years"), ("%tb", "business days"), ("%tC", "times")],
)
def test_other_periods_of_stata_are_refused(tmp_path: Path, form: str, says: str) -> None:
    message = refusal(stata(tmp_path, variable_format={"t": form}))
    assert "column 't' holds dates" in message
    assert says in message
    assert form in message


@pytest.mark.parametrize(
    ("form", "counts", "labels"),
    [
        ("%tq", (224, 225), ("2016Q1", "2016Q2")),
        ("%tm", (-1, 0), ("1959-12", "1960-01")),
        ("%-tm", (672, 673), ("2016-01", "2016-02")),
        ("%td", (0, 20513), ("1960-01-01", "2016-02-29")),
        ("%tdCCYY-NN-DD", (20514, 20515), ("2016-03-01", "2016-03-02")),
        ("%d", (20514, 20545), ("2016-03", "2016-04")),
        ("%tc", (20514 * 86_400_000, 20515 * 86_400_000), ("2016-03-01", "2016-03-02")),
    ],
)
def test_periods_of_stata_are_read(tmp_path: Path, form: str, counts: tuple[int, int], labels: tuple[str, str]) -> None:
    first, last = map(float, counts)
    frame = FRAME.assign(t=[first if year == 2015 else last for year in FRAME["t"]])
    found = read(stata(tmp_path, frame, variable_format={"t": form}))
    assert tuple(map(str, found.periods)) == labels
    np.testing.assert_array_equal(found.matrix("x"), read(stata(tmp_path)).matrix("x"))


def test_dates_of_sheets_are_periods(tmp_path: Path) -> None:
    cells = {**PLAIN, "B2": dt.date(2016, 2, 1), "B3": dt.datetime(2016, 1, 1)}  # noqa: DTZ001 - as sheets have them
    assert tuple(map(str, read(workbook(tmp_path, cells)).periods)) == ("2016-01", "2016-02")


@pytest.mark.parametrize("form", ["DATE11", "ADATE10", "DATETIME20", "QYR8", "MOYR8", "TIME8"])
def test_dates_of_spss_are_refused(tmp_path: Path, form: str) -> None:
    message = refusal(spss(tmp_path, variable_format={"t": form}))
    assert "column 't' holds dates or times" in message
    assert form in message


def old_stata(folder: Path, place: bytes) -> Path:
    """Write a file of Stata 10, which does not say what its text is in."""
    frame = pd.DataFrame({"u": ["????", "B"], "t": [2015, 2015], "x": [1.5, 2.0]})
    frame.to_stata(folder / "old.dta", version=114, write_index=False)
    raw = (folder / "old.dta").read_bytes()
    (folder / "old.dta").write_bytes(raw.replace(b"????", place))
    return folder / "old.dta"


def test_old_chinese_files_are_read_in_the_encoding_that_is_named(tmp_path: Path) -> None:
    path = old_stata(tmp_path, "贵州".encode("gb18030"))
    message = refusal(path)
    assert "does not say what encoding" in message
    assert "encoding='gb18030' (older Chinese files) would read it" in message
    assert read(path, form=TableForm(encoding="gb18030")).units == ("B", "贵州")
    with pytest.raises(UsageError, match="no encoding 'gb18031'"):
        read(path, form=TableForm(encoding="gb18031"))


@pytest.mark.parametrize(("page", "encoding"), [(936, "utf-8"), (0, "gb18030"), (2, "gb18030")])
def test_old_chinese_files_of_spss(tmp_path: Path, page: int, encoding: str) -> None:
    """Code page 936 is Chinese, 0 is none, and 2 (ASCII) is what many programs wrote whatever the text was."""
    path = spss(tmp_path, FRAME.assign(u=["贵州", "B", "贵州", "B"]))
    raw = path.read_bytes()
    name = raw.index(b"UTF-8") - 16
    raw = (raw[:name] + raw[name + 21 :]).replace("贵州".encode() + b"  ", "贵州".encode("gb18030") + b"    ")
    at = raw.index(struct.pack("<iii", 7, 3, 4)) + 44
    path.write_bytes(raw[:at] + struct.pack("<i", page) + raw[at + 4 :])
    assert read(path, form=TableForm(encoding=encoding)).units == ("B", "贵州")


# ------------------------------------------------------------------------------- endings, damage, the whole way


def as_files(folder: Path) -> dict[str, Path]:
    frame = FRAME.assign(u=["a", "b", "a", "b"])
    frame.to_csv(folder / "data.csv", index=False)
    frame.to_excel(folder / "data.xlsx", index=False)
    frame.to_stata(folder / "data.dta", version=118, write_index=False)
    pq.write_table(pa.Table.from_pandas(frame), folder / "data.parquet")
    spss(folder, frame)
    pyreadstat.write_sav(frame, folder / "data.zsav", compress=True)
    return {kind: folder / f"data.{kind}" for kind in ("csv", "xlsx", "dta", "sav", "zsav", "parquet")}


@pytest.mark.parametrize("kind", ["xlsx", "dta", "sav", "zsav", "parquet"])
@pytest.mark.parametrize("ending", ["csv", "tsv", "xlsx", "dta", "sav", "parquet"])
def test_files_whose_ending_is_another_ones(tmp_path: Path, kind: str, ending: str) -> None:
    path = as_files(tmp_path)[kind]
    if ending != kind:
        message = refusal(path.rename(tmp_path / f"other.{ending}"))
        assert f"ends in '.{ending}', but is" in message
        assert f".{kind}" in message.partition("To do")[2]


@pytest.mark.parametrize("ending", ["xlsx", "dta", "sav", "parquet"])
def test_text_that_is_called_something_else(tmp_path: Path, ending: str) -> None:
    message = refusal(as_files(tmp_path)["csv"].rename(tmp_path / f"other.{ending}"))
    assert "that can be read" in message
    assert "other" in message


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_old_and_protected_workbooks(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"old.{ending}"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    message = refusal(path)
    assert "before 2007, or one with a password" in message
    assert "save it as .xlsx" in message


@pytest.mark.parametrize("kind", ["xlsx", "dta", "sav", "zsav"])
@pytest.mark.parametrize("share", [0.0, 0.4, 0.9])
def test_files_that_break_off(tmp_path: Path, kind: str, share: float) -> None:
    path = as_files(tmp_path)[kind]
    raw = path.read_bytes()
    path.write_bytes(raw[: int(share * len(raw))])
    assert "that can be read" in refusal(path)


def test_a_file_that_brings_the_library_down_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some damaged files end the process that reads them; ours goes on."""
    path = spss(tmp_path)
    (tmp_path / "fatal").mkdir()
    (tmp_path / "fatal" / "pyreadstat.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n")
    monkeypatch.syspath_prepend(tmp_path / "fatal")
    assert "not an SPSS file that can be read: reading it breaks off" in refusal(path)


def test_a_study_takes_a_sheet_of_a_workbook(tmp_path: Path) -> None:
    study = write_study(tmp_path)
    frame = pd.read_csv(tmp_path / "figures.csv").round(6)  # openpyxl writes 16 digits
    frame.to_csv(tmp_path / "figures.csv", index=False)
    expected = run(study).verdict.to_dict()
    with pd.ExcelWriter(tmp_path / "数据.xlsx") as book:
        pd.DataFrame({"u": [1]}).to_excel(book, sheet_name="About")
        frame.to_excel(book, sheet_name="Figures", index=False)
    text = study.read_text(encoding="utf-8")
    study.write_text(text.replace('"figures.csv"', '"数据.xlsx"\nsheet = "Figures"'), encoding="utf-8")
    done = run(study, out=tmp_path / "out")
    assert done.verdict.to_dict() == expected
    audit = json.loads((tmp_path / "out" / "audit.json").read_bytes())
    assert audit["inputs"]["data/数据.xlsx"] == hashlib.sha256((tmp_path / "数据.xlsx").read_bytes()).hexdigest()


def test_a_sheet_without_a_file_is_a_mistake(tmp_path: Path) -> None:
    text = write_study(tmp_path).read_text(encoding="utf-8")
    text = re.sub(r'^source = "file"\nfile = .*$', 'sheet = "Figures"', text, flags=re.MULTILINE)
    with pytest.raises(StudyError, match=r"data\.sheet goes with data\.file"):
        parse(text, "mine")


@pytest.mark.parametrize("kind", ["xlsx", "dta", "sav"])
def test_synthetic_control_takes_such_files(tmp_path: Path, kind: str) -> None:
    keys = [(f"place {k}", year) for k in range(6) for year in range(2001, 2011)]
    frame = pd.DataFrame(keys, columns=["unit", "period"])
    frame["y"] = [int(unit[-1]) * (year - 2000) + (unit[-1] == "2" and year > 2007) for unit, year in keys]
    frame["y"] = frame["y"].astype(float)
    path = tmp_path / f"data.{kind}"
    writers: dict[str, Callable[[], None]] = {
        "xlsx": lambda: frame.to_excel(path, index=False),
        "dta": lambda: frame.to_stata(path, write_index=False),
        "sav": lambda: pyreadstat.write_sav(frame, path),
    }
    writers[kind]()
    effects = pz.synthetic_control(path, treated="place 2", start=2008, outcomes="y")
    assert effects.joint.estimate[0] == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize("kind", ["xlsx", "dta", "sav"])
def test_files_that_are_not_there(tmp_path: Path, kind: str) -> None:
    path = as_files(tmp_path)[kind]
    with pytest.raises(DataError, match=rf"there is no file .*dato\.{kind}'.*Did you mean 'data\.{kind}'"):
        read(path.with_stem("dato"))
