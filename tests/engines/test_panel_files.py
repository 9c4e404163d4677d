"""One rule for which files make a panel: the same are read and hashed, by DuckDB, by Spark and in the zone's door."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq
import pytest

from pilotzone.core import DataError, PilotZoneError, UsageError
from pilotzone.store import (
    PanelColumns,
    UnitBatch,
    file_digests,
    open_panel,
    panel_digests,
    read_parquet,
    table_digests,
)
from pilotzone.store.files import panel_files

if TYPE_CHECKING:
    from pilotzone.store import EngineName

ENGINES = ("duckdb", pytest.param("spark", marks=pytest.mark.spark))
COLUMNS = PanelColumns("unit", "year", "start", ("y",))


class Gather:
    """Keeps the values of all units."""

    def take(self, batch: UnitBatch) -> list[tuple[Any, list[float]]]:
        assert batch.keys is not None
        return list(zip(batch.keys.to_pylist(), batch.values["y"].tolist(), strict=True))

    def merge(
        self, one: list[tuple[Any, list[float]]], other: list[tuple[Any, list[float]]]
    ) -> list[tuple[Any, list[float]]]:
        return one + other


def part(*units: int, **columns: Any) -> pa.Table:
    rows = [(unit, year) for unit in units for year in (2000, 2001, 2002)]
    data = {
        "unit": [unit for unit, _ in rows],
        "year": [year for _, year in rows],
        "start": [2001 if unit % 2 else 0 for unit, _ in rows],
        "y": [unit + year / 7 for unit, year in rows],
    }
    return pa.table({**data, **columns})


def written(path: Path, table: pa.Table) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.name.lower().endswith((".csv", ".tsv")):
        mark = "\t" if path.suffix.lower() == ".tsv" else ","
        pc.write_csv(table, path, write_options=pc.WriteOptions(delimiter=mark))
    else:
        pq.write_table(table, path)
    return path


def units(path: Path, engine: EngineName, columns: PanelColumns = COLUMNS) -> list[Any]:
    gathered: list[tuple[Any, list[float]]] = open_panel(path, columns, engine=engine).carry(Gather())
    return sorted(unit for unit, _ in gathered)


@pytest.mark.parametrize("engine", ENGINES)
def test_what_belongs_to_a_folder_is_read_and_hashed(engine: EngineName, tmp_path: Path) -> None:
    folder = tmp_path / "panel [1]"
    belongs = ["a.parquet", "b.PARQUET", "c.pq", "sub/d.Parquet", "sub/sub*/e.parquet"]
    for k, name in enumerate(belongs):
        written(folder / name, part(k))
    for k, name in enumerate(
        [".hidden.parquet", "_part.parquet", "_tmp/f.parquet", ".git/g.parquet", "sub/_x/h.pq"], 50
    ):
        written(folder / name, part(k))
    (folder / "_SUCCESS").touch()
    (folder / ".a.parquet.crc").write_bytes(b"crc")
    (folder / "README.txt").write_text("About these figures")
    assert units(folder, engine) == [0, 1, 2, 3, 4]
    assert list(panel_digests(folder)) == sorted(belongs)
    assert list(table_digests(folder)) == sorted(belongs)
    assert sorted(set(read_parquet(folder)["unit"].to_pylist())) == [0, 1, 2, 3, 4]
    assert panel_digests(folder).items() <= file_digests(folder).items()


@pytest.mark.parametrize("engine", ENGINES)
def test_a_folder_of_csv_files_is_one_panel(engine: EngineName, tmp_path: Path) -> None:
    for k, name in enumerate(["a.csv", "sub/b.CSV"]):
        written(tmp_path / name, part(k))
    written(tmp_path / "_c.csv", part(9))
    assert units(tmp_path, engine) == [0, 1]
    assert list(panel_digests(tmp_path)) == ["a.csv", "sub/b.CSV"]
    written(tmp_path / "z.csv", part(3).select(["unit", "start", "year", "y"]))
    with pytest.raises(DataError, match=r"'z\.csv' and 'a\.csv' do not have the same columns in the same order"):
        units(tmp_path, engine)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", ["p.csv", "p.parquet", "p.tsv"])
def test_names_of_folders_above_the_panel_mean_nothing(engine: EngineName, name: str, tmp_path: Path) -> None:
    file = written(tmp_path / "y=0" / "unit=5" / name, part(1, 2))
    assert units(file, engine) == [1, 2]
    if not name.endswith("parquet"):
        return
    assert units(file.parent, engine) == [1, 2]
    with pytest.raises(DataError, match=r"have a column 'unit', and so have its folders"):
        units(file.parent.parent, engine)


@pytest.mark.parametrize("engine", ENGINES)
def test_folders_named_by_a_key_are_a_column(engine: EngineName, tmp_path: Path) -> None:
    root = tmp_path / "w=9" / "panel"
    for year in (2000, 2001, 2002):
        table = part(1, 2).filter(pa.compute.equal(part(1, 2)["year"], year)).drop_columns("year")
        written(root / f"year={year}" / "cohort%20%2F=2001-01-01" / "a.parquet", table)
    assert units(root, engine) == [1, 2]
    panel = open_panel(root, PanelColumns("unit", "year", "start", ("y",), "cohort /"), engine=engine)
    assert panel.facts().periods == (2000, 2001, 2002)
    names = panel.facts().cluster_names
    assert names is not None
    assert names.tolist() == ["2001-01-01"]
    written(root / "_q=7" / "year=2003" / "a.parquet", part(3).slice(0, 1).drop_columns("year"))
    assert len(panel_files(root).files) == 4  # a folder with a value is one, whatever the column is called


@pytest.mark.parametrize("engine", ENGINES)
def test_the_first_file_does_not_say_what_the_others_are(engine: EngineName, tmp_path: Path) -> None:
    """A column of whole numbers in the first file and of fractions in the second once was rounded in silence."""
    whole = part(1)
    written(tmp_path / "a.parquet", whole.set_column(3, "y", pa.array([1, 2, 3])))
    written(tmp_path / "b.parquet", part(2).set_column(3, "y", pa.array([0.5, 1.5, 2.5])))
    if engine == "spark":
        with pytest.raises(DataError, match=r"column 'y' is int64 in 'a\.parquet' and double in 'b\.parquet'"):
            open_panel(tmp_path, COLUMNS, engine=engine)
        return
    found: list[tuple[Any, list[float]]] = open_panel(tmp_path, COLUMNS).carry(Gather())
    assert dict(found) == {1: [1.0, 2.0, 3.0], 2: [0.5, 1.5, 2.5]}


@pytest.mark.parametrize("engine", ENGINES)
def test_stray_tables_are_told(engine: EngineName, tmp_path: Path) -> None:
    written(tmp_path / "a.parquet", part(1))
    stray = written(tmp_path / "z.csv", part(2))
    with pytest.raises(DataError, match=r"files of several kinds: 'a\.parquet' and 'z\.csv'") as caught:
        units(tmp_path, engine)
    assert "begin with '_'" in str(caught.value.todo)
    stray.rename(tmp_path / "_z.csv")
    assert units(tmp_path, engine) == [1]
    # A Parquet file is one under any name: else half a panel would be left out in silence.
    written(tmp_path / "part-0000", part(2))
    assert units(tmp_path, engine) == [1, 2]


@pytest.mark.parametrize("engine", ENGINES)
def test_folders_without_a_panel(engine: EngineName, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing")
    written(tmp_path / "_tmp" / "a.parquet", part(1))
    with pytest.raises(DataError, match="no Parquet file and no CSV file in the folder") as caught:
        units(tmp_path, engine)
    assert "'_'" in str(caught.value.allowed)
    (tmp_path / "a.parquet").write_bytes(b"PAR1 and so on")
    with pytest.raises(DataError, match=r"a\.parquet' is not a Parquet file that can be read: it has no end"):
        units(tmp_path, engine)


@pytest.mark.parametrize("engine", ENGINES)
def test_patterns_get_an_answer(engine: EngineName, tmp_path: Path) -> None:
    written(tmp_path / "a.parquet", part(1))
    for pattern in ("*.parquet", "?.parquet", "[ab].parquet", "**"):
        with pytest.raises(UsageError, match="do not make a pattern") as caught:
            units(tmp_path / pattern, engine)
        assert "name the folder" in str(caught.value.todo)


def test_links_and_pipes_in_a_folder(tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "panel", tmp_path / "elsewhere"
    written(folder / "a.parquet", part(1))
    written(elsewhere / "b.parquet", part(2))
    (folder / "c.parquet").symlink_to(elsewhere / "b.parquet")
    assert units(folder, "duckdb") == [1, 2]
    assert list(panel_digests(folder)) == ["a.parquet", "c.parquet"]
    (folder / "more").symlink_to(elsewhere)
    with pytest.raises(DataError, match="is a link to another folder"):
        units(folder, "duckdb")
    (folder / "more").unlink()
    os.mkfifo(folder / "d.parquet")
    with pytest.raises(DataError, match=r"d\.parquet' is not a file"):
        units(folder, "duckdb")


def test_folders_too_deep_and_names_that_are_no_text(tmp_path: Path) -> None:
    written(tmp_path / "x" / Path(*["d"] * 40) / "a.parquet", part(1))
    with pytest.raises(DataError, match="folders in folders beyond 32"):
        units(tmp_path / "x", "duckdb")
    odd = tmp_path / os.fsdecode(b"p\xff.csv")
    written(tmp_path / "p.csv", part(1)).rename(odd)
    with pytest.raises(DataError, match="is not text"):
        units(odd, "duckdb")
    for strange in ("a\0b.csv", "x" * 5000 + ".csv", "/".join(["d" * 200] * 40) + ".csv"):
        with pytest.raises(PilotZoneError) as caught:
            units(tmp_path / strange, "duckdb")
        assert caught.value.exit_code in {2, 3}
        assert len(str(caught.value)) < 1500
