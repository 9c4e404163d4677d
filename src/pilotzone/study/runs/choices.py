"""What of a study can be chosen on a page: a key of its file, what it is, its value and what else it could be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

__all__ = ["Choice", "Option", "Scalar"]

Scalar: TypeAlias = "str | int | float | bool"


@dataclass(frozen=True)
class Option:
    """One of what may be chosen.

    Attributes
    ----------
    value
        As it stands in the file.
    label
        What it is called.
    """

    value: Scalar
    label: str


@dataclass(frozen=True)
class Choice:
    """A key of a study file that can be set on a page.

    Attributes
    ----------
    key
        Its way from the top of the file, parts joined by points; a number counts in a list: ``outcomes.0.margin``.
    label
        What it is.
    group
        Heading that it stands under.
    form
        ``one`` of `options`; a ``whole`` or any ``number``; a ``text``; a ``span`` of two of `options`; or ``units``: a
        mapping from units that take no part to the reason.
    value
        What the file says, or what holds where it says nothing.
    options
        Where there is a list of them, in the order in which they are offered.
    least, most
        Bounds of a number.
    unit
        Unit of a number.
    hint
        What to know before it is changed.
    """

    key: str
    label: str
    group: str
    form: Literal["one", "whole", "number", "text", "span", "units"]
    value: Scalar | Sequence[Scalar] | Mapping[str, str]
    options: tuple[Option, ...] = ()
    least: float | None = None
    most: float | None = None
    unit: str = ""
    hint: str = ""

    def plain(self) -> dict[str, Any]:
        """Return it as plain data."""
        value = dict(self.value) if isinstance(self.value, Mapping) else self.value
        return {
            "key": self.key,
            "label": self.label,
            "group": self.group,
            "form": self.form,
            "value": value,
            "options": [[item.value, item.label] for item in self.options],
            "least": self.least,
            "most": self.most,
            "unit": self.unit,
            "hint": self.hint,
        }
