"""What of a study can be chosen on a page: a key of its file, what it is, its value and what else it could be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

__all__ = ["Choice", "Option", "Scalar"]

Scalar: TypeAlias = "str | int | float | bool"


@dataclass(frozen=True)
class Option:
    """One of what may be chosen.

    Attributes
    ----------
    value
        As it stands in the file; of a ``preset`` its name.
    label
        What it is called.
    sets
        Of a ``preset``: the keys that it sets, each to its value; ``None`` takes a key out of the file.
    """

    value: Scalar
    label: str
    sets: Mapping[str, Any] = field(default_factory=dict)


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
        ``one`` of `options`, or ``several`` of them; a ``preset`` of several keys, which has none itself; a ``switch``;
        a ``whole`` or any ``number``; a ``text``; a ``span`` of two of `options`; ``units``: a mapping from units that
        take no part to the reason; a ``range``, whose key is a table with ``low`` and ``high``, and whose only option
        says what is set with them; ``shares``: a mapping from all `options` to shares that sum to one; an ``order``
        of all `options`, as pairs of neighbours, the greater first; or a ``day``, as text: 2018-01-31.
    value
        What the file says, or what holds where it says nothing; ``None`` where nothing does.
    options
        Where there is a list of them, in the order in which they are offered.
    least, most
        Bounds of a number.
    unit
        Unit of a number.
    hint
        What to know before it is changed.
    absent
        Whether it may be left out of the file.
    """

    key: str
    label: str
    group: str
    form: Literal[
        "one",
        "several",
        "preset",
        "switch",
        "whole",
        "number",
        "text",
        "span",
        "units",
        "range",
        "shares",
        "order",
        "day",
    ]
    value: Scalar | Sequence[Scalar] | Sequence[tuple[str, str]] | Mapping[str, str] | Mapping[str, float] | None
    options: tuple[Option, ...] = ()
    least: float | None = None
    most: float | None = None
    unit: str = ""
    hint: str = ""
    absent: bool = False

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
            "sets": [dict(item.sets) for item in self.options] if self.form in {"preset", "range"} else [],
            "least": self.least,
            "most": self.most,
            "unit": self.unit,
            "hint": self.hint,
            "absent": self.absent,
        }
