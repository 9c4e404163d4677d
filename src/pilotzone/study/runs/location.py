"""Where in a file a fault lies: pydantic's path to a value, as keys that the user wrote and what is admitted there."""

from __future__ import annotations

from dataclasses import dataclass
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Location", "locate"]

_FORMS = {"tuple[": tuple, "list[": list, "set[": set, "dict[": dict, "literal[": Literal}
"""How pydantic names the types of a union, and what they are."""


@dataclass(frozen=True)
class Location:
    """A place in a file.

    Attributes
    ----------
    written
        Keys, and positions in lists from 0, as they stand in the file.
    tried
        Number of steps before the first that is not a key: the type that pydantic tried, of several; ``None`` if none
        is.
    admitted
        Types that a value may have here.
    """

    written: tuple[int | str, ...]
    tried: int | None
    admitted: tuple[Any, ...]

    @property
    def keys(self) -> list[str]:
        """Keys that a table may have here, sorted."""
        return sorted({key for kind in self.admitted if _is_model(kind) for key in _fields(kind)})


def locate(steps: Sequence[int | str], model: type[BaseModel]) -> Location:
    """Follow a path of pydantic's through a model.

    Parameters
    ----------
    steps
        ``loc`` of an error.
    model
        What the file was read as.
    """
    written: list[int | str] = []
    tried = None
    admitted: tuple[Any, ...] = (model,)
    chosen = True
    for number, step in enumerate(steps):
        # Of several types the path names the one that was tried; where there is one, it does not.
        if chosen and step != "[key]":
            written.append(step)
            admitted = _below(step, admitted)
            chosen = len(admitted) <= 1
        else:
            tried = number if tried is None else tried
            admitted = _named(str(step), admitted)
            chosen = True
    return Location(tuple(written), tried, admitted)


def _below(step: int | str, admitted: Sequence[Any]) -> tuple[Any, ...]:
    """Return what is admitted one step down; nothing is known below what takes any value."""
    found: list[Any] = []
    for kind in admitted:
        origin, inner = get_origin(kind), get_args(kind)
        if isinstance(step, int):
            items = [item for item in inner if item is not Ellipsis] if origin in {tuple, list, set, frozenset} else []
            found += items if len(items) <= step else [items[step]]
        elif _is_model(kind) and step in _fields(kind):
            found.append(_fields(kind)[step].annotation)
        elif origin is dict:
            found.append(inner[1])
    return tuple(dict.fromkeys(option for item in found for option in _options(item)))


def _named(step: str, admitted: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return which of several types pydantic names; all of them where it names none that is known here."""
    models = tuple(kind for kind in admitted if _is_model(kind) and kind.__name__ == step)
    form = next((form for sign, form in _FORMS.items() if step.startswith(sign)), None)
    return models or tuple(kind for kind in admitted if form is not None and get_origin(kind) is form) or admitted


def _options(annotation: Any) -> list[Any]:  # noqa: ANN401 - a type at run time
    """Return the types that a value may be of; none at all is not told, and pydantic does not try it."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _options(get_args(annotation)[0])
    if origin in {Union, UnionType}:
        return [option for inner in get_args(annotation) for option in _options(inner)]
    return [] if annotation is NoneType else [annotation]


def _is_model(kind: Any) -> bool:  # noqa: ANN401 - a type at run time
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _fields(model: type[BaseModel]) -> Mapping[str, Any]:
    """Return the fields of a table by what a user writes: a word of Python's own has another name inside."""
    return {field.alias or name: field for name, field in model.model_fields.items()}
