r"""The one cleaning of every name and text that leaves: nothing in it steers what shows it.

Names come from users' files. A terminal obeys control characters, text in both directions can be shown in another
order than it stands, spreadsheets compute cells that begin like formulas, and JavaScript takes U+2028 for a line end.
"""

from __future__ import annotations

import json
import re

from pilotzone.core.periods import Period

__all__ = ["as_cell", "as_json", "one_line"]

_CONTROLS = "\\x00-\\x1f\\x7f-\\x9f"
_HIDDEN = (
    "\\u00ad\\u061c\\u180e\\u200b\\u200e\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff\\ufff9-\\ufffb"
    "\\U000e0000-\\U000e007f\\ud800-\\udfff"
)
"""What changes direction or ends lines without being seen, tags, and halves of signs. Joiners, which Persian and Hindi
are written with, are none of these."""
_STEERING = re.compile(f"[{_CONTROLS}{_HIDDEN}]")
_STEERING_A_SHEET = re.compile(f"(?![\\n\\t])[{_CONTROLS}{_HIDDEN}]")
_UNSEEN_IN_JSON = re.compile(f"[\\x7f-\\x9f{_HIDDEN}]")

_FORMULA = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


def one_line(text: str, *, instead: str = " ") -> str:
    r"""Return a text on one line without signs that steer a terminal or change the order in which text is shown.

    Parameters
    ----------
    text
        Any.
    instead
        What stands for each of them.

    Examples
    --------
    >>> one_line("Al\x1b[31mpha\u202e\nBeta")
    'Al [31mpha  Beta'
    """
    return _STEERING.sub(instead, text)


def as_json(record: object) -> str:
    r"""Return plain data as JSON, indented, in which what cannot be seen is escaped; it reads back the same.

    Examples
    --------
    >>> print(as_json(["贵州", "a\u202eb\x9b"]))
    [
      "贵州",
      "a\u202eb\u009b"
    ]
    """
    # Control characters of ASCII are escaped by JSON itself; the others stand within texts only.
    plain = _spelled(record)
    return _UNSEEN_IN_JSON.sub(_escaped, json.dumps(plain, ensure_ascii=False, indent=2, allow_nan=False))


def _spelled(data: object) -> object:
    """Return data in which periods are their labels: to JSON they are whole numbers like others."""
    if isinstance(data, dict):
        return {(str(key) if isinstance(key, Period) else key): _spelled(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_spelled(item) for item in data]
    return str(data) if isinstance(data, Period) else data


def as_cell(text: str) -> str:
    """Return a text as a cell of a CSV file: no spreadsheet program takes it for a formula.

    What begins like a formula gets an apostrophe before it, by which spreadsheets mark text; numbers do not.

    Examples
    --------
    >>> as_cell("=1+2"), as_cell("-5.0"), as_cell("Gui-zhou")
    ("'=1+2", '-5.0', 'Gui-zhou')
    """
    kept = _STEERING_A_SHEET.sub(" ", text)
    return f"'{kept}" if _FORMULA.match(kept) and not _NUMBER.fullmatch(kept) else kept


def _escaped(found: re.Match[str]) -> str:
    return json.dumps(found[0])[1:-1]
