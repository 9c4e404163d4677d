"""Reading JSON that anybody may have written: what reads one way here and another way elsewhere is found."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from pilotzone.core import DataError, shown

__all__ = ["Plain", "plain_json", "refuse_ambiguous"]

_DEEPEST = 256
"""Lists and tables within one another; a run writes about ten."""


@dataclass(frozen=True)
class Plain:
    """What a JSON file holds.

    Attributes
    ----------
    value
        The data; of a key that stands twice, what it says last.
    twice
        Keys that stand twice in one table: programs differ in which of both they take.
    odd
        ``NaN`` and infinities, which JSON has no notation for, as they stand there.
    """

    value: Any
    twice: tuple[str, ...] = ()
    odd: tuple[str, ...] = ()


def plain_json(content: bytes, what: str) -> Plain:
    """Return what a JSON file holds.

    Parameters
    ----------
    content
        Its bytes.
    what
        What it is called in errors.

    Raises
    ------
    DataError
        If it is not JSON in UTF-8, or nested deeply.

    Examples
    --------
    >>> plain_json(b'{"a": 1, "a": 2}', "x")
    Plain(value={'a': 2}, twice=('a',), odd=())
    """
    twice: list[str] = []
    odd: list[str] = []

    def table(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in pairs:
            if key in found:
                twice.append(key)
            found[key] = value
        return found

    def constant(name: str) -> float:
        odd.append(name)
        return float(name)

    try:
        value = json.loads(content.decode(), object_pairs_hook=table, parse_constant=constant)
    except (ValueError, RecursionError) as error:
        why = "it is nested too deeply" if isinstance(error, RecursionError) else str(error).rstrip(".")
        raise DataError(f"{what} is not JSON: {why}.", allowed="the file as 'pilotzone run' wrote it") from error
    if _deeper(value, _DEEPEST):
        raise DataError(f"{what} is nested more than {_DEEPEST} deep.", allowed="the file as 'pilotzone run' wrote it")
    return Plain(value, tuple(twice), tuple(odd))


def refuse_ambiguous(plain: Plain, what: str) -> None:
    """Refuse what two programs would read in two ways.

    Raises
    ------
    DataError
        If a key stands twice, or a number is not one.
    """
    if plain.twice:
        raise DataError(
            f"{what} has the key {shown(plain.twice[0])} twice in one table.",
            allowed="every key once",
            todo="do not trust the run: a run writes no key twice",
        )
    if plain.odd:
        raise DataError(f"{what} holds {plain.odd[0]}, which is not a number of JSON.", allowed="finite numbers")


def _deeper(value: object, most: int) -> bool:
    level = [value]
    for _ in range(most):
        level = [
            item
            for held in level
            if isinstance(held, dict | list)
            for item in (held.values() if isinstance(held, dict) else held)
        ]
        if not level:
            return False
    return any(isinstance(item, dict | list) for item in level)
