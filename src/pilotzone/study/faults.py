"""Saying what is wrong with a study file: one error that names the key, what is allowed, what may have been meant."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from pilotzone.core import StudyError, choice_hint, did_you_mean, shortened, shown
from pilotzone.study.spec import StudySpec

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pydantic import BaseModel, ValidationError
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

_WHERE_TO_LOOK = {
    "study": "see the comments that 'pilotzone init' writes",
    "siting": "see docs/reference/siting-file.md for all keys",
    "plan": "see docs/reference/plan-file.md for all keys",
}
"""Kind of file to where its keys are told."""

_LONGEST_SHOWN = 80
_TYPES = ("tuple[", "list[", "dict[", "literal[", "constrained-", "function-")
_SMALL, _LARGE = 1e-6, 1e12
"""Between these a limit is written out, beyond as a power of ten."""


def explain(
    error: ValidationError, name: str, model: type[BaseModel] = StudySpec, *, what: str = "study"
) -> StudyError:
    """Turn pydantic's list into one error that names the first faulty key, and counts the others.

    A key that is not known goes first: often it is the missing one, misspelt.

    Parameters
    ----------
    error
        Pydantic's.
    name
        Of the file.
    model
        What the file was read as.
    what
        The kind of file, as messages call it: ``study``, ``siting`` or ``plan``.
    """
    found = _one_for_each_value(error.errors(include_url=False))
    details = sorted(found, key=lambda item: item["type"] != "extra_forbidden")
    first = details[0]
    where = _place(first["loc"])
    more = f" ({len(details) - 1} more to mend after it)" if len(details) > 1 else ""
    if first["type"] == "extra_forbidden":
        keys = _keys_at(first["loc"][:-1], model)
        hint = did_you_mean(str(first["loc"][-1]), keys)
        return StudyError(
            f"{what} {name!r}: {where} is not a key that is known here.{hint}{more}", allowed=", ".join(keys)
        )
    if first["type"] == "missing":
        return StudyError(f"{what} {name!r}: {where} is missing.{more}", todo=_WHERE_TO_LOOK.get(what))
    given = f" is {shown(first['input'])}" if _short(first) else ""
    if first["type"] == "literal_error":
        hint = choice_hint(str(first["input"]), _choices(first)) if isinstance(first["input"], str) else ""
        told = f"{what} {name!r}: {where}{given or ' is no single value'}.{hint}{more}"
        return StudyError(told, allowed=str(first["ctx"]["expected"]))
    return StudyError(f"{what} {name!r}: {where}{given}: {_message(first)}.{more}")


def _choices(detail: ErrorDetails) -> list[str]:
    """Return the values of a ``Literal``; pydantic tells them as ``'a', 'b' or 'c'``."""
    values = str(detail["ctx"]["expected"]).replace(" or ", ", ").split(", ")
    return [value.strip("'") for value in values if value.startswith("'")]


def _short(detail: ErrorDetails) -> bool:
    scalar = isinstance(detail["input"], str | int | float | bool)
    return scalar and len(str(detail["input"])) < _LONGEST_SHOWN and "[key]" not in detail["loc"]


def _message(detail: ErrorDetails) -> str:
    if isinstance(detail["input"], dt.date | dt.time) and detail["type"] == "int_type":
        return "periods are whole numbers such as 2016; a date cannot be one"
    if detail["type"] in _WORDS:
        quoted = detail["type"] in {"int_type", "float_type"} and isinstance(detail["input"], str)
        limits = {name: _figure(value) for name, value in detail.get("ctx", {}).items()}
        return _WORDS[detail["type"]].format(**limits) + (", without quotes" if quoted else "")
    text = detail["msg"].removeprefix("Value error, ")
    return text[:1].lower() + text[1:].rstrip(".")


def _is_type(item: int | str) -> bool:
    """Whether a step of a location is the type that pydantic tried, where a value may be of several."""
    return isinstance(item, str) and (item in {"float", "int", "str"} or item.startswith(_TYPES))


def _one_for_each_value(details: list[ErrorDetails]) -> list[ErrorDetails]:
    """Return of what is told for each type that a value may be of what lies deepest: that type was nearly met."""
    kept: dict[tuple[int | str, ...], ErrorDetails] = {}
    for detail in details:
        location = detail["loc"]
        tried = next((k for k, item in enumerate(location) if _is_type(item)), len(location))
        value = location[:tried] if tried < len(location) else (*location, len(kept))
        if value not in kept or len(location) > len(kept[value]["loc"]):
            kept[value] = detail
    return list(kept.values())


def _figure(value: object) -> object:
    """Return a limit in digits that a reader can count: 1e6 is 1,000,000, and 1e-6 is 0.000001."""
    if not isinstance(value, int | float):
        return value
    if not _SMALL <= abs(value) < _LARGE:
        return f"{value:g}"
    # Four digits are read as they are: 2000 signs.
    return f"{value:{',' if abs(value) >= 10_000 else ''}.6f}".rstrip("0").removesuffix(".")  # noqa: PLR2004


def _place(location: Sequence[int | str]) -> str:
    written = [item for item in location if item != "[key]" and not _is_type(item)]
    parts = [f"[{item + 1}]" if isinstance(item, int) else f".{item}" for item in written]
    return shortened("".join(parts).lstrip("."))


def _keys_at(location: Sequence[int | str], model: type[BaseModel]) -> list[str]:
    fields = _fields(model)
    for item in location:
        if isinstance(item, int):
            continue
        annotation = fields[item].annotation
        inner = next(arg for arg in _arguments(annotation) if hasattr(arg, "model_fields"))
        fields = _fields(inner)
    return sorted(fields)


def _fields(model: type[BaseModel]) -> Mapping[str, Any]:
    """Return the fields of a table by what a user writes: a word of Python's own has another name inside."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _arguments(annotation: Any) -> list[Any]:  # noqa: ANN401 - a type at run time
    found = [annotation]
    for inner in getattr(annotation, "__args__", ()):
        found.extend(_arguments(inner))
    return found
