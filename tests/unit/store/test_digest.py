"""Hashes are those of the standard, for files and for all files of a folder."""

from pathlib import Path

import pytest

from pilotzone.core import DataError
from pilotzone.store import file_digests, sha256_file

# FIPS 180-2, appendix B.1: the one-block message "abc".
_ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_a_file_has_the_published_hash(tmp_path: Path) -> None:
    (tmp_path / "abc").write_bytes(b"abc")
    assert sha256_file(tmp_path / "abc") == _ABC
    assert file_digests(tmp_path / "abc") == {"abc": _ABC}


def test_a_folder_has_one_hash_per_file(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    for name in ("z", "sub/abc", ".part"):
        (tmp_path / name).write_bytes(b"abc")
    assert list(file_digests(tmp_path)) == ["sub/abc", "z"]
    assert set(file_digests(tmp_path).values()) == {_ABC}


def test_no_file_no_hash(tmp_path: Path) -> None:
    for find in (sha256_file, file_digests):
        with pytest.raises(DataError, match=r"there is no file"):
            find(tmp_path / "nothing")
