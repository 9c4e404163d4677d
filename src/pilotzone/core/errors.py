"""Errors that say what is wrong, what is allowed and what to do next.

Every error that a user can cause derives from `PilotZoneError`, so that one ``except`` clause (and one place in
the command line) is enough. Each class carries the exit code of the command line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import ClassVar

from pilotzone.core.showing import shortened

__all__ = [
    "DataError",
    "MethodError",
    "PilotZoneError",
    "StudyError",
    "UsageError",
    "did_you_mean",
    "first_line",
    "listing",
]

_LONGEST_QUOTED, _LONGEST_SENTENCE = 200, 1_500
_QUOTED = re.compile(r"'[^']{200,}'")
_LONGEST_NAME = 200
"""What is longer was not meant as a name, and comparing takes the product of lengths."""


class PilotZoneError(Exception):
    """Base of all errors raised on purpose.

    Parameters
    ----------
    what
        What is wrong and where: one sentence.
    allowed
        What would have been accepted.
    todo
        What to do next.

    Examples
    --------
    >>> print(DataError("row 3, column 'co2_t' holds 'n/a'.", allowed="numbers; empty means missing"))
    row 3, column 'co2_t' holds 'n/a'.
      Allowed: numbers; empty means missing
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, what: str, *, allowed: str | None = None, todo: str | None = None) -> None:
        self.what = _brief(what)
        self.allowed = None if allowed is None else _brief(allowed)
        self.todo = None if todo is None else _brief(todo)
        super().__init__(self.what)

    def __str__(self) -> str:
        lines = [self.what]
        if self.allowed:
            lines.append(f"  Allowed: {self.allowed}")
        if self.todo:
            lines.append(f"  To do: {self.todo}")
        return "\n".join(lines)

    def __reduce__(self) -> tuple[object, ...]:
        # Keyword-only arguments are lost by the default pickling; workers send errors across processes.
        return (_rebuild, (type(self), self.what, self.allowed, self.todo))


def _brief(text: str) -> str:
    """Return a sentence in which what a user wrote takes no more room than it needs to be known again.

    Of what is quoted, and of the whole, the middle is left out.
    """
    if len(text) <= _LONGEST_QUOTED:
        return text
    text = _QUOTED.sub(lambda found: shortened(found[0], most=_LONGEST_QUOTED), text)
    return shortened(text, most=_LONGEST_SENTENCE)


def _rebuild(kind: type[PilotZoneError], what: str, allowed: str | None, todo: str | None) -> PilotZoneError:
    return kind(what, allowed=allowed, todo=todo)


class UsageError(PilotZoneError):
    """What was asked for cannot be asked: an unknown name, option or combination."""

    exit_code = 2


class StudyError(UsageError):
    """A study file that cannot be read or contradicts itself."""


class DataError(PilotZoneError):
    """Data whose form is not what the door of `gather` admits."""

    exit_code = 3


class MethodError(DataError):
    """Well-formed data that a method cannot use: too few periods, no donors, a gap in an outcome."""


def did_you_mean(name: str, options: Iterable[str]) -> str:
    """Return `` Did you mean 'x'?`` where an option is close to `name`, else an empty string.

    Case and surrounding blanks are ignored in the comparison.

    Examples
    --------
    >>> did_you_mean("gdp_nominal", ["gdp_nominal_cny", "population"])
    " Did you mean 'gdp_nominal_cny'?"
    >>> did_you_mean("zzz", ["population"])
    ''
    """
    if len(name) > _LONGEST_NAME:
        return ""
    by_key = {option.strip().casefold(): option for option in options}
    close = get_close_matches(name.strip().casefold(), by_key, n=2, cutoff=0.6)
    if not close:
        return ""
    return " Did you mean " + " or ".join(repr(by_key[key]) for key in close) + "?"


def first_line(error: BaseException | str) -> str:
    r"""Return the first line of what an error of a library says, without its full stop; its kind where it says nothing.

    Examples
    --------
    >>> first_line("no such file.\nat line 3"), first_line(ValueError())
    ('no such file', 'ValueError')
    """
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__


def listing(items: Sequence[object], *, most: int = 6) -> str:
    """Join the first `most` items by commas and say how many more there are.

    Examples
    --------
    >>> listing(["a", "b", "c"], most=2)
    'a, b and 1 more'
    """
    shown = ", ".join(str(item) for item in items[:most])
    left = len(items) - most
    return f"{shown} and {left} more" if left > 0 else shown
