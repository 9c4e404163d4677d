"""Errors that say what is wrong, what is allowed and what to do next.

Every error that a user can cause derives from `PilotZoneError`, so that one ``except`` clause (and one place in
the command line) is enough. Each class carries the exit code of the command line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import ClassVar, TypeVar

from pilotzone.core.secrets import without_passwords
from pilotzone.core.showing import shortened, shown

__all__ = [
    "DataError",
    "InfeasibleError",
    "MethodError",
    "PilotZoneError",
    "StudyError",
    "UsageError",
    "close_names",
    "did_you_mean",
    "first_line",
    "listing",
    "unknown",
]

Fault = TypeVar("Fault", bound="PilotZoneError")

_LONGEST_QUOTED, _LONGEST_SENTENCE = 200, 1_500
_QUOTED = re.compile(r"'[^']{200,}'")
_MOST_LISTED = 40
"""Names that an error lists: as many as a country has provinces, and no more."""
_LONGEST_NAME = 200
"""What is longer was not meant as a name, and comparing takes the product of lengths."""


class PilotZoneError(Exception):
    """Base of all errors raised on purpose.

    Parameters
    ----------
    what
        One sentence: what is wrong, and where.
    allowed
        Values or forms that are accepted.
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
        return (_rebuild, (type(self), self.what, self.allowed, self.todo), dict(vars(self)))


def _brief(text: str) -> str:
    """Return a sentence in which what a user wrote takes no more room than it needs to be known again.

    Where a text is too long its middle is left out, in what is quoted and in the whole; passwords of databases are.
    """
    text = without_passwords(text)
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


class InfeasibleError(MethodError):
    """Demands that cannot all be met: proven, and not merely unmet in the time that was given.

    Parameters
    ----------
    what, allowed, todo
        As in `PilotZoneError`.
    conflict
        A smallest set of demands that cannot be met together, where one was looked for.

    Examples
    --------
    >>> InfeasibleError("the plan cannot be kept.", conflict=("latency of records", "law of records")).conflict
    ('latency of records', 'law of records')
    """

    def __init__(
        self, what: str, *, allowed: str | None = None, todo: str | None = None, conflict: Sequence[str] = ()
    ) -> None:
        super().__init__(what, allowed=allowed, todo=todo)
        self.conflict = tuple(conflict)


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
    close = close_names(name, options)
    return f" Did you mean {' or '.join(map(repr, close))}?" if close else ""


def close_names(name: str, options: Iterable[str]) -> list[str]:
    """Return the options, two at most, that are close to `name`, the closest first; as `did_you_mean` compares.

    Examples
    --------
    >>> close_names("gdp_nominal", ["gdp_nominal_cny", "population"]), close_names("zzz", ["population"])
    (['gdp_nominal_cny'], [])
    """
    if len(name) > _LONGEST_NAME:
        return []
    by_key = {option.strip().casefold(): option for option in options}
    return [by_key[key] for key in get_close_matches(name.strip().casefold(), by_key, n=2, cutoff=0.6)]


def unknown(  # noqa: PLR0913 - the parts of a message, all but the first three by name
    kind: str,
    name: object,
    known: Iterable[str],
    *,
    error: type[Fault],
    of: str = "",
    told: str = "",
    hint: str | None = None,
    allowed: str | None = None,
    todo: str | None = None,
) -> Fault:
    """Return the error of a name that is not known: what was asked for, what may have been meant, and what there is.

    Parameters
    ----------
    kind
        What the name should be one of: ``outcome``, ``column``, ``region``.
    name
        As the user wrote it.
    known
        Names that there are, in the order in which they are listed.
    error
        Class of the error.
    of
        What has no such name: the subject of the sentence, such as ``the panel``.
    told
        A whole sentence without its full stop, where these do not make one.
    hint
        What may have been meant, where the caller knows it better; begins with a blank.
    allowed
        What would have been accepted; the names that there are if left out.
    todo
        What to do next.

    Examples
    --------
    >>> print(unknown("column", "popluation", ["gdp", "population"], of="the panel", error=DataError))
    the panel has no column 'popluation'. Did you mean 'population'?
      Allowed: gdp, population
    """
    names = list(known)
    told = told or f"{of or 'there is'}{' has' if of else ''} no {kind} {shown(name)}"
    meant = did_you_mean(name, names) if hint is None and isinstance(name, str) else hint
    there = listing([shortened(item) for item in names], most=_MOST_LISTED) or "there is none"
    return error(f"{told}.{meant or ''}", allowed=allowed or there, todo=todo)


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
