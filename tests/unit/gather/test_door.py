"""The door for users' figures: one table in any form is one panel; a bad one is one error that says where and what."""

from __future__ import annotations

import codecs
import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pyreadstat
import pytest

from pilotzone.core import DataError, Panel, Source, UsageError
from pilotzone.gather import TableForm, TableLayout, Words, read_panel

UNITS = ("Ahdeni", "Bet", "贵州")
PERIODS = (2014, 2015, 2016)
CO2 = np.array([[0.1, 2.0, 3e5], [4.25, np.nan, 1 / 3], [7.0, 8.0, -9.5]])
JOBS = np.array([[10.0, 20.0, 30.0], [40.0, 50.0, 60.0], [np.nan, 80.0, 90.0]])
MEASURES = {"co2": "Mt", "jobs": "job"}

Records = dict[str, list[Any]]
Form = Callable[[Records, Path], object]


def present(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def long_records() -> Records:
    keys = [(i, t) for t in range(3) for i in (2, 0, 1)]
    return {
        "year": [PERIODS[t] for _, t in keys],
        "place": [UNITS[i] for i, _ in keys],
        "jobs": [present(JOBS[i, t]) for i, t in keys],
        "co2": [present(CO2[i, t]) for i, t in keys],
    }


def tidy_records() -> Records:
    keys = [(n, i, t) for n in ("jobs", "co2") for i in range(3) for t in range(3)]
    matrices = {"co2": CO2, "jobs": JOBS}
    kept = [(n, i, t) for n, i, t in keys if not np.isnan(matrices[n][i, t])]
    return {
        "series": [n for n, _, _ in kept],
        "place": [UNITS[i] for _, i, _ in kept],
        "year": [PERIODS[t] for _, _, t in kept],
        "value": [float(matrices[n][i, t]) for n, i, t in kept],
    }


def by_unit_records() -> Records:
    return {"year": list(PERIODS), **{UNITS[i]: [present(x) for x in CO2[i]] for i in (1, 2, 0)}}


def by_period_records() -> Records:
    columns = {str(PERIODS[t]): [present(x) for x in CO2[:, t]] for t in (2, 0, 1)}
    return {"place": list(UNITS), "note": ["a", "b", "c"], **columns}


def csv_text(records: Records, delimiter: str = ",") -> str:
    rows = [list(records), *zip(*records.values(), strict=True)]
    return "".join(delimiter.join("" if x is None else str(x) for x in row) + "\n" for row in rows)


def as_csv(records: Records, folder: Path) -> object:
    (folder / "数据.csv").write_text(csv_text(records), encoding="utf-8")
    return str(folder / "数据.csv")


def as_windows_csv(records: Records, folder: Path) -> object:
    content = codecs.BOM_UTF8 + csv_text(records).replace("\n", "\r\n").encode()
    (folder / "windows.CSV").write_bytes(content)
    return folder / "windows.CSV"


def as_tsv(records: Records, folder: Path) -> object:
    (folder / "data.tsv").write_text(csv_text(records, "\t"), encoding="utf-8")
    return folder / "data.tsv"


def as_parquet(records: Records, folder: Path) -> object:
    pq.write_table(pa.table(records), folder / "data.parquet")
    return folder / "data.parquet"


def as_parquet_folder(records: Records, folder: Path) -> object:
    table = pa.table(records)
    (folder / "parts").mkdir()
    pq.write_table(table.slice(0, 2), folder / "parts" / "a.parquet")
    pq.write_table(table.slice(2), folder / "parts" / "b.parquet")
    return folder / "parts"


def as_workbook(records: Records, folder: Path) -> object:
    pd.DataFrame(records).to_excel(folder / "数据.xlsx", sheet_name="数据", index=False)
    return folder / "数据.xlsx"


def as_workbook_with_titles(records: Records, folder: Path) -> object:
    """Write the table three rows down and one column across, every number stored as text."""
    frame = pd.DataFrame({name: ["" if x is None else str(x) for x in cells] for name, cells in records.items()})
    frame.to_excel(folder / "titles.XLSM", index=False, startrow=3, startcol=1, engine="openpyxl")
    return folder / "titles.XLSM"


def as_stata(records: Records, folder: Path) -> object:
    pd.DataFrame(records).to_stata(folder / "数据.dta", version=118, write_index=False)
    return folder / "数据.dta"


def as_spss(records: Records, folder: Path) -> object:
    pyreadstat.write_sav(pd.DataFrame(records), folder / "数据.sav")
    return folder / "数据.sav"


def as_packed_spss(records: Records, folder: Path) -> object:
    pyreadstat.write_sav(pd.DataFrame(records), folder / "data.zsav", compress=True)
    return folder / "data.zsav"


def as_pandas(records: Records, _: Path) -> object:
    return pd.DataFrame(records)


def as_pandas_arrow(records: Records, _: Path) -> object:
    return pa.table(records).to_pandas(types_mapper=pd.ArrowDtype)


def as_pandas_nullable(records: Records, _: Path) -> object:
    return pd.DataFrame(records).convert_dtypes()


def as_pandas_objects(records: Records, _: Path) -> object:
    return pd.DataFrame(records, dtype=object)


def as_pandas_indexed(records: Records, _: Path) -> object:
    return pd.DataFrame(records).set_index(next(iter(set(records) & {"place", "year"})))


def as_pandas_categories(records: Records, _: Path) -> object:
    frame = pd.DataFrame(records)
    return frame.astype({name: "category" for name in frame.columns if name in {"place", "year", "series"}})


def as_polars(records: Records, _: Path) -> object:
    return pl.DataFrame(records)


def as_polars_categories(records: Records, _: Path) -> object:
    frame = pl.DataFrame(records)
    return frame.with_columns(
        pl.col(name).cast(pl.Categorical) for name in frame.columns if name in {"place", "series"}
    )


def as_arrow(records: Records, _: Path) -> object:
    return pa.table(records)


def as_arrow_chunks(records: Records, _: Path) -> object:
    table = pa.table(records)
    return pa.concat_tables([table.slice(0, 1), table.slice(1)]).to_reader()


FORMS: list[Form] = [
    as_csv, as_windows_csv, as_tsv, as_parquet, as_parquet_folder, as_pandas, as_pandas_arrow, as_pandas_nullable,
    as_pandas_objects, as_pandas_indexed, as_pandas_categories, as_polars, as_polars_categories, as_arrow,
    as_arrow_chunks, as_workbook, as_workbook_with_titles,
]  # fmt: skip
# In these programs no variable can be called 2016.
NAMED_FORMS: list[Form] = [as_stata, as_spss, as_packed_spss]
WIDE_FORMS = [
    *((form, by_unit_records, None, "year") for form in [*FORMS, *NAMED_FORMS]),
    *((form, by_period_records, "place", None) for form in FORMS),
]


def check_is(panel: Panel, expected: dict[str, np.ndarray[Any, np.dtype[np.float64]]]) -> None:
    assert panel.units == UNITS
    assert panel.periods == PERIODS
    assert all(type(period) is int for period in panel.periods)
    assert set(panel.values) == set(expected)
    for name, matrix in expected.items():
        np.testing.assert_array_equal(panel.matrix(name), matrix, strict=True)
        assert panel.series[name].unit == MEASURES[name]


@pytest.mark.parametrize("form", [*FORMS, *NAMED_FORMS])
@pytest.mark.parametrize("records", [long_records, tidy_records])
def test_every_form_of_a_table_is_the_same_panel(tmp_path: Path, form: Form, records: Callable[[], Records]) -> None:
    panel = read_panel(form(records(), tmp_path), unit="place", period="year", units_of_measure=MEASURES)
    check_is(panel, {"co2": CO2, "jobs": JOBS})


@pytest.mark.parametrize(("form", "records", "unit", "period"), WIDE_FORMS)
def test_every_form_of_a_wide_table_is_the_same_panel(
    tmp_path: Path, form: Form, records: Callable[[], Records], unit: str | None, period: str | None
) -> None:
    source = form(records(), tmp_path)
    check_is(read_panel(source, unit=unit, period=period, units_of_measure={"co2": "Mt"}), {"co2": CO2})


def test_columns_named_by_years_may_be_numbers() -> None:
    frame = pd.DataFrame([["A", 1.5, 2.5]], columns=["place", 2015, 2016.0])
    panel = read_panel(frame, unit="place", period=None, units_of_measure={"x": "1"})
    assert (panel.periods, panel.matrix("x").tolist()) == ((2015, 2016), [[1.5, 2.5]])


def test_a_table_with_two_named_indexes() -> None:
    frame = pd.DataFrame(long_records()).set_index(["place", "year"])
    check_is(read_panel(frame, unit="place", period="year", units_of_measure=MEASURES), {"co2": CO2, "jobs": JOBS})


NUMBERS = [
    pa.array([1, 2], pa.int8()), pa.array([1, 2], pa.uint64()), pa.array([1, 2], pa.float16()),
    pa.array([Decimal("1.00"), Decimal("2.00")]), pa.array(["1", " 2.0 "]), pa.array(["1e0", "+2."], pa.large_string()),
    pa.array([1, 2]).dictionary_encode(), pd.Series([1, 2], dtype="Int8"), pd.Series([1, 2], dtype=object),
    pd.Series([Decimal(1), Decimal(2)]), pd.Series([np.float32(1), 2], dtype=object),
    pd.Series([1.0, 2], dtype="Float32"),
    pd.Series(["1", "2"], dtype="string"), pd.Series([1, 2], dtype="category"),
]  # fmt: skip


@pytest.mark.parametrize("cells", NUMBERS, ids=range(len(NUMBERS)))
def test_numbers_of_every_type(cells: Any) -> None:  # noqa: ANN401
    if isinstance(cells, pd.Series):
        source: object = pd.DataFrame({"u": ["a", "b"], "t": [1, 1], "x": cells})
    else:
        source = pa.table({"u": ["a", "b"], "t": [1, 1], "x": cells})
    panel = read_panel(source, unit="u", period="t", units_of_measure={"x": "1"})
    assert panel.matrix("x").tolist() == [[1.0], [2.0]]


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA, pd.NaT, Decimal("NaN"), Decimal("sNaN")])
def test_missing_values_among_objects(missing: object) -> None:
    frame = pd.DataFrame({"u": ["a", "b"], "t": [1, 1], "x": pd.Series([missing, 2], dtype=object)})
    found = read_panel(frame, unit="u", period="t", units_of_measure={"x": "1"}).matrix("x")
    assert np.isnan(found[0, 0])
    assert found[1, 0] == 2.0


def test_codes_that_are_numbers_are_names() -> None:
    table = pa.table({"u": [52, 11], "t": [1, 1], "x": [1, 2]})
    assert read_panel(table, unit="u", period="t", units_of_measure={"x": "1"}).units == ("11", "52")


def test_words_for_readers() -> None:
    table = pa.table({"u": ["b", "a"], "n": ["Bee", "Ay"], "t": [1, 1], "x": [1, 2]})
    words = Words(labels={"x": "An outcome"}, names="n", source=Source("A book", "https://example.org"))
    panel = read_panel(table, unit="u", period="t", units_of_measure={"x": "yuan"}, words=words)
    assert (panel.label("a"), panel.series["x"].label, panel.series["x"].unit) == ("Ay", "An outcome", "CNY")
    assert panel.series["x"].sources == (Source("A book", "https://example.org"),)


# ------------------------------------------------------------------------------------------- bad text tables

BAD_TEXT = {
    "duplicate keys": ("u,t,x\na,1,1\nb,1,2\na,1,1\n", "the same u and t more than once (1 case): 'a' 1 (lines 2, 4)"),
    "text": ("u,t,x\na,1,1\nb,1,n/a\n", "column 'x' has text where numbers belong: 'n/a' (line 3)", "empty"),
    "thousands": ('u,t,x\na,1,"1,234"\n', "'1,234' (line 2)", "marks between thousands"),
    "decimal comma": ('u,t,x\na,1,"1,5"\n', "'1,5' (line 2)", "decimal mark"),
    "percent": ("u,t,x\na,1,5%\n", "'5%' (line 2)", "percent"),
    "unit in cell": ("u,t,x\na,1,5 Mt\n", "'5 Mt' (line 2)", "take units"),
    "full width": ("u,t,x\na,1,\uff15\n", "(line 2)", "half-width"),
    "underscore": ("u,t,x\na,1,1_000\n", "'1_000' (line 2)"),
    "hexadecimal": ("u,t,x\na,1,0x10\n", "'0x10' (line 2)"),
    "truth": ("u,t,x\na,1,True\n", "'True' (line 2)"),
    "infinite": ("u,t,x\na,1,1\nb,1,inf\n", "column 'x' is infinite on line 3"),
    "overflow": ("u,t,x\na,1,1e999\n", "column 'x' is infinite on line 2"),
    "date": ("u,t,x\na,01/02/2016,1\n", "has dates in a way that is not read: '01/02/2016' (line 2)", "2016-03-01"),
    "day": ("u,t,x\na,2015-02-28,1\na,2015-02-29,1\n", "column 't' has dates", "'2015-02-29' (line 3)"),
    "time": ("u,t,x\na,2016-02-01 12:00,1\n", "column 't' has dates", "'2016-02-01 12:00' (line 2)"),
    "quarter": ("u,t,x\na,2016Q5,1\n", "column 't' has dates", "'2016Q5'"),
    "kinds": ("u,t,x\na,2016Q1,1\na,2016-04,1\n", "periods of different kinds: '2016Q1' (line 2), '2016-04' (line 3)"),
    "year and quarter": ("u,t,x\na,2016Q1,1\na,2016,1\n", "different kinds: '2016Q1' (line 2), '2016' (line 3)"),
    "chinese year": ("u,t,x\na,2016年,1\n", "column 't' has dates", "'2016年'"),
    "date number": ("u,t,x\na,20160201,1\n", "column 't' has dates written as numbers, such as 20160201"),
    "month number": ("u,t,x\na,201602,1\n", "column 't' has dates written as numbers, such as 201602"),
    "decimal period": ("u,t,x\na,2016.5,1\n", "column 't' has cells that are not periods: '2016.5' (line 2)"),
    "no period": ("u,t,x\na,,1\n", "column 't' is empty on line 2"),
    "no unit": ("u,t,x\na,1,1\n ,1,2\n", "column 'u' is empty on line 3"),
    "case": ("u,t,x\nCN-GZ,1,1\ncn-gz,2,2\n", "'CN-GZ' (line 2) and 'cn-gz' (line 3)", "one spelling"),
    "inner blank": ("u,t,x\nInner Mongolia,1,1\nInnerMongolia,2,2\n", "'Inner Mongolia' (line 2)", "one spelling"),
    "blank after": ("u,t,x\nCN-GZ,1,1\nCN-GZ ,2,2\n", "'CN-GZ' (line 2) and 'CN-GZ ' (line 3)"),
    "blank alone": ("u,t,x\nCN-GZ ,1,1\n", "names with blanks around them", "'CN-GZ ' (line 2)"),
    "zero width": ("u,t,x\nab,1,1\na\u200bb,2,2\n", "the same name in different ways"),
    "empty": ("", "is empty"),
    "header only": ("u,t,x\n", "has no rows"),
    "ragged": ("u,t,x\na,1\nb,1,2,3\n", "has 3 columns, but line 2 has 2, line 3 has 4"),
    "misspelt": ("u,t,xx\na,1,1\n", "has no column 'x'", "Did you mean 'xx'"),
    "other case of column": ("U,t,x\na,1,1\n", "has no column 'u'", "Did you mean 'U'"),
    "column twice": ("u,t,x,x\na,1,1,2\n", "has 2 columns called 'x'", "every column once"),
    "semicolons": ("u;t;x\na;1;1\n", "has a single column", "delimiter=';'"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD_TEXT)
def test_bad_files(tmp_path: Path, case: str) -> None:
    text, *says = BAD_TEXT[case]
    (tmp_path / "bad.csv").write_text(text, encoding="utf-8")
    with pytest.raises(DataError) as caught:
        read_panel(tmp_path / "bad.csv", unit="u", period="t", units_of_measure={"x": "1"})
    for words in ("bad.csv", *says):
        assert words in str(caught.value)
    assert caught.value.allowed or caught.value.todo


WIDE_BAD = {
    "unit twice": ("t,a,a\n1,1,2\n", None, "t", "has 2 columns called 'a'"),
    "unit in two cases": ("t,CN-GZ,cn-gz\n1,1,2\n", None, "t", "'CN-GZ' (column 2) and 'cn-gz' (column 3)"),
    "no name": ("t,,a\n1,1,2\n", None, "t", "has no name for column 2"),
    "period twice": ("t,a\n1,1\n1,2\n", None, "t", "the same t more than once"),
    "no unit": ("t\n1\n", None, "t", "has no column besides 't'"),
    "date columns": ("u,Jan 2016,2016-02\na,1,2\n", "u", None, "in a way that is not read: 'Jan 2016'"),
    "month columns": ("u,201601,201602\na,1,2\n", "u", None, "dates written as numbers"),
    "columns of two kinds": ("u,2016,2016-02\na,1,2\n", "u", None, "of different kinds: month and number"),
    "period columns twice": ("u,2016,2016.0\na,1,2\n", "u", None, "a period twice: columns '2016' and '2016.0'"),
    "no period column": ("u,x\na,1\n", "u", None, "no column that is named by a period"),
    "unit row twice": ("u,2016\na,1\na,2\n", "u", None, "the same u more than once"),
}


@pytest.mark.parametrize("case", WIDE_BAD)
def test_bad_wide_files(tmp_path: Path, case: str) -> None:
    text, unit, period, says = WIDE_BAD[case]
    (tmp_path / "bad.csv").write_text(text, encoding="utf-8")
    with pytest.raises(DataError) as caught:
        read_panel(tmp_path / "bad.csv", unit=unit, period=period, units_of_measure={"x": "1"})
    assert says in str(caught.value)


# -------------------------------------------------------------------------------------- bad tables in memory

BAD_CELLS: dict[str, tuple[str, object, str]] = {
    "truth values": ("x", [True, False], "truth values"),
    "truth objects": ("x", pd.Series([True, None], dtype=object), "truth values"),
    "mixed": ("x", pd.Series([1, "n/a"], dtype=object), "a mix of number and text, such as 'n/a' (row 2)"),
    "mixed truth": ("x", pd.Series([1, True], dtype=object), "(row 2)"),
    "times": ("t", pd.to_datetime(["2016-01-01 12:00", "2017-01-01 00:00"]), "not read: '2016-01-01 12:00:00"),
    "zones": ("t", pd.to_datetime(["2016-01-01", "2017-01-01"], utc=True), "times of the time zone UTC"),
    "time objects": ("t", pd.Series([dt.time(1), dt.time(2)]), "column 't' holds dates or times"),
    "missing date": ("t", pd.Series([dt.date(2016, 1, 1), None]), "column 't' is empty on row 2"),
    "date as figure": ("x", pd.to_datetime(["2016-01-01", "2017-01-01"]), "column 'x'"),
    "fractions": ("t", [2016.5, 2017.0], "not periods: '2016.5' (row 1)"),
    "missing period": ("t", [2016, None], "column 't' is empty on row 2"),
    "missing unit": ("u", ["a", None], "column 'u' is empty on row 2"),
    "fractional unit": ("u", [1.5, 2.0], "units that are not whole numbers (row 1)"),
    "infinite": ("x", [1.0, np.inf], "column 'x' is infinite on row 2"),
    "infinite object": ("x", pd.Series([1, 10**400], dtype=object), "column 'x' is infinite on row 2"),
    "large": ("x", [1, 2**53 + 1], "beyond 2^53"),
    "large in frame of arrow": ("x", pd.Series([1, 2**53 + 1], dtype="int64[pyarrow]"), "beyond 2^53"),
    "large object": ("x", pd.Series([1, 2**53 + 1], dtype=object), "beyond 2^53"),
    "large unit object": ("u", pd.Series([2**53 + 1, 2**53 + 2], dtype=object), "beyond 2^53"),
    "complex": ("x", [1j, 2.0], "complex"),
    "bytes": ("x", [b"1", b"2"], "bytes"),
    "lists": ("x", pd.Series([[1], [2]]), "list"),
    "sparse": ("x", pd.arrays.SparseArray([True, False]), "'x'"),
    "intervals": ("x", pd.interval_range(0, 2), "'x'"),
}


@pytest.mark.parametrize("case", BAD_CELLS)
def test_bad_cells_in_pandas(case: str) -> None:
    column, cells, says = BAD_CELLS[case]
    frame = pd.DataFrame({"u": ["a", "b"], "t": [1, 1], "x": [1.0, 2.0]} | {column: cells})
    with pytest.raises(DataError) as caught:
        read_panel(frame, unit="u", period="t", units_of_measure={"x": "1"})
    assert "the pandas data frame" in caught.value.what
    assert f"'{column}'" in caught.value.what
    assert says in str(caught.value)


POLARS_BAD = {
    "truth": pl.Series([True, False]),
    "date": pl.Series([dt.date(2016, 1, 1)] * 2),
    "large": pl.Series([1, 2**63 + 1], dtype=pl.UInt64),
    "larger": pl.Series([1, 2**70 + 1], dtype=pl.Int128),
    "objects": pl.Series([object(), object()], dtype=pl.Object),
    "lists": pl.Series([[1], [2]]),
    "structs": pl.Series([{"a": 1}, {"a": 2}]),
    "binary": pl.Series([b"1", b"2"]),
    "infinite": pl.Series([1.0, float("inf")]),
    "text": pl.Series(["1", "x"]),
}


@pytest.mark.parametrize("case", POLARS_BAD)
def test_bad_cells_in_polars(case: str) -> None:
    frame = pl.DataFrame({"u": ["a", "b"], "t": [1, 1], "x": POLARS_BAD[case]})
    with pytest.raises((DataError, UsageError), match=r"the polars DataFrame"):
        read_panel(frame, unit="u", period="t", units_of_measure={"x": "1"})


def test_columns_that_are_not_asked_for_may_hold_anything() -> None:
    frame = pd.DataFrame({"u": ["a"], "t": [1], "x": [1.0], "when": [dt.date(2016, 1, 1)], "z": [[1]]})
    assert read_panel(frame, unit="u", period="t", units_of_measure={"x": "1"}).matrix("x").tolist() == [[1.0]]


FRAMES = {
    "levels": (pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([("a", "b"), ("a", "c")])), "several levels"),
    "index twice": (pd.DataFrame({"u": ["a"]}, index=pd.Index(["a"], name="u")), "index and a column of the same name"),
    "column twice": (pd.DataFrame([["a", 1, 1, 2]], columns=["u", "t", "x", "x"]), "2 columns called 'x'"),
    "empty": (pd.DataFrame(), "has no rows"),
    "no rows": (pl.DataFrame({"u": [], "t": [], "x": []}), "has no rows"),
    "arrow twice": (pa.Table.from_arrays([pa.array([1])] * 4, names=["u", "t", "x", "x"]), "2 columns called 'x'"),
}


@pytest.mark.parametrize("case", FRAMES)
def test_bad_frames(case: str) -> None:
    frame, says = FRAMES[case]
    with pytest.raises(DataError, match=says):
        read_panel(frame, unit="u", period="t", units_of_measure={"x": "1"})


# ----------------------------------------------------------------------------------------- contradictions

GOOD = pa.table({"u": ["a"], "t": [1], "x": [1.0], "series": ["y"], "value": [1.0]})
ASKED: dict[str, tuple[dict[str, Any], str]] = {
    "layout": ({"layout": "lng"}, "layout is 'lng'. Did you mean 'long'"),
    "wide": ({"layout": "wide"}, "the layout is 'wide'"),
    "neither": ({"unit": None, "period": None}, "unit and period are both None"),
    "same": ({"period": "u"}, "unit and period are both 'u'"),
    "no outcomes": ({"units_of_measure": {}}, "no outcomes are named"),
    "text for outcomes": ({"outcomes": "x"}, "outcomes is the text 'x'"),
    "no measure": ({"outcomes": ["x", "y"]}, "outcome 'y' has no unit of measure"),
    "no outcome": ({"units_of_measure": {"x": "1", "z": "1"}, "outcomes": ["x"]}, "'z', which is not an outcome"),
    "unit not text": ({"unit": 3}, "unit is 3, a int"),
    "two in wide": ({"unit": None, "units_of_measure": {"x": "1", "y": "1"}}, "a wide table holds one series"),
    "label": ({"words": Words(labels={"X": "w"})}, "labels has 'X', which is not an outcome. Did you mean 'x'"),
    "delimiter": ({"source": "x.csv", "form": TableForm(delimiter="")}, "no file"),
    "lazy": ({"source": pl.LazyFrame({"u": [1]})}, "collect() it first"),
    "list": ({"source": [1, 2]}, "a list is not a table"),
    "none": ({"source": None}, "a NoneType is not a table"),
}


@pytest.mark.parametrize("case", ASKED)
def test_what_contradicts_itself(case: str) -> None:
    changes, says = ASKED[case]
    options: dict[str, Any] = {"source": GOOD, "unit": "u", "period": "t", "units_of_measure": {"x": "1"}} | changes
    with pytest.raises((UsageError, DataError)) as caught:
        read_panel(options.pop("source"), **options)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("unit", "says"),
    [("CYN", "Did you mean 'CNY'"), ("", "unit"), ("t/", "cannot be read"), ("mt", "'mt' is not a known unit"),
     ("__import__('os')", "not a known unit"), ("t**t", "cannot be read")],
)  # fmt: skip
def test_units_of_measure_that_are_none(unit: str, says: str) -> None:
    with pytest.raises(DataError) as caught:
        read_panel(GOOD, unit="u", period="t", units_of_measure={"x": unit})
    assert "'x'" in caught.value.what
    assert says in str(caught.value)


@pytest.mark.parametrize("layout", ["tidy", "auto"])
def test_a_series_that_is_not_there(layout: TableLayout) -> None:
    with pytest.raises(DataError, match=r"no series 'yy'.*Did you mean 'y'"):
        read_panel(GOOD, unit="u", period="t", units_of_measure={"yy": "1"}, layout=layout)


def test_one_unit_has_one_name() -> None:
    table = pa.table({"u": ["a", "a"], "n": ["Ay", "Bee"], "t": [1, 2], "x": [1, 2]})
    with pytest.raises(DataError, match=r"unit 'a' is called 'Ay' and, on row 2, 'Bee'"):
        read_panel(table, unit="u", period="t", units_of_measure={"x": "1"}, words=Words(names="n"))


@pytest.mark.parametrize("name", ["data.xls", "data", "data.ods"])
def test_other_files_are_named(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"PK")
    with pytest.raises(DataError) as caught:
        read_panel(tmp_path / name, unit="u", period="t", units_of_measure={"x": "1"})
    assert "save the table as CSV" in str(caught.value)


# ---------------------------------------------------------------------------------------------- periods that are dates

SPELLED = {
    "quarters": (["2016Q1", "2015q4"], ("2015Q4", "2016Q1")),
    "quarters with a hyphen": (["2016-Q1", "2015-Q4"], ("2015Q4", "2016Q1")),
    "months": (["2016-01", "2015-12"], ("2015-12", "2016-01")),
    "months of Stata": (["2016m1", "2015m12"], ("2015-12", "2016-01")),
    "weeks": (["2021-W01", "2020-W53"], ("2020-W53", "2021-W01")),
    "days": (["2016-03-01", "2016-02-29"], ("2016-02-29", "2016-03-01")),
    "first days of months": (["2016-03-01", "2016-02-01"], ("2016-02", "2016-03")),
    "last days of quarters": (["2016-03-31", "2016-06-30"], ("2016Q1", "2016Q2")),
    "first days of years": (["2016-01-01", "2015-01-01"], ("2015", "2016")),
}


def with_periods(cells: object) -> pd.DataFrame:
    return pd.DataFrame({"u": "a", "t": cells, "x": [2.0, 1.0]})


def assert_periods(panel: Panel, labels: tuple[str, ...]) -> None:
    assert tuple(map(str, panel.periods)) == labels
    assert panel.to_frame()["period"].astype(str).tolist() == list(labels)


@pytest.mark.parametrize("case", SPELLED)
@pytest.mark.parametrize("form", [as_csv, as_pandas, as_polars, as_arrow, as_workbook, as_parquet])
def test_spelled_periods_are_read_from_every_form(form: Form, case: str, tmp_path: Path) -> None:
    cells, labels = SPELLED[case]
    records: Records = {"u": ["a", "a"], "t": list(cells), "x": [1.0, 2.0]}
    panel = read_panel(form(records, tmp_path), unit="u", period="t", units_of_measure={"x": "1"})
    assert_periods(panel, labels)
    values = dict(zip(sorted(cells), (1.0, 2.0) if sorted(cells) == cells else (2.0, 1.0), strict=True))
    assert panel.matrix("x").tolist() == [[values[cell] for cell in sorted(cells)]]


@pytest.mark.parametrize("case", SPELLED)
def test_spelled_periods_may_be_columns(case: str, tmp_path: Path) -> None:
    cells, labels = SPELLED[case]
    records: Records = {"u": ["a"], cells[0]: [1.0], cells[1]: [2.0]}
    assert_periods(read_panel(as_csv(records, tmp_path), unit="u", period=None, units_of_measure={"x": "1"}), labels)


@pytest.mark.parametrize(
    ("cells", "labels"),
    [
        (pd.to_datetime(["2016-02-01", "2016-01-01"]), ("2016-01", "2016-02")),
        (pd.Series([dt.date(2016, 1, 5), dt.date(2016, 1, 4)]), ("2016-01-04", "2016-01-05")),
        (pd.Series(pd.to_datetime(["2016-01-05", "2016-01-04"])).dt.date.astype(object), ("2016-01-04", "2016-01-05")),
        (pd.PeriodIndex(["2016Q2", "2016Q1"], freq="Q"), ("2016Q1", "2016Q2")),
        (pd.PeriodIndex(["2016-02", "2016-01"], freq="M"), ("2016-01", "2016-02")),
        (pd.PeriodIndex(["2017", "2016"], freq="Y"), ("2016", "2017")),
        (pd.PeriodIndex(["2021-01-04", "2020-12-31"], freq="W"), ("2020-W53", "2021-W01")),
        (pd.PeriodIndex(["2016-01-05", "2016-01-04"], freq="D").astype(object), ("2016-01-04", "2016-01-05")),
        (pd.Categorical(["2016Q2", "2016Q1"]), ("2016Q1", "2016Q2")),
        (["2017", "2016"], ("2016", "2017")),
    ],
)
def test_dates_and_periods_of_pandas_are_read(cells: object, labels: tuple[str, ...]) -> None:
    panel = read_panel(with_periods(cells), unit="u", period="t", units_of_measure={"x": "1"})
    assert_periods(panel, labels)
    assert panel.matrix("x").tolist() == [[1.0, 2.0]]


def test_frequency_of_a_panel() -> None:
    months = read_panel(with_periods(["2016-02", "2016-01"]), unit="u", period="t", units_of_measure={"x": "1"})
    assert months.frequency == "month"
    assert months.select(periods=months.periods[:1]).frequency == "month"
    years = read_panel(with_periods([2016, 2015]), unit="u", period="t", units_of_measure={"x": "1"})
    assert years.frequency == "year"
    assert [type(period) for period in years.periods] == [int, int]
    counts = read_panel(with_periods([2, 1]), unit="u", period="t", units_of_measure={"x": "1"})
    assert counts.frequency == "number"
