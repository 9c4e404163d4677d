"""CSV: what is understood, what is refused, and where the message points."""

import codecs
import math
import os
from pathlib import Path

import pytest

from pilotzone.core import DataError, Table, UsageError
from pilotzone.store import read_csv, write_csv


def _file(folder: Path, content: bytes | str, name: str = "data.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return path


@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_marks_and_line_ends_make_no_difference(tmp_path: Path, mark: bytes, end: str) -> None:
    text = end.join(['地区,"a, ""b"""', "", "贵州,1", '"x' + end + 'y",', ""])
    table = read_csv(_file(tmp_path, mark + text.encode("utf-8")))
    assert table.header == ("地区", 'a, "b"')
    assert table.rows == (("贵州", "1"), (f"x{end}y", ""))
    assert table.lines == (3, 4)


def test_rows_after_a_cell_with_a_line_end_keep_the_line_of_the_file(tmp_path: Path) -> None:
    table = read_csv(_file(tmp_path, 'a,b\n"1\n2\n3",4\n5,6\n'))
    assert table.lines == (2, 5)


def test_cells_are_text_as_it_stands(tmp_path: Path) -> None:
    table = read_csv(_file(tmp_path, 'a,b\n 007 ,"1,234"\n'))
    assert table.rows == ((" 007 ", "1,234"),)


def test_header_without_rows_is_a_table(tmp_path: Path) -> None:
    assert read_csv(_file(tmp_path, "a,b\n")).rows == ()


@pytest.mark.parametrize("content", [b"", b"\n\r\n \n", codecs.BOM_UTF8])
def test_empty_files_are_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(DataError, match=r"is empty"):
        read_csv(_file(tmp_path, content))


def test_all_ragged_rows_are_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"has 2 columns, but line 3 has 3, line 5 has 1\."):
        read_csv(_file(tmp_path, "a,b\n1,2\n1,2,3\n1,2\n1\n"))


@pytest.mark.parametrize(("content", "line"), [('a,b\n1,2\n"3,4\n5,6\n', 3), ('a,b\n"1"x,2\n', 2)])
def test_broken_quotes_point_to_the_line_they_begin_on(tmp_path: Path, content: str, line: int) -> None:
    with pytest.raises(DataError, match=rf"from line {line} on"):
        read_csv(_file(tmp_path, content))


def test_a_null_character_is_named_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"null character on line 2"):
        read_csv(_file(tmp_path, b"a,b\r\n\x00,1\r\n"))


def test_bytes_that_are_no_text_are_named(tmp_path: Path) -> None:
    content = codecs.BOM_UTF8 + b"a,b\r\nx,1\r\ny\xff,2\r\n"
    with pytest.raises(DataError, match=r"byte 0xFF on line 3 \(byte 15 of the file\)") as caught:
        read_csv(_file(tmp_path, content))
    assert content[14] == 0xFF
    assert caught.value.todo == "save the file as UTF-8"


def test_chinese_encodings_are_named_not_guessed(tmp_path: Path) -> None:
    path = _file(tmp_path, "地区,值\n贵州,1\n".encode("gb18030"))
    with pytest.raises(DataError, match=r"not in utf-8") as caught:
        read_csv(path)
    assert "gb18030" in str(caught.value.todo)
    assert read_csv(path, encoding="gb18030").header == ("地区", "值")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_marked_encodings_are_named(tmp_path: Path, encoding: str) -> None:
    path = _file(tmp_path, "a,b\n1,2\n".encode(encoding))
    with pytest.raises(DataError, match=rf"is in {encoding}, not utf-8"):
        read_csv(path)
    assert read_csv(path, encoding=encoding).rows == (("1", "2"),)


@pytest.mark.parametrize("encoding", ["utf-88", "hex", "rot13", "undefined", "idna", "", "\0"])
def test_encodings_that_are_none(tmp_path: Path, encoding: str) -> None:
    with pytest.raises((UsageError, DataError)):
        read_csv(_file(tmp_path, b"a,b\n\xff..,2\n"), encoding=encoding)


@pytest.mark.parametrize(("content", "wanted"), [("a;b\n1;2\n", ";"), ("a\tb\n1\t2\n", "\\\\t")])
def test_another_delimiter_is_named_not_guessed(tmp_path: Path, content: str, wanted: str) -> None:
    with pytest.raises(DataError, match=r"single column") as caught:
        read_csv(_file(tmp_path, content))
    assert wanted.replace("\\\\", "\\") in str(caught.value.todo)


@pytest.mark.parametrize("delimiter", ["", ",,", "\n", '"', "\0"])
def test_delimiters_that_are_none(tmp_path: Path, delimiter: str) -> None:
    with pytest.raises(UsageError, match=r"the delimiter is"):
        read_csv(_file(tmp_path, "a,b\n"), delimiter=delimiter)


def test_a_missing_file_names_the_one_beside_it(tmp_path: Path) -> None:
    _file(tmp_path, "a,b\n", "figures.csv")
    with pytest.raises(DataError, match=r"Did you mean 'figures.csv'"):
        read_csv(tmp_path / "figurs.csv")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"is a folder"):
        read_csv(tmp_path)


@pytest.mark.parametrize(
    ("name", "why"), [("a\0b.csv", "it holds a null character"), ("x" * 5000 + ".csv", "File name too long")]
)
def test_impossible_names(tmp_path: Path, name: str, why: str) -> None:
    with pytest.raises(DataError, match=why):
        read_csv(tmp_path / name)


def test_a_device_is_no_file() -> None:
    with pytest.raises(DataError, match=r"is a device and not a file"):
        read_csv("/dev/zero")


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = _file(tmp_path, "a,b\n")

    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(DataError, match=r"cannot be read: Permission denied"):
        read_csv(path)


def test_numbers_are_written_so_that_they_read_back(tmp_path: Path) -> None:
    values = (0.1, 1e300, 5e-324, -0.0, 1 / 3, math.nan, None)
    table = Table({"name": ('a "b", c', "d\ne", "", "贵州", "x", "y", "z"), "value": values, "on": (True,) * 7})
    write_csv(table, tmp_path / "out.csv")
    raw = (tmp_path / "out.csv").read_bytes()
    assert b"\r" not in raw
    assert not raw.startswith(codecs.BOM_UTF8)
    back = read_csv(tmp_path / "out.csv")
    assert [row[0] for row in back.rows] == list(table.columns["name"])
    assert [float(row[1]) if row[1] else None for row in back.rows] == [*values[:5], None, None]
    assert {row[2] for row in back.rows} == {"true"}
