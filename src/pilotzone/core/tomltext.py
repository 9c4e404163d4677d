"""Reading TOML that anybody may have written: what would take long to read is refused before it is read."""

from __future__ import annotations

import re
import tomllib
from typing import Any

from pilotzone.core.errors import StudyError
from pilotzone.core.showing import shortened, shown

__all__ = ["parse_toml"]

_MOST_PARTS = 32
"""Most parts of a dotted key; the parser takes the square of their number in time and memory."""
_DEEPEST = 32
"""Lists within lists and tables; the parser calls itself for each."""
_LARGEST_WHOLE = 2**63
"""What TOML promises; whole numbers beyond it are not figures that anything here can count with."""
_QUIET = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*+(?:"""(?:"{0,2}))?|'
    r"'''(?:[^']|'(?!''))*+(?:'''(?:'{0,2}))?|"
    r'"(?:[^"\\\n]|\\[^\n])*+"?|'
    r"'[^'\n]*+'?|"
    r"#[^\n]*+",
    re.DOTALL,
)
"""Texts and comments, up to the end where they are not closed: in them nothing counts."""
_PIECE = re.compile(r"[^=,{}\[\]\n]+")
_UNQUOTED = re.compile(r"[ \t]*([\w.-]+)[ \t]*=")
"""What stands before the sign of equality at the beginning of a line."""
_BARE_PERIOD = re.compile(r"[=\[,][ \t]*(\d{4}(?:-(?:0[1-9]|1[0-2]|[Qq][1-4]|W\d\d)|[QqMmW]\d{1,2}))[ \t]*(?:[\],]|$)")
_QUOTES_NEEDED = re.compile(r"[^\W\d_a-zA-Z]")


def parse_toml(content: bytes | str, what: str) -> dict[str, Any]:
    """Return what a TOML file holds.

    Parameters
    ----------
    content
        Its bytes, or its text.
    what
        Whose they are, as errors begin: ``"study 'my-zone'"``.

    Raises
    ------
    StudyError
        If it is not UTF-8 or not TOML, nests deeply, or has numbers or keys of a length that nobody writes.

    Examples
    --------
    >>> parse_toml(b"a.b = 1", "study 'x'")
    {'a': {'b': 1}}
    >>> parse_toml("a = " + "[" * 5000, "study 'x'")
    Traceback (most recent call last):
    pilotzone.core.errors.StudyError: study 'x' is not valid TOML: line 1 nests more than 32 deep.
    """
    text = content if isinstance(content, str) else _decoded(content, what)
    _refuse_endless(text, what)
    try:
        found = tomllib.loads(text)
    # ValueError: a number of more digits than Python reads. RecursionError: a table of many parts.
    except (ValueError, RecursionError) as error:
        raise StudyError(f"{what} is not valid TOML: {_why(error)}.", todo=_quotes(text)) from error
    _refuse_large(found, what)
    return found


def _decoded(raw: bytes, what: str) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = 1 + raw.count(b"\n", 0, error.start)
        raise StudyError(
            f"{what} is not UTF-8 text (byte {error.start}, line {line}).", todo="save it with the encoding UTF-8"
        ) from error


def _refuse_endless(text: str, what: str) -> None:
    """Refuse keys of many parts and deep nesting, told without parsing: in time that grows with the length alone."""
    bare = _QUIET.sub(lambda found: "\n" * found[0].count("\n") if "\n" in found[0] else "s", text)
    for piece in _PIECE.finditer(bare):
        if piece[0].count(".") >= _MOST_PARTS:
            line = 1 + bare.count("\n", 0, piece.start())
            raise StudyError(
                f"{what} is not valid TOML: line {line} has a key of {piece[0].count('.') + 1:,} parts.",
                allowed=f"up to {_MOST_PARTS} parts, as in claim.alpha, which has two",
            )
    depth = 0
    for found in re.finditer(r"[\[\]{}]", bare):
        depth = max(0, depth + (1 if found[0] in "[{" else -1))
        if depth > _DEEPEST:
            line = 1 + bare.count("\n", 0, found.start())
            raise StudyError(f"{what} is not valid TOML: line {line} nests more than {_DEEPEST} deep.")


def _refuse_large(found: dict[str, Any], what: str) -> None:
    waiting: list[tuple[str, Any]] = list(found.items())
    while waiting:
        where, value = waiting.pop()
        if isinstance(value, dict):
            waiting += [(shortened(f"{where}.{key}"), item) for key, item in value.items()]
        elif isinstance(value, list):
            waiting += [(shortened(f"{where}[{k}]"), item) for k, item in enumerate(value, start=1)]
        elif isinstance(value, int) and not -_LARGEST_WHOLE <= value < _LARGEST_WHOLE:
            raise StudyError(
                f"{what}: {where} is {shown(value)}, which no whole number here can be.",
                allowed="whole numbers below 9.2e18",
            )


def _why(error: ValueError | RecursionError) -> str:
    if isinstance(error, RecursionError):
        return "it nests too deeply"
    said = str(error).rstrip(".")
    if "integer string conversion" in said:
        return "it has a number of more than 4,300 digits"
    return shortened(said, most=200)


def _quotes(text: str) -> str | None:
    """Return what to do about a period, or a name in another script, that lacks its quotes, if there is one."""
    for line in text.splitlines():
        bare = _BARE_PERIOD.search(_QUIET.sub("s", line))
        if bare is not None:
            return f'put periods other than whole numbers and dates in quotes: "{bare[1]}"'
        found = _UNQUOTED.match(line)
        if found is not None and _QUOTES_NEEDED.search(found[1]):
            return f'put names in other scripts in quotes: "{shortened(found[1])}" = ...'
    return None
