"""Saying what is wrong with a study file: one error that names the key, what is allowed, what may have been meant."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, get_args, get_origin

from pydantic import BaseModel

from pilotzone.core import StudyError, choice_hint, did_you_mean, shortened, shown, unknown
from pilotzone.study.runs.location import locate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

__all__ = ["explain"]

_WORDS = {
    "int_type": "a whole number is needed",
    "float_type": "a number is needed",
    "finite_number": "a finite number is needed",
    "string_type": "text in quotes is needed",
    "string_too_short": "text is needed, and this is empty",
    "string_too_long": "at most {max_length} signs",
    "string_pattern_mismatch": "a name has letters, digits and _ only, and does not begin with a digit",
    "greater_than": "it has to be above {gt}",
    "greater_than_equal": "it has to be {ge} or more",
    "less_than": "it has to be below {lt}",
    "less_than_equal": "it has to be {le} or less",
    "bool_type": "true or false is needed",
    "date_type": "a day is needed, such as 2017-06-01, without quotes",
    "tuple_type": "a list in brackets is needed",
    "too_long": "the list has {actual_length} items, and {max_length} are admitted",
    "too_short": "the list has {actual_length} items, and {min_length} are needed",
    "dict_type": "a table is needed: lines of key = value",
    "model_type": "a table is needed: lines of key = value",
}
"""Pydantic's kinds of error in the words of a study file; braces are filled from the error."""

_LONGEST_SHOWN = 80
_SMALL, _LARGE = 1e-6, 1e12
"""Between these a limit is written out, beyond as a power of ten."""


def explain(
    error: ValidationError, name: str, model: type[BaseModel], *, what: str = "study", todo: str | None = None
) -> StudyError:
    """Turn pydantic's list into one error that names the first faulty key, and counts the others.

    A key that is not known goes first: often it is the missing one, misspelt.

    Parameters
    ----------
    error
        Pydantic's.
    name
        Name of the file.
    model
        What the file was read as: any model, of any kind of file.
    what
        The kind of file, as messages call it, such as ``study``.
    todo
        Where the keys are told, for whoever left one out.
    """
    found = _of_one_type(error.errors(include_url=False), model)
    # A list whose items are faulty seems too short besides: that is not a mistake of its own.
    found = [item for item in found if item["type"] != "too_short" or not _holds_another(item, found)]
    details = sorted(found, key=lambda item: item["type"] != "extra_forbidden")
    first = details[0]
    place = locate(first["loc"], model)
    where = place.written
    named = f"{what} {name!r}: {_place(where)}"
    more = f" ({len(details) - 1} more to mend after it)" if len(details) > 1 else ""
    if first["type"] == "extra_forbidden":
        keys = locate(first["loc"][:-1], model).keys
        key = str(first["loc"][-1])
        hint = f"{did_you_mean(key, keys)}{more}"
        return unknown("key", key, keys, told=f"{named} is not a key that is known here", hint=hint, error=StudyError)
    if first["type"] == "missing":
        return StudyError(f"{named} is missing.{more}", todo=todo)
    given = f" is {shown(first['input'])}" if _short(first) else ""
    if first["type"] == "literal_error":
        hint = choice_hint(str(first["input"]), _choices(first)) if isinstance(first["input"], str) else ""
        told = f"{named}{given or ' is not a single value'}.{hint}{more}"
        return StudyError(told, allowed=str(first["ctx"]["expected"]))
    # What parts of a whole file do not agree on has no place in it.
    colon = ": " if where else ""
    return StudyError(
        f"{named}{given}{colon}{_message(first, _place(where) if _holds_tables(place.admitted) else '')}.{more}"
    )


def _holds_tables(admitted: Sequence[object]) -> bool:
    """Whether a key holds a list of tables, which a file writes below lines in double brackets."""
    return any(
        get_origin(kind) is tuple
        and any(isinstance(item, type) and issubclass(item, BaseModel) for item in get_args(kind))
        for kind in admitted
    )


def _choices(detail: ErrorDetails) -> list[str]:
    """Return the values of a ``Literal``; pydantic tells them as ``'a', 'b' or 'c'``."""
    values = str(detail["ctx"]["expected"]).replace(" or ", ", ").split(", ")
    return [value.strip("'") for value in values if value.startswith("'")]


def _short(detail: ErrorDetails) -> bool:
    scalar = isinstance(detail["input"], str | int | float | bool)
    return scalar and len(str(detail["input"])) < _LONGEST_SHOWN and "[key]" not in detail["loc"]


def _message(detail: ErrorDetails, tables: str = "") -> str:
    if isinstance(detail["input"], dt.date | dt.time) and detail["type"] == "int_type":
        return "a whole number is needed, and this is a date or a time"
    if detail["type"] == "string_pattern_mismatch" and "-" in detail["ctx"]["pattern"]:
        return "a name has letters, digits, _ and - only, and begins with a letter or _"
    if detail["type"] == "tuple_type" and tables:
        return f"tables in a list are needed, each below a line [[{tables}]]"
    if detail["type"] in _WORDS:
        quoted = detail["type"] in {"int_type", "float_type"} and isinstance(detail["input"], str)
        limits = {name: _figure(value) for name, value in detail.get("ctx", {}).items()}
        return _WORDS[detail["type"]].format(**limits) + (", without quotes" if quoted else "")
    text = detail["msg"].removeprefix("Value error, ")
    return text[:1].lower() + text[1:].rstrip(".")


def _holds_another(detail: ErrorDetails, details: list[ErrorDetails]) -> bool:
    """Return whether another fault lies inside of what this one is about."""
    size = len(detail["loc"])
    return any(len(item["loc"]) > size and item["loc"][:size] == detail["loc"] for item in details)


def _of_one_type(details: list[ErrorDetails], model: type[BaseModel]) -> list[ErrorDetails]:
    """Return of what is told for each type that a value may be of what is told of the type that was nearly met.

    That is the type in which a fault lies deepest, and among those the one with the fewest faults.
    """
    tried: dict[tuple[int | str, ...], dict[int | str, list[ErrorDetails]]] = {}
    for number, detail in enumerate(details):
        location = detail["loc"]
        step = locate(location, model).tried
        value, kind = ((*location, number), "") if step is None else (location[:step], location[step])
        tried.setdefault(value, {}).setdefault(kind, []).append(detail)
    return [detail for kinds in tried.values() for detail in min(kinds.values(), key=_distance)]


def _distance(details: list[ErrorDetails]) -> tuple[int, int]:
    return -max(len(detail["loc"]) for detail in details), len(details)


def _figure(value: object) -> object:
    """Return a limit in digits that a reader can count: 1e6 is 1,000,000, and 1e-6 is 0.000001."""
    if not isinstance(value, int | float):
        return value
    if not _SMALL <= abs(value) < _LARGE:
        return f"{value:g}"
    # Four digits are read as they are: 2000 signs.
    return f"{value:{',' if abs(value) >= 10_000 else ''}.6f}".rstrip("0").removesuffix(".")  # noqa: PLR2004


def _place(written: Sequence[int | str]) -> str:
    parts = [f"[{item + 1}]" if isinstance(item, int) else f".{item}" for item in written]
    return shortened("".join(parts).lstrip("."))
