"""What differs between two records, tables or files: numbers beyond arithmetic, words exactly."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow as pa

    from pilotzone.core import Cell

__all__ = [
    "ABSENT",
    "ABSOLUTE",
    "DIGITS",
    "RELATIVE",
    "Difference",
    "Kind",
    "bytes_differ",
    "flat",
    "joined",
    "records_differ",
    "tables_differ",
    "unequal",
]

RELATIVE, ABSOLUTE = 1e-9, 1e-12
"""Numbers that differ by no more than the two together are the same."""
DIGITS = 9
"""What that is in digits."""

Kind = Literal["input", "setting", "file", "word", "number", "row"]

ABSENT, PRESENT, TWICE = "(not there)", "(there)", "(there twice)"
_STANDS: dict[Cell, str] = {ABSENT: "not there", PRESENT: "there", TWICE: "there twice"}
_KEYS = (
    ("design", "estimator", "outcome", "unit", "treated", "period", "phase", "measure", "donor"),
    ("unit", "period", "series"),
    ("outcome", "kind", "at", "cohort", "period"),
)
"""Columns by which rows are matched: of effects on a zone, of evidence, and of effects on many units."""
_IDENTITY = ("name", "outcome", "statistic", "estimator")
_SHOWN = 60


@dataclass(frozen=True)
class Difference:
    """One thing that is not as it was written down.

    Attributes
    ----------
    file
        The artefact, the input, or ``audit.json`` for a setting.
    place
        Where in it.
    kind
        ``input``: a file that the run was made from; ``setting``: of the study; ``file``: an artefact as a whole;
        ``word``, ``number``, ``row``: in an artefact.
    kept
        What the run's folder holds.
    now
        What is found or recomputed now.
    size
        How far two numbers are apart, relative to the larger; infinite for everything else.
    """

    file: str
    place: str
    kind: Kind
    kept: Cell
    now: Cell
    size: float = math.inf

    def sentence(self) -> str:
        """Return it in words, long texts shortened around the first sign that differs."""
        if self.kind in {"file", "input"}:
            return f"{self.file}: {self.place}"
        kept, now = _excerpts(self.kept, self.now)
        if self.kind == "row":
            return f"{self.file}: {self.place} is {kept}, and {now} when recomputed"
        found = "the study file says" if self.kind == "setting" else "recomputed"
        apart = f" (apart by {self.size:.1e} of it)" if math.isfinite(self.size) else ""
        return f"{self.file}: {self.place} is {kept}, {found} {now}{apart}"


def _excerpts(kept: Cell, now: Cell) -> tuple[str, str]:
    if not (isinstance(kept, str) and isinstance(now, str)):
        return _shown(kept), _shown(now)
    if max(len(kept), len(now)) <= _SHOWN:
        return _shown(kept), _shown(now)
    same = next((k for k, (a, b) in enumerate(zip(kept, now, strict=False)) if a != b), min(len(kept), len(now)))
    first = max(same - _SHOWN // 3, 0)
    return tuple(_shown(_cut(text, first)) for text in (kept, now))  # type: ignore[return-value] # two of them


def _cut(text: str, first: int) -> str:
    last = first + _SHOWN
    return ("..." if first else "") + text[first:last] + ("..." if last < len(text) else "")


def _shown(cell: Cell) -> str:
    if cell is None:
        return "empty"
    if cell in _STANDS:
        return _STANDS[cell]
    return repr(_cut(cell, 0) if len(cell) > _SHOWN + 6 else cell) if isinstance(cell, str) else repr(cell)


def unequal(kept: Cell, now: Cell) -> float:
    """Return 0 where two cells are the same, else how far apart they are: relative for numbers, infinite for others.

    Examples
    --------
    >>> unequal(1.0, 1 + 1e-10), unequal("a", "b")
    (0.0, inf)
    >>> unequal(2.0, 1.0)
    0.5
    """
    if not (_is_number(kept) and _is_number(now)):
        return 0.0 if type(kept) is type(now) and kept == now else math.inf
    try:
        one, other = float(kept), float(now)  # type: ignore[arg-type] # numbers by the line above
    except OverflowError:  # whole numbers that no float can hold
        return 0.0 if kept == now else math.inf
    if not (math.isfinite(one) and math.isfinite(other)):
        return 0.0 if one == other or (math.isnan(one) and math.isnan(other)) else math.inf
    apart = abs(one - other)
    return 0.0 if apart <= ABSOLUTE + RELATIVE * abs(other) else apart / max(abs(one), abs(other))


def _is_number(cell: object) -> bool:
    return isinstance(cell, int | float) and not isinstance(cell, bool)


# ------------------------------------------------------------------------------------------------ records


def flat(record: object, *, whole_lists: bool = False) -> dict[tuple[str, ...], Cell]:
    """Return the leaves of plain data by their path; an item of a list is known by its name where it has one.

    Parameters
    ----------
    record
        Dictionaries, lists, texts, numbers, truth values and ``None``.
    whole_lists
        Whether a list without dictionaries is one leaf, joined by commas.

    Examples
    --------
    >>> flat({"outcomes": [{"name": "co2", "margin": 5}], "window": [2016, 2019]}, whole_lists=True)
    {('outcomes', '[co2]', 'name'): 'co2', ('outcomes', '[co2]', 'margin'): 5, ('window',): '2016, 2019'}
    """
    return dict(_leaves(record, (), whole_lists=whole_lists))


def _leaves(value: Any, path: tuple[str, ...], *, whole_lists: bool) -> Iterator[tuple[tuple[str, ...], Cell]]:  # noqa: ANN401
    inner: Sequence[tuple[str, object]]
    if isinstance(value, dict) and value:
        inner = [(str(key), item) for key, item in value.items()]
    elif isinstance(value, list) and value:
        if whole_lists and not any(isinstance(item, dict | list) for item in value):
            yield path, ", ".join(map(str, value))
            return
        inner = list(zip(_names(value), value, strict=True))
    else:
        yield path, "(empty table)" if value == {} else "(empty list)" if value == [] else value
        return
    for name, item in inner:
        yield from _leaves(item, (*path, name), whole_lists=whole_lists)


def _names(items: list[Any]) -> list[str]:
    named = [
        f"[{', '.join(str(item[key]) for key in _IDENTITY if isinstance(item.get(key), str))}]"
        if isinstance(item, dict)
        else "[]"
        for item in items
    ]
    return (
        named if len(set(named)) == len(named) and "[]" not in named else [f"[{k}]" for k in range(1, len(items) + 1)]
    )


def joined(path: Sequence[str]) -> str:
    """Return a path as one text, such as ``verdict.tests[co2, mean_gap].estimate``."""
    return ".".join(path).replace(".[", "[")


def records_differ(file: str, kept: object, now: object) -> list[Difference]:
    """Return what differs between two records: the verdict's label first, then others, then the largest numbers."""
    try:
        one, other = flat(kept), flat(now)
    except RecursionError:
        return [Difference(file, "is nested too deeply to be read.", "file", None, None)]
    found = []
    for path in dict.fromkeys((*other, *one)):
        left, right = one.get(path, ABSENT), other.get(path, ABSENT)
        size = unequal(left, right)
        if size:
            both = _is_number(left) and _is_number(right)
            found.append(
                (_weight(path), Difference(file, joined(path), "number" if both else "word", left, right, size))
            )
    return [item for _, item in sorted(found, key=lambda pair: (pair[0], -pair[1].size, pair[1].place.count(".")))]


def _weight(path: tuple[str, ...]) -> int:
    if path == ("verdict", "label"):
        return 0
    main = path[0] == "verdict" if path else False
    telling = path[-1] in {"label", "state", "identification"} if path else True
    return 1 if main and telling else 2 if telling else 3 if main else 4


# ------------------------------------------------------------------------------------------------- tables


def tables_differ(file: str, kept: pa.Table, now: pa.Table) -> list[Difference]:
    """Return what differs between two tables, rows matched by their key: rows, words, then the largest numbers."""
    if sorted(kept.column_names) != sorted(now.column_names):
        return list(_columns_differ(file, kept.column_names, now.column_names))
    rest = tuple(name for name in now.column_names if name != "value")
    keys = next((keys for keys in _KEYS if set(keys) <= set(now.column_names)), rest)
    values = [name for name in now.column_names if name not in keys]
    one, twice = _by_key(kept, keys, values)
    other, _ = _by_key(now, keys, values)
    found = [Difference(file, f"row {_key(keys, key)}", "row", TWICE, PRESENT) for key in twice]
    for key in dict.fromkeys((*other, *one)):
        if key not in one or key not in other:
            missing = (ABSENT, PRESENT) if key not in one else (PRESENT, ABSENT)
            found.append(Difference(file, f"row {_key(keys, key)}", "row", *missing))
            continue
        for name, left, right in zip(values, one[key], other[key], strict=True):
            size = unequal(left, right)
            if size:
                kind: Kind = "number" if _is_number(left) and _is_number(right) else "word"
                found.append(Difference(file, f"{name} of {_key(keys, key)}", kind, _cell(left), _cell(right), size))
    # Of numbers alike in size, such as figures swapped between rows, the first in the file comes first.
    return sorted(found, key=lambda item: ({"row": 0, "word": 1}.get(item.kind, 2), -item.size))


def _columns_differ(file: str, kept: list[str], now: list[str]) -> Iterator[Difference]:
    for name in dict.fromkeys((*now, *kept)):
        counts = kept.count(name), now.count(name)
        if counts[0] != counts[1]:
            left, right = ((ABSENT, PRESENT, TWICE)[min(count, 2)] for count in counts)
            yield Difference(file, f"column {name!r}", "row", left, right)


def _by_key(
    table: pa.Table, keys: Sequence[str], values: Sequence[str]
) -> tuple[dict[tuple[Any, ...], tuple[Any, ...]], list[tuple[Any, ...]]]:
    found: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    twice = []
    for key, row in zip(_rows(table, keys), _rows(table, values), strict=True):
        if key in found:
            twice.append(key)
        found.setdefault(key, row)
    return found, twice


def _rows(table: pa.Table, names: Sequence[str]) -> list[tuple[Any, ...]]:
    columns = [[_cell(cell) for cell in table.column(name).to_pylist()] for name in names]
    return list(zip(*columns, strict=True)) if columns else [()] * len(table)


def _cell(cell: object) -> Cell:
    """Return a cell as the package has them; what a Parquet file may hold besides becomes text."""
    return cell if cell is None or isinstance(cell, str | int | float | bool) else repr(cell)


def _key(names: Sequence[str], key: Sequence[Cell]) -> str:
    return "(" + ", ".join(f"{name} {cell}" for name, cell in zip(names, key, strict=True) if cell is not None) + ")"


# -------------------------------------------------------------------------------------------------- bytes


def bytes_differ(file: str, kept: bytes, now: bytes) -> list[Difference]:
    """Return where two files begin to differ: the line, with what stands there."""
    if kept == now:
        return []
    low, high = 0, min(len(kept), len(now))  # the first `low` bytes are the same
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if kept[low:middle] == now[low:middle] else (low, middle - 1)
    line = now.count(b"\n", 0, low) + 1
    start = max(low - _SHOWN // 3, 0)
    texts = [raw[start : low + 2 * _SHOWN // 3].decode(errors="replace") for raw in (kept, now)]
    return [Difference(file, f"line {line} (byte {low + 1})", "word", texts[0], texts[1])]
