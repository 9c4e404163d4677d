"""Text from data as a reader may see it: without signs that steer the display instead of being seen."""

from __future__ import annotations

import re

__all__ = ["legible", "legible_data"]

# Controls other than the tab and the line feed, the line ends that only some programs know, and lone surrogates,
# which no file can hold.
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
# Embeddings, overrides and isolates: they could turn the digits beside a name round.
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")


def legible(text: str) -> str:
    r"""Return text with a space for each control and line end, and without signs that turn the direction of writing.

    Letters that run from right to left do so by themselves; the signs taken out are those that force others to.

    Examples
    --------
    >>> legible("GDP\u2028per head"), legible("\u202e5 %\u202c")
    ('GDP per head', '5 %')
    """
    return _TURNING.sub("", _UNSEEN.sub(" ", text))


def legible_data(value: object) -> object:
    """Return plain data with every text in it made legible, those that are keys too."""
    if isinstance(value, str):
        return legible(value)
    if isinstance(value, dict):
        return {legible_data(key): legible_data(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [legible_data(item) for item in value]
    return value
