"""Parquet files and folders of them, and tables as Arrow."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pilotzone.core import DataError, Table, UsageError
from pilotzone.store import as_arrow, read_parquet, write_parquet

_TABLE = pa.table({"unit": ["b", "a", "贵州"], "period": [2015, 2016, 2017], "co2": [1.5, None, 1 / 3]})


def test_a_table_reads_back_as_it_was(tmp_path: Path) -> None:
    write_parquet(_TABLE, tmp_path / "a.parquet")
    assert read_parquet(tmp_path / "a.parquet").equals(_TABLE)


def test_the_same_table_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_parquet(_TABLE, tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_own_tables_become_arrow_tables() -> None:
    table = Table({"i": (1, None), "f": (1, 0.5), "s": ("x", None), "b": (True, False), "none": (None, None)})
    found = as_arrow(table)
    assert [str(kind) for kind in found.schema.types] == ["int64", "double", "string", "bool", "double"]
    assert found.to_pylist() == [
        {"i": 1, "f": 1.0, "s": "x", "b": True, "none": None},
        {"i": None, "f": 0.5, "s": None, "b": False, "none": None},
    ]


@pytest.mark.parametrize("cells", [("x", 1), (True, 1), (True, "x")])
def test_mixed_columns_are_a_programming_error(cells: tuple[object, ...]) -> None:
    with pytest.raises(TypeError, match=r"column 'a' mixes"):
        as_arrow(Table({"a": cells}))  # type: ignore[dict-item]


def test_a_folder_is_read_in_the_order_of_its_files(tmp_path: Path) -> None:
    for name, start in (("b.parquet", 2), ("a.pq", 0), ("sub/c.parquet", 4)):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        write_parquet(pa.table({"n": list(range(start, start + 2))}), tmp_path / name)
    (tmp_path / "_SUCCESS").touch()
    (tmp_path / ".hidden.parquet").write_bytes(b"not read")
    (tmp_path / "notes.txt").write_text("not read")
    assert read_parquet(tmp_path).column("n").to_pylist() == list(range(6))


def test_folders_named_by_a_key_become_a_column(tmp_path: Path) -> None:
    for year in (2016, 2015):
        (tmp_path / f"year={year}").mkdir()
        write_parquet(pa.table({"co2": [float(year)]}), tmp_path / f"year={year}" / "part.parquet")
    found = read_parquet(tmp_path)
    assert found.column("year").to_pylist() == [2015, 2016]
    assert found.column("co2").to_pylist() == [2015.0, 2016.0]
    (tmp_path / "year=20%2F17").mkdir()
    write_parquet(pa.table({"co2": [0.0]}), tmp_path / "year=20%2F17" / "part.parquet")
    assert read_parquet(tmp_path).column("year").to_pylist() == ["20/17", "2015", "2016"]


def test_signs_that_mean_something_to_the_engine_are_names_here(tmp_path: Path) -> None:
    for name in ("a[1]*?.parquet", "a1.parquet", "it's.parquet"):
        write_parquet(pa.table({"n": [name]}), tmp_path / name)
        assert read_parquet(tmp_path / name).column("n").to_pylist() == [name]


def test_types_that_fit_into_one_another_do(tmp_path: Path) -> None:
    write_parquet(pa.table({"a": [1], "b": pa.nulls(1)}), tmp_path / "1.parquet")
    write_parquet(pa.table({"b": ["x"], "a": [0.5]}), tmp_path / "2.parquet")
    assert read_parquet(tmp_path).to_pylist() == [{"a": 1.0, "b": None}, {"a": 0.5, "b": "x"}]


def test_a_key_that_is_a_column_as_well_is_refused(tmp_path: Path) -> None:
    (tmp_path / "year=2016").mkdir()
    write_parquet(pa.table({"year": [2015]}), tmp_path / "year=2016" / "a.parquet")
    with pytest.raises(DataError, match=r"have a column 'year', and so have its folders"):
        read_parquet(tmp_path)
    assert read_parquet(tmp_path / "year=2016" / "a.parquet").column("year").to_pylist() == [2015]


def test_files_with_other_columns_are_named(tmp_path: Path) -> None:
    write_parquet(pa.table({"a": [1], "b": [1]}), tmp_path / "1.parquet")
    write_parquet(pa.table({"a": [1], "c": [1]}), tmp_path / "2.parquet")
    with pytest.raises(DataError, match=r"2\.parquet' and '1\.parquet' do not have the same columns.*b, c"):
        read_parquet(tmp_path)


def test_files_with_a_column_twice_are_named(tmp_path: Path) -> None:
    for name in ("1.parquet", "2.parquet"):
        pq.write_table(pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["a", "a"]), tmp_path / name)
    with pytest.raises(DataError, match=r"each once: look at a"):
        read_parquet(tmp_path)


def test_files_with_other_types_are_refused(tmp_path: Path) -> None:
    write_parquet(pa.table({"a": [1]}), tmp_path / "1.parquet")
    write_parquet(pa.table({"a": ["x"]}), tmp_path / "2.parquet")
    with pytest.raises(DataError, match=r"do not fit together"):
        read_parquet(tmp_path)


def test_columns_that_differ_in_case_stay_two(tmp_path: Path) -> None:
    write_parquet(pa.table({"gdp": [1], "GDP": [2]}), tmp_path / "a.parquet")
    assert read_parquet(tmp_path / "a.parquet").to_pylist() == [{"gdp": 1, "GDP": 2}]


@pytest.mark.parametrize("content", [b"", b"PAR1", b"a,b\n1,2\n", b"PAR1" + b"\0" * 100 + b"PAR1"])
def test_what_is_no_parquet_file(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.parquet").write_bytes(content)
    with pytest.raises(DataError, match=r"not a Parquet file that can be read"):
        read_parquet(tmp_path / "a.parquet")


def test_a_truncated_file_is_refused(tmp_path: Path) -> None:
    write_parquet(_TABLE, tmp_path / "a.parquet")
    whole = (tmp_path / "a.parquet").read_bytes()
    (tmp_path / "a.parquet").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError, match=r"not a Parquet file that can be read"):
        read_parquet(tmp_path / "a.parquet")


def test_any_damaged_byte_is_found_or_does_no_harm(tmp_path: Path) -> None:
    table = pa.table({"n": list(range(500)), "name": [f"region {k}" for k in range(500)]})
    path = tmp_path / "a.parquet"
    write_parquet(table, path)
    whole = path.read_bytes()
    refused = 0
    for at in range(0, len(whole), 41):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
        try:
            assert read_parquet(path).equals(table), at
        except DataError:
            refused += 1
    assert refused > len(whole) / 41 / 2


def test_folders_without_files_and_places_without_anything(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"there is no Parquet file in the folder"):
        read_parquet(tmp_path)
    with pytest.raises(DataError, match=r"there is no file"):
        read_parquet(tmp_path / "a.parquet")


def test_tables_that_parquet_cannot_hold(tmp_path: Path) -> None:
    table = pa.table({"a": pa.array([None], pa.struct([]))})
    with pytest.raises(UsageError, match=r"cannot be written as Parquet"):
        write_parquet(table, tmp_path / "a.parquet")
    assert not list(tmp_path.iterdir())


def test_a_long_text_that_many_cells_repeat_is_not_spelt_out(tmp_path: Path) -> None:
    """A file of a few kilobytes that stands for 4 GB."""
    long = pa.DictionaryArray.from_arrays(pa.array([0] * 4000, pa.int32()), pa.array(["x" * 1_000_000]))
    pq.write_table(pa.table({"unit": long, "year": [1] * 4000}), tmp_path / "t.parquet", store_schema=False)
    assert (tmp_path / "t.parquet").stat().st_size < 1_000_000
    with pytest.raises(DataError, match=r"has 4,000 MB of text in the column 'unit'"):
        read_parquet(tmp_path / "t.parquet")


def test_texts_come_back_of_the_kinds_that_they_were(tmp_path: Path) -> None:
    kinds = {"a": pa.string(), "b": pa.large_string(), "c": pa.binary(), "d": pa.dictionary(pa.int32(), pa.string())}
    cells = {"a": ["x", None, "贵"], "b": ["", "y", None], "c": [b"\0", None, b"z"], "d": ["u", "u", None]}
    table = pa.table({name: pa.array(cells[name], kind) for name, kind in kinds.items()})
    pq.write_table(table, tmp_path / "t.parquet")
    found = read_parquet(tmp_path / "t.parquet")
    assert found.to_pydict() == cells
    assert [found.schema.field(name).type for name in "ab"] == [pa.string(), pa.large_string()]
