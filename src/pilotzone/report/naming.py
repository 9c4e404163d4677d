"""Identifiers of parts of a page that are made from data: every name gets one of its own, whatever it is written in."""

from __future__ import annotations

import hashlib
import re

__all__ = ["html_id"]

_WORD = re.compile(r"[a-z0-9]+")
_DIGITS = 8
"""Digits of the hash: two names of one page share it with a chance of less than one in a billion."""


def html_id(text: str) -> str:
    r"""Return an identifier of small letters, digits and hyphens for a name; two names never share one.

    Parameters
    ----------
    text
        A name from data, in any script.

    Notes
    -----
    A name of capitalised words that begins with a letter is its own identifier. Of every other name something is lost
    in letters and digits of ASCII, so that a hash of the name follows.

    Examples
    --------
    >>> html_id("Inner Mongolia")
    'inner-mongolia'
    >>> html_id("\u8d35\u5b89"), html_id("\u8d35\u9633")
    ('name-9cc42347', 'name-286554f0')
    """
    words = _WORD.findall(text.encode("ascii", "ignore").decode().lower())
    begins = bool(words) and words[0][0].isalpha()
    if begins and text == " ".join(word.capitalize() for word in words):
        return "-".join(words)
    digest = hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:_DIGITS]
    # An identifier that began with a digit could not be selected by a style sheet as it stands.
    return "-".join([*([] if begins else ["name"]), *words, digest])
