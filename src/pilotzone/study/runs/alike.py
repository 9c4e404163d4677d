"""What a run's folder holds beside what comes out when it is recomputed: one file at a time, by its bytes first.

On another kind of processor, or with other versions of libraries, the last digits of numbers may differ. Then the bytes
differ, and what is compared is what they hold: everything that is not a number exactly, numbers within a tolerance.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from pilotzone.core import DataError
from pilotzone.store import parquet_bytes, parquet_content
from pilotzone.study.runs.differences import (
    ABSOLUTE,
    RELATIVE,
    Difference,
    bytes_differ,
    flat,
    records_differ,
    tables_differ,
    unequal,
)
from pilotzone.study.runs.plainjson import plain_json

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Alike", "compared", "texts_alike"]

DRAWN = 1e-6
"""Numbers of a page that are apart by no more than this share are the same: its charts hold seven digits of each."""

_NUMBER = re.compile(r"(?<![\w.])[-+\u2212]?\d++(?:\.\d++)?+(?:[eE][-+]?\d++)?+(?!\w)")
"""A number that is not part of a word. Commas part numbers: lists of charts have no blanks after them."""
_SHARES = 1 + 1e-6
_SEVERAL = 2


@dataclass(frozen=True)
class Alike:
    """How a file of a run and what was recomputed compare.

    Attributes
    ----------
    state
        ``bytes``: the same by their bytes; ``digits``: but for the last digits of numbers; ``rounded``: some figure in
        a text is rounded to its neighbour, which the last digits may or may not explain; ``other``: neither.
    differences
        What differs, where the state is ``other``.
    extent
        How much was compared, in words.
    doubt
        What is rounded otherwise, in words, where the state is ``rounded``.
    """

    state: Literal["bytes", "digits", "rounded", "other"]
    differences: list[Difference] = field(default_factory=list)
    extent: str = "by its bytes"
    doubt: str = ""


def compared(name: str, kept: bytes, now: bytes, *, tolerant: bool, same_writer: bool = True) -> Alike:
    """Compare a file of a run with what was recomputed.

    Parameters
    ----------
    name
        Its name; the ending tells its form.
    kept, now
        Its bytes in the run's folder, and those that come out now.
    tolerant
        Whether the last digits of numbers may differ.
    same_writer
        Whether Parquet files of the same table have the same bytes: both were written by the same version of pyarrow.
    """
    if kept == now:
        return Alike("bytes", extent=_extent(name, now))
    try:
        if name.endswith(".parquet"):
            return _tables(name, kept, now, tolerant=tolerant, same_writer=same_writer)
        if name.endswith(".json"):
            return _records(name, kept, now, tolerant=tolerant)
    except DataError as error:
        return Alike("other", [Difference(name, error.what, "file", None, None)])
    return _texts(name, kept, now, tolerant=tolerant)


def _extent(name: str, now: bytes) -> str:
    if name.endswith(".json"):
        return f"all {len(flat(plain_json(now, name).value)):,} entries, by its bytes"
    if name.endswith(".parquet"):
        return f"all {_rows(now):,} rows, by its bytes"
    return "by its bytes"


def _rows(content: bytes) -> int:
    import pyarrow as pa
    import pyarrow.parquet as pq

    return int(pq.read_metadata(pa.BufferReader(content)).num_rows)


# ------------------------------------------------------------------------------------------------ texts


def _texts(name: str, kept: bytes, now: bytes, *, tolerant: bool) -> Alike:
    if tolerant:
        found = texts_alike(kept.decode(errors="surrogateescape"), now.decode(), share=DRAWN)
        if found.state != "other":
            return found
    return Alike("other", bytes_differ(name, kept, now))


def texts_alike(kept: str, now: str, *, share: float) -> Alike:
    """Compare two texts: what stands between their numbers exactly, whole numbers exactly, others within a tolerance.

    Parameters
    ----------
    kept, now
        The texts.
    share
        How far numbers may be apart, relative to the larger.

    Examples
    --------
    >>> texts_alike("gap 0.25, p = 0.05", "gap 0.2499999999999, p = 0.05", share=1e-9).state
    'digits'
    >>> texts_alike("p = 0.05", "p = 0.06", share=1e-9).doubt
    "'0.05' is 0.06 when recomputed"
    >>> texts_alike("p = 0.05", "p = 0.5", share=1e-9).state, texts_alike("2 tests", "3 tests", share=1e-9).state
    ('other', 'other')
    """
    numbers = _NUMBER.findall(kept), _NUMBER.findall(now)
    if len(numbers[0]) != len(numbers[1]) or _NUMBER.sub("0", kept) != _NUMBER.sub("0", now):
        return Alike("other")
    doubts = []
    for left, right in zip(*numbers, strict=True):
        if left == right or _near(left, right, share):
            continue
        if not _neighbours(left, right):
            return Alike("other")
        doubts.append(f"{left!r} is {right} when recomputed")
    if not doubts:
        return Alike("digits", extent="all but the last digits of numbers")
    more = f", and {len(doubts) - 1} more are like it" if len(doubts) >= _SEVERAL else ""
    return Alike("rounded", doubt=doubts[0] + more)


def _near(left: str, right: str, share: float) -> bool:
    if _is_whole(left) and _is_whole(right):
        return False
    one, other = _value(left), _value(right)
    return abs(one - other) <= ABSOLUTE + share * max(abs(one), abs(other))


def _neighbours(left: str, right: str) -> bool:
    """Whether two printed numbers are no more than one apart in the last place of the one with fewer places."""
    unit = max(_unit(left), _unit(right))
    return not (_is_whole(left) and _is_whole(right)) and abs(_value(left) - _value(right)) <= unit * _SHARES


def _is_whole(text: str) -> bool:
    return not any(sign in text for sign in ".eE")


def _value(text: str) -> float:
    return float(text.replace("\u2212", "-"))


def _unit(text: str) -> float:
    digits, _, power = text.lower().partition("e")
    return float(10.0 ** (int(power or 0) - len(digits.partition(".")[2])))


# ---------------------------------------------------------------------------------------------- records


def _records(name: str, kept: bytes, now: bytes, *, tolerant: bool) -> Alike:
    plain = plain_json(kept, name)
    if plain.twice:
        places = [
            Difference(name, f"has the key {key!r} twice in one table.", "file", None, None) for key in plain.twice
        ]
        return Alike("other", places)
    found = records_differ(name, plain.value, plain_json(now, name).value)
    if tolerant:
        alike = texts_alike(kept.decode(), now.decode(), share=RELATIVE)
        if alike.state == "digits":
            return alike
        if alike.state == "rounded" and all(item.kind == "word" for item in found):
            return alike
    return Alike("other", found or _written_otherwise(name, kept, now))


def _written_otherwise(name: str, kept: bytes, now: bytes) -> list[Difference]:
    """Return where two files part that hold the same data: in the order of keys, blanks, or the last digits."""
    try:
        close = texts_alike(kept.decode(), now.decode(), share=RELATIVE).state == "digits"
    except UnicodeDecodeError:
        close = False
    if close:
        place = "has other last digits of numbers than come out when it is recomputed."
        return [Difference(name, place, "file", None, None)]
    return bytes_differ(name, kept, now)


# ----------------------------------------------------------------------------------------------- tables


def _tables(name: str, kept: bytes, now: bytes, *, tolerant: bool, same_writer: bool) -> Alike:
    fresh = parquet_content(now, name, most=_rows(now))
    table = parquet_content(kept, name, most=2 * len(fresh) + 1000)
    found = [*_forms_differ(name, table, fresh), *tables_differ(name, table, fresh)]
    if found:
        return Alike("other", found)
    if table.column_names != fresh.column_names or not _in_order(table, fresh):
        return Alike("other", [Difference(name, "has its rows or columns in another order.", "file", None, None)])
    whole = not same_writer or parquet_bytes(table) == kept
    if tolerant and whole:
        return Alike("digits", extent=f"all {len(fresh):,} rows but for the last digits of numbers")
    what = (
        "has other last digits of numbers than come out when it is recomputed."
        if whole
        else "was written by another program, or holds more than its table."
    )
    return Alike("other", [Difference(name, what, "file", None, None)])


def _forms_differ(name: str, kept: pa.Table, now: pa.Table) -> list[Difference]:
    """Return what differs in types of columns and in notes that a Parquet file carries besides its table."""
    found = []
    for column in now.column_names:
        if kept.column_names.count(column) == 1 == now.column_names.count(column):
            left, right = kept.schema.field(column), now.schema.field(column)
            if left.type != right.type:
                found.append(Difference(name, f"type of column {column!r}", "word", str(left.type), str(right.type)))
            found += _notes_differ(name, f"note on column {column!r}", left.metadata, right.metadata)
    return found + _notes_differ(name, "note", kept.schema.metadata, now.schema.metadata)


def _notes_differ(
    name: str, what: str, kept: dict[bytes, bytes] | None, now: dict[bytes, bytes] | None
) -> list[Difference]:
    left, right = kept or {}, now or {}
    return [
        Difference(name, f"{what} {_shown(key)}", "word", _text(left.get(key)), _text(right.get(key)))
        for key in dict.fromkeys((*right, *left))
        if left.get(key) != right.get(key)
    ]


def _text(note: bytes | None) -> str | None:
    return None if note is None else note.decode(errors="replace")


def _shown(key: bytes) -> str:
    return repr(key.decode(errors="replace"))


def _in_order(kept: pa.Table, now: pa.Table) -> bool:
    columns = zip(kept.columns, now.columns, strict=True)
    return all(
        not unequal(left, right)
        for one, other in columns
        for left, right in zip(one.to_pylist(), other.to_pylist(), strict=True)
    )
