"""What files of weather services share: clocks of whole numbers, places, and JSON whose keys stand in it once."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from pilotzone.core import DataError, first_line
from pilotzone.gather.weather_hours import Hour
from pilotzone.gather.weather_source import Numbered, Source, placed

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["IN_UTC", "Place", "clock_of", "figure_of", "parsed", "place_of", "within"]

IN_UTC = "Hours are in UTC: days of the file are not days of the place."
_LIMITS = {"year": (1, 9999), "month": (1, 12), "day": (1, 31), "hour": (0, 23), "minute": (0, 59)}


def clock_of(source: Source, rows: Numbered, keys: Sequence[str]) -> tuple[list[Hour], list[int]]:
    """Return hour and minute of rows whose cells are whole numbers, in the order of the keys."""
    at = {
        key: source.wholes([row[k] for _, row in rows], rows, f"the {key}", *_LIMITS[key]) for k, key in enumerate(keys)
    }
    hours = []
    for (line, _), year, month, day, hour in zip(rows, at["year"], at["month"], at["day"], at["hour"], strict=True):
        source.check_day(year, month, day, line)
        hours.append(Hour(year, month, day, hour))
    return hours, at.get("minute", [0] * len(hours))


class Place(NamedTuple):
    """Height, m, and degrees of a place, NaN where a file does not say."""

    height_m: float
    latitude: float
    longitude: float


def place_of(source: Source, height: object, latitude: object, longitude: object) -> Place:
    """Return a place from an answer that has no lines."""
    return Place(
        placed(source, height, 0, "height", 11_000),
        placed(source, latitude, 0, "latitude", 90),
        placed(source, longitude, 0, "longitude", 180),
    )


def parsed(source: Source, kind: str) -> dict[str, Any]:
    """Return the object that a JSON file holds; keys that stand in it twice are refused."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            (twice, _), *_ = Counter(key for key, _ in pairs).most_common(1)
            raise ValueError(f"{twice[:40]!r} is there twice")
        return found

    try:
        answer = json.loads(source.text, object_pairs_hook=once)
    except (ValueError, RecursionError) as error:
        why = "it is nested too deep" if isinstance(error, RecursionError) else first_line(error)
        raise DataError(
            f"{source.name} cannot be read as {kind}: {why}.", allowed="the answer as its service gave it"
        ) from error
    if not isinstance(answer, dict):
        raise DataError(f"{source.name} holds a {type(answer).__name__}.", allowed="a JSON object")
    return answer


def within(source: Source, answer: dict[str, Any], *keys: str) -> Any:  # noqa: ANN401 - whatever is there
    """Return what stands under keys, one in another."""
    found: Any = answer
    for key in keys:
        if not isinstance(found, dict) or key not in found:
            raise DataError(f"{source.name} has no {'.'.join(keys)}.", allowed="the answer as its service gave it")
        found = found[key]
    return found


def figure_of(cell: object) -> float:
    """Return a number, NaN for anything else."""
    return float(cell) if isinstance(cell, int | float) and not isinstance(cell, bool) else float("nan")
