"""Units that a study file names and the data do not have: names are understood well enough to say which is meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilotzone.core import StudyError, listing, unknown
from pilotzone.gather import load_evidence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["unknown_unit"]

_MOST = 40
"""So many units are listed."""


def unknown_unit(
    name: str, units: Iterable[str], told: str, *, label: Callable[[str], str] = str, kind: str = "unit"
) -> StudyError:
    """Return the error of a unit that is not there, with the one whose name was written in its place.

    Parameters
    ----------
    name
        As the study file has it.
    units
        Those of the study: none of another geography is meant or listed.
    told
        What is wrong and where, without a full stop.
    label
        From a unit to the words for it.
    kind
        What it should have been.
    """
    codes = list(units)
    words = {label(code): code for code in codes}
    for region in load_evidence().regions:
        if region.code in words.values():
            words |= {word: region.code for word in (region.name, region.iso_name, region.name_zh) if word}
    words |= {code: code for code in codes}
    close = {words[word] for word in words if word.casefold() == name.strip().casefold()}
    return unknown(
        kind,
        name,
        words,
        told=told,
        hint=f" Did you mean {min(close)!r}?" if close else None,
        allowed=listing(codes, most=_MOST),
        error=StudyError,
    )
