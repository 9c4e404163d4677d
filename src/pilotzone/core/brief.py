"""What has fields, told in a few words: specifications, and what results are made of."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import Field, fields, is_dataclass
from typing import TYPE_CHECKING

from pilotzone.core.cleaning import one_line
from pilotzone.core.cohorts import NEVER
from pilotzone.core.showing import shortened, shown

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

__all__ = ["Brief"]

_WIDTH = 120
_MOST_FIELDS = 22
_FEW = 3
_TEXT = 60


class Brief:
    """A dataclass whose `repr` is short whatever its fields hold.

    Fields at their defaults are left out; an array is told by its shape, a long list by its first items and their
    number, and what has fields of its own by its name.
    """

    __slots__ = ()

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        # A dataclass writes a repr of all its fields, unless its class has one.
        if "__repr__" not in vars(cls):
            cls.__repr__ = Brief.__repr__  # type: ignore[method-assign]

    def __repr__(self) -> str:
        name = type(self).__name__
        # Whoever derives from it is a dataclass.
        own = fields(self)  # type: ignore[arg-type]
        told = [
            f"{item.name}={_told(getattr(self, item.name))}"
            for item in own
            if item.repr and not _as_by_default(item, getattr(self, item.name))
        ]
        line = f"{name}({', '.join(told)})"
        if len(line) <= _WIDTH:
            return line
        more = [f"    ... and {len(told) - _MOST_FIELDS} more"] if len(told) > _MOST_FIELDS else []
        lines = [shortened(f"    {part}", most=_WIDTH - 1) + "," for part in told[:_MOST_FIELDS]]
        return "\n".join([f"{name}(", *lines, *more, ")"])


def _as_by_default(item: Field[Any], value: object) -> bool:
    if item.default is value:
        return True
    if isinstance(value, float) and isinstance(item.default, float) and math.isnan(value) and math.isnan(item.default):
        return True
    return isinstance(value, str | int | float | tuple) and type(value) is type(item.default) and value == item.default


def _told(value: object) -> str:
    shape = getattr(value, "shape", None)
    if isinstance(shape, tuple):
        return f"array{shape}" if len(shape) != 1 else f"array({shape[0]})"
    if value == NEVER and isinstance(value, int):
        return "never"
    if is_dataclass(value) and not isinstance(value, type):
        return _named(value)
    if isinstance(value, Mapping):
        return f"{{{_first((f'{shown(key)}: {_told(item)}' for key, item in value.items()), len(value))}}}"
    if isinstance(value, tuple | list | set | frozenset):
        return f"({_first(map(_told, value), len(value))})"
    return shortened(one_line(shown(value)), most=_TEXT)


def _named(value: object) -> str:
    """Return what has fields of its own by its class, and by its name where it has one."""
    name = getattr(value, "name", None)
    whole = shortened(shown(name), most=_TEXT) if isinstance(name, str) else ""
    return f"{type(value).__name__}({whole}{', ...' if whole else '...'})"


def _first(parts: Iterable[str], count: int) -> str:
    shown_parts = [part for part, _ in zip(parts, range(_FEW), strict=False)]
    return ", ".join([*shown_parts, *([f"... {count:,} in all"] if count > _FEW else [])])
