"""Files of assumptions: TOML, an entry for each quantity, each marked ASSUMED with a range and a source."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any

from pilotzone.core import Assumption, Assumptions, StudyError, UsageError, did_you_mean

__all__ = ["parse_assumptions", "read_assumptions"]

_KEYS = ("name", "status", "low", "high", "unit", "source", "place", "shared")
_NEEDED = ("name", "status", "low", "high", "unit", "source")


def read_assumptions(path: str | os.PathLike[str]) -> Assumptions:
    """Read a file of assumptions.

    Parameters
    ----------
    path
        Of a TOML file with tables ``[[assumption]]``.

    Raises
    ------
    UsageError
        If there is no such file.
    StudyError
        If it is no TOML, a key is unknown or missing, or an entry is not marked ASSUMED.
    """
    file = Path(path)
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}.", todo="check the path") from error
    except UnicodeDecodeError as error:
        raise StudyError(f"{file.name} is not in UTF-8.", todo="save it as UTF-8") from error
    return parse_assumptions(text, file.name)


def parse_assumptions(text: str, name: str) -> Assumptions:
    """Return the assumptions of a text; errors as in `read_assumptions`.

    Examples
    --------
    >>> found = parse_assumptions(
    ...     '''
    ... [[assumption]]
    ... name = "tariff"
    ... status = "ASSUMED"
    ... low = 0.3
    ... high = 0.7
    ... unit = "CNY/kWh"
    ... source = "no tariff by province is in the evidence"
    ... ''',
    ...     "assumptions.toml",
    ... )
    >>> found.of("tariff").high
    0.7
    """
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise StudyError(f"{name} is no TOML: {str(error).rstrip('.')}.") from error
    odd = sorted(set(content) - {"assumption"})
    entries = content.get("assumption", [])
    if odd or not isinstance(entries, list):
        raise StudyError(
            f"{name}: {odd[0] if odd else 'assumption'!r} is not what is known here.", allowed="tables [[assumption]]"
        )
    return Assumptions(tuple(_entry(entry, f"{name}: assumption {k}") for k, entry in enumerate(entries, start=1)))


def _entry(entry: dict[str, Any], where: str) -> Assumption:
    named = f"{where} ({entry['name']})" if isinstance(entry.get("name"), str) else where
    for key in sorted(set(entry) - set(_KEYS)):
        raise StudyError(
            f"{named}: {key} is not a key that is known here.{did_you_mean(key, _KEYS)}", allowed=", ".join(_KEYS)
        )
    for key in _NEEDED:
        if key not in entry:
            raise StudyError(f"{named}: {key} is missing.", allowed=f"all of {', '.join(_NEEDED)}")
    for key in ("low", "high", *(["shared"] if "shared" in entry else [])):
        if isinstance(entry[key], bool) or not isinstance(entry[key], int | float):
            raise StudyError(f"{named}: {key} is {entry[key]!r}.", allowed="a number, without quotes")
    for key in set(_KEYS) - {"low", "high", "shared"}:
        if not isinstance(entry.get(key, ""), str):
            raise StudyError(f"{named}: {key} is {entry[key]!r}.", allowed="text in quotes")
    if entry["status"] != "ASSUMED":
        raise StudyError(
            f"{named}: status is {entry['status']!r}.",
            allowed="ASSUMED",
            todo="what is measured is no assumption: give it as a figure with its source",
        )
    try:
        return Assumption(
            entry["name"],
            float(entry["low"]),
            float(entry["high"]),
            entry["unit"],
            entry["source"],
            entry.get("place", ""),
            float(entry["shared"]) if "shared" in entry else None,
        )
    except UsageError as error:
        raise StudyError(f"{named}: {error.what}", allowed=error.allowed, todo=error.todo) from error
