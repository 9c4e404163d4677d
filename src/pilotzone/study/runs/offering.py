"""Choices made of the fields of a study file: form, bounds and value are those that the file's own model declares."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin

from pilotzone.study.runs.choices import Choice, Option

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic.fields import FieldInfo

    from pilotzone.core import Outcome

__all__ = ["Offer", "margin_choice", "offered", "settable_of"]

_LEAST, _MOST = ("ge", "gt"), ("le", "lt")


@dataclass(frozen=True)
class Offer:
    """A field of a table of a study file that a page offers.

    Attributes
    ----------
    name
        Its key in the table.
    label
        What it is.
    unit
        Unit of a number.
    hint
        What to know before it is changed.
    words
        Where it is one of a list: what each is called. Those without a word are not offered.
    """

    name: str
    label: str
    unit: str = ""
    hint: str = ""
    words: Mapping[str, str] | None = None


def margin_choice(position: int, outcome: Outcome, margin: float, why: str) -> Choice:
    """Return the choice of an outcome's margin.

    Parameters
    ----------
    position
        Position of the outcome in the file.
    outcome
        The outcome.
    margin
        Its margin, in its readable unit.
    why
        The file's reason for it.
    """
    return Choice(
        f"outcomes.{position}.margin",
        f"Margin: {outcome.title}",
        "Outcomes",
        "number",
        margin,
        least=0,
        unit=outcome.display_unit,
        hint=why,
    )


def offered(table: BaseModel, way: str, group: str, offers: Iterable[Offer]) -> Iterator[Choice]:
    """Yield choices of fields of a table.

    Parameters
    ----------
    table
        As it was read.
    way
        Its keys from the top of the file, joined by points; empty for the file itself.
    group
        Heading that they stand under.
    offers
        The fields.
    """
    for item in offers:
        yield _choice(table, f"{way}.{item.name}" if way else item.name, group, item)


def settable_of(way: str, offers: Iterable[Offer]) -> tuple[str, ...]:
    """Return the keys that offers of a table set."""
    return tuple(f"{way}.{item.name}" if way else item.name for item in offers)


def _choice(table: BaseModel, key: str, group: str, item: Offer) -> Choice:
    field = type(table).model_fields[item.name]
    value, kinds = getattr(table, item.name), _kinds(field.annotation)
    absent = NoneType in kinds
    if item.words is not None:
        options = tuple(Option(name, words) for name, words in item.words.items())
        return Choice(key, item.label, group, "one", value, options, hint=item.hint, absent=absent)
    if bool in kinds:
        return Choice(key, item.label, group, "switch", value, hint=item.hint)
    if str in kinds:
        return Choice(key, item.label, group, "text", value, hint=item.hint, absent=absent)
    form: Literal["whole", "number"] = "whole" if int in kinds and float not in kinds else "number"
    bounds = _bounds(field)
    least, most = (_first(bounds, names) for names in (_LEAST, _MOST))
    return Choice(
        key, item.label, group, form, value, least=least, most=most, unit=item.unit, hint=item.hint, absent=absent
    )


def _kinds(annotation: object) -> set[object]:
    """Return what a value may be: an annotation without what it is wrapped in."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _kinds(get_args(annotation)[0])
    if origin in {Union, UnionType}:
        return set().union(*(_kinds(each) for each in get_args(annotation)))
    return {str} if origin is Literal else {annotation}


def _bounds(field: FieldInfo) -> dict[str, float]:
    """Return the bounds that a field declares, by pydantic's names for them."""
    found: dict[str, float] = {}

    def read(metadata: Iterable[Any]) -> None:
        for item in metadata:
            inner = getattr(item, "metadata", None)
            if inner:
                read(inner)
            for name in (*_LEAST, *_MOST):
                if getattr(item, name, None) is not None:
                    found[name] = float(getattr(item, name))

    def unwrap(annotation: object) -> None:
        if get_origin(annotation) is Annotated:
            read(get_args(annotation)[1:])
            unwrap(get_args(annotation)[0])
        elif get_origin(annotation) in {Union, UnionType}:
            for each in get_args(annotation):
                unwrap(each)

    unwrap(field.annotation)
    read(field.metadata)
    return found


def _first(bounds: Mapping[str, float], names: Iterable[str]) -> float | None:
    return next((bounds[name] for name in names if name in bounds), None)
