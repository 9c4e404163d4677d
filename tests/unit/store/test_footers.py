"""Parquet files as panels: what they claim is looked at, and what cannot be read is told."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pilotzone.core import DataError, PilotZoneError
from pilotzone.store import PanelColumns, open_panel
from pilotzone.store.footers import check_rows

COLUMNS = PanelColumns("unit", "year", "start", ("y",))


def table(**columns: pa.Array) -> pa.Table:
    plain = {"unit": ["a", "a", "b", "b"], "year": [2000, 2001] * 2, "start": [2001, 2001, 0, 0], "y": [1.0, 2, 3, 4]}
    return pa.table({**plain, **columns})


def test_files_that_claim_endless_rows_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A column of one value may be as long as one likes in a few bytes; nobody would see the end of it."""
    monkeypatch.setattr("pilotzone.store.footers._FREE_ROWS", 1000)
    monkeypatch.setattr("pilotzone.store.footers.MOST_ROWS_A_BYTE", 10)
    long = pa.table(dict.fromkeys(("unit", "year", "start", "y"), pa.repeat(2000, 1_000_000)))
    pq.write_table(long, tmp_path / "p.parquet", compression="zstd")
    pq.write_table(table(), tmp_path / "q.parquet")
    with pytest.raises(DataError, match=r"claims 1,000,000 rows in [0-9,]+ bytes") as caught:
        open_panel(tmp_path / "p.parquet", COLUMNS)
    assert "10 rows for each byte" in str(caught.value.allowed)
    assert open_panel(tmp_path / "q.parquet", COLUMNS).facts().units == 2


def test_few_bytes_do_not_stand_for_text_without_end(tmp_path: Path) -> None:
    """Each name of 30 million signs that are alike is a few thousand bytes in the file, and all of them in memory."""
    long = pa.array([f"{'a' * 30_000_000}{k}" for k in range(10)])
    bomb = pa.table({"unit": long, "year": [2000] * 10, "start": [0] * 10, "y": [1.0] * 10})
    pq.write_table(bomb, tmp_path / "p.parquet", compression="zstd", use_dictionary=False, write_statistics=False)
    with pytest.raises(DataError, match=r"claims to be 300,[0-9,]+ bytes when it is decompressed"):
        open_panel(tmp_path / "p.parquet", COLUMNS)


@pytest.mark.parametrize("rows", [-1, 2**62, 10**9])
def test_rows_have_a_bound(rows: int, tmp_path: Path) -> None:
    (tmp_path / "p").write_bytes(bytes(1000))
    with pytest.raises(DataError, match="claims"):
        check_rows(tmp_path / "p", rows)
    check_rows(tmp_path / "p", 1_000_000)


def test_text_that_is_no_text_is_told(tmp_path: Path) -> None:
    """Bytes that are not UTF-8, in a column that says it is text."""
    odd = pa.Array.from_buffers(
        pa.string(), 4, [None, pa.py_buffer(b"\0\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0"), pa.py_buffer(b"aa\xff\xff")]
    )
    pq.write_table(table(unit=odd), tmp_path / "p.parquet")
    with pytest.raises(DataError, match=r"Invalid string encoding|UTF-?8"):
        open_panel(tmp_path / "p.parquet", COLUMNS).facts()
    with pytest.raises(DataError, match="column 'unit' holds text that is not in UTF-8"):
        open_panel(table(unit=odd), COLUMNS)


def test_names_that_are_no_text_are_told(tmp_path: Path) -> None:
    pq.write_table(table(zzzz=pa.array([1, 2, 3, 4])), tmp_path / "p.parquet", store_schema=False)
    content = (tmp_path / "p.parquet").read_bytes()
    (tmp_path / "p.parquet").write_bytes(content.replace(b"zzzz", b"zz\xffz"))
    with pytest.raises(DataError, match="is not a Parquet file that can be read"):
        open_panel(tmp_path / "p.parquet", COLUMNS).facts()


@pytest.mark.parametrize("part", ["unit", "year", "start", "y"])
@pytest.mark.parametrize(
    "column",
    [
        pa.array([[1], [2], [3], [4]]),
        pa.array([{"a": 1}] * 4),
        pa.array([b"a", b"a", b"b", b"b"]),
        pa.array([True, False, True, False]),
        pa.array([[("k", 1)]] * 4, pa.map_(pa.string(), pa.int64())),
        pa.nulls(4),
        pa.array([1, 2, 3, 4], pa.date32()),
        pa.array([1, 2, 3, 4], pa.time64("us")),
        pa.array([1, 2, 3, 4], pa.duration("s")),
        pa.array([1, 2, 3, 4], pa.timestamp("ns", tz="Asia/Shanghai")),
    ],
    ids=lambda column: str(column.type),
)
def test_columns_of_other_kinds_are_told(part: str, column: pa.Array, tmp_path: Path) -> None:
    if pa.types.is_null(column.type) and part in {"start", "y"}:
        return  # never treated, and an outcome without a value
    if pa.types.is_date(column.type) and part == "start":
        # Days of treatment stand for the years that hold them, which periods are here.
        assert open_panel(table(start=column), COLUMNS).facts().cohorts.tolist() == [1970]
        return
    given = table(**{part: column})
    places = [given]
    if not pa.types.is_duration(column.type):
        pq.write_table(given, tmp_path / "p.parquet")
        places.append(tmp_path / "p.parquet")
    for place in places:
        with pytest.raises(PilotZoneError) as caught:
            open_panel(place, COLUMNS).facts()
        assert caught.value.exit_code in {2, 3}
        assert repr(part) in caught.value.what
        assert caught.value.allowed


def test_names_that_differ_by_capitals_are_told_where_they_matter(tmp_path: Path) -> None:
    for name, place in (("frame", table(Y=pa.array([9.0] * 4))), ("file", tmp_path / "p.parquet")):
        if name == "file":
            pq.write_table(table(Y=pa.array([9.0] * 4)), tmp_path / "p.parquet")
        with pytest.raises(DataError, match="differ by capitals alone: 'Y', 'y'"):
            open_panel(place, COLUMNS)
    pq.write_table(table(z=pa.array([9.0] * 4), Z=pa.array([9.0] * 4)), tmp_path / "q.parquet")
    assert open_panel(tmp_path / "q.parquet", COLUMNS).facts().units == 2


def test_a_column_twice_is_told(tmp_path: Path) -> None:
    names = [*table().column_names, "y"]
    twice = pa.Table.from_arrays([*table().columns, table()["y"]], names=names)
    pq.write_table(twice, tmp_path / "p.parquet")
    for place in (twice, tmp_path / "p.parquet"):
        with pytest.raises(DataError, match="2 columns 'y'"):
            open_panel(place, COLUMNS)


def test_a_file_that_was_cut_says_so(tmp_path: Path) -> None:
    pq.write_table(table(), tmp_path / "p.parquet")
    content = (tmp_path / "p.parquet").read_bytes()
    for end in (5, len(content) // 2, len(content) - 1):
        (tmp_path / "p.parquet").write_bytes(content[:end])
        with pytest.raises(DataError, match="it has no end"):
            open_panel(tmp_path / "p.parquet", COLUMNS)
    (tmp_path / "p.parquet").write_bytes(b"PARE" + content[4:-4] + b"PARE")
    with pytest.raises(DataError, match="an encrypted Parquet file"):
        open_panel(tmp_path / "p.parquet", COLUMNS)
