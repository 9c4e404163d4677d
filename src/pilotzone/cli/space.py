"""Options that say where units are: exposure to treatment nearby, and errors of units that vary together."""

from __future__ import annotations

from typing import Any

from pilotzone.core import UsageError

__all__ = ["coordinates_of", "neighbour_columns_of", "rings_of"]


def coordinates_of(text: str | None, *, km: bool) -> tuple[str, str] | None:
    """Return the two columns that a text with a comma between them names."""
    if text is None:
        if km:
            raise UsageError("--km says what --coordinates are, which are not given.", allowed="both together")
        return None
    names = tuple(name.strip() for name in text.split(","))
    if len(names) != 2 or not all(names):  # noqa: PLR2004 - on a surface
        raise UsageError(f"--coordinates is {text!r}.", allowed="two columns with a comma, such as lon,lat")
    return names[0], names[1]


def rings_of(text: str | None) -> tuple[float, ...] | None:
    """Return the outer edges of rings, km."""
    if text is None:
        return None
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError as error:
        raise UsageError(f"--rings is {text!r}.", allowed="kilometres with commas, such as 50,100") from error


def neighbour_columns_of(text: str | None) -> dict[str, Any]:
    """Return what the columns of a table of neighbours are called, by the keys of a study file."""
    if text is None:
        return {"unit": None, "neighbour": None, "weight": None}
    names = [name.strip() for name in text.split(",")]
    if len(names) not in {2, 3} or not all(names):
        raise UsageError(
            f"--neighbour-columns is {text!r}.",
            allowed="two or three columns: unit,neighbour or unit,neighbour,weight",
        )
    return dict(zip(("unit", "neighbour", "weight"), [*names, None], strict=False))
