"""What users wrote, as messages show it: short, on one line, and never longer to make than to read."""

from __future__ import annotations

import os
import reprlib

__all__ = ["shortened", "shown", "shown_path"]

_MOST = 80
"""Signs of one value in a message."""
_FEW = 6
"""Items of a list or table that are looked at; what is behind an alias of YAML may be without end."""
_DEEP = 2


class _Short(reprlib.Repr):
    """Looks at few items, not deep, and never writes out a number of more digits than Python does."""

    def __init__(self) -> None:
        super().__init__()
        self.maxlevel = _DEEP
        self.maxlist = self.maxtuple = self.maxset = self.maxfrozenset = self.maxdict = _FEW
        self.maxstring = self.maxother = _MOST

    def repr1(self, x: object, level: int) -> str:
        # By kind and not by name: subclasses of a dict, such as mappings that know their line, are dicts too.
        if isinstance(x, dict):
            return self.repr_dict(x, level)
        if isinstance(x, list):
            return self.repr_list(x, level)
        if isinstance(x, tuple):
            return self.repr_tuple(x, level)
        return super().repr1(x, level)

    def repr_str(self, x: str, level: int) -> str:  # noqa: ARG002 - the signature of reprlib
        return _cut(x)

    def repr_int(self, x: int, level: int) -> str:  # noqa: ARG002 - as above
        return str(x) if x.bit_length() <= 3 * _MOST else f"a number of about {int(x.bit_length() * 0.30103)} digits"


_SHORT = _Short()


def shown(value: object) -> str:
    """Return a value as messages show it: as Python writes it, cut where it is long.

    Examples
    --------
    >>> shown("co2_t"), shown(["a"] * 9), shown(2**100_000)
    ("'co2_t'", "['a', 'a', 'a', 'a', 'a', 'a', ...]", 'a number of about 30103 digits')
    >>> shown("x" * 1_000_000)[-12:]
    "xxxxxxxx...'"
    """
    text = _SHORT.repr(value)
    # Quotes and escapes may lengthen what was cut before.
    return text if len(text) <= 2 * _MOST or isinstance(value, str) else f"{text[: 2 * _MOST]}..."


def shortened(text: str, *, most: int = _MOST) -> str:
    """Return a text without quotes, its middle left out where it is long; its end often tells more than its beginning.

    Examples
    --------
    >>> shortened("outcomes[1].margin"), shortened("a" * 100 + "b", most=11)
    ('outcomes[1].margin', 'aaaa...aaab')
    """
    half = (most - 3) // 2
    return text if len(text) <= most else f"{text[:half]}...{text[-half:]}"


def shown_path(path: str | os.PathLike[str]) -> str:
    """Return a path as messages show it; what is cut is its beginning, since its end tells more.

    Examples
    --------
    >>> shown_path("my zone.toml")
    "'my zone.toml'"
    """
    text = os.fsdecode(path)
    return repr(text if len(text) <= 2 * _MOST else f"...{text[-2 * _MOST :]}")


def _cut(text: str) -> str:
    return repr(text if len(text) <= _MOST else f"{text[: _MOST - 3]}...")
