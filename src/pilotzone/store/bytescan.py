"""A look at the bytes of a CSV file before an engine parses it: its encoding, and how many delimiters it has.

Engines are lenient in ways of their own; what they pass over in silence (bytes that are not text in columns that nobody
asks for, a last cell too many) is found here, at the speed of the disk.
"""

from __future__ import annotations

import codecs
import gzip
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

from pilotzone.core import DataError, open_regular, shown_path

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["ByteCount", "opened", "scan"]

_CHUNK = 1 << 22
_QUOTE = 0x22
_MARKS = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)
_CHINESE = "gb18030"
_SAVE = "save the file as UTF-8"
_HEAD = 512
_FREE, _MOST_UNPACKED = 1 << 26, 250
"""Bytes that any compressed file may stand for, and what larger ones may for each of theirs."""


@dataclass
class ByteCount:
    r"""What there is in a file.

    Attributes
    ----------
    delimiters
        Outside quotes.
    quoted
        Whether there are quotes.
    lines
        Ends of lines by kind: ``\r\n``, ``\n`` and ``\r`` alone.
    """

    delimiters: int = 0
    quoted: bool = False
    lines: tuple[int, int, int] = (0, 0, 0)

    @property
    def mixed(self) -> bool:
        """Whether lines end in several ways."""
        return sum(count > 0 for count in self.lines) > 1


@contextmanager
def opened(file: Path) -> Iterator[IO[bytes]]:
    """Open a file for its bytes, those that were compressed.

    Raises
    ------
    DataError
        If it cannot be read to its end.
    """
    with open_regular(file, fault=DataError) as raw:
        if not file.name.lower().endswith(".gz"):
            yield raw
            return
        try:
            with gzip.GzipFile(fileobj=raw) as stream:
                yield cast("IO[bytes]", stream)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise DataError(
                f"{shown_path(file)} cannot be decompressed: {error}.", todo="check that it was written to its end"
            ) from error


def scan(file: Path, delimiter: str) -> ByteCount:
    """Look at all bytes of a file.

    Raises
    ------
    DataError
        If they are not text in UTF-8, or a null character is among them: where, and in what encoding they may be.
    """
    found = ByteCount()
    decoder = codecs.getincrementaldecoder("utf-8")()
    inside, before, done = False, False, 0  # within quotes; whether the chunk before ended in a carriage return
    with opened(file) as stream:
        while chunk := stream.read(_CHUNK):
            if done == 0:
                _check_mark(file, chunk)
            if b"\0" in chunk:
                raise _null(file, chunk, done, found)
            if not chunk.isascii() or decoder.getstate()[0]:
                try:
                    decoder.decode(chunk)
                except UnicodeDecodeError as error:
                    raise _not_utf8(file, error, chunk, found) from error
            inside = _count(found, chunk, delimiter.encode(), inside=inside)
            _count_lines(found, chunk, after_return=before)
            before = chunk.endswith(b"\r")
            done += len(chunk)
            _check_size(file, done)
    if decoder.getstate()[0]:
        raise DataError(
            f"{shown_path(file)} ends in the middle of a character.", todo="check that it was written to its end"
        )
    return found


def _count(found: ByteCount, chunk: bytes, delimiter: bytes, *, inside: bool) -> bool:
    """Count delimiters outside quotes; return whether the chunk ends within quotes."""
    if not inside and _QUOTE not in chunk:
        found.delimiters += chunk.count(delimiter)
        return False
    import numpy as np

    found.quoted = True
    signs = np.frombuffer(chunk, np.uint8)
    within = np.logical_xor.accumulate(signs == _QUOTE) ^ inside
    found.delimiters += int(np.count_nonzero((signs == delimiter[0]) & ~within))
    return bool(within[-1])


def _count_lines(found: ByteCount, chunk: bytes, *, after_return: bool) -> None:
    both, feeds, returns = found.lines
    pairs, new = chunk.count(b"\r\n"), chunk.count(b"\n")
    if after_return and chunk.startswith(b"\n"):  # a pair that is cut between two chunks
        both, returns, feeds = both + 1, returns - 1, feeds - 1
    found.lines = (both + pairs, feeds + new - pairs, returns + chunk.count(b"\r") - pairs)


def _check_size(file: Path, done: int) -> None:
    """Refuse a few bytes that stand for text without end."""
    if file.name.lower().endswith(".gz") and done > max(_FREE, _MOST_UNPACKED * file.stat().st_size):
        raise DataError(
            f"{shown_path(file)} holds more than {_MOST_UNPACKED} times as much as it has bytes.",
            allowed=f"compressed files of up to {_MOST_UNPACKED} times their size",
            todo="decompress it, if that is meant",
        )


def _check_mark(file: Path, head: bytes) -> None:
    for mark, name in _MARKS:
        if head.startswith(mark):
            raise DataError(f"{shown_path(file)} is in {name}.", allowed="text in UTF-8", todo=_SAVE)


def _null(file: Path, chunk: bytes, done: int, found: ByteCount) -> DataError:
    at = chunk.index(b"\0")
    if done == 0 and chunk[:_HEAD].count(b"\0") > len(chunk[:_HEAD]) // 4:
        what = f"{shown_path(file)} looks like UTF-16 without a byte order mark"
        return DataError(f"{what}: every other byte is null.", allowed="text in UTF-8", todo=_SAVE)
    return DataError(
        f"{shown_path(file)} is not a CSV file: there is a null character on line {_line(found, chunk[:at])}.",
        allowed="text in UTF-8",
        todo="check that it was written to its end by the program that made it",
    )


def _not_utf8(file: Path, error: UnicodeDecodeError, chunk: bytes, found: ByteCount) -> DataError:
    # The decoder may have kept some bytes of the chunk before.
    kept = len(error.object) - len(chunk)
    line = _line(found, chunk[: max(error.start - kept, 0)])
    known = "; it could be in GB18030 or GBK (older Chinese files)" if _is_chinese(file) else ""
    return DataError(
        f"{shown_path(file)} is not in UTF-8: byte 0x{error.object[error.start]:02X} on line {line} is not a character"
        f"{known}.",
        allowed="text in UTF-8, with or without a byte order mark",
        todo=f"{_SAVE}, in a spreadsheet as 'CSV UTF-8'",
    )


def _is_chinese(file: Path) -> bool:
    decoder = codecs.getincrementaldecoder(_CHINESE)()
    with opened(file) as stream:
        try:
            while chunk := stream.read(_CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _line(found: ByteCount, before: bytes) -> int:
    """Return the line on which a sign stands, by what was counted before and the bytes before it in its chunk."""
    return 1 + sum(found.lines) + before.count(b"\n") + before.count(b"\r") - before.count(b"\r\n")
