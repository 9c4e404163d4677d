"""Files of assumptions: TOML, an entry for each quantity, each marked ASSUMED with a range and a source."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from pilotzone.core import (
    MOST_OF_A_STUDY,
    Assumption,
    Assumptions,
    StudyError,
    UsageError,
    parse_toml,
    read_regular,
    shortened,
    shown,
    unknown,
)

__all__ = ["parse_assumptions", "read_assumptions"]

_KEYS = ("name", "status", "low", "high", "unit", "source", "place", "shared", "label")
_NEEDED = ("name", "status", "low", "high", "unit", "source")


def read_assumptions(path: str | os.PathLike[str]) -> Assumptions:
    """Read a file of assumptions.

    Parameters
    ----------
    path
        Path of a TOML file with tables ``[[assumption]]``.

    Raises
    ------
    UsageError
        If there is no such file.
    StudyError
        If it is not a TOML, a key is unknown or missing, or an entry is not marked ASSUMED.
    """
    content = read_regular(path, "file of assumptions", most=MOST_OF_A_STUDY, fault=StudyError)
    return parse_assumptions(content, os.fsencode(Path(path).name).decode(errors="replace"))


def parse_assumptions(content: bytes | str, name: str) -> Assumptions:
    """Return the assumptions of a file's bytes or text; errors as in `read_assumptions`.

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
    found = parse_toml(content, name)
    odd = sorted(set(found) - {"assumption"})
    entries = found.get("assumption", [])
    if odd or not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise StudyError(
            f"{name}: {shown(odd[0] if odd else 'assumption')} is not a key that is known here.",
            allowed="tables [[assumption]]",
        )
    return Assumptions(tuple(_entry(entry, f"{name}: assumption {k}") for k, entry in enumerate(entries, start=1)))


def _entry(entry: dict[str, Any], where: str) -> Assumption:
    named = f"{where} ({shortened(entry['name'])})" if isinstance(entry.get("name"), str) else where
    for key in sorted(set(entry) - set(_KEYS)):
        raise unknown(
            "key", key, _KEYS, told=f"{named}: {shortened(key)} is not a key that is known here", error=StudyError
        )
    for key in _NEEDED:
        if key not in entry:
            raise StudyError(f"{named}: {key} is missing.", allowed=f"all of {', '.join(_NEEDED)}")
    for key in ("low", "high", *(["shared"] if "shared" in entry else [])):
        if isinstance(entry[key], bool) or not isinstance(entry[key], int | float):
            raise StudyError(f"{named}: {key} is {shown(entry[key])}.", allowed="a number, without quotes")
    for key in set(_KEYS) - {"low", "high", "shared"}:
        if not isinstance(entry.get(key, ""), str):
            raise StudyError(f"{named}: {key} is {shown(entry[key])}.", allowed="text in quotes")
    if entry["status"] != "ASSUMED":
        raise StudyError(
            f"{named}: status is {shown(entry['status'])}.",
            allowed="ASSUMED",
            todo="what is measured is not an assumption: give it as a figure with its source",
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
            entry.get("label", ""),
        )
    except UsageError as error:
        raise StudyError(f"{named}: {error.what}", allowed=error.allowed, todo=error.todo) from error
